//! Fingerprints in the index: which documents have one.
//!
//! Almost every fingerprint is of one document only. As terms of their own they would be most of all terms there are, and
//! cost more than a quarter of the time that indexing takes. So the first 16 of its 24 bits are the term, and the last 8
//! are the position at which the term stands in the document. Whoever looks one up reads the positions of all documents
//! that have the term: of 100,000 documents a few hundred.

use tantivy::postings::{Postings, SegmentPostings};
use tantivy::schema::{Field, IndexRecordOption, Term, TextFieldIndexing, TextOptions};
use tantivy::tokenizer::{TextAnalyzer, Token, TokenStream, Tokenizer};
use tantivy::{DocId, DocSet, SegmentReader, TERMINATED};

/// Name of the tokeniser in the schema.
pub(crate) const FINGERPRINTS: &str = "vidimus_fingerprints";
/// How many of the bits are the position.
const POSITION_BITS: u32 = 8;
/// The engine takes texts: the number 0 as a character. The next 65,536 are characters as well.
const ZERO: u32 = 0x1_0000;

/// How the field is indexed.
pub(crate) fn options() -> TextOptions {
    let indexing = TextFieldIndexing::default()
        .set_tokenizer(FINGERPRINTS)
        .set_fieldnorms(false)
        .set_index_option(IndexRecordOption::WithFreqsAndPositions);
    TextOptions::default().set_indexing_options(indexing)
}

/// The fingerprints of a document, sorted, as the engine is given them: of each the term and the position.
pub(crate) fn as_text(sorted: &[u32]) -> String {
    let numbers = sorted.iter().flat_map(|value| split(*value));
    numbers.filter_map(|number| char::from_u32(ZERO + number)).collect()
}

/// The term of a fingerprint, and its position.
fn split(value: u32) -> [u32; 2] {
    [value >> POSITION_BITS, value & ((1 << POSITION_BITS) - 1)]
}

/// The documents of a segment that have a fingerprint and are not removed, read one after the other.
pub(crate) struct Having<'a> {
    segment: &'a SegmentReader,
    /// Nothing when no document has its term.
    postings: Option<SegmentPostings>,
    wanted: u32,
    positions: Vec<u32>,
    read: u32,
}

impl Having<'_> {
    pub(crate) fn of(segment: &SegmentReader, field: Field, value: u32) -> tantivy::Result<Having<'_>> {
        let inverted = segment.inverted_index(field)?;
        let postings =
            inverted.read_postings(&term(field, value), IndexRecordOption::WithFreqsAndPositions)?;
        let [_, wanted] = split(value);
        Ok(Having { segment, postings, wanted, positions: Vec::new(), read: 0 })
    }

    /// How many documents were read, and how many that share the term were not.
    pub(crate) fn read_and_left(&self) -> (usize, usize) {
        let all = self.postings.as_ref().map_or(0, |postings| postings.doc_freq());
        let count = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
        (count(self.read), count(all.saturating_sub(self.read)))
    }
}

impl Iterator for Having<'_> {
    type Item = DocId;

    fn next(&mut self) -> Option<DocId> {
        let postings = self.postings.as_mut()?;
        while postings.doc() != TERMINATED {
            let doc = postings.doc();
            postings.positions(&mut self.positions);
            postings.advance();
            self.read += 1;
            if self.positions.contains(&self.wanted) && !self.segment.is_deleted(doc) {
                return Some(doc);
            }
        }
        None
    }
}

/// How many documents share the term of a fingerprint: about as many as have it, and a few hundred others.
pub(crate) fn sharing(segment: &SegmentReader, field: Field, value: u32) -> tantivy::Result<u32> {
    let info = segment.inverted_index(field)?.get_term_info(&term(field, value))?;
    Ok(info.map_or(0, |info| info.doc_freq))
}

fn term(field: Field, value: u32) -> Term {
    let [term, _] = split(value);
    let term: String = char::from_u32(ZERO + term).into_iter().collect();
    Term::from_field_text(field, &term)
}

/// The analyser of the field.
pub(crate) fn analyzer() -> TextAnalyzer {
    TextAnalyzer::from(Fingerprints)
}

#[derive(Clone)]
struct Fingerprints;

impl Tokenizer for Fingerprints {
    type TokenStream<'a> = FingerprintStream<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> FingerprintStream<'a> {
        FingerprintStream { rest: text.chars(), token: Token::default() }
    }
}

struct FingerprintStream<'a> {
    rest: std::str::Chars<'a>,
    token: Token,
}

impl TokenStream for FingerprintStream<'_> {
    fn advance(&mut self) -> bool {
        let (Some(term), Some(position)) = (self.rest.next(), self.rest.next()) else { return false };
        self.token.text.clear();
        self.token.text.push(term);
        self.token.position = u32::from(position).saturating_sub(ZERO) as usize;
        true
    }

    fn token(&self) -> &Token {
        &self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        &mut self.token
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;
    use tantivy::schema::Schema;
    use tantivy::{Index, IndexWriter, TantivyDocument};

    use super::*;

    /// The documents that have a fingerprint, in an index of documents that have these.
    fn found(documents: &[BTreeSet<u32>], asked: &[u32]) -> Vec<Vec<DocId>> {
        let mut schema = Schema::builder();
        let field = schema.add_text_field("fingerprint", options());
        let index = Index::create_in_ram(schema.build());
        index.tokenizers().register(FINGERPRINTS, analyzer());
        let mut writer: IndexWriter = index.writer_with_num_threads(1, 15_000_000).unwrap();
        for document in documents {
            let mut out = TantivyDocument::default();
            out.add_text(field, as_text(&document.iter().copied().collect::<Vec<u32>>()));
            writer.add_document(out).unwrap();
        }
        writer.commit().unwrap();
        let searcher = index.reader().unwrap().searcher();
        let [segment] = searcher.segment_readers() else { return Vec::new() };
        asked.iter().map(|value| Having::of(segment, field, *value).unwrap().collect()).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn a_fingerprint_is_found_in_the_documents_that_have_it(
            documents in prop::collection::vec(prop::collection::btree_set(prop_oneof![0..1024u32, 0..1u32 << 24], 0..40), 1..20)
        ) {
            let mut asked: Vec<u32> = documents.iter().flatten().copied().collect();
            asked.extend([0, 255, 256, 0xff_ffff]);
            for (value, found) in asked.iter().zip(found(&documents, &asked)) {
                let having = (0..).zip(&documents).filter(|(_, document)| document.contains(value));
                prop_assert_eq!(found, having.map(|(doc, _)| doc).collect::<Vec<DocId>>());
            }
        }
    }
}
