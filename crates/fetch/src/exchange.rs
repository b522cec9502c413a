//! One exchange: resolve, guard, connect, shake hands, ask, record.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Empty};
use hyper::header::{self, HeaderValue};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};
use url::{Host, Url};

use crate::client::{Client, Request};
use crate::fetched::{End, Exchange, Failure, Timings};
use crate::judge::{Broken, conclude};
use crate::resolve;
use crate::tape::{Recorder, SharedTape, StreamLimits};
use crate::tls;

/// What hyper demands of its read buffer.
const SMALLEST_BUFFER: usize = 8192;

const ACCEPT: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

/// Runs one exchange. Whatever happens, what was learned and received is in the [`Exchange`].
pub(crate) async fn run(client: &Client, request: &Request) -> (Exchange, End) {
    let started = Instant::now();
    let started_at = client.clock.now();
    let mut exchange = Exchange {
        url: request.url.clone(),
        started_at,
        finished_at: started_at,
        request: Vec::new(),
        response: Vec::new(),
        status: None,
        dns: Vec::new(),
        remote: None,
        tls: None,
        timings: Timings::default(),
        truncated: None,
    };
    let tape = SharedTape::default();
    let talk = timeout(client.limits.total, converse(client, request, &mut exchange, &tape)).await;
    let result = talk.unwrap_or(Err(Broken::OutOfTime));
    let recorded = std::mem::take(&mut *tape.lock());
    exchange.finished_at = client.clock.now();
    exchange.timings.total = micros(started.elapsed());
    let waited =
        recorded.first_byte.zip(recorded.ready).map(|(first, ready)| first.saturating_duration_since(ready));
    exchange.timings.first_byte = waited.map(micros);
    let end = conclude(client, &mut exchange, recorded, result);
    (exchange, end)
}

async fn converse(
    client: &Client,
    request: &Request,
    exchange: &mut Exchange,
    tape: &SharedTape,
) -> Result<(), Broken> {
    let (host, port) = client.guard.check_url(&request.url).map_err(Broken::Refused)?;
    let host = host.to_owned();
    let addresses = resolve(client, &host, port, exchange).await?;
    let (stream, address) = connect(client, &addresses, exchange).await?;
    exchange.remote = Some(address);
    if request.url.scheme() == "https" {
        let began = Instant::now();
        let limit = client.limits.tls;
        let name = host.to_string();
        let shake = tls::handshake(Arc::clone(&client.tls), &name, address, stream);
        let (stream, facts) =
            timeout(limit, shake).await.map_err(|_| Failure::TlsTimeout { address, limit })??;
        exchange.timings.tls = Some(micros(began.elapsed()));
        exchange.tls = Some(facts);
        speak(client, request, stream, exchange, tape).await
    } else {
        speak(client, request, stream, exchange, tape).await
    }
}

/// The addresses of the host that the guard lets through.
async fn resolve(
    client: &Client,
    host: &Host<String>,
    port: u16,
    exchange: &mut Exchange,
) -> Result<Vec<SocketAddr>, Broken> {
    let began = Instant::now();
    exchange.dns = match host {
        Host::Ipv4(address) => vec![(*address).into()],
        Host::Ipv6(address) => vec![(*address).into()],
        Host::Domain(name) => match resolve::localhost(name) {
            Some(addresses) => addresses,
            None => ask_resolver(client, name).await?,
        },
    };
    exchange.timings.dns = Some(micros(began.elapsed()));
    let name = host.to_string();
    let mut refusal = None;
    let mut permitted = Vec::new();
    for address in &exchange.dns {
        match client.guard.check_address(&name, SocketAddr::new(*address, port)) {
            Ok(address) => permitted.push(address),
            Err(why) => refusal = refusal.or(Some(why)),
        }
    }
    match (permitted.is_empty(), refusal) {
        (false, _) => Ok(permitted),
        (true, Some(refusal)) => Err(Broken::Refused(refusal)),
        (true, None) => Err(Failure::Dns { host: name, why: "it has no address".to_owned() }.into()),
    }
}

async fn ask_resolver(client: &Client, name: &str) -> Result<Vec<std::net::IpAddr>, Broken> {
    let limit = client.limits.connect;
    let answer = timeout(limit, client.resolver.resolve(name)).await;
    let answer = answer.map_err(|_| Failure::DnsTimeout { host: name.to_owned(), limit })?;
    Ok(answer.map_err(|error| Failure::Dns { host: name.to_owned(), why: error.to_string() })?)
}

