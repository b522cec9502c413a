//! Telling a person how a run goes: a progress bar where stderr is a terminal, plain lines elsewhere, nothing when
//! asked to be quiet. Cron mails whatever is printed, so without being asked only what is not well is told.

use std::sync::Mutex;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use vidimus_archive::Recovery;
use vidimus_catalog::{Capture, Finding};
use vidimus_pipeline::{Event, Listener, Repeat, RunSummary, SourceSummary, addresses};
use vidimus_snapshot::{OutcomeKind, Role};

use crate::args::Global;
use crate::present::outcome_word;
use crate::terminal::{self, FAINT, fit, harmless, outcome_style};

/// How much is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// Errors only.
    Nothing,
    /// What is not well.
    Trouble,
    /// Every URL.
    Everything,
}

impl Told {
    /// What the options ask for.
    pub fn of(global: &Global) -> Self {
        match (global.quiet, global.verbose) {
            (true, _) => Self::Nothing,
            (_, true) => Self::Everything,
            _ => Self::Trouble,
        }
    }
}

/// A listener that tells.
pub fn listener(told: Told) -> Listener {
    let bar = (told != Told::Nothing && terminal::is_watched()).then(bar);
    let teller = Teller { told, bar, known: Mutex::new(0) };
    Listener::new(move |event| teller.tell(event))
}

struct Teller {
    told: Told,
    bar: Option<ProgressBar>,
    /// How many URLs the run knows of.
    known: Mutex<u64>,
}

fn bar() -> ProgressBar {
    let bar = ProgressBar::new(0);
    let template = "{spinner} {bar:24.cyan/dim} {pos}/{len} {elapsed:>3} {wide_msg:.dim}";
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style.progress_chars("━━─"));
    }
    bar.enable_steady_tick(Duration::from_millis(120));
    bar
}

/// A bar over bytes, with an estimate of the time that is left.
pub fn byte_bar() -> ProgressBar {
    let bar = ProgressBar::new(0);
    let template = "{bar:24.cyan/dim} {bytes}/{total_bytes} {eta:>3} left {wide_msg:.dim}";
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style.progress_chars("━━─"));
    }
    bar
}

impl Teller {
    fn tell(&self, event: Event) {
        match event {
            Event::Recovered(recovery) => self.recovered(&recovery),
            Event::RunStarted { sources, resumed, .. } => self.started(&sources, resumed),
            Event::Found { count, .. } => self.grow(count as u64),
            Event::Tried(capture) => self.tried(&capture),
            Event::SourceEnded(source) => self.source_ended(&source),
            Event::Repeats(repeat) => self.repeats(&repeat),
            Event::Notice(text) => self.say(Told::Trouble, &format!("note: {}", harmless(&text))),
            Event::RunEnded(summary) => self.ended(&summary),
        }
    }

    fn say(&self, at: Told, text: &str) {
        let loud_enough = match at {
            Told::Nothing => true,
            Told::Trouble => self.told != Told::Nothing,
            Told::Everything => self.told == Told::Everything,
        };
        if !loud_enough {
            return;
        }
        match &self.bar {
            Some(bar) => bar.suspend(|| terminal::remark(text)),
            None => terminal::remark(text),
        }
    }

    fn grow(&self, count: u64) {
        let mut known = self.known.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        *known += count;
        if let Some(bar) = &self.bar {
            bar.set_length(*known);
        }
    }

    fn recovered(&self, recovery: &Recovery) {
        for (sidecar, bytes) in &recovery.cut {
            let text = format!(
                "note: an earlier run was stopped in the middle of a record; its {bytes} bytes are kept in {}",
                sidecar.display()
            );
            self.say(Told::Trouble, &text);
        }
        for name in &recovery.sealed {
            self.say(Told::Everything, &format!("note: sealed {name}, which an earlier run had left open"));
        }
        for id in &recovery.taken_down {
            let text = format!("note: the takedown of {}, which was interrupted, is finished", id.short());
            self.say(Told::Trouble, &text);
        }
        for ended in &recovery.log.ended {
            self.say(Told::Trouble, &format!("warning: {}", harmless(ended)));
        }
        if recovery.log.logged > 0 {
            let text =
                format!("note: {} captures had no leaf in the log, and have one now", recovery.log.logged);
            self.say(Told::Everything, &text);
        }
        for damage in &recovery.damage {
            self.say(Told::Trouble, &format!("warning: damage is left as it is: {}", harmless(damage)));
        }
    }

