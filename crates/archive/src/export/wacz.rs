//! A WACZ 1.1.1: a zip file with the records of the chosen captures, an index of them, a list of the pages, and the
//! digests of all these.
//!
//! What is compressed already stands in it as it is, so that a replay tool reads a record straight out of the zip file.
//! Files are no deeper than one folder, and their names have no spaces.

use std::io::{Seek, Write};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;
use vidimus_snapshot::Digest;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, System, ZipWriter};

use super::pages::{self, Page};
use super::tally::Tally;
use super::warc::WarcOut;
use super::{Chosen, ExportInfo, ExportReport, check, index};
use crate::cdxj::Cdxj;
use crate::error::io_error;
use crate::prepare::warc_date;
use crate::{Archive, ArchiveError};

/// The version of the format.
const WACZ_VERSION: &str = "1.1.1";
/// What the file of an index's blocks is called.
const BLOCKS: &str = "index.cdx.gz";
/// Beyond this much a file in the zip file needs the long form of its length (zip64); the rest to 4 GiB is room for
/// certificates, and for records that grow a little when they are put into gzip members.
const LARGE: u64 = 0xffff_ffff / 100 * 98;

/// A file in the package, as `datapackage.json` lists it.
#[derive(Serialize)]
struct Resource {
    name: String,
    path: String,
    hash: String,
    bytes: u64,
}

/// `datapackage.json`
#[derive(Serialize)]
struct DataPackage<'a> {
    profile: &'a str,
    wacz_version: &'a str,
    description: String,
    created: String,
    software: &'a str,
    resources: &'a [Resource],
}

/// `datapackage-digest.json`
#[derive(Serialize)]
struct PackageDigest<'a> {
    path: &'a str,
    hash: String,
}

/// Writes the chosen captures, and what they refer to, as a WACZ.
pub async fn export_wacz(
    archive: &Archive,
    chosen: &Chosen,
    info: &ExportInfo,
    out: &mut (impl Write + Seek),
    progress: &mut dyn FnMut(usize, usize),
) -> Result<ExportReport, ArchiveError> {
    let mut report = chosen.report();
    let is_large = length(archive, chosen).await? > LARGE;
    let mut package = Package::begin(info, is_large, out);

    let name = format!("vidimus-{}.warc.gz", info.at.strftime("%Y%m%d%H%M%S"));
    let path = format!("archive/{name}");
    let mut warc = WarcOut::begin(archive, chosen, info, &name, package.start(&path, false)?)?;
    let (lines, pages) = captures(archive, chosen, &mut warc, &mut report, progress).await?;
    let written = warc.finish();
    package.note(&path, written);

    let path = format!("indexes/{BLOCKS}");
    let mut blocks = Tally::new(package.start(&path, false)?);
    let over = index::write_blocks(lines, BLOCKS, &mut blocks).map_err(io_error("writing", &info.path))?;
    let written = blocks.finish();
    package.note(&path, written);
    let written = package.put("indexes/index.idx", over.as_bytes())?;
    package.note("indexes/index.idx", written);

    let path = "pages/pages.jsonl";
    let mut list = Tally::new(package.start(path, true)?);
    report.damage.extend(pages::write(archive, &pages, info, &mut list).await?);
    let written = list.finish();
    package.note(path, written);
    report.pages = pages.len() as u64;
    package.finish(&chosen.words)?;
    Ok(report)
}

/// How long the records of the captures are together.
async fn length(archive: &Archive, chosen: &Chosen) -> Result<u64, ArchiveError> {
    let mut length: u64 = 0;
    for (id, _) in chosen.with_records() {
        let Some(capture) = archive.catalog().get(id).await? else { continue };
        length = check::captured(&capture).fold(length, |sum, place| sum.saturating_add(place.length));
    }
    Ok(length)
}

/// Writes the records; gives the lines of their answers, and the pages among them.
async fn captures<W: Write>(
    archive: &Archive,
    chosen: &Chosen,
    warc: &mut WarcOut<'_, W>,
    report: &mut ExportReport,
    progress: &mut dyn FnMut(usize, usize),
) -> Result<(Vec<Cdxj>, Vec<Page>), ArchiveError> {
    let (mut lines, mut pages) = (Vec::new(), Vec::new());
    let total = chosen.captures.len();
    for (done, (id, picked)) in chosen.with_records().enumerate() {
        progress(done, total);
        let opened = check::open(archive, id).await?;
        let found = warc.add(opened, report).await?;
        pages.extend(Page::of(picked, &found));
        lines.extend(found);
    }
    warc.find_unresolved(report);
    Ok((lines, pages))
}

/// A WACZ that is being written.
struct Package<'a, W: Write + Seek> {
    zip: ZipWriter<W>,
    info: &'a ExportInfo,
    is_large: bool,
    resources: Vec<Resource>,
}

impl<'a, W: Write + Seek> Package<'a, W> {
    fn begin(info: &'a ExportInfo, is_large: bool, out: W) -> Self {
        Self { zip: ZipWriter::new(out), info, is_large, resources: Vec::new() }
    }

