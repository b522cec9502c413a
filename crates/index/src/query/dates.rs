//! Dates and ranges of dates, as a query names them.

use std::fmt;

use jiff::civil::Date;

use super::QueryError;

/// The way out that errors about dates name.
const FORMS: &str = "write YYYY, YYYY-MM or YYYY-MM-DD, or a range such as 2024-06-01..2024-07-15";

/// A year, a month or a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Period {
    Year(Date),
    Month(Date),
    Day(Date),
}

/// When something has to have been, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dates {
    /// Within one period.
    Within(Period),
    /// From the first day of one to the last day of the other; one of the two is there.
    Between(Option<Period>, Option<Period>),
}

impl Period {
    /// The period that is written so; nothing for what has not the form of one, or stands in no calendar.
    pub(crate) fn read(text: &str) -> Option<Period> {
        let numbers = text.split('-').zip([4, 2, 2]).map(|(part, digits)| number(part, digits));
        let numbers: Vec<i16> = numbers.collect::<Option<_>>()?;
        let narrow = |value: &i16| i8::try_from(*value).ok();
        match (numbers.as_slice(), text.len()) {
            ([year], 4) => Some(Period::Year(Date::new(*year, 1, 1).ok()?)),
            ([year, month], 7) => Some(Period::Month(Date::new(*year, narrow(month)?, 1).ok()?)),
            ([year, month, day], 10) => {
                Some(Period::Day(Date::new(*year, narrow(month)?, narrow(day)?).ok()?))
            }
            _ => None,
        }
    }

    pub(crate) fn first(self) -> Date {
        match self {
            Period::Year(date) => date.first_of_year(),
            Period::Month(date) => date.first_of_month(),
            Period::Day(date) => date,
        }
    }

    pub(crate) fn last(self) -> Date {
        match self {
            Period::Year(date) => date.last_of_year(),
            Period::Month(date) => date.last_of_month(),
            Period::Day(date) => date,
        }
    }
}

/// The first and the last day of a date as it is written in queries: a year, a month or a day; nothing for anything else.
///
/// ```
/// let (first, last) = vidimus_index::span_of_date("2024-02").unwrap();
/// assert_eq!((first.to_string().as_str(), last.to_string().as_str()), ("2024-02-01", "2024-02-29"));
/// ```
pub fn span_of_date(text: &str) -> Option<(Date, Date)> {
    Period::read(text).map(|period| (period.first(), period.last()))
}

/// ASCII digits, exactly so many; years begin with 1.
fn number(part: &str, digits: usize) -> Option<i16> {
    let well_formed = part.len() == digits && part.bytes().all(|byte| byte.is_ascii_digit());
    let value: i16 = well_formed.then(|| part.parse().ok())??;
    (value > 0).then_some(value)
}

impl Dates {
    pub(crate) fn first(self) -> Option<Date> {
        match self {
            Dates::Within(period) => Some(period.first()),
            Dates::Between(from, _) => from.map(Period::first),
        }
    }

    pub(crate) fn last(self) -> Option<Date> {
        match self {
            Dates::Within(period) => Some(period.last()),
            Dates::Between(_, to) => to.map(Period::last),
        }
    }
}

/// Dates that stand without a field: a month, a day or a range. A year alone is a number like others.
pub(super) fn bare(text: &str, column: usize) -> Result<Option<Dates>, QueryError> {
    if let Some(period) = Period::read(text) {
        let is_year = matches!(period, Period::Year(_));
        return Ok((!is_year).then_some(Dates::Within(period)));
    }
    check_impossible(text, column)?;
    let begins_with_digit = |part: &str| part.starts_with(|c: char| c.is_ascii_digit());
    let is_range = text.split_once("..").is_some_and(|(from, to)| {
        !to.starts_with('.') && [from, to].iter().all(|part| part.is_empty() || begins_with_digit(part))
    });
    let after_sign = text.trim_start_matches(['<', '>', '=']);
    let is_comparison = after_sign.len() < text.len() && begins_with_digit(after_sign);
    match (is_range && text != "..") || is_comparison {
        true => read(text, column).map(Some),
        false => Ok(None),
    }
}

