//! Putting an archive in order after its writer was stopped in the middle.
//!
//! Recovery is about the files that a writer began and did not seal, which the catalog names. It cuts only the tail of an
//! open file that no whole record reaches into and that was never acknowledged, and keeps what it cuts in `recovered/`. Damage before the last whole
//! record is left as it is and reported; so is a file that no writer of this archive began.

use std::collections::{HashMap, HashSet};
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use vidimus_catalog::{Catalog, OpenFile};
use vidimus_snapshot::SnapshotId;

use crate::error::io_error;
use crate::files::{seal_file, sync_folder};
use crate::layout::FileKind;
use crate::report::note_reports;
use crate::scan::{CaptureScan, Scan, TextScan, Texts};
use crate::sealed::note_sealed;
use crate::{ArchiveError, Layout, LogRecovery};

/// How much of a torn tail is copied at a time.
const CHUNK: usize = 256 << 10;

/// What is said of a file that a rebuild found damaged when nobody knew any more what it was.
pub(crate) const UNVOUCHED: &str = "it was damaged when the catalog was made anew, so that nothing vouches for it as a whole; \
     put a good copy in its place and run `vidimus rebuild`";

/// What recovery did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recovery {
    /// Files that an earlier writer left open and that are sealed now.
    pub sealed: Vec<String>,
    /// Torn tails, with the sidecar that keeps each and its length.
    pub cut: Vec<(PathBuf, u64)>,
    /// Captures that the catalog lacked.
    pub added: usize,
    /// Captures whose takedown was begun before and is finished now.
    pub taken_down: Vec<SnapshotId>,
    /// Damage that was left as it is.
    pub damage: Vec<String>,
    /// What was mended in the log.
    pub log: LogRecovery,
}

impl Recovery {
    /// Whether anything had to be mended or is damaged.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Recovers the files that a writer began and did not seal, and tells the catalog what it lacks of them.
pub(crate) async fn recover(layout: &Layout, catalog: &Catalog) -> Result<Recovery, ArchiveError> {
    let mut recovery = Recovery::default();
    let begun = begun(layout, catalog, &mut recovery).await?;
    let mut texts = Texts::default();
    for name in &begun.text {
        let mut scan = TextScan::open(layout, name)?;
        scan.read(usize::MAX, &mut texts)?;
        cut_tail(layout, name, begun.acknowledged(name), &scan.scan, &mut recovery)?;
    }
    let mut added = 0;
    for name in &begun.warc {
        let mut scan = CaptureScan::open(layout, name)?;
        while let Some(piece) = scan.piece(usize::MAX, &texts)? {
            catalog.add_certificates(&piece.certificates).await?;
            added += catalog.add(&piece.captures).await?;
            note_reports(catalog, &piece.reports).await?;
        }
        cut_tail(layout, name, begun.acknowledged(name), &scan.scan, &mut recovery)?;
    }
    recovery.added = usize::try_from(added).unwrap_or(usize::MAX);
    if !begun.is_empty() {
        catalog.add_texts(&texts.later).await?;
        catalog.fill_headlines().await?;
    }
    for name in begun.text.iter().chain(&begun.warc) {
        seal(layout, catalog, name, &mut recovery).await?;
    }
    let ours: HashSet<&str> = begun.text.iter().chain(&begun.warc).map(String::as_str).collect();
    let others = note_sealed(layout, catalog, |name| ours.contains(name)).await?;
    for name in others {
        let what = if catalog.knows_file(&name).await? {
            UNVOUCHED
        } else {
            "the catalog does not know this file, and it is left out of it"
        };
        recovery.damage.push(format!("{name}: {what}"));
    }
    Ok(recovery)
}

/// The files that a writer began and did not seal, or whose sealing the catalog does not know of.
#[derive(Default)]
struct Begun {
    text: Vec<String>,
    warc: Vec<String>,
    /// Up to where each of them is acknowledged.
    lengths: HashMap<String, u64>,
}

impl Begun {
    fn is_empty(&self) -> bool {
        self.text.is_empty() && self.warc.is_empty()
    }

    fn acknowledged(&self, name: &str) -> u64 {
        self.lengths.get(name).copied().unwrap_or_default()
    }

