//! A sealed file is never changed: its length and digest are those that were noted when it was sealed.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::Path;

use vidimus_catalog::{RecordPlace, SealedFile};
use vidimus_snapshot::{Digest, Manifest, SnapshotId};

use super::beside::Context;
use super::finding::Finding;
use super::pass::FileRead;
use super::records::{imported_difference, record_at};
use super::source::{self, Pace};
use crate::blocking::blocking;
use crate::error::io_error;
use crate::takedown::Logged;
use crate::{ArchiveError, Layout};

/// The bytes of a gzip header that our writer makes (RFC 1952): no flags, no time, no name.
const HEADER: usize = 10;

/// What is said where a byte has changed that no record depends on.
const UNLOCATED: &str = "; every record is still what its digests say: what changed is how one is compressed of which no manifest keeps a digest (the description of the file, a manifest, a run report, a certificate)";

/// Length and digest of a file; `None` when somebody asked to stop.
pub(super) fn hash(path: &Path, pace: &Pace) -> Result<Option<(u64, Digest)>, ArchiveError> {
    let (_, whole) = source::open(path, pace)?;
    match whole.finish() {
        Ok(whole) => Ok(Some(whole)),
        Err(_) if pace.is_stopped() => Ok(None),
        Err(error) => Err(io_error("reading", path)(error)),
    }
}

/// What was found inside already says more than that the file is not what it was.
pub(super) fn check(layout: &Layout, sealed: Option<&SealedFile>, read: &mut FileRead) {
    if !read.findings.is_empty() {
        return;
    }
    let Some(mut finding) = difference(sealed, read) else { return };
    let is_as_long =
        sealed.is_some_and(|sealed| read.whole.is_some_and(|(length, _)| length == sealed.length));
    if is_as_long {
        match odd_headers(&layout.sealed(&read.name), read).as_deref() {
            Ok([offset]) => {
                finding.offset = *offset;
                let what =
                    format!("the gzip header of the record at {offset} was changed, and nothing else; ");
                finding.what.insert_str(0, &what);
            }
            _ => finding.what.push_str(UNLOCATED),
        }
    }
    read.find(finding);
}

/// That the whole file is not what was sealed.
fn difference(sealed: Option<&SealedFile>, read: &FileRead) -> Option<Finding> {
    let ((length, sha256), sealed) = (read.whole?, sealed?);
    if (length, sha256) == (sealed.length, sealed.sha256) {
        return None;
    }
    let what = format!(
        "the file is not what it was when it was sealed: expected {} bytes with {}, found {length} bytes with {sha256}",
        sealed.length, sealed.sha256
    );
    // Where it was cut, or where something was added.
    let offset = if length == sealed.length { 0 } else { length.min(sealed.length) };
    Some(Finding::new(1, &read.name, offset, what).differs(sealed.sha256, sha256))
}

/// The members whose gzip headers are not like those of the others: the writer makes all of them alike.
fn odd_headers(path: &Path, read: &FileRead) -> io::Result<Vec<u64>> {
    let mut file = File::open(path)?;
    let mut headers = Vec::with_capacity(read.seen.len());
    for seen in read.seen.values().filter(|seen| seen.member_sha256.is_some()) {
        let mut header = [0_u8; HEADER];
        file.seek(SeekFrom::Start(seen.offset))?;
        file.read_exact(&mut header)?;
        headers.push((seen.offset, header));
    }
    let mut counts: HashMap<[u8; HEADER], usize> = HashMap::new();
    headers.iter().for_each(|(_, header)| *counts.entry(*header).or_default() += 1);
    let usual = counts.into_iter().max_by_key(|(_, count)| *count).map(|(header, _)| header);
    let is_odd = |header: &[u8; HEADER]| usual.is_some_and(|usual| usual != *header);
    let mut odd: Vec<u64> = headers.iter().filter(|(_, header)| is_odd(header)).map(|(at, _)| *at).collect();
    odd.sort_unstable();
    Ok(odd)
}

/// The same of an imported file; where it differs, every capture that is read from it is compared with its manifest.
pub(super) async fn check_imported(
    context: &Context<'_>,
    sealed: Option<&SealedFile>,
    read: &mut FileRead,
) -> Result<(), ArchiveError> {
    let Some(finding) = difference(sealed, read) else { return Ok(()) };
    read.find(finding);
    let manifests = context.catalog.manifests_of(&read.name).await?;
    let (layout, pace, name) = (context.layout.clone(), context.pace.clone(), read.name.clone());
    let manifests = manifests.into_iter().flat_map(|(id, places)| places.into_iter().map(move |p| (id, p)));
    let manifests: Vec<(SnapshotId, RecordPlace)> = manifests.collect();
    let found = blocking(move || {
        Ok(manifests
            .iter()
            .flat_map(|(id, place)| of_capture(&layout, &name, *id, place, &pace))
            .collect::<Vec<_>>())
    })
    .await?;
    found.into_iter().for_each(|finding| read.find(finding));
    Ok(())
}

/// The catalog says of an imported file what the manifests say of it, which nobody could change without leaving a trace,
/// or what takedowns made of that.
/// Each file is told once.
pub(super) fn check_originals(sealed: &HashMap<String, SealedFile>, logged: &Logged, read: &mut FileRead) {
    let (mut told, mut wrong) = (HashSet::new(), Vec::new());
    for met in &read.manifests {
        let Some(original) = &met.original else { continue };
        let Some(noted) = sealed.get(&original.file) else { continue };
        let is_it =
            noted.length == original.bytes && logged.leads(&original.file, original.sha256, noted.sha256);
        if is_it || !told.insert(&original.file) {
            continue;
        }
        let what = format!(
            "the catalog does not say of {} what its manifest says: the manifest says {} bytes with {}, the catalog {} bytes \
             with {}; take the file from a backup, and `vidimus rebuild` makes the catalog anew",
            original.file, original.bytes, original.sha256, noted.length, noted.sha256
        );
        let finding = Finding::new(2, &read.name, met.offset, what).snapshot(met.snapshot);
        wrong.push(finding.differs(original.sha256, noted.sha256));
    }
    wrong.into_iter().for_each(|finding| read.find(finding));
}

/// What is wrong with the records of one imported capture.
fn of_capture(layout: &Layout, name: &str, id: SnapshotId, place: &RecordPlace, pace: &Pace) -> Vec<Finding> {
    let record = record_at(&layout.find(&place.file), place.offset, pace).ok().flatten();
    let manifest =
        record.and_then(|record| Manifest::read(&record.block).ok()).filter(|(found, _)| *found == id);
    // A manifest that is not there is found in its own file.
    let Some((_, manifest)) = manifest else { return Vec::new() };
    let Some(import) = manifest.imported.as_ref().filter(|import| import.records_file == name) else {
        return Vec::new();
    };
    let wrong = manifest.records.iter().enumerate().filter_map(|(number, facts)| {
        let place = import.places.get(number);
        let difference = imported_difference(layout, import, facts, place, pace)?;
        let finding = difference.at(2, name, place.map_or(0, |place| place.offset));
        Some(finding.record(&facts.warc_record_id).snapshot(id))
    });
    wrong.collect()
}
