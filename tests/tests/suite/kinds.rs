//! Pages that stand in the place of a statement: they are kept, said to be what they are, and never found as if they
//! were the statement.

use vidimus_tests::{Home, Server, config_for, html};

use crate::common::{outcome, text};

const STATEMENT: &str = include_str!("../../../crates/extract/tests/kinds/article/about-cookies.html");
const STUB: &str = include_str!("../../../crates/extract/tests/kinds/partial/en-subscribe-box.html");
const WALL: &str =
    include_str!("../../../crates/extract/tests/kinds/consent-wall/en-before-you-continue.html");
const LOGIN: &str = include_str!("../../../crates/extract/tests/kinds/login/en-members-drupal.html");
const ERROR: &str = include_str!("../../../crates/extract/tests/kinds/soft-error/en-wordpress-404.html");
const SHELL: &str = include_str!("../../../crates/extract/tests/kinds/empty/react.html");
const SHORT: &str = "<!doctype html><html lang=en><title>On the licences</title><main><h1>On the licences</h1><p>The \
    ministry has told us that the dredging licences of the upper river will be published in the autumn, and not before.\
    </p><p>We ask for them now, because the bank will not wait for the autumn.</p></main></html>";

/// A page of links to other pages, each of which repeats the words that are searched for.
fn listing() -> String {
    let card = |n: u32| {
        format!(
            "<article class=\"card post-teaser\"><h2 class=\"entry-title\"><a href=\"/far/{n}\">Dredging licences, update {n}</a></h2>\
             <p class=\"entry-summary\">Another word on the dredging licences of the upper river, number {n}.</p>\
             <a class=\"more-link\" href=\"/far/{n}\">Read more</a></article>"
        )
    };
    let cards: String = (1..=30).map(card).collect();
    format!(
        "<!doctype html><html lang=\"en\"><head><title>Category: News – River Rights Network</title>\
         <meta property=\"og:type\" content=\"website\"></head><body class=\"archive category\"><header><nav><ul>\
         <li><a href=\"/\">Home</a></li><li><a href=\"/about\">About</a></li></ul></nav></header><main>\
         <h1 class=\"archive-title\">Category: News</h1><div class=\"posts-list\">{cards}</div>\
         <nav class=\"pagination\"><a href=\"/category/news/page/2\">Older posts</a></nav></main></body></html>"
    )
}

fn crawled() -> (Server, Home) {
    let paths = ["/statement", "/stub", "/wall", "/login", "/error", "/shell", "/short", "/category/news"];
    let links: String = paths.iter().map(|path| format!("<li><a href=\"{path}\">{path}</a></li>")).collect();
    let table = vec![
        ("/all", html(&format!("<title>All</title><ul>{links}</ul>"))),
        (
            "/walled",
            html(
                "<title>Walled</title><ul><li><a href=\"/wall-too\">a</a></li><li><a href=\"/login-too\">b</a></li></ul>",
            ),
        ),
        ("/statement", html(STATEMENT)),
        ("/stub", html(STUB)),
        ("/wall", html(WALL)),
        ("/login", html(LOGIN)),
        ("/wall-too", html(WALL)),
        ("/login-too", html(LOGIN)),
        ("/error", html(ERROR)),
        ("/shell", html(SHELL)),
        ("/short", html(SHORT)),
        ("/category/news", html(&listing())),
    ];
    let server = Server::of_table(table);
    let source = |name: &str, seed: &str| {
        format!(
            "[[source]]\nname = \"{name}\"\nlistings = [{{ url = \"{}\", links = \"a\" }}]\n",
            server.url(seed)
        )
    };
    let sources = format!("{}\n{}", source("mixed", "/all"), source("walled", "/walled"));
    let home = Home::configured(&config_for(server.port()), &sources);
    (server, home)
}

fn tried<'a>(lines: &'a [serde_json::Value], url: &str) -> &'a serde_json::Value {
    lines.iter().find(|line| line["url"] == url && line["source"] == "mixed").unwrap()
}

