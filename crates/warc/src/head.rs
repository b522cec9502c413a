//! The head of a WARC record: version line and fields, raw and read.

use std::io::{self, BufRead, Read as _};

use crate::{DamageKind, Headers};

/// How much of a stranger's line is repeated in a message.
const SHOWN: usize = 80;

/// A head as read: its bytes, its fields, and what is wrong with it.
#[derive(Default)]
pub(crate) struct Head {
    pub(crate) raw: Vec<u8>,
    pub(crate) headers: Headers,
    /// How many bytes the block has, if the head says so in a way that can be read.
    pub(crate) length: Option<u64>,
    pub(crate) damage: Vec<DamageKind>,
    /// Whether it was made out of something else than a WARC head.
    pub(crate) synthesized: bool,
}

/// Reads a head up to its empty line; no more than `limit` bytes.
pub(crate) fn read_head(source: &mut impl BufRead, limit: usize) -> Result<Head, DamageKind> {
    let mut head = Head::default();
    let mut bare_lf = false;
    loop {
        let line = read_line(source, limit.saturating_sub(head.raw.len()))
            .map_err(|e| DamageKind::TornMember(e.to_string()))?;
        let is_first = head.raw.is_empty();
        head.raw.extend_from_slice(&line);
        let Some(text) = line.strip_suffix(b"\n") else {
            return Err(if is_first && !line.starts_with(b"WARC/") {
                DamageKind::NoVersion
            } else {
                DamageKind::Head(limit)
            });
        };
        bare_lf |= !text.ends_with(b"\r");
        let text = String::from_utf8_lossy(text.strip_suffix(b"\r").unwrap_or(text));
        if is_first {
            if !text.starts_with("WARC/") {
                return Err(DamageKind::NoVersion);
            }
        } else if text.is_empty() {
            break;
        } else {
            read_field(&text, &mut head);
        }
    }
    if bare_lf {
        head.damage.push(DamageKind::LineEnds);
    }
    read_length(&mut head);
    Ok(head)
}

/// The next line with its end, or as much of it as there is within the limit.
pub(crate) fn read_line(source: &mut impl BufRead, limit: usize) -> io::Result<Vec<u8>> {
    let mut line = Vec::new();
    source.take(limit as u64).read_until(b'\n', &mut line)?;
    Ok(line)
}

fn read_field(line: &str, head: &mut Head) {
    if line.starts_with([' ', '\t']) && head.headers.fold(line.trim()) {
        return;
    }
    match line.split_once(':') {
        Some((name, value)) => head.headers.push(name.trim_end(), value.trim()),
        None => head.damage.push(DamageKind::HeaderLine(shown(line))),
    }
}

/// A length that stands twice is one only if both say the same; otherwise either may be a forgery.
fn read_length(head: &mut Head) {
    let mut values = head.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("Content-Length"));
    let Some((_, text)) = values.next() else {
        head.damage.push(DamageKind::Missing("Content-Length"));
        return;
    };
    let is_number = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let length = text.parse().ok().filter(|_| is_number);
    let agree = values.all(|(_, other)| other == text);
    if length.is_none() || !agree {
        let value = shown(text);
        head.damage.push(DamageKind::Value { field: "Content-Length", value });
    }
    head.length = length.filter(|_| agree);
}

/// The beginning of a stranger's text.
pub(crate) fn shown(text: &str) -> String {
    text.chars().take(SHOWN).collect()
}
