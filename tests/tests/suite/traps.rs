//! Files with one defect each, and files with none: what `verify` says of them, and what the tools say that others wrote
//! and that pass many of the former and fail some of the latter.

use std::fs;
use std::io::{Cursor, Write};
use std::path::Path;
use std::process::Command;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use vidimus_snapshot::Digest;
use vidimus_tests::{Home, Ran, tool};

use crate::common::text;

const URL: &str = "http://ngo.example/statement";
const DATE: &str = "2024-06-27T08:30:00Z";
const PAGE: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 34\r\n\r\n<p>The mill must not be sold.</p>\r\n";
const BODY: &[u8] = b"<p>The mill must not be sold.</p>\r\n";

/// A record that is to be written: its fields, in their order, and its block.
#[derive(Clone)]
struct Draft {
    version: &'static str,
    fields: Vec<(&'static str, String)>,
    block: Vec<u8>,
    /// What ends each line of the head.
    line_end: &'static str,
    /// What ends the record.
    end: &'static [u8],
}

impl Draft {
    fn new(record_type: &str, number: u32, block: &[u8]) -> Self {
        let fields = vec![
            ("WARC-Type", record_type.to_owned()),
            ("WARC-Record-ID", format!("<urn:uuid:00000000-0000-4000-8000-{number:012}>")),
            ("WARC-Date", DATE.to_owned()),
            ("WARC-Target-URI", URL.to_owned()),
            ("WARC-Block-Digest", Digest::of(block).to_string()),
            ("Content-Length", block.len().to_string()),
        ];
        Self { version: "WARC/1.1", fields, block: block.to_vec(), line_end: "\r\n", end: b"\r\n\r\n" }
    }

    fn response(number: u32) -> Self {
        Self::new("response", number, PAGE)
            .with("Content-Type", "application/http;msgtype=response")
            .with("WARC-Payload-Digest", &Digest::of(BODY).to_string())
    }

    fn with(mut self, name: &'static str, value: &str) -> Self {
        self.fields.retain(|(known, _)| *known != name);
        self.fields.push((name, value.to_owned()));
        self
    }

    fn without(mut self, name: &str) -> Self {
        self.fields.retain(|(known, _)| *known != name);
        self
    }

