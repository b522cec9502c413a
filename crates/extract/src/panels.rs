//! Boxes that give themselves away by one line: a consent panel by its switches, a newsletter box by its promise.
//!
//! The line is found by phrase; the box around it by structure, as the largest region that is still small, or that two
//! such lines share, and that does not hold the headline.

use crate::hints::Hints;
use crate::page::Page;
use crate::phrases::{Categories, Category};
use crate::tag::Tag;
use std::collections::HashSet;

/// Blocks between two lines of one panel.
const GAP: usize = 12;

/// Blocks of a panel for each line that gives it away.
const BLOCKS_PER_SIGN: usize = 8;

/// Percentage of a page's text that no panel has, unless it is full of such lines.
const MOST_OF_PAGE: usize = 60;

/// Blocks and characters of a box that one line gives away.
const SMALL_BLOCKS: usize = 6;
const SMALL_CHARS: usize = 500;

/// Longest line that can give a box away.
const LONGEST_SIGN: usize = 300;

/// For each block the box it is part of, if any.
pub(crate) fn find(
    page: &Page,
    phrases: &[Categories],
    title_at: Option<usize>,
) -> Vec<Option<&'static str>> {
    let mut out = vec![None; page.blocks.len()];
    let finder = Finder { page, title_at };
    let signs = |category: Category| -> Vec<usize> {
        let short = |index: &usize| page.blocks.get(*index).is_some_and(|block| block.chars < LONGEST_SIGN);
        let has = |index: &usize| phrases.get(*index).is_some_and(|found| found.has(category));
        (0..page.blocks.len()).filter(has).filter(short).collect()
    };
    let consent = signs(Category::Consent);
    // Neighbouring pairs mostly share a panel: weighing it for each would take long on a page full of them.
    let mut weighed = HashSet::new();
    for (one, other) in consent.iter().zip(consent.iter().skip(1)).filter(|(one, other)| *other - *one <= GAP)
    {
        let panel = finder.shared(*one, *other).filter(|panel| weighed.insert(*panel));
        finder.mark(panel.filter(|panel| finder.is_about(*panel, &consent)), "consent", &mut out);
    }
    for sign in signs(Category::Newsletter) {
        finder.mark(finder.small_box(sign), "newsletter", &mut out);
    }
    out
}

struct Finder<'a> {
    page: &'a Page,
    title_at: Option<usize>,
}

impl Finder<'_> {
    fn mark(&self, region: Option<usize>, rule: &'static str, out: &mut [Option<&'static str>]) {
        let Some(region) = region.and_then(|at| self.page.regions.get(at)) else { return };
        for mark in out.iter_mut().take(region.end).skip(region.first) {
            *mark = Some(rule);
        }
    }

    /// The smallest region around two blocks, if it can be a panel.
    fn shared(&self, one: usize, other: usize) -> Option<usize> {
        let mut at = self.page.blocks.get(one)?.region;
        loop {
            let region = self.page.regions.get(at)?;
            if region.first <= one && other < region.end {
                return self.may_be_box(at).then_some(at);
            }
            if at == 0 {
                return None;
            }
            at = region.parent;
        }
    }

    /// Whether a region is what its signs say and not a large part of the page that happens to hold two of them.
    fn is_about(&self, at: usize, signs: &[usize]) -> bool {
        let Some(region) = self.page.regions.get(at) else { return false };
        let named = region.inherited.any(Hints::CONSENT.with(Hints::MODAL)) || region.inside(Tag::Dialog);
        let before = |end: usize| signs.partition_point(|sign| *sign < end);
        let inside = before(region.end) - before(region.first);
        let dense = inside * BLOCKS_PER_SIGN >= region.end - region.first;
        dense || (named && self.chars(at) * 100 < self.chars(0) * MOST_OF_PAGE)
    }

    /// The largest region around a block that is small and has more in it than the block.
    fn small_box(&self, block: usize) -> Option<usize> {
        let mut at = self.page.blocks.get(block)?.region;
        let mut found = None;
        while at != 0 {
            let region = self.page.regions.get(at)?;
            if region.end - region.first > SMALL_BLOCKS
                || self.chars(at) > SMALL_CHARS
                || !self.may_be_box(at)
            {
                break;
            }
            found = Some(at);
            at = region.parent;
        }
        found
    }

    /// Not the body, not the article, not around the headline.
    fn may_be_box(&self, at: usize) -> bool {
        let Some(region) = self.page.regions.get(at) else { return false };
        let headline = self.title_at.is_some_and(|title| region.first <= title && title < region.end);
        let text = matches!(
            region.tag,
            Tag::Root | Tag::Body | Tag::Main | Tag::Article | Tag::Table | Tag::Row | Tag::Cell
        );
        let whole = region.first == 0 && region.end == self.page.blocks.len();
        !headline && !text && !whole && !region.hints.any(Hints::ARTICLE)
    }

    fn chars(&self, at: usize) -> usize {
        let Some(region) = self.page.regions.get(at) else { return 0 };
        self.page.blocks.iter().take(region.end).skip(region.first).map(|block| block.chars).sum()
    }
}
