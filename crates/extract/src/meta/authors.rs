//! Who wrote it, as the page names them.

use super::date_text;
use super::jsonld::{JsonLd, unescape};
use crate::hints::Hints;
use crate::phrases::{self, Categories, Category};
use crate::tag::Tag;
use super::title::letters;
use crate::text::clean;
use crate::walk::{MarkKind, Page};

/// Blocks from the headline beyond which a labelled name is that of someone else.
const FAR: usize = 15;

/// Longest text that can be a name or a short list of names.
const LONGEST: usize = 120;

/// Names the authors: structured data first, then metadata, then the byline that a reader sees.
pub(crate) fn find(page: &Page, data: &JsonLd, phrases: &[Categories], title_at: Option<usize>) -> Vec<String> {
    let structured: Vec<String> = data.authors.iter().filter_map(|name| name_of(name)).collect();
    let publisher = data.publisher.as_deref().map(letters);
    let impersonal = structured.iter().all(|name| Some(letters(name)) == publisher);
    if !impersonal {
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
    let named: Vec<String> = metas.into_iter().filter(|name| Some(letters(name)) != publisher).collect();
    if !named.is_empty() {
        return unique(named);
    }
    // The publisher's name is an author only where no person is named.
    let seen = byline(page, phrases, title_at);
    unique(if seen.is_empty() { structured } else { seen })
}

/// The visible byline: the marked name nearest to the headline, else a line such as `By Jane Roe`.
fn byline(page: &Page, found_phrases: &[Categories], title_at: Option<usize>) -> Vec<String> {
    let others = Hints::COMMENT.with(Hints::RELATED).with(Hints::FOOTER).with(Hints::SIDEBAR).with(Hints::POPULAR);
    let title = title_at.unwrap_or(0);
    let distance = |block: usize| if block >= title { block - title } else { (title - block) * 3 };
    let elsewhere = |region: usize, hints: Hints| {
        page.regions.get(region).is_none_or(|region| region.inherited.with(hints).any(others) || region.inside(Tag::Nav))
    };
    let marked = page
        .marks
        .iter()
        .filter(|mark| mark.kind == MarkKind::Author && !elsewhere(mark.region, mark.hints))
        .map(|mark| (distance(mark.block), split(&mark.text)));
    let labelled = page
        .blocks
        .iter()
        .zip(found_phrases)
        .enumerate()
        .filter(|(_, (block, found))| block.chars < LONGEST && found.has(Category::Author) && !elsewhere(block.region, Hints::NONE))
        .map(|(index, (block, _))| {
            let names = split(&block.text);
            // A label alone stands before the name.
            let next = page.blocks.get(index + 1).filter(|next| names.is_empty() && next.chars < 60);
            (distance(index), next.map_or(names, |next| split(&next.text)))
        });
    let plausible = |names: &Vec<String>| !names.is_empty() && names.len() < 7;
    let near = marked.filter(|(_, names)| plausible(names)).min_by_key(|(distance, _)| *distance);
    let labelled = labelled.filter(|(distance, names)| *distance < FAR && plausible(names)).min_by_key(|(distance, _)| *distance);
    near.filter(|(distance, _)| *distance < FAR * 4).or(labelled).map(|(_, names)| names).unwrap_or_default()
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
    let name = clean(without_label(text)).trim_matches([',', ':', '-', '–', '@']).trim().to_owned();
    let words = name.split_whitespace().count();
    let plausible = (1..=8).contains(&words)
        && (2..=80).contains(&name.chars().count())
        && name.chars().any(char::is_alphabetic)
        && !name.contains("://")
        && !name.contains('@')
        && name.chars().filter(char::is_ascii_digit).count() < 3
        && phrases::of(&name) == Categories::default()
        && date_text::find(&name, false).is_none()
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
