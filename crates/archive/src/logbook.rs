//! The archive's tamper-evident log, beside its catalog: what is captured gets its leaf before it is acknowledged, and a
//! log that turns out to be older than what was signed is ended and never continued.
//!
//! The log is the truth; the catalog's table of leaves is derived from it and brought up to date when a logbook is opened.

mod lineage;
mod memory;

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;
use vidimus_catalog::{Catalog, LoggedLeaf};
use vidimus_ledger::anchors::Anchors;
use vidimus_ledger::{Checkpoint, Event, Leaf, Log, LogError, LogReader, SigningKey, VerifierKey};
use vidimus_snapshot::{Digest, LogHead, Manifest, SnapshotId};

pub use self::lineage::base_of;
use self::lineage::{
    Opened, append_to, begin, continued_by, end, ended_logs, mend_keys, open_log, successor,
};
pub(crate) use self::lineage::{differs, logs, number_of};
use self::memory::remember;
use crate::blocking::blocking;
use crate::certificate::uuid_of;
use crate::{Archive, ArchiveError, Layout};

/// How many leaves are appended, or read, at once.
const PIECE: usize = 1024;

/// The key of a log, and the file that it was read from.
#[derive(Debug, Clone)]
pub struct LogKey {
    /// The key.
    pub key: SigningKey,
    /// Its file; beside it the newest head that it signed is remembered, outside the archive.
    pub file: PathBuf,
}

/// What a writer is told about the log.
#[derive(Debug, Clone)]
pub struct LogOptions {
    /// The name of the log, if one has to be begun.
    pub origin: String,
    /// Who signs its heads; without a key there are leaves, and no signed head.
    pub key: Option<LogKey>,
    /// Why there is no key though there should be one.
    pub without_key: Option<String>,
    /// When the leaves are made that an earlier writer left out.
    pub now: Timestamp,
}

/// What became of the log when it was opened.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LogRecovery {
    /// Captures that had no leaf and were given one.
    pub logged: u64,
    /// Why an earlier log was ended, and which one goes on in its place.
    pub ended: Vec<String>,
}

/// What a signing was about.
#[derive(Debug, Clone, Default)]
pub struct Signed {
    /// The new signed head; `None` where there was nothing new to sign, or no key.
    pub checkpoint: Option<Checkpoint>,
    /// What the operator has to hear: why nothing was signed though there is news, or what could not be remembered.
    pub remark: Option<String>,
}

/// The log that is being written.
#[derive(Debug)]
pub(crate) struct Logbook {
    layout: Layout,
    catalog: Catalog,
    /// Taken out while it works.
    log: Option<Log>,
    number: u32,
    key: Option<LogKey>,
    without_key: Option<String>,
    recovery: LogRecovery,
}

impl Logbook {
    /// Opens the log, or begins one; ends one that was cut or taken from an older backup. The catalog then knows all leaves.
    pub async fn open(
        layout: &Layout,
        catalog: &Catalog,
        options: &LogOptions,
    ) -> Result<Self, ArchiveError> {
        let mut recovery = LogRecovery::default();
        for (number, folder) in ended_logs(layout).await? {
            note_leaves(catalog, number, folder).await?;
        }
        let mut log = match open_log(layout, catalog, options).await? {
            Opened::Log(log) => *log,
            Opened::None => begin(layout, &options.origin).await?,
            Opened::Older { head, reason } => {
                let origin = successor(&head.origin);
                recovery
                    .ended
                    .push(format!("{reason}; it was ended, and the log {origin} goes on in its place"));
                let number = number_of(&head.origin);
                end(layout, number).await?;
                // What it says now counts, and not what the catalog remembers of it.
                catalog.forget_leaves(number, 0).await?;
                note_leaves(catalog, number, layout.ended_log(number)).await?;
                begin(layout, &origin).await?
            }
            Opened::Missing { origin, reason } => {
                recovery.ended.push(format!("{reason}; the log {origin} goes on in its place"));
                catalog.forget_all_leaves().await?;
                for (number, folder) in ended_logs(layout).await? {
                    note_leaves(catalog, number, folder).await?;
                }
                begin(layout, &origin).await?
            }
        };
        if log.size() == 0
            && let Some(continues) = continued_by(layout, &log, &recovery).await?
        {
            log = append_to(log, vec![leaf(options.now, Event::Custody(continues))]).await?.0;
        }
        let number = number_of(log.origin());
        note_leaves(catalog, number, layout.log()).await?;
        mend_keys(catalog, &log, number).await?;
        let key = match &options.key {
            Some(LogKey { key, file }) => {
                Some(LogKey { key: key.named(log.origin()).map_err(LogError::from)?, file: file.clone() })
            }
            None => None,
        };
        let (layout, catalog, without_key) = (layout.clone(), catalog.clone(), options.without_key.clone());
        Ok(Self { layout, catalog, log: Some(log), number, key, without_key, recovery })
    }

