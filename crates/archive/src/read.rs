//! Reading captures back: the page as stored, the bytes of the wire, the text, the manifest.

use std::fs::File;
use std::io::{BufReader, Seek as _, SeekFrom};

use vidimus_catalog::{Capture, Catalog, LoggedLeaf, RecordPlace};
use vidimus_ledger::LogReader;
use vidimus_snapshot::{Digest, Manifest, SnapshotId};
use vidimus_warc::http::{Framing, StoredMessage};
use vidimus_warc::{Damage, Reader, Record, RecordType, check_record};

use crate::error::io_error;
use crate::import::{is_digest_of_nothing, is_harmless};
use crate::layout::is_imported;
use crate::logbook;
use crate::{
    ArchiveError, Certificate, FRAMING_TYPE, Layout, MANIFEST_TYPE, RevisitOf, StatementRecord, TextVersion,
};

/// How many captures may repeat one another's payload: a page that is unchanged repeats its first capture, which repeats
/// that of another address.
const MAX_REPEATS: usize = 8;

/// An archive, open for reading. Any number of processes may read while one writes.
#[derive(Debug, Clone)]
pub struct Archive {
    layout: Layout,
    catalog: Catalog,
}

impl Archive {
    /// Opens the archive in a folder.
    pub async fn open(layout: &Layout) -> Result<Self, ArchiveError> {
        if !layout.exists() {
            return Err(ArchiveError::NoArchive(layout.root().to_owned()));
        }
        let catalog = Catalog::open_read_only(&layout.catalog()).await?;
        Ok(Self { layout: layout.clone(), catalog })
    }

    /// Reads through a catalog that is open already.
    pub fn with_catalog(layout: &Layout, catalog: &Catalog) -> Self {
        Self { layout: layout.clone(), catalog: catalog.clone() }
    }

    /// The capture that the leaf at an index of the log of this name speaks of.
    pub async fn logged_at(&self, origin: &str, index: u64) -> Result<Option<SnapshotId>, ArchiveError> {
        for (number, folder) in logbook::logs(&self.layout)? {
            let reader = LogReader::open(&folder)?;
            if reader.is_some_and(|reader| reader.origin() == origin) {
                let leaf = self.catalog.leaf_at(number, index).await?;
                let leaf = leaf.filter(|leaf| matches!(leaf.kind.as_str(), "capture" | "import"));
                return Ok(leaf.and_then(|leaf| leaf.subject).map(SnapshotId::from_digest));
            }
        }
        Ok(None)
    }

    /// The place in a log where a capture was first spoken of, `origin#index`.
    pub async fn place_of(&self, id: SnapshotId) -> Result<Option<String>, ArchiveError> {
        let leaves = self.catalog.leaves_of(id.digest()).await?;
        let is_capture = |leaf: &&LoggedLeaf| matches!(leaf.kind.as_str(), "capture" | "import");
        let Some(leaf) = leaves.iter().find(is_capture) else { return Ok(None) };
        for (number, folder) in logbook::logs(&self.layout)? {
            if number == leaf.log {
                let reader = LogReader::open(&folder)?;
                return Ok(reader.map(|reader| format!("{}#{}", reader.origin(), leaf.index)));
            }
        }
        Ok(None)
    }

    /// The catalog.
    pub fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// The archive's folders.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// The record at a place; damaged or wrong bytes are an error, never content.
    pub fn record(&self, place: &RecordPlace) -> Result<Record, ArchiveError> {
        let path = self.layout.find(&place.file);
        let wrong = |what: String| ArchiveError::Record { path: path.clone(), offset: place.offset, what };
        let mut file = File::open(&path).map_err(io_error("opening", &path))?;
        file.seek(SeekFrom::Start(place.offset)).map_err(io_error("reading", &path))?;
        let mut reader = Reader::new(BufReader::new(file)).map_err(io_error("reading", &path))?;
        let item = reader.next_item().map_err(io_error("reading", &path))?;
        let Some(record) = item.and_then(vidimus_warc::Item::into_record) else {
            return Err(wrong(format!("no record is here, where {} should be", place.warc_record_id)));
        };
        if record.id() != place.warc_record_id {
            return Err(wrong(format!(
                "the record {} is here, where {} should be",
                record.id(),
                place.warc_record_id
            )));
        }
        let checked = check_record(&record);
        // A stranger's record need not have all that ours have, but it is whole, and its digests are right.
        let foreign = is_imported(&place.file);
        let is_defect = |damage: &&Damage| {
            !foreign || !(is_harmless(&damage.kind) || is_digest_of_nothing(&record, &damage.kind))
        };
        if let Some(damage) = record.damage.iter().chain(&checked).find(is_defect) {
            return Err(wrong(damage.to_string()));
        }
        Ok(record)
    }

