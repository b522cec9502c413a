//! Dates and names in scripts that are no JSON-LD: the state that a page's own program starts from often names the day
//! of publication and the author, and sometimes it is the only place that does.
//!
//! The scripts are not parsed. The raw text of the page is searched for keys such as `"datePublished"` or `"authorName"`
//! with a value right behind them, however often quotes are escaped; broken JSON-LD is read the same way.

use super::date_text;
use crate::text::prefix;
use jiff::civil::Date;
use regex::Regex;
use std::sync::LazyLock;

/// Keys looked at, and dates returned: what comes later on a page is about other things.
const MOST_KEYS: usize = 3000;
const MOST_DATES: usize = 60;

/// Bytes between the part of a key that is searched for and the value.
const REACH: usize = 48;

/// What a key says about its date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Key {
    Published,
    Modified,
    Created,
}

/// Bytes of the longest name.
const LONGEST_NAME: usize = 60;

/// Names that are returned.
const MOST_NAMES: usize = 12;

/// What scripts say.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) dates: Vec<(Key, Date)>,
    pub(crate) names: Vec<String>,
}

/// Pieces of keys, each of which is rare outside of keys.
static PIECES: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new("ublish|odified|pdated|reated|ubdate|ubDate|ublication|uthorName|uthor_name|username").ok()
});

/// All dates behind keys that name a day of publication or change, and all names behind keys that name an author, in
/// the order of the page.
pub(crate) fn find(html: &str) -> Found {
    let mut out = Found::default();
    let Some(pieces) = PIECES.as_ref() else { return out };
    for piece in pieces.find_iter(html).take(MOST_KEYS) {
        let Some(rest) = html.get(piece.end()..) else { continue };
        let key = match piece.as_str() {
            "odified" | "pdated" => Key::Modified,
            "reated" => Key::Created,
            "uthorName" | "uthor_name" | "username" => {
                if out.names.len() < MOST_NAMES {
                    out.names.extend(name(rest).filter(|name| !out.names.contains(name)));
                }
                continue;
            }
            _ => Key::Published,
        };
        if out.dates.len() < MOST_DATES {
            out.dates.extend(date(rest).map(|date| (key, date)));
        }
    }
    out
}

/// Where the value behind the rest of a key, quotes and a colon starts.
fn value(rest: &str) -> Option<usize> {
    let bytes = rest.as_bytes();
    let bytes = bytes.get(..bytes.len().min(REACH))?;
    let mut at = bytes.iter().position(|byte| !byte.is_ascii_alphanumeric() && *byte != b'_')?;
    let mut colon = false;
    loop {
        match bytes.get(at)? {
            b':' => colon = true,
            b'"' | b'\'' | b'\\' | b' ' | b'\n' | b'\r' | b'\t' => {}
            b'&' => at += bytes.get(at..at + 6).filter(|entity| *entity == b"&quot;").map(|_| 5)?,
            _ => return Some(at).filter(|_| colon),
        }
        at += 1;
    }
}

/// The date that stands there as the value.
fn date(rest: &str) -> Option<Date> {
    let at = value(rest)?;
    // Ten characters hold a day; what follows may be cut within a character.
    let day = rest.get(at..at + 10)?;
    let digits: usize = day.bytes().take_while(u8::is_ascii_digit).count();
    if digits >= 8 {
        let long = rest.get(at..at + 13).filter(|long| long.bytes().all(|byte| byte.is_ascii_digit()));
        return date_text::parse_value(long.unwrap_or(day)).map(|found| found.date);
    }
    (digits == 4).then(|| date_text::parse_value(day)).flatten().map(|found| found.date)
}

/// The name that stands there as the value: text up to the next quote.
fn name(rest: &str) -> Option<String> {
    let from = prefix(rest.get(value(rest)?..)?, LONGEST_NAME);
    let end = from.find(['"', '\'', '\\', '&', '<', '{', '}', '[', ']', ',', '\n'])?;
    let name = from.get(..end)?.trim();
    name.starts_with(char::is_alphanumeric).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn first(html: &str) -> Option<(Key, String)> {
        find(html).dates.first().map(|(key, date)| (*key, date.to_string()))
    }

    #[test]
    fn keys_in_scripts_and_attributes() {
        let day = "2024-06-26".to_owned();
        for html in [
            r#"<script>var s={"datePublished":"2024-06-26T08:00:00Z"}</script>"#,
            r#"<script>s="{\"first_publication_date\":\"2024-06-26\"}"</script>"#,
            r#"<div data-page="{&quot;published_at&quot;:&quot;2024-06-26&quot;}">"#,
            r#"<script>x={publishDate: '2024-06-26', y: 1}</script>"#,
            r#"{"publishedAt":1719360000000}"#,
        ] {
            assert_eq!(first(html), Some((Key::Published, day.clone())), "{html}");
        }
        assert_eq!(first(r#"{"dateModified":"2024-06-26"}"#), Some((Key::Modified, day)));
    }

    #[test]
    fn words_and_other_values_are_no_dates() {
        assert_eq!(first("Published: 12 stories; created 2024-06-26 by us"), None);
        assert_eq!(first(r#"{"published":true,"updated":""}"#), None);
    }

    #[test]
    fn names_of_authors() {
        let html =
            r#"{&quot;username\&quot;:\&quot;jane.r\&quot;} {"authorName":"Jane Roe"} {"authorName":null}"#;
        assert_eq!(find(html).names, ["jane.r", "Jane Roe", "null"]);
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in "(ublish|odified|username|[\"'\\\\:&qto;]|[0-9T-]|é){0,40}") {
            let _ = find(&text);
        }
    }
}
