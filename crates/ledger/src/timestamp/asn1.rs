//! The little of ASN.1 that reading a token takes: DER values taken apart into their parts, in time that grows no faster
//! than their length, and never with a panic.

use std::fmt;

use der::asn1::{AnyRef, IntRef, ObjectIdentifier};
use der::{Decode as _, Encode as _, ErrorKind, Reader as _, SliceReader, Tag, TagNumber, Tagged as _};
use jiff::Timestamp;
use sha2::{Digest as _, Sha256, Sha384, Sha512};

/// The parts that stand one after the other in these bytes.
pub fn parts(bytes: &[u8]) -> der::Result<Vec<AnyRef<'_>>> {
    let mut reader = SliceReader::new(bytes)?;
    let mut found = Vec::new();
    while !reader.is_finished() {
        found.push(AnyRef::decode(&mut reader)?);
    }
    Ok(found)
}

/// The parts of a value that must have this tag.
pub fn parts_of(any: AnyRef<'_>, tag: Tag) -> der::Result<Vec<AnyRef<'_>>> {
    if any.tag() == tag { parts(any.value()) } else { Err(unfit()) }
}

/// The only value in bytes that must hold no other.
pub fn only(bytes: &[u8]) -> der::Result<AnyRef<'_>> {
    match parts(bytes)?.as_slice() {
        [one] => Ok(*one),
        _ => Err(unfit()),
    }
}

/// The tag `[number]` of a value with an inside of its own.
pub const fn context(number: TagNumber) -> Tag {
    Tag::ContextSpecific { constructed: true, number }
}

/// A value as it was written, tag and length included.
pub fn whole(any: AnyRef<'_>) -> der::Result<Vec<u8>> {
    any.to_der()
}

/// An integer's bytes, most significant first, without zeros before them.
pub fn integer(any: AnyRef<'_>) -> der::Result<Vec<u8>> {
    let value: IntRef<'_> = any.decode_as()?;
    Ok(unpadded(value.as_bytes()).to_vec())
}

/// Bytes without the zeros before them.
pub fn unpadded(bytes: &[u8]) -> &[u8] {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    bytes.get(zeros..).unwrap_or_default()
}

/// What an `AlgorithmIdentifier` names, and what it says of it.
pub fn algorithm(any: AnyRef<'_>) -> der::Result<(Oid, Option<AnyRef<'_>>)> {
    match parts_of(any, Tag::Sequence)?.as_slice() {
        [name] => Ok((Oid::read(*name)?, None)),
        [name, parameters] => Ok((Oid::read(*name)?, Some(*parameters))),
        _ => Err(unfit()),
    }
}

/// An object identifier. Those of `const-oid` have numbers of 32 bits, and policies and extensions may have larger ones: a
/// UUID has 128.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Oid(Vec<u8>);

impl Oid {
    /// Reads one.
    pub fn read(any: AnyRef<'_>) -> der::Result<Self> {
        let bytes = any.value();
        let ends = bytes.last().is_some_and(|byte| byte & 0x80 == 0);
        let fits = bytes.split(|byte| byte & 0x80 == 0).all(|number| {
            // The longest are the 19 groups of 7 bits that 128 bits take; the last of them is not in the slice.
            number.len() < 19 && number.first() != Some(&0x80)
        });
        if any.tag() == Tag::ObjectIdentifier && ends && fits {
            Ok(Self(bytes.to_vec()))
        } else {
            Err(unfit())
        }
    }
}

impl PartialEq<ObjectIdentifier> for Oid {
    fn eq(&self, known: &ObjectIdentifier) -> bool {
        self.0 == known.as_bytes()
    }
}

impl fmt::Display for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (mut number, mut is_first) = (0_u128, true);
        for byte in &self.0 {
            number = (number << 7) | u128::from(byte & 0x7f);
            if byte & 0x80 != 0 {
                continue;
            }
            if is_first {
                let root = (number / 40).min(2);
                write!(f, "{root}.{}", number - root * 40)?;
            } else {
                write!(f, ".{number}")?;
            }
            (number, is_first) = (0, false);
        }
        Ok(())
    }
}

/// The error of a value that is not of the shape that belongs here.
pub fn unfit() -> der::Error {
    ErrorKind::Failed.into()
}

