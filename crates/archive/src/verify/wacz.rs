//! WACZ packages ([version 1.1.1](https://specs.webrecorder.net/wacz/1.1.1/)): the zip is whole, holds what its list
//! says and nothing else, each WARC inside passes, indexes point at records that are there, and pages name themselves.
//!
//! A package is a stranger's: what a small file unpacks to is bounded, and so is every line of it.

mod index;
mod package;
mod pages;

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use vidimus_snapshot::{Digest, Hasher};
use zip::{CompressionMethod, ZipArchive};

use super::finding::Finding;
use super::pass::{self, FileRead};
use super::source::Pace;
use crate::error::io_error;
use crate::{ArchiveError, Section};

/// The most that all deflated entries of one package may unpack to.
const MAX_UNPACKED: u64 = 4 << 30;
/// The most that the list of a package may be long.
const MAX_LIST: u64 = 16 << 20;
/// The longest line of an index or a list of pages: pages come with their text.
const MAX_LINE: u64 = 8 << 20;
/// The most defects of one entry that are told.
const MAX_TOLD: usize = 100;
const CHUNK: usize = 256 << 10;

/// The first bytes of a zip file, and of one without entries.
const ZIP: [&[u8; 4]; 2] = [b"PK\x03\x04", b"PK\x05\x06"];

/// What was read of a package.
pub(super) struct Package {
    pub reads: Vec<FileRead>,
    pub findings: Vec<Finding>,
}

/// An entry of the zip, once all of it was read.
#[derive(Debug, Clone)]
struct Entry {
    name: String,
    number: usize,
    /// Where its header is in the zip.
    header: u64,
    /// Where its bytes begin, of one that is stored as it is.
    stored: Option<u64>,
    /// Its length and digest, unpacked; nothing of one that could not be unpacked.
    content: Option<(u64, Digest)>,
}

/// Whether a file begins as a zip does.
pub(super) fn is_zip(path: &Path) -> Result<bool, ArchiveError> {
    let file = File::open(path).map_err(io_error("opening", path))?;
    let mut start = Vec::new();
    file.take(4).read_to_end(&mut start).map_err(io_error("reading", path))?;
    Ok(ZIP.iter().any(|magic| start == magic.as_slice()))
}

/// Reads a package; everything that is wrong with it is a finding.
pub(super) fn read(name: &str, path: &Path, pace: &Pace) -> Result<Package, ArchiveError> {
    read_within(name, path, pace, MAX_UNPACKED)
}

/// The same, with a bound on what all deflated entries may unpack to.
fn read_within(name: &str, path: &Path, pace: &Pace, most: u64) -> Result<Package, ArchiveError> {
    let file = File::open(path).map_err(io_error("opening", path))?;
    let mut told = Told { name: name.to_owned(), findings: Vec::new() };
    let mut zip = match ZipArchive::new(BufReader::new(file)) {
        Ok(zip) => zip,
        Err(error) => {
            told.tell(0, "", 0, format!("the zip cannot be read: {error}"));
            return Ok(Package { reads: Vec::new(), findings: told.findings });
        }
    };
    if let Err(error) = zip.validate_header_consistency() {
        told.tell(0, "", 0, format!("the zip is not consistent: {error}"));
    }
    if zip.offset() > 0 {
        told.tell(0, "", 0, format!("{} bytes stand before the zip", zip.offset()));
    }
    let length = path.metadata().map_err(io_error("reading", path))?.len();
    let mut reader = Opened { zip, told, left: most, stored_left: length };
    let entries = reader.entries();
    package::check(&mut reader, &entries);
    let reads = reader.warcs(path, &entries, pace)?;
    index::check(&mut reader, &entries, &reads);
    pages::check(&mut reader, &entries);
    let reads = reads.into_iter().map(|(_, read)| read).collect();
    Ok(Package { reads, findings: reader.told.findings })
}

/// What was found so far.
struct Told {
    name: String,
    findings: Vec<Finding>,
}

