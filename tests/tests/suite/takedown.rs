//! What was taken down is gone everywhere, is said to be gone, and takes nothing else with it.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use flate2::read::MultiGzDecoder;
use serde_json::Value;
use vidimus_tests::{Home, Ran, Server, config_for, html, next_second, send};

use crate::common::text;
use crate::conformance::check_warcs;

/// What stands on the page that has to go, and nowhere else.
const SECRET: &str = "Ermengarde";
const PATHS: [&str; 3] = ["/harbour", "/ermengarde-affair", "/bridge"];

fn page(title: &str, word: &str) -> String {
    let sentence =
        format!("The council of the island heard {word} on Tuesday, and nothing was decided about it. ");
    let paragraph = format!("<p>{}</p>", sentence.repeat(4));
    format!(
        "<!doctype html><html lang=en><head><title>{title}</title></head><body><main><h1>{title}</h1>{}</main></body></html>",
        paragraph.repeat(3)
    )
}

fn server() -> Server {
    Server::of_table(vec![
        (PATHS[0], html(&page("The harbour", "the pilots"))),
        (PATHS[1], html(&page("The affair", SECRET))),
        (PATHS[2], html(&page("The bridge", "the masons"))),
    ])
}

fn sources(server: &Server, paths: &[&str], more: &str) -> String {
    let pages: Vec<String> = paths.iter().map(|path| format!("{:?}", server.url(path))).collect();
    format!("[[source]]\nname = \"island\"\npages = [{}]\n{more}", pages.join(", "))
}

fn crawled(server: &Server) -> Home {
    let home = Home::configured(&config_for(server.port()), &sources(server, &PATHS, ""));
    let _ = home.vidimus(&["crawl"]).ok();
    home
}

/// The sources leave the page out from now on.
fn leave_out(home: &Home, server: &Server) {
    let rest = [PATHS[0], PATHS[2]];
    home.write("config/sources.toml", sources(server, &rest, "exclude = [\"affair\"]\n"));
}

/// The name of the newest capture of a page.
fn name_of(home: &Home, server: &Server, path: &str) -> String {
    let line = home.tries(&server.url(path)).pop().unwrap();
    text(&line, "id").to_owned()
}

fn take_down(home: &Home, id: &str, more: &[&str]) -> Ran {
    let fixed = ["--json", "takedown", id, "--reason", "the order of a court", "--yes"];
    home.vidimus(&[&fixed, more].concat())
}

/// The files of a folder in which a word is found, whatever is compressed in them unpacked.
fn files_with(folder: &Path, word: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files_with(&path, word));
            continue;
        }
        let mut bytes = fs::read(&path).unwrap();
        if bytes.starts_with(&[0x1f, 0x8b]) {
            let packed = std::mem::take(&mut bytes);
            MultiGzDecoder::new(packed.as_slice()).read_to_end(&mut bytes).unwrap();
        }
        let (bytes, word) = (bytes.to_ascii_lowercase(), word.to_ascii_lowercase());
        if bytes.windows(word.len()).any(|window| window == word.as_bytes()) {
            found.push(path);
        }
    }
    found
}

/// The WARC and text files, by their paths.
fn sealed(home: &Home) -> BTreeMap<PathBuf, Vec<u8>> {
    home.archive_files(".warc.gz").into_iter().map(|path| (path.clone(), fs::read(path).unwrap())).collect()
}

/// Everything that is shown of a capture.
fn shown(home: &Home, id: &str) -> Vec<Vec<u8>> {
    let parts = ["--raw", "--wire", "--text", "--manifest", "--json"];
    parts.into_iter().map(|part| home.vidimus(&["show", id, part]).ok().stdout).collect()
}

