//! What comes after a run, however it ended: the hooks are told what has changed, what was told is remembered, and the
//! metrics are written. None of it can undo what the run has archived, and none of it keeps waiting whoever asks the
//! program to stop.

mod searches;

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use vidimus_archive::{Archive, CatalogInPlace};
use vidimus_catalog::{Catalog, Finding, SourceRun, Told};
use vidimus_pipeline::{Change, News, RunSummary, Standing, Stop, news, span_text};
use vidimus_snapshot::{Clock as _, SystemClock};

use crate::args::Global;
use crate::config::{Config, Salvage, When};
use crate::exit::Failure;
use crate::hooks::{Hook, Hooks, Memory, Message, Sender};
use crate::log::Log;
use crate::{health, metrics, terminal, timestamps};

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
    /// Whether nothing but errors is to be said.
    pub quiet: bool,
    /// Whether what is said is for programs.
    pub json: bool,
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
    ask_authorities(around).await;
    let now = SystemClock.now();
    let nobody = around.hooks.is_empty() || around.stop.is_stopped();
    let told = nobody || tell_all(around, ended, now).await;
    let told = searches::tell(around, ended, now).await && told;
    let written = write_metrics(around.config, ended, now).await;
    told && written
}

/// Asks for timestamps, before anybody is told how things stand. What waits is asked for again after a later run.
async fn ask_authorities(around: Around<'_>) {
    if around.stop.is_stopped() {
        return;
    }
    tokio::select! {
        () = timestamps::after(around.config, around.quiet) => {}
        () = rest_is_over(around.stop) => {}
    }
}

async fn tell_all(around: Around<'_>, ended: Ended<'_>, now: Timestamp) -> bool {
    let config = around.config;
    let path = config.settings.layout.catalog();
    if !path.is_file() && !matches!(ended, Ended::Failed(_)) {
        return true;
    }
    // With a disk that is full or a catalog that is damaged, at least that is told.
    let _in_place = CatalogInPlace::hold(&config.settings.layout).await.ok();
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
    let mut memory = Memory::of(config.file.as_deref());
    known.told.extend(memory.told());
    concerns_all(config, ended, now, &mut known);
    let occasion = Occasion { around, ended, now, known: &known };
    for hook in around.hooks.iter() {
        if around.stop.is_stopped() {
            break;
        }
        all_told &= tell(&occasion, hook, catalog.as_ref(), &mut memory).await;
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
        // That a run can begin is known even if none is due.
        Ended::Idle if known.told.iter().any(|t| t.source.is_empty() && !is_seen_idle(t)) => return,
        Ended::Idle | Ended::Run(_) => None,
        Ended::Failed(failure) if failure.is_locked() && !hangs(config, now) => return,
        Ended::Failed(failure) => Some(failure),
    };
    known.sources.push(String::new());
    known.standing.extend(unstamped(config, now));
    let Some(failure) = failure else { return };
    let standing = standing_of(failure, &known.told, now);
    known.standing.push(standing);
}

/// Whether it can be known without a run that something told is over: that no run can begin, that timestamps are waited
/// for.
fn is_seen_idle(told: &Told) -> bool {
    matches!(told.code.as_str(), "configuration" | "archive" | UNSTAMPED)
}

/// The code of a finding that checkpoints have been waiting for timestamps for too long.
const UNSTAMPED: &str = "timestamps";

/// That checkpoints have been waiting for too long.
fn unstamped(config: &Config, now: Timestamp) -> Option<Standing> {
    let waiting = timestamps::waiting(config).ok().filter(|waiting| waiting.is_long(now))?;
    let message =
        format!("{} of the configured time authorities; `vidimus log anchor` says why", waiting.text());
    let finding =
        Finding { code: UNSTAMPED.to_owned(), subject: String::new(), since: waiting.since?, message };
    Some(Standing { source: String::new(), finding })
}

/// Whether the lock has been held for so long that its holder cannot be at work any more.
fn hangs(config: &Config, now: Timestamp) -> bool {
    let since = config.settings.layout.lock_taken();
    since.is_some_and(|since| now.duration_since(since) > LOCK_LASTS)
}

/// What there is to tell, and of which run.
struct Occasion<'a> {
    around: Around<'a>,
    ended: Ended<'a>,
    now: Timestamp,
    known: &'a Known,
}

