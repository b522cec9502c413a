//! The log and its key, as an operator, a witness and a thief meet them: what is logged, what is signed by whom, and what a
//! log that was changed, cut, forked or taken back cannot hide.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use serde_json::Value;
use vidimus_disk::RealDisk;
use vidimus_ledger::{Event, Leaf, Log, LogReader, SigningKey};
use vidimus_tests::{Home, Ran, Server, TimeAuthority, config_for, html};

const ORIGIN: &str = "archive.example/log";

fn page(text: &str) -> Vec<u8> {
    html(&format!(
        "<!doctype html><html lang=en><title>{text}</title><main><h1>{text}</h1><p>The harbour office gives notice \
         that the {text} is closed for dredging until the end of the month.</p></main></html>"
    ))
}

/// A site, and an archive whose log has a name and a key.
struct Scene {
    site: Server,
    home: Home,
}

impl Scene {
    fn new() -> Self {
        Self::with("")
    }

    fn with(more: &str) -> Self {
        let site = Server::of_table(vec![
            ("/a", page("eastern basin")),
            ("/b", page("western basin")),
            ("/c", page("fish market")),
            ("/d", page("old lock")),
        ]);
        let home = Home::new();
        let evidence = format!("\n[evidence]\nkey = \"../keys/log.pem\"\norigin = \"{ORIGIN}\"\n{more}");
        home.write("config/vidimus.toml", config_for(site.port()) + &evidence);
        let page = site.url("/a");
        home.write("config/sources.toml", format!("[[source]]\nname = \"harbour\"\npages = [\"{page}\"]\n"));
        let scene = Self { site, home };
        let _ = scene.home.vidimus(&["key", "new"]).ok();
        scene
    }

    fn capture(&self, path: &str) -> String {
        let line = self.home.vidimus(&["capture", "--json", &self.site.url(path)]).ok().json().remove(0);
        line["id"].as_str().unwrap().to_owned()
    }

    fn verify(&self, more: &[&str]) -> Ran {
        self.home.vidimus(&[&["verify", "--json"], more].concat())
    }

    fn log(&self) -> LogReader {
        LogReader::open(&self.home.path("archive/log")).unwrap().unwrap()
    }

    fn leaves(&self) -> Vec<Leaf> {
        let log = self.log();
        (0..log.size()).map(|index| Leaf::read(&log.leaf(index).unwrap()).unwrap()).collect()
    }

    fn checkpoint(&self, name: &str) -> String {
        let kept = self.home.path(name);
        fs::write(&kept, self.home.vidimus(&["log", "checkpoint"]).ok().stdout).unwrap();
        kept.display().to_string()
    }

    /// Whoever has the key writes the log anew.
    fn rewrite(&self, leaves: &[Leaf], key: &Path) {
        let (old, new) = (self.home.path("archive/log"), self.home.path("forged"));
        let mut log = Log::begin(&new, Arc::new(RealDisk), ORIGIN).unwrap();
        log.append(leaves).unwrap();
        log.sign(&SigningKey::load(key, ORIGIN, None).unwrap(), &[]).unwrap();
        fs::copy(old.join("log.vkey"), new.join("log.vkey")).unwrap();
        if old.join("anchors").is_dir() {
            fs::rename(old.join("anchors"), new.join("anchors")).unwrap();
        }
        fs::remove_dir_all(&old).unwrap();
        fs::rename(&new, &old).unwrap();
        // The thief does not know of what is remembered beside the key.
        for file in fs::read_dir(self.home.path("archive")).unwrap() {
            let path = file.unwrap().path();
            if path.file_name().unwrap().to_string_lossy().starts_with("catalog.sqlite") {
                fs::remove_file(path).unwrap();
            }
        }
    }
}

fn kinds(leaves: &[Leaf]) -> Vec<&'static str> {
    leaves.iter().map(|leaf| leaf.event.kind()).collect()
}

fn levels(ran: &Ran) -> [Value; 3] {
    let summary = ran.json().pop().unwrap();
    ["L3", "L4", "L5"].map(|level| summary[level].clone())
}

