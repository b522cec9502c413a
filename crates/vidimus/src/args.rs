//! The command line.

mod log;

pub use log::{Log, LogCheckpoint, LogCommand, LogProof, LogPublish, LogTimestamp};

use std::num::NonZeroU64;
use std::path::PathBuf;

use clap::{Args as ClapArgs, Parser, Subcommand};
use jiff::SignedDuration;
use vidimus_fetch::Door;
use vidimus_snapshot::{OutcomeKind, Role};

use crate::config::{parse_length, parse_rate};

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

/// `status`
#[derive(Debug, ClapArgs)]
pub struct Status {
    /// Only this source
    #[arg(long, value_name = "NAME")]
    pub source: Option<String>,
    /// Write the metrics to this file as well, in the OpenMetrics format; `-` for stdout, and nothing else there
    #[arg(long, value_name = "FILE")]
    pub metrics: Option<PathBuf>,
}

/// `report`
#[derive(Debug, ClapArgs)]
pub struct Report {
    /// The run: the beginning of its id [default: the newest]
    #[arg(value_name = "RUN", conflicts_with = "list")]
    pub run: Option<String>,
    /// List the newest runs instead
    #[arg(long)]
    pub list: bool,
    /// The newest so many; 0 for all
    #[arg(short, default_value_t = 20, value_name = "N", requires = "list")]
    pub n: u32,
}

/// `notify`
#[derive(Debug, ClapArgs)]
pub struct Notify {
    /// Send a message that says it is a test
    #[arg(long, required = true)]
    pub test: bool,
}

/// `demo`
#[derive(Debug, ClapArgs)]
pub struct Demo {
    /// Where to leave the demo's archive [default: ./vidimus-demo, or the next free name]
    #[arg(value_name = "DIR")]
    pub dir: Option<PathBuf>,
    /// Keep the site up afterwards, until Ctrl-C
    #[arg(long)]
    pub serve: bool,
}

/// `init`
#[derive(Debug, ClapArgs)]
pub struct Init {
    /// Where
    #[arg(default_value = ".")]
    pub dir: PathBuf,
}

/// `crawl`
#[derive(Debug, ClapArgs)]
pub struct Crawl {
    /// Only these sources [default: all]
    #[arg(value_name = "SOURCE")]
    pub sources: Vec<String>,
    /// Only sources whose schedule asks for a visit
    #[arg(long)]
    pub due: bool,
    /// Tell a summary even when all is well
    #[arg(long)]
    pub summary: bool,
}

/// `capture`
#[derive(Debug, ClapArgs)]
pub struct Capture {
    /// The pages
    #[arg(value_name = "URL", required = true)]
    pub urls: Vec<String>,
}

/// `import`
#[derive(Debug, ClapArgs)]
pub struct Import {
    /// The files, or folders of them
    #[arg(value_name = "FILE|FOLDER", required = true)]
    pub files: Vec<PathBuf>,
    /// File the captures under this source; its schedule and its health take no notice of them
    #[arg(long, value_name = "NAME")]
    pub source: Option<String>,
    /// Only say what is in the files and what is wrong with them; nothing is written
    #[arg(long)]
    pub dry_run: bool,
    /// Catalogue pages alone, and leave their parts (images, scripts, redirects) in the files
    #[arg(long)]
    pub pages_only: bool,
}

