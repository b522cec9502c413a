//! Does with a log what an archive does with it, so that what it costs can be measured: `tests/bench/log.py` does.
//!
//! usage: log_cost append FOLDER LEAVES GROUP | log_cost prove FOLDER PROOFS | log_cost audit FOLDER
//!
//! `append` begins a log, adds that many leaves, so many at a time and each group durable (fsync) before the next, and signs
//! its head. `prove` makes and checks proofs of leaves all over the log. `audit` reads every leaf and every tile. Prints how
//! many there were.
#![allow(clippy::print_stdout, reason = "an example prints")]

use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use vidimus_disk::RealDisk;
use vidimus_ledger::{Event, Leaf, Log, LogReader, SigningKey};
use vidimus_snapshot::SnapshotId;

type Failure = Box<dyn std::error::Error>;

const ORIGIN: &str = "archive.example/log";
const USAGE: &str =
    "usage: log_cost append FOLDER LEAVES GROUP | log_cost prove FOLDER PROOFS | log_cost audit FOLDER";

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let count = match words.as_slice() {
        ["append", folder, leaves, group] => append(Path::new(folder), leaves.parse()?, group.parse()?)?,
        ["prove", folder, proofs] => prove(Path::new(folder), proofs.parse()?)?,
        ["audit", folder] => audit(Path::new(folder))?,
        _ => return Err(USAGE.into()),
    };
    println!("{count}");
    Ok(())
}

fn key() -> Result<SigningKey, Failure> {
    Ok(SigningKey::from_seed(ORIGIN, [3; 32])?)
}

/// A leaf as a capture has it.
fn leaf(number: u64) -> Leaf {
    let manifest = SnapshotId::of_manifest(&number.to_be_bytes());
    let id = format!("00000000-0000-4000-8000-{number:012}");
    Leaf::new(id, Timestamp::UNIX_EPOCH, Event::Capture { manifest })
}

fn append(folder: &Path, count: u64, group: u64) -> Result<u64, Failure> {
    let key = key()?;
    let mut log = Log::begin(folder, Arc::new(RealDisk), ORIGIN)?;
    log.add_key(key.verifier())?;
    while log.size() < count {
        let end = log.size().saturating_add(group.max(1)).min(count);
        let leaves: Vec<Leaf> = (log.size()..end).map(leaf).collect();
        log.append(&leaves)?;
    }
    log.sign(&key, &[])?;
    Ok(log.size())
}

fn open(folder: &Path) -> Result<LogReader, Failure> {
    LogReader::open(folder)?.ok_or_else(|| "there is no log in this folder".into())
}

fn prove(folder: &Path, count: u64) -> Result<u64, Failure> {
    let (key, log) = (key()?, open(folder)?);
    let checkpoint = log.checkpoint()?.ok_or("the log has no signed head")?;
    let size = checkpoint.head().size;
    for number in 0..count {
        // A prime far from any power of two leads all over the log.
        let index = number.wrapping_mul(7_919_993) % size.max(1);
        log.proof(index, checkpoint.clone())?.verify(&log.leaf(index)?, key.verifier())?;
    }
    Ok(count)
}

fn audit(folder: &Path) -> Result<u64, Failure> {
    let log = open(folder)?;
    match log.audit(log.checkpoint()?.as_ref(), |_| ())?.into_iter().next() {
        Some(wrong) => Err(wrong.into()),
        None => Ok(log.size()),
    }
}
