//! A copy of an archive that is consistent while a crawl goes on.
//!
//! The catalog is copied first, as it stands at one moment; then every file that it knows: sealed ones whole, checked
//! against the digest that they were sealed with while they are copied, files that are being written up to where that
//! catalog knows them. The catalog takes its place last, so that it never knows more than the files beside it. What is
//! there already is not copied again, and nothing that is good is ever replaced by something that is not, but by what a
//! takedown made of it, as the log says.

mod copy;
mod destination;
mod log;
mod sums;

use std::collections::{BTreeSet, HashSet};
use std::path::Path;

use vidimus_catalog::{Catalog, OpenFile, SealedFile};

use self::copy::{Copied, copy_beginning, copy_sealed, copy_whole};
use self::log::{LogCopied, copy_log};
use self::sums::Sums;
use crate::error::io_error;
use crate::files::sync_folder;
use crate::layout::FileKind;
use crate::lock::Lock;
use crate::recover::UNVOUCHED;
use crate::sealed::digest_of;
use crate::takedown::{Logged, logged};
use crate::{ArchiveError, Layout};

/// Folders that the catalog says nothing of, and that are copied as they stand.
const AS_THEY_STAND: [&str; 3] = [ANCHORS, "log-ended", "recovered"];
/// The timestamps of the log; those over heads that the copy of the log does not reach are left out.
const ANCHORS: &str = "log/anchors";

/// What a backup did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BackedUp {
    /// Captures that the copy of the catalog knows.
    pub captures: u64,
    /// Files that are in the backup, the catalog included.
    pub files: usize,
    /// Those of them that were copied now.
    pub copied: usize,
    /// Bytes that were copied now.
    pub bytes: u64,
    /// What could not be copied, because it is not what it should be. What the backup held of it is left as it was.
    pub problems: Vec<String>,
    /// Files that the catalog does not know, and that are therefore not in the backup.
    pub unknown: Vec<String>,
}

/// How far a backup has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BackupProgress<'a> {
    /// The file that is being copied or compared.
    pub file: &'a str,
    /// Bytes dealt with.
    pub done: u64,
    /// Bytes there are.
    pub total: u64,
}

/// Copies an archive to another folder, or brings the copy that is there up to date. `holder` is what the lock of that
/// folder says of its holder; the archive's own lock is not taken, so that a crawl may go on.
pub async fn backup(
    layout: &Layout,
    destination: &Path,
    holder: &str,
    progress: impl FnMut(BackupProgress<'_>),
) -> Result<BackedUp, ArchiveError> {
    if !layout.exists() {
        return Err(ArchiveError::NoArchive(layout.root().to_owned()));
    }
    let root = destination::outside(layout, destination)?;
    let catalog = Catalog::open_read_only(&layout.catalog()).await?;
    layout.disk().make_folders(&root).map_err(io_error("making the folder", &root))?;
    let _lock = Lock::take(&Layout::new(&root).lock(), holder)?;
    let sums = Sums::of(&root)?;
    destination::is_free_or_a_backup(&root, &sums)?;
    // Listed before the catalog is copied: what is begun or sealed from here on may be in it or not.
    let listed = listed(layout)?;
    let fresh = root.join("catalog.sqlite.new");
    let state = State::of(layout, &catalog, &fresh).await?;
    let logged = logged(layout, &catalog).await?;
    catalog.close().await;
    destination::is_of_this_archive(&root, &sums, &state.names())?;
    let mut copying =
        Copying { layout, root: &root, sums, done: BackedUp::default(), at: 0, total: 0, progress };
    copying.done.unknown = listed.difference(&state.names()).cloned().collect();
    copying.done.captures = state.captures;
    let tell = |name: &String| format!("{name}: the file is not copied: {UNVOUCHED}");
    copying.done.problems.extend(state.unvouched.iter().map(tell));
    copying.files(&state, &logged)?;
    copying.put_catalog(&fresh)?;
    copying.done.files = copying.sums.len();
    Ok(copying.done)
}

/// The names of all files that are there, as they are called once sealed.
fn listed(layout: &Layout) -> Result<BTreeSet<String>, ArchiveError> {
    let mut names = BTreeSet::new();
    for kind in [FileKind::Warc, FileKind::Text] {
        names.extend(layout.files(kind)?);
    }
    names.extend(layout.imported_files()?);
    Ok(names)
}

/// What the copy of the catalog knows.
struct State {
    sealed: Vec<SealedFile>,
    open: Vec<OpenFile>,
    /// Files of ours in which captures are known, and that nothing vouches for.
    unvouched: Vec<String>,
    captures: u64,
    /// How many leaves of the log the catalog knows.
    leaves: u64,
}

impl State {
    /// Copies the catalog to `fresh`, and asks the copy.
    async fn of(layout: &Layout, catalog: &Catalog, fresh: &Path) -> Result<Self, ArchiveError> {
        for part in ["", "-wal", "-shm", "-journal"] {
            copy::remove_beside(layout.disk(), fresh, part)?;
        }
        catalog.copy_to(fresh).await?;
        let copy = Catalog::open_read_only(fresh).await?;
        let (sealed, open) = (copy.sealed_files().await?, copy.open_files().await?);
        let vouched = sealed.iter().map(|file| &file.name).chain(open.iter().map(|file| &file.name));
        let vouched: HashSet<&String> = vouched.collect();
        let mut unvouched = copy.files().await?;
        unvouched.retain(|name| !vouched.contains(name));
        let captures = copy.counts().await?.0;
        let number = layout.ended_logs()?.last().map_or(0, |(number, _)| *number) + 1;
        let leaves = copy.leaf_count(number).await?;
        let open = open.into_iter().filter(|file| file.length > 0).collect();
        let state = Self { sealed, open, unvouched, captures, leaves };
        copy.close().await;
        for part in ["-wal", "-shm"] {
            copy::remove_beside(layout.disk(), fresh, part)?;
        }
        Ok(state)
    }

    fn names(&self) -> BTreeSet<String> {
        let open = self.open.iter().map(|file| file.name.clone());
        let sealed = self.sealed.iter().map(|file| file.name.clone());
        open.chain(sealed).chain(self.unvouched.iter().cloned()).collect()
    }
}

/// A backup that is being made.
struct Copying<'a, P> {
    layout: &'a Layout,
    root: &'a Path,
    sums: Sums,
    done: BackedUp,
    at: u64,
    total: u64,
    progress: P,
}

