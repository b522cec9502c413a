//! Politeness: how many connections a host gets at once, how long it is left alone between them, and how the client
//! steps back when a server says that it is too much.
//!
//! By default one connection per host at a time, with a gap between. 429 and 503 push the host's next turn away by
//! what `Retry-After` asks, or by a pause that doubles each time and is jittered, so that many hosts do not come back
//! at one stroke. A host that goes on saying so is left alone for good. No wait is unbounded: a turn that lies further
//! off than the caller will wait is refused, and closing the gate ends every wait at once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::{Instant, sleep_until};
use vidimus_snapshot::Clock;

use crate::guard::Refusal;

/// How many hosts are remembered before those that need no memory are dropped.
const MANY_HOSTS: usize = 20_000;

/// The longest `Retry-After` that is believed.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(24 * 3600);

/// How polite to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GateOptions {
    /// Connections per host at a time; at least one.
    pub connections_per_host: usize,
    /// The least time between the end of one exchange with a host and the beginning of the next.
    pub min_gap: Duration,
    /// The longest that anybody is made to wait for a host's turn; beyond that the turn is refused.
    pub max_wait: Duration,
    /// The first pause after a 429 or 503 without `Retry-After`; it doubles with each further one.
    pub first_back_off: Duration,
    /// The longest such pause.
    pub longest_back_off: Duration,
    /// After how many 429 and 503 in a row a host gets no further turn from this gate; at least one.
    pub give_up_after: u32,
    /// The seed of the jitter.
    pub seed: u64,
}

impl Default for GateOptions {
    fn default() -> Self {
        Self {
            connections_per_host: 1,
            min_gap: Duration::from_secs(1),
            max_wait: Duration::from_secs(120),
            first_back_off: Duration::from_secs(10),
            longest_back_off: Duration::from_secs(1800),
            give_up_after: 5,
            seed: 0,
        }
    }
}

/// Gives each host its turns. Cheap to clone; clones share everything.
#[derive(Clone)]
pub struct HostGate {
    shared: Arc<Shared>,
}

struct Shared {
    options: GateOptions,
    clock: Arc<dyn Clock>,
    hosts: Mutex<HashMap<String, Arc<Host>>>,
    random: Mutex<u64>,
    closed: watch::Sender<bool>,
}

struct Host {
    seats: Arc<Semaphore>,
    pace: Mutex<Pace>,
}

struct Pace {
    /// Nobody starts before this.
    not_before: Instant,
    /// How many times in a row the host said that it is too much.
    refusals: u32,
}

impl Host {
    fn pace(&self) -> MutexGuard<'_, Pace> {
        self.pace.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether forgetting the host would let it be asked too soon.
    fn is_remembered(&self, now: Instant) -> bool {
        let pace = self.pace();
        pace.not_before > now || pace.refusals > 0
    }
}

/// A turn with a host; dropping it ends the turn, and the gap begins.
pub struct HostPermit {
    host: Arc<Host>,
    gap: Duration,
    _seat: OwnedSemaphorePermit,
}

impl Drop for HostPermit {
    fn drop(&mut self) {
        let earliest = later(Instant::now(), self.gap);
        let mut pace = self.host.pace();
        pace.not_before = pace.not_before.max(earliest);
    }
}

impl HostGate {
    /// A gate that knows no host yet.
    pub fn new(options: GateOptions, clock: Arc<dyn Clock>) -> Self {
        let random = Mutex::new(options.seed);
        let hosts = Mutex::new(HashMap::new());
        let closed = watch::Sender::new(false);
        Self { shared: Arc::new(Shared { options, clock, hosts, random, closed }) }
    }

    /// Ends all waits: whoever waits for a turn, and whoever asks for one later, is refused with [`Refusal::Stopped`].
    /// Turns that were given go on to their end.
    pub fn close(&self) {
        self.shared.closed.send_replace(true);
    }

    /// Waits for a turn with `host`; `crawl_delay` widens the gap that follows it.
    pub async fn acquire(&self, host: &str, crawl_delay: Option<Duration>) -> Result<HostPermit, Refusal> {
        let mut closed = self.shared.closed.subscribe();
        tokio::select! {
            biased;
            _ = closed.wait_for(|closed| *closed) => Err(Refusal::Stopped { host: host.to_owned() }),
            turn = self.turn(host, crawl_delay) => turn,
        }
    }

