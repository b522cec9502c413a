//! A log on the disk, beside an implementation of C2SP tlog-tiles that we did not write.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::disallowed_methods,
    reason = "a test makes and spoils its own files, and may panic"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use tlog_tiles::{
    Hash, HashReader as _, Tile, TileHashReader, TileReader, check_record, check_tree, prove_record,
};
use vidimus_disk::RealDisk;
use vidimus_ledger::{Event, Leaf, Log, LogError, LogReader, Proof, SigningKey};
use vidimus_snapshot::SnapshotId;

const ORIGIN: &str = "archive.example/log";

fn leaf(number: u64) -> Leaf {
    let manifest = SnapshotId::of_manifest(&number.to_be_bytes());
    Leaf::new(number.to_string(), Timestamp::UNIX_EPOCH, Event::Capture { manifest })
}

fn leaves(numbers: std::ops::Range<u64>) -> Vec<Leaf> {
    numbers.map(leaf).collect()
}

fn key() -> SigningKey {
    SigningKey::from_seed(ORIGIN, [3; 32]).unwrap()
}

fn begin(folder: &Path) -> Log {
    Log::begin(&folder.join("log"), Arc::new(RealDisk), ORIGIN).unwrap()
}

fn open(folder: &Path) -> Log {
    Log::open(&folder.join("log"), Arc::new(RealDisk)).unwrap().unwrap()
}

fn reader(folder: &Path) -> LogReader {
    LogReader::open(&folder.join("log")).unwrap().unwrap()
}

/// Reads our tiles for the other implementation, by its own paths.
struct Files(PathBuf);

impl TileReader for Files {
    fn height(&self) -> u8 {
        8
    }

    fn read_tiles(&self, tiles: &[Tile]) -> Result<Vec<Vec<u8>>, tlog_tiles::Error> {
        let read = |tile: &Tile| {
            let path = tile.path().replacen("tile/8/", "tile/", 1);
            // Where a partial tile is gone, the full one stands for it: so the specification.
            let full = path.split(".p/").next().unwrap();
            let bytes = fs::read(self.0.join(&path)).or_else(|_| fs::read(self.0.join(full)));
            let bytes = bytes.expect(&path);
            bytes[..usize::try_from(tile.width()).unwrap() * 32].to_vec()
        };
        Ok(tiles.iter().map(read).collect())
    }

    fn save_tiles(&self, _: &[Tile], _: &[Vec<u8>]) {}
}

fn theirs(hash: vidimus_snapshot::Digest) -> Hash {
    Hash(*hash.as_bytes())
}

#[test]
fn others_read_our_tiles_and_prove_from_them() {
    let folder = tempfile::tempdir().unwrap();
    let mut log = begin(folder.path());
    let mut heads = Vec::new();
    for (from, to) in [(0, 1), (1, 5), (5, 255), (255, 256), (256, 300), (300, 1024), (1024, 66_000)] {
        assert_eq!(log.append(&leaves(from..to)).unwrap(), from..to);
        heads.push(log.sign(&key(), &[]).unwrap().head().clone());
    }
    let files = Files(folder.path().join("log"));
    let ours = reader(folder.path());
    let now = heads.last().unwrap();
    for head in &heads {
        let tiles = TileHashReader::new(head.size, theirs(head.root), &files);
        for index in [0, head.size / 2, head.size - 1] {
            let proof = prove_record(head.size, index, &tiles).unwrap();
            let hashes = ours.inclusion(index, head.size).unwrap();
            assert_eq!(proof, hashes.into_iter().map(theirs).collect::<Vec<_>>());
            let bytes = leaf(index).to_canonical_json().unwrap();
            assert_eq!(ours.leaf(index).unwrap(), bytes);
            let hash = tlog_tiles::record_hash(&bytes);
            check_record(&proof, head.size, theirs(head.root), index, hash).unwrap();
            let stored = tiles.read_hashes(&[tlog_tiles::stored_hash_index(0, index)]).unwrap();
            assert_eq!(stored, vec![hash]);
        }
        let consistency = ours.consistency(head.size, now.size).unwrap();
        let consistency: Vec<Hash> = consistency.into_iter().map(theirs).collect();
        check_tree(&consistency, now.size, theirs(now.root), head.size, theirs(head.root)).unwrap();
    }
    assert!(ours.audit(|_| {}).unwrap().is_empty());
}

#[test]
fn a_log_goes_on_where_it_was_however_it_was_appended_to() {
    let (one, many) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    begin(one.path()).append(&leaves(0..700)).unwrap();
    begin(many.path());
    let mut at = 0;
    for step in [1, 2, 3, 250, 1, 255, 0, 188] {
        let mut log = open(many.path());
        assert_eq!(log.append(&leaves(at..at + step)).unwrap(), at..at + step);
        at += step;
        assert_eq!(log.head(), reader(many.path()).head_at(at).unwrap());
    }
    assert_eq!(open(one.path()).head(), open(many.path()).head());
}

#[test]
fn a_published_head_keeps_its_tiles_and_others_leave_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let mut log = begin(folder.path());
    log.append(&leaves(0..10)).unwrap();
    log.sign(&key(), &[]).unwrap();
    for size in 11..=20 {
        log.append(&leaves(size - 1..size)).unwrap();
    }
    let widths = |level: &str, index: &str| -> Vec<String> {
        let entries = fs::read_dir(folder.path().join("log/tile").join(level).join(format!("{index}.p")));
        let names = entries.into_iter().flatten().map(|e| e.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = names.collect();
        names.sort();
        names
    };
    assert_eq!(widths("entries", "000"), ["10", "20"]);
    assert_eq!(widths("0", "000"), ["10"]);
    log.append(&leaves(20..260)).unwrap();
    assert!(widths("entries", "000").is_empty() && widths("0", "000").is_empty());
    assert_eq!(widths("entries", "001"), ["4"]);
}

