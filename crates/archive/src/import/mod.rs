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

use std::collections::HashSet;
use std::io::{BufReader, Read, Seek};
use std::path::Path;

use jiff::Timestamp;
use vidimus_warc::{Item, Reader};

pub use container::{Contents, ForeignFormat, Stream, look_into};
pub use exchange::{Answer, Met};
pub(crate) use exchange::{is_digest_of_nothing, is_harmless};
pub use facts::Refused;
pub use keep::{Addressable, KeptFile, KeptFiles, Progress, is_of_kept_file};
pub(crate) use prepare::places_of;
pub use prepare::prepare_import;
pub use report::{ReportedDefect, ReportedImport};
pub use walk::foreign_files;

#[cfg(test)]
pub(crate) use report::tests;

use crate::ArchiveError;
use crate::error::io_error;
use crate::sealed::digest_of;
use container::Bytes;
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
    let part = container::Part::open(&records.path, records.start, records.end)?;
    let exchanges = Exchanges::new(imported_at, &contents.made_by, true);
    read(part, &records.path, exchanges, &mut |met, at| tell(met, at.saturating_sub(records.start)))
}

fn read(
    source: impl Read + Seek,
    path: &Path,
    mut exchanges: Exchanges,
    tell: &mut dyn FnMut(Met, u64) -> bool,
) -> Result<ReadTo, ArchiveError> {
    let reader = Reader::new(BufReader::with_capacity(256 << 10, source));
    let mut reader = reader.map_err(io_error("reading", path))?;
    let (mut met, mut count, mut at) = (Vec::new(), 0, 0);
    loop {
        let item = reader.next_item().map_err(io_error("reading", path))?;
        let is_end = item.is_none();
        if let Some(Item::Record(record)) = &item {
            count += 1;
            at = record.offset;
            if exchanges.wants_addresses() && record.length == 0 {
                return Ok(ReadTo::NotAddressable);
            }
        }
        match item {
            Some(item) => exchanges.take(item, &mut met),
            None => exchanges.end(&mut met),
        }
        for found in met.drain(..) {
            if !tell(found, at) {
                return Ok(ReadTo::Stopped);
            }
        }
        if is_end {
            return Ok(ReadTo::End(count));
        }
    }
}

/// Reads a file as an import would, and writes nothing; `None` when it holds no record. `wanted` is asked of each answer,
/// with the pages that the file lists, whether it would be a page, a part of one, or left alone.
pub fn examine(
    path: &Path,
    at: Timestamp,
    wanted: &mut dyn FnMut(&Answer, Option<&HashSet<String>>) -> Wanted,
    progress: &Progress,
) -> Result<Option<ReportedImport>, ArchiveError> {
    let Some(contents) = look_into(path)? else { return Ok(None) };
    let (bytes, sha256) = digest_of(path)?;
    let kept = KeptFile { file: String::new(), bytes, sha256, was_there: false, mended: false };
    let mut report = ReportedImport::new(name_of(path), &kept);
    for what in &contents.trouble {
        report.leave_out(None, 0, None, Refused::new("container", what.as_str()));
    }
    for stream in &contents.streams {
        let entry = stream.entry.as_deref();
        let mut tell = |met: Met, at: u64| {
            progress(at.min(bytes));
            match met {
                Met::Answer(answer) if answer.is_revisit() => report.count(false, true),
                Met::Answer(answer) => match wanted(&answer, contents.pages.as_ref()) {
                    Wanted::Page => report.count(true, false),
                    Wanted::Part => report.count(false, false),
                    Wanted::Nothing => report.parts_left += 1,
                },
                other => report.note(entry, other),
            }
            true
        };
        let exchanges = Exchanges::new(at, &contents.made_by, false);
        let ended = match stream.bytes {
            Bytes::Range { start, end } => {
                read(container::Part::open(path, start, end)?, path, exchanges, &mut tell)?
            }
            Bytes::Entry(index) => {
                let mut unpacked = tempfile::tempfile().map_err(io_error("unpacking", path))?;
                let cut = container::unpack(path, index, &mut unpacked)?;
                unpacked.rewind().map_err(io_error("reading", path))?;
                let ended = read(unpacked, path, exchanges, &mut tell)?;
                cut.into_iter()
                    .for_each(|what| report.leave_out(entry, 0, None, Refused::new("damaged", what)));
                ended
            }
        };
        if let ReadTo::End(count) = ended {
            report.records += count;
        }
    }
    Ok(Some(report))
}

/// What an answer would become.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// A capture of a page.
    Page,
    /// A capture of a part of one.
    Part,
    /// Nothing: it is left in the file alone.
    Nothing,
}

/// The last part of the name under which a file was handed over.
pub fn name_of(path: &Path) -> String {
    path.file_name().map(|name| facts::said(&name.to_string_lossy())).unwrap_or_default()
}
