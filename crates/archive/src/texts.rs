//! Texts made of a capture after its manifest was written.
//!
//! A manifest is never altered: it names the text of its own time. A later text stands in the text files as two records
//! like the first, and behind them one of its own that says which manifest they belong to, of which payload they were
//! made, by what, and when. That third record vouches for the two, as a manifest does for those of its capture.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use vidimus_catalog::{Capture, Headline, LaterText, RecordPlace};
use vidimus_snapshot::{Digest, RecordFacts, SnapshotId, TextFacts, canonical_json};
use vidimus_warc::{Headers, NewRecord, RecordType, encode};

use crate::prepare::{Member, aside, member, warc_date};
use crate::{Archive, ArchiveError, STATEMENT_TYPE, StatementRecord, TEXT_TYPE};

/// The block of the record that says to which manifest a later text belongs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextManifest {
    /// Version of this format; 1.
    pub v: u32,
    /// `text`.
    pub kind: String,
    /// The digest of the manifest of the capture that the text was made of.
    pub manifest: Digest,
    /// The record that holds the answer.
    pub answer: String,
    /// The digest of the payload that was read.
    pub payload_sha256: Option<Digest>,
    /// When the text was made.
    pub made_at: Timestamp,
    /// Name and version of the software.
    pub software: String,
    /// The text, as a capture's manifest describes it.
    pub text: TextFacts,
    /// The two records before this one.
    pub records: Vec<RecordFacts>,
}

impl TextManifest {
    /// The version that this software writes.
    pub const VERSION: u32 = 1;

    /// Reads a stored block.
    pub fn read(bytes: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(bytes)
    }

    /// What the catalog knows of the text; nothing when the block does not describe two records.
    pub(crate) fn as_later_text(&self, record_id: &str) -> Option<LaterText> {
        let text = self.records.iter().find(|r| r.record_type == RecordType::Conversion.as_str())?;
        Some(LaterText {
            record_id: record_id.to_owned(),
            snapshot: SnapshotId::from_digest(self.manifest),
            made_at: self.made_at,
            extractor: self.text.extractor.clone(),
            params_sha256: self.text.params_sha256,
            text_sha256: self.text.sha256,
            statement_sha256: self.text.statement_sha256,
            text_record: text.warc_record_id.clone(),
        })
    }
}

/// A text made anew of a capture that is held.
#[derive(Debug, Clone)]
pub struct NewLaterText {
    /// The capture, with its records.
    pub capture: Capture,
    /// The text.
    pub text: String,
    /// The statement it was rendered from.
    pub statement: Box<StatementRecord>,
    /// Digest of the extractor's parameters.
    pub params_sha256: Digest,
    /// When it was made.
    pub made_at: Timestamp,
    /// Name and version of the software.
    pub software: String,
}

/// A later text ready to be appended.
#[derive(Debug, Clone)]
pub struct PreparedText {
    pub(crate) members: Vec<Member>,
    pub(crate) text: LaterText,
    pub(crate) headline: Headline,
}

/// A text with what it says of itself and where its records are.
pub(crate) type PlacedText = (LaterText, Headline, Vec<RecordPlace>);

