//! The log: each event of a run as one JSON object a line, appended to a file. `docs/operations.md` documents the keys.
//!
//! The file is opened when a run begins, so that it may be renamed between runs. A log that cannot be written is told once
//! and stops nothing.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Map, Value, json};
use vidimus_catalog::{Capture, time_text};
use vidimus_pipeline::{Event, Listener, SourceSummary};
use vidimus_snapshot::{Clock as _, SystemClock};

use crate::{present, terminal};

/// A log; clones write to the same file.
#[derive(Debug, Clone, Default)]
pub struct Log(Option<Arc<Mutex<Open>>>);

#[derive(Debug)]
struct Open {
    path: PathBuf,
    file: Option<File>,
    run: Option<String>,
    /// Whether it was told that the file cannot be written.
    told: bool,
}

impl Log {
    /// The log in this file, or none.
    pub fn new(path: Option<&Path>) -> Self {
        let open = |path: &Path| Open { path: path.to_owned(), file: None, run: None, told: false };
        Self(path.map(|path| Arc::new(Mutex::new(open(path)))))
    }

    /// A listener that writes down what it hears and passes it on.
    pub fn before(&self, next: Listener) -> Listener {
        let log = self.clone();
        Listener::new(move |event| {
            log.event(&event);
            next.tell(event);
        })
    }

    /// Writes down an event of a run.
    fn event(&self, event: &Event) {
        match event {
            Event::RunStarted { run, sources, resumed } => {
                self.begin(run);
                self.line("run-started", json!({"sources": sources, "resumed": resumed}));
            }
            Event::Recovered(recovery) => self.line(
                "recovered",
                json!({"sealed": recovery.sealed, "cut": recovery.cut.len(), "added": recovery.added, "damage": recovery.damage}),
            ),
            Event::Found { source, count } => self.line("found", json!({"source": source, "count": count})),
            Event::Tried(capture) => self.line("tried", tried(capture)),
            Event::SourceEnded(summary) => self.source_ended(summary),
            Event::Repeats(repeat) => self.line("repeats", present::repeat(repeat)),
            Event::Notice(text) => self.line("notice", json!({"message": text})),
            Event::RunEnded(summary) => {
                self.line(
                    "run-ended",
                    json!({"interrupted": summary.interrupted, "well": summary.unwell().next().is_none()}),
                );
                self.end();
            }
        }
    }

    fn source_ended(&self, summary: &SourceSummary) {
        for finding in &summary.findings {
            self.line(
                "finding",
                json!({"source": summary.source, "code": finding.code, "subject": finding.subject, "since": time_text(finding.since), "message": finding.message}),
            );
        }
        let facts = summary.facts.as_ref();
        self.line(
            "source-ended",
            json!({
                "source": summary.source,
                "well": facts.map(|_| summary.findings.is_empty()),
                "left": summary.left,
                "stand_ins": summary.stand_ins,
                "new_items": facts.map(|f| f.new_items),
                "changed": facts.map(|f| f.changed),
                "unchanged": facts.map(|f| f.unchanged),
                "bytes": facts.map(|f| f.bytes),
                "ms": facts.map(|f| f.finished_at.duration_since(f.started_at).as_millis()),
            }),
        );
    }

    /// Writes one line: the time, the event, the run if there is one, and what else belongs.
    pub fn line(&self, event: &str, more: Value) {
        let Some(open) = &self.0 else { return };
        let mut open = open.lock().unwrap_or_else(PoisonError::into_inner);
        let mut line = Map::new();
        line.insert("time".to_owned(), time_text(SystemClock.now()).into());
        line.insert("event".to_owned(), event.into());
        line.insert("run".to_owned(), open.run.clone().into());
        if let Value::Object(more) = more {
            line.extend(more);
        }
        open.write(&Value::Object(line));
    }

    /// A run begins: whatever lies at the path now is written to.
    fn begin(&self, run: &str) {
        let Some(open) = &self.0 else { return };
        let mut open = open.lock().unwrap_or_else(PoisonError::into_inner);
        open.run = Some(run.to_owned());
        open.file = None;
    }

    fn end(&self) {
        let Some(open) = &self.0 else { return };
        let mut open = open.lock().unwrap_or_else(PoisonError::into_inner);
        open.run = None;
        open.file = None;
    }
}

impl Open {
    fn write(&mut self, line: &Value) {
        // The whole line at once, so that lines of two programs that append to the same file do not mix.
        let written = self.file().and_then(|file| file.write_all(format!("{line}\n").as_bytes()));
        if let Err(error) = written
            && !self.told
        {
            self.told = true;
            terminal::warning(&format!(
                "the log {} cannot be written, and goes on without: {error}",
                self.path.display()
            ));
        }
    }

    #[expect(clippy::disallowed_methods, reason = "the log is the operator's, and no part of the archive")]
    fn file(&mut self) -> std::io::Result<&mut File> {
        match &mut self.file {
            Some(file) => Ok(file),
            none => Ok(none.insert(OpenOptions::new().append(true).create(true).open(&self.path)?)),
        }
    }
}

fn tried(capture: &Capture) -> Value {
    json!({
        "source": capture.source,
        "role": capture.role,
        "url": capture.url,
        "outcome": capture.outcome.kind,
        "code": capture.outcome.code,
        "message": capture.outcome.message,
        "status": capture.status,
        "bytes": capture.payload_bytes,
        "ms": capture.took_ms(),
        "id": capture.snapshot.map(|id| id.hex()),
        "page_kind": capture.headline.page_kind,
    })
}
