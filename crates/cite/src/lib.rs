//! Citations of a capture, in the styles of courts and of programs that keep references. Pure: no I/O, no clock.
//!
//! What is not known is left out and never invented: a page without a named author has none, a page without a day of
//! publication is undated. Titles, names and addresses are a stranger's words: whatever they hold, a citation stays one
//! line, or one entry, that reads back.
//!
//! ```
//! use vidimus_cite::{Facts, Style, cite};
//! use vidimus_snapshot::SnapshotId;
//!
//! let facts = Facts {
//!     id: SnapshotId::of_manifest(b"{}"),
//!     title: Some("On the ferry".into()),
//!     authors: Vec::new(),
//!     organisation: Some("Harbour Hands".into()),
//!     published: None,
//!     language: None,
//!     url: "https://hands.example/ferry".into(),
//!     captured_at: "2025-03-24T08:30:00Z".parse().unwrap(),
//!     witnessed: true,
//!     place: None,
//!     operator: None,
//!     archive_url: None,
//! };
//! assert!(cite(Style::Bluebook, &[facts]).starts_with("Harbour Hands, *On the ferry*, hands.example (last visited Mar. 24, 2025)"));
//! ```

mod archive_url;
mod biblatex;
mod clean;
mod court;
mod csl;
mod facts;
mod plain;
mod ris;

use std::fmt;

pub use archive_url::{ArchiveUrl, ArchiveUrlError};
pub use facts::Facts;

use facts::Source;

/// How to cite.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// The Bluebook, 22nd edition, rule 18.2: titles between asterisks, as in Markdown, stand for italics.
    Bluebook,
    /// OSCOLA, 4th edition, 3.4.8.
    Oscola,
    /// Input data of the Citation Style Language, version 1.0: one JSON array.
    CslJson,
    /// Entries of the type `@online`, as biblatex reads them.
    Biblatex,
    /// RIS: lines with tags, for programs that keep references.
    Ris,
    /// One line with everything, the whole SHA-256 too.
    Plain,
}

impl Style {
    /// The word for it on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Bluebook => "bluebook",
            Self::Oscola => "oscola",
            Self::CslJson => "csl-json",
            Self::Biblatex => "biblatex",
            Self::Ris => "ris",
            Self::Plain => "plain",
        }
    }
}

impl fmt::Display for Style {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The citations of some captures, in their order, with a line end at the end: a line each in the styles for people, an entry
/// each in biblatex and RIS, one array in CSL-JSON.
pub fn cite(style: Style, captures: &[Facts]) -> String {
    let sources: Vec<Source> = captures.iter().map(Source::of).collect();
    let each = |write: fn(&Source) -> String| sources.iter().map(write).collect::<String>();
    match style {
        Style::Bluebook => each(court::bluebook),
        Style::Oscola => each(court::oscola),
        Style::CslJson => csl::array(&sources),
        Style::Biblatex => each(biblatex::entry),
        Style::Ris => each(ris::entry),
        Style::Plain => each(plain::line),
    }
}
