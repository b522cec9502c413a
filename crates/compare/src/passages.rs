//! The passages that two texts have in common, word for word but for small changes.
//!
//! Runs of equal units are found first. Runs that follow each other in both texts are one passage when few other words
//! stand between them, as after an edit, or when one text leaves something out and says so with an ellipsis.

use std::ops::Range;

use vidimus_words::{Unit, Units};

use crate::fingerprints::{shingles, weight};
use crate::surroundings;

/// What a run weighs at least: four words, or ten clusters.
const SHORTEST_RUN: usize = 20;
/// Of so many equal beginnings in the other text the longest is taken; more are not looked at.
const MOST_TRIED: usize = 8;
/// What may stand between two runs in both texts: eight words.
const EDIT: usize = 40;
/// What may stand between two runs beside an ellipsis: three words, as in “[the ministry]”.
const BESIDE_ELLIPSIS: usize = 15;
/// The most that an ellipsis stands for: six hundred words.
const LEFT_OUT: usize = 3000;
/// A word weighs so much.
pub(crate) const WORD: usize = 5;

/// A text that is ready to be compared.
#[derive(Debug, Clone)]
pub struct Comparable<'a> {
    text: &'a str,
    units: Vec<Unit>,
    /// What all units up to each place weigh.
    weights: Vec<usize>,
    /// The places at which a line begins, ascending.
    lines: Vec<usize>,
}

impl<'a> Comparable<'a> {
    /// Cuts a text into its units.
    pub fn new(text: &'a str) -> Comparable<'a> {
        let units: Vec<Unit> = Units::new(text).collect();
        let mut weights = Vec::with_capacity(units.len() + 1);
        weights.push(0);
        let (mut all, mut end, mut lines) = (0, 0, Vec::new());
        for (place, unit) in units.iter().enumerate() {
            all += weight(unit);
            weights.push(all);
            if text.get(end..unit.span.start).is_some_and(|between| between.contains('\n')) {
                lines.push(place);
            }
            end = unit.span.end;
        }
        Comparable { text, units, weights, lines }
    }

    /// The text.
    pub fn text(&self) -> &'a str {
        self.text
    }

    /// Its units, in their order.
    pub fn units(&self) -> &[Unit] {
        &self.units
    }

    /// How many words it has; of scripts without spaces five clusters are two words.
    pub fn words(&self) -> usize {
        self.words_of(&(0..self.units.len()))
    }

    /// How many words these units are.
    pub fn words_of(&self, units: &Range<usize>) -> usize {
        self.weight(units.clone()) / WORD
    }

    /// The bytes from the first of these units to the last.
    pub fn span(&self, units: &Range<usize>) -> Range<usize> {
        let start = self.units.get(units.start).map_or(0, |unit| unit.span.start);
        let last = units.end.checked_sub(1).and_then(|last| self.units.get(last));
        start..last.map_or(start, |unit| unit.span.end.max(start))
    }

    pub(crate) fn weight(&self, units: Range<usize>) -> usize {
        let up_to = |place: usize| self.weights.get(place).copied().unwrap_or(0);
        up_to(units.end).saturating_sub(up_to(units.start))
    }

    fn lines_within(&self, units: Range<usize>) -> impl Iterator<Item = usize> {
        let first = self.lines.partition_point(|line| *line < units.start);
        self.lines.iter().skip(first).copied().take_while(move |line| *line < units.end)
    }

    fn begins_line(&self, place: usize) -> bool {
        self.lines.binary_search(&place).is_ok()
    }

    fn hash(&self, place: usize) -> Option<u64> {
        self.units.get(place).map(|unit| unit.hash)
    }
}

/// Units that are equal, one after the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run {
    /// Where they begin in the one text, counted in units.
    pub here: usize,
    /// Where they begin in the other.
    pub there: usize,
    /// How many there are.
    pub units: usize,
}

impl Run {
    /// The places in the one text.
    pub fn here(&self) -> Range<usize> {
        self.here..self.here + self.units
    }

