//! `WARC-Date`: a point in time in UTC, as exact as its writer knew it.
//!
//! WARC 1.0 writes whole seconds. WARC 1.1 (section 5.4) allows less and more: a year, a month, a day, minutes, and one
//! to nine digits of a second's fraction. All of these are read in files of either version.

use jiff::Timestamp;

/// The forms without a fraction: how long each is, and what makes it a whole one: the beginning of the time it names.
const FORMS: [(usize, &str); 3] = [(4, "-01-01T00:00:00Z"), (7, "-01T00:00:00Z"), (10, "T00:00:00Z")];
/// `2024-06-27T08:30Z`.
const MINUTES: usize = 17;
/// `2024-06-27T08:30:00Z`, and a point with nine digits.
const SECONDS: std::ops::RangeInclusive<usize> = 20..=30;

/// The time that a `WARC-Date` names, or the beginning of the time where it names a longer one; `None` where it is not in
/// a form that WARC 1.1 allows.
pub fn parse_date(text: &str) -> Option<Timestamp> {
    if !text.bytes().all(|b| b.is_ascii_digit() || b"-T:.Z".contains(&b)) {
        return None;
    }
    if let Some((_, rest)) = FORMS.iter().find(|(length, _)| text.len() == *length) {
        return format!("{text}{rest}").parse().ok();
    }
    let with_zone = text.strip_suffix('Z').filter(|time| time.get(10..11) == Some("T"))?;
    match text.len() {
        MINUTES => format!("{with_zone}:00Z").parse().ok(),
        length if SECONDS.contains(&length) && text.get(16..17) == Some(":") => text.parse().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_the_standard_is_read() {
        for (text, means) in [
            ("2024", "2024-01-01T00:00:00Z"),
            ("2024-06", "2024-06-01T00:00:00Z"),
            ("2024-06-27", "2024-06-27T00:00:00Z"),
            ("2024-06-27T08:30Z", "2024-06-27T08:30:00Z"),
            ("2024-06-27T08:30:15Z", "2024-06-27T08:30:15Z"),
            ("2024-06-27T08:30:15.5Z", "2024-06-27T08:30:15.5Z"),
            ("2024-06-27T08:30:15.123456789Z", "2024-06-27T08:30:15.123456789Z"),
        ] {
            assert_eq!(parse_date(text).map(|t| t.to_string()).as_deref(), Some(means), "{text}");
        }
    }

    #[test]
    fn other_forms_are_not() {
        for text in [
            "",
            "yesterday",
            "20240627083000",
            "2024-6-27",
            "2024-13",
            "2024-02-30",
            "2024-06-27 08:30:00Z",
            "2024-06-27T08:30:00",
            "2024-06-27T08:30:00+07:00",
            "2024-06-27T083000.000Z",
            "2024-06-27T08:30:00.Z",
            "2024-06-27T08:30:00.1234567890Z",
            "2024-06-27T24:30:00Z",
            "२०२४",
        ] {
            assert_eq!(parse_date(text), None, "{text}");
        }
    }
}
