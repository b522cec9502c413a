//! A run: the sources one beside the other, each one in order — what leads to pages first, then new pages, then pages
//! that are held and may have changed.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use jiff::{SignedDuration, Timestamp};
use tokio::task::JoinSet;
use url::Url;
use vidimus_archive::{Archive, ReportedTry, RevisitOf, RunReport, Writer, WriterOptions};
use vidimus_catalog::{Capture, Catalog, Pending, Run};
use vidimus_fetch::{Client, Fetched, HostGate, Polite, Request};
use vidimus_snapshot::{ClientFacts, Clock, Outcome, OutcomeKind, Role, normal_form};

use crate::discover::Found;
use crate::events::SourceSummary;
use crate::process::{Context, Held, Processed, process};
use crate::randomness::uuid;
use crate::sink::{Sink, SinkTask};
use crate::{Event, Listener, PipelineError, Randomness, RunSummary, Settings, Source};

/// An interrupted run older than this is not resumed: the world has moved on, and a new run finds everything again.
pub const RESUME_WITHIN: SignedDuration = SignedDuration::from_hours(24);

/// Asks a run to stop when its pages in flight are done.
#[derive(Debug, Clone, Default)]
pub struct Stop(Arc<StopState>);

#[derive(Debug, Default)]
struct StopState {
    asked: AtomicBool,
    wake: tokio::sync::Notify,
}

impl Stop {
    /// Asks the run to stop.
    pub fn stop(&self) {
        self.0.asked.store(true, Ordering::SeqCst);
        self.0.wake.notify_waiters();
    }

    /// Whether it was asked.
    pub fn is_stopped(&self) -> bool {
        self.0.asked.load(Ordering::SeqCst)
    }

    /// Waits for so long, or until it is asked.
    pub async fn sleep(&self, time: std::time::Duration) {
        let woken = self.0.wake.notified();
        if !self.is_stopped() {
            tokio::select! {
                () = woken => {}
                () = tokio::time::sleep(time) => {}
            }
        }
    }
}

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

/// Visits sources, all stages of every page included, and seals what was captured.
pub async fn crawl(pipeline: &Pipeline, sources: &[Source], holder: &str) -> Result<RunSummary, PipelineError> {
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
            let asked_at = pipeline.clock.now();
            let fetched = worker.client.fetch(&worker.request(url, Role::Page).await?).await;
            let (capture, _) = worker.keep(fetched, asked_at, Role::Page, None, None).await?;
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
}

