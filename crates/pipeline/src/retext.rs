//! Reading again what is archived, with the extractor and the parameters of today.
//!
//! The old texts stay as they are; a new text is added beside them and becomes the one that is shown and searched. Texts
//! become durable in groups, so that whoever goes on after an interruption begins where it stopped.

use std::sync::Arc;

use jiff::Timestamp;
use url::Url;
use vidimus_archive::{Archive, ArchiveError, NewLaterText, PreparedText, Writer, prepare_text};
use vidimus_catalog::Capture;
use vidimus_extract::{EXTRACTOR, ExtractError, Extraction, Input, Params, explain};
use vidimus_snapshot::{Digest, canonical_json};
use vidimus_warc::http::{DecodeLimits, Head, StoredMessage, decode_payload};

use crate::process::statement_record;
use crate::randomness::uuid;
use crate::{Event, Pipeline, PipelineError};

/// How many texts share one round of fsyncs.
const GROUP: usize = 32;

/// What reading an archive again came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Reread {
    /// Captures of which a text was made anew.
    pub made: usize,
    /// Captures whose newest text is by this extractor and these parameters already.
    pub current: usize,
    /// Captures that are no web page, or hold no text.
    pub without_text: usize,
    /// Captures that could not be read; each was told as a notice, and keeps the text that it had.
    pub failed: usize,
    /// Whether it was asked to stop before it was done; the next time it goes on from there.
    pub interrupted: bool,
}

/// Why a capture could not be read again.
#[derive(Debug, thiserror::Error)]
pub enum RereadError {
    /// What is archived cannot be read.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// The stored head is damaged.
    #[error("the stored head of the answer cannot be read: {0}")]
    Head(String),
    /// The bytes are no web page, or empty.
    #[error(transparent)]
    Extract(#[from] ExtractError),
    /// The extractor broke down.
    #[error("the extractor broke down on it: please report this page")]
    Broken,
}

/// Extracts anew from what is archived of a capture, with the reasons; nothing is written.
pub async fn extract_held(
    archive: &Archive,
    capture: &Capture,
    limits: DecodeLimits,
    params: &Params,
) -> Result<Extraction, RereadError> {
    let payload = archive.payload(capture).await?;
    let head = archive.payload_head(capture).await?;
    // What was imported as a file, and not as an answer, has no head.
    let head = if head.is_empty() { None } else { Some(StoredMessage::read(&head).head) };
    let head = head.transpose().map_err(|e| RereadError::Head(e.to_string()))?;
    let url = Url::parse(&capture.final_url).ok();
    let content_type = head.as_ref().and_then(|head| head.text("Content-Type"));
    let content_type = content_type.or_else(|| capture.content_type.clone());
    let codings = head.as_ref().map(Head::content_codings).unwrap_or_default();
    let params = params.clone();
    let work = move || {
        let decoded = decode_payload(&codings, &payload, &limits);
        let input = Input { bytes: &decoded.bytes, content_type: content_type.as_deref(), url: url.as_ref() };
        explain(&input, &params)
    };
    Ok(tokio::task::spawn_blocking(work).await.map_err(|_| RereadError::Broken)??)
}

/// Makes a new text of every capture whose newest one is by another extractor or other parameters. `progress` is told
/// how many captures of how many are done.
pub async fn reread(
    pipeline: &Pipeline,
    writer: &mut Writer,
    mut progress: impl FnMut(usize, usize),
) -> Result<Reread, PipelineError> {
    if !writer.recovery().is_empty() {
        pipeline.listener.tell(Event::Recovered(writer.recovery().clone()));
    }
    let archive = Archive::with_catalog(&pipeline.settings.layout, writer.catalog());
    let params_sha256 = Digest::of(&canonical_json(&pipeline.settings.extract).map_err(ArchiveError::from)?);
    let waiting = archive.catalog().pages_not_read_by(EXTRACTOR, params_sha256).await?;
    let mut done = Reread {
        current: archive.catalog().pages_read_by(EXTRACTOR, params_sha256).await?,
        ..Reread::default()
    };
    let total = waiting.len();
    for (round, group) in waiting.chunks(GROUP).enumerate() {
        if pipeline.stop.is_stopped() {
            done.interrupted = true;
            break;
        }
        let at = pipeline.clock.now();
        let mut prepared = Vec::new();
        for (index, capture) in group.iter().enumerate() {
            progress(round * GROUP + index + 1, total);
            prepared.extend(one(pipeline, &archive, capture, params_sha256, at, &mut done).await?);
        }
        writer.add_texts(prepared, at, uuid(&*pipeline.randomness)).await?;
    }
    Ok(done)
}

/// The records of one capture's new text; none where its text is current, or there is none.
async fn one(
    pipeline: &Pipeline,
    archive: &Archive,
    capture: &Capture,
    params_sha256: Digest,
    at: Timestamp,
    done: &mut Reread,
) -> Result<Option<PreparedText>, PipelineError> {
    let Some(id) = capture.snapshot else { return Ok(None) };
    let Some(capture) = archive.catalog().get(id).await? else { return Ok(None) };
    // Rows older than the catalog's column for it do not say by what their text was made; their manifests do.
    if capture.extractor.is_none() && is_current(archive, &capture, params_sha256).await {
        done.current += 1;
        return Ok(None);
    }
    let settings = &pipeline.settings;
    let limits = settings.client.limits.decode();
    let extraction = match extract_held(archive, &capture, limits, &settings.extract).await {
        Ok(extraction) => extraction,
        Err(RereadError::Extract(_)) => {
            done.without_text += 1;
            return Ok(None);
        }
        Err(error) => {
            done.failed += 1;
            let notice = format!("{}: {} cannot be read again: {error}", id.short(), capture.url);
            pipeline.listener.tell(Event::Notice(notice));
            return Ok(None);
        }
    };
    let text = extraction.statement.to_text();
    let statement = Box::new(statement_record(extraction, capture.headline.organisation.as_ref())?);
    let software = format!("{}/{}", settings.identity.software, settings.identity.version);
    let new = NewLaterText { capture, text, statement, params_sha256, made_at: at, software };
    let randomness = Arc::clone(&pipeline.randomness);
    let prepared = prepare_text(new, &mut || uuid(&*randomness))?;
    done.made += 1;
    Ok(Some(prepared))
}

async fn is_current(archive: &Archive, capture: &Capture, params_sha256: Digest) -> bool {
    let texts = archive.texts(capture).await.unwrap_or_default();
    texts.last().is_some_and(|text| text.extractor == EXTRACTOR && text.params_sha256 == params_sha256)
}
