//! `kill -9` in mid-crawl, and then again; and the lock that keeps two runs apart.

use std::collections::{BTreeSet, HashMap};
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::Value;
use vidimus_tests::{Home, Server, config_for, html, send, wait_until};

use crate::common::{outcome, text};
use crate::conformance::check_warcs_of_killed_runs;

const PAGES: usize = 40;

fn page(number: usize) -> Vec<u8> {
    html(&format!(
        "<html lang=en><title>Page {number}</title><article><h1>Page {number}</h1><p>This is the page with the number \
         {number} of the minutes that the committee keeps of all its meetings since the mill was sold.</p></article>"
    ))
}

/// A listing of many pages, each answered a moment late, so that there is a middle to be killed in.
fn slow_server() -> Server {
    Server::start(|request, stream| {
        let links = |n| format!("<h2><a href=\"/page/{n}\">Page {n}</a></h2>");
        let body = match request.target.strip_prefix("/page/") {
            Some(number) => page(number.parse().unwrap()),
            None => html(&(0..PAGES).map(links).collect::<String>()),
        };
        std::thread::sleep(Duration::from_millis(15));
        send(stream, &body);
    })
}

fn home_for(server: &Server) -> Home {
    let source = format!(
        "[[source]]\nname = \"minutes\"\nlistings = [{{ url = \"{}\", links = \"h2 a\" }}]\n",
        server.url("/")
    );
    // A page that is held is not asked for again within the day.
    let main = config_for(server.port()).replace("revisit_after = \"0s\"", "revisit_after = \"24h\"");
    Home::configured(&main, &source)
}

#[test]
fn killed_runs_lose_nothing_and_fetch_nothing_twice() {
    let server = slow_server();
    let home = home_for(&server);
    let mut acknowledged: BTreeSet<String> = BTreeSet::new();
    for (round, requests) in [4, 9, 17, 18, 30].into_iter().enumerate() {
        let running = home.start(&["crawl"]);
        wait_until("the crawl is under way", || server.requests().len() >= requests);
        running.kill();
        if round % 2 == 0 {
            tear(&home);
        }
        let now = names(&home.everything());
        assert!(now.is_superset(&acknowledged), "round {round}: an acknowledged capture is gone");
        acknowledged = now;
    }
    let ran = home.vidimus(&["crawl", "--summary"]).ok();
    let everything = home.everything();
    assert!(names(&everything).is_superset(&acknowledged), "{}", ran.story());
    assert!(acknowledged.len() > 10, "the runs were killed before anything was acknowledged");

    let mut outcomes: HashMap<&str, Vec<String>> = HashMap::new();
    for line in everything.iter().filter(|line| line["role"] == "page") {
        outcomes.entry(text(line, "url")).or_default().push(outcome(line));
    }
    for number in 0..PAGES {
        let url = server.url(&format!("/page/{number}"));
        assert_eq!(
            outcomes.get(url.as_str()).map(Vec::as_slice),
            Some(&["captured".to_owned()][..]),
            "{url}"
        );
    }
    // What was in flight when a run was killed is asked for again (one page on its way, one being archived); what was
    // acknowledged is not.
    let again: usize = (0..PAGES).map(|n| server.count(&format!("/page/{n}")) - 1).sum();
    assert!(again <= 10, "{again} pages were asked for twice, in five killed runs");

    assert!(home.archive_files(".open").is_empty());
    let _ = home.vidimus(&["verify"]).ok();
    check_warcs_of_killed_runs(&home);
    let hits = home.query(&["--json", "-n", "100", "mill"]).ok().json();
    assert_eq!(hits.len(), PAGES, "every page is found, those of killed runs too");
}

/// The names of all snapshots.
fn names(lines: &[Value]) -> BTreeSet<String> {
    lines.iter().map(|line| text(line, "id").to_owned()).filter(|id| !id.is_empty()).collect()
}

/// Leaves the open files as a power cut does: with the beginning of a record that was never finished.
fn tear(home: &Home) {
    for file in home.archive_files(".open") {
        let torn = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff, 0x55, 0xcd];
        std::fs::OpenOptions::new().append(true).open(file).unwrap().write_all(&torn).unwrap();
    }
}