/// `list`
#[derive(Debug, ClapArgs)]
pub struct List {
    /// A page's URL, or a source's name
    #[arg(value_name = "URL|SOURCE")]
    pub what: Option<String>,
    /// Only of this source
    #[arg(long, value_name = "NAME")]
    pub source: Option<String>,
    /// Only with this outcome: captured, unchanged, truncated, http-error, refused, failed
    #[arg(long, value_name = "KIND")]
    pub outcome: Option<OutcomeKind>,
    /// Only pages of this kind: article, listing, forum, product, documentation, service, consent-wall, login,
    /// soft-error, empty
    #[arg(long, value_name = "KIND")]
    pub kind: Option<String>,
    /// What was taken down, and why, instead
    #[arg(long, conflicts_with_all = ["what", "source", "outcome", "kind", "since", "role", "all"])]
    pub removed: bool,
    /// Only since this day (UTC)
    #[arg(long, value_name = "DATE")]
    pub since: Option<jiff::civil::Date>,
    /// Only what was fetched for this: page, listing, feed, sitemap, robots, resource [default: page]
    #[arg(long, value_name = "ROLE", conflicts_with = "all")]
    pub role: Option<Role>,
    /// Feeds, sitemaps, listings, robots.txt files and parts of imported pages too
    #[arg(long)]
    pub all: bool,
    /// The captures of a page as a list, and not as its history
    #[arg(long)]
    pub table: bool,
    /// The newest so many; 0 for all [default: 50; of the history of a page: all]
    #[arg(short, value_name = "N")]
    pub n: Option<u32>,
}

impl List {
    /// Whether the history of one page is asked for: its URL, and nothing that would leave a part of it out.
    pub fn is_history(&self) -> bool {
        let Self { what, source, outcome, kind, removed, since, role, all, table, n: _ } = self;
        let narrows =
            source.is_some() || outcome.is_some() || kind.is_some() || since.is_some() || role.is_some();
        what.as_deref().is_some_and(|what| what.contains("://")) && !(narrows || *removed || *all || *table)
    }

    /// How many captures are listed at most.
    pub fn limit(&self) -> Option<u32> {
        const USUAL: u32 = 50;
        if self.is_history() { None } else { Some(self.n.unwrap_or(USUAL)).filter(|n| *n > 0) }
    }
}

/// `diff`
#[derive(Debug, ClapArgs)]
pub struct Diff {
    /// A capture's name (8 hex digits or more, ni:, nih:, origin#index); a URL for its newest capture, or alone for its two
    /// newest versions
    #[arg(value_name = "ID|URL")]
    pub a: String,
    /// The capture to compare it with [default: the version of the page before it]
    #[arg(value_name = "ID|URL")]
    pub b: Option<String>,
    /// In two columns
    #[arg(short = 'y', long, conflicts_with = "html")]
    pub side_by_side: bool,
    /// As one HTML page without scripts, on stdout
    #[arg(long, conflicts_with = "json")]
    pub html: bool,
    /// So many words around each change; longer passages without any are folded
    #[arg(long, value_name = "N", default_value_t = 30)]
    pub context: usize,
    /// The whole text, nothing folded
    #[arg(long, conflicts_with = "context")]
    pub full: bool,
}

/// `show`
#[derive(Debug, ClapArgs)]
pub struct Show {
    /// The capture's name (8 hex digits or more, ni:, nih:), or a URL for its newest capture
    #[arg(value_name = "ID|URL")]
    pub id: String,
    /// What of it
    #[command(flatten)]
    pub part: Part,
    /// Of the texts of the capture not the newest, but the newest by this extractor, such as vidimus-extract/1
    #[arg(long, value_name = "VERSION")]
    pub extractor: Option<String>,
    /// With --wire: not the last answer, but that of this exchange, counted from 1 (redirects come first)
    #[arg(long, value_name = "N", requires = "wire")]
    pub exchange: Option<std::num::NonZeroUsize>,
}

/// Which part to show.
#[derive(Debug, ClapArgs)]
#[group(multiple = false)]
pub struct Part {
    /// The extracted text; with --json, the whole statement
    #[arg(long)]
    pub text: bool,
    /// The statement as Markdown, with its links
    #[arg(long)]
    pub markdown: bool,
    /// The statement as an HTML page, with its links and without scripts
    #[arg(long)]
    pub html: bool,
    /// All texts that were made of it, oldest first
    #[arg(long)]
    pub texts: bool,
    /// The text with the passages marked that stand on other pages as well, and where: copies, excerpts, quotations
    #[arg(long)]
    pub spans: bool,
    /// The payload as stored: de-chunked, content coding kept
    #[arg(long)]
    pub raw: bool,
    /// The response as it came over the wire, bit for bit
    #[arg(long)]
    pub wire: bool,
    /// The manifest, as stored
    #[arg(long)]
    pub manifest: bool,
    /// The certificates that the servers presented, as PEM, each server's own first
    #[arg(long)]
    pub certificates: bool,
    /// Why each block of the page was kept or dropped
    #[arg(long)]
    pub explain: bool,
}

