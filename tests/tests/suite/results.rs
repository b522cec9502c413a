//! What `vidimus-query` gives back: the archive as of a day, versions and near-copies folded, counts, tables, many queries
//! at once; and saved searches, whose new matches a run tells.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;
use vidimus_tests::{Home, Ran, Server, config_for, html, next_second, python, reply, send};

use crate::common::{crawled_once, text};

fn page(title: &str, body: &str) -> String {
    format!(
        "<!doctype html><html lang=en><title>{title}</title><main><article><h1>{title}</h1><p>{body} The harbour office \
         gives notice of it to all masters of vessels, and to those who live by the water.</p></article></main></html>"
    )
}

const CLOSED: &str =
    "The eastern basin is closed for dredging until the end of the month, as was said before.";
const OPEN: &str = "The western gate stands open again, and the pilots will board where they did in spring.";

/// A site whose pages have another version at each stage.
struct Scene {
    stage: Arc<AtomicUsize>,
    receiver: Server,
    home: Home,
}

impl Scene {
    /// Each page with its versions by stage; a version that is empty is a page that is gone. `main` is added to the
    /// configuration, where HOOK is the address of a receiver.
    fn new(pages: Vec<(&'static str, Vec<String>)>, main: &str) -> Self {
        let stage = Arc::new(AtomicUsize::new(0));
        let now = Arc::clone(&stage);
        let targets: Vec<&str> = pages.iter().map(|(target, _)| *target).collect();
        let listed = format!("{targets:?}");
        let site = Server::start(move |request, stream| {
            let found = pages.iter().find(|(target, _)| *target == request.target);
            let version = found.and_then(|(_, versions)| {
                versions.get(now.load(Ordering::SeqCst)).or(versions.last()).filter(|body| !body.is_empty())
            });
            let gone = || reply("404 Not Found", &[], b"gone");
            send(stream, &version.map_or_else(gone, |body| html(body)));
        });
        let receiver = Server::start(|_, stream| send(stream, &reply("204 No Content", &[], b"")));
        let main = main.replace("HOOK", &receiver.url("/hook"));
        let urls: Vec<String> = serde_json::from_str::<Vec<String>>(&listed).unwrap();
        let urls: Vec<String> = urls.iter().map(|target| site.url(target)).collect();
        let home = Home::configured(
            &format!("{}\n{main}", config_for(site.port())),
            &format!("[[source]]\nname = \"harbour\"\npages = {urls:?}\n"),
        );
        Self { stage, receiver, home }
    }

    fn crawl_at(&self, stage: usize) -> Ran {
        self.stage.store(stage, Ordering::SeqCst);
        self.home.vidimus(&["crawl"])
    }

    fn hits(&self, arguments: &[&str]) -> Vec<Value> {
        self.home.query(&[&["--json", "-n", "all"], arguments].concat()).json()
    }

    fn posted(&self) -> Vec<Value> {
        self.receiver.requests().iter().map(|r| serde_json::from_slice(&r.body).unwrap()).collect()
    }
}

/// A page that is edited and changed back, and one that stays.
fn changing() -> Scene {
    let (closed, open) = (page("Notice", CLOSED), page("Notice", OPEN));
    Scene::new(
        vec![
            ("/notice", vec![closed.clone(), open, closed]),
            (
                "/tides",
                vec![page("Tides", "High water stands at six in the morning for the whole of the week.")],
            ),
        ],
        "",
    )
}

#[test]
fn as_of_a_day_each_page_has_one_version_and_a_rebuild_knows_it_too() {
    let scene = changing();
    let now = |query: &str| scene.hits(&["--as-of", "9999", query]).len();
    let _ = scene.crawl_at(0).ok();
    assert_eq!((now("dredging"), now("pilots"), now("tides")), (1, 0, 1));
    let _ = scene.crawl_at(1).ok();
    assert_eq!((now("dredging"), now("pilots")), (0, 1));
    assert_eq!(scene.hits(&["dredging OR pilots"]).len(), 2, "without a day, every version is a hit");
    let _ = scene.crawl_at(2).ok();
    let whole = |scene: &Scene| {
        let of_day = scene.hits(&["--as-of", "9999", "--sort", "captured", "harbour"]);
        let folded = scene.hits(&["--collapse", "version", "--sort", "captured", "harbour"]);
        let mut all = [of_day, folded].concat();
        // A document that was replaced still counts among those that a word is rare in, until its segment is merged.
        all.iter_mut().for_each(|hit| hit["score"] = Value::Null);
        all
    };
    let before = whole(&scene);
    assert_eq!((now("dredging"), now("pilots"), now("tides")), (1, 0, 1), "it went back");
    let _ = scene.home.vidimus(&["rebuild"]).ok();
    assert_eq!(whole(&scene), before);
    assert_eq!(scene.hits(&["--as-of", "2020", "harbour"]).len(), 0);
}

#[test]
fn versions_are_folded_and_the_later_one_is_mentioned() {
    let scene = changing();
    let _ = scene.crawl_at(0).ok();
    let _ = scene.crawl_at(1).ok();
    let folded = scene.hits(&["--collapse", "version", "harbour"]);
    assert_eq!(folded.len(), 2, "{folded:?}");
    let notice = folded.iter().find(|hit| text(hit, "title") == "Notice").unwrap();
    assert_eq!(notice["versions"], serde_json::json!({"others": 1, "superseded": false}));
    let old = scene.hits(&["--collapse", "version", "dredging"]);
    assert_eq!(old[0]["versions"], serde_json::json!({"others": 0, "superseded": true}));
    let told = scene.home.query(&["--collapse", "version", "dredging"]).ok();
    assert!(told.text().contains("a later version, which does not match"), "{}", told.story());
}

#[test]
fn near_copies_are_folded_under_one() {
    let statement = "The dredging of the eastern basin has begun without the study that was promised to those who fish \
        there. We ask the ministry to publish what it knows of the sand that is taken, to whom it is sold, and how deep \
        the river is to be. Nobody has answered the letters that were sent in March and again in June.";
    let scene = Scene::new(
        vec![
            ("/original", vec![page("A statement", statement)]),
            (
                "/copy",
                vec![page("They said", &format!("We repeat here what was said by others. {statement}"))],
            ),
            (
                "/other",
                vec![page("Elsewhere", "Dredging is no longer done here since the mill was shut down.")],
            ),
        ],
        "",
    );
    let _ = scene.crawl_at(0).ok();
    assert_eq!(scene.hits(&["dredging"]).len(), 3);
    let folded = scene.hits(&["--collapse", "cluster", "dredging"]);
    assert_eq!(folded.len(), 2, "{folded:?}");
    let copies: Vec<usize> = folded.iter().map(|hit| hit["copies"].as_array().unwrap().len()).collect();
    assert_eq!(copies.iter().sum::<usize>(), 1);
    let ran = scene.home.query(&["--collapse", "cluster", "dredging"]).ok();
    assert!(ran.text().contains("1 near-copy: "), "{}", ran.story());
    assert!(ran.stderr.contains("3 hits, folded into 2"), "{}", ran.story());
}

#[test]
fn matches_are_counted_by_their_values_and_over_time() {
    let crawled = crawled_once();
    let ran = crawled.home.query(&[
        "--json",
        "-n",
        "0",
        "--facet",
        "source,lang",
        "--facet-limit",
        "2",
        "--histogram",
        "month",
        "river",
    ]);
    let objects = ran.ok().json();
    let types: Vec<&str> = objects.iter().map(|object| text(object, "type")).collect();
    assert_eq!(types, ["facet", "facet", "histogram"]);
    let values = objects[0]["values"].as_array().unwrap();
    assert_eq!(values.len(), 2);
    assert!(
        values[0]["count"].as_u64() >= values[1]["count"].as_u64() && objects[0]["more"].as_u64() > Some(0)
    );
    let all = crawled.home.query(&["--json", "-n", "all", "river"]).ok().json();
    let of_best = all.iter().filter(|hit| hit["source"] == values[0]["value"]).count();
    assert_eq!(values[0]["count"].as_u64(), u64::try_from(of_best).ok());
    let rows = objects[2]["rows"].as_array().unwrap();
    let sum: u64 = rows.iter().map(|row| row["count"].as_u64().unwrap()).sum();
    assert_eq!(sum, u64::try_from(all.len()).unwrap());
    let march = all.iter().filter(|hit| text(hit, "published").starts_with("2025-03")).count();
    let row = rows.iter().find(|row| row["from"] == "2025-03").unwrap();
    assert_eq!(row["count"].as_u64(), u64::try_from(march).ok());

    let told = crawled.home.query(&["-n", "0", "--facet", "lang", "--histogram", "year", "river"]).ok();
    assert!(told.text().contains("by lang") && told.text().contains("2025"), "{}", told.story());
    assert!(!told.text().contains('█'), "bars are for terminals");
}

#[test]
fn a_table_is_read_back_by_python() {
    let crawled = crawled_once();
    let ran = crawled.home.query(&["--csv", "-n", "all", "kind:any"]).ok();
    crawled.home.write("hits.csv", &ran.stdout);
    let rows = python("read_csv.py", &[crawled.home.path("hits.csv").to_str().unwrap()]).ok().json();
    let hits = crawled.home.query(&["--json", "-n", "all", "kind:any"]).ok().json();
    assert_eq!(rows.len(), hits.len());
    for (row, hit) in rows.iter().zip(&hits) {
        for field in ["id", "url", "source", "published", "captured_at"] {
            assert_eq!(text(row, field), text(hit, field));
        }
        assert_eq!(row["query"], "kind:any");
    }
    let urls = crawled.home.query(&["--urls", "-n", "all", "kind:any"]).ok().text();
    let mut urls: Vec<&str> = urls.lines().collect();
    let count = urls.len();
    urls.sort_unstable();
    urls.dedup();
    let mut wanted: Vec<&str> = hits.iter().map(|hit| text(hit, "url")).collect();
    wanted.sort_unstable();
    wanted.dedup();
    assert_eq!((count, urls), (wanted.len(), wanted));
}

#[test]
fn hits_are_paged_and_sorted() {
    let crawled = crawled_once();
    let ids = |arguments: &[&str]| -> Vec<String> {
        let hits = crawled.home.query(&[&["--json", "river"], arguments].concat()).json();
        hits.iter().map(|hit| text(hit, "id").to_owned()).collect()
    };
    let all = ids(&["-n", "all"]);
    let pages = [ids(&["-n", "3"]), ids(&["-n", "3", "--offset", "3"])].concat();
    assert_eq!(pages, all[..6]);
    let hits = crawled.home.query(&["--json", "-n", "all", "--sort", "published", "river"]).ok().json();
    let days: Vec<&str> = hits.iter().map(|hit| text(hit, "published")).collect();
    let known: Vec<&str> = days.iter().copied().take_while(|day| !day.is_empty()).collect();
    assert!(known.len() > 3 && known.is_sorted_by(|a, b| a >= b), "{days:?}");
    assert!(days[known.len()..].iter().all(|day| day.is_empty()), "those without a day come last: {days:?}");
    let ran = crawled.home.query(&["--reverse", "river"]).expect(2);
    assert!(ran.stderr.contains("--sort"), "{}", ran.story());
}

#[test]
fn many_queries_are_asked_at_once() {
    let crawled = crawled_once();
    let home = &crawled.home;
    home.write("queries.txt", "# of the river\nsurvey boat\n\n  sourc:x\nzzyzx\r\nខ្សាច់\n");
    let ran = home.query(&["--batch", "queries.txt", "--json", "-n", "1"]).expect(2);
    assert!(ran.stderr.contains("queries.txt:4: column 3: there is no field"), "{}", ran.story());
    let objects = ran.json();
    let queries: Vec<(u64, &str, bool)> = objects
        .iter()
        .filter(|object| object["type"] == "query")
        .map(|object| {
            (object["line"].as_u64().unwrap(), text(object, "query"), object["total"].as_u64() > Some(0))
        })
        .collect();
    assert_eq!(queries, [(2, "survey boat", true), (5, "zzyzx", false), (6, "ខ្សាច់", true)]);
    let hits: Vec<u64> = objects
        .iter()
        .filter(|object| object["type"] == "hit")
        .map(|object| object["line"].as_u64().unwrap())
        .collect();
    assert_eq!(hits, [2, 6]);

    home.write("none.txt", "zzyzx\n");
    let _ = home.query(&["--batch", "none.txt"]).expect(1);
    home.write("some.txt", "zzyzx\nriver\n");
    let told = home.query(&["--batch", "some.txt", "-n", "2"]).ok();
    assert!(told.text().contains("line 1: zzyzx: no hits\n"), "{}", told.story());
    assert!(told.text().contains("line 2: river: "), "{}", told.story());
    let table = home.query(&["--batch", "some.txt", "--csv", "-n", "2"]).ok().text();
    assert_eq!(table.lines().count(), 3, "one line of headings for all: {table}");
    let _ = home.query(&["--batch", "absent.txt"]).expect(2);
}

const SEARCHES: &str = "[notify]\nwebhook = \"HOOK\"\n\n[[search]]\nname = \"port closures\"\nquery = 'dredg* basin'\n\n\
    [[search]]\nname = \"pilots\"\nquery = 'pilot*'\nlang = \"en\"\n";

#[test]
fn a_saved_search_is_told_of_each_match_once() {
    let empty = page("Nothing yet", "There is no notice for this week, and none was given in the last.");
    let scene = Scene::new(
        vec![
            ("/a", vec![page("Basin", CLOSED)]),
            ("/b", vec![empty.clone(), empty.clone(), page("Closed", CLOSED), page("Closed", CLOSED)]),
            ("/c", vec![empty.clone(), empty.clone(), empty, page("Pilots", OPEN)]),
        ],
        SEARCHES,
    );
    let first = scene.crawl_at(0).ok();
    assert!(
        first.stderr.contains("search \"port closures\" is new: 1 match is held already"),
        "{}",
        first.story()
    );
    assert!(first.stderr.contains("search \"pilots\" is new: 0 matches are held"), "{}", first.story());
    let second = scene.crawl_at(1).ok();
    assert!(!second.stderr.contains("search"), "nothing is new: {}", second.story());
    assert_eq!(scene.posted().len(), 1);

    let third = scene.crawl_at(2).ok();
    assert!(third.stderr.contains("search \"port closures\": 1 new match\n"), "{}", third.story());
    assert!(third.stderr.contains("  Closed  http://"), "{}", third.story());
    let posted = scene.posted();
    assert_eq!((posted.len(), text(&posted[1], "event")), (2, "search"));
    let searches = posted[1]["searches"].as_array().unwrap();
    assert_eq!((searches.len(), text(&searches[0], "search")), (1, "port closures"));
    let found = &searches[0]["matches"][0];
    assert!(text(found, "url").ends_with("/b") && text(found, "title") == "Closed", "{found}");
    assert!(text(&posted[1], "text").contains("1 new match"), "{}", posted[1]);
    // It is the capture that the search itself finds.
    let hit = scene.hits(&["url:b", "dredg* basin"]).pop().unwrap();
    assert_eq!(hit["id"], found["id"]);

    // What a run was told to keep quiet about is told by the next that speaks; the webhook hears of it at once.
    scene.stage.store(3, Ordering::SeqCst);
    // Files of one second are read in any order by a rebuild, which may then tell a match again.
    let _ = next_second();
    let quiet = scene.home.vidimus(&["crawl", "--quiet"]).ok();
    assert!(quiet.stderr.is_empty(), "{}", quiet.story());
    assert_eq!(scene.posted().len(), 3);
    // A rebuild is no reason to tell it again, or to forget it.
    let _ = scene.home.vidimus(&["rebuild", "--quiet"]).ok();
    let told = scene.home.vidimus(&["crawl", "--json"]).ok();
    let told: Vec<Value> = told.json().into_iter().filter(|object| object.get("search").is_some()).collect();
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!((text(&told[0], "search"), told[0]["new"].as_u64()), ("pilots", Some(1)));
    assert_eq!(scene.posted().len(), 3);
}

#[test]
fn a_search_that_was_altered_is_another_one_and_a_wrong_one_is_refused() {
    let scene =
        Scene::new(vec![("/a", vec![page("Basin", CLOSED)])], "[[search]]\nname = \"x\"\nquery = 'basin'\n");
    let _ = scene.crawl_at(0).ok();
    let config = fs::read_to_string(scene.home.path("config/vidimus.toml")).unwrap();
    scene.home.write("config/vidimus.toml", config.replace("'basin'", "'harbour'"));
    let again = scene.crawl_at(0).ok();
    assert!(again.stderr.contains("search \"x\" is new: 1 match is held already"), "{}", again.story());
    scene.home.write("config/vidimus.toml", config.replace("'basin'", "'sourc:basin'"));
    let wrong = scene.crawl_at(0).expect(78);
    let line = config.lines().position(|line| line.starts_with("query = ")).unwrap() + 1;
    let says = format!("vidimus.toml, line {line}: query: column 1 of the query: there is no field");
    assert!(wrong.stderr.contains(&says), "{}", wrong.story());
}

#[test]
fn a_webhook_that_was_down_hears_of_new_matches_later() {
    let scene = Scene::new(
        vec![("/a", vec![page("Tides", OPEN), page("Basin", CLOSED)])],
        "[notify]\nwebhook = \"http://127.0.0.1:9/hook\"\n\n[[search]]\nname = \"x\"\nquery = 'basin'\n",
    );
    let failed = scene.crawl_at(0).expect(1);
    assert!(failed.stderr.contains("webhook"), "{}", failed.story());
    let _ = scene.crawl_at(1).ok();
    let config = fs::read_to_string(scene.home.path("config/vidimus.toml")).unwrap();
    let hook = scene.receiver.url("/hook");
    scene.home.write("config/vidimus.toml", config.replace("http://127.0.0.1:9/hook", &hook));
    let memory = scene.home.path("state/vidimus");
    for entry in fs::read_dir(memory).unwrap() {
        fs::remove_file(entry.unwrap().path()).unwrap();
    }
    let _ = scene.crawl_at(1).ok();
    let posted = scene.posted();
    // It had never heard of the search, so it hears how many matches there are.
    assert_eq!((posted.len(), posted[0]["searches"][0]["held"].as_u64()), (1, Some(1)));
}
