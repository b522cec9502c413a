//! One capture taken apart: its manifest as stored, and each of its records by itself, for a package in which every record
//! is a file of its own.
//!
//! Nothing comes out that is not what the manifest vouches for: what is wrong is in [`Parts::damage`].

use std::io::Write;

use vidimus_catalog::{Capture, RecordPlace};
use vidimus_snapshot::{Digest, ExchangeFacts, Manifest, SnapshotId};
use vidimus_warc::Record;

use super::NotExported;
use super::check::{self, CopyError, Sound};
use crate::{Archive, ArchiveError};

/// A record that is right, where it lies in the archive.
pub struct Part(Sound);

/// A text of a capture, and the record that holds it.
pub struct TextPart {
    /// The record.
    pub part: Part,
    /// Its block: the text, or the statement as JSON.
    pub block: Vec<u8>,
}

/// A capture taken apart.
pub struct Parts {
    /// What the catalog knows of it.
    pub capture: Capture,
    /// Its manifest.
    pub manifest: Manifest,
    /// The manifest's bytes, as stored.
    pub manifest_json: Vec<u8>,
    /// Its records in the order of the manifest, and behind them that of the manifest itself.
    pub records: Vec<Part>,
    /// The certificates that its manifest names and the archive holds, each once.
    pub certificates: Vec<(Digest, Part)>,
    /// The text that the manifest names, then the statement; of an unchanged capture they lie with the original.
    pub texts: Vec<TextPart>,
    /// What is missing or wrong.
    pub damage: Vec<NotExported>,
}

impl Part {
    /// The record; of a long block only the beginning is there.
    pub fn record(&self) -> &Record {
        &self.0.record
    }

    /// Writes the record's gzip member, as it lies in the archive, to a file that errors name `path`.
    pub fn copy(
        &self,
        archive: &Archive,
        out: &mut impl Write,
        path: &std::path::Path,
    ) -> Result<(), ArchiveError> {
        check::copy(archive.layout(), &self.0, out).map_err(|error: CopyError| error.on(path))
    }

    /// The whole block, which is checked once more.
    pub fn block(&self, archive: &Archive) -> Result<Vec<u8>, ArchiveError> {
        let record = &self.0.record;
        let place = RecordPlace {
            warc_record_id: record.id().to_owned(),
            record_type: record.record_type.as_str().to_owned(),
            target_uri: record.target_uri().unwrap_or_default().to_owned(),
            file: self.0.file.clone(),
            offset: record.offset,
            length: record.length,
        };
        Ok(archive.record(&place)?.block)
    }
}

/// Takes a capture apart. What is damaged is left out and told; without its manifest there is nothing to take apart.
pub async fn parts_of(archive: &Archive, id: SnapshotId) -> Result<Parts, ArchiveError> {
    let opened = check::open(archive, id).await?;
    let manifest = opened.manifest.ok_or(ArchiveError::Absent("manifest that could be read"))?;
    let manifest_json = opened.records.last().map(|sound| sound.record.block.clone()).unwrap_or_default();
    if SnapshotId::of_manifest(&manifest_json) != id {
        return Err(ArchiveError::Absent("manifest of the name it is known by"));
    }
    let mut damage = opened.damage;
    let mut certificates: Vec<(Digest, Part)> = Vec::new();
    for name in manifest.exchanges.iter().flat_map(ExchangeFacts::certificates) {
        if certificates.iter().any(|(known, _)| known == name) {
            continue;
        }
        match check::certificate(archive, &opened.capture, *name).await? {
            Ok(sound) => certificates.push((*name, Part(sound))),
            Err(gone) => damage.push(gone),
        }
    }
    let texts = texts(archive, &opened.capture, &manifest).await?;
    let records = opened.records.into_iter().map(Part).collect();
    Ok(Parts { capture: opened.capture, manifest, manifest_json, records, certificates, texts, damage })
}

/// The text and the statement that a manifest names.
async fn texts(
    archive: &Archive,
    capture: &Capture,
    manifest: &Manifest,
) -> Result<Vec<TextPart>, ArchiveError> {
    let Some(facts) = &manifest.text else { return Ok(Vec::new()) };
    let holder = archive.text_holder(capture).await?;
    let mut found = Vec::new();
    for (wanted, record_type) in [(facts.sha256, "conversion"), (facts.statement_sha256, "metadata")] {
        found.push(text(archive, &holder, wanted, record_type)?);
    }
    Ok(found)
}

fn text(
    archive: &Archive,
    holder: &Capture,
    wanted: Digest,
    record_type: &str,
) -> Result<TextPart, ArchiveError> {
    for place in check::texts(holder).filter(|place| place.record_type == record_type) {
        let Ok(sound) = check::by_itself(archive.layout(), place) else { continue };
        if sound.record.block_sha256 == wanted {
            let part = Part(sound);
            let block = part.block(archive)?;
            return Ok(TextPart { part, block });
        }
    }
    Err(ArchiveError::Absent("extracted text with the digest that the manifest gives"))
}
