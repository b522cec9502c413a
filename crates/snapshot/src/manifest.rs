//! The manifest of a capture: what was fetched, how, and the digests of every record that holds it.
//!
//! A manifest is canonical JSON (RFC 8785): no floats, integers below 2^53, every optional field present as `null`.
//! Its bytes are hashed once, when it is written; whoever verifies hashes the stored bytes and never re-canonicalises.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Digest, Outcome, Role, SnapshotId};

/// Everything that identifies one capture.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// Version of this format; 1.
    pub v: u32,
    /// What the manifest describes: [`Manifest::CAPTURE`] or [`Manifest::IMPORT`].
    pub kind: String,
    /// A random UUID, given when the capture began.
    pub capture_id: String,
    /// Sixteen random bytes in hex, so that a removed manifest cannot be guessed from its hash.
    pub salt: String,
    /// The run this capture belongs to.
    pub run: String,
    /// The source of the configuration that asked for it; `null` for a single capture by hand.
    pub source: Option<String>,
    /// What the URL was fetched for.
    pub role: Role,
    /// What became of it.
    pub outcome: Outcome,
    /// The URL as asked for.
    pub requested_url: String,
    /// The URL that gave the archived answer, after redirects.
    pub final_url: String,
    /// The redirects followed, in order.
    pub redirects: Vec<RedirectFacts>,
    /// When the first request began, UTC.
    pub captured_at: Timestamp,
    /// When the last byte arrived, UTC.
    pub finished_at: Timestamp,
    /// The status and the dates that the server gave.
    pub http: HttpFacts,
    /// Addresses, names and certificates met in the last exchange.
    pub net: NetFacts,
    /// Every exchange of the capture in order, redirects first; empty in manifests written before there was this field.
    #[serde(default)]
    pub exchanges: Vec<ExchangeFacts>,
    /// The software that captured.
    pub client: ClientFacts,
    /// The clock that the times were read from.
    pub clock: ClockFacts,
    /// The records of this capture, in the order of the WARC file.
    pub records: Vec<RecordFacts>,
    /// SHA-256 of the last answer as it came over the wire, interim heads and chunk framing included.
    pub wire_sha256: Option<Digest>,
    /// The extracted text; `null` when the payload is not a page with text.
    pub text: Option<TextFacts>,
    /// The head of the tamper-evident log before the fetch began; `null` in imports, and in manifests from before there was
    /// a log.
    pub log_head: Option<LogHead>,
    /// The hash of the manifest whose payload this capture repeats; only of an unchanged one.
    pub original_manifest: Option<Digest>,
    /// The hash of the previous manifest of the same URL.
    pub prev_manifest: Option<Digest>,
    /// Where it came from, of a capture that somebody else made; `null` for one of our own. Manifests written before there
    /// were imports do not have it.
    #[serde(default)]
    pub imported: Option<ImportFacts>,
}

/// A capture that somebody else made and that was taken in as a file. All that its manifest says of times, addresses and
/// servers is what that file says: we were not there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportFacts {
    /// Whether this software made the exchange itself: always `false`, and said so that nobody has to know it.
    pub witnessed: bool,
    /// When the file was taken in.
    pub imported_at: Timestamp,
    /// The file as it was handed over; it is kept as it is.
    pub original: OriginalFile,
    /// Who captured, as the file itself says (`software`, `operator`, `hostname` and the like of its `warcinfo`).
    pub captured_by: BTreeMap<String, String>,
    /// The file that the records of this capture are read from, relative to the archive: the original, or, where its
    /// records cannot be read one by one, a second file that holds the same records as gzip members.
    pub records_file: String,
    /// Where each of `records` lies in that file, in the same order.
    pub places: Vec<PlaceFacts>,
}

/// A file that was imported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OriginalFile {
    /// Where it is kept, relative to the archive.
    pub file: String,
    /// The last part of the name under which it was handed over.
    pub name: String,
    /// How long it is.
    pub bytes: u64,
    /// SHA-256 of all of it.
    pub sha256: Digest,
    /// Of a WACZ, the name of the WARC file inside it that holds the capture.
    pub entry: Option<String>,
}

/// A range of bytes of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlaceFacts {
    /// Where it begins.
    pub offset: u64,
    /// How long it is.
    pub length: u64,
}

/// One redirect that was followed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RedirectFacts {
    /// The URL that redirected.
    pub url: String,
    /// Its status.
    pub status: u16,
    /// Where it pointed, made absolute.
    pub location: String,
}

