//! Importing what other people captured: each file is kept, its captures are made searchable beside our own, and all of
//! them say that nobody here witnessed them.
//!
//! Two rounds: answers first, then the revisits, which may repeat an answer of any file, in any order. Captures become
//! durable in groups; whoever goes on after an interruption passes over what is catalogued already. A bad file, or a bad
//! part of one, is told and stops nothing.

mod dry;
mod make;
mod resolve;
mod summary;

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::sync::{Semaphore, mpsc};
use tokio::task::{JoinError, JoinSet};
use vidimus_archive::{
    Addressable, Answer, Archive, ArchiveError, Contents, KeptFile, KeptFiles, Met, Prepared, ReadTo,
    Refused, ReportedImport, Stream, Writer, is_of_kept_file, look_into, name_of, read_captures,
};
use vidimus_catalog::{Capture, Run};
use vidimus_snapshot::{ClientFacts, Digest, OriginalFile, OutcomeKind, Role, SnapshotId};

pub use self::dry::dry_run;
use self::dry::no_archive;
use self::make::{Circumstances, Original, make, role_of};
use self::resolve::{Stated, resolve, stated_payload};
pub use self::summary::{ImportOptions, ImportProgress, ImportSummary, ImportedFile};
use crate::indexing::{catch_up, close, open_index};
use crate::randomness::uuid;
use crate::run::{processors, report, write_report};
use crate::{Event, Pipeline, PipelineError, repeats};

/// How many captures share one round of fsyncs.
const GROUP: usize = 64;
/// How many kilobytes of answers may be in work at the same time.
const IN_WORK_KIB: u32 = 256 << 10;
/// How many answers the reader may be ahead.
const AHEAD: usize = 4;

/// Imports files. Nothing that is in them stops it; a disk that refuses does.
pub async fn import(
    pipeline: &Pipeline,
    files: &[PathBuf],
    options: &ImportOptions,
    holder: &str,
    progress: ImportProgress,
) -> Result<ImportSummary, PipelineError> {
    let mut importer = Importer::begin(pipeline, options, holder, progress).await?;
    let worked = importer.import(files).await;
    let ended = importer.end(&worked).await;
    let mut files = worked?;
    let Ended { run, new_texts } = ended?;
    tell_repeats(pipeline, new_texts, &mut files).await;
    Ok(ImportSummary { run, files, interrupted: pipeline.stop.is_stopped() })
}

/// Tells what the new texts repeat of what was known before, and which file each came in.
async fn tell_repeats(pipeline: &Pipeline, new_texts: Vec<SnapshotId>, files: &mut [ImportedFile]) {
    let layout = &pipeline.settings.layout;
    let found = repeats::tell(&layout.index(), new_texts, &pipeline.stop, &pipeline.listener).await;
    if found.is_empty() {
        return;
    }
    let Ok(archive) = Archive::open(layout).await else { return };
    for repeat in found {
        let kept = kept_file(&archive, &repeat.id).await;
        let came_in = |file: &&mut ImportedFile| {
            file.result.as_ref().is_ok_and(|report| Some(&report.file) == kept.as_ref())
        };
        if let Some(file) = files.iter_mut().find(came_in) {
            file.repeats.push(repeat);
        }
    }
    archive.catalog().close().await;
}

/// The kept file that a capture came in, if its manifest can be read.
async fn kept_file(archive: &Archive, id: &str) -> Option<String> {
    let id = SnapshotId::from_digest(Digest::from_hex(id)?);
    let capture = archive.catalog().get(id).await.ok()??;
    let (_, manifest) = archive.manifest(&capture).ok()?;
    Some(manifest.imported?.original.file)
}

/// What is left to do for an import whose files are read.
struct Ended {
    run: String,
    /// The captures with a text that it brought.
    new_texts: Vec<SnapshotId>,
}

/// A file of which something is still to be read.
struct Opened {
    contents: Arc<Contents>,
    kept: KeptFile,
    name: String,
    path: PathBuf,
    revisits: u64,
}

/// Which answers are taken in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Round {
    Answers,
    Revisits,
}

