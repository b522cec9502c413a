//! The list of those who signed, as names with acronyms, places, roles and numbers apart, and the page's own claims of
//! how many there are.
//!
//! A list begins where a line announces it ([`announce`]) or, at the end of a letter of "the undersigned", where names
//! do. [`members`] finds the blocks that belong to it, [`split`], [`columns`] and [`name`] read the names in them,
//! [`claims`] what the page says of their number. Nothing is guessed: a block that may be something else stays text.

mod announce;
mod claims;
mod columns;
mod looks;
mod members;
mod name;
mod numbers;
mod rescue;
mod split;
mod vocabulary;

pub(crate) use claims::claims_others;
pub(crate) use rescue::rescue;

use crate::params::{Budget, Cut};
use crate::phrases;
use crate::statement::{Agreement, Block, BlockKind, Section, Signatory, SignatoryList};
use claims::{Claims, Place};
use members::{List, Role, group_in_line};

/// Blocks at each end of a text in which a claim is looked for.
const ENDS: usize = 8;

/// Blocks that are searched for words that open a letter.
const OPENING: usize = 12;

/// What a page says outside its text: where claims stand most often.
pub(crate) struct Headlines<'a> {
    pub(crate) title: Option<&'a str>,
    pub(crate) authors: &'a [String],
}

/// Reads the signatories and marks their blocks. Nothing if the page neither lists nor counts any.
pub(crate) fn read(
    blocks: &mut [Block],
    headlines: &Headlines<'_>,
    limit: usize,
) -> (Option<SignatoryList>, Option<Cut>) {
    let mut lists = announced_lists(blocks);
    let mut claims = collect_claims(blocks, headlines, &lists);
    if lists.is_empty()
        && let Some(list) = letter_end(blocks, headlines, &claims)
    {
        lists.push(list);
    }
    for part in lists.iter().flat_map(|list| &list.parts) {
        if let Some(block) = blocks.get_mut(part.block) {
            block.section = Section::Signatories;
        }
    }
    let (names, surplus) = names_of(blocks, &lists, limit, &mut claims);
    let cut =
        (surplus > 0).then_some(Cut { budget: Budget::Signatories, limit: limit as u64, left_out: surplus });
    let claims = claims.into_vec(!names.is_empty());
    if names.is_empty() && claims.is_empty() {
        return (None, None);
    }
    (Some(compare(names, surplus, claims)), cut)
}

/// The list with its claims compared to the count.
fn compare(names: Vec<Signatory>, surplus: u64, claims: Vec<crate::statement::Claim>) -> SignatoryList {
    let count = u32::try_from(names.len() as u64 + surplus).unwrap_or(u32::MAX);
    let mut claims = claims.into_iter().map(|mut claim| {
        claim.listed = (count > 0).then(|| match count.cmp(&claim.number) {
            std::cmp::Ordering::Equal => Agreement::Agrees,
            std::cmp::Ordering::Less => Agreement::Fewer,
            std::cmp::Ordering::Greater => Agreement::More,
        });
        claim
    });
    let claimed = claims.next();
    let agrees = claimed.as_ref().and_then(|claim| claim.listed).map(|listed| listed == Agreement::Agrees);
    SignatoryList { names, count, claimed, agrees, other_claims: claims.collect() }
}

fn announced_lists(blocks: &[Block]) -> Vec<List> {
    let mut lists: Vec<List> = Vec::new();
    let mut at = 0;
    while let Some(block) = blocks.get(at) {
        let heading = matches!(block.kind, BlockKind::Heading { .. });
        let item = matches!(block.kind, BlockKind::ListItem { .. } | BlockKind::Table | BlockKind::Caption);
        let announcement = if item { None } else { announce::announces(&block.text, heading) };
        match announcement.and_then(|announcement| members::announced(blocks, at, &announcement)) {
            Some(list) => {
                at = list.end.max(at + 1);
                lists.push(list);
            }
            None => at += 1,
        }
    }
    lists
}

/// The claims of a page: of its labels, its headline and bylines, and the ends of its text.
fn collect_claims(blocks: &[Block], headlines: &Headlines<'_>, lists: &[List]) -> Claims {
    let mut claims = Claims::default();
    for label in lists.iter().filter_map(|list| list.label.as_deref()) {
        claims.add(label, Place::Prominent);
    }
    for text in headlines.title.into_iter().chain(headlines.authors.iter().map(String::as_str)) {
        claims.add(text, Place::Prominent);
    }
    let listed = |index: usize| lists.iter().any(|list| list.parts.iter().any(|part| part.block == index));
    let last = blocks.len().saturating_sub(ENDS);
    for (index, block) in blocks.iter().enumerate().filter(|(index, _)| *index < ENDS || *index >= last) {
        if !matches!(block.kind, BlockKind::ListItem { .. } | BlockKind::Table) && !listed(index) {
            claims.add(&block.text, Place::Text);
        }
    }
    claims
}

