//! What changed on a page: `diff` between captures, and the history that `list URL` tells.

use std::sync::{Arc, Mutex};

use serde_json::Value;
use vidimus_tests::{Home, Server, config_for, html, reply, send};

use crate::common::text;

const FIRST: &str =
    "Two surveyors of the river were detained on 5 March at the landing, with their boat and its log.";
const SECOND: &str =
    "The provincial office has not said since then where the boat is kept, nor under which law it was taken.";
const THIRD: &str =
    "We call on the ministry to return the boat and to answer in public, before the rains begin in May.";

/// A page that a test can change, and an archive of it.
struct Watched {
    server: Server,
    home: Home,
    answer: Arc<Mutex<Vec<u8>>>,
}

/// What stands around a statement, and what is said of it.
struct Around<'a> {
    title: &'a str,
    modified: &'a str,
    sidebar: &'a str,
}

const PLAIN: Around<'_> = Around {
    title: "Return the boat",
    modified: "2025-03-10",
    sidebar: "Today: market day, visitors welcome",
};

fn page(around: &Around<'_>, paragraphs: &[&str]) -> Vec<u8> {
    let body: String = paragraphs.iter().map(|text| format!("<p>{text}</p>")).collect();
    let Around { title, modified, sidebar } = around;
    html(&format!(
        "<html lang=en><head><title>{title} | River Watch</title>\
         <meta property=\"og:title\" content=\"{title}\">\
         <meta property=\"article:published_time\" content=\"2025-03-09T08:00:00Z\">\
         <meta property=\"article:modified_time\" content=\"{modified}T08:00:00Z\"></head>\
         <body><nav><a href=/a>Home</a> <a href=/b>News</a> <a href=/c>Contact</a></nav>\
         <main><article><h1>{title}</h1>{body}</article></main><aside><p>{sidebar}</p></aside>\
         <footer>River Watch, 12 Landing Road</footer></body></html>"
    ))
}

impl Watched {
    fn new() -> Self {
        let answer = Arc::new(Mutex::new(page(&PLAIN, &[FIRST, SECOND, THIRD])));
        let current = Arc::clone(&answer);
        let server = Server::start(move |_, stream| send(stream, &current.lock().unwrap().clone()));
        let home = Home::configured(&config_for(server.port()), "");
        let watched = Self { server, home, answer };
        watched.capture();
        watched
    }

    fn url(&self) -> String {
        self.server.url("/statement")
    }

    fn capture(&self) {
        let _ = self.home.vidimus(&["capture", "--quiet", &self.url()]);
    }

    /// The page says this now, and is captured.
    fn becomes(&self, answer: Vec<u8>) {
        *self.answer.lock().unwrap() = answer;
        self.capture();
    }

    fn history(&self) -> Vec<Value> {
        self.home.vidimus(&["list", &self.url(), "--json"]).ok().json()
    }

    fn events(&self) -> Vec<String> {
        self.history().iter().map(|line| text(&line["timeline"], "event").to_owned()).collect()
    }

    fn told(&self) -> String {
        self.home.vidimus(&["list", &self.url()]).ok().text()
    }

    /// The difference of the two newest versions.
    fn diff(&self, code: i32) -> Value {
        self.home.vidimus(&["diff", &self.url(), "--json"]).expect(code).json().pop().unwrap()
    }
}

/// Either text, put together from the hunks.
fn whole(diff: &Value, side: &str) -> String {
    diff["hunks"].as_array().unwrap().iter().map(|hunk| hunk[side]["text"].as_str().unwrap()).collect()
}

fn kinds(diff: &Value) -> Vec<&str> {
    let hunks = diff["hunks"].as_array().unwrap().iter();
    hunks.map(|hunk| text(hunk, "kind")).filter(|kind| *kind != "equal").collect()
}

