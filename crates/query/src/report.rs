//! Output for people.
//!
//! At a terminal, titles are bold and matches coloured; `NO_COLOR` and pipes get the same text
//! without any marks, so that what is copied is what was written.

use std::io::{self, Write};
use std::ops::Range;

use anstyle::{AnsiColor, Style};
use unicode_width::UnicodeWidthStr;
use vidimus_index::{Fold, Hit, Results};

use crate::answer::Answer;
use crate::run::RunError;
use crate::wrap;

/// Of headings.
pub const TITLE: Style = Style::new().bold();
/// Of what stands aside.
pub const FACTS: Style = Style::new().dimmed();
/// Of addresses.
pub const ADDRESS: Style = AnsiColor::Cyan.on_default();
/// Of what was found.
pub const MATCH: Style = AnsiColor::Yellow.on_default().bold();
const ERROR: Style = AnsiColor::Red.on_default().bold();
const CARET: Style = AnsiColor::Red.on_default().bold();

/// How much of a capture's name is shown; `vidimus show` takes it.
const SHORT_NAME: usize = 12;
/// How many near-copies are named; `--json` has them all.
const NAMED: usize = 5;

/// Says something on stderr.
pub fn remark(text: &str) {
    // Whoever closed stderr does not want to hear it.
    let _ = writeln!(anstream::stderr(), "{text}");
}

/// Says on stderr that a line of a batch makes no sense.
pub fn mistake(place: &str, what: &str) {
    let line = format!("{}: {}", printable(place), printable(what));
    let _ = writeln!(anstream::stderr(), "{ERROR}error:{ERROR:#} {line}");
}

/// Says on stderr what was left out, and how to see it.
pub fn left_out(count: usize) {
    if count > 0 {
        remark(&left_out_line(count));
    }
}

fn left_out_line(count: usize) -> String {
    let pages = if count == 1 { "1 page is".to_owned() } else { format!("{count} pages are") };
    format!(
        "{pages} left out: a question about cookies, a login, an error page or an empty one came in place of the statement (--kind any shows them)"
    )
}

/// Writes the query of a line of a batch, and how many hits it has.
pub fn asked(out: &mut impl Write, answer: &Answer<'_>) -> io::Result<()> {
    let line = answer.asked.line.unwrap_or(0);
    let query = printable(answer.asked.query);
    writeln!(out, "{TITLE}line {line}: {query}{TITLE:#}: {}", answer.count_line())
}

/// Writes numbered hits, best first.
pub fn hits(out: &mut impl Write, results: &Results, width: usize) -> io::Result<()> {
    let last = results.hits.len();
    for (index, one) in results.hits.iter().enumerate() {
        if index > 0 {
            writeln!(out)?;
        }
        hit(out, one, index + 1, last, width)?;
    }
    out.flush()
}

/// Writes one hit with its number; `last` is the greatest of the numbers.
pub fn hit(out: &mut impl Write, hit: &Hit, number: usize, last: usize, width: usize) -> io::Result<()> {
    let indent = last.to_string().len() + 2;
    write!(out, "{number:>width$}. ", width = indent - 2)?;
    write_hit(out, hit, indent, width)
}

fn write_hit(out: &mut impl Write, hit: &Hit, indent: usize, width: usize) -> io::Result<()> {
    let columns = width.saturating_sub(indent).max(1);
    let title = printable(&hit.title);
    let title = if title.is_empty() { "(no title)".to_owned() } else { title };
    write_wrapped(out, &title, columns, indent, true, |_| TITLE)?;
    write_wrapped(out, &facts(hit), columns, indent, false, |_| FACTS)?;
    // An address stays on one line, however long, so that it can be copied.
    writeln!(out, "{:indent$}{ADDRESS}{}{ADDRESS:#}", "", printable(&hit.url))?;
    let (snippet, highlights) = hit.snippet.joined();
    let style = |at: usize| if is_in(&highlights, at) { MATCH } else { Style::new() };
    write_wrapped(out, &snippet, columns, indent, false, style)?;
    write_wrapped(out, &under(&hit.fold), columns, indent, false, |_| FACTS)
}

/// What is folded under a hit; nothing where nothing is.
fn under(fold: &Fold) -> String {
    let plural = |count: usize| if count == 1 { "" } else { "s" };
    match fold {
        Fold::Nothing => String::new(),
        Fold::Versions { others, superseded } => {
            let others = (*others > 0).then(|| {
                let verb = if *others == 1 { "matches" } else { "match" };
                format!("{others} other version{} of this page {verb}", plural(*others))
            });
            let later = superseded.then(|| "the page has a later version, which does not match".to_owned());
            others.into_iter().chain(later).collect::<Vec<_>>().join("; ")
        }
        Fold::Copies(copies) if copies.is_empty() => String::new(),
        Fold::Copies(copies) => {
            let names: Vec<String> = copies.iter().take(NAMED).map(|copy| short(&copy.id)).collect();
            let more = if copies.len() > NAMED { " …" } else { "" };
            let count = copies.len();
            let noun = if count == 1 { "near-copy" } else { "near-copies" };
            format!("{count} {noun}: {}{more}", names.join(" "))
        }
    }
}

