//! Cluster terms for scripts without spaces between words.
//!
//! Khmer, Thai, Lao and Burmese give one term for each character cluster (a letter with its
//! subscripts, vowels and signs). Chinese, Japanese and Korean give one term for each pair of
//! neighbouring characters, and the last character of a run alone, so that a single character can be
//! found as the beginning of a term. One or two clusters stand inside many a longer word: where the dictionary lets a text be
//! cut at both their ends, they are a term of their own as well, a short word. Runs that other text separates are one position apart, so that a
//! phrase never reaches from one run into the next by accident.

use std::ops::Range;

use crate::Token;
use crate::chunks::Chunks;
use crate::cuts::{Cuts, LONGEST_SHORT};
use crate::fold::fold_into;
use crate::script::{Family, binds_next, family, is_invisible, is_mark};
use crate::terms::{ChunkedTerms, Terms};

/// The cluster terms of a text, one chunk at a time, and its [short words](short_word_of_query).
pub struct ClusterChunks<'a> {
    chunks: Chunks<'a>,
    clusters: Clusters,
    /// Only where short words are wanted.
    cuts: Option<Cuts>,
    position: usize,
}

impl<'a> ClusterChunks<'a> {
    /// Begins at the start of a text.
    pub fn new(text: &'a str) -> ClusterChunks<'a> {
        ClusterChunks { cuts: Some(Cuts::default()), ..Self::without_short_words(text) }
    }

    /// The same without short words.
    pub fn without_short_words(text: &'a str) -> ClusterChunks<'a> {
        ClusterChunks { chunks: Chunks::new(text), clusters: Clusters::default(), cuts: None, position: 0 }
    }
}

impl ChunkedTerms for ClusterChunks<'_> {
    fn next_into(&mut self, terms: &mut Terms) -> bool {
        let Some((offset, chunk)) = self.chunks.next() else { return false };
        // Most lines have none: whoever looks at each of their characters more closely loses time.
        if !chunk.is_ascii() && chunk.chars().any(|c| family(c) != Family::Spaced) {
            self.clusters.read(chunk);
            for run in self.clusters.runs() {
                let place = Place { offset, position: self.position };
                match self.cuts.as_mut().filter(|_| run.family() == Family::Southeast) {
                    Some(cuts) => run.push_with_short_words(chunk, cuts, place, terms),
                    None => run.push(place, terms),
                }
                // One more, so that no phrase reaches into the next run.
                self.position += run.clusters.len() + 1;
            }
        }
        true
    }
}

/// The cluster terms to look up for a piece of query text: as in a document, but without the lone
/// last character of a longer run, which a document may continue.
pub fn clusters_of_query(text: &str) -> Vec<Token> {
    let mut clusters = Clusters::default();
    clusters.read(text);
    let mut terms = Terms::default();
    let mut position = 0;
    for run in clusters.runs() {
        let first = terms.len();
        run.push(Place { offset: 0, position }, &mut terms);
        position += run.clusters.len() + 1;
        if run.family() == Family::East && terms.len() - first > 1 {
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

/// What short words begin with, and no cluster does.
const SHORT_WORD: &str = "=";

/// The one term to look up instead of these clusters of a query, if they are few enough to stand inside any longer word:
/// one or two of Khmer, Thai, Lao or Burmese. A document has this term where its text may be cut at both ends of them.
pub fn short_word_of_query(clusters: &[Token]) -> Option<String> {
    let first = clusters.first().filter(|_| clusters.len() <= LONGEST_SHORT)?;
    let follow = |(index, cluster): (usize, &Token)| cluster.position == first.position + index;
    let is_southeast = |cluster: &Token| cluster.text.starts_with(|c| family(c) == Family::Southeast);
    let is_short = clusters.iter().enumerate().all(follow) && clusters.iter().all(is_southeast);
    is_short
        .then(|| SHORT_WORD.chars().chain(clusters.iter().flat_map(|cluster| cluster.text.chars())).collect())
}

/// Whether a term is a short word.
pub(crate) fn is_short_word(form: &str) -> bool {
    form.starts_with(SHORT_WORD)
}

/// The clusters of a piece of text, with one buffer for all their forms.
#[derive(Default)]
struct Clusters {
    forms: String,
    clusters: Vec<Cluster>,
}

struct Cluster {
    span: Range<usize>,
    /// Bytes of its folded form in the buffer.
    form: Range<usize>,
    family: Family,
    /// Whether it goes on where the one before it ends, a zero-width space apart at most.
    is_joined: bool,
}

/// Where a run stands in a text.
#[derive(Clone, Copy)]
struct Place {
    offset: usize,
    position: usize,
}

impl Clusters {
    fn read(&mut self, text: &str) {
        self.forms.clear();
        self.clusters.clear();
        let mut last = None;
        for span in cluster_spans(text) {
            let Some(piece) = text.get(span.clone()) else { continue };
            let Some(first) = piece.chars().find(|c| !is_invisible(*c)) else { continue };
            let family = family(first);
            if family == Family::Spaced {
                last = None;
                continue;
            }
            let start = self.forms.len();
            fold_into(piece, &mut self.forms);
            if self.forms.len() > start {
                let form = start..self.forms.len();
                self.clusters.push(Cluster { span, form, family, is_joined: last == Some(family) });
                last = Some(family);
            }
        }
    }

    /// Neighbouring clusters of one family.
    fn runs(&self) -> impl Iterator<Item = Run<'_>> {
        let runs = self.clusters.chunk_by(|_, next| next.is_joined);
        runs.map(|clusters| Run { forms: &self.forms, clusters })
    }
}

struct Run<'a> {
    forms: &'a str,
    clusters: &'a [Cluster],
}

impl Run<'_> {
    fn family(&self) -> Family {
        self.clusters.first().map_or(Family::Spaced, |cluster| cluster.family)
    }

    /// Appends one term for each cluster, or pair of characters.
    fn push(&self, place: Place, terms: &mut Terms) {
        let length = if self.family() == Family::East { 2 } else { 1 };
        for index in 0..self.clusters.len() {
            self.push_term(index, length, "", place, terms);
        }
    }

    /// The short words are at the positions of their first clusters.
    fn push_with_short_words(&self, text: &str, cuts: &mut Cuts, place: Place, terms: &mut Terms) {
        let mut end = None;
        cuts.read(self.clusters.iter().map(|cluster| {
            let is_cut = end.is_some_and(|end| end != cluster.span.start);
            end = Some(cluster.span.end);
            (text.get(cluster.span.clone()).unwrap_or_default(), is_cut)
        }));
        for index in 0..self.clusters.len() {
            self.push_term(index, 1, "", place, terms);
            let lengths = 1..=LONGEST_SHORT.min(self.clusters.len() - index);
            for length in lengths.filter(|length| cuts.may_be_word(index, *length)) {
                self.push_term(index, length, SHORT_WORD, place, terms);
            }
        }
    }

    /// Appends the term of so many clusters, or of fewer at the end.
    fn push_term(&self, index: usize, length: usize, mark: &str, place: Place, terms: &mut Terms) {
        let clusters = self.clusters.iter().skip(index).take(length);
        let mut spans = clusters.clone().map(|cluster| &cluster.span);
        let Some(first) = spans.next() else { return };
        let end = spans.next_back().unwrap_or(first).end;
        let before = terms.len();
        terms.push_with(place.offset + first.start..place.offset + end, |form| {
            form.push_str(mark);
            clusters
                .for_each(|cluster| form.push_str(self.forms.get(cluster.form.clone()).unwrap_or_default()));
        });
        terms.from(before).for_each(|term| term.position = place.position + index);
    }
}

/// Where each cluster of a text ends; a text may be cut at any of these places.
pub(crate) fn cluster_ends(text: &str) -> Vec<usize> {
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
    fn one_cluster_or_two_are_a_word_where_the_text_may_be_cut() {
        let text = "នៅផ្សារមានសារ\u{200B}មួយ";
        let words = crate::short_words(text);
        let forms: Vec<&str> = words.forms().collect();
        assert_eq!(forms, ["=នៅ", "=ផ្សារ", "=មាន", "=សារ", "=មួយ"]);
        let clusters = crate::clusters(text);
        for word in words.tokens() {
            assert_eq!(&word.text[1..], &text[word.span.clone()]);
            assert!(clusters.iter().any(|cluster| {
                cluster.position == word.position && cluster.span.start == word.span.start
            }));
        }
    }

    #[test]
    fn a_query_of_one_cluster_or_two_is_a_short_word() {
        let short = |text| short_word_of_query(&clusters_of_query(text));
        assert_eq!(short("ការ").as_deref(), Some("=ការ"));
        assert_eq!(short("ដី").as_deref(), Some("=ដី"));
        for text in ["", "a", "ការងារ", "ក x ខ", "法", "言论"] {
            assert_eq!(short(text), None, "{text}");
        }
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
