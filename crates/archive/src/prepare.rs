//! From a capture to the bytes that will be appended: records in their order, compressed, and the manifest over them.
//!
//! This is pure computing, so that the pipeline can do it beside other work; the writer then only appends.

use jiff::Timestamp;
use vidimus_catalog::{Capture, Headline, RecordPlace};
use vidimus_ledger::Event;
use vidimus_snapshot::{
    Digest, ExchangeFacts, Manifest, RecordFacts, SnapshotId, TextFacts, normal_form, surt,
};
use vidimus_warc::{Encoded, Headers, NewRecord, RecordType, encode};

use crate::certificate::Certificate;
use crate::logbook::event_of;
use crate::{ArchiveError, FRAMING_TYPE, MANIFEST_TYPE, STATEMENT_TYPE, StatementRecord};

/// The revisit profiles of WARC 1.1, section 6.7.
const IDENTICAL_PAYLOAD: &str = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest";
const NOT_MODIFIED: &str = "http://netpreserve.org/warc/1.1/revisit/server-not-modified";

/// A capture to be archived.
#[derive(Debug, Clone)]
pub struct NewCapture {
    /// The manifest, complete but for `records`, `exchanges` and `text`, which are filled in here.
    pub manifest: Manifest,
    /// The exchanges, redirects first.
    pub exchanges: Vec<NewExchange>,
    /// The text of the page, when it has one.
    pub text: Option<NewText>,
}

/// One request and its answer, if one came.
#[derive(Debug, Clone)]
pub struct NewExchange {
    /// What is known of it, complete but for the ids of its records, which are filled in here.
    pub facts: ExchangeFacts,
    /// The request as sent.
    pub request: Vec<u8>,
    /// The answer; an exchange without one has no records, only facts.
    pub answer: Option<Stored>,
    /// The certificates that the server presented.
    pub certificates: Vec<Certificate>,
}

/// An answer as it is stored.
#[derive(Debug, Clone)]
pub enum Stored {
    /// An HTTP message: head and de-chunked body, and the recipe for the wire bytes where they differ.
    Response {
        /// Head and body.
        block: Vec<u8>,
        /// The recipe, as JSON.
        framing: Option<Vec<u8>>,
        /// Whether the body has a content coding, so that compressing it again gains nothing.
        coded: bool,
    },
    /// An answer whose payload is held already: only its head is stored.
    Revisit {
        /// The head.
        head: Vec<u8>,
        /// The recipe, as JSON, over this head and the original's payload.
        framing: Option<Vec<u8>>,
        /// The capture that holds the payload.
        original: RevisitOf,
        /// Whether the server answered 304.
        not_modified: bool,
    },
    /// Bytes in which no HTTP message was found.
    NotHttp(Vec<u8>),
}

/// What a revisit refers to.
#[derive(Debug, Clone)]
pub struct RevisitOf {
    /// The record's id.
    pub record_id: String,
    /// Its target URI.
    pub uri: String,
    /// Its date.
    pub date: Timestamp,
    /// The payload's digest.
    pub payload: Digest,
}

/// The text of a page.
#[derive(Debug, Clone)]
pub enum NewText {
    /// Extracted from this capture's payload.
    Extracted {
        /// The text.
        text: String,
        /// The statement it was rendered from.
        statement: Box<StatementRecord>,
        /// Digest of the extractor's parameters.
        params_sha256: Digest,
    },
    /// That of the original, whose payload is the same.
    Same {
        /// Its digests.
        facts: TextFacts,
        /// What it says of itself.
        headline: Box<Headline>,
    },
}

/// A record ready to be appended, and what the catalog will say of it.
#[derive(Debug, Clone)]
pub(crate) struct Member {
    pub bytes: Vec<u8>,
    pub id: String,
    pub record_type: RecordType,
    pub target_uri: String,
}

/// A capture ready to be appended.
#[derive(Debug, Clone)]
pub struct Prepared {
    pub(crate) warc: Vec<Member>,
    pub(crate) text: Vec<Member>,
    /// What has to be in the file before the capture.
    pub(crate) certificates: Vec<Certificate>,
    pub(crate) row: Capture,
    /// What the log is to say of it, under its capture id; nothing of a try without an exchange.
    pub(crate) leaf: Option<(String, Event)>,
}