/// Makes the records of a later text. `uuid` gives a new UUID at each call.
pub fn prepare_text(
    new: NewLaterText,
    uuid: &mut dyn FnMut() -> String,
) -> Result<PreparedText, ArchiveError> {
    let NewLaterText { capture, text, statement, params_sha256, made_at, software } = new;
    let is_answer = |p: &&RecordPlace| matches!(p.record_type.as_str(), "response" | "revisit");
    let answer = capture.records.iter().rfind(is_answer).ok_or(ArchiveError::Absent("HTTP response"))?;
    let snapshot = capture.snapshot.ok_or(ArchiveError::Absent("manifest"))?;
    let mut id = || format!("<urn:uuid:{}>", uuid());
    let (text_id, statement_id, own_id) = (id(), id(), id());
    let date = warc_date(made_at);
    let headers = |content_type: &str| {
        Headers::new()
            .with("WARC-Target-URI", capture.final_url.as_str())
            .with("WARC-Refers-To", answer.warc_record_id.as_str())
            .with("WARC-Concurrent-To", own_id.as_str())
            .with("Content-Type", content_type)
    };
    let json = statement.to_json()?;
    let (mut members, mut records) = (Vec::new(), Vec::new());
    let mut add = |record: NewRecord<'_>| -> Result<(), ArchiveError> {
        let encoded = encode(&record)?;
        records.push(RecordFacts {
            warc_record_id: record.id.to_owned(),
            record_type: record.record_type.as_str().to_owned(),
            target_uri: capture.final_url.clone(),
            record_sha256: encoded.record_sha256,
            member_sha256: Some(encoded.member_sha256),
            block_sha256: encoded.block_sha256,
            payload_sha256: encoded.payload_sha256,
        });
        members.push(member(&record, encoded));
        Ok(())
    };
    let plain = headers("text/plain;charset=utf-8");
    add(NewRecord::new(RecordType::Conversion, &text_id, &date, plain, text.as_bytes()))?;
    add(NewRecord::new(RecordType::Metadata, &statement_id, &date, headers(STATEMENT_TYPE), &json))?;
    let manifest = TextManifest {
        v: TextManifest::VERSION,
        kind: "text".to_owned(),
        manifest: snapshot.digest(),
        answer: answer.warc_record_id.clone(),
        payload_sha256: capture.payload_sha256,
        made_at,
        software,
        text: TextFacts {
            sha256: Digest::of(text.as_bytes()),
            statement_sha256: Digest::of(&json),
            extractor: statement.extractor.clone(),
            params_sha256,
        },
        records,
    };
    let block = canonical_json(&manifest)?;
    let own = Headers::new()
        .with("WARC-Target-URI", aside("text", &capture.final_url))
        .with("WARC-Refers-To", answer.warc_record_id.as_str())
        .with("Content-Type", TEXT_TYPE);
    let record = NewRecord::new(RecordType::Metadata, &own_id, &date, own, &block);
    members.push(member(&record, encode(&record)?));
    let later = manifest.as_later_text(&own_id).ok_or(ArchiveError::Absent("text record"))?;
    Ok(PreparedText { members, text: later, headline: statement.headline })
}

/// One of the texts of a capture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextVersion {
    /// When it was made: with the capture, or later.
    pub made_at: Timestamp,
    /// The extractor's name and version.
    pub extractor: String,
    /// Digest of its parameters.
    pub params_sha256: Digest,
    /// Digest of the text.
    pub text_sha256: Digest,
    /// Digest of the statement's JSON.
    pub statement_sha256: Digest,
    /// Whether the capture's own manifest names it.
    pub of_manifest: bool,
}

impl Archive {
    /// All texts of a capture, oldest first; of an unchanged one, the original's.
    pub async fn texts(&self, capture: &Capture) -> Result<Vec<TextVersion>, ArchiveError> {
        let holder = self.text_holder(capture).await?;
        let mut texts = Vec::new();
        if let Some(facts) = self.manifest(&holder)?.1.text {
            texts.push(TextVersion {
                made_at: holder.started_at,
                extractor: facts.extractor,
                params_sha256: facts.params_sha256,
                text_sha256: facts.sha256,
                statement_sha256: facts.statement_sha256,
                of_manifest: true,
            });
        }
        let Some(snapshot) = holder.snapshot else { return Ok(texts) };
        texts.extend(self.catalog().later_texts(snapshot).await?.into_iter().map(|text| TextVersion {
            made_at: text.made_at,
            extractor: text.extractor,
            params_sha256: text.params_sha256,
            text_sha256: text.text_sha256,
            statement_sha256: text.statement_sha256,
            of_manifest: false,
        }));
        Ok(texts)
    }

    /// One of the texts of a capture.
    pub async fn text_version(&self, capture: &Capture, text: &TextVersion) -> Result<String, ArchiveError> {
        let holder = self.text_holder(capture).await?;
        for place in holder.records.iter().rev().filter(|p| p.record_type == "conversion") {
            let record = self.record(place)?;
            if record.block_sha256 == text.text_sha256 {
                return Ok(String::from_utf8_lossy(&record.block).into_owned());
            }
        }
        Err(ArchiveError::Absent("extracted text with the digest it was made with"))
    }

    /// The statement that one of the texts was rendered from.
    pub async fn statement_version(
        &self,
        capture: &Capture,
        text: &TextVersion,
    ) -> Result<StatementRecord, ArchiveError> {
        let holder = self.text_holder(capture).await?;
        let statements = self.metadata(&holder, STATEMENT_TYPE)?;
        let found = statements.into_iter().find(|record| record.block_sha256 == text.statement_sha256);
        let record = found.ok_or(ArchiveError::Absent("extracted statement"))?;
        Ok(StatementRecord::read(&record.block)?)
    }
}
