//! What a crawl writes is WARC 1.1 to tools that others wrote, and they give every page back to the byte.

use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp;
use serde_json::{Value, json};
use vidimus_demo::{Change, Day, pages};
use vidimus_snapshot::surt;
use vidimus_tests::{Home, python, repository};

use crate::common::{Crawled, crawled_twice, outcome, text};

#[test]
fn warcio_fastwarc_and_the_standard_agree_with_the_files() {
    let crawled = crawled_twice();
    let checked = check_warcs(&crawled.home);
    let count = |kind: &str| checked[kind].as_u64().unwrap_or(0);
    let articles = pages().filter(|page| page.kind.is_article() && !page.forbidden).count() as u64;
    assert_eq!(count("files"), 4, "a file of captures and one of texts for each of two crawls: {checked}");
    assert!(count("warc response") > articles && count("warc revisit") > articles / 2, "{checked}");
    assert_eq!(count("warc request"), count("warc response") + count("warc revisit"), "{checked}");
    // One text for each article, one for the redirect's copy of one, one more for the page that was edited.
    assert!(count("text conversion") > articles, "{checked}");
    assert_eq!(count("text conversion"), count("text metadata"), "{checked}");
}

/// Runs all checks of `check_warcs.py` on an archive; fails the test when any of them does.
pub fn check_warcs(home: &Home) -> Value {
    check(home, &[])
}

/// The same for an archive whose runs were killed: texts of captures that were not written any more may be left over.
pub fn check_warcs_of_killed_runs(home: &Home) -> Value {
    check(home, &["--killed"])
}

fn check(home: &Home, options: &[&str]) -> Value {
    let archive = home.path("archive");
    let arguments = [&[archive.to_str().unwrap()], options].concat();
    let ran = python("check_warcs.py", &arguments).ok();
    let last = ran.text().lines().last().map(serde_json::from_str).unwrap().unwrap();
    eprintln!("{}", ran.text());
    last
}

/// Lets pywb replay an archive, and compares what it gives for these URLs, status and decoded body; says how many captures
/// were compared.
pub fn replays(home: &Home, pages: &[(&str, u16, &[u8])]) -> usize {
    let mut expected = serde_json::Map::new();
    for (number, (url, status, body)) in pages.iter().enumerate() {
        let file = format!("sent/{number}");
        home.write(&file, body);
        expected.insert((*url).to_owned(), json!({"first": [status, home.path(&file)]}));
    }
    home.write("expected.json", json!({"second_day": "9999", "pages": expected}).to_string());
    std::fs::create_dir(home.path("pywb")).unwrap();
    let arguments = ["pywb", "archive", "expected.json"].map(|name| home.path(name));
    let ran = python("replay.py", &arguments.each_ref().map(|path| path.to_str().unwrap())).ok();
    ran.text().lines().count()
}

#[test]
fn pywb_serves_every_page_as_the_site_sent_it() {
    let crawled = crawled_twice();
    let expected = crawled.home.path("expected.json");
    std::fs::write(&expected, expectations(&crawled).to_string()).unwrap();
    let folder = crawled.home.path("pywb");
    std::fs::create_dir(&folder).unwrap();
    let archive = crawled.home.path("archive");
    let arguments = [&folder, &archive, &expected].map(|path| path.to_str().unwrap());
    let ran = python("replay.py", &arguments).ok();

    let output = ran.text();
    let compared: BTreeSet<&str> = output.lines().collect();
    let everything = crawled.home.everything();
    // A bare 304 replays as just that; everything else that was received whole is compared.
    let held = everything
        .iter()
        .filter(|line| ["captured", "unchanged"].contains(&text(line, "outcome")) && line["status"] != 304);
    let mut count = 0;
    for line in held {
        let at: Timestamp = text(line, "captured_at").parse().unwrap();
        let day = if at.as_second() < crawled.second_day.try_into().unwrap() { "first" } else { "second" };
        let wanted = format!("{day} {}", text(line, "final_url"));
        assert!(compared.contains(wanted.as_str()), "{wanted} was not replayed\n{output}");
        count += 1;
    }
    assert!(count > 60, "{count} pages of two days");
    for page in pages().filter(|page| page.kind.is_article() && !page.forbidden) {
        let wanted = format!("first {}", page.url(crawled.site.port()));
        assert!(compared.contains(wanted.as_str()), "{wanted} was not captured\n{output}");
    }
}

/// What the demo site sends on each day, in the form that `replay.py` reads.
fn expectations(crawled: &Crawled) -> Value {
    let port = crawled.site.port();
    let mut table = HashMap::new();
    for (number, page) in pages().enumerate() {
        let mut days = serde_json::Map::new();
        for (day, name) in [(Day::First, "first"), (Day::Second, "second")] {
            let Some(body) = page.body(day, port) else { continue };
            let file = format!("sent/{number}-{name}");
            crawled.home.write(&file, body);
            days.insert(name.to_owned(), json!([page.status_on(day), crawled.home.path(&file)]));
        }
        table.insert(page.url(port), days);
    }
    let second_day = Timestamp::from_second(i64::try_from(crawled.second_day).unwrap()).unwrap();
    json!({"second_day": second_day.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(), "pages": table})
}

#[test]
fn a_second_crawl_keeps_what_is_unchanged_as_revisits() {
    let crawled = crawled_twice();
    let port = crawled.site.port();
    for page in pages().filter(|page| page.kind.is_article() && !page.forbidden) {
        let tries = crawled.home.tries(&page.url(port));
        let outcomes: Vec<String> = tries.iter().map(outcome).collect();
        let wanted = match page.change {
            Change::None => ["captured", "unchanged"],
            Change::Edited(_) => ["captured", "captured"],
            Change::Removed => ["captured", "http-error 404"],
        };
        // An article that only a redirect leads to is listed under the address that was asked for.
        if !outcomes.is_empty() {
            assert_eq!(outcomes, wanted, "{}", page.path);
        }
    }
}

#[test]
fn url_keys_are_those_of_the_internet_archive() {
    let table = repository().join("crates/snapshot/tests/surt.jsonl");
    let text = std::fs::read_to_string(&table).unwrap();
    let rows: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(rows.len() >= 300);
    let ran = python("surt_keys.py", &[table.to_str().unwrap()]).ok();
    let theirs = ran.json();
    assert_eq!(theirs.len(), rows.len());
    for (row, theirs) in rows.iter().zip(theirs) {
        assert_eq!(row["python"], theirs, "{}", row["url"]);
        // The crate's own test has this for every row; here it is seen that the table is the one in force.
        if let (Ok(url), None) = (url::Url::parse(row["url"].as_str().unwrap()), row.get("ours")) {
            assert_eq!(theirs, surt(&url), "{}", row["url"]);
        }
    }
}
