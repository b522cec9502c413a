//! Terms that stand near each other.

use std::ops::ControlFlow;

/// Where one of the terms stands in a text, ascending.
#[derive(Debug, Clone, Default)]
pub(crate) struct List {
    pub(crate) positions: Vec<u32>,
    /// How much is added to a position: terms of a phrase are in their places where all sums are equal.
    pub(crate) shift: u32,
}

/// Visits the places where one position of each list lies within a window, the first of each overlapping run and in
/// ascending order: the positions, one from each list. No position is taken for two terms. Time grows with the number of
/// positions, whatever they are.
pub(crate) fn windows(
    lists: &[List],
    window: u32,
    found: &mut dyn FnMut(&[u32]) -> ControlFlow<()>,
) -> ControlFlow<()> {
    let mut at = vec![0usize; lists.len()];
    let mut chosen = Vec::with_capacity(lists.len());
    loop {
        chosen.clear();
        for (list, at) in lists.iter().zip(&at) {
            let Some(position) = list.positions.get(*at) else { return ControlFlow::Continue(()) };
            chosen.push(position.saturating_add(list.shift));
        }
        let (Some(low), Some(high)) = (chosen.iter().min(), chosen.iter().max()) else {
            return ControlFlow::Continue(());
        };
        if high - low <= window {
            let positions: Vec<u32> = chosen
                .iter()
                .zip(lists)
                .map(|(position, list)| position.saturating_sub(list.shift))
                .collect();
            if are_distinct(&positions) {
                found(&positions)?;
            }
        }
        // Of those that stand first, the one that has the nearest to go to: another may have no place but this.
        let next = |number: usize| {
            let list = lists.get(number)?;
            let position = list.positions.get(at.get(number)? + 1)?;
            Some(position.saturating_add(list.shift))
        };
        let first = chosen.iter().enumerate().filter(|(_, position)| *position == low);
        let moved = first.filter_map(|(number, _)| Some((next(number)?, number))).min();
        let Some((_, moved)) = moved else { return ControlFlow::Continue(()) };
        if let Some(at) = at.get_mut(moved) {
            *at += 1;
        }
    }
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
    }
}
