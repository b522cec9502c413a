//! Reading one file from its beginning to its end: the format of each record, the manifests against the records of the
//! same file, certificates, and what is left to be compared with other files.

use std::collections::{HashMap, HashSet};
use std::io::{self, BufRead, Seek};
use std::path::Path;

use vidimus_catalog::{Capture, Headline};
use vidimus_snapshot::{Digest, ExchangeFacts, ImportFacts, Manifest, OriginalFile, RecordFacts, SnapshotId};
use vidimus_warc::http::StoredMessage;
use vidimus_warc::{Item, Reader, Record, RecordType, check_record};

use super::finding::Finding;
use super::records::{Seen, difference, imported_difference};
use super::source::{self, Pace};
use crate::error::io_error;
use crate::prepare::row_of;
use crate::takedown::Logged;
use crate::texts::TextManifest;
use crate::{
    ArchiveError, FRAMING_TYPE, Layout, MANIFEST_TYPE, RUN_REPORT_TYPE, STATEMENT_TYPE, TEXT_TYPE,
    TOMBSTONE_TYPE, Tombstone, certificate,
};

/// The most records of one file that are compared with one another and with manifests, which all have to be kept in mind:
/// ten times what a file of the field's usual gigabyte holds.
const MOST_RECORDS: u64 = 1_000_000;

/// The most defects of one file that are kept: whoever made a file must not fill our memory with them.
const MAX_FINDINGS: usize = 10_000;

/// What a manifest vouches for: a record by its id, or a text by the answer it was made of and its digest.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Vouched {
    Record(String),
    Text(String, Digest),
}

/// A record that is nothing without a manifest.
#[derive(Debug)]
pub(super) struct Claim {
    pub offset: u64,
    pub record_id: String,
    pub needs: Vouched,
}

/// A manifest that was read: its place, and what other files are compared with.
#[derive(Debug)]
pub(super) struct MetManifest {
    pub offset: u64,
    /// What the catalog should say of the capture.
    pub row: Capture,
    pub snapshot: SnapshotId,
    /// The records that it lists.
    pub records: Vec<String>,
    /// The imported file that it names.
    pub original: Option<OriginalFile>,
}

