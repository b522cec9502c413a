//! `vidimus import FILE…`: what other people captured.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};
use vidimus_archive::{ReportedImport, foreign_files};
use vidimus_pipeline::{ImportOptions, ImportProgress, ImportSummary, ImportedFile, dry_run, import};

use super::{holder, pipeline, stop_on_signal};
use crate::args::{Global, Import};
use crate::config::Config;
use crate::exit::{Failure, NOT_WELL};
use crate::log::Log;
use crate::present;
use crate::progress::{Told, listener};
use crate::terminal::{self, FAINT, GOOD, ODD, fit, harmless};

/// How many defects of a file are told to a person; `--json` and the report of the run have more.
const DEFECTS: usize = 10;

/// Imports, and tells what came of each file.
pub async fn run(global: &Global, options: &Import) -> Result<ExitCode, Failure> {
    let config = Config::load(global)?;
    let files = foreign_files(&options.files)?;
    if files.is_empty() {
        return Err(Failure::absent("there is no WARC, ARC or WACZ file in what was named"));
    }
    let layout = &config.settings.layout;
    if let Some(own) = files.iter().find(|file| layout.exists() && layout.holds(file)) {
        let own = own.display();
        return Err(Failure::usage(format!("{own} is the archive's own: `vidimus rebuild` reads it again")));
    }
    if !layout.exists() && !options.dry_run && !global.quiet {
        terminal::remark(&format!("a new archive is begun at {}", layout.root().display()));
    }
    let log = Log::new(config.log.as_deref());
    let pipeline = pipeline(config.settings, log.before(listener(Told::of(global))));
    stop_on_signal(&pipeline.stop);
    let bar = (terminal::is_watched() && !global.quiet).then(byte_bar);
    let wanted = ImportOptions { source: options.source.clone(), pages_only: options.pages_only };
    let done = match options.dry_run {
        true => dry_run(&pipeline, &files, &wanted, progress(bar.clone())).await,
        false => import(&pipeline, &files, &wanted, &holder("import"), progress(bar.clone())).await,
    };
    if let Some(bar) = bar {
        bar.finish_and_clear();
    }
    let done = done?;
    for file in &done.files {
        tell(global, options.dry_run, file)?;
    }
    if done.interrupted && !global.quiet {
        terminal::remark("stopped as asked; the same command goes on from here");
    }
    Ok(if is_well(&done) { ExitCode::SUCCESS } else { ExitCode::from(NOT_WELL) })
}

fn is_well(done: &ImportSummary) -> bool {
    !done.interrupted && done.files.iter().all(|file| file.result.as_ref().is_ok_and(ReportedImport::is_well))
}

fn byte_bar() -> ProgressBar {
    let bar = ProgressBar::new(0);
    let template = "{spinner} {bar:24.cyan/dim} {bytes}/{total_bytes} {elapsed:>3} {wide_msg:.dim}";
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style.progress_chars("━━─"));
    }
    bar
}

fn progress(bar: Option<ProgressBar>) -> ImportProgress {
    Arc::new(move |path: &Path, done, of| {
        if let Some(bar) = &bar {
            bar.set_length(of);
            bar.set_position(done);
            bar.set_message(fit(&path.display().to_string(), 60));
        }
    })
}

fn tell(global: &Global, dry: bool, file: &ImportedFile) -> Result<(), Failure> {
    if global.json {
        terminal::line(&as_json(dry, file).to_string())?;
        return Ok(());
    }
    let path = file.path.display();
    match &file.result {
        Err(why) => terminal::error(&format!("{path}: {why}")),
        Ok(report) => {
            if !global.quiet {
                terminal::line(&summary(&path.to_string(), dry, report, file.repeats.len()))?;
            }
            for defect in report.defects.iter().take(DEFECTS) {
                let entry = defect.entry.as_ref().map_or_else(String::new, |entry| format!(", {entry}"));
                let text = format!("{path}{entry}, offset {}: left out: {}", defect.offset, defect.what);
                terminal::warning(&harmless(&text));
            }
            let count: u64 = report.left_out.values().sum();
            if count > DEFECTS as u64 {
                terminal::warning(&format!(
                    "{path}: {count} records or gaps were left out, of which {DEFECTS} are told; `--json` tells of more"
                ));
            }
        }
    }
    Ok(())
}

fn as_json(dry: bool, file: &ImportedFile) -> Value {
    let mut line = match &file.result {
        Ok(report) => serde_json::to_value(report).unwrap_or_default(),
        Err(_) => json!({}),
    };
    line["path"] = json!(file.path.display().to_string());
    line["dry_run"] = json!(dry);
    line["error"] = json!(file.result.as_ref().err());
    line["repeats"] = file.repeats.iter().map(present::repeat).collect();
    line
}

fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// One line for what was taken in, and one for what was not.
fn summary(path: &str, dry: bool, report: &ReportedImport, repeats: usize) -> String {
    let pages = report.pages;
    let parts = report.captures.saturating_sub(pages);
    let verb = if dry { "holds" } else { "imported" };
    let mut facts = vec![format!(
        "{verb} {} and {}",
        counted(pages, "page", "pages"),
        counted(parts, "part of a page", "parts of pages")
    )];
    let mut add = |count: u64, what: &str| {
        if count > 0 {
            facts.push(format!("{count} {what}"));
        }
    };
    add(report.held_before, "captures were imported before");
    add(report.revisits, "of them repeat another");
    add(report.unresolved, "repeat what this archive does not have");
    add(report.parts_left, "parts left in the file");
    if repeats > 0 {
        let says = counted(repeats as u64, "new page repeats", "new pages repeat");
        facts.push(format!("{says} earlier ones"));
    }
    let style = if report.is_well() { GOOD } else { ODD };
    let mut text = format!("{style}{}{style:#}: {}", terminal::printable(path), facts.join(", "));
    if !report.aside.is_empty() {
        let aside: Vec<String> = report.aside.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
        text.push_str(&format!(
            "\n  {FAINT}kept in the file, and no captures: {}{FAINT:#}",
            aside.join(", ")
        ));
    }
    if !report.file.is_empty() {
        let sha256 = report.sha256;
        text.push_str(&format!("\n  {FAINT}kept as {}, {sha256}{FAINT:#}", report.file));
        if report.mended {
            text.push_str("\n  what was kept of it was lost or damaged, and was written again");
        }
    }
    text
}
