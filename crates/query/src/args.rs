//! The command line.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, ValueEnum};
use jiff::civil::Date;

use crate::dates;

/// What the program is called.
pub const NAME: &str = "vidimus-query";

const EXAMPLES: &str = "\
Examples:
  vidimus-query freedom assembly                     both words
  vidimus-query '\"right to strike\" -football'        a phrase, without a word
  vidimus-query 'detain* (journalist OR blogger)'    beginnings of words, alternatives
  vidimus-query --lang km សិទ្ធិមនុស្ស                  in Khmer texts, inside sentences too
  vidimus-query --source plume --since 2024 strike   one source, from 2024 on
  vidimus-query https://example.org/statement        the captures of a page
  vidimus-query --as-of 2024-06 'host:example.org'   the pages as they were at the end of June 2024
  vidimus-query --collapse version union             one hit a page, the newest that matches
  vidimus-query -n 0 --facet source --histogram month union     how the hits are spread
  vidimus-query -n all --csv union > union.csv       everything, for a spreadsheet
  vidimus-query --batch queries.txt --json           many queries, one a line
  vidimus-query --reposts-of 0123456789ab            who else says the same words
  vidimus-query --json union | jq -r .url            for programs

Put the query in single quotes when it holds quotation marks, parentheses, `*` or `-word`,
so that it arrives as you wrote it; a query that begins with `-` goes after `--`.

Exit codes: 0 there are matches, 1 there are none, 2 an error (wrong options, a
query that makes no sense, no index).";

/// Search the archive: every word must occur; more with --help-query.
#[derive(Debug, Parser)]
#[command(name = NAME, version, after_help = EXAMPLES, max_term_width = 100)]
pub struct Args {
    /// What to look for; several words are one query.
    #[arg(required_unless_present_any = ["help_query", "batch", "reposts_of", "completions", "man"], value_name = "QUERY")]
    pub query: Vec<String>,

    /// Ask every line of a file (- for standard input); empty lines and those that begin with # are skipped.
    #[arg(long, value_name = "FILE", conflicts_with = "query")]
    pub batch: Option<PathBuf>,

    /// The archive; its index is in the folder `index`.
    #[arg(
        long,
        env = "VIDIMUS_ARCHIVE",
        hide_env_values = true,
        default_value = "archive",
        value_name = "DIR"
    )]
    pub archive: PathBuf,

    /// Only captures of this source.
    #[arg(long)]
    pub source: Option<String>,

    /// Only from this day on: published, or captured where that is unknown. YYYY, YYYY-MM or YYYY-MM-DD.
    #[arg(long, value_name = "DATE", value_parser = dates::first_day)]
    pub since: Option<Date>,

    /// Only up to this day, month or year, which is included.
    #[arg(long, value_name = "DATE", value_parser = dates::last_day)]
    pub until: Option<Date>,

    /// Which day --since, --until and --histogram look at.
    #[arg(long, value_name = "DAY", default_value = "published")]
    pub by: Day,

    /// The archive as it stood at the end of this day, month or year (UTC): of each page the version that it had then.
    #[arg(long, value_name = "DATE", value_parser = dates::last_day)]
    pub as_of: Option<Date>,

    /// Only texts in this language, such as km or pt-BR.
    #[arg(long)]
    pub lang: Option<String>,

    /// Only pages of this kind, such as article or listing; any for all, walls and error pages too.
    #[arg(long)]
    pub kind: Option<String>,

    /// Not a search: the pages that say the same words as this text, copies, excerpts and quotations. Its name, 8 digits or
    /// more as `vidimus list` shows it, or a URL for the newest text of the page.
    #[arg(
        long,
        value_name = "ID|URL",
        conflicts_with_all = ["query", "batch", "source", "since", "until", "lang", "kind", "collapse", "facet", "histogram", "csv", "urls", "as_of", "sort", "reverse", "offset", "by", "facet_limit"]
    )]
    pub reposts_of: Option<String>,

    /// Show at most this many hits; 0 for none, all for all.
    #[arg(short = 'n', long = "limit", default_value = "10", value_name = "N", value_parser = limit)]
    pub limit: usize,

    /// Leave out this many hits before.
    #[arg(long, default_value_t = 0, value_name = "N")]
    pub offset: usize,

    /// In which order: the best first, or the newest.
    #[arg(long, value_name = "ORDER", default_value = "score")]
    pub sort: Order,

    /// The oldest first; needs --sort published or captured.
    #[arg(long)]
    pub reverse: bool,

    /// Fold versions of a page, or near-copies, under one hit.
    #[arg(long, value_name = "WHAT")]
    pub collapse: Option<Folding>,

    /// Count all matches by this; may be given several times.
    #[arg(long, value_name = "BY", value_delimiter = ',')]
    pub facet: Vec<Facet>,

    /// How many values of each facet to show; 0 for all.
    #[arg(long, default_value_t = 20, value_name = "N")]
    pub facet_limit: usize,

    /// Count all matches over time.
    #[arg(long, value_name = "STEP")]
    pub histogram: Option<Step>,

    /// One JSON object a line for each hit.
    #[arg(long, group = "form")]
    pub json: bool,

    /// A table for spreadsheets, with a line of headings.
    #[arg(long, group = "form", conflicts_with_all = ["facet", "histogram"])]
    pub csv: bool,

    /// The addresses alone, one a line, each once.
    #[arg(long, group = "form", conflicts_with_all = ["facet", "histogram"])]
    pub urls: bool,

    /// Explain the query language.
    #[arg(long)]
    pub help_query: bool,

    /// Print completions for a shell: --completions bash > /etc/bash_completion.d/vidimus-query
    #[arg(long, value_name = "SHELL")]
    pub completions: Option<clap_complete::Shell>,

    /// Print the manual page, in roff: --man > vidimus-query.1
    #[arg(long)]
    pub man: bool,
}

