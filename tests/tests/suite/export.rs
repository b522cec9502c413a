//! What leaves an archive is what lies in it, and other people's tools replay it.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use vidimus_tests::{Home, Identity, Server, browser, config_for, next_second, python, reply, send};

use crate::common::{outcome, text};

const KHMER: &str = "សេចក្តីថ្លែងការណ៍អំពីខ្សាច់ក្នុងទន្លេ";

/// A site on this machine that is crawled twice.
struct Exported {
    home: Home,
    plain: Server,
    tls: Server,
}

/// The pages: path, what it shows, and what comes of it the second time.
const PAGES: [(&str, &str, &str); 5] = [
    ("/gzip", "The river was measured on the ninth day.", "unchanged"),
    ("/chunked", KHMER, "unchanged"),
    ("/etag", "This page says when it was last changed.", "unchanged"),
    ("/moved", "Here is what was moved.", "unchanged"),
    ("/edited", "The second wording.", "captured"),
];

fn page(shows: &str) -> String {
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Title of {shows}</title></head>\
         <body><article><h1>Heading</h1><p>{shows}</p><p>Thirty groups ask the ministry to publish what it measured, \
         and to let the surveyors go back to their boat, their log and their work.</p></article></body></html>"
    )
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn answer(path: &str, head: &str, is_later: bool) -> Vec<u8> {
    let html = ("Content-Type", "text/html; charset=utf-8");
    let shows = PAGES.iter().find(|(known, ..)| *known == path).map_or("", |(_, shows, _)| shows);
    let body = page(shows);
    match path {
        "/gzip" => reply("200 OK", &[html, ("Content-Encoding", "gzip")], &gzip(body.as_bytes())),
        "/chunked" => {
            let head = "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nTransfer-Encoding: chunked\r\n\r\n";
            let mut coded = head.as_bytes().to_vec();
            for chunk in body.as_bytes().chunks(100) {
                coded.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
                coded.extend_from_slice(chunk);
                coded.extend_from_slice(b"\r\n");
            }
            coded.extend_from_slice(b"0\r\n\r\n");
            coded
        }
        "/etag" if head.to_ascii_lowercase().contains("if-none-match: \"one\"") => {
            reply("304 Not Modified", &[("ETag", "\"one\"")], b"")
        }
        "/etag" => reply("200 OK", &[html, ("ETag", "\"one\"")], body.as_bytes()),
        "/old" => reply("301 Moved Permanently", &[("Location", "/moved")], b"<p>elsewhere"),
        "/edited" if !is_later => reply("200 OK", &[html], page("The first wording.").as_bytes()),
        _ => reply("200 OK", &[html], body.as_bytes()),
    }
}

