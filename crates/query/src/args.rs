//! The command line.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use jiff::civil::Date;

use crate::dates;

const EXAMPLES: &str = "\
Examples:
  vidimus-query freedom assembly                     both words
  vidimus-query '\"right to strike\" -football'        a phrase, without a word
  vidimus-query 'detain* (journalist OR blogger)'    beginnings of words, alternatives
  vidimus-query --lang km សិទ្ធិមនុស្ស                  in Khmer texts, inside sentences too
  vidimus-query --source plume --since 2024 strike   one source, from 2024 on
  vidimus-query https://example.org/statement        the captures of a page
  vidimus-query --reposts-of 0123456789ab            who else says the same words
  vidimus-query --json union | jq -r .url            for programs

Put the query in single quotes when it holds quotation marks, parentheses, `*` or `-word`,
so that it arrives as you wrote it; a query that begins with `-` goes after `--`.

Exit codes: 0 there are matches, 1 there are none, 2 an error (wrong options, a
query that makes no sense, no index).";

/// Search the archive: every word must occur; more with --help-query.
#[derive(Debug, Parser)]
#[command(name = "vidimus-query", version, after_help = EXAMPLES, max_term_width = 100)]
pub struct Args {
    /// What to look for; several words are one query.
    #[arg(required_unless_present_any = ["help_query", "reposts_of"], value_name = "QUERY")]
    pub query: Vec<String>,

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
        conflicts_with_all = ["query", "source", "since", "until", "lang", "kind"]
    )]
    pub reposts_of: Option<String>,

    /// Show at most this many hits.
    #[arg(short = 'n', long = "limit", default_value_t = 10, value_name = "N")]
    pub limit: usize,

    /// One JSON object a line for each hit.
    #[arg(long)]
    pub json: bool,

    /// Explain the query language.
    #[arg(long)]
    pub help_query: bool,
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