/// What has the form of a date and is none, or two with an ellipsis between, is a slip rather than a text.
fn check_impossible(text: &str, column: usize) -> Result<(), QueryError> {
    let has_ellipsis = text.contains("...") || text.contains('…');
    let mut parts = text.split(['.', '…']).filter(|part| !part.is_empty());
    let of_dates = || parts.clone().all(looks_like_date);
    let is_slip =
        if has_ellipsis { parts.clone().nth(1).is_some() && of_dates() } else { looks_like_date(text) };
    if !is_slip {
        return Ok(());
    }
    let literally = format!("{FORMS}; or \"{text}\" for the text itself");
    match parts.find(|part| Period::read(part).is_none()) {
        Some(part) => {
            let before =
                text.find(part).and_then(|at| text.get(..at)).map_or(0, |before| before.chars().count());
            period(part, column + before).map(|_| ()).map_err(|error| QueryError { hint: literally, ..error })
        }
        None => {
            let message = "a range of dates has two dots";
            Err(QueryError::new(column, message, literally))
        }
    }
}

/// `2024-6`, `2024-06-31`: a year, a month and perhaps a day, possible or not.
fn looks_like_date(text: &str) -> bool {
    let mut parts = text.split('-');
    let digits = |part: &str, least: usize, most: usize| {
        (least..=most).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
    };
    parts.next().is_some_and(|year| digits(year, 4, 4))
        && parts.next().is_some_and(|month| digits(month, 1, 2))
        && parts.next().is_none_or(|day| digits(day, 1, 2))
        && parts.next().is_none()
}

/// Dates that a field of dates is asked for.
pub(super) fn read(text: &str, column: usize) -> Result<Dates, QueryError> {
    if let Some((from, to)) = text.split_once("..") {
        return range(from, to, column);
    }
    let signs = [(">=", true, false), ("<=", false, false), (">", true, true), ("<", false, true)];
    for (sign, is_after, is_strict) in signs {
        if let Some(rest) = text.strip_prefix(sign) {
            return compared(period(rest, column + sign.len())?, is_after, is_strict, column);
        }
    }
    Ok(Dates::Within(period(text.strip_prefix('=').unwrap_or(text), column)?))
}

fn period(text: &str, column: usize) -> Result<Period, QueryError> {
    if let Some(period) = Period::read(text) {
        return Ok(period);
    }
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let has_form = [4, 7, 10].contains(&text.len()) && text.len() - digits == (text.len() - 4) / 3;
    let message = match (text.is_empty(), has_form) {
        (true, _) => "a date is missing here".to_owned(),
        (false, true) => format!("there is no such day, month or year as `{text}`"),
        (false, false) => format!("`{text}` is no date"),
    };
    Err(QueryError::new(column, message, FORMS))
}

fn range(from: &str, to: &str, column: usize) -> Result<Dates, QueryError> {
    let end_column = column + from.chars().count() + 2;
    if from.is_empty() && to.is_empty() {
        return Err(QueryError::new(column, "a range needs a date at one end at least", FORMS));
    }
    let read = |text: &str, column: usize| match text.is_empty() {
        true => Ok(None),
        false => period(text, column).map(Some),
    };
    let (from, to) = (read(from, column)?, read(to, end_column)?);
    match (from, to) {
        (Some(first), Some(last)) if first.first() > last.last() => Err(QueryError::new(
            column,
            "this range ends before it begins",
            format!("write it the other way round: {last}..{first}"),
        )),
        _ => Ok(Dates::Between(from, to)),
    }
}

