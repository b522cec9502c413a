//! Nobody is let in where a crawler has no business, whatever leads there; and cookies stay where they were asked for.

use std::io::Read;

use flate2::read::MultiGzDecoder;
use vidimus_tests::{Home, Server, config_for, html, reply, send};

use crate::common::{outcome, text};

const PAGE: &str = "<!doctype html><html lang=en><title>A page</title><article><h1>A page</h1><p>The ferry runs again \
    on the first day of the dry season, as it has in every year that anyone on the island remembers.</p></article></html>";

#[test]
fn what_leads_inwards_is_refused_and_the_run_goes_on() {
    let server = Server::whole(|request, stream| {
        let xml = |body: &str| reply("200 OK", &[("Content-Type", "application/xml")], body.as_bytes());
        let bytes = match request.target.as_str() {
            "/robots.txt" => reply(
                "200 OK",
                &[],
                b"Sitemap: http://10.0.0.7/map.xml\nSitemap: file:///etc/passwd\nSitemap: http://127.0.0.1:22/map.xml\n",
            ),
            "/" => html("<link rel=alternate type=application/rss+xml href='http://10.0.0.8/feed'>"),
            "/feed" => xml(
                "<rss xml:base='file:///etc/'><channel><link xmlns='http://www.w3.org/2005/Atom' rel='next' href='http://10.0.0.5/feed'/>\
                 <item><link>http://10.0.0.1/inside</link></item><item><link>http://0xa9fea9fe/latest/meta-data/</link></item>\
                 <item><link>file:///etc/passwd</link></item><item><link>http://[::ffff:127.0.0.1]:22/</link></item>\
                 <item><link>ftp://10.0.0.1/</link></item><item><link>passwd</link></item>\
                 <item><link>http://me:secret@10.0.0.2/</link></item><item><link>/good</link></item></channel></rss>",
            ),
            "/map" => xml(
                "<sitemapindex><sitemap><loc>http://10.0.0.3/map.xml</loc></sitemap><sitemap><loc>file:///etc/passwd</loc></sitemap></sitemapindex>",
            ),
            "/list" => html("<main><a href=/good2>x</a><a href='http://10.0.0.4/'>y</a></main><a class=next href='http://10.0.0.6/list'>next</a>"),
            "/canonical" => html(&format!("<link rel=canonical href='http://10.0.0.9/'>{PAGE}")),
            "/good" | "/good2" => html(PAGE),
            _ => reply("404 Not Found", &[], b""),
        };
        send(stream, &bytes);
    });
    let at = |path: &str| server.url(path);
    let sources = format!(
        r#"
[[source]]
name = "island"
discover = ["{}"]
feeds = ["{}"]
sitemaps = ["{}"]
pages = ["{}"]
# Every host is wanted, so that the guard alone stands in the way.
hosts = ["10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4", "10.0.0.5", "10.0.0.6", "10.0.0.7", "10.0.0.8", "10.0.0.9", "169.254.169.254", "[::ffff:127.0.0.1]"]
[[source.listings]]
url = "{}"
links = "main a"
next = "a.next"
"#,
        at("/"),
        at("/feed"),
        at("/map"),
        at("/canonical"),
        at("/list")
    );
    let main = format!("contact = \"mailto:tests@archive.example\"\n{}", config_for(server.port()));
    let home = Home::configured(&main, &sources);
    // Most of what its documents name is not to be had, and the operator hears of it.
    let ran = home.vidimus(&["crawl"]).expect(1);
    for (url, code) in [
        ("http://10.0.0.1/inside", "address"),
        ("http://169.254.169.254/latest/meta-data/", "address"),
        ("http://[::ffff:7f00:1]:22/", "address"),
        ("http://10.0.0.2/", "address"),
        ("http://10.0.0.3/map.xml", "address"),
        ("http://10.0.0.4/", "address"),
        ("http://10.0.0.5/feed", "address"),
        ("http://10.0.0.6/list", "address"),
        ("http://10.0.0.7/map.xml", "address"),
        ("http://10.0.0.8/feed", "address"),
        ("http://10.0.0.9/", "address"),
        ("http://127.0.0.1:22/map.xml", "address"),
    ] {
        let tries = home.tries(url);
        assert_eq!(tries.len(), 1, "{url}: {}", ran.story());
        assert_eq!(outcome(&tries[0]), format!("refused {code}"), "{url}");
    }
    for path in ["/good", "/good2", "/canonical"] {
        assert!(outcome(&home.tries(&at(path))[0]).starts_with("captured"), "{path}");
    }
    let urls: Vec<String> = home.everything().iter().map(|line| text(line, "url").to_owned()).collect();
    assert!(
        !urls.iter().any(|url| !url.starts_with("http")
            || url.contains("passwd") && !url.starts_with(&at(""))
            || url.contains("secret")),
        "{urls:?}"
    );
}

