//! What was taken down: the log and the catalog say the same of it, and nothing of it is left to be removed.

use std::collections::HashSet;

use vidimus_catalog::Removed;
use vidimus_snapshot::SnapshotId;

use super::finding::Finding;
use crate::takedown::Logged;

/// What is wrong with takedowns.
pub(super) fn findings(logged: &Logged, removed: &[Removed]) -> Vec<Finding> {
    let finished: HashSet<SnapshotId> =
        removed.iter().filter(|row| row.finished).map(|row| row.snapshot).collect();
    let known: HashSet<(SnapshotId, &str)> =
        logged.removals.iter().map(|one| (one.snapshot, one.leaf.as_str())).collect();
    let begun = logged.removals.iter().filter(|one| !finished.contains(&one.snapshot)).map(|one| {
        let id = one.snapshot.hex();
        let what = format!(
            "the log says that the capture {id} was taken down, and not all of it is removed yet: `vidimus takedown {id}` \
             finishes it"
        );
        Finding::new(2, "catalog.sqlite", 0, what).snapshot(one.snapshot)
    });
    let is_unknown = |row: &&Removed| !known.contains(&(row.snapshot, row.leaf.as_str()));
    let unlogged = removed.iter().filter(is_unknown).map(|row| {
        let what = format!(
            "the catalog says that the capture {} was taken down, of which the log knows nothing",
            row.snapshot.hex()
        );
        Finding::new(2, "catalog.sqlite", 0, what).snapshot(row.snapshot)
    });
    begun.chain(unlogged).collect()
}
