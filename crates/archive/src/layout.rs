//! Where things are in an archive folder. All names are made of dates, numbers and random digits of our own.

use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;

use crate::ArchiveError;
use crate::error::io_error;
use vidimus_disk::{Disk, RealDisk};

/// The suffix of a file that is still being written.
const OPEN: &str = ".open";
/// The suffix of a file that is being written anew, beside the one whose place it is to take.
const DRAFT: &str = ".draft";
/// The folder of what other people captured.
const IMPORTED: &str = "imported";
/// The folder of logs that are not continued.
const LOGS_ENDED: &str = "log-ended";

/// Whether a file of this relative name holds what other people captured.
pub(crate) fn is_imported(name: &str) -> bool {
    let is_inside = name.strip_prefix(IMPORTED).is_some_and(|rest| rest.starts_with('/'));
    is_inside && Path::new(name).components().all(|part| matches!(part, Component::Normal(_)))
}

/// The folder of one archive.
#[derive(Debug, Clone)]
pub struct Layout {
    root: PathBuf,
    disk: Arc<dyn Disk>,
}

/// The two kinds of file: captures, and the texts made of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FileKind {
    /// `warc/…warc.gz`
    Warc,
    /// `text/…wet.warc.gz`; apart, because replay tools would show a text in place of its page.
    Text,
}

impl FileKind {
    fn folder(self) -> &'static str {
        match self {
            Self::Warc => "warc",
            Self::Text => "text",
        }
    }

    /// Whether a file of this name, relative to the archive, is of this kind.
    pub(crate) fn holds(self, name: &str) -> bool {
        name.split_once('/').is_some_and(|(folder, _)| folder == self.folder())
    }

    fn suffix(self) -> &'static str {
        match self {
            Self::Warc => ".warc.gz",
            Self::Text => ".wet.warc.gz",
        }
    }
}

