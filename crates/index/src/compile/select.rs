//! Queries that the engine does not have: sets of documents that are found segment by segment, all with one score.

use std::fmt::Debug;
use std::ops::ControlFlow;
use std::sync::Arc;

use tantivy::index::InvertedIndexReader;
use tantivy::postings::{Postings, SegmentPostings, TermInfo};
use tantivy::query::{BitSetDocSet, ConstScorer, EnableScoring, Explanation, Query, Scorer, Weight};
use tantivy::schema::{Field, IndexRecordOption, Term};
use tantivy::{BitSet, DocId, DocSet, Score, SegmentReader, TERMINATED, TantivyError};

use crate::matching::{Forms, Inflected, List, Member, Pattern, Step, TooWide, windows};

/// Most different words that one pattern may stand for where their places matter.
const MOST_TERMS: usize = 1_000;
/// Most to which the open end of a phrase may go on. More than for other patterns: in scripts without spaces, one character
/// begins thousands of pairs.
const MOST_ENDINGS: usize = 10_000;
/// Most languages of one segment.
const MOST_LANGUAGES: usize = 1_000;

/// A term in less than this share of a language's documents is in few: reading a block of 128 for each takes less than
/// reading all.
const FEW: u32 = 16;

/// Finds documents of a segment.
pub(super) trait Select: Debug + Send + Sync + 'static {
    fn select(&self, segment: &SegmentReader) -> tantivy::Result<BitSet>;
}

/// What a [`Select`] finds, as a query.
#[derive(Debug, Clone)]
pub(super) struct Selection(Arc<dyn Select>);

impl Selection {
    pub(super) fn boxed(select: impl Select) -> Box<dyn Query> {
        Box::new(Selection(Arc::new(select)))
    }
}

impl Query for Selection {
    fn weight(&self, _: EnableScoring<'_>) -> tantivy::Result<Box<dyn Weight>> {
        Ok(Box::new(self.clone()))
    }
}

impl Weight for Selection {
    fn scorer(&self, segment: &SegmentReader, boost: Score) -> tantivy::Result<Box<dyn Scorer>> {
        let found = BitSetDocSet::from(self.0.select(segment)?);
        Ok(Box::new(ConstScorer::new(found, boost)))
    }

    fn explain(&self, segment: &SegmentReader, doc: DocId) -> tantivy::Result<Explanation> {
        let is_found = self.0.select(segment)?.contains(doc);
        Ok(Explanation::new("Selection", if is_found { 1.0 } else { 0.0 }))
    }
}

fn visit_documents(
    index: &InvertedIndexReader,
    term: &TermInfo,
    mut visit: impl FnMut(DocId),
) -> tantivy::Result<()> {
    let mut postings = index.read_block_postings_from_terminfo(term, IndexRecordOption::Basic)?;
    while !postings.docs().is_empty() {
        postings.docs().iter().for_each(|doc| visit(*doc));
        postings.advance();
    }
    Ok(())
}

/// Visits the documents in which a term stands just behind another.
fn visit_behind(
    index: &InvertedIndexReader,
    before: &TermInfo,
    term: &TermInfo,
    mut visit: impl FnMut(DocId),
) -> tantivy::Result<()> {
    let read = |term| index.read_postings_from_terminfo(term, IndexRecordOption::WithFreqsAndPositions);
    let (mut before, mut here) = (read(before)?, read(term)?);
    let (mut starts, mut ends) = (Vec::new(), Vec::new());
    while here.doc() != TERMINATED {
        let doc = here.doc();
        if before.doc() < doc {
            before.seek(doc);
        }
        if before.doc() == doc {
            // A word is one place further on than the word before it.
            before.positions_with_offset(1, &mut starts);
            here.positions(&mut ends);
            if ends.iter().any(|end| starts.binary_search(end).is_ok()) {
                visit(doc);
            }
        }
        here.advance();
    }
    Ok(())
}

fn add_documents(index: &InvertedIndexReader, term: &TermInfo, found: &mut BitSet) -> tantivy::Result<()> {
    visit_documents(index, term, |doc| {
        found.insert(doc);
    })
}

/// The documents of a segment that have one of these terms in a field; nothing when none has.
pub(crate) fn documents_with(
    segment: &SegmentReader,
    field: Field,
    terms: &[&str],
) -> tantivy::Result<Option<BitSet>> {
    let index = segment.inverted_index(field)?;
    let mut found = None;
    for term in terms {
        if let Some(term) = index.terms().get(term)? {
            let found = found.get_or_insert_with(|| BitSet::with_max_value(segment.max_doc()));
            add_documents(&index, &term, found)?;
        }
    }
    Ok(found)
}

/// The terms of a pattern, as long as they are not too many.
fn terms(index: &InvertedIndexReader, pattern: &Pattern, most: usize) -> tantivy::Result<Vec<TermInfo>> {
    let mut terms = Vec::new();
    let visited = pattern.visit(index.terms(), &mut |term| {
        terms.push(term.clone());
        if terms.len() > most { Err(TooWide) } else { Ok(()) }
    })?;
    match visited {
        Ok(()) => Ok(terms),
        Err(TooWide) => Err(TantivyError::InvalidArgument(format!(
            "a part of the query stands for more than {most} different words, which is too many near other words; give more letters of it, or look for it by itself"
        ))),
    }
}

