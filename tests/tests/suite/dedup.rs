//! The same bytes are stored once, under whatever address and however often they come, and every tool still finds them.

use std::collections::BTreeMap;

use serde_json::Value;
use vidimus_tests::{Home, Server, config_for, next_second, reply};

use crate::common::text;
use crate::conformance::{check_warcs, replays};

const STATEMENT: &str = "<!doctype html><html lang=\"en\"><title>Joint statement on the river dams</title><body><main>\
    <h1>Joint statement on the river dams</h1><p>We, the undersigned organisations, ask the ministry to publish the \
    whole of the assessment before any ground is broken on either bank.</p><p>The fishing villages were not heard, and \
    the figures that were read out to them are not those of the contract.</p></main></body></html>";

fn html(body: &str) -> Vec<u8> {
    reply("200 OK", &[("Content-Type", "text/html; charset=utf-8")], body.as_bytes())
}

/// The same page in chunks: other bytes on the wire, the same payload.
fn in_chunks(body: &str) -> Vec<u8> {
    let head =
        "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nTransfer-Encoding: chunked\r\n\r\n";
    format!("{head}{:x}\r\n{body}\r\n0\r\n\r\n", body.len()).into_bytes()
}

fn server() -> Server {
    let other = STATEMENT.replace("river dams", "harbour wall");
    Server::of_table(vec![
        ("/statement", html(STATEMENT)),
        ("/press/2025/statement", in_chunks(STATEMENT)),
        ("/copied", html(STATEMENT)),
        ("/other", html(&other)),
        ("/empty", html("")),
        ("/empty-too", html("")),
    ])
}

/// How many records of each type the archive's captures have, by `list` and `show`.
fn record_types(home: &Home) -> BTreeMap<String, usize> {
    let mut count = BTreeMap::new();
    for kind in check_warcs(home).as_object().unwrap() {
        count.insert(kind.0.clone(), usize::try_from(kind.1.as_u64().unwrap()).unwrap());
    }
    count
}

fn capture(home: &Home, server: &Server, paths: &[&str]) -> Vec<Value> {
    let urls: Vec<String> = paths.iter().map(|path| server.url(path)).collect();
    let arguments: Vec<&str> =
        ["capture", "--json"].into_iter().chain(urls.iter().map(String::as_str)).collect();
    home.vidimus(&arguments).ok().json()
}

#[test]
fn the_same_payload_under_another_address_is_stored_once() {
    let server = server();
    let home = Home::configured(&config_for(server.port()), "");
    let paths = ["/statement", "/press/2025/statement", "/copied", "/other"];
    let lines = capture(&home, &server, &paths);
    assert_eq!(lines.len(), 4);
    for line in &lines {
        assert_eq!(text(line, "outcome"), "captured", "a page is new under its own address: {line}");
        assert!(text(line, "title").starts_with("Joint statement"), "{line}");
    }
    let types = record_types(&home);
    assert_eq!((types["warc response"], types["warc revisit"]), (2, 2), "{types:?}");
    assert_eq!(types["text conversion"], 4, "each address has a text of its own: {types:?}");

    // All that a reader asks for comes back for each of them.
    for (line, path) in lines.iter().zip(paths) {
        let show = |part: &str| home.vidimus(&["show", text(line, "id"), part]).ok().stdout;
        let statement = show("--raw");
        assert!(statement.ends_with(b"</html>"), "{path}");
        assert!(show("--text").windows(11).any(|words| words == b"undersigned"), "{path}");
        if path == "/press/2025/statement" {
            assert_eq!(show("--wire"), in_chunks(STATEMENT));
        }
    }
    let hits = home.query(&["undersigned organisations", "--json"]).ok().json();
    assert_eq!(hits.len(), 4, "every address is found: {hits:?}");

    let _ = next_second();
    // Seen again, they are unchanged, and refer to what stores the payload.
    let again = capture(&home, &server, &paths);
    for (first, second) in lines.iter().zip(&again) {
        assert_eq!(text(second, "outcome"), "unchanged", "{second}");
        assert_eq!(text(second, "original"), text(first, "id"), "{second}");
        assert_eq!(second["text_sha256"], first["text_sha256"]);
        let raw = home.vidimus(&["show", text(second, "id"), "--raw"]).ok().stdout;
        assert_eq!(raw, home.vidimus(&["show", text(first, "id"), "--raw"]).ok().stdout);
    }
    let types = record_types(&home);
    assert_eq!((types["warc response"], types["warc revisit"]), (2, 6), "{types:?}");

    let _ = home.vidimus(&["verify"]).ok();
    let before = home.everything();
    let _ = home.vidimus(&["rebuild"]).ok();
    assert_eq!(home.everything(), before);
    assert_eq!(home.query(&["undersigned organisations", "--json"]).ok().json().len(), 4);
    let _ = home.vidimus(&["verify"]).ok();

    let other = STATEMENT.replace("river dams", "harbour wall");
    let urls = paths.map(|path| server.url(path));
    let pages: Vec<(&str, u16, &[u8])> = urls
        .iter()
        .map(|url| (url.as_str(), 200, if url.ends_with("/other") { &other } else { STATEMENT }.as_bytes()))
        .collect();
    assert_eq!(replays(&home, &pages), 8, "each of eight captures is replayed");
}

#[test]
fn an_answer_without_a_payload_repeats_nothing() {
    let server = server();
    let home = Home::configured(&config_for(server.port()), "");
    capture(&home, &server, &["/empty", "/empty-too"]);
    let types = record_types(&home);
    assert_eq!((types["warc response"], types.get("warc revisit")), (2, None), "{types:?}");
}

#[test]
fn a_payload_that_cannot_be_read_any_more_is_stored_anew() {
    let server = server();
    let home = Home::configured(&config_for(server.port()), "");
    capture(&home, &server, &["/statement"]);
    let file =
        home.archive_files(".warc.gz").into_iter().find(|path| !path.to_string_lossy().contains(".wet."));
    let file = file.unwrap();
    let mut bytes = std::fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes.iter_mut().skip(middle - 400).take(200).for_each(|byte| *byte ^= 0x55);
    std::fs::write(&file, bytes).unwrap();
    let line = capture(&home, &server, &["/copied"]).pop().unwrap();
    assert_eq!(text(&line, "original"), "", "what is damaged must not be referred to: {line}");
    let raw = home.vidimus(&["show", text(&line, "id"), "--raw"]).ok().stdout;
    assert_eq!(raw, STATEMENT.as_bytes());
}
