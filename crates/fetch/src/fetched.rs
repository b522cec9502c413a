//! What a fetch brings home: every exchange as it went over the wire, and how it all ended.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use jiff::Timestamp;
use thiserror::Error;
use url::Url;
use vidimus_snapshot::{Digest, Outcome, OutcomeKind};
use vidimus_warc::http::{self, HttpFramingError, Split};

use crate::guard::Refusal;

/// What became of one requested URL, redirects included.
#[derive(Debug, Clone)]
pub struct Fetched {
    /// The URL that was asked for.
    pub requested: Url,
    /// The exchanges in order: redirects first, the final one last. Empty where nothing was tried on the network.
    pub exchanges: Vec<Exchange>,
    /// How it ended.
    pub end: End,
}

impl Fetched {
    /// The last exchange that received any bytes, which holds the page if there is one.
    pub fn last_answer(&self) -> Option<&Exchange> {
        self.exchanges.last().filter(|exchange| !exchange.response.is_empty())
    }

    /// The outcome in the catalog's words; the decoding of the body is not part of it.
    pub fn outcome(&self) -> Outcome {
        match &self.end {
            End::Refused(refusal) => Outcome::new(OutcomeKind::Refused, refusal.code(), refusal.to_string()),
            End::Failed(failure) => Outcome::new(OutcomeKind::Failed, failure.code(), failure.to_string()),
            End::Truncated(cut) => Outcome::new(OutcomeKind::Truncated, cut.code, cut.message.clone()),
            End::Complete => match self.exchanges.last().and_then(|exchange| exchange.status) {
                Some(304) => Outcome::plain(OutcomeKind::Unchanged),
                Some(206) => {
                    let message = "the server sent only a part (206), though the whole was asked for";
                    Outcome::new(OutcomeKind::Truncated, "partial-content", message)
                }
                Some(status) if !(200..300).contains(&status) => {
                    let message = format!("the server answered with status {status}");
                    Outcome::new(OutcomeKind::HttpError, status.to_string(), message)
                }
                _ => Outcome::plain(OutcomeKind::Captured),
            },
        }
    }
}

/// One exchange with one server: a request and what came back, to the byte.
#[derive(Debug, Clone)]
pub struct Exchange {
    /// The URL asked for in this exchange.
    pub url: Url,
    /// When it began, before the name was resolved.
    pub started_at: Timestamp,
    /// When it ended.
    pub finished_at: Timestamp,
    /// The request's bytes as sent; empty where no connection was had.
    pub request: Vec<u8>,
    /// The bytes received, exactly (the tape); empty where none came.
    pub response: Vec<u8>,
    /// The status code of the final head, if one was received.
    pub status: Option<u16>,
    /// All addresses that the name resolved to, the refused ones too.
    pub dns: Vec<IpAddr>,
    /// The address connected to.
    pub remote: Option<SocketAddr>,
    /// The TLS session, for https.
    pub tls: Option<TlsFacts>,
    /// How long each step took.
    pub timings: Timings,
    /// Set where the answer was cut short: what `response` holds is then not all.
    pub truncated: Option<Truncated>,
}

impl Exchange {
    /// Takes the recorded response apart: the form to store, the head, the body.
    pub fn split(&self) -> Result<Split, HttpFramingError> {
        http::split(&self.response, "GET")
    }
}

/// A TLS session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFacts {
    /// Such as `TLSv1.3`.
    pub version: String,
    /// The cipher suite, such as `TLS_AES_256_GCM_SHA384`.
    pub cipher: String,
    /// The protocol agreed by ALPN (RFC 7301), if any.
    pub alpn: Option<String>,
    /// SHA-256 of each certificate of the chain that the server presented, its own first.
    pub chain_sha256: Vec<Digest>,
    /// The certificates themselves, in DER.
    pub chain_der: Vec<Vec<u8>>,
}

/// How long the steps of an exchange took, in microseconds; `None` for a step that was not reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Timings {
    /// Resolving the name.
    pub dns: Option<u64>,
    /// Connecting.
    pub connect: Option<u64>,
    /// The TLS handshake.
    pub tls: Option<u64>,
    /// From the request to the first byte of the answer.
    pub first_byte: Option<u64>,
    /// Everything.
    pub total: u64,
}

/// How and why an answer was cut short.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Truncated {
    /// The value for `WARC-Truncated`: `length`, `time` or `disconnect`.
    pub reason: &'static str,
    /// The stable code, such as `idle-timeout`.
    pub code: &'static str,
    /// A sentence for people.
    pub message: String,
}

/// How a fetch ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// The final answer was received whole, whatever its status.
    Complete,
    /// The final answer was cut short; its head and what came of its body are there.
    Truncated(Truncated),
    /// We did not ask.
    Refused(Refusal),
    /// No usable answer came.
    Failed(Failure),
}

