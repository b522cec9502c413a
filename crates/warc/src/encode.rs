//! Writing: one record becomes one gzip member (WARC 1.1, annex D), and its digests are handed back.

use vidimus_snapshot::{Digest, Hasher};

use crate::gzip;
use crate::lanes::{Lane, update_together};
use crate::record::payload_start;
use crate::{Headers, RecordType};

/// What a record is to be made of.
#[derive(Debug, Clone)]
pub struct NewRecord<'a> {
    /// Its type.
    pub record_type: RecordType,
    /// `WARC-Record-ID`, with angle brackets.
    pub id: &'a str,
    /// `WARC-Date`, UTC, as `2024-06-27T08:30:00Z`.
    pub date: &'a str,
    /// All other fields but lengths and digests, in the order in which they are to stand.
    pub headers: Headers,
    /// The block.
    pub block: &'a [u8],
    /// `WARC-Payload-Digest` where it is not the digest of this block's payload: a revisit states its original's.
    pub payload_digest: Option<Digest>,
    /// Whether the block is compressed already, so that a second compression is not worth its time.
    pub precompressed: bool,
}

impl<'a> NewRecord<'a> {
    /// A record of this type and content.
    pub fn new(
        record_type: RecordType,
        id: &'a str,
        date: &'a str,
        headers: Headers,
        block: &'a [u8],
    ) -> Self {
        Self { record_type, id, date, headers, block, payload_digest: None, precompressed: false }
    }
}

/// A record ready to be appended to a file.
#[derive(Debug, Clone)]
pub struct Encoded {
    /// The gzip member.
    pub member: Vec<u8>,
    /// SHA-256 of the uncompressed record.
    pub record_sha256: Digest,
    /// SHA-256 of the member.
    pub member_sha256: Digest,
    /// SHA-256 of the block.
    pub block_sha256: Digest,
    /// What `WARC-Payload-Digest` says; only requests, responses and revisits have one.
    pub payload_sha256: Option<Digest>,
}

/// Why a record cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum EncodeError {
    /// A line break in a value would forge further fields.
    #[error("the value of the field {0} has a line break or another control character in it")]
    HeaderValue(String),
    /// Compression failed, for want of memory.
    #[error("the record could not be compressed: {0}")]
    Compress(#[from] std::io::Error),
}

/// Makes a gzip member of `record`, with block and payload digests filled in.
pub fn encode(record: &NewRecord<'_>) -> Result<Encoded, EncodeError> {
    let (block_sha256, payload_sha256) = digests(record);
    let head = head(record, block_sha256, payload_sha256, "")?;
    let pieces = [head.as_slice(), record.block, b"\r\n\r\n"];
    let member = if record.precompressed { gzip::stored(&pieces) } else { gzip::compressed(&pieces)? };
    Ok(encoded(&pieces, member, block_sha256, payload_sha256))
}

/// What was made of the pieces of a record.
pub(crate) fn encoded(
    pieces: &[&[u8]],
    member: Vec<u8>,
    block_sha256: Digest,
    payload_sha256: Option<Digest>,
) -> Encoded {
    let mut whole = Hasher::new();
    pieces.iter().for_each(|piece| whole.update(piece));
    let (record_sha256, member_sha256) = (whole.finish(), Digest::of(&member));
    Encoded { member, record_sha256, member_sha256, block_sha256, payload_sha256 }
}

/// The digests that the head states: of the block, and of the payload where the record has one.
pub(crate) fn digests(record: &NewRecord<'_>) -> (Digest, Option<Digest>) {
    let has_payload = record.record_type.holds_http();
    if !has_payload || record.payload_digest.is_some() {
        return (Digest::of(record.block), record.payload_digest.filter(|_| has_payload));
    }
    let payload = record.block.get(payload_start(record.block)..).unwrap_or_default();
    let (mut of_block, mut of_payload) = (Lane::new(), Lane::new());
    update_together(&mut [(&mut of_block, record.block), (&mut of_payload, payload)]);
    (of_block.finish(), Some(of_payload.finish()))
}

/// Makes a gzip member of a record as it stands, such as one that was read ([`Record::raw`](crate::Record::raw)).
pub fn gzip_member(raw: &[u8]) -> std::io::Result<Vec<u8>> {
    gzip::compressed(&[raw])
}

/// The head of a record; `space` stands before the digits of its length.
pub(crate) fn head(
    record: &NewRecord<'_>,
    block: Digest,
    payload: Option<Digest>,
    space: &str,
) -> Result<Vec<u8>, EncodeError> {
    let mut fields = Headers::new()
        .with("WARC-Type", record.record_type.as_str())
        .with("WARC-Record-ID", record.id)
        .with("WARC-Date", record.date);
    for (name, value) in record.headers.iter() {
        fields.push(name, value);
    }
    fields.push("WARC-Block-Digest", block.to_string());
    if let Some(payload) = payload {
        fields.push("WARC-Payload-Digest", payload.to_string());
    }
    fields.push("Content-Length", format!("{space}{}", record.block.len()));
    let mut out = b"WARC/1.1\r\n".to_vec();
    for (name, value) in fields.iter() {
        if value.chars().any(char::is_control) {
            return Err(EncodeError::HeaderValue(name.to_owned()));
        }
        out.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
    }
    out.extend_from_slice(b"\r\n");
    Ok(out)
}
