//! Reading the records of a capture, and telling those that are what they should be from those that are not.
//!
//! A record is right when it is the one that the capture's manifest vouches for, header included. That holds for other
//! people's records too, whatever digests they have or lack. What no manifest lists has to be right by itself.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufReader, Read as _, Seek as _, SeekFrom, Write};

use flate2::{Compression, GzBuilder};
use vidimus_catalog::{Capture, RecordPlace};
use vidimus_snapshot::{Digest, Manifest, RecordFacts, SnapshotId};
use vidimus_warc::http::MAX_HEAD_BYTES;
use vidimus_warc::{Item, Limits, Reader, Record, check_record};

use super::NotExported;
use super::tally::Tally;
use crate::error::io_error;
use crate::{Archive, ArchiveError, Layout};

/// How much of a file is read at a time.
const CHUNK: usize = 256 << 10;

/// A record that is right. Of a long block only the beginning is here, which holds the head of any HTTP message.
pub(super) struct Sound {
    pub record: Record,
    /// The file of the archive that it is in.
    pub file: String,
    /// The digest of its payload, as the manifest says.
    pub payload_sha256: Option<Digest>,
}

/// A capture whose records were read.
pub(super) struct Opened {
    pub capture: Capture,
    /// Without it, nothing says which certificates belong to the capture.
    pub manifest: Option<Manifest>,
    /// Its records in their order, texts left out.
    pub records: Vec<Sound>,
    pub damage: Vec<NotExported>,
}

/// Reads all records of a capture but those of its texts.
pub(super) async fn open(archive: &Archive, id: SnapshotId) -> Result<Opened, ArchiveError> {
    let capture = archive.catalog().get(id).await?.ok_or(ArchiveError::Absent("entry in the catalog"))?;
    let layout = archive.layout();
    let mut opened = Opened { capture, manifest: None, records: Vec::new(), damage: Vec::new() };
    let places: Vec<RecordPlace> = captured(&opened.capture).cloned().collect();
    let own = places.iter().rposition(|place| place.target_uri.starts_with("urn:manifest:"));
    let last = own.and_then(|at| places.get(at));
    let stored = match last.map(|place| (place, manifest(layout, place, id))) {
        Some((place, Err(what))) => {
            opened.damage.push(not_exported(place, id, what));
            None
        }
        Some((_, Ok(found))) => Some(found),
        None => None,
    };
    let (record, manifest) = stored.unzip();
    let listed: HashMap<&str, &RecordFacts> = manifest.iter().flat_map(facts_by_id).collect();
    for place in places.iter().enumerate().filter(|(at, _)| Some(*at) != own).map(|(_, place)| place) {
        let facts = listed.get(place.warc_record_id.as_str()).copied();
        match read(layout, place, MAX_HEAD_BYTES).and_then(|record| right(record, facts)) {
            Ok(record) => opened.records.push(Sound {
                record,
                file: place.file.clone(),
                payload_sha256: facts.and_then(|facts| facts.payload_sha256),
            }),
            Err(what) => opened.damage.push(not_exported(place, id, what)),
        }
    }
    if let (Some(record), Some(place)) = (record, last) {
        opened.records.push(Sound { record, file: place.file.clone(), payload_sha256: None });
    }
    opened.manifest = manifest;
    opened.find_unknown(id);
    Ok(opened)
}

impl Opened {
    /// Finds records that the manifest lists and of which the catalog knows no place.
    fn find_unknown(&mut self, id: SnapshotId) {
        let known: Vec<&str> =
            self.capture.records.iter().map(|place| place.warc_record_id.as_str()).collect();
        for facts in self.manifest.iter().flat_map(|manifest| &manifest.records) {
            if !known.contains(&facts.warc_record_id.as_str()) {
                self.damage.push(NotExported {
                    file: "catalog.sqlite".to_owned(),
                    offset: 0,
                    record_id: Some(facts.warc_record_id.clone()),
                    snapshot: Some(id),
                    what: "the manifest lists a record that the catalog does not know".to_owned(),
                });
            }
        }
    }
}

fn facts_by_id(manifest: &Manifest) -> impl Iterator<Item = (&str, &RecordFacts)> {
    manifest.records.iter().map(|facts| (facts.warc_record_id.as_str(), facts))
}

/// The records of a capture but those of its texts.
pub(super) fn captured(capture: &Capture) -> impl Iterator<Item = &RecordPlace> {
    capture.records.iter().filter(|place| !Layout::holds_texts(&place.file))
}

/// The records of a capture's texts.
pub(super) fn texts(capture: &Capture) -> impl Iterator<Item = &RecordPlace> {
    capture.records.iter().filter(|place| Layout::holds_texts(&place.file))
}

pub(super) fn not_exported(place: &RecordPlace, snapshot: SnapshotId, what: String) -> NotExported {
    NotExported {
        file: place.file.clone(),
        offset: place.offset,
        record_id: Some(place.warc_record_id.clone()),
        snapshot: Some(snapshot),
        what,
    }
}

/// The manifest of this name, if it is at this place.
fn manifest(layout: &Layout, place: &RecordPlace, id: SnapshotId) -> Result<(Record, Manifest), String> {
    let record = read(layout, place, Limits::default().block)?;
    let (found, manifest) = Manifest::read(&record.block).map_err(|error| error.to_string())?;
    if found != id {
        return Err(format!("the manifest is not the one of its name: expected {id}, found {found}"));
    }
    Ok((right(record, None)?, manifest))
}

