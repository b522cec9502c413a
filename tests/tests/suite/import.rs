//! What other people captured is taken in whole: by the programs that they use, in the layouts that they publish, and
//! with all that goes wrong on the way.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;
use std::sync::OnceLock;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;
use tempfile::TempDir;
use vidimus_tests::{Home, Ran, Server, html, python, reply, send, wait_until};

use crate::common::{outcome, text};

/// A server with a page of each sort, and what `make_foreign.py` made of it.
struct Foreign {
    server: Server,
    folder: TempDir,
}

fn quay(name: &str) -> String {
    let sentence = "The harbour council met on Tuesday and spoke for three hours, and nothing was decided. ";
    let paragraph = format!("<p>{name}: {}</p>", sentence.repeat(3));
    format!(
        "<!doctype html><html lang=en><head><title>{name}</title></head><body><main><h1>{name}</h1>{}</main></body></html>",
        paragraph.repeat(3)
    )
}

fn answer(target: &str) -> Vec<u8> {
    let kind = ("Content-Type", "text/html");
    match target {
        "/page" => html(&quay("The plain quay")),
        "/chunked" => {
            let body = quay("The chunked quay");
            let head = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n";
            format!("{head}{:x}\r\n{body}\r\n0\r\n\r\n", body.len()).into_bytes()
        }
        "/coded" => {
            let mut coded = GzEncoder::new(Vec::new(), Compression::default());
            std::io::Write::write_all(&mut coded, quay("The coded quay").as_bytes()).unwrap();
            reply("200 OK", &[kind, ("Content-Encoding", "gzip")], &coded.finish().unwrap())
        }
        "/moved" => reply("301 Moved Permanently", &[kind, ("Location", "/page")], b""),
        "/image" => reply("200 OK", &[("Content-Type", "image/png")], b"\x89PNG"),
        _ => reply("404 Not Found", &[kind], b"<h1>gone</h1>"),
    }
}

/// Made once for all tests of this process.
fn foreign() -> &'static Foreign {
    static MADE: OnceLock<Foreign> = OnceLock::new();
    MADE.get_or_init(|| {
        let server = Server::start(|request, stream| send(stream, &answer(&request.target)));
        let folder = TempDir::new().unwrap();
        let _ = python("make_foreign.py", &[folder.path().to_str().unwrap(), &server.url("")]).ok();
        Foreign { server, folder }
    })
}

impl Foreign {
    fn file(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }
}

/// An archive, and what `import --json` said of each file, by its name.
fn imported(files: &[&str], code: i32) -> (Home, BTreeMap<String, Value>) {
    let home = Home::new();
    let told = import(&home, files, code);
    (home, told)
}

fn import(home: &Home, files: &[&str], code: i32) -> BTreeMap<String, Value> {
    let ran = home.vidimus(&[&["import", "--json"], files].concat()).expect(code);
    eprintln!("{}", ran.story());
    let name = |line: &Value| text(line, "path").rsplit('/').next().unwrap().to_owned();
    ran.json().into_iter().map(|line| (name(&line), line)).collect()
}

fn one<'a>(everything: &'a [Value], url: &str) -> &'a Value {
    let found: Vec<&Value> = everything.iter().filter(|line| line["url"] == url).collect();
    assert_eq!(found.len(), 1, "{url}: {found:?}");
    found[0]
}

fn show(home: &Home, line: &Value, part: &str) -> Ran {
    home.vidimus(&["show", text(line, "id"), part])
}

