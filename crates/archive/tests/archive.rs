//! What an archive promises, seen from outside: what was committed can be read, a torn tail costs nothing that was
//! acknowledged, a rebuild gives the same catalog, and a change of any byte is found.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test writes files and may panic")]

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use tempfile::TempDir;
use vidimus_archive::{
    Archive, ArchiveError, CERTIFICATE_TYPE, Certificate, Layout, LogOptions, NewCapture, NewExchange,
    NewText, Prepared, ReportedTry, RunReport, StatementRecord, Stored, VerifyReport, Writer, WriterOptions,
    prepare, verify_archive, verify_files,
};
use vidimus_catalog::{Capture, Catalog, Filter, Finding, Headline, SourceRun};
use vidimus_snapshot::{
    ClientFacts, ClockFacts, Digest, ExchangeFacts, HttpFacts, Manifest, NetFacts, Outcome, OutcomeKind,
    Role, TimingFacts, TlsFacts,
};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_719_475_200 + second).unwrap()
}

fn options() -> WriterOptions {
    WriterOptions {
        holder: "a test".to_owned(),
        software: "vidimus/test".to_owned(),
        operator: None,
        tag: "00000000".to_owned(),
        max_file_bytes: 1 << 30,
        log: LogOptions {
            origin: "archive.example/log".into(),
            key: None,
            without_key: None,
            now: Timestamp::UNIX_EPOCH,
        },
    }
}

/// Two certificates; what is in them matters to nobody here.
fn chain() -> Vec<Certificate> {
    let certificate = |der: &[u8]| Certificate { sha256: Digest::of(der), der: der.to_vec() };
    vec![certificate(b"the server's own"), certificate(b"its authority's")]
}

fn facts(url: String, number: u32) -> ExchangeFacts {
    ExchangeFacts {
        url,
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

fn capture(number: u32) -> Prepared {
    let url = format!("http://ngo.example/statement-{number}");
    let body = format!("<p>Statement {number}: {}", "words ".repeat(50));
    let block = format!("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n{body}");
    let manifest = Manifest {
        v: Manifest::VERSION,
        kind: "capture".to_owned(),
        capture_id: format!("capture-{number}"),
        salt: "00".repeat(16),
        run: "run-1".to_owned(),
        source: Some("ngo".to_owned()),
        role: Role::Page,
        outcome: Outcome::plain(OutcomeKind::Captured),
        requested_url: url.clone(),
        final_url: url.clone(),
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
        wire_sha256: Some(Digest::of(block.as_bytes())),
        text: None,
        log_head: None,
        original_manifest: None,
        prev_manifest: None,
        imported: None,
    };
    let exchange = NewExchange {
        facts: facts(url, number),
        request: b"GET / HTTP/1.1\r\nHost: ngo.example\r\n\r\n".to_vec(),
        answer: Some(Stored::Response { block: block.into_bytes(), framing: None, coded: false }),
        certificates: chain(),
    };
    let headline = Headline { title: Some(format!("Statement {number}")), ..Headline::default() };
    let statement = StatementRecord {
        v: StatementRecord::VERSION,
        extractor: "test/1".to_owned(),
        headline,
        statement: serde_json::Value::Null,
    };
    let text = NewText::Extracted {
        text: format!("Statement {number}"),
        statement: Box::new(statement),
        params_sha256: Digest::of(b"{}"),
    };
    let mut count = 0;
    let mut uuid = || {
        count += 1;
        format!("00000000-0000-4000-8000-{number:06}{count:06}")
    };
    prepare(NewCapture { manifest, exchanges: vec![exchange], text: Some(text) }, &mut uuid).unwrap()
}

fn uuids(number: u32) -> [String; 2] {
    [format!("00000000-0000-4000-9000-{number:012}"), format!("00000000-0000-4000-a000-{number:012}")]
}

fn pieces(report: &RunReport, number: u32) -> [(String, RunReport); 1] {
    let [record, _] = uuids(number);
    [(record, report.clone())]
}

async fn filled(dir: &Path, captures: u32) -> Layout {
    let layout = Layout::new(dir);
    let mut writer = Writer::open(&layout, options()).await.unwrap();
    for number in 0..captures {
        writer.commit(vec![capture(number)], at(0), uuids(number)).await.unwrap();
    }
    writer.close().await.unwrap();
    layout
}

async fn listed(catalog: &Catalog) -> Vec<Capture> {
    let mut rows = catalog.list(&Filter::default()).await.unwrap();
    for row in &mut rows {
        if let Some(id) = row.snapshot {
            row.records = catalog.get(id).await.unwrap().unwrap().records;
        }
    }
    rows
}

fn files(dir: &Path, suffix: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path, suffix));
        } else if path.to_string_lossy().ends_with(suffix) {
            found.push(path);
        }
    }
    found.sort();
    found
}

