//! `vidimus show`: one capture, or a part of it.

use std::cmp::Ordering;
use std::process::ExitCode;

use vidimus_archive::Archive;
use vidimus_catalog::Capture;
use vidimus_extract::{Extraction, Input, Params, explain};
use vidimus_snapshot::OutcomeKind;
use vidimus_warc::http::{Head, decode_content};

use super::{archive, find};
use crate::args::{Global, Show};
use crate::config::Config;
use crate::exit::Failure;
use crate::present;
use crate::terminal::{self, STRONG};

/// Shows what is asked for.
pub async fn run(global: &Global, options: &Show) -> Result<ExitCode, Failure> {
    let config = Config::load(global)?;
    let archive = archive(&config.settings.layout).await?;
    let capture = find(&archive, &options.id).await?;
    let part = &options.part;
    if part.text {
        terminal::bytes(archive.text(&capture).await?.as_bytes())?;
        terminal::line("")?;
    } else if part.raw {
        terminal::bytes(&archive.payload(&capture).await?)?;
    } else if part.wire {
        terminal::bytes(&archive.wire(&capture).await?)?;
    } else if part.manifest {
        terminal::bytes(&archive.manifest(&capture)?.0)?;
        terminal::line("")?;
    } else if part.explain {
        explain(&archive, &capture, &config, global.json).await?;
    } else if global.json {
        terminal::line(&present::json(&capture).to_string())?;
    } else {
        facts(&archive, &capture).await?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Extracts anew and tells why each block was kept or dropped.
async fn explain(archive: &Archive, capture: &Capture, config: &Config, json: bool) -> Result<(), Failure> {
    let extraction = extract_again(archive, capture, config).await?;
    for verdict in &extraction.trace {
        if json {
            let line = serde_json::to_string(verdict).map_err(|e| Failure::system(e.to_string()))?;
            terminal::line(&line)?;
        } else {
            terminal::line(&terminal::printable(&verdict.to_string()))?;
        }
    }
    for cut in &extraction.cuts {
        terminal::remark(&format!("cut by a budget: {cut}"));
    }
    Ok(())
}

async fn extract_again(archive: &Archive, capture: &Capture, config: &Config) -> Result<Extraction, Failure> {
    let payload = archive.payload(capture).await?;
    let head = archive.head(capture)?;
    let (head, _) =
        Head::parse(&head).map_err(|e| Failure::io(format!("the stored head cannot be read: {e}")))?;
    let limits = config.settings.client.limits.decode();
    let decoded = decode_content(&head.content_codings(), &payload, &limits);
    let url = url::Url::parse(&capture.final_url).ok();
    let content_type = head.text("Content-Type").or_else(|| capture.content_type.clone());
    let input = Input { bytes: &decoded.bytes, content_type: content_type.as_deref(), url: url.as_ref() };
    explain(&input, &Params::default()).map_err(|e| Failure::absent(e.to_string()))
}

async fn facts(archive: &Archive, capture: &Capture) -> Result<(), Failure> {
    let (_, manifest) = archive.manifest(capture)?;
    let mut out = Facts::default();
    if let Some(id) = capture.snapshot {
        out.add("name", id.nih());
        out.add("canonical", id.ni());
        out.add("manifest", format!("sha256:{}", id.hex()));
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
    signatories(archive, capture, &mut out).await;
    out.add_if("type", capture.content_type.as_ref());
    out.add(
        "payload",
        capture.payload_sha256.map_or_else(String::new, |d| format!("{d} ({} bytes)", capture.payload_bytes)),
    );
    out.add("text", capture.text_sha256.map_or_else(String::new, |d| d.to_string()));
    out.add("wire", manifest.wire_sha256.map_or_else(String::new, |d| d.to_string()));
    out.add_if("server", manifest.net.remote_ip.as_ref());
    if let Some(tls) = &manifest.net.tls {
        out.add("tls", format!("{}, {}", tls.version, tls.cipher));
    }
    if capture.outcome.kind == OutcomeKind::Unchanged {
        out.add_if("same as", capture.original.map(|id| id.nih()).as_ref());
    }
    out.add_if("previous", capture.previous.map(|id| id.nih()).as_ref());
    for record in &capture.records {
        out.add(
            "record",
            format!("{} at {}+{} of {}", record.record_type, record.offset, record.length, record.file),
        );
    }
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

#[derive(Default)]
struct Facts(Vec<(&'static str, String)>);

impl Facts {
    /// Adds a fact; an empty one is left out.
    fn add(&mut self, name: &'static str, value: impl Into<String>) {
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
