//! What is indexed: one capture's text and what is known about it.

use jiff::Timestamp;
use jiff::civil::Date;
use vidimus_snapshot::STAND_INS;

/// One capture, as the index stores and returns it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Document {
    /// The capture's name: the SHA-256 of its manifest, 64 lower-case hexadecimal digits.
    pub id: String,
    /// The URL that was captured.
    pub url: String,
    /// The host name of that URL.
    pub host: String,
    /// The configured source that the capture belongs to.
    pub source: String,
    /// The organisation behind the source, when known.
    pub organisation: Option<String>,
    /// The title as published; empty when there is none.
    pub title: String,
    /// The authors as published.
    pub authors: Vec<String>,
    /// The language as a BCP 47 tag, when known.
    pub lang: Option<String>,
    /// What kind of page it is, such as `article` or `listing`, when known.
    pub kind: Option<String>,
    /// Whether the text is only the beginning of what the page has, as before a paywall.
    pub partial: bool,
    /// Whether this archive made the capture itself; false for one that was imported, whose times are what its file says.
    pub witnessed: bool,
    /// The day of publication, when known.
    pub published: Option<Date>,
    /// When it was captured; the index keeps microseconds.
    pub captured_at: Timestamp,
    /// Who signed, as listed: `Dara Rights Centre (DRC)`.
    pub signatories: Vec<String>,
    /// When the page was found to have taken this text: the time of this capture, and of each later one that found it
    /// again after another. Sorted.
    pub states: Vec<Timestamp>,
    /// The extracted text, paragraphs separated by newlines.
    pub text: String,
}

/// The kind of pages that lead to statements and are none.
const LISTING: &str = "listing";

impl Document {
    /// Whether it never comes before a statement among the hits.
    pub(crate) fn is_demoted(&self) -> bool {
        self.kind.as_deref().is_some_and(|kind| kind == LISTING || STAND_INS.contains(&kind))
    }

    /// The day by which the document is filtered and sorted: published, or else captured (UTC).
    pub(crate) fn day(&self) -> Date {
        self.published.unwrap_or_else(|| self.captured_at.to_zoned(jiff::tz::TimeZone::UTC).date())
    }
}
