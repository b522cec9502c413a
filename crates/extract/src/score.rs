//! Which blocks make up the statement.
//!
//! The [`rules`](crate::rules) take out what never belongs. Every other block gets a score from a learned model that
//! weighs the block, its place and its neighbours ([`features`](crate::features)); 0 or more keeps the block.

use crate::features::Context;
use crate::hints::Hints;
use crate::model::Forest;
use crate::page::{Page, RawBlock, Region};
use crate::panels;
use crate::phrases::{self, Categories};
use crate::rules;
use crate::statement::BlockKind;
use crate::tag::Tag;

/// The judgement on one block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Judgement {
    pub(crate) kept: bool,
    pub(crate) rule: &'static str,
    pub(crate) score: i32,
}

/// What a block loses on a page of prose, and gains on a page of short pieces: around prose, short pieces are what
/// surrounds it; on listings and catalogues they, which the model doubts, are the content. In the unit of the scores.
const STRICTNESS: i32 = 400;
const LENIENCY: i32 = 650;

/// A score below which a heading is dropped whatever is below it.
const DOUBT: i32 = -1000;

/// Percentage of the promising text in links from which a page is about what it links to.
const LINKS_SHARE: usize = 30;

/// Characters and percentage of the promising text from which it is prose.
const PROSE_CHARS: usize = 200;
const PROSE_SHARE: usize = 60;

/// Judges every block of the page.
pub(crate) fn judge(
    page: &Page,
    phrases: &[Categories],
    context: &Context<'_>,
    is_article: bool,
    model: &Forest,
) -> Vec<Judgement> {
    let panels = panels::find(page, phrases, context.title_at());
    let mut dropped: Vec<Option<&'static str>> = page
        .blocks
        .iter()
        .zip(phrases)
        .zip(panels)
        .map(|((block, found), panel)| panel.or_else(|| rules::drops(page, context, block, *found)))
        .collect();
    let mut features = Vec::new();
    let score = |(index, rule): (usize, &Option<&'static str>)| {
        // What a rule drops needs no score.
        rule.is_none().then(|| {
            context.of(index, &mut features);
            model.rough_score(&features)
        })
    };
    let scores: Vec<Option<i32>> = dropped.iter().enumerate().map(score).collect();
    let is_liked = |(_, score): &(&RawBlock, &Option<i32>)| score.is_some_and(|score| score > 0);
    let liked: Vec<&RawBlock> =
        page.blocks.iter().zip(&scores).filter(is_liked).map(|(block, _)| block).collect();
    let prose = is_article || is_prose(&liked);
    if prose || !is_links(&liked) {
        rules::drop_links_below_labels(page, &mut dropped);
    }
    let shift = if prose { -STRICTNESS } else { LENIENCY };
    let judgement = |(rule, score): (Option<&'static str>, Option<i32>)| {
        let score = score.map_or(0, |score| score.saturating_add(shift));
        Judgement { kept: rule.is_none() && score >= 0, rule: rule.unwrap_or("score"), score }
    };
    let mut judgements: Vec<Judgement> = dropped.into_iter().zip(scores).map(judgement).collect();
    keep_headings_of_text(page, &mut judgements);
    judgements
}

/// A heading goes with what is below it: it stays where that is text, if its score leaves any doubt.
fn keep_headings_of_text(page: &Page, judgements: &mut [Judgement]) {
    let kept: Vec<bool> = judgements.iter().map(|judgement| judgement.kept).collect();
    for (index, (block, own)) in page.blocks.iter().zip(judgements.iter_mut()).enumerate() {
        let heading = matches!(block.kind, BlockKind::Heading { .. });
        let below = kept.get(index + 1).copied().unwrap_or(false);
        let above = index.checked_sub(1).and_then(|above| kept.get(above)).copied().unwrap_or(false);
        if heading && above && below && !own.kept && own.rule == "score" && own.score > DOUBT {
            *own = Judgement { kept: true, rule: "heading", score: own.score };
        }
    }
}

/// Whether most of the text that the model likes stands in long blocks.
fn is_prose(liked: &[&RawBlock]) -> bool {
    let chars = |least: usize| -> usize {
        liked.iter().map(|block| block.chars).filter(|chars| *chars >= least).sum()
    };
    chars(PROSE_CHARS) * 100 >= chars(0).max(1) * PROSE_SHARE
}

/// Whether much of the text that the model likes is links.
fn is_links(liked: &[&RawBlock]) -> bool {
    let links: usize = liked.iter().map(|block| block.link_chars).sum();
    links * 100 >= liked.iter().map(|block| block.chars).sum::<usize>() * LINKS_SHARE
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::walk::walk;
    use scraper::Html;

    #[test]
    fn a_heading_between_kept_blocks_stays() {
        let html = "<p>One.<h2>Two</h2><p>Three.<h2>Four</h2><p>Five.";
        let page = walk(&Html::parse_document(html), 100);
        let judged = |kept, score| Judgement { kept, rule: "score", score };
        let mut judgements =
            [judged(true, 9), judged(false, -900), judged(true, 9), judged(false, -900), judged(false, -9)];
        keep_headings_of_text(&page, &mut judgements);
        let kept: Vec<bool> = judgements.iter().map(|judgement| judgement.kept).collect();
        assert_eq!(kept, [true, true, true, false, false]);
    }
}
