//! Keeping what was handed over: an untouched copy under a name of our own, hashed, synced and never changed again; and,
//! where its records cannot be read one by one, a second file with the very same records as gzip members.

use std::collections::{HashMap, HashSet};
use std::fs::{File, OpenOptions, Permissions};
use std::io::{self, BufReader, Read, Write};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use vidimus_catalog::{Catalog, SealedFile};
use vidimus_snapshot::{Digest, Hasher};
use vidimus_warc::{DamageKind, Item, Reader, Record, gzip_member};

use super::container::{Bytes, Contents, ForeignFormat, Part, Stream, look_into, unpack};
use super::exchange::Met;
use super::facts::{Refused, said};
use crate::blocking::blocking;
use crate::error::io_error;
use crate::files::{sync_folder, sync_folders};
use crate::layout::is_imported;
use crate::sealed::digest_of;
use crate::takedown::logged;
use crate::{ArchiveError, Layout, Writer};

/// How much is copied at a time.
const CHUNK: usize = 256 << 10;
/// Nobody writes to what was imported.
const READ_ONLY: u32 = 0o444;
/// What the name of a file of records ends in; before it stands the name of the original.
const RECORDS: &str = ".records";

/// The originals that are kept, by their digests.
#[derive(Debug, Clone, Default)]
pub struct KeptFiles {
    by_digest: HashMap<Digest, SealedFile>,
    lengths: HashSet<u64>,
    by_name: HashMap<String, Digest>,
    /// What originals were before something in them was taken down.
    rewritten: HashSet<Digest>,
}

/// An original in the archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptFile {
    /// Where it is, relative to the archive.
    pub file: String,
    /// How long it is.
    pub bytes: u64,
    /// SHA-256 of all of it.
    pub sha256: Digest,
    /// Whether it was there before.
    pub was_there: bool,
    /// Whether what was there had been lost or damaged, and was written again.
    pub mended: bool,
}

impl KeptFile {
    /// What the kept copy holds: the file that was handed over may have changed since.
    pub fn look_into(&self, layout: &Layout) -> Result<Option<Contents>, ArchiveError> {
        look_into(&layout.sealed(&self.file))
    }
}

/// Whether an error is about a kept file that cannot be read: that is bad for what is in it, and for nothing else.
pub fn is_of_kept_file(error: &ArchiveError, layout: &Layout) -> bool {
    let ArchiveError::Io { path, source, .. } = error else { return false };
    let is_full = matches!(source.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded);
    let name = path.strip_prefix(layout.root()).ok().and_then(Path::to_str);
    !is_full && name.is_some_and(Layout::is_import_name)
}

/// The records of one stream, where each can be read by its offset.
#[derive(Debug)]
pub struct Addressable {
    /// The file, relative to the archive: the original, or a file of records.
    pub file: String,
    pub(crate) path: PathBuf,
    pub(crate) start: u64,
    pub(crate) end: u64,
    /// What was damaged where the records were taken from, when they had to be written anew.
    pub damaged: Vec<Met>,
    /// Whether they were written by an earlier import, so that what was damaged has to be read again.
    pub was_there: bool,
    /// Whether the file of records had been lost or damaged, and was written again.
    pub mended: bool,
}

/// How many defects are kept of the making of one file of records.
const MAX_DAMAGED: usize = 10_000;

/// Tells how many bytes of a file are done.
pub type Progress = dyn Fn(u64) + Send + Sync;

impl KeptFiles {
    /// What is kept, and what an interrupted import left: a copy that was not finished is removed, and one that was
    /// finished but not noted is known by its digest.
    pub async fn of(layout: &Layout, catalog: &Catalog) -> Result<Self, ArchiveError> {
        let mut kept = Self::default();
        let known = catalog.sealed_files().await?;
        known.into_iter().filter(|file| is_imported(&file.name)).for_each(|file| kept.add(file));
        let logged = logged(layout, catalog).await?;
        kept.rewritten.extend(logged.rewrites.iter().map(|rewrite| rewrite.before));
        let layout = layout.clone();
        tokio::task::spawn_blocking(move || {
            remove_unfinished(&layout)?;
            for name in layout.imported_files()? {
                if kept.by_name.contains_key(&name) || !Layout::is_import_name(&name) {
                    continue;
                }
                // One that cannot be read is not known; the same file handed over once more is kept once more.
                if let Ok((length, sha256)) = digest_of(&layout.sealed(&name)) {
                    kept.add(SealedFile { name, length, sha256 });
                }
            }
            Ok(kept)
        })
        .await
        .map_err(|e| ArchiveError::Stopped(e.to_string()))?
    }

