//! The report of a run: a record at the end of each run that holds what left no exchange behind, so that a rebuild
//! restores those outcomes too (a host that did not resolve, a page that robots.txt forbids), and what the run brought
//! of each source.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use vidimus_catalog::{Capture, Catalog, Headline, Run, SourceRun};
use vidimus_snapshot::{ExchangeFacts, Outcome, Role, normal_form, surt};

use crate::ArchiveError;
use crate::import::ReportedImport;

/// The block of a run report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunReport {
    /// Version of this format; 1.
    pub v: u32,
    /// The run's UUID.
    pub run: String,
    /// `crawl` or `capture`.
    pub command: String,
    /// The sources it was about.
    pub sources: Vec<String>,
    /// Those of them that ended well.
    pub sources_ok: Vec<String>,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended.
    pub finished_at: Timestamp,
    /// Whether the run was over: not where it was interrupted and another goes on with it, nor in any but the last of
    /// the records of a long report. Reports written before this was kept are complete.
    #[serde(default = "complete")]
    pub complete: bool,
    /// Tries that have no records; those of an earlier run that was interrupted included.
    pub tries: Vec<ReportedTry>,
    /// What the run brought of each source, with what was not well; that of an earlier run that was interrupted included.
    /// Reports written before this was kept have none.
    #[serde(default)]
    pub source_runs: Vec<SourceRun>,
    /// The files that the run imported, and what came of each; reports written before there were imports have none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub imports: Vec<ReportedImport>,
}

/// One try without an exchange.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReportedTry {
    /// The run it belongs to.
    pub run: String,
    /// The source that asked for it.
    pub source: Option<String>,
    /// What for.
    pub role: Role,
    /// The URL.
    pub url: String,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended.
    pub finished_at: Timestamp,
    /// What became of it.
    pub outcome: Outcome,
    /// The exchanges that brought no answer: how far they came, and what was met there.
    #[serde(default)]
    pub exchanges: Vec<ExchangeFacts>,
}

fn complete() -> bool {
    true
}

/// How many tries one record of a report holds: a day on which nothing answers must not make a record that no reader takes.
const TRIES: usize = 5_000;
/// How many imported files one record of a report holds, and how many lines about them.
const FILES: usize = 200;
const LINES: usize = 5_000;

impl RunReport {
    /// The version that this software writes.
    pub const VERSION: u32 = 1;

    /// The report in records of bearable size; what concludes the run is in the last one.
    pub fn in_pieces(mut self) -> Vec<Self> {
        let mut pieces = Vec::new();
        while self.tries.len() > TRIES {
            let rest = self.tries.split_off(TRIES);
            let tries = std::mem::take(&mut self.tries);
            let (sources_ok, source_runs, imports) = (Vec::new(), Vec::new(), Vec::new());
            pieces.push(Self { tries, sources_ok, source_runs, imports, complete: false, ..self.clone() });
            self.tries = rest;
        }
        for imports in self.take_imports() {
            let (sources_ok, source_runs, tries) = (Vec::new(), Vec::new(), Vec::new());
            pieces.push(Self { tries, sources_ok, source_runs, imports, complete: false, ..self.clone() });
        }
        pieces.push(self);
        pieces
    }

    /// Takes out the files that are too many for one record, in groups of bearable size; the last group stays.
    fn take_imports(&mut self) -> Vec<Vec<ReportedImport>> {
        let (mut groups, mut lines) = (Vec::new(), 0);
        for import in std::mem::take(&mut self.imports) {
            lines += import.weight();
            if !self.imports.is_empty() && (self.imports.len() == FILES || lines > LINES) {
                groups.push(std::mem::take(&mut self.imports));
                lines = import.weight();
            }
            self.imports.push(import);
        }
        groups
    }

    /// The run as the catalog knows it.
    pub(crate) fn as_run(&self) -> Run {
        Run {
            id: self.run.clone(),
            command: self.command.clone(),
            sources: self.sources.clone(),
            started_at: self.started_at,
            finished_at: self.complete.then_some(self.finished_at),
        }
    }
}