/// The names at the end of a letter of "the undersigned" that nothing announces.
fn letter_end(blocks: &[Block], headlines: &Headlines<'_>, claims: &Claims) -> Option<List> {
    let opens = headlines.title.is_some_and(announce::opens_letter)
        || blocks.iter().take(OPENING).any(|block| announce::opens_letter(&block.text));
    let claimed: Vec<u32> = claims.numbers().collect();
    if !opens && claimed.is_empty() {
        return None;
    }
    let end = blocks.iter().rposition(|block| looks::looks_like_name(&block.text) || is_names(block))? + 1;
    let start = blocks
        .get(..end)?
        .iter()
        .rposition(|block| !(looks::looks_like_name(&block.text) || is_names(block)))
        .map_or(0, |at| at + 1);
    let list = members::unannounced(blocks, start)?;
    let names: usize = list
        .parts
        .iter()
        .filter_map(|part| blocks.get(part.block))
        .map(|block| names_in(block, 0).len())
        .sum();
    let expected = u32::try_from(names)
        .is_ok_and(|names| claimed.iter().any(|claim| claim.abs_diff(names) <= 1 + claim / 10));
    // Items under a line that ends with a colon are what that line says they are.
    let labelled = start.checked_sub(1).and_then(|at| blocks.get(at)).is_some_and(|before| {
        before.text.ends_with([':', '：', '៖']) || matches!(before.kind, BlockKind::Heading { .. })
    });
    (expected || (opens && !labelled)).then_some(list)
}

/// Whether a paragraph is nothing but names, a line each.
fn is_names(block: &Block) -> bool {
    !matches!(block.kind, BlockKind::Heading { .. })
        && block.text.contains('\n')
        && block.text.lines().filter(|line| !line.trim().is_empty()).all(looks::looks_like_name)
}

/// The names of all lists, with the heading of each where there are several; and how many the limit left out.
fn names_of(blocks: &[Block], lists: &[List], limit: usize, claims: &mut Claims) -> (Vec<Signatory>, u64) {
    let mut runs: Vec<(Option<String>, Vec<Signatory>)> = Vec::new();
    let (mut kept, mut surplus) = (0, 0_u64);
    for list in lists {
        let mut group = list.label.clone();
        for part in &list.parts {
            let Some(block) = blocks.get(part.block) else { continue };
            match part.role {
                Role::Label => {}
                Role::Group => group = Some(block.text.trim_end_matches([':', '：', '៖']).trim().to_owned()),
                Role::Names(from) => {
                    for (own, found) in grouped_names(block, from) {
                        let mut names = unnamed_apart(found, kept, claims);
                        let room = limit.saturating_sub(kept);
                        surplus += names.len().saturating_sub(room) as u64;
                        names.truncate(room);
                        kept += names.len();
                        let name = own.or_else(|| group.clone());
                        match runs.last_mut() {
                            Some((last, run)) if *last == name => run.extend(names),
                            _ => runs.push((name, names)),
                        }
                    }
                }
            }
        }
    }
    runs.retain(|(_, names)| !names.is_empty());
    let several = runs.len() > 1;
    let mut all = Vec::with_capacity(kept);
    for (group, mut names) in runs {
        let persons = group.as_deref().is_some_and(|group| vocabulary::has_word("persons", group));
        name::settle(&mut names, persons);
        if several {
            names.iter_mut().for_each(|one| one.group.clone_from(&group));
        }
        all.append(&mut names);
    }
    (all, surplus)
}

/// `and 12 others` at the end of a list is no name but a claim.
fn unnamed_apart(names: Vec<Signatory>, before: usize, claims: &mut Claims) -> Vec<Signatory> {
    let mut named = Vec::with_capacity(names.len());
    for one in names {
        match claims::unnamed(&one.name, before + named.len()) {
            Some(claim) => claims.push(claim),
            None => named.push(one),
        }
    }
    named
}

