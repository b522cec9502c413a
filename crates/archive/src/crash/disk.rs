//! A disk that remembers what was done to it, and what of it a power cut would leave.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use vidimus_disk::{Disk, DiskFile, RealDisk};

/// One thing that was done; paths are relative to the archive.
#[derive(Debug, Clone)]
pub enum Op {
    Folders(PathBuf),
    Create(PathBuf),
    Append(PathBuf, Vec<u8>),
    Cut(PathBuf, u64),
    Sync(PathBuf),
    Rename(PathBuf, PathBuf),
    Remove(PathBuf),
    SyncFolder(PathBuf),
}

/// A thing that was done, or that was promised to whoever waits for it, and how long the catalog's log then was.
#[derive(Debug, Clone)]
pub struct Event<A> {
    pub what: What<A>,
    pub log_length: u64,
}

#[derive(Debug, Clone)]
pub enum What<A> {
    Done(Op),
    Acknowledged(A),
}

/// Does everything on the real disk, and writes it down.
#[derive(Debug)]
pub struct Recorder<A> {
    root: PathBuf,
    events: Arc<Mutex<Vec<Event<A>>>>,
}

impl<A> Clone for Recorder<A> {
    fn clone(&self) -> Self {
        Self { root: self.root.clone(), events: Arc::clone(&self.events) }
    }
}

impl<A: Clone> Recorder<A> {
    pub fn new(root: &Path) -> Self {
        Self { root: root.to_owned(), events: Arc::default() }
    }

    pub fn note(&self, what: What<A>) {
        let log = self.root.join("catalog.sqlite-wal");
        let log_length = log.metadata().map_or(0, |facts| facts.len());
        self.events.lock().unwrap().push(Event { what, log_length });
    }

    pub fn events(&self) -> Vec<Event<A>> {
        self.events.lock().unwrap().clone()
    }

    fn done<T>(&self, result: io::Result<T>, op: Op) -> io::Result<T> {
        self.note(What::Done(op));
        result
    }

    fn relative(&self, path: &Path) -> PathBuf {
        path.strip_prefix(&self.root).expect("everything is done inside the archive").to_owned()
    }
}

impl<A: Clone + std::fmt::Debug + Send + Sync + 'static> Disk for Recorder<A> {
    fn make_folders(&self, path: &Path) -> io::Result<()> {
        self.done(RealDisk.make_folders(path), Op::Folders(self.relative(path)))
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        let file = self.done(RealDisk.create(path), Op::Create(self.relative(path)))?;
        Ok(Box::new(RecordedFile { recorder: self.clone(), path: self.relative(path), file }))
    }

    fn reopen(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        let file = RealDisk.reopen(path)?;
        Ok(Box::new(RecordedFile { recorder: self.clone(), path: self.relative(path), file }))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.done(RealDisk.rename(from, to), Op::Rename(self.relative(from), self.relative(to)))
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.done(RealDisk.remove(path), Op::Remove(self.relative(path)))
    }

    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        self.done(RealDisk.sync_folder(path), Op::SyncFolder(self.relative(path)))
    }
}

#[derive(Debug)]
struct RecordedFile<A> {
    recorder: Recorder<A>,
    path: PathBuf,
    file: Box<dyn DiskFile>,
}

impl<A: Clone + std::fmt::Debug + Send + Sync + 'static> DiskFile for RecordedFile<A> {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        let result = self.file.append(bytes);
        self.recorder.done(result, Op::Append(self.path.clone(), bytes.to_vec()))
    }

    fn cut(&mut self, length: u64) -> io::Result<()> {
        let result = self.file.cut(length);
        self.recorder.done(result, Op::Cut(self.path.clone(), length))
    }

    fn sync(&mut self) -> io::Result<()> {
        let result = self.file.sync();
        self.recorder.done(result, Op::Sync(self.path.clone()))
    }
}

/// What becomes of bytes that were written and not synced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Bytes {
    Dropped,
    Kept,
    /// The first half is there, and the file ends with it.
    Half,
    /// The first half is there, and zeros up to the length that the file had.
    Zeros,
}

pub const BYTES: [Bytes; 4] = [Bytes::Dropped, Bytes::Kept, Bytes::Half, Bytes::Zeros];

/// What is there after a power cut: folders, and files with their content.
pub type Tree = BTreeMap<PathBuf, Option<Vec<u8>>>;

#[derive(Debug, Clone, Default)]
struct Inode {
    synced: Vec<u8>,
    now: Vec<u8>,
}

/// The disk as it is, and as it surely is.
#[derive(Debug, Clone, Default)]
pub struct Model {
    inodes: Vec<Inode>,
    /// Files by name; folders have no inode.
    now: BTreeMap<PathBuf, Option<usize>>,
    durable: BTreeMap<PathBuf, Option<usize>>,
}

