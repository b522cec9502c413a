//! A run from its first line in the catalog to its report: takes the lock, resumes what was interrupted, lets the
//! sources be visited, and seals what was captured.

use std::collections::HashSet;
use std::sync::Arc;

use jiff::Timestamp;
use tokio::sync::{Mutex, Semaphore};
use tokio::task::JoinSet;
use url::Url;
use vidimus_archive::{Archive, ReportedTry, RunReport, Signed, Writer, WriterOptions};
use vidimus_catalog::{Capture, Catalog, Run};
use vidimus_fetch::{Client, GateOptions, HostGate, Polite};
use vidimus_snapshot::{ClientFacts, Clock, Role};

use crate::events::SourceSummary;
use crate::randomness::uuid;
use crate::repeats;
use crate::sink::{Sink, SinkTask, Written};
use crate::twins::Twins;
use crate::visit::Worker;
use crate::{Event, Listener, PipelineError, Randomness, RunSummary, Settings, Source, Stop};

/// What a run works with: settings, time, randomness, and who is told.
#[derive(Clone)]
pub struct Pipeline {
    /// What the operator decided.
    pub settings: Arc<Settings>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Record ids and salts.
    pub randomness: Arc<dyn Randomness>,
    /// Who is told what happens.
    pub listener: Listener,
    /// Asks the run to stop.
    pub stop: Stop,
}

impl Pipeline {
    /// How a writer of this pipeline presents itself; `holder` is what the lock says of it.
    pub fn writer_options(&self, holder: &str) -> WriterOptions {
        let identity = &self.settings.identity;
        WriterOptions {
            holder: holder.to_owned(),
            software: format!("{}/{}", identity.software, identity.version),
            operator: identity.operator.clone(),
            tag: uuid(&*self.randomness).chars().take(8).collect(),
            max_file_bytes: self.settings.max_file_bytes,
            log: self.settings.log_options(self.clock.now(), &*self.randomness),
        }
    }

    /// What manifests say of the software.
    pub fn client_facts(&self) -> ClientFacts {
        let identity = &self.settings.identity;
        ClientFacts {
            software: identity.software.clone(),
            version: identity.version.clone(),
            git: identity.git.clone(),
            config_sha256: identity.config_sha256,
            user_agent: self.settings.client.user_agent.clone(),
            operator: identity.operator.clone(),
        }
    }

    /// Ends a writer, and tells what a person should know of it.
    pub async fn close(&self, writer: Writer) -> Result<Signed, PipelineError> {
        let signed = writer.close().await?;
        if let Some(remark) = &signed.remark {
            self.listener.tell(Event::Notice(remark.clone()));
        }
        Ok(signed)
    }
}

/// Visits sources, all stages of every page included, and seals what was captured.
pub async fn crawl(
    pipeline: &Pipeline,
    sources: &[Source],
    holder: &str,
) -> Result<RunSummary, PipelineError> {
    let names: Vec<String> = sources.iter().map(|s| s.name.clone()).collect();
    let session = Session::begin(pipeline, "crawl", names, holder).await?;
    let worked = session.worker.visit_sources(sources, session.resumed).await;
    session.end(worked).await
}

/// Captures single pages, now. The person who asks has decided, so robots.txt is not consulted; the address guard is.
pub async fn capture_urls(
    pipeline: &Pipeline,
    urls: &[Url],
    holder: &str,
) -> Result<(Vec<Capture>, RunSummary), PipelineError> {
    let session = Session::begin(pipeline, "capture", Vec::new(), holder).await?;
    let mut captures = Vec::new();
    let mut summary = SourceSummary::default();
    let worker = session.worker.clone();
    let work = async {
        for url in urls.iter().take_while(|_| !pipeline.stop.is_stopped()) {
            let asked = worker.ask(url, Role::Page).await?;
            let fetched = tokio::select! {
                fetched = worker.client.fetch(&asked.request) => fetched,
                () = pipeline.stop.patience_over() => break,
            };
            let (capture, _) = worker.keep(fetched, asked, None, None).await?;
            summary.count(capture.outcome.kind);
            captures.push(capture);
        }
        Ok(vec![summary])
    };
    let worked = work.await;
    drop(worker);
    let summary = session.end(worked).await?;
    Ok((captures, summary))
}

/// A run from its first line in the catalog to its report.
struct Session {
    worker: Worker,
    sink: SinkTask,
    run: Run,
    resumed: bool,
    /// Closes the gate when the run is asked to stop.
    closing: JoinSet<()>,
}

impl Session {
    async fn begin(
        pipeline: &Pipeline,
        command: &str,
        sources: Vec<String>,
        holder: &str,
    ) -> Result<Self, PipelineError> {
        let settings = &pipeline.settings;
        let client = Client::new(settings.client.clone(), pipeline.clock.clone())?;
        let [.., a, b, c, d, e, f, g, h] = pipeline.randomness.bytes();
        let seed = u64::from_le_bytes([a, b, c, d, e, f, g, h]);
        let gate = HostGate::new(GateOptions { seed, ..settings.gate.clone() }, pipeline.clock.clone());
        let mut writer = Writer::open(&settings.layout, pipeline.writer_options(holder)).await?;
        if !writer.recovery().is_empty() {
            pipeline.listener.tell(Event::Recovered(writer.recovery().clone()));
        }
        let catalog = writer.catalog().clone();
        let archive = Archive::with_catalog(&settings.layout, &catalog);
        let (run, resumed) = begin_run(pipeline, &mut writer, command, sources).await?;
        let (sink, task) = Sink::start(
            writer,
            &archive,
            &pipeline.listener,
            pipeline.clock.clone(),
            pipeline.randomness.clone(),
        )
        .await?;
        let facts = pipeline.client_facts();
        let closing = close_when_stopped(&gate, &pipeline.stop);
        let polite = Polite::new(client.clone(), gate);
        let worker = Worker {
            pipeline: pipeline.clone(),
            archive,
            catalog,
            client,
            polite,
            sink,
            twins: Twins::default(),
            processing: Arc::new(Semaphore::new(processors())),
            appraising: Arc::new(Mutex::new(())),
            facts,
            clock_facts: settings.clock.clone(),
            run: run.id.clone(),
            run_began: run.started_at,
        };
        let sources = run.sources.clone();
        pipeline.listener.tell(Event::RunStarted { run: run.id.clone(), sources, resumed });
        Ok(Self { worker, sink: task, run, resumed, closing })
    }

