//! Visiting: the sources one beside the other, each one in order — what leads to pages first, then new pages, then
//! pages that are held and may have changed.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use tokio::task::JoinSet;
use url::Url;
use vidimus_archive::{Archive, ReportedTry, RevisitOf};
use vidimus_catalog::{Capture, Catalog, Filter, Pending};
use vidimus_fetch::{Client, Fetched, Polite, Request};
use vidimus_snapshot::{ClientFacts, Outcome, OutcomeKind, Role, normal_form};

use crate::events::SourceSummary;
use crate::leads::{pending, seeds};
use crate::process::{Context, Held, Processed, process};
use crate::run::Pipeline;
use crate::sink::Sink;
use crate::verdict::Visit;
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

/// How many feeds, sitemaps and listing pages of a source one run reads: a sitemap index can name sitemaps for ever.
const MAX_LEADS: u64 = 1000;
/// A page whose last try failed rests no longer than this.
const REST_AFTER_FAILURE: SignedDuration = SignedDuration::from_hours(1);

/// A request, with what is held of its URL at the time of asking.
pub(crate) struct Asked {
    pub request: Request,
    role: Role,
    at: Timestamp,
    held: Option<Held>,
    conditional: bool,
}

/// A page that was tried before.
struct Known {
    url: String,
    tried: Timestamp,
    rested: bool,
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
                running.spawn(async move {
                    let summary = worker.visit_source(&source, old).await?;
                    worker.appraise(&source, summary).await
                });
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
        self.take_up(&mut visit).await?;
        let mut queue = old;
        queue.extend(self.catalog.add_pending(&self.run, seeds(source)).await?);
        let (leads, mut pages): (Vec<Pending>, Vec<Pending>) =
            queue.into_iter().partition(|p| p.role != Role::Page);
        let mut leads = VecDeque::from(leads);
        while let Some(lead) = leads.pop_front() {
            if self.pipeline.stop.is_stopped() {
                return Ok(visit.end());
            }
            if visit.leads_tried >= MAX_LEADS || visit.time_or_bytes_used(self.pipeline.clock.now()) {
                visit.leads_left = 1 + leads.len() as u64;
                break;
            }
            visit.leads_tried += 1;
            let (_, new) = self.try_pending(&lead, &mut visit).await?;
            let (more_pages, more_leads) = new.into_iter().partition(|p| p.role == Role::Page);
            pages.extend::<Vec<_>>(more_pages);
            leads.extend::<Vec<_>>(more_leads);
        }
        let pages = self.in_order(source, pages).await?;
        self.visit_pages(pages, &mut visit).await?;
        Ok(visit.end())
    }

    async fn visit_pages(&self, pages: Vec<Pending>, visit: &mut Visit<'_>) -> Result<(), PipelineError> {
        let total = pages.len() as u64;
        for (number, page) in pages.into_iter().enumerate() {
            if self.pipeline.stop.is_stopped() {
                return Ok(());
            }
            if visit.budget_used(self.pipeline.clock.now()) {
                visit.summary.left += total - number as u64;
                return Ok(());
            }
            let (capture, _) = self.try_pending(&page, visit).await?;
            visit.note_page(&capture);
        }
        Ok(())
    }

    /// What the interrupted run, if this one goes on with it, knew of the source: its verdict must not depend on where
    /// it was stopped.
    async fn take_up(&self, visit: &mut Visit<'_>) -> Result<(), PipelineError> {
        let source = Some(visit.source.name.clone());
        let done =
            self.catalog.list(&Filter { run: Some(self.run.clone()), source, ..Filter::default() }).await?;
        for capture in done.iter().filter(|c| c.role != Role::Robots) {
            visit.started_at = visit.started_at.min(capture.started_at);
            visit.count(capture);
            if capture.role == Role::Page {
                visit.note_page(capture);
            } else {
                visit.leads_tried += 1;
            }
        }
        Ok(())
    }

    /// New pages first, as they were found; then pages that were tried before, longest ago first. A page that was
    /// tried a short while ago, and that the configuration does not name, is left out.
    async fn in_order(&self, source: &Source, found: Vec<Pending>) -> Result<Vec<Pending>, PipelineError> {
        let known = self.known(source).await?;
        let always: HashSet<String> = source.pages.iter().map(|u| normal_form(u).to_string()).collect();
        let is_first = |p: &Pending| !known.contains_key(&p.url_key) || always.contains(&p.url_key);
        let (mut pages, again): (Vec<Pending>, Vec<Pending>) = found.into_iter().partition(is_first);
        let due = known.iter().filter(|(key, page)| page.rested && !always.contains(*key));
        let due = due.map(|(key, page)| pending(source, Role::Page, &page.url, key, 0)).collect();
        let mut revisits = self.catalog.add_pending(&self.run, due).await?;
        // What was found again is in the frontier already, and keeps its place there.
        revisits.extend(again.into_iter().filter(|p| known.get(&p.url_key).is_some_and(|page| page.rested)));
        revisits.sort_by_key(|p| (known.get(&p.url_key).map(|page| page.tried), p.url_key.clone()));
        pages.extend(revisits);
        Ok(pages)
    }

    /// The pages of a source that were tried before and are still wanted, by their normal form.
    async fn known(&self, source: &Source) -> Result<HashMap<String, Known>, PipelineError> {
        let now = self.pipeline.clock.now();
        let rest = self.pipeline.settings.revisit_after;
        let known = self.catalog.known_pages(&source.name).await?;
        let wanted = known.into_iter().filter_map(|page| {
            let parsed = Url::parse(&page.url).ok().filter(|url| source.wants(url))?;
            let answered = page.answered == Some(page.tried);
            let rest = if answered { rest } else { rest.min(REST_AFTER_FAILURE) };
            let rested = now.duration_since(page.tried) >= rest;
            Some((normal_form(&parsed).to_string(), Known { url: page.url, tried: page.tried, rested }))
        });
        Ok(wanted.collect())
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
        let asked = self.ask(&url, item.role).await?;
        let visited = self.polite.visit(&asked.request).await;
        for robots in visited.robots {
            let asked = self.asked_plainly(&robots.fetched.requested, Role::Robots).await?;
            let (capture, _) = self.keep(robots.fetched, asked, Some(visit.source), None).await?;
            self.pipeline.listener.tell(Event::Tried(Box::new(capture)));
        }
        let (capture, new) = self.keep(visited.fetched, asked, Some(visit.source), Some(item)).await?;
        visit.count(&capture);
        self.pipeline.listener.tell(Event::Tried(Box::new(capture.clone())));
        if !new.is_empty() {
            let count = new.len();
            self.pipeline.listener.tell(Event::Found { source: visit.source.name.clone(), count });
        }
        Ok((capture, new))
    }

    /// Processes and archives what was fetched, and adds what it leads to to the frontier.
    pub(crate) async fn keep(
        &self,
        fetched: Fetched,
        asked: Asked,
        source: Option<&Source>,
        item: Option<&Pending>,
    ) -> Result<(Capture, Vec<Pending>), PipelineError> {
        let url_key = normal_form(&fetched.requested).to_string();
        let listing = source.zip(item).filter(|(_, i)| i.role == Role::Listing);
        let listing = listing.and_then(|(s, i)| s.listings.get(usize::try_from(i.listing).ok()?));
        let context = Context {
            run: self.run.clone(),
            asked_at: asked.at,
            source: source.map(|s| s.name.clone()),
            organisation: source.and_then(|s| s.organisation.clone()),
            role: asked.role,
            client: self.facts.clone(),
            held: asked.held,
            conditional: asked.conditional,
            previous: self.catalog.previous(&url_key).await?,
            selectors: listing.map(|l| l.selectors.clone()),
            decode: self.client.limits().decode(),
            extract: Some(self.pipeline.settings.extract.clone()),
        };
        let processed = self.process(Arc::new(fetched), context).await?;
        let Processed { prepared, text, found } = processed;
        if let Some(note) = &found.note {
            self.pipeline.listener.tell(Event::Notice(format!("{}: {note}", prepared.capture().url)));
        }
        let new = match (source, item) {
            (Some(source), Some(item)) => self.add_found(source, item, found).await?,
            _ => Vec::new(),
        };
        let capture = self.sink.commit(prepared, text).await?;
        Ok((capture, new))
    }

    /// Processes beside the network. If the extractor itself breaks down on a page, the page is archived without a text:
    /// one bad page neither stops a run nor is lost.
    async fn process(&self, fetched: Arc<Fetched>, context: Context) -> Result<Processed, PipelineError> {
        let context = Arc::new(context);
        let again = Context { extract: None, ..(*context).clone() };
        let (first, randomness) = (fetched.clone(), self.pipeline.randomness.clone());
        if let Ok(done) = tokio::task::spawn_blocking(move || process(&first, &context, &*randomness)).await {
            return Ok(done?);
        }
        let randomness = self.pipeline.randomness.clone();
        Ok(tokio::task::spawn_blocking(move || process(&fetched, &again, &*randomness)).await??)
    }

    /// What to ask, conditionally where the very same URL gave a page that is held and can be read. What is read for its
    /// links is always asked for whole.
    pub(crate) async fn ask(&self, url: &Url, role: Role) -> Result<Asked, PipelineError> {
        let mut asked = self.asked_plainly(url, role).await?;
        let same = asked.held.as_ref().filter(|held| role == Role::Page && held.final_url == url.as_str());
        if let Some(held) = same {
            asked.request.if_none_match = held.etag.clone();
            asked.request.if_modified_since = held.last_modified.clone();
            asked.conditional = held.etag.is_some() || held.last_modified.is_some();
        }
        Ok(asked)
    }

    /// What to ask, without conditions.
    async fn asked_plainly(&self, url: &Url, role: Role) -> Result<Asked, PipelineError> {
        let at = self.pipeline.clock.now();
        let held = self.held(normal_form(url).as_str(), role).await?;
        Ok(Asked { request: Request::new(url.clone()), role, at, held, conditional: false })
    }

    /// What is held of a URL, read back from the archive. If it cannot be read whole, nothing counts as held: a
    /// revisit must never refer to content that is lost.
    async fn held(&self, url_key: &str, role: Role) -> Result<Option<Held>, PipelineError> {
        let Some(newest) = self.catalog.held(url_key, role).await? else { return Ok(None) };
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
            final_url: newest.final_url,
            etag: newest.etag.or(original.etag),
            last_modified: newest.last_modified.or(original.last_modified),
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