#[test]
fn a_run_that_is_over_is_not_resumed() {
    let server = slow_server();
    let home = home_for(&server);
    let _ = home.vidimus(&["crawl"]).ok();
    let before = server.requests().len();
    let _ = home.vidimus(&["crawl"]).ok();
    assert_eq!(server.requests().len() - before, 1, "only the listing is read again");
}

#[test]
fn a_second_run_is_told_who_holds_the_lock() {
    let released = Arc::new(AtomicBool::new(false));
    let gate = Arc::clone(&released);
    let server = Server::start(move |_, stream| {
        while !gate.load(Ordering::SeqCst) {
            std::thread::sleep(Duration::from_millis(5));
        }
        send(stream, &page(1));
    });
    let source = format!("[[source]]\nname = \"slow\"\npages = [\"{}\"]\n", server.url("/"));
    let home = Home::configured(&config_for(server.port()), &source);
    let first = home.start(&["crawl"]);
    wait_until("the first run asks for its page", || !server.requests().is_empty());

    for second in [&["crawl"][..], &["capture", "http://127.0.0.1/"], &["rebuild"]] {
        let ran = home.vidimus(second).expect(75);
        assert!(ran.stderr.contains(&first.id().to_string()), "does not say who: {}", ran.story());
    }
    // Whoever only reads is not kept out.
    for reader in [&["list", "--all"][..], &["status"], &["verify"]] {
        let ran = home.vidimus(reader);
        assert!(matches!(ran.code, Some(0..=2)), "{}", ran.story());
    }

    // The lock is the kernel's: however its holder ends, the next run may begin.
    first.kill();
    released.store(true, Ordering::SeqCst);
    let _ = home.vidimus(&["crawl"]).ok();
    assert_eq!(outcome(home.tries(&server.url("/")).last().unwrap()), "captured");
}

#[test]
fn a_run_that_is_asked_to_stop_ends_in_order() {
    let server = slow_server();
    let home = home_for(&server);
    let mut running = home.start(&["crawl"]);
    wait_until("the crawl is under way", || server.requests().len() >= 10);
    running.signal("TERM");
    wait_until("the run ends", || !running.is_running());
    assert!(home.archive_files(".open").is_empty(), "its files are sealed");
    let held = names(&home.everything());
    let _ = home.vidimus(&["crawl"]).ok();
    assert!(names(&home.everything()).is_superset(&held));
    for number in 0..PAGES {
        assert_eq!(server.count(&format!("/page/{number}")), 1, "page {number}");
    }
    let _ = home.vidimus(&["verify"]).ok();
}

/// Pages of which one hangs until the server is told to answer.
fn hanging_server(answers: &Arc<AtomicBool>) -> Server {
    let answers = Arc::clone(answers);
    Server::start(move |request, stream| {
        let links = "<h2><a href=\"/page/1\">One</a></h2><h2><a href=\"/page/2\">Two</a></h2>";
        while request.target == "/page/1" && !answers.load(Ordering::SeqCst) {
            std::thread::sleep(Duration::from_millis(5));
        }
        send(stream, &if request.target == "/" { html(links) } else { page(1) });
    })
}

#[test]
fn what_hangs_does_not_keep_a_run_from_stopping_and_is_asked_for_again() {
    let answers = Arc::new(AtomicBool::new(false));
    let server = hanging_server(&answers);
    let home = home_for(&server);
    let mut running = home.start(&["crawl"]);
    wait_until("the page that hangs is asked for", || server.count("/page/1") == 1);
    running.signal("TERM");
    wait_until("the run ends all the same", || !running.is_running());
    assert!(home.archive_files(".open").is_empty(), "its files are sealed");
    let hung = server.url("/page/1");
    assert!(home.tries(&hung).is_empty(), "a page that was given up for a signal has not failed");

    answers.store(true, Ordering::SeqCst);
    let _ = home.vidimus(&["crawl"]).ok();
    for url in [hung, server.url("/page/2")] {
        let tries = home.tries(&url);
        assert_eq!(tries.iter().map(outcome).collect::<Vec<_>>(), ["captured"], "{url}");
    }
    assert_eq!(server.count("/"), 1, "the run went on where it was");
}

