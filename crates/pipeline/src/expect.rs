//! What is expected of a source: how long it may bring nothing new. Configured, or learned from when new items came.
//!
//! The learned rule. What counts are days on which something new came, so that ten statements in an hour are one event,
//! and neither a burst nor an hourly visit makes a source look livelier than it is. Nothing is expected before there are
//! eight such days over four weeks. Then the last twenty gaps between them are looked at, and the silence is too long
//! when it is longer than every one of them, than twice the second longest, and than three times the middle one. The
//! second longest counts rather than the longest because one odd gap (a holiday, our own machine switched off) is no habit;
//! twenty gaps rather than all because a source that has become livelier is missed sooner. Pure: the same days give the
//! same answer.

use jiff::{SignedDuration, Timestamp};

/// What the operator expects of a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Expect {
    /// What its own history says.
    #[default]
    Learned,
    /// Nothing: it may be silent for ever.
    Nothing,
    /// So many new items in so long a time.
    Items {
        /// How many.
        count: u64,
        /// In how long a time.
        per: SignedDuration,
    },
}

/// Days with arrivals before anything is expected.
const LEARN_DAYS: usize = 8;
/// The time that they must span.
const LEARN_SPAN: SignedDuration = SignedDuration::from_hours(4 * 7 * 24);
/// How many gaps count.
const GAPS: usize = 20;

/// The longest silence that the arrivals so far make usual; `None` while they are too few to say. `days` has the last
/// arrival of each day, newest first.
pub fn usual_silence(days: &[Timestamp]) -> Option<SignedDuration> {
    let (newest, oldest) = (days.first()?, days.last()?);
    if days.len() < LEARN_DAYS || newest.duration_since(*oldest) < LEARN_SPAN {
        return None;
    }
    let pairs = days.iter().zip(days.iter().skip(1));
    let mut gaps: Vec<SignedDuration> =
        pairs.take(GAPS).map(|(later, earlier)| later.duration_since(*earlier)).collect();
    gaps.sort_unstable();
    let longest = gaps.last().copied()?;
    let second = gaps.iter().rev().nth(1).copied()?;
    let middle = gaps.get(gaps.len() / 2).copied()?;
    Some(longest.max(second.saturating_mul(2)).max(middle.saturating_mul(3)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(number: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + number * 86_400).unwrap()
    }

    /// After how many days of silence, from the last of these days on, the alarm comes.
    fn alarm_after(days: &[i64]) -> Option<i64> {
        let mut days: Vec<i64> = days.to_vec();
        days.sort_unstable_by(|a, b| b.cmp(a));
        let times: Vec<Timestamp> = days.iter().map(|d| day(*d)).collect();
        usual_silence(&times).map(|silence| silence.as_hours() / 24)
    }

    /// How often an alarm would have been given while the source still lived.
    fn alarms_while_alive(days: &[i64]) -> usize {
        let pairs = days.windows(2).enumerate();
        let too_long = |(at, pair): (usize, &[i64])| {
            let known: Vec<i64> = days[..=at].to_vec();
            alarm_after(&known).is_some_and(|limit| pair[1] - pair[0] > limit)
        };
        pairs.map(too_long).filter(|alarm| *alarm).count()
    }

    fn every(step: i64, count: i64) -> Vec<i64> {
        (0..count).map(|n| n * step).collect()
    }

    #[test]
    fn a_steady_source_is_missed_after_three_of_its_gaps() {
        assert_eq!(alarm_after(&every(7, 12)), Some(21));
        assert_eq!(alarm_after(&every(1, 60)), Some(3));
        // Working days only.
        let working: Vec<i64> = (0..60).filter(|d| d % 7 < 5).collect();
        assert_eq!(alarm_after(&working), Some(6));
        assert_eq!(alarms_while_alive(&working), 0);
    }

    #[test]
    fn a_bursty_source_may_rest_as_it_always_does() {
        let bursts: Vec<i64> =
            (0..6).flat_map(|burst| [burst * 30, burst * 30 + 1, burst * 30 + 2]).collect();
        assert_eq!(alarm_after(&bursts), Some(56));
        assert!(alarms_while_alive(&bursts) <= 1, "at most once, before its habit is known");
    }

    #[test]
    fn a_season_of_silence_costs_one_alarm_and_does_not_deafen() {
        // Every three days but for six weeks of summer.
        let seasonal: Vec<i64> = (0..240).step_by(3).filter(|d| !(150..192).contains(d)).collect();
        assert_eq!(alarms_while_alive(&seasonal), 1);
        assert!(alarm_after(&seasonal).unwrap() <= 45);
        // Twenty arrivals later the summer is forgotten.
        let after: Vec<i64> = seasonal.iter().copied().chain((243..306).step_by(3)).collect();
        assert_eq!(alarm_after(&after), Some(9));
    }

    #[test]
    fn a_dying_source_is_still_missed() {
        let gaps = [3, 3, 4, 5, 7, 7, 9, 14, 14, 21, 30];
        let mut days = vec![0];
        for gap in gaps {
            days.push(days.last().unwrap() + gap);
        }
        assert_eq!(alarm_after(&days), Some(42));
    }

    #[test]
    fn one_odd_gap_is_no_habit() {
        let mut days = every(7, 10);
        let last = *days.last().unwrap();
        days.extend([last + 40, last + 47, last + 54]);
        assert_eq!(alarm_after(&days), Some(40), "not eighty");
    }

    #[test]
    fn a_new_source_owes_nothing() {
        assert_eq!(alarm_after(&[]), None);
        assert_eq!(alarm_after(&every(1, 20)), None, "twenty days are too few, however many come");
        assert_eq!(alarm_after(&every(10, 7)), None, "seven days with arrivals are too few");
        assert_eq!(alarm_after(&every(4, 8)), Some(12));
    }
}
