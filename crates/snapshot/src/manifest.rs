//! The manifest of a capture: what was fetched, how, and the digests of every record that holds it.
//!
//! A manifest is canonical JSON (RFC 8785): no floats, integers below 2^53, every optional field present as `null`.
//! Its bytes are hashed once, when it is written; whoever verifies hashes the stored bytes and never re-canonicalises.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Digest, Outcome, Role, SnapshotId};

/// Everything that identifies one capture.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// Version of this format; 1.
    pub v: u32,
    /// What the manifest describes; `capture`.
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
    /// Addresses, names and certificates met.
    pub net: NetFacts,
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
    /// The head of the tamper-evident log when the fetch began; `null` while the archive keeps no log.
    pub log_head: Option<LogHead>,
    /// The hash of the manifest whose payload this capture repeats; only of an unchanged one.
    pub original_manifest: Option<Digest>,
    /// The hash of the previous manifest of the same URL.
    pub prev_manifest: Option<Digest>,
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
    /// SHA-256 of each certificate of the chain that the server presented, its own first.
    pub chain_sha256: Vec<Digest>,
}

/// The software that captured, and for whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientFacts {
    /// The program's name.
    pub software: String,
    /// Its version.
    pub version: String,
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
    /// SHA-256 of the compressed gzip member.
    pub member_sha256: Digest,
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
