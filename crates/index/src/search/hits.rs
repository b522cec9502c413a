//! What a search gives back.

use jiff::Timestamp;
use jiff::civil::Date;

use crate::document::Document;
use crate::snippet::{Matcher, Snippet};

/// The answer to a query, with all its hits in memory; see [`Searcher::find`](crate::Searcher::find) for many.
#[derive(Debug, Clone, PartialEq)]
pub struct Results {
    /// How many documents match, of which `hits` are a part.
    pub total: usize,
    /// How many more match that were left out because they stand in the place of a statement.
    pub left_out: usize,
    /// How many hits there are when documents are folded, and of how many documents that is known.
    pub folded: Option<Folded>,
    /// The best ones, best first; among equals the newer first.
    pub hits: Vec<Hit>,
}

/// Into how many hits documents were folded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Folded {
    /// How many hits there are: pages, or clusters of near-copies.
    pub hits: usize,
    /// How many of the documents that match were looked at: fewer than match where near-copies are folded and there are
    /// too many to compare, and then the best.
    pub compared: usize,
}

/// One document that matches.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    /// The capture's name, see [`Document::id`].
    pub id: String,
    /// The URL that was captured.
    pub url: String,
    /// Its host.
    pub host: String,
    /// The source it belongs to.
    pub source: String,
    /// The organisation behind the source.
    pub organisation: Option<String>,
    /// The title as published.
    pub title: String,
    /// The authors as published.
    pub authors: Vec<String>,
    /// The language, when known.
    pub lang: Option<String>,
    /// The kind of text, when known.
    pub kind: Option<String>,
    /// Whether only the beginning of the text is held.
    pub partial: bool,
    /// Whether this archive made the capture itself; false for one that was imported.
    pub witnessed: bool,
    /// The day of publication, when known.
    pub published: Option<Date>,
    /// When it was captured.
    pub captured_at: Timestamp,
    /// How well it matches; comparable within one answer only.
    pub score: f32,
    /// What is folded under it.
    pub fold: Fold,
    /// The passage that matches.
    pub snippet: Snippet,
}

/// What is folded under a hit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Fold {
    /// Nothing was to be folded.
    #[default]
    Nothing,
    /// Versions of the same page.
    Versions {
        /// How many other versions match.
        others: usize,
        /// Whether the page had another version later, which does not match.
        superseded: bool,
    },
    /// Near-copies, the best first.
    Copies(Vec<NearCopy>),
}

/// A near-copy of a hit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NearCopy {
    /// The capture's name.
    pub id: String,
    /// The URL that was captured.
    pub url: String,
    /// The source it belongs to.
    pub source: String,
    /// The day of publication, when known.
    pub published: Option<Date>,
    /// When it was captured.
    pub captured_at: Timestamp,
}

impl Hit {
    pub(super) fn new(document: Document, score: f32, fold: Fold, matcher: &Matcher) -> Hit {
        let snippet = matcher.snippet(&document.text, document.lang.as_deref());
        Hit {
            id: document.id,
            url: document.url,
            host: document.host,
            source: document.source,
            organisation: document.organisation,
            title: document.title,
            authors: document.authors,
            lang: document.lang,
            kind: document.kind,
            partial: document.partial,
            witnessed: document.witnessed,
            published: document.published,
            captured_at: document.captured_at,
            score,
            fold,
            snippet,
        }
    }
}

impl From<Document> for NearCopy {
    fn from(document: Document) -> NearCopy {
        NearCopy {
            id: document.id,
            url: document.url,
            source: document.source,
            published: document.published,
            captured_at: document.captured_at,
        }
    }
}
