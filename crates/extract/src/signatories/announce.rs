//! Lines that announce a list of signatories: `Signatories`, `This statement is endorsed by:`, `Signed by A, B and C.`

use super::numbers::Plain;
use super::split;
use super::vocabulary::{alternation, entries, has, literals, units_only};
use crate::phrases::{self, Category};
use crate::text::prefix;
use regex::Regex;
use std::sync::LazyLock;

/// Longest label of a list.
const LONGEST_LABEL: usize = 240;

/// Longest line without colon that can be a label without being a heading.
const LONGEST_BARE: usize = 90;

/// How far into a sentence without colon the words "signed by" may stand.
const LATEST: usize = 80;

/// What a block announces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Announcement {
    /// The words that announce the list.
    pub(crate) label: String,
    /// Where in the block names begin, if it holds any itself.
    pub(crate) names_from: Option<usize>,
    /// How sure it is that names follow.
    pub(crate) strength: Strength,
}

/// How sure it is that names follow a label.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Strength {
    /// A heading, or a line that ends with a colon.
    Clear,
    /// A short line without colon: two names have to follow.
    Bare,
    /// The end of a letter: several names have to follow.
    SignOff,
}

struct Patterns {
    /// Phrases that announce names, in lower case.
    phrase: Option<Regex>,
    undersigned: Option<Regex>,
}

static PATTERNS: LazyLock<Patterns> = LazyLock::new(|| {
    // Whole-block phrases are too short to be looked for inside of a sentence.
    let inside =
        phrases::listed(Category::Signatories).filter(|(_, whole)| !whole).map(|(text, _)| text).collect();
    Patterns {
        phrase: Regex::new(&literals(inside)).ok(),
        undersigned: Regex::new(&alternation("undersigned")).ok(),
    }
});

/// Whether a block announces names, and how.
pub(crate) fn announces(text: &str, heading: bool) -> Option<Announcement> {
    if let Some((label, from)) = before_colon(text)
        && let Some(strength) = strength(label)
    {
        let rest = text.get(from..).unwrap_or_default();
        let names_from = (!rest.trim().is_empty()).then_some(from);
        let strength = if strength == Strength::SignOff { strength } else { Strength::Clear };
        return Some(Announcement { label: tidy(label), names_from, strength });
    }
    let line = text.lines().next().unwrap_or_default();
    let chars = line.chars().take(LONGEST_LABEL + 1).count();
    let longest = if heading { LONGEST_LABEL } else { LONGEST_BARE };
    if chars <= longest
        && !holds_names(line)
        && let Some(strength) = strength(line)
    {
        let strength = if heading && strength == Strength::Bare { Strength::Clear } else { strength };
        let names_from = (line.len() < text.len()).then_some(line.len());
        return Some(Announcement { label: tidy(line), names_from, strength });
    }
    if heading { None } else { in_sentence(text) }
}

/// Whether a text opens a letter of several: `We, the undersigned …`.
pub(crate) fn opens_letter(text: &str) -> bool {
    let lower = prefix(text, 600).to_lowercase();
    PATTERNS.undersigned.as_ref().is_some_and(|pattern| pattern.is_match(&lower))
}

/// The text up to the first colon outside parentheses, and where it goes on.
fn before_colon(text: &str) -> Option<(&str, usize)> {
    let mut depth = 0_u32;
    for (at, c) in text.char_indices().take(LONGEST_LABEL) {
        match c {
            '(' | '（' => depth += 1,
            ')' | '）' => depth = depth.saturating_sub(1),
            ':' | '：' | '៖' if depth == 0 => return Some((text.get(..at)?, at + c.len_utf8())),
            _ => {}
        }
    }
    None
}

fn tidy(label: &str) -> String {
    label
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .trim_matches(|c: char| matches!(c, ':' | '*' | '-' | '–' | '—' | '.'))
        .trim()
        .to_owned()
}

/// Whether a label announces names.
fn strength(label: &str) -> Option<Strength> {
    let normal = phrases::normalise(label);
    if has("signoff", &normal) {
        return Some(Strength::SignOff);
    }
    // Two sentences, or one that goes on, announce something else.
    if normal.contains(". ") || normal.contains("? ") {
        return None;
    }
    if let Some(hit) = PATTERNS.undersigned.as_ref().and_then(|pattern| pattern.find(&normal)) {
        return units_only(normal.get(hit.end()..)?).then_some(Strength::Bare);
    }
    phrases::of(label).has(Category::Signatories).then_some(Strength::Bare)
}

