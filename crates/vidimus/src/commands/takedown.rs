//! `vidimus takedown`: one capture, removed for good.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;

use vidimus_archive::{Archive, Takedown as Why, Writer};
use vidimus_catalog::{Capture, time_text};
use vidimus_pipeline::{Pipeline, Source, out_of_index, take_down};
use vidimus_snapshot::{Digest, SnapshotId};

use super::{archive, find, holder, pipeline, removal};
use crate::args::{Global, Takedown};
use crate::config::Config;
use crate::exit::Failure;
use crate::progress::{Told, listener};
use crate::{present, terminal};

/// A reason is a line, and no report.
const LONGEST_REASON: usize = 500;

/// Removes a capture, or says what would be removed.
pub async fn run(global: &Global, options: &Takedown) -> Result<ExitCode, Failure> {
    let config = Config::load(global)?;
    let why = why(options)?;
    if options.id.contains("://") {
        let what =
            "name the capture and not its address, which may have others: `vidimus list` tells the names";
        return Err(Failure::usage(what));
    }
    let held = archive(&config.settings.layout).await?;
    if let Some(removed) = removal(&held, &options.id).await? {
        return finish(global, config, removed.snapshot).await;
    }
    let capture = find(&held, &options.id).await?;
    let Some(id) = capture.snapshot else { return Err(Failure::absent("nothing of it is held")) };
    let mut going = repeats(&held, &capture, options).await?;
    going.push(capture);
    wanted_again(&config, &going, options)?;
    let ids: Vec<SnapshotId> = going.iter().filter_map(|capture| capture.snapshot).collect();
    let files = held.would_rewrite(&ids).await?;
    if options.dry_run {
        return tell_plan(global, &going, &files);
    }
    if !options.yes {
        return Err(Failure::usage(
            "this cannot be undone: see with --dry-run what would go, then say --yes",
        ));
    }
    held.catalog().close().await;
    let (pipeline, mut writer) = open(global, config).await?;
    // An interrupted takedown of it may have been finished just now.
    if writer.catalog().removal_of(id).await?.is_some() {
        out_of_index(&pipeline, &writer).await?;
    } else {
        take_down(&pipeline, &mut writer, &ids, &why).await?;
    }
    tell_removed(global, &writer, &ids).await?;
    pipeline.close(writer).await?;
    Ok(ExitCode::SUCCESS)
}

async fn open(global: &Global, config: Config) -> Result<(Pipeline, Writer), Failure> {
    let pipeline = pipeline(config.settings, listener(Told::of(global)));
    let options = pipeline.writer_options(&holder("takedown"));
    let writer = Writer::open(&pipeline.settings.layout, options).await?;
    writer.recovery().damage.iter().for_each(|damage| terminal::warning(damage));
    Ok((pipeline, writer))
}

/// What was taken down before: whatever of that is not finished is finished by whoever opens the archive to write.
async fn finish(global: &Global, config: Config, id: SnapshotId) -> Result<ExitCode, Failure> {
    let (pipeline, writer) = open(global, config).await?;
    out_of_index(&pipeline, &writer).await?;
    tell_removed(global, &writer, &[id]).await?;
    pipeline.close(writer).await?;
    Ok(ExitCode::SUCCESS)
}

fn why(options: &Takedown) -> Result<Why, Failure> {
    for (name, text) in [("--reason", &options.reason), ("--by", &options.by)] {
        let is_fit = !text.trim().is_empty()
            && text.chars().count() <= LONGEST_REASON
            && !text.chars().any(char::is_control);
        if !is_fit {
            return Err(Failure::usage(format!("{name} takes a line of 1 to {LONGEST_REASON} characters")));
        }
        if text.contains("://") {
            return Err(Failure::usage(format!(
                "{name} must not hold an address: the log keeps it for good"
            )));
        }
    }
    Ok(Why {
        reason: options.reason.trim().to_owned(),
        by: options.by.trim().to_owned(),
        authority_ref_sha256: options.order.as_deref().map(digest_of).transpose()?,
    })
}

fn digest_of(path: &Path) -> Result<Digest, Failure> {
    let bytes = std::fs::read(path).map_err(|e| Failure::io(format!("reading {}: {e}", path.display())))?;
    Ok(Digest::of(&bytes))
}

/// The captures that repeat the payload, which have to go as well.
async fn repeats(archive: &Archive, capture: &Capture, options: &Takedown) -> Result<Vec<Capture>, Failure> {
    let repeats = archive.repeats_of(capture).await?;
    if repeats.is_empty() || options.with_repeats {
        return Ok(repeats);
    }
    let line = |capture: &Capture| {
        let id = capture.snapshot.map_or_else(String::new, |id| id.short());
        format!("\n  {id} {} {}", time_text(capture.started_at), terminal::printable(&capture.url))
    };
    let lines: String = repeats.iter().map(line).collect();
    let count = repeats.len();
    Err(Failure::usage(format!(
        "what repeats its payload would be worth nothing without it; --with-repeats removes these {count} too:{lines}"
    )))
}

/// A page that a source wants comes back with the next crawl. Nothing that is kept here could tell it from others without
/// telling everybody its address: whoever keeps the list of sources leaves it out there.
fn wanted_again(config: &Config, going: &[Capture], options: &Takedown) -> Result<(), Failure> {
    if options.may_return {
        return Ok(());
    }
    let urls = going.iter().flat_map(|capture| [&capture.url, &capture.final_url]);
    for url in urls.filter_map(|url| url::Url::parse(url).ok()) {
        let wants = |source: &&Source| source.wants(&url) || source.seeds().any(|seed| *seed == url);
        if let Some(source) = config.sources.iter().find(wants) {
            return Err(Failure::usage(format!(
                "the source '{}' wants {url}, so that the next crawl would capture it again: leave it out there first \
                 (`exclude = [...]`, or take it out of `pages`), or say --may-return",
                source.name
            )));
        }
    }
    Ok(())
}

fn tell_plan(global: &Global, going: &[Capture], files: &BTreeMap<String, u64>) -> Result<ExitCode, Failure> {
    if global.json {
        let captures: Vec<_> = going.iter().map(present::json).collect();
        let files: Vec<_> =
            files.iter().map(|(file, bytes)| serde_json::json!({"file": file, "bytes": bytes})).collect();
        let line = serde_json::json!({"dry_run": true, "captures": captures, "files": files});
        terminal::line(&line.to_string())?;
        return Ok(ExitCode::SUCCESS);
    }
    present::captures(going, false)?;
    for (file, bytes) in files {
        terminal::line(&format!("{bytes} bytes of {file}"))?;
    }
    terminal::remark("nothing was removed: it was only asked what would be");
    Ok(ExitCode::SUCCESS)
}

async fn tell_removed(global: &Global, writer: &Writer, ids: &[SnapshotId]) -> Result<(), Failure> {
    for id in ids {
        let Some(removed) = writer.catalog().removal_of(*id).await? else { continue };
        if global.json {
            terminal::line(&present::removal_json(&removed).to_string())?;
        } else if !global.quiet {
            terminal::line(&present::removal(&removed))?;
        }
    }
    Ok(())
}
