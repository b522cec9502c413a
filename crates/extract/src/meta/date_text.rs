//! Reading dates: machine formats and the ways people write them, in many languages.

use jiff::civil::{Date, Time};
use regex::{Captures, Regex};
use std::collections::HashMap;
use std::sync::LazyLock;

/// The years in which a page of the web can have been published.
const YEARS: std::ops::RangeInclusive<i16> = 1991..=2100;

/// A date found in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) date: Date,
    pub(crate) time: Option<Time>,
    /// Where the date starts and ends in the text as [`Plain`] holds it.
    pub(crate) at: usize,
    pub(crate) end: usize,
    /// The day if the first two numbers change places, for `6/7/2024`.
    pub(crate) swapped: Option<Date>,
}

static MONTHS: LazyLock<HashMap<String, i8>> = LazyLock::new(|| {
    let mut months = HashMap::new();
    for line in include_str!("../../data/months.txt").lines().filter(|line| !line.starts_with('#')) {
        let Some((_, names)) = line.split_once(':') else { continue };
        for (number, variants) in (1_i8..).zip(names.split_whitespace()) {
            for name in variants.split('/').filter(|name| *name != "_") {
                months.entry(name.replace('-', " ")).or_insert(number);
            }
        }
    }
    months
});

/// An alternation of all month names, longest first.
static MONTH_PATTERN: LazyLock<String> = LazyLock::new(|| {
    let mut names: Vec<&String> = MONTHS.keys().collect();
    names.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
    names.iter().map(|name| regex::escape(name)).collect::<Vec<_>>().join("|")
});

struct Patterns {
    iso: Option<Regex>,
    day_month_year: Option<Regex>,
    month_day_year: Option<Regex>,
    year_month_day: Option<Regex>,
    east_asian: Option<Regex>,
    numeric: Option<Regex>,
}

/// What may stand between a month and its year.
const BEFORE_YEAR: &str = r"[\s,.\-/]*(?:de |del |of |năm |พ\.ศ\. ?|ค\.ศ\. ?|ឆ្នាំ ?|ខ្នាំ ?|г\. ?)?";

static PATTERNS: LazyLock<Patterns> = LazyLock::new(|| {
    let months = &*MONTH_PATTERN;
    Patterns {
        iso: Regex::new(
            r"(?:^|[^\d])((?:19|20)\d\d)(?:[-/.]|\. )(\d{1,2})(?:[-/.]|\. )(\d{1,2})(?:[t ]+(\d{1,2}):(\d\d)(?::(\d\d))?)?(?:[^\d]|$)",
        )
        .ok(),
        day_month_year: Regex::new(&format!(
            r"(?:^|[^\d])(\d{{1,2}})(?:st|nd|rd|th|er|º|ª|\.)?[\s,\-/]*(?:de |of |d'|ខែ ?)?({months}){BEFORE_YEAR}(\d{{4}})(?:[^\d]|$)",
        ))
        .ok(),
        month_day_year: Regex::new(&format!(
            r"(?:^|[^\p{{L}}])({months})\.?[\s\-]*(\d{{1,2}})(?:st|nd|rd|th)?[\s,.\-]+(\d{{4}})(?:[^\d]|$)",
        ))
        .ok(),
        year_month_day: Regex::new(&format!(
            r"(?:^|[^\d])((?:19|20)\d\d)[\s,.\-/]+({months})[\s.\-]+(\d{{1,2}})(?:[^\d:]|$)",
        ))
        .ok(),
        east_asian: Regex::new(r"((?:19|20)\d\d|令和\d{1,2}|平成\d{1,2})\s*[年년]\s*(\d{1,2})\s*[月월]\s*(\d{1,2})\s*[日일]?")
            .ok(),
        numeric: Regex::new(
            r"(?:^|[^\d./-])(\d{1,2})([./-]|\. )(\d{1,2})(?:[./-]|\. )((?:19|20)\d\d|\d\d)(?:[^\d]|$)",
        )
        .ok(),
    }
});

/// Reads the date of an attribute or of structured data, which should hold nothing else.
pub(crate) fn parse_value(value: &str) -> Option<Found> {
    let value = value.trim();
    if value.is_empty() || value.len() > 100 {
        return None;
    }
    if value.bytes().all(|b| b.is_ascii_digit()) {
        return parse_digits(value);
    }
    find(value, false)
}

