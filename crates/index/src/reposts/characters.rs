//! Places in a text counted in characters, as programs in other languages count.

use std::ops::Range;

/// Where the characters (Unicode scalar values) of a text begin.
#[derive(Debug, Clone)]
pub struct Characters(Vec<usize>);

impl Characters {
    /// Counts the characters of a text.
    pub fn of(text: &str) -> Characters {
        Characters(text.char_indices().map(|(at, _)| at).collect())
    }

    /// A span of bytes of the text as a span of its characters.
    pub fn span(&self, bytes: &Range<usize>) -> [usize; 2] {
        [bytes.start, bytes.end].map(|at| self.0.partition_point(|start| *start < at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_are_counted_and_not_bytes() {
        let text = "aé។x";
        let characters = Characters::of(text);
        assert_eq!(characters.span(&(1..6)), [1, 3]);
        assert_eq!(characters.span(&(0..text.len())), [0, 4]);
    }
}
