//! Which documents are worth comparing with a text: those that share its fingerprints, the rare ones above all.

use std::collections::{BTreeSet, HashMap};

use tantivy::{DocAddress, SegmentReader};
use vidimus_compare::Fingerprint;

use crate::error::IndexError;
use crate::fingerprints::{Having, sharing};
use crate::schema::{DEMOTED, PAGE};
use crate::search::Searcher;

/// How much is read for one text.
pub(super) struct Limits {
    /// Of a fingerprint that more documents have, in one segment, the first ones are looked at.
    pub(super) of_one: usize,
    /// So many postings are read at the most.
    pub(super) postings: usize,
}

/// What is read without being asked for more or less.
pub(super) const LIMITS: Limits = Limits { of_one: 5_000, postings: 4_000_000 };
/// What a fingerprint is worth that one document has; one that ten have is worth a tenth.
const WORTH: u64 = 1_000_000;

/// What shares fingerprints with a text.
pub(super) struct Candidates {
    /// The most promising ones first, each with its page.
    pub(super) best: Vec<(DocAddress, u64)>,
    /// How many more there are at most: those that were found, and those in the lists of fingerprints that were not read to
    /// their ends. The latter count once for each list, and are never more than the index holds.
    pub(super) left: usize,
}

/// Looks up the fingerprints of a text, itself and other versions of its page left out.
pub(super) fn find(
    searcher: &Searcher,
    asked: DocAddress,
    located: &[Fingerprint],
    most: usize,
    limits: &Limits,
) -> Result<Candidates, IndexError> {
    // Added up in whole numbers, so that the order of the additions makes no difference.
    let mut worth: HashMap<DocAddress, u64> = HashMap::new();
    let (mut budget, mut unread) = (limits.postings, 0usize);
    for value in rarest_first(searcher, located)? {
        let Listed { documents, read, left } = documents_with(searcher, value, budget, limits.of_one)?;
        budget = budget.saturating_sub(read);
        unread = unread.saturating_add(left);
        let frequency = documents.len() as u64;
        for address in documents {
            *worth.entry(address).or_default() += WORTH / frequency.max(1);
        }
    }
    let others = usize::try_from(searcher.engine.num_docs()).unwrap_or(usize::MAX);
    let unread = unread.min(others.saturating_sub(worth.len()));
    let pages = Pages::new(searcher);
    let own = pages.page(asked);
    let mut all: Vec<(u64, DocAddress, u64)> = worth
        .into_iter()
        .filter(|(address, _)| !pages.is_demoted(*address))
        .map(|(address, worth)| (worth, address, pages.page(address)))
        .filter(|(_, address, page)| *address != asked && *page != own)
        .collect();
    all.sort_unstable_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
    let left = all.len().saturating_sub(most).saturating_add(unread);
    all.truncate(most);
    let best = all.into_iter().map(|(_, address, page)| (address, page)).collect();
    Ok(Candidates { best, left })
}

/// The fingerprints of a text by how many documents share their terms: what is left unread at the end of the budget is what
/// says least. Their order depends on nothing else.
fn rarest_first(searcher: &Searcher, located: &[Fingerprint]) -> Result<Vec<u32>, IndexError> {
    let values: BTreeSet<u32> = located.iter().map(|found| found.value).collect();
    let mut values: Vec<(u64, u32)> = values
        .into_iter()
        .map(|value| Ok((frequency(searcher, value)?, value)))
        .collect::<Result<_, IndexError>>()?;
    values.sort_unstable();
    Ok(values.into_iter().map(|(_, value)| value).collect())
}

fn frequency(searcher: &Searcher, value: u32) -> Result<u64, IndexError> {
    let fail = |error| IndexError::engine(&searcher.dir, error);
    let of_segment =
        |segment| sharing(segment, searcher.fields.fingerprint, value).map(u64::from).map_err(fail);
    searcher.engine.segment_readers().iter().map(of_segment).sum()
}