#[test]
fn an_edit_is_told_by_its_words() {
    let watched = Watched::new();
    let edited = SECOND.replace("has not said", "has said");
    watched.becomes(page(&PLAIN, &[FIRST, &edited, THIRD]));

    let diff = watched.diff(1);
    assert_eq!(kinds(&diff), ["removed"]);
    assert_eq!((diff["summary"]["removed"].clone(), diff["summary"]["added"].clone()), (1.into(), 0.into()));
    for (side, id) in [("a", &diff["a"]["id"]), ("b", &diff["b"]["id"])] {
        let held = watched.home.vidimus(&["show", id.as_str().unwrap(), "--text"]).ok().text();
        assert_eq!(whole(&diff, side), held.trim_end_matches('\n'));
        let last = diff["hunks"].as_array().unwrap().last().unwrap();
        assert_eq!(last[side]["end"], held.trim_end_matches('\n').chars().count() as u64);
    }

    let (a, b) = (text(&diff["a"], "id").to_owned(), text(&diff["b"], "id").to_owned());
    let inline = watched.home.vidimus(&["diff", &a, &b]).expect(1).text();
    assert!(inline.contains("has [-not-] said") && inline.contains("+0 -1 words"), "{inline}");
    assert!(!inline.contains("deleted"), "{inline}");
    let by_id = watched.home.vidimus(&["diff", &b]).expect(1).text();
    assert_eq!(by_id, inline, "a capture alone is compared with the version before it");
    let columns = watched.home.vidimus(&["diff", &a, &b, "-y"]).expect(1).text();
    assert!(columns.contains("[-not-]"), "{columns}");
    let html = watched.home.vidimus(&["diff", &a, &b, "--html"]).expect(1).text();
    assert!(html.contains("<del>not</del>") && html.contains("Content-Security-Policy"), "{html}");
    assert!(!html.contains("<script") && html.contains("ni:///sha-256;"));
    let _ = watched.home.vidimus(&["diff", &a, &a]).ok();
}

#[test]
fn what_moved_has_moved() {
    let watched = Watched::new();
    watched.becomes(page(&PLAIN, &[THIRD, FIRST, SECOND]));
    let diff = watched.diff(1);
    let mut found = kinds(&diff);
    found.sort_unstable();
    assert_eq!(found, ["moved-away", "moved-here"], "{diff:#}");
    assert_eq!(text(&diff["moves"][0]["a"], "text").trim(), THIRD);
    assert_eq!((diff["summary"]["removed"].clone(), diff["summary"]["added"].clone()), (0.into(), 0.into()));
}

#[test]
fn what_is_around_a_statement_makes_no_difference() {
    let watched = Watched::new();
    watched.becomes(page(
        &Around { sidebar: "Tomorrow: the ferry does not run", ..PLAIN },
        &[FIRST, SECOND, THIRD],
    ));
    assert_eq!(watched.events(), ["first-seen", "unchanged"]);
    let lines = watched.history();
    let ids: Vec<&str> = lines.iter().map(|line| text(line, "id")).collect();
    assert_ne!(lines[0]["payload_sha256"], lines[1]["payload_sha256"]);
    let same = watched.home.vidimus(&["diff", ids[0], ids[1]]).ok().text();
    assert!(same.contains("the bytes differ, the statement does not"), "{same}");
}

#[test]
fn facts_beside_the_text_are_compared() {
    let watched = Watched::new();
    let around = Around { title: "Give back the boat", modified: "2025-03-12", ..PLAIN };
    watched.becomes(page(&around, &[FIRST, SECOND, THIRD]));
    let diff = watched.diff(1);
    let fields: Vec<&str> =
        diff["fields"].as_array().unwrap().iter().map(|field| text(field, "name")).collect();
    assert_eq!(fields, ["title", "modified"], "{diff:#}");
    // A page that only dates itself anew has no other version, though the two differ.
    watched.becomes(page(&Around { modified: "2025-03-13", ..around }, &[FIRST, SECOND, THIRD]));
    assert_eq!(watched.events(), ["first-seen", "edit", "dated-anew"]);
    let lines = watched.history();
    let anew = &lines[2]["timeline"];
    assert_eq!((anew["version"].clone(), anew["edit"]["fields"][0].clone()), (2.into(), "modified".into()));
    let dated =
        watched.home.vidimus(&["diff", text(&lines[1], "id"), text(&lines[2], "id")]).expect(1).text();
    assert!(dated.contains("the text is the same") && dated.contains("{+2025-03-13"), "{dated}");
    let inline = watched.home.vidimus(&["diff", &watched.url()]).expect(1).text();
    assert!(inline.contains("[-Return the boat-]") && inline.contains("{+Give back the boat+}"), "{inline}");
}

