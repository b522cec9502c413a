//! A file of captures beside the catalog: its manifests are those that the catalog knows and say what it says, texts
//! are where they should be, and originals have the payload that is repeated.

use std::collections::{HashMap, HashSet};

use vidimus_catalog::{Capture, RecordPlace};
use vidimus_ledger::LogReader;
use vidimus_snapshot::{Digest, LogHead, SnapshotId};

use super::beside::Context;
use super::finding::Finding;
use super::memory::{missing_text, original_differs};
use super::pass::{FileRead, MetManifest};
use super::records::record_at;
use crate::ArchiveError;
use crate::blocking::blocking;
use crate::logbook;

/// Compares the captures of a file.
pub(super) async fn check(context: &Context<'_>, read: &mut FileRead) -> Result<(), ArchiveError> {
    let mut known = context.catalog.manifests_in(&read.name).await?;
    known.retain(|(_, offset)| *offset < read.settled);
    check_manifests(read, &known);
    check_rows(read, &known);
    let known: HashSet<SnapshotId> = known.iter().filter_map(|(row, _)| row.snapshot).collect();
    check_texts(context, read, &known).await?;
    check_originals(context, read, &known).await?;
    check_log_heads(context, read).await?;
    let added = read.added(|needs| read.vouched.contains(needs));
    added.into_iter().for_each(|finding| read.find(finding));
    Ok(())
}

/// Every manifest that the catalog knows is there, unchanged: a changed one has another name. And a manifest that fits
/// its records proves nothing when anybody may have put both there: all are known.
fn check_manifests(read: &mut FileRead, known: &[(Capture, u64)]) {
    let met: HashSet<SnapshotId> = read.manifests.iter().map(|met| met.snapshot).collect();
    let names: HashSet<SnapshotId> = known.iter().filter_map(|(row, _)| row.snapshot).collect();
    for (row, offset) in known {
        if let Some(id) = row.snapshot.filter(|id| !met.contains(id)) {
            let what = format!("the manifest of {id} ({}) is missing or was changed", id.short());
            read.blame(*offset, id, what);
        }
    }
    let unknown: Vec<(u64, SnapshotId)> = read
        .manifests
        .iter()
        .filter(|met| !names.contains(&met.snapshot))
        .map(|met| (met.offset, met.snapshot))
        .collect();
    for (offset, id) in unknown {
        read.blame(offset, id, format!("the catalog does not know the snapshot {id}"));
    }
}

/// The catalog says of a capture what its manifest says.
fn check_rows(read: &mut FileRead, known: &[(Capture, u64)]) {
    let rows: HashMap<SnapshotId, &Capture> =
        known.iter().filter_map(|(row, _)| Some((row.snapshot?, row))).collect();
    let mut wrong = Vec::new();
    for met in &read.manifests {
        let Some(row) = rows.get(&met.snapshot) else { continue };
        for (key, expected, found) in differences(&met.row, row) {
            let what = format!(
                "the catalog does not say what the manifest says of {key}: the manifest says {expected}, the catalog {found}; `vidimus rebuild` makes it anew"
            );
            let finding = Finding::new(2, &read.name, met.offset, what).snapshot(met.snapshot);
            wrong.push(finding.differs(expected, found));
        }
    }
    wrong.into_iter().for_each(|finding| read.find(finding));
}

/// Where two rows differ, with what each says. Texts may be newer than the manifest, and are compared by their records.
fn differences(manifest: &Capture, row: &Capture) -> Vec<(&'static str, String, String)> {
    let digest = |digest: Option<Digest>| digest.map_or_else(|| "none".to_owned(), |d| d.to_string());
    let name = |id: Option<SnapshotId>| id.map_or_else(|| "none".to_owned(), |id| id.hex());
    let facts = |row: &Capture| {
        [
            ("url", row.url.clone()),
            ("final_url", row.final_url.clone()),
            ("started_at", vidimus_catalog::time_text(row.started_at)),
            ("outcome", row.outcome.kind.to_string()),
            ("payload_sha256", digest(row.payload_sha256)),
            ("original", name(row.original)),
            ("previous", name(row.previous)),
        ]
    };
    let pairs = facts(manifest).into_iter().zip(facts(row));
    let unequal = pairs.filter(|((_, expected), (_, found))| expected != found);
    unequal.map(|((key, expected), (_, found))| (key, expected, found)).collect()
}

