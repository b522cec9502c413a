//! The head of an HTTP/1 response as it stands in recorded bytes: status line and header fields, raw and in order.
//!
//! Reading is tolerant (LF-only line ends, folded lines, odd reason phrases, Latin-1, bad names), because a head that
//! some server sent is a fact to be kept, not a form to be marked. It is bounded by [`MAX_HEAD_BYTES`] and
//! [`MAX_HEAD_FIELDS`].

use std::ops::Range;

use thiserror::Error;

/// The most bytes that one head may have, its blank line included.
pub const MAX_HEAD_BYTES: usize = 1 << 20;

/// The most header fields that one head may have.
pub const MAX_HEAD_FIELDS: usize = 4096;

/// Why bytes could not be read as the head of an HTTP response.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum HeadError {
    /// The bytes do not begin with a status line.
    #[error("the bytes at offset {offset} are no HTTP status line")]
    NoStatusLine {
        /// Where a status line was expected.
        offset: usize,
    },
    /// The bytes end before the blank line that ends a head.
    #[error("the head that begins at offset {offset} is cut off: the bytes end before its blank line")]
    Incomplete {
        /// Where the head begins.
        offset: usize,
    },
    /// The head is longer than [`MAX_HEAD_BYTES`].
    #[error("the head that begins at offset {offset} is longer than {MAX_HEAD_BYTES} bytes")]
    TooLong {
        /// Where the head begins.
        offset: usize,
    },
    /// The head has more fields than [`MAX_HEAD_FIELDS`].
    #[error("the head that begins at offset {offset} has more than {MAX_HEAD_FIELDS} header fields")]
    TooManyFields {
        /// Where the head begins.
        offset: usize,
    },
}

/// One header field as sent: the name in its own case, the value without the white space around it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeaderField {
    /// The name, in the case the server used.
    pub name: Vec<u8>,
    /// The value's raw bytes; the parts of a folded value are joined by one space.
    pub value: Vec<u8>,
    /// Where the field's lines stand, line ends included, counted from the head's first byte.
    pub(super) span: Range<usize>,
}

/// A media type with the one parameter that matters here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContentType {
    /// Type and subtype in lower case, such as `text/html`.
    pub essence: String,
    /// The `charset` parameter as sent, without quotes.
    pub charset: Option<String>,
}

/// A response head: its status line and its header fields, in order, duplicates kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The protocol version as sent, such as `HTTP/1.1`.
    pub version: String,
    /// The status code.
    pub status: u16,
    /// The reason phrase's raw bytes; empty where the server sent none.
    pub reason: Vec<u8>,
    /// The header fields in the order sent.
    pub fields: Vec<HeaderField>,
    /// How many lines of the head were neither a field nor part of one.
    pub malformed_lines: usize,
}

impl Head {
    /// Reads the head at the beginning of `bytes`; says also how many bytes it takes, blank line included.
    pub fn parse(bytes: &[u8]) -> Result<(Self, usize), HeadError> {
        let offset = 0;
        let mut lines = Lines { bytes, at: 0 };
        let (_, status_line) = lines.next_line()?;
        let (version, status, reason) =
            status_line_of(status_line).ok_or(HeadError::NoStatusLine { offset })?;
        let mut head = Self { version, status, reason, fields: Vec::new(), malformed_lines: 0 };
        loop {
            let (span, line) = lines.next_line()?;
            if line.is_empty() {
                return Ok((head, span.end));
            }
            head.take_line(span, line);
            if head.fields.len().saturating_add(head.malformed_lines) > MAX_HEAD_FIELDS {
                return Err(HeadError::TooManyFields { offset });
            }
        }
    }

