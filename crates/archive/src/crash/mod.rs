//! Power cuts: a run is written down, operation by operation, and for every point of it the disk is made as a power cut
//! at that point may leave it: with what was not synced dropped, kept, or kept by half. Opening the archive again has to
//! bring back every acknowledged capture, none of them by half, and the next one has to go in.
//!
//! The catalog is SQLite's: its log is cut after each of its commits in turn, as a power cut between two of them would.
//! It is tried with one commit fewer as well, as on a disk that says it has synced and has not.

mod disk;
mod faults;
#[path = "../../tests/samples/mod.rs"]
mod samples;
mod takedown;

use std::collections::{BTreeSet, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tempfile::TempDir;
use vidimus_catalog::{Capture, Catalog, Filter};
use vidimus_snapshot::{Digest, SnapshotId};

use self::disk::{BYTES, Bytes, Event, Model, Recorder, Tree, What, tree_of};
use self::samples::{at, capture, later_text, lost, options, report, text, unchanged, uuids};
use crate::{Archive, ArchiveError, Finding, Layout, Prepared, Writer, verify_archive};

/// Small enough that a run fills several files.
const FILE_BYTES: u64 = 3_500;
/// SQLite folds its log in at 1,000 pages. A run has to stay below that, so that its log tells of every commit.
const LOG_AT_MOST: usize = 1_000 * 4_096;

/// What was promised.
#[derive(Debug, Clone)]
enum Promise {
    Capture(SnapshotId),
    LaterText(SnapshotId, String),
    Try(String),
    Run(String),
    TakenDown(SnapshotId),
}

/// A run as it was written down.
struct Recorded {
    before: Tree,
    catalog: Vec<u8>,
    log: Vec<u8>,
    /// Where the log holds so many commits.
    commits: Vec<usize>,
    events: Vec<Event<Promise>>,
}

/// What a power cut may leave, and what had been promised before it.
struct State {
    what: String,
    tree: Tree,
    commits: usize,
    /// Whether the catalog has lost a commit that SQLite had said was durable.
    is_behind: bool,
    promised: Vec<Promise>,
}

/// A folder in memory where there is one: nothing here tests the disk of this machine.
fn folder() -> TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { TempDir::new_in(memory).unwrap() } else { TempDir::new().unwrap() }
}

/// An archive of before, at rest.
async fn archive_of_before() -> TempDir {
    let dir = folder();
    let mut writer = Writer::open(&Layout::new(dir.path()), options("aaaaaaaa", FILE_BYTES)).await.unwrap();
    writer.commit(vec![capture(0)], at(0), uuids(0)).await.unwrap();
    writer.close().await.unwrap();
    dir
}

/// A run of everything that a writer does; it tells what it was promised.
async fn run(layout: &Layout, promised: &dyn Fn(Promise)) -> Result<(), ArchiveError> {
    let captures = |rows: &[Capture]| {
        rows.iter().filter_map(|row| row.snapshot).for_each(|id| promised(Promise::Capture(id)));
    };
    let mut writer = Writer::open(layout, options("bbbbbbbb", FILE_BYTES)).await?;
    let first = writer.commit(vec![capture(1), capture(2)], at(1), uuids(1)).await?;
    captures(&first);
    let tried = lost(3);
    writer.commit(vec![Prepared::without_exchange(tried.to_capture())], at(3), uuids(3)).await?;
    captures(&writer.commit(vec![capture(4)], at(4), uuids(4)).await?);
    captures(&writer.commit(vec![unchanged(5, &first[0]), capture(6)], at(6), uuids(6)).await?);
    writer.add_texts(vec![later_text(1, first[0].clone())], at(7), uuids(7)[1].clone()).await?;
    promised(Promise::LaterText(first[0].snapshot.unwrap(), format!("Read again: {}", text(1))));
    let pieces = [(uuids(8)[0].clone(), report(vec![tried.clone()], 8))];
    writer.report(&pieces, uuids(8)[1].clone()).await?;
    promised(Promise::Try(tried.url));
    promised(Promise::Run("run-1".to_owned()));
    captures(&writer.commit(vec![capture(9)], at(9), uuids(9)).await?);
    writer.close().await.map(drop)
}

/// Opens the archive after a power cut and writes to it again: what is done then is cut short in its turn.
async fn come_back(layout: &Layout, promised: &dyn Fn(Promise)) -> Result<(), ArchiveError> {
    let mut writer = Writer::open(layout, options("cccccccc", FILE_BYTES)).await?;
    let rows = writer.commit(vec![capture(20)], at(20), uuids(20)).await?;
    promised(Promise::Capture(rows[0].snapshot.unwrap()));
    writer.close().await.map(drop)
}

