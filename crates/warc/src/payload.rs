//! Where the payload begins in a block that arrives in pieces, and its de-chunked form.
//!
//! Blocks may be longer than memory, so both are found as the bytes pass, with no more kept than a head and one line.

use crate::http::{MAX_HEAD_BYTES, MAX_SIZE_LINE, size_of};

/// What the line that is being read holds so far.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Line {
    Nothing,
    CarriageReturn,
    Something,
}

/// Finds the end of an HTTP head: the first empty line.
pub(crate) struct HeadEnd {
    line: Line,
    head: Vec<u8>,
    is_over: bool,
}

impl HeadEnd {
    pub(crate) fn new() -> Self {
        Self { line: Line::Nothing, head: Vec::new(), is_over: false }
    }

    /// The part of the next piece that is no longer head.
    pub(crate) fn behind<'a>(&mut self, piece: &'a [u8]) -> &'a [u8] {
        if self.is_over {
            return piece;
        }
        let length = self.length_in(piece);
        let (head, behind) = piece.split_at_checked(length).unwrap_or((piece, &[]));
        let room = MAX_HEAD_BYTES.saturating_sub(self.head.len()).min(head.len());
        self.head.extend_from_slice(head.get(..room).unwrap_or_default());
        behind
    }

    /// How much of a piece belongs to the head.
    fn length_in(&mut self, piece: &[u8]) -> usize {
        let mut at = 0;
        for newline in memchr::memchr_iter(b'\n', piece) {
            let line = self.line.with(piece.get(at..newline).unwrap_or_default());
            self.line = Line::Nothing;
            at = newline + 1;
            if line != Line::Something {
                self.is_over = true;
                return at;
            }
        }
        self.line = self.line.with(piece.get(at..).unwrap_or_default());
        piece.len()
    }

    /// Whether the head, as far as it was kept, says that the body is chunked.
    pub(crate) fn says_chunked(&self) -> bool {
        self.is_over
            && self.head.split(|b| *b == b'\n').any(|line| {
                let text = String::from_utf8_lossy(line).to_ascii_lowercase();
                text.strip_prefix("transfer-encoding").is_some_and(|rest| {
                    let value = rest.trim_start().strip_prefix(':');
                    value.is_some_and(|value| value.contains("chunked"))
                })
            })
    }
}

impl Line {
    fn with(self, more: &[u8]) -> Self {
        match (self, more) {
            (line, []) => line,
            (Self::Nothing, [b'\r']) => Self::CarriageReturn,
            _ => Self::Something,
        }
    }
}

/// Takes chunked framing off a body that arrives in pieces (RFC 9112, section 7.1).
pub(crate) struct Dechunker {
    state: Chunk,
}

enum Chunk {
    /// In a size line, of which this much has come.
    Size(Vec<u8>),
    /// In data, of which this much is to come.
    Data(u64),
    /// Between data and the next size line; whether the CR was there.
    Behind(bool),
    /// At the end, or at something that is no chunk.
    Over,
}

impl Dechunker {
    pub(crate) fn new() -> Self {
        Self { state: Chunk::Size(Vec::new()) }
    }

    /// Hands each part of the piece that is data to `data`.
    pub(crate) fn feed(&mut self, mut piece: &[u8], mut data: impl FnMut(&[u8])) {
        while !piece.is_empty() {
            let taken = match &mut self.state {
                Chunk::Over => return,
                Chunk::Size(_) => self.size_line(piece),
                Chunk::Data(left) => {
                    let length = usize::try_from(*left).unwrap_or(usize::MAX).min(piece.len());
                    data(piece.get(..length).unwrap_or_default());
                    *left -= length as u64;
                    if *left == 0 {
                        self.state = Chunk::Behind(false);
                    }
                    length
                }
                Chunk::Behind(had_return) => {
                    self.state = match (piece.first(), *had_return) {
                        (Some(b'\n'), _) => Chunk::Size(Vec::new()),
                        (Some(b'\r'), false) => Chunk::Behind(true),
                        _ => Chunk::Over,
                    };
                    1
                }
            };
            piece = piece.get(taken..).unwrap_or_default();
        }
    }

    fn size_line(&mut self, piece: &[u8]) -> usize {
        let Chunk::Size(line) = &mut self.state else { return 0 };
        let newline = memchr::memchr(b'\n', piece);
        let part = piece.get(..newline.unwrap_or(piece.len())).unwrap_or_default();
        if line.len() + part.len() > MAX_SIZE_LINE {
            self.state = Chunk::Over;
            return 0;
        }
        line.extend_from_slice(part);
        if newline.is_some() {
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            self.state = match size_of(line) {
                None | Some(0) => Chunk::Over,
                Some(size) => Chunk::Data(size),
            };
        }
        part.len() + usize::from(newline.is_some())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::http::split;
    use crate::record::payload_start;

    fn pieces(bytes: &[u8], size: usize) -> impl Iterator<Item = &[u8]> {
        bytes.chunks(size.max(1))
    }

    fn behind_head(bytes: &[u8], size: usize) -> (Vec<u8>, bool) {
        let mut head = HeadEnd::new();
        let found = pieces(bytes, size).flat_map(|piece| head.behind(piece).to_vec()).collect();
        (found, head.says_chunked())
    }

    fn dechunked(bytes: &[u8], size: usize) -> Vec<u8> {
        let (mut dechunker, mut found) = (Dechunker::new(), Vec::new());
        pieces(bytes, size).for_each(|piece| dechunker.feed(piece, |data| found.extend_from_slice(data)));
        found
    }

    #[test]
    fn the_head_says_whether_its_body_is_chunked() {
        assert!(behind_head(b"HTTP/1.1 200\r\nTRANSFER-encoding : gzip, Chunked\r\n\r\n", 3).1);
        assert!(!behind_head(b"HTTP/1.1 200\r\nX: transfer-encoding: chunked\r\n\r\n", 3).1);
        assert!(!behind_head(b"HTTP/1.1 200\r\nTransfer-Encoding: chunked\r\n", 3).1);
    }

    proptest! {
        #[test]
        fn the_payload_begins_where_it_does_in_one_piece(bytes in "[a\r\n]{0,40}", size in 1_usize..9) {
            let bytes = bytes.as_bytes();
            let expected = &bytes[payload_start(bytes)..];
            let (found, _) = behind_head(bytes, size);
            prop_assert_eq!(found, expected);
        }

        #[test]
        fn data_is_that_of_a_split(body in "([0-4](;x)?\r?\n[a-c]{0,4}\r?\n){0,6}(0\r\n\r\n)?", size in 1_usize..9) {
            let tape = format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{body}");
            let split = split(tape.as_bytes(), "GET").unwrap();
            prop_assume!(split.dechunked);
            let found = dechunked(body.as_bytes(), size);
            prop_assert_eq!(found, split.body());
        }
    }
}