#[test]
fn signatories_are_compared_by_who_they_are() {
    let list = |names: &[&str]| {
        let items: String = names.iter().map(|name| format!("<li>{name}</li>")).collect();
        format!("<p>{FIRST}</p><p>{SECOND}</p><p>{THIRD}</p><h2>Signed by:</h2><ol>{items}</ol>")
    };
    let names = [
        "Dara Rights Centre (DARC)",
        "Union of Weavers &amp; Dyers",
        "House of Letters",
        "Lake Fishers Network",
        "Committee for the Lower River",
        "Youth Circle of the Landing",
    ];
    let mut later = names.to_vec();
    later[0] = "DARC";
    later[1] = "Union of Weavers and Dyers";
    later[2] = "Harbour Workers Federation";
    let watched = Watched::new();
    let whole = |items: String| {
        let page = String::from_utf8(page(&PLAIN, &["@@"])).unwrap();
        let body = page.split_once("\r\n\r\n").unwrap().1.replace("<p>@@</p>", &items);
        html(&body)
    };
    watched.becomes(whole(list(&names)));
    watched.becomes(whole(list(&later)));
    let diff = watched.diff(1);
    let signatories = &diff["signatories"];
    assert_eq!(signatories["count_a"], 6, "{diff:#}");
    assert_eq!(signatories["joined"][0], "Harbour Workers Federation");
    assert_eq!(signatories["left"][0], "House of Letters");
    assert_eq!(signatories["renamed"].as_array().unwrap().len(), 2, "{signatories:#}");
    let inline = watched.home.vidimus(&["diff", &watched.url()]).expect(1).text();
    assert!(
        inline.contains("present in B, absent in A") && inline.contains("present in A, absent in B"),
        "{inline}"
    );
}

#[test]
fn the_history_of_a_page_claims_no_more_than_was_seen() {
    let watched = Watched::new();
    watched.capture();
    // A silent edit, one that the page dates, an absence, a reappearance.
    let silent = FIRST.replace("5 March", "6 March");
    watched.becomes(page(&PLAIN, &[&silent, SECOND, THIRD]));
    let dated = Around { modified: "2025-03-20", ..PLAIN };
    watched.becomes(page(&dated, &[&silent, SECOND]));
    watched.becomes(reply("404 Not Found", &[("Content-Type", "text/html")], b"<p>no such page"));
    watched.becomes(reply("410 Gone", &[("Content-Type", "text/html")], b"<p>gone"));
    watched.becomes(page(&dated, &[&silent, SECOND]));
    assert_eq!(
        watched.events(),
        ["first-seen", "unchanged", "edit", "edit", "absent", "absent", "seen-again"]
    );
    let lines = watched.history();
    let edit = |at: usize| &lines[at]["timeline"]["edit"];
    assert_eq!(
        (edit(2)["silent"].clone(), edit(3)["silent"].clone()),
        (true.into(), false.into()),
        "{lines:#?}"
    );
    assert!(text(edit(3), "dated").starts_with("2025-03-20"));
    assert_eq!(lines[4]["timeline"]["last_seen"], lines[3]["captured_at"]);
    assert_eq!(edit(2)["against"], lines[1]["id"]);

    let told = watched.told();
    for words in [
        "first seen",
        "unchanged in 2 captures",
        "silent edit",
        "dated by the page 2025-03-20",
        "not found (404) at this capture",
        "gone (410), according to the server, at this capture",
        "last seen at the capture of",
        "with the text that it had before",
    ] {
        assert!(told.contains(words), "{words}: {told}");
    }
    assert!(!told.contains("deleted") && !told.contains("removed"), "{told}");
    let table = watched.home.vidimus(&["list", &watched.url(), "--table"]).ok().text();
    assert!(table.contains("error 404"), "{table}");
}

