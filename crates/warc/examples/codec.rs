//! Writes blocks into a WARC file, or reads one and checks it: what the format alone costs. `tests/bench/archive.py`
//! measures it.
//!
//! usage: codec write BLOCKS FILE.warc.gz | codec read FILE
//!
//! BLOCKS holds HTTP responses, each behind its length: eight bytes, the highest first. Prints how many records there were,
//! and how many bytes of content.
#![allow(clippy::disallowed_methods, clippy::print_stdout, reason = "an example writes files and prints")]

use std::fs::File;
use std::io::{BufReader, BufWriter, ErrorKind, Read as _, Write as _};

use vidimus_warc::{Headers, Item, NewRecord, Reader, RecordType, check_record, encode};

type Failure = Box<dyn std::error::Error>;

const BUFFER: usize = 256 << 10;

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let (records, bytes) = match words.as_slice() {
        ["write", blocks, file] => write(blocks, file)?,
        ["read", file] => read(file)?,
        _ => return Err("usage: codec write BLOCKS FILE.warc.gz | codec read FILE".into()),
    };
    println!("{records} {bytes}");
    Ok(())
}

fn write(blocks: &str, file: &str) -> Result<(u64, u64), Failure> {
    let mut blocks = BufReader::with_capacity(BUFFER, File::open(blocks)?);
    let mut out = BufWriter::with_capacity(BUFFER, File::create(file)?);
    let (mut records, mut bytes, mut block) = (0, 0, Vec::new());
    loop {
        let mut length = [0; 8];
        match blocks.read_exact(&mut length) {
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => break,
            other => other?,
        }
        block.clear();
        (&mut blocks).take(u64::from_be_bytes(length)).read_to_end(&mut block)?;
        let id = format!("<urn:uuid:00000000-0000-4000-8000-{records:012}>");
        let headers = Headers::new()
            .with("WARC-Target-URI", format!("http://tidewatch.example/page/{records}.html"))
            .with("Content-Type", "application/http; msgtype=response");
        let record = NewRecord::new(RecordType::Response, &id, "2025-01-06T08:00:00Z", headers, &block);
        out.write_all(&encode(&record)?.member)?;
        records += 1;
        bytes += block.len() as u64;
    }
    out.flush()?;
    Ok((records, bytes))
}

fn read(file: &str) -> Result<(u64, u64), Failure> {
    let mut reader = Reader::new(BufReader::with_capacity(BUFFER, File::open(file)?))?;
    let (mut records, mut bytes) = (0, 0);
    while let Some(item) = reader.next_item()? {
        match item {
            Item::Damage(damage) => return Err(damage.to_string().into()),
            Item::Record(record) => {
                if let Some(damage) = record.damage.first().or(check_record(&record).first()) {
                    return Err(damage.to_string().into());
                }
                records += 1;
                bytes += record.block.len() as u64;
            }
        }
    }
    Ok((records, bytes))
}
