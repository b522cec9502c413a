//! Output for programs: one JSON object a line.

use std::io::{self, Write};

use serde::Serialize;
use vidimus_index::{Hit, Results};

/// Counts up when a field changes its meaning or goes away; new fields do not change it.
pub const FORMAT: u32 = 1;

#[derive(Serialize)]
struct Line<'a> {
    format: u32,
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
}

#[derive(Serialize)]
struct SnippetLine {
    text: String,
    /// Start and end of each match, counted in characters (Unicode scalar values).
    highlights: Vec<[usize; 2]>,
}

/// Writes all hits, best first.
pub fn write(out: &mut impl Write, results: &Results) -> io::Result<()> {
    for hit in &results.hits {
        serde_json::to_writer(&mut *out, &line(hit))?;
        out.write_all(b"\n")?;
    }
    out.flush()
}

fn line(hit: &Hit) -> Line<'_> {
    let (text, highlights) = hit.snippet.joined();
    Line {
        format: FORMAT,
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
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::results;

    #[test]
    fn each_hit_is_one_line_that_programs_can_read() {
        let mut out = Vec::new();
        write(&mut out, &results()).unwrap();
        let text = String::from_utf8(out).unwrap();
        let lines: Vec<serde_json::Value> =
            text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines.len(), 2);
        assert_eq!(lines[0]["format"], 1);
        assert_eq!(lines[0]["published"], "2024-06-26");
        assert_eq!(lines[0]["captured_at"], "2024-06-27T08:00:00Z");
        assert_eq!(lines[0]["snippet"]["highlights"], serde_json::json!([[16, 27]]));
        assert_eq!(lines[1]["published"], serde_json::Value::Null);
        assert_eq!((&lines[0]["witnessed"], &lines[1]["witnessed"]), (&true.into(), &false.into()));
    }
}
