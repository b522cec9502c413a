//! Captures made without a network, for tests that need many of them, or need them quickly.
#![allow(dead_code, clippy::unwrap_used, reason = "a test takes what it needs, and may panic")]

use jiff::Timestamp;
use vidimus_archive::{
    Certificate, LogOptions, NewCapture, NewExchange, NewLaterText, NewText, Prepared, PreparedText,
    ReportedTry, RevisitOf, RunReport, StatementRecord, Stored, WriterOptions, prepare, prepare_text,
};
use vidimus_catalog::{Capture, Headline};
use vidimus_snapshot::{
    ClientFacts, ClockFacts, Digest, ExchangeFacts, HttpFacts, Manifest, NetFacts, Outcome, OutcomeKind,
    Role, TextFacts, TimingFacts, TlsFacts,
};

pub fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_719_475_200 + second).unwrap()
}

pub fn options(tag: &str, max_file_bytes: u64) -> WriterOptions {
    WriterOptions {
        holder: "a test".to_owned(),
        software: "vidimus/test".to_owned(),
        operator: None,
        tag: tag.to_owned(),
        max_file_bytes,
        log: LogOptions {
            origin: "archive.example/log".into(),
            key: None,
            without_key: None,
            now: Timestamp::UNIX_EPOCH,
        },
    }
}

/// The ids of the descriptions of files that a commit may have to begin.
pub fn uuids(number: u32) -> [String; 2] {
    [format!("00000000-0000-4000-9000-{number:012}"), format!("00000000-0000-4000-a000-{number:012}")]
}

fn chain() -> Vec<Certificate> {
    let certificate = |der: &[u8]| Certificate { sha256: Digest::of(der), der: der.to_vec() };
    vec![certificate(b"the server's own"), certificate(b"its authority's")]
}

fn facts(url: &str, number: u32) -> ExchangeFacts {
    ExchangeFacts {
        url: url.to_owned(),
        started_at: at(number.into()),
        finished_at: at(number.into()),
        status: Some(200),
        truncated: None,
        dns: vec!["192.0.2.1".to_owned()],
        remote_ip: Some("192.0.2.1".to_owned()),
        remote_port: Some(443),
        tls: Some(TlsFacts {
            version: "TLSv1.3".to_owned(),
            cipher: "TLS_AES_256_GCM_SHA384".to_owned(),
            alpn: None,
            chain_sha256: chain().iter().map(|c| c.sha256).collect(),
        }),
        timings_us: TimingFacts { total: 1000, ..TimingFacts::default() },
        wire_bytes: 0,
        wire_sha256: None,
        request_record: None,
        answer_record: None,
    }
}

fn manifest(number: u32, url: &str, body: &str) -> Manifest {
    Manifest {
        v: Manifest::VERSION,
        kind: "capture".to_owned(),
        capture_id: format!("capture-{number}"),
        salt: "00".repeat(16),
        run: "run-1".to_owned(),
        source: Some(format!("source-{}", number % 3)),
        role: Role::Page,
        outcome: Outcome::plain(OutcomeKind::Captured),
        requested_url: url.to_owned(),
        final_url: url.to_owned(),
        redirects: Vec::new(),
        captured_at: at(number.into()),
        finished_at: at(number.into()),
        http: HttpFacts { status: 200, payload_bytes: body.len() as u64, ..HttpFacts::default() },
        net: NetFacts::default(),
        exchanges: Vec::new(),
        client: ClientFacts {
            software: "vidimus".to_owned(),
            version: "test".to_owned(),
            git: None,
            config_sha256: None,
            user_agent: "vidimus/test".to_owned(),
            operator: None,
        },
        clock: ClockFacts::unchecked("test"),
        records: Vec::new(),
        wire_sha256: None,
        text: None,
        log_head: None,
        original_manifest: None,
        prev_manifest: None,
        imported: None,
    }
}

/// The same ids at each run, and none twice.
fn ids(number: u32) -> impl FnMut() -> String {
    let mut count = 0;
    move || {
        count += 1;
        format!("00000000-0000-4000-8000-{number:08}{count:04}")
    }
}

pub fn url(number: u32) -> String {
    format!("http://ngo.example/statement-{number}")
}

fn body(number: u32) -> String {
    format!("<p>Statement {number}: {}", format!("word{} ", number % 50).repeat(40))
}

fn headline(number: u32) -> Headline {
    Headline {
        title: Some(format!("Statement {number}")),
        authors: vec![format!("Author {}", number % 7)],
        language: Some("en".to_owned()),
        page_kind: Some("article".to_owned()),
        ..Headline::default()
    }
}

