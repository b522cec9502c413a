//! Why an answer of a time authority proves nothing.

/// What is wrong with an answer, in a sentence.
#[derive(Debug, thiserror::Error)]
pub enum TimestampError {
    /// Longer than any answer is.
    #[error("the answer is {0} bytes long; at most {max} are read", max = super::LONGEST)]
    Long(usize),
    /// Longer than any certificate is.
    #[error("the certificate is {0} bytes long; at most {max} are read", max = super::LONGEST_CERTIFICATE)]
    LongCertificate(usize),
    /// Not DER, or not of the shape that RFC 3161, RFC 5652 or RFC 5280 gives it.
    #[error("{what} cannot be read: {source}")]
    Malformed {
        /// Which part.
        what: &'static str,
        /// Where and how it fails.
        source: der::Error,
    },
    /// The authority did not grant the request.
    #[error("the authority refused (status {status}){text}")]
    Refused {
        /// `PKIStatus` (RFC 3161, 2.4.2).
        status: u32,
        /// What it says to that; with `: ` before it, where it says anything.
        text: String,
    },
    /// It grants, and has no token.
    #[error("the answer holds no token")]
    NoToken,
    /// The token is signed by none or by several.
    #[error("the token has {0} signatures; it must have one")]
    Signers(usize),
    /// More certificates than a chain has.
    #[error("the token comes with {0} certificates; at most {max} are looked at", max = super::MOST_CERTIFICATES)]
    Certificates(usize),
    /// Over other bytes.
    #[error("the token is for other data: its hash does not fit")]
    OtherData,
    /// An answer to another request.
    #[error("the token does not answer this request: its nonce is another, or it has none")]
    Nonce,
    /// A hash or signature that is not taken.
    #[error("the token uses {0}, which is not accepted")]
    Algorithm(String),
    /// The certificate of who signed is not there.
    #[error("the certificate of the token's signer is neither in the token nor among those given")]
    NoSigner,
    /// What must be signed beside the statement is not there, or twice, or of another shape.
    #[error("the token's signed attribute {0} is missing, doubled, or cannot be read")]
    Attribute(&'static str),
    /// What was signed is not what the token says.
    #[error("the token's statement was changed: it is not what was signed")]
    Changed,
    /// The signature does not fit.
    #[error("the token's signature is wrong")]
    Signature,
    /// The signature binds the token to another certificate (RFC 5035).
    #[error("the token was signed for another certificate than the one that fits its signature (ESSCertID)")]
    OtherCertificate,
    /// It lists a certificate that its chain has not.
    #[error("the token names a certificate (ESSCertID) that is not in its chain")]
    NotInChain,
    /// The signer's certificate is not for timestamps alone.
    #[error("the signer's certificate is not one for timestamps: {0}")]
    Usage(&'static str),
    /// The statement has an extension that must be understood, and is not.
    #[error("the token's statement has a critical extension that this software does not know")]
    Extension,
    /// A policy that is not accepted.
    #[error("the token was given under the policy {0}, which is not among those accepted")]
    Policy(String),
    /// No root was given.
    #[error("no root certificate was given that the token's chain could end at")]
    NoRoot,
    /// The chain does not hold.
    #[error("the certificate chain does not hold at the token's time, {at}: {why}")]
    Chain {
        /// The time that the token states.
        at: jiff::Timestamp,
        /// Why.
        why: String,
    },
}

impl TimestampError {
    /// Says which part cannot be read.
    pub(super) fn of(what: &'static str) -> impl Fn(der::Error) -> Self {
        move |source| Self::Malformed { what, source }
    }
}

/// Why a file holds no certificates.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    /// Neither PEM nor DER.
    #[error("this is no certificate, neither as PEM nor as DER: {0}")]
    Unreadable(String),
    /// PEM, and no certificate in it.
    #[error("there is no certificate in it")]
    None,
}
