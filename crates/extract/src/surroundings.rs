//! The second look: what the first scores of a block's neighbours, containers and likes say about it.
//!
//! A lone promising line amid rejected ones is a teaser; a poor line amid accepted ones is a short paragraph. These
//! features let the second model learn such things. All integers, for the reason given in [`features`](crate::features).

use crate::page::Page;
use crate::statement::BlockKind;
use std::collections::HashMap;

/// Score of a block beyond either end of the page.
const OUTSIDE: i32 = -4000;

/// Scores beyond this say no more.
const LIMIT: i32 = 3000;

/// Weight of a block in means grows with its length up to this many characters.
const LONGEST: usize = 400;

/// Sums over all blocks before each index.
struct Sums {
    weighted: Vec<i64>,
    weights: Vec<i64>,
    plain: Vec<i64>,
    positive: Vec<i64>,
}

/// What surrounds each block, from the first scores of all.
pub(crate) struct Surroundings<'a> {
    page: &'a Page,
    scores: &'a [i32],
    sums: Sums,
    alike: HashMap<u32, (i64, i64)>,
    first_positive: usize,
    last_positive: usize,
    /// For each block, the blocks from the heading above it to the next heading.
    under: Vec<(usize, usize)>,
}

impl<'a> Surroundings<'a> {
    pub(crate) fn new(page: &'a Page, scores: &'a [i32]) -> Self {
        let mut alike: HashMap<u32, (i64, i64)> = HashMap::new();
        for (block, score) in page.blocks.iter().zip(scores) {
            if let Some(region) = page.regions.get(block.region) {
                let entry = alike.entry(region.signature).or_default();
                entry.0 += i64::from(limited(*score));
                entry.1 += 1;
            }
        }
        let good = |score: &i32| *score > 500;
        Self {
            page,
            scores,
            sums: Sums::new(page, scores),
            alike,
            first_positive: scores.iter().position(good).unwrap_or(usize::MAX),
            last_positive: scores.iter().rposition(good).unwrap_or(0),
            under: under(page),
        }
    }

    /// Adds what surrounds a block to its own features.
    pub(crate) fn add(&self, index: usize, out: &mut Vec<i32>) {
        for offset in -5_i32..=5 {
            let at = usize::try_from(index as i32 + offset).ok();
            out.push(at.and_then(|at| self.scores.get(at)).copied().unwrap_or(OUTSIDE).clamp(-8000, 8000));
        }
        for reach in [2_usize, 5, 10, 25] {
            let (first, end) = (index.saturating_sub(reach), (index + reach + 1).min(self.scores.len()));
            out.push(self.sums.mean(first, end));
            out.push(self.sums.plain_mean(first, end));
        }
        // What comes before and what comes after, apart: the ends of a text look like this.
        for (first, end) in
            [(index.saturating_sub(6), index), (index + 1, (index + 7).min(self.scores.len()))]
        {
            out.push(self.sums.mean(first, end));
        }
        self.push_containers(index, out);
        self.push_page(index, out);
    }

    fn push_containers(&self, index: usize, out: &mut Vec<i32>) {
        let mut at = self.page.blocks.get(index).map_or(0, |block| block.region);
        for _ in 0..7 {
            let region = self.page.regions.get(at);
            let (first, end) = region.map_or((0, 0), |region| (region.first, region.end));
            out.push(self.sums.mean(first, end));
            out.push(self.sums.plain_mean(first, end));
            at = region.map_or(0, |region| region.parent);
        }
        let signature = self
            .page
            .blocks
            .get(index)
            .and_then(|block| self.page.regions.get(block.region))
            .map(|r| r.signature);
        let alike = signature.and_then(|signature| self.alike.get(&signature)).copied().unwrap_or((0, 0));
        out.push(mean(alike.0, alike.1));
        let (first, end) = self.under.get(index).copied().unwrap_or((0, 0));
        out.push(self.sums.mean(first, end));
        out.push(self.sums.plain_mean(first, end));
        out.push(self.scores.get(first).copied().unwrap_or(OUTSIDE).clamp(-8000, 8000));
        out.push(i32::try_from(index - first.min(index)).unwrap_or(200).min(200));
        // The section below a heading, which decides whether the heading itself is of use.
        let next = (index + 1..self.scores.len())
            .take(3)
            .find_map(|at| self.under.get(at))
            .copied()
            .unwrap_or((0, 0));
        out.push(self.sums.mean(next.0, next.1));
    }

    fn push_page(&self, index: usize, out: &mut Vec<i32>) {
        let all = self.scores.len();
        let positive = |first, end| self.sums.between(&self.sums.positive, first, end);
        let total = positive(0, all);
        out.push(self.sums.mean(0, all));
        out.push(self.sums.plain_mean(0, all));
        out.push(i32::try_from(total.min(30_000)).unwrap_or(30_000));
        out.push(share(positive(0, index), total));
        out.push(share(positive(index + 1, all), total));
        let outside = if self.first_positive == usize::MAX {
            999
        } else if index < self.first_positive {
            self.first_positive - index
        } else {
            index.saturating_sub(self.last_positive)
        };
        out.push(i32::try_from(outside).unwrap_or(999).min(999));
        out.push(i32::from(index < self.first_positive));
    }
}

impl Sums {
    fn new(page: &Page, scores: &[i32]) -> Self {
        let mut sums = Self { weighted: vec![0], weights: vec![0], plain: vec![0], positive: vec![0] };
        for (block, score) in page.blocks.iter().zip(scores) {
            let weight = block.chars.min(LONGEST) as i64;
            let good = if *score > 0 { block.chars as i64 } else { 0 };
            for (list, value) in [
                (&mut sums.weighted, i64::from(limited(*score)) * weight),
                (&mut sums.weights, weight),
                (&mut sums.plain, i64::from(limited(*score))),
                (&mut sums.positive, good),
            ] {
                list.push(list.last().copied().unwrap_or(0) + value);
            }
        }
        sums
    }

    fn between(&self, sums: &[i64], first: usize, end: usize) -> i64 {
        let at = |index: usize| sums.get(index).or(sums.last()).copied().unwrap_or(0);
        if end <= first { 0 } else { at(end) - at(first) }
    }

    /// Mean score of the blocks `first..end`, weighted by length.
    fn mean(&self, first: usize, end: usize) -> i32 {
        mean(self.between(&self.weighted, first, end), self.between(&self.weights, first, end))
    }

    fn plain_mean(&self, first: usize, end: usize) -> i32 {
        mean(self.between(&self.plain, first, end), end.saturating_sub(first) as i64)
    }
}

fn limited(score: i32) -> i32 {
    score.clamp(-LIMIT, LIMIT)
}

fn mean(sum: i64, count: i64) -> i32 {
    if count <= 0 { OUTSIDE } else { i32::try_from(sum / count).unwrap_or(0) }
}

fn share(part: i64, whole: i64) -> i32 {
    if whole <= 0 { -1 } else { i32::try_from(part * 1000 / whole).unwrap_or(1000) }
}

fn under(page: &Page) -> Vec<(usize, usize)> {
    let heading =
        |at: usize| page.blocks.get(at).is_some_and(|block| matches!(block.kind, BlockKind::Heading { .. }));
    let mut out = Vec::with_capacity(page.blocks.len());
    let mut first = 0;
    for index in 0..page.blocks.len() {
        if index > 0 && heading(index) {
            let end = index;
            out.resize(end, (first, end));
            first = index;
        }
    }
    out.resize(page.blocks.len(), (first, page.blocks.len()));
    out
}
