//! All documents that match, for what has to look at each of them.

use tantivy::collector::{Collector, SegmentCollector};
use tantivy::{DocId, Score, SegmentOrdinal, SegmentReader};

/// Collects every match, by segment.
pub(crate) struct Matches {
    pub(crate) scored: bool,
}

/// The matches of one segment.
#[derive(Debug)]
pub(crate) struct OfSegment {
    pub(crate) segment: SegmentOrdinal,
    pub(crate) docs: Vec<(DocId, Score)>,
}

impl Collector for Matches {
    type Fruit = Vec<OfSegment>;
    type Child = OfSegment;

    fn for_segment(&self, segment: SegmentOrdinal, _: &SegmentReader) -> tantivy::Result<OfSegment> {
        Ok(OfSegment { segment, docs: Vec::new() })
    }

    fn requires_scoring(&self) -> bool {
        self.scored
    }

    fn merge_fruits(&self, fruits: Vec<OfSegment>) -> tantivy::Result<Vec<OfSegment>> {
        Ok(fruits)
    }
}

impl SegmentCollector for OfSegment {
    type Fruit = OfSegment;

    fn collect(&mut self, doc: DocId, score: Score) {
        self.docs.push((doc, score));
    }

    fn harvest(self) -> OfSegment {
        self
    }
}
