//! HTML to a [`Statement`]: what a page says, without what its site puts around it, and with a reason for every piece
//! of text kept or dropped.
//!
//! Extraction is a pure function of the bytes, their declared type, the address and [`Params`]: it does no I/O, knows
//! no clock, and gives the same result on every machine. It is safe on hostile input: depth, nodes, text and attributes
//! have budgets, and what they cut is reported.
//!
//! ```
//! use vidimus_extract::{Input, Params, extract};
//!
//! let page = b"<html lang=en><title>Stop | Union</title><nav><a href=/>Home</a></nav>
//!     <main><h1>Stop</h1><p>We call on the ministry to end its inquiry into the union.</p></main>";
//! let input = Input { bytes: page, content_type: Some("text/html"), url: None };
//! let extraction = extract(&input, &Params::default())?;
//! assert_eq!(extraction.statement.title.as_deref(), Some("Stop"));
//! assert_eq!(extraction.statement.body_text(), "We call on the ministry to end its inquiry into the union.");
//! # Ok::<(), vidimus_extract::ExtractError>(())
//! ```

mod assemble;
mod budget;
mod charset;
mod error;
mod explain;
mod features;
mod footnote;
mod hints;
mod html;
mod kind;
mod list;
mod markdown;
mod meta;
mod model;
mod page;
mod panels;
mod params;
mod phrases;
mod prescan;
mod render;
mod rules;
mod score;
mod sections;
mod shape;
mod signatories;
mod statement;
mod table;
mod tag;
mod text;
mod told;
pub mod training;
mod walk;

pub use assemble::{explain, extract};
pub use charset::{Charset, CharsetOrigin};
pub use error::ExtractError;
pub use explain::Verdict;
pub use params::{Budget, Cut, Params};
pub use statement::{
    Agreement, Block, BlockKind, Claim, DateOrigin, Dated, Extraction, Link, MainDate, PageKind, Section,
    Signatory, SignatoryList, Statement,
};

use url::Url;

/// The extractor's name and version, recorded with every text. The number rises whenever the output can change.
pub const EXTRACTOR: &str = "vidimus-extract/3";

/// One page to extract from.
#[derive(Debug, Clone, Copy)]
pub struct Input<'a> {
    /// The body after content decoding (gzip and the like), before character decoding.
    pub bytes: &'a [u8],
    /// The `Content-Type` header as received.
    pub content_type: Option<&'a str>,
    /// The address of the page, for resolving links and for dates in it.
    pub url: Option<&'a Url>,
}