    fn of(&mut self, kind: FileKind) -> &mut Vec<String> {
        match kind {
            FileKind::Warc => &mut self.warc,
            FileKind::Text => &mut self.text,
        }
    }
}

async fn begun(layout: &Layout, catalog: &Catalog, recovery: &mut Recovery) -> Result<Begun, ArchiveError> {
    let noted = catalog.open_files().await?;
    let names: HashSet<&str> = noted.iter().map(|file| file.name.as_str()).collect();
    let mut begun = Begun::default();
    for kind in [FileKind::Text, FileKind::Warc] {
        for name in layout.left_open(kind)?.iter().filter(|name| !names.contains(name.as_str())) {
            recovery.damage.push(if layout.sealed(name).is_file() {
                format!("{name}.open: a sealed file of this name stands beside it, and is the one that counts; this one is left aside")
            } else {
                format!("{name}.open: no crawl of this archive began this file; it is left aside, and `vidimus rebuild` takes it in")
            });
        }
        let of_kind = noted.iter().filter(|file| kind.holds(&file.name));
        for file in of_kind {
            if layout.find(&file.name).is_file() {
                begun.of(kind).push(file.name.clone());
                begun.lengths.insert(file.name.clone(), file.length);
            } else {
                missing(catalog, file, recovery).await?;
            }
        }
    }
    Ok(begun)
}

/// A file that was about to be begun when its writer was stopped is nothing; one that held something is damage.
async fn missing(catalog: &Catalog, file: &OpenFile, recovery: &mut Recovery) -> Result<(), ArchiveError> {
    if file.length == 0 {
        return Ok(catalog.forget_file(&file.name).await?);
    }
    let what = format!(
        "{}: the file is missing, and {} bytes of it were acknowledged; take it from a backup",
        file.name, file.length
    );
    recovery.damage.push(what);
    Ok(())
}

/// Moves what follows the last whole record to a sidecar. What was acknowledged is never cut, whether or not it can be
/// read: that it cannot is damage, and the bytes are all that is left of it.
fn cut_tail(
    layout: &Layout,
    name: &str,
    acknowledged: u64,
    scan: &Scan,
    recovery: &mut Recovery,
) -> Result<(), ArchiveError> {
    let path = layout.open(name);
    let end = scan.good_end.max(acknowledged);
    recovery.damage.extend(scan.told(end));
    if scan.good_end < acknowledged {
        recovery.damage.push(format!(
            "{name}: of the {acknowledged} bytes that were acknowledged, those from offset {} on cannot be read; they are left \
             as they are: take the file from a backup",
            scan.good_end
        ));
    }
    if !path.is_file() || layout.sealed(name).is_file() {
        return Ok(());
    }
    let length = path.metadata().map_err(io_error("reading", &path))?.len();
    if length > end {
        let sidecar = keep_tail(layout, &path, name, end)?;
        let mut file = layout.disk().reopen(&path).map_err(io_error("opening", &path))?;
        file.cut(end).map_err(io_error("cutting the torn tail of", &path))?;
        file.sync().map_err(io_error("syncing", &path))?;
        recovery.cut.push((sidecar, length - end));
    }
    Ok(())
}

fn keep_tail(layout: &Layout, path: &Path, name: &str, from: u64) -> Result<PathBuf, ArchiveError> {
    let (folder, disk) = (layout.recovered(), layout.disk());
    disk.make_folders(&folder).map_err(io_error("making the folder", &folder))?;
    sync_folder(disk, layout.root())?;
    let sidecar = folder.join(format!("{}.torn-{from}", name.replace('/', "_")));
    // Nothing is cut before its sidecar is whole: one that is there already was not finished.
    if sidecar.exists() {
        disk.remove(&sidecar).map_err(io_error("removing", &sidecar))?;
    }
    let mut source = std::fs::File::open(path).map_err(io_error("opening", path))?;
    source.seek(SeekFrom::Start(from)).map_err(io_error("reading", path))?;
    let mut kept = disk.create(&sidecar).map_err(io_error("creating", &sidecar))?;
    let mut chunk = vec![0_u8; CHUNK];
    loop {
        let count = source.read(&mut chunk).map_err(io_error("reading", path))?;
        if count == 0 {
            break;
        }
        kept.append(chunk.get(..count).unwrap_or_default()).map_err(io_error("writing", &sidecar))?;
    }
    kept.sync().map_err(io_error("syncing", &sidecar))?;
    sync_folder(disk, &folder)?;
    Ok(sidecar)
}

/// Seals a file that was recovered. One without a whole record is removed: nothing was ever acknowledged in it, and its
/// bytes are in the sidecar.
async fn seal(
    layout: &Layout,
    catalog: &Catalog,
    name: &str,
    recovery: &mut Recovery,
) -> Result<(), ArchiveError> {
    let open = layout.open(name);
    if layout.sealed(name).is_file() {
        return Ok(());
    }
    if open.metadata().map_err(io_error("reading", &open))?.len() > 0 {
        seal_file(layout, name)?;
        recovery.sealed.push(name.to_owned());
        return Ok(());
    }
    layout.disk().remove(&open).map_err(io_error("removing the empty file", &open))?;
    sync_folder(layout.disk(), open.parent().unwrap_or(layout.root()))?;
    Ok(catalog.forget_file(name).await?)
}