    fn started(&self, sources: &[String], resumed: bool) {
        if resumed {
            self.say(Told::Trouble, "note: going on with the run that was interrupted");
        }
        self.say(Told::Everything, &format!("visiting {}", sources.join(", ")));
    }

    fn tried(&self, capture: &Capture) {
        if capture.role != Role::Robots {
            self.advance(capture);
        }
        let style = outcome_style(capture.outcome.kind);
        let word = outcome_word(capture);
        let name = capture.snapshot.map_or_else(|| "-".to_owned(), |id| id.short());
        let url = terminal::printable(&capture.url);
        self.say(Told::Everything, &format!("{style}{word:<20}{style:#} {FAINT}{name:<12}{FAINT:#} {url}"));
    }

    fn repeats(&self, repeat: &Repeat) {
        let url = terminal::printable(&repeat.url);
        for of in &repeat.of {
            let earlier = terminal::printable(&of.url);
            let text = format!(
                "{:<20} {FAINT}{:<12}{FAINT:#} {url}: {} words stand in {earlier} as well, {}",
                of.sort,
                repeat.id.get(..12).unwrap_or_default(),
                of.words,
                of.order,
            );
            self.say(Told::Everything, &text);
        }
    }

    fn advance(&self, capture: &Capture) {
        let Some(bar) = &self.bar else { return };
        bar.inc(1);
        if bar.length() < Some(bar.position()) {
            bar.set_length(bar.position());
        }
        bar.set_message(fit(&capture.url, terminal::width().saturating_sub(50)));
    }

    fn source_ended(&self, source: &SourceSummary) {
        let name = &source.source;
        for finding in &source.findings {
            self.say(Told::Nothing, &finding_line(name, finding));
        }
        if source.stand_ins > 0 {
            let text = format!(
                "note: source {name}: of {} of its pages a wall, a login, an error page or nothing came; they are kept, and left out of searches (`vidimus list {name} --json` says which)",
                source.stand_ins
            );
            self.say(self.aside(), &text);
        }
        if source.left > 0 {
            let text = format!(
                "note: source {name}: its budget is used up, left for the next run: {}",
                addresses(source.left)
            );
            self.say(self.aside(), &text);
        }
    }

    /// How loud to be with what is worth knowing and no trouble: where nobody watches, it would only be mailed by cron.
    fn aside(&self) -> Told {
        if self.bar.is_some() { Told::Trouble } else { Told::Everything }
    }

    fn ended(&self, summary: &RunSummary) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        if summary.interrupted {
            self.say(Told::Trouble, "stopped as asked; the next run of the same sources goes on from here");
        }
    }
}

/// One finding, as it is told everywhere: whose, what sort, and what to do.
pub fn finding_line(source: &str, finding: &Finding) -> String {
    format!("source {source} is not well: {}: {}", finding.code, harmless(&finding.message))
}

/// The counts of a run, in one line.
pub fn summary_line(summary: &RunSummary) -> String {
    let counts: Vec<String> = OutcomeKind::ALL
        .into_iter()
        .map(|kind| (summary.outcome(kind), kind))
        .filter(|(count, _)| *count > 0)
        .map(|(count, kind)| format!("{count} {kind}"))
        .collect();
    let counts = if counts.is_empty() { "nothing to do".to_owned() } else { counts.join(", ") };
    let count = summary.sources.len();
    let counts = match summary.stand_ins() {
        0 => counts,
        1 => format!("{counts}; 1 page is a wall, a login, an error or empty"),
        pages => format!("{counts}; {pages} pages are walls, logins, errors or empty"),
    };
    let counts = match summary.repeats.len() {
        0 => counts,
        1 => format!("{counts}; 1 new page repeats earlier ones"),
        pages => format!("{counts}; {pages} new pages repeat earlier ones"),
    };
    format!("{count} {}: {counts}", if count == 1 { "source" } else { "sources" })
}
