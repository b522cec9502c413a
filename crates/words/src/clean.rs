//! Taking invisible characters out of a piece of text without losing the way back to it.
//!
//! A soft hyphen or a zero-width joiner inside a word would cut or change the word. A zero-width
//! space beside a Southeast Asian letter is different: there it is how authors mark a word boundary,
//! so it stays for the segmenter to see.

use std::borrow::Cow;
use std::ops::Range;

use crate::script::{Family, family, is_invisible};

/// A piece of text without invisible characters, which can map its offsets back.
pub(crate) struct Clean<'a> {
    text: Cow<'a, str>,
    /// For each removal: where it was in the clean text, and all bytes removed up to there.
    removed: Vec<(usize, usize)>,
}

impl<'a> Clean<'a> {
    pub(crate) fn new(text: &'a str) -> Clean<'a> {
        Self::without(text, |c, neighbours| c != '\u{200B}' || !beside_southeast(neighbours))
    }

    /// Without that zero-width space too.
    pub(crate) fn of_all_invisible(text: &'a str) -> Clean<'a> {
        Self::without(text, |_, _| true)
    }

    /// Without those invisible characters that `goes` says, which is told the character and its neighbours.
    fn without(text: &'a str, goes: impl Fn(char, [Option<char>; 2]) -> bool) -> Clean<'a> {
        if text.is_ascii() || !text.chars().any(is_invisible) {
            return Clean { text: Cow::Borrowed(text), removed: Vec::new() };
        }
        let mut kept = String::with_capacity(text.len());
        let mut removed = Vec::new();
        let mut total = 0;
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            let neighbours = [kept.chars().next_back(), chars.peek().copied()];
            if is_invisible(c) && goes(c, neighbours) {
                total += c.len_utf8();
                removed.push((kept.len(), total));
            } else {
                kept.push(c);
            }
        }
        Clean { text: Cow::Owned(kept), removed }
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The same span in the text that was given.
    pub(crate) fn original(&self, span: Range<usize>) -> Range<usize> {
        // A span begins after what was removed at its start, and ends before what was removed at its end.
        let before_start = self.removed.partition_point(|(at, _)| *at <= span.start);
        let before_end = self.removed.partition_point(|(at, _)| *at < span.end);
        span.start + self.bytes_removed(before_start)..span.end + self.bytes_removed(before_end)
    }

    fn bytes_removed(&self, removals: usize) -> usize {
        removals.checked_sub(1).and_then(|last| self.removed.get(last)).map_or(0, |(_, total)| *total)
    }
}

fn beside_southeast(neighbours: [Option<char>; 2]) -> bool {
    neighbours.into_iter().flatten().any(|c| family(c) == Family::Southeast)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invisible_characters_go_and_offsets_lead_back() {
        let text = "\u{FEFF}ab\u{AD}cd ef";
        let clean = Clean::new(text);
        assert_eq!(clean.text(), "abcd ef");
        let span = clean.original(0..4);
        assert_eq!(&text[span], "ab\u{AD}cd");
        assert_eq!(&text[clean.original(5..7)], "ef");
    }

    #[test]
    fn a_zero_width_space_between_khmer_letters_stays() {
        let text = "ក\u{200B}ខ a\u{200B}b";
        assert_eq!(Clean::new(text).text(), "ក\u{200B}ខ ab");
    }
}
