//! Reading: answers to queries, and every stored document in order.

mod apart;
mod as_of;
mod best;
mod collapse;
mod columns;
mod hits;
mod matches;
mod options;
mod rank;
mod tally;

use std::cmp::Ordering;
use std::ops::Bound;
use std::path::{Path, PathBuf};

use jiff::civil::Date;
use tantivy::collector::{Collector, Count};
use tantivy::query::{BooleanQuery, ConstScoreQuery, Occur, Query as EngineQuery, RangeQuery, TermSetQuery};
use tantivy::schema::{Field, Term};
use tantivy::{DocAddress, Index, ReloadPolicy, Score, TantivyDocument, TantivyError};

use crate::compile::compile;
use crate::directory::{IndexFolder, Role};
use crate::document::Document;
use crate::error::IndexError;
use crate::query::Query;
use crate::schema::{Fields, ID};
use crate::snippet::Matcher;
use crate::version::Version;
use crate::writer::register_analyzers;
use apart::Apart;
use as_of::{Current, end_of};
use best::Best;
use collapse::{Cluster, MOST_COMPARED, Page, by_page, clusters, newest_of};
use matches::Matches;
use rank::{Rank, Ranking};

pub use hits::{Fold, Folded, Hit, NearCopy, Results};
pub use options::{By, Collapse, Kinds, Options, Sort};
pub use tally::{Count as FacetCount, Counted, Facet, Row, Step};

/// Reads an index as it was at one commit; open another to see later ones.
///
/// Needs no write access, and works beside a writer without holding it up.
#[derive(Clone)]
pub struct Searcher {
    pub(crate) dir: PathBuf,
    pub(crate) fields: Fields,
    pub(crate) engine: tantivy::Searcher,
}

impl std::fmt::Debug for Searcher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Searcher").field("dir", &self.dir).finish_non_exhaustive()
    }
}

impl Searcher {
    /// Opens the index in a folder at its last commit.
    pub fn open(dir: &Path) -> Result<Searcher, IndexError> {
        let Some(version) = Version::read(dir)? else {
            return Err(IndexError::NoIndex { path: dir.to_owned() });
        };
        version.check(dir)?;
        let fail = |error| IndexError::engine(dir, error);
        let folder = IndexFolder::open(dir, Role::Reader).map_err(|error| fail(error.into()))?;
        if !Index::exists(&folder).map_err(|error| fail(error.into()))? {
            return Err(IndexError::NoIndex { path: dir.to_owned() });
        }
        let index = Index::open(folder).map_err(fail)?;
        let fields = Fields::new();
        if index.schema() != fields.schema {
            return Err(IndexError::damaged(dir, "its fields are not those of its recorded version"));
        }
        register_analyzers(&index);
        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into().map_err(fail)?;
        Ok(Searcher { dir: dir.to_owned(), fields, engine: reader.searcher() })
    }

    /// How many documents there are.
    pub fn len(&self) -> u64 {
        self.engine.num_docs()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Answers a query, with all hits that are asked for in memory.
    pub fn search(&self, query: &Query, options: &Options) -> Result<Results, IndexError> {
        let found = self.find(query, options)?;
        let (total, left_out, folded) = (found.total, found.left_out, found.folded);
        Ok(Results { total, left_out, folded, hits: found.hits().collect::<Result<_, _>>()? })
    }

    /// Answers a query; of each hit only a few bytes are held until it is asked for.
    pub fn find(&self, query: &Query, options: &Options) -> Result<Found<'_>, IndexError> {
        let wanted = self.wanted(query, options);
        let (matching, entries, folded) = match options.collapse {
            Collapse::Nothing => {
                let (matching, ranked) = self.best(&wanted, options.offset, options.limit, options)?;
                (matching, ranked.into_iter().map(Entry::alone).collect(), None)
            }
            Collapse::Versions => self.versions(&wanted, options)?,
            Collapse::Clusters => self.clusters(&wanted, options)?,
        };
        // What stands in the place of a page was never a version of it.
        let left_out = if options.as_of.is_none() { matching.left_out } else { 0 };
        let matcher = Matcher::new(query);
        Ok(Found { total: matching.total, left_out, folded, matcher, searcher: self, entries })
    }

    /// What is to match.
    fn wanted(&self, query: &Query, options: &Options) -> Wanted {
        let query_decides = options.kinds == Kinds::Statements && query.names_kinds();
        let kinds = if query_decides { Kinds::All } else { options.kinds.clone() };
        let apart = (kinds == Kinds::Statements).then_some(self.fields.kind_key);
        Wanted { query: self.compiled(query, &Options { kinds, ..options.clone() }), apart }
    }

