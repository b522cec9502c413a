//! Waiting for something to become true, never for a time to pass that "should be enough".

use std::thread::sleep;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Something that takes longer does not happen.
const LONGEST: Duration = Duration::from_secs(60);
const STEP: Duration = Duration::from_millis(5);

/// Waits until it is so.
#[track_caller]
pub fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !is_so() {
        assert!(begin.elapsed() < LONGEST, "waited in vain: {what}");
        sleep(STEP);
    }
}

/// Waits for the clock's next second and gives its number: replay tools tell captures apart by whole seconds.
#[must_use]
pub fn next_second() -> u64 {
    let now = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let begin = now();
    while now() == begin {
        sleep(STEP);
    }
    now()
}
