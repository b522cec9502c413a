//! The site as a client and a crawler see it.

use std::collections::BTreeSet;
use std::io::Read;

use bytes::Bytes;
use http_body_util::{BodyExt, Empty};
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use scraper::{Html, Selector};
use tokio::net::TcpStream;
use url::Url;

use crate::{Change, Day, Delivery, DemoSite, Form, Kind, Page, SEARCHES, expectations, pages, sources_toml};

#[expect(clippy::disallowed_methods, reason = "a test's client, speaking to loopback only")]
async fn connect(port: u16) -> std::io::Result<TcpStream> {
    TcpStream::connect(("127.0.0.1", port)).await
}

async fn ask(port: u16, request: hyper::http::request::Builder) -> Response<Bytes> {
    let stream = connect(port).await.unwrap();
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake::<_, Empty<Bytes>>(TokioIo::new(stream)).await.unwrap();
    let driver = tokio::spawn(connection);
    let response = sender.send_request(request.body(Empty::new()).unwrap()).await.unwrap();
    let (parts, body) = response.into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    driver.abort();
    Response::from_parts(parts, bytes)
}

async fn get(port: u16, page: &Page) -> Response<Bytes> {
    ask(port, Request::get(page.path).header("Host", format!("{}:{port}", page.host))).await
}

fn header<'a>(response: &'a Response<Bytes>, name: &str) -> Option<&'a str> {
    response.headers().get(name).map(|value| value.to_str().unwrap())
}

fn find(host: &str, path: &str) -> &'static Page {
    pages().find(|page| page.host == host && page.path == path).unwrap()
}

fn first_day(page: &Page) -> String {
    String::from_utf8(page.body(Day::First, 80).unwrap()).unwrap()
}

#[tokio::test]
async fn every_page_is_served_with_the_bytes_it_promises() {
    let site = DemoSite::start().await.unwrap();
    for day in [Day::First, Day::Second] {
        site.set_day(day);
        for page in pages() {
            let response = get(site.port(), page).await;
            assert_eq!(response.status().as_u16(), page.status_on(day), "{}", page.path);
            if let Some(body) = page.body(day, site.port()) {
                assert_eq!(response.body(), &body, "{}", page.path);
                assert_eq!(header(&response, "content-type"), Some(page.content_type));
                assert_eq!(header(&response, "location"), page.location);
                let chunked = page.delivery == Delivery::Chunked;
                assert_eq!(header(&response, "transfer-encoding").is_some(), chunked, "{}", page.path);
            }
        }
    }
    assert_eq!(site.requests(), 2 * pages().count() as u64);
}

#[tokio::test]
async fn a_head_request_gets_the_same_head_and_no_body() {
    let site = DemoSite::start().await.unwrap();
    let page = find("stilthouse.localhost", "/statements/");
    let response = ask(site.port(), Request::head(page.path).header("Host", page.host)).await;
    assert_eq!(response.status(), StatusCode::OK);
    let length = page.body(Day::First, site.port()).unwrap().len().to_string();
    assert_eq!(header(&response, "content-length"), Some(length.as_str()));
    assert!(response.body().is_empty());
}

