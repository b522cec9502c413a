//! Levels L3 to L5: the archive beside its log. The leaf of every capture is in the log whose head is signed, every leaf has
//! its capture or a tombstone, the tiles say what the leaves say, and the log begins with the head that somebody else
//! kept.

use std::path::PathBuf;
use std::sync::OnceLock;

use vidimus_catalog::{Catalog, LoggedLeaf};
use vidimus_ledger::{Checkpoint, Event, Leaf, LogError, LogReader, VerifierKey};
use vidimus_snapshot::{Digest, LogHead, SnapshotId};

use super::anchored::{self, Anchored, TimeTrust};
use super::finding::Finding;
use crate::blocking::blocking;
use crate::logbook;
use crate::{ArchiveError, Layout};

/// How many leaves are compared at once.
const PIECE: u32 = 1024;
/// The most captures that are named when they are missing.
const MOST_NAMED: usize = 1000;

/// What a check of the log is to go by.
#[derive(Debug, Clone, Default)]
pub struct LogQuestion {
    /// Only the leaves of these captures; of all, where none is named.
    pub captures: Vec<SnapshotId>,
    /// A signed head that somebody else kept.
    pub against: Option<Checkpoint>,
    /// Fingerprints of keys that the asker has from elsewhere; without any, the keys count that the archive itself names.
    pub fingerprints: Vec<Digest>,
    /// What is trusted for the time.
    pub time: TimeTrust,
}

/// What a check of the log found.
#[derive(Debug, Clone, Default)]
pub struct LogReport {
    /// Whether there is a log.
    pub exists: bool,
    /// How many leaves were looked at.
    pub leaves: u64,
    /// The newest signed head of the log that is being written.
    pub signed: Option<LogHead>,
    /// The key that signed it.
    pub key: Option<VerifierKey>,
    /// Captures that have no leaf yet, or one that no signed head covers.
    pub not_signed: u64,
    /// Where each of the captures asked for stands, if single ones were asked for.
    pub places: Vec<LeafPlace>,
    /// The timestamps that were verified, of all logs.
    pub anchored: Vec<Anchored>,
    /// Timestamps of authorities for which nobody named a root.
    pub unchecked: u64,
    /// How many authorities are configured.
    pub authorities: usize,
    /// Captures that no verified timestamp covers.
    pub not_anchored: u64,
    /// Whether the log begins with the head that somebody else kept; `None` where none was given.
    pub against: Option<bool>,
    /// Whether the tiles were audited.
    pub audited: bool,
    /// What is wrong, of levels 3 and 5.
    pub findings: Vec<Finding>,
}

/// The place of a capture's leaf.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeafPlace {
    /// The capture.
    pub snapshot: SnapshotId,
    /// The log.
    pub origin: String,
    /// The leaf's index in it.
    pub index: u64,
    /// When it was logged, by our own clock.
    pub logged_at: jiff::Timestamp,
    /// The size of the signed head that covers it, if one does.
    pub signed: Option<u64>,
    /// The earliest time by which it was in the log, as an authority states.
    pub not_after: Option<Anchored>,
}

impl LogReport {
    /// Whether level 3 passed or failed; `None` where it cannot be said: nothing is signed, or not all of it.
    pub fn level_3(&self) -> Option<bool> {
        self.level(3, self.signed.is_some() && self.not_signed == 0)
    }

    /// Whether level 4 passed or failed; `None` where there is something that no verified timestamp covers.
    pub fn level_4(&self) -> Option<bool> {
        self.level(4, !self.anchored.is_empty() && self.not_anchored == 0)
    }

    /// Whether level 5 passed or failed; `None` where nobody gave a head to compare with, or the tiles were not read.
    pub fn level_5(&self) -> Option<bool> {
        self.level(5, self.audited && self.against == Some(true))
    }

    fn level(&self, level: u8, is_answered: bool) -> Option<bool> {
        let is_wrong = self.findings.iter().any(|finding| finding.level == level);
        if is_wrong { Some(false) } else { is_answered.then_some(true) }
    }
}

/// One log of the archive, as it is read.
struct Read {
    number: u32,
    name: String,
    reader: LogReader,
    checkpoint: Option<Checkpoint>,
    /// Its timestamps that were verified.
    anchored: OnceLock<Vec<Anchored>>,
}

