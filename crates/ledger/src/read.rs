//! Reading a log's folder: leaves, roots, proofs, the newest checkpoint, and a full audit.
//!
//! The leaves are the truth; hashes of tiles that are not full are computed from what is below them, so that a reader needs
//! nothing but what a writer made durable. A reader sees the log as long as it was when it was opened, while a writer may
//! go on beside it.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use vidimus_snapshot::{Digest, LogHead};

use crate::error::{LogError, io_error};
use crate::note::{Checkpoint, VerifierKey, check_name};
use crate::proof::Proof;
use crate::tiles::{FULL, Kind, Tile, entries};
use crate::tree::{self, Nodes, leaf_hash, root_of};

/// How many leaves or hashes a tile holds, as a number of leaves.
pub(crate) const WIDTH: u64 = FULL as u64;
/// The most tiles that are kept in mind: eight megabytes.
const MOST_CACHED: usize = 1024;
/// The longest file of the log that is read: a bundle of the longest leaves.
const LONGEST_FILE: u64 = WIDTH * (2 + u16::MAX as u64);

/// Hashes of tiles, by level and index.
type Cache = HashMap<(u8, u64), Arc<Vec<Digest>>>;

/// A log, for reading.
#[derive(Debug)]
pub struct LogReader {
    folder: PathBuf,
    origin: String,
    size: u64,
    cache: Mutex<Cache>,
}

impl LogReader {
    /// Opens the log in a folder; `None` where there is none.
    pub fn open(folder: &Path) -> Result<Option<Self>, LogError> {
        let Some(origin) = read_optional(&folder.join("origin"))? else { return Ok(None) };
        let origin = String::from_utf8_lossy(&origin).trim_end().to_owned();
        check_name(&origin).map_err(|source| LogError::Note { path: folder.join("origin"), source })?;
        let mut reader = Self { folder: folder.to_owned(), origin, size: 0, cache: Mutex::default() };
        reader.size = reader.measure()?;
        Ok(Some(reader))
    }

    /// The log's name.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// How many leaves it had when it was opened.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The folder that it is in.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The head at a size that it has or had.
    pub fn head_at(&self, size: u64) -> Result<LogHead, LogError> {
        self.within(size)?;
        Ok(LogHead { origin: self.origin.clone(), size, root: tree::root(self, size)? })
    }

    /// The newest signed head; `None` where none was signed yet.
    pub fn checkpoint(&self) -> Result<Option<Checkpoint>, LogError> {
        let path = self.folder.join("checkpoint");
        let Some(bytes) = read_optional(&path)? else { return Ok(None) };
        Ok(Some(Checkpoint::read(&bytes).map_err(|source| LogError::Note { path, source })?))
    }

    /// The keys that sign or signed, oldest first.
    pub fn keys(&self) -> Result<Vec<VerifierKey>, LogError> {
        let path = self.folder.join("log.vkey");
        let Some(bytes) = read_optional(&path)? else { return Ok(Vec::new()) };
        let text = String::from_utf8_lossy(&bytes);
        let keys = text.lines().map(str::parse).collect::<Result<_, _>>();
        keys.map_err(|source| LogError::Note { path, source })
    }

    /// The leaf at an index.
    pub fn leaf(&self, index: u64) -> Result<Vec<u8>, LogError> {
        self.within(index.saturating_add(1))?;
        let place = usize::try_from(index % WIDTH).unwrap_or(usize::MAX);
        let mut bundle = self.bundle(index / WIDTH)?;
        if place < bundle.len() {
            return Ok(bundle.swap_remove(place));
        }
        Err(self.missing(Kind::Entries, index / WIDTH))
    }

    /// The leaves of a bundle: those from `index * 256` on, 256 at most, fewer at the log's end.
    pub fn bundle(&self, index: u64) -> Result<Vec<Vec<u8>>, LogError> {
        let wanted = self.count(0, index);
        let (path, bytes) = self.read_bundle(index)?.ok_or_else(|| self.missing(Kind::Entries, index))?;
        let leaves =
            entries(&bytes).ok_or_else(|| LogError::Damaged { path: path.clone(), what: "is torn" })?;
        if leaves.len() < wanted {
            return Err(LogError::Damaged { path, what: "holds fewer leaves than the log has" });
        }
        Ok(leaves.into_iter().take(wanted).map(<[u8]>::to_vec).collect())
    }

    /// The proof that a leaf is in the tree of the first `size` leaves.
    pub fn inclusion(&self, index: u64, size: u64) -> Result<Vec<Digest>, LogError> {
        self.within(size)?;
        tree::inclusion(self, index, size)
    }

    /// The proof that the tree of `size` leaves begins with that of `old`.
    pub fn consistency(&self, old: u64, size: u64) -> Result<Vec<Digest>, LogError> {
        self.within(size)?;
        tree::consistency(self, old, size)
    }