#[tokio::test]
async fn what_was_committed_is_read_back() {
    let dir = TempDir::new().unwrap();
    let layout = filled(dir.path(), 3).await;
    let archive = Archive::open(&layout).await.unwrap();
    let rows = listed(archive.catalog()).await;
    assert_eq!(rows.len(), 3);
    assert_eq!(rows[1].headline.title.as_deref(), Some("Statement 1"));
    assert!(archive.payload(&rows[1]).await.unwrap().starts_with(b"<p>Statement 1:"));
    assert!(archive.wire(&rows[1]).await.unwrap().starts_with(b"HTTP/1.1 200 OK\r\n"));
    assert_eq!(archive.text(&rows[1]).await.unwrap(), "Statement 1");
    let report = verify_archive(&layout, Some(archive.catalog()), |_, _, _| {}).await.unwrap();
    assert_eq!(report.findings, []);
    assert_eq!(report.manifests, 3);
}

/// Cuts the open WARC file at every few bytes, as a stopped machine would, and opens the archive again. What the
/// catalog acknowledged lies before the cut, or the capture was never acknowledged.
#[tokio::test]
async fn a_torn_tail_is_cut_to_a_sidecar_and_what_is_whole_is_kept() {
    let template = TempDir::new().unwrap();
    let layout = Layout::new(template.path());
    let mut writer = Writer::open(&layout, options()).await.unwrap();
    writer.commit(vec![capture(0)], at(0), uuids(0)).await.unwrap();
    let open = files(template.path(), ".warc.gz.open")
        .into_iter()
        .find(|p| p.to_string_lossy().contains("/warc/"))
        .unwrap();
    let acknowledged = open.metadata().unwrap().len();
    writer.commit(vec![capture(1)], at(0), uuids(1)).await.unwrap();
    let whole = std::fs::read(&open).unwrap();
    drop(writer);

    let ends = (acknowledged..whole.len() as u64).step_by(97).chain([whole.len() as u64]);
    for end in ends {
        let dir = TempDir::new().unwrap();
        copy_folder(template.path(), dir.path());
        let path = dir.path().join(open.strip_prefix(template.path()).unwrap());
        std::fs::write(&path, &whole[..usize::try_from(end).unwrap()]).unwrap();
        // The catalog of a machine that stopped before its commit knows that files were begun, and nothing of them.
        for part in ["catalog.sqlite", "catalog.sqlite-wal", "catalog.sqlite-shm"] {
            let _ = std::fs::remove_file(dir.path().join(part));
        }
        let catalog = Catalog::open(&dir.path().join("catalog.sqlite")).await.unwrap();
        for file in files(dir.path(), ".open") {
            let name = file.strip_prefix(dir.path()).unwrap().to_string_lossy().into_owned();
            catalog.begin_file(name.strip_suffix(".open").unwrap()).await.unwrap();
        }
        catalog.close().await;

        let layout = Layout::new(dir.path());
        let writer = Writer::open(&layout, options()).await.unwrap();
        let rows = listed(writer.catalog()).await;
        let expected = if end == whole.len() as u64 { 2 } else { 1 };
        assert_eq!(rows.len(), expected, "cut at {end} of {}", whole.len());
        let kept: u64 = writer.recovery().cut.iter().map(|(_, bytes)| bytes).sum();
        let sealed = files(dir.path(), ".warc.gz")
            .iter()
            .find(|p| p.to_string_lossy().contains("/warc/"))
            .unwrap()
            .metadata()
            .unwrap()
            .len();
        assert_eq!(sealed + kept, end, "no byte is lost");
        writer.close().await.unwrap();
        let catalog = Catalog::open_read_only(&layout.catalog()).await.unwrap();
        let report = verify_archive(&layout, Some(&catalog), |_, _, _| {}).await.unwrap();
        assert_eq!(report.findings, [], "cut at {end}");
    }
}

fn copy_folder(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            std::fs::create_dir_all(&target).unwrap();
            copy_folder(&path, &target);
        } else {
            std::fs::copy(&path, &target).unwrap();
        }
    }
}

/// What a run brought of the source, as a report holds it.
fn source_run(run: &str) -> SourceRun {
    let finding = Finding {
        code: "quiet".to_owned(),
        subject: String::new(),
        since: at(3),
        message: "nothing new for 9 days".to_owned(),
    };
    SourceRun {
        run: run.to_owned(),
        source: "ngo".to_owned(),
        started_at: at(0),
        finished_at: at(9),
        new_items: 2,
        findings: vec![finding],
        ..SourceRun::default()
    }
}

