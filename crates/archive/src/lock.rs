//! One writer at a time, and one place for the catalog: locks of the operating system on files, which the kernel frees
//! however their holders end.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use crate::error::io_error;
use crate::{ArchiveError, Layout};

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

/// Keeps the catalog in its place, for whoever writes to it beside the archive's writer: a database whose file is replaced
/// while it is open would write into the log of the new one. A rebuild waits until all of these are gone.
#[derive(Debug)]
pub struct CatalogInPlace(#[expect(dead_code, reason = "the lock lasts as long as the file is open")] File);

impl CatalogInPlace {
    /// Waits while a rebuild puts a new catalog in place, which takes no time to speak of.
    pub async fn hold(layout: &Layout) -> Result<Self, ArchiveError> {
        Self::wait(layout, File::lock_shared).await
    }

    /// Waits until nobody holds it any more.
    pub(crate) async fn replace(layout: &Layout) -> Result<Self, ArchiveError> {
        Self::wait(layout, File::lock).await
    }

    async fn wait(layout: &Layout, lock: fn(&File) -> std::io::Result<()>) -> Result<Self, ArchiveError> {
        let path = layout.catalog_lock();
        let taken = tokio::task::spawn_blocking(move || {
            let file = open(&path)?;
            lock(&file).map_err(io_error("taking the lock", &path))?;
            Ok(Self(file))
        });
        taken.await.map_err(|e| ArchiveError::Stopped(e.to_string()))?
    }
}

/// The turn to tell what is new. Who tells something and notes afterwards that it was told has to be alone in that: two
/// that ended at the same moment would both find it untold.
#[derive(Debug)]
pub struct Telling(#[expect(dead_code, reason = "the lock lasts as long as the file is open")] File);

impl Telling {
    /// How often it is looked whether another is done.
    const PAUSE: Duration = Duration::from_millis(100);

    /// Takes the turn when it is free, and calls `waits` once if it is not. Whoever drops this waits no more.
    pub async fn turn(layout: &Layout, waits: impl FnOnce()) -> Result<Self, ArchiveError> {
        let path = layout.telling_lock();
        let file = open(&path)?;
        let mut waits = Some(waits);
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Self(file)),
                Err(TryLockError::WouldBlock) => {}
                Err(TryLockError::Error(source)) => return Err(io_error("taking the lock", &path)(source)),
            }
            if let Some(waits) = waits.take() {
                waits();
            }
            tokio::time::sleep(Self::PAUSE).await;
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the lock file is the archive's")]
fn open(path: &Path) -> Result<File, ArchiveError> {
    let file = OpenOptions::new().write(true).create(true).truncate(false).open(path);
    file.map_err(io_error("opening the lock", path))
}

fn locked(path: &Path) -> ArchiveError {
    let holder = std::fs::read_to_string(path).unwrap_or_default();
    let holder =
        holder.lines().next().filter(|line| !line.is_empty()).unwrap_or("a process that left no name");
    ArchiveError::Locked { path: path.to_owned(), holder: holder.chars().take(200).collect() }
}

#[cfg(test)]
mod tests {
    use std::fs::{File, TryLockError};

    use super::{CatalogInPlace, Telling};
    use crate::Layout;

    #[tokio::test]
    async fn one_tells_after_the_other() {
        let folder = tempfile::tempdir().unwrap();
        let layout = Layout::new(folder.path());
        let first = Telling::turn(&layout, || panic!("it is free")).await.unwrap();
        let (waiting, waits) = tokio::sync::oneshot::channel();
        let second = Telling::turn(&layout, || waiting.send(()).unwrap());
        let (told, ()) = tokio::join!(second, async {
            waits.await.unwrap();
            drop(first);
        });
        drop(told.unwrap());
        let _ = Telling::turn(&layout, || panic!("it is free again")).await.unwrap();
    }

    #[tokio::test]
    async fn nobody_replaces_a_catalog_that_somebody_writes_to() {
        let folder = tempfile::tempdir().unwrap();
        let layout = Layout::new(folder.path());
        let (one, two) =
            (CatalogInPlace::hold(&layout).await.unwrap(), CatalogInPlace::hold(&layout).await.unwrap());
        let rebuild = File::open(layout.catalog_lock()).unwrap();
        assert!(matches!(rebuild.try_lock(), Err(TryLockError::WouldBlock)));
        drop((one, two));
        let alone = CatalogInPlace::replace(&layout).await.unwrap();
        assert!(matches!(rebuild.try_lock_shared(), Err(TryLockError::WouldBlock)));
        drop(alone);
        rebuild.try_lock_shared().unwrap();
    }
}
