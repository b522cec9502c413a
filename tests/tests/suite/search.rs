//! `vidimus-query`: what it finds, what it refuses, and what programs get from it.

use serde_json::Value;
use vidimus_tests::{Home, Ran};

use crate::common::{crawled_once, text};

fn urls(ran: &Ran) -> Vec<String> {
    ran.json().iter().map(|hit| text(hit, "url").to_owned()).collect()
}

#[test]
fn queries_find_what_they_should() {
    let crawled = crawled_once();
    let home = &crawled.home;
    let paths = |arguments: &[&str]| -> Vec<String> {
        let ran = home.query(&[&["--json", "-n", "100"], arguments].concat());
        let mut found: Vec<String> = urls(&ran)
            .iter()
            .map(|url| {
                url.split_once("localhost:")
                    .map_or(url.as_str(), |(_, rest)| rest.split_once('/').unwrap().1)
                    .to_owned()
            })
            .collect();
        found.sort();
        found
    };
    let has = |found: &[String], part: &str| found.iter().any(|path| path.contains(part));

    // All words must occur, in any order; the phrase is stricter than its words.
    let both = paths(&["survey boat"]);
    let swapped = paths(&["boat survey"]);
    assert_eq!(both, swapped);
    assert!(has(&both, "boat-returned"), "{both:?}");
    let phrase = paths(&["\"survey boat\""]);
    assert!(!phrase.is_empty() && phrase.iter().all(|path| both.contains(path)), "{phrase:?} {both:?}");
    assert!(paths(&["\"boat survey\""]).is_empty());
    assert!(paths(&["boat", "zzyzx"]).is_empty(), "AND is the default");
    assert_eq!(paths(&["boat OR zzyzx"]), paths(&["boat"]));

    // A Khmer word inside a sentence written without spaces; the two pages are in Khmer.
    let khmer = paths(&["ខ្សាច់"]);
    assert!(has(&khmer, "sechkdei-thlaeng-kar") && has(&khmer, "kar-prachum"), "{khmer:?}");
    assert_eq!(khmer, paths(&["--lang", "km", "ខ្សាច់"]));

    // French without its elision and accents; Russian from a page in windows-1251.
    assert!(has(&paths(&["arrestation enqueteurs"]), "article41"));
    assert!(has(&paths(&["заявление"]), "zayavlenie"));
}

#[test]
fn filters_narrow_the_hits() {
    let crawled = crawled_once();
    let best =
        |n: &str, arguments: &[&str]| crawled.home.query(&[&["--json", "-n", n], arguments].concat()).json();
    let hits = |arguments: &[&str]| best("100", arguments);
    let all = hits(&["river"]);
    assert!(all.len() > 5);

    let of_source = hits(&["river", "--source", "stilthouse"]);
    assert!(!of_source.is_empty() && of_source.len() < all.len());
    assert!(of_source.iter().all(|hit| hit["source"] == "stilthouse"));

    let since = hits(&["river", "--since", "2025-04"]);
    let until = hits(&["river", "--until", "2025-03"]);
    let day = |hit: &Value| text(hit, "published").to_owned();
    // A page without a date counts by the day of its capture, which is later than any of these.
    assert!(since.iter().all(|hit| day(hit).is_empty() || day(hit).as_str() >= "2025-04-01"), "{since:?}");
    assert!(
        !until.is_empty()
            && until.iter().all(|hit| day(hit).as_str() <= "2025-03-31" && !day(hit).is_empty())
    );
    assert_eq!(since.len() + until.len(), all.len(), "each hit is on one side");

    assert_eq!(best("2", &["river"])[..], all[..2], "-n keeps the best");
}

#[test]
fn programs_get_highlights_that_mark_the_words() {
    let crawled = crawled_once();
    let ran = crawled.home.query(&["--json", "ខ្សាច់"]).ok();
    for hit in ran.json() {
        for field in ["id", "url", "title", "source", "captured_at"] {
            assert!(!text(&hit, field).is_empty(), "{field} of {hit}");
        }
        let snippet: Vec<char> = text(&hit["snippet"], "text").chars().collect();
        let spans = hit["snippet"]["highlights"].as_array().unwrap();
        assert!(!spans.is_empty(), "{hit}");
        for span in spans {
            let [from, to] = [0, 1].map(|n: usize| usize::try_from(span[n].as_u64().unwrap()).unwrap());
            let word: String = snippet[from..to].iter().collect();
            assert!(word.contains("ខ្សាច់"), "highlighted {word}");
        }
        // What was found can be read by the name that the hit gives.
        let shown = crawled.home.vidimus(&["show", text(&hit, "id"), "--text"]).ok();
        assert!(shown.text().contains("ខ្សាច់"));
    }
}