/// What the server said of the answer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HttpFacts {
    /// The status code.
    pub status: u16,
    /// `Content-Type`, as sent.
    pub content_type: Option<String>,
    /// How many bytes the payload has, content coding kept.
    pub payload_bytes: u64,
    /// `Date`, as sent.
    pub date: Option<String>,
    /// `ETag`, as sent.
    pub etag: Option<String>,
    /// `Last-Modified`, as sent.
    pub last_modified: Option<String>,
}

/// What the network said.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NetFacts {
    /// The address that answered.
    pub remote_ip: Option<String>,
    /// All addresses that the name resolved to.
    pub dns: Vec<String>,
    /// The TLS session; `null` for plain HTTP.
    pub tls: Option<TlsFacts>,
}

/// A TLS session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TlsFacts {
    /// Such as `TLSv1.3`.
    pub version: String,
    /// The cipher suite.
    pub cipher: String,
    /// The protocol agreed by ALPN (RFC 7301), such as `http/1.1`; nothing where the server agreed none.
    #[serde(default)]
    pub alpn: Option<String>,
    /// SHA-256 of each certificate of the chain that the server presented, its own first.
    pub chain_sha256: Vec<Digest>,
}

/// One exchange with one server: what is known of it beside its bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExchangeFacts {
    /// The URL asked for in this exchange.
    pub url: String,
    /// When it began, before the name was resolved.
    pub started_at: Timestamp,
    /// When it ended.
    pub finished_at: Timestamp,
    /// The status of the final head; `null` where none came.
    pub status: Option<u16>,
    /// Why the answer is cut short, if it is.
    pub truncated: Option<TruncationFacts>,
    /// All addresses that the name resolved to, those that were not used too.
    pub dns: Vec<String>,
    /// The address connected to; `null` where no connection was had.
    pub remote_ip: Option<String>,
    /// The port connected to.
    pub remote_port: Option<u16>,
    /// The TLS session; `null` where there was none.
    pub tls: Option<TlsFacts>,
    /// How long each step took, in microseconds.
    pub timings_us: TimingFacts,
    /// How many bytes came over the connection.
    pub wire_bytes: u64,
    /// SHA-256 of these bytes; `null` where none came.
    pub wire_sha256: Option<Digest>,
    /// `WARC-Record-ID` of the request's record; `null` where no answer came, because then there is none.
    pub request_record: Option<String>,
    /// `WARC-Record-ID` of the record that holds the answer.
    pub answer_record: Option<String>,
}

impl ExchangeFacts {
    /// The certificates that the server presented in this exchange, its own first.
    pub fn certificates(&self) -> &[Digest] {
        self.tls.as_ref().map_or(&[], |tls| &tls.chain_sha256)
    }
}

/// Why an answer is cut short.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TruncationFacts {
    /// The value of `WARC-Truncated`: `length`, `time` or `disconnect`.
    pub reason: String,
    /// The stable code, such as `idle-timeout`.
    pub code: String,
}

/// How long the steps of an exchange took, in microseconds; `null` for a step that was not reached or not needed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimingFacts {
    /// Resolving the name.
    pub dns: Option<u64>,
    /// Connecting.
    pub connect: Option<u64>,
    /// The TLS handshake.
    pub tls: Option<u64>,
    /// From the request to the first byte of the answer.
    pub first_byte: Option<u64>,
    /// Everything.
    pub total: u64,
}

/// The software that captured, and for whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientFacts {
    /// The program's name.
    pub software: String,
    /// Its version.
    pub version: String,
    /// The commit that it was built from; `null` where that is not known.
    #[serde(default)]
    pub git: Option<String>,
    /// SHA-256 of the configuration in force.
    pub config_sha256: Option<Digest>,
    /// The `User-Agent` sent.
    pub user_agent: String,
    /// Who operates the archive, as the configuration says.
    pub operator: Option<String>,
}

/// Where the times came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClockFacts {
    /// Such as `system`.
    pub source: String,
    /// By how many milliseconds the clock of a time authority was ahead of this one when they were last compared (RFC 3161,
    /// `genTime`); `null` where they never were.
    #[serde(default)]
    pub offset_ms: Option<i64>,
    /// When they were compared, by this clock.
    #[serde(default)]
    pub checked_at: Option<Timestamp>,
    /// The authority's name in the configuration.
    #[serde(default)]
    pub checked_against: Option<String>,
}

