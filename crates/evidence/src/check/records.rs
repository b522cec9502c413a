//! L1 and L2: each record is a whole WARC record, and the one that the manifest names, header included.

use std::collections::{BTreeMap, BTreeSet};
use std::io::BufReader;

use vidimus_archive::StatementRecord;
use vidimus_snapshot::{Digest, ExchangeFacts, Manifest, RecordFacts, SnapshotId};
use vidimus_warc::{DigestCheck, Item, Limits, Reader, Record, check_record};

use super::BundleCheck;
use super::folder::Folder;
use crate::{EvidenceError, paths};

/// The capture of a bundle, as far as its records bear it out.
pub(super) struct Capture {
    pub id: SnapshotId,
    pub manifest: Manifest,
    /// The records that are right, by the digests of the whole records.
    pub records: BTreeMap<Digest, String>,
}

/// Checks all records, and the text; `None` where there is no manifest to compare with.
pub(super) fn check(folder: &Folder, check: &mut BundleCheck) -> Result<Option<Capture>, EvidenceError> {
    let Some((id, manifest)) = manifest(folder, paths::MANIFEST, check)? else { return Ok(None) };
    if manifest.imported.is_some() {
        check.note("this capture was imported: somebody else made it, and the archive did not witness it");
    }
    let mut capture = Capture { id, manifest, records: BTreeMap::new() };
    let mut seen = Seen::default();
    let own = capture.manifest.clone();
    seen.capture(folder, paths::RECORDS, (id, &own), &mut capture, check)?;
    let mut next = own.original_manifest;
    for number in 1..=paths::MOST_ORIGINALS {
        let place = paths::original(number);
        let name = format!("{place}/manifest.json");
        if !folder.has(&name) {
            break;
        }
        let Some((id, manifest)) = manifest_of(folder, &name, check)? else { continue };
        if next != Some(id.digest()) {
            check.flaw(2, &name, "this is not the capture whose payload is repeated");
        }
        seen.capture(folder, &format!("{place}/records"), (id, &manifest), &mut capture, check)?;
        next = manifest.original_manifest;
    }
    seen.certificates(folder, &mut capture, check)?;
    for digest in seen.repeated.difference(&seen.payloads) {
        check.flaw(
            2,
            paths::RECORDS,
            format!("nothing here holds the payload {digest}, which a record repeats"),
        );
    }
    text(folder, &capture.manifest, check)?;
    Ok(Some(capture))
}

fn manifest(
    folder: &Folder,
    name: &str,
    check: &mut BundleCheck,
) -> Result<Option<(SnapshotId, Manifest)>, EvidenceError> {
    if folder.has(name) {
        return manifest_of(folder, name, check);
    }
    check.flaw(2, name, "the manifest is missing");
    Ok(None)
}

fn manifest_of(
    folder: &Folder,
    name: &str,
    check: &mut BundleCheck,
) -> Result<Option<(SnapshotId, Manifest)>, EvidenceError> {
    let bytes = folder.read(name)?.unwrap_or_default();
    match Manifest::read(&bytes) {
        Ok(found) => Ok(Some(found)),
        Err(error) => {
            check.flaw(1, name, error.to_string());
            Ok(None)
        }
    }
}

/// What was met in all the captures of a bundle.
#[derive(Default)]
struct Seen {
    payloads: BTreeSet<Digest>,
    repeated: BTreeSet<Digest>,
    chains: BTreeSet<Digest>,
}

impl Seen {
    /// Checks the records of one capture.
    fn capture(
        &mut self,
        folder: &Folder,
        place: &str,
        (id, manifest): (SnapshotId, &Manifest),
        into: &mut Capture,
        check: &mut BundleCheck,
    ) -> Result<(), EvidenceError> {
        let witnessed = manifest.imported.is_none();
        for (number, facts) in (1..).zip(&manifest.records) {
            let name = paths::record(place, number);
            let Some(record) = single(folder, &name, check)? else { continue };
            if witnessed {
                defects(&name, &record, check);
            }
            if !compare(&name, &record, facts, check) {
                continue;
            }
            into.records.insert(record.record_sha256, name.clone());
            let Some(payload) = facts.payload_sha256.filter(|_| witnessed) else { continue };
            let stated = record.headers.get("WARC-Payload-Digest").and_then(|text| text.parse().ok());
            match (&record.payload_digest, facts.record_type.as_str()) {
                (DigestCheck::Elsewhere, "revisit") if stated == Some(payload) => {
                    self.repeated.insert(payload);
                }
                (DigestCheck::Right, _) if stated == Some(payload) => {
                    self.payloads.insert(payload);
                }
                _ => check.flaw(
                    1,
                    &name,
                    format!("its payload is not the one that the manifest names: {payload}"),
                ),
            }
        }
        let last = paths::record(place, manifest.records.len() + 1);
        if let Some(record) = single(folder, &last, check)? {
            if record.block_sha256 == id.digest() {
                into.records.insert(record.record_sha256, last.clone());
            } else {
                check.flaw(2, &last, "it does not hold the manifest");
            }
            defects(&last, &record, check);
        }
        let here = folder.names().filter(|name| name.starts_with(&format!("{place}/"))).count();
        if here > manifest.records.len() + 1 {
            check.flaw(2, place, "it holds records that the manifest does not name");
        }
        self.chains.extend(manifest.exchanges.iter().flat_map(ExchangeFacts::certificates));
        Ok(())
    }

