//! What says the same words as a text, for people and for programs.

use std::io::{self, Write};
use std::ops::Range;

use anstyle::Style;
use serde_json::{Value, json};
use vidimus_index::{Characters, Document, Link, Links, Shared};

use crate::report::{ADDRESS, FACTS, MATCH, TITLE, printable, write_wrapped};

/// Counts up when a key of a link changes its meaning or goes away; new keys do not change it.
pub const LINK_FORMAT: u32 = 1;

/// How much of a capture's name is shown.
const SHORT_NAME: usize = 12;
/// Up to so many bytes between equal words are a change, and more are left out.
const SMALL_CHANGE: usize = 60;
/// How many words of a passage are shown.
const FIRST_WORDS: usize = 24;

/// How many there are, in a sentence.
pub(crate) fn count_line(links: &Links) -> String {
    let pages = match links.total {
        0 => "no other page says the same words".to_owned(),
        1 => "1 other page says the same words".to_owned(),
        total => format!("{total} other pages say the same words"),
    };
    let shown = links.links.len();
    let shown = if shown < links.total {
        format!(", the {shown} with the most of them shown (-n)")
    } else {
        String::new()
    };
    let more = match links.not_compared {
        0 => String::new(),
        more => format!("; up to {more} more share a few words at least and were not compared"),
    };
    format!("{pages}{shown}{more}")
}

/// Writes the text that was asked about and, numbered, the pages that say the same words.
pub fn write_links(out: &mut impl Write, links: &Links, width: usize) -> io::Result<()> {
    let indent = links.links.len().to_string().len() + 2;
    for (index, link) in links.links.iter().enumerate() {
        if index > 0 {
            writeln!(out)?;
        }
        write!(out, "{:>width$}. ", index + 1, width = indent - 2)?;
        write_link(out, links, link, indent, width)?;
    }
    out.flush()
}

fn write_link(
    out: &mut impl Write,
    links: &Links,
    link: &Link,
    indent: usize,
    width: usize,
) -> io::Result<()> {
    let columns = width.saturating_sub(indent).max(1);
    write_wrapped(out, &title(&link.document), columns, indent, true, |_| TITLE)?;
    write_wrapped(out, &facts(link), columns, indent, false, |_| FACTS)?;
    writeln!(out, "{:indent$}{ADDRESS}{}{ADDRESS:#}", "", printable(&link.document.url))?;
    write_wrapped(out, &shares(link), columns, indent, false, |_| Style::new())?;
    let Some(first) = link.shared.first() else { return Ok(()) };
    write_wrapped(out, &beginning(&links.document, first), columns, indent, false, |_| MATCH)
}

fn title(document: &Document) -> String {
    let title = printable(&document.title);
    if title.is_empty() { "(no title)".to_owned() } else { title }
}

/// What sort it is, whose, when, and the name by which the capture is shown.
fn facts(link: &Link) -> String {
    let name: String = link.document.id.chars().take(SHORT_NAME).collect();
    let imported = if link.document.witnessed { "" } else { "imported" };
    let parts = [
        link.sort.as_str().to_owned(),
        imported.to_owned(),
        printable(&link.document.source),
        link.order.to_string(),
        name,
    ];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")
}

fn shares(link: &Link) -> String {
    let (asked, this) = (percent(link.share_of_asked), percent(link.share_of_this));
    format!(
        "{asked} of the words asked about stand here, {this} of the words here stand there ({} words)",
        link.words
    )
}

fn percent(share: f64) -> String {
    match share * 100.0 {
        share if share > 0.0 && share < 1.0 => "less than 1 %".to_owned(),
        share => format!("{share:.0} %"),
    }
}

/// The first words of a passage.
fn beginning(document: &Document, shared: &Shared) -> String {
    let passage = printable(document.text.get(shared.asked.clone()).unwrap_or_default());
    let short: String = passage.chars().take(FIRST_WORDS * 8).collect();
    let words: Vec<&str> = short.split(' ').take(FIRST_WORDS).collect();
    let words = words.join(" ");
    if words.len() < passage.len() { format!("{words} …") } else { words }
}

/// Writes the links, one JSON object a line.
pub fn write_links_json(out: &mut impl Write, links: &Links) -> io::Result<()> {
    for line in links_json(links) {
        serde_json::to_writer(&mut *out, &line)?;
        out.write_all(b"\n")?;
    }
    out.flush()
}

