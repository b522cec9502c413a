//! Copying one file: under another name first, checked on the way, and put in place only when it is whole and durable.

use std::fs::File;
use std::io::{BufRead as _, BufReader, ErrorKind, Read};
use std::path::{Path, PathBuf};

use vidimus_catalog::{OpenFile, SealedFile};
use vidimus_snapshot::{Digest, Hasher};

use super::sums::Sums;
use crate::error::io_error;
use crate::files::sync_folder;
use crate::sealed::digest_of;
use crate::takedown::Logged;
use crate::{ArchiveError, Layout};
use vidimus_disk::Disk;

/// How much is copied at a time.
const CHUNK: usize = 256 << 10;

/// What became of a file.
pub(super) enum Copied {
    /// It was in the backup already.
    WasThere,
    /// So many bytes were copied.
    Now(u64),
    /// It was not copied, and why.
    Not(String),
}

/// Copies a sealed file, if it still is what it was when it was sealed.
pub(super) fn copy_sealed(
    layout: &Layout,
    root: &Path,
    file: &SealedFile,
    logged: &Logged,
    sums: &mut Sums,
) -> Result<Copied, ArchiveError> {
    let (target, name) = (root.join(&file.name), file.name.as_str());
    // What is good is replaced only where the log says that a takedown made the one of the other.
    let is_older = sums.get(name).is_some_and(|listed| logged.leads(name, listed, file.sha256));
    if !is_there(&target, file, sums.get(name))? {
        if !is_older && is_good(&target, sums.get(name))? {
            return Ok(Copied::Not(another_version(name)));
        }
        let source = match File::open(layout.sealed(name)) {
            Ok(source) => source,
            Err(error) => return Ok(Copied::Not(format!("{name}: the file cannot be read: {error}"))),
        };
        let fresh = Fresh::of(layout.disk(), source, &target)?;
        if (fresh.length, fresh.sha256) != (file.length, file.sha256) {
            let what = format!(
                "{name}: the file is not what it was when it was sealed, and is not copied: expected {} bytes with {}, \
                 found {} bytes with {}",
                file.length, file.sha256, fresh.length, fresh.sha256
            );
            fresh.discard(layout.disk())?;
            return Ok(Copied::Not(what));
        }
        fresh.put_in_place(layout.disk(), root, &target)?;
        sums.put(name, file.sha256);
        let refused = supersede(layout.disk(), root, name, sums)?;
        return Ok(refused.unwrap_or(Copied::Now(file.length)));
    }
    sums.put(name, file.sha256);
    let refused = supersede(layout.disk(), root, name, sums)?;
    Ok(refused.unwrap_or(Copied::WasThere))
}

/// Whether a file of the backup still is what its line says.
fn is_good(target: &Path, listed: Option<Digest>) -> Result<bool, ArchiveError> {
    let Some(listed) = listed.filter(|_| target.is_file()) else { return Ok(false) };
    Ok(digest_of(target)?.1 == listed)
}

fn another_version(name: &str) -> String {
    format!(
        "{name}: the backup holds another version of the file, which is what it was when it was copied; it is kept, and this \
         one is not copied: `vidimus verify` of both says which is right"
    )
}

/// Whether the backup has the file: its length is right, and its digest, which is read where no line tells it.
fn is_there(target: &Path, file: &SealedFile, listed: Option<Digest>) -> Result<bool, ArchiveError> {
    let has_length = target.metadata().is_ok_and(|facts| facts.is_file() && facts.len() == file.length);
    if !has_length || listed.is_some_and(|sha256| sha256 == file.sha256) {
        return Ok(has_length);
    }
    Ok(digest_of(target)?.1 == file.sha256)
}

/// Removes the beginning of a file that an earlier backup copied, or was stopped in copying, while it was being written:
/// the whole of it is there. A good beginning that the whole does not begin with is kept, and that is said.
fn supersede(
    disk: &dyn Disk,
    root: &Path,
    name: &str,
    sums: &mut Sums,
) -> Result<Option<Copied>, ArchiveError> {
    let open = format!("{name}.open");
    remove_beside(disk, &root.join(&open), ".new")?;
    let beginning = root.join(&open);
    if is_good(&beginning, sums.get(&open))? && !begins_with(&root.join(name), &beginning)? {
        return Ok(Some(Copied::Not(another_version(&open))));
    }
    sums.remove(&open);
    remove_beside(disk, &beginning, "")?;
    Ok(None)
}

/// Whether a file begins with all that is in another one.
fn begins_with(path: &Path, beginning: &Path) -> Result<bool, ArchiveError> {
    let open = |path| File::open(path).map_err(io_error("opening", path));
    let (whole, part) = (open(path)?, open(beginning)?);
    let length = part.metadata().map_err(io_error("reading", beginning))?.len();
    let (mut whole, mut part) =
        (BufReader::with_capacity(CHUNK, whole.take(length)), BufReader::with_capacity(CHUNK, part));
    loop {
        let expected = part.fill_buf().map_err(io_error("reading", beginning))?;
        if expected.is_empty() {
            return Ok(true);
        }
        let found = whole.fill_buf().map_err(io_error("reading", path))?;
        let count = expected.len().min(found.len());
        if count == 0 || expected.get(..count) != found.get(..count) {
            return Ok(false);
        }
        part.consume(count);
        whole.consume(count);
    }
}

