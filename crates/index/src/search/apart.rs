//! Sets apart what stands in the place of statements, and counts it, while hits are collected: a second search for it
//! would take as long as the first.

use tantivy::collector::{Collector, SegmentCollector};
use tantivy::schema::Field;
use tantivy::{BitSet, DocId, Score, SegmentOrdinal, SegmentReader};
use vidimus_snapshot::STAND_INS;

use crate::compile::documents_with;

/// Collects what matches but stands in the place of no statement.
pub(super) struct Apart<C> {
    pub(super) inner: C,
    /// The field of kinds, unless nothing is to be set apart.
    pub(super) kinds: Option<Field>,
}

/// The same in one segment.
pub(super) struct ApartInSegment<C> {
    inner: C,
    stand_ins: Option<BitSet>,
    count: usize,
}

impl<C: Collector> Collector for Apart<C> {
    /// What the other collector gives, and how many documents were kept from it.
    type Fruit = (C::Fruit, usize);
    type Child = ApartInSegment<C::Child>;

    fn for_segment(&self, number: SegmentOrdinal, segment: &SegmentReader) -> tantivy::Result<Self::Child> {
        let stand_ins = match self.kinds {
            Some(kinds) => documents_with(segment, kinds, &STAND_INS)?,
            None => None,
        };
        Ok(ApartInSegment { inner: self.inner.for_segment(number, segment)?, stand_ins, count: 0 })
    }

    fn requires_scoring(&self) -> bool {
        self.inner.requires_scoring()
    }

    fn merge_fruits(
        &self,
        fruits: Vec<(<C::Child as SegmentCollector>::Fruit, usize)>,
    ) -> tantivy::Result<Self::Fruit> {
        let count = fruits.iter().map(|(_, count)| count).sum();
        let fruits = fruits.into_iter().map(|(fruit, _)| fruit).collect();
        Ok((self.inner.merge_fruits(fruits)?, count))
    }
}

impl<C: SegmentCollector> SegmentCollector for ApartInSegment<C> {
    type Fruit = (C::Fruit, usize);

    fn collect(&mut self, doc: DocId, score: Score) {
        if self.stand_ins.as_ref().is_some_and(|stand_ins| stand_ins.contains(doc)) {
            self.count += 1;
        } else {
            self.inner.collect(doc, score);
        }
    }

    fn harvest(self) -> Self::Fruit {
        (self.inner.harvest(), self.count)
    }
}
