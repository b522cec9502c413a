//! The command line.

mod collect;
mod diff;
mod hand_on;
mod keep;
mod log;
mod read;

pub use collect::{Capture, Crawl, Demo, Import, Init};
pub use diff::Diff;
pub use hand_on::{Cite, Export, ExportFormat};
pub use keep::{Backup, Key, KeyCommand, KeyNew, KeyRotate, Notify, Rebuild, Takedown, Verify};
pub use log::{Log, LogCheckpoint, LogCommand, LogProof, LogPublish, LogTimestamp};
pub use read::{List, Report, Show, Status};

use std::path::PathBuf;

use clap::{Args as ClapArgs, Parser, Subcommand};
use vidimus_fetch::Door;

const AFTER_HELP: &str = "\
Examples:
  vidimus demo                                     see the whole line work, on a built-in site
  vidimus init && $EDITOR config/sources.toml      begin an archive of your own
  vidimus crawl --due                              what cron calls: visit the sources that are due
  vidimus capture https://ngo.example/statement    archive one page, now
  vidimus list --source example-ngo                what was captured
  vidimus show 3f2a9c01 --text                     read one capture
  vidimus diff https://ngo.example/statement       what the newest edit of a page changed
  vidimus import old-captures.wacz                 take in what others captured
  vidimus status                                   how each source is
  vidimus verify                                   check every digest
  vidimus-query '\"freedom of association\" garment'  search

Exit codes:
  0   all is well
  1   done, but not all is well: a source is not well, a page was not captured, damage was found, nobody could be told
  2   what was named is not there, or a check is incomplete
  64  wrong usage                66  there is no archive
  69  it cannot be taken down
  71  the system refused         74  the disk refused
  75  another run holds the lock 78  wrong configuration
  130 ended at once by a second Ctrl-C, or an export by the first";

