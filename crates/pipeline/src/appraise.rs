//! Appraising a source when its visit has ended: gathers what the run brought of it from catalog and archive, finds what
//! is not well, and notes both durably. Everything is read back from what is durable, so that a run which was killed and
//! resumed is judged as one that was not.

use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::Timestamp;
use vidimus_catalog::{Capture, LeadFacts, PageBefore, SourceRun};
use vidimus_snapshot::{OutcomeKind, Role};

use crate::events::SourceSummary;
use crate::expect::Expect;
use crate::health::{Tried, Visited, findings};
use crate::leads::is_missing_guess;
use crate::verdict::bytes_sent;
use crate::visit::Worker;
use crate::{PipelineError, Source};

/// How many earlier runs of a source are looked at.
const HISTORY: u32 = 20;
/// How many leads are kept beside those that the configuration names.
const OTHER_LEADS: usize = 20;
/// How many texts of a run are measured.
const TEXTS: usize = 40;

impl Worker {
    /// The summary with facts and findings. A visit that was asked to stop is not judged: the next run goes on with it.
    pub(crate) async fn appraise(
        &self,
        source: &Source,
        summary: SourceSummary,
    ) -> Result<SourceSummary, PipelineError> {
        if self.pipeline.stop.is_stopped() {
            return Ok(summary);
        }
        let _turn = self.appraising.lock().await;
        let mut captures = self.catalog.list(&self.of_this_run(source)).await?;
        captures.retain(|capture| capture.role != Role::Robots && !is_missing_guess(source, capture));
        let before = self.catalog.pages_before(&self.run, &source.name).await?;
        let before: HashMap<&str, &PageBefore> = before.iter().map(|p| (p.url_key.as_str(), p)).collect();
        let leads: HashSet<(Role, String)> = leads_of(source).collect();
        let mut facts = self.facts_of(source, &captures, &before, &leads).await?;
        facts.left = summary.left;
        let mut history = self.catalog.source_history(&source.name, HISTORY).await?;
        history.retain(|old| old.run != self.run);
        // Stored once for the arrivals to include this visit's, and once more with what is made of them.
        self.catalog.put_source_run(&facts).await?;
        let visited = Visited {
            expect: source.expect,
            tries: captures.iter().map(|capture| tried(source, &leads, capture, &before)).collect(),
            facts: &facts,
            configured_leads: &leads,
            history: &history,
            arrivals: self.catalog.arrivals(&source.name).await?,
            new_in_period: self.new_in_period(source, facts.finished_at).await?,
            holds_pages: self.catalog.holds_pages_of(&source.name).await?,
        };
        let found = findings(&visited);
        facts.findings = found.clone();
        self.catalog.put_source_run(&facts).await?;
        Ok(SourceSummary { findings: found, facts: Some(Box::new(facts)), ..summary })
    }

    async fn facts_of(
        &self,
        source: &Source,
        captures: &[Capture],
        before: &HashMap<&str, &PageBefore>,
        leads: &HashSet<(Role, String)>,
    ) -> Result<SourceRun, PipelineError> {
        let now = self.pipeline.clock.now();
        let all_leads = self.catalog.leads(&self.run, &source.name).await?;
        let mut facts = SourceRun {
            run: self.run.clone(),
            source: source.name.clone(),
            started_at: captures.iter().map(|c| c.started_at).min().unwrap_or(now),
            finished_at: now,
            outcomes: outcomes(captures),
            found: all_leads.iter().map(|lead| lead.wanted).sum(),
            bytes: captures.iter().map(bytes_sent).sum(),
            fetch_ms: captures.iter().map(Capture::took_ms).sum(),
            leads: worth_keeping(all_leads, leads),
            ..SourceRun::default()
        };
        let pages: Vec<&Capture> = captures.iter().filter(|c| c.role == Role::Page).collect();
        for page in &pages {
            let held = before.get(page.url_key.as_str()).is_some_and(|b| b.held);
            match page.outcome.kind {
                kind if kind.is_ok() && page.headline.is_stand_in() => facts.stand_ins += 1,
                OutcomeKind::Captured if !held => facts.new_items += 1,
                OutcomeKind::Captured if !is_same_text(page) => facts.changed += 1,
                OutcomeKind::Captured | OutcomeKind::Unchanged => facts.unchanged += 1,
                _ => {}
            }
        }
        let lengths = self.text_lengths(&pages).await?;
        facts.texts = lengths.len() as u64;
        facts.text_median = lengths.get(lengths.len() / 2).copied();
        Ok(facts)
    }