    async fn turn(&self, host: &str, crawl_delay: Option<Duration>) -> Result<HostPermit, Refusal> {
        let gap = self.shared.options.min_gap.max(crawl_delay.unwrap_or_default());
        let deadline = later(Instant::now(), self.shared.options.max_wait);
        let entry = self.host(host);
        // Refused at once where the pause is known to outlast the wait, instead of when the wait is over.
        self.refuse_if_useless(deadline, host, &entry.pace())?;
        let waiting = tokio::time::timeout_at(deadline, entry.seats.clone().acquire_owned());
        let Ok(Ok(seat)) = waiting.await else {
            return Err(Refusal::Busy {
                host: host.to_owned(),
                seconds: self.shared.options.max_wait.as_secs(),
            });
        };
        let start = {
            let mut pace = entry.pace();
            self.refuse_if_useless(deadline, host, &pace)?;
            let start = pace.not_before.max(Instant::now());
            pace.not_before = later(start, gap);
            start
        };
        sleep_until(start).await;
        Ok(HostPermit { host: entry, gap, _seat: seat })
    }

    /// Tells the gate how a host answered, so that it can step back or return to its usual pace.
    pub fn report(&self, host: &str, status: Option<u16>, retry_after: Option<&str>) {
        let entry = self.host(host);
        if !matches!(status, Some(429 | 503)) {
            if status.is_some() {
                entry.pace().refusals = 0;
            }
            return;
        }
        let asked = retry_after.and_then(|text| retry_delay(text, self.shared.clock.now()));
        let mut pace = entry.pace();
        let own = self.back_off(pace.refusals);
        pace.refusals = pace.refusals.saturating_add(1);
        let pause = asked.map_or(own, |asked| asked.min(LONGEST_RETRY_AFTER));
        pace.not_before = pace.not_before.max(later(Instant::now(), pause));
    }

    /// Refuses a turn that never comes, or comes when nobody waits any longer.
    fn refuse_if_useless(&self, deadline: Instant, host: &str, pace: &Pace) -> Result<(), Refusal> {
        if pace.refusals >= self.shared.options.give_up_after.max(1) {
            return Err(Refusal::GivenUp { host: host.to_owned(), refusals: pace.refusals });
        }
        if pace.not_before <= deadline {
            return Ok(());
        }
        let seconds = pace.not_before.saturating_duration_since(Instant::now()).as_secs();
        Err(Refusal::BackOff { host: host.to_owned(), seconds })
    }

    /// The pause after the `refusals + 1`th refusal in a row: doubled each time, a quarter more or less.
    fn back_off(&self, refusals: u32) -> Duration {
        let options = &self.shared.options;
        let doubled = options.first_back_off.saturating_mul(2_u32.saturating_pow(refusals.min(30)));
        doubled.min(options.longest_back_off).mul_f64(0.75 + 0.5 * self.random())
    }

    /// A number from 0 to 1 (SplitMix64).
    fn random(&self) -> f64 {
        let mut state = self.shared.random.lock().unwrap_or_else(PoisonError::into_inner);
        *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = *state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn host(&self, host: &str) -> Arc<Host> {
        let mut hosts = self.shared.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        if hosts.len() >= MANY_HOSTS && !hosts.contains_key(host) {
            let now = Instant::now();
            hosts.retain(|_, entry| Arc::strong_count(entry) > 1 || entry.is_remembered(now));
        }
        let entry = hosts.entry(host.to_owned()).or_insert_with(|| {
            let seats = Arc::new(Semaphore::new(self.shared.options.connections_per_host.max(1)));
            Arc::new(Host { seats, pace: Mutex::new(Pace { not_before: Instant::now(), refusals: 0 }) })
        });
        Arc::clone(entry)
    }
}

fn later(instant: Instant, by: Duration) -> Instant {
    instant.checked_add(by).unwrap_or(instant)
}

/// How long a `Retry-After` value asks to wait: a number of seconds or an HTTP date.
pub fn retry_delay(value: &str, now: Timestamp) -> Option<Duration> {
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit()) {
        return Some(Duration::from_secs(value.parse().unwrap_or(u64::MAX)));
    }
    let at = std::time::Duration::try_from(http_date(value)?.duration_since(now));
    Some(at.unwrap_or_default())
}

