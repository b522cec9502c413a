//! The file that an export goes to: written beside its place under a name of its own, and put there when it is whole.

use std::fs::{File, Permissions};
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;
use vidimus_snapshot::Digest;

use crate::ArchiveError;
use crate::disk::RealDisk;
use crate::error::io_error;
use crate::files::sync_folder;
use crate::sealed::digest_of;

/// A file that is there whole or not at all: dropped before [`OutFile::keep`], it leaves nothing behind.
#[derive(Debug)]
pub struct OutFile {
    file: BufWriter<NamedTempFile>,
    path: PathBuf,
    may_replace: bool,
}

impl OutFile {
    /// Begins a file that is to be at `path`. One that is there already is an error, unless it may be replaced.
    pub fn create(path: &Path, may_replace: bool) -> Result<Self, ArchiveError> {
        if path.exists() && !path.is_file() {
            return Err(ArchiveError::NoFile(path.to_owned()));
        }
        if path.exists() && !may_replace {
            return Err(ArchiveError::Exists(path.to_owned()));
        }
        let file = tempfile::Builder::new()
            .prefix(".vidimus-export-")
            // As for any new file: what the umask leaves of it.
            .permissions(Permissions::from_mode(0o666))
            .tempfile_in(folder_of(path))
            .map_err(io_error("creating", path))?;
        Ok(Self { file: BufWriter::with_capacity(256 << 10, file), path: path.to_owned(), may_replace })
    }

    /// Makes the file durable and gives it its name; says how long it is, and its digest.
    pub fn keep(self) -> Result<(u64, Digest), ArchiveError> {
        let Self { file, path, may_replace } = self;
        let file = file.into_inner().map_err(|error| io_error("writing", &path)(error.into_error()))?;
        file.as_file().sync_all().map_err(io_error("syncing", &path))?;
        let kept: Result<File, _> =
            if may_replace { file.persist(&path) } else { file.persist_noclobber(&path) };
        match kept {
            Ok(_) => sync_folder(&RealDisk, folder_of(&path))?,
            Err(refused) if refused.error.kind() == io::ErrorKind::AlreadyExists => {
                return Err(ArchiveError::Exists(path));
            }
            Err(refused) => return Err(io_error("naming", &path)(refused.error)),
        }
        digest_of(&path)
    }
}

/// The folder that a file is in; of a bare name, the one we are in.
fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    }
}

impl Write for OutFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Seek for OutFile {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(path: &Path, may_replace: bool, text: &str) -> Result<(u64, Digest), ArchiveError> {
        let mut file = OutFile::create(path, may_replace)?;
        file.write_all(text.as_bytes()).unwrap();
        file.keep()
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(folder).unwrap();
        entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect()
    }

    #[test]
    fn a_file_is_there_whole_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.warc.gz");
        let mut dropped = OutFile::create(&path, false).unwrap();
        dropped.write_all(b"half").unwrap();
        drop(dropped);
        assert!(names(folder.path()).is_empty());

        assert_eq!(write(&path, false, "first").unwrap(), (5, Digest::of(b"first")));
        assert!(matches!(write(&path, false, "second"), Err(ArchiveError::Exists(_))));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "first");
        write(&path, true, "third").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "third");
        assert_eq!(names(folder.path()), ["a.warc.gz"]);
    }

    #[test]
    fn what_came_meanwhile_is_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        let late = OutFile::create(&path, false).unwrap();
        write(&path, false, "sooner").unwrap();
        assert!(matches!(late.keep(), Err(ArchiveError::Exists(_))));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "sooner");
    }

    #[test]
    fn folders_and_devices_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        for path in [folder.path(), Path::new("/dev/null")] {
            assert!(matches!(OutFile::create(path, true), Err(ArchiveError::NoFile(_))), "{path:?}");
        }
    }
}
