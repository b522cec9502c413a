//! Parsing within budgets: a page of any shape costs a bounded amount of time and memory.
//!
//! html5ever is quadratic in the depth of open elements and in the attributes of one tag, so both are limited
//! *before* its tree builder sees them: [`prescan`](crate::prescan) shortens tags with absurdly many attributes, and a
//! token sink between tokenizer and tree builder drops tags beyond the depth and everything beyond the node and text
//! budgets. The tree sink reports each insertion's true depth back, so implied end tags need no guessing.

use crate::params::{Budget, Cut, Params};
use crate::prescan;
use html5ever::buffer_queue::BufferQueue;
use html5ever::tendril::StrTendril;
use html5ever::tokenizer::{Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts};
use html5ever::tree_builder::{ElementFlags, NodeOrText, QuirksMode, TreeBuilder, TreeBuilderOpts, TreeSink};
use html5ever::{Attribute, LocalName, QualName, TokenizerResult};
use scraper::{Html, HtmlTreeSink};
use std::borrow::Cow;
use std::cell::{Cell, Ref, RefCell};
use std::rc::Rc;

type Id = <HtmlTreeSink as TreeSink>::Handle;

/// How many dropped start tags are searched for the partner of an end tag.
const PARTNER_WINDOW: usize = 32;

/// Characters fed to the tokenizer at a time, so that decoding never holds a second copy of a large page.
const CHUNK: usize = 64 * 1024;

/// For which readers a page is parsed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reader {
    /// Those whose browsers run scripts, which is what pages are made for. `<noscript>` is nothing then: its fallback
    /// markup and JSON never pass for content.
    WithScripts,
    /// Those whose browsers run none, for pages that hold nothing for others but a script. `<noscript>` is as if its
    /// tags were not there.
    WithoutScripts,
}

/// Parses a page, keeping to the budgets; the second value lists what they cut.
pub(crate) fn parse(html: &str, params: &Params, reader: Reader) -> (Html, Vec<Cut>) {
    let (html, shortened) = prescan::prepare(html, params.max_attributes_per_element, reader);
    let usage = Rc::new(Usage::default());
    usage.attributes_cut.set(shortened);
    let limits = Limits {
        depth: params.max_depth,
        nodes: params.max_nodes,
        text: params.max_text_bytes,
        attributes: params.max_attributes,
    };
    let sink = CountingSink {
        inner: HtmlTreeSink::new(Html::new_document()),
        depths: RefCell::new(vec![0]),
        usage: Rc::clone(&usage),
        max_attributes: params.max_attributes,
    };
    let options = TreeBuilderOpts { scripting_enabled: true, ..TreeBuilderOpts::default() };
    let guard = Guard {
        inner: TreeBuilder::new(sink, options),
        usage: Rc::clone(&usage),
        limits,
        dropped: RefCell::new(Vec::new()),
        muted: RefCell::new(None),
        reader,
    };
    let tokenizer = Tokenizer::new(guard, TokenizerOpts::default());
    let queue = BufferQueue::default();
    let mut unread = html.len();
    for chunk in chunks(&html) {
        unread = unread.saturating_sub(chunk.len());
        queue.push_back(StrTendril::from_slice(chunk));
        // The tokenizer pauses at scripts and at declared encodings; neither changes anything here.
        while !matches!(tokenizer.feed(&queue), TokenizerResult::Done) {}
        if usage.exhausted(&limits) {
            usage.stop(&limits, unread > 0);
            break;
        }
    }
    tokenizer.end();
    let document = tokenizer.sink.inner.sink.finish();
    (document, usage.cuts(&limits))
}

/// Splits text at character boundaries into pieces of at most [`CHUNK`] bytes.
fn chunks(mut text: &str) -> impl Iterator<Item = &str> {
    std::iter::from_fn(move || {
        if text.is_empty() {
            return None;
        }
        let mut end = CHUNK.min(text.len());
        while !text.is_char_boundary(end) {
            end += 1;
        }
        let (head, tail) = text.split_at(end);
        text = tail;
        Some(head)
    })
}

#[derive(Clone, Copy)]
struct Limits {
    depth: u32,
    nodes: u32,
    text: u64,
    attributes: u32,
}

