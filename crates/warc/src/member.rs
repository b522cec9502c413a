//! One compressed member of a file: a gzip member ([RFC 1952](https://www.rfc-editor.org/rfc/rfc1952)) or a Zstandard
//! frame ([RFC 8878](https://www.rfc-editor.org/rfc/rfc8878)), decoded piece by piece.
//!
//! The decoder stays from member to member, because to set one up takes longer than to decode a small record.

use std::io::{self, BufRead, ErrorKind, Read, Seek};

use flate2::{Crc, Decompress, FlushDecompress, Status};

use crate::peek::{PeekRead, Source};
use crate::tape::Tape;
use crate::zstd::Frames;

/// How much is decoded at once.
const CHUNK: usize = 64 << 10;
/// The longest name or comment in the header of a gzip member.
const MAX_NAME: usize = 64 << 10;

/// How many times its own length a file may decode to, and this much beside. Deflate cannot reach it; Zstandard packs 2 MB
/// into four bytes, so that a small file could keep a reader busy for days.
const EXPANSION: (u64, u64) = (2_000, 256 << 20);

/// How a member is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Codec {
    Gzip,
    Zstd,
}

/// Where a member's decoding stands.
enum Stage {
    Data,
    /// All data is decoded; the checksum is still to be compared.
    Trailer,
    Over,
    Failed(ErrorKind, String),
}

/// A file, and the member of it that is being decoded.
pub(crate) struct Member<R> {
    pub(crate) tape: Tape<R>,
    codec: Codec,
    stage: Stage,
    inflate: Decompress,
    checksum: Crc,
    pub(crate) frames: Frames,
    /// Decoded bytes; those before `at` are consumed, those from `end` on are room.
    out: Vec<u8>,
    at: usize,
    end: usize,
    /// How many bytes of the member were decoded.
    produced: u64,
    /// How many bytes of all members were decoded.
    total: u64,
}

impl<R: BufRead + Seek> Member<R> {
    pub(crate) fn new(tape: Tape<R>) -> Self {
        Self {
            tape,
            codec: Codec::Gzip,
            stage: Stage::Over,
            inflate: Decompress::new(false),
            checksum: Crc::new(),
            frames: Frames::default(),
            out: vec![0; CHUNK],
            at: 0,
            end: 0,
            produced: 0,
            total: 0,
        }
    }

    /// Begins the member at which the tape stands.
    pub(crate) fn open(&mut self, codec: Codec) {
        self.codec = codec;
        self.stage = Stage::Data;
        (self.at, self.end, self.produced) = (0, 0, 0);
        let opened = match codec {
            Codec::Gzip => {
                self.inflate.reset(false);
                self.checksum.reset();
                read_gzip_header(&mut self.tape)
            }
            Codec::Zstd => self.frames.open(&mut self.tape),
        };
        self.note(opened);
    }

    /// How many bytes of the member were decoded, for whoever gives it up.
    pub(crate) fn take_produced(&mut self) -> u64 {
        std::mem::take(&mut self.produced)
    }

    /// Puts bytes back in front of what comes next.
    pub(crate) fn unread(&mut self, bytes: &[u8]) {
        let joined = [bytes, self.shown()].concat();
        (self.at, self.end) = (0, joined.len());
        self.out = joined;
    }

    fn shown(&self) -> &[u8] {
        self.out.get(self.at..self.end).unwrap_or_default()
    }

    /// Decodes until there is something more to show, or the end, or an error.
    fn decode(&mut self) {
        self.make_room();
        let before = self.end;
        while self.end == before {
            let step = match (&self.stage, self.codec) {
                (Stage::Over | Stage::Failed(..), _) => return,
                (Stage::Data, Codec::Gzip) => self.inflate_some(),
                (Stage::Data, Codec::Zstd) => self.read_frame(),
                (Stage::Trailer, _) => self.check_trailer(),
            };
            self.note(step);
        }
        let count = (self.end - before) as u64;
        self.produced += count;
        self.total += count;
        let most = self.tape.offset().saturating_mul(EXPANSION.0).saturating_add(EXPANSION.1);
        if self.total > most {
            self.note(Err(corrupt("it decodes to thousands of times its length")));
        }
    }

    /// Keeps an error for whoever has consumed what came before it.
    fn note(&mut self, step: io::Result<()>) {
        if let Err(error) = step {
            self.stage = Stage::Failed(error.kind(), error.to_string());
        }
    }

