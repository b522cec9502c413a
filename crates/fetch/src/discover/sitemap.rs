//! Sitemaps: plain lists of pages, indexes of further sitemaps, the news extension, gzip, and text files.

use jiff::Timestamp;
use url::Url;
use vidimus_warc::http::{DecodeLimits, DecodeOutcome, decode_content};

use super::dates::any_date;
use super::xml::{Element, Step, text_of, walk};
use super::{DiscoverError, Item, Items, MAX_DOCUMENT_BYTES, tidy_title, web_address};

/// What a sitemap says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sitemap {
    /// Pages.
    pub pages: Vec<Item>,
    /// Further sitemaps, of an index.
    pub sitemaps: Vec<Item>,
    /// What was wrong with it, if anything; what could be read is in the lists.
    pub note: Option<String>,
}

/// Reads a sitemap, a sitemap index, or a text file of addresses; gzip is told by its first bytes.
pub fn read_sitemap(bytes: &[u8], base: &Url) -> Result<Sitemap, DiscoverError> {
    let limits = DecodeLimits { max_bytes: MAX_DOCUMENT_BYTES as u64, max_ratio: 1000 };
    let codings: &[&str] = if bytes.starts_with(&[0x1f, 0x8b]) { &["gzip"] } else { &[] };
    let decoded = decode_content(codings, bytes, &limits);
    let damage = match decoded.outcome {
        DecodeOutcome::Complete => None,
        outcome => Some(outcome.to_string()),
    };
    let text = text_of(&decoded.bytes);
    let text = text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    let mut sitemap = if text.starts_with('<') { read_xml(text, base)? } else { read_text(text, base)? };
    sitemap.note = damage.or(sitemap.note);
    Ok(sitemap)
}

fn read_text(text: &str, base: &Url) -> Result<Sitemap, DiscoverError> {
    let mut pages = Items::default();
    for line in text.lines().map(str::trim).filter(|l| l.starts_with("http://") || l.starts_with("https://"))
    {
        if let Some(url) = web_address(line, base) {
            pages.push(Item { url, title: None, published: None, modified: None });
        }
    }
    if pages.list.is_empty() {
        let why = "it holds neither sitemap elements nor addresses".to_owned();
        return Err(DiscoverError::NoSitemap { url: base.clone(), why });
    }
    let (pages, note) = pages.finish(None);
    Ok(Sitemap { pages, sitemaps: Vec::new(), note })
}

/// One `url` or `sitemap` element while it is being read.
#[derive(Default)]
struct Entry {
    loc: Option<String>,
    modified: Option<Timestamp>,
    published: Option<Timestamp>,
    title: Option<String>,
}

impl Entry {
    fn item(self, base: &Url) -> Option<Item> {
        let url = web_address(&self.loc?, base)?;
        Some(Item { url, title: self.title, published: self.published, modified: self.modified })
    }
}

