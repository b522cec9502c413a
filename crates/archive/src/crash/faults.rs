//! A disk that refuses: every operation of a run fails in turn, in each way that disks do. The run ends with a sentence
//! that says on which file and what to do, what was acknowledged is kept, and the next run goes on.

use std::cell::RefCell;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::{Promise, State, archive_of_before, check, run};
use crate::{ArchiveError, Layout};
use vidimus_disk::{Disk, DiskFile, RealDisk};

/// How the system calls it, and what the sentence must say.
const REFUSALS: [(i32, &str); 4] = [
    (5, "may be failing"),
    (28, "make space and run again"),
    (30, "check who may write there"),
    (13, "check who may write there"),
];

/// Refuses one operation, and does all others.
#[derive(Debug, Clone)]
pub(super) struct Refusing {
    left: Arc<AtomicUsize>,
    code: i32,
}

impl Refusing {
    /// Refuses the operation of this number with this code.
    pub(super) fn at(left: Arc<AtomicUsize>, code: i32) -> Self {
        Self { left, code }
    }

    fn is_refused(&self) -> io::Result<()> {
        match self.left.fetch_sub(1, Ordering::SeqCst) {
            1 => Err(io::Error::from_raw_os_error(self.code)),
            _ => Ok(()),
        }
    }

    fn file(&self, file: Box<dyn DiskFile>) -> Box<dyn DiskFile> {
        Box::new(RefusingFile { disk: self.clone(), file })
    }
}

impl Disk for Refusing {
    fn make_folders(&self, path: &Path) -> io::Result<()> {
        self.is_refused().and_then(|()| RealDisk.make_folders(path))
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        self.is_refused().and_then(|()| RealDisk.create(path)).map(|file| self.file(file))
    }

    fn reopen(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        self.is_refused().and_then(|()| RealDisk.reopen(path)).map(|file| self.file(file))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.is_refused().and_then(|()| RealDisk.rename(from, to))
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.is_refused().and_then(|()| RealDisk.remove(path))
    }

    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        self.is_refused().and_then(|()| RealDisk.sync_folder(path))
    }
}

#[derive(Debug)]
struct RefusingFile {
    disk: Refusing,
    file: Box<dyn DiskFile>,
}

impl DiskFile for RefusingFile {
    /// A disk that is full takes what still fits.
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        let refused = self.disk.is_refused();
        let fits = if refused.is_err() { bytes.len() / 2 } else { bytes.len() };
        self.file.append(&bytes[..fits])?;
        refused
    }

    fn cut(&mut self, length: u64) -> io::Result<()> {
        self.disk.is_refused().and_then(|()| self.file.cut(length))
    }

    fn sync(&mut self) -> io::Result<()> {
        self.disk.is_refused().and_then(|()| self.file.sync())
    }
}

#[tokio::test]
async fn every_refusal_of_the_disk_is_told_with_what_to_do_and_costs_nothing() {
    let (mut points, mut first) = (0, 1);
    'run: loop {
        // Each operation is refused in two ways; its neighbours in the two others.
        for (code, says) in REFUSALS.into_iter().skip(first % 2).step_by(2) {
            let dir = archive_of_before().await;
            let disk = Refusing::at(Arc::new(AtomicUsize::new(first)), code);
            let promised = RefCell::new(Vec::new());
            let note = |promise: Promise| promised.borrow_mut().push(promise);
            let ended = run(&Layout::on(dir.path(), Arc::new(disk)), &note).await;
            let what = format!("operation {first} refused with {code}");
            let Err(error) = ended else { break 'run };
            let told = error.to_string();
            assert!(matches!(error, ArchiveError::Io { .. }), "{what}: {told}");
            assert!(told.contains(says) && told.contains(&*dir.path().to_string_lossy()), "{what}: {told}");
            let promised = promised.into_inner();
            let state = State { what, tree: Default::default(), commits: 0, is_behind: false, promised };
            check(dir.path(), &state).await;
            points += 1;
        }
        first += 1;
    }
    println!("{points} refusals");
    assert!(points > 100, "the run does less than it should");
}

#[tokio::test]
async fn a_backup_that_the_disk_refused_anywhere_is_completed_by_the_next() {
    let live = archive_of_before().await;
    for first in 1.. {
        let copy = super::folder();
        let disk = Refusing::at(Arc::new(AtomicUsize::new(first)), 28);
        let refusing = Layout::on(live.path(), Arc::new(disk));
        let ended = crate::backup(&refusing, copy.path(), "a test", |_| {}).await;
        let done = crate::backup(&Layout::new(live.path()), copy.path(), "a test", |_| {}).await;
        let done = done.unwrap_or_else(|error| panic!("after operation {first} was refused: {error}"));
        assert_eq!((done.captures, done.problems.len()), (1, 0), "operation {first}");
        if ended.is_ok() {
            assert!(first > 10, "the backup does less than it should");
            return;
        }
    }
}