/// Checks the logs of an archive.
pub async fn verify_log(
    layout: &Layout,
    catalog: &Catalog,
    question: &LogQuestion,
    mut told: impl FnMut(u64, u64) + Send + 'static,
) -> Result<LogReport, ArchiveError> {
    let mut report = LogReport::default();
    let logs = open(layout, &mut report).await?;
    let Some(newest) = logs.last() else { return Ok(report) };
    report.exists = true;
    report.authorities = question.time.configured;
    report.signed = newest.checkpoint.as_ref().map(|checkpoint| checkpoint.head().clone());
    let newest_number = newest.number;
    let logs: Vec<std::sync::Arc<Read>> = logs.into_iter().map(std::sync::Arc::new).collect();
    for log in &logs {
        let (read, asked, is_newest) = (log.clone(), question.clone(), log.number == newest_number);
        let (done, back) = blocking(move || {
            let mut of_log = LogReport::default();
            read.signature(&asked, is_newest, &mut of_log);
            read.times(&asked, &mut of_log);
            if asked.captures.is_empty() || asked.against.is_some() {
                read.audit(&mut told, &mut of_log);
            }
            Ok((of_log, told))
        })
        .await?;
        told = back;
        report.merge(done);
        if question.captures.is_empty() {
            compare(log, catalog, &mut report).await?;
        }
    }
    if let Some(against) = &question.against {
        let (logs, against, keys) = (logs.clone(), against.clone(), question.fingerprints.clone());
        let found = blocking(move || Ok(begins_with(&logs, &against, &keys))).await?;
        report.against = Some(found.is_none());
        report.findings.extend(found);
    }
    if question.captures.is_empty() {
        whole(&logs, catalog, &mut report).await?;
    } else {
        for id in &question.captures {
            single(&logs, catalog, *id, &mut report).await?;
        }
    }
    Ok(report)
}

impl LogReport {
    fn merge(&mut self, other: Self) {
        self.leaves += other.leaves;
        self.audited |= other.audited;
        self.key = other.key.or(self.key.take());
        self.anchored.extend(other.anchored);
        self.unchecked += other.unchecked;
        self.findings.extend(other.findings);
    }
}

/// Opens the logs, oldest first; one that cannot be read is a finding.
async fn open(layout: &Layout, report: &mut LogReport) -> Result<Vec<Read>, ArchiveError> {
    let mut folders: Vec<(u32, PathBuf)> = layout.ended_logs()?;
    let number = folders.last().map_or(0, |(number, _)| *number) + 1;
    folders.push((number, layout.log()));
    let root = layout.root().to_owned();
    let (logs, findings) = blocking(move || {
        let (mut logs, mut findings) = (Vec::new(), Vec::new());
        for (number, folder) in folders {
            let name = folder.strip_prefix(&root).unwrap_or(&folder).to_string_lossy().into_owned();
            let opened = LogReader::open(&folder).and_then(|reader| {
                let Some(reader) = reader else { return Ok(None) };
                let checkpoint = reader.checkpoint()?;
                Ok(Some(Read { number, name: name.clone(), reader, checkpoint, anchored: OnceLock::new() }))
            });
            match opened {
                Ok(log) => logs.extend(log),
                Err(error) => findings.push(Finding::new(3, &name, 0, error.to_string())),
            }
        }
        Ok((logs, findings))
    })
    .await?;
    report.findings.extend(findings);
    Ok(logs)
}

impl Read {
    fn finding(&self, level: u8, what: impl Into<String>) -> Finding {
        Finding::new(level, &self.name, 0, what)
    }

    /// The head is signed by the newest of the log's keys, and by the asker's if he has one; the keys are those whose
    /// changes the log tells.
    fn signature(&self, question: &LogQuestion, is_newest: bool, report: &mut LogReport) {
        let Some(checkpoint) = &self.checkpoint else { return };
        let keys = match self.reader.keys() {
            Ok(keys) => keys,
            Err(error) => return report.findings.push(self.finding(3, error.to_string())),
        };
        let Some(newest) = keys.last() else {
            let what = "the log's head is signed, and no key is named that could be checked with";
            return report.findings.push(self.finding(3, what));
        };
        if let Err(error) = checkpoint.verify(newest) {
            report.findings.push(self.finding(3, format!("the head of the log: {error}")));
        }
        let is_asked_for = question.fingerprints.contains(&newest.fingerprint());
        if is_newest && !question.fingerprints.is_empty() && !is_asked_for {
            let what = format!(
                "the head of the log is not signed by the key that you named; it is signed by {}",
                newest.fingerprint()
            );
            report.findings.push(self.finding(3, what));
        }
        report.key = Some(newest.clone());
    }

