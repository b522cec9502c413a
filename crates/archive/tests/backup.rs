//! What a backup promises: it is consistent while a writer goes on, costs only what is new, passes on nothing rotten, and
//! is an archive again when it is put back.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test writes files and may panic")]

mod samples;

use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;
use vidimus_archive::{Archive, ArchiveError, BackedUp, Layout, Writer, backup, verify_archive};
use vidimus_catalog::{Catalog, Filter};

use samples::{at, capture, lost, options, report, uuids};

async fn writer(dir: &Path, tag: &str) -> Writer {
    Writer::open(&Layout::new(dir), options(tag, 4_000)).await.unwrap()
}

async fn commit(writer: &mut Writer, numbers: std::ops::Range<u32>) {
    for number in numbers {
        writer.commit(vec![capture(number)], at(number.into()), uuids(number)).await.unwrap();
    }
}

async fn back_up(from: &Path, to: &Path) -> BackedUp {
    backup(&Layout::new(from), to, "a test", |_| {}).await.unwrap()
}

/// What `sha256sum -c` of the system says of a backup.
fn sums_are_right(folder: &Path) -> bool {
    let ran = Command::new("sha256sum")
        .args(["--check", "--strict", "--quiet", "SHA256SUMS"])
        .current_dir(folder)
        .output();
    ran.unwrap().status.success()
}

fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy_folder(&path, &target)
        } else {
            std::fs::copy(&path, &target).map(drop).unwrap()
        }
    }
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

/// Puts a backup back into an empty folder, goes on with it, and gives back how many captures it then has.
async fn restored(from: &Path, next: u32) -> usize {
    let dir = TempDir::new().unwrap();
    copy_folder(from, dir.path());
    let layout = Layout::new(dir.path());
    let catalog = Catalog::open_read_only(&layout.catalog()).await.unwrap();
    let report = verify_archive(&layout, Some(&catalog), |_, _, _| {}).await.unwrap();
    assert_eq!(report.findings, [], "as it was put back");
    catalog.close().await;
    let mut writer = writer(dir.path(), "ffffffff").await;
    assert_eq!(writer.recovery().damage, [""; 0]);
    commit(&mut writer, next..next + 1).await;
    writer.close().await.unwrap();
    let archive = Archive::open(&layout).await.unwrap();
    let rows = archive.catalog().list(&Filter::default()).await.unwrap();
    for row in &rows {
        let held = archive.catalog().get(row.snapshot.unwrap()).await.unwrap().unwrap();
        archive.payload(&held).await.unwrap();
        archive.text(&held).await.unwrap();
    }
    let report = verify_archive(&layout, Some(archive.catalog()), |_, _, _| {}).await.unwrap();
    assert_eq!(report.findings, [], "after a crawl went on");
    rows.len()
}

#[tokio::test]
async fn a_backup_in_the_middle_of_a_run_is_whole_and_grows_with_the_archive() {
    let (live, copy) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let mut writer = writer(live.path(), "aaaaaaaa").await;
    let mut open = 0;
    for round in 0..6 {
        commit(&mut writer, round * 3..round * 3 + 3).await;
        let done = back_up(live.path(), copy.path()).await;
        assert_eq!(
            (done.captures, done.problems.len(), done.unknown.len()),
            (u64::from(round) * 3 + 3, 0, 0)
        );
        assert!(sums_are_right(copy.path()));
        open += files(copy.path(), ".open").len();
        assert_eq!(restored(copy.path(), 900).await, usize::try_from(round).unwrap() * 3 + 4);
    }
    assert!(open > 0, "no backup was made while a file was being written");
    writer.close().await.unwrap();
    let done = back_up(live.path(), copy.path()).await;
    assert!(done.copied > 1);
    let again = back_up(live.path(), copy.path()).await;
    assert_eq!((again.copied, again.files), (1, done.files), "only the catalog is copied anew");
    assert!(files(copy.path(), ".open").is_empty(), "what is whole needs no beginning");
    for file in files(&live.path().join("warc"), ".warc.gz") {
        let copied = copy.path().join(file.strip_prefix(live.path()).unwrap());
        assert_eq!(std::fs::read(&file).unwrap(), std::fs::read(copied).unwrap());
    }
}

