//! What sort of page it is: a statement, or something that must not be taken for one.
//!
//! Walls, errors and empty shells are recognised by [rules](walls), because each has one plain mark and there are few to
//! learn from; listings, threads, products, documentation and pages of an organisation about itself by a learned model
//! over [features] of the whole page. Both err on the side of the statement: a page is called something else only when
//! that is well supported, since a statement that is left out of a search is the worse mistake.

mod facts;
mod features;
mod walls;
mod words;

use crate::meta::jsonld::JsonLd;
use crate::model::Forest;
use crate::page::Page;
use crate::phrases::Categories;
use crate::statement::PageKind;
use scraper::Html;
use std::sync::LazyLock;
use url::Url;

/// Everything that speaks for one kind or another.
pub(crate) struct Evidence<'a> {
    pub(crate) html: &'a Html,
    pub(crate) page: &'a Page,
    pub(crate) phrases: &'a [Categories],
    pub(crate) data: &'a JsonLd,
    pub(crate) url: Option<&'a Url>,
    pub(crate) title: Option<&'a str>,
    /// The block of the headline.
    pub(crate) title_at: Option<usize>,
    /// For each block whether it is in the text.
    pub(crate) kept: &'a [bool],
    /// Whether the page says when it was published.
    pub(crate) published: bool,
    pub(crate) authors: usize,
    pub(crate) signatories: usize,
}

/// A kind, how certain it is, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Decision {
    pub(crate) kind: PageKind,
    pub(crate) confidence: u8,
    pub(crate) partial: bool,
    pub(crate) reasons: Vec<String>,
}

impl Decision {
    fn new(kind: PageKind, confidence: u8, reason: &str) -> Self {
        Self { kind, confidence, partial: false, reasons: vec![reason.to_owned()] }
    }
}

/// The kinds that the model tells apart, in the order of its data file.
pub(crate) const LEARNED: [PageKind; 6] = [
    PageKind::Article,
    PageKind::Listing,
    PageKind::Forum,
    PageKind::Product,
    PageKind::Documentation,
    PageKind::Service,
];

/// One forest for each of [`LEARNED`].
static FORESTS: LazyLock<Vec<Forest>> = LazyLock::new(|| {
    include_str!("../../data/model-kind.txt").split("# class ").skip(1).map(Forest::parse).collect()
});

/// How far a kind must be ahead of the article to be believed, in thousandths of the logarithm of the odds.
const LEAD: i32 = 1_100;

/// The same for a page of few blocks, of which the model has seen few: a short statement on a plain page.
const PLAIN_LEAD: i32 = 3_000;
const PLAIN_BLOCKS: usize = 25;

/// Names of a list from which a page is a statement with signatories, however many links it has.
const MANY_SIGNATORIES: usize = 8;

/// Decides what sort of page it is.
pub(crate) fn decide(evidence: &Evidence<'_>) -> Decision {
    let facts = facts::read(evidence.html);
    if let Some(wall) = walls::find(evidence, &facts) {
        return wall;
    }
    let mut decision = learned(evidence, &facts);
    if let Some(reason) = walls::cut_by_paywall(evidence) {
        decision.partial = true;
        if decision.kind != PageKind::Article {
            decision.kind = PageKind::Article;
            decision.confidence = 60;
        }
        decision.reasons.push(reason.to_owned());
    }
    decision
}

/// The features that the model sees, with their names; for its training program.
pub(crate) fn training_row(evidence: &Evidence<'_>) -> (Vec<i32>, Vec<&'static str>) {
    features::of(evidence, &facts::read(evidence.html))
}

fn learned(evidence: &Evidence<'_>, facts: &facts::Facts) -> Decision {
    let (row, _) = features::of(evidence, facts);
    let scores: Vec<i32> = FORESTS.iter().map(|forest| forest.score(&row)).collect();
    let article = scores.first().copied().unwrap_or(0);
    let best = LEARNED.iter().zip(&scores).skip(1).max_by_key(|(_, score)| **score);
    let (kind, score) = best.map_or((PageKind::Article, article), |(kind, score)| (*kind, *score));
    let lead = score.saturating_sub(article);
    let plain = evidence.page.blocks.len() < PLAIN_BLOCKS;
    if lead < if plain { PLAIN_LEAD } else { LEAD } {
        let confidence = percent(lead.saturating_neg()).max(50);
        let reason = match lead {
            ..=0 => format!("the model of page kinds puts an article {} ahead of the next kind", -lead),
            _ => "nothing speaks clearly enough for another kind".to_owned(),
        };
        return Decision { kind: PageKind::Article, confidence, partial: false, reasons: vec![reason] };
    }
    if evidence.signatories >= MANY_SIGNATORIES {
        let reason = "its many links and short lines are a list of signatories";
        return Decision::new(PageKind::Article, 70, reason);
    }
    let reason = format!("the model of page kinds puts this {lead} ahead of an article");
    Decision { kind, confidence: percent(lead), partial: false, reasons: vec![reason] }
}

/// The probability that belongs to a logarithm of the odds, in percent, from a table: no floats.
fn percent(lead: i32) -> u8 {
    const STEPS: [(i32, u8); 9] = [
        (4_600, 99),
        (2_940, 95),
        (2_200, 90),
        (1_735, 85),
        (1_390, 80),
        (1_100, 75),
        (850, 70),
        (405, 60),
        (0, 50),
    ];
    STEPS.iter().find(|(least, _)| lead >= *least).map_or(40, |(_, percent)| *percent)
}
