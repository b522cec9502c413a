//! ARC, the format before WARC (versions 1 and 2), as Heritrix 1 and the first web archives wrote it.
//!
//! A record is one line (`URL address date type length`, in version 2 `URL address date type status checksum location
//! offset file length`), the content, and a newline; the first record of a file, `filedesc:`, describes it. Such a line
//! is turned into the head of a WARC record, so that nobody above has to know ARC. What ARC does not say (an id, digests)
//! is made out of what it does, or left out: the record says that it is synthesized.

use jiff::civil::DateTime;
use vidimus_snapshot::{Hasher, hex};

use crate::head::{Head, read_line};
use crate::peek::PeekRead;
use crate::{DamageKind, Headers};

/// The longest line that is taken for the head of a record.
pub(crate) const MAX_LINE: usize = 16 << 10;
/// How the URL of the first record begins.
const DESCRIPTION: &str = "filedesc:";
/// How an answer begins that was stored with its head.
const HTTP: &[u8] = b"HTTP/";

/// A head line as read.
struct Line<'a> {
    url: &'a str,
    address: &'a str,
    date: String,
    content_type: &'a str,
    length: u64,
}

/// Whether this line, without its end, is the head of an ARC record.
pub(crate) fn is_head(line: &[u8]) -> bool {
    std::str::from_utf8(line).is_ok_and(|text| parse(text.trim_end_matches('\r')).is_some())
}

/// Reads the head line and makes a WARC head of it. `place` tells apart records with the same line.
pub(crate) fn read_head(source: &mut impl PeekRead, place: [u64; 2]) -> Result<Head, DamageKind> {
    let line = read_line(source, MAX_LINE).map_err(|e| DamageKind::TornMember(e.to_string()))?;
    let text = std::str::from_utf8(&line).unwrap_or_default().trim_end_matches(['\r', '\n']);
    let parsed = parse(text).ok_or(DamageKind::NoVersion)?;
    let begins_with_status = source.peek(HTTP.len()).is_ok_and(|shown| shown.starts_with(HTTP));
    let headers = headers(&parsed, begins_with_status, &id(place, &line));
    Ok(Head {
        raw: raw(&headers),
        headers,
        length: Some(parsed.length),
        damage: Vec::new(),
        synthesized: true,
    })
}

/// The fields are told apart from the right, because there are URLs with spaces in them.
fn parse(text: &str) -> Option<Line<'_>> {
    let words: Vec<&str> = text.rsplitn(10, ' ').collect();
    let short = || match words.as_slice() {
        [length, content_type, date, address, ..] => {
            let behind = [length, content_type, date, address].iter().map(|w| w.len() + 1).sum::<usize>();
            let url = text.get(..text.len().checked_sub(behind)?)?;
            line(url, address, date, content_type, length)
        }
        _ => None,
    };
    let long = || match words.as_slice() {
        [length, _, _, _, _, _, content_type, date, address, url] => {
            line(url, address, date, content_type, length)
        }
        _ => None,
    };
    long().or_else(short)
}

fn line<'a>(
    url: &'a str,
    address: &'a str,
    date: &str,
    content_type: &'a str,
    length: &str,
) -> Option<Line<'a>> {
    let has_scheme = url.split_once(':').is_some_and(|(scheme, _)| {
        !scheme.is_empty() && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b))
    });
    if !has_scheme || text_has_controls(url) || !length.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    Some(Line { url, address, date: date_of(date)?, content_type, length: length.parse().ok()? })
}

fn text_has_controls(text: &str) -> bool {
    text.chars().any(char::is_control)
}

