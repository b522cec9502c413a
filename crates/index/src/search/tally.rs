//! How what matches is spread: over sources, languages, years. The matches are collected once, however they are counted.

use std::collections::{BTreeMap, HashMap};
use std::io;

use tantivy::{DocId, Score, SegmentReader};

use super::collapse::by_page;
use super::columns::{integers, names, numbers};
use super::matches::{Matches, OfSegment};
use super::options::{By, Collapse, Options};
use super::rank::Ranking;
use super::{Searcher, last_moment};
use crate::error::IndexError;
use crate::query::Query;
use crate::schema::{CAPTURED, DAY, HOST, KIND, LANG, SIGNATORY_NAME, SOURCE, date, day_number, listed_name};

type Engine = tantivy::Searcher;

/// More empty rows of a histogram than this, one after the other, are one row.
const LONGEST_GAP: usize = 60;

/// By what to count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Facet {
    /// The source.
    Source,
    /// The host.
    Host,
    /// The language.
    Lang,
    /// The kind of page.
    Kind,
    /// Who signed: an organisation in all its spellings, under the most frequent one.
    Signatory,
    /// The month; [`By`] says of which day.
    Month,
    /// The year.
    Year,
}

/// How long a row of a histogram is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// A day.
    Day,
    /// A month.
    Month,
    /// A year.
    Year,
}

/// One value and how many documents have it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Count {
    /// The value; `None` for documents that have none.
    pub value: Option<String>,
    /// How many documents.
    pub count: usize,
}

/// One row of a histogram.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The day, month or year: `2024-06-26`, `2024-06`, `2024`.
    pub from: String,
    /// The last of several empty ones that are told in one row.
    pub to: Option<String>,
    /// How many documents.
    pub count: usize,
}

/// All documents that match, or the hits under which versions are folded, to be counted. Near-copies are not folded.
#[derive(Debug)]
pub struct Counted<'a> {
    searcher: &'a Searcher,
    matches: Vec<OfSegment>,
    by: By,
}

impl Searcher {
    /// Collects what matches, to be counted in any number of ways.
    pub fn counted(&self, query: &Query, options: &Options) -> Result<Counted<'_>, IndexError> {
        let (mut matches, _) = self.collect(&self.wanted(query, options), Matches { scored: false })?;
        if options.collapse == Collapse::Versions {
            let ranking = Ranking::new(&self.engine, options);
            let mut folded: BTreeMap<u32, Vec<(DocId, Score)>> = BTreeMap::new();
            for page in by_page(&self.engine, &matches, ranking, last_moment(options)) {
                folded.entry(page.newest.segment_ord).or_default().push((page.newest.doc_id, 0.0));
            }
            matches = folded.into_iter().map(|(segment, docs)| OfSegment { segment, docs }).collect();
        }
        Ok(Counted { searcher: self, matches, by: options.by })
    }
}

impl Counted<'_> {
    /// Counts by values: for each facet, the most frequent first.
    pub fn facets(&self, facets: &[Facet]) -> Result<Vec<Vec<Count>>, IndexError> {
        let count = |of: &Facet| facet(&self.searcher.engine, &self.matches, *of, self.by);
        let counts: io::Result<_> = facets.iter().map(count).collect();
        counts.map_err(|error| IndexError::io(&self.searcher.dir, error))
    }

    /// Counts over time, from the first day, month or year that has a document to the last, the empty ones between them
    /// included.
    pub fn histogram(&self, step: Step) -> Vec<Row> {
        histogram(&self.searcher.engine, &self.matches, self.by, step)
    }
}