/// What has been spent so far; shared by the two sinks.
#[derive(Default)]
struct Usage {
    nodes: Cell<u32>,
    text: Cell<u64>,
    attributes: Cell<u32>,
    /// Attributes of the elements made, those rebuilt included.
    attributes_made: Cell<u64>,
    /// Depth of the node that the tree builder last inserted into.
    depth: Cell<u32>,
    /// End tags seen since that insertion.
    closed: Cell<u32>,
    depth_cut: Cell<u64>,
    nodes_cut: Cell<u64>,
    text_cut: Cell<u64>,
    attributes_cut: Cell<u64>,
}

impl Usage {
    fn at(&self, depth: u32) {
        self.depth.set(depth);
        self.closed.set(0);
    }

    /// Depth at which the next element would open, as far as is known before the tree builder decides.
    fn open_depth(&self) -> u32 {
        self.depth.get().saturating_sub(self.closed.get())
    }

    fn exhausted(&self, limits: &Limits) -> bool {
        self.nodes.get() >= limits.nodes || self.text.get() >= limits.text
    }

    /// Notes that the rest of the page, if there is any, was not looked at.
    fn stop(&self, limits: &Limits, more: bool) {
        let cut = if self.text.get() >= limits.text { &self.text_cut } else { &self.nodes_cut };
        add(cut, u64::from(more));
    }

    fn cuts(&self, limits: &Limits) -> Vec<Cut> {
        [
            (Budget::Depth, u64::from(limits.depth), self.depth_cut.get()),
            (Budget::Nodes, u64::from(limits.nodes), self.nodes_cut.get()),
            (Budget::TextBytes, limits.text, self.text_cut.get()),
            (Budget::Attributes, u64::from(limits.attributes), self.attributes_cut.get()),
        ]
        .into_iter()
        .filter(|(_, _, left_out)| *left_out > 0)
        .map(|(budget, limit, left_out)| Cut { budget, limit, left_out })
        .collect()
    }
}

fn add(counter: &Cell<u64>, amount: u64) {
    counter.set(counter.get().saturating_add(amount));
}

/// The sink between tokenizer and tree builder.
struct Guard {
    inner: TreeBuilder<Handle, CountingSink>,
    usage: Rc<Usage>,
    limits: Limits,
    /// Names of start tags that were dropped for their depth and are still open.
    dropped: RefCell<Vec<LocalName>>,
    /// The element whose text nobody needs (scripts, styles), while it is open.
    muted: RefCell<Option<LocalName>>,
    reader: Reader,
}

impl TokenSink for Guard {
    type Handle = Handle;

    fn process_token(&self, token: Token, line: u64) -> TokenSinkResult<Handle> {
        let token = match token {
            Token::TagToken(tag) => match self.admit_tag(tag) {
                Some(tag) => Token::TagToken(tag),
                None => return TokenSinkResult::Continue,
            },
            Token::CharacterTokens(text) => {
                if !self.admit_text(&text) {
                    return TokenSinkResult::Continue;
                }
                Token::CharacterTokens(text)
            }
            Token::CommentToken(_) | Token::ParseError(_) => return TokenSinkResult::Continue,
            other => other,
        };
        self.inner.process_token(token, line)
    }

    fn end(&self) {
        self.inner.end();
    }

    fn adjusted_current_node_present_but_not_in_html_namespace(&self) -> bool {
        self.inner.adjusted_current_node_present_but_not_in_html_namespace()
    }
}

impl Guard {
    fn admit_text(&self, text: &StrTendril) -> bool {
        if self.muted.borrow().is_some() {
            return false;
        }
        if self.usage.exhausted(&self.limits) {
            add(&self.usage.text_cut, text.len() as u64);
            return false;
        }
        true
    }

    fn admit_tag(&self, tag: Tag) -> Option<Tag> {
        // Inside raw text the tokenizer emits no other tag: seeing one means that this was no raw text after all,
        // as with <style> in SVG.
        let mut muted = self.muted.borrow_mut();
        if muted.as_ref().is_some_and(|name| *name != tag.name || tag.kind == TagKind::EndTag) {
            *muted = None;
        }
        drop(muted);
        if self.reader == Reader::WithoutScripts && &*tag.name == "noscript" {
            return None;
        }
        match tag.kind {
            TagKind::StartTag => self.admit_start(tag),
            TagKind::EndTag => self.admit_end(tag),
        }
    }

