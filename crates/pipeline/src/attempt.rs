//! One try of one URL: what is asked, what is held to compare with, the fetch, and the way into the archive.

use std::sync::Arc;

use jiff::Timestamp;
use tokio::sync::Semaphore;
use url::Url;
use vidimus_archive::{ArchiveError, ReportedTry, RevisitOf};
use vidimus_catalog::{Capture, Pending};
use vidimus_fetch::{End, Fetched, Refusal, Request};
use vidimus_snapshot::{LogHead, Manifest, Outcome, OutcomeKind, Role, normal_form};

use crate::leads::{NewPending, is_home};
use crate::process::{Context, Held, Processed, process};
use crate::twins::Search;
use crate::visit::Worker;
use crate::{Event, PipelineError, Source};

/// A request, with what is held of its URL at the time of asking.
pub(crate) struct Asked {
    pub request: Request,
    role: Role,
    at: Timestamp,
    held: Option<Held>,
    conditional: bool,
    /// The head of the log before anything was asked.
    log_head: LogHead,
}

/// What became of a URL, and what it led to.
pub(crate) struct Tried {
    /// The try; it is durable.
    pub capture: Capture,
    /// Sitemaps that lie deeper than the source goes.
    pub left: u64,
    /// What the run did not know yet.
    pub new: Vec<Pending>,
}

/// Whether the fetch ended only because the run was asked to stop.
fn is_stopped(fetched: &Fetched) -> bool {
    matches!(fetched.end, End::Refused(Refusal::Stopped { .. }))
}

impl Worker {
    /// Tries one URL of a source, and notes what it leads to before it counts as done. `None` when the run was asked to
    /// stop before an answer came: the URL stays in the frontier. A permit of `seats` is held while the URL is fetched, and
    /// given back before it is read and archived.
    pub(crate) async fn try_pending(
        &self,
        source: &Source,
        item: &Pending,
        seats: &Semaphore,
    ) -> Result<Option<Tried>, PipelineError> {
        let Ok(url) = Url::parse(&item.url) else {
            let capture = self.unparsable(item).await?;
            return Ok(Some(Tried { capture, left: 0, new: Vec::new() }));
        };
        let asked = self.ask(&url, item.role).await?;
        let log_head = asked.log_head.clone();
        let seat = seats.acquire().await;
        if self.pipeline.stop.is_stopped() {
            return Ok(None);
        }
        let visited = tokio::select! {
            visited = self.polite.visit(&asked.request) => visited,
            () = self.pipeline.stop.patience_over() => return Ok(None),
        };
        drop(seat);
        self.keep_robots(visited.robots, source, &log_head).await?;
        if is_stopped(&visited.fetched) {
            return Ok(None);
        }
        let (capture, found) = self.keep(visited.fetched, asked, Some(source), Some(item)).await?;
        let NewPending { pending: mut new, left } = found;
        if is_home(source, item) {
            let home = Url::parse(&capture.final_url).ok().filter(|url| source.is_on_its_hosts(url));
            new.extend(self.add_sitemaps(source, &home.unwrap_or(url)).await?);
            self.note_lead(source, item, new.len(), 0).await?;
        }
        self.pipeline.listener.tell(Event::Tried(Box::new(capture.clone())));
        if !new.is_empty() {
            self.pipeline.listener.tell(Event::Found { source: source.name.clone(), count: new.len() });
        }
        Ok(Some(Tried { capture, left, new }))
    }

    /// Archives robots.txt files that were fetched on the way, after the log had this head.
    pub(crate) async fn keep_robots(
        &self,
        robots: Vec<Fetched>,
        source: &Source,
        log_head: &LogHead,
    ) -> Result<(), PipelineError> {
        for fetched in robots.into_iter().filter(|fetched| !is_stopped(fetched)) {
            let asked = self.asked_plainly(&fetched.requested, Role::Robots).await?;
            let asked = Asked { log_head: log_head.clone(), ..asked };
            let (capture, _) = self.keep(fetched, asked, Some(source), None).await?;
            self.pipeline.listener.tell(Event::Tried(Box::new(capture)));
        }
        Ok(())
    }

