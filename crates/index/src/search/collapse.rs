//! Folding documents that say the same under one hit: versions of a page, near-copies of a text.

use std::collections::{HashMap, HashSet};

use tantivy::{DocAddress, Score, Searcher};
use vidimus_compare::fingerprints;

use super::columns::{Moment, Versions};
use super::matches::OfSegment;
use super::rank::{Rank, Ranking};
use crate::document::Document;
use crate::error::IndexError;

/// How many of the best hits are compared with one another.
pub(crate) const MOST_COMPARED: usize = 1000;
/// And of how much text: what lies behind is not compared.
const MOST_TEXT: usize = 32 * 1024 * 1024;
/// The share of its fingerprints that the smaller of two texts has in common with the other when they are near-copies:
/// one in so many.
const SHARED: usize = 2;
/// A short text that shares fewer than this with a much longer one has a sentence or two in common with it, such as a site
/// puts below all its pages.
const ENOUGH: usize = 8;

/// The versions of a page that match.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Page {
    pub(crate) number: u64,
    /// The newest of them; our own before what was imported.
    pub(crate) newest: DocAddress,
    pub(crate) rank: Rank,
    pub(crate) others: usize,
    age: Age,
}

/// Which of the versions of a page stands for it: the greatest.
type Age = (bool, Option<Moment>);

/// Groups what matches by pages, in no order.
pub(crate) fn by_page(engine: &Searcher, matches: &[OfSegment], ranking: Ranking, until: i64) -> Vec<Page> {
    let mut pages: HashMap<u64, Page> = HashMap::new();
    for of_segment in matches {
        let segment = engine.segment_reader(of_segment.segment);
        let (versions, ranking) = (Versions::of(segment), ranking.of_segment(segment));
        for (doc, score) in &of_segment.docs {
            let age = (versions.is_witnessed(*doc), versions.moment(*doc, until));
            let number = versions.page(*doc);
            let found = Page {
                number,
                newest: DocAddress::new(of_segment.segment, *doc),
                rank: ranking.rank(*doc, *score),
                others: 0,
                age,
            };
            pages.entry(number).and_modify(|page| page.fold(found)).or_insert(found);
        }
    }
    pages.into_values().collect()
}

impl Page {
    fn fold(&mut self, found: Page) {
        let others = self.others + 1;
        if self.age < found.age {
            *self = found;
        }
        self.others = others;
    }

    /// Whether its page is known to have had a later version. Only what is of the same sort counts: a stranger's word
    /// puts nothing of our own aside.
    pub(crate) fn is_superseded(&self, newest: &Newest) -> bool {
        let (witnessed, moment) = self.age;
        let [imported, own] = newest.get(&self.number).copied().unwrap_or_default();
        let latest = if witnessed { own } else { own.max(imported) };
        moment.is_some() && latest > moment
    }
}

/// The newest version of each page, imported and our own, whether it matches or not.
pub(crate) type Newest = HashMap<u64, [Option<Moment>; 2]>;

/// Looks for the newest versions of some pages.
pub(crate) fn newest_of(engine: &Searcher, pages: &HashSet<u64>, until: i64) -> Newest {
    let mut newest = Newest::new();
    for segment in engine.segment_readers() {
        let versions = Versions::of(segment);
        for doc in segment.doc_ids_alive() {
            let page = versions.page(doc);
            if !pages.contains(&page) {
                continue;
            }
            let of_page = newest.entry(page).or_default();
            let slot = usize::from(versions.is_witnessed(doc));
            if let Some(latest) = of_page.get_mut(slot) {
                *latest = (*latest).max(versions.moment(doc, until));
            }
        }
    }
    newest
}

/// A text and those that are nearly the same, the best first.
#[derive(Debug)]
pub(crate) struct Cluster {
    pub(crate) best: (Score, DocAddress),
    pub(crate) copies: Vec<DocAddress>,
}

/// Puts each hit to the best one before it with which it shares enough; says how many hits were compared.
pub(crate) fn clusters(
    hits: &[(Rank, DocAddress)],
    mut document: impl FnMut(DocAddress) -> Result<Document, IndexError>,
) -> Result<(Vec<Cluster>, usize), IndexError> {
    let mut found: Vec<Cluster> = Vec::new();
    let mut known = Known::default();
    let (mut compared, mut read) = (0, 0);
    for (rank, address) in hits {
        if read > MOST_TEXT {
            break;
        }
        let text = document(*address)?.text;
        read += text.len();
        compared += 1;
        let marks = fingerprints(&text);
        match known.nearest(&marks).and_then(|leader| found.get_mut(leader)) {
            Some(cluster) => cluster.copies.push(*address),
            None => {
                known.add(&marks);
                found.push(Cluster { best: (rank.score, *address), copies: Vec::new() });
            }
        }
    }
    Ok((found, compared))
}

/// The fingerprints of the best of each cluster.
#[derive(Default)]
struct Known {
    /// Which of them have a fingerprint.
    of: HashMap<u32, Vec<usize>>,
    sizes: Vec<usize>,
}

impl Known {
    fn add(&mut self, marks: &[u32]) {
        for mark in marks {
            self.of.entry(*mark).or_default().push(self.sizes.len());
        }
        self.sizes.push(marks.len());
    }

    /// The first with which these share enough.
    fn nearest(&self, marks: &[u32]) -> Option<usize> {
        let mut shared: HashMap<usize, usize> = HashMap::new();
        for leader in marks.iter().filter_map(|mark| self.of.get(mark)).flatten() {
            *shared.entry(*leader).or_default() += 1;
        }
        let is_near = |leader: usize, count: usize| {
            let size = self.sizes.get(leader).copied().unwrap_or(0);
            let (smaller, larger) = (size.min(marks.len()), size.max(marks.len()));
            count * SHARED >= if count < ENOUGH { larger } else { smaller }
        };
        shared.into_iter().filter(|(leader, count)| is_near(*leader, *count)).map(|(leader, _)| leader).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_is_what_shares_half_of_the_smaller() {
        let mut known = Known::default();
        known.add(&[1, 2, 3, 4]);
        known.add(&[5, 6, 7, 8, 9, 10]);
        assert_eq!(known.nearest(&[1, 2, 11, 12]), Some(0));
        assert_eq!(known.nearest(&[1, 11, 12]), None);
        assert_eq!(known.nearest(&[5]), None, "a sentence of a longer text");
        assert_eq!(known.nearest(&[3, 4, 5, 6, 7]), Some(1));
        assert_eq!(known.nearest(&[1, 2, 5, 6, 7]), Some(1));
        assert_eq!(known.nearest(&[1, 2, 3, 5, 6, 7]), Some(0), "the better hit first");
        known.add(&(100..200).collect::<Vec<u32>>());
        assert_eq!(known.nearest(&(100..110).collect::<Vec<u32>>()), Some(2), "an excerpt");
        assert_eq!(known.nearest(&[]), None);
    }
}
