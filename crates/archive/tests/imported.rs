//! The manifests of captures that somebody else made are checked against the records of the imported file, where they
//! say that these lie, and nowhere else.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test writes files and may panic")]

use std::collections::BTreeMap;
use std::io::Cursor;
use std::path::PathBuf;

use jiff::Timestamp;
use tempfile::TempDir;
use vidimus_archive::{
    Layout, LogOptions, MANIFEST_TYPE, VerifyReport, Writer, WriterOptions, verify_archive, verify_files,
};
use vidimus_catalog::{Catalog, SealedFile};
use vidimus_snapshot::{
    ClientFacts, ClockFacts, Digest, HttpFacts, ImportFacts, Manifest, NetFacts, OriginalFile, Outcome,
    OutcomeKind, PlaceFacts, RecordFacts, Role,
};
use vidimus_warc::{Headers, NewRecord, Reader, RecordType, encode};

const IMPORTED: &str = "imported/2024/06/vidimus-20240627083000-00000000-00000.warc";
const WARC: &str = "warc/2024/06/vidimus-20240627083000-00000000-00001.warc.gz";

/// A stranger's record, uncompressed and without any digest: what it lacks is not our defect.
fn strangers_record() -> Vec<u8> {
    let block = "HTTP/1.1 200 OK\r\n\r\n<p>The mill must not be sold.";
    format!(
        "WARC/1.0\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:1>\r\nWARC-Date: 2024-06-27T08:30:00Z\r\n\
         WARC-Target-URI: http://ngo.example/\r\nContent-Length: {}\r\n\r\n{block}\r\n\r\n",
        block.len()
    )
    .into_bytes()
}

/// The manifest of a capture whose one record begins at `offset` of `records_file`.
fn manifest(file: &[u8], records_file: &str, offset: u64) -> Manifest {
    let mut reader = Reader::new(Cursor::new(strangers_record())).unwrap();
    let record = reader.next_item().unwrap().unwrap().into_record().unwrap();
    let at = Timestamp::UNIX_EPOCH;
    Manifest {
        v: Manifest::VERSION,
        kind: Manifest::IMPORT.to_owned(),
        capture_id: "import".to_owned(),
        salt: "00".repeat(16),
        run: "run-1".to_owned(),
        source: None,
        role: Role::Page,
        outcome: Outcome::plain(OutcomeKind::Captured),
        requested_url: "http://ngo.example/".to_owned(),
        final_url: "http://ngo.example/".to_owned(),
        redirects: Vec::new(),
        captured_at: at,
        finished_at: at,
        http: HttpFacts { status: 200, ..HttpFacts::default() },
        net: NetFacts::default(),
        exchanges: Vec::new(),
        client: ClientFacts {
            software: "vidimus".to_owned(),
            version: "test".to_owned(),
            git: None,
            config_sha256: None,
            user_agent: String::new(),
            operator: None,
        },
        clock: ClockFacts::unchecked("test"),
        records: vec![RecordFacts {
            warc_record_id: "<urn:uuid:1>".to_owned(),
            record_type: "response".to_owned(),
            target_uri: "http://ngo.example/".to_owned(),
            record_sha256: record.record_sha256,
            member_sha256: None,
            block_sha256: record.block_sha256,
            payload_sha256: None,
        }],
        wire_sha256: None,
        text: None,
        log_head: None,
        original_manifest: None,
        prev_manifest: None,
        imported: Some(ImportFacts {
            witnessed: false,
            imported_at: at,
            original: OriginalFile {
                file: IMPORTED.to_owned(),
                name: "crawl.warc".to_owned(),
                bytes: file.len() as u64,
                sha256: Digest::of(file),
                entry: None,
            },
            captured_by: BTreeMap::new(),
            records_file: records_file.to_owned(),
            places: vec![PlaceFacts { offset, length: strangers_record().len() as u64 }],
        }),
    }
}

