//! The polite client: every hop of every fetch asks robots.txt first and waits for its host's turn.
//!
//! robots.txt is fetched by the same capture client, under the same gate, kept for at most a day, and handed back with
//! its exchanges so that the caller can archive what the permission rested on.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use url::Url;
use vidimus_warc::http::{DecodeLimits, DecodeOutcome, decode_content};

use crate::client::{Client, HopPolicy, Request};
use crate::cookies::CookieJar;
use crate::fetched::{End, Exchange, Failure, Fetched};
use crate::gate::{HostGate, HostPermit};
use crate::guard::Refusal;
use crate::limits::Limits;
use crate::robots::{MAX_ROBOTS_BYTES, RobotsRules, product_token};

/// How long an answer is kept: the RFC's upper bound.
const KEEP_ANSWER: SignedDuration = SignedDuration::from_hours(24);

/// How long a host whose robots.txt could not be had is left before it is asked again.
const KEEP_FAILURE: SignedDuration = SignedDuration::from_mins(10);

/// The redirects of a robots.txt that are followed.
const ROBOTS_REDIRECTS: usize = 5;

/// How many origins are remembered before those whose answers are out of date are dropped.
const MANY_ORIGINS: usize = 20_000;

/// A polite fetch: what became of the page, and the robots.txt files that were fetched on the way.
#[derive(Debug)]
pub struct Visit {
    /// The page.
    pub fetched: Fetched,
    /// The robots.txt files fetched for it, in order; empty where the answers were still at hand.
    pub robots: Vec<Fetched>,
}

/// The polite client. Cheap to clone; clones share the gate and what is known of robots.txt files.
#[derive(Clone)]
pub struct Polite {
    client: Client,
    robots_client: Client,
    token: Arc<str>,
    gate: HostGate,
    known: Arc<Mutex<HashMap<String, Arc<Slot>>>>,
}

/// What is known of one origin; the lock is held while it is being asked, so that nobody asks twice.
type Slot = tokio::sync::Mutex<Option<Known>>;

#[derive(Clone)]
struct Known {
    until: Timestamp,
    answer: Answer,
}

#[derive(Clone)]
enum Answer {
    Rules(Arc<RobotsRules>),
    AllAllowed,
    /// Nothing is allowed, and this is what to say of it.
    Nothing(End),
}

impl Polite {
    /// A polite client over `client`, which speaks when `gate` lets it.
    pub fn new(client: Client, gate: HostGate) -> Self {
        let limits = Limits {
            redirects: ROBOTS_REDIRECTS,
            wire_bytes: MAX_ROBOTS_BYTES.saturating_mul(2),
            ..client.limits().clone()
        };
        let token = product_token(client.user_agent.to_str().unwrap_or_default()).into();
        Self { robots_client: client.clone().with_limits(limits), client, token, gate, known: Arc::default() }
    }

    /// The same polite client with a cookie jar of its own, which is sent with pages and never with robots.txt. What is
    /// known of hosts is shared.
    pub fn with_cookies(&self) -> Self {
        Self { client: self.client.clone().with_cookies(CookieJar::default()), ..self.clone() }
    }

    /// The client beneath, for what need not be polite.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Fetches a URL, politely.
    pub async fn visit(&self, request: &Request) -> Visit {
        let hops = PoliteHops { polite: self, fetched: Mutex::new(Vec::new()) };
        let fetched = self.client.fetch_with(request, &hops).await;
        Visit { fetched, robots: hops.fetched.into_inner().unwrap_or_else(PoisonError::into_inner) }
    }

    /// The sitemaps that the robots.txt of the URL's origin names, and the file's exchanges if it had to be fetched.
    pub async fn sitemaps(&self, url: &Url) -> (Vec<Url>, Vec<Fetched>) {
        let fetched = Mutex::new(Vec::new());
        let answer = match self.client.guard().check_url(url) {
            Ok(_) => self.answer(url, &fetched).await,
            Err(refusal) => Answer::Nothing(End::Refused(refusal)),
        };
        let sitemaps = match answer {
            Answer::Rules(rules) => rules.sitemaps().to_vec(),
            Answer::AllAllowed | Answer::Nothing(_) => Vec::new(),
        };
        (sitemaps, fetched.into_inner().unwrap_or_else(PoisonError::into_inner))
    }

