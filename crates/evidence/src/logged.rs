//! What the archive's log says of one capture: its leaf, the earliest anchored head that covers it, the proof between the
//! two, and what happened to the archive since.
//!
//! The earliest head is taken for which an answer of a timestamp authority was verified, because its time is the closest to
//! the capture's; without one, the earliest with an answer of an authority whose root is not configured, the earliest that
//! waits for a time, or the newest signed one. An answer that fails against its authority's root, or is none, chooses nothing
//! and goes into no bundle: it is only told.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;
use vidimus_disk::RealDisk;
use vidimus_ledger::anchors::{self, Anchors};
use vidimus_ledger::timestamp::Trust;
use vidimus_ledger::{Checkpoint, Event, Leaf, LogReader, Proof, VerifierKey};
use vidimus_snapshot::SnapshotId;

use crate::EvidenceError;
use crate::stamps::{self, Stamp};

/// A capture in the log.
#[derive(Debug, Clone)]
pub(crate) struct Logged {
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
    /// Answers of authorities that are none, or fail against the configured root, and why.
    pub refused: Vec<String>,
    /// What later leaves say of the archive as a whole: keys, its files, checks of them.
    pub since: Vec<(u64, Leaf)>,
}

/// A signed head with the proof of a leaf.
#[derive(Debug, Clone)]
pub(crate) struct Signed {
    /// The proof, with the checkpoint in it.
    pub proof: Proof,
    /// The key that signed.
    pub key: VerifierKey,
    /// What authorities answered, as far as it is not refused, by their names.
    pub answers: Vec<Answer>,
}

/// An authority's answer for a checkpoint.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    /// What was sent (`TimeStampReq`), where it was kept.
    pub query: Option<Vec<u8>>,
    /// What came back (`TimeStampResp`).
    pub response: Vec<u8>,
    /// What it says.
    pub stamp: Stamp,
}

impl Signed {
    /// The head that was signed.
    pub fn checkpoint(&self) -> &Checkpoint {
        &self.proof.checkpoint
    }
}

/// A log of the archive that has the leaf of a capture.
pub(crate) struct Place {
    /// The log's folder.
    pub folder: PathBuf,
    /// The leaf's index in it.
    pub index: u64,
}

/// What the log says of a capture whose leaf is there; `None` where there is no log. The answers of authorities are judged
/// by what the archive's configuration says of them.
pub(crate) fn find(
    place: &Place,
    id: SnapshotId,
    authorities: &BTreeMap<String, Trust>,
) -> Result<Option<Logged>, EvidenceError> {
    let Some(log) = LogReader::open(&place.folder)? else { return Ok(None) };
    let index = place.index;
    let leaf_json = log.leaf(index)?;
    let leaf = Leaf::read(&leaf_json)?;
    match &leaf.event {
        Event::Capture { manifest } | Event::Import { manifest } if *manifest == id => {}
        _ => {
            let what = format!(
                "leaf {index} of the log {} is not the one of {id}, as the catalog says: run `vidimus rebuild`",
                log.origin()
            );
            return Err(EvidenceError::Log(what));
        }
    }
    let since = since(&log, index)?;
    let (signed, refused) = Heads::of(&log, index, authorities)?.best()?;
    Ok(Some(Logged { origin: log.origin().to_owned(), index, leaf_json, leaf, signed, refused, since }))
}

/// What leaves behind this one say of the archive as a whole. Those that another version of this software wrote, or nobody
/// can read, say nothing of this capture.
fn since(log: &LogReader, index: u64) -> Result<Vec<(u64, Leaf)>, EvidenceError> {
    let mut since = Vec::new();
    for bundle in index / 256..log.size().div_ceil(256) {
        let leaves = (bundle * 256..).zip(log.bundle(bundle)?).filter(|(at, _)| *at > index);
        let read = leaves.filter_map(|(at, bytes)| Some((at, Leaf::read(&bytes).ok()?)));
        since.extend(read.filter(|(_, leaf)| {
            matches!(leaf.event, Event::Key(_) | Event::Custody(_) | Event::Fixity { .. })
        }));
    }
    Ok(since)
}

/// The signed heads that cover a leaf.
struct Heads<'a> {
    log: &'a LogReader,
    index: u64,
    keys: Vec<VerifierKey>,
    anchors: Anchors,
    authorities: &'a BTreeMap<String, Trust>,
    /// What cannot be put into a bundle, and why.
    refused: Vec<String>,
}

impl<'a> Heads<'a> {
    fn of(
        log: &'a LogReader,
        index: u64,
        authorities: &'a BTreeMap<String, Trust>,
    ) -> Result<Self, EvidenceError> {
        let anchors = Anchors::of(log.folder(), Arc::new(RealDisk));
        Ok(Self { log, index, keys: log.keys()?, anchors, authorities, refused: Vec::new() })
    }

