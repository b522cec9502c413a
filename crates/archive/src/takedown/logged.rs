//! What the log says of takedowns: which captures were taken down, and which files were rewritten for it.

use std::path::{Path, PathBuf};

use vidimus_catalog::{Catalog, Removed};
use vidimus_ledger::{Custody, Event, Leaf, LogReader};
use vidimus_snapshot::{Digest, SnapshotId};

use crate::blocking::blocking;
use crate::{ArchiveError, Layout};

/// The kinds of leaves that are read.
const KINDS: [&str; 2] = ["tombstone", "custody"];
/// How many leaves a bundle of the log holds.
const BUNDLE: u64 = 256;

/// A log, and which of its leaves are to be read: those at some indexes, and all from one on.
struct Wanted {
    folder: PathBuf,
    at: Vec<u64>,
    from: u64,
}

/// What the logs say of takedowns. The catalog knows where that is said; what it does not know yet is read through.
pub(crate) async fn logged(layout: &Layout, catalog: &Catalog) -> Result<Logged, ArchiveError> {
    let mut leaves = Vec::new();
    for kind in KINDS {
        leaves.extend(catalog.leaves_of_kind(kind).await?);
    }
    let mut wanted = Vec::new();
    for (number, folder) in folders(layout)? {
        let mut at: Vec<u64> =
            leaves.iter().filter(|leaf| leaf.log == number).map(|leaf| leaf.index).collect();
        at.sort_unstable();
        wanted.push(Wanted { folder, at, from: catalog.leaf_count(number).await? });
    }
    blocking(move || read(&wanted)).await
}

/// The same where there is no catalog to ask.
pub(crate) fn logged_beside(layout: &Layout) -> Result<Logged, ArchiveError> {
    let of = |(_, folder)| Wanted { folder, at: Vec::new(), from: 0 };
    read(&folders(layout)?.into_iter().map(of).collect::<Vec<_>>())
}

/// The archive's logs with their numbers, oldest first.
fn folders(layout: &Layout) -> Result<Vec<(u32, PathBuf)>, ArchiveError> {
    let mut folders = layout.ended_logs()?;
    let number = folders.last().map_or(0, |(number, _)| *number) + 1;
    folders.push((number, layout.log()));
    Ok(folders)
}

fn read(wanted: &[Wanted]) -> Result<Logged, ArchiveError> {
    let mut logged = Logged::default();
    for wanted in wanted {
        let Some(log) = open(&wanted.folder)? else { continue };
        for index in wanted.at.iter().filter(|index| **index < log.size().min(wanted.from)) {
            logged.add_bytes(&log.leaf(*index)?);
        }
        let mut index = wanted.from;
        while index < log.size() {
            let skip = usize::try_from(index % BUNDLE).unwrap_or_default();
            let bundle = log.bundle(index / BUNDLE)?;
            bundle.iter().skip(skip).for_each(|leaf| logged.add_bytes(leaf));
            index = (index / BUNDLE + 1) * BUNDLE;
        }
    }
    Ok(logged)
}

fn open(folder: &Path) -> Result<Option<LogReader>, ArchiveError> {
    Ok(if folder.is_dir() { LogReader::open(folder)? } else { None })
}

/// A file that a takedown wrote anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rewrite {
    /// Relative to the archive.
    pub file: String,
    pub before: Digest,
    pub after: Digest,
    pub target: SnapshotId,
}

/// The tombstones and rewrites of the log, in its order.
#[derive(Debug, Clone, Default)]
pub(crate) struct Logged {
    pub removals: Vec<Removed>,
    pub rewrites: Vec<Rewrite>,
}

impl Logged {
    /// Takes in what is a leaf of ours.
    fn add_bytes(&mut self, bytes: &[u8]) {
        if let Ok(leaf) = Leaf::read(bytes) {
            self.add(leaf);
        }
    }

    /// Takes a leaf in; those of other kinds are passed over.
    pub(crate) fn add(&mut self, leaf: Leaf) {
        match leaf.event {
            Event::Tombstone { target, scope, reason, authority_ref_sha256, by } => {
                self.removals.push(Removed {
                    snapshot: target,
                    leaf: leaf.id,
                    removed_at: leaf.logged_at,
                    reason,
                    by,
                    scope,
                    authority_ref_sha256,
                    finished: false,
                });
            }
            Event::Custody(Custody::Rewrite { file, before_sha256, after_sha256, target }) => {
                self.rewrites.push(Rewrite { file, before: before_sha256, after: after_sha256, target });
            }
            _ => {}
        }
    }

    /// What a file that had this digest has become by all its rewrites.
    pub(crate) fn newest(&self, file: &str, digest: Digest) -> Digest {
        let of_file = self.rewrites.iter().filter(|rewrite| rewrite.file == file);
        of_file.fold(digest, |now, rewrite| if rewrite.before == now { rewrite.after } else { now })
    }

    /// Whether rewrites, and nothing else, made a file with one digest the one with the other.
    pub(crate) fn leads(&self, file: &str, from: Digest, to: Digest) -> bool {
        let mut now = from;
        for rewrite in self.rewrites.iter().filter(|rewrite| rewrite.file == file) {
            if now == to {
                return true;
            }
            if rewrite.before == now {
                now = rewrite.after;
            }
        }
        now == to
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_followed_through_all_that_was_done_to_it() {
        let digest = |n: u8| Digest::of(&[n]);
        let rewrite = |file: &str, before, after| Rewrite {
            file: file.to_owned(),
            before: digest(before),
            after: digest(after),
            target: SnapshotId::of_manifest(b"{}"),
        };
        let rewrites = vec![rewrite("a", 1, 2), rewrite("b", 2, 9), rewrite("a", 2, 3)];
        let logged = Logged { rewrites, ..Logged::default() };
        assert_eq!(logged.newest("a", digest(1)), digest(3));
        assert_eq!(logged.newest("a", digest(7)), digest(7));
        for (from, to, leads) in
            [(1, 3, true), (1, 2, true), (2, 3, true), (3, 3, true), (2, 1, false), (1, 9, false)]
        {
            assert_eq!(logged.leads("a", digest(from), digest(to)), leads, "{from} to {to}");
        }
    }
}
