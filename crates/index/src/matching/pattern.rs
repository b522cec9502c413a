//! What one term has to look like.

use std::sync::{Arc, OnceLock};

use levenshtein_automata::{DFA, Distance, LevenshteinAutomatonBuilder, SINK_STATE};
use tantivy::postings::TermInfo;
use tantivy::termdict::TermDictionary;
use tantivy_fst::Automaton;

use super::glob::Glob;
use super::regex::Regex;
use crate::query::{ANY_LETTERS, ONE_LETTER};

/// What one term has to look like.
#[derive(Debug, Clone)]
pub(crate) enum Pattern {
    Exact(String),
    Prefix(String),
    Glob(Glob),
    Fuzzy(Fuzzy),
    Regex(Regex),
}

/// A pattern met more different words than there is memory for.
#[derive(Debug)]
pub(crate) struct TooWide;

impl Pattern {
    /// The pattern of a folded term with marks for wildcards.
    pub(crate) fn marked(term: &str) -> Pattern {
        let is_mark = |c: char| c == ANY_LETTERS || c == ONE_LETTER;
        match term.strip_suffix(ANY_LETTERS) {
            Some(start) if !start.contains(is_mark) => Pattern::Prefix(start.to_owned()),
            _ if term.contains(is_mark) => Pattern::Glob(Glob::new(term)),
            _ => Pattern::Exact(term.to_owned()),
        }
    }

    /// Terms in which so many letters differ, lack or are too many; two that changed places count once.
    pub(crate) fn fuzzy(term: &str, distance: u8) -> Pattern {
        static ONE: OnceLock<LevenshteinAutomatonBuilder> = OnceLock::new();
        static TWO: OnceLock<LevenshteinAutomatonBuilder> = OnceLock::new();
        let builder = match distance {
            0 => return Pattern::Exact(term.to_owned()),
            1 => ONE.get_or_init(|| LevenshteinAutomatonBuilder::new(1, true)),
            _ => TWO.get_or_init(|| LevenshteinAutomatonBuilder::new(2, true)),
        };
        Pattern::Fuzzy(Fuzzy { term: term.to_owned(), automaton: Arc::new(builder.build_dfa(term)) })
    }

    /// The one term that this is about most: the word as written.
    pub(crate) fn exact(&self) -> Option<&str> {
        match self {
            Pattern::Exact(term) | Pattern::Fuzzy(Fuzzy { term, .. }) => Some(term),
            Pattern::Prefix(_) | Pattern::Glob(_) | Pattern::Regex(_) => None,
        }
    }

    /// Whether there was more of it than can be compared.
    pub(crate) fn is_cut(&self) -> bool {
        matches!(self, Pattern::Glob(glob) if glob.is_cut())
    }

    pub(crate) fn is_exact(&self) -> bool {
        matches!(self, Pattern::Exact(_))
    }

    /// Whether a term of a text is one of those meant.
    pub(crate) fn matches(&self, term: &str) -> bool {
        match self {
            Pattern::Exact(wanted) => wanted == term,
            Pattern::Prefix(start) => term.starts_with(start.as_str()),
            Pattern::Glob(glob) => glob.matches(term),
            Pattern::Fuzzy(fuzzy) => fuzzy.matches(term),
            Pattern::Regex(regex) => regex.matches(term),
        }
    }

    /// All terms of a dictionary that are meant.
    pub(crate) fn visit(
        &self,
        dictionary: &TermDictionary,
        found: &mut dyn FnMut(&TermInfo) -> Result<(), TooWide>,
    ) -> tantivy::Result<Result<(), TooWide>> {
        match self {
            Pattern::Exact(term) => {
                let info = dictionary.get(term.as_bytes())?;
                Ok(info.as_ref().map_or(Ok(()), found))
            }
            Pattern::Prefix(start) => {
                let range = dictionary.range().ge(start.as_bytes()).lt(after(start));
                let mut stream = range.into_stream()?;
                while stream.advance() {
                    if let Err(TooWide) = found(stream.value()) {
                        return Ok(Err(TooWide));
                    }
                }
                Ok(Ok(()))
            }
            Pattern::Glob(glob) => walk(dictionary, glob, found),
            Pattern::Fuzzy(fuzzy) => walk(dictionary, fuzzy, found),
            Pattern::Regex(regex) => {
                let automaton = regex.walk();
                let walked = walk(dictionary, &automaton, found)?;
                Ok(if automaton.gave_up() { Err(TooWide) } else { walked })
            }
        }
    }
}

/// The first bytes that come after all terms which begin so: no term holds the last character of Unicode, which is none.
fn after(start: &str) -> Vec<u8> {
    format!("{start}\u{10FFFF}").into_bytes()
}

fn walk<A>(
    dictionary: &TermDictionary,
    automaton: &A,
    found: &mut dyn FnMut(&TermInfo) -> Result<(), TooWide>,
) -> tantivy::Result<Result<(), TooWide>>
where
    A: Automaton,
    A::State: Clone,
{
    let mut stream = dictionary.search(automaton).into_stream()?;
    while stream.advance() {
        if let Err(TooWide) = found(stream.value()) {
            return Ok(Err(TooWide));
        }
    }
    Ok(Ok(()))
}

/// Terms that differ from one in a few letters.
#[derive(Clone)]
pub(crate) struct Fuzzy {
    term: String,
    automaton: Arc<DFA>,
}

impl std::fmt::Debug for Fuzzy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Fuzzy").field("term", &self.term).finish_non_exhaustive()
    }
}

impl Fuzzy {
    fn matches(&self, term: &str) -> bool {
        matches!(self.automaton.eval(term), Distance::Exact(_))
    }
}

impl Automaton for Fuzzy {
    type State = u32;

    fn start(&self) -> u32 {
        self.automaton.initial_state()
    }

    fn is_match(&self, state: &u32) -> bool {
        matches!(self.automaton.distance(*state), Distance::Exact(_))
    }

    fn can_match(&self, state: &u32) -> bool {
        *state != SINK_STATE
    }

    fn accept(&self, state: &u32, byte: u8) -> u32 {
        self.automaton.transition(*state, byte)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn similar_spellings_differ_in_so_many_letters() {
        let cases = [
            ("detain", 1, "detan", true),
            ("detain", 1, "detian", true),
            ("detain", 1, "detains", true),
            ("detain", 1, "retan", false),
            ("detain", 2, "retan", true),
            ("សិទ្ធិ", 1, "សិធ្ធិ", true),
            ("detain", 2, "", false),
        ];
        for (term, distance, other, wanted) in cases {
            assert_eq!(Pattern::fuzzy(term, distance).matches(other), wanted, "{term}~{distance} {other}");
        }
    }
}