    fn admit_start(&self, mut tag: Tag) -> Option<Tag> {
        if self.usage.exhausted(&self.limits) {
            add(&self.usage.nodes_cut, 1);
            return None;
        }
        // Dropping a raw-text tag would make its content text: those pass, and cannot nest.
        if is_raw_text(&tag.name) {
            if !carries_data(&tag) && !tag.self_closing {
                *self.muted.borrow_mut() = Some(tag.name.clone());
            }
        } else if self.usage.open_depth() >= self.limits.depth {
            add(&self.usage.depth_cut, 1);
            if !is_void(&tag.name) && !tag.self_closing {
                self.dropped.borrow_mut().push(tag.name);
            }
            return None;
        }
        let left = self.limits.attributes.saturating_sub(self.usage.attributes.get());
        let kept = tag.attrs.len().min(left as usize);
        add(&self.usage.attributes_cut, (tag.attrs.len() - kept) as u64);
        tag.attrs.truncate(kept);
        self.usage.attributes.set(self.usage.attributes.get().saturating_add(kept as u32));
        tag.attrs.retain(|attribute| is_of_use(&attribute.name.local));
        Some(tag)
    }

    fn admit_end(&self, tag: Tag) -> Option<Tag> {
        let mut dropped = self.dropped.borrow_mut();
        if self.usage.open_depth() < self.limits.depth / 2 {
            dropped.clear();
        }
        let window = dropped.len().saturating_sub(PARTNER_WINDOW);
        let partner = dropped.iter().skip(window).rposition(|name| *name == tag.name);
        if let Some(offset) = partner {
            dropped.truncate(window + offset);
            return None;
        }
        self.usage.closed.set(self.usage.closed.get().saturating_add(1));
        Some(tag)
    }
}

/// Elements whose content the tokenizer reads as raw text.
fn is_raw_text(name: &LocalName) -> bool {
    matches!(
        &**name,
        "script"
            | "style"
            | "textarea"
            | "title"
            | "xmp"
            | "iframe"
            | "noembed"
            | "noframes"
            | "noscript"
            | "plaintext"
    )
}

/// Whether the text of a raw-text element is of use: titles, and scripts that hold JSON-LD.
fn carries_data(tag: &Tag) -> bool {
    match &*tag.name {
        "title" | "plaintext" | "xmp" => true,
        "script" => tag.attrs.iter().any(|attribute| {
            &*attribute.name.local == "type" && attribute.value.to_ascii_lowercase().contains("ld+json")
        }),
        _ => false,
    }
}

/// Whether this crate or the tree builder reads the attribute. All others cost time and memory in the tree.
fn is_of_use(name: &LocalName) -> bool {
    matches!(
        &**name,
        "class"
            | "id"
            | "itemprop"
            | "data-testid"
            | "data-component"
            | "role"
            | "aria-hidden"
            | "aria-modal"
            | "aria-label"
            | "hidden"
            | "style"
            | "href"
            | "lang"
            | "xml:lang"
            | "datetime"
            | "content"
            | "title"
            | "data-datetime"
            | "data-date"
            | "rel"
            | "property"
            | "name"
            | "http-equiv"
            | "type"
            | "start"
            | "value"
            | "reversed"
            | "charset"
            | "encoding"
            | "color"
            | "face"
            | "size"
            | "itemtype"
            | "typeof"
            | "action"
    )
}

fn is_void(name: &LocalName) -> bool {
    matches!(
        &**name,
        "area"
            | "base"
            | "br"
            | "col"
            | "embed"
            | "hr"
            | "img"
            | "input"
            | "link"
            | "meta"
            | "source"
            | "track"
            | "wbr"
    )
}

/// A node of scraper's tree with its place in the depth table.
#[derive(Clone, Copy)]
struct Handle {
    id: Id,
    slot: u32,
}

/// scraper's tree sink, counting what goes in and how deep.
struct CountingSink {
    inner: HtmlTreeSink,
    depths: RefCell<Vec<u32>>,
    usage: Rc<Usage>,
    max_attributes: u32,
}

impl CountingSink {
    fn register(&self, id: Id) -> Handle {
        let mut depths = self.depths.borrow_mut();
        let slot = depths.len() as u32;
        depths.push(0);
        self.usage.nodes.set(self.usage.nodes.get().saturating_add(1));
        Handle { id, slot }
    }

    fn depth_of(&self, handle: &Handle) -> u32 {
        self.depths.borrow().get(handle.slot as usize).copied().unwrap_or(0)
    }

