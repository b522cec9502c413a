//! A BagIt bag ([RFC 8493](https://www.rfc-editor.org/rfc/rfc8493)) that is written as a zip file: everything in it stored
//! as it is, under one folder, with one time, so that the same content gives the same bytes.

use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use vidimus_archive::zip_time;
use vidimus_snapshot::{Digest, Hasher};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, System, ZipWriter};

use crate::EvidenceError;
use crate::paths::{BAG_INFO, BAG_MANIFEST, BAGIT, TAG_MANIFEST};

/// What RFC 8493, section 2.1.1, wants to stand in `bagit.txt`.
const DECLARATION: &str = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n";
/// From this length on a file needs the long form of lengths (zip64).
const LARGE: u64 = 0xf000_0000;

/// A bag that is being written.
pub(crate) struct Bag<W: Write + Seek> {
    zip: ZipWriter<W>,
    path: PathBuf,
    top: String,
    at: DateTime,
    octets: u64,
    content: Vec<(String, Digest)>,
    tags: Vec<(String, Digest)>,
}

impl<W: Write + Seek> Bag<W> {
    /// Begins a bag whose folder is called `top`; errors name `path`.
    pub(crate) fn begin(out: W, path: &Path, top: &str, at: Timestamp) -> Self {
        Self {
            zip: ZipWriter::new(out),
            path: path.to_owned(),
            top: top.to_owned(),
            at: zip_time(at),
            octets: 0,
            content: Vec::new(),
            tags: Vec::new(),
        }
    }

    /// Adds a file of the content.
    pub(crate) fn add(&mut self, name: &str, bytes: &[u8]) -> Result<Digest, EvidenceError> {
        self.add_from(name, bytes.len() as u64, |out| out.write_all(bytes))
    }

    /// Adds a file that is read from its beginning to its end.
    pub(crate) fn add_file(
        &mut self,
        name: &str,
        length: u64,
        file: &mut impl Read,
    ) -> Result<Digest, EvidenceError> {
        self.add_from(name, length, |mut out| io::copy(file, &mut out).map(drop))
    }

    /// Adds a file that somebody else writes; `length` is about how long it is.
    pub(crate) fn add_from(
        &mut self,
        name: &str,
        length: u64,
        write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<Digest, EvidenceError> {
        let (written, digest) = self.entry(name, length, write)?;
        self.octets += written;
        self.content.push((name.to_owned(), digest));
        Ok(digest)
    }

    /// Adds what makes it a bag, and ends the file. `info` are the lines of `bag-info.txt`.
    pub(crate) fn finish(mut self, info: &[(&str, String)]) -> Result<(), EvidenceError> {
        let mut lines: Vec<String> = info.iter().map(|(label, value)| line_of(label, value)).collect();
        lines.push(line_of("Payload-Oxum", &format!("{}.{}", self.octets, self.content.len())));
        let list = list_of(&mut self.content);
        self.tag(BAGIT, DECLARATION)?;
        self.tag(BAG_INFO, &lines.concat())?;
        self.tag(BAG_MANIFEST, &list)?;
        let list = list_of(&mut self.tags);
        self.tag(TAG_MANIFEST, &list)?;
        let finished = self.zip.finish().and_then(|mut out| Ok(out.flush()?));
        finished.map_err(|error| EvidenceError::io("writing", &self.path, error.into()))
    }

    fn tag(&mut self, name: &str, text: &str) -> Result<(), EvidenceError> {
        let (_, digest) = self.entry(name, text.len() as u64, |out| out.write_all(text.as_bytes()))?;
        self.tags.push((name.to_owned(), digest));
        Ok(())
    }

    fn entry(
        &mut self,
        name: &str,
        length: u64,
        write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<(u64, Digest), EvidenceError> {
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Stored)
            .last_modified_time(self.at)
            .system(System::Unix)
            .unix_permissions(0o644)
            .large_file(length > LARGE);
        let failed = |error| EvidenceError::io("writing", &self.path, error);
        self.zip.start_file(format!("{}/{name}", self.top), options).map_err(|e| failed(e.into()))?;
        let mut counted = Counted { out: &mut self.zip, hasher: Hasher::new(), bytes: 0 };
        write(&mut counted).map_err(failed)?;
        Ok((counted.bytes, counted.hasher.finish()))
    }
}

/// One line of `bag-info.txt`: a value never brings a line of its own.
fn line_of(label: &str, value: &str) -> String {
    let value: String = value.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    format!("{label}: {value}\n")
}

/// A list of digests, as `sha256sum -c` reads it.
fn list_of(files: &mut [(String, Digest)]) -> String {
    files.sort();
    files.iter().map(|(name, digest)| format!("{}  {name}\n", digest.hex())).collect()
}

/// Counts and hashes what goes by.
struct Counted<'a> {
    out: &'a mut dyn Write,
    hasher: Hasher,
    bytes: u64,
}

impl Write for Counted<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.out.write(bytes)?;
        self.hasher.update(bytes.get(..count).unwrap_or(bytes));
        self.bytes += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn bag() -> Vec<u8> {
        let mut out = Cursor::new(Vec::new());
        let at = "2025-03-24T08:30:00Z".parse().unwrap();
        let mut bag = Bag::begin(&mut out, Path::new("a.zip"), "top", at);
        bag.add("data/b", b"two").unwrap();
        bag.add_file("data/a", 3, &mut &b"one"[..]).unwrap();
        bag.finish(&[("Source-Organization", "Two\r\nlines: here".to_owned())]).unwrap();
        out.into_inner()
    }

    #[test]
    fn the_lists_name_every_file_and_the_bytes_are_always_the_same() {
        let bytes = bag();
        assert_eq!(bytes, bag());
        let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
        let mut text = |name: &str| {
            let mut text = String::new();
            zip.by_name(&format!("top/{name}")).unwrap().read_to_string(&mut text).unwrap();
            text
        };
        let (one, two) = (Digest::of(b"one").hex(), Digest::of(b"two").hex());
        assert_eq!(text(BAG_MANIFEST), format!("{one}  data/a\n{two}  data/b\n"));
        assert_eq!(text(BAG_INFO), "Source-Organization: Two  lines: here\nPayload-Oxum: 6.2\n");
        let tags = text(TAG_MANIFEST);
        for name in [BAGIT, BAG_INFO, BAG_MANIFEST] {
            let digest = Digest::of(text(name).as_bytes()).hex();
            assert!(tags.contains(&format!("{digest}  {name}\n")), "{name}");
        }
    }
}