struct Importer {
    pipeline: Pipeline,
    options: ImportOptions,
    progress: ImportProgress,
    writer: Writer,
    archive: Archive,
    run: Run,
    /// The newest row of the catalog before it.
    began_behind: i64,
    kept: KeptFiles,
    client: ClientFacts,
    stated: Stated,
    budget: Arc<Semaphore>,
    working: JoinSet<Made>,
    ready: Vec<Made>,
    /// The ids of records that are not in the catalog yet, and how many there are of each file's report.
    in_work: HashSet<String>,
}

/// An answer ready to be committed, or why it cannot be.
struct Made {
    prepared: Result<Box<Prepared>, Refused>,
    entry: Option<String>,
    offset: u64,
    record_id: String,
    stated: Option<String>,
}

impl Importer {
    async fn begin(
        pipeline: &Pipeline,
        options: &ImportOptions,
        holder: &str,
        progress: ImportProgress,
    ) -> Result<Self, PipelineError> {
        let (settings, now) = (&pipeline.settings, pipeline.clock.now());
        let mut writer = Writer::open(&settings.layout, pipeline.writer_options(holder)).await?;
        if !writer.recovery().is_empty() {
            pipeline.listener.tell(Event::Recovered(writer.recovery().clone()));
        }
        let catalog = writer.catalog().clone();
        for old in catalog.unfinished_runs().await?.into_iter().filter(|run| run.command == COMMAND) {
            let report = report(&old, &catalog, now).await?;
            write_report(pipeline, &mut writer, report).await?;
        }
        let run = Run {
            id: uuid(&*pipeline.randomness),
            command: COMMAND.to_owned(),
            // A source is not visited by an import: its schedule and its health know nothing of it.
            sources: Vec::new(),
            started_at: now,
            finished_at: None,
        };
        catalog.put_run(&run).await?;
        let began_behind = catalog.newest_row().await?;
        let kept = KeptFiles::of(&settings.layout, &catalog).await?;
        let client = pipeline.client_facts();
        Ok(Self {
            pipeline: pipeline.clone(),
            options: options.clone(),
            progress,
            archive: Archive::with_catalog(&settings.layout, &catalog),
            writer,
            run,
            began_behind,
            kept,
            client,
            stated: Stated::default(),
            budget: Arc::new(Semaphore::new(IN_WORK_KIB as usize)),
            working: JoinSet::new(),
            ready: Vec::new(),
            in_work: HashSet::new(),
        })
    }

    async fn import(&mut self, files: &[PathBuf]) -> Result<Vec<ImportedFile>, PipelineError> {
        let (mut done, mut opened) = (Vec::new(), HashMap::new());
        let stop = self.pipeline.stop.clone();
        for path in files.iter().take_while(|_| !stop.is_stopped()) {
            let result = self.first_round(path, done.len(), &mut opened).await?;
            done.push(ImportedFile { path: path.clone(), result, repeats: Vec::new() });
        }
        for (index, file) in done.iter_mut().enumerate() {
            let (Some(opened), Ok(report)) = (opened.remove(&index), &mut file.result) else { continue };
            if self.pipeline.stop.is_stopped() {
                continue;
            }
            let read = self.read_file(&opened, Round::Revisits, report).await;
            if let Err(why) = self.of_file(&opened.path, read)? {
                file.result = Err(why);
            }
        }
        Ok(done)
    }

    /// What of a result ends the import, and what is only what came of this file: that it cannot be read, as it was handed
    /// over or as it is kept.
    fn of_file<T>(
        &self,
        path: &Path,
        result: Result<T, PipelineError>,
    ) -> Result<Result<T, String>, PipelineError> {
        let error = match result {
            Ok(value) => return Ok(Ok(value)),
            Err(PipelineError::Archive(error)) => error,
            Err(error) => return Err(error),
        };
        let is_handed_over = matches!(&*error, ArchiveError::Io { path: at, .. } if at == path)
            || matches!(&*error, ArchiveError::TakenDown);
        match is_handed_over || is_of_kept_file(&error, &self.pipeline.settings.layout) {
            true => Ok(Err(error.to_string())),
            false => Err(PipelineError::Archive(error)),
        }
    }