#[tokio::test]
async fn the_report_of_a_run_is_in_the_backup_of_a_file_that_is_still_open() {
    let (live, copy) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let mut writer = Writer::open(&Layout::new(live.path()), options("aaaaaaaa", 1 << 30)).await.unwrap();
    commit(&mut writer, 0..1).await;
    writer.catalog().add(&[lost(1).to_capture()]).await.unwrap();
    writer.report(&[(uuids(2)[0].clone(), report(vec![lost(1)], 2))], uuids(2)[1].clone()).await.unwrap();
    back_up(live.path(), copy.path()).await;
    drop(writer);
    std::fs::remove_file(copy.path().join("catalog.sqlite")).unwrap();
    let layout = Layout::new(copy.path());
    let (writer, rebuilt) = Writer::rebuild_catalog(&layout, options("bbbbbbbb", 1), |_| {}).await.unwrap();
    assert_eq!((rebuilt.captures, rebuilt.tries), (1, 1));
    writer.close().await.unwrap();
}

#[tokio::test]
async fn rot_is_told_and_never_passed_on() {
    let (live, copy) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let mut first = writer(live.path(), "aaaaaaaa").await;
    commit(&mut first, 0..2).await;
    first.close().await.unwrap();
    back_up(live.path(), copy.path()).await;
    let rotten = files(&live.path().join("warc"), ".warc.gz").remove(0);
    let good = std::fs::read(&rotten).unwrap();
    let mut bytes = good.clone();
    bytes[good.len() / 2] ^= 1;
    std::fs::write(&rotten, &bytes).unwrap();

    // What the backup holds of it is good, and stays.
    assert_eq!(
        back_up(live.path(), copy.path()).await.problems,
        [""; 0],
        "it is there, so it is not read again"
    );
    let other = TempDir::new().unwrap();
    let done = back_up(live.path(), other.path()).await;
    assert_eq!(done.problems.len(), 1);
    assert!(done.problems[0].contains("is not what it was when it was sealed"), "{}", done.problems[0]);
    let of_other = other.path().join(rotten.strip_prefix(live.path()).unwrap());
    assert!(!of_other.exists() && files(other.path(), ".new").is_empty());
    assert!(sums_are_right(other.path()), "what is there is right");
    let held = copy.path().join(rotten.strip_prefix(live.path()).unwrap());
    assert_eq!(std::fs::read(&held).unwrap(), good);

    // A copy that is rotten itself, which no line vouches for, is replaced as soon as the source is good.
    std::fs::write(&held, &bytes).unwrap();
    std::fs::remove_file(copy.path().join("SHA256SUMS")).unwrap();
    std::fs::remove_file(copy.path().join("catalog.sqlite")).unwrap();
    assert_eq!(back_up(live.path(), copy.path()).await.problems.len(), 1);
    assert_eq!(std::fs::read(&held).unwrap(), bytes, "nothing better was to be had");
    std::fs::write(&rotten, &good).unwrap();
    assert_eq!(back_up(live.path(), copy.path()).await.problems, [""; 0]);
    assert_eq!(std::fs::read(&held).unwrap(), good);
    assert!(sums_are_right(copy.path()));
}

#[tokio::test]
async fn what_lies_beside_the_captures_is_copied_and_what_nobody_began_is_named() {
    let (live, copy) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let mut writer = writer(live.path(), "aaaaaaaa").await;
    commit(&mut writer, 0..1).await;
    writer.close().await.unwrap();
    std::fs::create_dir_all(live.path().join("recovered")).unwrap();
    std::fs::write(live.path().join("recovered/torn-7"), "torn").unwrap();
    std::fs::write(live.path().join("warc/stranger.warc.gz"), b"who knows").unwrap();
    std::fs::create_dir_all(live.path().join("imported")).unwrap();
    std::fs::write(live.path().join("imported/stranger.wacz"), b"who knows").unwrap();
    let done = back_up(live.path(), copy.path()).await;
    assert_eq!(done.unknown, ["imported/stranger.wacz", "warc/stranger.warc.gz"]);
    assert!(!copy.path().join("warc/stranger.warc.gz").exists());
    assert_eq!(std::fs::read(copy.path().join("recovered/torn-7")).unwrap(), b"torn");
    assert!(sums_are_right(copy.path()));
}