    /// The head to prove the leaf by, and what was refused on the way to it.
    fn best(mut self) -> Result<(Option<Signed>, Vec<String>), EvidenceError> {
        let (mut claimed, mut waiting) = (None, None);
        let answered = self.anchors.answered()?;
        let (index, size) = (self.index, self.log.size());
        for anchor in
            self.anchors.all()?.into_iter().filter(|anchor| anchor.size > index && anchor.size <= size)
        {
            // One that is damaged, or that nobody signed, proves nothing and hides none of the others.
            let Ok(bytes) = self.anchors.checkpoint(&anchor) else { continue };
            let Ok(checkpoint) = Checkpoint::read(&bytes) else { continue };
            let Some(key) = signer(&self.keys, &checkpoint) else { continue };
            let of_anchor = answered.iter().filter(|answer| answer.anchor == anchor);
            let answers: Vec<Answer> = of_anchor.filter_map(|answer| self.judged(answer, &bytes)).collect();
            let is_verified = answers.iter().any(|answer| answer.stamp.is_verified());
            let slot = if answers.is_empty() { &mut waiting } else { &mut claimed };
            if is_verified || slot.is_none() {
                let signed = Signed { proof: self.log.proof(index, checkpoint)?, key, answers };
                if is_verified {
                    return Ok((Some(signed), self.refused));
                }
                *slot = Some(signed);
            }
        }
        match claimed.or(waiting) {
            Some(signed) => Ok((Some(signed), self.refused)),
            None => Ok((self.newest()?, self.refused)),
        }
    }

    /// The newest signed head, for which nothing was ever asked.
    fn newest(&self) -> Result<Option<Signed>, EvidenceError> {
        let newest = self.log.checkpoint()?.filter(|checkpoint| checkpoint.head().size > self.index);
        let Some(checkpoint) = newest else { return Ok(None) };
        let key = signer(&self.keys, &checkpoint).ok_or_else(|| {
            EvidenceError::Log("the log's checkpoint is signed by none of the keys in log.vkey".to_owned())
        })?;
        Ok(Some(Signed { proof: self.log.proof(self.index, checkpoint)?, key, answers: Vec::new() }))
    }

    /// An answer, unless it is to be left out.
    fn judged(&mut self, answer: &anchors::Answer, checkpoint: &[u8]) -> Option<Answer> {
        let authority = &answer.authority;
        let read = self.anchors.response(answer).map_err(|error| error.to_string()).and_then(|response| {
            let stamp = stamps::read(authority, &response, checkpoint, self.authorities.get(authority));
            Ok((stamp.map_err(|error| error.to_string())?, response))
        });
        match read {
            Ok((stamp, response)) => Some(Answer { query: self.anchors.query(answer).ok(), response, stamp }),
            Err(why) => {
                let size = answer.anchor.size;
                self.refused.push(format!("the answer of {authority} for the head at {size} leaves: {why}"));
                None
            }
        }
    }
}

/// The newest of the keys that signed a checkpoint.
fn signer(keys: &[VerifierKey], checkpoint: &Checkpoint) -> Option<VerifierKey> {
    keys.iter().rev().find(|key| checkpoint.verify(key).is_ok()).cloned()
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
            "rotate" if change.old_signature.is_some() => {
                "another key took the place of the one that signed the log, and both signed that".to_owned()
            }
            "rotate" => "another key took the place of the one that signed the log, which did not sign that"
                .to_owned(),
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

#[cfg(test)]
#[allow(clippy::disallowed_methods, reason = "a test makes its own files")]
mod tests {
    use std::fs;

    use vidimus_ledger::KeyChange;

    use super::*;

    fn rotation(old_signature: Option<String>) -> Leaf {
        let change = KeyChange {
            event: "rotate".to_owned(),
            old: Some("old".to_owned()),
            new: "new".to_owned(),
            old_signature,
            new_signature: String::new(),
        };
        let logged_at = "2025-03-24T08:30:00Z".parse().unwrap();
        Leaf { v: 1, id: "1".to_owned(), logged_at, event: Event::Key(change) }
    }

    #[test]
    fn a_leaf_that_cannot_be_read_stops_nothing() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("origin"), "archive.example/log\n").unwrap();
        fs::create_dir_all(folder.path().join("tile/entries/000.p")).unwrap();
        let known = rotation(None).to_canonical_json().unwrap();
        let leaves = [known.as_slice(), br#"{"v":9}"#.as_slice(), known.as_slice()];
        let entry =
            |leaf: &&[u8]| [u16::try_from(leaf.len()).unwrap().to_be_bytes().as_slice(), leaf].concat();
        let bundle: Vec<u8> = leaves.iter().flat_map(entry).collect();
        fs::write(folder.path().join("tile/entries/000.p/3"), bundle).unwrap();
        let log = LogReader::open(folder.path()).unwrap().unwrap();
        let since = since(&log, 0).unwrap();
        assert_eq!(since.iter().map(|(index, _)| *index).collect::<Vec<_>>(), [2]);
    }

    #[test]
    fn both_keys_are_said_to_have_signed_only_if_both_did() {
        let told_of = |old_signature| told(&rotation(old_signature)).unwrap().1;
        assert!(told_of(Some(String::new())).contains("both signed that"));
        assert!(told_of(None).contains("did not sign that"));
    }
}
