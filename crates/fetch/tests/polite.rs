//! robots.txt and politeness over real connections.
#![allow(clippy::unwrap_used, reason = "test helpers may fail the test")]

mod common;

use common::{Server, Step, gzip, send};
use jiff::SignedDuration;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use vidimus_fetch::{Client, GateOptions, HostGate, Polite, Request, StaticResolver};
use vidimus_snapshot::{ManualClock, OutcomeKind};

const PAGE: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";

fn answer(status: &str, body: impl AsRef<[u8]>) -> Vec<Step> {
    let body = body.as_ref();
    let head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n", body.len());
    send([head.as_bytes(), body].concat())
}

struct World {
    server: Server,
    clock: Arc<ManualClock>,
    polite: Polite,
}

async fn world(script: impl Fn(&str) -> Vec<Step> + Send + Sync + 'static) -> World {
    let server = Server::http(script).await;
    let clock = Arc::new(ManualClock::new("2024-06-26T00:00:00Z".parse().unwrap()));
    let client = Client::new(server.options(), clock.clone()).unwrap();
    let options =
        GateOptions { min_gap: Duration::ZERO, max_wait: Duration::from_secs(5), ..GateOptions::default() };
    let polite = Polite::new(client, HostGate::new(options, clock.clone()));
    World { server, clock, polite }
}

impl World {
    async fn code(&self, path: &str) -> String {
        let outcome = self.polite.visit(&Request::new(self.server.url(path))).await.fetched.outcome();
        if outcome.kind == OutcomeKind::Captured { "ok".to_owned() } else { outcome.code }
    }
}

/// Serves this as robots.txt and a page everywhere else; says what becomes of `/private`.
async fn private_with(robots: Vec<Step>) -> String {
    world(move |path| if path == "/robots.txt" { robots.clone() } else { send(PAGE) })
        .await
        .code("/private")
        .await
}

const RULES: &str = "User-agent: *\nDisallow: /private\nSitemap: http://example.org/map.xml\n";

#[tokio::test]
async fn rules_are_fetched_once_and_obeyed() {
    let world = world(|path| if path == "/robots.txt" { answer("200 OK", RULES) } else { send(PAGE) }).await;
    let first = world.polite.visit(&Request::new(world.server.url("/open"))).await;
    assert_eq!(first.fetched.outcome().kind, OutcomeKind::Captured);
    assert_eq!(first.robots[0].fetched.exchanges[0].url.path(), "/robots.txt");
    assert_eq!(first.robots[0].note, "the rules for 'Vidimus-Test' apply");
    let second = world.polite.visit(&Request::new(world.server.url("/private/x"))).await;
    assert_eq!(
        (second.fetched.end.code(), second.fetched.exchanges.len(), second.robots.len()),
        ("robots", 0, 0)
    );
    let outcome = second.fetched.outcome();
    assert_eq!(outcome.kind, OutcomeKind::Refused);
    assert_eq!(
        outcome.message,
        "robots.txt of 127.0.0.1 says to 'Vidimus-Test': Disallow: /private (line 2)"
    );
    assert_eq!(world.polite.sitemaps(&world.server.url("/")).await.0[0].path(), "/map.xml");
    assert_eq!(world.server.request_count(), 2);
    world.clock.advance(SignedDuration::from_hours(25));
    assert_eq!(world.polite.visit(&Request::new(world.server.url("/open"))).await.robots.len(), 1);
}

#[tokio::test]
async fn what_follows_from_each_answer() {
    let head = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n".as_bytes();
    let big = format!("{RULES}{}", "# filler\n".repeat(300_000));
    for (case, robots, code) in [
        ("404", answer("404 Not Found", ""), "ok"),
        ("401", answer("401 Unauthorized", ""), "ok"),
        ("500", answer("500 Oops", RULES), "robots-unreachable"),
        ("no answer", Vec::new(), "robots-unreachable"),
        ("not HTTP", send("hello\n"), "robots-unreachable"),
        (
            "cut short",
            send("HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\nUser-agent: *"),
            "robots-unreachable",
        ),
        ("gzip", send([head, gzip(RULES.as_bytes()).as_slice()].concat()), "robots"),
        ("too long", answer("200 OK", big), "robots"),
        (
            "redirect to a private address",
            send("HTTP/1.1 301 M\r\nLocation: http://10.0.0.1/\r\n\r\n"),
            "robots-unreachable",
        ),
    ] {
        assert_eq!(private_with(robots).await, code, "{case}");
    }
}

#[tokio::test]
async fn five_redirects_are_followed_and_no_more() {
    for (hops, code) in [(5, "robots"), (6, "ok")] {
        let world = world(move |path| match path {
            "/private" => send(PAGE),
            "/robots.txt" => send("HTTP/1.1 302 F\r\nLocation: /r/1\r\nContent-Length: 0\r\n\r\n"),
            path => match path.trim_start_matches("/r/").parse::<u32>() {
                Ok(n) if n < hops => {
                    send(format!("HTTP/1.1 302 F\r\nLocation: /r/{}\r\nContent-Length: 0\r\n\r\n", n + 1))
                }
                _ => answer("200 OK", RULES),
            },
        })
        .await;
        assert_eq!(world.code("/private").await, code, "{hops} redirects");
    }
}

#[tokio::test]
async fn old_rules_stand_while_new_ones_cannot_be_had() {
    let count = AtomicUsize::new(0);
    let world = world(move |path| match path {
        "/robots.txt" if count.fetch_add(1, Ordering::SeqCst) == 0 => answer("200 OK", RULES),
        "/robots.txt" => answer("503 Busy", ""),
        _ => send(PAGE),
    })
    .await;
    assert_eq!(world.code("/private").await, "robots");
    world.clock.advance(SignedDuration::from_hours(25));
    assert_eq!(world.code("/private").await, "robots");
}

#[tokio::test]
async fn redirects_ask_the_robots_of_where_they_lead() {
    let world = world(|path| match path {
        "/robots.txt" => answer("200 OK", RULES),
        "/go" => send("HTTP/1.1 302 F\r\nLocation: /private\r\nContent-Length: 0\r\n\r\n"),
        _ => send(PAGE),
    })
    .await;
    let visit = world.polite.visit(&Request::new(world.server.url("/go"))).await;
    assert_eq!((visit.fetched.end.code(), visit.fetched.exchanges.len()), ("robots", 1));
}

#[tokio::test]
async fn what_stands_in_the_way_of_the_host_is_named_itself() {
    let world = world(|_| send(PAGE)).await;
    let client = world.polite.client().clone().with_resolver(Arc::new(StaticResolver::default()));
    let polite = Polite::new(client, HostGate::new(GateOptions::default(), world.clock.clone()));
    let code = async |url: &str| polite.visit(&Request::new(url.parse().unwrap())).await.fetched.outcome();
    assert_eq!(code("http://unknown.example/").await.code, "dns");
    assert_eq!(code("http://localhost/").await.code, "address");
    assert_eq!(code("http://10.0.0.1/").await.code, "address");
    assert_eq!(code("gopher://a/").await.code, "scheme");
}

#[tokio::test]
async fn a_host_that_says_it_is_too_much_is_left_alone() {
    let world = world(|path| match path {
        "/robots.txt" => answer("404 Not Found", ""),
        _ => send("HTTP/1.1 429 Slow down\r\nRetry-After: 3600\r\nContent-Length: 0\r\n\r\n"),
    })
    .await;
    assert_eq!(world.code("/a").await, "429");
    assert_eq!(world.code("/b").await, "back-off");
    assert_eq!(world.server.request_count(), 2, "the second page was not asked for");
}
