//! From the element tree to a flat list of text blocks, each with the region it stands in.
//!
//! One pass over the tree, without recursion. A *region* is a block-level element; a *block* is a run of text between
//! two block boundaries. Nothing is judged here but what can never be text (scripts, icons, form fields, text that only
//! a screen reader meets); everything else is a candidate with evidence attached.

use crate::footnote;
use crate::hints::{self, Hints};
use crate::list::{ListState, marker_of};
use crate::page::{Head, Mark, MarkKind, Page, RawBlock, Region, bit};
use crate::statement::{BlockKind, Link};
use crate::table;
use crate::tag::Tag;
use crate::text::TextBuilder;
use ego_tree::{NodeId, NodeRef};
use scraper::node::Element;
use scraper::{Html, Node};

/// Pieces of metadata of one sort that are kept: each is looked through again and again, and no page needs more.
pub(crate) const MOST_METADATA: usize = 1000;

/// Takes a parsed page apart.
pub(crate) fn walk(html: &Html, max_blocks: usize) -> Page {
    let mut walker = Walker::new(html.tree.root().id(), max_blocks);
    let root = html.tree.root();
    let mut node = root;
    loop {
        if walker.enter(node)
            && let Some(child) = node.first_child()
        {
            node = child;
            continue;
        }
        walker.leave(node);
        loop {
            if let Some(next) = node.next_sibling() {
                node = next;
                break;
            }
            let Some(parent) = node.parent() else { return walker.finish() };
            walker.leave(parent);
            node = parent;
            if node == root {
                return walker.finish();
            }
        }
    }
}

/// An open inline element that matters.
struct OpenInline {
    node: NodeId,
    hints: Hints,
    start: usize,
    link: Option<String>,
    marks: Marks,
    strong: bool,
    /// Whether a browser puts quotation marks around it.
    quoted: bool,
}

struct Walker {
    page: Page,
    region: usize,
    builder: TextBuilder,
    links: Vec<Link>,
    link_chars: usize,
    strong_chars: usize,
    inline: Hints,
    open: Vec<OpenInline>,
    lists: Vec<ListState>,
    marker: Option<(Option<String>, bool)>,
    heading: Option<u8>,
    pre: Option<NodeId>,
    /// The data table that is open, and its current row's cells so far.
    table: Option<NodeId>,
    row_has_cell: bool,
    breaks: u8,
    after_link: bool,
    max_blocks: usize,
}

impl Walker {
    fn new(root: NodeId, max_blocks: usize) -> Self {
        let region = Region {
            parent: 0,
            node: root,
            tag: Tag::Root,
            hints: Hints::NONE,
            inherited: Hints::NONE,
            tags: bit(Tag::Root),
            depth: 0,
            signature: 0,
            first: 0,
            end: 0,
        };
        let page = Page {
            head: Head::default(),
            regions: vec![region],
            blocks: Vec::new(),
            marks: Vec::new(),
            blocks_left_out: 0,
            metadata_left_out: 0,
        };
        Self {
            page,
            region: 0,
            builder: TextBuilder::default(),
            links: Vec::new(),
            link_chars: 0,
            strong_chars: 0,
            inline: Hints::NONE,
            open: Vec::new(),
            lists: Vec::new(),
            marker: None,
            heading: None,
            pre: None,
            table: None,
            row_has_cell: false,
            breaks: 0,
            after_link: false,
            max_blocks,
        }
    }

    fn finish(mut self) -> Page {
        self.flush();
        let end = self.page.blocks.len();
        if let Some(root) = self.page.regions.first_mut() {
            root.end = end;
        }
        self.page
    }

    /// Whether to go into the node's children.
    fn enter(&mut self, node: NodeRef<'_, Node>) -> bool {
        match node.value() {
            Node::Document => true,
            Node::Text(text) => {
                self.text(&text.text);
                false
            }
            Node::Element(element) => self.enter_element(node, element),
            _ => false,
        }
    }

    fn text(&mut self, text: &str) {
        if text.chars().any(|c| !c.is_whitespace()) {
            self.breaks = 0;
            self.after_link = false;
        }
        self.builder.push(text);
    }

