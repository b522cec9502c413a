//! A record that takes the place of others to the byte, so that everything behind it stays where it is.
//!
//! What is left over is white space behind the block, in a member that is stored and not compressed: any length can be
//! had, `Content-Length` and the digest cover it, and every reader of WARC reads it as it reads any record.

use vidimus_snapshot::Digest;

use crate::encode::{Encoded, digests, encoded, head};
use crate::{EncodeError, NewRecord, gzip};

/// How the bytes lie in the file whose place is to be filled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Storage {
    /// As a gzip member of its own.
    Gzip,
    /// As they are.
    Plain,
}

/// What ends a record.
const END: &[u8] = b"\r\n\r\n";
/// The subfield that fills up a small member (RFC 1952, section 2.3.1.1), without its content: the length of all
/// subfields, its name, its length.
const EXTRA: usize = 6;

/// Makes a record of exactly `length` bytes; `None` where it is longer than that by itself. White space is put behind the
/// block, which has to be of a format that allows that, such as JSON.
pub fn encode_to_length(
    record: &NewRecord<'_>,
    storage: Storage,
    length: usize,
) -> Result<Option<Encoded>, EncodeError> {
    let room = match storage {
        Storage::Plain => Some(length),
        Storage::Gzip => gzip::room_stored(length),
    };
    if let Some(raw) = room.map(|room| padded(record, room)).transpose()?.flatten() {
        let member = match storage {
            Storage::Plain => raw.concat(),
            Storage::Gzip => gzip::stored_to_length(&raw.concat(), length),
        };
        return Ok(Some(of_pieces(record, &raw, member)));
    }
    match storage {
        Storage::Plain => Ok(None),
        Storage::Gzip => compressed(record, length),
    }
}

/// Head, block and end, `room` bytes together.
fn padded(record: &NewRecord<'_>, room: usize) -> Result<Option<[Vec<u8>; 3]>, EncodeError> {
    let (block_sha256, payload_sha256) = digests(record);
    // All of the head but the digits of the length, which are as many as the length of the block asks for.
    let empty = head(&NewRecord { block: b"", ..record.clone() }, block_sha256, payload_sha256, "")?;
    let fixed = empty.len().saturating_sub(1) + END.len();
    // Where one digit more would make it too long and one fewer too short, a space before them makes it fit.
    for (space, digits) in ["", " "].into_iter().flat_map(|space| (1..20).map(move |digits| (space, digits)))
    {
        let Some(length) = room.checked_sub(fixed + space.len() + digits) else { continue };
        if length < record.block.len() || length.to_string().len() != digits {
            continue;
        }
        let mut block = record.block.to_vec();
        block.resize(length, b' ');
        let whole = NewRecord { block: &block, ..record.clone() };
        let head = head(&whole, Digest::of(&block), payload_sha256, space)?;
        return Ok(Some([head, block, END.to_vec()]));
    }
    Ok(None)
}

/// A small place takes the record compressed, and what is left over goes into the header of the member.
fn compressed(record: &NewRecord<'_>, length: usize) -> Result<Option<Encoded>, EncodeError> {
    let (block_sha256, payload_sha256) = digests(record);
    let pieces = [head(record, block_sha256, payload_sha256, "")?, record.block.to_vec(), END.to_vec()];
    let member = gzip::compressed(&[pieces.concat().as_slice()])?;
    let Some(rest) = length.checked_sub(member.len()) else { return Ok(None) };
    if rest == 0 {
        return Ok(Some(of_pieces(record, &pieces, member)));
    }
    let Some(content) = rest.checked_sub(EXTRA) else { return Ok(None) };
    Ok(gzip::with_extra(&member, *b"VT", content).map(|member| of_pieces(record, &pieces, member)))
}

fn of_pieces(record: &NewRecord<'_>, [head, block, end]: &[Vec<u8>; 3], member: Vec<u8>) -> Encoded {
    let whole = NewRecord { block, ..record.clone() };
    let (block_sha256, payload_sha256) = digests(&whole);
    encoded(&[head, block, end], member, block_sha256, payload_sha256)
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Read as _};

    use flate2::bufread::MultiGzDecoder;

    use super::*;
    use crate::{Headers, Reader, RecordType, check_record};

    fn record(block: &[u8]) -> NewRecord<'_> {
        let headers = Headers::new().with("Content-Type", "application/json");
        NewRecord::new(RecordType::Metadata, "<urn:uuid:0>", "2024-06-27T00:00:00Z", headers, block)
    }

    fn read(bytes: Vec<u8>) -> crate::Record {
        let mut reader = Reader::new(Cursor::new(bytes)).unwrap();
        let record = reader.next_item().unwrap().unwrap().into_record().unwrap();
        assert!(reader.next_item().unwrap().is_none());
        record
    }

    #[test]
    fn every_length_can_be_had() {
        let block = br#"{"reason":"an order"}"#;
        let steps = |around: usize| around - 40..around + 40;
        let lengths =
            (300..1_600).chain(steps(10_300)).chain(steps(65_540)).chain(steps(131_080)).chain([5 << 20]);
        for length in lengths {
            for storage in [Storage::Gzip, Storage::Plain] {
                let made = encode_to_length(&record(block), storage, length).unwrap().unwrap();
                assert_eq!(made.member.len(), length, "{storage:?}");
                let mut unpacked = Vec::new();
                if storage == Storage::Gzip {
                    MultiGzDecoder::new(made.member.as_slice()).read_to_end(&mut unpacked).unwrap();
                    assert_eq!(Digest::of(&unpacked), made.record_sha256);
                }
                let found = read(made.member);
                assert_eq!(found.length, length as u64);
                assert_eq!((found.damage.len(), check_record(&found)), (0, Vec::new()));
                assert_eq!(found.record_sha256, made.record_sha256);
                let json: serde_json::Value = serde_json::from_slice(&found.block).unwrap();
                assert_eq!(json["reason"], "an order");
            }
        }
    }

    #[test]
    fn a_small_place_is_filled_by_what_can_be_compressed_and_a_smaller_one_by_nothing() {
        let block = format!("{{\"reason\":\"{}\"}}", "again and ".repeat(80));
        let fits = |length| encode_to_length(&record(block.as_bytes()), Storage::Gzip, length).unwrap();
        assert!(fits(150).is_none());
        let made = fits(500).unwrap();
        assert_eq!(made.member.len(), 500);
        let mut unpacked = Vec::new();
        MultiGzDecoder::new(made.member.as_slice()).read_to_end(&mut unpacked).unwrap();
        assert_eq!(Digest::of(&unpacked), made.record_sha256);
        assert_eq!(read(made.member).block, block.as_bytes());
        assert!(encode_to_length(&record(block.as_bytes()), Storage::Plain, 500).unwrap().is_none());
    }
}
