//! Putting an archive in order after its writer was stopped in the middle, and filling a catalog anew.
//!
//! Recovery cuts only the tail of an open file that no whole record reaches into, and keeps what it cuts in
//! `recovered/`. Damage in a sealed file, or before the last whole record, is left as it is and reported.

use std::collections::HashSet;
use std::fs::OpenOptions;
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use vidimus_catalog::{Capture, Catalog, CatalogError, Fixity, Run, SourceRun, SourceState, Told};

use crate::error::io_error;
use crate::files::{seal_file, sync_folder};
use crate::layout::FileKind;
use crate::scan::{Scanned, Texts, scan_captures, scan_texts};
use crate::sealed::note_sealed;
use crate::{ArchiveError, Layout, ReportedTry};

/// What recovery did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recovery {
    /// Files that an earlier writer left open and that are sealed now.
    pub sealed: Vec<String>,
    /// Torn tails, with the sidecar that keeps each and its length.
    pub cut: Vec<(PathBuf, u64)>,
    /// Captures that the catalog lacked.
    pub added: usize,
    /// Damage that was left as it is.
    pub damage: Vec<String>,
}

impl Recovery {
    /// Whether anything had to be mended or is damaged.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// What a rebuild found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rebuilt {
    /// Files read.
    pub files: usize,
    /// Captures found.
    pub captures: usize,
    /// Tries found in run reports, each counted once.
    pub tries: usize,
    /// Damage met on the way; `vidimus verify` says more.
    pub damage: Vec<String>,
    /// Files that the catalog before did not know and that are taken in; empty when it could not be read.
    pub unknown: Vec<String>,
}

/// Recovers the files that were left open, and tells the catalog what it lacks of them.
pub(crate) async fn recover(layout: &Layout, catalog: &Catalog) -> Result<Recovery, ArchiveError> {
    let mut recovery = Recovery::default();
    let mut texts = Texts::default();
    let text_files = layout.left_open(FileKind::Text)?;
    for name in &text_files {
        let scanned = scan_texts(layout, name, &mut texts)?;
        cut_tail(layout, name, &scanned, &mut recovery)?;
    }
    let warc_files = layout.left_open(FileKind::Warc)?;
    if text_files.is_empty() && warc_files.is_empty() {
        note_ours(layout, catalog, &mut recovery).await?;
        return Ok(recovery);
    }
    let before = catalog.totals().await?.snapshots;
    for name in &warc_files {
        let scanned = scan_captures(layout, name, &texts)?;
        cut_tail(layout, name, &scanned, &mut recovery)?;
        catalog.add_certificates(&scanned.certificates).await?;
        catalog.add(&scanned.captures).await?;
        note_reports(catalog, &scanned).await?;
    }
    catalog.add_texts(&texts.later).await?;
    catalog.fill_headlines().await?;
    let after = catalog.totals().await?.snapshots;
    recovery.added = usize::try_from(after.saturating_sub(before)).unwrap_or(usize::MAX);
    for name in text_files.iter().chain(&warc_files) {
        if layout.open(name).is_file() {
            seal_file(layout, name)?;
            recovery.sealed.push(name.clone());
        }
    }
    note_ours(layout, catalog, &mut recovery).await?;
    Ok(recovery)
}

/// Notes the sealed files that are the archive's own: the catalog has records in them, or they were left open. A file
/// that somebody put there stays unknown, so that verification reports it.
async fn note_ours(layout: &Layout, catalog: &Catalog, recovery: &mut Recovery) -> Result<(), ArchiveError> {
    let mut ours: HashSet<String> = catalog.files().await?.into_iter().collect();
    ours.extend(recovery.sealed.iter().cloned());
    let others = note_sealed(layout, catalog, |name| ours.contains(name)).await?;
    let tell = |name| format!("{name}: the catalog does not know this file, and it is left out of it");
    recovery.damage.extend(others.into_iter().map(tell));
    Ok(())
}