    fn bytes(&self) -> Vec<u8> {
        let mut head = format!("{}{}", self.version, self.line_end);
        for (name, value) in &self.fields {
            head.push_str(&format!("{name}: {value}{}", self.line_end));
        }
        head.push_str(self.line_end);
        [head.as_bytes(), &self.block, self.end].concat()
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn members(drafts: &[Draft]) -> Vec<u8> {
    drafts.iter().flat_map(|draft| gzip(&draft.bytes())).collect()
}

/// Of a crafted file: what `verify` has to say (nothing where it is valid), and how `warcio check` and `fastwarc check`
/// end.
struct Row {
    name: &'static str,
    bytes: Vec<u8>,
    says: Option<&'static str>,
    /// Of warcio, of fastwarc.
    theirs: [i32; 2],
}

fn rows() -> Vec<Row> {
    let good = || Draft::response(1);
    let pair = |first: Draft| members(&[first, Draft::response(2)]);
    let row = |name, bytes, says, theirs| Row { name, bytes, says, theirs };
    let zeros = format!("sha256:{}", "0".repeat(64));
    let revisit = Draft::new("revisit", 2, &PAGE[..PAGE.len() - BODY.len()])
        .with("Content-Type", "application/http;msgtype=response")
        .with("WARC-Payload-Digest", &Digest::of(BODY).to_string())
        .with("WARC-Profile", "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest")
        .with("WARC-Refers-To-Target-URI", URL)
        .with("WARC-Refers-To-Date", DATE);
    let resource = Draft::new("resource", 1, BODY)
        .with("Content-Type", "text/html")
        .with("WARC-Payload-Digest", &Digest::of(BODY).to_string());
    let long = (PAGE.len() + 9).to_string();
    let short = (PAGE.len() - 5).to_string();
    let cut = |bytes: Vec<u8>, by: usize| bytes[..bytes.len() - by].to_vec();
    let no_digests = good().without("WARC-Block-Digest").without("WARC-Payload-Digest");
    vec![
        row("no-digests", pair(no_digests), Some("is missing"), [0, 0]),
        row(
            "wrong-payload-digest",
            pair(good().with("WARC-Payload-Digest", &zeros)),
            Some("WARC-Payload-Digest is wrong"),
            [1, 1],
        ),
        row(
            "wrong-block-digest",
            pair(good().with("WARC-Block-Digest", &zeros)),
            Some("WARC-Block-Digest is wrong"),
            [1, 1],
        ),
        row(
            "unknown-digest",
            pair(good().with("WARC-Block-Digest", "blake9:AAAA")),
            Some("cannot be checked"),
            [1, 1],
        ),
        row("truncated", cut(pair(good()), 60), Some("breaks off"), [0, 1]),
        row("truncated-trailer", cut(pair(good()), 4), Some("breaks off"), [0, 0]),
        row(
            "short-length",
            pair(good().with("Content-Length", &short)),
            Some("does not end in CR LF CR LF"),
            [1, 1],
        ),
        row("long-length", pair(good().with("Content-Length", &long)), Some("breaks off"), [0, 1]),
        row(
            "whole-file-gzip",
            gzip(&[good().bytes(), Draft::response(2).bytes()].concat()),
            Some("share one compressed member"),
            [1, 0],
        ),
        row("no-date", pair(good().without("WARC-Date")), Some("WARC-Date is missing"), [0, 0]),
        row("odd-date", pair(good().with("WARC-Date", "27/06/2024")), Some("WARC-Date is not valid"), [0, 0]),
        row("no-id", pair(good().without("WARC-Record-ID")), Some("WARC-Record-ID is missing"), [0, 0]),
        row("line-feeds", pair(Draft { line_end: "\n", ..good() }), Some("LF alone"), [0, 0]),
        row("no-end", pair(Draft { end: b"", ..good() }), Some("does not end in CR LF CR LF"), [0, 0]),
        row("same-id", members(&[good(), good()]), Some("stands more than once"), [0, 0]),
        row(
            "garbage-between",
            [gzip(&good().bytes()), b"not a record".to_vec(), gzip(&Draft::response(2).bytes())].concat(),
            Some("belong to no record"),
            [1, 1],
        ),
        row("revisit", members(&[good(), revisit]), None, [0, 1]),
        row("resource-with-payload-digest", members(&[resource]), None, [0, 1]),
    ]
}

#[test]
fn every_row_of_the_table_of_crafted_warcs() {
    let home = Home::new();
    let mut wrong = Vec::new();
    let rows = rows();
    assert_eq!(rows.len(), 18);
    for row in rows {
        let file = format!("{}.warc.gz", row.name);
        home.write(&file, &row.bytes);
        let ran = home.vidimus(&["verify", "--json", &file]);
        let found: Vec<Value> = ran.json().into_iter().filter(|line| line["kind"] == "finding").collect();
        let as_it_should = match row.says {
            None => ran.code == Some(0) && found.is_empty(),
            Some(says) => {
                ran.code == Some(1)
                    && found.iter().any(|f| text(f, "what").contains(says) && f["offset"].is_u64())
            }
        };
        if !as_it_should {
            wrong.push(format!("verify, which should say {:?}: {}", row.says, ran.story()));
        }
        for (tool_name, arguments, expected) in
            [("warcio", &["check"][..], row.theirs[0]), ("fastwarc", &["check", "-p"], row.theirs[1])]
        {
            let theirs = Ran::of(Command::new(tool(tool_name)).args(arguments).arg(home.path(&file)));
            if theirs.code != Some(expected) {
                wrong.push(format!("{tool_name} does not end with {expected} any more: {}", theirs.story()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

/// The files of a package, by name; stored as they are, unless `deflated` names them.
#[derive(Clone)]
struct Package {
    files: Vec<(String, Vec<u8>)>,
    deflated: Vec<String>,
    /// The list as it stands, once it is made by hand.
    list: Option<Value>,
}

impl Package {
    /// A valid package of one page.
    fn good() -> Self {
        let draft = Draft::response(1);
        let warc = members(std::slice::from_ref(&draft));
        let line = json!({
            "url": URL, "mime": "text/html", "status": "200", "digest": Digest::of(BODY).to_string(),
            "length": warc.len().to_string(), "offset": "0", "filename": "data.warc.gz"
        });
        let index = format!("example,ngo)/statement 20240627083000 {line}\n");
        let pages = format!(
            "{}\n{}\n",
            json!({"format": "json-pages-1.0", "id": "pages", "title": "All Pages"}),
            json!({"url": URL, "ts": DATE, "title": "Statement", "text": "The mill must not be sold."})
        );
        let files = vec![
            ("archive/data.warc.gz".to_owned(), warc),
            ("indexes/index.cdxj".to_owned(), index.into_bytes()),
            ("pages/pages.jsonl".to_owned(), pages.into_bytes()),
        ];
        Self { files, deflated: vec!["pages/pages.jsonl".to_owned()], list: None }
    }

    fn file(&mut self, name: &str) -> &mut Vec<u8> {
        &mut self.files.iter_mut().find(|(known, _)| known == name).unwrap().1
    }

    /// The package with one file as `change` makes it.
    fn changed(mut self, name: &str, change: impl FnOnce(String) -> String) -> Self {
        let file = self.file(name);
        *file = change(String::from_utf8(file.clone()).unwrap()).into_bytes();
        self
    }

    fn listed(&self) -> Value {
        let resources = self.files.iter().map(|(name, bytes)| {
            json!({"name": name.rsplit('/').next(), "path": name, "hash": Digest::of(bytes).to_string(), "bytes": bytes.len()})
        });
        json!({"profile": "data-package", "wacz_version": "1.1.1", "resources": resources.collect::<Vec<_>>()})
    }

    /// The same with a list that says something else.
    fn with_list(mut self, change: impl FnOnce(&mut Value)) -> Self {
        let mut list = self.listed();
        change(&mut list);
        self.list = Some(list);
        self
    }

    fn bytes(&self) -> Vec<u8> {
        let list = self.list.clone().unwrap_or_else(|| self.listed()).to_string().into_bytes();
        let digest = json!({"path": "datapackage.json", "hash": Digest::of(&list).to_string()});
        let mut files = self.files.clone();
        files.push(("datapackage.json".to_owned(), list));
        files.push(("datapackage-digest.json".to_owned(), digest.to_string().into_bytes()));
        zip(&files, &self.deflated)
    }
}

fn zip(files: &[(String, Vec<u8>)], deflated: &[String]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        let is_deflated = deflated.contains(name);
        let method =
            if is_deflated { zip::CompressionMethod::Deflated } else { zip::CompressionMethod::Stored };
        zip.start_file(name.as_str(), zip::write::SimpleFileOptions::default().compression_method(method))
            .unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// Of a changed package: its bytes, at which level it fails, and what is said.
fn packages() -> Vec<(&'static str, Vec<u8>, u8, &'static str)> {
    let good = Package::good;
    let (warc, index, pages) = ("archive/data.warc.gz", "indexes/index.cdxj", "pages/pages.jsonl");
    let without = |name: &str| {
        let mut package = good();
        package.files.retain(|(known, _)| known != name);
        package
    };
    let mut flipped = good().with_list(|_| {});
    flipped.file(warc)[40] ^= 1;
    let mut unlisted = good().with_list(|_| {});
    unlisted.files.push(("extra.txt".to_owned(), b"nobody speaks of me".to_vec()));
    let mut missing = good().with_list(|_| {});
    missing.files.retain(|(known, _)| known != pages);
    let mut deflated = good();
    deflated.deflated.push(warc.to_owned());
    let whole = good().bytes();
    let mut damaged = whole.clone();
    // The first entry's bytes begin behind its header and name.
    damaged[30 + warc.len() + 40] ^= 1;
    let files: Vec<_> = good()
        .files
        .into_iter()
        .chain([("datapackage.json".to_owned(), good().listed().to_string().into_bytes())])
        .collect();
    let other_digest =
        json!({"path": "datapackage.json", "hash": Digest::of(b"another").to_string()}).to_string();
    let with_other_digest =
        [files.clone(), vec![("datapackage-digest.json".to_owned(), other_digest.into_bytes())]].concat();
    vec![
        ("truncated", whole[..whole.len() - 30].to_vec(), 0, "the zip cannot be read"),
        ("damaged-entry", damaged, 0, "the entry is damaged"),
        ("changed-warc", flipped.bytes(), 0, "not what its digest says"),
        ("no-list", zip(&good().files, &[]), 0, "datapackage.json is missing"),
        ("other-list", zip(&with_other_digest, &[]), 0, "not what its digest says"),
        (
            "no-profile",
            good().with_list(|list| list["profile"] = Value::Null).bytes(),
            0,
            "the profile is not",
        ),
        (
            "no-version",
            good().with_list(|list| list["wacz_version"] = Value::Null).bytes(),
            0,
            "wacz_version is missing",
        ),
        (
            "wrong-length",
            good().with_list(|list| list["resources"][0]["bytes"] = 7.into()).bytes(),
            0,
            "not as long as the list says",
        ),
        (
            "no-hash",
            good().with_list(|list| list["resources"][0]["hash"] = Value::Null).bytes(),
            0,
            "its digest is missing",
        ),
        ("unlisted-file", unlisted.bytes(), 0, "but not listed"),
        ("missing-file", missing.bytes(), 0, "listed, but not in the package"),
        ("no-pages", without(pages).bytes(), 1, "the list of pages is missing"),
        (
            "page-without-time",
            good().changed(pages, |text| text.replace("\"ts\"", "\"when\"")).bytes(),
            1,
            "has no ts",
        ),
        ("no-index", without(index).bytes(), 1, "no index under indexes/"),
        (
            "index-elsewhere",
            good().changed(index, |text| text.replace("\"offset\":\"0\"", "\"offset\":\"11\"")).bytes(),
            1,
            "where no record begins",
        ),
        (
            "index-of-another-page",
            good().changed(index, |text| text.replace(URL, "http://ngo.example/other")).bytes(),
            1,
            "the url is not that of the record",
        ),
        (
            "index-of-another-digest",
            good().changed(index, |text| text.replace(&Digest::of(BODY).hex(), &"0".repeat(64))).bytes(),
            1,
            "the digest is not that of the record",
        ),
        ("deflated-warc", deflated.bytes(), 1, "compressed once more"),
    ]
}

#[test]
fn every_row_of_the_table_of_changed_packages() {
    let home = Home::new();
    home.write("good.wacz", Package::good().bytes());
    let ran = home.vidimus(&["verify", "good.wacz"]).ok();
    let told = ran.text();
    assert!(
        told.contains("L0 passed") && told.contains("L1 passed") && told.contains("L2 does not apply"),
        "{told}"
    );
    let mut wrong = Vec::new();
    for (name, bytes, level, says) in packages() {
        let file = format!("{name}.wacz");
        home.write(&file, bytes);
        let ran = home.vidimus(&["verify", "--json", &file]);
        let fits = |line: &Value| line["level"] == level && text(line, "what").contains(says);
        if ran.code != Some(1) || !ran.json().iter().any(fits) {
            wrong.push(format!("{name} should fail level {level} with '{says}': {}", ran.story()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

/// Runs a script that writes files with the libraries of others, and gives them back.
fn written_by_others(home: &Home) -> Vec<std::path::PathBuf> {
    let folder = home.path("others");
    fs::create_dir(&folder).unwrap();
    let ran = vidimus_tests::python("write_warcs.py", &[folder.to_str().unwrap()]).ok();
    ran.text().lines().map(|name| folder.join(name)).collect()
}

#[test]
fn valid_files_of_other_software_pass_without_a_finding() {
    let home = Home::new();
    let mut files = written_by_others(&home);
    assert!(files.len() >= 4, "{files:?}");
    files.extend(fetched_by_wget(&home));
    for file in files {
        passes(&home, &file);
    }
}

fn passes(home: &Home, file: &Path) {
    let ran = home.vidimus(&["verify", "--json", file.to_str().unwrap()]);
    let summary = ran.json().pop().unwrap();
    assert_eq!((ran.code, &summary["findings"]), (Some(0), &json!(0)), "{}", ran.story());
    assert!(
        summary["records"].as_u64() > Some(1) && summary["foreign"] == true && summary["L2"].is_null(),
        "{summary}"
    );
}

/// What wget writes of a small site, in the three forms that it knows.
fn fetched_by_wget(home: &Home) -> Vec<std::path::PathBuf> {
    use vidimus_tests::{Server, html};
    let link = "<a href=/b>b</a>";
    let chunked = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n6\r\n<p>one\r\n4\r\n two\r\n0\r\n\r\n";
    let table = vec![("/", html(link)), ("/b", html("<p>b</p>")), ("/chunked", chunked.to_vec())];
    let server = Server::of_table(table);
    let mut files = Vec::new();
    for (name, options) in
        [("plain", &["--no-warc-compression"][..]), ("packed", &[]), ("revisits", &["--warc-cdx"])]
    {
        let mut wget = Command::new("wget");
        wget.current_dir(home.path("others")).args([
            "--quiet",
            "--recursive",
            "--level=1",
            "--no-parent",
            "-e",
            "robots=off",
        ]);
        wget.args(options).arg(format!("--warc-file={name}"));
        let _ = Ran::of(wget.args([server.url("/"), server.url("/chunked")])).ok();
        let ending = if name == "plain" { "warc" } else { "warc.gz" };
        files.push(home.path(&format!("others/{name}.{ending}")));
    }
    files
}