#[tokio::test]
async fn a_rebuilt_catalog_is_the_same_outcomes_without_an_exchange_included() {
    let dir = TempDir::new().unwrap();
    let layout = Layout::new(dir.path());
    let mut writer = Writer::open(&layout, options()).await.unwrap();
    writer.commit(vec![capture(0), capture(1)], at(0), uuids(0)).await.unwrap();
    let own = Certificate { sha256: Digest::of(b"its own"), der: b"its own".to_vec() };
    let mut met = facts("http://gone.example/".to_owned(), 9);
    met.tls.as_mut().unwrap().chain_sha256 = vec![own.sha256];
    let lost = ReportedTry {
        run: "run-1".to_owned(),
        source: Some("ngo".to_owned()),
        role: Role::Page,
        url: "http://gone.example/".to_owned(),
        started_at: at(9),
        finished_at: at(9),
        outcome: Outcome::new(OutcomeKind::Failed, "empty-reply", "gone.example gave no answer"),
        exchanges: vec![met],
    };
    let tried = Prepared::without_exchange(lost.to_capture()).with_certificates(vec![own.clone()]);
    writer.commit(vec![tried], at(9), uuids(1)).await.unwrap();
    let report = RunReport {
        v: RunReport::VERSION,
        run: "run-1".to_owned(),
        command: "crawl".to_owned(),
        sources: vec!["ngo".to_owned()],
        sources_ok: vec!["ngo".to_owned()],
        started_at: at(0),
        finished_at: at(10),
        tries: writer.catalog().unreported().await.unwrap().iter().map(ReportedTry::of).collect(),
        source_runs: vec![source_run("run-1")],
        imports: Vec::new(),
        complete: true,
    };
    assert_eq!(report.tries, std::slice::from_ref(&lost));
    writer.report(&pieces(&report, 2), uuids(2)[1].clone()).await.unwrap();
    let before = listed(writer.catalog()).await;
    writer.catalog().source_started("ngo", at(0)).await.unwrap();
    writer.catalog().sources_ok(&[("ngo", at(10))]).await.unwrap();
    let states = writer.catalog().source_states().await.unwrap();
    writer.close().await.unwrap();

    std::fs::remove_file(layout.catalog()).unwrap();
    let (writer, rebuilt) = Writer::rebuild_catalog(&layout, options(), |_| {}).await.unwrap();
    assert_eq!((rebuilt.captures, rebuilt.tries, rebuilt.damage.len()), (2, 1, 0));
    assert_eq!(listed(writer.catalog()).await, before);
    assert_eq!(writer.catalog().source_states().await.unwrap(), states);
    assert!(writer.catalog().unreported().await.unwrap().is_empty());
    let tried = writer.catalog().newest_try("http://gone.example/").await.unwrap().unwrap();
    assert_eq!(ReportedTry::of(&tried), lost, "what it met is in the report, and comes back");
    let archive = Archive::with_catalog(&layout, writer.catalog());
    assert_eq!(archive.certificate(&tried, own.sha256).await.unwrap(), own);
    assert_eq!(writer.catalog().source_runs_of("run-1").await.unwrap(), [source_run("run-1")]);
    assert!(writer.catalog().unreported_source_runs().await.unwrap().is_empty());
    writer.close().await.unwrap();
    assert_eq!(verified(&layout).await.findings, [], "the report vouches for the certificate");
}

#[test]
fn a_report_written_before_sources_were_judged_still_reads() {
    let old = r#"{"v":1,"run":"r","command":"crawl","sources":["ngo"],"sources_ok":[],
        "started_at":"2024-06-27T08:30:00Z","finished_at":"2024-06-27T08:31:00Z","tries":[]}"#;
    let report: RunReport = serde_json::from_str(old).unwrap();
    assert!(report.source_runs.is_empty());
}

#[tokio::test]
async fn every_kind_of_change_is_found() {
    let template = TempDir::new().unwrap();
    let layout = filled(template.path(), 2).await;
    drop(layout);
    for suffix in [".wet.warc.gz", "-00001.warc.gz"] {
        let path = files(template.path(), suffix).remove(0);
        let whole = std::fs::read(&path).unwrap();
        for position in (0..whole.len()).step_by(211) {
            let dir = TempDir::new().unwrap();
            copy_folder(template.path(), dir.path());
            let mut bytes = whole.clone();
            bytes[position] ^= 0x20;
            std::fs::write(dir.path().join(path.strip_prefix(template.path()).unwrap()), bytes).unwrap();
            let layout = Layout::new(dir.path());
            let catalog = Catalog::open_read_only(&layout.catalog()).await.unwrap();
            let report = verify_archive(&layout, Some(&catalog), |_, _, _| {}).await.unwrap();
            assert!(
                !report.findings.is_empty(),
                "byte {position} of {suffix} was changed, and nothing said so"
            );
        }
    }
}

