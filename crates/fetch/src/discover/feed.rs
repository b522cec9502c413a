//! Feeds: RSS in all its versions, Atom, JSON Feed. One tolerant reader for each syntax: what stands before, between and
//! after the damage counts.

use url::Url;

use super::{DiscoverError, Item, Items, MAX_DOCUMENT_BYTES, feed_json, feed_xml};

/// What a feed says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Feed {
    /// The feed's own title.
    pub title: Option<String>,
    /// Its entries in the order given.
    pub items: Vec<Item>,
    /// Where older entries are: the feed's next page, or the archive before it (RFC 5005).
    pub next: Option<Url>,
    /// What was wrong with it, if anything; what could be read is in `items`.
    pub note: Option<String>,
}

/// A feed while it is being read.
#[derive(Default)]
pub(super) struct Draft {
    pub title: Option<String>,
    pub items: Items,
    pub next: Option<Url>,
    /// It is one, even if it has no entries.
    pub is_feed: bool,
    /// What was wrong with it.
    pub note: Option<String>,
}

/// Reads a feed that was found at `base`.
pub fn read_feed(bytes: &[u8], base: &Url) -> Result<Feed, DiscoverError> {
    if bytes.len() > MAX_DOCUMENT_BYTES {
        return Err(DiscoverError::TooLarge { url: base.clone(), bytes: bytes.len() });
    }
    let text = super::xml::text_of(bytes);
    let text = text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}' || c == '\0');
    let draft =
        if text.starts_with(['{', '[']) { feed_json::read(text, base) } else { feed_xml::read(text, base) };
    if !draft.is_feed && draft.items.list.is_empty() {
        let why = draft.note.unwrap_or_else(|| "it holds neither rss nor feed nor rdf".to_owned());
        return Err(DiscoverError::NoFeed { url: base.clone(), why });
    }
    let (items, note) = draft.items.finish(draft.note);
    // A feed that names itself as its next page is at its end.
    let next = draft.next.filter(|next| next != base);
    Ok(Feed { title: draft.title, items, next, note })
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

    fn urls(feed: &Feed) -> Vec<&str> {
        feed.items.iter().map(|item| item.url.as_str()).collect()
    }

    fn at(text: &str) -> Option<jiff::Timestamp> {
        Some(text.parse().unwrap())
    }

    const RSS: &str = r#"<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"
  xmlns:media="http://search.yahoo.com/mrss/"><channel><title>News &amp; views</title>
<link>https://example.org/</link><atom:link rel="self" href="https://example.org/news/feed"/>
<atom:link rel="next" href="feed?page=2"/>
<item><title>One</title><link>/one#c</link><pubDate>Wed, 26 Jun 2024 10:00:00 +0200</pubDate>
  <media:title>A picture</media:title><comments>/one/comments</comments><enclosure url="/one.mp3"/></item>
