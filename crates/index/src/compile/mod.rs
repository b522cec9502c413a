//! From a query to what the engine runs.
//!
//! Text is looked up twice and either answer will do: as words, which count for more, and as
//! clusters, which always find a Khmer or Chinese word inside a run-together sentence.

mod excluded;
mod select;

use std::ops::Bound;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use tantivy::query::{
    AllQuery, BooleanQuery, BoostQuery, ConstScoreQuery, Occur, PhraseQuery, Query as EngineQuery,
    RangeQuery, TermQuery,
};
use tantivy::schema::{Field, IndexRecordOption, Term};

use self::excluded::Excluded;
pub(crate) use self::select::documents_with;
use self::select::{Matching, OtherForms, Selection, Within};
use crate::matching::{
    ENGLISH, Inflected, Member, Pattern, Spelling, Step, cluster_steps, key_pattern, members, sequence,
    url_pattern,
};
use crate::query::{ANY_KIND, Dates, Form, Leaf, Node, QueryField, Wanted, Words};
use crate::schema::{Fields, TextField, number};
use crate::search::{Kinds, Options};
use vidimus_compare::name_query_keys;
use vidimus_words::{Token, clusters_of_query, fold, is_lone_character, words};

type Boxed = Box<dyn EngineQuery>;

/// How much more a word in the title, or an author's name, says than one in the text.
const TITLE_WEIGHT: f32 = 3.0;
const AUTHOR_WEIGHT: f32 = 2.0;
/// How much more a whole word says than the same letters somewhere in a sentence.
const WORD_WEIGHT: f32 = 2.0;
/// What another form of a word says: less than the word itself says in the longest text when all texts of a large index
/// have it, which is some 1e-12.
const OTHER_FORM_WEIGHT: f32 = 1e-18;

