//! Writing a log: leaves are appended, durably, and heads are signed. There is one writer; whoever holds the archive's
//! lock is it.
//!
//! When [`Log::append`] has returned, the leaves are on the disk: their bundle was written beside the old one, synced and
//! renamed. Tiles of hashes are written when they are full, and those that are not when a head is signed, because a
//! published head needs them (C2SP tlog-tiles); what is lost of them in a crash is computed anew from the leaves.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use vidimus_disk::{Disk, replace};
use vidimus_snapshot::{Digest, LogHead};

use crate::error::{LogError, io_error};
use crate::keys::SigningKey;
use crate::leaf::{Leaf, LeafError};
use crate::note::{Checkpoint, VerifierKey, check_name};
use crate::read::{LogReader, WIDTH, partial_widths, read_optional};
use crate::tiles::{FULL, Kind, Tile, push_entry};
use crate::tree::{leaf_hash, root_of};

/// A log, for writing.
#[derive(Debug)]
pub struct Log {
    folder: PathBuf,
    disk: Arc<dyn Disk>,
    origin: String,
    size: u64,
    /// Of each level the hashes that are in no full tile yet.
    edge: Vec<Vec<Digest>>,
    /// The leaves that are in no full bundle yet.
    bundle: Vec<u8>,
    /// How many leaves the newest signed head covers.
    signed: u64,
    failed: bool,
}

impl Log {
    /// Opens the log in a folder; `None` where there is none.
    pub fn open(folder: &Path, disk: Arc<dyn Disk>) -> Result<Option<Self>, LogError> {
        let Some(reader) = LogReader::open(folder)? else { return Ok(None) };
        let size = reader.size();
        let signed = reader.checkpoint()?.map_or(0, |checkpoint| checkpoint.head().size);
        if signed > size {
            return Err(LogError::Short { folder: folder.to_owned(), size, wanted: signed });
        }
        let mut edge = Vec::new();
        for level in 0_u8..8 {
            let at_level = size >> (8 * u32::from(level));
            let partial = !at_level.is_multiple_of(WIDTH);
            let row = if partial { reader.hashes(level, at_level / WIDTH)?.to_vec() } else { Vec::new() };
            edge.push(row);
        }
        let mut bundle = Vec::new();
        if !size.is_multiple_of(WIDTH) {
            for leaf in reader.bundle(size / WIDTH)? {
                push_entry(&mut bundle, &leaf);
            }
        }
        let origin = reader.origin().to_owned();
        let (folder, failed) = (folder.to_owned(), false);
        let log = Self { folder, disk, origin, size, edge, bundle, signed, failed };
        log.mend(&reader)?;
        Ok(Some(log))
    }

    /// Begins a log in a folder that has none.
    pub fn begin(folder: &Path, disk: Arc<dyn Disk>, origin: &str) -> Result<Self, LogError> {
        check_name(origin)?;
        let folder = folder.to_owned();
        let edge = vec![Vec::new(); 8];
        let origin = origin.to_owned();
        let log = Self { folder, disk, origin, size: 0, edge, bundle: Vec::new(), signed: 0, failed: false };
        log.put("origin", format!("{}\n", log.origin).as_bytes())?;
        Ok(log)
    }

    /// The log's name.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// How many leaves there are.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// How many of them the newest signed head covers.
    pub fn signed(&self) -> u64 {
        self.signed
    }

    /// The head as it is now, signed or not.
    pub fn head(&self) -> LogHead {
        let mut below: Option<Digest> = None;
        for row in self.edge.iter().filter(|row| !row.is_empty()) {
            let whole: Vec<Digest> = row.iter().copied().chain(below).collect();
            below = Some(root_of(&whole));
        }
        let root = below.unwrap_or_else(|| Digest::of(b""));
        LogHead { origin: self.origin.clone(), size: self.size, root }
    }

    /// For reading what is there now.
    pub fn reader(&self) -> Result<LogReader, LogError> {
        let short = || LogError::Short { folder: self.folder.clone(), size: 0, wanted: self.size };
        LogReader::open(&self.folder)?.ok_or_else(short)
    }

    /// Appends leaves and gives their indexes, when they are durable.
    pub fn append(&mut self, leaves: &[Leaf]) -> Result<Range<u64>, LogError> {
        if self.failed {
            return Err(LogError::Failed(self.folder.clone()));
        }
        let leaves = leaves.iter().map(Leaf::to_canonical_json).collect::<Result<Vec<_>, _>>()?;
        let before = self.size;
        if leaves.is_empty() {
            return Ok(before..before);
        }
        // Until all is written, memory is ahead of the disk.
        self.failed = true;
        for leaf in &leaves {
            self.push(leaf)?;
        }
        self.write_partial(before)?;
        self.failed = false;
        Ok(before..self.size)
    }

