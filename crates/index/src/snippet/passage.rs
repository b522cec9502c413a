//! Choosing the passages to show, and cutting them out.

use std::collections::BTreeSet;
use std::ops::Range;

use super::Fragment;
use super::matcher::Match;
use vidimus_words::{Token, beginning, cluster_ends, words};

/// Length of a snippet in characters, before the last word is completed.
const LENGTH: usize = 240;
/// How much of the text around a passage shows where words begin and end at its edges, in bytes.
const NEIGHBOURHOOD: usize = 200;

/// The best passages: one when it holds all that was found, else two shorter ones.
pub(super) fn passages(text: &str, words: &[Token], matches: &[Match], goes_on: bool) -> Vec<Fragment> {
    let page = Page::new(text, words);
    let all: BTreeSet<usize> = matches.iter().map(|found| found.leaf).collect();
    let Some(whole) = page.best(matches, LENGTH, &all) else {
        return page.cut(page.opening(), matches, goes_on).into_iter().collect();
    };
    let missing: BTreeSet<usize> = all.difference(&whole.leaves).copied().collect();
    let mut windows = match missing.is_empty() {
        true => vec![page.widen(&whole, LENGTH)],
        false => page.pair(matches, &all),
    };
    windows.sort_by_key(|window| window.start);
    let windows = merge(windows);
    windows.into_iter().filter_map(|window| page.cut(window, matches, goes_on)).collect()
}

/// A run of matches that fits into a passage.
struct Window {
    span: Range<usize>,
    leaves: BTreeSet<usize>,
}

/// A text with the places where it may be cut, and how far each is from the start in characters.
struct Page<'a> {
    text: &'a str,
    /// Byte offset and character offset of each place, ascending.
    places: Vec<(usize, usize)>,
    /// Whether the places are between clusters, since nobody needed the words.
    is_of_clusters: bool,
}

