//! Which documents are worth comparing with a text: those that share its fingerprints, the rare ones above all.

use std::collections::{BTreeSet, HashMap};

use tantivy::{DocAddress, DocId, SegmentReader};
use vidimus_compare::Fingerprint;

use crate::error::IndexError;
use crate::fingerprints::documents_of;
use crate::schema::{DEMOTED, PAGE};
use crate::search::Searcher;

/// Of a fingerprint that more documents have, in one segment, the first ones are looked at.
const MOST_OF_ONE: usize = 5_000;
/// What a fingerprint is worth that one document has; one that ten have is worth a tenth.
const WORTH: u64 = 1_000_000;
/// So many postings are read for one text at the most.
const MOST_POSTINGS: usize = 4_000_000;

/// What shares fingerprints with a text.
pub(super) struct Candidates {
    /// The most promising ones first, each with its page.
    pub(super) best: Vec<(DocAddress, u64)>,
    /// How many more there are.
    pub(super) left: usize,
}

/// Looks up the fingerprints of a text, itself and other versions of its page left out.
pub(super) fn find(
    searcher: &Searcher,
    asked: DocAddress,
    located: &[Fingerprint],
    most: usize,
) -> Result<Candidates, IndexError> {
    // Added up in whole numbers, so that the order of the additions makes no difference.
    let mut worth: HashMap<DocAddress, u64> = HashMap::new();
    let mut budget = MOST_POSTINGS;
    for (frequency, value) in rarest_first(searcher, located)? {
        let list = documents_with(searcher, value, budget)?;
        budget = budget.saturating_sub(list.len());
        for address in list {
            *worth.entry(address).or_default() += WORTH / frequency.max(1);
        }
    }
    let pages = Pages::new(searcher);
    let own = pages.page(asked);
    let mut all: Vec<(u64, DocAddress, u64)> = worth
        .into_iter()
        .filter(|(address, _)| !pages.is_demoted(*address))
        .map(|(address, worth)| (worth, address, pages.page(address)))
        .filter(|(_, address, page)| *address != asked && *page != own)
        .collect();
    all.sort_unstable_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
    let left = all.len().saturating_sub(most);
    all.truncate(most);
    let best = all.into_iter().map(|(_, address, page)| (address, page)).collect();
    Ok(Candidates { best, left })
}

/// The fingerprints of a text, each with how many documents have it: what is left unread at the end of the budget is what
/// says least. Their order depends on nothing else.
fn rarest_first(searcher: &Searcher, located: &[Fingerprint]) -> Result<Vec<(u64, u32)>, IndexError> {
    let values: BTreeSet<u32> = located.iter().map(|found| found.value).collect();
    let mut values: Vec<(u64, u32)> = values
        .into_iter()
        .map(|value| Ok((frequency(searcher, value)?, value)))
        .collect::<Result<_, IndexError>>()?;
    values.sort_unstable();
    Ok(values)
}

/// How many documents have a fingerprint.
fn frequency(searcher: &Searcher, value: u32) -> Result<u64, IndexError> {
    let mut frequency = 0;
    for segment in searcher.engine.segment_readers() {
        frequency += having(searcher, segment, value)?.map(|_| 1).sum::<u64>();
    }
    Ok(frequency)
}

/// The documents that have a fingerprint, at most so many.
pub(super) fn documents_with(
    searcher: &Searcher,
    value: u32,
    most: usize,
) -> Result<Vec<DocAddress>, IndexError> {
    let mut found = Vec::new();
    for (ordinal, segment) in (0u32..).zip(searcher.engine.segment_readers()) {
        let left = most.saturating_sub(found.len()).min(MOST_OF_ONE);
        let documents = having(searcher, segment, value)?.take(left);
        found.extend(documents.map(|doc| DocAddress::new(ordinal, doc)));
    }
    Ok(found)
}

fn having(
    searcher: &Searcher,
    segment: &SegmentReader,
    value: u32,
) -> Result<impl Iterator<Item = DocId>, IndexError> {
    documents_of(segment, searcher.fields.fingerprint, value)
        .map_err(|error| IndexError::engine(&searcher.dir, error))
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
