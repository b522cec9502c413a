//! The archive as it stood at a time: of each page the version that it had then.
//!
//! What was imported has a history of its own, whose times are a stranger's word: it never puts aside what this archive
//! saw itself. Of a page that this archive saw itself, an imported version counts only when it is said to be later.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use tantivy::index::SegmentId;
use tantivy::query::{
    BitSetDocSet, ConstScorer, EmptyScorer, EnableScoring, Explanation, Query, Scorer, Weight,
};
use tantivy::{BitSet, DocId, Score, Searcher, SegmentReader, TantivyError};

use super::columns::{Moment, Versions};

/// The last microsecond of a day (UTC).
pub(crate) fn end_of(day: Date) -> i64 {
    let next = day.tomorrow().and_then(|next| next.to_zoned(TimeZone::UTC));
    next.map_or(i64::MAX, |next| next.timestamp().as_microsecond().saturating_sub(1))
}

/// Where a version is, and when the page took it.
type Candidate = (Moment, usize, DocId);

/// What a page had at a time.
#[derive(Default)]
struct Page {
    own: Option<Candidate>,
    imported: Option<Candidate>,
}

impl Page {
    fn offer(&mut self, is_own: bool, candidate: Candidate) {
        let slot = if is_own { &mut self.own } else { &mut self.imported };
        if slot.is_none_or(|held| held.0 < candidate.0) {
            *slot = Some(candidate);
        }
    }

    fn current(self) -> impl Iterator<Item = Candidate> {
        let own = self.own;
        let later = self.imported.filter(|imported| own.is_none_or(|own| own.0.at < imported.0.at));
        own.into_iter().chain(later)
    }
}

/// A query for all versions that were current at a time; they all have the same score.
#[derive(Clone)]
pub(crate) struct Current {
    segments: Arc<HashMap<SegmentId, BitSet>>,
}

impl fmt::Debug for Current {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Current").finish_non_exhaustive()
    }
}

impl Current {
    pub(crate) fn at(engine: &Searcher, time: i64) -> Current {
        let mut pages: HashMap<u64, Page> = HashMap::new();
        for (number, segment) in engine.segment_readers().iter().enumerate() {
            let versions = Versions::of(segment);
            for doc in segment.doc_ids_alive() {
                if let Some(moment) = versions.moment(doc, time) {
                    let page = pages.entry(versions.page(doc)).or_default();
                    page.offer(versions.is_witnessed(doc), (moment, number, doc));
                }
            }
        }
        let mut sets: Vec<BitSet> = engine
            .segment_readers()
            .iter()
            .map(|segment| BitSet::with_max_value(segment.max_doc()))
            .collect();
        for (_, number, doc) in pages.into_values().flat_map(Page::current) {
            if let Some(set) = sets.get_mut(number) {
                set.insert(doc);
            }
        }
        let ids = engine.segment_readers().iter().map(SegmentReader::segment_id);
        Current { segments: Arc::new(ids.zip(sets).collect()) }
    }
}

impl Query for Current {
    fn weight(&self, _: EnableScoring<'_>) -> tantivy::Result<Box<dyn Weight>> {
        Ok(Box::new(self.clone()))
    }
}

impl Weight for Current {
    fn scorer(&self, reader: &SegmentReader, boost: Score) -> tantivy::Result<Box<dyn Scorer>> {
        let Some(set) = self.segments.get(&reader.segment_id()).filter(|set| set.len() > 0) else {
            return Ok(Box::new(EmptyScorer));
        };
        Ok(Box::new(ConstScorer::new(BitSetDocSet::from(set.clone()), boost)))
    }

    fn explain(&self, reader: &SegmentReader, doc: DocId) -> tantivy::Result<Explanation> {
        let set = self.segments.get(&reader.segment_id());
        if set.is_some_and(|set| doc < set.max_value() && set.contains(doc)) {
            return Ok(Explanation::new("the version of its page that was current", 1.0));
        }
        Err(TantivyError::InvalidArgument(format!("document {doc} was not current")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_ends_just_before_the_next() {
        let day = jiff::civil::date(2024, 6, 26);
        let next: jiff::Timestamp = "2024-06-27T00:00:00Z".parse().unwrap();
        assert_eq!(end_of(day) + 1, next.as_microsecond());
        assert!(end_of(Date::MAX) > end_of(day));
    }
}
