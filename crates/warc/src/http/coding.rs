//! Undoing content codings (gzip, deflate, brotli) within bounds.
//!
//! Decoding streams through fixed buffers and stops at its limits, so that a few kilobytes cannot become gigabytes.
//! Where codings lie on top of each other, the limits hold for what each of them gives, not for the last one alone.
//! What was decoded before damage is kept to the last byte.

use std::cell::Cell;
use std::io::{self, BufRead, BufReader, Read};

use flate2::bufread::{DeflateDecoder, GzDecoder, ZlibDecoder};

use crate::peek::{Peek, PeekRead};

/// The most codings that may lie on top of each other; nobody uses more than two.
const MAX_CODINGS: usize = 4;

/// Below this many decoded bytes the ratio is not looked at: a short page of blanks may well shrink a thousandfold.
const RATIO_FLOOR: u64 = 1 << 20;

const BLOCK: usize = 16 << 10;

/// The most members of one gzip stream. Each costs a decoder, even if it holds nothing.
const MAX_MEMBERS: u32 = 1 << 16;

/// How far decoding may go, in each of the codings that lie on top of each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DecodeLimits {
    /// The most decoded bytes.
    pub max_bytes: u64,
    /// The most decoded bytes for each coded byte; it counts from the first megabyte on.
    pub max_ratio: u64,
}

impl Default for DecodeLimits {
    fn default() -> Self {
        Self { max_bytes: 64 << 20, max_ratio: 200 }
    }
}

/// How decoding ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DecodeOutcome {
    /// Everything was decoded.
    Complete,
    /// Stopped at the limit of decoded bytes.
    CutAtBytes,
    /// Stopped at the limit of the ratio.
    CutAtRatio,
    /// The coded bytes are damaged or end early; what came before is there.
    Damaged(String),
    /// A coding that is not known here; the bytes are as they came.
    UnknownCoding(String),
}

impl DecodeOutcome {
    /// The stable code of this outcome; empty for [`DecodeOutcome::Complete`].
    pub fn code(&self) -> &'static str {
        match self {
            Self::Complete => "",
            Self::CutAtBytes => "decoded-bytes",
            Self::CutAtRatio => "decoded-ratio",
            Self::Damaged(_) => "content-damaged",
            Self::UnknownCoding(_) => "unknown-coding",
        }
    }
}

impl std::fmt::Display for DecodeOutcome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Complete => f.write_str("the body was decoded whole"),
            Self::CutAtBytes => {
                f.write_str("the body decodes to more bytes than the limit allows; it was cut there")
            }
            Self::CutAtRatio => {
                f.write_str("the body expands more steeply than the limit allows; it was cut there")
            }
            Self::Damaged(why) => {
                write!(f, "the body's compression is damaged ({why}); what came before is kept")
            }
            Self::UnknownCoding(name) => {
                write!(f, "the body has the content coding '{name}', which is not known here")
            }
        }
    }
}

/// A decoded body and how its decoding ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded {
    /// The decoded bytes, as many as there are.
    pub bytes: Vec<u8>,
    /// How decoding ended.
    pub outcome: DecodeOutcome,
}

/// Undoes `codings`, which are named in the order they were applied, as `Content-Encoding` does.
pub fn decode_content<S: AsRef<str>>(codings: &[S], body: &[u8], limits: &DecodeLimits) -> Decoded {
    let mut steps = Vec::new();
    for name in codings.iter().map(|c| c.as_ref().trim().to_ascii_lowercase()) {
        match Coding::named(&name) {
            Some(Coding::Identity) => {}
            Some(coding) => steps.push(coding),
            None => return Decoded { bytes: body.to_vec(), outcome: DecodeOutcome::UnknownCoding(name) },
        }
    }
    if steps.len() > MAX_CODINGS {
        let outcome = DecodeOutcome::Damaged(format!("more than {MAX_CODINGS} content codings"));
        return Decoded { bytes: Vec::new(), outcome };
    }
    if body.is_empty() || steps.is_empty() {
        return undecoded(body, limits);
    }
    let decoded = run(&steps, body, limits, None);
    match decoded.outcome {
        // A decoder that meets damage may hold back good bytes of the block it was filling: go there again, bytewise.
        DecodeOutcome::Damaged(_) => run(&steps, body, limits, Some(decoded.bytes.len())),
        _ => decoded,
    }
}

