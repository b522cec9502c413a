//! One gzip member ([RFC 1952](https://www.rfc-editor.org/rfc/rfc1952)) of the pieces of one record.
//!
//! Its header says nothing of time, name or system, so that a member depends on the record alone.

use std::cell::RefCell;
use std::io;

use flate2::{Compress, CompressError, Compression, Crc, FlushCompress, Status};
use libdeflater::{CompressionLvl, Compressor};

const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
/// Level 6 is where deflate stops gaining.
const LEVEL: u32 = 6;
/// The most that a stored block of deflate holds ([RFC 1951](https://www.rfc-editor.org/rfc/rfc1951), section 3.2.4).
const MAX_STORED: usize = 65_535;
/// An empty stored block that is marked as the last one.
const LAST_BLOCK: [u8; 5] = [1, 0, 0, 0xff, 0xff];
/// How long the head of a stored block is.
const BLOCK_HEAD: usize = 5;
/// The length of a checksum and a length.
const TRAILER: usize = 8;
/// What every member with stored blocks has beside them.
const FRAME: usize = HEADER.len() + LAST_BLOCK.len() + TRAILER;
/// The flag of a header that has subfields.
const HAS_EXTRA: u8 = 4;
/// How much room the compressor is given when it has run out of it.
const ROOM: usize = 4096;

/// Up to this length a record is compressed at once, which is faster and packs closer, but takes its length three times
/// in memory; a longer one is compressed piece by piece.
const AT_ONCE: usize = 4 << 20;

/// What compresses a record at once, and the room that it takes.
struct Whole {
    compressor: Compressor,
    input: Vec<u8>,
    room: Vec<u8>,
}

thread_local! {
    /// To set up a compressor takes longer than to compress a small record, so each thread keeps its own.
    static DEFLATE: RefCell<Compress> = RefCell::new(Compress::new(Compression::new(LEVEL), false));
    static WHOLE: RefCell<Whole> = RefCell::new(Whole {
        // The crate's own default is level 6 too.
        compressor: Compressor::new(CompressionLvl::default()),
        input: Vec::new(),
        room: Vec::new(),
    });
}

/// A member that holds the pieces one behind the other, compressed.
pub(crate) fn compressed(pieces: &[&[u8]]) -> io::Result<Vec<u8>> {
    if length(pieces) > AT_ONCE {
        return Ok(compressed_piecewise(pieces)?);
    }
    WHOLE.with_borrow_mut(|whole| {
        whole.input.clear();
        pieces.iter().for_each(|piece| whole.input.extend_from_slice(piece));
        let bound = whole.compressor.deflate_compress_bound(whole.input.len());
        whole.room.resize(bound.max(whole.room.len()), 0);
        let packed = whole.compressor.deflate_compress(&whole.input, &mut whole.room);
        let packed = whole.room.get(..packed.map_err(io::Error::other)?).unwrap_or_default();
        let mut out = Vec::with_capacity(HEADER.len() + packed.len() + TRAILER);
        out.extend_from_slice(&HEADER);
        out.extend_from_slice(packed);
        Ok(ended(out, pieces))
    })
}

fn compressed_piecewise(pieces: &[&[u8]]) -> Result<Vec<u8>, CompressError> {
    let mut out = Vec::with_capacity(length(pieces) / 3 + ROOM);
    out.extend_from_slice(&HEADER);
    DEFLATE.with_borrow_mut(|deflate| {
        deflate.reset();
        pieces.iter().try_for_each(|piece| feed(deflate, piece, FlushCompress::None, &mut out))?;
        feed(deflate, &[], FlushCompress::Finish, &mut out)
    })?;
    Ok(ended(out, pieces))
}

/// A member that holds the pieces one behind the other as they are: for what is compressed already. Level 1 would take
/// its time over such bytes and make them five per cent longer.
pub(crate) fn stored(pieces: &[&[u8]]) -> Vec<u8> {
    stored_in(pieces, MAX_STORED)
}

/// How many bytes a member of this length holds that are stored in as few blocks as can be; `None` of one that is too
/// short to be any.
pub(crate) fn room_stored(length: usize) -> Option<usize> {
    let content = length.checked_sub(FRAME)?;
    content.checked_sub(blocks_of(content) * BLOCK_HEAD)
}

/// The member of this length that holds what there is [room](room_stored) for.
pub(crate) fn stored_to_length(content: &[u8], length: usize) -> Vec<u8> {
    let blocks = blocks_of(length.saturating_sub(FRAME)).max(1);
    stored_in(&[content], content.len().div_ceil(blocks).max(1))
}

fn blocks_of(content: usize) -> usize {
    content.div_ceil(MAX_STORED + BLOCK_HEAD)
}

