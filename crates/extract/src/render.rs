//! A statement as plain text, from the one list of blocks that [Markdown](crate::markdown) and [HTML](crate::html) come
//! from too. JSON comes from `serde`.

use crate::statement::{Block, BlockKind, Statement};

impl Statement {
    /// The text of the blocks: paragraphs separated by blank lines, list items one a line with their numbers as shown.
    pub fn body_text(&self) -> String {
        let mut out = String::new();
        let mut previous: Option<&Block> = None;
        for block in &self.blocks {
            separate(&mut out, previous, block, "\n");
            if let BlockKind::ListItem { marker, .. } = &block.kind {
                out.push_str(marker.as_deref().unwrap_or("-"));
                out.push(' ');
            }
            out.push_str(&block.text);
            previous = Some(block);
        }
        out
    }

    /// Title, subtitle and body as plain text: what is archived, hashed and indexed.
    pub fn to_text(&self) -> String {
        let body = self.body_text();
        let head = [self.title.as_deref(), self.subtitle_apart()];
        let parts = head.into_iter().flatten().chain((!body.is_empty()).then_some(body.as_str()));
        parts.collect::<Vec<_>>().join("\n\n")
    }

    /// The subtitle, if it is not the beginning of the text as well.
    pub(crate) fn subtitle_apart(&self) -> Option<&str> {
        let plain = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        let repeated = |subtitle: &&str| {
            let wanted = plain(subtitle);
            self.blocks.iter().take(3).any(|block| plain(&block.text) == wanted)
        };
        self.subtitle.as_deref().filter(|subtitle| !repeated(subtitle))
    }
}

/// A blank line between blocks, a line end between items of one list.
fn separate(out: &mut String, previous: Option<&Block>, block: &Block, line: &str) {
    if out.is_empty() {
        return;
    }
    let item = |block: &Block| matches!(block.kind, BlockKind::ListItem { .. });
    let same_list =
        previous.is_some_and(|previous| item(previous) && previous.section == block.section) && item(block);
    out.push_str(line);
    if !same_list {
        out.push_str(line);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statement::{Link, Section};

    fn block(kind: BlockKind, text: &str) -> Block {
        Block { kind, section: Section::Body, text: text.into(), links: Vec::new() }
    }

    fn sample() -> Statement {
        let item = |n: &str| BlockKind::ListItem { marker: Some(n.into()), ordered: true, depth: 1 };
        let mut linked = block(BlockKind::Paragraph, "Both the ILO and the IFC *agree*.");
        linked.links.push(Link { text: "ILO".into(), href: "https://ilo.example/".into() });
        Statement {
            title: Some("Stop".into()),
            blocks: vec![
                linked,
                block(item("7."), "Seven"),
                block(item("8."), "Eight"),
                block(BlockKind::Quote, "We stand."),
            ],
            ..Statement::default()
        }
    }

    #[test]
    fn plain_text() {
        assert_eq!(
            sample().to_text(),
            "Stop\n\nBoth the ILO and the IFC *agree*.\n\n7. Seven\n8. Eight\n\nWe stand."
        );
    }

    #[test]
    fn json_names_kinds() {
        let json = serde_json::to_value(sample()).unwrap();
        assert_eq!(json["blocks"][1]["kind"], "list-item");
        assert_eq!(json["blocks"][1]["marker"], "7.");
    }
}
