//! The HTTP/1.1 server of the demo site: loopback only, one listener for all hosts.
//!
//! It answers GET and HEAD, tells the hosts apart by the `Host` header, and stops, with every open connection,
//! when its [`DemoSite`] is dropped.

use std::convert::Infallible;
use std::net::Ipv4Addr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::header::{self, HeaderValue};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

use crate::hosts::{self, HOSTS};
use crate::page::{self, Day, Delivery, Page};

/// More connections than this wait in the listener's queue.
const MAX_CONNECTIONS: usize = 256;
/// A client that has not sent its request head by then is let go.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);
/// The size of the pieces of a chunked page.
const CHUNK: usize = 1500;

/// Why the demo site could not start.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The port cannot be listened on.
    #[error("the demo site cannot listen on 127.0.0.1:{port}: {source}")]
    Listen {
        /// The port asked for; 0 means any free one.
        port: u16,
        /// What the system said.
        source: std::io::Error,
    },
}

/// The running demo site. Dropping it stops the server.
#[derive(Debug)]
pub struct DemoSite {
    port: u16,
    state: Arc<State>,
    task: JoinHandle<()>,
}

#[derive(Debug)]
struct State {
    port: u16,
    second_day: AtomicBool,
    requests: AtomicU64,
}

impl DemoSite {
    /// Starts the site on a free port of 127.0.0.1, on its first day.
    ///
    /// # Errors
    /// [`DemoError::Listen`] if no port can be listened on.
    pub async fn start() -> Result<DemoSite, DemoError> {
        DemoSite::start_on(0).await
    }

    /// Starts the site on this port of 127.0.0.1, on its first day.
    ///
    /// # Errors
    /// [`DemoError::Listen`] if the port cannot be listened on, for example because something else does.
    pub async fn start_on(port: u16) -> Result<DemoSite, DemoError> {
        let refused = |source| DemoError::Listen { port, source };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(refused)?;
        let port = listener.local_addr().map_err(refused)?.port();
        let state = Arc::new(State { port, second_day: AtomicBool::new(false), requests: AtomicU64::new(0) });
        let task = tokio::spawn(accept(listener, Arc::clone(&state)));
        Ok(DemoSite { port, state, task })
    }

    /// The port the site listens on.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Serves the site as it is on this day from the next request on.
    pub fn set_day(&self, day: Day) {
        self.state.second_day.store(day == Day::Second, Ordering::Relaxed);
    }

    /// How many requests were answered since the start, whatever the answer.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.state.requests.load(Ordering::Relaxed)
    }
}

impl Drop for DemoSite {
    fn drop(&mut self) {
        // The accepting task owns the connections' tasks, so they end with it.
        self.task.abort();
    }
}

async fn accept(listener: TcpListener, state: Arc<State>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            Some(_) = connections.join_next() => {}
            accepted = listener.accept(), if connections.len() < MAX_CONNECTIONS => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(serve(stream, Arc::clone(&state)));
                }
                // Out of file handles, most likely: let some connections end before trying again.
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            },
        }
    }
}

async fn serve(stream: TcpStream, state: Arc<State>) {
    let service = service_fn(move |request: Request<Incoming>| {
        let answer = state.answer(&request);
        async move { Ok::<_, Infallible>(answer) }
    });
    let served = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .title_case_headers(true)
        .serve_connection(TokioIo::new(stream), service)
        .await;
    // A client that hangs up or speaks no HTTP is its own affair; the site has nobody to tell.
    drop(served);
}

impl State {
    fn day(&self) -> Day {
        if self.second_day.load(Ordering::Relaxed) { Day::Second } else { Day::First }
    }

    fn answer<B>(&self, request: &Request<B>) -> Response<Payload> {
        self.requests.fetch_add(1, Ordering::Relaxed);
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            let mut response = html(StatusCode::METHOD_NOT_ALLOWED, "This site only answers GET and HEAD.\n");
            response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
            return response;
        }
        let name = host_name(request);
        let Some(host) = HOSTS.iter().find(|host| host.name == name) else {
            return html(StatusCode::NOT_FOUND, &hosts::directory(self.port));
        };
        let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
        let found = host.pages.iter().find(|page| page.path == path);
        let body = found.and_then(|page| Some((page, page.body(self.day(), self.port)?)));
        match body {
            Some((page, body)) => page_response(page, body, request),
            None => html(StatusCode::NOT_FOUND, &page::not_found(host.name, host.layout, self.port)),
        }
    }
}

