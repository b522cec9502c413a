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
    gate: HostGate,
    polite: Polite,
}

async fn world(script: impl Fn(&str) -> Vec<Step> + Send + Sync + 'static) -> World {
    let server = Server::http(script).await;
    let clock = Arc::new(ManualClock::new("2024-06-26T00:00:00Z".parse().unwrap()));
    let client = Client::new(server.options(), clock.clone()).unwrap();
    let options =
        GateOptions { min_gap: Duration::ZERO, max_wait: Duration::from_secs(5), ..GateOptions::default() };
    let gate = HostGate::new(options, clock.clone());
    let polite = Polite::new(client, gate.clone());
    World { server, clock, gate, polite }
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
    assert_eq!(first.robots[0].exchanges[0].url.path(), "/robots.txt");
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
    let whole = gzip(RULES.as_bytes());
    let damaged = [head, &whole[..whole.len() / 2], b"not at all", &whole[whole.len() / 2..]].concat();
    let big = format!("{RULES}{}", "# filler\n".repeat(300_000));
    for (case, robots, code) in [
        ("404", answer("404 Not Found", ""), "ok"),
        ("401", answer("401 Unauthorized", ""), "ok"),
        ("400", answer("400 Bad Request", RULES), "ok"),
        ("403", answer("403 Forbidden", RULES), "ok"),
        ("410", answer("410 Gone", ""), "ok"),
        ("451", answer("451 No", ""), "ok"),
        ("200 and empty", answer("200 OK", ""), "ok"),
        ("204", send("HTTP/1.1 204 No Content\r\n\r\n"), "ok"),
        ("200 and a page", answer("200 OK", "<html><body>Disallow: /private"), "ok"),
        (
            "200 and rules as HTML",
            answer("200 OK", "<pre>\nUser-agent: *\nDisallow: /private\n</pre>"),
            "robots",
        ),
        ("302 to nowhere", send("HTTP/1.1 302 F\r\nContent-Length: 0\r\n\r\n"), "ok"),
        ("500", answer("500 Oops", RULES), "robots-unreachable"),
        ("502", answer("502 Bad Gateway", RULES), "robots-unreachable"),
        ("599", answer("599 What", ""), "robots-unreachable"),
        (
            "redirect to a file",
            send("HTTP/1.1 301 M\r\nLocation: file:///etc/passwd\r\n\r\n"),
            "robots-unreachable",
        ),
        (
            "redirect in circles",
            send("HTTP/1.1 301 M\r\nLocation: /robots.txt\r\nContent-Length: 0\r\n\r\n"),
            "ok",
        ),
        ("no answer", Vec::new(), "robots-unreachable"),
        ("not HTTP", send("hello\n"), "robots-unreachable"),
        (
            "cut short",
            send("HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\nUser-agent: *"),
            "robots-unreachable",
        ),
        ("gzip", send([head, gzip(RULES.as_bytes()).as_slice()].concat()), "robots"),
        ("gzip that is damaged", send(damaged), "robots-unreachable"),
        ("gzip that ends early", send([head, &whole[..whole.len() - 12]].concat()), "robots-unreachable"),
        ("gzip that is none", send([head, b"User-agent: *"].concat()), "robots-unreachable"),
        (
            "a coding that nobody knows",
            send("HTTP/1.1 200 OK\r\nContent-Encoding: rot13\r\n\r\nUser-agent: *"),
            "robots-unreachable",
        ),
        ("gzip that is too long", send([head, gzip(big.as_bytes()).as_slice()].concat()), "robots"),
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

/// Section 2.3.1.2: rules that a redirect leads to hold for the host that was asked, and do not become those of the host
/// where they were found.
#[tokio::test]
async fn rules_behind_a_redirect_are_those_of_the_host_that_was_asked() {
    let other = Server::http(|path| match path {
        "/robots.txt" => answer("200 OK", "User-agent: *\nDisallow: /open\n"),
        "/rules" => answer("200 OK", RULES),
        _ => send(PAGE),
    })
    .await;
    let port = other.port;
    let script = move |path: &str| match path {
        "/robots.txt" => send(format!(
            "HTTP/1.1 301 M\r\nLocation: http://127.0.0.1:{port}/rules\r\nContent-Length: 0\r\n\r\n"
        )),
        "/go" => send(format!(
            "HTTP/1.1 302 F\r\nLocation: http://127.0.0.1:{port}/open\r\nContent-Length: 0\r\n\r\n"
        )),
        _ => send(PAGE),
    };
    let server = Server::http(script).await;
    let mut options = server.options();
    let doors = [server.port, port].map(|port| format!("127.0.0.1/32:{port}").parse().unwrap());
    options.guard = vidimus_fetch::Guard::new(doors.into(), Vec::new());
    let clock = Arc::new(ManualClock::new("2024-06-26T00:00:00Z".parse().unwrap()));
    let gate = GateOptions { min_gap: Duration::ZERO, ..GateOptions::default() };
    let polite = Polite::new(Client::new(options, clock.clone()).unwrap(), HostGate::new(gate, clock));
    let code = async |url| polite.visit(&Request::new(url)).await.fetched.outcome().code;
    assert_eq!(code(server.url("/private")).await, "robots");
    assert_eq!(code(server.url("/open")).await, "");
    assert_eq!(code(other.url("/private")).await, "", "its own rules do not say so");
    assert_eq!(code(server.url("/go")).await, "robots", "a page's redirect asks the rules of where it leads");
}

#[tokio::test]
async fn a_robots_txt_that_asks_for_patience_allows_nothing() {
    let world = world(|path| match path {
        "/robots.txt" => answer("429 Too Many Requests", ""),
        _ => send(PAGE),
    })
    .await;
    assert_eq!(world.code("/a").await, "robots-unreachable");
    assert_eq!(world.server.request_count(), 1);
}

#[tokio::test]
async fn a_closed_gate_ends_a_visit_before_anything_is_asked() {
    let world = world(|_| send(PAGE)).await;
    world.gate.close();
    let visit = world.polite.visit(&Request::new(world.server.url("/a"))).await;
    assert_eq!(
        (visit.fetched.end.code(), visit.robots.len(), world.server.request_count()),
        ("stopped", 0, 0)
    );
}

#[tokio::test]
async fn cookies_go_with_pages_and_never_with_robots_txt() {
    let world = world(|path| match path {
        "/robots.txt" => send("HTTP/1.1 404 No\r\nSet-Cookie: r=1; Path=/\r\nContent-Length: 0\r\n\r\n"),
        _ => send("HTTP/1.1 200 OK\r\nSet-Cookie: a=1; Path=/\r\nSet-Cookie: b=2; Path=/\r\nContent-Length: 2\r\n\r\nhi"),
    })
    .await;
    let with_jar = world.polite.with_cookies();
    for path in ["/a", "/b"] {
        let _ = with_jar.visit(&Request::new(world.server.url(path))).await;
    }
    world.clock.advance(SignedDuration::from_hours(25));
    let _ = with_jar.visit(&Request::new(world.server.url("/c"))).await;
    let _ = world.polite.with_cookies().visit(&Request::new(world.server.url("/d"))).await;
    let cookie = |head: &String| {
        let target = head.split(' ').nth(1).unwrap().to_owned();
        let line = head.lines().find_map(|line| line.strip_prefix("Cookie: "));
        (target, line.map(str::to_owned))
    };
    let sent: Vec<_> = world.server.requests.lock().unwrap().iter().map(cookie).collect();
    let both = Some("a=1; b=2".to_owned());
    let wanted = [
        ("/robots.txt", None),
        ("/a", None),
        ("/b", both.clone()),
        ("/robots.txt", None),
        ("/c", both),
        ("/d", None),
    ];
    assert_eq!(sent, wanted.map(|(target, line)| (target.to_owned(), line)));
}
