//! What came of a file that was imported, for the report of the run and for whoever asked.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use vidimus_snapshot::Digest;

use super::exchange::Met;
use super::facts::{Refused, told};

/// How many defects of one file are told with their places; of the others only the number.
const DEFECTS: usize = 200;

/// What came of one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportedImport {
    /// The last part of the name under which it was handed over.
    pub name: String,
    /// Where it is kept, relative to the archive.
    pub file: String,
    /// How long it is.
    pub bytes: u64,
    /// SHA-256 of all of it.
    pub sha256: Digest,
    /// Whether the archive had the file before this run.
    pub was_there: bool,
    /// Whether what the archive had of it was lost or damaged, and was written again; older reports do not say.
    #[serde(default)]
    pub mended: bool,
    /// Records read.
    pub records: u64,
    /// Captures added, those below included.
    pub captures: u64,
    /// Captures added of pages.
    pub pages: u64,
    /// Captures added that repeat a payload which is held elsewhere.
    pub revisits: u64,
    /// Those of them whose original was found nowhere.
    pub unresolved: u64,
    /// Captures that the archive had before, from this file or another.
    pub held_before: u64,
    /// Parts of pages that were left in the file alone, because only pages were asked for.
    pub parts_left: u64,
    /// Records that are no captures, by their type, or as `other` where the standard has no such type; they are in the
    /// file, and nowhere else.
    pub aside: BTreeMap<String, u64>,
    /// Records and bytes that were left in the file alone because something is wrong with them, by the word for it.
    pub left_out: BTreeMap<String, u64>,
    /// The first of them, with their places.
    pub defects: Vec<ReportedDefect>,
}

/// A record, or bytes that are none, of which no capture could be made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportedDefect {
    /// The WARC file inside a WACZ.
    pub entry: Option<String>,
    /// Where it begins, in the file that holds its records.
    pub offset: u64,
    /// The record, where it has an id.
    pub record_id: Option<String>,
    /// The word for what is wrong.
    pub code: String,
    /// What is wrong.
    pub what: String,
}

impl ReportedImport {
    /// A report of a file of which nothing was read yet.
    pub fn new(name: String, kept: &super::KeptFile) -> Self {
        Self {
            name,
            file: kept.file.clone(),
            bytes: kept.bytes,
            sha256: kept.sha256,
            was_there: kept.was_there,
            mended: kept.mended,
            records: 0,
            captures: 0,
            pages: 0,
            revisits: 0,
            unresolved: 0,
            held_before: 0,
            parts_left: 0,
            aside: BTreeMap::new(),
            left_out: BTreeMap::new(),
            defects: Vec::new(),
        }
    }

    /// How many lines a report has of it, more or less.
    pub(crate) fn weight(&self) -> usize {
        1 + self.aside.len() + self.left_out.len() + self.defects.len()
    }

    /// Whether everything in the file could be read.
    pub fn is_well(&self) -> bool {
        self.left_out.is_empty()
    }

    /// Counts a capture.
    pub fn count(&mut self, is_page: bool, is_revisit: bool) {
        self.captures += 1;
        self.pages += u64::from(is_page);
        self.revisits += u64::from(is_revisit);
    }

    /// Notes something of which no capture can be made.
    pub fn note(&mut self, entry: Option<&str>, met: Met) {
        match met {
            Met::Aside(kind) => *self.aside.entry(kind).or_insert(0) += 1,
            Met::Damaged { offset, record_id, why } => self.leave_out(entry, offset, record_id, why),
            Met::Answer(_) => {}
        }
    }

    /// Notes a defect.
    pub fn leave_out(&mut self, entry: Option<&str>, offset: u64, record_id: Option<String>, why: Refused) {
        *self.left_out.entry(why.code.to_owned()).or_insert(0) += 1;
        if self.defects.len() < DEFECTS {
            let (entry, code) = (entry.map(str::to_owned), why.code.to_owned());
            self.defects.push(ReportedDefect { entry, offset, record_id, code, what: told(&why.what) });
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A file with so many defects, each with as many words as a stranger can put there.
    pub(crate) fn damaged(defects: usize) -> ReportedImport {
        let file = "imported/2024/06/vidimus-20240627083000-1a2b3c4d-00000.warc.gz".to_owned();
        let kept =
            crate::KeptFile { file, bytes: 1, sha256: Digest::of(b"x"), was_there: false, mended: false };
        let mut report = ReportedImport::new("x".repeat(500), &kept);
        for _ in 0..defects {
            report.leave_out(None, 7, None, Refused::new("damaged", "long ".repeat(1_000_000)));
        }
        report
    }

    #[test]
    fn what_a_stranger_wrote_makes_no_long_report() {
        let report = damaged(3);
        assert!(report.defects.iter().all(|defect| defect.what.len() <= 1000));
    }
}
