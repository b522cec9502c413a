//! From tokens with and without counterpart to the parts of both texts that a reader is shown.

use std::ops::Range;

use unicode_normalization::UnicodeNormalization;
use vidimus_words::{SegmentChunks, is_written_without_spaces};

use super::matching::{Matching, words};
use super::moves::Moved;
use super::tokens::{Kind, Token};
use super::{Hunk, HunkKind, Move};

/// Two texts, or two passages of them, with their tokens.
pub(super) struct Weaver<'a> {
    old: (&'a str, &'a [Token]),
    new: (&'a str, &'a [Token]),
    /// The tokens that are looked at.
    old_range: Range<usize>,
    new_range: Range<usize>,
}

/// Parts of both sides, by places of tokens.
struct Part {
    kind: HunkKind,
    old: Range<usize>,
    new: Range<usize>,
}

impl<'a> Weaver<'a> {
    pub(super) fn new(old: (&'a str, &'a [Token]), new: (&'a str, &'a [Token])) -> Weaver<'a> {
        Weaver { old, new, old_range: 0..old.1.len(), new_range: 0..new.1.len() }
    }

    /// A passage that moved, with what was changed in it.
    pub(super) fn moved(&self, moved: &Moved) -> Move {
        let part = |tokens: &'a [Token], range: &Range<usize>| tokens.get(range.clone()).unwrap_or_default();
        let matching = Matching::of(part(self.old.1, &moved.old), part(self.new.1, &moved.new));
        let passage = Weaver {
            old: self.old,
            new: self.new,
            old_range: moved.old.clone(),
            new_range: moved.new.clone(),
        };
        Move {
            old: cut(self.old, moved.old.start)..cut(self.old, moved.old.end),
            new: cut(self.new, moved.new.start)..cut(self.new, moved.new.end),
            hunks: passage.hunks(&matching, &[]),
        }
    }

    /// The hunks of the passage; `matching` counts from its beginning, `moved` from that of the texts.
    pub(super) fn hunks(&self, matching: &Matching, moved: &[Moved]) -> Vec<Hunk> {
        let parts = self.parts(matching, moved);
        let is_moved = |at: Option<usize>| {
            let kind = at.and_then(|at| parts.get(at)).map(|part| part.kind);
            matches!(kind, Some(HunkKind::MovedAway(_) | HunkKind::MovedHere(_)))
        };
        let mut hunks: Vec<Hunk> = Vec::new();
        for (at, part) in parts.iter().enumerate() {
            let mut hunk = self.hunk(part);
            // A line that moved takes its line end along, which may stand before it here and behind it there.
            if self.is_break(part) && (is_moved(at.checked_sub(1)) || is_moved(Some(at + 1))) {
                hunk.kind = HunkKind::Equal;
            }
            match hunks.last_mut() {
                Some(last) if last.kind == HunkKind::Equal && hunk.kind == HunkKind::Equal => {
                    last.old.end = hunk.old.end;
                    last.new.end = hunk.new.end;
                    last.old_words += hunk.old_words;
                    last.new_words += hunk.new_words;
                }
                _ => hunks.push(hunk),
            }
        }
        hunks
    }

    /// Whether one side has a line end here, the other has nothing, and neither has anything else.
    fn is_break(&self, part: &Part) -> bool {
        let breaks = |tokens: &[Token], range: &Range<usize>| {
            tokens.get(range.clone()).unwrap_or_default().iter().all(|token| token.kind == Kind::Break)
        };
        matches!(part.kind, HunkKind::Removed | HunkKind::Added)
            && breaks(self.old.1, &part.old)
            && breaks(self.new.1, &part.new)
    }

    fn parts(&self, matching: &Matching, moved: &[Moved]) -> Vec<Part> {
        let mut parts = Vec::new();
        let away = Starts::of(moved.iter().map(|moved| &moved.old));
        let here = Starts::of(moved.iter().map(|moved| &moved.new));
        let (mut old, mut new) = (self.old_range.start, self.new_range.start);
        while old < self.old_range.end || new < self.new_range.end {
            let part = if let Some((number, range)) = away.at(old) {
                Part { kind: HunkKind::MovedAway(number), old: range, new: new..new }
            } else if let Some((number, range)) = here.at(new) {
                Part { kind: HunkKind::MovedHere(number), old: old..old, new: range }
            } else {
                self.part(matching, (old, new), (&away, &here))
            };
            // Every part moves on at least one side; the guard keeps a mistake from becoming a loop.
            if part.old.end <= old && part.new.end <= new {
                break;
            }
            (old, new) = (part.old.end, part.new.end);
            parts.push(part);
        }
        parts
    }

    fn part(
        &self,
        matching: &Matching,
        (old, new): (usize, usize),
        (away, here): (&Starts, &Starts),
    ) -> Part {
        let (first_old, first_new) = (self.old_range.start, self.new_range.start);
        let mate = |at: usize| {
            let mate = matching.old.get(at.checked_sub(first_old)?).copied().flatten()?;
            (at < self.old_range.end).then_some(mate + first_new)
        };
        let alone_old = |at: usize| at < self.old_range.end && mate(at).is_none() && away.at(at).is_none();
        let alone_new = |at: usize| {
            let other = at.checked_sub(first_new).and_then(|at| matching.new.get(at)).copied().flatten();
            at < self.new_range.end && other.is_none() && here.at(at).is_none()
        };
        if mate(old) == Some(new) {
            let exact = self.is_exact(old, new);
            let goes_on = |step: &usize| {
                mate(old + step) == Some(new + step) && self.is_exact(old + step, new + step) == exact
            };
            let length = (1..).take_while(goes_on).count() + 1;
            let kind = if exact { HunkKind::Equal } else { HunkKind::Typography };
            return Part { kind, old: old..old + length, new: new..new + length };
        }
        let old_end = (old..self.old_range.end).find(|at| !alone_old(*at)).unwrap_or(self.old_range.end);
        let new_end = (new..self.new_range.end).find(|at| !alone_new(*at)).unwrap_or(self.new_range.end);
        let kind = match (old_end > old, new_end > new) {
            (true, true) => HunkKind::Replaced,
            (true, false) => HunkKind::Removed,
            _ => HunkKind::Added,
        };
        Part { kind, old: old..old_end, new: new..new_end }
    }

    fn is_exact(&self, old: usize, new: usize) -> bool {
        match (self.old.1.get(old), self.new.1.get(new)) {
            (Some(old), Some(new)) => old.exact == new.exact,
            _ => false,
        }
    }

    fn hunk(&self, part: &Part) -> Hunk {
        let old = cut(self.old, part.old.start)..cut(self.old, part.old.end);
        let new = cut(self.new, part.new.start)..cut(self.new, part.new.end);
        let kind = match part.kind {
            HunkKind::Removed | HunkKind::Added | HunkKind::Replaced => self.weighed(part, &old, &new),
            kind => kind,
        };
        Hunk {
            kind,
            old,
            new,
            old_words: words(self.old.1, part.old.clone()),
            new_words: words(self.new.1, part.new.clone()),
        }
    }

    /// A change of paragraphs, of numbers of a list, or of spaces between the same letters is one of typography; where the
    /// script has no spaces between words, other spaces are no change at all.
    fn weighed(&self, part: &Part, old: &Range<usize>, new: &Range<usize>) -> HunkKind {
        let tokens = |side: &'a [Token], range: &Range<usize>| side.get(range.clone()).unwrap_or_default();
        let (left, right) = (tokens(self.old.1, &part.old), tokens(self.new.1, &part.new));
        let is_form = |token: &Token| matches!(token.kind, Kind::Break | Kind::Number);
        if left.iter().chain(right).all(is_form) {
            return HunkKind::Typography;
        }
        if part.kind != HunkKind::Replaced {
            return part.kind;
        }
        let text = |text: &'a str, range: &Range<usize>| visible(text.get(range.clone()).unwrap_or_default());
        let (left_text, right_text) = (text(self.old.0, old), text(self.new.0, new));
        if left_text != right_text {
            return HunkKind::Replaced;
        }
        let breaks = left.iter().chain(right).any(|token| token.kind == Kind::Break);
        let spaceless = left_text.chars().all(|c| !c.is_alphanumeric() || is_written_without_spaces(c));
        if spaceless && !breaks { HunkKind::Equal } else { HunkKind::Typography }
    }
}

/// What can be seen of a text, but for its white space.
fn visible(text: &str) -> String {
    let segments: String = SegmentChunks::new(text).flatten().map(|segment| segment.text).collect();
    segments.nfc().collect()
}

/// Where the token begins; the end of the text behind the last, and its very beginning for the first.
fn cut((text, tokens): (&str, &[Token]), at: usize) -> usize {
    if at == 0 { 0 } else { tokens.get(at).map_or(text.len(), |token| token.span.start) }
}

/// Where moved passages begin, sorted.
struct Starts(Vec<(Range<usize>, usize)>);

impl Starts {
    fn of<'r>(ranges: impl Iterator<Item = &'r Range<usize>>) -> Starts {
        let mut starts: Vec<_> = ranges.enumerate().map(|(number, range)| (range.clone(), number)).collect();
        starts.sort_unstable_by_key(|(range, _)| range.start);
        Starts(starts)
    }

    /// The passage that begins here, and its number.
    fn at(&self, at: usize) -> Option<(usize, Range<usize>)> {
        let place = self.0.binary_search_by_key(&at, |(range, _)| range.start).ok()?;
        self.0.get(place).map(|(range, number)| (*number, range.clone()))
    }
}
