//! `vidimus verify`: levels L1 and L2, in plain words.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use indicatif::{ProgressBar, ProgressStyle};
use vidimus_archive::{Archive, Finding, Layout, VerifyReport, verify_archive, verify_files};
use vidimus_catalog::{Catalog, RecordPlace};

use super::find;
use crate::args::{Global, Verify};
use crate::config::Config;
use crate::exit::{Failure, INCOMPLETE, NOT_WELL};
use crate::terminal::{self, BAD, GOOD, STRONG};

/// Verifies the archive, single captures, or any WARC files.
pub async fn run(global: &Global, options: &Verify) -> Result<ExitCode, Failure> {
    let config = Config::load(global)?;
    let layout = &config.settings.layout;
    let (files, names): (Vec<&String>, Vec<&String>) =
        options.what.iter().partition(|w| Path::new(w).is_file());
    if !files.is_empty() && !names.is_empty() {
        return Err(Failure::usage("name either captures or WARC files, not both"));
    }
    let report = if !files.is_empty() {
        let paths: Vec<PathBuf> = files.iter().map(PathBuf::from).collect();
        tokio::task::spawn_blocking(move || verify_files(&paths))
            .await
            .map_err(|e| Failure::system(e.to_string()))??
    } else if names.is_empty() {
        whole(global, layout).await?
    } else {
        captures(layout, &names).await?
    };
    tell(global, &report)?;
    let is_whole = files.is_empty();
    Ok(code(&report, is_whole && !report.catalog))
}

async fn whole(global: &Global, layout: &Layout) -> Result<VerifyReport, Failure> {
    if !layout.exists() {
        return Err(vidimus_archive::ArchiveError::NoArchive(layout.root().to_owned()).into());
    }
    let catalog = if layout.catalog().is_file() {
        Some(Catalog::open_read_only(&layout.catalog()).await?)
    } else {
        terminal::warning(
            "there is no catalog, so a missing file or record cannot be noticed; `vidimus rebuild` makes one",
        );
        None
    };
    let bar = (terminal::is_watched() && !global.quiet).then(file_bar);
    let report = verify_archive(layout, catalog.as_ref(), |name, done, total| {
        if let Some(bar) = &bar {
            bar.set_length(total as u64);
            bar.set_position(done as u64);
            bar.set_message(name.to_owned());
        }
    })
    .await?;
    if let Some(bar) = bar {
        bar.finish_and_clear();
    }
    Ok(report)
}

/// A bar over files.
pub fn file_bar() -> ProgressBar {
    let bar = ProgressBar::new(0);
    if let Ok(style) = ProgressStyle::with_template("{bar:24.cyan/dim} {pos}/{len} {wide_msg:.dim}") {
        bar.set_style(style.progress_chars("━━─"));
    }
    bar
}

/// Verifies the files that hold the captures, and keeps what concerns them.
async fn captures(layout: &Layout, names: &[&String]) -> Result<VerifyReport, Failure> {
    let archive = Archive::open(layout).await?;
    let (mut places, mut ids) = (Vec::new(), Vec::new());
    for name in names {
        let capture = find(&archive, name).await?;
        ids.extend(capture.snapshot.into_iter().chain(capture.original));
        if let Some(original) = capture.original
            && let Some(original) = archive.catalog().get(original).await?
        {
            places.extend(original.records);
        }
        places.extend(capture.records);
    }
    let whole = verify_archive(layout, Some(archive.catalog()), |_, _, _| {}).await?;
    let concerns = |f: &Finding| {
        let of_file = |p: &&RecordPlace| f.file == p.file;
        let at_record =
            |p: &RecordPlace| f.offset == p.offset || f.record_id.as_deref() == Some(&p.warc_record_id);
        let of_whole_file = f.offset == 0 && f.record_id.is_none();
        f.snapshot.is_some_and(|id| ids.contains(&id))
            || places.iter().filter(of_file).any(|p| of_whole_file || at_record(p))
    };
    let findings = whole.findings.iter().filter(|f| concerns(f)).cloned().collect();
    let files = places.iter().map(|p| &p.file).collect::<std::collections::BTreeSet<_>>().len() as u64;
    Ok(VerifyReport { findings, files, records: places.len() as u64, manifests: names.len() as u64, ..whole })
}

fn code(report: &VerifyReport, catalog_lacks: bool) -> ExitCode {
    if !report.findings.is_empty() {
        ExitCode::from(NOT_WELL)
    } else if report.records == 0 || catalog_lacks || !report.l2_checked {
        ExitCode::from(INCOMPLETE)
    } else {
        ExitCode::SUCCESS
    }
}

fn tell(global: &Global, report: &VerifyReport) -> Result<(), Failure> {
    if global.json {
        return Ok(tell_json(report)?);
    }
    for finding in &report.findings {
        let text = format!(
            "{BAD}L{}{BAD:#} {STRONG}{}{STRONG:#}, offset {}: {}",
            finding.level,
            terminal::printable(&finding.file),
            finding.offset,
            terminal::printable(&finding.what)
        );
        terminal::line(&text)?;
        if let Some(id) = &finding.record_id {
            terminal::line(&format!("   record {}", terminal::printable(id)))?;
        }
    }
    if global.quiet {
        return Ok(());
    }
    if report.records == 0 {
        return Ok(terminal::line("nothing to verify: there are no records")?);
    }
    terminal::line(&format!(
        "read {} files, {} records, {} manifests, {} bytes of content",
        report.files, report.records, report.manifests, report.bytes
    ))?;
    for (level, proves) in LEVELS {
        let passed = if level == 1 { Some(report.passes(1)) } else { report.level_2() };
        let (word, says) = match passed {
            Some(true) => (format!("{GOOD}passed{GOOD:#}"), proves),
            Some(false) => (format!("{BAD}failed{BAD:#}"), proves),
            None if report.manifests == 0 => ("not checked".to_owned(), "there is no manifest here"),
            None => ("not checked".to_owned(), "not every record has its manifest here"),
        };
        terminal::line(&format!("L{level} {word}  {says}"))?;
    }
    Ok(terminal::line(
        "L3-L5 not checked: this archive keeps no tamper-evident log yet, so nothing here proves when a manifest was written",
    )?)
}

/// What each level proves.
const LEVELS: [(u8, &str); 2] = [
    (1, "every file is well-formed WARC, every digest is present and right, no file or record is cut short"),
    (2, "every record, header included, and every text is the one its manifest vouches for"),
];

fn tell_json(report: &VerifyReport) -> std::io::Result<()> {
    for finding in &report.findings {
        let line = serde_json::json!({
            "kind": "finding",
            "level": finding.level,
            "file": finding.file,
            "offset": finding.offset,
            "record_id": finding.record_id,
            "snapshot": finding.snapshot.map(|id| id.hex()),
            "what": finding.what,
        });
        terminal::line(&line.to_string())?;
    }
    let line = serde_json::json!({
        "kind": "summary",
        "files": report.files,
        "records": report.records,
        "manifests": report.manifests,
        "bytes": report.bytes,
        "catalog": report.catalog,
        "findings": report.findings.len(),
        "L1": report.records > 0 && report.passes(1),
        "L2": report.level_2().map(|passed| report.records > 0 && passed),
    });
    terminal::line(&line.to_string())
}