/// The same member with a subfield in its header (RFC 1952, section 2.3.1.1) that holds so many zeros; `None` where they
/// are more than a header holds.
pub(crate) fn with_extra(member: &[u8], name: [u8; 2], zeros: usize) -> Option<Vec<u8>> {
    let (all, own) = (u16::try_from(zeros + 4).ok()?, u16::try_from(zeros).ok()?);
    let rest = member.strip_prefix(&HEADER)?;
    let mut out = HEADER.to_vec();
    if let Some(flags) = out.get_mut(3) {
        *flags = HAS_EXTRA;
    }
    out.extend_from_slice(&all.to_le_bytes());
    out.extend_from_slice(&name);
    out.extend_from_slice(&own.to_le_bytes());
    out.resize(out.len() + zeros, 0);
    out.extend_from_slice(rest);
    Some(out)
}

fn stored_in(pieces: &[&[u8]], at_most: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(length(pieces) + ROOM);
    out.extend_from_slice(&HEADER);
    for block in pieces.iter().flat_map(|piece| piece.chunks(at_most)) {
        let length = u16::try_from(block.len()).unwrap_or(u16::MAX);
        out.push(0);
        out.extend_from_slice(&length.to_le_bytes());
        out.extend_from_slice(&(!length).to_le_bytes());
        out.extend_from_slice(block);
    }
    out.extend_from_slice(&LAST_BLOCK);
    ended(out, pieces)
}

fn length(pieces: &[&[u8]]) -> usize {
    pieces.iter().map(|piece| piece.len()).sum()
}

/// Compresses all of `input`; with [`FlushCompress::Finish`], to the end of the stream.
fn feed(
    deflate: &mut Compress,
    mut input: &[u8],
    flush: FlushCompress,
    out: &mut Vec<u8>,
) -> Result<(), CompressError> {
    loop {
        out.reserve(ROOM);
        let before = deflate.total_in();
        let status = deflate.compress_vec(input, out, flush)?;
        let taken = usize::try_from(deflate.total_in().saturating_sub(before)).unwrap_or(usize::MAX);
        input = input.get(taken..).unwrap_or_default();
        let is_done = match flush {
            FlushCompress::Finish => status == Status::StreamEnd,
            _ => input.is_empty(),
        };
        if is_done {
            return Ok(());
        }
    }
}

/// The member with its trailer: checksum and length of what it holds.
fn ended(mut out: Vec<u8>, pieces: &[&[u8]]) -> Vec<u8> {
    let mut checksum = Crc::new();
    pieces.iter().for_each(|piece| checksum.update(piece));
    out.extend_from_slice(&checksum.sum().to_le_bytes());
    out.extend_from_slice(&checksum.amount().to_le_bytes());
    out
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use flate2::bufread::GzDecoder;
    use proptest::prelude::*;

    use super::*;

    /// What the one member holds; nothing may stand behind it.
    fn unpacked(mut member: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        GzDecoder::new(&mut member).read_to_end(&mut out).unwrap();
        assert!(member.is_empty());
        out
    }

    proptest! {
        #[test]
        fn members_hold_their_pieces(pieces: Vec<Vec<u8>>) {
            let pieces: Vec<&[u8]> = pieces.iter().map(Vec::as_slice).collect();
            prop_assert_eq!(unpacked(&compressed(&pieces).unwrap()), pieces.concat());
            prop_assert_eq!(unpacked(&compressed_piecewise(&pieces).unwrap()), pieces.concat());
            prop_assert_eq!(unpacked(&stored(&pieces)), pieces.concat());
        }
    }

    #[test]
    fn long_pieces_need_several_blocks_and_several_rounds() {
        // Noise, which grows when it is compressed.
        let noise: Vec<u8> = (0_u32..200_000).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
        let pieces: [&[u8]; 3] = [&noise, b"", &noise[..MAX_STORED]];
        assert_eq!(unpacked(&compressed(&pieces).unwrap()), pieces.concat());
        assert_eq!(unpacked(&compressed_piecewise(&pieces).unwrap()), pieces.concat());
        assert_eq!(unpacked(&stored(&pieces)), pieces.concat());
        assert!(stored(&pieces).len() < pieces.concat().len() + 100);
    }

    #[test]
    fn the_same_pieces_give_the_same_member_whatever_came_before() {
        let first = compressed(&[b"one record", b"and its end"]).unwrap();
        compressed(&[b"another one"]).unwrap();
        assert_eq!(compressed(&[b"one record", b"and its end"]).unwrap(), first);
        let long = vec![7; AT_ONCE + 1];
        assert_eq!(unpacked(&compressed(&[&long]).unwrap()), long);
    }
}
