//! What else says the same words: copies, excerpts and quotations of a text among all that the index holds.
//!
//! Links are worked out when they are asked for and recorded nowhere: none is out of date, and none is left when a capture
//! is taken down. Texts that share fingerprints are looked up, then compared word for word. What many different texts of
//! a site carry is its furniture, and what many different texts anywhere carry is a set phrase: neither links.

mod candidates;
mod carriers;
mod characters;
mod furniture;
mod named;
mod order;

use std::collections::HashMap;
use std::ops::Range;

use tantivy::DocAddress;
use vidimus_compare::{Comparable, Likeness, Passage, Run, common_passages};

pub use characters::Characters;
pub use order::{Basis, Order, Relation};
pub use vidimus_compare::Sort;

use crate::document::Document;
use crate::error::IndexError;
use crate::search::Searcher;
use candidates::Candidates;
use carriers::Carriers;
use furniture::Side;

/// So many bytes of other texts are compared with one at the most.
const MOST_READ: usize = 32 * 1024 * 1024;

/// How much is looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkOptions {
    /// Most links to return.
    pub limit: usize,
    /// Most texts to compare word for word: those that share the most and the rarest fingerprints.
    pub compare: usize,
}

impl Default for LinkOptions {
    /// The hundred most telling links, of at most two hundred texts.
    fn default() -> LinkOptions {
        LinkOptions { limit: 100, compare: 200 }
    }
}

/// What says the same words as a text.
#[derive(Debug, Clone, PartialEq)]
pub struct Links {
    /// The text that was asked about.
    pub document: Document,
    /// The pages that share passages with it, those with the most words first; of a page with several versions that which
    /// shares the most, and of equals the first.
    pub links: Vec<Link>,
    /// How many links there are, of which `links` are a part.
    pub total: usize,
    /// How many texts at most share fingerprints and were not compared: those that were too many, and what was not read of
    /// the texts that have a very frequent one.
    pub not_compared: usize,
}

/// A page that shares passages with the text that was asked about.
#[derive(Debug, Clone, PartialEq)]
pub struct Link {
    /// The capture.
    pub document: Document,
    /// Copy, excerpt or quotation.
    pub sort: Sort,
    /// The share of the words asked about that stand in this document, from 0 to 1.
    pub share_of_asked: f64,
    /// The share of this document's words that stand in the text that was asked about.
    pub share_of_this: f64,
    /// How many words are the same.
    pub words: usize,
    /// Which of both was first, as far as their dates say.
    pub order: Order,
    /// The passages, in the order of the text that was asked about.
    pub shared: Vec<Shared>,
}

impl Link {
    /// Whether of two versions of a page this one is to be told.
    fn goes_before(&self, other: &Link) -> bool {
        let earlier = self.document.captured_at < other.document.captured_at;
        self.words > other.words || (self.words == other.words && earlier)
    }
}

/// A passage that stands in both texts, in bytes of their texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shared {
    /// Where it stands in the text that was asked about.
    pub asked: Range<usize>,
    /// Where it stands in the other.
    pub this: Range<usize>,
    /// What is equal within it, word for word, in both.
    pub equal: Vec<(Range<usize>, Range<usize>)>,
    /// How many words are equal.
    pub words: usize,
}

impl Searcher {
    /// What says the same words as the document with this id. Other versions of its page are versions, and no links; nor
    /// are listings, which repeat the beginnings of many texts, and what stands in the place of a statement.
    pub fn links(&self, id: &str, options: &LinkOptions) -> Result<Links, IndexError> {
        let (address, document) = self.held(id)?;
        if document.is_demoted() {
            return Ok(Links { document, links: Vec::new(), total: 0, not_compared: 0 });
        }
        let text = document.text.clone();
        let asked = Side::new(&text);
        let Candidates { best, left } =
            candidates::find(self, address, &asked.located, options.compare, &candidates::LIMITS)?;
        let mut carriers = Carriers::new(self);
        let is_small_site = carriers.is_small_site((&document.host, &document.source))?;
        let mut search = Search { document: &document, asked, carriers, is_small_site, read: 0 };
        let (mut links, passed_over) = search.of_pages(best)?;
        links.sort_by(|a, b| b.words.cmp(&a.words).then_with(|| a.document.id.cmp(&b.document.id)));
        let total = links.len();
        links.truncate(options.limit);
        Ok(Links { document, links, total, not_compared: left + passed_over })
    }
}

