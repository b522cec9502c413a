//! How long and how much: the bounds of one exchange, each with its own outcome code.

use std::time::Duration;

use vidimus_warc::http::DecodeLimits;

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
    /// The bounds of undoing content codings.
    pub fn decode(&self) -> DecodeLimits {
        DecodeLimits { max_bytes: self.decoded_bytes, max_ratio: self.decoded_ratio }
    }
}
