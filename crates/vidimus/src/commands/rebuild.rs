//! `vidimus rebuild`: catalog and search index anew, from the WARC files alone.

use std::process::ExitCode;

use vidimus_archive::{Archive, Writer};
use vidimus_pipeline::rebuild_index;

use super::{verify::file_bar, writer_options};
use crate::args::Global;
use crate::config::Config;
use crate::exit::{Failure, NOT_WELL};
use crate::progress::{Told, listener};
use crate::terminal;

/// Rebuilds; damage met on the way is told, and everything that is whole is there afterwards.
pub async fn run(global: &Global) -> Result<ExitCode, Failure> {
    let config = Config::load(global)?;
    let layout = &config.settings.layout;
    let bar = (terminal::is_watched() && !global.quiet).then(file_bar);
    let options = writer_options(&config.settings, "rebuild");
    let (writer, rebuilt) = Writer::rebuild_catalog(layout, options, |name, done, total| {
        if let Some(bar) = &bar {
            bar.set_length(total as u64);
            bar.set_position(done as u64);
            bar.set_message(name.to_owned());
        }
    })
    .await?;
    for damage in &rebuilt.damage {
        terminal::warning(damage);
    }
    for name in &rebuilt.unknown {
        terminal::warning(&format!(
            "{name}: the catalog did not know this file; it is taken in, and trusted from now on"
        ));
    }
    let archive = Archive::with_catalog(layout, writer.catalog());
    let indexed = rebuild_index(&archive, &listener(Told::of(global)), |done, total| {
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
    writer.close().await?;
    if !global.quiet {
        let text = format!(
            "rebuilt from {} files: {} captures, {} tries without an exchange, {indexed} texts indexed",
            rebuilt.files, rebuilt.captures, rebuilt.tries
        );
        terminal::remark(&text);
    }
    Ok(if rebuilt.damage.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(NOT_WELL) })
}