    fn enter_element(&mut self, node: NodeRef<'_, Node>, element: &Element) -> bool {
        let name = element.name();
        let tag = Tag::of(name);
        match tag {
            Tag::Skip => return self.enter_skipped(node, element),
            Tag::Break => self.line_break(),
            Tag::Rule => self.flush(),
            Tag::Inline => return self.open_inline(node, element),
            _ => {
                if name == "html" {
                    self.page.head.language =
                        element.attr("lang").or_else(|| element.attr("xml:lang")).map(str::to_owned);
                }
                self.open_region(node, element, tag);
                return true;
            }
        }
        false
    }

    /// Elements that hold no text of the page, but perhaps something about it.
    fn enter_skipped(&mut self, node: NodeRef<'_, Node>, element: &Element) -> bool {
        let text =
            || node.first_child().and_then(|child| child.value().as_text().map(|text| text.text.to_string()));
        let head = &mut self.page.head;
        match element.name() {
            "head" => return true,
            "title" if head.title.is_none() => head.title = text(),
            "base" if head.base.is_none() => head.base = element.attr("href").map(str::to_owned),
            "script" if head.json_ld.len() >= MOST_METADATA => self.page.metadata_left_out += 1,
            "script" => head.json_ld.extend(text()),
            "meta" => self.meta(element),
            "link" => {
                let rel = element.attr("rel").unwrap_or_default();
                if rel.eq_ignore_ascii_case("canonical") && head.canonical.is_none() {
                    head.canonical = element.attr("href").map(str::to_owned);
                }
            }
            _ => {}
        }
        false
    }

    fn meta(&mut self, element: &Element) {
        let Some(content) = element.attr("content") else { return };
        if self.page.head.metas.len() >= MOST_METADATA {
            self.page.metadata_left_out += 1;
            return;
        }
        let names = ["property", "name", "itemprop", "http-equiv"];
        for name in names.iter().filter_map(|attribute| element.attr(attribute)) {
            let name = name.trim().to_ascii_lowercase();
            if element.attr("itemprop").is_some() && name.contains("date") {
                self.page.marks.push(Mark {
                    kind: MarkKind::Time,
                    text: String::new(),
                    value: Some(content.to_owned()),
                    hints: Hints::DATE,
                    block: self.page.blocks.len(),
                    region: self.region,
                });
            }
            self.page.head.metas.push((name, content.to_owned()));
        }
    }

    fn line_break(&mut self) {
        if self.table.is_some() {
            self.builder.space();
            return;
        }
        self.breaks = self.breaks.saturating_add(1);
        if self.breaks >= 2 && self.pre.is_none() {
            self.flush();
        } else {
            self.builder.line();
        }
    }

    fn open_inline(&mut self, node: NodeRef<'_, Node>, element: &Element) -> bool {
        let name = element.name();
        let hints = hints::of_element(element);
        let unseen = hints.any(Hints::OFFSCREEN) || hints::is_hidden(element);
        if unseen || (name == "a" && hints.any(Hints::SKIP)) {
            return false;
        }
        let link = (name == "a").then(|| element.attr("href").unwrap_or_default().to_owned());
        if link.is_some() && self.after_link {
            self.builder.space();
        }
        if name == "sup" && footnote::is_mark(node, self.builder.last_word()) {
            self.builder.space();
        }
        let quoted = name == "q";
        if quoted {
            self.builder.push("“");
        }
        let marks = Marks::of(name, element, hints);
        let strong = matches!(name, "b" | "strong" | "em" | "i" | "u" | "big");
        if link.is_some() || marks.any() || strong || quoted || hints != Hints::NONE {
            let start = self.builder.len();
            self.open.push(OpenInline { node: node.id(), hints, start, link, marks, strong, quoted });
        }
        true
    }

