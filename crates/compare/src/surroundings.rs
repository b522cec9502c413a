//! What stands around a passage: ends of sentences and lines, quotation marks, ellipses.

use std::ops::Range;

/// Whether a stretch of text holds an ellipsis: `…`, `...`, `[…]`.
pub(crate) fn has_ellipsis(text: &str, span: Range<usize>) -> bool {
    text.get(span).is_some_and(|between| between.contains(['…', '⋯']) || between.contains("..."))
}

/// Whether a passage begins where a sentence may, and ends where one does.
pub(crate) fn is_whole_sentences(text: &str, span: &Range<usize>) -> bool {
    let before = text.get(..span.start).unwrap_or_default();
    let begins = before.trim_end_matches(is_opening).chars().next_back();
    let after = text.get(span.end..).unwrap_or_default();
    let ends = after.trim_start_matches(is_closing).chars().next();
    begins.is_none_or(|c| ends_sentence(c) || is_closing(c)) && ends.is_none_or(ends_sentence)
}

/// Whether a quotation mark stands directly before a passage, or directly after it and its last punctuation.
pub(crate) fn is_quoted(text: &str, span: &Range<usize>) -> bool {
    let before = text.get(..span.start).unwrap_or_default().chars().next_back();
    let after = text.get(span.end..).unwrap_or_default();
    let after = after.trim_start_matches(|c: char| c != '\n' && ends_sentence(c)).chars().next();
    before.is_some_and(is_quotation_mark) || after.is_some_and(is_quotation_mark)
}

/// Whether a passage begins and ends with a line.
pub(crate) fn is_whole_lines(text: &str, span: &Range<usize>) -> bool {
    let apart = |c: &char| *c == '\n' || c.is_alphanumeric();
    let before = text.get(..span.start).unwrap_or_default().chars().rev().find(apart);
    let after = text.get(span.end..).unwrap_or_default().chars().find(apart);
    before.is_none_or(|c| c == '\n') && after.is_none_or(|c| c == '\n')
}

fn is_opening(c: char) -> bool {
    is_quotation_mark(c) || matches!(c, '(' | '[') || (c.is_whitespace() && c != '\n')
}

fn is_closing(c: char) -> bool {
    is_quotation_mark(c) || matches!(c, ')' | ']')
}

fn ends_sentence(c: char) -> bool {
    matches!(
        c,
        '\n' | '.' | '!' | '?' | '…' | ':' | ';' | '\u{61F}' | '\u{6D4}' | '\u{964}' // Arabic, Urdu, Hindi
            | '\u{104B}' | '\u{17D4}' | '\u{17D5}' // Burmese, Khmer
            | '\u{3002}' | '\u{FF01}' | '\u{FF1F}' // Chinese and Japanese
    )
}

fn is_quotation_mark(c: char) -> bool {
    matches!(
        c,
        '"' | '“'
            | '”'
            | '„'
            | '«'
            | '»'
            | '‘'
            | '’'
            | '‚'
            | '‹'
            | '›'
            | '「'
            | '」'
            | '『'
            | '』'
            | '\''
            | '《'
            | '》'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn about(text: &str, passage: &str, question: fn(&str, &Range<usize>) -> bool) -> bool {
        let start = text.find(passage).unwrap();
        question(text, &(start..start + passage.len()))
    }

    #[test]
    fn sentences_are_told_from_parts_of_them() {
        for (text, is_whole) in [
            ("It ends here. A river rises. It goes on.", true),
            ("She said: “A river rises.”", true),
            ("A river rises", true),
            ("Title\nA river rises\nmore", true),
            ("We know that A river rises.", false),
            ("A river rises in the east.", false),
        ] {
            assert_eq!(about(text, "A river rises", is_whole_sentences), is_whole, "{text}");
        }
    }

    #[test]
    fn quotations_and_blocks_are_seen() {
        assert!(about("She said: “A river rises.” Then", "A river rises", is_quoted));
        assert!(about("« A river rises», she said", "A river rises", is_quoted));
        assert!(!about("She said that A river rises. Then", "A river rises", is_quoted));
        assert!(about("one\n* A river rises.\ntwo", "A river rises", is_whole_lines));
        assert!(!about("one\nA river rises. And\ntwo", "A river rises", is_whole_lines));
        assert!(has_ellipsis("one […] two", 3..8) && !has_ellipsis("one. two", 3..5));
    }
}
