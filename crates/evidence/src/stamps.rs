//! The timestamps in a bundle: the one place where answers of authorities (RFC 3161) are read.

use jiff::Timestamp;
use vidimus_ledger::timestamp::{self, Certificate, TimestampError, TimestampRequest, Trust};

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

impl Stamp {
    /// Whether its chain led to a root that the archive's configuration names. Anybody could have made any other.
    pub(crate) fn is_verified(&self) -> bool {
        self.root_pem.is_some()
    }
}

/// What an authority says of these bytes. One of which a root is known has to be verified against it; of another it is read
/// what it claims.
pub(crate) fn read(
    authority: &str,
    response: &[u8],
    data: &[u8],
    trust: Option<&Trust>,
) -> Result<Stamp, TimestampError> {
    let found = match trust {
        Some(trust) => timestamp::verify(response, data, trust, None)?,
        None => timestamp::examine(response, data, &[], None)?,
    };
    Ok(Stamp {
        authority: authority.to_owned(),
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

/// Whether it is an answer for these bytes at all, whoever gave it.
pub(crate) fn is_for(response: &[u8], data: &[u8], others: &[Certificate]) -> Result<(), TimestampError> {
    timestamp::examine(response, data, others, None).map(drop)
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
