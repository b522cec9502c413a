//! Which tokens of two texts stand for one another in their order: paragraphs are lined up first, then the words of those
//! that are not the same, and what is found is made such that a reader can follow it.

use std::collections::HashMap;
use std::ops::Range;

use super::align::align;
use super::tokens::{Kind, Token};

/// Words in a row that are kept although nearly all around them was changed.
const WORDS_WORTH_KEEPING: usize = 4;
/// A paragraph of which less than this share is in the other one is another paragraph: three tenths.
const KINSHIP: (usize, usize) = (3, 10);
/// How far a change is shifted to where a sentence begins.
const FARTHEST_SHIFT: usize = 200;

/// For each token of either text the place of its counterpart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Matching {
    pub old: Vec<Option<usize>>,
    pub new: Vec<Option<usize>>,
}

/// Neighbouring tokens whose counterparts are neighbours.
#[derive(Debug, Clone, Copy)]
struct Run {
    old: usize,
    new: usize,
    len: usize,
}

impl Matching {
    /// Lines two texts up.
    pub(super) fn of(old: &[Token], new: &[Token]) -> Matching {
        let mut matching = Matching { old: vec![None; old.len()], new: vec![None; new.len()] };
        matching.line_up(old, new);
        matching.part_strangers(old, new);
        matching.drop_islands(old, new);
        shift(new, &mut matching.new, &mut matching.old);
        shift(old, &mut matching.old, &mut matching.new);
        matching
    }

    fn pair(&mut self, old: usize, new: usize) {
        if let (Some(left), Some(right)) = (self.old.get_mut(old), self.new.get_mut(new)) {
            *left = Some(new);
            *right = Some(old);
        }
    }

    fn part(&mut self, run: &Run) {
        self.old.iter_mut().skip(run.old).take(run.len).for_each(|mate| *mate = None);
        self.new.iter_mut().skip(run.new).take(run.len).for_each(|mate| *mate = None);
    }

    fn line_up(&mut self, old: &[Token], new: &[Token]) {
        let (left, right) = (lines(old), lines(new));
        let mut numbers = HashMap::new();
        let pairs = align(&number(old, &left, &mut numbers), &number(new, &right, &mut numbers));
        let (mut old_done, mut new_done) = (0, 0);
        for (one, other) in pairs {
            let (Some(one), Some(other)) = (left.get(one), right.get(other)) else { continue };
            self.line_up_between(old, new, old_done..one.start, new_done..other.start);
            one.clone().zip(other.clone()).for_each(|(old, new)| self.pair(old, new));
            (old_done, new_done) = (one.end, other.end);
        }
        self.line_up_between(old, new, old_done..old.len(), new_done..new.len());
    }

    fn line_up_between(&mut self, old: &[Token], new: &[Token], left: Range<usize>, right: Range<usize>) {
        let (first, second) = (ids(old, &left), ids(new, &right));
        for (one, other) in align(&first, &second) {
            self.pair(left.start + one, right.start + other);
        }
    }

    /// Two paragraphs that share only a word here and there are two paragraphs.
    fn part_strangers(&mut self, old: &[Token], new: &[Token]) {
        let (left, right) = (kinship(old, &self.old), kinship(new, &self.new));
        for run in self.runs() {
            let apart = |kin: &[bool], at: usize| kin.get(at).is_some_and(|kin| !kin);
            let short = words(old, run.old..run.old + run.len) < WORDS_WORTH_KEEPING;
            if short && apart(&left, run.old) && apart(&right, run.new) {
                self.part(&run);
            }
        }
    }

    /// A word that is left between larger changes is read more easily as part of them.
    fn drop_islands(&mut self, old: &[Token], new: &[Token]) {
        let (left, right) = (Counted::of(old), Counted::of(new));
        let runs = self.runs();
        let (mut old_done, mut new_done) = (0, 0);
        for (at, run) in runs.iter().enumerate() {
            let (old_end, new_end) = (run.old + run.len, run.new + run.len);
            let (old_next, new_next) =
                runs.get(at + 1).map_or((old.len(), new.len()), |next| (next.old, next.new));
            let before = left.words(old_done, run.old).max(right.words(new_done, run.new));
            let after = left.words(old_end, old_next).max(right.words(new_end, new_next));
            let held = left.words(run.old, old_end);
            let breaks = old.get(run.old..old_end).unwrap_or_default().iter().any(|t| t.kind == Kind::Break);
            if before > 1 && after > 1 && !breaks && held * 2 <= before.min(after) {
                self.part(run);
            } else {
                (old_done, new_done) = (old_end, new_end);
            }
        }
    }

    fn runs(&self) -> Vec<Run> {
        let mut runs: Vec<Run> = Vec::new();
        for (old, new) in self.old.iter().enumerate().filter_map(|(old, new)| Some((old, (*new)?))) {
            match runs.last_mut() {
                Some(run) if run.old + run.len == old && run.new + run.len == new => run.len += 1,
                _ => runs.push(Run { old, new, len: 1 }),
            }
        }
        runs
    }
}

/// How many words there are up to each token.
struct Counted(Vec<usize>);

impl Counted {
    fn of(tokens: &[Token]) -> Counted {
        let mut count = 0;
        let upto = tokens.iter().map(|token| {
            count += usize::from(token.is_word());
            count
        });
        Counted(std::iter::once(0).chain(upto).collect())
    }

