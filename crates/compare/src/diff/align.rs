//! Which elements of two sequences belong together: the longest common part where that can be found at a bounded cost,
//! and a good common part where it cannot.
//!
//! What both ends share is taken first, and what the other side lacks altogether is set aside. A short rest is solved by
//! Myers' algorithm. A long one is cut at elements that occur once on either side (as Patience does), and one without
//! those in pieces of equal number. So the time grows with the length of the sequences, whatever is in them.

use std::collections::HashMap;
use std::ops::Range;

use similar::{Algorithm, DiffOp, capture_diff_slices};

/// Elements on both sides together that Myers' algorithm is given at once: its time grows with the square.
const AT_ONCE: usize = 1_500;
/// Elements of a piece where there is nothing to cut at.
const PIECE: usize = 700;
/// How often what lies between two cuts is cut again.
const MOST_CUTS: u32 = 24;

/// Elements that belong together, by their places, ascending on both sides.
pub(super) type Pairs = Vec<(usize, usize)>;

/// An element with its place in the whole sequence.
type Element = (u32, usize);

/// Part of either side that is still to be aligned.
struct Rest {
    old: Range<usize>,
    new: Range<usize>,
    cuts: u32,
}

/// Aligns two sequences.
pub(super) fn align(old: &[u32], new: &[u32]) -> Pairs {
    let shared = old.iter().zip(new).take_while(|(old, new)| old == new).count();
    let longest = old.len().min(new.len()) - shared;
    let behind = old.iter().rev().zip(new.iter().rev()).take(longest);
    let behind = behind.take_while(|(old, new)| old == new).count();
    let mut pairs: Pairs = (0..shared).map(|at| (at, at)).collect();
    let middle = |side: &[u32]| -> Vec<Element> {
        let end = side.len() - behind;
        (shared..end).filter_map(|at| Some((*side.get(at)?, at))).collect()
    };
    let (left, right) = (middle(old), middle(new));
    let (left, right) = (known(&left, &right), known(&right, &left));
    pairs.extend(align_rest(&left, &right));
    pairs.extend((0..behind).rev().map(|back| (old.len() - 1 - back, new.len() - 1 - back)));
    pairs
}

/// The elements that the other side has as well.
fn known(side: &[Element], other: &[Element]) -> Vec<Element> {
    let others: HashMap<u32, ()> = other.iter().map(|(id, _)| (*id, ())).collect();
    side.iter().filter(|(id, _)| others.contains_key(id)).copied().collect()
}

fn align_rest(old: &[Element], new: &[Element]) -> Pairs {
    let mut pairs = Pairs::new();
    let mut waiting = vec![Rest { old: 0..old.len(), new: 0..new.len(), cuts: 0 }];
    while let Some(rest) = waiting.pop() {
        let (Some(left), Some(right)) = (old.get(rest.old.clone()), new.get(rest.new.clone())) else {
            continue;
        };
        if left.is_empty() || right.is_empty() {
            continue;
        }
        if left.len() + right.len() <= AT_ONCE {
            myers(left, right, &mut pairs);
            continue;
        }
        let anchors = if rest.cuts < MOST_CUTS { anchors(left, right) } else { Vec::new() };
        let cuts = if anchors.is_empty() { even_cuts(left.len(), right.len()) } else { anchors };
        waiting.extend(between(&cuts, &rest));
    }
    pairs.sort_unstable();
    pairs
}

fn myers(old: &[Element], new: &[Element], pairs: &mut Pairs) {
    let ids = |side: &[Element]| side.iter().map(|(id, _)| *id).collect::<Vec<u32>>();
    for op in capture_diff_slices(Algorithm::Myers, &ids(old), &ids(new)) {
        if let DiffOp::Equal { old_index, new_index, len } = op {
            let left = old.iter().skip(old_index).take(len);
            let right = new.iter().skip(new_index).take(len);
            pairs.extend(left.zip(right).map(|((_, old), (_, new))| (*old, *new)));
        }
    }
}

