//! What hooks are told. `docs/operations.md` documents every key.

use std::path::PathBuf;

use jiff::Timestamp;
use serde::Serialize;
use vidimus_catalog::{SourceRun, time_text};
use vidimus_ledger::{Checkpoint, VerifierKey};
use vidimus_pipeline::{Change, News};

use crate::config::Config;
use crate::present;

/// The message.
#[derive(Debug, Clone, Serialize)]
pub struct Message {
    v: u32,
    event: &'static str,
    time: String,
    software: String,
    operator: Option<String>,
    archive: String,
    run: Option<String>,
    well: bool,
    text: String,
    findings: Vec<Told>,
    sources: Vec<serde_json::Value>,
    /// The new matches of saved searches, of a message about them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    searches: Vec<serde_json::Value>,
    /// The signed head of the log, of a message that hands one over.
    #[serde(skip_serializing_if = "Option::is_none")]
    checkpoint: Option<Handed>,
}

/// A signed head that is handed over.
#[derive(Debug, Clone, Serialize)]
struct Handed {
    origin: String,
    size: u64,
    root: String,
    /// The signed file, as it is to be kept.
    file: String,
    key_fingerprint: Option<String>,
}

/// Who tells.
#[derive(Debug)]
pub struct Sender {
    /// Who operates the archive.
    pub operator: Option<String>,
    /// The archive's folder.
    pub archive: PathBuf,
}

impl From<&Config> for Sender {
    fn from(config: &Config) -> Self {
        let settings = &config.settings;
        Self { operator: settings.identity.operator.clone(), archive: settings.layout.root().to_owned() }
    }
}

/// Name and version of this program.
pub fn software() -> String {
    format!("vidimus/{}", env!("CARGO_PKG_VERSION"))
}

/// One finding in it.
#[derive(Debug, Clone, Serialize)]
struct Told {
    change: &'static str,
    source: Option<String>,
    code: String,
    subject: Option<String>,
    since: String,
    message: String,
}

impl Message {
    /// A message with nothing in it yet.
    pub fn new(sender: &Sender, event: &'static str, now: Timestamp) -> Self {
        let root = sender.archive.canonicalize().unwrap_or_else(|_| sender.archive.clone());
        Self {
            v: 1,
            event,
            time: time_text(now),
            software: software(),
            operator: sender.operator.clone(),
            archive: root.display().to_string(),
            run: None,
            well: true,
            text: String::new(),
            findings: Vec::new(),
            sources: Vec::new(),
            searches: Vec::new(),
            checkpoint: None,
        }
    }

    /// The run that it is about.
    pub fn of_run(self, run: Option<&str>) -> Self {
        Self { run: run.map(str::to_owned), ..self }
    }

    /// What became of findings, and whether all is well now.
    pub fn with_news(mut self, news: &[News], well: bool) -> Self {
        self.well = well;
        self.findings = news.iter().map(Told::of).collect();
        let lines: Vec<String> = self.findings.iter().map(Told::line).collect();
        self.text = if lines.is_empty() { "all is well".to_owned() } else { lines.join("\n") };
        self
    }

    /// The facts of the sources that were visited.
    pub fn with_sources(self, sources: &[SourceRun]) -> Self {
        Self { sources: sources.iter().map(present::source_run).collect(), ..self }
    }

    /// The matches of saved searches.
    pub fn with_searches(self, searches: Vec<serde_json::Value>) -> Self {
        Self { searches, ..self }
    }

    /// A signed head of the log, to be kept, and the key that signed it.
    pub fn with_checkpoint(mut self, checkpoint: &Checkpoint, key: Option<&VerifierKey>) -> Self {
        let head = checkpoint.head();
        // Whoever keeps heads need not know where on which machine the archive is.
        self.archive = head.origin.clone();
        self.checkpoint = Some(Handed {
            origin: head.origin.clone(),
            size: head.size,
            root: head.root.to_string(),
            file: String::from_utf8_lossy(checkpoint.as_bytes()).into_owned(),
            key_fingerprint: key.map(|key| key.fingerprint().to_string()),
        });
        self
    }

    /// A sentence in the place of findings, and whether all is well now.
    pub fn with_text(self, text: &str, well: bool) -> Self {
        Self { text: text.to_owned(), well, ..self }
    }
}

impl Told {
    fn of(news: &News) -> Self {
        let finding = &news.standing.finding;
        let some = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
        Self {
            change: news.change.as_str(),
            source: some(&news.standing.source),
            code: finding.code.clone(),
            subject: some(&finding.subject),
            since: time_text(finding.since),
            message: finding.message.clone(),
        }
    }

    /// One line for a chat.
    fn line(&self) -> String {
        let source = self.source.as_deref().unwrap_or("vidimus");
        let (code, since, message) = (&self.code, &self.since, &self.message);
        if self.change == Change::Resolved.as_str() {
            format!("{source}: {code} is resolved (it began {since}: {message})")
        } else if self.change == Change::Began.as_str() {
            format!("{source}: {code}: {message}")
        } else {
            format!("{source}: {code} since {since}: {message}")
        }
    }
}
