//! An X.509 certificate (RFC 5280), read as far as a timestamp needs it, and what it may be used for. What it is signed
//! with, and its chain, is for `webpki` to check.

use der::asn1::{BitStringRef, ObjectIdentifier, OctetStringRef};
use der::oid::db::rfc5280::{
    ID_CE_BASIC_CONSTRAINTS, ID_CE_EXT_KEY_USAGE, ID_CE_KEY_USAGE, ID_CE_SUBJECT_KEY_IDENTIFIER,
    ID_KP_TIME_STAMPING,
};
use der::pem::LineEnding;
use der::{Decode as _, Tag, TagNumber, Tagged as _};
use jiff::Timestamp;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;
use vidimus_snapshot::Digest;
use x509_cert::ext::pkix::{BasicConstraints, KeyUsage};
use x509_cert::name::RdnSequence;
use x509_cert::time::Validity;

use super::asn1::{Oid, context, integer, only, parts, parts_of, unfit, whole};
use super::{CertificateError, LONGEST_CERTIFICATE, TimestampError};

/// A name longer than this is not shown.
const LONGEST_NAME: usize = 2048;

/// A certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    der: Vec<u8>,
    pub(super) serial: Vec<u8>,
    pub(super) issuer: Vec<u8>,
    pub(super) subject: Vec<u8>,
    pub(super) key_algorithm: Vec<u8>,
    pub(super) key: Vec<u8>,
    not_before: Timestamp,
    not_after: Timestamp,
    extensions: Vec<Extension>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Extension {
    name: Oid,
    critical: bool,
    value: Vec<u8>,
}

impl Certificate {
    /// Reads one certificate from its DER.
    pub fn read(bytes: &[u8]) -> Result<Self, TimestampError> {
        if bytes.len() > LONGEST_CERTIFICATE {
            return Err(TimestampError::LongCertificate(bytes.len()));
        }
        read(bytes).map_err(TimestampError::of("the certificate"))
    }

    /// Reads the certificates of a file: PEM, with one or more in it, or one as DER.
    pub fn read_file(bytes: &[u8]) -> Result<Vec<Self>, CertificateError> {
        let unreadable = |why: &dyn std::fmt::Display| CertificateError::Unreadable(why.to_string());
        if bytes.first() == Some(&0x30) {
            return Ok(vec![Self::read(bytes).map_err(|e| unreadable(&e))?]);
        }
        let mut found = Vec::new();
        for certificate in CertificateDer::pem_slice_iter(bytes) {
            let certificate = certificate.map_err(|e| unreadable(&e))?;
            found.push(Self::read(&certificate).map_err(|e| unreadable(&e))?);
        }
        if found.is_empty() { Err(CertificateError::None) } else { Ok(found) }
    }

    /// Its DER.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// Its PEM (RFC 7468).
    pub fn pem(&self) -> Result<String, TimestampError> {
        let pem = der::pem::encode_string("CERTIFICATE", LineEnding::LF, &self.der);
        pem.map_err(|error| TimestampError::Malformed { what: "the certificate", source: error.into() })
    }

    /// SHA-256 of its DER: what is called its fingerprint.
    pub fn sha256(&self) -> Digest {
        Digest::of(&self.der)
    }

    /// Whose it is, as RFC 4514 writes names.
    pub fn subject_text(&self) -> String {
        let short = Some(self.subject.as_slice()).filter(|name| name.len() <= LONGEST_NAME);
        let name = short.and_then(|name| RdnSequence::from_der(name).ok());
        name.map_or_else(|| "(a name that cannot be shown)".to_owned(), |name| name.to_string())
    }

    /// The first second in which it is valid.
    pub fn not_before(&self) -> Timestamp {
        self.not_before
    }

    /// The last second in which it is valid.
    pub fn not_after(&self) -> Timestamp {
        self.not_after
    }

    /// Whether a second lies in its time.
    pub(super) fn is_valid_at(&self, at: Timestamp) -> bool {
        (self.not_before.as_second()..=self.not_after.as_second()).contains(&at.as_second())
    }

    /// Whether it vouches for itself by name, as a root does.
    pub(super) fn is_self_issued(&self) -> bool {
        self.issuer == self.subject
    }

    /// The key's identifier, as the certificate states it.
    pub(super) fn key_identifier(&self) -> Option<Vec<u8>> {
        let value = &self.extension(ID_CE_SUBJECT_KEY_IDENTIFIER)?.value;
        Some(OctetStringRef::from_der(value).ok()?.as_bytes().to_vec())
    }

