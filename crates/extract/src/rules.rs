//! Rules that drop a block whatever its score, each for one plain reason.

use crate::features::Context;
use crate::hints::Hints;
use crate::page::{Page, RawBlock, Region};
use crate::phrases::{self, Categories, Category};
use crate::statement::BlockKind;
use crate::tag::Tag;

/// Longest block that a link or label of navigation can be.
const LONGEST_LABEL: usize = 80;

/// Longest link to another page of the same list.
const LONGEST_STEP: usize = 30;

/// Which rule drops the block, if any.
pub(crate) fn drops(
    page: &Page,
    context: &Context<'_>,
    block: &RawBlock,
    phrases: Categories,
) -> Option<&'static str> {
    let region = page.regions.get(block.region)?;
    let hints = region.inherited.with(block.inline);
    let label = block.chars < LONGEST_LABEL;
    if label
        && (phrases.has(Category::Skip)
            || (is_skip_link(page, region, block) && block.link_chars * 2 > block.chars))
    {
        return Some("skip-link");
    }
    if is_consent(context, region, block, phrases) {
        return Some("consent");
    }
    if region.inside(Tag::Nav) {
        return Some("nav");
    }
    if block.link_chars * 10 > block.chars * 8 && context.named_part(block.region, Hints::RELATED) {
        return Some("related");
    }
    if label && !matches!(block.kind, BlockKind::Heading { .. }) {
        if hints.any(Hints::BREADCRUMB) {
            return Some("breadcrumb");
        }
        if hints.any(Hints::PAGINATION) && block.link_chars > 0 && block.chars < LONGEST_STEP {
            return Some("pagination");
        }
    }
    if is_counter(block) {
        return Some("counter");
    }
    by_phrase(block, phrases, hints)
}

/// Drops the links that stand below the label of other stories, on a page of prose: on a listing they are the content.
pub(crate) fn drop_links_below_labels(page: &Page, dropped: &mut [Option<&'static str>]) {
    let mut below = false;
    for (block, rule) in page.blocks.iter().zip(dropped) {
        let is_link = block.link_chars * 10 > block.chars * 8;
        below = *rule == Some("related-label") || (below && is_link);
        if below && rule.is_none() {
            *rule = Some("related");
        }
    }
}

/// Longest line that only counts.
const LONGEST_COUNTER: usize = 30;

/// How often a page was commented on or shared, as `27 comments`.
fn is_counter(block: &RawBlock) -> bool {
    let what = block.text.trim_start_matches(|c: char| c.is_numeric() || matches!(c, '.' | ',' | '+' | ' '));
    let counts = block.chars < LONGEST_COUNTER && what.len() < block.text.len() && !what.is_empty();
    counts && {
        let found = phrases::of(what);
        found.has(Category::Comments) || found.has(Category::Share)
    }
}

/// Whether the link itself or the element right around it is named so; a whole page may stand in a "skip target".
fn is_skip_link(page: &Page, region: &Region, block: &RawBlock) -> bool {
    let above = page.regions.get(region.parent).map_or(Hints::NONE, |above| above.hints);
    block.inline.with(region.hints).with(above).any(Hints::SKIP)
}

/// Cookie and privacy panels: a part of the page that is named so, or a dialogue that says so.
fn is_consent(context: &Context<'_>, region: &Region, block: &RawBlock, phrases: Categories) -> bool {
    let named = context.named_part(block.region, Hints::CONSENT);
    let says = phrases.has(Category::Consent);
    let apart = region.inherited.any(Hints::MODAL.with(Hints::BANNER).with(Hints::FOOTER))
        || region.inside(Tag::Dialog);
    let in_text = region.inside(Tag::Article) || region.inside(Tag::Main);
    (named && (apart || says || !in_text)) || (says && apart && block.chars < 600)
}

/// Blocks that are nothing but a standing phrase, or begin as only boilerplate does.
fn by_phrase(block: &RawBlock, phrases: Categories, hints: Hints) -> Option<&'static str> {
    let level = match block.kind {
        BlockKind::Heading { level } => level,
        _ => 7,
    };
    if level == 1 || hints.any(Hints::CODE) {
        return None;
    }
    // Category, longest block and highest level of heading that it decides about, name of the rule.
    [
        (Category::Ad, 60, 2, "ad"),
        (Category::Share, 60, 2, "share"),
        (Category::Login, 60, 2, "login"),
        (Category::Newsletter, 160, 2, "newsletter"),
        (Category::Related, 40, 2, "related-label"),
        (Category::Copyright, 120, 7, "legal"),
    ]
    .into_iter()
    .find(|(category, longest, highest, _)| {
        phrases.has(*category) && block.chars < *longest && level >= *highest
    })
    .map(|(_, _, _, rule)| rule)
}
