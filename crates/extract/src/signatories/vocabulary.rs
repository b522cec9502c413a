//! The words of lists of signatories, from a data file: units, roles, headings of columns, what joins two names.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

/// The entries of the data file by list.
static LISTS: LazyLock<HashMap<&'static str, Vec<&'static str>>> = LazyLock::new(|| {
    let mut lists: HashMap<&'static str, Vec<&'static str>> = HashMap::new();
    for line in include_str!("../../data/signatories.txt").lines().filter(|line| !line.starts_with('#')) {
        let Some((list, entries)) = line.split_once(": ") else { continue };
        let entries = entries.split(" | ").map(str::trim).filter(|entry| !entry.is_empty());
        lists.entry(list.trim()).or_default().extend(entries);
    }
    lists
});

static SETS: LazyLock<HashMap<&'static str, HashSet<&'static str>>> = LazyLock::new(|| {
    LISTS.iter().map(|(list, entries)| (*list, entries.iter().copied().collect())).collect()
});

/// All entries of a list.
pub(crate) fn entries(list: &str) -> &'static [&'static str] {
    LISTS.get(list).map_or(&[], Vec::as_slice)
}

/// Whether a list has this entry; the text is compared as it is, so it has to be in lower case.
pub(crate) fn has(list: &str, text: &str) -> bool {
    SETS.get(list).is_some_and(|set| set.contains(text))
}

/// Whether any word of a text, or any two neighbours, is in a list.
pub(crate) fn has_word(list: &str, text: &str) -> bool {
    let lower = text.to_lowercase();
    let words: Vec<&str> = words(&lower).collect();
    words.iter().any(|word| has(list, word) || has(list, word.trim_end_matches('.')))
        || words.windows(2).any(|pair| has(list, &pair.join(" ")))
}

/// The words of a text; hyphens, full stops and apostrophes inside a word belong to it.
pub(crate) fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| {
        c.is_whitespace() || matches!(c, ',' | ';' | ':' | '(' | ')' | '/' | '،' | '、' | '，' | '\u{200B}')
    })
    .map(|word| word.trim_matches(|c: char| matches!(c, '"' | '“' | '”' | '«' | '»' | '-' | '–' | '—' | '*')))
    .filter(|word| !word.is_empty())
}

/// An alternation of the entries of a list as plain literals, longest first.
pub(crate) fn alternation(list: &str) -> String {
    literals(entries(list).to_vec())
}

/// An alternation of plain literals, longest first.
pub(crate) fn literals(mut texts: Vec<&str>) -> String {
    texts.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
    texts.dedup();
    format!("(?:{})", texts.iter().map(|text| regex::escape(text)).collect::<Vec<_>>().join("|"))
}

/// Letters of scripts that are written without spaces, or, as Korean, with endings that run on.
pub(crate) fn lacks_spaces(c: char) -> bool {
    matches!(c, '\u{E00}'..='\u{FFF}' | '\u{1000}'..='\u{109F}' | '\u{1780}'..='\u{17FF}' | '\u{3040}'..='\u{30FF}'
        | '\u{3400}'..='\u{9FFF}' | '\u{AC00}'..='\u{D7AF}')
}

/// Entries of a list in scripts without spaces, longest first.
pub(crate) fn unspaced(list: &str) -> Vec<&'static str> {
    let mut found: Vec<&str> =
        entries(list).iter().copied().filter(|entry| entry.chars().any(lacks_spaces)).collect();
    found.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
    found
}

static UNSPACED_UNITS: LazyLock<Vec<&'static str>> =
    LazyLock::new(|| [unspaced("unit"), unspaced("member")].concat());

/// Whether a text is nothing but units, numbers and words that go with them, in lower case.
pub(crate) fn units_only(text: &str) -> bool {
    if text.len() > 300 {
        return false;
    }
    let words: Vec<&str> = words(text).map(|word| word.trim_end_matches('.')).collect();
    let known = |word: &str| {
        has("unit", word)
            || has("member", word)
            || has("filler", word)
            || has("and", word)
            || word.chars().all(char::is_numeric)
    };
    let mut at = 0;
    while let Some(word) = words.get(at) {
        let pair = words.get(at + 1).map(|next| format!("{word} {next}"));
        if pair.is_some_and(|pair| has("unit", &pair)) {
            at += 2;
        } else if known(word) || is_unspaced_units(word) {
            at += 1;
        } else {
            return false;
        }
    }
    true
}

/// Whether a run of a script without spaces is made up of units and numbers.
fn is_unspaced_units(mut word: &str) -> bool {
    while let Some(first) = word.chars().next() {
        let unit = UNSPACED_UNITS.iter().find_map(|unit| word.strip_prefix(unit));
        let filler = entries("filler")
            .iter()
            .filter(|entry| entry.chars().any(lacks_spaces))
            .find_map(|entry| word.strip_prefix(entry));
        word = match unit.or(filler) {
            Some(rest) => rest,
            None if first.is_numeric() => word.get(first.len_utf8()..).unwrap_or_default(),
            None => return false,
        };
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_told_from_calls() {
        assert!(units_only(" 44 civil society organisations and unions"));
        assert!(units_only(""));
        assert!(!units_only(", call on the government"));
        assert!(!units_only(" demand"));
    }

    #[test]
    fn every_list_is_used_under_its_name() {
        for list in [
            "unit",
            "member",
            "filler",
            "others",
            "and",
            "undersigned",
            "signoff",
            "orgword",
            "role",
            "honorific",
            "persons",
            "column-name",
            "column-place",
            "column-number",
            "column-acronym",
            "column-role",
            "place",
        ] {
            assert!(!entries(list).is_empty(), "{list}");
        }
        assert_eq!(LISTS.len(), 17);
    }
}
