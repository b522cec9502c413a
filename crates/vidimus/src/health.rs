//! How each source is now: the findings of its last visit, and whether its schedule is kept. One place for `status`, the
//! metrics and the hooks.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;
use vidimus_catalog::{Catalog, CatalogError, Finding, SourceRun, SourceState};
use vidimus_pipeline::{Source, next_due, overdue};

use crate::config::Config;

/// One source.
#[derive(Debug)]
pub struct SourceHealth {
    /// Its name.
    pub name: String,
    /// When a run of it last began.
    pub last_started: Option<Timestamp>,
    /// When a run of it last ended well.
    pub last_ok: Option<Timestamp>,
    /// What its last visit brought, if that ended.
    pub last_visit: Option<SourceRun>,
    /// What is not well.
    pub findings: Vec<Finding>,
    /// When it is visited next.
    pub next: Next,
}

/// When a source is visited next.
#[derive(Debug, Clone, Copy)]
pub enum Next {
    /// At this time.
    At(Timestamp),
    /// It is due.
    Now,
    /// When a person asks for it.
    ByHand,
    /// Never again: the configuration does not name it any more.
    NotConfigured,
}

impl SourceHealth {
    /// Whether nothing is wrong with it, as far as anybody has looked. What is no longer configured is nobody's trouble.
    pub fn is_well(&self) -> bool {
        self.findings.is_empty() || matches!(self.next, Next::NotConfigured)
    }
}

/// Every source that is configured, and then those that were once.
pub async fn of_sources(
    config: &Config,
    catalog: &Catalog,
    now: Timestamp,
) -> Result<Vec<SourceHealth>, CatalogError> {
    let states = catalog.source_states().await?;
    let runs = catalog.newest_source_runs().await?;
    let unfinished = catalog.unfinished_runs().await?;
    let going_on = unfinished.iter().filter(|run| run.goes_on(now)).flat_map(|run| &run.sources);
    let going_on: HashSet<&str> = going_on.map(String::as_str).collect();
    let mut runs: HashMap<String, SourceRun> = runs.into_iter().map(|r| (r.source.clone(), r)).collect();
    let mut all: Vec<SourceHealth> = config
        .sources
        .iter()
        .map(|source| {
            let mut health = bare(&source.name, &states, runs.remove(&source.name));
            // What a run has begun and not ended is due until one has.
            let begun = source.schedule.is_some() && going_on.contains(source.name.as_str());
            health.next = if begun { Next::Now } else { next(config, source, &states, now) };
            health.findings.extend(overdue(source, &states, config.jitter, now));
            health
        })
        .collect();
    let gone = states.iter().filter(|s| !config.sources.iter().any(|c| c.name == s.source));
    all.extend(gone.map(|state| bare(&state.source, &states, runs.remove(&state.source))));
    Ok(all)
}

fn bare(name: &str, states: &[SourceState], last_visit: Option<SourceRun>) -> SourceHealth {
    let state = states.iter().find(|s| s.source == name);
    SourceHealth {
        name: name.to_owned(),
        last_started: state.and_then(|s| s.last_started),
        last_ok: state.and_then(|s| s.last_ok),
        findings: last_visit.as_ref().map(|visit| visit.findings.clone()).unwrap_or_default(),
        last_visit,
        next: Next::NotConfigured,
    }
}

fn next(config: &Config, source: &Source, states: &[SourceState], now: Timestamp) -> Next {
    match next_due(source, states, config.jitter) {
        _ if source.schedule.is_none() => Next::ByHand,
        Some(at) if at > now => Next::At(at),
        _ => Next::Now,
    }
}
