//! The Merkle tree of RFC 6962, section 2.1: hashes of leaves and nodes, roots, inclusion and consistency proofs.
//!
//! Proofs are checked by the algorithms of RFC 9162, sections 2.1.3.2 and 2.1.4.2, which need nothing but the proof.

use vidimus_snapshot::{Digest, Hasher};

/// The hash of a leaf: SHA-256 of a zero byte and the leaf.
pub fn leaf_hash(leaf: &[u8]) -> Digest {
    prefixed(0, &[leaf])
}

/// The hash of a node: SHA-256 of a one byte and the hashes of its two sides.
pub fn node_hash(left: Digest, right: Digest) -> Digest {
    prefixed(1, &[left.as_bytes(), right.as_bytes()])
}

fn prefixed(prefix: u8, parts: &[&[u8]]) -> Digest {
    let mut hasher = Hasher::new();
    hasher.update(&[prefix]);
    parts.iter().for_each(|part| hasher.update(part));
    hasher.finish()
}

/// Where the hashes of whole subtrees come from.
pub trait Nodes {
    /// Why one cannot be had.
    type Error;

    /// The hash of the whole subtree over the leaves `index << level` up to `(index + 1) << level`.
    fn node(&self, level: u32, index: u64) -> Result<Digest, Self::Error>;
}

/// The root of the tree over the first `size` leaves; that of no leaves is the hash of nothing.
pub fn root<N: Nodes>(nodes: &N, size: u64) -> Result<Digest, N::Error> {
    if size == 0 { Ok(Digest::of(b"")) } else { over(nodes, 0, size) }
}

/// The root over these hashes, of which all are of whole subtrees of one size, but for the last, which may be smaller.
pub fn root_of(hashes: &[Digest]) -> Digest {
    match hashes {
        [] => Digest::of(b""),
        [only] => *only,
        _ => {
            let (left, right) = hashes.split_at(1 << (usize::BITS - 1 - (hashes.len() - 1).leading_zeros()));
            node_hash(root_of(left), root_of(right))
        }
    }
}

/// The proof that the leaf at `index` is in the tree over the first `size` leaves, its own sibling first; empty where
/// there is no such leaf.
pub fn inclusion<N: Nodes>(nodes: &N, index: u64, size: u64) -> Result<Vec<Digest>, N::Error> {
    let mut path = Vec::new();
    let (mut low, mut high) = (0, if index < size { size } else { 0 });
    while high - low > 1 {
        let middle = low + split(high - low);
        if index < middle {
            path.push(over(nodes, middle, high)?);
            high = middle;
        } else {
            path.push(over(nodes, low, middle)?);
            low = middle;
        }
    }
    path.reverse();
    Ok(path)
}

/// The proof that the tree over the first `size` leaves begins with the one over the first `old`.
pub fn consistency<N: Nodes>(nodes: &N, old: u64, size: u64) -> Result<Vec<Digest>, N::Error> {
    let mut path = Vec::new();
    if old == 0 || old >= size {
        return Ok(path);
    }
    let (mut low, mut high) = (0, size);
    // What the verifier holds already, the old root itself, is not in the proof.
    let mut is_old_root = true;
    while high > old {
        let middle = low + split(high - low);
        if old <= middle {
            path.push(over(nodes, middle, high)?);
            high = middle;
        } else {
            path.push(over(nodes, low, middle)?);
            low = middle;
            is_old_root = false;
        }
    }
    if !is_old_root {
        path.push(over(nodes, low, high)?);
    }
    path.reverse();
    Ok(path)
}

/// The hash over the leaves from `low` to `high`, where `low` is where a subtree of that size begins.
fn over<N: Nodes>(nodes: &N, low: u64, high: u64) -> Result<Digest, N::Error> {
    let count = high - low;
    if count.is_power_of_two() {
        let level = count.trailing_zeros();
        return nodes.node(level, low >> level);
    }
    let middle = low + split(count);
    Ok(node_hash(over(nodes, low, middle)?, over(nodes, middle, high)?))
}

