//! `vidimus completions` and `vidimus man`: what packagers ask for, made of the same description as `--help`.

use std::process::ExitCode;

use clap::CommandFactory as _;

use crate::args::{Args, Completions, Global, Man};
use crate::exit::Failure;
use crate::terminal;

/// Prints the completions for a shell.
pub fn completions(options: &Completions) -> Result<ExitCode, Failure> {
    let mut script = Vec::new();
    let mut command = Args::command();
    let name = command.get_name().to_owned();
    clap_complete::generate(options.shell, &mut command, name, &mut script);
    terminal::bytes(&script)?;
    Ok(ExitCode::SUCCESS)
}

/// Writes a page for each program and each command.
pub fn pages(global: &Global, options: &Man) -> Result<ExitCode, Failure> {
    let folder = &options.folder;
    let failed = |error: std::io::Error| Failure::io(format!("{}: {error}", folder.display()));
    std::fs::create_dir_all(folder).map_err(failed)?;
    for command in [Args::command(), vidimus_query::command()] {
        clap_mangen::generate_to(command, folder).map_err(failed)?;
    }
    if !global.quiet {
        terminal::remark(&format!("the manual pages are in {}: `man -l vidimus.1`", folder.display()));
    }
    Ok(ExitCode::SUCCESS)
}