/// Documents that have a term like this in a field.
#[derive(Debug)]
pub(super) struct Matching {
    pub(super) field: Field,
    pub(super) pattern: Pattern,
}

impl Select for Matching {
    fn select(&self, segment: &SegmentReader) -> tantivy::Result<BitSet> {
        let index = segment.inverted_index(self.field)?;
        let mut found = BitSet::with_max_value(segment.max_doc());
        let mut failure = Ok(());
        let visited = self.pattern.visit(index.terms(), &mut |term| {
            failure = add_documents(&index, term, &mut found);
            if failure.is_err() { Err(TooWide) } else { Ok(()) }
        })?;
        failure?;
        match visited {
            Ok(()) => Ok(found),
            Err(TooWide) => Err(TantivyError::InvalidArgument(
                "a regular expression of the query takes too much memory; make it shorter".to_owned(),
            )),
        }
    }
}

/// Documents in which members stand within a window.
#[derive(Debug)]
pub(super) struct Within {
    pub(super) field: Field,
    pub(super) members: Vec<Member>,
    pub(super) window: u32,
}

impl Within {
    /// For how many words a pattern may stand: many only for one, at the end of a phrase.
    fn most_terms(&self) -> usize {
        let patterns = self.members.iter().flat_map(|member| &member.steps).map(|step| &step.pattern);
        let mut open = patterns.skip_while(|pattern| pattern.is_exact());
        let has_open_end = matches!((open.next(), open.next()), (Some(Pattern::Prefix(_)), None));
        if has_open_end && self.window == 0 { MOST_ENDINGS } else { MOST_TERMS }
    }
}

impl Select for Within {
    fn select(&self, segment: &SegmentReader) -> tantivy::Result<BitSet> {
        let index = segment.inverted_index(self.field)?;
        let mut found = BitSet::with_max_value(segment.max_doc());
        let mut places = Vec::new();
        let mut candidates: Option<BitSet> = None;
        for member in &self.members {
            let place = MemberPlaces::open(&index, member, self.most_terms())?;
            for step in &place.steps {
                let docs = step.documents(&index, segment.max_doc())?;
                candidates = Some(candidates.map_or(docs.clone(), |so_far| intersection(&so_far, &docs)));
            }
            places.push(place);
        }
        let Some(candidates) = candidates else { return Ok(found) };
        for doc in documents(candidates) {
            let lists: Vec<List> = places.iter_mut().map(|place| place.list(doc)).collect();
            let near = windows(&lists, self.window, &mut |_| ControlFlow::Break(()));
            if near.is_break() {
                found.insert(doc);
            }
        }
        Ok(found)
    }
}

fn intersection(one: &BitSet, other: &BitSet) -> BitSet {
    let mut both = BitSet::with_max_value(one.max_value());
    documents(one.clone()).filter(|doc| other.contains(*doc)).for_each(|doc| {
        both.insert(doc);
    });
    both
}

fn documents(set: BitSet) -> impl Iterator<Item = DocId> {
    let mut docs = BitSetDocSet::from(set);
    std::iter::from_fn(move || {
        let doc = docs.doc();
        docs.advance();
        (doc != TERMINATED).then_some(doc)
    })
}

/// Where a member stands, document after document.
struct MemberPlaces {
    steps: Vec<StepPlaces>,
    shift: u32,
}

struct StepPlaces {
    offset: u32,
    terms: Vec<TermInfo>,
    postings: Vec<SegmentPostings>,
}

impl MemberPlaces {
    fn open(index: &InvertedIndexReader, member: &Member, most: usize) -> tantivy::Result<MemberPlaces> {
        let open = |step: &Step| {
            let terms = terms(index, &step.pattern, most)?;
            let read =
                |term| index.read_postings_from_terminfo(term, IndexRecordOption::WithFreqsAndPositions);
            let postings = terms.iter().map(read).collect::<std::io::Result<_>>()?;
            Ok(StepPlaces { offset: step.offset, terms, postings })
        };
        let steps = member.steps.iter().map(open).collect::<tantivy::Result<_>>()?;
        Ok(MemberPlaces { steps, shift: member.shift })
    }

    /// The places of the first term where the others follow.
    fn list(&mut self, doc: DocId) -> List {
        let mut positions: Option<Vec<u32>> = None;
        for step in &mut self.steps {
            let here = step.positions(doc);
            positions = Some(match positions {
                None => here,
                Some(so_far) => {
                    let follows =
                        |start: &u32| here.binary_search(&start.saturating_add(step.offset)).is_ok();
                    so_far.into_iter().filter(follows).collect()
                }
            });
        }
        List { positions: positions.unwrap_or_default(), shift: self.shift }
    }
}

