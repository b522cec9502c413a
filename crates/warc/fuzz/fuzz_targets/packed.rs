//! Any bytes as what a compressed file holds: the first byte says how it is packed. Zstandard frames are taken as they
//! come, gzip members are made here, because no fuzzer guesses a checksum.
#![no_main]

use std::io::{Cursor, Write};

use flate2::{Compression, write::GzEncoder};
use libfuzzer_sys::fuzz_target;
use vidimus_warc::{Limits, Reader};

fuzz_target!(|data: &[u8]| {
    let Some((how, rest)) = data.split_first() else { return };
    let bytes = match how % 3 {
        0 => [&[0x28, 0xb5, 0x2f, 0xfd], rest].concat(),
        1 => with_dictionary(rest),
        _ => rest.splitn(8, |b| *b == 0).flat_map(member).collect(),
    };
    let limits = Limits { head: 4096, block: 2048 };
    let mut reader = Reader::with_limits(Cursor::new(bytes), limits).expect("memory can be read");
    while reader.next_item().expect("memory can be read").is_some() {}
});

/// A skippable frame with the beginning of the bytes as its dictionary, and the rest as a frame.
fn with_dictionary(bytes: &[u8]) -> Vec<u8> {
    let (length, rest) = bytes.split_first().map_or((0, bytes), |(length, rest)| (usize::from(*length), rest));
    let (dictionary, frame) = rest.split_at(length.min(rest.len()));
    let magic = [0x37, 0xa4, 0x30, 0xec];
    let size = u32::try_from(dictionary.len() + magic.len()).expect("a byte says how long it is").to_le_bytes();
    [&[0x5d, 0x2a, 0x4d, 0x18], &size[..], &magic, dictionary, &[0x28, 0xb5, 0x2f, 0xfd], frame].concat()
}

fn member(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(content).and_then(|()| encoder.finish()).expect("memory can be written")
}