impl Exported {
    /// Crawls the site, and once more when one page of it was edited.
    fn crawled() -> Self {
        let is_later = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&is_later);
        let plain = Server::start(move |request, stream| {
            send(stream, &answer(&request.target, &request.head, seen.load(Ordering::SeqCst)));
        });
        let identity = Identity::of("127.0.0.1");
        let secure = answer("/secure", "", false);
        let tls = Server::of_table_over_tls(&identity, vec![("/secure", secure)]);
        let ports = [plain.port(), tls.port()];
        let main = config_for(ports[0])
            .replace("allow_net = [", &format!("allow_net = [\"127.0.0.1/32:{}\", ", ports[1]));
        let pages = ["/gzip", "/chunked", "/etag", "/old", "/edited"]
            .map(|path| format!("\"http://ngo.localhost:{}{path}\"", ports[0]));
        let sources = format!(
            "[[source]]\nname = \"ngo\"\npages = [{}]\n\n[[source]]\nname = \"secure\"\npages = [\"{}\"]\n",
            pages.join(", "),
            tls.url("/secure")
        );
        let home = Home::configured(&format!("{main}\n[tls]\nextra_roots = [\"authority.pem\"]\n"), &sources);
        home.write("config/authority.pem", identity.authority_pem());
        let _ = home.vidimus(&["crawl"]).ok();
        is_later.store(true, Ordering::SeqCst);
        let _ = next_second();
        let _ = home.vidimus(&["crawl"]).ok();
        Self { home, plain, tls }
    }

    fn url(&self, path: &str) -> String {
        format!("http://ngo.localhost:{}{path}", self.plain.port())
    }

    /// Runs an export to a file of this name; gives the summary.
    fn export(&self, name: &str, format: &str, options: &[&str]) -> Value {
        let fixed = ["export", "--json", "-o", name, "--format", format];
        let ran = self.home.vidimus(&[&fixed, options].concat()).ok();
        let mut lines = ran.json();
        assert_eq!(lines.len(), 1, "{}", ran.story());
        lines.remove(0)
    }

    /// What `check_export.py` counts in an export of this name; fails the test where anything is wrong with it.
    fn check(&self, name: &str) -> Value {
        self.check_against(name, "archive")
    }

    /// The same, the archive being in another folder.
    fn check_against(&self, name: &str, archive: &str) -> Value {
        let paths = [name, archive].map(|name| self.home.path(name));
        let ran = python("check_export.py", &paths.each_ref().map(|path| path.to_str().unwrap())).ok();
        serde_json::from_str(ran.text().lines().last().unwrap()).unwrap()
    }
}

#[test]
fn a_warc_of_the_whole_archive_is_what_lies_in_it() {
    let exported = Exported::crawled();
    let Exported { home, .. } = &exported;
    for (path, _, later) in PAGES.iter().filter(|(path, ..)| *path != "/moved") {
        let outcomes: Vec<String> = home.tries(&exported.url(path)).iter().map(outcome).collect();
        assert_eq!(outcomes, ["captured", later], "{path}");
    }
    fs::create_dir_all(home.path("out/warc")).unwrap();
    let name = "out/warc/all.warc.gz";
    let summary = exported.export(name, "warc", &["--all", "--with-text"]);
    assert_eq!((&summary["originals"], &summary["damage"]), (&json!(0), &json!([])));
    let length = fs::metadata(home.path(name)).unwrap().len();
    assert_eq!(summary["files"][0]["bytes"], length);

    let counts = exported.check(name);
    // Five pages, a redirect, a page over TLS and two robots.txt, twice; the second time one page was edited, one was not
    // sent at all, and the rest was the same.
    let count = |kind: &str| counts[kind].as_u64().unwrap_or(0);
    assert_eq!(count("request"), count("response") + count("revisit"), "{counts}");
    assert!(count("revisit") >= 5, "{counts}");
    assert_eq!(count("not-modified"), 1, "{counts}");
    assert_eq!(count("resource"), 2, "the certificates of the server, each once: {counts}");

    // The rules of our own files, warcio, and fastwarc with its false alarms named.
    fs::create_dir_all(home.path("out/text")).unwrap();
    fs::rename(home.path("out/warc/all.wet.warc.gz"), home.path("out/text/all.wet.warc.gz")).unwrap();
    let checked = check_warcs_in(home, "out");
    assert!(checked["text conversion"].as_u64().unwrap() >= 6, "{checked}");
    let _ = home.vidimus(&["verify", name]).ok();

    replayed(&exported, "out", None);
}

/// Runs the checks of our own files on a folder that has the shape of an archive.
fn check_warcs_in(home: &Home, name: &str) -> Value {
    let folder = home.path(name);
    let ran = python("check_warcs.py", &[folder.to_str().unwrap()]).ok();
    serde_json::from_str(ran.text().lines().last().unwrap()).unwrap()
}