    /// The crawl delay if the URL may be fetched.
    async fn permission(&self, url: &Url, fetched: &Mutex<Vec<Fetched>>) -> Result<Option<Duration>, End> {
        match self.answer(url, fetched).await {
            Answer::AllAllowed => Ok(None),
            Answer::Nothing(end) => Err(end),
            Answer::Rules(rules) => {
                let verdict = rules.verdict(url);
                if verdict.allowed {
                    return Ok(rules.crawl_delay());
                }
                let (agent, rule) = (self.token.to_string(), verdict.rule.unwrap_or_default());
                Err(End::Refused(Refusal::Robots { host: host_of(url), agent, rule }))
            }
        }
    }

    async fn answer(&self, url: &Url, fetched: &Mutex<Vec<Fetched>>) -> Answer {
        let slot = self.slot(url);
        let mut known = slot.lock().await;
        let now = self.client.clock.now();
        if let Some(fresh) = known.as_ref().filter(|known| known.until > now) {
            return fresh.answer.clone();
        }
        let Ok(robots_url) = url.join("/robots.txt") else { return Answer::AllAllowed };
        let visit = self.robots_client.fetch_with(&Request::new(robots_url), &GateOnly(&self.gate)).await;
        let reading = read_answer(&visit, &self.token, &host_of(url));
        let answer = match (reading.answer, known.clone()) {
            // The RFC lets an old answer stand while a new one cannot be had.
            (
                Answer::Nothing(_),
                Some(Known { answer: old @ (Answer::Rules(_) | Answer::AllAllowed), .. }),
            ) => old,
            (new, _) => new,
        };
        if reading.keep > SignedDuration::ZERO {
            let until = now.saturating_add(reading.keep).unwrap_or(now);
            *known = Some(Known { until, answer: answer.clone() });
        }
        // A request that the gate prevented was never tried: there is nothing to tell of it but what is told of the page.
        if !visit.exchanges.is_empty() || !is_the_gates(&visit.end) {
            let mut list = fetched.lock().unwrap_or_else(PoisonError::into_inner);
            list.push(visit);
        }
        answer
    }

    fn slot(&self, url: &Url) -> Arc<Slot> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let origin = url.origin().ascii_serialization();
        if known.len() >= MANY_ORIGINS && !known.contains_key(&origin) {
            let now = self.client.clock.now();
            known.retain(|_, slot| match slot.try_lock() {
                Ok(entry) => entry.as_ref().is_some_and(|entry| entry.until > now),
                Err(_) => true,
            });
        }
        Arc::clone(known.entry(origin).or_default())
    }
}

struct Reading {
    answer: Answer,
    keep: SignedDuration,
}

impl Reading {
    fn all() -> Self {
        Self { answer: Answer::AllAllowed, keep: KEEP_ANSWER }
    }

    /// Nothing is allowed for now.
    fn nothing(host: &str, why: String) -> Self {
        Self::nothing_since(End::Refused(Refusal::RobotsUnreachable { host: host.to_owned(), why }))
    }

    fn nothing_since(end: End) -> Self {
        Self { answer: Answer::Nothing(end), keep: KEEP_FAILURE }
    }
}

/// What follows from the fetch of a robots.txt (RFC 9309, section 2.3.1).
fn read_answer(fetched: &Fetched, token: &str, host: &str) -> Reading {
    let nothing = |why: String| Reading::nothing(host, why);
    let status = fetched.exchanges.last().and_then(|exchange| exchange.status).unwrap_or(0);
    let is_success = (200..300).contains(&status);
    match &fetched.end {
        End::Complete if is_success => rules(fetched, token, host),
        // Cut at our own limit: what the RFC wants read has been read.
        End::Truncated(cut) if cut.reason == "length" && is_success => rules(fetched, token, host),
        // 429 is no answer about the file: whoever asks for patience has not said that all is allowed.
        End::Complete if status >= 500 || status == 429 => {
            nothing(format!("the server answered with status {status}"))
        }
        End::Complete => Reading::all(),
        End::Truncated(cut) => nothing(cut.message.clone()),
        // Redirects that do not end count as no file.
        End::Failed(Failure::TooManyRedirects { .. } | Failure::RedirectLoop { .. }) => Reading::all(),
        // Asked again as soon as the host's turn comes, so nothing is kept.
        end if is_the_gates(end) => {
            Reading { keep: SignedDuration::ZERO, ..Reading::nothing_since(end.clone()) }
        }
        // Before any redirect, what stands in the way of robots.txt stands in the way of the page: say just that.
        end @ End::Failed(failure) if fetched.exchanges.len() <= 1 && is_no_way_there(failure) => {
            Reading::nothing_since(end.clone())
        }
        end @ End::Refused(_) if fetched.exchanges.len() <= 1 && !redirected(fetched) => {
            Reading::nothing_since(end.clone())
        }
        End::Failed(failure) => nothing(failure.to_string()),
        End::Refused(refusal) => nothing(refusal.to_string()),
    }
}