    /// The places in the other.
    pub fn there(&self) -> Range<usize> {
        self.there..self.there + self.units
    }
}

/// A passage that stands in both texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passage {
    /// What is equal in it, in the order of both texts; at least one.
    pub runs: Vec<Run>,
    /// Its units in the one text, what is different between the runs included.
    pub here: Range<usize>,
    /// Its units in the other.
    pub there: Range<usize>,
    /// How many words are equal.
    pub words: usize,
    /// How many words the longest run has.
    pub longest: usize,
    /// Whether it begins and ends where sentences do, in one of the texts at least.
    pub is_whole: bool,
    /// Whether it stands in quotation marks in one of the texts.
    pub is_quoted: bool,
    /// Whether it is one or several whole lines in both texts.
    pub is_block: bool,
}

impl Passage {
    /// A passage of these runs, in the order of both texts; nothing where there is none.
    fn of(here: &Comparable<'_>, there: &Comparable<'_>, runs: Vec<Run>) -> Option<Passage> {
        let (first, last) = (runs.first()?, runs.last()?);
        let (units_here, units_there) = (first.here..last.here().end, first.there..last.there().end);
        let (span_here, span_there) = (here.span(&units_here), there.span(&units_there));
        let in_either = |question: fn(&str, &Range<usize>) -> bool| {
            question(here.text, &span_here) || question(there.text, &span_there)
        };
        Some(Passage {
            words: runs.iter().map(|run| here.weight(run.here())).sum::<usize>() / WORD,
            longest: runs.iter().map(|run| here.weight(run.here())).max().unwrap_or(0) / WORD,
            is_whole: in_either(surroundings::is_whole_sentences),
            is_quoted: in_either(surroundings::is_quoted),
            is_block: surroundings::is_whole_lines(here.text, &span_here)
                && surroundings::is_whole_lines(there.text, &span_there),
            here: units_here,
            there: units_there,
            runs,
        })
    }

    /// The same in parts: apart wherever both texts begin a new line.
    pub fn lines(&self, here: &Comparable<'_>, there: &Comparable<'_>) -> Vec<Passage> {
        let mut parts: Vec<Vec<Run>> = vec![Vec::new()];
        for run in &self.runs {
            let mut done = 0;
            let cuts = here.lines_within(run.here()).map(|line| line - run.here);
            let cuts = cuts.filter(|offset| there.begins_line(run.there + offset));
            for cut in cuts.chain([run.units]) {
                let piece = Run { here: run.here + done, there: run.there + done, units: cut - done };
                parts.last_mut().into_iter().for_each(|part| part.extend((cut > done).then_some(piece)));
                if cut < run.units {
                    parts.push(Vec::new());
                }
                done = cut;
            }
        }
        parts.into_iter().filter_map(|runs| Passage::of(here, there, runs)).collect()
    }

    /// One passage of several that follow each other; nothing where there is none.
    pub fn join(here: &Comparable<'_>, there: &Comparable<'_>, parts: Vec<Passage>) -> Option<Passage> {
        let mut runs: Vec<Run> = Vec::new();
        for run in parts.into_iter().flat_map(|part| part.runs) {
            match runs.last_mut() {
                Some(last) if last.here().end == run.here && last.there().end == run.there => {
                    last.units += run.units
                }
                _ => runs.push(run),
            }
        }
        Passage::of(here, there, runs)
    }
}

/// The passages that two texts have in common, in the order of the first.
///
/// Of a passage that the other text has several times, one is taken. The time it takes grows with the lengths of the texts
/// and not with their product.
pub fn common_passages(here: &Comparable<'_>, there: &Comparable<'_>) -> Vec<Passage> {
    let mut passages: Vec<Vec<Run>> = Vec::new();
    for run in runs(here, there) {
        match passages.last_mut() {
            Some(passage) if passage.last().is_some_and(|last| goes_on(here, there, last, &run)) => {
                passage.push(run);
            }
            _ => passages.push(vec![run]),
        }
    }
    passages.into_iter().filter_map(|runs| Passage::of(here, there, runs)).collect()
}

