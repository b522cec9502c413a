//! Text analysis: how a text becomes the terms by which it is searched and compared.
//!
//! Two views of the same text exist. *Words* come from a dictionary segmenter and serve every
//! language. *Clusters* serve the scripts that are written without spaces, or whose words carry
//! attached particles: character clusters for Khmer, Thai, Lao and Burmese, pairs of characters for
//! Chinese, Japanese and Korean. A dictionary never knows every word; a run of clusters is found
//! wherever it stands, but for the shortest, which have to lie between two cuts.
//!
//! Promises: the same analysis serves documents and queries; memory is bounded by one chunk of text
//! at a time; offsets always fall on character boundaries of the text that was given; no input
//! panics. Any change of what comes out needs a new [`ANALYSIS_VERSION`].

mod chunks;
mod clean;
mod clusters;
mod cuts;
mod dictionary;
mod fold;
mod script;
mod segments;
mod terms;
mod units;
mod words;

use std::ops::Range;

pub use clusters::{ClusterChunks, clusters_of_query, is_lone_character, short_word_of_query};
pub use fold::fold;
pub use script::is_written_without_spaces;
pub use segments::{Segment, SegmentChunks};
pub use terms::{ChunkedTerms, Terms};
pub use units::{Unit, UnitKind, Units};
pub use words::WordChunks;

/// Counts up when the analysis of a text gives other terms.
pub const ANALYSIS_VERSION: u32 = 3;

/// One term as it stands in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// The folded form, as indexed.
    pub text: String,
    /// Bytes of the original text that it came from.
    pub span: Range<usize>,
    /// Place in the order of terms, for phrases.
    pub position: usize,
}

/// The first bytes of a text, at most so many and whole characters only.
pub fn beginning(text: &str, most_bytes: usize) -> &str {
    if text.len() <= most_bytes {
        return text;
    }
    let end = (0..=most_bytes).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    text.get(..end).unwrap_or_default()
}

/// All words of a text.
pub fn words(text: &str) -> Vec<Token> {
    Terms::of(WordChunks::new(text)).tokens().collect()
}

/// All cluster terms of a text, its short words left out.
pub fn clusters(text: &str) -> Vec<Token> {
    Terms::of(ClusterChunks::without_short_words(text)).tokens().collect()
}

/// The [short words](short_word_of_query) of a text.
pub fn short_words(text: &str) -> Terms {
    let mut terms = Terms::of(ClusterChunks::new(text));
    terms.retain(clusters::is_short_word);
    terms
}
