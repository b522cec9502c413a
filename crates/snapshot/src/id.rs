//! The name of a snapshot: the SHA-256 of its manifest, in the forms of RFC 6920.
//!
//! - canonical: `ni:///sha-256;` + base64url of the whole hash
//! - in print: `nih:sha-256-120;xxxx-xxxx-…;c`, the first 120 bits with a check digit (Luhn modulo 16)
//! - at the terminal: any prefix of the hash, eight hex digits or more, that is unique in the archive, as in git

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use crate::Digest;

/// How many bits the printed form carries.
const PRINTED_BYTES: usize = 15;
/// The least number of hex digits that name a snapshot.
const LEAST_PREFIX: usize = 8;

/// The name of one snapshot.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SnapshotId(Digest);

/// Why a text does not name a snapshot.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// It has the form of none of the names.
    #[error("'{0}' names no snapshot: give at least 8 hex digits of its hash, or its nih: or ni: name")]
    Form(String),
    /// The check digit of a `nih:` name does not fit its digits: a digit was mistyped.
    #[error("the check digit of '{0}' is wrong: one of its digits was mistyped")]
    CheckDigit(String),
}

impl SnapshotId {
    /// The name of the snapshot that these manifest bytes, as stored, describe.
    pub fn of_manifest(bytes: &[u8]) -> Self {
        Self(Digest::of(bytes))
    }

    /// The name with this hash.
    pub fn from_digest(digest: Digest) -> Self {
        Self(digest)
    }

    /// The hash itself.
    pub fn digest(&self) -> Digest {
        self.0
    }

    /// All 64 hex digits.
    pub fn hex(&self) -> String {
        self.0.hex()
    }

    /// Twelve hex digits, for tables; unique in any archive a person will keep, and checked for it when used.
    pub fn short(&self) -> String {
        self.hex().chars().take(12).collect()
    }

    /// The canonical name, `ni:///sha-256;…` (RFC 6920, section 3).
    pub fn ni(&self) -> String {
        format!("ni:///sha-256;{}", URL_SAFE_NO_PAD.encode(self.0.as_bytes()))
    }

    /// The name for people, `nih:sha-256-120;…;c` (RFC 6920, section 7).
    pub fn nih(&self) -> String {
        let digits = self.hex()[..PRINTED_BYTES * 2].to_owned();
        let groups: Vec<String> =
            digits.as_bytes().chunks(4).map(|c| String::from_utf8_lossy(c).into_owned()).collect();
        format!("nih:sha-256-120;{};{}", groups.join("-"), check_digit(&digits))
    }
}

impl fmt::Display for SnapshotId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.nih())
    }
}

impl fmt::Debug for SnapshotId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SnapshotId({})", self.short())
    }
}

/// What a person typed to name a snapshot: hex digits that the hash must begin with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnapshotRef {
    prefix: String,
}

impl SnapshotRef {
    /// The lower-case hex digits that the hash must begin with; at most 64.
    pub fn hex_prefix(&self) -> &str {
        &self.prefix
    }
}

impl FromStr for SnapshotRef {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let form = || IdError::Form(text.to_owned());
        if let Some(rest) = text.strip_prefix("nih:") {
            return parse_nih(text, rest);
        }
        if let Some(rest) = text.strip_prefix("ni:") {
            let value = rest.rsplit_once("/sha-256;").map(|(_, v)| v).ok_or_else(form)?;
            let value = value.split('?').next().unwrap_or(value);
            let bytes = URL_SAFE_NO_PAD.decode(value).map_err(|_| form())?;
            let bytes: [u8; 32] = bytes.try_into().map_err(|_| form())?;
            return Ok(Self { prefix: Digest::from_bytes(bytes).hex() });
        }
        let digits = text.strip_prefix("sha256:").unwrap_or(text).to_ascii_lowercase();
        let fits =
            (LEAST_PREFIX..=64).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_hexdigit());
        if fits { Ok(Self { prefix: digits }) } else { Err(form()) }
    }
}

fn parse_nih(text: &str, rest: &str) -> Result<SnapshotRef, IdError> {
    let form = || IdError::Form(text.to_owned());
    let mut parts = rest.split(';');
    let (algorithm, digits, check) =
        (parts.next().unwrap_or(""), parts.next().ok_or_else(form)?, parts.next());
    let bytes = match algorithm {
        "sha-256-120" => 15,
        "sha-256" => 32,
        "sha-256-128" => 16,
        "sha-256-64" => 8,
        _ => return Err(form()),
    };
    let prefix: String = digits.chars().filter(|c| *c != '-').map(|c| c.to_ascii_lowercase()).collect();
    if prefix.len() != bytes * 2 || !prefix.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Err(form());
    }
    match check {
        Some(c) if !c.eq_ignore_ascii_case(&check_digit(&prefix).to_string()) => {
            Err(IdError::CheckDigit(text.to_owned()))
        }
        _ => Ok(SnapshotRef { prefix }),
    }
}

/// The check digit of RFC 6920, section 7: Luhn's algorithm modulo 16 over the hex digits.
fn check_digit(digits: &str) -> char {
    let mut sum = 0;
    let mut doubled = true;
    for value in digits.chars().rev().filter_map(|c| c.to_digit(16)) {
        let addend = if doubled { value * 2 } else { value };
        sum += addend / 16 + addend % 16;
        doubled = !doubled;
    }
    char::from_digit((16 - sum % 16) % 16, 16).unwrap_or('0')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The vectors of RFC 6920, section 8.1 and 8.2.
    #[test]
    fn rfc_6920_vectors() {
        let full = "5326-9057-e12f-e2b7-4ba0-7c89-2560-a2";
        let digits: String = full.chars().filter(|c| *c != '-').collect();
        assert_eq!(check_digit(&digits), 'f');
        assert_eq!(check_digit("53269057"), 'b');
        let parsed: SnapshotRef = "nih:sha-256-120;5326-9057-e12f-e2b7-4ba0-7c89-2560-a2;f".parse().unwrap();
        assert_eq!(parsed.hex_prefix(), digits);
        let ni: SnapshotRef = "ni:///sha-256;UyaQV-Ev4rdLoHyJJWCi11OHfrYv9E1aGQAlMO2X_-Q".parse().unwrap();
        assert!(ni.hex_prefix().starts_with(&digits));
    }

    #[test]
    fn every_printed_name_reads_back() {
        let id = SnapshotId::of_manifest(b"{}");
        for name in [id.nih(), id.ni(), id.hex(), id.short(), format!("sha256:{}", id.hex())] {
            let parsed: SnapshotRef = name.parse().unwrap();
            assert!(id.hex().starts_with(parsed.hex_prefix()), "{name}");
        }
    }

    #[test]
    fn mistyped_names_are_refused() {
        let nih = SnapshotId::of_manifest(b"{}").nih();
        let mistyped = nih.replacen("4413", "4414", 1);
        assert_ne!(nih, mistyped);
        assert!(matches!(mistyped.parse::<SnapshotRef>(), Err(IdError::CheckDigit(_))));
        for text in ["", "1234567", "xyzxyzxyz", "nih:md5;00;0", "ni:///sha-256;AA"] {
            assert!(matches!(text.parse::<SnapshotRef>(), Err(IdError::Form(_))), "{text}");
        }
    }
}
