//! `vidimus show --explain`: how a page was read, block for block, with what was decided on the whole of it first.

use serde_json::{Value, json};
use vidimus_archive::Archive;
use vidimus_catalog::Capture;
use vidimus_extract::{Dated, EXTRACTOR, Extraction, Params, Verdict};
use vidimus_pipeline::{RereadError, extract_held};
use vidimus_snapshot::{Digest, canonical_json};

use crate::config::Config;
use crate::exit::Failure;
use crate::terminal::{self, STRONG};

/// Elements of a path by which blocks are gathered in the outline.
const OUTLINE_DEPTH: usize = 2;

/// Extracts anew and tells why the page and each block of it was taken for what it is.
pub async fn run(archive: &Archive, capture: &Capture, config: &Config, json: bool) -> Result<(), Failure> {
    let params = &config.settings.extract;
    let limits = config.settings.client.limits.decode();
    let extraction = extract_held(archive, capture, limits, params).await.map_err(|error| match error {
        RereadError::Archive(error) => Failure::from(error),
        RereadError::Head(_) => Failure::io(error.to_string()),
        RereadError::Extract(_) | RereadError::Broken => Failure::absent(error.to_string()),
    })?;
    if json { as_json(&extraction, params) } else { as_text(&extraction, params) }
}

fn digest(params: &Params) -> Result<Digest, Failure> {
    let bytes = canonical_json(params).map_err(|e| Failure::system(e.to_string()))?;
    Ok(Digest::of(&bytes))
}

/// One line on the page, then one for each block.
fn as_json(extraction: &Extraction, params: &Params) -> Result<(), Failure> {
    let statement = &extraction.statement;
    let page = json!({
        "about": "page",
        "extractor": EXTRACTOR,
        "params": params,
        "params_sha256": digest(params)?,
        "page_kind": statement.page_kind,
        "page_kind_confidence": statement.page_kind_confidence,
        "page_kind_reasons": extraction.kind_reasons,
        "partial": statement.partial,
        "title": statement.title,
        "authors": statement.authors,
        "published": statement.published,
        "modified": statement.modified,
        "language": statement.language,
        "charset": extraction.charset,
        "cuts": extraction.cuts,
    });
    terminal::line(&page.to_string())?;
    for verdict in &extraction.trace {
        let line = serde_json::to_string(verdict).map_err(|e| Failure::system(e.to_string()))?;
        terminal::line(&line)?;
    }
    Ok(())
}

fn as_text(extraction: &Extraction, params: &Params) -> Result<(), Failure> {
    heading(extraction, params)?;
    terminal::line("")?;
    for line in outline(extraction) {
        terminal::line(&terminal::printable(&line))?;
    }
    terminal::line("")?;
    for verdict in &extraction.trace {
        terminal::line(&terminal::printable(&verdict.to_string()))?;
    }
    Ok(())
}

fn heading(extraction: &Extraction, params: &Params) -> Result<(), Failure> {
    let statement = &extraction.statement;
    let fact = |name: &str, value: &str| {
        terminal::line(&format!("{STRONG}{name:<12}{STRONG:#} {}", terminal::printable(value)))
    };
    let given = serde_json::to_string(params).map_err(|e| Failure::system(e.to_string()))?;
    fact("extractor", EXTRACTOR)?;
    fact("parameters", &format!("{given}, {}", digest(params)?))?;
    let kind = word(&statement.page_kind);
    let partial = if statement.partial { ", only the beginning" } else { "" };
    let reasons = extraction.kind_reasons.join("; ");
    fact("kind", &format!("{kind}, {} % certain{partial}: {reasons}", statement.page_kind_confidence))?;
    fact("title", statement.title.as_deref().unwrap_or("none found"))?;
    fact("authors", &statement.authors.join("; "))?;
    fact("published", &dated(statement.published.as_ref()))?;
    fact("modified", &dated(statement.modified.as_ref()))?;
    fact("language", statement.language.as_deref().unwrap_or("not known"))?;
    for cut in &extraction.cuts {
        fact("cut", &cut.to_string())?;
    }
    Ok(())
}

fn dated(date: Option<&Dated>) -> String {
    date.map_or_else(
        || "none found".to_owned(),
        |dated| format!("{}, found in: {}, {} % certain", dated.date, word(&dated.origin), dated.confidence),
    )
}

/// The word by which a value is known in JSON.
fn word(value: &impl serde::Serialize) -> String {
    let value = serde_json::to_value(value).unwrap_or(Value::Null);
    value.as_str().unwrap_or("unknown").to_owned()
}

/// The parts of the page in order, with how much of each was kept, and at its end what a budget left out.
fn outline(extraction: &Extraction) -> Vec<String> {
    let mut lines = Vec::new();
    let mut part = Part::default();
    for verdict in &extraction.trace {
        let place = place(verdict);
        if part.place != place {
            lines.extend(part.line());
            part = Part { place, ..Part::default() };
        }
        part.add(verdict);
    }
    lines.extend(part.line());
    lines.extend(extraction.cuts.iter().map(|cut| format!("… here, and in what came before, {cut}")));
    lines
}

#[derive(Default)]
struct Part {
    place: String,
    blocks: usize,
    chars: u64,
    kept: usize,
    kept_chars: u64,
}

impl Part {
    fn add(&mut self, verdict: &Verdict) {
        self.blocks += 1;
        self.chars += u64::from(verdict.chars);
        if verdict.kept {
            self.kept += 1;
            self.kept_chars += u64::from(verdict.chars);
        }
    }

    fn line(&self) -> Option<String> {
        let Self { place, blocks, chars, kept, kept_chars } = self;
        let place = if place.is_empty() { "body" } else { place };
        (*blocks > 0)
            .then(|| format!("{kept} of {blocks} blocks kept, {kept_chars} of {chars} characters  {place}"))
    }
}

/// The outermost elements that a block stands in.
fn place(verdict: &Verdict) -> String {
    verdict.path.split(" > ").take(OUTLINE_DEPTH).collect::<Vec<_>>().join(" > ")
}
