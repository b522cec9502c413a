//! One record: its type, its header fields in order, its block, and where it was found.

use std::fmt;

use vidimus_snapshot::Digest;

use crate::Damage;

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

    /// Whether the block is an HTTP message, so that the payload is its body.
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
    /// Its header fields.
    pub headers: Headers,
    /// Its block; no more than the reader's limit (see `block_cut`).
    pub block: Vec<u8>,
    /// Whether the block was longer than the reader's limit, so that `block` holds only its beginning.
    pub block_cut: bool,
    /// SHA-256 of header, block and end of the record, uncompressed.
    pub record_sha256: Digest,
    /// SHA-256 of the whole block.
    pub block_sha256: Digest,
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

    /// The payload: the body of the HTTP message, or the whole block of other types.
    pub fn payload(&self) -> &[u8] {
        let start = if self.record_type.holds_http() { payload_start(&self.block) } else { 0 };
        self.block.get(start..).unwrap_or_default()
    }
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