#[tokio::test]
async fn an_entity_tag_spares_the_second_transfer() {
    let site = DemoSite::start().await.unwrap();
    let page = find("riverrights.localhost", "/2025-03-20-joint.html");
    let first = get(site.port(), page).await;
    let tag = header(&first, "etag").unwrap();
    let again = Request::get(page.path).header("Host", page.host).header("If-None-Match", tag);
    let second = ask(site.port(), again).await;
    assert_eq!(second.status(), StatusCode::NOT_MODIFIED);
    assert_eq!(header(&second, "etag"), Some(tag));
    assert!(second.body().is_empty());
    let other = Request::get(page.path).header("Host", page.host).header("If-None-Match", "\"other\"");
    assert_eq!(ask(site.port(), other).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn gzip_goes_to_those_who_accept_it() {
    let site = DemoSite::start().await.unwrap();
    let page = find("fairsand.localhost", "/news/2025/builders-speak-up");
    let request = Request::get(page.path).header("Host", page.host).header("Accept-Encoding", "br;q=1, gzip");
    let response = ask(site.port(), request).await;
    assert_eq!(header(&response, "content-encoding"), Some("gzip"));
    assert_eq!(unzip(response.body()), page.body(Day::First, site.port()).unwrap());
}

fn unzip(bytes: &[u8]) -> Vec<u8> {
    let mut plain = Vec::new();
    flate2::read::GzDecoder::new(bytes).read_to_end(&mut plain).unwrap();
    plain
}

#[tokio::test]
async fn an_unknown_host_is_told_which_hosts_there_are() {
    let site = DemoSite::start().await.unwrap();
    let response = ask(site.port(), Request::get("/").header("Host", "nobody.localhost")).await;
    assert_eq!(response.status(), StatusCode::NOT_FOUND);
    let text = String::from_utf8(response.body().to_vec()).unwrap();
    assert!(text.contains(&format!("http://stilthouse.localhost:{}/", site.port())));
}

#[tokio::test]
async fn an_unknown_path_is_a_404_in_the_look_of_the_host() {
    let site = DemoSite::start().await.unwrap();
    for path in ["/robots.txt", "/../../etc/passwd", "/statements?x=%00"] {
        let response = ask(site.port(), Request::get(path).header("Host", "riverrights.localhost")).await;
        assert_eq!(response.status(), StatusCode::NOT_FOUND);
        assert!(String::from_utf8(response.body().to_vec()).unwrap().contains("River Rights Assembly"));
    }
}

#[tokio::test]
async fn other_methods_are_refused() {
    let site = DemoSite::start().await.unwrap();
    let response = ask(site.port(), Request::post("/").header("Host", "stilthouse.localhost")).await;
    assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(header(&response, "allow"), Some("GET, HEAD"));
}

#[tokio::test]
async fn a_dropped_site_no_longer_listens() {
    let site = DemoSite::start().await.unwrap();
    let port = site.port();
    drop(site);
    // The task ends at its next turn, not within the drop.
    for _ in 0..200 {
        if connect(port).await.is_err() {
            return;
        }
        tokio::task::yield_now().await;
    }
    panic!("the port is still open");
}

#[tokio::test]
async fn a_taken_port_is_named_in_the_error() {
    let site = DemoSite::start().await.unwrap();
    let error = DemoSite::start_on(site.port()).await.unwrap_err();
    assert!(error.to_string().contains(&format!("127.0.0.1:{}", site.port())));
}

#[test]
fn addresses_are_unique_and_every_placeholder_is_filled() {
    let mut seen = BTreeSet::new();
    for page in pages() {
        assert!(seen.insert(page.url(80)), "{} twice", page.url(80));
        let bytes = page.body(Day::First, 80).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        for mark in ["{{base", "{{port}}", "{{head}}", "{{content}}", "{{title}}", "{{path}}", "{{location}}"]
        {
            assert!(!text.contains(mark), "{mark} in {}", page.path);
        }
    }
    assert!(!sources_toml(80).contains("{{"));
}

#[test]
fn the_second_day_changes_what_it_should_and_nothing_else() {
    let mut edited = 0;
    let mut removed = 0;
    for page in pages() {
        let (first, second) = (page.body(Day::First, 80), page.body(Day::Second, 80));
        match page.change {
            Change::None => assert_eq!(first, second),
            Change::Removed => {
                removed += 1;
                assert!(second.is_none());
            }
            Change::Edited(passages) => {
                edited += 1;
                let before = first_day(page);
                for (passage, _) in passages {
                    assert_eq!(before.matches(passage).count(), 1, "{passage}");
                }
                assert_ne!(first, second);
            }
        }
    }
    assert_eq!((edited, removed), (1, 1));
}

#[test]
fn pages_in_other_charsets_really_are() {
    for page in pages().filter(|page| matches!(page.form, Form::Windows1251 | Form::Windows1252)) {
        let bytes = page.body(Day::First, 80).unwrap();
        assert!(String::from_utf8(bytes.clone()).is_err(), "{} would pass for UTF-8", page.path);
        let encoding = match page.form {
            Form::Windows1251 => encoding_rs::WINDOWS_1251,
            _ => encoding_rs::WINDOWS_1252,
        };
        let (text, _, damaged) = encoding.decode(&bytes);
        assert!(!damaged && !text.contains("&#"), "{} has characters its charset lacks", page.path);
        assert!(text.contains(page.title));
    }
    let french = find("sondeurs.localhost", "/spip.php?article41").body(Day::First, 80).unwrap();
    // 0x9C is "œ" in windows-1252 and a control character in the ISO-8859-1 that the page claims.
    assert!(french.contains(&0x9C) && french.contains(&0x80));
    let mislabelled = find("sondeurs.localhost", "/spip.php?article44");
    assert!(mislabelled.content_type.contains("ISO-8859-1") && first_day(mislabelled).contains("préfecture"));
}

/// What a page shows, in one line: no markup, no zero-width spaces, single spaces.
fn shown(page: &Page) -> String {
    let bytes = page.body(Day::First, 80).unwrap();
    let text = match page.form {
        Form::Windows1251 => encoding_rs::WINDOWS_1251.decode(&bytes).0,
        Form::Windows1252 => encoding_rs::WINDOWS_1252.decode(&bytes).0,
        _ => encoding_rs::UTF_8.decode(&bytes).0,
    };
    let body: String = Html::parse_document(&text).root_element().text().collect();
    body.replace('\u{200B}', "").split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn what_is_expected_of_a_page_is_on_it() {
    for (page, expect) in expectations() {
        let text = shown(page);
        assert!(text.contains(expect.title), "title of {}", page.path);
        assert_eq!(expect.title, page.title);
        for passage in expect.must {
            assert!(text.contains(passage), "{passage:?} on {}", page.path);
        }
        for refused in expect.must_not {
            let required = expect.must.iter().any(|passage| passage.contains(refused));
            assert!(!required, "{refused:?} is both required and refused on {}", page.path);
        }
        if let Some(author) = expect.author {
            assert!(text.contains(author), "{author} on {}", page.path);
        }
    }
    let articles = pages().filter(|page| page.kind.is_article() && !page.forbidden).count();
    assert_eq!(expectations().count(), articles);
}

#[test]
fn the_furniture_an_extractor_must_drop_is_there_to_be_dropped() {
    for (page, expect) in expectations() {
        let present = expect.must_not.iter().filter(|passage| shown(page).contains(**passage)).count();
        assert!(present * 2 > expect.must_not.len(), "only {present} on {}", page.path);
    }
}

#[test]
fn the_signatories_are_numbered_in_two_lists_that_make_one() {
    let (page, expect) = expectations().find(|(_, expect)| expect.signatories.is_some()).unwrap();
    let html = Html::parse_document(&first_day(page));
    let lists = Selector::parse("ol").unwrap();
    let items = Selector::parse("li").unwrap();
    let lengths: Vec<usize> = html.select(&lists).map(|list| list.select(&items).count()).collect();
    assert_eq!(lengths, [7, 36]);
    assert_eq!(lengths.iter().sum::<usize>(), expect.signatories.unwrap());
    assert_eq!(html.select(&lists).next_back().unwrap().value().attr("start"), Some("8"));
}

#[test]
fn the_excerpt_quotes_the_joint_statement() {
    let excerpt = pages().find(|page| page.kind == Kind::Excerpt).map(shown).unwrap();
    let statement =
        pages().find(|page| page.kind == Kind::JointStatement).map(shown).unwrap().replace('\'', "’");
    let start = excerpt.find("We … are alarmed").unwrap();
    let end = excerpt.find("Read the full statement").unwrap();
    let pieces: Vec<&str> =
        excerpt[start..end].split(['…', '.']).map(str::trim).filter(|p| !p.is_empty()).collect();
    assert!(pieces.len() > 10);
    for piece in pieces {
        assert!(statement.contains(piece), "{piece:?} is not in the statement");
    }
}

#[test]
fn the_searches_can_find_something() {
    let texts: Vec<String> = expectations().map(|(page, _)| shown(page)).collect();
    for words in [&["survey boat", "log"][..], &["ខ្សាច់"], &["l’arrestation", "enquêteurs"]] {
        assert!(texts.iter().any(|text| words.iter().all(|word| text.contains(word))), "{words:?}");
    }
    assert_eq!(SEARCHES.len(), 3);
}

#[derive(Default)]
struct Discovered(BTreeSet<String>);

impl Discovered {
    fn add(&mut self, url: &str) {
        let page = at(url);
        self.0.insert(page.url(80));
        if let Some(location) = page.location {
            self.add(&format!("http://{}{location}", page.host));
        }
    }
}

/// The page at an address of the site that listens on port 80.
fn at(url: &str) -> &'static Page {
    let url = Url::parse(url.trim()).unwrap();
    let path = &url[url::Position::BeforePath..url::Position::AfterQuery];
    let found = pages().find(|page| Some(page.host) == url.host_str() && page.path == path);
    found.unwrap_or_else(|| panic!("{url} leads nowhere"))
}

fn links(page: &Page, selector: &str) -> Vec<String> {
    let html = Html::parse_document(&first_day(page));
    let base = Url::parse(&page.url(80)).unwrap();
    let selector = Selector::parse(selector).unwrap();
    let hrefs = html.select(&selector).filter_map(|link| link.value().attr("href"));
    hrefs.map(|href| base.join(href).unwrap().into()).collect()
}

fn sitemap_addresses(page: &Page) -> Vec<String> {
    let bytes = page.body(Day::First, 80).unwrap();
    let plain = if page.form == Form::GzipFile { unzip(&bytes) } else { bytes };
    let text = String::from_utf8(plain).unwrap();
    let mut reader = quick_xml::Reader::from_str(&text);
    let mut addresses = Vec::new();
    let mut in_loc = false;
    loop {
        match reader.read_event().unwrap() {
            quick_xml::events::Event::Start(tag) => in_loc = tag.name().as_ref() == "loc",
            quick_xml::events::Event::Text(text) if in_loc => {
                addresses.push(text.trim().to_string());
                in_loc = false;
            }
            quick_xml::events::Event::Eof => return addresses,
            _ => {}
        }
    }
}

fn strings<'a>(source: &'a toml::Table, key: &str) -> Vec<&'a str> {
    let list = source.get(key).and_then(toml::Value::as_array);
    list.into_iter().flatten().map(|value| value.as_str().unwrap()).collect()
}

