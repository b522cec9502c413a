//! Finding in a text what a query asked for.

use std::collections::HashMap;
use std::ops::Range;

use super::Snippet;
use super::passage::passages;
use crate::query::{Form, Leaf, Query, QueryField};
use vidimus_words::{Token, beginning, clusters, clusters_of_query, is_lone_character, words};

/// Most words and phrases of a query that are marked.
const MOST_PATTERNS: usize = 200;
/// How much of a text is looked at, in bytes; matches beyond it are not shown.
const LONGEST_TEXT: usize = 1_000_000;
/// Most matches that are considered in one text.
const MOST_MATCHES: usize = 2_000;

/// What to mark in the texts of one answer.
pub(crate) struct Matcher {
    words: Patterns,
    clusters: Patterns,
}

/// A match in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Match {
    /// Which word or phrase of the query.
    pub(super) leaf: usize,
    /// Bytes of the text.
    pub(super) span: Range<usize>,
}

impl Matcher {
    pub(crate) fn new(query: &Query) -> Matcher {
        let mut matcher = Matcher { words: Patterns::default(), clusters: Patterns::default() };
        let in_text = |leaf: &&Leaf| matches!(leaf.field, None | Some(QueryField::Text));
        for (number, leaf) in query.root.wanted().into_iter().filter(in_text).take(MOST_PATTERNS).enumerate()
        {
            let is_prefix = leaf.form == Form::Prefix;
            matcher.words.add(number, words(&leaf.value), is_prefix);
            let clusters = clusters_of_query(&leaf.value);
            let is_lone = clusters.len() == 1 && clusters.first().is_some_and(is_lone_character);
            matcher.clusters.add(number, clusters, is_prefix || is_lone);
        }
        matcher
    }

    /// The best passages of a text.
    pub(crate) fn snippet(&self, text: &str) -> Snippet {
        let text_seen = beginning(text, LONGEST_TEXT);
        let words = words(text_seen);
        let mut matches = self.words.find(text_seen, &words);
        if !self.clusters.is_empty() {
            matches.extend(self.clusters.find(text_seen, &clusters(text_seen)));
        }
        matches.sort_by_key(|found| (found.span.start, found.span.end));
        Snippet { fragments: passages(text_seen, &words, &matches, text_seen.len() < text.len()) }
    }
}

/// Sequences of terms, by their first term.
#[derive(Default)]
struct Patterns {
    whole: HashMap<String, Vec<Pattern>>,
    /// Those whose first term may go on.
    open: Vec<Pattern>,
}

struct Pattern {
    leaf: usize,
    terms: Vec<Token>,
    is_prefix: bool,
}

impl Patterns {
    fn is_empty(&self) -> bool {
        self.whole.is_empty() && self.open.is_empty()
    }

    fn add(&mut self, leaf: usize, terms: Vec<Token>, is_prefix: bool) {
        let Some(first) = terms.first() else { return };
        let key = first.text.clone();
        let is_open = is_prefix && terms.len() == 1;
        let pattern = Pattern { leaf, terms, is_prefix };
        if is_open {
            self.open.push(pattern);
        } else {
            self.whole.entry(key).or_default().push(pattern);
        }
    }

    fn find(&self, text: &str, tokens: &[Token]) -> Vec<Match> {
        let mut matches = Vec::new();
        for (at, first) in tokens.iter().enumerate() {
            let rest = tokens.get(at..).unwrap_or_default();
            let candidates = self.whole.get(&first.text).into_iter().flatten().chain(&self.open);
            let found = candidates.filter_map(|pattern| Some((pattern.leaf, pattern.span(text, rest)?)));
            matches.extend(found.map(|(leaf, span)| Match { leaf, span }));
            if matches.len() >= MOST_MATCHES {
                break;
            }
        }
        matches
    }
}

impl Pattern {
    /// What the pattern covers when it stands at the beginning of these tokens.
    fn span(&self, text: &str, tokens: &[Token]) -> Option<Range<usize>> {
        let (first, origin) = (tokens.first()?, self.terms.first()?);
        let mut last = first;
        for (index, term) in self.terms.iter().enumerate() {
            let token = tokens.get(index)?;
            let is_in_place = token.position - first.position == term.position - origin.position;
            let may_go_on = self.is_prefix && index + 1 == self.terms.len();
            let is_same = token.text == term.text || (may_go_on && token.text.starts_with(&term.text));
            if !is_in_place || !is_same {
                return None;
            }
            last = token;
        }
        // A lone character is the beginning of a pair: mark itself, not the pair.
        if self.terms.len() == 1 && is_lone_character(origin) {
            let character = text.get(first.span.clone())?.chars().next()?;
            return Some(first.span.start..first.span.start + character.len_utf8());
        }
        Some(first.span.start..last.span.end)
    }
}
