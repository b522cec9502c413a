//! Keeping the search index in step with the catalog. The index is derived: what it lacks is added, and an index of
//! another version is made anew.

use std::path::Path;

use url::Url;
use vidimus_archive::{Archive, ArchiveError, StatementRecord};
use vidimus_catalog::{Capture, Catalog, RebuildStage};
use vidimus_extract::{Signatory, SignatoryList};
use vidimus_index::{Document, IndexError, IndexWriter};
use vidimus_snapshot::{Role, SnapshotId};

use crate::{Event, Listener, PipelineError};

/// How many documents go into the index between two commits.
const COMMIT_EVERY: usize = 2_000;

/// Whether a capture gets a document of its own: a page with a text that its URL did not have before, among our own
/// captures or, for an imported one, among those that were imported.
pub(crate) async fn is_new_text(catalog: &Catalog, capture: &Capture) -> Result<bool, PipelineError> {
    let is_page = capture.role == Role::Page && capture.text_sha256.is_some() && !capture.repeats_text();
    Ok(is_page && !catalog.text_seen_before(capture).await?)
}

/// What the index takes of a page beside what the catalog knows of its capture.
#[derive(Debug, Clone)]
pub(crate) struct Reading {
    /// The text.
    pub(crate) text: String,
    /// Who signed, as listed.
    pub(crate) signatories: Vec<String>,
}

impl Reading {
    pub(crate) fn new(text: String, statement: &StatementRecord) -> Reading {
        // A statement of another version of the extractor may have no list that can be read: it names nobody then.
        let list = statement
            .statement
            .get("signatories")
            .cloned()
            .and_then(|list| serde_json::from_value(list).ok());
        let names = list.map_or_else(Vec::new, |list: SignatoryList| list.names);
        Reading { text, signatories: names.into_iter().map(as_listed).collect() }
    }
}

/// The name with its acronym, as lists write it.
fn as_listed(signatory: Signatory) -> String {
    match signatory.acronym {
        Some(acronym) => format!("{} ({acronym})", signatory.name),
        None => signatory.name,
    }
}

/// The document of a capture.
pub(crate) fn document(capture: &Capture, reading: Reading) -> Option<Document> {
    let id = capture.snapshot?;
    let url = Url::parse(&capture.final_url).ok();
    Some(Document {
        id: id.hex(),
        host: url.as_ref().and_then(Url::host_str).unwrap_or("").to_owned(),
        url: capture.final_url.clone(),
        source: capture.source.clone().unwrap_or_default(),
        organisation: capture.headline.organisation.clone(),
        title: capture.headline.title.clone().unwrap_or_default(),
        authors: capture.headline.authors.clone(),
        lang: capture.headline.language.clone(),
        kind: capture.headline.page_kind.clone(),
        partial: capture.headline.partial,
        witnessed: capture.witnessed,
        published: capture.headline.published.as_deref().and_then(|d| d.parse().ok()),
        captured_at: capture.started_at,
        signatories: reading.signatories,
        states: vec![capture.started_at],
        text: without_title(reading.text, capture.headline.title.as_deref()),
    })
}

/// The text begins with the title, which has a field of its own: a snippet need not say it again.
fn without_title(text: String, title: Option<&str>) -> String {
    let body = title.and_then(|title| text.strip_prefix(title)).map(|body| body.trim_start().to_owned());
    body.filter(|body| !body.is_empty()).unwrap_or(text)
}

/// Takes later imports with the very same text out of the index: an import may bring an earlier one at any time. Our own
/// captures stay.
async fn forget_later(
    catalog: &Catalog,
    writer: &mut IndexWriter,
    capture: &Capture,
) -> Result<(), PipelineError> {
    if !capture.witnessed {
        for later in catalog.same_text_later(capture).await? {
            writer.delete(&later.hex())?;
        }
    }
    Ok(())
}

/// Opens the index for writing. One of another version, or a missing one, is made anew and filled from the archive.
pub(crate) async fn open_index(archive: &Archive, listener: &Listener) -> Result<IndexWriter, PipelineError> {
    let dir = archive.layout().index();
    let existed = dir.is_dir();
    let removed = archive.catalog().removals_in_index().await?;
    if existed && !removed.is_empty() {
        purge(&dir, &removed).await?;
    }
    let writer = match blocking(&dir, IndexWriter::open).await? {
        Ok(writer) if existed => writer,
        Ok(writer) => {
            archive.catalog().mark_all_unindexed().await?;
            writer
        }
        Err(error @ (IndexError::SchemaMismatch { .. } | IndexError::Damaged { .. })) => {
            listener.tell(Event::Notice(format!("{error}; the index is made anew from the archive")));
            archive.catalog().mark_all_unindexed().await?;
            blocking(&dir, IndexWriter::recreate).await??
        }
        Err(error) => return Err(error.into()),
    };
    note_purged(archive, &removed).await?;
    Ok(writer)
}

