//! Fingerprints of a text by winnowing (Schleimer, Wilkerson and Aiken, *Winnowing: local algorithms for document
//! fingerprinting*, SIGMOD 2003).
//!
//! Every run of a few terms (a shingle) has a hash; of each window of neighbouring hashes the smallest is kept. Two texts
//! that share a passage longer than a window and a shingle together share a fingerprint at least, wherever it stands.

use std::collections::VecDeque;

use vidimus_words::{ChunkedTerms, ClusterChunks, Terms, WordChunks};

/// Counts up when a text gets other fingerprints.
pub const FINGERPRINT_VERSION: u32 = 1;

/// Terms in a shingle of words.
const WORDS: usize = 5;
/// Terms in a shingle of clusters, of which a word has two or three.
const CLUSTERS: usize = 12;
/// Neighbouring shingles of which one is kept.
const WINDOW: usize = 8;

/// The fingerprints of a text: sorted, each once.
pub fn fingerprints(text: &str) -> Vec<u32> {
    let mut kept = Vec::new();
    winnow(WordChunks::new(text), WORDS, &mut kept);
    if !text.is_ascii() {
        winnow(ClusterChunks::new(text), CLUSTERS, &mut kept);
    }
    kept.sort_unstable();
    kept.dedup();
    kept
}

/// Keeps the smallest hash of each window; of equals the last.
fn winnow(mut chunks: impl ChunkedTerms, shingle: usize, kept: &mut Vec<u32>) {
    let mut sieve = Sieve::new(shingle);
    let mut terms = Terms::default();
    while chunks.next_into(&mut terms) {
        terms.forms().for_each(|form| sieve.add(hash(form), kept));
        terms.clear();
    }
    // A text shorter than a window has one fingerprint.
    if sieve.last_kept.is_none() {
        keep(&sieve.candidates, None, kept);
    }
}

struct Sieve {
    shingle: usize,
    terms: VecDeque<u64>,
    /// Places and hashes of those that may still become the smallest, ascending in both.
    candidates: VecDeque<(usize, u32)>,
    last_kept: Option<usize>,
    place: usize,
}

impl Sieve {
    fn new(shingle: usize) -> Sieve {
        Sieve {
            shingle,
            terms: VecDeque::with_capacity(shingle),
            candidates: VecDeque::new(),
            last_kept: None,
            place: 0,
        }
    }

    fn add(&mut self, term: u64, kept: &mut Vec<u32>) {
        if self.terms.len() == self.shingle {
            self.terms.pop_front();
        }
        self.terms.push_back(term);
        if self.terms.len() < self.shingle {
            return;
        }
        let value = combine(self.terms.iter().copied());
        while self.candidates.back().is_some_and(|(_, other)| *other >= value) {
            self.candidates.pop_back();
        }
        self.candidates.push_back((self.place, value));
        while self.candidates.front().is_some_and(|(at, _)| at + WINDOW <= self.place) {
            self.candidates.pop_front();
        }
        self.place += 1;
        if self.place >= WINDOW {
            self.last_kept = keep(&self.candidates, self.last_kept, kept);
        }
    }
}

fn keep(candidates: &VecDeque<(usize, u32)>, last: Option<usize>, kept: &mut Vec<u32>) -> Option<usize> {
    let Some((at, value)) = candidates.front() else { return last };
    if last != Some(*at) {
        kept.push(*value);
    }
    Some(*at)
}

/// FNV-1a, 64 bits: the same on every machine and in every version.
fn hash(term: &str) -> u64 {
    term.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// One hash of several terms in their order, its bits well mixed.
fn combine(terms: impl Iterator<Item = u64>) -> u32 {
    let folded = terms.fold(0u64, |hash, term| mix(hash.rotate_left(7) ^ term));
    (mix(folded) >> 32) as u32
}

/// The finaliser of SplitMix64.
fn mix(value: u64) -> u64 {
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}
