//! What a reader is told of two texts.

use proptest::prelude::*;

use super::*;

/// The changes in short: `-gone`, `+new`, `old>new`, `~typography`, `<moved away`, `>moved here`.
fn told(old: &str, new: &str) -> Vec<String> {
    let diff = checked(old, new);
    let shown = |hunk: &Hunk| {
        let (before, after) = (old[hunk.old.clone()].trim(), new[hunk.new.clone()].trim());
        Some(match hunk.kind {
            HunkKind::Equal => return None,
            HunkKind::Typography => format!("~{after}"),
            HunkKind::Removed => format!("-{before}"),
            HunkKind::Added => format!("+{after}"),
            HunkKind::Replaced => format!("{before}>{after}"),
            HunkKind::MovedAway(_) => format!("<{before}"),
            HunkKind::MovedHere(_) => format!(">{after}"),
        })
    };
    diff.hunks.iter().filter_map(shown).collect()
}

/// The difference, after a look at all that is promised of every one.
fn checked(old: &str, new: &str) -> Diff {
    let found = diff(old, new);
    tiles(&found.hunks, 0..old.len(), 0..new.len());
    for hunk in &found.hunks {
        assert!(old.get(hunk.old.clone()).is_some() && new.get(hunk.new.clone()).is_some());
    }
    for moved in &found.moves {
        tiles(&moved.hunks, moved.old.clone(), moved.new.clone());
    }
    let summary = found.summary;
    assert!(summary.removed <= summary.old_words && summary.added + summary.moved <= summary.new_words);
    assert!((0.0..=100.0).contains(&summary.percent()));
    found
}

/// The spans cover both sides in order, without a gap.
fn tiles(hunks: &[Hunk], old: Range<usize>, new: Range<usize>) {
    let (mut left, mut right) = (old.start, new.start);
    for hunk in hunks {
        assert_eq!((hunk.old.start, hunk.new.start), (left, right), "{hunks:?}");
        (left, right) = (hunk.old.end, hunk.new.end);
    }
    assert_eq!((left, right), (old.end, new.end));
}

const A: &str =
    "Two surveyors were detained on 5 March at the landing of Chroy Thmei, with their boat and its log.";
const B: &str = "The provincial office has not said since then where the boat is kept, nor under which law.";
const C: &str = "We call on the ministry to return the boat and to answer in public, before the rains begin.";

#[test]
fn words_numbers_and_marks_are_seen() {
    assert_eq!(told(A, &A.replace("5 March", "6 March")), ["5>6"]);
    assert_eq!(told(B, &B.replace("has not said", "has said")), ["-not"]);
    assert_eq!(told(A, &A.replace("detained", "held")), ["detained>held"]);
    assert_eq!(told("It is over.", "It is over?"), [".>?"]);
    assert_eq!(told("It is \"evidence\" now.", "It is evidence now."), ["-\"", "-\""]);
    assert_eq!(told("The ministry", "the ministry"), ["The>the"]);
    assert!(told(A, A).is_empty());
    assert!(told("", "").is_empty());
    assert_eq!(told("", "New."), ["+New."]);
}

#[test]
fn typography_is_told_apart() {
    assert_eq!(told("It is \"evidence\".", "It is “evidence”."), ["~“", "~”"]);
    assert_eq!(told("a - b", "a – b"), ["~–"]);
    let split = told(&format!("{A} {B}"), &format!("{A}\n\n{B}"));
    assert_eq!(split, ["~"]);
    let summary = diff("It is \"so\".", "It is “so”.").summary;
    assert!(!summary.is_edit() && !summary.is_same() && summary.typography == 2);
}

#[test]
fn what_cannot_be_seen_is_no_change() {
    for (a, b) in [
        ("one  two\n\nthree", "one two\n\n\nthree\n"),
        ("caf\u{E9}", "cafe\u{301}"),
        ("សិទ្ធិ\u{200B}មនុស្ស", "សិទ្ធិមនុស្ស"),
        ("សិទ្ធិ មនុស្ស", "សិទ្ធិមនុស្ស"),
        ("言论 自由", "言论自由"),
    ] {
        assert!(told(a, b).is_empty(), "{a:?} {b:?}: {:?}", told(a, b));
        assert!(diff(a, b).summary.is_same());
    }
}

#[test]
fn languages_without_spaces_are_compared_by_words() {
    let old = "យើងសូមអំពាវនាវឱ្យក្រសួងដោះលែងអ្នកទាំងពីរដោយគ្មានលក្ខខណ្ឌ។";
    let new = old.replace("ទាំងពីរ", "ទាំងបី");
    let hunks = told(old, &new);
    assert_eq!(hunks.len(), 1, "{hunks:?}");
    assert!(hunks[0].ends_with("បី") && hunks[0].chars().count() < 20, "{hunks:?}");
    let hunks = told("我们呼吁政府释放两名记者。", "我们呼吁政府立即释放三名记者。");
    assert!(hunks.contains(&"+立即".to_owned()) && hunks.len() == 2, "{hunks:?}");
}

