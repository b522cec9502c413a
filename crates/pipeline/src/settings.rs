//! What the operator decided, as far as a run needs it.

use vidimus_archive::Layout;
use vidimus_extract::Params;
use vidimus_fetch::{ClientOptions, GateOptions};
use vidimus_snapshot::Digest;

use crate::Rhythm;

/// Who captures: for manifests and `warcinfo`.
#[derive(Debug, Clone)]
pub struct Identity {
    /// The program's name.
    pub software: String,
    /// Its version.
    pub version: String,
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
}