impl MetManifest {
    /// Digests of text and statement, where they are this capture's own: an unchanged one has those of the capture that it
    /// repeats.
    pub fn texts(&self) -> [Option<(&'static str, Digest)>; 2] {
        let own = !self.row.repeats_text();
        let of = |what, digest: Option<Digest>| digest.filter(|_| own).map(|digest| (what, digest));
        [of("text", self.row.text_sha256), of("statement", self.row.statement_sha256)]
    }
}

/// A later text's own record.
#[derive(Debug)]
pub(super) struct MetText {
    pub offset: u64,
    pub record_id: String,
    pub manifest: TextManifest,
}

/// A file that was read.
#[derive(Debug, Default)]
pub(super) struct FileRead {
    pub name: String,
    /// Where that part ends which is to be right: in a file that is being written, no more than the catalog knows.
    pub settled: u64,
    pub findings: Vec<Finding>,
    pub count: u64,
    /// Manifests met, those included that cannot be read.
    pub manifest_count: u64,
    pub content_bytes: u64,
    /// Length and digest of the whole file; nothing of a file that is being written.
    pub whole: Option<(u64, Digest)>,
    pub seen: HashMap<String, Seen>,
    pub manifests: Vec<MetManifest>,
    /// Texts and statements, by the answer that each was made of.
    pub texts: HashSet<(String, Digest)>,
    /// Texts that were made after their capture.
    pub later: Vec<MetText>,
    /// What says of captures that they were taken down, each with its offset and record.
    pub tombstones: Vec<(u64, String, Tombstone)>,
    pub claims: Vec<Claim>,
    pub vouched: HashSet<Vouched>,
    /// Whether any record is of a kind that only this software writes.
    pub is_ours: bool,
    /// Whether a manifest lists records of an imported file that is not at hand.
    pub imports_unseen: bool,
    /// What an index should say of each record, by its offset; nothing where nobody asks.
    pub index: Option<HashMap<u64, Indexable>>,
}

/// What an index should say of a record.
#[derive(Debug)]
pub(super) struct Indexable {
    pub url: String,
    pub date: String,
    pub length: u64,
    /// `WARC-Payload-Digest` as it stands there.
    pub digest: Option<String>,
    /// SHA-256 of the payload, as stored and without the framing of chunks; nothing where another record has it.
    pub payloads: Vec<Digest>,
}

impl Indexable {
    fn of(record: &Record) -> Self {
        let field = |name| record.headers.get(name).map(str::to_owned);
        Self {
            url: record.target_uri().unwrap_or_default().to_owned(),
            date: field("WARC-Date").unwrap_or_default(),
            length: record.length,
            digest: field("WARC-Payload-Digest"),
            payloads: payloads(record),
        }
    }
}

/// The digests that an index may give of a record's payload in SHA-256.
fn payloads(record: &Record) -> Vec<Digest> {
    if record.block_cut || record.record_type == RecordType::Revisit {
        return Vec::new();
    }
    let stored = record.payload();
    let mut digests = vec![Digest::of(stored)];
    if record.holds_http() {
        digests.push(Digest::of(&StoredMessage::read(&record.block).payload));
    }
    digests
}

impl FileRead {
    /// Keeps a defect; none in the part of a file that is only just being written.
    pub fn find(&mut self, finding: Finding) {
        if finding.offset >= self.settled || self.findings.len() > MAX_FINDINGS {
            return;
        }
        if self.findings.len() == MAX_FINDINGS {
            let what = "there are more defects in this file than are listed";
            return self.findings.push(Finding::new(1, &self.name, finding.offset, what));
        }
        self.findings.push(finding);
    }

    /// A manifest that does not fit what was found.
    pub fn blame(&mut self, offset: u64, snapshot: SnapshotId, what: impl Into<String>) {
        self.find(Finding::new(2, &self.name, offset, what).snapshot(snapshot));
    }

    /// What the log says otherwise of takedowns than this file: a note of a removal of which the log knows nothing, or a
    /// capture that it says was removed.
    pub fn against_takedowns(&self, logged: &Logged) -> Vec<Finding> {
        let removed: HashSet<SnapshotId> = logged.removals.iter().map(|one| one.snapshot).collect();
        let known: HashSet<(SnapshotId, &str)> =
            logged.removals.iter().map(|one| (one.snapshot, one.leaf.as_str())).collect();
        let here = self.manifests.iter().filter(|met| removed.contains(&met.snapshot)).map(|met| {
            let id = met.snapshot.hex();
            let what = format!(
                "the capture {id} is here, though the log says that it was taken down: `vidimus takedown {id}` finishes that, \
                 and `vidimus rebuild` takes out what was put back"
            );
            Finding::new(2, &self.name, met.offset, what).snapshot(met.snapshot)
        });
        let forged = self
            .tombstones
            .iter()
            .filter(|(_, _, tombstone)| !known.contains(&(tombstone.snapshot(), tombstone.leaf.as_str())));
        let tell = |(offset, id, tombstone): &(u64, String, Tombstone)| {
            let what = format!(
                "this record says that {} was taken down, of which the log knows nothing",
                tombstone.snapshot()
            );
            Finding::new(2, &self.name, *offset, what).record(id).snapshot(tombstone.snapshot())
        };
        forged.map(tell).chain(here).collect()
    }

