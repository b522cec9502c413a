//! Writing a sealed file anew without what was removed: beside the old one, and put in its place when it is whole and
//! durable. Everything else stays the same bytes at the same offsets.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use vidimus_catalog::Removed;
use vidimus_disk::DiskFile;
use vidimus_snapshot::{Digest, Hasher};

use super::gaps::{Gap, storage_of};
use super::tombstone::fill;
use crate::error::io_error;
use crate::files::sync_folder;
use crate::{ArchiveError, Layout};

/// How much is copied at a time.
const CHUNK: usize = 256 << 10;

/// A file as it is to become, durable under another name.
pub(super) struct Draft {
    path: PathBuf,
    name: String,
    /// How long it is: as long as the file that it replaces.
    pub length: u64,
    /// The digest of the file that was read.
    pub before: Digest,
    /// Its own.
    pub after: Digest,
}

impl Draft {
    /// Copies a file with something else in the gaps.
    pub(super) fn write(
        layout: &Layout,
        name: &str,
        gaps: &[Gap],
        removed: &Removed,
    ) -> Result<Self, ArchiveError> {
        let (source, path) = (layout.sealed(name), layout.draft(name));
        let filled = fill_all(&source, name, gaps, removed)?;
        let disk = layout.disk();
        // What an interrupted takedown left.
        if path.exists() {
            disk.remove(&path).map_err(io_error("removing", &path))?;
        }
        let draft = disk.create(&path).map_err(io_error("creating", &path))?;
        let from = File::open(&source).map_err(io_error("opening", &source))?;
        let permissions = from.metadata().map_err(io_error("reading", &source))?.permissions();
        let mut copying = Copying::new(from, &source, draft, &path);
        for (gap, bytes) in gaps.iter().zip(&filled) {
            copying.copy_to(gap.start)?;
            copying.replace(bytes)?;
        }
        copying.copy_to(u64::MAX)?;
        let (length, before, after) = copying.finish()?;
        let kept = File::open(&path).and_then(|file| file.set_permissions(permissions));
        kept.map_err(io_error("protecting", &path))?;
        Ok(Self { path, name: name.to_owned(), length, before, after })
    }

    /// Takes the place of the file that it was made of, durably.
    pub(super) fn put_in_place(self, layout: &Layout) -> Result<(), ArchiveError> {
        let target = layout.sealed(&self.name);
        layout.disk().rename(&self.path, &target).map_err(io_error("putting in place", &target))?;
        sync_folder(layout.disk(), target.parent().unwrap_or(layout.root()))
    }

    /// Goes away again.
    pub(super) fn discard(self, layout: &Layout) -> Result<(), ArchiveError> {
        layout.disk().remove(&self.path).map_err(io_error("removing", &self.path))
    }
}

/// What takes the place of each gap.
pub(super) fn fill_all(
    path: &Path,
    name: &str,
    gaps: &[Gap],
    removed: &Removed,
) -> Result<Vec<Vec<u8>>, ArchiveError> {
    let refused = |what: &str| ArchiveError::NotRemovable(format!("{name}: {what}"));
    let mut filled = Vec::with_capacity(gaps.len());
    for gap in gaps {
        let storage = storage_of(path, gap)?.ok_or_else(|| {
            refused("its records are compressed in a way in which nothing can be put in their place")
        })?;
        let bytes = fill(removed, name, gap, storage)?.ok_or_else(|| {
            refused(
                "a record that would have to go is so short that no note of its removal fits in its place",
            )
        })?;
        filled.push(bytes);
    }
    Ok(filled)
}

/// A copy under way; both ends are hashed.
struct Copying<'a> {
    from: File,
    source: &'a Path,
    to: Box<dyn DiskFile>,
    path: &'a Path,
    at: u64,
    before: Hasher,
    after: Hasher,
    chunk: Vec<u8>,
}

impl<'a> Copying<'a> {
    fn new(from: File, source: &'a Path, to: Box<dyn DiskFile>, path: &'a Path) -> Self {
        let (before, after, chunk) = (Hasher::default(), Hasher::default(), vec![0; CHUNK]);
        Self { from, source, to, path, at: 0, before, after, chunk }
    }

    /// Reads the next bytes, no more than so many; none at the end of the file.
    fn read(&mut self, at_most: u64) -> Result<usize, ArchiveError> {
        let room = usize::try_from(at_most).unwrap_or(usize::MAX).min(self.chunk.len());
        let chunk = self.chunk.get_mut(..room).unwrap_or_default();
        let count = self.from.read(chunk).map_err(io_error("reading", self.source))?;
        self.before.update(chunk.get(..count).unwrap_or_default());
        self.at += count as u64;
        Ok(count)
    }

    /// Copies up to an offset, or the end.
    fn copy_to(&mut self, end: u64) -> Result<(), ArchiveError> {
        while self.at < end {
            let count = self.read(end - self.at)?;
            let Some(bytes) = self.chunk.get(..count).filter(|bytes| !bytes.is_empty()) else { break };
            self.to.append(bytes).map_err(io_error("writing", self.path))?;
            self.after.update(bytes);
        }
        Ok(())
    }

    /// Writes these bytes, and passes over as many.
    fn replace(&mut self, bytes: &[u8]) -> Result<(), ArchiveError> {
        let end = self.at.saturating_add(bytes.len() as u64);
        while self.at < end && self.read(end - self.at)? > 0 {}
        for piece in bytes.chunks(CHUNK) {
            self.to.append(piece).map_err(io_error("writing", self.path))?;
            self.after.update(piece);
        }
        Ok(())
    }

    fn finish(mut self) -> Result<(u64, Digest, Digest), ArchiveError> {
        self.to.sync().map_err(io_error("syncing", self.path))?;
        Ok((self.at, self.before.finish(), self.after.finish()))
    }
}
