//! How much two texts have in common, and of what sort it is.

use crate::passages::{Comparable, Passage};

/// A passage of whole sentences tells something from so many words in a row on. Shorter ones are said again and again.
const WHOLE_SENTENCE: usize = 10;
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
    /// How many words are equal.
    pub words: usize,
    /// Where, in the order of the one text; at least one.
    pub passages: Vec<Passage>,
}

impl Passage {
    /// Whether two texts have it in common for another reason than that people say such things.
    pub fn is_telling(&self) -> bool {
        let in_a_row = if self.is_whole { WHOLE_SENTENCE } else { PART_OF_SENTENCE };
        self.longest >= in_a_row || (self.words >= CHANGED && self.longest >= CHANGED_RUN)
    }
}

impl Likeness {
    /// Sums up passages that two texts have in common; nothing when there are none.
    pub fn of(here: &Comparable<'_>, there: &Comparable<'_>, passages: Vec<Passage>) -> Option<Likeness> {
        if passages.is_empty() {
            return None;
        }
        let words: usize = passages.iter().map(|passage| passage.words).sum();
        let share = |text: &Comparable<'_>| (words as f64 / text.words().max(1) as f64).min(1.0);
        let (share_here, share_there) = (share(here), share(there));
        let (most, least) = (share_here.max(share_there), share_here.min(share_there));
        let sort = if most >= 0.75 && least >= 0.5 {
            Sort::Copy
        } else if words > QUOTATION || passages.len() > 2 {
            Sort::Excerpt
        } else {
            Sort::Quote
        };
        Some(Likeness { sort, share_here, share_there, words, passages })
    }
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
    fn a_set_phrase_inside_sentences_is_nothing() {
        let one =
            "The centre calls on the government to immediately and unconditionally release the two editors.";
        let other =
            "Forty groups call on the government to immediately and unconditionally release Sok Dara.";
        assert_eq!(likeness(one, other), None);
    }
}
