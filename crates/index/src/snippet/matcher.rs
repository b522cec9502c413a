//! Finding in a text what a query asked for.

use std::collections::HashMap;
use std::ops::{ControlFlow, Range};

use super::Snippet;
use super::passage::passages;
use crate::matching::{Forms, List, Member, Pattern, Stem, Step, cluster_steps, members, sequence, windows};
use crate::query::{Dates, Form, Leaf, Query, QueryField, Wanted, Words};
use vidimus_words::{
    Token, beginning, clusters, clusters_of_query, is_lone_character, short_word_of_query, short_words, words,
};

/// Most words and phrases of a query that are marked.
const MOST_PATTERNS: usize = 200;
/// How much of a text is looked at, in bytes; matches beyond it are not shown.
const LONGEST_TEXT: usize = 1_000_000;
/// Most matches that are considered in one text, and of them at most and at least so many for one word or phrase: a common
/// word leaves room for a rare one.
const MOST_MATCHES: usize = 2_000;
const MOST_OF_ONE: usize = 300;
const LEAST_OF_ONE: usize = 10;

/// What to mark in the texts of one answer.
#[derive(Default)]
pub(crate) struct Matcher {
    /// How many words and phrases there are.
    leaves: usize,
    words: Patterns,
    clusters: Patterns,
    short_words: Patterns,
    /// For texts in which the dictionary cuts where its own words would not: looked for where no short word is found.
    short_as_words: Patterns,
    near: Vec<Near>,
    stems: Vec<(usize, Stem)>,
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
        let mut matcher = Matcher::default();
        let in_text = |leaf: &&Leaf| matches!(leaf.field, None | Some(QueryField::Text));
        for (number, leaf) in query.root.wanted().into_iter().filter(in_text).take(MOST_PATTERNS).enumerate()
        {
            matcher.leaves = number + 1;
            match &leaf.wanted {
                Wanted::Words(wanted) => matcher.add(number, wanted),
                Wanted::Near(wanted, window) => {
                    let members = wanted.iter().map(|wanted| Member { steps: sequence(wanted), shift: 0 });
                    matcher.near.push(Near { leaf: number, members: members.collect(), window: *window });
                }
                Wanted::Dates(Dates::Within(period)) => {
                    matcher.add(number, &Words { form: Form::Word, value: period.to_string() });
                }
                Wanted::Dates(Dates::Between(..)) => {}
            }
        }
        matcher
    }

    fn add(&mut self, leaf: usize, wanted: &Words) {
        let plain = wanted.plain().unwrap_or_default();
        let clusters = clusters_of_query(&plain);
        let is_lone = clusters.len() == 1 && clusters.first().is_some_and(is_lone_character);
        let is_open = wanted.form == Form::Prefix || is_lone;
        let is_short = !is_open && short_word_of_query(&clusters).is_some();
        let marked = if is_short { &mut self.short_words } else { &mut self.clusters };
        marked.add(leaf, cluster_steps(&clusters, is_open), is_lone);
        // Where all is clusters, these mark whatever the words would, but for few short ones.
        if are_covered(&words(&plain), &clusters) && !matches!(wanted.form, Form::Phrase(1..)) {
            let spare = if is_short { sequence(wanted) } else { Vec::new() };
            self.short_as_words.add(leaf, spare, false);
            return;
        }
        let steps = sequence(wanted);
        match wanted.form {
            Form::Phrase(slop) if slop > 0 && steps.len() > 1 => {
                self.near.push(Near { leaf, members: members(steps), window: slop });
            }
            _ => self.words.add(leaf, steps, false),
        }
        self.stems.extend(wanted.stem().map(|stem| (leaf, stem)));
    }

    fn short_words(&self, text: &str) -> Vec<Match> {
        let counts = || Counts::new(self.leaves, self.most_of_one());
        let mut found = self.short_words.find(text, &short_words(text), counts());
        let is_found = |leaf: usize| found.iter().any(|found| found.leaf == leaf);
        if !self.short_as_words.leaves().all(is_found) {
            found.extend(self.short_as_words.find(text, &words(text), counts()));
        }
        found
    }

    /// The best passages of a text in this language.
    pub(crate) fn snippet(&self, text: &str, language: Option<&str>) -> Snippet {
        let text_seen = beginning(text, LONGEST_TEXT);
        // Cutting a text without spaces into words takes most of the time, and is left out where it can be.
        let has_clusters = !self.clusters.is_empty() || !self.short_words.is_empty();
        let needs_words = !has_clusters || !self.words.is_empty() || !self.near.is_empty();
        let words = if needs_words { words(text_seen) } else { Vec::new() };
        let most = self.most_of_one();
        let mut matches = self.words.find(text_seen, &words, Counts::new(self.leaves, most));
        matches.extend(self.other_forms(&words, language));
        matches.extend(self.near.iter().flat_map(|near| near.find(&words, most)));
        if !self.clusters.is_empty() {
            let counts = Counts::new(self.leaves, most);
            matches.extend(self.clusters.find(text_seen, &clusters(text_seen), counts));
        }
        if !self.short_words.is_empty() {
            matches.extend(self.short_words(text_seen));
        }
        matches.sort_by_key(|found| (found.span.start, found.span.end));
        Snippet { fragments: passages(text_seen, &words, &matches, text_seen.len() < text.len()) }
    }

    fn most_of_one(&self) -> usize {
        (MOST_MATCHES / self.leaves.max(1)).clamp(LEAST_OF_ONE, MOST_OF_ONE)
    }

    fn other_forms(&self, words: &[Token], language: Option<&str>) -> Vec<Match> {
        let Some(language) = language else { return Vec::new() };
        let primary = language.split(['-', '_']).next().unwrap_or(language).to_lowercase();
        let forms = self.stems.iter().filter_map(|(leaf, stem)| Some((*leaf, Forms::of(stem, &primary)?)));
        let forms: Vec<(usize, Forms<'_>)> = forms.collect();
        let marked = forms.iter().flat_map(|(leaf, forms)| {
            let meant = words.iter().filter(|word| forms.includes(&word.text));
            meant.map(|word| Match { leaf: *leaf, span: word.span.clone() }).take(self.most_of_one())
        });
        marked.collect()
    }
}

