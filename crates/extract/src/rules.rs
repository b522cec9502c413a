//! Rules that drop a block whatever its score, each for one plain reason.

use crate::hints::Hints;
use crate::phrases::{Categories, Category};
use crate::statement::BlockKind;
use crate::tag::Tag;
use crate::walk::{Page, RawBlock, Region};

/// Which rule drops the block, if any.
pub(crate) fn drops(page: &Page, block: &RawBlock, phrases: Categories, hidden_matters: bool) -> Option<&'static str> {
    let region = page.regions.get(block.region)?;
    let hints = region.inherited.with(block.inline);
    if hidden_matters && region.inherited.any(Hints::HIDDEN) {
        return Some("hidden");
    }
    if phrases.has(Category::Skip) && block.chars < 80 {
        return Some("skip-link");
    }
    if is_consent(region, block, phrases) {
        return Some("consent");
    }
    if let Some(rule) = by_place(region, block) {
        return Some(rule);
    }
    by_phrase(block, phrases, hints)
}

/// Cookie and privacy panels: named so and outside any article, or saying so in a dialogue.
fn is_consent(region: &Region, block: &RawBlock, phrases: Categories) -> bool {
    let named = region.inherited.any(Hints::CONSENT);
    let says = phrases.has(Category::Consent);
    let apart = region.inherited.any(Hints::MODAL.with(Hints::BANNER).with(Hints::FOOTER)) || region.inside(Tag::Dialog);
    let in_text = region.inside(Tag::Article) || region.inside(Tag::Main);
    (named && (apart || !in_text)) || (says && apart) || (says && named) || (says && !in_text && block.chars < 400)
}

/// Places that never hold the statement.
fn by_place(region: &Region, block: &RawBlock) -> Option<&'static str> {
    if region.inside(Tag::Nav) {
        return Some("nav");
    }
    let own = region.inherited;
    let heading = matches!(block.kind, BlockKind::Heading { .. });
    [
        (Hints::BREADCRUMB, "breadcrumb"),
        (Hints::PAGINATION, "pagination"),
        (Hints::SKIP, "skip-link"),
    ]
    .into_iter()
    .find(|(hint, _)| own.any(*hint) && !heading)
    .map(|(_, rule)| rule)
}

/// Blocks that are nothing but a standing phrase.
fn by_phrase(block: &RawBlock, phrases: Categories, hints: Hints) -> Option<&'static str> {
    let short = block.chars < 60;
    let heading = matches!(block.kind, BlockKind::Heading { level: 1 });
    if heading || !short {
        return None;
    }
    [
        (Category::Ad, "ad"),
        (Category::Share, "share"),
        (Category::Login, "login"),
        (Category::Newsletter, "newsletter"),
    ]
    .into_iter()
    .find(|(category, _)| phrases.has(*category) && !hints.any(Hints::CODE))
    .map(|(_, rule)| rule)
}