/// Reads an HTTP date in any of its three forms.
fn http_date(value: &str) -> Option<Timestamp> {
    Timestamp::try_from(httpdate::parse_http_date(value).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use vidimus_snapshot::ManualClock;

    const DAY: &str = "1994-11-06T08:49:00Z";

    fn gate(options: GateOptions) -> HostGate {
        HostGate::new(options, Arc::new(ManualClock::new(DAY.parse().unwrap())))
    }

    fn seconds(count: u64) -> Duration {
        Duration::from_secs(count)
    }

    #[test]
    fn retry_after_in_seconds_and_as_any_http_date() {
        let now: Timestamp = DAY.parse().unwrap();
        assert_eq!(retry_delay(" 120 ", now), Some(seconds(120)));
        assert_eq!(retry_delay("99999999999999999999999", now), Some(seconds(u64::MAX)));
        for date in
            ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"]
        {
            assert_eq!(retry_delay(date, now), Some(seconds(37)), "{date}");
        }
        assert_eq!(retry_delay("Sat, 05 Nov 1994 08:49:37 GMT", now), Some(seconds(0)));
        assert_eq!(retry_delay("soon", now), None);
        assert_eq!(retry_delay("", now), None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_host_gets_one_turn_at_a_time_and_a_gap_between() {
        let gate = gate(GateOptions { min_gap: seconds(2), ..GateOptions::default() });
        let start = Instant::now();
        let first = gate.acquire("a.example", None).await.unwrap();
        assert_eq!(start.elapsed(), seconds(0));
        let waiting = tokio::spawn({
            let gate = gate.clone();
            async move { gate.acquire("a.example", Some(seconds(9))).await.map(drop) }
        });
        drop(gate.acquire("b.example", None).await.unwrap());
        tokio::time::sleep(seconds(5)).await;
        assert!(!waiting.is_finished(), "the seat is taken");
        drop(first);
        waiting.await.unwrap().unwrap();
        assert_eq!(start.elapsed(), seconds(7));
        drop(gate.acquire("a.example", None).await.unwrap());
        assert_eq!(start.elapsed(), seconds(16), "the crawl delay of the second turn widened its gap");
    }

    #[tokio::test(start_paused = true)]
    async fn servers_that_say_it_is_too_much_are_left_alone() {
        let options = GateOptions { min_gap: seconds(0), max_wait: seconds(300), ..GateOptions::default() };
        let gate = gate(options);
        let start = Instant::now();
        gate.report("a", Some(429), Some("60"));
        drop(gate.acquire("a", None).await.unwrap());
        assert_eq!(start.elapsed(), seconds(60));

        gate.report("a", Some(200), None);
        let mut pauses = Vec::new();
        for _ in 0..3 {
            let before = Instant::now();
            gate.report("a", Some(503), None);
            drop(gate.acquire("a", None).await.unwrap());
            pauses.push(before.elapsed().as_secs_f64());
        }
        for (pause, middle) in pauses.iter().zip([10.0, 20.0, 40.0]) {
            assert!((0.75 * middle..=1.25 * middle + 0.01).contains(pause), "{pauses:?}");
        }
        gate.report("a", Some(503), Some("86400"));
        let refusal = gate.acquire("a", None).await.err().unwrap();
        assert_eq!(refusal.code(), "back-off");
        assert!(refusal.to_string().contains("a is to be left alone for another 86400 s"), "{refusal}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_host_that_goes_on_refusing_is_given_up() {
        let options = GateOptions { give_up_after: 3, max_wait: seconds(9000), ..GateOptions::default() };
        let gate = gate(options);
        for status in [503, 429] {
            gate.report("a", Some(status), None);
        }
        drop(gate.acquire("a", None).await.unwrap());
        gate.report("a", Some(503), None);
        let refusal = gate.acquire("a", None).await.err().unwrap();
        assert_eq!(refusal.code(), "given-up");
        assert!(refusal.to_string().contains("answered 3 times in a row"), "{refusal}");
        gate.report("b", Some(503), None);
        gate.report("b", Some(503), None);
        gate.report("b", Some(200), None);
        gate.report("b", Some(503), None);
        assert!(gate.acquire("b", None).await.is_ok(), "an answer between counts as a new beginning");
    }

    #[tokio::test(start_paused = true)]
    async fn closing_ends_every_wait_at_once() {
        let gate = gate(GateOptions::default());
        let held = gate.acquire("a", None).await.unwrap();
        gate.report("b", Some(503), Some("60"));
        let waiting: Vec<_> = ["a", "b"]
            .map(|host| {
                let gate = gate.clone();
                tokio::spawn(async move { gate.acquire(host, None).await.map(drop) })
            })
            .into();
        tokio::time::sleep(seconds(2)).await;
        assert!(waiting.iter().all(|task| !task.is_finished()));
        let before = Instant::now();
        gate.clone().close();
        for task in waiting {
            assert_eq!(task.await.unwrap().unwrap_err().code(), "stopped");
        }
        assert_eq!(gate.acquire("c", None).await.err().unwrap().code(), "stopped");
        assert_eq!(before.elapsed(), seconds(0));
        drop(held);
    }

    #[tokio::test(start_paused = true)]
    async fn no_wait_for_a_seat_is_unbounded() {
        let gate = gate(GateOptions { max_wait: seconds(3), ..GateOptions::default() });
        let held = gate.acquire("a", None).await.unwrap();
        assert_eq!(gate.acquire("a", None).await.err().unwrap().code(), "host-busy");
        drop(held);
        assert!(gate.acquire("a", None).await.is_ok());
    }
}
