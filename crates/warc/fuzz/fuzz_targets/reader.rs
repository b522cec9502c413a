//! Any bytes as a file: no panic, no end in sight that never comes, and what is given back is what was digested.
#![no_main]

use std::io::Cursor;

use libfuzzer_sys::fuzz_target;
use vidimus_snapshot::Digest;
use vidimus_warc::{Item, Limits, Reader, check_record};

fuzz_target!(|data: &[u8]| read(data));

fn read(data: &[u8]) {
    // Small, so that what happens beyond a limit happens often.
    let limits = Limits { head: 4096, block: 2048 };
    let mut reader = Reader::with_limits(Cursor::new(data), limits).expect("memory can be read");
    let mut items = 0;
    while let Some(item) = reader.next_item().expect("memory can be read") {
        items += 1;
        // Each item takes bytes of the file, or of a member, which decodes to no more than 1,100 times its length; each
        // may be read a few times over.
        assert!(items <= data.len() * 1_100 * 10 + 10, "more items than bytes");
        let Item::Record(record) = item else { continue };
        let _ = (check_record(&record), record.date(), record.payload().len());
        if let Some(raw) = record.raw() {
            assert_eq!(Digest::of(&raw), record.record_sha256);
            assert_eq!(Digest::of(&record.block), record.block_sha256);
        }
    }
}
