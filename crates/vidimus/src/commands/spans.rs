//! `vidimus show --spans`: which passages of a text stand on other pages as well.

use vidimus_archive::Archive;
use vidimus_catalog::Capture;
use vidimus_index::{IndexError, LinkOptions, Links, Searcher};
use vidimus_query::{links_json, write_spans};

use crate::exit::Failure;
use crate::terminal;

/// Shows the text with its passages marked, or all of it as one JSON object.
pub async fn run(archive: &Archive, capture: &Capture, json: bool) -> Result<(), Failure> {
    let links = links(archive, capture).await?.ok_or_else(|| {
        Failure::absent(
            "the search index holds no text of this capture; `vidimus status` says whether it is whole",
        )
    })?;
    if json {
        let line = serde_json::json!({
            "format": vidimus_query::LINK_FORMAT,
            "id": links.document.id,
            "url": links.document.url,
            "title": links.document.title,
            "text": links.document.text,
            "total": links.total,
            "not_compared": links.not_compared,
            "links": links_json(&links),
        });
        return Ok(terminal::line(&line.to_string())?);
    }
    Ok(write_spans(&mut anstream::stdout().lock(), &links, terminal::width())?)
}

/// How many pages say the same words, where the index is there to say it.
pub async fn fact(archive: &Archive, capture: &Capture) -> Option<String> {
    let links = links(archive, capture).await.ok()??;
    match links.total {
        0 => None,
        1 => Some("1 other page says the same words (--spans)".to_owned()),
        total => Some(format!("{total} other pages say the same words (--spans)")),
    }
}

/// What is linked with the text of a capture, or with the same text of an earlier one of its page.
async fn links(archive: &Archive, capture: &Capture) -> Result<Option<Links>, Failure> {
    let Some(id) = capture.snapshot else { return Ok(None) };
    let text = archive.text(capture).await?;
    let (index, url) = (archive.layout().index(), capture.final_url.clone());
    let found = tokio::task::spawn_blocking(move || -> Result<Option<Links>, IndexError> {
        let searcher = Searcher::open(&index)?;
        let held = match searcher.named(&id.hex()) {
            Err(IndexError::NoDocument { .. }) => searcher.with_text(&url, &text)?,
            named => Some(named?),
        };
        held.map(|id| searcher.links(&id, &LinkOptions::default())).transpose()
    });
    let found = found.await.map_err(|error| Failure::system(error.to_string()))?;
    found.map_err(|error| Failure::io(error.to_string()))
}
