//! Exports: chosen captures in formats that other people's tools read.
//!
//! - [`export_warc`]: their records as they lie in the archive, byte for byte, in one WARC file.
//! - [`export_wacz`]: such a file with an index and a list of pages, in one zip file (WACZ 1.1.1).
//! - [`export_cdxj`]: an index of their answers where they lie in the archive.
//! - [`export_csv`]: what the catalog knows of them, as a table.
//!
//! What they promise: no record is written that is not the one that its manifest vouches for; what is left out for that
//! reason is in [`ExportReport::damage`]. The captures that revisits refer to come along, each once. The same choice of
//! the same archive at the same time gives the same bytes. Memory does not grow with the size of records.

mod check;
mod index;
mod pages;
mod parts;
mod table;
mod tally;
mod target;
mod wacz;
mod warc;

use std::collections::HashSet;
use std::fmt;
use std::path::PathBuf;

use jiff::Timestamp;
use vidimus_catalog::{Capture, Filter, time_text};
use vidimus_snapshot::SnapshotId;

pub use self::index::export_cdxj;
pub use self::parts::{Part, Parts, TextPart, parts_of};
pub use self::table::export_csv;
pub use self::target::OutFile;
pub use self::wacz::{export_wacz, zip_time};
pub use self::warc::export_warc;
use crate::{Archive, ArchiveError};

/// Which captures to export.
#[derive(Debug, Clone)]
pub enum Selection {
    /// Those with these names.
    Named(Vec<SnapshotId>),
    /// All that pass the filter.
    Fitting(Filter),
}

/// In words, for the file that is written.
impl fmt::Display for Selection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        /// More names than these are counted.
        const LISTED: usize = 20;
        let filter = match self {
            Self::Named(ids) if ids.len() > LISTED => return write!(f, "{} captures by name", ids.len()),
            Self::Named(ids) => {
                let names: Vec<String> = ids.iter().map(SnapshotId::hex).collect();
                return write!(f, "captures {}", names.join(" "));
            }
            Self::Fitting(filter) => filter,
        };
        write!(f, "all captures")?;
        let conditions = [
            ("of source", filter.source.clone()),
            ("of", filter.url_key.clone()),
            ("in the role of", filter.role.map(|role| role.to_string())),
            ("of run", filter.run.clone()),
            ("since", filter.since.map(time_text)),
            ("before", filter.until.map(time_text)),
        ];
        for (word, value) in conditions {
            if let Some(value) = value {
                write!(f, ", {word} {value}")?;
            }
        }
        Ok(())
    }
}

/// Who exports, when and whereto.
#[derive(Debug, Clone)]
pub struct ExportInfo {
    /// The time that the file says it was made at.
    pub at: Timestamp,
    /// Name and version of the software.
    pub software: String,
    /// Who operates the archive.
    pub operator: Option<String>,
    /// What the file says it was taken from; where nothing is given, the name of the archive's folder.
    pub part_of: Option<String>,
    /// Whether the list of pages has the texts that manifests name; otherwise it has the newest.
    pub manifest_texts: bool,
    /// The file, as errors name it; the last part of its name goes into the file.
    pub path: PathBuf,
}

/// A record that is not in the export, or not of use there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotExported {
    /// The file of the archive that it is in.
    pub file: String,
    /// Where in it.
    pub offset: u64,
    /// Its id.
    pub record_id: Option<String>,
    /// The capture that it belongs to.
    pub snapshot: Option<SnapshotId>,
    /// What is wrong.
    pub what: String,
}

/// What an export holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExportReport {
    /// The captures that were asked for.
    pub captures: u64,
    /// Captures that came along because others repeat their payload.
    pub originals: u64,
    /// Tries among those asked for that left no record, so that there was nothing to export of them.
    pub without_records: u64,
    /// Records, or lines of an index or table.
    pub records: u64,
    /// Entries in the list of pages.
    pub pages: u64,
    /// Everything that is missing.
    pub damage: Vec<NotExported>,
}

/// A capture on its way out.
#[derive(Debug, Clone)]
pub(crate) struct Picked {
    /// What the catalog says of it, without its records.
    pub capture: Capture,
    /// Whether it was asked for; otherwise another one needs it.
    pub is_selected: bool,
}

