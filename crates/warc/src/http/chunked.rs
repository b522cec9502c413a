//! Where the data of a chunked body stands among its size lines, extensions and trailers (RFC 9112, section 7.1).

use std::ops::Range;

use super::split::BodyEnd;

/// The longest chunk-size line with its extensions.
pub(crate) const MAX_SIZE_LINE: usize = 16 << 10;

/// The most bytes of trailer fields.
const MAX_TRAILER_BYTES: usize = 64 << 10;

/// What a scan over a chunked body found.
pub(super) struct Chunks {
    /// The places of the chunks' data, in order.
    pub data: Vec<Range<usize>>,
    /// Where the body ends: behind the blank line after the trailers, or where the scan had to stop.
    pub end: usize,
    /// How it ended.
    pub outcome: BodyEnd,
}

/// Finds the chunks of the body that begins at `start`; LF-only line ends are accepted.
pub(super) fn scan(tape: &[u8], start: usize) -> Chunks {
    let mut chunks = Chunks { data: Vec::new(), end: start, outcome: BodyEnd::Complete };
    loop {
        match next_chunk(tape, chunks.end) {
            Ok(Some((data, next))) => {
                chunks.end = next;
                chunks.data.push(data);
            }
            Ok(None) => return finish(tape, chunks),
            Err(Stop { data, outcome }) => {
                chunks.end = data.as_ref().map_or(chunks.end, |d| d.end);
                chunks.data.extend(data);
                chunks.outcome = outcome;
                return chunks;
            }
        }
    }
}

/// Why no further chunk follows, and the data that could still be had.
struct Stop {
    data: Option<Range<usize>>,
    outcome: BodyEnd,
}

impl Stop {
    fn without_data(outcome: BodyEnd) -> Self {
        Self { data: None, outcome }
    }
}

/// The chunk at `at`: its data's place and where the next begins; `None` for the last, empty chunk.
fn next_chunk(tape: &[u8], at: usize) -> Result<Option<(Range<usize>, usize)>, Stop> {
    let (line, data_at) = line(tape, at, MAX_SIZE_LINE).map_err(|end| {
        // A line that does not begin with a digit is no size line, however it may go on.
        let begins = tape.get(at).is_none_or(u8::is_ascii_hexdigit);
        Stop::without_data(if begins { end } else { BodyEnd::Malformed })
    })?;
    let size = size_of(line).ok_or(Stop::without_data(BodyEnd::Malformed))?;
    if size == 0 {
        return Ok(None);
    }
    let wanted = usize::try_from(size).ok().and_then(|size| data_at.checked_add(size));
    let Some(data_end) = wanted.filter(|end| *end <= tape.len()) else {
        return Err(Stop { data: Some(data_at..tape.len()), outcome: BodyEnd::Cut });
    };
    let data = data_at..data_end;
    match tape.get(data_end..).unwrap_or_default() {
        [b'\r', b'\n', ..] => Ok(Some((data, data_end.saturating_add(2)))),
        [b'\n', ..] => Ok(Some((data, data_end.saturating_add(1)))),
        [] | [b'\r'] => Err(Stop { data: Some(data), outcome: BodyEnd::Cut }),
        _ => Err(Stop { data: Some(data), outcome: BodyEnd::Malformed }),
    }
}

/// Reads past the last chunk's size line and the trailers.
fn finish(tape: &[u8], mut chunks: Chunks) -> Chunks {
    let mut at = match line(tape, chunks.end, MAX_SIZE_LINE) {
        Ok((_, next)) => next,
        Err(outcome) => return Chunks { outcome, ..chunks },
    };
    let limit = at.saturating_add(MAX_TRAILER_BYTES);
    loop {
        match line(tape, at, limit.saturating_sub(at)) {
            Ok((content, next)) => {
                at = next;
                if content.is_empty() {
                    chunks.end = at;
                    return chunks;
                }
            }
            Err(outcome) => return Chunks { outcome, ..chunks },
        }
    }
}

/// The line at `at` without its end, and where the next begins.
fn line(tape: &[u8], at: usize, longest: usize) -> Result<(&[u8], usize), BodyEnd> {
    let rest = tape.get(at..).unwrap_or_default();
    let window = rest.get(..longest).unwrap_or(rest);
    match window.iter().position(|b| *b == b'\n') {
        Some(newline) => {
            let content = window.get(..newline).unwrap_or_default();
            let next = at.saturating_add(newline).saturating_add(1);
            Ok((content.strip_suffix(b"\r").unwrap_or(content), next))
        }
        None if window.len() < rest.len() => Err(BodyEnd::Malformed),
        None => Err(BodyEnd::Cut),
    }
}

/// The size that a chunk-size line gives: hex digits, then nothing, white space or an extension.
pub(crate) fn size_of(line: &[u8]) -> Option<u64> {
    let digits = line.iter().take_while(|b| b.is_ascii_hexdigit()).count();
    let behind = super::head::trim(line.get(digits..)?);
    if digits == 0 || digits > 16 || behind.first().is_some_and(|b| *b != b';') {
        return None;
    }
    u64::from_str_radix(std::str::from_utf8(line.get(..digits)?).ok()?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined(tape: &[u8]) -> (Vec<u8>, BodyEnd, usize) {
        let chunks = scan(tape, 0);
        let body = chunks.data.iter().flat_map(|r| tape[r.clone()].to_vec()).collect();
        (body, chunks.outcome, chunks.end)
    }

    #[test]
    fn reads_extensions_trailers_and_lf_only() {
        let tape = b"5;a=\"b;c\"\r\nhello\r\n1 \nX\n0;last\r\nTrailer: 1\r\n\r\nrest";
        let (body, outcome, end) = joined(tape);
        assert_eq!((body.as_slice(), outcome), (b"helloX".as_slice(), BodyEnd::Complete));
        assert_eq!(&tape[end..], b"rest");
    }

    #[test]
    fn keeps_what_came_before_a_cut_or_a_fault() {
        assert_eq!(joined(b"5\r\nhel").0, b"hel");
        assert_eq!(joined(b"5\r\nhel").1, BodyEnd::Cut);
        assert_eq!(joined(b"5\r\nhello\r\n0\r\n").1, BodyEnd::Cut);
        assert_eq!(joined(b"5\r\nhelloXX"), (b"hello".to_vec(), BodyEnd::Malformed, 8));
        assert_eq!(joined(b"2\r\nhi\r\nzz\r\n"), (b"hi".to_vec(), BodyEnd::Malformed, 7));
        assert_eq!(joined(b"fffffffffffffffff\r\n").1, BodyEnd::Malformed);
        assert_eq!(joined(b"ffffffffffffffff\r\nabc").0, b"abc");
        assert_eq!(joined(b"").1, BodyEnd::Cut);
    }
}
