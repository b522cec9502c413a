//! Checking an archive without trusting it.
//!
//! - **L1**: every file is well-formed WARC, every digest is present and right, no record is cut short, no record id
//!   stands twice; every record that the catalog knows is where it should be, and every sealed file is to the byte what
//!   it was when it was sealed.
//! - **L2**: every record, its header included, and every text is the one that its manifest vouches for, every
//!   certificate that a manifest names stands in the same file and has the digest that is its name, and there is
//!   none that no manifest vouches for; beside a catalog, there is no sealed file and no snapshot that it does not know.
//!
//! An archive may be verified while a crawl writes to it: what is appended meanwhile is no defect.
//!
//! What is not proven: that a manifest itself is the one first written. That takes the log (levels L3 to L5).

mod catalog;
mod certificates;
mod texts;

use std::collections::{HashMap, HashSet};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use vidimus_catalog::Catalog;
use vidimus_snapshot::{Digest, Manifest, OutcomeKind, RecordFacts, SnapshotId};
use vidimus_warc::{Damage, DamageKind, Item, Record, RecordType, check_record};

use self::catalog::Known;
use self::texts::MetText;
use crate::certificate;
use crate::layout::FileKind;
use crate::prepare::payload_digest;
use crate::scan::each_item;
use crate::{ArchiveError, Layout, MANIFEST_TYPE, RUN_REPORT_TYPE, STATEMENT_TYPE, TEXT_TYPE};

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
    /// Whether level 2 could be checked: false when the manifests of some records are not among what was read.
    pub l2_checked: bool,
    /// All defects, in the order of the files.
    pub findings: Vec<Finding>,
}

impl VerifyReport {
    /// Whether nothing of this level or below is wrong, as far as it could be checked.
    pub fn passes(&self, level: u8) -> bool {
        !self.findings.iter().any(|finding| finding.level <= level)
    }

