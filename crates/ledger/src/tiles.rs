//! Where the log's hashes and leaves lie in its folder: the paths of C2SP tlog-tiles, and bundles of leaves.

use std::fmt;
use std::str::FromStr;

/// How many hashes or leaves a full tile holds.
pub const FULL: u16 = 256;
/// The highest level that 2^64 leaves could need.
const HIGHEST: u8 = 7;

/// What a tile holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Hashes of subtrees of 256^level leaves.
    Hashes(u8),
    /// The leaves themselves.
    Entries,
}

/// One file of the log: `tile/0/x001/234`, `tile/entries/000.p/17`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tile {
    /// Of what.
    pub kind: Kind,
    /// The how-manieth of its level, from 0.
    pub index: u64,
    /// How many hashes or leaves it holds, from 1 to [`FULL`].
    pub width: u16,
}

/// A path that is none of a tile's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not the path of a tile")]
pub struct TilePathError(pub String);

impl Tile {
    /// The folder that holds the partial tiles of this index, relative to the log.
    pub fn partials(&self) -> String {
        format!("{}.p", self.full_path())
    }

    fn full_path(&self) -> String {
        let level = match self.kind {
            Kind::Hashes(level) => level.to_string(),
            Kind::Entries => "entries".to_owned(),
        };
        let mut groups = vec![format!("{:03}", self.index % 1000)];
        let mut rest = self.index / 1000;
        while rest > 0 {
            groups.push(format!("x{:03}", rest % 1000));
            rest /= 1000;
        }
        groups.reverse();
        format!("tile/{level}/{}", groups.join("/"))
    }
}

impl fmt::Display for Tile {
    /// The path relative to the log's folder.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.width == FULL {
            f.write_str(&self.full_path())
        } else {
            write!(f, "{}/{}", self.partials(), self.width)
        }
    }
}

impl FromStr for Tile {
    type Err = TilePathError;

    /// Reads a path in its one spelling, so that nothing else is ever opened for it.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = || TilePathError(text.chars().take(200).collect());
        let parts: Vec<&str> = text.split('/').collect();
        let ["tile", level, rest @ ..] = parts.as_slice() else { return Err(error()) };
        let kind = if *level == "entries" {
            Kind::Entries
        } else {
            Kind::Hashes(level.parse().ok().filter(|level| *level <= HIGHEST).ok_or_else(error)?)
        };
        let (groups, width) = match rest {
            [groups @ .., last, width] if last.ends_with(".p") => {
                let mut groups = groups.to_vec();
                groups.push(last.strip_suffix(".p").unwrap_or(last));
                (groups, width.parse().map_err(|_| error())?)
            }
            groups => (groups.to_vec(), FULL),
        };
        let mut index = 0_u64;
        for group in groups {
            let number: u64 = group.trim_start_matches('x').parse().map_err(|_| error())?;
            index = index.checked_mul(1000).and_then(|i| i.checked_add(number)).ok_or_else(error)?;
        }
        let tile = Self { kind, index, width };
        if (1..=FULL).contains(&width) && tile.to_string() == text { Ok(tile) } else { Err(error()) }
    }
}

/// Adds a leaf to a bundle: its length in two bytes, the most significant first, and the leaf. `false` where it is too
/// long for that, and nothing was added.
pub fn push_entry(bundle: &mut Vec<u8>, leaf: &[u8]) -> bool {
    let Ok(length) = u16::try_from(leaf.len()) else { return false };
    bundle.extend(length.to_be_bytes());
    bundle.extend(leaf);
    true
}

/// The leaves of a bundle; `None` where it is torn.
pub fn entries(bundle: &[u8]) -> Option<Vec<&[u8]>> {
    let mut leaves = Vec::new();
    let mut rest = bundle;
    while !rest.is_empty() {
        let (length, behind) = rest.split_first_chunk::<2>()?;
        let (leaf, behind) = behind.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
        leaves.push(leaf);
        rest = behind;
    }
    Some(leaves)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn paths_are_those_of_the_specification() {
        let tile = |kind, index, width| Tile { kind, index, width }.to_string();
        assert_eq!(tile(Kind::Hashes(0), 1_234_067, FULL), "tile/0/x001/x234/067");
        assert_eq!(tile(Kind::Hashes(1), 5, 12), "tile/1/005.p/12");
        assert_eq!(tile(Kind::Entries, 1_000, 255), "tile/entries/x001/000.p/255");
    }

    #[test]
    fn other_spellings_lead_nowhere() {
        for path in [
            "",
            "tile",
            "tile/0",
            "tile/0/0",
            "tile/00/000",
            "tile/8/000",
            "tile/0/x000/001",
            "tile/0/x001/x002",
            "tile/0/000.p/256",
            "tile/0/000.p/0",
            "tile/0/000.p/01",
            "tile/0/000.p",
            "tile/0/../../checkpoint",
            "/tile/0/000",
            "tile/0/000/",
            "tile/0/xx01/000",
            "tile/-1/000",
            "tile/0/+01",
        ] {
            assert!(path.parse::<Tile>().is_err(), "{path}");
        }
    }

    proptest! {
        #[test]
        fn every_tile_reads_back_and_others_agree(
            level in 0_u8..=7, index in 0_u64..1 << 40, width in 1_u16..=FULL, data in any::<bool>(),
        ) {
            let kind = if data { Kind::Entries } else { Kind::Hashes(level) };
            let tile = Tile { kind, index, width };
            prop_assert_eq!(tile.to_string().parse(), Ok(tile));
        }

        #[test]
        fn no_path_and_no_bundle_panics(path in ".{0,60}", bundle in proptest::collection::vec(any::<u8>(), 0..600)) {
            let _ = path.parse::<Tile>();
            let _ = entries(&bundle);
        }

        #[test]
        fn bundles_read_back(leaves in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..300), 0..20)) {
            let mut bundle = Vec::new();
            for leaf in &leaves {
                prop_assert!(push_entry(&mut bundle, leaf));
            }
            let read: Vec<Vec<u8>> = entries(&bundle).unwrap().into_iter().map(<[u8]>::to_vec).collect();
            prop_assert_eq!(read, leaves);
        }
    }
}