#[test]
fn what_cannot_be_compared_is_said() {
    let watched = Watched::new();
    let one = watched.home.vidimus(&["diff", &watched.url()]).expect(2);
    assert!(one.stderr.contains("one version"), "{}", one.story());
    let never = watched.home.vidimus(&["diff", &watched.server.url("/never")]).expect(2);
    assert!(never.stderr.contains("was never tried"), "{}", never.story());
    watched.becomes(reply("200 OK", &[("Content-Type", "application/pdf")], b"%PDF-1.4 nothing"));
    let lines = watched.history();
    let (old, new) = (text(&lines[0], "id"), text(&lines[1], "id"));
    let none = watched.home.vidimus(&["diff", old, new]).expect(2);
    assert!(none.stderr.contains("no text was extracted"), "{}", none.story());
    // What cannot be read leaves the version before it as it was.
    watched.becomes(page(&PLAIN, &[FIRST, SECOND, THIRD]));
    assert_eq!(watched.events(), ["first-seen", "unread", "seen-again"]);
    assert!(text(&watched.history()[1]["timeline"], "error").contains("no text was extracted"));
    let told = watched.told();
    assert!(told.contains("unread") && !told.contains("edit"), "{told}");
}

#[test]
fn what_a_broken_transfer_lacks_was_not_taken_out() {
    let watched = Watched::new();
    let whole = watched.answer.lock().unwrap().clone();
    let end = whole.windows(THIRD.len()).position(|part| part == THIRD.as_bytes()).unwrap();
    watched.becomes(whole[..end].to_vec());
    watched.becomes(page(&PLAIN, &[FIRST, SECOND, &THIRD.replace("May", "June")]));
    assert_eq!(watched.events(), ["first-seen", "cut-short", "edit"]);
    let lines = watched.history();
    assert_eq!(text(&lines[1], "outcome"), "truncated");
    let (before, edit) = (&lines[1]["timeline"], &lines[2]["timeline"]);
    assert_eq!((before["version"].clone(), before["edit"].clone()), (1.into(), Value::Null));
    // It is compared with what came whole.
    assert_eq!(
        (edit["edit"]["against"].clone(), edit["edit"]["silent"].clone()),
        (lines[0]["id"].clone(), true.into())
    );
    assert!(watched.told().contains("only the beginning came"), "{}", watched.told());

    let ids: Vec<&str> = lines.iter().map(|line| text(line, "id")).collect();
    let diff = watched.home.vidimus(&["diff", ids[0], ids[1], "--json"]).expect(1).json().pop().unwrap();
    assert!(diff["notes"].to_string().contains("B was cut short"), "{diff:#}");
    assert_eq!(diff["silent"], false);
    // A name with slashes is no URL.
    let named = watched.home.vidimus(&["diff", text(&diff["a"], "ni"), ids[2], "--json"]).expect(1).json();
    assert_eq!(named[0]["a"]["id"], ids[0]);
    // Of the page as of now the text that came whole is found, and not what is left of it.
    let _ = watched.home.vidimus(&["rebuild", "--index"]).ok();
    let found = watched.home.query(&["surveyors", "--as-of", "9999", "--json"]).ok().json();
    let hits: Vec<&str> = found.iter().filter_map(|hit| hit["id"].as_str()).collect();
    assert_eq!(hits, [ids[2]], "{found:#?}");
}

#[test]
fn an_error_of_the_server_is_no_absence_of_the_page() {
    let watched = Watched::new();
    watched.becomes(reply("503 Service Unavailable", &[("Content-Type", "text/html")], b"<p>later"));
    watched.becomes(reply("404 Not Found", &[("Content-Type", "text/html")], b"<p>no such page"));
    assert_eq!(watched.events(), ["first-seen", "http-error", "absent"]);
    let told = watched.told();
    assert!(told.contains("http error") && told.contains("(503) at this capture"), "{told}");
}

#[test]
fn another_reading_is_no_change_of_the_page() {
    let watched = Watched::new();
    let other = format!("{}\n[extract]\nsignatories = 40\n", config_for(watched.server.port()));
    watched.home.write("config/vidimus.toml", other);
    watched.becomes(page(&Around { sidebar: "Another sidebar", ..PLAIN }, &[FIRST, SECOND, THIRD]));
    let lines = watched.history();
    let diff = watched.home.vidimus(&["diff", text(&lines[0], "id"), text(&lines[1], "id")]).ok().text();
    assert!(diff.contains("read again") && diff.contains("the statement does not"), "{diff}");
}