/// `20240627`, or seconds or milliseconds since 1970.
fn parse_digits(value: &str) -> Option<Found> {
    let number: i64 = value.parse().ok()?;
    let seconds = match value.len() {
        8 => {
            return found(
                i16::try_from(number / 10_000).ok()?,
                (number / 100 % 100) as i8,
                (number % 100) as i8,
                (0, 0),
            );
        }
        14 => {
            let day = number / 1_000_000;
            return found(
                i16::try_from(day / 10_000).ok()?,
                (day / 100 % 100) as i8,
                (day % 100) as i8,
                (0, 0),
            );
        }
        9 | 10 => number,
        13 => number / 1000,
        _ => return None,
    };
    let moment = jiff::Timestamp::from_second(seconds).ok()?.to_zoned(jiff::tz::TimeZone::UTC);
    YEARS.contains(&moment.year()).then(|| Found {
        date: moment.date(),
        time: Some(moment.time()),
        at: 0,
        end: 0,
        swapped: None,
    })
}

/// The first date in a text. `month_first` decides between `6/7/2024` as June 7th and as 6 July.
pub(crate) fn find(text: &str, month_first: bool) -> Option<Found> {
    Plain::of(text)?.next(0, month_first)
}

/// A text prepared for reading dates: lower case, with ASCII digits.
pub(crate) struct Plain {
    text: String,
    /// Whether there is a number of four digits, which a year needs to be written in most forms.
    long_number: bool,
}

impl Plain {
    /// Nothing if the text cannot hold a date.
    pub(crate) fn of(text: &str) -> Option<Self> {
        let (mut run, mut longest, mut digits) = (0, 0, 0);
        for c in text.chars() {
            run = if is_digit(c) { run + 1 } else { 0 };
            longest = longest.max(run);
            digits += usize::from(run > 0);
        }
        (digits >= 4).then(|| Self { text: plain_digits(text), long_number: longest >= 4 })
    }

    /// The first date that starts at or behind a place.
    pub(crate) fn next(&self, from: usize, month_first: bool) -> Option<Found> {
        let rest = self.text.get(from..)?;
        let written = self.long_number.then(|| [iso(rest), named(rest)].into_iter().flatten());
        let all = written.into_iter().flatten().chain(east_asian(rest)).chain(numeric(rest, month_first));
        let first = all.min_by_key(|found| found.at)?;
        Some(Found { at: first.at + from, end: first.end + from, ..first })
    }

    /// What stands between two places.
    pub(crate) fn between(&self, from: usize, to: usize) -> &str {
        self.text.get(from..to).unwrap_or_default()
    }

    /// How long the text is.
    pub(crate) fn len(&self) -> usize {
        self.text.len()
    }
}

fn is_digit(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_digit();
    }
    digit_value(c).is_some()
}

/// The value of a decimal digit of the scripts whose dates are read.
fn digit_value(c: char) -> Option<u32> {
    const ZEROS: [char; 8] = ['0', '٠', '۰', '០', '၀', '๐', '०', '０'];
    ZEROS.iter().find_map(|zero| u32::from(c).checked_sub(u32::from(*zero)).filter(|value| *value < 10))
}

/// Lower case, with ASCII digits.
fn plain_digits(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_ascii() {
            out.push(c.to_ascii_lowercase());
            continue;
        }
        match digit_value(c).and_then(|value| char::from_digit(value, 10)) {
            Some(digit) => out.push(digit),
            None => out.extend(c.to_lowercase()),
        }
    }
    out
}

fn number<T: std::str::FromStr>(captures: &Captures<'_>, index: usize) -> Option<T> {
    captures.get(index)?.as_str().parse().ok()
}

fn found(year: i16, month: i8, day: i8, (at, end): (usize, usize)) -> Option<Found> {
    // Thailand counts years from the Buddha's death.
    let year = if (2534..=2643).contains(&year) { year - 543 } else { year };
    let date = Date::new(year, month, day).ok().filter(|date| YEARS.contains(&date.year()))?;
    Some(Found { date, time: None, at, end, swapped: None })
}

/// Where the groups of a match start and end.
fn span(captures: &Captures<'_>, last: usize) -> Option<(usize, usize)> {
    Some((captures.get(1)?.start(), captures.get(last)?.end()))
}

fn iso(text: &str) -> Option<Found> {
    let captures = PATTERNS.iso.as_ref()?.captures(text)?;
    let span = span(&captures, 3)?;
    let mut hit = found(number(&captures, 1)?, number(&captures, 2)?, number(&captures, 3)?, span)?;
    if let (Some(hour), Some(minute)) = (number(&captures, 4), number(&captures, 5)) {
        hit.time = Time::new(hour, minute, number(&captures, 6).unwrap_or(0), 0).ok();
    }
    Some(hit)
}

