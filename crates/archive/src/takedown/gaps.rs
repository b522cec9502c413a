//! Where the records of a capture lie, and what has to be true before they are removed from there.

use std::collections::{BTreeMap, HashSet};
use std::fs::File;
use std::io::{BufReader, Read as _, Seek as _, SeekFrom};
use std::path::Path;

use vidimus_catalog::{PlacedRecord, RecordPlace};
use vidimus_snapshot::SnapshotId;
use vidimus_warc::{Item, Reader, Storage};

use crate::error::io_error;
use crate::{ArchiveError, Layout};

/// The first bytes of a gzip member (RFC 1952) and of a record that is not compressed.
const GZIP: &[u8] = &[0x1f, 0x8b];
const PLAIN: &[u8] = b"WARC/";

/// A part of a file that goes: records that lie one behind the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Gap {
    pub start: u64,
    pub length: u64,
    /// How many records it holds.
    pub records: u64,
}

impl Gap {
    fn end(&self) -> u64 {
        self.start.saturating_add(self.length)
    }
}

/// The gaps that the removal of these records leaves, by file, in the order of each file.
pub(super) fn gaps_of(places: &[RecordPlace]) -> BTreeMap<String, Vec<Gap>> {
    let mut sorted: Vec<&RecordPlace> = places.iter().collect();
    sorted.sort_by(|a, b| (&a.file, a.offset).cmp(&(&b.file, b.offset)));
    sorted.dedup_by(|a, b| (&a.file, a.offset) == (&b.file, b.offset));
    let mut gaps: BTreeMap<String, Vec<Gap>> = BTreeMap::new();
    for place in sorted {
        let of_file = gaps.entry(place.file.clone()).or_default();
        match of_file.last_mut().filter(|gap| gap.end() == place.offset) {
            Some(gap) => {
                gap.length += place.length;
                gap.records += 1;
            }
            None => of_file.push(Gap { start: place.offset, length: place.length, records: 1 }),
        }
    }
    gaps
}

/// Whether a record of another capture than these lies in one of the gaps; gives that capture.
pub(super) fn shared_with(
    gaps: &[Gap],
    placed: &[PlacedRecord],
    going: &HashSet<SnapshotId>,
) -> Option<SnapshotId> {
    let others = placed.iter().filter_map(|record| Some((record.snapshot?, &record.place)));
    let overlaps = |place: &RecordPlace| {
        let end = place.offset.saturating_add(place.length);
        gaps.iter().any(|gap| place.offset < gap.end() && gap.start < end)
    };
    others.filter(|(id, place)| !going.contains(id) && overlaps(place)).map(|(id, _)| id).next()
}

/// Every record is where the catalog says, and as long: what is overwritten is that, and nothing beside it.
pub(super) fn check_places(layout: &Layout, places: &[RecordPlace]) -> Result<(), ArchiveError> {
    for place in places {
        let path = layout.find(&place.file);
        let mut file = File::open(&path).map_err(io_error("opening", &path))?;
        file.seek(SeekFrom::Start(place.offset)).map_err(io_error("reading", &path))?;
        let mut reader = Reader::new(BufReader::new(file)).map_err(io_error("reading", &path))?;
        let item = reader.next_item().map_err(io_error("reading", &path))?;
        let is_it = item.and_then(Item::into_record).is_some_and(|record| {
            record.id() == place.warc_record_id
                && (record.offset, record.length) == (place.offset, place.length)
        });
        if !is_it {
            let what = format!("the record {} is not here as the catalog says", place.warc_record_id);
            return Err(ArchiveError::Record { path, offset: place.offset, what });
        }
    }
    Ok(())
}

/// How the records of a gap are stored; `None` where they are in a form in which nothing can take their place.
pub(super) fn storage_of(path: &Path, gap: &Gap) -> Result<Option<Storage>, ArchiveError> {
    let mut file = File::open(path).map_err(io_error("opening", path))?;
    file.seek(SeekFrom::Start(gap.start)).map_err(io_error("reading", path))?;
    let mut start = Vec::new();
    file.take(PLAIN.len() as u64).read_to_end(&mut start).map_err(io_error("reading", path))?;
    Ok(match start {
        start if start.starts_with(GZIP) => Some(Storage::Gzip),
        start if start == PLAIN => Some(Storage::Plain),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(file: &str, offset: u64, length: u64) -> RecordPlace {
        RecordPlace {
            warc_record_id: format!("<urn:uuid:{file}-{offset}>"),
            record_type: "response".to_owned(),
            target_uri: String::new(),
            file: file.to_owned(),
            offset,
            length,
        }
    }

    #[test]
    fn records_that_touch_leave_one_gap() {
        let places = [place("b", 50, 5), place("a", 10, 5), place("a", 30, 5), place("a", 15, 10)];
        let gaps = gaps_of(&places);
        assert_eq!(gaps["a"], [gap(10, 15, 2), gap(30, 5, 1)]);
        assert_eq!(gaps["b"], [gap(50, 5, 1)]);
    }

    #[test]
    fn a_record_of_another_capture_is_seen_in_the_way() {
        let ids = [b"1", b"2"].map(|bytes| SnapshotId::of_manifest(bytes));
        let placed = |id, offset| PlacedRecord { place: place("a", offset, 5), snapshot: Some(id) };
        let gaps = [gap(10, 10, 2)];
        let going = HashSet::from([ids[0]]);
        assert_eq!(shared_with(&gaps, &[placed(ids[0], 10), placed(ids[1], 20)], &going), None);
        assert_eq!(shared_with(&gaps, &[placed(ids[1], 19)], &going), Some(ids[1]));
    }

    fn gap(start: u64, length: u64, records: u64) -> Gap {
        Gap { start, length, records }
    }
}
