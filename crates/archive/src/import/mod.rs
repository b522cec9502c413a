//! Taking in what other people captured: WARC, ARC and WACZ files.
//!
//! What it promises:
//!
//! - The file is kept untouched, under a name of our own, hashed and read-only. Nothing in it chooses a path, and none of
//!   its numbers is believed: sizes, lengths and offsets are bounded by what is there.
//! - Each capture that is taken in is whole, and its own digests are right. Its manifest says where it lies, who captured
//!   it as the file says, and that this archive was not there.
//! - Whatever is damaged is told with its offset, left in the file, and stands in nobody's way.
//! - The same file, and the same record in another file, is taken in once; what was interrupted goes on.

mod container;
mod exchange;
mod facts;
mod keep;
mod prepare;
mod report;
mod walk;

use std::collections::BTreeMap;
use std::io::BufReader;

use jiff::Timestamp;
use vidimus_warc::Reader;

pub use container::{Contents, ForeignFormat, Stream, look_into};
pub use exchange::{Answer, Met};
pub use facts::Refused;
pub use keep::{Addressable, KeptFile, KeptFiles, Progress};
pub use prepare::prepare_import;
pub(crate) use exchange::is_harmless;
pub(crate) use prepare::places_of;
pub use report::{ReportedDefect, ReportedImport};
pub use walk::foreign_files;

use crate::ArchiveError;
use crate::error::io_error;
use exchange::Exchanges;

/// How reading a stream ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadTo {
    /// At its end, after so many records.
    End(u64),
    /// At a record that cannot be read by its offset: the records have to be written anew.
    NotAddressable,
    /// Where whoever was told wanted no more.
    Stopped,
}

/// Reads the captures of a stream in order. `tell` is given what is met, with how many bytes of the file are read, and
/// says whether to go on.
pub fn read_captures(
    records: &Addressable,
    contents: &Contents,
    imported_at: Timestamp,
    tell: &mut dyn FnMut(Met, u64) -> bool,
) -> Result<ReadTo, ArchiveError> {
    let path = &records.path;
    let part = container::Part::open(path, records.start, records.end)?;
    let reader = Reader::new(BufReader::with_capacity(256 << 10, part));
    let mut reader = reader.map_err(io_error("reading", path))?;
    let made_by: &BTreeMap<String, String> = &contents.made_by;
    let mut exchanges = Exchanges::new(imported_at, made_by);
    let (mut met, mut count, mut at) = (Vec::new(), 0, records.start);
    loop {
        let item = reader.next_item().map_err(io_error("reading", path))?;
        let is_end = item.is_none();
        if let Some(item) = item {
            if let vidimus_warc::Item::Record(record) = &item {
                count += 1;
                at = record.offset;
                if record.length == 0 {
                    return Ok(ReadTo::NotAddressable);
                }
            }
            exchanges.take(item, &mut met);
        } else {
            exchanges.end(&mut met);
        }
        for found in met.drain(..) {
            if !tell(found, at.saturating_sub(records.start)) {
                return Ok(ReadTo::Stopped);
            }
        }
        if is_end {
            return Ok(ReadTo::End(count));
        }
    }
}