    /// Notes an insertion below `parent` and strips the handle to scraper's own.
    fn note(&self, parent_depth: u32, child: NodeOrText<Handle>) -> NodeOrText<Id> {
        match child {
            NodeOrText::AppendNode(node) => {
                let depth = parent_depth.saturating_add(1);
                if let Some(slot) = self.depths.borrow_mut().get_mut(node.slot as usize) {
                    *slot = depth;
                }
                let void = is_void(&self.inner.elem_name(&node.id).local);
                self.usage.at(if void { parent_depth } else { depth });
                NodeOrText::AppendNode(node.id)
            }
            NodeOrText::AppendText(text) => {
                self.usage.at(parent_depth);
                add(&self.usage.text, text.len() as u64);
                self.usage.nodes.set(self.usage.nodes.get().saturating_add(1));
                NodeOrText::AppendText(text)
            }
        }
    }
}

impl TreeSink for CountingSink {
    type Handle = Handle;
    type Output = Html;
    type ElemName<'a> = Ref<'a, QualName>;

    fn finish(self) -> Html {
        self.inner.finish()
    }

    fn parse_error(&self, _message: Cow<'static, str>) {}

    fn get_document(&self) -> Handle {
        Handle { id: self.inner.get_document(), slot: 0 }
    }

    fn elem_name<'a>(&'a self, target: &'a Handle) -> Ref<'a, QualName> {
        self.inner.elem_name(&target.id)
    }

    fn create_element(&self, name: QualName, mut attrs: Vec<Attribute>, flags: ElementFlags) -> Handle {
        // Formatting that is rebuilt in every paragraph copies its attributes without ever being a token again.
        let made = self.usage.attributes_made.get().saturating_add(attrs.len() as u64);
        let limit = u64::from(self.max_attributes);
        if made > limit && !attrs.is_empty() {
            add(&self.usage.attributes_cut, attrs.len() as u64);
            // Clearing would keep the memory.
            attrs = Vec::new();
        } else {
            self.usage.attributes_made.set(made);
        }
        self.register(self.inner.create_element(name, attrs, flags))
    }

    fn create_comment(&self, text: StrTendril) -> Handle {
        self.register(self.inner.create_comment(text))
    }

    fn create_pi(&self, target: StrTendril, data: StrTendril) -> Handle {
        self.register(self.inner.create_pi(target, data))
    }

    fn append(&self, parent: &Handle, child: NodeOrText<Handle>) {
        let child = self.note(self.depth_of(parent), child);
        self.inner.append(&parent.id, child);
    }

    fn append_based_on_parent_node(&self, element: &Handle, previous: &Handle, child: NodeOrText<Handle>) {
        let child = self.note(self.depth_of(previous), child);
        self.inner.append_based_on_parent_node(&element.id, &previous.id, child);
    }

    fn append_doctype_to_document(&self, name: StrTendril, public: StrTendril, system: StrTendril) {
        self.inner.append_doctype_to_document(name, public, system);
    }

    fn get_template_contents(&self, target: &Handle) -> Handle {
        Handle { id: self.inner.get_template_contents(&target.id), slot: target.slot }
    }

    fn same_node(&self, x: &Handle, y: &Handle) -> bool {
        x.id == y.id
    }

    fn set_quirks_mode(&self, mode: QuirksMode) {
        self.inner.set_quirks_mode(mode);
    }

    fn append_before_sibling(&self, sibling: &Handle, new_node: NodeOrText<Handle>) {
        let child = self.note(self.depth_of(sibling).saturating_sub(1), new_node);
        self.inner.append_before_sibling(&sibling.id, child);
    }

    fn add_attrs_if_missing(&self, target: &Handle, attrs: Vec<Attribute>) {
        self.inner.add_attrs_if_missing(&target.id, attrs);
    }

    fn remove_from_parent(&self, target: &Handle) {
        self.inner.remove_from_parent(&target.id);
    }

    fn reparent_children(&self, node: &Handle, new_parent: &Handle) {
        self.inner.reparent_children(&node.id, &new_parent.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Seen to fail: addresses that forms are sent to were looked for where they had been dropped.
    #[test]
    fn every_attribute_that_is_read_is_kept() {
        let literal = regex::Regex::new(r#"attr\(\s*"([a-z:-]+)"\s*\)"#).unwrap();
        let mut folders = vec![std::path::PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/src"))];
        let mut read = 0;
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let source = std::fs::read_to_string(&path).unwrap();
                for found in literal.captures_iter(&source) {
                    read += 1;
                    assert!(is_of_use(&LocalName::from(&found[1])), "{} in {}", &found[1], path.display());
                }
            }
        }
        assert!(read > 10, "{read} attributes found in the source");
    }
}
