//! What a query excludes, found by itself first. The engine asks a phrase that is excluded for documents behind those it has
//! seen already, which a phrase does not answer reliably.

use std::sync::Arc;

use tantivy::query::{BitSetDocSet, ConstScorer, EnableScoring, Explanation, Query, Scorer, Weight};
use tantivy::schema::Term;
use tantivy::{BitSet, DocId, Score, SegmentReader, TERMINATED};

/// All documents that another query finds.
#[derive(Debug, Clone)]
pub(super) struct Excluded(Arc<dyn Query>);

impl Excluded {
    pub(super) fn boxed(query: Box<dyn Query>) -> Box<dyn Query> {
        Box::new(Self(query.into()))
    }
}

struct ExcludedWeight(Box<dyn Weight>);

impl Query for Excluded {
    fn weight(&self, scoring: EnableScoring<'_>) -> tantivy::Result<Box<dyn Weight>> {
        Ok(Box::new(ExcludedWeight(self.0.weight(scoring)?)))
    }

    fn query_terms<'a>(&'a self, visitor: &mut dyn FnMut(&'a Term, bool)) {
        self.0.query_terms(visitor);
    }
}

impl Weight for ExcludedWeight {
    fn scorer(&self, segment: &SegmentReader, boost: Score) -> tantivy::Result<Box<dyn Scorer>> {
        let mut found = BitSet::with_max_value(segment.max_doc());
        let mut documents = self.0.scorer(segment, 1.0)?;
        let mut doc = documents.doc();
        while doc != TERMINATED {
            found.insert(doc);
            doc = documents.advance();
        }
        Ok(Box::new(ConstScorer::new(BitSetDocSet::from(found), boost)))
    }

    fn explain(&self, segment: &SegmentReader, doc: DocId) -> tantivy::Result<Explanation> {
        self.0.explain(segment, doc)
    }
}
