//! The catalog: captures, where their records are, the frontier of a run, when each source last ran, what each run
//! brought of it, and what the operator was told — in SQLite.
//!
//! The catalog is derived: the WARC files are the truth, and [`Catalog`] can be filled again from them. What it
//! promises while it lives: [`Catalog::add`] returns only when its rows are on the disk (WAL, `synchronous=FULL`), and
//! every try of a URL has a row, whatever became of it. It knows digests, names and places, never WARC bytes.
//!
//! ```no_run
//! # async fn example() -> Result<(), vidimus_catalog::CatalogError> {
//! use vidimus_catalog::{Catalog, Filter};
//!
//! let catalog = Catalog::open_read_only(std::path::Path::new("archive/catalog.sqlite")).await?;
//! let newest = catalog.list(&Filter { limit: Some(10), ..Filter::default() }).await?;
//! # Ok(())
//! # }
//! ```

mod adding;
mod captures;
mod connect;
mod documents;
mod error;
mod fixity;
mod frontier;
mod holdings;
mod imports;
mod known_pages;
mod leaves;
mod network;
mod open_files;
mod rebuild;
mod removed;
mod reported;
mod rows;
mod runs;
mod sealed;
mod searches;
mod source_runs;
mod states;
mod texts;
mod told;
mod totals;

pub use captures::Filter;
pub use connect::Catalog;
pub use error::CatalogError;
pub use fixity::{Fixity, FixityTotals};
pub use frontier::Pending;
pub use holdings::PlacedRecord;
pub use known_pages::KnownPage;
pub use leaves::{FixityRun, LoggedLeaf};
pub use open_files::OpenFile;
pub use rebuild::{ReadText, RebuildStage};
pub use removed::Removed;
pub use rows::{Capture, Headline, RecordPlace, time_text};
pub use runs::{Run, SourceState};
pub use sealed::SealedFile;
pub use searches::{SearchTold, Untold};
pub use source_runs::{Arrivals, Finding, LeadFacts, PageBefore, SourceRun};
pub use states::PageState;
pub use texts::LaterText;
pub use told::Told;
pub use totals::Totals;
