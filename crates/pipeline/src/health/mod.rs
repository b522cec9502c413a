//! Whether a source is well: typed findings, each with a stable code and a sentence that says what to do next.
//!
//! Pure: what a visit brought and what is known from before go in, findings come out. A finding that stood in the run
//! before keeps the time at which it began.

mod leads;
mod pages;
mod texts;

use std::collections::HashSet;

use jiff::{SignedDuration, Timestamp};
use vidimus_catalog::{Arrivals, Finding, LeadFacts, SourceRun, SourceState};
use vidimus_snapshot::{Outcome, Role};

use crate::expect::{Expect, usual_silence};
use crate::{Source, next_due};

/// What can be wrong with a source; the words are those of `status`, hooks, logs and metrics, and never change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FindingCode {
    /// A configured address does not answer well, or none of the pages does.
    Failed,
    /// A feed, sitemap or listing leads to nothing, though it used to, or though a listing is there for that.
    NoLinks,
    /// Nothing new for longer than expected.
    Quiet,
    /// Texts are suddenly far shorter than they were.
    TextShort,
    /// Walls, logins, error pages or empty ones come instead of statements.
    StandIns,
    /// robots.txt forbids what was fetched before, or everything.
    Robots,
    /// The site refuses us: 401, 403, 429, 503, or a time to wait.
    Refused,
    /// The budget is used up run after run, and what is left does not become less.
    Budget,
    /// The schedule asked for a visit, and there was none.
    Overdue,
    /// The certificate, or TLS itself.
    Tls,
}

impl FindingCode {
    /// All codes.
    pub const ALL: [Self; 10] = [
        Self::Failed,
        Self::NoLinks,
        Self::Quiet,
        Self::TextShort,
        Self::StandIns,
        Self::Robots,
        Self::Refused,
        Self::Budget,
        Self::Overdue,
        Self::Tls,
    ];

    /// The word for this code.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::NoLinks => "no-links",
            Self::Quiet => "quiet",
            Self::TextShort => "text-short",
            Self::StandIns => "stand-ins",
            Self::Robots => "robots",
            Self::Refused => "refused",
            Self::Budget => "budget",
            Self::Overdue => "overdue",
            Self::Tls => "tls",
        }
    }
}

/// One URL that a visit tried.
#[derive(Debug, Clone)]
pub(crate) struct Tried {
    pub role: Role,
    pub url: String,
    pub outcome: Outcome,
    /// What came in the place of the page, such as `login`.
    pub stand_in: Option<String>,
    /// Whether the configuration names this address.
    pub configured: bool,
    /// Whether an earlier run tried the page.
    pub tried_before: bool,
    /// Whether an earlier capture holds the page.
    pub held_before: bool,
}

/// A visit that has ended, and what is known from before.
#[derive(Debug)]
pub(crate) struct Visited<'a> {
    pub expect: Expect,
    pub tries: Vec<Tried>,
    /// What this visit brought; its findings are still empty.
    pub facts: &'a SourceRun,
    /// Addresses of the configuration that lead to pages.
    pub configured_leads: &'a HashSet<(Role, String)>,
    /// Earlier runs of the source, newest first.
    pub history: &'a [SourceRun],
    /// This visit's arrivals included.
    pub arrivals: Arrivals,
    /// New items within the configured period, this visit's included; 0 where none is configured.
    pub new_in_period: u64,
    /// Whether any page of the source is held that is more than a wall or an error page.
    pub holds_pages: bool,
}

/// The findings of a visit, in the order of [`FindingCode::ALL`].
pub(crate) fn findings(visited: &Visited<'_>) -> Vec<Finding> {
    let mut drafts = pages::findings(visited);
    drafts.extend(leads::findings(visited));
    drafts.extend(quiet(visited));
    drafts.extend(texts::short(visited.facts, visited.history));
    drafts.extend(budget(visited.facts, visited.history));
    let order = |draft: &Draft| FindingCode::ALL.iter().position(|code| *code == draft.code);
    drafts.sort_by_key(order);
    drafts.into_iter().map(|draft| draft.since(visited.facts, visited.history.first())).collect()
}

/// A finding before it is known since when it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Draft {
    pub code: FindingCode,
    pub subject: String,
    pub message: String,
}

impl Draft {
    fn new(code: FindingCode, message: String) -> Self {
        Self { code, subject: String::new(), message }
    }

    fn about(code: FindingCode, subject: &str, message: String) -> Self {
        Self { code, subject: subject.to_owned(), message }
    }

