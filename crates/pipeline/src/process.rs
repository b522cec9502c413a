//! From what was fetched to what is archived: pure computing, done beside the network on a blocking thread.
//!
//! Takes the tapes apart, compares the payload with the one held, decodes it, reads its links or extracts its
//! statement, and makes the manifest and the records.

use jiff::Timestamp;
use url::Url;
use vidimus_archive::{
    ArchiveError, NewCapture, NewExchange, NewText, Prepared, ReportedTry, RevisitOf, StatementRecord,
    Stored, prepare,
};
use vidimus_catalog::Headline;
use vidimus_extract::{EXTRACTOR, ExtractError, Extraction, Input, PageKind, Params, extract};
use vidimus_fetch::discover::ListingSelectors;
use vidimus_fetch::{Exchange, Fetched};
use vidimus_snapshot::{
    ClientFacts, ClockFacts, Digest, HttpFacts, LogHead, Manifest, NetFacts, Outcome, OutcomeKind,
    RedirectFacts, Role, SnapshotId, TextFacts, canonical_json, hex,
};
use vidimus_warc::http::{DecodeLimits, DecodeOutcome, Split, decode_content};

use crate::Randomness;
use crate::discover::{Found, discover};
use crate::indexing::Reading;
use crate::network;
use crate::randomness::uuid;

/// What the archive holds of the same URL, for comparison.
#[derive(Debug, Clone)]
pub(crate) struct Held {
    /// The capture of the same URL that has the payload and the text.
    pub original: SnapshotId,
    /// Where a revisit refers to: the record that stores the payload.
    pub revisit_of: RevisitOf,
    /// Its text.
    pub text: Option<(TextFacts, Headline)>,
    /// How long its payload is.
    pub payload_bytes: u64,
    /// `Content-Type` of its answer.
    pub content_type: Option<String>,
    /// The URL that gave the newest answer; validators are good for that one only.
    pub final_url: String,
    /// `ETag` of the newest answer.
    pub etag: Option<String>,
    /// `Last-Modified` of the newest answer.
    pub last_modified: Option<String>,
}

/// What the archive holds of the same payload under another URL.
#[derive(Debug, Clone)]
pub(crate) struct Twin {
    /// The capture whose payload is stored.
    pub original: SnapshotId,
    /// Where a revisit refers to.
    pub revisit_of: RevisitOf,
}

/// Everything about a try that is not in the bytes.
#[derive(Debug, Clone)]
pub(crate) struct Context {
    pub run: String,
    /// When the URL's turn came; a try that was refused before any exchange has no other time.
    pub asked_at: Timestamp,
    pub source: Option<String>,
    pub organisation: Option<String>,
    pub role: Role,
    pub client: ClientFacts,
    pub clock: ClockFacts,
    /// The head of the log before anything was asked.
    pub log_head: Option<LogHead>,
    pub held: Option<Held>,
    /// Where the payload is stored, if another URL gave it before.
    pub twin: Option<Twin>,
    /// Whether the first request carried the validators of what is held: only then can a 304 mean that.
    pub conditional: bool,
    pub previous: Option<SnapshotId>,
    pub selectors: Option<ListingSelectors>,
    /// Whether the feeds that a listing page announces are wanted.
    pub announced: bool,
    pub decode: DecodeLimits,
    /// How to extract; `None` to leave the text out.
    pub extract: Option<Params>,
}

impl Context {
    /// Whether anything is to be read out of the payload; that of a page whose text is known need not even be decoded.
    fn reads(&self, is_known: bool) -> bool {
        match self.role {
            Role::Page => !is_known,
            Role::Listing => self.announced || self.selectors.is_some(),
            Role::Feed | Role::Sitemap | Role::Robots => true,
            Role::Resource => false,
        }
    }
}

/// A try ready to be archived.
#[derive(Debug)]
pub(crate) struct Processed {
    pub prepared: Prepared,
    /// What was read of the page, when it was extracted anew.
    pub(crate) reading: Option<Reading>,
    pub found: Found,
}