fn undecoded(body: &[u8], limits: &DecodeLimits) -> Decoded {
    let max = usize::try_from(limits.max_bytes).unwrap_or(usize::MAX);
    match body.get(..max) {
        Some(cut) if cut.len() < body.len() => {
            Decoded { bytes: cut.to_vec(), outcome: DecodeOutcome::CutAtBytes }
        }
        _ => Decoded { bytes: body.to_vec(), outcome: DecodeOutcome::Complete },
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Coding {
    Identity,
    Gzip,
    Deflate,
    Brotli,
}

impl Coding {
    fn named(name: &str) -> Option<Self> {
        match name {
            "" | "identity" => Some(Self::Identity),
            "gzip" | "x-gzip" => Some(Self::Gzip),
            "deflate" => Some(Self::Deflate),
            "br" => Some(Self::Brotli),
            _ => None,
        }
    }
}

type Source<'a> = Peek<Box<dyn BufRead + 'a>>;

/// One pass over the body. Reads blocks up to `bytewise_from`, and single bytes from there on.
fn run(steps: &[Coding], body: &[u8], limits: &DecodeLimits, bytewise_from: Option<usize>) -> Decoded {
    let meter = Meter::new(body.len(), limits);
    let mut source: Source<'_> = Peek::new(Box::new(body));
    for coding in steps.iter().rev() {
        source = match undo(*coding, source, &meter) {
            Ok(source) => source,
            Err(error) => return Decoded { bytes: Vec::new(), outcome: meter.outcome(&error) },
        };
    }
    let mut bytes = Vec::new();
    let mut block = vec![0_u8; BLOCK];
    loop {
        let step = match bytewise_from {
            Some(from) if bytes.len() >= from => 1,
            Some(from) => BLOCK.min(from.saturating_sub(bytes.len())),
            None => BLOCK,
        };
        match source.read(block.get_mut(..step).unwrap_or_default()) {
            Ok(0) => return Decoded { bytes, outcome: DecodeOutcome::Complete },
            Ok(count) => bytes.extend_from_slice(block.get(..count).unwrap_or_default()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Decoded { bytes, outcome: meter.outcome(&error) },
        }
    }
}

/// What all layers of one body may give, and whether one of them wanted to give more.
struct Meter {
    most: u64,
    /// How a body is called that goes beyond `most`.
    cut: DecodeOutcome,
    is_cut: Cell<bool>,
}

impl Meter {
    fn new(coded: usize, limits: &DecodeLimits) -> Self {
        let by_ratio = limits.max_ratio.saturating_mul(coded as u64).max(RATIO_FLOOR);
        let (most, cut) = if limits.max_bytes <= by_ratio {
            (limits.max_bytes, DecodeOutcome::CutAtBytes)
        } else {
            (by_ratio, DecodeOutcome::CutAtRatio)
        };
        Self { most, cut, is_cut: Cell::new(false) }
    }

    /// What an error that came up through the layers means: the limit of one of them, or damage.
    fn outcome(&self, error: &io::Error) -> DecodeOutcome {
        if self.is_cut.get() { self.cut.clone() } else { DecodeOutcome::Damaged(reason(error)) }
    }
}

/// One layer's output, which breaks off with an error where it would go beyond the limit.
struct Metered<'a, R> {
    inner: R,
    left: u64,
    meter: &'a Meter,
}

impl<R: Read> Read for Metered<'_, R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 && !buf.is_empty() {
            // Whether there is more than the limit can only be told by asking for it.
            if self.inner.read(&mut [0])? == 0 {
                return Ok(0);
            }
            self.meter.is_cut.set(true);
            return Err(io::Error::other("a content coding gives more than its limit"));
        }
        let room = usize::try_from(self.left).unwrap_or(usize::MAX).min(buf.len());
        let count = self.inner.read(buf.get_mut(..room).unwrap_or_default())?;
        self.left = self.left.saturating_sub(count as u64);
        Ok(count)
    }
}

fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => "it ends early".to_owned(),
        _ => error.to_string().to_lowercase(),
    }
}

