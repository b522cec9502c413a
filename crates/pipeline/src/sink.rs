//! Where all captures of a run come together: one task that owns the archive's writer and the index, commits captures
//! in groups, and answers each when it is durable.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use tokio::sync::{mpsc, oneshot};
use vidimus_archive::{Archive, Prepared, Writer};
use vidimus_catalog::Capture;
use vidimus_index::IndexWriter;
use vidimus_snapshot::{Clock, LogHead, SnapshotId};

use crate::indexing::{
    Lack, Reading, add, catch_up, close, commit, document, is_new_text, open_index, retimed, times,
};
use crate::randomness::uuid;
use crate::repeats::MOST_TEXTS;
use crate::{Listener, PipelineError, Randomness};

/// How many captures may share one round of fsyncs.
const GROUP: usize = 64;
/// After how many texts, or after what time, the index is committed, so that a long run is searchable while it goes on.
/// Each commit makes a segment, and segments have to be merged.
const INDEX_COMMIT: usize = 500;
const INDEX_COMMIT_AFTER: SignedDuration = SignedDuration::from_mins(2);

struct Job {
    prepared: Prepared,
    reading: Option<Reading>,
    answer: oneshot::Sender<Result<Capture, PipelineError>>,
}

/// Hands captures to the task that writes.
#[derive(Clone)]
pub(crate) struct Sink {
    jobs: mpsc::Sender<Job>,
    log_head: Arc<Mutex<LogHead>>,
}

/// What the task leaves behind.
pub(crate) struct Written {
    /// The archive's writer.
    pub(crate) writer: Writer,
    /// The first texts that the index got, by the ids of their documents.
    pub(crate) new_texts: Vec<SnapshotId>,
}

/// The task that writes; it ends when all its [`Sink`]s are gone.
pub(crate) struct SinkTask(tokio::task::JoinHandle<Result<Written, PipelineError>>);

impl Sink {
    /// Starts the task. What the index lacks of earlier runs is added first.
    pub(crate) async fn start(
        writer: Writer,
        archive: &Archive,
        listener: &Listener,
        clock: Arc<dyn Clock>,
        randomness: Arc<dyn Randomness>,
    ) -> Result<(Self, SinkTask), PipelineError> {
        let (index, lack) = open_index(archive, listener).await?;
        let (index, _) = catch_up(archive, listener, index, lack, &mut |_, _| {}).await?;
        let (send, receive) = mpsc::channel(GROUP);
        let committed_at = clock.now();
        let log_head = Arc::new(Mutex::new(writer.log_head()?));
        let state = State {
            writer,
            archive: archive.clone(),
            log_head: Arc::clone(&log_head),
            index: Some(index),
            clock,
            randomness,
            waiting: Vec::new(),
            new_texts: Vec::new(),
            committed_at,
        };
        Ok((Self { jobs: send, log_head }, SinkTask(tokio::spawn(state.work(receive)))))
    }

    /// The head of the log as it is now.
    pub(crate) fn log_head(&self) -> LogHead {
        self.log_head.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Archives a capture, and returns it with its places when it is durable.
    pub(crate) async fn commit(
        &self,
        prepared: Prepared,
        reading: Option<Reading>,
    ) -> Result<Capture, PipelineError> {
        let (answer, answered) = oneshot::channel();
        let gone = || PipelineError::Stopped("the archive's writer is gone".to_owned());
        self.jobs.send(Job { prepared, reading, answer }).await.map_err(|_| gone())?;
        answered.await.map_err(|_| gone())?
    }
}

impl SinkTask {
    /// Waits for the task, and gives the writer back with what is new.
    pub(crate) async fn finish(self) -> Result<Written, PipelineError> {
        self.0.await?
    }
}

struct State {
    writer: Writer,
    archive: Archive,
    /// What the workers see of the log.
    log_head: Arc<Mutex<LogHead>>,
    /// Taken out while it commits.
    index: Option<IndexWriter>,
    clock: Arc<dyn Clock>,
    randomness: Arc<dyn Randomness>,
    /// Captures whose documents are in the index but not committed.
    waiting: Vec<SnapshotId>,
    /// The first texts that the index got.
    new_texts: Vec<SnapshotId>,
    /// When the index was last committed.
    committed_at: Timestamp,
}

impl State {
    async fn work(mut self, mut jobs: mpsc::Receiver<Job>) -> Result<Written, PipelineError> {
        let mut group = Vec::new();
        while jobs.recv_many(&mut group, GROUP).await > 0 {
            self.write(std::mem::take(&mut group)).await?;
        }
        self.commit_index().await?;
        if let Some(index) = self.index.take() {
            // Pages that went back to an older text: its document has to say so. What could not be read was told when the
            // run began, or will be when the next one does.
            let silent = Listener::silent();
            let (index, _) = catch_up(&self.archive, &silent, index, Lack::New, &mut |_, _| {}).await?;
            close(index).await?;
        }
        Ok(Written { writer: self.writer, new_texts: self.new_texts })
    }

    /// Commits a group. An error goes to everybody who waits, and ends the task: nothing is acknowledged after it.
    async fn write(&mut self, group: Vec<Job>) -> Result<(), PipelineError> {
        let (mut prepared, mut rest) = (Vec::new(), Vec::new());
        for job in group {
            prepared.push(job.prepared);
            rest.push((job.reading, job.answer));
        }
        let uuids = [uuid(&*self.randomness), uuid(&*self.randomness)];
        let rows = match self.writer.commit(prepared, self.clock.now(), uuids).await {
            Ok(rows) => rows,
            Err(error) => {
                let error = PipelineError::from(error);
                for (_, answer) in rest {
                    // Whoever no longer waits does not need the answer.
                    let _ = answer.send(Err(error.clone()));
                }
                return Err(error);
            }
        };
        *self.log_head.lock().unwrap_or_else(PoisonError::into_inner) = self.writer.log_head()?;
        for (row, (reading, answer)) in rows.into_iter().zip(rest) {
            self.index(&row, reading).await?;
            let _ = answer.send(Ok(row));
        }
        let rested = self.clock.now().duration_since(self.committed_at);
        if self.waiting.len() >= INDEX_COMMIT || (rested >= INDEX_COMMIT_AFTER && !self.waiting.is_empty()) {
            self.commit_index().await?;
        }
        Ok(())
    }

    async fn index(&mut self, row: &Capture, reading: Option<Reading>) -> Result<(), PipelineError> {
        if row.text_sha256.is_none() || row.repeats_text() {
            return Ok(());
        }
        let catalog = self.writer.catalog();
        let is_new = is_new_text(catalog, row).await?;
        let states = catalog.states(row).await?;
        if !retimed(&states, row, is_new).is_empty() {
            // Other documents have to be written again: that is left for the end.
            return Ok(());
        }
        if is_new && let (Some(reading), Some(index)) = (reading, &mut self.index) {
            let is_added = add(index, document(row, reading, times(&states, row)))?;
            if is_added && self.new_texts.len() < MOST_TEXTS {
                self.new_texts.extend(row.snapshot);
            }
        }
        self.waiting.extend(row.snapshot);
        Ok(())
    }

    async fn commit_index(&mut self) -> Result<(), PipelineError> {
        let Some(index) = self.index.take() else { return Ok(()) };
        self.index = Some(commit(index).await?);
        self.writer.catalog().mark_indexed(&std::mem::take(&mut self.waiting)).await?;
        self.committed_at = self.clock.now();
        Ok(())
    }
}
