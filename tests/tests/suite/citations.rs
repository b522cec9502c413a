//! Citations: what courts and reference keepers get of real captures, read back by programs that others wrote.

use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};
use vidimus_tests::{Home, Ran, Server, config_for, html, python};

use crate::bundles::new_key;
use crate::common::text;

/// Titles that break what was not written with care.
const TITLES: [&str; 5] = [
    "“Never again”: R&D, 50% of all_costs & the {draft} of 'clause #1'",
    "សេចក្ដីថ្លែងការណ៍រួម ស្ដីពីទំនប់វារីអគ្គិសនី",
    "بيان مشترك حول السدود",
    "关于湄公河水坝的联合声明",
    "On the ferry",
];

const EVIDENCE: &str = "\n[evidence]\nkey = \"../log-key.pem\"\norigin = \"archive.example/log\"\n\
                        archive_url = \"https://archive.example/snapshot/{id}\"\n";

/// A page that says who wrote it and when.
fn page(title: &str, authors: &[String]) -> Vec<u8> {
    let escaped = title.replace('&', "&amp;").replace('<', "&lt;");
    let byline = authors.iter().map(|name| format!("<a rel=\"author\" href=\"/people\">{name}</a>"));
    let byline = byline.collect::<Vec<_>>().join(", ");
    let people: Vec<Value> = authors.iter().map(|name| json!({"@type": "Person", "name": name})).collect();
    let facts = json!({
        "@context": "https://schema.org", "@type": "NewsArticle", "headline": title, "author": people,
        "publisher": {"@type": "Organization", "name": "Harbour Hands"}, "datePublished": "2024-09-07",
    });
    html(&format!(
        "<!doctype html><html lang=en><head><title>{escaped}</title>\
         <script type=\"application/ld+json\">{facts}</script></head><body><main><article><h1>{escaped}</h1>\
         <p class=\"byline\">By {byline}</p><time datetime=\"2024-09-07\">7 September 2024</time>\
         <p>We ask the harbour office to publish the log of the ferry, and to say who ordered it back in the night of \
         the fourteenth.</p><p>Three of its crew have told us that no such order was entered, and nobody has \
         contradicted them since.</p></article></main></body></html>"
    ))
}

/// A site with a page of each title, the last one by many authors, and an archive of all.
struct Scene {
    site: Server,
    home: Home,
    ids: Vec<String>,
}

impl Scene {
    fn new() -> Self {
        let given = ["Ana", "Bo", "Carl", "Dara"];
        let family = ["Lind", "Strand", "Berg"];
        let many: Vec<String> =
            given.iter().flat_map(|given| family.map(|family| format!("{given} {family}"))).collect();
        let few = ["Ana Lind".to_owned(), "Bo Strand".to_owned()];
        let paths = ["/signs", "/khmer", "/arabic", "/chinese", "/many"];
        let table = paths.iter().zip(TITLES).map(|(path, title)| {
            let authors = if *path == "/many" { many.as_slice() } else { few.as_slice() };
            (*path, page(title, authors))
        });
        let site = Server::of_table(table.collect());
        let home = archive(&site, EVIDENCE);
        let urls: Vec<String> = paths.iter().map(|path| site.url(path)).collect();
        let words = ["capture", "--json"].into_iter().chain(urls.iter().map(String::as_str));
        let lines = home.vidimus(&words.collect::<Vec<_>>()).ok().json();
        let id =
            |url: &String| text(lines.iter().find(|line| text(line, "url") == url).unwrap(), "id").to_owned();
        let ids = urls.iter().map(id).collect();
        Self { site, home, ids }
    }

    fn cite(&self, ids: &[String], style: &str) -> Ran {
        let words = ["cite", "--style", style].into_iter().chain(ids.iter().map(String::as_str));
        self.home.vidimus(&words.collect::<Vec<_>>())
    }

    /// What the archive itself says of a capture.
    fn shown(&self, id: &str) -> Value {
        self.home.vidimus(&["show", id, "--json"]).ok().json().remove(0)
    }

