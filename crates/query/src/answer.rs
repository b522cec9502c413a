//! One answer, however it is shown: the query, what was found, and what was counted.

use vidimus_index::{FacetCount, Folded, Found, IndexError, Options, Query, Row, Searcher, Sort};

use crate::args::{Args, Day, Facet, Step};

/// What was asked.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The query as it was written.
    pub query: &'a str,
    /// In which line of a batch.
    pub line: Option<usize>,
}

/// The answer.
#[derive(Debug)]
pub struct Answer<'a> {
    /// What was asked.
    pub asked: Asked<'a>,
    /// The hits.
    pub found: Found<'a>,
    /// The counts.
    pub tallies: Tallies,
    /// How many hits were left out before the first.
    pub offset: usize,
    /// Whether the first hits are the best ones.
    pub is_ranked: bool,
}

/// How what matches is spread.
#[derive(Debug, Default)]
pub struct Tallies {
    /// For each facet that was asked for its values, the most frequent first.
    pub facets: Vec<(Facet, Values)>,
    /// The counts over time.
    pub histogram: Option<Histogram>,
}

/// The most frequent values of a facet.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Values {
    /// As many as are to be shown.
    pub shown: Vec<FacetCount>,
    /// How many more there are.
    pub more: usize,
}

/// Counts over time.
#[derive(Debug)]
pub struct Histogram {
    /// How long a row is.
    pub step: Step,
    /// Which day of a document counts.
    pub by: Day,
    /// The rows, the oldest first.
    pub rows: Vec<Row>,
}

/// Asks the index.
pub fn ask<'a>(
    searcher: &'a Searcher,
    asked: Asked<'a>,
    query: &Query,
    options: &Options,
    args: &Args,
) -> Result<Answer<'a>, IndexError> {
    let found = searcher.find(query, options)?;
    let is_ranked = options.sort == Sort::Score;
    let tallies = tallies(searcher, query, options, args)?;
    Ok(Answer { asked, found, tallies, offset: options.offset, is_ranked })
}

fn tallies(
    searcher: &Searcher,
    query: &Query,
    options: &Options,
    args: &Args,
) -> Result<Tallies, IndexError> {
    let mut tallies = Tallies::default();
    if args.facet.is_empty() && args.histogram.is_none() {
        return Ok(tallies);
    }
    let counted = searcher.counted(query, options)?;
    if !args.facet.is_empty() {
        let wanted: Vec<vidimus_index::Facet> = args.facet.iter().map(|facet| (*facet).into()).collect();
        let counts = counted.facets(&wanted)?;
        let values = counts.into_iter().map(|counts| Values::new(counts, args.facet_limit));
        tallies.facets = args.facet.iter().copied().zip(values).collect();
    }
    if let Some(step) = args.histogram {
        let rows = counted.histogram(step.into());
        tallies.histogram = Some(Histogram { step, by: args.by, rows });
    }
    Ok(tallies)
}

impl Values {
    fn new(mut counts: Vec<FacetCount>, limit: usize) -> Values {
        let limit = if limit == 0 { usize::MAX } else { limit };
        let more = counts.len().saturating_sub(limit);
        counts.truncate(limit);
        Values { shown: counts, more }
    }
}

impl Answer<'_> {
    /// How many hits there are, and how many of them are shown, in a sentence.
    pub fn count_line(&self) -> String {
        count_line(self.found.total, self.found.folded, self.found.shown(), self.offset, self.is_ranked)
    }
}

fn count_line(total: usize, folded: Option<Folded>, shown: usize, offset: usize, is_ranked: bool) -> String {
    let mut line = match total {
        0 => return "no hits".to_owned(),
        1 => "1 hit".to_owned(),
        _ => format!("{total} hits"),
    };
    let mut there = total;
    if let Some(folded) = folded {
        there = folded.hits;
        line.push_str(&format!(", folded into {}", folded.hits));
        if folded.compared < total {
            line.push_str(&format!(" (only the first {} were compared)", folded.compared));
        }
    }
    if shown == 0 || shown == there {
        return line;
    }
    let which = match (offset, is_ranked) {
        (0, true) => format!("the best {shown} shown"),
        (0, false) => format!("the first {shown} shown"),
        _ => format!("{} to {} shown", offset + 1, offset + shown),
    };
    format!("{line}, {which} (-n all for all)")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_count_is_a_sentence() {
        let plain = |total, shown, offset| count_line(total, None, shown, offset, true);
        assert_eq!(plain(0, 0, 0), "no hits");
        assert_eq!(plain(1, 1, 0), "1 hit");
        assert_eq!(plain(12, 0, 0), "12 hits");
        assert_eq!(plain(12, 10, 0), "12 hits, the best 10 shown (-n all for all)");
        assert_eq!(plain(12, 2, 10), "12 hits, 11 to 12 shown (-n all for all)");
        assert_eq!(count_line(12, None, 10, 0, false), "12 hits, the first 10 shown (-n all for all)");
        let folded = |hits, compared| Some(Folded { hits, compared });
        assert_eq!(count_line(12, folded(3, 12), 3, 0, true), "12 hits, folded into 3");
        let cut = "1200 hits, folded into 300 (only the first 1000 were compared), the best 10 shown (-n all for all)";
        assert_eq!(count_line(1200, folded(300, 1000), 10, 0, true), cut);
    }
}
