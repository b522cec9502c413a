//! From an answer that somebody else archived to its manifest and text: pure computing, done beside the reading.

use std::collections::{BTreeMap, HashSet};

use jiff::Timestamp;
use url::Url;
use vidimus_archive::{Answer, ArchiveError, NewText, Prepared, prepare_import};
use vidimus_catalog::{Capture, Headline};
use vidimus_extract::{Input, Params};
use vidimus_snapshot::{
    ClientFacts, ClockFacts, HttpFacts, ImportFacts, Manifest, NetFacts, OriginalFile, Outcome, OutcomeKind,
    Role, TextFacts, hex, normal_form,
};
use vidimus_warc::RecordType;
use vidimus_warc::http::{DecodeLimits, DecodeOutcome, Head, StoredMessage, decode_payload};

use super::resolve::stated_payload;
use crate::Randomness;
use crate::process::extracted;
use crate::randomness::uuid;

/// Everything about an import that is not in the record.
#[derive(Debug, Clone)]
pub(super) struct Circumstances {
    pub run: String,
    pub source: Option<String>,
    pub imported_at: Timestamp,
    pub original: OriginalFile,
    pub records_file: String,
    pub client: ClientFacts,
    pub decode: DecodeLimits,
    pub params: Params,
}

/// The capture that holds what a revisit repeats.
#[derive(Debug, Clone)]
pub(super) struct Original {
    /// The capture whose payload it is.
    pub holder: Capture,
    /// Its payload.
    pub payload: Vec<u8>,
    /// The head that the payload came with.
    pub head: Vec<u8>,
    /// Its text.
    pub text: Option<(TextFacts, Headline)>,
}

/// What an answer says of itself, as far as a capture's row shows it.
struct Said {
    head: Option<Head>,
    content_type: Option<String>,
    status: u16,
}

/// What an answer is: a page, or a part of one. A WACZ says which pages it holds; elsewhere every HTML document that is
/// no redirect is one.
pub(super) fn role_of(answer: &Answer, pages: Option<&HashSet<String>>, original: Option<&Original>) -> Role {
    let said = said(answer);
    let message = StoredMessage::read(&answer.record.block);
    let payload = match (original, answer.record.record_type == RecordType::Resource) {
        (Some(original), _) => original.payload.as_slice(),
        (None, true) => answer.record.block.as_slice(),
        (None, false) => &message.payload,
    };
    let content_type = said.content_type.or_else(|| original?.holder.content_type.clone());
    let is_page = !(300..400).contains(&said.status)
        && is_html(content_type.as_deref(), payload)
        && pages.is_none_or(|pages| pages.contains(normal_form(&answer.url).as_str()));
    if is_page { Role::Page } else { Role::Resource }
}

fn is_html(content_type: Option<&str>, payload: &[u8]) -> bool {
    let essence = content_type.and_then(|text| text.split(';').next()).map(|e| e.trim().to_ascii_lowercase());
    match essence.as_deref() {
        Some("text/html" | "application/xhtml+xml") => true,
        None | Some("") => {
            let start = payload.trim_ascii_start();
            let start = start.get(..14).unwrap_or(start).to_ascii_lowercase();
            start.starts_with(b"<!doctype html") || start.starts_with(b"<html")
        }
        Some(_) => false,
    }
}

fn said(answer: &Answer) -> Said {
    if answer.record.record_type == RecordType::Resource {
        let content_type = answer.record.headers.get("Content-Type").map(str::to_owned);
        return Said { head: None, content_type, status: 0 };
    }
    let head = StoredMessage::read(&answer.record.block).head.ok();
    let content_type = head.as_ref().and_then(|head| head.text("Content-Type"));
    let status = head.as_ref().map_or(0, |head| head.status);
    Said { head, content_type, status }
}

/// Makes what is written of an answer. With `extract` false the text is left out.
pub(super) fn make(
    answer: &Answer,
    role: Role,
    original: Option<&Original>,
    circumstances: &Circumstances,
    extract: bool,
    randomness: &dyn Randomness,
) -> Result<Prepared, ArchiveError> {
    let said = said(answer);
    let message = StoredMessage::read(&answer.record.block);
    let mut outcome = outcome(answer, &said, original);
    let mut records = answer.records.clone();
    let payload: &[u8] = match original {
        Some(original) => {
            if let Some(facts) = records.first_mut() {
                facts.payload_sha256 = original.holder.payload_sha256;
            }
            &original.payload
        }
        None if answer.is_revisit() => &[],
        None if answer.record.record_type == RecordType::Resource => &answer.record.block,
        None => &message.payload,
    };
    let repeats_text = original.is_some() && outcome.kind == OutcomeKind::Unchanged;
    let is_well = (200..300).contains(&said.status) || answer.record.record_type == RecordType::Resource;
    let text = if repeats_text {
        let text = original.and_then(|original| original.text.clone());
        text.map(|(facts, headline)| NewText::Same { facts, headline: Box::new(headline) })
    } else if role == Role::Page
        && is_well
        && matches!(outcome.kind, OutcomeKind::Captured | OutcomeKind::Truncated)
    {
        let params = extract.then_some(&circumstances.params);
        read_page(answer, &said, original, payload, circumstances, params, &mut outcome)?
    } else {
        None
    };
    let payload_bytes = payload.len() as u64;
    let manifest =
        manifest(answer, said, role, outcome, records, original, payload_bytes, circumstances, randomness);
    prepare_import(manifest, text, &mut || uuid(randomness))
}