/// Takes what was taken down out of the index. One of another version is made anew afterwards.
async fn purge(dir: &Path, removed: &[SnapshotId]) -> Result<(), PipelineError> {
    let (dir, ids) = (dir.to_owned(), removed.iter().map(SnapshotId::hex).collect::<Vec<_>>());
    match tokio::task::spawn_blocking(move || IndexWriter::purge(&dir, &ids)).await? {
        Ok(()) | Err(IndexError::SchemaMismatch { .. } | IndexError::Damaged { .. }) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Notes that the index holds nothing of what was taken down, once the catalog's files do not either.
async fn note_purged(archive: &Archive, removed: &[SnapshotId]) -> Result<(), PipelineError> {
    if removed.is_empty() {
        return Ok(());
    }
    archive.catalog().scrub().await?;
    Ok(archive.catalog().note_out_of_index(removed).await?)
}

/// Adds to the index what the catalog knows and the index lacks.
pub async fn bring_up_to_date(archive: &Archive, listener: &Listener) -> Result<usize, PipelineError> {
    let writer = open_index(archive, listener).await?;
    let (writer, added) = catch_up(archive, listener, writer, &mut |_, _| {}).await?;
    close(writer).await?;
    Ok(added)
}

/// Makes the index anew; `progress` is told how many captures of how many are done. Where a rebuild of the archive was
/// interrupted while it filled the index, only what is missing is added.
pub async fn rebuild_index(
    archive: &Archive,
    listener: &Listener,
    mut progress: impl FnMut(usize, usize),
) -> Result<usize, PipelineError> {
    let catalog = archive.catalog();
    let stage = catalog.rebuild_stage().await?;
    let writer = if matches!(stage, Some((_, RebuildStage::Documents))) {
        open_index(archive, listener).await?
    } else {
        catalog.mark_all_unindexed().await?;
        let writer = blocking(&archive.layout().index(), IndexWriter::recreate).await??;
        note_purged(archive, &catalog.removals_in_index().await?).await?;
        writer
    };
    if let Some((software, _)) = stage {
        catalog.set_rebuild_stage(&software, RebuildStage::Documents).await?;
    }
    let (writer, added) = catch_up(archive, listener, writer, &mut progress).await?;
    close(writer).await?;
    catalog.end_rebuild().await?;
    Ok(added)
}

/// Adds all captures that are not indexed yet; one whose text cannot be read is reported and passed over.
pub(crate) async fn catch_up(
    archive: &Archive,
    listener: &Listener,
    mut writer: IndexWriter,
    progress: &mut impl FnMut(usize, usize),
) -> Result<(IndexWriter, usize), PipelineError> {
    let waiting = archive.catalog().unindexed().await?;
    let (total, mut added, mut done) = (waiting.len(), 0, 0);
    for batch in waiting.chunks(COMMIT_EVERY) {
        let mut ids: Vec<SnapshotId> = Vec::new();
        for capture in &archive.catalog().in_rows(batch).await? {
            done += 1;
            progress(done, total);
            if is_new_text(archive.catalog(), capture).await? {
                forget_later(archive.catalog(), &mut writer, capture).await?;
                match reading(archive, capture).await {
                    Ok(reading) => added += usize::from(add(&mut writer, document(capture, reading))?),
                    Err(error) => {
                        listener.tell(Event::Notice(format!("{} cannot be indexed: {error}", capture.url)));
                        continue;
                    }
                }
            }
            ids.extend(capture.snapshot);
        }
        writer = commit(writer).await?;
        archive.catalog().mark_indexed(&ids).await?;
    }
    Ok((writer, added))
}

async fn reading(archive: &Archive, capture: &Capture) -> Result<Reading, ArchiveError> {
    Ok(Reading::new(archive.text(capture).await?, &archive.statement(capture).await?))
}

pub(crate) fn add(writer: &mut IndexWriter, document: Option<Document>) -> Result<bool, PipelineError> {
    let Some(document) = document else { return Ok(false) };
    writer.add(&document)?;
    Ok(true)
}

/// Commits on a blocking thread.
pub(crate) async fn commit(mut writer: IndexWriter) -> Result<IndexWriter, PipelineError> {
    let (writer, result) = tokio::task::spawn_blocking(move || {
        let result = writer.commit();
        (writer, result)
    })
    .await?;
    result?;
    Ok(writer)
}

/// Commits and waits for the index to come to rest.
pub(crate) async fn close(writer: IndexWriter) -> Result<(), PipelineError> {
    Ok(tokio::task::spawn_blocking(move || writer.close()).await??)
}

async fn blocking(
    dir: &Path,
    open: fn(&Path) -> Result<IndexWriter, IndexError>,
) -> Result<Result<IndexWriter, IndexError>, PipelineError> {
    let dir = dir.to_owned();
    Ok(tokio::task::spawn_blocking(move || open(&dir)).await?)
}