#[tokio::test]
async fn a_missing_file_is_found_and_a_second_writer_is_told_who_holds_the_lock() {
    let dir = TempDir::new().unwrap();
    let layout = filled(dir.path(), 1).await;
    let writer = Writer::open(&layout, options()).await.unwrap();
    let second = Writer::open(&layout, options()).await.unwrap_err();
    assert!(matches!(&second, ArchiveError::Locked { holder, .. } if holder == "a test"), "{second}");
    drop(writer);

    std::fs::remove_file(files(dir.path(), "-00001.warc.gz").remove(0)).unwrap();
    let catalog = Catalog::open_read_only(&layout.catalog()).await.unwrap();
    let report = verify_archive(&layout, Some(&catalog), |_, _, _| {}).await.unwrap();
    assert!(report.findings.iter().any(|f| f.what.contains("missing")), "{:?}", report.findings);
}

#[tokio::test]
async fn captures_without_a_catalog_are_never_taken_for_an_empty_archive() {
    let dir = TempDir::new().unwrap();
    let layout = filled(dir.path(), 1).await;
    for part in ["catalog.sqlite", "catalog.sqlite-wal", "catalog.sqlite-shm"] {
        let _ = std::fs::remove_file(dir.path().join(part));
    }
    assert!(matches!(Writer::open(&layout, options()).await, Err(ArchiveError::NoCatalog(_))));
}

async fn verified(layout: &Layout) -> VerifyReport {
    let catalog = Catalog::open_read_only(&layout.catalog()).await.unwrap();
    verify_archive(layout, Some(&catalog), |_, _, _| {}).await.unwrap()
}

fn warc(dir: &Path, suffix: &str) -> PathBuf {
    files(&dir.join("warc"), suffix).remove(0)
}

/// The bytes of each gzip member of a file.
fn members(path: &Path) -> Vec<Vec<u8>> {
    let bytes = std::fs::read(path).unwrap();
    let mut reader = vidimus_warc::Reader::new(std::io::Cursor::new(bytes.clone())).unwrap();
    let mut found = Vec::new();
    while let Some(item) = reader.next_item().unwrap() {
        let record = item.into_record().unwrap();
        let from = usize::try_from(record.offset).unwrap();
        found.push(bytes[from..from + usize::try_from(record.length).unwrap()].to_vec());
    }
    found
}

#[tokio::test]
async fn level_2_of_single_files_needs_their_manifests() {
    let dir = TempDir::new().unwrap();
    let layout = filled(dir.path(), 2).await;
    let own = warc(dir.path(), ".warc.gz");
    let report = verify_files(std::slice::from_ref(&own)).unwrap();
    assert_eq!((report.level_2(), report.findings.len()), (Some(true), 0));

    // As a file of other software: the same records without their manifests.
    let members = members(&own);
    let plain = dir.path().join("plain.warc.gz");
    std::fs::write(&plain, members[..5].concat()).unwrap();
    let report = verify_files(std::slice::from_ref(&plain)).unwrap();
    assert_eq!((report.manifests, report.level_2(), report.passes(1)), (0, None, true));
    let report = verify_files(&[own, plain]).unwrap();
    assert!(report.passes(1), "a file and a part of it may be looked at together");

    // A file with manifests, to which somebody added a record.
    let mixed = dir.path().join("mixed.warc.gz");
    let last = members.len() - 1;
    std::fs::write(&mixed, members[..last].concat()).unwrap();
    let report = verify_files(&[mixed]).unwrap();
    assert_eq!((report.passes(1), report.level_2()), (true, Some(false)));
    drop(layout);
}

