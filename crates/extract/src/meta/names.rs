//! Reading names of authors out of bylines and of structured data.

use super::date_text;
use crate::phrases::{self, Categories, Category};
use crate::signatories;
use crate::text::clean;
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

/// Longest text that can be a name or a short list of names.
pub(crate) const LONGEST: usize = 160;

/// Characters of the longest label.
const LONGEST_LABEL: usize = 24;

/// Most names of one byline.
const MOST: usize = 20;

/// Words and phrases by their first word, longest first.
type Phrases = HashMap<&'static str, Vec<&'static str>>;

/// Words around names in bylines, from the data file.
struct Bylines {
    labels: Phrases,
    /// Labels in scripts that put no space behind them.
    unspaced_labels: Vec<&'static str>,
    ends: Phrases,
    ands: HashSet<&'static str>,
    unspaced_ands: Vec<&'static str>,
    short_ands: HashSet<&'static str>,
    roles: HashSet<&'static str>,
}

static BYLINES: LazyLock<Bylines> = LazyLock::new(|| {
    let listed = |kind: &'static str| {
        let lines = include_str!("../../data/bylines.txt").lines().filter_map(|line| line.split_once(": "));
        let of_kind = lines.filter(move |(name, _)| *name == kind);
        of_kind.flat_map(|(_, words)| words.split(", ")).map(str::trim).filter(|word| !word.is_empty())
    };
    let phrases = |kind: &'static str| {
        let mut table = Phrases::new();
        for phrase in listed(kind) {
            table.entry(first_word(phrase)).or_default().push(phrase);
        }
        for list in table.values_mut() {
            // "written by" is not to be taken for "written" and a name "by".
            list.sort_by_key(|phrase| std::cmp::Reverse(phrase.len()));
        }
        table
    };
    let unspaced = |kind: &'static str| listed(kind).filter(|word| word.starts_with(is_unspaced)).collect();
    Bylines {
        labels: phrases("label"),
        unspaced_labels: unspaced("label"),
        ends: phrases("end"),
        ands: listed("and").filter(|word| !word.starts_with(is_unspaced)).collect(),
        unspaced_ands: unspaced("and"),
        short_ands: listed("short-and").collect(),
        roles: listed("role").collect(),
    }
});

/// Whether a letter is of a script that is written without spaces between words.
fn is_unspaced(c: char) -> bool {
    matches!(c, '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' | '\u{2e80}'..='\u{9fff}')
}

/// The word that a text begins with, without a colon.
fn first_word(text: &str) -> &str {
    let word = text.split(char::is_whitespace).next().unwrap_or_default();
    word.trim_end_matches([':', '：'])
}

/// Where the words of a text start.
fn word_starts(text: &str) -> impl Iterator<Item = usize> {
    let mut previous = ' ';
    text.char_indices().filter_map(move |(at, c)| {
        let starts = previous.is_whitespace() && !c.is_whitespace();
        previous = c;
        starts.then_some(at)
    })
}

impl Bylines {
    /// The longest phrase of a table that stands at the beginning of a text as whole words.
    fn at_start(table: &Phrases, text: &str) -> Option<&'static str> {
        let whole = |phrase: &&&str| {
            let rest = text.strip_prefix(**phrase);
            rest.is_some_and(|rest| {
                phrase.ends_with([':', '：', '៖'])
                    || rest.chars().next().is_none_or(|c| c.is_whitespace() || c == ':')
            })
        };
        table.get(first_word(text))?.iter().find(whole).copied()
    }

    /// The label that a text in lower case begins with.
    fn label(&self, text: &str) -> Option<&'static str> {
        let unspaced = || self.unspaced_labels.iter().filter(|label| text.starts_with(**label));
        Self::at_start(&self.labels, text).or_else(|| unspaced().max_by_key(|label| label.len()).copied())
    }
}

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
    let several =
        |parts: &[&str]| parts.len() > 1 && parts.iter().all(|part| part.split_whitespace().count() > 1);
    let commas: Vec<&str> = parts.iter().flat_map(|part| part.split(", ")).collect();
    // "Jane Roe, John Doe" are two names; "Roe, Jane" and "Jane Roe, MD" are one.
    let parts = if several(&commas) { commas } else { parts };
    let ands: Vec<&str> = parts.iter().flat_map(|part| split_at_ands(part)).collect();
    let parts = if several(&ands) && ands.iter().all(|part| part.split_whitespace().count() < 4) {
        ands
    } else {
        parts
    };
    unique(parts.into_iter().filter_map(|part| plausible(without_label(part.trim()))).collect())
}

/// Splits at words such as "and" between names. Words of one letter also stand within names, as in "Ortega y Gasset",
/// so both sides of these must be names of several words.
fn split_at_ands(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut from = 0;
    for at in word_starts(text) {
        let rest = text.get(at..).unwrap_or_default();
        let word = rest.split(char::is_whitespace).next().unwrap_or_default();
        let before = text.get(from..at).unwrap_or_default();
        let after = rest.get(word.len()..).unwrap_or_default();
        let count = |text: &str| text.split_whitespace().take(2).count();
        let least = if BYLINES.ands.contains(word) {
            1
        } else if BYLINES.short_ands.contains(word) {
            2
        } else {
            continue;
        };
        if count(before) >= least && count(after) >= least {
            parts.push(before);
            from = at + word.len();
        }
    }
    parts.push(text.get(from..).unwrap_or_default());
    if text.is_ascii() {
        return parts;
    }
    for word in &BYLINES.unspaced_ands {
        parts = parts.into_iter().flat_map(|part| part.split(word)).take(MOST).collect();
    }
    parts
}

/// Whether a line begins with a label such as "By".
pub(crate) fn is_labelled(text: &str) -> bool {
    let start: String = text.trim_start().chars().take(LONGEST_LABEL).flat_map(char::to_lowercase).collect();
    BYLINES.label(&start).is_some()
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
    for at in word_starts(&lower) {
        let Some(label) = lower.get(at..).and_then(|rest| BYLINES.label(rest)) else { continue };
        // In mid-line it ends a dateline or a category line, else it is part of a name or a sentence.
        let before = text.get(..at).unwrap_or_default();
        if at == 0
            || !before.chars().any(char::is_alphabetic)
            || phrases::of(before) != Categories::default()
            || date_text::find(before, false).is_some()
        {
            let rest = text.get(at + label.len()..).unwrap_or_default();
            return rest.trim_start_matches([':', '：', '៖', ' ']);
        }
    }
    text
}

/// Cuts off what follows a name: `on June 3`, `in News`.
fn without_rest(text: &str) -> &str {
    let lower = text.to_lowercase();
    if lower.len() != text.len() {
        return text;
    }
    let is_end = |at: &usize| {
        *at > 0 && lower.get(*at..).is_some_and(|rest| Bylines::at_start(&BYLINES.ends, rest).is_some())
    };
    let end = word_starts(&lower).find(is_end);
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
    let nobody = lower.split_whitespace().all(|word| BYLINES.roles.contains(word));
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
        && BYLINES.label(&lower).is_none_or(|label| label.len() < lower.len());
    possible.then_some(name)
}

/// Whether a text is a standing phrase of web pages. Some of these are beginnings only, such as "par", so those that
/// stand before names do not count.
fn is_furniture(text: &str) -> bool {
    use Category::{
        Ad, Comments, Consent, Copyright, Login, More, Navigation, Newsletter, Related, Share, Skip,
    };
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
        assert_eq!(
            in_field("Centre for Labour Research and Education"),
            ["Centre for Labour Research and Education"]
        );
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