/// The largest power of two below `count`, which is at least 2.
fn split(count: u64) -> u64 {
    1 << (u64::BITS - 1 - (count - 1).leading_zeros())
}

/// Whether a proof leads from a leaf's hash at `index` to the root of the tree over `size` leaves.
pub fn verify_inclusion(leaf: Digest, index: u64, size: u64, proof: &[Digest], root: Digest) -> bool {
    if index >= size {
        return false;
    }
    let (mut node, mut last, mut hash) = (index, size - 1, leaf);
    for sibling in proof {
        if last == 0 {
            return false;
        }
        if node & 1 == 1 || node == last {
            hash = node_hash(*sibling, hash);
            while node & 1 == 0 && node != 0 {
                (node, last) = (node >> 1, last >> 1);
            }
        } else {
            hash = node_hash(hash, *sibling);
        }
        (node, last) = (node >> 1, last >> 1);
    }
    last == 0 && hash == root
}

/// Whether a proof shows that the tree of `size` leaves with `root` begins with the tree of `old` leaves with `old_root`.
pub fn verify_consistency(old: u64, old_root: Digest, size: u64, root: Digest, proof: &[Digest]) -> bool {
    if old > size {
        return false;
    }
    if old == size {
        return proof.is_empty() && old_root == root;
    }
    if old == 0 {
        return proof.is_empty() && old_root == Digest::of(b"");
    }
    let (mut node, mut last) = (old - 1, size - 1);
    while node & 1 == 1 {
        (node, last) = (node >> 1, last >> 1);
    }
    let mut rest = proof.iter();
    let start = if old.is_power_of_two() { Some(&old_root) } else { rest.next() };
    let Some(start) = start else { return false };
    let (mut before, mut after) = (*start, *start);
    for hash in rest {
        if last == 0 {
            return false;
        }
        if node & 1 == 1 || node == last {
            (before, after) = (node_hash(*hash, before), node_hash(*hash, after));
            while node & 1 == 0 && node != 0 {
                (node, last) = (node >> 1, last >> 1);
            }
        } else {
            after = node_hash(after, *hash);
        }
        (node, last) = (node >> 1, last >> 1);
    }
    last == 0 && before == old_root && after == root
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tlog_tiles::{
        check_record, check_tree, prove_record, prove_tree, record_hash, stored_hashes, tree_hash,
    };

    use super::*;

    /// All leaves, in memory.
    struct Leaves(Vec<Digest>);

    impl Nodes for Leaves {
        type Error = std::convert::Infallible;

        fn node(&self, level: u32, index: u64) -> Result<Digest, Self::Error> {
            if level == 0 {
                return Ok(self.0[usize::try_from(index).unwrap()]);
            }
            Ok(node_hash(self.node(level - 1, index * 2)?, self.node(level - 1, index * 2 + 1)?))
        }
    }

    fn leaves(count: u64) -> Leaves {
        Leaves((0..count).map(|i| leaf_hash(format!("leaf {i}").as_bytes())).collect())
    }

    /// The same tree as others keep it.
    fn theirs(count: u64) -> Vec<tlog_tiles::Hash> {
        let mut stored: Vec<tlog_tiles::Hash> = Vec::new();
        for i in 0..count {
            let reader = Stored(&stored);
            let new = stored_hashes(i, format!("leaf {i}").as_bytes(), &reader).unwrap();
            stored.extend(new);
        }
        stored
    }

    struct Stored<'a>(&'a [tlog_tiles::Hash]);

    impl tlog_tiles::HashReader for Stored<'_> {
        fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<tlog_tiles::Hash>, tlog_tiles::Error> {
            Ok(indexes.iter().map(|i| self.0[usize::try_from(*i).unwrap()]).collect())
        }
    }

    fn as_theirs(path: &[Digest]) -> Vec<tlog_tiles::Hash> {
        path.iter().map(|d| tlog_tiles::Hash(*d.as_bytes())).collect()
    }

    #[test]
    fn all_small_trees_agree_with_an_implementation_that_we_did_not_write() {
        const MOST: u64 = 40;
        let (ours, stored) = (leaves(MOST), theirs(MOST));
        for size in 1..=MOST {
            let root = root(&ours, size).unwrap();
            let their_root = tree_hash(size, &Stored(&stored)).unwrap();
            assert_eq!(*root.as_bytes(), their_root.0, "root of {size}");
            for index in 0..size {
                let proof = inclusion(&ours, index, size).unwrap();
                assert_eq!(as_theirs(&proof), prove_record(size, index, &Stored(&stored)).unwrap());
                let leaf = ours.0[usize::try_from(index).unwrap()];
                assert!(verify_inclusion(leaf, index, size, &proof, root));
                let hash = record_hash(format!("leaf {index}").as_bytes());
                check_record(&as_theirs(&proof), size, their_root, index, hash).unwrap();
            }
            for old in 1..=size {
                let proof = consistency(&ours, old, size).unwrap();
                let their_old = tree_hash(old, &Stored(&stored)).unwrap();
                assert_eq!(as_theirs(&proof), prove_tree(size, old, &Stored(&stored)).unwrap());
                check_tree(&as_theirs(&proof), size, their_root, old, their_old).unwrap();
                let old_root = super::root(&ours, old).unwrap();
                assert!(verify_consistency(old, old_root, size, root, &proof), "{old} in {size}");
            }
        }
    }

    #[test]
    fn the_empty_tree_has_the_hash_of_nothing_and_every_tree_begins_with_it() {
        let ours = leaves(3);
        assert_eq!(root(&ours, 0).unwrap(), Digest::of(b""));
        let now = root(&ours, 3).unwrap();
        assert!(verify_consistency(0, Digest::of(b""), 3, now, &[]));
        assert!(!verify_consistency(0, now, 3, now, &[]));
        assert!(!verify_inclusion(now, 0, 0, &[], now));
    }

    proptest! {
        #[test]
        fn nothing_but_the_right_proof_is_taken(
            size in 2_u64..70,
            at in any::<u64>(),
            to in any::<u64>(),
            flip in 0_usize..256,
            drop in any::<bool>(),
        ) {
            let ours = leaves(size);
            let (index, old) = (at % size, 1 + to % (size - 1));
            let now = root(&ours, size).unwrap();
            let leaf = ours.0[usize::try_from(index).unwrap()];
            let spoil = |mut proof: Vec<Digest>| {
                let place = flip % proof.len().max(1);
                if drop {
                    proof.remove(place);
                } else {
                    let mut bytes = *proof[place].as_bytes();
                    bytes[flip % 32] ^= 1;
                    proof[place] = Digest::from_bytes(bytes);
                }
                proof
            };
            let good = inclusion(&ours, index, size).unwrap();
            prop_assert!(!verify_inclusion(leaf, index, size, &spoil(good.clone()), now));
            let other = leaf_hash(b"another");
            prop_assert!(!verify_inclusion(other, index, size, &good, now));
            prop_assert!(!verify_inclusion(leaf, (index + 1) % size, size, &good, now));
            let old_root = root(&ours, old).unwrap();
            let good = consistency(&ours, old, size).unwrap();
            prop_assert!(!verify_consistency(old, old_root, size, now, &spoil(good.clone())));
            prop_assert!(!verify_consistency(old, other, size, now, &good));
            prop_assert!(!verify_consistency(old, old_root, size, other, &good));
        }

        #[test]
        fn no_proof_makes_the_check_panic(
            old in any::<u64>(), size in any::<u64>(), hashes in proptest::collection::vec(any::<[u8; 32]>(), 0..80),
        ) {
            let proof: Vec<Digest> = hashes.into_iter().map(Digest::from_bytes).collect();
            let some = Digest::of(b"some");
            let _ = verify_inclusion(some, old, size, &proof, some);
            let _ = verify_consistency(old, some, size, some, &proof);
        }
    }
}