    /// Keeps a file and takes in its answers; an error of the file itself is what came of it.
    async fn first_round(
        &mut self,
        path: &Path,
        index: usize,
        opened: &mut HashMap<usize, Opened>,
    ) -> Result<Result<ReportedImport, String>, PipelineError> {
        let looked = path.to_owned();
        let contents = match tokio::task::spawn_blocking(move || look_into(&looked)).await? {
            Ok(Some(contents)) => Arc::new(contents),
            Ok(None) => return Ok(Err(no_archive())),
            Err(error) => return Ok(Err(error.to_string())),
        };
        let (told, shown, of) = (self.progress.clone(), path.to_owned(), contents.bytes);
        let copied = Arc::new(move |done| told(&shown, done, of));
        let now = self.pipeline.clock.now();
        let kept = self.writer.keep_original(path, contents.format, now, &mut self.kept, copied).await;
        let kept = match self.of_file(path, kept.map_err(PipelineError::from))? {
            Ok(kept) => kept,
            Err(why) => return Ok(Err(why)),
        };
        // The file may have grown or changed since it was looked into: what is kept is what is read.
        let (looked, layout) = (kept.clone(), self.pipeline.settings.layout.clone());
        let contents = match tokio::task::spawn_blocking(move || looked.look_into(&layout)).await? {
            Ok(Some(contents)) => Arc::new(contents),
            Ok(None) => return Ok(Err(no_archive())),
            Err(error) => return Ok(Err(error.to_string())),
        };
        let name = name_of(path);
        let mut report = ReportedImport::new(name.clone(), &kept);
        for what in &contents.trouble {
            report.leave_out(None, 0, None, Refused { code: "container", what: what.clone() });
        }
        let mut file = Opened { contents, kept, name, path: path.to_owned(), revisits: 0 };
        let read = self.read_file(&file, Round::Answers, &mut report).await;
        file.revisits = match self.of_file(path, read)? {
            Ok(revisits) => revisits,
            Err(why) => return Ok(Err(why)),
        };
        if file.revisits > 0 {
            opened.insert(index, file);
        }
        Ok(Ok(report))
    }

    /// Reads all streams of a file; gives how many revisits were met.
    async fn read_file(
        &mut self,
        file: &Opened,
        round: Round,
        report: &mut ReportedImport,
    ) -> Result<u64, PipelineError> {
        let mut revisits = 0;
        for (number, stream) in file.contents.streams.iter().enumerate() {
            let before = report.clone();
            let (read, mut met) = self.read_stream(file, number, stream, false, round, report).await?;
            if read == ReadTo::NotAddressable {
                // What was taken in so far is passed over now, and was not there before.
                let again = Counts::added(&before, report);
                *report = before;
                (_, met) = self.read_stream(file, number, stream, true, round, report).await?;
                again.add_to(report);
            }
            revisits += met;
            if self.pipeline.stop.is_stopped() {
                break;
            }
        }
        Ok(revisits)
    }