/// The whole request: query and filters, but for stand-ins, which whoever collects the hits sets apart.
pub(crate) fn compile(fields: &Fields, root: &Node, options: &Options) -> Boxed {
    let query = node(fields, root);
    let mut clauses = Vec::new();
    if let Some(source) = &options.source {
        clauses.push(filter(term(fields.source_key, &fold(source))));
    }
    match &options.kinds {
        Kinds::Only(kind) => clauses.push(filter(term(fields.kind_key, &fold(kind)))),
        // What stands in the place of statements is set apart where hits are collected, which counts it as well.
        Kinds::Statements | Kinds::All => {}
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
            // Only what is named is excluded, and not its other forms.
            Node::Not(excluded) => (Occur::MustNot, Excluded::boxed(node(fields, &excluded.as_written()))),
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
    match &leaf.wanted {
        Wanted::Dates(dates) => on_dates(fields, leaf.field, *dates),
        Wanted::Near(members, window) => near(fields, leaf.field, members, *window),
        Wanted::Words(wanted) => in_field(fields, leaf.field, wanted),
    }
}

fn in_field(fields: &Fields, field: Option<QueryField>, wanted: &Words) -> Boxed {
    match field {
        None => {
            // One list of all ways: what is in one of another list costs every match once more.
            let mut ways = with_other_forms(fields, fields.text, wanted);
            let in_title = with_other_forms(fields, fields.title, wanted);
            ways.extend(in_title.into_iter().map(|way| weighted(way, TITLE_WEIGHT)));
            ways.push(weighted(text(fields.author, wanted), AUTHOR_WEIGHT));
            // Somebody may have pasted the address of a page, or looks for texts that name it.
            if wanted.is_bare_url() {
                ways.push(matching(fields.url_key, url_pattern(wanted)));
            }
            any(ways)
        }
        Some(QueryField::Text) => any(with_other_forms(fields, fields.text, wanted)),
        Some(QueryField::Title) => any(with_other_forms(fields, fields.title, wanted)),
        Some(QueryField::Author) => text(fields.author, wanted),
        Some(QueryField::Source) => {
            any(vec![key(fields.source_key, wanted), text(fields.organisation, wanted)])
        }
        Some(QueryField::Signatory) => signatory(fields, wanted),
        Some(QueryField::Lang) => key(fields.lang_key, wanted),
        Some(QueryField::Host) => key(fields.host_key, wanted),
        Some(QueryField::Kind) if wanted.value.eq_ignore_ascii_case(ANY_KIND) => Box::new(AllQuery),
        Some(QueryField::Kind) => key(fields.kind_key, wanted),
        Some(QueryField::Url) if wanted.is_whole_url() => matching(fields.url_key, url_pattern(wanted)),
        Some(QueryField::Url) => in_words(fields.url_words, wanted),
        // Fields of dates hold no words: the parser lets none through.
        Some(QueryField::Published | QueryField::Captured) => any(Vec::new()),
    }
}

/// The organisation itself, in whichever spelling, or these words of its name.
fn signatory(fields: &Fields, wanted: &Words) -> Boxed {
    let mut ways = vec![text(fields.signatory, wanted)];
    // Keys are not made of letters that anybody writes: patterns are for the words of names.
    if matches!(wanted.form, Form::Word | Form::Phrase(_)) && !wanted.has_wildcards() {
        ways.extend(name_query_keys(&wanted.value).iter().map(|key| term(fields.signatory_key, key)));
    }
    any(ways)
}

fn near(fields: &Fields, field: Option<QueryField>, members: &[Words], window: u32) -> Boxed {
    let within = |field: Field| near_in(field, members, window);
    match field {
        None => any(vec![
            within(fields.text.words),
            weighted(within(fields.title.words), TITLE_WEIGHT),
            weighted(within(fields.author.words), AUTHOR_WEIGHT),
        ]),
        Some(QueryField::Text) => within(fields.text.words),
        Some(QueryField::Title) => within(fields.title.words),
        Some(QueryField::Author) => within(fields.author.words),
        Some(QueryField::Source) => within(fields.organisation.words),
        Some(QueryField::Signatory) => within(fields.signatory.words),
        Some(QueryField::Url) => within(fields.url_words),
        // Names and dates have no words near each other: the parser says so.
        Some(
            QueryField::Lang
            | QueryField::Host
            | QueryField::Kind
            | QueryField::Published
            | QueryField::Captured,
        ) => any(Vec::new()),
    }
}

fn near_in(field: Field, members: &[Words], window: u32) -> Boxed {
    let members = members.iter().map(|wanted| Member { steps: sequence(wanted), shift: 0 }).collect();
    within(field, members, window)
}

fn on_dates(fields: &Fields, field: Option<QueryField>, dates: Dates) -> Boxed {
    match field {
        Some(QueryField::Published) => day_range(fields.published, dates),
        Some(QueryField::Captured) => captured_range(fields.captured, dates),
        _ => match dates {
            // The day, or the text that names it.
            Dates::Within(period) => {
                let named = Words { form: Form::Word, value: period.to_string() };
                any(vec![day_range(fields.day, dates), in_field(fields, None, &named)])
            }
            Dates::Between(..) => day_range(fields.day, dates),
        },
    }
}

fn day_range(field: Field, dates: Dates) -> Boxed {
    let bound = |date: Option<Date>| {
        date.and_then(number)
            .map_or(Bound::Unbounded, |number| Bound::Included(Term::from_field_u64(field, number)))
    };
    let range = RangeQuery::new(bound(dates.first()), bound(dates.last()));
    Box::new(ConstScoreQuery::new(Box::new(range), 1.0))
}

/// From the first moment of the first day to the last of the last, in UTC.
fn captured_range(field: Field, dates: Dates) -> Boxed {
    let start = |date: Date| {
        let start = date.to_zoned(TimeZone::UTC).ok()?;
        Some(Term::from_field_i64(field, start.timestamp().as_microsecond()))
    };
    let from = dates.first().and_then(start).map_or(Bound::Unbounded, Bound::Included);
    let after = dates.last().and_then(|date| date.tomorrow().ok()).and_then(start);
    let range = RangeQuery::new(from, after.map_or(Bound::Unbounded, Bound::Excluded));
    Box::new(ConstScoreQuery::new(Box::new(range), 1.0))
}

fn key(field: Field, wanted: &Words) -> Boxed {
    matching(field, key_pattern(wanted))
}

/// What is asked for, and below it texts with another form of the word in their own language, or its other spelling.
fn with_other_forms(fields: &Fields, field: TextField, wanted: &Words) -> Vec<Boxed> {
    let forms = wanted.stem().map(|stem| other_forms(fields, field, Inflected { stem, behind: None }));
    let spelling = wanted.other_spelling().map(|spelling| spelled(fields, field, spelling));
    let below = forms.into_iter().chain(spelling).map(|other| weighted(other, OTHER_FORM_WEIGHT));
    [text(field, wanted)].into_iter().chain(below).collect()
}

fn other_forms(fields: &Fields, field: TextField, word: Inflected) -> Boxed {
    Selection::boxed(OtherForms { field: field.words, language: fields.lang_key, word })
}

fn spelled(fields: &Fields, field: TextField, spelling: Spelling) -> Boxed {
    let Spelling { steps, is_english, forms } = spelling;
    let forms = forms.into_iter().map(|word| other_forms(fields, field, word));
    let found = any([in_order(field.words, steps, 0)].into_iter().chain(forms).collect());
    if !is_english {
        return found;
    }
    Box::new(BooleanQuery::new(vec![(Occur::Must, found), filter(term(fields.lang_key, ENGLISH))]))
}

fn text(field: TextField, wanted: &Words) -> Boxed {
    let steps = sequence(wanted);
    let plain = wanted.plain();
    let clusters = plain.as_deref().map(clusters_of_query).unwrap_or_default();
    if clusters.is_empty() {
        return in_order(field.words, steps, slop(wanted));
    }
    let by_cluster = cluster_phrase(field, wanted, plain.as_deref().unwrap_or_default(), &clusters);
    if steps.is_empty() {
        return by_cluster;
    }
    any(vec![weighted(in_order(field.words, steps, slop(wanted)), WORD_WEIGHT), by_cluster])
}

fn slop(wanted: &Words) -> u32 {
    match wanted.form {
        Form::Phrase(slop) => slop,
        _ => 0,
    }
}

fn in_words(field: Field, wanted: &Words) -> Boxed {
    in_order(field, sequence(wanted), slop(wanted))
}

/// The clusters in their order and, where the text mixes scripts, all its other words as well.
fn cluster_phrase(field: TextField, wanted: &Words, value: &str, clusters: &[Token]) -> Boxed {
    let words = words(value);
    let is_prefix = wanted.form == Form::Prefix;
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
        let pattern = match is_last && is_prefix {
            true => Pattern::Prefix(word.text.clone()),
            false => Pattern::Exact(word.text.clone()),
        };
        required.push((Occur::Must, matching(field.words, pattern)));
    }
    // A single Chinese character is indexed as the beginning of a pair.
    let is_lone = clusters.len() == 1 && clusters.first().is_some_and(is_lone_character);
    let is_open = (ends_in_cluster && is_prefix) || is_lone;
    required.push((Occur::Must, in_order(field.clusters, cluster_steps(clusters, is_open), 0)));
    Box::new(BooleanQuery::new(required))
}

