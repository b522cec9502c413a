//! Visiting: the sources one beside the other, each one in order — what leads to pages first, then new pages, then
//! pages that are held and may have changed.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::{Mutex, Semaphore};
use tokio::task::JoinSet;
use url::Url;
use vidimus_archive::Archive;
use vidimus_catalog::{Catalog, Filter, Pending};
use vidimus_fetch::{Client, Polite};
use vidimus_snapshot::{ClientFacts, ClockFacts, Role, normal_form};

use crate::events::SourceSummary;
use crate::leads::{pending, seeds};
use crate::run::Pipeline;
use crate::sink::Sink;
use crate::twins::Twins;
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
    pub twins: Twins,
    /// One permit for each processor: a page in the making takes memory, and no more of them go faster.
    pub processing: Arc<Semaphore>,
    /// Held while a source is appraised: that takes all its captures into memory, and sources often end together.
    pub appraising: Arc<Mutex<()>>,
    pub facts: ClientFacts,
    pub clock_facts: ClockFacts,
    pub run: String,
    /// When the run began: no capture of it is older.
    pub run_began: Timestamp,
}

/// How many feeds, sitemaps and listing pages of a source one run reads: a sitemap index can name sitemaps for ever.
const MAX_LEADS: u64 = 1000;

/// A page that was tried before.
struct Known {
    url: String,
    tried: Timestamp,
    /// How far its rest is over; nothing while it is to be left alone.
    overdue: Option<SignedDuration>,
}

impl Worker {
    pub(crate) async fn visit_sources(
        &self,
        sources: &[Source],
        resumed: bool,
    ) -> Result<Vec<SourceSummary>, PipelineError> {
        let mut pending: HashMap<String, Vec<Pending>> = HashMap::new();
        if resumed {
            for item in self.catalog.pending_leads(&self.run).await? {
                pending.entry(item.source.clone()).or_default().push(item);
            }
        }
        let mut waiting: VecDeque<Arc<Source>> = sources.iter().cloned().map(Arc::new).collect();
        let mut running = JoinSet::new();
        let mut summaries = Vec::new();
        loop {
            while running.len() < self.pipeline.settings.concurrency.max(1) {
                let Some(source) = waiting.pop_front() else { break };
                let old = pending.remove(&source.name).unwrap_or_default();
                let worker = self.for_source(&source);
                running.spawn(async move {
                    let summary = worker.visit_source(&source, old, resumed).await?;
                    worker.appraise(&source, summary).await
                });
            }
            let Some(ended) = running.join_next().await else { break };
            let summary = ended??;
            self.pipeline.listener.tell(Event::SourceEnded(summary.clone()));
            summaries.push(summary);
        }
        let order: HashMap<&str, usize> =
            sources.iter().enumerate().map(|(at, source)| (source.name.as_str(), at)).collect();
        summaries.sort_by_key(|summary| order.get(summary.source.as_str()).copied());
        Ok(summaries)
    }

    /// A worker with a cookie jar of its own, for a source that wants one.
    fn for_source(&self, source: &Source) -> Self {
        let polite = if source.cookies { self.polite.with_cookies() } else { self.polite.clone() };
        Self { polite, ..self.clone() }
    }

    async fn visit_source(
        &self,
        source: &Arc<Source>,
        old: Vec<Pending>,
        resumed: bool,
    ) -> Result<SourceSummary, PipelineError> {
        let started_at = self.pipeline.clock.now();
        self.catalog.source_started(&source.name, started_at).await?;
        let mut visit = Visit::new(source, started_at);
        if resumed {
            self.take_up(&mut visit).await?;
        }
        let mut queue = old;
        queue.extend(self.catalog.add_pending(&self.run, seeds(source)).await?);
        let leads = queue.into_iter().filter(|p| p.role != Role::Page).collect();
        self.follow_leads(source, leads, &mut visit).await?;
        // Read back, because what one lead said of a page may have been added to what another did.
        let found = self.catalog.pending_pages(&self.run, &source.name).await?;
        let pages = self.in_order(source, found).await?;
        self.visit_pages(source, pages, &mut visit).await?;
        Ok(visit.end())
    }

    /// Reads feeds, sitemaps and listings one after the other, those too that they lead to.
    async fn follow_leads(
        &self,
        source: &Source,
        leads: VecDeque<Pending>,
        visit: &mut Visit<'_>,
    ) -> Result<(), PipelineError> {
        let mut leads = leads;
        let seats = Semaphore::new(1);
        while let Some(lead) = leads.pop_front() {
            if self.pipeline.stop.is_stopped() {
                break;
            }
            if visit.leads_tried >= MAX_LEADS || visit.time_or_bytes_used(self.pipeline.clock.now()) {
                visit.leads_left = 1 + leads.len() as u64;
                break;
            }
            visit.leads_tried += 1;
            let Some(tried) = self.try_pending(source, &lead, &seats).await? else { break };
            visit.summary.left += tried.left;
            visit.count(&tried.capture);
            let mut more: Vec<Pending> = tried.new.into_iter().filter(|p| p.role != Role::Page).collect();
            // Of a thousand sitemaps of an index, those that are said to have changed last are the ones to read.
            more.sort_by_key(|lead| std::cmp::Reverse(lead.hint));
            leads.extend(more);
        }
        Ok(())
    }

