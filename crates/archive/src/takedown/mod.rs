//! Taking captures down: lawfully, in the log, and so that everything else stays provable.
//!
//! First the tombstones are in the log, durably; then the data goes. Each file is written anew with a note in the place of
//! what goes, exactly as long, so that all other records stay the same bytes at the same offsets: their manifests, the
//! places that other manifests name, and indexes that people made of the archive stay right. A takedown that was
//! interrupted is finished by the next writer. Files of texts and imported files go first, the one with the manifest
//! last: as long as the manifest is there, it can be found out what else has to go.

mod gaps;
mod logged;
mod rewrite;
mod tombstone;

use std::collections::{BTreeMap, HashSet};

use jiff::Timestamp;
use vidimus_catalog::{Capture, Removed, SealedFile};
use vidimus_ledger::{Custody, Event, Leaf};
use vidimus_snapshot::{Digest, SnapshotId};

use self::gaps::{Gap, check_places, gaps_of, shared_with};
pub(crate) use self::logged::{Logged, logged, logged_beside};
use self::rewrite::{Draft, fill_all};
pub use self::tombstone::Tombstone;
use crate::blocking::blocking;
use crate::certificate::uuid_of;
use crate::sealed::digest_of;
use crate::{Archive, ArchiveError, Layout, Writer};

/// What of a capture is removed.
pub const SCOPE: [&str; 4] = ["payload", "manifest", "text", "index"];

/// Why captures are taken down, as the log is to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Takedown {
    /// The reason, in words that name nobody.
    pub reason: String,
    /// Who removes them: a role, such as `operator`.
    pub by: String,
    /// SHA-256 of the document that orders it, where there is one.
    pub authority_ref_sha256: Option<Digest>,
}

impl Archive {
    /// The captures that repeat the payload of this one, directly or through others, without their records: each before
    /// what it repeats.
    pub async fn repeats_of(&self, capture: &Capture) -> Result<Vec<Capture>, ArchiveError> {
        let mut found: Vec<SnapshotId> = capture.snapshot.into_iter().collect();
        let mut known: HashSet<SnapshotId> = found.iter().copied().collect();
        let mut next = 0;
        while let Some(id) = found.get(next).copied() {
            next += 1;
            let repeats = self.catalog().repeating(id).await?;
            found.extend(repeats.into_iter().filter(|repeat| known.insert(*repeat)));
        }
        let mut captures = Vec::new();
        for id in found.into_iter().skip(1).rev() {
            let found = self.catalog().get(id).await?;
            captures.extend(found.map(|capture| Capture { records: Vec::new(), ..capture }));
        }
        Ok(captures)
    }

    /// The files that would be written anew if these captures were taken down, each with how many of its bytes go. Says
    /// why, if something cannot go.
    pub async fn would_rewrite(&self, going: &[SnapshotId]) -> Result<BTreeMap<String, u64>, ArchiveError> {
        let mut files = BTreeMap::new();
        let all: HashSet<SnapshotId> = going.iter().copied().collect();
        for id in going {
            let capture =
                self.catalog().get(*id).await?.ok_or(ArchiveError::Absent("entry in the catalog"))?;
            check_import(self, &capture)?;
            let gaps = gaps_of(&capture.records);
            for (file, gaps) in &gaps {
                let placed = self.catalog().placed_in(file).await?;
                if let Some(other) = shared_with(gaps, &placed, &all) {
                    return Err(ArchiveError::NotRemovable(format!(
                        "a record of {} belongs to the capture {} as well: take that down together with it",
                        id.short(),
                        other.hex()
                    )));
                }
                *files.entry(file.clone()).or_default() += gaps.iter().map(|gap| gap.length).sum::<u64>();
            }
            let layout = self.layout().clone();
            blocking(move || check_places(&layout, &capture.records)).await?;
        }
        Ok(files)
    }
}

