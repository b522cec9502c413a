//! The words of a name in one spelling.

use vidimus_words::{fold, is_written_without_spaces, words};

/// Words that carry nothing of a name: articles, conjunctions and prepositions of the languages that lists are written in.
const STOP_WORDS: &[&str] = &[
    "a", "an", "and", "at", "by", "da", "das", "de", "del", "della", "den", "der", "des", "di", "die", "do",
    "dos", "du", "e", "el", "en", "et", "for", "fur", "in", "la", "las", "le", "les", "los", "of", "on",
    "pour", "the", "to", "und", "y",
];

/// Legal forms, at the end of a name.
const LEGAL_FORMS: &[&str] = &[
    "asbl",
    "ag",
    "bv",
    "cic",
    "cio",
    "co",
    "corp",
    "corporation",
    "ev",
    "gmbh",
    "ggmbh",
    "inc",
    "incorporated",
    "limited",
    "llc",
    "llp",
    "ltd",
    "ltda",
    "nv",
    "onlus",
    "ong",
    "oy",
    "plc",
    "pte",
    "pty",
    "pvt",
    "ry",
    "sa",
    "sarl",
    "sas",
    "sl",
    "srl",
    "ug",
    "vzw",
];

/// What stands before a person's name.
const HONORIFICS: &[&str] =
    &["dr", "mr", "mrs", "ms", "prof", "professor", "rev", "ven", "venerable", "sir", "mme", "mlle"];

/// Words that are spelt in two ways: the first is taken.
const VARIANTS: &[(&str, &str)] = &[
    ("center", "centre"),
    ("theater", "theatre"),
    ("labor", "labour"),
    ("labor", "labours"),
    ("defense", "defence"),
    ("program", "programme"),
    ("neighborhood", "neighbourhood"),
    ("neighbor", "neighbour"),
    ("color", "colour"),
    ("honor", "honour"),
    ("license", "licence"),
    ("woman", "women"),
    ("international", "intl"),
    ("international", "int'l"),
    ("association", "assoc"),
    ("association", "assn"),
    ("organisation", "org"),
    ("national", "natl"),
    ("department", "dept"),
    ("university", "univ"),
    ("saint", "st"),
];

/// The words of a name: folded, in one spelling, without what carries nothing. A name in a script without spaces is one
/// word, wherever its writer put spaces.
pub(super) fn name_words(name: &str) -> Vec<String> {
    if name.chars().any(is_written_without_spaces) {
        let letters: String =
            fold(name).chars().filter(|c| !c.is_ascii_punctuation() && !is_mark(*c)).collect();
        return if letters.is_empty() { Vec::new() } else { vec![letters] };
    }
    let spaced = name.replace(['+', '&'], " & ");
    let mut words: Vec<String> = words(&spaced).into_iter().map(|word| one_spelling(&word.text)).collect();
    while words.len() > 1 && words.first().is_some_and(|first| HONORIFICS.contains(&first.as_str())) {
        words.remove(0);
    }
    while words.len() > 1 && words.last().is_some_and(|last| LEGAL_FORMS.contains(&last.as_str())) {
        words.pop();
    }
    // A German association, written with a space: e. V.
    if words.len() > 2 && words.ends_with(&["e".to_owned(), "v".to_owned()]) {
        words.truncate(words.len() - 2);
    }
    let all = words.clone();
    words.retain(|word| !STOP_WORDS.contains(&word.as_str()));
    if words.is_empty() { all } else { words }
}

/// Quotation marks and other signs that no name is told apart by.
fn is_mark(c: char) -> bool {
    !c.is_alphanumeric() && !is_written_without_spaces(c)
}

/// *Organization* and *organisation*, *centre* and *center*, *worker* and *workers*.
fn one_spelling(word: &str) -> String {
    let variant =
        |word: &str| VARIANTS.iter().find(|(_, other)| *other == word).map(|(one, _)| (*one).to_owned());
    if let Some(one) = variant(word) {
        return one;
    }
    let mut word = word.to_owned();
    if word.chars().count() > 3
        && word.ends_with('s')
        && !word.ends_with("ss")
        && !word.ends_with("us")
        && !word.ends_with("is")
    {
        word.pop();
    }
    if let Some(one) = variant(&word) {
        return one;
    }
    for ending in ["ization", "izing", "izer", "ized", "ize", "yze"] {
        if word.len() > ending.len() + 2
            && let Some(stem) = word.strip_suffix(ending)
        {
            return format!("{stem}{}", ending.replacen('z', "s", 1));
        }
    }
    word
}

/// Whether something is written like an acronym: one word of two to twelve letters, at least two of them capitals.
pub(super) fn is_acronym(written: &str) -> bool {
    let written = written.trim();
    let count = written.chars().filter(|c| c.is_alphanumeric()).count();
    let capitals = written.chars().filter(|c| c.is_uppercase()).count();
    (2..=12).contains(&count)
        && capitals >= 2
        && written.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '‑' | '’' | '\''))
        && written.chars().next().is_some_and(char::is_alphanumeric)
        && !written.chars().any(is_written_without_spaces)
}

/// The letters of an acronym, folded.
pub(super) fn letters(acronym: &str) -> String {
    fold(acronym).chars().filter(|c| c.is_alphanumeric()).collect()
}

/// Whether two names are of one script, as far as their first letters tell.
pub(super) fn same_script(one: &[String], other: &[String]) -> bool {
    let group = |words: &[String]| {
        let first = words.iter().flat_map(|word| word.chars()).find(|c| c.is_alphabetic());
        first.map(|c| if c.is_ascii() { 0 } else { u32::from(c) >> 8 })
    };
    group(one) == group(other)
}

/// Whether two names have as many words, of which each differs from its counterpart by a letter or two at most, and one does.
pub(super) fn is_near(one: &[String], other: &[String]) -> bool {
    let is_number = |word: &String| word.chars().any(char::is_numeric);
    let near = |(one, other): (&String, &String)| {
        let longest = one.chars().count().max(other.chars().count());
        one == other
            || (longest >= 5
                && !is_number(one)
                && !is_number(other)
                && strsim::osa_distance(one, other) <= if longest >= 8 { 2 } else { 1 })
    };
    one.len() == other.len() && one.len() > 1 && one.iter().zip(other).all(near)
}
