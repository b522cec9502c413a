//! Asking the configured time authorities for timestamps over the log's signed checkpoints (RFC 3161), after whatever may
//! have signed one. An authority that does not answer holds nobody up for longer than its time, and loses nothing: what
//! waits is asked for again later.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use reqwest::header::CONTENT_TYPE;
use tokio::task::JoinSet;
use vidimus_disk::RealDisk;
use vidimus_ledger::LogReader;
use vidimus_ledger::anchors::{Anchor, AnchorError, Anchors, Attempts, Receipt};
use vidimus_ledger::timestamp::{self, LONGEST, TimestampRequest};
use vidimus_pipeline::{Randomness as _, SystemRandomness};
use vidimus_snapshot::{Clock as _, SystemClock};

use crate::args::Global;
use crate::config::{Authority, Config};
use crate::exit::Failure;
use crate::outbound::{self, reasons};
use crate::terminal;

/// How many checkpoints one authority is asked about in one go.
const MOST_AT_ONCE: usize = 50;
/// A checkpoint that waits for longer is a reason to look.
const PATIENCE: SignedDuration = SignedDuration::from_hours(24);

/// Who wants the authorities asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// The program, after something else: an authority that has just failed is left alone.
    Program,
    /// A person, now.
    Person,
}

/// What came of asking one authority.
#[derive(Debug)]
pub struct Asked {
    /// Its name.
    pub authority: String,
    /// How many timestamps were got and kept.
    pub kept: u64,
    /// How many checkpoints still wait for it.
    pub left: u64,
    /// Why it is not more; `None` where nothing failed.
    pub why: Option<String>,
}

/// What waits.
#[derive(Debug, Default)]
pub struct Waiting {
    /// How many checkpoints wait for an authority or another.
    pub count: u64,
    /// Since when the oldest of them does.
    pub since: Option<Timestamp>,
}

impl Waiting {
    /// Whether something waits for so long that a person has to look.
    pub fn is_long(&self, now: Timestamp) -> bool {
        self.since.is_some_and(|since| now.duration_since(since) > PATIENCE)
    }

    /// What waits, in words.
    pub fn text(&self) -> String {
        match self.count {
            1 => "1 checkpoint waits for a timestamp".to_owned(),
            count => format!("{count} checkpoints wait for timestamps"),
        }
    }
}

/// The anchors of the configured archive.
pub fn anchors(config: &Config) -> Anchors {
    Anchors::of(&config.settings.layout.log(), Arc::new(RealDisk))
}

/// What waits for the configured authorities.
pub fn waiting(config: &Config) -> Result<Waiting, AnchorError> {
    let names: Vec<&str> = config.authorities.iter().map(|authority| authority.name.as_str()).collect();
    let anchors = anchors(config);
    let pending = if names.is_empty() { Vec::new() } else { anchors.pending(&names)? };
    let since = pending.iter().filter_map(|anchor| anchors.queued_at(anchor)).min();
    Ok(Waiting { count: pending.len() as u64, since })
}

/// Asks after a command that may have signed a checkpoint. Nothing that happens here changes how that command ended; a
/// person is told, and so is whoever reads the errors of a command that runs by itself once something waits for a day.
pub async fn after_command(global: &Global) {
    if let Ok(config) = Config::load(global) {
        after(&config, global.quiet).await;
    }
}

/// The same with the configuration at hand.
pub async fn after(config: &Config, quiet: bool) {
    match ask(config, Who::Program).await {
        Ok(asked) => {
            let waits = waiting(config).is_ok_and(|waiting| waiting.is_long(SystemClock.now()));
            if waits || (terminal::is_watched() && !quiet) {
                asked.iter().filter_map(line).for_each(|line| terminal::warning(&line));
            }
        }
        Err(failure) => terminal::warning(failure.message()),
    }
}

/// Why an authority still lets checkpoints wait, in a line.
fn line(asked: &Asked) -> Option<String> {
    let why = asked.why.as_ref()?;
    let Asked { authority, left, .. } = asked;
    Some(format!(
        "the time authority {authority}: {why}; {left} waiting for it (`vidimus log anchor` asks again)"
    ))
}

/// Asks every authority for every checkpoint that waits for it: the newest first, then the oldest. All authorities are
/// asked at the same time; each is left alone after its first failure.
pub async fn ask(config: &Config, who: Who) -> Result<Vec<Asked>, Failure> {
    let anchors = anchors(config);
    if config.authorities.is_empty() || !queue_newest(config, &anchors)? {
        return Ok(Vec::new());
    }
    // Whoever holds the lock asks for all that waits.
    let Some(_lock) = anchors.lock().map_err(failure)? else {
        return match who {
            Who::Program => Ok(Vec::new()),
            Who::Person => Err(Failure::absent("another process is asking the time authorities just now")),
        };
    };
    let (mut attempts, before) = (anchors.attempts(), anchors.attempts());
    let mut tasks = JoinSet::new();
    let mut asked = Vec::new();
    for authority in &config.authorities {
        let pending = pending(&anchors, authority)?;
        if pending.is_empty() || (who == Who::Program && attempts.waits(&authority.name, SystemClock.now())) {
            asked.push(untried(authority, pending.len(), &attempts));
            continue;
        }
        let client = client(config, authority)?;
        tasks.spawn(ask_one(client, authority.clone(), anchors.clone(), pending));
    }
    while let Some(done) = tasks.join_next().await {
        let done = done.map_err(|e| Failure::system(format!("asking a time authority broke off: {e}")))?;
        note(&mut attempts, &done);
        asked.push(done);
    }
    if attempts != before {
        anchors.note_attempts(&attempts).map_err(failure)?;
    }
    asked.sort_by(|a, b| a.authority.cmp(&b.authority));
    Ok(asked)
}

