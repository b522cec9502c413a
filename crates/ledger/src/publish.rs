//! Copies of a log up to a signed head: for a web server that shows it to everybody, and for a backup that belongs to an
//! earlier moment than the log it is copied from.
//!
//! What is copied is what C2SP tlog-tiles names, the head last: whoever sees a head finds all that it speaks of.

use std::path::Path;

use vidimus_disk::{Disk, replace};

use crate::error::{LogError, io_error};
use crate::note::Checkpoint;
use crate::read::{LogReader, WIDTH, read_optional};
use crate::tiles::{FULL, Kind, Tile, push_entry};

/// Copies a log up to a signed head to a folder; files that are there and right are left alone. Gives the names of the
/// files that were written.
pub fn publish(
    log: &LogReader,
    checkpoint: &Checkpoint,
    disk: &dyn Disk,
    folder: &Path,
) -> Result<Vec<String>, LogError> {
    let mut copy = Copy { log, disk, folder, written: Vec::new() };
    copy.up_to(checkpoint.head().size)?;
    copy.keys()?;
    copy.put("checkpoint", checkpoint.as_bytes())?;
    Ok(copy.written)
}

/// Copies the first `size` leaves of a log with all that it takes to go on with it, and the signed head that belongs to
/// them, if there is one.
pub fn copy(
    log: &LogReader,
    size: u64,
    checkpoint: Option<&Checkpoint>,
    disk: &dyn Disk,
    folder: &Path,
) -> Result<Vec<String>, LogError> {
    let mut copy = Copy { log, disk, folder, written: Vec::new() };
    copy.put("origin", format!("{}\n", log.origin()).as_bytes())?;
    copy.up_to(size)?;
    copy.keys()?;
    if let Some(checkpoint) = checkpoint {
        copy.put("checkpoint", checkpoint.as_bytes())?;
    }
    Ok(copy.written)
}

struct Copy<'a> {
    log: &'a LogReader,
    disk: &'a dyn Disk,
    folder: &'a Path,
    written: Vec<String>,
}

impl Copy<'_> {
    /// The leaves and hashes of the first `size` leaves.
    fn up_to(&mut self, size: u64) -> Result<(), LogError> {
        self.log.head_at(size)?;
        for index in 0..size.div_ceil(WIDTH) {
            let tile = tile(Kind::Entries, index, size);
            if self.is_there(tile) {
                continue;
            }
            let mut bytes = Vec::new();
            for leaf in self.log.bundle(index)?.iter().take(usize::from(tile.width)) {
                push_entry(&mut bytes, leaf);
            }
            self.put(&tile.to_string(), &bytes)?;
        }
        for level in 0_u8..8 {
            let at_level = size.checked_shr(8 * u32::from(level)).unwrap_or(0);
            for index in 0..at_level.div_ceil(WIDTH) {
                let tile = tile(Kind::Hashes(level), index, at_level);
                if self.is_there(tile) {
                    continue;
                }
                let hashes = self.log.hashes(level, index)?;
                let hashes = hashes.iter().take(usize::from(tile.width));
                let bytes: Vec<u8> = hashes.flat_map(|hash| *hash.as_bytes()).collect();
                self.put(&tile.to_string(), &bytes)?;
            }
        }
        Ok(())
    }

    fn keys(&mut self) -> Result<(), LogError> {
        let keys: String = self.log.keys()?.iter().map(|key| format!("{key}\n")).collect();
        if keys.is_empty() { Ok(()) } else { self.put("log.vkey", keys.as_bytes()) }
    }

    /// Full tiles never change, and are put in place whole.
    fn is_there(&self, tile: Tile) -> bool {
        tile.width == FULL && self.folder.join(tile.to_string()).is_file()
    }

    fn put(&mut self, name: &str, bytes: &[u8]) -> Result<(), LogError> {
        let path = self.folder.join(name);
        if read_optional(&path)?.as_deref() == Some(bytes) {
            return Ok(());
        }
        let parent = path.parent().unwrap_or(self.folder);
        self.disk.make_folders(parent).map_err(io_error("making the folder", parent))?;
        replace(self.disk, &path, bytes).map_err(io_error("writing", &path))?;
        self.written.push(name.to_owned());
        Ok(())
    }
}

/// The tile of an index in a row of so many.
fn tile(kind: Kind, index: u64, count: u64) -> Tile {
    let width = count.saturating_sub(index * WIDTH).min(WIDTH);
    Tile { kind, index, width: u16::try_from(width).unwrap_or(FULL) }
}
