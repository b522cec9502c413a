//! From a query to what the engine runs.
//!
//! Text is looked up twice and either answer will do: as words, which count for more, and as
//! clusters, which always find a Khmer or Chinese word inside a run-together sentence.

use std::ops::Bound;

use tantivy::query::{
    AllQuery, BooleanQuery, BoostQuery, ConstScoreQuery, InvertedIndexRangeQuery, Occur, PhrasePrefixQuery,
    PhraseQuery, Query as EngineQuery, RangeQuery, TermQuery,
};
use tantivy::schema::{Field, IndexRecordOption, Term};
use vidimus_snapshot::STAND_INS;

use crate::query::{ANY_KIND, Form, Leaf, Node, QueryField};
use crate::schema::{Fields, TextField, number, url_key};
use crate::search::{Kinds, Options};
use vidimus_words::{Token, clusters_of_query, fold, is_lone_character, words};

type Boxed = Box<dyn EngineQuery>;

/// How much more a word in the title, or an author's name, says than one in the text.
const TITLE_WEIGHT: f32 = 3.0;
const AUTHOR_WEIGHT: f32 = 2.0;
/// How much more a whole word says than the same letters somewhere in a sentence.
const WORD_WEIGHT: f32 = 2.0;
/// To how many terms the last, unfinished word of several may extend.
const MOST_ENDINGS: u32 = 100_000;

/// The whole request: query and filters.
pub(crate) fn compile(fields: &Fields, root: &Node, options: &Options) -> Boxed {
    let query = node(fields, root);
    let mut clauses = Vec::new();
    if let Some(source) = &options.source {
        clauses.push(filter(term(fields.source_key, &fold(source))));
    }
    match &options.kinds {
        Kinds::Only(kind) => clauses.push(filter(term(fields.kind_key, &fold(kind)))),
        Kinds::Statements => {
            let stand_ins = STAND_INS.iter().map(|kind| term(fields.kind_key, kind)).collect();
            clauses.push((Occur::MustNot, any(stand_ins)));
        }
        Kinds::All => {}
    }
    if let Some(lang) = &options.lang {
        clauses.push(filter(term(fields.lang_key, &fold(lang))));
    }
    if options.since.is_some() || options.until.is_some() {
        let bound = |date: Option<jiff::civil::Date>| {
            // A day before the year 1 is before every document.
            date.map_or(Bound::Unbounded, |date| {
                Bound::Included(Term::from_field_u64(fields.day, number(date).unwrap_or(0)))
            })
        };
        clauses.push(filter(Box::new(RangeQuery::new(bound(options.since), bound(options.until)))));
    }
    if clauses.is_empty() {
        return query;
    }
    clauses.push((Occur::Must, query));
    Box::new(BooleanQuery::new(clauses))
}

/// A clause that selects and does not rank.
fn filter(query: Boxed) -> (Occur, Boxed) {
    (Occur::Must, Box::new(ConstScoreQuery::new(query, 0.0)))
}

fn node(fields: &Fields, query: &Node) -> Boxed {
    match query {
        Node::Leaf(wanted) => leaf(fields, wanted),
        Node::Any(nodes) => any(nodes.iter().map(|query| node(fields, query)).collect()),
        Node::All(nodes) => all(fields, nodes),
        Node::Not(_) => all(fields, std::slice::from_ref(query)),
    }
}

fn all(fields: &Fields, nodes: &[Node]) -> Boxed {
    let mut clauses: Vec<(Occur, Boxed)> = nodes
        .iter()
        .map(|query| match query {
            Node::Not(excluded) => (Occur::MustNot, node(fields, excluded)),
            wanted => (Occur::Must, node(fields, wanted)),
        })
        .collect();
    // Something must be there to exclude from.
    if clauses.iter().all(|(occur, _)| *occur == Occur::MustNot) {
        clauses.push((Occur::Must, Box::new(AllQuery)));
    }
    Box::new(BooleanQuery::new(clauses))
}

fn any(mut queries: Vec<Boxed>) -> Boxed {
    match queries.len() {
        1 => queries.swap_remove(0),
        _ => Box::new(BooleanQuery::union(queries)),
    }
}

