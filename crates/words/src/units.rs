//! Units: what texts are compared by.
//!
//! A unit is a word, or in scripts without spaces a character cluster, folded as for the search and kept as a number. No
//! dictionary is asked and, for most text, no memory set aside: two texts are cut alike or they are not the same, which is
//! all that a comparison needs.

use std::ops::Range;

use crate::clusters::cluster_spans;
use crate::fold::fold;
use crate::script::{Family, family, is_invisible, is_mark};

/// One piece of a text, as comparisons see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unit {
    /// Equal for equal folded forms: the same on every machine and in every version.
    pub hash: u64,
    /// Bytes of the text that it came from.
    pub span: Range<usize>,
    /// Whether it is a cluster of a script without spaces, of which a word has two or three.
    pub is_cluster: bool,
}

/// The units of a text, one after the other.
#[derive(Debug, Clone)]
pub struct Units<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Units<'a> {
    /// Begins at the start of a text.
    pub fn new(text: &'a str) -> Units<'a> {
        Units { text, at: 0 }
    }

    /// A word of ASCII letters and digits, unless another letter follows on it.
    fn ascii_word(&mut self) -> Option<Unit> {
        let bytes = self.text.as_bytes();
        let (start, mut end, mut hash) = (self.at, self.at, FNV_START);
        while let Some(byte) = bytes.get(end).filter(|byte| byte.is_ascii_alphanumeric()) {
            hash = fnv(hash, byte.to_ascii_lowercase());
            end += 1;
        }
        if end == start || bytes.get(end).is_some_and(|byte| !byte.is_ascii()) {
            return None;
        }
        self.at = end;
        Some(Unit { hash, span: start..end, is_cluster: false })
    }

    /// What begins here in any script; nothing where there is no letter, which is then passed over.
    fn any(&mut self) -> Option<Unit> {
        let rest = self.text.get(self.at..)?;
        let first = rest.chars().next()?;
        let start = self.at;
        let is_cluster = family(first) != Family::Spaced;
        let length = if is_cluster {
            cluster_spans(rest).next().map_or(first.len_utf8(), |span| span.end)
        } else if first.is_alphanumeric() {
            word_length(rest)
        } else {
            0
        };
        self.at = start + length.max(first.len_utf8());
        let folded = fold(rest.get(..length)?);
        let hash = folded.bytes().fold(FNV_START, fnv);
        (!folded.is_empty()).then_some(Unit { hash, span: start..start + length, is_cluster })
    }
}

impl Iterator for Units<'_> {
    type Item = Unit;

    fn next(&mut self) -> Option<Unit> {
        let bytes = self.text.as_bytes();
        while let Some(byte) = bytes.get(self.at) {
            if byte.is_ascii() && !byte.is_ascii_alphanumeric() {
                self.at += 1;
            } else if let Some(unit) = self.ascii_word().or_else(|| self.any()) {
                return Some(unit);
            }
        }
        None
    }
}

/// How many bytes the word at the start of a text has, with the marks and invisible characters inside it.
fn word_length(text: &str) -> usize {
    let inside = |c: char| c.is_alphanumeric() || is_mark(c) || is_invisible(c);
    let mut end = 0;
    for (at, c) in text.char_indices() {
        if family(c) != Family::Spaced || !inside(c) {
            break;
        }
        if !is_invisible(c) {
            end = at + c.len_utf8();
        }
    }
    end
}

/// FNV-1a, 64 bits.
const FNV_START: u64 = 0xcbf2_9ce4_8422_2325;

fn fnv(hash: u64, byte: u8) -> u64 {
    (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn pieces(text: &str) -> Vec<&str> {
        Units::new(text).map(|unit| &text[unit.span]).collect()
    }

    fn hashes(text: &str) -> Vec<u64> {
        Units::new(text).map(|unit| unit.hash).collect()
    }

    #[test]
    fn words_and_clusters_are_units() {
        assert_eq!(pieces("The U.N. said: “don’t”!"), ["The", "U", "N", "said", "don", "t"]);
        assert_eq!(pieces("L’été à Łódź, 2024"), ["L", "été", "à", "Łódź", "2024"]);
        assert_eq!(pieces("សិទ្ធិមនុស្ស ok"), ["សិ", "ទ្ធិ", "ម", "នុ", "ស្ស", "ok"]);
        assert_eq!(pieces("言论abc自由"), ["言", "论", "abc", "自", "由"]);
        assert_eq!(pieces("… — !\u{200B}"), Vec::<&str>::new());
        assert!(Units::new("言").all(|unit| unit.is_cluster));
    }

    #[test]
    fn spellings_of_one_text_have_the_same_units() {
        for (one, other) in [
            ("Dénoncent l’arrestation", "denoncent l'arrestation"),
            ("de\u{301}noncent", "DÉNONCENT"),
            ("arres\u{AD}tation", "arrestation"),
            ("សិទ្ធិ\u{200B}មនុស្ស", "សិទ្ធិមនុស្ស"),
            ("ещё", "ЕЩЕ"),
            ("Straße", "strasse"),
        ] {
            assert_eq!(hashes(one), hashes(other), "{one}");
        }
        assert_ne!(hashes("ab"), hashes("ba"));
    }

    proptest! {
        #[test]
        fn units_stand_in_their_order(text in any::<String>()) {
            let mut last = 0;
            for unit in Units::new(&text) {
                prop_assert!(unit.span.start >= last && unit.span.end > unit.span.start);
                prop_assert!(text.get(unit.span.clone()).is_some());
                last = unit.span.end;
            }
        }
    }
}