impl Layout {
    /// The archive at `root`.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into(), disk: Arc::new(RealDisk) }
    }

    /// The archive at `root`, written through this disk.
    #[cfg(test)]
    pub(crate) fn on(root: impl Into<PathBuf>, disk: Arc<dyn Disk>) -> Self {
        Self { root: root.into(), disk }
    }

    /// What the archive is written through, for who keeps it.
    pub(crate) fn shared_disk(&self) -> Arc<dyn Disk> {
        Arc::clone(&self.disk)
    }

    /// The folder of the tamper-evident log.
    pub fn log(&self) -> PathBuf {
        self.root.join("log")
    }

    /// The folder of the log of this number, counted from the oldest; `None` where there is none.
    pub fn log_folder(&self, number: u32) -> Result<Option<PathBuf>, ArchiveError> {
        let logs = crate::logbook::logs(self)?;
        Ok(logs.into_iter().find(|(of, _)| *of == number).map(|(_, folder)| folder))
    }

    /// The folder of an earlier log, which is not continued.
    pub(crate) fn ended_log(&self, number: u32) -> PathBuf {
        self.root.join(LOGS_ENDED).join(format!("{number:04}"))
    }

    /// The earlier logs with their numbers, oldest first. Which of them belong to the archive the logs themselves say.
    pub fn ended_logs(&self) -> Result<Vec<(u32, PathBuf)>, ArchiveError> {
        let folder = self.root.join(LOGS_ENDED);
        if !folder.is_dir() {
            return Ok(Vec::new());
        }
        let mut logs = Vec::new();
        for entry in std::fs::read_dir(&folder).map_err(io_error("reading the folder", &folder))? {
            let path = entry.map_err(io_error("reading the folder", &folder))?.path();
            let number = path.file_name().and_then(|name| name.to_str()).and_then(|name| name.parse().ok());
            logs.extend(number.map(|number| (number, path)));
        }
        logs.sort();
        Ok(logs)
    }

    /// What the archive is written through.
    pub(crate) fn disk(&self) -> &dyn Disk {
        &*self.disk
    }

    /// The archive's folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Whether a path, which need not exist yet, lies in the archive's folder.
    pub fn holds(&self, path: &Path) -> bool {
        let Ok(absolute) = std::path::absolute(path) else { return false };
        let there = absolute.ancestors().find_map(|part| part.canonicalize().ok());
        self.root.canonicalize().is_ok_and(|root| there.is_some_and(|there| there.starts_with(root)))
    }

    /// The catalog's database.
    pub fn catalog(&self) -> PathBuf {
        self.root.join("catalog.sqlite")
    }

    /// The folder of the search index.
    pub fn index(&self) -> PathBuf {
        self.root.join("index")
    }

    /// Who holds this may write to the catalog without the writer's lock.
    pub(crate) fn catalog_lock(&self) -> PathBuf {
        self.root.join("catalog.lock")
    }

    /// Who holds this may tell what is new, and note that it was told.
    pub(crate) fn telling_lock(&self) -> PathBuf {
        self.root.join("telling.lock")
    }

    pub(crate) fn lock(&self) -> PathBuf {
        self.root.join("vidimus.lock")
    }

    /// Where the torn tails of open files are kept.
    pub(crate) fn recovered(&self) -> PathBuf {
        self.root.join("recovered")
    }

    /// Whether this folder has the shape of an archive.
    pub fn exists(&self) -> bool {
        self.root.join(FileKind::Warc.folder()).is_dir()
    }

    /// Whether there is any file of captures.
    pub(crate) fn holds_captures(&self) -> Result<bool, ArchiveError> {
        Ok(!self.files(FileKind::Warc)?.is_empty())
    }

    /// Makes the folders that an archive has.
    pub fn create(&self) -> Result<(), ArchiveError> {
        for folder in [FileKind::Warc.folder(), FileKind::Text.folder()] {
            let path = self.root.join(folder);
            self.disk.make_folders(&path).map_err(io_error("making the folder", &path))?;
        }
        Ok(())
    }

    /// The name, relative to the archive, of a file begun at `at`: `warc/2024/06/vidimus-20240627083000-1a2b3c4d-00000.warc.gz`.
    pub(crate) fn file_name(kind: FileKind, at: Timestamp, writer: &str, number: u32) -> String {
        format!(
            "{}/{}/vidimus-{}-{writer}-{number:05}{}",
            kind.folder(),
            at.strftime("%Y/%m"),
            at.strftime("%Y%m%d%H%M%S"),
            kind.suffix()
        )
    }

    /// Whether a file, by its relative name, holds texts.
    pub(crate) fn holds_texts(name: &str) -> bool {
        name.split('/').next() == Some(FileKind::Text.folder())
    }

    /// The name, relative to the archive, of a file that was imported at `at`.
    pub(crate) fn imported_name(at: Timestamp, writer: &str, number: u32, extension: &str) -> String {
        format!(
            "{IMPORTED}/{}/vidimus-{}-{writer}-{number:05}.{extension}",
            at.strftime("%Y/%m"),
            at.strftime("%Y%m%d%H%M%S"),
        )
    }

    /// The relative names of all files that were imported, and of the files of records beside them, oldest first.
    pub(crate) fn imported_files(&self) -> Result<Vec<String>, ArchiveError> {
        let mut names = Vec::new();
        collect(&self.root.join(IMPORTED), 0, &mut |path| {
            let relative = path.strip_prefix(&self.root).map(|path| path.to_string_lossy().into_owned());
            names.extend(relative.ok().filter(|name| !name.ends_with(OPEN) && !name.ends_with(DRAFT)));
        })?;
        names.sort();
        Ok(names)
    }

    /// The copies that an import did not finish.
    pub(crate) fn unfinished_imports(&self) -> Result<Vec<PathBuf>, ArchiveError> {
        let mut paths = Vec::new();
        collect(&self.root.join(IMPORTED), 0, &mut |path| {
            // What somebody else put there is theirs.
            let name = path.strip_prefix(&self.root).ok().and_then(Path::to_str);
            if name.and_then(|name| name.strip_suffix(OPEN)).is_some_and(Self::is_import_name) {
                paths.push(path.to_owned());
            }
        })?;
        Ok(paths)
    }

    /// Whether a relative name is one that an import gives to its files once they are sealed.
    pub(crate) fn is_import_name(name: &str) -> bool {
        let digits = |text: &str, count| text.len() == count && text.bytes().all(|b| b.is_ascii_digit());
        let mut parts = name.split('/');
        let (folder, year, month) = (parts.next(), parts.next(), parts.next());
        let is_folder = folder == Some(IMPORTED)
            && year.is_some_and(|year| digits(year, 4))
            && month.is_some_and(|month| digits(month, 2));
        let Some((stem, _)) = parts.next().and_then(|file| file.split_once('.')) else { return false };
        let Some((time, rest)) = stem.strip_prefix("vidimus-").and_then(|rest| rest.split_once('-')) else {
            return false;
        };
        let number = rest.rsplit_once('-').map_or("", |(_, number)| number);
        is_folder
            && !name.ends_with(OPEN)
            && parts.next().is_none()
            && digits(time, 14)
            && number.len() >= 5
            && digits(number, number.len())
    }

    /// Where a file is, by its relative name, once sealed.
    pub(crate) fn sealed(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// Where a file is while it is written.
    pub(crate) fn open(&self, name: &str) -> PathBuf {
        self.root.join(format!("{name}{OPEN}"))
    }

    /// Where a file is while it is written anew.
    pub(crate) fn draft(&self, name: &str) -> PathBuf {
        self.root.join(format!("{name}{DRAFT}"))
    }

    /// Where a file is now.
    pub(crate) fn find(&self, name: &str) -> PathBuf {
        let sealed = self.sealed(name);
        if sealed.is_file() { sealed } else { self.open(name) }
    }

    /// The relative names of all files of a kind, oldest first; a file that is still open is named as if sealed.
    pub(crate) fn files(&self, kind: FileKind) -> Result<Vec<String>, ArchiveError> {
        let mut names = Vec::new();
        collect(&self.root.join(kind.folder()), 0, &mut |path| {
            let Ok(relative) = path.strip_prefix(&self.root) else { return };
            let name = relative.to_string_lossy().replace('\\', "/");
            let name = name.strip_suffix(OPEN).unwrap_or(&name);
            if name.ends_with(".warc.gz") || name.ends_with(".warc") {
                names.push(name.to_owned());
            }
        })?;
        names.sort();
        names.dedup();
        Ok(names)
    }

    /// The relative names of the files of a kind that were being written when their writer ended.
    pub(crate) fn left_open(&self, kind: FileKind) -> Result<Vec<String>, ArchiveError> {
        let names = self.files(kind)?;
        Ok(names.into_iter().filter(|name| self.open(name).is_file()).collect())
    }
}

