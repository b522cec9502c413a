//! Work on files, which would keep everybody else waiting, on a thread of its own.

use crate::ArchiveError;

/// Does what reads or writes files where it keeps nobody waiting.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ArchiveError> + Send + 'static,
) -> Result<T, ArchiveError> {
    tokio::task::spawn_blocking(work).await.map_err(|e| ArchiveError::Stopped(e.to_string()))?
}