/// Each link as a JSON object.
pub fn links_json(links: &Links) -> Vec<Value> {
    let asked = Characters::of(&links.document.text);
    links.links.iter().map(|link| link_json(links, &asked, link)).collect()
}

fn link_json(links: &Links, asked: &Characters, link: &Link) -> Value {
    let Link { document, order, .. } = link;
    let this = Characters::of(&document.text);
    let passages = link.shared.iter().map(|shared| {
        let equal = shared.equal.iter();
        json!({
            "words": shared.words,
            "of_asked": asked.span(&shared.asked),
            "of_this": this.span(&shared.this),
            "text": document.text.get(shared.this.clone()),
            "equal": equal.map(|(here, there)| [asked.span(here), this.span(there)]).collect::<Vec<_>>(),
        })
    });
    json!({
        "format": LINK_FORMAT,
        "asked": links.document.id,
        "id": document.id,
        "url": document.url,
        "title": document.title,
        "source": document.source,
        "organisation": document.organisation,
        "lang": document.lang,
        "witnessed": document.witnessed,
        "published": document.published.map(|day| day.to_string()),
        "captured_at": document.captured_at.to_string(),
        "sort": link.sort.as_str(),
        "share_of_asked": rounded(link.share_of_asked),
        "share_of_this": rounded(link.share_of_this),
        "words": link.words,
        "order": {
            "relation": order.relation.as_str(),
            "basis": order.basis.as_str(),
            "day": order.day.to_string(),
            "days": order.days,
            "claimed": order.is_claimed,
            "text": order.to_string(),
        },
        "passages": passages.collect::<Vec<_>>(),
    })
}

/// Four digits are more than the words allow.
fn rounded(share: f64) -> f64 {
    (share * 10_000.0).round() / 10_000.0
}

/// Writes the text that was asked about with its passages marked as `[1> … <1]`, and below it who else has each.
pub fn write_spans(out: &mut impl Write, links: &Links, width: usize) -> io::Result<()> {
    writeln!(out, "{TITLE}{}{TITLE:#}\n", title(&links.document))?;
    let mut at = 0;
    for (place, marks) in marks(links) {
        write_text(out, &links.document.text, at..place)?;
        write!(out, "{MATCH}{marks}{MATCH:#}")?;
        at = place;
    }
    write_text(out, &links.document.text, at..links.document.text.len())?;
    writeln!(out, "\n\n{}", count_line(links))?;
    if !links.links.is_empty() {
        writeln!(out)?;
    }
    write_links(out, links, width)
}

/// Lines stay lines; nothing in them steers the terminal.
fn write_text(out: &mut impl Write, text: &str, span: Range<usize>) -> io::Result<()> {
    let text = text.get(span).unwrap_or_default();
    let steers = |c: &char| matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}');
    let plain: String = text
        .chars()
        .filter(|c| !steers(c))
        .map(|c| if c.is_control() && c != '\n' { ' ' } else { c })
        .collect();
    out.write_all(plain.as_bytes())
}

/// What of a passage stands in the other text as well: small changes are within, what an ellipsis stands for is not.
fn without_gaps(shared: &Shared) -> Vec<Range<usize>> {
    let mut spans: Vec<Range<usize>> = Vec::new();
    for (asked, _) in &shared.equal {
        match spans.last_mut() {
            Some(last) if asked.start <= last.end + SMALL_CHANGE => last.end = asked.end,
            _ => spans.push(asked.clone()),
        }
    }
    spans
}

/// The marks to be set, each with its place: what ends comes before what begins.
fn marks(links: &Links) -> Vec<(usize, String)> {
    let mut places: Vec<(usize, bool, usize)> = Vec::new();
    for (number, link) in (1..).zip(&links.links) {
        for span in link.shared.iter().flat_map(without_gaps) {
            places.push((span.start, true, number));
            places.push((span.end, false, number));
        }
    }
    places.sort_unstable();
    let alike = places.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1));
    let marks = alike.filter_map(|alike| {
        let (place, begins, _) = *alike.first()?;
        let numbers = numbers(alike.iter().map(|(.., number)| *number));
        Some((place, if begins { format!("[{numbers}> ") } else { format!(" <{numbers}]") }))
    });
    marks.collect()
}