/// A date with the month's name: `26 June 2024`, `June 26, 2024`, `2024 June 26`.
fn named(text: &str) -> Option<Found> {
    let read = |pattern: &Option<Regex>, [year, month, day]: [usize; 3]| {
        let captures = pattern.as_ref()?.captures(text)?;
        let name = captures.get(month)?.as_str();
        found(number(&captures, year)?, *MONTHS.get(name)?, number(&captures, day)?, span(&captures, 3)?)
    };
    let all = [
        read(&PATTERNS.day_month_year, [3, 2, 1]),
        read(&PATTERNS.month_day_year, [3, 1, 2]),
        read(&PATTERNS.year_month_day, [1, 2, 3]),
    ];
    all.into_iter().flatten().min_by_key(|found| found.at)
}

/// `2024年6月26日`, also with the year of a Japanese era.
fn east_asian(text: &str) -> Option<Found> {
    let captures = PATTERNS.east_asian.as_ref()?.captures(text)?;
    let year = captures.get(1)?.as_str();
    let era = |name: &str, first: i16| Some(year.strip_prefix(name)?.parse::<i16>().ok()? + first - 1);
    let year = era("令和", 2019).or_else(|| era("平成", 1989)).or_else(|| year.parse().ok())?;
    found(year, number(&captures, 2)?, number(&captures, 3)?, span(&captures, 3)?)
}

fn numeric(text: &str, month_first: bool) -> Option<Found> {
    let captures = PATTERNS.numeric.as_ref()?.captures(text)?;
    let (first, second): (i8, i8) = (number(&captures, 1)?, number(&captures, 3)?);
    let year: i16 = number(&captures, 4)?;
    let year = if year < 100 { year + 2000 } else { year };
    let span = span(&captures, 4)?;
    let slash = captures.get(2)?.as_str() == "/";
    let (day, month) =
        if second > 12 || (month_first && slash && first <= 12) { (second, first) } else { (first, second) };
    let mut hit = found(year, month, day, span)?;
    if slash && first <= 12 && second <= 12 && first != second {
        hit.swapped = Date::new(year, day, month).ok();
    }
    Some(hit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn day(text: &str) -> Option<String> {
        find(text, false).map(|found| found.date.to_string())
    }

    #[test]
    fn dates_as_people_write_them() {
        for text in [
            "published 2024-06-26",
            "26 June 2024",
            "June 26, 2024",
            "Jun. 26th, 2024",
            "26. Juni 2024",
            "le 26 juin 2024",
            "26 de junio de 2024",
            "26.06.2024",
            "26/6/2024",
            "26 июня 2024 г.",
            "2024年6月26日",
            "2024년 6월 26일",
            "ថ្ងៃទី២៦ ខែមិថុនា ឆ្នាំ២០២៤",
            "26 มิถุนายน 2567",
            "٢٦ يونيو ٢٠٢٤",
            "26 Haziran 2024",
            "2024 Jun 26",
            "26. 06. 2024",
            "2024. 6. 26.",
            "ngày 26 tháng 6 năm 2024",
            "令和6年6月26日",
            "26th of June, 2024",
        ] {
            assert_eq!(day(text).as_deref(), Some("2024-06-26"), "{text}");
        }
    }

    #[test]
    fn all_dates_of_a_line() {
        let plain = Plain::of("Published 3 May 2020, updated 4 June 2021").unwrap();
        let first = plain.next(0, false).unwrap();
        let second = plain.next(first.end, false).unwrap();
        assert_eq!(
            (first.date.to_string(), second.date.to_string()),
            ("2020-05-03".into(), "2021-06-04".into())
        );
        assert_eq!(plain.between(first.end, second.at), ", updated ");
        assert!(plain.next(second.end, false).is_none());
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in "\\PC{0,80}", dates in "([0-9]{1,4}|[./ -]|may|年|月|日|tháng|İ){0,30}") {
            let _ = (find(&text, true), find(&dates, false), parse_value(&dates));
        }
    }

    #[test]
    fn american_order_on_request() {
        assert_eq!(find("6/7/2024", true).map(|f| f.date.to_string()).as_deref(), Some("2024-06-07"));
        assert_eq!(day("6/7/2024").as_deref(), Some("2024-07-06"));
    }

    #[test]
    fn values_of_machines() {
        let parsed = |value| parse_value(value).map(|f| f.date.to_string());
        assert_eq!(parsed("2024-06-26T23:59:59+07:00").as_deref(), Some("2024-06-26"));
        assert_eq!(parsed("20240626").as_deref(), Some("2024-06-26"));
        assert_eq!(parsed("1719360000").as_deref(), Some("2024-06-26"));
        assert_eq!(parsed("Wed, 26 Jun 2024 10:00:00 GMT").as_deref(), Some("2024-06-26"));
        assert_eq!(parsed("0000-00-00"), None);
    }
}