/// Whether the gate gave no turn.
fn is_the_gates(end: &End) -> bool {
    let End::Refused(refusal) = end else { return false };
    matches!(
        refusal,
        Refusal::BackOff { .. } | Refusal::Busy { .. } | Refusal::GivenUp { .. } | Refusal::Stopped { .. }
    )
}

fn redirected(fetched: &Fetched) -> bool {
    fetched.exchanges.first().is_some_and(|exchange| exchange.status.is_some())
}

fn is_no_way_there(failure: &Failure) -> bool {
    matches!(
        failure,
        Failure::Dns { .. }
            | Failure::DnsTimeout { .. }
            | Failure::ConnectRefused { .. }
            | Failure::Unreachable { .. }
            | Failure::ConnectTimeout { .. }
            | Failure::Certificate { .. }
            | Failure::Tls { .. }
            | Failure::TlsTimeout { .. }
    )
}

/// The rules that the file states, as far as our own limit lets it be read. A file that cannot be decoded states none, and
/// is no permission either.
fn rules(fetched: &Fetched, token: &str, host: &str) -> Reading {
    let Some(exchange) = fetched.exchanges.last() else { return Reading::all() };
    let split = match exchange.split() {
        Ok(split) => split,
        Err(error) => return Reading::nothing(host, error.to_string()),
    };
    let limits =
        DecodeLimits { max_bytes: MAX_ROBOTS_BYTES.saturating_add(1) as u64, ..DecodeLimits::default() };
    let decoded = decode_content(&split.head.content_codings(), split.body(), &limits);
    match decoded.outcome {
        DecodeOutcome::Complete | DecodeOutcome::CutAtBytes | DecodeOutcome::CutAtRatio => {
            let rules = RobotsRules::parse(&decoded.bytes, token);
            Reading { answer: Answer::Rules(Arc::new(rules)), keep: KEEP_ANSWER }
        }
        DecodeOutcome::Damaged(_) | DecodeOutcome::UnknownCoding(_) => {
            Reading::nothing(host, decoded.outcome.to_string())
        }
    }
}

fn host_of(url: &Url) -> String {
    url.host_str().unwrap_or_default().to_owned()
}

fn tell_gate(gate: &HostGate, exchange: &Exchange) {
    let retry_after = match exchange.status {
        Some(429 | 503) => exchange.split().ok().and_then(|split| split.head.text("retry-after")),
        _ => None,
    };
    gate.report(&host_of(&exchange.url), exchange.status, retry_after.as_deref());
}

/// Robots first, then the gate.
struct PoliteHops<'a> {
    polite: &'a Polite,
    fetched: Mutex<Vec<Fetched>>,
}

impl HopPolicy for PoliteHops<'_> {
    type Permit = HostPermit;

    async fn enter(&self, url: &Url) -> Result<HostPermit, End> {
        let delay = self.polite.permission(url, &self.fetched).await?;
        self.polite.gate.acquire(&host_of(url), delay).await.map_err(End::Refused)
    }

    fn leave(&self, permit: HostPermit, exchange: &Exchange) {
        tell_gate(&self.polite.gate, exchange);
        drop(permit);
    }
}

/// The gate alone, for robots.txt itself.
struct GateOnly<'a>(&'a HostGate);

impl HopPolicy for GateOnly<'_> {
    type Permit = HostPermit;

    async fn enter(&self, url: &Url) -> Result<HostPermit, End> {
        self.0.acquire(&host_of(url), None).await.map_err(End::Refused)
    }

    fn leave(&self, permit: HostPermit, exchange: &Exchange) {
        tell_gate(self.0, exchange);
        drop(permit);
    }
}
