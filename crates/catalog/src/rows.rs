//! The rows as the rest of the house sees them, and their reading and writing as SQL values.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;
use vidimus_snapshot::{Digest, ExchangeFacts, Outcome, OutcomeKind, Role, STAND_INS, SnapshotId};

use crate::{Catalog, CatalogError};

/// What an extracted statement says of itself, as far as lists and searches show it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Headline {
    /// The title.
    pub title: Option<String>,
    /// The authors.
    pub authors: Vec<String>,
    /// Who publishes it.
    pub organisation: Option<String>,
    /// The day of publication, `2024-06-27`.
    pub published: Option<String>,
    /// Where that day was found, such as `json-ld` or `visible-text`.
    pub published_origin: Option<String>,
    /// The language, BCP 47.
    pub language: Option<String>,
    /// What sort of page it is, such as `article` or `consent-wall`; nothing where the extractor did not say.
    #[serde(default)]
    pub page_kind: Option<String>,
    /// How certain that is, from 0 to 100.
    #[serde(default)]
    pub page_kind_confidence: Option<u8>,
    /// Whether the text is only the beginning of what there is, as before a paywall.
    #[serde(default)]
    pub partial: bool,
    /// The address that the page calls its own (`link rel=canonical`), made absolute.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub canonical_url: Option<String>,
}

impl Headline {
    /// Whether the page stands in the place of a statement: a wall, a login, an error under a good status, or nothing.
    pub fn is_stand_in(&self) -> bool {
        self.page_kind.as_deref().is_some_and(|kind| STAND_INS.contains(&kind))
    }
}

/// One try of a URL: what became of it, and what is held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capture {
    /// The run it belongs to.
    pub run: String,
    /// The source that asked for it.
    pub source: Option<String>,
    /// What it was fetched for.
    pub role: Role,
    /// Whether this archive's own software captured it; false for a capture that was imported.
    pub witnessed: bool,
    /// The URL as requested.
    pub url: String,
    /// Its normal form.
    pub url_key: String,
    /// The SURT of the final URL.
    pub surt: String,
    /// The URL that answered, after redirects.
    pub final_url: String,
    /// When the first request began.
    pub started_at: Timestamp,
    /// When it ended.
    pub finished_at: Timestamp,
    /// What became of it.
    pub outcome: Outcome,
    /// The HTTP status, when there was an answer.
    pub status: Option<u16>,
    /// `Content-Type`, as sent.
    pub content_type: Option<String>,
    /// Digest of the payload.
    pub payload_sha256: Option<Digest>,
    /// Size of the payload.
    pub payload_bytes: u64,
    /// `ETag`, as sent.
    pub etag: Option<String>,
    /// `Last-Modified`, as sent.
    pub last_modified: Option<String>,
    /// The snapshot's name; `None` when there was no exchange to archive.
    pub snapshot: Option<SnapshotId>,
    /// The snapshot whose payload this one repeats: an earlier one of the same page, when this one is unchanged, or one of
    /// another address, which this one has a text of its own beside.
    pub original: Option<SnapshotId>,
    /// The snapshot of the same URL before this one.
    pub previous: Option<SnapshotId>,
    /// Digest of the extracted text.
    pub text_sha256: Option<Digest>,
    /// Digest of the statement's JSON.
    pub statement_sha256: Option<Digest>,
    /// The extractor that made the newest text.
    pub extractor: Option<String>,
    /// Digest of its parameters.
    pub params_sha256: Option<Digest>,
    /// What the statement says of itself.
    pub headline: Headline,
    /// Where its records are, in order.
    pub records: Vec<RecordPlace>,
    /// What is known of the exchanges of a try that has no records; of all others the manifest says it.
    pub exchanges: Vec<ExchangeFacts>,
}

impl Capture {
    /// How long it took from the first request to the end, in milliseconds.
    pub fn took_ms(&self) -> u64 {
        u64::try_from(self.finished_at.duration_since(self.started_at).as_millis()).unwrap_or(0)
    }

    /// Whether its text is that of the capture which it repeats: the page is unchanged. A page that another address gave
    /// already has a text of its own.
    pub fn repeats_text(&self) -> bool {
        self.original.is_some() && self.outcome.kind == OutcomeKind::Unchanged
    }
}

/// Where one record is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordPlace {
    /// `WARC-Record-ID`.
    pub warc_record_id: String,
    /// `WARC-Type`.
    pub record_type: String,
    /// `WARC-Target-URI`.
    pub target_uri: String,
    /// The file, relative to the archive, as it is called once sealed.
    pub file: String,
    /// Where its gzip member begins.
    pub offset: u64,
    /// How long the member is.
    pub length: u64,
}

/// A time as the catalog spells it: UTC, milliseconds, so that text sorts as time.
pub fn time_text(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}

/// SQLite's integers are signed; no size of ours comes near the edge.
pub(crate) fn int(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// Reads typed values out of a row, with the column's name in the error.
pub(crate) struct Values<'a> {
    pub catalog: &'a Catalog,
    pub row: &'a SqliteRow,
}