#[test]
fn what_warcio_recorded_is_shown_as_our_own_would_be_and_said_not_to_be() {
    let foreign = foreign();
    let (home, told) = imported(&[&foreign.file("warcio.warc.gz")], 0);
    let report = &told["warcio.warc.gz"];
    assert_eq!((report["captures"].as_u64(), report["revisits"].as_u64()), (Some(7), Some(1)), "{report}");
    assert_eq!(report["unresolved"], 0);

    let everything = home.everything();
    assert!(everything.iter().all(|line| line["witnessed"] == false));
    for (path, name) in [("/chunked", "The chunked quay"), ("/coded", "The coded quay")] {
        let line = one(&everything, &foreign.server.url(path));
        assert_eq!((outcome(line).as_str(), text(line, "role")), ("captured", "page"));
        assert!(show(&home, line, "--text").ok().text().contains(name), "{path}");
        assert!(!show(&home, line, "--raw").ok().stdout.starts_with(b"10"), "the payload is de-chunked");
        let _ = show(&home, line, "--explain").ok();
        assert!(show(&home, line, "--wire").expect(2).stderr.contains("imported"));
    }
    let page = foreign.server.url("/page");
    let both: BTreeSet<String> =
        everything.iter().filter(|l| l["url"] == page.as_str()).map(outcome).collect();
    assert_eq!(both, BTreeSet::from(["captured".to_owned(), "unchanged".to_owned()]));
    let moved = one(&everything, &foreign.server.url("/moved"));
    assert_eq!((outcome(moved).as_str(), text(moved, "role")), ("http-error 301", "resource"));
    assert_eq!(outcome(one(&everything, &foreign.server.url("/gone"))), "http-error 404");

    let line = one(&everything, &foreign.server.url("/coded"));
    let shown = home.vidimus(&["show", text(line, "id")]).ok().text();
    assert!(shown.contains("captured by warcio"), "{shown}");
    assert!(
        shown.contains("according to the file warcio.warc.gz") && shown.contains("not witnessed"),
        "{shown}"
    );
    assert!(home.vidimus(&["list"]).ok().text().contains("imported"));
    let manifest: Value = serde_json::from_slice(&show(&home, line, "--manifest").ok().stdout).unwrap();
    assert_eq!(manifest["kind"], "import");
    assert_eq!(manifest["imported"]["witnessed"], false);
    assert_eq!(manifest["records"].as_array().unwrap().len(), 2, "the request is listed too: {manifest}");
    assert_eq!(manifest["net"]["remote_ip"], "127.0.0.1");
    let hits = home.query(&["--json", "chunked quay"]).ok().json();
    assert_eq!(hits.len(), 1, "{hits:?}");
}

#[test]
fn the_file_is_kept_untouched_and_taken_in_once() {
    let foreign = foreign();
    let file = foreign.file("warcio.warc.gz");
    let (home, told) = imported(&[&file], 0);
    let kept = home.path("archive").join(text(&told["warcio.warc.gz"], "file"));
    assert_eq!(std::fs::read(&kept).unwrap(), std::fs::read(&file).unwrap());
    assert!(kept.metadata().unwrap().permissions().readonly());
    assert!(!kept.to_string_lossy().contains("warcio"), "nobody else names our files: {kept:?}");
    let before = home.everything();

    // The same file again, and the same records in a file that FastWARC wrote.
    let told = import(&home, &[&file, &foreign.file("fastwarc.warc")], 0);
    assert_eq!(told["warcio.warc.gz"]["was_there"], true);
    assert_eq!(told["warcio.warc.gz"]["held_before"], 7);
    assert_eq!(told["fastwarc.warc"]["held_before"], 7, "{told:?}");
    assert_eq!(home.everything(), before);
    assert_eq!(
        home.archive_files(".warc.gz")
            .iter()
            .filter(|path| path.to_string_lossy().contains("imported"))
            .count(),
        1
    );
}

#[test]
fn what_wget_recorded_is_taken_in() {
    let foreign = foreign();
    let home = Home::new();
    let url = foreign.server.url("/chunked");
    let arguments = ["-q", "--warc-file=by-wget", "--delete-after", "--no-warc-keep-log", &url];
    let ran = Ran::of(Command::new("wget").args(arguments).current_dir(home.path("")));
    assert_eq!(ran.code, Some(0), "{}", ran.story());
    let told = import(&home, &["by-wget.warc.gz"], 0);
    assert_eq!(told["by-wget.warc.gz"]["captures"], 1, "{told:?}");
    let everything = home.everything();
    let line = one(&everything, &url);
    assert!(show(&home, line, "--text").ok().text().contains("The chunked quay"));
    let shown = home.vidimus(&["show", text(line, "id")]).ok().text();
    assert!(shown.contains("captured by Wget/"), "{shown}");
}

