//! Who wrote it, as the page names them.

use super::date_text;
use super::jsonld::{JsonLd, unescape};
use super::title::letters;
use crate::features::Context;
use crate::hints::Hints;
use crate::page::{MarkKind, Page};
use crate::phrases::{self, Categories, Category};
use crate::signatories;
use crate::tag::Tag;
use crate::text::clean;
use std::sync::LazyLock;

/// Blocks from the headline beyond which a labelled name is that of someone else.
const FAR: usize = 15;

/// Longest text that can be a name or a short list of names.
const LONGEST: usize = 120;

/// What the search looks at.
pub(crate) struct Sources<'a> {
    pub(crate) page: &'a Page,
    pub(crate) data: &'a JsonLd,
    pub(crate) phrases: &'a [Categories],
    /// Where the text starts: the block of the headline, the first block of the statement.
    pub(crate) starts: &'a [usize],
    pub(crate) context: &'a Context<'a>,
}

/// Names the authors: structured data first, then metadata, then the byline that a reader sees.
pub(crate) fn find(sources: &Sources<'_>) -> Vec<String> {
    let Sources { page, data, .. } = sources;
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
            matches!(
                name.as_str(),
                "author"
                    | "article:author"
                    | "dc.creator"
                    | "dcterms.creator"
                    | "citation_author"
                    | "parsely-author"
                    | "sailthru.author"
                    | "byl"
            )
        })
        .flat_map(|(_, content)| split(&clean(&unescape(content))))
        .collect();
    let named: Vec<String> = metas.into_iter().filter(|name| Some(letters(name)) != publisher).collect();
    if !named.is_empty() {
        return unique(named);
    }
    // The publisher's name is an author only where no person is named.
    let seen = byline(sources);
    unique(if seen.is_empty() { structured } else { seen })
}

/// The visible byline: the marked name nearest to the headline, else a line such as `By Jane Roe`.
fn byline(sources: &Sources<'_>) -> Vec<String> {
    let page = sources.page;
    let others =
        Hints::COMMENT.with(Hints::RELATED).with(Hints::FOOTER).with(Hints::SIDEBAR).with(Hints::POPULAR);
    let distance = |block: usize| {
        let from = |start: &usize| if block >= *start { block - start } else { (start - block) * 3 };
        sources.starts.iter().map(from).min().unwrap_or(block)
    };
    let elsewhere = |region: usize, own: Hints| {
        let in_nav = page.regions.get(region).is_none_or(|region| region.inside(Tag::Nav));
        in_nav || own.any(others) || sources.context.named_part(region, others)
    };
    let marked = page
        .marks
        .iter()
        .filter(|mark| mark.kind == MarkKind::Author && !elsewhere(mark.region, mark.hints))
        .map(|mark| (distance(mark.block), split(&mark.text)));
    let labelled = page
        .blocks
        .iter()
        .zip(sources.phrases)
        .enumerate()
        .filter(|(_, (block, found))| {
            block.chars < LONGEST && found.has(Category::Author) && !elsewhere(block.region, Hints::NONE)
        })
        .map(|(index, (block, _))| {
            let names = split(&block.text);
            // A label alone stands before the name.
            let next = page.blocks.get(index + 1).filter(|next| names.is_empty() && next.chars < 60);
            (distance(index), next.map_or(names, |next| split(&next.text)))
        });
    let plausible = |names: &Vec<String>| !names.is_empty() && names.len() < 7;
    let near = marked.filter(|(_, names)| plausible(names)).min_by_key(|(distance, _)| *distance);
    let labelled = labelled
        .filter(|(distance, names)| *distance < FAR && plausible(names))
        .min_by_key(|(distance, _)| *distance);
    near.filter(|(distance, _)| *distance < FAR * 4).or(labelled).map(|(_, names)| names).unwrap_or_default()
}

/// Splits `By A, B and C` into names.
fn split(text: &str) -> Vec<String> {
    let line = text.lines().next().unwrap_or_default();
    if line.chars().count() > LONGEST {
        return Vec::new();
    }
    let line = without_label(line);
    // "A & 43 others" is one author and a claim, not two authors.
    if signatories::claims_others(line) {
        return vec![line.to_owned()];
    }
    line.split([';', '|', '•', '·', '—'])
        .flat_map(|part| part.split(", "))
        .flat_map(|part| part.split(" and "))
        .flat_map(|part| part.split(" & "))
        .filter_map(|part| name_of(part.split(" - ").next().unwrap_or(part)))
        .collect()
}

