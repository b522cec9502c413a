//! Schedules as people write them: crontab lines of five fields, read in a time zone.
//!
//! The `cron` crate evaluates the fields, in civil time; this wrapper makes it mean what crontab(5) means: no seconds
//! field, Sunday is 0 or 7, and when both day fields are given a day that fits either counts. A time that the clock
//! skips in spring fires when the gap is over; one that comes twice in autumn fires the first time.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Datelike as _, NaiveDate, Timelike as _, Utc};
use jiff::civil;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// A crontab line.
#[derive(Clone, PartialEq, Eq)]
pub struct CronSpec {
    line: String,
    /// One schedule, or two of which either may fire: day of month, and day of week.
    schedules: Vec<cron::Schedule>,
}

/// Why a text is no crontab line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CronError {
    /// Not five fields.
    #[error(
        "'{line}' has {found} fields; a schedule has five: minute hour day-of-month month day-of-week, such as '15 */4 * * *' (there is no field for seconds)"
    )]
    Fields {
        /// The line.
        line: String,
        /// How many fields it has.
        found: usize,
    },
    /// There is no such day.
    #[error("'{line}' never fires: no day fits; write days that come, such as '0 3 28 2 *'")]
    Never {
        /// The line.
        line: String,
    },
    /// A field is wrong.
    #[error("'{line}' is no schedule: {why}; write five fields such as '30 6 * * 1-5'")]
    Field {
        /// The line.
        line: String,
        /// What is wrong.
        why: String,
    },
}

const DAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/// The shorthands of crontab(5).
const SHORTHANDS: [(&str, &str); 6] = [
    ("@yearly", "0 0 1 1 *"),
    ("@annually", "0 0 1 1 *"),
    ("@monthly", "0 0 1 * *"),
    ("@weekly", "0 0 * * 0"),
    ("@daily", "0 0 * * *"),
    ("@hourly", "0 * * * *"),
];

/// The clock is never set by more than this, so a civil time this far back can still be to come.
const LONGEST_GAP: SignedDuration = SignedDuration::from_hours(25);

impl FromStr for CronSpec {
    type Err = CronError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let line = text.trim();
        let shorthand = SHORTHANDS.iter().find(|(name, _)| name.eq_ignore_ascii_case(line));
        let fields: Vec<&str> = shorthand.map_or(line, |(_, long)| long).split_whitespace().collect();
        let [minute, hour, day, month, weekday] = fields.as_slice() else {
            return Err(CronError::Fields { line: line.to_owned(), found: fields.len() });
        };
        let wrong = |why: String| CronError::Field { line: line.to_owned(), why };
        if line.contains('?') {
            return Err(wrong("'?' is not a crontab sign, use '*'".to_owned()));
        }
        let weekdays = weekday_names(weekday).map_err(wrong)?;
        // Only `*` itself leaves the other day field in charge (POSIX crontab).
        let day_lists: &[(&str, &str)] = match (*day == "*", *weekday == "*") {
            (false, false) => &[(day, "*"), ("*", &weekdays)],
            _ => &[(day, &weekdays)],
        };
        let schedules = day_lists
            .iter()
            .map(|(day, weekday)| {
                cron::Schedule::from_str(&format!("0 {minute} {hour} {day} {month} {weekday}"))
            })
            .collect::<Result<Vec<_>, _>>()
            .map_err(|_| wrong(wrong_field([minute, hour, day, month])))?;
        let fires = |schedule: &cron::Schedule| schedule.after(&DateTime::UNIX_EPOCH).next().is_some();
        if !schedules.iter().any(fires) {
            return Err(CronError::Never { line: line.to_owned() });
        }
        Ok(Self { line: line.to_owned(), schedules })
    }
}

/// Which of the fields it is that cannot be read, in the words of crontab(5): the `cron` crate speaks of six.
fn wrong_field(fields: [&str; 4]) -> String {
    const NAMES: [(&str, &str); 4] = [
        ("minute", "0 to 59"),
        ("hour", "0 to 23"),
        ("day of the month", "1 to 31"),
        ("month", "1 to 12 or jan to dec"),
    ];
    for (at, (field, (name, range))) in fields.into_iter().zip(NAMES).enumerate() {
        let mut alone = ["*"; 4];
        if let Some(place) = alone.get_mut(at) {
            *place = field;
        }
        if cron::Schedule::from_str(&format!("0 {} *", alone.join(" "))).is_err() {
            return format!("'{field}' is no {name}: use {range}, lists '1,15', ranges '1-5', steps '*/4'");
        }
    }
    "its fields do not fit together".to_owned()
}