#[test]
fn a_run_that_only_waits_for_its_turn_stops_at_once() {
    let asked = Arc::new(AtomicBool::new(false));
    let robots = Arc::clone(&asked);
    let server = Server::whole(move |request, stream| {
        if request.target == "/robots.txt" {
            robots.store(true, Ordering::SeqCst);
        }
        send(stream, &html("<h2><a href=\"/page/1\">One</a></h2><h2><a href=\"/page/2\">Two</a></h2>"));
    });
    let home = home_for(&server);
    home.write(
        "config/vidimus.toml",
        config_for(server.port()).replace("min_gap = \"0s\"", "min_gap = \"300s\""),
    );
    let mut running = home.start(&["crawl"]);
    wait_until("robots.txt is asked for", || asked.load(Ordering::SeqCst));
    running.signal("TERM");
    wait_until("the run ends long before its turn", || !running.is_running());
    assert_eq!(server.requests().len(), 0);
    assert!(home.everything().iter().all(|line| line["role"] == "robots"), "nothing else was tried");

    home.write("config/vidimus.toml", config_for(server.port()));
    let _ = home.vidimus(&["crawl"]).ok();
    for path in ["/", "/page/1", "/page/2"] {
        assert_eq!(server.count(path), 1, "{path}");
    }
}

/// Two sources: one whose page hangs until the server is told to answer, and one that answers at once.
fn hanging_and_quick(server: &Server) -> Home {
    let source = |name: &str, path: &str| {
        format!(
            "[[source]]\nname = \"{name}\"\nschedule = \"0 0 1 1 *\"\nlistings = [{{ url = \"{}\", links = \"h2 a\" }}]\n",
            server.url(path)
        )
    };
    Home::configured(&config_for(server.port()), &(source("slow", "/") + &source("quick", "/quick")))
}

#[test]
fn an_interrupted_visit_stays_due_when_another_source_is_crawled() {
    let answers = Arc::new(AtomicBool::new(false));
    let server = hanging_server(&answers);
    let home = hanging_and_quick(&server);
    let running = home.start(&["crawl", "slow"]);
    wait_until("the page that hangs is asked for", || server.count("/page/1") == 1);
    running.kill();
    let _ = home.vidimus(&["crawl", "quick"]);
    let next = |name: &str| {
        let status = home.vidimus(&["status", "--json"]).json().pop().unwrap();
        let sources = status["sources"].as_array().unwrap();
        sources.iter().find(|source| source["source"] == name).unwrap()["next"].clone()
    };
    assert_eq!(next("slow"), "now");
    assert_ne!(next("quick"), "now");

    answers.store(true, Ordering::SeqCst);
    let _ = home.vidimus(&["crawl", "--due"]);
    for page in ["/page/1", "/page/2"] {
        assert_eq!(home.tries(&server.url(page)).iter().map(outcome).collect::<Vec<_>>(), ["captured"]);
    }
    assert_ne!(next("slow"), "now", "it has been visited to its end");
}

#[test]
fn what_an_interrupted_run_did_survives_a_rebuild() {
    for kill in [true, false] {
        let answers = Arc::new(AtomicBool::new(false));
        let server = hanging_server(&answers);
        let home = hanging_and_quick(&server);
        // Refused before any exchange: only a report or the catalog can tell.
        let mut sources = std::fs::read_to_string(home.path("config/sources.toml")).unwrap();
        sources.push_str("[[source]]\nname = \"inside\"\npages = [\"http://10.0.0.1/\"]\n");
        home.write("config/sources.toml", &sources);
        let main = format!("contact = \"mailto:tests@archive.example\"\n{}", config_for(server.port()));
        home.write("config/vidimus.toml", main);
        let mut running = home.start(&["crawl"]);
        wait_until("the page that hangs is asked for", || server.count("/page/1") == 1);
        wait_until("the refusal is noted", || {
            home.everything().iter().any(|line| outcome(line) == "refused address")
        });
        if kill {
            running.kill();
        } else {
            running.signal("TERM");
            wait_until("the run ends", || !running.is_running());
        }
        let before = home.everything();
        let _ = home.vidimus(&["rebuild"]).ok();
        let refused =
            |lines: &[Value]| lines.iter().filter(|line| outcome(line) == "refused address").count();
        assert_eq!((refused(&before), refused(&home.everything())), (1, 1), "killed: {kill}");
        let _ = home.vidimus(&["verify"]).ok();

        answers.store(true, Ordering::SeqCst);
        let _ = home.vidimus(&["crawl"]);
        assert_eq!(outcome(home.tries(&server.url("/page/1")).last().unwrap()), "captured", "killed: {kill}");
        let _ = home.vidimus(&["verify"]).ok();
    }
}
