//! Every style as its reader sees it, and read back by a program that others wrote.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

use biblatex::{Bibliography, ChunksExt as _};
use proptest::prelude::*;
use serde_json::Value;
use vidimus_cite::{Facts, Style, cite};
use vidimus_snapshot::SnapshotId;

fn facts() -> Facts {
    Facts {
        id: SnapshotId::of_manifest(b"{}"),
        title: Some("The ferry & its log".into()),
        authors: vec!["Ana Lind".into()],
        organisation: Some("Harbour Hands".into()),
        published: Some("2024-09-07".parse().unwrap()),
        language: Some("en".into()),
        url: "https://hands.example/ferry?a=1&b_c=%20d#x".into(),
        captured_at: "2025-03-24T08:30:00.5Z".parse().unwrap(),
        witnessed: true,
        place: Some("archive.example/log#7".into()),
        operator: Some("Example Documentation Centre".into()),
        archive_url: Some("https://archive.example/snapshot/44136fa3".into()),
    }
}

/// A page of which nothing is known but where it was.
fn bare() -> Facts {
    Facts {
        title: None,
        authors: Vec::new(),
        organisation: None,
        published: None,
        language: None,
        place: None,
        operator: None,
        archive_url: None,
        witnessed: false,
        ..facts()
    }
}

const NIH: &str = "nih:sha-256-120;4413-6fa3-55b3-678a-1146-ad16-f7e8-64;";
const SHA256: &str = "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";

#[test]
fn courts_get_the_order_that_they_ask_for() {
    let text = cite(Style::Bluebook, &[facts()]);
    assert!(text.starts_with(
        "Ana Lind, *The ferry & its log*, Harbour Hands (Sept. 7, 2024), https://hands.example/ferry?a=1&b_c=%20d#x \
         [https://archive.example/snapshot/44136fa3] (captured 2025-03-24T08:30:00Z; nih:sha-256-120;"
    ));
    let text = cite(Style::Oscola, &[facts()]);
    assert!(text.starts_with(
        "Ana Lind, ‘The ferry & its log’ (Harbour Hands, 7 September 2024) <https://hands.example/ferry?a=1&b_c=%20d#x> \
         accessed 24 March 2025 (archived at <https://archive.example/snapshot/44136fa3>; captured 2025-03-24T08:30:00Z; nih:"
    ));
    let text = cite(Style::Plain, &[facts()]);
    assert!(
        text.starts_with("Ana Lind. “The ferry & its log”. Harbour Hands, 7 September 2024. <https://hands")
    );
    for word in [NIH, SHA256, "log archive.example/log#7", "Archived at <https://archive.example/snapshot/"] {
        assert!(text.contains(word), "{text}");
    }
}

#[test]
fn what_is_not_known_is_left_out() {
    let text = cite(Style::Bluebook, &[bare()]);
    assert!(
        text.starts_with("hands.example (last visited Mar. 24, 2025), https://hands.example/ferry"),
        "{text}"
    );
    assert!(text.contains("captured 2025-03-24T08:30:00Z by others, imported"), "{text}");
    let text = cite(Style::Oscola, &[bare()]);
    assert!(text.starts_with("(hands.example) <https://hands.example/ferry"), "{text}");
    let text = cite(Style::Plain, &[bare()]);
    assert!(text.starts_with("hands.example, undated. <https://hands.example/ferry"), "{text}");
    let items: Value = serde_json::from_str(&cite(Style::CslJson, &[bare()])).unwrap();
    for key in ["author", "issued", "publisher", "language", "archive", "archive_location"] {
        assert!(items[0].get(key).is_none(), "{items}");
    }
    assert_eq!(items[0]["accessed"]["date-parts"][0], serde_json::json!([2025, 3, 24]));
    let text = cite(Style::Ris, &[bare()]);
    assert!(
        !text.contains("AU  - ") && !text.contains("PY  - ") && text.ends_with("\r\nER  - \r\n"),
        "{text}"
    );
    let text = cite(Style::Biblatex, &[bare()]);
    assert!(!text.contains("  author =") && !text.contains("  date ="), "{text}");
}

#[test]
fn an_organisation_is_the_author_where_nobody_is_named_and_is_not_named_twice() {
    let unsigned = Facts { authors: Vec::new(), ..facts() };
    let text = cite(Style::Oscola, &[unsigned]);
    assert!(
        text.starts_with("Harbour Hands, ‘The ferry & its log’ (hands.example, 7 September 2024)"),
        "{text}"
    );
    let by_itself = Facts { authors: vec!["Harbour Hands".into()], ..facts() };
    assert!(
        cite(Style::Oscola, &[by_itself]).starts_with("Harbour Hands, ‘The ferry & its log’ (hands.example,")
    );
}

