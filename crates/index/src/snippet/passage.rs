//! Choosing the passages to show, and cutting them out.

use std::ops::{Range, RangeInclusive};

use super::Fragment;
use super::matcher::{MOST_PATTERNS, Match};
use vidimus_words::{Terms, WordChunks};

/// Length of a snippet in characters, before the last word is completed.
const LENGTH: usize = 240;
/// How much of the text beside a passage is cut into words with it, in characters: cutting begins anywhere, and in scripts
/// without spaces it takes a few words until it falls in with the text.
const NEIGHBOURHOOD: usize = 70;
/// How many matches are counted for one passage.
const MOST_IN_ONE: usize = 200;

/// The best passages: one when it holds all that was found, else two shorter ones.
pub(super) fn passages(text: &str, words: &Terms, matches: &[Match], goes_on: bool) -> Vec<Fragment> {
    let page = Page::new(text, words, matches);
    let all: Leaves = matches.iter().map(|found| found.leaf).collect();
    let Some(whole) = page.best(LENGTH, &all) else {
        return page.cut(page.opening(), goes_on).into_iter().collect();
    };
    let mut windows = match all.without(&whole.leaves).is_empty() {
        true => vec![page.widen(&whole, LENGTH)],
        false => page.pair(&all),
    };
    windows.sort_by_key(|window| window.start);
    let windows = merge(windows);
    windows.into_iter().filter_map(|window| page.cut(window, goes_on)).collect()
}

/// A set of words and phrases of the query, by their numbers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Leaves([u64; MOST_PATTERNS.div_ceil(64)]);

impl Leaves {
    fn insert(&mut self, leaf: usize) {
        if let Some(bits) = self.0.get_mut(leaf / 64) {
            *bits |= 1 << (leaf % 64);
        }
    }

    fn contains(&self, leaf: usize) -> bool {
        self.0.get(leaf / 64).is_some_and(|bits| bits & (1 << (leaf % 64)) != 0)
    }

    fn without(mut self, other: &Leaves) -> Leaves {
        self.0.iter_mut().zip(other.0).for_each(|(bits, others)| *bits &= !others);
        self
    }

    fn len(&self) -> u32 {
        self.0.iter().map(|bits| bits.count_ones()).sum()
    }

    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl FromIterator<usize> for Leaves {
    fn from_iter<I: IntoIterator<Item = usize>>(leaves: I) -> Leaves {
        let mut set = Leaves::default();
        leaves.into_iter().for_each(|leaf| set.insert(leaf));
        set
    }
}

/// A run of matches that fits into a passage.
struct Window {
    span: Range<usize>,
    leaves: Leaves,
}

/// A text with what was found in it.
struct Page<'a> {
    text: &'a str,
    /// All its words, or none when nobody needed them.
    words: &'a Terms,
    /// In the order in which they begin.
    matches: &'a [Match],
    /// The same, counted in characters.
    in_chars: Vec<Range<usize>>,
}

