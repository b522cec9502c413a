//! `vidimus-query`: searches the index of an archive and writes nothing.
//!
//! Hits go to stdout, everything else to stderr.

use std::process::ExitCode;

fn main() -> ExitCode {
    vidimus_query::run_command()
}
