//! The checkpoints that were signed, and what time authorities say of them, in the folder `anchors` of the log:
//!
//! ```text
//! <size>-<first 8 digits of the checkpoint's SHA-256>/checkpoint          what waits, and is stamped: a signed checkpoint
//!                                                    /<authority>.tsq     the request, as it was sent (RFC 3161)
//!                                                    /<authority>.tsr     the whole answer, once it was verified
//!                                                    /<authority>.json    when it was asked and answered, by our clock
//!                                                    /<authority>.refused the last answer that was none
//! attempts.json                                      how long an authority that failed is left alone
//! ```
//!
//! It promises that what was queued is never lost, that an answer once kept is never replaced, and that a crash leaves
//! nothing that is taken for an answer.

use std::collections::BTreeMap;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use vidimus_disk::{Disk, replace};
use vidimus_snapshot::Digest;

use crate::note::{Checkpoint, LONGEST_NOTE};
use crate::timestamp::{LONGEST, TimestampError, TimestampRequest};

/// The file that is stamped.
const CHECKPOINT: &str = "checkpoint";
/// The file that says which authorities are left alone.
const ATTEMPTS: &str = "attempts.json";
/// How much is kept of an answer that is none, in bytes.
const KEPT_OF_REFUSED: usize = 64 * 1024;
/// How long an authority that failed is left alone; twice as long after each further failure.
const FIRST_DELAY: SignedDuration = SignedDuration::from_mins(5);
/// No authority is left alone for longer.
const LONGEST_DELAY: SignedDuration = SignedDuration::from_hours(6);

/// Why anchors cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum AnchorError {
    /// The system refused.
    #[error("{doing} {}: {source}", path.display())]
    Io {
        /// What was done.
        doing: &'static str,
        /// To what.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A file is not what its name says.
    #[error("{} {what}", path.display())]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        what: &'static str,
    },
    /// An authority's name that cannot be a file's.
    #[error("'{0}' cannot name an authority: 1 to 40 of a to z, 0 to 9 and - are wanted")]
    Name(String),
    /// A request cannot be written.
    #[error(transparent)]
    Request(#[from] TimestampError),
}

/// The queue and what came of it.
#[derive(Debug, Clone)]
pub struct Anchors {
    folder: PathBuf,
    disk: Arc<dyn Disk>,
}

/// A checkpoint that waits for timestamps, or has some.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Anchor {
    /// How many leaves it covers.
    pub size: u64,
    /// The name of its folder.
    pub name: String,
}

/// An answer of an authority that was kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// To what.
    pub anchor: Anchor,
    /// Whose: its name in the configuration.
    pub authority: String,
}

/// When an authority was asked and when it answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// When the request was sent, by our clock.
    pub asked_at: Timestamp,
    /// When the answer had come, by our clock.
    pub received_at: Timestamp,
    /// The time in the token.
    pub gen_time: Timestamp,
    /// Whether the token's chain was checked against a root that the configuration names.
    pub verified: bool,
}

impl Receipt {
    /// How far the authority's clock was before ours, in milliseconds. Many tokens have whole seconds only, and the answer
    /// was on its way: it is no more exact than that.
    pub fn offset_ms(&self) -> i64 {
        let offset = self.gen_time.duration_since(self.received_at).as_millis();
        i64::try_from(offset).unwrap_or(i64::MAX)
    }
}

/// How far our clock was off, by the last authority that answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClockCheck {
    /// See [`Receipt::offset_ms`].
    pub offset_ms: i64,
    /// When that was measured, by our clock.
    pub checked_at: Timestamp,
    /// By which authority.
    pub authority: String,
}

/// For how long authorities that failed are left alone.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempts(BTreeMap<String, Attempt>);

/// An authority that failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// How often in a row.
    pub failures: u32,
    /// Before this time it is not asked again by itself.
    pub next_try: Timestamp,
    /// What happened last.
    pub why: String,
}

impl Attempts {
    /// The last failure of an authority, if it has not answered since.
    pub fn of(&self, authority: &str) -> Option<&Attempt> {
        self.0.get(authority)
    }

    /// Whether an authority is still left alone.
    pub fn waits(&self, authority: &str, now: Timestamp) -> bool {
        self.of(authority).is_some_and(|attempt| now < attempt.next_try)
    }

    /// An authority has failed.
    pub fn failed(&mut self, authority: &str, why: &str, now: Timestamp) {
        let failures = self.of(authority).map_or(0, |attempt| attempt.failures);
        let doubled = FIRST_DELAY.checked_mul(1 << failures.min(20)).unwrap_or(LONGEST_DELAY);
        let next_try = now.checked_add(doubled.min(LONGEST_DELAY)).unwrap_or(now);
        let attempt = Attempt { failures: failures.saturating_add(1), next_try, why: why.to_owned() };
        self.0.insert(authority.to_owned(), attempt);
    }

    /// An authority has answered.
    pub fn answered(&mut self, authority: &str) {
        self.0.remove(authority);
    }
}

