//! Checking an archive without trusting it.
//!
//! - **L1**: every file is well-formed WARC, every digest is present and right, nothing is truncated, no record id
//!   stands twice; every record that the catalog knows is where it should be, and every sealed file is to the byte what
//!   it was when it was sealed.
//! - **L2**: every record, its header included, and every text is the one that its manifest vouches for, and there is
//!   none that no manifest vouches for.
//!
//! What is not proven: that a manifest itself is the one first written. That takes the log (levels L3 to L5).

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use vidimus_catalog::{Catalog, RecordPlace, SealedFile};
use vidimus_snapshot::{Digest, Manifest, RecordFacts, SnapshotId};
use vidimus_warc::{Damage, DamageKind, Item, Record, RecordType, check_record};

use crate::layout::FileKind;
use crate::prepare::payload_digest;
use crate::scan::each_item;
use crate::sealed::digest_of;
use crate::{ArchiveError, Layout, MANIFEST_TYPE, RUN_REPORT_TYPE, STATEMENT_TYPE};

/// One defect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The level that fails because of it: 1 or 2.
    pub level: u8,
    /// The file.
    pub file: String,
    /// Where in it.
    pub offset: u64,
    /// The record, where it has an id.
    pub record_id: Option<String>,
    /// The snapshot that it concerns, where that is known.
    pub snapshot: Option<SnapshotId>,
    /// What is wrong, with what was expected and what was found.
    pub what: String,
}

/// What a verification read and found.
#[derive(Debug, Clone, Default)]
pub struct VerifyReport {
    /// Files read.
    pub files: u64,
    /// Records read.
    pub records: u64,
    /// Manifests read.
    pub manifests: u64,
    /// Uncompressed bytes of blocks that were hashed.
    pub bytes: u64,
    /// Whether the catalog was there to compare with.
    pub catalog: bool,
    /// All defects, in the order of the files.
    pub findings: Vec<Finding>,
}

impl VerifyReport {
    /// Whether nothing of this level or below is wrong.
    pub fn passes(&self, level: u8) -> bool {
        !self.findings.iter().any(|finding| finding.level <= level)
    }
}

/// Where a manifest is, and the name it gives its snapshot.
#[derive(Clone, Copy)]
struct Place {
    file: usize,
    offset: u64,
    snapshot: SnapshotId,
}

/// What is known of a record once it was read.
struct Seen {
    file: usize,
    offset: u64,
    record_sha256: Digest,
    member_sha256: Option<Digest>,
}

#[derive(Default)]
struct Verifier {
    report: VerifyReport,
    files: Vec<String>,
    seen: HashMap<String, Seen>,
    /// Digests of the blocks of text and statement records, by the response they were made of.
    texts: HashSet<(String, Digest)>,
    manifests: Vec<(Place, Manifest)>,
    /// The payload digest of each snapshot met.
    payloads: HashMap<SnapshotId, Option<Digest>>,
    /// Records that a manifest has to vouch for, in their order.
    claims: Vec<Claim>,
    /// What manifests vouch for.
    vouched: HashSet<Vouched>,
}

/// A record that is nothing without a manifest.
struct Claim {
    file: usize,
    offset: u64,
    record_id: String,
    needs: Vouched,
}

/// What a manifest vouches for: a record by its id, or a text by the answer it was made of and its digest.
#[derive(PartialEq, Eq, Hash)]
enum Vouched {
    Record(String),
    Text(String, Digest),
}

/// Verifies all files of an archive against themselves, their manifests and, if given, the catalog.
pub async fn verify_archive(
    layout: &Layout,
    catalog: Option<&Catalog>,
    mut progress: impl FnMut(&str, usize, usize),
) -> Result<VerifyReport, ArchiveError> {
    let mut names = layout.files(FileKind::Text)?;
    names.extend(layout.files(FileKind::Warc)?);
    let mut verifier = Verifier::default();
    for (number, name) in names.iter().enumerate() {
        progress(name, number, names.len());
        verifier.read(name, &layout.find(name))?;
    }
    verifier.check_manifests(true);
    verifier.check_claims();
    if let Some(catalog) = catalog {
        verifier.report.catalog = true;
        verifier.check_snapshots(&catalog.snapshots().await?);
        for name in catalog.files().await? {
            let places = catalog.records_in(Path::new(&name)).await?;
            verifier.check_places(&name, &places);
        }
        for file in catalog.sealed_files().await? {
            verifier.check_sealed(layout, &file)?;
        }
    }
    Ok(verifier.finish())
}

