//! What was taken down between the captures of a page. A tombstone keeps no address; the capture that came behind names the
//! one before it, so that what is told of a page can say that it tells of what is held.

use std::collections::{HashMap, HashSet};

use vidimus_catalog::{Capture, Removed};
use vidimus_snapshot::SnapshotId;

/// What was taken down, by its name.
pub struct Gaps {
    removed: HashMap<SnapshotId, Removed>,
}

impl Gaps {
    /// The gaps between the captures of a page that are held.
    pub fn between(held: &[Capture], removed: Vec<Removed>) -> Gaps {
        let held: HashSet<SnapshotId> = held.iter().filter_map(|capture| capture.snapshot).collect();
        let gone = removed.into_iter().filter(|one| !held.contains(&one.snapshot));
        Gaps { removed: gone.map(|one| (one.snapshot, one)).collect() }
    }

    /// The capture of this page just before this one, if it was taken down.
    pub fn before(&self, capture: &Capture) -> Option<&Removed> {
        self.removed.get(&capture.previous?)
    }
}

/// `3f2a9c017be4, lawfully removed on 2024-06-12`.
pub fn named(removed: &Removed) -> String {
    let Removed { snapshot, removed_at, .. } = removed;
    format!("{}, lawfully removed on {}", snapshot.short(), removed_at.strftime("%Y-%m-%d"))
}