/// Processes one fetch.
pub(crate) fn process(
    fetched: &Fetched,
    context: &Context,
    randomness: &dyn Randomness,
) -> Result<Processed, ArchiveError> {
    let answered: Vec<&Exchange> = fetched.exchanges.iter().filter(|e| !e.response.is_empty()).collect();
    let Some(last) = answered.last() else { return Ok(without_exchange(fetched, context)) };
    let mut exchanges: Vec<NewExchange> = fetched.exchanges.iter().map(network::exchange).collect();
    let mut outcome = fetched.outcome();
    let mut manifest = base_manifest(fetched, &answered, last, context, randomness);
    let (mut text, mut found) = (None, Found::default());

    if let Ok(split) = last.split() {
        manifest.http = http_facts(&split);
        manifest.wire_sha256 =
            exchanges.iter().rfind(|e| e.answer.is_some()).and_then(|e| e.facts.wire_sha256);
        let answers_condition = context.conditional && fetched.exchanges.len() == 1;
        if outcome.kind == OutcomeKind::Unchanged && (!answers_condition || context.held.is_none()) {
            outcome = unasked_304();
        }
        if let Some((held, not_modified)) = unchanged(&outcome, &split, context) {
            outcome = Outcome::plain(OutcomeKind::Unchanged);
            manifest.original_manifest = Some(held.original.digest());
            if not_modified {
                manifest.http.payload_bytes = held.payload_bytes;
                manifest.http.content_type = manifest.http.content_type.or_else(|| held.content_type.clone());
            }
            store_as(&mut exchanges, revisit(&split, &held.revisit_of, not_modified));
            text = held
                .text
                .clone()
                .map(|(facts, headline)| NewText::Same { facts, headline: Box::new(headline) });
        } else if let Some(twin) = repeated(&outcome, &split, context) {
            // The page is new under this address, whoever else has the same bytes: only these are not stored again.
            manifest.original_manifest = Some(twin.original.digest());
            store_as(&mut exchanges, revisit(&split, &twin.revisit_of, false));
        }
        let readable =
            matches!(outcome.kind, OutcomeKind::Captured | OutcomeKind::Truncated | OutcomeKind::Unchanged);
        let is_known = text.is_some() || outcome.kind == OutcomeKind::Unchanged;
        if readable && (200..300).contains(&split.head.status) && context.reads(is_known) {
            let decoded = decode_content(&split.head.content_codings(), split.body(), &context.decode);
            if decoded.outcome != DecodeOutcome::Complete && outcome.code.is_empty() {
                outcome.code = decoded.outcome.code().to_owned();
                outcome.message = decoded.outcome.to_string();
            }
            let selectors = context.selectors.as_ref();
            found = discover(context.role, &decoded.bytes, &last.url, selectors, context.announced);
            if context.role == Role::Page {
                let content_type = split.head.text("Content-Type");
                let input = Input {
                    bytes: &decoded.bytes,
                    content_type: content_type.as_deref(),
                    url: Some(&last.url),
                };
                let (params, organisation) = (context.extract.as_ref(), context.organisation.as_ref());
                text = extracted(&input, params, organisation, &mut outcome)?;
                note_same_text(&mut outcome, text.as_ref(), context);
            }
        }
    }
    let reading = match &text {
        Some(NewText::Extracted { text, statement, .. }) => {
            let canonical = statement.headline.canonical_url.as_deref();
            found.canonical = canonical.and_then(|url| Url::parse(url).ok());
            Some(Reading::new(text.clone(), statement))
        }
        _ => None,
    };
    manifest.outcome = outcome;
    let capture = NewCapture { manifest, exchanges, text };
    let prepared = prepare(capture, &mut || uuid(randomness))?;
    Ok(Processed { prepared, reading, found })
}

/// Makes the records of a fetch of nothing that is held, and reads neither text nor links out of it: all that there is to
/// do between the network and the archive, for whoever wants to know what that costs.
pub fn process_unread(
    fetched: &Fetched,
    role: Role,
    run: &str,
    client: &ClientFacts,
    decode: DecodeLimits,
    randomness: &dyn Randomness,
) -> Result<Prepared, ArchiveError> {
    let context = Context {
        run: run.to_owned(),
        asked_at: fetched.exchanges.first().map_or(Timestamp::UNIX_EPOCH, |exchange| exchange.started_at),
        source: None,
        organisation: None,
        role,
        client: client.clone(),
        clock: ClockFacts::unchecked("system"),
        log_head: None,
        held: None,
        twin: None,
        conditional: false,
        previous: None,
        selectors: None,
        announced: false,
        decode,
        extract: None,
    };
    Ok(process(fetched, &context, randomness)?.prepared)
}

