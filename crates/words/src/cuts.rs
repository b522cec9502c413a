//! Where a text without spaces may be cut, by its dictionary.
//!
//! Of all ways to make up a text of words, the best has the fewest; a Khmer word of one cluster counts one and a half,
//! because most such words are also syllables of others, and what is no word counts two a cluster. A cut that lies in a
//! best way is *clear*. One that makes a way worse by no more than one and a half is *possible*: a compound is taken apart.

use std::ops::Range;

use crate::dictionary::{Dictionary, Letter, Walk};
use crate::script::is_invisible;

/// What the parts of a text count, in halves.
const WORD: u32 = 2;
const LIKELY_SYLLABLE: u32 = 3;
const UNKNOWN: u32 = 4;
/// How much worse a cut may make the whole.
const POSSIBLE: u32 = 3;
/// Clusters of the longest word that is looked for.
const LONGEST: usize = 20;
/// What goes on in as many ways as this is a part of very many words.
const MANY_WAYS: u8 = 26;
/// Clusters of the longest span that [`Cuts::may_be_word`] is asked about.
pub(crate) const LONGEST_SHORT: usize = 2;

/// The cuts of one run of clusters; used again for the next.
#[derive(Debug, Default)]
pub(crate) struct Cuts {
    letters: Vec<Letter>,
    clusters: Vec<Cluster>,
    words: Vec<Word>,
    /// The least that the text before each place counts, and the text behind it.
    before: Vec<u32>,
    behind: Vec<u32>,
    /// Where in the dictionary one has come by the one cluster, or the two, from each place on.
    beginnings: Vec<[Option<Walk>; LONGEST_SHORT]>,
}

#[derive(Debug)]
struct Cluster {
    /// Where its letters are.
    letters: Range<usize>,
    is_cut: bool,
}

/// A word of the dictionary, or a cluster, as it stands in the run.
#[derive(Debug, Clone, Copy)]
struct Word {
    start: usize,
    end: usize,
    count: u32,
}

impl Cuts {
    /// Reads a run: its clusters, and whether its author cut it before a cluster.
    pub(crate) fn read<'a>(&mut self, run: impl Iterator<Item = (&'a str, bool)>) {
        self.letters.clear();
        self.clusters.clear();
        self.words.clear();
        self.beginnings.clear();
        let mut dictionary = None;
        for (text, is_cut) in run {
            if self.clusters.is_empty() {
                dictionary = text.chars().find(|c| !is_invisible(*c)).and_then(Dictionary::of);
            }
            let visible = text.chars().filter(|c| !is_invisible(*c));
            let start = self.letters.len();
            self.letters.extend(visible.filter_map(|c| Some(dictionary?.letter(c))));
            self.clusters.push(Cluster { letters: start..self.letters.len(), is_cut });
        }
        for start in 0..self.clusters.len() {
            self.words.push(Word { start, end: start + 1, count: UNKNOWN });
            self.beginnings.push(Default::default());
            if let Some(dictionary) = dictionary {
                self.read_words(dictionary, start);
            }
        }
        self.count(self.clusters.len());
    }

    /// Adds the words that begin at a cluster.
    fn read_words(&mut self, dictionary: &'static Dictionary, start: usize) {
        let mut walk = dictionary.walk();
        for (index, cluster) in self.clusters.iter().enumerate().skip(start).take(LONGEST) {
            if index > start && cluster.is_cut {
                return;
            }
            let letters = self.letters.get(cluster.letters.clone()).unwrap_or_default();
            letters.iter().for_each(|letter| walk.step(*letter));
            if walk.is_over() {
                return;
            }
            let end = index + 1;
            if walk.is_word() {
                let is_likely_syllable = end - start == 1 && !dictionary.syllables_are_words();
                let count = if is_likely_syllable { LIKELY_SYLLABLE } else { WORD };
                self.words.push(Word { start, end, count });
            }
            let beginning = self.beginnings.last_mut().and_then(|walks| walks.get_mut(index - start));
            if let Some(beginning) = beginning {
                *beginning = Some(walk.clone());
            }
        }
    }

    fn count(&mut self, length: usize) {
        let reset = |counts: &mut Vec<u32>| {
            counts.clear();
            counts.resize(length + 1, u32::MAX);
        };
        reset(&mut self.before);
        reset(&mut self.behind);
        lower(&mut self.before, 0, 0);
        // The words are in the order in which they begin.
        for word in &self.words {
            let count = at(&self.before, word.start).saturating_add(word.count);
            lower(&mut self.before, word.end, count);
        }
        lower(&mut self.behind, length, 0);
        for word in self.words.iter().rev() {
            let count = at(&self.behind, word.end).saturating_add(word.count);
            lower(&mut self.behind, word.start, count);
        }
    }

    /// Whether so many clusters from a place on may be a word of the text: both its ends are cuts, and clear ones if very
    /// many words begin with it, since it is then mostly a part of another.
    pub(crate) fn may_be_word(&self, start: usize, length: usize) -> bool {
        let worse = self.worse(start).max(self.worse(start + length));
        worse == 0 || (worse <= POSSIBLE && !self.begins_many(start, length))
    }

    /// Whether so many clusters from a place on are the beginning of very many words.
    fn begins_many(&self, start: usize, length: usize) -> bool {
        let walk = length.checked_sub(1).and_then(|last| self.beginnings.get(start)?.get(last)?.as_ref());
        walk.is_some_and(|walk| walk.ways_on() >= MANY_WAYS)
    }

    /// How much worse than the best a way is that has a cut at this place.
    fn worse(&self, place: usize) -> u32 {
        let best = at(&self.behind, 0);
        at(&self.before, place).saturating_add(at(&self.behind, place)).saturating_sub(best)
    }
}

