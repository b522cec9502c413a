//! What an HTML page leads to: the links of a listing and its next page, the feeds it announces, its canonical address.

use scraper::{ElementRef, Html, Selector};
use thiserror::Error;
use url::Url;

use super::{Item, Items, MAX_DOCUMENT_BYTES, tidy_title, web_address};

/// The most feeds that one page may announce.
const MAX_FEEDS: usize = 50;

/// Why a text is no CSS selector.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("'{selector}' is no CSS selector{}: write one such as `main h2 a`", reason(why))]
pub struct SelectorError {
    /// The text.
    pub selector: String,
    /// What is wrong with it.
    pub why: String,
}

/// Which elements of a listing page lead on.
#[derive(Debug, Clone)]
pub struct ListingSelectors {
    links: Selector,
    next: Option<Selector>,
}

impl ListingSelectors {
    /// Selectors of the links to pages, and of the link to the listing's next page. They may match the links
    /// themselves or elements that hold one.
    pub fn new(links: &str, next: Option<&str>) -> Result<Self, SelectorError> {
        Ok(Self { links: selector(links)?, next: next.map(selector).transpose()? })
    }
}

/// The parser's reason, unless it is one that only the parser's authors understand.
fn reason(why: &str) -> String {
    if why.contains("report this") { String::new() } else { format!(" ({})", why.trim_end_matches('.')) }
}

fn selector(text: &str) -> Result<Selector, SelectorError> {
    Selector::parse(text).map_err(|error| SelectorError { selector: text.to_owned(), why: error.to_string() })
}

/// What a listing page leads to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Listing {
    /// Pages, in the order of the listing.
    pub links: Vec<Item>,
    /// The listing's next page.
    pub next: Option<Url>,
    /// How many elements the links' selector matched: none means that the layout has changed.
    pub matched: usize,
    /// What was wrong, if anything.
    pub note: Option<String>,
}

/// Reads a listing page that was found at `url`.
pub fn read_listing(html: &str, url: &Url, selectors: &ListingSelectors) -> Listing {
    let (document, note) = parse(html);
    let base = base_of(&document, url);
    let mut items = Items::default();
    let mut matched = 0_usize;
    for element in document.select(&selectors.links) {
        matched = matched.saturating_add(1);
        for link in links_of(element) {
            if let Some(url) = target(link, &base) {
                items.push(Item { url, title: title_of(link), published: None, modified: None });
            }
        }
    }
    let next = selectors.next.as_ref().and_then(|next| {
        let links = document.select(next).flat_map(|element| links_of(element));
        links.filter_map(|link| target(link, &base)).find(|next| next != url)
    });
    let (links, note) = items.finish(note);
    Listing { links, next, matched, note }
}

/// A feed that a page announces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedLink {
    /// Where it is.
    pub url: Url,
    /// Its title.
    pub title: Option<String>,
    /// Its media type, such as `application/rss+xml`.
    pub media_type: String,
}

/// What a page says of itself and its surroundings.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PageLinks {
    /// The address that the page calls its own (`link rel=canonical`).
    pub canonical: Option<Url>,
    /// The feeds that it announces (`link rel=alternate`).
    pub feeds: Vec<FeedLink>,
}

/// Reads the `link` elements of a page that was found at `url`.
pub fn page_links(html: &str, url: &Url) -> PageLinks {
    let (document, _) = parse(html);
    let base = base_of(&document, url);
    let mut found = PageLinks::default();
    for element in all(&document, "head link[rel][href]") {
        let rel = element.attr("rel").unwrap_or_default().to_ascii_lowercase();
        let has = |word: &str| rel.split_ascii_whitespace().any(|w| w == word);
        let Some(address) = target(element, &base) else { continue };
        let media_type = element.attr("type").unwrap_or_default().trim().to_ascii_lowercase();
        if has("canonical") {
            found.canonical.get_or_insert(address);
        } else if has("alternate") && is_feed(&media_type) && found.feeds.len() < MAX_FEEDS {
            let title = element.attr("title").and_then(tidy_title);
            found.feeds.push(FeedLink { url: address, title, media_type });
        }
    }
    found
}

fn is_feed(media_type: &str) -> bool {
    let essence = media_type.split(';').next().unwrap_or_default().trim();
    matches!(
        essence,
        "application/rss+xml" | "application/atom+xml" | "application/feed+json" | "application/rdf+xml"
    )
}

