//! Reading a file's captures back out of its records: what recovery and rebuild fill the catalog from.

use std::collections::HashMap;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use vidimus_catalog::{Capture, Headline, RecordPlace};
use vidimus_snapshot::{Digest, Manifest};
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
    pub headline: Headline,
}

/// What a file holds.
#[derive(Debug, Default)]
pub(crate) struct Scanned {
    pub captures: Vec<Capture>,
    pub reports: Vec<RunReport>,
    /// Where certificates are, by what they are named.
    pub certificates: Vec<(Digest, RecordPlace)>,
    /// Where the last whole record ends.
    pub good_end: u64,
    /// Everything that was wrong, in order.
    pub damage: Vec<Damage>,
    /// How many records were read.
    pub records: u64,
}

/// The texts of all text files.
#[derive(Debug, Default)]
pub(crate) struct Texts {
    /// Those that were made with their capture, by the id of the response.
    pub of_answer: HashMap<String, TextRecords>,
    /// Those that were made later, oldest file first.
    pub later: Vec<PlacedText>,
}

/// Records of later texts that wait for the one that says what they belong to, by the id of that one.
type Waiting = HashMap<String, TextRecords>;

/// Opens a file of the archive for reading.
pub(crate) fn reader(path: &Path) -> Result<Reader<BufReader<File>>, ArchiveError> {
    let file = File::open(path).map_err(io_error("opening", path))?;
    Reader::new(BufReader::with_capacity(256 << 10, file)).map_err(io_error("reading", path))
}

/// Hands every record and every defect of a file to `visit`.
pub(crate) fn each_item(path: &Path, mut visit: impl FnMut(Item)) -> Result<(), ArchiveError> {
    let mut reader = reader(path)?;
    while let Some(item) = reader.next_item().map_err(io_error("reading", path))? {
        visit(item);
    }
    Ok(())
}

/// Collects the texts of one text file.
pub(crate) fn scan_texts(layout: &Layout, name: &str, texts: &mut Texts) -> Result<Scanned, ArchiveError> {
    let mut scanned = Scanned::default();
    let mut waiting = Waiting::new();
    each_item(&layout.find(name), |item| {
        let Some(record) = scanned.note(item) else { return };
        if record.headers.get("Content-Type") == Some(TEXT_TYPE) {
            texts.later.extend(later_text(name, &record, &mut waiting));
            return;
        }
        let Some(response) = record.headers.get("WARC-Refers-To") else { return };
        // A later text names its own record, without which it belongs to nothing.
        let entry = match record.headers.get("WARC-Concurrent-To") {
            Some(own) => waiting.entry(own.to_owned()).or_default(),
            None => texts.of_answer.entry(response.to_owned()).or_default(),
        };
        entry.places.push(place(name, &record));
        if record.headers.get("Content-Type") == Some(STATEMENT_TYPE)
            && let Ok(statement) = StatementRecord::read(&record.block)
        {
            entry.headline = statement.headline;
        }
    })?;
    Ok(scanned)
}

/// A later text, from the record that says which manifest it belongs to and those that stood before it.
fn later_text(file: &str, record: &Record, waiting: &mut Waiting) -> Option<PlacedText> {
    let text = TextManifest::read(&record.block).ok()?.as_later_text(record.id())?;
    let TextRecords { mut places, headline } = waiting.remove(record.id())?;
    places.push(place(file, record));
    Some((text, headline, places))
}

/// Collects the captures and reports of one WARC file.
pub(crate) fn scan_captures(layout: &Layout, name: &str, texts: &Texts) -> Result<Scanned, ArchiveError> {
    let mut scanned = Scanned::default();
    let mut places: HashMap<String, RecordPlace> = HashMap::new();
    each_item(&layout.find(name), |item| {
        let Some(record) = scanned.note(item) else { return };
        if let Some(sha256) = certificate::named(&record) {
            scanned.certificates.push((sha256, place(name, &record)));
            return;
        }
        places.insert(record.id().to_owned(), place(name, &record));
        if record.record_type != RecordType::Metadata {
            return;
        }
        match record.headers.get("Content-Type") {
            Some(MANIFEST_TYPE) => {
                if let Some(capture) = capture_of(&record, &mut places, texts) {
                    scanned.captures.push(capture);
                }
            }
            Some(RUN_REPORT_TYPE) => {
                scanned.reports.extend(serde_json::from_slice::<RunReport>(&record.block));
            }
            _ => {}
        }
    })?;
    Ok(scanned)
}

fn capture_of(record: &Record, places: &mut HashMap<String, RecordPlace>, texts: &Texts) -> Option<Capture> {
    let (id, manifest) = Manifest::read(&record.block).ok()?;
    let of_capture = manifest.records.iter().map(|r| r.warc_record_id.as_str()).chain([record.id()]);
    // The records of an imported capture lie where its manifest says, in a file that somebody else wrote.
    let mut found = places_of(&manifest);
    found.extend(of_capture.filter_map(|id| places.remove(id)));
    places.clear();
    let text = manifest.records.iter().find_map(|r| texts.of_answer.get(&r.warc_record_id));
    found.extend(text.iter().flat_map(|t| &t.places).cloned());
    // An unchanged capture takes its headline from the original, once the catalog knows both.
    let headline = text.map(|t| t.headline.clone()).unwrap_or_default();
    let mut row = row_of(&manifest, id, headline);
    row.records = found;
    Some(row)
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

impl Scanned {
    /// Keeps count of an item, and gives back the record if it is a whole one.
    fn note(&mut self, item: Item) -> Option<Record> {
        match item {
            Item::Damage(damage) => {
                self.damage.push(damage);
                None
            }
            Item::Record(record) => {
                let torn = record.damage.iter().any(|d| is_torn(&d.kind));
                self.damage.extend(record.damage.iter().cloned());
                if torn {
                    return None;
                }
                self.records += 1;
                self.good_end = record.offset + record.length;
                Some(*record)
            }
        }
    }
}

/// Whether a defect is that of a record which was not written to its end.
fn is_torn(kind: &DamageKind) -> bool {
    matches!(kind, DamageKind::TornMember(_) | DamageKind::ShortBlock { .. })
}
