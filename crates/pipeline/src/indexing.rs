//! Keeping the search index in step with the catalog. The index is derived: what it lacks is added, and an index of
//! another version is made anew.

use std::collections::HashSet;
use std::path::Path;

use jiff::Timestamp;
use url::Url;
use vidimus_archive::{Archive, ArchiveError, StatementRecord};
use vidimus_catalog::{Capture, Catalog, PageState, RebuildStage};
use vidimus_extract::{Signatory, SignatoryList};
use vidimus_index::{Document, IndexError, IndexWriter};
use vidimus_snapshot::{Digest, Role, SnapshotId};

use crate::{Event, Listener, PipelineError};

/// How many documents go into the index between two commits.
const COMMIT_EVERY: usize = 500;

/// Whether a capture gets a document of its own: a page with a text that its URL did not have before, among our own
/// captures or, for an imported one, among those that were imported.
pub(crate) async fn is_new_text(catalog: &Catalog, capture: &Capture) -> Result<bool, PipelineError> {
    let is_page = capture.role == Role::Page && capture.text_sha256.is_some() && !capture.repeats_text();
    Ok(is_page && !catalog.text_seen_before(capture).await?)
}

/// The times at which the page took the text of this capture.
pub(crate) fn times(states: &[PageState], capture: &Capture) -> Vec<Timestamp> {
    let of_text = states.iter().filter(|state| Some(state.text_sha256) == capture.text_sha256);
    of_text.map(|state| state.at).collect()
}

/// The texts whose documents say other times than before, now that this capture is known: its own, where that is an older
/// one to which the page went back, and the next one, which the page took after this one and not after another.
pub(crate) fn retimed(states: &[PageState], capture: &Capture, is_new: bool) -> Vec<Digest> {
    let at = states.iter().position(|state| Some(state.snapshot) == capture.snapshot);
    let Some(at) = at else { return Vec::new() };
    let own = capture.text_sha256.filter(|_| !is_new);
    let next = states.get(at + 1).map(|state| state.text_sha256);
    own.into_iter().chain(next.filter(|next| Some(*next) != capture.text_sha256)).collect()
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

/// The document of a capture, whose page took its text at these times.
pub(crate) fn document(capture: &Capture, reading: Reading, states: Vec<Timestamp>) -> Option<Document> {
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
        states,
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

/// What the index lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lack {
    /// What came since it was last written.
    New,
    /// Everything: whatever is written is of the whole archive, so nothing has to be written twice.
    All,
}

/// Opens the index for writing. One of another version, or a missing one, is made anew, to be filled from the archive.
pub(crate) async fn open_index(
    archive: &Archive,
    listener: &Listener,
) -> Result<(IndexWriter, Lack), PipelineError> {
    let dir = archive.layout().index();
    let existed = dir.is_dir();
    let removed = archive.catalog().removals_in_index().await?;
    if existed && !removed.is_empty() {
        purge(&dir, &removed).await?;
    }
    let opened = match blocking(&dir, IndexWriter::open).await? {
        Ok(writer) if existed => (writer, Lack::New),
        Ok(writer) => {
            archive.catalog().mark_all_unindexed().await?;
            (writer, Lack::All)
        }
        Err(error @ (IndexError::SchemaMismatch { .. } | IndexError::Damaged { .. })) => {
            listener.tell(Event::Notice(format!("{error}; the index is made anew from the archive")));
            archive.catalog().mark_all_unindexed().await?;
            (blocking(&dir, IndexWriter::recreate).await??, Lack::All)
        }
        Err(error) => return Err(error.into()),
    };
    note_purged(archive, &removed).await?;
    Ok(opened)
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
    let (writer, lack) = open_index(archive, listener).await?;
    let (writer, added) = catch_up(archive, listener, writer, lack, &mut |_, _| {}).await?;
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
        open_index(archive, listener).await?.0
    } else {
        catalog.mark_all_unindexed().await?;
        let writer = blocking(&archive.layout().index(), IndexWriter::recreate).await??;
        note_purged(archive, &catalog.removals_in_index().await?).await?;
        writer
    };
    if let Some((software, _)) = stage {
        catalog.set_rebuild_stage(&software, RebuildStage::Documents).await?;
    }
    let (writer, added) = catch_up(archive, listener, writer, Lack::All, &mut progress).await?;
    close(writer).await?;
    catalog.end_rebuild().await?;
    Ok(added)
}

