//! What was taken down: the log and the catalog say the same of it, and nothing of it is left to be removed.

use vidimus_catalog::Removed;

use super::finding::Finding;
use crate::takedown::Logged;

/// What is wrong with takedowns.
pub(super) fn findings(logged: &Logged, removed: &[Removed]) -> Vec<Finding> {
    let is_finished = |one: &Removed| removed.iter().any(|row| row.snapshot == one.snapshot && row.finished);
    let begun = logged.removals.iter().filter(|one| !is_finished(one)).map(|one| {
        let id = one.snapshot.hex();
        let what = format!(
            "the log says that the capture {id} was taken down, and not all of it is removed yet: `vidimus takedown {id}` \
             finishes it"
        );
        Finding::new(2, "catalog.sqlite", 0, what).snapshot(one.snapshot)
    });
    let unlogged = removed.iter().filter(|row| !logged.knows(row.snapshot, &row.leaf)).map(|row| {
        let what = format!(
            "the catalog says that the capture {} was taken down, of which the log knows nothing",
            row.snapshot.hex()
        );
        Finding::new(2, "catalog.sqlite", 0, what).snapshot(row.snapshot)
    });
    begun.chain(unlogged).collect()
}
