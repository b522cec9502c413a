//! What the command line asks of the index.

use vidimus_index::{By, Collapse, Kinds, Options, Sort};

use crate::args::{self, Args, Day, Folding, Order};
use crate::run::RunError;

/// The options of the search; those that contradict each other are refused.
pub fn options(args: &Args) -> Result<Options, RunError> {
    if let (Some(since), Some(until)) = (args.since, args.until)
        && since > until
    {
        return Err(RunError::Dates(since, until));
    }
    if args.reverse && args.sort == Order::Score {
        return Err(RunError::Reverse);
    }
    Ok(Options {
        limit: args.limit,
        offset: args.offset,
        sort: match args.sort {
            Order::Score => Sort::Score,
            Order::Published => Sort::Published,
            Order::Captured => Sort::Captured,
        },
        reverse: args.reverse,
        ids: None,
        source: args.source.clone(),
        since: args.since,
        until: args.until,
        by: match args.by {
            Day::Published => By::Published,
            Day::Captured => By::Captured,
        },
        as_of: args.as_of,
        collapse: match args.collapse {
            None => Collapse::Nothing,
            Some(Folding::Version) => Collapse::Versions,
            Some(Folding::Cluster) => Collapse::Clusters,
        },
        lang: args.lang.clone(),
        kinds: kinds(args.kind.as_deref()),
    })
}

/// Which kinds of pages are meant.
pub fn kinds(kind: Option<&str>) -> Kinds {
    match kind.map(str::trim) {
        None => Kinds::Statements,
        Some(kind) if kind.eq_ignore_ascii_case("any") => Kinds::All,
        Some(kind) => Kinds::Only(kind.to_owned()),
    }
}

impl From<args::Facet> for vidimus_index::Facet {
    fn from(facet: args::Facet) -> Self {
        match facet {
            args::Facet::Source => Self::Source,
            args::Facet::Host => Self::Host,
            args::Facet::Lang => Self::Lang,
            args::Facet::Kind => Self::Kind,
            args::Facet::Signatory => Self::Signatory,
            args::Facet::Month => Self::Month,
            args::Facet::Year => Self::Year,
        }
    }
}

impl From<args::Step> for vidimus_index::Step {
    fn from(step: args::Step) -> Self {
        match step {
            args::Step::Day => Self::Day,
            args::Step::Month => Self::Month,
            args::Step::Year => Self::Year,
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[test]
    fn dates_the_wrong_way_round_are_refused() {
        let args = Args::parse_from(["q", "a", "--since", "2024", "--until", "2023"]);
        assert!(matches!(options(&args), Err(RunError::Dates(..))));
        let args = Args::parse_from(["q", "a", "--since", "2024", "--until", "2024"]);
        assert!(options(&args).is_ok());
    }

    #[test]
    fn the_worst_first_is_no_order() {
        let args = Args::parse_from(["q", "a", "--reverse"]);
        assert!(matches!(options(&args), Err(RunError::Reverse)));
        let args = Args::parse_from(["q", "a", "--reverse", "--sort", "captured"]);
        assert!(options(&args).unwrap().reverse);
    }
}
