//! The one writer.

use std::path::{Path, PathBuf};

use tantivy::directory::{Directory, INDEX_WRITER_LOCK};
use tantivy::index::{SegmentId, SegmentMeta};
use tantivy::indexer::{IndexWriterOptions, LogMergePolicy, NoMergePolicy};
use tantivy::schema::Term;
use tantivy::store::Compressor;
use tantivy::{Index, IndexSettings};

use crate::directory::{IndexFolder, Role, prepare_locks, temporary};
use crate::document::Document;
use crate::error::IndexError;
use crate::fingerprints::{self, FINGERPRINTS};
use crate::schema::Fields;
use crate::tokenizer::{CLUSTERS, WORDS, cluster_analyzer, word_analyzer};
use crate::version::{VERSION_FILE, Version};

/// Most memory for documents that are not yet written out; a crawl commits long before it is full.
const HEAP_BYTES: usize = 100_000_000;
/// The least that the engine asks for, for a writer that adds nothing.
const LEAST_HEAP_BYTES: usize = 15_000_000;
/// At rest, a segment has so many times the documents of all smaller ones together: a search opens few files, and a
/// document is rewritten few times in its life.
const LARGER_THAN_THE_REST: u64 = 4;
/// How many segments of one size an index may gather while it is made, twice as many as later: at the end all become one, and
/// what was merged before is merged twice. Meanwhile a search has the more files to open.
const GATHERED_WHEN_NEW: usize = 16;
/// Share of removed documents at which a segment is rewritten without them.
const REMOVED_BEFORE_MERGE: f32 = 0.2;
/// Smaller segments than this count as being of one size. The engine's own measure (10,000) has a growing index written
/// anew with every eighth commit until it is that large.
const SMALLEST_LAYER: u32 = 250;
/// So many bytes of stored documents are packed together, and unpacked for any one of them: about one statement.
const STORED_TOGETHER: usize = 4096;
const META_FILE: &str = "meta.json";

/// Adds documents to an index. There is at most one at a time, over all processes.
///
/// Nothing is visible to searchers until [`commit`](IndexWriter::commit). A process that is killed
/// loses what it had not committed and nothing else.
pub struct IndexWriter {
    dir: PathBuf,
    fields: Fields,
    engine: tantivy::IndexWriter,
    /// Whether there was nothing when it was opened.
    is_new: bool,
}

impl std::fmt::Debug for IndexWriter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("IndexWriter").field("dir", &self.dir).finish_non_exhaustive()
    }
}

impl IndexWriter {
    /// Opens the index in a folder for writing, and makes folder and index when they are absent.
    ///
    /// Refuses an index of another version ([`IndexError::SchemaMismatch`]), a folder of other files
    /// ([`IndexError::NotAnIndex`]) and a second writer ([`IndexError::WriterBusy`]).
    pub fn open(dir: &Path) -> Result<IndexWriter, IndexError> {
        std::fs::create_dir_all(dir).map_err(|error| IndexError::io(dir, error))?;
        match Version::read(dir)? {
            Some(version) => version.check(dir)?,
            None if is_unused(dir)? => Version::write(dir)?,
            None => return Err(IndexError::NotAnIndex { path: dir.to_owned() }),
        }
        IndexWriter::start(dir)
    }

    /// Empties an index, whatever its version or damage, and opens it for writing: the first step of
    /// a rebuild. A folder that holds no index is not touched ([`IndexError::NotAnIndex`]) unless it
    /// is empty or absent.
    pub fn recreate(dir: &Path) -> Result<IndexWriter, IndexError> {
        std::fs::create_dir_all(dir).map_err(|error| IndexError::io(dir, error))?;
        let is_index = [VERSION_FILE, META_FILE].iter().any(|name| dir.join(name).exists());
        if is_index {
            remove_files(dir)?;
        }
        IndexWriter::open(dir)
    }

