//! Telling a raised number that is a footnote mark from one that belongs to the word before it.

use ego_tree::NodeRef;
use scraper::Node;

/// Longest mark: `[12]`, `***`.
const LONGEST: usize = 6;

/// Nodes in a `<sup>` that are looked at.
const LOOK_AHEAD: usize = 8;

/// Whether a `<sup>` behind a word marks a footnote, as in `report¹`, and is no exponent or ordinal, as in `m²` and `4th`.
pub(crate) fn is_mark(sup: NodeRef<'_, Node>, before: &str) -> bool {
    let mut text = String::new();
    let mut linked = false;
    for node in sup.descendants().take(LOOK_AHEAD) {
        match node.value() {
            Node::Text(piece) if text.len() <= LONGEST => text.push_str(piece.text.trim()),
            Node::Element(element) => linked |= element.name() == "a",
            _ => {}
        }
    }
    let marks = |c: char| c.is_ascii_digit() || matches!(c, '[' | ']' | '(' | ')' | ',' | '*' | '†' | '‡');
    if before.is_empty() || text.is_empty() || text.chars().count() > LONGEST || !text.chars().all(marks) {
        return false;
    }
    linked || text.starts_with(['[', '(', '*', '†', '‡']) || !may_have_exponent(before)
}

/// `10`, `m`, `km`, `x)`: what a raised number behind it is a power of.
fn may_have_exponent(word: &str) -> bool {
    word.ends_with(|c: char| c.is_ascii_digit() || c == ')')
        || word.chars().filter(|c| c.is_alphabetic()).count() <= 2
}