    /// Records that no manifest vouches for though one vouches for a record behind them: they were added. At the end of
    /// a file they may be what is left of a capture that was interrupted before its manifest.
    pub fn added(&self, is_vouched: impl Fn(&Vouched) -> bool) -> Vec<Finding> {
        let mut vouched_behind = false;
        let mut added = Vec::new();
        for claim in self.claims.iter().rev() {
            if is_vouched(&claim.needs) {
                vouched_behind = true;
            } else if vouched_behind {
                let what = "no manifest vouches for this record: it was added or changed";
                added.push(Finding::new(2, &self.name, claim.offset, what).record(&claim.record_id));
            }
        }
        added.reverse();
        added
    }
}

/// A record that a manifest lists and that was not met before it.
struct Awaited {
    offset: u64,
    snapshot: SnapshotId,
    facts: RecordFacts,
}

struct Pass<'a> {
    read: FileRead,
    /// The archive, where imported files can be looked up.
    layout: Option<&'a Layout>,
    pace: &'a Pace,
    awaited: Vec<Awaited>,
    certificates: HashSet<Digest>,
    /// Certificates that a manifest names, and that were not met before it.
    named: Vec<(u64, SnapshotId, Digest)>,
}

/// Reads a file of which `settled` bytes are to be right; all, where nothing is given and the file is sealed. `None`
/// when somebody asked to stop before its end.
pub(super) fn read_file(
    name: &str,
    path: &Path,
    settled: Option<u64>,
    layout: Option<&Layout>,
    pace: &Pace,
) -> Result<Option<FileRead>, ArchiveError> {
    let (source, whole) = source::open(path, pace)?;
    let read =
        FileRead { name: name.to_owned(), settled: settled.unwrap_or(u64::MAX), ..FileRead::default() };
    let read = read_records(source, read, layout, pace).map_err(io_error("reading", path))?;
    let Some(mut read) = read else { return Ok(None) };
    if settled.is_none() {
        match whole.finish() {
            Ok(whole) => read.whole = Some(whole),
            Err(_) if pace.is_stopped() => return Ok(None),
            Err(error) => return Err(io_error("reading", path)(error)),
        }
    }
    Ok(Some(read))
}

/// Reads the records of a source into `read`; `None` when somebody asked to stop.
pub(super) fn read_records<R: BufRead + Seek>(
    source: R,
    read: FileRead,
    layout: Option<&Layout>,
    pace: &Pace,
) -> io::Result<Option<FileRead>> {
    let mut reader = Reader::new(source)?;
    let mut pass =
        Pass { read, layout, pace, awaited: Vec::new(), certificates: HashSet::new(), named: Vec::new() };
    loop {
        let item = reader.next_item();
        if pace.is_stopped() {
            return Ok(None);
        }
        match item? {
            None => return Ok(Some(pass.finish())),
            Some(Item::Damage(damage)) => pass.read.find(Finding::of_damage(&pass.read.name, damage)),
            Some(Item::Record(record)) => pass.record(*record),
        }
    }
}

