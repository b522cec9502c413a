//! What can go wrong with a log.

use std::io;
use std::path::{Path, PathBuf};

use crate::leaf::LeafError;
use crate::note::NoteError;

/// Why a log cannot be read or continued.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The system refused.
    #[error("{doing} {}: {source}", path.display())]
    Io {
        /// What was done.
        doing: &'static str,
        /// To what.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A file of the log is not what it should be.
    #[error("the log is damaged: {} {what}; take the folder `log` from a backup", path.display())]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        what: &'static str,
    },
    /// A note, checkpoint or key cannot be read.
    #[error("{}: {source}", path.display())]
    Note {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        source: NoteError,
    },
    /// What is to be signed cannot be.
    #[error(transparent)]
    Sign(#[from] NoteError),
    /// A leaf that the log cannot hold.
    #[error(transparent)]
    Leaf(#[from] LeafError),
    /// The log is shorter than something says that it was.
    #[error("the log in {} has {size} leaves, and {wanted} are spoken of: it was cut, or taken from an older backup", folder.display())]
    Short {
        /// The log's folder.
        folder: PathBuf,
        /// How many leaves there are.
        size: u64,
        /// How many there should be.
        wanted: u64,
    },
    /// The leaves do not give the root that was signed.
    #[error("the first {size} leaves of the log in {} do not give the root that its checkpoint states: leaves were changed", folder.display())]
    Forked {
        /// The log's folder.
        folder: PathBuf,
        /// The checkpoint's size.
        size: u64,
    },
    /// An earlier write failed, so that nothing more is known of the disk.
    #[error("an earlier write to the log in {} failed; it has to be opened anew", .0.display())]
    Failed(PathBuf),
}

/// What a failed operation of the system becomes.
pub(crate) fn io_error(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> LogError {
    let path = path.to_owned();
    move |source| LogError::Io { doing, path, source }
}
