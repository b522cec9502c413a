//! The tamper-evident log: leaves, tiles, checkpoints and proofs.
//!
//! It follows C2SP: [tlog-tiles](https://c2sp.org/tlog-tiles) for the files, [signed-note](https://c2sp.org/signed-note) and
//! [tlog-checkpoint](https://c2sp.org/tlog-checkpoint) for the head, [tlog-proof](https://c2sp.org/tlog-proof) for proofs,
//! with the hashes of [RFC 6962](https://www.rfc-editor.org/rfc/rfc6962#section-2.1). This is the only crate that signs.

mod leaf;
pub mod timestamp;

pub use leaf::{Custody, Event, KeyChange, LONGEST_LEAF, Leaf, LeafError};
