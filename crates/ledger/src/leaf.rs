//! The leaves of the log: small canonical JSON (RFC 8785) without a URL and without anything personal, so that what is
//! taken down later need not be taken out of the log.
//!
//! A leaf is hashed as it is stored, and never written anew.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use vidimus_snapshot::{Digest, SnapshotId, canonical_json};

/// The version of leaves that this software writes.
const VERSION: u32 = 1;

/// The longest leaf that the log's files can hold (C2SP tlog-tiles: a length has 16 bits).
pub const LONGEST_LEAF: usize = u16::MAX as usize;

/// One entry of the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leaf {
    /// Version of this format; 1.
    pub v: u32,
    /// A random UUID: of a capture or an import, its `capture_id`.
    pub id: String,
    /// When the leaf was made, by our own clock.
    pub logged_at: Timestamp,
    /// What it says.
    #[serde(flatten)]
    pub event: Event,
}

/// What a leaf says happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "t", rename_all = "lowercase")]
pub enum Event {
    /// A page was captured.
    Capture {
        /// The hash of its manifest, which is its name.
        manifest: SnapshotId,
    },
    /// A capture that somebody else made was taken in.
    Import {
        /// The hash of its manifest.
        manifest: SnapshotId,
    },
    /// An authority has put a time on a checkpoint (RFC 3161).
    Anchor {
        /// How many leaves the checkpoint covers.
        checkpoint_size: u64,
        /// SHA-256 of the signed checkpoint file that was sent.
        checkpoint_sha256: Digest,
        /// The authority's name in the configuration.
        authority: String,
        /// SHA-256 of the whole answer (`TimeStampResp`).
        response_sha256: Digest,
    },
    /// A capture was removed, lawfully.
    Tombstone {
        /// The name of what was removed.
        target: SnapshotId,
        /// What of it was removed: `payload`, `manifest`, `text`, `index`.
        scope: Vec<String>,
        /// Why, in words that name nobody.
        reason: String,
        /// SHA-256 of the document that orders it, where there is one.
        authority_ref_sha256: Option<Digest>,
        /// Who removed it: a role, such as `operator`.
        by: String,
    },
    /// The key that signs was made, changed or lost.
    Key(KeyChange),
    /// What happened to the archive's own files other than being written.
    Custody(Custody),
    /// The files of the archive were all read and checked.
    Fixity {
        /// How many files.
        files: u64,
        /// How many bytes.
        bytes: u64,
        /// How many things were found wrong.
        findings: u64,
        /// SHA-256 of the check's report (`vidimus verify --all --json`, its lines in their order).
        report_sha256: Digest,
    },
}

/// A change of the key that signs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyChange {
    /// `first`, `rotate` (both keys sign), or `lost` (the old key could not).
    pub event: String,
    /// The verifier key until now (C2SP signed-note vkey); `null` of the first.
    pub old: Option<String>,
    /// The verifier key from now on.
    pub new: String,
    /// The old key's signature (base64) over [`KeyChange::statement`]; `null` of the first and where it was lost.
    pub old_signature: Option<String>,
    /// The new key's.
    pub new_signature: String,
}

/// What happened to the archive's files, or to the log itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Custody {
    /// A sealed file was written anew without what a takedown removed.
    Rewrite {
        /// The file, relative to the archive.
        file: String,
        /// SHA-256 of the file as it was.
        before_sha256: Digest,
        /// SHA-256 of the file as it is.
        after_sha256: Digest,
        /// The capture whose removal it was.
        target: SnapshotId,
    },
    /// This log goes on where another, which ended, left off.
    Continues {
        /// The other log's origin.
        origin: String,
        /// How many leaves of it the archive holds.
        size: u64,
        /// Its root hash at that size.
        root: Digest,
        /// Why it does not go on.
        reason: String,
    },
}

/// Why bytes are not a leaf, or a leaf has no bytes.
#[derive(Debug, thiserror::Error)]
pub enum LeafError {
    /// Not JSON, or not of this shape.
    #[error("the leaf cannot be read: {0}")]
    Json(#[from] serde_json::Error),
    /// Written by a newer version of this software.
    #[error("the leaf is of version {0}; this software reads version 1")]
    Version(u32),
    /// Longer than the log's files can hold.
    #[error("the leaf is {0} bytes long; the log holds leaves of at most 65535")]
    Long(usize),
}

impl Leaf {
    /// A leaf of the present version.
    pub fn new(id: impl Into<String>, logged_at: Timestamp, event: Event) -> Self {
        Self { v: VERSION, id: id.into(), logged_at, event }
    }

