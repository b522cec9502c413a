//! Whether a signer's certificate leads to a root that is trusted, at the time that the token states: `webpki` builds and
//! checks the chain, and what it leaves to others (key usage, the root's own limits) is checked here, so that nothing is
//! accepted that `openssl ts -verify` would refuse.

use std::time::Duration;

use jiff::Timestamp;
use rustls_pki_types::{CertificateDer, TrustAnchor, UnixTime};
use webpki::{EndEntityCert, KeyUsage, anchor_from_trusted_cert};

use super::{Certificate, TimestampError, algorithms};

/// id-kp-timeStamping, as the inside of an OBJECT IDENTIFIER.
const TIME_STAMPING: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x08];

/// A chain that holds.
#[derive(Debug)]
pub struct Chain {
    /// What stands between signer and root, nearest to the signer first.
    pub between: Vec<Certificate>,
    /// Where it ends.
    pub root: Certificate,
}

/// Finds the chain of a signer at a time.
pub fn find(
    signer: &Certificate,
    others: &[Certificate],
    roots: &[Certificate],
    at: Timestamp,
) -> Result<Chain, TimestampError> {
    if roots.is_empty() {
        return Err(TimestampError::NoRoot);
    }
    let broken = |why: String| TimestampError::Chain { at, why };
    let usable = usable(roots, at).map_err(broken)?;
    let ders: Vec<CertificateDer<'_>> = usable.iter().map(|root| root.der().into()).collect();
    let anchors: Vec<TrustAnchor<'_>> = ders
        .iter()
        .map(anchor_from_trusted_cert)
        .collect::<Result<_, _>>()
        .map_err(|error| broken(told(&error)))?;
    let others: Vec<CertificateDer<'_>> = others.iter().map(|other| other.der().into()).collect();
    let der = CertificateDer::from(signer.der());
    let end = EndEntityCert::try_from(&der).map_err(|error| broken(told(&error)))?;
    let seconds = u64::try_from(at.as_second()).map_err(|_| broken("it is before 1970".to_owned()))?;
    let time = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
    // That the signer's own certificate says so was checked before.
    let usage = KeyUsage::required_if_present(TIME_STAMPING);
    let path = end
        .verify_for_usage(&algorithms::all(), &anchors, &others, time, usage, None, None)
        .map_err(|error| broken(told(&error)))?;
    let position = anchors.iter().position(|anchor| std::ptr::eq(anchor, path.anchor()));
    let root = position.and_then(|position| usable.get(position)).ok_or(TimestampError::NoRoot)?;
    let between = path.intermediate_certificates().map(|cert| Certificate::read(&cert.der()));
    let chain = Chain { between: between.collect::<Result<_, _>>()?, root: (*root).clone() };
    chain.check(signer).and_then(|why| why.map_or(Ok(chain), |why| Err(broken(why))))
}

/// The roots whose time it is. `openssl` ends a chain only at a certificate that names itself as its issuer, and so do we.
fn usable(roots: &[Certificate], at: Timestamp) -> Result<Vec<&Certificate>, String> {
    let ends: Vec<&Certificate> = roots.iter().filter(|root| root.is_self_issued()).collect();
    if ends.is_empty() {
        return Err(
            "what was given as root was issued by another authority, whose certificate is wanted".to_owned()
        );
    }
    let valid: Vec<&Certificate> = ends.into_iter().filter(|root| root.is_valid_at(at)).collect();
    if valid.is_empty() { Err("the root was not valid then".to_owned()) } else { Ok(valid) }
}

impl Chain {
    /// Why it does not hold after all.
    fn check(&self, signer: &Certificate) -> Result<Option<String>, TimestampError> {
        // An authority may vouch for its own key, and is then all of the chain.
        if self.root.der() == signer.der() {
            return Ok(None);
        }
        for (below, authority) in self.between.iter().chain([&self.root]).enumerate() {
            if !authority.signs_certificates(below)? {
                let name = authority.subject_text();
                return Ok(Some(format!("the certificate of {name} may not sign this one")));
            }
        }
        Ok(None)
    }
}

fn told(error: &webpki::Error) -> String {
    match error {
        webpki::Error::UnknownIssuer => "it does not lead to a root that was given".to_owned(),
        webpki::Error::CertExpired { not_after, .. } => {
            format!("a certificate expired before, at {}", when(*not_after))
        }
        webpki::Error::CertNotValidYet { not_before, .. } => {
            format!("a certificate is valid only from {} on", when(*not_before))
        }
        webpki::Error::RequiredEkuNotFoundContext(_) => {
            "a certificate in it may not be used for timestamps".to_owned()
        }
        webpki::Error::EndEntityUsedAsCa | webpki::Error::PathLenConstraintViolated => {
            "a certificate in it may not sign the one below it".to_owned()
        }
        webpki::Error::CaUsedAsEndEntity => "the signer's certificate is one for certifying".to_owned(),
        webpki::Error::InvalidSignatureForPublicKey => "a certificate in it has a wrong signature".to_owned(),
        other => format!("{other}"),
    }
}

fn when(time: UnixTime) -> String {
    let second = i64::try_from(time.as_secs()).ok().and_then(|second| Timestamp::from_second(second).ok());
    second.map_or_else(|| format!("second {}", time.as_secs()), |second| second.to_string())
}
