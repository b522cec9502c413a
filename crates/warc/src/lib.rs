//! WARC 1.0 and 1.1 ([ISO 28500:2017](https://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/)),
//! and ARC before it: a reader that trusts nothing, a writer, and the framing of the HTTP messages inside.
//!
//! The reader never panics, never allocates by a number that a file gives, reports each defect with its offset as
//! [`Damage`], and carries on at the next record. The writer makes one gzip member of each record, and hands back the
//! digests of everything it wrote. Where files live, and which records a capture has, is not known here.
//!
//! ```
//! use vidimus_warc::{Headers, NewRecord, Reader, RecordType, encode};
//!
//! let headers = Headers::new().with("Content-Type", "text/plain");
//! let record = NewRecord::new(RecordType::Resource, "<urn:uuid:0>", "2024-06-27T00:00:00Z", headers, b"hello");
//! let encoded = encode(&record)?;
//! let mut reader = Reader::new(std::io::Cursor::new(encoded.member))?;
//! let read = reader.next_item()?.and_then(|item| item.into_record());
//! assert_eq!(read.map(|r| r.block), Some(b"hello".to_vec()));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod arc;
mod check;
mod damage;
mod date;
mod digest;
mod digester;
mod encode;
mod gzip;
mod head;
pub mod http;
mod lanes;
mod member;
mod payload;
mod peek;
mod reader;
mod record;
mod resync;
mod single;
mod stopgap;
mod tape;
mod zstd;

pub use check::check_record;
pub use damage::{Damage, DamageKind};
pub use date::parse_date;
pub use digest::{DigestCheck, digest_fits};
pub use encode::{EncodeError, Encoded, NewRecord, encode, gzip_member};
pub use reader::{Item, Limits, Reader};
pub use record::{Headers, Record, RecordType};
pub use stopgap::{Storage, encode_to_length};