    fn open_region(&mut self, node: NodeRef<'_, Node>, element: &Element, tag: Tag) {
        if self.table.is_some() {
            self.open_in_table(tag);
        } else {
            self.flush();
        }
        let own = hints::of_element(element);
        let parent = self.page.regions.get(self.region);
        let (inherited, tags, depth) =
            parent.map_or((Hints::NONE, 0, 0), |parent| (parent.inherited, parent.tags, parent.depth));
        // Classes of <body> describe the template, not the place: "single-post no-sidebar has-cookie-bar".
        let own = if matches!(tag, Tag::Body) || element.name() == "html" { Hints::NONE } else { own };
        self.page.regions.push(Region {
            parent: self.region,
            node: node.id(),
            tag,
            hints: own,
            inherited: inherited.with(own),
            tags: tags | bit(tag),
            depth: depth.saturating_add(1),
            signature: signature(element),
            first: self.page.blocks.len(),
            end: 0,
        });
        self.region = self.page.regions.len() - 1;
        self.open_structure(node, element, tag);
        let marks = Marks::of(element.name(), element, own);
        if marks.any() {
            self.open.push(OpenInline {
                node: node.id(),
                hints: own,
                start: 0,
                link: None,
                marks,
                strong: false,
                quoted: false,
            });
        }
    }

    /// Lists, headings, preformatted text and tables change how the blocks inside them are read.
    fn open_structure(&mut self, node: NodeRef<'_, Node>, element: &Element, tag: Tag) {
        match tag {
            Tag::List => self.lists.push(ListState::open(node, element)),
            Tag::Li => {
                let marker = marker_of(self.lists.last_mut(), element);
                let ordered = self.lists.last().is_some_and(|list| list.ordered);
                self.marker = Some((marker, ordered));
            }
            Tag::Heading => {
                self.heading = element.name().as_bytes().get(1).map(|digit| digit.saturating_sub(b'0'))
            }
            Tag::Pre if self.pre.is_none() => {
                self.pre = Some(node.id());
                self.builder = TextBuilder::verbatim();
            }
            Tag::Table if self.table.is_none() && element.name() == "table" && table::is_data(node) => {
                self.table = Some(node.id());
            }
            _ => {}
        }
    }

    fn open_in_table(&mut self, tag: Tag) {
        match tag {
            Tag::Row | Tag::Caption => {
                self.flush();
                self.row_has_cell = false;
            }
            Tag::Cell => {
                if self.row_has_cell {
                    self.builder.push(" | ");
                }
                self.row_has_cell = true;
            }
            _ => self.builder.space(),
        }
    }

    fn leave(&mut self, node: NodeRef<'_, Node>) {
        let Node::Element(element) = node.value() else { return };
        let tag = Tag::of(element.name());
        if tag.is_block() {
            self.close_region(node, tag);
        } else if self.open.last().is_some_and(|open| open.node == node.id()) {
            self.close_inline();
        }
    }

    fn close_region(&mut self, node: NodeRef<'_, Node>, tag: Tag) {
        if self.table.is_none() || matches!(tag, Tag::Row | Tag::Caption) || self.table == Some(node.id()) {
            if self.open.last().is_some_and(|open| open.node == node.id()) {
                self.close_inline();
            }
            self.flush();
        } else {
            self.builder.space();
            if self.open.last().is_some_and(|open| open.node == node.id()) {
                self.close_inline();
            }
        }
        match tag {
            Tag::List => {
                self.lists.pop();
            }
            Tag::Li => self.marker = None,
            Tag::Heading => self.heading = None,
            Tag::Pre if self.pre == Some(node.id()) => {
                self.pre = None;
                self.builder = TextBuilder::default();
            }
            Tag::Table if self.table == Some(node.id()) => self.table = None,
            _ => {}
        }
        let end = self.page.blocks.len();
        if let Some(region) = self.page.regions.get_mut(self.region) {
            region.end = end;
            self.region = region.parent;
        }
    }

    fn close_inline(&mut self) {
        let Some(open) = self.open.pop() else { return };
        if open.quoted {
            self.builder.push("”");
        }
        let text = self.builder.since(open.start).to_owned();
        let chars = text.chars().count();
        self.inline = self.inline.with(open.hints);
        if open.strong {
            self.strong_chars += chars;
        }
        if let Some(href) = open.link {
            self.link_chars += chars;
            self.after_link = true;
            if !text.is_empty() {
                self.links.push(Link { text: text.clone(), href });
            }
        }
        if open.marks.any() {
            self.mark(open.marks, open.hints, text, open.start == 0);
        }
    }

