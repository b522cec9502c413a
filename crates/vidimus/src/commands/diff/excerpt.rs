//! The parts of a difference that are shown: all that differs, with some words around it.

use std::ops::Range;

use vidimus_compare::{Diff, Hunk, HunkKind};
use vidimus_words::SegmentChunks;

use super::Comparison;

/// So many words are not worth folding.
const TOO_FEW: usize = 10;
/// A fold begins and ends with a line, if one ends within so many words.
const REST_OF_LINE: usize = 12;
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
    let Some(context) = context else {
        return comparison.text.hunks.iter().map(|hunk| texts.piece(hunk)).collect();
    };
    let hunks = texts.without_numbering();
    let mut pieces = Vec::new();
    for (at, hunk) in hunks.iter().enumerate() {
        let piece = texts.piece(hunk);
        if piece.kind == Kind::Same {
            let before = if at == 0 { 0 } else { context };
            let after = if at + 1 == hunks.len() { 0 } else { context };
            pieces.extend(folded(piece, before, after));
        } else {
            pieces.push(piece);
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
    /// The hunks, with the new numbers of a list's items as part of what is the same: one item more renumbers a hundred.
    /// Where nothing else differs they are shown.
    fn without_numbering(&self) -> Vec<Hunk> {
        let mut hunks: Vec<Hunk> = Vec::new();
        for hunk in &self.diff.hunks {
            let mut hunk = hunk.clone();
            if self.diff.summary.is_edit() && self.is_numbering(&hunk) {
                hunk.kind = HunkKind::Equal;
            }
            match hunks.last_mut() {
                Some(last) if last.kind == HunkKind::Equal && hunk.kind == HunkKind::Equal => {
                    (last.old.end, last.new.end) = (hunk.old.end, hunk.new.end);
                }
                _ => hunks.push(hunk),
            }
        }
        hunks
    }

    fn is_numbering(&self, hunk: &Hunk) -> bool {
        let is_number = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
        hunk.kind == HunkKind::Typography
            && is_number(part(self.old, &hunk.old))
            && is_number(part(self.new, &hunk.new))
    }

    fn piece(&self, hunk: &Hunk) -> Piece<'a> {
        let kind = match hunk.kind {
            HunkKind::Equal => Kind::Same,
            HunkKind::Typography => Kind::Typography,
            HunkKind::Removed | HunkKind::Added | HunkKind::Replaced => Kind::Changed,
            HunkKind::MovedAway(number) => Kind::Away(number + 1),
            HunkKind::MovedHere(number) => {
                let inside = self.diff.moves.get(number).map(|moved| moved.hunks.as_slice());
                let mut inside: Vec<Piece<'a>> =
                    inside.unwrap_or_default().iter().map(|hunk| self.piece(hunk)).collect();
                // The white space at its end is not part of the passage.
                if let Some(last) = inside.last_mut() {
                    (last.old, last.new) = (last.old.trim_end(), last.new.trim_end());
                }
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
    let hidden = hidden(piece.new, &new, before, after);
    let words = new.iter().filter(|start| hidden.contains(start)).count();
    if words <= TOO_FEW {
        return vec![piece];
    }
    let (old_first, old_last) = around(piece.old, &self::hidden(piece.old, &old, before, after));
    let (new_first, new_last) = around(piece.new, &hidden);
    let same = |old, new| Piece { kind: Kind::Same, old, new };
    vec![
        same(old_first, new_first),
        Piece { kind: Kind::Folded(words), old: "", new: "" },
        same(old_last, new_last),
    ]
}

fn around<'a>(text: &'a str, hidden: &Range<usize>) -> (&'a str, &'a str) {
    (part(text, &(0..hidden.start)), part(text, &(hidden.end..text.len())))
}

/// What is left out of a text of which the first and the last so many words are shown, and the rest of their lines.
fn hidden(text: &str, starts: &[usize], before: usize, after: usize) -> Range<usize> {
    let start_of = |word: usize| starts.get(word).copied().unwrap_or(text.len());
    let (first, last) = (before, starts.len().saturating_sub(after).max(before));
    let (mut start, mut end) = (start_of(first), start_of(last));
    let ahead = part(text, &(start..start_of(first.saturating_add(REST_OF_LINE).min(last))));
    let behind_from = start_of(last.saturating_sub(REST_OF_LINE).max(first));
    let behind = part(text, &(behind_from..end));
    if before == 0 {
        start = 0;
    } else if let Some(at) = ahead.find('\n') {
        start += at + 1;
    }
    if after == 0 {
        end = text.len();
    } else if let Some(at) = behind.rfind('\n') {
        end = behind_from + at + 1;
    }
    start..end.max(start)
}

fn word_starts(text: &str) -> Vec<usize> {
    let words =
        SegmentChunks::new(text).flatten().filter(|segment| segment.text.contains(char::is_alphanumeric));
    words.map(|segment| segment.span.start).collect()
}

/// The white space behind a piece: the new side's, or the old one's where the new has nothing.
pub fn space_behind<'a>(piece: &Piece<'a>) -> &'a str {
    space(if piece.new.is_empty() { piece.old } else { piece.new })
}

/// The white space at the end of a text.
pub fn space(text: &str) -> &str {
    text.get(text.trim_end().len()..).unwrap_or_default()
}

/// What only one side has, without the white space at its end; a break between paragraphs is shown as one.
pub fn visible(text: &str) -> &str {
    if text.trim().is_empty() && text.contains('\n') { "¶" } else { text.trim_end() }
}

/// A passage in short: how it begins and how it ends.
pub fn reminder(text: &str) -> String {
    let text = text.trim();
    let starts = word_starts(text);
    if starts.len() <= 2 * REMINDER + TOO_FEW {
        return text.to_owned();
    }
    let start_of = |word: usize| starts.get(word).copied().unwrap_or(text.len());
    let (first, last) = around(text, &(start_of(REMINDER)..start_of(starts.len() - REMINDER)));
    format!("{} … {}", first.trim_end(), last.trim_start())
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORDS: &str =
        "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen";

    #[test]
    fn the_middle_of_what_is_the_same_is_folded() {
        let piece = Piece { kind: Kind::Same, old: WORDS, new: WORDS };
        let parts = folded(piece.clone(), 2, 3);
        let shown: Vec<&str> = parts.iter().map(|part| part.new).collect();
        assert_eq!(shown, ["one two ", "", "fourteen fifteen sixteen"]);
        assert_eq!(parts.get(1).map(|part| part.kind.clone()), Some(Kind::Folded(11)));
        assert_eq!(folded(piece.clone(), 3, 3), vec![piece.clone()], "ten words are not worth it");
        let lines = "a b\nc d e f g h i j k l m n o p q r s\nt u";
        let parts = folded(Piece { kind: Kind::Same, old: lines, new: lines }, 1, 1);
        let shown: Vec<&str> = parts.iter().map(|part| part.new).collect();
        assert_eq!(shown, ["a b\n", "", "t u"], "a line is shown to its end");
        let whole: Vec<&str> = folded(piece, 0, 0).iter().map(|part| part.new).collect();
        assert_eq!(whole, ["", "", ""]);
    }

    #[test]
    fn a_passage_in_short_has_its_beginning_and_its_end() {
        assert_eq!(reminder("We call on them."), "We call on them.");
        let long = format!("{WORDS} {WORDS}");
        assert_eq!(reminder(&long), "one two three four five … twelve thirteen fourteen fifteen sixteen");
    }
}
