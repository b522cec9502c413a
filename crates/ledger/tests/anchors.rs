//! The queue of checkpoints that wait for timestamps: what was queued stays, what was answered stays, and what a crash
//! left behind is taken for neither.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::disallowed_methods,
    reason = "a test makes and spoils its own files"
)]

use std::fs;
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use vidimus_disk::RealDisk;
use vidimus_ledger::anchors::{AnchorError, Anchors, Attempts, Receipt, is_authority_name};
use vidimus_ledger::timestamp::TimestampRequest;
use vidimus_ledger::{Checkpoint, SigningKey};
use vidimus_snapshot::{Digest, LogHead};

fn checkpoint(size: u64) -> Checkpoint {
    let origin = "archive.example/log".to_owned();
    let key = SigningKey::from_seed(&origin, [3; 32]).unwrap();
    key.sign_checkpoint(&LogHead { origin, size, root: Digest::of(&size.to_be_bytes()) }, &[]).unwrap()
}

fn anchors(folder: &Path) -> Anchors {
    Anchors::of(&folder.join("log"), Arc::new(RealDisk))
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn receipt(received: i64, offset: i64) -> Receipt {
    Receipt {
        asked_at: at(received - 1),
        received_at: at(received),
        gen_time: at(received + offset),
        verified: true,
    }
}

#[test]
fn what_was_queued_waits_until_every_authority_has_answered() {
    let folder = tempfile::tempdir().unwrap();
    let anchors = anchors(folder.path());
    assert!(anchors.all().unwrap().is_empty() && anchors.clock_check().unwrap().is_none());
    let nine = anchors.enqueue(&checkpoint(9)).unwrap();
    for authority in ["a", "b"] {
        anchors.request(&nine, authority, [1; 16]).unwrap();
    }
    let ten = anchors.enqueue(&checkpoint(10)).unwrap();
    assert_eq!(anchors.enqueue(&checkpoint(10)).unwrap(), ten, "once is enough");
    assert_eq!(
        anchors.pending(&["a", "b"]).unwrap(),
        [nine.clone(), ten.clone()],
        "by number, not by letter"
    );
    assert_eq!(
        anchors.pending(&["new"]).unwrap(),
        std::slice::from_ref(&ten),
        "who is new is asked for the newest"
    );
    assert_eq!(anchors.checkpoint(&ten).unwrap(), checkpoint(10).as_bytes());

    let request = anchors.request(&nine, "a", [7; 16]).unwrap();
    assert_eq!(request, TimestampRequest::of(checkpoint(9).as_bytes(), [7; 16]));
    anchors.keep(&nine, "a", b"answer", &receipt(1000, 2)).unwrap();
    assert_eq!(anchors.pending(&["a"]).unwrap(), std::slice::from_ref(&ten));
    assert_eq!(anchors.pending(&["a", "b"]).unwrap(), [nine.clone(), ten]);
    anchors.keep(&nine, "a", b"another", &receipt(2000, 3)).unwrap();
    let answered = anchors.answered().unwrap();
    assert_eq!(answered.len(), 1);
    assert_eq!((&answered[0].anchor, answered[0].authority.as_str()), (&nine, "a"));
    assert_eq!(anchors.response(&answered[0]).unwrap(), b"answer", "an answer is never replaced");
    assert_eq!(TimestampRequest::read(&anchors.query(&answered[0]).unwrap()).unwrap(), request);
    let check = anchors.clock_check().unwrap().unwrap();
    assert_eq!((check.offset_ms, check.checked_at, check.authority.as_str()), (2000, at(1000), "a"));
}

#[test]
fn what_a_crash_leaves_is_taken_for_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let anchors = anchors(folder.path());
    let anchor = anchors.enqueue(&checkpoint(3)).unwrap();
    let place = folder.path().join("log/anchors").join(&anchor.name);
    // A folder whose checkpoint was not yet written, drafts of all files, and what somebody else put there.
    fs::create_dir(folder.path().join("log/anchors/4-00000000")).unwrap();
    fs::write(folder.path().join("log/anchors/4-00000000/checkpoint.draft"), "half").unwrap();
    for name in ["a.tsr.draft", "a.tsq.draft", "checkpoint.draft", "Not A Name.tsr"] {
        fs::write(place.join(name), "half").unwrap();
    }
    fs::write(folder.path().join("log/anchors/notes.txt"), "x").unwrap();
    assert_eq!(anchors.all().unwrap(), std::slice::from_ref(&anchor));
    assert!(!anchors.is_answered(&anchor, "a") && anchors.answered().unwrap().is_empty());
    // All of it can be done again over what was left.
    anchors.request(&anchor, "a", [1; 16]).unwrap();
    anchors.keep(&anchor, "a", b"answer", &receipt(5, 0)).unwrap();
    assert!(anchors.is_answered(&anchor, "a"));
    let half = checkpoint(4);
    let name = format!("4-{}", &Digest::of(half.as_bytes()).hex()[..8]);
    fs::create_dir(folder.path().join("log/anchors").join(&name)).unwrap();
    assert_eq!(anchors.enqueue(&half).unwrap().name, name);
    assert_eq!(anchors.all().unwrap().len(), 2);
}