    /// The lengths of the newest texts that this run made, in characters, shortest first. A text that cannot be read back
    /// is left out: `verify` is who tells of that.
    async fn text_lengths(&self, pages: &[&Capture]) -> Result<Vec<u64>, PipelineError> {
        let made = pages.iter().rev().filter(|page| {
            page.outcome.kind == OutcomeKind::Captured
                && !is_same_text(page)
                && page.text_sha256.is_some()
                && !page.headline.is_stand_in()
        });
        let mut lengths = Vec::new();
        for page in made.take(TEXTS) {
            let Some(id) = page.snapshot else { continue };
            let Some(whole) = self.catalog.get(id).await? else { continue };
            if let Ok(text) = self.archive.text(&whole).await {
                lengths.push(text.chars().count() as u64);
            }
        }
        lengths.sort_unstable();
        Ok(lengths)
    }

    async fn new_in_period(&self, source: &Source, now: Timestamp) -> Result<u64, PipelineError> {
        let Expect::Items { per, .. } = source.expect else { return Ok(0) };
        let since = now.checked_sub(per).unwrap_or(Timestamp::MIN);
        Ok(self.catalog.new_items_since(&source.name, since).await?)
    }
}

/// The leads that the configuration names, which are judged by their history, and some of the others: a sitemap index
/// can name a thousand, and the facts of every run are kept for ever.
fn worth_keeping(all: Vec<LeadFacts>, configured: &HashSet<(Role, String)>) -> Vec<LeadFacts> {
    let is_configured = |lead: &LeadFacts| configured.contains(&(lead.role, lead.url.clone()));
    let (mut kept, others): (Vec<_>, Vec<_>) = all.into_iter().partition(is_configured);
    kept.extend(others.into_iter().take(OTHER_LEADS));
    kept
}

/// Whether only the bytes around the text are others than before.
fn is_same_text(page: &Capture) -> bool {
    page.outcome.code == "same-text"
}

fn outcomes(captures: &[Capture]) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    for capture in captures {
        *counts.entry(capture.outcome.kind.to_string()).or_insert(0) += 1;
    }
    counts
}

/// The addresses of the configuration that lead to pages.
fn leads_of(source: &Source) -> impl Iterator<Item = (Role, String)> {
    let feeds = source.feeds.iter().map(|url| (Role::Feed, url));
    let sitemaps = source.sitemaps.iter().map(|url| (Role::Sitemap, url));
    let listings = source.listings.iter().map(|listing| (Role::Listing, &listing.url));
    let homes = source.discover.iter().map(|url| (Role::Listing, url));
    feeds.chain(sitemaps).chain(listings).chain(homes).map(|(role, url)| (role, url.to_string()))
}

fn tried(
    source: &Source,
    leads: &HashSet<(Role, String)>,
    capture: &Capture,
    before: &HashMap<&str, &PageBefore>,
) -> Tried {
    let earlier = before.get(capture.url_key.as_str()).filter(|_| capture.role == Role::Page);
    let configured = match capture.role {
        Role::Page => source.pages.iter().any(|url| url.as_str() == capture.url),
        role => leads.contains(&(role, capture.url.clone())),
    };
    Tried {
        role: capture.role,
        url: capture.url.clone(),
        outcome: capture.outcome.clone(),
        stand_in: capture.headline.page_kind.clone().filter(|_| capture.headline.is_stand_in()),
        configured,
        tried_before: earlier.is_some_and(|b| b.tried),
        held_before: earlier.is_some_and(|b| b.held),
    }
}