    fn make_room(&mut self) {
        if self.at > 0 {
            self.out.copy_within(self.at..self.end, 0);
            (self.at, self.end) = (0, self.end - self.at);
        }
        // More than usual is there only after bytes were put back.
        if self.end == 0 && self.out.len() > 2 * CHUNK {
            self.out = vec![0; CHUNK];
        } else if self.out.len() - self.end < CHUNK / 2 {
            self.out.resize(self.end + CHUNK, 0);
        }
    }

    fn inflate_some(&mut self) -> io::Result<()> {
        let input = self.tape.fill_buf()?;
        if input.is_empty() {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        let room = self.out.get_mut(self.end..).unwrap_or_default();
        let (took, gave) = (self.inflate.total_in(), self.inflate.total_out());
        let status = self.inflate.decompress(input, room, FlushDecompress::None)?;
        let took = usize::try_from(self.inflate.total_in() - took).unwrap_or(usize::MAX);
        let gave = usize::try_from(self.inflate.total_out() - gave).unwrap_or(usize::MAX);
        self.checksum.update(room.get(..gave).unwrap_or_default());
        self.end += gave;
        self.tape.consume(took);
        match status {
            Status::StreamEnd => self.stage = Stage::Trailer,
            _ if took == 0 && gave == 0 => return Err(corrupt("corrupt deflate stream")),
            _ => {}
        }
        Ok(())
    }

    fn read_frame(&mut self) -> io::Result<()> {
        let room = self.out.get_mut(self.end..).unwrap_or_default();
        let gave = self.frames.read(&mut self.tape, room)?;
        self.end += gave;
        if gave == 0 {
            self.stage = Stage::Trailer;
        }
        Ok(())
    }

    fn check_trailer(&mut self) -> io::Result<()> {
        let is_right = match self.codec {
            Codec::Zstd => self.frames.checksum_is_right(),
            Codec::Gzip => {
                let mut trailer = [0_u8; 8];
                self.tape.read_exact(&mut trailer)?;
                let (sum, amount) = (self.checksum.sum(), self.checksum.amount());
                trailer == (u64::from(amount) << 32 | u64::from(sum)).to_le_bytes()
            }
        };
        self.stage = Stage::Over;
        if is_right { Ok(()) } else { Err(corrupt("the checksum of the content is wrong")) }
    }
}

impl<R: BufRead + Seek> PeekRead for Member<R> {
    fn peek(&mut self, least: usize) -> io::Result<&[u8]> {
        while self.end - self.at < least && matches!(self.stage, Stage::Data | Stage::Trailer) {
            self.decode();
        }
        self.fill_buf()
    }
}

impl<R: BufRead + Seek> Source for Member<R> {
    /// Counted from the beginning of the decoded member.
    fn position(&self) -> u64 {
        self.produced.saturating_sub(self.shown().len() as u64)
    }
}

impl<R: BufRead + Seek> Read for Member<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let count = self.fill_buf()?.read(buf)?;
        self.consume(count);
        Ok(count)
    }
}

impl<R: BufRead + Seek> BufRead for Member<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.at == self.end {
            self.decode();
        }
        match &self.stage {
            Stage::Failed(kind, what) if self.at == self.end => Err(io::Error::new(*kind, what.clone())),
            _ => Ok(self.shown()),
        }
    }

    fn consume(&mut self, amount: usize) {
        self.at = (self.at + amount).min(self.end);
    }
}

fn corrupt(what: &'static str) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, what)
}

/// Reads past a member's header: ten bytes, and whatever its flags say.
fn read_gzip_header(source: &mut impl BufRead) -> io::Result<()> {
    let mut fixed = [0_u8; 10];
    source.read_exact(&mut fixed)?;
    let [0x1f, 0x8b, 8, flags, ..] = fixed else { return Err(corrupt("invalid gzip header")) };
    if flags & 0xe0 != 0 {
        return Err(corrupt("invalid gzip header"));
    }
    if flags & 4 != 0 {
        let mut length = [0_u8; 2];
        source.read_exact(&mut length)?;
        let length = usize::from(u16::from_le_bytes(length));
        source.read_exact(&mut vec![0; length])?;
    }
    for _ in 0..(flags >> 3 & 1) + (flags >> 4 & 1) {
        let mut text = Vec::new();
        source.by_ref().take(MAX_NAME as u64).read_until(0, &mut text)?;
        if text.last() != Some(&0) {
            return Err(corrupt("invalid gzip header"));
        }
    }
    if flags & 2 != 0 {
        source.read_exact(&mut [0; 2])?;
    }
    Ok(())
}