/// The parts between cuts. A cut is the beginning of the next part.
fn between(cuts: &[(usize, usize)], whole: &Rest) -> Vec<Rest> {
    let mut parts = Vec::new();
    let (mut old, mut new) = (whole.old.start, whole.new.start);
    let ends = cuts.iter().map(|(left, right)| (whole.old.start + left, whole.new.start + right));
    for (old_end, new_end) in ends.chain([(whole.old.end, whole.new.end)]) {
        parts.push(Rest { old: old..old_end, new: new..new_end, cuts: whole.cuts + 1 });
        (old, new) = (old_end, new_end);
    }
    parts
}

fn even_cuts(old: usize, new: usize) -> Vec<(usize, usize)> {
    let pieces = old.max(new).div_ceil(PIECE);
    (1..pieces).map(|piece| (old * piece / pieces, new * piece / pieces)).collect()
}

/// Elements that occur once on either side, as many as stand in the same order on both; the first of the sides is no cut.
fn anchors(old: &[Element], new: &[Element]) -> Vec<(usize, usize)> {
    let (left, right) = (once(old), once(new));
    let mut common: Vec<(usize, usize)> =
        left.iter().filter_map(|(id, at)| Some((*at, *right.get(id)?))).collect();
    common.sort_unstable();
    let mut chain = longest_rise(&common);
    chain.retain(|cut| *cut != (0, 0));
    chain
}

/// Where each element stands that occurs once.
fn once(side: &[Element]) -> HashMap<u32, usize> {
    let mut places: HashMap<u32, Option<usize>> = HashMap::new();
    for (at, (id, _)) in side.iter().enumerate() {
        places.entry(*id).and_modify(|place| *place = None).or_insert(Some(at));
    }
    places.into_iter().filter_map(|(id, at)| Some((id, at?))).collect()
}

/// Of pairs that ascend on the left, as many as possible that ascend on the right too.
pub(super) fn longest_rise(pairs: &[(usize, usize)]) -> Vec<(usize, usize)> {
    // For each length of a chain, the place of the pair that ends the chain of this length with the smallest right side.
    let mut ends: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = Vec::with_capacity(pairs.len());
    let right = |at: usize| pairs.get(at).map_or(0, |pair| pair.1);
    for (at, pair) in pairs.iter().enumerate() {
        let length = ends.partition_point(|end| right(*end) < pair.1);
        before.push(length.checked_sub(1).and_then(|shorter| ends.get(shorter)).copied());
        match ends.get_mut(length) {
            Some(end) => *end = at,
            None => ends.push(at),
        }
    }
    let mut chain = Vec::with_capacity(ends.len());
    let mut next = ends.last().copied();
    while let Some(at) = next {
        chain.extend(pairs.get(at).copied());
        next = before.get(at).copied().flatten();
    }
    chain.reverse();
    chain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(old: &[u32], new: &[u32]) -> usize {
        let pairs = align(old, new);
        assert!(pairs.iter().all(|(left, right)| old[*left] == new[*right]));
        assert!(pairs.windows(2).all(|two| two[0].0 < two[1].0 && two[0].1 < two[1].1));
        pairs.len()
    }

    #[test]
    fn short_sequences_share_all_they_can() {
        assert_eq!(check(&[1, 2, 3, 4], &[1, 3, 4, 5]), 3);
        assert_eq!(check(&[], &[1]), 0);
        assert_eq!(check(&[7, 7, 7], &[7, 7]), 2);
    }

    #[test]
    fn long_sequences_are_cut() {
        let old: Vec<u32> = (0..50_000).collect();
        let mut new = old.clone();
        new.retain(|id| id % 100 != 0);
        new.insert(20_000, 99_999);
        assert_eq!(check(&old, &new), 49_500);
    }

    #[test]
    fn what_repeats_without_an_end_takes_bounded_time() {
        let old: Vec<u32> = (0..60_000).map(|at| at * 7 % 13).collect();
        let new: Vec<u32> = (0..50_000).map(|at| at * 5 % 11).collect();
        assert!(check(&old, &new) > 0);
    }

    proptest::proptest! {
        #[test]
        fn pairs_ascend_and_are_equal(
            old in proptest::collection::vec(0u32..40, 0..2_000),
            new in proptest::collection::vec(0u32..40, 0..2_000),
        ) {
            check(&old, &new);
        }
    }
}
