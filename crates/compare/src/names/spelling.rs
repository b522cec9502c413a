//! The words of a name in one spelling.

use vidimus_words::{Token, fold, is_written_without_spaces, words};

/// Words that carry nothing between the words of a name: articles, conjunctions and prepositions of the languages that
/// lists are written in.
const STOP_WORDS: &[&str] = &[
    "and", "das", "del", "della", "der", "des", "dos", "for", "fur", "las", "les", "los", "of", "pour",
    "the", "und",
];

/// Such words that are names of people, too, in other languages: they carry nothing if they have no capital.
const SMALL_STOP_WORDS: &[&str] = &[
    "a", "an", "at", "by", "da", "de", "den", "di", "die", "do", "du", "e", "el", "en", "et", "in", "la",
    "le", "on", "to", "y",
];

/// Articles that carry nothing at the beginning of a name.
const ARTICLES: &[&str] = &["the", "les", "los", "las", "der", "die", "das"];
/// Articles that may be the name of a family: they carry nothing at the beginning of a name with stop words in it.
const DOUBTFUL_ARTICLES: &[&str] = &["le", "la", "el"];

/// Legal forms, at the end of a name.
const LEGAL_FORMS: &[&str] = &[
    "asbl",
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
    "onlus",
    "plc",
    "pte",
    "pty",
    "pvt",
    "sarl",
    "srl",
    "vzw",
];

/// Legal forms that are names of people or words, too.
const DOUBTFUL_LEGAL_FORMS: &[&str] =
    &["ag", "bv", "cic", "cio", "co", "nv", "ong", "oy", "ry", "sa", "sas", "sl", "ug"];
/// So many words stay where such a form in small letters is taken away.
const WORDS_BEFORE_FORM: usize = 3;

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
    let mut words: Vec<Written<'_>> = words(&spaced).iter().map(|word| Written::of(&spaced, word)).collect();
    while words.len() > 1 && words.first().is_some_and(|first| HONORIFICS.contains(&first.word.as_str())) {
        words.remove(0);
    }
    let is_shouted = !name.contains(char::is_lowercase);
    while words.len() > 1 && words.last().is_some_and(|last| last.is_legal_form(words.len() - 1, is_shouted))
    {
        words.pop();
    }
    // A German association, written with a space: e. V.
    let is = |place: Option<&Written<'_>>, word: &str| place.is_some_and(|written| written.word == word);
    if words.len() > 2 && is(words.get(words.len() - 2), "e") && is(words.last(), "v") {
        words.truncate(words.len() - 2);
    }
    without_stop_words(words)
}

/// The words without those between them that carry nothing, and without an article at the beginning.
fn without_stop_words(mut words: Vec<Written<'_>>) -> Vec<String> {
    let inner = |words: &[Written<'_>]| words.len().saturating_sub(2);
    let begins_with = |list: &[&str]| words.first().is_some_and(|first| list.contains(&first.word.as_str()));
    let has_stop_word = words.iter().skip(1).take(inner(&words)).any(Written::is_stop_word);
    let is_article = begins_with(ARTICLES) || (begins_with(DOUBTFUL_ARTICLES) && has_stop_word);
    if words.len() > 1 && is_article {
        words.remove(0);
    }
    let last = words.len().saturating_sub(1);
    let kept =
        words.into_iter().enumerate().filter(|(at, word)| *at == 0 || *at == last || !word.is_stop_word());
    kept.map(|(_, word)| word.word).collect()
}

/// A word of a name, in one spelling and as it is written.
struct Written<'a> {
    word: String,
    written: &'a str,
    follows_comma: bool,
    /// Whether a full stop stands within it or after it.
    has_stop: bool,
}

impl<'a> Written<'a> {
    fn of(name: &'a str, token: &Token) -> Written<'a> {
        let written = name.get(token.span.clone()).unwrap_or_default();
        let before = name.get(..token.span.start).unwrap_or_default().trim_end();
        let after = name.get(token.span.end..).unwrap_or_default();
        Written {
            word: one_spelling(&token.text),
            written,
            follows_comma: before.ends_with([',', '，']),
            has_stop: written.contains('.') || after.starts_with('.'),
        }
    }

    fn is_stop_word(&self) -> bool {
        let word = self.word.as_str();
        STOP_WORDS.contains(&word)
            || (SMALL_STOP_WORDS.contains(&word) && !self.written.contains(char::is_uppercase))
    }

    /// Whether it is a legal form behind so many other words, in a name that is all in capitals or not.
    fn is_legal_form(&self, others: usize, is_shouted: bool) -> bool {
        if LEGAL_FORMS.contains(&self.word.as_str()) {
            return true;
        }
        let is_small = !self.written.contains(char::is_uppercase);
        let is_capitals = !is_shouted && !self.written.contains(char::is_lowercase);
        DOUBTFUL_LEGAL_FORMS.contains(&self.word.as_str())
            && (self.follows_comma
                || self.has_stop && (self.word == "co" || self.written.contains('.'))
                || is_capitals && !is_small
                || is_small && others >= WORDS_BEFORE_FORM)
    }
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

/// A longer word is no slip of the pen of another: measuring it takes too long.
const LONGEST_WORD: usize = 40;
/// In so many words of a name its writer may have slipped.
const MOST_SLIPS: usize = 3;

/// Whether two names have as many words, of which each differs from its counterpart by a letter or two at most, and one does.
pub(super) fn is_near(one: &[String], other: &[String]) -> bool {
    let is_number = |word: &String| word.chars().any(char::is_numeric);
    let near = |(one, other): (&String, &String)| {
        let (here, there) = (one.chars().count(), other.chars().count());
        let most = if here.max(there) >= 8 { 2 } else { 1 };
        (5..=LONGEST_WORD).contains(&here.max(there))
            && here.abs_diff(there) <= most
            && !is_number(one)
            && !is_number(other)
            && strsim::osa_distance(one, other) <= most
    };
    let pairs = || one.iter().zip(other).filter(|(one, other)| one != other);
    one.len() == other.len() && one.len() > 1 && pairs().nth(MOST_SLIPS).is_none() && pairs().all(near)
}
