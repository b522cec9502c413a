//! The headline of a page, without the site's name around it.
//!
//! A learned model weighs every [candidate](super::title_candidates); the best one is the title.

use super::jsonld::JsonLd;
use super::title_candidates::Candidates;
use crate::model::Forest;
use crate::page::Page;
use std::sync::LazyLock;
use url::Url;

/// Scores titles by the evidence for each.
static MODEL: LazyLock<Forest> = LazyLock::new(|| Forest::parse(include_str!("../../data/model-titles.txt")));

/// Chooses the title.
pub(crate) fn find(page: &Page, data: &JsonLd, url: Option<&Url>) -> Option<String> {
    let candidates = Candidates::new(page, data, url);
    let score = |values: Vec<(&'static str, i32)>| {
        MODEL.score(&values.into_iter().map(|(_, value)| value).collect::<Vec<i32>>())
    };
    let mut best: Option<(i32, &str)> = None;
    for candidate in &candidates.all {
        let score = score(candidates.evidence(candidate));
        // Of equals the first: headings come before metadata.
        if best.is_none_or(|(known, _)| score > known) {
            best = Some((score, &candidate.text));
        }
    }
    best.map(|(_, text)| text.to_owned())
}

/// A text with the evidence for its being the title.
pub(crate) type Weighed = (String, Vec<(&'static str, i32)>);

/// The evidence for each candidate, for the training program.
pub(crate) fn evidence(page: &Page, data: &JsonLd, url: Option<&Url>) -> Vec<Weighed> {
    let candidates = Candidates::new(page, data, url);
    candidates.all.iter().map(|one| (one.text.clone(), candidates.evidence(one))).collect()
}

/// Letters and digits only, in lower case.
pub(crate) fn letters(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_ascii() {
            if c.is_ascii_alphanumeric() {
                out.push(c.to_ascii_lowercase());
            }
        } else if c.is_alphanumeric() {
            out.extend(c.to_lowercase());
        }
    }
    out
}
