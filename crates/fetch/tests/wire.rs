//! Whatever a server sends, the tape holds its bytes, and the wire can be rebuilt from the stored form.
#![allow(clippy::unwrap_used, reason = "test helpers may fail the test")]

mod common;

use common::{Server, Step, gzip, send, short_limits};
use std::sync::Arc;
use std::time::Duration;
use vidimus_fetch::{Client, End, Fetched, Limits, Request};
use vidimus_snapshot::SystemClock;

async fn fetch_one(steps: Vec<Step>) -> Fetched {
    let server = Server::http(move |_| steps.clone()).await;
    server.client().fetch(&Request::new(server.url("/"))).await
}

/// Serves `sent` over http and https; both tapes must equal it, and the end must have this code.
async fn same_both_ways(name: &str, sent: &[u8], code: &str) -> Fetched {
    let (one, two) = (sent.to_vec(), sent.to_vec());
    let plain = Server::http(move |_| send(&one)).await;
    let tls = Server::https("localhost", move |_| send(&two)).await;
    let over_tls = tls.client().fetch(&Request::new(tls.url_at("localhost", "/"))).await;
    let fetched = plain.client().fetch(&Request::new(plain.url("/"))).await;
    for fetched in [&over_tls, &fetched] {
        assert_eq!(fetched.end.code(), code, "{name}: {}", fetched.end);
        let tape = &fetched.exchanges[0].response;
        assert_eq!(String::from_utf8_lossy(tape), String::from_utf8_lossy(sent), "{name}");
        if let Ok(split) = fetched.exchanges[0].split() {
            assert_eq!(&split.wire().unwrap(), sent, "{name}: rebuilt");
        }
    }
    fetched
}