    /// What opening it found.
    pub fn recovery(&self) -> &LogRecovery {
        &self.recovery
    }

    /// The head as it is now.
    pub fn head(&self) -> Result<LogHead, ArchiveError> {
        Ok(self.get()?.head())
    }

    fn anchors(&self) -> Anchors {
        Anchors::of(&self.layout.log(), self.layout.shared_disk())
    }

    /// The answers of authorities that no leaf speaks of yet.
    async fn answers(&self, now: Timestamp) -> Result<Vec<Leaf>, ArchiveError> {
        let known: HashSet<Digest> = self
            .catalog
            .leaves_of_kind("anchor")
            .await?
            .into_iter()
            .filter_map(|leaf| leaf.subject)
            .collect();
        let anchors = self.anchors();
        blocking(move || {
            let answers = anchors.answered()?;
            // No answer of this log is ever removed: as many leaves as answers are all of them.
            if answers.len() == known.len() {
                return Ok(Vec::new());
            }
            let mut leaves = Vec::new();
            for answer in answers {
                let response_sha256 = Digest::of(&anchors.response(&answer)?);
                if known.contains(&response_sha256) {
                    continue;
                }
                leaves.push(leaf(
                    now,
                    Event::Anchor {
                        checkpoint_size: answer.anchor.size,
                        checkpoint_sha256: Digest::of(&anchors.checkpoint(&answer.anchor)?),
                        authority: answer.authority,
                        response_sha256,
                    },
                ));
            }
            Ok(leaves)
        })
        .await
    }

    fn get(&self) -> Result<&Log, ArchiveError> {
        self.log.as_ref().ok_or_else(failed)
    }

    /// Appends leaves, durably, and gives what the catalog is to say of them.
    pub async fn append(&mut self, leaves: Vec<Leaf>) -> Result<Vec<LoggedLeaf>, ArchiveError> {
        if leaves.is_empty() {
            return Ok(Vec::new());
        }
        let log = self.log.take().ok_or_else(failed)?;
        let (log, rows) = append_to(log, leaves).await?;
        self.log = Some(log);
        Ok(rows.into_iter().map(|row| LoggedLeaf { log: self.number, ..row }).collect())
    }

    /// Appends leaves and tells the catalog; gives the index of the first.
    pub async fn note(&mut self, leaves: Vec<Leaf>) -> Result<u64, ArchiveError> {
        let rows = self.append(leaves).await?;
        self.catalog.add_leaves(&rows).await?;
        Ok(rows.first().map_or(self.get()?.size(), |row| row.index))
    }

