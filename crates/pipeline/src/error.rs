//! What ends a run. A bad page does not; a disk that refuses does.

use std::sync::Arc;

use vidimus_archive::ArchiveError;
use vidimus_catalog::CatalogError;
use vidimus_fetch::ClientError;
use vidimus_index::IndexError;

/// An error that ends a run.
#[derive(Debug, Clone, thiserror::Error)]
pub enum PipelineError {
    /// The archive refused; shared, because every page in flight meets the same error.
    #[error("{0}")]
    Archive(Arc<ArchiveError>),
    /// The search index refused.
    #[error("the search index: {0}; it is derived: `vidimus rebuild` makes it anew")]
    Index(Arc<IndexError>),
    /// The client could not be set up.
    #[error("{0}")]
    Client(Arc<ClientError>),
    /// A task was ended from outside.
    #[error("a task of the run was stopped: {0}")]
    Stopped(String),
}

impl From<ArchiveError> for PipelineError {
    fn from(error: ArchiveError) -> Self {
        Self::Archive(Arc::new(error))
    }
}

impl From<CatalogError> for PipelineError {
    fn from(error: CatalogError) -> Self {
        Self::Archive(Arc::new(error.into()))
    }
}

impl From<IndexError> for PipelineError {
    fn from(error: IndexError) -> Self {
        Self::Index(Arc::new(error))
    }
}

impl From<ClientError> for PipelineError {
    fn from(error: ClientError) -> Self {
        Self::Client(Arc::new(error))
    }
}

impl From<tokio::task::JoinError> for PipelineError {
    fn from(error: tokio::task::JoinError) -> Self {
        Self::Stopped(error.to_string())
    }
}
