//! Where two texts differ, word by word.
//!
//! A difference is what a reader would see: a word, a number, a mark, a paragraph. White space, line ends of another
//! length, invisible characters and normal forms make none. Another kind of quotation mark or dash, another paragraphing
//! or numbering of a list is told apart from a change of words. A sentence that stands elsewhere has moved; it was not
//! deleted here and written anew there.
//!
//! Promises: the spans of the hunks, in their order, cover both texts without a gap, so that either text can be put
//! together from them; a text and itself give one hunk at most; the time grows with the lengths of the texts and no faster,
//! whatever is in them.

mod align;
mod hunks;
mod matching;
mod moves;
mod tokens;

use std::ops::Range;

use hunks::Weaver;
use matching::{Matching, words};
use tokens::{Spellings, Token};

/// What became of a part of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HunkKind {
    /// Both have it, but for white space and what cannot be seen.
    Equal,
    /// Both have it in another typography: quotation marks, dashes, paragraphing, numbers of a list.
    Typography,
    /// Only the old text has it.
    Removed,
    /// Only the new text has it.
    Added,
    /// The new text has something else in its place.
    Replaced,
    /// It stood here in the old text; the number is its place in [`Diff::moves`].
    MovedAway(usize),
    /// It stands here in the new text; the number is its place in [`Diff::moves`].
    MovedHere(usize),
}

/// A part of both texts, with what became of it. A span is in bytes, and empty where a text has nothing of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hunk {
    /// What became of it.
    pub kind: HunkKind,
    /// Where it is in the old text.
    pub old: Range<usize>,
    /// Where it is in the new text.
    pub new: Range<usize>,
    /// How many words of the old text it has.
    pub old_words: usize,
    /// How many words of the new text it has.
    pub new_words: usize,
}

/// A passage that stands elsewhere in the new text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Move {
    /// Where it stood.
    pub old: Range<usize>,
    /// Where it stands.
    pub new: Range<usize>,
    /// What was changed in it meanwhile: they cover both spans.
    pub hunks: Vec<Hunk>,
}

/// How much differs, in words. A language without spaces has words too, those of a dictionary.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Summary {
    /// Words of the old text.
    pub old_words: usize,
    /// Words of the new text.
    pub new_words: usize,
    /// Words that only the old text has.
    pub removed: usize,
    /// Words that only the new text has.
    pub added: usize,
    /// Words of the new text that stood elsewhere.
    pub moved: usize,
    /// Places where words or marks were changed, added or removed, within moved passages too.
    pub changes: usize,
    /// Places where only the typography differs.
    pub typography: usize,
}

impl Summary {
    /// Whether nothing differs that a reader would see.
    pub fn is_same(&self) -> bool {
        self.changes == 0 && self.moved == 0 && self.typography == 0
    }

    /// Whether words or marks differ or moved, and not the typography alone.
    pub fn is_edit(&self) -> bool {
        self.changes > 0 || self.moved > 0
    }

    /// Which share of the words of both texts was removed, added or moved, in per cent: 0 to 100.
    pub fn percent(&self) -> f64 {
        let all = self.old_words + self.new_words;
        let touched = self.removed + self.added + 2 * self.moved;
        if all == 0 { 0.0 } else { (100.0 * touched as f64 / all as f64).min(100.0) }
    }
}

/// The difference of two texts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Diff {
    /// All parts of both texts, in order.
    pub hunks: Vec<Hunk>,
    /// The passages that moved.
    pub moves: Vec<Move>,
    /// How much that is.
    pub summary: Summary,
}

/// Compares two texts.
pub fn diff(old: &str, new: &str) -> Diff {
    let mut spellings = Spellings::default();
    let (left, right) = (spellings.tokens(old), spellings.tokens(new));
    let matching = Matching::of(&left, &right);
    let moved = moves::moves(&left, &right, &matching);
    let whole = Weaver::new((old, &left), (new, &right));
    let hunks = covering(whole.hunks(&matching, &moved), old.len(), new.len());
    let moves: Vec<Move> = moved.iter().map(|moved| whole.moved(moved)).collect();
    let summary = summary(&left, &right, &hunks, &moves);
    Diff { hunks, moves, summary }
}

/// The white space of a text without any words belongs to the last hunk, or to one of its own.
fn covering(mut hunks: Vec<Hunk>, old: usize, new: usize) -> Vec<Hunk> {
    match hunks.last_mut() {
        Some(last) => (last.old.end, last.new.end) = (old, new),
        None if old + new == 0 => {}
        None => {
            hunks.push(Hunk { kind: HunkKind::Equal, old: 0..old, new: 0..new, old_words: 0, new_words: 0 })
        }
    }
    hunks
}

fn summary(old: &[Token], new: &[Token], hunks: &[Hunk], moves: &[Move]) -> Summary {
    let mut summary = Summary {
        old_words: words(old, 0..old.len()),
        new_words: words(new, 0..new.len()),
        ..Summary::default()
    };
    for hunk in hunks.iter().chain(moves.iter().flat_map(|moved| &moved.hunks)) {
        match hunk.kind {
            HunkKind::Typography => summary.typography += 1,
            HunkKind::Removed | HunkKind::Added | HunkKind::Replaced => {
                summary.changes += 1;
                summary.removed += hunk.old_words;
                summary.added += hunk.new_words;
            }
            HunkKind::Equal | HunkKind::MovedAway(_) | HunkKind::MovedHere(_) => {}
        }
    }
    let stayed = moves.iter().flat_map(|moved| &moved.hunks);
    let stayed = stayed.filter(|hunk| matches!(hunk.kind, HunkKind::Equal | HunkKind::Typography));
    summary.moved = stayed.map(|hunk| hunk.new_words).sum();
    summary
}

#[cfg(test)]
mod tests;
