//! Units: what texts are compared by.
//!
//! A unit is a word, or in scripts without spaces a character cluster, folded as for the search and kept as a number. No
//! dictionary is asked, and no memory set aside for each: two texts are cut alike or they are not the same, which is
//! all that a comparison needs.

use std::ops::Range;

use crate::clusters::cluster_spans;
use crate::fold::{fold_into, spaced_letter};
use crate::script::{Family, family, is_invisible, is_mark};

/// One piece of a text, as comparisons see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unit {
    /// Equal for equal folded forms: the same on every machine and in every version.
    pub hash: u64,
    /// Bytes of the text that it came from.
    pub span: Range<usize>,
    /// What sort of piece it is.
    pub kind: UnitKind,
}

/// What sort of piece a unit is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnitKind {
    /// A word.
    Word,
    /// A cluster of a script without spaces, of which a word has two or three.
    Cluster,
    /// Digits and nothing else: rows of them stand in many texts.
    Number,
}

/// The units of a text, one after the other.
#[derive(Debug, Clone)]
pub struct Units<'a> {
    text: &'a str,
    at: usize,
    /// Used again for each piece that is folded.
    folded: String,
}

impl<'a> Units<'a> {
    /// Begins at the start of a text.
    pub fn new(text: &'a str) -> Units<'a> {
        Units { text, at: 0, folded: String::new() }
    }

    /// A word of letters and digits each of which folds by itself, unless something else follows on it.
    fn plain_word(&mut self) -> Option<Unit> {
        let rest = self.text.get(self.at..)?;
        let (mut length, mut hash, mut kind) = (0, FNV_START, UnitKind::Number);
        for c in rest.chars() {
            let Some(letter) = folded_by_itself(c) else {
                if continues_word(c) {
                    return None;
                }
                break;
            };
            kind = if letter.is_ascii_digit() { kind } else { UnitKind::Word };
            hash = letter.encode_utf8(&mut [0; 4]).bytes().fold(hash, fnv);
            length += c.len_utf8();
        }
        let start = self.at;
        self.at += length;
        (length > 0).then_some(Unit { hash, span: start..self.at, kind })
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
        self.folded.clear();
        fold_into(rest.get(..length)?, &mut self.folded);
        let hash = self.folded.bytes().fold(FNV_START, fnv);
        let kind = match is_cluster {
            true => UnitKind::Cluster,
            false if self.folded.bytes().all(|byte| byte.is_ascii_digit()) => UnitKind::Number,
            false => UnitKind::Word,
        };
        (!self.folded.is_empty()).then_some(Unit { hash, span: start..start + length, kind })
    }
}

impl Iterator for Units<'_> {
    type Item = Unit;

    fn next(&mut self) -> Option<Unit> {
        let bytes = self.text.as_bytes();
        while let Some(byte) = bytes.get(self.at) {
            if byte.is_ascii() && !byte.is_ascii_alphanumeric() {
                self.at += 1;
            } else if let Some(unit) = self.plain_word().or_else(|| self.any()) {
                return Some(unit);
            }
        }
        None
    }
}

/// The folded form of a letter or digit that is the same in any word.
fn folded_by_itself(c: char) -> Option<char> {
    if c.is_ascii_alphanumeric() { Some(c.to_ascii_lowercase()) } else { spaced_letter(c) }
}

/// Whether a word that stands before this character goes on with it: with a letter, a mark or something invisible.
fn continues_word(c: char) -> bool {
    family(c) == Family::Spaced && (c.is_alphanumeric() || is_mark(c) || is_invisible(c))
}

/// How many bytes the word at the start of a text has, with the marks and invisible characters inside it.
fn word_length(text: &str) -> usize {
    let inside = text.char_indices().take_while(|(_, c)| continues_word(*c));
    inside.filter(|(_, c)| !is_invisible(*c)).last().map_or(0, |(at, c)| at + c.len_utf8())
}

/// FNV-1a, 64 bits.
const FNV_START: u64 = 0xcbf2_9ce4_8422_2325;

fn fnv(hash: u64, byte: u8) -> u64 {
    (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::UnitKind::{Cluster, Number, Word};
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
        let kinds: Vec<UnitKind> = Units::new("言 word 2024 ២០២៤ 3rd").map(|unit| unit.kind).collect();
        assert_eq!(kinds, [Cluster, Word, Number, Number, Word]);
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

    /// The units as they are cut and folded where nothing is known of a letter.
    fn folded_in_full(text: &str) -> Vec<Unit> {
        let mut units = Units::new(text);
        let mut found = Vec::new();
        while units.at < text.len() {
            found.extend(units.any());
        }
        found
    }

    proptest! {
        #[test]
        fn letters_that_fold_by_themselves_make_the_units_of_any_others(
            text in "[a-cA-C0-9À-ÿŁłĐđıİĳảẞЁёйЖأإةىيء៣ក្ខ言ァ’'.«\u{AD}\u{301}\u{200B}\u{640} ]{0,24}"
        ) {
            prop_assert_eq!(Units::new(&text).collect::<Vec<Unit>>(), folded_in_full(&text));
        }

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
