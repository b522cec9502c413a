//! Regular expressions over whole terms.
//!
//! A lazy automaton: it takes the memory that the walk needs and no more than a fixed amount, after which it gives up and
//! says so. Patterns that would explode are refused when they are built.

use std::cell::{Cell, RefCell};
use std::sync::{Arc, Mutex};

use regex_automata::hybrid::LazyStateID;
use regex_automata::hybrid::dfa::{Cache, Config, DFA};
use regex_automata::nfa::thompson;
use regex_automata::util::{start, syntax};
use regex_automata::{Anchored, MatchKind};
use tantivy_fst::Automaton;

use vidimus_words::fold;

/// Longest expression in characters.
const LONGEST: usize = 500;
/// Most memory for the expression itself, and for the states of one walk, in bytes.
const MOST_PATTERN: usize = 500_000;
const MOST_STATES: usize = 4_000_000;
/// Deepest nesting.
const DEEPEST: u32 = 50;

/// A regular expression, folded as terms are.
#[derive(Clone)]
pub(crate) struct Regex {
    automaton: Arc<DFA>,
    /// What one walk has found out about the automaton, for the next.
    memory: Arc<Mutex<Option<Cache>>>,
}

impl std::fmt::Debug for Regex {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Regex").finish_non_exhaustive()
    }
}

impl Regex {
    /// Builds it, or says in a few words why not.
    pub(crate) fn new(pattern: &str) -> Result<Regex, String> {
        if pattern.chars().nth(LONGEST).is_some() {
            return Err(format!("it is longer than {LONGEST} characters"));
        }
        let nfa = thompson::Compiler::new()
            .configure(thompson::Config::new().nfa_size_limit(Some(MOST_PATTERN)))
            .syntax(syntax::Config::new().nest_limit(DEEPEST).utf8(true))
            .build(&folded(pattern))
            .map_err(|error| reason(&error))?;
        let config = Config::new()
            .match_kind(MatchKind::All)
            .cache_capacity(MOST_STATES)
            .minimum_cache_clear_count(Some(0));
        let automaton = DFA::builder().configure(config).build_from_nfa(nfa).map_err(|_| {
            "it is too large, or looks at the edges of words, which a term has not".to_owned()
        })?;
        Ok(Regex { automaton: Arc::new(automaton), memory: Arc::default() })
    }

    /// The automaton with memory for one walk.
    pub(crate) fn walk(&self) -> Walk<'_> {
        let kept = self.memory.lock().ok().and_then(|mut memory| memory.take());
        let cache = kept.unwrap_or_else(|| self.automaton.create_cache());
        Walk { regex: self, cache: RefCell::new(cache), gave_up: Cell::new(false) }
    }

    pub(crate) fn matches(&self, term: &str) -> bool {
        let walk = self.walk();
        let is_match = walk.matches(term);
        if let Ok(mut memory) = self.memory.lock()
            && !walk.gave_up()
        {
            *memory = Some(walk.cache.into_inner());
        }
        is_match
    }
}

/// The last line of the parser's message, which says what is wrong.
fn reason(error: &thompson::BuildError) -> String {
    use std::error::Error;
    let message = error.source().map_or_else(|| error.to_string(), |source| source.to_string());
    let last = message.lines().last().unwrap_or_default();
    last.strip_prefix("error: ").unwrap_or(last).to_owned()
}

/// The expression with its letters and digits folded as terms are, and what follows a `\` as it was. Marks are folded
/// with the letter before them.
fn folded(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len());
    let mut run = String::new();
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        if c.is_alphanumeric() || is_mark(c) {
            run.push(c);
            continue;
        }
        out.push_str(&folded_run(&std::mem::take(&mut run)));
        out.push(c);
        if c == '\\' {
            out.extend(chars.next());
        }
    }
    out.push_str(&folded_run(&run));
    out
}

/// Accents that stand behind their letter, and what puts a Khmer letter below another.
fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36F}' | '\u{17D2}')
}