impl<P: FnMut(BackupProgress<'_>)> Copying<'_, P> {
    fn files(&mut self, state: &State, logged: &Logged) -> Result<(), ArchiveError> {
        self.tell("log");
        match copy_log(self.layout, self.root, state.leaves, &mut self.sums) {
            Ok(LogCopied::Now(files)) => self.done.copied += files,
            Ok(LogCopied::Not(why)) => self.done.problems.push(why),
            // Captures are not to go without a backup because the log is damaged.
            Err(error @ (ArchiveError::Log(_) | ArchiveError::Anchors(_))) => {
                self.done.problems.push(format!("log: it is not copied: {error}"));
            }
            Err(error) => return Err(error),
        }
        let others = self.others(state.leaves)?;
        let lengths = state.sealed.iter().map(|f| f.length).chain(state.open.iter().map(|f| f.length));
        self.total = lengths.chain(others.iter().map(|(_, length)| *length)).sum();
        for file in &state.sealed {
            self.tell(&file.name);
            let copied = copy_sealed(self.layout, self.root, file, logged, &mut self.sums)?;
            self.note(copied, file.length);
        }
        for file in &state.open {
            self.tell(&file.name);
            let copied = copy_beginning(self.layout, self.root, file, &mut self.sums)?;
            self.note(copied, file.length);
        }
        for (name, length) in &others {
            self.tell(name);
            let copied = copy_whole(self.layout, self.root, name, &mut self.sums)?;
            self.note(copied, *length);
        }
        Ok(())
    }

    fn tell(&mut self, file: &str) {
        (self.progress)(BackupProgress { file, done: self.at, total: self.total });
    }

    fn note(&mut self, copied: Copied, length: u64) {
        self.at += length;
        match copied {
            Copied::WasThere => {}
            Copied::Now(bytes) => {
                self.done.copied += 1;
                self.done.bytes += bytes;
            }
            Copied::Not(why) => self.done.problems.push(why),
        }
    }

    /// The files of the folders that the catalog says nothing of, with their lengths.
    fn others(&mut self, leaves: u64) -> Result<Vec<(String, u64)>, ArchiveError> {
        let mut found = Vec::new();
        for folder in AS_THEY_STAND {
            copy::walk(self.layout.root(), &self.layout.root().join(folder), &mut found)?;
        }
        // A line of SHA256SUMS is one name; ours have no such characters.
        let is_odd = |name: &str| name.contains(['\n', '\r', '\\']);
        let odd = found.iter().filter(|(name, _)| is_odd(name));
        let told = odd.map(|(name, _)| format!("{name:?}: this is no name of ours; the file is not copied"));
        self.done.problems.extend(told.collect::<Vec<_>>());
        let reaches = |name: &str| {
            let size = name.strip_prefix(ANCHORS).and_then(|rest| rest.get(1..)?.split_once('-'));
            let size: Option<u64> = size.and_then(|(size, _)| size.parse().ok());
            size.is_none_or(|size| size <= leaves)
        };
        found.retain(|(name, _)| !is_odd(name) && reaches(name));
        Ok(found)
    }

    /// Puts the copy of the catalog into its place, and what is in the backup into its sums. What a reader left beside an older copy is no part of this one.
    fn put_catalog(&mut self, fresh: &Path) -> Result<(), ArchiveError> {
        let (disk, path) = (self.layout.disk(), self.root.join("catalog.sqlite"));
        disk.reopen(fresh).and_then(|mut file| file.sync()).map_err(io_error("syncing", fresh))?;
        let (length, sha256) = digest_of(fresh)?;
        for part in ["-wal", "-shm"] {
            copy::remove_beside(disk, &path, part)?;
        }
        // Before the catalog, by which a folder without sums would be somebody's archive.
        self.sums.put("catalog.sqlite", sha256);
        self.sums.write(disk, self.root)?;
        disk.rename(fresh, &path).map_err(io_error("putting the catalog in place at", &path))?;
        sync_folder(disk, self.root)?;
        self.done.copied += 1;
        self.done.bytes += length;
        Ok(())
    }
}

/// The names of files of an archive, as they are called once sealed, out of names as they are.
fn sealed_names<'a>(names: impl Iterator<Item = &'a str>) -> HashSet<&'a str> {
    let of_archive = names.filter(|name| {
        name.starts_with("warc/") || name.starts_with("text/") || name.starts_with("imported/")
    });
    of_archive.map(|name| name.strip_suffix(".open").unwrap_or(name)).collect()
}
