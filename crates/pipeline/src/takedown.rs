//! Taking captures down: out of the archive, which tells its log of it first, and out of the search index.

use vidimus_archive::{Archive, Takedown, Writer};
use vidimus_catalog::Removed;
use vidimus_snapshot::SnapshotId;

use crate::indexing::bring_up_to_date;
use crate::randomness::uuid;
use crate::{Pipeline, PipelineError};

/// Takes captures down, each before what it repeats. What is interrupted is finished by the next writer of the archive, or
/// by the next that brings the index up to date.
pub async fn take_down(
    pipeline: &Pipeline,
    writer: &mut Writer,
    going: &[SnapshotId],
    why: &Takedown,
) -> Result<Vec<Removed>, PipelineError> {
    let now = pipeline.clock.now();
    let removed = writer.take_down(going, why, now, &mut || uuid(&*pipeline.randomness)).await?;
    out_of_index(pipeline, writer).await?;
    Ok(removed)
}

/// Takes out of the search index what was taken down, and puts into it what was left out because of that.
pub async fn out_of_index(pipeline: &Pipeline, writer: &Writer) -> Result<(), PipelineError> {
    let archive = Archive::with_catalog(&pipeline.settings.layout, writer.catalog());
    bring_up_to_date(&archive, &pipeline.listener).await.map(drop)
}
