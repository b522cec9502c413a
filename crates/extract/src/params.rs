//! The budgets of one extraction. They are integers only, so that their canonical JSON, which a manifest hashes,
//! is the same on every machine.

use serde::Serialize;

/// Limits on what one page may cost. Whatever exceeds them is cut, and each cut is reported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Params {
    /// Bytes of the decoded body that are read; what follows is not looked at.
    pub max_input_bytes: u64,
    /// Depth of the element tree; deeper elements are flattened into their ancestor.
    pub max_depth: u32,
    /// Elements and text nodes in the tree; parsing stops there.
    pub max_nodes: u32,
    /// Bytes of text in the tree; parsing stops there.
    pub max_text_bytes: u64,
    /// Attributes of one element; further ones are left out.
    pub max_attributes_per_element: u32,
    /// Attributes in the whole page; further ones are left out.
    pub max_attributes: u32,
    /// Text blocks that are looked at; later ones are left out.
    pub max_blocks: u32,
    /// Signatories that are listed.
    pub max_signatories: u32,
}

impl Default for Params {
    fn default() -> Self {
        Self {
            max_input_bytes: 12 * 1024 * 1024,
            max_depth: 512,
            max_nodes: 250_000,
            max_text_bytes: 4 * 1024 * 1024,
            max_attributes_per_element: 256,
            max_attributes: 500_000,
            max_blocks: 40_000,
            max_signatories: 5_000,
        }
    }
}

/// A part of the page that a budget of [`Params`] left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Cut {
    /// Which budget was reached.
    pub budget: Budget,
    /// The limit that applied.
    pub limit: u64,
    /// How much was left out, in the unit of the budget; parts never looked at count as one.
    pub left_out: u64,
}

impl std::fmt::Display for Cut {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let budget = serde_json::to_value(self.budget).unwrap_or_default();
        let name = budget.as_str().unwrap_or("a");
        write!(f, "the {name} budget of {} left out {}", self.limit, self.left_out)
    }
}

/// The budgets that can cut a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Budget {
    /// Bytes of input.
    InputBytes,
    /// Depth of the tree; counts flattened elements.
    Depth,
    /// Nodes in the tree; counts dropped tags and texts.
    Nodes,
    /// Bytes of text in the tree.
    TextBytes,
    /// Attributes, of one element or of all.
    Attributes,
    /// Text blocks.
    Blocks,
    /// Signatories in a list.
    Signatories,
    /// `<meta>` elements and JSON-LD scripts.
    Metadata,
    /// Bytes of one address, or of all in the text; counts links.
    Links,
}
