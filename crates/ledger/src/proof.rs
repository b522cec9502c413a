//! The proof that a leaf is in a log, as a file of its own: C2SP tlog-proof.

use data_encoding::BASE64;
use vidimus_snapshot::Digest;

use crate::note::{Checkpoint, LONGEST_NOTE, NoteError, VerifierKey};
use crate::tree::{leaf_hash, verify_inclusion};

const FIRST_LINE: &str = "c2sp.org/tlog-proof@v1";

/// What is wrong with a proof.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// It does not have the form of a proof.
    #[error("this is not a proof (C2SP tlog-proof): {0}")]
    Form(&'static str),
    /// The checkpoint in it is none, or is not signed by the key.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// It does not lead from the leaf to the root.
    #[error(
        "the proof does not lead from this leaf, number {index}, to the root of the log at {size} leaves: leaf or proof was changed"
    )]
    Wrong {
        /// The leaf's index.
        index: u64,
        /// The size of the log.
        size: u64,
    },
}

/// A leaf's place in a log, the hashes that lead from it to the root, and the signed root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// The leaf's index, from 0.
    pub index: u64,
    /// The hashes, the leaf's own sibling first.
    pub hashes: Vec<Digest>,
    /// The signed head.
    pub checkpoint: Checkpoint,
}

impl Proof {
    /// The bytes of a `.tlog-proof` file.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut text = format!("{FIRST_LINE}\nindex {}\n", self.index);
        for hash in &self.hashes {
            text.push_str(&BASE64.encode(hash.as_bytes()));
            text.push('\n');
        }
        text.push('\n');
        [text.as_bytes(), self.checkpoint.as_bytes()].concat()
    }

    /// Reads a `.tlog-proof` file; a line of extra data is passed over.
    pub fn read(bytes: &[u8]) -> Result<Self, ProofError> {
        if bytes.len() > LONGEST_NOTE {
            return Err(ProofError::Form("it is longer than 1 MiB"));
        }
        let text = std::str::from_utf8(bytes).map_err(|_| ProofError::Form("it is not UTF-8"))?;
        let (head, checkpoint) = text.split_once("\n\n").ok_or(ProofError::Form("it has no checkpoint"))?;
        let mut lines = head.split('\n').peekable();
        if lines.next() != Some(FIRST_LINE) {
            return Err(ProofError::Form("its first line is not 'c2sp.org/tlog-proof@v1'"));
        }
        lines.next_if(|line| line.starts_with("extra "));
        let index = lines.next().and_then(|line| line.strip_prefix("index "));
        let number: Option<u64> = index.and_then(|index| index.parse().ok());
        let number = number.filter(|n| index == Some(n.to_string().as_str()));
        let index = number.ok_or(ProofError::Form("it has no index"))?;
        let hashes = lines.map(read_hash).collect::<Option<Vec<_>>>();
        let hashes = hashes.filter(|hashes| hashes.len() <= 63);
        let hashes =
            hashes.ok_or(ProofError::Form("a line is not a hash in base64, or there are too many"))?;
        Ok(Self { index, hashes, checkpoint: Checkpoint::read(checkpoint.as_bytes())? })
    }

    /// Whether this leaf, byte for byte, is in the log that the key signed.
    pub fn verify(&self, leaf: &[u8], key: &VerifierKey) -> Result<(), ProofError> {
        self.verify_inclusion(leaf)?;
        Ok(self.checkpoint.verify(key)?)
    }

    /// Whether this leaf is in the log with that root, whoever signed it.
    pub fn verify_inclusion(&self, leaf: &[u8]) -> Result<(), ProofError> {
        let head = self.checkpoint.head();
        if verify_inclusion(leaf_hash(leaf), self.index, head.size, &self.hashes, head.root) {
            return Ok(());
        }
        Err(ProofError::Wrong { index: self.index, size: head.size })
    }
}

fn read_hash(line: &str) -> Option<Digest> {
    let bytes: [u8; 32] = BASE64.decode(line.as_bytes()).ok()?.try_into().ok()?;
    Some(Digest::from_bytes(bytes))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use vidimus_snapshot::LogHead;

    use super::*;
    use crate::SigningKey;
    use crate::tree::node_hash;

    fn proof() -> (SigningKey, Proof) {
        let key = SigningKey::from_seed("a.example", [7; 32]).unwrap();
        let sibling = leaf_hash(b"zero");
        let root = node_hash(sibling, leaf_hash(b"one"));
        let head = LogHead { origin: "a.example".into(), size: 2, root };
        let checkpoint = key.sign_checkpoint(&head, &[]).unwrap();
        (key, Proof { index: 1, hashes: vec![sibling], checkpoint })
    }

    #[test]
    fn a_proof_reads_back_and_proves_its_leaf_alone() {
        let (key, proof) = proof();
        let read = Proof::read(&proof.to_bytes()).unwrap();
        assert_eq!(read, proof);
        read.verify(b"one", key.verifier()).unwrap();
        assert_eq!(read.verify(b"two", key.verifier()), Err(ProofError::Wrong { index: 1, size: 2 }));
    }

    #[test]
    fn a_line_of_extra_data_is_passed_over() {
        let (_, proof) = proof();
        let text = String::from_utf8(proof.to_bytes()).unwrap().replacen("\nindex", "\nextra AAAA\nindex", 1);
        assert_eq!(Proof::read(text.as_bytes()).unwrap(), proof);
    }

    proptest! {
        #[test]
        fn a_changed_proof_is_never_taken(at in 0_usize..1000, flip in 1_u8..=255) {
            let (key, proof) = proof();
            let mut bytes = proof.to_bytes();
            let place = at % bytes.len();
            bytes[place] ^= flip;
            let taken = Proof::read(&bytes).and_then(|read| read.verify(b"one", key.verifier()));
            prop_assert!(taken.is_err());
        }
    }
}
