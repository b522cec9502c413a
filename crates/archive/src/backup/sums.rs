//! `SHA256SUMS`: what is in a backup, in the form that `sha256sum -c` reads.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::ErrorKind;
use std::path::Path;

use vidimus_snapshot::Digest;

use crate::ArchiveError;
use crate::error::io_error;
use crate::files::sync_folder;
use vidimus_disk::Disk;

const NAME: &str = "SHA256SUMS";

/// The digest of each file of a backup, by its name there.
#[derive(Debug, Default)]
pub(super) struct Sums(BTreeMap<String, Digest>);

impl Sums {
    /// Those of the backup in this folder; none where there is no backup yet. A line that is not of this form is passed
    /// over: what it would have told is found out anew.
    pub(super) fn of(root: &Path) -> Result<Self, ArchiveError> {
        let path = root.join(NAME);
        match std::fs::read_to_string(&path) {
            Ok(text) => Ok(Self::read(&text)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(io_error("reading", &path)(error)),
        }
    }

    fn read(text: &str) -> Self {
        let entry = |line: &str| {
            let (hex, name) = line.split_once("  ")?;
            Some((name.to_owned(), Digest::from_hex(hex)?))
        };
        Self(text.lines().filter_map(entry).collect())
    }

    fn text(&self) -> String {
        self.0.iter().fold(String::new(), |mut text, (name, sha256)| {
            let _ = writeln!(text, "{}  {name}", sha256.hex());
            text
        })
    }

    /// Puts them into the folder, in the place of those that were there.
    pub(super) fn write(&self, disk: &dyn Disk, root: &Path) -> Result<(), ArchiveError> {
        let (path, fresh) = (root.join(NAME), root.join("SHA256SUMS.new"));
        super::copy::remove_beside(disk, &fresh, "")?;
        let mut file = disk.create(&fresh).map_err(io_error("creating", &fresh))?;
        file.append(self.text().as_bytes()).map_err(io_error("writing", &fresh))?;
        file.sync().map_err(io_error("syncing", &fresh))?;
        disk.rename(&fresh, &path).map_err(io_error("putting in place", &path))?;
        sync_folder(disk, root)
    }

    pub(super) fn get(&self, name: &str) -> Option<Digest> {
        self.0.get(name).copied()
    }

    pub(super) fn put(&mut self, name: &str, sha256: Digest) {
        self.0.insert(name.to_owned(), sha256);
    }

    /// Forgets all that is in a folder.
    pub(super) fn remove_in(&mut self, folder: &str) {
        self.0.retain(|name, _| !name.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/')));
    }

    pub(super) fn remove(&mut self, name: &str) {
        self.0.remove(name);
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back_and_what_is_no_line_of_it_is_passed_over() {
        let mut sums = Sums::default();
        sums.put("warc/2024/06/a.warc.gz", Digest::of(b"a"));
        sums.put("catalog.sqlite", Digest::of(b"b"));
        let text = format!("{}abc  short\n\n{}\n", sums.text(), Digest::of(b"c").hex());
        let read = Sums::read(&text);
        assert_eq!(read.0, sums.0);
        assert_eq!(read.text(), sums.text());
    }
}