    fn start(dir: &Path) -> Result<IndexWriter, IndexError> {
        let fail = |error| IndexError::engine(dir, error);
        prepare_locks(dir).map_err(|error| IndexError::io(dir, error))?;
        let folder = IndexFolder::open(dir, Role::Writer).map_err(|error| fail(error.into()))?;
        let fields = Fields::new();
        let settings = IndexSettings {
            docstore_compression: Compressor::Lz4,
            docstore_blocksize: STORED_TOGETHER,
            docstore_compress_dedicated_thread: false,
            ..IndexSettings::default()
        };
        let index = Index::builder()
            .schema(fields.schema.clone())
            .settings(settings)
            .open_or_create(folder)
            .map_err(fail)?;
        register_analyzers(&index);
        index.tokenizers().register(FINGERPRINTS, fingerprints::analyzer());
        let engine = open_engine(&index, HEAP_BYTES).map_err(fail)?;
        let mut merging = LogMergePolicy::default();
        merging.set_del_docs_ratio_before_merge(REMOVED_BEFORE_MERGE);
        merging.set_min_layer_size(SMALLEST_LAYER);
        let is_new = index.searchable_segment_ids().map_err(fail)?.is_empty();
        if is_new {
            merging.set_min_num_segments(GATHERED_WHEN_NEW);
        }
        engine.set_merge_policy(Box::new(merging));
        Ok(IndexWriter { dir: dir.to_owned(), fields, engine, is_new })
    }

    /// Adds a document; one with the same id is replaced.
    pub fn add(&mut self, document: &Document) -> Result<(), IndexError> {
        let engine_document = self.fields.engine_document(document)?;
        self.engine.delete_term(Term::from_field_text(self.fields.id, &document.id));
        self.engine.add_document(engine_document).map_err(|error| IndexError::engine(&self.dir, error))?;
        Ok(())
    }

    /// Removes the document with this id, if there is one.
    pub fn delete(&mut self, id: &str) -> Result<(), IndexError> {
        self.engine.delete_term(Term::from_field_text(self.fields.id, id));
        Ok(())
    }

    /// Removes the documents with these ids so that nothing of them is left in the folder: what was removed before stays
    /// in the files until they are written anew, which is done here. Files that a reader has open go when it is done.
    pub fn purge(dir: &Path, ids: &[String]) -> Result<(), IndexError> {
        let fail = |error| IndexError::engine(dir, error);
        let mut writer = Self::open(dir)?;
        // What is merged here must not be merged by somebody else meanwhile.
        writer.engine.set_merge_policy(Box::new(NoMergePolicy));
        ids.iter().try_for_each(|id| writer.delete(id))?;
        writer.commit()?;
        let segments = writer.engine.index().searchable_segment_metas().map_err(fail)?;
        let outdated = segments.iter().filter(|segment| segment.num_deleted_docs() > 0);
        let outdated: Vec<_> = outdated.map(|segment| segment.id()).collect();
        // As long as anybody knows of a segment, the engine keeps its files.
        drop(segments);
        for segment in outdated {
            writer.engine.merge(&[segment]).wait().map_err(fail)?;
        }
        writer.engine.garbage_collect_files().wait().map_err(fail)?;
        writer.close()
    }

    /// Makes everything added and removed so far durable, and visible to searchers opened from now on.
    pub fn commit(&mut self) -> Result<(), IndexError> {
        self.engine.commit().map_err(|error| IndexError::engine(&self.dir, error))?;
        Ok(())
    }

    /// Commits, waits until the index is tidy, and releases it.
    pub fn close(mut self) -> Result<(), IndexError> {
        self.commit()?;
        let index = self.engine.index().clone();
        let fail = |error| IndexError::engine(&self.dir, error);
        self.engine.wait_merging_threads().map_err(fail)?;
        tidy(&index, self.is_new).map_err(fail)
    }
}

fn open_engine(index: &Index, heap: usize) -> tantivy::Result<tantivy::IndexWriter> {
    // One thread: documents keep the order in which they were added.
    let options = IndexWriterOptions::builder()
        .num_worker_threads(1)
        .num_merge_threads(1)
        .memory_budget_per_thread(heap)
        .build();
    index.writer_with_options(options)
}

