//! One record: its type, its header fields in order, its block, and where it was found.

use std::fmt;

use vidimus_snapshot::Digest;

use crate::date::parse_date;
use crate::{Damage, DigestCheck};

/// `WARC-Type` (WARC 1.1, section 5.5); types of our own making are not written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RecordType {
    /// Facts about the file.
    Warcinfo,
    /// A server's answer.
    Response,
    /// What was asked.
    Request,
    /// Content that came without a protocol exchange.
    Resource,
    /// Facts about another record.
    Metadata,
    /// A capture whose content is held elsewhere.
    Revisit,
    /// Content made out of another record's.
    Conversion,
    /// The rest of a record that was split.
    Continuation,
    /// Whatever else a file says.
    Other(String),
}

impl RecordType {
    /// The type that a `WARC-Type` field names.
    pub fn parse(text: &str) -> Self {
        match text.to_ascii_lowercase().as_str() {
            "warcinfo" => Self::Warcinfo,
            "response" => Self::Response,
            "request" => Self::Request,
            "resource" => Self::Resource,
            "metadata" => Self::Metadata,
            "revisit" => Self::Revisit,
            "conversion" => Self::Conversion,
            "continuation" => Self::Continuation,
            _ => Self::Other(text.to_owned()),
        }
    }

    /// The word as it stands in a `WARC-Type` field.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Warcinfo => "warcinfo",
            Self::Response => "response",
            Self::Request => "request",
            Self::Resource => "resource",
            Self::Metadata => "metadata",
            Self::Revisit => "revisit",
            Self::Conversion => "conversion",
            Self::Continuation => "continuation",
            Self::Other(text) => text,
        }
    }

    /// Whether the block of such a record is an HTTP message unless its `Content-Type` says otherwise.
    pub fn holds_http(&self) -> bool {
        matches!(self, Self::Request | Self::Response | Self::Revisit)
    }
}

impl fmt::Display for RecordType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Header fields in the order of the file, repeated ones kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Headers(Vec<(String, String)>);

impl Headers {
    /// No fields.
    pub fn new() -> Self {
        Self::default()
    }

    /// The same fields and one more at the end.
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.push(name, value);
        self
    }

    /// Adds a field at the end.
    pub fn push(&mut self, name: &str, value: impl Into<String>) {
        self.0.push((name.to_owned(), value.into()));
    }

    /// The first field of this name, whatever the case of its letters.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str())
    }

    /// How many fields have this name.
    pub fn count(&self, name: &str) -> usize {
        self.0.iter().filter(|(n, _)| n.eq_ignore_ascii_case(name)).count()
    }

    /// All fields in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(n, v)| (n.as_str(), v.as_str()))
    }

    /// Continues the last field's value (a folded line); says whether there was one.
    pub(crate) fn fold(&mut self, more: &str) -> bool {
        let Some((_, value)) = self.0.last_mut() else { return false };
        if !value.is_empty() {
            value.push(' ');
        }
        value.push_str(more);
        true
    }
}

/// A record as read from a file.
#[derive(Debug, Clone)]
pub struct Record {
    /// Where its gzip member (or, uncompressed, its first byte) begins in the file.
    pub offset: u64,
    /// How many bytes of the file it takes; 0 when it shares a gzip member with others.
    pub length: u64,
    /// Its type.
    pub record_type: RecordType,
    /// Its head as it stands in the file, the empty line included; of a synthesized record, as it would stand.
    pub head: Vec<u8>,
    /// The fields of its head.
    pub headers: Headers,
    /// Its block; no more than the reader's limit (see `block_cut`).
    pub block: Vec<u8>,
    /// Whether it was made out of a record of ARC, whose one line of head is no WARC head.
    pub synthesized: bool,
    /// Whether the block was longer than the reader's limit, so that `block` holds only its beginning.
    pub block_cut: bool,
    /// What was read as its end behind the block: CR LF CR LF, or less where that is damaged.
    pub end: Vec<u8>,
    /// SHA-256 of header, block and end of the record, uncompressed.
    pub record_sha256: Digest,
    /// SHA-256 of the whole block.
    pub block_sha256: Digest,
    /// What became of `WARC-Block-Digest`, in whatever algorithm it is.
    pub block_digest: DigestCheck,
    /// What became of `WARC-Payload-Digest`, in whatever algorithm it is.
    pub payload_digest: DigestCheck,
    /// SHA-256 of the gzip member; `None` in an uncompressed file or a shared member.
    pub member_sha256: Option<Digest>,
    /// What is wrong with it.
    pub damage: Vec<Damage>,
}

