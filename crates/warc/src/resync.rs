//! Finding the next record behind bytes that are none, at a cost that grows with the file and no faster.

use std::io::{self, BufRead, Seek};

use flate2::bufread::GzDecoder;

use crate::arc;
use crate::member::Codec;
use crate::peek::PeekRead;
use crate::tape::Tape;
use crate::zstd;

/// The flags behind the magic that no gzip member has set.
const RESERVED_FLAGS: u8 = 0xe0;
/// The first bytes of every record.
const VERSION: &[u8] = b"WARC/";
/// The first bytes of a gzip member, a Zstandard frame, a version line.
const CANDIDATES: [u8; 3] = [0x1f, 0x28, b'W'];
/// The longest version line that is looked for, with its end.
pub(crate) const VERSION_LINE: usize = 16;
/// How much of a member is decoded to see whether a record begins there: its header, the longest table of codes that
/// deflate allows (about 300 bytes), and room for a file name.
const PROBE: usize = 1 << 10;
/// How many bytes must be seen to judge any candidate but a gzip member.
const AHEAD: usize = 24;

/// What stands at a place in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Start {
    /// The end of the file.
    End,
    /// A compressed member.
    Member(Codec),
    /// A skippable frame.
    Skippable,
    /// An uncompressed record.
    Record,
    /// None of these.
    Other,
}

/// What stands where the tape stands; with `arc`, a record may be one of ARC.
pub(crate) fn start_of<R: BufRead + Seek>(tape: &mut Tape<R>, arc: bool) -> io::Result<Start> {
    let known = match tape.peek(AHEAD)? {
        [] => Some(Start::End),
        [0x1f, 0x8b, ..] => Some(Start::Member(Codec::Gzip)),
        shown if shown.starts_with(&zstd::FRAME) => Some(Start::Member(Codec::Zstd)),
        shown if zstd::is_skippable(shown) => Some(Start::Skippable),
        _ => None,
    };
    let is_record = known.is_none() && next_is_record(tape, arc);
    Ok(known.unwrap_or(if is_record { Start::Record } else { Start::Other }))
}

/// Whether the source stands before a record.
pub(crate) fn next_is_record(source: &mut impl PeekRead, arc: bool) -> bool {
    source.peek(VERSION.len()).is_ok_and(|shown| shown.starts_with(VERSION)) || (arc && next_is_arc(source))
}

/// Whether the source stands before a head line of ARC.
pub(crate) fn next_is_arc(source: &mut impl PeekRead) -> bool {
    // A line is seldom longer than this; more is looked at only where it is.
    let Ok(shown) = source.peek(PROBE) else { return false };
    let line = match memchr::memchr(b'\n', shown) {
        Some(end) => shown.get(..end),
        None => source.peek(arc::MAX_LINE).ok().and_then(|more| more.split(|b| *b == b'\n').next()),
    };
    line.is_some_and(|line| line.len() < arc::MAX_LINE && arc::is_head(line))
}

/// Whether these bytes are a version line, whole: stricter than where a record is expected.
pub(crate) fn is_version_line(bytes: &[u8]) -> bool {
    let Some(rest) = bytes.strip_prefix(VERSION) else { return false };
    let digits = rest.iter().take_while(|b| b.is_ascii_digit() || **b == b'.').count();
    digits > 0
        && digits < VERSION_LINE
        && matches!(rest.get(digits..), Some([b'\r', b'\n', ..] | [b'\n', ..]))
}

/// Passes over bytes until a version line begins, or with `arc` a line that is the head of an ARC record; says how many
/// bytes it passed. Hands what it passes to `passed`. Stops at an error as at an end.
pub(crate) fn pass_to_record(source: &mut impl PeekRead, arc: bool, mut passed: impl FnMut(&[u8])) -> u64 {
    let mut count = 0;
    // Where it starts, the caller has looked already.
    let (mut is_first, mut line_begins) = (true, false);
    loop {
        let Ok(shown) = source.peek(VERSION_LINE) else { return count };
        if shown.is_empty() || (!is_first && is_version_line(shown)) {
            return count;
        }
        if line_begins && arc && next_is_arc(source) {
            return count;
        }
        let Ok(shown) = source.peek(1) else { return count };
        let step = step_in(shown, arc);
        let piece = shown.get(..step).unwrap_or_default();
        passed(piece);
        line_begins = piece.last() == Some(&b'\n');
        is_first = false;
        source.consume(step);
        count += step as u64;
    }
}

/// How far it is to the next byte with which a version line or, with `arc`, a line may begin; at least one.
fn step_in(shown: &[u8], arc: bool) -> usize {
    let rest = shown.get(1..).unwrap_or_default();
    let version = memchr::memchr(VERSION[0], rest).map_or(shown.len(), |at| at + 1);
    let line = memchr::memchr(b'\n', shown).map_or(shown.len(), |at| at + 1);
    if arc { version.min(line) } else { version }
}

/// Stands the tape at the next place, from where it stands on, at which a record may begin: a gzip member whose content
/// is one, a Zstandard frame, or a version line; with `arc`, a line that is the head of an ARC record too.
pub(crate) fn find_record<R: BufRead + Seek>(tape: &mut Tape<R>, arc: bool) -> io::Result<()> {
    let mut line_begins = false;
    loop {
        let shown = tape.peek(AHEAD)?;
        let Some((first, rest)) = shown.split_first() else { return Ok(()) };
        let is_arc_line = arc && line_begins;
        let may_begin = is_arc_line || CANDIDATES.contains(first);
        let step = 1 + next_candidate(rest, arc);
        let next_begins = shown.get(step - 1) == Some(&b'\n');
        if may_begin && begins_record(tape, is_arc_line)? {
            return Ok(());
        }
        line_begins = next_begins;
        tape.consume(step);
    }
}

/// How far it is to the next byte with which a record may begin, or the end of what is shown.
fn next_candidate(shown: &[u8], arc: bool) -> usize {
    let [gzip, zstd, version] = CANDIDATES;
    let found = memchr::memchr3(gzip, zstd, version, shown).unwrap_or(shown.len());
    if !arc {
        return found;
    }
    // The head of an ARC record begins with any letter, at the beginning of a line.
    let line = memchr::memchr(b'\n', shown).map_or(shown.len(), |at| at + 1);
    found.min(line)
}

fn begins_record<R: BufRead + Seek>(tape: &mut Tape<R>, arc_line: bool) -> io::Result<bool> {
    let shown = tape.peek(AHEAD)?;
    if is_version_line(shown) {
        return Ok(true);
    }
    if let [0x1f, 0x8b, 8, flags, ..] = shown
        && flags & RESERVED_FLAGS == 0
    {
        return Ok(is_record_member(tape.peek(PROBE)?));
    }
    if zstd::window(shown).is_some() {
        return Ok(true);
    }
    Ok(arc_line && next_is_arc(tape))
}

fn is_record_member(bytes: &[u8]) -> bool {
    let bytes = bytes.get(..PROBE).unwrap_or(bytes);
    let mut decoded = [0_u8; 5];
    let mut decoder = GzDecoder::new(bytes);
    if std::io::Read::read_exact(&mut decoder, &mut decoded).is_err() {
        return false;
    }
    decoded == VERSION || is_scheme(&decoded)
}

/// Whether a line of ARC may begin like this.
fn is_scheme(bytes: &[u8]) -> bool {
    [&b"http:"[..], b"https", b"filed", b"dns:", b"ftp:/"].iter().any(|scheme| bytes.starts_with(scheme))
}
