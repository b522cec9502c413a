//! Who says the same words: the demo site's joint statement, its excerpt with ellipses, and the page that quotes one sentence.

use serde_json::Value;
use vidimus_demo::sources_toml;
use vidimus_tests::{Home, Site, config_for};

use crate::common::text;

const STATEMENT: &str = "2025-03-20-joint.html";
const EXCERPT: &str = "river-sand-44-groups-call-on-rrb-and-ino";
const QUOTING: &str = "dockers-stand-with-stilt-house";

struct Scene {
    _site: Site,
    home: Home,
    /// What `crawl` said on both of its channels.
    said: String,
    lines: Vec<Value>,
}

fn crawled(arguments: &[&str]) -> Scene {
    let site = Site::start();
    let home = Home::configured(&config_for(site.port()), &sources_toml(site.port()));
    let ran = home.vidimus(&[&["crawl"], arguments].concat()).ok();
    let lines = if arguments.contains(&"--json") { ran.json() } else { Vec::new() };
    Scene { _site: site, said: ran.stderr.clone(), lines, home }
}

impl Scene {
    /// The URL of the page whose address has this in it.
    fn url(&self, part: &str) -> String {
        let pages = self.home.everything();
        let page =
            pages.iter().find(|page| text(page, "url").contains(part) && text(page, "outcome") == "captured");
        text(page.unwrap_or_else(|| panic!("{part} was not captured")), "url").to_owned()
    }

    fn links(&self, part: &str) -> Vec<Value> {
        self.home.query(&["--reposts-of", &self.url(part), "--json"]).ok().json()
    }
}

fn characters(text: &str, span: &Value) -> String {
    let at = |n: usize| usize::try_from(span[n].as_u64().unwrap()).unwrap();
    text.chars().skip(at(0)).take(at(1) - at(0)).collect()
}

#[test]
fn an_excerpt_and_a_quoted_sentence_are_linked_to_their_statement() {
    let scene = crawled(&["-v"]);
    let links = scene.links(STATEMENT);
    let sorts: Vec<(bool, bool, &str)> = links
        .iter()
        .map(|link| {
            (text(link, "url").contains(EXCERPT), text(link, "url").contains(QUOTING), text(link, "sort"))
        })
        .collect();
    assert_eq!(sorts, [(true, false, "excerpt"), (false, true, "quote")], "{links:#?}");

    let [excerpt, quote] = [EXCERPT, QUOTING].map(|part| scene.links(part));
    for links in [&excerpt, &quote] {
        assert_eq!(links.len(), 1, "{links:#?}");
        assert!(text(&links[0], "url").contains(STATEMENT));
    }
    let passage = &quote[0]["passages"][0];
    assert!(
        text(passage, "text").starts_with("Anyone who believes that their soundings are wrong"),
        "{passage}"
    );
    assert_eq!(quote[0]["order"]["text"], "published 2025-03-20, 2 days before");
    assert_eq!(excerpt[0]["order"]["relation"], "same-day");
    assert!(excerpt[0]["share_of_asked"].as_f64().unwrap() > 0.8, "{excerpt:#?}");

    // The crawl itself told of the page that came later, and not of the one of which that is not known.
    let told: Vec<&str> = scene.said.lines().filter(|line| line.contains("words stand in")).collect();
    assert!(told.len() == 1 && told[0].starts_with("quote") && told[0].contains(QUOTING), "{}", scene.said);
    assert!(scene.said.contains("1 new page repeats earlier ones"), "{}", scene.said);

    // The statement, read with its passages marked.
    let url = scene.url(STATEMENT);
    let shown = scene.home.vidimus(&["show", &url, "--spans"]).ok().text();
    let marked = shown.split("[2> ").nth(1).and_then(|rest| rest.split(" <2]").next());
    assert_eq!(
        marked,
        Some("Anyone who believes that their soundings are wrong may borrow a boat and sound again"),
        "{shown}"
    );
    assert!(shown.contains("2 other pages say the same words"), "{shown}");
    let facts = scene.home.vidimus(&["show", &url]).ok().text();
    assert!(facts.contains("reposts") && facts.contains("2 other pages"), "{facts}");
    let whole = &scene.home.vidimus(&["show", &url, "--spans", "--json"]).ok().json()[0];
    let span = &whole["links"][1]["passages"][0]["of_asked"];
    assert_eq!(Some(characters(text(whole, "text"), span).as_str()), marked);
}