impl Prepared {
    /// The capture as the catalog will know it, without places.
    pub fn capture(&self) -> &Capture {
        &self.row
    }

    /// A try that brought no answer: it has a row, and goes into the run's report.
    pub fn without_exchange(row: Capture) -> Self {
        Self { warc: Vec::new(), text: Vec::new(), certificates: Vec::new(), row, leaf: None }
    }

    /// The same, and the certificates that it met on its way.
    pub fn with_certificates(self, certificates: Vec<Certificate>) -> Self {
        Self { certificates, ..self }
    }
}

/// Gives record ids: `<urn:uuid:…>` from a seed of the caller's.
struct Ids<'a> {
    next: &'a mut dyn FnMut() -> String,
}

impl Ids<'_> {
    fn id(&mut self) -> String {
        format!("<urn:uuid:{}>", (self.next)())
    }
}

/// Makes all records of a capture. `uuid` gives a new UUID at each call; randomness enters from the top.
pub fn prepare(capture: NewCapture, uuid: &mut dyn FnMut() -> String) -> Result<Prepared, ArchiveError> {
    let mut builder =
        Builder { ids: Ids { next: uuid }, warc: Vec::new(), text: Vec::new(), facts: Vec::new() };
    let NewCapture { mut manifest, mut exchanges, text } = capture;
    let certificates = exchanges.iter_mut().flat_map(|e| std::mem::take(&mut e.certificates)).collect();
    let mut last_response = None;
    for exchange in &exchanges {
        let mut facts = exchange.facts.clone();
        if let Some(answer) = &exchange.answer {
            let (request_id, answer_id) = builder.exchange(exchange, answer)?;
            facts.request_record = Some(request_id);
            facts.answer_record = Some(answer_id.clone());
            last_response = Some((answer_id, exchange));
        }
        manifest.exchanges.push(facts);
    }
    let mut headline = Headline::default();
    if let (Some(text), Some((response_id, exchange))) = (text, &last_response) {
        let (facts, found) = builder.text(text, response_id, exchange)?;
        manifest.text = Some(facts);
        headline = found;
    }
    manifest.records = std::mem::take(&mut builder.facts);
    let bytes = manifest.to_canonical_json()?;
    let id = SnapshotId::of_manifest(&bytes);
    builder.manifest(&manifest, &bytes, last_response.as_ref().map(|(id, _)| id.as_str()))?;
    let leaf = Some((manifest.capture_id.clone(), event_of(&manifest, id)));
    let row = row_of(&manifest, id, headline);
    Ok(Prepared { warc: builder.warc, text: builder.text, certificates, row, leaf })
}

/// The catalog's row for a manifest. Commit and rebuild both make it here, so that they cannot differ.
pub(crate) fn row_of(manifest: &Manifest, id: SnapshotId, headline: Headline) -> Capture {
    let parsed = url::Url::parse(&manifest.requested_url).ok();
    let landed = url::Url::parse(&manifest.final_url).ok();
    let answered = manifest.http.status > 0;
    Capture {
        run: manifest.run.clone(),
        source: manifest.source.clone(),
        role: manifest.role,
        witnessed: manifest.kind != Manifest::IMPORT,
        url: manifest.requested_url.clone(),
        url_key: parsed.map_or_else(|| manifest.requested_url.clone(), |u| normal_form(&u).to_string()),
        surt: landed.map_or_else(|| manifest.final_url.clone(), |u| surt(&u)),
        final_url: manifest.final_url.clone(),
        started_at: manifest.captured_at,
        finished_at: manifest.finished_at,
        outcome: manifest.outcome.clone(),
        status: answered.then_some(manifest.http.status),
        content_type: manifest.http.content_type.clone(),
        payload_sha256: payload_digest(manifest),
        payload_bytes: manifest.http.payload_bytes,
        etag: manifest.http.etag.clone(),
        last_modified: manifest.http.last_modified.clone(),
        snapshot: Some(id),
        original: manifest.original_manifest.map(SnapshotId::from_digest),
        previous: manifest.prev_manifest.map(SnapshotId::from_digest),
        text_sha256: manifest.text.as_ref().map(|t| t.sha256),
        statement_sha256: manifest.text.as_ref().map(|t| t.statement_sha256),
        extractor: manifest.text.as_ref().map(|t| t.extractor.clone()),
        params_sha256: manifest.text.as_ref().map(|t| t.params_sha256),
        headline,
        records: Vec::new(),
        exchanges: Vec::new(),
    }
}

