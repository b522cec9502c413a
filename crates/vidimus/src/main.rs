//! `vidimus`: the operator's command. It reads arguments and configuration, calls the libraries, and turns what they
//! say into text and exit codes; it decides nothing about captures itself.

mod aftermath;
mod args;
mod commands;
mod config;
mod exit;
mod health;
mod hooks;
mod keys;
mod log;
mod metrics;
mod outbound;
mod present;
mod progress;
mod replace;
mod terminal;
mod timestamps;

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    let args = match args::Args::try_parse() {
        Ok(args) => args,
        Err(error) => return exit::usage(&error),
    };
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    runtime.enable_all().max_blocking_threads(blocking_threads());
    let runtime = match runtime.build() {
        Ok(runtime) => runtime,
        Err(error) => return exit::report(&exit::Failure::system(format!("cannot start: {error}"))),
    };
    match runtime.block_on(commands::run(&args)) {
        Ok(code) => code,
        Err(failure) => exit::report(&failure),
    }
}

/// One thread for each page that is read, one that writes the archive and one that writes the index: no more of them find
/// work, but the allocator keeps memory for each that was ever there.
fn blocking_threads() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from) + 2
}
