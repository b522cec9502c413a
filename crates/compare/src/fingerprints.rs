//! Fingerprints of a text by winnowing (Schleimer, Wilkerson and Aiken, *Winnowing: local algorithms for document
//! fingerprinting*, SIGMOD 2003).
//!
//! Every run of a few units (a shingle) has a hash; of each window of neighbouring hashes the smallest is kept. Two texts
//! that share a passage as long as a window and a shingle together share a fingerprint at least, wherever it stands: twelve
//! words, or thirty letters or so of a script without spaces.

use std::collections::VecDeque;
use std::ops::Range;

use vidimus_words::{Unit, Units};

/// Counts up when a text gets other fingerprints.
pub const FINGERPRINT_VERSION: u32 = 2;

/// What a shingle weighs at least: five words, or thirteen clusters.
const SHINGLE: usize = 25;
/// Neighbouring shingles of which one is kept.
const WINDOW: usize = 8;
/// A fingerprint has so many bits. Fewer make more texts share one by chance, more make the index larger.
const BITS: u32 = 24;

/// A fingerprint and where it was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fingerprint {
    /// The number, of 24 bits.
    pub value: u32,
    /// The units of the text that it stands for, counted from 0.
    pub units: Range<usize>,
}

/// The fingerprints of a text as numbers: sorted, each once.
pub fn fingerprints(text: &str) -> Vec<u32> {
    let mut kept = Vec::new();
    winnow(Units::new(text), |fingerprint| kept.push(fingerprint.value));
    kept.sort_unstable();
    kept.dedup();
    kept
}

/// The fingerprints of units with their places, in their order.
pub fn located_fingerprints(units: &[Unit]) -> Vec<Fingerprint> {
    let mut kept = Vec::new();
    winnow(units.iter().cloned(), |fingerprint| kept.push(fingerprint));
    kept
}

/// How much of the longer of two texts stands in the other, from 0 to 1, by their fingerprints as [`fingerprints`] gives them.
/// From a half on they are the same text, give or take.
pub fn resemblance(one: &[u32], other: &[u32]) -> f64 {
    let shared = one.iter().filter(|value| other.binary_search(value).is_ok()).count();
    shared as f64 / one.len().max(other.len()).max(1) as f64
}

/// How much a unit counts: a word of five letters takes about as much reading as two or three clusters.
pub(crate) fn weight(unit: &Unit) -> usize {
    if unit.is_cluster { 2 } else { 5 }
}

/// Keeps the smallest hash of each window; of equals the last.
fn winnow(units: impl Iterator<Item = Unit>, mut keep: impl FnMut(Fingerprint)) {
    // Places, hashes and ends of those that may still become the smallest, ascending in place and hash.
    let mut candidates: VecDeque<(usize, u32, Range<usize>)> = VecDeque::with_capacity(WINDOW + 1);
    let mut last_kept = None;
    for (place, (hash, units)) in shingles(units, SHINGLE).enumerate() {
        let value = short(hash);
        while candidates.back().is_some_and(|(_, other, _)| *other >= value) {
            candidates.pop_back();
        }
        candidates.push_back((place, value, units));
        while candidates.front().is_some_and(|(at, ..)| at + WINDOW <= place) {
            candidates.pop_front();
        }
        if place + 1 >= WINDOW {
            last_kept = keep_first(&candidates, last_kept, &mut keep);
        }
    }
    // A text shorter than a window has one fingerprint.
    if last_kept.is_none() {
        keep_first(&candidates, None, &mut keep);
    }
}

fn keep_first(
    candidates: &VecDeque<(usize, u32, Range<usize>)>,
    last: Option<usize>,
    keep: &mut impl FnMut(Fingerprint),
) -> Option<usize> {
    let Some((at, value, units)) = candidates.front() else { return last };
    if last != Some(*at) {
        keep(Fingerprint { value: *value, units: units.clone() });
    }
    Some(*at)
}