#[test]
fn a_paragraph_that_moved_has_moved() {
    let (old, new) = (format!("{A}\n\n{B}\n\n{C}"), format!("{C}\n\n{A}\n\n{B}"));
    let found = checked(&old, &new);
    assert_eq!(found.moves.len(), 1, "{found:?}");
    assert_eq!(&old[found.moves[0].old.clone()].trim(), &C);
    assert_eq!((found.summary.removed, found.summary.added, found.summary.typography), (0, 0, 0));
    assert!(found.summary.is_edit());
}

#[test]
fn a_sentence_that_moved_and_was_edited_has_moved() {
    let edited = C.replace("rains begin", "elections");
    let (old, new) = (format!("{A} {B}\n\n{C}\n\nThe end."), format!("{edited} {A} {B}\n\nThe end."));
    let found = checked(&old, &new);
    assert_eq!(found.moves.len(), 1, "{found:#?}");
    let inside: Vec<HunkKind> = found.moves[0].hunks.iter().map(|hunk| hunk.kind).collect();
    assert_eq!(inside, [HunkKind::Equal, HunkKind::Replaced, HunkKind::Equal]);
    assert_eq!((found.summary.removed, found.summary.added), (2, 1));
}

#[test]
fn paragraphs_that_changed_places_and_words() {
    let (a, c) = (A.replace("5 March", "6 March"), C.replace("ministry", "assembly"));
    let found = checked(&format!("{A}\n\n{C}"), &format!("{c}\n\n{a}"));
    assert_eq!(found.moves.len(), 1, "{found:#?}");
    assert_eq!((found.summary.removed, found.summary.added), (2, 2));
}

#[test]
fn short_lines_that_moved_have_moved() {
    let old = "Signed by\n\nDara Rights Centre\nUnion of Weavers\nRiver Watch Network\nHouse of Letters";
    let new = "Signed by\n\nRiver Watch Network\nDara Rights Centre\nUnion of Weavers\nHouse of Letters";
    let found = checked(old, new);
    assert_eq!(found.moves.len(), 1, "{found:#?}");
    assert_eq!(found.summary.removed, 0);
}

#[test]
fn one_who_signs_later_changes_one_line() {
    let list = |names: &[&str]| {
        let numbered = names.iter().enumerate().map(|(at, name)| format!("{}. {name}", at + 1));
        numbered.collect::<Vec<_>>().join("\n")
    };
    let old = list(&["Dara Rights Centre", "Union of Weavers", "River Watch"]);
    let new = list(&["Dara Rights Centre", "House of Letters", "Union of Weavers", "River Watch"]);
    let found = checked(&old, &new);
    assert_eq!((found.summary.removed, found.summary.added, found.summary.changes), (0, 3, 1), "{found:#?}");
}

#[test]
fn another_paragraph_is_another_paragraph() {
    let found = told(&format!("{A}\n\n{B}"), &format!("{A}\n\n{C}"));
    assert_eq!(found, [format!("{B}>{C}")]);
}

#[test]
fn an_added_sentence_is_a_sentence() {
    assert_eq!(told(&format!("{A} {C}"), &format!("{A} {B} {C}")), [format!("+{B}")]);
    assert_eq!(told("He left. He came.", "He left. He stayed. He came."), ["+He stayed."]);
}

#[test]
fn a_long_text_that_is_another_one_takes_bounded_time() {
    let long = |seed: u64, count: usize| {
        let mut state = seed;
        let mut text = String::new();
        for at in 0..count {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            text.push_str(&format!("w{} ", (state >> 33) % 4_000));
            if at % 90 == 89 {
                text.push_str(".\n\n");
            }
        }
        text
    };
    let (old, new) = (long(1, 60_000), long(2, 60_000));
    assert!(checked(&old, &new).summary.percent() > 30.0);
    let (old, new) = ("a b ".repeat(60_000), "b c a ".repeat(40_000));
    assert!(checked(&old, &new).summary.is_edit());
}

fn text() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "the",
        "boat",
        "log",
        "not",
        "5",
        "6",
        ".",
        ",",
        "“",
        "\"",
        "-",
        "—",
        "\n",
        "\n\n",
        "1.",
        "2.",
        "សិទ្ធិ",
        "មនុស្ស",
        "言论",
        "自由",
        "e\u{301}",
        "\u{E9}",
        "\u{200B}",
        "\u{AD}",
        " ",
        A,
        B,
        C,
    ]);
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.join(" "))
}

proptest! {
    #[test]
    fn every_difference_keeps_its_promises(old in text(), new in text()) {
        checked(&old, &new);
    }

    #[test]
    fn any_characters_do(old in "\\PC{0,60}", new in "\\PC{0,60}") {
        checked(&old, &new);
    }

    #[test]
    fn a_text_is_like_itself(text in text()) {
        let found = checked(&text, &text);
        prop_assert!(found.summary.is_same());
        prop_assert!(found.hunks.len() <= 1);
    }

    #[test]
    fn both_directions_are_of_one_size(old in text(), new in text()) {
        let (there, back) = (diff(&old, &new).summary, diff(&new, &old).summary);
        prop_assert_eq!((there.old_words, there.new_words), (back.new_words, back.old_words));
        prop_assert_eq!(there.is_same(), back.is_same());
    }
}
