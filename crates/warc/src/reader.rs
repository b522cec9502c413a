//! Reading WARC files that anybody may have written, torn or forged.
//!
//! Per-record gzip, whole-file gzip and uncompressed files are told apart by their bytes. A defect never ends the
//! reading: it is reported as [`Damage`] and the reader goes on at the next record it can find. Memory is bounded by
//! [`Limits`], whatever lengths a file claims.

use std::io::{self, BufRead, BufReader, Read, Seek};

use flate2::bufread::GzDecoder;
use vidimus_snapshot::Hasher;

use crate::peek::{Peek, PeekRead};
use crate::resync::{find_member, next_is_record, skip_to_record};
use crate::tape::Tape;
use crate::{Damage, DamageKind, Headers, Record, RecordType};

/// Bounds on what one record may take in memory.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// The longest head, in bytes.
    pub head: usize,
    /// How much of a block is kept; the rest is hashed and passed over.
    pub block: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { head: 64 << 10, block: 256 << 20 }
    }
}

/// What the reader meets next.
#[derive(Debug)]
pub enum Item {
    /// A record, with its own damage if it has any.
    Record(Box<Record>),
    /// Bytes from which no record could be made.
    Damage(Damage),
}

impl Item {
    /// The record, if it is one.
    pub fn into_record(self) -> Option<Record> {
        match self {
            Self::Record(record) => Some(*record),
            Self::Damage(_) => None,
        }
    }
}

type Decoder<R> = Peek<BufReader<GzDecoder<Tape<R>>>>;

enum State<R> {
    /// Before a gzip member or an uncompressed record.
    Between(Tape<R>),
    /// Inside a member that holds more than one record.
    Inside { decoder: Box<Decoder<R>>, start: u64 },
    /// The file has ended, or could not be read on.
    Ended,
}

/// Reads the records of one file in order.
pub struct Reader<R> {
    state: State<R>,
    limits: Limits,
}

/// What a record ends in, behind its block.
const END: &[u8] = b"\r\n\r\n";
const CHUNK: usize = 64 << 10;

impl<R: BufRead + Seek> Reader<R> {
    /// A reader from where `source` stands, with the usual limits.
    pub fn new(source: R) -> io::Result<Self> {
        Self::with_limits(source, Limits::default())
    }

    /// A reader with limits of one's own.
    pub fn with_limits(source: R, limits: Limits) -> io::Result<Self> {
        Ok(Self { state: State::Between(Tape::new(source)?), limits })
    }

    /// The next record or defect; `None` at the end of the file. An error is one of the disk's, not of the format.
    pub fn next_item(&mut self) -> io::Result<Option<Item>> {
        match std::mem::replace(&mut self.state, State::Ended) {
            State::Ended => Ok(None),
            State::Inside { decoder, start } => self.next_in_member(decoder, start),
            State::Between(mut tape) => {
                let first = tape.fill_buf()?.first().copied();
                match first {
                    None => Ok(None),
                    Some(0x1f) => self.open_member(tape),
                    Some(_) => self.plain_record(tape),
                }
            }
        }
    }

    fn open_member(&mut self, mut tape: Tape<R>) -> io::Result<Option<Item>> {
        let start = tape.offset();
        tape.take_digest();
        let mut decoder = Box::new(Peek::new(BufReader::with_capacity(CHUNK, GzDecoder::new(tape))));
        let mut record = match read_record(&mut decoder, start, self.limits) {
            Ok(record) => record,
            Err(why) => return self.resync(into_tape(*decoder), start, why),
        };
        match at_end(&mut decoder) {
            Ok(true) => {
                let mut tape = into_tape(*decoder);
                record.length = tape.offset() - start;
                record.member_sha256 = Some(tape.take_digest());
                self.state = State::Between(tape);
            }
            Ok(false) => {
                record.damage.push(damage(start, Some(&record), after_record(&mut *decoder)));
                self.state = State::Inside { decoder, start };
            }
            Err(error) => {
                let kind = DamageKind::TornMember(error.to_string());
                record.damage.push(damage(start, Some(&record), kind));
                let mut tape = into_tape(*decoder);
                find_member(&mut tape, start + 1)?;
                self.state = State::Between(tape);
            }
        }
        Ok(Some(Item::Record(Box::new(record))))
    }