pub fn text(number: u32) -> String {
    format!("Statement {number}\n\nOf the mill and word{} by the river, number {number}.", number % 50)
}

fn statement(number: u32, extractor: &str) -> Box<StatementRecord> {
    Box::new(StatementRecord {
        v: StatementRecord::VERSION,
        extractor: extractor.to_owned(),
        headline: headline(number),
        statement: serde_json::Value::Null,
    })
}

/// A capture with its text and the certificates of its server.
pub fn capture(number: u32) -> Prepared {
    let (url, body) = (url(number), body(number));
    let block = format!("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n{body}");
    let exchange = NewExchange {
        facts: facts(&url, number),
        request: b"GET / HTTP/1.1\r\nHost: ngo.example\r\n\r\n".to_vec(),
        answer: Some(Stored::Response { block: block.into_bytes(), framing: None, coded: false }),
        certificates: chain(),
    };
    let text = NewText::Extracted {
        text: text(number),
        statement: statement(number, "test/1"),
        params_sha256: Digest::of(b"{}"),
    };
    let manifest = manifest(number, &url, &body);
    let new = NewCapture { manifest, exchanges: vec![exchange], text: Some(text) };
    prepare(new, &mut ids(number)).unwrap()
}

/// A later capture of the same page with the same payload.
pub fn unchanged(number: u32, original: &Capture) -> Prepared {
    let mut manifest = manifest(number, &original.url, "");
    manifest.outcome = Outcome::plain(OutcomeKind::Unchanged);
    manifest.original_manifest = original.snapshot.map(|id| id.digest());
    manifest.prev_manifest = manifest.original_manifest;
    let answer = original.records.iter().find(|place| place.record_type == "response").unwrap();
    let revisit = Stored::Revisit {
        head: b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n".to_vec(),
        framing: None,
        original: RevisitOf {
            record_id: answer.warc_record_id.clone(),
            uri: original.final_url.clone(),
            date: original.started_at,
            payload: original.payload_sha256.unwrap(),
        },
        not_modified: false,
    };
    let exchange = NewExchange {
        facts: facts(&original.url, number),
        request: b"GET / HTTP/1.1\r\nHost: ngo.example\r\n\r\n".to_vec(),
        answer: Some(revisit),
        certificates: chain(),
    };
    let text = NewText::Same {
        facts: TextFacts {
            sha256: original.text_sha256.unwrap(),
            statement_sha256: original.statement_sha256.unwrap(),
            extractor: original.extractor.clone().unwrap(),
            params_sha256: original.params_sha256.unwrap(),
        },
        headline: Box::new(original.headline.clone()),
    };
    let new = NewCapture { manifest, exchanges: vec![exchange], text: Some(text) };
    prepare(new, &mut ids(number)).unwrap()
}

/// A text made anew of a capture.
pub fn later_text(number: u32, capture: Capture) -> PreparedText {
    let new = NewLaterText {
        capture,
        text: format!("Read again: {}", text(number)),
        statement: statement(number, "test/2"),
        params_sha256: Digest::of(b"{}"),
        made_at: at(i64::from(number) + 100_000),
        software: "vidimus/test".to_owned(),
    };
    let mut count = 5_000;
    let mut id = || {
        count += 1;
        format!("00000000-0000-4000-8000-{number:08}{count:04}")
    };
    prepare_text(new, &mut id).unwrap()
}

/// A try that brought no answer.
pub fn lost(number: u32) -> ReportedTry {
    ReportedTry {
        run: "run-1".to_owned(),
        source: Some("source-0".to_owned()),
        role: Role::Page,
        url: format!("http://gone.example/{number}"),
        started_at: at(number.into()),
        finished_at: at(number.into()),
        outcome: Outcome::new(OutcomeKind::Failed, "dns", "gone.example does not resolve"),
        exchanges: Vec::new(),
    }
}

/// The report of a run that tried these.
pub fn report(tries: Vec<ReportedTry>, finished: i64) -> RunReport {
    RunReport {
        v: RunReport::VERSION,
        run: "run-1".to_owned(),
        command: "crawl".to_owned(),
        sources: vec!["source-0".to_owned(), "source-1".to_owned(), "source-2".to_owned()],
        sources_ok: vec!["source-1".to_owned()],
        started_at: at(0),
        finished_at: at(finished),
        complete: true,
        tries,
        source_runs: Vec::new(),
        imports: Vec::new(),
    }
}
