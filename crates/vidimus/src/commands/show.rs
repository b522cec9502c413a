//! `vidimus show`: one capture, or a part of it.

use std::cmp::Ordering;
use std::process::ExitCode;

use vidimus_archive::{Archive, TextVersion};
use vidimus_catalog::{Capture, Removed, time_text};
use vidimus_extract::Statement;
use vidimus_snapshot::ImportFacts;

use super::{archive, exchanges, explain, find, removal, spans};
use crate::args::{Global, Show};
use crate::config::Config;
use crate::exit::{Failure, INCOMPLETE};
use crate::present;
use crate::terminal::{self, STRONG};

/// Shows what is asked for.
pub async fn run(global: &Global, options: &Show) -> Result<ExitCode, Failure> {
    let config = Config::load(global)?;
    let archive = archive(&config.settings.layout).await?;
    let part = &options.part;
    if part.is_none()
        && let Some(removed) = removal(&archive, &options.id).await?
    {
        return removed_facts(&removed, global.json);
    }
    let capture = find(&archive, &options.id).await?;
    if part.text {
        text(&archive, &capture, options, global.json).await?;
    } else if part.markdown {
        terminal::bytes(statement(&archive, &capture, options).await?.to_markdown().as_bytes())?;
    } else if part.html {
        terminal::bytes(statement(&archive, &capture, options).await?.to_html().as_bytes())?;
    } else if part.texts {
        texts(&archive, &capture, global.json).await?;
    } else if part.spans {
        spans::run(&archive, &capture, global.json).await?;
    } else if part.raw {
        terminal::bytes(&archive.payload(&capture).await?)?;
    } else if part.wire {
        let wire = match options.exchange {
            Some(number) => archive.wire_of(&capture, number.get() - 1).await?,
            None => archive.wire(&capture).await?,
        };
        terminal::bytes(&wire)?;
    } else if part.manifest {
        terminal::bytes(&archive.manifest(&capture)?.0)?;
        terminal::line("")?;
    } else if part.certificates {
        exchanges::certificates(&archive, &capture, global.json).await?;
    } else if part.explain {
        explain::run(&archive, &capture, &config, global.json).await?;
    } else if global.json {
        let mut line = present::json(&capture);
        line["exchanges"] = serde_json::json!(exchanges::of(&archive, &capture)?);
        terminal::line(&line.to_string())?;
    } else if capture.snapshot.is_none() {
        facts_of_try(&archive, &capture)?;
    } else {
        facts(&archive, &capture).await?;
    }
    Ok(ExitCode::SUCCESS)
}

/// All that is told of a capture that was taken down.
fn removed_facts(removed: &Removed, json: bool) -> Result<ExitCode, Failure> {
    if json {
        terminal::line(&present::removal_json(removed).to_string())?;
        return Ok(ExitCode::from(INCOMPLETE));
    }
    let mut out = Facts::default();
    out.add("removed", format!("lawfully, on {} by the {}", time_text(removed.removed_at), removed.by));
    out.add("reason", &removed.reason);
    out.add_if("order", removed.authority_ref_sha256.map(|sha256| sha256.to_string()).as_ref());
    out.add("scope", removed.scope.join(", "));
    out.add("name", removed.snapshot.ni());
    out.add("nih", removed.snapshot.nih());
    out.add("tombstone", &removed.leaf);
    if !removed.finished {
        out.add("state", "begun, and not finished: the next command that writes finishes it");
    }
    out.print()?;
    Ok(ExitCode::from(INCOMPLETE))
}

/// The text that is asked for: the newest, or the newest by the extractor that is named.
async fn version(archive: &Archive, capture: &Capture, options: &Show) -> Result<TextVersion, Failure> {
    let texts = archive.texts(capture).await?;
    let wanted = |text: &&TextVersion| options.extractor.as_ref().is_none_or(|name| text.extractor == *name);
    texts.iter().rfind(wanted).cloned().ok_or_else(|| {
        let mut known: Vec<&str> = texts.iter().map(|text| text.extractor.as_str()).collect();
        known.dedup();
        match (&options.extractor, known.is_empty()) {
            (Some(name), false) => Failure::absent(format!(
                "no text of this capture is by {name}; there are: {}",
                known.join(", ")
            )),
            _ => Failure::absent("no text was extracted of this capture"),
        }
    })
}

