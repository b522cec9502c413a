//! How long and how much: the bounds of one exchange, each with its own outcome code.

use std::time::Duration;

use thiserror::Error;
use vidimus_warc::http::{DecodeLimits, MAX_HEAD_BYTES, MAX_HEAD_FIELDS};

/// The most bytes of an answer that the archive reads back into memory; a longer one could be kept, but not shown.
const MAX_WIRE_BYTES: usize = 250_000_000;

/// A bound that makes no sense.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{key}: {why}")]
pub struct LimitError {
    /// Which bound.
    pub key: &'static str,
    /// What is wrong with it, and what would be right.
    pub why: String,
}

/// The bounds of one exchange. What came before a bound was reached is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Resolving the name, and then connecting to each of its addresses (`dns-timeout`, `connect-timeout`).
    pub connect: Duration,
    /// The TLS handshake (`tls-timeout`).
    pub tls: Duration,
    /// From the request to the first byte of the answer (`first-byte-timeout`).
    pub first_byte: Duration,
    /// The longest gap within the answer (`idle-timeout`).
    pub idle: Duration,
    /// The whole exchange, from resolving the name to the last byte (`total-timeout`).
    pub total: Duration,
    /// Bytes received (`wire-bytes`).
    pub wire_bytes: usize,
    /// Bytes of the decoded body (`decoded-bytes`).
    pub decoded_bytes: u64,
    /// Decoded bytes for each coded byte (`decoded-ratio`).
    pub decoded_ratio: u64,
    /// Bytes of the answer's head (`header-bytes`).
    pub header_bytes: usize,
    /// Header fields of the answer (`header-count`).
    pub header_count: usize,
    /// Redirects followed (`too-many-redirects`).
    pub redirects: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(15),
            tls: Duration::from_secs(15),
            first_byte: Duration::from_secs(30),
            idle: Duration::from_secs(20),
            total: Duration::from_secs(180),
            wire_bytes: 64 << 20,
            decoded_bytes: 64 << 20,
            decoded_ratio: 200,
            header_bytes: 256 << 10,
            header_count: 1000,
            redirects: 10,
        }
    }
}

impl Limits {
    /// Refuses bounds under which nothing could be fetched, and those that are beyond what the archive can hold.
    pub fn check(&self) -> Result<(), LimitError> {
        let times = [
            ("connect", self.connect),
            ("tls", self.tls),
            ("first_byte", self.first_byte),
            ("idle", self.idle),
            ("total", self.total),
        ];
        for (key, time) in times {
            if time.is_zero() {
                return Err(LimitError {
                    key,
                    why: "must be longer than no time, such as \"20s\"".to_owned(),
                });
            }
        }
        within("wire_bytes", self.wire_bytes as u64, MAX_WIRE_BYTES as u64)?;
        within("decoded_bytes", self.decoded_bytes, u64::MAX)?;
        within("decoded_ratio", self.decoded_ratio, u64::MAX)?;
        within("header_bytes", self.header_bytes as u64, MAX_HEAD_BYTES as u64)?;
        within("header_count", self.header_count as u64, MAX_HEAD_FIELDS as u64)
    }

    /// The bounds of undoing content codings.
    pub fn decode(&self) -> DecodeLimits {
        DecodeLimits { max_bytes: self.decoded_bytes, max_ratio: self.decoded_ratio }
    }
}

fn within(key: &'static str, value: u64, most: u64) -> Result<(), LimitError> {
    let why = match value {
        0 => "must be more than 0, or nothing could be fetched".to_owned(),
        more if more > most => format!("{more} is too much: {most} at most"),
        _ => return Ok(()),
    };
    Err(LimitError { key, why })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_bounds_are_sensible_and_redirects_may_be_none() {
        assert_eq!(Limits { redirects: 0, ..Limits::default() }.check(), Ok(()));
    }

    #[test]
    fn bounds_beyond_what_can_be_held_are_refused() {
        let wrong = Limits { header_count: MAX_HEAD_FIELDS + 1, ..Limits::default() }.check().unwrap_err();
        assert_eq!(wrong.to_string(), "header_count: 4097 is too much: 4096 at most");
        assert!(Limits { wire_bytes: usize::MAX, ..Limits::default() }.check().is_err());
    }
}