/// What visits pages; clones share everything.
#[derive(Clone)]
struct Worker {
    pipeline: Pipeline,
    archive: Archive,
    catalog: Catalog,
    client: Client,
    polite: Polite,
    sink: Sink,
    facts: ClientFacts,
    run: String,
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
        let gate = HostGate::new(settings.gate.clone(), pipeline.clock.clone());
        let identity = &settings.identity;
        let tag = uuid(&*pipeline.randomness).chars().take(8).collect();
        let options = WriterOptions {
            holder: holder.to_owned(),
            software: format!("{}/{}", identity.software, identity.version),
            operator: identity.operator.clone(),
            tag,
            max_file_bytes: settings.max_file_bytes,
        };
        let writer = Writer::open(&settings.layout, options).await?;
        if !writer.recovery().is_empty() {
            pipeline.listener.tell(Event::Recovered(writer.recovery().clone()));
        }
        let catalog = writer.catalog().clone();
        let archive = Archive::with_catalog(&settings.layout, &catalog);
        let (run, resumed) = begin_run(pipeline, &catalog, command, sources).await?;
        let (sink, task) =
            Sink::start(writer, &archive, &pipeline.listener, pipeline.clock.clone(), pipeline.randomness.clone())
                .await?;
        let facts = ClientFacts {
            software: identity.software.clone(),
            version: identity.version.clone(),
            config_sha256: identity.config_sha256,
            user_agent: settings.client.user_agent.clone(),
            operator: identity.operator.clone(),
        };
        let polite = Polite::new(client.clone(), gate);
        let worker =
            Worker { pipeline: pipeline.clone(), archive, catalog, client, polite, sink, facts, run: run.id.clone() };
        let sources = run.sources.clone();
        pipeline.listener.tell(Event::RunStarted { run: run.id.clone(), sources, resumed });
        Ok(Self { worker, sink: task, run, resumed })
    }

    /// Writes the report and seals the files. A run that was asked to stop is left open, so that the next one goes on.
    async fn end(self, worked: Result<Vec<SourceSummary>, PipelineError>) -> Result<RunSummary, PipelineError> {
        let Self { worker, sink, run, .. } = self;
        let Worker { pipeline, catalog, .. } = worker;
        // The worker's sink is gone now, so the task comes to its end.
        drop(worker.sink);
        let mut writer = match (sink.finish().await, &worked) {
            (Ok(writer), _) => writer,
            // What the pages met is what the person should read.
            (Err(_), Err(error)) => return Err(error.clone()),
            (Err(error), Ok(_)) => return Err(error),
        };
        let sources = worked?;
        let interrupted = pipeline.stop.is_stopped();
        let summary = RunSummary { run: run.id.clone(), sources, interrupted };
        if !interrupted {
            let report = report(&run, &summary, &catalog, pipeline.clock.now()).await?;
            writer.report(&report, [uuid(&*pipeline.randomness), uuid(&*pipeline.randomness)]).await?;
            for source in &report.sources_ok {
                catalog.source_ok(source, report.finished_at).await?;
            }
            catalog.clear_frontier().await?;
        }
        writer.close().await?;
        pipeline.listener.tell(Event::RunEnded(summary.clone()));
        Ok(summary)
    }
}

/// Takes up the interrupted run of the same sources, or begins a new one.
async fn begin_run(
    pipeline: &Pipeline,
    catalog: &Catalog,
    command: &str,
    sources: Vec<String>,
) -> Result<(Run, bool), PipelineError> {
    let now = pipeline.clock.now();
    if let Some(mut old) = catalog.unfinished_run(command).await? {
        let fresh = now.duration_since(old.started_at) < RESUME_WITHIN;
        if command == "crawl" && fresh && old.sources.iter().all(|name| sources.contains(name)) {
            old.sources = sources;
            catalog.put_run(&old).await?;
            return Ok((old, true));
        }
        old.finished_at = Some(now);
        catalog.put_run(&old).await?;
        catalog.clear_frontier().await?;
    }
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

async fn report(
    run: &Run,
    summary: &RunSummary,
    catalog: &Catalog,
    now: Timestamp,
) -> Result<RunReport, PipelineError> {
    let ok = summary.sources.iter().filter(|s| s.failed.is_none() && !s.source.is_empty());
    Ok(RunReport {
        v: RunReport::VERSION,
        run: run.id.clone(),
        command: run.command.clone(),
        sources: run.sources.clone(),
        sources_ok: ok.map(|s| s.source.clone()).collect(),
        started_at: run.started_at,
        finished_at: now,
        tries: catalog.unreported().await?.iter().map(ReportedTry::of).collect(),
    })
}

/// One source's visit in the making.
struct Visit<'a> {
    source: &'a Source,
    summary: SourceSummary,
    started_at: Timestamp,
    /// Configured addresses that did not answer well, with why.
    failed_seeds: Vec<String>,
    seeds_ok: u64,
    /// Pages that discovery led to, wanted ones only.
    found: u64,
    pages_tried: u64,
    pages_ok: u64,
    bytes: u64,
}

