//! Reading names of authors out of bylines and of structured data.

use super::date_text;
use crate::phrases::{self, Categories, Category};
use crate::signatories;
use crate::text::clean;
use std::sync::LazyLock;

/// Longest text that can be a name or a short list of names.
pub(crate) const LONGEST: usize = 160;

/// Most names of one byline.
const MOST: usize = 20;

/// Words around names in bylines, from the data file.
struct Bylines {
    labels: Vec<&'static str>,
    ends: Vec<&'static str>,
    ands: Vec<&'static str>,
    short_ands: Vec<&'static str>,
    roles: Vec<&'static str>,
}

static BYLINES: LazyLock<Bylines> = LazyLock::new(|| {
    let listed = |kind: &str| {
        let lines = include_str!("../../data/bylines.txt").lines().filter_map(|line| line.split_once(": "));
        let mut words: Vec<&str> = lines
            .filter(|(name, _)| *name == kind)
            .flat_map(|(_, words)| words.split(", "))
            .map(str::trim)
            .filter(|word| !word.is_empty())
            .collect();
        // Longest first, so that "written by" is not taken for a name and "by".
        words.sort_by_key(|word| std::cmp::Reverse(word.len()));
        words
    };
    Bylines {
        labels: listed("label"),
        ends: listed("end"),
        ands: listed("and"),
        short_ands: listed("short-and"),
        roles: listed("role"),
    }
});

/// Splits `By A, B and C` into names.
pub(crate) fn in_byline(text: &str) -> Vec<String> {
    let line = text.lines().next().unwrap_or_default();
    if line.chars().count() > LONGEST {
        return Vec::new();
    }
    let line = without_label(line);
    // "A & 43 others" is one author and a claim, not two authors.
    if signatories::claims_others(line) {
        return vec![line.to_owned()];
    }
    unique(
        line.split([';', '|', '•', '·', '—', '、', '，', '\u{60c}'])
            .flat_map(|part| part.split(", "))
            .flat_map(|part| part.split(" & "))
            .flat_map(split_at_ands)
            .filter_map(|part| name_of(part.split(" - ").next().unwrap_or(part)))
            .collect(),
    )
}

/// The names in a field that should hold nothing but names.
pub(crate) fn in_field(text: &str) -> Vec<String> {
    let text = clean(text);
    if text.chars().count() > LONGEST || signatories::claims_others(&text) {
        return Some(text).filter(|text| text.chars().count() <= LONGEST).into_iter().collect();
    }
    let parts: Vec<&str> = text.split([';', '|', '、']).flat_map(|part| part.split(" & ")).collect();
    let several = |parts: &[&str]| parts.len() > 1 && parts.iter().all(|part| part.split_whitespace().count() > 1);
    let commas: Vec<&str> = parts.iter().flat_map(|part| part.split(", ")).collect();
    // "Jane Roe, John Doe" are two names; "Roe, Jane" and "Jane Roe, MD" are one.
    let parts = if several(&commas) { commas } else { parts };
    let ands: Vec<&str> = parts.iter().flat_map(|part| split_at_ands(part)).collect();
    let parts = if several(&ands) && ands.iter().all(|part| part.split_whitespace().count() < 4) { ands } else { parts };
    unique(parts.into_iter().filter_map(|part| plausible(without_label(part.trim()))).collect())
}

/// Splits at words such as "and" between names. Words of one letter also stand within names, as in "Ortega y Gasset",
/// so both sides of these must be names of several words.
fn split_at_ands(text: &str) -> Vec<&str> {
    let mut parts = vec![text];
    for (words, least) in [(&BYLINES.ands, 1), (&BYLINES.short_ands, 2)] {
        for word in words.iter() {
            parts = parts.into_iter().flat_map(|part| split_at(part, word, least)).take(MOST).collect();
        }
    }
    parts
}

/// Splits a text at a word, if at least so many words stand on each side.
fn split_at<'a>(text: &'a str, word: &str, least: usize) -> Vec<&'a str> {
    let Some(at) = position(text, word) else { return vec![text] };
    let (before, after) = (text.get(..at).unwrap_or_default(), text.get(at + word.len()..).unwrap_or_default());
    if before.split_whitespace().count() < least || after.split_whitespace().count() < least {
        return vec![text];
    }
    let mut parts = vec![before];
    // What follows may hold the word again.
    parts.extend(after.split(&format!(" {word} ")));
    parts
}

