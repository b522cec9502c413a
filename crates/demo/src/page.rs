//! One page of the demo site: what is written in the files under `pages/`, and how it goes out.
//!
//! A page is pure data. [`Page::body`] gives the payload of a day exactly as the server sends it, before any
//! content or transfer coding, so a test can compare an archive with it byte for byte.
//!
//! A file under `pages/` holds what is particular to one page: lines for `<head>`, then the line
//! `<!--content-->`, then the markup of the content. The host's `_layout.html` goes around it. In both,
//! `{{base}}` stands for the host's own address, `{{base:NAME}}` for that of `NAME.localhost`, `{{port}}` for the
//! port; a layout also has `{{head}}`, `{{content}}`, `{{title}}` and `{{path}}`.

use std::io::Write;

use flate2::{Compression, GzBuilder};

/// Which state of the site is served: some pages change or vanish between the first and the second day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Day {
    /// The site as the first crawl finds it.
    First,
    /// The site after one page was silently edited and another removed.
    Second,
}

/// What a page is, as someone browsing the site would say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// An organisation's front page.
    Home,
    /// An ordinary statement or news item.
    Statement,
    /// A repost of parts of somebody else's statement, with ellipses.
    Excerpt,
    /// A statement with a numbered list of signatories.
    JointStatement,
    /// A post in support of somebody else, ending in taxonomy links.
    Solidarity,
    /// A press release with a quotation and notes to editors.
    PressRelease,
    /// A report in the trade press, with advertising and related stories.
    TradeReport,
    /// A page of links to statements.
    Listing,
    /// An RSS or Atom feed.
    Feed,
    /// A sitemap or an index of sitemaps.
    Sitemap,
    /// A robots.txt file.
    Robots,
    /// An answer that only points elsewhere.
    Redirect,
    /// A picture.
    Picture,
}

impl Kind {
    /// Whether the page carries a text of its own that an extractor should find.
    #[must_use]
    pub fn is_article(self) -> bool {
        matches!(
            self,
            Kind::Statement
                | Kind::Excerpt
                | Kind::JointStatement
                | Kind::Solidarity
                | Kind::PressRelease
                | Kind::TradeReport
        )
    }
}

/// How the payload travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Delivery {
    /// With a `Content-Length`.
    Plain,
    /// With `Content-Encoding: gzip` for a client that accepts it.
    Gzip,
    /// In several chunks, without a `Content-Length`.
    Chunked,
    /// With an `ETag`; a request that names it is answered 304.
    Etag,
}

/// How the text of the file becomes the payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Form {
    /// UTF-8, as written.
    Utf8,
    /// Encoded as windows-1251 (Cyrillic).
    Windows1251,
    /// Encoded as windows-1252 (Western European).
    Windows1252,
    /// A gzip file, as sitemaps with the suffix `.gz` are.
    GzipFile,
}

/// What happened to the page by the second day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Nothing.
    None,
    /// These passages were replaced, without any notice on the page.
    Edited(&'static [(&'static str, &'static str)]),
    /// It answers 404.
    Removed,
}

/// What a good extractor finds on a page, for the tests of other crates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expect {
    /// The title of the text, without the name of the site.
    pub title: &'static str,
    /// The author or organisation the page names as author, if it names one.
    pub author: Option<&'static str>,
    /// The date of publication as `YYYY-MM-DD`, if the page gives one.
    pub published: Option<&'static str>,
    /// The language of the text, as a two-letter code.
    pub language: &'static str,
    /// Passages of the text that must be there, spelt and spaced as they read on the first day.
    pub must: &'static [&'static str],
    /// Passages of the page that are not the text and must not be there.
    pub must_not: &'static [&'static str],
    /// How many signatories are listed, if the page lists any.
    pub signatories: Option<usize>,
}

/// One address of the demo site and what it answers.
#[derive(Debug, Clone, Copy)]
pub struct Page {
    /// The host name, for example `stilthouse.localhost`.
    pub host: &'static str,
    /// The path and query, for example `/statements/`.
    pub path: &'static str,
    /// The title of the page; empty for what has none.
    pub title: &'static str,
    /// What the page is.
    pub kind: Kind,
    /// The status on the first day.
    pub status: u16,
    /// The `Content-Type` header exactly as sent, right or wrong.
    pub content_type: &'static str,
    /// Where a redirect points: a path on the same host.
    pub location: Option<&'static str>,
    /// How the payload travels.
    pub delivery: Delivery,
    /// How the text becomes the payload.
    pub form: Form,
    /// What happens to the page by the second day.
    pub change: Change,
    /// Whether the robots.txt of the host forbids the page.
    pub forbidden: bool,
    /// What an extractor should find, for pages that are articles.
    pub expect: Option<Expect>,
    layout: &'static str,
    text: &'static str,
}

/// The line in a page's file between what belongs in `<head>` and what belongs in the body.
const CONTENT_MARK: &str = "<!--content-->\n";

const HTML: &str = "text/html; charset=UTF-8";

