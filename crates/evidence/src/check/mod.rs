//! Checking a bundle, whoever made it: levels L0 to L4.
//!
//! - **L0**: the zip file and the bag are whole: every file is the one that the bag's own lists name, there is no other, and
//!   no name plays a trick. Nobody signed these lists: whoever makes a bundle anew makes them anew.
//! - **L1**: every record and the package are well-formed, and their digests are right.
//! - **L2**: the records, headers included, the text and the package are what the manifest says.
//! - **L3**: the manifest's leaf is in the log that the key signed.
//! - **L4**: the manifest, and so all that it names, existed by the time that a timestamp authority states, its chain checked
//!   at that time.
//!
//! L3 says nothing of the records where L2 failed, nor L4 where L2 or L3 did: then they are not proved either.
//!
//! What came with the bundle vouches for itself only: a caller who knows the key's fingerprint and an authority's root from
//! elsewhere says so in [`BundleTrust`]. A defect is a [`Flaw`], never an error; an error is one of the disk's.

mod bag;
mod folder;
mod log;
mod open;
mod records;
mod wacz;

use std::path::Path;

use jiff::Timestamp;
use vidimus_ledger::VerifierKey;
use vidimus_ledger::timestamp::Certificate;
use vidimus_snapshot::{Digest, SnapshotId};

pub use self::log::{LogProof, check_log};
pub use self::open::is_bundle;
use crate::EvidenceError;

/// The key of a log, as a verifier knows it from elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KnownKey {
    /// Its fingerprint: SHA-256 of the public key as DER.
    Fingerprint(Digest),
    /// The key itself.
    Key(VerifierKey),
}

impl KnownKey {
    /// Reads a fingerprint (64 hex digits, with or without `sha256:`) or a verifier key.
    pub fn read(text: &str) -> Option<Self> {
        let digits = text.strip_prefix("sha256:").unwrap_or(text).replace(':', "");
        let fingerprint = Digest::from_hex(&digits).map(Self::Fingerprint);
        fingerprint.or_else(|| text.parse().ok().map(Self::Key))
    }

    /// The fingerprint of the key.
    pub fn fingerprint(&self) -> Digest {
        match self {
            Self::Fingerprint(digest) => *digest,
            Self::Key(key) => key.fingerprint(),
        }
    }

    fn is(&self, key: &VerifierKey) -> bool {
        match self {
            Self::Fingerprint(digest) => *digest == key.fingerprint(),
            Self::Key(known) => known == key,
        }
    }
}

/// What a verifier knows from elsewhere.
#[derive(Debug, Clone, Default)]
pub struct BundleTrust {
    /// The log's key, or the several that it had.
    pub keys: Vec<KnownKey>,
    /// Roots of timestamp authorities; none where nothing is known of them.
    pub roots: Vec<Certificate>,
}

/// Something wrong with a bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flaw {
    /// The level that fails because of it.
    pub level: u8,
    /// The file in the bundle; empty of the bundle itself.
    pub file: String,
    /// What is wrong.
    pub what: String,
}

/// What a check of a bundle came to.
#[derive(Debug, Clone, Default)]
pub struct BundleCheck {
    /// The capture, by its manifest as found.
    pub snapshot: Option<SnapshotId>,
    /// What is wrong.
    pub flaws: Vec<Flaw>,
    /// What is missing, and the level that cannot be proved without it.
    pub missing: Vec<(u8, String)>,
    /// What was proved beside the sentence of the level itself.
    pub proved: Vec<(u8, String)>,
    /// What a person should know, and that changes no verdict.
    pub notes: Vec<String>,
    /// The times that authorities state, once they were verified, by their names in the bundle.
    pub times: Vec<(String, Timestamp)>,
    /// The levels that could not be looked at, because what they need is not there or wrong.
    pub ended: bool,
}

impl BundleCheck {
    /// Whether a level holds: `None` where something is missing, it could not be looked at, or a level failed without which
    /// it says nothing.
    pub fn level(&self, level: u8) -> Option<bool> {
        if self.has_failed(level) {
            return Some(false);
        }
        let is_open = self.withheld(level).is_some()
            || self.missing.iter().any(|(of, _)| *of <= level)
            || self.ended && level > 0;
        (!is_open).then_some(true)
    }