fn short(id: &str) -> String {
    id.chars().take(SHORT_NAME).collect()
}

/// Whether it was imported, source, day, language, and the name by which the capture is shown.
fn facts(hit: &Hit) -> String {
    let day = match hit.published {
        Some(day) => format!("published {day}"),
        None => format!("captured {}", hit.captured_at.strftime("%Y-%m-%d")),
    };
    let name = short(&hit.id);
    let kind = hit.kind.as_deref().filter(|kind| *kind != "article").map(printable);
    let partial = hit.partial.then(|| "only the beginning".to_owned());
    let lang = hit.lang.as_deref().map(printable);
    let imported = (!hit.witnessed).then(|| "imported".to_owned());
    let parts = [imported, Some(printable(&hit.source)), Some(day), lang, kind, partial, Some(name)];
    parts.into_iter().flatten().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")
}

fn is_in(spans: &[Range<usize>], at: usize) -> bool {
    let after = spans.partition_point(|span| span.start <= at);
    after.checked_sub(1).and_then(|index| spans.get(index)).is_some_and(|span| at < span.end)
}

/// Writes a text in lines of at most so many columns; `style` says how each character looks.
pub(crate) fn write_wrapped(
    out: &mut impl Write,
    text: &str,
    columns: usize,
    indent: usize,
    starts_indented: bool,
    style: impl Fn(usize) -> Style,
) -> io::Result<()> {
    let chars: Vec<char> = text.chars().collect();
    for (index, line) in wrap::lines(&chars, columns).into_iter().enumerate() {
        let spaces = if index == 0 && starts_indented { 0 } else { indent };
        write!(out, "{:spaces$}", "")?;
        write_styled(out, &chars, line, &style)?;
        writeln!(out)?;
    }
    Ok(())
}

fn write_styled(
    out: &mut impl Write,
    chars: &[char],
    line: Range<usize>,
    style: &impl Fn(usize) -> Style,
) -> io::Result<()> {
    let mut current = Style::new();
    let mut run = String::new();
    for at in line {
        let wanted = style(at);
        if wanted != current {
            write!(out, "{run}{current:#}{wanted}")?;
            run.clear();
            current = wanted;
        }
        run.extend(chars.get(at));
    }
    write!(out, "{run}{current:#}")
}

/// Text that a stranger wrote, on one line, without what would steer a terminal or turn the direction of writing.
pub fn printable(text: &str) -> String {
    let steers = |c: char| matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}');
    let plain: String =
        text.chars().filter(|c| !steers(*c)).map(|c| if c.is_control() { ' ' } else { c }).collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Says on stderr what went wrong and what to do next.
pub fn error(error: &RunError) {
    // When stderr is gone as well, the exit code has to do.
    let _ = write_error(&mut anstream::stderr(), error);
}

/// How much of a query is shown before and after a mistake in it, in characters.
const AROUND: usize = 60;

/// The query on one line, or of a long one the part around a column; and what of that comes before the column.
fn around(query: &str, column: usize) -> (String, String) {
    // One character each, so that the column still fits.
    let chars: Vec<char> = query.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let at = column.saturating_sub(1).min(chars.len());
    let (from, to) = (at.saturating_sub(AROUND), (at + AROUND).min(chars.len()));
    let part = |from: usize, to: usize| chars.get(from..to).unwrap_or_default().iter().collect::<String>();
    let mark = |is_cut: bool| if is_cut { "…" } else { "" };
    let before = format!("{}{}", mark(from > 0), part(from, at));
    (format!("{before}{}{}", part(at, to), mark(to < chars.len())), before)
}

fn write_error(out: &mut impl Write, error: &RunError) -> io::Result<()> {
    write!(out, "{ERROR}error:{ERROR:#} ")?;
    match error {
        RunError::Query(query, mistake) => {
            writeln!(out, "{}", printable(&mistake.message))?;
            let (line, before) = around(query, mistake.column);
            writeln!(out, "\n  {line}")?;
            writeln!(out, "  {:spaces$}{CARET}^{CARET:#}", "", spaces = before.width())?;
            writeln!(out, "{}; see --help-query", printable(&mistake.hint))
        }
        RunError::Dates(since, until) => {
            writeln!(out, "--since {since} is after --until {until}; exchange the two")
        }
        RunError::Reverse => {
            writeln!(
                out,
                "--reverse needs --sort published or --sort captured: the worst hits first are of no use"
            )
        }
        RunError::Batch(file, error) => {
            writeln!(out, "the queries in {} cannot be read: {error}", file.display())
        }
        RunError::Index(error @ vidimus_index::IndexError::NoIndex { .. }) => {
            writeln!(out, "{error}\nFor another archive give --archive DIR or set VIDIMUS_ARCHIVE.")
        }
        RunError::Index(error) => writeln!(out, "{error}"),
        RunError::Output(error) => writeln!(out, "the output could not be written: {error}"),
    }
}

