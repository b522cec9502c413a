//! `vidimus export`: captures in a file for other people's tools.

mod bundle;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use vidimus_archive::{
    Archive, ArchiveError, Chosen, ExportInfo, ExportReport, NotExported, OutFile, Selection, export_cdxj,
    export_csv, export_wacz, export_warc,
};
use vidimus_catalog::Filter;
use vidimus_pipeline::Settings;
use vidimus_snapshot::{Clock as _, Digest, SystemClock, normal_form};

use super::{archive, find, verify::file_bar};
use crate::args::{Export, ExportFormat, Global};
use crate::config::Config;
use crate::exit::{Failure, INCOMPLETE, NOT_WELL};
use crate::terminal;

/// Exports what was chosen; what had to be left out is told.
pub async fn run(global: &Global, options: &Export) -> Result<ExitCode, Failure> {
    let config = Config::load(global)?;
    check(global, options)?;
    if config.settings.layout.holds(&options.output) {
        return Err(Failure::usage(format!(
            "{} lies inside the archive, which holds its own files alone: name a place elsewhere",
            options.output.display()
        )));
    }
    let archive = archive(&config.settings.layout).await?;
    if options.format == ExportFormat::Bundle {
        return bundle::run(global, &config, &archive, options).await;
    }
    let selection = selection(&archive, options).await?;
    let chosen = Chosen::of(&archive, &selection).await?;
    if chosen.is_empty() {
        terminal::error(
            "nothing fits, so that nothing was exported; `vidimus list --all` shows what there is",
        );
        return Ok(ExitCode::from(INCOMPLETE));
    }
    let job =
        Job { archive: &archive, chosen: &chosen, options, info: info(&config.settings, &options.output) };
    // A person who has had enough leaves no half a file behind: what is dropped here takes it away.
    let done = tokio::select! {
        done = job.run(global) => done.map_err(failure)?,
        _ = super::signal() => return Err(Failure::stopped("stopped as asked: no file was written")),
    };
    tell(global, options, &done)?;
    let removed = archive.catalog().removed().await?.len();
    if removed > 0 && options.what.is_empty() && !global.quiet && !global.json {
        terminal::remark(&format!(
            "{removed} captures of this archive were lawfully removed, and are in no export: `vidimus list --removed` says why"
        ));
    }
    Ok(if done.report.damage.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(NOT_WELL) })
}

/// What options mean together.
fn check(global: &Global, options: &Export) -> Result<(), Failure> {
    let is_stdout = options.output == Path::new("-");
    let wrong = |message: &str| Err(Failure::usage(message));
    if options.with_text && options.format != ExportFormat::Warc {
        return wrong("--with-text goes with --format warc; a WACZ has the texts in its list of pages");
    }
    match options.format {
        ExportFormat::Wacz | ExportFormat::Bundle if is_stdout => {
            wrong("a zip file cannot be written to stdout: name a file with -o")
        }
        ExportFormat::Bundle if options.what.len() != 1 => {
            wrong("a bundle is of one capture: name it, and call this once for each of several")
        }
        ExportFormat::Warc if is_stdout && options.with_text => {
            wrong("--with-text writes a second file beside the first: name a file with -o")
        }
        _ if is_stdout && global.json => wrong("with -o - the export itself is on stdout: leave out --json"),
        _ => Ok(()),
    }
}

async fn selection(archive: &Archive, options: &Export) -> Result<Selection, Failure> {
    if options.what.is_empty() {
        return filter(options).map(Selection::Fitting);
    }
    let mut ids = Vec::new();
    for name in &options.what {
        let found = find(archive, name).await?;
        let nothing = || Failure::absent(format!("{name} was tried, but nothing of it is held"));
        ids.push(found.snapshot.ok_or_else(nothing)?);
    }
    Ok(Selection::Named(ids))
}

