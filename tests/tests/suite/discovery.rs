//! What leads to pages: feeds, sitemaps, listings, home pages, canonical addresses; what is followed, and where it ends.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use vidimus_tests::{Home, Server, config_for, html, reply, send};

use crate::common::outcome;

/// A page with enough text to be one, and this in its head.
fn page(title: &str, head: &str) -> Vec<u8> {
    html(&format!(
        "<!doctype html><html lang=en><head><title>{title}</title>{head}</head><body><article><h1>{title}</h1><p>The \
         council of the valley met on Monday and resolved that the old mill stays open to everybody who lives \
         there.</p><p>It will meet again when the river has fallen.</p></article></body></html>"
    ))
}

fn xml(body: &str) -> Vec<u8> {
    reply("200 OK", &[("Content-Type", "application/xml")], body.as_bytes())
}

fn not_there() -> Vec<u8> {
    reply("404 Not Found", &[], b"not here")
}

fn rss(items: &[&str], head: &str) -> Vec<u8> {
    let items: String = items.iter().map(|path| format!("<item><link>{path}</link></item>")).collect();
    xml(&format!("<rss version=\"2.0\"><channel><title>T</title>{head}{items}</channel></rss>"))
}

fn source(server: &Server, keys: &str) -> Home {
    let keys = keys.replace("AT", &server.url(""));
    Home::configured(&config_for(server.port()), &format!("[[source]]\nname = \"valley\"\n{keys}\n"))
}

/// Which of the tries of a role went well, as paths in the order of the requests.
fn captured(home: &Home, server: &Server, role: &str) -> Vec<String> {
    let tries = home.everything();
    let good = tries.iter().filter(|line| line["role"] == role && outcome(line).starts_with("captured"));
    let path = |url: &str| url.strip_prefix(&server.url("")).unwrap_or(url).to_owned();
    let mut paths: Vec<String> = good.map(|line| path(line["url"].as_str().unwrap())).collect();
    paths.sort();
    paths
}

#[test]
fn a_home_page_is_enough_to_find_feeds_and_sitemaps() {
    let server = Server::whole(|request, stream| {
        let host = request.head.lines().find_map(|line| line.strip_prefix("Host: ")).unwrap_or_default();
        let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
        gzip.write_all(b"<urlset><url><loc>/from-map</loc><lastmod>2024-06-26</lastmod></url></urlset>")
            .unwrap();
        let bytes = match request.target.as_str() {
            "/robots.txt" => reply(
                "200 OK",
                &[],
                format!("Sitemap: http://{host}/index.xml\nSitemap: file:///etc/passwd\nUser-agent: *\nDisallow: /no\n").as_bytes(),
            ),
            "/" => page(
                "Home",
                "<link rel=alternate type=application/rss+xml href=/feed><link rel=alternate type=application/feed+json href=/feed.json>",
            ),
            "/feed" => rss(&["/from-feed", "/no"], ""),
            "/feed.json" => reply("200 OK", &[], b"{\"version\":\"https://jsonfeed.org/version/1.1\",\"items\":[{\"url\":\"/from-json\"}]}"),
            "/index.xml" => xml("<sitemapindex><sitemap><loc>/map.xml.gz</loc></sitemap></sitemapindex>"),
            "/map.xml.gz" => reply("200 OK", &[("Content-Type", "application/gzip")], &gzip.finish().unwrap()),
            "/sitemap.xml" => not_there(),
            path => page(path, ""),
        };
        send(stream, &bytes);
    });
    let home = source(&server, "discover = [\"AT/\"]");
    let ran = home.vidimus(&["crawl"]);
    assert_eq!(
        captured(&home, &server, "page"),
        ["/from-feed", "/from-json", "/from-map"],
        "{}",
        ran.story()
    );
    assert_eq!(captured(&home, &server, "listing"), ["/"]);
    assert_eq!(captured(&home, &server, "feed"), ["/feed", "/feed.json"]);
    assert_eq!(captured(&home, &server, "sitemap"), ["/index.xml", "/map.xml.gz"]);
    assert_eq!(captured(&home, &server, "robots"), ["/robots.txt"]);
    assert_eq!(outcome(&home.tries(&server.url("/no"))[0]), "refused robots");
    assert_eq!(
        (server.count("/sitemap.xml"), server.count("/")),
        (0, 1),
        "robots.txt names one, so none is guessed"
    );
}