impl Told {
    /// Tells of an entry, or of the package itself where it has no name.
    fn tell(&mut self, level: u8, entry: &str, offset: u64, what: impl Into<String>) {
        let file = if entry.is_empty() { self.name.clone() } else { format!("{}!/{entry}", self.name) };
        self.findings.push(Finding::new(level, &file, offset, what));
    }

    fn differs(&mut self, level: u8, entry: &str, what: &str, expected: impl ToString, found: impl ToString) {
        let (expected, found) = (expected.to_string(), found.to_string());
        self.tell(level, entry, 0, format!("{what}: expected {expected}, found {found}"));
        if let Some(last) = self.findings.last_mut() {
            (last.expected, last.found) = (Some(expected), Some(found));
        }
    }
}

/// A package that is being read.
struct Opened {
    zip: ZipArchive<BufReader<File>>,
    told: Told,
    /// How much may still be unpacked.
    left: u64,
    /// How much may still lie in the file as it is: entries that lie over one another would be read again and again.
    stored_left: u64,
}

impl Opened {
    /// All entries but folders, each read to its end, so that its checksum is seen to be right.
    fn entries(&mut self) -> Vec<Entry> {
        let mut entries = Vec::with_capacity(self.zip.len().min(CHUNK));
        for number in 0..self.zip.len() {
            match self.entry(number) {
                Ok(Some(entry)) => entries.push(entry),
                Ok(None) => {}
                Err((name, header, what)) => {
                    self.told.tell(0, &name, header, what);
                    entries.push(Entry { name, number, header, stored: None, content: None });
                }
            }
        }
        entries
    }

    fn entry(&mut self, number: usize) -> Result<Option<Entry>, (String, u64, String)> {
        let unnamed =
            |e: zip::result::ZipError| (format!("#{number}"), 0, format!("the entry cannot be read: {e}"));
        let mut file = self.zip.by_index(number).map_err(unnamed)?;
        let name = file.name().map_err(unnamed)?.into_owned();
        let header = file.header_start();
        if file.is_dir() {
            return Ok(None);
        }
        let is_stored = file.compression() == CompressionMethod::Stored;
        let stored = if is_stored { file.data_start() } else { None };
        let room = if is_stored { self.stored_left } else { self.left };
        let content = match hashed(&mut file, room) {
            Ok(content) => content,
            Err(error) => return Err((name, header, format!("the entry is damaged: {error}"))),
        };
        if is_stored {
            self.stored_left = self.stored_left.saturating_sub(content.0);
        } else {
            self.left = self.left.saturating_sub(content.0);
        }
        if is_stored && content.0 > room {
            return Err((name, header, "the entries of the package lie over one another".to_owned()));
        }
        if content.0 > room {
            return Err((name, header, "the package unpacks to more than is looked into".to_owned()));
        }
        Ok(Some(Entry { name, number, header, stored, content: Some(content) }))
    }

    /// A short entry, whole.
    fn whole(&mut self, entry: &Entry) -> Option<Vec<u8>> {
        let mut bytes = Vec::new();
        let file = self.zip.by_index(entry.number).ok()?;
        file.take(MAX_LIST + 1).read_to_end(&mut bytes).ok()?;
        (bytes.len() as u64 <= MAX_LIST).then_some(bytes)
    }

    /// Hands the lines of an entry to `line`, numbered from 1, until it is damaged, which was told already.
    fn lines(&mut self, entry: &Entry, mut line: impl FnMut(&mut Told, u64, &str)) {
        let is_gzip = entry.name.ends_with(".gz");
        let Ok(file) = self.zip.by_index(entry.number) else { return };
        let told = &mut self.told;
        if is_gzip {
            // Compressed twice or not: what comes out of the inner compression is bounded as well.
            let inner = flate2::read::MultiGzDecoder::new(file).take(MAX_UNPACKED);
            each_line(told, entry, BufReader::new(inner), &mut line);
        } else {
            each_line(told, entry, BufReader::new(file), &mut line);
        }
    }

