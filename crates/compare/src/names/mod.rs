//! Names of organisations, as lists of signatories spell them.
//!
//! One organisation is written in many ways: with its acronym or as its acronym alone, with *Centre* or *Center*, with `&`
//! or *and*, with its legal form, with the country behind a dash, in two scripts. Two organisations may differ by one word,
//! and share an acronym. What is taken for the same here is the same name but for such spellings; what is only similar is
//! said to be doubtful, and never merged.

mod lists;
mod places;
mod spelling;

pub use lists::{ListMatch, match_lists};
use places::place;
use spelling::{is_acronym, letters, name_words, same_script};

/// Counts up when a name gets other keys.
pub const NAMES_VERSION: u32 = 2;

/// Longest name that is looked at, in bytes; a longer one is no name.
const LONGEST: usize = 1_000;
/// An acronym of so many letters is nobody else's.
const TELLING_ACRONYM: usize = 6;
/// A name in capitals that has more parts has no acronym.
const MOST_PARTS: usize = 4;
/// An acronym of so many letters may be that of a name whose initials it is.
const SHORTEST_INITIALS: usize = 3;

/// A name taken apart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Name {
    /// The spellings of the name, one for each language it is given in, as normal words.
    spellings: Vec<Vec<String>>,
    /// The acronym, folded: what stands beside the name, or the whole of it.
    acronym: Option<String>,
    /// Whether the acronym is all there is.
    alone: bool,
    /// The country that is named beside it, folded.
    place: Option<String>,
}

impl Name {
    fn of(written: &str) -> Name {
        let mut name = Name::default();
        let parts = parts(vidimus_words::beginning(written, LONGEST));
        let capitals = Capitals::of(&parts);
        for (at, part) in parts.iter().enumerate() {
            let place = place(part).filter(|_| name.acronym.is_some() || !name.spellings.is_empty());
            if let Some(place) = place {
                name.place.get_or_insert(place);
            } else if name.acronym.is_none() && is_acronym(part) && !capitals.hide(&parts, at) {
                name.acronym = Some(letters(part));
            } else {
                name.add(name_words(part));
            }
        }
        name.alone = name.spellings.is_empty();
        name
    }

    /// Adds a part of the name: another spelling if it is in another script, else more words of the same.
    fn add(&mut self, words: Vec<String>) {
        if words.is_empty() {
            return;
        }
        match self.spellings.iter_mut().find(|spelling| same_script(spelling, &words)) {
            Some(spelling) => spelling.extend(words),
            None => self.spellings.push(words),
        }
    }

    /// Whether the acronym may be made of the first letters of the name.
    fn has_initials(&self, acronym: &str) -> bool {
        acronym.chars().count() >= SHORTEST_INITIALS
            && self.spellings.iter().any(|words| words.len() > 1 && initials(words) == acronym)
    }

    fn shares_spelling(&self, other: &Name) -> bool {
        self.spellings.iter().any(|spelling| other.spellings.contains(spelling))
    }

    /// Whether the two can be compared by their words: both have a spelling in one script.
    fn comparable(&self, other: &Name) -> bool {
        let pairs =
            self.spellings.iter().flat_map(|one| other.spellings.iter().map(move |other| (one, other)));
        pairs.into_iter().any(|(one, other)| same_script(one, other))
    }

    fn contradicts_place(&self, other: &Name) -> bool {
        matches!((&self.place, &other.place), (Some(one), Some(other)) if one != other)
    }

    fn is_same(&self, other: &Name) -> bool {
        if self.contradicts_place(other) {
            return false;
        }
        if self.shares_spelling(other) {
            return true;
        }
        match (&self.acronym, &other.acronym) {
            (Some(one), Some(two)) if one == two => {
                let telling = one.chars().count() >= TELLING_ACRONYM;
                self.alone || other.alone || telling || !self.comparable(other) || self.is_near(other)
            }
            (Some(acronym), None) if self.alone => other.has_initials(acronym) || other.is_word(acronym),
            (None, Some(acronym)) if other.alone => self.has_initials(acronym) || self.is_word(acronym),
            _ => false,
        }
    }

    /// Whether the name is this one word: *Oxfam* and *OXFAM*.
    fn is_word(&self, word: &str) -> bool {
        self.spellings.iter().any(|words| words.len() == 1 && words.iter().all(|only| only == word))
    }

    /// Whether the names differ by a few letters: *Cambodia* for *Cambodian*, a slip of the pen. Numbers are never near.
    fn is_near(&self, other: &Name) -> bool {
        let pairs =
            self.spellings.iter().flat_map(|one| other.spellings.iter().map(move |other| (one, other)));
        pairs.into_iter().any(|(one, other)| spelling::is_near(one, other))
    }
}

/// How the parts of a name are written. Where everything is in capitals they make no acronym: the town of
/// `UNION OF WEAVERS - BATTAMBANG` is none.
struct Capitals {
    /// Whether no part has a small letter, countries aside.
    everywhere: bool,
    /// How many parts there are that have capitals, countries aside.
    parts: usize,
}

