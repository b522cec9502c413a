//! The command line of what looks after an archive: checks, copies, takedowns, keys.

use std::num::NonZeroU64;
use std::path::PathBuf;

use clap::{Args as ClapArgs, Subcommand};
use jiff::SignedDuration;

use crate::config::{parse_length, parse_rate};

/// `key`
#[derive(Debug, ClapArgs)]
pub struct Key {
    /// What about the key
    #[command(subcommand)]
    pub command: KeyCommand,
}

/// The subcommands of `key`.
#[derive(Debug, Subcommand)]
pub enum KeyCommand {
    /// Make the key of this archive's log
    New(KeyNew),
    /// Show what others verify with: the fingerprint to publish, and the verifier key
    Show(KeyShow),
    /// Put a new key in the place of the old one; the log says so, signed by both
    Rotate(KeyRotate),
}

/// `key new`
#[derive(Debug, ClapArgs)]
pub struct KeyNew {
    /// Encrypt it with the passphrase in VIDIMUS_KEY_PASSPHRASE or in the `passphrase_file` of the configuration
    #[arg(long)]
    pub passphrase: bool,
}

/// `key show`
#[derive(Debug, ClapArgs)]
pub struct KeyShow {
    /// Only the public key, as PEM
    #[arg(long)]
    pub pem: bool,
}

/// `key rotate`
#[derive(Debug, ClapArgs)]
pub struct KeyRotate {
    /// Encrypt the new key, as with `key new`
    #[arg(long)]
    pub passphrase: bool,
    /// The old key is lost, so that it cannot sign; the log says so
    #[arg(long)]
    pub lost: bool,
}

/// `notify`
#[derive(Debug, ClapArgs)]
pub struct Notify {
    /// Send a message that says it is a test
    #[arg(long, required = true)]
    pub test: bool,
}

/// `rebuild`
#[derive(Debug, ClapArgs)]
pub struct Rebuild {
    /// Make the search index alone anew, from texts and catalog as they are
    #[arg(long, conflicts_with = "text")]
    pub index: bool,
    /// Read every archived page again with the extractor and parameters of today, and search the new texts; texts that
    /// are by them already are passed over, and the old ones are kept
    #[arg(long)]
    pub text: bool,
}

/// `backup`
#[derive(Debug, ClapArgs)]
pub struct Backup {
    /// Where to: a folder outside the archive, best on another disk
    #[arg(value_name = "DEST")]
    pub dest: PathBuf,
}

/// `takedown`
#[derive(Debug, ClapArgs)]
pub struct Takedown {
    /// The capture's name (8 hex digits or more, ni:, nih:)
    #[arg(value_name = "ID")]
    pub id: String,
    /// Why, in words that name nobody and no address: they are in the log for good
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
    /// The document that orders it: its SHA-256 goes into the log, and nothing else of it
    #[arg(long, value_name = "FILE")]
    pub order: Option<PathBuf>,
    /// Who removes it: a role, and no name
    #[arg(long, value_name = "ROLE", default_value = "operator")]
    pub by: String,
    /// Remove the captures that repeat its payload too, which would be worth nothing without it
    #[arg(long)]
    pub with_repeats: bool,
    /// Remove it though a source still wants the page, so that the next crawl may capture it again
    #[arg(long)]
    pub may_return: bool,
    /// Only say what would go
    #[arg(long)]
    pub dry_run: bool,
    /// Yes, remove it
    #[arg(long)]
    pub yes: bool,
}

/// `verify`
#[derive(Debug, Clone, ClapArgs)]
pub struct Verify {
    /// Captures (names), WARC and WACZ files, or a bundle of evidence [default: the whole archive]
    #[arg(value_name = "ID|FILE")]
    pub what: Vec<String>,
    /// The log's key as you know it from elsewhere: its fingerprint (SHA-256) or NAME+HASH+KEY
    #[arg(long, value_name = "KEY")]
    pub key: Option<String>,
    /// The root certificate of the timestamp authority, from the authority (PEM) [default: those of the configuration]
    #[arg(long, value_name = "FILE")]
    pub tsa_root: Option<PathBuf>,
    /// Of a WARC file: the proof that a capture in it is in the log (C2SP tlog-proof)
    #[arg(long, value_name = "FILE", requires_all = ["what", "leaf"])]
    pub proof: Option<PathBuf>,
    /// With --proof: the leaf that it proves
    #[arg(long, value_name = "FILE", requires = "proof")]
    pub leaf: Option<PathBuf>,
    /// The whole archive, said aloud
    #[arg(long, conflicts_with = "what")]
    pub all: bool,
    /// Read no more than so many bytes a second, such as 50MB [default: the configuration's, or as fast as it goes]
    #[arg(long, value_name = "BYTES", value_parser = parse_rate, conflicts_with = "what")]
    pub rate: Option<NonZeroU64>,
    /// Begin no further file after so long, such as 30m: the next verification goes on with those that are left
    #[arg(long, value_name = "TIME", value_parser = parse_length, conflicts_with = "what")]
    pub max_time: Option<SignedDuration>,
    /// Only files whose last check is so long ago, such as 30d, or found something, and those never checked
    #[arg(long, value_name = "TIME", value_parser = parse_length, conflicts_with = "what")]
    pub older_than: Option<SignedDuration>,
    /// A signed head of the log that somebody else kept (a checkpoint file): the log must begin with it
    #[arg(long, value_name = "CHECKPOINT")]
    pub against: Option<PathBuf>,
}
