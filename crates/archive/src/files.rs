//! A file that is being appended to, and its sealing.
//!
//! An append that fails is undone: the file is cut back to where it stood, so that what was acknowledged before stays
//! whole. A failed fsync is final, because nobody knows what the disk then holds.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use vidimus_catalog::{RecordPlace, SealedFile};
use vidimus_snapshot::Digest;
use vidimus_warc::{Headers, NewRecord, RecordType, encode};

use crate::ArchiveError;
use crate::error::io_error;
use crate::formats::WARC_FORMAT;
use crate::layout::{FileKind, Layout};
use crate::prepare::{Member, member, warc_date};
use crate::sealed::digest_of;
use vidimus_disk::{Disk, DiskFile};

/// One `*.open` file.
#[derive(Debug)]
pub(crate) struct OpenFile {
    layout: Layout,
    name: String,
    path: PathBuf,
    file: Box<dyn DiskFile>,
    length: u64,
    /// The certificates that it holds.
    certificates: HashSet<Digest>,
}

impl OpenFile {
    /// Begins a new file with its `warcinfo` record.
    pub(crate) fn create(layout: &Layout, name: String, info: &Info) -> Result<Self, ArchiveError> {
        let path = layout.open(&name);
        if let Some(folder) = path.parent() {
            layout.disk().make_folders(folder).map_err(io_error("making the folder", folder))?;
            sync_folders(layout, folder)?;
        }
        let file = layout.disk().create(&path).map_err(io_error("creating", &path))?;
        sync_folder(layout.disk(), path.parent().unwrap_or(layout.root()))?;
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
            if let Err(source) = self.file.append(&member.bytes) {
                // If this fails too, recovery will cut the tail at the next start.
                let _ = self.file.cut(self.length);
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

    /// Makes all that was appended durable.
    pub(crate) fn sync(&mut self) -> Result<(), ArchiveError> {
        self.file.sync().map_err(io_error("syncing", &self.path))
    }

    /// Ends the file: from now on it is never changed. Says what it then is.
    pub(crate) fn seal(mut self) -> Result<SealedFile, ArchiveError> {
        self.sync()?;
        seal_file(&self.layout, &self.name)?;
        let (length, sha256) = digest_of(&self.layout.sealed(&self.name))?;
        Ok(SealedFile { name: self.name, length, sha256 })
    }
}

/// Renames an open file to its sealed name, and makes the rename durable.
pub(crate) fn seal_file(layout: &Layout, name: &str) -> Result<(), ArchiveError> {
    let (from, to) = (layout.open(name), layout.sealed(name));
    layout.disk().rename(&from, &to).map_err(io_error("sealing", &from))?;
    sync_folder(layout.disk(), to.parent().unwrap_or(layout.root()))
}

/// Makes the names in a folder durable.
pub(crate) fn sync_folder(disk: &dyn Disk, folder: &Path) -> Result<(), ArchiveError> {
    disk.sync_folder(folder).map_err(io_error("syncing the folder", folder))
}

/// Makes the names in a folder and in those above it durable.
pub(crate) fn sync_folders(layout: &Layout, folder: &Path) -> Result<(), ArchiveError> {
    for folder in folder.ancestors().take_while(|f| f.starts_with(layout.root())) {
        sync_folder(layout.disk(), folder)?;
    }
    Ok(())
}

/// What a `warcinfo` record says.
#[derive(Debug, Clone)]
pub(crate) struct Info {
    pub id: String,
    pub at: Timestamp,
    pub software: String,
    pub operator: Option<String>,
    pub kind: FileKind,
}

impl Info {
    fn record(&self, name: &str) -> Result<Member, ArchiveError> {
        let base = name.rsplit('/').next().unwrap_or(name);
        let mut fields = format!("software: {}\r\n{WARC_FORMAT}", self.software);
        if let Some(operator) = &self.operator {
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