/// A file that somebody else made can be written anew record by record where its records are those that are read; what
/// was unpacked from it, or written anew beside it, would stay in it.
fn check_import(archive: &Archive, capture: &Capture) -> Result<(), ArchiveError> {
    if capture.witnessed {
        return Ok(());
    }
    let (_, manifest) = archive.manifest(capture)?;
    let Some(import) = manifest.imported else { return Ok(()) };
    let original = &import.original.file;
    let is_warc = original.ends_with(".warc") || original.ends_with(".warc.gz");
    if is_warc && import.records_file == *original && import.original.entry.is_none() {
        return Ok(());
    }
    Err(ArchiveError::NotRemovable(format!(
        "{original}: the capture was imported from a file of which single records cannot be removed (a package, an ARC file, or \
         one whose records had to be written anew beside it)"
    )))
}

impl Writer {
    /// Takes captures down, in this order: each before what it repeats. Nothing is done unless all of them can go. What
    /// is returned is removed from the files and the catalog; the search index is another's to bring up to date.
    pub async fn take_down(
        &mut self,
        going: &[SnapshotId],
        why: &Takedown,
        at: Timestamp,
        uuid: &mut (dyn FnMut() -> String + Send),
    ) -> Result<Vec<Removed>, ArchiveError> {
        self.seal_all().await?;
        let archive = Archive::with_catalog(self.layout(), self.catalog());
        let files = archive.would_rewrite(going).await?;
        for name in files.keys() {
            self.check_sealed(name).await?;
        }
        let mut removed = Vec::new();
        for id in going {
            let one = Removed {
                snapshot: *id,
                leaf: uuid(),
                removed_at: at,
                reason: why.reason.clone(),
                by: why.by.clone(),
                scope: SCOPE.map(str::to_owned).to_vec(),
                authority_ref_sha256: why.authority_ref_sha256,
                finished: false,
            };
            check_room(self.layout(), &archive, &one).await?;
            removed.push(one);
        }
        for one in &removed {
            let event = Event::Tombstone {
                target: one.snapshot,
                scope: one.scope.clone(),
                reason: one.reason.clone(),
                authority_ref_sha256: one.authority_ref_sha256,
                by: one.by.clone(),
            };
            self.log_event(event, one.leaf.clone(), at).await?;
        }
        self.catalog().note_removals(&removed).await?;
        let finished = self.finish_takedowns().await?;
        if let Some(why) = finished.left.into_iter().next() {
            return Err(ArchiveError::NotRemovable(why));
        }
        removed.iter_mut().for_each(|one| one.finished = true);
        Ok(removed)
    }

    /// Finishes every takedown that the log tells of.
    pub(crate) async fn finish_takedowns(&mut self) -> Result<Finished, ArchiveError> {
        let mut logged = logged(self.layout(), self.catalog()).await?;
        let known = self.catalog().removed().await?;
        let known: HashSet<SnapshotId> = known.iter().map(|one| one.snapshot).collect();
        let new = logged.removals.iter().filter(|one| !known.contains(&one.snapshot));
        let new: Vec<Removed> = new.cloned().collect();
        if !new.is_empty() {
            self.catalog().note_removals(&new).await?;
        }
        let mut finished = Finished::default();
        for one in self.catalog().removed().await?.iter().filter(|one| !one.finished) {
            match self.finish_takedown(one, &mut logged).await {
                Ok(()) => finished.done.push(one.snapshot),
                Err(ArchiveError::NotRemovable(why)) => finished.left.push(unfinished(one, &why)),
                Err(error) => return Err(error),
            }
        }
        Ok(finished)
    }

    async fn finish_takedown(&mut self, removed: &Removed, logged: &mut Logged) -> Result<(), ArchiveError> {
        if let Some(capture) = self.catalog().get(removed.snapshot).await? {
            // By their names `imported/…` and `text/…` come before `warc/…`, where the manifest is.
            for (file, gaps) in gaps_of(&capture.records) {
                self.rewrite(&file, gaps, removed, logged).await?;
            }
        }
        Ok(self.catalog().forget_removed(removed.snapshot).await?)
    }

