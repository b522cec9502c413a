//! The full-text index: what a capture's text is found by.
//!
//! An [`IndexWriter`] adds [`Document`]s, a [`Searcher`] answers a [`Query`] with ranked [`Hit`]s and
//! their [`Snippet`]s. The query language is parsed by [`parse`]. This crate is the only one that
//! knows Tantivy; it knows no HTTP and no WARC.
//!
//! Promises: the index is derived data, so a folder whose recorded versions differ is refused with
//! [`IndexError::SchemaMismatch`] and never guessed at; there is one writer and any number of
//! readers, which need no write access and never hold the writer up; the same documents added in the
//! same order give the same answers; nothing in a query is silently ignored.
//!
//! ```
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! use vidimus_index::{Document, IndexWriter, Options, Searcher, parse};
//!
//! let mut writer = IndexWriter::open(folder.path())?;
//! writer.add(&Document {
//!     id: "0f".repeat(32),
//!     url: "https://example.org/statement".into(),
//!     host: "example.org".into(),
//!     source: "example".into(),
//!     organisation: None,
//!     title: "A statement".into(),
//!     authors: vec![],
//!     lang: Some("fr".into()),
//!     kind: None,
//!     partial: false,
//!     witnessed: true,
//!     published: Some("2024-06-26".parse()?),
//!     captured_at: "2024-06-27T08:00:00Z".parse()?,
//!     signatories: vec!["Dara Rights Centre (DRC)".into()],
//!     states: vec!["2024-06-27T08:00:00Z".parse()?],
//!     text: "Nous dénonçons l’arrestation d’une journaliste.".into(),
//! })?;
//! writer.close()?;
//!
//! let results = Searcher::open(folder.path())?.search(&parse("arrestation")?, &Options::default())?;
//! assert_eq!(results.total, 1);
//! # Ok(())
//! # }
//! ```

mod compile;
mod directory;
mod document;
mod error;
mod fingerprints;
mod matching;
mod query;
mod reposts;
mod schema;
mod search;
mod segment_file;
mod snippet;
mod tokenizer;
mod version;
mod writer;

pub use document::Document;
pub use error::IndexError;
pub use query::{Query, QueryError, parse, span_of_date};
pub use reposts::{Basis, Characters, Link, LinkOptions, Links, Order, Relation, Shared, Sort as LinkSort};
pub use search::{
    By, Collapse, Counted, Documents, Facet, FacetCount, Fold, Folded, Found, Hit, Kinds, NearCopy, Options,
    Results, Row, Searcher, Sort, Step,
};
pub use snippet::{Fragment, Snippet};
pub use version::{SCHEMA_VERSION, VERSION_FILE, Version};
pub use writer::IndexWriter;
