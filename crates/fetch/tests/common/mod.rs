//! A raw TCP server that sends scripted bytes, for tests: it listens on loopback and does exactly what it is told.
#![allow(dead_code, reason = "each test file uses its own part of the helper")]
#![allow(clippy::unwrap_used, reason = "a test that cannot start its server has failed")]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use url::Url;
use vidimus_fetch::{Client, ClientOptions, Door, Guard, Limits};
use vidimus_snapshot::SystemClock;

/// What the server does next.
#[derive(Debug, Clone)]
pub enum Step {
    /// Sends these bytes.
    Send(Vec<u8>),
    /// Waits.
    Wait(Duration),
    /// Sends these bytes over and over until the client goes away, with a pause between.
    Forever(Vec<u8>, Duration),
    /// Closes without TLS's close_notify (over plain TCP: closes).
    Drop,
}

/// Sends one piece of text.
pub fn send(text: impl AsRef<[u8]>) -> Vec<Step> {
    vec![Step::Send(text.as_ref().to_vec())]
}

type Script = Arc<dyn Fn(&str) -> Vec<Step> + Send + Sync>;

/// A running server.
pub struct Server {
    /// The port it listens on.
    pub port: u16,
    /// The certificate authority that signed its certificate, in PEM; empty for plain HTTP.
    pub root_pem: Vec<u8>,
    /// The request heads received, in order.
    pub requests: Arc<Mutex<Vec<String>>>,
    scheme: &'static str,
}

impl Server {
    /// A plain HTTP server; the script gets the request target.
    pub async fn http(script: impl Fn(&str) -> Vec<Step> + Send + Sync + 'static) -> Self {
        Self::start(Arc::new(script), None, Vec::new()).await
    }

    /// An https server with a certificate for `name`.
    pub async fn https(name: &str, script: impl Fn(&str) -> Vec<Step> + Send + Sync + 'static) -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let root = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let key = KeyPair::generate().unwrap();
        let leaf = CertificateParams::new(vec![name.to_owned()]).unwrap().signed_by(&key, &root).unwrap();
        let private = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![leaf.der().clone()], private)
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        Self::start(Arc::new(script), Some(acceptor), root.pem().into_bytes()).await
    }

    async fn start(script: Script, tls: Option<TlsAcceptor>, root_pem: Vec<u8>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let scheme = if tls.is_some() { "https" } else { "http" };
        let log = requests.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (script, tls, log) = (script.clone(), tls.clone(), log.clone());
                tokio::spawn(async move {
                    match tls {
                        Some(tls) => {
                            if let Ok(stream) = tls.accept(stream).await {
                                let stream = serve(stream, &script, &log).await;
                                drop(stream);
                            }
                        }
                        None => drop(serve(stream, &script, &log).await),
                    }
                });
            }
        });
        Self { port, root_pem, requests, scheme }
    }

    /// The URL of a path on this server, under the given host.
    pub fn url_at(&self, host: &str, path: &str) -> Url {
        Url::parse(&format!("{}://{host}:{}{path}", self.scheme, self.port)).unwrap()
    }

    /// The URL of a path on this server.
    pub fn url(&self, path: &str) -> Url {
        self.url_at("127.0.0.1", path)
    }

    /// Options with a door to this server, short bounds, and its root.
    pub fn options(&self) -> ClientOptions {
        let mut options = ClientOptions::new("Vidimus-Test/0.1 (+https://archive.example/bot)");
        let door: Door = format!("127.0.0.1/32:{}", self.port).parse().unwrap();
        options.guard = Guard::new(vec![door], Vec::new());
        options.limits = short_limits();
        if !self.root_pem.is_empty() {
            options.extra_roots = vec![self.root_pem.clone()];
        }
        options
    }

    /// A client with a door to this server.
    pub fn client(&self) -> Client {
        Client::new(self.options(), Arc::new(SystemClock)).unwrap()
    }

    /// How many requests came.
    pub fn request_count(&self) -> usize {
        self.requests.lock().unwrap().len()
    }
}

/// Bounds that let a test of a hanging server end soon.
pub fn short_limits() -> Limits {
    Limits {
        first_byte: Duration::from_secs(20),
        idle: Duration::from_secs(20),
        total: Duration::from_secs(60),
        wire_bytes: 4 << 20,
        ..Limits::default()
    }
}

async fn serve<S: AsyncRead + AsyncWrite + Unpin>(
    mut stream: S,
    script: &Script,
    log: &Mutex<Vec<String>>,
) -> S {
    let mut head = Vec::new();
    let mut block = [0_u8; 4096];
    while !head.windows(4).any(|w| w == b"\r\n\r\n") {
        match stream.read(&mut block).await {
            Ok(count) if count > 0 => head.extend_from_slice(&block[..count]),
            _ => return stream,
        }
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let target = head.split(' ').nth(1).unwrap_or("/").to_owned();
    log.lock().unwrap().push(head);
    for step in script(&target) {
        match step {
            Step::Send(bytes) => {
                if stream.write_all(&bytes).await.is_err() || stream.flush().await.is_err() {
                    return stream;
                }
            }
            Step::Wait(time) => tokio::time::sleep(time).await,
            Step::Forever(bytes, pause) => {
                while stream.write_all(&bytes).await.is_ok() && stream.flush().await.is_ok() {
                    tokio::time::sleep(pause).await;
                }
            }
            Step::Drop => return stream,
        }
    }
    let _ = stream.shutdown().await;
    stream
}

/// A gzip member.
pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}
