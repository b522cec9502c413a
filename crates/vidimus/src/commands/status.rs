//! `vidimus status`: how the archive and its sources are.

use std::path::Path;
use std::process::ExitCode;

use jiff::Timestamp;
use serde_json::{Value, json};
use vidimus_archive::Layout;
use vidimus_catalog::{Finding, FixityTotals, Removed, Run, Totals};
use vidimus_ledger::{LogError, LogReader};
use vidimus_pipeline::{Agreement, agreement, span_text};
use vidimus_snapshot::{Clock as _, LogHead, SystemClock};

use super::archive;
use super::verify::{fixity_json, fixity_line};
use crate::args::{Global, Status};
use crate::config::Config;
use crate::exit::{Failure, NOT_WELL};
use crate::health::{self, Next, SourceHealth};
use crate::progress::finding_line;
use crate::terminal::{self, BAD, FAINT, GOOD, ODD, STRONG, printable};
use crate::timestamps::{self, Waiting};
use crate::{metrics, present};

/// Tells.
pub async fn run(global: &Global, options: &Status) -> Result<ExitCode, Failure> {
    let config = Config::load(global)?;
    let archive = archive(&config.settings.layout).await?;
    let totals = archive.catalog().totals().await?;
    let last = archive.catalog().last_run("crawl").await?;
    let now = SystemClock.now();
    let mut sources = health::of_sources(&config, archive.catalog(), now).await?;
    if let Some(path) = &options.metrics {
        metrics::write(&config, &archive, &sources, path).await?;
    }
    if let Some(name) = &options.source {
        sources.retain(|source| source.name == *name);
        if sources.is_empty() {
            return Err(Failure::usage(format!("there is no source '{name}'; `vidimus status` lists them")));
        }
    }
    let index = agreement(archive.catalog(), archive.layout()).await.map_err(|e| e.to_string());
    let fixity = archive.catalog().fixity_totals().await?;
    let log = LogState::of(archive.layout());
    let waiting = timestamps::waiting(&config).map_err(|e| Failure::io(e.to_string()))?;
    let stamped = !waiting.is_long(now);
    let removed = archive.catalog().removed().await?;
    if options.metrics.as_deref() == Some(Path::new("-")) {
        // Stdout is taken by the metrics.
        tell_unwell(&sources, &fixity);
        tell_waiting(&waiting, now);
        tell_index(&index);
    } else if global.json {
        let mut state = as_json(&config, &totals, last.as_ref(), &sources, &index);
        if let Some(fields) = state.as_object_mut() {
            fields.insert("fixity".to_owned(), fixity_json(&fixity));
            fields.insert("log".to_owned(), log.json());
            let timestamps = json!({"waiting": waiting.count, "since": waiting.since, "well": stamped});
            fields.insert("timestamps".to_owned(), timestamps);
            fields.insert("removed".to_owned(), removed.len().into());
            let unfinished = removed.iter().filter(|one| !one.finished).count();
            fields.insert("removals_unfinished".to_owned(), unfinished.into());
        }
        terminal::line(&state.to_string())?;
    } else if global.quiet {
        tell_unwell(&sources, &fixity);
        tell_waiting(&waiting, now);
        tell_index(&index);
    } else {
        if options.source.is_none() {
            print(&config, &totals, last.as_ref(), &index)?;
            print_log(&log)?;
            print_fixity(&fixity, now)?;
            print_waiting(&waiting, now)?;
            print_removed(&removed)?;
        }
        sources.iter().try_for_each(|source| print_source(source, now))?;
    }
    let is_searchable = totals.pages == 0 || index.as_ref().is_ok_and(Agreement::is_whole);
    let well =
        sources.iter().all(SourceHealth::is_well) && fixity.damaged.is_empty() && stamped && is_searchable;
    Ok(if well { ExitCode::SUCCESS } else { ExitCode::from(NOT_WELL) })
}

/// One line for each finding, and nothing when all is well: what cron mails.
fn tell_unwell(sources: &[SourceHealth], fixity: &FixityTotals) {
    for file in &fixity.damaged {
        terminal::remark(&format!("{}: {}", printable(&file.file), printable(&file.what)));
    }
    for source in sources.iter().filter(|source| !source.is_well()) {
        for finding in &source.findings {
            terminal::remark(&finding_line(&source.name, finding));
        }
    }
}

/// Says so when a checkpoint has been waiting for a timestamp for too long.
fn tell_waiting(waiting: &Waiting, now: Timestamp) {
    if waiting.is_long(now) {
        terminal::remark(&waiting_text(waiting, now));
    }
}

fn waiting_text(waiting: &Waiting, now: Timestamp) -> String {
    let since = waiting.since.map(|since| format!(" ({})", span_text(now.duration_since(since))));
    format!("{}{}; `vidimus log anchor` asks for them", waiting.text(), since.unwrap_or_default())
}