    fn next_in_member(&mut self, mut decoder: Box<Decoder<R>>, start: u64) -> io::Result<Option<Item>> {
        match at_end(&mut decoder) {
            Ok(true) => {
                self.state = State::Between(into_tape(*decoder));
                self.next_item()
            }
            Ok(false) if next_is_record(&mut *decoder) => {
                match read_record(&mut decoder, start, self.limits) {
                    Ok(mut record) => {
                        record.damage.push(damage(start, Some(&record), DamageKind::SharedMember));
                        self.state = State::Inside { decoder, start };
                        Ok(Some(Item::Record(Box::new(record))))
                    }
                    Err(why) => self.resync(into_tape(*decoder), start, why),
                }
            }
            Ok(false) => {
                let skipped = skip_to_record(&mut *decoder);
                self.state = State::Inside { decoder, start };
                Ok(Some(Item::Damage(damage(start, None, DamageKind::Garbage(skipped)))))
            }
            Err(error) => {
                let tape = into_tape(*decoder);
                self.resync(tape, start, DamageKind::TornMember(error.to_string()))
            }
        }
    }

    fn plain_record(&mut self, mut tape: Tape<R>) -> io::Result<Option<Item>> {
        let start = tape.offset();
        if !next_is_record(&mut tape) {
            let skipped = skip_to_record(&mut tape);
            let item = Item::Damage(damage(start, None, DamageKind::Garbage(skipped)));
            self.state = State::Between(tape);
            return Ok(Some(item));
        }
        let item = match read_record(&mut tape, start, self.limits) {
            Ok(mut record) => {
                record.length = tape.offset() - start;
                Item::Record(Box::new(record))
            }
            Err(kind) => {
                skip_to_record(&mut tape);
                Item::Damage(damage(start, None, kind))
            }
        };
        self.state = State::Between(tape);
        Ok(Some(item))
    }

    /// Reports what began at `start`, and stands the tape at the next member that decodes.
    fn resync(&mut self, mut tape: Tape<R>, start: u64, kind: DamageKind) -> io::Result<Option<Item>> {
        find_member(&mut tape, start + 1)?;
        self.state = State::Between(tape);
        Ok(Some(Item::Damage(damage(start, None, kind))))
    }
}

fn into_tape<R>(decoder: Decoder<R>) -> Tape<R> {
    decoder.into_inner().into_inner().into_inner()
}

fn damage(offset: u64, record: Option<&Record>, kind: DamageKind) -> Damage {
    let record_id = record.map(|r| r.id().to_owned()).filter(|id| !id.is_empty());
    Damage { offset, record_id, kind }
}

fn at_end(source: &mut impl BufRead) -> io::Result<bool> {
    Ok(source.fill_buf()?.is_empty())
}

/// What follows a record inside its member: another record, or bytes that its `Content-Length` should have covered.
fn after_record(source: &mut impl PeekRead) -> DamageKind {
    if next_is_record(source) { DamageKind::SharedMember } else { DamageKind::End }
}

/// A head as read: its fields, its raw bytes' hash so far, and what is wrong with it.
struct Head {
    raw: Vec<u8>,
    headers: Headers,
    hasher: Hasher,
    damage: Vec<DamageKind>,
}

fn read_record(source: &mut impl BufRead, start: u64, limits: Limits) -> Result<Record, DamageKind> {
    let mut head = read_head(source, limits.head)?;
    let length = content_length(&mut head);
    let mut block = Block::new(limits.block);
    let mut end = Vec::new();
    let torn = block.read(source, length, &mut head.hasher);
    if let Some(error) = torn {
        head.damage.push(DamageKind::TornMember(error));
    } else if let Some(expected) = length.filter(|expected| block.length < *expected) {
        head.damage.push(DamageKind::ShortBlock { expected, found: block.length });
    } else {
        end = read_end(source);
        head.hasher.update(&end);
        if end != END {
            head.damage.push(DamageKind::End);
        }
    }
    let record_type = RecordType::parse(head.headers.get("WARC-Type").unwrap_or(""));
    let mut record = Record {
        offset: start,
        length: 0,
        record_type,
        head: head.raw,
        headers: head.headers,
        block_cut: block.length > block.kept.len() as u64,
        block: block.kept,
        end,
        record_sha256: head.hasher.finish(),
        block_sha256: block.hasher.finish(),
        member_sha256: None,
        damage: Vec::new(),
    };
    record.damage = head.damage.into_iter().map(|kind| damage(start, Some(&record), kind)).collect();
    Ok(record)
}

