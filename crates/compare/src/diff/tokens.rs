//! What two texts are compared by: words and marks as they are written, and breaks between paragraphs.

use std::collections::HashMap;
use std::ops::Range;

use unicode_normalization::UnicodeNormalization;
use vidimus_words::{Segment, SegmentChunks};

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A word or a number.
    Word,
    /// The number at the beginning of an item of a numbered list.
    Number,
    /// A mark that ends a sentence.
    End,
    /// Any other mark.
    Mark,
    /// The end of a paragraph or of a line.
    Break,
}

/// A word, a mark or a break, as it stands in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    /// Bytes of the text.
    pub span: Range<usize>,
    /// Equal for the same spelling, whatever its normal form.
    pub exact: u32,
    /// Equal for the same spelling, whatever its typography.
    pub loose: u32,
    /// What it is.
    pub kind: Kind,
}

impl Token {
    pub(super) fn is_word(&self) -> bool {
        self.kind == Kind::Word
    }
}

/// Gives each spelling a number, the same for both texts.
#[derive(Debug, Default)]
pub(super) struct Spellings(HashMap<String, u32>);

impl Spellings {
    fn number(&mut self, spelling: String) -> u32 {
        let next = u32::try_from(self.0.len()).unwrap_or(u32::MAX);
        *self.0.entry(spelling).or_insert(next)
    }

    /// The tokens of a text, in order.
    pub(super) fn tokens(&mut self, text: &str) -> Vec<Token> {
        let mut tokens: Vec<Token> = Vec::new();
        let mut segments = SegmentChunks::new(text).flatten().peekable();
        let mut end = 0;
        while let Some(mut segment) = segments.next() {
            let between = text.get(end..segment.span.start).unwrap_or_default();
            if let Some(at) = between.find('\n').filter(|_| !tokens.is_empty()) {
                tokens.push(self.token("\n".to_owned(), end + at..segment.span.start, Kind::Break));
            }
            // Marks that repeat are one: three full stops, two hyphens.
            while let Some(next) = segments.next_if(|next| repeats(&segment, next)) {
                segment.text.push_str(&next.text);
                segment.span.end = next.span.end;
            }
            end = segment.span.end;
            let kind = kind(&segment.text);
            tokens.push(self.token(segment.text, segment.span, kind));
        }
        self.mark_numbers(text, &mut tokens);
        tokens
    }

    fn token(&mut self, written: String, span: Range<usize>, kind: Kind) -> Token {
        let (exact, loose) = if written.is_ascii() && !written.contains(is_typographic) {
            let number = self.number(written);
            (number, number)
        } else {
            let composed: String = written.nfc().collect();
            let plain = plain(&composed);
            (self.number(composed), self.number(plain))
        };
        Token { span, exact, loose, kind }
    }

    /// Numbers of list items count for little: an item that is added renumbers all behind it. A number at the beginning of
    /// a line is one if the line before or after has the number before or after it.
    fn mark_numbers(&mut self, text: &str, tokens: &mut [Token]) {
        let candidates: Vec<(usize, u32)> = beginnings(tokens)
            .filter_map(|at| Some((at, tokens.get(at)?.clone(), tokens.get(at + 1)?.clone())))
            .filter(|(_, _, mark)| matches!(text.get(mark.span.clone()), Some("." | ")")))
            .filter_map(|(at, number, _)| Some((at, text.get(number.span)?.parse().ok()?)))
            .collect();
        let follows = |earlier: Option<&(usize, u32)>, later: Option<&(usize, u32)>| match (earlier, later) {
            (Some((_, earlier)), Some((_, later))) => earlier.checked_add(1) == Some(*later),
            _ => false,
        };
        let loose = self.number("\n#".to_owned());
        for (place, candidate) in candidates.iter().enumerate() {
            let before = place.checked_sub(1).and_then(|before| candidates.get(before));
            let in_row =
                follows(before, Some(candidate)) || follows(Some(candidate), candidates.get(place + 1));
            if let Some(token) = tokens.get_mut(candidate.0).filter(|_| in_row) {
                token.kind = Kind::Number;
                token.loose = loose;
            }
        }
    }
}

/// Where each line begins.
fn beginnings(tokens: &[Token]) -> impl Iterator<Item = usize> {
    let after_breaks = tokens.iter().enumerate().filter(|(_, token)| token.kind == Kind::Break);
    std::iter::once(0).chain(after_breaks.map(|(at, _)| at + 1))
}

