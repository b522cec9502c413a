//! Indexes of answers: the line of a record, a sorted file of lines, and the compressed one of a WACZ.
//!
//! Responses and revisits are in it, and what others archived as a `resource` under a web address. A revisit that a
//! server's 304 made is left out: replayed, it would be an empty page.

use std::io::{self, Write};

use flate2::{Compression, GzBuilder};
use jiff::Timestamp;
use serde::Serialize;
use vidimus_snapshot::Digest;
use vidimus_warc::http::Head;
use vidimus_warc::{Record, RecordType};

use super::check::{self, Sound};
use super::{Chosen, ExportReport};
use crate::cdxj::{Cdxj, CdxjFields, REVISIT_MIME};
use crate::error::io_error;
use crate::{Archive, ArchiveError, ExportInfo};

/// The end of the profile of a 304, in WARC 1.0 and 1.1.
const NOT_MODIFIED: &str = "/revisit/server-not-modified";

/// Where a record lies in a file.
pub(super) struct Place<'a> {
    pub file: &'a str,
    pub offset: u64,
    pub length: u64,
    /// The digest of these bytes.
    pub sha256: Option<Digest>,
}

/// The line of a record, if it has one.
pub(super) fn line(sound: &Sound, place: &Place<'_>) -> Option<Cdxj> {
    let record = &sound.record;
    let time: Timestamp = record.headers.get("WARC-Date")?.parse().ok()?;
    let url = record.target_uri()?.to_owned();
    let (mime, status) = answer(record, &url)?;
    let stated = || record.headers.get("WARC-Payload-Digest").map(str::to_owned);
    let digest = sound.payload_sha256.map(|digest| digest.to_string()).or_else(stated);
    let fields = CdxjFields {
        url,
        mime,
        status,
        digest,
        length: Some(place.length),
        offset: Some(place.offset),
        filename: Some(place.file.to_owned()),
        record_digest: place.sha256.map(|digest| digest.to_string()),
    };
    Some(Cdxj::new(time, fields))
}

/// What a record says is there: its media type and status.
fn answer(record: &Record, url: &str) -> Option<(Option<String>, Option<u64>)> {
    let of_head = || Head::parse(&record.block).ok().map(|(head, _)| head);
    match record.record_type {
        RecordType::Response => {
            let head = of_head()?;
            let mime = head.content_type().map(|found| found.essence).filter(|name| !name.is_empty());
            Some((mime, Some(u64::from(head.status))))
        }
        RecordType::Revisit => {
            let profile = record.headers.get("WARC-Profile").unwrap_or("");
            let status = of_head().map(|head| u64::from(head.status));
            (!profile.ends_with(NOT_MODIFIED)).then(|| (Some(REVISIT_MIME.to_owned()), status))
        }
        RecordType::Resource if url.starts_with("http:") || url.starts_with("https:") => {
            Some((record.headers.get("Content-Type").map(str::to_owned), None))
        }
        _ => None,
    }
}

/// Writes an index of the answers of the chosen captures, and of what they refer to, where they lie in the archive.
pub async fn export_cdxj(
    archive: &Archive,
    chosen: &Chosen,
    info: &ExportInfo,
    out: &mut dyn Write,
    progress: &mut dyn FnMut(usize, usize),
) -> Result<ExportReport, ArchiveError> {
    let mut report = chosen.report();
    let mut lines = Vec::new();
    let total = chosen.captures.len();
    for (done, (id, _)) in chosen.with_records().enumerate() {
        progress(done, total);
        let opened = check::open(archive, id).await?;
        report.damage.extend(opened.damage);
        lines.extend(opened.records.iter().filter_map(|sound| line(sound, &of_archive(sound))));
    }
    report.records = lines.len() as u64;
    write_sorted(lines, out).map_err(io_error("writing", &info.path))?;
    Ok(report)
}

