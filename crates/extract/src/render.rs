//! A statement as plain text and as Markdown, both from the one list of blocks. JSON comes from `serde`.

use crate::statement::{Block, BlockKind, Section, Statement};

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
    fn subtitle_apart(&self) -> Option<&str> {
        let plain = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        let repeated = |subtitle: &&str| {
            let wanted = plain(subtitle);
            self.blocks.iter().take(3).any(|block| plain(&block.text) == wanted)
        };
        self.subtitle.as_deref().filter(|subtitle| !repeated(subtitle))
    }

    /// The same as Markdown, with links.
    pub fn to_markdown(&self) -> String {
        let mut out = String::new();
        if let Some(title) = &self.title {
            out.push_str("# ");
            out.push_str(&escape(title));
        }
        if let Some(subtitle) = self.subtitle_apart() {
            out.push_str("\n\n*");
            out.push_str(&escape(subtitle));
            out.push('*');
        }
        let mut previous: Option<&Block> = None;
        for block in &self.blocks {
            separate(&mut out, previous, block, "\n");
            push_markdown(&mut out, block);
            previous = Some(block);
        }
        out.push('\n');
        out
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

fn push_markdown(out: &mut String, block: &Block) {
    let text = linked(block);
    match &block.kind {
        BlockKind::Heading { level } => {
            // The title is the only heading of the first level.
            out.push_str(&"#".repeat(usize::from((*level).clamp(2, 6))));
            out.push(' ');
            out.push_str(&text.replace('\n', " "));
        }
        BlockKind::ListItem { marker, depth, .. } => {
            let indent = "    ".repeat(usize::from(depth.saturating_sub(1)).min(8));
            out.push_str(&indent);
            out.push_str(marker.as_deref().unwrap_or("-"));
            out.push(' ');
            out.push_str(&text.replace('\n', &format!("  \n{indent}    ")));
        }
        BlockKind::Quote => {
            out.push_str("> ");
            out.push_str(&text.replace('\n', "\n> "));
        }
        BlockKind::Table => push_table(out, &block.text),
        BlockKind::Caption => {
            out.push('*');
            out.push_str(&text.replace('\n', " "));
            out.push('*');
        }
        BlockKind::Preformatted => {
            let fence = if block.text.contains("```") { "````" } else { "```" };
            for part in [fence, "\n", &block.text, "\n", fence] {
                out.push_str(part);
            }
        }
        BlockKind::Paragraph => out.push_str(&text.replace('\n', "  \n")),
    }
    if block.section == Section::Signatories && matches!(block.kind, BlockKind::Heading { .. }) {
        out.push('\n');
    }
}

/// A pipe table with its first row as header.
fn push_table(out: &mut String, text: &str) {
    for (index, row) in text.lines().enumerate() {
        let cells: Vec<String> = row.split(" | ").map(escape).collect();
        if index > 0 {
            out.push('\n');
        }
        out.push_str(&format!("| {} |", cells.join(" | ")));
        if index == 0 {
            out.push_str(&format!("\n|{}", " --- |".repeat(cells.len())));
        }
    }
}

/// The text with its links written in, each at its next occurrence.
fn linked(block: &Block) -> String {
    let mut out = String::new();
    let mut rest = block.text.as_str();
    for link in &block.links {
        let Some(at) = rest.find(link.text.as_str()).filter(|_| !link.text.is_empty()) else { continue };
        let (before, from) = rest.split_at(at);
        out.push_str(&escape(before));
        out.push_str(&format!("[{}](<{}>)", escape(&link.text), link.href.replace(['<', '>', '\n'], "")));
        rest = from.get(link.text.len()..).unwrap_or_default();
    }
    out.push_str(&escape(rest));
    out
}

/// Escapes what Markdown would read as markup.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut line_start = true;
    for c in text.chars() {
        let special = matches!(c, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|')
            || (line_start && matches!(c, '#' | '+' | '-' | '~'));
        if special {
            out.push('\\');
        }
        out.push(c);
        line_start = c == '\n';
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statement::Link;

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
    fn markdown() {
        assert_eq!(
            sample().to_markdown(),
            "# Stop\n\nBoth the [ILO](<https://ilo.example/>) and the IFC \\*agree\\*.\n\n7. Seven\n8. Eight\n\n> We stand.\n"
        );
    }

    #[test]
    fn json_names_kinds() {
        let json = serde_json::to_value(sample()).unwrap();
        assert_eq!(json["blocks"][1]["kind"], "list-item");
        assert_eq!(json["blocks"][1]["marker"], "7.");
    }
}
