//! The index folder as writers and readers on different accounts share it.
//!
//! Tantivy's own folder writes some files for their owner alone and takes its read lock by opening
//! the lock file for writing. Here files get the permissions that the umask gives, a reader needs no
//! write access at all, and a writer that finds readers at work leaves old files for the next time
//! instead of waiting.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::segment_file::SegmentFile;
use tantivy::directory::error::{DeleteError, LockError, OpenDirectoryError, OpenReadError, OpenWriteError};
use tantivy::directory::{
    Directory, DirectoryLock, FileHandle, Lock, META_LOCK, MmapDirectory, WatchCallback, WatchHandle,
    WritePtr,
};

/// Who opened the folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// The one process that may change it.
    Writer,
    /// One of any number that only look.
    Reader,
}

/// An index folder.
#[derive(Debug, Clone)]
pub(crate) struct IndexFolder {
    files: MmapDirectory,
    root: PathBuf,
    role: Role,
}

impl IndexFolder {
    pub(crate) fn open(root: &Path, role: Role) -> Result<IndexFolder, OpenDirectoryError> {
        Ok(IndexFolder { files: MmapDirectory::open(root)?, root: root.to_owned(), role })
    }

    /// Many readers hold this lock together; the writer has it only while it lists what it may remove.
    fn share_meta_lock(&self) -> io::Result<DirectoryLock> {
        match File::open(self.root.join(&META_LOCK.filepath)) {
            Ok(file) => {
                file.lock_shared()?;
                Ok(DirectoryLock::from(Box::new(file)))
            }
            // No writer was ever here (a copy of an index): nothing can be removed under our hands.
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(DirectoryLock::from(Box::new(()))),
            Err(error) => Err(error),
        }
    }

    fn take_meta_lock(&self) -> Result<DirectoryLock, LockError> {
        let file = open_lock_file(&self.root.join(&META_LOCK.filepath)).map_err(lock_error)?;
        match file.try_lock() {
            Ok(()) => Ok(DirectoryLock::from(Box::new(file))),
            Err(TryLockError::WouldBlock) => Err(LockError::LockBusy),
            Err(TryLockError::Error(error)) => Err(lock_error(error)),
        }
    }
}

fn lock_error(error: io::Error) -> LockError {
    LockError::IoError(Arc::new(error))
}

/// Opens a lock file, creating it when absent.
#[expect(clippy::disallowed_methods, reason = "the index folder is this crate's own derived data")]
fn open_lock_file(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create(true).truncate(false).open(path)
}

/// Creates the readers' lock file, so that a reader without write access finds it.
pub(crate) fn prepare_locks(root: &Path) -> io::Result<()> {
    open_lock_file(&root.join(&META_LOCK.filepath)).map(drop)
}

/// What a file is called while it is written, before it takes the place of the one of its name.
pub(crate) fn temporary(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    path.with_file_name(name)
}

/// Replaces a file in one step: whoever reads sees the old content or the new, never a part. Its name is durable as well:
/// what the catalog takes for indexed must not be gone after a power cut.
#[expect(clippy::disallowed_methods, reason = "the index folder is this crate's own derived data")]
pub(crate) fn replace_file(path: &Path, content: &[u8]) -> io::Result<()> {
    let temporary = temporary(path);
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).open(&temporary)?;
    file.write_all(content)?;
    file.sync_data()?;
    std::fs::rename(&temporary, path)?;
    path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}

impl Directory for IndexFolder {
    fn get_file_handle(&self, path: &Path) -> Result<Arc<dyn FileHandle>, OpenReadError> {
        match self.role {
            Role::Reader => Ok(Arc::new(SegmentFile::open(&self.files, &self.root, path)?)),
            Role::Writer => self.files.get_file_handle(path),
        }
    }

    fn delete(&self, path: &Path) -> Result<(), DeleteError> {
        self.files.delete(path)
    }

    fn exists(&self, path: &Path) -> Result<bool, OpenReadError> {
        self.files.exists(path)
    }

    fn open_write(&self, path: &Path) -> Result<WritePtr, OpenWriteError> {
        self.files.open_write(path)
    }

    fn atomic_read(&self, path: &Path) -> Result<Vec<u8>, OpenReadError> {
        self.files.atomic_read(path)
    }

    fn atomic_write(&self, path: &Path, data: &[u8]) -> io::Result<()> {
        replace_file(&self.root.join(path), data)?;
        self.sync_directory()
    }

    fn sync_directory(&self) -> io::Result<()> {
        self.files.sync_directory()
    }

    fn acquire_lock(&self, lock: &Lock) -> Result<DirectoryLock, LockError> {
        if lock.filepath != META_LOCK.filepath {
            return self.files.acquire_lock(lock);
        }
        match self.role {
            Role::Reader => self.share_meta_lock().map_err(lock_error),
            Role::Writer => self.take_meta_lock(),
        }
    }

    fn watch(&self, callback: WatchCallback) -> tantivy::Result<WatchHandle> {
        self.files.watch(callback)
    }
}