/// `1-3,7` for 1, 2, 3, 7.
fn numbers(ascending: impl Iterator<Item = usize>) -> String {
    let mut spans: Vec<(usize, usize)> = Vec::new();
    for number in ascending {
        match spans.last_mut() {
            Some((_, last)) if number <= *last + 1 => *last = number,
            _ => spans.push((number, number)),
        }
    }
    let span = |(first, last): &(usize, usize)| {
        if first == last { first.to_string() } else { format!("{first}-{last}") }
    };
    spans.iter().map(span).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use vidimus_index::{IndexWriter, LinkOptions, Searcher};

    use super::*;

    const STATEMENT: &str = "Two surveyors were taken from the water at half past seven in the morning.\n\
        What nobody may do is to answer a measurement – in “metres” – with a prison cell.\nThey are held without a charge.";

    fn links() -> Links {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = IndexWriter::open(folder.path()).unwrap();
        let quoting = "The ministry has been silent since Monday, as the offices along the river know it.\nThe centre \
            wrote: “What nobody may do is to answer a measurement – in ‘metres’ – with a prison cell.” So far nobody \
            has answered, and the boats stay where they are until the water falls again.";
        for (id, host, day, text) in [
            ("0a", "one.example", "2024-06-26", STATEMENT),
            ("0b", "two.example", "2024-06-28", quoting),
            ("0c", "three.example", "2024-06-29", "Something else is said on this page, and it is short."),
        ] {
            let document = Document {
                id: id.repeat(32),
                url: format!("https://{host}/"),
                host: host.to_owned(),
                source: host.to_owned(),
                title: "A title".into(),
                witnessed: true,
                published: day.parse().ok(),
                captured_at: "2024-07-01T08:00:00Z".parse().unwrap(),
                text: text.to_owned(),
                ..Document::default()
            };
            writer.add(&document).unwrap();
        }
        writer.close().unwrap();
        let searcher = Searcher::open(folder.path()).unwrap();
        searcher.links(&"0a".repeat(32), &LinkOptions::default()).unwrap()
    }

    fn written(write: impl Fn(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        write(&mut out);
        anstream::adapter::strip_str(std::str::from_utf8(&out).unwrap()).to_string()
    }

    #[test]
    fn people_read_who_says_the_same_and_when() {
        let text = written(|out| write_links(out, &links(), 200).unwrap());
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        assert_eq!(lines[0], "1. A title");
        assert_eq!(lines[1], "quote · two.example · published 2024-06-28, 2 days after · 0b0b0b0b0b0b");
        assert_eq!(lines[2], "https://two.example/");
        assert!(lines[3].contains("of the words asked about stand here"), "{text}");
        assert!(lines[4].starts_with("What nobody may do"), "{text}");
        assert_eq!(count_line(&links()), "1 other page says the same words");
    }

    #[test]
    fn programs_get_spans_in_characters() {
        let links = links();
        let lines = links_json(&links);
        assert_eq!((lines.len(), &lines[0]["format"], &lines[0]["sort"]), (1, &json!(1), &json!("quote")));
        assert_eq!(lines[0]["order"]["relation"], "after");
        let passage = &lines[0]["passages"][0];
        let text: Vec<char> = links.document.text.chars().collect();
        let at = |n: usize| usize::try_from(passage["of_asked"][n].as_u64().unwrap()).unwrap();
        let marked: String = text[at(0)..at(1)].iter().collect();
        assert_eq!(
            marked,
            "What nobody may do is to answer a measurement – in “metres” – with a prison cell"
        );
        assert!(passage["text"].as_str().unwrap().contains("‘metres’"));
    }

    #[test]
    fn what_an_ellipsis_stands_for_is_not_marked() {
        let equal = [(0..40, 0..40), (60..100, 50..90), (900..950, 95..145)];
        let shared = Shared { asked: 0..950, this: 0..145, equal: equal.to_vec(), words: 25 };
        assert_eq!(without_gaps(&shared), [0..100, 900..950]);
    }

    #[test]
    fn passages_are_marked_in_the_text() {
        let text = written(|out| write_spans(out, &links(), 100).unwrap());
        assert!(text.contains("morning.\n[1> What nobody"), "{text}");
        assert!(text.contains("prison cell <1].\nThey are"), "{text}");
        assert_eq!(numbers([1, 2, 3, 5, 7, 8].into_iter()), "1-3,5,7-8");
    }
}
