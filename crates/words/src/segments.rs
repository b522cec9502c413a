//! Segments: every piece of a text that a reader sees, words as they are written and marks between them.
//!
//! Where [words](crate::words) are what a search looks up, segments are what a comparison lines up: nothing is folded and
//! nothing visible is left out. Invisible characters are no part of them and never move a cut, so that two texts which
//! look alike have the same segments.

use std::ops::Range;

use icu_segmenter::options::WordBreakInvariantOptions;
use icu_segmenter::{WordSegmenter, WordSegmenterBorrowed};

use crate::chunks::Chunks;
use crate::clean::Clean;

/// A piece of a text between two cuts, white space left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// As written, without invisible characters.
    pub text: String,
    /// Bytes of the original text that it came from.
    pub span: Range<usize>,
}

/// The segments of a text, one chunk at a time.
pub struct SegmentChunks<'a> {
    chunks: Chunks<'a>,
    segmenter: WordSegmenterBorrowed<'static>,
}

impl<'a> SegmentChunks<'a> {
    /// Begins at the start of a text.
    pub fn new(text: &'a str) -> SegmentChunks<'a> {
        let segmenter = WordSegmenter::new_dictionary(WordBreakInvariantOptions::default());
        SegmentChunks { chunks: Chunks::new(text), segmenter }
    }
}

impl Iterator for SegmentChunks<'_> {
    type Item = Vec<Segment>;

    fn next(&mut self) -> Option<Vec<Segment>> {
        let (offset, chunk) = self.chunks.next()?;
        let clean = Clean::of_all_invisible(chunk);
        let mut segments = Vec::new();
        let mut start = 0;
        for end in self.segmenter.segment_str(clean.text()) {
            let piece = clean.text().get(start..end).unwrap_or_default();
            if piece.chars().any(|c| !c.is_whitespace() && !c.is_control()) {
                let span = clean.original(start..end);
                segments
                    .push(Segment { text: piece.to_owned(), span: offset + span.start..offset + span.end });
            }
            start = end;
        }
        Some(segments)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segments(text: &str) -> Vec<String> {
        SegmentChunks::new(text).flatten().map(|segment| segment.text).collect()
    }

    #[test]
    fn nothing_visible_is_left_out() {
        assert_eq!(
            segments("Don't “stop”, said O’Brien: 3.14!"),
            ["Don't", "“", "stop", "”", ",", "said", "O’Brien", ":", "3.14", "!"]
        );
    }

    #[test]
    fn invisible_characters_move_no_cut() {
        for (plain, with) in [
            ("ប្រទេសកម្ពុជា", "ប្រទេស\u{200B}កម្ពុជា"),
            ("arrestation", "arres\u{AD}tation"),
            ("言论自由", "\u{FEFF}言论\u{2060}自由"),
        ] {
            assert_eq!(segments(plain), segments(with));
        }
    }

    #[test]
    fn spans_lead_back_to_the_text() {
        let text = "arres\u{AD}tation, ប្រទេស\u{200B}កម្ពុជា";
        for segment in SegmentChunks::new(text).flatten() {
            let original = text.get(segment.span.clone()).unwrap();
            assert_eq!(original.replace(['\u{AD}', '\u{200B}'], ""), segment.text);
        }
    }
}
