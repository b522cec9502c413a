//! A file of the index as a search reads it: small parts by themselves, large ones out of a map of the file.
//!
//! A page that is touched for the first time in a map costs as much as fifteen small reads, because the system brings in and
//! takes away its neighbours with it, and one search needs a few bytes of each file. But of the dictionary of all words, no
//! search needs more than a page here and there.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use tantivy::HasLen;
use tantivy::directory::error::OpenReadError;
use tantivy::directory::{Directory, FileHandle, MmapDirectory, OwnedBytes};

/// From so many bytes on, a part is not read but mapped.
const LARGE: usize = 16 * 1024;

/// An open file of the index, which is never changed after it was written.
#[derive(Debug)]
pub(crate) struct SegmentFile {
    file: File,
    length: usize,
    folder: MmapDirectory,
    name: PathBuf,
    /// The map, once somebody needs it; nothing when there can be none.
    map: OnceLock<Option<Arc<dyn FileHandle>>>,
}

impl SegmentFile {
    /// Opens a file in a folder of an index.
    pub(crate) fn open(
        folder: &MmapDirectory,
        root: &Path,
        name: &Path,
    ) -> Result<SegmentFile, OpenReadError> {
        let failed = |error: io::Error| match error.kind() {
            io::ErrorKind::NotFound => OpenReadError::FileDoesNotExist(name.to_owned()),
            _ => OpenReadError::wrap_io_error(error, name.to_owned()),
        };
        let file = File::open(root.join(name)).map_err(failed)?;
        let length = file.metadata().map_err(failed)?.len();
        let length = usize::try_from(length).map_err(|_| failed(io::ErrorKind::FileTooLarge.into()))?;
        let (folder, name) = (folder.clone(), name.to_owned());
        Ok(SegmentFile { file, length, folder, name, map: OnceLock::new() })
    }

    /// The map of the file. A writer may have removed the name by now: then the open file has to do.
    fn map(&self) -> Option<&Arc<dyn FileHandle>> {
        let map = || self.folder.get_file_handle(&self.name).ok().filter(|map| map.len() == self.length);
        self.map.get_or_init(map).as_ref()
    }
}

impl HasLen for SegmentFile {
    fn len(&self) -> usize {
        self.length
    }
}

impl FileHandle for SegmentFile {
    fn read_bytes(&self, range: Range<usize>) -> io::Result<OwnedBytes> {
        if range.end > self.length {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if range.len() >= LARGE
            && let Some(map) = self.map()
        {
            return map.read_bytes(range);
        }
        let mut bytes = vec![0; range.len()];
        self.file.read_exact_at(&mut bytes, range.start as u64)?;
        Ok(OwnedBytes::new(bytes))
    }
}
