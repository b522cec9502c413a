//! Comparing what was read with what the catalog knows.
//!
//! Two moments matter while a crawl goes on. What the catalog knew *before* the files were read has to be in them; what
//! is in a sealed file has to be known *after* they were read, because a file is sealed only when all of it is.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use vidimus_catalog::{Catalog, RecordPlace, SealedFile};
use vidimus_snapshot::SnapshotId;

use super::{Finding, Verifier};
use crate::sealed::digest_of;
use crate::{ArchiveError, Layout};

/// What the catalog knew before the files were read.
pub(super) struct Known {
    snapshots: Vec<SnapshotId>,
    files: Vec<String>,
    sealed: Vec<SealedFile>,
    /// The records of the files that may still grow; those of sealed ones stay what they are, and are asked for later.
    growing: HashMap<String, Vec<RecordPlace>>,
}

impl Known {
    pub(super) async fn of(catalog: &Catalog) -> Result<Self, ArchiveError> {
        let (snapshots, files) = (catalog.snapshots().await?, catalog.files().await?);
        let sealed = catalog.sealed_files().await?;
        let names: HashSet<&str> = sealed.iter().map(|file| file.name.as_str()).collect();
        let mut growing = HashMap::new();
        for name in files.iter().filter(|name| !names.contains(name.as_str())) {
            growing.insert(name.clone(), catalog.records_in(Path::new(name)).await?);
        }
        Ok(Self { snapshots, files, sealed, growing })
    }

    /// Where the last record ends that the catalog knew of in a file that is being written.
    pub(super) fn settled(&self, name: &str) -> u64 {
        let places = self.growing.get(name).map(Vec::as_slice).unwrap_or_default();
        places.iter().map(|place| place.offset.saturating_add(place.length)).max().unwrap_or(0)
    }
}

impl Verifier {
    pub(super) async fn check_catalog(
        &mut self,
        layout: &Layout,
        catalog: &Catalog,
        mut known: Known,
    ) -> Result<(), ArchiveError> {
        self.report.catalog = true;
        self.check_snapshots(&known.snapshots);
        for name in &known.files {
            let places = match known.growing.remove(name) {
                Some(places) => places,
                None => catalog.records_in(Path::new(name)).await?,
            };
            self.check_places(name, &places);
        }
        for file in &known.sealed {
            self.check_sealed(layout, file)?;
        }
        let mut names: HashSet<String> = catalog.files().await?.into_iter().collect();
        names.extend(catalog.sealed_files().await?.into_iter().map(|file| file.name));
        self.check_unknown(&names, &catalog.snapshots().await?.into_iter().collect());
        Ok(())
    }

    /// Every snapshot that the catalog knows has its manifest, unchanged: a changed one has another name.
    fn check_snapshots(&mut self, known: &[SnapshotId]) {
        for id in known {
            if !self.payloads.contains_key(id) {
                let what = format!("the manifest of {id} ({}) is missing or was changed", id.short());
                self.find_at(2, "catalog.sqlite", Some(*id), what);
            }
        }
    }

    /// Every record that the catalog knows is where it should be.
    fn check_places(&mut self, name: &str, places: &[RecordPlace]) {
        let Some(file) = self.files.iter().position(|known| known.name == name) else {
            let what = format!("the file is missing; the catalog knows of {} records in it", places.len());
            return self.find_at(1, name, None, what);
        };
        for place in places {
            let there = self.seen.get(&place.warc_record_id);
            if !there.is_some_and(|seen| seen.file == file && seen.offset == place.offset) {
                let what = "a record that the catalog knows of is not here".to_owned();
                self.find(1, file, place.offset, Some(place.warc_record_id.clone()), what);
            }
        }
    }

    /// A sealed file is never changed. What was found in it already says more than that it is not what it was.
    fn check_sealed(&mut self, layout: &Layout, sealed: &SealedFile) -> Result<(), ArchiveError> {
        if self.report.findings.iter().any(|finding| finding.file == sealed.name) {
            return Ok(());
        }
        let path = layout.sealed(&sealed.name);
        if !path.is_file() {
            let what = "the file is missing; the catalog knows that it was sealed".to_owned();
            self.find_at(1, &sealed.name, None, what);
            return Ok(());
        }
        let (length, sha256) = digest_of(&path)?;
        if (length, sha256) != (sealed.length, sealed.sha256) {
            let what = format!(
                "the file is not what it was when it was sealed: expected {} bytes with {}, found {length} bytes with {sha256}",
                sealed.length, sealed.sha256
            );
            // Where it was cut, or where something was added.
            let offset = if length == sealed.length { 0 } else { length.min(sealed.length) };
            let (file, record_id, snapshot) = (sealed.name.clone(), None, None);
            self.report.findings.push(Finding { level: 1, file, offset, record_id, snapshot, what });
        }
        Ok(())
    }

    /// A manifest that fits its records proves nothing when anybody may have put both there: what is sealed is known.
    fn check_unknown(&mut self, files: &HashSet<String>, snapshots: &HashSet<SnapshotId>) {
        let is_unknown = |name: &String| !files.contains(name);
        let sealed = self.files.iter().filter(|file| !file.is_open).map(|file| file.name.clone());
        for name in sealed.filter(is_unknown).collect::<Vec<_>>() {
            let what = "the catalog does not know this file: it was put here by something else than a crawl; `vidimus rebuild` takes it in";
            self.find_at(2, &name, None, what.to_owned());
        }
        for place in std::mem::take(&mut self.met) {
            let is_sealed = self.files.get(place.file).is_some_and(|file| !file.is_open);
            if is_sealed && !snapshots.contains(&place.snapshot) {
                self.blame(place, None, format!("the catalog does not know the snapshot {}", place.snapshot));
            }
        }
    }
}