/// Writes down what `run` does to the archive in a folder.
async fn record(
    dir: &Path,
    run: impl AsyncFn(&Layout, &dyn Fn(Promise)) -> Result<(), ArchiveError>,
) -> Recorded {
    let before = tree_of(dir);
    let database = dir.join("catalog.sqlite");
    // As long as somebody reads, SQLite leaves its log where it is.
    let reader = Catalog::open(&database).await.unwrap();
    reader.fold_log().await.unwrap();
    let catalog = std::fs::read(&database).unwrap();
    let recorder = Recorder::new(dir);
    let note = |promise| recorder.note(What::Acknowledged(promise));
    run(&Layout::on(dir, Arc::new(recorder.clone())), &note).await.unwrap();
    let log = std::fs::read(dir.join("catalog.sqlite-wal")).unwrap();
    assert!(log.len() < LOG_AT_MOST, "the run is too long to be told from its log");
    reader.close().await;
    Recorded { before, catalog, commits: commits(&log), log, events: recorder.events() }
}

/// Where each commit ends in SQLite's log: the format is at <https://sqlite.org/fileformat2.html#walformat>.
fn commits(log: &[u8]) -> Vec<usize> {
    let number = |at: usize| u32::from_be_bytes(log[at..at + 4].try_into().unwrap()) as usize;
    let mut ends = vec![0];
    if log.is_empty() {
        return ends;
    }
    let frame = 24 + number(8);
    let frames = (32..=log.len() - frame).step_by(frame);
    ends.extend(frames.filter(|at| number(at + 4) > 0).map(|at| at + frame));
    ends
}

impl Recorded {
    /// Everything that a power cut at any point may leave; `seed` mixes what is undecided.
    fn states(&self, seed: u64) -> Vec<State> {
        let mut random = Random(seed);
        let (mut model, mut promised) = (Model::of(&self.before), Vec::new());
        let (mut states, mut known) = (Vec::new(), HashSet::new());
        let mut committed = 0;
        for (number, event) in self.events.iter().enumerate() {
            let length = usize::try_from(event.log_length).unwrap();
            let upto = self.commits.iter().rposition(|end| *end <= length).unwrap();
            for commits in committed..=upto {
                for behind in [0, 1] {
                    for (what, tree) in cuts(&model, &mut random) {
                        let what = format!("event {number}, {commits} commits less {behind}, {what}");
                        let state = State {
                            what,
                            tree,
                            commits: commits.saturating_sub(behind),
                            is_behind: behind > 0,
                            promised: promised.clone(),
                        };
                        if known.insert(state.digest()) {
                            states.push(state);
                        }
                    }
                }
            }
            committed = upto;
            match &event.what {
                What::Done(op) => model.apply(op),
                What::Acknowledged(promise) => promised.push(promise.clone()),
            }
        }
        states
    }

    /// Makes the disk as it is in this state.
    #[expect(clippy::disallowed_methods, reason = "a test makes the folder that it tries things on")]
    fn lay_out(&self, state: &State) -> TempDir {
        let dir = folder();
        for (path, content) in &state.tree {
            let path = dir.path().join(path);
            match content {
                None => std::fs::create_dir_all(path).unwrap(),
                Some(bytes) => std::fs::write(path, bytes).unwrap(),
            }
        }
        std::fs::write(dir.path().join("catalog.sqlite"), &self.catalog).unwrap();
        let log = &self.log[..self.commits[state.commits]];
        if !log.is_empty() {
            std::fs::write(dir.path().join("catalog.sqlite-wal"), log).unwrap();
        }
        dir
    }
}

impl State {
    fn digest(&self) -> Digest {
        Digest::of(format!("{:?} {} {}", self.tree, self.commits, self.promised.len()).as_bytes())
    }
}

/// What a power cut may leave of the disk: all names or none, with each fate of the bytes, and mixtures of these.
fn cuts(model: &Model, random: &mut Random) -> Vec<(String, Tree)> {
    let (folders, _) = model.undecided();
    let mut trees = Vec::new();
    for kept in [&BTreeSet::new(), &folders] {
        for bytes in BYTES {
            trees.push((format!("names of {kept:?} kept, bytes {bytes:?}"), model.after(kept, |_| bytes)));
        }
    }
    let kept: BTreeSet<PathBuf> = folders.iter().filter(|_| random.below(2) == 0).cloned().collect();
    let fates: Vec<Bytes> = (0..64).map(|_| BYTES[random.below(BYTES.len())]).collect();
    trees.push((format!("names of {kept:?} kept, bytes mixed"), model.after(&kept, |file| fates[file % 64])));
    trees
}

/// SplitMix64, which is all the randomness that this needs.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % end as u64).unwrap()
    }
}