/// Connects to the first address that answers.
async fn connect(
    client: &Client,
    addresses: &[SocketAddr],
    exchange: &mut Exchange,
) -> Result<(TcpStream, SocketAddr), Broken> {
    let began = Instant::now();
    let limit = client.limits.connect;
    let mut last = None;
    for address in addresses.iter().copied() {
        #[expect(
            clippy::disallowed_methods,
            reason = "this is the one place that connects: to an address the guard let through"
        )]
        let attempt = timeout(limit, TcpStream::connect(address)).await;
        last = Some(match attempt {
            Ok(Ok(stream)) => {
                exchange.timings.connect = Some(micros(began.elapsed()));
                // The request is one small write; waiting to fill a segment would only cost time.
                let _ = stream.set_nodelay(true);
                return Ok((stream, address));
            }
            Ok(Err(error)) if error.kind() == io::ErrorKind::ConnectionRefused => {
                Failure::ConnectRefused { address }
            }
            Ok(Err(error)) => Failure::Unreachable { address, why: error.to_string() },
            Err(_) => Failure::ConnectTimeout { address, limit },
        });
    }
    let failure = last.unwrap_or_else(|| Failure::Dns {
        host: exchange.url.host_str().unwrap_or_default().to_owned(),
        why: "it has no address".to_owned(),
    });
    Err(failure.into())
}

/// Sends the request and reads the answer to its end; the tape keeps the bytes.
async fn speak<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
    client: &Client,
    request: &Request,
    stream: S,
    exchange: &mut Exchange,
    tape: &SharedTape,
) -> Result<(), Broken> {
    let limits = &client.limits;
    let message = message(client, request)?;
    let stream_limits =
        StreamLimits { first_byte: limits.first_byte, idle: limits.idle, wire_bytes: limits.wire_bytes };
    let io = TokioIo::new(Recorder::new(stream, tape.clone(), stream_limits));
    let (mut sender, connection) = hyper::client::conn::http1::Builder::new()
        .title_case_headers(true)
        .ignore_invalid_headers_in_responses(true)
        .allow_obsolete_multiline_headers_in_responses(true)
        .allow_spaces_after_header_name_in_responses(true)
        .max_headers(limits.header_count)
        .max_buf_size(limits.header_bytes.max(SMALLEST_BUFFER))
        .max_header_size(limits.header_bytes)
        .handshake(io)
        .await
        .map_err(Broken::Http)?;
    let status = &mut exchange.status;
    let talk = async move {
        let response = sender.send_request(message).await?;
        *status = Some(response.status().as_u16());
        let mut body = response.into_body();
        while let Some(frame) = body.frame().await {
            frame?;
        }
        Ok::<(), hyper::Error>(())
    };
    tokio::pin!(talk, connection);
    let mut connection_ended = false;
    loop {
        tokio::select! {
            biased;
            result = &mut talk => return result.map_err(Broken::Http),
            _ = &mut connection, if !connection_ended => connection_ended = true,
        }
    }
}

fn message(client: &Client, request: &Request) -> Result<hyper::Request<Empty<Bytes>>, Failure> {
    let bad = |why: String| Failure::BadUrl { why };
    let url = &request.url;
    let target = &url[url::Position::BeforePath..url::Position::AfterQuery];
    let mut message =
        hyper::Request::get(target).body(Empty::new()).map_err(|error| bad(error.to_string()))?;
    let headers = message.headers_mut();
    headers.insert(
        header::HOST,
        HeaderValue::from_str(&authority(url)).map_err(|error| bad(error.to_string()))?,
    );
    headers.insert(header::USER_AGENT, client.user_agent.clone());
    headers.insert(header::ACCEPT, HeaderValue::from_static(ACCEPT));
    if let Some(language) = &client.accept_language {
        headers.insert(header::ACCEPT_LANGUAGE, language.clone());
    }
    headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
    let cookies = client.cookies.as_ref().and_then(|jar| jar.header(url));
    if let Some(cookies) = cookies.and_then(|value| HeaderValue::from_str(&value).ok()) {
        headers.insert(header::COOKIE, cookies);
    }
    // A validator that cannot be sent back was no validator: the request goes out without it.
    if let Some(tag) = request.if_none_match.as_deref().and_then(|tag| HeaderValue::from_str(tag).ok()) {
        headers.insert(header::IF_NONE_MATCH, tag);
    }
    if let Some(date) = request.if_modified_since.as_deref().and_then(|date| HeaderValue::from_str(date).ok())
    {
        headers.insert(header::IF_MODIFIED_SINCE, date);
    }
    headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    Ok(message)
}

/// Host and port as the `Host` header wants them: never a user's name or password.
fn authority(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