fn found(ran: &Ran) -> String {
    let lines = ran.json();
    let findings = lines.iter().filter(|line| line["kind"] == "finding");
    findings.map(|line| format!("L{} {}\n", line["level"], line["what"].as_str().unwrap())).collect()
}

#[test]
fn a_key_is_private_made_once_and_known_by_a_fingerprint_that_openssl_computes_too() {
    let scene = Scene::new();
    let key = scene.home.path("keys/log.pem");
    assert_eq!(key.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    let said = scene.home.vidimus(&["key", "new"]).expect(64).stderr;
    assert!(said.contains("key rotate"), "{said}");
    let shown = scene.home.vidimus(&["key", "show", "--json"]).ok().json().remove(0);
    let pem = scene.home.vidimus(&["key", "show", "--pem"]).ok();
    scene.home.write("public.pem", pem.stdout);
    let der = Command::new("openssl")
        .args(["pkey", "-pubin", "-outform", "DER", "-in"])
        .arg(scene.home.path("public.pem"))
        .output()
        .unwrap();
    let digest = vidimus_snapshot::Digest::of(&der.stdout);
    assert_eq!(shown["fingerprint"], digest.to_string());
    let other = Home::new();
    other.write("config/vidimus.toml", config_for(1));
    other.write("config/sources.toml", "");
    let inside = other.path("archive/key.pem").display().to_string();
    let said = other.vidimus(&["key", "new", "--signing-key", &inside]).expect(64).stderr;
    assert!(said.contains("keep the key elsewhere"), "{said}");
}

#[test]
fn what_happens_is_in_the_log_and_verify_says_so() {
    let scene = Scene::new();
    let a = scene.capture("/a");
    let b = scene.capture("/b");
    let leaves = scene.leaves();
    assert_eq!(kinds(&leaves), ["key", "capture", "capture"]);
    let manifest = scene.home.vidimus(&["show", &b, "--manifest"]).ok().stdout;
    let manifest: Value = serde_json::from_slice(&manifest).unwrap();
    assert_eq!(leaves[2].id, manifest["capture_id"].as_str().unwrap());
    assert_eq!(
        manifest["log_head"]["size"], 2,
        "the head before the fetch has the leaf of the capture before"
    );
    assert!(
        !scene.leaves().iter().any(|leaf| {
            String::from_utf8(leaf.to_canonical_json().unwrap()).unwrap().contains("127.0.0.1")
        })
    );

    let ran = scene.verify(&[]).ok();
    assert_eq!(levels(&ran), [Value::Bool(true), Value::Null, Value::Null]);
    assert_eq!(kinds(&scene.leaves()).last(), Some(&"fixity"), "the check itself is logged");
    let one = scene.verify(&[&a]).ok();
    let place = &one.json().pop().unwrap()["log"]["places"][0];
    assert_eq!((place["origin"].as_str(), place["index"].as_u64()), (Some(ORIGIN), Some(1)));

    let by_place = scene.home.vidimus(&["show", &format!("{ORIGIN}#2"), "--json"]).ok().json().remove(0);
    assert_eq!(by_place["id"], b.as_str());
    let said = scene.home.vidimus(&["show", &format!("{ORIGIN}#0")]).expect(2).stderr;
    assert!(said.contains("no capture is at"), "{said}");
}

#[test]
fn without_a_key_all_is_logged_and_nothing_claims_to_be_signed() {
    let site = Server::of_table(vec![("/a", page("eastern basin"))]);
    let home = Home::new();
    home.write("config/vidimus.toml", config_for(site.port()));
    home.write("config/sources.toml", "");
    let _ = home.vidimus(&["capture", &site.url("/a")]).ok();
    let log = LogReader::open(&home.path("archive/log")).unwrap().unwrap();
    assert_eq!((log.size(), log.checkpoint().unwrap()), (1, None));
    let said = home.vidimus(&["verify"]).ok().text();
    assert!(said.contains("L3 incomplete") && said.contains("vidimus key new"), "{said}");
    let said = home.vidimus(&["log", "checkpoint"]).expect(2).stderr;
    assert!(said.contains("vidimus key new"), "{said}");
    // The key comes later, and signs what was logged before.
    let _ = home.vidimus(&["key", "new", "--signing-key", &home.path("k.pem").display().to_string()]).ok();
    let head = home.vidimus(&["log", "checkpoint", "--json"]).ok().json().remove(0);
    assert_eq!(head["size"], 3, "the capture, the check of it, the key");
}

#[test]
fn a_witness_finds_out_a_log_that_is_not_the_one_that_it_was() {
    let scene = Scene::new();
    let _ = scene.capture("/a");
    let kept = scene.checkpoint("kept.checkpoint");
    let shown = scene.home.vidimus(&["key", "show", "--json"]).ok().json().remove(0);
    let fingerprint = shown["fingerprint"].as_str().unwrap();
    let _ = scene.capture("/b");
    let good = scene.verify(&["--against", &kept, "--key", fingerprint]).ok();
    assert_eq!(levels(&good)[2], true);
    let other = format!("sha256:{}", "0".repeat(64));
    assert!(
        found(&scene.verify(&["--key", &other]).expect(1)).contains("not signed by the key that you named")
    );

    // A log forked before the kept head: the operator himself has the key.
    let mut leaves = scene.leaves();
    leaves.retain(|leaf| !matches!(leaf.event, Event::Fixity { .. }));
    leaves.swap(1, 2);
    scene.rewrite(&leaves, &scene.home.path("keys/log.pem"));
    fs::remove_file(scene.home.path("keys/log.pem.heads")).unwrap();
    let _ = scene.home.vidimus(&["rebuild"]).ok();
    let forked = scene.verify(&["--against", &kept]).expect(1);
    assert_eq!(levels(&forked)[2], false);
    assert!(found(&forked).contains("its history was rewritten, or it was forked"), "{}", found(&forked));
}

#[test]
fn a_stolen_key_cannot_rewrite_what_is_anchored() {
    let authority = TimeAuthority::start();
    let scene = Scene::with(&authority.config("first"));
    let a = scene.capture("/a");
    let _ = scene.capture("/b");
    assert_eq!(levels(&scene.verify(&[]).ok())[1], true, "everything is under a timestamp");
    // The capture of /a is to vanish, leaf and all.
    let mut leaves = scene.leaves();
    leaves
        .retain(|leaf| leaf.event.subject().is_none_or(|id| id.hex() != a) && leaf.event.kind() != "anchor");
    let stolen = scene.home.path("stolen.pem");
    fs::copy(scene.home.path("keys/log.pem"), &stolen).unwrap();
    scene.rewrite(&leaves, &stolen);
    fs::remove_file(scene.home.path("keys/log.pem.heads")).unwrap();
    let _ = scene.home.vidimus(&["rebuild"]);
    let ran = scene.verify(&[]).expect(1);
    assert_eq!(levels(&ran)[1], false);
    assert!(found(&ran).contains("the log was rewritten after it was stamped"), "{}", found(&ran));
}

#[test]
fn changed_and_missing_leaves_are_found() {
    type Attack = fn(&mut Vec<Leaf>);
    let attacks: [(&str, Attack); 3] = [
        ("another order", |leaves| leaves.swap(1, 3)),
        ("one less", |leaves| drop(leaves.remove(2))),
        ("another time", |leaves| leaves[1].logged_at = jiff::Timestamp::UNIX_EPOCH),
    ];
    for (what, attack) in attacks {
        let scene = Scene::new();
        for path in ["/a", "/b", "/c"] {
            let _ = scene.capture(path);
        }
        // Whoever does not have the key leaves the old head where it is.
        let mut leaves = scene.leaves();
        attack(&mut leaves);
        let folder = scene.home.path("archive/log");
        let checkpoint = fs::read(folder.join("checkpoint")).unwrap();
        scene.rewrite(&leaves, &scene.home.path("keys/log.pem"));
        fs::write(folder.join("checkpoint"), checkpoint).unwrap();
        let ran = scene.verify(&[]);
        assert_ne!(ran.code, Some(0), "{what}: without a catalog nothing is complete");
        let rebuilt = scene.home.vidimus(&["rebuild"]);
        let ran = scene.verify(&[]);
        let told = format!("{}{}{}", found(&ran), ran.stderr, rebuilt.stderr);
        let is_found = ran.code == Some(1) || told.contains("it was ended");
        assert!(is_found, "{what}: {told}");
    }
}

#[test]
fn an_archive_from_an_older_backup_begins_a_new_log_and_loses_nothing() {
    let scene = Scene::new();
    let a = scene.capture("/a");
    let backup = scene.home.path("backup").display().to_string();
    let _ = scene.home.vidimus(&["backup", &backup]).ok();
    let _ = scene.capture("/b");
    let kept = scene.checkpoint("kept.checkpoint");
    fs::remove_dir_all(scene.home.path("archive")).unwrap();
    fs::rename(scene.home.path("backup"), scene.home.path("archive")).unwrap();

    let said = scene.home.vidimus(&["capture", &scene.site.url("/c")]).ok().stderr;
    assert!(said.contains("older backup") && said.contains(&format!("{ORIGIN}/r2")), "{said}");
    let leaves = scene.leaves();
    assert_eq!(scene.log().origin(), format!("{ORIGIN}/r2"));
    assert_eq!(kinds(&leaves)[..2], ["custody", "capture"]);
    let ran = scene.verify(&[]).ok();
    assert_eq!(levels(&ran)[0], true, "{}", found(&ran));
    let place = scene.verify(&[&a]).ok().json().pop().unwrap()["log"]["places"][0].clone();
    assert_eq!(place["origin"], ORIGIN, "what the ended log proves it proves still");
    let lost = scene.verify(&["--against", &kept]).expect(1);
    assert!(found(&lost).contains("L5"), "what the witness keeps says that something is gone");
    // It goes on from there without a word.
    let said = scene.home.vidimus(&["capture", &scene.site.url("/d")]).ok().stderr;
    assert!(!said.contains("ended"), "{said}");
}

#[test]
fn both_keys_sign_when_one_takes_the_place_of_the_other_and_a_lost_one_costs_nothing() {
    let scene = Scene::new();
    let _ = scene.capture("/a");
    let first = scene.home.vidimus(&["key", "show", "--json"]).ok().json().remove(0);
    let kept = scene.checkpoint("kept.checkpoint");
    let _ = scene.home.vidimus(&["key", "rotate"]).ok();
    let second = scene.home.vidimus(&["key", "show", "--json"]).ok().json().remove(0);
    assert_ne!(first["fingerprint"], second["fingerprint"]);
    let checkpoint = scene.log().checkpoint().unwrap().unwrap();
    for key in [&first, &second] {
        checkpoint.verify(&key["vkey"].as_str().unwrap().parse().unwrap()).unwrap();
    }
    let _ = scene.capture("/b");
    assert!(scene.verify(&["--against", &kept]).ok().code == Some(0));

    fs::remove_file(scene.home.path("keys/log.pem")).unwrap();
    let said = scene.home.vidimus(&["capture", &scene.site.url("/c")]).ok().stderr;
    assert!(said.contains("not signed"), "captured all the same, and said: {said}");
    assert!(scene.home.vidimus(&["key", "rotate"]).expect(78).stderr.contains("no key"));
    let _ = scene.home.vidimus(&["key", "rotate", "--lost"]).ok();
    let ran = scene.verify(&["--against", &kept]).ok();
    assert_eq!(levels(&ran)[0], true);
    assert_eq!(levels(&ran)[2], true);
    let changes: Vec<String> = scene
        .leaves()
        .into_iter()
        .filter_map(|leaf| match leaf.event {
            Event::Key(change) => Some(change.event),
            _ => None,
        })
        .collect();
    assert_eq!(changes, ["first", "rotate", "lost"]);
}

#[test]
fn a_key_with_a_passphrase_signs_only_for_who_knows_it() {
    let scene = Scene::with("passphrase_file = \"../word\"\n");
    scene.home.write("word", "open sesame\n");
    let _ = scene.home.vidimus(&["key", "rotate", "--passphrase"]).ok();
    let pem = fs::read_to_string(scene.home.path("keys/log.pem")).unwrap();
    assert!(pem.contains("ENCRYPTED PRIVATE KEY"));
    let _ = scene.capture("/a");
    let size = scene.log().checkpoint().unwrap().unwrap().head().size;
    scene.home.write("word", "close sesame\n");
    let said = scene.home.vidimus(&["capture", &scene.site.url("/b")]).ok().stderr;
    assert!(said.contains("does not open the key file"), "{said}");
    assert_eq!(scene.log().checkpoint().unwrap().unwrap().head().size, size);
}

#[test]
fn the_log_is_published_as_plain_files_and_its_head_is_sent_to_whoever_keeps_it() {
    let scene = Scene::new();
    let _ = scene.capture("/a");
    let site = scene.home.path("www").display().to_string();
    let _ = scene.home.vidimus(&["log", "publish", &site]).ok();
    let published = fs::read(scene.home.path("www/checkpoint")).unwrap();
    assert_eq!(published, scene.home.vidimus(&["log", "checkpoint"]).ok().stdout);
    assert!(scene.home.path("www/tile/entries/000.p/2").is_file());
    assert!(!scene.home.path("www/anchors").exists());

    let config = fs::read_to_string(scene.home.path("config/vidimus.toml")).unwrap();
    let hook = scene.home.path("hook");
    fs::write(&hook, format!("#!/bin/sh\ncat > {}\n", scene.home.path("told.json").display())).unwrap();
    fs::set_permissions(&hook, fs::Permissions::from_mode(0o700)).unwrap();
    scene
        .home
        .write("config/vidimus.toml", format!("{config}\n[notify]\ncommand = [\"{}\"]\n", hook.display()));
    let _ = scene.home.vidimus(&["log", "checkpoint", "--send"]).ok();
    let told: Value = serde_json::from_slice(&fs::read(scene.home.path("told.json")).unwrap()).unwrap();
    assert_eq!(told["event"], "checkpoint");
    assert_eq!(told["checkpoint"]["file"].as_str().unwrap().as_bytes(), published);
}

#[test]
fn what_is_missing_of_the_log_is_never_taken_for_what_never_was() {
    let authority = TimeAuthority::start();
    let parts = [
        ("archive/log", "L3"),
        ("archive/log/origin", "L3"),
        ("archive/log/checkpoint", "L3"),
        ("archive/log/anchors", "L4"),
    ];
    // The check itself is logged, and with it a head that was missing is signed anew: each way gets an archive of its own.
    for (number, (gone, level)) in parts.into_iter().enumerate() {
        let scene = Scene::with(&authority.config("first"));
        let _ = scene.capture("/a");
        // The next writer puts the answer of the authority into the log.
        let _ = scene.capture("/b");
        let kept = scene.checkpoint("kept.checkpoint");
        assert_eq!(scene.verify(&["--against", &kept]).ok().code, Some(0));
        let path = scene.home.path(gone);
        if path.is_dir() {
            fs::remove_dir_all(&path).unwrap()
        } else {
            fs::remove_file(&path).unwrap()
        }
        let more: &[&str] = if number % 2 == 0 { &[] } else { &["--against", &kept] };
        let ran = scene.verify(more).expect(1);
        assert!(found(&ran).contains(level), "{gone} {more:?}: {}", found(&ran));
    }
}

#[test]
fn a_log_that_is_gone_is_not_begun_again_under_its_name() {
    let scene = Scene::new();
    let _ = scene.capture("/a");
    fs::remove_dir_all(scene.home.path("archive/log")).unwrap();
    let said = scene.home.vidimus(&["capture", &scene.site.url("/b")]).ok().stderr;
    assert!(said.contains("the log is missing"), "{said}");
    assert_eq!(scene.log().origin(), format!("{ORIGIN}/r2"));
    assert_eq!(kinds(&scene.leaves()), ["custody", "capture", "capture", "key"], "both captures are logged");
    let ran = scene.verify(&[]).expect(1);
    assert!(found(&ran).contains("names a head of the log"), "what is lost stays said: {}", found(&ran));
}

#[test]
fn a_folder_that_somebody_puts_beside_the_logs_is_none_of_them() {
    let scene = Scene::new();
    let a = scene.capture("/a");
    let forged = scene.home.path("archive/log-ended/0005");
    let mut log = Log::begin(&forged, Arc::new(RealDisk), &format!("{ORIGIN}/r5")).unwrap();
    let target: vidimus_snapshot::Digest = format!("sha256:{a}").parse().unwrap();
    let tombstone = Event::Tombstone {
        target: vidimus_snapshot::SnapshotId::from_digest(target),
        scope: vec!["payload".to_owned()],
        reason: "forged".to_owned(),
        authority_ref_sha256: None,
        by: "nobody".to_owned(),
    };
    log.append(&[Leaf::new("x", jiff::Timestamp::UNIX_EPOCH, tombstone)]).unwrap();
    let ran = scene.verify(&[]).expect(1);
    assert!(found(&ran).contains("log-ended") || found(&ran).contains("goes on from"), "{}", found(&ran));
}

#[test]
fn a_key_change_that_was_interrupted_is_gone_on_with() {
    let scene = Scene::new();
    let _ = scene.capture("/a");
    let vkeys = scene.home.path("archive/log/log.vkey");
    let before = (fs::read(&vkeys).unwrap(), fs::read(scene.home.path("archive/log/checkpoint")).unwrap());
    let old = fs::read(scene.home.path("keys/log.pem")).unwrap();
    let _ = scene.home.vidimus(&["key", "rotate"]).ok();
    // As it was when the leaf was durable and nothing else: no new name, no new head, both files.
    fs::write(&vkeys, before.0).unwrap();
    fs::write(scene.home.path("archive/log/checkpoint"), before.1).unwrap();
    fs::rename(scene.home.path("keys/log.pem"), scene.home.path("keys/log.pem.new")).unwrap();
    fs::write(scene.home.path("keys/log.pem"), &old).unwrap();
    fs::set_permissions(scene.home.path("keys/log.pem"), fs::Permissions::from_mode(0o600)).unwrap();
    let _ = scene.home.vidimus(&["key", "rotate"]).ok();
    let keys = scene.log().keys().unwrap();
    let checkpoint = scene.log().checkpoint().unwrap().unwrap();
    assert_eq!(keys.len(), 2);
    keys.iter().for_each(|key| checkpoint.verify(key).unwrap());
    assert_eq!(kinds(&scene.leaves()).iter().filter(|kind| **kind == "key").count(), 2);
    assert_eq!(levels(&scene.verify(&[]).ok())[0], true);
}

#[test]
fn whoever_checks_an_archive_without_its_key_is_not_told_to_make_one() {
    let scene = Scene::new();
    let _ = scene.capture("/a");
    let (elsewhere, archive) = (Home::new(), scene.home.path("archive").display().to_string());
    let said = elsewhere.vidimus(&["--archive", &archive, "verify"]).ok();
    assert_eq!(said.stderr, "", "a check needs no key");
    let door = format!("127.0.0.1/32:{}", scene.site.port());
    let page = scene.site.url("/b");
    let said =
        elsewhere.vidimus(&["--archive", &archive, "--allow-net", &door, "capture", &page]).ok().stderr;
    assert!(said.contains("signed by a key that is not at") && !said.contains("key new"), "{said}");
}

#[test]
fn a_key_in_the_usual_place_signs_the_log_that_goes_on_too() {
    let site = Server::of_table(vec![("/a", page("eastern basin")), ("/b", page("western basin"))]);
    let home = Home::new();
    home.write(
        "config/vidimus.toml",
        config_for(site.port()) + "\n[evidence]\norigin = \"archive.example/log\"\n",
    );
    home.write("config/sources.toml", "");
    let _ = home.vidimus(&["key", "new"]).ok();
    assert!(home.path("xdg/vidimus/keys/archive.example_log.pem").is_file());
    let _ = home.vidimus(&["capture", &site.url("/a")]).ok();
    fs::remove_dir_all(home.path("archive/log")).unwrap();
    for _ in 0..2 {
        let _ = home.vidimus(&["capture", &site.url("/b")]).ok();
    }
    let head = home.vidimus(&["log", "checkpoint", "--json"]).ok().json().remove(0);
    let log = LogReader::open(&home.path("archive/log")).unwrap().unwrap();
    assert_eq!(head["origin"], "archive.example/log/r2");
    assert_eq!(head["size"], log.size());
}