    /// Gives a leaf to what has none though it should: captures of a writer that was interrupted or kept no log, checks of
    /// the archive, answers of authorities.
    pub async fn catch_up(&mut self, now: Timestamp) -> Result<(), ArchiveError> {
        let archive = Archive::with_catalog(&self.layout, &self.catalog);
        loop {
            let names = self.catalog.not_logged(u32::try_from(PIECE).unwrap_or(u32::MAX)).await?;
            if names.is_empty() {
                break;
            }
            let mut leaves = Vec::with_capacity(names.len());
            for name in names {
                leaves.push(leaf_of(&archive, name, now).await?);
            }
            self.recovery.logged += leaves.len() as u64;
            self.note(leaves).await?;
        }
        self.catalog.all_logged().await?;
        let answers = self.answers(now).await?;
        self.note(answers).await?;
        let runs = self.catalog.fixity_runs().await?;
        if let Some((last, _)) = runs.last() {
            let event = |run: &vidimus_catalog::FixityRun| Event::Fixity {
                files: run.files,
                bytes: run.bytes,
                findings: run.findings,
                report_sha256: run.report_sha256,
            };
            self.note(runs.iter().map(|(_, run)| leaf(now, event(run))).collect()).await?;
            self.catalog.fixity_runs_logged(*last).await?;
        }
        Ok(())
    }

    /// Signs the head, if there is a key and anything new but answers of authorities.
    pub async fn sign(&mut self, now: Timestamp) -> Result<Signed, ArchiveError> {
        let (size, signed) = (self.get()?.size(), self.get()?.signed());
        if size == signed || !self.catalog.has_news(self.number, signed).await? {
            return Ok(Signed::default());
        }
        let Some(key) = self.key.clone() else {
            return Ok(Signed { checkpoint: None, remark: self.without_key.clone() });
        };
        let known = self.keys()?;
        match known.last() {
            None => {
                let change = key.key.succeed(key.key.verifier().name(), None, None);
                self.note(vec![leaf(now, Event::Key(change))]).await?;
                self.get()?.add_key(key.key.verifier())?;
            }
            Some(last) if last == key.key.verifier() => {}
            Some(last) => {
                let remark = format!(
                    "the log is signed by the key {}, and {} holds another one: nothing was signed; `vidimus key rotate` changes the key",
                    last.fingerprint(),
                    key.file.display()
                );
                return Ok(Signed { checkpoint: None, remark: Some(remark) });
            }
        }
        self.sign_with(&key, Vec::new()).await
    }

    /// The keys that sign or signed, oldest first.
    pub fn keys(&self) -> Result<Vec<VerifierKey>, ArchiveError> {
        Ok(self.get()?.reader()?.keys()?)
    }

    /// Puts a new key in the place of the old one, whose signature stands beside the new one's under the next head; where
    /// the old one is lost it cannot.
    pub async fn rotate(
        &mut self,
        new: LogKey,
        old: Option<&SigningKey>,
        now: Timestamp,
    ) -> Result<Signed, ArchiveError> {
        let new =
            LogKey { key: new.key.named(self.get()?.origin()).map_err(LogError::from)?, file: new.file };
        let known = self.keys()?;
        let change = new.key.succeed(self.get()?.origin(), old, known.last().filter(|_| old.is_none()));
        self.note(vec![leaf(now, Event::Key(change))]).await?;
        self.get()?.add_key(new.key.verifier())?;
        let signed = self.sign_with(&new, old.cloned().into_iter().collect()).await?;
        self.key = Some(new);
        Ok(signed)
    }

    /// Signs the head with a key that the log names already, and with the one before it: what an interrupted rotation left.
    pub async fn cosign(&mut self, new: LogKey, old: Option<SigningKey>) -> Result<Signed, ArchiveError> {
        let new =
            LogKey { key: new.key.named(self.get()?.origin()).map_err(LogError::from)?, file: new.file };
        let signed = self.sign_with(&new, old.into_iter().collect()).await?;
        self.key = Some(new);
        Ok(signed)
    }