impl ReportedTry {
    /// What a report says of a capture without records.
    pub fn of(capture: &Capture) -> Self {
        Self {
            run: capture.run.clone(),
            source: capture.source.clone(),
            role: capture.role,
            url: capture.url.clone(),
            started_at: capture.started_at,
            finished_at: capture.finished_at,
            outcome: capture.outcome.clone(),
            exchanges: capture.exchanges.clone(),
        }
    }

    /// The row that the catalog has for it.
    pub fn to_capture(&self) -> Capture {
        let parsed = url::Url::parse(&self.url).ok();
        Capture {
            run: self.run.clone(),
            source: self.source.clone(),
            role: self.role,
            witnessed: true,
            url: self.url.clone(),
            url_key: parsed.as_ref().map_or_else(|| self.url.clone(), |u| normal_form(u).to_string()),
            surt: parsed.as_ref().map_or_else(|| self.url.clone(), surt),
            final_url: self.url.clone(),
            started_at: self.started_at,
            finished_at: self.finished_at,
            outcome: self.outcome.clone(),
            status: None,
            content_type: None,
            payload_sha256: None,
            payload_bytes: 0,
            etag: None,
            last_modified: None,
            snapshot: None,
            original: None,
            previous: None,
            text_sha256: None,
            statement_sha256: None,
            extractor: None,
            params_sha256: None,
            headline: Headline::default(),
            records: Vec::new(),
            exchanges: self.exchanges.clone(),
        }
    }
}

/// Tells the catalog of runs, and of tries that left no exchange: those that a report holds need no other.
pub(crate) async fn note_reports(catalog: &Catalog, reports: &[RunReport]) -> Result<(), ArchiveError> {
    for report in reports {
        catalog.put_run(&report.as_run()).await?;
        // When a source's own visit began is in what is known of it; older reports know only of the run.
        let began =
            |name: &str| report.source_runs.iter().find(|run| run.source == name).map(|run| run.started_at);
        let of_run = report.source_runs.is_empty().then_some(report.started_at);
        let started: Vec<_> =
            report.sources.iter().filter_map(|name| Some((name.as_str(), began(name).or(of_run)?))).collect();
        catalog.sources_started(&started).await?;
        let ok: Vec<_> = report.sources_ok.iter().map(|name| (name.as_str(), report.finished_at)).collect();
        catalog.sources_ok(&ok).await?;
        let tries: Vec<_> = report.tries.iter().map(ReportedTry::to_capture).collect();
        catalog.note_reported(&tries).await?;
        catalog.note_source_runs(&report.source_runs).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::tests::damaged;

    fn report(imports: Vec<ReportedImport>) -> RunReport {
        RunReport {
            v: RunReport::VERSION,
            run: "a run".to_owned(),
            command: "import".to_owned(),
            sources: Vec::new(),
            sources_ok: Vec::new(),
            started_at: Timestamp::UNIX_EPOCH,
            finished_at: Timestamp::UNIX_EPOCH,
            complete: true,
            tries: Vec::new(),
            source_runs: Vec::new(),
            imports,
        }
    }

    #[test]
    fn files_by_the_thousand_are_told_in_records_of_bearable_size() {
        for (files, defects) in [(1000, 0), (60, 200)] {
            let imports = vec![damaged(defects); files];
            let pieces = report(imports.clone()).in_pieces();
            assert!(pieces.len() > 2, "{} pieces", pieces.len());
            assert!(pieces.iter().all(|piece| serde_json::to_vec(piece).unwrap().len() < 16 << 20));
            let (last, others) = pieces.split_last().unwrap();
            assert!(last.complete && others.iter().all(|piece| !piece.complete));
            let told: Vec<_> = pieces.into_iter().flat_map(|piece| piece.imports).collect();
            assert_eq!(told, imports);
        }
    }
}
