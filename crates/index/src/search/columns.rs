//! Values of documents by column, without their texts. A segment in which no document has a value has no such column.

use tantivy::columnar::{Column, StrColumn};
use tantivy::{DocId, SegmentReader};

use crate::schema::{PAGE, STATES, TIE, WITNESSED};

pub(crate) fn numbers(segment: &SegmentReader, name: &str) -> Option<Column<u64>> {
    segment.fast_fields().u64(name).ok()
}

pub(crate) fn integers(segment: &SegmentReader, name: &str) -> Option<Column<i64>> {
    segment.fast_fields().i64(name).ok()
}

pub(crate) fn names(segment: &SegmentReader, name: &str) -> Option<StrColumn> {
    segment.fast_fields().str(name).ok().flatten()
}

/// What tells the versions of a page apart.
pub(crate) struct Versions {
    page: Option<Column<u64>>,
    states: Option<Column<i64>>,
    witnessed: Option<Column<u64>>,
    tie: Option<Column<u64>>,
}

/// Which of two versions of a page is the later one: the page took it later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment {
    /// When the page last took this text, in microseconds.
    pub(crate) at: i64,
    tie: u64,
}

impl Versions {
    pub(crate) fn of(segment: &SegmentReader) -> Versions {
        Versions {
            page: numbers(segment, PAGE),
            states: integers(segment, STATES),
            witnessed: numbers(segment, WITNESSED),
            tie: numbers(segment, TIE),
        }
    }

    /// The number of its page.
    pub(crate) fn page(&self, doc: DocId) -> u64 {
        self.page.as_ref().and_then(|column| column.first(doc)).unwrap_or(0)
    }

    /// Whether this archive captured it itself.
    pub(crate) fn is_witnessed(&self, doc: DocId) -> bool {
        self.witnessed.as_ref().and_then(|column| column.first(doc)) == Some(1)
    }

    /// When the page last took this text up to a time; nothing for what is no version of the page, such as a question
    /// about cookies.
    pub(crate) fn moment(&self, doc: DocId, until: i64) -> Option<Moment> {
        let states = self.states.as_ref()?.values_for_doc(doc);
        let at = states.filter(|at| *at <= until).max()?;
        Some(Moment { at, tie: self.tie.as_ref().and_then(|column| column.first(doc)).unwrap_or(0) })
    }
}
