//! Cutting a long text into pieces that are analysed one at a time, so that memory stays bounded
//! whatever the length of the text or of its lines.

use crate::beginning;
use crate::clusters::cluster_ends;

/// Longest piece in bytes. A line longer than this is cut at a space, or between two clusters.
const LONGEST: usize = 16 * 1024;

/// The pieces of a text with their byte offsets; joined, they are the text.
pub(crate) struct Chunks<'a> {
    rest: &'a str,
    offset: usize,
}

impl<'a> Chunks<'a> {
    pub(crate) fn new(text: &'a str) -> Chunks<'a> {
        Chunks { rest: text, offset: 0 }
    }
}

impl<'a> Iterator for Chunks<'a> {
    type Item = (usize, &'a str);

    fn next(&mut self) -> Option<(usize, &'a str)> {
        if self.rest.is_empty() {
            return None;
        }
        let (chunk, rest) = self.rest.split_at_checked(cut(self.rest))?;
        let offset = self.offset;
        self.offset += chunk.len();
        self.rest = rest;
        Some((offset, chunk))
    }
}

/// Where the first piece ends.
fn cut(text: &str) -> usize {
    let window = beginning(text, LONGEST);
    if let Some(newline) = window.find('\n') {
        return newline + 1;
    }
    if window.len() == text.len() {
        return text.len();
    }
    let last = |separates: fn(char) -> bool| {
        window.char_indices().rev().find(|(_, c)| separates(*c)).map(|(at, c)| at + c.len_utf8())
    };
    last(char::is_whitespace)
        .or_else(|| last(is_punctuation))
        .unwrap_or_else(|| cluster_ends(window).into_iter().rev().nth(1).unwrap_or(window.len()))
}

/// Chinese and Japanese sentences end with a full stop and no space.
fn is_punctuation(c: char) -> bool {
    matches!(
        c,
        '\u{3001}'
            | '\u{3002}'
            | '\u{FF01}'
            | '\u{FF0C}'
            | '\u{FF1A}'
            | '\u{FF1B}'
            | '\u{FF1F}'
            | '\u{17D4}'
            | '\u{104A}'
            | '\u{104B}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_join_to_the_text() {
        let khmer = "សិទ្ធិ".repeat(5_000);
        let mixed = format!("one\ntwo\n\n{} {khmer}", "word ".repeat(10_000));
        for text in ["", "a", "a\nb", khmer.as_str(), mixed.as_str()] {
            let mut joined = String::new();
            for (offset, chunk) in Chunks::new(text) {
                assert_eq!(offset, joined.len());
                assert!(!chunk.is_empty() && chunk.len() <= LONGEST);
                joined.push_str(chunk);
            }
            assert_eq!(joined, text);
        }
    }
}
