//! The one pass over a file: its bytes are counted and hashed as they go by to the reader of records, no faster than
//! allowed, and until somebody asks to stop.

use std::cell::RefCell;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::num::NonZeroU64;
use std::path::Path;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use vidimus_snapshot::{Digest, Hasher};

use crate::ArchiveError;
use crate::error::io_error;

/// The longest sleep before somebody who asks to stop is heard.
const NAP: Duration = Duration::from_millis(50);
/// What was not read for so long may be read at once: a pause must not be made good by a burst.
const SAVED: Duration = Duration::from_millis(200);
/// How much is read at a time.
const CHUNK: usize = 256 << 10;

/// How fast a verification may read, how far it has come, and whether it is to stop. Clones share all of it.
#[derive(Debug, Clone, Default)]
pub struct Pace(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    rate: Option<NonZeroU64>,
    /// When the next bytes may be read.
    next: Mutex<Option<Instant>>,
    bytes: AtomicU64,
    stopped: AtomicBool,
}

impl Pace {
    /// No more than so many bytes a second; without a rate, as fast as it goes.
    pub fn new(rate: Option<NonZeroU64>) -> Self {
        Self(Arc::new(Shared { rate, ..Shared::default() }))
    }

    /// Asks to stop: the file that is being read is left, and counts as not checked.
    pub fn stop(&self) {
        self.0.stopped.store(true, Ordering::SeqCst);
    }

    /// Whether somebody asked to stop.
    pub fn is_stopped(&self) -> bool {
        self.0.stopped.load(Ordering::SeqCst)
    }

    /// How many bytes were read so far.
    pub fn bytes(&self) -> u64 {
        self.0.bytes.load(Ordering::Relaxed)
    }

    /// Notes that so many bytes were read, and waits as long as they may take.
    pub(super) fn took(&self, count: u64) {
        self.0.bytes.fetch_add(count, Ordering::Relaxed);
        let Some(rate) = self.0.rate else { return };
        let until = self.allot(count, rate);
        while !self.is_stopped() {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            std::thread::sleep(left.min(NAP));
        }
    }

    /// When so many bytes, read now, are within the rate.
    fn allot(&self, count: u64, rate: NonZeroU64) -> Instant {
        let now = Instant::now();
        let mut next = self.0.next.lock().unwrap_or_else(PoisonError::into_inner);
        let from = next.map_or(now, |next| next.max(now.checked_sub(SAVED).unwrap_or(now)));
        #[expect(clippy::cast_precision_loss, reason = "a time to sleep need not be exact")]
        let takes = Duration::try_from_secs_f64(count as f64 / rate.get() as f64).unwrap_or_default();
        let until = from.checked_add(takes).unwrap_or(from);
        *next = Some(until);
        until
    }
}

/// What is known of the bytes that went by.
#[derive(Default)]
struct Passed {
    /// How far the file was hashed without a gap.
    to: u64,
    hasher: Hasher,
}

/// A file whose bytes are hashed as they are read. A reader that goes back after damage reads some of them twice; they
/// are hashed once.
pub(super) struct Source {
    file: File,
    at: u64,
    passed: Rc<RefCell<Passed>>,
    pace: Pace,
}

/// What is left of a [`Source`] when its reader is done with it: the digest of the whole file.
pub(super) struct Whole {
    source: Source,
}

/// Opens a file for its pass.
pub(super) fn open(path: &Path, pace: &Pace) -> Result<(BufReader<Source>, Whole), ArchiveError> {
    let opened = || File::open(path).map_err(io_error("opening", path));
    let passed = Rc::<RefCell<Passed>>::default();
    let source = |file| Source { file, at: 0, passed: Rc::clone(&passed), pace: pace.clone() };
    let whole = Whole { source: source(opened()?) };
    Ok((BufReader::with_capacity(CHUNK, source(opened()?)), whole))
}

impl Whole {
    /// Length and digest of the whole file; what no reader has read yet is read now.
    pub(super) fn finish(mut self) -> io::Result<(u64, Digest)> {
        let to = self.source.passed.borrow().to;
        self.source.seek(SeekFrom::Start(to))?;
        let mut chunk = vec![0_u8; CHUNK];
        while self.source.read(&mut chunk)? > 0 {}
        let mut passed = self.source.passed.borrow_mut();
        let hasher = std::mem::take(&mut passed.hasher);
        Ok((passed.to, hasher.finish()))
    }
}

impl Read for Source {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if self.pace.is_stopped() {
            return Err(io::Error::other("stopped as asked"));
        }
        let count = self.file.read(buf)?;
        let end = self.at.saturating_add(count as u64);
        {
            let mut passed = self.passed.borrow_mut();
            if self.at <= passed.to && end > passed.to {
                let known = usize::try_from(passed.to - self.at).unwrap_or(count);
                passed.hasher.update(buf.get(known..count).unwrap_or_default());
                passed.to = end;
            }
        }
        self.at = end;
        self.pace.took(count as u64);
        Ok(count)
    }
}

impl Seek for Source {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.at = self.file.seek(to)?;
        Ok(self.at)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn the_digest_is_that_of_the_whole_file_however_it_was_read() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        let bytes: Vec<u8> = (0..700_000_u32).flat_map(u32::to_le_bytes).collect();
        file.write_all(&bytes).unwrap();
        let expected = (bytes.len() as u64, Digest::of(&bytes));

        let pace = Pace::default();
        let (_, whole) = open(file.path(), &pace).unwrap();
        assert_eq!(whole.finish().unwrap(), expected, "nothing was read before");

        let (mut reader, whole) = open(file.path(), &pace).unwrap();
        let mut some = vec![0; 300_000];
        reader.read_exact(&mut some).unwrap();
        reader.seek(SeekFrom::Start(7)).unwrap();
        reader.read_exact(&mut some).unwrap();
        reader.seek(SeekFrom::Start(2_000_000)).unwrap();
        reader.read_exact(&mut some).unwrap();
        assert_eq!(whole.finish().unwrap(), expected, "it went back, and left a gap");

        pace.stop();
        let (_, whole) = open(file.path(), &pace).unwrap();
        assert!(whole.finish().is_err(), "who is asked to stop reads no more");
    }

    #[test]
    fn a_rate_allots_time_and_saves_none_up() {
        let rate = NonZeroU64::new(1000).unwrap();
        let pace = Pace::new(Some(rate));
        let begin = Instant::now();
        let first = pace.allot(500, rate);
        let second = pace.allot(500, rate);
        assert!(first >= begin + Duration::from_millis(500) && second >= first + Duration::from_millis(500));
        assert!(second <= Instant::now() + Duration::from_secs(1));
    }
}