impl StepPlaces {
    fn documents(&self, index: &InvertedIndexReader, max_doc: u32) -> tantivy::Result<BitSet> {
        let mut found = BitSet::with_max_value(max_doc);
        self.terms.iter().try_for_each(|term| add_documents(index, term, &mut found))?;
        Ok(found)
    }

    fn positions(&mut self, doc: DocId) -> Vec<u32> {
        let mut positions = Vec::new();
        for postings in &mut self.postings {
            if postings.doc() < doc {
                postings.seek(doc);
            }
            if postings.doc() == doc {
                postings.append_positions_with_offset(0, &mut positions);
            }
        }
        positions.sort_unstable();
        positions.dedup();
        positions
    }
}

/// Documents that have another form of a word, in a language of which it is one.
#[derive(Debug)]
pub(super) struct OtherForms {
    pub(super) field: Field,
    pub(super) language: Field,
    pub(super) word: Inflected,
}

impl Select for OtherForms {
    fn select(&self, segment: &SegmentReader) -> tantivy::Result<BitSet> {
        let mut found = BitSet::with_max_value(segment.max_doc());
        let languages = segment.inverted_index(self.language)?;
        let mut forms = self.forms(&languages, segment.max_doc())?;
        if forms.is_empty() {
            return Ok(found);
        }
        let index = segment.inverted_index(self.field)?;
        let Some(before) = self.term_before(&index)? else { return Ok(found) };
        for beginning in self.word.stem.beginnings() {
            let end = format!("{beginning}\u{10FFFF}");
            let mut stream =
                index.terms().range().ge(beginning.as_bytes()).lt(end.as_bytes()).into_stream()?;
            while stream.advance() {
                let Ok(term) = std::str::from_utf8(stream.key()) else { continue };
                for of_language in forms.iter_mut().filter(|of_language| of_language.forms.includes(term)) {
                    match &before {
                        Before::Anything => {
                            of_language.add_documents(&languages, &index, stream.value(), &mut found)?;
                        }
                        Before::Term(before) => {
                            let documents = of_language.documents(&languages)?;
                            visit_behind(&index, before, stream.value(), |doc| {
                                if documents.contains(doc) {
                                    found.insert(doc);
                                }
                            })?;
                        }
                    }
                }
            }
        }
        Ok(found)
    }
}

/// The forms of a word in one language.
struct InLanguage<'a> {
    forms: Forms<'a>,
    language: TermInfo,
    max_doc: u32,
    /// The documents of the language, once anybody has asked for them.
    documents: Option<BitSet>,
}

impl InLanguage<'_> {
    /// Adds the documents of the language that have a term.
    fn add_documents(
        &mut self,
        languages: &InvertedIndexReader,
        index: &InvertedIndexReader,
        term: &TermInfo,
        found: &mut BitSet,
    ) -> tantivy::Result<()> {
        // Few documents are looked up among those of the language, without reading these all.
        if self.documents.is_none() && term.doc_freq < self.language.doc_freq / FEW {
            let mut of_language =
                languages.read_postings_from_terminfo(&self.language, IndexRecordOption::Basic)?;
            return visit_documents(index, term, |doc| {
                if of_language.doc() < doc {
                    of_language.seek(doc);
                }
                if of_language.doc() == doc {
                    found.insert(doc);
                }
            });
        }
        let documents = self.documents(languages)?;
        visit_documents(index, term, |doc| {
            if documents.contains(doc) {
                found.insert(doc);
            }
        })
    }

    fn documents(&mut self, languages: &InvertedIndexReader) -> tantivy::Result<&BitSet> {
        if self.documents.is_none() {
            let mut documents = BitSet::with_max_value(self.max_doc);
            add_documents(languages, &self.language, &mut documents)?;
            self.documents = Some(documents);
        }
        Ok(self.documents.get_or_insert_with(|| BitSet::with_max_value(self.max_doc)))
    }
}

/// What has to stand just before a form.
enum Before {
    Anything,
    Term(TermInfo),
}

impl OtherForms {
    /// What has to stand before a form; nothing where this segment has no such term.
    fn term_before(&self, index: &InvertedIndexReader) -> tantivy::Result<Option<Before>> {
        let Some(behind) = &self.word.behind else { return Ok(Some(Before::Anything)) };
        let term = index.get_term_info(&Term::from_field_text(self.field, behind))?;
        Ok(term.map(Before::Term))
    }

    /// The forms in each language that documents of this segment have.
    fn forms(&self, languages: &InvertedIndexReader, max_doc: u32) -> tantivy::Result<Vec<InLanguage<'_>>> {
        let mut found = Vec::new();
        let mut stream = languages.terms().stream()?;
        for _ in 0..MOST_LANGUAGES {
            if !stream.advance() {
                break;
            }
            let Some(forms) =
                std::str::from_utf8(stream.key()).ok().and_then(|key| Forms::of(&self.word.stem, key))
            else {
                continue;
            };
            found.push(InLanguage { forms, language: stream.value().clone(), max_doc, documents: None });
        }
        Ok(found)
    }
}
