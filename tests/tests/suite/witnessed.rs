//! What this archive saw itself is never put aside for what somebody else says to have seen, and the two are told apart
//! wherever they stand beside one another.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;

use serde_json::Value;
use vidimus_tests::{Home, Server, config_for, html};

use crate::common::text;

const STATEMENT: &str = "<!doctype html><html lang=en><head><title>Statement on the quay</title></head><body><main>\
    <h1>Statement on the quay</h1><p>We ask the harbour council to publish the permit for the dredging before another \
    barge is loaded, and to hear those who fish there.</p><p>Four of its members have said that no such permit was ever \
    shown to them, and nobody has contradicted them since.</p></main></body></html>";

fn server() -> Server {
    Server::of_table(vec![("/statement", html(STATEMENT))])
}

/// A file in which somebody says to have captured this page, with this text, at this time.
fn claim(home: &Home, name: &str, url: &str, date: &str) {
    let block = format!("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n{STATEMENT}");
    let head = format!(
        "WARC/1.0\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:00000000-0000-4000-8000-0000{}>\r\n\
         WARC-Date: {date}\r\nWARC-Target-URI: {url}\r\nContent-Type: application/http; msgtype=response\r\n\
         Content-Length: {}\r\n\r\n",
        date.replace(['-', ':', 'T', 'Z'], "").get(..8).unwrap(),
        block.len()
    );
    home.write(name, format!("{head}{block}\r\n\r\n"));
    let _ = home.vidimus(&["import", name]).ok();
}

/// The hits of a text that all these captures have: whether witnessed, and of what day.
fn hits(home: &Home) -> Vec<(bool, String)> {
    let lines = home.query(&["--json", "dredging barge"]).ok().json();
    let day = |line: &Value| text(line, "captured_at").split('T').next().unwrap().to_owned();
    let mut found: Vec<_> =
        lines.iter().map(|line| (line["witnessed"].as_bool().unwrap(), day(line))).collect();
    found.sort();
    found
}

/// The day of our own capture.
fn own_day(home: &Home) -> String {
    let everything = home.everything();
    let own = everything.iter().find(|line| line["witnessed"] == true).unwrap();
    text(own, "captured_at").split('T').next().unwrap().to_owned()
}

#[track_caller]
fn check_hits(home: &Home, imported: &str) {
    let expected = vec![(false, imported.to_owned()), (true, own_day(home))];
    assert_eq!(hits(home), expected);
    let _ = home.vidimus(&["rebuild"]).ok();
    assert_eq!(hits(home), expected, "after a rebuild");
}

#[test]
fn an_import_of_an_earlier_date_stands_beside_our_own_capture() {
    let server = server();
    let url = server.url("/statement");
    let home = Home::configured(&config_for(server.port()), "");
    let _ = home.vidimus(&["capture", &url]).ok();
    claim(&home, "forged.warc", &url, "1995-03-02T01:00:00Z");
    let shown = home.query(&["dredging barge"]).ok().text();
    assert_eq!(shown.matches("imported · ").count(), 1, "{shown}");
    check_hits(&home, "1995-03-02");

    // Of several imports with one text the earliest is the hit, whichever came first.
    claim(&home, "earlier.warc", &url, "1994-03-02T01:00:00Z");
    claim(&home, "later.warc", &url, "1996-03-02T01:00:00Z");
    check_hits(&home, "1994-03-02");
}

#[test]
fn our_own_capture_stands_beside_an_import_that_was_there_before() {
    let server = server();
    let url = server.url("/statement");
    let home = Home::configured(&config_for(server.port()), "");
    claim(&home, "forged.warc", &url, "1995-03-02T01:00:00Z");
    assert_eq!(hits(&home), [(false, "1995-03-02".to_owned())]);
    for _ in 0..2 {
        let _ = home.vidimus(&["capture", &url]).ok();
    }
    check_hits(&home, "1995-03-02");
}

#[test]
fn lists_and_exports_say_which_captures_were_imported() {
    let server = server();
    let url = server.url("/statement");
    let home = Home::configured(&config_for(server.port()), "");
    claim(&home, "forged.warc", &url, "1995-03-02T01:00:00Z");
    let _ = home.vidimus(&["capture", &url]).ok();
    let told: BTreeMap<String, bool> = home
        .everything()
        .iter()
        .filter(|line| line["url"] == url.as_str())
        .map(|line| (text(line, "id").to_owned(), line["witnessed"].as_bool().unwrap()))
        .collect();
    assert_eq!(told.values().filter(|witnessed| **witnessed).count(), 1, "{told:?}");
    assert_eq!(told.len(), 2);

    let shown = |id: &str| home.vidimus(&["show", id, "--json"]).ok().json().remove(0);
    let table = home.vidimus(&["export", "--all", "--format", "csv", "-o", "-"]).ok().text();
    assert!(table.lines().next().unwrap().ends_with(",length,witnessed"), "{table}");
    let _ = home.vidimus(&["export", "--all", "--format", "wacz", "-o", "all.wacz"]).ok();
    let pages = pages(&home, "all.wacz");
    for (id, witnessed) in &told {
        assert_eq!(shown(id)["witnessed"], *witnessed);
        let row = table.lines().find(|row| row.starts_with(id)).unwrap();
        assert!(row.ends_with(&format!(",{witnessed}")), "{row}");
        let page = pages.iter().find(|page| text(page, "id") == id).unwrap();
        assert_eq!(page.get("witnessed"), (!witnessed).then_some(&Value::Bool(false)), "{page}");
    }
    // The stranger's record has no digests, which L1 tells; the package and its list of pages are as they should be.
    let said = home.vidimus(&["verify", "all.wacz"]).expect(1).text();
    assert!(said.contains("L0 passed"), "{said}");
}

/// The pages that a package lists.
fn pages(home: &Home, name: &str) -> Vec<Value> {
    let mut package = zip::ZipArchive::new(File::open(home.path(name)).unwrap()).unwrap();
    let mut list = String::new();
    package.by_name("pages/pages.jsonl").unwrap().read_to_string(&mut list).unwrap();
    list.lines().skip(1).map(|line| serde_json::from_str(line).unwrap()).collect()
}