    /// Begins a file of the package; what is written to the answer is its content.
    fn start(&mut self, path: &str, is_deflated: bool) -> Result<&mut ZipWriter<W>, ArchiveError> {
        let method = if is_deflated { CompressionMethod::Deflated } else { CompressionMethod::Stored };
        // Nothing of this machine or of this moment goes into the file.
        let options = SimpleFileOptions::default()
            .compression_method(method)
            .compression_level(None)
            .last_modified_time(zip_time(self.info.at))
            .system(System::Unix)
            .unix_permissions(0o644)
            .large_file(self.is_large);
        let started = self.zip.start_file(path, options);
        started.map_err(|error| io_error("writing", &self.info.path)(error.into()))?;
        Ok(&mut self.zip)
    }

    /// Notes a file that was written, so that the package lists it.
    fn note(&mut self, path: &str, (bytes, sha256): (u64, Digest)) {
        let name = path.rsplit('/').next().unwrap_or(path).to_owned();
        self.resources.push(Resource { name, path: path.to_owned(), hash: sha256.to_string(), bytes });
    }

    /// Writes a whole file that is worth compressing.
    fn put(&mut self, path: &str, content: &[u8]) -> Result<(u64, Digest), ArchiveError> {
        let failed = io_error("writing", &self.info.path);
        self.start(path, true)?.write_all(content).map_err(failed)?;
        Ok((content.len() as u64, Digest::of(content)))
    }

    /// Adds the lists of what there is, and ends the file.
    fn finish(mut self, words: &str) -> Result<(), ArchiveError> {
        let package = DataPackage {
            profile: "data-package",
            wacz_version: WACZ_VERSION,
            description: words.chars().filter(|c| !c.is_control()).collect(),
            created: warc_date(self.info.at),
            software: &self.info.software,
            resources: &self.resources,
        };
        let path = "datapackage.json";
        let (_, sha256) = self.put(path, &serde_json::to_vec_pretty(&package)?)?;
        let digest = PackageDigest { path, hash: sha256.to_string() };
        self.put("datapackage-digest.json", &serde_json::to_vec_pretty(&digest)?)?;
        let finished = self.zip.finish().and_then(|mut out| Ok(out.flush()?));
        finished.map_err(|error| io_error("writing", &self.info.path)(error.into()))
    }
}

/// A time as zip files have it: of no zone, here UTC, and no earlier than 1980.
pub fn zip_time(at: Timestamp) -> DateTime {
    let at = at.to_zoned(TimeZone::UTC).datetime();
    let part = |number: i8| u8::try_from(number).unwrap_or(0);
    let year = u16::try_from(at.year()).unwrap_or(0);
    let (month, day) = (part(at.month()), part(at.day()));
    DateTime::from_date_and_time(year, month, day, part(at.hour()), part(at.minute()), part(at.second()))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Read as _};
    use std::path::PathBuf;

    use super::*;

    fn info(at: &str) -> ExportInfo {
        let path = PathBuf::from("a.wacz");
        let at = at.parse().unwrap();
        ExportInfo {
            at,
            software: "vidimus/test".to_owned(),
            operator: None,
            part_of: None,
            manifest_texts: false,
            path,
        }
    }

    fn package(is_large: bool, info: &ExportInfo) -> Vec<u8> {
        let mut out = Cursor::new(Vec::new());
        let mut package = Package::begin(info, is_large, &mut out);
        let written = package.put("indexes/index.idx", b"lines").unwrap();
        package.note("indexes/index.idx", written);
        package.finish("all captures").unwrap();
        out.into_inner()
    }

    #[test]
    fn long_forms_of_lengths_are_written_where_they_are_asked_for() {
        let info = info("2024-06-27T08:30:01Z");
        for is_large in [false, true] {
            let bytes = package(is_large, &info);
            // The first local header says which version reads it: 4.5 has the long form.
            assert_eq!(bytes.get(4), Some(&if is_large { 45 } else { 20 }));
            let mut read = zip::ZipArchive::new(Cursor::new(&bytes)).unwrap();
            let mut text = String::new();
            read.by_name("indexes/index.idx").unwrap().read_to_string(&mut text).unwrap();
            assert_eq!(text, "lines");
            text.clear();
            read.by_name("datapackage.json").unwrap().read_to_string(&mut text).unwrap();
            let listed: serde_json::Value = serde_json::from_str(&text).unwrap();
            assert_eq!(listed["resources"][0]["hash"], Digest::of(b"lines").to_string());
            assert_eq!(listed["created"], "2024-06-27T08:30:01Z");
        }
    }

    #[test]
    fn a_time_that_zip_files_do_not_know_is_no_obstacle() {
        for time in ["1970-01-01T00:00:00Z", "2150-01-01T00:00:00Z", "2016-12-31T23:59:59Z"] {
            assert!(zip::ZipArchive::new(Cursor::new(package(false, &info(time)))).is_ok(), "{time}");
        }
    }
}