/// A try that brought no answer: it has an outcome and nothing to archive but that.
fn without_exchange(fetched: &Fetched, context: &Context) -> Processed {
    let (first, last) = (fetched.exchanges.first(), fetched.exchanges.last());
    let started_at = first.map_or(context.asked_at, |e| e.started_at);
    let row = ReportedTry {
        run: context.run.clone(),
        source: context.source.clone(),
        role: context.role,
        url: fetched.requested.to_string(),
        started_at,
        finished_at: last.map_or(started_at, |e| e.finished_at),
        outcome: fetched.outcome(),
        exchanges: fetched.exchanges.iter().map(network::facts).collect(),
    };
    let certificates = fetched.exchanges.iter().flat_map(network::certificates).collect();
    let prepared = Prepared::without_exchange(row.to_capture()).with_certificates(certificates);
    Processed { prepared, reading: None, found: Found::default() }
}

/// Whether the answer says, or shows, that the payload is the one held; and whether it was a 304.
fn unchanged<'c>(outcome: &Outcome, split: &Split, context: &'c Context) -> Option<(&'c Held, bool)> {
    let held = context.held.as_ref()?;
    match (outcome.kind, split.head.status) {
        (OutcomeKind::Unchanged, _) => Some((held, true)),
        (OutcomeKind::Captured, 200) if Digest::of(split.body()) == held.revisit_of.payload => {
            Some((held, false))
        }
        _ => None,
    }
}

/// The other URL's capture that stores the very payload of this answer.
fn repeated<'c>(outcome: &Outcome, split: &Split, context: &'c Context) -> Option<&'c Twin> {
    let is_whole = outcome.kind == OutcomeKind::Captured && split.head.status == 200;
    context.twin.as_ref().filter(|twin| is_whole && Digest::of(split.body()) == twin.revisit_of.payload)
}

fn store_as(exchanges: &mut [NewExchange], answer: Stored) {
    if let Some(exchange) = exchanges.iter_mut().rfind(|exchange| exchange.answer.is_some()) {
        exchange.answer = Some(answer);
    }
}

/// A 304 that answers no condition of ours says nothing: it is never taken for a page that is held.
fn unasked_304() -> Outcome {
    let message = "the server answered 304 Not Modified to a request that was not conditional";
    Outcome::new(OutcomeKind::HttpError, "304", message)
}

fn revisit(split: &Split, original: &RevisitOf, not_modified: bool) -> Stored {
    Stored::Revisit {
        head: split.stored.get(..split.head_len).unwrap_or_default().to_vec(),
        framing: network::framing_json(split),
        original: original.clone(),
        not_modified,
    }
}

fn http_facts(split: &Split) -> HttpFacts {
    let head = &split.head;
    HttpFacts {
        status: head.status,
        content_type: head.text("Content-Type"),
        payload_bytes: split.body().len() as u64,
        date: head.text("Date"),
        etag: head.text("ETag"),
        last_modified: head.text("Last-Modified"),
    }
}

fn base_manifest(
    fetched: &Fetched,
    answered: &[&Exchange],
    last: &Exchange,
    context: &Context,
    randomness: &dyn Randomness,
) -> Manifest {
    let first = fetched.exchanges.first().unwrap_or(last);
    Manifest {
        v: Manifest::VERSION,
        kind: Manifest::CAPTURE.to_owned(),
        capture_id: uuid(randomness),
        salt: hex(&randomness.bytes()),
        run: context.run.clone(),
        source: context.source.clone(),
        role: context.role,
        outcome: fetched.outcome(),
        requested_url: fetched.requested.to_string(),
        final_url: last.url.to_string(),
        redirects: redirects(answered),
        captured_at: first.started_at,
        // The last hop may have brought nothing; the time that it took is part of the capture all the same.
        finished_at: fetched.exchanges.last().unwrap_or(last).finished_at,
        http: HttpFacts::default(),
        net: NetFacts {
            remote_ip: last.remote.map(|address| address.ip().to_string()),
            dns: last.dns.iter().map(ToString::to_string).collect(),
            tls: last.tls.as_ref().map(network::tls),
        },
        exchanges: Vec::new(),
        client: context.client.clone(),
        clock: context.clock.clone(),
        records: Vec::new(),
        wire_sha256: None,
        text: None,
        log_head: context.log_head.clone(),
        original_manifest: None,
        prev_manifest: context.previous.map(|id| id.digest()),
        imported: None,
    }
}