/// A date of 14 digits (some writers left off seconds, others added a fraction) in the form of a `WARC-Date`.
fn date_of(digits: &str) -> Option<String> {
    if !(12..=17).contains(&digits.len()) || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let padded = format!("{digits:0<14}");
    let time = DateTime::strptime("%Y%m%d%H%M%S", padded.get(..14)?).ok()?;
    Some(time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
}

/// An id that the same record of the same file always gets: a UUID of version 8 (RFC 9562) out of place and line.
fn id(place: [u64; 2], line: &[u8]) -> String {
    let mut hasher = Hasher::new();
    place.iter().for_each(|number| hasher.update(&number.to_be_bytes()));
    hasher.update(line);
    let digest = hasher.finish();
    let mut bytes = [0_u8; 16];
    bytes.iter_mut().zip(digest.as_bytes()).for_each(|(to, from)| *to = *from);
    let [_, _, _, _, _, _, version, _, variant, ..] = &mut bytes;
    *version = (*version & 0x0f) | 0x80;
    *variant = (*variant & 0x3f) | 0x80;
    let digits = hex(&bytes);
    let part = |from: usize, to: usize| digits.get(from..to).unwrap_or_default();
    format!("<urn:uuid:{}-{}-{}-{}-{}>", part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32))
}

fn headers(line: &Line<'_>, begins_with_status: bool, id: &str) -> Headers {
    let (record_type, content_type) = if line.url.starts_with(DESCRIPTION) {
        ("warcinfo", line.content_type)
    } else if begins_with_status {
        ("response", "application/http; msgtype=response")
    } else {
        ("resource", line.content_type)
    };
    let mut headers = Headers::new()
        .with("WARC-Type", record_type)
        .with("WARC-Record-ID", id)
        .with("WARC-Date", line.date.as_str());
    if record_type == "warcinfo" {
        headers.push("WARC-Filename", line.url.trim_start_matches(DESCRIPTION).trim_start_matches('/'));
    } else {
        headers.push("WARC-Target-URI", line.url);
        if line.address.parse::<std::net::IpAddr>().is_ok() {
            headers.push("WARC-IP-Address", line.address);
        }
    }
    headers.push("Content-Type", content_type);
    headers.push("Content-Length", line.length.to_string());
    headers
}

/// The head as it would stand in a WARC file.
fn raw(headers: &Headers) -> Vec<u8> {
    let fields: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    format!("WARC/1.1\r\n{fields}\r\n").into_bytes()
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;
    use crate::peek::Peek;

    fn head(line: &str, block: &str) -> Option<Head> {
        read_head(&mut Peek::new(Cursor::new(format!("{line}\n{block}"))), [0, 0]).ok()
    }

    #[test]
    fn both_versions_are_read() {
        for line in [
            "http://a.example/a b 192.0.2.1 20020628150129 text/html 14",
            "http://a.example/a%20b 192.0.2.1 20020628150129 text/html 200 - - 1234 x.arc.gz 14",
        ] {
            let head = head(line, "HTTP/1.0 200 OK").unwrap();
            assert_eq!(head.length, Some(14));
            assert_eq!(head.headers.get("WARC-Date"), Some("2002-06-28T15:01:29Z"));
            assert_eq!(head.headers.get("WARC-Type"), Some("response"));
            assert_eq!(head.headers.get("WARC-IP-Address"), Some("192.0.2.1"));
            assert!(head.headers.get("WARC-Target-URI").unwrap().starts_with("http://a.example/a"));
        }
    }

    #[test]
    fn a_description_and_an_answer_without_a_head() {
        let first = head("filedesc://x.arc 0.0.0.0 20020628150129 text/plain 76", "1 0 Org").unwrap();
        assert_eq!(first.headers.get("WARC-Type"), Some("warcinfo"));
        assert_eq!(first.headers.get("WARC-Filename"), Some("x.arc"));
        let dns = head("dns:a.example 192.0.2.53 20020628150129 text/dns 10", "2002").unwrap();
        assert_eq!(dns.headers.get("WARC-Type"), Some("resource"));
        assert_eq!(dns.headers.get("Content-Type"), Some("text/dns"));
    }

    #[test]
    fn other_lines_are_none() {
        for line in [
            "",
            "http://a.example/ 192.0.2.1 20020628150129 text/html -1",
            "http://a.example/ 192.0.2.1 20021328150129 text/html 5",
            "http://a.example/ 192.0.2.1 yesterday text/html 5",
            "a.example 192.0.2.1 20020628150129 text/html 5",
            "20020628150129 text/html 5",
        ] {
            assert!(head(line, "").is_none(), "{line}");
        }
    }
}
