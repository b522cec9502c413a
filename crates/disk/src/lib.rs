//! The few things that are done to the disk while the archive and its log are written, in one place, so that a test can
//! stand in for a disk whose power fails between any two of them.
//!
//! It promises nothing but to do what it is asked and to say when that failed; what is durable when is said at each
//! operation.

use std::fmt::Debug;
use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

/// A disk. Nothing that is done on it is durable before it is synced: bytes by [`DiskFile::sync`], names by
/// [`Disk::sync_folder`].
pub trait Disk: Debug + Send + Sync {
    /// Makes a folder and those above it, where they are missing.
    fn make_folders(&self, path: &Path) -> io::Result<()>;
    /// Makes a new file; one that is there already is an error.
    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>>;
    /// Opens a file to append to it or to cut it.
    fn reopen(&self, path: &Path) -> io::Result<Box<dyn DiskFile>>;
    /// Gives a file another name; a file that has that name is replaced.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Removes a file.
    fn remove(&self, path: &Path) -> io::Result<()>;
    /// Makes the names in a folder durable.
    fn sync_folder(&self, path: &Path) -> io::Result<()>;
}

/// A file that is being written.
pub trait DiskFile: Debug + Send + Sync {
    /// Writes at the end.
    fn append(&mut self, bytes: &[u8]) -> io::Result<()>;
    /// Cuts the file to a length.
    fn cut(&mut self, length: u64) -> io::Result<()>;
    /// Makes what was written and cut durable.
    fn sync(&mut self) -> io::Result<()>;
}

/// Puts a file with these bytes in the place of whatever had its name, durably: afterwards, whatever happens, either the
/// old one or the new one is there, whole.
pub fn replace(disk: &dyn Disk, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let draft = folder.join(format!("{name}.draft"));
    if draft.exists() {
        disk.remove(&draft)?;
    }
    let mut file = disk.create(&draft)?;
    file.append(bytes)?;
    file.sync()?;
    disk.rename(&draft, path)?;
    disk.sync_folder(folder)
}

/// The disk of this machine.
#[derive(Debug)]
pub struct RealDisk;

#[derive(Debug)]
struct RealFile(File);

#[expect(
    clippy::disallowed_methods,
    reason = "all that writes the archive's files and its log goes through here"
)]
impl Disk for RealDisk {
    fn make_folders(&self, path: &Path) -> io::Result<()> {
        std::fs::create_dir_all(path)
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        let file = OpenOptions::new().append(true).create_new(true).open(path)?;
        Ok(Box::new(RealFile(file)))
    }

    fn reopen(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        Ok(Box::new(RealFile(OpenOptions::new().append(true).open(path)?)))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        std::fs::rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        std::fs::remove_file(path)
    }

    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        File::open(path)?.sync_all()
    }
}

impl DiskFile for RealFile {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.write_all(bytes)
    }

    fn cut(&mut self, length: u64) -> io::Result<()> {
        self.0.set_len(length)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.0.sync_data()
    }
}
