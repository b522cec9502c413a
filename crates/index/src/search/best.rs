//! The best hits and how many there are, in one pass.
//!
//! A common word is in thousands of documents, of which an answer shows ten. A document whose score cannot bring it among
//! the best, however new it is, is counted, and nothing else of it is read.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

use tantivy::collector::{Collector, SegmentCollector};
use tantivy::{DocAddress, DocId, Score, SegmentOrdinal, SegmentReader};

use super::rank::{Rank, Ranking, SegmentRanking};

/// Collects so many of the best, the best first; among equals the one that the engine holds first.
pub(super) struct Best {
    pub(super) ranking: Ranking,
    pub(super) most: usize,
}

/// The best of one segment.
pub(super) struct BestOfSegment {
    segment: SegmentOrdinal,
    ranking: SegmentRanking,
    most: usize,
    best: BinaryHeap<Reverse<Ranked>>,
    total: usize,
}

/// A document with its place: the greater comes first.
struct Ranked {
    rank: Rank,
    address: DocAddress,
}

impl Ord for Ranked {
    fn cmp(&self, other: &Ranked) -> Ordering {
        let by_rank = self.rank.partial_cmp(&other.rank).unwrap_or(Ordering::Equal);
        by_rank.then_with(|| other.address.cmp(&self.address))
    }
}

impl PartialOrd for Ranked {
    fn partial_cmp(&self, other: &Ranked) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Ranked {
    fn eq(&self, other: &Ranked) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Ranked {}

impl Collector for Best {
    /// How many documents match, and the best of them.
    type Fruit = (usize, Vec<(Rank, DocAddress)>);
    type Child = BestOfSegment;

    fn for_segment(&self, segment: SegmentOrdinal, reader: &SegmentReader) -> tantivy::Result<BestOfSegment> {
        let ranking = self.ranking.of_segment(reader);
        Ok(BestOfSegment { segment, ranking, most: self.most, best: BinaryHeap::new(), total: 0 })
    }

    fn requires_scoring(&self) -> bool {
        true
    }

    fn merge_fruits(&self, fruits: Vec<(usize, Vec<(Rank, DocAddress)>)>) -> tantivy::Result<Self::Fruit> {
        let total = fruits.iter().map(|(total, _)| total).sum();
        let ranked = fruits.into_iter().flat_map(|(_, best)| best);
        let mut best: Vec<Ranked> = ranked.map(|(rank, address)| Ranked { rank, address }).collect();
        best.sort_unstable_by(|a, b| b.cmp(a));
        best.truncate(self.most);
        Ok((total, best.into_iter().map(|ranked| (ranked.rank, ranked.address)).collect()))
    }
}

impl SegmentCollector for BestOfSegment {
    type Fruit = (usize, Vec<(Rank, DocAddress)>);

    fn collect(&mut self, doc: DocId, score: Score) {
        self.total += 1;
        let last = self.best.peek().filter(|_| self.best.len() >= self.most);
        if last.is_some_and(|Reverse(last)| !self.ranking.may_come_before(score, &last.rank)) {
            return;
        }
        let rank = self.ranking.rank(doc, score);
        let found = Ranked { rank, address: DocAddress::new(self.segment, doc) };
        if self.best.len() < self.most {
            self.best.push(Reverse(found));
        } else if let Some(mut last) = self.best.peek_mut().filter(|last| found > last.0) {
            *last = Reverse(found);
        }
    }

    fn harvest(self) -> Self::Fruit {
        let best = self.best.into_iter().map(|Reverse(found)| (found.rank, found.address));
        (self.total, best.collect())
    }
}
