//! Errors of the archive, each with the path it happened on and what to do next where that is known.

use std::io;
use std::path::PathBuf;

use vidimus_catalog::CatalogError;
use vidimus_ledger::LogError;
use vidimus_ledger::anchors::AnchorError;
use vidimus_snapshot::ManifestError;
use vidimus_warc::EncodeError;

/// What can go wrong with an archive.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// The folder is not an archive.
    #[error("{0} holds no archive: run `vidimus init`, or name another folder with --archive")]
    NoArchive(PathBuf),
    /// There are captures but no catalog of them.
    #[error("{0} has WARC files but no catalog: run `vidimus rebuild` first")]
    NoCatalog(PathBuf),
    /// Another process writes to the archive.
    #[error("another run holds the lock of {path}: {holder}")]
    Locked {
        /// The lock file.
        path: PathBuf,
        /// Who holds it, as the holder wrote down.
        holder: String,
    },
    /// A backup cannot go there.
    #[error("{path} cannot take the backup: {what}")]
    Destination {
        /// The folder that was named.
        path: PathBuf,
        /// Why not, and what to do.
        what: String,
    },
    /// The disk refused.
    #[error("{action} {path}: {source}{}", advice(source))]
    Io {
        /// What was being done, such as `writing`.
        action: &'static str,
        /// On which file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A record is not where the catalog says.
    #[error(
        "{path}, offset {offset}: {what}; run `vidimus verify` to see what is damaged, `vidimus rebuild` if the catalog is stale"
    )]
    Record {
        /// The file.
        path: PathBuf,
        /// Where in it.
        offset: u64,
        /// What is wrong.
        what: String,
    },
    /// The catalog refused.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    /// The tamper-evident log cannot be read or continued.
    #[error(transparent)]
    Log(LogError),
    /// The queue of timestamps cannot be read or written.
    #[error(transparent)]
    Anchors(AnchorError),
    /// A manifest cannot be made or read.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// A record cannot be written.
    #[error(transparent)]
    Encode(#[from] EncodeError),
    /// A statement or a report cannot be made into JSON.
    #[error("a record cannot be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// The capture has no such part.
    #[error("this capture has no {0}")]
    Absent(&'static str),
    /// A file that is to be written is there already.
    #[error("{0} is there already: name another file, or say --force to put the new one in its place")]
    Exists(PathBuf),
    /// What is to be written over is a folder or a device.
    #[error("{0} is no file that could be replaced: name another one")]
    NoFile(PathBuf),
    /// What was to be taken down cannot be removed from the file that it is in; nothing was done.
    #[error("it cannot be taken down: {0}")]
    NotRemovable(String),
    /// A file that is to be imported holds what was taken down.
    #[error(
        "this very file was imported before, and something that it holds was taken down since: it is not taken in again"
    )]
    TakenDown,
    /// A blocking task was ended from outside.
    #[error("the archive's writer was stopped: {0}")]
    Stopped(String),
}

impl From<AnchorError> for ArchiveError {
    fn from(error: AnchorError) -> Self {
        Self::Anchors(error)
    }
}

impl From<LogError> for ArchiveError {
    fn from(error: LogError) -> Self {
        match error {
            LogError::Io { doing, path, source } => Self::Io { action: doing, path, source },
            other => Self::Log(other),
        }
    }
}

/// The code of a disk that could not read or write, which has no kind of its own.
const EIO: i32 = 5;

fn advice(source: &io::Error) -> &'static str {
    if source.raw_os_error() == Some(EIO) {
        return "; what was acknowledged before is safe: the disk may be failing, see the system's log, and run again";
    }
    match source.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "; what was acknowledged before is safe: make space and run again, the run resumes"
        }
        io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::PermissionDenied => {
            "; what was acknowledged before is safe: check who may write there and run again"
        }
        _ => "",
    }
}

/// Puts an action and a path to an I/O error.
pub(crate) fn io_error<'a>(
    action: &'static str,
    path: &'a std::path::Path,
) -> impl FnOnce(io::Error) -> ArchiveError + 'a {
    move |source| ArchiveError::Io { action, path: path.to_owned(), source }
}
