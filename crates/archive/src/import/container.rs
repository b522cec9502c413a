//! What sort of file somebody handed over, and which streams of records it holds.
//!
//! The bytes decide, never a name. A WACZ is a zip whose `archive/` folder holds WARC files; its page lists and the
//! software that made it are read as well, each within a bound. Names inside are data: none ever becomes a path.

use std::collections::{BTreeMap, HashSet};
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use url::Url;
use vidimus_snapshot::normal_form;
use vidimus_warc::{Item, Reader};
use zip::read::ZipFile;
use zip::{CompressionMethod, ZipArchive};

use super::facts::said;
use crate::ArchiveError;
use crate::error::io_error;

/// How much of a file is looked at to find its first record.
const LOOK: u64 = 64 << 20;
/// The most entries of a zip that are looked at.
const MAX_ENTRIES: usize = 100_000;
/// The most WARC files in one WACZ.
const MAX_STREAMS: usize = 10_000;
/// The most bytes of all page lists and datapackages of a WACZ, packed or not. Entries of a zip may lie over one another,
/// so that a small file has as many lists as it likes.
const MAX_LISTS: u64 = 64 << 20;
/// How often a compressed entry may be larger than the file that holds it, and how much it may always have.
const MAX_RATIO: u64 = 200;
const ALWAYS_ALLOWED: u64 = 64 << 20;

/// What a file is, by its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ForeignFormat {
    /// WARC, not compressed.
    Warc,
    /// WARC in gzip members.
    WarcGz,
    /// WARC in Zstandard frames.
    WarcZst,
    /// ARC, the format before WARC.
    Arc,
    /// ARC in gzip members.
    ArcGz,
    /// A zip with WARC files in it.
    Wacz,
}

impl ForeignFormat {
    /// The ending of a name that says so.
    pub(crate) fn extension(self) -> &'static str {
        match self {
            Self::Warc => "warc",
            Self::WarcGz => "warc.gz",
            Self::WarcZst => "warc.zst",
            Self::Arc => "arc",
            Self::ArcGz => "arc.gz",
            Self::Wacz => "wacz",
        }
    }

    /// Whether each record may be found at an offset of the file.
    fn is_addressable(self) -> bool {
        matches!(self, Self::Warc | Self::WarcGz)
    }

    /// What these bytes begin.
    fn of_start(start: &[u8]) -> Self {
        match start {
            [b'P', b'K', 3 | 5, 4 | 6, ..] => Self::Wacz,
            [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Self::WarcZst,
            [0x1f, 0x8b, ..] => {
                let mut content = [0_u8; 9];
                let read = flate2::read::GzDecoder::new(start).read(&mut content).unwrap_or(0);
                if content.get(..read).is_some_and(is_arc) { Self::ArcGz } else { Self::WarcGz }
            }
            start if is_arc(start) => Self::Arc,
            _ => Self::Warc,
        }
    }
}

fn is_arc(start: &[u8]) -> bool {
    start.starts_with(b"filedesc")
}

/// A part of a file, read as if it were the file: positions are those of the file itself.
#[derive(Debug)]
pub(crate) struct Part {
    file: File,
    at: u64,
    end: u64,
}

impl Part {
    /// The bytes from `start` to `end`.
    pub(crate) fn open(path: &Path, start: u64, end: u64) -> Result<Self, ArchiveError> {
        let mut file = File::open(path).map_err(io_error("opening", path))?;
        file.seek(SeekFrom::Start(start)).map_err(io_error("reading", path))?;
        Ok(Self { file, at: start, end })
    }
}

impl Read for Part {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.end.saturating_sub(self.at)).unwrap_or(usize::MAX).min(buf.len());
        let count = self.file.read(buf.get_mut(..left).unwrap_or_default())?;
        self.at += count as u64;
        Ok(count)
    }
}

impl Seek for Part {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let to = match to {
            SeekFrom::End(by) => SeekFrom::Start(self.end.saturating_add_signed(by)),
            other => other,
        };
        self.at = self.file.seek(to)?;
        Ok(self.at)
    }
}

/// Where the bytes of one stream of records are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Bytes {
    /// In this range of the file.
    Range { start: u64, end: u64 },
    /// In a compressed entry of the zip, at this position of its directory.
    Entry(usize),
}

