//! Comparing records with what a manifest says of them, in the file at hand or at a place in another one.

use std::fs::File;
use std::io::{BufReader, Seek as _, SeekFrom};
use std::path::Path;

use vidimus_snapshot::{Digest, ImportFacts, PlaceFacts, RecordFacts};
use vidimus_warc::{Item, Reader, Record};

use super::finding::Difference;
use super::source::Pace;
use crate::error::io_error;
use crate::layout::is_imported;
use crate::{ArchiveError, Layout};

/// What is known of a record once it was read.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    pub offset: u64,
    pub record_sha256: Digest,
    pub member_sha256: Option<Digest>,
}

impl Seen {
    pub fn of(record: &Record) -> Self {
        Self {
            offset: record.offset,
            record_sha256: record.record_sha256,
            member_sha256: record.member_sha256,
        }
    }
}

/// How a record differs from what its manifest says, if it does; nothing was seen where it is missing.
pub(super) fn difference(facts: &RecordFacts, seen: Option<&Seen>) -> Option<Difference> {
    let Some(seen) = seen else {
        return Some(Difference {
            what: "a record that the manifest lists is missing".to_owned(),
            values: None,
        });
    };
    let (kind, expected, found) = if seen.record_sha256 != facts.record_sha256 {
        ("record (header and block)", facts.record_sha256, seen.record_sha256)
    } else {
        let expected = facts.member_sha256?;
        ("gzip member", expected, seen.member_sha256.filter(|found| *found != expected)?)
    };
    Some(Difference {
        what: format!(
            "the {kind} of the {} is not the one of its manifest: expected {expected}, found {found}",
            facts.record_type
        ),
        values: Some((expected, found)),
    })
}

/// The record at an offset; `None` where no record begins.
pub(super) fn record_at(path: &Path, offset: u64, pace: &Pace) -> Result<Option<Record>, ArchiveError> {
    let mut file = File::open(path).map_err(io_error("opening", path))?;
    file.seek(SeekFrom::Start(offset)).map_err(io_error("reading", path))?;
    let mut reader = Reader::new(BufReader::new(file)).map_err(io_error("reading", path))?;
    let item = reader.next_item().map_err(io_error("reading", path))?;
    let record = item.and_then(Item::into_record);
    pace.took(record.as_ref().map_or(0, |record| record.length));
    Ok(record)
}

/// What is wrong with a record of an imported capture, read where its manifest says that it lies.
pub(super) fn imported_difference(
    layout: &Layout,
    import: &ImportFacts,
    facts: &RecordFacts,
    place: Option<&PlaceFacts>,
    pace: &Pace,
) -> Option<Difference> {
    let only = |what: String| Some(Difference { what, values: None });
    let name = &import.records_file;
    let Some(place) = place else {
        return only("the manifest does not say where this record lies".to_owned());
    };
    if !is_imported(name) {
        return only(format!("the manifest names a file that is no imported file: '{name}'"));
    }
    match record_at(&layout.sealed(name), place.offset, pace) {
        Ok(Some(record)) if record.id() == facts.warc_record_id => {
            difference(facts, Some(&Seen::of(&record)))
        }
        Ok(_) => {
            only(format!("the record is not at offset {} of {name}, where its manifest says", place.offset))
        }
        Err(error) => only(format!("the record cannot be read: {error}")),
    }
}
