//! Each mistake that was found once, so that it is found again.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use vidimus_tests::{Home, Server, config_for, html, reply, send, wait_until};

use crate::common::{outcome, text};

const STATEMENT: &str = "<html lang=en><title>The mill</title><article><h1>The mill</h1><p>The mill must not be sold \
    while the question of the water rights of the three villages below it is before the court.</p></article>";

/// A page that led to another one for a while is not compared with that one's validators afterwards.
#[test]
fn validators_of_a_redirects_target_are_not_sent_to_the_page_itself() {
    let restored = Arc::new(AtomicBool::new(false));
    let state = Arc::clone(&restored);
    let dated = [("Last-Modified", "Mon, 03 Jun 2024 08:00:00 GMT"), ("Content-Type", "text/html")];
    let server = Server::start(move |request, stream| {
        let bytes = match request.target.as_str() {
            "/maintenance" => {
                reply("200 OK", &dated, b"<p>This site is down for maintenance until tomorrow.")
            }
            _ if !state.load(Ordering::SeqCst) => reply("302 Found", &[("Location", "/maintenance")], b""),
            _ if request.head.to_lowercase().contains("if-modified-since") => {
                reply("304 Not Modified", &[], b"")
            }
            _ => html(STATEMENT),
        };
        send(stream, &bytes);
    });
    let source = format!("[[source]]\nname = \"mill\"\npages = [\"{}\"]\n", server.url("/statement"));
    let home = Home::configured(&config_for(server.port()), &source);
    let _ = home.vidimus(&["crawl"]).ok();
    restored.store(true, Ordering::SeqCst);
    let _ = home.vidimus(&["crawl"]).ok();
    let newest = home.vidimus(&["show", &server.url("/statement"), "--text"]).ok().text();
    assert!(newest.contains("The mill must not be sold"), "{newest}");
}

/// A 304 that nobody asked for is no page that is held.
#[test]
fn a_304_to_an_unconditional_request_is_an_error() {
    let server = Server::of_table(vec![("/odd", reply("304 Not Modified", &[], b""))]);
    let home = Home::configured(&config_for(server.port()), "");
    let _ = home.vidimus(&["capture", &server.url("/odd")]).expect(1);
    let tries = home.tries(&server.url("/odd"));
    assert_eq!(outcome(&tries[0]), "http-error 304");
    let _ = home.vidimus(&["capture", &server.url("/odd")]).expect(1);
    let conditional = server.requests().iter().any(|r| r.head.to_lowercase().contains("if-none-match"));
    assert!(!conditional);
}

/// The verdict on a source does not depend on where the run was killed.
#[test]
fn a_source_that_was_done_before_the_kill_is_not_called_failed() {
    let server = Server::start(|request, stream| {
        if request.target.starts_with("/slow") {
            std::thread::sleep(Duration::from_millis(80));
        }
        let links: String = (0..20).map(|n| format!("<h2><a href=/slow/{n}>{n}</a></h2>")).collect();
        let body = if request.target == "/slow" { html(&links) } else { html(STATEMENT) };
        send(stream, &body);
    });
    let sources = format!(
        "[[source]]\nname = \"fast\"\npages = [\"{}\"]\n[[source]]\nname = \"slow\"\nlistings = [{{ url = \"{}\", links = \
         \"h2 a\" }}]\n",
        server.url("/fast"),
        server.url("/slow")
    );
    let home = Home::configured(&config_for(server.port()), &sources);
    let running = home.start(&["crawl"]);
    wait_until("the slow source is in its middle", || server.count("/slow/3") > 0);
    running.kill();
    let _ = home.vidimus(&["crawl"]).ok();
    assert_eq!(server.count("/fast"), 1);
    let status = home.vidimus(&["status", "--json"]).ok().json();
    let sources = status[0]["sources"].as_array().unwrap();
    assert!(sources.iter().all(|source| source["last_ok"].is_string()), "{sources:?}");
}

/// A page that is read for its links as well has a text all the same.
#[test]
fn a_page_that_is_also_a_listing_is_searchable() {
    let server = Server::of_table(vec![("/", html(STATEMENT))]);
    let (home_url, links) = (server.url("/"), "links = \"h2 a\"");
    let source = format!(
        "[[source]]\nname = \"mill\"\npages = [\"{home_url}\"]\nlistings = [{{ url = \"{home_url}\", {links} }}]\n"
    );
    let home = Home::configured(&config_for(server.port()), &source);
    let _ = home.vidimus(&["crawl"]);
    assert!(text(&home.tries(&home_url)[0], "outcome") == "captured");
    let _ = home.query(&["water rights"]).ok();
}