/// pywb serves every page as it was sent, from the WARC files of a folder; by an index of ours, if one is given.
fn replayed(exported: &Exported, archive: &str, index: Option<&str>) {
    let home = &exported.home;
    let mut pages = serde_json::Map::new();
    for (path, shows, _) in PAGES {
        let first = if path == "/edited" { "The first wording." } else { shows };
        let mut days = serde_json::Map::new();
        for (day, shows) in [("first", first), ("second", shows)] {
            let file = home.path(&format!("sent{}-{day}", path.replace('/', "-")));
            fs::write(&file, page(shows)).unwrap();
            days.insert(day.to_owned(), json!([200, file]));
        }
        pages.insert(exported.url(path), Value::Object(days));
    }
    let edited = home.tries(&exported.url("/edited"));
    let second_day = text(edited.last().unwrap(), "captured_at").get(..19).unwrap();
    home.write("expected.json", json!({"second_day": format!("{second_day}Z"), "pages": pages}).to_string());
    let folder = home.path(&format!("pywb-{}", index.is_some()));
    fs::create_dir(&folder).unwrap();
    let (archive, expected) = (home.path(archive), home.path("expected.json"));
    let index = index.map(|name| home.path(name));
    let arguments: Vec<&Path> =
        [folder.as_path(), &archive, &expected].into_iter().chain(index.as_deref()).collect();
    let arguments: Vec<&str> = arguments.iter().map(|path| path.to_str().unwrap()).collect();
    let ran = python("replay.py", &arguments).ok();
    // Every page on both days, but for the bare 304.
    assert_eq!(ran.text().lines().count(), 9, "{}", ran.story());
}

#[test]
fn an_index_finds_every_answer_in_the_archive() {
    let exported = Exported::crawled();
    let summary = exported.export("index.cdxj", "cdxj", &["--all"]);
    let index = fs::read_to_string(exported.home.path("index.cdxj")).unwrap();
    assert_eq!(summary["records"], index.lines().count());
    assert!(index.lines().is_sorted());
    replayed(&exported, "archive", Some("index.cdxj"));
    // Written to stdout it is the same.
    let ran = exported.home.vidimus(&["export", "--all", "--format", "cdxj", "-o", "-"]).ok();
    assert_eq!(ran.text(), index);
}

#[test]
fn a_wacz_passes_the_checks_of_others_and_a_browser_shows_it() {
    let exported = Exported::crawled();
    let summary = exported.export("all.wacz", "wacz", &["--all"]);
    let counts = exported.check("all.wacz");
    let pages = counts["pages"].as_array().unwrap();
    assert_eq!(summary["pages"], pages.len());
    // Six pages on the first day, all but the one of the 304 on the second.
    assert_eq!(pages.len(), 11, "{pages:#?}");
    for (path, shows, _) in PAGES {
        let url = exported.url(path);
        let of_page: Vec<&Value> = pages.iter().filter(|page| page["url"] == url).collect();
        assert!(!of_page.is_empty(), "{url} is not among {pages:#?}");
        assert!(text(of_page.last().unwrap(), "text").contains(shows), "{of_page:#?}");
    }
    shown_in_a_browser(&exported, pages);
}

/// ReplayWeb.page shows each page: the newest capture, which is a revisit, or was edited since; then the first one, too,
/// whose wording the site itself no longer has.
fn shown_in_a_browser(exported: &Exported, pages: &[Value]) {
    let home = &exported.home;
    let stamp = |page: &Value| text(page, "ts").chars().filter(char::is_ascii_digit).collect::<String>();
    let mut wanted = Vec::new();
    let secure = (exported.tls.url("/secure"), "Thirty groups ask the ministry");
    for (url, shows) in PAGES.map(|(path, shows, _)| (exported.url(path), shows)).into_iter().chain([secure])
    {
        let of_page: Vec<&Value> = pages.iter().filter(|page| page["url"] == url).collect();
        let newest = of_page.last().unwrap_or_else(|| panic!("{url} is not among {pages:#?}"));
        wanted.push(json!({"url": url, "ts": stamp(newest), "shows": shows}));
        if url.ends_with("/edited") {
            wanted.push(json!({"url": url, "ts": stamp(of_page[0]), "shows": "The first wording."}));
        }
    }
    home.write("wanted.json", json!(wanted).to_string());
    fs::create_dir(home.path("browser")).unwrap();
    let paths = ["all.wacz", "wanted.json", "browser"].map(|name| home.path(name));
    let ran = browser("replay_wacz.mjs", &paths.each_ref().map(|path| path.to_str().unwrap())).ok();
    let shown = ran.json();
    assert_eq!(shown.len(), wanted.len());
    assert!(shown.iter().all(|page| page["isShown"] == true), "{}", ran.story());
}

