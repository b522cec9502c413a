//! What the log says of takedowns: which captures were taken down, and which files were rewritten for it.

use vidimus_catalog::Removed;
use vidimus_ledger::{Custody, Event, Leaf};
use vidimus_snapshot::{Digest, SnapshotId};

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

    /// Whether the log says of any capture that it was taken down by the tombstone of this id.
    pub(crate) fn knows(&self, target: SnapshotId, leaf: &str) -> bool {
        self.removals.iter().any(|removed| removed.snapshot == target && removed.leaf == leaf)
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
        for (from, to, leads) in [(1, 3, true), (1, 2, true), (2, 3, true), (3, 3, true), (2, 1, false), (1, 9, false)] {
            assert_eq!(logged.leads("a", digest(from), digest(to)), leads, "{from} to {to}");
        }
    }
}