    async fn read_stream(
        &mut self,
        file: &Opened,
        number: usize,
        stream: &Stream,
        rewrite: bool,
        round: Round,
        report: &mut ReportedImport,
    ) -> Result<(ReadTo, u64), PipelineError> {
        let (told, shown, of) = (self.progress.clone(), file.path.clone(), file.contents.bytes);
        let tell = Arc::new(move |done: u64| told(&shown, done.min(of), of));
        let made =
            self.writer.make_addressable(&file.kept, stream, number, rewrite, &mut self.kept, tell.clone());
        let mut records = made.await?;
        let entry = stream.entry.as_deref();
        report.mended |= records.mended;
        if round == Round::Answers {
            let damaged = match records.was_there {
                true => self.writer.damage_before(&file.kept, stream).await?,
                false => std::mem::take(&mut records.damaged),
            };
            damaged.into_iter().for_each(|met| report.note(entry, met));
        }
        let circumstances = Arc::new(self.circumstances(file, stream, &records));
        let (send, mut receive) = mpsc::channel(AHEAD);
        let (contents, at) = (file.contents.clone(), circumstances.imported_at);
        let reading = tokio::task::spawn_blocking(move || {
            read_captures(&records, &contents, at, &mut |met, done| send.blocking_send((met, done)).is_ok())
        });
        let mut revisits = 0;
        while let Some((met, done)) = receive.recv().await {
            tell(done);
            match met {
                Met::Answer(answer) if answer.is_revisit() && round == Round::Answers => revisits += 1,
                Met::Answer(answer) if answer.is_revisit() || round == Round::Answers => {
                    self.take(*answer, file, entry, &circumstances, report).await?;
                }
                Met::Answer(_) => {}
                other if round == Round::Answers => report.note(entry, other),
                _ => {}
            }
            if self.pipeline.stop.is_stopped() {
                break;
            }
        }
        drop(receive);
        self.flush(report).await?;
        let read = reading.await??;
        if let (ReadTo::End(count), Round::Answers) = (read, round) {
            report.records += count;
        }
        Ok((read, revisits))
    }

    fn circumstances(&self, file: &Opened, stream: &Stream, records: &Addressable) -> Circumstances {
        let settings = &self.pipeline.settings;
        Circumstances {
            run: self.run.id.clone(),
            source: self.options.source.clone(),
            imported_at: self.run.started_at,
            original: OriginalFile {
                file: file.kept.file.clone(),
                name: file.name.clone(),
                bytes: file.kept.bytes,
                sha256: file.kept.sha256,
                entry: stream.entry.clone(),
            },
            records_file: records.file.clone(),
            client: self.client.clone(),
            decode: settings.client.limits.decode(),
            params: settings.extract.clone(),
        }
    }

    /// Takes in an answer, unless it is held already or not asked for.
    async fn take(
        &mut self,
        answer: Answer,
        file: &Opened,
        entry: Option<&str>,
        circumstances: &Arc<Circumstances>,
        report: &mut ReportedImport,
    ) -> Result<(), PipelineError> {
        let id = answer.record.id().to_owned();
        if self.in_work.contains(&id) {
            // What it is compared with has to be in the catalog.
            self.flush(report).await?;
        }
        if let Some(held) = self.held(&answer).await? {
            match held {
                Held::Same(snapshot) => {
                    report.held_before += 1;
                    self.stated.note(stated_payload(&answer), snapshot);
                }
                Held::Another(other) => {
                    let what = format!(
                        "another record with this id is held, in the capture {}; an id stands for one record, so that \
                         this one can only be taken in by an archive of its own",
                        other.hex()
                    );
                    report.leave_out(
                        entry,
                        answer.record.offset,
                        Some(id),
                        Refused { code: "duplicate-id", what },
                    );
                }
                Held::Unknown(other, error) => {
                    let what = format!(
                        "a record with this id is held, but whether it is the same cannot be said before the capture {} \
                         is mended: {error}",
                        other.hex()
                    );
                    report.leave_out(
                        entry,
                        answer.record.offset,
                        Some(id),
                        Refused { code: "unknown-id", what },
                    );
                }
            }
            return Ok(());
        }
        let original = match answer.is_revisit() {
            true => resolve(&self.archive, &self.stated, &answer).await?,
            false => None,
        };
        let role = role_of(&answer, file.contents.pages.as_ref(), original.as_ref());
        if self.options.pages_only && role == Role::Resource {
            report.parts_left += 1;
            return Ok(());
        }
        self.in_work.insert(id);
        self.work(entry, answer, role, original, circumstances.clone()).await?;
        while self.working.len() >= 2 * processors() {
            self.next_ready().await?;
        }
        if self.ready.len() >= GROUP {
            self.commit(report).await?;
        }
        Ok(())
    }