    fn add(&mut self, file: SealedFile) {
        self.by_name.insert(file.name.clone(), file.sha256);
        if !file.name.contains(RECORDS) {
            self.lengths.insert(file.length);
            self.by_digest.insert(file.sha256, file);
        }
    }
}

impl Writer {
    /// Keeps an untouched copy of a file; one that is kept already is not copied again, unless the copy is lost or damaged.
    pub async fn keep_original(
        &mut self,
        source: &Path,
        format: ForeignFormat,
        at: Timestamp,
        kept: &mut KeptFiles,
        progress: std::sync::Arc<Progress>,
    ) -> Result<KeptFile, ArchiveError> {
        let known = known_original(source, kept).await?;
        let (layout, source) = (self.layout().clone(), source.to_owned());
        let file = match known {
            Some(known) => blocking(move || still_kept(&layout, &source, known, &*progress)).await?,
            None => {
                let name = self.next_imported(at, format.extension());
                blocking(move || copy(&layout, &source, name, None, &*progress)).await?
            }
        };
        self.note_kept(&file, kept).await?;
        Ok(file)
    }

    /// Makes the records of a stream addressable: by the original itself, or by a file of records beside it.
    pub async fn make_addressable(
        &mut self,
        original: &KeptFile,
        stream: &Stream,
        number: usize,
        rewrite: bool,
        kept: &mut KeptFiles,
        progress: std::sync::Arc<Progress>,
    ) -> Result<Addressable, ArchiveError> {
        let path = self.layout().sealed(&original.file);
        if let Bytes::Range { start, end } = stream.bytes
            && stream.addressable
            && !rewrite
        {
            let file = original.file.clone();
            let (damaged, was_there, mended) = (Vec::new(), false, false);
            return Ok(Addressable { file, path, start, end, damaged, was_there, mended });
        }
        let name = records_name(&original.file, number);
        let (layout, stream, there) =
            (self.layout().clone(), stream.clone(), kept.by_name.get(&name).copied());
        let (file, damaged) = blocking(move || {
            let found = there.and_then(|sha256| Some((digest_of(&layout.sealed(&name)).ok()?, sha256)));
            match found {
                Some(((bytes, found), sha256)) if found == sha256 => {
                    let file = KeptFile { file: name, bytes, sha256, was_there: true, mended: false };
                    Ok((file, Vec::new()))
                }
                _ => write_records(&layout, &path, &stream, name, there, &*progress),
            }
        })
        .await?;
        self.note_kept(&file, kept).await?;
        let path = self.layout().sealed(&file.file);
        let KeptFile { file, bytes: end, was_there, mended, .. } = file;
        Ok(Addressable { file, path, start: 0, end, damaged, was_there, mended })
    }

    /// What is damaged in a stream whose records were written anew by an earlier import. The file of records does not say.
    pub async fn damage_before(
        &self,
        original: &KeptFile,
        stream: &Stream,
    ) -> Result<Vec<Met>, ArchiveError> {
        let (layout, stream) = (self.layout().clone(), stream.clone());
        let path = layout.sealed(&original.file);
        blocking(move || {
            let mut damaged = Vec::new();
            read_records(&layout, &path, &stream, &mut damaged, &|_| {}, &mut |_| Ok(()))?;
            Ok(damaged)
        })
        .await
    }

    async fn note_kept(&self, file: &KeptFile, kept: &mut KeptFiles) -> Result<(), ArchiveError> {
        let sealed = SealedFile { name: file.file.clone(), length: file.bytes, sha256: file.sha256 };
        self.catalog().put_sealed(&sealed).await?;
        kept.add(sealed);
        Ok(())
    }
}

/// The name of the file that holds the records of an original's stream.
fn records_name(original: &str, number: usize) -> String {
    let stem = original.rsplit_once('/').map_or(original, |(_, name)| name);
    let stem_length = original.len() - stem.len() + stem.find('.').unwrap_or(stem.len());
    let stem = original.get(..stem_length).unwrap_or(original);
    format!("{stem}{RECORDS}-{number:05}.warc.gz")
}

