//! `vidimus demo`: the whole line on the built-in site. It writes the configuration that a person would write, crawls
//! twice by it, over real HTTP, shows what was captured, and searches.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use comfy_table::{ContentArrangement, Table, presets};
use vidimus_archive::Archive;
use vidimus_catalog::{Capture, Filter};
use vidimus_demo::{Day, DemoSite, SEARCHES, sources_toml};
use vidimus_index::{Options, Searcher};
use vidimus_pipeline::{RunSummary, crawl};
use vidimus_snapshot::{OutcomeKind, Role};

use super::init::write_new;
use super::{holder, pipeline, stop_on_signal};
use crate::args::{Demo, Global};
use crate::config::Config;
use crate::exit::{Failure, NOT_WELL};
use crate::present::outcome_word;
use crate::progress::{Told, listener, summary_line};
use crate::terminal::{self, FAINT, STRONG, fit};

/// What the columns before the title take in the table of captures.
const FIXED_COLUMNS: usize = 66;
/// How many hits of each search are shown.
const HITS: usize = 2;

/// Shows the line at work.
pub async fn run(global: &Global, options: &Demo) -> Result<ExitCode, Failure> {
    let dir = match &options.dir {
        Some(dir) if dir.exists() => {
            return Err(Failure::usage(format!(
                "{} exists already: name a folder that does not",
                dir.display()
            )));
        }
        Some(dir) => dir.clone(),
        None => free_name()?,
    };
    let site = DemoSite::start().await.map_err(|e| Failure::system(e.to_string()))?;
    let global = configure(global, &dir, site.port())?;
    let config = Config::load(&global)?;

    terminal::line(&format!(
        "{STRONG}A site of eight invented organisations{STRONG:#} answers on 127.0.0.1:{}.",
        site.port()
    ))?;
    let first = visit(&global, "The first crawl", config.clone()).await?;
    site.set_day(Day::Second);
    // Replay tools tell captures apart by the second.
    tokio::time::sleep(Duration::from_millis(1100)).await;
    let second = visit(
        &global,
        "The second crawl, a day later on the site: one page was edited, one removed",
        config.clone(),
    )
    .await?;

    let archive = Archive::open(&config.settings.layout).await?;
    captured(&archive, &first).await?;
    changed(&archive, &second).await?;
    search(&config)?;
    next_steps(&dir)?;
    if options.serve {
        serve(&dir, &site).await?;
    }
    let well = first.unwell().chain(second.unwell()).next().is_none();
    Ok(if well { ExitCode::SUCCESS } else { ExitCode::from(NOT_WELL) })
}

/// `vidimus-demo`, or the first of `vidimus-demo-2`, `-3` … that does not exist: an earlier demo's archive is never
/// touched.
fn free_name() -> Result<PathBuf, Failure> {
    let names =
        std::iter::once("vidimus-demo".to_owned()).chain((2..1000).map(|n| format!("vidimus-demo-{n}")));
    let free = names.map(PathBuf::from).find(|path| !path.exists());
    free.ok_or_else(|| {
        Failure::usage("there are too many demo folders here: name one with `vidimus demo DIR`")
    })
}

/// Writes the demo's configuration, and the options that name it.
fn configure(global: &Global, dir: &Path, port: u16) -> Result<Global, Failure> {
    let folder = dir.join("config");
    std::fs::create_dir_all(&folder)
        .map_err(|e| Failure::io(format!("cannot make {}: {e}", folder.display())))?;
    let file = folder.join("vidimus.toml");
    let text = format!(
        "# The demo's archive. The site answers only while `vidimus demo` runs (`--serve` keeps it up).\n\
         archive = \"../archive\"\nsources = \"sources.toml\"\noperator = \"Vidimus demo\"\n\
         allow_net = [\"127.0.0.1/32:{port}\", \"[::1]/128:{port}\"]\n\n\
         [crawl]\nconcurrency = 8\nmin_gap = \"100ms\"\nrevisit_after = \"0s\"\n\n\
         [evidence]\nkey = \"../keys/log.pem\"\norigin = \"demo.vidimus.example/log\"\n"
    );
    if write_new(&file, &text)? {
        super::key::write_key(&dir.join("keys/log.pem"))?;
    }
    write_new(&folder.join("sources.toml"), &sources_toml(port))?;
    let (quiet, verbose, json) = (global.quiet, global.verbose, global.json);
    Ok(Global {
        archive: None,
        config: Some(file),
        signing_key: None,
        allow_net: Vec::new(),
        log: None,
        json,
        quiet,
        verbose,
    })
}

async fn visit(global: &Global, title: &str, config: Config) -> Result<RunSummary, Failure> {
    terminal::line(&format!("\n{STRONG}{title}{STRONG:#}"))?;
    let sources = config.chosen(&[])?;
    // Where nobody watches a progress bar, every URL is told in a line of its own.
    let told = if terminal::is_watched() { Told::of(global) } else { Told::Everything };
    let pipeline = pipeline(config.settings, listener(told));
    stop_on_signal(&pipeline.stop);
    let summary = crawl(&pipeline, &sources, &holder("demo")).await?;
    terminal::line(&summary_line(&summary))?;
    Ok(summary)
}