fn parse(html: &str) -> (Html, Option<String>) {
    let mut end = html.len().min(MAX_DOCUMENT_BYTES);
    while !html.is_char_boundary(end) {
        end = end.saturating_sub(1);
    }
    let note = (end < html.len()).then(|| format!("only the first {MAX_DOCUMENT_BYTES} bytes were read"));
    (Html::parse_document(html.get(..end).unwrap_or_default()), note)
}

/// The address that relative links start from: the page's own, or what its `base` element says.
fn base_of(document: &Html, url: &Url) -> Url {
    let base = all(document, "base[href]").into_iter().next().and_then(|element| target(element, url));
    base.unwrap_or_else(|| url.clone())
}

/// The elements that one of our own selectors matches.
fn all<'d>(document: &'d Html, css: &str) -> Vec<ElementRef<'d>> {
    Selector::parse(css).map(|selector| document.select(&selector).collect()).unwrap_or_default()
}

/// The element itself if it is a link, or else the links inside it.
fn links_of(element: ElementRef<'_>) -> Vec<ElementRef<'_>> {
    if element.attr("href").is_some() {
        return vec![element];
    }
    let inside = element.descendent_elements();
    inside.filter(|e| matches!(e.value().name(), "a" | "area") && e.attr("href").is_some()).collect()
}

fn target(link: ElementRef<'_>, base: &Url) -> Option<Url> {
    web_address(link.attr("href")?, base)
}

fn title_of(link: ElementRef<'_>) -> Option<String> {
    let text: String = link.text().collect::<Vec<_>>().join(" ");
    tidy_title(&text).or_else(|| link.attr("title").and_then(tidy_title))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url() -> Url {
        Url::parse("https://example.org/news/index.html").unwrap()
    }

    const LISTING: &str = r##"<html><head><base href="/archive/"></head><body>
      <ul class=list><li><h2><a href="one.html#c">The <b>first</b>
        one</a></h2><a href="mailto:x@example.org">write</a></li>
      <li><a href="//other.example/two" title="Second"><img src=x></a></li>
      <li><a href="one.html">more</a></li></ul>
      <a class=next href="#">here</a><a class=next href="?page=2">next</a></body></html>"##;

    #[test]
    fn links_and_the_next_page() {
        let selectors = ListingSelectors::new("ul.list > li", Some("a.next")).unwrap();
        let listing = read_listing(LISTING, &Url::parse("https://example.org/archive/").unwrap(), &selectors);
        let found: Vec<_> = listing.links.iter().map(|i| (i.url.as_str(), i.title.as_deref())).collect();
        assert_eq!(
            found,
            [
                ("https://example.org/archive/one.html", Some("The first one")),
                ("https://other.example/two", Some("Second")),
            ]
        );
        assert_eq!(listing.next.unwrap().as_str(), "https://example.org/archive/?page=2");
        assert_eq!(listing.matched, 3);
        let changed = read_listing(LISTING, &url(), &ListingSelectors::new("article h3 a", None).unwrap());
        assert_eq!((changed.matched, changed.links.len(), changed.next), (0, 0, None));
    }

    #[test]
    fn selectors_are_checked() {
        for bad in ["ul >", "a[", "", "::::"] {
            let error = ListingSelectors::new("a", Some(bad)).unwrap_err();
            assert!(error.to_string().starts_with(&format!("'{bad}' is no CSS selector")), "{error}");
        }
    }

    #[test]
    fn feeds_and_canonical() {
        let links = page_links(
            r#"<head><link rel="Canonical" href="/news/"><link rel=canonical href="/second">
            <link rel="alternate home" type="application/rss+xml" title="All news" href="/feed">
            <link rel=alternate type="Application/Atom+XML; charset=utf-8" href="/atom">
            <link rel=alternate hreflang=fr href="/fr"></head>"#,
            &url(),
        );
        assert_eq!(links.canonical.unwrap().as_str(), "https://example.org/news/");
        let feeds: Vec<_> = links.feeds.iter().map(|f| (f.url.path(), f.title.as_deref())).collect();
        assert_eq!(feeds, [("/feed", Some("All news")), ("/atom", None)]);
        assert_eq!(page_links("", &url()), PageLinks::default());
    }

    #[test]
    fn hostile_pages_are_survived() {
        let deep = format!("{}<a href=/x>x</a>", "<div>".repeat(20_000));
        let listing = read_listing(&deep, &url(), &ListingSelectors::new("a", None).unwrap());
        assert_eq!(listing.links.len(), 1);
    }
}