    /// What is held under the id of this answer's record.
    async fn held(&self, answer: &Answer) -> Result<Option<Held>, PipelineError> {
        let found = self.archive.catalog().records_of_id(answer.record.id()).await?;
        let mut held = None;
        for (snapshot, place) in found {
            let Some(capture) = self.archive.catalog().get(snapshot).await? else { continue };
            match self.record_digest(&capture, &place.warc_record_id) {
                Ok(Some(digest)) if digest == answer.record.record_sha256 => {
                    return Ok(Some(Held::Same(snapshot)));
                }
                Ok(_) => held = held.or(Some(Held::Another(snapshot))),
                // It may be the same: that another one is held as well says nothing.
                Err(error) => held = Some(Held::Unknown(snapshot, error)),
            }
        }
        Ok(held)
    }

    fn record_digest(&self, capture: &Capture, record_id: &str) -> Result<Option<Digest>, ArchiveError> {
        let (_, manifest) = self.archive.manifest(capture)?;
        let found = manifest.records.iter().find(|facts| facts.warc_record_id == record_id);
        Ok(found.map(|facts| facts.record_sha256))
    }

    /// Works on an answer beside the reading. If the extractor breaks down on a page, it is imported without a text; if
    /// all of the making does, that one record is left out.
    async fn work(
        &mut self,
        entry: Option<&str>,
        answer: Answer,
        role: Role,
        original: Option<Original>,
        circumstances: Arc<Circumstances>,
    ) -> Result<(), PipelineError> {
        let held = original.as_ref().map_or(0, |original| original.payload.len());
        let kib = u32::try_from((answer.record.block.len() + held) >> 10).unwrap_or(u32::MAX);
        let kib = kib.saturating_add(1).min(IN_WORK_KIB);
        let gone = |_| PipelineError::Stopped("the import was ended".to_owned());
        let permit = loop {
            // What is done gives its share back.
            match self.budget.clone().try_acquire_many_owned(kib) {
                Ok(permit) => break permit,
                Err(_) if !self.working.is_empty() => self.next_ready().await?,
                Err(_) => break self.budget.clone().acquire_many_owned(kib).await.map_err(gone)?,
            }
        };
        let randomness = self.pipeline.randomness.clone();
        let (entry, work) = (entry.map(str::to_owned), Arc::new((answer, role, original, circumstances)));
        self.working.spawn(async move {
            let attempt = |extract: bool| {
                let (work, randomness) = (work.clone(), randomness.clone());
                tokio::task::spawn_blocking(move || {
                    let (answer, role, original, circumstances) = &*work;
                    make(answer, *role, original.as_ref(), circumstances, extract, &*randomness)
                })
            };
            let prepared = made_of(attempt(true).await, async || attempt(false).await).await;
            drop(permit);
            let record = &work.0.record;
            Made {
                prepared,
                entry,
                offset: record.offset,
                record_id: record.id().to_owned(),
                stated: stated_payload(&work.0).map(str::to_owned),
            }
        });
        Ok(())
    }

    async fn next_ready(&mut self) -> Result<(), PipelineError> {
        if let Some(made) = self.working.join_next().await {
            self.ready.push(made?);
        }
        Ok(())
    }

    /// Commits all that is in work.
    async fn flush(&mut self, report: &mut ReportedImport) -> Result<(), PipelineError> {
        while !self.working.is_empty() {
            self.next_ready().await?;
        }
        self.commit(report).await
    }

    async fn commit(&mut self, report: &mut ReportedImport) -> Result<(), PipelineError> {
        if self.ready.is_empty() {
            return Ok(());
        }
        let (mut group, mut stated) = (Vec::new(), Vec::new());
        for made in self.ready.drain(..) {
            match made.prepared {
                Ok(prepared) => {
                    group.push(*prepared);
                    stated.push(made.stated);
                }
                Err(why) => {
                    self.in_work.remove(&made.record_id);
                    report.leave_out(made.entry.as_deref(), made.offset, Some(made.record_id), why);
                }
            }
        }
        if group.is_empty() {
            return Ok(());
        }
        let randomness = &*self.pipeline.randomness;
        let uuids = [uuid(randomness), uuid(randomness)];
        let rows = self.writer.commit(group, self.pipeline.clock.now(), uuids).await?;
        for (row, stated) in rows.into_iter().zip(stated) {
            count(report, &row);
            if let Some(first) = row.records.first() {
                self.in_work.remove(&first.warc_record_id);
            }
            if let (Some(snapshot), None) = (row.snapshot, row.original) {
                self.stated.note(stated.as_deref(), snapshot);
            }
        }
        Ok(())
    }