    /// Notes what an element names; its text may already have become a block.
    fn mark(&mut self, marks: Marks, hints: Hints, text: String, whole: bool) {
        let ended =
            || self.page.blocks.last().filter(|_| whole).map(|block| block.text.clone()).unwrap_or_default();
        let text = if text.is_empty() { ended() } else { text };
        let (block, region) = (self.page.blocks.len(), self.region);
        if marks.author {
            let mark = Mark { kind: MarkKind::Author, text: text.clone(), value: None, hints, block, region };
            self.page.marks.push(mark);
        }
        if marks.time {
            self.page.marks.push(Mark {
                kind: MarkKind::Time,
                text,
                value: marks.value,
                hints,
                block,
                region,
            });
        }
    }

    /// Ends the current block.
    fn flush(&mut self) {
        self.breaks = 0;
        self.split_open_inlines();
        if self.builder.is_empty() {
            self.reset_block();
            return;
        }
        let text = self.builder.take();
        if !text.chars().any(char::is_alphanumeric) {
            self.reset_block();
            return;
        }
        if self.page.blocks.len() >= self.max_blocks {
            self.page.blocks_left_out += 1;
            self.reset_block();
            return;
        }
        let kind = self.kind();
        // A heading may stand in preformatted text; only the latter begins with spaces that matter.
        let text = if kind == BlockKind::Preformatted { text } else { text.trim().to_owned() };
        let block = RawBlock {
            region: self.region,
            kind,
            chars: text.chars().count(),
            text,
            link_chars: self.link_chars,
            links: std::mem::take(&mut self.links),
            inline: self.inline,
            strong_chars: self.strong_chars,
        };
        self.page.blocks.push(block);
        self.reset_block();
    }

    /// A link or byline that goes on in the next block is counted in both.
    fn split_open_inlines(&mut self) {
        for open in &mut self.open {
            let text = self.builder.since(open.start);
            let chars = text.chars().count();
            if let Some(href) = open.link.as_ref().filter(|_| chars > 0) {
                self.link_chars += chars;
                self.links.push(Link { text: text.to_owned(), href: href.clone() });
            }
            if open.strong {
                self.strong_chars += chars;
            }
            self.inline = self.inline.with(open.hints);
            open.start = 0;
        }
    }

    fn reset_block(&mut self) {
        self.builder.take();
        self.links.clear();
        self.link_chars = 0;
        self.strong_chars = 0;
        self.inline = Hints::NONE;
    }

    fn kind(&mut self) -> BlockKind {
        let tags = self.page.regions.get(self.region);
        let inside = |tag| tags.is_some_and(|region| region.inside(tag));
        if let Some(level) = self.heading {
            self.marker = None;
            return BlockKind::Heading { level };
        }
        if self.table.is_some() && !inside(Tag::Caption) {
            return BlockKind::Table;
        }
        if self.pre.is_some() {
            return BlockKind::Preformatted;
        }
        if inside(Tag::Caption) {
            return BlockKind::Caption;
        }
        if let Some((marker, ordered)) = self.marker.take() {
            let depth = u8::try_from(self.lists.len().clamp(1, 255)).unwrap_or(u8::MAX);
            return BlockKind::ListItem { marker, ordered, depth };
        }
        if inside(Tag::Quote) { BlockKind::Quote } else { BlockKind::Paragraph }
    }
}

/// What an element names.
struct Marks {
    time: bool,
    author: bool,
    /// The machine-readable form of the time.
    value: Option<String>,
}

impl Marks {
    fn of(name: &str, element: &Element, hints: Hints) -> Self {
        let time = name == "time" || (hints.any(Hints::DATE) && !hints.any(Hints::COMMENT));
        let values = ["datetime", "content", "title", "data-datetime", "data-date"];
        let value =
            values.iter().filter(|_| time).find_map(|attribute| element.attr(attribute)).map(str::to_owned);
        let related = |rel: &str| rel.split_whitespace().any(|word| word.eq_ignore_ascii_case("author"));
        let author = hints.any(Hints::AUTHOR)
            || element.attr("rel").is_some_and(related)
            || element.attr("itemprop").is_some_and(|property| property.eq_ignore_ascii_case("author"));
        Self { time, author, value }
    }

    fn any(&self) -> bool {
        self.time || self.author
    }
}

/// A hash (FNV-1a) of tag and classes.
fn signature(element: &Element) -> u32 {
    let class = element.attr("class").unwrap_or_default();
    let bytes = element.name().bytes().chain([b'.']).chain(class.bytes().filter(|b| !b.is_ascii_digit()));
    bytes.fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}
