//! How captures look: one JSON object a line for machines, a few lines for people.

use std::io;

use serde_json::{Value, json};
use vidimus_catalog::{Capture, Finding, Removed, SourceRun, time_text};
use vidimus_pipeline::Repeat;
use vidimus_snapshot::OutcomeKind;

use crate::terminal::{self, FAINT, STRONG, fit, outcome_style};

/// A capture as JSON. Keys are always there; what is not known is `null`.
pub fn json(capture: &Capture) -> Value {
    let id = capture.snapshot;
    json!({
        "id": id.map(|id| id.hex()),
        "nih": id.map(|id| id.nih()),
        "url": capture.url,
        "final_url": capture.final_url,
        "source": capture.source,
        "role": capture.role,
        "witnessed": capture.witnessed,
        "run": capture.run,
        "captured_at": time_text(capture.started_at),
        "finished_at": time_text(capture.finished_at),
        "outcome": capture.outcome.kind,
        "code": capture.outcome.code,
        "message": capture.outcome.message,
        "status": capture.status,
        "content_type": capture.content_type,
        "payload_sha256": capture.payload_sha256,
        "payload_bytes": capture.payload_bytes,
        "text_sha256": capture.text_sha256,
        "title": capture.headline.title,
        "authors": capture.headline.authors,
        "organisation": capture.headline.organisation,
        "published": capture.headline.published,
        "published_origin": capture.headline.published_origin,
        "language": capture.headline.language,
        "page_kind": capture.headline.page_kind,
        "page_kind_confidence": capture.headline.page_kind_confidence,
        "partial": capture.headline.partial,
        "extractor": capture.extractor,
        "original": capture.original.map(|id| id.hex()),
        "previous": capture.previous.map(|id| id.hex()),
    })
}

/// A page that says the words of earlier ones, as JSON.
pub fn repeat(repeat: &Repeat) -> Value {
    let of = repeat.of.iter().map(|of| {
        json!({"id": of.id, "url": of.url, "source": of.source, "sort": of.sort, "words": of.words, "order": of.order})
    });
    json!({"id": repeat.id, "url": repeat.url, "source": repeat.source, "of": of.collect::<Vec<_>>()})
}

/// What was taken down, as JSON.
pub fn removal_json(removed: &Removed) -> Value {
    json!({
        "id": removed.snapshot.hex(),
        "nih": removed.snapshot.nih(),
        "outcome": "removed",
        "removed_at": time_text(removed.removed_at),
        "reason": removed.reason,
        "by": removed.by,
        "scope": removed.scope,
        "authority_ref_sha256": removed.authority_ref_sha256,
        "leaf": removed.leaf,
        "finished": removed.finished,
    })
}

/// The same in a sentence.
pub fn removal(removed: &Removed) -> String {
    let order = match removed.authority_ref_sha256 {
        Some(sha256) => format!(", on the order with the digest {sha256}"),
        None => String::new(),
    };
    let unfinished = if removed.finished { "" } else { "; the removal is not finished yet" };
    format!(
        "{} was lawfully removed on {} by the {}: {}{order} (tombstone {} in the log){unfinished}",
        removed.snapshot.short(),
        removed.removed_at.strftime("%Y-%m-%d"),
        terminal::printable(&removed.by),
        terminal::printable(&removed.reason),
        removed.leaf
    )
}

/// A finding as JSON.
pub fn finding(finding: &Finding) -> Value {
    json!({
        "code": finding.code,
        "subject": Some(&finding.subject).filter(|subject| !subject.is_empty()),
        "since": time_text(finding.since),
        "message": finding.message,
    })
}

/// What a run brought of a source, as JSON: the keys are those of the run report in the archive.
pub fn source_run(facts: &SourceRun) -> Value {
    let findings: Vec<Value> = facts.findings.iter().map(finding).collect();
    let leads = facts
        .leads
        .iter()
        .map(|lead| json!({"role": lead.role, "url": lead.url, "links": lead.links, "wanted": lead.wanted}));
    json!({
        "run": facts.run,
        "source": facts.source,
        "started_at": time_text(facts.started_at),
        "finished_at": time_text(facts.finished_at),
        "outcomes": facts.outcomes,
        "found": facts.found,
        "new_items": facts.new_items,
        "changed": facts.changed,
        "unchanged": facts.unchanged,
        "stand_ins": facts.stand_ins,
        "left": facts.left,
        "bytes": facts.bytes,
        "fetch_ms": facts.fetch_ms,
        "texts": facts.texts,
        "text_median": facts.text_median,
        "leads": leads.collect::<Vec<_>>(),
        "findings": findings,
    })
}

/// Writes captures, as lines of JSON or as text.
pub fn captures(captures: &[Capture], as_json: bool) -> io::Result<()> {
    for capture in captures {
        if as_json {
            terminal::line(&json(capture).to_string())?;
        } else {
            terminal::line(&entry(capture))?;
        }
    }
    Ok(())
}

/// Two or three lines: when, what, name; the page; why, if all is not well.
fn entry(capture: &Capture) -> String {
    let columns = terminal::width().saturating_sub(2);
    let outcome = outcome_word(capture);
    let style = outcome_style(capture.outcome.kind);
    let name = capture.snapshot.map_or_else(|| "-".to_owned(), |id| id.short());
    let when = capture.started_at.strftime("%Y-%m-%d %H:%M:%S");
    let mut text = format!(
        "{FAINT}{when}{FAINT:#}  {style}{outcome:<16}{style:#}  {STRONG}{name:<12}{STRONG:#}  {}",
        facts(capture)
    );
    if let Some(title) = &capture.headline.title {
        text.push_str(&format!("\n  {}", fit(title, columns)));
    }
    text.push_str(&format!("\n  {FAINT}{}{FAINT:#}", terminal::printable(&capture.url)));
    if !capture.outcome.message.is_empty() {
        text.push_str(&format!("\n  {style}{}{style:#}", fit(&capture.outcome.message, columns * 3)));
    }
    text
}

/// The outcome with its code where there is one: `http-error 404`, `refused robots`.
pub fn outcome_word(capture: &Capture) -> String {
    let outcome = &capture.outcome;
    match outcome.kind {
        OutcomeKind::HttpError => format!("error {}", outcome.code),
        kind if outcome.code.is_empty() => kind.to_string(),
        kind => format!("{kind} {}", outcome.code),
    }
}

fn facts(capture: &Capture) -> String {
    let published = capture.headline.published.as_ref().map(|day| {
        let origin = capture.headline.published_origin.as_deref().unwrap_or("unknown");
        format!("published {day} ({origin})")
    });
    let kind = capture.headline.page_kind.clone().filter(|kind| kind != "article");
    let partial = capture.headline.partial.then(|| "only the beginning".to_owned());
    let imported = (!capture.witnessed).then(|| "imported".to_owned());
    let parts =
        [imported, capture.source.clone(), published, capture.headline.language.clone(), kind, partial];
    let parts: Vec<String> = parts.into_iter().flatten().map(|p| terminal::printable(&p)).collect();
    parts.join(" · ")
}