/// The text that a manifest names is at one of the places where the catalog knows records of the capture.
async fn check_texts(
    context: &Context<'_>,
    read: &mut FileRead,
    known: &HashSet<SnapshotId>,
) -> Result<(), ArchiveError> {
    let mut places = context.catalog.records_elsewhere(&read.name).await?;
    let mut wanted = Vec::new();
    for met in read.manifests.iter().filter(|met| known.contains(&met.snapshot)) {
        let texts: Vec<_> = met.texts().into_iter().flatten().collect();
        if !texts.is_empty() {
            let places = places.remove(&met.snapshot).unwrap_or_default();
            wanted.push(Wanted {
                offset: met.offset,
                snapshot: met.snapshot,
                answers: met.records.clone(),
                texts,
                places,
            });
        }
    }
    let (layout, pace) = (context.layout.clone(), context.pace.clone());
    let missing = blocking(move || {
        let look = |wanted: Wanted| {
            wanted.missing(|place| record_at(&layout.find(&place.file), place.offset, &pace).ok().flatten())
        };
        Ok(wanted.into_iter().flat_map(look).collect::<Vec<_>>())
    })
    .await?;
    for (offset, snapshot, what) in missing {
        read.blame(offset, snapshot, what);
    }
    Ok(())
}

/// The head of the log that a manifest names is one that the log had. A manifest that was written meanwhile names one that
/// came after the log was opened: then it is opened anew.
async fn check_log_heads(context: &Context<'_>, read: &mut FileRead) -> Result<(), ArchiveError> {
    // Before the first leaf every log is the same.
    let heads = read.manifests.iter().filter_map(|met| met.log_head.clone()).filter(|head| head.size > 0);
    let heads: HashSet<LogHead> = heads.collect();
    if heads.is_empty() {
        return Ok(());
    }
    let layout = context.layout.clone();
    let unknown: HashSet<LogHead> = blocking(move || {
        let mut logs = Vec::new();
        for (_, folder) in logbook::logs(&layout)? {
            // One that cannot be read is told by who checks the log.
            logs.extend(LogReader::open(&folder).ok().flatten());
        }
        let is_known = |head: &LogHead| {
            let log = logs.iter().find(|log| log.origin() == head.origin);
            log.is_some_and(|log| log.head_at(head.size).is_ok_and(|here| here == *head))
        };
        // An archive without any log has no head to compare with, which is said elsewhere.
        Ok(heads.into_iter().filter(|head| !logs.is_empty() && !is_known(head)).collect())
    })
    .await?;
    let met = read.manifests.iter();
    let named = met.filter_map(|met| Some((met.offset, met.snapshot, met.log_head.clone()?)));
    let wrong: Vec<_> = named.filter(|(_, _, head)| unknown.contains(head)).collect();
    for (offset, snapshot, head) in wrong {
        let what = format!(
            "the manifest names a head of the log {} at {} leaves which that log never had, or which is not here: the log was \
             rewritten, cut or replaced",
            head.origin, head.size
        );
        read.find(Finding::new(3, &read.name, offset, what).snapshot(snapshot));
    }
    Ok(())
}

/// The texts of a manifest, and where they should be.
struct Wanted {
    offset: u64,
    snapshot: SnapshotId,
    answers: Vec<String>,
    texts: Vec<(&'static str, Digest)>,
    places: Vec<RecordPlace>,
}

impl Wanted {
    /// What is said of the texts that are at none of their places.
    fn missing(
        mut self,
        mut at: impl FnMut(&RecordPlace) -> Option<vidimus_warc::Record>,
    ) -> Vec<(u64, SnapshotId, String)> {
        for place in &self.places {
            if self.texts.is_empty() {
                break;
            }
            let Some(record) = at(place).filter(|record| record.id() == place.warc_record_id) else {
                continue;
            };
            let answer = record.headers.get("WARC-Refers-To").unwrap_or_default();
            if self.answers.iter().any(|id| id == answer) {
                self.texts.retain(|(_, digest)| *digest != record.block_sha256);
            }
        }
        let (offset, snapshot) = (self.offset, self.snapshot);
        self.texts.into_iter().map(|(what, digest)| (offset, snapshot, missing_text(what, digest))).collect()
    }
}

/// A capture that repeats a payload names an original that the catalog knows, with that payload.
async fn check_originals(
    context: &Context<'_>,
    read: &mut FileRead,
    known: &HashSet<SnapshotId>,
) -> Result<(), ArchiveError> {
    let repeats = |met: &MetManifest| met.row.original.filter(|_| known.contains(&met.snapshot));
    let originals: Vec<SnapshotId> = read.manifests.iter().filter_map(repeats).collect();
    let payloads = context.catalog.payloads_of(&originals).await?;
    let mut wrong = Vec::new();
    for met in &read.manifests {
        let Some(original) = repeats(met) else { continue };
        let differs = original_differs(original, met.row.payload_sha256, payloads.get(&original));
        wrong.extend(differs.map(|what| (met.offset, met.snapshot, what)));
    }
    for (offset, snapshot, what) in wrong {
        read.blame(offset, snapshot, what);
    }
    Ok(())
}