/// Where a record lies in the archive.
fn of_archive(sound: &Sound) -> Place<'_> {
    let record = &sound.record;
    Place {
        file: &sound.file,
        offset: record.offset,
        length: record.length,
        // Where it is not compressed, the record is what the file holds.
        sha256: Some(record.member_sha256.unwrap_or(record.record_sha256)),
    }
}

/// The lines as text, sorted by their bytes, each once.
fn sorted(lines: Vec<Cdxj>) -> Vec<String> {
    let mut lines: Vec<String> = lines.iter().map(|line| format!("{line}\n")).collect();
    lines.sort_unstable();
    lines.dedup();
    lines
}

fn write_sorted(lines: Vec<Cdxj>, out: &mut dyn Write) -> io::Result<()> {
    sorted(lines).iter().try_for_each(|line| out.write_all(line.as_bytes()))?;
    out.flush()
}

/// How many lines one block of a compressed index holds.
const BLOCK: usize = 1000;

/// The first line of the index over the blocks.
#[derive(Serialize)]
struct Meta<'a> {
    format: &'a str,
    filename: &'a str,
}

/// Any other line of it.
#[derive(Serialize)]
struct BlockFacts {
    offset: u64,
    length: u64,
    digest: String,
}

/// Writes the lines in gzip members of some lines each to `out`, and gives the index over them: the first key and time
/// of each member, where it lies, and its digest. `name` is what the file of members is called.
pub(super) fn write_blocks(lines: Vec<Cdxj>, name: &str, out: &mut impl Write) -> io::Result<String> {
    let meta = Meta { format: "cdxj-gzip-1.0", filename: name };
    let mut index = format!("!meta 0 {}\n", serde_json::to_string(&meta)?);
    let mut offset = 0;
    for block in sorted(lines).chunks(BLOCK) {
        let mut member = GzBuilder::new().write(Vec::new(), Compression::new(6));
        block.iter().try_for_each(|line| member.write_all(line.as_bytes()))?;
        let member = member.finish()?;
        let length = member.len() as u64;
        out.write_all(&member)?;
        let facts = BlockFacts { offset, length, digest: Digest::of(&member).to_string() };
        // Key and time; the object behind them is left out.
        let first = block.first().and_then(|line| line.split_once(" {")).map_or("", |(first, _)| first);
        index.push_str(&format!("{first} {}\n", serde_json::to_string(&facts)?));
        offset += length;
    }
    Ok(index)
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    #[test]
    fn blocks_are_found_by_the_index_over_them() {
        let time = Timestamp::UNIX_EPOCH;
        let fields = |number: usize| CdxjFields {
            url: format!("https://ngo.example/{number:05}"),
            ..CdxjFields::default()
        };
        let lines: Vec<Cdxj> = (0..2500).rev().map(|number| Cdxj::new(time, fields(number))).collect();
        let mut data = Vec::new();
        let index = write_blocks(lines, "index.cdx.gz", &mut data).unwrap();
        let mut rows = index.lines();
        assert_eq!(rows.next().unwrap(), r#"!meta 0 {"format":"cdxj-gzip-1.0","filename":"index.cdx.gz"}"#);
        let mut found = Vec::new();
        for row in rows {
            let (first, facts) = row.split_once(" {").unwrap();
            let facts: serde_json::Value = serde_json::from_str(&format!("{{{facts}")).unwrap();
            let number = |key: &str| usize::try_from(facts[key].as_u64().unwrap()).unwrap();
            let member = &data[number("offset")..][..number("length")];
            assert_eq!(facts["digest"], Digest::of(member).to_string());
            let mut text = String::new();
            flate2::read::GzDecoder::new(member).read_to_string(&mut text).unwrap();
            assert!(text.starts_with(first));
            found.extend(text.lines().map(|line| Cdxj::parse(line).unwrap().fields.url));
        }
        assert_eq!(index.lines().count(), 4);
        assert_eq!(found.len(), 2500);
        assert!(found.is_sorted());
    }
}
