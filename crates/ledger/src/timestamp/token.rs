//! An answer of an authority, taken apart: `TimeStampResp` and `TSTInfo` (RFC 3161, 2.4.2), and the `SignedData`
//! (RFC 5652) between them. Nothing is checked here but shapes.

use std::time::Duration;

use der::asn1::{AnyRef, ObjectIdentifier, OctetStringRef};
use der::oid::db::rfc5911::ID_SIGNED_DATA;
use der::{Tag, TagNumber, Tagged as _};
use jiff::Timestamp;

use super::asn1::{Hash, Oid, algorithm, context, integer, only, parts, parts_of, time, unfit, whole};
use super::{LONGEST, MOST_CERTIFICATES, TimestampError};

/// The kind of content that a statement is (RFC 3161, 2.4.2).
pub const ID_CT_TST_INFO: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.1.4");

/// What the authority signed (`TSTInfo`).
#[derive(Debug)]
pub struct Statement {
    pub policy: Oid,
    pub hash: Oid,
    pub imprint: Vec<u8>,
    pub serial: Vec<u8>,
    pub time: Timestamp,
    pub accuracy: Option<Duration>,
    pub nonce: Option<Vec<u8>>,
    pub has_critical: bool,
}

/// The `SignedData` of a token with its one signature.
#[derive(Debug)]
pub struct Signed<'a> {
    /// The bytes of the statement.
    pub content: &'a [u8],
    /// The certificates that came with it.
    pub certificates: Vec<Vec<u8>>,
    pub signer: Signer<'a>,
}

/// `SignerInfo`.
#[derive(Debug)]
pub struct Signer<'a> {
    pub who: Who,
    pub hash: Oid,
    /// The inside of the set of signed attributes.
    pub attributes: &'a [u8],
    /// The inside of the signature's `AlgorithmIdentifier`.
    pub algorithm: &'a [u8],
    pub signature: &'a [u8],
}

/// By what the signer's certificate is found.
#[derive(Debug)]
pub enum Who {
    Serial { issuer: Vec<u8>, serial: Vec<u8> },
    KeyIdentifier(Vec<u8>),
}

/// The token of a granted answer.
pub fn granted(bytes: &[u8]) -> Result<AnyRef<'_>, TimestampError> {
    if bytes.len() > LONGEST {
        return Err(TimestampError::Long(bytes.len()));
    }
    let of = TimestampError::of("the answer");
    let fields = only(bytes).and_then(|answer| parts_of(answer, Tag::Sequence)).map_err(&of)?;
    let (status, token) = fields.split_first().ok_or_else(|| of(unfit()))?;
    let status = parts_of(*status, Tag::Sequence).map_err(&of)?;
    let (code, rest) = status.split_first().ok_or_else(|| of(unfit()))?;
    let code: u32 = code.decode_as().map_err(&of)?;
    // granted, grantedWithMods
    if code > 1 {
        return Err(TimestampError::Refused { status: code, text: said(rest) });
    }
    match token {
        [token] => Ok(*token),
        [] => Err(TimestampError::NoToken),
        _ => Err(of(unfit())),
    }
}