#[cfg(test)]
pub mod tests {
    use vidimus_index::{Fragment, Snippet};

    use super::*;

    /// Two hits as a search would give them.
    pub fn results() -> Results {
        let first = Hit {
            id: "0123456789abcdef".repeat(4),
            url: "https://example.org/statement".into(),
            host: "example.org".into(),
            source: "example".into(),
            organisation: None,
            title: "Arrestation d’une journaliste".into(),
            authors: vec!["A. Writer".into()],
            lang: Some("fr".into()),
            kind: Some("article".into()),
            partial: false,
            witnessed: true,
            published: Some(jiff::civil::date(2024, 6, 26)),
            captured_at: "2024-06-27T08:00:00Z".parse().unwrap(),
            score: 1.5,
            fold: Fold::Nothing,
            snippet: Snippet {
                fragments: vec![Fragment {
                    text: "Nous dénonçons l’arrestation d’une journaliste.".into(),
                    highlights: std::iter::once(16..27).collect(),
                    cut_before: false,
                    cut_after: false,
                }],
            },
        };
        let second = Hit {
            title: String::new(),
            published: None,
            kind: Some("listing".into()),
            partial: true,
            witnessed: false,
            lang: None,
            snippet: Snippet::default(),
            ..first.clone()
        };
        Results { total: 2, left_out: 0, folded: None, hits: vec![first, second] }
    }

    fn rendered(width: usize) -> (String, String) {
        let mut out = Vec::new();
        hits(&mut out, &results(), width).unwrap();
        let styled = String::from_utf8(out).unwrap();
        (anstream::adapter::strip_str(&styled).to_string(), styled)
    }

    #[test]
    fn hits_are_numbered_and_say_what_they_are() {
        let (plain, _) = rendered(100);
        assert_eq!(
            plain,
            "1. Arrestation d’une journaliste\n   \
             example · published 2024-06-26 · fr · 0123456789ab\n   \
             https://example.org/statement\n   \
             Nous dénonçons l’arrestation d’une journaliste.\n\
             \n\
             2. (no title)\n   \
             imported · example · captured 2024-06-27 · listing · only the beginning · 0123456789ab\n   \
             https://example.org/statement\n"
        );
    }

    #[test]
    fn titles_and_matches_stand_out() {
        let (_, styled) = rendered(100);
        assert!(styled.contains(&format!("{TITLE}Arrestation d’une journaliste{TITLE:#}")), "{styled:?}");
        assert!(styled.contains(&format!("{MATCH}")), "{styled:?}");
    }

    #[test]
    fn lines_keep_to_the_width_except_addresses() {
        let (plain, _) = rendered(30);
        for line in plain.lines().filter(|line| !line.contains("https://")) {
            assert!(line.width() <= 30, "{line}");
        }
        assert!(plain.contains("\n   https://example.org/statement\n"));
    }

    #[test]
    fn a_stranger_cannot_steer_the_terminal() {
        assert_eq!(printable("a\u{1b}[2Jb\r\n\u{202E}c"), "a [2Jb c");
    }

    #[test]
    fn what_is_folded_is_said() {
        let versions = |others, superseded| under(&Fold::Versions { others, superseded });
        assert_eq!(versions(0, false), "");
        assert_eq!(versions(1, false), "1 other version of this page matches");
        let both = "2 other versions of this page match; the page has a later version, which does not match";
        assert_eq!(versions(2, true), both);
        let [first, _] = <[Hit; 2]>::try_from(results().hits).unwrap();
        let copy = vidimus_index::NearCopy {
            id: first.id,
            url: first.url,
            source: first.source,
            published: None,
            captured_at: first.captured_at,
        };
        assert_eq!(under(&Fold::Copies(vec![copy.clone()])), "1 near-copy: 0123456789ab");
        let many = under(&Fold::Copies(vec![copy; 7]));
        assert!(
            many.starts_with("7 near-copies: 0123456789ab 0123456789ab") && many.ends_with(" …"),
            "{many}"
        );
        assert_eq!(under(&Fold::Copies(Vec::new())), "");
    }

    #[test]
    fn what_is_left_out_is_said() {
        assert!(left_out_line(1).starts_with("1 page is left out"));
        assert!(left_out_line(3).ends_with("(--kind any shows them)"));
    }

    #[test]
    fn a_mistake_is_pointed_at() {
        let query = "言论 AND".to_owned();
        let mistake = vidimus_index::parse(&query).unwrap_err();
        let mut out = Vec::new();
        write_error(&mut out, &RunError::Query(query, mistake)).unwrap();
        let plain = anstream::adapter::strip_str(std::str::from_utf8(&out).unwrap()).to_string();
        let lines: Vec<&str> = plain.lines().collect();
        assert_eq!(lines[2], "  言论 AND");
        assert_eq!(lines[3], "       ^");
        assert!(lines[4].contains("--help-query"));
    }
}
