//! The command line of `log`.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Subcommand};

/// `log`
#[derive(Debug, ClapArgs)]
pub struct Log {
    /// What of it
    #[command(subcommand)]
    pub command: LogCommand,
}

/// The commands of `log`.
#[derive(Debug, Subcommand)]
pub enum LogCommand {
    /// Print the newest signed head, for whoever keeps heads so that the log cannot be rewritten unnoticed
    #[command(
        after_help = "Examples:\n  vidimus log checkpoint > kept/$(date +%F).checkpoint\n  vidimus log checkpoint --send            to the webhook and the command of [notify], once a day by cron\n\nLater: vidimus verify --against kept/2025-03-24.checkpoint"
    )]
    Checkpoint(LogCheckpoint),
    /// Print the proof that a capture is in the log (C2SP tlog-proof)
    #[command(
        after_help = "Examples:\n  vidimus log proof 3f2a9c01 > capture.tlog-proof\n  vidimus log proof 3f2a9c01 --leaf > leaf.json\n  vidimus verify file.warc.gz --proof capture.tlog-proof --leaf leaf.json"
    )]
    Proof(LogProof),
    /// Copy the signed log to a folder that any web server may show (C2SP tlog-tiles): there is no URL and no name in it
    #[command(
        after_help = "Example:\n  vidimus log publish /var/www/log\n\nThe head is put there last, so that whoever reads it finds all that it speaks of."
    )]
    Publish(LogPublish),
    /// Ask the configured time authorities for every checkpoint that waits for a timestamp (RFC 3161)
    #[command(
        after_help = "Example:\n  vidimus log anchor\n\nExit 0 every checkpoint has a timestamp of every authority, 2 some still wait."
    )]
    Anchor,
    /// Check a timestamp (RFC 3161): whose it is, for which bytes, and of what time
    #[command(
        after_help = "Example:\n  vidimus log timestamp checkpoint.tsr --data checkpoint --root tsa-root.pem\n\nThe root certificate must come from the authority itself, and not from whoever shows the timestamp. The chain is\nchecked at the time of the timestamp: a certificate may have expired since.\n\nExit 0 it is good, 1 it is not."
    )]
    Timestamp(LogTimestamp),
}

/// `log checkpoint`
#[derive(Debug, ClapArgs)]
pub struct LogCheckpoint {
    /// Send it to whoever [notify] names, instead of printing it
    #[arg(long)]
    pub send: bool,
}

/// `log proof`
#[derive(Debug, ClapArgs)]
pub struct LogProof {
    /// The capture's name, or a URL for its newest capture
    #[arg(value_name = "ID|URL")]
    pub id: String,
    /// Print the leaf that it proves instead
    #[arg(long)]
    pub leaf: bool,
}

/// `log publish`
#[derive(Debug, ClapArgs)]
pub struct LogPublish {
    /// The folder
    #[arg(value_name = "DIR")]
    pub dir: PathBuf,
}

/// `log timestamp`
#[derive(Debug, ClapArgs)]
pub struct LogTimestamp {
    /// The authority's answer, as it came (DER)
    #[arg(value_name = "FILE.tsr")]
    pub response: PathBuf,
    /// The file that it is for
    #[arg(long, value_name = "FILE")]
    pub data: PathBuf,
    /// The root certificate that its chain must end at (PEM or DER); may be repeated
    #[arg(long, value_name = "FILE", required = true)]
    pub root: Vec<PathBuf>,
    /// Further certificates that the chain may go through (PEM or DER)
    #[arg(long, value_name = "FILE")]
    pub chain: Option<PathBuf>,
    /// A policy that is accepted, as in 1.2.3.4.1; may be repeated [default: any]
    #[arg(long, value_name = "OID")]
    pub policy: Vec<String>,
    /// The request that it must be the answer to
    #[arg(long, value_name = "FILE.tsq")]
    pub query: Option<PathBuf>,
}