/// Runs of equal units, in the order of the first text and without overlaps there.
fn runs(here: &Comparable<'_>, there: &Comparable<'_>) -> Vec<Run> {
    let mut beginnings: Vec<(u64, usize)> = shingles(there.units.iter().cloned(), SHORTEST_RUN)
        .map(|(hash, units)| (hash, units.start))
        .collect();
    beginnings.sort_unstable();
    let mut runs: Vec<Run> = Vec::new();
    let (mut done, mut expected) = (0, 0);
    for (hash, units) in shingles(here.units.iter().cloned(), SHORTEST_RUN) {
        if units.start < done {
            continue;
        }
        let first = beginnings.partition_point(|(other, _)| *other < hash);
        let same = beginnings.get(first..).unwrap_or_default().iter().take_while(|(other, _)| *other == hash);
        let tried = same.take(MOST_TRIED).map(|(_, place)| Run {
            here: units.start,
            there: *place,
            units: equal_units(here, there, units.start, *place),
        });
        // Of equally long ones that which goes on where the last one ended.
        let best = tried.max_by_key(|run| (run.units, std::cmp::Reverse(run.there.abs_diff(expected))));
        if let Some(run) = best.filter(|run| here.weight(run.here()) >= SHORTEST_RUN) {
            (done, expected) = (run.here().end, run.there().end);
            runs.push(run);
        }
    }
    runs
}

fn equal_units(here: &Comparable<'_>, there: &Comparable<'_>, from: usize, other: usize) -> usize {
    (0..)
        .take_while(|offset| {
            let hash = here.hash(from + offset);
            hash.is_some() && hash == there.hash(other + offset)
        })
        .count()
}

/// Whether a run belongs to the same passage as the one before it.
fn goes_on(here: &Comparable<'_>, there: &Comparable<'_>, last: &Run, next: &Run) -> bool {
    let gap_here = last.here().end..next.here;
    let gap_there = last.there().end..next.there;
    if gap_there.start > gap_there.end {
        return false;
    }
    let (between_here, between_there) = (here.weight(gap_here.clone()), there.weight(gap_there.clone()));
    if between_here.max(between_there) <= EDIT {
        return true;
    }
    if between_here.max(between_there) > LEFT_OUT {
        return false;
    }
    let leaves_out = |text: &Comparable<'_>, gap: &Range<usize>, between: usize| {
        between <= BESIDE_ELLIPSIS && surroundings::has_ellipsis(text.text, text_between(text, gap))
    };
    leaves_out(here, &gap_here, between_here) || leaves_out(there, &gap_there, between_there)
}

