//! The form in which answers are written.

use std::collections::HashSet;
use std::io::{self, IsTerminal, Write};

use crate::answer::Answer;
use crate::args::Args;
use crate::run::RunError;
use crate::{json, report, table, tally};

/// The widest that output for people gets, and its width where there is no terminal.
const WIDEST: usize = 100;
/// Narrower than this, lines run over rather than fall apart.
const NARROWEST: usize = 30;

/// Where answers go, and how.
pub struct Output<W> {
    out: W,
    form: Form,
}

enum Form {
    People {
        width: usize,
        with_bars: bool,
    },
    Json,
    Table {
        has_headings: bool,
    },
    /// The addresses that were written already.
    Addresses(HashSet<String>),
}

impl<W: Write> Output<W> {
    /// The form that the command line asks for.
    pub fn new(args: &Args, out: W) -> Output<W> {
        let form = if args.json {
            Form::Json
        } else if args.csv {
            Form::Table { has_headings: false }
        } else if args.urls {
            Form::Addresses(HashSet::new())
        } else {
            Form::People { width: width(), with_bars: io::stdout().is_terminal() }
        };
        Output { out, form }
    }

    /// Writes an answer; only one hit at a time is in memory.
    pub fn write(&mut self, answer: &Answer<'_>) -> Result<(), RunError> {
        match &mut self.form {
            Form::People { width, with_bars } => {
                if answer.asked.line.is_some() {
                    report::asked(&mut self.out, answer).map_err(RunError::Output)?;
                }
                let mut number = answer.offset;
                let last = number.saturating_add(answer.found.shown());
                for hit in answer.found.hits() {
                    number += 1;
                    let hit = hit.map_err(RunError::Index)?;
                    report::hit(&mut self.out, &hit, number, last, *width).map_err(RunError::Output)?;
                    if number < last {
                        writeln!(self.out).map_err(RunError::Output)?;
                    }
                }
                let is_first = answer.found.shown() == 0 && answer.asked.line.is_none();
                tally::write(&mut self.out, &answer.tallies, is_first, *with_bars)
                    .map_err(RunError::Output)?;
            }
            Form::Json => json::write(&mut self.out, answer)?,
            Form::Table { has_headings } => {
                if !std::mem::replace(has_headings, true) {
                    table::headings(&mut self.out)?;
                }
                table::write(&mut self.out, answer)?;
            }
            Form::Addresses(written) => {
                for url in answer.found.urls() {
                    let url = report::printable(&url.map_err(RunError::Index)?);
                    if !written.contains(&url) {
                        writeln!(self.out, "{url}").map_err(RunError::Output)?;
                        written.insert(url);
                    }
                }
            }
        }
        self.out.flush().map_err(RunError::Output)
    }
}

pub(crate) fn width() -> usize {
    if !io::stdout().is_terminal() {
        return WIDEST;
    }
    let columns = terminal_size::terminal_size().map_or(WIDEST, |(width, _)| usize::from(width.0));
    columns.clamp(NARROWEST, WIDEST)
}
