//! The tamper-evident log: leaves, tiles, checkpoints and proofs, and the keys that sign.
//!
//! It follows C2SP: [tlog-tiles](https://c2sp.org/tlog-tiles) for the files, [signed-note](https://c2sp.org/signed-note) and
//! [tlog-checkpoint](https://c2sp.org/tlog-checkpoint) for the head, [tlog-proof](https://c2sp.org/tlog-proof) for proofs,
//! with the hashes of [RFC 6962](https://www.rfc-editor.org/rfc/rfc6962#section-2.1). This is the only crate that signs. What
//! it promises:
//!
//! - A leaf that was appended is on the disk, and no leaf is ever changed or removed.
//! - A signed head has all the tiles that others need to check it, whatever happens afterwards.
//! - Nothing read here is trusted before it is checked against a key that the caller names.

pub mod anchors;
mod error;
mod keys;
mod leaf;
mod log;
mod note;
mod proof;
mod publish;
mod read;
pub mod tiles;
pub mod timestamp;
pub mod tree;

pub use error::LogError;
pub use keys::{KeyError, Salt, SigningKey};
pub use leaf::{Custody, Event, KeyChange, LONGEST_LEAF, Leaf, LeafError};
pub use log::Log;
pub use note::{Checkpoint, LONGEST_NOTE, NoteError, NoteSignature, SignedNote, VerifierKey, check_name};
pub use proof::{Proof, ProofError};
pub use publish::{copy, publish};
pub use read::LogReader;