fn failure(error: AnchorError) -> Failure {
    Failure::io(error.to_string())
}

/// Puts the newest signed checkpoint into the queue, should a crash have kept it out. Says whether there is any queue.
fn queue_newest(config: &Config, anchors: &Anchors) -> Result<bool, Failure> {
    let log = config.settings.layout.log();
    let wrong = |e: vidimus_ledger::LogError| Failure::io(e.to_string());
    let Some(reader) = LogReader::open(&log).map_err(wrong)? else { return Ok(false) };
    if let Some(checkpoint) = reader.checkpoint().map_err(wrong)? {
        anchors.enqueue(&checkpoint).map_err(failure)?;
        return Ok(true);
    }
    Ok(false)
}

/// What waits for an authority, in the order in which it is asked for.
fn pending(anchors: &Anchors, authority: &Authority) -> Result<Vec<Anchor>, Failure> {
    let mut pending = anchors.pending(&[&authority.name]).map_err(failure)?;
    if let Some(newest) = pending.pop() {
        pending.insert(0, newest);
    }
    Ok(pending)
}

fn untried(authority: &Authority, left: usize, attempts: &Attempts) -> Asked {
    let why = attempts.of(&authority.name).filter(|_| left > 0).map(|attempt| attempt.why.clone());
    Asked { authority: authority.name.clone(), kept: 0, left: left as u64, why }
}

fn note(attempts: &mut Attempts, asked: &Asked) {
    match &asked.why {
        Some(why) => attempts.failed(&asked.authority, why, SystemClock.now()),
        None => attempts.answered(&asked.authority),
    }
}

fn client(config: &Config, authority: &Authority) -> Result<reqwest::Client, Failure> {
    let agent = concat!("vidimus/", env!("CARGO_PKG_VERSION"));
    let (roots, time) = (&config.settings.client.extra_roots, authority.timeout);
    outbound::client(roots, agent, time, time)
        .map_err(|e| Failure::config(format!("the time authorities cannot be asked: {e}")))
}

async fn ask_one(client: reqwest::Client, authority: Authority, anchors: Anchors, all: Vec<Anchor>) -> Asked {
    let (mut kept, mut why) = (0, None);
    for anchor in all.iter().take(MOST_AT_ONCE) {
        match stamp(&client, &authority, &anchors, anchor).await {
            Ok(()) => kept += 1,
            // A checkpoint that was damaged here says nothing of the authority.
            Err(Trouble::Here(what)) => why = Some(what),
            Err(Trouble::There(what)) => {
                why = Some(what);
                break;
            }
        }
    }
    Asked { authority: authority.name, kept, left: (all.len() as u64).saturating_sub(kept), why }
}

/// Whose trouble it is.
enum Trouble {
    /// Ours: a file.
    Here(String),
    /// The authority's, or of the way there.
    There(String),
}

impl From<AnchorError> for Trouble {
    fn from(error: AnchorError) -> Self {
        Self::Here(error.to_string())
    }
}

/// Gets one timestamp and keeps it, once it is verified.
async fn stamp(
    client: &reqwest::Client,
    authority: &Authority,
    anchors: &Anchors,
    anchor: &Anchor,
) -> Result<(), Trouble> {
    let request = anchors.request(anchor, &authority.name, SystemRandomness.bytes())?;
    let asked_at = SystemClock.now();
    let response = post(client, authority, &request).await.map_err(Trouble::There)?;
    let received_at = SystemClock.now();
    let (data, nonce) = (anchors.checkpoint(anchor)?, request.nonce());
    let stamped = match &authority.trust {
        Some(trust) => timestamp::verify(&response, &data, trust, nonce),
        None => timestamp::examine(&response, &data, &[], nonce),
    };
    match stamped {
        Ok(stamped) => {
            let verified = authority.trust.is_some();
            let receipt = Receipt { asked_at, received_at, gen_time: stamped.time, verified };
            Ok(anchors.keep(anchor, &authority.name, &response, &receipt)?)
        }
        Err(error) => {
            anchors.keep_refused(anchor, &authority.name, &response)?;
            Err(Trouble::There(error.to_string()))
        }
    }
}

/// Sends a request as RFC 3161 (3.4) says, and reads the answer, which is bounded.
async fn post(
    client: &reqwest::Client,
    authority: &Authority,
    request: &TimestampRequest,
) -> Result<Vec<u8>, String> {
    let body = request.to_der().map_err(|e| e.to_string())?;
    let sent = client.post(authority.url.clone()).header(CONTENT_TYPE, "application/timestamp-query");
    let mut answer = sent.body(body).send().await.map_err(|e| unreachable_text(e, authority.timeout))?;
    if !answer.status().is_success() {
        return Err(format!("it answered with status {}", answer.status()));
    }
    let mut bytes = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(|e| unreachable_text(e, authority.timeout))? {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > LONGEST {
            return Err(format!("its answer is longer than {LONGEST} bytes"));
        }
    }
    Ok(bytes)
}

/// The address may hold a token, so it is not told.
fn unreachable_text(error: reqwest::Error, timeout: Duration) -> String {
    if error.is_timeout() {
        return format!("it did not answer within {} seconds", timeout.as_secs_f32());
    }
    reasons(&error.without_url())
}
