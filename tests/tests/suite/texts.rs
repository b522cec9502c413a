//! `rebuild --text`: every page is read again, the old texts stay as they were, and everything can be checked and
//! rebuilt as before.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde_json::Value;
use vidimus_demo::sources_toml;
use vidimus_tests::{Home, config_for, wait_until};

use crate::common::{Crawled, crawled_twice, text};

/// The settings under which the extractor has other parameters than before.
fn change_parameters(crawled: &Crawled, signatories: u32) {
    let main = format!("{}\n[extract]\nsignatories = {signatories}\n", config_for(crawled.site.port()));
    crawled.home.write("config/vidimus.toml", main);
    crawled.home.write("config/sources.toml", sources_toml(crawled.site.port()));
}

fn reread(home: &Home) -> Value {
    let ran = home.vidimus(&["rebuild", "--text", "--json"]).ok();
    ran.json().pop().unwrap()
}

fn files(home: &Home) -> BTreeMap<PathBuf, Vec<u8>> {
    home.archive_files(".warc.gz")
        .into_iter()
        .map(|path| (path.clone(), std::fs::read(path).unwrap()))
        .collect()
}

/// Pages whose payload is held by their own capture.
fn readable(home: &Home) -> Vec<Value> {
    let everything = home.everything();
    let wanted = |line: &Value| {
        line["role"] == "page" && line["outcome"] == "captured" && line["text_sha256"].is_string()
    };
    everything.into_iter().filter(wanted).collect()
}

fn texts(home: &Home, id: &str) -> Vec<Value> {
    home.vidimus(&["show", id, "--texts", "--json"]).ok().json()
}

fn delete_what_is_derived(home: &Home) {
    for file in ["catalog.sqlite", "catalog.sqlite-wal", "catalog.sqlite-shm"] {
        let _ = std::fs::remove_file(home.path("archive").join(file));
    }
    std::fs::remove_dir_all(home.path("archive/index")).unwrap();
}

fn answers(home: &Home) -> (BTreeSet<String>, String) {
    let list = home.everything().iter().map(ToString::to_string).collect();
    (list, home.query(&["--json", "-n", "100", "river"]).ok().text())
}

#[test]
fn every_page_is_read_again_and_the_old_texts_stay() {
    let crawled = crawled_twice();
    let home = &crawled.home;
    let (pages, before) = (readable(home), files(home));
    let manifests: Vec<Vec<u8>> = pages
        .iter()
        .map(|line| home.vidimus(&["show", text(line, "id"), "--manifest"]).ok().stdout)
        .collect();

    // Nothing to do: the texts are by this extractor and these parameters.
    let idle = reread(home);
    assert_eq!((idle["made"].clone(), idle["failed"].clone()), (0.into(), 0.into()));
    assert!(idle["current"].as_u64().unwrap() >= pages.len() as u64);
    assert_eq!(files(home), before);

    change_parameters(&crawled, 4000);
    let done = reread(home);
    assert!(done["made"].as_u64().unwrap() >= pages.len() as u64, "{done}");
    assert_eq!((done["current"].clone(), done["failed"].clone()), (0.into(), 0.into()));
    let after = files(home);
    assert!(before.iter().all(|(path, bytes)| after.get(path) == Some(bytes)), "an old file was changed");
    assert!(after.len() > before.len());
    let _ = home.vidimus(&["verify"]).ok();

    for (line, manifest) in pages.iter().zip(&manifests) {
        let id = text(line, "id");
        let made = texts(home, id);
        assert_eq!(made.len(), 2, "{made:?}");
        assert_eq!(
            (made[0]["of_manifest"].clone(), made[1]["of_manifest"].clone()),
            (true.into(), false.into())
        );
        assert_ne!(made[0]["params_sha256"], made[1]["params_sha256"]);
        assert_eq!(made[0]["text_sha256"], line["text_sha256"]);
        assert_eq!(&home.vidimus(&["show", id, "--manifest"]).ok().stdout, manifest);
        assert!(
            !home
                .vidimus(&["show", id, "--text", "--extractor", text(&made[0], "extractor")])
                .ok()
                .stdout
                .is_empty()
        );
    }
    let unknown =
        home.vidimus(&["show", text(&pages[0], "id"), "--text", "--extractor", "nobody/9"]).expect(2);
    assert!(unknown.stderr.contains("vidimus-extract/"), "{}", unknown.story());

    // Once more there is nothing to do, and the second time it is told as well.
    assert_eq!(reread(home)["made"], 0);
}

