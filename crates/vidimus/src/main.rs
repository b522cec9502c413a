//! `vidimus`: the operator's command. It reads arguments and configuration, calls the libraries, and turns what they
//! say into text and exit codes; it decides nothing about captures itself.

mod aftermath;
mod args;
mod commands;
mod config;
mod exit;
mod health;
mod hooks;
mod log;
mod metrics;
mod present;
mod progress;
mod replace;
mod terminal;

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    let args = match args::Args::try_parse() {
        Ok(args) => args,
        Err(error) => return exit::usage(&error),
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return exit::report(&exit::Failure::system(format!("cannot start: {error}"))),
    };
    match runtime.block_on(commands::run(&args)) {
        Ok(code) => code,
        Err(failure) => exit::report(&failure),
    }
}
