//! Checking an archive file by file with the catalog as an index, so that memory does not grow with the archive, the
//! check of one file is complete in itself, and the whole can be interrupted at any file.
//!
//! Two moments matter while a crawl goes on. What the catalog knew *before* a file was read has to be in it; what is in
//! a sealed file has to be known *after* it was read, because a file is sealed only when all of it is.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::io::ErrorKind;
use std::path::PathBuf;

use jiff::Timestamp;
use vidimus_catalog::{Catalog, Fixity, PlacedRecord, Removed, SealedFile};
use vidimus_snapshot::SnapshotId;

use super::finding::{BrokenCapture, FileReport, Finding};
use super::pass::{self, FileRead};
use super::source::Pace;
use super::{captures, sealed, takedowns, texts};
use crate::blocking::blocking;
use crate::layout::FileKind;
use crate::layout::is_imported;
use crate::takedown::{Logged, logged};
use crate::{ArchiveError, Layout};

/// A file of the archive that can be checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkable {
    /// Its name, relative to the archive.
    pub name: String,
    /// How many bytes it has now; 0 when it is missing.
    pub length: u64,
    /// Its last check; `None` when it was never checked, or is not sealed.
    pub last: Option<Fixity>,
}

/// The check of an archive beside its catalog.
#[derive(Debug, Clone)]
pub struct ArchiveCheck {
    layout: Layout,
    catalog: Catalog,
    sealed: HashMap<String, SealedFile>,
    pace: Pace,
    /// What was taken down, as the log says.
    logged: Logged,
}

/// What a comparison of a file that was read needs.
pub(super) struct Context<'a> {
    pub layout: &'a Layout,
    pub catalog: &'a Catalog,
    pub pace: &'a Pace,
}

impl ArchiveCheck {
    /// Begins a check; what the catalog knows of sealed files is read once.
    pub async fn begin(layout: &Layout, catalog: &Catalog, pace: Pace) -> Result<Self, ArchiveError> {
        let sealed = catalog.sealed_files().await?.into_iter().map(|file| (file.name.clone(), file));
        let (sealed, logged) = (sealed.collect(), of_log(layout, catalog).await?);
        Ok(Self { layout: layout.clone(), catalog: catalog.clone(), sealed, pace, logged })
    }

    /// All files that are there, or that the catalog says should be, the one first whose check is the most urgent:
    /// damaged at its last check, never checked, checked the longest ago.
    pub async fn files(&self) -> Result<Vec<Checkable>, ArchiveError> {
        let mut names: BTreeSet<String> = self.sealed.keys().cloned().collect();
        names.extend(self.catalog.files().await?);
        for kind in [FileKind::Warc, FileKind::Text] {
            names.extend(self.layout.files(kind)?);
        }
        names.extend(self.layout.imported_files()?);
        let checks = self.catalog.fixity().await.unwrap_or_default();
        let mut checks: HashMap<String, Fixity> = checks.into_iter().map(|f| (f.file.clone(), f)).collect();
        let of = |name: String| {
            let length = self.layout.find(&name).metadata().map_or(0, |facts| facts.len());
            let last = checks.remove(&name).filter(|_| self.sealed.contains_key(&name));
            Checkable { name, length, last }
        };
        let mut files: Vec<Checkable> = names.into_iter().map(of).collect();
        files.sort_by_key(|file| match &file.last {
            Some(last) if !last.ok => (0, last.checked_at),
            None => (1, Timestamp::MIN),
            Some(last) => (2, last.checked_at),
        });
        Ok(files)
    }

    /// Checks one file; `None` when somebody asked to stop before its end.
    ///
    /// # Errors
    ///
    /// Only what the catalog refuses is one: a file that cannot be read is a finding.
    pub async fn check(&self, name: &str) -> Result<Option<FileReport>, ArchiveError> {
        let end = self.catalog.end_of(name).await?;
        let is_imported = is_imported(name);
        let (path, is_open) = self.find(name);
        if !path.is_file() && !self.layout.sealed(name).is_file() {
            return Ok(Some(self.gone(name, None).await?));
        }
        let read =
            if is_imported { self.hash(name).await } else { self.read(name, path, is_open, end).await };
        let (read, is_open) = match read {
            Ok(Some(read)) => read,
            Ok(None) => return Ok(None),
            Err(ArchiveError::Io { source, .. }) => {
                return Ok(Some(self.gone(name, Some(source.to_string())).await?));
            }
            Err(error) => return Err(error),
        };
        self.compare(read, is_open).await.map(Some)
    }