impl Worker {
    async fn visit_sources(&self, sources: &[Source], resumed: bool) -> Result<Vec<SourceSummary>, PipelineError> {
        let pending = if resumed { self.catalog.pending(&self.run).await? } else { Vec::new() };
        let mut waiting: VecDeque<Source> = sources.iter().cloned().collect();
        let mut running = JoinSet::new();
        let mut summaries = Vec::new();
        loop {
            while running.len() < self.pipeline.settings.concurrency.max(1) {
                let Some(source) = waiting.pop_front() else { break };
                let old = pending.iter().filter(|p| p.source == source.name).cloned().collect();
                let worker = self.clone();
                running.spawn(async move { worker.visit_source(&source, old).await });
            }
            let Some(ended) = running.join_next().await else { break };
            let summary = ended??;
            self.pipeline.listener.tell(Event::SourceEnded(summary.clone()));
            summaries.push(summary);
        }
        let order = |s: &SourceSummary| sources.iter().position(|source| source.name == s.source);
        summaries.sort_by_key(order);
        Ok(summaries)
    }

    async fn visit_source(&self, source: &Source, old: Vec<Pending>) -> Result<SourceSummary, PipelineError> {
        let started_at = self.pipeline.clock.now();
        self.catalog.source_started(&source.name, started_at).await?;
        let mut visit = Visit::new(source, started_at);
        visit.pages_tried = self.catalog.pages_done(&self.run, &source.name).await?;
        let mut queue = old;
        queue.extend(self.catalog.add_pending(&self.run, seeds(source)).await?);
        let (leads, mut pages): (Vec<Pending>, Vec<Pending>) =
            queue.into_iter().partition(|p| p.role != Role::Page);
        let mut leads = VecDeque::from(leads);
        while let Some(lead) = leads.pop_front() {
            if self.pipeline.stop.is_stopped() {
                return Ok(visit.end(true));
            }
            let (capture, new) = self.try_pending(&lead, &mut visit).await?;
            visit.note_seed(&lead, &capture);
            let (more_pages, more_leads) = new.into_iter().partition(|p| p.role == Role::Page);
            pages.extend::<Vec<_>>(more_pages);
            leads.extend::<Vec<_>>(more_leads);
        }
        let pages = self.in_order(source, pages).await?;
        self.visit_pages(pages, &mut visit).await?;
        Ok(visit.end(self.pipeline.stop.is_stopped()))
    }

    async fn visit_pages(&self, pages: Vec<Pending>, visit: &mut Visit<'_>) -> Result<(), PipelineError> {
        let total = pages.len() as u64;
        for (number, page) in pages.into_iter().enumerate() {
            if self.pipeline.stop.is_stopped() {
                return Ok(());
            }
            if visit.budget_used(self.pipeline.clock.now()) {
                visit.summary.left = total - number as u64;
                return Ok(());
            }
            let (capture, _) = self.try_pending(&page, visit).await?;
            visit.note_page(&page, &capture);
        }
        Ok(())
    }

    /// New pages first, as they were found; then pages that were tried before, longest ago first. A page that was
    /// tried a short while ago, and that the configuration does not name, is left out.
    async fn in_order(&self, source: &Source, found: Vec<Pending>) -> Result<Vec<Pending>, PipelineError> {
        let now = self.pipeline.clock.now();
        let known = self.catalog.known_pages(&source.name).await?;
        let keyed: Vec<(String, String, Timestamp)> = known
            .into_iter()
            .filter_map(|(url, at)| Some((Url::parse(&url).ok()?, url, at)))
            // What the configuration no longer wants is left in peace.
            .filter(|(parsed, ..)| source.wants(parsed))
            .map(|(parsed, url, at)| (normal_form(&parsed).to_string(), url, at))
            .collect();
        let tried: HashSet<&str> = keyed.iter().map(|(key, ..)| key.as_str()).collect();
        let always: HashSet<String> = source.pages.iter().map(|u| normal_form(u).to_string()).collect();
        let (mut pages, again): (Vec<Pending>, Vec<Pending>) = found
            .into_iter()
            .partition(|p| !tried.contains(p.url_key.as_str()) || always.contains(&p.url_key));
        let rested = |at: &Timestamp| now.duration_since(*at) >= self.pipeline.settings.revisit_after;
        let due = keyed.iter().filter(|(key, _, at)| rested(at) && !always.contains(key));
        let due = due.map(|(key, url, _)| pending(source, Role::Page, url, key, 0)).collect();
        let mut revisits = self.catalog.add_pending(&self.run, due).await?;
        // What was found again is in the frontier already, and keeps its place there.
        revisits.extend(again.into_iter().filter(|p| {
            keyed.iter().any(|(key, _, at)| *key == p.url_key && rested(at))
        }));
        let last_tried = |p: &Pending| keyed.iter().find(|(key, ..)| *key == p.url_key).map(|(.., at)| *at);
        revisits.sort_by_key(last_tried);
        pages.extend(revisits);
        Ok(pages)
    }