/// Merges the small segments that writing in small steps leaves behind; all of an index that was made just now.
fn tidy(index: &Index, is_new: bool) -> tantivy::Result<()> {
    let small = match is_new {
        true => index.searchable_segment_ids()?,
        false => small_segments(index.searchable_segment_metas()?),
    };
    if small.len() < 2 {
        return Ok(());
    }
    let mut engine = open_engine(index, LEAST_HEAP_BYTES)?;
    engine.set_merge_policy(Box::new(NoMergePolicy));
    engine.merge(&small).wait()?;
    engine.garbage_collect_files().wait()?;
    engine.wait_merging_threads()
}

/// The segments that are to become one: the smallest, and each that is not much larger than all before it.
fn small_segments(mut segments: Vec<SegmentMeta>) -> Vec<SegmentId> {
    segments.sort_by_key(|segment| (segment.num_docs(), segment.id()));
    let mut small: Vec<SegmentId> = Vec::new();
    let (mut documents, mut waiting) = (0, Vec::new());
    for segment in &segments {
        let size = u64::from(segment.num_docs());
        waiting.push(segment.id());
        if size < documents * LARGER_THAN_THE_REST {
            small.append(&mut waiting);
        }
        documents += size;
    }
    small
}

/// Teaches the engine how text is analysed.
pub(crate) fn register_analyzers(index: &Index) {
    index.tokenizers().register(WORDS, word_analyzer());
    index.tokenizers().register(CLUSTERS, cluster_analyzer());
}

