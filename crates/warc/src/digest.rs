//! Digests as strangers state them: SHA-1, SHA-256, SHA-512 or MD5, in base32, hex or base64.
//!
//! WARC 1.1 (section 5.8) leaves algorithm and spelling to the writer. What is read here is what is found in files: the
//! label with or without a hyphen and in either case; base32 or base64 with or without padding, base32 and hex in either
//! case. Which of the spellings it is, its length says.

use data_encoding::{BASE32_NOPAD, BASE64_NOPAD, BASE64URL_NOPAD, HEXLOWER_PERMISSIVE};
use sha2::Digest as _;

use crate::lanes::Lane;

/// What became of a digest that a record states, once all the bytes were read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DigestCheck {
    /// The record states none.
    Absent,
    /// It is that of the bytes.
    Right,
    /// It is not that of the bytes; in the spelling of the record, this would be.
    Wrong(String),
    /// It is in an algorithm or a spelling that is not known here, so that nothing was proven.
    Unknown,
    /// It speaks of bytes that are not in this record: a revisit's payload.
    Elsewhere,
}

/// The algorithms that are checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Algorithm {
    Md5,
    Sha1,
    Sha256,
    Sha512,
}

impl Algorithm {
    fn named(label: &str) -> Option<Self> {
        match label.trim().to_ascii_lowercase().replace('-', "").as_str() {
            "md5" => Some(Self::Md5),
            "sha1" | "sha" => Some(Self::Sha1),
            "sha256" => Some(Self::Sha256),
            "sha512" => Some(Self::Sha512),
            _ => None,
        }
    }

    fn size(self) -> usize {
        match self {
            Self::Md5 => 16,
            Self::Sha1 => 20,
            Self::Sha256 => 32,
            Self::Sha512 => 64,
        }
    }

    pub(crate) fn hasher(self) -> AnyHasher {
        match self {
            Self::Md5 => AnyHasher::Md5(md5::Md5::new()),
            Self::Sha1 => AnyHasher::Sha1(sha1::Sha1::new()),
            Self::Sha256 => AnyHasher::Sha256(Lane::new()),
            Self::Sha512 => AnyHasher::Sha512(sha2::Sha512::new()),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Spelling {
    Hex,
    Base32,
    Base64,
}

/// A digest as a record states it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StatedDigest {
    pub(crate) algorithm: Algorithm,
    label: String,
    spelling: Spelling,
    bytes: Vec<u8>,
}

impl StatedDigest {
    /// Reads `label:value`; `None` where the algorithm is not known or the value cannot be one of it.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (label, value) = text.split_once(':')?;
        let algorithm = Algorithm::named(label)?;
        let value = value.trim().trim_end_matches('=');
        let size = algorithm.size();
        let (spelling, bytes) = match value.len() {
            n if n == size * 2 => (Spelling::Hex, HEXLOWER_PERMISSIVE.decode(value.as_bytes()).ok()?),
            n if n == (size * 8).div_ceil(5) => {
                (Spelling::Base32, BASE32_NOPAD.decode(value.to_ascii_uppercase().as_bytes()).ok()?)
            }
            n if n == (size * 8).div_ceil(6) => {
                let decoded = BASE64_NOPAD.decode(value.as_bytes());
                (Spelling::Base64, decoded.or_else(|_| BASE64URL_NOPAD.decode(value.as_bytes())).ok()?)
            }
            _ => return None,
        };
        Some(Self { algorithm, label: label.to_owned(), spelling, bytes })
    }

    pub(crate) fn is(&self, found: &[u8]) -> bool {
        self.bytes == found
    }

    /// Another digest in the spelling of this one, so that the two can be compared by eye.
    pub(crate) fn spelt(&self, found: &[u8]) -> String {
        let value = match self.spelling {
            Spelling::Hex => HEXLOWER_PERMISSIVE.encode(found),
            Spelling::Base32 => BASE32_NOPAD.encode(found),
            Spelling::Base64 => BASE64_NOPAD.encode(found),
        };
        format!("{}:{value}", self.label)
    }
}

/// Whether a digest, as a record states it, is that of these bytes; `None` where its algorithm or its spelling is not known
/// here.
pub fn digest_fits(stated: &str, bytes: &[u8]) -> Option<bool> {
    let stated = StatedDigest::parse(stated.trim())?;
    let mut hasher = stated.algorithm.hasher();
    hasher.update(bytes);
    Some(stated.is(&hasher.finish()))
}

/// A digest in the making, in any of the algorithms.
pub(crate) enum AnyHasher {
    Md5(md5::Md5),
    Sha1(sha1::Sha1),
    Sha256(Lane),
    Sha512(sha2::Sha512),
}

impl AnyHasher {
    pub(crate) fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Md5(hasher) => hasher.update(bytes),
            Self::Sha1(hasher) => hasher.update(bytes),
            Self::Sha256(lane) => lane.update(bytes),
            Self::Sha512(hasher) => hasher.update(bytes),
        }
    }

    pub(crate) fn finish(self) -> Vec<u8> {
        match self {
            Self::Md5(hasher) => hasher.finalize().to_vec(),
            Self::Sha1(hasher) => hasher.finalize().to_vec(),
            Self::Sha256(lane) => lane.finish().as_bytes().to_vec(),
            Self::Sha512(hasher) => hasher.finalize().to_vec(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_every_algorithm_is_read() {
        // Of the bytes "abc" (FIPS 180-4 and RFC 1321, the examples).
        for text in [
            "md5:900150983cd24fb0d6963f7d28e17f72",
            "md5:SAAVBGB42JH3BVUWH56SRYL7OI======",
            "sha1:a9993e364706816aba3e25717850c26c9cd0d89d",
            "sha1:VGMT4NSHA2AWVOR6EVYXQUGCNSONBWE5",
            "SHA-1:vgmt4nsha2awvor6evyxqugcnsonbwe5",
            "sha1:qZk+NkcGgWq6PiVxeFDCbJzQ2J0=",
            "sha1:qZk-NkcGgWq6PiVxeFDCbJzQ2J0",
            "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
            "sha-256:BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD",
            "sha256:XJ4BNP4PAHH6UQKBIDPF3LRCEOYAGYNDSYLXVHFUCD7WD4QACWWQ====",
            "sha256:xj4bnp4pahh6uqkbidpf3lrceoyagyndsylxvhfucd7wd4qacwwq",
            "sha512:ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a\
             2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
        ] {
            let stated = StatedDigest::parse(text).unwrap_or_else(|| panic!("{text}"));
            let mut hasher = stated.algorithm.hasher();
            hasher.update(b"a");
            hasher.update(b"bc");
            let found = hasher.finish();
            assert!(stated.is(&found), "{text}");
            let again = StatedDigest::parse(&stated.spelt(&found)).unwrap();
            assert!(again.is(&found), "{text}");
        }
    }

    #[test]
    fn what_cannot_be_checked_is_not_read() {
        for text in ["", "sha1", "sha1:", "sha1:abc", "crc32:00000000", "sha256:zz", "sha384:00", "sha1:é"] {
            assert_eq!(StatedDigest::parse(text), None, "{text}");
        }
    }
}