/// Counts the documents by their values, the most frequent first, equals by name.
fn facet(engine: &Engine, matches: &[OfSegment], facet: Facet, by: By) -> io::Result<Vec<Count>> {
    let counts = match facet {
        Facet::Source => by_name(engine, matches, SOURCE)?,
        Facet::Host => by_name(engine, matches, HOST)?,
        Facet::Lang => by_name(engine, matches, LANG)?,
        Facet::Kind => by_name(engine, matches, KIND)?,
        Facet::Signatory => spellings_joined(by_name(engine, matches, SIGNATORY_NAME)?),
        Facet::Month => by_time(engine, matches, by, Step::Month),
        Facet::Year => by_time(engine, matches, by, Step::Year),
    };
    let mut counts: Vec<Count> = counts.into_iter().map(|(value, count)| Count { value, count }).collect();
    counts.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.value.cmp(&b.value)));
    Ok(counts)
}

type Counts = HashMap<Option<String>, usize>;

fn by_name(engine: &Engine, matches: &[OfSegment], column: &str) -> io::Result<Counts> {
    let mut counts = Counts::new();
    for of_segment in matches {
        let docs = &of_segment.docs;
        let Some(column) = names(engine.segment_reader(of_segment.segment), column) else {
            *counts.entry(None).or_default() += docs.len();
            continue;
        };
        let mut of_names: HashMap<u64, usize> = HashMap::new();
        for (doc, _) in docs {
            let mut ordinals = column.term_ords(*doc).peekable();
            if ordinals.peek().is_none() {
                *counts.entry(None).or_default() += 1;
            }
            ordinals.for_each(|ordinal| *of_names.entry(ordinal).or_default() += 1);
        }
        // In their order the names are read in one go, and not each from the beginning of its block.
        let mut of_names: Vec<(u64, usize)> = of_names.into_iter().collect();
        of_names.sort_unstable();
        let ordinals: Vec<u64> = of_names.iter().map(|(ordinal, _)| *ordinal).collect();
        let mut of_names = of_names.into_iter();
        let is_whole = column.dictionary().sorted_ords_to_term_cb(&ordinals, |name| {
            let name = String::from_utf8_lossy(name).into_owned();
            let count = of_names.next().map_or(0, |(_, count)| count);
            *counts.entry(Some(name).filter(|name| !name.is_empty())).or_default() += count;
        })?;
        if !is_whole {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "a column has fewer names than it says"));
        }
    }
    Ok(counts)
}

/// An organisation: how many documents it is in, and in how many by which name.
type Spellings = (usize, Vec<(usize, String)>);

/// Joins the spellings of each organisation under the most frequent, of equals the first by name.
fn spellings_joined(counts: Counts) -> Counts {
    let mut by_key: HashMap<Option<String>, Spellings> = HashMap::new();
    for (value, count) in counts {
        let (key, name) = value.as_deref().map(listed_name).unzip();
        let joined = by_key.entry(key.map(str::to_owned)).or_default();
        joined.0 += count;
        joined.1.extend(name.map(|name| (count, name.to_owned())));
    }
    let most_frequent = |mut spellings: Vec<(usize, String)>| {
        spellings.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
        spellings.into_iter().next().map(|(_, name)| name)
    };
    let mut joined = Counts::new();
    for (count, spellings) in by_key.into_values() {
        *joined.entry(most_frequent(spellings)).or_default() += count;
    }
    joined
}

fn by_time(engine: &Engine, matches: &[OfSegment], by: By, step: Step) -> Counts {
    over_time(engine, matches, by, step)
        .into_iter()
        .map(|(number, count)| (Some(step.name(number)), count))
        .collect()
}

/// How many documents there are for each day, month or year that has some.
fn over_time(engine: &Engine, matches: &[OfSegment], by: By, step: Step) -> BTreeMap<u64, usize> {
    let mut counts = BTreeMap::new();
    for of_segment in matches {
        let day = day_of(engine.segment_reader(of_segment.segment), by);
        for day in of_segment.docs.iter().filter_map(|(doc, _)| day(*doc)) {
            *counts.entry(step.of(day)).or_default() += 1;
        }
    }
    counts
}

