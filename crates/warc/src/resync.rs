//! Finding the next record behind bytes that are none, at a cost that grows with the file and no faster.

use std::io::{self, BufRead, Read, Seek};

use flate2::bufread::GzDecoder;

use crate::peek::PeekRead;
use crate::tape::Tape;

/// The first bytes of every gzip member (RFC 1952): magic and the deflate method.
const GZIP_MAGIC: [u8; 3] = [0x1f, 0x8b, 8];
/// The flags behind the magic that no gzip member has set.
const RESERVED_FLAGS: u8 = 0xe0;
const MAGIC_AND_FLAGS: usize = 4;
/// The first bytes of every record.
const VERSION: &[u8] = b"WARC/";
/// How much of a member is decoded to see whether a record begins there: its header, the longest table of codes that
/// deflate allows (about 300 bytes), and room for a file name.
const PROBE: usize = 1 << 10;

pub(crate) fn next_is_record(source: &mut impl PeekRead) -> bool {
    source.peek(VERSION.len()).is_ok_and(|buffer| buffer.starts_with(VERSION))
}

/// Passes over lines until one begins with `WARC/`; says how many bytes it passed. Stops at an error as at an end.
pub(crate) fn skip_to_record(source: &mut impl PeekRead) -> u64 {
    let mut skipped = 0;
    // Where it starts, the caller has looked already.
    let mut line_begins = false;
    loop {
        let Ok(buffer) = source.peek(VERSION.len()) else { return skipped };
        let found = line_begins && (buffer.starts_with(VERSION) || buffer.starts_with(&GZIP_MAGIC));
        if buffer.is_empty() || found {
            return skipped;
        }
        let newline = buffer.iter().position(|b| *b == b'\n');
        let end = newline.map_or(buffer.len(), |at| at + 1);
        line_begins = newline.is_some();
        source.consume(end);
        skipped += end as u64;
    }
}

/// Stands the tape at the first gzip member from `from` on whose content begins with `WARC/`, or else at the end.
pub(crate) fn find_member<R: BufRead + Seek>(tape: &mut Tape<R>, from: u64) -> io::Result<()> {
    tape.jump(from)?;
    while find_magic(tape)? {
        if is_record_member(tape.peek(PROBE)?) {
            return Ok(());
        }
        tape.consume(1);
    }
    Ok(())
}

/// Stands the tape at the next bytes that may begin a gzip member; says whether there are any.
fn find_magic<R: BufRead>(tape: &mut Tape<R>) -> io::Result<bool> {
    loop {
        let buffer = tape.peek(MAGIC_AND_FLAGS)?;
        let found = buffer.windows(MAGIC_AND_FLAGS).position(may_begin_member);
        let passed = match found {
            Some(at) => at,
            None if buffer.len() < MAGIC_AND_FLAGS => buffer.len(),
            // The magic may have begun in the last bytes of this buffer.
            None => buffer.len() - (MAGIC_AND_FLAGS - 1),
        };
        tape.consume(passed);
        if found.is_some() || passed == 0 {
            return Ok(found.is_some());
        }
    }
}

fn may_begin_member(bytes: &[u8]) -> bool {
    bytes.starts_with(&GZIP_MAGIC) && bytes.last().is_some_and(|flags| flags & RESERVED_FLAGS == 0)
}

fn is_record_member(bytes: &[u8]) -> bool {
    let mut start = [0_u8; VERSION.len()];
    let bytes = bytes.get(..PROBE).unwrap_or(bytes);
    GzDecoder::new(bytes).read_exact(&mut start).is_ok() && start == VERSION
}
