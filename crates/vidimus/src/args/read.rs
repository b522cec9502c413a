//! The command line of what tells and shows: lists, captures, runs, how the archive is.

use std::path::PathBuf;

use clap::Args as ClapArgs;
use vidimus_snapshot::{OutcomeKind, Role};

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