#[test]
fn a_capture_is_removed_from_everywhere_and_nothing_else_is() {
    let server = server();
    let home = crawled(&server);
    let id = name_of(&home, &server, PATHS[1]);
    let others = [PATHS[0], PATHS[2]].map(|path| name_of(&home, &server, path));
    let shown_before = others.each_ref().map(|id| shown(&home, id));
    let files_before = sealed(&home);
    let backup = home.path("backup");
    let _ = home.vidimus(&["backup", backup.to_str().unwrap()]).ok();
    assert!(!files_with(&home.path("archive"), SECRET).is_empty());

    // Nothing goes by accident.
    let refused = take_down(&home, &id, &[]).expect(64);
    assert!(refused.stderr.contains("exclude"), "{}", refused.story());
    leave_out(&home, &server);
    let asked = ["takedown", &id, "--reason", "the order of a court"];
    let unsure = home.vidimus(&asked).expect(64);
    assert!(unsure.stderr.contains("--yes"), "{}", unsure.story());
    let plan = home.vidimus(&[&asked[..], &["--dry-run", "--json"]].concat()).ok().json().remove(0);
    assert_eq!((plan["captures"].as_array().unwrap().len(), plan["files"].as_array().unwrap().len()), (1, 2));
    let address =
        home.vidimus(&["takedown", &id, "--reason", "see https://court.example/1", "--yes"]).expect(64);
    assert!(address.stderr.contains("must not hold an address"), "{}", address.story());
    assert_eq!(sealed(&home), files_before);

    home.write("order.txt", "By order of the court of the island");
    let removed = take_down(&home, &id, &["--order", "order.txt"]).ok().json().remove(0);
    assert_eq!((text(&removed, "id"), text(&removed, "outcome")), (id.as_str(), "removed"));
    assert!(text(&removed, "authority_ref_sha256").starts_with("sha256:"), "{removed}");

    // Gone from every file, the catalog and the index included.
    let nowhere: [PathBuf; 0] = [];
    assert_eq!(files_with(&home.path("archive"), SECRET), nowhere);
    assert_eq!(files_with(&home.path("archive"), "the affair"), nowhere);
    assert_eq!(home.query(&["--json", SECRET]).json().len(), 0);
    // And the others are what they were, where they were.
    assert_eq!(others.each_ref().map(|id| shown(&home, id)), shown_before);
    let files_after = sealed(&home);
    assert_eq!(files_after.keys().collect::<Vec<_>>(), files_before.keys().collect::<Vec<_>>());
    for (path, before) in &files_before {
        assert_eq!(before.len(), files_after[path].len(), "{}", path.display());
        let _ = Ran::of(Command::new("gzip").arg("-t").arg(path)).ok();
    }
    assert_eq!(home.query(&["--json", "pilots"]).ok().json().len(), 1);
    eprintln!("{}", check_warcs(&home));

    assert_honest(&home, &id);
    rebuilt_it_is_the_same(&home, &id, &others);
    the_next_crawl_leaves_it(&home, &server, &id);

    let copied = home.vidimus(&["--json", "backup", backup.to_str().unwrap()]).ok().json().remove(0);
    assert_eq!(copied["problems"].as_array().unwrap().len(), 0, "{copied}");
    assert_eq!(files_with(&backup, SECRET), nowhere);
    let sums = Command::new("sha256sum").args(["-c", "--quiet", "SHA256SUMS"]).current_dir(&backup).status();
    assert!(sums.unwrap().success());
}

