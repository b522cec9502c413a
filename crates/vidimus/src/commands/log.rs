//! `vidimus log …`: the tamper-evident log.

mod anchor;
mod head;
mod timestamp;

use std::process::ExitCode;

use crate::args::{Global, Log, LogCommand};
use crate::exit::Failure;

/// Does what is asked of the log.
pub async fn run(global: &Global, options: &Log) -> Result<ExitCode, Failure> {
    match &options.command {
        LogCommand::Checkpoint(options) => head::checkpoint(global, options).await,
        LogCommand::Proof(options) => head::proof(global, options).await,
        LogCommand::Publish(options) => head::publish_files(global, options),
        LogCommand::Anchor => anchor::run(global).await,
        LogCommand::Timestamp(options) => timestamp::run(global, options),
    }
}