impl Model {
    /// A disk on which all this has long been durable.
    pub fn of(tree: &Tree) -> Self {
        let mut model = Self::default();
        for (path, content) in tree {
            let inode = content.as_ref().map(|bytes| model.add(bytes));
            model.now.insert(path.clone(), inode);
        }
        model.durable = model.now.clone();
        model
    }

    fn add(&mut self, bytes: &[u8]) -> usize {
        self.inodes.push(Inode { synced: bytes.to_vec(), now: bytes.to_vec() });
        self.inodes.len() - 1
    }

    fn inode(&mut self, path: &Path) -> &mut Inode {
        let number = self.now[path].expect("only files are written to");
        &mut self.inodes[number]
    }

    pub fn apply(&mut self, op: &Op) {
        match op {
            Op::Folders(path) => {
                let above = path.ancestors().filter(|path| !path.as_os_str().is_empty());
                above.for_each(|path| {
                    self.now.entry(path.to_owned()).or_insert(None);
                });
            }
            Op::Create(path) => {
                let inode = self.add(b"");
                self.now.insert(path.clone(), Some(inode));
            }
            Op::Append(path, bytes) => self.inode(path).now.extend(bytes),
            Op::Cut(path, length) => self.inode(path).now.truncate(usize::try_from(*length).unwrap()),
            Op::Sync(path) => {
                let inode = self.inode(path);
                inode.synced = inode.now.clone();
            }
            Op::Rename(from, to) => {
                let inode = self.now.remove(from).expect("only what is there is renamed");
                self.now.insert(to.clone(), inode);
            }
            Op::Remove(path) => {
                self.now.remove(path);
            }
            Op::SyncFolder(folder) => {
                let is_in = |path: &PathBuf| path.parent() == Some(folder.as_path());
                self.durable.retain(|path, _| !is_in(path));
                let of_folder = self.now.iter().filter(|(path, _)| is_in(path));
                self.durable.extend(of_folder.map(|(path, inode)| (path.clone(), *inode)));
            }
        }
    }

    /// The folders in which names are not as they surely are, and how many files hold bytes that are not synced.
    pub fn undecided(&self) -> (BTreeSet<PathBuf>, BTreeSet<usize>) {
        let differs = |path: &&PathBuf| self.now.get(*path) != self.durable.get(*path);
        let names = self.now.keys().chain(self.durable.keys()).filter(differs);
        let folders = names.filter_map(|path| path.parent().map(Path::to_owned)).collect();
        let is_open = |(_, inode): &(usize, &Inode)| inode.synced != inode.now;
        (folders, self.inodes.iter().enumerate().filter(is_open).map(|(number, _)| number).collect())
    }

    /// What is there after a power cut that kept the names of these folders, and did this to bytes of these files.
    pub fn after(&self, kept: &BTreeSet<PathBuf>, bytes: impl Fn(usize) -> Bytes) -> Tree {
        let of_kept = |path: &Path| path.parent().is_some_and(|folder| kept.contains(folder));
        let durable = self.durable.iter().filter(|(path, _)| !of_kept(path));
        let names: BTreeMap<_, _> =
            durable.chain(self.now.iter().filter(|(path, _)| of_kept(path))).collect();
        let mut tree = Tree::new();
        for (path, inode) in names {
            // What is in a folder that is gone is gone.
            let folder = path.parent().unwrap_or(Path::new(""));
            if folder.as_os_str().is_empty() || tree.contains_key(folder) {
                let content = inode.map(|number| self.inodes[number].after(bytes(number)));
                tree.insert(path.clone(), content);
            }
        }
        tree
    }
}

impl Inode {
    fn after(&self, bytes: Bytes) -> Vec<u8> {
        let half = self.synced.len() + self.now.len().saturating_sub(self.synced.len()) / 2;
        match bytes {
            Bytes::Dropped => self.synced.clone(),
            Bytes::Kept => self.now.clone(),
            _ if self.now.len() <= self.synced.len() => self.now.clone(),
            Bytes::Half => self.now[..half].to_vec(),
            Bytes::Zeros => [&self.now[..half], &vec![0; self.now.len() - half]].concat(),
        }
    }
}

/// Everything in a folder but the catalog and the lock.
pub fn tree_of(root: &Path) -> Tree {
    let mut tree = Tree::new();
    collect(root, root, &mut tree);
    tree
}

fn collect(root: &Path, folder: &Path, tree: &mut Tree) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let relative = path.strip_prefix(root).unwrap().to_owned();
        let is_of_catalog = relative.to_string_lossy().starts_with("catalog.");
        if path.is_dir() {
            tree.insert(relative, None);
            collect(root, &path, tree);
        } else if !is_of_catalog && relative != Path::new("vidimus.lock") {
            tree.insert(relative, Some(std::fs::read(&path).unwrap()));
        }
    }
}
