//! Searching the index of an archive from the terminal: what `vidimus-query` does, and how hits look wherever they are
//! shown to a person.
//!
//! It opens the index for reading and nothing else: no catalog, no WARC file, no network.

mod answer;
mod args;
mod batch;
mod dates;
mod help;
mod json;
mod output;
mod report;
mod reposts;
mod run;
mod table;
mod tally;
mod wanted;
mod wrap;

use std::process::ExitCode;

/// The command line of `vidimus-query`, for its manual page and completions.
pub fn command() -> clap::Command {
    <args::Args as clap::CommandFactory>::command()
}

pub use report::{hits as write_hits, printable};
pub use reposts::{LINK_FORMAT, links_json, write_links, write_links_json, write_spans};
pub use wanted::kinds;
pub use wrap::{lines as wrapped, width as columns_of};

/// Runs `vidimus-query`. Exit codes: 0 there are matches, 1 there are none, 2 an error, a wrong option or a query that
/// makes no sense included.
pub fn run_command() -> ExitCode {
    let args = match args::parse() {
        Ok(args) => args,
        Err(exit) => return exit,
    };
    match run::run(&args) {
        Ok(run::Outcome::Found) => ExitCode::SUCCESS,
        Ok(run::Outcome::Nothing) => ExitCode::from(1),
        Ok(run::Outcome::Mistaken) => ExitCode::from(2),
        Err(error) => {
            report::error(&error);
            ExitCode::from(2)
        }
    }
}