    /// The level that failed, without which this one proves nothing of the capture.
    pub fn withheld(&self, level: u8) -> Option<u8> {
        let needed: &[u8] = match level {
            3 => &[2],
            4 => &[2, 3],
            _ => &[],
        };
        needed.iter().copied().find(|needed| self.has_failed(*needed))
    }

    fn has_failed(&self, level: u8) -> bool {
        self.flaws.iter().any(|flaw| flaw.level == level)
    }

    /// Whether anything is wrong.
    pub fn is_wrong(&self) -> bool {
        !self.flaws.is_empty()
    }

    /// Whether everything up to the last level is proved.
    pub fn is_proved(&self) -> bool {
        (0..=4).all(|level| self.level(level) == Some(true))
    }

    fn flaw(&mut self, level: u8, file: &str, what: impl Into<String>) {
        self.flaws.push(Flaw { level, file: file.to_owned(), what: what.into() });
    }

    fn missing(&mut self, level: u8, what: impl Into<String>) {
        self.missing.push((level, what.into()));
    }

    fn note(&mut self, what: impl Into<String>) {
        self.notes.push(what.into());
    }
}

/// The folder is named after the capture, unless somebody has named it otherwise.
fn check_name(folder: &str, id: SnapshotId, check: &mut BundleCheck) {
    let named = folder.strip_prefix("vidimus-").filter(|name| name.len() == id.short().len());
    if named.is_some_and(|name| name != id.short()) {
        check.flaw(
            2,
            "",
            format!("the folder {folder} is named after another capture: this is {}", id.short()),
        );
    }
}

/// Checks a bundle: a zip file, or the folder that it was unpacked to.
pub fn check_bundle(path: &Path, trust: &BundleTrust) -> Result<BundleCheck, EvidenceError> {
    let mut check = BundleCheck::default();
    let Some(folder) = open::open(path, &mut check)? else {
        check.ended = true;
        return Ok(check);
    };
    bag::check(&folder, &mut check)?;
    let Some(capture) = records::check(&folder, &mut check)? else {
        check.ended = true;
        return Ok(check);
    };
    check.snapshot = Some(capture.id);
    check_name(folder.name(), capture.id, &mut check);
    wacz::check(&folder, &capture, &mut check)?;
    log::check(&folder, &capture, trust, &mut check)?;
    Ok(check)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use proptest::prelude::*;

    use super::*;
    use crate::bag::Bag;
    use crate::paths;

    /// A bundle of nonsense: every file is there, and none is what it should be.
    fn nonsense() -> Vec<u8> {
        let mut out = Cursor::new(Vec::new());
        let at = "2025-03-24T08:30:00Z".parse().unwrap();
        let mut bag = Bag::begin(&mut out, Path::new("a.zip"), "vidimus-000000000000", at);
        for name in [paths::MANIFEST, paths::LEAF, paths::PROOF, paths::WACZ, paths::TEXT, paths::VKEY] {
            bag.add(name, b"nonsense\n\n").unwrap();
        }
        bag.finish(&[]).unwrap();
        out.into_inner()
    }

    fn check(bytes: &[u8]) -> BundleCheck {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        std::io::Write::write_all(&mut file, bytes).unwrap();
        check_bundle(file.path(), &BundleTrust::default()).unwrap()
    }

    #[test]
    fn nonsense_is_a_whole_bag_and_proves_nothing() {
        let found = check(&nonsense());
        assert_eq!(found.level(0), Some(true), "{:?}", found.flaws);
        assert!(found.is_wrong() && !found.is_proved());
        assert_eq!(found.level(3), None);
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_fail(flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8)) {
            let mut bytes = nonsense();
            for (at, value) in flips {
                let at = at.index(bytes.len());
                if let Some(byte) = bytes.get_mut(at) {
                    *byte = value;
                }
            }
            prop_assert!(!check(&bytes).is_proved());
        }
    }
}