#[test]
fn stand_ins_are_kept_said_and_no_yield() {
    let (server, home) = crawled();
    let ran = home.vidimus(&["crawl", "--json", "-v"]).expect(1);
    let summary = |name: &str| ran.json().into_iter().find(|line| line["source"] == name).unwrap();
    assert_eq!(
        (summary("mixed")["ok"].clone(), summary("mixed")["stand_ins"].clone()),
        (true.into(), 4.into())
    );
    assert_eq!(
        (summary("walled")["ok"].clone(), summary("walled")["stand_ins"].clone()),
        (false.into(), 2.into())
    );
    let finding = &summary("walled")["findings"][0];
    assert_eq!(text(finding, "code"), "stand-ins", "{}", ran.story());
    assert!(text(finding, "message").contains("walls, logins"), "{}", ran.story());
    assert!(ran.stderr.contains("source mixed: of 4 of its pages"), "{}", ran.story());

    let everything = home.everything();
    for (path, expected, kind) in [
        ("/wall", "captured consent-wall", "consent-wall"),
        ("/login", "captured login", "login"),
        ("/error", "captured soft-error", "soft-error"),
        ("/shell", "captured empty", "empty"),
        ("/short", "captured", "article"),
        ("/statement", "captured", "article"),
        ("/category/news", "captured", "listing"),
    ] {
        let line = tried(&everything, &server.url(path));
        assert_eq!((outcome(line).as_str(), text(line, "page_kind")), (expected, kind), "{line}");
        assert!(line["page_kind_confidence"].as_u64().unwrap() >= 50 && line["partial"] == false, "{line}");
    }
    assert_eq!(tried(&everything, &server.url("/stub"))["partial"], true);
    let wall = tried(&everything, &server.url("/wall"));
    assert!(text(wall, "message").contains("a question about cookies"), "{wall}");
    assert!(wall["payload_sha256"].is_string(), "it is archived all the same");

    let logins = home.vidimus(&["list", "--kind", "login", "--source", "mixed", "--json"]).ok().json();
    assert_eq!(logins.len(), 1);
    let shown = home.vidimus(&["show", &server.url("/stub")]).ok().text();
    assert!(shown.contains("only the beginning"), "{shown}");
    let status = home.vidimus(&["status", "--json"]).expect(1).json();
    assert_eq!(
        (status[0]["page_kinds"]["soft-error"].clone(), status[0]["partial"].clone()),
        (1.into(), 1.into())
    );

    // On the next visit nothing has changed, and nothing yields either.
    let again = home.vidimus(&["crawl", "walled", "--json"]).expect(1);
    assert_eq!(again.json()[0]["stand_ins"], 2, "{}", again.story());
    let _ = home.vidimus(&["verify"]).ok();
}

#[test]
fn a_search_leaves_stand_ins_out_and_says_so() {
    let (server, home) = crawled();
    let _ = home.vidimus(&["crawl"]).expect(1);

    let ran = home.query(&["--json", "cookies"]).ok();
    let hits = ran.json();
    let urls: Vec<&str> = hits.iter().map(|hit| text(hit, "url")).collect();
    assert_eq!(urls, [server.url("/statement")], "{}", ran.story());
    assert!(ran.stderr.contains("left out") && ran.stderr.contains("--kind any"), "{}", ran.story());
    for query in [&["--json", "--kind", "any", "cookies"][..], &["--json", "cookies kind:any"]] {
        let ran = home.query(query).ok();
        let hits = ran.json();
        assert!(hits.len() > 1 && text(&hits[0], "url") == server.url("/statement"), "{}", ran.story());
        assert!(!ran.stderr.contains("left out"), "{}", ran.story());
    }
    let walls = home.query(&["--json", "--kind", "consent-wall", "cookies"]).ok().json();
    assert!(!walls.is_empty() && walls.iter().all(|hit| hit["kind"] == "consent-wall"), "{walls:?}");

    // Nothing else is found: that is said, with what was left out.
    let nothing = home.query(&["\"personalised advertisements\""]).expect(1);
    assert!(nothing.stderr.contains("no hits") && nothing.stderr.contains("left out"), "{}", nothing.story());

    // The listing has the words of the query sixty times, the statement once.
    let hits = home.query(&["--json", "\"dredging licences\""]).ok().json();
    let kinds: Vec<&str> = hits.iter().map(|hit| text(hit, "kind")).collect();
    assert_eq!(kinds, ["article", "listing"], "{hits:?}");
    assert!(home.query(&["\"dredging licences\""]).ok().text().contains("· listing ·"));

    let partial = home.query(&["--json", "kind:partial"]).ok().json();
    assert_eq!((partial.len(), partial[0]["partial"].clone()), (1, true.into()));
    assert!(home.query(&["barges"]).ok().text().contains("only the beginning"));
}