/// The names of a block, with the names of parts that stand in it.
fn grouped_names(block: &Block, from: usize) -> Vec<(Option<String>, Vec<Signatory>)> {
    let text = block.text.get(from..).unwrap_or_default();
    if matches!(block.kind, BlockKind::ListItem { .. } | BlockKind::Table) {
        return vec![(None, names_in(block, from))];
    }
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    let mut out: Vec<(Option<String>, Vec<Signatory>)> = Vec::new();
    for line in &lines {
        let (group, names) = group_in_line(line);
        if lines.len() > 1 && line.trim_end().ends_with([':', '：', '៖']) {
            out.push((Some(line.trim_end_matches([':', '：', '៖', ' ']).trim().to_owned()), Vec::new()));
        } else if group.is_some() && split::separators(names) > 0 {
            out.push((group.map(str::to_owned), in_line(names, lines.len() == 1)));
        } else {
            let found = in_line(line, lines.len() == 1);
            match out.last_mut() {
                Some((_, names)) => names.extend(found),
                None => out.push((None, found)),
            }
        }
    }
    out
}

/// The names of a block without regard to its parts.
fn names_in(block: &Block, from: usize) -> Vec<Signatory> {
    let text = block.text.get(from..).unwrap_or_default();
    match &block.kind {
        BlockKind::ListItem { .. } => {
            let text = text.replace('\n', " ");
            // "…; and the last one"
            let joined = text.trim_start().starts_with(|c: char| c.is_lowercase() || c == '&');
            let text = if joined { split::without_and(&text) } else { &text };
            name::read(text, members::first_number(block)).into_iter().collect()
        }
        BlockKind::Table => columns::read(text),
        _ => grouped_names(block, from).into_iter().flat_map(|(_, names)| names).collect(),
    }
}

/// The names in one line: one, or several where it is the only line or semicolons separate them.
fn in_line(line: &str, alone: bool) -> Vec<Signatory> {
    let numbered = name::typed_number(line).is_some();
    let text = if alone { announce::sentence(line) } else { line };
    let several = !numbered && (text.contains([';', '；', '•', '|', '؛']) || (alone && is_enumeration(text)));
    if several {
        return split::names(text)
            .into_iter()
            .filter_map(|part| name::read(without_lead(part), None))
            .collect();
    }
    name::read(line, None).into_iter().collect()
}

/// Whether commas in a line separate names: several, or one with an "and".
fn is_enumeration(text: &str) -> bool {
    let parts = split::names(text);
    parts.len() >= 3 || (parts.len() == 2 && parts.iter().all(|part| part.split_whitespace().count() >= 2))
}

/// The text without "the following:", "including" and the like before the first name.
fn without_lead(text: &str) -> &str {
    let lower = phrases::normalise(text);
    for lead in [
        "including ",
        "namely ",
        "among them ",
        "dont ",
        "notamment ",
        "darunter ",
        "incluyendo ",
        "entre ellas ",
    ] {
        if lower.starts_with(lead) {
            return text.trim_start().get(lead.len()..).unwrap_or(text);
        }
    }
    text
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
        let headlines = Headlines { title: None, authors: &["LICADHO & 43 Others".to_owned()] };
        read(&mut blocks, &headlines, 100).0.unwrap()
    }

    #[test]
    fn a_list_goes_on_after_an_interruption() {
        let mut blocks = vec![paragraph("This joint statement is endorsed by:")];
        blocks.extend((1..=7).map(|n| item(n, "Lake Community (Koh Kong)")));
        blocks.push(paragraph(&"An unrelated paragraph that the template put here. ".repeat(5)));
        blocks.extend((8..=43).map(|n| item(n, "Youth Programme (YRDP)")));
        let list = read_all(blocks);
        assert_eq!((list.names.len(), list.count), (43, 43));
        assert_eq!(list.names[0].place.as_deref(), Some("Koh Kong"));
        assert_eq!(list.names[42].acronym.as_deref(), Some("YRDP"));
        assert_eq!(list.names[42].number, Some(43));
        let claim = list.claimed.unwrap();
        assert_eq!((claim.number, claim.listed, list.agrees), (44, Some(Agreement::Fewer), Some(false)));
    }

    #[test]
    fn names_in_a_sentence() {
        let list = read_all(vec![paragraph(
            "Signed by: Garment Union (GU), Land Network (Siem Reap) and Youth League",
        )]);
        let names: Vec<&str> = list.names.iter().map(|s| s.name.as_str()).collect();
        assert_eq!(names, ["Garment Union", "Land Network", "Youth League"]);
    }

    #[test]
    fn a_claim_without_a_list_is_kept_and_compared_with_nothing() {
        let list = read_all(vec![paragraph("The ministry’s decision is a reprisal.")]);
        assert_eq!((list.count, list.agrees), (0, None));
        assert_eq!(list.claimed.unwrap().number, 44);
    }
}
