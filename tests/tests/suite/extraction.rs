//! The statements of the demo pages, as the whole line extracts, stores and shows them.

use serde_json::Value;
use vidimus_demo::{Expect, Page, expectations};

use crate::common::{Crawled, crawled_once, text};

#[test]
fn the_demo_pages_come_out_clean() {
    let crawled = crawled_once();
    let everything = crawled.home.everything();
    let mut faults = Vec::new();
    for (page, expect) in expectations().filter(|(page, _)| !page.forbidden) {
        let url = page.url(crawled.site.port());
        let line = everything.iter().find(|line| line["final_url"] == url && line["role"] == "page");
        let line = line.unwrap_or_else(|| panic!("{url} was not captured"));
        let mut found = facts(line, expect);
        found.extend(passages(&crawled, line, expect));
        found.extend(signatories(&crawled, line, expect));
        faults.extend(found.into_iter().map(|fault| format!("{}: {fault}", name(page))));
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

fn name(page: &Page) -> String {
    format!("{}{}", page.host, page.path)
}

/// What `list` says of the page.
fn facts(line: &Value, expect: &Expect) -> Vec<String> {
    let mut faults = Vec::new();
    let mut check = |what: &str, found: &Value, wanted: Option<&str>| {
        if found.as_str() != wanted {
            faults.push(format!("{what} is {found}, not {wanted:?}"));
        }
    };
    check("title", &line["title"], Some(expect.title));
    check("published", &line["published"], expect.published);
    check("language", &line["language"].as_str().map(|l| l[..2].to_owned()).into(), Some(expect.language));
    if expect.published.is_some() && text(line, "published_origin").is_empty() {
        faults.push("the date has no origin".to_owned());
    }
    let authors = line["authors"].as_array().map_or(&[][..], Vec::as_slice);
    match expect.author {
        Some(author) if !authors.iter().any(|a| a == author) => {
            faults.push(format!("authors are {authors:?}, not {author}"))
        }
        _ => {}
    }
    if let Some(made_up) = authors.iter().find(|a| expect.must_not.iter().any(|refused| *a == refused)) {
        faults.push(format!("an author that is none: {made_up}"));
    }
    faults
}

/// What `show --text` says of the page.
fn passages(crawled: &Crawled, line: &Value, expect: &Expect) -> Vec<String> {
    let shown = crawled.home.vidimus(&["show", text(line, "id"), "--text"]).ok().text();
    // Where a line is broken is for the reader's eye; where a Khmer author marked the end of a word is the author's.
    let shown = shown.replace('\u{200b}', "");
    let shown = shown.split_whitespace().collect::<Vec<_>>().join(" ");
    let missing = expect.must.iter().filter(|passage| !shown.contains(**passage));
    let leaked = expect.must_not.iter().filter(|passage| shown.contains(**passage));
    let missing = missing.map(|passage| format!("missing from the text: {passage}"));
    missing.chain(leaked.map(|passage| format!("does not belong in the text: {passage}"))).collect()
}

/// What `show` says of the signatories.
fn signatories(crawled: &Crawled, line: &Value, expect: &Expect) -> Option<String> {
    let shown = crawled.home.vidimus(&["show", text(line, "id")]).ok().text();
    let told = shown.lines().find(|line| line.starts_with("signatories"));
    let count = told.and_then(|told| told.split_whitespace().nth(1)?.parse::<usize>().ok());
    (count != expect.signatories).then(|| format!("signatories: {told:?}, not {:?}", expect.signatories))
}

#[test]
fn every_block_has_a_reason() {
    let crawled = crawled_once();
    let (page, _) = expectations().find(|(page, _)| !page.forbidden).unwrap();
    let url = page.url(crawled.site.port());
    let verdicts = crawled.home.vidimus(&["show", &url, "--explain", "--json"]).ok().json();
    assert!(verdicts.len() > 5, "{verdicts:?}");
    for verdict in &verdicts {
        let told = verdict.as_object().unwrap();
        assert!(told.values().any(Value::is_boolean) || told.values().any(Value::is_string), "{verdict}");
    }
}

#[test]
fn the_unchanged_capture_of_another_day_has_the_same_text() {
    let crawled = crawled_once();
    let _ = crawled.home.vidimus(&["crawl"]).ok();
    let (page, _) = expectations().find(|(page, _)| !page.forbidden).unwrap();
    let tries = crawled.home.tries(&page.url(crawled.site.port()));
    assert_eq!(tries.len(), 2);
    let texts =
        [0, 1].map(|n: usize| crawled.home.vidimus(&["show", text(&tries[n], "id"), "--text"]).ok().text());
    assert_eq!(texts[0], texts[1]);
    assert_eq!(tries[1]["outcome"], "unchanged");
    for field in ["title", "authors", "published", "language", "text_sha256"] {
        assert_eq!(tries[0][field], tries[1][field], "{field}");
    }
}