/// Adds all captures that are not indexed yet; one whose text cannot be read is reported and passed over.
pub(crate) async fn catch_up(
    archive: &Archive,
    listener: &Listener,
    writer: IndexWriter,
    lack: Lack,
    progress: &mut impl FnMut(usize, usize),
) -> Result<(IndexWriter, usize), PipelineError> {
    let waiting = archive.catalog().unindexed().await?;
    let (total, mut done) = (waiting.len(), 0);
    let coming = waiting.iter().copied().collect();
    let mut filling = Filling { archive, writer, lack, coming, added: 0 };
    for batch in waiting.chunks(COMMIT_EVERY) {
        let mut ids: Vec<SnapshotId> = Vec::new();
        for capture in &archive.catalog().in_rows(batch).await? {
            done += 1;
            progress(done, total);
            match filling.take(capture).await {
                Ok(()) => ids.extend(capture.snapshot),
                Err(PipelineError::Archive(error)) => {
                    listener.tell(Event::Notice(format!("{} cannot be indexed: {error}", capture.url)));
                }
                Err(error) => return Err(error),
            }
        }
        filling.writer = commit(filling.writer).await?;
        archive.catalog().mark_indexed(&ids).await?;
    }
    Ok((filling.writer, filling.added))
}

/// An index that is being filled.
struct Filling<'a> {
    archive: &'a Archive,
    writer: IndexWriter,
    lack: Lack,
    /// The rows of all captures that are to be taken: their documents are written with all that is known.
    coming: HashSet<i64>,
    added: usize,
}

impl Filling<'_> {
    /// Writes what the index lacks because of a capture: its document, and those of other texts of its page that have to
    /// say when the page had them.
    async fn take(&mut self, capture: &Capture) -> Result<(), PipelineError> {
        let catalog = self.archive.catalog();
        let is_new = is_new_text(catalog, capture).await?;
        if capture.role != Role::Page || (!is_new && self.lack == Lack::All) {
            return Ok(());
        }
        let states = catalog.states(capture).await?;
        if is_new {
            forget_later(catalog, &mut self.writer, capture).await?;
            self.write(capture, &states).await?;
        } else if let (Some(id), false) = (capture.snapshot, capture.repeats_text()) {
            // It may have had a text of its own before its page was read again.
            self.writer.delete(&id.hex())?;
        }
        if self.lack == Lack::New {
            for text in retimed(&states, capture, is_new) {
                self.write_again(capture, text, &states).await?;
            }
        }
        Ok(())
    }

    async fn write(&mut self, capture: &Capture, states: &[PageState]) -> Result<(), PipelineError> {
        let reading = reading(self.archive, capture).await?;
        let document = document(capture, reading, times(states, capture));
        self.added += usize::from(add(&mut self.writer, document)?);
        Ok(())
    }

    /// Writes the document of another text of the same page again, unless that is coming anyway.
    async fn write_again(
        &mut self,
        of: &Capture,
        text: Digest,
        states: &[PageState],
    ) -> Result<(), PipelineError> {
        let catalog = self.archive.catalog();
        let Some((row, id)) = catalog.first_with_text(of, text).await? else { return Ok(()) };
        if self.coming.contains(&row) {
            return Ok(());
        }
        match catalog.get(id).await? {
            Some(first) => self.write(&first, states).await,
            None => Ok(()),
        }
    }
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