/// Letters folded as in a term; left alone if folding makes signs of them that mean something in an expression, as of `⑴`.
fn folded_run(run: &str) -> String {
    let folded = fold(run);
    let has_signs = folded.chars().any(|c| c.is_ascii() && !c.is_ascii_alphanumeric());
    if has_signs { run.to_owned() } else { folded }
}

/// One walk over terms.
pub(crate) struct Walk<'a> {
    regex: &'a Regex,
    cache: RefCell<Cache>,
    gave_up: Cell<bool>,
}

impl Walk<'_> {
    /// Whether memory ran out, and the terms found are not all there are.
    pub(crate) fn gave_up(&self) -> bool {
        self.gave_up.get()
    }

    fn matches(&self, term: &str) -> bool {
        let mut state = self.start();
        for byte in term.bytes() {
            if !self.can_match(&state) {
                return false;
            }
            state = self.accept(&state, byte);
        }
        self.is_match(&state)
    }

    fn kept<T, E>(&self, state: Result<T, E>) -> Option<T> {
        self.gave_up.set(self.gave_up.get() || state.is_err());
        state.ok()
    }
}

impl Automaton for Walk<'_> {
    type State = Option<LazyStateID>;

    fn start(&self) -> Self::State {
        let from_beginning = start::Config::new().anchored(Anchored::Yes);
        self.kept(self.regex.automaton.start_state(&mut self.cache.borrow_mut(), &from_beginning))
    }

    fn is_match(&self, state: &Self::State) -> bool {
        let end = |state| self.kept(self.regex.automaton.next_eoi_state(&mut self.cache.borrow_mut(), state));
        state.and_then(end).is_some_and(|end| end.is_match())
    }

    fn can_match(&self, state: &Self::State) -> bool {
        state.is_some_and(|state| !state.is_dead())
    }

    fn accept(&self, state: &Self::State, byte: u8) -> Self::State {
        let state = state.filter(|state| !state.is_dead())?;
        self.kept(self.regex.automaton.next_state(&mut self.cache.borrow_mut(), state, byte))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_match_whole_folded_terms() {
        let cases = [
            ("organi[sz]ation(s)?", "organisations", true),
            ("organi[sz]ation(s)?", "organisational", false),
            ("a|ab", "ab", true),
            ("ab|a", "a", true),
            ("DÉNONC.*", "denoncent", true),
            (r"\d{4}", "2024", true),
            (r"\D+", "2024", false),
            ("^ab$", "ab", true),
            (".*ធិ", "សិទ្ធិ", true),
            ("colou?r", "color", true),
            ("a.c", "aéc", true),
            ("de\u{301}nonc.*", "denoncent", true),
            ("[e\u{301}a]t", "et", true),
            ("٣+", "33", true),
            ("⑴", "⑴", true),
            ("a…b", "a…b", true),
            ("[१-३]a", "2a", true),
            (r"a\.é", "a.e", true),
        ];
        for (pattern, term, wanted) in cases {
            assert_eq!(Regex::new(pattern).unwrap().matches(term), wanted, "{pattern} {term}");
        }
    }

    #[test]
    fn what_cannot_be_used_is_explained() {
        for pattern in ["(", "a{2,1}", "[", "*", r"\q", r"a\b", &"a".repeat(501), "(((a{1000}){1000}){1000})"]
        {
            let reason = Regex::new(pattern).unwrap_err();
            assert!(!reason.is_empty() && !reason.contains('\n'), "{pattern}: {reason}");
        }
        assert!(Regex::new("(a").unwrap_err().contains("unclosed"), "{:?}", Regex::new("(a"));
        assert!(Regex::new(&"(".repeat(400)).is_err());
    }

    #[test]
    fn hostile_expressions_are_bounded() {
        for pattern in ["(a?){200}a{200}", r"(\w?){20}x", ".*a.{0,40}b.*", "((a*)*)*b", "(.*a){20}"] {
            let Ok(regex) = Regex::new(pattern) else { continue };
            for length in 0..60 {
                regex.matches(&"ab".repeat(length));
            }
        }
    }
}
