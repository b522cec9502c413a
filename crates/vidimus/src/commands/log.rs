//! `vidimus log …`: the tamper-evident log.

mod anchor;
mod timestamp;

use std::process::ExitCode;

use crate::args::{Global, Log, LogCommand};
use crate::exit::Failure;

/// Does what is asked of the log.
pub async fn run(global: &Global, options: &Log) -> Result<ExitCode, Failure> {
    match &options.command {
        LogCommand::Anchor => anchor::run(global).await,
        LogCommand::Timestamp(options) => timestamp::run(global, options),
    }
}