/// The payload of a capture is that of its last response or revisit.
pub(crate) fn payload_digest(manifest: &Manifest) -> Option<Digest> {
    if manifest.kind == Manifest::IMPORT {
        // The answer is the first of an imported capture's records, whatever its type.
        return manifest.records.first()?.payload_sha256;
    }
    // Where the last answer is not HTTP there is no payload, whatever a redirect before it sent.
    let is_answer = |r: &&RecordFacts| matches!(r.record_type.as_str(), "response" | "revisit");
    let last = manifest.records.iter().rfind(is_answer)?;
    (manifest.http.status > 0).then_some(last.payload_sha256)?
}

/// A WARC date: whole seconds, which every replay tool can read; the manifest keeps the milliseconds.
pub(crate) fn warc_date(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// The `WARC-Target-URI` of what is kept beside an answer, such as `urn:manifest:https://…`. Replay tools index metadata
/// records as well: under the page's own address they would show one in place of the page.
pub(crate) fn aside(what: &str, url: &str) -> String {
    format!("urn:{what}:{url}")
}

struct Builder<'a> {
    ids: Ids<'a>,
    warc: Vec<Member>,
    text: Vec<Member>,
    facts: Vec<RecordFacts>,
}

impl Builder<'_> {
    /// Request, answer, framing; gives the record ids of request and answer.
    fn exchange(
        &mut self,
        exchange: &NewExchange,
        answer: &Stored,
    ) -> Result<(String, String), ArchiveError> {
        let facts = &exchange.facts;
        let (request_id, response_id) = (self.ids.id(), self.ids.id());
        let date = warc_date(facts.started_at);
        let about = |target: String| {
            let headers = Headers::new().with("WARC-Target-URI", target);
            match &facts.remote_ip {
                Some(ip) => headers.with("WARC-IP-Address", ip.as_str()),
                None => headers,
            }
        };
        let headers = about(facts.url.clone())
            .with("WARC-Concurrent-To", response_id.as_str())
            .with("Content-Type", "application/http;msgtype=request");
        self.add(NewRecord::new(RecordType::Request, &request_id, &date, headers, &exchange.request))?;

        let mut headers = match answer {
            Stored::NotHttp(_) => about(aside("not-http", &facts.url)),
            Stored::Response { .. } | Stored::Revisit { .. } => about(facts.url.clone()),
        };
        if let Some(cut) = &facts.truncated {
            headers.push("WARC-Truncated", cut.reason.as_str());
        }
        let framing = self.answer(answer, headers, &response_id, &date)?;
        if let Some(framing) = framing {
            let id = self.ids.id();
            let headers = about(aside("http-framing", &facts.url))
                .with("WARC-Concurrent-To", response_id.as_str())
                .with("Content-Type", FRAMING_TYPE);
            self.add(NewRecord::new(RecordType::Metadata, &id, &date, headers, framing))?;
        }
        Ok((request_id, response_id))
    }

    /// The record that holds the answer; gives the framing that belongs to it.
    fn answer<'e>(
        &mut self,
        answer: &'e Stored,
        headers: Headers,
        id: &str,
        date: &str,
    ) -> Result<Option<&'e [u8]>, ArchiveError> {
        let http = "application/http;msgtype=response";
        match answer {
            Stored::Response { block, framing, coded } => {
                let headers = headers.with("Content-Type", http);
                let mut record = NewRecord::new(RecordType::Response, id, date, headers, block);
                record.precompressed = *coded;
                self.add(record)?;
                Ok(framing.as_deref())
            }
            Stored::Revisit { head, framing, original, not_modified } => {
                let profile = if *not_modified { NOT_MODIFIED } else { IDENTICAL_PAYLOAD };
                let headers = headers
                    .with("WARC-Profile", profile)
                    .with("WARC-Refers-To", original.record_id.as_str())
                    .with("WARC-Refers-To-Target-URI", original.uri.as_str())
                    .with("WARC-Refers-To-Date", warc_date(original.date))
                    .with("Content-Type", http);
                let mut record = NewRecord::new(RecordType::Revisit, id, date, headers, head);
                record.payload_digest = Some(original.payload);
                self.add(record)?;
                Ok(framing.as_deref())
            }
            Stored::NotHttp(bytes) => {
                let headers = headers.with("Content-Type", "application/octet-stream");
                self.add(NewRecord::new(RecordType::Metadata, id, date, headers, bytes))?;
                Ok(None)
            }
        }
    }

    fn text(
        &mut self,
        text: NewText,
        response_id: &str,
        exchange: &NewExchange,
    ) -> Result<(TextFacts, Headline), ArchiveError> {
        let (text, statement, params_sha256) = match text {
            NewText::Same { facts, headline } => return Ok((facts, *headline)),
            NewText::Extracted { text, statement, params_sha256 } => (text, statement, params_sha256),
        };
        let json = statement.to_json()?;
        let facts = TextFacts {
            sha256: Digest::of(text.as_bytes()),
            statement_sha256: Digest::of(&json),
            extractor: statement.extractor.clone(),
            params_sha256,
        };
        let date = warc_date(exchange.facts.started_at);
        let headers = || {
            Headers::new()
                .with("WARC-Target-URI", exchange.facts.url.as_str())
                .with("WARC-Refers-To", response_id)
        };
        let plain = headers().with("Content-Type", "text/plain;charset=utf-8");
        let id = self.ids.id();
        let record = NewRecord::new(RecordType::Conversion, &id, &date, plain, text.as_bytes());
        self.text.push(member(&record, encode(&record)?));
        let id = self.ids.id();
        let record = NewRecord::new(
            RecordType::Metadata,
            &id,
            &date,
            headers().with("Content-Type", STATEMENT_TYPE),
            &json,
        );
        self.text.push(member(&record, encode(&record)?));
        Ok((facts, statement.headline))
    }

    fn manifest(
        &mut self,
        manifest: &Manifest,
        bytes: &[u8],
        response: Option<&str>,
    ) -> Result<(), ArchiveError> {
        let mut headers = Headers::new().with("WARC-Target-URI", aside("manifest", &manifest.final_url));
        if let Some(response) = response {
            headers.push("WARC-Concurrent-To", response);
        }
        let headers = headers.with("Content-Type", MANIFEST_TYPE);
        let id = self.ids.id();
        let date = warc_date(manifest.finished_at);
        self.add(NewRecord::new(RecordType::Metadata, &id, &date, headers, bytes))
    }

    fn add(&mut self, record: NewRecord<'_>) -> Result<(), ArchiveError> {
        let encoded = encode(&record)?;
        self.facts.push(RecordFacts {
            warc_record_id: record.id.to_owned(),
            record_type: record.record_type.as_str().to_owned(),
            target_uri: record.headers.get("WARC-Target-URI").unwrap_or("").to_owned(),
            record_sha256: encoded.record_sha256,
            member_sha256: Some(encoded.member_sha256),
            block_sha256: encoded.block_sha256,
            payload_sha256: encoded.payload_sha256,
        });
        self.warc.push(member(&record, encoded));
        Ok(())
    }
}

pub(crate) fn member(record: &NewRecord<'_>, encoded: Encoded) -> Member {
    Member {
        bytes: encoded.member,
        id: record.id.to_owned(),
        record_type: record.record_type.clone(),
        target_uri: record.headers.get("WARC-Target-URI").unwrap_or("").to_owned(),
    }
}

impl Member {
    /// What the catalog says of this record once it is at `offset` of `file`.
    pub(crate) fn place(&self, file: &str, offset: u64) -> RecordPlace {
        RecordPlace {
            warc_record_id: self.id.clone(),
            record_type: self.record_type.as_str().to_owned(),
            target_uri: self.target_uri.clone(),
            file: file.to_owned(),
            offset,
            length: self.bytes.len() as u64,
        }
    }
}
