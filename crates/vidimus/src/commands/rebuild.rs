//! `vidimus rebuild`: catalog and search index anew, from the WARC files alone; with `--text` the texts, with the
//! extractor of today.

use std::process::ExitCode;

use indicatif::ProgressBar;
use vidimus_archive::{Archive, Writer};
use vidimus_extract::EXTRACTOR;
use vidimus_pipeline::{Event, Pipeline, Reread, rebuild_index, reread};
use vidimus_snapshot::SnapshotId;

use super::{holder, pipeline, stop_on_signal, verify::file_bar};
use crate::args::{Global, Rebuild};
use crate::config::Config;
use crate::exit::{Failure, NOT_WELL};
use crate::progress::{Told, byte_bar, listener};
use crate::terminal;

/// Rebuilds; damage met on the way is told, and everything that is whole is there afterwards.
pub async fn run(global: &Global, options: &Rebuild) -> Result<ExitCode, Failure> {
    let config = Config::load(global)?;
    let pipeline = pipeline(config.settings, listener(Told::of(global)));
    if options.text {
        texts(global, pipeline).await
    } else if options.index {
        index_alone(global, &pipeline).await
    } else {
        derived(global, &pipeline).await
    }
}

/// Makes the index anew, with a progress bar where somebody looks on.
async fn fill_index(global: &Global, archive: &Archive) -> Result<usize, Failure> {
    let bar = (terminal::is_watched() && !global.quiet).then(file_bar);
    let indexed = rebuild_index(archive, &listener(Told::of(global)), |done, total| {
        if let Some(bar) = &bar {
            bar.set_length(total as u64);
            bar.set_position(done as u64);
            bar.set_message("indexing");
        }
    })
    .await?;
    if let Some(bar) = bar {
        bar.finish_and_clear();
    }
    Ok(indexed)
}

/// The index alone; the catalog is taken at its word.
async fn index_alone(global: &Global, pipeline: &Pipeline) -> Result<ExitCode, Failure> {
    let (layout, options) = (&pipeline.settings.layout, pipeline.writer_options(&holder("rebuild --index")));
    let writer = Writer::open(layout, options).await?;
    let archive = Archive::with_catalog(layout, writer.catalog());
    let indexed = fill_index(global, &archive).await?;
    pipeline.close(writer).await?;
    if global.json {
        terminal::line(&serde_json::json!({"indexed": indexed}).to_string())?;
    } else if !global.quiet {
        terminal::remark(&format!("the search index was made anew: {indexed} texts"));
    }
    Ok(ExitCode::SUCCESS)
}

async fn derived(global: &Global, pipeline: &Pipeline) -> Result<ExitCode, Failure> {
    let layout = &pipeline.settings.layout;
    let watched = terminal::is_watched() && !global.quiet;
    let bar = watched.then(byte_bar);
    let options = pipeline.writer_options(&holder("rebuild"));
    let (writer, rebuilt) = Writer::rebuild_catalog(layout, options, |at| {
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
    if !writer.recovery().is_empty() {
        pipeline.listener.tell(Event::Recovered(writer.recovery().clone()));
    }
    for damage in &rebuilt.damage {
        terminal::warning(damage);
    }
    for id in &rebuilt.taken_down {
        terminal::warning(&format!(
            "{} was found, and is removed: the log says that it was taken down",
            id.short()
        ));
    }
    for name in &rebuilt.unknown {
        terminal::warning(&format!(
            "{name}: the catalog did not know this file; it is taken in, and trusted from now on"
        ));
    }
    let archive = Archive::with_catalog(layout, writer.catalog());
    let indexed = fill_index(global, &archive).await?;
    pipeline.close(writer).await?;
    if global.json {
        let line = serde_json::json!({
            "files": rebuilt.files,
            "resumed": rebuilt.resumed,
            "captures": rebuilt.captures,
            "tries": rebuilt.tries,
            "indexed": indexed,
            "damage": rebuilt.damage,
            "unknown": rebuilt.unknown,
            "taken_down": rebuilt.taken_down.iter().map(SnapshotId::hex).collect::<Vec<_>>(),
        });
        terminal::line(&line.to_string())?;
    } else if !global.quiet {
        let resumed = match rebuilt.resumed {
            0 => String::new(),
            files => format!(" ({files} of them read before the interruption)"),
        };
        let text = format!(
            "rebuilt from {} files{resumed}: {} captures, {} tries without an exchange, {indexed} texts indexed",
            rebuilt.files, rebuilt.captures, rebuilt.tries
        );
        terminal::remark(&text);
    }
    Ok(if rebuilt.damage.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(NOT_WELL) })
}

/// Reads every page again, and searches the new texts. What was made before an interruption is kept: the next time goes
/// on from there.
async fn texts(global: &Global, pipeline: Pipeline) -> Result<ExitCode, Failure> {
    let options = pipeline.writer_options(&holder("rebuild --text"));
    stop_on_signal(&pipeline.stop);
    let bar = (terminal::is_watched() && !global.quiet).then(file_bar);
    let show = |done: usize, total: usize, what: &'static str| {
        if let Some(bar) = &bar {
            bar.set_length(total as u64);
            bar.set_position(done as u64);
            bar.set_message(what);
        }
    };
    let mut writer = Writer::open(&pipeline.settings.layout, options).await?;
    let done = reread(&pipeline, &mut writer, |done, total| show(done, total, "reading again")).await?;
    let indexed = index(&pipeline, &writer, &done, |done, total| show(done, total, "indexing")).await?;
    if let Some(bar) = &bar {
        ProgressBar::finish_and_clear(bar);
    }
    pipeline.close(writer).await?;
    tell(global, &done, indexed)?;
    Ok(if done.failed == 0 { ExitCode::SUCCESS } else { ExitCode::from(NOT_WELL) })
}

/// Makes the index anew where texts are new: a text may now be the same as that of an earlier capture, or no longer be.
async fn index(
    pipeline: &Pipeline,
    writer: &Writer,
    done: &Reread,
    progress: impl FnMut(usize, usize),
) -> Result<Option<usize>, Failure> {
    let is_complete = writer.catalog().unindexed().await?.is_empty();
    if done.interrupted || (done.made == 0 && is_complete) {
        return Ok(None);
    }
    let archive = Archive::with_catalog(&pipeline.settings.layout, writer.catalog());
    Ok(Some(rebuild_index(&archive, &pipeline.listener, progress).await?))
}

fn tell(global: &Global, done: &Reread, indexed: Option<usize>) -> Result<(), Failure> {
    if global.json {
        let line = serde_json::json!({
            "extractor": EXTRACTOR,
            "made": done.made,
            "current": done.current,
            "without_text": done.without_text,
            "failed": done.failed,
            "interrupted": done.interrupted,
            "indexed": indexed,
        });
        terminal::line(&line.to_string())?;
    } else if !global.quiet {
        let mut text = format!(
            "{EXTRACTOR}: {} texts made anew, {} were current, {} captures have none",
            done.made, done.current, done.without_text
        );
        if done.failed > 0 {
            text.push_str(&format!(", {} could not be read", done.failed));
        }
        if done.interrupted {
            text.push_str("; stopped as asked: the next `vidimus rebuild --text` goes on from here");
        } else if let Some(indexed) = indexed {
            text.push_str(&format!("; {indexed} texts indexed"));
        }
        terminal::remark(&text);
    }
    Ok(())
}
