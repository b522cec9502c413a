//! What can keep a page from becoming a [`Statement`](crate::Statement).
//!
//! A page that is merely poor (no title, no date, cut by a budget) is not an error: it is an
//! [`Extraction`](crate::Extraction) that says so. Errors are for bytes that are no page at all.

use thiserror::Error;

/// Why no statement could be made of the bytes at all.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ExtractError {
    /// The body is not HTML, XHTML or plain text, by its declared media type or by its first bytes.
    #[error("not a web page: the content is {media_type}")]
    NotHtml {
        /// The media type that was declared, or the one that the first bytes give away.
        media_type: String,
    },
    /// There are no bytes, or nothing but white space.
    #[error("the page is empty")]
    Empty,
}