impl Part {
    /// Whether no part was asked for, but what is known of the whole.
    pub fn is_none(&self) -> bool {
        let Self { text, markdown, html, texts, spans, raw, wire, manifest, certificates, explain } = self;
        ![text, markdown, html, texts, spans, raw, wire, manifest, certificates, explain]
            .into_iter()
            .any(|part| *part)
    }
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

/// `export`
#[derive(Debug, ClapArgs)]
pub struct Export {
    /// Captures: their names, or URLs for the newest capture of each
    #[arg(value_name = "ID|URL", conflicts_with_all = ["source", "url", "since", "until", "role", "run", "all"])]
    pub what: Vec<String>,
    /// What to write
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub format: ExportFormat,
    /// The file to write; `-` for stdout (not of a WACZ or a bundle)
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
    /// Put the new file in the place of one that is there
    #[arg(long)]
    pub force: bool,
    /// With --format warc: write the extracted texts too, to NAME.wet.warc.gz beside it
    #[arg(long)]
    pub with_text: bool,
    /// Captures of this source
    #[arg(long, value_name = "NAME")]
    pub source: Option<String>,
    /// All captures of this page
    #[arg(long, value_name = "URL")]
    pub url: Option<String>,
    /// Captures since this day (UTC)
    #[arg(long, value_name = "DATE")]
    pub since: Option<jiff::civil::Date>,
    /// Captures until the end of this day (UTC)
    #[arg(long, value_name = "DATE")]
    pub until: Option<jiff::civil::Date>,
    /// What was fetched for this: page, listing, feed, sitemap, robots
    #[arg(long, value_name = "ROLE")]
    pub role: Option<Role>,
    /// Captures of this run: its whole id
    #[arg(long, value_name = "RUN")]
    pub run: Option<String>,
    /// Everything, as far as the other options let it through
    #[arg(long)]
    pub all: bool,
}

/// The formats of `export`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum ExportFormat {
    /// The records as they lie in the archive, in one WARC file
    Warc,
    /// Records, index, pages and texts in one file that replay tools open (WACZ 1.1.1)
    Wacz,
    /// An index of where the answers lie in the archive, for replay tools
    Cdxj,
    /// What the catalog knows, as a table
    Csv,
    /// One capture with all that proves it, for a court: records, text, log proof, timestamps, report, instructions
    Bundle,
}

/// `cite`
#[derive(Debug, ClapArgs)]
pub struct Cite {
    /// Captures: their names (8 hex digits or more, ni:, nih:), places in the log (origin#index), or URLs for the newest of each
    #[arg(value_name = "ID|URL", required = true)]
    pub what: Vec<String>,
    /// How
    #[arg(long, value_enum, value_name = "STYLE", default_value = "plain")]
    pub style: CiteStyle,
}

/// The styles of `cite`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum CiteStyle {
    /// The Bluebook, 22nd edition, rule 18.2
    Bluebook,
    /// OSCOLA, 4th edition
    Oscola,
    /// Data of the Citation Style Language: one JSON array
    CslJson,
    /// An entry @online each
    Biblatex,
    /// Tagged lines, for programs that keep references
    Ris,
    /// One line with everything
    Plain,
}

impl From<CiteStyle> for vidimus_cite::Style {
    fn from(style: CiteStyle) -> Self {
        match style {
            CiteStyle::Bluebook => Self::Bluebook,
            CiteStyle::Oscola => Self::Oscola,
            CiteStyle::CslJson => Self::CslJson,
            CiteStyle::Biblatex => Self::Biblatex,
            CiteStyle::Ris => Self::Ris,
            CiteStyle::Plain => Self::Plain,
        }
    }
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
