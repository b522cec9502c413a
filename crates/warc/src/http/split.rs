//! Taking one recorded response apart: interim heads, final head, body, and what came after.

use thiserror::Error;

use super::chunked;
use super::framing::{Framing, FramingError};
use super::head::{Head, HeadError};

/// The most interim (1xx) heads that may come before the final one.
pub const MAX_INTERIM_HEADS: usize = 100;

/// The most blank bytes (CR and LF) that may come before a head.
const MAX_BLANK_BYTES: usize = 1024;

/// Why a tape could not be taken apart.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum HttpFramingError {
    /// The tape has no bytes at all.
    #[error("the response is empty")]
    Empty,
    /// A head could not be read.
    #[error("the response is not HTTP that can be framed: {0}")]
    Head(#[from] HeadError),
    /// Only interim heads came.
    #[error("the response ends after {count} interim (1xx) heads: the final head never came")]
    NoFinalHead {
        /// How many interim heads there were.
        count: usize,
    },
    /// More interim heads came than [`MAX_INTERIM_HEADS`].
    #[error("the response has more than {MAX_INTERIM_HEADS} interim (1xx) heads")]
    TooManyInterimHeads,
}

/// How a response says where its body ends (RFC 9112, section 6.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyFraming {
    /// There is no body: 204, 304, or the answer to HEAD.
    None,
    /// The body came in chunks.
    Chunked,
    /// The body has this many bytes.
    Length(u64),
    /// The body ends where the connection does.
    UntilClose,
}

/// How the body ended, as far as its framing tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyEnd {
    /// The body's end is there. A body that ends where the connection does always counts as ended: whether the
    /// connection was closed in good order only the client knows.
    Complete,
    /// The tape ends before the body does.
    Cut,
    /// The framing contradicts itself or breaks off in something that is not framing.
    Malformed,
}

/// A response taken apart: the form in which it is stored, and the recipe back to the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Split {
    /// The stored form: the final head, then the body, de-chunked but with its content coding. The head is untouched,
    /// but if the body was de-chunked it is without its `Transfer-Encoding` lines, and without the `Content-Length` that
    /// these overrode (RFC 9112, section 6.3): either would mislead whoever reads the stored body.
    pub stored: Vec<u8>,
    /// How many bytes of `stored` are head, the blank line included.
    pub head_len: usize,
    /// The final head as sent, `Transfer-Encoding` included.
    pub head: Head,
    /// The status codes of the interim heads before it.
    pub interim: Vec<u16>,
    /// How the body is framed.
    pub body_framing: BodyFraming,
    /// How the body ended.
    pub end: BodyEnd,
    /// Whether the body was de-chunked on the way to `stored`.
    pub dechunked: bool,
    /// How many bytes came after the body's end.
    pub surplus: usize,
    /// The recipe that rebuilds the wire; `None` where `stored` is the wire.
    pub framing: Option<Framing>,
}

impl Split {
    /// The body as stored: de-chunked, content coding kept.
    pub fn body(&self) -> &[u8] {
        self.stored.get(self.head_len..).unwrap_or_default()
    }

    /// Whether the whole body is there, as far as its framing tells.
    pub fn is_complete(&self) -> bool {
        self.end == BodyEnd::Complete
    }

    /// The bytes of the wire, rebuilt.
    pub fn wire(&self) -> Result<Vec<u8>, FramingError> {
        match &self.framing {
            Some(framing) => framing.rebuild(&self.stored),
            None => Ok(self.stored.clone()),
        }
    }
}

/// Takes apart the recorded bytes of one response to a request with the given method.
pub fn split(tape: &[u8], request_method: &str) -> Result<Split, HttpFramingError> {
    let (head_at, interim, head, body_at) = final_head(tape)?;
    let body_framing = framing_of(&head, request_method);
    let plan = plan_body(tape, body_at, &body_framing);

    let mut builder = Builder::default();
    builder.literal(tape.get(..head_at).unwrap_or_default());
    let mut at = head_at;
    if plan.dechunked {
        for field in head.fields.iter().filter(|f| speaks_of_the_chunked_body(&f.name)) {
            let start = head_at.saturating_add(field.span.start);
            let end = head_at.saturating_add(field.span.end);
            builder.stored(tape.get(at..start).unwrap_or_default());
            builder.literal(tape.get(start..end).unwrap_or_default());
            at = end;
        }
    }
    builder.stored(tape.get(at..body_at).unwrap_or_default());
    let head_len = builder.block.len();
    at = body_at;
    for data in &plan.data {
        builder.literal(tape.get(at..data.start).unwrap_or_default());
        builder.stored(tape.get(data.clone()).unwrap_or_default());
        at = data.end;
    }
    builder.literal(tape.get(at..).unwrap_or_default());

    let framing = (!builder.framing.is_trivial()).then_some(builder.framing);
    Ok(Split {
        stored: builder.block,
        head_len,
        head,
        interim,
        body_framing: body_framing.kind,
        end: plan.end,
        dechunked: plan.dechunked,
        surplus: tape.len().saturating_sub(plan.body_end),
        framing,
    })
}