/// Longest row of the same mark that is one token.
const LONGEST_ROW: usize = 64;

fn repeats(segment: &Segment, next: &Segment) -> bool {
    segment.span.end == next.span.start
        && segment.text.len() < LONGEST_ROW
        && !next.text.contains(char::is_alphanumeric)
        && next.text.chars().eq(segment.text.chars().take(next.text.chars().count()))
}

fn kind(written: &str) -> Kind {
    if written.contains(char::is_alphanumeric) {
        return Kind::Word;
    }
    let ends = |c| {
        matches!(
            c,
            '.' | '!'
                | '?'
                | '…'
                | '。'
                | '！'
                | '？'
                | '\u{17D4}'
                | '\u{17D5}'
                | '\u{104B}'
                | '।'
                | '؟'
                | '۔'
        )
    };
    if written.contains(ends) { Kind::End } else { Kind::Mark }
}

/// Characters that are written in more than one way without a difference in meaning.
fn is_typographic(c: char) -> bool {
    is_single(c) || is_double(c) || is_dash(c) || matches!(c, '.' | '…') || is_full_width(c)
}

fn is_single(c: char) -> bool {
    matches!(c, '\'' | '‘' | '’' | '‚' | '‛' | '′' | 'ʼ' | '`' | '´' | '‹' | '›' | '＇')
}

fn is_double(c: char) -> bool {
    matches!(c, '"' | '“' | '”' | '„' | '‟' | '″' | '«' | '»' | '＂' | '「' | '」')
}

fn is_dash(c: char) -> bool {
    matches!(c, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{FE58}' | '\u{FE63}' | '\u{FF0D}')
}

fn is_full_width(c: char) -> bool {
    matches!(c, '\u{FF01}'..='\u{FF5E}')
}

/// The spelling with the plainest of each of these characters.
fn plain(written: &str) -> String {
    if written.chars().all(is_dash) {
        return "-".to_owned();
    }
    if written == "…" {
        return "...".to_owned();
    }
    let single = |c| match c {
        c if is_single(c) => '\'',
        c if is_double(c) => '"',
        c if is_dash(c) => '-',
        c if is_full_width(c) => u32::from(c).checked_sub(0xFEE0).and_then(char::from_u32).unwrap_or(c),
        c => c,
    };
    let plain: String = written.chars().map(single).collect();
    // Two single marks are a double one in plain typing.
    if plain == "''" { "\"".to_owned() } else { plain }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(a: &str, b: &str, part: fn(&Token) -> u32) -> bool {
        let mut spellings = Spellings::default();
        let a = spellings.tokens(a);
        let b = spellings.tokens(b);
        a.iter().map(part).eq(b.iter().map(part))
    }

    #[test]
    fn what_cannot_be_seen_makes_no_difference() {
        for (a, b) in [
            ("one  two", " one two\n"),
            ("one\u{A0}two", "one two"),
            ("caf\u{E9}", "cafe\u{301}"),
            ("arres\u{AD}tation", "arrestation"),
            ("ប្រទេស\u{200B}កម្ពុជា", "ប្រទេសកម្ពុជា"),
            ("one\n\ntwo", "one\ntwo"),
        ] {
            assert!(same(a, b, |token| token.exact), "{a:?} {b:?}");
        }
    }

    #[test]
    fn typography_makes_a_small_difference() {
        for (a, b) in [
            ("\"no\"", "“no”"),
            ("«no»", "\"no\""),
            ("don't", "don’t"),
            ("a - b", "a — b"),
            ("a -- b", "a – b"),
            ("so...", "so…"),
            ("！", "!"),
        ] {
            assert!(!same(a, b, |token| token.exact), "{a:?} {b:?}");
            assert!(same(a, b, |token| token.loose), "{a:?} {b:?}");
        }
    }

    #[test]
    fn all_else_makes_a_difference() {
        for (a, b) in [
            ("one", "One"),
            ("44 groups", "45 groups"),
            ("no", "\"no\""),
            ("one two", "one\ntwo"),
            ("do", "do not"),
            ("no.", "no!"),
            ("é", "e"),
            ("5. March was a day", "6. March was a day"),
        ] {
            assert!(!same(a, b, |token| token.loose), "{a:?} {b:?}");
        }
    }

    #[test]
    fn a_list_that_is_renumbered_is_the_same_list() {
        assert!(same("1. Dara\n2. Sok", "2. Dara\n3. Sok", |token| token.loose));
    }
}