impl<'a> Page<'a> {
    fn new(text: &'a str, words: &'a Terms, matches: &'a [Match]) -> Page<'a> {
        let count = |span: Range<usize>| text.get(span).map_or(0, |piece| piece.chars().count());
        let (mut bytes, mut chars) = (0, 0);
        let in_chars = matches.iter().map(|found| {
            chars += count(bytes..found.span.start);
            bytes = found.span.start;
            chars..chars + count(found.span.clone())
        });
        Page { text, words, matches, in_chars: in_chars.collect() }
    }

    /// The byte so many characters after another, or the end.
    fn after(&self, from: usize, chars: usize) -> usize {
        let rest = self.text.get(from..).unwrap_or_default();
        rest.char_indices().nth(chars).map_or(self.text.len(), |(at, _)| from + at)
    }

    /// The byte so many characters before another, or the beginning.
    fn before(&self, to: usize, chars: usize) -> usize {
        let Some(last) = chars.checked_sub(1) else { return to };
        self.text.get(..to).unwrap_or_default().char_indices().nth_back(last).map_or(0, |(at, _)| at)
    }

    /// Where words begin and end between two bytes, and where the text does, in ascending order.
    fn edges(&self, from: usize, to: usize) -> Vec<usize> {
        if !self.words.is_empty() {
            return self.edges_of(self.words, 0, from..=to);
        }
        let around = self.before(from, NEIGHBOURHOOD)..self.after(to, NEIGHBOURHOOD);
        let words = Terms::of(WordChunks::new(self.text.get(around.clone()).unwrap_or_default()));
        self.edges_of(&words, around.start, from..=to)
    }

    /// The same of words that are counted from `start`.
    fn edges_of(&self, words: &Terms, start: usize, within: RangeInclusive<usize>) -> Vec<usize> {
        let first = words.first_ending_from(within.start().saturating_sub(start));
        let spans = (first..words.len()).filter_map(|at| words.get(at)).map(|(_, span, _)| span);
        let near = spans.take_while(|span| start + span.start <= *within.end());
        let ends = near.flat_map(|span| [start + span.start, start + span.end]);
        let edges = std::iter::once(0).chain(ends).chain([self.text.len()]);
        edges.filter(|edge| within.contains(edge)).collect()
    }

    /// The run of matches no longer than `length` that holds most of the wanted leaves, then most
    /// matches; the first of equals.
    fn best(&self, length: usize, wanted: &Leaves) -> Option<Window> {
        let mut best: Option<((u32, usize), Window)> = None;
        let found: Vec<(&Match, &Range<usize>)> = self.matches.iter().zip(&self.in_chars).collect();
        for (at, (first, first_chars)) in found.iter().enumerate() {
            let fits = |(_, chars): &&(&Match, &Range<usize>)| chars.end - first_chars.start <= length;
            let run = found.iter().skip(at).take_while(fits).take(MOST_IN_ONE).map(|(found, _)| *found);
            // One match alone may be longer than a passage.
            let mut window = Window { span: first.span.clone(), leaves: Leaves::default() };
            let mut count = 0;
            for found in std::iter::once(*first).chain(run.skip(1)) {
                window.span.end = window.span.end.max(found.span.end);
                if wanted.contains(found.leaf) {
                    window.leaves.insert(found.leaf);
                }
                count += 1;
            }
            let worth = (window.leaves.len(), count);
            if worth.0 > 0 && best.as_ref().is_none_or(|(most, _)| worth > *most) {
                best = Some((worth, window));
            }
        }
        best.map(|(_, window)| window)
    }

    /// The best half-length passage, and the best for what it lacks.
    fn pair(&self, all: &Leaves) -> Vec<Range<usize>> {
        let Some(first) = self.best(LENGTH / 2, all) else { return Vec::new() };
        let second = self.best(LENGTH / 2, &all.without(&first.leaves));
        [Some(first), second].into_iter().flatten().map(|window| self.widen(&window, LENGTH / 2)).collect()
    }

    /// Surrounds a window with text up to the length, a third of it before.
    fn widen(&self, window: &Window, length: usize) -> Range<usize> {
        let Range { start, end } = window.span;
        let taken = self.text.get(window.span.clone()).map_or(0, |span| span.chars().count());
        let first = self.before(start, length.saturating_sub(taken) / 3);
        let last = self.after(first, length).max(end);
        let edges = self.edges(first, last);
        let from = edges.first().map_or(start, |edge| start.min(*edge));
        let to = self.end(from, edges.last().map_or(end, |edge| end.max(*edge)), length);
        from + self.closing_before(from, start)..to
    }

    /// The wanted end, unless that makes a passage of no or of too much text: a word may be endless.
    fn end(&self, from: usize, wanted: usize, length: usize) -> usize {
        let most = self.after(from, length + length / 4);
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
        let edges = self.edges(0, self.after(0, LENGTH));
        0..self.end(0, edges.last().copied().unwrap_or(0), LENGTH)
    }

    fn cut(&self, window: Range<usize>, goes_on: bool) -> Option<Fragment> {
        let window = self.without_opening(window.start..self.with_punctuation(window.end));
        let mut fragment = one_line(self.text, window.clone(), self.matches)?;
        let is_blank = |range: Range<usize>| self.text.get(range).is_none_or(|rest| rest.trim().is_empty());
        fragment.cut_before = !is_blank(0..window.start);
        fragment.cut_after = goes_on || !is_blank(window.end..self.text.len());
        Some(fragment)
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