#[test]
fn of_many_authors_people_read_the_first_and_programs_all() {
    let authors: Vec<String> = (1..=300).map(|number| format!("Author {number}")).collect();
    let many = [Facts { authors, ..facts() }];
    assert!(cite(Style::Bluebook, &many).starts_with("Author 1 et al., *The"));
    assert!(cite(Style::Oscola, &many).starts_with("Author 1 and others, ‘The"));
    let plain = cite(Style::Plain, &many);
    assert!(
        plain.starts_with("Author 1; Author 2; Author 3; Author 4; Author 5; and 295 others. “The"),
        "{plain}"
    );
    let items: Value = serde_json::from_str(&cite(Style::CslJson, &many)).unwrap();
    assert_eq!(items[0]["author"].as_array().unwrap().len(), 300);
    assert_eq!(items[0]["author"][299]["literal"], "Author 300");
    let parsed = Bibliography::parse(&cite(Style::Biblatex, &many)).unwrap();
    assert_eq!(parsed.iter().next().unwrap().author().unwrap().len(), 300);
    assert_eq!(cite(Style::Ris, &many).matches("AU  - ").count(), 300);
}

#[test]
fn titles_of_all_scripts_and_signs_read_back_as_they_were() {
    for title in [
        "“Never again”, 'they' said \"so\"",
        "50% of R&D_costs: #1 {draft} $5 ~ ^ \\end",
        "សេចក្ដីថ្លែងការណ៍រួម",
        "بيان مشترك حول السدود",
        "关于湄公河的联合声明",
        "a } b { c",
        "ER - \\cite{x}, @online{y,",
        "*bold* and and and",
    ] {
        let with = Facts { title: Some(title.into()), authors: vec![format!("{title}, and co")], ..facts() };
        check(&with, title);
    }
}

/// Every style for programs gives back the title and the author.
fn check(with: &Facts, title: &str) {
    let items: Value = serde_json::from_str(&cite(Style::CslJson, std::slice::from_ref(with))).unwrap();
    assert_eq!(items[0]["title"], title);
    let entry = cite(Style::Biblatex, std::slice::from_ref(with));
    let parsed = Bibliography::parse(&entry).unwrap_or_else(|error| panic!("{error}\n{entry}"));
    let online = parsed.iter().next().unwrap();
    assert_eq!(plain(&online.title().unwrap().format_verbatim()), title, "{entry}");
    assert_eq!(online.author().unwrap().len(), with.authors.len(), "{entry}");
    assert_eq!(online.url().unwrap(), with.url, "{entry}");
    let ris = cite(Style::Ris, std::slice::from_ref(with));
    assert!(ris.contains(&format!("\r\nTI  - {title}\r\n")), "{ris}");
    assert_eq!(ris.matches("\r\nER  - \r\n").count(), 1, "{ris}");
}

/// The commands that the parser leaves to the typesetter.
fn plain(text: &str) -> String {
    let mut text = text.to_owned();
    for (command, sign) in [
        ("\\textbraceleft", "{"),
        ("\\textbraceright", "}"),
        ("\\textasciitilde", "~"),
        ("\\textasciicircum", "^"),
        ("\\textbackslash", "\\"),
    ] {
        text = text.replace(command, sign);
    }
    text
}

proptest! {
    #[test]
    fn no_words_of_a_stranger_break_out(
        title in any::<String>(), author in any::<String>(), organisation in any::<String>(), url in any::<String>(),
    ) {
        let facts = Facts {
            title: Some(title), authors: vec![author, "B".into()], organisation: Some(organisation), url, ..facts()
        };
        for style in [Style::Plain, Style::Bluebook, Style::Oscola] {
            let text = cite(style, std::slice::from_ref(&facts));
            prop_assert_eq!(text.matches('\n').count(), 1);
            prop_assert!(text.trim_end_matches('\n').chars().all(|c| !c.is_control()));
        }
        let two = [facts.clone(), facts];
        let items: Value = serde_json::from_str(&cite(Style::CslJson, &two)).unwrap();
        prop_assert_eq!(items.as_array().unwrap().len(), 2);
        let ris = cite(Style::Ris, &two);
        prop_assert_eq!(ris.split("\r\n").filter(|line| *line == "ER  - ").count(), 2);
        prop_assert!(ris.split("\r\n").filter(|line| !line.is_empty()).all(|line| line.get(2..6) == Some("  - ")));
        let entries = cite(Style::Biblatex, &two[..1]);
        let parsed = Bibliography::parse(&entries);
        prop_assert!(parsed.as_ref().is_ok_and(|parsed| parsed.len() == 1), "{parsed:?}\n{entries}");
    }

    #[test]
    fn special_characters_come_back_whole(title in "[a-z&%$#_{}~^\\\\\"'*@,= ]{1,40}") {
        let title = title.split_whitespace().collect::<Vec<_>>().join(" ");
        prop_assume!(!title.is_empty());
        check(&Facts { title: Some(title.clone()), ..facts() }, &title);
    }
}