/// One stream of records in a file: the file itself, or a WARC file inside a WACZ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stream {
    /// The name inside the WACZ, as its directory has it.
    pub entry: Option<String>,
    pub(crate) bytes: Bytes,
    /// Whether each record may be found at an offset of the file.
    pub(crate) addressable: bool,
}

/// What is in a file.
#[derive(Debug, Clone)]
pub struct Contents {
    /// What the file is.
    pub format: ForeignFormat,
    /// How long it is.
    pub bytes: u64,
    /// Its streams of records, in order.
    pub streams: Vec<Stream>,
    /// The pages that a WACZ lists, in normal form; `None` where there is no list.
    pub pages: Option<HashSet<String>>,
    /// Who made it, as a WACZ says.
    pub(crate) made_by: BTreeMap<String, String>,
    /// What could not be read of a WACZ beside its records.
    pub trouble: Vec<String>,
}

/// Looks into a file; `None` when it holds no record of a kind that is known here.
pub fn look_into(path: &Path) -> Result<Option<Contents>, ArchiveError> {
    let mut file = File::open(path).map_err(io_error("opening", path))?;
    let bytes = file.metadata().map_err(io_error("reading", path))?.len();
    let mut start = Vec::new();
    file.by_ref().take(4096).read_to_end(&mut start).map_err(io_error("reading", path))?;
    let format = ForeignFormat::of_start(&start);
    if format == ForeignFormat::Wacz {
        return look_into_zip(path, file, bytes);
    }
    if !has_record(path, bytes)? {
        return Ok(None);
    }
    let range = Bytes::Range { start: 0, end: bytes };
    let streams = vec![Stream { entry: None, bytes: range, addressable: format.is_addressable() }];
    let made_by = BTreeMap::new();
    Ok(Some(Contents { format, bytes, streams, pages: None, made_by, trouble: Vec::new() }))
}

/// Whether any record begins within the first bytes of a file.
fn has_record(path: &Path, bytes: u64) -> Result<bool, ArchiveError> {
    let reading = io_error("reading", path);
    let part = BufReader::new(Part::open(path, 0, bytes.min(LOOK))?);
    let found = || -> io::Result<bool> {
        let mut reader = Reader::new(part)?;
        while let Some(item) = reader.next_item()? {
            if matches!(&item, Item::Record(record) if record.headers.get("WARC-Type").is_some()) {
                return Ok(true);
            }
        }
        Ok(false)
    };
    found().map_err(reading)
}

fn look_into_zip(path: &Path, file: File, bytes: u64) -> Result<Option<Contents>, ArchiveError> {
    let Ok(mut zip) = ZipArchive::new(BufReader::new(file)) else { return Ok(None) };
    let mut contents = Contents {
        format: ForeignFormat::Wacz,
        bytes,
        streams: Vec::new(),
        pages: None,
        made_by: BTreeMap::new(),
        trouble: Vec::new(),
    };
    let (mut stored, mut lists) = (0_u64, Budget(MAX_LISTS));
    for index in 0..zip.len().min(MAX_ENTRIES) {
        let entry = match zip.by_index(index) {
            Ok(entry) => entry,
            Err(error) => {
                contents.trouble.push(format!("entry {index} of the zip cannot be read: {error}"));
                continue;
            }
        };
        let name = entry.name().map(|name| name.into_owned()).unwrap_or_default();
        if name == "datapackage.json" {
            contents.made_by = made_by(&read_list(entry, &mut lists, &mut contents.trouble));
        } else if name.starts_with("pages/") && name.ends_with(".jsonl") {
            let list = read_list(entry, &mut lists, &mut contents.trouble);
            read_pages(&list, &mut contents);
        } else if name.starts_with("archive/") && !name.ends_with('/') {
            let Some(start) = entry.data_start() else { continue };
            let is_stored = entry.compression() == CompressionMethod::Stored;
            let end = start.saturating_add(entry.compressed_size());
            stored = stored.saturating_add(entry.compressed_size());
            // Entries that lie over one another would be read again and again.
            if end > bytes || stored > bytes || contents.streams.len() >= MAX_STREAMS {
                contents.trouble.push(format!("the entry '{}' lies where none can be", said(&name)));
                continue;
            }
            let place = if is_stored { Bytes::Range { start, end } } else { Bytes::Entry(index) };
            let addressable = is_stored && begins_addressable(path, start, end)?;
            contents.streams.push(Stream { entry: Some(said(&name)), bytes: place, addressable });
        }
    }
    Ok((!contents.streams.is_empty()).then_some(contents))
}

