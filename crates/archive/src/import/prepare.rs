//! From an answer that somebody else archived to what this archive writes of it: a manifest that says who captured and
//! that we did not, and the text made of it. The answer itself stays where it is.

use vidimus_catalog::{Headline, RecordPlace};
use vidimus_snapshot::{Digest, ImportFacts, Manifest, SnapshotId, TextFacts};
use vidimus_warc::{Headers, NewRecord, RecordType, encode};

use super::exchange::record_places;
use crate::layout::is_imported;
use crate::logbook::event_of;
use crate::prepare::{Member, aside, member, row_of, warc_date};
use crate::{ArchiveError, MANIFEST_TYPE, NewText, Prepared, STATEMENT_TYPE, StatementRecord};

/// Makes the records of an imported capture. Of the manifest all is given but `text`, which is filled in here; it names the
/// answer as the first of its records. `uuid` gives a new UUID at each call.
pub fn prepare_import(
    mut manifest: Manifest,
    text: Option<NewText>,
    uuid: &mut dyn FnMut() -> String,
) -> Result<Prepared, ArchiveError> {
    let imported =
        manifest.imported.as_ref().ok_or(ArchiveError::Absent("file that it was imported from"))?;
    let answer = manifest.records.first().ok_or(ArchiveError::Absent("record that it was imported from"))?;
    let about = About {
        url: manifest.final_url.clone(),
        answer: answer.warc_record_id.clone(),
        date: warc_date(imported.imported_at),
    };
    let places = places_of(&manifest);
    let mut id = || format!("<urn:uuid:{}>", uuid());
    let (mut members, mut headline) = (Vec::new(), Headline::default());
    match text {
        None => {}
        Some(NewText::Same { facts, headline: same }) => {
            manifest.text = Some(facts);
            headline = *same;
        }
        Some(NewText::Extracted { text, statement, params_sha256 }) => {
            let json = statement.to_json()?;
            manifest.text = Some(TextFacts {
                sha256: Digest::of(text.as_bytes()),
                statement_sha256: Digest::of(&json),
                extractor: statement.extractor.clone(),
                params_sha256,
            });
            let plain = "text/plain;charset=utf-8";
            members.push(about.record(RecordType::Conversion, &id(), &about.url, plain, text.as_bytes())?);
            members.push(about.record(RecordType::Metadata, &id(), &about.url, STATEMENT_TYPE, &json)?);
            let StatementRecord { headline: found, .. } = *statement;
            headline = found;
        }
    }
    let bytes = manifest.to_canonical_json()?;
    let target = aside("manifest", &about.url);
    let own = about.record(RecordType::Metadata, &id(), &target, MANIFEST_TYPE, &bytes)?;
    let name = SnapshotId::of_manifest(&bytes);
    let leaf = Some((manifest.capture_id.clone(), event_of(&manifest, name)));
    let mut row = row_of(&manifest, name, headline);
    row.records = places;
    Ok(Prepared { warc: vec![own], text: members, certificates: Vec::new(), row, leaf })
}

/// Where the records are that an imported capture consists of; none of a capture of our own.
pub(crate) fn places_of(manifest: &Manifest) -> Vec<RecordPlace> {
    let is_import =
        |facts: &&ImportFacts| manifest.kind == Manifest::IMPORT && is_imported(&facts.records_file);
    let imported = manifest.imported.as_ref().filter(is_import);
    imported.map_or_else(Vec::new, |imported| {
        record_places(&manifest.records, &imported.places, &imported.records_file)
    })
}

/// What all records about one answer say.
struct About {
    url: String,
    answer: String,
    date: String,
}

impl About {
    fn record(
        &self,
        kind: RecordType,
        id: &str,
        target: &str,
        content_type: &str,
        block: &[u8],
    ) -> Result<Member, ArchiveError> {
        let headers = Headers::new()
            .with("WARC-Target-URI", target)
            .with("WARC-Refers-To", self.answer.as_str())
            .with("Content-Type", content_type);
        let record = NewRecord::new(kind, id, &self.date, headers, block);
        Ok(member(&record, encode(&record)?))
    }
}