    async fn sign_with(&mut self, key: &LogKey, others: Vec<SigningKey>) -> Result<Signed, ArchiveError> {
        let mut log = self.log.take().ok_or_else(failed)?;
        let by = key.key.clone();
        let (log, checkpoint) = blocking(move || {
            let others: Vec<&SigningKey> = others.iter().collect();
            let checkpoint = log.sign(&by, &others)?;
            Ok((log, checkpoint))
        })
        .await?;
        self.log = Some(log);
        let anchors = self.anchors();
        let queued = checkpoint.clone();
        blocking(move || Ok(anchors.enqueue(&queued)?)).await?;
        let remark = remember(&key.file, checkpoint.head()).err().map(|error| {
            format!(
                "the newest signed head could not be remembered beside the key, so that a log taken from an older backup would not be noticed: {error}"
            )
        });
        Ok(Signed { checkpoint: Some(checkpoint), remark })
    }
}

fn failed() -> ArchiveError {
    ArchiveError::Stopped("an earlier write to the log failed".to_owned())
}

/// A leaf that is about the archive itself: its id is made of what it says.
pub(crate) fn leaf(now: Timestamp, event: Event) -> Leaf {
    let draft = Leaf::new("", now, event);
    let bytes = draft.to_canonical_json().unwrap_or_default();
    Leaf { id: uuid_of(&String::from_utf8_lossy(&bytes)), ..draft }
}

/// What the log says of a capture.
pub(crate) fn event_of(manifest: &Manifest, name: SnapshotId) -> Event {
    if manifest.kind == Manifest::IMPORT {
        Event::Import { manifest: name }
    } else {
        Event::Capture { manifest: name }
    }
}

/// The leaf of a capture that has none yet. One whose manifest cannot be read gets a leaf all the same: its name is known.
async fn leaf_of(archive: &Archive, name: SnapshotId, now: Timestamp) -> Result<Leaf, ArchiveError> {
    let capture = archive.catalog().get(name).await?;
    let manifest = capture.as_ref().and_then(|capture| archive.manifest(capture).ok());
    Ok(match manifest {
        Some((_, manifest)) => Leaf::new(manifest.capture_id.clone(), now, event_of(&manifest, name)),
        None if capture.is_some_and(|capture| !capture.witnessed) => {
            leaf(now, Event::Import { manifest: name })
        }
        None => leaf(now, Event::Capture { manifest: name }),
    })
}

/// What the catalog is to know of a leaf.
pub(crate) fn row_of(index: u64, bytes: &[u8], log: u32) -> LoggedLeaf {
    match Leaf::read(bytes) {
        Ok(leaf) => {
            let subject = match &leaf.event {
                Event::Anchor { response_sha256, .. } => Some(*response_sha256),
                event => event.subject().map(|id| id.digest()),
            };
            LoggedLeaf { log, index, kind: leaf.event.kind().to_owned(), subject, logged_at: leaf.logged_at }
        }
        // A newer version wrote it; it keeps its place.
        Err(_) => LoggedLeaf {
            log,
            index,
            kind: "unknown".to_owned(),
            subject: None,
            logged_at: Timestamp::UNIX_EPOCH,
        },
    }
}

/// Tells the catalog which leaves it lacks of a log.
async fn note_leaves(catalog: &Catalog, number: u32, folder: PathBuf) -> Result<(), ArchiveError> {
    let mut next = catalog.leaf_count(number).await?;
    let Some(reader) = blocking(move || Ok(LogReader::open(&folder)?)).await? else { return Ok(()) };
    let reader = Arc::new(reader);
    while next < reader.size() {
        let (from, bundles) = (next, Arc::clone(&reader));
        let rows = blocking(move || {
            let leaves = bundles.bundle(from / 256)?;
            let indexed = (from / 256 * 256..).zip(&leaves).filter(|(index, _)| *index >= from);
            Ok(indexed.map(|(index, bytes)| row_of(index, bytes, number)).collect::<Vec<_>>())
        })
        .await?;
        next += rows.len() as u64;
        catalog.add_leaves(&rows).await?;
    }
    Ok(())
}