fn undo<'a>(coding: Coding, mut source: Source<'a>, meter: &'a Meter) -> io::Result<Source<'a>> {
    let decoder: Box<dyn Read + 'a> = match coding {
        Coding::Identity => return Ok(source),
        Coding::Gzip => Box::new(GzipMembers::new(source)),
        Coding::Brotli => Box::new(brotli_decompressor::Decompressor::new(source, BLOCK)),
        // "deflate" means zlib, but some servers send the bare stream; the two bytes of a zlib header tell them apart.
        Coding::Deflate if is_zlib(source.peek(2)?) => Box::new(ZlibDecoder::new(source)),
        Coding::Deflate => Box::new(DeflateDecoder::new(source)),
    };
    let metered = Metered { inner: decoder, left: meter.most, meter };
    Ok(Peek::new(Box::new(BufReader::with_capacity(BLOCK, metered))))
}

fn is_zlib(start: &[u8]) -> bool {
    match start {
        [cmf, flags, ..] => cmf & 0x0f == 8 && u16::from_be_bytes([*cmf, *flags]).is_multiple_of(31),
        _ => false,
    }
}

/// Gzip members one after another; anything else behind a member is ignored, as browsers do.
struct GzipMembers<R> {
    decoder: Option<GzDecoder<R>>,
    members_left: u32,
}

impl<R: PeekRead> GzipMembers<R> {
    fn new(source: R) -> Self {
        Self { decoder: Some(GzDecoder::new(source)), members_left: MAX_MEMBERS - 1 }
    }

    /// Goes on to what follows the member that has ended.
    fn next_member(&mut self) -> io::Result<()> {
        let Some(mut rest) = self.decoder.take().map(GzDecoder::into_inner) else { return Ok(()) };
        if rest.peek(2)?.starts_with(&[0x1f, 0x8b]) {
            let left = self.members_left.checked_sub(1);
            self.members_left = left.ok_or_else(|| io::Error::other("it has too many gzip members"))?;
            self.decoder = Some(GzDecoder::new(rest));
        }
        Ok(())
    }
}

