//! A statement as Markdown (CommonMark with pipe tables): what it says and its links, and nothing that a page could make
//! into markup.

use crate::statement::{Block, BlockKind, Link, Statement};

/// Most levels that items are indented by.
const DEEPEST: u8 = 8;

impl Statement {
    /// Title, subtitle and body as Markdown, with links.
    pub fn to_markdown(&self) -> String {
        let mut out = Writer::default();
        if let Some(title) = &self.title {
            out.block(&format!("# {}", escape_line(title)));
        }
        if let Some(subtitle) = self.subtitle_apart() {
            out.block(&format!("*{}*", escape_line(subtitle)));
        }
        for block in &self.blocks {
            match &block.kind {
                BlockKind::ListItem { marker, depth, .. } => out.item(block, marker.as_deref(), *depth),
                kind => out.block(&text_block(block, kind)),
            }
        }
        out.text.push('\n');
        out.text
    }
}

#[derive(Default)]
struct Writer {
    text: String,
    /// For each open level of a list, the last number written; none below a level of bullets.
    levels: Vec<Option<u32>>,
}

impl Writer {
    fn block(&mut self, text: &str) {
        if text.trim().is_empty() {
            return;
        }
        if !self.text.is_empty() {
            self.text.push_str("\n\n");
        }
        // Without a mark between them, what follows a list could be read as part of its last item.
        self.levels.clear();
        self.text.push_str(text);
    }

    /// An item. Markdown counts for itself and knows no letters: what it would not show as it stands is a bullet with the
    /// number as text.
    fn item(&mut self, block: &Block, marker: Option<&str>, depth: u8) {
        let begins = self.levels.is_empty();
        let deepest = u8::try_from(self.levels.len()).unwrap_or(DEEPEST).saturating_add(1).min(DEEPEST);
        let level = usize::from(depth.clamp(1, deepest));
        let is_new = self.levels.len() < level;
        self.levels.resize(level, None);
        let last = self.levels.last().copied().flatten();
        // A list begun in the middle of another's item has to begin with 1, or is read as more of its text.
        let follows = |number: &u32| match last {
            _ if is_new => begins || *number == 1,
            last => last.and_then(|last| last.checked_add(1)) == Some(*number),
        };
        let number = marker.and_then(number_of).filter(follows);
        if let Some(open) = self.levels.last_mut() {
            *open = number;
        }
        if !self.text.is_empty() {
            self.text.push_str(if begins { "\n\n" } else { "\n" });
        }
        let indent = "    ".repeat(level - 1);
        let lead = match (number, marker) {
            (Some(number), _) => format!("{number}. "),
            (None, Some(marker)) => format!("- {} ", escape(marker.trim(), Hashes::AtStart)),
            (None, None) => "- ".to_owned(),
        };
        let text = linked(block, Hashes::AtStart).replace('\n', &format!("\\\n{indent}    "));
        self.text.push_str(&format!("{indent}{lead}{text}"));
    }
}

/// The number of a marker that Markdown would show as it stands.
fn number_of(marker: &str) -> Option<u32> {
    let digits = marker.trim().strip_suffix('.')?;
    let plain = digits.bytes().all(|b| b.is_ascii_digit()) && !(digits.len() > 1 && digits.starts_with('0'));
    digits.parse().ok().filter(|number| plain && *number < 1_000_000_000)
}

fn text_block(block: &Block, kind: &BlockKind) -> String {
    match kind {
        // The title is the only heading of the first level.
        BlockKind::Heading { level } => {
            let marks = "#".repeat(usize::from((*level).clamp(2, 6)));
            format!("{marks} {}", linked(block, Hashes::Everywhere).replace('\n', " "))
        }
        BlockKind::Quote => format!("> {}", linked(block, Hashes::AtStart).replace('\n', "\\\n> ")),
        BlockKind::Table => table(&block.text),
        BlockKind::Caption => format!("*{}*", linked(block, Hashes::AtStart).replace('\n', " ")),
        BlockKind::Preformatted => {
            let longest = block.text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
            let fence = "`".repeat(longest.max(2) + 1);
            format!("{fence}\n{}\n{fence}", block.text)
        }
        BlockKind::Paragraph | BlockKind::ListItem { .. } => {
            linked(block, Hashes::AtStart).replace('\n', "\\\n")
        }
    }
}

