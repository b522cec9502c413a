//! A forest of decision trees over integers, read from a data file that the training program writes.
//!
//! Splits and leaf values are integers, so a score is the same on every machine. The file is part of the program; a
//! malformed line would leave a tree out, which the tests rule out.

use std::sync::LazyLock;

/// A split, or the end of a path.
#[derive(Debug, Clone, Copy)]
struct Node {
    /// Feature that is compared.
    feature: u16,
    /// Values up to this one go left; for a leaf, its value.
    value: i32,
    /// The nodes to go to; for a leaf, the leaf itself, so that a walk may take more steps than its tree is deep.
    left: u32,
    right: u32,
}

impl Node {
    fn is_leaf(self) -> bool {
        self.left == self.right
    }
}

/// Trees that are walked in step: one step of a walk waits for the one before, but not for those of other trees.
const ABREAST: usize = 8;

/// Trees that have to be asked before a score can be clear, and the score beyond which it is: the trees that follow make
/// it higher or lower, but hardly ever change its sign.
const ENOUGH_TREES: usize = 64;
const CLEAR: i32 = 2500;

/// Trees whose values add up to a score.
#[derive(Debug, Default)]
pub struct Forest {
    /// The nodes of all trees.
    nodes: Vec<Node>,
    /// Where each tree begins.
    roots: Vec<u32>,
    bias: i32,
}

/// The model that judges blocks and is part of the program.
pub(crate) static BLOCKS: LazyLock<Forest> =
    LazyLock::new(|| Forest::parse(include_str!("../data/model-blocks.txt")));

impl Forest {
    /// Reads a model: a line `bias N`, then one tree a line, its nodes separated by spaces. A node is
    /// `feature:threshold:left:right` or `=value`; links count from the beginning of the tree.
    pub fn parse(text: &str) -> Self {
        let mut forest = Self::default();
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            if let Some(bias) = line.strip_prefix("bias ") {
                forest.bias = bias.trim().parse().unwrap_or(0);
                continue;
            }
            let first = u32::try_from(forest.nodes.len()).unwrap_or(u32::MAX);
            if let Some(tree) = parse_tree(line, first) {
                forest.roots.push(first);
                forest.nodes.extend(tree);
            }
        }
        forest
    }

    /// The score of a block with these features, in thousandths of the logarithm of the odds.
    pub(crate) fn score(&self, features: &[i32]) -> i32 {
        self.roots
            .chunks(ABREAST)
            .fold(self.bias, |sum, roots| sum.saturating_add(self.leaves(roots, features)))
    }

    /// The score as far as it matters: once many trees agree, the rest is not asked.
    pub(crate) fn rough_score(&self, features: &[i32]) -> i32 {
        let mut sum = self.bias;
        for (index, roots) in self.roots.chunks(ABREAST).enumerate() {
            if index * ABREAST >= ENOUGH_TREES && sum.abs() > CLEAR {
                break;
            }
            sum = sum.saturating_add(self.leaves(roots, features));
        }
        sum
    }

    /// The sum of the leaves that the features lead to in some trees.
    fn leaves(&self, roots: &[u32], features: &[i32]) -> i32 {
        let mut places = [0_u32; ABREAST];
        for (place, root) in places.iter_mut().zip(roots) {
            *place = *root;
        }
        let places = places.get_mut(..roots.len()).unwrap_or_default();
        // Links lead forward or, in leaves, nowhere: the walks end.
        loop {
            let mut moved = false;
            for place in places.iter_mut() {
                let Some(node) = self.nodes.get(*place as usize) else { return 0 };
                let value = features.get(usize::from(node.feature)).copied().unwrap_or(0);
                let next = if value <= node.value { node.left } else { node.right };
                moved |= next != *place;
                *place = next;
            }
            if !moved {
                break;
            }
        }
        places.iter().filter_map(|place| self.nodes.get(*place as usize)).map(|leaf| leaf.value).sum()
    }
}

/// A tree that begins at the node `first` and whose links all lead forward, so that every walk ends.
fn parse_tree(line: &str, first: u32) -> Option<Vec<Node>> {
    let nodes: Option<Vec<Node>> =
        (first..).zip(line.split_whitespace()).map(|(at, text)| parse_node(text, first, at)).collect();
    let nodes = nodes.filter(|nodes| !nodes.is_empty())?;
    let end = first.checked_add(u32::try_from(nodes.len()).ok()?)?;
    let forward = (first..).zip(&nodes).all(|(at, node)| {
        let inside = |link: u32| link > at && link < end;
        node.is_leaf() || (inside(node.left) && inside(node.right))
    });
    forward.then_some(nodes)
}

/// The node at the place `at` of a tree that begins at `first`.
fn parse_node(text: &str, first: u32, at: u32) -> Option<Node> {
    if let Some(value) = text.strip_prefix('=') {
        return Some(Node { feature: 0, value: value.parse().ok()?, left: at, right: at });
    }
    let mut parts = text.split(':');
    let node = Node {
        feature: parts.next()?.parse().ok()?,
        value: parts.next()?.parse().ok()?,
        left: first.checked_add(parts.next()?.parse().ok()?)?,
        right: first.checked_add(parts.next()?.parse().ok()?)?,
    };
    parts.next().is_none().then_some(node)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_forest() {
        let forest = Forest::parse("# comment\nbias 5\n0:10:1:2 =-100 1:3:3:4 =20 =30\n=1\n");
        assert_eq!(forest.score(&[10, 0]), -94);
        assert_eq!(forest.score(&[11, 3]), 26);
        assert_eq!(forest.score(&[11, 4]), 36);
    }

    #[test]
    fn every_line_of_the_models_is_a_tree() {
        for text in [
            include_str!("../data/model-blocks.txt"),
            include_str!("../data/model-kind.txt"),
            include_str!("../data/model-dates.txt"),
            include_str!("../data/model-titles.txt"),
            include_str!("../data/model-authors.txt"),
        ] {
            let lines =
                text.lines().filter(|line| !line.starts_with(['#', '[']) && !line.starts_with("bias "));
            assert!(lines.clone().count() > 10);
            for line in lines {
                assert!(parse_tree(line, 0).is_some(), "{line}");
            }
        }
    }
}