impl<'a> Page<'a> {
    fn new(text: &'a str, words: &[Token]) -> Page<'a> {
        let ends = match words.is_empty() {
            true => cluster_ends(text),
            false => words.iter().flat_map(|word| [word.span.start, word.span.end]).collect(),
        };
        let mut places = vec![(0, 0)];
        let (mut bytes, mut chars) = (0, 0);
        for end in ends.into_iter().chain([text.len()]).filter(|end| *end > 0) {
            // Words follow each other: an end that is no further has been seen.
            if end > bytes {
                chars += text.get(bytes..end).map_or(0, |piece| piece.chars().count());
                bytes = end;
                places.push((bytes, chars));
            }
        }
        Page { text, places, is_of_clusters: words.is_empty() }
    }

    /// Characters before a byte offset, to the last place before it.
    fn chars(&self, offset: usize) -> usize {
        let after = self.places.partition_point(|(bytes, _)| *bytes <= offset);
        after.checked_sub(1).and_then(|at| self.places.get(at)).map_or(0, |(_, chars)| *chars)
    }

    /// The first place at or after a number of characters.
    fn place_from(&self, chars: usize) -> usize {
        let at = self.places.partition_point(|(_, before)| *before < chars);
        self.places.get(at).map_or(self.text.len(), |(bytes, _)| *bytes)
    }

    /// The last place at or before a number of characters.
    fn place_to(&self, chars: usize) -> usize {
        let after = self.places.partition_point(|(_, before)| *before <= chars);
        after.checked_sub(1).and_then(|at| self.places.get(at)).map_or(0, |(bytes, _)| *bytes)
    }

    /// The run of matches no longer than `length` that holds most of the wanted leaves, then most
    /// matches; the first of equals.
    fn best(&self, matches: &[Match], length: usize, wanted: &BTreeSet<usize>) -> Option<Window> {
        let mut best: Option<(usize, usize, Window)> = None;
        for (at, first) in matches.iter().enumerate() {
            let start = self.chars(first.span.start);
            let fits = |found: &&Match| self.chars(found.span.end).saturating_sub(start) <= length;
            let run: Vec<&Match> = matches.iter().skip(at).take_while(fits).take(200).collect();
            let leaves: BTreeSet<usize> =
                run.iter().map(|found| found.leaf).filter(|leaf| wanted.contains(leaf)).collect();
            let end = run.iter().map(|found| found.span.end).max().unwrap_or(first.span.end);
            let (distinct, count) = (leaves.len().max(usize::from(wanted.contains(&first.leaf))), run.len());
            let is_better = distinct > 0
                && best.as_ref().is_none_or(|(most, count_then, _)| (distinct, count) > (*most, *count_then));
            if is_better {
                best = Some((distinct, count, Window { span: first.span.start..end, leaves }));
            }
        }
        best.map(|(_, _, window)| window)
    }

    /// The best half-length passage, and the best for what it lacks.
    fn pair(&self, matches: &[Match], all: &BTreeSet<usize>) -> Vec<Range<usize>> {
        let Some(first) = self.best(matches, LENGTH / 2, all) else { return Vec::new() };
        let missing: BTreeSet<usize> = all.difference(&first.leaves).copied().collect();
        let second = self.best(matches, LENGTH / 2, &missing);
        [Some(first), second].into_iter().flatten().map(|window| self.widen(&window, LENGTH / 2)).collect()
    }

    /// Surrounds a window with text up to the length, a third of it before.
    fn widen(&self, window: &Window, length: usize) -> Range<usize> {
        let (start, end) = (self.chars(window.span.start), self.chars(window.span.end));
        let spare = length.saturating_sub(end - start.min(end));
        let before = (spare / 3).min(start);
        let from = self.place_from(start - before).min(window.span.start);
        let to_chars = (start + length).saturating_sub(before);
        let to = self.end(from, self.place_to(to_chars).max(window.span.end), length);
        from + self.closing_before(from, window.span.start)..to
    }

    /// The wanted end, unless that makes a passage of no or of too much text: a word may be endless.
    fn end(&self, from: usize, wanted: usize, length: usize) -> usize {
        let rest = self.text.get(from..).unwrap_or_default();
        let most = rest.char_indices().nth(length + length / 4).map_or(self.text.len(), |(at, _)| from + at);
        if wanted > from { wanted.min(most) } else { most }
    }

    /// Bytes of white space and punctuation at `from` that belong to what was left out.
    fn closing_before(&self, from: usize, first_match: usize) -> usize {
        let lead = self.text.get(from..first_match).unwrap_or_default();
        if from == 0 {
            return 0;
        }
        let closes = |c: &char| c.is_whitespace() || ",.;:!?)]}…’”»、。，：；！？）」។".contains(*c);
        lead.chars().take_while(closes).map(char::len_utf8).sum()
    }

    /// The beginning of the text, for hits whose text does not match by itself.
    fn opening(&self) -> Range<usize> {
        0..self.end(0, self.place_to(LENGTH), LENGTH)
    }

    fn cut(&self, window: Range<usize>, matches: &[Match], goes_on: bool) -> Option<Fragment> {
        let window = if self.is_of_clusters { self.between_words(window, matches) } else { window };
        let window = self.without_opening(window.start..self.with_punctuation(window.end));
        let mut fragment = one_line(self.text, window.clone(), matches)?;
        let is_blank = |range: Range<usize>| self.text.get(range).is_none_or(|rest| rest.trim().is_empty());
        fragment.cut_before = !is_blank(0..window.start);
        fragment.cut_after = goes_on || !is_blank(window.end..self.text.len());
        Some(fragment)
    }

    /// The window without the parts of words at its edges. Only its neighbourhood is cut into words for that.
    fn between_words(&self, window: Range<usize>, matches: &[Match]) -> Range<usize> {
        let rest = self.text.get(window.end..).unwrap_or_default();
        let from = beginning(self.text, window.start.saturating_sub(NEIGHBOURHOOD)).len();
        let to = window.end + beginning(rest, NEIGHBOURHOOD).len();
        let region = words(self.text.get(from..to).unwrap_or_default());
        let edges = || region.iter().flat_map(|word| [from + word.span.start, from + word.span.end]);
        let inside = |found: &&Match| window.start <= found.span.start && found.span.end <= window.end;
        let first = matches.iter().filter(inside).map(|found| found.span.start).min().unwrap_or(window.end);
        let last = matches.iter().filter(inside).map(|found| found.span.end).max().unwrap_or(window.start);
        let start = edges().find(|edge| (window.start..=first).contains(edge));
        let end = edges().rfind(|edge| (last..=window.end).contains(edge));
        let start = start.filter(|_| window.start > 0).unwrap_or(window.start);
        let end = end.filter(|end| window.end < self.text.len() && *end > start).unwrap_or(window.end);
        start..end
    }

    /// A mark that opens what was left out goes with it.
    fn without_opening(&self, window: Range<usize>) -> Range<usize> {
        let part = self.text.get(window.clone()).unwrap_or_default();
        let kept = part.trim_end_matches(|c: char| c.is_whitespace() || opens(c));
        // A straight quotation mark behind a space opens as well.
        let before_mark =
            kept.strip_suffix(['"', '\'']).filter(|before| before.ends_with(char::is_whitespace));
        let kept = before_mark.map_or(kept, str::trim_end);
        if kept.is_empty() || window.end == self.text.len() {
            window
        } else {
            window.start..window.start + kept.len()
        }
    }

    /// A full stop after the last word belongs to it.
    fn with_punctuation(&self, end: usize) -> usize {
        let rest = self.text.get(end..).unwrap_or_default();
        let is_closing =
            |c: &char| !c.is_alphanumeric() && !c.is_whitespace() && !c.is_control() && !opens(*c);
        let closing: usize = rest.chars().take(3).take_while(is_closing).map(char::len_utf8).sum();
        let ends_there = rest.get(closing..).is_none_or(|rest| !rest.starts_with(char::is_alphanumeric));
        if ends_there { end + closing } else { end }
    }
}

/// Whether a mark belongs to what follows it.
fn opens(c: char) -> bool {
    "([{<“‘„‚«‹¿¡（「『【《〈".contains(c)
}

/// Windows that touch become one.
fn merge(windows: Vec<Range<usize>>) -> Vec<Range<usize>> {
    let mut merged: Vec<Range<usize>> = Vec::new();
    for window in windows {
        match merged.last_mut() {
            Some(last) if window.start <= last.end => last.end = last.end.max(window.end),
            _ => merged.push(window),
        }
    }
    merged
}

/// The text of a window on one line, with the matches in it.
fn one_line(text: &str, window: Range<usize>, matches: &[Match]) -> Option<Fragment> {
    let mut fragment = Fragment::default();
    let mut length = 0;
    let mut spaced = true;
    let mut marks = Marks::new(matches, &window);
    for (at, c) in text.get(window.clone())?.char_indices() {
        let is_space = c.is_whitespace() || c.is_control();
        if is_space && spaced || is_direction(c) {
            continue;
        }
        spaced = is_space;
        if marks.covers(window.start + at) {
            // White space inside a match is marked with it; at the edge of one it is not.
            match fragment.highlights.last_mut() {
                Some(last) if last.end == length && marks.goes_on(window.start + at) => last.end += 1,
                _ if is_space => {}
                _ => fragment.highlights.push(length..length + 1),
            }
        }
        fragment.text.push(if is_space { ' ' } else { c });
        length += 1;
    }
    let trimmed = fragment.text.trim_end();
    length = trimmed.chars().count();
    fragment.text.truncate(trimmed.len());
    fragment.highlights.retain_mut(|span| {
        span.end = span.end.min(length);
        span.start < span.end
    });
    Some(fragment)
}

/// Characters that turn the direction of all that follows, on a screen other lines included.
fn is_direction(c: char) -> bool {
    matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// Matches merged into spans that do not overlap.
struct Marks {
    spans: Vec<Range<usize>>,
    at: usize,
}

impl Marks {
    fn new(matches: &[Match], window: &Range<usize>) -> Marks {
        let inside = matches.iter().map(|found| found.span.clone());
        let inside = inside.filter(|span| span.start < window.end && window.start < span.end).collect();
        Marks { spans: merge_overlapping(inside), at: 0 }
    }

    /// Whether a match covers this byte; asked in ascending order.
    fn covers(&mut self, offset: usize) -> bool {
        while self.spans.get(self.at).is_some_and(|span| span.end <= offset) {
            self.at += 1;
        }
        self.spans.get(self.at).is_some_and(|span| span.start <= offset)
    }

    /// Whether the match at this byte began before it.
    fn goes_on(&self, offset: usize) -> bool {
        self.spans.get(self.at).is_some_and(|span| span.start < offset)
    }
}

fn merge_overlapping(spans: Vec<Range<usize>>) -> Vec<Range<usize>> {
    let mut merged: Vec<Range<usize>> = Vec::new();
    for span in spans {
        match merged.last_mut() {
            Some(last) if span.start < last.end => last.end = last.end.max(span.end),
            _ => merged.push(span),
        }
    }
    merged
}