/// Opens the archive that a power cut left, and checks all that it promises.
async fn check(dir: &Path, state: &State) {
    let (layout, what) = (Layout::new(dir), &state.what);
    let mut writer = Writer::open(&layout, options("dddddddd", FILE_BYTES))
        .await
        .unwrap_or_else(|e| panic!("{what}: {e}"));
    if !state.is_behind {
        assert_eq!(writer.recovery().damage, [""; 0], "{what}");
    }
    let archive = Archive::with_catalog(&layout, writer.catalog());
    for promise in &state.promised {
        kept(&archive, promise, what).await;
    }
    // Where the catalog forgot that a file was begun, that file is left aside, with texts that nobody was promised.
    let listed =
        if state.is_behind { Vec::new() } else { archive.catalog().list(&Filter::default()).await.unwrap() };
    for row in listed {
        if let Some(id) = row.snapshot {
            readable(&archive, id, what).await;
        }
    }
    let next = writer.commit(vec![capture(30)], at(30), uuids(30)).await.unwrap();
    readable(&archive, next[0].snapshot.unwrap(), what).await;
    writer.close().await.unwrap();
    let catalog = Catalog::open_read_only(&layout.catalog()).await.unwrap();
    let report = verify_archive(&layout, Some(&catalog), |_, _, _| {}).await.unwrap();
    let wrong: Vec<_> = report.findings.into_iter().filter(|f| !is_left_aside(state, f)).collect();
    assert_eq!(wrong, [], "{what}");
    let open = catalog.open_files().await.unwrap();
    assert_eq!(open, [], "{what}");
    catalog.close().await;
}

/// Where the catalog forgot that a file was begun, verification says that it does not know the file, and that captures
/// lack the texts in it which nobody was promised.
fn is_left_aside(state: &State, finding: &Finding) -> bool {
    let was_promised =
        |id| state.promised.iter().any(|promise| matches!(promise, Promise::Capture(p) if *p == id));
    let is_unknown = finding.what.starts_with("the catalog does not know this file");
    state.is_behind && (is_unknown || finding.snapshot.is_some_and(|id| !was_promised(id)))
}

async fn kept(archive: &Archive, promise: &Promise, what: &str) {
    let catalog = archive.catalog();
    match promise {
        Promise::Capture(id) => readable(archive, *id, what).await,
        Promise::LaterText(id, text) => {
            let capture = catalog.get(*id).await.unwrap().unwrap();
            assert_eq!(&archive.text(&capture).await.unwrap(), text, "{what}");
        }
        Promise::Try(url) => {
            assert!(catalog.newest_try(url).await.unwrap().is_some(), "{what}: {url} is forgotten");
            assert!(catalog.unreported().await.unwrap().is_empty(), "{what}: {url} is in no report");
        }
        Promise::TakenDown(id) => {
            assert_eq!(catalog.get(*id).await.unwrap(), None, "{what}: {id} is still there");
            let removed = catalog.removal_of(*id).await.unwrap();
            assert!(removed.is_some_and(|removed| removed.finished), "{what}: {id} is not removed");
        }
        Promise::Run(id) => {
            let runs = catalog.find_runs(id).await.unwrap();
            assert!(runs.iter().any(|run| run.finished_at.is_some()), "{what}: {id} has not ended");
        }
    }
}

/// A capture is there with all that belongs to it.
async fn readable(archive: &Archive, id: SnapshotId, what: &str) {
    let capture = archive.catalog().get(id).await.unwrap().unwrap_or_else(|| panic!("{what}: {id} is lost"));
    let of_it =
        |part: &str, error: &dyn std::fmt::Display| format!("{what}: the {part} of {}: {error}", capture.url);
    archive.manifest(&capture).unwrap_or_else(|e| panic!("{}", of_it("manifest", &e)));
    archive.payload(&capture).await.unwrap_or_else(|e| panic!("{}", of_it("payload", &e)));
    archive.text(&capture).await.unwrap_or_else(|e| panic!("{}", of_it("text", &e)));
    assert!(capture.headline.title.is_some(), "{what}: {} has no title", capture.url);
}

#[tokio::test]
async fn no_power_cut_costs_an_acknowledged_capture_or_leaves_half_of_one() {
    let dir = archive_of_before().await;
    let recorded = record(dir.path(), run).await;
    let states = recorded.states(5);
    println!(
        "{} operations and promises, {} commits of the catalog, {} distinct states of the disk",
        recorded.events.len(),
        recorded.commits.len() - 1,
        states.len()
    );
    assert!(states.len() > 200, "too few points to prove anything");
    for state in &states {
        check(recorded.lay_out(state).path(), state).await;
    }
}

/// A power cut while the archive is put in order after a power cut.
#[tokio::test]
async fn a_power_cut_during_recovery_costs_nothing_either() {
    let dir = archive_of_before().await;
    let recorded = record(dir.path(), run).await;
    let states: Vec<State> = recorded.states(6).into_iter().filter(|state| !state.is_behind).collect();
    let mut count = 0;
    for first in states.iter().step_by(states.len() / 6) {
        let torn = recorded.lay_out(first);
        let second = record(torn.path(), come_back).await;
        for mut state in second.states(7).into_iter().filter(|state| !state.is_behind).step_by(3) {
            state.what = format!("{}; then {}", first.what, state.what);
            state.promised.extend(first.promised.iter().cloned());
            check(second.lay_out(&state).path(), &state).await;
            count += 1;
        }
    }
    println!("{count} states of the disk after two power cuts");
    assert!(count > 50, "too few points to prove anything");
}
