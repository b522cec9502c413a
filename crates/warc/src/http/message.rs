//! The payload of a stored HTTP response, whoever stored it.
//!
//! Other tools store what they have: chunked bodies as they came, bodies de-chunked under a head that still says chunked,
//! bodies decoded under a head that still says gzip, heads of HTTP/2, heads without their blank line. So a head is believed
//! only as far as the body bears it out: [`StoredMessage`] promises a payload for any bytes, takes all that follows the
//! head for the body whatever `Content-Length` says, and never panics.

use std::borrow::Cow;

use super::chunked;
use super::coding::{DecodeLimits, DecodeOutcome, Decoded, decode_content};
use super::head::{Head, HeadError};
use super::split::BodyEnd;
use crate::record::payload_start;

/// A stored response taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredMessage<'a> {
    /// The head; an error where the block does not begin with one.
    pub head: Result<Head, HeadError>,
    /// How many bytes of the block are head, the blank line included.
    pub head_len: usize,
    /// All that follows the head, as it is stored.
    pub body: &'a [u8],
    /// The payload: the body without the framing of chunks, content coding kept.
    pub payload: Cow<'a, [u8]>,
}

impl<'a> StoredMessage<'a> {
    /// Takes a block apart.
    pub fn read(block: &'a [u8]) -> Self {
        let (head, head_len) = read_head(block);
        let body = block.get(head_len..).unwrap_or_default();
        let says_chunked = head.as_ref().is_ok_and(|head| {
            head.list("transfer-encoding").last().is_some_and(|coding| coding == "chunked")
        });
        let payload = if says_chunked { dechunked(body) } else { None };
        Self { head, head_len, body, payload: payload.map_or(Cow::Borrowed(body), Cow::Owned) }
    }

    /// The payload with its content coding undone. A body that is not coded though the head says so is given as it is.
    pub fn decoded(&self, limits: &DecodeLimits) -> Decoded {
        let codings = self.head.as_ref().map(Head::content_codings).unwrap_or_default();
        decode_payload(&codings, &self.payload, limits)
    }
}

/// Undoes `codings`, named as in `Content-Encoding`, of a payload that may have been stored without them.
pub fn decode_payload<S: AsRef<str>>(codings: &[S], payload: &[u8], limits: &DecodeLimits) -> Decoded {
    let decoded = decode_content(codings, payload, limits);
    // What was never coded does not decode to anything; damage behind a good beginning is damage.
    let never_coded = matches!(decoded.outcome, DecodeOutcome::Damaged(_)) && decoded.bytes.is_empty();
    if never_coded && looks_plain(payload) { decode_content::<&str>(&[], payload, limits) } else { decoded }
}

/// Whether bytes that do not decode look like a document that was stored decoded.
fn looks_plain(payload: &[u8]) -> bool {
    let start = payload.get(..512).unwrap_or(payload);
    !start.starts_with(&[0x1f, 0x8b]) && !start.iter().any(|b| matches!(b, 0..=8 | 0x0e..=0x1a))
}

/// The head and its length. A head that breaks off before its blank line is read as far as it goes.
fn read_head(block: &[u8]) -> (Result<Head, HeadError>, usize) {
    match Head::parse(block) {
        Ok((head, length)) => (Ok(head), length),
        Err(HeadError::Incomplete { .. }) => {
            let ended = [block, b"\r\n\r\n"].concat();
            (Head::parse(&ended).map(|(head, _)| head), block.len())
        }
        Err(error) => (Err(error), payload_start(block)),
    }
}

