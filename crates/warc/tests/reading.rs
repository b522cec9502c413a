//! Reading what was written, and what was torn or forged: what a user of the reader sees.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::io::{BufReader, Cursor};

use proptest::prelude::*;
use vidimus_warc::{DamageKind, Headers, Item, Limits, NewRecord, Reader, RecordType, check_record, encode};

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
    let bytes = [member("<urn:uuid:1>", b"one"), b"\x1f\x8bgarbage".to_vec(), member("<urn:uuid:2>", b"two")]
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
        let record = format!("WARC/1.0\nWARC-Type: resource\nContent-Length: {}\n\n{block}\n\n", block.len());
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
