//! The question to an authority: `TimeStampReq` (RFC 3161, 2.4.1). Writer and reader of `.tsq` files.

use der::asn1::{ObjectIdentifier, OctetStringRef, UintRef};
use der::oid::db::rfc5912::ID_SHA_256;
use der::{Encode as _, Sequence, Tag, Tagged as _};
use vidimus_snapshot::Digest;

use super::asn1::{algorithm, integer, only, parts_of, unfit, unpadded};
use super::{LONGEST, TimestampError};

/// A request for a timestamp over a SHA-256 hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimestampRequest {
    imprint: Digest,
    nonce: Option<Vec<u8>>,
}

/// As it is written: what is optional in it and never asked for is left out.
#[derive(Sequence)]
struct Written<'a> {
    version: u8,
    imprint: Imprint<'a>,
    nonce: Option<UintRef<'a>>,
    certificates: bool,
}

#[derive(Sequence)]
struct Imprint<'a> {
    algorithm: Algorithm,
    hash: OctetStringRef<'a>,
}

#[derive(Sequence)]
struct Algorithm {
    name: ObjectIdentifier,
    parameters: der::asn1::Null,
}

impl TimestampRequest {
    /// A request for these bytes. The nonce must never have been used before; the answer has to repeat it.
    pub fn of(data: &[u8], nonce: [u8; 16]) -> Self {
        Self { imprint: Digest::of(data), nonce: Some(unpadded(&nonce).to_vec()) }
    }

    /// What the answer has to repeat, without zeros before it.
    pub fn nonce(&self) -> Option<&[u8]> {
        self.nonce.as_deref()
    }

    /// SHA-256 of what is to be stamped.
    pub fn imprint(&self) -> Digest {
        self.imprint
    }

    /// The bytes that are sent, and kept as `.tsq`. They ask for the authority's certificates to be in the token.
    pub fn to_der(&self) -> Result<Vec<u8>, TimestampError> {
        let hash = self.imprint.as_bytes();
        let write = || {
            let algorithm = Algorithm { name: ID_SHA_256, parameters: der::asn1::Null };
            let imprint = Imprint { algorithm, hash: OctetStringRef::new(hash)? };
            let nonce = self.nonce.as_deref().map(UintRef::new).transpose()?;
            Written { version: 1, imprint, nonce, certificates: true }.to_der()
        };
        write().map_err(TimestampError::of("the request"))
    }

    /// Reads a `.tsq` file, ours or that of `openssl ts -query`.
    pub fn read(bytes: &[u8]) -> Result<Self, TimestampError> {
        if bytes.len() > LONGEST {
            return Err(TimestampError::Long(bytes.len()));
        }
        read(bytes).map_err(TimestampError::of("the request"))
    }
}

fn read(bytes: &[u8]) -> der::Result<TimestampRequest> {
    let fields = parts_of(only(bytes)?, Tag::Sequence)?;
    let [version, imprint, rest @ ..] = fields.as_slice() else { return Err(unfit()) };
    let imprint = parts_of(*imprint, Tag::Sequence)?;
    let [name, hash] = imprint.as_slice() else { return Err(unfit()) };
    let hash: OctetStringRef<'_> = hash.decode_as()?;
    let hash: [u8; 32] = hash.as_bytes().try_into().map_err(|_| unfit())?;
    if version.decode_as::<u8>()? != 1 || algorithm(*name)?.0 != ID_SHA_256 {
        return Err(unfit());
    }
    let nonce = rest.iter().find(|field| field.tag() == Tag::Integer);
    let nonce = nonce.map(|nonce| integer(*nonce)).transpose()?;
    Ok(TimestampRequest { imprint: Digest::from_bytes(hash), nonce })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_reads_back() {
        let request = TimestampRequest::of(b"abc", [0x80; 16]);
        let bytes = request.to_der().unwrap();
        assert_eq!(TimestampRequest::read(&bytes).unwrap(), request);
        // A nonce that begins with zeros is a shorter number.
        let mut nonce = [7; 16];
        nonce[0] = 0;
        let short = TimestampRequest::of(b"abc", nonce);
        assert_eq!(short.nonce().unwrap().len(), 15);
        assert_eq!(TimestampRequest::read(&short.to_der().unwrap()).unwrap(), short);
        assert!(TimestampRequest::read(&bytes[1..]).is_err());
        assert!(TimestampRequest::read(b"").is_err());
    }
}