fn read_page(
    answer: &Answer,
    said: &Said,
    original: Option<&Original>,
    payload: &[u8],
    circumstances: &Circumstances,
    params: Option<&Params>,
    outcome: &mut Outcome,
) -> Result<Option<NewText>, ArchiveError> {
    // The payload of a revisit is coded as the head says that it came with.
    let came_with = original.map(|original| StoredMessage::read(&original.head).head);
    let head = came_with.as_ref().and_then(|head| head.as_ref().ok()).or(said.head.as_ref());
    let codings = head.map(Head::content_codings).unwrap_or_default();
    let decoded = decode_payload(&codings, payload, &circumstances.decode);
    if decoded.outcome != DecodeOutcome::Complete && outcome.code.is_empty() {
        decoded.outcome.code().clone_into(&mut outcome.code);
        outcome.message = decoded.outcome.to_string();
    }
    let content_type = said.content_type.clone().or_else(|| head?.text("Content-Type"));
    let input =
        Input { bytes: &decoded.bytes, content_type: content_type.as_deref(), url: Some(&answer.url) };
    extracted(&input, params, None, outcome)
}

/// What became of the address, as it would have been said of a capture of our own.
fn outcome(answer: &Answer, said: &Said, original: Option<&Original>) -> Outcome {
    if answer.is_revisit() {
        return match original {
            None if stated_payload(answer).is_none() => {
                let message = "it repeats an earlier capture, but no digest says which payload it had";
                Outcome::new(OutcomeKind::Unchanged, "original-unproven", message)
            }
            None => {
                let message = "its payload is that of an earlier capture, which this archive does not have";
                Outcome::new(OutcomeKind::Unchanged, "original-missing", message)
            }
            Some(original) if is_same_page(&original.holder, &answer.url) => {
                Outcome::plain(OutcomeKind::Unchanged)
            }
            // Another address gave the same bytes before: under this one the page is new.
            Some(_) => Outcome::plain(OutcomeKind::Captured),
        };
    }
    let headers = &answer.record.headers;
    match said.status {
        206 => Outcome::new(OutcomeKind::Truncated, "partial-content", "the server sent only a part (206)"),
        status if status != 0 && !(200..300).contains(&status) => {
            let message = format!("the server answered with status {status}");
            Outcome::new(OutcomeKind::HttpError, status.to_string(), message)
        }
        _ if headers.get("WARC-Segment-Number").is_some() => {
            let message = "the answer was archived in several records, and only the first is read";
            Outcome::new(OutcomeKind::Truncated, "segmented", message)
        }
        _ if headers.get("WARC-Truncated").is_some() => {
            let message = "whoever captured it kept only a part of the answer, as the record says";
            Outcome::new(OutcomeKind::Truncated, "cut-by-capturer", message)
        }
        _ => Outcome::plain(OutcomeKind::Captured),
    }
}

fn is_same_page(capture: &Capture, url: &Url) -> bool {
    capture.url_key == normal_form(url).as_str()
}

#[expect(clippy::too_many_arguments, reason = "each is one thing that a manifest says")]
fn manifest(
    answer: &Answer,
    said: Said,
    role: Role,
    outcome: Outcome,
    records: Vec<vidimus_snapshot::RecordFacts>,
    original: Option<&Original>,
    payload_bytes: u64,
    circumstances: &Circumstances,
    randomness: &dyn Randomness,
) -> Manifest {
    let field = |name: &str| said.head.as_ref().and_then(|head| head.text(name));
    let content_type = said.content_type.clone().or_else(|| original?.holder.content_type.clone());
    let captured_by: BTreeMap<String, String> = (*answer.captured_by).clone();
    Manifest {
        v: Manifest::VERSION,
        kind: Manifest::IMPORT.to_owned(),
        capture_id: uuid(randomness),
        salt: hex(&randomness.bytes()),
        run: circumstances.run.clone(),
        source: circumstances.source.clone(),
        role,
        outcome,
        requested_url: answer.url.to_string(),
        final_url: answer.url.to_string(),
        redirects: Vec::new(),
        captured_at: answer.date,
        finished_at: answer.date,
        http: HttpFacts {
            status: said.status,
            content_type,
            payload_bytes,
            date: field("Date"),
            etag: field("ETag"),
            last_modified: field("Last-Modified"),
        },
        net: NetFacts { remote_ip: remote_ip(answer), ..NetFacts::default() },
        exchanges: Vec::new(),
        client: circumstances.client.clone(),
        clock: ClockFacts::unchecked("imported-file"),
        records,
        wire_sha256: None,
        text: None,
        log_head: None,
        original_manifest: original.and_then(|original| original.holder.snapshot).map(|id| id.digest()),
        prev_manifest: None,
        imported: Some(ImportFacts {
            witnessed: false,
            imported_at: circumstances.imported_at,
            original: circumstances.original.clone(),
            captured_by,
            records_file: circumstances.records_file.clone(),
            places: answer.places.clone(),
        }),
    }
}

/// The server's address, where the record names one that is an address.
fn remote_ip(answer: &Answer) -> Option<String> {
    let text = answer.record.headers.get("WARC-IP-Address")?;
    Some(text.trim().parse::<std::net::IpAddr>().ok()?.to_string())
}