    fn find(&self, name: &str) -> (PathBuf, bool) {
        let path = self.layout.find(name);
        let is_open = path != self.layout.sealed(name);
        (path, is_open)
    }

    /// Reads a file, which a writer may seal in the moment before it is opened; says whether it was open.
    async fn read(
        &self,
        name: &str,
        path: PathBuf,
        is_open: bool,
        end: u64,
    ) -> Result<Option<(FileRead, bool)>, ArchiveError> {
        let (name, layout, pace) = (name.to_owned(), self.layout.clone(), self.pace.clone());
        blocking(move || {
            let settled = is_open.then_some(end);
            match pass::read_file(&name, &path, settled, Some(&layout), &pace) {
                Err(ArchiveError::Io { source, .. }) if is_open && source.kind() == ErrorKind::NotFound => {
                    let read = pass::read_file(&name, &layout.sealed(&name), None, Some(&layout), &pace);
                    Ok(read?.map(|read| (read, false)))
                }
                read => Ok(read?.map(|read| (read, is_open))),
            }
        })
        .await
    }

    /// An imported file is a stranger's: what is not well inside was said when it was imported, and all that has to be
    /// true of it now is that it is what it was.
    async fn hash(&self, name: &str) -> Result<Option<(FileRead, bool)>, ArchiveError> {
        let (name, path, pace) = (name.to_owned(), self.layout.sealed(name), self.pace.clone());
        blocking(move || {
            let whole = sealed::hash(&path, &pace)?;
            let read =
                |whole| FileRead { name, settled: u64::MAX, whole: Some(whole), ..FileRead::default() };
            Ok(whole.map(|whole| (read(whole), false)))
        })
        .await
    }

    async fn compare(&self, mut read: FileRead, is_open: bool) -> Result<FileReport, ArchiveError> {
        let name = read.name.clone();
        let mut placed = self.catalog.placed_in(&name).await?;
        placed.retain(|record| record.place.offset < read.settled);
        let (layout, catalog, pace) = (&self.layout, &self.catalog, &self.pace);
        let context = Context { layout, catalog, pace };
        // A writer notes a file before it makes it, and is done with noting before it forgets that it was open.
        let is_known = self.catalog.knows_file(&name).await?;
        let mut left_over = false;
        if is_imported(&name) {
            sealed::check_imported(&context, self.sealed.get(&name), &mut read).await?;
        } else {
            check_places(&mut read, &placed);
            if name.starts_with("text/") {
                // What is in a text file that nobody knows belongs to nobody: that it is unknown says so.
                left_over = is_known && texts::check(&context, &mut read).await?;
            } else {
                captures::check(&context, &mut read).await?;
                sealed::check_originals(&self.sealed, &self.logged, &mut read);
                left_over = read.claims.iter().any(|claim| !read.vouched.contains(&claim.needs));
            }
            sealed::check(layout, self.sealed.get(&name), &mut read);
        }
        let wrong = read.against_takedowns(&self.logged);
        wrong.into_iter().for_each(|finding| read.find(finding));
        if !is_known {
            let what = "the catalog does not know this file: it was put here by something else than a crawl; `vidimus rebuild` takes it in";
            // Of an open file that nobody writes, nothing is settled.
            read.findings.push(Finding::new(2, &name, 0, what));
        }
        let sealed = !is_open && self.sealed.contains_key(&name);
        self.report(read, sealed, &placed, left_over).await
    }

    async fn report(
        &self,
        read: FileRead,
        sealed: bool,
        placed: &[PlacedRecord],
        left_over: bool,
    ) -> Result<FileReport, ArchiveError> {
        let mut findings = read.findings;
        locate(&mut findings, placed);
        findings.sort_by_key(|finding| (finding.offset, finding.level));
        let holds: HashSet<SnapshotId> = placed.iter().filter_map(|record| record.snapshot).collect();
        let blamed = findings.iter().filter_map(|finding| finding.snapshot);
        let broken = self.broken(blamed.filter(|id| holds.contains(id))).await?;
        let length = read.whole.map_or_else(
            || self.layout.find(&read.name).metadata().map_or(0, |facts| facts.len()),
            |(length, _)| length,
        );
        Ok(FileReport {
            file: read.name,
            sealed,
            length,
            records: read.count,
            manifests: read.manifest_count,
            bytes: read.content_bytes,
            captures: holds.len() as u64,
            broken,
            left_over,
            findings,
        })
    }

