//! Power cuts and refusals during a takedown: what was not to go is whole whatever happens, and what was to go is gone when
//! the next writer has opened, or was never begun to be removed.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use tempfile::TempDir;
use vidimus_catalog::Filter;
use vidimus_snapshot::SnapshotId;
use vidimus_warc::{Item, Reader};

use super::faults::Refusing;
use super::samples::{at, capture, later_text, options, text, unchanged, url, uuids};
use super::{FILE_BYTES, Promise, State, check, folder, record};
use crate::layout::FileKind;
use crate::{Archive, ArchiveError, Layout, Takedown, Writer};

/// The capture that goes, and its repetition in another file.
const GOING: u32 = 1;

/// An archive with several captures in a file, one of them repeated and read again.
async fn archive_of_before() -> TempDir {
    let dir = folder();
    let layout = Layout::new(dir.path());
    let mut writer = Writer::open(&layout, options("aaaaaaaa", FILE_BYTES)).await.unwrap();
    let rows = writer.commit(vec![capture(0), capture(GOING), capture(2)], at(0), uuids(0)).await.unwrap();
    writer.commit(vec![capture(3), unchanged(5, &rows[1])], at(5), uuids(5)).await.unwrap();
    let texts = vec![later_text(0, rows[0].clone()), later_text(GOING, rows[1].clone())];
    writer.add_texts(texts, at(7), uuids(7)[1].clone()).await.unwrap();
    writer.close().await.unwrap();
    dir
}

async fn take_down(layout: &Layout, promised: &dyn Fn(Promise)) -> Result<(), ArchiveError> {
    let mut writer = Writer::open(layout, options("bbbbbbbb", FILE_BYTES)).await?;
    let going = going(&Archive::with_catalog(layout, writer.catalog())).await;
    let why = Takedown {
        reason: "the order of a court".to_owned(),
        by: "operator".to_owned(),
        authority_ref_sha256: None,
    };
    let mut count = 0;
    let mut id = || {
        count += 1;
        format!("00000000-0000-4000-b000-{count:012}")
    };
    for removed in writer.take_down(&going, &why, at(50), &mut id).await? {
        promised(Promise::TakenDown(removed.snapshot));
    }
    writer.close().await.map(drop)
}

async fn going(archive: &Archive) -> Vec<SnapshotId> {
    let filter = Filter { url_key: Some(url(GOING)), ..Filter::default() };
    let mut captures = archive.catalog().list(&filter).await.unwrap();
    captures.reverse();
    captures.into_iter().filter_map(|capture| capture.snapshot).collect()
}

/// Everything that all records of an archive say.
fn content(dir: &Path) -> String {
    let layout = Layout::new(dir);
    let mut content = String::new();
    for name in [FileKind::Warc, FileKind::Text].iter().flat_map(|kind| layout.files(*kind).unwrap()) {
        let file = std::io::BufReader::new(std::fs::File::open(layout.find(&name)).unwrap());
        let mut reader = Reader::new(file).unwrap();
        while let Some(item) = reader.next_item().unwrap() {
            let Item::Record(record) = item else { panic!("{name}: {item:?}") };
            content.push_str(&String::from_utf8_lossy(&record.raw().unwrap()));
        }
    }
    content
}

fn is_gone(dir: &Path, what: &str) {
    let content = content(dir);
    for secret in [url(GOING), text(GOING), format!("Statement {GOING}:")] {
        assert!(
            !content.contains(&format!("{secret}\r")) && !content.contains(&format!("{secret}\"")),
            "{what}: {secret}"
        );
    }
    assert!(content.contains(&url(2)) && content.contains(&text(0)), "{what}: what was not to go is gone");
}

#[tokio::test]
async fn a_takedown_that_the_power_cut_anywhere_is_finished_or_not_begun() {
    let dir = archive_of_before().await;
    let recorded = record(dir.path(), take_down).await;
    let states = recorded.states(8);
    println!("{} distinct states of the disk", states.len());
    assert!(states.len() > 50, "too few points to prove anything");
    let mut finished = 0;
    for state in &states {
        let left = recorded.lay_out(state);
        check(left.path(), state).await;
        let catalog =
            vidimus_catalog::Catalog::open_read_only(&Layout::new(left.path()).catalog()).await.unwrap();
        let removed = catalog.removed().await.unwrap();
        assert!(removed.iter().all(|one| one.finished), "{}", state.what);
        if removed.len() == 2 {
            is_gone(left.path(), &state.what);
            finished += 1;
        }
        catalog.close().await;
    }
    assert!(finished > 20 && finished < states.len(), "{finished} of {} states", states.len());
}

#[tokio::test]
async fn a_takedown_that_the_disk_refused_anywhere_is_finished_by_the_next_writer() {
    for first in 1.. {
        let dir = archive_of_before().await;
        let disk = Refusing::at(Arc::new(AtomicUsize::new(first)), 28);
        let ended = take_down(&Layout::on(dir.path(), Arc::new(disk)), &|_| {}).await;
        let what = format!("operation {first} refused");
        if let Err(error) = &ended {
            assert!(matches!(error, ArchiveError::Io { .. }), "{what}: {error}");
            assert!(error.to_string().contains("make space and run again"), "{what}: {error}");
        }
        let state =
            State { what, tree: Default::default(), commits: 0, is_behind: false, promised: Vec::new() };
        check(dir.path(), &state).await;
        if ended.is_ok() {
            is_gone(dir.path(), &state.what);
            assert!(first > 10, "a takedown does less than it should");
            return;
        }
    }
}