/// One question, and what is known on the way to its answer.
struct Search<'a> {
    document: &'a Document,
    asked: Side<'a>,
    carriers: Carriers<'a>,
    /// Whether the index has only a few pages of the site.
    is_small_site: bool,
    /// How many bytes of other texts were compared.
    read: usize,
}

impl Search<'_> {
    /// The best link of each page, and how many documents were passed over because enough had been read.
    fn of_pages(&mut self, documents: Vec<(DocAddress, u64)>) -> Result<(Vec<Link>, usize), IndexError> {
        let mut pages: HashMap<u64, Link> = HashMap::new();
        let mut passed_over = 0;
        for (address, page) in documents {
            if self.read >= MOST_READ {
                passed_over += 1;
                continue;
            }
            let Some(link) = self.link(address)? else { continue };
            match pages.get(&page) {
                Some(known) if !link.goes_before(known) => {}
                _ => drop(pages.insert(page, link)),
            }
        }
        Ok((pages.into_values().collect(), passed_over))
    }

    fn link(&mut self, address: DocAddress) -> Result<Option<Link>, IndexError> {
        let other = self.carriers.searcher.document(address)?;
        self.read += other.text.len();
        let there = Side::new(&other.text);
        let mut telling = Vec::new();
        for passage in common_passages(&self.asked.text, &there.text) {
            telling.extend(self.without_furniture(&passage, &there, &other)?);
        }
        telling.retain(Passage::is_telling);
        let Some(likeness) = Likeness::of(&self.asked.text, &there.text, telling) else { return Ok(None) };
        let shared =
            likeness.passages.iter().map(|passage| shared(&self.asked.text, &there.text, passage)).collect();
        let order = Order::of(self.document, &other);
        Ok(Some(Link {
            sort: likeness.sort,
            share_of_asked: likeness.share_here,
            share_of_this: likeness.share_there,
            words: likeness.words,
            order,
            shared,
            document: other,
        }))
    }

    /// A passage without the lines of it that belong to the site rather than to the text, or are what everybody says.
    fn without_furniture(
        &mut self,
        passage: &Passage,
        there: &Side<'_>,
        other: &Document,
    ) -> Result<Vec<Passage>, IndexError> {
        let mut parts: Vec<Vec<Passage>> = vec![Vec::new()];
        for line in passage.lines(&self.asked.text, &there.text) {
            if self.is_furniture(&line, there, other)? {
                parts.push(Vec::new());
            } else if let Some(part) = parts.last_mut() {
                part.push(line);
            }
        }
        Ok(parts
            .into_iter()
            .filter_map(|lines| Passage::join(&self.asked.text, &there.text, lines))
            .collect())
    }

    fn is_furniture(
        &mut self,
        line: &Passage,
        there: &Side<'_>,
        other: &Document,
    ) -> Result<bool, IndexError> {
        let same_site = self.document.host == other.host && self.document.source == other.source;
        if same_site && furniture::is_frame(line, &self.asked.text, &there.text, self.is_small_site) {
            return Ok(true);
        }
        let mut sites = vec![(self.document.host.as_str(), self.document.source.as_str())];
        if !same_site {
            sites.push((other.host.as_str(), other.source.as_str()));
        }
        let here: Vec<Range<usize>> = line.runs.iter().map(Run::here).collect();
        if self.asked.is_common(line, &here, &sites, &mut self.carriers)? {
            return Ok(true);
        }
        let there_runs: Vec<Range<usize>> = line.runs.iter().map(Run::there).collect();
        there.is_common(line, &there_runs, &sites, &mut self.carriers)
    }
}

fn shared(asked: &Comparable<'_>, this: &Comparable<'_>, passage: &Passage) -> Shared {
    Shared {
        asked: asked.span(&passage.here),
        this: this.span(&passage.there),
        equal: passage.runs.iter().map(|run| (asked.span(&run.here()), this.span(&run.there()))).collect(),
        words: passage.words,
    }
}
