//! All digests of one record, taken as its bytes pass.

use vidimus_snapshot::Digest;

use crate::digest::{Algorithm, AnyHasher, DigestCheck, StatedDigest};
use crate::lanes::{Lane, update_together};
use crate::payload::{Dechunker, HeadEnd};
use crate::record::holds_http;
use crate::{Headers, RecordType};

/// A field that states a digest, as far as it could be read.
enum Stated {
    Absent,
    Unknown,
    Known(StatedDigest),
}

impl Stated {
    fn of(headers: &Headers, field: &str) -> Self {
        match headers.get(field).map(StatedDigest::parse) {
            None => Self::Absent,
            Some(None) => Self::Unknown,
            Some(Some(stated)) => Self::Known(stated),
        }
    }

    fn known(&self) -> Option<&StatedDigest> {
        match self {
            Self::Known(stated) => Some(stated),
            _ => None,
        }
    }

    /// What became of it, beside what the bytes give: in the order of preference, if they can be read in several ways.
    fn against(self, found: &[Vec<u8>]) -> DigestCheck {
        match self {
            Self::Absent => DigestCheck::Absent,
            Self::Unknown => DigestCheck::Unknown,
            Self::Known(stated) if found.iter().any(|found| stated.is(found)) => DigestCheck::Right,
            Self::Known(stated) => {
                found.first().map_or(DigestCheck::Elsewhere, |found| DigestCheck::Wrong(stated.spelt(found)))
            }
        }
    }
}

/// The digests of one record in the making.
pub(crate) struct Digester {
    record: Lane,
    block: Lane,
    stated_block: Stated,
    /// The block in another algorithm, where the record states one.
    other_block: Option<AnyHasher>,
    stated_payload: Stated,
    payload: Payload,
}

/// How the payload's digest is had.
enum Payload {
    /// It is not stated, or cannot be checked here.
    None,
    /// The payload is the whole block, in this algorithm.
    Block(Box<AnyHasher>),
    /// As the line before, but it is the digest of the block that is taken anyway.
    SameAsBlock,
    /// The payload is the body of an HTTP message.
    Body(Box<Body>),
}

struct Body {
    head: HeadEnd,
    as_stored: AnyHasher,
    algorithm: Algorithm,
    /// Once the head has said that the body is chunked.
    dechunked: Option<(Dechunker, AnyHasher)>,
    begun: bool,
}

/// What the digests of a record came to.
pub(crate) struct Digests {
    pub(crate) record_sha256: Digest,
    pub(crate) block_sha256: Digest,
    pub(crate) block: DigestCheck,
    pub(crate) payload: DigestCheck,
}

impl Digester {
    /// For a record with these fields, whose head has these bytes.
    pub(crate) fn new(record_type: &RecordType, headers: &Headers, head: &[u8]) -> Self {
        let stated_block = Stated::of(headers, "WARC-Block-Digest");
        let stated_payload = Stated::of(headers, "WARC-Payload-Digest");
        let mut record = Lane::new();
        record.update(head);
        Self {
            record,
            block: Lane::new(),
            other_block: stated_block.known().and_then(not_sha256),
            payload: payload(record_type, headers, stated_payload.known()),
            stated_block,
            stated_payload,
        }
    }

    /// Takes in a piece of the block.
    pub(crate) fn update(&mut self, piece: &[u8]) {
        if let Some(hasher) = &mut self.other_block {
            hasher.update(piece);
        }
        let mut streams = [(&mut self.record, piece), (&mut self.block, piece)];
        match &mut self.payload {
            Payload::Body(body) => match body.next(piece) {
                Some((lane, behind)) => {
                    let [record, block] = streams;
                    update_together(&mut [record, block, (lane, behind)]);
                }
                None => update_together(&mut streams),
            },
            Payload::Block(hasher) => {
                hasher.update(piece);
                update_together(&mut streams);
            }
            Payload::None | Payload::SameAsBlock => update_together(&mut streams),
        }
    }

    /// All digests, once the block has passed and `end` was read behind it.
    pub(crate) fn finish(mut self, end: &[u8]) -> Digests {
        self.record.update(end);
        let block_sha256 = self.block.finish();
        let of_block = || block_sha256.as_bytes().to_vec();
        let found_payload = match self.payload {
            Payload::None => Vec::new(),
            Payload::SameAsBlock => vec![of_block()],
            Payload::Block(hasher) => vec![hasher.finish()],
            Payload::Body(body) => body.finish(),
        };
        let found_block = self.other_block.map_or_else(of_block, AnyHasher::finish);
        Digests {
            record_sha256: self.record.finish(),
            block_sha256,
            block: self.stated_block.against(&[found_block]),
            payload: self.stated_payload.against(&found_payload),
        }
    }
}

fn not_sha256(stated: &StatedDigest) -> Option<AnyHasher> {
    (stated.algorithm != Algorithm::Sha256).then(|| stated.algorithm.hasher())
}

fn payload(record_type: &RecordType, headers: &Headers, stated: Option<&StatedDigest>) -> Payload {
    let Some(stated) = stated else { return Payload::None };
    if *record_type == RecordType::Revisit {
        return Payload::None;
    }
    if !holds_http(record_type, headers) {
        return not_sha256(stated).map_or(Payload::SameAsBlock, |hasher| Payload::Block(Box::new(hasher)));
    }
    let algorithm = stated.algorithm;
    Payload::Body(Box::new(Body {
        head: HeadEnd::new(),
        as_stored: algorithm.hasher(),
        algorithm,
        dechunked: None,
        begun: false,
    }))
}

impl Body {
    /// Takes in a piece; a lane and its bytes are handed back, to be taken together with others.
    fn next<'a>(&mut self, piece: &'a [u8]) -> Option<(&mut Lane, &'a [u8])> {
        let behind = self.head.behind(piece);
        if behind.is_empty() {
            return None;
        }
        if !std::mem::replace(&mut self.begun, true) && self.head.says_chunked() {
            self.dechunked = Some((Dechunker::new(), self.algorithm.hasher()));
        }
        if let Some((dechunker, hasher)) = &mut self.dechunked {
            dechunker.feed(behind, |data| hasher.update(data));
        }
        match &mut self.as_stored {
            AnyHasher::Sha256(lane) => Some((lane, behind)),
            other => {
                other.update(behind);
                None
            }
        }
    }

    /// The digest of the de-chunked body, which WARC 1.1 (section 5.9) wants, and that of the body as stored, which
    /// warcio and wget take.
    fn finish(self) -> Vec<Vec<u8>> {
        let dechunked = self.dechunked.map(|(_, hasher)| hasher.finish());
        dechunked.into_iter().chain([self.as_stored.finish()]).collect()
    }
}
