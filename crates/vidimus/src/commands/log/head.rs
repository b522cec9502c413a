//! What others get of the log: its newest signed head, the proof of a capture, and all of it as plain files.

use std::path::Path;
use std::process::ExitCode;

use serde_json::json;
use vidimus_archive::ArchiveError;
use vidimus_disk::RealDisk;
use vidimus_ledger::{Checkpoint, LogReader, VerifierKey, publish};
use vidimus_snapshot::{Clock as _, SystemClock};

use crate::args::{Global, LogCheckpoint, LogProof, LogPublish};
use crate::commands::{archive, find};
use crate::config::Config;
use crate::exit::{Failure, NOT_WELL};
use crate::hooks::{Hooks, Message, Sender};
use crate::terminal;

/// Prints the newest signed head, or sends it to whoever `[notify]` names.
pub async fn checkpoint(global: &Global, options: &LogCheckpoint) -> Result<ExitCode, Failure> {
    let config = Config::load(global)?;
    let log = open(&config)?;
    let checkpoint = signed(&log)?;
    if options.send {
        return send(&config, &log, &checkpoint).await;
    }
    if global.json {
        let head = checkpoint.head();
        let keys = log.keys().map_err(ArchiveError::from)?;
        let line = json!({
            "origin": head.origin,
            "size": head.size,
            "root": head.root,
            "key_fingerprint": keys.last().map(VerifierKey::fingerprint),
            "checkpoint": String::from_utf8_lossy(checkpoint.as_bytes()),
        });
        terminal::line(&line.to_string())?;
    } else {
        terminal::bytes(checkpoint.as_bytes())?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Who keeps heads gets the newest one.
async fn send(config: &Config, log: &LogReader, checkpoint: &Checkpoint) -> Result<ExitCode, Failure> {
    let hooks = Hooks::new(config)?;
    if hooks.is_empty() {
        return Err(Failure::config(
            "nobody is named under [notify] whom it could be sent to: add a webhook or a command",
        ));
    }
    let head = checkpoint.head();
    let text = format!("the log {} has {} leaves; keep this checkpoint", head.origin, head.size);
    let sender = Sender::from(config);
    let keys = log.keys().map_err(ArchiveError::from)?;
    let message = Message::new(&sender, "checkpoint", SystemClock.now())
        .with_text(&text, true)
        .with_checkpoint(checkpoint, keys.last());
    let mut all_told = true;
    for hook in hooks.iter() {
        if let Err(why) = hook.tell(&message).await {
            terminal::warning(&format!("the {} did not take the checkpoint: {why}", hook.channel()));
            all_told = false;
        }
    }
    Ok(if all_told { ExitCode::SUCCESS } else { ExitCode::from(NOT_WELL) })
}

/// Prints the proof that a capture is in the log, or the leaf that it proves.
pub async fn proof(global: &Global, options: &LogProof) -> Result<ExitCode, Failure> {
    let config = Config::load(global)?;
    let archive = archive(&config.settings.layout).await?;
    let capture = find(&archive, &options.id).await?;
    let id = capture.snapshot.ok_or_else(|| Failure::absent("a try that brought no answer has no leaf"))?;
    for leaf in archive.catalog().leaves_of(id.digest()).await? {
        let Some(folder) = archive.layout().log_folder(leaf.log)? else { continue };
        let Some(log) = LogReader::open(&folder).map_err(ArchiveError::from)? else { continue };
        if options.leaf {
            terminal::bytes(&log.leaf(leaf.index).map_err(ArchiveError::from)?)?;
            return Ok(ExitCode::SUCCESS);
        }
        let checkpoint = log.checkpoint().map_err(ArchiveError::from)?;
        if let Some(checkpoint) = checkpoint.filter(|checkpoint| checkpoint.head().size > leaf.index) {
            let proof = log.proof(leaf.index, checkpoint).map_err(ArchiveError::from)?;
            terminal::bytes(&proof.to_bytes())?;
            return Ok(ExitCode::SUCCESS);
        }
    }
    Err(Failure::absent(format!(
        "no signed head of the log covers {} yet; the next crawl or capture signs one, if there is a key (`vidimus key new`)",
        id.short()
    )))
}

/// Copies what a web server may show to everybody.
pub fn publish_files(global: &Global, options: &LogPublish) -> Result<ExitCode, Failure> {
    let config = Config::load(global)?;
    let log = open(&config)?;
    let checkpoint = signed(&log)?;
    outside(&config, &options.dir)?;
    let copied = publish(&log, &checkpoint, &RealDisk, &options.dir).map_err(ArchiveError::from)?.len();
    if global.json {
        let head = checkpoint.head();
        let line = json!({"origin": head.origin, "size": head.size, "copied": copied});
        terminal::line(&line.to_string())?;
    } else if !global.quiet {
        terminal::remark(&format!(
            "{copied} files copied to {}: the log {} up to its signed head of {} leaves",
            options.dir.display(),
            checkpoint.head().origin,
            checkpoint.head().size
        ));
    }
    Ok(ExitCode::SUCCESS)
}

fn outside(config: &Config, folder: &Path) -> Result<(), Failure> {
    if config.settings.layout.holds(folder) {
        return Err(Failure::usage(format!(
            "{} is in the archive: name a folder outside it",
            folder.display()
        )));
    }
    Ok(())
}

fn open(config: &Config) -> Result<LogReader, Failure> {
    let log = LogReader::open(&config.settings.layout.log()).map_err(ArchiveError::from)?;
    log.ok_or_else(|| Failure::absent("this archive has no log yet: the first crawl or capture begins one"))
}

fn signed(log: &LogReader) -> Result<Checkpoint, Failure> {
    let checkpoint = log.checkpoint().map_err(ArchiveError::from)?;
    checkpoint.ok_or_else(|| Failure::absent("the log is not signed: make a key with `vidimus key new`"))
}