/// Fetches news and statement pages on a schedule, strips what is not the statement, archives and indexes the rest.
#[derive(Debug, Parser)]
#[command(name = "vidimus", version, after_help = AFTER_HELP, max_term_width = 100, arg_required_else_help = true)]
pub struct Args {
    /// What all commands take.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Options of all commands.
#[derive(Debug, ClapArgs)]
pub struct Global {
    /// The archive's folder [default: the configuration's, or ./archive]
    #[arg(long, global = true, value_name = "DIR", env = "VIDIMUS_ARCHIVE")]
    pub archive: Option<PathBuf>,
    /// The configuration [default: ./config/vidimus.toml or ./vidimus.toml, where there is one]
    #[arg(long, global = true, value_name = "FILE", env = "VIDIMUS_CONFIG")]
    pub config: Option<PathBuf>,
    /// The key that signs the log's heads [default: the configuration's, or ~/.config/vidimus/keys/ORIGIN.pem]
    #[arg(long, global = true, value_name = "FILE", env = "VIDIMUS_SIGNING_KEY")]
    pub signing_key: Option<PathBuf>,
    /// Open one door of the address guard, for tests and intranets; may be repeated
    #[arg(long, global = true, value_name = "CIDR:PORT")]
    pub allow_net: Vec<Door>,
    /// Write each event of a run to this file, one JSON object a line [default: the configuration's, or none]
    #[arg(long, global = true, value_name = "FILE")]
    pub log: Option<PathBuf>,
    /// Print one JSON object a line instead of text
    #[arg(long, global = true)]
    pub json: bool,
    /// Say nothing but errors
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// Say more: every URL tried
    #[arg(short, long, global = true)]
    pub verbose: bool,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Show the whole line at work on a built-in site, over real HTTP
    #[command(
        after_help = "Example:\n  vidimus demo\n  vidimus demo --serve      keep the site up afterwards, to crawl it again"
    )]
    Demo(Demo),
    /// Write a commented configuration and an empty archive; what is there already is left alone
    #[command(after_help = "Example:\n  vidimus init ~/statements")]
    Init(Init),
    /// Visit sources once, then exit: for cron and systemd timers. Quiet when all is well
    #[command(
        after_help = "Examples:\n  vidimus crawl                      all sources\n  vidimus crawl example-ngo -v       one source, every URL told\n  vidimus crawl --due                those whose schedule says so (cron calls this)\n\nA run that was interrupted goes on where it was."
    )]
    Crawl(Crawl),
    /// Stay, and visit sources when their schedules say so
    #[command(after_help = "Example:\n  vidimus daemon --config /etc/vidimus/vidimus.toml")]
    Daemon,
    /// Capture these pages, now (robots.txt is not consulted: you have decided)
    #[command(
        after_help = "Example:\n  vidimus capture https://ngo.example/statement\n  vidimus capture --archive ./evidence https://ngo.example/a https://ngo.example/b"
    )]
    Capture(Capture),
    /// Take in what other people captured: WARC, ARC and WACZ files
    #[command(
        after_help = "Examples:\n  vidimus import crawl.wacz                     one file\n  vidimus import old-captures/ --source ngo     all web archives in a folder\n  vidimus import --dry-run found.warc.gz        what is in it, and what is wrong with it\n\nEach file is kept untouched. Its captures are marked as imported: this archive did not witness them. The same file\nagain is passed over, and an interrupted import goes on.\n\nExit 0 all was taken in, 1 a file was none, or something in one is damaged (it is told, and left out)."
    )]
    Import(Import),
    /// List captures and what became of every URL tried
    #[command(
        after_help = "Examples:\n  vidimus list                                  the newest 50 pages\n  vidimus list https://ngo.example/statement    the history of one page: versions, edits, absences\n  vidimus list https://ngo.example/statement --table   its captures, one by one\n  vidimus list --outcome failed --since 2024-06-01\n  vidimus list --all --json -n 0                everything, for machines"
    )]
    List(List),
    /// Show what differs between two captures of a statement: words, title, dates, signatories
    #[command(
        after_help = "Examples:\n  vidimus diff 3f2a9c01 7be401aa                two captures, of one page or of two\n  vidimus diff 3f2a9c01                         a capture and the version before it\n  vidimus diff https://ngo.example/statement    the two newest versions of a page\n  vidimus diff 3f2a9c01 7be401aa -y             in two columns\n  vidimus diff 3f2a9c01 7be401aa --html > d.html   as a page, to be read or printed\n\n[-only in the first-] {+only in the second+} [~typography~]{~only~} [1>moved away>] {>1 moved here>}\n\nWhat a site puts around a statement makes no difference, nor does white space.\n\nExit 0 the same statement, 1 it differs, 2 there is nothing to compare."
    )]
    Diff(Diff),
    /// Show one capture: facts, text, stored bytes, manifest
    #[command(
        after_help = "Examples:\n  vidimus show 3f2a9c01                         facts (a unique prefix of the name is enough)\n  vidimus show 3f2a9c01 --text                  the statement\n  vidimus show 3f2a9c01 --html > statement.html the statement as a page\n  vidimus show 3f2a9c01 --explain               why each block was kept or dropped\n  vidimus show 3f2a9c01 --raw > page.html       the payload as stored\n  vidimus show https://ngo.example/a --manifest the newest capture of a page"
    )]
    Show(Show),
    /// Check the archive: everything well-formed, every digest present and right, nothing truncated
    #[command(
        after_help = "Examples:\n  vidimus verify                 the whole archive\n  vidimus verify 3f2a9c01        one capture\n  vidimus verify file.warc.gz    any WARC or WACZ file\n  vidimus verify case.zip --key FINGERPRINT --tsa-root root.pem\n                                 a bundle of evidence, with what you know of its log and its authority\n  vidimus verify --all --rate 50MB --max-time 30m --older-than 30d\n                                 a little every night, for cron\n\nThe file comes first whose last check is the longest ago. Exit 0 nothing is wrong, 1 something is, 2 the check is incomplete."
    )]
    Verify(Verify),
    /// Write captures to a file for other people: WARC, WACZ, an index, a table, a bundle of evidence
    #[command(
        after_help = "Examples:\n  vidimus export 3f2a9c01 --format wacz -o statement.wacz        one capture, to be replayed\n  vidimus export --source example-ngo --format warc -o ngo.warc.gz --with-text\n  vidimus export --url https://ngo.example/a --format wacz -o a.wacz\n  vidimus export --all --role page --since 2024-01-01 --format csv -o - | head\n  vidimus export --all --format cdxj -o index.cdxj\n  vidimus export 3f2a9c01 --format bundle -o case.zip             one capture with all that proves it\n\nExit 0 all of it is in the file, 1 something damaged is not, 2 nothing fits."
    )]
    Export(Export),
    /// Cite captures: for a court, for a list of references, for a program that keeps them
    #[command(
        after_help = "Examples:\n  vidimus cite 3f2a9c01                                everything that names it, the whole SHA-256 too\n  vidimus cite 3f2a9c01 --style bluebook               (or oscola)\n  vidimus cite 3f2a9c01 7be401aa --style biblatex >> references.bib\n  vidimus cite archive.example/log#7 --style csl-json  one by its place in the log\n\nWhat the page does not say is left out. Exit 0 all are cited, 2 one cannot be: nothing was captured, or it was removed."
    )]
    Cite(Cite),
    /// Make catalog and search index anew from the WARC files
    #[command(
        after_help = "Examples:\n  vidimus rebuild          catalog and index anew; nothing in the WARC files is changed\n  vidimus rebuild --text   read every page again with the extractor of today; the old texts are kept"
    )]
    Rebuild(Rebuild),
    /// Copy the archive to another folder, or bring the copy there up to date; a crawl may go on meanwhile
    #[command(
        after_help = "Example:\n  vidimus backup /mnt/backup/statements\n\nWhat is there already is not copied again, and nothing is deleted there. `sha256sum -c SHA256SUMS` in the\nfolder checks the copy.\n\nExit 0 all was copied, 1 something is not what it should be and was not."
    )]
    Backup(Backup),
    /// Remove one capture for good, because a court or the law says so; the log keeps that it was there and why it is gone
    #[command(
        after_help = "Examples:\n  vidimus takedown 3f2a9c01 --reason 'court order' --order order.pdf --dry-run   what would go\n  vidimus takedown 3f2a9c01 --reason 'court order' --order order.pdf --yes\n\nPayload, manifest, text and search document go; all other captures stay provable. It cannot be undone, and a backup\nfollows with the next `vidimus backup`. Interrupted, it is finished by the next command that writes.\n\nExit 0 it is removed (or was before), 2 there is no such capture, 64 something has to be said first,\n69 it cannot be removed from the file that it is in."
    )]
    Takedown(Takedown),
    /// Tell how the archive and its sources are
    #[command(
        after_help = "Examples:\n  vidimus status\n  vidimus status --source example-ngo --json\n  vidimus status --metrics /var/lib/node_exporter/vidimus.prom\n\nExit 0 all sources are well, 1 some are not."
    )]
    Status(Status),
    /// Tell what a run tried, with what luck, and how long it took
    #[command(
        after_help = "Examples:\n  vidimus report               the newest run\n  vidimus report --list        the runs there were\n  vidimus report 3f2a9c01      one of them (a unique beginning of its id is enough)"
    )]
    Report(Report),
    /// Make, show and change the key that signs the heads of the log
    #[command(
        after_help = "Examples:\n  vidimus key new                   makes a key; refuses to write over one\n  vidimus key show                  the fingerprint to publish\n  vidimus key show --pem            the public key, for openssl\n  vidimus key rotate                a new key in the place of the old one; both sign\n  vidimus key rotate --lost         … which cannot sign any more\n\nThe key is a file outside the archive that only you may read (PKCS #8; --passphrase encrypts it). Whoever has it can\nadd to the log; what has a timestamp cannot be changed with it."
    )]
    Key(Key),
    /// The tamper-evident log: timestamps of its checkpoints
    #[command(
        after_help = "Examples:\n  vidimus log anchor                                          ask the time authorities now\n  vidimus log timestamp c.tsr --data c --root tsa-root.pem    check a timestamp, whosever it is"
    )]
    Log(Log),
    /// Try the webhook and the command that [notify] configures
    #[command(
        after_help = "Example:\n  vidimus notify --test\n\nExit 0 all of them were told, 1 some could not be."
    )]
    Notify(Notify),
    /// Print completions for a shell
    #[command(
        after_help = "Examples:\n  vidimus completions bash > /etc/bash_completion.d/vidimus\n  vidimus completions zsh > ~/.zfunc/_vidimus\n  vidimus-query --completions bash            those of the other program"
    )]
    Completions(Completions),
    /// Write the manual pages of both programs and all commands into a folder
    #[command(after_help = "Example:\n  vidimus man ~/.local/share/man/man1 && man vidimus-crawl")]
    Man(Man),
}

/// Options of `completions`.
#[derive(Debug, ClapArgs)]
pub struct Completions {
    /// The shell
    pub shell: clap_complete::Shell,
}

/// Options of `man`.
#[derive(Debug, ClapArgs)]
pub struct Man {
    /// The folder, which is made if it is not there
    pub folder: PathBuf,
}