/// The shortest runs that weigh so much, each with its hash: one that ends with every unit but the first few.
pub(crate) fn shingles(
    units: impl Iterator<Item = Unit>,
    wanted: usize,
) -> impl Iterator<Item = (u64, Range<usize>)> {
    let mut run: VecDeque<(u64, usize)> = VecDeque::new();
    let mut heavy = 0;
    units.enumerate().filter_map(move |(place, unit)| {
        let weight = weight(&unit);
        run.push_back((unit.hash, weight));
        heavy += weight;
        while let Some((_, first)) = run.front().filter(|(_, first)| heavy - first >= wanted) {
            heavy -= first;
            run.pop_front();
        }
        (heavy >= wanted)
            .then(|| (combine(run.iter().map(|(hash, _)| *hash)), place + 1 - run.len()..place + 1))
    })
}

/// One number of several hashes in their order, its bits well mixed.
fn combine(hashes: impl Iterator<Item = u64>) -> u64 {
    mix(hashes.fold(0, |all, hash: u64| (all.rotate_left(23) ^ hash).wrapping_mul(0x9e37_79b9_7f4a_7c15)))
}

/// The bits of a hash that a fingerprint has.
fn short(hash: u64) -> u32 {
    (hash >> (64 - BITS)) as u32
}

/// The finaliser of SplitMix64.
fn mix(value: u64) -> u64 {
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shared(one: &str, other: &str) -> usize {
        let other = fingerprints(other);
        fingerprints(one).iter().filter(|value| other.binary_search(value).is_ok()).count()
    }

    #[test]
    fn a_passage_of_twelve_words_shares_one_wherever_it_stands() {
        let passage = "nobody may answer a careful measurement of the river with a prison cell";
        for before in 0..20 {
            let one =
                format!("{} {passage} and then something else entirely was said", "alpha ".repeat(before));
            let other = format!("{} {passage}. Quite another matter follows here.", "omega ".repeat(3));
            assert!(shared(&one, &other) >= 1, "{before}");
        }
    }

    #[test]
    fn texts_without_spaces_share_passages_too() {
        let passage = "ការវាស់ជម្រៅទឹកមិនមែនជាបទល្មើសទេយើងសូមឱ្យដោះលែងពួកគេ";
        let one = format!("សេចក្តីថ្លែងការណ៍{passage}ដោយគ្មានលក្ខខណ្ឌ");
        let other = format!("អង្គការមួយបានសរសេរថា{passage}នៅថ្ងៃនេះ");
        assert!(shared(&one, &other) >= 1);
    }

    #[test]
    fn a_short_text_has_one_and_an_empty_one_none() {
        assert_eq!(fingerprints("the right to a fair trial").len(), 1);
        assert!(fingerprints("fair trial").is_empty() && fingerprints("").is_empty());
    }

    #[test]
    fn a_text_resembles_its_copy_and_no_other() {
        let text = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen";
        let longer = format!("{text} and some more words at the end");
        let (one, other) = (fingerprints(text), fingerprints(&longer));
        assert!((resemblance(&one, &one) - 1.0).abs() < 1e-9);
        assert!(resemblance(&one, &other) >= 0.5);
        assert!(resemblance(&one, &fingerprints("quite another text about other things altogether")) < 0.1);
        assert!(resemblance(&[], &[]) < 0.1);
    }

    #[test]
    fn places_lead_to_the_units_they_were_taken_from() {
        let text = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen";
        let units: Vec<Unit> = Units::new(text).collect();
        let located = located_fingerprints(&units);
        let mut values: Vec<u32> = located.iter().map(|found| found.value).collect();
        values.sort_unstable();
        assert_eq!(values, fingerprints(text));
        assert!(located.iter().all(|found| found.units.len() == 5 && found.units.end <= units.len()));
    }

    proptest! {
        #[test]
        fn any_text_has_few_and_small_numbers(text in any::<String>()) {
            let found = fingerprints(&text);
            prop_assert!(found.len() <= Units::new(&text).count());
            prop_assert!(found.iter().all(|value| *value < 1 << BITS));
        }
    }
}