/// The file as it was kept before, if it was.
async fn known_original(source: &Path, kept: &KeptFiles) -> Result<Option<SealedFile>, ArchiveError> {
    let length = source.metadata().map_err(io_error("reading", source))?.len();
    if !kept.lengths.contains(&length) {
        return Ok(None);
    }
    let path = source.to_owned();
    let (_, sha256) = blocking(move || digest_of(&path)).await?;
    if kept.rewritten.contains(&sha256) {
        return Err(ArchiveError::TakenDown);
    }
    Ok(kept.by_digest.get(&sha256).cloned())
}

/// The file as it is kept; where the copy is lost or damaged, it is written again: whoever hands the file over once more
/// brings it back.
fn still_kept(
    layout: &Layout,
    source: &Path,
    known: SealedFile,
    progress: &Progress,
) -> Result<KeptFile, ArchiveError> {
    let SealedFile { name, length: bytes, sha256 } = known;
    if digest_of(&layout.sealed(&name)).is_ok_and(|(_, found)| found == sha256) {
        return Ok(KeptFile { file: name, bytes, sha256, was_there: true, mended: false });
    }
    copy(layout, source, name, Some(sha256), progress)
}

/// Copies a file; with `expected`, in the place of a damaged copy that had this digest.
fn copy(
    layout: &Layout,
    source: &Path,
    name: String,
    expected: Option<Digest>,
    progress: &Progress,
) -> Result<KeptFile, ArchiveError> {
    let mut from = File::open(source).map_err(io_error("opening", source))?;
    let (bytes, sha256) = write_file(layout, &name, |file| {
        let mut chunk = vec![0_u8; CHUNK];
        loop {
            let count = from.read(&mut chunk).map_err(io_error("reading", source))?;
            if count == 0 {
                break;
            }
            file.write_all(chunk.get(..count).unwrap_or_default())?;
            progress(file.length);
        }
        let changed = || io::Error::other("it changed while it was read; import it again");
        file.check(expected).then_some(()).ok_or_else(changed).map_err(io_error("reading", source))
    })?;
    let is_again = expected.is_some();
    Ok(KeptFile { file: name, bytes, sha256, was_there: is_again, mended: is_again })
}

/// A file of the archive in the making, hashed as it is written.
struct Making<'a> {
    path: &'a Path,
    file: File,
    hasher: Hasher,
    length: u64,
}

impl Making<'_> {
    fn write_all(&mut self, bytes: &[u8]) -> Result<(), ArchiveError> {
        self.file.write_all(bytes).map_err(io_error("writing", self.path))?;
        self.hasher.update(bytes);
        self.length += bytes.len() as u64;
        Ok(())
    }

    /// Whether what was written so far has the digest that is expected, if any is.
    fn check(&self, expected: Option<Digest>) -> bool {
        expected.is_none_or(|expected| self.hasher.clone().finish() == expected)
    }
}

