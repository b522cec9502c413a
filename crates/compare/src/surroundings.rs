//! What stands around a passage: ends of sentences and lines, quotation marks, ellipses.

use std::ops::Range;

/// So many characters beside a passage are looked at. A text may have a million marks in a row, and as many passages.
const FAR: usize = 200;

/// Whether a stretch of text begins with an ellipsis, or with a few words and an ellipsis: `…`, `...`, `[…]`.
pub(crate) fn has_ellipsis(text: &str, span: Range<usize>) -> bool {
    let near: String = text.get(span).unwrap_or_default().chars().take(FAR).collect();
    near.contains(['…', '⋯']) || near.contains("...")
}

/// Whether a passage begins where a sentence may, and ends where one does.
pub(crate) fn is_whole_sentences(text: &str, span: &Range<usize>) -> bool {
    let begins = beside(before(text, span), is_opening);
    let ends = beside(after(text, span), is_closing);
    (ends_sentence(begins) || is_closing(begins)) && ends_sentence(ends)
}

/// Whether a quotation mark stands directly before a passage, or directly after it and its last punctuation.
pub(crate) fn is_quoted(text: &str, span: &Range<usize>) -> bool {
    let behind = beside(after(text, span), |c| c != '\n' && ends_sentence(c));
    before(text, span).next().is_some_and(is_quotation_mark) || is_quotation_mark(behind)
}

/// Whether a passage begins and ends with a line.
pub(crate) fn is_whole_lines(text: &str, span: &Range<usize>) -> bool {
    let is_between = |c: char| c != '\n' && !c.is_alphanumeric();
    beside(before(text, span), is_between) == '\n' && beside(after(text, span), is_between) == '\n'
}

/// What stands before a passage, from it backwards.
fn before<'a>(text: &'a str, span: &Range<usize>) -> impl Iterator<Item = char> + use<'a> {
    text.get(..span.start).unwrap_or_default().chars().rev()
}

/// What stands after a passage.
fn after<'a>(text: &'a str, span: &Range<usize>) -> impl Iterator<Item = char> + use<'a> {
    text.get(span.end..).unwrap_or_default().chars()
}

/// The first character that is not passed over: a line ends where the text does, and what is too far away is a letter.
fn beside(chars: impl Iterator<Item = char>, passes: impl Fn(char) -> bool) -> char {
    for (seen, c) in chars.enumerate() {
        if seen == FAR {
            return 'x';
        }
        if !passes(c) {
            return c;
        }
    }
    '\n'
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

    #[test]
    fn what_is_far_away_does_not_count() {
        for (marks, near) in [(FAR - 1, true), (FAR + 1, false)] {
            let text = format!("one\n{0}A river rises{0}\ntwo", "-".repeat(marks));
            assert_eq!(about(&text, "A river rises", is_whole_lines), near, "{marks}");
            let text = format!("{0}A river rises{0}", "\"".repeat(marks));
            assert_eq!(about(&text, "A river rises", is_whole_sentences), near, "{marks}");
            let text = format!("{} …", " ".repeat(marks - 1));
            assert_eq!(has_ellipsis(&text, 0..text.len()), near, "{marks}");
        }
    }
}
