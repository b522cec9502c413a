//! From an exchange of the capture client to what the archive says of it: the form in which its answer is stored, the
//! facts of the network, and the certificates that the server presented.

use vidimus_archive::{Certificate, NewExchange, Stored};
use vidimus_fetch::Exchange;
use vidimus_snapshot::{Digest, ExchangeFacts, TimingFacts, TlsFacts, TruncationFacts};
use vidimus_warc::http::{Head, Split};

/// The exchange as it is stored, its answer whole.
pub(crate) fn exchange(exchange: &Exchange) -> NewExchange {
    NewExchange {
        facts: facts(exchange),
        request: exchange.request.clone(),
        answer: answer(exchange),
        certificates: certificates(exchange),
    }
}

/// What is known of an exchange; the ids of its records are given when these are made.
pub(crate) fn facts(exchange: &Exchange) -> ExchangeFacts {
    let timings = &exchange.timings;
    let received = !exchange.response.is_empty();
    ExchangeFacts {
        url: exchange.url.to_string(),
        started_at: exchange.started_at,
        finished_at: exchange.finished_at,
        status: exchange.status,
        truncated: exchange
            .truncated
            .as_ref()
            .map(|cut| TruncationFacts { reason: cut.reason.to_owned(), code: cut.code.to_owned() }),
        dns: exchange.dns.iter().map(ToString::to_string).collect(),
        remote_ip: exchange.remote.map(|address| address.ip().to_string()),
        remote_port: exchange.remote.map(|address| address.port()),
        tls: exchange.tls.as_ref().map(tls),
        timings_us: TimingFacts {
            dns: timings.dns,
            connect: timings.connect,
            tls: timings.tls,
            first_byte: timings.first_byte,
            total: timings.total,
        },
        wire_bytes: exchange.response.len() as u64,
        wire_sha256: received.then(|| Digest::of(&exchange.response)),
        request_record: None,
        answer_record: None,
    }
}

/// A TLS session in the words of the manifest.
pub(crate) fn tls(tls: &vidimus_fetch::TlsFacts) -> TlsFacts {
    TlsFacts {
        version: tls.version.clone(),
        cipher: tls.cipher.clone(),
        alpn: tls.alpn.clone(),
        chain_sha256: tls.chain_sha256.clone(),
    }
}

/// The certificates that the server presented, its own first.
pub(crate) fn certificates(exchange: &Exchange) -> Vec<Certificate> {
    let chain = exchange.tls.iter().flat_map(|tls| tls.chain_sha256.iter().zip(&tls.chain_der));
    chain.map(|(sha256, der)| Certificate { sha256: *sha256, der: der.clone() }).collect()
}

/// The answer in its stored form; `None` where no byte came.
fn answer(exchange: &Exchange) -> Option<Stored> {
    if exchange.response.is_empty() {
        return None;
    }
    Some(match exchange.split() {
        Err(_) => Stored::NotHttp(exchange.response.clone()),
        Ok(split) => Stored::Response {
            coded: !split.head.content_codings().is_empty() || is_packed(&split.head),
            framing: framing_json(&split),
            block: split.stored,
        },
    })
}

/// The recipe that rebuilds the wire, where it differs from the stored form.
pub(crate) fn framing_json(split: &Split) -> Option<Vec<u8>> {
    split.framing.as_ref().and_then(|framing| framing.to_json().ok()).map(String::into_bytes)
}

/// Whether the media type says that the bytes are compressed already.
fn is_packed(head: &Head) -> bool {
    const PACKED: [&str; 4] = ["image/", "video/", "audio/", "application/gzip"];
    head.content_type().is_some_and(|t| PACKED.iter().any(|packed| t.essence.starts_with(packed)))
}
