//! The other way to write a compound: *cooperation* for *co-operation*, and the other way round.
//!
//! A hyphen parts words where texts are cut, so that one spelling is two words and the other is one. A word with a hyphen is
//! looked for joined as well; a word that begins as compounds do is looked for in two, one behind the other. Which beginnings
//! these are is a short list: some of them are words of their own in other languages (*e migranti*), and count in English
//! texts alone.

use vidimus_words::{Token, clusters_of_query, words};

use super::pattern::Pattern;
use super::sequence::Step;
use super::stems::Stem;
use crate::query::{Form, Words};

/// The language of texts in which some beginnings are parts of compounds, and in no other.
pub(crate) const ENGLISH: &str = "en";

/// The beginning of a compound.
struct Prefix {
    text: &'static str,
    /// How many letters have to follow: with fewer it is the beginning of too many words that are no compounds.
    rest: usize,
    /// Whether it is one in English texts alone, because it is a word of its own in other languages.
    is_english: bool,
}

const fn anywhere(text: &'static str, rest: usize) -> Prefix {
    Prefix { text, rest, is_english: false }
}

const fn in_english(text: &'static str, rest: usize) -> Prefix {
    Prefix { text, rest, is_english: true }
}

/// The first with which a word begins decides: of two that are beginnings of one word, the longer one stands first.
const PREFIXES: [Prefix; 28] = [
    anywhere("anti", 3),
    anywhere("auto", 4),
    anywhere("counter", 3),
    anywhere("co", 3),
    in_english("cross", 4),
    anywhere("extra", 4),
    anywhere("ex", 7),
    in_english("e", 4),
    anywhere("inter", 4),
    anywhere("intra", 4),
    anywhere("micro", 4),
    anywhere("mini", 4),
    anywhere("multi", 4),
    anywhere("neo", 4),
    in_english("non", 4),
    in_english("post", 3),
    anywhere("pre", 4),
    in_english("pro", 6),
    anywhere("pseudo", 4),
    anywhere("quasi", 4),
    in_english("re", 5),
    in_english("self", 4),
    anywhere("semi", 4),
    anywhere("socio", 4),
    anywhere("sub", 4),
    anywhere("super", 4),
    anywhere("trans", 5),
    anywhere("vice", 4),
];

/// The other spelling of a word.
#[derive(Debug, Clone)]
pub(crate) struct Spelling {
    /// Its terms in their order: one, or two.
    pub(crate) steps: Vec<Step>,
    /// Whether it is one in English texts alone.
    pub(crate) is_english: bool,
    /// Of what other forms are meant as well: *re-arrested* and *rearrested* for *re-arrest*.
    pub(crate) forms: Vec<Inflected>,
}

/// A word that may stand in another form.
#[derive(Debug, Clone)]
pub(crate) struct Inflected {
    /// The word.
    pub(crate) stem: Stem,
    /// The term that has to stand just before it, as the first part of a compound does.
    pub(crate) behind: Option<String>,
}

impl Words {
    /// The other spelling of a compound that was written as a plain word, neither quoted nor with wildcards.
    pub(crate) fn other_spelling(&self) -> Option<Spelling> {
        if self.form != Form::Word || !clusters_of_query(&self.value).is_empty() {
            return None;
        }
        match words(&self.value).as_slice() {
            [word] => in_two(&word.text),
            [first, second] => joined(&self.value, first, second),
            _ => None,
        }
    }
}

/// `co-operation` as one word.
fn joined(written: &str, first: &Token, second: &Token) -> Option<Spelling> {
    let mut between = written.get(first.span.end..second.span.start)?.chars();
    let is_hyphen = matches!(between.next(), Some('-' | '\u{2010}' | '\u{2011}')) && between.next().is_none();
    let is_word = |token: &Token| token.text.chars().all(char::is_alphabetic);
    let is_compound = is_hyphen && is_word(first) && is_word(second);
    let word = is_compound.then(|| format!("{}{}", first.text, second.text))?;
    let forms = [inflected(&word, None), inflected(&second.text, Some(&first.text))];
    Some(Spelling {
        steps: vec![step(0, &word)],
        is_english: false,
        forms: forms.into_iter().flatten().collect(),
    })
}

/// `cooperation` as two words.
fn in_two(word: &str) -> Option<Spelling> {
    let split = |prefix: &'static Prefix| Some((prefix, word.strip_prefix(prefix.text)?));
    let (prefix, rest) = PREFIXES.iter().find_map(split)?;
    if rest.chars().count() < prefix.rest || !word.chars().all(char::is_alphabetic) {
        return None;
    }
    Some(Spelling {
        steps: vec![step(0, prefix.text), step(1, rest)],
        is_english: prefix.is_english,
        forms: inflected(rest, Some(prefix.text)).into_iter().collect(),
    })
}

fn inflected(word: &str, behind: Option<&str>) -> Option<Inflected> {
    Some(Inflected { stem: Stem::of(word)?, behind: behind.map(str::to_owned) })
}

fn step(offset: u32, term: &str) -> Step {
    Step { offset, pattern: Pattern::Exact(term.to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn other(written: &str) -> Option<(String, bool)> {
        let spelling = Words { form: Form::Word, value: written.to_owned() }.other_spelling()?;
        let terms: Vec<&str> = spelling.steps.iter().filter_map(|step| step.pattern.exact()).collect();
        Some((terms.join(" "), spelling.is_english))
    }

    #[test]
    fn compounds_have_two_spellings() {
        let cases = [
            ("co-operation", "cooperation", false),
            ("Cooperation", "co operation", false),
            ("E\u{2011}Mail", "email", false),
            ("email", "e mail", true),
            ("anti-corruption", "anticorruption", false),
            ("anticorrupción", "anti corrupcion", false),
            ("re-arrest", "rearrest", false),
            ("rearrested", "re arrested", true),
            ("counterterrorism", "counter terrorism", false),
            ("well-known", "wellknown", false),
        ];
        for (written, wanted, is_english) in cases {
            assert_eq!(other(written), Some((wanted.to_owned(), is_english)), "{written}");
        }
    }

    #[test]
    fn other_words_have_one() {
        for written in [
            "strike",
            "report",
            "coup",
            "ever",
            "export",
            "COVID-19",
            "2024-25",
            "a-b-c",
            "example.org/page",
            "l'arrestation",
            "ខ្សាច់",
            "",
        ] {
            assert_eq!(other(written), None, "{written}");
        }
        for form in [Form::Phrase(0), Form::Prefix, Form::Fuzzy(1), Form::Wildcard] {
            assert!(Words { form, value: "cooperation".to_owned() }.other_spelling().is_none());
        }
    }
}
