//! In how many different texts a passage stands: of one site, and anywhere.
//!
//! Sixty copies of a joint statement are one text; the note under every press release stands in as many texts as there are
//! releases. That tells a repetition from furniture, and the number of documents alone does not.

use std::collections::HashMap;
use std::rc::Rc;

use tantivy::{DocAddress, Term};
use vidimus_compare::{fingerprints, resemblance};
use vidimus_words::fold;

use super::candidates::{LIMITS, documents_with};
use crate::error::IndexError;
use crate::schema::{HOST, SOURCE};
use crate::search::Searcher;

/// What more different texts of a site carry than these are its furniture. On a large site that is seen on many pages, and
/// a statement that a few of them repeat is not mistaken for it.
const CARRIED: [usize; 2] = [3, 5];
/// A site with so many pages is large.
const LARGE_SITE: u64 = 100;
/// What so many different texts carry, on whatever sites, is a set phrase.
const SET_PHRASE: usize = 6;

/// Of a site with no more texts than this it is not seen what many of them carry.
const SMALL_SITE: u64 = 3;
/// So many documents are asked of a fingerprint.
const MOST_DOCUMENTS: usize = 2_000;
/// Of so many the texts are compared with each other.
const MOST_TEXTS: usize = 16;
/// So many texts are read for one question at the most.
const MOST_READ: usize = 2_000;
/// Texts that resemble each other so much are the same, give or take.
const SAME_TEXT: f64 = 0.5;
/// Short pages of a site may be furniture for the greater part.
const SAME_TEXT_OF_SITE: f64 = 0.65;

/// Why a fingerprint tells nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Common {
    /// It belongs to a site.
    OfSite,
    /// Everybody says it.
    SetPhrase,
}

/// Counts the texts that carry a fingerprint, and remembers what it has read.
pub(super) struct Carriers<'a> {
    pub(super) searcher: &'a Searcher,
    documents: HashMap<u32, Rc<Vec<DocAddress>>>,
    texts: HashMap<DocAddress, Vec<u32>>,
    pages: HashMap<(String, String), u64>,
    counted: HashMap<(u32, Option<(String, String)>), usize>,
}

impl<'a> Carriers<'a> {
    pub(super) fn new(searcher: &'a Searcher) -> Carriers<'a> {
        Carriers {
            searcher,
            documents: HashMap::new(),
            texts: HashMap::new(),
            pages: HashMap::new(),
            counted: HashMap::new(),
        }
    }

    /// Whether the index has only a few pages of a site, given as host and source.
    pub(super) fn is_small_site(&mut self, site: (&str, &str)) -> Result<bool, IndexError> {
        Ok(self.pages_of(site)? <= SMALL_SITE)
    }

    /// Whether a fingerprint belongs to one of these sites, given as host and source, or to nobody, rather than to a text.
    /// Where whole lines are the same, a text less is enough.
    pub(super) fn common(
        &mut self,
        value: u32,
        sites: &[(&str, &str)],
        is_block: bool,
    ) -> Result<Option<Common>, IndexError> {
        let documents = self.documents(value)?.len();
        for site in sites {
            let [few, many] = CARRIED;
            let carried = if self.pages_of(*site)? < LARGE_SITE { few } else { many };
            let most = if is_block { carried - 1 } else { carried };
            if documents > most && self.count(value, Some(*site))? > most {
                return Ok(Some(Common::OfSite));
            }
        }
        let everybody = documents >= SET_PHRASE && self.count(value, None)? >= SET_PHRASE;
        Ok(everybody.then_some(Common::SetPhrase))
    }

    /// How many pages of a site the index has.
    fn pages_of(&mut self, site: (&str, &str)) -> Result<u64, IndexError> {
        let key = (site.0.to_owned(), site.1.to_owned());
        if let Some(known) = self.pages.get(&key) {
            return Ok(*known);
        }
        let fields = &self.searcher.fields;
        let mut fewest = u64::MAX;
        for (field, name) in [(fields.host_key, site.0), (fields.source_key, site.1)] {
            if !name.is_empty() {
                let pages = self.searcher.engine.doc_freq(&Term::from_field_text(field, &fold(name)));
                fewest = fewest.min(pages.map_err(|error| IndexError::engine(&self.searcher.dir, error))?);
            }
        }
        self.pages.insert(key, fewest);
        Ok(fewest)
    }

    fn documents(&mut self, value: u32) -> Result<Rc<Vec<DocAddress>>, IndexError> {
        if let Some(known) = self.documents.get(&value) {
            return Ok(Rc::clone(known));
        }
        let found = Rc::new(documents_with(self.searcher, value, MOST_DOCUMENTS, LIMITS.of_one)?.documents);
        self.documents.insert(value, Rc::clone(&found));
        Ok(found)
    }

    /// How many different texts carry a fingerprint, on a site or anywhere.
    fn count(&mut self, value: u32, site: Option<(&str, &str)>) -> Result<usize, IndexError> {
        let key = (value, site.map(|(host, source)| (host.to_owned(), source.to_owned())));
        if let Some(known) = self.counted.get(&key) {
            return Ok(*known);
        }
        let mut documents = self.documents(value)?.to_vec();
        if let Some((host, source)) = site {
            documents = self.of_column(documents, HOST, host)?;
            documents = self.of_column(documents, SOURCE, source)?;
        }
        let same = if site.is_some() { SAME_TEXT_OF_SITE } else { SAME_TEXT };
        let different = self.different(&documents, same)?;
        self.counted.insert(key, different);
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
    fn different(&mut self, documents: &[DocAddress], same: f64) -> Result<usize, IndexError> {
        let step = documents.len().div_ceil(MOST_TEXTS).max(1);
        let some: Vec<DocAddress> = documents.iter().step_by(step).copied().collect();
        for document in &some {
            if self.texts.len() < MOST_READ && !self.texts.contains_key(document) {
                let text = self.searcher.document(*document)?.text;
                self.texts.insert(*document, fingerprints(&text));
            }
        }
        let mut different: Vec<&Vec<u32>> = Vec::new();
        for text in some.iter().filter_map(|document| self.texts.get(document)) {
            if different.iter().all(|other| resemblance(text, other) < same) {
                different.push(text);
            }
        }
        Ok(different.len())
    }
}