#[tokio::test]
async fn the_log_is_copied_as_it_grows_and_a_good_copy_never_gives_way_to_a_worse_one() {
    let (live, copy) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let leaves = |root: &Path| {
        let log = vidimus_ledger::LogReader::open(&root.join("log")).unwrap().unwrap();
        (log.size(), log.head_at(log.size()).unwrap())
    };
    for round in 0..3_u32 {
        let mut writer = writer(live.path(), "aaaaaaaa").await;
        commit(&mut writer, round * 2..round * 2 + 2).await;
        writer.close().await.unwrap();
        assert!(back_up(live.path(), copy.path()).await.problems.is_empty());
        assert_eq!(leaves(copy.path()), leaves(live.path()));
        assert!(sums_are_right(copy.path()));
    }
    // The log is cut, and then damaged: what the backup holds of it stays.
    let before = leaves(copy.path());
    std::fs::remove_file(live.path().join("log/tile/entries/000.p/6")).unwrap();
    let done = back_up(live.path(), copy.path()).await;
    assert!(done.problems.iter().any(|what| what.starts_with("log:")), "{:?}", done.problems);
    std::fs::write(live.path().join("log/checkpoint"), b"no checkpoint").unwrap();
    let done = back_up(live.path(), copy.path()).await;
    assert!(done.problems.iter().any(|what| what.starts_with("log:")), "{:?}", done.problems);
    assert_eq!(leaves(copy.path()), before);
    assert!(sums_are_right(copy.path()));
}

#[tokio::test]
async fn a_backup_goes_neither_into_the_archive_nor_onto_another_one() {
    let (live, other) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    for (dir, tag) in [(&live, "aaaaaaaa"), (&other, "bbbbbbbb")] {
        let mut writer = writer(dir.path(), tag).await;
        commit(&mut writer, 0..1).await;
        writer.close().await.unwrap();
    }
    let layout = Layout::new(live.path());
    let inside = live.path().join("deep/er");
    let link = other.path().join("link");
    std::os::unix::fs::symlink(live.path(), &link).unwrap();
    let above = live.path().parent().unwrap().to_owned();
    for destination in
        [live.path().to_owned(), inside.clone(), above, link.join("warc"), other.path().to_owned()]
    {
        let refused = backup(&layout, &destination, "a test", |_| {}).await.unwrap_err();
        assert!(matches!(refused, ArchiveError::Destination { .. }), "{}: {refused}", destination.display());
    }
    assert!(!inside.exists());
    let copy = TempDir::new().unwrap();
    back_up(other.path(), copy.path()).await;
    let refused = backup(&layout, copy.path(), "a test", |_| {}).await.unwrap_err();
    assert!(refused.to_string().contains("does not know"), "{refused}");
}

/// Without the old catalog nobody can tell that a file has changed; the backup still can.
#[tokio::test]
async fn a_good_copy_is_never_replaced_by_another_version() {
    let (live, copy) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let mut first = writer(live.path(), "aaaaaaaa").await;
    commit(&mut first, 0..2).await;
    first.close().await.unwrap();
    back_up(live.path(), copy.path()).await;
    let rotten = files(&live.path().join("warc"), ".warc.gz").remove(0);
    let held = copy.path().join(rotten.strip_prefix(live.path()).unwrap());
    let good = std::fs::read(&rotten).unwrap();
    let mut bytes = good.clone();
    bytes[9] ^= 1;
    std::fs::write(&rotten, bytes).unwrap();
    std::fs::remove_file(live.path().join("catalog.sqlite")).unwrap();
    let layout = Layout::new(live.path());
    let (writer, _) = Writer::rebuild_catalog(&layout, options("bbbbbbbb", 1), |_| {}).await.unwrap();
    writer.close().await.unwrap();
    for _ in 0..2 {
        let done = back_up(live.path(), copy.path()).await;
        let [told] = done.problems.as_slice() else { panic!("{:?}", done.problems) };
        assert!(told.contains("holds another version"), "{told}");
        assert_eq!(std::fs::read(&held).unwrap(), good);
        assert!(sums_are_right(copy.path()));
    }
}

#[tokio::test]
async fn a_good_beginning_is_never_replaced_by_what_does_not_begin_with_it() {
    let (live, copy) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let layout = Layout::new(live.path());
    let mut first = Writer::open(&layout, options("aaaaaaaa", 1 << 30)).await.unwrap();
    commit(&mut first, 0..1).await;
    back_up(live.path(), copy.path()).await;
    let held = files(&copy.path().join("warc"), ".open").remove(0);
    let good = std::fs::read(&held).unwrap();
    let open = live.path().join(held.strip_prefix(copy.path()).unwrap());
    commit(&mut first, 1..2).await;
    let mut bytes = std::fs::read(&open).unwrap();
    bytes[9] ^= 1;
    std::fs::write(&open, bytes).unwrap();
    let refused = async || {
        let done = back_up(live.path(), copy.path()).await;
        let [told] = done.problems.as_slice() else { panic!("{:?}", done.problems) };
        assert!(told.contains("holds another version"), "{told}");
        assert_eq!(std::fs::read(&held).unwrap(), good);
        assert!(sums_are_right(copy.path()));
    };
    refused().await;
    first.close().await.unwrap();
    refused().await;
}
