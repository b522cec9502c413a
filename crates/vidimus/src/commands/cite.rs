//! `vidimus cite`: citations of captures.

use std::process::ExitCode;

use serde_json::{Value, json};
use vidimus_archive::Archive;
use vidimus_catalog::Capture;
use vidimus_cite::{ArchiveUrl, Facts, Style, cite};
use vidimus_snapshot::OutcomeKind;

use super::{archive, find};
use crate::args::{Cite, Global};
use crate::config::Config;
use crate::exit::Failure;
use crate::terminal;

/// Cites all that are named, or none of them.
pub async fn run(global: &Global, options: &Cite) -> Result<ExitCode, Failure> {
    let config = Config::load(global)?;
    let archive = archive(&config.settings.layout).await?;
    let mut captures = Vec::new();
    for name in &options.what {
        let capture = find(&archive, name).await?;
        captures.push(facts(&archive, &capture, config.archive_url.as_ref()).await?);
        if let Some(warning) = (!global.quiet).then(|| reservation(&capture)).flatten() {
            terminal::warning(&format!("{name}: {warning}"));
        }
    }
    let style = Style::from(options.style);
    if !global.json {
        terminal::bytes(cite(style, &captures).as_bytes())?;
        return Ok(ExitCode::SUCCESS);
    }
    for facts in &captures {
        terminal::line(&line(style, facts).to_string())?;
    }
    Ok(ExitCode::SUCCESS)
}

/// What the archive knows of a capture that can be cited.
async fn facts(
    archive: &Archive,
    capture: &Capture,
    archive_url: Option<&ArchiveUrl>,
) -> Result<Facts, Failure> {
    let no_page = !capture.outcome.kind.is_ok() && capture.outcome.kind != OutcomeKind::Truncated;
    let Some(id) = capture.snapshot.filter(|_| !no_page) else {
        return Err(Failure::absent(format!(
            "{} cannot be cited, because no page came: {}",
            terminal::printable(&capture.url),
            terminal::printable(&capture.outcome.message)
        )));
    };
    let (_, manifest) = archive.manifest(capture)?;
    let headline = &capture.headline;
    Ok(Facts {
        id,
        title: headline.title.clone(),
        authors: headline.authors.clone(),
        organisation: headline.organisation.clone(),
        published: headline.published.as_deref().and_then(|day| day.parse().ok()),
        language: headline.language.clone(),
        url: manifest.final_url,
        captured_at: manifest.captured_at,
        witnessed: manifest.imported.is_none(),
        place: archive.place_of(id).await?,
        operator: manifest.client.operator,
        archive_url: archive_url.map(|url| url.of(&id)),
    })
}

/// What whoever cites it should know.
fn reservation(capture: &Capture) -> Option<String> {
    if let Some(kind) = capture.headline.page_kind.as_ref().filter(|_| capture.headline.is_stand_in()) {
        return Some(format!("what was captured is no statement but a {kind}"));
    }
    let is_cut = capture.outcome.kind == OutcomeKind::Truncated;
    is_cut.then(|| format!("the capture is not whole: {}", terminal::printable(&capture.outcome.message)))
}

fn line(style: Style, facts: &Facts) -> Value {
    let text = cite(style, std::slice::from_ref(facts));
    let items: Option<Vec<Value>> =
        (style == Style::CslJson).then(|| serde_json::from_str(&text).ok()).flatten();
    let citation = items.and_then(|mut items| items.pop()).unwrap_or_else(|| Value::from(text));
    json!({
        "id": facts.id.hex(),
        "nih": facts.id.nih(),
        "url": facts.url,
        "place": facts.place,
        "style": style.as_str(),
        "citation": citation,
    })
}
