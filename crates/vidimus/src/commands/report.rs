//! `vidimus report`: what a run tried, with what luck, and how long it took.

use std::process::ExitCode;

use serde_json::{Value, json};
use vidimus_catalog::{Capture, Catalog, Filter, Run, SourceRun, time_text};
use vidimus_pipeline::span_text;
use vidimus_snapshot::OutcomeKind;

use super::archive;
use crate::args::{Global, Report};
use crate::config::Config;
use crate::exit::Failure;
use crate::present::{self, outcome_word};
use crate::progress::finding_line;
use crate::terminal::{self, BAD, FAINT, ODD, STRONG, outcome_style};

/// How many of the slowest, and of the failed, a person is shown.
const SHOWN: usize = 10;

/// Tells.
pub async fn run(global: &Global, options: &Report) -> Result<ExitCode, Failure> {
    let config = Config::load(global)?;
    let archive = archive(&config.settings.layout).await?;
    let catalog = archive.catalog();
    if options.list {
        for run in catalog.runs(if options.n == 0 { u32::MAX } else { options.n }).await? {
            list_line(global, &run)?;
        }
        return Ok(ExitCode::SUCCESS);
    }
    let run = chosen(catalog, options.run.as_deref()).await?;
    let tries = catalog
        .list(&Filter { run: Some(run.id.clone()), since: Some(run.started_at), ..Filter::default() })
        .await?;
    let told = Told { sources: catalog.source_runs_of(&run.id).await?, tries, run };
    if global.json {
        terminal::line(&told.json().to_string())?
    } else {
        told.print()?
    }
    Ok(ExitCode::SUCCESS)
}

async fn chosen(catalog: &Catalog, name: Option<&str>) -> Result<Run, Failure> {
    let none = || Failure::absent("there was no run yet: `vidimus crawl` makes one");
    let Some(name) = name else { return catalog.runs(1).await?.pop().ok_or_else(none) };
    let mut found = catalog.find_runs(name).await?;
    match (found.len(), found.pop()) {
        (1, Some(run)) => Ok(run),
        (0, _) => Err(Failure::absent(format!(
            "no run's id begins with {name}; `vidimus report --list` shows what there is"
        ))),
        (count, _) => Err(Failure::usage(format!("{count} runs or more begin with {name}: give more of it"))),
    }
}

fn list_line(global: &Global, run: &Run) -> std::io::Result<()> {
    if global.json {
        return terminal::line(&run_json(run).to_string());
    }
    let end = run.finished_at.map_or_else(
        || format!("{ODD}not ended{ODD:#}"),
        |end| format!("took {}", span_text(end.duration_since(run.started_at))),
    );
    let began = run.started_at.strftime("%Y-%m-%d %H:%M:%S");
    let sources = terminal::printable(&run.sources.join(", "));
    terminal::line(&format!(
        "{STRONG}{}{STRONG:#}  {began}Z  {:<8} {end}  {FAINT}{sources}{FAINT:#}",
        run.id, run.command
    ))
}

fn run_json(run: &Run) -> Value {
    json!({
        "run": run.id,
        "command": run.command,
        "sources": run.sources,
        "started_at": time_text(run.started_at),
        "finished_at": run.finished_at.map(time_text),
    })
}

/// A run with all that is known of it.
struct Told {
    run: Run,
    tries: Vec<Capture>,
    sources: Vec<SourceRun>,
}

impl Told {
    fn outcomes(&self) -> impl Iterator<Item = (OutcomeKind, usize)> {
        let count = |kind| self.tries.iter().filter(|t| t.outcome.kind == kind).count();
        OutcomeKind::ALL.into_iter().map(move |kind| (kind, count(kind)))
    }

    fn slowest(&self) -> Vec<&Capture> {
        let mut tries: Vec<&Capture> = self.tries.iter().collect();
        tries.sort_by_key(|capture| std::cmp::Reverse(capture.took_ms()));
        tries.truncate(SHOWN);
        tries
    }

