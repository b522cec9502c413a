//! Undoing content codings (gzip, deflate, brotli) within bounds.
//!
//! Decoding streams through fixed buffers and stops at its limits, so that a few kilobytes cannot become gigabytes.
//! What was decoded before damage is kept to the last byte.

use std::io::{self, BufRead, BufReader, Read};

use flate2::bufread::{DeflateDecoder, GzDecoder, ZlibDecoder};

/// The most codings that may lie on top of each other; nobody uses more than two.
const MAX_CODINGS: usize = 4;

/// Below this many decoded bytes the ratio is not looked at: a short page of blanks may well shrink a thousandfold.
const RATIO_FLOOR: u64 = 1 << 20;

const BLOCK: usize = 16 << 10;

/// How far decoding may go.
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

type Source<'a> = Box<dyn BufRead + 'a>;

/// One pass over the body. Reads blocks up to `bytewise_from`, and single bytes from there on.
fn run(steps: &[Coding], body: &[u8], limits: &DecodeLimits, bytewise_from: Option<usize>) -> Decoded {
    let mut source: Source<'_> = Box::new(body);
    for coding in steps.iter().rev() {
        source = match undo(*coding, source) {
            Ok(source) => source,
            Err(error) => {
                return Decoded { bytes: Vec::new(), outcome: DecodeOutcome::Damaged(error.to_string()) };
            }
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
        let outcome = match source.read(block.get_mut(..step).unwrap_or_default()) {
            Ok(0) => Some(DecodeOutcome::Complete),
            Ok(count) => {
                bytes.extend_from_slice(block.get(..count).unwrap_or_default());
                over_limit(&mut bytes, body.len(), limits)
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => None,
            Err(error) => Some(DecodeOutcome::Damaged(reason(&error))),
        };
        if let Some(outcome) = outcome {
            return Decoded { bytes, outcome };
        }
    }
}

fn over_limit(bytes: &mut Vec<u8>, coded: usize, limits: &DecodeLimits) -> Option<DecodeOutcome> {
    let ratio_bytes = limits.max_ratio.saturating_mul(coded as u64).max(RATIO_FLOOR);
    let have = bytes.len() as u64;
    if have <= limits.max_bytes && have <= ratio_bytes {
        return None;
    }
    let by_bytes = limits.max_bytes <= ratio_bytes;
    bytes.truncate(usize::try_from(limits.max_bytes.min(ratio_bytes)).unwrap_or(usize::MAX));
    Some(if by_bytes { DecodeOutcome::CutAtBytes } else { DecodeOutcome::CutAtRatio })
}

fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => "it ends early".to_owned(),
        _ => error.to_string().to_lowercase(),
    }
}

fn undo(coding: Coding, mut source: Source<'_>) -> io::Result<Source<'_>> {
    Ok(match coding {
        Coding::Identity => source,
        Coding::Gzip => Box::new(BufReader::with_capacity(BLOCK, GzipMembers(Some(GzDecoder::new(source))))),
        Coding::Brotli => {
            let decoder = brotli_decompressor::Decompressor::new(source, BLOCK);
            Box::new(BufReader::with_capacity(BLOCK, decoder))
        }
        // "deflate" means zlib, but some servers send the bare stream; the two bytes of a zlib header tell them apart.
        Coding::Deflate if is_zlib(source.fill_buf()?) => {
            Box::new(BufReader::with_capacity(BLOCK, ZlibDecoder::new(source)))
        }
        Coding::Deflate => Box::new(BufReader::with_capacity(BLOCK, DeflateDecoder::new(source))),
    })
}

fn is_zlib(start: &[u8]) -> bool {
    match start {
        [cmf, flags, ..] => cmf & 0x0f == 8 && u16::from_be_bytes([*cmf, *flags]).is_multiple_of(31),
        _ => false,
    }
}

/// Gzip members one after another; anything else behind a member is ignored, as browsers do.
struct GzipMembers<R>(Option<GzDecoder<R>>);

impl<R: BufRead> Read for GzipMembers<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        while let Some(decoder) = &mut self.0 {
            let count = decoder.read(buf)?;
            if count > 0 || buf.is_empty() {
                return Ok(count);
            }
            let Some(mut rest) = self.0.take().map(GzDecoder::into_inner) else { break };
            if rest.fill_buf()?.starts_with(&[0x1f, 0x8b]) {
                self.0 = Some(GzDecoder::new(rest));
            }
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