fn at(counts: &[u32], place: usize) -> u32 {
    counts.get(place).copied().unwrap_or(u32::MAX)
}

fn lower(counts: &mut [u32], place: usize, count: u32) {
    if let Some(least) = counts.get_mut(place) {
        *least = count.min(*least);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clusters::cluster_spans;

    /// The spans of one or two clusters that may be words.
    fn short(text: &str) -> Vec<String> {
        let clusters: Vec<(&str, bool)> = text
            .split('|')
            .flat_map(|part| {
                cluster_spans(part).enumerate().map(move |(index, span)| (&part[span], index == 0))
            })
            .collect();
        let mut cuts = Cuts::default();
        cuts.read(clusters.iter().copied());
        let spans = (0..clusters.len()).flat_map(|start| [(start, 1), (start, 2)]);
        let inside = spans.filter(|(start, length)| start + length <= clusters.len());
        inside
            .filter(|(start, length)| cuts.may_be_word(*start, *length))
            .map(|(start, length)| clusters[start..start + length].iter().map(|(text, _)| *text).collect())
            .collect()
    }

    #[test]
    fn a_word_is_not_found_inside_another() {
        // Market; what could be its parts are no words.
        assert!(!short("ខ្ញុំទៅផ្សារ").contains(&"សារ".to_owned()));
        // Cambodia, in which stands the word for being.
        assert!(!short("ប្រទេសកម្ពុជា").contains(&"ប្រ".to_owned()));
    }

    #[test]
    fn the_parts_of_a_compound_are_found() {
        // Human rights.
        assert!(short("សិទ្ធិមនុស្ស").contains(&"សិទ្ធិ".to_owned()));
        // They: a group, and a pronoun.
        assert!(short("ពួកគេ").contains(&"គេ".to_owned()));
    }

    #[test]
    fn what_very_many_words_begin_with_is_found_by_itself_only() {
        assert!(!short("ការងារ").contains(&"ការ".to_owned()));
        assert!(short("ការ|ងារ").contains(&"ការ".to_owned()));
    }

    #[test]
    fn names_that_no_dictionary_has_are_found() {
        assert!(short("លោកង៉ូវបាននិយាយ").contains(&"ង៉ូវ".to_owned()));
        assert!(short("កញ្ញាហ៊្វីតបាននិយាយ").contains(&"ហ៊្វីត".to_owned()));
    }

    proptest::proptest! {
        #[test]
        fn any_run_is_read_and_its_ends_are_clear(text in "[កខគងាិ្រេះ៉ាំសមនុជតទ្ធបលយ]{1,60}") {
            let clusters: Vec<(&str, bool)> = cluster_spans(&text).map(|span| (&text[span], false)).collect();
            let mut cuts = Cuts::default();
            cuts.read(clusters.iter().copied());
            proptest::prop_assert_eq!(cuts.worse(0), 0);
            proptest::prop_assert_eq!(cuts.worse(clusters.len()), 0);
            proptest::prop_assert!((0..=clusters.len()).all(|place| cuts.worse(place) < u32::MAX / 2));
        }
    }
}
