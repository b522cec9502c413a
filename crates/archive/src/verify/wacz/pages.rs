//! The pages of a package: each line of `pages/pages.jsonl` behind the first is a page with its address and time.

use jiff::Timestamp;
use serde_json::Value;
use url::Url;

use super::{Entry, Opened, Told};

const PAGES: &str = "pages/pages.jsonl";

/// Checks the lists of pages; the first of them has to be there.
pub(super) fn check(package: &mut Opened, entries: &[Entry]) {
    if !entries.iter().any(|entry| entry.name == PAGES) {
        package.told.tell(1, PAGES, 0, "the list of pages is missing");
    }
    let is_list = |entry: &&Entry| entry.name.starts_with("pages/") && entry.name.ends_with(".jsonl");
    for entry in entries.iter().filter(is_list) {
        package.lines(entry, |told, number, line| check_line(told, &entry.name, number, line));
    }
}

fn check_line(told: &mut Told, entry: &str, number: u64, line: &str) {
    let Ok(value) = serde_json::from_str::<Value>(line) else {
        return told.tell(1, entry, 0, format!("line {number} is not JSON"));
    };
    let text = |key: &str| value.get(key).and_then(Value::as_str);
    if number == 1 && text("format").is_some() {
        return;
    }
    match text("url") {
        None => told.tell(1, entry, 0, format!("the page in line {number} has no url")),
        Some(url) if Url::parse(url).is_err() => {
            let url: String = url.chars().take(120).collect();
            told.tell(1, entry, 0, format!("the url in line {number} is none: '{url}'"));
        }
        Some(_) => {}
    }
    match text("ts") {
        None => told.tell(1, entry, 0, format!("the page in line {number} has no ts")),
        Some(ts) if ts.parse::<Timestamp>().is_err() => {
            let ts: String = ts.chars().take(40).collect();
            told.tell(1, entry, 0, format!("the ts in line {number} is no time: '{ts}'"));
        }
        Some(_) => {}
    }
}
