//! One search, from the query to the last line of output.

use std::io::{self, IsTerminal, Write};

use vidimus_index::{IndexError, Kinds, LinkOptions, Options, QueryError, Searcher};

use crate::args::Args;
use crate::{help, json, report, reposts};

/// The widest that output for people gets, and its width where there is no terminal.
const WIDEST: usize = 100;
/// Narrower than this, lines run over rather than fall apart.
const NARROWEST: usize = 30;

/// How a search ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Something was found.
    Found,
    /// Nothing was.
    Nothing,
}

/// Why a search could not be made.
#[derive(Debug)]
pub enum RunError {
    /// The query makes no sense.
    Query(String, QueryError),
    /// The two ends of the time span are the wrong way round.
    Dates(jiff::civil::Date, jiff::civil::Date),
    /// The index cannot be used.
    Index(IndexError),
    /// Output failed.
    Output(io::Error),
}

/// Does what the command line asks for.
pub fn run(args: &Args) -> Result<Outcome, RunError> {
    let mut out = anstream::stdout().lock();
    if args.help_query {
        return quietly(out.write_all(help::QUERY_HELP.as_bytes()));
    }
    if let Some(name) = &args.reposts_of {
        return reposts_of(&mut out, args, name);
    }
    let text = args.query.join(" ");
    let query = vidimus_index::parse(&text).map_err(|error| RunError::Query(text, error))?;
    let options = options(args)?;
    let searcher = Searcher::open(&args.archive.join("index")).map_err(RunError::Index)?;
    let results = searcher.search(&query, &options).map_err(RunError::Index)?;

    // The count comes first, so that it stands above the hits and not among them.
    report::count(results.total, results.hits.len());
    report::left_out(results.left_out);
    if results.total == 0 {
        return Ok(Outcome::Nothing);
    }
    if args.json {
        quietly(json::write(&mut out, &results))
    } else {
        quietly(report::hits(&mut out, &results, width()))
    }
}

/// Answers who else says the same words as a text.
fn reposts_of(out: &mut impl Write, args: &Args, name: &str) -> Result<Outcome, RunError> {
    let searcher = Searcher::open(&args.archive.join("index")).map_err(RunError::Index)?;
    let id = searcher.named(name).map_err(RunError::Index)?;
    let options = LinkOptions { limit: args.limit, ..LinkOptions::default() };
    let links = searcher.links(&id, &options).map_err(RunError::Index)?;
    report::remark(&reposts::count_line(&links));
    if links.total == 0 {
        return Ok(Outcome::Nothing);
    }
    if args.json {
        quietly(reposts::write_links_json(out, &links))
    } else {
        quietly(reposts::write_links(out, &links, width()))
    }
}

fn options(args: &Args) -> Result<Options, RunError> {
    if let (Some(since), Some(until)) = (args.since, args.until)
        && since > until
    {
        return Err(RunError::Dates(since, until));
    }
    Ok(Options {
        limit: args.limit,
        offset: 0,
        source: args.source.clone(),
        since: args.since,
        until: args.until,
        lang: args.lang.clone(),
        kinds: match args.kind.as_deref().map(str::trim) {
            None => Kinds::Statements,
            Some(kind) if kind.eq_ignore_ascii_case("any") => Kinds::All,
            Some(kind) => Kinds::Only(kind.to_owned()),
        },
    })
}

/// A reader that has seen enough, such as `head`, is no error.
fn quietly(written: io::Result<()>) -> Result<Outcome, RunError> {
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(RunError::Output(error)),
        _ => Ok(Outcome::Found),
    }
}

fn width() -> usize {
    if !io::stdout().is_terminal() {
        return WIDEST;
    }
    let columns = terminal_size::terminal_size().map_or(WIDEST, |(width, _)| usize::from(width.0));
    columns.clamp(NARROWEST, WIDEST)
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[test]
    fn dates_the_wrong_way_round_are_refused() {
        let args = Args::parse_from(["q", "a", "--since", "2024", "--until", "2023"]);
        assert!(matches!(options(&args), Err(RunError::Dates(..))));
        let args = Args::parse_from(["q", "a", "--since", "2024", "--until", "2024"]);
        assert!(options(&args).is_ok());
    }

    #[test]
    fn a_closed_pipe_is_no_error() {
        assert!(quietly(Err(io::ErrorKind::BrokenPipe.into())).is_ok());
        assert!(quietly(Err(io::ErrorKind::StorageFull.into())).is_err());
    }
}