/// A pipe table with its first row as header, as wide as its widest row: what is beyond the header is not shown.
fn table(text: &str) -> String {
    let rows: Vec<Vec<String>> =
        text.lines().map(|row| row.split(" | ").map(escape_line).collect()).collect();
    let width = rows.iter().map(Vec::len).max().unwrap_or(0);
    let mut out = String::new();
    for (index, mut row) in rows.into_iter().enumerate() {
        row.resize(width, String::new());
        if index > 0 {
            out.push('\n');
        }
        out.push_str(&format!("| {} |", row.join(" | ")));
        if index == 0 {
            out.push_str(&format!("\n|{}", " --- |".repeat(width)));
        }
    }
    out
}

/// The text with its links written in, each at its next occurrence.
fn linked(block: &Block, hashes: Hashes) -> String {
    let mut out = String::new();
    let mut rest = block.text.as_str();
    for Link { text, href } in &block.links {
        let Some(at) = rest.find(text.as_str()).filter(|_| !text.trim().is_empty()) else { continue };
        let (before, from) = rest.split_at(at);
        out.push_str(&escape(before, hashes));
        out.push_str(&format!("[{}](<{}>)", escape(text, hashes), address(href)));
        rest = from.get(text.len()..).unwrap_or_default();
    }
    out.push_str(&escape(rest, hashes));
    out
}

