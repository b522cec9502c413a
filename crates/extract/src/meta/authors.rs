//! Who wrote it, as the page names them.
//!
//! A learned model weighs every [candidate](super::author_candidates); the best one names the authors, if it is good
//! enough.

use super::author_candidates::Candidates;
use crate::assemble::{Judged, Prepared};
use crate::model::Forest;
use std::sync::LazyLock;

/// Scores lists of names by the evidence for each.
static MODEL: LazyLock<Forest> =
    LazyLock::new(|| Forest::parse(include_str!("../../data/model-authors.txt")));

/// The least score, in thousandths of the logarithm of the odds, with which names are those of the authors.
const ENOUGH: i32 = -1500;

/// Names the authors.
pub(crate) fn find(prepared: &Prepared<'_>, judged: &Judged) -> Vec<String> {
    let candidates = Candidates::new(prepared, judged);
    let score = |values: Vec<(&'static str, i32)>| {
        MODEL.score(&values.into_iter().map(|(_, value)| value).collect::<Vec<i32>>())
    };
    let mut best: Option<(i32, &[String])> = None;
    for candidate in &candidates.all {
        let score = score(candidates.evidence(candidate));
        // Of equals the first: structured data comes before what is seen.
        if score >= ENOUGH && best.is_none_or(|(known, _)| score > known) {
            best = Some((score, &candidate.names));
        }
    }
    // What the page says in so many words needs no good score.
    let declared = || candidates.all.iter().find(|one| candidates.is_declared(one)).map(|one| &*one.names);
    best.map(|(_, names)| names).or_else(declared).map(<[String]>::to_vec).unwrap_or_default()
}

/// Names with the evidence for their being the authors.
pub(crate) type Weighed = (String, Vec<(&'static str, i32)>);

/// The evidence for each candidate, for the training program.
pub(crate) fn evidence(prepared: &Prepared<'_>, judged: &Judged) -> Vec<Weighed> {
    let candidates = Candidates::new(prepared, judged);
    candidates.all.iter().map(|one| (one.names.join("; "), candidates.evidence(one))).collect()
}
