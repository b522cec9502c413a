//! The bundle that a lawyer hands over, and its check.
//!
//! A bundle holds one capture and everything that proves it, in formats that others defined: a BagIt bag
//! ([RFC 8493](https://www.rfc-editor.org/rfc/rfc8493)) in a zip file, WARC records, a WACZ, a proof of the log
//! ([C2SP tlog-proof](https://c2sp.org/tlog-proof)), timestamps ([RFC 3161](https://www.rfc-editor.org/rfc/rfc3161)). What it
//! promises:
//!
//! - The same state of an archive gives the same bytes, and nothing of the machine that writes them is in them.
//! - A bundle is made of what is whole, or not at all.
//! - Everything in it can be checked with `sha256sum`, `openssl`, `gzip`, `unzip`, `awk`, `sed` and a shell.
//! - Its check here trusts nothing in it but what the caller names, and is bounded in memory and time by the file's length.

mod bag;
mod bundle;
mod case;
mod certification;
mod check;
mod error;
mod instructions;
mod logged;
mod package;
mod paths;
mod report;
mod stamps;

pub use bundle::{BundleOptions, BundleReport, export_bundle};
pub use check::{BundleCheck, BundleTrust, Flaw, KnownKey, LogProof, check_bundle, check_log, is_bundle};
pub use error::EvidenceError;
pub use instructions::SCRIPT;
pub use report::shown;
