//! The command line of what is handed to others: exports and citations.

use std::path::PathBuf;

use clap::Args as ClapArgs;
use vidimus_snapshot::Role;

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
