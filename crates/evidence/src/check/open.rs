//! Opening a bundle: a folder as it is, or a zip file, unpacked beside the other temporary files once its names and places
//! were seen to be harmless. What it unpacks to is bounded.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, BufReader, Read};
use std::path::Path;

use zip::{CompressionMethod, ZipArchive};

use super::BundleCheck;
use super::folder::{Folder, MOST_FILES, Odd, is_plain};
use crate::EvidenceError;
use crate::paths::BAGIT;

/// The most that the deflated entries of one bundle may unpack to.
const MOST_UNPACKED: u64 = 4 << 30;
/// The first bytes of a zip file.
const ZIP: &[u8; 4] = b"PK\x03\x04";

/// Whether a path is meant as a bundle: a folder with `bagit.txt`, or a zip file with one in its one folder. A bag that was
/// damaged so much that it has none is looked at as any other file.
pub fn is_bundle(path: &Path) -> bool {
    if path.is_dir() {
        return path.join(BAGIT).is_file();
    }
    let Ok(file) = File::open(path) else { return false };
    let declares = |name: &str| name.ends_with(&format!("/{BAGIT}"));
    let zip = ZipArchive::new(BufReader::new(file));
    zip.is_ok_and(|zip| zip.file_names().flatten().any(|name| declares(&name))) || begins_as_bundle(path)
}

/// Whether the first entry of a zip file is that of a bundle, though its list of files is lost: what is read in its place
/// may be the list of the package inside.
fn begins_as_bundle(path: &Path) -> bool {
    let mut start = [0; 64];
    let read = File::open(path).and_then(|file| file.take(64).read(&mut start)).unwrap_or_default();
    let start = start.get(..read).unwrap_or_default();
    start.starts_with(ZIP) && start.get(30..).is_some_and(|name| name.starts_with(b"vidimus-"))
}

/// Opens a bundle; what keeps it from being looked at is a flaw.
pub(super) fn open(path: &Path, check: &mut BundleCheck) -> Result<Option<Folder>, EvidenceError> {
    let opened = if path.is_dir() { Folder::of(path, None) } else { unpacked(path) };
    match opened {
        Ok(folder) => Ok(Some(folder)),
        Err(Odd::Disk(error)) => Err(error),
        Err(Odd::Name(what)) => {
            check.flaw(0, "", what);
            Ok(None)
        }
    }
}

/// A file of the zip that may be unpacked.
struct Entry {
    number: usize,
    name: String,
}

fn unpacked(path: &Path) -> Result<Folder, Odd> {
    let disk = |action| move |error| Odd::Disk(EvidenceError::io(action, path, error));
    let file = File::open(path).map_err(disk("opening"))?;
    let odd = |what: String| Odd::Name(format!("the zip file {what}"));
    let mut zip =
        ZipArchive::new(BufReader::new(file)).map_err(|error| odd(format!("cannot be read: {error}")))?;
    if zip.offset() > 0 {
        return Err(odd("has something in front of it".to_owned()));
    }
    zip.validate_header_consistency().map_err(|error| odd(format!("is not consistent: {error}")))?;
    let entries = entries(&mut zip).map_err(odd)?;
    let place = tempfile::Builder::new().prefix("vidimus-check-").tempdir();
    let place = place.map_err(disk("making a folder to unpack"))?;
    let length = path.metadata().map_err(disk("reading"))?.len();
    let mut room = Room { stored: length, deflated: MOST_UNPACKED };
    let top = entries.first().and_then(|entry| entry.name.split('/').next()).unwrap_or_default().to_owned();
    for entry in &entries {
        let target = place.path().join(&entry.name);
        if let Some(folder) = target.parent() {
            fs::create_dir_all(folder).map_err(disk("unpacking"))?;
        }
        let out = File::create_new(&target).map_err(disk("unpacking"))?;
        unpack(&mut zip, entry, out, &mut room)
            .map_err(|what| odd(format!("is damaged at {}: {what}", entry.name)))?;
    }
    let root = place.path().join(top);
    Folder::of(&root, Some(place))
}

/// The files, if all their names are harmless.
fn entries<R: io::Read + io::Seek>(zip: &mut ZipArchive<R>) -> Result<Vec<Entry>, String> {
    if zip.is_empty() || zip.len() > MOST_FILES {
        return Err(format!("has {} entries", zip.len()));
    }
    let (mut entries, mut seen) = (Vec::new(), HashSet::new());
    let mut top: Option<String> = None;
    let mut headers = HashSet::new();
    for number in 0..zip.len() {
        let entry = zip.by_index_raw(number).map_err(|error| error.to_string())?;
        let name = entry.name().map_err(|error| error.to_string())?.into_owned();
        let trimmed = name.strip_suffix('/').unwrap_or(&name);
        let parts: Vec<&str> = trimmed.split('/').collect();
        if !parts.iter().all(|part| is_plain(part)) {
            return Err(format!("has a name that is not allowed: {name:?}"));
        }
        if !seen.insert(trimmed.to_ascii_lowercase()) || !headers.insert(entry.header_start()) {
            return Err(format!("has a name that stands twice: {name}"));
        }
        let first = parts.first().copied().unwrap_or_default();
        if top.get_or_insert_with(|| first.to_owned()) != first {
            return Err("has more than one folder".to_owned());
        }
        if entry.encrypted() || entry.is_symlink() {
            return Err(format!("has an entry that is encrypted or a link: {name}"));
        }
        let is_known = matches!(entry.compression(), CompressionMethod::Stored | CompressionMethod::Deflated);
        if !is_known {
            return Err(format!("has an entry that is packed in an unusual way: {name}"));
        }
        if !entry.is_dir() {
            if parts.len() < 2 {
                return Err(format!("has a file outside of its folder: {name}"));
            }
            entries.push(Entry { number, name });
        }
    }
    if entries.is_empty() { Err("has no files".to_owned()) } else { Ok(entries) }
}

/// How much may still be unpacked.
struct Room {
    /// What is stored as it is cannot be more than the file: unless entries lie over one another.
    stored: u64,
    deflated: u64,
}

fn unpack<R: io::Read + io::Seek>(
    zip: &mut ZipArchive<R>,
    entry: &Entry,
    mut out: File,
    room: &mut Room,
) -> Result<(), String> {
    let file = zip.by_index(entry.number).map_err(|error| error.to_string())?;
    let is_stored = file.compression() == CompressionMethod::Stored;
    let left = if is_stored { &mut room.stored } else { &mut room.deflated };
    let copied = io::copy(&mut file.take(*left + 1), &mut out).map_err(|error| error.to_string())?;
    if copied > *left {
        return Err("it unpacks to more than is looked into, or entries lie over one another".to_owned());
    }
    *left -= copied;
    Ok(())
}