    fn take_line(&mut self, span: Range<usize>, line: &[u8]) {
        if line.first().is_some_and(|b| is_blank(*b)) {
            match self.fields.last_mut().filter(|last| last.span.end == span.start) {
                Some(last) => {
                    last.span.end = span.end;
                    last.value.push(b' ');
                    last.value.extend_from_slice(trim(line));
                }
                None => self.malformed_lines = self.malformed_lines.saturating_add(1),
            }
            return;
        }
        let mut halves = line.splitn(2, |b| *b == b':');
        match (halves.next(), halves.next()) {
            (Some(name), Some(value)) => {
                let (name, value) = (trim(name).to_vec(), trim(value).to_vec());
                self.fields.push(HeaderField { name, value, span });
            }
            _ => self.malformed_lines = self.malformed_lines.saturating_add(1),
        }
    }

    /// All values of a field, in order; the name's case does not matter.
    pub fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> + 'a {
        self.fields
            .iter()
            .filter(move |f| f.name.eq_ignore_ascii_case(name.as_bytes()))
            .map(|f| f.value.as_slice())
    }

    /// The first value of a field as text: UTF-8 where it is valid, Latin-1 otherwise.
    pub fn text(&self, name: &str) -> Option<String> {
        self.values(name).next().map(lossless_text)
    }

    /// The members of a field that is a comma-separated list, over all its lines, in lower case and without the empty
    /// ones.
    pub fn list(&self, name: &str) -> Vec<String> {
        self.values(name)
            .flat_map(|v| v.split(|b| *b == b','))
            .map(|member| lossless_text(trim(member)).to_ascii_lowercase())
            .filter(|member| !member.is_empty())
            .collect()
    }

    /// The `Content-Type`; `None` where there is none or it names no type.
    pub fn content_type(&self) -> Option<ContentType> {
        let text = self.text("content-type")?;
        let mut parts = text.split(';');
        let essence = parts.next().map(str::trim).filter(|e| e.contains('/'))?.to_ascii_lowercase();
        let charset = parts.filter_map(|p| p.split_once('=')).find_map(|(name, value)| {
            let value = value.trim().trim_matches(['"', '\'']);
            (name.trim().eq_ignore_ascii_case("charset") && !value.is_empty()).then(|| value.to_owned())
        });
        Some(ContentType { essence, charset })
    }

    /// The content codings in the order they were applied, in lower case, `identity` left out.
    pub fn content_codings(&self) -> Vec<String> {
        let mut codings = self.list("content-encoding");
        codings.retain(|c| c != "identity");
        codings
    }
}

/// The lines of a head, one by one, never past the head's longest length.
struct Lines<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Lines<'a> {
    /// The next line's place, line end included, and its content, line end left out.
    fn next_line(&mut self) -> Result<(Range<usize>, &'a [u8]), HeadError> {
        let window = self.bytes.get(..MAX_HEAD_BYTES).unwrap_or(self.bytes);
        let rest = window.get(self.at..).unwrap_or_default();
        let Some(newline) = rest.iter().position(|b| *b == b'\n') else {
            let too_long = self.bytes.len() > MAX_HEAD_BYTES;
            return Err(if too_long {
                HeadError::TooLong { offset: 0 }
            } else {
                HeadError::Incomplete { offset: 0 }
            });
        };
        let span = self.at..self.at.saturating_add(newline).saturating_add(1);
        let line = rest.get(..newline).unwrap_or_default();
        self.at = span.end;
        Ok((span, line.strip_suffix(b"\r").unwrap_or(line)))
    }
}

fn status_line_of(line: &[u8]) -> Option<(String, u16, Vec<u8>)> {
    let mut words = line.splitn(2, |b| *b == b' ');
    let version = words.next().filter(|v| v.starts_with(b"HTTP/") && v.len() <= 12)?;
    let rest = trim_start(words.next()?);
    let (digits, reason) = rest.split_at_checked(3)?;
    // A status begins with 1 or more (RFC 9112, section 4; RFC 9110, section 15).
    if !digits.iter().all(u8::is_ascii_digit)
        || digits.starts_with(b"0")
        || reason.first().is_some_and(|b| !is_blank(*b))
    {
        return None;
    }
    let status = digits
        .iter()
        .fold(0_u16, |n, d| n.saturating_mul(10).saturating_add(u16::from(d.wrapping_sub(b'0'))));
    let version = std::str::from_utf8(version).ok()?.to_owned();
    Some((version, status, reason.get(1..).unwrap_or_default().to_vec()))
}