async fn text(archive: &Archive, capture: &Capture, options: &Show, json: bool) -> Result<(), Failure> {
    let version = version(archive, capture, options).await?;
    if json {
        let record = archive.statement_version(capture, &version).await?;
        let line = serde_json::json!({
            "id": capture.snapshot.map(|id| id.hex()),
            "extractor": version.extractor,
            "params_sha256": version.params_sha256,
            "made_at": time_text(version.made_at),
            "text_sha256": version.text_sha256,
            "statement": record.statement,
        });
        return Ok(terminal::line(&line.to_string())?);
    }
    terminal::bytes(archive.text_version(capture, &version).await?.as_bytes())?;
    Ok(terminal::line("")?)
}

/// The statement as it was archived.
async fn statement(archive: &Archive, capture: &Capture, options: &Show) -> Result<Statement, Failure> {
    let version = version(archive, capture, options).await?;
    let record = archive.statement_version(capture, &version).await?;
    serde_json::from_value(record.statement)
        .map_err(|e| Failure::io(format!("the archived statement cannot be read: {e}")))
}

async fn texts(archive: &Archive, capture: &Capture, json: bool) -> Result<(), Failure> {
    for text in archive.texts(capture).await? {
        let made_at = time_text(text.made_at);
        if json {
            let line = serde_json::json!({
                "made_at": made_at,
                "extractor": text.extractor,
                "params_sha256": text.params_sha256,
                "text_sha256": text.text_sha256,
                "statement_sha256": text.statement_sha256,
                "of_manifest": text.of_manifest,
            });
            terminal::line(&line.to_string())?;
        } else {
            let of = if text.of_manifest { "named by the manifest" } else { "made later" };
            let line = format!(
                "{made_at}  {STRONG}{}{STRONG:#}  {}  {of}",
                terminal::printable(&text.extractor),
                text.text_sha256
            );
            terminal::line(&line)?;
        }
    }
    Ok(())
}

async fn facts(archive: &Archive, capture: &Capture) -> Result<(), Failure> {
    let (_, manifest) = archive.manifest(capture)?;
    let mut out = Facts::default();
    if let Some(id) = capture.snapshot {
        out.add("name", id.nih());
        out.add("canonical", id.ni());
        out.add("manifest", format!("sha256:{}", id.hex()));
    }
    if let Some(imported) = &manifest.imported {
        out.add("imported", witness(imported));
    }
    out.add("url", &capture.url);
    for redirect in &manifest.redirects {
        out.add("redirect", format!("{} {} -> {}", redirect.status, redirect.url, redirect.location));
    }
    let message = &capture.outcome.message;
    let outcome = present::outcome_word(capture);
    out.add("outcome", if message.is_empty() { outcome } else { format!("{outcome}: {message}") });
    out.add("captured", format!("{} to {}", manifest.captured_at, manifest.finished_at));
    out.add_if("source", capture.source.as_ref());
    out.add_if("title", capture.headline.title.as_ref());
    out.add("authors", capture.headline.authors.join("; "));
    out.add_if("organisation", capture.headline.organisation.as_ref());
    let origin = capture.headline.published_origin.as_deref().unwrap_or("unknown");
    out.add_if(
        "published",
        capture.headline.published.as_ref().map(|day| format!("{day}, found in: {origin}")).as_ref(),
    );
    out.add_if("language", capture.headline.language.as_ref());
    if let Some(kind) = &capture.headline.page_kind {
        let certain = capture.headline.page_kind_confidence.unwrap_or_default();
        let partial =
            if capture.headline.partial { "; only the beginning of the text was shown" } else { "" };
        out.add("kind", format!("{kind}, {certain} % certain{partial}"));
    }
    let later = archive.texts(capture).await.unwrap_or_default().len().saturating_sub(1);
    let others = if later > 0 { format!(", the newest of {} (--texts)", later + 1) } else { String::new() };
    out.add_if("extractor", capture.extractor.as_ref().map(|name| format!("{name}{others}")).as_ref());
    signatories(archive, capture, &mut out).await;
    out.add_if("type", capture.content_type.as_ref());
    out.add(
        "payload",
        capture.payload_sha256.map_or_else(String::new, |d| format!("{d} ({} bytes)", capture.payload_bytes)),
    );
    out.add_if("reposts", spans::fact(archive, capture).await.as_ref());
    out.add("text", capture.text_sha256.map_or_else(String::new, |d| d.to_string()));
    out.add("wire", manifest.wire_sha256.map_or_else(String::new, |d| d.to_string()));
    if manifest.exchanges.is_empty() {
        // A manifest from before there were facts of every exchange.
        out.add_if("server", manifest.net.remote_ip.as_ref());
        out.add("tls", manifest.net.tls.as_ref().map_or_else(String::new, exchanges::session));
    }
    exchanges::describe(&manifest.exchanges, &mut out);
    let original = capture.original.map(|id| id.nih());
    out.add_if(if capture.repeats_text() { "same as" } else { "same bytes as" }, original.as_ref());
    out.add_if("previous", previous(archive, capture).await?.as_ref());
    for record in &capture.records {
        out.add(
            "record",
            format!("{} at {}+{} of {}", record.record_type, record.offset, record.length, record.file),
        );
    }
    Ok(out.print()?)
}