/// A whole archive of somebody's making fits itself; the catalog, and opening the archive, do not take it for ours.
#[tokio::test]
async fn a_forged_file_beside_ours_is_found_until_a_rebuild_takes_it_in() {
    let (dir, other) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let layout = filled(dir.path(), 1).await;
    let foreign = Layout::new(other.path());
    let mut writer = Writer::open(&foreign, options()).await.unwrap();
    writer.commit(vec![capture(7)], at(500), uuids(7)).await.unwrap();
    writer.close().await.unwrap();
    copy_folder(&other.path().join("warc"), &dir.path().join("warc"));
    copy_folder(&other.path().join("text"), &dir.path().join("text"));

    let report = verified(&layout).await;
    let forged: Vec<_> = report.findings.iter().filter(|f| f.what.contains("does not know")).collect();
    assert_eq!(forged.len(), report.findings.len(), "{forged:?}");
    assert_eq!((forged.len(), report.passes(1), report.passes(2)), (3, true, false), "{forged:?}");
    assert!(forged.iter().any(|f| f.snapshot.is_some()));

    let writer = Writer::open(&layout, options()).await.unwrap();
    assert_eq!(writer.recovery().damage.len(), 2, "{:?}", writer.recovery().damage);
    writer.close().await.unwrap();
    assert_eq!(verified(&layout).await.findings, report.findings, "opening the archive vouches for nothing");

    let (writer, rebuilt) = Writer::rebuild_catalog(&layout, options(), |_| {}).await.unwrap();
    assert_eq!((rebuilt.captures, rebuilt.unknown.len()), (2, 2), "{rebuilt:?}");
    writer.close().await.unwrap();
    assert_eq!(verified(&layout).await.findings, []);
}

/// A file that is forged as if its writer had been stopped is not taken in by the next one.
#[tokio::test]
async fn a_forged_open_file_is_left_aside_until_a_rebuild_takes_it_in() {
    let (dir, other) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let layout = filled(dir.path(), 1).await;
    let foreign = Layout::new(other.path());
    let mut writer = Writer::open(&foreign, options()).await.unwrap();
    writer.commit(vec![capture(7)], at(500), uuids(7)).await.unwrap();
    for folder in ["warc", "text"] {
        copy_folder(&other.path().join(folder), &dir.path().join(folder));
    }
    drop(writer);
    let before: Vec<_> = files(dir.path(), ".open").iter().map(|path| std::fs::read(path).unwrap()).collect();
    let mut writer = Writer::open(&layout, options()).await.unwrap();
    let told = writer.recovery().damage.clone();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told.iter().all(|what| what.contains("no crawl of this archive began this file")), "{told:?}");
    writer.commit(vec![capture(2)], at(2), uuids(2)).await.unwrap();
    writer.close().await.unwrap();
    let after: Vec<_> = files(dir.path(), ".open").iter().map(|path| std::fs::read(path).unwrap()).collect();
    assert_eq!((before.len(), before), (2, after), "it is left as it is");
    let catalog = Catalog::open_read_only(&layout.catalog()).await.unwrap();
    assert_eq!(listed(&catalog).await.len(), 2, "and nothing of it is taken in");
    catalog.close().await;

    let (writer, rebuilt) = Writer::rebuild_catalog(&layout, options(), |_| {}).await.unwrap();
    assert_eq!((rebuilt.captures, rebuilt.unknown.len()), (3, 2), "{rebuilt:?}");
    drop(writer);
    let writer = Writer::open(&layout, options()).await.unwrap();
    assert_eq!(writer.recovery().sealed.len(), 2, "{:?}", writer.recovery());
    writer.close().await.unwrap();
    assert_eq!(verified(&layout).await.findings, []);
}

#[tokio::test]
async fn files_that_the_writer_filled_and_sealed_on_its_way_are_known() {
    let dir = TempDir::new().unwrap();
    let layout = Layout::new(dir.path());
    let small = WriterOptions { max_file_bytes: 1, ..options() };
    let mut writer = Writer::open(&layout, small).await.unwrap();
    for number in 0..3 {
        writer.commit(vec![capture(number)], at(0), uuids(number)).await.unwrap();
        assert_eq!(verified(&layout).await.findings, [], "while it writes");
    }
    writer.close().await.unwrap();
    assert_eq!(verified(&layout).await.findings, []);
    assert!(Writer::open(&layout, options()).await.unwrap().recovery().is_empty());
}