/// Held by whoever asks the authorities, so that a request and the answer beside it always belong together.
#[derive(Debug)]
pub struct AskingLock(#[expect(dead_code, reason = "the lock lasts as long as the file is open")] File);

/// Whether an authority may have this name: it is part of the names of files.
pub fn is_authority_name(name: &str) -> bool {
    (1..=40).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

impl Anchors {
    /// Those of the log in this folder; there need not be any yet.
    pub fn of(log: &Path, disk: Arc<dyn Disk>) -> Self {
        Self { folder: log.join("anchors"), disk }
    }

    /// Puts a signed checkpoint into the queue, durably. One that is there already stays as it is.
    pub fn enqueue(&self, checkpoint: &Checkpoint) -> Result<Anchor, AnchorError> {
        let bytes = checkpoint.as_bytes();
        let size = checkpoint.head().size;
        let digest = Digest::of(bytes).hex();
        let name = format!("{size}-{}", digest.get(..8).unwrap_or(&digest));
        let folder = self.folder.join(&name);
        let path = folder.join(CHECKPOINT);
        if !path.is_file() {
            self.disk.make_folders(&folder).map_err(failed("making the folder", &folder))?;
            replace(&*self.disk, &path, bytes).map_err(failed("writing", &path))?;
            // The names of the folders, too, have to last.
            for folder in [Some(self.folder.as_path()), self.folder.parent()].into_iter().flatten() {
                self.disk.sync_folder(folder).map_err(failed("syncing the folder", folder))?;
            }
        }
        Ok(Anchor { size, name })
    }

    /// All checkpoints that were ever queued, by size.
    pub fn all(&self) -> Result<Vec<Anchor>, AnchorError> {
        let mut all = Vec::new();
        for name in names(&self.folder)? {
            let size = name.split_once('-').and_then(|(size, _)| size.parse().ok());
            // A folder in which a crash left no checkpoint is as good as none.
            let anchor = size.map(|size| Anchor { size, name });
            all.extend(anchor.filter(|anchor| self.path(anchor, CHECKPOINT).is_file()));
        }
        all.sort();
        Ok(all)
    }

    /// What has no answer yet from one of these authorities or another, by size. Of an authority that was never asked only
    /// the newest waits: what is older was stamped, or not, by those that there were.
    pub fn pending(&self, authorities: &[&str]) -> Result<Vec<Anchor>, AnchorError> {
        let all = self.all()?;
        let mut pending = Vec::new();
        for authority in authorities {
            let asked = |anchor: &Anchor| self.path(anchor, &format!("{authority}.tsq")).is_file();
            let first = all.iter().position(asked).unwrap_or(all.len().saturating_sub(1));
            let since = all.iter().skip(first);
            pending.extend(since.filter(|anchor| !self.is_answered(anchor, authority)).cloned());
        }
        pending.sort();
        pending.dedup();
        Ok(pending)
    }

    /// Whether there is an answer of an authority.
    pub fn is_answered(&self, anchor: &Anchor, authority: &str) -> bool {
        self.path(anchor, &format!("{authority}.tsr")).is_file()
    }

    /// All answers that were kept, by the size of what they are to. Only names are read: whoever wants to know what is in
    /// one asks [`Anchors::response`].
    pub fn answered(&self) -> Result<Vec<Answer>, AnchorError> {
        let mut found = Vec::new();
        for anchor in self.all()? {
            let files = names(&self.folder.join(&anchor.name))?;
            let authorities = files.iter().filter_map(|name| name.strip_suffix(".tsr"));
            let mut authorities: Vec<&str> = authorities.filter(|name| is_authority_name(name)).collect();
            authorities.sort_unstable();
            let of = |authority: &str| Answer { anchor: anchor.clone(), authority: authority.to_owned() };
            found.extend(authorities.into_iter().map(of));
        }
        Ok(found)
    }

    /// Since when a checkpoint has been in the queue.
    pub fn queued_at(&self, anchor: &Anchor) -> Option<Timestamp> {
        let written = fs::metadata(self.path(anchor, CHECKPOINT)).and_then(|facts| facts.modified());
        written.ok().and_then(|time| Timestamp::try_from(time).ok())
    }

    /// The bytes that are stamped; they are those that the folder is named after.
    pub fn checkpoint(&self, anchor: &Anchor) -> Result<Vec<u8>, AnchorError> {
        let path = self.path(anchor, CHECKPOINT);
        let bytes = read(&path, LONGEST_NOTE)?;
        let named = anchor.name.split_once('-').map(|(_, digest)| digest);
        if named.is_some_and(|named| named.len() == 8 && Digest::of(&bytes).hex().starts_with(named)) {
            return Ok(bytes);
        }
        Err(AnchorError::Damaged { path, what: "is not the checkpoint that its folder is named after" })
    }

    /// Makes a request to an authority, durably: it is written before it can be sent.
    pub fn request(
        &self,
        anchor: &Anchor,
        authority: &str,
        nonce: [u8; 16],
    ) -> Result<TimestampRequest, AnchorError> {
        let request = TimestampRequest::of(&self.checkpoint(anchor)?, nonce);
        self.put(anchor, authority, "tsq", &request.to_der()?)?;
        Ok(request)
    }

    /// The request that was sent last, as it was.
    pub fn query(&self, answer: &Answer) -> Result<Vec<u8>, AnchorError> {
        read(&self.path(&answer.anchor, &format!("{}.tsq", answer.authority)), LONGEST)
    }

    /// An answer, as it came.
    pub fn response(&self, answer: &Answer) -> Result<Vec<u8>, AnchorError> {
        read(&self.path(&answer.anchor, &format!("{}.tsr", answer.authority)), LONGEST)
    }

    /// When an answer was asked for and came; `None` where nothing was noted.
    pub fn receipt(&self, answer: &Answer) -> Option<Receipt> {
        let path = self.path(&answer.anchor, &format!("{}.json", answer.authority));
        serde_json::from_slice(&read(&path, LONGEST).ok()?).ok()
    }

    /// Keeps an answer that was verified, durably. One that is there already stays.
    pub fn keep(
        &self,
        anchor: &Anchor,
        authority: &str,
        response: &[u8],
        receipt: &Receipt,
    ) -> Result<(), AnchorError> {
        if self.is_answered(anchor, authority) {
            return Ok(());
        }
        let receipt = serde_json::to_vec(receipt).unwrap_or_default();
        self.put(anchor, authority, "json", &receipt)?;
        // The answer comes last: where it is, all is.
        self.put(anchor, authority, "tsr", response)
    }

    /// Keeps what an authority sent in place of an answer, for a person to look at; the last one only, and not all of it
    /// when it is long.
    pub fn keep_refused(&self, anchor: &Anchor, authority: &str, response: &[u8]) -> Result<(), AnchorError> {
        let kept = response.get(..KEPT_OF_REFUSED).unwrap_or(response);
        self.put(anchor, authority, "refused", kept)
    }

    /// What the newest answer says of our clock.
    pub fn clock_check(&self) -> Result<Option<ClockCheck>, AnchorError> {
        let all = self.all()?;
        for anchor in all.into_iter().rev() {
            let files = names(&self.folder.join(&anchor.name))?;
            let authorities = files.iter().filter_map(|name| name.strip_suffix(".tsr"));
            let checks = authorities.filter_map(|authority| {
                let receipt =
                    self.receipt(&Answer { anchor: anchor.clone(), authority: authority.to_owned() })?;
                let (offset_ms, checked_at) = (receipt.offset_ms(), receipt.received_at);
                let trusted = receipt.verified;
                trusted.then(|| ClockCheck { offset_ms, checked_at, authority: authority.to_owned() })
            });
            if let Some(newest) = checks.max_by_key(|check| check.checked_at) {
                return Ok(Some(newest));
            }
        }
        Ok(None)
    }

    /// For whoever is about to ask; `None` while another process does.
    pub fn lock(&self) -> Result<Option<AskingLock>, AnchorError> {
        let failed = || failed("locking", &self.folder);
        let folder = File::open(&self.folder).map_err(failed())?;
        match folder.try_lock() {
            Ok(()) => Ok(Some(AskingLock(folder))),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(failed()(error)),
        }
    }

    /// How long who is left alone. A file that cannot be read counts as none.
    pub fn attempts(&self) -> Attempts {
        let bytes = read(&self.folder.join(ATTEMPTS), LONGEST).ok();
        bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
    }

    /// Notes who is left alone, and for how long.
    pub fn note_attempts(&self, attempts: &Attempts) -> Result<(), AnchorError> {
        let path = self.folder.join(ATTEMPTS);
        let bytes = serde_json::to_vec(attempts).unwrap_or_default();
        replace(&*self.disk, &path, &bytes).map_err(failed("writing", &path))
    }

    fn path(&self, anchor: &Anchor, file: &str) -> PathBuf {
        self.folder.join(&anchor.name).join(file)
    }

    fn put(&self, anchor: &Anchor, authority: &str, ending: &str, bytes: &[u8]) -> Result<(), AnchorError> {
        if !is_authority_name(authority) {
            return Err(AnchorError::Name(authority.to_owned()));
        }
        let path = self.path(anchor, &format!("{authority}.{ending}"));
        replace(&*self.disk, &path, bytes).map_err(failed("writing", &path))
    }
}

/// What a failed operation of the system becomes.
fn failed(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> AnchorError {
    let path = path.to_owned();
    move |source| AnchorError::Io { doing, path, source }
}

/// The names in a folder, those left out that are no text; none where there is no folder.
fn names(folder: &Path) -> Result<Vec<String>, AnchorError> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(failed("reading the folder", folder)(error)),
    };
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry.map_err(failed("reading the folder", folder))?;
        names.extend(entry.file_name().into_string().ok());
    }
    Ok(names)
}

/// The bytes of a file that has no more than so many.
fn read(path: &Path, longest: usize) -> Result<Vec<u8>, AnchorError> {
    let facts = fs::metadata(path).map_err(failed("reading", path))?;
    if facts.len() > longest as u64 {
        return Err(AnchorError::Damaged { path: path.to_owned(), what: "is longer than any that we write" });
    }
    fs::read(path).map_err(failed("reading", path))
}