    /// Whether level 2 passed or failed; `None` when it could not be checked, and nothing of it is known to be wrong.
    pub fn level_2(&self) -> Option<bool> {
        let is_wrong = self.findings.iter().any(|finding| finding.level == 2);
        (self.l2_checked || is_wrong).then(|| self.passes(2))
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

/// A file that was read.
struct FileRead {
    name: String,
    is_open: bool,
    /// Where that part ends which is to be right: in a file that is being written, no more than the catalog knows.
    settled: u64,
    has_manifest: bool,
}

#[derive(Default)]
struct Verifier {
    report: VerifyReport,
    files: Vec<FileRead>,
    seen: HashMap<String, Seen>,
    /// Digests of the blocks of text and statement records, by the response they were made of.
    texts: HashSet<(String, Digest)>,
    manifests: Vec<(Place, Manifest)>,
    /// Texts made after their capture.
    later: Vec<MetText>,
    /// The certificates that each file holds.
    certificates: HashSet<(usize, Digest)>,
    /// Where each snapshot was met.
    met: Vec<Place>,
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
    // What the catalog knows now is in the files already; what a crawl adds from here on may or may not be read.
    let known = match catalog {
        Some(catalog) => Some(Known::of(catalog).await?),
        None => None,
    };
    let mut verifier = Verifier::default();
    let (mut done, texts) = (0, layout.files(FileKind::Text)?.len());
    // A text is durable before its manifest is written, so that texts are listed and read after all manifests.
    for kind in [FileKind::Warc, FileKind::Text] {
        let names = layout.files(kind)?;
        let total = if kind == FileKind::Warc { names.len() + texts } else { done + names.len() };
        for name in names {
            progress(&name, done, total);
            verifier.read_of(layout, &name, known.as_ref())?;
            done += 1;
        }
    }
    verifier.check_manifests(true);
    // Without a manifest there may still be certificates, for which a run report vouches.
    let all_vouched = verifier.claims.iter().all(|claim| verifier.vouched.contains(&claim.needs));
    verifier.report.l2_checked = verifier.report.manifests > 0 || all_vouched;
    verifier.check_claims();
    if let (Some(catalog), Some(known)) = (catalog, known) {
        verifier.check_catalog(layout, catalog, known).await?;
    }
    Ok(verifier.report)
}

/// Verifies single WARC files. Texts are compared only when their files are among them, and level 2 only when every
/// record's manifest is.
pub fn verify_files(paths: &[PathBuf]) -> Result<VerifyReport, ArchiveError> {
    let mut verifier = Verifier::default();
    for path in paths {
        verifier.read(&path.to_string_lossy(), path, None)?;
    }
    verifier.check_manifests(false);
    verifier.report.l2_checked = verifier.report.manifests > 0;
    verifier.check_claims_of_files();
    Ok(verifier.report)
}

impl Verifier {
    /// Reads a file of the archive, which a writer may seal in the moment before it is opened.
    fn read_of(&mut self, layout: &Layout, name: &str, known: Option<&Known>) -> Result<(), ArchiveError> {
        let settled = known.map(|known| known.settled(name));
        let path = layout.find(name);
        let is_open = path != layout.sealed(name);
        match self.read(name, &path, settled.filter(|_| is_open)) {
            Err(ArchiveError::Io { source, .. }) if is_open && source.kind() == ErrorKind::NotFound => {
                self.read(name, &layout.sealed(name), None)
            }
            result => result,
        }
    }

    /// Reads a file; of one that is being written, `settled` says how far it is to be right.
    fn read(&mut self, name: &str, path: &Path, settled: Option<u64>) -> Result<(), ArchiveError> {
        let file = self.files.len();
        let is_open = settled.is_some();
        let settled = settled.unwrap_or(u64::MAX);
        self.files.push(FileRead { name: name.to_owned(), is_open, settled, has_manifest: false });
        each_item(path, |item| match item {
            Item::Damage(damage) => self.damage(file, damage),
            Item::Record(record) => self.record(file, *record),
        })
        .inspect_err(|_| self.files.truncate(file))?;
        self.report.files += 1;
        Ok(())
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
        if content_type == Some(TEXT_TYPE) {
            self.note_later_text(file, record);
        }
        if let Some(name) = certificate::named(record) {
            self.note_certificate(file, record, name);
        }
        if content_type != Some(MANIFEST_TYPE) {
            return;
        }
        self.report.manifests += 1;
        if let Some(read) = self.files.get_mut(file) {
            read.has_manifest = true;
        }
        match Manifest::read(&record.block) {
            Ok((id, manifest)) => {
                self.payloads.insert(id, payload_digest(&manifest));
                let place = Place { file, offset: record.offset, snapshot: id };
                self.manifests.push((place, manifest));
            }
            Err(error) => self.find(2, file, record.offset, Some(record.id().to_owned()), error.to_string()),
        }
    }

    /// Descriptions of files, manifests (those of later texts too), run reports and certificates, which are checked
    /// against their names, stand for themselves; every other record belongs to a capture.
    fn note_claim(&mut self, file: usize, record: &Record) {
        let content_type = record.headers.get("Content-Type");
        if record.record_type == RecordType::Warcinfo
            || matches!(content_type, Some(MANIFEST_TYPE | RUN_REPORT_TYPE | TEXT_TYPE))
            || certificate::named(record).is_some()
        {
            return;
        }
        let is_text = record.record_type == RecordType::Conversion || content_type == Some(STATEMENT_TYPE);
        let answer = record.headers.get("WARC-Refers-To").filter(|_| is_text);
        let needs = match answer {
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

    /// The same for single files, where no catalog knows how a file ended. A record in a file with manifests has to be
    /// in one of them; the manifests of any other file may be elsewhere.
    fn check_claims_of_files(&mut self) {
        for claim in std::mem::take(&mut self.claims) {
            if self.vouched.contains(&claim.needs) {
                continue;
            }
            if self.files.get(claim.file).is_some_and(|file| file.has_manifest) {
                let what = "no manifest here vouches for this record: it was added or changed, or its capture was interrupted";
                self.find(2, claim.file, claim.offset, Some(claim.record_id), what.to_owned());
            } else {
                self.report.l2_checked = false;
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
            self.met.push(place);
            self.note_vouched(&manifest);
            for facts in &manifest.records {
                if let Some(what) = self.differs(facts) {
                    self.blame(place, Some(facts.warc_record_id.clone()), what);
                }
            }
            self.check_certificates(place, &manifest);
            if with_texts {
                self.check_text(place, &manifest);
                self.check_original(place, &manifest);
            }
        }
        self.check_later_texts(with_texts);
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
        let expected = facts.member_sha256?;
        let member = seen.member_sha256.filter(|found| *found != expected)?;
        Some(format!(
            "the gzip member of the {} record is not the one of its manifest: expected {expected}, found {member}",
            facts.record_type
        ))
    }

    fn check_text(&mut self, place: Place, manifest: &Manifest) {
        // An unchanged capture has the text of the one that it repeats; it is checked there.
        let repeats = manifest.original_manifest.is_some() && manifest.outcome.kind == OutcomeKind::Unchanged;
        let Some(text) = manifest.text.as_ref().filter(|_| !repeats) else { return };
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

    /// A defect; none in the part of a file that is only just being written.
    fn find(&mut self, level: u8, file: usize, offset: u64, record_id: Option<String>, what: String) {
        let finding = Finding { level, file: String::new(), offset, record_id, snapshot: None, what };
        self.keep(file, finding);
    }

    /// A manifest that does not fit what was found.
    fn blame(&mut self, place: Place, record_id: Option<String>, what: String) {
        let (file, offset, snapshot) = (String::new(), place.offset, Some(place.snapshot));
        self.keep(place.file, Finding { level: 2, file, offset, record_id, snapshot, what });
    }

    fn keep(&mut self, file: usize, finding: Finding) {
        let Some(read) = self.files.get(file) else { return };
        if finding.offset < read.settled {
            self.report.findings.push(Finding { file: read.name.clone(), ..finding });
        }
    }

    /// A defect that is not at a place in a file that was read.
    fn find_at(&mut self, level: u8, file: &str, snapshot: Option<SnapshotId>, what: String) {
        let (file, offset, record_id) = (file.to_owned(), 0, None);
        self.report.findings.push(Finding { level, file, offset, record_id, snapshot, what });
    }
}