/// How many matches of each word or phrase may still be taken.
struct Counts {
    left: Vec<usize>,
}

impl Counts {
    fn new(leaves: usize, most: usize) -> Counts {
        Counts { left: vec![most; leaves] }
    }

    /// Whether there is room for a match of this one, which takes it.
    fn take(&mut self, leaf: usize) -> bool {
        let Some(left) = self.left.get_mut(leaf).filter(|left| **left > 0) else { return false };
        *left -= 1;
        true
    }

    fn has_room(&self, leaf: usize) -> bool {
        self.left.get(leaf).is_some_and(|left| *left > 0)
    }
}

/// Whether there are clusters, and no word lies outside them.
fn are_covered(words: &[Token], clusters: &[Token]) -> bool {
    let covers = |word: &Token, cluster: &Token| {
        cluster.span.start < word.span.end && word.span.start < cluster.span.end
    };
    !clusters.is_empty() && words.iter().all(|word| clusters.iter().any(|cluster| covers(word, cluster)))
}

/// Members that stand within a window.
struct Near {
    leaf: usize,
    members: Vec<Member>,
    window: u32,
}

impl Near {
    fn find(&self, words: &[Token], most: usize) -> Vec<Match> {
        let occurrences: Vec<Vec<usize>> = self.members.iter().map(|member| places(member, words)).collect();
        let position = |at: usize| words.get(at).and_then(|word| u32::try_from(word.position).ok());
        let list = |(at, member): (&Vec<usize>, &Member)| List {
            positions: at.iter().filter_map(|at| position(*at)).collect(),
            shift: member.shift,
        };
        let lists: Vec<List> = occurrences.iter().zip(&self.members).map(list).collect();
        let mut matches = Vec::new();
        // That the places ran out is no news here.
        let _ = windows(&lists, self.window, &mut |positions| {
            let spans = positions.iter().zip(&self.members).filter_map(|(start, member)| {
                let first = words
                    .partition_point(|word| word.position < usize::try_from(*start).unwrap_or(usize::MAX));
                let last = first + member.steps.len().saturating_sub(1);
                Some(words.get(first)?.span.start..words.get(last)?.span.end)
            });
            matches.extend(spans.map(|span| Match { leaf: self.leaf, span }));
            if matches.len() < most { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        });
        matches.sort_by_key(|found| (found.span.start, found.span.end));
        matches.dedup();
        matches
    }
}

/// Numbers of the words at which a member begins.
fn places(member: &Member, words: &[Token]) -> Vec<usize> {
    let starts = (0..words.len()).filter(|at| {
        let rest = words.get(*at..).unwrap_or_default();
        !member.steps.is_empty() && last_of(&member.steps, rest).is_some()
    });
    starts.collect()
}

/// The token of the last step, when the steps stand at the beginning of these tokens.
fn last_of<'a>(steps: &[Step], tokens: &'a [Token]) -> Option<&'a Token> {
    let first = tokens.first()?;
    let mut last = first;
    for (index, step) in steps.iter().enumerate() {
        let token = tokens.get(index)?;
        let offset = u32::try_from(token.position - first.position).ok()?;
        if offset != step.offset || !step.pattern.matches(&token.text) {
            return None;
        }
        last = token;
    }
    Some(last)
}