fn begins_addressable(path: &Path, start: u64, end: u64) -> Result<bool, ArchiveError> {
    let mut bytes = Vec::new();
    let part = Part::open(path, start, end)?;
    part.take(4096).read_to_end(&mut bytes).map_err(io_error("reading", path))?;
    Ok(ForeignFormat::of_start(&bytes).is_addressable())
}

/// How many bytes may still be read.
struct Budget(u64);

/// Reads a list of a WACZ, as far as all of them together may be long.
fn read_list<R: Read>(entry: ZipFile<'_, R>, left: &mut Budget, trouble: &mut Vec<String>) -> Vec<u8> {
    let (mut list, packed) = (Vec::new(), entry.compressed_size());
    if left.0 == 0 {
        return list;
    }
    let fits = packed <= left.0;
    let read = if fits { entry.take(left.0 + 1).read_to_end(&mut list) } else { Ok(0) };
    let spent = packed.max(list.len() as u64);
    if spent > left.0 {
        list.truncate(usize::try_from(left.0).unwrap_or(usize::MAX));
        trouble.push(format!(
            "its lists of pages are longer than {MAX_LISTS} bytes in all; they are read as far as that"
        ));
    } else if read.is_err() {
        trouble.push("a list of pages is damaged; it is read as far as it goes".to_owned());
    }
    left.0 = left.0.saturating_sub(spent);
    list
}

/// What `datapackage.json` says of its making.
fn made_by(json: &[u8]) -> BTreeMap<String, String> {
    let package: serde_json::Value = serde_json::from_slice(json).unwrap_or_default();
    let field = |(key, name): (&str, &str)| Some((name.to_owned(), said(package[key].as_str()?)));
    let fields = [
        ("software", "wacz-software"),
        ("created", "wacz-created"),
        ("title", "wacz-title"),
        ("wacz_version", "wacz-version"),
    ];
    fields.into_iter().filter_map(field).collect()
}

/// Adds the pages of one list. Lines that are no page (the first one names the format) are passed over.
fn read_pages(list: &[u8], contents: &mut Contents) {
    let pages = contents.pages.get_or_insert_default();
    for line in list.split(|b| *b == b'\n') {
        let url = serde_json::from_slice::<serde_json::Value>(line).ok();
        let url = url.as_ref().and_then(|line| line["url"].as_str()).and_then(|url| Url::parse(url).ok());
        pages.extend(url.map(|url| normal_form(&url).to_string()));
    }
}

/// Unpacks a compressed entry of a zip into `to`, as far as its bounds go; says whether it was cut short, and why.
pub(crate) fn unpack(path: &Path, index: usize, to: &mut File) -> Result<Option<String>, ArchiveError> {
    let reading = |error: zip::result::ZipError| io_error("reading", path)(io::Error::other(error));
    let file = File::open(path).map_err(io_error("opening", path))?;
    let most = file.metadata().map_err(io_error("reading", path))?.len();
    let most = most.saturating_mul(MAX_RATIO).max(ALWAYS_ALLOWED);
    let mut zip = ZipArchive::new(BufReader::new(file)).map_err(reading)?;
    let mut entry = zip.by_index(index).map_err(reading)?;
    let mut chunk = vec![0_u8; 256 << 10];
    let mut written = 0_u64;
    loop {
        let count = match entry.read(&mut chunk) {
            Ok(0) => return Ok(None),
            Ok(count) => count,
            Err(error) => return Ok(Some(format!("the entry breaks off after {written} bytes: {error}"))),
        };
        written += count as u64;
        if written > most {
            return Ok(Some(format!("the entry expands to more than {most} bytes; it was cut there")));
        }
        io::Write::write_all(to, chunk.get(..count).unwrap_or_default())
            .map_err(io_error("unpacking", path))?;
    }
}

#[cfg(test)]
#[allow(clippy::disallowed_methods, reason = "tests make the files that they try things on")]
mod tests {
    use std::io::{Cursor, Write as _};

    use proptest::prelude::*;
    use zip::write::SimpleFileOptions;

    use super::*;

    const RECORD: &[u8] = b"WARC/1.0\r\nWARC-Type: warcinfo\r\nWARC-Record-ID: <urn:x>\r\n\
        WARC-Date: 2020-01-01T00:00:00Z\r\nContent-Length: 2\r\n\r\nhi\r\n\r\n";

