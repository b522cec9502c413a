//! Saved searches lose no match, and tell each once: when two processes end at the same moment, and when the index lacked a
//! text as it was told.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use serde_json::Value;
use vidimus_tests::{Home, Ran, Server, config_for, html, reply, send, tool};

use crate::common::text;

const PAGE: &str = "<!doctype html><html lang=en><title>Basin</title><main><article><h1>Basin</h1><p>The eastern basin is \
    closed for dredging until the end of the month, and the harbour office gives notice of it to all masters of vessels.\
    </p></article></main></html>";
/// A test that waits for longer hangs.
const LONGEST: Duration = Duration::from_secs(120);

/// An archive with a saved search that was told how many matches there are: none.
fn told(site: &Server, hook: &str) -> Home {
    let search = format!("[notify]\nwebhook = \"{hook}\"\n\n[[search]]\nname = \"x\"\nquery = 'basin'\n");
    let home = Home::configured(
        &format!("{}\n{search}", config_for(site.port())),
        &format!("[[source]]\nname = \"harbour\"\npages = [\"{}\"]\n", site.url("/")),
    );
    let first = home.vidimus(&["crawl"]).ok();
    assert!(first.stderr.contains("search \"x\" is new: 0 matches are held"), "{}", first.story());
    home
}

fn site() -> Server {
    Server::of_table(vec![
        ("/", html("<title>Nothing</title><p>Nothing was said yet.")),
        ("/basin", html(PAGE)),
    ])
}

/// What was told of new matches.
fn news(receiver: &Server) -> Vec<Value> {
    let posted = receiver.requests().into_iter().map(|r| serde_json::from_slice::<Value>(&r.body).unwrap());
    posted.filter(|message| message["searches"][0]["new"].as_u64() > Some(0)).collect()
}

#[test]
fn two_that_end_at_the_same_moment_tell_a_match_once() {
    let site = site();
    let (arrived, arrival) = mpsc::channel();
    let (release, released) = mpsc::channel::<()>();
    let held = Mutex::new(Some((arrived, released)));
    let receiver = Server::start(move |request, stream| {
        let is_news = String::from_utf8_lossy(&request.body).contains("1 new match");
        let first = if is_news { held.lock().unwrap().take() } else { None };
        if let Some((arrived, released)) = first {
            arrived.send(()).unwrap();
            released.recv_timeout(LONGEST).unwrap();
        }
        send(stream, &reply("204 No Content", &[], b""));
    });
    let home = Arc::new(told(&site, &receiver.url("/hook")));
    let _ = home.vidimus(&["capture", "--quiet", &site.url("/basin")]).ok();

    // Nothing is due, and the match is told: the webhook takes its time.
    let one = Arc::clone(&home);
    let one = std::thread::spawn(move || one.vidimus(&["crawl", "--due"]));
    arrival.recv_timeout(LONGEST).unwrap();
    let mut two = home.command("vidimus");
    let mut two = two.args(["crawl", "--due"]).stdin(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut said = BufReader::new(two.stderr.take().unwrap()).lines().map(Result::unwrap);
    let waits = said.find(|line| line.contains("waiting for it"));
    release.send(()).unwrap();
    let rest: Vec<String> = said.collect();
    assert!(two.wait().unwrap().success());
    assert!(waits.is_some(), "the second was not kept waiting: {rest:?}");
    assert!(!rest.iter().any(|line| line.contains("new match")), "{rest:?}");
    let one = one.join().unwrap().ok();
    assert!(one.stderr.contains("search \"x\": 1 new match\n"), "{}", one.story());
    assert_eq!(news(&receiver).len(), 1);
}

#[test]
fn what_the_index_lacked_is_told_when_it_holds_it() {
    let site = site();
    let receiver = Server::start(|_, stream| send(stream, &reply("204 No Content", &[], b"")));
    let home = told(&site, &receiver.url("/hook"));
    let _ = home.vidimus(&["capture", "--quiet", &site.url("/basin")]).ok();
    // As if its text could not have been read when it was to be put into the index.
    let catalog = home.path("archive/catalog.sqlite");
    let lacks = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); \
                 c.execute(\"UPDATE capture SET indexed = 0 WHERE url LIKE '%/basin'\"); c.commit()";
    let _ = Ran::of(Command::new(tool("python")).args(["-c", lacks, catalog.to_str().unwrap()])).ok();
    let idle = home.vidimus(&["crawl", "--due"]).ok();
    assert!(!idle.stderr.contains("search"), "{}", idle.story());
    assert_eq!(news(&receiver).len(), 0);

    // A rebuild puts it into the index, and does not forget that it was not told.
    let _ = home.vidimus(&["rebuild", "--quiet"]).ok();
    let told = home.vidimus(&["crawl"]).ok();
    assert!(told.stderr.contains("search \"x\": 1 new match\n"), "{}", told.story());
    assert_eq!(text(&news(&receiver)[0]["searches"][0]["matches"][0], "title"), "Basin");
    let again = home.vidimus(&["crawl"]).ok();
    assert!(!again.stderr.contains("search"), "{}", again.story());
    assert_eq!(news(&receiver).len(), 1);
}
