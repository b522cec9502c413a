//! The timestamps in a bundle: the one place where answers of authorities (RFC 3161) are read.

use std::collections::BTreeMap;

use jiff::Timestamp;
use vidimus_ledger::timestamp::{self, Certificate, TimestampError, TimestampRequest, Trust};

use crate::logged::{Answer, Signed};

/// An answer that could be read, and what it says.
#[derive(Debug, Clone)]
pub(crate) struct Stamp {
    /// The authority's name in the archive's configuration.
    pub authority: String,
    /// The time that it states.
    pub time: Timestamp,
    /// Whose certificate signed it.
    pub signer: String,
    /// Under which policy.
    pub policy: String,
    /// The token's number with the authority.
    pub serial: String,
    /// The root that its chain led to at that time, if it is one that the archive's configuration names, as PEM.
    pub root_pem: Option<String>,
    /// The certificates in front of it, as PEM.
    pub chain_pem: String,
}

/// What the authorities say of a checkpoint; an answer that is not for it says nothing, and is left out.
pub(crate) fn of(signed: &Signed, authorities: &BTreeMap<String, Trust>) -> Vec<Stamp> {
    let data = signed.checkpoint().as_bytes();
    let one = |answer: &Answer| read(answer, data, authorities.get(&answer.authority)).ok();
    signed.answers.iter().filter_map(one).collect()
}

fn read(answer: &Answer, data: &[u8], trust: Option<&Trust>) -> Result<Stamp, TimestampError> {
    let verified = trust.and_then(|trust| timestamp::verify(&answer.response, data, trust, None).ok());
    let found = match verified {
        Some(found) => found,
        None => timestamp::examine(&answer.response, data, &[], None)?,
    };
    Ok(Stamp {
        authority: answer.authority.clone(),
        time: found.time,
        signer: found.authority.clone(),
        policy: found.policy.clone(),
        serial: found.serial.clone(),
        root_pem: found.root.as_ref().map(Certificate::pem).transpose()?,
        chain_pem: found.chain_pem()?,
    })
}

/// Verifies an answer for these bytes, its chain at the time that it states.
pub(crate) fn verify(
    response: &[u8],
    data: &[u8],
    roots: Vec<Certificate>,
    others: Vec<Certificate>,
) -> Result<timestamp::Timestamp, TimestampError> {
    timestamp::verify(response, data, &Trust { roots, others, policies: None }, None)
}

/// Whether an answer is the one to this request.
pub(crate) fn answers(
    response: &[u8],
    data: &[u8],
    query: &[u8],
    others: &[Certificate],
) -> Result<(), TimestampError> {
    let request = TimestampRequest::read(query)?;
    timestamp::examine(response, data, others, request.nonce()).map(drop)
}