    /// What another program reads in the citations of all captures.
    fn read(&self, style: &str, reader: &str) -> Vec<Value> {
        let file = self.home.path(reader);
        fs::write(&file, self.cite(&self.ids, style).ok().stdout).unwrap();
        python("read_citations.py", &[reader, &file.to_string_lossy()]).ok().json()
    }
}

fn archive(site: &Server, more: &str) -> Home {
    let home = Home::configured(&(config_for(site.port()) + more), "");
    new_key(&home.path("log-key.pem"));
    home
}

#[test]
fn programs_that_keep_references_read_what_the_archive_says() {
    let scene = Scene::new();
    for (style, reader) in [("csl-json", "csl"), ("biblatex", "biblatex"), ("ris", "ris")] {
        let found = scene.read(style, reader);
        assert_eq!(found.len(), TITLES.len(), "{style}");
        for ((found, id), title) in found.iter().zip(&scene.ids).zip(TITLES) {
            let shown = scene.shown(id);
            assert_eq!(text(&shown, "title"), title);
            // bibtexparser takes the braces of a text for those of TeX, and leaves them out.
            let title = if style == "biblatex" { title.replace(['{', '}'], "") } else { title.to_owned() };
            assert_eq!(text(found, "title"), title, "{style}");
            let authors = shown["authors"].as_array().unwrap();
            let read = &found["authors"];
            assert!(!authors.is_empty(), "{shown}");
            assert!(
                read == &shown["authors"] || read.as_u64() == Some(authors.len() as u64),
                "{style}: {read}"
            );
            assert_eq!(found["url"], shown["final_url"], "{style}");
            assert_eq!(text(found, "published"), text(&shown, "published"), "{style}");
            assert_eq!(text(found, "published"), "2024-09-07", "{style}");
            assert_eq!(text(found, "accessed"), &text(&shown, "captured_at")[..10], "{style}");
            assert_eq!(text(found, "site"), "Harbour Hands", "{style}");
            let url = format!("https://archive.example/snapshot/{id}");
            assert!(text(found, "archive_url").ends_with(&url), "{style}: {found}");
            let note = text(found, "note");
            assert!(
                note.contains(&format!("sha256:{id}")) && note.contains(text(&shown, "nih")),
                "{style}: {note}"
            );
            assert!(note.contains("log archive.example/log#"), "{style}: {note}");
        }
        assert_eq!(scene.shown(&scene.ids[4])["authors"].as_array().unwrap().len(), 12);
    }
}