    fn failed(&self) -> Vec<&Capture> {
        self.tries.iter().filter(|t| !t.outcome.kind.is_ok()).collect()
    }

    fn json(&self) -> Value {
        let mut told = run_json(&self.run);
        let tried = |capture: &&Capture| {
            json!({
                "url": capture.url,
                "source": capture.source,
                "role": capture.role,
                "outcome": capture.outcome.kind,
                "code": capture.outcome.code,
                "message": capture.outcome.message,
                "status": capture.status,
                "bytes": capture.payload_bytes,
                "ms": capture.took_ms(),
            })
        };
        let outcomes: serde_json::Map<String, Value> =
            self.outcomes().map(|(kind, count)| (kind.to_string(), count.into())).collect();
        told["tries"] = self.tries.len().into();
        told["outcomes"] = outcomes.into();
        told["visits"] = self.sources.iter().map(present::source_run).collect();
        told["slowest"] = self.slowest().iter().map(tried).collect();
        told["failed"] = self.failed().iter().map(tried).collect();
        told
    }

    fn print(&self) -> std::io::Result<()> {
        let run = &self.run;
        let fact = |name: &str, value: &str| terminal::line(&format!("{STRONG}{name:<10}{STRONG:#} {value}"));
        fact("run", &format!("{} ({})", run.id, run.command))?;
        let began = run.started_at.strftime("%Y-%m-%d %H:%M:%SZ");
        let end = run.finished_at.map_or_else(
            || "not ended: it goes on now, or was interrupted".to_owned(),
            |end| format!("took {}", span_text(end.duration_since(run.started_at))),
        );
        fact("began", &format!("{began}, {end}"))?;
        let outcomes: Vec<String> =
            self.outcomes().filter(|(_, n)| *n > 0).map(|(kind, n)| format!("{n} {kind}")).collect();
        let tries = match outcomes.is_empty() {
            true => "none".to_owned(),
            false => format!("{}: {}", self.tries.len(), outcomes.join(", ")),
        };
        fact("tries", &tries)?;
        self.sources.iter().try_for_each(print_visit)?;
        print_tries("slowest", &self.slowest(), 0)?;
        let mut failed = self.failed();
        let more = failed.len().saturating_sub(SHOWN);
        failed.truncate(SHOWN);
        print_tries("not held", &failed, more)
    }
}

fn print_visit(visit: &SourceRun) -> std::io::Result<()> {
    let took = visit.finished_at.duration_since(visit.started_at).as_millis();
    terminal::line(&format!(
        "{STRONG}source{STRONG:#}     {}: {} new, {} changed, {} unchanged, {} walls or empty, {} left; {took} ms, {} of them in requests; {} bytes",
        visit.source,
        visit.new_items,
        visit.changed,
        visit.unchanged,
        visit.stand_ins,
        visit.left,
        visit.fetch_ms,
        visit.bytes
    ))?;
    for lead in &visit.leads {
        let url = terminal::printable(&lead.url);
        terminal::line(&format!(
            "             {} {url}: {} links, {} wanted",
            lead.role, lead.links, lead.wanted
        ))?;
    }
    for finding in &visit.findings {
        terminal::line(&format!("           {BAD}{}{BAD:#}", finding_line(&visit.source, finding)))?;
    }
    Ok(())
}

fn print_tries(title: &str, tries: &[&Capture], more: usize) -> std::io::Result<()> {
    for (number, capture) in tries.iter().enumerate() {
        let title = if number == 0 { title } else { "" };
        let style = outcome_style(capture.outcome.kind);
        let (word, url) = (outcome_word(capture), terminal::printable(&capture.url));
        terminal::line(&format!(
            "{STRONG}{title:<10}{STRONG:#} {:>6} ms  {style}{word:<20}{style:#} {url}",
            capture.took_ms()
        ))?;
    }
    if more > 0 {
        terminal::line(&format!("           {FAINT}and {more} more: `--json` has them all{FAINT:#}"))?;
    }
    Ok(())
}