/// Verifies single WARC files. Texts are compared only when their files are among them.
pub fn verify_files(paths: &[PathBuf]) -> Result<VerifyReport, ArchiveError> {
    let mut verifier = Verifier::default();
    for path in paths {
        verifier.read(&path.to_string_lossy(), path)?;
    }
    verifier.check_manifests(false);
    Ok(verifier.finish())
}

impl Verifier {
    fn read(&mut self, name: &str, path: &Path) -> Result<(), ArchiveError> {
        let file = self.files.len();
        self.files.push(name.to_owned());
        self.report.files += 1;
        each_item(path, |item| match item {
            Item::Damage(damage) => self.damage(file, damage),
            Item::Record(record) => self.record(file, *record),
        })
    }

    fn damage(&mut self, file: usize, damage: Damage) {
        self.find(1, file, damage.offset, damage.record_id, damage.kind.to_string());
    }

    fn record(&mut self, file: usize, record: Record) {
        self.report.records += 1;
        self.report.bytes += record.block.len() as u64;
        for damage in record.damage.iter().cloned().chain(check_record(&record)) {
            self.damage(file, damage);
        }
        self.note_content(file, &record);
        self.note_claim(file, &record);
        let id = record.id().to_owned();
        let seen = Seen {
            file,
            offset: record.offset,
            record_sha256: record.record_sha256,
            member_sha256: record.member_sha256,
        };
        if self.seen.insert(id.clone(), seen).is_some() {
            let what = DamageKind::DuplicateId(id.clone()).to_string();
            self.find(1, file, record.offset, Some(id), what);
        }
    }

    fn note_content(&mut self, file: usize, record: &Record) {
        let content_type = record.headers.get("Content-Type");
        let is_text = record.record_type == RecordType::Conversion || content_type == Some(STATEMENT_TYPE);
        if let Some(response) = record.headers.get("WARC-Refers-To").filter(|_| is_text) {
            self.texts.insert((response.to_owned(), record.block_sha256));
        }
        if content_type != Some(MANIFEST_TYPE) {
            return;
        }
        self.report.manifests += 1;
        match Manifest::read(&record.block) {
            Ok((id, manifest)) => {
                self.payloads.insert(id, payload_digest(&manifest));
                let place = Place { file, offset: record.offset, snapshot: id };
                self.manifests.push((place, manifest));
            }
            Err(error) => self.find(2, file, record.offset, Some(record.id().to_owned()), error.to_string()),
        }
    }

    /// Descriptions of files, manifests and run reports stand for themselves; every other record belongs to a capture.
    fn note_claim(&mut self, file: usize, record: &Record) {
        let content_type = record.headers.get("Content-Type");
        if record.record_type == RecordType::Warcinfo
            || matches!(content_type, Some(MANIFEST_TYPE | RUN_REPORT_TYPE))
        {
            return;
        }
        let is_text = record.record_type == RecordType::Conversion || content_type == Some(STATEMENT_TYPE);
        let needs = match record.headers.get("WARC-Refers-To").filter(|_| is_text) {
            Some(answer) => Vouched::Text(answer.to_owned(), record.block_sha256),
            None => Vouched::Record(record.id().to_owned()),
        };
        let (offset, record_id) = (record.offset, record.id().to_owned());
        self.claims.push(Claim { file, offset, record_id, needs });
    }

    /// Finds records that somebody added: no manifest vouches for them. At the end of a file they may be what is left of
    /// a capture that was interrupted before its manifest; that the file has not grown since, the catalog knows.
    fn check_claims(&mut self) {
        let mut vouched_behind = HashSet::new();
        for claim in std::mem::take(&mut self.claims).into_iter().rev() {
            if self.vouched.contains(&claim.needs) {
                vouched_behind.insert(claim.file);
            } else if vouched_behind.contains(&claim.file) {
                let what = "no manifest vouches for this record: it was added or changed".to_owned();
                self.find(2, claim.file, claim.offset, Some(claim.record_id), what);
            }
        }
    }

    /// Notes what a manifest vouches for.
    fn note_vouched(&mut self, manifest: &Manifest) {
        for facts in &manifest.records {
            self.vouched.insert(Vouched::Record(facts.warc_record_id.clone()));
            for digest in manifest.text.iter().flat_map(|text| [text.sha256, text.statement_sha256]) {
                self.vouched.insert(Vouched::Text(facts.warc_record_id.clone(), digest));
            }
        }
    }

    /// Compares every manifest with the records that were read.
    fn check_manifests(&mut self, with_texts: bool) {
        for (place, manifest) in std::mem::take(&mut self.manifests) {
            self.note_vouched(&manifest);
            for facts in &manifest.records {
                if let Some(what) = self.differs(facts) {
                    self.blame(place, Some(facts.warc_record_id.clone()), what);
                }
            }
            if with_texts {
                self.check_text(place, &manifest);
                self.check_original(place, &manifest);
            }
        }
    }

