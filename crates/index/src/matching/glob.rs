//! Words with `*` for any letters and `?` for one.
//!
//! The automaton keeps the set of all places in the pattern that may be reached, so that a pattern of many `*` takes no
//! longer than one.

use tantivy_fst::Automaton;

use crate::query::{ANY_LETTERS, ONE_LETTER};

/// A pattern; see [`crate::query::Words::marked`] for its form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Glob {
    parts: Vec<Part>,
    is_cut: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Letter(char),
    One,
    Any,
}

/// Places that a state can tell apart: one for each bit, the end included.
pub(crate) const MOST_PARTS: usize = 127;

/// The places reached, and the character that is being read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reached {
    places: u128,
    character: u32,
    bytes_missing: u8,
}

impl Glob {
    /// The pattern of a folded text with marks; of one that is too long, the beginning and anything after it: see
    /// [`Glob::is_cut`].
    pub(crate) fn new(marked: &str) -> Glob {
        let mut parts: Vec<Part> = Vec::new();
        let mut is_cut = false;
        for c in marked.chars() {
            let part = match c {
                ANY_LETTERS => Part::Any,
                ONE_LETTER => Part::One,
                letter => Part::Letter(letter),
            };
            let is_repeated = part == Part::Any && parts.last() == Some(&Part::Any);
            is_cut |= !is_repeated && parts.len() == MOST_PARTS;
            if !is_repeated && !is_cut {
                parts.push(part);
            }
        }
        if let Some(last) = parts.last_mut().filter(|_| is_cut) {
            *last = Part::Any;
        }
        Glob { parts, is_cut }
    }

    /// Whether the text had more letters and marks than a pattern can have. A query with such a pattern is refused.
    pub(crate) fn is_cut(&self) -> bool {
        self.is_cut
    }

    /// Adds the places that are reached without reading anything.
    fn closed(&self, mut places: u128) -> u128 {
        for (at, part) in self.parts.iter().enumerate() {
            if *part == Part::Any && places >> at & 1 == 1 {
                places |= 1 << (at + 1);
            }
        }
        places
    }

    fn read(&self, places: u128, character: Option<char>) -> u128 {
        let Some(character) = character else { return 0 };
        let mut next = 0;
        let mut rest = places;
        while rest != 0 {
            let at = rest.trailing_zeros();
            rest &= rest - 1;
            match usize::try_from(at).ok().and_then(|at| self.parts.get(at)) {
                Some(Part::Any) => next |= 1 << at,
                Some(Part::One) => next |= 1 << (at + 1),
                Some(Part::Letter(letter)) if *letter == character => next |= 1 << (at + 1),
                Some(Part::Letter(_)) | None => {}
            }
        }
        self.closed(next)
    }

    pub(crate) fn matches(&self, term: &str) -> bool {
        let reached = term.bytes().fold(self.start(), |state, byte| self.accept(&state, byte));
        self.is_match(&reached)
    }
}

impl Automaton for Glob {
    type State = Reached;

    fn start(&self) -> Reached {
        Reached { places: self.closed(1), character: 0, bytes_missing: 0 }
    }

    fn is_match(&self, state: &Reached) -> bool {
        state.bytes_missing == 0 && state.places >> self.parts.len() & 1 == 1
    }

    fn can_match(&self, state: &Reached) -> bool {
        state.places != 0
    }

    fn accept(&self, state: &Reached, byte: u8) -> Reached {
        let (character, bytes_missing) = match byte {
            0..=0x7F => (u32::from(byte), 0),
            0x80..=0xBF => {
                (state.character << 6 | u32::from(byte & 0x3F), state.bytes_missing.saturating_sub(1))
            }
            0xC0..=0xDF => (u32::from(byte & 0x1F), 1),
            0xE0..=0xEF => (u32::from(byte & 0x0F), 2),
            0xF0..=0xFF => (u32::from(byte & 0x07), 3),
        };
        let places = match bytes_missing {
            0 => self.read(state.places, char::from_u32(character)),
            _ => state.places,
        };
        Reached { places, character, bytes_missing }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn glob(pattern: &str) -> Glob {
        Glob::new(&pattern.replace('*', "ʬ").replace('?', "ʭ"))
    }

    #[test]
    fn patterns_match_whole_terms() {
        let cases = [
            ("org?ni*ation", "organisation", true),
            ("org?ni*ation", "orgniation", false),
            ("*ation", "ation", true),
            ("*ation", "nations", false),
            ("a*", "a", true),
            ("a**b", "ab", true),
            ("a?", "a", false),
            ("?", "ក", true),
            ("សិ*ធិ", "សិទ្ធិ", true),
            ("*", "", true),
        ];
        for (pattern, term, wanted) in cases {
            assert_eq!(glob(pattern).matches(term), wanted, "{pattern} {term}");
        }
        let long = format!("{}*b", "a".repeat(MOST_PARTS - 2));
        assert!(glob(&long).matches(&format!("{}cb", "a".repeat(MOST_PARTS - 2))) && !glob(&long).is_cut());
        assert!(!glob(&long).matches(&"a".repeat(600)));
        assert!(glob(&format!("a{long}")).is_cut());
    }

    /// The definition, without regard to time.
    fn slowly(pattern: &[char], term: &[char]) -> bool {
        match (pattern.split_first(), term.split_first()) {
            (None, rest) => rest.is_none(),
            (Some(('*', rest)), None) => slowly(rest, term),
            (Some(('*', rest)), Some((_, left))) => slowly(rest, term) || slowly(pattern, left),
            (Some((c, rest)), Some((d, left))) => (*c == '?' || c == d) && slowly(rest, left),
            (Some(_), None) => false,
        }
    }

    proptest! {
        #[test]
        fn the_automaton_does_what_the_definition_says(pattern in "[abក*?]{0,8}", term in "[abក]{0,8}") {
            let chars = |text: &str| text.chars().collect::<Vec<_>>();
            prop_assert_eq!(glob(&pattern).matches(&term), slowly(&chars(&pattern), &chars(&term)));
        }
    }
}