impl Values<'_> {
    pub(crate) fn text(&self, column: &str) -> Result<String, CatalogError> {
        self.row.try_get(column).map_err(|e| self.catalog.sql(e))
    }

    pub(crate) fn maybe_text(&self, column: &str) -> Result<Option<String>, CatalogError> {
        self.row.try_get(column).map_err(|e| self.catalog.sql(e))
    }

    pub(crate) fn number(&self, column: &str) -> Result<u64, CatalogError> {
        let value: i64 = self.row.try_get(column).map_err(|e| self.catalog.sql(e))?;
        u64::try_from(value).map_err(|_| self.catalog.row(format!("{column} = {value}")))
    }

    pub(crate) fn integer(&self, column: &str) -> Result<i64, CatalogError> {
        self.row.try_get(column).map_err(|e| self.catalog.sql(e))
    }

    fn maybe_percent(&self, column: &str) -> Result<Option<u8>, CatalogError> {
        let value: Option<i64> = self.row.try_get(column).map_err(|e| self.catalog.sql(e))?;
        Ok(value.and_then(|value| u8::try_from(value).ok()))
    }

    pub(crate) fn parsed<T: std::str::FromStr>(&self, column: &str) -> Result<T, CatalogError> {
        let text = self.text(column)?;
        text.parse().map_err(|_| self.catalog.row(format!("{column} = '{text}'")))
    }

    pub(crate) fn maybe_parsed<T: std::str::FromStr>(&self, column: &str) -> Result<Option<T>, CatalogError> {
        let Some(text) = self.maybe_text(column)? else { return Ok(None) };
        text.parse().map(Some).map_err(|_| self.catalog.row(format!("{column} = '{text}'")))
    }

    pub(crate) fn snapshot(&self, column: &str) -> Result<Option<SnapshotId>, CatalogError> {
        let Some(text) = self.maybe_text(column)? else { return Ok(None) };
        let digest =
            Digest::from_hex(&text).ok_or_else(|| self.catalog.row(format!("{column} = '{text}'")))?;
        Ok(Some(SnapshotId::from_digest(digest)))
    }

    pub(crate) fn strings(&self, column: &str) -> Result<Vec<String>, CatalogError> {
        let text = self.text(column)?;
        serde_json::from_str(&text).map_err(|_| self.catalog.row(format!("{column} = '{text}'")))
    }

    /// The HTTP status.
    pub(crate) fn status(&self) -> Result<Option<u16>, CatalogError> {
        let status: Option<i64> = self.row.try_get("status").map_err(|e| self.catalog.sql(e))?;
        Ok(status.and_then(|s| u16::try_from(s).ok()))
    }

    /// The capture in this row, without its records.
    pub(crate) fn capture(&self) -> Result<Capture, CatalogError> {
        Ok(Capture {
            run: self.text("run")?,
            source: self.maybe_text("source")?,
            role: self.parsed("role")?,
            witnessed: self.number("witnessed")? > 0,
            url: self.text("url")?,
            url_key: self.text("url_key")?,
            surt: self.text("surt")?,
            final_url: self.text("final_url")?,
            started_at: self.parsed("started_at")?,
            finished_at: self.parsed("finished_at")?,
            outcome: Outcome::new(self.parsed("outcome")?, self.text("code")?, self.text("message")?),
            status: self.status()?,
            content_type: self.maybe_text("content_type")?,
            payload_sha256: self.maybe_parsed("payload_sha256")?,
            payload_bytes: self.number("payload_bytes")?,
            etag: self.maybe_text("etag")?,
            last_modified: self.maybe_text("last_modified")?,
            snapshot: self.snapshot("snapshot")?,
            original: self.snapshot("original")?,
            previous: self.snapshot("previous")?,
            text_sha256: self.maybe_parsed("text_sha256")?,
            statement_sha256: self.maybe_parsed("statement_sha256")?,
            extractor: self.maybe_text("extractor")?,
            params_sha256: self.maybe_parsed("params_sha256")?,
            headline: Headline {
                title: self.maybe_text("title")?,
                authors: self.strings("authors")?,
                organisation: self.maybe_text("organisation")?,
                published: self.maybe_text("published")?,
                published_origin: self.maybe_text("published_origin")?,
                language: self.maybe_text("language")?,
                page_kind: self.maybe_text("page_kind")?,
                page_kind_confidence: self.maybe_percent("page_kind_confidence")?,
                partial: self.number("partial")? > 0,
                canonical_url: self.maybe_text("canonical_url")?,
            },
            records: Vec::new(),
            exchanges: Vec::new(),
        })
    }

    pub(crate) fn record(&self) -> Result<RecordPlace, CatalogError> {
        Ok(RecordPlace {
            warc_record_id: self.text("warc_record_id")?,
            record_type: self.text("type")?,
            target_uri: self.text("target_uri")?,
            file: self.text("file")?,
            offset: self.number("offset")?,
            length: self.number("length")?,
        })
    }
}
