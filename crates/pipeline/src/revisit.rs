//! When a page that was tried before is asked for again.
//!
//! A page is left alone for half the time that it has been seen unchanged, so that the rest grows by half with each visit
//! that finds nothing new, and falls back to the shortest when something changed. A page that changes now and then is not
//! left alone for longer than its changes lie apart on the average. All of it is told from the captures alone: a rebuilt
//! catalog gives the same rests.

use jiff::SignedDuration;
use vidimus_catalog::KnownPage;
use vidimus_snapshot::OutcomeKind;

/// A page that could not be had rests no longer than this before it is tried a second time.
const AFTER_FAILURE: SignedDuration = SignedDuration::from_hours(1);

/// The shortest and the longest rest of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rhythm {
    /// No page that is held is asked for again before this time has passed. Zero: none rests at all.
    pub at_least: SignedDuration,
    /// Every page is asked for again after this time.
    pub at_most: SignedDuration,
}

impl Rhythm {
    /// For how long after its last try the page is left alone.
    pub(crate) fn rest(&self, page: &KnownPage) -> SignedDuration {
        if self.at_least.is_zero() {
            return SignedDuration::ZERO;
        }
        let unchanged = page.tried.duration_since(page.since);
        let apart = page.tried.duration_since(page.first).checked_div(changes(page));
        let rest = (unchanged / 2).min(apart.unwrap_or(SignedDuration::MAX));
        let failure = AFTER_FAILURE.min(self.at_least);
        let at_most = self.at_most.max(self.at_least);
        let (shortest, longest) = match (page.last, page.status) {
            // Gone, or never there: an answer like any other, but worth a second look soon.
            (OutcomeKind::HttpError, Some(404 | 410)) => (failure, at_most),
            // What ails a server or the way to it is over some time; the page itself may be as it was.
            (OutcomeKind::HttpError | OutcomeKind::Failed | OutcomeKind::Refused, _) => {
                (failure, self.at_least)
            }
            (OutcomeKind::Captured | OutcomeKind::Unchanged | OutcomeKind::Truncated, _) => {
                (self.at_least, at_most)
            }
        };
        rest.max(shortest).min(longest)
    }
}

/// Over how many changes the page's life is parted; `0`, and so no part, while it is too few to tell of a rhythm.
fn changes(page: &KnownPage) -> i32 {
    if page.changes < 2 { 0 } else { i32::try_from(page.changes).unwrap_or(i32::MAX) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;
    use proptest::prelude::*;

    const RHYTHM: Rhythm =
        Rhythm { at_least: SignedDuration::from_hours(24), at_most: SignedDuration::from_hours(90 * 24) };

    fn hour(number: i64) -> Timestamp {
        Timestamp::from_second(1_719_475_200 + number * 3600).unwrap()
    }

    fn page(tried: i64, since: i64, changes: u64) -> KnownPage {
        KnownPage {
            url: "https://ngo.example/a".to_owned(),
            tried: hour(tried),
            last: OutcomeKind::Captured,
            status: Some(200),
            first: hour(0),
            since: hour(since),
            changes,
        }
    }

    /// The days on which a page is visited when it becomes another at these hours.
    fn visits(days: i64, changes: &[i64]) -> Vec<i64> {
        let (mut visits, mut now, mut since, mut seen) = (vec![0], 0, 0, 0);
        loop {
            now += RHYTHM.rest(&page(now, since, seen)).as_hours();
            if now > days * 24 {
                return visits;
            }
            visits.push(now / 24);
            let last = changes.iter().filter(|at| **at <= now).max();
            if last.is_some_and(|at| *at > since) {
                since = now;
                seen += 1;
            }
        }
    }

    #[test]
    fn a_page_that_rests_is_visited_ever_more_rarely() {
        let days = visits(365, &[]);
        assert_eq!(days.get(..9).unwrap(), [0, 1, 2, 3, 4, 6, 10, 15, 22]);
        assert!((12..=18).contains(&days.len()), "{days:?}");
        assert!(days.windows(2).all(|pair| pair[1] - pair[0] <= 90));
    }

    #[test]
    fn a_change_makes_the_visits_frequent_again() {
        let days = visits(120, &[60 * 24]);
        let after: Vec<i64> = days.iter().copied().skip_while(|day| *day < 60).take(4).collect();
        let first = after[0];
        assert_eq!(after, [first, first + 1, first + 2, first + 3], "{days:?}");
    }

    #[test]
    fn a_page_that_changes_daily_is_visited_daily() {
        let daily: Vec<i64> = (1..60).map(|day| day * 24).collect();
        assert_eq!(visits(30, &daily).len(), 31);
        // After twenty changes in ten days the rest is never longer than half a day would be, so than the shortest.
        assert_eq!(RHYTHM.rest(&page(240, 180, 20)), RHYTHM.at_least);
    }

    #[test]
    fn failures_are_tried_again_soon_and_what_is_gone_ever_more_rarely() {
        let failed = |tried, last, status| KnownPage { last, status, ..page(tried, 0, 0) };
        let hours = |page: &KnownPage| RHYTHM.rest(page).as_hours();
        assert_eq!(hours(&failed(0, OutcomeKind::Failed, None)), 1);
        assert_eq!(hours(&failed(1000, OutcomeKind::Failed, None)), 24);
        assert_eq!(hours(&failed(1000, OutcomeKind::HttpError, Some(503))), 24);
        assert_eq!(hours(&failed(0, OutcomeKind::HttpError, Some(404))), 1);
        assert_eq!(hours(&failed(1000, OutcomeKind::HttpError, Some(410))), 500);
    }

    #[test]
    fn a_configuration_may_ask_for_no_rest_at_all() {
        let never = Rhythm { at_least: SignedDuration::ZERO, ..RHYTHM };
        assert_eq!(never.rest(&page(1000, 0, 0)), SignedDuration::ZERO);
        let gone = KnownPage { last: OutcomeKind::HttpError, status: Some(404), ..page(9, 0, 0) };
        assert_eq!(never.rest(&gone), SignedDuration::ZERO);
    }

    proptest! {
        #[test]
        fn a_held_page_rests_between_the_two(tried in 0_i64..100_000, age in 0_i64..100_000, changes in 0_u64..50) {
            let rest = RHYTHM.rest(&page(tried, tried.saturating_sub(age).max(0), changes));
            prop_assert!((RHYTHM.at_least..=RHYTHM.at_most).contains(&rest));
        }
    }
}
