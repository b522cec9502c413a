//! Finding the one document that a person named.

use jiff::Timestamp;
use tantivy::collector::TopDocs;
use tantivy::query::{EmptyQuery, Query, TermQuery};
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{DocAddress, Term};
use vidimus_snapshot::SnapshotRef;

use crate::document::Document;
use crate::error::IndexError;
use crate::schema::url_key;
use crate::search::Searcher;

/// So many captures that fit a name are looked at.
const MOST: usize = 1_000;

impl Searcher {
    /// The id of the document that is named: by eight or more of its first digits, by its `nih:` or `ni:` name, or by a URL
    /// for the newest text of the page.
    pub fn named(&self, name: &str) -> Result<String, IndexError> {
        let absent = || IndexError::NoDocument { name: name.to_owned() };
        if name.contains("://") {
            let newest = self.all_with(self.fields.url_key, &url_key(name))?.into_iter().max_by_key(
                |(_, document)| {
                    (document.states.last().copied().unwrap_or(Timestamp::MIN), document.captured_at)
                },
            );
            return newest.map(|(_, document)| document.id).ok_or_else(absent);
        }
        let reference: SnapshotRef = name.parse().map_err(|error: vidimus_snapshot::IdError| {
            IndexError::Name { name: name.to_owned(), reason: error.to_string() }
        })?;
        let mut found = self.ids_that_begin(reference.hex_prefix())?;
        match (found.len(), found.pop()) {
            (1, Some(id)) => Ok(id),
            (0, _) => Err(absent()),
            (count, _) => Err(IndexError::Name {
                name: name.to_owned(),
                reason: format!("{count} texts or more fit this name; give more digits"),
            }),
        }
    }

    /// The id of the document of a page with this text, of which the document may lack the beginning: its title. A later
    /// capture that found the same text has no document of its own.
    pub fn with_text(&self, url: &str, text: &str) -> Result<Option<String>, IndexError> {
        let of_page = self.all_with(self.fields.url_key, &url_key(url))?;
        let holds = |document: &Document| !document.text.is_empty() && text.ends_with(&document.text);
        Ok(of_page.into_iter().map(|(_, document)| document).find(holds).map(|document| document.id))
    }

    /// The document with this id.
    pub(super) fn held(&self, id: &str) -> Result<(DocAddress, Document), IndexError> {
        let found = self.all_with(self.fields.id, id)?.into_iter().next();
        found.ok_or_else(|| IndexError::NoDocument { name: id.to_owned() })
    }

    fn all_with(&self, field: Field, value: &str) -> Result<Vec<(DocAddress, Document)>, IndexError> {
        let term = Term::from_field_text(field, value);
        let query: Box<dyn Query> = if value.is_empty() {
            Box::new(EmptyQuery)
        } else {
            Box::new(TermQuery::new(term, IndexRecordOption::Basic))
        };
        let found = self.engine.search(&query, &TopDocs::with_limit(MOST).order_by_score());
        let found = found.map_err(|error| IndexError::engine(&self.dir, error))?;
        found.into_iter().map(|(_, address)| Ok((address, self.document(address)?))).collect()
    }

    /// Ids that begin with these digits: two tell that the name is not enough.
    fn ids_that_begin(&self, digits: &str) -> Result<Vec<String>, IndexError> {
        let fail = |error: std::io::Error| IndexError::engine(&self.dir, error.into());
        let mut found = Vec::new();
        for segment in self.engine.segment_readers() {
            let inverted = segment
                .inverted_index(self.fields.id)
                .map_err(|error| IndexError::engine(&self.dir, error))?;
            let mut terms = inverted.terms().range().ge(digits.as_bytes()).into_stream().map_err(fail)?;
            while terms.advance() && terms.key().starts_with(digits.as_bytes()) && found.len() < 2 {
                let id = String::from_utf8_lossy(terms.key()).into_owned();
                // Of a document that was removed the term stays until the files are written anew.
                if !found.contains(&id) && self.held(&id).is_ok() {
                    found.push(id);
                }
            }
        }
        Ok(found)
    }
}