/// What the authority says in words (`PKIFreeText`), as far as it fits a line.
fn said(rest: &[AnyRef<'_>]) -> String {
    const LONGEST_TEXT: usize = 200;
    let free_text = rest.iter().find(|field| field.tag() == Tag::Sequence);
    let texts = free_text.and_then(|field| parts(field.value()).ok()).unwrap_or_default();
    let words: Vec<_> = texts.iter().map(|text| String::from_utf8_lossy(text.value())).collect();
    let line: String = words.join(" ").chars().filter(|char| !char.is_control()).take(LONGEST_TEXT).collect();
    if line.is_empty() { line } else { format!(": {line}") }
}

impl<'a> Signed<'a> {
    /// Takes a token apart.
    pub fn read(token: AnyRef<'a>) -> Result<Self, TimestampError> {
        let of = TimestampError::of("the token");
        let fields = signed_data(token).map_err(&of)?;
        let [version, hashes, content, rest @ .., signers] = fields.as_slice() else {
            return Err(of(unfit()));
        };
        integer(*version).map_err(&of)?;
        let content = encapsulated(*content).map_err(&of)?;
        let signers = parts_of(*signers, Tag::Set).map_err(&of)?;
        let [signer] = signers.as_slice() else { return Err(TimestampError::Signers(signers.len())) };
        let certificates = rest.iter().find(|field| field.tag() == context(TagNumber::N0));
        let certificates = certificates.map_or(Ok(Vec::new()), |all| parts(all.value())).map_err(&of)?;
        if certificates.len() > MOST_CERTIFICATES {
            return Err(TimestampError::Certificates(certificates.len()));
        }
        // Other sorts of certificates have tags of their own, and are of no use here.
        let ours = certificates.into_iter().filter(|certificate| certificate.tag() == Tag::Sequence);
        let certificates = ours.map(whole).collect::<der::Result<_>>().map_err(&of)?;
        let signer = Signer::read(*signer).map_err(TimestampError::of("the token's signature"))?;
        // Readers that hash while they read need the list to name what the signature is over.
        if !lists(*hashes, &signer.hash).map_err(&of)? {
            return Err(of(unfit()));
        }
        Ok(Self { content, certificates, signer })
    }
}

fn signed_data(token: AnyRef<'_>) -> der::Result<Vec<AnyRef<'_>>> {
    let [kind, content] = parts_of(token, Tag::Sequence)?.try_into().map_err(|_| unfit())?;
    if Oid::read(kind)? != ID_SIGNED_DATA || content.tag() != context(TagNumber::N0) {
        return Err(unfit());
    }
    parts_of(only(content.value())?, Tag::Sequence)
}

/// Whether a list of hash functions has this one.
fn lists(hashes: AnyRef<'_>, hash: &Oid) -> der::Result<bool> {
    let mut found = false;
    for listed in parts_of(hashes, Tag::Set)? {
        found |= algorithm(listed)?.0 == *hash;
    }
    Ok(found)
}

fn encapsulated(content: AnyRef<'_>) -> der::Result<&[u8]> {
    let [kind, content] = parts_of(content, Tag::Sequence)?.try_into().map_err(|_| unfit())?;
    if Oid::read(kind)? != ID_CT_TST_INFO || content.tag() != context(TagNumber::N0) {
        return Err(unfit());
    }
    let content: OctetStringRef<'_> = only(content.value())?.decode_as()?;
    Ok(content.as_bytes())
}

impl<'a> Signer<'a> {
    fn read(signer: AnyRef<'a>) -> der::Result<Self> {
        let fields = parts_of(signer, Tag::Sequence)?;
        // Unsigned attributes, where there are any, prove nothing and are passed over.
        let [version, who, hash, attributes, name, signature, rest @ ..] = fields.as_slice() else {
            return Err(unfit());
        };
        integer(*version)?;
        let is_unsigned = |field: &AnyRef<'_>| field.tag() == context(TagNumber::N1);
        let is_odd = rest.len() > 1 || !rest.iter().all(is_unsigned);
        if attributes.tag() != context(TagNumber::N0) || is_odd || name.tag() != Tag::Sequence {
            return Err(unfit());
        }
        let (hash, parameters) = algorithm(*hash)?;
        if parameters.is_some_and(|parameters| !parameters.is_null()) {
            return Err(unfit());
        }
        let signature: OctetStringRef<'a> = signature.decode_as()?;
        Ok(Self {
            who: Who::read(*who)?,
            hash,
            attributes: attributes.value(),
            algorithm: name.value(),
            signature: signature.as_bytes(),
        })
    }
}

impl Who {
    fn read(who: AnyRef<'_>) -> der::Result<Self> {
        if who.tag() == (Tag::ContextSpecific { constructed: false, number: TagNumber::N0 }) {
            return Ok(Self::KeyIdentifier(who.value().to_vec()));
        }
        let [issuer, serial] = parts_of(who, Tag::Sequence)?.try_into().map_err(|_| unfit())?;
        Ok(Self::Serial { issuer: whole(issuer)?, serial: integer(serial)? })
    }
}

impl Statement {
    /// Reads a `TSTInfo`.
    pub fn read(bytes: &[u8]) -> Result<Self, TimestampError> {
        read_statement(bytes).map_err(TimestampError::of("the token's statement"))
    }

    /// The hash function of its imprint.
    pub fn hash(&self) -> Result<Hash, TimestampError> {
        Hash::named(&self.hash).ok_or_else(|| TimestampError::Algorithm(format!("the hash {}", self.hash)))
    }
}

fn read_statement(bytes: &[u8]) -> der::Result<Statement> {
    let fields = parts_of(only(bytes)?, Tag::Sequence)?;
    let [version, policy, imprint, serial, at, rest @ ..] = fields.as_slice() else { return Err(unfit()) };
    let [name, imprint] = parts_of(*imprint, Tag::Sequence)?.try_into().map_err(|_| unfit())?;
    let imprint: OctetStringRef<'_> = imprint.decode_as()?;
    if version.decode_as::<u8>()? != 1 {
        return Err(unfit());
    }
    let mut rest = rest.iter().peekable();
    let accuracy = rest.next_if(|field| field.tag() == Tag::Sequence);
    let _ordering = rest.next_if(|field| field.tag() == Tag::Boolean);
    let nonce = rest.next_if(|field| field.tag() == Tag::Integer);
    let _name = rest.next_if(|field| field.tag() == context(TagNumber::N0));
    let extensions = rest.next_if(|field| field.tag() == context(TagNumber::N1));
    if rest.next().is_some() {
        return Err(unfit());
    }
    Ok(Statement {
        policy: Oid::read(*policy)?,
        hash: algorithm(name)?.0,
        imprint: imprint.as_bytes().to_vec(),
        serial: integer(*serial)?,
        time: time(*at)?,
        accuracy: accuracy.map(|field| read_accuracy(*field)).transpose()?,
        nonce: nonce.map(|field| integer(*field)).transpose()?,
        has_critical: extensions.map(|field| any_critical(field.value())).transpose()?.unwrap_or(false),
    })
}

/// `Accuracy`: seconds, and thousandths and millionths of one.
fn read_accuracy(field: AnyRef<'_>) -> der::Result<Duration> {
    let mut accuracy = Duration::ZERO;
    for part in parts(field.value())? {
        let unit = match part.tag() {
            Tag::Integer => Duration::from_secs(1),
            Tag::ContextSpecific { constructed: false, number: TagNumber::N0 } => Duration::from_millis(1),
            Tag::ContextSpecific { constructed: false, number: TagNumber::N1 } => Duration::from_micros(1),
            _ => return Err(unfit()),
        };
        let count: u32 = AnyRef::new(Tag::Integer, part.value())?.decode_as()?;
        accuracy = accuracy.checked_add(unit.checked_mul(count).ok_or_else(unfit)?).ok_or_else(unfit)?;
    }
    Ok(accuracy)
}

fn any_critical(extensions: &[u8]) -> der::Result<bool> {
    let mut any = false;
    for extension in parts(extensions)? {
        let fields = parts_of(extension, Tag::Sequence)?;
        if let [_, critical, _] = fields.as_slice() {
            any |= critical.decode_as::<bool>()?;
        }
    }
    Ok(any)
}