    /// Writes the report and seals the files. A run that was asked to stop is left open, so that the next one goes on.
    async fn end(
        self,
        worked: Result<Vec<SourceSummary>, PipelineError>,
    ) -> Result<RunSummary, PipelineError> {
        let Self { worker, sink, run, closing, .. } = self;
        drop(closing);
        let Worker { pipeline, catalog, .. } = worker;
        // The worker's sink is gone now, so the task comes to its end.
        drop(worker.sink);
        let Written { mut writer, new_texts } = match (sink.finish().await, &worked) {
            (Ok(written), _) => written,
            // Pages that only met a writer that was gone do not know why; the writer does.
            (Err(error), Ok(_) | Err(PipelineError::Stopped(_))) => return Err(error),
            (Err(_), Err(error)) => return Err(error.clone()),
        };
        let sources = worked?;
        let interrupted = pipeline.stop.is_stopped();
        let mut summary = RunSummary { run: run.id.clone(), sources, interrupted, repeats: Vec::new() };
        // An interrupted run reports what it did so far: a rebuild must not forget it.
        let mut report = report(&run, &catalog, pipeline.clock.now()).await?;
        report.complete = !interrupted;
        if report.complete {
            let ok = summary.sources.iter().filter(|s| s.findings.is_empty() && !s.source.is_empty());
            report.sources_ok = ok.map(|s| s.source.clone()).collect();
        }
        let (well, ended) = (report.sources_ok.clone(), report.finished_at);
        write_report(&pipeline, &mut writer, report).await?;
        let well: Vec<_> = well.iter().map(|name| (name.as_str(), ended)).collect();
        catalog.sources_ok(&well).await?;
        catalog.clear_frontier().await?;
        pipeline.close(writer).await?;
        let index = pipeline.settings.layout.index();
        summary.repeats = repeats::tell(&index, new_texts, &pipeline.stop, &pipeline.listener).await;
        pipeline.listener.tell(Event::RunEnded(summary.clone()));
        Ok(summary)
    }
}

/// Ends all waiting for turns when the run is asked to stop; the task ends with the set.
fn close_when_stopped(gate: &HostGate, stop: &Stop) -> JoinSet<()> {
    let (gate, stop) = (gate.clone(), stop.clone());
    let mut task = JoinSet::new();
    task.spawn(async move {
        stop.stopped().await;
        gate.close();
    });
    task
}

pub(crate) fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Takes up the interrupted run of the same sources, or begins a new one. An interrupted run of other sources is left for
/// one that goes on with it, until it is too old: then what it did is reported, and it is over.
async fn begin_run(
    pipeline: &Pipeline,
    writer: &mut Writer,
    command: &str,
    sources: Vec<String>,
) -> Result<(Run, bool), PipelineError> {
    let now = pipeline.clock.now();
    let catalog = writer.catalog().clone();
    let asked: HashSet<&String> = sources.iter().collect();
    for mut old in catalog.unfinished_runs().await? {
        let goes_on = old.goes_on(now);
        if goes_on && command == "crawl" && old.sources.iter().all(|name| asked.contains(name)) {
            old.sources = sources;
            catalog.put_run(&old).await?;
            return Ok((old, true));
        }
        if !goes_on {
            let report = report(&old, &catalog, now).await?;
            write_report(pipeline, writer, report).await?;
        }
    }
    catalog.clear_frontier().await?;
    let run = Run {
        id: uuid(&*pipeline.randomness),
        command: command.to_owned(),
        sources,
        started_at: now,
        finished_at: None,
    };
    catalog.put_run(&run).await?;
    Ok((run, false))
}

/// What a run did that is in no report yet.
pub(crate) async fn report(run: &Run, catalog: &Catalog, now: Timestamp) -> Result<RunReport, PipelineError> {
    Ok(RunReport {
        v: RunReport::VERSION,
        run: run.id.clone(),
        command: run.command.clone(),
        sources: run.sources.clone(),
        sources_ok: Vec::new(),
        started_at: run.started_at,
        finished_at: now,
        complete: true,
        tries: catalog.unreported().await?.iter().map(ReportedTry::of).collect(),
        source_runs: catalog.unreported_source_runs().await?,
        imports: Vec::new(),
    })
}

pub(crate) async fn write_report(
    pipeline: &Pipeline,
    writer: &mut Writer,
    report: RunReport,
) -> Result<(), PipelineError> {
    let id = || uuid(&*pipeline.randomness);
    let pieces: Vec<_> = report.in_pieces().into_iter().map(|piece| (id(), piece)).collect();
    Ok(writer.report(&pieces, id()).await?)
}
