//! What is gone in one place and stands in another: whole lines and sentences, as they were or a little edited.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use super::matching::{Matching, words};
use super::tokens::{Kind, Token};

/// Words of a sentence that is known again elsewhere; a shorter one may stand in both places by chance.
const WORDS_OF_SENTENCE: usize = 8;
/// Words of a whole line that is known again elsewhere, if there is only one such line on either side.
const WORDS_OF_LINE: usize = 2;
/// The share of words that an edited sentence has in common with what it was: three fifths.
const LIKENESS: (usize, usize) = (3, 5);
/// Sentences that share a word are looked at for likeness only if they are no more than so many.
const MOST_SHARERS: usize = 16;
/// How many sentences are compared with one.
const MOST_COMPARED: usize = 4;
/// Words between two sentences that moved together, which moved with them.
const WORDS_BETWEEN: usize = 12;

/// A passage that moved, by places of tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Moved {
    pub old: Range<usize>,
    pub new: Range<usize>,
}

/// A sentence or line without counterpart, from its first word to its last.
#[derive(Debug, Clone)]
struct Unit {
    tokens: Range<usize>,
    words: usize,
    is_line: bool,
    /// Which stretch without counterpart it stands in.
    stretch: usize,
}

/// The passages that moved, in the order of the old text.
pub(super) fn moves(old: &[Token], new: &[Token], matching: &Matching) -> Vec<Moved> {
    let (left, right) = (units(old, &matching.old), units(new, &matching.new));
    let mut pairs = same(old, new, &left, &right);
    alike(old, new, &left, &right, &mut pairs);
    pairs.sort_unstable();
    let joined = join(old, new, &left, &right, &pairs);
    let mut grown = joined;
    grow(old, new, matching, &mut grown);
    grown
}

fn units(tokens: &[Token], mates: &[Option<usize>]) -> Vec<Unit> {
    let mut units = Vec::new();
    let mut stretch = 0;
    let mut start = 0;
    let is_free = |at: usize| mates.get(at).is_some_and(Option::is_none);
    for (at, token) in tokens.iter().enumerate() {
        let ends = !is_free(at) || matches!(token.kind, Kind::End | Kind::Break);
        if ends {
            units.extend(unit(tokens, start..at, stretch));
            start = at + 1;
        }
        stretch += usize::from(!is_free(at));
    }
    units.extend(unit(tokens, start..tokens.len(), stretch));
    units
}

fn unit(tokens: &[Token], range: Range<usize>, stretch: usize) -> Option<Unit> {
    let part = tokens.get(range.clone())?;
    let first = range.start + part.iter().position(Token::is_word)?;
    let last = range.start + part.iter().rposition(Token::is_word)?;
    let is_edge = |token: Option<&Token>| token.is_none_or(|token| token.kind == Kind::Break);
    let is_filling = |token: &&Token| matches!(token.kind, Kind::Mark | Kind::End | Kind::Number);
    let before = tokens.get(..first)?.iter().rev().find(|token| !is_filling(token));
    let after = tokens.get(last + 1..)?.iter().find(|token| !is_filling(token));
    Some(Unit {
        words: words(tokens, first..last + 1),
        tokens: first..last + 1,
        is_line: is_edge(before) && is_edge(after),
        stretch,
    })
}

fn spelling<'a>(tokens: &'a [Token], unit: &Unit) -> impl Iterator<Item = u32> + Clone + use<'a> {
    tokens.get(unit.tokens.clone()).unwrap_or_default().iter().map(|token| token.loose)
}

/// Units that read the same.
fn same(old: &[Token], new: &[Token], left: &[Unit], right: &[Unit]) -> Vec<(usize, usize)> {
    let mut by_spelling: HashMap<Vec<u32>, (Vec<usize>, Vec<usize>)> = HashMap::new();
    for (at, unit) in left.iter().enumerate() {
        by_spelling.entry(spelling(old, unit).collect()).or_default().0.push(at);
    }
    for (at, unit) in right.iter().enumerate() {
        if let Some((_, places)) = by_spelling.get_mut(&spelling(new, unit).collect::<Vec<u32>>()) {
            places.push(at);
        }
    }
    let mut pairs = Vec::new();
    for (here, there) in by_spelling.into_values() {
        let long =
            here.first().and_then(|at| left.get(*at)).is_some_and(|unit| unit.words >= WORDS_OF_SENTENCE);
        let line = |units: &[Unit], places: &[usize]| match places {
            [only] => units.get(*only).is_some_and(|unit| unit.is_line && unit.words >= WORDS_OF_LINE),
            _ => false,
        };
        if long || (line(left, &here) && line(right, &there)) {
            pairs.extend(here.into_iter().zip(there));
        }
    }
    pairs
}