/// Whether a field says how long the body is on the wire, which the de-chunked body no longer is.
fn speaks_of_the_chunked_body(name: &[u8]) -> bool {
    name.eq_ignore_ascii_case(b"transfer-encoding") || name.eq_ignore_ascii_case(b"content-length")
}

/// The stored block and the recipe back, made together.
#[derive(Default)]
struct Builder {
    block: Vec<u8>,
    framing: Framing,
}

impl Builder {
    fn literal(&mut self, bytes: &[u8]) {
        self.framing.push_literal(bytes);
    }

    fn stored(&mut self, bytes: &[u8]) {
        self.framing.push_stored(bytes.len());
        self.block.extend_from_slice(bytes);
    }
}

/// Where the final head begins, the interim statuses before it, the head, and where its body begins.
fn final_head(tape: &[u8]) -> Result<(usize, Vec<u16>, Head, usize), HttpFramingError> {
    let mut interim = Vec::new();
    let mut at = 0_usize;
    loop {
        at = skip_blank(tape, at);
        let rest = tape.get(at..).unwrap_or_default();
        if rest.is_empty() {
            return Err(match interim.len() {
                0 => HttpFramingError::Empty,
                count => HttpFramingError::NoFinalHead { count },
            });
        }
        let (head, len) = Head::parse(rest).map_err(|error| displaced(error, at))?;
        let behind = at.saturating_add(len);
        // 101 is final in HTTP/1.1: what follows it is another protocol.
        if !matches!(head.status, 100 | 102..=199) {
            return Ok((at, interim, head, behind));
        }
        interim.push(head.status);
        if interim.len() > MAX_INTERIM_HEADS {
            return Err(HttpFramingError::TooManyInterimHeads);
        }
        at = behind;
    }
}

fn skip_blank(tape: &[u8], at: usize) -> usize {
    let rest = tape.get(at..).unwrap_or_default();
    let blank = rest.iter().take(MAX_BLANK_BYTES).take_while(|b| matches!(b, b'\r' | b'\n')).count();
    at.saturating_add(blank)
}

/// The same error, with its offset counted from the tape's beginning.
fn displaced(error: HeadError, offset: usize) -> HeadError {
    match error {
        HeadError::NoStatusLine { .. } => HeadError::NoStatusLine { offset },
        HeadError::Incomplete { .. } => HeadError::Incomplete { offset },
        HeadError::TooLong { .. } => HeadError::TooLong { offset },
        HeadError::TooManyFields { .. } => HeadError::TooManyFields { offset },
    }
}

/// What the head says of the body.
struct Framed {
    kind: BodyFraming,
    /// Chunked is the only transfer coding, so that de-chunking leaves the body as it was meant.
    only_chunked: bool,
    /// The head contradicts itself.
    contradictory: bool,
}

fn framing_of(head: &Head, request_method: &str) -> Framed {
    let plain = |kind| Framed { kind, only_chunked: false, contradictory: false };
    if request_method.eq_ignore_ascii_case("HEAD") || matches!(head.status, 101 | 204 | 304) {
        return plain(BodyFraming::None);
    }
    if head.values("transfer-encoding").next().is_some() {
        let codings = head.list("transfer-encoding");
        // A message of HTTP/1.0 cannot be chunked: its framing is faulty, and the connection's end is all there is.
        if head.version == "HTTP/1.0" {
            return Framed { contradictory: true, ..plain(BodyFraming::UntilClose) };
        }
        let chunked_last = codings.last().is_some_and(|c| c == "chunked");
        let kind = if chunked_last { BodyFraming::Chunked } else { BodyFraming::UntilClose };
        return Framed { kind, only_chunked: codings.len() == 1, contradictory: false };
    }
    match content_length(head) {
        Ok(Some(length)) => plain(BodyFraming::Length(length)),
        Ok(None) => plain(BodyFraming::UntilClose),
        Err(Contradiction) => Framed { contradictory: true, ..plain(BodyFraming::UntilClose) },
    }
}

struct Contradiction;