fn day_of(segment: &SegmentReader, by: By) -> Box<dyn Fn(DocId) -> Option<u64>> {
    match by {
        By::Published => {
            let days = numbers(segment, DAY);
            Box::new(move |doc| days.as_ref()?.first(doc))
        }
        By::Captured => {
            let times = integers(segment, CAPTURED);
            Box::new(move |doc| day_number(times.as_ref()?.first(doc)?))
        }
    }
}

fn histogram(engine: &Engine, matches: &[OfSegment], by: By, step: Step) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    let mut expected = None;
    for (number, count) in over_time(engine, matches, by, step) {
        if let Some(expected) = expected {
            rows.extend(step.gap(expected, number));
        }
        rows.push(Row { from: step.name(number), to: None, count });
        expected = step.next(number);
    }
    rows
}

impl Step {
    /// A day YYYYMMDD as a number of this step.
    fn of(self, day: u64) -> u64 {
        match self {
            Step::Day => day,
            Step::Month => day / 100,
            Step::Year => day / 10_000,
        }
    }

    fn name(self, number: u64) -> String {
        match self {
            Step::Day => format!("{:04}-{:02}-{:02}", number / 10_000, number / 100 % 100, number % 100),
            Step::Month => format!("{:04}-{:02}", number / 100, number % 100),
            Step::Year => format!("{number:04}"),
        }
    }

    fn next(self, number: u64) -> Option<u64> {
        match self {
            Step::Day => crate::schema::number(date(number)?.tomorrow().ok()?),
            Step::Month if number % 100 >= 12 => Some((number / 100 + 1) * 100 + 1),
            Step::Month | Step::Year => Some(number + 1),
        }
    }

    fn before(self, number: u64) -> Option<u64> {
        match self {
            Step::Day => crate::schema::number(date(number)?.yesterday().ok()?),
            Step::Month if number % 100 <= 1 => Some((number / 100).checked_sub(1)? * 100 + 12),
            Step::Month | Step::Year => number.checked_sub(1),
        }
    }

    /// The empty rows from one to before another; a long row of them is told in one.
    fn gap(self, from: u64, to: u64) -> Vec<Row> {
        let empty = std::iter::successors(Some(from), |number| self.next(*number));
        let empty: Vec<u64> = empty.take_while(|number| *number < to).take(LONGEST_GAP + 1).collect();
        if empty.len() <= LONGEST_GAP {
            let row = |number| Row { from: self.name(number), to: None, count: 0 };
            return empty.into_iter().map(row).collect();
        }
        let last = self.before(to).map(|last| self.name(last));
        vec![Row { from: self.name(from), to: last, count: 0 }]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_rows_are_told_up_to_a_length() {
        let names = |step: Step, from, to| -> Vec<String> {
            step.gap(from, to)
                .into_iter()
                .map(|row| row.from + &row.to.map(|to| format!("..{to}")).unwrap_or_default())
                .collect()
        };
        assert_eq!(names(Step::Month, 202_311, 202_403), ["2023-11", "2023-12", "2024-01", "2024-02"]);
        assert_eq!(names(Step::Day, 20_240_228, 20_240_302), ["2024-02-28", "2024-02-29", "2024-03-01"]);
        assert_eq!(names(Step::Year, 2024, 2024), [""; 0]);
        assert_eq!(names(Step::Year, 1, 9999), ["0001..9998"]);
        assert_eq!(names(Step::Month, 200_005, 202_401), ["2000-05..2023-12"]);
        assert_eq!(names(Step::Day, 10_102, 99_991_231), ["0001-01-02..9999-12-30"]);
    }

    #[test]
    fn spellings_of_one_organisation_are_one() {
        let counts = Counts::from([
            (Some("reed network\tReed Network".to_owned()), 3),
            (Some("reed network\tREED NETWORK".to_owned()), 2),
            (Some("other\tOther".to_owned()), 1),
            (None, 7),
        ]);
        let joined = spellings_joined(counts);
        let wanted =
            Counts::from([(Some("Reed Network".to_owned()), 5), (Some("Other".to_owned()), 1), (None, 7)]);
        assert_eq!(joined, wanted);
    }
}
