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
    vidimus_index::span_of_date(text)
        .ok_or_else(|| "write a date that there is, as YYYY, YYYY-MM or YYYY-MM-DD".to_owned())
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
