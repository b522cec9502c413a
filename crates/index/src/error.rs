//! What can go wrong with an index, in words that say what to do next.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::version::Version;

/// Why an index could not be opened, written or searched.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IndexError {
    /// The folder holds no index yet.
    #[error(
        "there is no search index at {path}; `vidimus crawl` makes one, `vidimus rebuild --index` makes it again from the archive"
    )]
    NoIndex {
        /// The folder that was looked at.
        path: PathBuf,
    },
    /// The index was written with another schema or another analysis of text.
    #[error(
        "the search index at {path} has {found}, this program needs {expected}; run `vidimus rebuild --index` to make it again from the archive"
    )]
    SchemaMismatch {
        /// The index folder.
        path: PathBuf,
        /// What the index was written with.
        found: Version,
        /// What this program writes and reads.
        expected: Version,
    },
    /// Another process is writing to the index.
    #[error("another process is writing to the search index at {path}; wait until it is done")]
    WriterBusy {
        /// The index folder.
        path: PathBuf,
    },
    /// The folder holds files, but not those of an index, and is left alone.
    #[error("{path} holds files that are not a search index; it is left as it is, give another folder")]
    NotAnIndex {
        /// The folder in question.
        path: PathBuf,
    },
    /// Files of the index are missing or cannot be understood.
    #[error(
        "the search index at {path} is damaged ({reason}); run `vidimus rebuild --index` to make it again from the archive"
    )]
    Damaged {
        /// The index folder.
        path: PathBuf,
        /// What was found.
        reason: String,
    },
    /// A document cannot be indexed as it is.
    #[error("document {id} cannot be indexed: {reason}")]
    Document {
        /// The identifier as given.
        id: String,
        /// What is wrong with it.
        reason: String,
    },
    /// No document of the index has this name.
    #[error("the search index holds no text under {name}; `vidimus list` shows what there is")]
    NoDocument {
        /// The name as given.
        name: String,
    },
    /// What should name a document has not the form of a name.
    #[error("{name}: {reason}")]
    Name {
        /// The name as given.
        name: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The query cannot be answered in bounded time.
    #[error("{reason}")]
    TooWide {
        /// What is too wide about it, and what to do.
        reason: String,
    },
    /// The operating system refused.
    #[error("{path}: {source}")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// The system's own words.
        source: std::io::Error,
    },
    /// The search engine failed for another reason.
    #[error("the search index at {path} failed: {source}")]
    Engine {
        /// The index folder.
        path: PathBuf,
        /// The engine's own words.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl IndexError {
    pub(crate) fn io(path: &Path, source: std::io::Error) -> IndexError {
        IndexError::Io { path: path.to_owned(), source }
    }

    pub(crate) fn damaged(path: &Path, reason: impl ToString) -> IndexError {
        IndexError::Damaged { path: path.to_owned(), reason: reason.to_string() }
    }

    /// Sorts an error of the engine by what the user can do about it.
    pub(crate) fn engine(path: &Path, error: tantivy::TantivyError) -> IndexError {
        use tantivy::TantivyError as E;
        use tantivy::directory::error::{LockError, OpenReadError};
        match error {
            E::LockFailure(LockError::LockBusy, _) => IndexError::WriterBusy { path: path.to_owned() },
            E::LockFailure(LockError::IoError(source), _) => {
                IndexError::io(path, std::io::Error::new(source.kind(), source.to_string()))
            }
            // A file that ends too early or holds something else is damage, and not the system's doing.
            E::OpenReadError(OpenReadError::IoError { io_error, .. }) | E::IoError(io_error)
                if matches!(io_error.kind(), ErrorKind::UnexpectedEof | ErrorKind::InvalidData) =>
            {
                IndexError::damaged(path, io_error)
            }
            E::OpenReadError(OpenReadError::IoError { io_error, filepath }) => IndexError::io(
                &path.join(filepath),
                std::io::Error::new(io_error.kind(), io_error.to_string()),
            ),
            E::IoError(io_error) => {
                IndexError::io(path, std::io::Error::new(io_error.kind(), io_error.to_string()))
            }
            E::InvalidArgument(reason) => IndexError::TooWide { reason },
            E::OpenReadError(_) | E::DataCorruption(_) | E::IncompatibleIndex(_) | E::SchemaError(_) => {
                IndexError::damaged(path, error)
            }
            other => IndexError::Engine { path: path.to_owned(), source: Box::new(other) },
        }
    }
}
