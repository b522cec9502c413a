//! `vidimus crawl`: one run, then exit.

use std::collections::HashSet;
use std::process::ExitCode;

use vidimus_catalog::Catalog;
use vidimus_pipeline::{Pipeline, RunSummary, Source, Stop, crawl, due_sources};
use vidimus_snapshot::{Clock as _, SystemClock};

use super::{holder, pipeline, stop_on_signal};
use crate::aftermath::{Around, Ended, after, never_began};
use crate::args::{Crawl, Global};
use crate::config::Config;
use crate::exit::{Failure, NOT_WELL};
use crate::hooks::Hooks;
use crate::log::Log;
use crate::progress::{Told, listener, summary_line};
use crate::{present, terminal};

/// Visits the sources that are asked for.
pub async fn run(global: &Global, options: &Crawl) -> Result<ExitCode, Failure> {
    let (config, chosen, hooks) = match prepare(global, &options.sources) {
        Ok(ready) => ready,
        Err(failure) => return Err(never_began(global, failure).await),
    };
    let log = Log::new(config.log.as_deref());
    let stop = Stop::default();
    let (quiet, json) = (global.quiet, global.json);
    let around = Around { config: &config, hooks: &hooks, log: &log, stop: &stop, quiet, json };
    let sources = if options.due { due(&config, &chosen).await? } else { chosen };
    if sources.is_empty() {
        if options.summary && !global.quiet {
            terminal::remark("no source is due");
        }
        return Ok(well(after(around, Ended::Idle).await));
    }
    let listener = log.before(listener(Told::of(global)));
    let pipeline = Pipeline { stop: stop.clone(), ..pipeline(config.settings.clone(), listener) };
    stop_on_signal(&stop);
    let summary = match crawl(&pipeline, &sources, &holder("crawl")).await.map_err(Failure::from) {
        Ok(summary) => summary,
        Err(failure) => {
            after(around, Ended::Failed(&failure)).await;
            // Under cron a run that is still going on is no news; the exit code says it.
            return if failure.is_locked() && global.quiet { Ok(failure.code()) } else { Err(failure) };
        }
    };
    tell(global, &summary, options.summary)?;
    let told = after(around, Ended::Run(&summary)).await;
    Ok(well(told && summary.unwell().next().is_none()))
}

/// What a run needs before it can begin.
fn prepare(global: &Global, names: &[String]) -> Result<(Config, Vec<Source>, Hooks), Failure> {
    let config = Config::load(global)?;
    let chosen = config.chosen(names)?;
    let hooks = Hooks::new(&config)?;
    config.archive_is_there()?;
    Ok((config, chosen, hooks))
}

/// The sources that are due, by what the catalog knows of their last runs.
pub async fn due(config: &Config, sources: &[Source]) -> Result<Vec<Source>, Failure> {
    let path = config.settings.layout.catalog();
    let now = SystemClock.now();
    let (mut states, mut interrupted) = (Vec::new(), Vec::new());
    if path.is_file() {
        let catalog = Catalog::open_read_only(&path).await?;
        states = catalog.source_states().await?;
        interrupted = catalog.unfinished_runs().await?;
    }
    let due = due_sources(sources, &states, now, config.jitter);
    let mut due: HashSet<&str> = due.iter().map(|due| due.source.name.as_str()).collect();
    // What an interrupted run was about is due until a run of it has ended.
    due.extend(
        interrupted.iter().filter(|run| run.goes_on(now)).flat_map(|run| &run.sources).map(String::as_str),
    );
    Ok(sources.iter().filter(|source| due.contains(source.name.as_str())).cloned().collect())
}

/// Some sources are not well, or nobody could be told: that is what the operator must hear of.
fn well(well: bool) -> ExitCode {
    if well { ExitCode::SUCCESS } else { ExitCode::from(NOT_WELL) }
}

fn tell(global: &Global, summary: &RunSummary, wanted: bool) -> Result<(), Failure> {
    if global.json {
        for source in &summary.sources {
            terminal::line(&json(summary, source).to_string())?;
        }
    } else if !global.quiet && (wanted || global.verbose || terminal::is_watched()) {
        terminal::remark(&summary_line(summary));
    }
    Ok(())
}

fn json(summary: &RunSummary, source: &vidimus_pipeline::SourceSummary) -> serde_json::Value {
    let outcomes: serde_json::Map<String, serde_json::Value> = vidimus_snapshot::OutcomeKind::ALL
        .into_iter()
        .map(|kind| (kind.to_string(), source.outcome(kind).into()))
        .collect();
    let repeats = summary.repeats.iter().filter(|repeat| repeat.source == source.source);
    serde_json::json!({
        "run": summary.run,
        "source": source.source,
        "ok": source.findings.is_empty(),
        "findings": source.findings.iter().map(present::finding).collect::<Vec<_>>(),
        "new_items": source.facts.as_ref().map(|facts| facts.new_items),
        "changed": source.facts.as_ref().map(|facts| facts.changed),
        "unchanged": source.facts.as_ref().map(|facts| facts.unchanged),
        "left": source.left,
        "stand_ins": source.stand_ins,
        "interrupted": summary.interrupted,
        "outcomes": outcomes,
        "repeats": repeats.map(present::repeat).collect::<Vec<_>>(),
    })
}
