//! Timestamps (RFC 3161): an authority's word that some bytes existed at a time.
//!
//! A token is taken only if all of it holds: it is over these bytes, it answers this request, its signature is that of the
//! certificate that it is bound to, and that certificate led to a root that the caller trusts *at the time that the token
//! states*. That a certificate has expired since changes nothing. Nothing is accepted that `openssl ts -verify` would
//! refuse, but for what it cannot read and `openssl cms -verify` can: a signer named by its key's identifier, and RSA-PSS. A
//! few things are refused that it would accept: SHA-1, indefinite lengths, certification authorities that are restricted to
//! other purposes, critical extensions of the statement.
//!
//! Whatever the bytes, reading them ends soon and without a panic, and takes no more memory than a small multiple of them.

mod algorithms;
mod asn1;
mod certificate;
mod chain;
mod error;
mod request;
mod signature;
mod token;

pub use certificate::Certificate;
pub use error::{CertificateError, TimestampError};
pub use request::TimestampRequest;

use std::time::Duration;

use jiff::Timestamp as Time;
use vidimus_snapshot::hex;

use token::{Signed, Statement};

/// The longest answer that is read, in bytes. Real ones have less than 20,000.
pub const LONGEST: usize = 1024 * 1024;

/// The most certificates that a token may come with: the ways to build a chain grow with a power of their number.
const MOST_CERTIFICATES: usize = 10;

/// The longest certificate that is read, in bytes.
const LONGEST_CERTIFICATE: usize = 32 * 1024;

/// What a verifier brings along, because no token can vouch for itself.
#[derive(Debug, Clone, Default)]
pub struct Trust {
    /// The roots that a chain may end at; got from somewhere other than the token.
    pub roots: Vec<Certificate>,
    /// Further certificates that a chain may go through.
    pub others: Vec<Certificate>,
    /// The policies that are accepted, as in `1.2.3.4.1`; `None` for any.
    pub policies: Option<Vec<String>>,
}

/// What a token proves, once it was verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timestamp {
    /// The time that the authority states (`genTime`): the bytes existed before it.
    pub time: Time,
    /// By how much that time may be off, where the authority says so.
    pub accuracy: Option<Duration>,
    /// Under which policy of the authority it was given: an object identifier.
    pub policy: String,
    /// The token's number with the authority, in hexadecimal.
    pub serial: String,
    /// Whose certificate signed it (RFC 4514).
    pub authority: String,
    /// The chain, the signer's certificate first, its root left out.
    pub chain: Vec<Certificate>,
    /// The root that the chain ends at; `None` when the token was only examined.
    pub root: Option<Certificate>,
}

impl Timestamp {
    /// Whether a certificate of the chain, the root included, is no longer valid at a later time, so that `openssl ts -verify`
    /// has to be told the time of the token (`-attime`).
    pub fn has_expired(&self, now: Time) -> bool {
        let all = self.chain.iter().chain(&self.root);
        all.into_iter().any(|certificate| certificate.not_after() < now)
    }

    /// The token's time in seconds since 1970, as `openssl ts -verify -attime` takes it.
    pub fn epoch(&self) -> i64 {
        self.time.as_second()
    }

    /// The chain as PEM, the signer's certificate first, its root left out.
    pub fn chain_pem(&self) -> Result<String, TimestampError> {
        self.chain.iter().map(Certificate::pem).collect()
    }
}

/// Verifies an authority's whole answer (`TimeStampResp`) for these bytes. With a nonce (see [`TimestampRequest::nonce`])
/// the answer must be to that request.
pub fn verify(
    response: &[u8],
    data: &[u8],
    trust: &Trust,
    nonce: Option<&[u8]>,
) -> Result<Timestamp, TimestampError> {
    let (mut timestamp, bound, all) = examined(response, data, &trust.others, nonce)?;
    if let Some(accepted) = &trust.policies
        && !accepted.contains(&timestamp.policy)
    {
        return Err(TimestampError::Policy(timestamp.policy));
    }
    let [signer] = timestamp.chain.as_slice() else { return Err(TimestampError::NoSigner) };
    let chain = chain::find(signer, &all, &trust.roots, timestamp.time)?;
    timestamp.chain.extend(chain.between);
    timestamp.root = Some(chain.root);
    let in_chain = |id: &signature::CertificateId| {
        timestamp.chain.iter().skip(1).chain(&timestamp.root).any(|certificate| id.is_of(certificate))
    };
    if bound.iter().all(in_chain) { Ok(timestamp) } else { Err(TimestampError::NotInChain) }
}

/// Checks all of an answer but whether its signer is to be trusted: no root is asked for. Whoever makes a certificate can
/// make an answer that passes; it says what a token *claims*.
pub fn examine(
    response: &[u8],
    data: &[u8],
    others: &[Certificate],
    nonce: Option<&[u8]>,
) -> Result<Timestamp, TimestampError> {
    examined(response, data, others, nonce).map(|(timestamp, _, _)| timestamp)
}

type Examined = (Timestamp, Vec<signature::CertificateId>, Vec<Certificate>);

fn examined(
    response: &[u8],
    data: &[u8],
    others: &[Certificate],
    nonce: Option<&[u8]>,
) -> Result<Examined, TimestampError> {
    let signed = Signed::read(token::granted(response)?)?;
    let statement = Statement::read(signed.content)?;
    if statement.hash()?.of(data) != statement.imprint {
        return Err(TimestampError::OtherData);
    }
    if nonce.is_some() && nonce != statement.nonce.as_deref() {
        return Err(TimestampError::Nonce);
    }
    if statement.has_critical {
        return Err(TimestampError::Extension);
    }
    let embedded = signed.certificates.iter().map(|der| Certificate::read(der));
    let mut all = embedded.collect::<Result<Vec<_>, _>>()?;
    all.extend(others.iter().take(MOST_CERTIFICATES).cloned());
    let signer = signature::signer(&signed, &all)?.clone();
    let bound = signature::check(&signed, &signer)?;
    signer.signs_timestamps()?;
    let timestamp = Timestamp {
        time: statement.time,
        accuracy: statement.accuracy,
        policy: statement.policy.to_string(),
        serial: hex(&statement.serial),
        authority: signer.subject_text(),
        chain: vec![signer],
        root: None,
    };
    Ok((timestamp, bound, all))
}