/// An address between pointed brackets.
fn address(href: &str) -> String {
    let mut out = String::with_capacity(href.len());
    for c in href.chars() {
        match c {
            '<' => out.push_str("%3C"),
            '>' => out.push_str("%3E"),
            '\\' => out.push_str("%5C"),
            '&' => out.push_str("&amp;"),
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

fn escape_line(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    escape(&line, Hashes::Everywhere)
}

/// Where `#` would be read as markup: at the start of a line, and in a heading at its end too.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Hashes {
    AtStart,
    Everywhere,
}

/// Escapes what Markdown would read as markup.
fn escape(text: &str, hashes: Hashes) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    // What stands at the beginning of the line so far: nothing, or digits that a full stop would make into a number.
    let (mut is_start, mut digits_only) = (true, true);
    for c in text.chars() {
        let anywhere =
            matches!(c, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '&' | '~' | '!' | '^' | '$');
        let hash = c == '#' && (is_start || hashes == Hashes::Everywhere);
        let at_start = is_start && matches!(c, '+' | '-' | '=' | ':');
        let after_number = digits_only && !is_start && matches!(c, '.' | ')');
        if anywhere || hash || at_start || after_number {
            out.push('\\');
        }
        out.push(c);
        digits_only = c == '\n' || (digits_only && c.is_ascii_digit());
        is_start = c == '\n';
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statement::Section;
    use proptest::prelude::*;
    use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

    fn block(kind: BlockKind, text: &str) -> Block {
        Block { kind, section: Section::Body, text: text.into(), links: Vec::new() }
    }

    fn item(marker: Option<&str>, depth: u8, text: &str) -> Block {
        block(
            BlockKind::ListItem { marker: marker.map(str::to_owned), ordered: marker.is_some(), depth },
            text,
        )
    }

    fn statement(blocks: Vec<Block>) -> Statement {
        Statement { title: Some("Stop".into()), blocks, ..Statement::default() }
    }

    /// What a reader of the rendered page sees, and whether there is anything that the statement did not ask for.
    fn shown(markdown: &str) -> (String, Vec<String>) {
        let (mut text, mut odd) = (String::new(), Vec::new());
        let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_FOOTNOTES;
        let mut counters: Vec<Option<u64>> = Vec::new();
        for event in Parser::new_ext(markdown, options) {
            match event {
                Event::Text(part) => text.push_str(&part),
                Event::SoftBreak | Event::HardBreak => text.push(' '),
                Event::Start(Tag::List(first)) => counters.push(first),
                Event::End(TagEnd::List(_)) => drop(counters.pop()),
                Event::Start(Tag::Item) => {
                    text.push(' ');
                    if let Some(Some(next)) = counters.last_mut() {
                        text.push_str(&format!(" {next}. "));
                        *next += 1;
                    }
                }
                Event::Start(
                    Tag::Paragraph
                    | Tag::Heading { .. }
                    | Tag::BlockQuote(_)
                    | Tag::CodeBlock(_)
                    | Tag::Table(_)
                    | Tag::TableHead
                    | Tag::TableRow
                    | Tag::TableCell
                    | Tag::Link { .. }
                    | Tag::Emphasis,
                ) => {}
                Event::End(TagEnd::Link | TagEnd::Emphasis) => continue,
                Event::End(_) => text.push(' '),
                other => odd.push(format!("{other:?}")),
            }
        }
        (squeeze(&text), odd)
    }

    fn squeeze(text: &str) -> String {
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_statement_as_it_stands() {
        let mut linked = block(BlockKind::Paragraph, "Both the ILO and the IFC *agree*.");
        linked.links.push(Link { text: "ILO".into(), href: "https://ilo.example/?a=1&b=2".into() });
        let markdown = statement(vec![
            linked,
            item(Some("7."), 1, "Seven"),
            item(Some("8."), 1, "Eight"),
            block(BlockKind::Quote, "We stand."),
        ])
        .to_markdown();
        assert_eq!(
            markdown,
            "# Stop\n\nBoth the [ILO](<https://ilo.example/?a=1&amp;b=2>) and the IFC \\*agree\\*.\n\n7. Seven\n8. Eight\n\n> We stand.\n"
        );
    }

    #[test]
    fn numbers_stay_as_the_page_shows_them() {
        let markdown = statement(vec![
            item(Some("7."), 1, "Seven"),
            item(Some("12."), 1, "Twelve"),
            item(Some("(a)"), 3, "deep"),
        ])
        .to_markdown();
        assert_eq!(shown(&markdown).0, "Stop 7. Seven 12. Twelve (a) deep");
    }

    #[test]
    fn no_cell_of_a_wide_row_is_lost() {
        let markdown = statement(vec![block(BlockKind::Table, "Name\nA | B | <b>")]).to_markdown();
        assert_eq!(shown(&markdown), ("Stop Name A B <b>".to_owned(), Vec::new()));
    }

    fn line() -> impl Strategy<Value = String> {
        let text =
            proptest::string::string_regex("[-ab1.)(#*_`<>&;|~!\\\\+=:\"'$^{}/\\[\\] é字]{0,24}").unwrap();
        text.prop_map(|text| squeeze(&text)).prop_filter("no text", |text| !text.is_empty())
    }

    fn any_block() -> impl Strategy<Value = Block> {
        let lines = proptest::collection::vec(line(), 1..3).prop_map(|lines| lines.join("\n"));
        let marker = proptest::option::of(prop_oneof![
            (0_u32..20).prop_map(|n| format!("{n}.")),
            Just("a)".to_owned()),
            Just("*".to_owned())
        ]);
        let kind = prop_oneof![
            (1_u8..7).prop_map(|level| BlockKind::Heading { level }),
            Just(BlockKind::Paragraph),
            Just(BlockKind::Quote),
            Just(BlockKind::Caption),
            Just(BlockKind::Preformatted),
            (marker, 1_u8..5).prop_map(|(marker, depth)| BlockKind::ListItem {
                marker,
                ordered: true,
                depth
            }),
        ];
        (kind, lines).prop_map(|(kind, text)| block(kind, &text))
    }

    proptest! {
        /// Another's parser reads back the words of the statement, and finds no markup that is not ours.
        #[test]
        fn whatever_a_page_says_is_text(blocks in proptest::collection::vec(any_block(), 0..6)) {
            let mut expected = "Stop".to_owned();
            for block in &blocks {
                if let BlockKind::ListItem { marker: Some(marker), .. } = &block.kind {
                    expected.push_str(&format!(" {marker}"));
                }
                expected.push_str(&format!(" {}", block.text));
            }
            let markdown = statement(blocks).to_markdown();
            let (text, odd) = shown(&markdown);
            prop_assert_eq!(text, squeeze(&expected), "{}", markdown);
            prop_assert!(odd.is_empty(), "{:?} in {}", odd, markdown);
        }
    }
}