#[tokio::test]
async fn what_a_running_crawl_is_just_writing_is_no_defect() {
    let dir = TempDir::new().unwrap();
    let layout = Layout::new(dir.path());
    let mut writer = Writer::open(&layout, options()).await.unwrap();
    writer.commit(vec![capture(0)], at(0), uuids(0)).await.unwrap();
    let open = warc(dir.path(), ".open");
    let acknowledged = std::fs::read(&open).unwrap();
    // Another capture and a torn member are on the disk, and the catalog does not know of them yet.
    let other = TempDir::new().unwrap();
    drop(filled(other.path(), 2).await);
    let mut bytes = acknowledged.clone();
    bytes.extend(members(&warc(other.path(), ".warc.gz"))[6..].concat());
    bytes.truncate(bytes.len() - 3);
    std::fs::write(&open, &bytes).unwrap();
    assert_eq!(verified(&layout).await.findings, []);

    // What the catalog acknowledged has to be there all the same.
    let middle = acknowledged.len() / 2;
    bytes[middle] ^= 0x20;
    std::fs::write(&open, &bytes).unwrap();
    assert!(!verified(&layout).await.findings.is_empty());

    // A file that is sealed after the files were listed, in the moment before it is read, is read all the same.
    std::fs::write(&open, &acknowledged).unwrap();
    let catalog = Catalog::open_read_only(&layout.catalog()).await.unwrap();
    let seal = |name: &str, _, _| {
        let _ = std::fs::rename(dir.path().join(format!("{name}.open")), dir.path().join(name));
    };
    let report = verify_archive(&layout, Some(&catalog), seal).await.unwrap();
    assert_eq!((report.findings.len(), report.manifests), (0, 1), "{:?}", report.findings);
    drop(writer);
}

/// The names of the certificates in a file, in their order.
fn certificates_in(path: &Path) -> Vec<String> {
    let file = std::fs::File::open(path).unwrap();
    let mut reader = vidimus_warc::Reader::new(std::io::BufReader::new(file)).unwrap();
    let mut found = Vec::new();
    while let Some(item) = reader.next_item().unwrap() {
        let record = item.into_record().unwrap();
        if record.headers.get("Content-Type") == Some(CERTIFICATE_TYPE) {
            found.push(record.target_uri().unwrap().to_owned());
        }
    }
    found
}

#[tokio::test]
async fn certificates_are_once_in_each_file_and_found_by_their_names() {
    let names: Vec<String> = chain().iter().map(|c| format!("urn:x509:sha256:{}", c.sha256.hex())).collect();
    let (one, many) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let layout = filled(one.path(), 3).await;
    assert_eq!(certificates_in(&warc(one.path(), ".warc.gz")), names, "once for three captures");

    let split = Layout::new(many.path());
    let mut writer = Writer::open(&split, WriterOptions { max_file_bytes: 1, ..options() }).await.unwrap();
    writer.commit(vec![capture(0), capture(1)], at(0), uuids(0)).await.unwrap();
    writer.commit(vec![capture(2)], at(0), uuids(1)).await.unwrap();
    writer.close().await.unwrap();
    let files = files(&many.path().join("warc"), ".warc.gz");
    assert_eq!(files.len(), 2);
    for file in &files {
        assert_eq!(certificates_in(file), names, "a file stands alone");
    }

    for layout in [&layout, &split] {
        assert_eq!(verified(layout).await.findings, []);
        for rebuilt in [false, true] {
            if rebuilt {
                let (writer, _) = Writer::rebuild_catalog(layout, options(), |_| {}).await.unwrap();
                writer.close().await.unwrap();
            }
            let archive = Archive::open(layout).await.unwrap();
            for row in listed(archive.catalog()).await {
                let (_, manifest) = archive.manifest(&row).unwrap();
                for (name, held) in manifest.exchanges[0].certificates().iter().zip(chain()) {
                    assert_eq!(archive.certificate(&row, *name).await.unwrap(), held);
                }
                let records: Vec<&str> = row.records.iter().map(|r| r.warc_record_id.as_str()).collect();
                let facts = &manifest.exchanges[0];
                assert_eq!(facts.request_record.as_deref(), Some(records[0]));
                assert_eq!(facts.answer_record.as_deref(), Some(records[1]));
            }
        }
    }
}

#[tokio::test]
async fn a_certificate_that_is_missing_or_not_what_its_name_says_is_found() {
    let dir = TempDir::new().unwrap();
    drop(filled(dir.path(), 2).await);
    let members = members(&warc(dir.path(), ".warc.gz"));
    let name = chain()[1].sha256;
    let forged = vidimus_warc::encode(&vidimus_warc::NewRecord::new(
        vidimus_warc::RecordType::Resource,
        "<urn:uuid:00000000-0000-4000-b000-000000000000>",
        "2024-06-27T08:00:00Z",
        vidimus_warc::Headers::new()
            .with("WARC-Target-URI", format!("urn:x509:sha256:{}", name.hex()))
            .with("Content-Type", CERTIFICATE_TYPE),
        b"another's",
    ))
    .unwrap();
    for (what, replacement) in [("missing", Vec::new()), ("not the one", forged.member)] {
        let path = dir.path().join("changed.warc.gz");
        let mut changed = members.clone();
        changed[2] = replacement;
        std::fs::write(&path, changed.concat()).unwrap();
        let report = verify_files(&[path]).unwrap();
        assert_eq!((report.passes(1), report.level_2()), (true, Some(false)), "{what}");
        let blamed = report.findings.iter().filter(|f| f.what.contains(&name.to_string()));
        assert!(report.findings.iter().any(|f| f.what.contains(what)), "{:?}", report.findings);
        assert!(blamed.count() >= 2, "both manifests name it: {:?}", report.findings);
    }
}

