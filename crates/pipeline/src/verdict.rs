//! The tally of one source's visit: what was tried and with what luck, which budgets are used up, and the verdict in
//! the end, whether the source still yields.

use jiff::Timestamp;
use vidimus_catalog::Capture;

use crate::Source;
use crate::events::SourceSummary;
use crate::leads::is_missing_guess;

/// One source's visit in the making.
pub(crate) struct Visit<'a> {
    pub(crate) source: &'a Source,
    pub(crate) summary: SourceSummary,
    pub(crate) started_at: Timestamp,
    /// Configured addresses that did not answer well, with why.
    failed_seeds: Vec<String>,
    seeds_ok: u64,
    pub(crate) leads_tried: u64,
    /// Feeds, sitemaps and listing pages that a budget left unread.
    pub(crate) leads_left: u64,
    /// Pages that discovery led to, wanted ones only.
    pub(crate) found: u64,
    pages_tried: u64,
    pages_ok: u64,
    bytes: u64,
}

impl<'a> Visit<'a> {
    pub(crate) fn new(source: &'a Source, started_at: Timestamp) -> Self {
        let summary = SourceSummary { source: source.name.clone(), ..SourceSummary::default() };
        Self {
            source,
            summary,
            started_at,
            failed_seeds: Vec::new(),
            seeds_ok: 0,
            leads_tried: 0,
            leads_left: 0,
            found: 0,
            pages_tried: 0,
            pages_ok: 0,
            bytes: 0,
        }
    }

    /// Counts a try for the summary and the budgets.
    pub(crate) fn count(&mut self, capture: &Capture) {
        self.summary.count(capture.outcome.kind);
        // A 304 sent nothing; its row states the size of what is held.
        self.bytes += if capture.status == Some(304) { 0 } else { capture.payload_bytes };
    }

    pub(crate) fn note_lead(&mut self, capture: &Capture) {
        if capture.outcome.kind.is_ok() {
            self.seeds_ok += 1;
        } else if !is_missing_guess(self.source, capture) {
            self.failed_seeds
                .push(format!("the {} {}: {}", capture.role, capture.url, capture.outcome.message));
        }
    }

    pub(crate) fn note_page(&mut self, capture: &Capture) {
        self.pages_tried += 1;
        let stands_in = capture.outcome.kind.is_ok() && capture.headline.is_stand_in();
        self.summary.stand_ins += u64::from(stands_in);
        if capture.outcome.kind.is_ok() && !stands_in {
            self.pages_ok += 1;
        } else if self.source.pages.iter().any(|u| u.as_str() == capture.url) {
            let why = match capture.headline.page_kind.as_deref().filter(|_| stands_in) {
                Some(kind) => format!("what came is no page of it but: {kind}"),
                None => capture.outcome.message.clone(),
            };
            self.failed_seeds.push(format!("the page {}: {why}", capture.url));
        }
    }

    /// Whether another page may not be tried, while `under_way` of them are.
    pub(crate) fn budget_used(&self, now: Timestamp, under_way: u64) -> bool {
        self.pages_tried.saturating_add(under_way) >= self.source.max_pages || self.time_or_bytes_used(now)
    }

    pub(crate) fn time_or_bytes_used(&self, now: Timestamp) -> bool {
        let minutes = i64::try_from(self.source.max_minutes).unwrap_or(i64::MAX);
        self.bytes >= self.source.max_bytes || now.duration_since(self.started_at).as_secs() / 60 >= minutes
    }

    /// The source's summary, with the verdict whether it still yields.
    pub(crate) fn end(mut self, interrupted: bool) -> SourceSummary {
        self.summary.left += self.leads_left;
        let source = self.source;
        let leads =
            source.feeds.len() + source.sitemaps.len() + source.listings.len() + source.discover.len();
        self.summary.failed = if !self.failed_seeds.is_empty() {
            Some(seeds_text(&self.failed_seeds))
        } else if interrupted {
            None
        } else if leads > 0 && self.seeds_ok > 0 && self.found == 0 {
            Some("its feeds, sitemaps and listings answered, but led to no page that is wanted (check `links` and `include`)".to_owned())
        } else if self.pages_tried > 0 && self.pages_ok == 0 {
            Some(match self.summary.stand_ins {
                0 => format!("none of the {} pages tried could be captured", self.pages_tried),
                count => format!(
                    "none of the {} pages tried yielded: {count} of them are walls, logins, error pages or empty (`vidimus list` says which)",
                    self.pages_tried
                ),
            })
        } else {
            None
        };
        self.summary
    }
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
