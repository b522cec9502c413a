//! What a run tells whoever listens: a progress bar, a log, a test.

use std::sync::Arc;

use vidimus_archive::Recovery;
use vidimus_catalog::{Capture, Finding, SourceRun};
use vidimus_snapshot::OutcomeKind;

use crate::Repeat;

/// Something that happened.
#[derive(Debug, Clone)]
pub enum Event {
    /// An earlier writer had been stopped in the middle; this was mended.
    Recovered(Recovery),
    /// A run begins.
    RunStarted {
        /// Its id.
        run: String,
        /// The sources.
        sources: Vec<String>,
        /// Whether it goes on where an interrupted run was.
        resumed: bool,
    },
    /// URLs were found that this run will try.
    Found {
        /// The source.
        source: String,
        /// How many.
        count: usize,
    },
    /// A URL was tried; what is known of it is durable.
    Tried(Box<Capture>),
    /// A source is done.
    SourceEnded(SourceSummary),
    /// A page that this run brought says the words of earlier ones.
    Repeats(Repeat),
    /// Something a person should know that is no failure.
    Notice(String),
    /// The run is over.
    RunEnded(RunSummary),
}

/// How a source ended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SourceSummary {
    /// Its name.
    pub source: String,
    /// Tries by outcome, in the order of [`OutcomeKind::ALL`].
    pub outcomes: [u64; OutcomeKind::ALL.len()],
    /// Pages found but left for the next run, because a budget was used up.
    pub left: u64,
    /// Pages of which a wall, a login, an error page or nothing came; they are archived, and no yield.
    pub stand_ins: u64,
    /// What is not well; empty while a run is asked to stop before the source was done.
    pub findings: Vec<Finding>,
    /// What the run brought of it; `None` when the run was asked to stop before the source was done.
    pub facts: Option<Box<SourceRun>>,
}

/// How a run ended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RunSummary {
    /// Its id.
    pub run: String,
    /// Each source.
    pub sources: Vec<SourceSummary>,
    /// Whether it was asked to stop before it was done; the next run goes on.
    pub interrupted: bool,
    /// The new pages that say the words of earlier ones, as far as it was asked.
    pub repeats: Vec<Repeat>,
}

impl SourceSummary {
    /// Counts one try.
    pub(crate) fn count(&mut self, kind: OutcomeKind) {
        let position = OutcomeKind::ALL.iter().position(|k| *k == kind);
        if let Some(count) = position.and_then(|at| self.outcomes.get_mut(at)) {
            *count += 1;
        }
    }

    /// How many tries had this outcome.
    pub fn outcome(&self, kind: OutcomeKind) -> u64 {
        let position = OutcomeKind::ALL.iter().position(|k| *k == kind);
        position.and_then(|at| self.outcomes.get(at)).copied().unwrap_or(0)
    }
}

impl RunSummary {
    /// How many tries had this outcome, over all sources.
    pub fn outcome(&self, kind: OutcomeKind) -> u64 {
        self.sources.iter().map(|s| s.outcome(kind)).sum()
    }

    /// Pages of which a wall, a login, an error page or nothing came, over all sources.
    pub fn stand_ins(&self) -> u64 {
        self.sources.iter().map(|s| s.stand_ins).sum()
    }

    /// The sources that are not well.
    pub fn unwell(&self) -> impl Iterator<Item = &SourceSummary> {
        self.sources.iter().filter(|s| !s.findings.is_empty())
    }
}

/// Who is told.
#[derive(Clone)]
pub struct Listener(Arc<dyn Fn(Event) + Send + Sync>);

impl Listener {
    /// A listener that calls `tell`.
    pub fn new(tell: impl Fn(Event) + Send + Sync + 'static) -> Self {
        Self(Arc::new(tell))
    }

    /// Nobody.
    pub fn silent() -> Self {
        Self::new(|_| {})
    }

    /// Tells what happened.
    pub fn tell(&self, event: Event) {
        (self.0)(event);
    }
}
