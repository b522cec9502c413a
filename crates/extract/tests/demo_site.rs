//! The pages of the demo site come out clean: every expectation that stands beside a page in `vidimus-demo` holds.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

use vidimus_demo::{Day, Expect, Page, expectations};
use vidimus_extract::{Extraction, Input, Params, extract};

const PORT: u16 = 8080;

fn extracted(page: &Page) -> Extraction {
    let url = page.url(PORT).parse().unwrap();
    let bytes = page.body(Day::First, PORT).unwrap();
    extract(
        &Input { bytes: &bytes, content_type: Some(page.content_type), url: Some(&url) },
        &Params::default(),
    )
    .unwrap()
}

/// What of an expectation does not hold, in words.
fn failures(page: &Page, expect: &Expect) -> Vec<String> {
    let extraction = extracted(page);
    let statement = &extraction.statement;
    let text = statement.to_text().split_whitespace().collect::<Vec<_>>().join(" ").replace('\u{200b}', "");
    let mut wrong = Vec::new();
    let mut check = |what: &str, found: String, wanted: String| {
        if found != wanted {
            wrong.push(format!("{what}: found {found:?}, wanted {wanted:?}"));
        }
    };
    check("title", statement.title.clone().unwrap_or_default(), expect.title.to_owned());
    let published = statement.published.as_ref().map(|d| d.date.to_string());
    check("published", published.unwrap_or_default(), expect.published.unwrap_or_default().to_owned());
    let language =
        statement.language.as_deref().and_then(|l| l.split('-').next()).unwrap_or_default().to_owned();
    check("language", language, expect.language.to_owned());
    if let Some(author) = expect.author {
        check("author", statement.authors.join("; "), author.to_owned());
    }
    let names = statement.signatories.as_ref().map_or(0, |s| s.names.len());
    check("signatories", names.to_string(), expect.signatories.unwrap_or(0).to_string());
    if let Some(author) = statement.authors.iter().find(|a| a.contains("powered by")) {
        wrong.push(format!("{author:?} is no author"));
    }
    wrong.extend(expect.must.iter().filter(|m| !text.contains(**m)).map(|m| format!("missing: {m}")));
    wrong.extend(expect.must_not.iter().filter(|m| text.contains(**m)).map(|m| format!("left in: {m}")));
    wrong
}

#[test]
fn every_expectation_holds() {
    let mut all = Vec::new();
    for (page, expect) in expectations() {
        for wrong in failures(page, expect) {
            all.push(format!("{}: {wrong}", page.url(PORT)));
        }
    }
    assert!(all.is_empty(), "{} expectations fail:\n{}", all.len(), all.join("\n"));
}