/// Moves what follows the last whole record to a sidecar.
#[expect(clippy::disallowed_methods, reason = "this crate is the one that opens WARC files for writing")]
fn cut_tail(
    layout: &Layout,
    name: &str,
    scanned: &Scanned,
    recovery: &mut Recovery,
) -> Result<(), ArchiveError> {
    let path = layout.open(name);
    let inside = scanned.damage.iter().filter(|d| d.offset < scanned.good_end);
    recovery.damage.extend(inside.map(|d| format!("{name}: {d}")));
    let length = path.metadata().map_err(io_error("reading", &path))?.len();
    if length > scanned.good_end {
        let sidecar = keep_tail(layout, &path, name, scanned.good_end)?;
        let file = OpenOptions::new().write(true).open(&path).map_err(io_error("opening", &path))?;
        file.set_len(scanned.good_end).map_err(io_error("cutting the torn tail of", &path))?;
        file.sync_all().map_err(io_error("syncing", &path))?;
        recovery.cut.push((sidecar, length - scanned.good_end));
    }
    if scanned.good_end == 0 {
        // Nothing was ever acknowledged in it, and its bytes are in the sidecar.
        std::fs::remove_file(&path).map_err(io_error("removing the empty file", &path))?;
    }
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "the sidecar is the archive's")]
fn keep_tail(layout: &Layout, path: &Path, name: &str, from: u64) -> Result<PathBuf, ArchiveError> {
    let folder = layout.recovered();
    std::fs::create_dir_all(&folder).map_err(io_error("making the folder", &folder))?;
    let sidecar = folder.join(format!("{}.torn-{from}", name.replace('/', "_")));
    let mut source = std::fs::File::open(path).map_err(io_error("opening", path))?;
    let mut tail = Vec::new();
    source.seek(SeekFrom::Start(from)).map_err(io_error("reading", path))?;
    source.read_to_end(&mut tail).map_err(io_error("reading", path))?;
    let mut kept = std::fs::File::create(&sidecar).map_err(io_error("creating", &sidecar))?;
    kept.write_all(&tail).map_err(io_error("writing", &sidecar))?;
    kept.sync_all().map_err(io_error("syncing", &sidecar))?;
    sync_folder(&folder)?;
    Ok(sidecar)
}

/// Tells the catalog of runs, and of tries that left no exchange: those that a report holds need no other. Gives back
/// how many of these tries the catalog lacked.
async fn note_reports(catalog: &Catalog, scanned: &Scanned) -> Result<u64, ArchiveError> {
    let mut added = 0;
    for report in &scanned.reports {
        catalog.put_run(&report.as_run()).await?;
        // When a source's own visit began is in what is known of it; older reports know only of the run.
        let began =
            |name: &str| report.source_runs.iter().find(|run| run.source == name).map(|run| run.started_at);
        let of_run = report.source_runs.is_empty().then_some(report.started_at);
        let started: Vec<_> =
            report.sources.iter().filter_map(|name| Some((name.as_str(), began(name).or(of_run)?))).collect();
        catalog.sources_started(&started).await?;
        let ok: Vec<_> = report.sources_ok.iter().map(|name| (name.as_str(), report.finished_at)).collect();
        catalog.sources_ok(&ok).await?;
        let tries: Vec<_> = report.tries.iter().map(ReportedTry::to_capture).collect();
        added += catalog.note_reported(&tries).await?;
        catalog.note_source_runs(&report.source_runs).await?;
    }
    Ok(added)
}

/// Fills a new catalog from all files, and puts it in the place of the old one when it is complete. This is the explicit
/// act of trust in all that lies there: files that the old catalog did not know are taken in, and named.
pub(crate) async fn rebuild(
    layout: &Layout,
    mut progress: impl FnMut(&str, usize, usize),
) -> Result<(Catalog, Rebuilt), ArchiveError> {
    let fresh = layout.root().join("catalog.rebuild.sqlite");
    remove_database(&fresh)?;
    let known = known_files(layout).await;
    let catalog = Catalog::open(&fresh).await?;
    let mut rebuilt = fill(layout, &catalog, &mut progress).await?;
    if let Some(remains) = Remains::of(layout).await {
        remains.add_to(&catalog).await?;
    }
    if let Some(known) = known {
        let names = layout.files(FileKind::Text)?.into_iter().chain(layout.files(FileKind::Warc)?);
        rebuilt.unknown = names.filter(|name| !known.contains(name)).collect();
    }
    catalog.close().await;
    remove_database(&layout.catalog())?;
    let path = layout.catalog();
    std::fs::rename(&fresh, &path).map_err(io_error("putting the new catalog in place at", &path))?;
    sync_folder(layout.root())?;
    Ok((Catalog::open(&path).await?, rebuilt))
}

