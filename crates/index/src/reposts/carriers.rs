//! In how many different texts a passage stands: of one site, and anywhere.
//!
//! Sixty copies of a joint statement are one text; the note under every press release stands in as many texts as there are
//! releases. That tells a repetition from furniture, and the number of documents alone does not.

use std::collections::HashMap;

use tantivy::DocAddress;
use vidimus_compare::{fingerprints, resemblance};

use super::candidates::documents_with;
use crate::error::IndexError;
use crate::schema::{HOST, SOURCE};
use crate::search::Searcher;

/// What so many different texts of a site carry is its furniture …
pub(super) const FURNITURE: usize = 4;
/// … and so many are enough where it is whole lines in both texts that are compared.
pub(super) const FURNITURE_OF_LINES: usize = 3;
/// A short passage that so many different texts carry, on whatever sites, is a set phrase …
pub(super) const SET_PHRASE: usize = 6;
/// … unless it has so many words, or stands in quotation marks.
pub(super) const LONGEST_PHRASE: usize = 25;

/// So many documents are asked of a fingerprint.
const MOST_DOCUMENTS: usize = 2_000;
/// Of so many the texts are compared with each other.
const MOST_TEXTS: usize = 16;
/// Texts from here on are the same, give or take.
const SAME_TEXT: f64 = 0.5;

/// Counts the texts that carry a fingerprint, and remembers what it has read.
pub(super) struct Carriers<'a> {
    pub(super) searcher: &'a Searcher,
    texts: HashMap<DocAddress, Vec<u32>>,
    counted: HashMap<(u32, Option<(String, String)>), usize>,
}

impl<'a> Carriers<'a> {
    pub(super) fn new(searcher: &'a Searcher) -> Carriers<'a> {
        Carriers { searcher, texts: HashMap::new(), counted: HashMap::new() }
    }

    /// How many different texts anywhere carry it; from sixteen on they are not counted.
    pub(super) fn texts(&mut self, value: u32) -> Result<usize, IndexError> {
        self.count(value, None)
    }

    /// How many different texts carry it on the pages of a host that a source has.
    pub(super) fn texts_of_site(&mut self, value: u32, site: (&str, &str)) -> Result<usize, IndexError> {
        self.count(value, Some((site.0.to_owned(), site.1.to_owned())))
    }

    fn count(&mut self, value: u32, site: Option<(String, String)>) -> Result<usize, IndexError> {
        if let Some(known) = self.counted.get(&(value, site.clone())) {
            return Ok(*known);
        }
        let mut documents = documents_with(self.searcher, value, MOST_DOCUMENTS)?;
        if let Some((host, source)) = &site {
            documents = self.of_column(documents, HOST, host)?;
            documents = self.of_column(documents, SOURCE, source)?;
        }
        let different = self.different(&documents)?;
        self.counted.insert((value, site), different);
        Ok(different)
    }

    /// Those documents that have this value in a column of names.
    fn of_column(
        &self,
        documents: Vec<DocAddress>,
        column: &str,
        wanted: &str,
    ) -> Result<Vec<DocAddress>, IndexError> {
        let mut kept = Vec::new();
        for (ordinal, segment) in (0u32..).zip(self.searcher.engine.segment_readers()) {
            let fail = |error| IndexError::engine(&self.searcher.dir, error);
            let Some(names) = segment.fast_fields().str(column).map_err(fail)? else { continue };
            let name = names.dictionary().term_ord(wanted);
            let Some(name) = name.map_err(|error| IndexError::io(&self.searcher.dir, error))? else {
                continue;
            };
            let here = documents.iter().filter(|document| document.segment_ord == ordinal);
            kept.extend(here.filter(|document| names.term_ords(document.doc_id).any(|ord| ord == name)));
        }
        Ok(kept)
    }

    /// How many texts these are when those that are the same, give or take, count once.
    fn different(&mut self, documents: &[DocAddress]) -> Result<usize, IndexError> {
        let step = documents.len().div_ceil(MOST_TEXTS).max(1);
        let some: Vec<DocAddress> = documents.iter().step_by(step).copied().collect();
        for document in &some {
            if !self.texts.contains_key(document) {
                let text = self.searcher.document(*document)?.text;
                self.texts.insert(*document, fingerprints(&text));
            }
        }
        let mut different: Vec<&Vec<u32>> = Vec::new();
        for text in some.iter().filter_map(|document| self.texts.get(document)) {
            if different.iter().all(|other| resemblance(text, other) < SAME_TEXT) {
                different.push(text);
            }
        }
        Ok(different.len())
    }
}
