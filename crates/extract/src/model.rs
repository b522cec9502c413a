//! A forest of decision trees over integers, read from a data file that the training program writes.
//!
//! Splits and leaf values are integers, so a score is the same on every machine. The file is part of the program; a
//! malformed line would leave a tree out, which the tests rule out.

use std::sync::LazyLock;

/// A split, or at the end of a path a leaf.
#[derive(Debug, Clone, Copy)]
struct Node {
    /// Feature that is compared; for a leaf, [`LEAF`].
    feature: u16,
    /// Values up to this one go left; for a leaf, its value.
    value: i32,
    left: u16,
    right: u16,
}

const LEAF: u16 = u16::MAX;

/// Trees whose values add up to a score.
#[derive(Debug)]
pub(crate) struct Forest {
    trees: Vec<Vec<Node>>,
    bias: i32,
}

/// Scores blocks by themselves and their place.
pub(crate) static FIRST: LazyLock<Forest> =
    LazyLock::new(|| Forest::parse(include_str!("../data/model-first.txt")));

/// Scores blocks in the light of their neighbours' first scores.
pub(crate) static SECOND: LazyLock<Forest> =
    LazyLock::new(|| Forest::parse(include_str!("../data/model-second.txt")));

impl Forest {
    /// Reads a model: a line `bias N`, then one tree a line, its nodes separated by spaces. A node is
    /// `feature:threshold:left:right` or `=value`.
    pub(crate) fn parse(text: &str) -> Self {
        let mut forest = Self { trees: Vec::new(), bias: 0 };
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            if let Some(bias) = line.strip_prefix("bias ") {
                forest.bias = bias.trim().parse().unwrap_or(0);
            } else if let Some(tree) = parse_tree(line) {
                forest.trees.push(tree);
            }
        }
        forest
    }

    /// The score of a block with these features, in thousandths of the logarithm of the odds.
    pub(crate) fn score(&self, features: &[i32]) -> i32 {
        self.trees.iter().fold(self.bias, |sum, tree| sum.saturating_add(leaf(tree, features)))
    }
}

fn leaf(tree: &[Node], features: &[i32]) -> i32 {
    let mut at = 0_u16;
    while let Some(node) = tree.get(usize::from(at)) {
        if node.feature == LEAF {
            return node.value;
        }
        let value = features.get(usize::from(node.feature)).copied().unwrap_or(0);
        at = if value <= node.value { node.left } else { node.right };
    }
    0
}

/// A tree whose links all lead forward, so that every walk ends.
fn parse_tree(line: &str) -> Option<Vec<Node>> {
    let nodes: Option<Vec<Node>> = line.split_whitespace().map(parse_node).collect();
    let nodes = nodes.filter(|nodes| !nodes.is_empty())?;
    let forward = nodes.iter().enumerate().all(|(index, node)| {
        let inside = |link: u16| usize::from(link) > index && usize::from(link) < nodes.len();
        node.feature == LEAF || (inside(node.left) && inside(node.right))
    });
    forward.then_some(nodes)
}

fn parse_node(text: &str) -> Option<Node> {
    if let Some(value) = text.strip_prefix('=') {
        return Some(Node { feature: LEAF, value: value.parse().ok()?, left: 0, right: 0 });
    }
    let mut parts = text.split(':');
    let node = Node {
        feature: parts.next()?.parse().ok()?,
        value: parts.next()?.parse().ok()?,
        left: parts.next()?.parse().ok()?,
        right: parts.next()?.parse().ok()?,
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
            include_str!("../data/model-first.txt"),
            include_str!("../data/model-second.txt"),
            include_str!("../data/model-dates.txt"),
            include_str!("../data/model-titles.txt"),
            include_str!("../data/model-authors.txt"),
        ] {
            let lines = text.lines().filter(|line| !line.starts_with('#') && !line.starts_with("bias "));
            assert!(lines.clone().count() > 10);
            for line in lines {
                assert!(parse_tree(line).is_some(), "{line}");
            }
        }
    }
}
