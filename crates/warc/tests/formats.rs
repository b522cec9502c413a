//! Files as other programs write them, and as accidents leave them: what of each is read, and what is said to be wrong.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::io::{Cursor, Write as _};

use proptest::prelude::*;
use vidimus_snapshot::Digest;
use vidimus_warc::{
    DamageKind, DigestCheck, Headers, Item, Limits, NewRecord, Reader, Record, RecordType, check_record,
    encode,
};

const FILLER: &str = "The gauge stands in the harbour, and the boat came back without its log.\n";

/// All that a reader gives: the records, and everything that is wrong with or between them.
fn read(bytes: &[u8]) -> (Vec<Record>, Vec<DamageKind>) {
    let mut reader = Reader::new(Cursor::new(bytes)).unwrap();
    let (mut records, mut kinds) = (Vec::new(), Vec::new());
    while let Some(item) = reader.next_item().unwrap() {
        match item {
            Item::Record(record) => {
                kinds.extend(record.damage.iter().map(|d| d.kind.clone()));
                records.push(*record);
            }
            Item::Damage(damage) => kinds.push(damage.kind),
        }
    }
    (records, kinds)
}

fn ids(records: &[Record]) -> Vec<&str> {
    records.iter().map(|r| r.id().trim_matches(['<', '>'])).collect()
}

fn member(number: usize) -> Vec<u8> {
    let headers = Headers::new()
        .with("WARC-Target-URI", format!("http://tidewatch.example/{number}"))
        .with("Content-Type", "text/plain");
    let (id, block) = (format!("<n:{number}>"), FILLER.repeat(number + 1));
    let record = NewRecord::new(RecordType::Resource, &id, "2024-06-27T00:00:00Z", headers, block.as_bytes());
    encode(&record).unwrap().member
}

