//! A difference for machines: one object, with spans in characters.

use serde_json::{Value, json};
use vidimus_compare::{Hunk, HunkKind};

use super::comparison::{Signatories, exact_time};
use super::{Comparison, Side};

/// Counts up when a key changes its meaning or goes.
const FORMAT: u32 = 1;

/// The whole comparison.
pub fn object(comparison: &Comparison) -> Value {
    let summary = &comparison.text.summary;
    let fields = comparison.fields.iter().map(|f| json!({"name": f.name, "a": f.old, "b": f.new}));
    let (hunks, moves) = hunks(comparison);
    json!({
        "format": FORMAT,
        "a": side(&comparison.old),
        "b": side(&comparison.new),
        "same": comparison.is_same(),
        "same_text": summary.is_same(),
        "same_bytes": comparison.same_bytes(),
        "silent": comparison.is_silent(),
        "verdict": comparison.verdict(),
        "notes": comparison.notes,
        "fields": fields.collect::<Vec<_>>(),
        "signatories": comparison.signatories.as_ref().map(signatories),
        "summary": {
            "words_a": summary.old_words,
            "words_b": summary.new_words,
            "removed": summary.removed,
            "added": summary.added,
            "moved": summary.moved,
            "changes": summary.changes,
            "typography": summary.typography,
            "percent": (summary.percent() * 10.0).round() / 10.0,
        },
        "hunks": hunks,
        "moves": moves,
    })
}

fn side(side: &Side) -> Value {
    let capture = &side.capture;
    json!({
        "id": capture.snapshot.map(|id| id.hex()),
        "ni": capture.snapshot.map(|id| id.ni()),
        "url": capture.url,
        "captured_at": exact_time(capture.started_at),
        "witnessed": capture.witnessed,
        "payload_sha256": capture.payload_sha256,
        "text_sha256": side.text_sha256(),
        "extractor": side.extractor,
        "title": side.statement.title,
    })
}

fn signatories(list: &Signatories) -> Value {
    let name = |names: &[String], at: usize| names.get(at).cloned();
    let pairs = |pairs: &[(usize, usize)]| -> Vec<Value> {
        pairs
            .iter()
            .map(|(old, new)| json!({"a": name(&list.old, *old), "b": name(&list.new, *new)}))
            .collect()
    };
    let names = |names: &[String], places: &[usize]| -> Vec<Option<String>> {
        places.iter().map(|at| name(names, *at)).collect()
    };
    let matched = &list.matched;
    json!({
        "count_a": list.old.len(),
        "count_b": list.new.len(),
        "same": matched.same.len(),
        "renamed": pairs(&matched.renamed),
        "joined": names(&list.new, &matched.joined),
        "left": names(&list.old, &matched.left),
        "doubtful": pairs(&matched.doubtful),
        "claimed_a": list.old_claim,
        "claimed_b": list.new_claim,
    })
}

/// The hunks, and the moves among them.
fn hunks(comparison: &Comparison) -> (Vec<Value>, Vec<Value>) {
    let texts = (comparison.old.text.as_str(), comparison.new.text.as_str());
    let mut places = vec![(0, 0); comparison.text.moves.len()];
    let mut writer = Writer { texts, at: (0, 0) };
    let mut hunks = Vec::new();
    for hunk in &comparison.text.hunks {
        let at = writer.at;
        match hunk.kind {
            HunkKind::MovedAway(number) => {
                places.get_mut(number).into_iter().for_each(|place| place.0 = at.0)
            }
            HunkKind::MovedHere(number) => {
                places.get_mut(number).into_iter().for_each(|place| place.1 = at.1)
            }
            _ => {}
        }
        hunks.push(writer.hunk(hunk));
    }
    let moves = comparison.text.moves.iter().zip(places).map(|(moved, at)| {
        let whole = Hunk {
            kind: HunkKind::Equal,
            old: moved.old.clone(),
            new: moved.new.clone(),
            old_words: 0,
            new_words: 0,
        };
        let whole = Writer { texts, at }.hunk(&whole);
        let mut writer = Writer { texts, at };
        let inside: Vec<Value> = moved.hunks.iter().map(|hunk| writer.hunk(hunk)).collect();
        json!({"a": whole["a"], "b": whole["b"], "hunks": inside})
    });
    (hunks, moves.collect())
}

/// Writes hunks in their order, and counts the characters up to each.
struct Writer<'a> {
    texts: (&'a str, &'a str),
    at: (usize, usize),
}

impl Writer<'_> {
    fn hunk(&mut self, hunk: &Hunk) -> Value {
        let (kind, number) = match hunk.kind {
            HunkKind::Equal => ("equal", None),
            HunkKind::Typography => ("typography", None),
            HunkKind::Removed => ("removed", None),
            HunkKind::Added => ("added", None),
            HunkKind::Replaced => ("replaced", None),
            HunkKind::MovedAway(number) => ("moved-away", Some(number)),
            HunkKind::MovedHere(number) => ("moved-here", Some(number)),
        };
        let old = self.texts.0.get(hunk.old.clone()).unwrap_or_default();
        let new = self.texts.1.get(hunk.new.clone()).unwrap_or_default();
        let ends = (self.at.0 + old.chars().count(), self.at.1 + new.chars().count());
        let mut value = json!({
            "kind": kind,
            "a": {"start": self.at.0, "end": ends.0, "text": old},
            "b": {"start": self.at.1, "end": ends.1, "text": new},
        });
        if let Some(number) = number {
            value["move"] = number.into();
        }
        self.at = ends;
        value
    }
}
