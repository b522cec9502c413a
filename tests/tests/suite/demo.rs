//! `vidimus demo`, the first thing that a newcomer sees.

use vidimus_demo::SEARCHES;
use vidimus_tests::{Home, Ran};

#[test]
fn the_demo_shows_captures_searches_and_what_to_try_next() {
    let home = Home::new();
    let ran = home.vidimus(&["demo", "shown"]).ok();
    let text = ran.text();
    for (query, _) in SEARCHES {
        let (_, after) =
            text.split_once(&format!("vidimus-query '{query}'")).unwrap_or_else(|| panic!("{text}"));
        let (answer, _) = after.split_once("\nvidimus-query").unwrap_or((after, ""));
        assert!(answer.contains("\n1. "), "{query} finds nothing\n{text}");
    }
    let commands: Vec<&str> =
        text.lines().map(str::trim).filter(|line| line.starts_with("vidimus")).collect();
    for command in ["list", "show", "verify"] {
        let found =
            commands.iter().any(|line| line.starts_with("vidimus --archive") && line.contains(command));
        assert!(found, "no `{command}` to try next\n{text}");
    }
    // The search that is suggested finds something.
    let suggested =
        text.lines().find_map(|line| line.trim().strip_prefix("vidimus-query --archive ")).unwrap();
    let (archive, query) = suggested.split_once(' ').unwrap();
    let _ = home.query(&["--archive", archive, query.trim_matches('\'')]).ok();
    // The digests of the table are those that the archive gives.
    let pages =
        home.vidimus(&["--archive", "shown/archive", "list", "--json", "-n", "0", "--outcome", "captured"]);
    for page in pages.ok().json() {
        let id = page["id"].as_str().unwrap();
        let digest = page["payload_sha256"].as_str().unwrap().trim_start_matches("sha256:");
        let line = text
            .lines()
            .find(|line| line.contains(&id[..12]))
            .unwrap_or_else(|| panic!("{page} is not shown"));
        assert!(line.contains("->") || line.contains(&digest[..12]), "{line}\n{page}");
    }
}

#[test]
fn what_the_demo_leaves_behind_is_a_whole_archive() {
    let home = Home::new();
    let _ = home.vidimus(&["demo"]).ok();
    let _ = home.vidimus(&["--archive", "vidimus-demo/archive", "verify"]).ok();
    let found = home.query(&["--archive", "vidimus-demo/archive", "--json", "river"]).ok();
    assert!(!found.json().is_empty());
}

#[test]
fn piped_output_is_plain_and_fits_a_hundred_columns() {
    let home = Home::new();
    let ran = home.vidimus(&["demo"]).ok();
    assert!(!ran.stdout.contains(&0x1b) && !ran.stderr.contains('\u{1b}'), "{}", ran.story());
    assert!(!ran.stdout.contains(&b'\r') && !ran.stderr.contains('\r'), "{}", ran.story());
    for line in ran.text().lines().filter(|line| line.is_ascii() && !line.contains("sha256sum")) {
        assert!(line.len() <= 100, "{} columns: {line}", line.len());
    }
}

#[test]
fn a_name_that_is_taken_is_left_alone() {
    let home = Home::new();
    home.write("vidimus-demo/mine.txt", "mine");
    let first = home.vidimus(&["demo"]).ok();
    let second = home.vidimus(&["demo"]).ok();
    let archive_of = |ran: &Ran| {
        let text = ran.text();
        let line = text.lines().find(|line| line.trim().starts_with("vidimus --archive")).map(str::to_owned);
        line.and_then(|line| line.split_whitespace().nth(2).map(str::to_owned)).unwrap()
    };
    assert_ne!(archive_of(&first), archive_of(&second));
    assert_eq!(std::fs::read_to_string(home.path("vidimus-demo/mine.txt")).unwrap(), "mine");
    assert!(!home.path("vidimus-demo/archive").exists());
}
