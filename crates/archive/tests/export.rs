//! What an export promises whatever the records are like: other people's are copied as they are, and the same choice gives
//! the same bytes.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test writes files and may panic")]

use std::collections::BTreeMap;
use std::io::{Cursor, Read as _};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;
use jiff::Timestamp;
use tempfile::TempDir;
use vidimus_archive::{
    Archive, Chosen, ExportInfo, ExportReport, Layout, MANIFEST_TYPE, Selection, export_cdxj, export_wacz,
    export_warc,
};
use vidimus_catalog::{Capture, Catalog, Filter, Headline, RecordPlace};
use vidimus_snapshot::{
    ClientFacts, ClockFacts, Digest, HttpFacts, ImportFacts, Manifest, NetFacts, OriginalFile, Outcome,
    OutcomeKind, PlaceFacts, RecordFacts, Role, SnapshotId,
};
use vidimus_warc::{Headers, NewRecord, Reader, Record, RecordType, encode};

const URL: &str = "https://ngo.example/statement";
const FILE: &str = "imported/2024/06/vidimus-20240627080000-00000000-00000.warc";
const OURS: &str = "warc/2024/06/vidimus-20240627080000-00000000-00001.warc.gz";

fn at() -> Timestamp {
    "2024-06-27T08:00:00Z".parse().unwrap()
}

/// A record as somebody else wrote it: an old version, another digest, none of the block, a folded field.
fn foreign() -> Vec<u8> {
    let body = "HTTP/1.1 200 OK\r\nContent-Type: Text/HTML; charset=utf-8\r\n\r\n<p>Written elsewhere.";
    let head = format!(
        "WARC/1.0\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:1>\r\nWARC-Date: 2019-01-02T03:04:05Z\r\n\
         WARC-Target-URI: <{URL}>\r\nWARC-Payload-Digest: sha1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\r\n\
         X-Note: folded\r\n  here\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body.as_bytes(), b"\r\n\r\n"].concat()
}

fn read(bytes: &[u8]) -> Record {
    Reader::new(Cursor::new(bytes)).unwrap().next_item().unwrap().unwrap().into_record().unwrap()
}

fn manifest(record: &Record, length: u64) -> Manifest {
    let facts = RecordFacts {
        warc_record_id: record.id().to_owned(),
        record_type: "response".to_owned(),
        target_uri: URL.to_owned(),
        record_sha256: record.record_sha256,
        member_sha256: None,
        block_sha256: record.block_sha256,
        payload_sha256: Some(Digest::of(record.payload())),
    };
    let original = OriginalFile {
        file: FILE.to_owned(),
        name: "theirs.warc".to_owned(),
        bytes: length,
        sha256: Digest::of(b"theirs"),
        entry: None,
    };
    Manifest {
        v: Manifest::VERSION,
        kind: Manifest::IMPORT.to_owned(),
        capture_id: "capture".to_owned(),
        salt: "00".repeat(16),
        run: "run".to_owned(),
        source: None,
        role: Role::Page,
        outcome: Outcome::plain(OutcomeKind::Captured),
        requested_url: URL.to_owned(),
        final_url: URL.to_owned(),
        redirects: Vec::new(),
        captured_at: at(),
        finished_at: at(),
        http: HttpFacts { status: 200, ..HttpFacts::default() },
        net: NetFacts::default(),
        exchanges: Vec::new(),
        client: ClientFacts {
            software: "vidimus".to_owned(),
            version: "0".to_owned(),
            git: None,
            config_sha256: None,
            user_agent: String::new(),
            operator: None,
        },
        clock: ClockFacts::unchecked("system"),
        records: vec![facts],
        wire_sha256: None,
        text: None,
        log_head: None,
        original_manifest: None,
        prev_manifest: None,
        imported: Some(ImportFacts {
            witnessed: false,
            imported_at: at(),
            original,
            captured_by: BTreeMap::new(),
            records_file: FILE.to_owned(),
            places: vec![PlaceFacts { offset: 0, length }],
        }),
    }
}

fn row(manifest: &Manifest, id: SnapshotId, records: Vec<RecordPlace>) -> Capture {
    Capture {
        run: "run".to_owned(),
        witnessed: true,
        source: None,
        role: Role::Page,
        url: URL.to_owned(),
        url_key: URL.to_owned(),
        surt: "example,ngo)/statement".to_owned(),
        final_url: URL.to_owned(),
        started_at: at(),
        finished_at: at(),
        outcome: manifest.outcome.clone(),
        status: Some(200),
        content_type: None,
        payload_sha256: manifest.records.first().and_then(|facts| facts.payload_sha256),
        payload_bytes: 0,
        etag: None,
        last_modified: None,
        snapshot: Some(id),
        original: None,
        previous: None,
        text_sha256: None,
        statement_sha256: None,
        extractor: None,
        params_sha256: None,
        headline: Headline::default(),
        records,
        exchanges: Vec::new(),
    }
}

fn place(file: &str, record_type: &str, id: &str, target: &str, length: usize) -> RecordPlace {
    RecordPlace {
        warc_record_id: id.to_owned(),
        record_type: record_type.to_owned(),
        target_uri: target.to_owned(),
        file: file.to_owned(),
        offset: 0,
        length: length as u64,
    }
}

/// An archive of one capture, which lies in somebody else's uncompressed file.
async fn archive() -> (TempDir, Archive) {
    let folder = tempfile::tempdir().unwrap();
    let layout = Layout::new(folder.path());
    layout.create().unwrap();
    let theirs = foreign();
    write(&layout, FILE, &theirs);
    let manifest = manifest(&read(&theirs), theirs.len() as u64);
    let bytes = manifest.to_canonical_json().unwrap();
    let target = format!("urn:manifest:{URL}");
    let headers = Headers::new().with("WARC-Target-URI", target.as_str()).with("Content-Type", MANIFEST_TYPE);
    let record =
        NewRecord::new(RecordType::Metadata, "<urn:uuid:2>", "2024-06-27T08:00:00Z", headers, &bytes);
    let ours = encode(&record).unwrap().member;
    write(&layout, OURS, &ours);
    let places = vec![
        place(FILE, "response", "<urn:uuid:1>", URL, theirs.len()),
        place(OURS, "metadata", "<urn:uuid:2>", &target, ours.len()),
    ];
    let catalog = Catalog::open(&layout.catalog()).await.unwrap();
    catalog.add(&[row(&manifest, SnapshotId::of_manifest(&bytes), places)]).await.unwrap();
    (folder, Archive::with_catalog(&layout, &catalog))
}

fn write(layout: &Layout, name: &str, bytes: &[u8]) {
    let path = layout.root().join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, bytes).unwrap();
}