fn filter(options: &Export) -> Result<Filter, Failure> {
    let url = match &options.url {
        None => None,
        Some(text) => {
            let url =
                url::Url::parse(text).map_err(|e| Failure::usage(format!("'{text}' is no URL: {e}")))?;
            Some(normal_form(&url).to_string())
        }
    };
    let filter = Filter {
        source: options.source.clone(),
        url_key: url,
        role: options.role,
        run: options.run.clone(),
        since: options.since.map(start_of).transpose()?,
        until: options.until.map(|day| day.tomorrow().map_err(no_day).and_then(start_of)).transpose()?,
        ..Filter::default()
    };
    let narrows = filter.source.is_some()
        || filter.url_key.is_some()
        || filter.role.is_some()
        || filter.run.is_some()
        || filter.since.is_some()
        || filter.until.is_some();
    if narrows || options.all {
        return Ok(filter);
    }
    Err(Failure::usage(
        "nothing was chosen: name captures, or say --source, --url, --since, --until, --role, --run or --all",
    ))
}

fn start_of(day: Date) -> Result<Timestamp, Failure> {
    day.to_zoned(TimeZone::UTC).map(|start| start.timestamp()).map_err(no_day)
}

fn no_day(error: jiff::Error) -> Failure {
    Failure::usage(format!("that day cannot be used: {error}"))
}

fn info(settings: &Settings, path: &Path) -> ExportInfo {
    ExportInfo {
        at: SystemClock.now(),
        software: format!("{}/{}", settings.identity.software, settings.identity.version),
        operator: settings.identity.operator.clone(),
        part_of: None,
        manifest_texts: false,
        path: path.to_owned(),
    }
}

/// A file that was written.
struct Written {
    path: PathBuf,
    bytes: u64,
    sha256: Digest,
}

/// What an export came to.
struct Done {
    report: ExportReport,
    /// The files, that of the texts last; none where it went to stdout.
    files: Vec<Written>,
}

struct Job<'a> {
    archive: &'a Archive,
    chosen: &'a Chosen,
    options: &'a Export,
    info: ExportInfo,
}

impl Job<'_> {
    async fn run(&self, global: &Global) -> Result<Done, ArchiveError> {
        let bar = (terminal::is_watched() && !global.quiet).then(file_bar);
        let mut progress = |done: usize, total: usize| {
            if let Some(bar) = &bar {
                bar.set_length(total as u64);
                bar.set_position(done as u64);
                bar.set_message("captures");
            }
        };
        let done = if self.options.output == Path::new("-") {
            let report = self.plain(&mut std::io::stdout().lock(), None, &mut progress).await?;
            Done { report, files: Vec::new() }
        } else {
            self.to_files(&mut progress).await?
        };
        if let Some(bar) = &bar {
            bar.finish_and_clear();
        }
        Ok(done)
    }

    async fn to_files(&self, progress: &mut dyn FnMut(usize, usize)) -> Result<Done, ArchiveError> {
        let path = &self.info.path;
        let mut out = OutFile::create(path, self.options.force)?;
        if self.options.format == ExportFormat::Wacz {
            let report = export_wacz(self.archive, self.chosen, &self.info, &mut out, progress).await?;
            return Ok(Done { report, files: vec![keep(out, path)?] });
        }
        if !self.options.with_text {
            let report = self.plain(&mut out, None, progress).await?;
            return Ok(Done { report, files: vec![keep(out, path)?] });
        }
        let beside = ExportInfo { path: text_path(path), ..self.info.clone() };
        let mut text = OutFile::create(&beside.path, self.options.force)?;
        let report = self.plain(&mut out, Some((&beside, &mut text)), progress).await?;
        let text = keep(text, &beside.path)?;
        Ok(Done { report, files: vec![keep(out, path)?, text] })
    }

    /// Everything that is written from its beginning to its end.
    async fn plain(
        &self,
        out: &mut dyn Write,
        text: Option<(&ExportInfo, &mut dyn Write)>,
        progress: &mut dyn FnMut(usize, usize),
    ) -> Result<ExportReport, ArchiveError> {
        let Self { archive, chosen, info, .. } = self;
        match self.options.format {
            ExportFormat::Cdxj => export_cdxj(archive, chosen, info, out, progress).await,
            ExportFormat::Csv => export_csv(archive, chosen, info, out, progress).await,
            // A WACZ and a bundle are not written from beginning to end, and do not come here.
            ExportFormat::Warc | ExportFormat::Wacz | ExportFormat::Bundle => {
                export_warc(archive, chosen, info, out, text, progress).await
            }
        }
    }
}