/// Every view says what it is.
fn assert_honest(home: &Home, id: &str) {
    let whole = home.vidimus(&["verify"]).ok();
    assert!(whole.text().contains("1 capture is lawfully removed"), "{}", whole.story());
    let named = home.vidimus(&["verify", id]).ok();
    assert!(named.stderr.contains("was lawfully removed on"), "{}", named.story());
    let shown = home.vidimus(&["show", id]).expect(2);
    assert!(shown.text().contains("the order of a court"), "{}", shown.story());
    for part in ["--raw", "--text", "--wire", "--manifest"] {
        let refused = home.vidimus(&["show", id, part]).expect(2);
        assert!(refused.stderr.contains("was lawfully removed on"), "{}", refused.story());
        assert!(refused.stdout.is_empty());
    }
    let refused = home.vidimus(&["export", id, "--format", "warc", "-o", "x.warc.gz"]).expect(2);
    assert!(refused.stderr.contains("was lawfully removed on"), "{}", refused.story());
    let all = home.vidimus(&["export", "--all", "--role", "page", "--format", "csv", "-o", "all.csv"]).ok();
    assert!(all.stderr.contains("lawfully removed"), "{}", all.story());
    let list = home.vidimus(&["list", "--removed", "--json"]).ok().json();
    assert_eq!((list.len(), text(&list[0], "id")), (1, id));
    assert_eq!(home.vidimus(&["list", "--json"]).ok().json().len(), 2);
    let status = home.vidimus(&["status", "--json"]).json().remove(0);
    assert_eq!((&status["removed"], &status["removals_unfinished"]), (&1.into(), &0.into()));
    // Once more, it says the same and does nothing.
    let again = take_down(home, id, &[]).ok().json().remove(0);
    assert_eq!(text(&again, "reason"), "the order of a court");
}

fn rebuilt_it_is_the_same(home: &Home, id: &str, others: &[String]) {
    let of = |home: &Home| {
        let list = home.vidimus(&["list", "--removed", "--json"]).ok().json();
        (list, others.iter().map(|id| shown(home, id)).collect::<Vec<_>>())
    };
    let before = of(home);
    fs::remove_file(home.path("archive/catalog.sqlite")).unwrap();
    fs::remove_dir_all(home.path("archive/index")).unwrap();
    let _ = home.vidimus(&["rebuild"]).ok();
    assert_eq!(of(home), before);
    assert_eq!(home.query(&["--json", SECRET]).json().len(), 0);
    let _ = home.vidimus(&["show", id]).expect(2);
    let _ = home.vidimus(&["verify"]).ok();
}

fn the_next_crawl_leaves_it(home: &Home, server: &Server, id: &str) {
    let _ = next_second();
    let _ = home.vidimus(&["crawl"]).ok();
    let urls: Vec<String> = home.everything().iter().map(|line| text(line, "url").to_owned()).collect();
    assert!(!urls.contains(&server.url(PATHS[1])), "{urls:?}");
    let _ = home.vidimus(&["show", id]).expect(2);
}

#[test]
fn what_repeats_a_payload_goes_with_it_or_by_itself() {
    let server = server();
    let home = crawled(&server);
    let first = name_of(&home, &server, PATHS[1]);
    for _ in 0..2 {
        let _ = next_second();
        let _ = home.vidimus(&["crawl"]).ok();
    }
    let tries = home.tries(&server.url(PATHS[1]));
    let names: Vec<&str> = tries.iter().map(|line| text(line, "id")).collect();
    assert_eq!((names.len(), names[0]), (3, first.as_str()));
    leave_out(&home, &server);

    // A repetition alone.
    let _ = take_down(&home, names[1], &[]).ok();
    let _ = home.vidimus(&["show", names[2], "--raw"]).ok();
    let _ = home.vidimus(&["verify"]).ok();
    // The original, which the other needs.
    let refused = take_down(&home, &first, &[]).expect(64);
    let short = names[2].get(..8).unwrap();
    assert!(
        refused.stderr.contains("--with-repeats") && refused.stderr.contains(short),
        "{}",
        refused.story()
    );
    let removed = take_down(&home, &first, &["--with-repeats"]).ok().json();
    let ids: Vec<&str> = removed.iter().map(|line| text(line, "id")).collect();
    assert_eq!(ids, [names[2], names[0]]);
    let verified = home.vidimus(&["verify"]).ok();
    assert!(verified.text().contains("3 captures are lawfully removed"), "{}", verified.story());
    let nowhere: [PathBuf; 0] = [];
    assert_eq!(files_with(&home.path("archive"), SECRET), nowhere);
}