    /// Tries one URL of a source, and notes what it leads to before it counts as done.
    async fn try_pending(
        &self,
        item: &Pending,
        visit: &mut Visit<'_>,
    ) -> Result<(Capture, Vec<Pending>), PipelineError> {
        let Ok(url) = Url::parse(&item.url) else {
            return Ok((self.unparsable(item).await?, Vec::new()));
        };
        let asked_at = self.pipeline.clock.now();
        let request = self.request(&url, item.role).await?;
        let visited = self.polite.visit(&request).await;
        for robots in visited.robots {
            let (capture, _) = self.keep(robots.fetched, asked_at, Role::Robots, Some(visit.source), None).await?;
            self.pipeline.listener.tell(Event::Tried(Box::new(capture)));
        }
        let (capture, new) = self.keep(visited.fetched, asked_at, item.role, Some(visit.source), Some(item)).await?;
        visit.found += new.wanted;
        // A 304 sent nothing; its row states the size of what is held.
        visit.bytes += if capture.status == Some(304) { 0 } else { capture.payload_bytes };
        visit.summary.count(capture.outcome.kind);
        self.pipeline.listener.tell(Event::Tried(Box::new(capture.clone())));
        if !new.pending.is_empty() {
            let count = new.pending.len();
            self.pipeline.listener.tell(Event::Found { source: visit.source.name.clone(), count });
        }
        Ok((capture, new.pending))
    }

    /// Processes and archives what was fetched, and adds what it leads to to the frontier.
    async fn keep(
        &self,
        fetched: Fetched,
        asked_at: Timestamp,
        role: Role,
        source: Option<&Source>,
        item: Option<&Pending>,
    ) -> Result<(Capture, NewPending), PipelineError> {
        let url_key = normal_form(&fetched.requested).to_string();
        let listing = source.zip(item).filter(|(_, i)| i.role == Role::Listing);
        let listing = listing.and_then(|(s, i)| s.listings.get(usize::try_from(i.listing).ok()?));
        let context = Context {
            run: self.run.clone(),
            asked_at,
            source: source.map(|s| s.name.clone()),
            organisation: source.and_then(|s| s.organisation.clone()),
            role,
            client: self.facts.clone(),
            held: self.held(&url_key).await?,
            previous: self.catalog.previous(&url_key).await?,
            selectors: listing.map(|l| l.selectors.clone()),
            decode: self.client.limits().decode(),
            extract: self.pipeline.settings.extract.clone(),
        };
        let randomness = self.pipeline.randomness.clone();
        let processed =
            tokio::task::spawn_blocking(move || process(&fetched, &context, &*randomness)).await??;
        let Processed { prepared, text, found } = processed;
        if let Some(note) = &found.note {
            self.pipeline.listener.tell(Event::Notice(format!("{}: {note}", prepared.capture().url)));
        }
        let new = match (source, item) {
            (Some(source), Some(item)) => self.add_found(source, item, found).await?,
            _ => NewPending::default(),
        };
        let capture = self.sink.commit(prepared, text).await?;
        Ok((capture, new))
    }