fn read_head(source: &mut impl BufRead, limit: usize) -> Result<Head, DamageKind> {
    let mut head =
        Head { raw: Vec::new(), headers: Headers::new(), hasher: Hasher::new(), damage: Vec::new() };
    let mut left = limit;
    let mut first = true;
    let mut bare_lf = false;
    loop {
        let line = read_line(source, left).map_err(|e| DamageKind::TornMember(e.to_string()))?;
        if !line.ends_with(b"\n") {
            return Err(if first { DamageKind::NoVersion } else { DamageKind::Head(limit) });
        }
        left -= line.len().min(left);
        head.hasher.update(&line);
        head.raw.extend_from_slice(&line);
        bare_lf |= !line.ends_with(b"\r\n");
        let text = String::from_utf8_lossy(&line);
        let text = text.trim_end_matches(['\r', '\n']);
        if first {
            if !text.starts_with("WARC/") {
                return Err(DamageKind::NoVersion);
            }
            first = false;
        } else if text.is_empty() {
            break;
        } else {
            read_field(text, &mut head);
        }
    }
    if bare_lf {
        head.damage.push(DamageKind::LineEnds);
    }
    Ok(head)
}

fn read_line(source: &mut impl BufRead, limit: usize) -> io::Result<Vec<u8>> {
    let mut line = Vec::new();
    source.take(limit as u64).read_until(b'\n', &mut line)?;
    Ok(line)
}

fn read_field(line: &str, head: &mut Head) {
    if line.starts_with([' ', '\t']) && head.headers.fold(line.trim()) {
        return;
    }
    match line.split_once(':') {
        Some((name, value)) => head.headers.push(name.trim_end(), value.trim()),
        None => head.damage.push(DamageKind::HeaderLine(line.chars().take(80).collect())),
    }
}

fn content_length(head: &mut Head) -> Option<u64> {
    let Some(text) = head.headers.get("Content-Length") else {
        head.damage.push(DamageKind::Missing("Content-Length"));
        return None;
    };
    let length = text.parse().ok();
    if length.is_none() {
        let value = text.chars().take(80).collect();
        head.damage.push(DamageKind::Value { field: "Content-Length", value });
    }
    length
}

/// A block that is read in chunks: what fits the limit is kept, all of it is hashed.
struct Block {
    kept: Vec<u8>,
    limit: usize,
    length: u64,
    hasher: Hasher,
}

impl Block {
    fn new(limit: usize) -> Self {
        Self { kept: Vec::new(), limit, length: 0, hasher: Hasher::new() }
    }

    /// Reads `length` bytes, or none when the length is unknown; gives the error that broke it off, if one did.
    fn read(
        &mut self,
        source: &mut impl BufRead,
        length: Option<u64>,
        record: &mut Hasher,
    ) -> Option<String> {
        let mut left = length.unwrap_or(0);
        while left > 0 {
            let chunk = match source.fill_buf() {
                Ok(chunk) => chunk,
                Err(error) => return Some(error.to_string()),
            };
            let n = usize::try_from(left).unwrap_or(usize::MAX).min(chunk.len());
            // The end of the source: the caller sees that the block is short.
            let piece = chunk.get(..n).filter(|p| !p.is_empty())?;
            self.hasher.update(piece);
            record.update(piece);
            let room = self.limit.saturating_sub(self.kept.len()).min(n);
            self.kept.extend_from_slice(piece.get(..room).unwrap_or_default());
            self.length += n as u64;
            left -= n as u64;
            source.consume(n);
        }
        None
    }
}