/// Sentences that share most of their words.
fn alike(old: &[Token], new: &[Token], left: &[Unit], right: &[Unit], pairs: &mut Vec<(usize, usize)>) {
    let taken_left: HashSet<usize> = pairs.iter().map(|(at, _)| *at).collect();
    let mut taken_right: HashSet<usize> = pairs.iter().map(|(_, at)| *at).collect();
    let mut sharers: HashMap<u32, Vec<usize>> = HashMap::new();
    for (at, unit) in right.iter().enumerate().filter(|(_, unit)| unit.words >= WORDS_OF_SENTENCE) {
        let distinct: HashSet<u32> = spelling(new, unit).collect();
        distinct.into_iter().for_each(|id| sharers.entry(id).or_default().push(at));
    }
    sharers.retain(|_, units| units.len() <= MOST_SHARERS);
    for (at, unit) in left.iter().enumerate() {
        if unit.words < WORDS_OF_SENTENCE || taken_left.contains(&at) {
            continue;
        }
        let mut shared: HashMap<usize, usize> = HashMap::new();
        let distinct: HashSet<u32> = spelling(old, unit).collect();
        for other in distinct.iter().filter_map(|id| sharers.get(id)).flatten() {
            *shared.entry(*other).or_default() += 1;
        }
        let mut ranked: Vec<(usize, usize)> =
            shared.into_iter().map(|(other, count)| (count, other)).collect();
        ranked.sort_unstable_by(|a, b| b.cmp(a));
        let best = ranked.into_iter().take(MOST_COMPARED).map(|(_, other)| other).find(|other| {
            !taken_right.contains(other)
                && right.get(*other).is_some_and(|other| is_alike(old, new, unit, other))
        });
        if let Some(best) = best {
            taken_right.insert(best);
            pairs.push((at, best));
        }
    }
}

/// Whether two units share enough of their words, however often each occurs.
fn is_alike(old: &[Token], new: &[Token], one: &Unit, other: &Unit) -> bool {
    // They share no more than the shorter one has: a long line is not read for each short sentence.
    let (all, shorter) = (one.tokens.len() + other.tokens.len(), one.tokens.len().min(other.tokens.len()));
    if 2 * shorter * LIKENESS.1 < all * LIKENESS.0 {
        return false;
    }
    let mut counts: HashMap<u32, usize> = HashMap::new();
    spelling(old, one).for_each(|id| *counts.entry(id).or_default() += 1);
    let shared = spelling(new, other).filter(|id| match counts.get_mut(id) {
        Some(left) if *left > 0 => {
            *left -= 1;
            true
        }
        _ => false,
    });
    2 * shared.count() * LIKENESS.1 >= all * LIKENESS.0
}

/// Neighbouring sentences that moved together are one passage.
fn join(old: &[Token], new: &[Token], left: &[Unit], right: &[Unit], pairs: &[(usize, usize)]) -> Vec<Moved> {
    // Which new units moved at all: a passage must not reach over one that comes from elsewhere.
    let moved: HashSet<usize> = pairs.iter().map(|(_, at)| *at).collect();
    let mut joined: Vec<(Moved, (usize, usize))> = Vec::new();
    for (here, there) in pairs {
        let (Some(one), Some(other)) = (left.get(*here), right.get(*there)) else { continue };
        if let Some((last, (last_here, last_there))) = joined.last_mut() {
            let neighbours = left.get(*last_here).is_some_and(|unit| unit.stretch == one.stretch)
                && right.get(*last_there).is_some_and(|unit| unit.stretch == other.stretch)
                && *last_there < *there
                && !(*last_there + 1..*there).any(|between| moved.contains(&between))
                && words(old, last.old.end..one.tokens.start) <= WORDS_BETWEEN
                && words(new, last.new.end..other.tokens.start) <= WORDS_BETWEEN;
            if neighbours {
                last.old.end = one.tokens.end;
                last.new.end = other.tokens.end;
                (*last_here, *last_there) = (*here, *there);
                continue;
            }
        }
        joined.push((Moved { old: one.tokens.clone(), new: other.tokens.clone() }, (*here, *there)));
    }
    joined.into_iter().map(|(moved, _)| moved).collect()
}

/// Takes the marks around a passage along, as far as both sides have them, and one break behind them.
fn grow(old: &[Token], new: &[Token], matching: &Matching, moves: &mut [Moved]) {
    let mut taken_old: HashSet<usize> = moves.iter().flat_map(|moved| moved.old.clone()).collect();
    let mut taken_new: HashSet<usize> = moves.iter().flat_map(|moved| moved.new.clone()).collect();
    let mut take = |left: usize, right: usize| -> Option<Kind> {
        let free = matching.old.get(left)?.is_none() && matching.new.get(right)?.is_none();
        let (one, other) = (old.get(left)?, new.get(right)?);
        let fits = free && !one.is_word() && one.kind == other.kind && one.loose == other.loose;
        let untaken = fits && !taken_old.contains(&left) && !taken_new.contains(&right);
        (untaken && taken_old.insert(left) && taken_new.insert(right)).then_some(one.kind)
    };
    for moved in moves {
        while let Some(kind) = take(moved.old.end, moved.new.end) {
            (moved.old.end, moved.new.end) = (moved.old.end + 1, moved.new.end + 1);
            if kind == Kind::Break {
                break;
            }
        }
        let before = |moved: &Moved| Some((moved.old.start.checked_sub(1)?, moved.new.start.checked_sub(1)?));
        while let Some((left, right)) = before(moved) {
            let is_break = old.get(left).is_some_and(|token| token.kind == Kind::Break);
            if is_break || take(left, right).is_none() {
                break;
            }
            (moved.old.start, moved.new.start) = (left, right);
        }
    }
}
