//! The phrases of pages that stand in the place of others, from `data/walls.txt`.

use crate::phrases::normalise;
use crate::text::prefix;
use regex::Regex;
use std::collections::HashMap;
use std::sync::LazyLock;

/// What a phrase is typical of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Wall {
    /// A question about cookies or privacy.
    Consent,
    /// The button that answers it.
    Accept,
    /// The title of a form to log in.
    Login,
    /// A call to pay for the rest of a text.
    Paywall,
    /// A page that is not there, or does not work.
    Error,
    /// A page that is nothing without its scripts.
    Script,
}

const NAMES: [(Wall, &str); 6] = [
    (Wall::Consent, "consent"),
    (Wall::Accept, "accept"),
    (Wall::Login, "login"),
    (Wall::Paywall, "paywall"),
    (Wall::Error, "error"),
    (Wall::Script, "script"),
];

/// A set of [`Wall`]s.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Walls(u8);

impl Walls {
    pub(super) fn has(self, wall: Wall) -> bool {
        self.0 & (1 << wall as u8) != 0
    }

    pub(super) fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    fn add(&mut self, wall: Wall) {
        self.0 |= 1 << wall as u8;
    }
}

/// Bytes of a block that are looked at.
const LONGEST_LOOK: usize = 1_200;

struct Tables {
    whole: HashMap<String, Walls>,
    part: Option<Regex>,
    part_walls: HashMap<String, Walls>,
}

static TABLES: LazyLock<Tables> = LazyLock::new(|| {
    let mut whole: HashMap<String, Walls> = HashMap::new();
    let mut part: HashMap<String, Walls> = HashMap::new();
    for line in include_str!("../../data/walls.txt").lines() {
        let Some((name, phrase)) = line.split_once(':').filter(|_| !line.starts_with('#')) else { continue };
        let Some((wall, _)) = NAMES.iter().find(|(_, label)| *label == name.trim()) else { continue };
        let phrase = phrase.trim();
        let table = if phrase.starts_with('*') { &mut part } else { &mut whole };
        table.entry(normalise(phrase.trim_matches('*'))).or_default().add(*wall);
    }
    let mut alternatives: Vec<String> = part.keys().map(|phrase| regex::escape(phrase)).collect();
    alternatives.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
    let regex = Regex::new(&alternatives.join("|")).ok().filter(|_| !alternatives.is_empty());
    Tables { whole, part: regex, part_walls: part }
});

/// What a text says: as a whole, or in any part of it.
pub(super) fn of(text: &str) -> Walls {
    let normal = normalise(prefix(text, LONGEST_LOOK));
    within(&normal).with(TABLES.whole.get(&normal).copied().unwrap_or_default())
}

/// What a sentence of a text says; a label that is nothing but a phrase of another kind says nothing.
pub(super) fn of_sentence(text: &str) -> Walls {
    within(&normalise(prefix(text, LONGEST_LOOK)))
}

fn within(normal: &str) -> Walls {
    let mut found = Walls::default();
    if let Some(regex) = &TABLES.part {
        for hit in regex.find_iter(normal) {
            found.0 |= TABLES.part_walls.get(hit.as_str()).copied().unwrap_or_default().0;
        }
    }
    found
}

/// What a title says: as a whole, or in one of the pieces that its separators make.
pub(super) fn of_title(title: &str) -> Walls {
    let title = prefix(title, LONGEST_LOOK);
    let mut found = of(title);
    for piece in
        title.split(['|', '–', '—', '·', '»', '•', '!', '｜', '‹']).flat_map(|piece| piece.split(" - "))
    {
        let whole = TABLES.whole.get(&normalise(piece)).copied().unwrap_or_default();
        found.0 |= whole.0;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_are_read_in_pieces() {
        assert!(of_title("Page introuvable | Réseau des pêcheurs").has(Wall::Error));
        assert!(of_title("404 - Not Found").has(Wall::Error));
        assert!(!of_title("Not found in any log: what the ministry said").has(Wall::Login));
        assert!(!of_title("Page not found: how promises disappear").has(Wall::Error));
        assert!(!of_title("Nothing was found of the boat").has(Wall::Error));
    }

    #[test]
    fn every_line_of_the_file_names_a_wall_and_a_phrase() {
        for line in include_str!("../../data/walls.txt").lines() {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let (name, phrase) = line.split_once(':').unwrap_or_else(|| panic!("no colon in {line}"));
            assert!(NAMES.iter().any(|(_, label)| *label == name), "{line}");
            assert!(!normalise(phrase.trim_matches('*')).is_empty(), "{line}");
        }
    }
}