fn info(name: &str) -> ExportInfo {
    ExportInfo {
        at: at(),
        software: "vidimus/test".to_owned(),
        operator: Some("Two\r\nlines".to_owned()),
        part_of: None,
        manifest_texts: false,
        path: PathBuf::from(name),
    }
}

async fn everything(archive: &Archive) -> Chosen {
    Chosen::of(archive, &Selection::Fitting(Filter::default())).await.unwrap()
}

async fn warc_of(archive: &Archive) -> (Vec<u8>, ExportReport) {
    let chosen = everything(archive).await;
    let mut out = Vec::new();
    let report =
        export_warc(archive, &chosen, &info("a.warc.gz"), &mut out, None, &mut |_, _| {}).await.unwrap();
    (out, report)
}

async fn wacz_of(archive: &Archive) -> (Vec<u8>, ExportReport) {
    let chosen = everything(archive).await;
    let mut out = Cursor::new(Vec::new());
    let report = export_wacz(archive, &chosen, &info("a.wacz"), &mut out, &mut |_, _| {}).await.unwrap();
    (out.into_inner(), report)
}

#[tokio::test]
async fn a_record_from_an_uncompressed_file_keeps_its_bytes() {
    let (_folder, archive) = archive().await;
    let (out, report) = warc_of(&archive).await;
    assert_eq!((report.captures, report.records, report.damage), (1, 2, Vec::new()));
    let mut reader = Reader::new(Cursor::new(&out)).unwrap();
    let mut ids = Vec::new();
    let mut range = 0..0;
    while let Some(item) = reader.next_item().unwrap() {
        let record = item.into_record().unwrap();
        if record.id() == "<urn:uuid:1>" {
            range = usize::try_from(record.offset).unwrap()
                ..usize::try_from(record.offset + record.length).unwrap();
        }
        ids.push(record.id().to_owned());
    }
    assert_eq!(ids.get(1..).unwrap(), ["<urn:uuid:1>", "<urn:uuid:2>"]);
    let mut plain = Vec::new();
    MultiGzDecoder::new(&out[range]).read_to_end(&mut plain).unwrap();
    assert_eq!(plain, foreign());
}

#[tokio::test]
async fn the_same_choice_gives_the_same_bytes() {
    let (_folder, archive) = archive().await;
    assert_eq!(warc_of(&archive).await, warc_of(&archive).await);
    let (first, report) = wacz_of(&archive).await;
    assert_eq!((&first, report.pages), (&wacz_of(&archive).await.0, 1));
}

#[tokio::test]
async fn an_index_names_the_digest_that_the_manifest_has() {
    let (_folder, archive) = archive().await;
    let chosen = everything(&archive).await;
    let mut out = Vec::new();
    export_cdxj(&archive, &chosen, &info("-"), &mut out, &mut |_, _| {}).await.unwrap();
    let (payload, record) = (Digest::of(b"<p>Written elsewhere."), Digest::of(&foreign()));
    let wanted = format!(
        "example,ngo)/statement 20190102030405 {{\"url\":\"{URL}\",\"mime\":\"text/html\",\"status\":\"200\",\
         \"digest\":\"{payload}\",\"length\":\"{}\",\"offset\":\"0\",\"filename\":\"{FILE}\",\"recordDigest\":\"{record}\"}}\n",
        foreign().len()
    );
    assert_eq!(String::from_utf8(out).unwrap(), wanted);
}

#[tokio::test]
async fn any_change_of_a_record_keeps_it_out() {
    let (folder, archive) = archive().await;
    for offset in 0..foreign().len() {
        let mut changed = foreign();
        changed[offset] ^= 1;
        write(archive.layout(), FILE, &changed);
        let (out, report) = warc_of(&archive).await;
        assert_eq!((report.records, report.damage.len()), (1, 1), "offset {offset}");
        let mut plain = Vec::new();
        MultiGzDecoder::new(out.as_slice()).read_to_end(&mut plain).unwrap();
        assert!(!String::from_utf8_lossy(&plain).contains("Written elsewhere"), "offset {offset}");
    }
    gone(folder.path(), &archive).await;
}

/// A file that is not there is as bad as a damaged one, and no worse.
async fn gone(root: &Path, archive: &Archive) {
    std::fs::remove_file(root.join(FILE)).unwrap();
    let (_, report) = warc_of(archive).await;
    assert_eq!((report.records, report.damage.len()), (1, 1));
    assert!(report.damage.first().unwrap().what.contains("cannot be read"), "{:?}", report.damage);
}
