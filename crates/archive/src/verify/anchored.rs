//! Level L4: since when what the log holds has existed, by the timestamps of authorities over its signed heads.
//!
//! A timestamp proves a time *before* which the leaves under a head existed. That a capture was made *after* a time is
//! proven where the head that its manifest names already holds the leaf of a timestamp, which nobody could know before.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use vidimus_disk::RealDisk;
use vidimus_ledger::anchors::{Anchors, Answer};
use vidimus_ledger::timestamp::{self, TimestampError, Trust};
use vidimus_ledger::{Checkpoint, LogReader, NoteError, VerifierKey};
use vidimus_snapshot::Digest;

/// What the asker trusts for the time.
#[derive(Debug, Clone, Default)]
pub struct TimeTrust {
    /// Of each authority, by its name in the configuration.
    pub authorities: BTreeMap<String, Trust>,
    /// Of every authority, in the place of that: roots that the asker has from elsewhere.
    pub any: Option<Trust>,
    /// How many authorities are configured.
    pub configured: usize,
}

/// A signed head with a time that was verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Anchored {
    /// How many leaves it covers.
    pub size: u64,
    /// The time that the authority states.
    pub time: Timestamp,
    /// The authority, by its name in the configuration.
    pub authority: String,
    /// SHA-256 of its answer, by which the log's own leaf knows it.
    pub response_sha256: Digest,
}

/// What was found of a log's timestamps.
#[derive(Debug, Default)]
pub(super) struct Times {
    /// Those that were verified, by the size of what they cover.
    pub anchored: Vec<Anchored>,
    /// How many there are whose authority has no root that could be checked against.
    pub unchecked: u64,
    /// What is wrong.
    pub wrong: Vec<String>,
}

/// Why a timestamp does not count.
enum Flaw {
    /// Nobody named a root for its authority.
    NoRoot,
    Wrong(String),
}

/// Verifies every timestamp of a log.
pub(super) fn times(log: &LogReader, keys: &[VerifierKey], trust: &TimeTrust) -> Times {
    let anchors = Anchors::of(log.folder(), Arc::new(RealDisk));
    let mut times = Times::default();
    let answers = match anchors.answered() {
        Ok(answers) => answers,
        Err(error) => {
            times.wrong.push(error.to_string());
            return times;
        }
    };
    for answer in answers {
        match verified(&anchors, &answer, log, keys, trust) {
            Ok(anchored) => times.anchored.push(anchored),
            Err(Flaw::NoRoot) => times.unchecked += 1,
            Err(Flaw::Wrong(what)) => {
                let Answer { anchor, authority } = &answer;
                times.wrong.push(format!("the timestamp of {authority} over {} leaves: {what}", anchor.size));
            }
        }
    }
    times
}

fn verified(
    anchors: &Anchors,
    answer: &Answer,
    log: &LogReader,
    keys: &[VerifierKey],
    trust: &TimeTrust,
) -> Result<Anchored, Flaw> {
    let wrong = |what: String| Flaw::Wrong(what);
    let bytes = anchors.checkpoint(&answer.anchor).map_err(|e| wrong(e.to_string()))?;
    let checkpoint = Checkpoint::read(&bytes).map_err(|e: NoteError| wrong(e.to_string()))?;
    if !keys.iter().any(|key| checkpoint.verify(key).is_ok()) {
        return Err(wrong("the head under it is signed by no key of this log".to_owned()));
    }
    let here = log.head_at(checkpoint.head().size).map_err(|e| wrong(e.to_string()))?;
    if here != *checkpoint.head() {
        return Err(wrong(
            "the head under it is not one of this log: the log was rewritten after it was stamped".to_owned(),
        ));
    }
    let trust = trust.any.as_ref().or_else(|| trust.authorities.get(&answer.authority));
    let response = anchors.response(answer).map_err(|e| wrong(e.to_string()))?;
    let told = |e: TimestampError| wrong(e.to_string());
    let Some(trust) = trust else {
        timestamp::examine(&response, &bytes, &[], None).map_err(told)?;
        return Err(Flaw::NoRoot);
    };
    let stamped = timestamp::verify(&response, &bytes, trust, None).map_err(told)?;
    Ok(Anchored {
        size: checkpoint.head().size,
        time: stamped.time,
        authority: answer.authority.clone(),
        response_sha256: Digest::of(&response),
    })
}