    /// Query and filters as the engine takes them.
    fn compiled(&self, query: &Query, options: &Options) -> Box<dyn EngineQuery> {
        let mut options = options.clone();
        let mut filters: Vec<Box<dyn EngineQuery>> = Vec::new();
        if options.by == By::Captured {
            let (since, until) = (options.since.take(), options.until.take());
            filters.extend(captured_between(self.fields.captured, since, until));
        }
        if let Some(ids) = &options.ids {
            let terms = ids.iter().map(|id| Term::from_field_text(self.fields.id, id));
            filters.push(Box::new(TermSetQuery::new(terms)));
        }
        if let Some(day) = options.as_of {
            filters.push(Box::new(Current::at(&self.engine, end_of(day))));
        }
        let query = compile(&self.fields, &query.root, &options);
        if filters.is_empty() {
            return query;
        }
        let unranked = |filter| -> Box<dyn EngineQuery> { Box::new(ConstScoreQuery::new(filter, 0.0)) };
        let clauses = filters.into_iter().map(unranked).chain([query]).map(|clause| (Occur::Must, clause));
        Box::new(BooleanQuery::new(clauses.collect()))
    }

    /// How many match, and the best of them in their order.
    fn best(
        &self,
        wanted: &Wanted,
        offset: usize,
        limit: usize,
        options: &Options,
    ) -> Result<(Matching, Vec<(Rank, DocAddress)>), IndexError> {
        if limit == 0 {
            let (total, left_out) = self.collect(wanted, Count)?;
            return Ok((Matching { total, left_out }, Vec::new()));
        }
        let most = offset.saturating_add(limit);
        let best = Best { ranking: Ranking::new(&self.engine, options), most };
        let ((total, mut ranked), left_out) = self.collect(wanted, best)?;
        ranked.drain(..offset.min(ranked.len()));
        Ok((Matching { total, left_out }, ranked))
    }

    fn versions(&self, wanted: &Wanted, options: &Options) -> Result<Answer, IndexError> {
        let (matches, left_out) = self.collect(wanted, Matches { scored: true })?;
        let total = matches.iter().map(|of_segment| of_segment.docs.len()).sum();
        let until = last_moment(options);
        let mut pages = by_page(&self.engine, &matches, Ranking::new(&self.engine, options), until);
        pages.sort_unstable_by(|a, b| b.rank.partial_cmp(&a.rank).unwrap_or(Ordering::Equal));
        let folded = Some(Folded { hits: pages.len(), compared: total });
        let shown: Vec<Page> = pages.into_iter().skip(options.offset).take(options.limit).collect();
        let newest = newest_of(&self.engine, &shown.iter().map(|page| page.number).collect(), until);
        let entry = |page: Page| Entry {
            score: page.rank.score,
            address: page.newest,
            under: Under::Versions { others: page.others, superseded: page.is_superseded(&newest) },
        };
        Ok((Matching { total, left_out }, shown.into_iter().map(entry).collect(), folded))
    }

    fn clusters(&self, wanted: &Wanted, options: &Options) -> Result<Answer, IndexError> {
        let (matching, ranked) = self.best(wanted, 0, MOST_COMPARED, options)?;
        let (found, compared) = clusters(&ranked, |address| self.document(address))?;
        let folded = Some(Folded { hits: found.len(), compared });
        let entry = |cluster: Cluster| Entry {
            score: cluster.best.0,
            address: cluster.best.1,
            under: Under::Copies(cluster.copies),
        };
        let shown = found.into_iter().skip(options.offset).take(options.limit);
        Ok((matching, shown.map(entry).collect(), folded))
    }

    /// What a collector makes of all that matches, and how much was left out.
    fn collect<C: Collector>(&self, wanted: &Wanted, inner: C) -> Result<(C::Fruit, usize), IndexError> {
        let collector = Apart { inner, kinds: wanted.apart };
        self.engine.search(&wanted.query, &collector).map_err(|error| self.failed(error))
    }

    fn failed(&self, error: TantivyError) -> IndexError {
        IndexError::engine(&self.dir, error)
    }

    /// All documents, ordered by id: two indexes with the same documents give the same sequence,
    /// whatever the order in which they were written.
    pub fn documents(&self) -> Result<Documents<'_>, IndexError> {
        let order: Vec<DocAddress> = self.places()?.into_iter().map(|(_, address)| address).collect();
        Ok(Documents { searcher: self, order: order.into_iter() })
    }

    /// The ids of all documents, in their order.
    pub fn ids(&self) -> Result<Vec<String>, IndexError> {
        Ok(self.places()?.into_iter().map(|(id, _)| id).collect())
    }

    /// Where each document is, ordered by id.
    fn places(&self) -> Result<Vec<(String, DocAddress)>, IndexError> {
        let mut order = Vec::new();
        for (ordinal, segment) in (0u32..).zip(self.engine.segment_readers()) {
            let ids = segment
                .fast_fields()
                .str(ID)
                .map_err(|error| IndexError::engine(&self.dir, error))?
                .ok_or_else(|| IndexError::damaged(&self.dir, "the column of ids is missing"))?;
            for doc in segment.doc_ids_alive() {
                let mut id = String::new();
                if let Some(term) = ids.term_ords(doc).next() {
                    ids.ord_to_str(term, &mut id).map_err(|error| IndexError::io(&self.dir, error))?;
                }
                order.push((id, DocAddress::new(ordinal, doc)));
            }
        }
        order.sort_unstable();
        Ok(order)
    }

    pub(crate) fn document(&self, address: DocAddress) -> Result<Document, IndexError> {
        let stored: TantivyDocument =
            self.engine.doc(address).map_err(|error| IndexError::engine(&self.dir, error))?;
        self.fields.stored_document(&stored, &self.dir)
    }
}

