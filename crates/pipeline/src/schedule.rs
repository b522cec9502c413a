//! Which sources are due. After a time of standstill a source is visited once, not once for every visit it missed.

use jiff::{SignedDuration, Timestamp};
use vidimus_catalog::SourceState;
use vidimus_snapshot::Digest;

use crate::Source;

/// A source that is due, and since when.
#[derive(Debug, Clone)]
pub struct DueSource<'a> {
    /// The source.
    pub source: &'a Source,
    /// The time of its schedule that has passed; `None` when it never ran.
    pub since: Option<Timestamp>,
}

/// The sources whose schedule asks for a visit at `now`. A source without a schedule is never due. `states` are sorted by
/// name, as the catalog gives them.
pub fn due_sources<'a>(
    sources: &'a [Source],
    states: &[SourceState],
    now: Timestamp,
    jitter: SignedDuration,
) -> Vec<DueSource<'a>> {
    let due = |source: &'a Source| {
        source.schedule.as_ref()?;
        match next_due(source, states, jitter) {
            None => last_started(source, states).is_none().then_some(DueSource { source, since: None }),
            Some(next) => (next <= now).then_some(DueSource { source, since: Some(next) }),
        }
    };
    sources.iter().filter_map(due).collect()
}

/// When a source is due next, by `states` sorted by name: the first time of its schedule after its last run began, moved by its own share of the
/// jitter. `None` when it has no schedule, or never ran and so is due at once.
pub fn next_due(source: &Source, states: &[SourceState], jitter: SignedDuration) -> Option<Timestamp> {
    let schedule = source.schedule.as_ref()?;
    let offset = offset(&source.name, jitter);
    // The last run began after its own offset, so it is counted from the time of the schedule that it answered.
    let last = last_started(source, states)?.checked_sub(offset).ok()?;
    schedule.spec.next_after(last, &schedule.zone)?.checked_add(offset).ok()
}

fn last_started(source: &Source, states: &[SourceState]) -> Option<Timestamp> {
    let at = states.binary_search_by(|state| state.source.cmp(&source.name)).ok()?;
    states.get(at)?.last_started
}

/// Spreads sources with the same schedule over the jitter, always the same way: by a hash of the name.
fn offset(name: &str, jitter: SignedDuration) -> SignedDuration {
    let digest = Digest::of(name.as_bytes());
    let number = digest.as_bytes().iter().take(4).fold(0_i64, |n, byte| n << 8 | i64::from(*byte));
    let seconds = jitter.as_secs().max(0).saturating_add(1);
    SignedDuration::from_secs(number % seconds)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SourceSpec;

    fn source(name: &str, schedule: Option<&str>) -> Source {
        let spec = SourceSpec {
            name: name.to_owned(),
            schedule: schedule.map(str::to_owned),
            pages: vec!["https://a.example/".to_owned()],
            ..SourceSpec::default()
        };
        Source::new(spec).unwrap()
    }

    fn state(name: &str, started: &str) -> SourceState {
        SourceState { source: name.to_owned(), last_started: Some(started.parse().unwrap()), last_ok: None }
    }

    fn due(states: &[SourceState], now: &str, jitter: i64) -> Vec<String> {
        let sources = [source("hourly", Some("0 * * * *")), source("by-hand", None)];
        let now = now.parse().unwrap();
        let due = due_sources(&sources, states, now, SignedDuration::from_secs(jitter));
        due.iter().map(|d| d.source.name.clone()).collect()
    }

    #[test]
    fn a_source_is_due_once_after_each_time_of_its_schedule() {
        assert_eq!(due(&[], "2024-07-01T10:30:00Z", 0), ["hourly"]);
        let ran = [state("hourly", "2024-07-01T10:00:03Z")];
        assert!(due(&ran, "2024-07-01T10:59:59Z", 0).is_empty());
        assert_eq!(due(&ran, "2024-07-01T11:00:00Z", 0), ["hourly"]);
        // Three days of standstill: due once, and after that run not again at once.
        assert_eq!(due(&ran, "2024-07-04T11:10:00Z", 0), ["hourly"]);
        let caught_up = [state("hourly", "2024-07-04T11:10:00Z")];
        assert!(due(&caught_up, "2024-07-04T11:10:30Z", 0).is_empty());
    }

    #[test]
    fn jitter_delays_by_a_constant_share() {
        let sources = [source("hourly", Some("0 * * * *"))];
        let jitter = SignedDuration::from_secs(600);
        let mut last: Timestamp = "2024-07-01T09:50:00Z".parse().unwrap();
        for hour in 10..14 {
            let states =
                [SourceState { last_started: Some(last), ..state("hourly", "2024-07-01T00:00:00Z") }];
            let next = next_due(&sources[0], &states, jitter).unwrap();
            let on_the_hour: Timestamp = format!("2024-07-01T{hour}:00:00Z").parse().unwrap();
            assert_eq!(next.duration_since(on_the_hour), offset("hourly", jitter));
            last = next;
        }
        assert!(offset("hourly", jitter) <= jitter);
    }
}
