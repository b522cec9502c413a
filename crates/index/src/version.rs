//! The versions recorded beside the index.
//!
//! An index is only as good as the agreement between those who write and read it. The file
//! `vidimus-index.json` records both sides of it; whoever finds other numbers rebuilds.

use std::fmt;
use std::path::Path;

use serde::{Deserialize, Serialize};
use vidimus_compare::{FINGERPRINT_VERSION, NAMES_VERSION};
use vidimus_words::ANALYSIS_VERSION;

use crate::directory::replace_file;
use crate::error::IndexError;

/// Counts up when fields are added, removed or stored differently.
pub const SCHEMA_VERSION: u32 = 5;
/// Name of the file that records both, in the index folder.
pub const VERSION_FILE: &str = "vidimus-index.json";

/// What an index was written with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    /// See [`SCHEMA_VERSION`].
    pub schema: u32,
    /// See [`ANALYSIS_VERSION`].
    pub analysis: u32,
    /// See [`FINGERPRINT_VERSION`]; 0 where there are none.
    #[serde(default)]
    pub fingerprints: u32,
    /// See [`NAMES_VERSION`]; 0 where there are none.
    #[serde(default)]
    pub names: u32,
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Version { schema, analysis, fingerprints, names } = self;
        write!(f, "schema {schema}, analysis {analysis}, fingerprints {fingerprints}, names {names}")
    }
}

impl Version {
    /// What this program writes.
    pub(crate) const CURRENT: Version = Version {
        schema: SCHEMA_VERSION,
        analysis: ANALYSIS_VERSION,
        fingerprints: FINGERPRINT_VERSION,
        names: NAMES_VERSION,
    };

    /// What is recorded in an index folder, or `None` when there is no record.
    pub(crate) fn read(dir: &Path) -> Result<Option<Version>, IndexError> {
        let path = dir.join(VERSION_FILE);
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(IndexError::io(&path, error)),
        };
        serde_json::from_slice(&bytes)
            .map(Some)
            .map_err(|error| IndexError::damaged(dir, format!("{VERSION_FILE} cannot be read: {error}")))
    }

    /// Records the current versions in an index folder.
    pub(crate) fn write(dir: &Path) -> Result<(), IndexError> {
        let path = dir.join(VERSION_FILE);
        let text = serde_json::json!(Version::CURRENT).to_string() + "\n";
        replace_file(&path, text.as_bytes()).map_err(|error| IndexError::io(&path, error))
    }

    /// Refuses an index of other versions.
    pub(crate) fn check(self, dir: &Path) -> Result<(), IndexError> {
        if self == Version::CURRENT {
            return Ok(());
        }
        Err(IndexError::SchemaMismatch { path: dir.to_owned(), found: self, expected: Version::CURRENT })
    }
}
