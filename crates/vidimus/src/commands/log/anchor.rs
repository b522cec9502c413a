//! `vidimus log anchor`: timestamps for every checkpoint that waits for one, now.

use std::process::ExitCode;

use serde_json::json;

use crate::args::Global;
use crate::config::Config;
use crate::exit::{Failure, INCOMPLETE};
use crate::terminal::{self, GOOD, ODD};
use crate::timestamps::{self, Asked, Who};

/// Asks every authority, and tells what came of it.
pub async fn run(global: &Global) -> Result<ExitCode, Failure> {
    let config = Config::load(global)?;
    if config.authorities.is_empty() {
        return Err(Failure::absent(
            "no time authority is configured: add a [[timestamp]] to the configuration (docs/operations.md, \"Timestamps\")",
        ));
    }
    config.archive_is_there()?;
    let asked = timestamps::ask(&config, Who::Person).await?;
    if asked.is_empty() {
        return Err(Failure::absent("the log is not signed: make a key with `vidimus key new`"));
    }
    for one in &asked {
        tell(global, one)?;
    }
    let complete = asked.iter().all(|one| one.left == 0);
    Ok(if complete { ExitCode::SUCCESS } else { ExitCode::from(INCOMPLETE) })
}

fn tell(global: &Global, asked: &Asked) -> std::io::Result<()> {
    let Asked { authority, kept, left, why } = asked;
    if global.json {
        let line = json!({"authority": authority, "kept": kept, "waiting": left, "error": why});
        return terminal::line(&line.to_string());
    }
    if let Some(why) = why {
        terminal::error(&format!("{authority}: {why}"));
    }
    if global.quiet {
        return Ok(());
    }
    let style = if *left == 0 { GOOD } else { ODD };
    terminal::line(&format!("{style}{authority}{style:#}: {kept} timestamps got, {left} checkpoints wait"))
}
