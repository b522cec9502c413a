//! The dates of feeds and sitemaps: ISO 8601 as the W3C profiles it, and mail dates as feeds write them.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::fmt::rfc2822::DateTimeParser;
use jiff::tz::TimeZone;

/// A mistyped day of the week does not make a date another.
static MAIL_DATES: DateTimeParser = DateTimeParser::new().relaxed_weekday(true);

/// A longer text is no date.
const LONGEST: usize = 64;

/// A date in the W3C's profile of ISO 8601: from the year alone to the fraction of a second; UTC where no zone is given.
pub(super) fn w3c_date(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if text.len() > LONGEST {
        return None;
    }
    if let Ok(timestamp) = text.parse::<Timestamp>() {
        return Some(timestamp);
    }
    let civil = match text.len() {
        4 => format!("{text}-01-01"),
        7 => format!("{text}-01"),
        _ => text.to_owned(),
    };
    let civil: DateTime = civil.parse().ok()?;
    Some(civil.to_zoned(TimeZone::UTC).ok()?.timestamp())
}

/// A date in any of the forms that feeds use.
pub(super) fn any_date(text: &str) -> Option<Timestamp> {
    w3c_date(text).or_else(|| mail_date(text))
}

/// A date of RFC 2822, with the faults that are common: long names, zones that mail does not know, a colon in the offset.
fn mail_date(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if text.len() > LONGEST {
        return None;
    }
    let words: Vec<String> = text.split_whitespace().map(plain_word).collect();
    let text = words.join(" ");
    MAIL_DATES.parse_timestamp(&text).ok()
}

fn plain_word(word: &str) -> String {
    let is_name = word.len() > 3 && word.trim_end_matches(',').bytes().all(|b| b.is_ascii_alphabetic());
    if is_name {
        let comma = if word.ends_with(',') { "," } else { "" };
        return format!("{}{comma}", word.get(..3).unwrap_or(word));
    }
    match word {
        "UTC" | "Z" => "GMT".to_owned(),
        offset if offset.starts_with(['+', '-']) => offset.replace(':', ""),
        other => other.to_owned(),
    }
}