fn read_xml(text: &str, base: &Url) -> Result<Sitemap, DiscoverError> {
    let (mut pages, mut sitemaps) = (Items::default(), Items::default());
    let mut entry = Entry::default();
    let mut known_root = false;
    let note = walk(text, base, |step| match step {
        Step::Start { name: "urlset" | "sitemapindex", .. } => known_root = true,
        Step::Start { name: "url" | "sitemap", .. } => entry = Entry::default(),
        Step::Start { .. } => {}
        Step::End(Element { name, parent, text, .. }) => match (name, parent) {
            ("loc", "url" | "sitemap") => entry.loc = Some(text.to_owned()),
            ("lastmod", "url" | "sitemap") => entry.modified = any_date(text),
            ("publication_date", "news") => entry.published = any_date(text),
            ("title", "news") => entry.title = tidy_title(text),
            ("url", _) => std::mem::take(&mut entry).item(base).into_iter().for_each(|item| pages.push(item)),
            ("sitemap", _) => {
                std::mem::take(&mut entry).item(base).into_iter().for_each(|item| sitemaps.push(item));
            }
            _ => {}
        },
    });
    if !known_root && pages.list.is_empty() && sitemaps.list.is_empty() {
        let why = note.unwrap_or_else(|| "it holds neither urlset nor sitemapindex".to_owned());
        return Err(DiscoverError::NoSitemap { url: base.clone(), why });
    }
    let (pages, note) = pages.finish(note);
    let (sitemaps, note) = sitemaps.finish(note);
    Ok(Sitemap { pages, sitemaps, note })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::io::Write;

    fn base() -> Url {
        Url::parse("https://example.org/sitemap.xml").unwrap()
    }

    fn read(text: &str) -> Sitemap {
        read_sitemap(text.as_bytes(), &base()).unwrap()
    }

    const NEWS: &str = r#"<?xml version="1.0"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:n="http://www.google.com/schemas/sitemap-news/0.9"
  xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">
 <url><loc> https://example.org/a?x=1&amp;y=2#top </loc><lastmod>2024-06-26</lastmod>
  <n:news><n:publication><n:name>P</n:name></n:publication>
   <n:publication_date>2024-06-25T10:00:00+02:00</n:publication_date><n:title>Wages &#38; hours</n:title></n:news>
  <image:image><image:loc>https://example.org/i.png</image:loc></image:image></url>
 <url><loc><![CDATA[/relative]]></loc><lastmod>2024</lastmod></url>
 <url><loc>file:///etc/passwd</loc></url>
 <url><loc>https://example.org/relative</loc></url>
</urlset>"#;

    #[test]
    fn pages_with_news_and_dates() {
        let sitemap = read(NEWS);
        assert_eq!(sitemap.note, None);
        let [first, second] = sitemap.pages.as_slice() else { panic!("{:?}", sitemap.pages) };
        assert_eq!(first.url.as_str(), "https://example.org/a?x=1&y=2");
        assert_eq!(first.title.as_deref(), Some("Wages & hours"));
        assert_eq!(first.published, Some("2024-06-25T08:00:00Z".parse().unwrap()));
        assert_eq!(first.modified, Some("2024-06-26T00:00:00Z".parse().unwrap()));
        assert_eq!(second.modified, Some("2024-01-01T00:00:00Z".parse().unwrap()));
    }

    #[test]
    fn an_index_in_gzip() {
        let index = "<sitemapindex><sitemap><loc>https://example.org/1.xml.gz</loc><lastmod>2024-05</lastmod></sitemap>\
                     <sitemap><loc>https://example.org/2.xml</loc></sitemap></sitemapindex>";
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        gzip.write_all(index.as_bytes()).unwrap();
        let coded = gzip.finish().unwrap();
        let sitemap = read_sitemap(&coded, &base()).unwrap();
        assert_eq!((sitemap.sitemaps.len(), sitemap.pages.len(), sitemap.note), (2, 0, None));
        let cut = read_sitemap(&coded[..coded.len() - 4], &base()).unwrap();
        assert_eq!(cut.sitemaps.len(), 2);
        assert!(cut.note.unwrap().contains("damaged"));
    }

    #[test]
    fn what_came_before_the_damage_counts() {
        let sitemap =
            read("<urlset><url><loc>https://example.org/1</loc></url><url><loc>https://example.org/2");
        assert_eq!(sitemap.pages.len(), 1);
        assert!(sitemap.note.unwrap().contains("ends in the middle"));
        let sitemap = read("<urlset><url><loc>https://example.org/1?a=b&c=d</loc></url><url <loc></urlset>");
        assert_eq!(sitemap.pages[0].url.query(), Some("a=b&c=d"), "a bare ampersand is forgiven");
        let sitemap = read("<urlset><url><loc>https://example.org/1</lok></url></urlset>");
        assert_eq!(sitemap.pages.len(), 1, "a mistyped end is forgiven");
    }

    #[test]
    fn text_sitemaps_and_what_is_none() {
        assert_eq!(read("\u{feff}https://example.org/a\r\nhttps://example.org/b\n").pages.len(), 2);
        for text in ["", "hello", "<html><body>404</body></html>"] {
            let error = read_sitemap(text.as_bytes(), &base()).unwrap_err();
            assert!(error.to_string().contains("https://example.org/sitemap.xml is no sitemap"), "{error}");
        }
        assert!(read("<urlset/>").pages.is_empty());
    }

    #[test]
    fn lists_and_depth_are_bounded() {
        let many: String = (0..50_010).map(|i| format!("<url><loc>/{i}</loc></url>")).collect();
        let sitemap = read(&format!("<urlset>{many}</urlset>"));
        assert_eq!(sitemap.pages.len(), 50_000);
        assert!(sitemap.note.unwrap().contains("only the first 50000"));
        let wide = read(&format!("<urlset><url {}><loc>/a</loc></url></urlset>", "a=\"b\" ".repeat(200_000)));
        assert_eq!(wide.pages.len(), 1);
        let deep = read(&format!("<urlset><url><loc>/a</loc></url>{}", "<a>".repeat(100_000)));
        assert_eq!(deep.pages.len(), 1);
        assert!(deep.note.unwrap().contains("deep"));
    }

    proptest! {
        #[test]
        fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = read_sitemap(&bytes, &base());
        }

        #[test]
        fn a_mutated_sitemap_is_survived(at in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<prop::sample::Index>()) {
            let mut bytes = NEWS.as_bytes().to_vec();
            let place = at.index(bytes.len());
            bytes[place] = byte;
            bytes.truncate(cut.index(bytes.len()));
            let _ = read_sitemap(&bytes, &base());
        }
    }
}
