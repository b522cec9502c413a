//! From records to captures: each answer with the request that belongs to it, checked, with who captured it.
//!
//! Requests stand before or behind their answers, so that an answer waits for a few records before it goes on without
//! one. Nothing else is kept in memory, however long a file is.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use jiff::Timestamp;
use url::Url;
use vidimus_catalog::RecordPlace;
use vidimus_snapshot::{Digest, PlaceFacts, RecordFacts};
use vidimus_warc::http::StoredMessage;
use vidimus_warc::{Damage, DamageKind, Item, Record, RecordType, check_record, digest_fits};

use super::facts::{self, OTHER_SCHEME, Refused};

/// For how many records an answer waits for its request, and how many requests wait for their answers.
const WINDOW: usize = 16;
/// How many bytes of answers may wait.
const WAITING_BYTES: usize = 64 << 20;

/// An answer that somebody else archived, as it is to be catalogued.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The record: a response, a resource or a revisit.
    pub record: Record,
    /// Its date.
    pub date: Timestamp,
    /// Its address.
    pub url: Url,
    /// The record, and that of its request where there is one, as a manifest describes them.
    pub records: Vec<RecordFacts>,
    /// Where each of them lies.
    pub places: Vec<PlaceFacts>,
    /// Who captured, as the file says.
    pub captured_by: Arc<BTreeMap<String, String>>,
}

impl Answer {
    /// The records as the catalog places them in this file.
    pub fn record_places(&self, file: &str) -> Vec<RecordPlace> {
        record_places(&self.records, &self.places, file)
    }

    /// Whether it repeats a payload that another record holds.
    pub fn is_revisit(&self) -> bool {
        self.record.record_type == RecordType::Revisit
    }
}

/// The catalog's places of imported records.
pub(crate) fn record_places(records: &[RecordFacts], places: &[PlaceFacts], file: &str) -> Vec<RecordPlace> {
    let place = |(facts, place): (&RecordFacts, &PlaceFacts)| RecordPlace {
        warc_record_id: facts.warc_record_id.clone(),
        record_type: facts.record_type.clone(),
        target_uri: facts.target_uri.clone(),
        file: file.to_owned(),
        offset: place.offset,
        length: place.length,
    };
    records.iter().zip(places).map(place).collect()
}

/// What was met in a file.
#[derive(Debug)]
pub enum Met {
    /// An answer, whole and with right digests.
    Answer(Box<Answer>),
    /// A record, or bytes that are none, of which no capture can be made.
    Damaged {
        /// Where it begins.
        offset: u64,
        /// The record, where it has an id.
        record_id: Option<String>,
        /// Why.
        why: Refused,
    },
    /// A record of this type that is no capture, such as `metadata`.
    Aside(String),
}

/// A request that may belong to an answer.
struct Request {
    concurrent: Vec<String>,
    facts: RecordFacts,
    place: PlaceFacts,
}

/// An answer that may still get its request.
struct Waiting {
    answer: Box<Answer>,
    concurrent: Vec<String>,
    since: u64,
}

/// Makes captures of the records of one file.
pub(crate) struct Exchanges {
    imported_at: Timestamp,
    captured_by: Arc<BTreeMap<String, String>>,
    made_by: BTreeMap<String, String>,
    requests: VecDeque<Request>,
    waiting: VecDeque<Waiting>,
    waiting_bytes: usize,
    records: u64,
    addressable: bool,
}

impl Exchanges {
    /// Of a file imported at this time, of which its container says who made it. With `addressable`, each record has to
    /// stand at an offset of its own.
    pub(crate) fn new(imported_at: Timestamp, made_by: &BTreeMap<String, String>, addressable: bool) -> Self {
        Self {
            addressable,
            imported_at,
            captured_by: Arc::new(made_by.clone()),
            made_by: made_by.clone(),
            requests: VecDeque::new(),
            waiting: VecDeque::new(),
            waiting_bytes: 0,
            records: 0,
        }
    }

    /// Whether each record has to stand at an offset of its own.
    pub(crate) fn wants_addresses(&self) -> bool {
        self.addressable
    }