fn keep(out: OutFile, path: &Path) -> Result<Written, ArchiveError> {
    let (bytes, sha256) = out.keep()?;
    Ok(Written { path: path.to_owned(), bytes, sha256 })
}

/// `NAME.wet.warc.gz` beside `NAME.warc.gz`.
fn text_path(path: &Path) -> PathBuf {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let stem = [".warc.gz", ".warc"].iter().find_map(|ending| name.strip_suffix(ending)).unwrap_or(&name);
    path.with_file_name(format!("{stem}.wet.warc.gz"))
}

/// A reader of stdout that has seen enough is no failure.
fn failure(error: ArchiveError) -> Failure {
    match error {
        ArchiveError::Io { source, .. } if source.kind() == std::io::ErrorKind::BrokenPipe => source.into(),
        error => error.into(),
    }
}

fn tell(global: &Global, options: &Export, done: &Done) -> Result<(), Failure> {
    let Done { report, files } = done;
    for damage in &report.damage {
        terminal::warning(&sentence(damage));
    }
    if global.json {
        return Ok(terminal::line(&json(options, done).to_string())?);
    }
    if global.quiet {
        return Ok(());
    }
    for file in files {
        terminal::remark(&format!("{}  {} bytes  {}", file.path.display(), file.bytes, file.sha256));
    }
    let what = match options.format {
        ExportFormat::Warc | ExportFormat::Wacz | ExportFormat::Bundle => "records",
        ExportFormat::Cdxj => "lines",
        ExportFormat::Csv => "rows",
    };
    let mut text = format!("{} captures, {} {what}", report.captures, report.records);
    if report.originals > 0 {
        text.push_str(&format!(
            "; {} more captures, whose payload these repeat, came along",
            report.originals
        ));
    }
    if report.without_records > 0 && options.format != ExportFormat::Csv {
        text.push_str(&format!("; {} tries left no records", report.without_records));
    }
    if options.format == ExportFormat::Wacz {
        text.push_str(&format!("; {} pages to begin with", report.pages));
    }
    if !report.damage.is_empty() {
        text.push_str(&format!("; {} defects, see above: what is damaged was left out", report.damage.len()));
    }
    terminal::remark(&text);
    Ok(())
}

fn sentence(damage: &NotExported) -> String {
    let record = damage.record_id.as_ref().map(|id| format!(", record {id}")).unwrap_or_default();
    let capture = damage.snapshot.map(|id| format!(", capture {}", id.short())).unwrap_or_default();
    format!("{}, offset {}{record}{capture}: {}", damage.file, damage.offset, damage.what)
}

fn json(options: &Export, done: &Done) -> serde_json::Value {
    let report = &done.report;
    let files = done.files.iter().map(|file| {
        serde_json::json!({
            "path": file.path.to_string_lossy(), "bytes": file.bytes, "sha256": file.sha256,
        })
    });
    let damage = report.damage.iter().map(|damage| {
        serde_json::json!({
            "file": damage.file,
            "offset": damage.offset,
            "record_id": damage.record_id,
            "snapshot": damage.snapshot.map(|id| id.hex()),
            "what": damage.what,
        })
    });
    let format = match options.format {
        ExportFormat::Warc => "warc",
        ExportFormat::Wacz => "wacz",
        ExportFormat::Cdxj => "cdxj",
        ExportFormat::Csv => "csv",
        ExportFormat::Bundle => "bundle",
    };
    serde_json::json!({
        "format": format,
        "files": files.collect::<Vec<_>>(),
        "captures": report.captures,
        "originals": report.originals,
        "without_records": report.without_records,
        "records": report.records,
        "pages": report.pages,
        "damage": damage.collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_beside_their_captures() {
        for (path, wanted) in [
            ("a.warc.gz", "a.wet.warc.gz"),
            ("out/b.warc", "out/b.wet.warc.gz"),
            ("c", "c.wet.warc.gz"),
            ("v1.2.warc.gz", "v1.2.wet.warc.gz"),
        ] {
            assert_eq!(text_path(Path::new(path)), Path::new(wanted));
        }
    }
}