    async fn add_found(&self, source: &Source, item: &Pending, found: Found) -> Result<NewPending, PipelineError> {
        let depth = item.depth.saturating_add(1);
        let pages: Vec<&Url> = found.pages.iter().filter(|url| source.wants(url)).collect();
        let wanted = pages.len() as u64;
        let mut new: Vec<Pending> = pages
            .into_iter()
            .map(|url| pending(source, Role::Page, url.as_str(), normal_form(url).as_str(), depth))
            .collect();
        if depth <= source.max_depth {
            let maps = found.sitemaps.iter().filter(|url| source.is_on_its_hosts(url));
            new.extend(maps.map(|u| pending(source, Role::Sitemap, u.as_str(), normal_form(u).as_str(), depth)));
        }
        new.extend(next_page(source, item, found.next.as_ref().filter(|url| source.is_on_its_hosts(url))));
        let pending = self.catalog.add_pending(&self.run, new).await?;
        Ok(NewPending { wanted, pending })
    }

    /// The request, conditional when a page is held. What is read for its links is always asked for whole.
    async fn request(&self, url: &Url, role: Role) -> Result<Request, PipelineError> {
        let mut request = Request::new(url.clone());
        if role == Role::Page
            && let Some(held) = self.catalog.held(normal_form(url).as_str()).await?
        {
            request.if_none_match = held.etag;
            request.if_modified_since = held.last_modified;
        }
        Ok(request)
    }

    /// What is held of a URL, read back from the archive. If it cannot be read whole, nothing counts as held: a
    /// revisit must never refer to content that is lost.
    async fn held(&self, url_key: &str) -> Result<Option<Held>, PipelineError> {
        let Some(newest) = self.catalog.held(url_key).await? else { return Ok(None) };
        let Some(id) = newest.original.or(newest.snapshot) else { return Ok(None) };
        let Some(original) = self.catalog.get(id).await? else { return Ok(None) };
        let read = self.archive.answer(&original).and_then(|answer| Ok((answer, self.archive.manifest(&original)?)));
        let (answer, (_, manifest)) = match read {
            Ok(read) => read,
            Err(error) => {
                let notice = format!("{url_key}: the capture held cannot be read and is stored anew: {error}");
                self.pipeline.listener.tell(Event::Notice(notice));
                return Ok(None);
            }
        };
        let date = answer.headers.get("WARC-Date").and_then(|d| d.parse().ok()).unwrap_or(original.started_at);
        let Some(payload) = original.payload_sha256 else { return Ok(None) };
        Ok(Some(Held {
            original: id,
            revisit_of: RevisitOf {
                record_id: answer.id().to_owned(),
                uri: answer.target_uri().unwrap_or("").to_owned(),
                date,
                payload,
            },
            text: manifest.text.map(|facts| (facts, original.headline.clone())),
            payload_bytes: original.payload_bytes,
            content_type: original.content_type,
        }))
    }

    /// A line of the frontier that is no URL: it cannot come from us, but a database can be damaged.
    async fn unparsable(&self, item: &Pending) -> Result<Capture, PipelineError> {
        let now = self.pipeline.clock.now();
        let row = ReportedTry {
            run: self.run.clone(),
            source: Some(item.source.clone()),
            role: item.role,
            url: item.url.clone(),
            started_at: now,
            finished_at: now,
            outcome: Outcome::new(OutcomeKind::Failed, "bad-url", "this is not a URL"),
        };
        self.sink.commit(vidimus_archive::Prepared::without_exchange(row.to_capture()), None).await
    }
}

/// What a document led to.
#[derive(Default)]
struct NewPending {
    /// Links to pages that the source wants, known ones included.
    wanted: u64,
    /// Those that the run did not know yet.
    pending: Vec<Pending>,
}

fn pending(source: &Source, role: Role, url: &str, url_key: &str, depth: u32) -> Pending {
    let (url, url_key) = (url.to_owned(), url_key.to_owned());
    Pending { source: source.name.clone(), role, url, url_key, depth, listing: 0 }
}