/// Whether nothing is in the folder but, perhaps, the beginning of a version file whose writer was stopped: that is the
/// first file of an index, and takes its name when it is whole.
fn is_unused(dir: &Path) -> Result<bool, IndexError> {
    let begun = temporary(&dir.join(VERSION_FILE));
    for entry in std::fs::read_dir(dir).map_err(|error| IndexError::io(dir, error))? {
        if entry.map_err(|error| IndexError::io(dir, error))?.path() != begun {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Removes the files of an index under the writer's lock. Readers that have them open keep them.
#[expect(clippy::disallowed_methods, reason = "the index is derived data, and this crate owns it")]
fn remove_files(dir: &Path) -> Result<(), IndexError> {
    let folder =
        IndexFolder::open(dir, Role::Writer).map_err(|error| IndexError::engine(dir, error.into()))?;
    let _lock = folder
        .acquire_lock(&INDEX_WRITER_LOCK)
        .map_err(|error| IndexError::engine(dir, tantivy::TantivyError::LockFailure(error, None)))?;
    // The version goes last: a folder whose emptying was cut short is still known as an index.
    let version_file = dir.join(VERSION_FILE);
    for entry in std::fs::read_dir(dir).map_err(|error| IndexError::io(dir, error))? {
        let path = entry.map_err(|error| IndexError::io(dir, error))?.path();
        let is_lock = path.extension().is_some_and(|extension| extension == "lock");
        if path.is_file() && !is_lock && path != version_file {
            std::fs::remove_file(&path).map_err(|error| IndexError::io(&path, error))?;
        }
    }
    Version::write(dir)
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "tests damage an index of their own")]
mod tests {
    use super::*;

    fn document(id: char) -> Document {
        Document {
            id: id.to_string().repeat(64),
            url: "https://example.org/".into(),
            host: "example.org".into(),
            source: "example".into(),
            organisation: None,
            title: "Title".into(),
            authors: Vec::new(),
            lang: None,
            kind: None,
            partial: false,
            witnessed: true,
            published: None,
            captured_at: jiff::Timestamp::UNIX_EPOCH,
            signatories: Vec::new(),
            states: Vec::new(),
            text: "text".into(),
        }
    }

    #[test]
    fn a_second_writer_is_told_that_the_first_is_at_work() {
        let folder = tempfile::tempdir().unwrap();
        let first = IndexWriter::open(folder.path()).unwrap();
        for second in [IndexWriter::open(folder.path()), IndexWriter::recreate(folder.path())] {
            assert!(matches!(second, Err(IndexError::WriterBusy { .. })), "{second:?}");
        }
        first.close().unwrap();
        IndexWriter::open(folder.path()).unwrap();
    }

    #[test]
    fn an_index_of_another_version_is_refused_and_can_be_made_again() {
        let folder = tempfile::tempdir().unwrap();
        IndexWriter::open(folder.path()).unwrap().close().unwrap();
        std::fs::write(folder.path().join(VERSION_FILE), r#"{"schema":0,"analysis":7}"#).unwrap();
        let error = IndexWriter::open(folder.path()).unwrap_err();
        assert!(matches!(
            error,
            IndexError::SchemaMismatch {
                found: Version { schema: 0, analysis: 7, fingerprints: 0, names: 0 },
                ..
            }
        ));
        assert!(error.to_string().contains("vidimus rebuild"), "{error}");

        let mut writer = IndexWriter::recreate(folder.path()).unwrap();
        writer.add(&document('a')).unwrap();
        writer.close().unwrap();
    }

    #[test]
    fn a_folder_of_other_files_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let stranger = folder.path().join("thesis.txt");
        std::fs::write(&stranger, "ten years of work").unwrap();
        for result in [IndexWriter::open(folder.path()), IndexWriter::recreate(folder.path())] {
            assert!(matches!(result, Err(IndexError::NotAnIndex { .. })), "{result:?}");
        }
        assert!(stranger.exists());
    }

    #[test]
    fn an_index_whose_first_writer_was_stopped_at_its_first_file_is_begun_again() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(temporary(&folder.path().join(VERSION_FILE)), "{\"sche").unwrap();
        IndexWriter::open(folder.path()).unwrap().close().unwrap();
    }

    #[test]
    fn a_damaged_version_file_is_said_to_be_damaged() {
        let folder = tempfile::tempdir().unwrap();
        IndexWriter::open(folder.path()).unwrap().close().unwrap();
        std::fs::write(folder.path().join(VERSION_FILE), "\0\0").unwrap();
        assert!(matches!(IndexWriter::open(folder.path()), Err(IndexError::Damaged { .. })));
        IndexWriter::recreate(folder.path()).unwrap();
    }

    #[test]
    fn what_is_purged_is_in_no_file_any_more() {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = IndexWriter::open(folder.path()).unwrap();
        ['a', 'b', 'c'].into_iter().for_each(|id| writer.add(&document(id)).unwrap());
        writer.close().unwrap();
        let ids = ['a', 'c'].map(|id| id.to_string().repeat(64));
        IndexWriter::purge(folder.path(), &ids).unwrap();
        // The files of a segment are named after it: what is in no live one is in none.
        let segments = || {
            let index = tantivy::Index::open_in_dir(folder.path()).unwrap();
            let live = index.searchable_segment_metas().unwrap();
            let counts: Vec<(u32, u32)> = live.iter().map(|s| (s.num_docs(), s.num_deleted_docs())).collect();
            let names: Vec<String> = live.iter().map(|segment| segment.id().uuid_string()).collect();
            let files = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name());
            let files = files.map(|name| name.to_string_lossy().into_owned());
            let of_segments = |name: &String| name.split('.').next().is_some_and(|stem| stem.len() == 32);
            let dead =
                files.filter(of_segments).filter(|file| !names.iter().any(|name| file.starts_with(name)));
            (counts, dead.collect::<Vec<_>>())
        };
        assert_eq!(segments(), (vec![(1, 0)], Vec::new()));
        IndexWriter::purge(folder.path(), &["b".repeat(64)]).unwrap();
        assert_eq!(segments(), (Vec::new(), Vec::new()));
    }

    #[test]
    fn a_document_without_a_proper_id_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = IndexWriter::open(folder.path()).unwrap();
        for id in ["", "abc", &"A".repeat(64), &"é".repeat(32)] {
            let wrong = Document { id: id.to_owned(), ..document('a') };
            assert!(matches!(writer.add(&wrong), Err(IndexError::Document { .. })));
        }
    }
}
