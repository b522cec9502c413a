//! The whole archive, the file first whose check is the most urgent; each check is noted when it ends, so that an
//! interrupted verification, or one that has only so much time, is gone on with by the next.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use jiff::{SignedDuration, Timestamp};
use vidimus_archive::{
    ArchiveCheck, ArchiveError, ArchiveLog, CatalogInPlace, Checkable, FileReport, Layout, LogOptions,
    LogQuestion, LogReport, Pace, VerifyReport, verify_archive, verify_log,
};
use vidimus_catalog::{Catalog, Fixity, FixityRun, FixityTotals};
use vidimus_pipeline::SystemRandomness;
use vidimus_snapshot::{Clock as _, Digest, SystemClock};

use super::{file_bar, proof, tell};
use crate::args::{Global, Verify};
use crate::commands::{end_at_once, holder, signal};
use crate::config::Config;
use crate::exit::{Failure, INCOMPLETE, NOT_WELL};
use crate::terminal;

/// What a verification of an archive came to.
pub struct Outcome {
    /// What was read and found.
    pub report: VerifyReport,
    /// How many files the archive has.
    pub files: usize,
    /// How many of them were due and were not come to.
    pub left: usize,
    /// Whether somebody asked to stop.
    pub stopped: bool,
    /// Bytes read from the disk.
    pub read: u64,
    /// How long it took.
    pub took: Duration,
}

/// Verifies the archive.
pub async fn run(global: &Global, options: &Verify, config: &Config) -> Result<ExitCode, Failure> {
    let layout = &config.settings.layout;
    if !layout.exists() {
        return Err(ArchiveError::NoArchive(layout.root().to_owned()).into());
    }
    if !layout.catalog().is_file() {
        return without_catalog(global, options, layout).await;
    }
    let catalog = Catalog::open_read_only(&layout.catalog()).await?;
    let pace = Pace::new(options.rate.or(config.verify_rate));
    stop_on_signal(&pace);
    let check = ArchiveCheck::begin(layout, &catalog, pace.clone()).await?;
    let question = proof::question(options, config)?;
    let mut outcome = files(global, options, &check, Notes::of(layout), &pace).await?;
    if !outcome.stopped {
        outcome.report.add_log(log(global, layout, &catalog, &question).await?);
    }
    let fixity = catalog.fixity_totals().await.unwrap_or_default();
    tell::outcome(global, &outcome, &fixity)?;
    if outcome.is_whole() {
        log_fixity(config, &outcome, &fixity).await;
    }
    Ok(code(&outcome))
}

impl Outcome {
    /// Whether every file of the archive was read.
    fn is_whole(&self) -> bool {
        !self.stopped && self.files > 0 && self.report.files == self.files as u64
    }
}

/// Checks the log, for whoever watches with a bar.
async fn log(
    global: &Global,
    layout: &Layout,
    catalog: &Catalog,
    question: &LogQuestion,
) -> Result<LogReport, Failure> {
    let bar = (terminal::is_watched() && !global.quiet).then(file_bar);
    let shown = bar.clone();
    let report = verify_log(layout, catalog, question, move |done, total| {
        if let Some(bar) = &shown {
            bar.set_length(total);
            bar.set_position(done);
            bar.set_message("leaves of the log");
        }
    })
    .await?;
    if let Some(bar) = bar {
        bar.finish_and_clear();
    }
    Ok(report)
}

/// Puts a check of the whole archive into the log; while a crawl holds the archive's lock, into the catalog, from which the
/// next writer takes it.
async fn log_fixity(config: &Config, outcome: &Outcome, fixity: &FixityTotals) {
    let lines: String = tell::outcome_lines(outcome, fixity).iter().map(|line| format!("{line}\n")).collect();
    let run = FixityRun {
        finished_at: SystemClock.now(),
        files: outcome.report.files,
        bytes: outcome.read,
        findings: outcome.report.findings.len() as u64,
        report_sha256: Digest::of(lines.as_bytes()),
    };
    match put_fixity(config, &run).await {
        Ok(remarks) => remarks.iter().for_each(|remark| terminal::warning(remark)),
        Err(ArchiveError::Locked { .. }) => {}
        Err(error) => terminal::warning(&format!("this check cannot be put into the log: {error}")),
    }
}

async fn put_fixity(config: &Config, run: &FixityRun) -> Result<Vec<String>, ArchiveError> {
    let (settings, layout) = (&config.settings, &config.settings.layout);
    {
        let _in_place = CatalogInPlace::hold(layout).await?;
        let catalog = Catalog::open_for_notes(&layout.catalog()).await?;
        let noted = catalog.note_fixity_run(run).await;
        catalog.close().await;
        noted?;
    }
    // Who checks an archive need not be able to sign: the next crawl does.
    let options = settings.log_options(SystemClock.now(), &SystemRandomness);
    let options = LogOptions { without_key: None, ..options };
    let log = ArchiveLog::open(layout, &holder("verify"), &options).await?;
    let mut remarks = log.recovery().ended.clone();
    remarks.extend(log.close().await?.remark);
    Ok(remarks)
}

fn code(outcome: &Outcome) -> ExitCode {
    let report = &outcome.report;
    if !report.findings.is_empty() {
        ExitCode::from(NOT_WELL)
    } else if outcome.stopped
        || outcome.files == 0
        || !report.l2_checked
        || report.log.as_ref().is_some_and(proof::is_outstanding)
    {
        ExitCode::from(INCOMPLETE)
    } else {
        ExitCode::SUCCESS
    }
}

