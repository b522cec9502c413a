//! A file that is being appended to, and its sealing.
//!
//! An append that fails is undone: the file is cut back to where it stood, so that what was acknowledged before stays
//! whole. A failed fsync is final, because nobody knows what the disk then holds.

use std::collections::HashSet;
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use vidimus_catalog::RecordPlace;
use vidimus_snapshot::Digest;
use vidimus_warc::{Headers, NewRecord, RecordType, encode};

use crate::ArchiveError;
use crate::error::io_error;
use crate::layout::{FileKind, Layout};
use crate::prepare::{Member, member, warc_date};

/// One `*.open` file.
#[derive(Debug)]
pub(crate) struct OpenFile {
    layout: Layout,
    name: String,
    path: PathBuf,
    file: File,
    length: u64,
    /// The certificates that it holds.
    certificates: HashSet<Digest>,
}

impl OpenFile {
    /// Begins a new file with its `warcinfo` record.
    #[expect(clippy::disallowed_methods, reason = "this crate is the one that opens WARC files for writing")]
    pub(crate) fn create(layout: &Layout, name: String, info: &Info<'_>) -> Result<Self, ArchiveError> {
        let path = layout.open(&name);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(io_error("making the folder", folder))?;
            sync_folders(layout.root(), folder)?;
        }
        let file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(&path)
            .map_err(io_error("creating", &path))?;
        sync_folder(path.parent().unwrap_or(layout.root()))?;
        let mut open =
            Self { layout: layout.clone(), name, path, file, length: 0, certificates: HashSet::new() };
        let info = info.record(&open.name)?;
        open.append(&[&info])?;
        Ok(open)
    }

    /// Its name, relative to the archive, once it is sealed.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn length(&self) -> u64 {
        self.length
    }

    /// Appends members, and says where each one is; they are durable only after [`OpenFile::sync`].
    pub(crate) fn append(&mut self, members: &[&Member]) -> Result<Vec<RecordPlace>, ArchiveError> {
        let mut places = Vec::with_capacity(members.len());
        let mut at = self.length;
        for member in members {
            if let Err(source) = self.file.write_all(&member.bytes) {
                self.cut_back();
                return Err(io_error("writing", &self.path)(source));
            }
            places.push(member.place(&self.name, at));
            at += member.bytes.len() as u64;
        }
        self.length = at;
        Ok(places)
    }

    /// Whether it holds this certificate.
    pub(crate) fn has_certificate(&self, sha256: &Digest) -> bool {
        self.certificates.contains(sha256)
    }

    /// Notes certificates that were appended.
    pub(crate) fn note_certificates(&mut self, sha256: impl IntoIterator<Item = Digest>) {
        self.certificates.extend(sha256);
    }

    /// Takes back a partial append. If this fails too, recovery will cut the tail at the next start.
    fn cut_back(&mut self) {
        use std::io::{Seek as _, SeekFrom};
        let _ = self.file.set_len(self.length);
        let _ = self.file.seek(SeekFrom::Start(self.length));
    }

    /// Makes all that was appended durable.
    pub(crate) fn sync(&mut self) -> Result<(), ArchiveError> {
        self.file.sync_data().map_err(io_error("syncing", &self.path))
    }

    /// Ends the file: from now on it is never changed.
    pub(crate) fn seal(mut self) -> Result<(), ArchiveError> {
        self.sync()?;
        seal_file(&self.layout, &self.name)
    }
}

/// Renames an open file to its sealed name, and makes the rename durable.
pub(crate) fn seal_file(layout: &Layout, name: &str) -> Result<(), ArchiveError> {
    let (from, to) = (layout.open(name), layout.sealed(name));
    std::fs::rename(&from, &to).map_err(io_error("sealing", &from))?;
    sync_folder(to.parent().unwrap_or(layout.root()))
}

/// Makes the names in a folder durable.
pub(crate) fn sync_folder(folder: &Path) -> Result<(), ArchiveError> {
    let handle = File::open(folder).map_err(io_error("opening the folder", folder))?;
    handle.sync_all().map_err(io_error("syncing the folder", folder))
}

/// Makes the names in a folder and in those above it, up to `root`, durable.
pub(crate) fn sync_folders(root: &Path, folder: &Path) -> Result<(), ArchiveError> {
    for folder in folder.ancestors().take_while(|f| f.starts_with(root)) {
        sync_folder(folder)?;
    }
    Ok(())
}

/// What a `warcinfo` record says.
#[derive(Debug, Clone)]
pub(crate) struct Info<'a> {
    pub id: String,
    pub at: Timestamp,
    pub software: &'a str,
    pub operator: Option<&'a str>,
    pub kind: FileKind,
}

impl Info<'_> {
    fn record(&self, name: &str) -> Result<Member, ArchiveError> {
        let base = name.rsplit('/').next().unwrap_or(name);
        let mut fields = format!(
            "software: {}\r\nformat: WARC File Format 1.1\r\nconformsTo: http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/\r\n",
            self.software
        );
        if let Some(operator) = self.operator {
            let operator: String = operator.chars().filter(|c| !c.is_control()).collect();
            fields.push_str(&format!("operator: {operator}\r\n"));
        }
        if self.kind == FileKind::Text {
            fields.push_str("description: text extracted from the captures of this archive\r\n");
        }
        let headers =
            Headers::new().with("WARC-Filename", base).with("Content-Type", "application/warc-fields");
        let date = warc_date(self.at);
        let record = NewRecord::new(RecordType::Warcinfo, &self.id, &date, headers, fields.as_bytes());
        Ok(member(&record, encode(&record)?))
    }
}
