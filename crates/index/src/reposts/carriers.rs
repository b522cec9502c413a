//! In how many different texts a passage stands: of one site, and anywhere.
//!
//! Sixty copies of a joint statement are one text; the note under every press release stands in as many texts as there are
//! releases. That tells a repetition from furniture, and the number of documents alone does not.

use std::collections::HashMap;
use std::rc::Rc;

use tantivy::{DocAddress, Term};
use vidimus_compare::{fingerprints, resemblance};
use vidimus_words::fold;

use super::candidates::documents_with;
use crate::document::Document;
use crate::error::IndexError;
use crate::schema::{HOST, SOURCE};
use crate::search::Searcher;

/// What so many different texts of a site carry is its furniture …
const FURNITURE: usize = 4;
/// … and so many are enough where it is whole lines in both texts that are compared.
const FURNITURE_OF_LINES: usize = 3;
/// What so many different texts carry, on whatever sites, is a set phrase.
const SET_PHRASE: usize = 5;

/// Of a site with no more texts than this it is not seen what many of them carry.
const SMALL_SITE: u64 = 3;
/// So many documents are asked of a fingerprint.
const MOST_DOCUMENTS: usize = 2_000;
/// Of so many the texts are compared with each other.
const MOST_TEXTS: usize = 16;
/// Texts from here on are the same, give or take.
const SAME_TEXT: f64 = 0.5;

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
    counted: HashMap<(u32, Option<(String, String)>), usize>,
}

impl<'a> Carriers<'a> {
    pub(super) fn new(searcher: &'a Searcher) -> Carriers<'a> {
        Carriers { searcher, documents: HashMap::new(), texts: HashMap::new(), counted: HashMap::new() }
    }

    /// Whether the index has only a few pages of the site that a document is of.
    pub(super) fn is_small_site(&self, document: &Document) -> Result<bool, IndexError> {
        let fields = &self.searcher.fields;
        for (field, name) in [(fields.host_key, &document.host), (fields.source_key, &document.source)] {
            let pages = self.searcher.engine.doc_freq(&Term::from_field_text(field, &fold(name)));
            if pages.map_err(|error| IndexError::engine(&self.searcher.dir, error))? <= SMALL_SITE {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether a fingerprint belongs to one of these sites, given as host and source, or to nobody, rather than to a text.
    pub(super) fn common(
        &mut self,
        value: u32,
        sites: &[(&str, &str)],
        is_block: bool,
    ) -> Result<Option<Common>, IndexError> {
        let most = if is_block { FURNITURE_OF_LINES } else { FURNITURE };
        if self.documents(value)?.len() < most {
            return Ok(None);
        }
        for (host, source) in sites {
            if self.count(value, Some(((*host).to_owned(), (*source).to_owned())))? >= most {
                return Ok(Some(Common::OfSite));
            }
        }
        let everybody = self.documents(value)?.len() >= SET_PHRASE && self.count(value, None)? >= SET_PHRASE;
        Ok(everybody.then_some(Common::SetPhrase))
    }

    fn documents(&mut self, value: u32) -> Result<Rc<Vec<DocAddress>>, IndexError> {
        if let Some(known) = self.documents.get(&value) {
            return Ok(Rc::clone(known));
        }
        let found = Rc::new(documents_with(self.searcher, value, MOST_DOCUMENTS)?);
        self.documents.insert(value, Rc::clone(&found));
        Ok(found)
    }

    fn count(&mut self, value: u32, site: Option<(String, String)>) -> Result<usize, IndexError> {
        if let Some(known) = self.counted.get(&(value, site.clone())) {
            return Ok(*known);
        }
        let mut documents = self.documents(value)?.to_vec();
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