impl Pass<'_> {
    fn record(&mut self, record: Record) {
        self.read.count += 1;
        if self.read.count == MOST_RECORDS + 1 {
            let what = format!(
                "there are more than {MOST_RECORDS} records in this file: those from here on are not compared with others"
            );
            self.read.find(Finding::new(1, &self.read.name, record.offset, what));
        }
        self.read.content_bytes += record.block.len() as u64;
        for damage in record.damage.iter().cloned().chain(check_record(&record)) {
            self.read.find(Finding::of_damage(&self.read.name, damage));
        }
        if self.read.count > MOST_RECORDS {
            return;
        }
        self.note_content(&record);
        self.note_claim(&record);
        if let Some(index) = &mut self.read.index {
            index.insert(record.offset, Indexable::of(&record));
        }
        let id = record.id().to_owned();
        // Without an id there is nothing to stand twice; that it is missing was said.
        if self.read.seen.insert(id.clone(), Seen::of(&record)).is_some() && !id.is_empty() {
            let what = format!("the record id {id} stands more than once");
            self.read.find(Finding::new(1, &self.read.name, record.offset, what).record(&id));
        }
    }

    fn note_content(&mut self, record: &Record) {
        let content_type = record.headers.get("Content-Type");
        self.read.is_ours |= is_of_ours(content_type);
        if let Some(answer) = made_of(record) {
            self.read.texts.insert((answer.to_owned(), record.block_sha256));
        }
        if let Some(name) = certificate::named(record) {
            self.certificate(record, name);
        }
        match content_type {
            Some(TEXT_TYPE) => self.later_text(record),
            Some(MANIFEST_TYPE) => self.manifest(record),
            Some(TOMBSTONE_TYPE) => self.tombstone(record),
            _ => {}
        }
    }

    /// Descriptions of files, manifests (those of later texts too), run reports and certificates, which are checked
    /// against their names, stand for themselves; every other record belongs to a capture.
    fn note_claim(&mut self, record: &Record) {
        let content_type = record.headers.get("Content-Type");
        if record.record_type == RecordType::Warcinfo
            || matches!(content_type, Some(MANIFEST_TYPE | RUN_REPORT_TYPE | TEXT_TYPE | TOMBSTONE_TYPE))
            || certificate::named(record).is_some()
        {
            return;
        }
        let needs = match made_of(record) {
            Some(answer) => Vouched::Text(answer.to_owned(), record.block_sha256),
            None => Vouched::Record(record.id().to_owned()),
        };
        let (offset, record_id) = (record.offset, record.id().to_owned());
        self.read.claims.push(Claim { offset, record_id, needs });
    }

    /// The log vouches for it, which is compared elsewhere.
    fn tombstone(&mut self, record: &Record) {
        let (offset, id) = (record.offset, record.id().to_owned());
        match Tombstone::read(&record.block) {
            Ok(tombstone) => self.read.tombstones.push((offset, id, tombstone)),
            Err(error) => {
                let what = format!("this record does not say what was taken down: {error}");
                self.read.find(Finding::new(2, &self.read.name, offset, what).record(&id));
            }
        }
    }

    /// A certificate has the name that its bytes give it.
    fn certificate(&mut self, record: &Record, name: Digest) {
        if record.block_sha256 == name {
            self.certificates.insert(name);
            return;
        }
        let found = record.block_sha256;
        let what =
            format!("the certificate is not the one that its name says: expected {name}, found {found}");
        let finding = Finding::new(2, &self.read.name, record.offset, what);
        self.read.find(finding.record(record.id()).differs(name, found));
    }

    fn manifest(&mut self, record: &Record) {
        self.read.manifest_count += 1;
        let (snapshot, manifest) = match Manifest::read(&record.block) {
            Ok(read) => read,
            Err(error) => {
                let finding = Finding::new(2, &self.read.name, record.offset, error.to_string());
                return self.read.find(finding.record(record.id()));
            }
        };
        match &manifest.imported {
            Some(import) => self.imported(record.offset, snapshot, &manifest, import),
            None => self.captured(record.offset, snapshot, &manifest),
        }
        self.note_vouched(&manifest);
        for name in manifest.exchanges.iter().flat_map(ExchangeFacts::certificates) {
            if !self.certificates.contains(name) {
                self.named.push((record.offset, snapshot, *name));
            }
        }
        self.read.manifests.push(MetManifest {
            offset: record.offset,
            row: row_of(&manifest, snapshot, Headline::default()),
            snapshot,
            records: manifest.records.into_iter().map(|facts| facts.warc_record_id).collect(),
            original: manifest.imported.map(|import| import.original),
        });
    }

    /// The records of a capture stand before its manifest in the same file.
    fn captured(&mut self, offset: u64, snapshot: SnapshotId, manifest: &Manifest) {
        for facts in &manifest.records {
            match self.read.seen.get(&facts.warc_record_id) {
                Some(seen) => self.compare(offset, snapshot, facts, Some(&seen.clone())),
                None => self.awaited.push(Awaited { offset, snapshot, facts: facts.clone() }),
            }
        }
    }

    /// Those of an imported one lie in another file.
    fn imported(&mut self, offset: u64, snapshot: SnapshotId, manifest: &Manifest, import: &ImportFacts) {
        let Some(layout) = self.layout else { return self.imported_here(offset, snapshot, manifest) };
        for (number, facts) in manifest.records.iter().enumerate() {
            let place = import.places.get(number);
            if let Some(difference) = imported_difference(layout, import, facts, place, self.pace) {
                let finding = difference.at(2, &self.read.name, offset);
                self.read.find(finding.record(&facts.warc_record_id).snapshot(snapshot));
            }
        }
    }

    /// Without an archive, they may stand in the same file, as in an export; there they may have been compressed.
    fn imported_here(&mut self, offset: u64, snapshot: SnapshotId, manifest: &Manifest) {
        for facts in &manifest.records {
            match self.read.seen.get(&facts.warc_record_id).cloned() {
                Some(seen) => {
                    let record_alone = RecordFacts { member_sha256: None, ..facts.clone() };
                    self.compare(offset, snapshot, &record_alone, Some(&seen));
                }
                None => self.read.imports_unseen = true,
            }
        }
    }

    fn compare(&mut self, offset: u64, snapshot: SnapshotId, facts: &RecordFacts, seen: Option<&Seen>) {
        if let Some(difference) = difference(facts, seen) {
            // Where the record is, not where its manifest is: that is where to look.
            let at = seen.map_or(offset, |seen| seen.offset);
            let finding = difference.at(2, &self.read.name, at);
            self.read.find(finding.record(&facts.warc_record_id).snapshot(snapshot));
        }
    }

    fn note_vouched(&mut self, manifest: &Manifest) {
        for facts in &manifest.records {
            self.read.vouched.insert(Vouched::Record(facts.warc_record_id.clone()));
            for digest in manifest.text.iter().flat_map(|text| [text.sha256, text.statement_sha256]) {
                self.read.vouched.insert(Vouched::Text(facts.warc_record_id.clone(), digest));
            }
        }
    }

    /// A record that says which manifest a text belongs to; the records of that text stand before it.
    fn later_text(&mut self, record: &Record) {
        let record_id = record.id().to_owned();
        match TextManifest::read(&record.block) {
            Ok(manifest) => {
                for facts in &manifest.records {
                    let seen = self.read.seen.get(&facts.warc_record_id);
                    if let Some(difference) = difference(facts, seen) {
                        let finding = difference.at(2, &self.read.name, record.offset);
                        self.read.find(finding.record(&facts.warc_record_id));
                    }
                }
                self.read.later.push(MetText { offset: record.offset, record_id, manifest });
            }
            Err(error) => {
                let what = format!("this record does not say which manifest its text belongs to: {error}");
                self.read.find(Finding::new(2, &self.read.name, record.offset, what).record(&record_id));
            }
        }
    }

    /// What was awaited until the end, and did not come.
    fn finish(mut self) -> FileRead {
        for Awaited { offset, snapshot, facts } in std::mem::take(&mut self.awaited) {
            let seen = self.read.seen.get(&facts.warc_record_id).cloned();
            self.compare(offset, snapshot, &facts, seen.as_ref());
        }
        for (offset, snapshot, name) in std::mem::take(&mut self.named) {
            if !self.certificates.contains(&name) {
                let what = format!(
                    "the certificate {name} that the manifest names is missing in this file, or was changed"
                );
                self.read.blame(offset, snapshot, what);
            }
        }
        self.read
    }
}

/// The answer that a text or a statement was made of; `None` for every other record.
fn made_of(record: &Record) -> Option<&str> {
    let is_text = record.record_type == RecordType::Conversion
        || record.headers.get("Content-Type") == Some(STATEMENT_TYPE);
    record.headers.get("WARC-Refers-To").filter(|_| is_text)
}

/// Whether only this software writes records of this type.
fn is_of_ours(content_type: Option<&str>) -> bool {
    matches!(
        content_type,
        Some(MANIFEST_TYPE | STATEMENT_TYPE | FRAMING_TYPE | TEXT_TYPE | RUN_REPORT_TYPE | TOMBSTONE_TYPE)
    )
}