/// An archive of that import, with the imported file as it is now.
fn archive(imported: &[u8], manifest: &Manifest) -> (TempDir, Layout) {
    let dir = TempDir::new().unwrap();
    let layout = Layout::new(dir.path());
    let headers = Headers::new()
        .with("WARC-Target-URI", "urn:manifest:http://ngo.example/")
        .with("Content-Type", MANIFEST_TYPE);
    let block = manifest.to_canonical_json().unwrap();
    let record =
        NewRecord::new(RecordType::Metadata, "<urn:uuid:2>", "2024-06-27T08:30:00Z", headers, &block);
    for (name, bytes) in [(IMPORTED, imported), (WARC, &encode(&record).unwrap().member)] {
        let path: PathBuf = dir.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
    (dir, layout)
}

async fn verified(layout: &Layout) -> VerifyReport {
    verify_archive(layout, None, |_, _, _| {}).await.unwrap()
}

#[tokio::test]
async fn the_records_of_an_import_are_checked_where_its_manifest_says_they_lie() {
    // The record lies behind another one.
    let file = [strangers_record(), strangers_record()].concat();
    let offset = strangers_record().len() as u64;
    let good = manifest(&file, IMPORTED, offset);
    let (dir, layout) = archive(&file, &good);
    let report = verified(&layout).await;
    assert_eq!((report.findings.as_slice(), report.level_2()), (&[][..], Some(true)));

    // By itself, the file with the manifests does not say whether the records are there.
    let alone = verify_files(&[dir.path().join(WARC)]).unwrap();
    assert_eq!((alone.findings.as_slice(), alone.level_2()), (&[][..], None));

    let mut changed = file.clone();
    let last = changed.len() - 8;
    changed[last] ^= 1;
    let (_dir, layout) = archive(&changed, &good);
    let report = verified(&layout).await;
    let [finding] = report.findings.as_slice() else { panic!("{:?}", report.findings) };
    assert_eq!((finding.level, finding.record_id.as_deref()), (2, Some("<urn:uuid:1>")));
    assert!(
        finding.snapshot.is_some() && finding.expected.is_some() && finding.found.is_some(),
        "{finding:?}"
    );
}

#[tokio::test]
async fn a_manifest_that_leads_elsewhere_is_not_followed() {
    let file = strangers_record();
    for (name, says) in [("../../secret.warc", "no imported file"), (WARC, "no imported file")] {
        let (_dir, layout) = archive(&file, &manifest(&file, name, 0));
        let report = verified(&layout).await;
        assert!(report.findings.iter().any(|f| f.what.contains(says)), "{name}: {:?}", report.findings);
    }
    let (_dir, layout) = archive(&file, &manifest(&file, IMPORTED, 7));
    let report = verified(&layout).await;
    assert!(report.findings.iter().any(|f| f.what.contains("not at offset 7")), "{:?}", report.findings);
}

/// Without the catalog that knew it, what an imported file was stands in the manifests.
#[tokio::test]
async fn a_rebuild_compares_an_imported_file_with_its_manifest() {
    let file = strangers_record();
    let good = manifest(&file, IMPORTED, 0);
    let grown = [file.as_slice(), b"\r\n"].concat();
    let (dir, layout) = archive(&grown, &good);
    std::fs::write(dir.path().join("imported/2024/06/unknown.warc"), b"who knows").unwrap();
    let options = || WriterOptions {
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
    };
    let catalog = || async { Catalog::open_read_only(&layout.catalog()).await.unwrap() };
    for unknown in [0, 0] {
        let (writer, rebuilt) = Writer::rebuild_catalog(&layout, options(), |_| {}).await.unwrap();
        // Otherwise it is one that was interrupted while it filled the search index.
        writer.catalog().end_rebuild().await.unwrap();
        writer.close().await.unwrap();
        let [told] = rebuilt.damage.as_slice() else { panic!("{:?}", rebuilt.damage) };
        assert!(told.contains("is not what it was when it was sealed"), "{told}");
        assert_eq!(rebuilt.unknown.len(), unknown);
        let report = verify_archive(&layout, Some(&catalog().await), |_, _, _| {}).await.unwrap();
        assert!(report.findings.iter().any(|f| f.file == IMPORTED && f.level == 1), "{:?}", report.findings);
    }

    // A catalog that was made by trusting what lay there says something else than the manifest.
    std::fs::remove_file(layout.catalog()).unwrap();
    let trusting = Catalog::open(&layout.catalog()).await.unwrap();
    let sealed =
        SealedFile { name: IMPORTED.to_owned(), length: grown.len() as u64, sha256: Digest::of(&grown) };
    trusting.put_sealed(&sealed).await.unwrap();
    trusting.close().await;
    let report = verify_archive(&layout, Some(&catalog().await), |_, _, _| {}).await.unwrap();
    assert!(report.findings.iter().any(|f| f.what.contains("its manifest says")), "{:?}", report.findings);
    let (writer, rebuilt) = Writer::rebuild_catalog(&layout, options(), |_| {}).await.unwrap();
    writer.close().await.unwrap();
    assert_eq!(rebuilt.damage.len(), 1, "the manifest is what counts");
    assert!(rebuilt.unknown.contains(&"imported/2024/06/unknown.warc".to_owned()), "{:?}", rebuilt.unknown);
}
