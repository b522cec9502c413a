//! Terms that stand near each other.

use std::collections::{HashMap, HashSet};
use std::ops::ControlFlow;

/// Where one of the terms stands in a text, ascending.
#[derive(Debug, Clone, Default)]
pub(crate) struct List {
    pub(crate) positions: Vec<u32>,
    /// How much is added to a position: terms of a phrase are in their places where all sums are equal.
    pub(crate) shift: u32,
}

/// Visits the places where one position of each list lies within a window, in ascending order: the positions, one from each
/// list. No position is taken for two terms. Time grows with the number of positions, whatever they are.
pub(crate) fn windows(
    lists: &[List],
    window: u32,
    found: &mut dyn FnMut(&[u32]) -> ControlFlow<()>,
) -> ControlFlow<()> {
    let mut at = vec![0usize; lists.len()];
    let mut first = Vec::with_capacity(lists.len());
    loop {
        first.clear();
        for (list, at) in lists.iter().zip(&at) {
            let Some(position) = list.positions.get(*at) else { return ControlFlow::Continue(()) };
            first.push(position.saturating_add(list.shift));
        }
        let (Some(low), Some(high)) = (first.iter().min(), first.iter().max()) else {
            return ControlFlow::Continue(());
        };
        if high - low <= window
            && let Some(positions) = apart(lists, &at, low.saturating_add(window))
        {
            found(&positions)?;
        }
        // Whatever begins here has been seen.
        for (at, _) in at.iter_mut().zip(&first).filter(|(_, position)| *position == low) {
            *at += 1;
        }
    }
}

/// A position for each list, from where it stands up to a last one, and none for two lists.
fn apart(lists: &[List], at: &[usize], last: u32) -> Option<Vec<u32>> {
    let firsts: Vec<u32> =
        lists.iter().zip(at).filter_map(|(list, at)| list.positions.get(*at).copied()).collect();
    if are_distinct(&firsts) {
        return Some(firsts);
    }
    // As many as there are lists are enough: the others cannot take all of them.
    let usable = |(list, at): (&List, &usize)| {
        let rest = list.positions.iter().skip(*at).copied();
        rest.take_while(|position| position.saturating_add(list.shift) <= last).take(lists.len()).collect()
    };
    let usable: Vec<Vec<u32>> = lists.iter().zip(at).map(usable).collect();
    let mut taken = HashMap::new();
    for list in 0..usable.len() {
        if !takes(list, &usable, &mut taken, &mut HashSet::new()) {
            return None;
        }
    }
    let mut positions = firsts;
    for (position, list) in taken {
        *positions.get_mut(list)? = position;
    }
    Some(positions)
}

/// Whether a list finds a position that is free, or is taken by a list which finds another; `seen` are those asked about.
fn takes(list: usize, usable: &[Vec<u32>], taken: &mut HashMap<u32, usize>, seen: &mut HashSet<u32>) -> bool {
    for position in usable.get(list).into_iter().flatten() {
        if !seen.insert(*position) {
            continue;
        }
        let holder = taken.get(position).copied();
        if holder.is_none_or(|holder| takes(holder, usable, taken, seen)) {
            taken.insert(*position, list);
            return true;
        }
    }
    false
}

