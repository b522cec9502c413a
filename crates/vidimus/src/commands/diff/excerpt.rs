//! The parts of a difference that are shown: all that differs, with some words around it.

use std::ops::Range;

use vidimus_compare::{Diff, Hunk, HunkKind};
use vidimus_words::SegmentChunks;

use super::Comparison;

/// So many words are not worth folding.
const TOO_FEW: usize = 10;
/// What is shown of a passage at the place where it stood: so many words of its beginning and of its end.
const REMINDER: usize = 5;

/// What a piece is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind<'a> {
    /// Both sides have it.
    Same,
    /// Both sides have so many words here, which are not shown.
    Folded(usize),
    /// Both sides have it in another typography.
    Typography,
    /// Either side has its own, or nothing.
    Changed,
    /// It moved away from here; the number counts from 1.
    Away(usize),
    /// It moved to here, with what was changed in it.
    Here(usize, Vec<Piece<'a>>),
}

/// A piece of both texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece<'a> {
    /// What it is.
    pub kind: Kind<'a>,
    /// The text of the old side; empty where it has none.
    pub old: &'a str,
    /// The text of the new side; empty where it has none.
    pub new: &'a str,
}

/// The pieces of a comparison; `context` is how many words are shown around what differs, `None` for all.
pub fn pieces(comparison: &Comparison, context: Option<usize>) -> Vec<Piece<'_>> {
    let texts = Texts { old: &comparison.old.text, new: &comparison.new.text, diff: &comparison.text };
    let hunks = &comparison.text.hunks;
    let mut pieces = Vec::new();
    for (at, hunk) in hunks.iter().enumerate() {
        let piece = texts.piece(hunk);
        match (&piece.kind, context) {
            (Kind::Same, Some(context)) => {
                let before = if at == 0 { 0 } else { context };
                let after = if at + 1 == hunks.len() { 0 } else { context };
                pieces.extend(folded(piece, before, after));
            }
            _ => pieces.push(piece),
        }
    }
    pieces
}

struct Texts<'a> {
    old: &'a str,
    new: &'a str,
    diff: &'a Diff,
}

impl<'a> Texts<'a> {
    fn piece(&self, hunk: &Hunk) -> Piece<'a> {
        let kind = match hunk.kind {
            HunkKind::Equal => Kind::Same,
            HunkKind::Typography => Kind::Typography,
            HunkKind::Removed | HunkKind::Added | HunkKind::Replaced => Kind::Changed,
            HunkKind::MovedAway(number) => Kind::Away(number + 1),
            HunkKind::MovedHere(number) => {
                let inside = self.diff.moves.get(number).map(|moved| moved.hunks.as_slice());
                let inside = inside.unwrap_or_default().iter().map(|hunk| self.piece(hunk)).collect();
                Kind::Here(number + 1, inside)
            }
        };
        Piece { kind, old: part(self.old, &hunk.old), new: part(self.new, &hunk.new) }
    }
}

fn part<'a>(text: &'a str, span: &Range<usize>) -> &'a str {
    text.get(span.clone()).unwrap_or_default()
}

/// A passage that both have, with its middle left out if it is long.
fn folded(piece: Piece<'_>, before: usize, after: usize) -> Vec<Piece<'_>> {
    let (old, new) = (word_starts(piece.old), word_starts(piece.new));
    let Some(hidden) = new.len().checked_sub(before + after).filter(|hidden| *hidden > TOO_FEW) else {
        return vec![piece];
    };
    let (old_first, old_last) = ends(piece.old, &old, before, after);
    let (new_first, new_last) = ends(piece.new, &new, before, after);
    let same = |old, new| Piece { kind: Kind::Same, old, new };
    vec![
        same(old_first, new_first),
        Piece { kind: Kind::Folded(hidden), old: "", new: "" },
        same(old_last, new_last),
    ]
}

/// The first so many words of a text, and the last.
fn ends<'a>(text: &'a str, starts: &[usize], before: usize, after: usize) -> (&'a str, &'a str) {
    let first = starts.get(before).copied().filter(|_| before > 0).unwrap_or(0);
    let last = starts.len().checked_sub(after).and_then(|at| starts.get(at)).copied();
    let last = last.filter(|_| after > 0).unwrap_or(text.len());
    (part(text, &(0..first)), part(text, &(last..text.len())))
}

fn word_starts(text: &str) -> Vec<usize> {
    let words =
        SegmentChunks::new(text).flatten().filter(|segment| segment.text.contains(char::is_alphanumeric));
    words.map(|segment| segment.span.start).collect()
}

/// A passage in short: how it begins and how it ends.
pub fn reminder(text: &str) -> String {
    let text = text.trim();
    let starts = word_starts(text);
    if starts.len() <= 2 * REMINDER + TOO_FEW {
        return text.to_owned();
    }
    let (first, last) = ends(text, &starts, REMINDER, REMINDER);
    format!("{} … {}", first.trim_end(), last.trim_start())
}