#[test]
fn a_configuration_that_names_a_file_or_a_password_is_refused_where_it_stands() {
    for (keys, line) in [
        ("pages = [\"file:///etc/passwd\"]", "pages"),
        ("feeds = [\"ftp://a.example/feed\"]", "feeds"),
        ("sitemaps = [\"/etc/passwd\"]", "sitemaps"),
        ("discover = [\"javascript:alert(1)\"]", "discover"),
        ("[[source.listings]]\nurl = \"file:///etc/\"\nlinks = \"a\"", "listings"),
        ("pages = [\"https://me:secret@a.example/\"]", "pages"),
        ("pages = [\"https://a.example/\"]\nhosts = [\"https://b.example/\"]", "hosts"),
    ] {
        let home = Home::configured(&config_for(1), &format!("[[source]]\nname = \"a\"\n{keys}\n"));
        let ran = home.vidimus(&["crawl"]).expect(78);
        assert!(ran.stderr.contains(&format!("{line}:")) && ran.stderr.contains("line "), "{}", ran.story());
        assert!(!ran.stderr.contains("secret"), "{}", ran.story());
    }
}

#[test]
fn cookies_are_sent_back_only_where_the_source_asks_for_them_and_for_one_run() {
    let server = Server::start(|_, stream| {
        let head = [("Content-Type", "text/html"), ("Set-Cookie", "visit=kept-for-this-run; Path=/")];
        send(stream, &reply("200 OK", &head, PAGE.as_bytes()));
    });
    let pages =
        |names: [&str; 2]| format!("pages = [\"{}\", \"{}\"]", server.url(names[0]), server.url(names[1]));
    let sources = format!(
        "[[source]]\nname = \"plain\"\n{}\n[[source]]\nname = \"with\"\ncookies = true\n{}\n",
        pages(["/a", "/b"]),
        pages(["/c", "/d"])
    );
    let home = Home::configured(&config_for(server.port()), &sources);
    for _ in 0..2 {
        let _ = home.vidimus(&["crawl"]).ok();
    }
    let cookie =
        |request: &vidimus_tests::Request| request.head.contains("Cookie: visit=kept-for-this-run\r\n");
    let of = |target: &str| -> Vec<bool> {
        server.requests().iter().filter(|request| request.target == target).map(cookie).collect()
    };
    for never in ["/a", "/b", "/c"] {
        assert_eq!(of(never), [false, false], "{never}");
    }
    assert_eq!(of("/d"), [true, true]);
    // It is what was sent, so the archived request has it.
    let archived: String = home
        .archive_files(".warc.gz")
        .iter()
        .map(|file| {
            let mut bytes = Vec::new();
            MultiGzDecoder::new(std::fs::File::open(file).unwrap()).read_to_end(&mut bytes).unwrap();
            String::from_utf8_lossy(&bytes).into_owned()
        })
        .collect();
    assert_eq!(archived.matches("\r\nCookie: visit=kept-for-this-run\r\n").count(), 2);
}