    /// Writes one file anew: the log tells of it before it takes its place.
    async fn rewrite(
        &mut self,
        file: &str,
        gaps: Vec<Gap>,
        removed: &Removed,
        logged: &mut Logged,
    ) -> Result<(), ArchiveError> {
        let (layout, name, of) = (self.layout().clone(), file.to_owned(), removed.clone());
        if !layout.sealed(file).is_file() {
            return Err(ArchiveError::NotRemovable(format!("{file}: the file is missing")));
        }
        let draft = blocking(move || Draft::write(&layout, &name, &gaps, &of)).await?;
        let (before, after, length) = (draft.before, draft.after, draft.length);
        let of_file = || logged.rewrites.iter().filter(|rewrite| rewrite.file == file);
        let is_told = of_file().any(|one| one.before == before && one.target == removed.snapshot);
        // It was written anew before, and nothing came of it but the file.
        let is_done = before == after && of_file().any(|one| one.after == after);
        let is_sealed = self.catalog().sealed_file(file).await?.is_some_and(|sealed| sealed.sha256 == before);
        let layout = self.layout().clone();
        if !is_told && !is_done && !is_sealed {
            blocking(move || draft.discard(&layout)).await?;
            return Err(not_as_sealed(file));
        }
        if before == after {
            blocking(move || draft.discard(&layout)).await?;
        } else {
            if !is_told {
                let event = Custody::Rewrite {
                    file: file.to_owned(),
                    before_sha256: before,
                    after_sha256: after,
                    target: removed.snapshot,
                };
                let at = self.at();
                let id = uuid_of(&format!("{} {file} {before}", removed.leaf));
                self.log_event(Event::Custody(event.clone()), id.clone(), at).await?;
                logged.add(Leaf::new(id, at, Event::Custody(event)));
            }
            blocking(move || draft.put_in_place(&layout)).await?;
        }
        let sealed = SealedFile { name: file.to_owned(), length, sha256: after };
        Ok(self.catalog().replace_sealed(&sealed).await?)
    }

    /// A file that is not what it was when it was sealed is not written anew: that would make the damage look right.
    async fn check_sealed(&self, name: &str) -> Result<(), ArchiveError> {
        let sealed = self.catalog().sealed_file(name).await?;
        let path = self.layout().sealed(name);
        let (length, sha256) = blocking(move || digest_of(&path)).await?;
        let is_it = |sealed: SealedFile| (sealed.length, sealed.sha256) == (length, sha256);
        if sealed.is_some_and(is_it) { Ok(()) } else { Err(not_as_sealed(name)) }
    }
}

/// What came of takedowns that were not finished.
#[derive(Debug, Default)]
pub(crate) struct Finished {
    /// What is finished now.
    pub done: Vec<SnapshotId>,
    /// Why others are not.
    pub left: Vec<String>,
}

fn unfinished(removed: &Removed, why: &str) -> String {
    format!("the takedown of {} was begun and is not finished: {why}", removed.snapshot.hex())
}

fn not_as_sealed(name: &str) -> ArchiveError {
    ArchiveError::NotRemovable(format!(
        "{name}: the file is not what it was when it was sealed, so that it is not written anew: put a good copy in its place \
         first"
    ))
}

/// Everything that is to go leaves room for its note; found out before anything is done.
async fn check_room(layout: &Layout, archive: &Archive, removed: &Removed) -> Result<(), ArchiveError> {
    let Some(capture) = archive.catalog().get(removed.snapshot).await? else { return Ok(()) };
    for (file, gaps) in gaps_of(&capture.records) {
        let (path, of) = (layout.sealed(&file), removed.clone());
        blocking(move || fill_all(&path, &file, &gaps, &of).map(drop)).await?;
    }
    Ok(())
}
