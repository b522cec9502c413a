//! Which shared lines say nothing: the furniture of a site, and what everybody says.

use std::ops::Range;

use vidimus_compare::{Comparable, Fingerprint, Passage, located_fingerprints};

use super::carriers::{Carriers, Common};
use crate::error::IndexError;

/// A line in which something common was seen is something else as well if so many words in a row are.
const OWN_WORDS: usize = 17;
/// What many texts have is no set phrase if it is so many words in a row.
const LONGEST_PHRASE: usize = 30;
/// Of a text longer than half a million characters or so the beginning is compared.
const MOST_FINGERPRINTS: usize = 20_000;

/// One of two texts that are compared.
pub(super) struct Side<'a> {
    pub(super) text: Comparable<'a>,
    pub(super) located: Vec<Fingerprint>,
}

impl<'a> Side<'a> {
    pub(super) fn new(text: &'a str) -> Side<'a> {
        let text = Comparable::new(text);
        let mut located = located_fingerprints(text.units());
        located.truncate(MOST_FINGERPRINTS);
        Side { text, located }
    }

    /// Whether a line, of which `runs` are the equal units on this side, belongs to one of these sites, given as host and
    /// source, or is a set phrase: whether nothing else is left of it.
    pub(super) fn is_common(
        &self,
        line: &Passage,
        runs: &[Range<usize>],
        sites: &[(&str, &str)],
        carriers: &mut Carriers<'_>,
    ) -> Result<bool, IndexError> {
        let mut common = Vec::new();
        let mut phrase: Vec<Range<usize>> = Vec::new();
        for found in within(&self.located, runs) {
            match carriers.common(found.value, sites, line.is_block)? {
                Some(Common::OfSite) => common.push(found.units.clone()),
                Some(Common::SetPhrase) if !line.is_quoted => phrase.push(found.units.clone()),
                _ => {}
            }
        }
        common.extend(self.short_ones(phrase));
        common.sort_unstable_by_key(|units| (units.start, units.end));
        Ok(!common.is_empty() && self.own_words(runs, &common) < OWN_WORDS)
    }

    /// Those stretches that are no longer than a set phrase is.
    fn short_ones(&self, stretches: Vec<Range<usize>>) -> Vec<Range<usize>> {
        let mut joined: Vec<Range<usize>> = Vec::new();
        for units in stretches {
            match joined.last_mut() {
                Some(last) if self.text.words_of(&(last.end..units.start.max(last.end))) < OWN_WORDS => {
                    last.end = units.end.max(last.end);
                }
                _ => joined.push(units),
            }
        }
        joined.retain(|units| self.text.words_of(units) < LONGEST_PHRASE);
        joined
    }

    /// How many equal words stand in the longest stretch that nothing common touches.
    fn own_words(&self, runs: &[Range<usize>], common: &[Range<usize>]) -> usize {
        let mut common = common.iter().peekable();
        let (mut longest, mut stretch, mut done) = (0, 0, 0);
        for run in runs {
            done = run.start.max(done);
            while let Some(units) = common.next_if(|units| units.start < run.end) {
                stretch += self.text.words_of(&(done..units.start.max(done)));
                longest = longest.max(stretch);
                stretch = 0;
                done = units.end.max(done);
            }
            stretch += self.text.words_of(&(done..run.end.max(done)));
            longest = longest.max(stretch);
        }
        longest
    }
}

/// The fingerprints that lie within one of these runs.
fn within<'a>(located: &'a [Fingerprint], runs: &'a [Range<usize>]) -> impl Iterator<Item = &'a Fingerprint> {
    runs.iter().flat_map(|run| {
        let first = located.partition_point(|found| found.units.start < run.start);
        let last = located.partition_point(|found| found.units.end <= run.end);
        located.get(first..last.max(first)).unwrap_or_default()
    })
}

/// Whether whole lines are the smaller part of two pages of a site, and stand near the beginning of both or near the end of
/// both, or anywhere where the index has only a few pages of that site: nothing else tells its furniture then.
pub(super) fn is_frame(
    line: &Passage,
    here: &Comparable<'_>,
    there: &Comparable<'_>,
    is_small_site: bool,
) -> bool {
    let is_small = line.words * 2 < here.words() && line.words * 2 < there.words();
    let at_ends = |text: &Comparable<'_>, units: &Range<usize>| {
        let all = text.units().len();
        (units.end * 5 <= all, units.start * 5 >= all * 3)
    };
    let (one, other) = (at_ends(here, &line.here), at_ends(there, &line.there));
    line.is_block && is_small && (is_small_site || (one.0 && other.0) || (one.1 && other.1))
}