/// A table of the pages with their digests.
async fn captured(archive: &Archive, run: &RunSummary) -> Result<(), Failure> {
    let filter = Filter { run: Some(run.run.clone()), role: Some(Role::Page), ..Filter::default() };
    let captures = archive.catalog().list(&filter).await?;
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    let title_columns = terminal::width().saturating_sub(FIXED_COLUMNS).max(20);
    table.set_header(["outcome", "snapshot", "payload", "published", "lang", "title or address"]);
    for capture in &captures {
        table.add_row(row(capture, title_columns));
    }
    terminal::line(&format!(
        "\n{STRONG}What was captured{STRONG:#} {FAINT}(digests are SHA-256, shortened here){FAINT:#}"
    ))?;
    for line in table.lines() {
        terminal::line(line.trim())?;
    }
    Ok(())
}

fn row(capture: &Capture, columns: usize) -> [String; 6] {
    let digest =
        capture.payload_sha256.map_or_else(|| "-".to_owned(), |d| d.hex().chars().take(12).collect());
    let name = capture.snapshot.map_or_else(|| "-".to_owned(), |id| id.short());
    let title = capture.headline.title.as_deref().unwrap_or(&capture.url);
    [
        outcome_word(capture),
        name,
        digest,
        capture.headline.published.clone().unwrap_or_else(|| "-".to_owned()),
        capture.headline.language.clone().unwrap_or_else(|| "-".to_owned()),
        fit(title, columns),
    ]
}

/// What the second crawl found to be different.
async fn changed(archive: &Archive, run: &RunSummary) -> Result<(), Failure> {
    let filter = Filter { run: Some(run.run.clone()), role: Some(Role::Page), ..Filter::default() };
    let captures = archive.catalog().list(&filter).await?;
    let edited = captures.iter().filter(|c| c.outcome.kind == OutcomeKind::Captured && c.previous.is_some());
    let gone = captures.iter().filter(|c| c.outcome.kind == OutcomeKind::HttpError);
    let columns = terminal::width().saturating_sub(45);
    terminal::line(&format!("\n{STRONG}What the second crawl found{STRONG:#}"))?;
    let unchanged = run.outcome(OutcomeKind::Unchanged);
    terminal::line(&format!(
        "unchanged      {unchanged} addresses, kept as revisits that refer to the first capture"
    ))?;
    for capture in edited {
        let (new, old) = (capture.snapshot.map(|id| id.short()), capture.previous.map(|id| id.short()));
        let (old, new) = (old.unwrap_or_default(), new.unwrap_or_default());
        terminal::line(&format!(
            "edited         {old} -> {new}  {}",
            fit(capture.headline.title.as_deref().unwrap_or(&capture.url), columns)
        ))?;
    }
    for capture in gone {
        let held =
            if capture.previous.is_some() { "the first capture is held" } else { "it was never captured" };
        terminal::line(&format!("{:<14} {} ({held})", outcome_word(capture), fit(&capture.url, columns)))?;
    }
    Ok(())
}

fn search(config: &Config) -> Result<(), Failure> {
    let failed = |e: vidimus_index::IndexError| Failure::io(e.to_string());
    let searcher = Searcher::open(&config.settings.layout.index()).map_err(failed)?;
    for (text, why) in SEARCHES {
        terminal::line(&format!("\n{STRONG}vidimus-query '{text}'{STRONG:#}"))?;
        terminal::line(&format!("{FAINT}{why}{FAINT:#}\n"))?;
        let query = vidimus_index::parse(text).map_err(|e| Failure::system(e.message))?;
        let results =
            searcher.search(&query, &Options { limit: HITS, ..Options::default() }).map_err(failed)?;
        vidimus_query::write_hits(&mut anstream::stdout(), &results, terminal::width())?;
        if results.total > results.hits.len() {
            terminal::line(&format!("{FAINT}and {} more{FAINT:#}", results.total - results.hits.len()))?;
        }
    }
    Ok(())
}

fn next_steps(dir: &Path) -> Result<(), Failure> {
    let (vidimus, query) = command_names();
    let archive = dir.join("archive");
    let archive = archive.display();
    terminal::line(&format!("\n{STRONG}The archive is in {archive}. Try next:{STRONG:#}"))?;
    for step in [
        format!("{vidimus} --archive {archive} list"),
        format!("{vidimus} --archive {archive} show SNAPSHOT --text"),
        format!("{vidimus} --archive {archive} verify"),
        format!("{vidimus} --archive {archive} export SNAPSHOT --format bundle -o case.zip"),
        format!("{query} --archive {archive} 'dredg* AND licen*'"),
        format!("gzip -dc {archive}/warc/*/*/*.warc.gz | head -40"),
        format!("{vidimus} init my-archive"),
    ] {
        terminal::line(&format!("  {step}"))?;
    }
    Ok(())
}

/// How the two programs are called from here: through cargo in the checkout that this one was built in, else by name.
fn command_names() -> (String, String) {
    let built_here = std::env::current_dir().map(|dir| dir.join("target"));
    let exe = std::env::current_exe();
    let in_checkout = exe.is_ok_and(|exe| built_here.is_ok_and(|target| exe.starts_with(target)));
    if in_checkout {
        ("cargo run -q --release --".to_owned(), "cargo run -q --release -p vidimus-query --".to_owned())
    } else {
        ("vidimus".to_owned(), "vidimus-query".to_owned())
    }
}

async fn serve(dir: &Path, site: &DemoSite) -> Result<(), Failure> {
    let config = dir.join("config/vidimus.toml");
    let (vidimus, _) = command_names();
    terminal::line(&format!(
        "\nThe site stays up on port {} until Ctrl-C. In another terminal:",
        site.port()
    ))?;
    terminal::line(&format!("  {vidimus} --config {} crawl -v", config.display()))?;
    let _ = tokio::signal::ctrl_c().await;
    Ok(())
}
