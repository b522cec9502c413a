//! The capture client: one GET, redirects followed, every exchange recorded to the byte.
//!
//! TCP, then rustls for https, then the recording stream, then hyper's HTTP/1 client. No cookies unless a jar was given, no
//! Referer, no credentials from URLs. Every hop of a redirect goes past the guard and the [`HopPolicy`] again.

use std::collections::HashSet;
use std::future::Future;
use std::sync::Arc;

use hyper::header::{HeaderValue, InvalidHeaderValue};
use rustls::ClientConfig;
use thiserror::Error;
use url::Url;
use vidimus_snapshot::Clock;

use crate::cookies::CookieJar;
use crate::exchange;
use crate::fetched::{End, Exchange, Failure, Fetched};
use crate::guard::Guard;
use crate::limits::Limits;
use crate::resolve::{Resolve, SystemResolver};
use crate::tls;

/// What a client needs to know.
#[derive(Debug, Clone)]
pub struct ClientOptions {
    /// The `User-Agent` to send; it begins with the product token that robots.txt rules are read for.
    pub user_agent: String,
    /// The `Accept-Language` to send, if any.
    pub accept_language: Option<String>,
    /// The bounds of each exchange.
    pub limits: Limits,
    /// The address guard.
    pub guard: Guard,
    /// Further root certificates: the contents of PEM files.
    pub extra_roots: Vec<Vec<u8>>,
}

impl ClientOptions {
    /// Options with default bounds, the plain guard and no further roots.
    pub fn new(user_agent: impl Into<String>) -> Self {
        Self {
            user_agent: user_agent.into(),
            accept_language: None,
            limits: Limits::default(),
            guard: Guard::default(),
            extra_roots: Vec::new(),
        }
    }
}

/// Why a client could not be set up.
#[derive(Debug, Error)]
pub enum ClientError {
    /// A header value from the configuration cannot be sent.
    #[error("the {name} '{value}' cannot be sent in an HTTP header: {source}")]
    Header {
        /// Which header.
        name: &'static str,
        /// Its value.
        value: String,
        /// Why not.
        source: InvalidHeaderValue,
    },
    /// An extra root certificate cannot be used.
    #[error("extra root certificate file {position} cannot be used: {why}")]
    BadRoot {
        /// The how-manieth of the files, from 1.
        position: usize,
        /// Why not.
        why: String,
    },
    /// TLS itself could not be set up.
    #[error("TLS could not be set up: {0}")]
    Tls(String),
}

/// What to ask for.
#[derive(Debug, Clone)]
pub struct Request {
    /// The URL; its fragment is not sent.
    pub url: Url,
    /// `If-None-Match`: the entity tag of the version held, sent with the first hop only.
    pub if_none_match: Option<String>,
    /// `If-Modified-Since`: the `Last-Modified` of the version held, sent with the first hop only.
    pub if_modified_since: Option<String>,
}

impl Request {
    /// An unconditional request.
    pub fn new(url: Url) -> Self {
        Self { url, if_none_match: None, if_modified_since: None }
    }
}

/// Who is asked before each hop, and told after it.
pub trait HopPolicy: Sync {
    /// What is held while the hop is under way.
    type Permit: Send;
    /// Asked before each hop, when the guard has let the URL through; may wait. An error is how the fetch ends.
    fn enter(&self, url: &Url) -> impl Future<Output = Result<Self::Permit, End>> + Send;
    /// Told after the hop.
    fn leave(&self, permit: Self::Permit, exchange: &Exchange);
}

/// A policy that lets every hop pass at once: for pages that a person asked for by name.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unhurried;

impl HopPolicy for Unhurried {
    type Permit = ();

    async fn enter(&self, _url: &Url) -> Result<(), End> {
        Ok(())
    }

    fn leave(&self, _permit: (), _exchange: &Exchange) {}
}

/// The capture client. Cheap to clone; clones share everything.
#[derive(Clone)]
pub struct Client {
    pub(crate) limits: Limits,
    pub(crate) guard: Arc<Guard>,
    pub(crate) resolver: Arc<dyn Resolve>,
    pub(crate) tls: Arc<ClientConfig>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) user_agent: HeaderValue,
    pub(crate) accept_language: Option<HeaderValue>,
    pub(crate) cookies: Option<CookieJar>,
}

impl Client {
    /// A client that resolves names as the operating system does.
    pub fn new(options: ClientOptions, clock: Arc<dyn Clock>) -> Result<Self, ClientError> {
        let tls = tls::config(&options.extra_roots, clock.clone())?;
        let accept_language =
            options.accept_language.as_deref().map(|value| header("Accept-Language", value)).transpose()?;
        Ok(Self {
            limits: options.limits,
            guard: Arc::new(options.guard),
            resolver: Arc::new(SystemResolver),
            tls: Arc::new(tls),
            clock,
            user_agent: header("User-Agent", &options.user_agent)?,
            accept_language,
            cookies: None,
        })
    }