    /// The proof of a leaf against a checkpoint of this log, as a file.
    pub fn proof(&self, index: u64, checkpoint: Checkpoint) -> Result<Proof, LogError> {
        Ok(Proof { index, hashes: self.inclusion(index, checkpoint.head().size)?, checkpoint })
    }

    fn within(&self, size: u64) -> Result<(), LogError> {
        if size <= self.size {
            return Ok(());
        }
        Err(LogError::Short { folder: self.folder.clone(), size: self.size, wanted: size })
    }

    fn missing(&self, kind: Kind, index: u64) -> LogError {
        let tile = Tile { kind, index, width: FULL };
        LogError::Damaged { path: self.folder.join(tile.to_string()), what: "is missing" }
    }

    /// How many whole subtrees of its level a tile holds.
    fn count(&self, level: u8, index: u64) -> usize {
        let at_level = self.size.checked_shr(8 * u32::from(level)).unwrap_or(0);
        let count = at_level.saturating_sub(index.saturating_mul(WIDTH)).min(WIDTH);
        usize::try_from(count).unwrap_or_default()
    }

    /// How many leaves the bundles hold: full ones up to the first that is not, and the longest partial one.
    fn measure(&self) -> Result<u64, LogError> {
        let mut full = 0;
        while self.path(Kind::Entries, full).is_file() {
            full += 1;
        }
        let last = match self.longest_partial(full)? {
            Some((_, width)) => u64::from(width),
            None => 0,
        };
        Ok(full * WIDTH + last)
    }

    fn path(&self, kind: Kind, index: u64) -> PathBuf {
        self.folder.join(Tile { kind, index, width: FULL }.to_string())
    }

    /// The longest bundle of this index that is not full.
    fn longest_partial(&self, index: u64) -> Result<Option<(PathBuf, u16)>, LogError> {
        let folder = self.folder.join(Tile { kind: Kind::Entries, index, width: FULL }.partials());
        let widths = partial_widths(&folder).map_err(io_error("reading the folder", &folder))?;
        Ok(widths.into_iter().max().map(|width| (folder.join(width.to_string()), width)))
    }

    /// The file of a bundle, as long as it is now. A partial one gives way to a longer one while a writer goes on.
    fn read_bundle(&self, index: u64) -> Result<Option<(PathBuf, Vec<u8>)>, LogError> {
        for _ in 0..100 {
            let full = self.path(Kind::Entries, index);
            if let Some(bytes) = read_optional(&full)? {
                return Ok(Some((full, bytes)));
            }
            let Some((path, _)) = self.longest_partial(index)? else { break };
            if let Some(bytes) = read_optional(&path)? {
                return Ok(Some((path, bytes)));
            }
        }
        let full = self.path(Kind::Entries, index);
        Ok(read_optional(&full)?.map(|bytes| (full, bytes)))
    }

    /// The hashes of a tile, as many as there are at this size.
    pub(crate) fn hashes(&self, level: u8, index: u64) -> Result<Arc<Vec<Digest>>, LogError> {
        if let Some(hashes) = self.cached().get(&(level, index)) {
            return Ok(Arc::clone(hashes));
        }
        let hashes = Arc::new(self.find_hashes(level, index)?);
        let mut cache = self.cached();
        if cache.len() >= MOST_CACHED {
            cache.clear();
        }
        cache.insert((level, index), Arc::clone(&hashes));
        Ok(hashes)
    }

