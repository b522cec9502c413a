//! The signatures that tokens and certificates may have: RSA (PKCS #1 v1.5 and PSS, 2048 to 8192 bits), ECDSA over P-256,
//! P-384 and P-521, and Ed25519, with SHA-256, SHA-384 or SHA-512.

use der::Tag;
use der::asn1::AnyRef;
use p256::ecdsa::signature::hazmat::PrehashVerifier as _;
use rustls_pki_types::{AlgorithmIdentifier, InvalidSignature, SignatureVerificationAlgorithm, alg_id};
use webpki::ring;

use super::asn1::{Hash, integer, only, parts_of};

type Algorithm = &'static dyn SignatureVerificationAlgorithm;

/// All of them, with the hash that they sign.
static ALL: [(Hash, Algorithm); 19] = [
    (Hash::Sha256, ring::RSA_PKCS1_2048_8192_SHA256),
    (Hash::Sha384, ring::RSA_PKCS1_2048_8192_SHA384),
    (Hash::Sha512, ring::RSA_PKCS1_2048_8192_SHA512),
    (Hash::Sha256, ring::RSA_PKCS1_2048_8192_SHA256_ABSENT_PARAMS),
    (Hash::Sha384, ring::RSA_PKCS1_2048_8192_SHA384_ABSENT_PARAMS),
    (Hash::Sha512, ring::RSA_PKCS1_2048_8192_SHA512_ABSENT_PARAMS),
    (Hash::Sha256, ring::RSA_PSS_2048_8192_SHA256_LEGACY_KEY),
    (Hash::Sha384, ring::RSA_PSS_2048_8192_SHA384_LEGACY_KEY),
    (Hash::Sha512, ring::RSA_PSS_2048_8192_SHA512_LEGACY_KEY),
    (Hash::Sha256, ring::ECDSA_P256_SHA256),
    (Hash::Sha384, ring::ECDSA_P256_SHA384),
    (Hash::Sha512, &Ecdsa { curve: Curve::P256, hash: Hash::Sha512 }),
    (Hash::Sha256, ring::ECDSA_P384_SHA256),
    (Hash::Sha384, ring::ECDSA_P384_SHA384),
    (Hash::Sha512, &Ecdsa { curve: Curve::P384, hash: Hash::Sha512 }),
    (Hash::Sha256, &Ecdsa { curve: Curve::P521, hash: Hash::Sha256 }),
    (Hash::Sha384, &Ecdsa { curve: Curve::P521, hash: Hash::Sha384 }),
    (Hash::Sha512, &Ecdsa { curve: Curve::P521, hash: Hash::Sha512 }),
    (Hash::Sha512, ring::ED25519),
];

/// Those that certificates may be signed with.
pub fn all() -> Vec<Algorithm> {
    ALL.iter().map(|(_, algorithm)| *algorithm).collect()
}

/// The one of a signature by a key: both as the inside of their `AlgorithmIdentifier`. In CMS an RSA signature may be
/// named by its key alone (RFC 3370, 3.2); which hash it is over is then said elsewhere.
pub fn of_signature(signature: &[u8], key: &[u8], hash: Hash) -> Option<Algorithm> {
    let by_key = signature == alg_id::RSA_ENCRYPTION.as_ref();
    let named = match hash {
        Hash::Sha256 => alg_id::RSA_PKCS1_SHA256,
        Hash::Sha384 => alg_id::RSA_PKCS1_SHA384,
        Hash::Sha512 => alg_id::RSA_PKCS1_SHA512,
    };
    let wanted = if by_key { named.as_ref() } else { signature };
    let fits = |of: &&(Hash, Algorithm)| {
        let (over, algorithm) = **of;
        over == hash
            && algorithm.signature_alg_id().as_ref() == wanted
            && algorithm.public_key_alg_id().as_ref() == key
    };
    ALL.iter().find(fits).map(|(_, algorithm)| *algorithm)
}

/// ECDSA over the pairs of curve and hash that ring lacks.
#[derive(Debug)]
struct Ecdsa {
    curve: Curve,
    hash: Hash,
}

#[derive(Debug, Clone, Copy)]
enum Curve {
    P256,
    P384,
    P521,
}

impl Curve {
    /// How many bytes each half of a signature has.
    fn width(self) -> usize {
        match self {
            Self::P256 => 32,
            Self::P384 => 48,
            Self::P521 => 66,
        }
    }
}

impl SignatureVerificationAlgorithm for Ecdsa {
    fn verify_signature(&self, key: &[u8], message: &[u8], signature: &[u8]) -> Result<(), InvalidSignature> {
        let hash = self.hash.of(message);
        let halves = fixed(signature, self.curve.width()).ok_or(InvalidSignature)?;
        let holds = match self.curve {
            Curve::P256 => p256::ecdsa::VerifyingKey::from_sec1_bytes(key)
                .and_then(|key| key.verify_prehash(&hash, &p256::ecdsa::Signature::from_slice(&halves)?)),
            Curve::P384 => p384::ecdsa::VerifyingKey::from_sec1_bytes(key)
                .and_then(|key| key.verify_prehash(&hash, &p384::ecdsa::Signature::from_slice(&halves)?)),
            Curve::P521 => p521::ecdsa::VerifyingKey::from_sec1_bytes(key)
                .and_then(|key| key.verify_prehash(&hash, &p521::ecdsa::Signature::from_slice(&halves)?)),
        };
        holds.map_err(|_| InvalidSignature)
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        match self.curve {
            Curve::P256 => alg_id::ECDSA_P256,
            Curve::P384 => alg_id::ECDSA_P384,
            Curve::P521 => alg_id::ECDSA_P521,
        }
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        match self.hash {
            Hash::Sha256 => alg_id::ECDSA_SHA256,
            Hash::Sha384 => alg_id::ECDSA_SHA384,
            Hash::Sha512 => alg_id::ECDSA_SHA512,
        }
    }
}

/// `Ecdsa-Sig-Value` (RFC 3279, 2.2.3) as its two numbers, each of this width, one after the other.
fn fixed(signature: &[u8], width: usize) -> Option<Vec<u8>> {
    let fields = parts_of(only(signature).ok()?, Tag::Sequence).ok()?;
    let [r, s] = fields.as_slice() else { return None };
    let mut halves = padded(*r, width)?;
    halves.extend(padded(*s, width)?);
    Some(halves)
}

fn padded(number: AnyRef<'_>, width: usize) -> Option<Vec<u8>> {
    // A negative number has its highest bit set in its first byte, and no zero before it.
    let is_negative = number.value().first().is_some_and(|byte| byte & 0x80 != 0);
    let bytes = integer(number).ok().filter(|_| !is_negative)?;
    let zeros = width.checked_sub(bytes.len())?;
    Some([vec![0; zeros], bytes].concat())
}