    /// Every timestamp is verified, and the head under it is one of this log.
    fn times(&self, question: &LogQuestion, report: &mut LogReport) {
        let keys = self.reader.keys().unwrap_or_default();
        let times = anchored::times(&self.reader, &keys, &question.time);
        report.findings.extend(times.wrong.into_iter().map(|what| self.finding(4, what)));
        report.unchecked += times.unchecked;
        report.anchored.extend(times.anchored.iter().cloned());
        // It is asked only once.
        let _ = self.anchored.set(times.anchored);
    }

    /// The earliest time by which a leaf was in the log.
    fn not_after(&self, index: u64) -> Option<Anchored> {
        let covering = self.anchored.get().into_iter().flatten().filter(|anchored| anchored.size > index);
        covering.min_by_key(|anchored| anchored.time).cloned()
    }

    /// How many leaves the verified timestamps cover.
    fn covered(&self) -> u64 {
        self.anchored.get().into_iter().flatten().map(|anchored| anchored.size).max().unwrap_or_default()
    }

    /// Every leaf and every tile is read.
    fn audit(&self, told: &mut impl FnMut(u64, u64), report: &mut LogReport) {
        let size = self.reader.size();
        report.leaves += size;
        report.audited = true;
        match self.reader.audit(|done| told(done, size)) {
            Ok(wrong) => {
                let level = |error: &LogError| if matches!(error, LogError::Forked { .. }) { 3 } else { 5 };
                let told = wrong.iter().map(|error| self.finding(level(error), error.to_string()));
                report.findings.extend(told);
            }
            Err(error) => report.findings.push(self.finding(5, error.to_string())),
        }
        self.keys_told(report);
    }

    /// The changes of keys that the log tells are signed, and lead to the keys that it names.
    fn keys_told(&self, report: &mut LogReport) {
        let origin = self.reader.origin();
        let mut told: Vec<String> = Vec::new();
        for index in 0..self.reader.size().div_ceil(256) {
            // What cannot be read was said above.
            for bytes in self.reader.bundle(index).unwrap_or_default() {
                let Ok(Leaf { event: Event::Key(change), .. }) = Leaf::read(&bytes) else { continue };
                if let Err(error) = change.verify(origin) {
                    let what = format!("a change of the key: {error}");
                    report.findings.push(self.finding(3, what));
                }
                if change.old.as_deref() != told.last().map(String::as_str) {
                    let what = "a change of the key does not begin with the key before it";
                    report.findings.push(self.finding(3, what));
                }
                told.push(change.new);
            }
        }
        let named: Vec<String> =
            self.reader.keys().unwrap_or_default().iter().map(ToString::to_string).collect();
        if named != told {
            let what = "log.vkey does not name the keys that the log tells of: it was changed";
            report.findings.push(self.finding(3, what));
        }
    }

    fn signed(&self) -> u64 {
        self.checkpoint.as_ref().map_or(0, |checkpoint| checkpoint.head().size)
    }
}

/// The catalog says of the leaves what they say.
async fn compare(
    log: &std::sync::Arc<Read>,
    catalog: &Catalog,
    report: &mut LogReport,
) -> Result<(), ArchiveError> {
    let known = catalog.leaf_count(log.number).await?;
    if known > log.reader.size() {
        let what = format!(
            "the log has {} leaves, and the catalog knows {known}: it was cut, or taken from an older backup",
            log.reader.size()
        );
        report.findings.push(log.finding(3, what));
    }
    let mut from = 0;
    while from < known.min(log.reader.size()) {
        let rows = catalog.leaves_from(log.number, from, PIECE).await?;
        let Some(last) = rows.last() else { break };
        let next = last.index + 1;
        let read = log.clone();
        let wrong = blocking(move || {
            let differs = |row: &LoggedLeaf| {
                let bytes = read.reader.leaf(row.index).ok()?;
                (logbook::row_of(row.index, &bytes, row.log) != *row).then_some(row.index)
            };
            Ok(rows.iter().find_map(differs))
        })
        .await?;
        if let Some(index) = wrong {
            let what = format!(
                "leaf {index} is not the one that the catalog knows: the log was changed, or the catalog; \
                 `vidimus rebuild` makes the catalog anew"
            );
            report.findings.push(log.finding(3, what));
            break;
        }
        from = next;
    }
    Ok(())
}