    /// The manifest's bytes as stored, and what they say.
    pub fn manifest(&self, capture: &Capture) -> Result<(Vec<u8>, Manifest), ArchiveError> {
        let record = self.metadata(capture, MANIFEST_TYPE)?.pop().ok_or(ArchiveError::Absent("manifest"))?;
        let (id, manifest) = Manifest::read(&record.block)?;
        if Some(id) != capture.snapshot {
            return Err(ArchiveError::Absent("manifest of the name it is known by"));
        }
        Ok((record.block, manifest))
    }

    /// The payload as stored: de-chunked, content coding kept. Of an unchanged capture, the original's.
    pub async fn payload(&self, capture: &Capture) -> Result<Vec<u8>, ArchiveError> {
        let holder = self.payload_holder(capture).await?;
        let answer = self.answer(&holder)?;
        if answer.record_type == RecordType::Revisit {
            return Err(ArchiveError::Absent("payload: what it repeats was not imported, or is not proven"));
        }
        let payload = payload_of(answer);
        match capture.payload_sha256 {
            Some(expected) if expected != Digest::of(&payload) => {
                Err(ArchiveError::Absent("payload with the digest it was captured with"))
            }
            _ => Ok(payload),
        }
    }

    /// The head of the final answer, as stored; empty where there is none.
    pub fn head(&self, capture: &Capture) -> Result<Vec<u8>, ArchiveError> {
        let mut answer = self.answer(capture)?;
        let length = if answer.holds_http() { StoredMessage::read(&answer.block).head_len } else { 0 };
        answer.block.truncate(length);
        Ok(answer.block)
    }

    /// The head that the payload came with: that of the capture, or of the one that it repeats where it has none itself.
    pub async fn payload_head(&self, capture: &Capture) -> Result<Vec<u8>, ArchiveError> {
        let own = self.head(capture)?;
        if own.is_empty() { self.head(&self.payload_holder(capture).await?) } else { Ok(own) }
    }

    /// The final answer as it came over the wire, bit for bit, checked against the manifest.
    pub async fn wire(&self, capture: &Capture) -> Result<Vec<u8>, ArchiveError> {
        let (_, manifest) = self.manifest(capture)?;
        if manifest.imported.is_some() {
            return Err(ArchiveError::Absent("bytes of the wire: it was imported, and nobody here saw them"));
        }
        match manifest.exchanges.iter().rposition(|exchange| exchange.answer_record.is_some()) {
            Some(number) => self.wire_of(capture, number).await,
            // A manifest from before there were facts of every exchange.
            None => self.rebuilt(capture, self.answer(capture)?, manifest.wire_sha256).await,
        }
    }

    /// What came over the wire in one exchange, counted from 0, bit for bit, checked against the manifest.
    pub async fn wire_of(&self, capture: &Capture, number: usize) -> Result<Vec<u8>, ArchiveError> {
        let (_, manifest) = self.manifest(capture)?;
        let facts = manifest.exchanges.get(number).ok_or(ArchiveError::Absent("exchange of this number"))?;
        let place = capture.records.iter().find(|p| Some(&p.warc_record_id) == facts.answer_record.as_ref());
        let answer = self.record(place.ok_or(ArchiveError::Absent("answer in this exchange"))?)?;
        self.rebuilt(capture, answer, facts.wire_sha256).await
    }

    async fn rebuilt(
        &self,
        capture: &Capture,
        answer: Record,
        expected: Option<Digest>,
    ) -> Result<Vec<u8>, ArchiveError> {
        let mut stored = answer.block.clone();
        if answer.record_type == RecordType::Revisit && capture.status != Some(304) {
            stored.extend(self.payload(capture).await?);
        }
        let concurrent = |r: &Record| r.headers.get("WARC-Concurrent-To") == Some(answer.id());
        let framing = self.metadata(capture, FRAMING_TYPE)?.into_iter().find(concurrent);
        let wire = match framing {
            None => stored,
            Some(record) => {
                let damaged = |_| ArchiveError::Absent("framing that can be read");
                Framing::from_json(&record.block).map_err(damaged)?.rebuild(&stored).map_err(damaged)?
            }
        };
        if expected.is_some_and(|expected| expected != Digest::of(&wire)) {
            return Err(ArchiveError::Absent("wire bytes with the digest that the manifest gives"));
        }
        Ok(wire)
    }

