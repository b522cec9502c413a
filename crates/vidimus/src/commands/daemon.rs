//! `vidimus daemon`: stays, and keeps the schedules of the configuration.

use std::process::ExitCode;
use std::time::Duration;

use vidimus_pipeline::crawl;

use super::{holder, pipeline, stop_on_signal};
use crate::aftermath::{Ended, after};
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
    let config = Config::load(global)?;
    let sources = config.chosen(&[])?;
    if sources.iter().all(|s| s.schedule.is_none()) {
        return Err(Failure::config(
            "no source has a schedule: add `schedule = \"15 */4 * * *\"` to those that the daemon should visit",
        ));
    }
    let hooks = Hooks::new(&config)?;
    let log = Log::new(config.log.as_deref());
    let pipeline = pipeline(config.settings.clone(), log.before(listener(Told::of(global))));
    stop_on_signal(&pipeline.stop);
    if !global.quiet {
        terminal::remark(&format!(
            "keeping the schedules of: {}",
            sources.iter().map(|s| s.name.as_str()).collect::<Vec<_>>().join(", ")
        ));
    }
    while !pipeline.stop.is_stopped() {
        let due = super::crawl::due(&config, &sources).await?;
        if due.is_empty() {
            pipeline.stop.sleep(LOOK_EVERY).await;
            continue;
        }
        let ended = crawl(&pipeline, &due, &holder("daemon")).await.map_err(Failure::from);
        // What could not be told is told after the next run.
        after(&config, &hooks, &log, ended.as_ref().map_or_else(Ended::Failed, Ended::Run)).await;
        match ended {
            Ok(summary) if global.quiet => drop(summary),
            Ok(summary) => terminal::remark(&summary_line(&summary)),
            Err(failure) if failure.is_locked() => {
                crate::exit::report(&failure);
                pipeline.stop.sleep(LOOK_EVERY * 6).await;
            }
            Err(failure) => return Err(failure),
        }
    }
    Ok(ExitCode::SUCCESS)
}
