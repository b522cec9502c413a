//! Text that the page's structured data repeats: the body of an article, the words of a post, what a product is.
//!
//! Where a page has such data, a block that it repeats is part of the text, whatever it stands in. Only evidence: the
//! data of some pages is the teaser, of others the whole page with all its boxes.

use crate::meta::jsonld::JsonLd;
use crate::shape::words;
use std::collections::HashSet;

/// Words of a run that two texts share.
const RUN: usize = 3;

/// Words of a page's structured data that are looked at.
const MOST_WORDS: usize = 60_000;

/// Words of a block that are looked at.
const BLOCK_WORDS: usize = 60;

/// What a page's structured data repeats of its text.
pub(crate) struct Told {
    body: HashSet<u64>,
    other: HashSet<u64>,
}

impl Told {
    pub(crate) fn new(data: &JsonLd) -> Self {
        Self { body: runs_of(&data.bodies), other: runs_of(&data.texts) }
    }

    /// Percentage of a block's runs of words in the body that the data gives; -1 if it gives none.
    pub(crate) fn in_body(&self, text: &str) -> i32 {
        share(&self.body, text)
    }

    /// The same for other texts in the data.
    pub(crate) fn in_other(&self, text: &str) -> i32 {
        share(&self.other, text)
    }
}

fn runs_of(texts: &[String]) -> HashSet<u64> {
    texts.iter().flat_map(|text| runs(text)).take(MOST_WORDS).collect()
}

/// Hashes of all runs of words.
fn runs(text: &str) -> impl Iterator<Item = u64> {
    let mut last = [0_u64; RUN];
    words(text).enumerate().filter_map(move |(index, word)| {
        last.rotate_left(1);
        if let Some(newest) = last.last_mut() {
            *newest = word;
        }
        (index + 1 >= RUN).then(|| last.iter().fold(0, |hash, word| mixed(hash ^ word)))
    })
}

fn mixed(hash: u64) -> u64 {
    hash.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29)
}

fn share(among: &HashSet<u64>, text: &str) -> i32 {
    if among.is_empty() {
        return -1;
    }
    let (mut hits, mut all) = (0, 0);
    for run in runs(text).take(BLOCK_WORDS) {
        all += 1;
        hits += i32::from(among.contains(&run));
    }
    if all == 0 { -2 } else { hits * 100 / all }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_of_the_body_is_known() {
        let data = JsonLd {
            bodies: vec!["<p>The union calls on the ministry to end its inquiry.</p>".to_owned()],
            ..JsonLd::default()
        };
        let told = Told::new(&data);
        assert_eq!(told.in_body("The union calls on the ministry"), 100);
        assert_eq!(told.in_body("Read more about our cookies"), 0);
        assert_eq!(told.in_body("Too short"), -2);
        assert_eq!(told.in_other("The union calls on the ministry"), -1);
    }
}
