//! What a stranger's record says of itself, read with care: dates, addresses, who captured.

use std::collections::BTreeMap;

use jiff::Timestamp;
use url::Url;
use vidimus_warc::{Record, parse_date};

/// The longest word of a stranger's that is kept in a manifest or told.
const LONGEST: usize = 500;
/// The fields of `warcinfo` that say who captured, and how.
const CAPTURED_BY: [&str; 10] = [
    "software",
    "operator",
    "hostname",
    "ip",
    "format",
    "conformsTo",
    "isPartOf",
    "description",
    "robots",
    "http-header-user-agent",
];

/// A stranger's words, without what would steer a terminal, and no longer than they may be.
pub(crate) fn said(text: &str) -> String {
    tamed(text, LONGEST)
}

/// A sentence of ours with a stranger's words in it, tamed like them.
pub(crate) fn told(text: &str) -> String {
    tamed(text, 2 * LONGEST)
}

fn tamed(text: &str, longest: usize) -> String {
    text.trim().chars().map(|c| if c.is_control() { ' ' } else { c }).take(longest).collect()
}

/// Why a record cannot become a capture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// A stable word for it, such as `bad-date`.
    pub code: &'static str,
    /// What is wrong, in a sentence.
    pub what: String,
}

impl Refused {
    pub(crate) fn new(code: &'static str, what: impl Into<String>) -> Self {
        Self { code, what: what.into() }
    }
}

/// The record's id, if it has one that can be written down again.
pub(crate) fn id_of(record: &Record) -> Result<&str, Refused> {
    let id = record.id();
    if id.is_empty() {
        return Err(Refused::new("no-id", "the record has no WARC-Record-ID"));
    }
    if id.len() > LONGEST || id.chars().any(char::is_control) {
        return Err(Refused::new("bad-id", format!("'{}' is no WARC-Record-ID", said(id))));
    }
    Ok(id)
}

/// The record's date. A capture cannot be older than the web, or younger than its import by more than a clock is wrong.
pub(crate) fn date_of(record: &Record, imported_at: Timestamp) -> Result<Timestamp, Refused> {
    let text =
        record.headers.get("WARC-Date").ok_or(Refused::new("no-date", "the record has no WARC-Date"))?;
    let wrong = |why: &str| Refused::new("bad-date", format!("WARC-Date '{}' {why}", said(text)));
    let date = parse_date(text.trim()).ok_or_else(|| wrong("is no date"))?;
    // The catalog keeps no finer times.
    let date = Timestamp::from_millisecond(date.as_millisecond()).map_err(|_| wrong("is no date"))?;
    let tomorrow = imported_at.checked_add(jiff::SignedDuration::from_hours(24)).unwrap_or(imported_at);
    if date > tomorrow {
        return Err(wrong("lies in the future"));
    }
    if date.as_second() < OLDEST {
        return Err(wrong("lies before there was a web"));
    }
    Ok(date)
}

/// 1990-01-01T00:00:00Z.
const OLDEST: i64 = 631_152_000;

/// What the record is about: an address of the web, or why there is none.
pub(crate) fn url_of(record: &Record) -> Result<Url, Refused> {
    let text = record.target_uri().ok_or(Refused::new("no-uri", "the record has no WARC-Target-URI"))?;
    let url = Url::parse(text.trim())
        .map_err(|error| Refused::new("bad-uri", format!("'{}' is no URL: {error}", said(text))))?;
    match url.scheme() {
        "http" | "https" => Ok(url),
        other => Err(Refused::new(OTHER_SCHEME, format!("{} is no address of the web", said(other)))),
    }
}

/// The code of records about something that is no web address; that is no defect.
pub(crate) const OTHER_SCHEME: &str = "other-scheme";

/// What a `warcinfo` record says of who captured.
pub(crate) fn captured_by(record: &Record) -> BTreeMap<String, String> {
    let text = String::from_utf8_lossy(record.block.get(..64 << 10).unwrap_or(&record.block));
    let mut facts = BTreeMap::new();
    for (name, value) in text.lines().filter_map(|line| line.split_once(':')) {
        let known = CAPTURED_BY.iter().find(|known| known.eq_ignore_ascii_case(name.trim()));
        if let Some(known) = known.filter(|_| !value.trim().is_empty()) {
            facts.entry((*known).to_owned()).or_insert_with(|| said(value));
        }
    }
    facts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_strangers_words_are_tamed() {
        assert_eq!(said(" a\u{1b}[31m\nb "), "a [31m b");
        assert_eq!(said(&"x".repeat(10_000)).len(), LONGEST);
    }
}
