//! Output for programs: one JSON object a line.

use std::io::{self, Write};

use serde::Serialize;
use vidimus_index::{Fold, Hit};

use crate::answer::{Answer, Asked, Histogram, Values};
use crate::args::Facet;
use crate::run::RunError;
use crate::tally::name_of;

/// Counts up when a field changes its meaning or goes away; new fields do not change it.
pub const FORMAT: u32 = 1;

/// A query of a batch, before its hits.
#[derive(Serialize)]
struct QueryLine<'a> {
    format: u32,
    r#type: &'static str,
    line: usize,
    query: &'a str,
    total: usize,
    shown: usize,
    /// How many more match that stand in the place of statements.
    left_out: usize,
    /// How many hits there are when documents are folded.
    #[serde(skip_serializing_if = "Option::is_none")]
    folded: Option<usize>,
    /// Of how many documents that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    compared: Option<usize>,
}

#[derive(Serialize)]
struct FacetLine<'a> {
    format: u32,
    r#type: &'static str,
    #[serde(flatten)]
    of: Of<'a>,
    facet: String,
    values: Vec<Value<'a>>,
    /// How many more values there are.
    more: usize,
}

#[derive(Serialize)]
struct Value<'a> {
    value: Option<&'a str>,
    count: usize,
}

#[derive(Serialize)]
struct HistogramLine<'a> {
    format: u32,
    r#type: &'static str,
    #[serde(flatten)]
    of: Of<'a>,
    step: String,
    by: String,
    rows: Vec<RowLine<'a>>,
}

#[derive(Serialize)]
struct RowLine<'a> {
    from: &'a str,
    to: &'a str,
    count: usize,
}

/// Of which query of a batch.
#[derive(Clone, Copy, Serialize)]
struct Of<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    query: Option<&'a str>,
}

#[derive(Serialize)]
struct Line<'a> {
    format: u32,
    r#type: &'static str,
    #[serde(flatten)]
    of: Of<'a>,
    id: &'a str,
    url: &'a str,
    title: &'a str,
    authors: &'a [String],
    source: &'a str,
    organisation: Option<&'a str>,
    lang: Option<&'a str>,
    kind: Option<&'a str>,
    partial: bool,
    witnessed: bool,
    published: Option<String>,
    captured_at: String,
    score: f32,
    snippet: SnippetLine,
    #[serde(skip_serializing_if = "Option::is_none")]
    versions: Option<VersionsLine>,
    #[serde(skip_serializing_if = "Option::is_none")]
    copies: Option<Vec<CopyLine<'a>>>,
}

#[derive(Serialize)]
struct VersionsLine {
    /// How many other versions of the page match.
    others: usize,
    /// Whether a later version of the page does not.
    superseded: bool,
}

#[derive(Serialize)]
struct CopyLine<'a> {
    id: &'a str,
    url: &'a str,
    source: &'a str,
    published: Option<String>,
    captured_at: String,
}

#[derive(Serialize)]
struct SnippetLine {
    text: String,
    /// Start and end of each match, counted in characters (Unicode scalar values).
    highlights: Vec<[usize; 2]>,
}

/// Writes an answer: of a batch the query first, then all hits in their order, then what was counted.
pub fn write(out: &mut impl Write, answer: &Answer<'_>) -> Result<(), RunError> {
    let of = Of::new(answer.asked);
    if let Some(line) = answer.asked.line {
        let (total, shown) = (answer.found.total, answer.found.shown());
        let query = answer.asked.query;
        let (left_out, folded) = (answer.found.left_out, answer.found.folded);
        let object = QueryLine {
            format: FORMAT,
            r#type: "query",
            line,
            query,
            total,
            shown,
            left_out,
            folded: folded.map(|folded| folded.hits),
            compared: folded.map(|folded| folded.compared),
        };
        put(out, &object).map_err(RunError::Output)?;
    }
    for hit in answer.found.hits() {
        let hit = hit.map_err(RunError::Index)?;
        put(out, &line(&hit, of)).map_err(RunError::Output)?;
    }
    for (facet, values) in &answer.tallies.facets {
        put(out, &facet_line(*facet, values, of)).map_err(RunError::Output)?;
    }
    if let Some(histogram) = &answer.tallies.histogram {
        put(out, &histogram_line(histogram, of)).map_err(RunError::Output)?;
    }
    Ok(())
}

