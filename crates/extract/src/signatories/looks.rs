//! Whether a line looks like a name: short, no sentence, no date, none of the phrases around a text.

use super::announce;
use super::name::{self, LONGEST_NAME, typed_number};
use super::vocabulary::lacks_spaces;
use crate::meta::date_text;
use crate::phrases::{self, Category};

/// Whether a line can be a name: short, no sentence, no date, no boilerplate.
pub(crate) fn may_be_name(text: &str) -> bool {
    let text = typed_number(text).map_or(text, |(_, rest)| rest).trim_matches(name::is_bullet);
    let chars = text.chars().take(LONGEST_NAME + 1).count();
    (1..=LONGEST_NAME).contains(&chars)
        && text.chars().any(char::is_alphabetic)
        && !is_sentence(text, chars)
        && !is_address(text)
        && !is_boilerplate(text)
        && !is_date(text, chars)
}

fn is_date(text: &str, chars: usize) -> bool {
    chars < 60 && date_text::find(text, false).is_some()
}

fn is_address(text: &str) -> bool {
    ["http://", "https://", "www."].iter().any(|start| text.starts_with(start))
}

/// A sentence rather than a name: it is long, ends like one, or goes on after a full stop.
fn is_sentence(text: &str, chars: usize) -> bool {
    let words = text.split_whitespace().count();
    let ends = text.ends_with(['.', '!', '?', '。', '។', '။', '۔', '؟', '…']) && !text.ends_with("e.V.");
    if text.chars().any(lacks_spaces) && chars > words * 12 {
        return chars > 120 || (ends && chars > 40);
    }
    let inner = announce::sentence(text).len() + 2 < text.len();
    let lower = is_mostly_lower(text);
    words > 28
        || inner
        || (ends && words >= 7 && lower)
        || (ends && words >= 14)
        || (lower && words >= 12)
        || text.ends_with(['?', '!'])
}

/// Whether most of the longer words begin with small letters, as in sentences of scripts that have capitals.
fn is_mostly_lower(text: &str) -> bool {
    let (lower, upper) = cases(text);
    lower > upper * 2
}

/// Longer words that begin with small letters and with capitals.
fn cases(text: &str) -> (usize, usize) {
    let longer = text.split(|c: char| !c.is_alphanumeric()).filter(|word| word.chars().take(4).count() == 4);
    longer.fold((0, 0), |(lower, upper), word| match word.chars().next() {
        Some(c) if c.is_lowercase() => (lower + 1, upper),
        Some(c) if c.is_uppercase() => (lower, upper + 1),
        _ => (lower, upper),
    })
}

/// Whether a line looks like a name without anything that says so: capitals where the script has them.
pub(crate) fn looks_like_name(text: &str) -> bool {
    let (lower, upper) = cases(text);
    may_be_name(text) && upper + 1 > lower && text.chars().count() <= 120
}

/// Whether a line is a standing phrase of pages.
pub(crate) fn is_boilerplate(text: &str) -> bool {
    let found = phrases::of(text);
    [
        Category::Consent,
        Category::Related,
        Category::Share,
        Category::Newsletter,
        Category::Comments,
        Category::Ad,
        Category::Copyright,
        Category::Login,
        Category::More,
        Category::Taxonomy,
        Category::Notes,
        Category::Contacts,
        Category::Donate,
        Category::Credit,
        Category::Published,
        Category::Modified,
        Category::Skip,
    ]
    .into_iter()
    .any(|category| found.has(category))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_from_sentences_and_dates() {
        for name in [
            "Lake Union",
            "1. Lake Union (LU)",
            "សហជីពបឹង",
            "Ligue des droits de la rivière",
            "Tree Group Ltd.",
        ] {
            assert!(may_be_name(name), "{name}");
        }
        for other in [
            "Phnom Penh, 27 June 2024",
            "The ministry must publish all licences that it gave for dredging.",
            "https://river.example/",
            "Read more",
            "12",
        ] {
            assert!(!may_be_name(other), "{other}");
        }
    }

    #[test]
    fn capitals_make_a_name_likely() {
        assert!(looks_like_name("River League of the South"));
        assert!(!looks_like_name("Release both surveyors without conditions"));
    }
}