/// The data of the chunks; `None` where the body is not chunked. One whose last chunks were lost is chunked all the same.
fn dechunked(body: &[u8]) -> Option<Vec<u8>> {
    let chunks = chunked::scan(body, 0);
    let is_chunked = match chunks.outcome {
        BodyEnd::Complete => true,
        // A first chunk that is whole is there by no accident; one that runs to the end may be no chunk at all.
        BodyEnd::Cut => chunks.data.first().is_some_and(|first| first.end < body.len()),
        BodyEnd::Malformed => false,
    };
    is_chunked.then(|| {
        let mut data = Vec::new();
        chunks.data.into_iter().for_each(|piece| data.extend_from_slice(body.get(piece).unwrap_or_default()));
        data
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn payload(block: &[u8]) -> Vec<u8> {
        StoredMessage::read(block).payload.into_owned()
    }

    #[test]
    fn takes_what_follows_the_head_whatever_its_length_says() {
        for head in [
            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n",
            "HTTP/2 200\nContent-Length: 9999\n\n",
            "HTTP/3.0 200 \r\n\r\n",
            "HTTP/1.0 200 OK\r\nno field\r\n\r\n",
        ] {
            let block = [head.as_bytes(), b"hello"].concat();
            let message = StoredMessage::read(&block);
            assert_eq!(message.head.as_ref().map(|head| head.status), Ok(200), "{head}");
            assert_eq!((&*message.payload, message.head_len), (b"hello".as_slice(), head.len()));
        }
    }

    #[test]
    fn a_head_without_its_blank_line_is_a_head() {
        for block in ["HTTP/1.1 301 Moved\r\nLocation: /x\r\n", "HTTP/1.1 301 Moved\r\nLocation: /x"] {
            let message = StoredMessage::read(block.as_bytes());
            let head = message.head.unwrap();
            assert_eq!((head.status, head.text("location").as_deref()), (301, Some("/x")));
            assert_eq!((&*message.payload, message.head_len), (b"".as_slice(), block.len()));
        }
    }

    #[test]
    fn chunks_are_undone_only_where_there_are_any() {
        let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
        let with = |body: &str| payload(format!("{chunked}{body}").as_bytes());
        assert_eq!(with("2\r\nhe\r\n3;x\r\nllo\r\n0\r\n\r\n"), b"hello");
        assert_eq!(with("2\r\nhe\r\n3\r\nl"), b"hel", "the last chunk was lost");
        assert_eq!(with("5\r\nhello\r\n0\r\n"), b"hello", "the last blank line was lost");
        assert_eq!(with("<html>hello"), b"<html>hello");
        assert_eq!(with("beef for dinner"), b"beef for dinner");
        assert_eq!(
            with("abc\r\nis no size of a chunk that is there"),
            b"abc\r\nis no size of a chunk that is there"
        );
        assert_eq!(with(""), b"");
    }

    #[test]
    fn a_coding_that_is_not_there_is_not_undone() {
        let limits = DecodeLimits::default();
        let head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n";
        let plain = [head.as_slice(), b"<p>plain"].concat();
        let decoded = StoredMessage::read(&plain).decoded(&limits);
        assert_eq!(
            (decoded.bytes.as_slice(), decoded.outcome),
            (b"<p>plain".as_slice(), DecodeOutcome::Complete)
        );
        let torn = [head.as_slice(), b"\x1f\x8b\x08\x00"].concat();
        assert!(matches!(StoredMessage::read(&torn).decoded(&limits).outcome, DecodeOutcome::Damaged(_)));
        let brotli = b"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\n\r\n<!doctype html><p>plain";
        let decoded = StoredMessage::read(brotli).decoded(&limits);
        assert_eq!(decoded.bytes, b"<!doctype html><p>plain");
        let fields = b"HTTP/1.1 200 OK\r\nX-Crawler-Content-Encoding: gzip\r\n\r\n<p>";
        assert_eq!(StoredMessage::read(fields).decoded(&limits).bytes, b"<p>");
    }

    #[test]
    fn what_is_no_message_has_a_payload_all_the_same() {
        let message = StoredMessage::read(b"<html>\n\n<p>");
        assert!(message.head.is_err());
        assert_eq!(&*message.payload, b"<p>");
        assert_eq!(payload(b""), b"");
    }

    proptest! {
        #[test]
        fn any_bytes_are_taken_apart(block in prop::collection::vec(any::<u8>(), 0..300), chunked in any::<bool>()) {
            let head: &[u8] = if chunked { b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Encoding: deflate\r\n\r\n" } else { b"" };
            let block = [head, &block].concat();
            let message = StoredMessage::read(&block);
            prop_assert!(message.head_len + message.body.len() == block.len());
            prop_assert!(message.payload.len() <= message.body.len());
            let _ = message.decoded(&DecodeLimits::default());
        }
    }
}
