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
