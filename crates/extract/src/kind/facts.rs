//! What the element tree says about a page as a whole: forms, fields, media, vocabularies, and whether it is a shell
//! that scripts are to fill.

use crate::hints::{self, Hints};
use ego_tree::NodeRef;
use scraper::node::Element;
use scraper::{Html, Node};

/// Passwords and similar fields whose surroundings are looked at; a page has few.
const MAX_FIELDS: usize = 20;

/// Ancestors of a field that are looked at.
const MAX_ANCESTORS: usize = 40;

/// Button labels that are kept.
const MAX_LABELS: usize = 60;

/// Names of the empty element that a script framework fills.
const ROOTS: &[&str] =
    &["root", "app", "__next", "__nuxt", "q-app", "svelte", "gatsby-focus-wrapper", "main-app"];

/// Counts over the whole tree.
#[derive(Debug, Default)]
pub(super) struct Facts {
    /// Password fields in the page proper.
    pub passwords: usize,
    /// Password fields in a header, a menu, or a panel that opens.
    pub side_passwords: usize,
    pub emails: usize,
    pub text_fields: usize,
    pub checkboxes: usize,
    pub forms: usize,
    pub buttons: usize,
    pub selects: usize,
    pub textareas: usize,
    pub images: usize,
    pub media: usize,
    pub scripts: usize,
    pub code: usize,
    pub times: usize,
    /// Whether the element that a framework fills is there, and empty.
    pub empty_root: bool,
    /// Values of submit buttons, and where forms are sent.
    pub labels: Vec<String>,
    pub actions: Vec<String>,
    /// Types of microdata and RDFa, in lower case and without their vocabulary.
    pub item_types: Vec<String>,
}

/// Reads the tree once.
pub(super) fn read(html: &Html) -> Facts {
    let mut facts = Facts::default();
    for node in html.tree.nodes() {
        if let Node::Element(element) = node.value() {
            facts.element(node, element);
        }
    }
    facts
}

impl Facts {
    fn element(&mut self, node: NodeRef<'_, Node>, element: &Element) {
        match element.name() {
            "input" => self.input(node, element),
            "form" => {
                self.forms += 1;
                keep(&mut self.actions, element.attr("action"));
            }
            "button" => self.buttons += 1,
            "select" => self.selects += 1,
            "textarea" => self.textareas += 1,
            "img" | "picture" => self.images += 1,
            "video" | "audio" | "iframe" | "embed" | "object" => self.media += 1,
            "script" => self.scripts += 1,
            "code" | "pre" | "kbd" | "samp" => self.code += 1,
            "time" => self.times += 1,
            _ => {}
        }
        let id = element.attr("id").unwrap_or_default();
        self.empty_root |= ROOTS.contains(&id) && !has_text(node);
        for types in [element.attr("itemtype"), element.attr("typeof")].into_iter().flatten() {
            if self.item_types.len() < MAX_LABELS {
                let last = types.rsplit(['/', '#', ':']).next().unwrap_or(types);
                self.item_types.push(last.trim().to_ascii_lowercase());
            }
        }
    }

    fn input(&mut self, node: NodeRef<'_, Node>, element: &Element) {
        match element.attr("type").unwrap_or("text").trim().to_ascii_lowercase().as_str() {
            "password" => {
                if self.passwords + self.side_passwords < MAX_FIELDS && is_aside(node) {
                    self.side_passwords += 1;
                } else {
                    self.passwords += 1;
                }
            }
            "email" => self.emails += 1,
            "checkbox" | "radio" => self.checkboxes += 1,
            "submit" | "button" => {
                self.buttons += 1;
                keep(&mut self.labels, element.attr("value"));
            }
            "hidden" | "image" | "reset" | "file" => {}
            _ => self.text_fields += 1,
        }
    }
}

fn keep(list: &mut Vec<String>, value: Option<&str>) {
    if let Some(value) =
        value.filter(|value| list.len() < MAX_LABELS && !value.is_empty() && value.len() < 200)
    {
        list.push(value.to_owned());
    }
}

/// Whether an element holds any text of its first few descendants; a filled root has some soon.
fn has_text(node: NodeRef<'_, Node>) -> bool {
    node.descendants()
        .take(200)
        .filter_map(|child| child.value().as_text())
        .any(|text| text.text.chars().any(char::is_alphanumeric))
}

/// Whether a field stands beside the page proper: in its header or footer, a menu, a panel that opens.
fn is_aside(node: NodeRef<'_, Node>) -> bool {
    let beside = Hints::HEADER
        .with(Hints::FOOTER)
        .with(Hints::NAV)
        .with(Hints::MENU)
        .with(Hints::SIDEBAR)
        .with(Hints::MODAL)
        .with(Hints::WIDGET)
        .with(Hints::COMMENT);
    node.ancestors().take(MAX_ANCESTORS).filter_map(|above| above.value().as_element()).any(|above| {
        match above.name() {
            "header" | "footer" | "nav" | "aside" | "dialog" => true,
            "body" | "html" => false,
            _ => hints::is_hidden(above) || hints::of_element(above).any(beside),
        }
    })
}