/// Every capture has its leaf, and every leaf its capture or a tombstone.
async fn whole(
    logs: &[std::sync::Arc<Read>],
    catalog: &Catalog,
    report: &mut LogReport,
) -> Result<(), ArchiveError> {
    let mut removed = std::collections::HashSet::new();
    for leaf in catalog.leaves_of_kind("tombstone").await? {
        removed.extend(leaf.subject);
    }
    let lacking = catalog.leaves_without_capture().await?;
    let lacking = lacking.into_iter().filter(|leaf| leaf.subject.is_none_or(|id| !removed.contains(&id)));
    let lacking: Vec<LoggedLeaf> = lacking.take(MOST_NAMED).collect();
    for leaf in lacking {
        let name = logs.iter().find(|log| log.number == leaf.log).map_or("log", |log| log.name.as_str());
        let id = leaf.subject.map(SnapshotId::from_digest);
        let what = format!(
            "leaf {} speaks of the capture {}, which is not in this archive, and no takedown says why",
            leaf.index,
            id.map_or_else(|| "?".to_owned(), |id| id.to_string())
        );
        report.findings.push(Finding { snapshot: id, ..Finding::new(3, name, 0, what) });
    }
    report.not_signed = catalog.count_not_logged().await?;
    for log in logs {
        report.not_signed += catalog.count_not_signed(log.number, log.signed()).await?;
        report.not_anchored += catalog.count_not_signed(log.number, log.covered()).await?;
    }
    Ok(())
}

/// One capture's leaf is where the catalog says, speaks of it, and is in the signed head.
async fn single(
    logs: &[std::sync::Arc<Read>],
    catalog: &Catalog,
    id: SnapshotId,
    report: &mut LogReport,
) -> Result<(), ArchiveError> {
    let mut place = None;
    for row in catalog.leaves_of(id.digest()).await? {
        let Some(log) = logs.iter().find(|log| log.number == row.log) else { continue };
        if !matches!(row.kind.as_str(), "capture" | "import") {
            continue;
        }
        report.leaves += 1;
        let (read, index) = (log.clone(), row.index);
        let wrong = blocking(move || Ok(read.leaf_is_of(index, id).err())).await?;
        if let Some(what) = wrong {
            report.findings.push(Finding { snapshot: Some(id), ..log.finding(3, what) });
            continue;
        }
        let signed = Some(log.signed()).filter(|signed| *signed > row.index);
        let origin = log.reader.origin().to_owned();
        let not_after = log.not_after(index);
        let found = LeafPlace { snapshot: id, origin, index, logged_at: row.logged_at, signed, not_after };
        // The first signed one counts; a later log may speak of it again.
        if place.as_ref().is_none_or(|old: &LeafPlace| old.signed.is_none() && signed.is_some()) {
            place = Some(found);
        }
    }
    if place.as_ref().is_none_or(|place| place.signed.is_none()) {
        report.not_signed += 1;
    }
    if place.as_ref().is_none_or(|place| place.not_after.is_none()) {
        report.not_anchored += 1;
    }
    report.places.extend(place);
    Ok(())
}

impl Read {
    fn leaf_is_of(&self, index: u64, id: SnapshotId) -> Result<(), String> {
        let bytes = self.reader.leaf(index).map_err(|e| e.to_string())?;
        let leaf = Leaf::read(&bytes).map_err(|e| format!("leaf {index}: {e}"))?;
        if leaf.event.subject() != Some(id) {
            return Err(format!("leaf {index} is not about this capture, though the catalog says so"));
        }
        let Some(checkpoint) = self.checkpoint.as_ref().filter(|c| c.head().size > index) else {
            return Ok(());
        };
        let proof = self.reader.proof(index, checkpoint.clone()).map_err(|e| e.to_string())?;
        proof.verify_inclusion(&bytes).map_err(|e| e.to_string())
    }
}

/// Why no log of the archive begins with the head that somebody else kept, if none does.
fn begins_with(
    logs: &[std::sync::Arc<Read>],
    against: &Checkpoint,
    fingerprints: &[Digest],
) -> Option<Finding> {
    let head = against.head();
    let Some(log) = logs.iter().rev().find(|log| log.reader.origin() == head.origin) else {
        let what =
            format!("the checkpoint is one of the log {}, which this archive does not have", head.origin);
        return Some(Finding::new(5, "log", 0, what));
    };
    let known = log.reader.keys().unwrap_or_default();
    let counts = |key: &&VerifierKey| fingerprints.is_empty() || fingerprints.contains(&key.fingerprint());
    if !known.iter().filter(counts).any(|key| against.verify(key).is_ok()) {
        let what = "the checkpoint to compare with is not signed by a key of this log: it is another log's, or was changed";
        return Some(log.finding(5, what));
    }
    match log.reader.head_at(head.size) {
        Ok(here) if here == *head => None,
        Ok(_) => {
            let what = format!(
                "this log is not the one whose head at {} leaves was kept: its history was rewritten, or it was forked",
                head.size
            );
            Some(log.finding(5, what))
        }
        Err(error) => Some(log.finding(5, error.to_string())),
    }
}
