//! Telling tables of data from tables that only place things on a page.

use crate::tag::Tag;
use ego_tree::NodeRef;
use ego_tree::iter::Edge;
use scraper::Node;

/// How many nodes of a table are looked at before it is judged.
const LOOK_AHEAD: usize = 3000;

/// Text in one cell beyond which a table is taken for layout.
const LONG_CELL: usize = 700;

/// Rows up to which lists in cells are columns of one list rather than data.
const FEW_ROWS: usize = 2;

/// Whether a `<table>` holds data, so that each row is one line of text.
pub(crate) fn is_data(table: NodeRef<'_, Node>) -> bool {
    if table
        .value()
        .as_element()
        .and_then(|e| e.attr("role"))
        .is_some_and(|role| matches!(role, "presentation" | "none"))
    {
        return false;
    }
    let (mut cell, mut blocks, mut rows, mut most_cells, mut cells) =
        (0_usize, 0_usize, 0_usize, 0_usize, 0_usize);
    // Line breaks and list items of the current cell, and how many cells have several.
    let (mut lines, mut columns) = (0_usize, 0_usize);
    for edge in table.traverse().skip(1).take(LOOK_AHEAD) {
        let Edge::Open(node) = edge else { continue };
        match node.value() {
            Node::Text(text) => {
                cell += text.text.trim().len();
                if cell > LONG_CELL {
                    return false;
                }
            }
            Node::Element(element) => match Tag::of(element.name()) {
                Tag::Cell => {
                    cell = 0;
                    blocks = 0;
                    lines = 0;
                    cells += 1;
                    most_cells = most_cells.max(cells);
                }
                Tag::Row => {
                    cells = 0;
                    rows += 1;
                }
                Tag::Heading | Tag::Article | Tag::Section | Tag::Nav | Tag::Form | Tag::Main => {
                    return false;
                }
                Tag::Table if element.name() == "table" => return false,
                Tag::Break => {
                    lines += 1;
                    columns += usize::from(lines == 2);
                }
                Tag::P | Tag::Div | Tag::Li => {
                    if Tag::of(element.name()) == Tag::Li {
                        lines += 1;
                        columns += usize::from(lines == 2);
                    }
                    blocks += 1;
                    if blocks > 8 {
                        return false;
                    }
                }
                _ => {}
            },
            _ => {}
        }
    }
    rows > 0 && most_cells > 1 && (rows > FEW_ROWS || columns < 2)
}
