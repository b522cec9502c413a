//! Who wrote it, as the page names them.

use super::jsonld::{JsonLd, unescape};
use crate::hints::Hints;
use crate::phrases::{self, Category};
use crate::text::clean;
use crate::walk::{MarkKind, Page};

/// Longest text that can be a name or a short list of names.
const LONGEST: usize = 120;

/// Names the authors: structured data first, then metadata, then the byline that a reader sees.
pub(crate) fn find(page: &Page, data: &JsonLd) -> Vec<String> {
    let structured: Vec<String> = data.authors.iter().filter_map(|name| name_of(name)).collect();
    if !structured.is_empty() {
        return unique(structured);
    }
    let metas: Vec<String> = page
        .head
        .metas
        .iter()
        .filter(|(name, _)| {
            matches!(name.as_str(), "author" | "article:author" | "dc.creator" | "dcterms.creator" | "citation_author" | "parsely-author" | "sailthru.author" | "byl")
        })
        .flat_map(|(_, content)| split(&clean(&unescape(content))))
        .collect();
    if !metas.is_empty() {
        return unique(metas);
    }
    unique(byline(page))
}

/// The first visible byline.
fn byline(page: &Page) -> Vec<String> {
    let excluded = Hints::COMMENT.with(Hints::RELATED).with(Hints::CARD).with(Hints::FOOTER).with(Hints::SIDEBAR);
    let marks = page.marks.iter().filter(|mark| mark.kind == MarkKind::Author);
    for mark in marks {
        let inherited = page.regions.get(mark.region).map(|region| region.inherited).unwrap_or_default();
        if inherited.with(mark.hints).any(excluded) {
            continue;
        }
        let names = split(&mark.text);
        if !names.is_empty() {
            return names;
        }
    }
    page.blocks
        .iter()
        .take(400)
        .filter(|block| block.chars < LONGEST && phrases::of(&block.text).has(Category::Author))
        .map(|block| split(&block.text))
        .find(|names| !names.is_empty() && names.len() < 6)
        .unwrap_or_default()
}

/// Splits `By A, B and C` into names.
fn split(text: &str) -> Vec<String> {
    let line = text.lines().next().unwrap_or_default();
    if line.chars().count() > LONGEST {
        return Vec::new();
    }
    let text = without_label(line);
    text.split([';', '|', '•', '·'])
        .flat_map(|part| part.split(", "))
        .flat_map(|part| part.split(" and "))
        .flat_map(|part| part.split(" & "))
        .filter_map(name_of)
        .collect()
}

/// Cuts a label such as `By` or `Author:` off the front.
fn without_label(text: &str) -> &str {
    let text = text.trim();
    const LABELS: [&str; 16] = [
        "written by", "posted by", "words by", "reporting by", "by:", "by ", "author:", "author", "authors:", "von ", "par ", "por ",
        "di ", "door ", "af ", "autor:",
    ];
    for label in LABELS {
        if let Some(head) = text.get(..label.len())
            && head.eq_ignore_ascii_case(label)
        {
            return text.get(label.len()..).unwrap_or_default().trim_start_matches([':', ' ']);
        }
    }
    text
}

/// A name, if the text can be one.
fn name_of(text: &str) -> Option<String> {
    let name = clean(without_label(text)).trim_matches([',', ':', '-', '–', '@', '.']).trim().to_owned();
    let words = name.split_whitespace().count();
    let plausible = (1..=8).contains(&words)
        && (2..=80).contains(&name.chars().count())
        && name.chars().any(char::is_alphabetic)
        && !name.contains("://")
        && !name.contains('@')
        && name.chars().filter(char::is_ascii_digit).count() < 3
        && !matches!(name.to_lowercase().as_str(), "admin" | "administrator" | "editor" | "null" | "undefined" | "author" | "staff" | "root" | "webmaster");
    plausible.then_some(name)
}

fn unique(names: Vec<String>) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for name in names {
        if !out.iter().any(|known| known.to_lowercase() == name.to_lowercase()) {
            out.push(name);
        }
    }
    out.truncate(20);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bylines_are_split() {
        assert_eq!(split("By Sok Dara, Anne B. and LICADHO"), ["Sok Dara", "Anne B.", "LICADHO"]);
    }

    #[test]
    fn addresses_and_roles_are_no_names() {
        assert!(split("https://example.org/author/1").is_empty());
        assert!(split("admin").is_empty());
    }
}
