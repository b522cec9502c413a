//! Levels L3 to L5: the archive beside its log. The leaf of every capture is in the log whose head is signed, every leaf has
//! its capture or a tombstone, the tiles say what the leaves say, and the log begins with the head that somebody else
//! kept.

use std::collections::{BTreeMap, HashSet};
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use vidimus_catalog::{Catalog, LoggedLeaf};
use vidimus_disk::RealDisk;
use vidimus_ledger::anchors::Anchors;
use vidimus_ledger::{Checkpoint, Custody, Event, Leaf, LogError, LogReader, VerifierKey};
use vidimus_snapshot::{Digest, LogHead, SnapshotId};

use super::anchored::{self, Anchored, TimeTrust};
use super::finding::Finding;
use crate::blocking::blocking;
use crate::logbook;
use crate::{ArchiveError, Layout};

/// How many leaves are compared at once: a bundle.
const PIECE: u64 = 256;
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
    folder: PathBuf,
    reader: LogReader,
    checkpoint: Option<Checkpoint>,
    /// Its timestamps that were verified.
    anchored: OnceLock<Vec<Anchored>>,
    /// How many of its leaves a log that goes on from it covers: under its signed head, and since when under a timestamp.
    successor: OnceLock<(u64, Option<Anchored>)>,
}

