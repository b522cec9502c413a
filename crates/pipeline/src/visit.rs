//! Visiting: the sources one beside the other, each one in order — what leads to pages first, then new pages, then
//! pages that are held and may have changed.

use std::collections::{HashSet, VecDeque};

use jiff::Timestamp;
use tokio::task::JoinSet;
use url::Url;
use vidimus_archive::{Archive, ReportedTry, RevisitOf};
use vidimus_catalog::{Capture, Catalog, Pending};
use vidimus_fetch::{Client, Fetched, Polite, Request};
use vidimus_snapshot::{ClientFacts, Outcome, OutcomeKind, Role, normal_form};

use crate::discover::Found;
use crate::events::SourceSummary;
use crate::process::{Context, Held, Processed, process};
use crate::run::Pipeline;
use crate::sink::Sink;
use crate::{Event, PipelineError, Source};

/// What visits pages; clones share everything.
#[derive(Clone)]
pub(crate) struct Worker {
    pub pipeline: Pipeline,
    pub archive: Archive,
    pub catalog: Catalog,
    pub client: Client,
    pub polite: Polite,
    pub sink: Sink,
    pub facts: ClientFacts,
    pub run: String,
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
    pub(crate) async fn visit_sources(
        &self,
        sources: &[Source],
        resumed: bool,
    ) -> Result<Vec<SourceSummary>, PipelineError> {
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
        revisits.extend(
            again.into_iter().filter(|p| keyed.iter().any(|(key, _, at)| *key == p.url_key && rested(at))),
        );
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
            let (capture, _) =
                self.keep(robots.fetched, asked_at, Role::Robots, Some(visit.source), None).await?;
            self.pipeline.listener.tell(Event::Tried(Box::new(capture)));
        }
        let (capture, new) =
            self.keep(visited.fetched, asked_at, item.role, Some(visit.source), Some(item)).await?;
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
    pub(crate) async fn keep(
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

    async fn add_found(
        &self,
        source: &Source,
        item: &Pending,
        found: Found,
    ) -> Result<NewPending, PipelineError> {
        let depth = item.depth.saturating_add(1);
        let pages: Vec<&Url> = found.pages.iter().filter(|url| source.wants(url)).collect();
        let wanted = pages.len() as u64;
        let mut new: Vec<Pending> = pages
            .into_iter()
            .map(|url| pending(source, Role::Page, url.as_str(), normal_form(url).as_str(), depth))
            .collect();
        if depth <= source.max_depth {
            let maps = found.sitemaps.iter().filter(|url| source.is_on_its_hosts(url));
            new.extend(
                maps.map(|u| pending(source, Role::Sitemap, u.as_str(), normal_form(u).as_str(), depth)),
            );
        }
        new.extend(next_page(source, item, found.next.as_ref().filter(|url| source.is_on_its_hosts(url))));
        let pending = self.catalog.add_pending(&self.run, new).await?;
        Ok(NewPending { wanted, pending })
    }

    /// The request, conditional when a page is held. What is read for its links is always asked for whole.
    pub(crate) async fn request(&self, url: &Url, role: Role) -> Result<Request, PipelineError> {
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
        let read =
            self.archive.answer(&original).and_then(|answer| Ok((answer, self.archive.manifest(&original)?)));
        let (answer, (_, manifest)) = match read {
            Ok(read) => read,
            Err(error) => {
                let notice =
                    format!("{url_key}: the capture held cannot be read and is stored anew: {error}");
                self.pipeline.listener.tell(Event::Notice(notice));
                return Ok(None);
            }
        };
        let date =
            answer.headers.get("WARC-Date").and_then(|d| d.parse().ok()).unwrap_or(original.started_at);
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
pub(crate) struct NewPending {
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
    seeds.extend(
        source
            .listings
            .iter()
            .zip(0_u32..)
            .map(|(l, listing)| Pending { listing, ..of(Role::Listing, &l.url) }),
    );
    seeds.extend(source.pages.iter().map(|u| of(Role::Page, u)));
    seeds
}

/// The next page of a listing, while the listing has pages to read.
fn next_page(source: &Source, item: &Pending, next: Option<&Url>) -> Option<Pending> {
    let listing = source.listings.get(usize::try_from(item.listing).ok()?)?;
    let next =
        next.filter(|_| item.role == Role::Listing && item.depth.saturating_add(1) < listing.max_pages)?;
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
