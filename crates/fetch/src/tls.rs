//! TLS for the capture client: rustls with ring, HTTP/1.1 only, the Mozilla roots and those the operator adds.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rustls::client::Resumption;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::time_provider::TimeProvider;
use rustls::{CertificateError, ClientConfig, Error as TlsError, RootCertStore};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use vidimus_snapshot::{Clock, Digest};

use crate::client::ClientError;
use crate::fetched::{Failure, TlsFacts};

/// The most certificates of a chain that are kept.
const MAX_CHAIN: usize = 16;

/// Certificates are judged by the same clock that dates the captures.
struct ClockTime(Arc<dyn Clock>);

impl std::fmt::Debug for ClockTime {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ClockTime")
    }
}

impl TimeProvider for ClockTime {
    fn current_time(&self) -> Option<UnixTime> {
        let seconds = u64::try_from(self.0.now().as_second()).ok()?;
        Some(UnixTime::since_unix_epoch(Duration::from_secs(seconds)))
    }
}

/// Builds the configuration; `extra_roots` are PEM files' contents.
pub(crate) fn config(extra_roots: &[Vec<u8>], clock: Arc<dyn Clock>) -> Result<ClientConfig, ClientError> {
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    for (index, pem) in extra_roots.iter().enumerate() {
        let bad = |why: String| ClientError::BadRoot { position: index.saturating_add(1), why };
        let mut count = 0_usize;
        for certificate in CertificateDer::pem_slice_iter(pem) {
            let certificate = certificate.map_err(|error| bad(error.to_string()))?;
            roots.add(certificate).map_err(|error| bad(error.to_string()))?;
            count = count.saturating_add(1);
        }
        if count == 0 {
            return Err(bad("it holds no certificate in PEM form".to_owned()));
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ClientConfig::builder_with_details(provider, Arc::new(ClockTime(clock)))
        .with_safe_default_protocol_versions()
        .map_err(|error| ClientError::Tls(error.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    // Every record names the chain that the server presented in that very exchange, so no session is resumed.
    config.resumption = Resumption::disabled();
    Ok(config)
}

/// The same trust for clients that speak to what the operator configured, such as a webhook; they agree on a protocol by
/// themselves.
pub fn operator_tls(extra_roots: &[Vec<u8>], clock: Arc<dyn Clock>) -> Result<ClientConfig, ClientError> {
    let mut config = config(extra_roots, clock)?;
    config.alpn_protocols.clear();
    Ok(config)
}

/// Shakes hands over `stream`, and says what was agreed.
pub(crate) async fn handshake(
    config: Arc<ClientConfig>,
    host: &str,
    address: SocketAddr,
    stream: TcpStream,
) -> Result<(TlsStream<TcpStream>, TlsFacts), Failure> {
    let bare = host.trim_start_matches('[').trim_end_matches(']').to_owned();
    let name = ServerName::try_from(bare).map_err(|_| Failure::Tls {
        address,
        why: format!("'{host}' is no name that a certificate can bear"),
    })?;
    let stream =
        TlsConnector::from(config).connect(name, stream).await.map_err(|error| explain(&error, address))?;
    let facts = facts_of(&stream);
    Ok((stream, facts))
}

fn facts_of(stream: &TlsStream<TcpStream>) -> TlsFacts {
    let (_, session) = stream.get_ref();
    let chain: Vec<Vec<u8>> =
        session.peer_certificates().unwrap_or_default().iter().take(MAX_CHAIN).map(|c| c.to_vec()).collect();
    TlsFacts {
        version: session.protocol_version().map_or("unknown", version_name).to_owned(),
        cipher: session.negotiated_cipher_suite().map_or_else(
            || "unknown".to_owned(),
            |suite| format!("{:?}", suite.suite()).replace("TLS13_", "TLS_"),
        ),
        alpn: session.alpn_protocol().map(|name| String::from_utf8_lossy(name).into_owned()),
        chain_sha256: chain.iter().map(|der| Digest::of(der)).collect(),
        chain_der: chain,
    }
}

fn version_name(version: rustls::ProtocolVersion) -> &'static str {
    match version {
        rustls::ProtocolVersion::TLSv1_2 => "TLSv1.2",
        rustls::ProtocolVersion::TLSv1_3 => "TLSv1.3",
        _ => "unknown",
    }
}

fn explain(error: &io::Error, address: SocketAddr) -> Failure {
    let tls = error.get_ref().and_then(|inner| inner.downcast_ref::<TlsError>());
    match tls {
        Some(TlsError::InvalidCertificate(why)) => Failure::Certificate { address, what: fault(why) },
        Some(other) => Failure::Tls { address, why: other.to_string() },
        None if error.kind() == io::ErrorKind::UnexpectedEof => {
            Failure::Tls { address, why: "the server closed the connection".to_owned() }
        }
        None => Failure::Tls { address, why: error.to_string() },
    }
}

fn fault(error: &CertificateError) -> String {
    use CertificateError as E;
    match error {
        E::NotValidForName | E::NotValidForNameContext { .. } => "a certificate for another name".to_owned(),
        E::Expired | E::ExpiredContext { .. } => "a certificate that has expired".to_owned(),
        E::NotValidYet | E::NotValidYetContext { .. } => "a certificate that is not valid yet".to_owned(),
        E::UnknownIssuer => "a certificate from an issuer that is not trusted here".to_owned(),
        E::Revoked => "a certificate that was revoked".to_owned(),
        E::BadEncoding => "a certificate that cannot be read".to_owned(),
        E::BadSignature => "a certificate with a wrong signature".to_owned(),
        other => format!("a certificate that was not accepted ({other})"),
    }
}
