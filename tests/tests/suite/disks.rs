//! Disks that refuse and machines that stop, on the real program: strace lets chosen system calls fail, or kills the
//! program in the middle of one. Every point is tried inside the archive's own tests; these are samples of it.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Command;

use vidimus_tests::{Home, Ran, Server, config_for, html, send};

use crate::common::text;

const PAGES: usize = 12;

fn server() -> Server {
    Server::start(|request, stream| {
        let links = |n| format!("<h2><a href=\"/page/{n}\">Page {n}</a></h2>");
        let body = match request.target.strip_prefix("/page/") {
            Some(number) => format!(
                "<html lang=en><title>Page {number}</title><article><h1>Page {number}</h1><p>Page {number} of the log \
                 of the lighthouse, in the hand of its last keeper, who wrote of little but the weather.</p></article>"
            ),
            None => (0..PAGES).map(links).collect(),
        };
        send(stream, &html(&body));
    })
}

fn home_for(server: &Server) -> Home {
    let source = format!(
        "[[source]]\nname = \"light\"\nlistings = [{{ url = \"{}\", links = \"h2 a\" }}]\n",
        server.url("/")
    );
    Home::configured(&config_for(server.port()), &source)
}

/// Runs `vidimus` under strace, which tampers with its system calls as these options say.
fn tampered(home: &Home, options: &[&str], arguments: &[&str]) -> Ran {
    may_trace();
    let plain = home.command("vidimus");
    let mut command = Command::new("strace");
    command.args(["-f", "-qq", "-o", "/dev/null"]).args(options).arg(plain.get_program()).args(arguments);
    command.current_dir(home.path(""));
    for (name, value) in plain.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    Ran::of(&mut command)
}

/// Fails the test where nothing can be traced: a disk that never refused would prove nothing.
fn may_trace() {
    let tried = Command::new("strace").args(["-f", "-qq", "-o", "/dev/null", "true"]).output();
    let tried = tried.expect("strace is not here: tests/run installs it");
    assert!(
        tried.status.success(),
        "strace may not trace here, and without it no disk refuses (in a container: --cap-add=SYS_PTRACE): {}",
        String::from_utf8_lossy(&tried.stderr)
    );
}

/// The names of all snapshots that the archive acknowledges.
fn names(home: &Home) -> BTreeSet<String> {
    let lines = home.vidimus(&["list", "--all", "--json", "-n", "0"]);
    let lines = if lines.code == Some(0) { lines.json() } else { Vec::new() };
    lines.iter().map(|line| text(line, "id").to_owned()).filter(|id| !id.is_empty()).collect()
}

/// The archive is whole, holds all of these, and the next run is as if nothing had been.
fn comes_back(home: &Home, acknowledged: &BTreeSet<String>, what: &str) {
    let ran = home.vidimus(&["crawl"]);
    assert_eq!(ran.code, Some(0), "{what}: {}", ran.story());
    assert!(names(home).is_superset(acknowledged), "{what}: an acknowledged capture is gone");
    assert!(home.archive_files(".open").is_empty(), "{what}: a file was left open");
    let verified = home.vidimus(&["verify"]);
    assert_eq!(verified.code, Some(0), "{what}: {}", verified.story());
    let found = home.query(&["--json", "-n", "100", "lighthouse"]).ok().json();
    assert_eq!(found.len(), PAGES, "{what}: every page is found");
}

#[test]
fn runs_that_are_killed_in_the_middle_of_a_system_call_lose_nothing() {
    let server = server();
    let home = home_for(&server);
    let (mut acknowledged, mut killed) = (BTreeSet::new(), 0);
    // Counted in each thread by itself.
    for (call, number) in [
        ("fdatasync", 1),
        ("write", 6),
        ("pwrite64", 25),
        ("fsync", 2),
        ("fdatasync", 5),
        ("pwrite64", 120),
        ("rename", 1),
        ("write", 21),
        ("fdatasync", 9),
        ("rename", 2),
        ("pwrite64", 260),
    ] {
        let tamper = format!("inject={call}:signal=SIGKILL:when={number}");
        let ran = tampered(&home, &["-e", &tamper], &["crawl"]);
        killed += usize::from(ran.code != Some(0));
        let now = names(&home);
        assert!(now.is_superset(&acknowledged), "{tamper}: an acknowledged capture is gone");
        acknowledged = now;
    }
    assert!(killed >= 6, "only {killed} of the runs were killed");
    comes_back(&home, &acknowledged, "after all kills");
}

