//! Reading a file's captures back out of its records: what recovery and rebuild fill the catalog from.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use vidimus_catalog::{Capture, Headline, RecordPlace, SealedFile};
use vidimus_snapshot::{Digest, Manifest, SnapshotId};
use vidimus_warc::{Damage, DamageKind, Item, Reader, Record, RecordType};

use crate::certificate;
use crate::error::io_error;
use crate::import::places_of;
use crate::prepare::row_of;
use crate::texts::{PlacedText, TextManifest};
use crate::{
    ArchiveError, Layout, MANIFEST_TYPE, RUN_REPORT_TYPE, RunReport, STATEMENT_TYPE, StatementRecord,
    TEXT_TYPE,
};

/// The text records that belong to one response.
#[derive(Debug, Clone, Default)]
pub(crate) struct TextRecords {
    pub places: Vec<RecordPlace>,
    /// What the text says of itself, if that record was read.
    pub headline: Option<Headline>,
}

/// Captures and what stands between them, in their order.
#[derive(Debug, Default)]
pub(crate) struct Captures {
    pub captures: Vec<Capture>,
    pub reports: Vec<RunReport>,
    /// Where certificates are, by what they are named.
    pub certificates: Vec<(Digest, RecordPlace)>,
    /// The imported files that manifests name, as these say what they were; each once in a file of manifests.
    pub originals: Vec<SealedFile>,
}

/// Texts, in their order.
#[derive(Debug, Default)]
pub(crate) struct Texts {
    /// Those that were made with their capture, by the id of the response.
    pub of_answer: HashMap<String, TextRecords>,
    /// Those that were made later.
    pub later: Vec<PlacedText>,
}

/// Records of later texts that wait for the one that says what they belong to, by the id of that one.
type Waiting = HashMap<String, TextRecords>;

/// No capture has more records; in a file of somebody else's making they do not pile up.
const MOST_RECORDS: usize = 100_000;
/// So many defects of one file are told; of the rest it is told how many they are.
const MOST_DAMAGE: usize = 1_000;

/// Opens a file of the archive for reading.
pub(crate) fn reader(path: &Path) -> Result<Reader<BufReader<File>>, ArchiveError> {
    let file = File::open(path).map_err(io_error("opening", path))?;
    Reader::new(BufReader::with_capacity(256 << 10, file)).map_err(io_error("reading", path))
}

/// Reads the whole records of a file, and keeps count.
pub(crate) struct Scan {
    name: String,
    path: PathBuf,
    reader: Reader<BufReader<File>>,
    /// Where the last whole record ends.
    pub good_end: u64,
    /// What was wrong, in order, as far as it is told.
    pub damage: Vec<Damage>,
    /// How much more was wrong.
    untold: usize,
}

impl Scan {
    fn open(layout: &Layout, name: &str) -> Result<Self, ArchiveError> {
        let path = layout.find(name);
        let reader = reader(&path)?;
        Ok(Self { name: name.to_owned(), path, reader, good_end: 0, damage: Vec::new(), untold: 0 })
    }

    /// The next record that is whole; what is not is noted as damage.
    fn next(&mut self) -> Result<Option<Record>, ArchiveError> {
        loop {
            match self.reader.next_item().map_err(io_error("reading", &self.path))? {
                None => return Ok(None),
                Some(Item::Damage(damage)) => self.note(damage),
                Some(Item::Record(record)) => {
                    let torn = record.damage.iter().any(|d| is_torn(&d.kind));
                    record.damage.iter().cloned().for_each(|damage| self.note(damage));
                    if !torn {
                        self.good_end = record.offset + record.length;
                        return Ok(Some(*record));
                    }
                }
            }
        }
    }

    fn note(&mut self, damage: Damage) {
        if self.damage.len() < MOST_DAMAGE {
            self.damage.push(damage);
        } else {
            self.untold += 1;
        }
    }

    /// What was wrong before an offset, in sentences.
    pub(crate) fn told(&self, before: u64) -> Vec<String> {
        let inside = self.damage.iter().filter(|damage| damage.offset < before);
        let mut told: Vec<String> = inside.map(|damage| format!("{}: {damage}", self.name)).collect();
        if self.untold > 0 {
            told.push(format!(
                "{}: and {} defects more; `vidimus verify` names them all",
                self.name, self.untold
            ));
        }
        told
    }

    fn place(&self, record: &Record) -> RecordPlace {
        place(&self.name, record)
    }
}

/// Reads the texts of a text file, piece by piece.
pub(crate) struct TextScan {
    pub scan: Scan,
    waiting: Waiting,
}

impl TextScan {
    pub(crate) fn open(layout: &Layout, name: &str) -> Result<Self, ArchiveError> {
        Ok(Self { scan: Scan::open(layout, name)?, waiting: Waiting::new() })
    }

    /// Adds the next so many records to the texts; says whether there may be more.
    pub(crate) fn read(&mut self, at_most: usize, texts: &mut Texts) -> Result<bool, ArchiveError> {
        for _ in 0..at_most {
            let Some(record) = self.scan.next()? else { return Ok(false) };
            self.take(&record, texts);
        }
        Ok(true)
    }