#[test]
fn one_capture_brings_along_what_it_repeats() {
    let exported = Exported::crawled();
    let home = &exported.home;
    let tries = home.tries(&exported.url("/gzip"));
    let [first, second] = tries.as_slice() else { panic!("{tries:#?}") };
    assert_eq!(second["original"], first["id"]);
    let summary = exported.export("one.warc.gz", "warc", &[text(second, "id")]);
    assert_eq!((&summary["captures"], &summary["originals"]), (&json!(1), &json!(1)));
    let counts = exported.check("one.warc.gz");
    let wanted = json!({"warcinfo": 1, "request": 2, "response": 1, "revisit": 1, "metadata": 2});
    assert_eq!(counts, wanted);
    let summary = exported.export("one.wacz", "wacz", &[text(second, "id")]);
    assert_eq!(summary["pages"], 1, "only what was asked for is offered");
    assert_eq!(exported.check("one.wacz")["lines"], 2);
}

#[test]
fn the_options_choose_what_is_exported() {
    let exported = Exported::crawled();
    let home = &exported.home;
    let rows = |options: &[&str]| {
        let arguments = [&["export", "--format", "csv", "-o", "-"], options].concat();
        home.vidimus(&arguments).ok().text().lines().count() - 1
    };
    let everything = home.everything();
    assert_eq!(rows(&["--all"]), everything.len());
    let of = |field: &str, value: &str| everything.iter().filter(|line| line[field] == value).count();
    assert_eq!(rows(&["--source", "secure"]), of("source", "secure"));
    assert_eq!(rows(&["--role", "page"]), of("role", "page"));
    assert_eq!(rows(&["--url", &exported.url("/etag")]), 2);
    let run = text(everything.last().unwrap(), "run");
    assert_eq!(rows(&["--run", run]), of("run", run));
    assert_eq!(rows(&["--since", "2001-01-01", "--until", "2200-01-01"]), everything.len());
    for options in [["--until", "2001-01-01"], ["--source", "nobody"]] {
        let arguments = [&["export", "--format", "warc", "-o", "none.warc.gz"], options.as_slice()].concat();
        let ran = home.vidimus(&arguments).expect(2);
        assert!(ran.stderr.contains("nothing fits"), "{}", ran.story());
    }
    let ran = home.vidimus(&["export", "--format", "warc", "-o", "none.warc.gz"]).expect(64);
    assert!(ran.stderr.contains("nothing was chosen"), "{}", ran.story());
    assert!(!home.path("none.warc.gz").exists());
    check_table(&exported);
}

/// A table has what the catalog knows.
fn check_table(exported: &Exported) {
    let summary = exported.export("all.csv", "csv", &["--all", "--role", "page"]);
    let table = fs::read_to_string(exported.home.path("all.csv")).unwrap();
    let header = table.lines().next().unwrap();
    assert!(header.starts_with("id,nih,url,final_url,source,role,run,captured_at,"), "{header}");
    assert_eq!(summary["records"], table.lines().count() - 1);
    let tries = exported.home.tries(&exported.url("/chunked"));
    for line in tries {
        let row = table.lines().find(|row| row.starts_with(text(&line, "id"))).unwrap();
        for field in ["url", "captured_at", "outcome", "payload_sha256", "text_sha256", "page_kind"] {
            assert!(row.contains(text(&line, field)), "{field}: {row}");
        }
        assert!(row.contains(&format!("Title of {KHMER}")), "{row}");
    }
}

