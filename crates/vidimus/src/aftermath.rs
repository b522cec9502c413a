//! What comes after a run, however it ended: the hooks are told what has changed, what was told is remembered, and the
//! metrics are written. None of it can undo what the run has archived, and none of it keeps waiting whoever asks the
//! program to stop.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use vidimus_archive::Archive;
use vidimus_catalog::{Catalog, Finding, SourceRun, Told};
use vidimus_pipeline::{Change, News, RunSummary, Standing, Stop, news};
use vidimus_snapshot::{Clock as _, SystemClock};

use crate::config::{Config, When};
use crate::exit::Failure;
use crate::hooks::{Hook, Hooks, Message};
use crate::log::Log;
use crate::{health, metrics, terminal};

/// What a run happens in.
#[derive(Debug, Clone, Copy)]
pub struct Around<'a> {
    /// The configuration in force.
    pub config: &'a Config,
    /// Who is told.
    pub hooks: &'a Hooks,
    /// The log.
    pub log: &'a Log,
    /// Whether the program was asked to stop.
    pub stop: &'a Stop,
}

/// How a run ended.
#[derive(Debug, Clone, Copy)]
pub enum Ended<'a> {
    /// It is done.
    Run(&'a RunSummary),
    /// Nothing was due; what could not be told last time is told now.
    Idle,
    /// It broke down.
    Failed(&'a Failure),
}

/// How long a hook that is being told may still take when the program is asked to stop.
const REST: Duration = Duration::from_secs(2);

/// After a lock was held for so long, its holder hangs.
const LOCK_LASTS: SignedDuration = SignedDuration::from_hours(12);

/// What is known after a run.
#[derive(Default)]
struct Known {
    standing: Vec<Standing>,
    /// The sources that may be told of.
    sources: Vec<String>,
    told: Vec<Told>,
    visited: Vec<SourceRun>,
}

impl Known {
    /// Whether nothing stands, told before or now. That a run broke down stands until the next one does not.
    fn is_well(&self) -> bool {
        let looked = self.sources.iter().any(String::is_empty);
        let broken = !looked && self.told.iter().any(|told| told.source.is_empty());
        self.standing.is_empty() && !broken
    }
}

/// Does what comes after a run. Says whether all of it could be done; what could not is told on stderr. Once the program
/// was asked to stop no hook is begun: the next run tells what this one did not.
pub async fn after(around: Around<'_>, ended: Ended<'_>) -> bool {
    let now = SystemClock.now();
    let nobody = around.hooks.is_empty() || around.stop.is_stopped();
    let told = nobody || tell_all(around, ended, now).await;
    let written = write_metrics(around.config, ended, now).await;
    told && written
}

async fn tell_all(around: Around<'_>, ended: Ended<'_>, now: Timestamp) -> bool {
    let config = around.config;
    let path = config.settings.layout.catalog();
    if !path.is_file() && !matches!(ended, Ended::Failed(_)) {
        return true;
    }
    // With a disk that is full or a catalog that is damaged, at least that is told.
    let catalog = if path.is_file() { Catalog::open(&path).await.ok() } else { None };
    let mut known = Known::default();
    let mut all_told = true;
    if let Some(catalog) = &catalog {
        match gather(config, catalog, ended, now).await {
            Ok(gathered) => known = gathered,
            Err(failure) => {
                terminal::warning(&format!("nobody can be told of the sources: {}", failure.message()));
                all_told = false;
            }
        }
    }
    concerns_all(config, ended, now, &mut known);
    for hook in around.hooks.iter() {
        if around.stop.is_stopped() {
            break;
        }
        all_told &= tell(around, hook, ended, &known, catalog.as_ref(), now).await;
    }
    if let Some(catalog) = catalog {
        catalog.close().await;
    }
    all_told
}

/// The findings that stand, by what the last visit of each source found.
async fn gather(
    config: &Config,
    catalog: &Catalog,
    ended: Ended<'_>,
    now: Timestamp,
) -> Result<Known, Failure> {
    let mut known = Known { told: catalog.told().await?, ..Known::default() };
    let of_sources = health::of_sources(config, catalog, now).await?;
    for source in of_sources {
        let visit = source.last_visit.filter(|_| config.sources.iter().any(|s| s.name == source.name));
        let Some(visit) = visit else { continue };
        let of_source = visit.findings.iter().cloned();
        known.standing.extend(of_source.map(|finding| Standing { source: source.name.clone(), finding }));
        known.sources.push(source.name);
        if matches!(ended, Ended::Run(summary) if summary.run == visit.run) {
            known.visited.push(visit);
        }
    }
    Ok(known)
}

/// Adds what concerns no single source: a run that broke down, or that now did not.
fn concerns_all(config: &Config, ended: Ended<'_>, now: Timestamp, known: &mut Known) {
    let failure = match ended {
        Ended::Idle => return,
        Ended::Run(_) => None,
        Ended::Failed(failure) if failure.is_locked() && !hangs(config, now) => return,
        Ended::Failed(failure) => Some(failure),
    };
    known.sources.push(String::new());
    let Some(failure) = failure else { return };
    let code = failure.word();
    let before = known.told.iter().find(|t| t.source.is_empty() && t.code == code);
    let since = before.map_or(now, |told| told.since);
    let message = failure.message().to_owned();
    let finding = Finding { code: code.to_owned(), subject: String::new(), since, message };
    known.standing.push(Standing { source: String::new(), finding });
}

/// Whether the lock has been held for so long that its holder cannot be at work any more.
fn hangs(config: &Config, now: Timestamp) -> bool {
    let since = config.settings.layout.lock_taken();
    since.is_some_and(|since| now.duration_since(since) > LOCK_LASTS)
}

/// Tells one hook what it has not been told, and remembers that.
async fn tell(
    around: Around<'_>,
    hook: &Hook,
    ended: Ended<'_>,
    known: &Known,
    catalog: Option<&Catalog>,
    now: Timestamp,
) -> bool {
    let (config, channel) = (around.config, hook.channel());
    let told: Vec<Told> = known.told.iter().filter(|t| t.channel == channel).cloned().collect();
    let mut news = news(&known.standing, &told, &known.sources, now, config.notify.remind);
    let every_run = config.notify.on == When::EveryRun && !matches!(ended, Ended::Idle);
    if !every_run {
        news.retain(|n| n.change != Change::Stands);
        if news.is_empty() {
            return true;
        }
    }
    let run = match ended {
        Ended::Run(summary) => Some(summary.run.as_str()),
        _ => None,
    };
    let mut message = Message::new(config, if every_run { "run" } else { "change" }, now)
        .of_run(run)
        .with_news(&news, known.is_well());
    if every_run {
        message = message.with_sources(&known.visited);
    }
    let delivered = tokio::select! {
        delivered = hook.tell(&message) => delivered,
        () = rest_is_over(around.stop) => {
            Err(format!("the {channel} was given up, because the program was asked to stop"))
        }
    };
    around
        .log
        .line("told", json!({"channel": channel, "findings": news.len(), "error": delivered.as_ref().err()}));
    if let Err(why) = delivered {
        terminal::warning(&format!("{why}; what it was to be told is told after the next run"));
        return false;
    }
    remember(catalog, channel, &news, now).await
}

async fn rest_is_over(stop: &Stop) {
    stop.stopped().await;
    tokio::time::sleep(REST).await;
}

async fn remember(catalog: Option<&Catalog>, channel: &str, news: &[News], now: Timestamp) -> bool {
    let row = |news: &News| Told {
        channel: channel.to_owned(),
        source: news.standing.source.clone(),
        code: news.standing.finding.code.clone(),
        subject: news.standing.finding.subject.clone(),
        since: news.standing.finding.since,
        message: news.standing.finding.message.clone(),
        told_at: now,
    };
    let of = |wanted: bool| -> Vec<Told> {
        news.iter().filter(|n| (n.change == Change::Resolved) == wanted).map(row).collect()
    };
    let Some(catalog) = catalog else { return false };
    match catalog.note_told(&of(false), &of(true)).await {
        Ok(()) => true,
        Err(error) => {
            terminal::warning(&format!("what was told cannot be remembered, and may be told twice: {error}"));
            false
        }
    }
}

async fn write_metrics(config: &Config, ended: Ended<'_>, now: Timestamp) -> bool {
    let Some(path) = config.metrics.as_ref().filter(|_| matches!(ended, Ended::Run(_))) else {
        return true;
    };
    let written = async {
        if !config.settings.layout.catalog().is_file() {
            return Ok(());
        }
        let archive = Archive::open(&config.settings.layout).await?;
        let sources = health::of_sources(config, archive.catalog(), now).await?;
        metrics::write(config, &archive, &sources, path).await
    };
    let written: Result<(), Failure> = written.await;
    if let Err(failure) = &written {
        terminal::warning(failure.message());
    }
    written.is_ok()
}