/// The bytes between two runs.
fn text_between(text: &Comparable<'_>, gap: &Range<usize>) -> Range<usize> {
    let before = gap.start.checked_sub(1).and_then(|last| text.units.get(last));
    let after = text.units.get(gap.end);
    before.map_or(0, |unit| unit.span.end)..after.map_or(text.text.len(), |unit| unit.span.start)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const STATEMENT: &str = "We are alarmed by the detention of two surveyors at the landing on Monday morning. \
        The programme is financed by the regional bank and carried out under the eye of the navigation office. \
        Both have undertaken in writing to listen to the households along the river, and to correct their works. \
        What nobody may do is to answer a measurement with a prison cell.";

    fn found(here: &str, there: &str) -> Vec<(String, usize)> {
        let (one, other) = (Comparable::new(here), Comparable::new(there));
        common_passages(&one, &other)
            .into_iter()
            .map(|passage| {
                for run in &passage.runs {
                    let hashes = |text: &Comparable<'_>, units: Range<usize>| {
                        text.units[units].iter().map(|unit| unit.hash).collect::<Vec<_>>()
                    };
                    assert_eq!(hashes(&one, run.here()), hashes(&other, run.there()));
                }
                (here[one.span(&passage.here)].to_owned(), passage.words)
            })
            .collect()
    }

    #[test]
    fn a_quoted_sentence_is_one_passage() {
        let quoting = "On Tuesday the assembly wrote: “What nobody may do is to answer a measurement with a PRISON cell.” \
            The minister did not reply.";
        let passages = found(STATEMENT, quoting);
        assert_eq!(passages.len(), 1, "{passages:?}");
        assert_eq!(passages[0].0, "What nobody may do is to answer a measurement with a prison cell");
        assert_eq!(passages[0].1, 13);
    }

    #[test]
    fn an_edited_word_does_not_cut_a_passage() {
        let edited = STATEMENT.replace("two surveyors", "three colleagues").replace("Monday", "Tuesday");
        let passages = found(STATEMENT, &edited);
        assert_eq!(passages.len(), 1);
        assert_eq!(passages[0].1, Comparable::new(STATEMENT).words() - 3);
    }

    #[test]
    fn an_ellipsis_joins_what_it_stands_between() {
        let with = "It says: We are alarmed by the detention of two surveyors […] undertaken in writing to listen to the \
            households along the river … a measurement with a prison cell. So much for that.";
        assert_eq!(found(STATEMENT, with).len(), 1);
        assert_eq!(found(with, STATEMENT).len(), 1);
        let without = with.replace(['[', '…', ']'], " ");
        assert_eq!(found(STATEMENT, &without).len(), 3);
    }

    #[test]
    fn a_passage_falls_apart_where_both_texts_begin_a_line() {
        let here = STATEMENT.replace("The programme", "\nThe programme").replace("Both have", "\nBoth have");
        let there =
            STATEMENT.replace("The programme", "\n\nThe programme").replace("What nobody", "\nWhat nobody");
        let (one, other) = (Comparable::new(&here), Comparable::new(&there));
        let passages = common_passages(&one, &other);
        let lines = passages[0].lines(&one, &other);
        let begins: Vec<&str> = lines.iter().map(|line| &here[one.span(&line.here)][..3]).collect();
        assert_eq!(begins, ["We ", "The"]);
        let goes_on = format!("{STATEMENT} More was said.");
        assert!(lines[0].is_block && !passages[0].lines(&one, &Comparable::new(&goes_on))[0].is_block);
        assert_eq!(Passage::join(&one, &other, lines).as_ref(), passages.first());
    }

    #[test]
    fn passages_in_another_order_are_apart() {
        let turned = "Both have undertaken in writing to listen to the households along the river. We are alarmed by the \
            detention of two surveyors at the landing on Monday morning.";
        assert_eq!(found(STATEMENT, turned).len(), 2);
        assert!(found(STATEMENT, "Nothing of this has been said before by anybody at all.").is_empty());
    }

    #[test]
    fn texts_without_spaces_have_passages() {
        let here = "យើងសូមឱ្យដោះលែងពួកគេ។ ការវាស់ជម្រៅទឹកមិនមែនជាបទល្មើសទេ។ ទន្លេជារបស់យើងទាំងអស់គ្នា។";
        let there = "អង្គការបានសរសេរថា «ការវាស់ជម្រៅទឹកមិនមែនជាបទល្មើសទេ»។";
        let passages = found(here, there);
        assert_eq!(passages.len(), 1);
        assert_eq!(passages[0].0, "ការវាស់ជម្រៅទឹកមិនមែនជាបទល្មើសទេ");
    }

    #[test]
    fn repetitions_without_end_take_no_time() {
        let endless = "one and the same ".repeat(20_000);
        let passages = found(&endless, &endless);
        assert_eq!(passages.len(), 1);
    }

    proptest! {
        #[test]
        fn passages_stand_in_both(words in proptest::collection::vec(0..6u8, 0..120), cut in 0..120usize) {
            let text = |words: &[u8]| words.iter().map(|word| format!("w{word}")).collect::<Vec<_>>().join(" ");
            let here = text(&words);
            let there = text(words.get(cut.min(words.len())..).unwrap_or_default());
            let (one, other) = (Comparable::new(&here), Comparable::new(&there));
            let mut last = 0;
            for passage in common_passages(&one, &other) {
                prop_assert!(passage.here.start >= last && passage.there.end <= other.units().len());
                last = passage.here.end;
            }
        }
    }
}