fn leaf(fields: &Fields, leaf: &Leaf) -> Boxed {
    match leaf.field {
        None => any(vec![
            text(fields.text, leaf),
            weighted(text(fields.title, leaf), TITLE_WEIGHT),
            weighted(text(fields.author, leaf), AUTHOR_WEIGHT),
        ]),
        Some(QueryField::Text) => text(fields.text, leaf),
        Some(QueryField::Title) => text(fields.title, leaf),
        Some(QueryField::Author) => text(fields.author, leaf),
        Some(QueryField::Source) => any(vec![key(fields.source_key, leaf), text(fields.organisation, leaf)]),
        Some(QueryField::Lang) => key(fields.lang_key, leaf),
        Some(QueryField::Host) => key(fields.host_key, leaf),
        Some(QueryField::Kind) if leaf.value == ANY_KIND => Box::new(AllQuery),
        Some(QueryField::Kind) => key(fields.kind_key, leaf),
        Some(QueryField::Url) if leaf.is_whole_url() => url(fields, leaf),
        Some(QueryField::Url) => phrase(fields.url_words, &words(&leaf.value), leaf.form),
    }
}

fn url(fields: &Fields, leaf: &Leaf) -> Boxed {
    let mut key = url_key(&leaf.value);
    if leaf.form != Form::Prefix {
        return term(fields.url_key, &key);
    }
    // `…/news/*` means what lies below, not `…/newsletter`.
    if leaf.value.ends_with('/') && key.contains(|c| c != '/') {
        key.push('/');
    }
    prefix(fields.url_key, &key)
}

fn key(field: Field, leaf: &Leaf) -> Boxed {
    let value = fold(&leaf.value);
    match leaf.form {
        Form::Prefix => prefix(field, &value),
        Form::Word | Form::Phrase => term(field, &value),
    }
}

fn text(field: TextField, leaf: &Leaf) -> Boxed {
    let words = words(&leaf.value);
    let clusters = clusters_of_query(&leaf.value);
    if clusters.is_empty() {
        return phrase(field.words, &words, leaf.form);
    }
    let by_cluster = cluster_phrase(field, &words, &clusters, leaf);
    if words.is_empty() {
        return by_cluster;
    }
    any(vec![weighted(phrase(field.words, &words, leaf.form), WORD_WEIGHT), by_cluster])
}

/// The clusters in their order and, where the text mixes scripts, all its other words as well.
fn cluster_phrase(field: TextField, words: &[Token], clusters: &[Token], leaf: &Leaf) -> Boxed {
    let is_covered = |word: &Token| {
        clusters
            .iter()
            .any(|cluster| cluster.span.start < word.span.end && word.span.start < cluster.span.end)
    };
    let last_cluster = clusters.last().map_or(0, |cluster| cluster.span.end);
    let mut required = Vec::new();
    let mut ends_in_cluster = true;
    for word in words.iter().filter(|word| !is_covered(word)) {
        let is_last = word.span.start >= last_cluster && words.last() == Some(word);
        ends_in_cluster &= !is_last;
        let form = if is_last { leaf.form } else { Form::Word };
        required.push((Occur::Must, phrase(field.words, std::slice::from_ref(word), form)));
    }
    // A single Chinese character is indexed as the beginning of a pair.
    let is_lone = clusters.len() == 1 && clusters.first().is_some_and(is_lone_character);
    let is_open = ends_in_cluster && leaf.form == Form::Prefix;
    let form = if is_open || is_lone { Form::Prefix } else { Form::Word };
    required.push((Occur::Must, phrase(field.clusters, clusters, form)));
    Box::new(BooleanQuery::new(required))
}

/// These terms one after the other; with [`Form::Prefix`] the last may go on.
fn phrase(field: Field, tokens: &[Token], form: Form) -> Boxed {
    let Some(first) = tokens.first() else { return any(Vec::new()) };
    if tokens.len() == 1 {
        return if form == Form::Prefix { prefix(field, &first.text) } else { term(field, &first.text) };
    }
    let terms: Vec<(usize, Term)> = tokens
        .iter()
        .map(|token| (token.position - first.position, Term::from_field_text(field, &token.text)))
        .collect();
    if form != Form::Prefix {
        return Box::new(PhraseQuery::new_with_offset(terms));
    }
    let mut query = PhrasePrefixQuery::new_with_offset(terms);
    query.set_max_expansions(MOST_ENDINGS);
    Box::new(query)
}

fn term(field: Field, text: &str) -> Boxed {
    Box::new(TermQuery::new(Term::from_field_text(field, text), IndexRecordOption::WithFreqs))
}

/// All terms that begin so. No term holds the last character of Unicode, which is none.
fn prefix(field: Field, start: &str) -> Boxed {
    let first = Term::from_field_text(field, start);
    let last = Term::from_field_text(field, &format!("{start}\u{10FFFF}"));
    let range = InvertedIndexRangeQuery::new(Bound::Included(first), Bound::Included(last));
    Box::new(ConstScoreQuery::new(Box::new(range), 1.0))
}

fn weighted(query: Boxed, weight: f32) -> Boxed {
    Box::new(BoostQuery::new(query, weight))
}
