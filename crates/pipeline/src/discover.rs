//! What a feed, a sitemap or a listing leads to.

use url::Url;
use vidimus_fetch::discover::{ListingSelectors, read_feed, read_listing, read_sitemap};
use vidimus_snapshot::Role;

/// The links in one document.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// Pages, in the document's order.
    pub pages: Vec<Url>,
    /// Further sitemaps.
    pub sitemaps: Vec<Url>,
    /// The next page of a listing.
    pub next: Option<Url>,
    /// What a person should know: damage, a limit.
    pub note: Option<String>,
}

/// Reads the links out of a document that was fetched for them. A document that cannot be read gives none, and a note.
pub(crate) fn discover(role: Role, bytes: &[u8], base: &Url, selectors: Option<&ListingSelectors>) -> Found {
    match role {
        Role::Page | Role::Robots => Found::default(),
        Role::Feed => match read_feed(bytes, base) {
            Ok(feed) => Found {
                pages: feed.items.into_iter().map(|i| i.url).collect(),
                note: feed.note,
                ..Found::default()
            },
            Err(error) => Found { note: Some(error.to_string()), ..Found::default() },
        },
        Role::Sitemap => match read_sitemap(bytes, base) {
            Ok(map) => Found {
                pages: map.pages.into_iter().map(|i| i.url).collect(),
                sitemaps: map.sitemaps.into_iter().map(|i| i.url).collect(),
                next: None,
                note: map.note,
            },
            Err(error) => Found { note: Some(error.to_string()), ..Found::default() },
        },
        Role::Listing => {
            let Some(selectors) = selectors else { return Found::default() };
            let listing = read_listing(&String::from_utf8_lossy(bytes), base, selectors);
            Found {
                pages: listing.links.into_iter().map(|i| i.url).collect(),
                sitemaps: Vec::new(),
                next: listing.next,
                note: listing.note,
            }
        }
    }
}