    /// The same client with a cookie jar.
    pub(crate) fn with_cookies(mut self, jar: CookieJar) -> Self {
        self.cookies = Some(jar);
        self
    }

    /// The same client with another resolver.
    pub fn with_resolver(mut self, resolver: Arc<dyn Resolve>) -> Self {
        self.resolver = resolver;
        self
    }

    /// The same client with other bounds.
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// The bounds in force.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// The address guard.
    pub fn guard(&self) -> &Guard {
        &self.guard
    }

    /// Fetches a URL without waiting for anybody.
    pub async fn fetch(&self, request: &Request) -> Fetched {
        self.fetch_with(request, &Unhurried).await
    }

    /// Fetches a URL, asking `policy` before each hop.
    pub async fn fetch_with<P: HopPolicy>(&self, request: &Request, policy: &P) -> Fetched {
        let mut request = request.clone();
        // Neither sent nor written down.
        request.url = without_user(request.url);
        let mut fetched =
            Fetched { requested: request.url.clone(), exchanges: Vec::new(), end: End::Complete };
        let mut seen = HashSet::new();
        loop {
            request.url = bare(request.url);
            seen.insert(request.url.clone());
            match self.hop(&request, policy).await {
                Ok((exchange, end)) => {
                    let end = of_hop(end, fetched.exchanges.len());
                    let next = self.next_hop(&exchange, &end, &seen, fetched.exchanges.len());
                    fetched.exchanges.push(exchange);
                    match next {
                        Ok(Some(url)) => request = Request::new(url),
                        Ok(None) => return Fetched { end, ..fetched },
                        Err(failure) => return Fetched { end: End::Failed(failure), ..fetched },
                    }
                }
                Err(end) => {
                    return Fetched { end: of_hop(end, fetched.exchanges.len()), ..fetched };
                }
            }
        }
    }

    async fn hop<P: HopPolicy>(&self, request: &Request, policy: &P) -> Result<(Exchange, End), End> {
        self.guard.check_url(&request.url).map_err(End::Refused)?;
        let permit = policy.enter(&request.url).await?;
        let (exchange, end) = exchange::run(self, request).await;
        self.take_cookies(&exchange);
        policy.leave(permit, &exchange);
        Ok((exchange, end))
    }

    fn take_cookies(&self, exchange: &Exchange) {
        if let (Some(jar), Ok(split)) = (&self.cookies, exchange.split()) {
            let fields = split.head.values("set-cookie");
            jar.take(&exchange.url, fields.filter_map(|value| std::str::from_utf8(value).ok()));
        }
    }

    /// Where a redirect leads; `None` where the exchange is the last.
    fn next_hop(
        &self,
        exchange: &Exchange,
        end: &End,
        seen: &HashSet<Url>,
        followed: usize,
    ) -> Result<Option<Url>, Failure> {
        let redirects = matches!(exchange.status, Some(301 | 302 | 303 | 307 | 308));
        if !redirects || !matches!(end, End::Complete | End::Truncated(_)) {
            return Ok(None);
        }
        let location = exchange.split().ok().and_then(|split| split.head.text("location"));
        let Some(location) = location.filter(|l| !l.is_empty()) else { return Ok(None) };
        let mut url = exchange.url.join(&location).map_err(|error| Failure::BadRedirect {
            location: location.chars().take(200).collect(),
            why: error.to_string(),
        })?;
        url = bare(url);
        if seen.contains(&url) {
            return Err(Failure::RedirectLoop { url });
        }
        if followed >= self.limits.redirects {
            return Err(Failure::TooManyRedirects { limit: self.limits.redirects });
        }
        Ok(Some(url))
    }
}

/// How a hop ended that `before` others led to.
fn of_hop(end: End, before: usize) -> End {
    match end {
        End::Refused(refusal) if before > 0 => End::Refused(refusal.after_redirect()),
        end => end,
    }
}

/// The URL without what is never sent: its fragment, and a user's name and password.
fn bare(mut url: Url) -> Url {
    url.set_fragment(None);
    without_user(url)
}

/// The URL without a user's name and password.
fn without_user(mut url: Url) -> Url {
    // These fail only for URLs that cannot have a user, such as `mailto:`; the guard refuses those.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url
}

fn header(name: &'static str, value: &str) -> Result<HeaderValue, ClientError> {
    HeaderValue::from_str(value).map_err(|source| ClientError::Header {
        name,
        value: value.to_owned(),
        source,
    })
}