#[tokio::test]
async fn recovery_and_rebuild_take_each_reported_try_once() {
    let dir = TempDir::new().unwrap();
    let layout = Layout::new(dir.path());
    let lost = |second: i64| ReportedTry {
        run: "run-1".to_owned(),
        source: Some("ngo".to_owned()),
        role: Role::Page,
        url: "http://gone.example/".to_owned(),
        started_at: at(second),
        finished_at: at(second),
        outcome: Outcome::new(OutcomeKind::Failed, "dns", "gone.example does not resolve"),
        exchanges: Vec::new(),
    };
    let mut report = RunReport {
        v: RunReport::VERSION,
        run: "run-1".to_owned(),
        command: "crawl".to_owned(),
        sources: vec!["ngo".to_owned()],
        sources_ok: Vec::new(),
        started_at: at(0),
        finished_at: at(10),
        tries: vec![lost(1)],
        source_runs: Vec::new(),
        imports: Vec::new(),
        complete: true,
    };
    let mut writer = Writer::open(&layout, options()).await.unwrap();
    writer.report(&pieces(&report, 1), uuids(1)[1].clone()).await.unwrap();
    // The machine stops after the report is written and before the catalog says so; another try is in no report.
    let tries = [lost(1).to_capture(), lost(2).to_capture()];
    writer.catalog().add(&tries).await.unwrap();
    drop(writer);

    let mut writer = Writer::open(&layout, options()).await.unwrap();
    let left = writer.catalog().unreported().await.unwrap();
    assert_eq!(left, [lost(2).to_capture()]);
    assert_eq!(listed(writer.catalog()).await.len(), 2);
    // A second report that holds the first one's try too.
    report.tries.push(lost(2));
    writer.report(&pieces(&report, 2), uuids(2)[1].clone()).await.unwrap();
    writer.close().await.unwrap();

    let (writer, rebuilt) = Writer::rebuild_catalog(&layout, options(), |_| {}).await.unwrap();
    assert_eq!(rebuilt.tries, 2);
    assert_eq!(listed(writer.catalog()).await, tries);
    assert!(writer.catalog().unreported().await.unwrap().is_empty());
}

/// The first file of captures, and its bytes with one changed that no record depends on.
fn rotten(dir: &Path) -> (PathBuf, Vec<u8>, Vec<u8>) {
    let path = warc(dir, ".warc.gz");
    let good = std::fs::read(&path).unwrap();
    let mut bad = good.clone();
    bad[9] ^= 1;
    (path, good, bad)
}

#[tokio::test]
async fn a_rebuild_does_not_declare_right_what_is_not_what_was_sealed() {
    let dir = TempDir::new().unwrap();
    let layout = filled(dir.path(), 2).await;
    let (path, good, bad) = rotten(dir.path());
    std::fs::write(&path, bad).unwrap();
    for _ in 0..2 {
        let (writer, rebuilt) = Writer::rebuild_catalog(&layout, options(), |_| {}).await.unwrap();
        writer.close().await.unwrap();
        let [told] = rebuilt.damage.as_slice() else { panic!("{:?}", rebuilt.damage) };
        assert!(told.contains("is not what it was when it was sealed"), "{told}");
        assert!(!verified(&layout).await.passes(1));
    }
    std::fs::write(&path, good).unwrap();
    assert_eq!(verified(&layout).await.findings, []);

    std::fs::remove_file(&path).unwrap();
    let (writer, rebuilt) = Writer::rebuild_catalog(&layout, options(), |_| {}).await.unwrap();
    writer.close().await.unwrap();
    assert!(rebuilt.damage.iter().any(|told| told.contains("the file is missing")), "{:?}", rebuilt.damage);
    assert!(verified(&layout).await.findings.iter().any(|f| f.what.contains("the file is missing")));
}

