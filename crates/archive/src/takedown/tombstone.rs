//! The record that stands where a capture was: what was taken down, and why; nothing of what it was.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use vidimus_catalog::Removed;
use vidimus_snapshot::{Digest, SnapshotId, canonical_json};
use vidimus_warc::{Headers, NewRecord, RecordType, Storage, encode_to_length};

use super::gaps::Gap;
use crate::certificate::uuid_of;
use crate::prepare::warc_date;
use crate::{ArchiveError, TOMBSTONE_TYPE};

/// The block of a tombstone record. White space may stand behind it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tombstone {
    /// Version of this format; 1.
    pub v: u32,
    /// `tombstone`.
    pub kind: String,
    /// The hash of the manifest that was removed.
    pub target: Digest,
    /// The id of the tombstone in the log, which says the same.
    pub leaf: String,
    /// When that was logged.
    pub removed_at: Timestamp,
    /// Why; `null` where what was removed left no room for it. The log has it.
    pub reason: Option<String>,
    /// How many records stood here.
    pub records: u64,
}

impl Tombstone {
    /// The version that this software writes.
    pub const VERSION: u32 = 1;

    /// Reads a stored block.
    pub fn read(bytes: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(bytes)
    }

    /// The capture that was removed.
    pub fn snapshot(&self) -> SnapshotId {
        SnapshotId::from_digest(self.target)
    }
}

/// The bytes that take the place of a gap in a file: the same ones, whenever they are made. `None` where there is no room
/// for any.
pub(super) fn fill(
    removed: &Removed,
    file: &str,
    gap: &Gap,
    storage: Storage,
) -> Result<Option<Vec<u8>>, ArchiveError> {
    let length = usize::try_from(gap.length).unwrap_or(usize::MAX);
    for reason in [Some(removed.reason.clone()), None] {
        let tombstone = Tombstone {
            v: Tombstone::VERSION,
            kind: "tombstone".to_owned(),
            target: removed.snapshot.digest(),
            leaf: removed.leaf.clone(),
            removed_at: removed.removed_at,
            reason,
            records: gap.records,
        };
        let block = canonical_json(&tombstone)?;
        let id = format!("<urn:uuid:{}>", uuid_of(&format!("{file} {} {}", gap.start, removed.leaf)));
        let date = warc_date(removed.removed_at);
        let headers = Headers::new()
            .with("WARC-Target-URI", format!("urn:uuid:{}", removed.leaf))
            .with("Content-Type", TOMBSTONE_TYPE);
        let record = NewRecord::new(RecordType::Metadata, &id, &date, headers, &block);
        if let Some(encoded) = encode_to_length(&record, storage, length)? {
            return Ok(Some(encoded.member));
        }
    }
    Ok(None)
}