/// The files that the old catalog knows, if there is one that can be read.
async fn known_files(layout: &Layout) -> Option<HashSet<String>> {
    let catalog = Catalog::open_read_only(&layout.catalog()).await.ok()?;
    let (files, sealed) = (catalog.files().await, catalog.sealed_files().await);
    catalog.close().await;
    let mut known: HashSet<String> = files.ok()?.into_iter().collect();
    known.extend(sealed.ok()?.into_iter().map(|file| file.name));
    Some(known)
}

/// What only the old catalog knows: what was told, and what a run that was killed had no time to report. A rebuild is no
/// reason to tell it again, or to forget it.
#[derive(Default)]
struct Remains {
    told: Vec<Told>,
    tries: Vec<Capture>,
    runs: Vec<Run>,
    source_runs: Vec<SourceRun>,
    states: Vec<SourceState>,
    fixity: Vec<Fixity>,
}

impl Remains {
    /// Reads them, if they can be read: a catalog that is damaged, or older than what is asked for, has nothing to say,
    /// and that is what a rebuild is for.
    async fn of(layout: &Layout) -> Option<Self> {
        let catalog = Catalog::open_read_only(&layout.catalog()).await.ok()?;
        let remains = Self::read(&catalog).await;
        catalog.close().await;
        remains.ok()
    }

    async fn read(catalog: &Catalog) -> Result<Self, CatalogError> {
        Ok(Self {
            told: catalog.told().await?,
            tries: catalog.unreported().await?,
            runs: catalog.unfinished_runs().await?,
            source_runs: catalog.unreported_source_runs().await?,
            states: catalog.source_states().await?,
            // A catalog from before checks were noted has all the rest.
            fixity: catalog.fixity().await.unwrap_or_default(),
        })
    }

    async fn add_to(&self, catalog: &Catalog) -> Result<(), CatalogError> {
        catalog.note_told(&self.told, &[]).await?;
        for run in &self.runs {
            catalog.put_run(run).await?;
        }
        for facts in &self.source_runs {
            catalog.put_source_run(facts).await?;
        }
        for check in &self.fixity {
            catalog.note_fixity(check).await?;
        }
        let times = |at: fn(&SourceState) -> Option<Timestamp>| -> Vec<(&str, Timestamp)> {
            self.states.iter().filter_map(|s| Some((s.source.as_str(), at(s)?))).collect()
        };
        catalog.sources_started(&times(|state| state.last_started)).await?;
        catalog.sources_ok(&times(|state| state.last_ok)).await?;
        catalog.add_unreported(&self.tries).await
    }
}

async fn fill(
    layout: &Layout,
    catalog: &Catalog,
    progress: &mut impl FnMut(&str, usize, usize),
) -> Result<Rebuilt, ArchiveError> {
    let (text_files, warc_files) = (layout.files(FileKind::Text)?, layout.files(FileKind::Warc)?);
    let total = text_files.len() + warc_files.len();
    let mut rebuilt = Rebuilt::default();
    let mut texts = Texts::default();
    for name in &text_files {
        progress(name, rebuilt.files, total);
        let scanned = scan_texts(layout, name, &mut texts)?;
        rebuilt.note(name, &scanned);
    }
    for name in &warc_files {
        progress(name, rebuilt.files, total);
        let scanned = scan_captures(layout, name, &texts)?;
        catalog.add_certificates(&scanned.certificates).await?;
        catalog.add(&scanned.captures).await?;
        let tries = note_reports(catalog, &scanned).await?;
        rebuilt.captures += scanned.captures.len();
        rebuilt.tries += usize::try_from(tries).unwrap_or(usize::MAX);
        rebuilt.note(name, &scanned);
    }
    catalog.add_texts(&texts.later).await?;
    catalog.fill_headlines().await?;
    note_sealed(layout, catalog, |_| true).await?;
    Ok(rebuilt)
}

impl Rebuilt {
    fn note(&mut self, name: &str, scanned: &Scanned) {
        self.files += 1;
        self.damage.extend(scanned.damage.iter().map(|d| format!("{name}: {d}")));
    }
}

/// Removes a derived database with its write-ahead log.
#[expect(clippy::disallowed_methods, reason = "the catalog is derived, and this is its owner")]
fn remove_database(path: &Path) -> Result<(), ArchiveError> {
    for suffix in ["", "-wal", "-shm"] {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        let part = PathBuf::from(name);
        if part.exists() {
            std::fs::remove_file(&part).map_err(io_error("removing", &part))?;
        }
    }
    Ok(())
}
