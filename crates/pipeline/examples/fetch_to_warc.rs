//! Fetches a list of URLs into an archive, as a crawl does, but reads nothing out of them: what fetching, digests and WARC
//! cost without extraction and index. `tests/bench/crawl.py` measures it.
//!
//! usage: fetch_to_warc URLS.txt ARCHIVE CIDR:PORT
//!
//! CIDR:PORT is the door of the address guard through which the URLs are reached. Prints how many URLs were captured.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinSet;
use url::Url;
use vidimus_archive::{DEFAULT_MAX_FILE_BYTES, Layout, LogOptions, Prepared, Writer, WriterOptions};
use vidimus_fetch::{Client, ClientOptions, GateOptions, Guard, HostGate, Polite, Request};
use vidimus_pipeline::{Randomness, SystemRandomness, process_unread};
use vidimus_snapshot::{ClientFacts, Clock, OutcomeKind, Role, SystemClock};

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// How many pages are fetched at the same time.
const CONCURRENCY: usize = 8;
/// How many captures may share one round of fsyncs, as in a crawl.
const GROUP: usize = 64;
const AGENT: &str = "vidimus-bench/1";

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let (Some(urls), Some(archive), Some(door)) = (arguments.next(), arguments.next(), arguments.next())
    else {
        return Err("usage: fetch_to_warc URLS.txt ARCHIVE CIDR:PORT".into());
    };
    let urls = std::fs::read_to_string(urls)?.lines().map(Url::parse).collect::<Result<Vec<Url>, _>>()?;
    let mut options = ClientOptions::new(AGENT);
    options.guard = Guard::new(vec![door.parse()?], Vec::new());
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let gate =
        GateOptions { connections_per_host: CONCURRENCY, min_gap: Duration::ZERO, ..GateOptions::default() };
    let polite = Polite::new(Client::new(options, clock.clone())?, HostGate::new(gate, clock));
    let writer = Writer::open(&Layout::new(PathBuf::from(archive)), writer_options()).await?;
    let (send, receive) = mpsc::channel(GROUP);
    let written = tokio::spawn(write(writer, receive));
    let urls = Arc::new(std::sync::Mutex::new(urls.into_iter()));
    let mut running = JoinSet::new();
    for _ in 0..CONCURRENCY {
        let (polite, urls, send) = (polite.clone(), urls.clone(), send.clone());
        let next = move || urls.lock().ok()?.next();
        running.spawn(async move { fetch_all(&polite, next, &send).await });
    }
    drop(send);
    while let Some(ended) = running.join_next().await {
        ended??;
    }
    #[expect(clippy::print_stdout, reason = "an example talks to the terminal")]
    {
        println!("{}", written.await??);
    }
    Ok(())
}

async fn fetch_all(
    polite: &Polite,
    next: impl Fn() -> Option<Url>,
    send: &mpsc::Sender<Prepared>,
) -> Result<(), Failure> {
    let facts = Arc::new(ClientFacts {
        software: "vidimus".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        git: None,
        config_sha256: None,
        user_agent: AGENT.to_owned(),
        operator: None,
    });
    let decode = polite.client().limits().decode();
    while let Some(url) = next() {
        let fetched = polite.visit(&Request::new(url)).await.fetched;
        let facts = facts.clone();
        // A listing is a page of which no text is extracted; without a selector it leads nowhere.
        let work =
            move || process_unread(&fetched, Role::Listing, "bench", &facts, decode, &SystemRandomness);
        send.send(tokio::task::spawn_blocking(work).await??).await?;
    }
    Ok(())
}

/// Commits captures in groups, and says how many were captured whole.
async fn write(mut writer: Writer, mut receive: mpsc::Receiver<Prepared>) -> Result<usize, Failure> {
    let mut group = Vec::new();
    let mut captured = 0;
    while receive.recv_many(&mut group, GROUP).await > 0 {
        let uuids = [uuid(), uuid()];
        let rows = writer.commit(std::mem::take(&mut group), SystemClock.now(), uuids).await?;
        captured += rows.iter().filter(|row| row.outcome.kind == OutcomeKind::Captured).count();
    }
    writer.close().await?;
    Ok(captured)
}

fn writer_options() -> WriterOptions {
    WriterOptions {
        holder: "fetch_to_warc".to_owned(),
        software: AGENT.to_owned(),
        operator: None,
        tag: uuid().chars().take(8).collect(),
        max_file_bytes: DEFAULT_MAX_FILE_BYTES,
        log: LogOptions {
            origin: "archive.example/log".into(),
            key: None,
            without_key: None,
            now: jiff::Timestamp::UNIX_EPOCH,
        },
    }
}

fn uuid() -> String {
    uuid::Builder::from_random_bytes(SystemRandomness.bytes()).into_uuid().to_string()
}