/// A `GeneralizedTime` as RFC 3161 (2.4.2) has it: to the second, in UTC, perhaps with a fraction.
pub fn time(any: AnyRef<'_>) -> der::Result<Timestamp> {
    let wrong = || any.tag().value_error();
    if any.tag() != Tag::GeneralizedTime {
        return Err(unfit());
    }
    let text = std::str::from_utf8(any.value()).map_err(|_| wrong())?;
    let (date, fraction) =
        text.strip_suffix('Z').and_then(|text| text.split_at_checked(14)).ok_or_else(wrong)?;
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let fits = fraction.strip_prefix('.').map_or(fraction.is_empty(), |f| digits(f) && f.len() <= 9);
    // A leap second has no place in the time that certificates are valid in.
    if !digits(date) || !fits || date.ends_with("60") {
        return Err(wrong());
    }
    let at = |from: usize, to: usize| date.get(from..to).unwrap_or_default();
    let (year, month, day) = (at(0, 4), at(4, 6), at(6, 8));
    let (hour, minute, second) = (at(8, 10), at(10, 12), at(12, 14));
    format!("{year}-{month}-{day}T{hour}:{minute}:{second}{fraction}Z").parse().map_err(|_| wrong())
}

/// A hash function that tokens may use. SHA-1 is none of them: it no longer says what was hashed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hash {
    /// SHA-256
    Sha256,
    /// SHA-384
    Sha384,
    /// SHA-512
    Sha512,
}

impl Hash {
    /// The one of this name.
    pub fn named(name: &Oid) -> Option<Self> {
        use der::oid::db::rfc5912::{ID_SHA_256, ID_SHA_384, ID_SHA_512};
        let all = [(ID_SHA_256, Self::Sha256), (ID_SHA_384, Self::Sha384), (ID_SHA_512, Self::Sha512)];
        all.into_iter().find(|(known, _)| *name == *known).map(|(_, hash)| hash)
    }

    /// The hash of these bytes.
    pub fn of(self, bytes: &[u8]) -> Vec<u8> {
        match self {
            Self::Sha256 => Sha256::digest(bytes).to_vec(),
            Self::Sha384 => Sha384::digest(bytes).to_vec(),
            Self::Sha512 => Sha512::digest(bytes).to_vec(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<String> {
        let any = AnyRef::new(Tag::GeneralizedTime, text.as_bytes()).unwrap();
        time(any).ok().map(|at| at.to_string())
    }

    #[test]
    fn times_have_seconds_and_perhaps_a_fraction() {
        assert_eq!(read("20250324083000Z").as_deref(), Some("2025-03-24T08:30:00Z"));
        assert_eq!(read("20250324083000.5Z").as_deref(), Some("2025-03-24T08:30:00.5Z"));
        assert_eq!(read("20250324083000.123456789Z").as_deref(), Some("2025-03-24T08:30:00.123456789Z"));
        for wrong in [
            "",
            "Z",
            "202503240830Z",
            "20250324083000",
            "20250324083000.Z",
            "20250324083000,5Z",
            "20250324083000+0100",
            "20251324083000Z",
            "20250230083000Z",
            "20250324246000Z",
            "20250324083060Z",
            "2025032408300éZ",
            "20250324083000.1234567890Z",
        ] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn object_identifiers_are_shown_with_dots() {
        let read = |bytes: &[u8]| {
            let any = AnyRef::new(Tag::ObjectIdentifier, bytes).unwrap();
            Oid::read(any).ok().map(|oid| oid.to_string())
        };
        let known = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.1.4");
        assert_eq!(read(known.as_bytes()).as_deref(), Some("1.2.840.113549.1.9.16.1.4"));
        assert_eq!(read(&[0x2a, 0x03]).as_deref(), Some("1.2.3"));
        assert_eq!(read(&[0x88, 0x37]).as_deref(), Some("2.999"));
        let uuid = [&[0x69, 0x83][..], &[0xff; 17], &[0x7f]].concat();
        assert_eq!(read(&uuid).as_deref(), Some("2.25.340282366920938463463374607431768211455"));
        let longer = [&[0x69, 0x83][..], &[0xff; 18], &[0x7f]].concat();
        for wrong in [&[][..], &[0x2a, 0x83], &[0x2a, 0x80, 0x01], &longer] {
            assert_eq!(read(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn parts_are_taken_apart_or_refused() {
        assert_eq!(parts(&[0x05, 0x00, 0x02, 0x01, 0x07]).unwrap().len(), 2);
        // A length that says more than there is, one that takes more bytes than it needs, and one without an end.
        for wrong in [&[0x04, 0x02, 0x00][..], &[0x04, 0x81, 0x01, 0x00], &[0x30, 0x80, 0x00, 0x00]] {
            assert!(parts(wrong).is_err(), "{wrong:?}");
        }
        assert_eq!(unpadded(&[0, 0, 1, 0]), [1, 0]);
    }
}
