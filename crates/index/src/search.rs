//! Reading: answers to queries, and every stored document in order.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::civil::Date;
use tantivy::collector::{Count, TopDocs};
use tantivy::columnar::Column;
use tantivy::{DocAddress, DocId, Index, ReloadPolicy, Score, SegmentReader, TantivyDocument};

use crate::compile::compile;
use crate::directory::{IndexFolder, Role};
use crate::document::Document;
use crate::error::IndexError;
use crate::query::Query;
use crate::schema::{DAY, DEMOTED, Fields, ID, TIE};
use crate::snippet::{Matcher, Snippet};
use crate::version::Version;
use crate::writer::register_analyzers;

/// How many hits, which ones, and from where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Most hits to return.
    pub limit: usize,
    /// How many of the best hits to leave out.
    pub offset: usize,
    /// Only captures of this source.
    pub source: Option<String>,
    /// Only documents of this day or later: published, or captured when that is unknown.
    pub since: Option<Date>,
    /// Only documents of this day or earlier.
    pub until: Option<Date>,
    /// Only texts in this language; `pt` includes `pt-BR`.
    pub lang: Option<String>,
    /// Which kinds of pages.
    pub kinds: Kinds,
}

/// Which kinds of pages a search is about. A query that itself says something of kinds has its say instead of
/// [`Kinds::Statements`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Kinds {
    /// All but those that stand in the place of a statement: walls, logins, errors, empty pages.
    #[default]
    Statements,
    /// All.
    All,
    /// This one only.
    Only(String),
}

impl Default for Options {
    /// The ten best hits.
    fn default() -> Options {
        Options {
            limit: 10,
            offset: 0,
            source: None,
            since: None,
            until: None,
            lang: None,
            kinds: Kinds::default(),
        }
    }
}

/// The answer to a query.
#[derive(Debug, Clone, PartialEq)]
pub struct Results {
    /// How many documents match, of which `hits` are a part.
    pub total: usize,
    /// How many more match that were left out because they stand in the place of a statement.
    pub left_out: usize,
    /// The best ones, best first; among equals the newer first.
    pub hits: Vec<Hit>,
}

/// One document that matches.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    /// The capture's name, see [`Document::id`].
    pub id: String,
    /// The URL that was captured.
    pub url: String,
    /// Its host.
    pub host: String,
    /// The source it belongs to.
    pub source: String,
    /// The organisation behind the source.
    pub organisation: Option<String>,
    /// The title as published.
    pub title: String,
    /// The authors as published.
    pub authors: Vec<String>,
    /// The language, when known.
    pub lang: Option<String>,
    /// The kind of text, when known.
    pub kind: Option<String>,
    /// Whether only the beginning of the text is held.
    pub partial: bool,
    /// Whether this archive made the capture itself; false for one that was imported.
    pub witnessed: bool,
    /// The day of publication, when known.
    pub published: Option<Date>,
    /// When it was captured.
    pub captured_at: Timestamp,
    /// How well it matches; comparable within one answer only.
    pub score: f32,
    /// The passage that matches.
    pub snippet: Snippet,
}

/// Reads an index as it was at one commit; open another to see later ones.
///
/// Needs no write access, and works beside a writer without holding it up.
#[derive(Clone)]
pub struct Searcher {
    dir: PathBuf,
    fields: Fields,
    engine: tantivy::Searcher,
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

    /// Answers a query.
    pub fn search(&self, query: &Query, options: &Options) -> Result<Results, IndexError> {
        let fail = |error| IndexError::engine(&self.dir, error);
        let all = Options { kinds: Kinds::All, ..options.clone() };
        let query_decides = options.kinds == Kinds::Statements && query.names_kinds();
        let chosen = if query_decides { &all } else { options };
        let leaves_out = chosen.kinds == Kinds::Statements;
        let compiled = compile(&self.fields, &query.root, chosen);
        // The collector sets memory aside for all it may return: never more than there is.
        let documents = usize::try_from(self.len()).unwrap_or(usize::MAX);
        let limit = options.limit.min(documents.saturating_sub(options.offset));
        if limit == 0 {
            let total = self.engine.search(&compiled, &Count).map_err(fail)?;
            let left_out = if leaves_out { self.count(query, &all)?.saturating_sub(total) } else { 0 };
            return Ok(Results { total, left_out, hits: Vec::new() });
        }
        let best = TopDocs::with_limit(limit).and_offset(options.offset).tweak_score(rank);
        let (ranked, total) = self.engine.search(&compiled, &(best, Count)).map_err(fail)?;
        let matcher = Matcher::new(query);
        let hits = ranked
            .into_iter()
            .map(|(rank, address)| Ok(hit(self.document(address)?, rank.score, &matcher)))
            .collect::<Result<Vec<Hit>, IndexError>>()?;
        let left_out = if leaves_out { self.count(query, &all)?.saturating_sub(total) } else { 0 };
        Ok(Results { total, left_out, hits })
    }

    fn count(&self, query: &Query, options: &Options) -> Result<usize, IndexError> {
        let compiled = compile(&self.fields, &query.root, options);
        self.engine.search(&compiled, &Count).map_err(|error| IndexError::engine(&self.dir, error))
    }

    /// All documents, ordered by id: two indexes with the same documents give the same sequence,
    /// whatever the order in which they were written.
    pub fn documents(&self) -> Result<Documents<'_>, IndexError> {
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
        let order: Vec<DocAddress> = order.into_iter().map(|(_, address)| address).collect();
        Ok(Documents { searcher: self, order: order.into_iter() })
    }

    fn document(&self, address: DocAddress) -> Result<Document, IndexError> {
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

/// By what hits are ordered. Nothing in it depends on where the engine keeps a document.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
struct Rank {
    /// 1 for statements, 0 for what leads to them or stands in their place: a listing repeats the words of many.
    first: u64,
    score: Score,
    day: u64,
    tie: u64,
}

fn rank(segment: &SegmentReader) -> impl Fn(DocId, Score) -> Rank + use<> {
    let day = column(segment, DAY);
    let tie = column(segment, TIE);
    let demoted = column(segment, DEMOTED);
    move |doc, score| {
        let value = |column: &Option<Column<u64>>| column.as_ref().and_then(|c| c.first(doc)).unwrap_or(0);
        Rank { first: 1_u64.saturating_sub(value(&demoted)), score, day: value(&day), tie: value(&tie) }
    }
}

fn column(segment: &SegmentReader, name: &str) -> Option<Column<u64>> {
    segment.fast_fields().u64(name).ok()
}

fn hit(document: Document, score: f32, matcher: &Matcher) -> Hit {
    let snippet = matcher.snippet(&document.text, document.lang.as_deref());
    Hit {
        id: document.id,
        url: document.url,
        host: document.host,
        source: document.source,
        organisation: document.organisation,
        title: document.title,
        authors: document.authors,
        lang: document.lang,
        kind: document.kind,
        partial: document.partial,
        witnessed: document.witnessed,
        published: document.published,
        captured_at: document.captured_at,
        score,
        snippet,
    }
}
