//! `vidimus daemon`: stays, and keeps the schedules of the configuration, which SIGHUP makes it read again.

use std::process::ExitCode;
use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};
use vidimus_pipeline::{Pipeline, Source, Stop, crawl};

use super::{holder, pipeline, stop_on_signal};
use crate::aftermath::{Around, Ended, after, never_began};
use crate::args::Global;
use crate::config::Config;
use crate::exit::Failure;
use crate::hooks::Hooks;
use crate::log::Log;
use crate::progress::{Told, listener, summary_line};
use crate::terminal;

/// How often the schedules are looked at. Crontab lines have no seconds, so nothing is missed.
const LOOK_EVERY: Duration = Duration::from_secs(10);

/// Visits sources when they are due, until it is asked to stop. A failed source or a run that another process holds up
/// is told and tried again; a disk that refuses ends the daemon, so that its supervisor hears of it.
pub async fn run(global: &Global) -> Result<ExitCode, Failure> {
    let mut plan = match Plan::load(global) {
        Ok(plan) => plan,
        Err(failure) => return Err(never_began(global, failure).await),
    };
    let stop = Stop::default();
    let mut hangup = signal(SignalKind::hangup())
        .map_err(|e| Failure::system(format!("cannot listen for SIGHUP: {e}")))?;
    stop_on_signal(&stop);
    plan.announce(global, "keeping the schedules of");
    while !stop.is_stopped() {
        if let Err(failure) = plan.config.archive_is_there() {
            return Err(never_began(global, failure).await);
        }
        let due = super::crawl::due(&plan.config, &plan.sources).await?;
        if due.is_empty() {
            let asked = tokio::select! {
                () = stop.sleep(LOOK_EVERY) => false,
                _ = hangup.recv() => true,
            };
            plan.read_again(global, asked);
            continue;
        }
        visit(global, &plan, &due, &stop).await?;
        // A SIGHUP during the visit is obeyed now: a run keeps the configuration that its manifests name.
        plan.read_again(global, was_sent(&mut hangup).await);
    }
    Ok(ExitCode::SUCCESS)
}

async fn visit(global: &Global, plan: &Plan, due: &[Source], stop: &Stop) -> Result<(), Failure> {
    let settings = plan.config.settings.clone();
    let listener = plan.log.before(listener(Told::of(global)));
    let pipeline = Pipeline { stop: stop.clone(), ..pipeline(settings, listener) };
    let ended = crawl(&pipeline, due, &holder("daemon")).await.map_err(Failure::from);
    // What could not be told is told after the next run.
    let how = ended.as_ref().map_or_else(Ended::Failed, Ended::Run);
    let (quiet, json) = (global.quiet, global.json);
    after(Around { config: &plan.config, hooks: &plan.hooks, log: &plan.log, stop, quiet, json }, how).await;
    match ended {
        Ok(summary) if global.quiet => drop(summary),
        Ok(summary) => terminal::remark(&summary_line(&summary)),
        Err(failure) if failure.is_locked() => {
            crate::exit::report(&failure);
            stop.sleep(LOOK_EVERY * 6).await;
        }
        Err(failure) => return Err(failure),
    }
    Ok(())
}

/// Whether the signal came since it was last asked about; waits for nothing.
async fn was_sent(signal: &mut Signal) -> bool {
    tokio::select! {
        biased;
        sent = signal.recv() => sent.is_some(),
        () = std::future::ready(()) => false,
    }
}

/// The configuration in force, the sources that it names, and who hears of them.
struct Plan {
    config: Config,
    sources: Vec<Source>,
    hooks: Hooks,
    log: Log,
}

impl Plan {
    fn load(global: &Global) -> Result<Self, Failure> {
        let config = Config::load(global)?;
        let sources = config.chosen(&[])?;
        if sources.iter().all(|s| s.schedule.is_none()) {
            return Err(Failure::config(
                "no source has a schedule: add `schedule = \"15 */4 * * *\"` to those that the daemon should visit",
            ));
        }
        config.archive_is_there()?;
        let (hooks, log) = (Hooks::new(&config)?, Log::new(config.log.as_deref()));
        Ok(Self { config, sources, hooks, log })
    }

    /// Reads the configuration again if `asked`; one that is wrong is told, and the old one stays in force.
    fn read_again(&mut self, global: &Global, asked: bool) {
        if !asked {
            return;
        }
        match Self::load(global) {
            Ok(plan) => {
                *self = plan;
                self.announce(global, "read the configuration again; now keeping the schedules of");
            }
            Err(failure) => {
                crate::exit::report(&failure);
                terminal::remark("the configuration as it was stays in force until the next SIGHUP");
            }
        }
    }

    fn announce(&self, global: &Global, what: &str) {
        if !global.quiet {
            let scheduled = self.sources.iter().filter(|s| s.schedule.is_some()).map(|s| s.name.as_str());
            terminal::remark(&format!("{what}: {}", scheduled.collect::<Vec<_>>().join(", ")));
        }
    }
}
