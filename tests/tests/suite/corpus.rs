//! Five real texts, rebuilt as pages and captured, where they lie beside the repository. They are nobody's to publish
//! with it, so that what is expected is said by position and by shape, not by quotation.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;
use vidimus_tests::{Home, Server, config_for, html, repository};

use crate::common::text;

/// The texts, if they are there: `000` to `004`.
fn texts() -> Option<Vec<String>> {
    let folder = repository().join("../shared/pages");
    let mut files: Vec<PathBuf> = fs::read_dir(&folder)
        .ok()?
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "txt"))
        .collect();
    files.sort();
    assert_eq!(files.len(), 5, "{folder:?}");
    Some(files.iter().map(|path| fs::read_to_string(path).unwrap()).collect())
}

/// A text taken apart: its lines without the empty ones.
fn lines(text: &str) -> Vec<&str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).collect()
}

/// With every run of white space, of whatever kind, as one space.
fn spaced(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// `[words](#)`, as a tool left a link: its words, and the words as a link again.
fn links(text: &str) -> (String, String) {
    let (mut words, mut linked) = (String::new(), String::new());
    let mut rest = text;
    while let Some((before, from)) = rest.split_once('[')
        && let Some((name, after)) = from.split_once("](#)")
    {
        words.push_str(&format!("{before}{name}"));
        linked.push_str(&format!("{}<a href=\"#\">{}</a>", escaped(before), escaped(name)));
        rest = after;
    }
    (words + rest, linked + &escaped(rest))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

fn paragraphs(lines: &[&str]) -> String {
    lines.iter().map(|line| format!("<p>{}</p>\n", escaped(line))).collect()
}

fn document(title: &str, head: &str, body: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=utf-8><title>{} | A site</title>{head}</head>\n<body>{body}</body></html>",
        escaped(title)
    )
}

/// What a site puts around everything.
const NAVIGATION: &str = "<a class=skip href=#main>Skip to main content</a><header><nav><ul><li><a href=/>Home</a><li><a href=/about>About us</a><li><a href=/news>News</a></ul></nav></header>";
const FOOTER: &str = "<footer><p>© A site</p><ul><li><a href=/privacy>Privacy</a><li><a href=/contact>Contact</a></ul></footer>";

/// One text as a page, with what a reader needs of it.
struct Case {
    path: &'static str,
    html: String,
    title: String,
    published: Option<&'static str>,
    must: Vec<String>,
    must_not: Vec<String>,
    signatories: Option<usize>,
}

/// A resource centre's page: icon titles, then date, author, title and the excerpt, then the privacy panel.
fn excerpt(text: &str) -> Case {
    let lines = lines(text);
    let end = lines.iter().position(|line| *line == "Timeline").unwrap();
    let (icons, author, title) = (lines[0], lines[4], lines[5]);
    let body = &lines[6..end];
    let panel = &lines[end + 1..];
    let words: Vec<String> = icons
        .split_inclusive("-")
        .map(|name| format!("<symbol id=i><title>{}</title><path d=M0/></symbol>", escaped(name)))
        .collect();
    let toggles: String = panel
        .iter()
        .map(|line| match *line {
            "ON" | "OFF" => format!("<button>{line}</button>"),
            line if line.len() < 60 => format!("<h3>{}</h3>", escaped(line)),
            line => format!("<p>{}</p>", escaped(line)),
        })
        .collect();
    let html = document(
        title,
        "",
        &format!(
            "<svg style=display:none>{}</svg>{NAVIGATION}<main id=main><article><p class=type>Article</p><p class=date>{}</p><p>Author: <span class=author>{}</span></p><h1>{}</h1>{}</article><section><h2>Timeline</h2></section></main>{FOOTER}<div class=cookie-panel role=dialog aria-label=Privacy>{toggles}</div>",
            words.concat(),
            lines[2],
            escaped(author),
            escaped(title),
            paragraphs(body)
        ),
    );
    Case {
        path: "/excerpt",
        html,
        title: title.to_owned(),
        published: Some("2024-06-27"),
        must: body.iter().filter(|line| line.len() > 120).map(ToString::to_string).collect(),
        must_not: panel
            .iter()
            .filter(|line| line.len() > 20)
            .map(ToString::to_string)
            .chain(["chevron".to_owned()])
            .collect(),
        signatories: None,
    }
}

/// The joint statement: a list of names that is broken in the middle.
fn joint_statement(text: &str) -> Case {
    let lines: Vec<&str> = lines(text).into_iter().map(|line| line.trim_start_matches(['#', ' '])).collect();
    let first = lines.iter().position(|line| line.starts_with("1. ")).unwrap();
    let names: Vec<&str> = lines[first..].iter().map(|line| line.split_once(". ").unwrap().1).collect();
    let items =
        |names: &[&str]| names.iter().map(|name| format!("<li>{}</li>\n", escaped(name))).collect::<String>();
    let body = &lines[3..first - 1];
    let linked: String = body.iter().map(|line| format!("<p>{}</p>\n", links(line).1)).collect();
    let html = document(
        lines[1],
        "",
        &format!(
            "{NAVIGATION}<main id=main><h2>{}</h2><h3>{}</h3><p>{}</p>{linked}<p><em>{}</em></p><ol>{}</ol><p></p><ol start=8>{}</ol></main>{FOOTER}",
            lines[0],
            escaped(lines[1]),
            lines[2],
            lines[first - 1].trim_matches('*'),
            items(&names[..7]),
            items(&names[7..])
        ),
    );
    let mut must: Vec<String> = names.iter().map(ToString::to_string).collect();
    must.extend(body.iter().map(|line| links(line).0));
    Case {
        path: "/joint",
        html,
        title: lines[1].to_owned(),
        published: Some("2024-06-27"),
        must,
        must_not: vec!["(#)".to_owned(), "About us".to_owned()],
        signatories: Some(43),
    }
}

/// The solidarity post: two empty labels at its end.
fn solidarity(text: &str) -> Case {
    let lines = lines(text);
    let end = lines.iter().position(|line| line.starts_with("For more information")).unwrap();
    let html = document(
        lines[0],
        "",
        &format!(
            "{NAVIGATION}<main id=main><article class=node><h1>{}</h1><div class=field-body>{}</div><div class=field-links><div class=label>{}</div></div><div class=field-areas><div class=label>{}</div><a href=/areas/1>Some area</a></div></article></main>{FOOTER}",
            escaped(lines[0]),
            paragraphs(&lines[1..end]),
            lines[end],
            lines[end + 1]
        ),
    );
    Case {
        path: "/solidarity",
        html,
        title: lines[0].to_owned(),
        published: None,
        must: lines[1..end].iter().map(ToString::to_string).collect(),
        must_not: vec![lines[end + 1].to_owned(), "Some area".to_owned()],
        signatories: None,
    }
}

/// The press release: its notes to the editor, and its date at the very end.
fn press_release(text: &str) -> Case {
    let lines = lines(text);
    let notes = lines.iter().position(|line| *line == "Notes to editor").unwrap();
    let contacts: Vec<&str> =
        lines[notes + 1..lines.len() - 1].iter().map(|line| line.trim_start_matches(['•', ' '])).collect();
    let items: String = contacts.iter().map(|line| format!("<li>{}</li>", escaped(line))).collect();
    let html = document(
        lines[0],
        "",
        &format!(
            "{NAVIGATION}<main id=main><h1>{}</h1>{}<h2>{}</h2><ul>{items}</ul><p class=documentByLine><span>{}</span></p></main>{FOOTER}",
            escaped(lines[0]),
            paragraphs(&lines[1..notes]),
            lines[notes],
            lines[lines.len() - 1]
        ),
    );
    let mut must: Vec<String> = lines[1..notes].iter().map(ToString::to_string).collect();
    must.extend(contacts.iter().map(ToString::to_string));
    must.push(lines[notes].to_owned());
    Case {
        path: "/release",
        html,
        title: lines[0].to_owned(),
        published: Some("2024-06-26"),
        must,
        must_not: vec!["About us".to_owned()],
        signatories: None,
    }
}

/// The trade press: a box of other stories in the middle.
fn report(text: &str) -> Case {
    let lines = lines(text);
    let related = lines.iter().position(|line| *line == "Related Stories").unwrap();
    let others = "<aside class=related><h3>Related Stories</h3><ul><li><a href=/1>Cotton prices fall for the third week</a><li><a href=/2>A factory opens in the delta</a></ul></aside>";
    let html = document(
        lines[1],
        "",
        &format!(
            "<a href=#main>{}</a>{NAVIGATION}<main id=main><article><h1>{}</h1>{}{others}{}</article></main>{FOOTER}",
            lines[0],
            escaped(lines[1]),
            paragraphs(&lines[2..related]),
            paragraphs(&lines[related + 1..])
        ),
    );
    let body = lines[2..related].iter().chain(&lines[related + 1..]);
    Case {
        path: "/report",
        html,
        title: lines[1].to_owned(),
        published: None,
        must: body.map(ToString::to_string).collect(),
        must_not: vec![
            "Skip to main content".to_owned(),
            "Related Stories".to_owned(),
            "Cotton prices".to_owned(),
        ],
        signatories: None,
    }
}

#[test]
fn five_real_texts_come_out_as_a_reader_needs_them() {
    let Some(texts) = texts() else {
        eprintln!("the five real texts are not beside this repository: nothing to compare with");
        return;
    };
    let cases = [
        excerpt(&texts[0]),
        joint_statement(&texts[1]),
        solidarity(&texts[2]),
        press_release(&texts[3]),
        report(&texts[4]),
    ];
    let server = Server::of_table(cases.iter().map(|case| (case.path, html(&case.html))).collect());
    let home = Home::configured(&config_for(server.port()), "");
    let urls: Vec<String> = cases.iter().map(|case| server.url(case.path)).collect();
    let arguments: Vec<&str> =
        ["capture", "--json"].into_iter().chain(urls.iter().map(String::as_str)).collect();
    let captured = home.vidimus(&arguments).ok().json();
    let faults: Vec<String> =
        cases.iter().zip(&captured).flat_map(|(case, line)| faults(&home, case, line)).collect();
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

fn faults(home: &Home, case: &Case, line: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    let mut fault = |what: String| faults.push(format!("{}: {what}", case.path));
    if spaced(text(line, "title")) != spaced(&case.title) {
        fault(format!("title is {}, not {}", line["title"], case.title));
    }
    if line["published"].as_str() != case.published {
        fault(format!("published is {}, not {:?}", line["published"], case.published));
    }
    if !text(line, "language").starts_with("en") {
        fault(format!("language is {}", line["language"]));
    }
    let id = text(line, "id");
    let shown = home.vidimus(&["show", id, "--text"]).ok().text();
    let shown = spaced(&shown);
    for passage in case.must.iter().filter(|passage| !shown.contains(&spaced(passage))) {
        fault(format!("missing: {passage}"));
    }
    for passage in case.must_not.iter().filter(|passage| shown.contains(*passage)) {
        fault(format!("left in: {passage}"));
    }
    let facts = home.vidimus(&["show", id]).ok().text();
    let told = facts.lines().find(|line| line.starts_with("signatories"));
    let count = told.and_then(|told| told.split_whitespace().nth(1)?.parse::<usize>().ok());
    if count != case.signatories {
        fault(format!("signatories: {told:?}, not {:?}", case.signatories));
    }
    faults
}
