//! Feeds: RSS, Atom and JSON Feed through `feed-rs`; a damaged XML feed is walked as far as it goes.

use feed_rs::model::Entry;
use jiff::Timestamp;
use url::Url;

use super::sitemap::w3c_date;
use super::xml::{Step, walk};
use super::{DiscoverError, Item, Items, MAX_DOCUMENT_BYTES, tidy_title, web_address};

/// What a feed says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Feed {
    /// The feed's own title.
    pub title: Option<String>,
    /// Its entries in the order given.
    pub items: Vec<Item>,
    /// What was wrong with it, if anything; what could be read is in `items`.
    pub note: Option<String>,
}

/// Reads a feed that was found at `base`.
pub fn read_feed(bytes: &[u8], base: &Url) -> Result<Feed, DiscoverError> {
    if bytes.len() > MAX_DOCUMENT_BYTES {
        return Err(DiscoverError::TooLarge { url: base.clone(), bytes: bytes.len() });
    }
    let parser =
        feed_rs::parser::Builder::new().base_uri(Some(base.as_str())).sanitize_content(false).build();
    match parser.parse(bytes) {
        Ok(feed) => {
            let mut items = Items::default();
            feed.entries.iter().filter_map(|entry| item_of(entry, base)).for_each(|item| items.push(item));
            let (items, note) = items.finish(None);
            Ok(Feed { title: feed.title.and_then(|t| tidy_title(&t.content)), items, note })
        }
        Err(error) => {
            let why = error.to_string();
            let damaged = read_damaged(&String::from_utf8_lossy(bytes), base, &why);
            damaged.ok_or_else(|| DiscoverError::NoFeed { url: base.clone(), why })
        }
    }
}

fn item_of(entry: &Entry, base: &Url) -> Option<Item> {
    let page = entry.links.iter().find(|link| link.rel.as_deref().is_none_or(|rel| rel == "alternate"));
    let reference = page.or_else(|| entry.links.first()).map(|link| link.href.as_str());
    // RSS lets the guid be the address.
    let reference = reference.or_else(|| entry.id.starts_with("http").then_some(entry.id.as_str()))?;
    let moment = |at: i64| Timestamp::from_second(at).ok();
    Some(Item {
        url: web_address(reference, base)?,
        title: entry.title.as_ref().and_then(|title| tidy_title(&title.content)),
        published: entry.published.and_then(|at| moment(at.timestamp())),
        modified: entry.updated.and_then(|at| moment(at.timestamp())),
    })
}

/// One `item` or `entry` while it is being read.
#[derive(Default)]
struct Draft {
    link: Option<String>,
    guid: Option<String>,
    title: Option<String>,
    published: Option<Timestamp>,
    modified: Option<Timestamp>,
}

/// The entries of an XML feed that `feed-rs` would not read; `None` if there are none.
fn read_damaged(text: &str, base: &Url, why: &str) -> Option<Feed> {
    let mut items = Items::default();
    let mut title = None;
    let mut draft = Draft::default();
    let stop = walk(text, |step| match step {
        Step::Start { name: "item" | "entry", .. } => draft = Draft::default(),
        Step::Start { name: "link", attribute } => {
            let page = attribute("rel").is_none_or(|rel| rel == "alternate");
            if let Some(href) = attribute("href").filter(|_| page) {
                draft.link.get_or_insert(href);
            }
        }
        Step::Start { .. } => {}
        Step::End { name, parent: "item" | "entry", text } => match name {
            "link" if !text.is_empty() => draft.link = Some(text.to_owned()),
            "guid" | "id" if text.starts_with("http") => draft.guid = Some(text.to_owned()),
            "title" => draft.title = tidy_title(text),
            "pubdate" | "published" | "date" => draft.published = any_date(text),
            "updated" | "modified" => draft.modified = any_date(text),
            _ => {}
        },
        Step::End { name: "item" | "entry", .. } => {
            let Draft { link, guid, title, published, modified } = std::mem::take(&mut draft);
            if let Some(url) = link.or(guid).and_then(|reference| web_address(&reference, base)) {
                items.push(Item { url, title, published, modified });
            }
        }
        Step::End { name: "title", parent: "channel" | "feed", text } => title = tidy_title(text),
        Step::End { .. } => {}
    });
    let note = stop.unwrap_or_else(|| format!("it is no proper feed ({why}), but its entries could be read"));
    let (items, note) = items.finish(Some(note));
    (!items.is_empty()).then_some(Feed { title, items, note })
}

fn any_date(text: &str) -> Option<Timestamp> {
    w3c_date(text).or_else(|| jiff::fmt::rfc2822::parse(text.trim()).ok().map(|at| at.timestamp()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn base() -> Url {
        Url::parse("https://example.org/news/feed").unwrap()
    }

    fn read(text: &str) -> Feed {
        read_feed(text.as_bytes(), &base()).unwrap()
    }

    const RSS: &str = r#"<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title>News &amp; views</title>
<link>https://example.org/</link>
<item><title>One</title><link>/one#c</link><pubDate>Wed, 26 Jun 2024 10:00:00 +0200</pubDate></item>
<item><title>Two</title><guid>https://example.org/two</guid></item>
<item><title>No address</title></item>
<item><title>Script</title><link>javascript:alert(1)</link></item>
<item><title>One again</title><link>https://example.org/one</link></item>
</channel></rss>"#;

    #[test]
    fn rss() {
        let feed = read(RSS);
        assert_eq!(feed.title.as_deref(), Some("News & views"));
        let urls: Vec<_> = feed.items.iter().map(|item| item.url.as_str()).collect();
        assert_eq!(urls, ["https://example.org/one", "https://example.org/two"]);
        assert_eq!(feed.items[0].published, Some("2024-06-26T08:00:00Z".parse().unwrap()));
        assert_eq!(feed.items[0].title.as_deref(), Some("One"));
    }

    #[test]
    fn atom_and_json() {
        let feed = read(
            r#"<feed xmlns="http://www.w3.org/2005/Atom"><title>T</title><id>x</id><updated>2024-06-26T00:00:00Z</updated>
            <entry><title>A</title><id>1</id><updated>2024-06-27T00:00:00Z</updated><link rel="enclosure" href="/a.mp3"/>
            <link rel="alternate" href="a"/></entry></feed>"#,
        );
        assert_eq!(feed.items[0].url.as_str(), "https://example.org/news/a");
        assert_eq!(feed.items[0].modified, Some("2024-06-27T00:00:00Z".parse().unwrap()));
        let feed = read(
            r#"{"version":"https://jsonfeed.org/version/1.1","title":"J","items":[
            {"id":"1","url":"https://example.org/j","title":"J one","date_published":"2024-06-26T00:00:00Z"}]}"#,
        );
        assert_eq!((feed.items.len(), feed.items[0].title.as_deref()), (1, Some("J one")));
    }

    #[test]
    fn a_damaged_feed_yields_what_came_before() {
        let cut = read(&RSS[..RSS.find("<item><title>No").unwrap() + 8]);
        assert_eq!(cut.items.len(), 2, "{cut:?}");
        assert!(cut.note.is_some());
        let error = read_feed(b"<html>not found</html>", &base()).unwrap_err();
        assert!(error.to_string().starts_with("https://example.org/news/feed is no feed"), "{error}");
    }

    proptest! {
        #[test]
        fn a_mutated_feed_is_survived(at in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<prop::sample::Index>()) {
            let mut bytes = RSS.as_bytes().to_vec();
            let place = at.index(bytes.len());
            bytes[place] = byte;
            bytes.truncate(cut.index(bytes.len()));
            let _ = read_feed(&bytes, &base());
        }
    }
}
