//! How an exchange ended: from what hyper says, what the stream noticed, and what stands on the tape.
//!
//! The tape has the last word: an answer that is whole by its own framing is whole, however the connection ended.

use std::error::Error as _;
use std::io;
use std::time::Duration;

use vidimus_warc::http::{BodyEnd, BodyFraming, HttpFramingError, MAX_INTERIM_HEADS, Split};

use crate::client::Client;
use crate::fetched::{End, Exchange, Failure, Truncated};
use crate::guard::Refusal;
use crate::limits::Limits;
use crate::tape::{Cut, Tape};

/// How an exchange broke off before hyper could say that it is whole.
pub(crate) enum Broken {
    Refused(Refusal),
    Failed(Failure),
    Http(hyper::Error),
    OutOfTime,
}

impl From<Failure> for Broken {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

/// Says how the exchange ended, from what hyper says and from what is on the tape.
pub(crate) fn conclude(
    client: &Client,
    exchange: &mut Exchange,
    tape: Tape,
    result: Result<(), Broken>,
) -> End {
    exchange.request = tape.sent;
    exchange.response = tape.received;
    let broken = match result {
        Ok(()) => None,
        Err(Broken::Refused(refusal)) => return End::Refused(refusal),
        Err(Broken::Failed(failure)) => return End::Failed(failure),
        Err(Broken::Http(error)) => Some(Broken::Http(error)),
        Err(Broken::OutOfTime) => Some(Broken::OutOfTime),
    };
    let split = exchange.split();
    let excess = excessive_head(&exchange.response, split.as_ref(), &client.limits);
    if let Ok(split) = &split {
        exchange.status = Some(split.head.status);
        let ends_itself = !matches!(split.body_framing, BodyFraming::UntilClose);
        // Where hyper found too much in the head, that is what is to be told.
        let head_refused = excess.is_some() && broken.is_some();
        if split.end == BodyEnd::Complete && (broken.is_none() || ends_itself) && !head_refused {
            return End::Complete;
        }
    }
    let garbled = split.as_ref().is_ok_and(|split| split.end == BodyEnd::Malformed);
    match cause(client, exchange, tape.cut.as_ref(), broken.as_ref(), excess) {
        Cause::Cut(cut) if garbled && cut.code == "disconnect" && tape.cut.is_none() => {
            broken_body(exchange, "its chunks cannot be read")
        }
        Cause::Cut(cut) => {
            if !exchange.response.is_empty() {
                exchange.truncated = Some(cut.clone());
            }
            if split.is_ok() { End::Truncated(cut) } else { End::Failed(Failure::NoHead(cut)) }
        }
        Cause::Failed(failure) => End::Failed(failure),
        Cause::Malformed(why) => match split {
            Ok(_) => broken_body(exchange, &why),
            Err(error) => End::Failed(malformed(exchange, &error)),
        },
    }
}

/// The end of an exchange whose head is whole but whose body is not HTTP.
fn broken_body(exchange: &mut Exchange, why: &str) -> End {
    let message = format!("the body breaks off in something that is not HTTP: {why}");
    let cut = Truncated { reason: "disconnect", code: "malformed-body", message };
    exchange.truncated = Some(cut.clone());
    End::Truncated(cut)
}

/// What lies behind an exchange that is not whole.
enum Cause {
    Cut(Truncated),
    Failed(Failure),
    Malformed(String),
}

/// Names what lies behind it: our own bounds first, then what the connection did, then what hyper makes of the bytes.
fn cause(
    client: &Client,
    exchange: &Exchange,
    cut: Option<&Cut>,
    broken: Option<&Broken>,
    excess: Option<Truncated>,
) -> Cause {
    let limits = &client.limits;
    let received = exchange.response.len();
    let truncated = |reason, code, message: String| Cause::Cut(Truncated { reason, code, message });
    let seconds = |limit: Duration| limit.as_secs_f32();
    if matches!(broken, Some(Broken::OutOfTime)) {
        let message =
            format!("the exchange was not over after {} s; {received} bytes had come", seconds(limits.total));
        return truncated("time", "total-timeout", message);
    }
    match cut {
        Some(Cut::FirstByte) => {
            let message =
                format!("the server sent nothing within {} s of the request", seconds(limits.first_byte));
            return truncated("time", "first-byte-timeout", message);
        }
        Some(Cut::Idle) => {
            let message =
                format!("the server fell silent for {} s after {received} bytes", seconds(limits.idle));
            return truncated("time", "idle-timeout", message);
        }
        Some(Cut::WireBytes) => {
            if let Some(excess) = excess {
                return Cause::Cut(excess);
            }
            let message = format!("the answer is longer than the limit of {} bytes", limits.wire_bytes);
            return truncated("length", "wire-bytes", message);
        }
        Some(Cut::Unclean) if received > 0 => {
            let message =
                format!("the connection ended without the close that TLS asks for, after {received} bytes");
            return truncated("disconnect", "unclean-close", message);
        }
        Some(Cut::Broken(why)) if received > 0 => {
            return truncated(
                "disconnect",
                "disconnect",
                format!("the connection broke after {received} bytes: {why}"),
            );
        }
        _ => {}
    }
    if let Some(excess) = excess {
        return Cause::Cut(excess);
    }
    if let Some(Broken::Http(error)) = broken
        && let Some(why) = unreadable(error)
    {
        return Cause::Malformed(why);
    }
    match exchange.remote {
        Some(address) if received == 0 => Cause::Failed(Failure::EmptyReply { address }),
        _ => {
            let message = format!("the server closed the connection early, after {received} bytes");
            truncated("disconnect", "disconnect", message)
        }
    }
}

/// What hyper refused to read on, head or body; nothing where the connection ended.
fn unreadable(error: &hyper::Error) -> Option<String> {
    if error.is_parse() {
        return Some(error.to_string());
    }
    let cause = error.source()?.downcast_ref::<io::Error>()?;
    matches!(cause.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData)
        .then(|| cause.to_string())
}

fn malformed(exchange: &Exchange, error: &HttpFramingError) -> Failure {
    match exchange.remote {
        Some(address) => Failure::MalformedHttp { address, why: error.to_string() },
        None => Failure::BadUrl { why: error.to_string() },
    }
}

/// In which way the head on the tape is larger than it may be, if it is.
fn excessive_head(
    tape: &[u8],
    split: Result<&Split, &HttpFramingError>,
    limits: &Limits,
) -> Option<Truncated> {
    // Of a head that is not whole, every line counts; that errs by the status line and by folds.
    let (fields, bytes) = match split {
        Ok(split) => (split.head.fields.len().saturating_add(split.head.malformed_lines), split.head_len),
        Err(HttpFramingError::TooManyInterimHeads) => {
            let message = format!("the server sent more than {MAX_INTERIM_HEADS} interim (1xx) heads");
            return Some(Truncated { reason: "length", code: "interim-heads", message });
        }
        Err(HttpFramingError::Head(_)) => (tape.iter().filter(|b| **b == b'\n').count(), tape.len()),
        Err(_) => return None,
    };
    let (code, message) = if fields > limits.header_count {
        ("header-count", format!("the answer has more than {} header fields", limits.header_count))
    } else if bytes >= limits.header_bytes {
        ("header-bytes", format!("the answer's head is longer than {} bytes", limits.header_bytes))
    } else {
        return None;
    };
    Some(Truncated { reason: "length", code, message })
}
