//! What a verification tells: single defects, what is still whole of a damaged file, and the sum of it.

use super::proofs::LogReport;
use vidimus_snapshot::{Digest, SnapshotId};
use vidimus_warc::{Damage, DamageKind};

/// One defect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The level that fails because of it, from 0 to 5.
    pub level: u8,
    /// The file; of a WACZ, with the entry behind `!/`.
    pub file: String,
    /// Where in it.
    pub offset: u64,
    /// The record, where it has an id.
    pub record_id: Option<String>,
    /// The snapshot that it concerns, where that is known.
    pub snapshot: Option<SnapshotId>,
    /// What is wrong, with what was expected and what was found.
    pub what: String,
    /// What was expected, where that is a value: a digest, a length.
    pub expected: Option<String>,
    /// What was found in its place.
    pub found: Option<String>,
}

impl Finding {
    pub(super) fn new(level: u8, file: &str, offset: u64, what: impl Into<String>) -> Self {
        Self {
            level,
            file: file.to_owned(),
            offset,
            record_id: None,
            snapshot: None,
            what: what.into(),
            expected: None,
            found: None,
        }
    }

    /// What the reader, or the check of a record, has to say.
    pub(super) fn of_damage(file: &str, damage: Damage) -> Self {
        let (expected, found) = expectation(&damage.kind);
        let record_id = damage.record_id;
        Self { record_id, expected, found, ..Self::new(1, file, damage.offset, damage.kind.to_string()) }
    }

    pub(super) fn record(mut self, id: &str) -> Self {
        self.record_id = Some(id.to_owned()).filter(|id| !id.is_empty());
        self
    }

    pub(super) fn snapshot(mut self, snapshot: SnapshotId) -> Self {
        self.snapshot = Some(snapshot);
        self
    }

    pub(super) fn differs(mut self, expected: impl ToString, found: impl ToString) -> Self {
        self.expected = Some(expected.to_string());
        self.found = Some(found.to_string());
        self
    }
}

/// The values in a defect of the format.
fn expectation(kind: &DamageKind) -> (Option<String>, Option<String>) {
    match kind {
        DamageKind::ShortBlock { expected, found } => (Some(expected.to_string()), Some(found.to_string())),
        DamageKind::WrongDigest { expected, found, .. } => (Some(expected.clone()), Some(found.clone())),
        DamageKind::Value { value, .. } | DamageKind::UnknownDigest { value, .. } => {
            (None, Some(value.clone()))
        }
        _ => (None, None),
    }
}

/// A way in which a record is not the one of its manifest.
#[derive(Debug)]
pub(super) struct Difference {
    pub what: String,
    pub values: Option<(Digest, Digest)>,
}

impl Difference {
    pub fn at(self, level: u8, file: &str, offset: u64) -> Finding {
        let finding = Finding::new(level, file, offset, self.what);
        match self.values {
            Some((expected, found)) => finding.differs(expected, found),
            None => finding,
        }
    }
}

/// A capture that a damaged file holds, and that is not whole any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokenCapture {
    /// Its name.
    pub snapshot: SnapshotId,
    /// The page; empty where the catalog does not know the capture.
    pub url: String,
    /// How many other captures repeat its payload.
    pub repeated_by: u64,
}

/// What the check of one file of an archive found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FileReport {
    /// The file, relative to the archive.
    pub file: String,
    /// Whether it is sealed: one that is being written has not its last form.
    pub sealed: bool,
    /// How many bytes it has.
    pub length: u64,
    /// Records read.
    pub records: u64,
    /// Manifests read.
    pub manifests: u64,
    /// Uncompressed bytes of blocks that were hashed.
    pub bytes: u64,
    /// How many captures have records in it.
    pub captures: u64,
    /// Those of them that are not whole.
    pub broken: Vec<BrokenCapture>,
    /// Whether there are records for which no manifest vouches, as an interrupted run leaves them at the end of a file.
    pub left_over: bool,
    /// What is wrong.
    pub findings: Vec<Finding>,
}

impl FileReport {
    /// What is wrong, in one line; empty when nothing is.
    pub fn summary(&self) -> String {
        match (self.findings.as_slice(), self.findings.first()) {
            ([_], Some(only)) => format!("offset {}: {}", only.offset, only.what),
            (all, Some(first)) => {
                format!("offset {}: {} (and {} more)", first.offset, first.what, all.len() - 1)
            }
            (_, None) => String::new(),
        }
    }
}

/// What a verification read and found.
#[derive(Debug, Clone, Default)]
pub struct VerifyReport {
    /// Files read.
    pub files: u64,
    /// Records read.
    pub records: u64,
    /// Manifests read.
    pub manifests: u64,
    /// Uncompressed bytes of blocks that were hashed.
    pub bytes: u64,
    /// How many of the files were WACZ packages.
    pub packages: u64,
    /// How many captures were taken down, as the log says.
    pub removed: u64,
    /// Whether the catalog was there to compare with.
    pub catalog: bool,
    /// Whether level 2 could be checked: false when the manifests of some records are not among what was read.
    pub l2_checked: bool,
    /// Whether level 2 has no meaning here: no record is one of Vidimus, whose captures alone have manifests.
    pub foreign: bool,
    /// What the check of the log found; nothing where there is no archive around what was read.
    pub log: Option<LogReport>,
    /// All defects, in the order of the files.
    pub findings: Vec<Finding>,
    /// The damaged files of an archive with a catalog: how much of each is still whole.
    pub damaged: Vec<FileReport>,
}

impl VerifyReport {
    /// Whether nothing of this level or below is wrong, as far as it could be checked.
    pub fn passes(&self, level: u8) -> bool {
        !self.findings.iter().any(|finding| finding.level <= level)
    }

    /// Whether level 2 passed or failed; `None` when it could not be checked, and nothing of it is known to be wrong.
    pub fn level_2(&self) -> Option<bool> {
        let is_wrong = self.findings.iter().any(|finding| finding.level == 2);
        (self.l2_checked || is_wrong).then(|| self.passes(2))
    }

    /// Adds what the check of the log found.
    pub fn add_log(&mut self, mut log: LogReport) {
        let of_files: Vec<Finding> =
            self.findings.iter().filter(|finding| finding.level > 2).cloned().collect();
        self.findings.extend(log.findings.iter().cloned());
        // What a manifest says of the log is about the log.
        log.findings.extend(of_files);
        self.log = Some(log);
    }

    /// Adds what the check of one more file found.
    pub fn add(&mut self, report: FileReport) {
        self.files += 1;
        self.records += report.records;
        self.manifests += report.manifests;
        self.bytes += report.bytes;
        self.findings.extend(report.findings.iter().cloned());
        if !report.findings.is_empty() {
            self.damaged.push(report);
        }
    }
}
