//! Reading a file's captures back out of its records: what recovery and rebuild fill the catalog from.

use std::collections::HashMap;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use vidimus_catalog::{Capture, Headline, RecordPlace};
use vidimus_snapshot::Manifest;
use vidimus_warc::{Damage, DamageKind, Item, Reader, Record, RecordType};

use crate::error::io_error;
use crate::prepare::row_of;
use crate::{
    ArchiveError, Layout, MANIFEST_TYPE, RUN_REPORT_TYPE, RunReport, STATEMENT_TYPE, StatementRecord,
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
    /// Where the last whole record ends.
    pub good_end: u64,
    /// Everything that was wrong, in order.
    pub damage: Vec<Damage>,
    /// How many records were read.
    pub records: u64,
}

/// Texts by the id of the response that they were made of.
pub(crate) type Texts = HashMap<String, TextRecords>;

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
    each_item(&layout.find(name), |item| {
        let Some(record) = scanned.note(item) else { return };
        let Some(response) = record.headers.get("WARC-Refers-To") else { return };
        let entry = texts.entry(response.to_owned()).or_default();
        entry.places.push(place(name, &record));
        if record.headers.get("Content-Type") == Some(STATEMENT_TYPE)
            && let Ok(statement) = StatementRecord::read(&record.block)
        {
            entry.headline = statement.headline;
        }
    })?;
    Ok(scanned)
}

/// Collects the captures and reports of one WARC file.
pub(crate) fn scan_captures(layout: &Layout, name: &str, texts: &Texts) -> Result<Scanned, ArchiveError> {
    let mut scanned = Scanned::default();
    let mut places: HashMap<String, RecordPlace> = HashMap::new();
    each_item(&layout.find(name), |item| {
        let Some(record) = scanned.note(item) else { return };
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
    let mut found: Vec<RecordPlace> = of_capture.filter_map(|id| places.remove(id)).collect();
    places.clear();
    let text = manifest.records.iter().find_map(|r| texts.get(&r.warc_record_id));
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