#[test]
fn one_page_that_is_a_wall_is_not_what_was_asked_for() {
    let (server, home) = crawled();
    let ran = home.vidimus(&["capture", &server.url("/wall")]).expect(1);
    assert!(ran.text().contains("captured consent-wall"), "{}", ran.story());
    let _ = home.vidimus(&["capture", &server.url("/short")]).ok();
}

#[test]
fn a_statement_is_shown_in_every_form_from_one_list_of_blocks() {
    let (server, home) = crawled();
    let hostile = "<!doctype html><html lang=\"ar\" dir=\"rtl\"><title>قرار &lt;script&gt;</title><main><h1>قرار &lt;script&gt;</h1>\
        <p>نطالب بالإفراج الفوري عن المساحين المحتجزين، ونطالب بإعادة القارب و*السجل* و&lt;img src=x onerror=alert(1)&gt; إلى أصحابه.</p>\
        <p>راجع <a href=\"https://a.example/?x=1&amp;y=2\">البيان الأول</a> الصادر عن الشبكة في الأسبوع الماضي.</p></main></html>";
    drop(server);
    let server = Server::of_table(vec![("/ar", html(hostile))]);
    home.write("config/vidimus.toml", config_for(server.port()));
    let url = server.url("/ar");
    let _ = home.vidimus(&["capture", &url]).ok();

    let page = home.vidimus(&["show", &url, "--html"]).ok().text();
    assert!(page.contains("<html lang=\"ar\" dir=\"rtl\">") && page.contains("&lt;img src=x"), "{page}");
    assert!(!page.contains("<img") && !page.contains("<script"), "{page}");
    assert!(page.contains("href=\"https://a.example/?x=1&amp;y=2\""), "{page}");

    let markdown = home.vidimus(&["show", &url, "--markdown"]).ok().text();
    assert!(
        markdown.starts_with("# ") && markdown.contains("\\*السجل\\*") && markdown.contains("\\<img"),
        "{markdown}"
    );
    assert!(markdown.contains("[البيان الأول](<https://a.example/?x=1&amp;y=2>)"), "{markdown}");

    let plain = home.vidimus(&["show", &url, "--text"]).ok().text();
    let json = home.vidimus(&["show", &url, "--text", "--json"]).ok().json();
    for block in json[0]["statement"]["blocks"].as_array().unwrap() {
        assert!(plain.contains(text(block, "text")), "{block}");
    }

    let told = home.vidimus(&["show", &url, "--explain"]).ok().text();
    for part in ["extractor", "parameters", "kind", "published", "blocks kept"] {
        assert!(told.contains(part), "{part} in {told}");
    }
    let lines = home.vidimus(&["show", &url, "--explain", "--json"]).ok().json();
    assert_eq!((text(&lines[0], "about"), text(&lines[0], "page_kind")), ("page", "article"));
    assert!(!lines[0]["page_kind_reasons"].as_array().unwrap().is_empty());
}