impl<R: PeekRead> Read for GzipMembers<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        while let Some(decoder) = &mut self.decoder {
            let count = decoder.read(buf)?;
            if count > 0 || buf.is_empty() {
                return Ok(count);
            }
            self.next_member()?;
        }
        Ok(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
    use proptest::prelude::*;
    use std::io::Write;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn decode(codings: &[&str], body: &[u8]) -> Decoded {
        decode_content(codings, body, &DecodeLimits::default())
    }

    fn noise(count: usize) -> Vec<u8> {
        let mut state = 7_u32;
        std::iter::repeat_with(|| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            b'a' + (state >> 28) as u8
        })
        .take(count)
        .collect()
    }

    #[test]
    fn undoes_each_coding_and_stacks_of_them() {
        let text = noise(100_000);
        let complete = Decoded { bytes: text.clone(), outcome: DecodeOutcome::Complete };
        assert_eq!(decode(&["gzip"], &gzip(&text)), complete);
        assert_eq!(decode(&["X-GZIP", "identity"], &gzip(&text)), complete);
        assert_eq!(decode(&["gzip", "gzip"], &gzip(&gzip(&text))), complete);
        let mut zlib = ZlibEncoder::new(Vec::new(), Compression::default());
        zlib.write_all(&text).unwrap();
        assert_eq!(decode(&["deflate"], &zlib.finish().unwrap()), complete);
        let mut raw = DeflateEncoder::new(Vec::new(), Compression::default());
        raw.write_all(&text).unwrap();
        assert_eq!(decode(&["deflate"], &raw.finish().unwrap()), complete);
        assert_eq!(decode(&[], &text), complete);
        // The brotli stream of "hello\n", as the reference encoder writes it uncompressed.
        assert_eq!(decode(&["br"], b"\x8b\x02\x80hello\n\x03").bytes, b"hello\n");
    }

    #[test]
    fn reads_all_members_and_ignores_what_follows_them() {
        let mut body = gzip(b"one ");
        body.extend(gzip(b"two"));
        body.extend(b"\0\0garbage");
        assert_eq!(
            decode(&["gzip"], &body),
            Decoded { bytes: b"one two".to_vec(), outcome: DecodeOutcome::Complete }
        );
    }

    #[test]
    fn a_bomb_stops_early() {
        let bomb = gzip(&vec![0_u8; 20 << 20]);
        let by_ratio = decode(&["gzip"], &bomb);
        assert_eq!((by_ratio.outcome, by_ratio.bytes.len()), (DecodeOutcome::CutAtRatio, bomb.len() * 200));
        let limits = DecodeLimits { max_bytes: 1000, max_ratio: 200 };
        let by_bytes = decode_content(&["gzip"], &bomb, &limits);
        assert_eq!((by_bytes.outcome, by_bytes.bytes.len()), (DecodeOutcome::CutAtBytes, 1000));
        assert_eq!(decode_content::<&str>(&[], &[1; 1001], &limits).outcome, DecodeOutcome::CutAtBytes);
        assert_eq!(decode_content::<&str>(&[], &[1; 1000], &limits).outcome, DecodeOutcome::Complete);
    }

    fn stored(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::none());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn a_bomb_between_two_layers_stops_early() {
        // What the server sends is small, the layer below the last is huge, and the last gives nothing at all.
        let empty_blocks =
            [&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff][..], &b"\0\0\0\xff\xff".repeat(8 << 20)].concat();
        let sent = gzip(&gzip(&empty_blocks));
        assert!(sent.len() * 200 < empty_blocks.len());
        let decoded = decode(&["gzip"; 3], &sent);
        assert_eq!((decoded.outcome, decoded.bytes.len()), (DecodeOutcome::CutAtRatio, 0));
        let limits = DecodeLimits { max_bytes: 1000, max_ratio: 200 };
        assert_eq!(decode_content(&["gzip"; 3], &sent, &limits).outcome, DecodeOutcome::CutAtBytes);
        // The damage of one layer is still damage, and not a cut.
        assert!(matches!(decode(&["gzip"; 3], &stored(&stored(b"x"))).outcome, DecodeOutcome::Damaged(_)));
    }

    #[test]
    fn the_limit_itself_is_still_within() {
        let coded = gzip(&[1; 1000]);
        let limits = DecodeLimits { max_bytes: 1000, max_ratio: 200 };
        assert_eq!(decode_content(&["gzip"], &coded, &limits).outcome, DecodeOutcome::Complete);
        let limits = DecodeLimits { max_bytes: 999, max_ratio: 200 };
        let cut = decode_content(&["gzip"], &coded, &limits);
        assert_eq!((cut.outcome, cut.bytes.len()), (DecodeOutcome::CutAtBytes, 999));
    }

    #[test]
    fn members_that_hold_nothing_are_not_endless() {
        let decoded = decode(&["gzip"], &gzip(b"").repeat(70_000));
        assert_eq!(decoded.outcome, DecodeOutcome::Damaged("it has too many gzip members".to_owned()));
    }

    #[test]
    fn a_member_that_begins_at_the_end_of_a_layers_buffer_is_seen() {
        for padding in BLOCK - 60..BLOCK {
            let inner = [stored(&noise(padding)), stored(b"end")].concat();
            assert!(decode(&["gzip", "gzip"], &stored(&inner)).bytes.ends_with(b"end"), "padding {padding}");
        }
    }

    #[test]
    fn damage_keeps_every_byte_before_it() {
        let text = noise(100_000);
        let coded = gzip(&text);
        let cut = decode(&["gzip"], &coded[..coded.len() / 2]);
        assert_eq!(cut.outcome, DecodeOutcome::Damaged("it ends early".to_owned()));
        assert!(cut.bytes.len() > 40_000 && text.starts_with(&cut.bytes));

        let mut broken = coded.clone();
        let at = broken.len() - 8;
        broken[at] ^= 0xff;
        let damaged = decode(&["gzip"], &broken);
        assert_eq!(damaged.bytes, text, "a wrong checksum at the end loses nothing");
        assert!(matches!(damaged.outcome, DecodeOutcome::Damaged(_)));
        assert!(matches!(decode(&["gzip"], b"<html>").outcome, DecodeOutcome::Damaged(_)));
    }

    #[test]
    fn other_codings_are_named() {
        let outcome = DecodeOutcome::UnknownCoding("zstd".to_owned());
        assert_eq!(decode(&["zstd"], b"abc"), Decoded { bytes: b"abc".to_vec(), outcome });
        assert!(matches!(decode(&["gzip"; 5], b"abc").outcome, DecodeOutcome::Damaged(_)));
        assert_eq!(decode(&["gzip"], b"").outcome, DecodeOutcome::Complete);
    }

    proptest! {
        #[test]
        fn any_bytes_are_survived(body in prop::collection::vec(any::<u8>(), 0..300), coding in 0_usize..3) {
            let coding = ["gzip", "deflate", "br"][coding];
            let limits = DecodeLimits { max_bytes: 10_000, max_ratio: 200 };
            let decoded = decode_content(&[coding], &body, &limits);
            prop_assert!(decoded.bytes.len() <= 10_000);
        }
    }
}