    /// Makes the new texts searchable, writes the report, and seals the files.
    async fn end(
        mut self,
        worked: &Result<Vec<ImportedFile>, PipelineError>,
    ) -> Result<Ended, PipelineError> {
        self.working.abort_all();
        let Ok(files) = worked else {
            // What refused is told; what is durable is found by the next run.
            return Ok(Ended { run: self.run.id, new_texts: Vec::new() });
        };
        let listener = &self.pipeline.listener;
        let (index, lack) = open_index(&self.archive, listener).await?;
        let (index, _) = catch_up(&self.archive, listener, index, lack, &mut |_, _| {}).await?;
        close(index).await?;
        let catalog = self.writer.catalog().clone();
        let mut report = report(&self.run, &catalog, self.pipeline.clock.now()).await?;
        report.complete = !self.pipeline.stop.is_stopped();
        report.imports = files.iter().filter_map(|file| file.result.clone().ok()).collect();
        write_report(&self.pipeline, &mut self.writer, report).await?;
        let new_texts = catalog.texts_behind(self.began_behind).await?;
        self.pipeline.close(self.writer).await?;
        Ok(Ended { run: self.run.id, new_texts })
    }
}

/// What the making of a capture gave: the second try is made if the first one broke down. Nothing of it touches the disk,
/// so that whatever fails is wrong with the one record.
async fn made_of(
    first: Result<Result<Prepared, ArchiveError>, JoinError>,
    again: impl AsyncFnOnce() -> Result<Result<Prepared, ArchiveError>, JoinError>,
) -> Result<Box<Prepared>, Refused> {
    let made = match first {
        Ok(made) => Ok(made),
        Err(_) => again().await,
    };
    let what = match made {
        Ok(Ok(prepared)) => return Ok(Box::new(prepared)),
        Ok(Err(error)) => error.to_string(),
        Err(_) => "no capture could be made of the record: the program broke down on it".to_owned(),
    };
    Err(Refused { code: "not-made", what })
}

/// The command that runs of this sort are known by.
const COMMAND: &str = "import";

/// What the archive holds under the id of a record.
enum Held {
    /// The very record, in this capture.
    Same(SnapshotId),
    /// A record with other content, in this capture.
    Another(SnapshotId),
    /// A record of which nobody knows, because the manifest of this capture cannot be read.
    Unknown(SnapshotId, ArchiveError),
}

fn count(report: &mut ReportedImport, row: &Capture) {
    let is_unresolved = row.outcome.kind == OutcomeKind::Unchanged && row.original.is_none();
    report.count(row.role == Role::Page, is_unresolved || row.original.is_some());
    report.unresolved += u64::from(is_unresolved);
}

/// What a reading added before it had to begin again.
struct Counts {
    captures: u64,
    pages: u64,
}

impl Counts {
    fn added(before: &ReportedImport, after: &ReportedImport) -> Self {
        Self { captures: after.captures - before.captures, pages: after.pages - before.pages }
    }

    fn add_to(&self, report: &mut ReportedImport) {
        report.captures += self.captures;
        report.pages += self.pages;
        report.held_before = report.held_before.saturating_sub(self.captures);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_record_on_which_the_making_breaks_down_is_left_out() {
        let broken = || tokio::spawn(async { panic!("as a record might make it") });
        let made = made_of(broken().await, async || broken().await).await;
        assert_eq!(made.err().map(|why| why.code), Some("not-made"));
        let failed = Ok(Err(ArchiveError::Absent("record")));
        let made = made_of(failed, async || broken().await).await;
        assert!(made.err().is_some_and(|why| why.what.contains("no record")));
    }
}