fn print_waiting(waiting: &Waiting, now: Timestamp) -> std::io::Result<()> {
    if waiting.count == 0 {
        return Ok(());
    }
    let style = if waiting.is_long(now) { BAD } else { ODD };
    fact("timestamps", &format!("{style}{}{style:#}", waiting_text(waiting, now)))
}

/// What the index lacks, and how to mend it; nothing where it holds what the archive has.
fn index_remark(index: &Agreement) -> Option<String> {
    let missing =
        (index.missing > 0).then(|| format!("{} of the archive's texts are not in it", index.missing));
    let unknown = (index.unknown > 0).then(|| format!("{} in it are not in the archive", index.unknown));
    let remarks: Vec<String> = [missing, unknown].into_iter().flatten().collect();
    (!remarks.is_empty()).then(|| format!("{}: `vidimus rebuild --index` makes it anew", remarks.join(", ")))
}

/// Says so when the index cannot be trusted: searches would leave out what the archive has.
fn tell_index(index: &Result<Agreement, String>) {
    match index {
        Ok(index) => {
            index_remark(index).iter().for_each(|remark| terminal::remark(&format!("search index: {remark}")))
        }
        Err(error) => terminal::remark(error),
    }
}

fn print(
    config: &Config,
    totals: &Totals,
    last: Option<&Run>,
    index: &Result<Agreement, String>,
) -> std::io::Result<()> {
    let root = config.settings.layout.root();
    fact("archive", &root.canonicalize().unwrap_or_else(|_| root.to_owned()).display().to_string())?;
    let outcomes: Vec<String> =
        totals.outcomes.iter().filter(|(_, n)| *n > 0).map(|(kind, n)| format!("{n} {kind}")).collect();
    fact("captures", &format!("{} snapshots; {} pages with a text", totals.snapshots, totals.pages))?;
    if totals.imported_pages + totals.imported_parts > 0 {
        let (pages, parts) = (totals.imported_pages, totals.imported_parts);
        fact("imported", &format!("{pages} of the snapshots as pages, {parts} as parts of pages"))?;
    }
    fact("outcomes", &outcomes.join(", "))?;
    let kinds: Vec<String> = totals.kinds.iter().map(|(kind, n)| format!("{n} {kind}")).collect();
    if !kinds.is_empty() {
        let partial =
            if totals.partial > 0 { format!("; {} only in part", totals.partial) } else { String::new() };
        fact("kinds", &format!("{}{partial}", kinds.join(", ")))?;
    }
    match index {
        Ok(index) => {
            let waiting =
                (totals.unindexed > 0).then(|| format!("{} wait for the next run", totals.unindexed));
            let remarks = [waiting, index_remark(index)].into_iter().flatten();
            let remarks: String = remarks.map(|remark| format!("; {ODD}{remark}{ODD:#}")).collect();
            fact("index", &format!("{} texts{remarks}", index.documents))?;
        }
        Err(error) => fact("index", &format!("{ODD}{error}{ODD:#}"))?,
    }
    if let Some(run) = last {
        let end = match run.finished_at {
            Some(at) => format!("ended {}", short(at)),
            None => format!("{ODD}not ended: it goes on now, or was interrupted{ODD:#}"),
        };
        fact("last crawl", &format!("began {}, {end}", short(run.started_at)))?;
    }
    Ok(())
}

/// How long the log is, and how much of it is under a signed head.
struct LogState(Result<Option<(LogHead, Option<u64>)>, String>);

impl LogState {
    fn of(layout: &Layout) -> Self {
        let read = || -> Result<_, LogError> {
            let Some(log) = LogReader::open(&layout.log())? else { return Ok(None) };
            let signed = log.checkpoint()?.map(|checkpoint| checkpoint.head().size);
            Ok(Some((log.head_at(log.size())?, signed)))
        };
        Self(read().map_err(|error| error.to_string()))
    }

    fn json(&self) -> Value {
        match &self.0 {
            Ok(Some((head, signed))) => json!({"origin": head.origin, "leaves": head.size, "signed": signed}),
            Ok(None) => Value::Null,
            Err(error) => json!({"error": error}),
        }
    }
}

fn print_log(log: &LogState) -> std::io::Result<()> {
    let text = match &log.0 {
        Ok(Some((head, Some(signed)))) => {
            format!("{}, {} leaves, signed up to {signed}", printable(&head.origin), head.size)
        }
        Ok(Some((head, None))) => format!(
            "{}, {} leaves, {ODD}not signed{ODD:#}: make a key with `vidimus key new`",
            printable(&head.origin),
            head.size
        ),
        Ok(None) => return Ok(()),
        Err(error) => format!("{BAD}{}{BAD:#}", printable(error)),
    };
    terminal::line(&format!("log        {text}"))
}

