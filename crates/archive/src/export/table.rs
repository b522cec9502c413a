//! What the catalog knows of captures, as a table for spreadsheets (RFC 4180).
//!
//! A spreadsheet takes a cell that begins with `=`, `+`, `-` or `@` for a formula and computes it, and what is in the
//! cells was written by strangers. Such a cell begins with an apostrophe here.

use std::io::Write;

use csv::{Terminator, WriterBuilder};
use vidimus_catalog::{Capture, RecordPlace, time_text};
use vidimus_snapshot::harmless_cell;

use super::{Chosen, ExportInfo, ExportReport};
use crate::error::io_error;
use crate::{Archive, ArchiveError};

/// The columns, in their order. New ones are added at the end.
const COLUMNS: [&str; 33] = [
    "id",
    "nih",
    "url",
    "final_url",
    "source",
    "role",
    "run",
    "captured_at",
    "finished_at",
    "outcome",
    "code",
    "message",
    "status",
    "content_type",
    "payload_sha256",
    "payload_bytes",
    "text_sha256",
    "title",
    "authors",
    "organisation",
    "published",
    "published_origin",
    "language",
    "page_kind",
    "page_kind_confidence",
    "partial",
    "extractor",
    "original",
    "previous",
    "file",
    "offset",
    "length",
    "witnessed",
];

/// Writes one row for each chosen capture, tries that left no records included, below a row of the columns' names.
pub async fn export_csv(
    archive: &Archive,
    chosen: &Chosen,
    info: &ExportInfo,
    out: &mut dyn Write,
    progress: &mut dyn FnMut(usize, usize),
) -> Result<ExportReport, ArchiveError> {
    let mut report = ExportReport::default();
    let mut table = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(out);
    let failed = |error: csv::Error| io_error("writing", &info.path)(of_disk(error));
    table.write_record(COLUMNS).map_err(failed)?;
    let selected: Vec<&Capture> =
        chosen.captures.iter().filter(|p| p.is_selected).map(|p| &p.capture).collect();
    for (done, capture) in selected.iter().enumerate() {
        progress(done, selected.len());
        let place = match capture.snapshot {
            Some(id) => answer(archive.catalog().get(id).await?),
            None => None,
        };
        table.write_record(row(capture, place.as_ref())).map_err(failed)?;
        report.records += 1;
        report.captures += u64::from(capture.snapshot.is_some());
        report.without_records += u64::from(capture.snapshot.is_none());
    }
    table.flush().map_err(io_error("writing", &info.path))?;
    Ok(report)
}

/// What the disk said; a pipe that nobody reads has to be known as such.
fn of_disk(error: csv::Error) -> std::io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => std::io::Error::other(format!("{other:?}")),
    }
}

/// Where the last answer of a capture is.
fn answer(capture: Option<Capture>) -> Option<RecordPlace> {
    let is_answer = |place: &&RecordPlace| matches!(place.record_type.as_str(), "response" | "revisit");
    // What was imported may have come without an exchange.
    let is_content = |place: &&RecordPlace| place.record_type == "resource";
    let records = capture?.records;
    records.iter().rfind(is_answer).or_else(|| records.iter().rfind(is_content)).cloned()
}

/// The cells of a capture; one that is not known is empty.
fn row(capture: &Capture, place: Option<&RecordPlace>) -> [String; COLUMNS.len()] {
    let number = |value: Option<u64>| value.map(|value| value.to_string()).unwrap_or_default();
    let digest = |value: Option<vidimus_snapshot::Digest>| value.map(|d| d.to_string()).unwrap_or_default();
    let id = |value: Option<vidimus_snapshot::SnapshotId>| value.map(|id| id.hex()).unwrap_or_default();
    let text = |value: &Option<String>| harmless_cell(value.as_deref().unwrap_or_default());
    let headline = &capture.headline;
    [
        id(capture.snapshot),
        capture.snapshot.map(|id| id.nih()).unwrap_or_default(),
        harmless_cell(&capture.url),
        harmless_cell(&capture.final_url),
        text(&capture.source),
        capture.role.to_string(),
        harmless_cell(&capture.run),
        time_text(capture.started_at),
        time_text(capture.finished_at),
        capture.outcome.kind.to_string(),
        harmless_cell(&capture.outcome.code),
        harmless_cell(&capture.outcome.message),
        number(capture.status.map(u64::from)),
        text(&capture.content_type),
        digest(capture.payload_sha256),
        capture.payload_bytes.to_string(),
        digest(capture.text_sha256),
        text(&headline.title),
        harmless_cell(&headline.authors.join("; ")),
        text(&headline.organisation),
        text(&headline.published),
        text(&headline.published_origin),
        text(&headline.language),
        text(&headline.page_kind),
        number(headline.page_kind_confidence.map(u64::from)),
        headline.partial.to_string(),
        text(&capture.extractor),
        id(capture.original),
        id(capture.previous),
        place.map_or_else(String::new, |place| harmless_cell(&place.file)),
        number(place.map(|place| place.offset)),
        number(place.map(|place| place.length)),
        capture.witnessed.to_string(),
    ]
}
