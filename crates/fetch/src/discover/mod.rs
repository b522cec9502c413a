//! Finding out what there is to fetch: feeds, sitemaps, listing pages, and what a page says of itself.
//!
//! Pure functions over bytes that somebody else sent: nothing here opens a connection, every list is bounded, only
//! `http` and `https` addresses come out, and what could be read before damage counts, with a note of the damage.

mod dates;
mod feed;
mod feed_json;
mod feed_xml;
mod page;
mod sitemap;
mod xml;

pub use feed::{Feed, read_feed};
pub use page::{FeedLink, Listing, ListingSelectors, PageLinks, SelectorError, page_links, read_listing};
pub use sitemap::{Sitemap, read_sitemap};

use std::collections::HashSet;

use jiff::Timestamp;
use thiserror::Error;
use url::Url;

/// The most entries that one document yields: the bound of the sitemap protocol.
pub const MAX_ITEMS: usize = 50_000;

/// The largest document that is read, after decompression.
pub const MAX_DOCUMENT_BYTES: usize = 50 << 20;

/// The longest title that is kept, in characters.
const MAX_TITLE: usize = 500;

/// The longest address that is kept, in bytes.
const MAX_URL: usize = 4096;

/// Something that a document says can be fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Where it is.
    pub url: Url,
    /// What it is called, where that was said.
    pub title: Option<String>,
    /// When it says it was published.
    pub published: Option<Timestamp>,
    /// When it says it was last changed.
    pub modified: Option<Timestamp>,
}

/// Why a document yielded nothing.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DiscoverError {
    /// Not a feed in any known format.
    #[error("{url} is no feed that can be read: {why}")]
    NoFeed {
        /// The document.
        url: Url,
        /// What is wrong with it.
        why: String,
    },
    /// Not a sitemap.
    #[error("{url} is no sitemap: {why}")]
    NoSitemap {
        /// The document.
        url: Url,
        /// What is wrong with it.
        why: String,
    },
    /// Larger than [`MAX_DOCUMENT_BYTES`].
    #[error("{url} has {bytes} bytes, more than the {MAX_DOCUMENT_BYTES} that are read")]
    TooLarge {
        /// The document.
        url: Url,
        /// Its size.
        bytes: usize,
    },
}

/// Items in order, each address once, never more than [`MAX_ITEMS`].
#[derive(Default)]
struct Items {
    list: Vec<Item>,
    seen: HashSet<Url>,
    overflow: bool,
}

impl Items {
    fn is_full(&self) -> bool {
        self.list.len() >= MAX_ITEMS
    }

    fn push(&mut self, item: Item) {
        if self.is_full() {
            self.overflow = true;
        } else if self.seen.insert(item.url.clone()) {
            self.list.push(item);
        }
    }

    /// The items, and the note extended if there were too many.
    fn finish(self, note: Option<String>) -> (Vec<Item>, Option<String>) {
        let too_many = self.overflow.then(|| format!("only the first {MAX_ITEMS} entries were taken"));
        let note = match (note, too_many) {
            (Some(a), Some(b)) => Some(format!("{a}; {b}")),
            (a, b) => a.or(b),
        };
        (self.list, note)
    }
}

/// A web address that a document refers to, without fragment, name and password; `None` for anything that is not http
/// or https.
fn web_address(reference: &str, base: &Url) -> Option<Url> {
    let reference = reference.trim();
    if reference.is_empty() || reference.len() > MAX_URL {
        return None;
    }
    let mut url = base.join(reference).ok()?;
    url.set_fragment(None);
    // These fail only for URLs that cannot have a user, which are no web addresses.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    (matches!(url.scheme(), "http" | "https") && url.as_str().len() <= MAX_URL).then_some(url)
}

/// A title on one line, of bearable length; `None` if nothing is left.
fn tidy_title(text: &str) -> Option<String> {
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let title: String = words.chars().take(MAX_TITLE).collect();
    (!title.is_empty()).then_some(title)
}