/// Where a word in lower case stands in a text, between spaces; scripts without spaces need none.
fn position(text: &str, word: &str) -> Option<usize> {
    let spaced = word.is_ascii() || word.chars().all(|c| ('\u{80}'..'\u{530}').contains(&c) || c.is_ascii());
    let found = |at: &usize| {
        let before = text.get(..*at).unwrap_or_default().chars().next_back();
        let after = text.get(at + word.len()..).unwrap_or_default().chars().next();
        !spaced || (before.is_some_and(char::is_whitespace) && after.is_some_and(char::is_whitespace))
    };
    text.match_indices(word).map(|(at, _)| at).find(found).filter(|at| *at > 0)
}

/// Whether a line begins with a label such as "By".
pub(crate) fn is_labelled(text: &str) -> bool {
    without_label(text).len() < text.trim().len()
}

/// Cuts a label such as `By` or `Posted in News by` off the front.
fn without_label(text: &str) -> &str {
    let text = text.trim();
    let lower = text.to_lowercase();
    if lower.len() != text.len() {
        return text;
    }
    // Two elements without a space between them: "ByJane Roe".
    if let Some(rest) = text.strip_prefix("By").filter(|rest| rest.starts_with(char::is_uppercase)) {
        return rest;
    }
    for label in &BYLINES.labels {
        let Some(at) = find_word(&lower, label) else { continue };
        // In mid-line it ends a dateline or a category line, else it is part of a name or a sentence.
        let before = text.get(..at).unwrap_or_default();
        if at == 0
            || !before.chars().any(char::is_alphabetic)
            || phrases::of(before) != Categories::default()
            || date_text::find(before, false).is_some()
        {
            return text.get(at + label.len()..).unwrap_or_default().trim_start_matches([':', '：', '៖', ' ']);
        }
    }
    text
}

/// Where a word or phrase stands in a text, between spaces or the ends.
fn find_word(text: &str, word: &str) -> Option<usize> {
    text.match_indices(word).map(|(at, _)| at).find(|at| {
        let before = text.get(..*at).unwrap_or_default().chars().next_back();
        let after = text.get(at + word.len()..).unwrap_or_default().chars().next();
        before.is_none_or(char::is_whitespace)
            && (after.is_none_or(|c| c.is_whitespace() || c == ':') || word.ends_with([':', '：', '៖']))
    })
}

/// Cuts off what follows a name: `on June 3`, `in News`.
fn without_rest(text: &str) -> &str {
    let lower = text.to_lowercase();
    if lower.len() != text.len() {
        return text;
    }
    let end = BYLINES.ends.iter().filter_map(|word| find_word(&lower, word)).filter(|at| *at > 0).min();
    text.get(..end.unwrap_or(text.len())).unwrap_or(text)
}

/// A name in a byline, if the text can be one.
fn name_of(text: &str) -> Option<String> {
    let name = without_rest(without_label(text));
    // "Jane Roe (Press Officer)".
    let bare = name.split_once(" (").filter(|(_, rest)| rest.trim_end().ends_with(')')).map(|(name, _)| name);
    plausible(bare.unwrap_or(name))
}

/// A text tidied, if it can be a name.
fn plausible(text: &str) -> Option<String> {
    let name = clean(text).trim_matches([',', ':', '-', '–', '@', '(', '/', '.', ' ']).trim().to_owned();
    // A full stop belongs to an initial or abbreviation; it was cut off with the others.
    let name = if text.trim_end().ends_with(&format!("{name}.")) && ends_in_initial(&name) {
        format!("{name}.")
    } else {
        name
    };
    let words = name.split_whitespace().count();
    let digits = name.chars().filter(char::is_ascii_digit).count();
    // "by clicking any link": several words without a capital, in a script that has them, are a sentence.
    let sentence = words > 2 && name.chars().any(char::is_lowercase) && !name.chars().any(char::is_uppercase);
    let lower = name.to_lowercase();
    let nobody = lower.split_whitespace().all(|word| BYLINES.roles.contains(&word));
    let possible = !sentence
        && !nobody
        && (1..=8).contains(&words)
        && (2..=80).contains(&name.chars().count())
        && name.chars().any(char::is_alphabetic)
        && !name.contains("://")
        && !name.contains('@')
        && !name.contains(".head.")
        && (digits == 0 || words == 1)
        && date_text::find(&name, false).is_none()
        && !is_furniture(&name)
        && !BYLINES.labels.contains(&lower.as_str());
    possible.then_some(name)
}

