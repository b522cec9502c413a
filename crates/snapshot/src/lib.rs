//! The vocabulary of Vidimus: what a digest, a snapshot's name, a manifest, an outcome, a URL key and a clock are.
//!
//! Every other crate speaks in these words. This one does no I/O: it opens no file, no socket and no terminal, so
//! that what is written here can be checked with nothing but the bytes at hand.
//!
//! ```
//! use vidimus_snapshot::{Digest, SnapshotId};
//!
//! let manifest = br#"{"v":1}"#;
//! let id = SnapshotId::of_manifest(manifest);
//! assert!(id.nih().starts_with("nih:sha-256-120;"));
//! assert_eq!(Digest::of(b"").to_string(), "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
//! ```

mod cell;
mod clock;
mod digest;
mod id;
mod manifest;
mod outcome;
mod surt;
mod urls;

pub use cell::harmless_cell;
pub use clock::{Clock, ManualClock, SystemClock};
pub use digest::{Digest, DigestError, Hasher, hex};
pub use id::{IdError, SnapshotId, SnapshotRef};
pub use manifest::{
    ClientFacts, ClockFacts, ExchangeFacts, HttpFacts, ImportFacts, LogHead, Manifest, ManifestError,
    NetFacts, OriginalFile, PlaceFacts, RecordFacts, RedirectFacts, TextFacts, TimingFacts, TlsFacts,
    TruncationFacts, canonical_json,
};
pub use outcome::{Outcome, OutcomeKind, Role, STAND_INS};
pub use surt::surt;
pub use urls::normal_form;