    fn words(&self, from: usize, to: usize) -> usize {
        let upto = |at: usize| self.0.get(at).copied().unwrap_or(0);
        upto(to).saturating_sub(upto(from))
    }
}

/// The lines of a text, without the breaks between them.
fn lines(tokens: &[Token]) -> Vec<Range<usize>> {
    let mut lines = Vec::new();
    let mut start = 0;
    for (at, token) in tokens.iter().enumerate() {
        if token.kind == Kind::Break {
            lines.push(start..at);
            start = at + 1;
        }
    }
    lines.push(start..tokens.len());
    lines
}

fn ids(tokens: &[Token], range: &Range<usize>) -> Vec<u32> {
    tokens.get(range.clone()).unwrap_or_default().iter().map(|token| token.loose).collect()
}

/// A number for each line, the same for lines that read the same.
fn number(tokens: &[Token], lines: &[Range<usize>], numbers: &mut HashMap<Vec<u32>, u32>) -> Vec<u32> {
    lines
        .iter()
        .map(|line| {
            let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
            *numbers.entry(ids(tokens, line)).or_insert(next)
        })
        .collect()
}

/// How many words there are in a part of a text.
pub(super) fn words(tokens: &[Token], range: Range<usize>) -> usize {
    tokens.get(range).unwrap_or_default().iter().filter(|token| token.is_word()).count()
}

/// For each token, whether much of its paragraph has a counterpart.
fn kinship(tokens: &[Token], mates: &[Option<usize>]) -> Vec<bool> {
    let mut kinship = vec![true; tokens.len()];
    for line in lines(tokens) {
        let all = words(tokens, line.clone());
        let held = line.clone().filter(|at| {
            tokens.get(*at).is_some_and(Token::is_word) && mates.get(*at).is_some_and(Option::is_some)
        });
        let is_kin = held.count() * KINSHIP.1 >= all * KINSHIP.0;
        kinship.iter_mut().skip(line.start).take(line.len()).for_each(|kin| *kin = is_kin);
    }
    kinship
}

/// Shifts what one side has and the other lacks to the beginning of a paragraph or a sentence, where it may as well be
/// read to begin: `[the end. In] the` for `the end. [In the]`.
fn shift(tokens: &[Token], mates: &mut [Option<usize>], others: &mut [Option<usize>]) {
    let mut start = 0;
    while start < tokens.len() {
        if mates.get(start).is_some_and(Option::is_some) {
            start += 1;
            continue;
        }
        let length = mates.iter().skip(start).take_while(|mate| mate.is_none()).count();
        let end = start + length;
        if stands_alone(mates, others.len(), start, end) {
            let best = best_shift(tokens, mates, start, end);
            slide(mates, others, start, end, best);
            start = end.saturating_add_signed(best.max(0));
        } else {
            start = end;
        }
    }
}

/// Whether the other side lacks nothing at the same place.
fn stands_alone(mates: &[Option<usize>], others: usize, start: usize, end: usize) -> bool {
    let before = start.checked_sub(1).and_then(|at| mates.get(at).copied().flatten());
    let after = mates.get(end).copied().flatten().unwrap_or(others);
    before.map_or(0, |before| before + 1) == after
}

fn best_shift(tokens: &[Token], mates: &[Option<usize>], start: usize, end: usize) -> isize {
    let same = |one: usize, other: usize| match (tokens.get(one), tokens.get(other)) {
        (Some(one), Some(other)) => one.exact == other.exact && one.kind == other.kind,
        _ => false,
    };
    let mate = |at: usize| mates.get(at).copied().flatten();
    let mut best = (goodness(tokens, start), 0_isize);
    for step in 1..=FARTHEST_SHIFT.min(start) {
        let follows =
            mate(start - step).map(|before| before + step) == mate(start - 1).map(|before| before + 1);
        if !follows || !same(start - step, end - step) {
            break;
        }
        best = best.max((goodness(tokens, start - step), 0_isize.saturating_sub_unsigned(step)));
    }
    for step in 1..=FARTHEST_SHIFT {
        let last = end + step - 1;
        let follows = mate(last).is_some() && mate(last) == mate(end).map(|after| after + step - 1);
        if !follows || !same(start + step - 1, last) {
            break;
        }
        let good = goodness(tokens, start + step);
        if good > best.0 {
            best = (good, 0_isize.saturating_add_unsigned(step));
        }
    }
    best.1
}

/// How good a place is for a change to begin at.
fn goodness(tokens: &[Token], start: usize) -> u8 {
    match start.checked_sub(1).and_then(|before| tokens.get(before)).map(|token| token.kind) {
        None | Some(Kind::Break) => 3,
        Some(Kind::End) => 2,
        Some(Kind::Mark) => 1,
        Some(Kind::Word | Kind::Number) => 0,
    }
}

fn slide(mates: &mut [Option<usize>], others: &mut [Option<usize>], start: usize, end: usize, by: isize) {
    for step in 0..by.unsigned_abs() {
        // What had a counterpart, and what has it now.
        let (from, to) = if by > 0 { (end + step, start + step) } else { (start - 1 - step, end - 1 - step) };
        let mate = mates.get_mut(from).and_then(Option::take);
        if let Some(other) = mate.and_then(|mate| others.get_mut(mate)) {
            *other = Some(to);
        }
        if let Some(place) = mates.get_mut(to) {
            *place = mate;
        }
    }
}
