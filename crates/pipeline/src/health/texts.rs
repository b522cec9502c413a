//! Texts that are suddenly short: a site's new layout that the extractor does not understand, or a wall that it takes for
//! a page.

use vidimus_catalog::SourceRun;

use super::{Draft, FindingCode};

/// Fewer texts than this in one run say nothing.
const LEAST_NOW: u64 = 3;
/// Nor do fewer than this in the runs before.
const LEAST_BEFORE: u64 = 10;
/// A source whose texts were short anyway, in characters, has no further to fall.
const SHORT_ANYWAY: u64 = 400;
/// How far under its usual length a text must be: a quarter.
const FALL: u64 = 4;

/// The middle length of this run's texts is less than a quarter of the usual one, and less than in any run before it that
/// had enough texts to tell. Runs that were found short do not count for what is usual, so that the finding stands until
/// they are all that is left of the history.
pub(super) fn short(facts: &SourceRun, history: &[SourceRun]) -> Option<Draft> {
    let now = facts.text_median.filter(|_| facts.texts >= LEAST_NOW)?;
    let code = FindingCode::TextShort;
    let usual_runs = history.iter().filter(|run| run.findings.iter().all(|f| f.code != code.as_str()));
    let mut runs: Vec<(u64, u64)> =
        usual_runs.filter_map(|run| Some((run.text_median?, run.texts))).collect();
    runs.sort_unstable();
    let total: u64 = runs.iter().map(|(_, texts)| texts).sum();
    let usual = weighted_median(&runs, total)?;
    let shortest = runs.iter().filter(|(_, texts)| *texts >= LEAST_NOW).map(|(median, _)| *median).min();
    let fell = now < usual / FALL && shortest.is_none_or(|shortest| now < shortest);
    (total >= LEAST_BEFORE && usual >= SHORT_ANYWAY && fell).then(|| {
        let message = format!(
            "the texts of its {} pages that are new or have changed have {now} characters in the middle, where {usual} were usual: look at one with `vidimus show ID --explain`; the site has probably changed its layout, or shows a wall",
            facts.texts
        );
        Draft::new(code, message)
    })
}

/// The median of runs, each counted as often as it had texts; they are sorted.
fn weighted_median(runs: &[(u64, u64)], total: u64) -> Option<u64> {
    let mut seen = 0;
    let half = total / 2;
    runs.iter()
        .find(|(_, texts)| {
            seen += texts;
            seen > half
        })
        .map(|(median, _)| *median)
}