/// All files are compared in memory, and nothing can be noted.
async fn without_catalog(global: &Global, options: &Verify, layout: &Layout) -> Result<ExitCode, Failure> {
    if options.max_time.is_some() || options.older_than.is_some() {
        return Err(Failure::usage(
            "--max-time and --older-than need a catalog, which says when each file was last checked; `vidimus rebuild` makes one",
        ));
    }
    terminal::warning(
        "there is no catalog, so a missing file or record cannot be noticed; `vidimus rebuild` makes one",
    );
    let bar = (terminal::is_watched() && !global.quiet).then(file_bar);
    let report = verify_archive(layout, None, |name, done, total| {
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
    tell::report(global, &report)?;
    Ok(ExitCode::from(if report.findings.is_empty() { INCOMPLETE } else { NOT_WELL }))
}

/// Checks the files that are due, one after the other.
async fn files(
    global: &Global,
    options: &Verify,
    check: &ArchiveCheck,
    mut notes: Notes,
    pace: &Pace,
) -> Result<Outcome, Failure> {
    let (begin, now) = (Instant::now(), SystemClock.now());
    let all = check.files().await?;
    let due: Vec<&Checkable> = all.iter().filter(|file| is_due(file, options.older_than, now)).collect();
    let bar = Bar::over(&due, terminal::is_watched() && !global.quiet);
    let removed = check.removed().await?.len() as u64;
    let mut report = VerifyReport { catalog: true, removed, ..VerifyReport::default() };
    let (mut done, mut left_over) = (0, false);
    for file in &due {
        let is_over = |most: SignedDuration| begin.elapsed() >= most.unsigned_abs();
        if options.max_time.is_some_and(is_over) {
            break;
        }
        let Some(of_file) = bar.watch(&file.name, pace, check.check(&file.name)).await? else { break };
        notes.note(&of_file).await;
        left_over |= of_file.left_over;
        report.add(of_file);
        done += 1;
    }
    bar.clear();
    if done == all.len() {
        report.findings.extend(check.nowhere().await?);
    }
    report.l2_checked = report.manifests > 0 || !left_over;
    let (files, left) = (all.len(), due.len() - done);
    let stopped = pace.is_stopped() && left > 0;
    Ok(Outcome { report, files, left, stopped, read: pace.bytes(), took: begin.elapsed() })
}

/// A file that was found damaged stays due until a check finds it well: a known defect must not fall silent.
fn is_due(file: &Checkable, older_than: Option<SignedDuration>, now: Timestamp) -> bool {
    match (&file.last, older_than) {
        (Some(last), Some(age)) if last.ok => now.duration_since(last.checked_at) >= age,
        _ => true,
    }
}

/// Where checks are noted: the catalog, unless it cannot be written to, which is said once.
struct Notes(Option<Layout>);

impl Notes {
    fn of(layout: &Layout) -> Self {
        Self(Some(layout.clone()))
    }

    /// Notes the check of a file that is sealed.
    async fn note(&mut self, report: &FileReport) {
        let Some(layout) = self.0.as_ref().filter(|_| report.sealed) else { return };
        let fixity = Fixity {
            file: report.file.clone(),
            checked_at: SystemClock.now(),
            ok: report.findings.is_empty(),
            bytes: report.length,
            what: report.summary(),
        };
        if let Err(error) = note(layout, &fixity).await {
            cannot_note(&error.to_string());
            self.0 = None;
        }
    }
}

/// Opens the catalog for this one note: a rebuild may put another in its place before the next.
async fn note(layout: &Layout, fixity: &Fixity) -> Result<(), ArchiveError> {
    let _in_place = CatalogInPlace::hold(layout).await?;
    let catalog = Catalog::open_for_notes(&layout.catalog()).await?;
    let noted = catalog.note_fixity(fixity).await;
    catalog.close().await;
    Ok(noted?)
}

fn cannot_note(why: &str) {
    terminal::warning(&format!(
        "that these files were checked cannot be noted, so that the next verification begins anew: {why}"
    ));
}

/// Asks to stop at the first Ctrl-C or SIGTERM; the second ends the program as usual.
fn stop_on_signal(pace: &Pace) {
    let pace = pace.clone();
    tokio::spawn(async move {
        if signal().await {
            pace.stop();
            if signal().await {
                end_at_once();
            }
        }
    });
}

/// A bar over the bytes of all files, for whoever watches.
struct Bar(Option<ProgressBar>);

impl Bar {
    fn over(files: &[&Checkable], is_watched: bool) -> Self {
        let bytes = files.iter().map(|file| file.length).sum();
        Self(is_watched.then(|| {
            let bar = ProgressBar::new(bytes);
            let template = "{bar:24.cyan/dim} {bytes}/{total_bytes} {bytes_per_sec} {wide_msg:.dim}";
            if let Ok(style) = ProgressStyle::with_template(template) {
                bar.set_style(style.progress_chars("━━─"));
            }
            bar
        }))
    }

    /// Does the work, and shows how far it has come.
    async fn watch<T>(&self, name: &str, pace: &Pace, work: impl Future<Output = T>) -> T {
        const STEP: Duration = Duration::from_millis(120);
        let Some(bar) = &self.0 else { return work.await };
        bar.set_message(name.to_owned());
        tokio::pin!(work);
        loop {
            tokio::select! {
                done = &mut work => return done,
                () = tokio::time::sleep(STEP) => {
                    // Records that are looked up in other files are read beside the files themselves.
                    bar.set_position(pace.bytes().min(bar.length().unwrap_or(u64::MAX)));
                }
            }
        }
    }

    fn clear(&self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}
