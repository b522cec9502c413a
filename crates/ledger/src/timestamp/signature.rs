//! Whether a token was signed by whoever it says: the signed attributes (RFC 5652, 5.4 and 11), the signature over them,
//! and the signer's certificate that they bind it to (ESSCertID of RFC 2634, ESSCertIDv2 of RFC 5035).

use der::asn1::{AnyRef, ObjectIdentifier, OctetStringRef};
use der::oid::db::rfc5911::{
    ID_AA_SIGNING_CERTIFICATE, ID_AA_SIGNING_CERTIFICATE_V_2, ID_CONTENT_TYPE, ID_MESSAGE_DIGEST,
};
use der::{Tag, TagNumber, Tagged as _};
use sha1::Digest as _;

use super::asn1::{Hash, Oid, algorithm, context, integer, only, parts, parts_of, unfit, whole};
use super::token::{ID_CT_TST_INFO, Signed, Who};
use super::{Certificate, TimestampError, algorithms};

/// A certificate that the signature is bound to.
#[derive(Debug)]
pub struct CertificateId {
    hash: IdHash,
    value: Vec<u8>,
    /// Its issuer and serial number, where they are said.
    issued: Option<(Vec<u8>, Vec<u8>)>,
}

/// What a certificate is hashed with.
#[derive(Debug)]
enum IdHash {
    /// Of the first version. It is no weakness here: who could find another certificate with the same hash would still
    /// need one whose key made the signature, from an authority that leads to the same root.
    Sha1,
    /// Of the second.
    Of(Hash),
}

impl CertificateId {
    /// Whether it is this one.
    pub fn is_of(&self, certificate: &Certificate) -> bool {
        let hash = match self.hash {
            IdHash::Sha1 => sha1::Sha1::digest(certificate.der()).to_vec(),
            IdHash::Of(hash) => hash.of(certificate.der()),
        };
        let issued = self.issued.as_ref();
        hash == self.value
            && issued
                .is_none_or(|(issuer, serial)| *issuer == certificate.issuer && *serial == certificate.serial)
    }
}

/// The certificate of who signed.
pub fn signer<'c>(
    signed: &Signed<'_>,
    certificates: &'c [Certificate],
) -> Result<&'c Certificate, TimestampError> {
    let is_signer = |certificate: &&Certificate| match &signed.signer.who {
        Who::Serial { issuer, serial } => *issuer == certificate.issuer && *serial == certificate.serial,
        Who::KeyIdentifier(id) => certificate.key_identifier().as_ref() == Some(id),
    };
    certificates.iter().find(is_signer).ok_or(TimestampError::NoSigner)
}

/// Checks that this certificate's key signed the statement, and that the signature says so; gives the other certificates
/// that it is bound to, which must be in the chain.
pub fn check(signed: &Signed<'_>, by: &Certificate) -> Result<Vec<CertificateId>, TimestampError> {
    let attributes = Attributes::read(signed.signer.attributes)?;
    let unknown = |what: &str, name: &Oid| TimestampError::Algorithm(format!("{what} {name}"));
    let hash = Hash::named(&signed.signer.hash).ok_or_else(|| unknown("the hash", &signed.signer.hash))?;
    let kind = attributes.one(ID_CONTENT_TYPE, "content-type")?;
    if !Oid::read(kind).is_ok_and(|kind| kind == ID_CT_TST_INFO) {
        return Err(TimestampError::Attribute("content-type"));
    }
    let digest = attributes.one(ID_MESSAGE_DIGEST, "message-digest")?;
    let digest: OctetStringRef<'_> =
        digest.decode_as().map_err(|_| TimestampError::Attribute("message-digest"))?;
    if digest.as_bytes() != hash.of(signed.content) {
        return Err(TimestampError::Changed);
    }
    let verifier = algorithms::of_signature(signed.signer.algorithm, &by.key_algorithm, hash);
    let verifier =
        verifier.ok_or_else(|| TimestampError::Algorithm("a kind of key, signature and hash".to_owned()))?;
    // What is signed is the set as a value of its own, and not as the part of the token that it stands in.
    let message = AnyRef::new(Tag::Set, signed.signer.attributes).and_then(whole);
    let message = message.map_err(TimestampError::of("the token's signed attributes"))?;
    verifier
        .verify_signature(&by.key, &message, signed.signer.signature)
        .map_err(|_| TimestampError::Signature)?;
    bound_to(&attributes, by)
}