impl ClockFacts {
    /// A clock that was never compared with another.
    pub fn unchecked(source: &str) -> Self {
        Self { source: source.to_owned(), offset_ms: None, checked_at: None, checked_against: None }
    }
}

/// One WARC record of the capture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordFacts {
    /// `WARC-Record-ID`, with its angle brackets.
    pub warc_record_id: String,
    /// `WARC-Type`.
    #[serde(rename = "type")]
    pub record_type: String,
    /// `WARC-Target-URI`.
    pub target_uri: String,
    /// SHA-256 of the uncompressed record: header, block, CR LF CR LF.
    pub record_sha256: Digest,
    /// SHA-256 of the compressed gzip member; `null` where the record is not compressed, in an imported file.
    pub member_sha256: Option<Digest>,
    /// SHA-256 of the block.
    pub block_sha256: Digest,
    /// SHA-256 of the payload, where the record type has one.
    pub payload_sha256: Option<Digest>,
}

/// The text extracted from the payload.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextFacts {
    /// SHA-256 of the text, UTF-8.
    pub sha256: Digest,
    /// SHA-256 of the statement's JSON, from which the text, the title and the dates are rendered.
    pub statement_sha256: Digest,
    /// The extractor's name and version.
    pub extractor: String,
    /// SHA-256 of the extractor's parameters, as canonical JSON.
    pub params_sha256: Digest,
}

/// A position of the tamper-evident log.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct LogHead {
    /// The log's origin line.
    pub origin: String,
    /// How many leaves it held.
    pub size: u64,
    /// Its root hash.
    pub root: Digest,
}

/// Why bytes are not a manifest, or a manifest has no bytes.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    /// Not JSON, or not of this shape.
    #[error("the manifest cannot be read: {0}")]
    Json(#[from] serde_json::Error),
    /// Written by a newer version of this software.
    #[error("the manifest is of version {0}; this software reads version 1")]
    Version(u32),
}

/// The canonical JSON (RFC 8785) of a value, for hashing.
pub fn canonical_json(value: &impl Serialize) -> Result<Vec<u8>, serde_json::Error> {
    serde_json_canonicalizer::to_vec(value)
}

impl Manifest {
    /// The version that this software writes.
    pub const VERSION: u32 = 1;
    /// The kind of a capture that this software made.
    pub const CAPTURE: &'static str = "capture";
    /// The kind of a capture that was imported.
    pub const IMPORT: &'static str = "import";

    /// The canonical bytes, to be stored and hashed.
    pub fn to_canonical_json(&self) -> Result<Vec<u8>, ManifestError> {
        Ok(canonical_json(self)?)
    }

    /// Reads stored bytes, and gives the snapshot's name with what they say.
    pub fn read(bytes: &[u8]) -> Result<(SnapshotId, Self), ManifestError> {
        let manifest: Self = serde_json::from_slice(bytes)?;
        if manifest.v != Self::VERSION {
            return Err(ManifestError::Version(manifest.v));
        }
        Ok((SnapshotId::of_manifest(bytes), manifest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a version wrote that knew one TLS session a capture, no ALPN and no exchanges.
    const BEFORE_EXCHANGES: &str = r#"{"capture_id":"c","captured_at":"2025-03-24T08:30:00Z","client":{"config_sha256":null,"operator":null,"software":"vidimus","user_agent":"vidimus/0","version":"0"},"clock":{"source":"system"},"final_url":"https://ngo.example/","finished_at":"2025-03-24T08:30:01Z","http":{"content_type":null,"date":null,"etag":null,"last_modified":null,"payload_bytes":2,"status":200},"kind":"capture","log_head":null,"net":{"dns":[],"remote_ip":null,"tls":{"chain_sha256":["sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"],"cipher":"TLS_AES_256_GCM_SHA384","version":"TLSv1.3"}},"original_manifest":null,"outcome":{"kind":"captured"},"prev_manifest":null,"records":[],"redirects":[],"requested_url":"https://ngo.example/","role":"page","run":"r","salt":"00","source":null,"text":null,"v":1,"wire_sha256":null}"#;

    #[test]
    fn a_manifest_from_before_there_were_exchanges_is_read_under_its_own_name() {
        let (id, manifest) = Manifest::read(BEFORE_EXCHANGES.as_bytes()).unwrap();
        assert_eq!(id, SnapshotId::of_manifest(BEFORE_EXCHANGES.as_bytes()));
        assert!(manifest.exchanges.is_empty());
        assert_eq!(manifest.net.tls.unwrap().alpn, None);
    }
}