/// `Signed by A, B and C.`: a phrase soon in the sentence, and at least two names behind it.
fn in_sentence(text: &str) -> Option<Announcement> {
    if !phrases::of(text).has(Category::Signatories) {
        return None;
    }
    let plain = Plain::of(prefix(text, 400));
    let hit = PATTERNS.phrase.as_ref()?.find(&plain.text).filter(|hit| hit.start() <= LATEST)?;
    if opens_letter(hit.as_str()) || ends_sentence(plain.text.get(..hit.start())?) {
        return None;
    }
    let end = plain.origin(hit.end());
    let names = sentence(text.get(end..)?);
    let several =
        holds_names(names) && split::names(names).iter().filter(|name| begins_name(name)).count() >= 2;
    several.then(|| Announcement {
        label: tidy(text.get(..end).unwrap_or_default()),
        names_from: Some(end),
        strength: Strength::Clear,
    })
}

fn ends_sentence(text: &str) -> bool {
    text.contains(['?', '!', '"', '“', '”', '«', '»']) || text.contains(". ")
}

/// Whether a text holds more than one name.
fn holds_names(text: &str) -> bool {
    let and = || entries("and").iter().any(|and| text.contains(&format!(" {and} ")));
    let (mut upper, mut words) = (0, 0);
    for word in text.split_whitespace().skip(2) {
        words += 1;
        upper += usize::from(word.chars().next().is_some_and(char::is_uppercase));
    }
    upper * 2 >= words.max(1) && upper >= 2 && (split::separators(text) >= 1 || and())
        || split::separators(text) >= 2 && upper == 0 && !text.chars().any(char::is_lowercase)
}

/// Whether a piece of a sentence can be a name: it begins with a capital, or its script has none.
fn begins_name(text: &str) -> bool {
    split::strip_article(text).chars().find(|c| c.is_alphanumeric()).is_some_and(|c| !c.is_lowercase())
}

/// The text up to the end of its first sentence.
pub(crate) fn sentence(text: &str) -> &str {
    let mut previous = ' ';
    let mut word = 0;
    for (at, c) in text.char_indices() {
        let rest = || text.get(at + c.len_utf8()..).unwrap_or_default();
        if matches!(c, '.' | '!' | '?') && word > 3 && previous.is_lowercase() {
            let mut after = rest().chars();
            if after.next().is_none_or(char::is_whitespace) && after.next().is_none_or(|c| !c.is_lowercase())
            {
                return text.get(..at).unwrap_or(text);
            }
        }
        if matches!(c, '。' | '။' | '។') {
            return text.get(..at).unwrap_or(text);
        }
        word = if c.is_alphanumeric() { word + 1 } else { 0 };
        previous = c;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn label(text: &str) -> Option<(String, Option<String>)> {
        announces(text, false)
            .map(|found| (found.label, found.names_from.map(|at| text[at..].trim().to_owned())))
    }

    #[test]
    fn labels_and_sentences() {
        assert_eq!(
            label("This joint statement is endorsed by:"),
            Some(("This joint statement is endorsed by".into(), None))
        );
        assert_eq!(label("Signed: A; B; C"), Some(("Signed".into(), Some("A; B; C".into()))));
        assert_eq!(
            label("Signed by Lake Union, River League and Tree Group."),
            Some(("Signed by".into(), Some("Lake Union, River League and Tree Group.".into())))
        );
        assert_eq!(
            label("The undersigned organisations:"),
            Some(("The undersigned organisations".into(), None))
        );
        assert!(label("គាំទ្រ\u{200B}ដោយ៖").is_some());
    }

    #[test]
    fn demands_are_no_names() {
        assert_eq!(label("We, the undersigned organisations, call on the ministry to:"), None);
        assert_eq!(label("We, the undersigned, demand:"), None);
        assert_eq!(
            label("The treaty was signed by many states in the spring, and nobody objected to it."),
            None
        );
        assert_eq!(label("We make the following recommendations:"), None);
    }

    #[test]
    fn a_sentence_ends_at_its_full_stop() {
        assert_eq!(
            sentence(" Lake Union, Dr. Roe and Tree Group. For more information"),
            " Lake Union, Dr. Roe and Tree Group"
        );
    }
}