/// Documents that have a fingerprint.
pub(super) struct Listed {
    /// The first of them.
    pub(super) documents: Vec<DocAddress>,
    /// How many postings were read.
    pub(super) read: usize,
    /// How many more there may be: so many postings were not.
    pub(super) left: usize,
}

/// The documents that have a fingerprint: at most so many postings are read, and at most `of_one` documents taken of a
/// segment.
pub(super) fn documents_with(
    searcher: &Searcher,
    value: u32,
    postings: usize,
    of_one: usize,
) -> Result<Listed, IndexError> {
    let mut listed = Listed { documents: Vec::new(), read: 0, left: 0 };
    for (ordinal, segment) in (0u32..).zip(searcher.engine.segment_readers()) {
        let mut having = Having::of(segment, searcher.fields.fingerprint, value)
            .map_err(|error| IndexError::engine(&searcher.dir, error))?;
        let budget = postings.saturating_sub(listed.read);
        let mut taken = 0;
        while taken < of_one && having.read_and_left().0 < budget {
            let Some(doc) = having.next() else { break };
            listed.documents.push(DocAddress::new(ordinal, doc));
            taken += 1;
        }
        let (read, left) = having.read_and_left();
        listed.read = listed.read.saturating_add(read);
        listed.left = listed.left.saturating_add(left);
    }
    Ok(listed)
}

/// The columns that tell pages apart, of each segment.
struct Pages(Vec<[Option<tantivy::columnar::Column<u64>>; 2]>);

impl Pages {
    fn new(searcher: &Searcher) -> Pages {
        let column = |segment: &SegmentReader, name| segment.fast_fields().u64(name).ok();
        let of = |segment| [column(segment, PAGE), column(segment, DEMOTED)];
        Pages(searcher.engine.segment_readers().iter().map(of).collect())
    }

    fn value(&self, address: DocAddress, which: usize) -> u64 {
        let segment = usize::try_from(address.segment_ord).ok().and_then(|ordinal| self.0.get(ordinal));
        let column = segment.and_then(|columns| columns.get(which)).and_then(Option::as_ref);
        column.and_then(|column| column.first(address.doc_id)).unwrap_or(0)
    }

    fn page(&self, address: DocAddress) -> u64 {
        self.value(address, 0)
    }

    fn is_demoted(&self, address: DocAddress) -> bool {
        self.value(address, 1) != 0
    }
}

#[cfg(test)]
mod tests {
    use super::super::furniture::Side;
    use super::*;
    use crate::{Document, IndexWriter};

    const SAID: &str =
        "the harbour office has closed the eastern basin for dredging until the end of the whole month";

    /// Twelve pages that say the same sentence, and what is found of eleven when no more than this is read.
    fn found(limits: &Limits) -> (usize, usize) {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = IndexWriter::open(folder.path()).unwrap();
        for number in 0..12 {
            let document = Document {
                id: format!("{number:064x}"),
                url: format!("https://site-{number}.example/"),
                host: format!("site-{number}.example"),
                text: SAID.to_owned(),
                ..Document::default()
            };
            writer.add(&document).unwrap();
        }
        writer.close().unwrap();
        let searcher = Searcher::open(folder.path()).unwrap();
        let (asked, document) = searcher.held(&format!("{:064x}", 0)).unwrap();
        let located = Side::new(&document.text).located;
        let candidates = find(&searcher, asked, &located, 200, limits).unwrap();
        (candidates.best.len(), candidates.left)
    }

    #[test]
    fn what_is_left_unread_is_counted() {
        assert_eq!(found(&LIMITS), (11, 0));
        let (best, left) = found(&Limits { of_one: 4, ..LIMITS });
        assert!(best <= 4 && best + left >= 11, "{best} {left}");
        let (best, left) = found(&Limits { postings: 5, ..LIMITS });
        assert!(best <= 5 && best + left >= 11 && left <= 12, "{best} {left}");
        let (best, left) = found(&Limits { postings: 0, ..LIMITS });
        assert!(best == 0 && left >= 11, "{best} {left}");
    }
}