#[test]
fn what_a_crash_leaves_out_of_the_tiles_is_computed_from_the_leaves() {
    let folder = tempfile::tempdir().unwrap();
    let mut log = begin(folder.path());
    log.append(&leaves(0..520)).unwrap();
    let head = log.head();
    let root = folder.path().join("log/tile");
    fs::remove_file(root.join("0/001")).unwrap();
    fs::write(root.join("entries/002.p/9.draft"), b"torn").unwrap();
    let log = open(folder.path());
    assert_eq!(log.head(), head);
    assert!(root.join("0/001").is_file());
    assert!(reader(folder.path()).audit(|_| {}).unwrap().is_empty());
}

#[test]
fn a_proof_file_proves_its_leaf() {
    let folder = tempfile::tempdir().unwrap();
    let mut log = begin(folder.path());
    log.append(&leaves(0..300)).unwrap();
    let checkpoint = log.sign(&key(), &[]).unwrap();
    let proof = reader(folder.path()).proof(299, checkpoint).unwrap();
    let read = Proof::read(&proof.to_bytes()).unwrap();
    read.verify(&leaf(299).to_canonical_json().unwrap(), key().verifier()).unwrap();
}

#[test]
fn the_audit_finds_every_change() {
    let changes: [(&str, &str); 6] = [
        ("tile/entries/000", "does not give"),
        ("tile/entries/001.p/44", "torn or changed"),
        ("tile/0/000", "tile"),
        ("tile/0/001.p/44", "partial tile"),
        ("tile/1/000.p/1", "upper tile"),
        ("checkpoint", "checkpoint"),
    ];
    for (name, what) in changes {
        let folder = tempfile::tempdir().unwrap();
        let mut log = begin(folder.path());
        log.append(&leaves(0..300)).unwrap();
        log.sign(&key(), &[]).unwrap();
        let path = folder.path().join("log").join(name);
        let mut bytes = fs::read(&path).unwrap();
        let place = bytes.iter().position(|b| *b == b'\n').map_or(bytes.len() / 2, |end| end + 6);
        bytes[place] ^= 1;
        fs::write(&path, bytes).unwrap();
        let ours = reader(folder.path());
        let found = ours.audit(|_| {});
        assert!(!matches!(found, Ok(wrong) if wrong.is_empty()), "{what}: {name}");
    }
}

#[test]
fn a_log_shorter_than_its_head_is_never_continued() {
    let folder = tempfile::tempdir().unwrap();
    let mut log = begin(folder.path());
    log.append(&leaves(0..300)).unwrap();
    log.sign(&key(), &[]).unwrap();
    fs::remove_file(folder.path().join("log/tile/entries/001.p/44")).unwrap();
    let opened = Log::open(&folder.path().join("log"), Arc::new(RealDisk));
    assert!(matches!(opened, Err(LogError::Short { size: 256, wanted: 300, .. })), "{opened:?}");
}

#[test]
fn a_missing_leaf_is_an_error_and_no_panic() {
    let folder = tempfile::tempdir().unwrap();
    begin(folder.path()).append(&leaves(0..3)).unwrap();
    let ours = reader(folder.path());
    for index in [3, 256, u64::MAX - 1, u64::MAX] {
        assert!(ours.leaf(index).is_err(), "{index}");
        assert!(ours.head_at(index.max(4)).is_err());
        assert!(ours.inclusion(0, index.max(4)).is_err());
    }
    assert!(LogReader::open(&folder.path().join("none")).unwrap().is_none());
}

#[test]
fn a_key_is_noted_once_and_behind_those_before_it() {
    let folder = tempfile::tempdir().unwrap();
    let log = begin(folder.path());
    let other = SigningKey::from_seed(ORIGIN, [4; 32]).unwrap();
    for key in [&key(), &key(), &other] {
        log.add_key(key.verifier()).unwrap();
    }
    let keys = reader(folder.path()).keys().unwrap();
    assert_eq!(keys, [key().verifier().clone(), other.verifier().clone()]);
}

#[test]
fn a_published_log_is_the_log_up_to_its_head() {
    let (folder, site) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut log = begin(folder.path());
    log.append(&leaves(0..300)).unwrap();
    let first = log.sign(&key(), &[]).unwrap();
    log.add_key(key().verifier()).unwrap();
    log.append(&leaves(300..700)).unwrap();
    let publish = |checkpoint| {
        vidimus_ledger::publish(&reader(folder.path()), checkpoint, &RealDisk, site.path()).unwrap()
    };
    assert!(!publish(&first).is_empty());
    let tiles = Files(site.path().to_owned());
    let head = first.head();
    let theirs_of = |head: &vidimus_snapshot::LogHead| {
        let tiles = TileHashReader::new(head.size, theirs(head.root), &tiles);
        prove_record(head.size, head.size - 1, &tiles).unwrap()
    };
    theirs_of(head);
    assert_eq!(fs::read(site.path().join("checkpoint")).unwrap(), first.as_bytes());
    assert!(!site.path().join("tile/entries/002.p/188").exists(), "what no head covers is nobody's business");
    assert!(publish(&first).is_empty(), "a second time there is nothing to do");
    let second = log.sign(&key(), &[]).unwrap();
    assert!(!publish(&second).is_empty());
    theirs_of(second.head());
    theirs_of(head);
}
