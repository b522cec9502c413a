//! Verifying under cron: a little at a time, the oldest check first, with a memory of what was checked and found.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::Value;
use vidimus_tests::{Home, Ran, tool, wait_until};

use crate::common::{crawled_once, text};

fn summary(ran: &Ran) -> Value {
    ran.json().pop().unwrap()
}

/// What `status` says of the checks.
fn fixity(home: &Home, code: i32) -> Value {
    home.vidimus(&["status", "--json"]).expect(code).json().pop().unwrap()["fixity"].clone()
}

/// The file with the captures.
fn captures(home: &Home) -> PathBuf {
    let files = home.archive_files(".warc.gz");
    files.into_iter().find(|path| !path.to_string_lossy().ends_with(".wet.warc.gz")).unwrap()
}

#[test]
fn each_check_is_noted_and_damage_is_told_until_it_is_mended() {
    let crawled = crawled_once();
    let home = &crawled.home;
    let before = fixity(home, 0);
    assert_eq!((&before["files"], &before["never_checked"]), (&2.into(), &2.into()), "{before}");
    assert!(before["oldest_check"].is_null() && before["damaged"].as_array().unwrap().is_empty(), "{before}");
    let told = home.vidimus(&["status"]).ok().text();
    assert!(told.contains("2 sealed files, no file was ever checked"), "{told}");

    // Without time no file is begun, and nothing is noted.
    let none = summary(&home.vidimus(&["verify", "--all", "--max-time", "0s", "--json"]).ok());
    assert_eq!((&none["files"], &none["left"]), (&0.into(), &2.into()), "{none}");
    assert_eq!(fixity(home, 0)["never_checked"], 2);

    let all = summary(&home.vidimus(&["verify", "--all", "--rate", "500MB", "--json"]).ok());
    assert_eq!(
        (&all["files"], &all["left"], &all["stopped"]),
        (&2.into(), &0.into(), &false.into()),
        "{all}"
    );
    let sizes: u64 = home.archive_files(".warc.gz").iter().map(|path| path.metadata().unwrap().len()).sum();
    assert!(all["read_bytes"].as_u64().unwrap() >= sizes, "{all}");
    let checked = fixity(home, 0);
    assert!(checked["never_checked"] == 0 && checked["oldest_check"].is_string(), "{checked}");
    let again = home.vidimus(&["verify", "--older-than", "1d"]).ok().text();
    assert!(again.contains("no file is due for a check"), "{again}");

    // A rebuild makes the catalog anew, and forgets none of it.
    let _ = home.vidimus(&["rebuild"]).ok();
    assert_eq!(fixity(home, 0), checked);

    damage_is_told_until_it_is_mended(home);
}

/// A byte of the largest record, which is an answer. In a manifest, damage is told of the text that it vouches for as well.
fn middle_of_longest_member(bytes: &[u8]) -> usize {
    let is_start = |at: &usize| bytes[*at..].starts_with(&[0x1f, 0x8b, 8]);
    let starts: Vec<usize> = (0..bytes.len()).filter(is_start).chain([bytes.len()]).collect();
    let longest = starts.windows(2).max_by_key(|pair| pair[1] - pair[0]).unwrap();
    usize::midpoint(longest[0], longest[1])
}

fn damage_is_told_until_it_is_mended(home: &Home) {
    let file = captures(home);
    let name = file.file_name().unwrap().to_string_lossy().into_owned();
    let whole = fs::read(&file).unwrap();
    let mut bytes = whole.clone();
    let middle = middle_of_longest_member(&bytes);
    bytes[middle] ^= 1;
    fs::write(&file, &bytes).unwrap();
    let ran = home.vidimus(&["verify", "--json"]).expect(1);
    let damaged = ran.json().into_iter().find(|line| line["kind"] == "file").unwrap();
    assert!(text(&damaged, "file").ends_with(&name) && damaged["captures"].as_u64() > Some(10), "{damaged}");
    let broken = damaged["broken"].as_array().unwrap();
    assert_eq!(
        damaged["captures"].as_u64().unwrap() - damaged["whole"].as_u64().unwrap(),
        broken.len() as u64
    );
    assert!(broken.iter().all(|capture| text(capture, "url").starts_with("http")), "{damaged}");

    let state = fixity(home, 1);
    assert!(text(&state["damaged"][0], "file").ends_with(&name), "{state}");
    let quiet = home.vidimus(&["status", "--quiet"]).expect(1);
    assert!(quiet.stderr.contains(&name), "what cron mails: {}", quiet.story());
    let metrics = home.vidimus(&["status", "--metrics", "-"]).expect(1).text();
    assert!(
        metrics.contains("vidimus_fixity_damaged_files 1")
            && metrics.contains("vidimus_fixity_unchecked_files 0")
    );

    // Though it was checked a moment ago, it is not forgotten.
    let later = summary(&home.vidimus(&["verify", "--older-than", "1d", "--json"]).expect(1));
    assert_eq!(later["files"], 1, "only the damaged one: {later}");
    fs::write(&file, &whole).unwrap();
    let mended = summary(&home.vidimus(&["verify", "--older-than", "1d", "--json"]).ok());
    assert_eq!(mended["files"], 1, "{mended}");
    assert!(fixity(home, 0)["damaged"].as_array().unwrap().is_empty());

    fs::remove_file(&file).unwrap();
    let gone = home.vidimus(&["verify", "--json"]).expect(1).json();
    let lost = gone.iter().find(|line| line["kind"] == "file").unwrap();
    assert!(text(lost, "file").ends_with(&name) && lost["whole"] == 0, "{lost}");
}

#[test]
fn who_interrupts_it_is_told_how_to_go_on() {
    let crawled = crawled_once();
    let home = &crawled.home;
    let mut command = home.command("vidimus");
    let child = command
        .args(["verify", "--rate", "2kB"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let open_files = format!("/proc/{}/fd", child.id());
    wait_until("a file is being read", || {
        let entries = fs::read_dir(&open_files).into_iter().flatten().flatten();
        let mut targets = entries.filter_map(|entry| fs::read_link(entry.path()).ok());
        targets.any(|target| target.to_string_lossy().ends_with(".warc.gz"))
    });
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    assert!(stderr.contains("stopped as asked; 2 files were not checked"), "{stderr}");
    assert!(stderr.contains("vidimus verify --older-than 1m"), "{stderr}");
    assert_eq!(fixity(home, 0)["never_checked"], 2, "half a check is none");
}

#[test]
fn an_archive_that_cannot_remember_is_verified_all_the_same() {
    let crawled = crawled_once();
    let home = &crawled.home;
    let catalog = home.path("archive/catalog.sqlite");
    // As an earlier version left it.
    let drop_table = "import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute('DROP TABLE fixity')";
    let _ = Ran::of(Command::new(tool("python")).args(["-c", drop_table]).arg(&catalog)).ok();
    let ran = home.vidimus(&["verify"]).ok();
    assert!(ran.stderr.contains("cannot be noted"), "{}", ran.story());
    assert_eq!(ran.stderr.matches("warning").count(), 1, "said once: {}", ran.story());
}