#[test]
fn what_wget_knows_already_is_taken_in_for_what_it_repeats() {
    let foreign = foreign();
    let home = Home::new();
    let url = foreign.server.url("/page");
    let wget = |more: &[&str]| {
        let arguments = [&["-q", "--delete-after", "--no-warc-keep-log", &url], more].concat();
        let ran = Ran::of(Command::new("wget").args(arguments).current_dir(home.path("")));
        assert_eq!(ran.code, Some(0), "{}", ran.story());
    };
    wget(&["--warc-file=first", "--warc-cdx"]);
    wget(&["--warc-file=second", "--warc-dedup=first.cdx"]);
    // wget gives its revisits the block digest of nothing: that is a defect of the file, and no reason to leave them out.
    let said = home.vidimus(&["verify", "second.warc.gz"]).expect(1).text();
    assert!(said.contains("WARC-Block-Digest is wrong"), "{said}");
    let told = import(&home, &["second.warc.gz", "first.warc.gz"], 0);
    assert_eq!(
        (&told["second.warc.gz"]["revisits"], &told["second.warc.gz"]["unresolved"]),
        (&1.into(), &0.into())
    );
    let everything = home.everything();
    let raw = |line: &Value| show(&home, line, "--raw").ok().stdout;
    let pages: Vec<_> = everything.iter().filter(|line| line["url"] == url.as_str()).map(raw).collect();
    assert_eq!(pages, [quay("The plain quay").as_bytes(), quay("The plain quay").as_bytes()]);
    let _ = home.vidimus(&["verify"]).ok();
}

#[test]
fn what_was_imported_is_handed_on_and_passes_there() {
    let (home, _) = imported(&[&foreign().file("warcio.warc.gz"), &foreign().file("fastwarc.warc")], 0);
    for format in ["warc", "wacz"] {
        let file = format!("all.{format}");
        let _ = home.vidimus(&["export", "--all", "--format", format, "-o", &file]).ok();
        // Its digests are SHA-1, those of our index are not; its manifests are in the same file.
        let said = home.vidimus(&["verify", &file]).ok().text();
        assert!(said.contains("L1 passed") && said.contains("L2 passed"), "{said}");
    }
}

#[test]
fn what_somebody_put_into_the_folders_is_no_part_of_the_archive() {
    let (home, _) = imported(&[&foreign().file("warcio.warc.gz")], 0);
    let _ = home.vidimus(&["verify"]).ok();
    let stranger = std::fs::read(foreign().file("warcio.warc.gz")).unwrap();
    for name in
        ["imported/2024/01/a.warc.gz", "warc/2024/01/b.warc.gz.open", "text/2024/01/c.wet.warc.gz.open"]
    {
        home.write(&format!("archive/{name}"), &stranger);
        let said = home.vidimus(&["verify"]).expect(1).text();
        let place = name.trim_end_matches(".open");
        assert!(
            said.contains(place) && said.contains("the catalog does not know this file"),
            "{name}: {said}"
        );
        std::fs::remove_file(home.path("archive").join(name)).unwrap();
    }
    let _ = home.vidimus(&["verify"]).ok();
}

#[test]
fn heritrix_repeats_by_digest_alone_and_before_the_original() {
    let (home, told) = imported(&[&foreign().file("heritrix.warc.gz")], 0);
    let report = &told["heritrix.warc.gz"];
    assert_eq!((report["revisits"].as_u64(), report["unresolved"].as_u64()), (Some(2), Some(1)), "{report}");
    assert_eq!(report["aside"]["continuation"], 1);
    assert_eq!(report["aside"]["response of no web address"], 1);
    let everything = home.everything();
    let pages: Vec<&Value> =
        everything.iter().filter(|line| line["url"] == "http://heritrix.example/a").collect();
    assert_eq!(pages.iter().map(|line| outcome(line)).collect::<Vec<_>>(), ["captured", "unchanged"]);
    assert_eq!(pages[0]["id"], pages[1]["original"]);
    let texts: BTreeSet<String> = pages.iter().map(|line| show(&home, line, "--text").ok().text()).collect();
    assert_eq!(texts.len(), 1);
    let lost = one(&everything, "http://heritrix.example/lost");
    assert_eq!(outcome(lost), "unchanged original-missing");
    assert!(show(&home, lost, "--raw").expect(2).stderr.contains("was not imported"));
    assert_eq!(outcome(one(&everything, "http://heritrix.example/long")), "truncated segmented");
    assert_eq!(outcome(one(&everything, "http://heritrix.example/cut")), "truncated cut-by-capturer");
    let shown = home.vidimus(&["show", text(pages[0], "id")]).ok().text();
    assert!(shown.contains("Heritrix/3.4") && shown.contains("for Harbour Archive"), "{shown}");
}

