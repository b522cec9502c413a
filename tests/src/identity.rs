//! Certificates for servers of tests: an authority of its own for each, so that nothing is trusted that the test does not
//! say is.

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

/// What a server shows of itself, and the authority that vouches for it.
#[derive(Debug)]
pub struct Identity {
    chain: Vec<CertificateDer<'static>>,
    key: Vec<u8>,
    authority_pem: String,
    alpn: Vec<Vec<u8>>,
}

impl Identity {
    /// A certificate for this name, or this address, signed by an authority of its own.
    #[must_use]
    pub fn of(name: &str) -> Self {
        Self::signed(CertificateParams::new(vec![name.to_owned()]).unwrap())
    }

    /// The same, but its time is over.
    #[must_use]
    pub fn expired(name: &str) -> Self {
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        (params.not_before, params.not_after) = (date_time_ymd(2001, 1, 1), date_time_ymd(2002, 1, 1));
        Self::signed(params)
    }

    /// A certificate that vouches for itself.
    #[must_use]
    pub fn self_signed(name: &str) -> Self {
        let key = KeyPair::generate().unwrap();
        let own = CertificateParams::new(vec![name.to_owned()]).unwrap().self_signed(&key).unwrap();
        let chain = vec![own.der().clone()];
        Self { chain, key: key.serialize_der(), authority_pem: String::new(), alpn: Vec::new() }
    }

    fn signed(params: CertificateParams) -> Self {
        let mut of_authority = CertificateParams::default();
        of_authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = CertifiedIssuer::self_signed(of_authority, KeyPair::generate().unwrap()).unwrap();
        let key = KeyPair::generate().unwrap();
        let own = params.signed_by(&key, &authority).unwrap();
        let chain = vec![own.der().clone(), authority.der().clone()];
        Self { chain, key: key.serialize_der(), authority_pem: authority.pem(), alpn: Vec::new() }
    }

    /// The same for a server that speaks only this protocol.
    #[must_use]
    pub fn speaking(self, protocol: &str) -> Self {
        Self { alpn: vec![protocol.as_bytes().to_vec()], ..self }
    }

    /// The same, its authority known to nobody.
    #[must_use]
    pub fn untrusted(self) -> Self {
        Self { authority_pem: String::new(), ..self }
    }

    /// The certificate of the authority, for `tls.extra_roots`; empty where there is none to trust.
    #[must_use]
    pub fn authority_pem(&self) -> &str {
        &self.authority_pem
    }

    /// What the server presents, its own certificate first, as DER.
    #[must_use]
    pub fn chain(&self) -> Vec<Vec<u8>> {
        self.chain.iter().map(|certificate| certificate.to_vec()).collect()
    }

    /// What a server needs to be the one that this says.
    #[must_use]
    pub fn config(&self) -> Arc<ServerConfig> {
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(self.key.clone()));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(self.chain.clone(), key)
            .unwrap();
        config.alpn_protocols.clone_from(&self.alpn);
        Arc::new(config)
    }
}
