//! Output for spreadsheets: RFC 4180, UTF-8, a line of headings first.
//!
//! What is in the cells was written by strangers, so a cell that a spreadsheet would compute begins with an apostrophe.

use std::io::{self, Write};

use csv::{Terminator, WriterBuilder};
use vidimus_index::{Fold, Hit};
use vidimus_snapshot::harmless_cell;

use crate::answer::{Answer, Asked};
use crate::report::printable;
use crate::run::RunError;

/// The columns, in their order. New ones are added at the end.
const COLUMNS: [&str; 18] = [
    "id",
    "url",
    "title",
    "authors",
    "source",
    "organisation",
    "lang",
    "kind",
    "partial",
    "witnessed",
    "published",
    "captured_at",
    "score",
    "snippet",
    "other_versions",
    "near_copies",
    "line",
    "query",
];

/// Writes the line of headings.
pub fn headings(out: &mut impl Write) -> Result<(), RunError> {
    let mut table = table(out);
    table.write_record(COLUMNS).map_err(of_disk)?;
    table.flush().map_err(RunError::Output)
}

/// Writes the hits of an answer, one row each.
pub fn write(out: &mut impl Write, answer: &Answer<'_>) -> Result<(), RunError> {
    let mut table = table(out);
    for hit in answer.found.hits() {
        let hit = hit.map_err(RunError::Index)?;
        table.write_record(row(&hit, answer.asked)).map_err(of_disk)?;
    }
    table.flush().map_err(RunError::Output)
}

fn table<W: Write>(out: W) -> csv::Writer<W> {
    WriterBuilder::new().terminator(Terminator::CRLF).from_writer(out)
}

fn of_disk(error: csv::Error) -> RunError {
    RunError::Output(match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    })
}

fn row(hit: &Hit, asked: Asked<'_>) -> [String; COLUMNS.len()] {
    let text = |text: &str| harmless_cell(&printable(text));
    let maybe = |value: &Option<String>| text(value.as_deref().unwrap_or_default());
    let (versions, copies) = match &hit.fold {
        Fold::Nothing => (String::new(), String::new()),
        Fold::Versions { others, .. } => (others.to_string(), String::new()),
        Fold::Copies(copies) => (String::new(), copies.len().to_string()),
    };
    [
        hit.id.clone(),
        text(&hit.url),
        text(&hit.title),
        text(&hit.authors.join("; ")),
        text(&hit.source),
        maybe(&hit.organisation),
        maybe(&hit.lang),
        maybe(&hit.kind),
        hit.partial.to_string(),
        hit.witnessed.to_string(),
        hit.published.map(|day| day.to_string()).unwrap_or_default(),
        hit.captured_at.to_string(),
        hit.score.to_string(),
        text(&hit.snippet.joined().0),
        versions,
        copies,
        asked.line.map(|line| line.to_string()).unwrap_or_default(),
        text(asked.query),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::results;

    #[test]
    fn a_row_has_a_cell_for_each_heading_and_no_formula() {
        let [mut hit, _] = <[Hit; 2]>::try_from(results().hits).unwrap();
        hit.title = "=HYPERLINK(\"x\")".into();
        let cells = row(&hit, Asked { query: "-a", line: Some(3) });
        assert_eq!(cells[2], "'=HYPERLINK(\"x\")");
        assert_eq!(cells[10..12], ["2024-06-26", "2024-06-27T08:00:00Z"]);
        assert_eq!(cells[16..], ["3", "'-a"]);
    }
}