/// Words that stand before and after names in bylines, from the data file.
struct Bylines {
    labels: Vec<&'static str>,
    ends: Vec<&'static str>,
}

static BYLINES: LazyLock<Bylines> = LazyLock::new(|| {
    let listed = |kind: &str| {
        let lines = include_str!("../../data/bylines.txt").lines().filter_map(|line| line.split_once(':'));
        let mut words: Vec<&str> = lines
            .filter(|(name, _)| *name == kind)
            .flat_map(|(_, words)| words.split(','))
            .map(str::trim)
            .collect();
        // Longest first, so that "written by" is not taken for a name and "by".
        words.sort_by_key(|word| std::cmp::Reverse(word.len()));
        words
    };
    Bylines { labels: listed("label"), ends: listed("end") }
});

/// Cuts a label such as `By` or `Posted in News by` off the front.
fn without_label(text: &str) -> &str {
    let text = text.trim();
    let lower = text.to_lowercase();
    if lower.len() != text.len() {
        return text;
    }
    for label in &BYLINES.labels {
        let Some(at) = find_word(&lower, label) else { continue };
        // In mid-line it ends a dateline or a category line, else it is part of a name or a sentence.
        let before = text.get(..at).unwrap_or_default();
        if at == 0 || phrases::of(before) != Categories::default() || date_text::find(before, false).is_some()
        {
            return text.get(at + label.len()..).unwrap_or_default().trim_start_matches([':', ' ']);
        }
    }
    text
}

/// Where a word or phrase stands in a text, between spaces or the ends.
fn find_word(text: &str, word: &str) -> Option<usize> {
    text.match_indices(word).map(|(at, _)| at).find(|at| {
        let before = text.get(..*at).unwrap_or_default().chars().next_back();
        let after = text.get(at + word.len()..).unwrap_or_default().chars().next();
        before.is_none_or(char::is_whitespace)
            && (after.is_none_or(char::is_whitespace) || word.ends_with([':', '：']))
    })
}

/// Cuts off what follows a name: `on June 3`, `in News`.
fn without_rest(text: &str) -> &str {
    let lower = text.to_lowercase();
    if lower.len() != text.len() {
        return text;
    }
    let end = BYLINES.ends.iter().filter_map(|word| find_word(&lower, word)).filter(|at| *at > 0).min();
    text.get(..end.unwrap_or(text.len())).unwrap_or(text)
}

/// A name, if the text can be one.
fn name_of(text: &str) -> Option<String> {
    let name =
        clean(without_rest(without_label(text))).trim_matches([',', ':', '-', '–', '@']).trim().to_owned();
    let words = name.split_whitespace().count();
    let digits = name.chars().filter(char::is_ascii_digit).count();
    let nobody =
        ["admin", "administrator", "editor", "null", "undefined", "author", "staff", "root", "webmaster"];
    // "by clicking any link": several words without a capital, in a script that has them, are a sentence.
    let sentence = words > 1 && name.chars().any(char::is_lowercase) && !name.chars().any(char::is_uppercase);
    let plausible = !sentence
        && (1..=8).contains(&words)
        && (2..=80).contains(&name.chars().count())
        && name.chars().any(char::is_alphabetic)
        && !name.contains("://")
        && !name.contains('@')
        && (digits == 0 || (words == 1 && digits < 5))
        && phrases::of(&name) == Categories::default()
        && !BYLINES.labels.contains(&name.to_lowercase().as_str())
        && !nobody.contains(&name.to_lowercase().as_str());
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
    fn datelines_around_the_name_are_cut() {
        assert_eq!(split("Posted in News by Sok Dara on August 3, 2019"), ["Sok Dara"]);
        assert_eq!(split("Dec. 19, 2025 · Anne Example"), ["Anne Example"]);
        assert!(split("By").is_empty());
    }

    #[test]
    fn addresses_and_roles_are_no_names() {
        assert!(split("https://example.org/author/1").is_empty());
        assert!(split("admin").is_empty());
        assert!(split("By clicking any link").is_empty());
    }
}
