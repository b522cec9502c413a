//! Counts for people: facets, and a histogram with bars at a terminal.

use std::io::{self, Write};

use clap::ValueEnum;
use vidimus_index::Row;

use crate::answer::{Histogram, Tallies, Values};
use crate::args::{Day, Facet};
use crate::report::{FACTS, TITLE, printable};

/// The longest bar, in columns.
const LONGEST_BAR: usize = 50;

/// Writes what was counted, with an empty line before each but the first of all; with bars where somebody looks at a
/// terminal.
pub fn write(out: &mut impl Write, tallies: &Tallies, mut is_first: bool, with_bars: bool) -> io::Result<()> {
    for (facet, values) in &tallies.facets {
        if !std::mem::take(&mut is_first) {
            writeln!(out)?;
        }
        write_facet(out, *facet, values)?;
    }
    let Some(histogram) = &tallies.histogram else { return Ok(()) };
    if !is_first {
        writeln!(out)?;
    }
    write_histogram(out, histogram, with_bars)
}

/// How an option is called on the command line.
pub fn name_of(value: impl ValueEnum) -> String {
    value.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
}

fn write_facet(out: &mut impl Write, facet: Facet, values: &Values) -> io::Result<()> {
    writeln!(out, "{TITLE}by {}{TITLE:#}", name_of(facet))?;
    let width = widest(values.shown.iter().map(|value| value.count));
    for value in &values.shown {
        let name = value.value.as_deref().map_or_else(|| "(unknown)".to_owned(), printable);
        writeln!(out, "  {:>width$}  {name}", value.count)?;
    }
    if values.more > 0 {
        writeln!(out, "  {FACTS}and {} more (--facet-limit 0 for all){FACTS:#}", values.more)?;
    }
    Ok(())
}

fn write_histogram(out: &mut impl Write, histogram: &Histogram, with_bars: bool) -> io::Result<()> {
    let of_what = match histogram.by {
        Day::Published => "of publication, or of capture where that is unknown",
        Day::Captured => "of capture",
    };
    let step = name_of(histogram.step);
    writeln!(out, "{TITLE}by {step} {of_what}{TITLE:#}")?;
    let counts = || histogram.rows.iter().map(|row| row.count);
    let (width, most) = (widest(counts()), counts().max().unwrap_or(0));
    let names: Vec<String> = histogram.rows.iter().map(row_name).collect();
    let longest = names.iter().map(String::len).max().unwrap_or(0);
    for (row, name) in histogram.rows.iter().zip(names) {
        let bar = if with_bars { bar(row.count, most) } else { String::new() };
        let line = format!("  {name:<longest$}  {:>width$}  {bar}", row.count);
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}

fn row_name(row: &Row) -> String {
    match &row.to {
        Some(to) => format!("{} to {to}", row.from),
        None => row.from.clone(),
    }
}

fn widest(counts: impl Iterator<Item = usize>) -> usize {
    counts.max().unwrap_or(0).to_string().len()
}

/// A bar in proportion; whatever is not nothing has one.
fn bar(count: usize, most: usize) -> String {
    let length = count.saturating_mul(LONGEST_BAR).div_ceil(most.max(1));
    "█".repeat(length)
}

#[cfg(test)]
mod tests {
    use vidimus_index::FacetCount;

    use super::*;
    use crate::args::Step;

    fn rendered(tallies: &Tallies, with_bars: bool) -> String {
        let mut out = Vec::new();
        write(&mut out, tallies, true, with_bars).unwrap();
        anstream::adapter::strip_str(std::str::from_utf8(&out).unwrap()).to_string()
    }

    #[test]
    fn counts_stand_below_each_other() {
        let count = |value: Option<&str>, count| FacetCount { value: value.map(str::to_owned), count };
        let shown = vec![count(Some("harbour"), 12), count(None, 1)];
        let tallies = Tallies { facets: vec![(Facet::Source, Values { shown, more: 3 })], histogram: None };
        let wanted = "by source\n  12  harbour\n   1  (unknown)\n  and 3 more (--facet-limit 0 for all)\n";
        assert_eq!(rendered(&tallies, false), wanted);
    }

    #[test]
    fn a_histogram_has_bars_where_somebody_looks() {
        let row = |from: &str, to: Option<&str>, count| Row {
            from: from.to_owned(),
            to: to.map(str::to_owned),
            count,
        };
        let rows = vec![row("1999", None, 1), row("2000", Some("2021"), 0), row("2022", None, 100)];
        let histogram = Some(Histogram { step: Step::Year, by: Day::Captured, rows });
        let tallies = Tallies { facets: Vec::new(), histogram };
        let plain = "by year of capture\n  1999            1\n  2000 to 2021    0\n  2022          100\n";
        assert_eq!(rendered(&tallies, false), plain);
        let bars = rendered(&tallies, true);
        assert!(bars.contains("  1999            1  █\n") && bars.contains(&"█".repeat(50)), "{bars}");
    }
}
