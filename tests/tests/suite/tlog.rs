//! The log and its proofs, checked by the packages that Go's checksum database is made with: their signatures, their
//! hashing, their proofs, our files.

use std::fs;
use std::path::Path;
use std::process::Command;

use vidimus_demo::{Day, sources_toml};
use vidimus_tests::{Home, Ran, Site, config_for, repository};

use crate::bundles::{Scene, new_key, unpacked};

const EVIDENCE: &str = "\n[evidence]\nkey = \"../log-key.pem\"\norigin = \"archive.example/log\"\n";

/// Builds `tests/go/checklog.go` from Debian's packages, without a network.
fn build(home: &Home) {
    let mut go = Command::new("go");
    go.arg("build").arg("-o").arg(home.path("checklog")).arg(repository().join("tests/go/checklog.go"));
    // What Go compiles is kept beside what Rust compiles.
    go.env("GOCACHE", Path::new(env!("CARGO_TARGET_TMPDIR")).join("go"));
    let _ = Ran::of(go.env("GO111MODULE", "off").env("GOPATH", "/usr/share/gocode")).ok();
}

fn checklog(home: &Home, words: &[&str]) -> Ran {
    Ran::of(Command::new(home.path("checklog")).current_dir(home.path("")).args(words))
}

/// Changes one bit of a file while something is tried.
fn with_a_bit_changed(path: &Path, at: usize, tried: impl FnOnce()) {
    let before = fs::read(path).unwrap();
    let mut changed = before.clone();
    changed[at] ^= 1;
    fs::write(path, changed).unwrap();
    tried();
    fs::write(path, before).unwrap();
}

#[test]
fn two_checkpoints_and_every_leaf_are_proved_by_other_software() {
    let site = Site::start();
    let home = Home::configured(&(config_for(site.port()) + EVIDENCE), &sources_toml(site.port()));
    build(&home);
    new_key(&home.path("log-key.pem"));
    let _ = home.vidimus(&["crawl"]).ok();
    fs::copy(home.path("archive/log/checkpoint"), home.path("first")).unwrap();
    site.set_day(Day::Second);
    let _ = home.vidimus(&["crawl"]).ok();

    let all = ["log", "archive/log", "first", "archive/log/checkpoint"];
    let ran = checklog(&home, &all).ok();
    let checkpoint = fs::read_to_string(home.path("archive/log/checkpoint")).unwrap();
    let size: u64 = checkpoint.lines().nth(1).unwrap().parse().unwrap();
    assert_eq!(ran.text(), format!("{size} leaves, 2 older checkpoints\n"));
    let first = fs::read_to_string(home.path("first")).unwrap();
    assert!(first.lines().nth(1).unwrap().parse::<u64>().unwrap() < size);

    // The tile and the bundle that the newest checkpoint ends in.
    let newest = |kind: &str| match size % 256 {
        0 => format!("archive/log/tile/{kind}/{:03}", size / 256 - 1),
        width => format!("archive/log/tile/{kind}/{:03}.p/{width}", size / 256),
    };
    let refused = || {
        let _ = checklog(&home, &all).expect(1);
    };
    with_a_bit_changed(&home.path(&newest("0")), 3, refused);
    with_a_bit_changed(&home.path(&newest("entries")), 9, refused);
    with_a_bit_changed(&home.path("archive/log/checkpoint"), checkpoint.len() - 20, refused);
    with_a_bit_changed(&home.path("first"), 25, refused);
    let _ = checklog(&home, &all).ok();
}

#[test]
fn the_proof_of_a_bundle_is_proved_by_other_software() {
    let scene = Scene::new(false);
    build(&scene.home);
    let id = scene.capture(&["/statement", "/other"]).remove(0);
    // It has no timestamp, which is another matter.
    let _ = scene.export(&id, "case.zip").expect(2);
    let data = unpacked(&scene.home, "case.zip", "out").join("data");
    let name = |file: &str| data.join(file).to_string_lossy().into_owned();
    let (key, proof, leaf) =
        (name("trust/log.vkey"), name("proof/capture.tlog-proof"), name("proof/leaf.json"));
    let words = ["proof", key.as_str(), &proof, &leaf];
    let ran = checklog(&scene.home, &words).ok();
    assert!(ran.text().starts_with("leaf "), "{}", ran.story());
    let refused = || {
        let _ = checklog(&scene.home, &words).expect(1);
    };
    with_a_bit_changed(Path::new(&leaf), 9, refused);
    with_a_bit_changed(Path::new(&proof), 40, refused);
    let signature = fs::read(&proof).unwrap().len() - 20;
    with_a_bit_changed(Path::new(&proof), signature, refused);
}