#[test]
fn the_folders_of_common_crawl_are_walked() {
    let (home, told) = imported(&[&foreign().file("crawl-data")], 0);
    assert_eq!(told.len(), 3, "{told:?}");
    assert_eq!(told["CC-MAIN-00000.warc.wet.gz"]["captures"], 0);
    assert_eq!(told["CC-MAIN-00000.warc.wet.gz"]["aside"]["conversion"], 1);
    assert_eq!(told["CC-MAIN-00000.warc.wat.gz"]["aside"]["metadata"], 1);
    let everything = home.everything();
    let line = one(&everything, "http://common.example/");
    // The head says gzip and nine bytes; the body is neither.
    assert!(show(&home, line, "--text").ok().text().contains("Common knowledge"));
}

#[test]
fn a_wacz_says_which_pages_it_holds() {
    let (home, told) = imported(&[&foreign().file("browsertrix.wacz")], 0);
    let report = &told["browsertrix.wacz"];
    assert_eq!((report["captures"].as_u64(), report["pages"].as_u64()), (Some(4), Some(1)), "{report}");
    let everything = home.everything();
    let roles: Vec<(&str, &str)> = everything.iter().map(|l| (text(l, "url"), text(l, "role"))).collect();
    assert!(roles.contains(&("https://browsed.example/", "page")), "{roles:?}");
    assert!(roles.contains(&("https://browsed.example/frame", "resource")), "{roles:?}");
    let page = one(&everything, "https://browsed.example/");
    assert_eq!(text(page, "captured_at"), "2024-02-03T04:05:06.789Z");
    let shown = home.vidimus(&["show", text(page, "id")]).ok().text();
    assert!(shown.contains("Browsertrix-Crawler") && shown.contains(".warc.gz in it"), "{shown}");
    // Its records are read where they are, inside the zip.
    let manifest: Value = serde_json::from_slice(&show(&home, page, "--manifest").ok().stdout).unwrap();
    assert!(text(&manifest["imported"], "records_file").ends_with(".wacz"), "{manifest}");
    assert!(show(&home, page, "--text").ok().text().contains("Listed by the crawler"));
    let saved = one(&everything, "https://browsed.example/saved");
    assert!(show(&home, saved, "--raw").ok().text().contains("Saved from a browser"));
}

#[test]
fn records_that_share_a_member_are_written_once_more_each_on_its_own() {
    let names =
        ["plain.warc", "whole.warc.gz", "mixed.warc.gz", "frames.warc.zst", "old.arc", "deflated.wacz"];
    let files: Vec<String> = names.iter().map(|name| foreign().file(name)).collect();
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    let (home, told) = imported(&files, 0);
    let everything = home.everything();
    for (file, host) in [
        ("plain.warc", "plain"),
        ("whole.warc.gz", "whole"),
        ("mixed.warc.gz", "mixed"),
        ("frames.warc.zst", "frames"),
        ("old.arc", "arc"),
        ("deflated.wacz", "deflated"),
    ] {
        let line = one(&everything, &format!("http://{host}.example/"));
        assert!(show(&home, line, "--text").ok().text().contains(&format!("Inside {host}")), "{file}");
        assert_eq!(text(line, "role"), "page", "{file}");
    }
    assert_eq!(told["mixed.warc.gz"]["captures"], 3, "{told:?}");
    assert_eq!(text(one(&everything, "http://arc.example/"), "captured_at"), "2004-05-06T07:08:09.000Z");
    let beside =
        home.archive_files(".warc.gz").iter().filter(|p| p.to_string_lossy().contains(".records-")).count();
    assert_eq!(beside, 5, "all but the plain one have a file of records");
    assert!(!home.path("evil.warc.gz").exists() && home.archive_files("evil.warc.gz").is_empty());
}

#[test]
fn what_is_damaged_is_told_and_left_out() {
    let foreign = foreign();
    let files = ["damaged.warc.gz", "letter.txt", "empty.warc", "plain.warc"].map(|name| foreign.file(name));
    let (home, told) = imported(&files.each_ref().map(String::as_str), 1);
    let report = &told["damaged.warc.gz"];
    for code in ["digest", "no-date", "bad-date", "bad-uri", "duplicate-id", "not-http", "damaged"] {
        assert!(report["left_out"][code].as_u64().is_some(), "{code}: {report}");
    }
    assert_eq!(report["left_out"]["bad-date"], 2, "one is none, one lies in the future");
    let everything = home.everything();
    let kept: BTreeSet<&str> = everything.iter().map(|line| text(line, "url")).collect();
    let expected = ["http://damaged.example/good", "http://damaged.example/same", "http://plain.example/"];
    assert_eq!(kept, BTreeSet::from(expected));
    for name in ["letter.txt", "empty.warc"] {
        assert!(text(&told[name], "error").contains("no WARC, ARC or WACZ"), "{told:?}");
    }
    let said = home.vidimus(&["import", &files[0]]).expect(1).stderr;
    assert!(said.contains("offset") && said.contains("left out"), "{said}");
}

