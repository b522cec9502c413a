//! The dictionaries of the segmenter, word by word: Khmer, Thai, Lao and Burmese.
//!
//! The segmenter tells how it cuts a text, and nothing of how else it could be cut. Where the end of one word may be the
//! inside of another, one has to ask for all words that begin at a place.

use std::sync::LazyLock;

use icu_collections::codepointinvlist::CodePointInversionList;
use icu_provider::prelude::*;
use icu_segmenter::provider::{Baked, DictionaryBreakData, SegmenterDictionaryExtendedV2};
use zerotrie::ZeroTrieSimpleAscii;
use zerotrie::cursor::ZeroTrieSimpleAsciiCursor;
use zerovec::ZeroVec;

type Trie = ZeroTrieSimpleAscii<ZeroVec<'static, u8>>;

/// All words of a language.
pub(crate) struct Dictionary {
    trie: &'static Trie,
    /// The letter as the trie knows it, for each character of the script's block.
    letters: [u8; BLOCK],
    first: u32,
    syllables_are_words: bool,
}

/// How many characters the block of a script has.
const BLOCK: usize = 128;
/// What no letter of a dictionary is.
const NO_LETTER: u8 = 0xFF;

static KHMER: LazyLock<Option<Dictionary>> = LazyLock::new(|| Dictionary::load("khmerdict", 0x1780, false));
static THAI: LazyLock<Option<Dictionary>> = LazyLock::new(|| Dictionary::load("thaidict", 0xE00, true));
static LAO: LazyLock<Option<Dictionary>> = LazyLock::new(|| Dictionary::load("laodict", 0xE80, true));
static BURMESE: LazyLock<Option<Dictionary>> =
    LazyLock::new(|| Dictionary::load("burmesedict", 0x1000, true));

impl Dictionary {
    /// The dictionary for text that begins with this character.
    pub(crate) fn of(c: char) -> Option<&'static Dictionary> {
        match u32::from(c) {
            0x1780..0x1800 => KHMER.as_ref(),
            0xE00..0xE80 => THAI.as_ref(),
            0xE80..0xF00 => LAO.as_ref(),
            0x1000..0x1080 => BURMESE.as_ref(),
            _ => None,
        }
    }

    fn load(name: &str, first: u32, syllables_are_words: bool) -> Option<Dictionary> {
        let attributes = DataMarkerAttributes::try_from_str(name).ok()?;
        let request = DataRequest {
            id: DataIdentifierBorrowed::for_marker_attributes(attributes),
            ..Default::default()
        };
        let loaded = DataProvider::<SegmenterDictionaryExtendedV2>::load(&Baked, request).ok()?;
        match loaded.payload.get_static()? {
            DictionaryBreakData::ZeroTrie { alphabet, trie } => {
                Some(Dictionary { trie, letters: letters(alphabet, first), first, syllables_are_words })
            }
            DictionaryBreakData::Char16Trie(_) => None,
        }
    }

    /// Whether a word of one cluster is most likely a word where it is read; if not, it is as likely a syllable of another.
    pub(crate) fn syllables_are_words(&self) -> bool {
        self.syllables_are_words
    }

    /// A character as this dictionary knows it.
    pub(crate) fn letter(&self, c: char) -> Letter {
        let place = u32::from(c).checked_sub(self.first).and_then(|at| usize::try_from(at).ok());
        Letter(place.and_then(|at| self.letters.get(at)).copied().unwrap_or(NO_LETTER))
    }

    /// Begins before the first letter of all words.
    pub(crate) fn walk(&self) -> Walk {
        Walk(self.trie.cursor())
    }
}

fn letters(alphabet: &CodePointInversionList<'_>, first: u32) -> [u8; BLOCK] {
    let mut letters = [NO_LETTER; BLOCK];
    for (c, letter) in (first..).zip(&mut letters) {
        *letter = alphabet.position32(c).and_then(|at| u8::try_from(at).ok()).unwrap_or(NO_LETTER);
    }
    letters
}

/// A letter of one dictionary.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Letter(u8);

/// A way into a dictionary, letter by letter.
#[derive(Debug, Clone)]
pub(crate) struct Walk(ZeroTrieSimpleAsciiCursor<'static>);

impl Walk {
    /// Reads one more letter.
    pub(crate) fn step(&mut self, letter: Letter) {
        self.0.step(letter.0);
    }

    /// Whether no word goes on from here, nor ends here.
    pub(crate) fn is_over(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether what was read is a word.
    pub(crate) fn is_word(&self) -> bool {
        self.0.clone().take_value().is_some()
    }

    /// With how many different letters words go on from here.
    pub(crate) fn ways_on(&self) -> u8 {
        let mut cursor = self.0.clone();
        cursor.take_value();
        cursor.probe(0).map_or(0, |way| way.total_siblings)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn walk(word: &str) -> Walk {
        let dictionary = Dictionary::of(word.chars().next().unwrap()).unwrap();
        let mut walk = dictionary.walk();
        word.chars().for_each(|c| walk.step(dictionary.letter(c)));
        walk
    }

    #[test]
    fn there_is_a_dictionary_for_each_language() {
        for word in ["កម្ពុជា", "สิทธิ", "ສິດ", "မြန်မာ"] {
            assert!(walk(word).is_word(), "{word}");
        }
        assert!(Dictionary::of('a').is_none() && Dictionary::of('言').is_none());
    }

    #[test]
    fn a_walk_ends_where_no_word_goes_on() {
        assert!(!walk("កម្").is_over() && !walk("កម្").is_word());
        assert!(walk("កxx").is_over() && !walk("កxx").is_word());
        assert!(walk("កកកកកកកក").is_over());
    }

    #[test]
    fn what_words_are_made_with_goes_on_in_many_ways() {
        assert!(walk("ការ").ways_on() > 30);
        assert!(walk("ផ្សារ").ways_on() < 20);
        assert_eq!(walk("កxx").ways_on(), 0);
    }
}
