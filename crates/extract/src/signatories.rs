//! The list of those who signed, as names with acronyms, places and numbers apart, and the page's own claim of how
//! many there are.

use crate::params::{Budget, Cut};
use crate::statement::{Block, BlockKind, Claim, Section, Signatory, SignatoryList};
use regex::Regex;
use std::sync::LazyLock;

/// Longest line that is taken for a name.
const LONGEST_NAME: usize = 200;

/// Blocks between two parts of a numbered list that do not end it.
const LONGEST_GAP: usize = 6;

/// Reads the signatories, or nothing if the page lists none.
pub(crate) fn read(
    blocks: &mut [Block],
    claims: &[&str],
    limit: usize,
) -> (Option<SignatoryList>, Option<Cut>) {
    resume_numbered_lists(blocks);
    let mut names: Vec<Signatory> =
        blocks.iter().filter(|block| block.section == Section::Signatories).flat_map(names_in).collect();
    let claimed = claims.iter().find_map(|text| claim(text));
    if names.is_empty() {
        return (None, None);
    }
    let surplus = names.len().saturating_sub(limit);
    names.truncate(limit);
    let cut = (surplus > 0).then_some(Cut {
        budget: Budget::Signatories,
        limit: limit as u64,
        left_out: surplus as u64,
    });
    (Some(SignatoryList { names, claimed }), cut)
}

/// A list that something interrupts goes on where its numbers do.
fn resume_numbered_lists(blocks: &mut [Block]) {
    let mut last: Option<(usize, u32)> = None;
    for index in 0..blocks.len() {
        let Some(block) = blocks.get(index) else { return };
        let Some(number) = item_number(block) else { continue };
        if block.section == Section::Signatories {
            last = Some((index, number));
        } else if let Some((at, previous)) = last
            && index - at <= LONGEST_GAP
            && number == previous + 1
        {
            if let Some(block) = blocks.get_mut(index) {
                block.section = Section::Signatories;
            }
            last = Some((index, number));
        }
    }
}

fn item_number(block: &Block) -> Option<u32> {
    match &block.kind {
        BlockKind::ListItem { marker: Some(marker), .. } => marker.trim_end_matches('.').parse().ok(),
        _ => None,
    }
}

fn names_in(block: &Block) -> Vec<Signatory> {
    match &block.kind {
        BlockKind::Heading { .. } => Vec::new(),
        BlockKind::ListItem { .. } => {
            signatory(&block.text.replace('\n', " "), item_number(block)).into_iter().collect()
        }
        BlockKind::Table => block
            .text
            .lines()
            .flat_map(|row| row.split(" | "))
            .filter_map(|cell| signatory(cell, None))
            .collect(),
        _ => names_in_paragraph(&block.text),
    }
}

/// One name a line, or names in a sentence: `Signed by A, B and C.`
fn names_in_paragraph(text: &str) -> Vec<Signatory> {
    let body = text
        .split_once(':')
        .filter(|(label, _)| label.chars().count() < 120)
        .map_or(text, |(_, names)| names);
    let lines: Vec<&str> = body.lines().filter(|line| !line.trim().is_empty()).collect();
    if lines.len() > 1 {
        return lines.into_iter().filter_map(|line| signatory(line, None)).collect();
    }
    if body.len() == text.len() && body.ends_with(':') {
        return Vec::new();
    }
    let parts = split_outside_parentheses(body);
    if parts.len() < 3 && body.len() == text.len() {
        return if is_label(text) { Vec::new() } else { signatory(body, None).into_iter().collect() };
    }
    parts.into_iter().filter_map(|part| signatory(part, None)).collect()
}

/// Whether a line announces names instead of being one.
fn is_label(text: &str) -> bool {
    crate::phrases::of(text).has(crate::phrases::Category::Signatories)
}

fn split_outside_parentheses(text: &str) -> Vec<&str> {
    let separator = if text.contains(';') { ';' } else { ',' };
    let (mut parts, mut start, mut depth) = (Vec::new(), 0, 0_i32);
    for (at, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ if depth <= 0 && (c == separator || c == '،' || c == '、' || c == '，') => {
                parts.push(text.get(start..at).unwrap_or_default());
                start = at + c.len_utf8();
            }
            _ => {}
        }
    }
    let last = text.get(start..).unwrap_or_default();
    match [" and ", " & "].iter().find_map(|word| last.rsplit_once(word)) {
        Some((first, second))
            if !parts.is_empty() && !second.contains(')') || first.trim_end().ends_with(')') =>
        {
            parts.extend([first, second]);
        }
        _ => parts.push(last.trim_start().strip_prefix("and ").unwrap_or(last)),
    }
    parts.retain(|part| !part.trim().is_empty());
    parts
}