/// The capture of the same address before this one, and whether it is held no more.
async fn previous(archive: &Archive, capture: &Capture) -> Result<Option<String>, Failure> {
    let Some(id) = capture.previous else { return Ok(None) };
    let removed = archive.catalog().removal_of(id).await?;
    let gone = removed.map(|one| format!(", lawfully removed on {}", one.removed_at.strftime("%Y-%m-%d")));
    Ok(Some(id.nih() + &gone.unwrap_or_default()))
}

/// Who captured what was imported, in plain words.
fn witness(imported: &ImportFacts) -> String {
    let by = ["software", "wacz-software"].iter().find_map(|key| imported.captured_by.get(*key));
    let by = by.map_or("somebody who is not named", String::as_str);
    let operator = imported.captured_by.get("operator");
    let operator = operator.map_or_else(String::new, |operator| format!(" for {operator}"));
    let original = &imported.original;
    let entry = original.entry.as_ref().map_or_else(String::new, |entry| format!(" ({entry} in it)"));
    format!(
        "captured by {by}{operator} according to the file {}{entry}; not witnessed by this archive. It was taken in on {} and is kept as {}, {}",
        original.name, imported.imported_at, original.file, original.sha256
    )
}

/// What is known of a try that brought no answer.
fn facts_of_try(archive: &Archive, capture: &Capture) -> Result<(), Failure> {
    let mut out = Facts::default();
    out.add("url", &capture.url);
    out.add("outcome", format!("{}: {}", present::outcome_word(capture), capture.outcome.message));
    out.add("tried", format!("{} to {}", capture.started_at, capture.finished_at));
    out.add_if("source", capture.source.as_ref());
    exchanges::describe(&exchanges::of(archive, capture)?, &mut out);
    Ok(out.print()?)
}

/// The number of signatories, and each claim of the page on it, compared with what it lists.
async fn signatories(archive: &Archive, capture: &Capture, out: &mut Facts) {
    let Ok(record) = archive.statement(capture).await else { return };
    let list = &record.statement["signatories"];
    let names = list["names"].as_array().map_or(0, Vec::len) as u64;
    let count = list["count"].as_u64().unwrap_or(names);
    if count > 0 {
        out.add("signatories", format!("{count} {}", if count == 1 { "name" } else { "names" }));
    }
    let others = list["other_claims"].as_array().into_iter().flatten();
    for claim in std::iter::once(&list["claimed"]).chain(others) {
        if let (Some(text), Some(number)) = (claim["text"].as_str(), claim["number"].as_u64()) {
            out.add("claimed", format!("{number} ({text}): {}", comparison(count, number)));
        }
    }
}

/// How the list compares with a claim. Records of earlier versions do not say, but the numbers do.
fn comparison(count: u64, claimed: u64) -> &'static str {
    match count.cmp(&claimed) {
        _ if count == 0 => "the page lists none",
        Ordering::Less => "the page lists fewer",
        Ordering::Equal => "the list agrees",
        Ordering::Greater => "the page lists more",
    }
}

/// Facts to be printed, one a line, in their order.
#[derive(Default)]
pub(super) struct Facts(Vec<(&'static str, String)>);

impl Facts {
    /// Adds a fact; an empty one is left out.
    pub(super) fn add(&mut self, name: &'static str, value: impl Into<String>) {
        let value = value.into();
        if !value.is_empty() {
            self.0.push((name, value));
        }
    }

    fn add_if(&mut self, name: &'static str, value: Option<&String>) {
        if let Some(value) = value {
            self.add(name, value);
        }
    }

    fn print(&self) -> std::io::Result<()> {
        for (name, value) in &self.0 {
            terminal::line(&format!("{STRONG}{name:<12}{STRONG:#} {}", terminal::printable(value)))?;
        }
        Ok(())
    }
}