/// Which day of a document counts.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Day {
    /// that of its publication, or of its capture where that is unknown
    Published,
    /// that of its capture
    Captured,
}

/// In which order hits come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Order {
    /// the best first
    Score,
    /// the last published first; those without a day of publication last
    Published,
    /// the last captured first
    Captured,
}

/// What is folded under one hit.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Folding {
    /// versions of a page, under the newest that matches
    Version,
    /// near-copies, under the best
    Cluster,
}

/// By what to count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Facet {
    /// the source
    Source,
    /// the host
    Host,
    /// the language
    Lang,
    /// the kind of page
    Kind,
    /// the organisations that signed
    Signatory,
    /// the month of the day that --by names
    Month,
    /// the year of that day
    Year,
}

/// How long a row of a histogram is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Step {
    /// a day
    Day,
    /// a month
    Month,
    /// a year
    Year,
}

fn limit(text: &str) -> Result<usize, String> {
    if text == "all" {
        return Ok(usize::MAX);
    }
    text.parse().map_err(|_| "write a number, or all".to_owned())
}

/// Reads the command line; on a wrong one, or on `--help`, says so and gives the exit code.
pub fn parse() -> Result<Args, ExitCode> {
    Args::try_parse().map_err(|error| {
        // When not even the message can be written, there is nobody to tell.
        let _ = error.print();
        if error.use_stderr() { ExitCode::from(2) } else { ExitCode::SUCCESS }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        use clap::CommandFactory;
        Args::command().debug_assert();
    }

    #[test]
    fn options_may_follow_the_query() {
        let args = Args::try_parse_from(["q", "union -football", "--source", "harbour", "strike", "-n", "3"])
            .unwrap();
        assert_eq!(args.query, ["union -football", "strike"]);
        assert_eq!((args.source.as_deref(), args.limit), (Some("harbour"), 3));
    }

    #[test]
    fn a_query_is_required() {
        assert!(Args::try_parse_from(["q"]).unwrap_err().use_stderr());
        assert!(Args::try_parse_from(["q", "--help-query"]).is_ok());
    }

    #[test]
    fn a_batch_takes_the_place_of_a_query() {
        assert!(Args::try_parse_from(["q", "--batch", "-"]).is_ok());
        assert!(Args::try_parse_from(["q", "--batch", "-", "word"]).is_err());
    }

    #[test]
    fn there_is_one_form_of_output() {
        assert!(Args::try_parse_from(["q", "a", "--json", "--csv"]).is_err());
        assert!(Args::try_parse_from(["q", "a", "--urls", "--csv"]).is_err());
        assert!(Args::try_parse_from(["q", "a", "--csv", "--facet", "source"]).is_err());
        let args = Args::try_parse_from(["q", "a", "--json", "--facet", "source,lang", "--facet", "month"]);
        assert_eq!(args.unwrap().facet, [Facet::Source, Facet::Lang, Facet::Month]);
    }

    #[test]
    fn all_hits_may_be_asked_for() {
        let limit = |n: &str| Args::try_parse_from(["q", "a", "-n", n]).map(|args| args.limit);
        assert_eq!(limit("all").unwrap(), usize::MAX);
        assert_eq!(limit("0").unwrap(), 0);
        assert!(limit("-1").is_err() && limit("many").is_err());
    }

    #[test]
    fn reposts_are_asked_for_without_a_query() {
        assert!(Args::try_parse_from(["q", "--reposts-of", "0123456789ab", "--json"]).is_ok());
        assert!(Args::try_parse_from(["q", "--reposts-of", "0123456789ab", "river"]).is_err());
        assert!(Args::try_parse_from(["q", "--reposts-of", "0123456789ab", "--since", "2024"]).is_err());
    }

    #[test]
    fn dates_may_be_months_and_years() {
        let args = Args::try_parse_from(["q", "a", "--since", "2024-02", "--until", "2024-02"]).unwrap();
        assert_eq!(args.since, Some(jiff::civil::date(2024, 2, 1)));
        assert_eq!(args.until, Some(jiff::civil::date(2024, 2, 29)));
        assert!(Args::try_parse_from(["q", "a", "--since", "yesterday"]).is_err());
    }
}