fn put(out: &mut impl Write, object: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *out, object)?;
    out.write_all(b"\n")
}

impl<'a> Of<'a> {
    fn new(asked: Asked<'a>) -> Of<'a> {
        Of { line: asked.line, query: asked.line.map(|_| asked.query) }
    }
}

fn facet_line<'a>(facet: Facet, values: &'a Values, of: Of<'a>) -> FacetLine<'a> {
    let shown = values.shown.iter().map(|value| Value { value: value.value.as_deref(), count: value.count });
    FacetLine {
        format: FORMAT,
        r#type: "facet",
        of,
        facet: name_of(facet),
        values: shown.collect(),
        more: values.more,
    }
}

fn histogram_line<'a>(histogram: &'a Histogram, of: Of<'a>) -> HistogramLine<'a> {
    let rows = histogram.rows.iter().map(|row| RowLine {
        from: &row.from,
        to: row.to.as_deref().unwrap_or(&row.from),
        count: row.count,
    });
    HistogramLine {
        format: FORMAT,
        r#type: "histogram",
        of,
        step: name_of(histogram.step),
        by: name_of(histogram.by),
        rows: rows.collect(),
    }
}

fn line<'a>(hit: &'a Hit, of: Of<'a>) -> Line<'a> {
    let (text, highlights) = hit.snippet.joined();
    let (versions, copies) = match &hit.fold {
        Fold::Nothing => (None, None),
        Fold::Versions { others, superseded } => {
            (Some(VersionsLine { others: *others, superseded: *superseded }), None)
        }
        Fold::Copies(copies) => {
            let line = |copy: &'a vidimus_index::NearCopy| CopyLine {
                id: &copy.id,
                url: &copy.url,
                source: &copy.source,
                published: copy.published.map(|date| date.to_string()),
                captured_at: copy.captured_at.to_string(),
            };
            (None, Some(copies.iter().map(line).collect()))
        }
    };
    Line {
        format: FORMAT,
        r#type: "hit",
        of,
        id: &hit.id,
        url: &hit.url,
        title: &hit.title,
        authors: &hit.authors,
        source: &hit.source,
        organisation: hit.organisation.as_deref(),
        lang: hit.lang.as_deref(),
        kind: hit.kind.as_deref(),
        partial: hit.partial,
        witnessed: hit.witnessed,
        published: hit.published.map(|date| date.to_string()),
        captured_at: hit.captured_at.to_string(),
        score: hit.score,
        snippet: SnippetLine {
            text,
            highlights: highlights.into_iter().map(|span| [span.start, span.end]).collect(),
        },
        versions,
        copies,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::results;

    #[test]
    fn each_hit_is_one_line_that_programs_can_read() {
        let mut results = results();
        results.hits[1].fold = Fold::Versions { others: 2, superseded: true };
        let mut out = Vec::new();
        for (number, hit) in results.hits.iter().enumerate() {
            let asked = Asked { query: "a b", line: (number == 1).then_some(7) };
            put(&mut out, &line(hit, Of::new(asked))).unwrap();
        }
        let text = String::from_utf8(out).unwrap();
        let lines: Vec<serde_json::Value> =
            text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines.len(), 2);
        assert_eq!((&lines[0]["format"], &lines[0]["type"]), (&1.into(), &"hit".into()));
        assert_eq!(lines[0]["published"], "2024-06-26");
        assert_eq!(lines[0]["captured_at"], "2024-06-27T08:00:00Z");
        assert_eq!(lines[0]["snippet"]["highlights"], serde_json::json!([[16, 27]]));
        assert_eq!(lines[1]["published"], serde_json::Value::Null);
        assert_eq!((&lines[0]["witnessed"], &lines[1]["witnessed"]), (&true.into(), &false.into()));
        assert!(lines[0].get("versions").is_none() && lines[0].get("line").is_none());
        assert_eq!(lines[1]["versions"], serde_json::json!({"others": 2, "superseded": true}));
        assert_eq!((&lines[1]["line"], &lines[1]["query"]), (&7.into(), &"a b".into()));
    }
}