fn discover(source: &toml::Table, found: &mut Discovered) {
    strings(source, "pages").into_iter().for_each(|url| found.add(url));
    for feed in strings(source, "feeds") {
        let feed = feed_rs::parser::parse(&at(feed).body(Day::First, 80).unwrap()[..]).unwrap();
        feed.entries.iter().for_each(|entry| found.add(&entry.links[0].href));
    }
    for sitemap in strings(source, "sitemaps") {
        for address in sitemap_addresses(at(sitemap)) {
            match at(&address).kind {
                Kind::Sitemap => sitemap_addresses(at(&address)).iter().for_each(|url| found.add(url)),
                _ => found.add(&address),
            }
        }
    }
    for listing in source.get("listings").and_then(toml::Value::as_array).into_iter().flatten() {
        let mut next = listing["url"].as_str().map(str::to_string);
        while let Some(url) = next.take() {
            links(at(&url), listing["links"].as_str().unwrap()).iter().for_each(|url| found.add(url));
            let selector = listing.get("next").and_then(toml::Value::as_str);
            next = selector.and_then(|selector| links(at(&url), selector).into_iter().next());
        }
    }
}

#[test]
fn the_sources_lead_to_every_article_and_nowhere_else() {
    let config: toml::Table = sources_toml(80).parse().unwrap();
    let mut found = Discovered::default();
    for source in config["source"].as_array().unwrap() {
        discover(source.as_table().unwrap(), &mut found);
    }
    let articles = pages().filter(|page| page.kind.is_article() || page.kind == Kind::Redirect);
    assert_eq!(found.0, articles.map(|page| page.url(80)).collect());
}

#[test]
fn robots_files_forbid_what_is_marked_as_forbidden() {
    let forbidden: Vec<&Page> = pages().filter(|page| page.forbidden).collect();
    assert_eq!(forbidden.len(), 1);
    let robots = first_day(find(forbidden[0].host, "/robots.txt"));
    assert!(robots.contains("Disallow: /drafts/") && forbidden[0].path.starts_with("/drafts/"));
}
