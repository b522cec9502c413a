//! A source over two months, one run a day, on a clock that the test moves: how often each page is asked for, what is
//! found again unchanged, and what an edit leaves behind.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use jiff::{SignedDuration, Timestamp};
use tempfile::TempDir;
use vidimus_archive::{Archive, DEFAULT_MAX_FILE_BYTES, Layout};
use vidimus_catalog::{Capture, Filter};
use vidimus_extract::Params;
use vidimus_fetch::{ClientOptions, GateOptions, Guard};
use vidimus_pipeline::{
    Event, Identity, Listener, ListingSpec, Pipeline, Rhythm, Settings, Source, SourceSpec, Stop,
    SystemRandomness, crawl,
};
use vidimus_snapshot::{ManualClock, OutcomeKind, Role};
use vidimus_tests::{Request, Server, html, reply, send};

const BEGIN: &str = "2024-03-01T06:00:00Z";
/// The days of the test, and what happens on some of them.
const DAYS: u64 = 60;
const PUBLISHED: u64 = 12;
const EDITED: u64 = 30;
const REDESIGNED: u64 = 45;

/// A site with a listing of five statements; a sixth is published, one is edited, and later every page gets a new frame
/// around the same texts.
struct Site {
    server: Server,
    day: Arc<AtomicU64>,
    /// The day and path of each request.
    asked: Arc<Mutex<Vec<(u64, String)>>>,
}

impl Site {
    /// `statements` says how many there are on a day.
    fn start(statements: fn(u64) -> u64) -> Self {
        let (day, asked) = (Arc::new(AtomicU64::new(0)), Arc::<Mutex<Vec<(u64, String)>>>::default());
        let (today, log) = (Arc::clone(&day), Arc::clone(&asked));
        let server = Server::start(move |request, stream| {
            let today = today.load(Ordering::SeqCst);
            log.lock().unwrap().push((today, request.target.clone()));
            send(stream, &answer(request, today, statements(today)));
        });
        Self { server, day, asked }
    }

    /// The days on which a path was asked for.
    fn days(&self, path: &str) -> Vec<u64> {
        let asked = self.asked.lock().unwrap();
        asked.iter().filter(|(_, target)| target == path).map(|(day, _)| *day).collect()
    }
}

fn answer(request: &Request, today: u64, statements: u64) -> Vec<u8> {
    let Some(number) = request.target.strip_prefix("/statement/").and_then(|n| n.parse::<u64>().ok()) else {
        let link = |n| format!("<h2><a href=\"/statement/{n}\">Statement {n}</a></h2>");
        return html(&(1..=statements).map(link).collect::<String>());
    };
    let version = u64::from(number == 2 && today >= EDITED);
    let frame = u64::from(today >= REDESIGNED);
    let tag = format!("\"{version}-{frame}\"");
    if request.head.contains(&format!("If-None-Match: {tag}")) {
        return b"HTTP/1.1 304 Not Modified\r\n\r\n".to_vec();
    }
    let page = page(number, version, frame);
    reply("200 OK", &[("Content-Type", "text/html; charset=utf-8"), ("ETag", &tag)], page.as_bytes())
}

fn page(number: u64, version: u64, frame: u64) -> String {
    let demand = match version {
        0 => "release the twelve weavers at once",
        _ => "release the eleven weavers who are still held",
    };
    format!(
        "<html lang=en><head><title>Statement {number}</title></head><body class=\"frame-{frame}\"><article>\
         <h1>Statement {number}</h1><p>We, the undersigned, call upon the district court to {demand}, and to return \
         to the co-operative the looms that were taken from its hall in the night of the flood.</p>\
         <p>Number {number} of the year.</p></article></body></html>"
    )
}

fn source(site: &Site) -> Source {
    let listing =
        ListingSpec { url: site.server.url("/"), links: "h2 a".to_owned(), next: None, max_pages: 1 };
    let spec = SourceSpec {
        name: "weavers".to_owned(),
        listings: vec![listing],
        max_pages: 100,
        max_bytes: 10_000_000,
        max_depth: 3,
        max_minutes: 10,
        ..SourceSpec::default()
    };
    Source::new(spec).unwrap()
}

fn pipeline(site: &Site, dir: &TempDir, clock: &Arc<ManualClock>) -> Pipeline {
    let mut client = ClientOptions::new("vidimus-test/1");
    let door = format!("127.0.0.1/32:{}", site.server.port()).parse().unwrap();
    client.guard = Guard::new(vec![door], Vec::new());
    let settings = Settings {
        layout: Layout::new(dir.path()),
        identity: Identity {
            software: "vidimus".to_owned(),
            version: "0".to_owned(),
            git: None,
            operator: None,
            config_sha256: None,
        },
        client,
        gate: GateOptions { min_gap: std::time::Duration::ZERO, ..GateOptions::default() },
        concurrency: 1,
        rhythm: Rhythm {
            at_least: SignedDuration::from_hours(24),
            at_most: SignedDuration::from_hours(90 * 24),
        },
        max_file_bytes: DEFAULT_MAX_FILE_BYTES,
        extract: Params::default(),
        clock: vidimus_snapshot::ClockFacts::unchecked("test"),
        log_origin: None,
        log_key: None,
        log_without_key: None,
    };
    Pipeline {
        settings: Arc::new(settings),
        clock: Arc::clone(clock) as _,
        randomness: Arc::new(SystemRandomness),
        listener: Listener::silent(),
        stop: Stop::default(),
    }
}