fn compared(period: Period, is_after: bool, is_strict: bool, column: usize) -> Result<Dates, QueryError> {
    let day_beside = |date: Result<Date, jiff::Error>| {
        let date = date.ok().filter(|date| date.year() > 0);
        date.map(Period::Day).ok_or_else(|| QueryError::new(column, "no date lies beyond this one", FORMS))
    };
    Ok(match (is_after, is_strict) {
        (true, false) => Dates::Between(Some(period), None),
        (false, false) => Dates::Between(None, Some(period)),
        (true, true) => Dates::Between(Some(day_beside(period.last().tomorrow())?), None),
        (false, true) => Dates::Between(None, Some(day_beside(period.first().yesterday())?)),
    })
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Period::Year(date) => write!(f, "{:04}", date.year()),
            Period::Month(date) => write!(f, "{:04}-{:02}", date.year(), date.month()),
            Period::Day(date) => write!(f, "{:04}-{:02}-{:02}", date.year(), date.month(), date.day()),
        }
    }
}

impl fmt::Display for Dates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let end = |period: &Option<Period>| period.map_or_else(String::new, |period| period.to_string());
        match self {
            Dates::Within(period) => write!(f, "{period}"),
            Dates::Between(from, to) => write!(f, "{}..{}", end(from), end(to)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_have_two_ends() {
        let cases = [
            ("2024", "2024-01-01", "2024-12-31"),
            ("2023-02", "2023-02-01", "2023-02-28"),
            ("2024-06-26", "2024-06-26", "2024-06-26"),
            ("2024-06-01..2024-07", "2024-06-01", "2024-07-31"),
            ("2024-06..", "2024-06-01", ""),
            ("..2024", "", "2024-12-31"),
            (">=2024-06", "2024-06-01", ""),
            (">2024-06", "2024-07-01", ""),
            ("<2024", "", "2023-12-31"),
            ("<=2024-02", "", "2024-02-29"),
            ("=2024-06-26", "2024-06-26", "2024-06-26"),
        ];
        for (given, first, last) in cases {
            let dates = read(given, 1).unwrap();
            let day = |date: Option<Date>| date.map_or_else(String::new, |date| date.to_string());
            assert_eq!((day(dates.first()).as_str(), day(dates.last()).as_str()), (first, last), "{given}");
            assert_eq!(read(&dates.to_string(), 1).unwrap(), dates, "{given}");
        }
    }

    #[test]
    fn what_is_no_date_is_explained() {
        let cases = [
            ("2024-13", 1, "no such day"),
            ("2023-02-29", 1, "no such day"),
            ("0000", 1, "no such day"),
            ("2024-6", 1, "is no date"),
            ("June", 1, "is no date"),
            ("", 1, "missing"),
            (">=", 3, "missing"),
            ("2024..June", 7, "is no date"),
            ("..", 1, "at one end"),
            ("2024..2023", 1, "ends before"),
            (">9999", 1, "beyond"),
            ("2024-06-01..2024-06-0１", 13, "is no date"),
        ];
        for (given, column, message) in cases {
            let error = read(given, 1).unwrap_err();
            assert!(error.message.contains(message) && error.column == column, "{given}: {error}");
        }
        assert!(read("2024-07..2024-06", 1).unwrap_err().hint.contains("2024-06..2024-07"));
    }

    #[test]
    fn only_what_looks_like_a_date_is_one_without_a_field() {
        for text in ["2024-13", "2024-6", "2024-06-31", "2024-06-01...2024-07", "2024-6…2024-07-01"] {
            let error = bare(text, 1).unwrap_err();
            assert!(error.hint.contains(&format!("\"{text}\"")), "{error}");
        }
        for text in [
            "2024",
            "2024-123",
            "24-06",
            "2024-06-01-02",
            "2024-06.",
            "2024...",
            "12..",
            "wait..",
            "a..b",
            "...",
            "..",
            "..a",
            "1..",
            "word",
        ] {
            let found = bare(text, 1);
            assert!(matches!(found, Ok(None)) || text.contains("..") && found.is_err(), "{text}: {found:?}");
        }
        for text in ["2024-06", "2024-06-26", "2024..", "..2024-06", "2024-06-01..2024-07-15", ">=2024"] {
            assert!(matches!(bare(text, 1), Ok(Some(_))), "{text}");
        }
    }
}
