//! Dates as people give them: a year, a month or a day.

use jiff::civil::Date;

/// The first day of a year, month or day.
pub fn first_day(text: &str) -> Result<Date, String> {
    Ok(span(text)?.0)
}

/// The last day of a year, month or day.
pub fn last_day(text: &str) -> Result<Date, String> {
    Ok(span(text)?.1)
}

fn span(text: &str) -> Result<(Date, Date), String> {
    let explain = || "write a date as YYYY, YYYY-MM or YYYY-MM-DD".to_owned();
    let parts: Vec<&str> = text.split('-').collect();
    let number = |part: &str, digits: usize| -> Result<i16, String> {
        let is_number = part.len() == digits && part.bytes().all(|byte| byte.is_ascii_digit());
        if is_number { part.parse().map_err(|_| explain()) } else { Err(explain()) }
    };
    let date = |year: i16, month: i16, day: i16| {
        let narrow = |value: i16| i8::try_from(value).map_err(|_| explain());
        Date::new(year, narrow(month)?, narrow(day)?)
            .map_err(|_| format!("there is no such day, month or year as {text}"))
    };
    match parts.as_slice() {
        [year] => {
            let year = number(year, 4)?;
            Ok((date(year, 1, 1)?, date(year, 12, 31)?))
        }
        [year, month] => {
            let first = date(number(year, 4)?, number(month, 2)?, 1)?;
            Ok((first, first.last_of_month()))
        }
        [year, month, day] => {
            let day = date(number(year, 4)?, number(month, 2)?, number(day, 2)?)?;
            Ok((day, day))
        }
        _ => Err(explain()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_year_month_or_day_is_a_span() {
        let cases = [
            ("2024", "2024-01-01", "2024-12-31"),
            ("2023-02", "2023-02-01", "2023-02-28"),
            ("2024-06-26", "2024-06-26", "2024-06-26"),
        ];
        for (text, first, last) in cases {
            assert_eq!(first_day(text).unwrap().to_string(), first);
            assert_eq!(last_day(text).unwrap().to_string(), last);
        }
    }

    #[test]
    fn what_is_no_date_is_explained() {
        for text in [
            "",
            "24",
            "2024-13",
            "2023-02-29",
            "2024-6",
            "2024-06-26-1",
            "-2024",
            "+024",
            "26.6.2024",
            "２０２４",
        ] {
            assert!(!first_day(text).unwrap_err().is_empty(), "{text}");
        }
    }
}