    /// The captures by their names, each once.
    async fn broken(
        &self,
        snapshots: impl Iterator<Item = SnapshotId>,
    ) -> Result<Vec<BrokenCapture>, ArchiveError> {
        let names: BTreeMap<String, SnapshotId> = snapshots.map(|id| (id.hex(), id)).collect();
        let mut broken = Vec::with_capacity(names.len());
        for snapshot in names.into_values() {
            let url = self.catalog.get(snapshot).await?.map_or_else(String::new, |capture| capture.final_url);
            let repeated_by = self.catalog.repeats_of(snapshot).await?;
            broken.push(BrokenCapture { snapshot, url, repeated_by });
        }
        Ok(broken)
    }

    /// The report on a file of which nothing can be read, so that nothing in it is whole.
    async fn gone(&self, name: &str, why: Option<String>) -> Result<FileReport, ArchiveError> {
        let placed = self.catalog.placed_in(name).await?;
        let what = why.map_or_else(
            || format!("the file is missing; the catalog knows of {} records in it", placed.len()),
            |why| format!("the file cannot be read: {why}"),
        );
        let mut read = FileRead { name: name.to_owned(), settled: u64::MAX, ..FileRead::default() };
        read.find(Finding::new(1, name, 0, what));
        let mut report = self.report(read, self.sealed.contains_key(name), &placed, false).await?;
        report.broken = self.broken(placed.iter().filter_map(|record| record.snapshot)).await?;
        Ok(report)
    }

    /// What was taken down, as the catalog knows it.
    pub async fn removed(&self) -> Result<Vec<Removed>, ArchiveError> {
        Ok(self.catalog.removed().await?)
    }

    /// What no file can show: captures for which the catalog knows no place, and takedowns that are not finished or of
    /// which the log knows nothing.
    pub async fn nowhere(&self) -> Result<Vec<Finding>, ArchiveError> {
        let (nowhere, removed) = (self.catalog.without_place().await?, self.removed().await?);
        let tell = |id: SnapshotId| {
            let what = format!(
                "the catalog knows no place for the manifest of {id} ({}): `vidimus rebuild` looks for it",
                id.short()
            );
            Finding::new(2, "catalog.sqlite", 0, what).snapshot(id)
        };
        let of_takedowns = takedowns::findings(&self.logged, &removed);
        Ok(nowhere.into_iter().map(tell).chain(of_takedowns).collect())
    }
}

/// What the log says of takedowns; nothing where it cannot be read, which is found where the log itself is checked.
async fn of_log(layout: &Layout, catalog: &Catalog) -> Result<Logged, ArchiveError> {
    match logged(layout, catalog).await {
        Err(ArchiveError::Log(_) | ArchiveError::Io { .. }) => Ok(Logged::default()),
        read => read,
    }
}

/// Every record that the catalog knows is where it should be.
fn check_places(read: &mut FileRead, placed: &[PlacedRecord]) {
    let is_there = |record: &PlacedRecord| {
        let seen = read.seen.get(&record.place.warc_record_id);
        seen.is_some_and(|seen| seen.offset == record.place.offset)
    };
    let lacking: Vec<&PlacedRecord> = placed.iter().filter(|record| !is_there(record)).collect();
    for PlacedRecord { place, snapshot } in lacking {
        let what = "a record that the catalog knows of is not here";
        let finding = Finding::new(1, &read.name, place.offset, what).record(&place.warc_record_id);
        read.find(Finding { snapshot: *snapshot, ..finding });
    }
}

/// Says of findings that name a place, and nothing else, whose record that is.
fn locate(findings: &mut [Finding], placed: &[PlacedRecord]) {
    for finding in findings {
        // What concerns the file as a whole is said of its beginning.
        if finding.offset == 0 && finding.record_id.is_none() {
            continue;
        }
        let behind = placed.partition_point(|record| record.place.offset <= finding.offset);
        let Some(record) = behind.checked_sub(1).and_then(|at| placed.get(at)) else { continue };
        if finding.offset >= record.place.offset.saturating_add(record.place.length) {
            continue;
        }
        if finding.record_id.is_none() {
            finding.record_id = Some(record.place.warc_record_id.clone());
        }
        if finding.snapshot.is_none() && finding.record_id.as_ref() == Some(&record.place.warc_record_id) {
            finding.snapshot = record.snapshot;
        }
    }
}
