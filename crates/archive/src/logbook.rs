//! The archive's tamper-evident log, beside its catalog: what is captured gets its leaf before it is acknowledged, and a
//! log that turns out to be older than what was signed is ended and never continued.
//!
//! The log is the truth; the catalog's table of leaves is derived from it and brought up to date when a logbook is opened.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use vidimus_catalog::{Catalog, LoggedLeaf};
use vidimus_ledger::anchors::Anchors;
use vidimus_ledger::{Checkpoint, Custody, Event, Leaf, Log, LogError, LogReader, SigningKey, VerifierKey};
use vidimus_snapshot::{Digest, LogHead, Manifest, SnapshotId};

use crate::blocking::blocking;
use crate::certificate::uuid_of;
use crate::error::io_error;
use crate::files::sync_folder;
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

/// The newest head that a key signed, as it is remembered beside the key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Remembered {
    heads: Vec<LogHead>,
}

impl Logbook {
    /// Opens the log, or begins one; ends one that was cut or taken from an older backup. The catalog then knows all leaves.
    pub async fn open(
        layout: &Layout,
        catalog: &Catalog,
        options: &LogOptions,
    ) -> Result<Self, ArchiveError> {
        let mut recovery = LogRecovery::default();
        let ended = layout.ended_logs()?;
        for (number, folder) in &ended {
            note_leaves(catalog, *number, folder.clone()).await?;
        }
        let number = ended.last().map_or(0, |(number, _)| *number) + 1;
        let (log, number) = match open_log(layout, catalog, number, options).await? {
            Opened::Log(log) => (*log, number),
            Opened::None => (begin(layout, &options.origin).await?, number),
            Opened::Older { head, reason } => {
                let origin = successor(&head.origin);
                recovery
                    .ended
                    .push(format!("{reason}; it was ended, and the log {origin} goes on in its place"));
                catalog.forget_leaves(number, head.size).await?;
                end(layout, number).await?;
                let mut log = begin(layout, &origin).await?;
                let continues =
                    Custody::Continues { origin: head.origin, size: head.size, root: head.root, reason };
                log = append_to(log, vec![leaf(options.now, Event::Custody(continues))]).await?.0;
                (log, number + 1)
            }
        };
        note_leaves(catalog, number, layout.log()).await?;
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
            // Answers are never removed: as many leaves as answers are all of them.
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
                self.get()?.add_key(key.key.verifier())?;
                self.note(vec![leaf(now, Event::Key(change))]).await?;
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

enum Opened {
    None,
    Log(Box<Log>),
    Older { head: LogHead, reason: String },
}

/// Opens the log that is being written, and compares it with what the catalog and the key remember of it.
async fn open_log(
    layout: &Layout,
    catalog: &Catalog,
    number: u32,
    options: &LogOptions,
) -> Result<Opened, ArchiveError> {
    let known = catalog.leaf_count(number).await?;
    let last = match known.checked_sub(1) {
        Some(index) => catalog.leaf_at(number, index).await?,
        None => None,
    };
    let (folder, disk) = (layout.log(), layout.shared_disk());
    let remembered = options.key.as_ref().map(|key| key.file.clone());
    blocking(move || {
        let Some(reader) = LogReader::open(&folder)? else { return Ok(Opened::None) };
        let older = |reason: String| -> Result<Opened, ArchiveError> {
            Ok(Opened::Older { head: reader.head_at(reader.size())?, reason })
        };
        let (size, origin) = (reader.size(), reader.origin().to_owned());
        if let Some(reason) = shorter(&reader, known)? {
            return older(reason);
        }
        if let Some(row) = last
            && row_of(row.index, &reader.leaf(row.index)?, number) != row
        {
            return older(format!("leaf {} of the log {origin} is not the one that the catalog knows", row.index));
        }
        if let Some(file) = remembered {
            for head in recall(&file)?.heads.into_iter().filter(|head| head.origin == origin) {
                if head.size > size {
                    return older(format!(
                        "the log {origin} has {size} leaves, and its key has signed {}: it was taken from an older backup",
                        head.size
                    ));
                }
                if reader.head_at(head.size)? != head {
                    return older(format!(
                        "the log {origin} is not the one whose head at {} leaves its key has signed",
                        head.size
                    ));
                }
            }
        }
        let log = Log::open(&folder, disk)?;
        Ok(log.map_or(Opened::None, |log| Opened::Log(Box::new(log))))
    })
    .await
}

/// Why a log is shorter than it was, if it is.
fn shorter(reader: &LogReader, known: u64) -> Result<Option<String>, ArchiveError> {
    let (size, origin) = (reader.size(), reader.origin());
    let signed = reader.checkpoint()?.map_or(0, |checkpoint| checkpoint.head().size);
    Ok(if signed > size {
        Some(format!("the log {origin} has {size} leaves, and a head of {signed} was signed: it was cut"))
    } else if known > size {
        Some(format!(
            "the log {origin} has {size} leaves, and the catalog knows {known}: it was taken from an older backup"
        ))
    } else {
        None
    })
}

async fn begin(layout: &Layout, origin: &str) -> Result<Log, ArchiveError> {
    let (folder, disk, origin) = (layout.log(), layout.shared_disk(), origin.to_owned());
    blocking(move || Ok(Log::begin(&folder, disk, &origin)?)).await
}

async fn append_to(mut log: Log, leaves: Vec<Leaf>) -> Result<(Log, Vec<LoggedLeaf>), ArchiveError> {
    blocking(move || {
        let indexes = log.append(&leaves)?;
        let rows = indexes.zip(&leaves).map(|(index, leaf)| {
            let bytes = leaf.to_canonical_json().map_err(LogError::from)?;
            Ok(row_of(index, &bytes, 0))
        });
        let rows = rows.collect::<Result<Vec<_>, ArchiveError>>()?;
        Ok((log, rows))
    })
    .await
}

/// Puts a log aside that is not continued.
async fn end(layout: &Layout, number: u32) -> Result<(), ArchiveError> {
    let layout = layout.clone();
    blocking(move || {
        let (from, to) = (layout.log(), layout.ended_log(number));
        let parent = to.parent().unwrap_or(layout.root()).to_owned();
        let disk = layout.disk();
        disk.make_folders(&parent).map_err(io_error("making the folder", &parent))?;
        sync_folder(disk, layout.root())?;
        disk.rename(&from, &to).map_err(io_error("putting aside", &from))?;
        sync_folder(disk, &parent)?;
        sync_folder(disk, layout.root())
    })
    .await
}

/// The name of the log that goes on where one was ended.
fn successor(origin: &str) -> String {
    let (base, number) = match origin.rsplit_once("/r") {
        Some((base, number)) => (base, number.parse::<u32>().ok()),
        None => (origin, None),
    };
    match number {
        Some(number) => format!("{base}/r{}", number.saturating_add(1)),
        None => format!("{origin}/r2"),
    }
}

fn heads_file(key: &Path) -> PathBuf {
    let mut name = key.as_os_str().to_owned();
    name.push(".heads");
    PathBuf::from(name)
}

fn recall(key: &Path) -> Result<Remembered, ArchiveError> {
    let path = heads_file(key);
    match std::fs::read(&path) {
        Ok(bytes) => Ok(serde_json::from_slice(&bytes)?),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Remembered { heads: Vec::new() }),
        Err(error) => Err(io_error("reading", &path)(error)),
    }
}

/// Remembers the newest head outside the archive: a restore of the archive does not take it back.
fn remember(key: &Path, head: &LogHead) -> Result<(), ArchiveError> {
    let mut remembered = recall(key)?;
    remembered.heads.retain(|old| old.origin != head.origin);
    remembered.heads.push(head.clone());
    let path = heads_file(key);
    let bytes = serde_json::to_vec(&remembered)?;
    vidimus_disk::replace(&vidimus_disk::RealDisk, &path, &bytes).map_err(io_error("writing", &path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_that_goes_on_has_a_name_of_its_own() {
        assert_eq!(successor("archive.example/log"), "archive.example/log/r2");
        assert_eq!(successor("archive.example/log/r2"), "archive.example/log/r3");
        assert_eq!(successor("archive.example/rooms"), "archive.example/rooms/r2");
    }
}