#[test]
fn an_import_tells_what_repeats_earlier_statements() {
    let scene = crawled(&["--quiet"]);
    let _ = scene
        .home
        .vidimus(&["export", "--all", "--role", "page", "--format", "warc", "-o", "all.warc.gz"])
        .ok();
    let file = scene.home.path("all.warc.gz");
    let other = Home::configured(&config_for(1), "");
    let read = other.vidimus(&["import", "-v", file.to_str().unwrap()]).ok();
    assert!(read.text().contains("1 new page repeats earlier ones"), "{}", read.story());
    let told: Vec<&str> = read.stderr.lines().filter(|line| line.contains("words stand in")).collect();
    assert!(told.len() == 1 && told[0].starts_with("quote") && told[0].contains(QUOTING), "{}", read.stderr);

    // What was imported before is not told again.
    let again = other.vidimus(&["import", "--json", file.to_str().unwrap()]).ok().json().remove(0);
    assert_eq!(again["repeats"], serde_json::json!([]), "{again}");
    let third = Home::configured(&config_for(1), "");
    let programs = third.vidimus(&["import", "--json", file.to_str().unwrap()]).ok().json().remove(0);
    let repeat = &programs["repeats"][0];
    assert!(text(repeat, "url").contains(QUOTING), "{programs}");
    assert!(text(&repeat["of"][0], "url").contains(STATEMENT), "{programs}");
}

#[test]
fn exit_codes_tell_links_from_none_from_errors_and_programs_hear_of_repeats() {
    let scene = crawled(&["--json"]);
    let of_dockers = scene.lines.iter().find(|line| text(line, "source") == "harbourhands").unwrap();
    let repeats = of_dockers["repeats"].as_array().unwrap();
    assert_eq!(repeats.len(), 1, "{of_dockers}");
    assert!(text(&repeats[0], "url").contains(QUOTING));
    assert!(text(&repeats[0]["of"][0], "url").contains(STATEMENT), "{}", repeats[0]);

    let alone = scene.url("2025-02-dry-season.html");
    let none = scene.home.query(&["--reposts-of", &alone]).expect(1);
    assert!(none.stdout.is_empty() && none.stderr.contains("no other page"), "{}", none.story());
    for wrong in ["ffffffff", "nothing", "https://nobody.example/", "ff"] {
        let ran = scene.home.query(&["--reposts-of", wrong]).expect(2);
        assert!(ran.stdout.is_empty() && ran.stderr.starts_with("error:"), "{}", ran.story());
    }
    // The digits that the list shows are a name, as is the whole id.
    let listed = scene.home.everything();
    let id = listed
        .iter()
        .find(|page| text(page, "url").contains(STATEMENT))
        .map(|page| text(page, "id"))
        .unwrap();
    for name in [&id[..12], id] {
        assert_eq!(scene.home.query(&["--reposts-of", name, "--json"]).ok().json().len(), 2, "{name}");
    }

    // What was seen again without a change has no document of its own, and is linked all the same.
    let _ = scene.home.vidimus(&["capture", &scene.url(STATEMENT)]).ok();
    let shown = scene.home.vidimus(&["show", &scene.url(STATEMENT), "--spans"]).ok().text();
    assert!(shown.contains("2 other pages say the same words"), "{shown}");
    assert_eq!(scene.links(STATEMENT).len(), 2);
}