#[test]
fn a_dry_run_tells_all_and_writes_nothing() {
    let foreign = foreign();
    let home = Home::new();
    let files =
        [foreign.file("damaged.warc.gz"), foreign.file("frames.warc.zst"), foreign.file("deflated.wacz")];
    let told = import(&home, &["--dry-run", &files[0], &files[1], &files[2]], 1);
    assert_eq!(told["frames.warc.zst"]["pages"], 1);
    assert_eq!(told["deflated.wacz"]["pages"], 1);
    assert_eq!(told["damaged.warc.gz"]["left_out"]["digest"], 1);
    assert!(!home.path("archive").exists());
}

#[test]
fn a_source_takes_no_notice_of_what_is_imported_under_its_name() {
    let foreign = foreign();
    let page = foreign.server.url("/page");
    let sources = format!("[[source]]\nname = \"quay\"\npages = [\"{page}\"]\nschedule = \"@daily\"\n");
    let home = Home::configured(&vidimus_tests::config_for(foreign.server.port()), &sources);
    let told = import(&home, &["--source", "quay", &foreign.file("warcio.warc.gz")], 0);
    assert_eq!(told["warcio.warc.gz"]["captures"], 7);
    let status = &home.vidimus(&["status", "--json"]).expect(0).json()[0];
    let source = &status["sources"][0];
    assert_eq!((&source["last_started"], &source["last_visit"]), (&Value::Null, &Value::Null), "{status}");
    assert_eq!((status["imported_pages"].as_u64(), status["imported_parts"].as_u64()), (Some(5), Some(2)));
    // Our own capture of the same bytes is whole: it rests on nothing that somebody else says to have seen.
    let _ = home.vidimus(&["crawl"]).ok();
    let own: Vec<Value> = home.tries(&page).into_iter().filter(|line| line["witnessed"] == true).collect();
    assert_eq!(own.len(), 1);
    assert_eq!(
        (outcome(&own[0]).as_str(), &own[0]["original"], &own[0]["previous"]),
        ("captured", &Value::Null, &Value::Null)
    );
    let newest = &home.vidimus(&["status", "--json"]).expect(0).json()[0]["sources"][0]["last_visit"];
    assert_eq!(newest["new_items"], 1, "{newest}");
}

#[test]
fn a_rebuild_gives_the_same_and_so_does_an_import_that_was_killed() {
    let foreign = foreign();
    let whole = Home::new();
    let folder = foreign.folder.path().to_str().unwrap();
    let _ = import(&whole, &[folder], 1);
    let everything: BTreeSet<String> = whole.everything().iter().map(ToString::to_string).collect();
    let hits = |home: &Home| home.query(&["--json", "-n", "100", "harbour"]).ok().text();
    let before = hits(&whole);
    let _ = whole.vidimus(&["rebuild"]).ok();
    assert_eq!(whole.everything().iter().map(ToString::to_string).collect::<BTreeSet<_>>(), everything);
    assert_eq!(hits(&whole), before);
    let places = whole.vidimus(&["list", "--all", "-n", "0", "--json"]).ok().json();
    for line in places.iter().filter(|line| outcome(line) != "unchanged original-missing") {
        let _ = show(&whole, line, "--raw").ok();
    }

    // Killed as soon as something is held; the next one takes in the rest, once.
    let killed = Home::new();
    let running = killed.start(&["import", folder]);
    wait_until("a first file is kept", || killed.path("archive/imported").is_dir());
    running.kill();
    let _ = import(&killed, &[folder], 1);
    let seen =
        |line: &Value| format!("{} {} {}", text(line, "url"), text(line, "captured_at"), outcome(line));
    let again: Vec<String> = killed.everything().iter().map(seen).collect();
    let first: Vec<String> = whole.everything().iter().map(seen).collect();
    assert_eq!(again.iter().collect::<BTreeSet<_>>(), first.iter().collect::<BTreeSet<_>>());
    assert_eq!(again.len(), first.len());
    assert!(killed.archive_files(".open").is_empty());
}