/// Reads `12. Name of Organisation (ACRONYM) (Place)`.
fn signatory(text: &str, number: Option<u32>) -> Option<Signatory> {
    let mut text = text.trim();
    let mut found = Signatory { number, ..Signatory::default() };
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let rest = text.get(digits..).unwrap_or_default();
    if (1..=4).contains(&digits) && rest.starts_with(['.', ')']) {
        found.number = found.number.or_else(|| text.get(..digits)?.parse().ok());
        text = rest.get(1..).unwrap_or_default().trim();
    }
    let mut text = text.trim_matches(['-', '–', '•', '*', ',', ';', '.', ' ']);
    while let Some((name, inner)) = trailing_parenthesis(text) {
        if is_acronym(inner) && found.acronym.is_none() {
            found.acronym = Some(inner.to_owned());
        } else if found.place.is_none() {
            found.place = Some(inner.to_owned());
        } else {
            break;
        }
        text = name;
    }
    found.name = text.trim_end_matches([',', '-', '–', ' ']).to_owned();
    let plausible = found.name.chars().any(char::is_alphabetic) && found.name.chars().count() <= LONGEST_NAME;
    plausible.then_some(found)
}

fn trailing_parenthesis(text: &str) -> Option<(&str, &str)> {
    let inner_end = text.strip_suffix(')')?;
    let (name, inner) = inner_end.rsplit_once('(')?;
    let (name, inner) = (name.trim(), inner.trim());
    (!name.is_empty() && !inner.is_empty()).then_some((name, inner))
}

/// `CCHR`, `CFSWF`, `UN-Women`: short, one word, mostly capitals.
fn is_acronym(text: &str) -> bool {
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    let capitals = text.chars().filter(|c| c.is_uppercase()).count();
    !text.contains(' ')
        && (2..=15).contains(&text.chars().count())
        && capitals >= 2
        && capitals * 2 >= letters
}

/// Patterns of claims from the data file, each with what to add to the number it captures.
static CLAIMS: LazyLock<Vec<(Regex, u32)>> = LazyLock::new(|| {
    include_str!("../data/claims.txt")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| {
            let (add, pattern) = line.split_once(char::is_whitespace)?;
            Some((
                Regex::new(&format!("(?i){}", pattern.trim())).ok()?,
                add.trim_start_matches('+').parse().ok()?,
            ))
        })
        .collect()
});

/// Whether a byline names some and counts the rest, as in `LICADHO & 43 Others`.
pub(crate) fn claims_others(text: &str) -> bool {
    CLAIMS.iter().any(|(pattern, add)| *add > 0 && pattern.is_match(text))
}

/// What a text claims about the number of signatories.
fn claim(text: &str) -> Option<Claim> {
    CLAIMS.iter().find_map(|(pattern, add)| {
        let captures = pattern.captures(text)?;
        let number: u32 = captures.get(1)?.as_str().parse().ok()?;
        Some(Claim { text: captures.get(0)?.as_str().trim().to_owned(), number: number.checked_add(*add)? })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(number: u32, text: &str) -> Block {
        let kind = BlockKind::ListItem { marker: Some(format!("{number}.")), ordered: true, depth: 1 };
        Block { kind, section: Section::Body, text: text.into(), links: Vec::new() }
    }

    fn paragraph(text: &str) -> Block {
        Block { kind: BlockKind::Paragraph, section: Section::Body, text: text.into(), links: Vec::new() }
    }

    fn read_all(mut blocks: Vec<Block>) -> SignatoryList {
        crate::sections::assign(&mut blocks);
        read(&mut blocks, &["LICADHO & 43 Others"], 100).0.unwrap()
    }

    #[test]
    fn a_list_goes_on_after_an_interruption() {
        let mut blocks = vec![paragraph("This joint statement is endorsed by:")];
        blocks.extend((1..=7).map(|n| item(n, "Lake Community (Koh Kong)")));
        blocks.push(paragraph(&"An unrelated paragraph that the template put here. ".repeat(5)));
        blocks.extend((8..=43).map(|n| item(n, "Youth Programme (YRDP)")));
        let list = read_all(blocks);
        assert_eq!(list.names.len(), 43);
        assert_eq!(list.names[0].place.as_deref(), Some("Koh Kong"));
        assert_eq!(list.names[42].acronym.as_deref(), Some("YRDP"));
        assert_eq!(list.names[42].number, Some(43));
        assert_eq!(list.claimed.unwrap().number, 44);
    }

    #[test]
    fn names_in_a_sentence() {
        let list = read_all(vec![paragraph(
            "Signed by: Garment Union (GU), Land Network (Siem Reap) and Youth League",
        )]);
        let names: Vec<&str> = list.names.iter().map(|s| s.name.as_str()).collect();
        assert_eq!(names, ["Garment Union", "Land Network", "Youth League"]);
    }
}