/// Sequences of terms, by their first term.
#[derive(Default)]
struct Patterns {
    whole: HashMap<String, Vec<Sequence>>,
    /// Those whose first term may be one of many.
    open: Vec<Sequence>,
}

struct Sequence {
    leaf: usize,
    steps: Vec<Step>,
    /// A lone character is the beginning of a pair: it is marked itself, and not the pair.
    is_lone: bool,
}

impl Patterns {
    fn is_empty(&self) -> bool {
        self.whole.is_empty() && self.open.is_empty()
    }

    fn leaves(&self) -> impl Iterator<Item = usize> {
        self.whole.values().flatten().chain(&self.open).map(|sequence| sequence.leaf)
    }

    fn add(&mut self, leaf: usize, steps: Vec<Step>, is_lone: bool) {
        let Some(first) = steps.first() else { return };
        match &first.pattern {
            Pattern::Exact(term) => {
                let term = term.clone();
                self.whole.entry(term).or_default().push(Sequence { leaf, steps, is_lone });
            }
            _ => self.open.push(Sequence { leaf, steps, is_lone }),
        }
    }

    fn find(&self, text: &str, tokens: &[Token], mut counts: Counts) -> Vec<Match> {
        let mut matches = Vec::new();
        if self.is_empty() {
            return matches;
        }
        for (at, first) in tokens.iter().enumerate() {
            let rest = tokens.get(at..).unwrap_or_default();
            let candidates = self.whole.get(&first.text).into_iter().flatten().chain(&self.open);
            for pattern in candidates {
                if counts.has_room(pattern.leaf)
                    && let Some(span) = pattern.span(text, rest)
                    && counts.take(pattern.leaf)
                {
                    matches.push(Match { leaf: pattern.leaf, span });
                }
            }
        }
        matches
    }
}

impl Sequence {
    /// What the terms cover when they stand at the beginning of these tokens.
    fn span(&self, text: &str, tokens: &[Token]) -> Option<Range<usize>> {
        let first = tokens.first()?;
        let last = last_of(&self.steps, tokens)?;
        if self.is_lone {
            let character = text.get(first.span.clone())?.chars().next()?;
            return Some(first.span.start..first.span.start + character.len_utf8());
        }
        Some(first.span.start..last.span.end)
    }
}