#[tokio::test]
async fn well_formed_and_odd_answers_are_kept_to_the_byte() {
    let coded = gzip(b"<html>hello</html>");
    let mut chunked_gzip =
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Encoding: gzip\r\nTrailer: X\r\n\r\n"
            .to_vec();
    for chunk in coded.chunks(7) {
        chunked_gzip.extend(format!("{:X};name=\"v\"\r\n", chunk.len()).into_bytes());
        chunked_gzip.extend(chunk);
        chunked_gzip.extend(b"\r\n");
    }
    chunked_gzip.extend(b"0;last\r\nX: 1\r\nx-SUM: 2\r\n\r\n");
    let many = format!("HTTP/1.1 200 OK\r\n{}Content-Length: 2\r\n\r\nhi", "X-Field: v\r\n".repeat(150));
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("chunked, gzip, extensions, trailers", chunked_gzip),
        ("odd case", b"HTTP/1.1 200 OK\r\ncOnTeNt-LeNgTh: 2\r\nX-FOO:bar\r\n\r\nhi".to_vec()),
        ("duplicates", b"HTTP/1.1 200 OK\r\nSet-Cookie: a\r\nX: 1\r\nset-cookie: b\r\nContent-Length: 0\r\n\r\n".to_vec()),
        ("odd reason", b"HTTP/1.1 200 Tr\xc3\xa8s  bien!\r\nContent-Length: 2\r\n\r\nhi".to_vec()),
        ("no reason", b"HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nhi".to_vec()),
        ("close-delimited", b"HTTP/1.0 200 OK\r\nServer: x\r\n\r\nuntil the end".to_vec()),
        ("latin-1 header", b"HTTP/1.1 200 OK\r\nX-Name: \xe9t\xe9\r\nContent-Length: 2\r\n\r\nhi".to_vec()),
        ("LF only", b"HTTP/1.1 200 OK\nContent-Length: 2\n\nhi".to_vec()),
        ("obs-fold", b"HTTP/1.1 200 OK\r\nX-Long: a\r\n  b\r\n\tc\r\nContent-Length: 2\r\n\r\nhi".to_vec()),
        ("bad header name", b"HTTP/1.1 200 OK\r\nX(bad) name: 1\r\nContent-Length: 2\r\n\r\nhi".to_vec()),
        ("a line without colon", b"HTTP/1.1 200 OK\r\nnonsense\r\nContent-Length: 2\r\n\r\nhi".to_vec()),
        ("space before colon", b"HTTP/1.1 200 OK\r\nContent-Length : 2\r\n\r\nhi".to_vec()),
        ("CL and TE", b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n".to_vec()),
        ("103 before 200", b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi".to_vec()),
        ("150 headers", many.into_bytes()),
        ("204", b"HTTP/1.1 204 No Content\r\nX: y\r\n\r\n".to_vec()),
        ("404 with body", b"HTTP/1.1 404 Nope\r\nContent-Length: 4\r\n\r\ngone".to_vec()),
        ("empty body", b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".to_vec()),
        ("same length twice", b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nhi".to_vec()),
    ];
    for (name, sent) in cases {
        same_both_ways(name, &sent, "").await;
    }
}

#[tokio::test]
async fn broken_answers_are_kept_and_named() {
    let short =
        same_both_ways("short", b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", "disconnect").await;
    assert_eq!(short.exchanges[0].truncated.as_ref().unwrap().reason, "disconnect");
    same_both_ways(
        "cut chunk",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nabc",
        "disconnect",
    )
    .await;
    same_both_ways(
        "no last chunk",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
        "disconnect",
    )
    .await;
    same_both_ways(
        "bad chunk",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nzz\r\n",
        "malformed-body",
    )
    .await;
    same_both_ways(
        "two lengths",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nabc",
        "malformed-body",
    )
    .await;
    same_both_ways("bad length", b"HTTP/1.1 200 OK\r\nContent-Length: two\r\n\r\nabc", "malformed-body")
        .await;
    same_both_ways("cut head", b"HTTP/1.1 200 OK\r\nContent-Le", "disconnect").await;
    same_both_ways("not http", b"SSH-2.0-OpenSSH_9.6\r\n", "malformed-http").await;
    let empty = same_both_ways("nothing", b"", "empty-reply").await;
    assert!(empty.end.to_string().contains("closed the connection without an answer"), "{}", empty.end);
}

#[tokio::test]
async fn a_tls_end_without_close_notify_is_a_truncation() {
    let body = b"HTTP/1.1 200 OK\r\n\r\nhalf a page";
    let server = Server::https("localhost", |_| vec![Step::Send(body.to_vec()), Step::Drop]).await;
    let fetched = server.client().fetch(&Request::new(server.url_at("localhost", "/"))).await;
    assert_eq!(fetched.end.code(), "unclean-close", "{}", fetched.end);
    assert_eq!(fetched.exchanges[0].response, body);
    let whole = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";
    let server = Server::https("localhost", |_| vec![Step::Send(whole.to_vec()), Step::Drop]).await;
    let fetched = server.client().fetch(&Request::new(server.url_at("localhost", "/"))).await;
    assert_eq!(fetched.end, End::Complete, "a body that says its own end needs no close");
}

#[tokio::test]
async fn the_request_is_recorded_as_sent() {
    let server = Server::http(|_| send("HTTP/1.1 304 Not Modified\r\nETag: \"a\"\r\n\r\n")).await;
    let mut url = server.url("/a%20b?q=ü#part");
    url.set_username("someone").unwrap();
    url.set_password(Some("secret")).unwrap();
    let mut request = Request::new(url);
    request.if_none_match = Some("\"a\"".to_owned());
    request.if_modified_since = Some("Sun, 06 Nov 1994 08:49:37 GMT".to_owned());
    let fetched = server.client().fetch(&request).await;
    assert_eq!(fetched.outcome().kind.as_str(), "unchanged");
    assert!(
        !fetched.exchanges[0].url.as_str().contains("secret"),
        "credentials are neither sent nor recorded"
    );
    let sent = String::from_utf8(fetched.exchanges[0].request.clone()).unwrap();
    assert_eq!(sent, server.requests.lock().unwrap()[0]);
    let expected = format!(
        "GET /a%20b?q=%C3%BC HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nUser-Agent: Vidimus-Test/0.1 \
         (+https://archive.example/bot)\r\nAccept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n\
         Accept-Encoding: gzip\r\nIf-None-Match: \"a\"\r\nIf-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT\r\n\
         Connection: close\r\n\r\n",
        server.port
    );
    assert_eq!(sent, expected);
}

#[tokio::test]
async fn tls_facts_are_recorded() {
    let server = Server::https("localhost", |_| send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")).await;
    let fetched = server.client().fetch(&Request::new(server.url_at("localhost", "/"))).await;
    let tls = fetched.exchanges[0].tls.clone().unwrap();
    assert_eq!(tls.version, "TLSv1.3");
    assert!(tls.cipher.starts_with("TLS_"), "{}", tls.cipher);
    assert_eq!(tls.chain_sha256.len(), 1);
    assert_eq!(tls.chain_sha256[0], vidimus_snapshot::Digest::of(&tls.chain_der[0]));
    assert_eq!(fetched.exchanges[0].remote.unwrap().port(), server.port);
    assert_eq!(fetched.exchanges[0].dns.len(), 2);
}

#[tokio::test]
async fn certificates_are_judged() {
    let server = Server::https("other.example", |_| send("HTTP/1.1 200 OK\r\n\r\n")).await;
    let fetched = server.client().fetch(&Request::new(server.url_at("localhost", "/"))).await;
    assert_eq!(fetched.end.code(), "certificate");
    assert!(fetched.end.to_string().ends_with("presented a certificate for another name"), "{}", fetched.end);

    let mut options = server.options();
    options.extra_roots = Vec::new();
    let client = Client::new(options, Arc::new(SystemClock)).unwrap();
    let fetched = client.fetch(&Request::new(server.url_at("localhost", "/"))).await;
    assert!(fetched.end.to_string().contains("issuer that is not trusted"), "{}", fetched.end);

    let plain = Server::http(|_| send("HTTP/1.1 200 OK\r\n\r\n")).await;
    let url = plain.url("/").to_string().replace("http:", "https:").parse().unwrap();
    let client = plain.client().with_limits(Limits { tls: Duration::from_millis(500), ..short_limits() });
    let fetched = client.fetch(&Request::new(url)).await;
    assert!(matches!(fetched.end.code(), "tls" | "tls-timeout"), "{}", fetched.end);
}

#[tokio::test]
async fn every_bound_has_its_own_outcome_and_keeps_what_came() {
    let head = b"HTTP/1.1 200 OK\r\n\r\nstart".to_vec();
    let pause = Duration::from_millis(5);
    let long = Duration::from_secs(600);
    let short = Duration::from_millis(150);
    let base = short_limits();
    let cases: Vec<(&str, &str, Limits, Vec<Step>)> = vec![
        ("first-byte-timeout", "", Limits { first_byte: short, ..base.clone() }, vec![Step::Wait(long)]),
        (
            "idle-timeout",
            "time",
            Limits { idle: short, ..base.clone() },
            vec![Step::Send(head.clone()), Step::Wait(long)],
        ),
        (
            "total-timeout",
            "time",
            Limits { total: short, ..base.clone() },
            vec![Step::Send(head.clone()), Step::Forever(b".".to_vec(), pause)],
        ),
        (
            "wire-bytes",
            "length",
            Limits { wire_bytes: 100_000, ..base.clone() },
            vec![Step::Send(head.clone()), Step::Forever(vec![b'x'; 8192], Duration::ZERO)],
        ),
        (
            "header-bytes",
            "length",
            Limits { header_bytes: 8192, ..base.clone() },
            vec![Step::Send(b"HTTP/1.1 200 OK\r\nX: ".to_vec()), Step::Forever(vec![b'x'; 4096], pause)],
        ),
        (
            "header-count",
            "length",
            Limits { header_count: 50, ..base.clone() },
            vec![
                Step::Send(b"HTTP/1.1 200 OK\r\n".to_vec()),
                Step::Forever(b"X: y\r\n".repeat(4000), Duration::ZERO),
            ],
        ),
        (
            "header-count",
            "length",
            Limits { header_count: 50, ..base.clone() },
            send(format!("HTTP/1.1 200 OK\r\n{}Content-Length: 2\r\n\r\nhi", "X: y\r\n".repeat(150))),
        ),
        (
            "idle-timeout",
            "time",
            Limits { idle: short, ..base },
            vec![Step::Send(b"HTTP/1.1 200 OK\r\nX: half a he".to_vec()), Step::Wait(long)],
        ),
    ];
    for (code, reason, limits, steps) in cases {
        let server = Server::http(move |_| steps.clone()).await;
        let client = server.client().with_limits(limits.clone());
        let fetched = client.fetch(&Request::new(server.url("/"))).await;
        assert_eq!(fetched.end.code(), code, "{}", fetched.end);
        let exchange = &fetched.exchanges[0];
        assert_eq!(exchange.truncated.as_ref().map_or("", |cut| cut.reason), reason, "{code}");
        assert_eq!(exchange.response.is_empty(), reason.is_empty(), "{code}: what came is kept");
        if code == "wire-bytes" {
            assert_eq!(exchange.response.len(), limits.wire_bytes);
            assert_eq!(fetched.outcome().kind.as_str(), "truncated");
        }
    }
}

#[tokio::test]
async fn a_zip_bomb_is_whole_on_the_wire_and_cut_when_decoded() {
    let bomb = gzip(&vec![0_u8; 30 << 20]);
    let mut sent =
        format!("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n", bomb.len());
    sent.reserve(bomb.len());
    let fetched = fetch_one(send([sent.into_bytes(), bomb].concat())).await;
    assert_eq!(fetched.end, End::Complete);
    let split = fetched.exchanges[0].split().unwrap();
    let decoded = vidimus_warc::http::decode_content(
        &split.head.content_codings(),
        split.body(),
        &Limits::default().decode(),
    );
    assert_eq!(decoded.outcome.code(), "decoded-ratio");
    assert!(decoded.bytes.len() < 10 << 20);
}

#[tokio::test]
async fn nobody_there() {
    let server = Server::http(|_| Vec::new()).await;
    let client = server.client();
    let url = server.url("/");
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut options = server.options();
    options.guard = vidimus_fetch::Guard::new(vec!["127.0.0.1/32:*".parse().unwrap()], Vec::new());
    let open = Client::new(options, Arc::new(SystemClock)).unwrap();
    let refused = open.fetch(&Request::new(format!("http://127.0.0.1:{free}/").parse().unwrap())).await;
    assert_eq!(refused.end.code(), "connect-refused");
    assert!(refused.end.to_string().contains("refused the connection"), "{}", refused.end);
    assert_eq!(client.fetch(&Request::new(url)).await.end.code(), "empty-reply");
}