#[test]
fn where_robots_txt_names_no_sitemap_the_usual_place_is_tried() {
    let server = Server::start(|request, stream| {
        let bytes = match request.target.as_str() {
            "/sitemap.xml" => xml("<urlset><url><loc>/one</loc></url><url><loc>/two</loc></url></urlset>"),
            path => page(path, ""),
        };
        send(stream, &bytes);
    });
    let home = source(&server, "discover = [\"AT/\"]\nexclude = [\"two\"]");
    let _ = home.vidimus(&["crawl"]).ok();
    assert_eq!(captured(&home, &server, "page"), ["/one"]);
}

#[test]
fn a_sitemap_that_nobody_named_may_be_missing() {
    let server = Server::of_table(vec![
        ("/", page("Home", "<link rel=alternate type=application/rss+xml href=/feed>")),
        ("/feed", rss(&["/one"], "")),
        ("/one", page("One", "")),
    ]);
    let found = source(&server, "discover = [\"AT/\"]");
    let _ = found.vidimus(&["crawl"]).ok();
    assert_eq!(captured(&found, &server, "page"), ["/one"]);
    assert_eq!(
        outcome(&found.tries(&server.url("/sitemap.xml"))[0]),
        "http-error 404",
        "it was tried, and is told"
    );
    let named = source(&server, "discover = [\"AT/\"]\nsitemaps = [\"AT/sitemap.xml\"]");
    let ran = named.vidimus(&["crawl"]).expect(1);
    assert!(ran.stderr.contains("/sitemap.xml"), "{}", ran.story());
}

#[test]
fn a_page_in_the_place_of_a_feed_leads_to_the_feed_that_it_announces() {
    let announce = "<link rel=alternate type=application/atom+xml href=/atom>";
    let server = Server::of_table(vec![
        ("/news", page("News", announce)),
        (
            "/atom",
            xml(
                "<feed xmlns='http://www.w3.org/2005/Atom'><entry><id>1</id><link href='/one'/></entry></feed>",
            ),
        ),
        ("/map-as-feed", xml("<urlset><url><loc>/two</loc></url></urlset>")),
        ("/feed-as-map", rss(&["/three"], "")),
        ("/one", page("One", "")),
        ("/two", page("Two", "")),
        ("/three", page("Three", "")),
    ]);
    let home = source(&server, "feeds = [\"AT/news\", \"AT/map-as-feed\"]\nsitemaps = [\"AT/feed-as-map\"]");
    let ran = home.vidimus(&["crawl"]).ok();
    assert_eq!(captured(&home, &server, "page"), ["/one", "/three", "/two"], "{}", ran.story());
    assert!(ran.stderr.contains("announces some") && ran.stderr.contains("/atom"), "{}", ran.story());
    assert!(ran.stderr.contains("no feed but a sitemap"), "{}", ran.story());
}

#[test]
fn older_pages_of_a_feed_are_read_while_they_are_new_and_no_further_than_the_bound() {
    let server = Server::start(|request, stream| {
        let bytes = match request.target.strip_prefix("/feed/").and_then(|number| number.parse::<u32>().ok())
        {
            Some(number) => rss(
                &[&format!("/page/{number}")],
                &format!(
                    "<link xmlns='http://www.w3.org/2005/Atom' rel='next' href='/feed/{}'/>",
                    number + 1
                ),
            ),
            None => page(&request.target, ""),
        };
        send(stream, &bytes);
    });
    let home = source(&server, "feeds = [\"AT/feed/1\"]\nfeed_pages = 3");
    let _ = home.vidimus(&["crawl"]).ok();
    assert_eq!(captured(&home, &server, "feed"), ["/feed/1", "/feed/2", "/feed/3"]);
    assert_eq!(captured(&home, &server, "page"), ["/page/1", "/page/2", "/page/3"]);
    let _ = home.vidimus(&["crawl"]).ok();
    let counts = ["/feed/1", "/feed/2", "/feed/3", "/feed/4"].map(|path| server.count(path));
    assert_eq!(counts, [2, 1, 1, 0], "the second time nothing on the first page was new");
}