fn redirects(answered: &[&Exchange]) -> Vec<RedirectFacts> {
    let hops = answered.iter().zip(answered.iter().skip(1));
    hops.map(|(from, to)| RedirectFacts {
        url: from.url.to_string(),
        status: from.status.unwrap_or(0),
        location: to.url.to_string(),
    })
    .collect()
}

/// The statement of a page; a page without one gets a code and a sentence in its outcome.
pub(crate) fn extracted(
    input: &Input<'_>,
    params: Option<&Params>,
    organisation: Option<&String>,
    outcome: &mut Outcome,
) -> Result<Option<NewText>, ArchiveError> {
    let Some(params) = params else {
        note(
            outcome,
            "no-text",
            "archived, but the extractor failed on it: please report this page".to_owned(),
        );
        return Ok(None);
    };
    let extraction = match extract(input, params) {
        Ok(extraction) => extraction,
        Err(error) => {
            let code = match &error {
                ExtractError::NotHtml { .. } => "not-html",
                _ => "no-text",
            };
            note(outcome, code, format!("archived, but no text was extracted: {error}"));
            return Ok(None);
        }
    };
    if !extraction.cuts.is_empty() {
        let cuts: Vec<String> = extraction.cuts.iter().map(ToString::to_string).collect();
        note(
            outcome,
            "text-cut",
            format!("archived whole, but the text is not complete: {}", cuts.join("; ")),
        );
    }
    note_stand_in(outcome, &extraction);
    let text = extraction.statement.to_text();
    let params = canonical_json(params)?;
    let statement = Box::new(statement_record(extraction, organisation)?);
    Ok(Some(NewText::Extracted { text, statement, params_sha256: Digest::of(&params) }))
}

/// A page whose bytes changed around a text that did not.
fn note_same_text(outcome: &mut Outcome, text: Option<&NewText>, context: &Context) {
    let held = context.held.as_ref().and_then(|held| held.text.as_ref());
    if let Some(NewText::Extracted { text, .. }) = text
        && held.is_some_and(|(facts, _)| facts.sha256 == Digest::of(text.as_bytes()))
    {
        note(outcome, "same-text", "the bytes differ from those held, the text does not".to_owned());
    }
}

/// A page that stands in the place of another is kept, and said to be none of the source's.
fn note_stand_in(outcome: &mut Outcome, extraction: &Extraction) {
    let statement = &extraction.statement;
    let what = match statement.page_kind {
        PageKind::ConsentWall => "a question about cookies",
        PageKind::Login => "a form to log in",
        PageKind::SoftError => "an error page, though the status says that all is well",
        PageKind::Empty => "a page without text",
        _ => return,
    };
    let reasons = extraction.kind_reasons.join("; ");
    let certain = statement.page_kind_confidence;
    let code = word(&statement.page_kind).unwrap_or_default();
    note(outcome, &code, format!("archived, but what came is {what} ({certain} % certain: {reasons})"));
}

fn note(outcome: &mut Outcome, code: &str, message: String) {
    if outcome.code.is_empty() {
        outcome.code = code.to_owned();
        outcome.message = message;
    }
}

/// The statement record of an extraction; `organisation` is whose page it is where it does not say so itself.
pub(crate) fn statement_record(
    extraction: Extraction,
    organisation: Option<&String>,
) -> Result<StatementRecord, ArchiveError> {
    let statement = &extraction.statement;
    let headline = Headline {
        title: statement.title.clone(),
        authors: statement.authors.clone(),
        organisation: statement.organisation.clone().or_else(|| organisation.cloned()),
        published: statement.published.as_ref().map(|d| d.date.to_string()),
        published_origin: statement.published.as_ref().and_then(|d| word(&d.origin)),
        language: statement.language.clone(),
        page_kind: word(&statement.page_kind),
        page_kind_confidence: Some(statement.page_kind_confidence),
        partial: statement.partial,
        canonical_url: statement.canonical_url.clone(),
    };
    Ok(StatementRecord {
        v: StatementRecord::VERSION,
        extractor: EXTRACTOR.to_owned(),
        headline,
        statement: serde_json::to_value(statement)?,
    })
}

/// The word by which a value is known in JSON.
fn word(value: &impl serde::Serialize) -> Option<String> {
    serde_json::to_value(value).ok()?.as_str().map(str::to_owned)
}