#[test]
fn catalog_and_index_come_back_with_the_newest_texts() {
    let crawled = crawled_twice();
    let home = &crawled.home;
    change_parameters(&crawled, 4000);
    let _ = reread(home);
    change_parameters(&crawled, 4500);
    let _ = reread(home);
    // Captures that repeat a payload after it was read again.
    let _ = home.vidimus(&["crawl"]).ok();
    let id = text(&readable(home)[0], "id").to_owned();
    assert_eq!(texts(home, &id).len(), 3);

    let before = answers(home);
    let made = texts(home, &id);
    delete_what_is_derived(home);
    let _ = home.vidimus(&["rebuild"]).ok();
    let after = answers(home);
    let lost: Vec<_> = before.0.difference(&after.0).collect();
    let new: Vec<_> = after.0.difference(&before.0).collect();
    assert!(lost.is_empty() && new.is_empty(), "lost {lost:#?}\nnew {new:#?}");
    assert_eq!(before.1, after.1);
    assert_eq!(made, texts(home, &id));
    let _ = home.vidimus(&["verify"]).ok();
    assert_eq!(reread(home)["made"], 0, "the new catalog knows by what its texts were made");
}

#[test]
fn a_reading_that_was_killed_goes_on_where_it_stopped() {
    let crawled = crawled_twice();
    let home = &crawled.home;
    let pages = readable(home);
    change_parameters(&crawled, 4000);
    let open = |home: &Home| !home.archive_files(".wet.warc.gz.open").is_empty();
    let mut running = home.start(&["rebuild", "--text"]);
    wait_until("a text is written, or all are", || open(home) || !running.is_running());
    running.kill();

    let done = reread(home);
    assert_eq!(done["failed"], 0);
    for line in &pages {
        assert_eq!(texts(home, text(line, "id")).len(), 2, "{line}");
    }
    let _ = home.vidimus(&["verify"]).ok();
    let before = answers(home);
    let _ = home.vidimus(&["rebuild"]).ok();
    assert_eq!(before, answers(home));
}

#[test]
fn a_later_text_that_was_changed_or_belongs_to_nothing_is_found() {
    let crawled = crawled_twice();
    let home = &crawled.home;
    let before: BTreeSet<PathBuf> = files(home).into_keys().collect();
    change_parameters(&crawled, 4000);
    let _ = reread(home);
    let new: Vec<PathBuf> = files(home).into_keys().filter(|path| !before.contains(path)).collect();
    let [file] = new.as_slice() else { panic!("{new:?}") };
    let whole = std::fs::read(file).unwrap();

    let mut changed = whole.clone();
    let middle = changed.len() / 2;
    changed[middle] ^= 0x20;
    std::fs::write(file, &changed).unwrap();
    let _ = home.vidimus(&["verify"]).expect(1);

    std::fs::remove_file(file).unwrap();
    let _ = home.vidimus(&["verify"]).expect(1);
    std::fs::write(file, &whole).unwrap();
    let _ = home.vidimus(&["verify"]).ok();

    // Captures that are gone leave their later texts without a manifest.
    let other = Home::new();
    other.write("archive/warc/2025/01/none.txt", "");
    other.write(&format!("archive/text/2025/01/{}", file.file_name().unwrap().to_string_lossy()), &whole);
    let _ = other.vidimus(&["rebuild"]);
    let told = other.vidimus(&["verify"]).expect(1);
    assert!(told.text().contains("that this text belongs to is missing"), "{}", told.story());
}
