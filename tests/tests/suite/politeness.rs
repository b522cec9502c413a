//! Politeness and budgets: a host that says no is left alone, and what a budget leaves is counted.

use serde_json::Value;
use vidimus_tests::{Home, Server, config_for, html, reply, send};

use crate::common::{outcome, text};

fn article(target: &str) -> Vec<u8> {
    html(&format!(
        "<!doctype html><html lang=en><title>{target}</title><article><h1>Notice {target}</h1><p>The well by the school is \
         closed until its water has been tested, and the one by the market serves everybody meanwhile.</p></article></html>"
    ))
}

fn urlset(count: u32) -> Vec<u8> {
    let entries: String = (0..count).map(|number| format!("<url><loc>/page/{number}</loc></url>")).collect();
    reply("200 OK", &[("Content-Type", "application/xml")], format!("<urlset>{entries}</urlset>").as_bytes())
}

/// A site with a sitemap of ten pages, and a chain of sitemaps that never ends.
fn site() -> Server {
    Server::start(|request, stream| {
        let bytes = match request.target.strip_prefix("/deep/").and_then(|number| number.parse::<u32>().ok()) {
            Some(number) => reply(
                "200 OK",
                &[],
                format!(
                    "<sitemapindex><sitemap><loc>/deep/{}</loc></sitemap><sitemap><loc>/map.xml</loc></sitemap></sitemapindex>",
                    number + 1
                )
                .as_bytes(),
            ),
            None if request.target == "/map.xml" => urlset(10),
            None => article(&request.target),
        };
        send(stream, &bytes);
    })
}

/// Crawls a source with these keys; what `--json` says of it.
fn crawl(server: &Server, keys: &str) -> (Home, Value) {
    let keys = keys.replace("AT", &server.url(""));
    let home =
        Home::configured(&config_for(server.port()), &format!("[[source]]\nname = \"well\"\n{keys}\n"));
    let ran = home.vidimus(&["crawl", "--json"]);
    let line = ran
        .json()
        .into_iter()
        .find(|line| line["source"] == "well")
        .unwrap_or_else(|| panic!("{}", ran.story()));
    (home, line)
}

fn pages(server: &Server) -> usize {
    server.requests().iter().filter(|request| request.target.starts_with("/page/")).count()
}

#[test]
fn a_budget_of_pages_says_what_it_leaves() {
    let server = site();
    let (home, line) = crawl(&server, "sitemaps = [\"AT/map.xml\"]\nmax_pages = 4");
    assert_eq!((pages(&server), line["left"].as_u64()), (4, Some(6)), "{line}");
    let _ = home.vidimus(&["crawl"]).ok();
    let asked: std::collections::BTreeSet<String> = server
        .requests()
        .into_iter()
        .map(|request| request.target)
        .filter(|target| target.starts_with("/page/"))
        .collect();
    assert_eq!(asked.len(), 8, "the next run goes on with those that were left");
}

#[test]
fn a_budget_of_bytes_says_what_it_leaves() {
    let server = site();
    let (_, line) = crawl(&server, "sitemaps = [\"AT/map.xml\"]\nmax_bytes = 1000");
    let asked = pages(&server);
    // Four pages of about 250 bytes, less what the sitemap took; and one that was under way when they came.
    assert!((1..=5).contains(&asked), "{asked} pages of about 250 bytes behind a sitemap");
    assert_eq!(line["left"].as_u64(), Some(10 - asked as u64), "{line}");
}

#[test]
fn a_budget_of_time_says_what_it_leaves() {
    let server = site();
    let (_, line) = crawl(&server, "sitemaps = [\"AT/map.xml\"]\npages = [\"AT/page/x\"]\nmax_minutes = 0");
    assert_eq!((server.requests().len(), line["left"].as_u64()), (0, Some(2)), "{line}");
}

#[test]
fn a_budget_of_depth_says_what_it_leaves() {
    let server = site();
    let (_, line) = crawl(&server, "sitemaps = [\"AT/deep/0\"]\nmax_depth = 2");
    let deep = server.requests().iter().filter(|request| request.target.starts_with("/deep/")).count();
    assert_eq!((deep, pages(&server), line["left"].as_u64()), (3, 10, Some(2)), "{line}");
}

#[test]
fn a_host_that_goes_on_refusing_is_left_for_the_rest_of_the_run() {
    let server = Server::start(|request, stream| {
        let bytes = match request.target.as_str() {
            "/map.xml" => urlset(10),
            _ => reply("429 Too Many Requests", &[("Retry-After", "0")], b""),
        };
        send(stream, &bytes);
    });
    let sources = format!("[[source]]\nname = \"well\"\nsitemaps = [\"{}\"]\n", server.url("/map.xml"));
    let config = config_for(server.port()).replace("[crawl]", "[crawl]\ngive_up_after = 3");
    let home = Home::configured(&config, &sources);
    let _ = home.vidimus(&["crawl"]).expect(1);
    assert_eq!(pages(&server), 3);
    let everything = home.everything();
    let count = |wanted: &str| everything.iter().filter(|line| outcome(line) == wanted).count();
    assert_eq!((count("http-error 429"), count("refused given-up")), (3, 7));
    let line = everything.iter().find(|line| outcome(line) == "refused given-up").unwrap();
    assert!(text(line, "message").contains("3 times in a row"), "{line}");
}

#[test]
fn a_retry_after_that_is_too_long_is_not_waited_for() {
    let server = Server::start(|request, stream| {
        let bytes = match request.target.as_str() {
            "/map.xml" => urlset(3),
            _ => reply("503 Service Unavailable", &[("Retry-After", "Fri, 31 Dec 2100 23:59:59 GMT")], b""),
        };
        send(stream, &bytes);
    });
    let (home, _) = crawl(&server, "sitemaps = [\"AT/map.xml\"]");
    assert_eq!(pages(&server), 1);
    let refused = home.everything().into_iter().filter(|line| outcome(line) == "refused back-off").count();
    assert_eq!(refused, 2);
}
