//! What a verification tells, in plain words or as JSON.

use std::io;
use std::time::Duration;

use indicatif::{HumanBytes, HumanDuration};
use jiff::Timestamp;
use serde_json::{Value, json};
use vidimus_archive::{FileReport, Finding, LogReport, VerifyReport};
use vidimus_catalog::FixityTotals;
use vidimus_pipeline::span_text;
use vidimus_snapshot::{Clock as _, SystemClock};

use super::proof;
use super::whole::Outcome;
use crate::args::Global;
use crate::terminal::{self, BAD, GOOD, STRONG, printable};

/// What each level proves.
const LEVELS: [(u8, &str); 3] = [
    (0, "every package is a whole zip file, and holds what its list says and nothing else"),
    (1, "every file is well-formed, every digest is present and right, no file or record is cut short"),
    (2, "every record, header included, and every text is the one its manifest vouches for"),
];
const NO_ARCHIVE: &str = "L3-L5 not checked: a file alone does not say whether its manifests are in a signed log; the archive or a bundle does";

/// Tells of captures, of files, or of an archive without a catalog.
pub fn report(global: &Global, report: &VerifyReport) -> io::Result<()> {
    if global.json {
        finding_lines(report).iter().try_for_each(|line| terminal::line(line))?;
        return terminal::line(&summary_json(report, report.records + report.removed > 0).to_string());
    }
    findings(report)?;
    if global.quiet {
        return Ok(());
    }
    if report.records == 0 && report.removed > 0 {
        return terminal::line("nothing to verify: what was named is lawfully removed, as the log says");
    }
    if report.records == 0 {
        return terminal::line("nothing to verify: there are no records");
    }
    levels(report)
}

/// Tells of an archive, and how well it is looked after.
pub fn outcome(global: &Global, outcome: &Outcome, fixity: &FixityTotals) -> io::Result<()> {
    let report = &outcome.report;
    if global.json {
        return outcome_lines(outcome, fixity).iter().try_for_each(|line| terminal::line(line));
    }
    findings(report)?;
    if outcome.stopped {
        terminal::remark(&resume(outcome));
    }
    if global.quiet {
        return Ok(());
    }
    if outcome.files == 0 {
        return terminal::line("nothing to verify: there are no files");
    }
    if report.files > 0 {
        levels(report)?;
        terminal::line(&speed(outcome))?;
    } else if !outcome.stopped {
        terminal::line("no file is due for a check")?;
    }
    if outcome.left > 0 && !outcome.stopped {
        let files = files(outcome.left as u64);
        terminal::line(&format!(
            "the time is over: {files} left for the next verification, which begins with them"
        ))?;
    }
    if !report.findings.is_empty() {
        terminal::remark(
            "put the damaged files back from a backup and verify again; where the catalog alone is wrong, `vidimus rebuild`",
        );
    }
    if fixity.files == 0 { Ok(()) } else { terminal::line(&fixity_line(fixity, SystemClock.now())) }
}

fn files(count: u64) -> String {
    format!("{count} {}", if count == 1 { "file is" } else { "files are" })
}

/// How to go on with a verification that was stopped.
fn resume(outcome: &Outcome) -> String {
    let minutes = outcome.took.as_secs() / 60 + 1;
    format!(
        "stopped as asked; {} not checked. The next verification begins with them; given now, `vidimus verify --older-than {minutes}m` checks only them",
        if outcome.left == 1 { "1 file was".to_owned() } else { format!("{} files were", outcome.left) }
    )
}

fn speed(outcome: &Outcome) -> String {
    let rate = outcome.read as f64 / outcome.took.max(Duration::from_millis(1)).as_secs_f64();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a rate to look at")]
    let rate = HumanBytes(rate as u64);
    format!("read {} in {}, {rate}/s", HumanBytes(outcome.read), HumanDuration(outcome.took))
}

/// How well the sealed files are looked after, in one line.
pub fn fixity_line(fixity: &FixityTotals, now: Timestamp) -> String {
    let count = |n: usize, what: &str| format!("{n} {what}");
    let oldest = match fixity.oldest {
        Some(at) => format!("oldest check {} ago", span_text(now.duration_since(at))),
        None => "no file was ever checked".to_owned(),
    };
    let mut parts = vec![format!("{} sealed files", fixity.files), oldest];
    if fixity.never > 0 && fixity.oldest.is_some() {
        parts.push(format!("{} never checked", fixity.never));
    }
    if !fixity.damaged.is_empty() {
        parts.push(format!("{BAD}{}{BAD:#}", count(fixity.damaged.len(), "found damaged")));
    }
    parts.join(", ")
}

/// The same for machines.
pub fn fixity_json(fixity: &FixityTotals) -> Value {
    let damaged = fixity.damaged.iter().map(|file| {
        json!({"file": file.file, "checked_at": file.checked_at, "bytes": file.bytes, "what": file.what})
    });
    json!({
        "files": fixity.files,
        "never_checked": fixity.never,
        "oldest_check": fixity.oldest,
        "damaged": damaged.collect::<Vec<_>>(),
    })
}

fn findings(report: &VerifyReport) -> io::Result<()> {
    report.findings.iter().try_for_each(finding)?;
    report.damaged.iter().try_for_each(still_whole)
}

