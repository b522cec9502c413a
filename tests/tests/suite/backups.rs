//! Backups: made while a crawl runs, by `vidimus backup` and by rsync alone, and put back.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use vidimus_tests::{Home, Ran, Running, Server, config_for, html, send, wait_until};

use crate::common::text;

const PAGES: usize = 24;
/// So many pages are answered before the backup is made.
const HALF: usize = 10;

/// A listing of pages; of these, only so many are answered as are let through.
pub fn gated_server() -> (Server, Arc<AtomicUsize>) {
    let allowed = Arc::new(AtomicUsize::new(HALF));
    let gate = Arc::clone(&allowed);
    let server = Server::start(move |request, stream| {
        let links = |n| format!("<h2><a href=\"/page/{n}\">Page {n}</a></h2>");
        let Some(number) = request.target.strip_prefix("/page/").and_then(|n| n.parse::<usize>().ok()) else {
            return send(stream, &html(&(0..PAGES).map(links).collect::<String>()));
        };
        wait_until("the page is let through", || gate.load(Ordering::SeqCst) > number);
        send(stream, &html(&page(number)));
    });
    (server, allowed)
}

fn page(number: usize) -> String {
    format!(
        "<html lang=en><title>Page {number}</title><article><h1>Page {number}</h1><p>This is page {number} of what the \
         weaver wrote down in the year of the flood, as far as the mice have left it.</p></article>"
    )
}

pub fn home_for(server: &Server) -> Home {
    let source = format!(
        "[[source]]\nname = \"weaver\"\nlistings = [{{ url = \"{}\", links = \"h2 a\" }}]\n",
        server.url("/")
    );
    Home::configured(&config_for(server.port()), &source)
}

/// A crawl that has half of the pages and waits for the next.
fn half_way(home: &Home) -> Running {
    let running = home.start(&["crawl"]);
    wait_until("half of the pages are held", || held(home) == HALF);
    running
}

fn held(home: &Home) -> usize {
    let ran = home.vidimus(&["list", "--json", "-n", "0"]);
    if ran.code == Some(0) {
        ran.json().iter().filter(|line| text(line, "outcome") == "captured").count()
    } else {
        0
    }
}

fn let_all_through(allowed: &AtomicUsize, mut running: Running) {
    allowed.store(PAGES, Ordering::SeqCst);
    wait_until("the crawl ends", || !running.is_running());
}

fn sums_are_right(folder: &Path) {
    let mut command = Command::new("sha256sum");
    let _ = Ran::of(command.args(["--check", "--strict", "SHA256SUMS"]).current_dir(folder)).ok();
}

fn copy(from: &Path, to: &Path) {
    let _ = Ran::of(Command::new("cp").arg("-r").arg(from).arg(to)).ok();
}

#[test]
fn a_backup_made_during_a_crawl_is_an_archive_with_which_a_crawl_goes_on() {
    let (server, allowed) = gated_server();
    let home = home_for(&server);
    let running = half_way(&home);
    let destination = home.path("elsewhere/backup");
    let destination = destination.to_str().unwrap();
    let first = home.vidimus(&["--json", "backup", destination]).ok().json().remove(0);
    assert_eq!(first["problems"].as_array().unwrap().len(), 0, "{first}");
    assert!(first["captures"].as_u64().unwrap() > HALF as u64, "the listing and robots.txt too: {first}");
    sums_are_right(Path::new(destination));

    // Put back as docs/operations.md says.
    let restored = home_for(&server);
    std::fs::remove_dir(restored.path("archive")).unwrap();
    copy(Path::new(destination), &restored.path("archive"));
    let _ = restored.vidimus(&["verify"]).ok();
    assert_eq!(held(&restored), HALF);

    let_all_through(&allowed, running);
    let second = home.vidimus(&["--json", "backup", destination]).ok().json().remove(0);
    assert!(second["captures"].as_u64() > first["captures"].as_u64(), "{second}");
    sums_are_right(Path::new(destination));
    let third = home.vidimus(&["--json", "backup", destination]).ok().json().remove(0);
    assert_eq!(
        (&third["copied"], &third["files"]),
        (&1.into(), &second["files"]),
        "the catalog alone: {third}"
    );

    // What was put back goes on where the backup stood.
    let _ = restored.vidimus(&["crawl"]).ok();
    let _ = restored.vidimus(&["verify"]).ok();
    assert_eq!(restored.vidimus(&["list", "--json", "-n", "0"]).ok().json().len(), PAGES);
    assert_eq!(restored.query(&["--json", "-n", "100", "mice"]).ok().json().len(), PAGES);
}

#[test]
fn a_copy_made_with_rsync_during_a_crawl_comes_back_by_a_rebuild() {
    let (server, allowed) = gated_server();
    let home = home_for(&server);
    let running = half_way(&home);
    let rsync = |to: &Home| {
        let mut command = Command::new("rsync");
        command.args(["-a", "--exclude=catalog.*", "--exclude=index", "--exclude=*.lock"]);
        let _ = Ran::of(command.arg("archive/").arg(to.path("archive/")).current_dir(home.path(""))).ok();
    };
    let restored = home_for(&server);
    rsync(&restored);
    let _ = restored.vidimus(&["rebuild"]).ok();
    let _ = restored.vidimus(&["verify"]).ok();
    assert_eq!(held(&restored), HALF);
    assert_eq!(restored.query(&["--json", "-n", "100", "mice"]).ok().json().len(), HALF);

    // Once more when the run is over: beside the beginnings of files now stand the whole ones.
    let_all_through(&allowed, running);
    let twice = home_for(&server);
    copy_again(&restored, &twice);
    rsync(&twice);
    assert!(!twice.archive_files(".open").is_empty(), "rsync deletes nothing unless it is asked to");
    let _ = twice.vidimus(&["rebuild"]).ok();
    let _ = twice.vidimus(&["verify"]).ok();
    assert_eq!(held(&twice), PAGES);
    let _ = twice.vidimus(&["crawl"]).ok();
    let _ = twice.vidimus(&["verify"]).ok();
}

/// What an earlier rsync left, without what was made of it since.
fn copy_again(from: &Home, to: &Home) {
    for folder in ["warc", "text"] {
        copy(&from.path("archive").join(folder), &to.path("archive"));
    }
}

#[test]
fn a_backup_says_what_is_wrong_with_where_it_should_go() {
    let (server, _) = gated_server();
    let home = home_for(&server);
    let nothing = home.vidimus(&["backup", "elsewhere"]).expect(66);
    assert!(nothing.stderr.contains("holds no archive"), "{}", nothing.story());
    let _ = home.vidimus(&["capture", &server.url("/page/1")]).ok();
    let inside = home.vidimus(&["backup", "archive/backup"]).expect(64);
    assert!(inside.stderr.contains("inside the archive"), "{}", inside.story());
    let above = home.vidimus(&["backup", "."]).expect(64);
    assert!(above.stderr.contains("the archive lies inside it"), "{}", above.story());
    let told = home.vidimus(&["backup", "elsewhere"]).ok();
    assert!(told.stderr.contains("captures in"), "{}", told.story());
    std::fs::write(home.archive_files(".warc.gz").remove(0), b"rot").unwrap();
    let rotten = home.vidimus(&["backup", "other"]).expect(1);
    assert!(rotten.stderr.contains("is not what it was when it was sealed"), "{}", rotten.story());
}