/// The one length that all `Content-Length` values agree on.
fn content_length(head: &Head) -> Result<Option<u64>, Contradiction> {
    let mut agreed = None;
    for value in head.values("content-length").flat_map(|v| v.split(|b| *b == b',')) {
        let digits = super::head::trim(value);
        if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
            return Err(Contradiction);
        }
        let text = std::str::from_utf8(digits).map_err(|_| Contradiction)?;
        let length: u64 = text.parse().map_err(|_| Contradiction)?;
        if agreed.is_some_and(|before| before != length) {
            return Err(Contradiction);
        }
        agreed = Some(length);
    }
    Ok(agreed)
}

/// Which bytes of the tape become the stored body.
struct Plan {
    data: Vec<std::ops::Range<usize>>,
    body_end: usize,
    dechunked: bool,
    end: BodyEnd,
}

fn plan_body(tape: &[u8], body_at: usize, framed: &Framed) -> Plan {
    let until_close = |end| Plan {
        data: std::iter::once(body_at..tape.len()).collect(),
        body_end: tape.len(),
        dechunked: false,
        end,
    };
    match framed.kind {
        BodyFraming::None => {
            Plan { data: Vec::new(), body_end: body_at, dechunked: false, end: BodyEnd::Complete }
        }
        BodyFraming::UntilClose if framed.contradictory => until_close(BodyEnd::Malformed),
        BodyFraming::UntilClose => until_close(BodyEnd::Complete),
        BodyFraming::Length(length) => {
            let wanted = usize::try_from(length).ok().and_then(|length| body_at.checked_add(length));
            match wanted.filter(|end| *end <= tape.len()) {
                Some(end) => Plan {
                    data: std::iter::once(body_at..end).collect(),
                    body_end: end,
                    dechunked: false,
                    end: BodyEnd::Complete,
                },
                None => until_close(BodyEnd::Cut),
            }
        }
        BodyFraming::Chunked => {
            let chunks = chunked::scan(tape, body_at);
            // With another transfer coding inside, de-chunking would leave a body that no header describes; and
            // where not even the first chunk can be read, the bytes are no chunks. Both stay as they came.
            let not_chunks = chunks.outcome == BodyEnd::Malformed && chunks.data.is_empty();
            if !framed.only_chunked || not_chunks {
                let end = if not_chunks { tape.len() } else { chunks.end };
                let data = std::iter::once(body_at..end).collect();
                return Plan { data, body_end: end, dechunked: false, end: chunks.outcome };
            }
            let body_end = if chunks.outcome == BodyEnd::Complete { chunks.end } else { tape.len() };
            Plan { data: chunks.data, body_end, dechunked: true, end: chunks.outcome }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn get(tape: &[u8]) -> Split {
        let split = split(tape, "GET").unwrap();
        assert_eq!(split.wire().unwrap(), tape, "the wire is rebuilt bit for bit");
        split
    }

    #[test]
    fn a_plain_response_is_stored_as_it_came() {
        let split = get(b"HTTP/1.1 200 OK\r\ncontent-LENGTH: 2\r\n\r\nhi");
        assert_eq!(
            (split.framing.is_none(), split.is_complete(), split.body()),
            (true, true, b"hi".as_slice())
        );
    }

    #[test]
    fn interim_heads_and_surplus_stay_in_the_framing() {
        let split = get(
            b"\r\nHTTP/1.1 103 Early\r\nLink: a\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhiJUNK",
        );
        assert_eq!(split.stored, b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi");
        assert_eq!((split.interim.as_slice(), split.surplus), ([103].as_slice(), 4));
    }

    #[test]
    fn dechunks_and_drops_only_the_lines_on_the_length_of_the_wire() {
        let split = get(b"HTTP/1.1 200 OK\r\nA: 1\r\ntransfer-Encoding:\r\n chunked\r\nB:  2 \r\n\r\n\
              3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nT: 1\r\n\r\n");
        assert_eq!(split.stored, b"HTTP/1.1 200 OK\r\nA: 1\r\nB:  2 \r\n\r\nabcde");
        assert_eq!((split.dechunked, split.end), (true, BodyEnd::Complete));
        assert_eq!(split.head.text("Transfer-Encoding").as_deref(), Some(" chunked"));
    }

    #[test]
    fn chunked_wins_over_content_length() {
        let split = get(
            b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n",
        );
        assert_eq!((split.body_framing, split.body()), (BodyFraming::Chunked, b"x".as_slice()));
        assert_eq!(split.stored, b"HTTP/1.1 200 OK\r\n\r\nx", "a length that is not the body's is left out");
    }

    #[test]
    fn bodies_that_end_early_say_so() {
        let split = get(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
        assert_eq!((split.end, split.body()), (BodyEnd::Cut, b"abc".as_slice()));
        let split = get(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab");
        assert_eq!((split.end, split.body()), (BodyEnd::Cut, b"ab".as_slice()));
    }

    #[test]
    fn faulty_framing_keeps_every_byte() {
        let split = get(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n<html>no chunks</html>");
        assert_eq!((split.end, split.body()), (BodyEnd::Malformed, b"<html>no chunks</html>".as_slice()));
        assert!(!split.dechunked && split.framing.is_none());
        let split = get(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nabc");
        assert_eq!((split.end, split.body()), (BodyEnd::Malformed, b"abc".as_slice()));
        let split = get(b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n");
        assert_eq!((split.end, split.dechunked), (BodyEnd::Malformed, false));
    }

    #[test]
    fn a_second_transfer_coding_is_left_in_place() {
        let split =
            get(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n1\r\nx\r\n0\r\n\r\nrest");
        assert_eq!((split.dechunked, split.body()), (false, b"1\r\nx\r\n0\r\n\r\n".as_slice()));
        assert_eq!(split.surplus, 4);
    }

    #[test]
    fn no_body_where_none_can_be() {
        let tape = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n";
        assert_eq!(split(tape, "head").unwrap().body_framing, BodyFraming::None);
        assert!(get(b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n").is_complete());
        assert_eq!(get(b"HTTP/1.1 204 No Content\r\n\r\nx").surplus, 1);
    }

    #[test]
    fn says_what_is_missing() {
        assert_eq!(split(b"", "GET"), Err(HttpFramingError::Empty));
        let only_interim = split(b"HTTP/1.1 100 Continue\r\n\r\n", "GET");
        assert_eq!(only_interim, Err(HttpFramingError::NoFinalHead { count: 1 }));
        let cut = split(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nA", "GET");
        assert_eq!(cut, Err(HttpFramingError::Head(HeadError::Incomplete { offset: 25 })));
        let many = b"HTTP/1.1 100 C\r\n\r\n".repeat(MAX_INTERIM_HEADS + 1);
        assert_eq!(split(&many, "GET"), Err(HttpFramingError::TooManyInterimHeads));
    }

    fn message() -> impl Strategy<Value = Vec<u8>> {
        let interim =
            prop::sample::select(vec!["", "HTTP/1.1 103 Early\r\nA: b\r\n\r\n", "\r\n", "HTTP/1.1 100\n\n"]);
        let framing = prop::sample::select(vec![
            "",
            "Transfer-Encoding: chunked",
            "transfer-encoding :\r\n\tchunked",
            "Transfer-Encoding: gzip, chunked",
            "Content-Length: 7",
            "Content-Length: 7\r\nContent-Length: 8",
            "Content-Length: 4\r\nTransfer-Encoding: chunked",
        ]);
        let newline = prop::sample::select(vec!["\r\n", "\n"]);
        let chunks = prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 0..6);
        let tail = prop::collection::vec(any::<u8>(), 0..20);
        (interim, framing, newline, chunks, tail).prop_map(|(interim, framing, newline, chunks, tail)| {
            let mut tape =
                format!("{interim}HTTP/1.1 200 OK{newline}{framing}{newline}{newline}").into_bytes();
            for chunk in chunks {
                tape.extend(format!("{:x};e=1{newline}", chunk.len()).into_bytes());
                tape.extend(chunk);
                tape.extend(newline.as_bytes());
            }
            tape.extend(format!("0{newline}T: 1{newline}{newline}").into_bytes());
            tape.extend(tail);
            tape
        })
    }

    proptest! {
        #[test]
        fn any_tape_is_rebuilt(tape in prop::collection::vec(any::<u8>(), 0..400)) {
            if let Ok(split) = split(&tape, "GET") {
                prop_assert_eq!(split.wire().unwrap(), tape);
            }
        }

        #[test]
        fn a_mutated_message_is_rebuilt(
            mut tape in message(),
            edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
            cut in any::<prop::sample::Index>(),
            shorten in any::<bool>(),
        ) {
            for (index, byte) in edits {
                let at = index.index(tape.len());
                tape[at] = byte;
            }
            if shorten {
                tape.truncate(cut.index(tape.len()));
            }
            if let Ok(split) = split(&tape, "GET") {
                prop_assert_eq!(&split.wire().unwrap(), &tape);
                prop_assert!(split.head_len <= split.stored.len());
                if let Some(framing) = &split.framing {
                    let back = Framing::from_json(framing.to_json().unwrap().as_bytes()).unwrap();
                    prop_assert_eq!(back.rebuild(&split.stored).unwrap(), tape);
                }
            }
        }
    }
}