#[test]
fn an_edited_page_is_found_in_both_its_versions() {
    let crawled = crate::common::crawled_twice();
    let hits = crawled.home.query(&["--json", "214 houses", "--source", "stilthouse"]).ok().json();
    assert!(hits.iter().any(|hit| text(hit, "url").ends_with("/what-we-measured/")), "{hits:?}");
    let hits = crawled.home.query(&["--json", "187 houses", "--source", "stilthouse"]).ok().json();
    assert!(hits.iter().any(|hit| text(hit, "url").ends_with("/what-we-measured/")), "{hits:?}");
    // The page that was removed is still found.
    let hits = crawled.home.query(&["--json", "url:response-to-the-ministry"]).ok().json();
    assert_eq!(hits.len(), 1, "{hits:?}");
}

#[test]
fn exit_codes_tell_hits_from_none_from_errors() {
    let crawled = crawled_once();
    let _ = crawled.home.query(&["river"]).ok();
    let none = crawled.home.query(&["zzyzx"]).expect(1);
    assert!(none.stdout.is_empty(), "{}", none.story());
    for wrong in
        [&["\"unclosed"][..], &["river~3"], &["--since", "yesterday", "river"], &[], &["--nonsense", "river"]]
    {
        let ran = crawled.home.query(wrong).expect(2);
        assert!(ran.stdout.is_empty() && !ran.stderr.is_empty(), "{}", ran.story());
    }
    let nothing = Home::new();
    let ran = nothing.query(&["river"]).expect(2);
    assert!(ran.stderr.contains("archive"), "{}", ran.story());
}

#[test]
fn output_for_people_marks_hits_on_a_terminal_only() {
    let crawled = crawled_once();
    let ran = crawled.home.query(&["river"]).ok();
    assert!(!ran.stdout.contains(&0x1b), "{}", ran.story());
    assert!(ran.text().contains("River Be Measured"), "{}", ran.story());
}

#[test]
fn both_programs_have_manual_pages_and_completions() {
    let home = Home::new();
    for shell in ["bash", "zsh", "fish"] {
        for script in [home.vidimus(&["completions", shell]).ok(), home.query(&["--completions", shell]).ok()]
        {
            assert!(script.text().contains("archive"), "{}", script.story());
        }
    }
    let bash = home.path("vidimus-query.bash");
    std::fs::write(&bash, home.query(&["--completions", "bash"]).ok().stdout).unwrap();
    let _ = Ran::of(std::process::Command::new("bash").args(["-n"]).arg(&bash)).ok();
    let folder = home.path("man1");
    let _ = home.vidimus(&["man", &folder.display().to_string()]).ok();
    assert!(home.query(&["--man"]).ok().text().starts_with(".ie"), "it is roff");
    for page in ["vidimus.1", "vidimus-crawl.1", "vidimus-query.1"] {
        let shown = Ran::of(std::process::Command::new("man").arg("-l").arg(folder.join(page))).ok();
        assert!(shown.text().contains("SYNOPSIS") && shown.text().contains("OPTIONS"), "{}", shown.story());
    }
}

/// Somebody who may read the archive's index and write nowhere: another user where the tests run as root, otherwise
/// everything is made read-only.
#[test]
fn whoever_may_only_read_can_search_beside_a_writer() {
    let crawled = crawled_once();
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    std::fs::create_dir(root.join("index")).unwrap();
    for entry in std::fs::read_dir(crawled.home.path("archive/index")).unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), root.join("index").join(entry.file_name())).unwrap();
    }
    let program = root.join("vidimus-query");
    std::fs::copy(vidimus_tests::binary("vidimus-query"), &program).unwrap();
    // A writer that is at work holds this lock for as long as it is.
    let lock = std::fs::File::create(root.join("index/.tantivy-writer.lock")).unwrap();
    lock.lock().unwrap();
    let mode = |path: &std::path::Path, mode: u32| {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    for entry in std::fs::read_dir(root.join("index")).unwrap() {
        mode(&entry.unwrap().path(), 0o444);
    }
    mode(&root.join("index"), 0o555);
    mode(root, 0o555);
    let is_root = Ran::of(std::process::Command::new("id").arg("-u")).ok().text().trim() == "0";
    let mut command =
        std::process::Command::new(if is_root { "setpriv".as_ref() } else { program.as_os_str() });
    if is_root {
        command.args(["--reuid", "65534", "--regid", "65534", "--clear-groups"]).arg(&program);
    }
    let ran = Ran::of(command.args(["--archive", &root.display().to_string(), "--json", "river"])).ok();
    assert!(!ran.json().is_empty(), "{}", ran.story());
    drop(lock);
    mode(root, 0o755);
    mode(&root.join("index"), 0o755);
}