fn plain(number: usize) -> Vec<u8> {
    read(&member(number)).0.remove(0).raw().unwrap()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// The record of this number as text, with one thing replaced.
fn changed(number: usize, from: &str, to: &str) -> Vec<u8> {
    let text = String::from_utf8(plain(number)).unwrap();
    assert!(text.contains(from), "{from}");
    text.replacen(from, to, 1).into_bytes()
}

#[test]
fn what_is_wrong_with_one_record_costs_no_other() {
    let length = format!("Content-Length: {}", FILLER.len() * 2);
    let stated = |value: &str| changed(1, &length, &format!("Content-Length: {value}"));
    let twice = changed(1, &length, &format!("{length}\r\nContent-Length: 7"));
    let short = DamageKind::ShortBlock { expected: u64::MAX, found: 0 };
    let value = |value: &str| DamageKind::Value { field: "Content-Length", value: value.to_owned() };
    for (name, middle, expected) in [
        ("huge", stated("18446744073709551615"), short),
        ("more than a number holds", stated("99999999999999999999"), value("99999999999999999999")),
        ("negative", stated("-1"), value("-1")),
        ("no number", stated("12 bytes"), value("12 bytes")),
        ("two lengths", twice, value(&(FILLER.len() * 2).to_string())),
        ("missing", changed(1, &length, "X: 1"), DamageKind::Missing("Content-Length")),
        ("a little too long", stated("180"), DamageKind::End),
        ("too short", stated("7"), DamageKind::End),
        ("over the next record", stated("300"), DamageKind::End),
        ("no end", changed(1, "log.\n\r\n\r\n", "log.\n"), DamageKind::End),
        ("half an end", changed(1, "log.\n\r\n\r\n", "log.\n\r\n"), DamageKind::End),
        ("garbage behind", [plain(1), b"\0\x1fgarbage".to_vec()].concat(), DamageKind::Garbage(9)),
        ("blank lines behind", [plain(1), b"\r\n\r\n".to_vec()].concat(), DamageKind::Garbage(4)),
        ("a line that is no field", changed(1, "WARC-Date", "no field\r\nWARC-Date"), line("no field")),
        ("LF in the head", changed(1, "WARC/1.1\r\n", "WARC/1.1\n"), DamageKind::LineEnds),
        ("LF at the end", changed(1, "log.\n\r\n\r\n", "log.\n\n\n"), DamageKind::LineEnds),
        ("no version", changed(1, "WARC/1.1", "warc/1.1"), DamageKind::Garbage(0)),
    ] {
        let whole = [plain(0), middle.clone(), plain(2)].concat();
        for (form, bytes) in [("plain", whole.clone()), ("whole-file gzip", gzip(&whole))] {
            let (records, kinds) = read(&bytes);
            let intact: Vec<_> = records.iter().filter(|r| check_record(r).is_empty()).collect();
            for id in ["<n:0>", "<n:2>"] {
                assert!(intact.iter().any(|r| r.id() == id), "{name}, {form}: {id}: {kinds:?}");
            }
            let is_there = kinds.iter().any(|k| *k == expected || same_kind(k, &expected));
            assert!(is_there || form != "plain", "{name}, {form}: {kinds:?}");
        }
        let members = [member(0), gzip(&middle), member(2)].concat();
        let (records, kinds) = read(&members);
        assert!(ids(&records).contains(&"n:0") && ids(&records).contains(&"n:2"), "{name}: {kinds:?}");
        assert!(!kinds.is_empty(), "{name} goes unnoticed in a member");
    }
}

fn line(text: &str) -> DamageKind {
    DamageKind::HeaderLine(text.to_owned())
}

fn same_kind(one: &DamageKind, other: &DamageKind) -> bool {
    matches!(
        (one, other),
        (DamageKind::ShortBlock { .. }, DamageKind::ShortBlock { .. })
            | (DamageKind::Garbage(_), DamageKind::Garbage(_))
    )
}

#[test]
fn what_stands_before_the_first_record() {
    for before in ["\u{feff}", "\r\n", "\n\n", "a page, by accident\n"] {
        let bytes = [before.as_bytes().to_vec(), plain(0), plain(1)].concat();
        let (records, kinds) = read(&bytes);
        assert_eq!(ids(&records), ["n:0", "n:1"], "{before:?}");
        assert_eq!(kinds, [DamageKind::Garbage(before.len() as u64)], "{before:?}");
    }
}

#[test]
fn what_is_no_web_archive_is_said_so_once() {
    let page = "<!DOCTYPE html>\n<p>(W) 28 \u{1f} http://a.example/ 1 2 3\n".repeat(500);
    for bytes in [
        page.clone().into_bytes(),
        gzip(page.as_bytes()),
        b"\x89PNG\r\n\x1a\n".to_vec(),
        b"PK\x03\x04".repeat(9),
        b"(\xb5/\xfd".repeat(40),
        b"\x1f\x8b\x08\0".repeat(40),
    ] {
        let (records, kinds) = read(&bytes);
        assert_eq!(records.len(), 0);
        assert_eq!(kinds.len(), 1, "{kinds:?}");
    }
    assert_eq!(read(page.as_bytes()).1, [DamageKind::NoWarc]);
    assert_eq!(read(&gzip(page.as_bytes())).1, [DamageKind::NoWarc]);
    assert_eq!(read(b"").1, []);
}

#[test]
fn zstandard_is_read_with_and_without_dictionary() {
    for (name, bytes) in [
        ("plain", &include_bytes!("data/plain.warc.zst")[..]),
        ("dictionary", include_bytes!("data/dictionary.warc.zst")),
        ("packed dictionary", include_bytes!("data/packed-dictionary.warc.zst")),
    ] {
        let (records, kinds) = read(bytes);
        assert_eq!((records.len(), kinds), (3, vec![]), "{name}");
        for record in &records {
            assert_eq!(check_record(record), [], "{name}");
            let (from, length) = (record.offset as usize, record.length as usize);
            assert_eq!(record.member_sha256, Some(Digest::of(&bytes[from..from + length])), "{name}");
        }
        let first = records[0].offset;
        for cut in 1..bytes.len() {
            let (records, kinds) = read(&bytes[..cut]);
            // What is cut off between two records, nobody can know of.
            let is_between = cut as u64 == records.last().map_or(first, end);
            assert!(is_between || !kinds.is_empty(), "{name}, cut at {cut}");
        }
    }
    let (records, kinds) = read(include_bytes!("data/whole.warc.zst"));
    assert_eq!((records.len(), kinds), (3, vec![DamageKind::SharedMember; 3]));
}

fn end(record: &Record) -> u64 {
    record.offset + record.length
}

const ARC: &str =
    "filedesc://tidewatch.arc 192.0.2.1 20020628150129 text/plain 30\n1 0 Tidewatch Union\nURL IP-ad\n
http://tidewatch.example/ 192.0.2.7 20020628150130 text/html 54
HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n<p>log</p>
dns:tidewatch.example 192.0.2.53 20020628150131 text/dns 12
192.0.2.7 A 
";

#[test]
fn arc_is_read_as_if_it_were_warc() {
    let text = ARC;
    let (uncompressed, kinds) = read(text.as_bytes());
    assert_eq!(kinds, []);
    let types: Vec<&str> = uncompressed.iter().map(|r| r.record_type.as_str()).collect();
    assert_eq!(types, ["warcinfo", "response", "resource"]);
    let page = &uncompressed[1];
    assert_eq!(page.payload(), b"<p>log</p>");
    assert_eq!(page.date().unwrap().to_string(), "2002-06-28T15:01:30Z");
    assert!(page.synthesized);
    for record in &uncompressed {
        let raw = record.raw().unwrap();
        assert_eq!(Digest::of(&raw), record.record_sha256);
        // What was made of it is a WARC record like any other.
        let (again, kinds) = read(&raw);
        assert_eq!((again[0].id(), kinds), (record.id(), vec![]));
        assert!(!again[0].synthesized);
    }
    let members: Vec<u8> = text.split_inclusive("\n\n").flat_map(|part| gzip(part.as_bytes())).collect();
    let (packed, _) = read(&members);
    assert_eq!(packed.iter().map(|r| r.block.clone()).collect::<Vec<_>>(), blocks(&uncompressed));

    let damaged = text.replace("text/html 54", "text/html 30");
    let (records, kinds) = read(damaged.as_bytes());
    assert!(kinds.contains(&DamageKind::End), "{kinds:?}");
    assert_eq!(records.last().unwrap().record_type, RecordType::Resource);
}

fn blocks(records: &[Record]) -> Vec<Vec<u8>> {
    records.iter().map(|r| r.block.clone()).collect()
}

/// A response with these digest fields and this body.
fn response(digests: &str, head: &str, body: &str) -> Record {
    let block = format!("HTTP/1.1 200 OK\r\n{head}\r\n{body}");
    let text = format!(
        "WARC/1.0\r\nWARC-Type: response\r\nWARC-Record-ID: <n:1>\r\nWARC-Date: 2024-06-27T00:00:00Z\r\n\
         Content-Type: application/http\r\n{digests}Content-Length: {}\r\n\r\n{block}\r\n\r\n",
        block.len()
    );
    let limits = Limits { block: 16, ..Limits::default() };
    let mut reader = Reader::with_limits(Cursor::new(text), limits).unwrap();
    reader.next_item().unwrap().unwrap().into_record().unwrap()
}

#[test]
fn a_chunked_payload_is_right_in_either_reading_and_beyond_the_limit() {
    let (chunked, head) = ("3\r\nabc\r\n0\r\n\r\n", "Transfer-Encoding: chunked\r\n");
    // SHA-1 of "abc", and SHA-256 of the body as stored.
    let as_stored = Digest::of(chunked.as_bytes()).to_string();
    for digest in ["sha1:VGMT4NSHA2AWVOR6EVYXQUGCNSONBWE5", as_stored.as_str()] {
        let record = response(&format!("WARC-Payload-Digest: {digest}\r\n"), head, chunked);
        assert!(record.block_cut);
        assert_eq!(record.payload_digest, DigestCheck::Right, "{digest}");
        assert_eq!(check_record(&record), []);
    }
    let record = response("WARC-Payload-Digest: sha1:VGMT4NSHA2AWVOR6EVYXQUGCNSONBWE6\r\n", head, chunked);
    let expected = DigestCheck::Wrong("sha1:VGMT4NSHA2AWVOR6EVYXQUGCNSONBWE5".to_owned());
    assert_eq!(record.payload_digest, expected);
    let record = response("WARC-Payload-Digest: crc32:0\r\n", head, chunked);
    assert_eq!(record.payload_digest, DigestCheck::Unknown);
    let record = response("", head, chunked);
    assert!(matches!(check_record(&record)[0].kind, DamageKind::NoDigest("WARC-Block-Digest")));
}

#[test]
fn members_in_members_are_read_in_linear_time() {
    // Each stored block of this file begins with a member that claims to hold a huge record, and holds all that follows.
    let head = b"WARC/1.0\r\nWARC-Type: resource\r\nContent-Length: 99999999999\r\n\r\n";
    let mut bytes = Vec::new();
    for _ in 0..20_000 {
        bytes.extend_from_slice(b"\x1f\x8b\x08\0\0\0\0\0\0\xff\0");
        let length = u16::try_from(head.len() + 16).unwrap();
        bytes.extend_from_slice(&length.to_le_bytes());
        bytes.extend_from_slice(&(!length).to_le_bytes());
        bytes.extend_from_slice(head);
    }
    let (records, kinds) = read(&bytes);
    assert!(records.len() + kinds.len() < 200_000);
}

#[test]
fn records_that_all_claim_the_rest_of_the_file_are_read_in_linear_time() {
    for (length, count) in [("18446744073709551615", 20_000), ("1000000", 20_000)] {
        let record = format!("WARC/1.0\r\nWARC-Type: resource\r\nContent-Length: {length}\r\n\r\nx\r\n\r\n");
        for bytes in [record.repeat(count).into_bytes(), gzip(record.repeat(count).as_bytes())] {
            assert!(!read(&bytes).0.is_empty());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_change_of_a_record_leaves_the_others(
        which in 0_usize..4,
        at in 0.0..1.0_f64,
        removed in 0_usize..40,
        put in prop::collection::vec(any::<u8>(), 0..40),
        packed in any::<bool>(),
    ) {
        let parts: Vec<Vec<u8>> = (0..4).map(|n| if packed { member(n) } else { plain(n) }).collect();
        let mut changed = parts.clone();
        let part = &mut changed[which];
        let from = ((part.len() as f64) * at) as usize;
        let to = (from + removed).min(part.len());
        part.splice(from..to, put);
        let is_changed = changed[which] != parts[which];
        let (records, kinds) = read(&changed.concat());
        let intact: Vec<&str> =
            records.iter().filter(|r| r.damage.is_empty() && check_record(r).is_empty()).map(Record::id).collect();
        for other in (0..4).filter(|n| *n != which) {
            let id = format!("<n:{other}>");
            prop_assert!(intact.contains(&id.as_str()), "{} of {:?}: {:?}", id, intact, kinds);
        }
        prop_assert!(is_changed || kinds.is_empty());
    }

    #[test]
    fn no_bytes_behind_a_magic_make_it_panic(
        start in prop::sample::select(vec![
            &b"\x1f\x8b\x08\0\0\0\0\0\0\xff"[..], b"(\xb5/\xfd", b"\x5d*M\x18", b"WARC/1.0\r\n", ARC.as_bytes(),
        ]),
        bytes in prop::collection::vec(any::<u8>(), 0..300),
    ) {
        read(&[start, &bytes].concat());
    }
}
