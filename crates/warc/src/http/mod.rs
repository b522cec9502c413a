//! HTTP/1 message framing over recorded bytes: where a response's head and body begin and end, in what form it is
//! stored, and how the bytes of the wire are rebuilt from that form.
//!
//! It works on the *tape*, the bytes that were recorded from the wire of one exchange. [`split`] promises that
//! whatever it accepts can be rebuilt bit for bit: `rebuild(stored, framing) == tape`. Everything here is bounded in
//! bytes and count, and no tape, however broken, makes it panic.
//!
//! ```
//! use vidimus_warc::http::split;
//!
//! let tape = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n";
//! let split = split(tape, "GET").unwrap();
//! assert_eq!(split.stored, b"HTTP/1.1 200 OK\r\n\r\nhello");
//! assert_eq!(split.body(), b"hello");
//! assert_eq!(split.wire().unwrap(), tape);
//! ```

mod chunked;
mod coding;
mod framing;
mod head;
mod message;
mod split;

pub(crate) use chunked::{MAX_SIZE_LINE, size_of};
pub use coding::{DecodeLimits, DecodeOutcome, Decoded, decode_content};
pub use framing::{Framing, FramingError};
pub use head::{ContentType, Head, HeadError, HeaderField, MAX_HEAD_BYTES, MAX_HEAD_FIELDS};
pub use message::{StoredMessage, decode_payload};
pub use split::{BodyEnd, BodyFraming, HttpFramingError, MAX_INTERIM_HEADS, Split, split};