#[test]
fn a_removal_of_which_the_log_knows_nothing_is_found_and_what_comes_back_goes_again() {
    let server = server();
    let home = crawled(&server);
    let id = name_of(&home, &server, PATHS[1]);
    let old = sealed(&home);
    leave_out(&home, &server);
    let _ = take_down(&home, &id, &[]).ok();

    // The old files, put back from some copy.
    let new = sealed(&home);
    for (path, bytes) in &old {
        fs::write(path, bytes).unwrap();
    }
    let found = home.vidimus(&["verify"]).expect(1);
    assert!(
        found.text().contains("is here, though the log says that it was taken down"),
        "{}",
        found.story()
    );
    let _ = home.vidimus(&["rebuild"]).ok();
    assert_eq!(sealed(&home), new, "they are taken out again, to the same bytes");
    let _ = home.vidimus(&["verify"]).ok();

    // The same note without the log that vouches for it.
    fs::rename(home.path("archive/log"), home.path("log-elsewhere")).unwrap();
    let found = home.vidimus(&["verify"]).expect(1);
    assert!(found.text().contains("of which the log knows nothing"), "{}", found.story());
}

/// The history of a page does not take what is held for all that was seen.
#[test]
fn a_history_names_what_was_taken_down() {
    let visits = AtomicUsize::new(0);
    let server = Server::start(move |_, stream| {
        let word = ["the pilots", SECRET, "the masons"][visits.fetch_add(1, Ordering::SeqCst).min(2)];
        send(stream, &html(&page("The affair", word)));
    });
    let home = Home::configured(&config_for(server.port()), "");
    let url = server.url(PATHS[1]);
    for _ in 0..3 {
        let _ = home.vidimus(&["capture", "--quiet", &url]).ok();
    }
    let tries = home.tries(&url);
    let ids: Vec<&str> = tries.iter().map(|line| text(line, "id")).collect();
    let history = |home: &Home| {
        let lines = home.vidimus(&["list", &url, "--json"]).ok().json();
        lines.into_iter().map(|mut line| line["timeline"].take()).collect::<Vec<Value>>()
    };
    let events = |history: &[Value]| -> Vec<String> {
        history.iter().map(|line| text(line, "event").to_owned()).collect()
    };
    assert_eq!(events(&history(&home)), ["first-seen", "edit", "edit"]);

    let _ = take_down(&home, ids[1], &["--may-return"]).ok();
    let found = history(&home);
    assert_eq!(events(&found), ["first-seen", "edit"]);
    assert_eq!(found[0]["removed_before"], Value::Null);
    assert_eq!(text(&found[1]["removed_before"], "id"), ids[1]);
    for asked in [url.as_str(), ids[2]] {
        let diff = home.vidimus(&["diff", asked, "--json"]).expect(1).json().remove(0);
        assert_eq!(text(&diff["a"], "id"), ids[0]);
        assert!(diff["notes"].to_string().contains(&ids[1][..12]), "{diff}");
    }
    let named = home.vidimus(&["diff", ids[0], ids[2], "--json"]).expect(1).json().remove(0);
    assert_eq!(named["notes"], serde_json::json!([]), "two that were named are not said to be neighbours");

    let _ = take_down(&home, ids[0], &["--may-return"]).ok();
    let _ = home.vidimus(&["capture", "--quiet", &url]).ok();
    let found = history(&home);
    assert_eq!(events(&found), ["first-held", "unchanged"]);
    assert_eq!(
        (text(&found[0]["removed_before"], "id"), &found[1]["removed_before"]),
        (ids[1], &Value::Null)
    );
    let told = home.vidimus(&["list", &url]).ok().text();
    assert!(told.contains("first held") && told.contains("first seen of what is held"), "{told}");
    assert!(told.contains(&ids[1][..12]) && told.contains("lawfully removed on"), "{told}");
    let shown = home.vidimus(&["show", ids[2]]).ok().text();
    let previous = shown.lines().find(|line| line.starts_with("previous"));
    assert!(previous.is_some_and(|line| line.contains("lawfully removed on")), "{shown}");
}

