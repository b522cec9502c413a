//! Which blocks make up the statement.
//!
//! The [`rules`](crate::rules) take out what never belongs. Every other block gets a score from two learned models:
//! the first weighs the block and its place ([`features`](crate::features)), the second also what the first made of its
//! neighbours ([`surroundings`](crate::surroundings)). A mean of 0 or more keeps the block.

use crate::features::Context;
use crate::hints::Hints;
use crate::model;
use crate::page::{Page, RawBlock, Region};
use crate::panels;
use crate::phrases::{self, Categories};
use crate::rules;
use crate::surroundings::Surroundings;
use crate::tag::Tag;

/// The judgement on one block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Judgement {
    pub(crate) kept: bool,
    pub(crate) rule: &'static str,
    pub(crate) score: i32,
}

/// What a block of a page of short pieces gains, and one of a page of prose loses: on listings and catalogues the short
/// pieces, which the models doubt, are the content; around prose they are what surrounds it. In the unit of the scores.
const LENIENCY: i32 = 400;

/// Characters and percentage of the promising text from which it is prose.
const PROSE_CHARS: usize = 200;
const PROSE_SHARE: usize = 60;

/// A first score below which no second one brings the mean back to 0, so that none is computed.
const HOPELESS: i32 = -3500;

/// Judges every block of the page.
pub(crate) fn judge(
    page: &Page,
    phrases: &[Categories],
    context: &Context<'_>,
    is_article: bool,
) -> Vec<Judgement> {
    let (mut first, mut features) = (Vec::new(), Vec::new());
    for index in 0..page.blocks.len() {
        let own = context.of(index);
        let score = model::FIRST.score(&own);
        first.push(score);
        // A page of many blocks has few with a chance; only their features are needed again.
        features.push(if score < HOPELESS { Vec::new() } else { own });
    }
    let leniency = if is_article || is_prose(page, &first) { -LENIENCY } else { LENIENCY };
    let surroundings = Surroundings::new(page, &first);
    let panels = panels::find(page, phrases, context.title_at());
    let blocks = page.blocks.iter().zip(phrases).zip(panels).zip(features).zip(&first).enumerate();
    blocks
        .map(|(index, ((((block, found), panel), mut features), own))| {
            if let Some(rule) = panel.or_else(|| rules::drops(page, context, block, *found)) {
                return Judgement { kept: false, rule, score: *own };
            }
            if *own < HOPELESS {
                return Judgement { kept: false, rule: "score", score: *own };
            }
            surroundings.add(index, &mut features);
            let score = own.midpoint(model::SECOND.score(&features)).saturating_add(leniency);
            Judgement { kept: score >= 0, rule: "score", score }
        })
        .collect()
}

/// Whether most of the text that the first model likes stands in long blocks.
fn is_prose(page: &Page, first: &[i32]) -> bool {
    let liked =
        || page.blocks.iter().zip(first).filter(|(_, score)| **score > 0).map(|(block, _)| block.chars);
    let long: usize = liked().filter(|chars| *chars >= PROSE_CHARS).sum();
    long * 100 >= liked().sum::<usize>().max(1) * PROSE_SHARE
}

/// How much a block looks like prose.
fn prose_of(page: &Page, block: &RawBlock) -> u64 {
    if block.chars < 25 || block.link_chars * 3 > block.chars {
        return 0;
    }
    let Some(region) = page.regions.get(block.region) else { return 0 };
    if region.inside(Tag::Nav)
        || region.inside(Tag::Footer)
        || region.inside(Tag::Aside)
        || region.inside(Tag::Form)
    {
        return 0;
    }
    let marks =
        block.text.chars().filter(|c| matches!(c, ',' | '.' | '،' | '。' | '、' | '，' | '។' | '।')).count();
    let bad = region.inherited.any(
        Hints::COMMENT.with(Hints::SIDEBAR).with(Hints::RELATED).with(Hints::FOOTER).with(Hints::POPULAR),
    );
    let weight = block.chars.min(800) + 40 * marks.min(10);
    (if bad { weight / 4 } else { weight }) as u64
}

/// The smallest region that holds most of the prose.
pub(crate) fn container(page: &Page) -> usize {
    let prose = page.blocks.iter().map(|block| prose_of(page, block));
    let mut totals = vec![0_u64; page.regions.len()];
    let sums: Vec<u64> = std::iter::once(0)
        .chain(prose.scan(0_u64, |sum, weight| {
            *sum = sum.saturating_add(weight);
            Some(*sum)
        }))
        .collect();
    for (total, region) in totals.iter_mut().zip(&page.regions) {
        let at = |index: usize| sums.get(index).copied().unwrap_or(0);
        *total = at(region.end).saturating_sub(at(region.first));
    }
    // Regions are in document order, so a child that holds most of its parent's prose is met after the parent.
    let mut best = 0;
    for (index, region) in page.regions.iter().enumerate().skip(1) {
        let of = |index: usize| totals.get(index).copied().unwrap_or(0);
        if region.parent == best && of(best) > 0 && of(index) * 100 >= of(best) * 75 && is_container(region) {
            best = index;
        }
    }
    best
}

fn is_container(region: &Region) -> bool {
    !matches!(
        region.tag,
        Tag::P
            | Tag::Heading
            | Tag::Li
            | Tag::Row
            | Tag::Cell
            | Tag::Caption
            | Tag::Quote
            | Tag::Pre
            | Tag::List
    )
}

/// The phrases of every block.
pub(crate) fn phrases_of(page: &Page) -> Vec<Categories> {
    page.blocks.iter().map(|block| phrases::of(&block.text)).collect()
}