fn are_distinct(positions: &[u32]) -> bool {
    let mut sorted = positions.to_vec();
    sorted.sort_unstable();
    sorted.windows(2).all(|pair| pair.first() != pair.last())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn lists(lists: &[(&[u32], u32)]) -> Vec<List> {
        lists.iter().map(|(positions, shift)| List { positions: positions.to_vec(), shift: *shift }).collect()
    }

    fn all(lists: &[List], window: u32) -> Vec<Vec<u32>> {
        let mut all = Vec::new();
        let _ = windows(lists, window, &mut |positions| {
            all.push(positions.to_vec());
            ControlFlow::Continue(())
        });
        all
    }

    #[test]
    fn terms_are_found_in_any_order_within_the_window() {
        let near = lists(&[(&[3, 20], 0), (&[1, 30], 0)]);
        assert_eq!(all(&near, 2), [[3, 1]]);
        assert!(all(&near, 1).is_empty());
        assert!(all(&lists(&[(&[1], 0), (&[], 0)]), 9).is_empty());
    }

    #[test]
    fn a_phrase_is_a_window_of_shifted_positions() {
        // "a b" with a at 4 and b at 5.
        assert_eq!(all(&lists(&[(&[4], 1), (&[5], 0)]), 0), [[4, 5]]);
        // Three words between.
        assert!(all(&lists(&[(&[4], 1), (&[8], 0)]), 2).is_empty());
        assert_eq!(all(&lists(&[(&[4], 1), (&[8], 0)]), 3), [[4, 8]]);
        // Changed places count as two.
        assert_eq!(all(&lists(&[(&[5], 1), (&[4], 0)]), 2), [[5, 4]]);
    }

    #[test]
    fn one_word_is_not_two() {
        assert!(all(&lists(&[(&[4], 0), (&[4], 0)]), 5).is_empty());
        for both in [lists(&[(&[4], 0), (&[4, 6], 0)]), lists(&[(&[4, 6], 0), (&[4], 0)])] {
            assert_eq!(all(&both, 5).len(), 1);
        }
    }

    #[test]
    fn members_that_share_positions_take_one_each() {
        let same = || -> (&[u32], u32) { (&[1, 5, 9], 0) };
        assert_eq!(all(&lists(&[same(), same(), same()]), 8).len(), 1);
        assert!(all(&lists(&[same(), same(), same()]), 7).is_empty());
        // "union strikes strikers" for union, strike* and strikes.
        assert!(!all(&lists(&[(&[0], 0), (&[1, 2], 0), (&[1], 0)]), 5).is_empty());
        // "a b b b" for "b b a" with three words between.
        assert!(!all(&lists(&[(&[1, 2, 3], 2), (&[1, 2, 3], 1), (&[0], 0)]), 3).is_empty());
    }

    /// The definition, without regard to time.
    fn exists(lists: &[List], window: u32, chosen: &mut Vec<(u32, u32)>) -> bool {
        let Some(list) = lists.get(chosen.len()) else {
            let sums = || chosen.iter().map(|(position, shift)| position + shift);
            return sums().max().unwrap_or(0) - sums().min().unwrap_or(0) <= window;
        };
        list.positions.iter().any(|position| {
            if chosen.iter().any(|(taken, _)| taken == position) {
                return false;
            }
            chosen.push((*position, list.shift));
            let found = exists(lists, window, chosen);
            chosen.pop();
            found
        })
    }

    proptest! {
        #[test]
        fn nothing_within_a_window_is_missed(
            first in prop::collection::btree_set(0u32..40, 0..6),
            second in prop::collection::btree_set(40u32..80, 0..6),
            third in prop::collection::btree_set(80u32..120, 0..6),
            window in 0u32..90,
        ) {
            let sets = [first, second, third];
            let lists: Vec<List> =
                sets.iter().map(|set| List { positions: set.iter().copied().collect(), shift: 0 }).collect();
            let exists = sets[0].iter().any(|a| sets[2].iter().any(|c| c - a <= window && !sets[1].is_empty()));
            prop_assert_eq!(!all(&lists, window).is_empty(), exists);
        }

        #[test]
        fn lists_that_overlap_miss_nothing_and_invent_nothing(
            sets in prop::collection::vec((prop::collection::btree_set(0u32..12, 0..6), 0u32..4), 1..6),
            window in 0u32..12,
        ) {
            let lists: Vec<List> = sets
                .iter()
                .map(|(set, shift)| List { positions: set.iter().copied().collect(), shift: *shift })
                .collect();
            let found = all(&lists, window);
            prop_assert_eq!(!found.is_empty(), exists(&lists, window, &mut Vec::new()));
            for positions in found {
                prop_assert!(are_distinct(&positions));
                let sums = || positions.iter().zip(&lists).map(|(position, list)| position + list.shift);
                prop_assert!(sums().max().unwrap() - sums().min().unwrap() <= window);
                prop_assert!(positions.iter().zip(&lists).all(|(at, list)| list.positions.contains(at)));
            }
        }
    }
}
