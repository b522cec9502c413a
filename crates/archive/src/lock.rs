//! One writer at a time: a lock of the operating system on a file, which the kernel frees however its holder ends.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::Write as _;
use std::path::Path;

use crate::ArchiveError;
use crate::error::io_error;

/// Holds the archive's lock for as long as it lives.
#[derive(Debug)]
pub(crate) struct Lock(#[expect(dead_code, reason = "the lock lasts as long as the file is open")] File);

impl Lock {
    /// Takes the lock, and writes down who holds it; fails at once when another process does.
    #[expect(clippy::disallowed_methods, reason = "the lock file is the archive's")]
    pub(crate) fn take(path: &Path, holder: &str) -> Result<Self, ArchiveError> {
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
            .map_err(io_error("opening the lock", path))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(locked(path)),
            Err(TryLockError::Error(source)) => return Err(io_error("taking the lock", path)(source)),
        }
        // Who holds it is a courtesy to the next one; a full disk must not keep us from working.
        let _ = file.set_len(0).and_then(|()| file.write_all(holder.as_bytes()));
        Ok(Self(file))
    }
}

fn locked(path: &Path) -> ArchiveError {
    let holder = std::fs::read_to_string(path).unwrap_or_default();
    let holder =
        holder.lines().next().filter(|line| !line.is_empty()).unwrap_or("a process that left no name");
    ArchiveError::Locked { path: path.to_owned(), holder: holder.chars().take(200).collect() }
}