/// One refusal: the system call, how it fails, on which file of the archive (all, where none is named), and what the
/// sentence must say.
struct Refusal {
    call: &'static str,
    error: &'static str,
    file: &'static str,
    says: &'static str,
}

const REFUSALS: [Refusal; 7] = [
    Refusal {
        call: "fsync,fdatasync",
        error: "EIO:when=1+",
        file: "",
        says: "what was acknowledged before is safe",
    },
    Refusal { call: "fsync", error: "ENOSPC:when=1", file: "archive/warc", says: "make space and run again" },
    Refusal {
        call: "pwrite64",
        error: "ENOSPC:when=4+",
        file: "archive/catalog.sqlite-wal",
        says: "make space and run again",
    },
    Refusal {
        call: "fsync,fdatasync",
        error: "EIO:when=2+",
        file: "archive/catalog.sqlite-wal",
        says: "may be failing",
    },
    Refusal {
        call: "openat",
        error: "EROFS",
        file: "archive/vidimus.lock",
        says: "check who may write there",
    },
    Refusal {
        call: "openat",
        error: "EACCES",
        file: "archive/vidimus.lock",
        says: "check who may write there",
    },
    Refusal { call: "openat", error: "EACCES", file: "archive/index/.tantivy-writer.lock", says: "index" },
];

#[test]
fn a_disk_that_refuses_is_told_with_what_to_do_and_the_next_run_goes_on() {
    let server = server();
    let home = home_for(&server);
    let _ = home.vidimus(&["crawl"]).ok();
    for Refusal { call, error, file, says } in REFUSALS {
        let acknowledged = names(&home);
        let (tamper, path) = (format!("inject={call}:error={error}"), home.path(file));
        // As the system names what is open, and as the program names what it opens: from `config/vidimus.toml` on.
        let (path, spelt) = (path.to_string_lossy().into_owned(), format!("config/../{file}"));
        let only = if file.is_empty() { vec![] } else { vec!["-P", &path, "-P", &spelt] };
        let ran = tampered(&home, &[&only[..], &["-e", &tamper]].concat(), &["crawl"]);
        assert_eq!(ran.code, Some(74), "{tamper} {file}: {}", ran.story());
        assert!(ran.stderr.contains(says), "{tamper} {file}: {}", ran.story());
        assert!(!ran.stderr.contains("panicked"), "{}", ran.story());
        comes_back(&home, &acknowledged, &format!("{tamper} {file}"));
    }
}

#[test]
fn a_rebuild_that_is_killed_goes_on_where_it_was() {
    let server = server();
    let home = home_for(&server);
    for _ in 0..3 {
        let _ = home.vidimus(&["crawl"]).ok();
    }
    let before = home.everything();
    for file in ["catalog.sqlite", "catalog.sqlite-wal", "catalog.sqlite-shm"] {
        let _ = std::fs::remove_file(home.path("archive").join(file));
    }
    let mut killed = 0;
    for (call, number) in
        [("pwrite64", 40), ("fdatasync", 9), ("fdatasync", 14), ("rename", 1), ("rename", 3)]
    {
        let tamper = format!("inject={call}:signal=SIGKILL:when={number}");
        killed += usize::from(tampered(&home, &["-e", &tamper], &["rebuild"]).code != Some(0));
    }
    assert!(killed >= 3, "only {killed} of the rebuilds were killed");
    let _ = home.vidimus(&["rebuild"]).ok();
    let leftovers: Vec<PathBuf> = home.archive_files("catalog.rebuild.sqlite");
    assert!(leftovers.is_empty(), "{leftovers:?}");
    let of = |lines: &[serde_json::Value]| lines.iter().map(ToString::to_string).collect::<BTreeSet<_>>();
    assert_eq!(of(&before), of(&home.everything()));
    comes_back(&home, &BTreeSet::new(), "after the rebuild");
}