/// Whether a text is a standing phrase of web pages. Some of these are beginnings only, such as "par", so those that
/// stand before names do not count.
fn is_furniture(text: &str) -> bool {
    use Category::{Ad, Comments, Consent, Copyright, Login, More, Navigation, Newsletter, Related, Share, Skip};
    let kinds = [Ad, Comments, Consent, Copyright, Login, More, Navigation, Newsletter, Related, Share, Skip];
    let found = phrases::of(text);
    kinds.into_iter().chain([Category::Taxonomy, Category::Donate]).any(|kind| found.has(kind))
}

/// `Anne B` or `Jane Roe, Jr`.
fn ends_in_initial(name: &str) -> bool {
    name.split_whitespace().next_back().is_some_and(|word| word.chars().count() <= 2)
}

/// Names without repetitions.
pub(crate) fn unique(names: Vec<String>) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for name in names {
        if out.len() < MOST && !out.iter().any(|known| known.to_lowercase() == name.to_lowercase()) {
            out.push(name);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn bylines_are_split() {
        assert_eq!(in_byline("By Sok Dara, Anne B. and LICADHO"), ["Sok Dara", "Anne B.", "LICADHO"]);
        assert_eq!(in_byline("Von Anna Muster und Jan Beispiel"), ["Anna Muster", "Jan Beispiel"]);
        assert_eq!(in_byline("par Anne Exemple et Jean d'Or"), ["Anne Exemple", "Jean d'Or"]);
        assert_eq!(in_byline("Por Ana Ruiz y Luis Gil"), ["Ana Ruiz", "Luis Gil"]);
        assert_eq!(in_byline("Por José Ortega y Gasset"), ["José Ortega y Gasset"]);
        assert_eq!(in_byline("ដោយ៖ សុខ ដារ៉ា និង ចាន់ ថា"), ["សុខ ដារ៉ា", "ចាន់ ថា"]);
        assert_eq!(in_byline("作者：王小明、李华"), ["王小明", "李华"]);
    }

    #[test]
    fn datelines_around_the_name_are_cut() {
        assert_eq!(in_byline("Posted in News by Sok Dara on August 3, 2019"), ["Sok Dara"]);
        assert_eq!(in_byline("Dec. 19, 2025 · Anne Example"), ["Anne Example"]);
        assert_eq!(in_byline("06.11.2023 13:30 von Olga"), ["Olga"]);
        assert_eq!(in_byline("ByJane Roe"), ["Jane Roe"]);
        assert_eq!(in_byline("Redaktion: Jan Beispiel (Pressesprecher)"), ["Jan Beispiel"]);
        assert!(in_byline("By").is_empty());
    }

    #[test]
    fn addresses_and_roles_are_no_names() {
        assert!(in_byline("https://example.org/author/1").is_empty());
        assert!(in_byline("admin").is_empty());
        assert!(in_byline("By clicking any link").is_empty());
    }

    #[test]
    fn fields_hold_whole_names() {
        assert_eq!(in_field("Centre for Labour Research and Education"), ["Centre for Labour Research and Education"]);
        assert_eq!(in_field("Jane Roe, John Doe"), ["Jane Roe", "John Doe"]);
        assert_eq!(in_field("Jane Roe and John Doe"), ["Jane Roe", "John Doe"]);
        assert_eq!(in_field("Jane Roe, MD"), ["Jane Roe, MD"]);
        assert_eq!(in_field("By Jane Roe"), ["Jane Roe"]);
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in "\\PC{0,200}", words in "(by|und|y| |,|;|İ|ß|和|[A-Z]){0,40}") {
            let _ = (in_byline(&text), in_field(&text), in_byline(&words), in_field(&words));
        }
    }
}
