//! Pages that stand in the place of a statement, and statements that look like them: each file in a folder of
//! `tests/kinds` is to be taken for what its folder says.

#![allow(clippy::unwrap_used, reason = "a test stops at the first thing that is not as it should be")]

use std::fs;
use std::path::Path;

use vidimus_extract::{Extraction, Input, PageKind, Params, extract};

fn read(path: &Path) -> Extraction {
    let bytes = fs::read(path).unwrap();
    let input = Input { bytes: &bytes, content_type: Some("text/html; charset=utf-8"), url: None };
    extract(&input, &Params::default()).unwrap()
}

/// Everything in a folder that is taken for something else.
fn mistaken(folder: &str, is_right: impl Fn(&Extraction) -> bool) -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/kinds").join(folder);
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    assert!(paths.len() >= 8);
    let wrong = paths.iter().map(|path| (path, read(path))).filter(|(_, extraction)| !is_right(extraction));
    wrong
        .map(|(path, extraction)| {
            let statement = &extraction.statement;
            format!(
                "{}: {:?} {} partial={} {:?}",
                path.file_stem().unwrap().display(),
                statement.page_kind,
                statement.page_kind_confidence,
                statement.partial,
                extraction.kind_reasons
            )
        })
        .collect()
}

fn is(kind: PageKind) -> impl Fn(&Extraction) -> bool {
    move |extraction| {
        extraction.statement.page_kind == kind
            && extraction.statement.page_kind_confidence >= 60
            && !extraction.kind_reasons.is_empty()
    }
}

#[test]
fn consent_walls() {
    assert_eq!(mistaken("consent-wall", is(PageKind::ConsentWall)), [""; 0]);
}

#[test]
fn logins() {
    assert_eq!(mistaken("login", is(PageKind::Login)), [""; 0]);
}

#[test]
fn errors_under_a_good_status() {
    assert_eq!(mistaken("soft-error", is(PageKind::SoftError)), [""; 0]);
}

#[test]
fn empty_shells() {
    assert_eq!(mistaken("empty", is(PageKind::Empty)), [""; 0]);
}

#[test]
fn stubs_before_a_paywall() {
    let is_stub = |extraction: &Extraction| {
        extraction.statement.page_kind == PageKind::Article && extraction.statement.partial
    };
    assert_eq!(mistaken("partial", is_stub), [""; 0]);
}

#[test]
fn statements_that_look_like_something_else() {
    let is_statement = |extraction: &Extraction| {
        extraction.statement.page_kind == PageKind::Article && !extraction.statement.partial
    };
    assert_eq!(mistaken("article", is_statement), [""; 0]);
}