/// Spells a day-of-week field out as names, because the `cron` crate counts days from 1.
fn weekday_names(field: &str) -> Result<String, String> {
    if field == "*" {
        return Ok(field.to_owned());
    }
    let mut wanted = [false; 7];
    for item in field.split(',') {
        let (range, step) = item.split_once('/').unwrap_or((item, "1"));
        let step: usize =
            step.parse().ok().filter(|s| *s > 0).ok_or_else(|| format!("'{item}' has no valid step"))?;
        let (first, last) = match range.split_once('-') {
            _ if range == "*" => (0, 6),
            Some((first, last)) => (weekday(first)?, weekday(last)?),
            None if item.contains('/') => (weekday(range)?, 6),
            None => (weekday(range)?, weekday(range)?),
        };
        // `fri-sun` and `5-7` end on the Sunday after.
        let last = if last < first && last == 0 { 7 } else { last };
        if first > last {
            return Err(format!("the days '{range}' run backwards"));
        }
        for day in (first..=last).step_by(step) {
            if let Some(slot) = wanted.get_mut(day % 7) {
                *slot = true;
            }
        }
    }
    let names: Vec<&str> = DAYS.iter().zip(wanted).filter_map(|(name, on)| on.then_some(*name)).collect();
    Ok(if names.len() == 7 { "*".to_owned() } else { names.join(",") })
}

fn weekday(text: &str) -> Result<usize, String> {
    let named = DAYS.iter().position(|name| name.eq_ignore_ascii_case(text));
    let number = || text.parse().ok().filter(|n| *n <= 7);
    named.or_else(number).ok_or_else(|| {
        format!("'{text}' is no day of the week: use 0 to 7 (0 and 7 are Sunday) or mon to sun")
    })
}

impl CronSpec {
    /// The first time after `after`, read in `zone`; `None` when there is none before the calendar ends.
    pub fn next_after(&self, after: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        self.schedules.iter().filter_map(|schedule| next_of(schedule, after, zone)).min()
    }
}

/// Civil times do not always come in the order of the moments they mean (in a gap), so the best of all that could be
/// next is taken.
fn next_of(schedule: &cron::Schedule, after: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
    let from = after.checked_sub(LONGEST_GAP).ok()?;
    let start = to_chrono(zone.to_datetime(from))?;
    let mut best: Option<Timestamp> = None;
    for civil_time in schedule.after(&start) {
        let moment = zone.to_ambiguous_zoned(to_jiff(civil_time)?).compatible().ok()?.timestamp();
        if moment > after && best.is_none_or(|best| moment < best) {
            best = Some(moment);
        }
        // Past this point every civil time means a moment later than the best one.
        if best.is_some_and(|best| moment > best) {
            break;
        }
    }
    best
}

fn to_chrono(time: civil::DateTime) -> Option<DateTime<Utc>> {
    let date = NaiveDate::from_ymd_opt(
        time.year().into(),
        u32::try_from(time.month()).ok()?,
        u32::try_from(time.day()).ok()?,
    )?;
    let part = |n: i8| u32::try_from(n).ok();
    Some(date.and_hms_opt(part(time.hour())?, part(time.minute())?, part(time.second())?)?.and_utc())
}

fn to_jiff(time: DateTime<Utc>) -> Option<civil::DateTime> {
    let part = |n: u32| i8::try_from(n).ok();
    civil::DateTime::new(
        i16::try_from(time.year()).ok()?,
        part(time.month())?,
        part(time.day())?,
        part(time.hour())?,
        part(time.minute())?,
        part(time.second())?,
        0,
    )
    .ok()
}

impl fmt::Display for CronSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.line)
    }
}

