//! `vidimus status`: how the archive and its sources are.

use std::process::ExitCode;

use jiff::Timestamp;
use serde_json::{Value, json};
use vidimus_catalog::{Run, SourceState, Totals};
use vidimus_index::Searcher;
use vidimus_pipeline::next_due;
use vidimus_snapshot::{Clock as _, SystemClock};

use super::archive;
use crate::args::Global;
use crate::config::Config;
use crate::exit::Failure;
use crate::terminal::{self, FAINT, ODD, STRONG};

/// What is told of one source.
struct SourceLine {
    name: String,
    last_started: Option<Timestamp>,
    last_ok: Option<Timestamp>,
    /// Whether the last visit that ended did not end well.
    failed: bool,
    next: Next,
}

enum Next {
    At(Timestamp),
    Now,
    ByHand,
    NotConfigured,
}

/// Tells.
pub async fn run(global: &Global) -> Result<ExitCode, Failure> {
    let config = Config::load(global)?;
    let archive = archive(&config.settings.layout).await?;
    let totals = archive.catalog().totals().await?;
    let last = archive.catalog().last_run("crawl").await?;
    let states = archive.catalog().source_states().await?;
    let run_goes_on = last.as_ref().is_some_and(|run| run.finished_at.is_none());
    let sources = source_lines(&config, &states, run_goes_on);
    let index = index_state(&config);
    if global.json {
        terminal::line(&as_json(&config, &totals, last.as_ref(), &sources, &index).to_string())?;
    } else {
        print(&config, &totals, last.as_ref(), &sources, &index)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn source_lines(config: &Config, states: &[SourceState], run_goes_on: bool) -> Vec<SourceLine> {
    let now = SystemClock.now();
    let state = |name: &str| states.iter().find(|s| s.source == name);
    let configured = config.sources.iter().map(|source| {
        let next = match next_due(source, states, config.jitter) {
            _ if source.schedule.is_none() => Next::ByHand,
            Some(at) if at > now => Next::At(at),
            _ => Next::Now,
        };
        (source.name.clone(), next)
    });
    let gone = states.iter().filter(|s| !config.sources.iter().any(|c| c.name == s.source));
    configured
        .chain(gone.map(|s| (s.source.clone(), Next::NotConfigured)))
        .map(|(name, next)| SourceLine {
            last_started: state(&name).and_then(|s| s.last_started),
            last_ok: state(&name).and_then(|s| s.last_ok),
            failed: !run_goes_on && state(&name).is_some_and(|s| s.last_started > s.last_ok),
            name,
            next,
        })
        .collect()
}

/// How many documents the index holds, or why it cannot be read.
fn index_state(config: &Config) -> Result<u64, String> {
    Searcher::open(&config.settings.layout.index()).map(|searcher| searcher.len()).map_err(|e| e.to_string())
}

fn print(
    config: &Config,
    totals: &Totals,
    last: Option<&Run>,
    sources: &[SourceLine],
    index: &Result<u64, String>,
) -> std::io::Result<()> {
    let fact = |name: &str, value: &str| terminal::line(&format!("{STRONG}{name:<10}{STRONG:#} {value}"));
    let root = config.settings.layout.root();
    fact("archive", &root.canonicalize().unwrap_or_else(|_| root.to_owned()).display().to_string())?;
    let outcomes: Vec<String> =
        totals.outcomes.iter().filter(|(_, n)| *n > 0).map(|(kind, n)| format!("{n} {kind}")).collect();
    fact("captures", &format!("{} snapshots; {} pages with a text", totals.snapshots, totals.pages))?;
    fact("outcomes", &outcomes.join(", "))?;
    let kinds: Vec<String> = totals.kinds.iter().map(|(kind, n)| format!("{n} {kind}")).collect();
    if !kinds.is_empty() {
        let partial =
            if totals.partial > 0 { format!("; {} only in part", totals.partial) } else { String::new() };
        fact("kinds", &format!("{}{partial}", kinds.join(", ")))?;
    }
    match index {
        Ok(documents) if totals.unindexed == 0 => fact("index", &format!("{documents} texts"))?,
        Ok(documents) => fact(
            "index",
            &format!("{documents} texts; {ODD}{} wait for the next run{ODD:#}", totals.unindexed),
        )?,
        Err(error) => fact("index", &format!("{ODD}{error}{ODD:#}"))?,
    }
    if let Some(run) = last {
        let end = match run.finished_at {
            Some(at) => format!("ended {}", short(at)),
            None => format!("{ODD}not ended: it goes on now, or was interrupted{ODD:#}"),
        };
        fact("last crawl", &format!("began {}, {end}", short(run.started_at)))?;
    }
    for source in sources {
        fact("source", &source_text(source))?;
    }
    Ok(())
}

fn source_text(source: &SourceLine) -> String {
    let ok = source.last_ok.map_or_else(|| format!("{ODD}never{ODD:#}"), short);
    let next = match source.next {
        Next::At(at) => format!("next {}", short(at)),
        Next::Now => "due now".to_owned(),
        Next::ByHand => "no schedule".to_owned(),
        Next::NotConfigured => "no longer configured".to_owned(),
    };
    let failed = if source.failed { format!(" {ODD}(the last visit failed){ODD:#}") } else { String::new() };
    format!("{:<20} last well {ok}{failed}  {FAINT}{next}{FAINT:#}", source.name)
}

fn short(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%M:%SZ").to_string()
}

fn as_json(
    config: &Config,
    totals: &Totals,
    last: Option<&Run>,
    sources: &[SourceLine],
    index: &Result<u64, String>,
) -> Value {
    let outcomes: serde_json::Map<String, Value> =
        totals.outcomes.iter().map(|(kind, n)| (kind.to_string(), (*n).into())).collect();
    let sources: Vec<Value> = sources
        .iter()
        .map(|s| {
            let next = match s.next {
                Next::At(at) => json!(at),
                Next::Now => json!("now"),
                Next::ByHand | Next::NotConfigured => Value::Null,
            };
            json!({"source": s.name, "last_started": s.last_started, "last_ok": s.last_ok, "failed": s.failed, "next": next})
        })
        .collect();
    json!({
        "archive": config.settings.layout.root(),
        "snapshots": totals.snapshots,
        "pages": totals.pages,
        "outcomes": outcomes,
        "page_kinds": totals.kinds.iter().cloned().collect::<std::collections::BTreeMap<String, u64>>(),
        "partial": totals.partial,
        "indexed": index.as_ref().ok(),
        "index_error": index.as_ref().err(),
        "unindexed": totals.unindexed,
        "last_crawl": last.map(|r| json!({"run": r.id, "started_at": r.started_at, "finished_at": r.finished_at})),
        "sources": sources,
    })
}
