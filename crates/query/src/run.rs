//! One search, or many, from the query to the last line of output.

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use anstream::AutoStream;
use clap::CommandFactory;
use vidimus_index::{IndexError, LinkOptions, QueryError, Searcher};

use crate::answer::{Asked, ask};
use crate::args::{Args, NAME};
use crate::batch::Batch;
use crate::output::{self, Output};
use crate::{help, report, reposts, wanted};

/// How a search ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Something was found.
    Found,
    /// Nothing was.
    Nothing,
    /// Of many queries one at least made no sense, which was told.
    Mistaken,
}

/// Why a search could not be made.
#[derive(Debug)]
pub enum RunError {
    /// The query makes no sense.
    Query(String, QueryError),
    /// The two ends of the time span are the wrong way round.
    Dates(jiff::civil::Date, jiff::civil::Date),
    /// An order by score has no reverse.
    Reverse,
    /// The index cannot be used.
    Index(IndexError),
    /// The file of queries cannot be read.
    Batch(PathBuf, io::Error),
    /// Output failed.
    Output(io::Error),
}

/// Does what the command line asks for. A reader that has seen enough, such as `head`, is no error.
pub fn run(args: &Args) -> Result<Outcome, RunError> {
    match search(args) {
        Err(RunError::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => Ok(Outcome::Found),
        ended => ended,
    }
}

fn search(args: &Args) -> Result<Outcome, RunError> {
    // Written line by line, an answer takes longer to write than to find.
    let stdout = io::stdout().lock();
    let colour = AutoStream::choice(&stdout);
    let whole: Box<dyn Write> = Box::new(BufWriter::new(stdout));
    let mut out = AutoStream::new(whole, colour);
    let outcome = answer(&mut out, args)?;
    out.flush().map_err(RunError::Output)?;
    Ok(outcome)
}

fn answer(out: &mut impl Write, args: &Args) -> Result<Outcome, RunError> {
    if args.help_query {
        out.write_all(help::QUERY_HELP.as_bytes()).map_err(RunError::Output)?;
        return Ok(Outcome::Found);
    }
    if let Some(shell) = args.completions {
        let mut script = Vec::new();
        clap_complete::generate(shell, &mut Args::command(), NAME, &mut script);
        out.write_all(&script).map_err(RunError::Output)?;
        return Ok(Outcome::Found);
    }
    if args.man {
        clap_mangen::Man::new(Args::command()).render(out).map_err(RunError::Output)?;
        return Ok(Outcome::Found);
    }
    let index = args.archive.join("index");
    let open = || open(&index);
    if let Some(file) = &args.batch {
        let options = wanted::options(args)?;
        let batch = Batch { searcher: open()?, options: &options, args, output: Output::new(args, out) };
        return batch.run(file);
    }
    if let Some(name) = &args.reposts_of {
        return reposts_of(out, args, name);
    }
    let text = args.query.join(" ");
    let query = vidimus_index::parse(&text).map_err(|error| RunError::Query(text.clone(), error))?;
    let options = wanted::options(args)?;
    let searcher = open()?;
    let asked = Asked { query: &text, line: None };
    let answer = ask(searcher, asked, &query, &options, args).map_err(RunError::Index)?;

    // The count comes first, so that it stands above the hits and not among them.
    report::remark(&answer.count_line());
    report::left_out(answer.found.left_out);
    let is_nothing = answer.found.total == 0;
    // A table has its headings, and a count its rows, whatever there is to count.
    if !is_nothing || args.json || args.csv {
        Output::new(args, out).write(&answer)?;
    }
    Ok(if is_nothing { Outcome::Nothing } else { Outcome::Found })
}

/// Opens the index for as long as the program runs: at its end the system takes all maps and files away at once, which
/// takes less than closing them one by one.
fn open(index: &Path) -> Result<&'static Searcher, RunError> {
    Ok(Box::leak(Box::new(Searcher::open(index).map_err(RunError::Index)?)))
}

/// Answers who else says the same words as a text.
fn reposts_of(out: &mut impl Write, args: &Args, name: &str) -> Result<Outcome, RunError> {
    let searcher = open(&args.archive.join("index"))?;
    let id = searcher.named(name).map_err(RunError::Index)?;
    let options = LinkOptions { limit: args.limit, ..LinkOptions::default() };
    let links = searcher.links(&id, &options).map_err(RunError::Index)?;
    report::remark(&reposts::count_line(&links));
    if links.total == 0 {
        return Ok(Outcome::Nothing);
    }
    if args.json {
        reposts::write_links_json(out, &links)
    } else {
        reposts::write_links(out, &links, output::width())
    }
    .map_err(RunError::Output)?;
    Ok(Outcome::Found)
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[test]
    fn an_archive_without_an_index_is_an_error_and_no_empty_answer() {
        let folder = tempfile::tempdir().unwrap();
        let args = Args::parse_from(["q", "a", "--archive", &folder.path().display().to_string()]);
        assert!(matches!(run(&args), Err(RunError::Index(IndexError::NoIndex { .. }))));
        let args = Args { batch: Some("/nonexistent".into()), ..args };
        assert!(matches!(run(&args), Err(RunError::Index(_))));
    }
}
