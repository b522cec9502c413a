//! How much two texts have in common, and of what sort it is.

use std::ops::Range;

use crate::passages::{Comparable, Passage, WORD};

/// A passage of whole sentences tells something from so many words in a row on. Shorter ones are said again and again …
const WHOLE_SENTENCE: usize = 12;
/// … unless somebody puts them into quotation marks.
const QUOTED_SENTENCE: usize = 10;
/// Part of a sentence needs more: names of laws and set phrases are long.
const PART_OF_SENTENCE: usize = 17;
/// A passage with changes needs so many equal words in all …
const CHANGED: usize = 22;
/// … of which so many stand in a row.
const CHANGED_RUN: usize = 7;
/// More than that is no single quotation: two long sentences.
const QUOTATION: usize = 60;

/// What sort of repetition it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sort {
    /// A sentence or two.
    Quote,
    /// A good part of the one stands in the other.
    Excerpt,
    /// Most of the one is most of the other.
    Copy,
}

impl Sort {
    /// The word for it: `copy`, `excerpt` or `quote`.
    pub fn as_str(self) -> &'static str {
        match self {
            Sort::Copy => "copy",
            Sort::Excerpt => "excerpt",
            Sort::Quote => "quote",
        }
    }
}

/// What two texts have in common.
#[derive(Debug, Clone, PartialEq)]
pub struct Likeness {
    /// What sort it is.
    pub sort: Sort,
    /// The share of the one text's words that stand in the other, from 0 to 1.
    pub share_here: f64,
    /// The share of the other text's words that stand in the one.
    pub share_there: f64,
    /// How many words are equal. What the one text says twice and the other once counts once.
    pub words: usize,
    /// Where, in the order of the one text; at least one.
    pub passages: Vec<Passage>,
}

impl Passage {
    /// Whether two texts have it in common for another reason than that people say such things.
    pub fn is_telling(&self) -> bool {
        let in_a_row = match (self.is_whole, self.is_quoted) {
            (true, true) => QUOTED_SENTENCE,
            (true, false) => WHOLE_SENTENCE,
            _ => PART_OF_SENTENCE,
        };
        self.longest >= in_a_row || (self.words >= CHANGED && self.longest >= CHANGED_RUN)
    }
}

impl Likeness {
    /// Sums up passages that two texts have in common; nothing when there are none.
    pub fn of(here: &Comparable<'_>, there: &Comparable<'_>, passages: Vec<Passage>) -> Option<Likeness> {
        if passages.is_empty() {
            return None;
        }
        let runs = || passages.iter().flat_map(|passage| &passage.runs);
        let words_here = words(here, united(runs().map(|run| run.here())));
        let words_there = words(there, united(runs().map(|run| run.there())));
        let share =
            |words: usize, text: &Comparable<'_>| (words as f64 / text.words().max(1) as f64).min(1.0);
        let (share_here, share_there) = (share(words_here, here), share(words_there, there));
        let words = words_here.min(words_there);
        let parts_here = united(passages.iter().map(|passage| passage.here.clone())).len();
        let parts_there = united(passages.iter().map(|passage| passage.there.clone())).len();
        let (most, least) = (share_here.max(share_there), share_here.min(share_there));
        let sort = if most >= 0.75 && least >= 0.5 {
            Sort::Copy
        } else if words > QUOTATION || parts_here.min(parts_there) > 2 {
            Sort::Excerpt
        } else {
            Sort::Quote
        };
        Some(Likeness { sort, share_here, share_there, words, passages })
    }
}

/// The same places, each once, in order.
fn united(ranges: impl Iterator<Item = Range<usize>>) -> Vec<Range<usize>> {
    let mut ranges: Vec<Range<usize>> = ranges.collect();
    ranges.sort_unstable_by_key(|range| (range.start, range.end));
    let mut united: Vec<Range<usize>> = Vec::with_capacity(ranges.len());
    for range in ranges {
        match united.last_mut() {
            Some(last) if range.start < last.end => last.end = last.end.max(range.end),
            _ => united.push(range),
        }
    }
    united
}

fn words(text: &Comparable<'_>, places: Vec<Range<usize>>) -> usize {
    places.into_iter().map(|units| text.weight(units)).sum::<usize>() / WORD
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::common_passages;

    fn likeness(here: &str, there: &str) -> Option<Likeness> {
        let (here, there) = (Comparable::new(here), Comparable::new(there));
        let mut passages = common_passages(&here, &there);
        passages.retain(Passage::is_telling);
        Likeness::of(&here, &there, passages)
    }

    const SENTENCE: &str =
        "The two surveyors were taken from the water at half past seven by men without a warrant.";

    #[test]
    fn a_sentence_is_a_quote_and_the_whole_a_copy() {
        let rest = "Much else happened on that day, which nobody has written down so far. ".repeat(6);
        let quoting = format!("{rest}\nThey wrote: “{SENTENCE}”\n{rest}");
        let quote = likeness(SENTENCE, &quoting).unwrap();
        assert_eq!(quote.sort, Sort::Quote);
        assert!(quote.share_here > 0.99 && quote.share_there < 0.3, "{quote:?}");
        assert_eq!(likeness(SENTENCE, &format!("{SENTENCE} Share this.")).unwrap().sort, Sort::Copy);
    }

    #[test]
    fn what_is_said_three_times_counts_once() {
        let rest = "Much else happened on that day, which nobody has written down so far. ".repeat(6);
        let refrain = format!("{SENTENCE}\nFirst.\n{SENTENCE}\nSecond.\n{SENTENCE}");
        let once = likeness(&refrain, &format!("{rest}\n{SENTENCE}\n{rest}")).unwrap();
        let words = Comparable::new(SENTENCE).words();
        assert_eq!((once.sort, once.words), (Sort::Quote, words), "{once:?}");
        assert!(once.share_here > 0.9 && once.share_there < 0.3, "{once:?}");
        let turned = likeness(&format!("{rest}\n{SENTENCE}\n{rest}"), &refrain).unwrap();
        assert_eq!((turned.sort, turned.words), (Sort::Quote, words), "{turned:?}");
    }

    #[test]
    fn a_row_of_numbers_is_nothing() {
        let numbers: String = (1..29).map(|day| format!("{day} | ")).collect();
        assert_eq!(likeness(&format!("May\n{numbers}"), &format!("Free days:\n{numbers}\nBook now")), None);
    }

    #[test]
    fn a_set_phrase_inside_sentences_is_nothing() {
        let one =
            "The centre calls on the government to immediately and unconditionally release the two editors.";
        let other =
            "Forty groups call on the government to immediately and unconditionally release Sok Dara.";
        assert_eq!(likeness(one, other), None);
    }
}