impl Record {
    /// `WARC-Record-ID`, with its angle brackets; empty when missing.
    pub fn id(&self) -> &str {
        self.headers.get("WARC-Record-ID").unwrap_or("")
    }

    /// `WARC-Target-URI`, without the angle brackets that WARC 1.0 writers put around it.
    pub fn target_uri(&self) -> Option<&str> {
        self.headers.get("WARC-Target-URI").map(|v| v.trim_start_matches('<').trim_end_matches('>'))
    }

    /// `WARC-Date` as a point in time, if it is one.
    pub fn date(&self) -> Option<jiff::Timestamp> {
        self.headers.get("WARC-Date").and_then(parse_date)
    }

    /// Whether the block is an HTTP message. `Content-Type` decides, because a response may have come by another
    /// protocol (`text/dns`); where there is none, the type of the record does.
    pub fn holds_http(&self) -> bool {
        holds_http(&self.record_type, &self.headers)
    }

    /// The payload: the body of the HTTP message, or the whole block of other records.
    pub fn payload(&self) -> &[u8] {
        let start = if self.holds_http() { payload_start(&self.block) } else { 0 };
        self.block.get(start..).unwrap_or_default()
    }

    /// The whole record, uncompressed, byte for byte: what `record_sha256` is the digest of. `None` where only the
    /// beginning of the block was kept.
    pub fn raw(&self) -> Option<Vec<u8>> {
        (!self.block_cut).then(|| [self.head.as_slice(), &self.block, &self.end].concat())
    }
}

/// Whether a record of this type and with these fields has an HTTP message as its block.
pub(crate) fn holds_http(record_type: &RecordType, headers: &Headers) -> bool {
    let is_http = |value: &str| {
        let essence = value.split(';').next().unwrap_or_default().trim();
        ["application/http", "message/http"].iter().any(|http| essence.eq_ignore_ascii_case(http))
    };
    record_type.holds_http() && headers.get("Content-Type").is_none_or(is_http)
}

/// Where the body of a stored HTTP message begins: after the first empty line.
pub(crate) fn payload_start(block: &[u8]) -> usize {
    let mut at = 0;
    while let Some(length) = block.get(at..).and_then(|rest| rest.iter().position(|b| *b == b'\n')) {
        let line = block.get(at..at + length).unwrap_or_default();
        at += length + 1;
        if line.is_empty() || line == b"\r" {
            return at;
        }
    }
    block.len()
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use vidimus_snapshot::Digest;

    use crate::{Limits, Reader, Record};

    fn read(text: &str, limits: Limits) -> Record {
        let bytes = text.replace('\n', "\r\n").into_bytes();
        let mut reader = Reader::with_limits(Cursor::new(bytes), limits).unwrap();
        reader.next_item().unwrap().unwrap().into_record().unwrap()
    }

    fn response(content_type: &str) -> String {
        format!("WARC/1.0\nWARC-Type: response\n{content_type}Content-Length: 6\n\na\n\nb\n\n")
    }

    #[test]
    fn raw_is_what_stands_in_the_file() {
        let text = response("X: 1\nContent-Type:\n  application/http\n");
        let record = read(&text, Limits::default());
        let raw = record.raw().unwrap();
        assert_eq!(raw, text.replace('\n', "\r\n").into_bytes());
        assert_eq!(Digest::of(&raw), record.record_sha256);
        assert_eq!(read(&text, Limits { block: 3, ..Limits::default() }).raw(), None);
    }

    #[test]
    fn the_content_type_says_what_the_payload_is() {
        for (content_type, payload) in [
            ("", b"b".as_slice()),
            ("Content-Type: Application/HTTP; msgtype=response\n", b"b"),
            ("Content-Type: text/dns\n", b"a\r\n\r\nb"),
        ] {
            assert_eq!(read(&response(content_type), Limits::default()).payload(), payload, "{content_type}");
        }
    }
}