    fn push(&mut self, leaf: &[u8]) -> Result<(), LogError> {
        if !push_entry(&mut self.bundle, leaf) {
            return Err(LeafError::Long(leaf.len()).into());
        }
        self.size += 1;
        if self.size.is_multiple_of(WIDTH) {
            let tile = Tile { kind: Kind::Entries, index: self.size / WIDTH - 1, width: FULL };
            let full = std::mem::take(&mut self.bundle);
            self.put_full(tile, &full)?;
        }
        let mut hash = leaf_hash(leaf);
        for level in 0_u8..8 {
            let Some(row) = self.edge.get_mut(usize::from(level)) else { break };
            row.push(hash);
            if row.len() < usize::from(FULL) {
                break;
            }
            let row = std::mem::take(row);
            let index = full_tiles(self.size, level).saturating_sub(1);
            self.put_full(Tile { kind: Kind::Hashes(level), index, width: FULL }, &bytes_of(&row))?;
            hash = root_of(&row);
        }
        Ok(())
    }

    /// Writes the bundle that is not full, and removes the shorter one that it takes the place of, unless a signed head
    /// needs that.
    fn write_partial(&self, before: u64) -> Result<(), LogError> {
        if self.size.is_multiple_of(WIDTH) {
            return Ok(());
        }
        let partial = |size: u64| {
            let width = u16::try_from(size % WIDTH).unwrap_or(FULL);
            Tile { kind: Kind::Entries, index: size / WIDTH, width }
        };
        let now = partial(self.size);
        self.put(&now.to_string(), &self.bundle)?;
        let old = partial(before);
        if old.index == now.index && old.width > 0 && before != self.signed {
            let path = self.folder.join(old.to_string());
            self.disk.remove(&path).map_err(io_error("removing", &path))?;
        }
        Ok(())
    }

    /// Writes a full tile, and removes the partial ones of the same index, for which it stands from now on.
    fn put_full(&self, tile: Tile, bytes: &[u8]) -> Result<(), LogError> {
        self.put(&tile.to_string(), bytes)?;
        let folder = self.folder.join(tile.partials());
        for width in partial_widths(&folder).map_err(io_error("reading the folder", &folder))? {
            let path = folder.join(width.to_string());
            self.disk.remove(&path).map_err(io_error("removing", &path))?;
        }
        // An empty folder that stays disturbs nobody.
        let _ = std::fs::remove_dir(&folder);
        Ok(())
    }

    /// Signs the head as it is now and publishes it; the tiles that it needs are durable before it is.
    pub fn sign(&mut self, key: &SigningKey, others: &[&SigningKey]) -> Result<Checkpoint, LogError> {
        if self.failed {
            return Err(LogError::Failed(self.folder.clone()));
        }
        let checkpoint = key.sign_checkpoint(&self.head(), others)?;
        checkpoint.verify(key.verifier())?;
        for (level, row) in (0_u8..).zip(&self.edge).filter(|(_, row)| !row.is_empty()) {
            let index = full_tiles(self.size, level);
            let width = u16::try_from(row.len()).unwrap_or(FULL);
            self.put(&Tile { kind: Kind::Hashes(level), index, width }.to_string(), &bytes_of(row))?;
        }
        self.put("checkpoint", checkpoint.as_bytes())?;
        self.signed = self.size;
        Ok(checkpoint)
    }

    /// Notes a key that signs from now on, behind those that did before.
    pub fn add_key(&self, key: &VerifierKey) -> Result<(), LogError> {
        let mut keys = self.reader()?.keys()?;
        if keys.last() == Some(key) {
            return Ok(());
        }
        keys.push(key.clone());
        let lines: String = keys.iter().map(|key| format!("{key}\n")).collect();
        self.put("log.vkey", lines.as_bytes())
    }

    /// Writes full tiles anew that a crash left out.
    fn mend(&self, reader: &LogReader) -> Result<(), LogError> {
        for level in 0_u8..8 {
            let full = full_tiles(self.size, level);
            // Tiles are written in their order: none is missing before one that is there.
            for index in (0..full).rev() {
                let tile = Tile { kind: Kind::Hashes(level), index, width: FULL };
                if self.folder.join(tile.to_string()).is_file() {
                    break;
                }
                self.put_full(tile, &bytes_of(&reader.hashes(level, index)?))?;
            }
        }
        Ok(())
    }

    /// Puts a file in its place, with the folders above it, durably.
    fn put(&self, name: &str, bytes: &[u8]) -> Result<(), LogError> {
        let path = self.folder.join(name);
        let parent = path.parent().unwrap_or(&self.folder);
        if !parent.is_dir() {
            self.disk.make_folders(parent).map_err(io_error("making the folder", parent))?;
            let above = self.folder.parent();
            for folder in parent.ancestors().skip(1).take_while(|folder| Some(*folder) != above) {
                self.disk.sync_folder(folder).map_err(io_error("syncing the folder", folder))?;
            }
            if let Some(above) = above {
                self.disk.sync_folder(above).map_err(io_error("syncing the folder", above))?;
            }
        }
        if read_optional(&path)?.as_deref() == Some(bytes) {
            return Ok(());
        }
        replace(&*self.disk, &path, bytes).map_err(io_error("writing", &path))
    }
}

/// How many tiles of a level are full.
fn full_tiles(size: u64, level: u8) -> u64 {
    size.checked_shr(8 * (u32::from(level) + 1)).unwrap_or(0)
}

fn bytes_of(hashes: &[Digest]) -> Vec<u8> {
    hashes.iter().flat_map(|hash| *hash.as_bytes()).collect()
}