/// Writes a file that is there, whole and read-only, or not at all.
#[expect(clippy::disallowed_methods, reason = "this crate is the one that writes files of the archive")]
fn write_file(
    layout: &Layout,
    name: &str,
    fill: impl FnOnce(&mut Making<'_>) -> Result<(), ArchiveError>,
) -> Result<(u64, Digest), ArchiveError> {
    let (open, sealed) = (layout.open(name), layout.sealed(name));
    let folder = open.parent().unwrap_or(layout.root()).to_owned();
    std::fs::create_dir_all(&folder).map_err(io_error("making the folder", &folder))?;
    sync_folders(layout, &folder)?;
    let file =
        OpenOptions::new().write(true).create_new(true).open(&open).map_err(io_error("creating", &open))?;
    let mut making = Making { path: &open, file, hasher: Hasher::new(), length: 0 };
    let written = fill(&mut making).and_then(|()| {
        let only_read = Permissions::from_mode(READ_ONLY);
        making.file.set_permissions(only_read).map_err(io_error("protecting", &open))?;
        making.file.sync_all().map_err(io_error("syncing", &open))
    });
    if let Err(error) = written {
        // If even that fails, the next import removes it.
        let _ = std::fs::remove_file(&open);
        return Err(error);
    }
    std::fs::rename(&open, &sealed).map_err(io_error("sealing", &open))?;
    sync_folder(layout.disk(), &folder)?;
    Ok((making.length, making.hasher.finish()))
}

/// Removes copies that were not finished: whoever handed the file over still has it.
#[expect(clippy::disallowed_methods, reason = "this crate is the one that writes files of the archive")]
fn remove_unfinished(layout: &Layout) -> Result<(), ArchiveError> {
    for path in layout.unfinished_imports()? {
        std::fs::remove_file(&path).map_err(io_error("removing the unfinished copy", &path))?;
    }
    Ok(())
}

/// Writes the records of a stream as gzip members.
fn write_records(
    layout: &Layout,
    original: &Path,
    stream: &Stream,
    name: String,
    expected: Option<Digest>,
    progress: &Progress,
) -> Result<(KeptFile, Vec<Met>), ArchiveError> {
    let (mut damaged, sealed) = (Vec::new(), layout.sealed(&name));
    let (bytes, sha256) = write_file(layout, &name, |making| {
        read_records(layout, original, stream, &mut damaged, progress, &mut |raw| {
            making.write_all(&gzip_member(raw).map_err(io_error("compressing a record of", original))?)
        })?;
        // Manifests say at which offsets the records lie in the file that is to be replaced.
        let other =
            || io::Error::other("its records come out otherwise than before; restore it from a backup");
        making.check(expected).then_some(()).ok_or_else(other).map_err(io_error("writing again", &sealed))
    })?;
    let mended = expected.is_some();
    Ok((KeptFile { file: name, bytes, sha256, was_there: false, mended }, damaged))
}

/// What is done with the bytes of each record.
type TakeRaw<'a> = dyn FnMut(&[u8]) -> Result<(), ArchiveError> + 'a;

/// Reads the records of a stream of an original, as far as they are whole.
fn read_records(
    layout: &Layout,
    original: &Path,
    stream: &Stream,
    damaged: &mut Vec<Met>,
    progress: &Progress,
    take: &mut TakeRaw<'_>,
) -> Result<(), ArchiveError> {
    match stream.bytes {
        Bytes::Range { start, end } => {
            each_record(Part::open(original, start, end)?, original, damaged, progress, take)
        }
        Bytes::Entry(index) => {
            let folder = layout.root();
            let mut unpacked = tempfile::tempfile_in(folder).map_err(io_error("unpacking into", folder))?;
            if let Some(what) = unpack(original, index, &mut unpacked)? {
                damaged.push(Met::Damaged { offset: 0, record_id: None, why: Refused::new("damaged", what) });
            }
            io::Seek::rewind(&mut unpacked).map_err(io_error("reading", original))?;
            each_record(unpacked, original, damaged, progress, take)
        }
    }
}

fn each_record(
    source: impl Read + io::Seek,
    path: &Path,
    damaged: &mut Vec<Met>,
    progress: &Progress,
    take: &mut TakeRaw<'_>,
) -> Result<(), ArchiveError> {
    let reading = || io_error("reading", path);
    let mut reader = Reader::new(BufReader::with_capacity(CHUNK, source)).map_err(reading())?;
    while let Some(item) = reader.next_item().map_err(reading())? {
        let why = match item {
            Item::Record(record) => {
                progress(record.offset);
                match whole(&record) {
                    Ok(raw) => {
                        take(&raw)?;
                        continue;
                    }
                    Err(why) => (record.offset, Some(said(record.id())).filter(|id| !id.is_empty()), why),
                }
            }
            Item::Damage(damage) => (damage.offset, None, Refused::new("damaged", damage.kind.to_string())),
        };
        if damaged.len() < MAX_DAMAGED {
            let (offset, record_id, why) = why;
            damaged.push(Met::Damaged { offset, record_id, why });
        }
    }
    Ok(())
}

/// All bytes of the record, unless it is not whole.
fn whole(record: &Record) -> Result<Vec<u8>, Refused> {
    let is_torn = |kind: &DamageKind| {
        matches!(
            kind,
            DamageKind::TornMember(_) | DamageKind::ShortBlock { .. } | DamageKind::Missing("Content-Length")
        )
    };
    if let Some(damage) = record.damage.iter().find(|damage| is_torn(&damage.kind)) {
        return Err(Refused::new("damaged", damage.kind.to_string()));
    }
    record.raw().ok_or(Refused::new("too-long", "the record is longer than a record that is read may be"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_records_is_named_after_its_original() {
        let name = "imported/2024/06/vidimus-20240627083000-1a2b3c4d-00002.warc.zst";
        let records = records_name(name, 3);
        assert_eq!(records, "imported/2024/06/vidimus-20240627083000-1a2b3c4d-00002.records-00003.warc.gz");
    }
}