#[test]
fn no_file_is_replaced_unasked_and_no_option_is_misread() {
    let exported = Exported::crawled();
    let home = &exported.home;
    home.write("there.wacz", "something dear");
    let arguments = ["export", "--all", "--format", "wacz", "-o", "there.wacz"];
    let ran = home.vidimus(&arguments).expect(64);
    assert!(ran.stderr.contains("there.wacz") && ran.stderr.contains("--force"), "{}", ran.story());
    assert_eq!(fs::read_to_string(home.path("there.wacz")).unwrap(), "something dear");
    let _ = home.vidimus(&[&arguments[..], &["--force"]].concat()).ok();
    exported.check("there.wacz");
    for wrong in [
        &["--format", "wacz", "-o", "-"][..],
        &["--format", "warc", "-o", "-", "--with-text"],
        &["--format", "csv", "-o", "a.csv", "--with-text"],
        &["--format", "csv", "-o", "-", "--json"],
        &["--format", "bundle", "-o", "a"],
        &["--format", "csv"],
        &["--format", "csv", "-o", "a.csv", "12345678"],
    ] {
        let ran = home.vidimus(&[&["export", "--all"], wrong].concat()).expect(64);
        assert!(!ran.stderr.is_empty(), "{wrong:?}");
    }
    let left: BTreeSet<String> = fs::read_dir(home.path(""))
        .unwrap()
        .map(|e| e.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    assert!(!left.iter().any(|name| name.contains("vidimus-export")), "{left:?}");
}

#[test]
fn what_is_damaged_is_told_and_never_written() {
    let exported = Exported::crawled();
    let home = &exported.home;
    let tries = home.tries(&exported.url("/chunked"));
    let [first, second] = tries.as_slice() else { panic!("{tries:#?}") };
    let ran = home.vidimus(&["export", "--format", "cdxj", "-o", "-", text(first, "id")]).ok();
    let line = ran.text();
    let fields: Value =
        serde_json::from_str(line.split_once(" {").map(|(_, rest)| format!("{{{rest}")).unwrap().trim())
            .unwrap();
    let number = |field: &str| text(&fields, field).parse::<usize>().unwrap();
    for good in home.archive_files(".warc.gz") {
        home.write(
            &format!("good/{}", good.file_name().unwrap().to_string_lossy()),
            fs::read(&good).unwrap(),
        );
    }
    let file = home.path("archive").join(text(&fields, "filename"));
    let mut bytes = fs::read(&file).unwrap();
    bytes[number("offset") + number("length") / 2] ^= 1;
    fs::write(&file, &bytes).unwrap();

    for (name, format) in [("damaged.warc.gz", "warc"), ("damaged.wacz", "wacz")] {
        let arguments =
            ["export", "--json", "--format", format, "-o", name, text(first, "id"), text(second, "id")];
        let ran = home.vidimus(&arguments).expect(1);
        let summary = ran.json().pop().unwrap();
        let damage = summary["damage"].as_array().unwrap();
        // The response, and the revisit that repeats it.
        assert_eq!(damage.len(), 2, "{damage:#?}");
        assert_eq!((&damage[0]["offset"], &damage[0]["snapshot"]), (&json!(number("offset")), &first["id"]));
        assert_eq!(damage[1]["snapshot"], second["id"]);
        assert!(text(&damage[1], "what").contains("repeats"), "{damage:#?}");
        assert!(ran.stderr.contains(text(&fields, "filename")), "{}", ran.story());
        let counts = exported.check_against(name, "good");
        assert_eq!(counts["response"], Value::Null, "{counts}");
        assert_eq!((&counts["request"], &counts["revisit"]), (&json!(2), &json!(1)), "{counts}");
    }
    let arguments = ["export", "--format", "cdxj", "-o", "-", text(first, "id")];
    assert!(home.vidimus(&arguments).expect(1).stdout.is_empty());
}