    fn take(&mut self, record: &Record, texts: &mut Texts) {
        if record.headers.get("Content-Type") == Some(TEXT_TYPE) {
            texts.later.extend(later_text(&self.scan.name, record, &mut self.waiting));
            return;
        }
        let Some(response) = record.headers.get("WARC-Refers-To") else { return };
        if self.waiting.len() > MOST_RECORDS {
            self.waiting.clear();
        }
        // A later text names its own record, without which it belongs to nothing.
        let entry = match record.headers.get("WARC-Concurrent-To") {
            Some(own) => self.waiting.entry(own.to_owned()).or_default(),
            None => texts.of_answer.entry(response.to_owned()).or_default(),
        };
        entry.places.push(self.scan.place(record));
        if record.headers.get("Content-Type") == Some(STATEMENT_TYPE)
            && let Ok(statement) = StatementRecord::read(&record.block)
        {
            entry.headline = Some(statement.headline);
        }
    }
}

/// A later text, from the record that says which manifest it belongs to and those that stood before it.
fn later_text(file: &str, record: &Record, waiting: &mut Waiting) -> Option<PlacedText> {
    let text = TextManifest::read(&record.block).ok()?.as_later_text(record.id())?;
    let TextRecords { mut places, headline } = waiting.remove(record.id())?;
    places.push(place(file, record));
    Some((text, headline.unwrap_or_default(), places))
}

/// Reads the captures and reports of a WARC file, piece by piece.
pub(crate) struct CaptureScan {
    pub scan: Scan,
    /// Where the records are that no manifest has named yet.
    places: HashMap<String, RecordPlace>,
    /// The imported files that were given already.
    originals: HashSet<String>,
}

impl CaptureScan {
    pub(crate) fn open(layout: &Layout, name: &str) -> Result<Self, ArchiveError> {
        Ok(Self { scan: Scan::open(layout, name)?, places: HashMap::new(), originals: HashSet::new() })
    }

    /// The next so many captures, with those of the texts that are theirs; nothing at the end of the file.
    pub(crate) fn piece(&mut self, at_most: usize, texts: &Texts) -> Result<Option<Captures>, ArchiveError> {
        let mut found = Captures::default();
        while found.captures.len() + found.reports.len() + found.certificates.len() < at_most {
            let Some(record) = self.scan.next()? else {
                let is_empty =
                    found.captures.is_empty() && found.reports.is_empty() && found.certificates.is_empty();
                return Ok((!is_empty).then_some(found));
            };
            self.take(&record, texts, &mut found);
        }
        Ok(Some(found))
    }

    fn take(&mut self, record: &Record, texts: &Texts, found: &mut Captures) {
        if let Some(sha256) = certificate::named(record) {
            found.certificates.push((sha256, self.scan.place(record)));
            return;
        }
        if self.places.len() >= MOST_RECORDS {
            self.places.clear();
        }
        self.places.insert(record.id().to_owned(), self.scan.place(record));
        if record.record_type != RecordType::Metadata {
            return;
        }
        match record.headers.get("Content-Type") {
            Some(MANIFEST_TYPE) => {
                let Ok((id, manifest)) = Manifest::read(&record.block) else { return };
                found.originals.extend(original_of(&manifest, &mut self.originals));
                found.captures.push(capture_of(record, id, &manifest, &mut self.places, texts));
            }
            Some(RUN_REPORT_TYPE) => {
                found.reports.extend(serde_json::from_slice::<RunReport>(&record.block));
            }
            _ => {}
        }
    }
}

/// The imported file that a manifest names, unless it was given already.
fn original_of(manifest: &Manifest, given: &mut HashSet<String>) -> Option<SealedFile> {
    let original = &manifest.imported.as_ref()?.original;
    if given.contains(&original.file) {
        return None;
    }
    given.insert(original.file.clone());
    Some(SealedFile { name: original.file.clone(), length: original.bytes, sha256: original.sha256 })
}

fn capture_of(
    record: &Record,
    id: SnapshotId,
    manifest: &Manifest,
    places: &mut HashMap<String, RecordPlace>,
    texts: &Texts,
) -> Capture {
    let of_capture = manifest.records.iter().map(|r| r.warc_record_id.as_str()).chain([record.id()]);
    // The records of an imported capture lie where its manifest says, in a file that somebody else wrote.
    let mut found = places_of(manifest);
    found.extend(of_capture.filter_map(|id| places.remove(id)));
    places.clear();
    let answers = manifest.records.iter().filter(|facts| facts.record_type != RecordType::Request.as_str());
    let text = answers.map(|facts| &facts.warc_record_id).find_map(|id| texts.of_answer.get(id));
    found.extend(text.iter().flat_map(|t| &t.places).cloned());
    // An unchanged capture takes its headline from the original, once the catalog knows both.
    let headline = text.and_then(|t| t.headline.clone()).unwrap_or_default();
    let mut row = row_of(manifest, id, headline);
    row.records = found;
    row
}

fn place(name: &str, record: &Record) -> RecordPlace {
    RecordPlace {
        warc_record_id: record.id().to_owned(),
        record_type: record.record_type.as_str().to_owned(),
        target_uri: record.target_uri().unwrap_or("").to_owned(),
        file: name.to_owned(),
        offset: record.offset,
        length: record.length,
    }
}

/// Whether a defect is that of a record which was not written to its end.
fn is_torn(kind: &DamageKind) -> bool {
    matches!(kind, DamageKind::TornMember(_) | DamageKind::ShortBlock { .. })
}
