//! The files of a bundle, found once: regular files with plain names, and nothing else.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use vidimus_snapshot::{Digest, Hasher};

use crate::EvidenceError;

/// The most files that a bundle may have.
pub(super) const MOST_FILES: usize = 100_000;
/// How deep its folders may lie in one another.
const DEEPEST: usize = 6;
/// The longest of the files that are read into memory.
const LONGEST: u64 = 64 << 20;

/// A bundle as a folder.
pub(super) struct Folder {
    root: PathBuf,
    /// Lengths by names relative to the folder.
    files: BTreeMap<String, u64>,
    /// Holds what a zip file was unpacked to.
    _unpacked: Option<TempDir>,
}

/// Why the names in a folder are not those of a bundle.
pub(super) enum Odd {
    Name(String),
    Disk(EvidenceError),
}

impl Folder {
    /// Finds all files; anything that is no plain file with a plain name ends it.
    pub(super) fn of(root: &Path, unpacked: Option<TempDir>) -> Result<Self, Odd> {
        let mut files = BTreeMap::new();
        walk(root, "", 0, &mut files)?;
        Ok(Self { root: root.to_owned(), files, _unpacked: unpacked })
    }

    /// What the folder is called.
    pub(super) fn name(&self) -> &str {
        self.root.file_name().and_then(|name| name.to_str()).unwrap_or_default()
    }

    /// The names of the files, sorted.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str)
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.files.contains_key(name)
    }

    pub(super) fn length(&self, name: &str) -> u64 {
        self.files.get(name).copied().unwrap_or_default()
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// Opens a file.
    pub(super) fn open(&self, name: &str) -> Result<File, EvidenceError> {
        let path = self.path(name);
        File::open(&path).map_err(|error| EvidenceError::io("opening", &path, error))
    }

    /// A short file, whole; `None` where there is none, or it is too long.
    pub(super) fn read(&self, name: &str) -> Result<Option<Vec<u8>>, EvidenceError> {
        if !self.has(name) {
            return Ok(None);
        }
        let mut bytes = Vec::new();
        let read = self.open(name)?.take(LONGEST + 1).read_to_end(&mut bytes);
        read.map_err(|error| EvidenceError::io("reading", &self.path(name), error))?;
        Ok((bytes.len() as u64 <= LONGEST).then_some(bytes))
    }

    /// The digest of a file.
    pub(super) fn digest(&self, name: &str) -> Result<Option<Digest>, EvidenceError> {
        if !self.has(name) {
            return Ok(None);
        }
        let hashed = hash(&mut self.open(name)?);
        hashed.map(Some).map_err(|error| EvidenceError::io("reading", &self.path(name), error))
    }
}

fn hash(source: &mut impl Read) -> io::Result<Digest> {
    let mut hasher = Hasher::new();
    let mut chunk = vec![0; 256 << 10];
    loop {
        match source.read(&mut chunk)? {
            0 => return Ok(hasher.finish()),
            count => hasher.update(chunk.get(..count).unwrap_or_default()),
        }
    }
}

fn walk(root: &Path, within: &str, depth: usize, files: &mut BTreeMap<String, u64>) -> Result<(), Odd> {
    let here = root.join(within);
    let disk = |error| Odd::Disk(EvidenceError::io("reading the folder", &here, error));
    for entry in fs::read_dir(&here).map_err(disk)? {
        let entry = entry.map_err(disk)?;
        let own = entry.file_name().to_string_lossy().into_owned();
        let name = if within.is_empty() { own.clone() } else { format!("{within}/{own}") };
        if !is_plain(&own) {
            return Err(Odd::Name(format!("a file has a name that is not allowed: {name:?}")));
        }
        if depth == DEEPEST || files.len() >= MOST_FILES {
            return Err(Odd::Name("there are too many files, or their folders lie too deep".to_owned()));
        }
        let facts = fs::symlink_metadata(entry.path()).map_err(disk)?;
        if facts.is_dir() {
            walk(root, &name, depth + 1, files)?;
        } else if facts.is_file() {
            files.insert(name, facts.len());
        } else {
            return Err(Odd::Name(format!("{name} is no file: it is a link or a device")));
        }
    }
    Ok(())
}

/// Whether one part of a name is one that no shell, no system and no person could take for something else.
pub(super) fn is_plain(part: &str) -> bool {
    let is_good = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
    !part.is_empty() && part.len() <= 255 && !part.starts_with(['.', '-']) && part.bytes().all(is_good)
}