/// Copies what is known to be whole of a file that is being written. It only grows, so that what has the right length is
/// there.
pub(super) fn copy_beginning(
    layout: &Layout,
    root: &Path,
    file: &OpenFile,
    sums: &mut Sums,
) -> Result<Copied, ArchiveError> {
    let name = format!("{}.open", file.name);
    let target = root.join(&name);
    let has_length = target.metadata().is_ok_and(|facts| facts.len() == file.length);
    if has_length && sums.get(&name).is_some() {
        return Ok(Copied::WasThere);
    }
    let path = [layout.find(&file.name), layout.sealed(&file.name)].into_iter().find(|path| path.is_file());
    if let Some(path) = path
        && is_good(&target, sums.get(&name))?
        && !begins_with(&path, &target)?
    {
        return Ok(Copied::Not(another_version(&name)));
    }
    // It may be sealed in this very moment.
    let source = File::open(layout.find(&file.name)).or_else(|_| File::open(layout.sealed(&file.name)));
    let source = match source {
        Ok(source) => source,
        Err(error) => return Ok(Copied::Not(format!("{name}: the file cannot be read: {error}"))),
    };
    let fresh = Fresh::of(layout.disk(), source.take(file.length), &target)?;
    if fresh.length != file.length {
        let what = format!(
            "{name}: {} bytes of the file were acknowledged, and only {} are there; it is not copied",
            file.length, fresh.length
        );
        fresh.discard(layout.disk())?;
        return Ok(Copied::Not(what));
    }
    let sha256 = fresh.sha256;
    fresh.put_in_place(layout.disk(), root, &target)?;
    sums.put(&name, sha256);
    Ok(Copied::Now(file.length))
}

/// Copies a file that the catalog says nothing of, as it stands.
pub(super) fn copy_whole(
    layout: &Layout,
    root: &Path,
    name: &str,
    sums: &mut Sums,
) -> Result<Copied, ArchiveError> {
    let (path, target) = (layout.root().join(name), root.join(name));
    let source = match File::open(&path) {
        Ok(source) => source,
        // A log puts new files in the place of old ones.
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Copied::WasThere),
        Err(error) => return Ok(Copied::Not(format!("{name}: the file cannot be read: {error}"))),
    };
    let (length, sha256) = digest_of(&path)?;
    let has_length = target.metadata().is_ok_and(|facts| facts.len() == length);
    if has_length && sums.get(name) == Some(sha256) {
        return Ok(Copied::WasThere);
    }
    let fresh = Fresh::of(layout.disk(), source, &target)?;
    let (length, sha256) = (fresh.length, fresh.sha256);
    fresh.put_in_place(layout.disk(), root, &target)?;
    sums.put(name, sha256);
    Ok(Copied::Now(length))
}

/// A copy that is not in its place yet.
struct Fresh {
    path: PathBuf,
    length: u64,
    sha256: Digest,
}

impl Fresh {
    /// Copies to a name beside the target; folders are made. The copy is durable, its name is not.
    fn of(disk: &dyn Disk, mut source: impl Read, target: &Path) -> Result<Self, ArchiveError> {
        let folder = target.parent().unwrap_or(target);
        disk.make_folders(folder).map_err(io_error("making the folder", folder))?;
        let mut path = target.as_os_str().to_owned();
        path.push(".new");
        let path = PathBuf::from(path);
        remove_beside(disk, &path, "")?;
        let mut file = disk.create(&path).map_err(io_error("creating", &path))?;
        let (mut hasher, mut length, mut chunk) = (Hasher::new(), 0, vec![0_u8; CHUNK]);
        loop {
            let count = source.read(&mut chunk).map_err(io_error("reading the source of", &path))?;
            let Some(bytes) = chunk.get(..count).filter(|bytes| !bytes.is_empty()) else { break };
            hasher.update(bytes);
            file.append(bytes).map_err(io_error("writing", &path))?;
            length += bytes.len() as u64;
        }
        file.sync().map_err(io_error("syncing", &path))?;
        Ok(Self { path, length, sha256: hasher.finish() })
    }

    fn put_in_place(self, disk: &dyn Disk, root: &Path, target: &Path) -> Result<(), ArchiveError> {
        disk.rename(&self.path, target).map_err(io_error("putting in place", target))?;
        let mut folders = target.ancestors().skip(1).take_while(|folder| folder.starts_with(root));
        folders.try_for_each(|folder| sync_folder(disk, folder))
    }

    fn discard(self, disk: &dyn Disk) -> Result<(), ArchiveError> {
        remove_beside(disk, &self.path, "")
    }
}

/// Removes a file with this suffix to its name, if it is there.
pub(super) fn remove_beside(disk: &dyn Disk, path: &Path, suffix: &str) -> Result<(), ArchiveError> {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    match disk.remove(Path::new(&name)) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(io_error("removing", path)(error)),
        _ => Ok(()),
    }
}

/// All files below a folder by their names relative to the archive, with their lengths, in order.
pub(super) fn walk(root: &Path, folder: &Path, found: &mut Vec<(String, u64)>) -> Result<(), ArchiveError> {
    if !folder.is_dir() {
        return Ok(());
    }
    let entries = std::fs::read_dir(folder).map_err(io_error("reading the folder", folder))?;
    let mut paths = Vec::new();
    for entry in entries {
        let entry = entry.map_err(io_error("reading the folder", folder))?;
        // A link would lead elsewhere, and perhaps in a circle.
        if !entry.file_type().map_err(io_error("reading the folder", folder))?.is_symlink() {
            paths.push(entry.path());
        }
    }
    paths.sort();
    for path in paths {
        if path.is_dir() {
            walk(root, &path, found)?;
        } else if let Ok(relative) = path.strip_prefix(root) {
            let length = path.metadata().map_or(0, |facts| facts.len());
            found.push((relative.to_string_lossy().into_owned(), length));
        }
    }
    Ok(())
}