/// These terms one after the other, or with so many others between.
fn in_order(field: Field, mut steps: Vec<Step>, slop: u32) -> Boxed {
    if steps.len() < 2 {
        return steps.pop().map_or_else(|| any(Vec::new()), |step| matching(field, step.pattern));
    }
    let term = |step: &Step| match &step.pattern {
        Pattern::Exact(text) => {
            Some((usize::try_from(step.offset).ok()?, Term::from_field_text(field, text)))
        }
        _ => None,
    };
    let terms: Option<Vec<(usize, Term)>> = steps.iter().map(term).collect();
    match terms.filter(|_| slop == 0) {
        Some(terms) => Box::new(PhraseQuery::new_with_offset(terms)),
        None => within(field, members(steps), slop),
    }
}

/// Within a window, and the better the more is said about the words themselves.
fn within(field: Field, members: Vec<Member>, window: u32) -> Boxed {
    let steps = members.iter().flat_map(|member| &member.steps);
    let said: Vec<Boxed> =
        steps.filter_map(|step| step.pattern.exact()).map(|text| term(field, text)).collect();
    let mut clauses = vec![(Occur::Must, Selection::boxed(Within { field, members, window }))];
    clauses.extend(said.into_iter().map(|query| (Occur::Should, query)));
    Box::new(BooleanQuery::new(clauses))
}

/// Documents with a term of this kind; the word as written comes before what is like it.
fn matching(field: Field, pattern: Pattern) -> Boxed {
    match pattern {
        Pattern::Exact(text) => term(field, &text),
        Pattern::Prefix(_) | Pattern::Glob(_) | Pattern::Regex(_) => {
            Selection::boxed(Matching { field, pattern })
        }
        Pattern::Fuzzy(_) => {
            let as_written = pattern.exact().map(|text| term(field, text));
            let like_it = Selection::boxed(Matching { field, pattern });
            any(as_written.into_iter().chain([like_it]).collect())
        }
    }
}

fn term(field: Field, text: &str) -> Boxed {
    Box::new(TermQuery::new(Term::from_field_text(field, text), IndexRecordOption::WithFreqs))
}

fn weighted(query: Boxed, weight: f32) -> Boxed {
    Box::new(BoostQuery::new(query, weight))
}
