//! What there is to tell: what stands now, compared with what was told. Pure, so that nobody is told twice and nothing
//! that failed to arrive is forgotten.

use std::collections::{HashMap, HashSet};

use jiff::{SignedDuration, Timestamp};
use vidimus_catalog::{Finding, Told};

/// A finding that stands, and of which source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The source; empty for what concerns no single source.
    pub source: String,
    /// What is not well.
    pub finding: Finding,
}

/// What has become of a finding since it was last told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// It was never told.
    Began,
    /// It was told, and is no more.
    Resolved,
    /// It was told long ago, and stands still.
    Reminder,
    /// It was told, and stands still; said only where every run is told.
    Stands,
}

impl Change {
    /// The word for this change.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Began => "began",
            Self::Resolved => "resolved",
            Self::Reminder => "reminder",
            Self::Stands => "stands",
        }
    }
}

/// One thing to tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct News {
    /// What has become of it.
    pub change: Change,
    /// What it is.
    pub standing: Standing,
}

/// By what findings are told apart: source, code, subject.
type Key<'a> = (&'a str, &'a str, &'a str);

fn key(standing: &Standing) -> Key<'_> {
    (&standing.source, &standing.finding.code, &standing.finding.subject)
}

fn key_told(told: &Told) -> Key<'_> {
    (&told.source, &told.code, &told.subject)
}

/// What one channel has to tell: what began, what was resolved, what to remind of after `remind`, and what only stands.
/// `told` is what that channel told. Of sources that are not in `known` nothing is told, resolved or not: they were taken
/// out of the configuration, or nobody has looked at them.
pub fn news(
    standing: &[Standing],
    told: &[Told],
    known: &[String],
    now: Timestamp,
    remind: SignedDuration,
) -> Vec<News> {
    let known: HashSet<&str> = known.iter().map(String::as_str).collect();
    let current: HashSet<Key<'_>> = standing.iter().map(key).collect();
    let last_told: HashMap<Key<'_>, Timestamp> = told.iter().map(|t| (key_told(t), t.told_at)).collect();
    let stands = standing.iter().filter(|s| known.contains(s.source.as_str())).map(|s| {
        let change = match last_told.get(&key(s)) {
            None => Change::Began,
            Some(last) if now.duration_since(*last) >= remind => Change::Reminder,
            Some(_) => Change::Stands,
        };
        News { change, standing: s.clone() }
    });
    let gone = told.iter().filter(|t| known.contains(t.source.as_str()) && !current.contains(&key_told(t)));
    stands.chain(gone.map(|t| News { change: Change::Resolved, standing: as_it_was_told(t) })).collect()
}

fn as_it_was_told(told: &Told) -> Standing {
    let finding = Finding {
        code: told.code.clone(),
        subject: told.subject.clone(),
        since: told.since,
        message: told.message.clone(),
    };
    Standing { source: told.source.clone(), finding }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hour: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + hour * 3600).unwrap()
    }

    fn standing(source: &str, code: &str) -> Standing {
        let finding =
            Finding { code: code.to_owned(), subject: String::new(), since: at(0), message: "m".to_owned() };
        Standing { source: source.to_owned(), finding }
    }

    fn told(source: &str, code: &str, hour: i64) -> Told {
        Told {
            channel: "webhook".to_owned(),
            source: source.to_owned(),
            code: code.to_owned(),
            subject: String::new(),
            since: at(0),
            message: "m".to_owned(),
            told_at: at(hour),
        }
    }

    fn words(standing: &[Standing], told: &[Told], hour: i64) -> Vec<String> {
        let known = ["a".to_owned(), "b".to_owned(), String::new()];
        let news = news(standing, told, &known, at(hour), SignedDuration::from_hours(24));
        news.iter()
            .map(|n| format!("{} {} {}", n.change.as_str(), n.standing.source, n.standing.finding.code))
            .collect()
    }

    #[test]
    fn a_finding_is_told_when_it_begins_reminded_of_and_told_when_it_is_gone() {
        let quiet = [standing("a", "quiet")];
        assert_eq!(words(&quiet, &[], 0), ["began a quiet"]);
        assert_eq!(words(&quiet, &[told("a", "quiet", 0)], 23), ["stands a quiet"]);
        assert_eq!(words(&quiet, &[told("a", "quiet", 0)], 24), ["reminder a quiet"]);
        assert_eq!(words(&[], &[told("a", "quiet", 0)], 30), ["resolved a quiet"]);
        assert!(words(&[], &[], 30).is_empty());
    }

    #[test]
    fn findings_are_told_apart_by_source_code_and_subject() {
        let stands = [standing("a", "quiet"), standing("b", "quiet")];
        assert_eq!(
            words(&stands, &[told("a", "failed", 0), told("a", "quiet", 0)], 1),
            ["stands a quiet", "began b quiet", "resolved a failed"]
        );
    }

    #[test]
    fn of_a_source_that_nobody_knows_nothing_is_told() {
        assert!(words(&[standing("gone", "quiet")], &[told("gone", "failed", 0)], 99).is_empty());
    }
}