/// Checks the logs of an archive.
pub async fn verify_log(
    layout: &Layout,
    catalog: &Catalog,
    question: &LogQuestion,
    mut told: impl FnMut(u64, u64) + Send + 'static,
) -> Result<LogReport, ArchiveError> {
    let mut report = LogReport { authorities: question.time.configured, ..LogReport::default() };
    // What the catalog knows now is in a log that is read after this; what is appended meanwhile is no defect.
    let known = catalog.newest_log().await?;
    let mut counts = BTreeMap::new();
    for number in 1..=known.map_or(0, |(number, _)| number) {
        counts.insert(number, catalog.leaf_count(number).await?);
    }
    let logs = open(layout, &mut report).await?;
    report.exists = logs.last().is_some_and(|log| log.folder == layout.log());
    report.findings.extend(unanswered(&report, &logs, known, question));
    let Some(newest) = logs.last() else { return Ok(report) };
    report.signed = newest.checkpoint.as_ref().map(|checkpoint| checkpoint.head().clone());
    let newest_number = newest.number;
    let logs: Vec<Arc<Read>> = logs.into_iter().map(Arc::new).collect();
    for log in &logs {
        let (read, asked, is_newest) = (log.clone(), question.clone(), log.number == newest_number);
        let (done, back) = blocking(move || {
            let mut of_log = LogReport::default();
            read.signature(&asked, is_newest, &mut of_log);
            let present = read.times(&asked, &mut of_log);
            if asked.captures.is_empty() || asked.against.is_some() {
                read.audit(&present, &mut told, &mut of_log);
            }
            Ok((of_log, told))
        })
        .await?;
        told = back;
        report.merge(done);
        if question.captures.is_empty() {
            compare(log, catalog, counts.get(&log.number).copied().unwrap_or_default(), &mut report).await?;
        }
    }
    let (all, asked) = (logs.clone(), question.clone());
    let (linked, found) = blocking(move || {
        let linked = link(&all);
        let found = asked.against.as_ref().map(|against| begins_with(&all, against, &asked.fingerprints));
        Ok((linked, found))
    })
    .await?;
    report.findings.extend(linked);
    if let Some(found) = found {
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

/// What is missing altogether, though there was some of it or somebody asks to compare with it.
fn unanswered(
    report: &LogReport,
    logs: &[Read],
    known: Option<(u32, u64)>,
    question: &LogQuestion,
) -> Option<Finding> {
    let finding = |what: String| Some(Finding::new(3, "log", 0, what));
    let asks = question.against.is_some() || !question.fingerprints.is_empty();
    match (report.exists, known) {
        (false, Some((_, leaves))) => finding(format!(
            "the log is missing; the catalog knows of {leaves} leaves: take it from a backup"
        )),
        (false, None) if asks || !logs.is_empty() => {
            finding("there is no log that could be compared".to_owned())
        }
        (false, None) => None,
        (true, _) => {
            let newest = logs.last()?;
            if newest.checkpoint.is_some() {
                return None;
            }
            let anchors = Anchors::of(newest.reader.folder(), Arc::new(RealDisk));
            let was_signed = newest.reader.keys().is_ok_and(|keys| !keys.is_empty())
                || anchors.all().is_ok_and(|all| !all.is_empty());
            if was_signed {
                return finding("the signed head of the log is missing, though there was one".to_owned());
            }
            asks.then(|| finding("the log is not signed, so that it cannot be compared".to_owned()))?
        }
    }
}

/// Each log goes on from the one before it, as its first leaf says, and covers that one with what covers itself.
fn link(logs: &[Arc<Read>]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (place, log) in logs.iter().enumerate().rev() {
        let before = place.checked_sub(1).and_then(|before| logs.get(before));
        let first = log.reader.leaf(0).ok().and_then(|bytes| Leaf::read(&bytes).ok());
        let continues = match first.map(|leaf| leaf.event) {
            Some(Event::Custody(Custody::Continues { origin, size, root, .. })) => {
                Some(LogHead { origin, size, root })
            }
            _ => None,
        };
        match (continues, before) {
            (None, None) if log.number == 1 => {}
            (None, _) => findings.push(
                log.finding(3, "it does not say which log it goes on from, though it is not the first"),
            ),
            // That nothing was left of the one before it, the log itself says.
            (Some(head), None) if head.size == 0 => {}
            (Some(head), None) => findings.push(log.finding(
                3,
                format!("it goes on from the log {} of {} leaves, which is missing", head.origin, head.size),
            )),
            (Some(head), Some(before)) => {
                if before.reader.head_at(head.size).ok().as_ref() == Some(&head) {
                    before.covered_by(log, head.size);
                } else {
                    findings.push(before.finding(
                        3,
                        format!(
                            "it is not the log of {} leaves that {} goes on from",
                            head.size,
                            log.reader.origin()
                        ),
                    ));
                }
            }
        }
    }
    findings
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
    let layout = layout.clone();
    let (logs, findings) = blocking(move || {
        let (mut logs, mut findings) = (Vec::new(), Vec::new());
        for (number, folder) in logbook::logs(&layout)? {
            let name = folder.strip_prefix(layout.root()).unwrap_or(&folder).to_string_lossy().into_owned();
            // The head first: the log is at least as long as it when it is measured then.
            let opened = LogReader::open(&folder).and_then(|reader| {
                let checkpoint = reader.map(|reader| reader.checkpoint()).transpose()?.flatten();
                let Some(reader) = LogReader::open(&folder)? else { return Ok(None) };
                let (anchored, successor) = (OnceLock::new(), OnceLock::new());
                let (name, folder) = (name.clone(), folder.clone());
                Ok(Some(Read { number, name, folder, reader, checkpoint, anchored, successor }))
            });
            match opened {
                Ok(log) => logs.extend(log),
                Err(error) => findings.push(Finding::new(3, &name, 0, error.to_string())),
            }
        }
        // One that is there and cannot even be named is damage, and no archive without a log.
        if let Err(error) = LogReader::open(&layout.log()) {
            findings.push(Finding::new(3, "log", 0, error.to_string()));
        }
        let strangers = layout.ended_logs()?.into_iter();
        let strangers = strangers.filter(|(_, folder)| !logs.iter().any(|log: &Read| log.folder == *folder));
        findings.extend(strangers.map(|(_, folder)| {
            let name = folder.strip_prefix(layout.root()).unwrap_or(&folder).to_string_lossy().into_owned();
            Finding::new(3, &name, 0, "this is no log of this archive that ended")
        }));
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
        let Some(newest) = self.in_force(&keys, checkpoint.head().size) else {
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

    /// The key that signs when the log has so many leaves: the last one that it tells of before. One that came since signs
    /// the next head.
    fn in_force<'a>(&self, keys: &'a [VerifierKey], size: u64) -> Option<&'a VerifierKey> {
        let since = keys.iter().rev().find(|key| {
            let name = key.to_string();
            !(size..self.reader.size()).any(|index| {
                let leaf = self.reader.leaf(index).ok().and_then(|bytes| Leaf::read(&bytes).ok());
                matches!(leaf.map(|leaf| leaf.event), Some(Event::Key(change)) if change.new == name)
            })
        });
        since.or(keys.last())
    }

    /// A log that goes on from this one covers its first leaves with what covers its own first leaf.
    fn covered_by(&self, successor: &Self, size: u64) {
        let signed = if successor.signed() > 0 { size } else { 0 };
        let time = successor.not_after(0);
        // It is asked only once.
        let _ = self.successor.set((signed, time.map(|time| Anchored { size, ..time })));
    }

    /// Every timestamp is verified, and the head under it is one of this log. Gives the answers that are there.
    fn times(&self, question: &LogQuestion, report: &mut LogReport) -> HashSet<Digest> {
        let keys = self.reader.keys().unwrap_or_default();
        let times = anchored::times(&self.reader, &keys, &question.time);
        report.findings.extend(times.wrong.into_iter().map(|what| self.finding(4, what)));
        report.unchecked += times.unchecked;
        report.anchored.extend(times.anchored.iter().cloned());
        // It is asked only once.
        let _ = self.anchored.set(times.anchored);
        times.present
    }

    /// The earliest time by which a leaf was in the log.
    fn not_after(&self, index: u64) -> Option<Anchored> {
        let own = self.anchored.get().into_iter().flatten();
        let covering = own.chain(self.successor.get().and_then(|(_, time)| time.as_ref()));
        covering.filter(|anchored| anchored.size > index).min_by_key(|anchored| anchored.time).cloned()
    }

    /// How many leaves the verified timestamps cover.
    fn covered(&self) -> u64 {
        let own = self.anchored.get().into_iter().flatten();
        let all = own.chain(self.successor.get().and_then(|(_, time)| time.as_ref()));
        all.map(|anchored| anchored.size).max().unwrap_or_default()
    }

    /// Every leaf and every tile is read.
    fn audit(&self, present: &HashSet<Digest>, told: &mut impl FnMut(u64, u64), report: &mut LogReport) {
        let size = self.reader.size();
        report.leaves += size;
        report.audited = true;
        match self.reader.audit(self.checkpoint.as_ref(), |done| told(done, size)) {
            Ok(wrong) => {
                let level = |error: &LogError| if matches!(error, LogError::Forked { .. }) { 3 } else { 5 };
                let told = wrong.iter().map(|error| self.finding(level(error), error.to_string()));
                report.findings.extend(told);
            }
            Err(error) => report.findings.push(self.finding(5, error.to_string())),
        }
        self.told_of(present, report);
    }

    /// The changes of keys that the log tells are signed, and lead to the keys that it names; the answers of authorities
    /// that it tells of are there.
    fn told_of(&self, present: &HashSet<Digest>, report: &mut LogReport) {
        let origin = self.reader.origin();
        let mut told: Vec<String> = Vec::new();
        for index in 0..self.reader.size().div_ceil(256) {
            // What cannot be read was said above.
            for bytes in self.reader.bundle(index).unwrap_or_default() {
                let change = match Leaf::read(&bytes).map(|leaf| leaf.event) {
                    Ok(Event::Key(change)) => change,
                    Ok(Event::Anchor { authority, checkpoint_size, response_sha256, .. })
                        if !present.contains(&response_sha256) =>
                    {
                        let what = format!(
                            "the answer of {authority} over {checkpoint_size} leaves, which the log tells of, is missing or was changed"
                        );
                        report.findings.push(self.finding(4, what));
                        continue;
                    }
                    _ => continue,
                };
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

    /// How many leaves are under a signed head: its own, or that of the log that goes on from it.
    fn signed(&self) -> u64 {
        let own = self.checkpoint.as_ref().map_or(0, |checkpoint| checkpoint.head().size);
        own.max(self.successor.get().map_or(0, |(signed, _)| *signed))
    }
}

/// The catalog says of the leaves what they say. `known` is what it knew before the log was read.
async fn compare(
    log: &Arc<Read>,
    catalog: &Catalog,
    known: u64,
    report: &mut LogReport,
) -> Result<(), ArchiveError> {
    if known > log.reader.size() {
        let what = format!(
            "the log has {} leaves, and the catalog knows {known}: it was cut, or taken from an older backup",
            log.reader.size()
        );
        report.findings.push(log.finding(3, what));
    }
    for bundle in 0..known.min(log.reader.size()).div_ceil(PIECE) {
        let limit = u32::try_from(PIECE).unwrap_or(u32::MAX);
        let rows = catalog.leaves_from(log.number, bundle * PIECE, limit).await?;
        let read = log.clone();
        let wrong = blocking(move || {
            // One that cannot be read was said before.
            let leaves = read.reader.bundle(bundle).unwrap_or_default();
            let differs =
                |(row, bytes): (&LoggedLeaf, &Vec<u8>)| logbook::differs(bytes, row).then_some(row.index);
            Ok(rows.iter().zip(&leaves).find_map(differs))
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
    }
    Ok(())
}

/// Every capture has its leaf, and every leaf its capture or a tombstone.
async fn whole(logs: &[Arc<Read>], catalog: &Catalog, report: &mut LogReport) -> Result<(), ArchiveError> {
    let mut removed = HashSet::new();
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
    let covered = |of: fn(&Read) -> u64| logs.iter().map(|log| (log.number, of(log))).collect::<Vec<_>>();
    report.not_signed = catalog.count_not_covered(&covered(Read::signed)).await?;
    report.not_anchored = catalog.count_not_covered(&covered(Read::covered)).await?;
    Ok(())
}

/// One capture's leaf is where the catalog says, speaks of it, and is in the signed head.
async fn single(
    logs: &[Arc<Read>],
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
fn begins_with(logs: &[Arc<Read>], against: &Checkpoint, fingerprints: &[Digest]) -> Option<Finding> {
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
