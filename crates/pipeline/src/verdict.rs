//! The tally of one source's visit: what was tried, and which budgets are used up. Whether the source is well is judged
//! when the visit has ended, from what is durable (see `appraise`), so that it does not matter where a run was stopped.

use jiff::Timestamp;
use vidimus_catalog::Capture;

use crate::Source;
use crate::events::SourceSummary;

/// One source's visit in the making.
pub(crate) struct Visit<'a> {
    pub(crate) source: &'a Source,
    pub(crate) summary: SourceSummary,
    pub(crate) started_at: Timestamp,
    pub(crate) leads_tried: u64,
    /// Feeds, sitemaps and listing pages that a budget left unread.
    pub(crate) leads_left: u64,
    pages_tried: u64,
    bytes: u64,
}

impl<'a> Visit<'a> {
    pub(crate) fn new(source: &'a Source, started_at: Timestamp) -> Self {
        let summary = SourceSummary { source: source.name.clone(), ..SourceSummary::default() };
        Self { source, summary, started_at, leads_tried: 0, leads_left: 0, pages_tried: 0, bytes: 0 }
    }

    /// Counts a try for the summary and the budgets.
    pub(crate) fn count(&mut self, capture: &Capture) {
        self.summary.count(capture.outcome.kind);
        self.bytes += bytes_sent(capture);
    }

    pub(crate) fn note_page(&mut self, capture: &Capture) {
        self.pages_tried += 1;
        let stands_in = capture.outcome.kind.is_ok() && capture.headline.is_stand_in();
        self.summary.stand_ins += u64::from(stands_in);
    }

    /// Whether another page may not be tried, while `under_way` of them are.
    pub(crate) fn budget_used(&self, now: Timestamp, under_way: u64) -> bool {
        self.pages_tried.saturating_add(under_way) >= self.source.max_pages || self.time_or_bytes_used(now)
    }

    pub(crate) fn time_or_bytes_used(&self, now: Timestamp) -> bool {
        let minutes = i64::try_from(self.source.max_minutes).unwrap_or(i64::MAX);
        self.bytes >= self.source.max_bytes || now.duration_since(self.started_at).as_secs() / 60 >= minutes
    }

    /// The source's summary; its findings are still to be made.
    pub(crate) fn end(mut self) -> SourceSummary {
        self.summary.left += self.leads_left;
        self.summary
    }
}

/// Bytes of payload that were sent for a capture. A 304 sent none; its row states the size of what is held.
pub(crate) fn bytes_sent(capture: &Capture) -> u64 {
    if capture.status == Some(304) { 0 } else { capture.payload_bytes }
}