/// The record at a place that stands for itself, such as a text.
pub(super) fn by_itself(layout: &Layout, place: &RecordPlace) -> Result<Sound, String> {
    let record = right(read(layout, place, MAX_HEAD_BYTES)?, None)?;
    Ok(Sound { record, file: place.file.clone(), payload_sha256: None })
}

/// A certificate, from the file of the capture if it is there.
pub(super) async fn certificate(
    archive: &Archive,
    capture: &Capture,
    name: Digest,
) -> Result<Result<Sound, NotExported>, ArchiveError> {
    let file = capture.records.first().map_or("", |place| place.file.as_str());
    let gone = |what: String| NotExported {
        file: file.to_owned(),
        offset: 0,
        record_id: None,
        snapshot: capture.snapshot,
        what,
    };
    let Some(place) = archive.catalog().certificate(file, name).await? else {
        return Ok(Err(gone(format!("the certificate {name} is not in this archive"))));
    };
    Ok(match by_itself(archive.layout(), &place) {
        Ok(sound) if sound.record.block_sha256 == name => Ok(sound),
        Ok(_) => Err(gone(format!("the certificate {name} is not the one of its name"))),
        Err(what) => Err(gone(format!("the certificate {name}, offset {}: {what}", place.offset))),
    })
}

/// Reads a record, keeping so much of its block. What is wrong with it is for the caller to judge.
fn read(layout: &Layout, place: &RecordPlace, keep: usize) -> Result<Record, String> {
    let path = layout.find(&place.file);
    let disk = |error: std::io::Error| format!("{} cannot be read: {error}", path.display());
    let mut file = File::open(&path).map_err(disk)?;
    file.seek(SeekFrom::Start(place.offset)).map_err(disk)?;
    let limits = Limits { block: keep, ..Limits::default() };
    let source = BufReader::with_capacity(CHUNK, file);
    let item = Reader::with_limits(source, limits).and_then(|mut reader| reader.next_item()).map_err(disk)?;
    let record = match item {
        None => return Err("the file ends before this record".to_owned()),
        Some(Item::Damage(damage)) => return Err(damage.kind.to_string()),
        Some(Item::Record(record)) => *record,
    };
    if record.id() != place.warc_record_id {
        return Err(format!("another record is here: {}", record.id()));
    }
    Ok(record)
}

/// The record, if it is what it should be.
fn right(record: Record, facts: Option<&RecordFacts>) -> Result<Record, String> {
    if record.length == 0 {
        return Err("the record shares a gzip member with others, so that it cannot be copied".to_owned());
    }
    let Some(facts) = facts else {
        let defect = record.damage.iter().cloned().chain(check_record(&record)).next();
        return defect.map_or(Ok(record), |damage| Err(damage.kind.to_string()));
    };
    let differs = |what: &str, expected: Digest, found: Digest| {
        Err(format!("the {what} is not the one of its manifest: expected {expected}, found {found}"))
    };
    if record.record_sha256 != facts.record_sha256 {
        return differs("record (header and block)", facts.record_sha256, record.record_sha256);
    }
    match (facts.member_sha256, record.member_sha256) {
        (Some(expected), Some(found)) if expected != found => differs("gzip member", expected, found),
        _ => Ok(record),
    }
}

/// Copies a record as it lies in its file, or, if it is not compressed there, into a gzip member of its own. The bytes
/// are hashed once more on their way, so that nothing is copied that is not what was checked.
pub(super) fn copy(layout: &Layout, sound: &Sound, out: &mut impl Write) -> Result<(), CopyError> {
    let path = layout.find(&sound.file);
    let reading = |error| CopyError::Read(io_error("reading", &path)(error));
    let mut file = File::open(&path).map_err(reading)?;
    file.seek(SeekFrom::Start(sound.record.offset)).map_err(reading)?;
    let source = &mut file.take(sound.record.length);
    let (expected, found) = match sound.record.member_sha256 {
        Some(member) => (member, pass(source, &mut *out, reading)?),
        None => {
            let mut member = GzBuilder::new().write(&mut *out, Compression::new(6));
            let found = pass(source, &mut member, reading)?;
            member.finish().map_err(CopyError::Write)?;
            (sound.record.record_sha256, found)
        }
    };
    if expected == found {
        return Ok(());
    }
    let what = "the record was changed while it was copied".to_owned();
    Err(CopyError::Read(ArchiveError::Record { path, offset: sound.record.offset, what }))
}

/// Which end of a copy failed.
pub(super) enum CopyError {
    Read(ArchiveError),
    Write(std::io::Error),
}

impl CopyError {
    /// As an error of an export to a file of this name.
    pub(super) fn on(self, path: &std::path::Path) -> ArchiveError {
        match self {
            Self::Read(error) => error,
            Self::Write(error) => io_error("writing", path)(error),
        }
    }
}

/// Passes everything on, and gives its digest.
fn pass(
    source: &mut impl std::io::Read,
    out: impl Write,
    reading: impl Fn(std::io::Error) -> CopyError,
) -> Result<Digest, CopyError> {
    let mut out = Tally::new(out);
    let mut chunk = vec![0_u8; CHUNK];
    loop {
        let count = match source.read(&mut chunk) {
            Ok(0) => return Ok(out.finish().1),
            Ok(count) => count,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(reading(error)),
        };
        out.write_all(chunk.get(..count).unwrap_or_default()).map_err(CopyError::Write)?;
    }
}