#[test]
fn a_listing_in_circles_ends() {
    let listing = |here: &str, next: &str| {
        html(&format!("<main><a href=/page/{here}>{here}</a></main><a class=next href={next}>next</a>"))
    };
    let server = Server::start(move |request, stream| {
        let bytes = match request.target.as_str() {
            "/list" => listing("a", "/list?p=2"),
            "/list?p=2" => listing("b", "/list?p=3#top"),
            "/list?p=3" => listing("c", "/list"),
            "/endless" => listing("d", "/endless?p=1"),
            path => match path.strip_prefix("/endless?p=").and_then(|number| number.parse::<u32>().ok()) {
                Some(number) => listing("d", &format!("/endless?p={}", number + 1)),
                None => page(path, ""),
            },
        };
        send(stream, &bytes);
    });
    let keys = "[[source.listings]]\nurl = \"AT/list\"\nlinks = \"main a\"\nnext = \"a.next\"\nmax_pages = 50\n\
                [[source.listings]]\nurl = \"AT/endless\"\nlinks = \"main a\"\nnext = \"a.next\"\nmax_pages = 4\n";
    let home = source(&server, keys);
    let _ = home.vidimus(&["crawl"]).ok();
    assert_eq!(captured(&home, &server, "page"), ["/page/a", "/page/b", "/page/c", "/page/d"]);
    let endless = server.requests().iter().filter(|request| request.target.starts_with("/endless")).count();
    assert_eq!((server.count("/list"), server.count("/list?p=3"), endless), (1, 1, 4));
}

#[test]
fn the_canonical_address_of_a_page_is_a_page_too() {
    let canonical = |href: &str| format!("<link rel=canonical href=\"{href}\">");
    let server = Server::start(move |request, stream| {
        let bytes = match request.target.as_str() {
            "/feed" => rss(&["/print/1", "/same/", "/elsewhere", "/unwanted", "/old"], ""),
            "/print/1" => page("One, to print", &canonical("/article/1")),
            "/article/1" => page("One", &canonical("/article/1")),
            "/same/" => page("Same", &canonical("/same")),
            "/elsewhere" => page("Elsewhere", &canonical("http://other.example/x")),
            "/unwanted" => page("Unwanted", &canonical("/tag/x")),
            "/old" => reply("301 Moved", &[("Location", "/new")], b""),
            "/new" => page("New", &canonical("/new")),
            _ => not_there(),
        };
        send(stream, &bytes);
    });
    let home = source(&server, "feeds = [\"AT/feed\"]\nexclude = [\"/tag/\"]");
    let ran = home.vidimus(&["crawl"]).ok();
    let wanted = ["/article/1", "/elsewhere", "/old", "/print/1", "/same/", "/unwanted"];
    assert_eq!(captured(&home, &server, "page"), wanted, "{}", ran.story());
    assert_eq!((server.count("/same"), server.count("/new"), server.count("/tag/x")), (0, 1, 0));
}

#[test]
fn tracking_parameters_are_requested_but_make_no_other_page() {
    let server = Server::start(|request, stream| {
        let bytes = match request.target.as_str() {
            "/first" => rss(&["/a?id=7&amp;utm_source=feed"], ""),
            "/second" => rss(&["/a?utm_medium=mail&amp;id=7#top", "/a?id=8&amp;fbclid=x"], ""),
            path => page(path, ""),
        };
        send(stream, &bytes);
    });
    let home = source(&server, "feeds = [\"AT/first\", \"AT/second\"]");
    let _ = home.vidimus(&["crawl"]).ok();
    assert_eq!(captured(&home, &server, "page"), ["/a?id=7&utm_source=feed", "/a?id=8&fbclid=x"]);
}