    /// Whether it may sign timestamps, and nothing else (RFC 3161, 2.3).
    pub(super) fn signs_timestamps(&self) -> Result<(), TimestampError> {
        let wrong = |what| Err(TimestampError::Usage(what));
        let Some(purposes) = self.extension(ID_CE_EXT_KEY_USAGE) else {
            return wrong("it does not say what its key may be used for (extended key usage)");
        };
        let of = TimestampError::of("the extended key usage of the signer's certificate");
        let named = only(&purposes.value).and_then(|list| parts_of(list, Tag::Sequence)).map_err(&of)?;
        let named = named.into_iter().map(Oid::read).collect::<der::Result<Vec<_>>>().map_err(&of)?;
        if named != [ID_KP_TIME_STAMPING] {
            return wrong("its key may be used for something else (extended key usage)");
        }
        if !purposes.critical {
            return wrong("its extended key usage is not critical");
        }
        match self.key_usage()? {
            Some(usage) if !signs_only(usage) => wrong("its key usage is not that of signatures alone"),
            _ => Ok(()),
        }
    }

    /// Whether it may sign certificates, as far as its own extensions say; `below` stand between it and the signer.
    pub(super) fn signs_certificates(&self, below: usize) -> Result<bool, TimestampError> {
        let constraints = self.extension(ID_CE_BASIC_CONSTRAINTS);
        let of = TimestampError::of("the basic constraints of an authority's certificate");
        let constraints =
            constraints.map(|e| BasicConstraints::from_der(&e.value)).transpose().map_err(of)?;
        let usage = self.key_usage()?;
        let may = usage.is_none_or(|usage| usage.key_cert_sign());
        let is_authority = match &constraints {
            Some(said) => said.ca && said.path_len_constraint.is_none_or(|most| below <= usize::from(most)),
            // A root of the oldest version has no extensions at all; a newer one must say it in some way.
            None => self.extensions.is_empty() || usage.is_some(),
        };
        Ok(may && is_authority)
    }

    fn key_usage(&self) -> Result<Option<KeyUsage>, TimestampError> {
        let found = self.extension(ID_CE_KEY_USAGE);
        let of = TimestampError::of("the key usage of a certificate");
        found.map(|e| KeyUsage::from_der(&e.value)).transpose().map_err(of)
    }

    fn extension(&self, name: ObjectIdentifier) -> Option<&Extension> {
        self.extensions.iter().find(|extension| extension.name == name)
    }
}

/// Signatures over things other than certificates, and nothing beside them.
fn signs_only(usage: KeyUsage) -> bool {
    use x509_cert::ext::pkix::KeyUsages::{DigitalSignature, NonRepudiation};
    let signatures = DigitalSignature | NonRepudiation;
    !usage.0.is_empty() && signatures.contains(usage.0)
}

fn read(bytes: &[u8]) -> der::Result<Certificate> {
    let [to_be_signed, _, _] = parts_of(only(bytes)?, Tag::Sequence)?.try_into().map_err(|_| unfit())?;
    let fields = parts_of(to_be_signed, Tag::Sequence)?;
    // A certificate of the first version does not say its version.
    let fields = match fields.split_first() {
        Some((version, rest)) if version.tag() == context(TagNumber::N0) => rest,
        _ => fields.as_slice(),
    };
    let [serial, _, issuer, validity, subject, key, rest @ ..] = fields else { return Err(unfit()) };
    let validity: Validity = validity.decode_as()?;
    let key = parts_of(*key, Tag::Sequence)?;
    let [key_algorithm, key] = key.as_slice() else { return Err(unfit()) };
    let key: BitStringRef<'_> = key.decode_as()?;
    let extensions = rest.iter().find(|field| field.tag() == context(TagNumber::N3));
    let extensions = extensions.map(|field| read_extensions(field.value())).transpose()?;
    Ok(Certificate {
        der: bytes.to_vec(),
        serial: integer(*serial)?,
        issuer: whole(*issuer)?,
        subject: whole(*subject)?,
        key_algorithm: key_algorithm.value().to_vec(),
        key: key.as_bytes().ok_or_else(unfit)?.to_vec(),
        not_before: second(validity.not_before.to_unix_duration())?,
        not_after: second(validity.not_after.to_unix_duration())?,
        extensions: extensions.unwrap_or_default(),
    })
}

fn read_extensions(bytes: &[u8]) -> der::Result<Vec<Extension>> {
    let all = parts_of(only(bytes)?, Tag::Sequence)?;
    all.into_iter()
        .map(|extension| {
            let fields = parts(extension.value())?;
            let (name, critical, value) = match fields.as_slice() {
                [name, value] => (name, false, value),
                [name, critical, value] => (name, critical.decode_as()?, value),
                _ => return Err(unfit()),
            };
            let value: OctetStringRef<'_> = value.decode_as()?;
            Ok(Extension { name: Oid::read(*name)?, critical, value: value.as_bytes().to_vec() })
        })
        .collect()
}

fn second(since_1970: std::time::Duration) -> der::Result<Timestamp> {
    let seconds = i64::try_from(since_1970.as_secs()).map_err(|_| unfit())?;
    Timestamp::from_second(seconds).map_err(|_| unfit())
}
