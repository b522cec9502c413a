//! Any bytes behind the first line of an ARC file.
#![no_main]

use std::io::Cursor;

use libfuzzer_sys::fuzz_target;
use vidimus_snapshot::Digest;
use vidimus_warc::{Item, Limits, Reader, check_record};

const FIRST: &[u8] = b"filedesc://a.arc 0.0.0.0 20020628150129 text/plain 2\n1\n\n";

fuzz_target!(|data: &[u8]| {
    let bytes = [FIRST, data].concat();
    let limits = Limits { head: 4096, block: 2048 };
    let mut reader = Reader::with_limits(Cursor::new(bytes), limits).expect("memory can be read");
    while let Some(item) = reader.next_item().expect("memory can be read") {
        let Item::Record(record) = item else { continue };
        check_record(&record);
        if let Some(raw) = record.raw() {
            assert_eq!(Digest::of(&raw), record.record_sha256);
        }
    }
});