    /// Takes in the next item of the file, and gives what is complete.
    pub(crate) fn take(&mut self, item: Item, met: &mut Vec<Met>) {
        match item {
            Item::Damage(damage) => met.push(damaged(damage)),
            Item::Record(record) => {
                self.records += 1;
                self.take_record(*record, met);
            }
        }
        let is_late = |waiting: &Waiting, records: u64| waiting.since + WINDOW as u64 <= records;
        while self.waiting_bytes > WAITING_BYTES
            || self.waiting.front().is_some_and(|first| is_late(first, self.records))
        {
            self.release(met);
        }
    }

    /// Gives what still waits, at the end of the file.
    pub(crate) fn end(&mut self, met: &mut Vec<Met>) {
        while !self.waiting.is_empty() {
            self.release(met);
        }
    }

    fn release(&mut self, met: &mut Vec<Met>) {
        if let Some(waiting) = self.waiting.pop_front() {
            self.waiting_bytes -= waiting.answer.record.block.len();
            met.push(Met::Answer(waiting.answer));
        } else {
            self.waiting_bytes = 0;
        }
    }

    fn take_record(&mut self, record: Record, met: &mut Vec<Met>) {
        match record.record_type {
            RecordType::Warcinfo => {
                let mut facts = facts::captured_by(&record);
                facts.extend(self.made_by.clone());
                self.captured_by = Arc::new(facts);
                met.push(aside(&record));
            }
            RecordType::Request => {
                if let Ok(facts) = facts_of(&record, None) {
                    self.join_request(Request {
                        concurrent: concurrent(&record),
                        facts,
                        place: place(&record),
                    });
                }
                met.push(aside(&record));
            }
            RecordType::Response | RecordType::Resource | RecordType::Revisit => match self.answer(record) {
                Ok(answer) => self.join_answer(answer, met),
                Err(Turned::Aside(kind)) => met.push(Met::Aside(kind)),
                Err(Turned::Damaged { offset, record_id, why }) => {
                    met.push(Met::Damaged { offset, record_id, why });
                }
            },
            _ => met.push(aside(&record)),
        }
    }

    /// The record as an answer, if it is whole, right, and about an address of the web.
    fn answer(&self, record: Record) -> Result<Box<Answer>, Turned> {
        let checked = facts::url_of(&record).and_then(|url| {
            facts::id_of(&record)?;
            let date = facts::date_of(&record, self.imported_at)?;
            whole(&record, self.addressable)?;
            Ok((url, date, facts_of(&record, payload_of(&record)?)?))
        });
        match checked {
            Ok((url, date, facts)) => {
                let places = vec![place(&record)];
                let captured_by = self.captured_by.clone();
                Ok(Box::new(Answer { record, date, url, records: vec![facts], places, captured_by }))
            }
            Err(why) if why.code == OTHER_SCHEME => {
                Err(Turned::Aside(format!("{} of no web address", record.record_type)))
            }
            Err(why) => {
                let record_id = Some(facts::said(record.id())).filter(|id| !id.is_empty());
                Err(Turned::Damaged { offset: record.offset, record_id, why })
            }
        }
    }

    fn join_request(&mut self, request: Request) {
        let waits = |waiting: &&mut Waiting| belong(&request, &waiting.answer, &waiting.concurrent);
        if let Some(waiting) = self.waiting.iter_mut().filter(|w| w.answer.records.len() == 1).find(waits) {
            add_request(&mut waiting.answer, request);
            // It is complete: nothing has to be waited for any more.
            waiting.since = 0;
            return;
        }
        if self.requests.len() == WINDOW {
            self.requests.pop_front();
        }
        self.requests.push_back(request);
    }

    fn join_answer(&mut self, mut answer: Box<Answer>, met: &mut Vec<Met>) {
        let concurrent = concurrent(&answer.record);
        let found = self.requests.iter().position(|request| belong(request, &answer, &concurrent));
        if let Some(request) = found.and_then(|at| self.requests.remove(at)) {
            add_request(&mut answer, request);
            met.push(Met::Answer(answer));
            return;
        }
        self.waiting_bytes += answer.record.block.len();
        self.waiting.push_back(Waiting { answer, concurrent, since: self.records });
    }
}

/// What an answer turned out to be instead.
enum Turned {
    Aside(String),
    Damaged { offset: u64, record_id: Option<String>, why: Refused },
}

/// Types that the standard does not know are one: a stranger may have invented any number of them.
fn aside(record: &Record) -> Met {
    let kind = match &record.record_type {
        RecordType::Other(_) => "other",
        known => known.as_str(),
    };
    Met::Aside(kind.to_owned())
}