/// Reads the CR LF CR LF that ends a record, as far as it is there; bytes that are something else are left.
fn read_end(source: &mut impl BufRead) -> Vec<u8> {
    let mut end = Vec::new();
    for expected in END {
        let fits = source.fill_buf().is_ok_and(|buffer| buffer.first() == Some(expected));
        if !fits {
            break;
        }
        source.consume(1);
        end.push(*expected);
    }
    end
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use proptest::prelude::*;

    use super::*;
    use crate::{NewRecord, check_record, encode};

    const DATE: &str = "2024-06-27T00:00:00Z";

    fn member(id: &str, block: &[u8]) -> Vec<u8> {
        let headers =
            Headers::new().with("WARC-Target-URI", "http://a.example/").with("Content-Type", "text/plain");
        encode(&NewRecord::new(RecordType::Resource, id, DATE, headers, block)).unwrap().member
    }

    fn plain(text: &str) -> Vec<u8> {
        text.replace('\n', "\r\n").into_bytes()
    }

    fn read_all(bytes: &[u8]) -> Vec<Item> {
        let mut reader = Reader::new(Cursor::new(bytes)).unwrap();
        let mut items = Vec::new();
        while let Some(item) = reader.next_item().unwrap() {
            items.push(item);
        }
        items
    }

    fn summary(bytes: &[u8]) -> (Vec<Vec<u8>>, Vec<DamageKind>) {
        let (mut blocks, mut kinds) = (Vec::new(), Vec::new());
        for item in read_all(bytes) {
            match item {
                Item::Record(record) => {
                    kinds.extend(record.damage.iter().map(|d| d.kind.clone()));
                    blocks.push(record.block);
                }
                Item::Damage(damage) => kinds.push(damage.kind),
            }
        }
        (blocks, kinds)
    }

    #[test]
    fn what_was_written_is_read_back_with_its_digests() {
        let bytes = [member("<urn:uuid:1>", b"one"), member("<urn:uuid:2>", b"two")].concat();
        let items = read_all(&bytes);
        let second = items.into_iter().nth(1).and_then(Item::into_record).unwrap();
        let length = usize::try_from(second.length).unwrap();
        let offset = usize::try_from(second.offset).unwrap();
        assert_eq!(offset + length, bytes.len());
        assert_eq!(second.member_sha256, Some(vidimus_snapshot::Digest::of(&bytes[offset..])));
        assert_eq!(second.block, b"two");
        assert!(second.damage.is_empty() && check_record(&second).is_empty());
    }

    #[test]
    fn a_torn_tail_costs_only_the_last_record() {
        let first = member("<urn:uuid:1>", b"one");
        let second = member("<urn:uuid:2>", &[7; 5000]);
        for cut in 1..second.len() {
            let bytes = [first.as_slice(), &second[..cut]].concat();
            let (blocks, kinds) = summary(&bytes);
            assert_eq!(blocks[0], b"one");
            assert!(!kinds.is_empty(), "cut at {cut} went unnoticed");
        }
    }

    #[test]
    fn reading_goes_on_behind_garbage() {
        let bytes =
            [member("<urn:uuid:1>", b"one"), b"\x1f\x8bgarbage".to_vec(), member("<urn:uuid:2>", b"two")]
                .concat();
        let (blocks, kinds) = summary(&bytes);
        assert_eq!(blocks, [b"one".to_vec(), b"two".to_vec()]);
        assert_eq!(kinds.len(), 1);
    }

    #[test]
    fn uncompressed_and_damaged_heads() {
        let good = "WARC/1.0\nWARC-Type: resource\nContent-Length: 2\n\nhi\n\n";
        let (blocks, kinds) = summary(&plain(&good.repeat(2)));
        assert_eq!((blocks.len(), kinds.len()), (2, 0));

        let lf = good.as_bytes();
        assert!(summary(lf).1.contains(&DamageKind::LineEnds));

        let huge = plain(&good.replace("Length: 2", "Length: 18446744073709551615"));
        assert_eq!(summary(&huge).1, [DamageKind::ShortBlock { expected: u64::MAX, found: 6 }]);

        let short = plain(&format!("{}{good}", good.replace("Length: 2", "Length: 1")));
        let (blocks, kinds) = summary(&short);
        assert_eq!(blocks, [b"h".to_vec(), b"hi".to_vec()]);
        assert!(kinds.contains(&DamageKind::End));

        let none = plain(&good.replace("Content-Length", "X-Length"));
        assert!(summary(&none).1.contains(&DamageKind::Missing("Content-Length")));

        let folded = plain("WARC/1.0\nWARC-Type:\n resource\nContent-Length: 0\n\n\n\n");
        let record = read_all(&folded).remove(0).into_record().unwrap();
        assert_eq!(record.record_type, RecordType::Resource);
    }

    #[test]
    fn a_file_compressed_as_a_whole_is_read_and_said_to_be_one() {
        use std::io::Write;
        let text = plain(&"WARC/1.0\nWARC-Type: resource\nContent-Length: 2\n\nhi\n\n".repeat(3));
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(&text).unwrap();
        let (blocks, kinds) = summary(&gzip.finish().unwrap());
        assert_eq!(blocks.len(), 3);
        assert_eq!(kinds, vec![DamageKind::SharedMember; 3]);
    }

    /// How many records a file has, and its damage, if it is read through a buffer of `capacity` bytes.
    fn summary_through(capacity: usize, bytes: &[u8]) -> (usize, Vec<DamageKind>) {
        let source = BufReader::with_capacity(capacity, Cursor::new(bytes));
        let mut reader = Reader::new(source).unwrap();
        let (mut records, mut kinds) = (0, Vec::new());
        while let Some(item) = reader.next_item().unwrap() {
            match item {
                Item::Record(record) => {
                    records += 1;
                    kinds.extend(record.damage.into_iter().map(|d| d.kind));
                }
                Item::Damage(damage) => kinds.push(damage.kind),
            }
        }
        (records, kinds)
    }

    #[test]
    fn where_a_buffer_ends_makes_no_difference() {
        let record = "WARC/1.0\nWARC-Type: resource\nContent-Length: 2\n\nhi\n\n";
        for capacity in 1..12 {
            assert_eq!(summary_through(capacity, &plain(&record.repeat(20))), (20, vec![]));
            let torn = plain(&format!("{record}no record WARC/1.0 here\n{record}"));
            assert_eq!(summary_through(capacity, &torn), (2, vec![DamageKind::Garbage(25)]));
        }
    }

    #[test]
    fn offsets_and_digests_are_exact_through_any_buffer() {
        let (first, second) = (member("<urn:uuid:1>", b"one"), member("<urn:uuid:2>", b"two"));
        let bytes = [first.as_slice(), b"\x1f\x8b\x08garbage", &second].concat();
        for capacity in 1..12 {
            let source = BufReader::with_capacity(capacity, Cursor::new(&bytes));
            let mut reader = Reader::new(source).unwrap();
            let mut last = None;
            while let Some(item) = reader.next_item().unwrap() {
                last = item.into_record();
            }
            let last = last.unwrap();
            assert_eq!(last.offset + last.length, bytes.len() as u64);
            assert_eq!(last.length, second.len() as u64);
            assert_eq!(last.member_sha256, Some(vidimus_snapshot::Digest::of(&second)));
        }
    }

    #[test]
    fn where_a_decoders_buffer_ends_makes_no_difference() {
        use std::io::Write;
        // Records of several lengths, so that some begin at every distance from the end of a buffer.
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        for number in 0..20_000 {
            let block = "x".repeat(number % 7 + 1);
            let record =
                format!("WARC/1.0\nWARC-Type: resource\nContent-Length: {}\n\n{block}\n\n", block.len());
            gzip.write_all(&plain(&record)).unwrap();
        }
        let bytes = gzip.finish().unwrap();
        for capacity in [7, 8192] {
            let (records, kinds) = summary_through(capacity, &bytes);
            assert_eq!(records, 20_000);
            assert!(kinds.iter().all(|kind| *kind == DamageKind::SharedMember));
        }
    }

    #[test]
    fn a_hostile_file_is_searched_once() {
        let last = member("<urn:uuid:1>", b"one");
        // A member's first byte, a magic that is none, and the header of a member that breaks off or never names an end.
        let patterns: [(&[u8], usize); 4] = [
            (b"\x1f", 4 << 20),
            (b"\x1f\x8b\x08\xff", 4 << 20),
            (b"\x1f\x8b\x08\0", 1 << 20),
            (b"\x1f\x8b\x08\x08", 1 << 20),
        ];
        for (pattern, size) in patterns {
            let bytes = [pattern.repeat(size / pattern.len()), last.clone()].concat();
            assert_eq!(summary_through(8192, &bytes).0, 1);
        }
    }

    #[test]
    fn a_long_block_is_hashed_whole_and_kept_in_part() {
        let bytes = member("<urn:uuid:1>", &[9; 200_000]);
        let limits = Limits { block: 1000, ..Limits::default() };
        let mut reader = Reader::with_limits(Cursor::new(bytes), limits).unwrap();
        let record = reader.next_item().unwrap().unwrap().into_record().unwrap();
        assert!(record.block_cut);
        assert_eq!(record.block.len(), 1000);
        assert_eq!(record.block_sha256, vidimus_snapshot::Digest::of(&[9; 200_000]));
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic_or_loop(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            read_all(&bytes);
        }

        #[test]
        fn no_change_of_one_byte_goes_unnoticed(at in 0_usize..1000, with in 1_u8..=255) {
            let mut bytes = [member("<urn:uuid:1>", b"one"), member("<urn:uuid:2>", b"two")].concat();
            let at = at % bytes.len();
            bytes[at] ^= with;
            let intact = read_all(&bytes).into_iter().filter_map(Item::into_record).filter(|record| {
                record.damage.is_empty() && check_record(record).is_empty()
            });
            // The header of a gzip member (flags, time, system) is outside its CRC; the member's digest covers it.
            let expected = [member("<urn:uuid:1>", b"one"), member("<urn:uuid:2>", b"two")];
            let digests: Vec<_> = expected.iter().map(|m| Some(vidimus_snapshot::Digest::of(m))).collect();
            prop_assert!(intact.filter(|r| digests.contains(&r.member_sha256)).count() < 2);
        }
    }
}
