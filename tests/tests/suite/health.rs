//! An operator hears at once: sites that change, fall silent, wall themselves in or shut the door are found out on the
//! next run, with a code, a sentence and exit 1; and all is silent again when they have recovered.

use std::process::Command;
use std::sync::{Arc, Mutex};

use serde_json::Value;
use vidimus_tests::{Home, Ran, Server, config_for, html, reply, send, tool, wait_until};

use crate::common::text;

const LOGIN: &str = include_str!("../../../crates/extract/tests/kinds/login/en-members-drupal.html");

/// What the site is like at the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mood {
    Well,
    NewLayout,
    Walled,
    Refusing,
    Failing,
    Curt,
}

/// A site with a listing of statements, whose mood can change between two runs.
struct Site {
    server: Server,
    home: Home,
    state: Arc<Mutex<(Mood, usize)>>,
}

fn statement(number: usize, words: usize) -> String {
    let body = "The association of the river villages notes that the licences were given without a hearing. ";
    format!(
        "<!doctype html><html lang=en><title>Statement {number}</title><main><article><h1>Statement {number}</h1><p>{}</p>\
         <p>It asks for a hearing number {number}.</p></article></main></html>",
        body.repeat(words)
    )
}

fn answer(mood: Mood, count: usize, target: &str) -> Vec<u8> {
    if target == "/statements" {
        let class = if mood == Mood::NewLayout { "card" } else { "entry" };
        let link = |n: usize| format!("<h2 class={class}><a href=/statements/{n}>Statement {n}</a></h2>");
        let links: String = (1..=count).map(link).collect();
        return html(&format!(
            "<!doctype html><html lang=en><title>Statements</title><main>{links}</main></html>"
        ));
    }
    let number = target.rsplit('/').next().and_then(|n| n.parse().ok()).unwrap_or(0);
    match mood {
        Mood::Walled => html(LOGIN),
        Mood::Refusing => reply("403 Forbidden", &[("Content-Type", "text/plain")], b"no"),
        Mood::Failing if number > 2 => reply("500 Internal Server Error", &[], b"oops"),
        Mood::Curt => html(&statement(number, 1)),
        Mood::Well | Mood::NewLayout | Mood::Failing => html(&statement(number, 20)),
    }
}

impl Site {
    fn new(more: &str) -> Self {
        let state = Arc::new(Mutex::new((Mood::Well, 12)));
        let shared = Arc::clone(&state);
        let server = Server::start(move |request, stream| {
            let (mood, count) = *shared.lock().unwrap();
            send(stream, &answer(mood, count, &request.target));
        });
        let sources = format!(
            "[[source]]\nname = \"villages\"\nlistings = [{{ url = \"{}\", links = \"h2.entry a\" }}]\n{more}",
            server.url("/statements")
        );
        let home = Home::configured(&config_for(server.port()), &sources);
        Self { server, home, state }
    }

    fn becomes(&self, mood: Mood) {
        self.state.lock().unwrap().0 = mood;
    }

    fn has(&self, count: usize) {
        self.state.lock().unwrap().1 = count;
    }

    /// A run that finds all well says nothing.
    #[track_caller]
    fn crawl_is_silent(&self) {
        let ran = self.home.vidimus(&["crawl"]).ok();
        assert!(ran.stdout.is_empty() && ran.stderr.is_empty(), "{}", ran.story());
        let _ = self.home.vidimus(&["status"]).ok();
    }

    /// A run that finds this says it in one line, even to nobody but cron.
    #[track_caller]
    fn crawl_finds(&self, codes: &[&str]) {
        let ran = self.home.vidimus(&["crawl", "--quiet"]).expect(1);
        let lines: Vec<&str> = ran.stderr.lines().collect();
        assert_eq!(lines.len(), codes.len(), "{}", ran.story());
        for (line, code) in lines.iter().zip(codes) {
            assert!(line.starts_with(&format!("source villages is not well: {code}: ")), "{}", ran.story());
        }
        let found: Vec<Value> = self.findings();
        assert_eq!(found.iter().map(|f| text(f, "code")).collect::<Vec<_>>(), codes);
        // Cron hears the same from outside.
        let status = self.home.vidimus(&["status", "--quiet"]).expect(1);
        assert!(status.stdout.is_empty() && status.stderr == ran.stderr, "{}", status.story());
    }

    /// What `status` says of the source.
    fn findings(&self) -> Vec<Value> {
        let ran = self.home.vidimus(&["status", "--json", "--source", "villages"]);
        let status = ran.json().pop().unwrap();
        assert_eq!(ran.code, Some(i32::from(status["well"] == false)), "{}", ran.story());
        status["sources"][0]["findings"].as_array().unwrap().clone()
    }
}