/// All captures of a statement, oldest first.
async fn captures(dir: &TempDir, site: &Site, number: u64) -> Vec<Capture> {
    let archive = Archive::open(&Layout::new(dir.path())).await.unwrap();
    let url = site.server.url(&format!("/statement/{number}"));
    let filter = Filter { url_key: Some(url), role: Some(Role::Page), ..Filter::default() };
    archive.catalog().list(&filter).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn two_months_of_a_source() {
    let site = Site::start(|today| if today >= PUBLISHED { 6 } else { 5 });
    let dir = TempDir::new().unwrap();
    let clock = Arc::new(ManualClock::new(BEGIN.parse::<Timestamp>().unwrap()));
    let (pipeline, sources) = (pipeline(&site, &dir, &clock), [source(&site)]);
    for day in 0..DAYS {
        site.day.store(day, Ordering::SeqCst);
        let summary = crawl(&pipeline, &sources, "test").await.unwrap();
        assert_eq!(summary.unwell().next(), None, "day {day}");
        clock.advance(SignedDuration::from_hours(24));
    }

    // What is listed is read every day; what rests, ever more rarely.
    assert_eq!(site.days("/"), (0..DAYS).collect::<Vec<_>>());
    let quiet = site.days("/statement/1");
    assert_eq!(quiet.get(..5), Some(&[0, 1, 2, 3, 5][..]), "{quiet:?}");
    assert!(quiet.len() <= 12, "{quiet:?}");
    assert_eq!(site.days("/statement/6").first(), Some(&PUBLISHED), "new pages do not wait");

    // The edit is found, and from then on the page is looked at often again.
    let edited = site.days("/statement/2");
    let found: Vec<u64> = edited.iter().copied().filter(|day| *day >= EDITED).take(3).collect();
    assert!(found[0] < EDITED + 15 && found[1] == found[0] + 1 && found[2] == found[0] + 2, "{edited:?}");

    let captures = captures(&dir, &site, 2).await;
    let kinds: Vec<OutcomeKind> = captures.iter().map(|c| c.outcome.kind).collect();
    let whole: Vec<&Capture> = captures.iter().filter(|c| c.outcome.kind == OutcomeKind::Captured).collect();
    let [first, second, third] = whole.as_slice() else { panic!("{kinds:?}") };
    // Two versions of the text, each capture pointing to the one before it; a new frame makes no third.
    assert_ne!(first.text_sha256, second.text_sha256);
    assert_eq!((second.text_sha256, third.outcome.code.as_str()), (third.text_sha256, "same-text"));
    assert_eq!((first.outcome.code.as_str(), second.outcome.code.as_str()), ("", ""));
    for pair in captures.windows(2) {
        assert_eq!(pair[1].previous, pair[0].snapshot, "{}", pair[1].started_at);
    }
    // An unchanged capture names the one that holds its payload, and has its text.
    let unchanged = captures.iter().find(|c| c.outcome.kind == OutcomeKind::Unchanged).unwrap();
    assert_eq!((unchanged.original, unchanged.text_sha256), (first.snapshot, first.text_sha256));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_weekly_source_is_missed_when_three_weeks_have_brought_nothing() {
    const LAST: u64 = 10;
    // One statement more each week, until the tenth week.
    let site = Site::start(|week| 3 + week.min(LAST));
    let dir = TempDir::new().unwrap();
    let clock = Arc::new(ManualClock::new(BEGIN.parse::<Timestamp>().unwrap()));
    let (pipeline, sources) = (pipeline(&site, &dir, &clock), [source(&site)]);
    let mut quiet = Vec::new();
    for week in 0..=LAST + 6 {
        site.day.store(week, Ordering::SeqCst);
        let summary = crawl(&pipeline, &sources, "test").await.unwrap();
        let codes: Vec<&str> = summary.sources[0].findings.iter().map(|f| f.code.as_str()).collect();
        quiet.extend(codes.contains(&"quiet").then_some(week));
        assert!(codes.iter().all(|code| *code == "quiet"), "{codes:?}");
        clock.advance(SignedDuration::from_hours(7 * 24));
    }
    // Three weeks of silence are usual; at the visit after those they are over.
    assert_eq!(quiet, [LAST + 4, LAST + 5, LAST + 6]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_goes_on_after_a_night_has_its_whole_time() {
    let (site, dir) = (Site::start(|_| 5), TempDir::new().unwrap());
    let clock = Arc::new(ManualClock::new(BEGIN.parse::<Timestamp>().unwrap()));
    let (first, sources) = (pipeline(&site, &dir, &clock), [source(&site)]);
    let stop = first.stop.clone();
    let listener = Listener::new(move |event| {
        if matches!(event, Event::Tried(capture) if capture.role == Role::Page) {
            stop.stop();
        }
    });
    let summary = crawl(&Pipeline { listener, ..first }, &sources, "test").await.unwrap();
    assert!(summary.interrupted);
    clock.advance(SignedDuration::from_hours(9));
    let summary = crawl(&pipeline(&site, &dir, &clock), &sources, "test").await.unwrap();
    assert!(!summary.interrupted);
    for number in 1..=5 {
        assert_eq!(captures(&dir, &site, number).await.len(), 1, "statement {number}");
    }
    assert_eq!(site.days("/").len(), 1, "the run went on where it was");
}