/// Iterates over all documents of an index; see [`Searcher::documents`].
#[derive(Debug)]
pub struct Documents<'a> {
    searcher: &'a Searcher,
    order: std::vec::IntoIter<DocAddress>,
}

impl Iterator for Documents<'_> {
    type Item = Result<Document, IndexError>;

    fn next(&mut self) -> Option<Result<Document, IndexError>> {
        self.order.next().map(|address| self.searcher.document(address))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.order.size_hint()
    }
}

/// What is to match.
struct Wanted {
    query: Box<dyn EngineQuery>,
    /// The field by which stand-ins are known that are to be left out.
    apart: Option<Field>,
}

/// How many documents match.
struct Matching {
    total: usize,
    /// How many more were left out because they stand in the place of a statement.
    left_out: usize,
}

/// How many documents match, what is shown of them, and what they were folded into.
type Answer = (Matching, Vec<Entry>, Option<Folded>);

/// A hit before its document is read.
#[derive(Debug)]
struct Entry {
    score: Score,
    address: DocAddress,
    under: Under,
}

/// What is folded under a hit.
#[derive(Debug)]
enum Under {
    Nothing,
    Versions { others: usize, superseded: bool },
    Copies(Vec<DocAddress>),
}

impl Entry {
    fn alone((rank, address): (Rank, DocAddress)) -> Entry {
        Entry { score: rank.score, address, under: Under::Nothing }
    }
}

/// The answer to a query; its hits are read one after the other.
pub struct Found<'a> {
    /// How many documents match.
    pub total: usize,
    /// How many more match that were left out because they stand in the place of a statement.
    pub left_out: usize,
    /// How many hits there are when documents are folded, and of how many documents that is known.
    pub folded: Option<Folded>,
    matcher: Matcher,
    searcher: &'a Searcher,
    entries: Vec<Entry>,
}

impl std::fmt::Debug for Found<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Found").field("total", &self.total).finish_non_exhaustive()
    }
}

impl Found<'_> {
    /// How many hits [`Found::hits`] gives.
    pub fn shown(&self) -> usize {
        self.entries.len()
    }

    /// The hits that were asked for, in their order.
    pub fn hits(&self) -> impl Iterator<Item = Result<Hit, IndexError>> {
        self.entries.iter().map(|entry| self.hit(entry))
    }

    /// The addresses of the same hits, for whoever needs nothing else of them.
    pub fn urls(&self) -> impl Iterator<Item = Result<String, IndexError>> {
        self.entries.iter().map(|entry| Ok(self.searcher.document(entry.address)?.url))
    }

    fn hit(&self, entry: &Entry) -> Result<Hit, IndexError> {
        let fold = match &entry.under {
            Under::Nothing => Fold::Nothing,
            Under::Versions { others, superseded } => {
                Fold::Versions { others: *others, superseded: *superseded }
            }
            Under::Copies(copies) => {
                let copy = |address: &DocAddress| self.searcher.document(*address).map(NearCopy::from);
                Fold::Copies(copies.iter().map(copy).collect::<Result<_, _>>()?)
            }
        };
        let document = self.searcher.document(entry.address)?;
        Ok(Hit::new(document, entry.score, fold, &self.matcher))
    }
}

/// The last time, in microseconds, of which the answer is.
fn last_moment(options: &Options) -> i64 {
    options.as_of.map_or(i64::MAX, end_of)
}

/// Only what was captured on these days (UTC).
fn captured_between(field: Field, since: Option<Date>, until: Option<Date>) -> Option<Box<dyn EngineQuery>> {
    if since.is_none() && until.is_none() {
        return None;
    }
    let bound = |time: Option<i64>| {
        time.map_or(Bound::Unbounded, |time| Bound::Included(Term::from_field_i64(field, time)))
    };
    let begin = since.map(|day| day.yesterday().map_or(i64::MIN, |before| end_of(before).saturating_add(1)));
    Some(Box::new(RangeQuery::new(bound(begin), bound(until.map(end_of)))))
}