#[test]
fn a_new_layout_is_noticed_and_forgotten_when_the_configuration_fits_again() {
    let site = Site::new("");
    site.crawl_is_silent();
    site.becomes(Mood::NewLayout);
    site.crawl_finds(&["no-links"]);
    let began = site.findings();
    assert_eq!(text(&began[0], "subject"), site.server.url("/statements"));
    assert!(text(&began[0], "message").contains("used to find 12 links"), "{began:?}");

    // The next run finds the same, and knows since when.
    site.crawl_finds(&["no-links"]);
    assert_eq!(site.findings()[0]["since"], began[0]["since"]);
    let told = site.home.vidimus(&["status"]).expect(1).text();
    assert!(told.contains("not well") && told.contains("no-links since "), "{told}");

    // What was found is part of the archive: a rebuild brings it back.
    let visit = || {
        let status = site.home.vidimus(&["status", "--json"]).expect(1).json();
        status[0]["sources"][0]["last_visit"].clone()
    };
    let before = visit();
    std::fs::remove_file(site.home.path("archive/catalog.sqlite")).unwrap();
    let _ = site.home.vidimus(&["rebuild", "--quiet"]).ok();
    assert_eq!(visit(), before);

    let sources = std::fs::read_to_string(site.home.path("config/sources.toml")).unwrap();
    site.home.write("config/sources.toml", sources.replace("h2.entry a", "h2.card a"));
    site.crawl_is_silent();
}

#[test]
fn walls_in_the_place_of_statements() {
    let site = Site::new("");
    site.crawl_is_silent();
    site.becomes(Mood::Walled);
    site.crawl_finds(&["stand-ins"]);
    site.becomes(Mood::Well);
    site.crawl_is_silent();
}

#[test]
fn a_wave_of_refusals() {
    let site = Site::new("");
    site.crawl_is_silent();
    site.becomes(Mood::Refusing);
    site.crawl_finds(&["refused"]);
    site.becomes(Mood::Well);
    site.crawl_is_silent();
}

#[test]
fn most_pages_fail() {
    let site = Site::new("");
    site.becomes(Mood::Failing);
    site.crawl_finds(&["failed"]);
    let message = text(&site.findings()[0], "message").to_owned();
    assert!(message.starts_with("10 of the 12 pages tried") && message.contains("500"), "{message}");
    site.crawl_finds(&["failed"]);
    site.becomes(Mood::Well);
    site.crawl_is_silent();
}

#[test]
fn robots_that_now_forbid_what_was_fetched() {
    let site = Site::new("");
    site.crawl_is_silent();
    site.server.forbid("User-agent: *\nDisallow: /statements/1\n");
    site.crawl_finds(&["robots"]);
    let message = text(&site.findings()[0], "message").to_owned();
    assert!(message.contains("4 pages that were fetched before"), "{message}");
    // The listing as well: now nothing is left.
    site.server.forbid("User-agent: *\nDisallow: /\n");
    site.crawl_finds(&["robots"]);
    site.server.forbid("User-agent: *\nDisallow: /private\n");
    site.crawl_is_silent();
}

#[test]
fn texts_that_are_suddenly_short() {
    let site = Site::new("");
    site.crawl_is_silent();
    site.becomes(Mood::Curt);
    site.has(16);
    site.crawl_finds(&["text-short"]);
}

#[test]
fn silence_beyond_what_is_configured() {
    let site = Site::new("[source.expect]\nnew_items = 1\nper = \"1s\"\n");
    site.crawl_is_silent();
    // Within the second all is well; after it, silence is told.
    wait_until("the source is quiet", || site.home.vidimus(&["crawl"]).code == Some(1));
    site.crawl_finds(&["quiet"]);
    site.has(13);
    site.crawl_is_silent();
}

#[test]
fn a_source_of_which_nothing_is_expected_may_be_silent() {
    let site = Site::new("[source.expect]\nnew_items = 0\n");
    site.crawl_is_silent();
    site.crawl_is_silent();
}

#[test]
fn a_budget_that_never_suffices() {
    let site = Site::new("max_pages = 2\n");
    site.has(3);
    for count in [6, 9] {
        site.crawl_is_silent();
        site.has(count);
    }
    site.crawl_finds(&["budget"]);
}

#[test]
fn a_schedule_that_nobody_keeps_is_seen_from_outside() {
    let site = Site::new("schedule = \"0 * * * *\"\n");
    site.crawl_is_silent();
    // As if cron had been dead since long ago: only the clock of the last visit is turned back.
    let turn_back = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute(\"UPDATE schedule SET last_started = '2025-01-01T00:00:00.000Z'\"); c.commit()";
    let catalog = site.home.path("archive/catalog.sqlite");
    let _ = Ran::of(Command::new(tool("python")).args(["-c", turn_back, catalog.to_str().unwrap()])).ok();
    let found = site.findings();
    assert_eq!((found.len(), text(&found[0], "code")), (1, "overdue"), "{found:?}");
    assert!(text(&found[0], "message").contains("cron"), "{found:?}");
    let _ = site.home.vidimus(&["crawl", "--due"]).ok();
    assert!(site.findings().is_empty());
}
