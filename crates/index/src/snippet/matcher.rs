//! Finding in a text what a query asked for.

use std::ops::{ControlFlow, Range};

use super::Snippet;
use super::passage::passages;
use crate::matching::{
    ENGLISH, Forms, Inflected, List, Member, Pattern, Spelling, Step, cluster_steps, members, sequence,
    windows,
};
use crate::query::{Dates, Form, Leaf, Query, QueryField, Wanted, Words};
use vidimus_words::{
    ClusterChunks, Terms, Token, WordChunks, beginning, clusters_of_query, is_lone_character,
    short_word_of_query, short_words, words,
};

/// Most words and phrases of a query that are marked.
pub(super) const MOST_PATTERNS: usize = 200;
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
    inflected: Vec<MayInflect>,
    /// What is another spelling in English texts alone.
    english: Patterns,
}

/// A word of the query that may stand in another form.
struct MayInflect {
    leaf: usize,
    word: Inflected,
    /// Whether it may in English texts alone.
    is_english: bool,
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
        matcher.inflected.truncate(MOST_PATTERNS);
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
        let plain = wanted.stem().map(|stem| Inflected { stem, behind: None });
        self.inflected.extend(plain.map(|word| MayInflect { leaf, word, is_english: false }));
        if let Some(Spelling { steps, is_english, forms }) = wanted.other_spelling() {
            let patterns = if is_english { &mut self.english } else { &mut self.words };
            patterns.add(leaf, steps, false);
            self.inflected.extend(forms.into_iter().map(|word| MayInflect { leaf, word, is_english }));
        }
    }

    fn short_words(&self, text: &str) -> Vec<Match> {
        let counts = || Counts::new(self.leaves, self.most_of_one());
        let mut found = self.short_words.find(text, &short_words(text), counts());
        let is_found = |leaf: usize| found.iter().any(|found| found.leaf == leaf);
        if !self.short_as_words.leaves().all(is_found) {
            found.extend(self.short_as_words.find(text, &Terms::of(WordChunks::new(text)), counts()));
        }
        found
    }

    /// The best passages of a text in this language.
    pub(crate) fn snippet(&self, text: &str, language: Option<&str>) -> Snippet {
        let text_seen = beginning(text, LONGEST_TEXT);
        // Cutting a text without spaces into words takes most of the time, and is left out where it can be.
        let has_clusters = !self.clusters.is_empty() || !self.short_words.is_empty();
        let needs_words = !has_clusters || !self.words.is_empty() || !self.near.is_empty();
        let words = if needs_words { Terms::of(WordChunks::new(text_seen)) } else { Terms::default() };
        let most = self.most_of_one();
        let mut matches = self.words.find(text_seen, &words, Counts::new(self.leaves, most));
        let language = language.map(primary);
        if language.as_deref() == Some(ENGLISH) {
            matches.extend(self.english.find(text_seen, &words, Counts::new(self.leaves, most)));
        }
        matches.extend(self.other_forms(&words, language.as_deref()));
        matches.extend(self.near.iter().flat_map(|near| near.find(&words, most)));
        if !self.clusters.is_empty() {
            let clusters = Terms::of(ClusterChunks::without_short_words(text_seen));
            matches.extend(self.clusters.find(text_seen, &clusters, Counts::new(self.leaves, most)));
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

    fn other_forms(&self, words: &Terms, language: Option<&str>) -> Vec<Match> {
        let Some(language) = language else { return Vec::new() };
        let mut matches = Vec::new();
        let meant = |word: &&MayInflect| !word.is_english || language == ENGLISH;
        for MayInflect { leaf, word, .. } in self.inflected.iter().filter(meant) {
            let Some(forms) = Forms::of(&word.stem, language) else { continue };
            let meant = words.forms().enumerate().filter(|(_, form)| forms.includes(form));
            let spans = meant.filter_map(|(at, _)| form_at(word.behind.as_deref(), words, at));
            matches.extend(spans.map(|span| Match { leaf: *leaf, span }).take(self.most_of_one()));
        }
        matches
    }
}

/// What is marked where a form stands, with the part of its compound before it.
fn form_at(behind: Option<&str>, words: &Terms, at: usize) -> Option<Range<usize>> {
    let (_, span, _) = words.get(at)?;
    let Some(behind) = behind else { return Some(span) };
    let (_, first, _) = words.get(at.checked_sub(1)?).filter(|(form, _, _)| *form == behind)?;
    Some(first.start..span.end)
}

/// `pt` of `pt-BR`.
fn primary(language: &str) -> String {
    language.split(['-', '_']).next().unwrap_or(language).to_lowercase()
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
    fn find(&self, words: &Terms, most: usize) -> Vec<Match> {
        let occurrences: Vec<Vec<usize>> = self.members.iter().map(|member| places(member, words)).collect();
        let position = |at: usize| words.get(at).and_then(|(_, _, position)| u32::try_from(position).ok());
        let list = |(at, member): (&Vec<usize>, &Member)| List {
            positions: at.iter().filter_map(|at| position(*at)).collect(),
            shift: member.shift,
        };
        let lists: Vec<List> = occurrences.iter().zip(&self.members).map(list).collect();
        let mut matches = Vec::new();
        // That the places ran out is no news here.
        let _ = windows(&lists, self.window, &mut |positions| {
            let spans = positions.iter().zip(&self.members).filter_map(|(start, member)| {
                let first = words.first_at(usize::try_from(*start).ok()?);
                let last = first + member.steps.len().saturating_sub(1);
                Some(words.get(first)?.1.start..words.get(last)?.1.end)
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
fn places(member: &Member, words: &Terms) -> Vec<usize> {
    let begins = |at: &usize| !member.steps.is_empty() && span_of(&member.steps, words, *at).is_some();
    (0..words.len()).filter(begins).collect()
}

/// What the steps cover when they stand at this term and those behind it.
fn span_of(steps: &[Step], terms: &Terms, at: usize) -> Option<Range<usize>> {
    let (_, mut span, first) = terms.get(at)?;
    for (index, step) in steps.iter().enumerate() {
        let (form, step_span, position) = terms.get(at + index)?;
        let offset = u32::try_from(position.checked_sub(first)?).ok()?;
        if offset != step.offset || !step.pattern.matches(form) {
            return None;
        }
        span.end = step_span.end;
    }
    Some(span)
}

/// Sequences of terms, by their first term.
#[derive(Default)]
struct Patterns {
    /// In the order of their first terms. They are few: looking one up costs less than a hash of the term.
    whole: Vec<(String, Sequence)>,
    /// Those whose first term may be one of many.
    open: Vec<Sequence>,
    /// The bytes with which the terms of `whole` begin: most terms of a text begin with others.
    firsts: Vec<u8>,
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
        self.whole.iter().map(|(_, sequence)| sequence).chain(&self.open).map(|sequence| sequence.leaf)
    }

    fn add(&mut self, leaf: usize, steps: Vec<Step>, is_lone: bool) {
        let Some(first) = steps.first() else { return };
        match &first.pattern {
            Pattern::Exact(term) => {
                self.firsts.extend(term.bytes().next().filter(|first| !self.firsts.contains(first)));
                let after = self.whole.partition_point(|(other, _)| other <= term);
                self.whole.insert(after, (term.clone(), Sequence { leaf, steps, is_lone }));
            }
            _ => self.open.push(Sequence { leaf, steps, is_lone }),
        }
    }

    /// Those that may begin with a term.
    fn beginning_with<'a>(&'a self, term: &'a str) -> impl Iterator<Item = &'a Sequence> {
        let first = self.whole.partition_point(|(other, _)| other.as_str() < term);
        let whole = self.whole.iter().skip(first).take_while(move |(other, _)| other == term);
        whole.map(|(_, sequence)| sequence).chain(&self.open)
    }

    fn find(&self, text: &str, terms: &Terms, mut counts: Counts) -> Vec<Match> {
        let mut matches = Vec::new();
        if self.is_empty() {
            return matches;
        }
        let may_begin = |form: &str| form.bytes().next().is_some_and(|first| self.firsts.contains(&first));
        for (at, form) in terms.forms().enumerate() {
            if self.open.is_empty() && !may_begin(form) {
                continue;
            }
            for pattern in self.beginning_with(form) {
                if counts.has_room(pattern.leaf)
                    && let Some(span) = pattern.span(text, terms, at)
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
    /// What the terms cover when they stand at this term of a text.
    fn span(&self, text: &str, terms: &Terms, at: usize) -> Option<Range<usize>> {
        let span = span_of(&self.steps, terms, at)?;
        if self.is_lone {
            let character = text.get(span.clone())?.chars().next()?;
            return Some(span.start..span.start + character.len_utf8());
        }
        Some(span)
    }
}