/// Each list that there is names the signer first.
fn bound_to(attributes: &Attributes<'_>, by: &Certificate) -> Result<Vec<CertificateId>, TimestampError> {
    const NAME: &str = "signing-certificate";
    let lists = [(ID_AA_SIGNING_CERTIFICATE, false), (ID_AA_SIGNING_CERTIFICATE_V_2, true)];
    let mut others = Vec::new();
    let mut found = false;
    for (name, is_second) in lists {
        if !attributes.has(name) {
            continue;
        }
        let list = attributes.one(name, NAME)?;
        let ids = read_ids(list, is_second).map_err(|_| TimestampError::Attribute(NAME))?;
        let mut ids = ids.into_iter();
        let first = ids.next().ok_or(TimestampError::Attribute(NAME))?;
        if !first.is_of(by) {
            return Err(TimestampError::OtherCertificate);
        }
        others.extend(ids);
        found = true;
    }
    if found { Ok(others) } else { Err(TimestampError::Attribute(NAME)) }
}

fn read_ids(list: AnyRef<'_>, is_second: bool) -> der::Result<Vec<CertificateId>> {
    let fields = parts_of(list, Tag::Sequence)?;
    let ids = fields.first().ok_or_else(unfit)?;
    let ids = parts_of(*ids, Tag::Sequence)?;
    if ids.len() > super::MOST_CERTIFICATES {
        return Err(unfit());
    }
    ids.into_iter().map(|id| read_id(id, is_second)).collect()
}

fn read_id(id: AnyRef<'_>, is_second: bool) -> der::Result<CertificateId> {
    let fields = parts_of(id, Tag::Sequence)?;
    let mut rest = fields.iter().peekable();
    let named = rest.next_if(|field| is_second && field.tag() == Tag::Sequence);
    let hash = match named {
        Some(named) => IdHash::Of(Hash::named(&algorithm(*named)?.0).ok_or_else(unfit)?),
        None if is_second => IdHash::Of(Hash::Sha256),
        None => IdHash::Sha1,
    };
    let value: OctetStringRef<'_> = rest.next().ok_or_else(unfit)?.decode_as()?;
    let issued = rest.next().map(|field| issued(*field)).transpose()?;
    if rest.next().is_some() {
        return Err(unfit());
    }
    Ok(CertificateId { hash, value: value.as_bytes().to_vec(), issued })
}

/// `IssuerSerial`: one name of the directory, and a number.
fn issued(field: AnyRef<'_>) -> der::Result<(Vec<u8>, Vec<u8>)> {
    let [names, serial] = parts_of(field, Tag::Sequence)?.try_into().map_err(|_| unfit())?;
    let [name] = parts_of(names, Tag::Sequence)?.try_into().map_err(|_| unfit())?;
    if name.tag() != context(TagNumber::N4) {
        return Err(unfit());
    }
    Ok((whole(only(name.value())?)?, integer(serial)?))
}

/// Attributes, each with its values.
struct Attributes<'a>(Vec<(Oid, Vec<AnyRef<'a>>)>);

impl<'a> Attributes<'a> {
    fn read(bytes: &'a [u8]) -> Result<Self, TimestampError> {
        let read = || {
            let attribute = |attribute| {
                let [name, values] = parts_of(attribute, Tag::Sequence)?.try_into().map_err(|_| unfit())?;
                Ok((Oid::read(name)?, parts_of(values, Tag::Set)?))
            };
            parts(bytes)?.into_iter().map(attribute).collect::<der::Result<_>>()
        };
        read().map(Self).map_err(TimestampError::of("the token's signed attributes"))
    }

    fn has(&self, name: ObjectIdentifier) -> bool {
        self.0.iter().any(|(other, _)| *other == name)
    }

    /// The one value of the one attribute of this name.
    fn one(&self, name: ObjectIdentifier, what: &'static str) -> Result<AnyRef<'a>, TimestampError> {
        let mut found = self.0.iter().filter(|(other, _)| *other == name);
        match (found.next(), found.next()) {
            (Some((_, values)), None) => match values.as_slice() {
                [value] => Ok(*value),
                _ => Err(TimestampError::Attribute(what)),
            },
            _ => Err(TimestampError::Attribute(what)),
        }
    }
}