/// How many files of one kind there are, and how large they are together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Size {
    /// Files, those being written included.
    pub files: u64,
    /// Bytes.
    pub bytes: u64,
}

impl Layout {
    /// How large the archive is: its captures (`warc`) and its texts (`text`).
    pub fn sizes(&self) -> Result<[(&'static str, Size); 2], ArchiveError> {
        let of = |kind: FileKind| {
            let mut size = Size::default();
            for name in self.files(kind)? {
                size.files += 1;
                // A file that is sealed in this very moment counts as empty, once.
                size.bytes += self.find(&name).metadata().map_or(0, |facts| facts.len());
            }
            Ok::<_, ArchiveError>((kind.folder(), size))
        };
        Ok([of(FileKind::Warc)?, of(FileKind::Text)?])
    }

    /// When the lock was last taken; it may have been given back since.
    pub fn lock_taken(&self) -> Option<Timestamp> {
        let written = self.lock().metadata().and_then(|facts| facts.modified()).ok()?;
        Timestamp::try_from(written).ok()
    }
}

/// Year and month folders are two deep; more is not ours.
const MAX_DEPTH: u32 = 4;

fn collect(folder: &Path, depth: u32, found: &mut impl FnMut(&Path)) -> Result<(), ArchiveError> {
    if depth > MAX_DEPTH || !folder.is_dir() {
        return Ok(());
    }
    let entries = std::fs::read_dir(folder).map_err(io_error("reading the folder", folder))?;
    for entry in entries {
        let path = entry.map_err(io_error("reading the folder", folder))?.path();
        if path.is_dir() {
            collect(&path, depth + 1, found)?;
        } else {
            found(&path);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_leads_to_imported_files_only() {
        assert!(is_imported("imported/2024/06/vidimus-20240627083000-1a2b3c4d-00000.wacz"));
        for name in ["imported/../../etc/passwd", "/etc/passwd", "warc/2024/06/a.warc.gz", "", "imported"] {
            assert!(!is_imported(name), "{name}");
        }
    }

    #[test]
    fn an_import_knows_its_own_files_by_their_names() {
        let name = Layout::imported_name(Timestamp::UNIX_EPOCH, "1a2b3c4d", 3, "warc.gz");
        let records = "imported/2024/06/vidimus-20240627083000-1a2b3c4d-00002.records-00001.warc.gz";
        assert!(Layout::is_import_name(&name) && Layout::is_import_name(records));
        for other in [
            "imported/2024/06/a.warc.gz",
            "imported/2024/06/vidimus-2024-1a2b3c4d-00002.warc",
            "imported/2024/06/deeper/vidimus-20240627083000-1a2b3c4d-00002.warc",
            "warc/2024/06/vidimus-20240627083000-1a2b3c4d-00002.warc.gz",
            &format!("{name}{OPEN}"),
        ] {
            assert!(!Layout::is_import_name(other), "{other}");
        }
    }
}
