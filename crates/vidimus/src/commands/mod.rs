//! One module a command.

mod backup;
mod capture;
mod cite;
mod crawl;
mod daemon;
mod demo;
mod diff;
mod exchanges;
mod explain;
mod export;
mod gaps;
mod import;
mod init;
mod key;
mod list;
mod log;
mod manual;
mod notify;
mod rebuild;
mod report;
mod show;
mod spans;
mod status;
mod takedown;
mod timeline;
mod verify;

use std::process::ExitCode;
use std::sync::Arc;

use vidimus_archive::{Archive, Layout};
use vidimus_catalog::{Capture, Removed};
use vidimus_disk::RealDisk;
use vidimus_ledger::anchors::Anchors;
use vidimus_pipeline::{Listener, Pipeline, Settings, Stop, SystemRandomness};
use vidimus_snapshot::{Clock as _, ClockFacts, SnapshotRef, SystemClock, normal_form};

use crate::args::{Args, Command, KeyCommand};
use crate::exit::{Failure, INTERRUPTED};
use crate::{present, timestamps};

/// Does what the command line asks for.
pub async fn run(args: &Args) -> Result<ExitCode, Failure> {
    let ended = obey(args).await;
    if ended.is_ok() && may_sign(&args.command) {
        timestamps::after_command(&args.global).await;
    }
    ended
}

/// Whether the log may have been signed by a command that does nothing more itself once it was. After a visit the
/// authorities are asked before anybody is told of it (`aftermath`).
fn may_sign(command: &Command) -> bool {
    match command {
        Command::Capture(_) | Command::Import(_) | Command::Rebuild(_) => true,
        Command::Key(options) => !matches!(options.command, KeyCommand::Show(_)),
        // A check of the whole archive is a leaf itself.
        Command::Verify(options) => options.what.is_empty(),
        _ => false,
    }
}

async fn obey(args: &Args) -> Result<ExitCode, Failure> {
    let global = &args.global;
    match &args.command {
        Command::Demo(options) => demo::run(global, options).await,
        Command::Init(options) => init::run(global, options),
        Command::Crawl(options) => crawl::run(global, options).await,
        Command::Daemon => daemon::run(global).await,
        Command::Capture(options) => capture::run(global, options).await,
        Command::Import(options) => import::run(global, options).await,
        Command::List(options) => list::run(global, options).await,
        Command::Diff(options) => diff::run(global, options).await,
        Command::Show(options) => show::run(global, options).await,
        Command::Verify(options) => verify::run(global, options).await,
        Command::Export(options) => export::run(global, options).await,
        Command::Cite(options) => cite::run(global, options).await,
        Command::Rebuild(options) => rebuild::run(global, options).await,
        Command::Backup(options) => backup::run(global, options).await,
        Command::Takedown(options) => takedown::run(global, options).await,
        Command::Status(options) => status::run(global, options).await,
        Command::Report(options) => report::run(global, options).await,
        Command::Key(options) => key::run(global, options).await,
        Command::Log(options) => log::run(global, options).await,
        Command::Notify(options) => notify::run(global, options).await,
        Command::Completions(options) => manual::completions(options),
        Command::Man(options) => manual::pages(global, options),
    }
}

/// A pipeline over the machine's own clock and randomness.
fn pipeline(mut settings: Settings, listener: Listener) -> Pipeline {
    settings.clock = clock_facts(&settings);
    Pipeline {
        settings: Arc::new(settings),
        clock: Arc::new(SystemClock),
        randomness: Arc::new(SystemRandomness),
        listener,
        stop: Stop::default(),
    }
}

/// What the newest timestamp said of the machine's clock.
fn clock_facts(settings: &Settings) -> ClockFacts {
    let anchors = Anchors::of(&settings.layout.log(), Arc::new(RealDisk));
    let unchecked = ClockFacts::unchecked("system");
    // Where the queue cannot be read, whoever writes to it says so.
    match anchors.clock_check().ok().flatten() {
        Some(check) => ClockFacts {
            offset_ms: Some(check.offset_ms),
            checked_at: Some(check.checked_at),
            checked_against: Some(check.authority),
            ..unchecked
        },
        None => unchecked,
    }
}

/// What the lock file says of us.
fn holder(command: &str) -> String {
    let since = SystemClock.now().strftime("%Y-%m-%dT%H:%M:%SZ");
    format!("`vidimus {command}`, pid {}, since {since}", std::process::id())
}