impl Capitals {
    fn of(parts: &[String]) -> Capitals {
        let names: Vec<&String> = parts.iter().filter(|part| place(part).is_none()).collect();
        Capitals {
            everywhere: !names.iter().any(|part| part.contains(char::is_lowercase)),
            parts: names.iter().filter(|part| part.contains(char::is_uppercase)).count(),
        }
    }

    /// Whether a part that looks like an acronym may be a word like any other: it is not made of the first letters of
    /// another part.
    fn hide(&self, parts: &[String], at: usize) -> bool {
        let acronym = parts.get(at).map(|part| letters(part)).unwrap_or_default();
        let is_made_of = |part: &String| {
            let all: Vec<String> = vidimus_words::words(part).into_iter().map(|word| word.text).collect();
            initials(&name_words(part)) == acronym || initials(&all) == acronym
        };
        self.everywhere && self.parts > 1 && (self.parts > MOST_PARTS || !parts.iter().any(is_made_of))
    }
}

/// The first letters of the words.
fn initials(words: &[String]) -> String {
    words.iter().filter_map(|word| word.chars().next()).collect()
}

/// The name and what stands beside it: in brackets, behind a dash between spaces, behind a slash or the last comma.
fn parts(written: &str) -> Vec<String> {
    let mut parts = Vec::new();
    let mut current = String::new();
    let mut end = |current: &mut String| {
        let part = current.trim_matches(|c: char| {
            c.is_whitespace() || matches!(c, '-' | '–' | '—' | ',' | ';' | ':' | '*')
        });
        if !part.is_empty() {
            parts.push(part.to_owned());
        }
        current.clear();
    };
    let chars: Vec<char> = written.chars().collect();
    for (at, c) in chars.iter().enumerate() {
        let beside = |at: Option<usize>| at.and_then(|at| chars.get(at)).is_some_and(|c| c.is_whitespace());
        let dash = matches!(c, '-' | '–' | '—') && beside(at.checked_sub(1)) && beside(Some(at + 1));
        if matches!(c, '(' | ')' | '[' | ']' | '（' | '）' | '/' | '|' | '\n') || dash {
            end(&mut current);
        } else {
            current.push(*c);
        }
    }
    end(&mut current);
    parts.into_iter().flat_map(without_place).collect()
}

/// `Legal Aid, Thailand` is a name and a place, `Lawyers, Judges and Clerks` is one name.
fn without_place(part: String) -> Vec<String> {
    match part.rsplit_once([',', '，']) {
        Some((name, last)) if !name.trim().is_empty() && (place(last).is_some() || is_acronym(last)) => {
            vec![name.trim().to_owned(), last.trim().to_owned()]
        }
        _ => vec![part],
    }
}

/// Whether something is the name of a country, which a list may write beside a name.
pub fn is_country(name: &str) -> bool {
    place(name).is_some()
}

/// Whether two names are spellings of one.
pub fn same_name(one: &str, other: &str) -> bool {
    Name::of(one).is_same(&Name::of(other))
}

/// The keys under which a name on a list is found; [`name_query_keys`] gives those to look for.
///
/// `n:` begins a name in normal words, with `@` and its country, or with `@` alone where none is given; `a:` an acronym;
/// `l:` an acronym that is all that is given of the name.
pub fn name_keys(name: &str) -> Vec<String> {
    let name = Name::of(name);
    let mut keys = Vec::new();
    for spelling in name.spellings.iter().map(|words| words.join(" ")) {
        keys.push(format!("n:{spelling}@{}", name.place.as_deref().unwrap_or_default()));
        keys.push(format!("n:{spelling}"));
    }
    if let Some(acronym) = &name.acronym {
        keys.push(format!("a:{acronym}"));
        if name.alone {
            keys.push(format!("l:{acronym}"));
            keys.push(format!("n:{acronym}"));
        }
    }
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// The keys that find the lists on which a name stands: who is asked for by name is not found under an acronym that
/// belongs to somebody else's name.
pub fn name_query_keys(name: &str) -> Vec<String> {
    let name = Name::of(name);
    let mut keys = Vec::new();
    for spelling in name.spellings.iter().map(|words| words.join(" ")) {
        match &name.place {
            Some(place) => keys.extend([format!("n:{spelling}@{place}"), format!("n:{spelling}@")]),
            None => keys.push(format!("n:{spelling}")),
        }
    }
    if let Some(acronym) = &name.acronym {
        let others = if name.alone || acronym.chars().count() >= TELLING_ACRONYM { 'a' } else { 'l' };
        keys.push(format!("{others}:{acronym}"));
        if name.alone {
            keys.push(format!("n:{acronym}"));
        }
    } else if let [spelling] = name.spellings.as_slice()
        && let [word] = spelling.as_slice()
    {
        // Who types `cchr` or `licadho` may well mean the acronym.
        keys.push(format!("a:{word}"));
    }
    keys.sort_unstable();
    keys.dedup();
    keys
}

#[cfg(test)]
mod tests;
