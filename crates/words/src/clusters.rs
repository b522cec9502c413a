//! Cluster terms for scripts without spaces between words.
//!
//! Khmer, Thai, Lao and Burmese give one term for each character cluster (a letter with its
//! subscripts, vowels and signs). Chinese, Japanese and Korean give one term for each pair of
//! neighbouring characters, and the last character of a run alone, so that a single character can be
//! found as the beginning of a term. Runs that other text separates are one position apart, so that a
//! phrase never reaches from one run into the next by accident.

use std::ops::Range;

use crate::Token;
use crate::chunks::Chunks;
use crate::fold::fold;
use crate::script::{Family, binds_next, family, is_invisible, is_mark};
use crate::terms::{ChunkedTerms, Terms};

/// The cluster terms of a text, one chunk at a time.
pub struct ClusterChunks<'a> {
    chunks: Chunks<'a>,
    position: usize,
}

impl<'a> ClusterChunks<'a> {
    /// Begins at the start of a text.
    pub fn new(text: &'a str) -> ClusterChunks<'a> {
        ClusterChunks { chunks: Chunks::new(text), position: 0 }
    }
}

impl ChunkedTerms for ClusterChunks<'_> {
    fn next_into(&mut self, terms: &mut Terms) -> bool {
        let Some((offset, chunk)) = self.chunks.next() else { return false };
        // Most lines have none: whoever looks at each of their characters more closely loses time.
        if !chunk.is_ascii() && chunk.chars().any(|c| family(c) != Family::Spaced) {
            for run in runs(chunk) {
                self.position += push_run(&run, offset, self.position, terms);
            }
        }
        true
    }
}

/// The cluster terms to look up for a piece of query text: as in a document, but without the lone
/// last character of a longer run, which a document may continue.
pub fn clusters_of_query(text: &str) -> Vec<Token> {
    let mut terms = Terms::default();
    let mut position = 0;
    for run in runs(text) {
        let first = terms.len();
        position += push_run(&run, 0, position, &mut terms);
        if run.family == Family::East && terms.len() - first > 1 {
            terms.truncate(terms.len() - 1);
        }
    }
    terms.tokens().collect()
}

/// Whether a term is a Chinese, Japanese or Korean character without a neighbour.
pub fn is_lone_character(token: &Token) -> bool {
    let mut chars = token.text.chars();
    chars.next().is_some_and(|c| family(c) == Family::East) && chars.next().is_none()
}

/// Neighbouring clusters of one family.
struct Run {
    family: Family,
    clusters: Vec<(Range<usize>, String)>,
}

fn runs(text: &str) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut joined = false;
    for cluster in cluster_spans(text) {
        let Some(piece) = text.get(cluster.clone()) else { continue };
        let Some(first) = piece.chars().find(|c| !is_invisible(*c)) else { continue };
        let family = family(first);
        if family == Family::Spaced {
            joined = false;
            continue;
        }
        let folded = fold(piece);
        if folded.is_empty() {
            continue;
        }
        match runs.last_mut() {
            Some(run) if joined && run.family == family => run.clusters.push((cluster, folded)),
            _ => runs.push(Run { family, clusters: vec![(cluster, folded)] }),
        }
        joined = true;
    }
    runs
}

/// Appends the terms of a run and returns how far the position moves, the gap to the next run included.
fn push_run(run: &Run, offset: usize, position: usize, terms: &mut Terms) -> usize {
    let before = terms.len();
    for (index, (span, text)) in run.clusters.iter().enumerate() {
        let next = run.clusters.get(index + 1).filter(|_| run.family == Family::East);
        let end = next.map_or(span.end, |(span, _)| span.end);
        terms.push_with(offset + span.start..offset + end, |form| {
            form.push_str(text);
            next.into_iter().for_each(|(_, text)| form.push_str(text));
        });
    }
    terms.from(before).enumerate().for_each(|(index, term)| term.position = position + index);
    run.clusters.len() + 1
}

/// Where each cluster of a text ends; a text may be cut at any of these places.
pub fn cluster_ends(text: &str) -> Vec<usize> {
    cluster_spans(text).map(|span| span.end).collect()
}

/// Longest cluster in bytes: a letter under a thousand accents is not a letter.
const LONGEST_CLUSTER: usize = 64;

/// The clusters of a text, one after the other.
pub(crate) fn cluster_spans(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut chars = text.char_indices().peekable();
    std::iter::from_fn(move || {
        let (start, first) = chars.next()?;
        let mut end = start + first.len_utf8();
        let mut last = first;
        while let Some((at, c)) = chars.next_if(|(_, c)| continues(last, *c) && end - start < LONGEST_CLUSTER)
        {
            end = at + c.len_utf8();
            if !is_invisible(c) {
                last = c;
            }
        }
        Some(start..end)
    })
}

fn continues(last: char, c: char) -> bool {
    // A zero-width space is a boundary and a cluster of its own; other invisible characters go with what they follow.
    if c == '\u{200B}' {
        return false;
    }
    is_mark(c) || is_invisible(c) || (binds_next(last) && family(c) == Family::Southeast)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms(text: &str) -> Vec<String> {
        crate::clusters(text).into_iter().map(|token| token.text).collect()
    }

    #[test]
    fn southeast_asian_text_gives_one_term_for_each_cluster() {
        assert_eq!(terms("សិទ្ធិមនុស្ស"), ["សិ", "ទ្ធិ", "ម", "នុ", "ស្ស"]);
        assert_eq!(terms("เสรีภาพ"), ["เส", "รี", "ภา", "พ"]);
        assert_eq!(terms("ສິດທິ"), ["ສິ", "ດ", "ທິ"]);
        assert_eq!(terms("ကမ္ဘာ"), ["က", "မ္ဘာ"]);
    }

    #[test]
    fn a_zero_width_space_is_no_term_and_no_gap() {
        assert_eq!(clusters_of_query("សិទ្ធិ\u{200B}មនុស្ស").len(), 5);
        let positions: Vec<_> =
            clusters_of_query("សិទ្ធិ\u{200B}មនុស្ស").iter().map(|token| token.position).collect();
        assert_eq!(positions, [0, 1, 2, 3, 4]);
    }

    #[test]
    fn east_asian_text_gives_pairs() {
        assert_eq!(terms("言论自由 a 法"), ["言论", "论自", "自由", "由", "法"]);
        assert_eq!(clusters_of_query("言论自由").len(), 3);
        assert_eq!(clusters_of_query("法").len(), 1);
    }

    #[test]
    fn other_text_gives_none() {
        assert!(terms("The right to a fair trial, l’arrêt, Право, العربية").is_empty());
    }

    #[test]
    fn a_phrase_does_not_reach_from_one_run_into_the_next() {
        let tokens = clusters_of_query("ក x ខ");
        let positions: Vec<_> = tokens.iter().map(|token| token.position).collect();
        assert_eq!(positions, [0, 2]);
    }

    #[test]
    fn endless_marks_are_cut_into_bounded_clusters() {
        let text = format!("ក{}", "\u{17B6}".repeat(10_000));
        assert!(cluster_spans(&text).all(|span| span.len() <= LONGEST_CLUSTER + 4));
    }
}
