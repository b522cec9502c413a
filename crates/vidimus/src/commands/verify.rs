//! `vidimus verify`: the whole archive, single captures, or anybody's files, on the levels that each can be checked on.

mod bundle;
mod proof;
mod tell;
mod whole;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use indicatif::{ProgressBar, ProgressStyle};
pub use tell::{fixity_json, fixity_line};
use vidimus_archive::{
    Archive, ArchiveCheck, Finding, Layout, LogQuestion, Pace, VerifyReport, verify_files, verify_log,
};
use vidimus_catalog::RecordPlace;

use super::{find, removal};
use crate::args::{Global, Verify};
use crate::config::Config;
use crate::exit::{Failure, INCOMPLETE, NOT_WELL};
use crate::{present, terminal};

/// Verifies the archive, single captures, or any WARC and WACZ files.
pub async fn run(global: &Global, options: &Verify) -> Result<ExitCode, Failure> {
    if let Some(path) = bundle::named(options)? {
        return bundle::run(global, options, path).await;
    }
    let config = Config::load(global)?;
    let (files, names): (Vec<&String>, Vec<&String>) =
        options.what.iter().partition(|w| Path::new(w).is_file());
    if let Some(path) = names.iter().find(|name| is_meant_as_file(name)) {
        let what =
            if Path::new(path).is_dir() { "is a folder: name the files in it" } else { "is not there" };
        return Err(Failure::no_archive(format!("{path} {what}")));
    }
    if !files.is_empty() && !names.is_empty() {
        return Err(Failure::usage("name either captures or files, not both"));
    }
    if options.what.is_empty() {
        return whole::run(global, options, &config).await;
    }
    let report = if files.is_empty() {
        captures(&config.settings.layout, &names, proof::question(options, &config)?).await?
    } else {
        let paths: Vec<PathBuf> = files.iter().map(PathBuf::from).collect();
        tokio::task::spawn_blocking(move || verify_files(&paths))
            .await
            .map_err(|e| Failure::system(e.to_string()))??
    };
    tell::report(global, &report)?;
    Ok(code(&report))
}

/// Whether a word that names no file can only have been meant as one: no capture's name looks so.
fn is_meant_as_file(word: &str) -> bool {
    let is_url = word.contains("://");
    let is_place = word.rsplit_once('#').is_some_and(|(_, index)| index.parse::<u64>().is_ok());
    !is_url && !is_place && (Path::new(word).is_dir() || word.contains('/') || word.contains('.'))
}

/// A file of other software has no manifests, so that level 2 is no question that was left open.
fn code(report: &VerifyReport) -> ExitCode {
    if !report.findings.is_empty() {
        ExitCode::from(NOT_WELL)
    } else if report.log.as_ref().is_some_and(proof::is_outstanding)
        || (report.records == 0 && report.removed == 0)
        || !(report.l2_checked || report.foreign)
    {
        ExitCode::from(INCOMPLETE)
    } else {
        ExitCode::SUCCESS
    }
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
async fn captures(
    layout: &Layout,
    names: &[&String],
    mut question: LogQuestion,
) -> Result<VerifyReport, Failure> {
    let archive = Archive::open(layout).await?;
    let (mut places, mut ids, mut removed) = (Vec::new(), Vec::new(), 0);
    for name in names {
        if let Some(one) = removal(&archive, name).await? {
            terminal::remark(&present::removal(&one));
            ids.push(one.snapshot);
            removed += 1;
            continue;
        }
        let capture = find(&archive, name).await?;
        question.captures.extend(capture.snapshot);
        ids.extend(capture.snapshot.into_iter().chain(capture.original));
        if let Some(original) = capture.original
            && let Some(original) = archive.catalog().get(original).await?
        {
            places.extend(original.records);
        }
        places.extend(capture.records);
    }
    let concerns = |f: &Finding| {
        let of_file = |p: &&RecordPlace| f.file == p.file;
        let at_record =
            |p: &RecordPlace| f.offset == p.offset || f.record_id.as_deref() == Some(&p.warc_record_id);
        let of_whole_file = f.offset == 0 && f.record_id.is_none();
        f.snapshot.is_some_and(|id| ids.contains(&id))
            || places.iter().filter(of_file).any(|p| of_whole_file || at_record(p))
    };
    let check = ArchiveCheck::begin(layout, archive.catalog(), Pace::default()).await?;
    let mut report = VerifyReport { catalog: true, l2_checked: true, removed, ..VerifyReport::default() };
    for name in places.iter().map(|p| p.file.as_str()).collect::<std::collections::BTreeSet<_>>() {
        report.files += 1;
        if let Some(of_file) = check.check(name).await? {
            report.bytes += of_file.bytes;
            report.findings.extend(of_file.findings.into_iter().filter(concerns));
        }
    }
    report.findings.extend(check.nowhere().await?.into_iter().filter(concerns));
    (report.records, report.manifests) = (places.len() as u64, names.len() as u64);
    report.add_log(verify_log(layout, archive.catalog(), &question, |_, _| {}).await?);
    Ok(report)
}