fn finding(finding: &Finding) -> io::Result<()> {
    terminal::line(&format!(
        "{BAD}L{}{BAD:#} {STRONG}{}{STRONG:#}, offset {}: {}",
        finding.level,
        printable(&finding.file),
        finding.offset,
        printable(&finding.what)
    ))?;
    let record = finding.record_id.as_ref().map(|id| format!("record {}", printable(id)));
    let capture = finding.snapshot.map(|id| format!("capture {}", id.short()));
    let whose: Vec<String> = [record, capture].into_iter().flatten().collect();
    if whose.is_empty() {
        return Ok(());
    }
    terminal::line(&format!("   {}", whose.join(", ")))
}

/// How much of a damaged file is still whole, and what is not, by name.
fn still_whole(file: &FileReport) -> io::Result<()> {
    if file.captures == 0 {
        return terminal::line(&format!(
            "{STRONG}{}{STRONG:#}: no capture is known in it",
            printable(&file.file)
        ));
    }
    let whole = file.captures.saturating_sub(file.broken.len() as u64);
    let name = printable(&file.file);
    terminal::line(&format!("{STRONG}{name}{STRONG:#}: of {} captures {whole} are whole", file.captures))?;
    for broken in &file.broken {
        let repeats = match broken.repeated_by {
            0 => String::new(),
            1 => " (1 other capture repeats its payload)".to_owned(),
            count => format!(" ({count} other captures repeat its payload)"),
        };
        let url = printable(&broken.url);
        terminal::line(&format!("   not whole: {} {url}{repeats}", broken.snapshot.short()))?;
    }
    Ok(())
}

fn levels(report: &VerifyReport) -> io::Result<()> {
    terminal::line(&format!(
        "read {} files, {} records, {} manifests, {} bytes of content",
        report.files, report.records, report.manifests, report.bytes
    ))?;
    for (level, proves) in LEVELS {
        let passed = match level {
            0 if report.packages == 0 => continue,
            2 => report.level_2(),
            level => Some(report.passes(level)),
        };
        let (word, says) = match passed {
            Some(true) => (format!("{GOOD}passed{GOOD:#}"), proves.to_owned()),
            Some(false) => (format!("{BAD}failed{BAD:#}"), format!("it is not so that {proves}")),
            None if report.foreign => (
                "does not apply".to_owned(),
                "this was not captured by Vidimus, so there are no manifests; L1 is all that can be proven"
                    .to_owned(),
            ),
            None if report.manifests == 0 => {
                ("not checked".to_owned(), "there is no manifest here".to_owned())
            }
            None => ("not checked".to_owned(), "not every record has its manifest here".to_owned()),
        };
        terminal::line(&format!("L{level} {word}  {says}"))?;
    }
    if report.removed > 0 {
        let were = if report.removed == 1 { "capture is" } else { "captures are" };
        let count = report.removed;
        terminal::line(&format!(
            "{count} {were} lawfully removed, as the log says: `vidimus list --removed`"
        ))?;
    }
    match &report.log {
        Some(log) => proof::levels(log),
        None if report.foreign => Ok(()),
        None => terminal::line(NO_ARCHIVE),
    }
}

/// What `--json` prints of an archive's verification, line by line.
pub fn outcome_lines(outcome: &Outcome, fixity: &FixityTotals) -> Vec<String> {
    let mut lines = finding_lines(&outcome.report);
    let mut summary = summary_json(&outcome.report, outcome.files > 0);
    if let Some(fields) = summary.as_object_mut() {
        fields.insert("stopped".to_owned(), outcome.stopped.into());
        fields.insert("left".to_owned(), outcome.left.into());
        fields.insert("read_bytes".to_owned(), outcome.read.into());
        fields.insert("fixity".to_owned(), fixity_json(fixity));
    }
    lines.push(summary.to_string());
    lines
}

fn finding_lines(report: &VerifyReport) -> Vec<String> {
    let findings = report.findings.iter().map(|finding| {
        json!({
            "kind": "finding",
            "level": finding.level,
            "file": finding.file,
            "offset": finding.offset,
            "record_id": finding.record_id,
            "snapshot": finding.snapshot.map(|id| id.hex()),
            "what": finding.what,
            "expected": finding.expected,
            "found": finding.found,
        })
    });
    let files = report.damaged.iter().map(|file| {
        let broken = file.broken.iter().map(|capture| {
            json!({"id": capture.snapshot.hex(), "url": capture.url, "repeated_by": capture.repeated_by})
        });
        json!({
            "kind": "file",
            "file": file.file,
            "bytes": file.length,
            "findings": file.findings.len(),
            "captures": file.captures,
            "whole": file.captures.saturating_sub(file.broken.len() as u64),
            "broken": broken.collect::<Vec<_>>(),
        })
    });
    findings.chain(files).map(|line| line.to_string()).collect()
}

fn summary_json(report: &VerifyReport, is_something: bool) -> Value {
    json!({
        "kind": "summary",
        "files": report.files,
        "records": report.records,
        "manifests": report.manifests,
        "bytes": report.bytes,
        "catalog": report.catalog,
        "findings": report.findings.len(),
        "removed": report.removed,
        "L0": (report.packages > 0).then(|| report.passes(0)),
        "L1": is_something && report.passes(1),
        "L2": report.level_2().map(|passed| is_something && passed),
        "L3": report.log.as_ref().and_then(LogReport::level_3),
        "L4": report.log.as_ref().and_then(LogReport::level_4),
        "L5": report.log.as_ref().and_then(LogReport::level_5),
        "log": report.log.as_ref().map(proof::json),
        "foreign": report.foreign,
    })
}
