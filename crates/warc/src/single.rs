//! Reading one record from where a source stands: its head, its block, its end.

use std::io::BufRead;

use crate::arc;
use crate::digester::{Digester, Digests};
use crate::head::{Head, read_head};
use crate::peek::{PeekRead, Source};
use crate::reader::{Limits, damage};
use crate::resync::{VERSION_LINE, is_version_line, next_is_arc, next_is_record, pass_to_record};
use crate::{DamageKind, DigestCheck, Record, RecordType};

/// What a record ends in, behind its block.
const END: &[u8] = b"\r\n\r\n";

/// Where a record is to be read, and how.
pub(crate) struct Spot {
    /// Where its member or its first byte begins in the file.
    pub(crate) start: u64,
    /// Where the file ends, in positions of the source, if that is known.
    pub(crate) file_end: Option<u64>,
    pub(crate) limits: Limits,
    /// Whether it may be a record of ARC.
    pub(crate) arc: bool,
}

/// A record, and where the next one begins if that is not behind it.
pub(crate) struct Found {
    pub(crate) record: Record,
    /// At which position of the source the block begins.
    pub(crate) block_at: u64,
    /// From where on in the block another record may begin, if its length cannot be right.
    pub(crate) next: Option<usize>,
}

/// Reads a record; an error says why there is none.
pub(crate) fn read_record(source: &mut impl Source, spot: &Spot) -> Result<Found, DamageKind> {
    let Head { raw, headers, length, damage: mut kinds, synthesized } = head(source, spot)?;
    let record_type = RecordType::parse(headers.get("WARC-Type").unwrap_or(""));
    let block_at = source.position();
    let mut block = Block::new(spot.limits.block, Digester::new(&record_type, &headers, &raw));
    let end = match length.filter(|length| fits(block_at, *length, spot.file_end)) {
        Some(length) => read_known(source, length, synthesized, &mut block, &mut kinds),
        None => {
            // A length that nothing can have, or none: the block is what comes before the next record.
            pass_to_record(source, spot.arc, |piece| block.take(piece));
            let found = block.length;
            kinds.extend(length.map(|expected| DamageKind::ShortBlock { expected, found }));
            Vec::new()
        }
    };
    let digests = block.digester.finish(&end);
    let is_kept = block.length == block.kept.len() as u64;
    let is_doubtful = is_kept && is_doubtful(&kinds, &digests) && !next_is_record(source, spot.arc);
    let next = is_doubtful.then(|| record_inside(&block.kept));
    let mut record = Record {
        offset: spot.start,
        length: 0,
        record_type,
        head: raw,
        headers,
        synthesized,
        block_cut: block.length > block.kept.len() as u64,
        block: block.kept,
        end,
        record_sha256: digests.record_sha256,
        block_sha256: digests.block_sha256,
        block_digest: digests.block,
        payload_digest: digests.payload,
        member_sha256: None,
        damage: Vec::new(),
    };
    record.damage = kinds.into_iter().map(|kind| damage(spot.start, Some(&record), kind)).collect();
    Ok(Found { record, block_at, next })
}

fn head(source: &mut impl Source, spot: &Spot) -> Result<Head, DamageKind> {
    if spot.arc && next_is_arc(source) {
        let position = source.position();
        return arc::read_head(source, [spot.start, position]);
    }
    read_head(source, spot.limits.head)
}

/// Whether the length may be wrong, so that other records may stand in the block: the end is not where it should be, or
/// is there by chance, and the bytes are not those that were written.
fn is_doubtful(kinds: &[DamageKind], digests: &Digests) -> bool {
    let ends_wrong = |kind: &DamageKind| matches!(kind, DamageKind::End | DamageKind::ShortBlock { .. });
    kinds.iter().any(ends_wrong) || matches!(digests.block, DigestCheck::Wrong(_))
}

fn fits(at: u64, length: u64, file_end: Option<u64>) -> bool {
    file_end.is_none_or(|end| at.checked_add(length).is_some_and(|behind| behind <= end))
}

/// Reads a block of this length and what ends the record; gives the end.
fn read_known(
    source: &mut impl PeekRead,
    length: u64,
    is_arc: bool,
    block: &mut Block,
    kinds: &mut Vec<DamageKind>,
) -> Vec<u8> {
    if let Some(error) = block.read(source, length) {
        kinds.push(DamageKind::TornMember(error));
        return Vec::new();
    }
    if block.length < length {
        kinds.push(DamageKind::ShortBlock { expected: length, found: block.length });
        return Vec::new();
    }
    let wanted = if is_arc { 1 } else { 2 };
    let (end, lines) = read_end(source, wanted);
    if lines < wanted {
        kinds.push(DamageKind::End);
    }
    if is_arc {
        return END.to_vec();
    }
    if lines == wanted && end != END && !kinds.contains(&DamageKind::LineEnds) {
        kinds.push(DamageKind::LineEnds);
    }
    end
}

/// Reads the empty lines that end a record, as far as they are there; says how many there were. Bytes that are something
/// else are left where they are.
fn read_end(source: &mut impl PeekRead, wanted: usize) -> (Vec<u8>, usize) {
    let (mut end, mut lines) = (Vec::new(), 0);
    while lines < wanted {
        let line = match source.peek(2) {
            Ok([b'\r', b'\n', ..]) => &b"\r\n"[..],
            Ok([b'\n', ..]) => b"\n",
            _ => break,
        };
        source.consume(line.len());
        end.extend_from_slice(line);
        lines += 1;
    }
    (end, lines)
}

/// Where another record may begin in a block whose length is doubtful: at a version line, or in the last bytes, which may
/// be the beginning of one.
fn record_inside(block: &[u8]) -> usize {
    let begins = |at: &usize| block.get(*at..).is_some_and(is_version_line);
    let found = memchr::memmem::find_iter(block, b"WARC/").find(begins);
    found.unwrap_or(block.len().saturating_sub(VERSION_LINE))
}

/// A block as it passes: what fits the limit is kept, all of it is hashed.
struct Block {
    kept: Vec<u8>,
    limit: usize,
    length: u64,
    digester: Digester,
}

impl Block {
    fn new(limit: usize, digester: Digester) -> Self {
        Self { kept: Vec::new(), limit, length: 0, digester }
    }

    /// Reads `length` bytes, or as many as there are; gives the error that broke it off, if one did.
    fn read(&mut self, source: &mut impl BufRead, length: u64) -> Option<String> {
        let mut left = length;
        while left > 0 {
            let shown = match source.fill_buf() {
                Ok(shown) => shown,
                Err(error) => return Some(error.to_string()),
            };
            let count = usize::try_from(left).unwrap_or(usize::MAX).min(shown.len());
            // The end of the source: the caller sees that the block is short.
            let piece = shown.get(..count).filter(|piece| !piece.is_empty())?;
            self.take(piece);
            left -= count as u64;
            source.consume(count);
        }
        None
    }

    fn take(&mut self, piece: &[u8]) {
        self.digester.update(piece);
        let room = self.limit.saturating_sub(self.kept.len()).min(piece.len());
        self.kept.extend_from_slice(piece.get(..room).unwrap_or_default());
        self.length += piece.len() as u64;
    }
}