/// The addresses that the configuration names, as the frontier knows them.
fn seeds(source: &Source) -> Vec<Pending> {
    let of = |role: Role, url: &Url| pending(source, role, url.as_str(), normal_form(url).as_str(), 0);
    let mut seeds: Vec<Pending> = source.feeds.iter().map(|u| of(Role::Feed, u)).collect();
    seeds.extend(source.sitemaps.iter().map(|u| of(Role::Sitemap, u)));
    seeds.extend(source.listings.iter().zip(0_u32..).map(|(l, listing)| Pending { listing, ..of(Role::Listing, &l.url) }));
    seeds.extend(source.pages.iter().map(|u| of(Role::Page, u)));
    seeds
}

/// The next page of a listing, while the listing has pages to read.
fn next_page(source: &Source, item: &Pending, next: Option<&Url>) -> Option<Pending> {
    let listing = source.listings.get(usize::try_from(item.listing).ok()?)?;
    let next = next.filter(|_| item.role == Role::Listing && item.depth.saturating_add(1) < listing.max_pages)?;
    let key = normal_form(next);
    let pending = pending(source, Role::Listing, next.as_str(), key.as_str(), item.depth.saturating_add(1));
    Some(Pending { listing: item.listing, ..pending })
}

/// The configured addresses that failed, the first few of them; the catalog knows them all.
fn seeds_text(failed: &[String]) -> String {
    const TOLD: usize = 3;
    let told = failed.iter().take(TOLD).cloned().collect::<Vec<_>>().join("; ");
    match failed.len().saturating_sub(TOLD) {
        0 => told,
        more => format!("{told}; and {more} more, see `vidimus list --all`"),
    }
}

impl<'a> Visit<'a> {
    fn new(source: &'a Source, started_at: Timestamp) -> Self {
        let summary = SourceSummary { source: source.name.clone(), ..SourceSummary::default() };
        Self {
            source,
            summary,
            started_at,
            failed_seeds: Vec::new(),
            seeds_ok: 0,
            found: 0,
            pages_tried: 0,
            pages_ok: 0,
            bytes: 0,
        }
    }

    fn note_seed(&mut self, lead: &Pending, capture: &Capture) {
        if capture.outcome.kind.is_ok() {
            self.seeds_ok += 1;
        } else {
            let why = &capture.outcome.message;
            self.failed_seeds.push(format!("the {} {}: {why}", lead.role, lead.url));
        }
    }

    fn note_page(&mut self, page: &Pending, capture: &Capture) {
        self.pages_tried += 1;
        if capture.outcome.kind.is_ok() {
            self.pages_ok += 1;
        } else if page.depth == 0 && self.source.pages.iter().any(|u| u.as_str() == page.url) {
            self.failed_seeds.push(format!("the page {}: {}", page.url, capture.outcome.message));
        }
    }

    fn budget_used(&self, now: Timestamp) -> bool {
        let minutes = i64::try_from(self.source.max_minutes).unwrap_or(i64::MAX);
        self.pages_tried >= self.source.max_pages
            || self.bytes >= self.source.max_bytes
            || now.duration_since(self.started_at).as_secs() / 60 >= minutes
    }

    /// The source's summary, with the verdict whether it still yields.
    fn end(mut self, interrupted: bool) -> SourceSummary {
        let leads = self.source.feeds.len() + self.source.sitemaps.len() + self.source.listings.len();
        self.summary.failed = if !self.failed_seeds.is_empty() {
            Some(seeds_text(&self.failed_seeds))
        } else if interrupted {
            None
        } else if leads > 0 && self.seeds_ok > 0 && self.found == 0 {
            Some("its feeds, sitemaps and listings answered, but led to no page that is wanted (check `links` and `include`)".to_owned())
        } else if self.pages_tried > 0 && self.pages_ok == 0 {
            Some(format!("none of the {} pages tried could be captured", self.pages_tried))
        } else {
            None
        };
        self.summary
    }
}
