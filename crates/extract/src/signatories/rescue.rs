//! Names that the scorer took for boilerplate, because a column of short lines looks like a menu.
//!
//! Where a line that belongs to the text announces names, what follows it is judged as a list, not block by block.

use super::announced_lists;
use super::members::Role;
use crate::page::{Page, RawBlock};
use crate::phrases::{Categories, Category};
use crate::score::Judgement;
use crate::statement::{Block, Section};
use crate::tag::Tag;

/// Blocks before a label among which there must be text that was kept.
const REACH: usize = 60;

/// Fewest names that make a list.
const FEWEST: usize = 2;

/// Keeps the names that an announced list holds, and the line that announces it.
pub(crate) fn rescue(page: &Page, phrases: &[Categories], judgements: &mut [Judgement]) {
    let announced = |index: usize| phrases.get(index).is_some_and(|found| found.has(Category::Signatories));
    let open = |index: usize| judgements.get(index).is_some_and(|own| own.kept || own.rule == "score");
    let in_text = |index: usize| {
        let before = judgements.get(index.saturating_sub(REACH)..=index).unwrap_or_default();
        before.iter().any(|own| own.kept)
    };
    let Some(first) = (0..page.blocks.len())
        .find(|index| announced(*index) && open(*index) && in_text(*index) && in_body(page, *index))
    else {
        return;
    };
    let end = container_end(page, judgements, first);
    // What stands behind the label of other stories is none of the list.
    let other = |own: &Judgement| matches!(own.rule, "related" | "related-label" | "legal");
    let end =
        judgements.get(first..end).unwrap_or_default().iter().position(other).map_or(end, |at| first + at);
    let (places, blocks): (Vec<usize>, Vec<Block>) = page
        .blocks
        .iter()
        .enumerate()
        .take(end)
        .skip(first)
        .filter(|(index, _)| open(*index) && in_body(page, *index))
        .map(|(index, raw)| (index, bare(raw)))
        .unzip();
    for list in announced_lists(&blocks) {
        let names = list.parts.iter().filter(|part| matches!(part.role, Role::Names(_))).count();
        let lines = list
            .parts
            .iter()
            .filter_map(|part| blocks.get(part.block))
            .map(|block| block.text.lines().count());
        if names.max(lines.sum()) < FEWEST {
            continue;
        }
        for index in list.parts.iter().filter_map(|part| places.get(part.block)) {
            if let Some(own) = judgements.get_mut(*index).filter(|own| !own.kept) {
                *own = Judgement { kept: true, rule: "signatories", score: own.score };
            }
        }
    }
}

/// Where the smallest region ends that holds a block and the text before it that was kept.
fn container_end(page: &Page, judgements: &[Judgement], block: usize) -> usize {
    let before =
        judgements.get(..block).unwrap_or_default().iter().rposition(|own| own.kept).unwrap_or(block);
    let mut at = page.blocks.get(block).map_or(0, |block| block.region);
    while let Some(region) = page.regions.get(at).filter(|region| at != 0 && region.first > before) {
        at = region.parent;
    }
    page.regions.get(at).map_or(0, |region| region.end)
}

fn bare(raw: &RawBlock) -> Block {
    Block { kind: raw.kind.clone(), section: Section::Body, text: raw.text.clone(), links: raw.links.clone() }
}

/// Not in a part of the page that is never text.
fn in_body(page: &Page, block: usize) -> bool {
    let region = page.blocks.get(block).and_then(|block| page.regions.get(block.region));
    region.is_some_and(|region| {
        ![Tag::Nav, Tag::Footer, Tag::Form, Tag::Dialog, Tag::Aside].into_iter().any(|tag| region.inside(tag))
    })
}