fn damaged(damage: Damage) -> Met {
    let record_id = damage.record_id.as_deref().map(facts::said);
    Met::Damaged { offset: damage.offset, record_id, why: Refused::new("damaged", damage.kind.to_string()) }
}

fn belong(request: &Request, answer: &Answer, answers_concurrent: &[String]) -> bool {
    // Two records of one id could not be told apart.
    if request.facts.warc_record_id == answer.record.id() {
        return false;
    }
    request.concurrent.iter().any(|id| id == answer.record.id())
        || answers_concurrent.contains(&request.facts.warc_record_id)
}

fn add_request(answer: &mut Answer, request: Request) {
    answer.records.push(request.facts);
    answer.places.push(request.place);
}

fn concurrent(record: &Record) -> Vec<String> {
    let of_name = |(name, value): (&str, &str)| {
        name.eq_ignore_ascii_case("WARC-Concurrent-To").then(|| value.to_owned())
    };
    record.headers.iter().filter_map(of_name).take(WINDOW).collect()
}

fn place(record: &Record) -> PlaceFacts {
    PlaceFacts { offset: record.offset, length: record.length }
}

/// Whether nothing is wrong with a record that puts its content in doubt.
fn whole(record: &Record, addressable: bool) -> Result<(), Refused> {
    if record.block_cut {
        return Err(Refused::new("too-long", "the record is longer than a record that is read may be"));
    }
    if addressable && record.length == 0 {
        return Err(Refused::new("not-addressable", "the record cannot be read by its offset"));
    }
    let checked = check_record(record);
    let is_defect =
        |damage: &&Damage| !is_harmless(&damage.kind) && !is_digest_of_nothing(record, &damage.kind);
    let Some(damage) = record.damage.iter().chain(&checked).find(is_defect) else {
        return Ok(());
    };
    let code = if matches!(damage.kind, DamageKind::WrongDigest { .. }) { "digest" } else { "damaged" };
    Err(Refused::new(code, damage.kind.to_string()))
}

/// Whether all that is wrong with a revisit is that it gives the block digest of no bytes at all: wget writes all of its
/// revisits so. What a revisit is worth is its payload, which is compared with what it repeats.
pub(crate) fn is_digest_of_nothing(record: &Record, kind: &DamageKind) -> bool {
    match kind {
        DamageKind::WrongDigest { field: "WARC-Block-Digest", expected, .. } => {
            record.record_type == RecordType::Revisit && digest_fits(expected, b"") == Some(true)
        }
        _ => false,
    }
}

/// What has to stand once for a record to be told from others and read.
const ONCE: [&str; 4] = ["WARC-Record-ID", "WARC-Date", "WARC-Target-URI", "Content-Length"];

/// Whether a defect of a stranger's record leaves no doubt of its content.
pub(crate) fn is_harmless(kind: &DamageKind) -> bool {
    match kind {
        DamageKind::LineEnds
        | DamageKind::HeaderLine(_)
        | DamageKind::SharedMember
        | DamageKind::NoDigest(_)
        | DamageKind::UnknownDigest { .. } => true,
        DamageKind::Repeated(field) => !ONCE.contains(field),
        _ => false,
    }
}

/// What a manifest says of the record.
fn facts_of(record: &Record, payload_sha256: Option<Digest>) -> Result<RecordFacts, Refused> {
    Ok(RecordFacts {
        warc_record_id: facts::id_of(record)?.to_owned(),
        record_type: record.record_type.as_str().to_owned(),
        target_uri: record.target_uri().unwrap_or("").to_owned(),
        record_sha256: record.record_sha256,
        member_sha256: record.member_sha256,
        block_sha256: record.block_sha256,
        payload_sha256,
    })
}

/// The digest of the payload, de-chunked; a revisit has none of its own.
fn payload_of(record: &Record) -> Result<Option<Digest>, Refused> {
    match record.record_type {
        RecordType::Resource => Ok(Some(record.block_sha256)),
        RecordType::Revisit => Ok(None),
        _ => {
            let message = StoredMessage::read(&record.block);
            match message.head {
                Ok(_) => Ok(Some(Digest::of(&message.payload))),
                Err(error) => Err(Refused::new("not-http", format!("the block is no HTTP answer: {error}"))),
            }
        }
    }
}
