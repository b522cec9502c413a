//! The list of pages of a WACZ: what a reader is offered to begin with, and what is searched there.

use std::io::Write;

use serde::Serialize;
use url::Url;
use vidimus_catalog::Capture;
use vidimus_snapshot::{Role, SnapshotId};

use super::{ExportInfo, NotExported, Picked};
use crate::cdxj::Cdxj;
use crate::error::io_error;
use crate::{Archive, ArchiveError};

/// A page that the export can show.
pub(super) struct Page {
    snapshot: SnapshotId,
    url: String,
    title: String,
    ts: String,
    witnessed: bool,
}

/// The first line of the list.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Header<'a> {
    format: &'a str,
    id: &'a str,
    title: &'a str,
    has_text: bool,
}

/// Any other line of it.
#[derive(Serialize)]
struct Line<'a> {
    id: String,
    url: &'a str,
    title: &'a str,
    ts: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'a str>,
    /// No key of the format, which lets readers pass over what they do not know; there where it is `false`.
    #[serde(skip_serializing_if = "Option::is_none")]
    witnessed: Option<bool>,
}

impl Page {
    /// The page that a capture holds, by the lines of its answers in the index; `None` where there is none to show: it was
    /// fetched for something else, another capture needs it, the server refused it, or only a 304 came.
    pub(super) fn of(picked: &Picked, lines: &[Cdxj]) -> Option<Self> {
        let capture = &picked.capture;
        let is_page = picked.is_selected && capture.role == Role::Page;
        if !is_page || !capture.status.is_some_and(|status| (200..300).contains(&status)) {
            return None;
        }
        let last = lines.last().filter(|line| is_same(&line.fields.url, &capture.final_url))?;
        let title = capture.headline.title.as_deref().filter(|title| !title.trim().is_empty());
        Some(Self {
            snapshot: capture.snapshot?,
            url: last.fields.url.clone(),
            title: title.unwrap_or(&last.fields.url).to_owned(),
            ts: spelt_out(&last.timestamp)?,
            witnessed: capture.witnessed,
        })
    }
}

/// Whether two spellings are one address: the record of a stranger may say `http://host` for `http://host/`.
fn is_same(one: &str, other: &str) -> bool {
    one == other || Url::parse(one).is_ok_and(|one| Url::parse(other).is_ok_and(|other| one == other))
}

/// `20250324083000` as `2025-03-24T08:30:00Z`.
fn spelt_out(timestamp: &str) -> Option<String> {
    let part = |from: usize, to: usize| timestamp.get(from..to);
    let (day, time) = ((part(0, 4)?, part(4, 6)?, part(6, 8)?), (part(8, 10)?, part(10, 12)?, part(12, 14)?));
    Some(format!("{}-{}-{}T{}:{}:{}Z", day.0, day.1, day.2, time.0, time.1, time.2))
}

/// Writes the list, each page with its text; gives what could not be read.
pub(super) async fn write(
    archive: &Archive,
    pages: &[Page],
    info: &ExportInfo,
    out: &mut impl Write,
) -> Result<Vec<NotExported>, ArchiveError> {
    let mut damage = Vec::new();
    let header = Header { format: "json-pages-1.0", id: "pages", title: "Pages", has_text: true };
    let mut line = serde_json::to_vec(&header)?;
    for page in pages {
        line.push(b'\n');
        out.write_all(&line).map_err(io_error("writing", &info.path))?;
        let text = text(archive, page, info, &mut damage).await?;
        let id = page.snapshot.hex();
        let Page { url, title, ts, .. } = page;
        let witnessed = (!page.witnessed).then_some(false);
        line = serde_json::to_vec(&Line { id, url, title, ts, text: text.as_deref(), witnessed })?;
    }
    line.push(b'\n');
    out.write_all(&line).map_err(io_error("writing", &info.path))?;
    Ok(damage)
}

/// The text that the manifest of a capture names.
async fn first_text(archive: &Archive, capture: &Capture) -> Result<String, ArchiveError> {
    let named = archive.manifest(capture)?.1.text.map(|text| text.sha256);
    let first = archive.texts(capture).await?.into_iter().find(|text| Some(text.text_sha256) == named);
    archive.text_version(capture, &first.ok_or(ArchiveError::Absent("text that its manifest names"))?).await
}

/// The text of a page that goes into the list, if it has one.
async fn text(
    archive: &Archive,
    page: &Page,
    info: &ExportInfo,
    damage: &mut Vec<NotExported>,
) -> Result<Option<String>, ArchiveError> {
    let Some(capture) = archive.catalog().get(page.snapshot).await? else { return Ok(None) };
    if capture.text_sha256.is_none() {
        return Ok(None);
    }
    let text = match info.manifest_texts {
        true => first_text(archive, &capture).await,
        false => archive.text(&capture).await,
    };
    match text {
        Ok(text) => Ok(Some(text)),
        Err(ArchiveError::Catalog(error)) => Err(error.into()),
        Err(error) => {
            damage.push(lost_text(&capture, &error));
            Ok(None)
        }
    }
}

fn lost_text(capture: &Capture, error: &ArchiveError) -> NotExported {
    let place = super::check::texts(capture).next();
    NotExported {
        file: place.map_or_else(|| "text".to_owned(), |place| place.file.clone()),
        offset: place.map_or(0, |place| place.offset),
        record_id: None,
        snapshot: capture.snapshot,
        what: format!("the text of this page cannot be read: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_the_same_however_it_is_spelt() {
        assert!(is_same("http://NGO.example", "http://ngo.example/"));
        assert!(!is_same("http://ngo.example/a", "http://ngo.example/b"));
        assert!(is_same("no address", "no address") && !is_same("no address", "nor this"));
    }
}
