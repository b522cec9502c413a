//! Why a bundle cannot be made or read.

use std::io;
use std::path::{Path, PathBuf};

use vidimus_archive::{ArchiveError, NotExported};
use vidimus_ledger::anchors::AnchorError;
use vidimus_ledger::{LeafError, LogError};

/// What can go wrong with a bundle.
#[derive(Debug, thiserror::Error)]
pub enum EvidenceError {
    /// The archive refused.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// A leaf of the log cannot be read.
    #[error(transparent)]
    Leaf(#[from] LeafError),
    /// The log cannot be read.
    #[error(transparent)]
    Ledger(#[from] LogError),
    /// The timestamps of the log cannot be read.
    #[error(transparent)]
    Anchors(#[from] AnchorError),
    /// The disk refused.
    #[error("{action} {path}: {source}")]
    Io {
        /// What was being done, such as `writing`.
        action: &'static str,
        /// On which file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Something of the capture is damaged or gone, so that it could not be proved.
    #[error("no bundle can be made of this capture, because not all of it is whole: {} (and {} more): run `vidimus verify`", one(.0), .0.len().saturating_sub(1))]
    Damaged(Vec<NotExported>),
    /// What the log holds of the capture does not fit together.
    #[error("{0}")]
    Log(String),
}

impl EvidenceError {
    pub(crate) fn io(action: &'static str, path: &Path, source: io::Error) -> Self {
        Self::Io { action, path: path.to_owned(), source }
    }
}

fn one(damage: &[NotExported]) -> String {
    let first = damage.first();
    first.map(|d| format!("{}, offset {}: {}", d.file, d.offset, d.what)).unwrap_or_default()
}
