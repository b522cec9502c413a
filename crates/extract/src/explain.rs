//! Why each block was kept or dropped, in a form that a maintainer can act on.

use crate::page::Page;
use scraper::Html;
use serde::Serialize;
use std::fmt;

/// How much of a block's text a verdict quotes.
pub(crate) const QUOTED_CHARS: usize = 70;

/// The judgement on one block.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// Where the block stands: the elements above it, outermost first.
    pub path: String,
    /// Whether it is part of the statement.
    pub kept: bool,
    /// The rule that decided.
    pub rule: String,
    /// The score of the block where `rule` is `score`: kept at 0 or more. 0 where another rule decided.
    pub score: i32,
    /// Characters in the block.
    pub chars: u32,
    /// Its first words.
    pub words: String,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.kept { '+' } else { '-' };
        write!(
            f,
            "{sign} {:<18} {:>6} {:>6}  {}  [{}]",
            self.rule, self.score, self.chars, self.words, self.path
        )
    }
}

/// Elements that a path names, counted from the block outwards.
const LONGEST_PATH: usize = 7;

/// The paths of blocks in document order, whose neighbours share most of theirs.
pub(crate) struct Paths<'a> {
    html: &'a Html,
    page: &'a Page,
    /// The path of the region that the last block's region was in.
    last: Option<(usize, String)>,
}

impl<'a> Paths<'a> {
    pub(crate) fn new(html: &'a Html, page: &'a Page) -> Self {
        Self { html, page, last: None }
    }

    /// The path of a region.
    pub(crate) fn of(&mut self, region: usize) -> String {
        let Some(own) = self.page.regions.get(region) else { return String::new() };
        if self.last.as_ref().is_none_or(|(parent, _)| *parent != own.parent) {
            self.last = Some((own.parent, path(self.html, self.page, own.parent)));
        }
        let above = self.last.as_ref().map(|(_, path)| path.as_str()).unwrap_or_default();
        let element = self.html.tree.get(own.node).and_then(|node| node.value().as_element());
        match element.map(label) {
            Some(label) if above.is_empty() => label,
            Some(label) => format!("{above} > {label}"),
            None => above.to_owned(),
        }
    }
}

/// The path of a region: `main > article#a1.post > p`, without `html` and `body`, and without what is far above.
fn path(html: &Html, page: &Page, region: usize) -> String {
    let mut names = Vec::new();
    let mut at = region;
    while at != 0 && names.len() <= LONGEST_PATH {
        let Some(region) = page.regions.get(at) else { break };
        if let Some(element) = html.tree.get(region.node).and_then(|node| node.value().as_element()) {
            names.push(label(element));
        }
        at = region.parent;
    }
    if names.len() > LONGEST_PATH {
        names.truncate(LONGEST_PATH);
        names.push("…".to_owned());
    }
    names.reverse();
    let skip = names.iter().take_while(|name| name.starts_with("html") || name.starts_with("body")).count();
    names.split_off(skip).join(" > ")
}

fn label(element: &scraper::node::Element) -> String {
    let mut label = element.name().to_owned();
    if let Some(id) = element.attr("id").filter(|id| !id.is_empty()) {
        label.push('#');
        label.extend(id.chars().take(24));
    }
    if let Some(class) = element.attr("class").and_then(|class| class.split_whitespace().next()) {
        label.push('.');
        label.extend(class.chars().take(24));
    }
    label
}