<item><title>Two</title><guid>https://example.org/two</guid></item>
<item><title>No address</title></item>
<item><title>Script</title><link>javascript:alert(1)</link></item>
<item><title>Secret</title><link>file:///etc/passwd</link></item>
<item><title>Named</title><guid isPermaLink="false">https://example.org/not-an-address</guid></item>
<item><title>One again</title><link>https://example.org/one</link></item>
</channel></rss>"#;

    #[test]
    fn rss_2() {
        let feed = read(RSS);
        assert_eq!(feed.title.as_deref(), Some("News & views"));
        assert_eq!(urls(&feed), ["https://example.org/one", "https://example.org/two"]);
        assert_eq!(feed.items[0].published, at("2024-06-26T08:00:00Z"));
        assert_eq!(feed.items[0].title.as_deref(), Some("One"));
        assert_eq!(feed.next.unwrap().as_str(), "https://example.org/news/feed?page=2");
        assert_eq!(feed.note, None);
    }

    #[test]
    fn rss_of_the_first_years() {
        for (version, text) in [
            (
                "0.90",
                r#"<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://my.netscape.com/rdf/simple/0.9/">
              <channel><title>T</title><link>https://example.org/</link></channel>
              <item><title>A</title><link>https://example.org/a</link></item></rdf:RDF>"#,
            ),
            (
                "0.91",
                r#"<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" "http://my.netscape.com/publish/formats/rss-0.91.dtd">
              <rss version="0.91"><channel><title>T</title><item><title>A</title><link>https://example.org/a</link></item></channel></rss>"#,
            ),
            (
                "0.92",
                r#"<rss version="0.92"><channel><title>T</title><item><link>https://example.org/a</link>
              <source url="https://other.example/feed">Other</source></item></channel></rss>"#,
            ),
            (
                "1.0",
                r#"<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">
              <channel rdf:about="https://example.org/feed"><title>T</title><items><rdf:Seq><rdf:li rdf:resource="https://example.org/a"/></rdf:Seq></items></channel>
              <item rdf:about="https://example.org/a"><title>A</title><link>https://example.org/a</link><dc:date>2024-06-26</dc:date></item></rdf:RDF>"#,
            ),
            (
                "prefixed",
                r#"<r:RDF xmlns:r="x" xmlns:rss="http://purl.org/rss/1.0/"><rss:channel><rss:title>T</rss:title></rss:channel>
              <rss:item><rss:link>https://example.org/a</rss:link></rss:item></r:RDF>"#,
            ),
        ] {
            let feed = read(text);
            assert_eq!(
                (urls(&feed), feed.title.as_deref(), feed.note.clone()),
                (vec!["https://example.org/a"], Some("T"), None),
                "{version}"
            );
        }
    }

    #[test]
    fn atom() {
        let feed = read(
            r#"<feed xmlns="http://www.w3.org/2005/Atom"><title>T</title><id>x</id><updated>2024-06-26T00:00:00Z</updated>
            <link rel="next" href="/feed/2"/><link rel="prev-archive" href="/feed/archive"/>
            <entry><title>A</title><id>1</id><published>2024-06-20T00:00:00Z</published><updated>2024-06-27T00:00:00Z</updated>
            <link rel="enclosure" href="/a.mp3"/><link rel="edit" href="/edit/1"/>
            <link rel="alternate" href="a"/><link rel="alternate" href="/fr/a"/>
            <source><title>Other</title><link href="https://other.example/"/><updated>2001-01-01T00:00:00Z</updated></source></entry>
            <entry><id>https://example.org/by-id</id><link rel="self" href="/self"/></entry></feed>"#,
        );
        assert_eq!(urls(&feed), ["https://example.org/news/a", "https://example.org/by-id"]);
        assert_eq!(
            (feed.items[0].modified, feed.items[0].published),
            (at("2024-06-27T00:00:00Z"), at("2024-06-20T00:00:00Z"))
        );
        assert_eq!(feed.next.unwrap().path(), "/feed/2");
        let archived =
            read(r#"<feed><link rel="prev-archive" href="old"/><link rel="next" href="feed"/></feed>"#);
        assert_eq!(archived.next.unwrap().path(), "/news/old", "a next page that is this one is none");
    }

    #[test]
    fn xml_base_holds_for_what_is_inside() {
        let feed = read(
            r#"<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://cdn.example/x/"><entry xml:base="y/"><link href="a"/></entry>
            <entry><link xml:base="/z/" href="b"/></entry><entry><link href="https://example.org/c"/></entry>
            <entry xml:base="file:///etc/"><link href="passwd"/></entry></feed>"#,
        );
        assert_eq!(
            urls(&feed),
            [
                "https://cdn.example/x/y/a",
                "https://cdn.example/z/b",
                "https://example.org/c",
                "https://cdn.example/x/passwd"
            ]
        );
    }

    #[test]
    fn json() {
        let feed = read(
            r#"{"version":"https://jsonfeed.org/version/1.1","title":"J","next_url":"?page=2","items":[
            {"id":"1","url":"https://example.org/j","title":"J one","date_published":"2024-06-26T00:00:00Z","date_modified":"2024-06-27T00:00:00+02:00"},
            {"id":"https://example.org/by-id"}, {"id":"3","external_url":"https://other.example/e"}, {"id":"4"}]}"#,
        );
        assert_eq!(
            urls(&feed),
            ["https://example.org/j", "https://example.org/by-id", "https://other.example/e"]
        );
        assert_eq!((feed.title.as_deref(), feed.items[0].title.as_deref()), (Some("J"), Some("J one")));
        assert_eq!(feed.items[0].modified, at("2024-06-26T22:00:00Z"));
        assert_eq!(feed.next.unwrap().as_str(), "https://example.org/news/feed?page=2");
        assert!(
            read(r#"{"version":"https://jsonfeed.org/version/1","title":"Empty","items":[]}"#)
                .items
                .is_empty()
        );
    }

    #[test]
    fn damaged_json_yields_what_can_be_read() {
        let wrong_types = r#"{"version":1,"title":["x"],"items":[{"id":7,"url":"/a","title":{},"date_published":12},
            "text", null, {"url":["/b"]}, {"url":"/c","authors":"me","tags":null}]}"#;
        let feed = read(wrong_types);
        assert_eq!(urls(&feed), ["https://example.org/a", "https://example.org/c"]);
        let behind = format!("\u{feff}\n {wrong_types} <!-- cached -->");
        let feed = read(&behind);
        assert_eq!((feed.items.len(), feed.note.is_some()), (2, true));
        let cut = read(&behind[..behind.find("\"/c\"").unwrap()]);
        assert_eq!((urls(&cut), cut.note.is_some()), (vec!["https://example.org/a"], true));
        for text in ["{}", "[]", "{\"items\":3}", "{\"items\":[{\"url\":\"/a\"", "{", &"[".repeat(100_000)] {
            assert!(read_feed(text.as_bytes(), &base()).is_err(), "{}", &text[..text.len().min(40)]);
        }
    }

    #[test]
    fn a_json_feed_without_end_is_cut() {
        let many = |count: usize| {
            let items: String = (0..count).map(|n| format!("{{\"url\":\"/{n}\"}},")).collect();
            read(&format!("{{\"version\":\"https://jsonfeed.org/version/1\",\"items\":[{items}0]}}"))
        };
        let feed = many(crate::discover::MAX_ITEMS + 2);
        assert_eq!(feed.items.len(), crate::discover::MAX_ITEMS);
        assert!(feed.note.unwrap().contains("only the first 50000"));
        assert_eq!(many(crate::discover::MAX_ITEMS - 1).note, None);
    }

    #[test]
    fn a_damaged_feed_yields_what_can_be_read() {
        let cut = read(&RSS[..RSS.find("<item><title>No").unwrap() + 8]);
        assert_eq!(cut.items.len(), 2, "{cut:?}");
        assert!(cut.note.is_some());
        for (case, text) in [
            ("space before the declaration", format!("\n \t{RSS}")),
            ("a byte order mark", format!("\u{feff}{RSS}")),
            ("a warning of the server before it", format!("Warning: something in line 3<br />\n{RSS}")),
            ("garbage behind it", format!("{RSS}\n<!-- cached -->garbage</div>")),
            ("a second document behind it", format!("{RSS}{RSS}")),
            ("entities of HTML", RSS.replace("One<", "One&nbsp;&mdash;&hellip;<")),
            ("bare ampersands", RSS.replace("One<", "One & two <").replace("Two<", "R&D<")),
            ("a namespace that is not declared", RSS.replace("<item>", "<item><foo:bar a:b='c'>x</foo:bar>")),
            (
                "elements that are not closed",
                RSS.replace("<item>", "<item><description>x<br>y<p>z</description>"),
            ),
            ("attributes without quotes", RSS.replace("<item>", "<item class=x checked>")),
            ("control characters", RSS.replace("One<", "One\u{b}\u{1}<")),
            ("another encoding than declared", RSS.replace("UTF-8", "no-such-charset")),
        ] {
            let feed = read(&text);
            assert_eq!(
                urls(&feed)[..2],
                ["https://example.org/one", "https://example.org/two"],
                "{case}: {:?}",
                feed.note
            );
        }
    }

    #[test]
    fn encodings() {
        let title = |bytes: &[u8]| read_feed(bytes, &base()).unwrap().title.unwrap();
        let text = |declared: &str| {
            format!(
                "<?xml version='1.0' encoding='{declared}'?><rss><channel><title>caf\u{e9}</title></channel></rss>"
            )
        };
        let latin: Vec<u8> = text("ISO-8859-1").chars().map(|c| c as u8).collect();
        assert_eq!(title(&latin), "caf\u{e9}");
        let wide: Vec<u8> = "\u{feff}"
            .encode_utf16()
            .chain(text("utf-16").encode_utf16())
            .flat_map(u16::to_le_bytes)
            .collect();
        assert_eq!(title(&wide), "caf\u{e9}");
        assert_eq!(
            title(text("utf-16").as_bytes()),
            "caf\u{e9}",
            "the declaration was read as ASCII, so it is wrong"
        );
        let mislabelled: Vec<u8> = text("UTF-8").chars().map(|c| c as u8).collect();
        assert_eq!(title(&mislabelled), "caf\u{fffd}");
    }

    #[test]
    fn dates_as_feeds_write_them() {
        let date = |text: &str| {
            read(&format!("<rss><item><link>/a</link><pubDate>{text}</pubDate></item></rss>")).items[0]
                .published
        };
        let wanted = at("2024-06-26T08:00:00Z");
        for text in [
            "Wed, 26 Jun 2024 08:00:00 GMT",
            "Wed, 26 Jun 2024 08:00:00 UT",
            "Wed, 26 Jun 2024 08:00:00 UTC",
            "Wed, 26 Jun 2024 08:00:00 Z",
            "Wed, 26 Jun 2024 10:00:00 +0200",
            "Wed, 26 Jun 2024 10:00:00 +02:00",
            "26 Jun 2024 10:00 +0200",
            "Wed, 26 Jun 24 08:00:00 GMT",
            "Wednesday, 26 June 2024 08:00:00 GMT",
            "Mon, 26 Jun 2024 08:00:00 GMT",
            "Wed, 26 Jun 2024 04:00:00 EDT",
            "2024-06-26T08:00:00Z",
            "2024-06-26T10:00:00+02:00",
            "2024-06-26 08:00:00",
            " 2024-06-26T08:00:00.000Z\n",
        ] {
            assert_eq!(date(text), wanted, "{text}");
        }
        for text in ["", "yesterday", "26/06/2024", "Wed, 99 Jun 2024 08:00:00 GMT", "99999-01-01"] {
            assert_eq!(date(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_no_feed() {
        for text in [
            "",
            "hello",
            "<html><body>not found</body></html>",
            "<!doctype html><title>x</title>",
            "<urlset></urlset>",
        ] {
            let error = read_feed(text.as_bytes(), &base()).unwrap_err();
            assert!(error.to_string().starts_with("https://example.org/news/feed is no feed"), "{error}");
        }
        assert!(read("<rss><channel><title>Empty</title></channel></rss>").items.is_empty());
    }

    /// What `feed-rs` makes of a feed without faults, as far as it tells the same.
    fn oracle(text: &str) -> Vec<String> {
        let feed = feed_rs::parser::Builder::new()
            .base_uri(Some(base().as_str()))
            .build()
            .parse(text.as_bytes())
            .unwrap();
        let link = |entry: feed_rs::model::Entry| {
            let mut links = entry.links.into_iter();
            links.find(|link| link.rel.as_deref().is_none_or(|rel| rel == "alternate")).map(|link| link.href)
        };
        feed.entries.into_iter().filter_map(link).collect()
    }

    proptest! {
        #[test]
        fn an_independent_reader_agrees(paths in prop::collection::vec("[a-z]{1,6}", 0..6), atom in any::<bool>()) {
            let entries: String = paths.iter().enumerate().map(|(number, path)| if atom {
                format!("<entry><id>{number}</id><title>t</title><link href=\"/{number}/{path}\"/><updated>2024-06-26T00:00:00Z</updated></entry>")
            } else {
                format!("<item><title>t</title><link>https://example.org/{number}/{path}</link></item>")
            }).collect();
            let text = if atom {
                format!("<feed xmlns=\"http://www.w3.org/2005/Atom\"><title>T</title><id>x</id>{entries}</feed>")
            } else {
                format!("<rss version=\"2.0\"><channel><title>T</title>{entries}</channel></rss>")
            };
            let feed = read(&text);
            prop_assert_eq!(urls(&feed), oracle(&text));
        }

        #[test]
        fn a_mutated_feed_is_survived(at in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<prop::sample::Index>()) {
            let mut bytes = RSS.as_bytes().to_vec();
            let place = at.index(bytes.len());
            bytes[place] = byte;
            bytes.truncate(cut.index(bytes.len()));
            let _ = read_feed(&bytes, &base());
        }

        #[test]
        fn any_json_is_survived(text in "[{\\[\"a-z:,0-9\\]} /]{0,80}") {
            let _ = read_feed(format!("{{{text}").as_bytes(), &base());
        }
    }
}