/// The host a request is for, in lower case and without the port; empty if it does not say.
fn host_name<B>(request: &Request<B>) -> String {
    let header = request.headers().get(header::HOST).and_then(|value| value.to_str().ok());
    let host = request.uri().host().or(header).unwrap_or_default();
    host.split(':').next().unwrap_or_default().to_ascii_lowercase()
}

fn page_response<B>(page: &Page, body: Vec<u8>, request: &Request<B>) -> Response<Payload> {
    let mut response = match page.delivery {
        Delivery::Plain => Response::new(Payload::whole(body)),
        Delivery::Gzip => gzip_response(body, request),
        Delivery::Chunked => Response::new(Payload::chunked(&body)),
        Delivery::Etag => etag_response(body, request),
    };
    if response.status() == StatusCode::NOT_MODIFIED {
        return response;
    }
    *response.status_mut() = StatusCode::from_u16(page.status).unwrap_or(StatusCode::OK);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(page.content_type));
    if let Some(location) = page.location {
        headers.insert(header::LOCATION, HeaderValue::from_static(location));
    }
    response
}

fn gzip_response<B>(body: Vec<u8>, request: &Request<B>) -> Response<Payload> {
    let accepted = request.headers().get_all(header::ACCEPT_ENCODING).iter();
    let accepts_gzip = accepted
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|coding| coding.split(';').next().is_some_and(|name| name.trim().eq_ignore_ascii_case("gzip")));
    let mut response = if accepts_gzip {
        let mut response = Response::new(Payload::whole(page::gzip(&body)));
        response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        response
    } else {
        Response::new(Payload::whole(body))
    };
    response.headers_mut().insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    response
}

fn etag_response<B>(body: Vec<u8>, request: &Request<B>) -> Response<Payload> {
    let tag = etag(&body);
    let named = request.headers().get_all(header::IF_NONE_MATCH).iter();
    let unchanged = named
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|name| name.trim() == "*" || name.trim().trim_start_matches("W/") == tag);
    let mut response = Response::new(Payload::whole(if unchanged { Vec::new() } else { body }));
    if unchanged {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    }
    if let Ok(value) = HeaderValue::from_str(&tag) {
        response.headers_mut().insert(header::ETAG, value);
    }
    response
}

/// Length and CRC-32 in hexadecimal, as a static web server would make it.
fn etag(body: &[u8]) -> String {
    let mut crc = flate2::Crc::new();
    crc.update(body);
    format!("\"{:x}-{:08x}\"", body.len(), crc.sum())
}

fn html(status: StatusCode, text: &str) -> Response<Payload> {
    let mut response = Response::new(Payload::whole(text.as_bytes().to_vec()));
    *response.status_mut() = status;
    let content_type = HeaderValue::from_static("text/html; charset=UTF-8");
    response.headers_mut().insert(header::CONTENT_TYPE, content_type);
    response
}

/// A body of known length in one piece, or of unstated length in several.
#[derive(Debug)]
struct Payload {
    pieces: std::vec::IntoIter<Bytes>,
    length: Option<u64>,
}

impl Payload {
    fn whole(body: Vec<u8>) -> Payload {
        let length = u64::try_from(body.len()).ok();
        // An empty frame would be a frame all the same.
        let pieces = if body.is_empty() { Vec::new() } else { vec![Bytes::from(body)] };
        Payload { pieces: pieces.into_iter(), length }
    }

    fn chunked(body: &[u8]) -> Payload {
        let pieces: Vec<Bytes> = body.chunks(CHUNK).map(Bytes::copy_from_slice).collect();
        Payload { pieces: pieces.into_iter(), length: None }
    }
}

impl Body for Payload {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.pieces.next().map(|piece| Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.pieces.len() == 0
    }

    fn size_hint(&self) -> SizeHint {
        self.length.map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}