    fn wacz(compression: CompressionMethod) -> Vec<u8> {
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        let options = SimpleFileOptions::default().compression_method(compression);
        for (name, content) in [
            ("archive/../../etc/a.warc", RECORD),
            (
                "pages/pages.jsonl",
                b"{\"format\":\"json-pages-1.0\"}\nno json\n{\"url\":\"http://A.example/x#y\"}\n",
            ),
            ("datapackage.json", b"{\"software\":\"some\\u001b[1m tool\",\"created\":7}"),
            ("other/file", b"x"),
        ] {
            zip.start_file(name, options).unwrap();
            zip.write_all(content).unwrap();
        }
        zip.finish().unwrap().into_inner()
    }

    fn look(bytes: &[u8]) -> Option<Contents> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), bytes).unwrap();
        look_into(file.path()).unwrap()
    }

    #[test]
    fn the_bytes_say_what_a_file_is() {
        assert_eq!(look(RECORD).map(|c| c.format), Some(ForeignFormat::Warc));
        let arc = b"filedesc://x.arc 0.0.0.0 20040506070809 text/plain 3\n1 0\n\n";
        assert_eq!(look(arc).map(|c| c.format), Some(ForeignFormat::Arc));
        for nothing in [b"".as_slice(), b"no archive at all\n", b"PK\x03\x04 nor this", b"\x1f\x8b\x08"] {
            assert!(look(nothing).is_none());
        }
    }

    #[test]
    fn a_wacz_is_read_with_its_pages_and_nothing_in_it_names_a_path() {
        let contents = look(&wacz(CompressionMethod::Stored)).unwrap();
        let stream = contents.streams.first().unwrap();
        assert_eq!((contents.streams.len(), stream.addressable), (1, true));
        assert_eq!(stream.entry.as_deref(), Some("archive/../../etc/a.warc"), "a name is kept as a word");
        assert_eq!(contents.pages.unwrap(), HashSet::from(["http://a.example/x".to_owned()]));
        assert_eq!(contents.made_by.get("wacz-software").map(String::as_str), Some("some [1m tool"));
        let contents = look(&wacz(CompressionMethod::Deflated)).unwrap();
        assert!(!contents.streams.first().unwrap().addressable);
    }

    #[test]
    fn all_lists_of_pages_together_have_one_bound() {
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
        zip.start_file("archive/a.warc", options).unwrap();
        zip.write_all(RECORD).unwrap();
        let blank = vec![b' '; MAX_LISTS as usize / 4];
        for number in 0..8 {
            zip.start_file(format!("pages/{number}.jsonl"), options).unwrap();
            zip.write_all(format!("{{\"url\":\"http://a.example/{number}\"}}\n").as_bytes()).unwrap();
            zip.write_all(&blank).unwrap();
        }
        let contents = look(&zip.finish().unwrap().into_inner()).unwrap();
        let pages = contents.pages.unwrap();
        assert!(pages.contains("http://a.example/0") && !pages.contains("http://a.example/7"), "{pages:?}");
        assert_eq!(contents.trouble.len(), 1, "it is said once: {:?}", contents.trouble);
        assert_eq!(contents.streams.len(), 1, "the records are read all the same");
    }

    #[test]
    fn an_entry_that_expands_without_end_is_cut() {
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
        zip.start_file("archive/bomb.warc", options).unwrap();
        let zeros = vec![0_u8; 1 << 20];
        for _ in 0..=(ALWAYS_ALLOWED >> 20) {
            zip.write_all(&zeros).unwrap();
        }
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), zip.finish().unwrap().into_inner()).unwrap();
        let mut unpacked = tempfile::tempfile().unwrap();
        let cut = unpack(file.path(), 0, &mut unpacked).unwrap();
        assert!(cut.is_some_and(|why| why.contains("cut")));
        assert!(unpacked.metadata().unwrap().len() <= ALWAYS_ALLOWED);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn a_changed_zip_is_read_or_refused(
            edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
            deflated in any::<bool>(),
        ) {
            let method = if deflated { CompressionMethod::Deflated } else { CompressionMethod::Stored };
            let mut bytes = wacz(method);
            for (at, byte) in edits {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            if let Some(contents) = look(&bytes) {
                for stream in contents.streams {
                    if let Bytes::Range { start, end } = stream.bytes {
                        prop_assert!(start <= end && end <= bytes.len() as u64);
                    }
                }
            }
        }
    }
}