impl fmt::Debug for CronSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CronSpec({})", self.line)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn next(line: &str, after: &str, zone: &str) -> String {
        let spec: CronSpec = line.parse().unwrap();
        let zone = TimeZone::get(zone).unwrap();
        let next = spec.next_after(after.parse().unwrap(), &zone).unwrap();
        next.to_zoned(zone).strftime("%Y-%m-%d %H:%M %a").to_string()
    }

    #[test]
    fn crontab_lines_mean_what_crontab_means() {
        let monday = "2024-07-01T00:00:00Z";
        let table = [
            ("15 */4 * * *", "2024-07-01 00:15 Mon"),
            ("0 6 * * 0", "2024-07-07 06:00 Sun"),
            ("0 6 * * 7", "2024-07-07 06:00 Sun"),
            ("0 6 * * 5-7", "2024-07-05 06:00 Fri"),
            ("0 6 * * fri-sun", "2024-07-05 06:00 Fri"),
            ("0 6 13 * fri", "2024-07-05 06:00 Fri"),
            ("0 6 3 * fri", "2024-07-03 06:00 Wed"),
            ("30 23 29 2 *", "2028-02-29 23:30 Tue"),
            ("@daily", "2024-07-02 00:00 Tue"),
        ];
        for (line, expected) in table {
            assert_eq!(next(line, monday, "UTC"), expected, "{line}");
        }
        assert_eq!(next("30 6 * * *", monday, "Asia/Phnom_Penh"), "2024-07-02 06:30 Tue");
    }

    #[test]
    fn gaps_and_folds() {
        // 2024-03-31 in Berlin: 02:00 becomes 03:00. 2024-10-27: 03:00 becomes 02:00 again.
        assert_eq!(next("30 2 * * *", "2024-03-30T12:00:00Z", "Europe/Berlin"), "2024-03-31 03:30 Sun");
        assert_eq!(next("30 2 * * *", "2024-03-31T01:05:00Z", "Europe/Berlin"), "2024-03-31 03:30 Sun");
        assert_eq!(next("30 2 * * *", "2024-03-31T01:30:00Z", "Europe/Berlin"), "2024-04-01 02:30 Mon");
        assert_eq!(next("30 2 * * *", "2024-10-26T12:00:00Z", "Europe/Berlin"), "2024-10-27 02:30 Sun");
        // 00:30Z is the first 02:30; the second one, at 01:30Z, does not fire again.
        assert_eq!(next("30 2 * * *", "2024-10-27T00:30:00Z", "Europe/Berlin"), "2024-10-28 02:30 Mon");
    }

    #[test]
    fn what_is_no_crontab_line_is_refused_with_the_reason() {
        for (line, part) in [
            ("0 0 6 * * *", "6 fields"),
            ("* * *", "3 fields"),
            ("", "0 fields"),
            ("61 * * * *", "'61' is no minute: use 0 to 59"),
            ("0 24 * * *", "'24' is no hour: use 0 to 23"),
            ("0 6 0 * *", "'0' is no day of the month: use 1 to 31"),
            ("0 6 1 13 *", "'13' is no month: use 1 to 12"),
            ("x * * * *", "'x' is no minute"),
            ("0 3 31 2 *", "never fires"),
            ("0 6 * * 8", "'8' is no day"),
            ("0 6 * * 5-2", "backwards"),
            ("0 6 ? * 1", "'?'"),
        ] {
            let error = line.parse::<CronSpec>().unwrap_err().to_string();
            assert!(error.contains(part), "{line}: {error}");
        }
    }

    fn field(low: u32, high: u32) -> impl Strategy<Value = String> {
        prop_oneof![
            3 => Just("*".to_owned()),
            2 => (low..=high).prop_map(|n| n.to_string()),
            1 => (low..=high, low..=high).prop_map(|(a, b)| format!("{}-{}", a.min(b), a.max(b))),
            1 => (low..=high, low..=high).prop_map(|(a, b)| format!("{a},{b}")),
            1 => (2_u32..=7).prop_map(|n| format!("*/{n}")),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]

        /// An independent implementation agrees on five firings in a row, in a zone whose clock is never set.
        #[test]
        fn croner_agrees(
            minute in field(0, 59),
            hour in field(0, 23),
            day in field(1, 28),
            month in field(1, 12),
            weekday in field(0, 6),
            start in 1_600_000_000_i64..1_900_000_000,
        ) {
            // The two readings of `*/n` beside another day field are both in use; it is left out here.
            let stepped = day.starts_with("*/") || weekday.starts_with("*/");
            prop_assume!(!stepped || day == "*" || weekday == "*");
            let line = format!("{minute} {hour} {day} {month} {weekday}");
            let spec: CronSpec = line.parse().unwrap();
            let oracle = croner::parser::CronParser::new().parse(&line).unwrap();
            let mut ours = Timestamp::from_second(start).unwrap();
            let mut theirs = DateTime::<Utc>::from_timestamp(start, 0).unwrap();
            for _ in 0..5 {
                ours = spec.next_after(ours, &TimeZone::UTC).unwrap();
                theirs = oracle.find_next_occurrence(&theirs, false).unwrap();
                prop_assert_eq!(ours.as_second(), theirs.timestamp(), "{}", line);
            }
        }

        #[test]
        fn no_text_makes_it_panic(text in "[ -~]{0,30}") {
            let _ = text.parse::<CronSpec>();
        }
    }
}
