//! `vidimus backup`: a copy of the archive elsewhere, consistent while a crawl goes on.

use std::process::ExitCode;

use indicatif::HumanBytes;
use vidimus_archive::{BackedUp, backup};

use super::holder;
use crate::args::{Backup, Global};
use crate::config::Config;
use crate::exit::{Failure, NOT_WELL};
use crate::progress::byte_bar;
use crate::terminal;

/// Copies, and tells what could not be copied.
pub async fn run(global: &Global, options: &Backup) -> Result<ExitCode, Failure> {
    let config = Config::load(global)?;
    let bar = (terminal::is_watched() && !global.quiet).then(byte_bar);
    let done = backup(&config.settings.layout, &options.dest, &holder("backup"), |at| {
        if let Some(bar) = &bar {
            bar.set_length(at.total);
            bar.set_position(at.done);
            bar.set_message(at.file.to_owned());
        }
    })
    .await?;
    if let Some(bar) = bar {
        bar.finish_and_clear();
    }
    tell(global, options, &done)?;
    let is_well = done.problems.is_empty() && done.unknown.is_empty();
    Ok(if is_well { ExitCode::SUCCESS } else { ExitCode::from(NOT_WELL) })
}

fn tell(global: &Global, options: &Backup, done: &BackedUp) -> Result<(), Failure> {
    for problem in &done.problems {
        terminal::warning(problem);
    }
    for name in &done.unknown {
        terminal::warning(&format!(
            "{name}: the catalog does not know this file, and it is not in the backup; `vidimus rebuild` takes it in"
        ));
    }
    if global.json {
        let line = serde_json::json!({
            "destination": options.dest,
            "captures": done.captures,
            "files": done.files,
            "copied": done.copied,
            "bytes": done.bytes,
            "problems": done.problems,
            "unknown": done.unknown,
        });
        terminal::line(&line.to_string())?;
    } else if !global.quiet {
        terminal::remark(&format!(
            "{} captures in {} files are in the backup; {} of the files were copied now ({})",
            done.captures,
            done.files,
            done.copied,
            HumanBytes(done.bytes)
        ));
    }
    Ok(())
}