#[tokio::test]
async fn nothing_vouches_for_a_damaged_file_that_nobody_knew() {
    let dir = TempDir::new().unwrap();
    let layout = filled(dir.path(), 2).await;
    let path = warc(dir.path(), ".warc.gz");
    let good = std::fs::read(&path).unwrap();
    let mut bad = good.clone();
    let last = bad.len() - 40;
    bad[last] ^= 1;
    std::fs::write(&path, bad).unwrap();
    std::fs::remove_file(layout.catalog()).unwrap();
    let (writer, rebuilt) = Writer::rebuild_catalog(&layout, options(), |_| {}).await.unwrap();
    assert!(!rebuilt.damage.is_empty());
    let sealed = writer.catalog().sealed_files().await.unwrap();
    assert!(sealed.iter().all(|file| !file.name.starts_with("warc/")), "{sealed:?}");
    writer.close().await.unwrap();
    assert!(!verified(&layout).await.findings.is_empty());
    let writer = Writer::open(&layout, options()).await.unwrap();
    let [told] = writer.recovery().damage.as_slice() else { panic!("{:?}", writer.recovery().damage) };
    assert!(told.contains("nothing vouches for it"), "{told}");
    writer.close().await.unwrap();

    std::fs::write(&path, good).unwrap();
    let (writer, rebuilt) = Writer::rebuild_catalog(&layout, options(), |_| {}).await.unwrap();
    assert_eq!((rebuilt.captures, rebuilt.damage.len(), rebuilt.unknown.len()), (2, 0, 0), "{rebuilt:?}");
    writer.close().await.unwrap();
    assert_eq!(verified(&layout).await.findings, []);
    assert!(Writer::open(&layout, options()).await.unwrap().recovery().is_empty());
}

#[tokio::test]
async fn bytes_that_were_acknowledged_are_not_cut_though_they_cannot_be_read() {
    let dir = TempDir::new().unwrap();
    let layout = Layout::new(dir.path());
    let mut writer = Writer::open(&layout, options()).await.unwrap();
    writer.commit(vec![capture(0)], at(0), uuids(0)).await.unwrap();
    drop(writer);
    let open = warc(dir.path(), ".open");
    let mut bytes = std::fs::read(&open).unwrap();
    let last = bytes.len() - 40;
    bytes[last] ^= 1;
    std::fs::write(&open, [bytes.as_slice(), b"a torn tail"].concat()).unwrap();
    let writer = Writer::open(&layout, options()).await.unwrap();
    let told = &writer.recovery().damage;
    assert!(told.iter().any(|what| what.contains("were acknowledged")), "{told:?}");
    let [(_, 11)] = writer.recovery().cut.as_slice() else { panic!("{:?}", writer.recovery().cut) };
    assert_eq!(std::fs::read(warc(dir.path(), ".warc.gz")).unwrap(), bytes);
}

/// A damaged file is put back before an interrupted rebuild goes on: the texts of its captures were read already.
#[tokio::test]
async fn a_rebuild_that_goes_on_with_a_mended_file_finds_its_texts() {
    let dir = TempDir::new().unwrap();
    let layout = Layout::new(dir.path());
    let mut writer = Writer::open(&layout, WriterOptions { max_file_bytes: 1, ..options() }).await.unwrap();
    for number in 0..3 {
        writer.commit(vec![capture(number)], at(0), uuids(number)).await.unwrap();
    }
    let before = listed(writer.catalog()).await;
    writer.close().await.unwrap();
    let path = warc(dir.path(), ".warc.gz");
    let good = std::fs::read(&path).unwrap();
    std::fs::write(&path, vec![b'?'; good.len()]).unwrap();
    std::fs::remove_file(layout.catalog()).unwrap();
    let last = files(&dir.path().join("text"), ".warc.gz").pop().unwrap();
    let interrupted = layout.clone();
    let ended = tokio::spawn(async move {
        let stop = |progress: vidimus_archive::RebuildProgress<'_>| {
            assert!(!last.ends_with(progress.file), "interrupted");
        };
        Writer::rebuild_catalog(&interrupted, options(), stop).await.map(drop)
    });
    assert!(ended.await.unwrap_err().is_panic());

    std::fs::write(&path, good).unwrap();
    let (writer, rebuilt) = Writer::rebuild_catalog(&layout, options(), |_| {}).await.unwrap();
    assert_eq!((rebuilt.resumed, rebuilt.damage.len()), (2, 0), "{rebuilt:?}");
    let ids = |rows: &[Capture]| {
        let records = rows.iter().flat_map(|row| &row.records).map(|r| r.warc_record_id.clone());
        records.collect::<std::collections::BTreeSet<_>>()
    };
    assert_eq!(ids(&listed(writer.catalog()).await), ids(&before));
    writer.close().await.unwrap();
    assert_eq!(verified(&layout).await.findings, []);
}