    /// How a record differs from what its manifest says, if it does.
    fn differs(&self, facts: &RecordFacts) -> Option<String> {
        let Some(seen) = self.seen.get(&facts.warc_record_id) else {
            return Some("a record that the manifest lists is missing".to_owned());
        };
        if seen.record_sha256 != facts.record_sha256 {
            return Some(format!(
                "the {} record (header and block) is not the one of its manifest: expected {}, found {}",
                facts.record_type, facts.record_sha256, seen.record_sha256
            ));
        }
        let member = seen.member_sha256.filter(|found| *found != facts.member_sha256)?;
        Some(format!(
            "the gzip member of the {} record is not the one of its manifest: expected {}, found {member}",
            facts.record_type, facts.member_sha256
        ))
    }

    fn check_text(&mut self, place: Place, manifest: &Manifest) {
        // A capture that repeats another's payload has that one's text; it is checked there.
        let Some(text) = manifest.text.as_ref().filter(|_| manifest.original_manifest.is_none()) else {
            return;
        };
        for (what, digest) in [("text", text.sha256), ("statement", text.statement_sha256)] {
            let mut answers = manifest.records.iter();
            if !answers.any(|r| self.texts.contains(&(r.warc_record_id.clone(), digest))) {
                let what = format!("the {what} {digest} of this manifest is missing or was changed");
                self.blame(place, None, what);
            }
        }
    }

    /// A capture that repeats another's payload is worth what that one is: it must be there, with the same digest.
    fn check_original(&mut self, place: Place, manifest: &Manifest) {
        let Some(original) = manifest.original_manifest.map(SnapshotId::from_digest) else { return };
        let what = match self.payloads.get(&original) {
            Some(payload) if *payload == payload_digest(manifest) => return,
            Some(_) => format!("the payload digest is not that of the original {original}"),
            None => format!("the original {original}, which holds the payload, is missing or was changed"),
        };
        self.blame(place, None, what);
    }

    /// Every snapshot that the catalog knows has its manifest, unchanged: a changed one has another name.
    fn check_snapshots(&mut self, known: &[SnapshotId]) {
        for id in known.iter().filter(|id| !self.payloads.contains_key(id)) {
            let what = format!("the manifest of {id} ({}) is missing or was changed", id.short());
            let file = "catalog.sqlite".to_owned();
            self.report.findings.push(Finding {
                level: 2,
                file,
                offset: 0,
                record_id: None,
                snapshot: Some(*id),
                what,
            });
        }
    }

    /// Compares what was read with what the catalog knows.
    fn check_places(&mut self, name: &str, places: &[RecordPlace]) {
        let Some(file) = self.files.iter().position(|known| known == name) else {
            let what = format!("the file is missing; the catalog knows of {} records in it", places.len());
            self.report.findings.push(Finding {
                level: 1,
                file: name.to_owned(),
                offset: 0,
                record_id: None,
                snapshot: None,
                what,
            });
            return;
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
        let (offset, what) = if path.is_file() {
            match digest_of(&path)? {
                (length, sha256) if (length, sha256) == (sealed.length, sealed.sha256) => return Ok(()),
                (length, sha256) => (
                    if length == sealed.length { 0 } else { length.min(sealed.length) },
                    format!(
                        "the file is not what it was when it was sealed: expected {} bytes with {}, found {length} bytes with {sha256}",
                        sealed.length, sealed.sha256
                    ),
                ),
            }
        } else {
            (0, "the file is missing; the catalog knows that it was sealed".to_owned())
        };
        let (file, record_id, snapshot) = (sealed.name.clone(), None, None);
        self.report.findings.push(Finding { level: 1, file, offset, record_id, snapshot, what });
        Ok(())
    }

    fn find(&mut self, level: u8, file: usize, offset: u64, record_id: Option<String>, what: String) {
        let file = self.files.get(file).cloned().unwrap_or_default();
        self.report.findings.push(Finding { level, file, offset, record_id, snapshot: None, what });
    }

    /// A manifest that does not fit what was found.
    fn blame(&mut self, place: Place, record_id: Option<String>, what: String) {
        let file = self.files.get(place.file).cloned().unwrap_or_default();
        let snapshot = Some(place.snapshot);
        self.report.findings.push(Finding {
            level: 2,
            file,
            offset: place.offset,
            record_id,
            snapshot,
            what,
        });
    }

    fn finish(self) -> VerifyReport {
        self.report
    }
}