    /// A certificate that a server presented in this capture; its bytes are checked against its name.
    pub async fn certificate(&self, capture: &Capture, sha256: Digest) -> Result<Certificate, ArchiveError> {
        let file = capture.records.first().map_or("", |place| place.file.as_str());
        let place = self.catalog.certificate(file, sha256).await?;
        let record = self.record(&place.ok_or(ArchiveError::Absent("certificate"))?)?;
        if record.block_sha256 != sha256 {
            return Err(ArchiveError::Absent("certificate with the digest that the manifest gives"));
        }
        Ok(Certificate { sha256, der: record.block })
    }

    /// The newest extracted text; of an unchanged capture, the original's.
    pub async fn text(&self, capture: &Capture) -> Result<String, ArchiveError> {
        let newest = self.newest_text(capture).await?;
        self.text_version(capture, &newest).await
    }

    /// The statement that the newest text was rendered from.
    pub async fn statement(&self, capture: &Capture) -> Result<StatementRecord, ArchiveError> {
        let newest = self.newest_text(capture).await?;
        self.statement_version(capture, &newest).await
    }

    async fn newest_text(&self, capture: &Capture) -> Result<TextVersion, ArchiveError> {
        self.texts(capture).await?.pop().ok_or(ArchiveError::Absent("extracted text"))
    }

    /// The capture that stores the payload: this one, or the one that it repeats, which may repeat another.
    pub async fn payload_holder(&self, capture: &Capture) -> Result<Capture, ArchiveError> {
        let mut holder = capture.clone();
        for _ in 0..MAX_REPEATS {
            match self.holder(&holder).await? {
                Some(original) => holder = original,
                None => return Ok(holder),
            }
        }
        Err(ArchiveError::Absent("payload: the captures that it repeats refer to each other without an end"))
    }

    /// The capture that holds the text: this one, or the original that it repeats.
    pub(crate) async fn text_holder(&self, capture: &Capture) -> Result<Capture, ArchiveError> {
        let has_text = |c: &Capture| c.records.iter().any(|p| p.record_type == "conversion");
        if has_text(capture) {
            return Ok(capture.clone());
        }
        let original = self.holder(capture).await?;
        original.filter(has_text).ok_or(ArchiveError::Absent("extracted text"))
    }

    async fn holder(&self, capture: &Capture) -> Result<Option<Capture>, ArchiveError> {
        let Some(id) = capture.original else { return Ok(None) };
        self.capture(id).await.map(Some)
    }

    async fn capture(&self, id: SnapshotId) -> Result<Capture, ArchiveError> {
        let found = self.catalog.get(id).await?;
        found.ok_or(ArchiveError::Absent("original in this archive, to which it refers"))
    }

    /// What a revisit of the payload that this capture stores has to refer to; checked against the payload's digest.
    pub fn revisit_of(&self, holder: &Capture) -> Result<RevisitOf, ArchiveError> {
        let answer = self.answer(holder)?;
        let payload = Digest::of(answer.payload());
        if holder.payload_sha256 != Some(payload) {
            return Err(ArchiveError::Absent("payload with the digest it was captured with"));
        }
        Ok(RevisitOf {
            record_id: answer.id().to_owned(),
            uri: answer.target_uri().unwrap_or("").to_owned(),
            date: answer.headers.get("WARC-Date").and_then(|d| d.parse().ok()).unwrap_or(holder.started_at),
            payload,
        })
    }

    /// The record of the final answer.
    pub fn answer(&self, capture: &Capture) -> Result<Record, ArchiveError> {
        let is_answer = |p: &&RecordPlace| matches!(p.record_type.as_str(), "response" | "revisit");
        let place = match capture.witnessed {
            true => capture.records.iter().rfind(is_answer),
            false => capture.records.first(),
        };
        self.record(place.ok_or(ArchiveError::Absent("HTTP response"))?)
    }

    pub(crate) fn metadata(
        &self,
        capture: &Capture,
        content_type: &str,
    ) -> Result<Vec<Record>, ArchiveError> {
        let mut found = Vec::new();
        for place in capture.records.iter().filter(|p| p.record_type == "metadata") {
            let record = self.record(place)?;
            if record.headers.get("Content-Type") == Some(content_type) {
                found.push(record);
            }
        }
        Ok(found)
    }
}

/// The payload as stored. Ours is de-chunked when it is written; that of a stranger's record need not be.
fn payload_of(answer: Record) -> Vec<u8> {
    if answer.holds_http() { StoredMessage::read(&answer.block).payload.into_owned() } else { answer.block }
}