fn print_fixity(fixity: &FixityTotals, now: Timestamp) -> std::io::Result<()> {
    if fixity.files == 0 {
        return Ok(());
    }
    fact("fixity", &fixity_line(fixity, now))?;
    for file in &fixity.damaged {
        let (name, what) = (printable(&file.file), printable(&file.what));
        terminal::line(&format!("           {BAD}{name}{BAD:#} checked {}: {what}", short(file.checked_at)))?;
    }
    Ok(())
}

/// How much was taken down, and what of that is not finished.
fn print_removed(removed: &[Removed]) -> std::io::Result<()> {
    if removed.is_empty() {
        return Ok(());
    }
    let unfinished = removed.iter().filter(|one| !one.finished).count();
    let state = match unfinished {
        0 => String::new(),
        count => format!("; {BAD}{count} not finished{BAD:#}: the next command that writes finishes them"),
    };
    fact("removed", &format!("{} lawfully, by takedowns in the log{state}", removed.len()))
}

fn fact(name: &str, value: &str) -> std::io::Result<()> {
    terminal::line(&format!("{STRONG}{name:<10}{STRONG:#} {value}"))
}

/// One line for the source, and one for each finding.
fn print_source(source: &SourceHealth, now: Timestamp) -> std::io::Result<()> {
    let ok = source.last_ok.map_or_else(|| format!("{ODD}never{ODD:#}"), short);
    let next = match source.next {
        Next::At(at) => format!("next {}", short(at)),
        Next::Now => "due now".to_owned(),
        Next::ByHand => "no schedule".to_owned(),
        Next::NotConfigured => "no longer configured".to_owned(),
    };
    let health = match (source.is_well(), source.last_started) {
        (true, None) => format!("{ODD}never visited{ODD:#}"),
        (true, Some(_)) if source.last_visit.is_none() => format!("{ODD}no visit has ended yet{ODD:#}"),
        (true, _) => format!("{GOOD}well{GOOD:#}"),
        (false, _) => format!("{BAD}not well{BAD:#}"),
    };
    fact("source", &format!("{:<20} {health}  last well {ok}  {FAINT}{next}{FAINT:#}", source.name))?;
    if !matches!(source.next, Next::NotConfigured) {
        source.findings.iter().try_for_each(|finding| print_finding(finding, now))?;
    }
    Ok(())
}

fn print_finding(finding: &Finding, now: Timestamp) -> std::io::Result<()> {
    let for_so_long = span_text(now.duration_since(finding.since));
    let message = terminal::printable(&finding.message);
    terminal::line(&format!(
        "           {BAD}{}{BAD:#} since {} ({for_so_long}): {message}",
        finding.code,
        short(finding.since)
    ))
}

fn short(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%M:%SZ").to_string()
}

fn as_json(
    config: &Config,
    totals: &Totals,
    last: Option<&Run>,
    sources: &[SourceHealth],
    index: &Result<Agreement, String>,
) -> Value {
    let outcomes: serde_json::Map<String, Value> =
        totals.outcomes.iter().map(|(kind, n)| (kind.to_string(), (*n).into())).collect();
    let well = sources.iter().all(SourceHealth::is_well);
    let sources: Vec<Value> = sources
        .iter()
        .map(|s| {
            let next = match s.next {
                Next::At(at) => json!(at),
                Next::Now => json!("now"),
                Next::ByHand | Next::NotConfigured => Value::Null,
            };
            json!({
                "source": s.name,
                "well": s.is_well(),
                "findings": s.findings.iter().map(present::finding).collect::<Vec<_>>(),
                "last_started": s.last_started,
                "last_ok": s.last_ok,
                "next": next,
                "last_visit": s.last_visit.as_ref().map(present::source_run),
            })
        })
        .collect();
    json!({
        "archive": config.settings.layout.root(),
        "snapshots": totals.snapshots,
        "pages": totals.pages,
        "imported_pages": totals.imported_pages,
        "imported_parts": totals.imported_parts,
        "outcomes": outcomes,
        "page_kinds": totals.kinds.iter().cloned().collect::<std::collections::BTreeMap<String, u64>>(),
        "partial": totals.partial,
        "indexed": index.as_ref().ok().map(|index| index.documents),
        "index_missing": index.as_ref().ok().map(|index| index.missing),
        "index_unknown": index.as_ref().ok().map(|index| index.unknown),
        "index_error": index.as_ref().err(),
        "unindexed": totals.unindexed,
        "last_crawl": last.map(|r| json!({"run": r.id, "started_at": r.started_at, "finished_at": r.finished_at})),
        "well": well,
        "sources": sources,
    })
}
