//! Zstandard frames ([RFC 8878](https://www.rfc-editor.org/rfc/rfc8878)) as web archives use them.
//!
//! One frame holds one record. A file may begin with a dictionary that all its frames need: a skippable frame of the
//! magic number 0x184D2A5D, with the dictionary as it is or compressed as a frame of its own (IIPC, "Use of Zstandard
//! with the WARC format"). The window and the dictionary are bounded, because a decoder has to hold both.

use std::io::{self, BufRead, ErrorKind, Read, Seek};

use ruzstd::decoding::{BlockDecodingStrategy, Dictionary, FrameDecoder};

use crate::peek::PeekRead;
use crate::tape::Tape;

/// The first bytes of every frame.
pub(crate) const FRAME: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
/// The first bytes of a skippable frame that holds a dictionary.
const DICTIONARY_FRAME: [u8; 4] = [0x5d, 0x2a, 0x4d, 0x18];
/// The first bytes of a dictionary.
const DICTIONARY: [u8; 4] = [0x37, 0xa4, 0x30, 0xec];
/// The largest window that a frame may ask for: what `zstd --ultra -22 --long=26` writes.
const MAX_WINDOW: u64 = 64 << 20;
/// The largest dictionary, uncompressed.
const MAX_DICTIONARY: u64 = 16 << 20;
/// How much is decoded at once.
const CHUNK: usize = 64 << 10;
/// Zeros behind a dictionary while its tables are read, so that tables which break off end in them.
const PADDING: usize = 4 << 10;
/// The longest header of a frame: magic, descriptor, window, dictionary, size.
const MAX_HEADER: usize = 18;

/// The frames of one file, and the dictionary that they share.
#[derive(Default)]
pub(crate) struct Frames {
    decoder: FrameDecoder,
    dictionary: Option<u32>,
}

impl Frames {
    /// Begins the frame at which the tape stands.
    pub(crate) fn open<R: BufRead + Seek>(&mut self, tape: &mut Tape<R>) -> io::Result<()> {
        self.open_in(tape)
    }

    fn open_in(&mut self, source: &mut impl PeekRead) -> io::Result<()> {
        let header = source.peek(MAX_HEADER)?;
        if window(header).is_none_or(|window| window > MAX_WINDOW) {
            return Err(corrupt("no Zstandard frame, or one that needs a larger window than is given"));
        }
        let names_dictionary = header.get(4).is_some_and(|descriptor| descriptor & 3 != 0);
        self.decoder.reset(&mut *source).map_err(io::Error::other)?;
        // A frame that names no dictionary is decoded with that of its file, if there is one.
        match self.dictionary.filter(|_| !names_dictionary) {
            Some(id) => self.decoder.force_dict(id).map_err(io::Error::other),
            None => Ok(()),
        }
    }

    /// Decodes into `room`; nothing more comes once this gives 0.
    pub(crate) fn read(&mut self, source: &mut impl Read, room: &mut [u8]) -> io::Result<usize> {
        while self.decoder.can_collect() == 0 && !self.decoder.is_finished() {
            let some = BlockDecodingStrategy::UptoBytes(CHUNK);
            self.decoder.decode_blocks(&mut *source, some).map_err(io::Error::other)?;
        }
        self.decoder.read(room)
    }

    /// Whether the content has the checksum that the frame states, if it states one.
    pub(crate) fn checksum_is_right(&self) -> bool {
        let stated = self.decoder.get_checksum_from_data();
        stated.is_none() || stated == self.decoder.get_calculated_checksum()
    }

    /// Reads past the skippable frame at which the tape stands; keeps what it holds if that is a dictionary.
    pub(crate) fn skip<R: BufRead + Seek>(&mut self, tape: &mut Tape<R>) -> io::Result<()> {
        let is_dictionary = tape.offset() == 0 && tape.peek(4)?.starts_with(&DICTIONARY_FRAME);
        let mut header = [0_u8; 8];
        tape.read_exact(&mut header)?;
        let [_, _, _, _, length @ ..] = header;
        let length = u64::from(u32::from_le_bytes(length));
        if is_dictionary && length <= MAX_DICTIONARY {
            let mut content = Vec::new();
            tape.take(length).read_to_end(&mut content)?;
            if content.len() as u64 != length {
                return Err(ErrorKind::UnexpectedEof.into());
            }
            return self.learn(&content);
        }
        if tape.pass(length)? { Ok(()) } else { Err(ErrorKind::UnexpectedEof.into()) }
    }

    fn learn(&mut self, content: &[u8]) -> io::Result<()> {
        let mut bytes = content.to_vec();
        if content.starts_with(&FRAME) {
            bytes = unpacked(content)?;
        }
        if !bytes.starts_with(&DICTIONARY) || bytes.len() < 8 {
            return Err(corrupt("the dictionary of the file cannot be read"));
        }
        bytes.resize(bytes.len() + PADDING, 0);
        let mut dictionary = Dictionary::decode_dict(&bytes).map_err(io::Error::other)?;
        let length = dictionary.dict_content.len().checked_sub(PADDING);
        let length = length.ok_or_else(|| corrupt("the dictionary of the file breaks off"))?;
        dictionary.dict_content.truncate(length);
        self.dictionary = Some(dictionary.id);
        self.decoder.add_dict(dictionary).map_err(io::Error::other)
    }
}

/// The content of a frame that is a dictionary.
fn unpacked(frame: &[u8]) -> io::Result<Vec<u8>> {
    let mut source = crate::peek::Peek::new(frame);
    let mut frames = Frames::default();
    frames.open_in(&mut source)?;
    let (mut content, mut room) = (Vec::new(), vec![0; CHUNK]);
    loop {
        let count = frames.read(&mut source, &mut room)?;
        content.extend_from_slice(room.get(..count).unwrap_or_default());
        if content.len() as u64 > MAX_DICTIONARY {
            return Err(corrupt("the dictionary of the file is too large"));
        }
        if count == 0 {
            return if frames.checksum_is_right() { Ok(content) } else { Err(corrupt("wrong checksum")) };
        }
    }
}

/// Whether these bytes begin a skippable frame.
pub(crate) fn is_skippable(bytes: &[u8]) -> bool {
    matches!(bytes, [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..])
}

/// The window that the frame with this header asks for (RFC 8878, section 3.1.1.1.2); `None` where it is no header.
pub(crate) fn window(header: &[u8]) -> Option<u64> {
    let rest = header.strip_prefix(&FRAME)?;
    let (descriptor, rest) = rest.split_first()?;
    if descriptor & 0x08 != 0 {
        return None;
    }
    if descriptor & 0x20 == 0 {
        let window = rest.first()?;
        let base = 1_u64 << (10 + (window >> 3));
        return Some(base + (base / 8) * u64::from(window & 7));
    }
    let dictionary_bytes = [0, 1, 2, 4].get(usize::from(descriptor & 3))?;
    let size_bytes = 1_usize << (descriptor >> 6);
    let size = rest.get(*dictionary_bytes..)?.get(..size_bytes)?;
    let size = size.iter().rev().fold(0_u64, |size, byte| size << 8 | u64::from(*byte));
    Some(if size_bytes == 2 { size + 256 } else { size })
}

fn corrupt(what: &'static str) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, what)
}