    fn since(self, facts: &SourceRun, before: Option<&SourceRun>) -> Finding {
        let code = self.code.as_str();
        let stood = before
            .and_then(|run| run.findings.iter().find(|f| f.code == code && f.subject == self.subject))
            .map(|f| f.since);
        Finding {
            code: code.to_owned(),
            subject: self.subject,
            since: stood.unwrap_or(facts.started_at),
            message: self.message,
        }
    }
}

/// Nothing new for longer than expected. Counted up to this visit, not to now: where nobody looks, nothing is quiet.
fn quiet(visited: &Visited<'_>) -> Option<Draft> {
    let now = visited.facts.finished_at;
    let last = visited.arrivals.days.first().copied();
    match visited.expect {
        Expect::Nothing => None,
        Expect::Items { count, per } => {
            let known_for = now.duration_since(visited.arrivals.first_visit?);
            (known_for >= per && visited.new_in_period < count).then(|| {
                let message = format!(
                    "{} new in the last {}, where {count} or more are expected: look at the site; if it is silent indeed, change `expect` in the configuration",
                    visited.new_in_period,
                    span_text(per)
                );
                Draft::new(FindingCode::Quiet, message)
            })
        }
        Expect::Learned => {
            let usual = usual_silence(&visited.arrivals.days)?;
            let silence = now.duration_since(last?);
            (silence > usual).then(|| {
                let message = format!(
                    "nothing new for {}, longer than its history makes usual ({}): look at the site; if it is silent indeed, set `expect` in the configuration",
                    span_text(silence),
                    span_text(usual)
                );
                Draft::new(FindingCode::Quiet, message)
            })
        }
    }
}

/// After how many runs with something left over a person hears of it.
const BUDGET_RUNS: usize = 3;

/// The budget is used up run after run. A backlog that becomes less is on its way to be done, and no finding.
fn budget(facts: &SourceRun, history: &[SourceRun]) -> Option<Draft> {
    let before: Vec<&SourceRun> = history.iter().take(BUDGET_RUNS - 1).collect();
    let all = facts.left > 0 && before.len() == BUDGET_RUNS - 1 && before.iter().all(|run| run.left > 0);
    let grows = before.last().is_some_and(|oldest| facts.left >= oldest.left);
    (all && grows).then(|| {
        let message = format!(
            "its budget was used up in {BUDGET_RUNS} runs in a row, and what is left does not become less ({}): raise max_pages, max_bytes or max_minutes, visit it more often, or narrow `include`",
            addresses(facts.left)
        );
        Draft::new(FindingCode::Budget, message)
    })
}

/// The least time that a visit may be late before it counts as missed.
const LATE: SignedDuration = SignedDuration::from_mins(30);
/// A visit that is late by more than this is missed, however rare the visits are.
const VERY_LATE: SignedDuration = SignedDuration::from_hours(24);

/// Whether the schedule asked for a visit that never came: one whole turn of the schedule ago, half an hour at least, a day
/// at most. A source that never ran owes nothing.
pub fn overdue(
    source: &Source,
    states: &[SourceState],
    jitter: SignedDuration,
    now: Timestamp,
) -> Option<Finding> {
    let schedule = source.schedule.as_ref()?;
    let due = next_due(source, states, jitter)?;
    let next = schedule.spec.next_after(due, &schedule.zone)?;
    let grace = next.duration_since(due).max(LATE).min(VERY_LATE);
    (now.duration_since(due) > grace).then(|| Finding {
        code: FindingCode::Overdue.as_str().to_owned(),
        subject: String::new(),
        since: due,
        message: format!(
            "it was due {} ago and nothing visited it: see whether cron or the daemon still runs `vidimus crawl --due`",
            span_text(now.duration_since(due))
        ),
    })
}

/// A length of time for people: the largest unit that fits.
pub fn span_text(time: SignedDuration) -> String {
    let seconds = time.as_secs().max(0);
    let (count, unit) = match seconds {
        0..120 => (seconds, "second"),
        120..7_200 => (seconds / 60, "minute"),
        7_200..172_800 => (seconds / 3_600, "hour"),
        _ => (seconds / 86_400, "day"),
    };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

/// So many addresses, for people.
pub fn addresses(count: u64) -> String {
    format!("{count} address{}", if count == 1 { "" } else { "es" })
}

/// The leads of earlier runs that were this one.
fn earlier<'a>(history: &'a [SourceRun], lead: &'a LeadFacts) -> impl Iterator<Item = &'a LeadFacts> {
    let all = history.iter().flat_map(|run| &run.leads);
    all.filter(move |old| old.role == lead.role && old.url == lead.url)
}

#[cfg(test)]
mod tests;
