//! The house rules that no compiler checks: who may depend on whom, licences, and what may be committed.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use vidimus_tests::{Ran, repository};

/// What each room may know of the others: nothing above it.
const ROOMS: &[(&str, &[&str])] = &[
    ("vidimus-snapshot", &[]),
    ("vidimus-warc", &["snapshot"]),
    ("vidimus-fetch", &["snapshot", "warc"]),
    ("vidimus-extract", &[]),
    ("vidimus-catalog", &["snapshot"]),
    ("vidimus-disk", &[]),
    ("vidimus-ledger", &["snapshot", "disk"]),
    ("vidimus-archive", &["snapshot", "warc", "catalog", "disk", "ledger"]),
    ("vidimus-cite", &["snapshot"]),
    ("vidimus-evidence", &["snapshot", "warc", "catalog", "archive", "ledger", "disk"]),
    ("vidimus-words", &[]),
    ("vidimus-compare", &["words"]),
    ("vidimus-index", &["snapshot", "words", "compare"]),
    ("vidimus-pipeline", &["snapshot", "warc", "fetch", "extract", "catalog", "archive", "index"]),
    ("vidimus-demo", &[]),
    ("vidimus-query", &["snapshot", "index"]),
    (
        "vidimus",
        &[
            "snapshot", "warc", "fetch", "extract", "catalog", "archive", "disk", "ledger", "evidence",
            "cite", "words", "compare", "index", "pipeline", "demo", "query",
        ],
    ),
    ("vidimus-tests", &["demo"]),
];

/// Which rooms alone may use a crate from outside. The demo site is a server, so it speaks HTTP as well; servers of tests
/// speak TLS.
const OWNERS: &[(&str, &[&str])] = &[
    ("tantivy", &["vidimus-index"]),
    ("icu_segmenter", &["vidimus-words"]),
    ("sqlx", &["vidimus-catalog"]),
    ("hyper", &["vidimus-fetch", "vidimus-demo"]),
    ("rustls", &["vidimus-fetch", "vidimus-tests"]),
    ("tokio-rustls", &["vidimus-fetch"]),
    ("webpki-roots", &["vidimus-fetch"]),
    ("html5ever", &["vidimus-extract"]),
    ("cron", &["vidimus-pipeline"]),
    ("clap", &["vidimus", "vidimus-query"]),
    ("indicatif", &["vidimus"]),
    ("comfy-table", &["vidimus"]),
    // What the operator configured: a webhook. What strangers send goes through the capture client.
    ("reqwest", &["vidimus"]),
    ("prometheus-client", &["vidimus"]),
];

fn metadata() -> Value {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    // `--locked` fails when Cargo.lock is missing or does not fit.
    command.args(["metadata", "--locked", "--format-version", "1"]).current_dir(repository());
    Ran::of(&mut command).ok().json().pop().unwrap()
}

fn packages(metadata: &Value) -> &[Value] {
    metadata["packages"].as_array().unwrap()
}

/// The project's own packages with what they depend on outside of tests.
fn rooms(metadata: &Value) -> BTreeMap<String, BTreeSet<String>> {
    let own = packages(metadata).iter().filter(|package| package["source"].is_null());
    own.map(|package| {
        let all = package["dependencies"].as_array().unwrap().iter();
        let used = all.filter(|dependency| dependency["kind"].is_null());
        let names = used.map(|dependency| dependency["name"].as_str().unwrap().to_owned());
        (package["name"].as_str().unwrap().to_owned(), names.collect())
    })
    .collect()
}

#[test]
fn every_arrow_points_down() {
    let metadata = metadata();
    let rooms = rooms(&metadata);
    let table: BTreeMap<&str, &[&str]> = ROOMS.iter().copied().collect();
    for (room, used) in &rooms {
        let allowed =
            table.get(room.as_str()).unwrap_or_else(|| panic!("{room} is not in the table of rooms"));
        for other in used.iter().filter_map(|name| name.strip_prefix("vidimus-")) {
            assert!(allowed.contains(&other), "{room} must not know {other}");
        }
    }
    assert_eq!(rooms.len(), ROOMS.len(), "a room of the table is missing: {:?}", rooms.keys());
}

#[test]
fn each_trade_has_one_owner() {
    let metadata = metadata();
    for (room, used) in rooms(&metadata) {
        for (name, owners) in OWNERS {
            assert!(
                !used.contains(*name) || owners.contains(&room.as_str()),
                "{room} uses {name}, which is for {owners:?}"
            );
        }
    }
}

#[test]
fn every_dependency_has_a_licence_that_is_allowed() {
    let deny: toml::Table = fs::read_to_string(repository().join("deny.toml")).unwrap().parse().unwrap();
    let allowed = deny["licenses"]["allow"].as_array().unwrap().iter().map(|name| name.as_str().unwrap());
    let allowed: BTreeSet<&str> = allowed.collect();
    assert!(allowed.iter().all(|name| !name.contains("GPL")), "no GPL, LGPL or AGPL: {allowed:?}");
    // A ban with `wrappers` lets those crates use it, and no other: `OWNERS` says the same.
    let bans = deny["bans"]["deny"].as_array().unwrap().iter();
    let banned: Vec<&str> =
        bans.filter(|ban| ban.get("wrappers").is_none()).map(|ban| ban["name"].as_str().unwrap()).collect();
    let metadata = metadata();
    for package in packages(&metadata) {
        let name = package["name"].as_str().unwrap();
        let licence = package["license"].as_str().unwrap_or_default();
        assert!(is_allowed(licence, &allowed), "{name} is under '{licence}'");
        assert!(!banned.contains(&name), "{name} is banned by deny.toml");
        let source = package["source"].as_str().unwrap_or("path");
        assert!(source == "path" || source.starts_with("registry+"), "{name} comes from {source}");
    }
}

