//! What is asked of a search beside the query.

use std::sync::Arc;

use jiff::civil::Date;

/// How many hits, which ones, in which order, and from where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Most hits to return; `usize::MAX` for all.
    pub limit: usize,
    /// How many of the first hits to leave out.
    pub offset: usize,
    /// In which order.
    pub sort: Sort,
    /// Whether the oldest come first; nothing for an order by score.
    pub reverse: bool,
    /// Only the documents with these ids.
    pub ids: Option<Arc<[String]>>,
    /// Only captures of this source.
    pub source: Option<String>,
    /// Only documents of this day or later; `by` says which day of theirs.
    pub since: Option<Date>,
    /// Only documents of this day or earlier.
    pub until: Option<Date>,
    /// Which day of a document `since`, `until` and counts over time look at.
    pub by: By,
    /// Only what was current at the end of this day (UTC): of each page the version that it had then.
    pub as_of: Option<Date>,
    /// What is folded under one hit.
    pub collapse: Collapse,
    /// Only texts in this language; `pt` includes `pt-BR`.
    pub lang: Option<String>,
    /// Which kinds of pages.
    pub kinds: Kinds,
}

impl Default for Options {
    /// The ten best hits.
    fn default() -> Options {
        Options {
            limit: 10,
            offset: 0,
            sort: Sort::default(),
            reverse: false,
            ids: None,
            source: None,
            since: None,
            until: None,
            by: By::default(),
            as_of: None,
            collapse: Collapse::default(),
            lang: None,
            kinds: Kinds::default(),
        }
    }
}

/// In which order hits come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Sort {
    /// The best first.
    #[default]
    Score,
    /// The last published first; those without such a day come last, by the times of their captures.
    Published,
    /// The last captured first.
    Captured,
}

/// Which day of a document counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum By {
    /// The day of publication, or of the capture where that is unknown.
    #[default]
    Published,
    /// The day of the capture (UTC).
    Captured,
}

/// What is folded under one hit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Collapse {
    /// Nothing: every version is a hit.
    #[default]
    Nothing,
    /// All versions of a page, under the newest that matches.
    Versions,
    /// Near-copies, under the best of them.
    Clusters,
}

/// Which kinds of pages a search is about. A query that itself says something of kinds has its say instead of
/// [`Kinds::Statements`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Kinds {
    /// All but those that stand in the place of a statement: walls, logins, errors, empty pages.
    #[default]
    Statements,
    /// All.
    All,
    /// This one only.
    Only(String),
}