    fn cached(&self) -> std::sync::MutexGuard<'_, Cache> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn find_hashes(&self, level: u8, index: u64) -> Result<Vec<Digest>, LogError> {
        let count = self.count(level, index);
        let path = self.path(Kind::Hashes(level), index);
        if count == usize::from(FULL)
            && let Some(bytes) = read_optional(&path)?
        {
            return hashes_of(&bytes).ok_or(LogError::Damaged { path, what: "is not a full tile of hashes" });
        }
        self.compute_hashes(level, index, count)
    }

    /// The same from what is below, whatever the tile says.
    fn compute_hashes(&self, level: u8, index: u64, count: usize) -> Result<Vec<Digest>, LogError> {
        let Some(below) = level.checked_sub(1) else {
            return Ok(self.bundle(index)?.iter().map(|leaf| leaf_hash(leaf)).collect());
        };
        let tiles = (index * WIDTH..).take(count);
        tiles.map(|tile| Ok(root_of(&self.hashes(below, tile)?))).collect()
    }

    /// Reads every leaf and every tile, and compares each tile with what is below it and the root with the checkpoint's.
    /// Gives what is wrong; `told` hears how many leaves were read.
    pub fn audit(
        &self,
        checkpoint: Option<&Checkpoint>,
        mut told: impl FnMut(u64),
    ) -> Result<Vec<LogError>, LogError> {
        let mut wrong = Vec::new();
        let mut row = self.audit_leaves(&mut wrong, &mut told);
        for level in 0_u8.. {
            let tiles: Vec<&[Digest]> = row.chunks(usize::from(FULL)).collect();
            wrong.extend(self.audit_tiles(level, &tiles));
            let full = tiles.iter().filter(|tile| tile.len() == usize::from(FULL));
            row = full.map(|tile| root_of(tile)).collect();
            if row.is_empty() {
                break;
            }
        }
        wrong.extend(checkpoint.and_then(|checkpoint| self.audit_checkpoint(checkpoint)));
        Ok(wrong)
    }

    fn audit_leaves(&self, wrong: &mut Vec<LogError>, told: &mut impl FnMut(u64)) -> Vec<Digest> {
        let mut hashes = Vec::new();
        for index in 0..self.size.div_ceil(WIDTH) {
            match self.bundle(index) {
                Ok(leaves) => hashes.extend(leaves.iter().map(|leaf| leaf_hash(leaf))),
                Err(error) => {
                    wrong.push(error);
                    // What comes behind keeps its place.
                    hashes.extend(std::iter::repeat_n(Digest::of(b""), self.count(0, index)));
                }
            }
            told(hashes.len() as u64);
        }
        hashes
    }

    /// Full tiles have to be there, and partial ones to say what is so, if they are there.
    fn audit_tiles(&self, level: u8, tiles: &[&[Digest]]) -> Vec<LogError> {
        let mut wrong = Vec::new();
        for (index, hashes) in (0_u64..).zip(tiles) {
            let damaged = |path, what| LogError::Damaged { path, what };
            let path = self.path(Kind::Hashes(level), index);
            if hashes.len() == usize::from(FULL) {
                match read_optional(&path) {
                    Ok(Some(bytes)) if hashes_of(&bytes).is_some_and(|found| found == *hashes) => {}
                    Ok(Some(_)) => wrong.push(damaged(path, "does not say what the leaves below it say")),
                    Ok(None) => wrong.push(damaged(path, "is missing")),
                    Err(error) => wrong.push(error),
                }
                continue;
            }
            let folder = self.folder.join(Tile { kind: Kind::Hashes(level), index, width: FULL }.partials());
            for width in partial_widths(&folder).unwrap_or_default() {
                let path = folder.join(width.to_string());
                let found = read_optional(&path).ok().flatten().and_then(|bytes| hashes_of(&bytes));
                let fits = found.is_some_and(|found| {
                    found.len() == usize::from(width)
                        && hashes.get(..found.len()).is_some_and(|row| row == found)
                });
                if !fits {
                    wrong.push(damaged(path, "does not say what the leaves below it say"));
                }
            }
        }
        wrong
    }

    fn audit_checkpoint(&self, checkpoint: &Checkpoint) -> Option<LogError> {
        let head = checkpoint.head();
        match self.head_at(head.size) {
            Ok(here) if here == *head => None,
            Ok(_) => Some(LogError::Forked { folder: self.folder.clone(), size: head.size }),
            Err(error) => Some(error),
        }
    }
}

impl Nodes for LogReader {
    type Error = LogError;

    fn node(&self, level: u32, index: u64) -> Result<Digest, LogError> {
        let (tile_level, within) = (level / 8, level % 8);
        let first = index << within;
        let tile_level = u8::try_from(tile_level).unwrap_or(u8::MAX);
        let hashes = self.hashes(tile_level, first / WIDTH)?;
        let from = usize::try_from(first % WIDTH).unwrap_or(usize::MAX);
        let row = from.checked_add(1 << within).and_then(|to| hashes.get(from..to));
        row.map(root_of).ok_or_else(|| self.missing(Kind::Hashes(tile_level), first / WIDTH))
    }
}

/// The widths of the partial tiles in a folder; none where there is no folder.
pub(crate) fn partial_widths(folder: &Path) -> io::Result<Vec<u16>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut widths = Vec::new();
    for entry in entries {
        let name = entry?.file_name();
        // A draft that was not finished has no number for a name.
        let width: Option<u16> = name.to_str().and_then(|name| name.parse().ok());
        widths.extend(width.filter(|width| (1..FULL).contains(width)));
    }
    Ok(widths)
}

/// The hashes in the bytes of a tile.
fn hashes_of(bytes: &[u8]) -> Option<Vec<Digest>> {
    let (hashes, rest) = bytes.as_chunks::<32>();
    rest.is_empty().then(|| hashes.iter().map(|hash| Digest::from_bytes(*hash)).collect())
}

/// A file's bytes; `None` where there is no such file.
pub(crate) fn read_optional(path: &Path) -> Result<Option<Vec<u8>>, LogError> {
    match fs::metadata(path) {
        Ok(facts) if facts.len() > LONGEST_FILE => {
            Err(LogError::Damaged { path: path.to_owned(), what: "is longer than any file of a log" })
        }
        Ok(_) => match fs::read(path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(io_error("reading", path)(error)),
        },
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            Ok(None)
        }
        Err(error) => Err(io_error("reading", path)(error)),
    }
}