    /// Reads the WARC files inside, each where it lies.
    fn warcs(
        &mut self,
        path: &Path,
        entries: &[Entry],
        pace: &Pace,
    ) -> Result<Vec<(String, FileRead)>, ArchiveError> {
        let mut reads = Vec::new();
        let is_warc = |entry: &&Entry| entry.name.starts_with("archive/");
        for entry in entries.iter().filter(is_warc) {
            let (Some(start), Some((length, _))) = (entry.stored, entry.content) else {
                if entry.content.is_some() {
                    let what = "the WARC file is compressed once more, so that no record can be read by itself; it was not looked into";
                    self.told.tell(1, &entry.name, entry.header, what);
                }
                continue;
            };
            let file = File::open(path).map_err(io_error("opening", path))?;
            let section = BufReader::with_capacity(CHUNK, Section::new(file, start, length));
            let read = FileRead {
                name: format!("{}!/{}", self.told.name, entry.name),
                settled: u64::MAX,
                index: Some(std::collections::HashMap::new()),
                ..FileRead::default()
            };
            let read = pass::read_records(section, read, None, pace).map_err(io_error("reading", path))?;
            reads.extend(read.map(|read| (entry.name.clone(), read)));
        }
        if !entries.iter().any(|entry| is_warc(&entry)) {
            self.told.tell(0, "", 0, "there is no WARC file under archive/");
        }
        Ok(reads)
    }
}

/// Length and digest of what a reader gives, of no more than a little over `most` bytes.
fn hashed(source: &mut impl Read, most: u64) -> io::Result<(u64, Digest)> {
    let (mut hasher, mut length) = (Hasher::new(), 0_u64);
    let mut chunk = vec![0_u8; CHUNK];
    while length <= most {
        let count = source.read(&mut chunk)?;
        if count == 0 {
            break;
        }
        hasher.update(chunk.get(..count).unwrap_or_default());
        length += count as u64;
    }
    Ok((length, hasher.finish()))
}

fn each_line(
    told: &mut Told,
    entry: &Entry,
    mut source: impl BufRead,
    line: &mut impl FnMut(&mut Told, u64, &str),
) {
    let before = told.findings.len();
    let mut bytes = Vec::new();
    for number in 1_u64.. {
        bytes.clear();
        match source.by_ref().take(MAX_LINE).read_until(b'\n', &mut bytes) {
            Ok(0) => return,
            Ok(_) => {}
            Err(error) => {
                return told.tell(1, &entry.name, 0, format!("line {number} cannot be read: {error}"));
            }
        }
        if bytes.len() as u64 == MAX_LINE {
            return told.tell(1, &entry.name, 0, format!("line {number} is longer than {MAX_LINE} bytes"));
        }
        let text = String::from_utf8_lossy(&bytes);
        if !text.trim().is_empty() {
            line(told, number, text.trim());
        }
        if told.findings.len() - before >= MAX_TOLD {
            return told.tell(1, &entry.name, 0, "what else is wrong in this entry is not told");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use zip::write::SimpleFileOptions;

    use super::*;

    #[test]
    fn what_unpacks_to_too_much_is_given_up() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        let mut zip = zip::ZipWriter::new(&mut file);
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
        for name in ["pages/one", "pages/two"] {
            zip.start_file(name, options).unwrap();
            zip.write_all(&vec![0; 3 << 20]).unwrap();
        }
        zip.finish().unwrap();
        let given_up = |most: u64| {
            let package = read_within("x.wacz", file.path(), &Pace::default(), most).unwrap();
            let is_it = |f: &&Finding| f.what.contains("unpacks to more");
            package.findings.iter().filter(is_it).map(|f| f.file.clone()).collect::<Vec<_>>()
        };
        assert_eq!(given_up(8 << 20), [""; 0]);
        assert_eq!(given_up(4 << 20), ["x.wacz!/pages/two"], "both together are too much");
        assert_eq!(given_up(1 << 20), ["x.wacz!/pages/one", "x.wacz!/pages/two"]);
    }
}