    /// Each certificate is one that a manifest names, and the one of its name.
    fn certificates(
        &self,
        folder: &Folder,
        into: &mut Capture,
        check: &mut BundleCheck,
    ) -> Result<(), EvidenceError> {
        let known: BTreeMap<String, Digest> =
            self.chains.iter().map(|digest| (paths::certificate(&digest.hex()), *digest)).collect();
        for name in folder.names().filter(|name| name.starts_with("data/certificates/")) {
            let Some(expected) = known.get(name) else {
                check.flaw(2, name, "it is a certificate that no manifest names");
                continue;
            };
            let Some(record) = single(folder, name, check)? else { continue };
            if record.block_sha256 == *expected {
                into.records.insert(record.record_sha256, name.to_owned());
            } else {
                check.flaw(2, name, "it is not the certificate of its name");
            }
        }
        for name in known.keys().filter(|name| !folder.has(name)) {
            check.note(format!("{name} is not here: of that certificate only the digest is known"));
        }
        Ok(())
    }
}

/// The one record of a file, if there is just one, and it is whole.
fn single(folder: &Folder, name: &str, check: &mut BundleCheck) -> Result<Option<Record>, EvidenceError> {
    if !folder.has(name) {
        check.flaw(2, name, "it is missing, and the manifest names it");
        return Ok(None);
    }
    let failed = |error| EvidenceError::io("reading", &folder.path(name), error);
    let limits = Limits { block: 64 << 10, ..Limits::default() };
    let source = BufReader::with_capacity(256 << 10, folder.open(name)?);
    let mut reader = Reader::with_limits(source, limits).map_err(failed)?;
    let first = reader.next_item().map_err(failed)?;
    let record = match first {
        Some(Item::Record(record)) if record.length == folder.length(name) => *record,
        Some(Item::Damage(damage)) => {
            check.flaw(1, name, damage.to_string());
            return Ok(None);
        }
        _ => {
            check.flaw(1, name, "it is not one WARC record and nothing else");
            return Ok(None);
        }
    };
    Ok(Some(record))
}

/// What is wrong with a record by itself.
fn defects(name: &str, record: &Record, check: &mut BundleCheck) {
    for damage in record.damage.iter().cloned().chain(check_record(record)) {
        check.flaw(1, name, damage.kind.to_string());
    }
}

/// Whether a record is the one that the manifest names.
fn compare(name: &str, record: &Record, facts: &RecordFacts, check: &mut BundleCheck) -> bool {
    let mut is_right = true;
    let mut differs = |what: &str, expected: Digest, found: Digest| {
        if expected != found {
            is_right = false;
            check.flaw(
                2,
                name,
                format!(
                    "its {what} is not the one that the manifest names: expected {expected}, found {found}"
                ),
            );
        }
    };
    differs("record (header and block)", facts.record_sha256, record.record_sha256);
    differs("block", facts.block_sha256, record.block_sha256);
    if let (Some(expected), Some(found)) = (facts.member_sha256, record.member_sha256) {
        differs("gzip member", expected, found);
    }
    is_right
}

/// The text and the statement, and the records that hold them.
fn text(folder: &Folder, manifest: &Manifest, check: &mut BundleCheck) -> Result<(), EvidenceError> {
    let facts = manifest.text.as_ref().map(|text| [text.sha256, text.statement_sha256]);
    let files = [paths::TEXT, paths::STATEMENT].into_iter().zip(paths::TEXT_RECORDS);
    for (number, (plain, stored)) in files.enumerate() {
        let Some(expected) = facts.and_then(|facts| facts.get(number).copied()) else {
            for name in [plain, stored].into_iter().filter(|name| folder.has(name)) {
                check.flaw(2, name, "the manifest names no text");
            }
            continue;
        };
        match folder.digest(plain)? {
            None => check.flaw(2, plain, "it is missing, and the manifest names it"),
            Some(found) if found != expected => {
                let what =
                    format!("it is not the one that the manifest names: expected {expected}, found {found}");
                check.flaw(2, plain, what);
            }
            Some(_) => {}
        }
        let Some(record) = single(folder, stored, check)? else { continue };
        if record.block_sha256 != expected {
            check.flaw(2, stored, format!("it does not hold {plain}"));
        }
        defects(stored, &record, check);
    }
    if facts.is_some() && StatementRecord::read(&folder.read(paths::STATEMENT)?.unwrap_or_default()).is_err()
    {
        check.flaw(1, paths::STATEMENT, "it is not a statement");
    }
    Ok(())
}