impl Page {
    pub(crate) const fn html(
        host: &'static str,
        path: &'static str,
        kind: Kind,
        title: &'static str,
        text: &'static str,
    ) -> Page {
        Page {
            host,
            path,
            title,
            kind,
            status: 200,
            content_type: HTML,
            location: None,
            delivery: Delivery::Plain,
            form: Form::Utf8,
            change: Change::None,
            forbidden: false,
            expect: None,
            layout: "{{content}}",
            text,
        }
    }

    pub(crate) const fn file(
        host: &'static str,
        path: &'static str,
        kind: Kind,
        content_type: &'static str,
        text: &'static str,
    ) -> Page {
        Page { content_type, ..Page::html(host, path, kind, "", text) }
    }

    pub(crate) const fn redirect(
        host: &'static str,
        path: &'static str,
        status: u16,
        location: &'static str,
    ) -> Page {
        let page = Page::html(host, path, Kind::Redirect, "", include_str!("../pages/redirect.html"));
        Page { status, location: Some(location), ..page }
    }

    pub(crate) const fn layout(self, layout: &'static str) -> Page {
        Page { layout, ..self }
    }

    pub(crate) const fn delivery(self, delivery: Delivery) -> Page {
        Page { delivery, ..self }
    }

    pub(crate) const fn encoded(self, form: Form, content_type: &'static str) -> Page {
        Page { form, content_type, ..self }
    }

    pub(crate) const fn change(self, change: Change) -> Page {
        Page { change, ..self }
    }

    pub(crate) const fn forbidden(self) -> Page {
        Page { forbidden: true, ..self }
    }

    pub(crate) const fn expect(self, expect: Expect) -> Page {
        Page { expect: Some(expect), ..self }
    }

    /// The full address of the page when the site listens on `port`.
    #[must_use]
    pub fn url(&self, port: u16) -> String {
        format!("http://{}:{port}{}", self.host, self.path)
    }

    /// The status the page answers on `day`.
    #[must_use]
    pub fn status_on(&self, day: Day) -> u16 {
        match (day, self.change) {
            (Day::Second, Change::Removed) => 404,
            _ => self.status,
        }
    }

    /// The payload on `day`, exactly as sent before content and transfer coding; `None` once the page is removed.
    #[must_use]
    pub fn body(&self, day: Day, port: u16) -> Option<Vec<u8>> {
        let mut text = self.render(port);
        match (day, self.change) {
            (Day::Second, Change::Removed) => return None,
            (Day::Second, Change::Edited(passages)) => {
                for (before, after) in passages {
                    text = text.replace(before, after);
                }
            }
            _ => {}
        }
        Some(match self.form {
            Form::Utf8 => text.into_bytes(),
            Form::Windows1251 => encoding_rs::WINDOWS_1251.encode(&text).0.into_owned(),
            Form::Windows1252 => encoding_rs::WINDOWS_1252.encode(&text).0.into_owned(),
            Form::GzipFile => gzip(text.as_bytes()),
        })
    }

    fn render(&self, port: u16) -> String {
        let (head, content) = self.text.split_once(CONTENT_MARK).unwrap_or(("", self.text));
        let page = self
            .layout
            .replace("{{head}}", head)
            .replace("{{content}}", content)
            .replace("{{title}}", &escape(self.title))
            .replace("{{path}}", &escape(self.path))
            .replace("{{location}}", &escape(self.location.unwrap_or_default()));
        fill_addresses(&page, self.host, port)
    }
}

/// The page a host answers where it has nothing, in the host's own look.
pub(crate) fn not_found(host: &str, layout: &str, port: u16) -> String {
    let page = layout
        .replace("{{head}}", "<meta name=\"robots\" content=\"noindex\">\n")
        .replace("{{content}}", "<h1>404</h1>\n<p>There is nothing at this address, or no longer.</p>\n")
        .replace("{{title}}", "Not found")
        .replace("{{path}}", "/");
    fill_addresses(&page, host, port)
}

/// Replaces `{{base}}` by the host's own address, `{{base:NAME}}` by that of `NAME.localhost`, and `{{port}}`.
pub(crate) fn fill_addresses(text: &str, host: &str, port: u16) -> String {
    let mut filled = text.replace("{{base}}", &format!("http://{host}:{port}"));
    while let Some((before, rest)) = filled.split_once("{{base:") {
        let Some((name, after)) = rest.split_once("}}") else { break };
        filled = format!("{before}http://{name}.localhost:{port}{after}");
    }
    filled.replace("{{port}}", &port.to_string())
}

/// Text as it must be written between tags and inside quoted attributes.
pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}

/// A gzip file with no time and no name in it, so that the same text gives the same bytes.
pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzBuilder::new().mtime(0).write(Vec::new(), Compression::default());
    // Writing to a `Vec` cannot fail; an empty file would be noticed by every test.
    encoder.write_all(bytes).and_then(|()| encoder.finish()).unwrap_or_default()
}