    /// The canonical bytes, to be stored and hashed.
    pub fn to_canonical_json(&self) -> Result<Vec<u8>, LeafError> {
        let bytes = canonical_json(self)?;
        if bytes.len() > LONGEST_LEAF { Err(LeafError::Long(bytes.len())) } else { Ok(bytes) }
    }

    /// Reads stored bytes.
    pub fn read(bytes: &[u8]) -> Result<Self, LeafError> {
        let leaf: Self = serde_json::from_slice(bytes)?;
        if leaf.v == VERSION { Ok(leaf) } else { Err(LeafError::Version(leaf.v)) }
    }
}

impl Event {
    /// The value of `t`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Capture { .. } => "capture",
            Self::Import { .. } => "import",
            Self::Anchor { .. } => "anchor",
            Self::Tombstone { .. } => "tombstone",
            Self::Key(_) => "key",
            Self::Custody(_) => "custody",
            Self::Fixity { .. } => "fixity",
        }
    }

    /// The capture that it is about, if it is about one.
    pub fn subject(&self) -> Option<SnapshotId> {
        match self {
            Self::Capture { manifest } | Self::Import { manifest } => Some(*manifest),
            Self::Tombstone { target, .. } | Self::Custody(Custody::Rewrite { target, .. }) => Some(*target),
            _ => None,
        }
    }
}

impl KeyChange {
    /// What both keys sign: the log's origin and the two verifier keys, each on a line of its own.
    pub fn statement(origin: &str, old: Option<&str>, new: &str) -> Vec<u8> {
        format!("vidimus key change\n{origin}\n{}\n{new}\n", old.unwrap_or("none")).into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_leaf_is_canonical_and_reads_back() {
        let at: Timestamp = "2025-03-24T08:30:00Z".parse().unwrap();
        let manifest = SnapshotId::of_manifest(b"{}");
        let leaf = Leaf::new("0-1", at, Event::Capture { manifest });
        let bytes = leaf.to_canonical_json().unwrap();
        let expected = format!(
            r#"{{"id":"0-1","logged_at":"2025-03-24T08:30:00Z","manifest":"sha256:{}","t":"capture","v":1}}"#,
            manifest.hex()
        );
        assert_eq!(String::from_utf8(bytes.clone()).unwrap(), expected);
        assert_eq!(Leaf::read(&bytes).unwrap(), leaf);
    }

    #[test]
    fn every_kind_of_leaf_reads_back() {
        let at: Timestamp = "2025-03-24T08:30:00Z".parse().unwrap();
        let (target, digest) = (SnapshotId::of_manifest(b"{}"), Digest::of(b""));
        let reason = || "an order".to_owned();
        let events = [
            Event::Import { manifest: target },
            Event::Anchor {
                checkpoint_size: 3,
                checkpoint_sha256: digest,
                authority: "a".into(),
                response_sha256: digest,
            },
            Event::Tombstone {
                target,
                scope: vec!["payload".into()],
                reason: reason(),
                authority_ref_sha256: None,
                by: "operator".into(),
            },
            Event::Key(KeyChange {
                event: "first".into(),
                old: None,
                new: "k".into(),
                old_signature: None,
                new_signature: "s".into(),
            }),
            Event::Custody(Custody::Rewrite {
                file: "warc/a".into(),
                before_sha256: digest,
                after_sha256: digest,
                target,
            }),
            Event::Custody(Custody::Continues {
                origin: "o".into(),
                size: 1,
                root: digest,
                reason: reason(),
            }),
            Event::Fixity { files: 1, bytes: 2, findings: 0, report_sha256: digest },
        ];
        for event in events {
            let leaf = Leaf::new("0-1", at, event);
            let bytes = leaf.to_canonical_json().unwrap();
            let value: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
            assert_eq!(value["t"], leaf.event.kind());
            assert_eq!(Leaf::read(&bytes).unwrap(), leaf);
        }
    }

    #[test]
    fn other_bytes_are_refused() {
        for text in
            ["", "{}", "[]", r#"{"v":2,"t":"capture"}"#, r#"{"v":1,"t":"else","id":"","logged_at":"x"}"#]
        {
            assert!(Leaf::read(text.as_bytes()).is_err(), "{text}");
        }
    }
}