/// Asks the pipeline to stop at the first Ctrl-C or SIGTERM; the second ends the program as usual.
fn stop_on_signal(stop: &Stop) {
    let stop = stop.clone();
    tokio::spawn(async move {
        if signal().await {
            stop.stop();
            crate::terminal::remark("stopping when the pages in flight are done (once more to stop at once)");
            if signal().await {
                end_at_once();
            }
        }
    });
}

/// What was acknowledged is durable, and the rest is recovered at the next start.
#[expect(clippy::exit, reason = "the person asked twice, and only a binary may end the program")]
fn end_at_once() {
    std::process::exit(INTERRUPTED.into());
}

async fn signal() -> bool {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else { return false };
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted.is_ok(),
        terminated = terminate.recv() => terminated.is_some(),
    }
}

/// Opens the archive for reading.
async fn archive(layout: &Layout) -> Result<Archive, Failure> {
    Ok(Archive::open(layout).await?)
}

/// The one capture that a person named: by its name, by its place in a log (`origin#index`), or by a URL for its newest capture (or, if there is none, its
/// newest try).
async fn find(archive: &Archive, name: &str) -> Result<Capture, Failure> {
    if is_url(name) {
        return newest(archive, name).await;
    }
    if let Some((origin, index)) = name.rsplit_once('#')
        && let Ok(index) = index.parse::<u64>()
    {
        return logged(archive, origin, index).await;
    }
    let reference: SnapshotRef =
        name.parse().map_err(|e: vidimus_snapshot::IdError| Failure::usage(e.to_string()))?;
    let mut found = archive.catalog().find(&reference).await?;
    if found.is_empty()
        && let Some(removed) = removal(archive, name).await?
    {
        return Err(Failure::absent(format!("{}; nothing of it is held", present::removal(&removed))));
    }
    match (found.len(), found.pop()) {
        (1, Some(capture)) => Ok(capture),
        (0, _) => {
            Err(Failure::absent(format!("no capture is named {name}; `vidimus list` shows what there is")))
        }
        (count, _) => Err(Failure::usage(format!("{name} fits {count} captures or more: give more digits"))),
    }
}

/// Whether a page is named by its URL. `ni:///sha-256;…` has the form of one, and names a capture.
fn is_url(name: &str) -> bool {
    let is_name = name.get(..3).is_some_and(|scheme| scheme.eq_ignore_ascii_case("ni:"));
    !is_name && name.contains("://")
}

/// The capture that a leaf of a log speaks of.
async fn logged(archive: &Archive, origin: &str, index: u64) -> Result<Capture, Failure> {
    let place = format!("{origin}#{index}");
    let id = archive.logged_at(origin, index).await?.ok_or_else(|| {
        Failure::absent(format!(
            "no capture is at {place}: this archive has no such log, or the leaf speaks of something else"
        ))
    })?;
    let capture = archive.catalog().get(id).await?;
    if capture.is_none()
        && let Some(removed) = archive.catalog().removal_of(id).await?
    {
        return Err(Failure::absent(format!("{}; nothing of it is held", present::removal(&removed))));
    }
    capture
        .ok_or_else(|| Failure::absent(format!("{place} is the capture {id}, which is not in this archive")))
}

/// What was taken down under this name, if no capture has it.
async fn removal(archive: &Archive, name: &str) -> Result<Option<Removed>, Failure> {
    let Ok(reference) = name.parse::<SnapshotRef>() else { return Ok(None) };
    if !archive.catalog().find(&reference).await?.is_empty() {
        return Ok(None);
    }
    let mut found = archive.catalog().find_removed(&reference).await?;
    Ok(if found.len() == 1 { found.pop() } else { None })
}

async fn newest(archive: &Archive, url: &str) -> Result<Capture, Failure> {
    let parsed = url::Url::parse(url).map_err(|e| Failure::usage(format!("'{url}' is no URL: {e}")))?;
    let (catalog, key) = (archive.catalog(), normal_form(&parsed));
    let found = match catalog.newest_snapshot(key.as_str()).await? {
        Some(id) => catalog.get(id).await?,
        None => catalog.newest_try(key.as_str()).await?,
    };
    if found.is_none() && !catalog.removed().await?.is_empty() {
        let what = "was never tried, or what was captured of it was taken down: of that no address is kept";
        return Err(Failure::absent(format!("{url} {what}")));
    }
    found.ok_or_else(|| Failure::absent(format!("{url} was never tried; `vidimus list` shows what was")))
}