    /// Processes and archives what was fetched, and adds what it leads to to the frontier.
    pub(crate) async fn keep(
        &self,
        fetched: Fetched,
        asked: Asked,
        source: Option<&Source>,
        item: Option<&Pending>,
    ) -> Result<(Capture, NewPending), PipelineError> {
        let url_key = normal_form(&fetched.requested).to_string();
        let fetched = Arc::new(fetched);
        let Search { twin, turn } = self.search_twin(&fetched, asked.held.as_ref()).await?;
        let listing = source.zip(item).filter(|(_, i)| i.role == Role::Listing);
        let listing = listing.and_then(|(s, i)| s.listings.get(usize::try_from(i.listing).ok()?));
        let context = Context {
            run: self.run.clone(),
            asked_at: asked.at,
            source: source.map(|s| s.name.clone()),
            organisation: source.and_then(|s| s.organisation.clone()),
            role: asked.role,
            client: self.facts.clone(),
            clock: self.clock_facts.clone(),
            log_head: Some(asked.log_head),
            held: asked.held,
            twin,
            conditional: asked.conditional,
            previous: self.catalog.previous(&url_key).await?,
            selectors: listing.map(|l| l.selectors.clone()),
            announced: source.zip(item).is_some_and(|(source, item)| is_home(source, item)),
            decode: self.client.limits().decode(),
            extract: Some(self.pipeline.settings.extract.clone()),
        };
        let processed = self.process(fetched, context).await?;
        let Processed { prepared, reading, found } = processed;
        if let Some(note) = &found.note {
            self.pipeline.listener.tell(Event::Notice(format!("{}: {note}", prepared.capture().url)));
        }
        let new = match (source, item) {
            (Some(source), Some(item)) => self.add_found(source, item, found, prepared.capture()).await?,
            _ => NewPending::default(),
        };
        let capture = self.sink.commit(prepared, reading).await?;
        // Who waits for this payload finds it from now on.
        drop(turn);
        Ok((capture, new))
    }

    /// Processes beside the network. If the extractor itself breaks down on a page, the page is archived without a text:
    /// one bad page neither stops a run nor is lost.
    async fn process(&self, fetched: Arc<Fetched>, context: Context) -> Result<Processed, PipelineError> {
        let _permit = self.processing.acquire().await;
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
        let (at, log_head) = (self.pipeline.clock.now(), self.sink.log_head());
        let held = self.held(normal_form(url).as_str(), role).await?;
        Ok(Asked { request: Request::new(url.clone()), role, at, held, conditional: false, log_head })
    }

    /// What is held of a URL, read back from the archive. If it cannot be read whole, nothing counts as held: a
    /// revisit must never refer to content that is lost.
    async fn held(&self, url_key: &str, role: Role) -> Result<Option<Held>, PipelineError> {
        let Some(newest) = self.catalog.held(url_key, role).await? else { return Ok(None) };
        let id = if newest.repeats_text() { newest.original } else { newest.snapshot };
        let Some(id) = id else { return Ok(None) };
        let Some(original) = self.catalog.get(id).await? else { return Ok(None) };
        let (revisit_of, manifest) = match self.read_held(&original).await {
            Ok(read) => read,
            Err(error) => {
                let notice =
                    format!("{url_key}: the capture held cannot be read and is stored anew: {error}");
                self.pipeline.listener.tell(Event::Notice(notice));
                return Ok(None);
            }
        };
        Ok(Some(Held {
            original: id,
            revisit_of,
            text: manifest.text.map(|facts| (facts, original.headline.clone())),
            payload_bytes: original.payload_bytes,
            content_type: original.content_type,
            final_url: newest.final_url,
            etag: newest.etag.or(original.etag),
            last_modified: newest.last_modified.or(original.last_modified),
        }))
    }

    /// Where the payload of a capture is stored, and its manifest.
    async fn read_held(&self, original: &Capture) -> Result<(RevisitOf, Manifest), ArchiveError> {
        let holder = self.archive.payload_holder(original).await?;
        let (_, manifest) = self.archive.manifest(original)?;
        Ok((self.archive.revisit_of(&holder)?, manifest))
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
            exchanges: Vec::new(),
        };
        self.sink.commit(vidimus_archive::Prepared::without_exchange(row.to_capture()), None).await
    }
}