    /// Tries pages, one more at a time than the host may be asked for: while one is read and archived, the next one
    /// is fetched.
    async fn visit_pages(
        &self,
        source: &Arc<Source>,
        pages: Vec<Pending>,
        visit: &mut Visit<'_>,
    ) -> Result<(), PipelineError> {
        let connections = self.pipeline.settings.gate.connections_per_host.max(1);
        // What a cookie says may be about the page before.
        let width = if source.cookies { 1 } else { connections.saturating_add(1) };
        let stop = &self.pipeline.stop;
        let mut waiting = VecDeque::from(pages);
        let mut running = JoinSet::new();
        let seats = Arc::new(Semaphore::new(connections));
        loop {
            while running.len() < width && !stop.is_stopped() {
                if visit.budget_used(self.pipeline.clock.now(), running.len() as u64) {
                    break;
                }
                let Some(page) = waiting.pop_front() else { break };
                let (worker, source, seats) = (self.clone(), Arc::clone(source), Arc::clone(&seats));
                running.spawn(async move { worker.try_pending(&source, &page, &seats).await });
            }
            let Some(ended) = running.join_next().await else { break };
            let Some(tried) = ended?? else { continue };
            visit.summary.left += tried.left;
            visit.count(&tried.capture);
            visit.note_page(&tried.capture);
            // What a page leads to was never tried before.
            waiting.extend(tried.new);
        }
        if !stop.is_stopped() {
            visit.summary.left += waiting.len() as u64;
        }
        Ok(())
    }

    /// What this run did for a source. The time is for the index: the source's past may be long.
    pub(crate) fn of_this_run(&self, source: &Source) -> Filter {
        Filter {
            run: Some(self.run.clone()),
            source: Some(source.name.clone()),
            since: Some(self.run_began),
            ..Filter::default()
        }
    }

    /// What the interrupted run, if this one goes on with it, knew of the source: its verdict must not depend on where
    /// it was stopped.
    async fn take_up(&self, visit: &mut Visit<'_>) -> Result<(), PipelineError> {
        let done = self.catalog.list(&self.of_this_run(visit.source)).await?;
        for capture in done.iter().filter(|c| c.role != Role::Robots) {
            // Its time begins anew: what passed while nothing ran was not spent on the source.
            visit.count(capture);
            if capture.role == Role::Page {
                visit.note_page(capture);
            } else {
                visit.leads_tried += 1;
            }
        }
        Ok(())
    }

    /// New pages first, what is said to be the newest of them foremost; then pages that were tried before and have
    /// rested, the most overdue first. A page that is still to be left alone, and that the configuration does not name,
    /// is left out.
    async fn in_order(&self, source: &Source, found: Vec<Pending>) -> Result<Vec<Pending>, PipelineError> {
        let known = self.known(source, &found).await?;
        let always: HashSet<String> = source.pages.iter().map(|u| normal_form(u).to_string()).collect();
        let (mut pages, rest): (Vec<Pending>, Vec<Pending>) =
            found.into_iter().partition(|p| always.contains(&p.url_key));
        let (new, again): (Vec<Pending>, Vec<Pending>) =
            rest.into_iter().partition(|p| !known.contains_key(&p.url_key));
        pages.extend(newest_first(new));
        let due = known.iter().filter(|(key, page)| page.overdue.is_some() && !always.contains(*key));
        let due = due.map(|(key, page)| pending(source, Role::Page, &page.url, key, 0)).collect();
        let mut revisits = self.catalog.add_pending(&self.run, due).await?;
        // What was found again is in the frontier already, and keeps its place there.
        let overdue = |p: &Pending| known.get(&p.url_key).and_then(|page| page.overdue);
        revisits.extend(again.into_iter().filter(|p| overdue(p).is_some()));
        revisits.sort_by_cached_key(|p| {
            let page = known.get(&p.url_key);
            (std::cmp::Reverse(overdue(p)), page.map(|page| page.tried), p.url_key.clone())
        });
        pages.extend(revisits);
        Ok(pages)
    }

    /// The pages of a source that were tried before and are still wanted, by their normal form. What is `found` may say
    /// that a page was changed since: then it need not rest for longer than the shortest time.
    async fn known(
        &self,
        source: &Source,
        found: &[Pending],
    ) -> Result<HashMap<String, Known>, PipelineError> {
        let now = self.pipeline.clock.now();
        let rhythm = self.pipeline.settings.rhythm;
        let hints: HashMap<&str, Timestamp> =
            found.iter().filter_map(|p| Some((p.url_key.as_str(), p.hint?))).collect();
        let known = self.catalog.known_pages(&source.name).await?;
        let wanted = known.into_iter().filter_map(|page| {
            let parsed = Url::parse(&page.url).ok().filter(|url| source.wants(url))?;
            let key = normal_form(&parsed).to_string();
            let changed = hints.get(key.as_str()).is_some_and(|hint| *hint > page.tried);
            let rest = if changed { rhythm.rest(&page).min(rhythm.at_least) } else { rhythm.rest(&page) };
            let overdue = now.duration_since(page.tried).saturating_sub(rest);
            let overdue = (!overdue.is_negative()).then_some(overdue);
            Some((key, Known { url: page.url, tried: page.tried, overdue }))
        });
        Ok(wanted.collect())
    }
}

/// Those of which a time is said, newest first, and those of which none is, as they were found, by turns: neither a
/// sitemap's past nor a listing's further pages keep the other from being read.
fn newest_first(pages: Vec<Pending>) -> Vec<Pending> {
    let (mut dated, undated): (Vec<Pending>, Vec<Pending>) =
        pages.into_iter().partition(|page| page.hint.is_some());
    dated.sort_by_key(|page| std::cmp::Reverse(page.hint));
    let (mut dated, mut undated) = (dated.into_iter(), undated.into_iter());
    let mut order = Vec::new();
    loop {
        let turn: Vec<Pending> = dated.next().into_iter().chain(undated.next()).collect();
        if turn.is_empty() {
            return order;
        }
        order.extend(turn);
    }
}