/// Tells one hook what it has not been told, and remembers that.
async fn tell(occasion: &Occasion<'_>, hook: &Hook, catalog: Option<&Catalog>, memory: &mut Memory) -> bool {
    let Occasion { around, ended, now, known } = *occasion;
    let (config, channel) = (around.config, hook.channel());
    let told: Vec<Told> = known.told.iter().filter(|t| t.channel == channel).cloned().collect();
    let mut news = news(&known.standing, &told, &known.sources, now, config.notify.remind);
    let every_run = config.notify.on == When::EveryRun && !matches!(ended, Ended::Idle);
    if !every_run {
        news.retain(|n| n.change != Change::Stands);
        if news.is_empty() || memory.waits(channel, &news, now) {
            return true;
        }
    }
    let run = match ended {
        Ended::Run(summary) => Some(summary.run.as_str()),
        _ => None,
    };
    let mut message = Message::new(&config.into(), if every_run { "run" } else { "change" }, now)
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
    let is_delivered = note_delivery(memory, channel, &news, now, delivered);
    let is_remembered = !is_delivered || remember(catalog, memory, channel, &news, now).await;
    save(memory) && is_delivered && is_remembered
}

async fn rest_is_over(stop: &Stop) {
    stop.stopped().await;
    tokio::time::sleep(REST).await;
}

/// Says why it could not be delivered, and notes for how long that way is left alone.
fn note_delivery(
    memory: &mut Memory,
    channel: &str,
    news: &[News],
    now: Timestamp,
    delivered: Result<(), String>,
) -> bool {
    match delivered {
        Ok(()) => memory.delivered(channel),
        Err(why) => {
            let delay = span_text(memory.failed(channel, news, now));
            terminal::warning(&format!(
                "{why}; what it was to be told is told after a later run, in {delay} at the earliest (`vidimus notify --test` tries at once)"
            ));
            return false;
        }
    }
    true
}

fn save(memory: &Memory) -> bool {
    let saved = memory.save();
    if let Err(why) = &saved {
        terminal::warning(why);
    }
    saved.is_ok()
}

/// Tells that nothing could be begun, because of the configuration or because the archive is not there, to those whom the
/// configuration names as far as it can be read: once, and after every `remind`. Gives the failure back.
pub async fn never_began(global: &Global, failure: Failure) -> Failure {
    let Some(salvage) = failure.keeps_from_running().then(|| Salvage::of(global)).flatten() else {
        return failure;
    };
    let Ok(hooks) = Hooks::of(&salvage.notify, &salvage.extra_roots) else { return failure };
    let now = SystemClock.now();
    let mut memory = Memory::of(Some(&salvage.file));
    let sender = Sender { operator: salvage.operator, archive: salvage.archive };
    for hook in hooks.iter() {
        let channel = hook.channel();
        let told: Vec<Told> = memory.told().into_iter().filter(|t| t.channel == channel).collect();
        let standing = [standing_of(&failure, &told, now)];
        let mut news = news(&standing, &told, &[String::new()], now, salvage.notify.remind);
        // Whether what was told before is over cannot be known while nothing runs.
        news.retain(|n| matches!(n.change, Change::Began | Change::Reminder));
        if news.is_empty() || memory.waits(channel, &news, now) {
            continue;
        }
        let message = Message::new(&sender, "change", now).with_news(&news, false);
        let delivered = hook.tell(&message).await;
        if note_delivery(&mut memory, channel, &news, now, delivered) {
            remember(None, &mut memory, channel, &news, now).await;
        }
        save(&memory);
    }
    failure
}

/// A failure of the whole as a finding.
fn standing_of(failure: &Failure, told: &[Told], now: Timestamp) -> Standing {
    let code = failure.word();
    let since = told.iter().find(|t| t.source.is_empty() && t.code == code).map_or(now, |told| told.since);
    let message = failure.message().to_owned();
    let finding = Finding { code: code.to_owned(), subject: String::new(), since, message };
    Standing { source: String::new(), finding }
}

async fn remember(
    catalog: Option<&Catalog>,
    memory: &mut Memory,
    channel: &str,
    news: &[News],
    now: Timestamp,
) -> bool {
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
    let (told, resolved) = (of(false), of(true));
    memory.forget(&resolved);
    let Some(catalog) = catalog else {
        memory.note(&told);
        return true;
    };
    memory.forget(&told);
    match catalog.note_told(&told, &resolved).await {
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
