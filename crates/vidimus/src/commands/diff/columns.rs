//! A difference in two columns: A on the left, B on the right, line beside line.

use std::io;

use anstyle::Style;
use vidimus_query::columns_of;

use super::Comparison;
use super::excerpt::{Kind, Piece, pieces, reminder};
use super::inline::{MOVED, Page, heading, painted};
use crate::terminal::{self, BAD, FAINT, GOOD, ODD};

/// Columns between the two, with a sign for what happened in between.
const GUTTER: usize = 3;

/// Writes the comparison to stdout.
pub fn tell(comparison: &Comparison, context: Option<usize>) -> io::Result<()> {
    heading(comparison)?;
    if comparison.text.summary.is_same() {
        return Ok(());
    }
    terminal::line("")?;
    let mut table = Table::default();
    for piece in pieces(comparison, context) {
        table.add(&piece);
    }
    table.print(terminal::width().saturating_sub(GUTTER) / 2)
}

/// A line of either text beside its counterpart.
#[derive(Default)]
struct Row {
    left: Vec<(String, Style)>,
    right: Vec<(String, Style)>,
    sign: Option<char>,
}

#[derive(Default)]
struct Table {
    done: Vec<Row>,
    row: Row,
}

impl Table {
    fn add(&mut self, piece: &Piece<'_>) {
        match &piece.kind {
            Kind::Same => self.same(piece.old, piece.new),
            Kind::Folded(words) => self.folded(*words),
            Kind::Typography => self.changed(piece, '~', ODD, [("[~", "~]"), ("{~", "~}")]),
            Kind::Changed => {
                let sign = match (piece.old.is_empty(), piece.new.is_empty()) {
                    (false, true) => '<',
                    (true, false) => '>',
                    _ => '|',
                };
                self.sign(sign);
                self.left(piece.old, BAD, ("[-", "-]"));
                self.right(piece.new, GOOD, ("{+", "+}"));
            }
            Kind::Away(number) => {
                self.sign('<');
                self.row
                    .left
                    .push((format!("[{number}>{}>]{}", reminder(piece.old), space(piece.old)), MOVED));
            }
            Kind::Here(number, inside) => {
                self.sign('>');
                self.row.right.push((format!("{{>{number} "), MOVED));
                for piece in inside {
                    let marks = if piece.kind == Kind::Same { ("", "") } else { ("{+", "+}") };
                    let style = if piece.kind == Kind::Same { MOVED } else { GOOD };
                    if piece.kind == Kind::Changed {
                        self.right(piece.old, BAD, ("[-", "-]"));
                    }
                    self.right(piece.new, style, marks);
                }
                self.row.right.push((">}".to_owned(), MOVED));
                self.row.right.push((space(piece.new).to_owned(), Style::new()));
            }
        }
    }

    /// What both have goes on line by line, so that the columns stay beside each other.
    fn same(&mut self, old: &str, new: &str) {
        let mut left = old.split('\n').filter(|line| !line.trim().is_empty());
        let mut right = new.split('\n').filter(|line| !line.trim().is_empty());
        if starts_line(old) || starts_line(new) {
            self.end();
        }
        let mut first = true;
        loop {
            let (one, other) = (left.next(), right.next());
            if one.is_none() && other.is_none() {
                break;
            }
            if !first {
                self.end();
            }
            first = false;
            self.row.left.push((one.unwrap_or_default().to_owned(), Style::new()));
            self.row.right.push((other.unwrap_or_default().to_owned(), Style::new()));
        }
        if !first && (ends_line(old) || ends_line(new)) {
            self.end();
        }
    }

    fn folded(&mut self, words: usize) {
        if !self.row.is_empty() {
            self.end();
        }
        let text = format!("… {words} words unchanged …");
        self.row.left.push((text.clone(), FAINT));
        self.row.right.push((text, FAINT));
        self.end();
    }

    fn changed(&mut self, piece: &Piece<'_>, sign: char, style: Style, [old, new]: [(&str, &str); 2]) {
        self.sign(sign);
        self.left(piece.old, style, old);
        self.right(piece.new, style, new);
    }

    fn left(&mut self, text: &str, style: Style, marks: (&str, &str)) {
        self.row.left.extend(marked(text, style, marks));
    }

    fn right(&mut self, text: &str, style: Style, marks: (&str, &str)) {
        self.row.right.extend(marked(text, style, marks));
    }

    /// Of several signs in one row, one that says that both sides differ.
    fn sign(&mut self, sign: char) {
        let both = |old: char| if old == sign { sign } else { '|' };
        self.row.sign = Some(self.row.sign.map_or(sign, both));
    }

    fn end(&mut self) {
        self.done.push(std::mem::take(&mut self.row));
    }

    fn print(mut self, columns: usize) -> io::Result<()> {
        self.end();
        for row in self.done.iter().filter(|row| !row.is_empty()) {
            row.print(columns)?;
        }
        Ok(())
    }
}

impl Row {
    fn is_empty(&self) -> bool {
        let blank = |cell: &[(String, Style)]| cell.iter().all(|(text, _)| text.trim().is_empty());
        blank(&self.left) && blank(&self.right)
    }

    fn print(&self, columns: usize) -> io::Result<()> {
        let (left, right) = (cell(&self.left, columns), cell(&self.right, columns));
        for at in 0..left.len().max(right.len()) {
            let empty = Vec::new();
            let (one, other) = (left.get(at).unwrap_or(&empty), right.get(at).unwrap_or(&empty));
            let used: usize = one.iter().map(|(c, _)| columns_of(*c)).sum();
            let room = " ".repeat(columns.saturating_sub(used));
            let sign = self.sign.unwrap_or(' ');
            let line = format!("{}{room} {FAINT}{sign}{FAINT:#} {}", painted(one), painted(other));
            terminal::line(line.trim_end())?;
        }
        Ok(())
    }
}

/// The lines of a cell, without empty ones.
fn cell(parts: &[(String, Style)], columns: usize) -> Vec<Vec<(char, Style)>> {
    let mut page = Page::default();
    for (text, style) in parts {
        page.write(text, *style);
    }
    let mut lines = page.lines(Some(columns));
    lines.retain(|line| line.iter().any(|(c, _)| !c.is_whitespace()));
    lines
}

/// What only one side has, between signs, with its white space behind them.
fn marked(text: &str, style: Style, (open, close): (&str, &str)) -> Vec<(String, Style)> {
    let shown = if text.trim().is_empty() && text.contains('\n') { "¶" } else { text.trim() };
    if shown.is_empty() {
        return Vec::new();
    }
    vec![(format!("{open}{shown}{close}"), style), (space(text).to_owned(), Style::new())]
}

fn space(text: &str) -> &str {
    text.get(text.trim_end().len()..).unwrap_or_default()
}

fn starts_line(text: &str) -> bool {
    text.get(..text.len() - text.trim_start().len()).is_some_and(|space| space.contains('\n'))
}

fn ends_line(text: &str) -> bool {
    space(text).contains('\n')
}