fn foreign_warc(server: &Server) -> Vec<u8> {
    let mut warc = Vec::new();
    for (number, path) in PATHS.iter().enumerate() {
        let body = page("Found elsewhere", if number == 1 { SECRET } else { "the gulls" });
        let block = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let head = format!(
            "WARC/1.0\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:00000000-0000-4000-8000-00000000000{number}>\r\n\
             WARC-Date: 2024-06-27T08:30:0{number}Z\r\nWARC-Target-URI: {}\r\n\
             Content-Type: application/http; msgtype=response\r\nContent-Length: {}\r\n\r\n",
            server.url(path),
            block.len()
        );
        warc.extend_from_slice(format!("{head}{block}\r\n\r\n").as_bytes());
    }
    warc
}

#[test]
fn an_imported_capture_goes_out_of_the_file_that_it_came_in() {
    let server = server();
    let home = Home::configured(&config_for(server.port()), "");
    home.write("found.warc", foreign_warc(&server));
    let _ = home.vidimus(&["import", "found.warc"]).ok();
    let id = name_of(&home, &server, PATHS[1]);
    let other = name_of(&home, &server, PATHS[2]);
    let before = home.vidimus(&["show", &other, "--raw"]).ok().stdout;
    let _ = take_down(&home, &id, &[]).ok();
    let nowhere: [PathBuf; 0] = [];
    assert_eq!(files_with(&home.path("archive"), SECRET), nowhere);
    assert_eq!(home.vidimus(&["show", &other, "--raw"]).ok().stdout, before);
    let _ = home.vidimus(&["verify"]).ok();
    let again = home.vidimus(&["import", "found.warc"]).expect(1);
    assert!(again.stderr.contains("was taken down since"), "{}", again.story());
    fs::remove_file(home.path("archive/catalog.sqlite")).unwrap();
    let _ = home.vidimus(&["rebuild"]).ok();
    let _ = home.vidimus(&["verify"]).ok();

    // Out of a package nothing can be taken that is not missed.
    let _ = home.vidimus(&["export", &other, "--format", "wacz", "-o", "other.wacz"]).ok();
    let packed = Home::configured(&config_for(server.port()), "");
    let path = home.path("other.wacz");
    let _ = packed.vidimus(&["import", path.to_str().unwrap()]).ok();
    let id = name_of(&packed, &server, PATHS[2]);
    let refused = take_down(&packed, &id, &[]).expect(69);
    assert!(refused.stderr.contains("cannot be taken down"), "{}", refused.story());
    let _: Vec<Value> = packed.vidimus(&["list", "--removed", "--json"]).expect(1).json();
}

/// The search leads to the first capture of a text alone. When that goes, it leads to the next.
#[test]
fn a_later_capture_with_the_same_text_is_found_in_the_place_of_the_one_that_went() {
    let visits = AtomicUsize::new(0);
    let server = Server::start(move |request, stream| {
        let visit = if request.target == PATHS[1] { visits.fetch_add(1, Ordering::SeqCst) } else { 0 };
        let body =
            page("The affair", "the pilots").replace("<main>", &format!("<main><!-- visit {visit} -->"));
        send(stream, &html(&body));
    });
    let home = Home::configured(&config_for(server.port()), &sources(&server, &PATHS[1..2], ""));
    let _ = home.vidimus(&["crawl"]).ok();
    let first = name_of(&home, &server, PATHS[1]);
    let _ = next_second();
    let _ = home.vidimus(&["crawl"]).ok();
    let second = name_of(&home, &server, PATHS[1]);
    assert_ne!(first, second);
    let hit = |home: &Home| home.query(&["--json", "pilots"]).ok().json();
    assert_eq!(hit(&home).iter().map(|hit| text(hit, "id")).collect::<Vec<_>>(), [first.as_str()]);
    let _ = take_down(&home, &first, &["--may-return"]).ok();
    assert_eq!(hit(&home).iter().map(|hit| text(hit, "id")).collect::<Vec<_>>(), [second.as_str()]);
    let _ = home.vidimus(&["show", &second, "--text"]).ok();
    let _ = home.vidimus(&["verify"]).ok();
}
