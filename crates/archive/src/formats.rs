//! The content types of our own records, and the statement record: what the extractor made of a page, kept with the
//! text so that titles, dates and blocks can be read again without extracting anew.

use serde::{Deserialize, Serialize};
use vidimus_catalog::Headline;

/// The lines of a `warcinfo` record that say in which format a file is written.
pub(crate) const WARC_FORMAT: &str = "format: WARC File Format 1.1\r\nconformsTo: http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/\r\n";
/// Content type of the manifest's metadata record.
pub const MANIFEST_TYPE: &str = "application/vnd.vidimus.manifest+json";
/// Content type of the record that rebuilds the wire bytes of a response.
pub const FRAMING_TYPE: &str = "application/vnd.vidimus.http-framing+json";
/// Content type of the statement record, beside the text.
pub const STATEMENT_TYPE: &str = "application/vnd.vidimus.statement+json";
/// Content type of the record that says which manifest a later text belongs to.
pub const TEXT_TYPE: &str = "application/vnd.vidimus.text+json";
/// Content type of a run's report.
pub const RUN_REPORT_TYPE: &str = "application/vnd.vidimus.run-report+json";
/// Content type of the record that stands where a capture was that was taken down.
pub const TOMBSTONE_TYPE: &str = "application/vnd.vidimus.tombstone+json";

/// The block of a statement record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StatementRecord {
    /// Version of this format; 1.
    pub v: u32,
    /// The extractor's name and version.
    pub extractor: String,
    /// What lists and searches show.
    pub headline: Headline,
    /// The whole statement, as the extractor gives it.
    pub statement: serde_json::Value,
}

impl StatementRecord {
    /// The version that this software writes.
    pub const VERSION: u32 = 1;

    /// The bytes to store.
    pub fn to_json(&self) -> Result<Vec<u8>, serde_json::Error> {
        serde_json::to_vec(self)
    }

    /// Reads stored bytes.
    pub fn read(bytes: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(bytes)
    }
}