#[test]
fn the_other_programs_refuse_what_is_wrong() {
    let home = Home::new();
    let wrong = [
        (
            "csl",
            r#"[{"id":"a","type":"page","title":"t","URL":"u","accessed":{"date-parts":[[2025]]},"note":"n"}]"#,
        ),
        ("csl", r#"[{"id":"a","type":"webpage","tittle":"t"}]"#),
        ("biblatex", "@online{a, title = {a } b}, url = {u}}"),
        ("ris", "TY  - JOUR\r\nID  - a\r\nER  - \r\n"),
    ];
    for (reader, content) in wrong {
        home.write("wrong", content);
        let ran = python("read_citations.py", &[reader, &home.path("wrong").to_string_lossy()]);
        assert_ne!(ran.code, Some(0), "{}", ran.story());
    }
}

#[test]
fn people_get_a_line_each_under_every_name_of_a_capture() {
    let scene = Scene::new();
    let id = &scene.ids[4];
    let plain = scene.home.vidimus(&["cite", id]).ok().text();
    assert!(
        plain.starts_with("Ana Lind; Ana Strand; ") && plain.contains("; and 7 others. “On the ferry”. ")
    );
    assert!(plain.contains(&format!("sha256:{id}")) && plain.ends_with(".\n"), "{plain}");
    let note = plain.split("log archive.example/log#").nth(1).unwrap();
    let index: String = note.chars().take_while(char::is_ascii_digit).collect();
    let (place, nih) = (format!("archive.example/log#{index}"), text(&scene.shown(id), "nih").to_owned());
    let url = scene.site.url("/many");
    for name in [place.as_str(), &nih, &id[..12], &url] {
        assert_eq!(scene.home.vidimus(&["cite", name]).ok().text(), plain, "{name}");
    }
    let bluebook = scene.cite(&scene.ids, "bluebook").ok().text();
    assert_eq!(bluebook.lines().count(), TITLES.len());
    assert!(
        bluebook
            .contains("Ana Lind & Bo Strand, *بيان مشترك حول السدود*, Harbour Hands (Sept. 7, 2024), http")
    );
    assert!(bluebook.contains(&format!("[https://archive.example/snapshot/{id}] (captured ")), "{bluebook}");
    let oscola = scene.cite(&scene.ids[..1], "oscola").ok().text();
    assert!(oscola.starts_with("Ana Lind and Bo Strand, ‘“Never again”: R&D, "), "{oscola}");
    assert!(
        oscola.contains("(Harbour Hands, 7 September 2024) <http") && oscola.contains("> accessed "),
        "{oscola}"
    );

    let lines = scene.home.vidimus(&["cite", "--json", "--style", "csl-json", id]).ok().json();
    assert_eq!(lines.len(), 1);
    assert_eq!(lines[0]["citation"]["type"], "webpage");
    assert_eq!((text(&lines[0], "id"), text(&lines[0], "place")), (id.as_str(), place.as_str()));
}

#[test]
fn what_is_not_held_is_not_cited() {
    let scene = Scene::new();
    let gone = scene.site.url("/gone");
    let _ = scene.home.vidimus(&["capture", &gone]);
    let ran = scene.home.vidimus(&["cite", &gone]).expect(2);
    assert!(ran.stderr.contains("cannot be cited") && ran.stdout.is_empty(), "{}", ran.story());
    // All of those that are named, or none.
    assert!(scene.cite(&[scene.ids[0].clone(), gone], "plain").expect(2).stdout.is_empty());
    let _ = scene.home.vidimus(&["takedown", &scene.ids[0], "--reason", "court order", "--yes"]).ok();
    let ran = scene.cite(&scene.ids[..1], "plain").expect(2);
    assert!(ran.stderr.contains("lawfully removed") && ran.stdout.is_empty(), "{}", ran.story());
    let _ = scene.home.vidimus(&["cite"]).expect(64);
    let _ = scene.cite(&scene.ids[1..2], "apa").expect(64);
}

#[test]
fn an_import_is_cited_as_what_others_captured() {
    let scene = Scene::new();
    let file: PathBuf = scene.home.path("ferry.warc.gz");
    let name = file.to_string_lossy().into_owned();
    let _ = scene.home.vidimus(&["export", &scene.ids[4], "--format", "warc", "-o", &name]).ok();
    let other = archive(&scene.site, "");
    let _ = other.vidimus(&["import", &name]).ok();
    let url = scene.site.url("/many");
    let plain = other.vidimus(&["cite", &url]).ok().text();
    assert!(plain.contains(" by others, imported; nih:") && !plain.contains("Archived at"), "{plain}");
    let bluebook = other.vidimus(&["cite", &url, "--style", "bluebook"]).ok().text();
    assert!(bluebook.contains(" by others, imported; nih:"), "{bluebook}");
}

#[test]
fn a_url_of_the_archive_that_names_no_capture_is_a_mistake() {
    let home = Home::new();
    for (wrong, why) in [
        ("https://archive.example/", "names no capture"),
        ("https://archive.example/{id}/{day}", "not known"),
        ("archive.example/{id}", "no http:// or https:// URL"),
    ] {
        home.write("config/vidimus.toml", format!("[evidence]\narchive_url = \"{wrong}\"\n"));
        let ran = home.vidimus(&["status"]).expect(78);
        assert!(ran.stderr.contains("archive_url") && ran.stderr.contains(why), "{}", ran.story());
    }
}