/// Whether an SPDX expression can be satisfied with allowed licences alone. `/` is an old spelling of `OR`.
fn is_allowed(expression: &str, allowed: &BTreeSet<&str>) -> bool {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut rest = words.as_slice();
    let answer = any_of(&mut rest, allowed);
    answer && rest.is_empty()
}

/// `A OR B`: AND binds tighter than OR.
fn any_of(words: &mut &[&str], allowed: &BTreeSet<&str>) -> bool {
    let mut answer = all_of(words, allowed);
    while let Some(rest) = words.strip_prefix(&["OR"]) {
        *words = rest;
        answer |= all_of(words, allowed);
    }
    answer
}

fn all_of(words: &mut &[&str], allowed: &BTreeSet<&str>) -> bool {
    let mut answer = one(words, allowed);
    while let Some(rest) = words.strip_prefix(&["AND"]) {
        *words = rest;
        answer &= one(words, allowed);
    }
    answer
}

fn one(words: &mut &[&str], allowed: &BTreeSet<&str>) -> bool {
    match *words {
        ["(", rest @ ..] => {
            *words = rest;
            let answer = any_of(words, allowed);
            *words = words.strip_prefix(&[")"]).unwrap_or(words);
            answer
        }
        [name, "WITH", exception, rest @ ..] => {
            *words = rest;
            allowed.contains(format!("{name} WITH {exception}").as_str())
        }
        [name, rest @ ..] => {
            *words = rest;
            allowed.contains(name)
        }
        [] => false,
    }
}

#[test]
fn licence_expressions_are_understood() {
    let allowed = BTreeSet::from(["MIT", "ISC", "Apache-2.0 WITH LLVM-exception"]);
    for good in
        ["MIT", "MIT/GPL-3.0", "GPL-3.0 OR MIT", "(MIT OR X) AND ISC", "Apache-2.0 WITH LLVM-exception OR X"]
    {
        assert!(is_allowed(good, &allowed), "{good}");
    }
    for bad in
        ["", "GPL-3.0", "MIT AND GPL-3.0", "(MIT OR X) AND Y", "Apache-2.0", "MIT GPL-3.0", "X OR MIT AND Y"]
    {
        assert!(!is_allowed(bad, &allowed), "{bad}");
    }
}

/// The files that are, or will be, committed: all but what `.gitignore` leaves out.
fn committed() -> Vec<PathBuf> {
    let ignored = fs::read_to_string(repository().join(".gitignore")).unwrap();
    let ignored: Vec<&str> = ignored.lines().map(|line| line.trim_matches('/')).collect();
    let mut found = Vec::new();
    collect(repository(), &ignored, &mut found);
    assert!(found.len() > 100);
    found
}

fn collect(folder: &Path, ignored: &[&str], found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let relative = path.strip_prefix(repository()).unwrap().to_string_lossy().into_owned();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let skipped = name == ".git"
            || ignored.iter().any(|line| *line == relative || *line == name)
            || (ignored.contains(&"archive/*") && relative.starts_with("archive/"));
        match (skipped, path.is_dir()) {
            (true, _) => {}
            (false, true) => collect(&path, ignored, found),
            (false, false) => found.push(path),
        }
    }
}

#[test]
fn nothing_large_and_nothing_of_one_machine_is_committed() {
    // Where the repository happens to be is nobody's business. (At the root of a file system there is nothing to tell.)
    let place =
        repository().parent().map(|folder| format!("{}/", folder.display())).filter(|place| place.len() > 2);
    let unfinished = [["TO", "DO"].concat(), ["FIX", "ME"].concat(), ["todo", "!("].concat()];
    for path in committed() {
        let length = fs::metadata(&path).unwrap().len();
        assert!(length <= 1_000_000, "{} has {length} bytes", path.display());
        let Ok(text) = fs::read_to_string(&path) else { continue };
        if let Some(place) = &place {
            assert!(!text.contains(place), "{} names {place}", path.display());
        }
        let is_code =
            path.extension().is_some_and(|ending| ["rs", "py", "sh"].iter().any(|code| ending == *code));
        for word in unfinished.iter().filter(|_| is_code) {
            assert!(!text.contains(word), "{} has a {word}", path.display());
        }
    }
}

#[test]
fn what_a_newcomer_needs_is_there() {
    let files = [
        "README.md",
        "CHANGELOG.md",
        "Cargo.lock",
        "LICENSE",
        "justfile",
        "deny.toml",
        "rustfmt.toml",
        "clippy.toml",
        "docs/architecture.md",
        "config/vidimus.toml",
        "config/sources.toml",
        ".ci/run",
        "tests/run",
    ];
    for file in files {
        assert!(repository().join(file).is_file(), "{file} is missing");
    }
    let readme = fs::read_to_string(repository().join("README.md")).unwrap();
    for command in ["cargo run --release -- demo", "./tests/run"] {
        assert!(readme.contains(command), "the README does not show `{command}`");
    }
    let ci = fs::read_to_string(repository().join(".ci/run")).unwrap();
    assert!(ci.contains("exec ./tests/run"), "{ci}");
    assert!(!fs::read_to_string(repository().join(".gitignore")).unwrap().contains("Cargo.lock"));
}
