//! By what hits are ordered. Nothing in it depends on where the engine keeps a document, nor on the clock.

use tantivy::columnar::Column;
use tantivy::{DocId, Score, Searcher, SegmentReader};

use super::columns::{integers, numbers};
use super::options::{Options, Sort};
use crate::schema::{CAPTURED, DAY, DEMOTED, PUBLISHED, TIE, day_number};

/// How much more a text of the newest day is worth than one that is infinitely old.
const RECENCY_WEIGHT: f32 = 0.2;

/// The place of a document among the hits: the greater comes first.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub(crate) struct Rank {
    /// Of an order by score: 1 for statements, 0 for what leads to them or stands in their place, because a listing
    /// repeats the words of many. Of an order by publication: whether the day is known.
    first: u64,
    /// Of an order by score: how well it matches, and how new it is.
    worth: Score,
    time: i64,
    /// The capture's time, where days are equal.
    then: i64,
    tie: u64,
    /// What is shown as the score.
    pub(crate) score: Score,
}

/// An order, for all segments of an index.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ranking {
    sort: Sort,
    reverse: bool,
    /// The day of the newest capture.
    newest: u64,
}

impl Ranking {
    pub(crate) fn new(engine: &Searcher, options: &Options) -> Ranking {
        let newest = engine.segment_readers().iter().filter_map(|segment| integers(segment, CAPTURED));
        let newest = newest.map(|column| column.max_value()).max();
        Ranking {
            sort: options.sort,
            reverse: options.reverse,
            newest: newest.and_then(day_number).unwrap_or(0),
        }
    }

    /// Reads what documents of one segment are ranked by.
    pub(crate) fn of_segment(self, segment: &SegmentReader) -> SegmentRanking {
        SegmentRanking {
            ranking: self,
            day: numbers(segment, DAY),
            tie: numbers(segment, TIE),
            captured: integers(segment, CAPTURED),
            special: match self.sort {
                Sort::Score => numbers(segment, DEMOTED),
                Sort::Published => numbers(segment, PUBLISHED),
                Sort::Captured => None,
            },
        }
    }

    /// What the score is multiplied by: 1 + 0.2 × 2^-a, where a is how many years the day lies before that of the newest
    /// capture. A calendar's years: a month is a twelfth of one, a day a thirty-first of a month.
    fn recency(self, day: u64) -> f32 {
        let age = (years(self.newest) - years(day)).max(0.0);
        1.0 + RECENCY_WEIGHT * (-age).exp2()
    }
}

/// An order, in one segment.
pub(crate) struct SegmentRanking {
    ranking: Ranking,
    day: Option<Column<u64>>,
    tie: Option<Column<u64>>,
    captured: Option<Column<i64>>,
    special: Option<Column<u64>>,
}

impl SegmentRanking {
    /// The place of a document that matches so well.
    pub(crate) fn rank(&self, doc: DocId, score: Score) -> Rank {
        let Ranking { sort, reverse, .. } = self.ranking;
        let special = first(self.special.as_ref(), doc);
        // Each column costs its time for every match.
        let at = || first(self.captured.as_ref(), doc).unwrap_or(0);
        let day = first(self.day.as_ref(), doc).unwrap_or(0);
        let score = score * self.ranking.recency(day);
        let tie = first(self.tie.as_ref(), doc).unwrap_or(0);
        let signed = |time: i64| if reverse { time.saturating_neg() } else { time };
        let (first, worth, time, then) = match sort {
            Sort::Score => (1_u64.saturating_sub(special.unwrap_or(0)), score, whole(day), 0),
            Sort::Published => {
                (u64::from(special.is_some()), 0.0, signed(whole(special.unwrap_or(0))), signed(at()))
            }
            Sort::Captured => (0, 0.0, signed(at()), 0),
        };
        Rank { first, worth, time, then, tie, score }
    }

    /// Whether a document that matches so well may have a place before another: no if it could not even as the newest.
    pub(crate) fn may_come_before(&self, score: Score, other: &Rank) -> bool {
        let is_worth_less = other.first > 0 && score * (1.0 + RECENCY_WEIGHT) < other.worth;
        self.ranking.sort != Sort::Score || !is_worth_less
    }
}

fn first<T: PartialOrd + Copy + std::fmt::Debug + Send + Sync + 'static>(
    column: Option<&Column<T>>,
    doc: DocId,
) -> Option<T> {
    column.and_then(|column| column.first(doc))
}

fn whole(day: u64) -> i64 {
    i64::try_from(day).unwrap_or(i64::MAX)
}

/// A day YYYYMMDD in years.
fn years(day: u64) -> f32 {
    let (year, month, day) = (day / 10_000, day / 100 % 100, day % 100);
    let months = (year * 12 + month) as f32;
    (months + day as f32 / 31.0) / 12.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_newer_is_worth_a_little_more() {
        let ranking = Ranking { sort: Sort::Score, reverse: false, newest: 20_240_627 };
        let near = |day: u64, wanted: f32| {
            let is = ranking.recency(day);
            assert!((is - wanted).abs() < 0.001, "{day}: {is}");
        };
        near(20_240_627, 1.2);
        near(20_230_627, 1.1);
        near(20_220_627, 1.05);
        near(10_101, 1.0);
        // A page that claims to be of next year is as new as can be.
        near(20_990_101, 1.2);
    }
}