impl End {
    /// The stable code; empty for [`End::Complete`].
    pub fn code(&self) -> &'static str {
        match self {
            Self::Complete => "",
            Self::Truncated(cut) => cut.code,
            Self::Refused(refusal) => refusal.code(),
            Self::Failed(failure) => failure.code(),
        }
    }
}

impl std::fmt::Display for End {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Complete => f.write_str("the answer was received whole"),
            Self::Truncated(cut) => f.write_str(&cut.message),
            Self::Refused(refusal) => refusal.fmt(f),
            Self::Failed(failure) => failure.fmt(f),
        }
    }
}

/// Why no usable answer came.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Failure {
    /// The name could not be resolved.
    #[error("the name {host} could not be resolved: {why}")]
    Dns {
        /// The name.
        host: String,
        /// What the resolver said.
        why: String,
    },
    /// Resolving the name took too long.
    #[error("resolving the name {host} took longer than {} s", .limit.as_secs_f32())]
    DnsTimeout {
        /// The name.
        host: String,
        /// The limit.
        limit: Duration,
    },
    /// The server refused the connection.
    #[error("the server at {address} refused the connection")]
    ConnectRefused {
        /// The last address tried.
        address: SocketAddr,
    },
    /// There is no way to the server.
    #[error("the server at {address} cannot be reached: {why}")]
    Unreachable {
        /// The last address tried.
        address: SocketAddr,
        /// What the system said.
        why: String,
    },
    /// Connecting took too long.
    #[error("the server at {address} did not accept the connection within {} s", .limit.as_secs_f32())]
    ConnectTimeout {
        /// The last address tried.
        address: SocketAddr,
        /// The limit.
        limit: Duration,
    },
    /// The server's certificate was not accepted.
    #[error("the server at {address} presented {what}")]
    Certificate {
        /// The server.
        address: SocketAddr,
        /// What is wrong with the certificate, as in "a certificate for another name".
        what: String,
    },
    /// The TLS handshake failed for another reason.
    #[error("no TLS session could be agreed with the server at {address}: {why}")]
    Tls {
        /// The server.
        address: SocketAddr,
        /// What went wrong.
        why: String,
    },
    /// The TLS handshake took too long.
    #[error("the TLS handshake with the server at {address} took longer than {} s", .limit.as_secs_f32())]
    TlsTimeout {
        /// The server.
        address: SocketAddr,
        /// The limit.
        limit: Duration,
    },
    /// The server closed the connection without a byte.
    #[error("the server at {address} closed the connection without an answer")]
    EmptyReply {
        /// The server.
        address: SocketAddr,
    },
    /// What came is not HTTP.
    #[error("the server at {address} sent something that is not HTTP: {why}")]
    MalformedHttp {
        /// The server.
        address: SocketAddr,
        /// What is wrong with it.
        why: String,
    },
    /// The answer was cut short before its head was whole; the bytes are kept.
    #[error("{}; no whole head had come", .0.message)]
    NoHead(Truncated),
    /// The request could not be built from the URL.
    #[error("no request can be made for this URL: {why}")]
    BadUrl {
        /// Why not.
        why: String,
    },
    /// The redirects lead back to where they came from.
    #[error("the redirects go round in circles: {url} was already asked for")]
    RedirectLoop {
        /// The URL that came round again.
        url: Url,
    },
    /// More redirects than the limit.
    #[error("more than {limit} redirects")]
    TooManyRedirects {
        /// The limit.
        limit: usize,
    },
    /// A redirect to something that is no URL.
    #[error("the server redirects to '{location}', which is no usable address: {why}")]
    BadRedirect {
        /// What the server sent, shortened.
        location: String,
        /// Why it is none.
        why: String,
    },
}

impl Failure {
    /// The stable code of this failure.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Dns { .. } => "dns",
            Self::DnsTimeout { .. } => "dns-timeout",
            Self::ConnectRefused { .. } => "connect-refused",
            Self::Unreachable { .. } => "unreachable",
            Self::ConnectTimeout { .. } => "connect-timeout",
            Self::Certificate { .. } => "certificate",
            Self::Tls { .. } => "tls",
            Self::TlsTimeout { .. } => "tls-timeout",
            Self::EmptyReply { .. } => "empty-reply",
            Self::MalformedHttp { .. } => "malformed-http",
            Self::NoHead(cut) => cut.code,
            Self::BadUrl { .. } => "bad-url",
            Self::RedirectLoop { .. } => "redirect-loop",
            Self::TooManyRedirects { .. } => "too-many-redirects",
            Self::BadRedirect { .. } => "bad-redirect",
        }
    }
}
