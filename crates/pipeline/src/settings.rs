//! What the operator decided, as far as a run needs it.

use jiff::Timestamp;
use vidimus_archive::{Layout, LogKey, LogOptions};
use vidimus_extract::Params;
use vidimus_fetch::{ClientOptions, GateOptions};
use vidimus_snapshot::{ClockFacts, Digest, hex};

use crate::{Randomness, Rhythm};

/// Who captures: for manifests and `warcinfo`.
#[derive(Debug, Clone)]
pub struct Identity {
    /// The program's name.
    pub software: String,
    /// Its version.
    pub version: String,
    /// The commit that it was built from, where that is known.
    pub git: Option<String>,
    /// Who operates the archive.
    pub operator: Option<String>,
    /// Digest of the configuration in force.
    pub config_sha256: Option<Digest>,
}

/// All settings of a run.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The archive.
    pub layout: Layout,
    /// Who captures.
    pub identity: Identity,
    /// The client: user agent, limits, address guard.
    pub client: ClientOptions,
    /// Politeness.
    pub gate: GateOptions,
    /// How many sources are visited at the same time.
    pub concurrency: usize,
    /// When pages that were tried before are asked for again.
    pub rhythm: Rhythm,
    /// A WARC file is sealed at this size.
    pub max_file_bytes: u64,
    /// The extractor's parameters.
    pub extract: Params,
    /// What is known of the machine's clock.
    pub clock: ClockFacts,
    /// The name of the log, if one has to be begun; where nothing is said, a random one.
    pub log_origin: Option<String>,
    /// Who signs the heads of the log.
    pub log_key: Option<LogKey>,
    /// Why there is no key though there should be one.
    pub log_without_key: Option<String>,
}

impl Settings {
    /// What a writer is told about the log.
    pub fn log_options(&self, now: Timestamp, randomness: &dyn Randomness) -> LogOptions {
        let random = || format!("vidimus/{}", hex(randomness.bytes().get(..8).unwrap_or_default()));
        let origin = self.log_origin.clone().unwrap_or_else(random);
        LogOptions { origin, key: self.log_key.clone(), without_key: self.log_without_key.clone(), now }
    }
}
