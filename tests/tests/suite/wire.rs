//! "Byte for byte" is a claim that can be checked: what the server sent comes back out of the archive.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use vidimus_tests::{Home, Server, config_for, reply};

use crate::common::text;
use crate::conformance::check_warcs;

const BODY: &[u8] =
    b"<!doctype html><title>Bytes</title><p>Every byte of this page counts, and is counted.</p>";

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// An answer of this head; its line ends are written `\n` here.
fn answer(head: &str, body: &[u8]) -> Vec<u8> {
    [head.replace('\n', "\r\n").as_bytes(), b"\r\n", body].concat()
}

/// The body in chunks of this many bytes, with whatever else may stand between them.
fn chunked(body: &[u8], size: usize, extension: &str, trailers: &str) -> Vec<u8> {
    let mut coded = Vec::new();
    for chunk in body.chunks(size) {
        coded.extend_from_slice(format!("{:X}{extension}\r\n", chunk.len()).as_bytes());
        coded.extend_from_slice(chunk);
        coded.extend_from_slice(b"\r\n");
    }
    coded.extend_from_slice(format!("0\r\n{trailers}\r\n").as_bytes());
    coded
}

/// Path, what the server sends, and the payload in it.
fn answers() -> Vec<(&'static str, Vec<u8>, Vec<u8>)> {
    let ok = "HTTP/1.1 200 OK\nContent-Type: text/html\n";
    let with = |more: &str| format!("{ok}{more}");
    let length = format!("Content-Length: {}\n", BODY.len());
    let body = BODY.to_vec();
    let coded = gzip(BODY);
    let chunked_gzip = chunked(&coded, 17, "", "");
    vec![
        ("/plain", reply("200 OK", &[("Content-Type", "text/html")], BODY), body.clone()),
        ("/chunked", answer(&with("Transfer-Encoding: chunked\n"), &chunked(BODY, 10, "", "")), body.clone()),
        (
            "/trailers",
            answer(
                &with("Transfer-Encoding: chunked\nTrailer: X-Sum\n"),
                &chunked(BODY, 33, ";name=\"value\"", "X-Sum: 42\r\nx-other:  two  \r\n"),
            ),
            body.clone(),
        ),
        (
            "/gzip",
            answer(&with(&format!("Content-Encoding: gzip\nContent-Length: {}\n", coded.len())), &coded),
            coded.clone(),
        ),
        (
            "/chunked-gzip",
            answer(&with("Content-Encoding: gzip\nTransfer-Encoding: chunked\n"), &chunked_gzip),
            coded,
        ),
        (
            "/odd-case",
            answer(
                &format!(
                    "HTTP/1.1 200 Fine By Me\ncOnTeNt-TyPe:text/html\nX-ODD:   \tspaces \nSERVER: a\nserver: b\n{length}"
                ),
                BODY,
            ),
            body.clone(),
        ),
        (
            "/no-reason",
            answer(&format!("HTTP/1.1 200 \nContent-Type: text/html\n{length}"), BODY),
            body.clone(),
        ),
        (
            "/103",
            answer(
                "HTTP/1.1 103 Early Hints\nLink: </style.css>; rel=preload\n",
                &answer(&with(&length), BODY),
            ),
            body.clone(),
        ),
        ("/lf-only", [with(&length).as_bytes(), b"\n", BODY].concat(), body.clone()),
        ("/close-delimited", answer(ok, BODY), body.clone()),
        ("/http-1-0", answer("HTTP/1.0 200 OK\nContent-Type: text/html\n", BODY), body.clone()),
        (
            "/latin-1",
            [b"HTTP/1.1 200 OK\r\nX-Name: Caf\xe9\r\nContent-Type: text/html\r\n\r\n", BODY].concat(),
            body.clone(),
        ),
        ("/folded", answer(&with(&format!("X-Long: one\n  two\n{length}")), BODY), body.clone()),
        ("/error", answer(&format!("HTTP/1.1 404 Not Here\nContent-Type: text/html\n{length}"), BODY), body),
    ]
}

#[test]
fn every_answer_comes_back_as_it_was_sent() {
    let answers = answers();
    let server = Server::of_table(answers.iter().map(|(path, sent, _)| (*path, sent.clone())).collect());
    let home = Home::configured(&config_for(server.port()), "");
    let urls: Vec<String> = answers.iter().map(|(path, ..)| server.url(path)).collect();
    let arguments: Vec<&str> = ["capture"].into_iter().chain(urls.iter().map(String::as_str)).collect();
    // One of them is a 404, so not all is well.
    let _ = home.vidimus(&arguments).expect(1);

    let everything = home.everything();
    for ((path, sent, payload), url) in answers.iter().zip(&urls) {
        let line = everything
            .iter()
            .find(|line| line["url"] == *url)
            .unwrap_or_else(|| panic!("{path} is not listed"));
        let id = text(line, "id");
        let wire = home.vidimus(&["show", id, "--wire"]).ok().stdout;
        assert!(wire == *sent, "{path}: sent\n{}\nshown\n{}", lossy(sent), lossy(&wire));
        let raw = home.vidimus(&["show", id, "--raw"]).ok().stdout;
        assert!(raw == *payload, "{path}: payload\n{}\nshown\n{}", lossy(payload), lossy(&raw));
    }
    check_warcs(&home);
    let _ = home.vidimus(&["verify"]).ok();
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn a_revisit_comes_back_as_it_was_sent_too() {
    let sent = answer(
        "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\nContent-Type: text/html\n",
        &chunked(BODY, 25, "", ""),
    );
    let server = Server::of_table(vec![("/", sent.clone())]);
    let home = Home::configured(&config_for(server.port()), "");
    for wanted in ["captured", "unchanged"] {
        let line = home.vidimus(&["capture", "--json", &server.url("/")]).ok().json().pop().unwrap();
        assert_eq!(line["outcome"], wanted);
        assert_eq!(home.vidimus(&["show", text(&line, "id"), "--wire"]).ok().stdout, sent);
        assert_eq!(home.vidimus(&["show", text(&line, "id"), "--raw"]).ok().stdout, BODY);
    }
}

#[test]
fn the_request_says_who_asks_and_nothing_false() {
    let server = Server::of_table(vec![("/", reply("200 OK", &[], BODY))]);
    let main = format!("contact = \"https://archive.example/about\"\n{}", config_for(server.port()));
    let home = Home::configured(&main, "");
    let _ = home.vidimus(&["capture", &server.url("/")]);
    let head = server.requests().pop().unwrap().head;
    assert!(
        head.contains("User-Agent: vidimus/") && head.contains("(+https://archive.example/about)"),
        "{head}"
    );
    assert!(head.contains("Accept-Encoding: gzip\r\n"), "{head}");
}
