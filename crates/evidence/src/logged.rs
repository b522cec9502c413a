//! What the archive's log says of one capture: its leaf, the earliest anchored head that covers it, the proof between the
//! two, and what happened to the archive since.
//!
//! The earliest head that a timestamp authority has put a time on is taken, because its time is the closest to the
//! capture's; without one, the earliest that waits for a time; without that, the newest signed one.

use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use vidimus_disk::RealDisk;
use vidimus_ledger::anchors::{self, Anchors};
use vidimus_ledger::{Checkpoint, Event, Leaf, LogReader, Proof, VerifierKey};
use vidimus_snapshot::SnapshotId;

use crate::EvidenceError;

/// A capture in the log.
#[derive(Debug, Clone)]
pub struct Logged {
    /// The log's name.
    pub origin: String,
    /// The leaf's index.
    pub index: u64,
    /// The leaf, as stored.
    pub leaf_json: Vec<u8>,
    /// What it says.
    pub leaf: Leaf,
    /// The signed head that covers it; `None` while the log is not signed.
    pub signed: Option<Signed>,
    /// What later leaves say of the archive as a whole: keys, its files, checks of them.
    pub since: Vec<(u64, Leaf)>,
}

/// A signed head with the proof of a leaf.
#[derive(Debug, Clone)]
pub struct Signed {
    /// The proof, with the checkpoint in it.
    pub proof: Proof,
    /// The key that signed.
    pub key: VerifierKey,
    /// What authorities answered, by their names.
    pub answers: Vec<Answer>,
}

/// An authority's answer for a checkpoint.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The authority's name in the archive's configuration.
    pub authority: String,
    /// What was sent (`TimeStampReq`), where it was kept.
    pub query: Option<Vec<u8>>,
    /// What came back (`TimeStampResp`).
    pub response: Vec<u8>,
}

impl Signed {
    /// The head that was signed.
    pub fn checkpoint(&self) -> &Checkpoint {
        &self.proof.checkpoint
    }
}

/// Finds a capture in the log of an archive's folder `log`; `None` where there is no log, or it is not in it.
pub fn find(folder: &Path, id: SnapshotId) -> Result<Option<Logged>, EvidenceError> {
    let Some(log) = LogReader::open(folder)? else { return Ok(None) };
    let mut found: Option<(u64, Leaf, Vec<u8>)> = None;
    let mut since = Vec::new();
    for bundle in 0..log.size().div_ceil(256) {
        for (index, bytes) in (bundle * 256..).zip(log.bundle(bundle)?) {
            let leaf = Leaf::read(&bytes)?;
            match &leaf.event {
                Event::Capture { manifest } | Event::Import { manifest }
                    if *manifest == id && found.is_none() =>
                {
                    found = Some((index, leaf, bytes));
                }
                Event::Key(_) | Event::Custody(_) | Event::Fixity { .. } if found.is_some() => {
                    since.push((index, leaf));
                }
                _ => {}
            }
        }
    }
    let Some((index, leaf, leaf_json)) = found else { return Ok(None) };
    let signed = signed(&log, index)?;
    Ok(Some(Logged { origin: log.origin().to_owned(), index, leaf_json, leaf, signed, since }))
}

/// The head to prove a leaf by.
fn signed(log: &LogReader, index: u64) -> Result<Option<Signed>, EvidenceError> {
    let keys = log.keys()?;
    let anchors = Anchors::of(log.folder(), Arc::new(RealDisk));
    let answered = anchors.answered()?;
    let mut waiting = None;
    for anchor in anchors.all()?.into_iter().filter(|anchor| anchor.size > index && anchor.size <= log.size())
    {
        let of_anchor = answered.iter().filter(|answer| answer.anchor == anchor);
        let answers = of_anchor.map(|answer| read(&anchors, answer)).collect::<Result<Vec<_>, _>>()?;
        if answers.is_empty() && waiting.is_some() {
            continue;
        }
        let Ok(checkpoint) = Checkpoint::read(&anchors.checkpoint(&anchor)?) else { continue };
        let Some(key) = signer(&keys, &checkpoint) else { continue };
        let signed = Signed { proof: log.proof(index, checkpoint)?, key, answers };
        if !signed.answers.is_empty() {
            return Ok(Some(signed));
        }
        waiting = Some(signed);
    }
    if waiting.is_some() {
        return Ok(waiting);
    }
    let newest = log.checkpoint()?.filter(|checkpoint| checkpoint.head().size > index);
    let Some(checkpoint) = newest else { return Ok(None) };
    let key = signer(&keys, &checkpoint).ok_or_else(|| {
        EvidenceError::Log("the log's checkpoint is signed by none of the keys in log.vkey".to_owned())
    })?;
    Ok(Some(Signed { proof: log.proof(index, checkpoint)?, key, answers: Vec::new() }))
}

/// The newest of the keys that signed a checkpoint.
fn signer(keys: &[VerifierKey], checkpoint: &Checkpoint) -> Option<VerifierKey> {
    keys.iter().rev().find(|key| checkpoint.verify(key).is_ok()).cloned()
}

/// An answer with the request that it is to, where that was kept.
fn read(anchors: &Anchors, answer: &anchors::Answer) -> Result<Answer, EvidenceError> {
    Ok(Answer {
        authority: answer.authority.clone(),
        query: anchors.query(answer).ok(),
        response: anchors.response(answer)?,
    })
}

/// A line for the chain of custody.
pub(crate) fn told(leaf: &Leaf) -> Option<(Timestamp, String)> {
    use vidimus_ledger::Custody;
    let what = match &leaf.event {
        Event::Fixity { files, bytes, findings, .. } => match findings {
            0 => format!(
                "all {files} files of the archive ({bytes} bytes) were read again, and nothing was found wrong"
            ),
            count => format!(
                "all {files} files of the archive ({bytes} bytes) were read again, and {count} things were found wrong"
            ),
        },
        Event::Key(change) => match change.event.as_str() {
            "first" => "the key that signs the log was named".to_owned(),
            "rotate" => {
                "another key took the place of the one that signed the log, and both signed that".to_owned()
            }
            other => format!("the key that signs the log was changed ({other})"),
        },
        Event::Custody(Custody::Rewrite { file, before_sha256, after_sha256, .. }) => format!(
            "{file} was written anew without another capture, which was removed: it was {before_sha256}, and is {after_sha256}"
        ),
        Event::Custody(Custody::Continues { origin, size, .. }) => {
            format!("this log goes on from another, {origin}, of {size} leaves")
        }
        _ => return None,
    };
    Some((leaf.logged_at, what))
}
