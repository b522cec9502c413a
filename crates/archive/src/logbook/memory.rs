//! What is remembered beside the key of the heads that it signed: outside the archive, so that a restore does not take it
//! back.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use vidimus_snapshot::LogHead;

use crate::ArchiveError;
use crate::error::io_error;

/// The newest head that a key signed, as it is remembered beside the key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Remembered {
    pub heads: Vec<LogHead>,
}

fn heads_file(key: &Path) -> PathBuf {
    let mut name = key.as_os_str().to_owned();
    name.push(".heads");
    PathBuf::from(name)
}

pub(super) fn recall(key: &Path) -> Result<Remembered, ArchiveError> {
    let path = heads_file(key);
    match std::fs::read(&path) {
        Ok(bytes) => Ok(serde_json::from_slice(&bytes)?),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Remembered { heads: Vec::new() }),
        Err(error) => Err(io_error("reading", &path)(error)),
    }
}

/// Remembers the newest head outside the archive: a restore of the archive does not take it back.
pub(super) fn remember(key: &Path, head: &LogHead) -> Result<(), ArchiveError> {
    let mut remembered = recall(key)?;
    // A head is never forgotten for a smaller one.
    if remembered.heads.iter().any(|old| old.origin == head.origin && old.size > head.size) {
        return Ok(());
    }
    remembered.heads.retain(|old| old.origin != head.origin);
    remembered.heads.push(head.clone());
    let path = heads_file(key);
    let bytes = serde_json::to_vec(&remembered)?;
    vidimus_disk::replace(&vidimus_disk::RealDisk, &path, &bytes).map_err(io_error("writing", &path))
}