/// Captures to be exported, oldest first, with all that they refer to.
#[derive(Debug, Clone)]
pub struct Chosen {
    pub(crate) captures: Vec<Picked>,
    /// Which they are, in words.
    pub(crate) words: String,
    /// Captures that others refer to and that the archive does not hold.
    missing: Vec<NotExported>,
}

impl Chosen {
    /// Looks the captures up.
    pub async fn of(archive: &Archive, selection: &Selection) -> Result<Self, ArchiveError> {
        let selected = match selection {
            Selection::Named(ids) => named(archive, ids).await?,
            Selection::Fitting(filter) => archive.catalog().list(filter).await?,
        };
        let picked = selected.into_iter().map(|capture| Picked { capture, is_selected: true }).collect();
        let mut chosen = Self { captures: picked, words: selection.to_string(), missing: Vec::new() };
        chosen.add_originals(archive).await?;
        chosen.captures.sort_by(|a, b| order(&a.capture).cmp(&order(&b.capture)));
        chosen.say_what_others_made();
        Ok(chosen)
    }

    /// Whoever gets the file must not take all of it for our own.
    fn say_what_others_made(&mut self) {
        let held = self.captures.iter().filter(|picked| picked.capture.snapshot.is_some());
        let (all, others) = held
            .fold((0, 0), |(all, others), picked| (all + 1, others + u64::from(!picked.capture.witnessed)));
        if others > 0 {
            self.words.push_str(&format!(
                "; {others} of {all} captures were imported from other people's files and not witnessed by this archive: \
                 their manifests say who made them"
            ));
        }
    }

    /// Whether nothing was chosen.
    pub fn is_empty(&self) -> bool {
        self.captures.is_empty()
    }

    /// Adds what captures repeat the payload of, and what those repeat, each once.
    async fn add_originals(&mut self, archive: &Archive) -> Result<(), ArchiveError> {
        let mut known: HashSet<SnapshotId> =
            self.captures.iter().filter_map(|p| p.capture.snapshot).collect();
        let mut next = 0;
        while let Some(Picked { capture, .. }) = self.captures.get(next) {
            next += 1;
            let snapshot = capture.snapshot;
            let Some(id) = capture.original.filter(|id| known.insert(*id)) else { continue };
            match archive.catalog().get(id).await? {
                Some(original) => {
                    let capture = Capture { records: Vec::new(), ..original };
                    self.captures.push(Picked { capture, is_selected: false });
                }
                None => self.missing.push(NotExported {
                    file: "catalog.sqlite".to_owned(),
                    offset: 0,
                    record_id: None,
                    snapshot,
                    what: format!("the capture {id}, whose payload this one repeats, is not in this archive"),
                }),
            }
        }
        Ok(())
    }

    /// What is known of an export of these before it begins.
    fn report(&self) -> ExportReport {
        let count = |what: fn(&&Picked) -> bool| self.captures.iter().filter(what).count() as u64;
        ExportReport {
            captures: count(|p| p.is_selected && p.capture.snapshot.is_some()),
            originals: count(|p| !p.is_selected),
            without_records: count(|p| p.capture.snapshot.is_none()),
            damage: self.missing.clone(),
            ..ExportReport::default()
        }
    }

    /// Those that have records.
    fn with_records(&self) -> impl Iterator<Item = (SnapshotId, &Picked)> {
        self.captures.iter().filter_map(|picked| Some((picked.capture.snapshot?, picked)))
    }
}

async fn named(archive: &Archive, ids: &[SnapshotId]) -> Result<Vec<Capture>, ArchiveError> {
    let mut known = HashSet::new();
    let mut captures = Vec::new();
    for id in ids.iter().filter(|id| known.insert(**id)) {
        let found = archive.catalog().get(*id).await?;
        let capture = found.ok_or(ArchiveError::Absent("entry in the catalog"))?;
        captures.push(Capture { records: Vec::new(), ..capture });
    }
    Ok(captures)
}

/// Oldest first; no two captures with records are the same in all of these.
fn order(capture: &Capture) -> impl Ord + use<'_> {
    (capture.started_at, &capture.url, capture.role.as_str(), capture.snapshot.map(|id| id.hex()))
}
