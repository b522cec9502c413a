//! A page taken apart: the regions, blocks and marks that [`walk`](crate::walk) finds and everything else judges.

use crate::hints::Hints;
use crate::statement::{BlockKind, Link};
use crate::tag::Tag;
use ego_tree::NodeId;

/// A block-level element.
#[derive(Debug, Clone)]
pub(crate) struct Region {
    pub(crate) parent: usize,
    pub(crate) node: NodeId,
    pub(crate) tag: Tag,
    /// Purposes that the element itself names.
    pub(crate) hints: Hints,
    /// Those of the element and of all its ancestors below `body`.
    pub(crate) inherited: Hints,
    /// The tags of the element and its ancestors, as a bit set.
    pub(crate) tags: u32,
    pub(crate) depth: u16,
    /// Equal for elements of the same tag and class under any parent: cards of a listing, posts of a forum.
    pub(crate) signature: u32,
    /// Blocks inside: `first..end`.
    pub(crate) first: usize,
    pub(crate) end: usize,
}

impl Region {
    pub(crate) fn inside(&self, tag: Tag) -> bool {
        self.tags & bit(tag) != 0
    }
}

/// The bit of a tag in [`Region::tags`].
pub(crate) fn bit(tag: Tag) -> u32 {
    1_u32.checked_shl(tag as u32).unwrap_or(0)
}

/// A run of text.
#[derive(Debug, Clone)]
pub(crate) struct RawBlock {
    pub(crate) region: usize,
    pub(crate) kind: BlockKind,
    pub(crate) text: String,
    pub(crate) chars: usize,
    pub(crate) link_chars: usize,
    pub(crate) links: Vec<Link>,
    /// Purposes that inline elements in the block name.
    pub(crate) inline: Hints,
    /// Characters in bold or emphasised inline elements.
    pub(crate) strong_chars: usize,
}

impl RawBlock {
    /// The text as a reader sees it, with the number of a list item.
    pub(crate) fn shown(&self) -> String {
        match &self.kind {
            BlockKind::ListItem { marker: Some(marker), .. } => format!("{marker} {}", self.text),
            _ => self.text.clone(),
        }
    }
}

/// An inline element or attribute that names an author or a time.
#[derive(Debug, Clone)]
pub(crate) struct Mark {
    pub(crate) kind: MarkKind,
    pub(crate) text: String,
    /// `datetime`, `content` or `title` of the element.
    pub(crate) value: Option<String>,
    pub(crate) hints: Hints,
    /// Index of the block that the mark is in or precedes.
    pub(crate) block: usize,
    pub(crate) region: usize,
}

/// What a [`Mark`] names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MarkKind {
    /// A `<time>` element, or one whose name says date.
    Time,
    /// An element with `rel=author`, `itemprop=author` or a byline class.
    Author,
}

/// What the head, and scripts anywhere, say about the page.
#[derive(Debug, Default)]
pub(crate) struct Head {
    pub(crate) title: Option<String>,
    /// Names (lower case) and contents of `<meta>` elements, in order.
    pub(crate) metas: Vec<(String, String)>,
    pub(crate) json_ld: Vec<String>,
    pub(crate) canonical: Option<String>,
    pub(crate) base: Option<String>,
    pub(crate) language: Option<String>,
}

impl Head {
    /// The first non-empty `<meta>` with one of the names, in the order of the names.
    pub(crate) fn meta(&self, names: &[&str]) -> Option<&str> {
        names.iter().find_map(|wanted| {
            self.metas
                .iter()
                .find(|(name, content)| name == wanted && !content.trim().is_empty())
                .map(|(_, c)| c.as_str())
        })
    }
}

/// A page taken apart.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) head: Head,
    pub(crate) regions: Vec<Region>,
    pub(crate) blocks: Vec<RawBlock>,
    pub(crate) marks: Vec<Mark>,
    /// Blocks that the budget left out.
    pub(crate) blocks_left_out: u64,
    /// Metadata beyond what one page can need.
    pub(crate) metadata_left_out: u64,
}
