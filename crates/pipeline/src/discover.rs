//! What a feed, a sitemap, a listing or a page leads to.

use url::Url;
use vidimus_fetch::discover::{
    DiscoverError, Feed, Item, ListingSelectors, Sitemap, page_links, read_feed, read_listing, read_sitemap,
};
use vidimus_snapshot::Role;

/// How many of the feeds that a page announces are read: the first ones are the site's own, the others those of
/// comments, tags and authors.
const MAX_ANNOUNCED: usize = 5;

/// The links in one document.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// Pages, in the document's order.
    pub pages: Vec<Item>,
    /// Further sitemaps.
    pub sitemaps: Vec<Item>,
    /// Feeds that an HTML page announces.
    pub feeds: Vec<Url>,
    /// The next page of a listing or a feed.
    pub next: Option<Url>,
    /// The address that a page calls its own.
    pub canonical: Option<Url>,
    /// What a person should know: damage, a limit.
    pub note: Option<String>,
}

/// Reads the links out of a document that was fetched for them. A document that cannot be read gives none, and a note.
/// With `announced`, the feeds that a listing page announces count as well.
pub(crate) fn discover(
    role: Role,
    bytes: &[u8],
    base: &Url,
    selectors: Option<&ListingSelectors>,
    announced: bool,
) -> Found {
    match role {
        Role::Page | Role::Robots | Role::Resource => Found::default(),
        Role::Feed => match read_feed(bytes, base) {
            Ok(feed) => of_feed(feed),
            Err(error) => in_place_of_a_feed(bytes, base, &error),
        },
        Role::Sitemap => match read_sitemap(bytes, base) {
            Ok(map) => of_sitemap(map),
            // The protocol lets a feed serve as a sitemap.
            Err(error) => read_feed(bytes, base).map_or_else(|_| nothing(error.to_string()), of_feed),
        },
        Role::Listing => {
            let html = String::from_utf8_lossy(bytes);
            let mut found = selectors.map_or_else(Found::default, |selectors| {
                let listing = read_listing(&html, base, selectors);
                Found { pages: listing.links, next: listing.next, note: listing.note, ..Found::default() }
            });
            if announced {
                found.feeds = announced_feeds(&html, base);
            }
            found
        }
    }
}

fn of_feed(feed: Feed) -> Found {
    Found { pages: feed.items, next: feed.next, note: feed.note, ..Found::default() }
}

fn of_sitemap(map: Sitemap) -> Found {
    Found { pages: map.pages, sitemaps: map.sitemaps, note: map.note, ..Found::default() }
}

fn nothing(note: String) -> Found {
    Found { note: Some(note), ..Found::default() }
}

/// What stands where a feed was expected: a sitemap, or a page that announces feeds.
fn in_place_of_a_feed(bytes: &[u8], base: &Url, error: &DiscoverError) -> Found {
    if let Ok(map) = read_sitemap(bytes, base) {
        let note = map.note.clone().map_or_else(String::new, |note| format!("; {note}"));
        let note = format!("this is no feed but a sitemap, and is read as one{note}");
        return Found { note: Some(note), ..of_sitemap(map) };
    }
    let feeds = announced_feeds(&String::from_utf8_lossy(bytes), base);
    if feeds.is_empty() {
        return nothing(error.to_string());
    }
    let names: Vec<&str> = feeds.iter().map(Url::as_str).collect();
    let note = format!(
        "this is no feed but a page that announces some, which are read instead: {}",
        names.join(", ")
    );
    Found { note: Some(note), feeds, ..Found::default() }
}

fn announced_feeds(html: &str, base: &Url) -> Vec<Url> {
    page_links(html, base).feeds.into_iter().map(|feed| feed.url).take(MAX_ANNOUNCED).collect()
}