fn lossless_text(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().copied().map(char::from).collect(),
    }
}

fn is_blank(byte: u8) -> bool {
    byte == b' ' || byte == b'\t'
}

fn trim_start(bytes: &[u8]) -> &[u8] {
    let start = bytes.iter().position(|b| !is_blank(*b)).unwrap_or(bytes.len());
    bytes.get(start..).unwrap_or_default()
}

/// The bytes without the spaces and tabs around them.
pub(super) fn trim(bytes: &[u8]) -> &[u8] {
    let bytes = trim_start(bytes);
    let end = bytes.iter().rposition(|b| !is_blank(*b)).map_or(0, |last| last.saturating_add(1));
    bytes.get(..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(bytes: &[u8]) -> Head {
        Head::parse(bytes).unwrap().0
    }

    #[test]
    fn keeps_order_case_duplicates_and_raw_bytes() {
        let head = head(
            b"HTTP/1.1 200 Tr\xe8s bien\r\nX-oDD: 1\r\nset-cookie: a\r\nSet-Cookie: b\r\nX: \xff\r\n\r\n",
        );
        assert_eq!((head.status, head.reason.as_slice()), (200, b"Tr\xe8s bien".as_slice()));
        assert_eq!(head.fields[0].name, b"X-oDD");
        assert_eq!(head.values("SET-COOKIE").collect::<Vec<_>>(), [b"a", b"b"]);
        assert_eq!(head.text("x").as_deref(), Some("\u{ff}"));
    }

    #[test]
    fn reads_lf_only_folded_and_bad_lines() {
        let head = head(
            b"HTTP/1.0 404\nContent-Type: text/html;\n charset=\"UTF-8\"\nno colon here\nb@d n\xe4me: 1\n\n",
        );
        assert_eq!((head.status, head.reason.len()), (404, 0));
        let charset = Some("UTF-8".to_owned());
        assert_eq!(head.content_type(), Some(ContentType { essence: "text/html".to_owned(), charset }));
        assert_eq!((head.malformed_lines, head.fields.len()), (1, 2));
    }

    #[test]
    fn a_fold_after_a_malformed_line_is_not_joined_to_an_older_field() {
        let head = head(b"HTTP/1.1 200 OK\r\nA: 1\r\nnonsense\r\n more\r\n\r\n");
        assert_eq!(head.text("a").as_deref(), Some("1"));
        assert_eq!(head.malformed_lines, 2);
    }

    #[test]
    fn says_why_a_head_is_no_head() {
        assert_eq!(Head::parse(b"<html>\n\n"), Err(HeadError::NoStatusLine { offset: 0 }));
        assert_eq!(Head::parse(b"HTTP/1.1 20 OK\r\n\r\n"), Err(HeadError::NoStatusLine { offset: 0 }));
        assert_eq!(Head::parse(b"HTTP/1.1 099 Less\r\n\r\n"), Err(HeadError::NoStatusLine { offset: 0 }));
        assert_eq!(Head::parse(b"HTTP/1.1 200 OK\r\nA: b\r\n"), Err(HeadError::Incomplete { offset: 0 }));
        let mut long = b"HTTP/1.1 200 OK\r\n".to_vec();
        long.resize(MAX_HEAD_BYTES + 1, b'a');
        assert_eq!(Head::parse(&long), Err(HeadError::TooLong { offset: 0 }));
        let many = format!("HTTP/1.1 200 OK\r\n{}\r\n", "a:b\r\n".repeat(MAX_HEAD_FIELDS + 1));
        assert_eq!(Head::parse(many.as_bytes()), Err(HeadError::TooManyFields { offset: 0 }));
    }

    #[test]
    fn lists_content_codings_over_all_lines() {
        let head =
            head(b"HTTP/1.1 200 OK\r\nContent-Encoding: GZIP, identity\r\ncontent-encoding: br,,\r\n\r\n");
        assert_eq!(head.content_codings(), ["gzip", "br"]);
    }
}