#[test]
fn a_checkpoint_that_was_changed_is_not_sent() {
    let folder = tempfile::tempdir().unwrap();
    let anchors = anchors(folder.path());
    let anchor = anchors.enqueue(&checkpoint(3)).unwrap();
    let path = folder.path().join("log/anchors").join(&anchor.name).join("checkpoint");
    fs::write(&path, checkpoint(4).as_bytes()).unwrap();
    assert!(matches!(anchors.request(&anchor, "a", [1; 16]), Err(AnchorError::Damaged { .. })));
}

#[test]
fn names_that_are_no_files_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let anchors = anchors(folder.path());
    let anchor = anchors.enqueue(&checkpoint(3)).unwrap();
    for name in ["", "../a", "a/b", "A", "a.b", "ä", &"a".repeat(41)] {
        assert!(!is_authority_name(name), "{name}");
        assert!(matches!(anchors.request(&anchor, name, [1; 16]), Err(AnchorError::Name(_))), "{name}");
    }
    assert!(is_authority_name("time-1") && is_authority_name(&"a".repeat(40)));
    let long = vec![b'x'; 1 << 20];
    anchors.keep_refused(&anchor, "a", &long).unwrap();
    let kept = fs::read(folder.path().join("log/anchors").join(&anchor.name).join("a.refused")).unwrap();
    assert_eq!(kept.len(), 64 * 1024);
}

#[test]
fn one_asks_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let anchors = anchors(folder.path());
    anchors.enqueue(&checkpoint(3)).unwrap();
    let held = anchors.lock().unwrap();
    assert!(held.is_some() && anchors.lock().unwrap().is_none());
    drop(held);
    assert!(anchors.lock().unwrap().is_some());
}

#[test]
fn who_fails_is_left_alone_for_longer_and_longer() {
    let folder = tempfile::tempdir().unwrap();
    let anchors = anchors(folder.path());
    anchors.enqueue(&checkpoint(3)).unwrap();
    assert_eq!(anchors.attempts(), Attempts::default());
    let (mut attempts, mut now, mut minutes) = (Attempts::default(), at(0), Vec::new());
    for _ in 0..9 {
        attempts.failed("a", "it does not answer", now);
        let next = attempts.of("a").unwrap().next_try;
        assert!(attempts.waits("a", now) && !attempts.waits("b", now) && !attempts.waits("a", next));
        minutes.push(next.duration_since(now).as_mins());
        now = next;
    }
    assert_eq!(minutes, [5, 10, 20, 40, 80, 160, 320, 360, 360]);
    anchors.note_attempts(&attempts).unwrap();
    assert_eq!(anchors.attempts(), attempts, "it outlives the program");
    attempts.answered("a");
    assert!(!attempts.waits("a", now));
    fs::write(folder.path().join("log/anchors/attempts.json"), "half").unwrap();
    assert_eq!(anchors.attempts(), Attempts::default());
}
