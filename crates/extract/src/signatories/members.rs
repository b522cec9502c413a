//! Which blocks hold the names that a label announces: across headings, paragraphs and advertisements in between, and
//! not beyond the end of the list.

use super::announce::{self, Announcement, Strength};
use super::looks::{is_boilerplate, looks_like_name, may_be_name};
use super::name::{LONGEST_NAME, typed_number};
use super::split;
use super::vocabulary::units_only;
use crate::phrases;
use crate::sections;
use crate::statement::{Block, BlockKind};

/// Blocks between two parts of a numbered list that do not end it.
const LONGEST_GAP: usize = 24;

/// Blocks between two parts of a list without numbers.
const LONGEST_ASIDE: usize = 2;

/// Longest line that names a part of a list.
const LONGEST_GROUP: usize = 90;

/// A list of signatories, as parts of blocks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct List {
    /// The words that announce it; none for a list at the end of a letter.
    pub(crate) label: Option<String>,
    pub(crate) parts: Vec<Part>,
    /// The first block behind the list.
    pub(crate) end: usize,
}

/// What a block is to a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) block: usize,
    pub(crate) role: Role,
}

/// What a block is to a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// Words about the list.
    Label,
    /// The name of a part of it.
    Group,
    /// Names, from this byte of its text on.
    Names(usize),
}

/// How the names of a list stand on the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Items,
    Lines,
    Rows,
}

/// Reads the list that the block at `at` announces. Nothing if no names follow.
pub(crate) fn announced(blocks: &[Block], at: usize, announcement: &Announcement) -> Option<List> {
    let holder = blocks.get(at)?;
    if announcement.names_from.is_some() && sections::has_contact(&holder.text) {
        return None;
    }
    let level = level_of(holder);
    let mut reader = Reader::new(blocks, level);
    match announcement.names_from {
        Some(from) => reader.take(at, Role::Names(from)),
        None => reader.parts.push(Part { block: at, role: Role::Label }),
    }
    // Names in a sentence that ends are all of them.
    let complete = announcement.names_from.is_some() && ends_sentence(&holder.text);
    let end = if complete { at + 1 } else { reader.read(at + 1) };
    let least = match announcement.strength {
        Strength::Clear => 1,
        Strength::Bare => 2,
        Strength::SignOff => 3,
    };
    let same = is_repeated(blocks, &reader.parts);
    (reader.names >= least && !same).then(|| List {
        label: Some(announcement.label.clone()),
        parts: reader.parts,
        end,
    })
}

fn ends_sentence(text: &str) -> bool {
    text.trim_end_matches([')', '"', '”', '»', ' ']).ends_with(['.', '。', '។', '៕', '။', '।', '۔'])
}

/// Whether the first items of a list without numbers repeat themselves, as buttons do.
fn is_repeated(blocks: &[Block], parts: &[Part]) -> bool {
    let named = parts.iter().filter(|part| matches!(part.role, Role::Names(_)));
    let texts: Vec<&str> = named
        .take(6)
        .filter_map(|part| blocks.get(part.block))
        .filter(|block| first_number(block).is_none())
        .map(|block| block.text.as_str())
        .collect();
    let mut distinct = texts.clone();
    distinct.sort_unstable();
    distinct.dedup();
    texts.len() >= 4 && distinct.len() * 2 <= texts.len()
}

/// Reads names from `at` on without a label, as at the end of a letter.
pub(crate) fn unannounced(blocks: &[Block], at: usize) -> Option<List> {
    let mut reader = Reader::new(blocks, None);
    let end = reader.read(at);
    (reader.names >= 3).then_some(List { label: None, parts: reader.parts, end })
}

struct Reader<'a> {
    blocks: &'a [Block],
    parts: Vec<Part>,
    form: Option<Form>,
    /// Level of the heading that announced the list.
    level: Option<u8>,
    /// Level of the headings of its parts.
    sub_level: Option<u8>,
    /// Depth of the items of the current list that are only labels of the lists in them.
    label_depth: Option<u8>,
    /// The last number, and how numbers go on.
    last: Option<u32>,
    step: i64,
    names: usize,
}

/// What to do with a block.
enum Next {
    Take(Role),
    Stop,
}

impl<'a> Reader<'a> {
    fn new(blocks: &'a [Block], level: Option<u8>) -> Self {
        Self {
            blocks,
            parts: Vec::new(),
            form: None,
            level,
            sub_level: None,
            label_depth: None,
            last: None,
            step: 1,
            names: 0,
        }
    }

    /// Reads from a block on; returns the block behind the list.
    fn read(&mut self, mut at: usize) -> usize {
        let mut end = at;
        while let Some(block) = self.blocks.get(at) {
            if depth_of(block).is_some()
                && at.checked_sub(1).and_then(|before| self.blocks.get(before)).and_then(depth_of).is_none()
            {
                self.label_depth = self.labels_from(at);
            }
            match self.judge(at, block) {
                Next::Take(role) => self.take(at, role),
                Next::Stop => match self.resumes(at) {
                    Some(again) => {
                        at = again;
                        continue;
                    }
                    None => break,
                },
            }
            at += 1;
            end = at;
        }
        // Headings of parts that no names follow belong to what comes after.
        while self.parts.last().is_some_and(|part| part.role == Role::Group) {
            end = self.parts.pop().map_or(end, |part| part.block);
        }
        end
    }

    fn take(&mut self, at: usize, role: Role) {
        let Some(block) = self.blocks.get(at) else { return };
        self.parts.push(Part { block: at, role });
        match role {
            Role::Label => {}
            Role::Group => {
                self.last = None;
                if let Some(level) = level_of(block) {
                    self.sub_level = Some(level);
                }
            }
            Role::Names(from) => {
                self.form = Some(form_of(block));
                let text = block.text.get(from..).unwrap_or_default();
                self.names += match block.kind {
                    BlockKind::ListItem { .. } => 1,
                    _ => text
                        .lines()
                        .filter(|line| !line.trim().is_empty())
                        .count()
                        .max(split::separators(text) + 1),
                };
                if let Some(number) = last_number(block) {
                    if let Some(last) = self.last {
                        self.step = if i64::from(number) < i64::from(last)
                            && i64::from(last) - i64::from(number) == 1
                        {
                            -1
                        } else {
                            1
                        };
                    }
                    self.last = Some(number);
                }
            }
        }
    }

    fn judge(&self, at: usize, block: &Block) -> Next {
        let heading = level_of(block);
        if ends_list(block) {
            return Next::Stop;
        }
        match (&block.kind, heading) {
            (_, Some(level)) => self.judge_heading(at, block, level),
            (BlockKind::ListItem { .. }, _) => self.judge_item(block),
            (BlockKind::Table, _) => {
                if self.form.is_none_or(|form| form == Form::Rows) || self.follows_group() {
                    Next::Take(Role::Names(0))
                } else {
                    Next::Stop
                }
            }
            (BlockKind::Caption, _) => Next::Stop,
            _ => self.judge_paragraph(at, block),
        }
    }

    fn judge_heading(&self, at: usize, block: &Block, level: u8) -> Next {
        if announce::announces(&block.text, true).is_some() {
            return Next::Stop;
        }
        let text = block.text.as_str();
        // Some templates make every name a heading.
        let before = self.parts.last().filter(|part| matches!(part.role, Role::Names(_)));
        let goes_on = before.is_some_and(|part| level_of_at(self.blocks, part.block) == Some(level));
        let begins = self.names == 0 && level_of_at(self.blocks, at + 1) == Some(level);
        if (begins || goes_on) && !self.introduces(at) && may_be_name(text) {
            return Next::Take(Role::Names(0));
        }
        if !is_group_label(text) || !self.introduces(at) {
            return Next::Stop;
        }
        let deeper = self.level.is_some_and(|own| level > own);
        let sub = self.sub_level == Some(level) || (self.names == 0 && self.level != Some(level));
        let counted = units_only(&phrases::normalise(text));
        if deeper || sub || counted { Next::Take(Role::Group) } else { Next::Stop }
    }

    fn judge_item(&self, block: &Block) -> Next {
        if self.label_depth.is_some() && depth_of(block) == self.label_depth && is_group_label(&block.text) {
            return Next::Take(Role::Group);
        }
        let fits = self.form.is_none_or(|form| form != Form::Rows) || self.follows_group();
        let named = may_be_name(&block.text)
            || (self.continues(block) && block.text.chars().count() <= 2 * LONGEST_NAME);
        if fits && named && !self.changes_to_links(block) { Next::Take(Role::Names(0)) } else { Next::Stop }
    }

    /// The depth of the items of a list that begins here, if each of them holds a list of its own: `Cambodia`, `Laos`.
    fn labels_from(&self, at: usize) -> Option<u8> {
        let depths = self.blocks.iter().skip(at).map_while(depth_of);
        let top = self.blocks.get(at).and_then(depth_of)?;
        let mut previous_top = false;
        for depth in depths {
            if depth <= top && previous_top {
                return None;
            }
            previous_top = depth <= top;
        }
        (!previous_top).then_some(top)
    }

    /// Links to other pages behind names that are none.
    fn changes_to_links(&self, block: &Block) -> bool {
        let before = self
            .parts
            .last()
            .filter(|part| part.role != Role::Group)
            .and_then(|part| self.blocks.get(part.block));
        is_linked(block)
            && !self.continues(block)
            && before.is_some_and(|before| form_of(before) == Form::Items && !is_linked(before))
    }

    fn judge_paragraph(&self, at: usize, block: &Block) -> Next {
        let text = block.text.as_str();
        if announce::announces(text, false).is_some() {
            return Next::Stop;
        }
        if text.starts_with(['(', '（', '['])
            && text.ends_with([')', '）', ']'])
            && typed_number(text).is_none()
            && text.chars().count() < LONGEST_GROUP
        {
            return Next::Take(Role::Label);
        }
        if self.continues(block) && text.lines().all(|line| line.chars().count() <= 2 * LONGEST_NAME) {
            return Next::Take(Role::Names(0));
        }
        let items = self.form == Some(Form::Items) || self.form == Some(Form::Rows);
        if is_group_label(text)
            && self.introduces(at)
            && (text.ends_with([':', '：', '៖']) || items || self.names == 0)
        {
            return Next::Take(Role::Group);
        }
        if text.contains('\n') {
            let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
            let named = lines.iter().filter(|line| may_be_name(line)).count();
            return if named * 3 >= lines.len() * 2 { Next::Take(Role::Names(0)) } else { Next::Stop };
        }
        if split::separators(text) >= 2 && !items {
            let (_, names) = group_in_line(text);
            let parts = split::names(announce::sentence(names));
            let named = parts.iter().filter(|part| may_be_name(part)).count();
            let sentence = announce::sentence(names).len() + 2 < names.trim_end().len();
            return if named * 10 >= parts.len() * 9 && !sentence && self.looks_listed(&parts) {
                Next::Take(Role::Names(0))
            } else {
                Next::Stop
            };
        }
        if !items && may_be_name(text) && !text.ends_with([':', '：', '៖']) {
            Next::Take(Role::Names(0))
        } else {
            Next::Stop
        }
    }

    /// Names in a sentence begin with capitals, where the script has them.
    fn looks_listed(&self, parts: &[&str]) -> bool {
        let lower = parts.iter().filter(|part| {
            split::strip_article(part).chars().find(|c| c.is_alphabetic()).is_some_and(char::is_lowercase)
        });
        lower.count() * 3 <= parts.len()
    }

    fn follows_group(&self) -> bool {
        self.parts.last().is_some_and(|part| part.role == Role::Group)
    }

    /// Whether names in a list, in rows or line by line follow a block, with at most one other label in between.
    fn introduces(&self, at: usize) -> bool {
        let next = |offset: usize| self.blocks.get(at + offset).filter(|block| !ends_list(block));
        let holds = |block: &Block| match block.kind {
            BlockKind::ListItem { .. } => may_be_name(&block.text),
            BlockKind::Table => true,
            BlockKind::Heading { .. } => false,
            _ => {
                let lines = block.text.lines().filter(|line| may_be_name(line)).count();
                typed_number(&block.text).is_some()
                    || lines >= 2
                    || split::separators(&block.text) >= 2
                    || (self.form == Some(Form::Lines) || level_of_at(self.blocks, at).is_some())
                        && may_be_name(&block.text)
            }
        };
        match next(1) {
            Some(block) if holds(block) => true,
            Some(block) if is_group_label(&block.text) => next(2).is_some_and(holds),
            _ => false,
        }
    }

    /// Whether a block's number is the one that comes next.
    fn continues(&self, block: &Block) -> bool {
        let next = self.last.and_then(|last| u32::try_from(i64::from(last) + self.step).ok());
        next.is_some() && first_number(block) == next
    }

    /// Where the list goes on behind something that is no part of it.
    fn resumes(&self, at: usize) -> Option<usize> {
        if self.names == 0 {
            return None;
        }
        // Beyond this block, so that reading always goes forward.
        let ahead = || self.blocks.iter().enumerate().skip(at + 1);
        if self.last.is_some() {
            let hit = ahead()
                .take(LONGEST_GAP)
                .find(|(_, block)| self.continues(block) && may_be_name(&block.text));
            if let Some((again, _)) = hit {
                return Some(again);
            }
        }
        self.resumes_unnumbered(at)
    }

    /// A list without numbers, or one whose numbers begin anew, goes on behind one or two paragraphs that announce
    /// nothing, if its next part looks like names and not like links to other pages.
    fn resumes_unnumbered(&self, at: usize) -> Option<usize> {
        if self.form != Some(Form::Items) {
            return None;
        }
        let item = |block: &Block| matches!(block.kind, BlockKind::ListItem { .. });
        let asides =
            self.blocks.iter().skip(at).take(LONGEST_ASIDE + 1).take_while(|block| !item(block)).count();
        let aside = |block: &Block| {
            level_of(block).is_none()
                && !block.text.trim_end().ends_with([':', '：', '៖'])
                && !is_section_label(block)
                && announce::announces(&block.text, false).is_none()
        };
        if asides == 0 || asides > LONGEST_ASIDE || !self.blocks.iter().skip(at).take(asides).all(aside) {
            return None;
        }
        let next: Vec<&Block> =
            self.blocks.iter().skip(at + asides).take_while(|block| item(block)).take(6).collect();
        let before = self.parts.last().and_then(|part| self.blocks.get(part.block));
        let linked = before.is_some_and(is_linked);
        let same = next.iter().all(|block| {
            may_be_name(&block.text) && is_linked(block) == linked && looks_like_name(&block.text)
        });
        (!next.is_empty() && same).then_some(at + asides)
    }
}

fn level_of_at(blocks: &[Block], at: usize) -> Option<u8> {
    blocks.get(at).and_then(level_of)
}

fn depth_of(block: &Block) -> Option<u8> {
    match block.kind {
        BlockKind::ListItem { depth, .. } => Some(depth),
        _ => None,
    }
}

fn level_of(block: &Block) -> Option<u8> {
    match block.kind {
        BlockKind::Heading { level } => Some(level),
        _ => None,
    }
}

fn form_of(block: &Block) -> Form {
    match block.kind {
        BlockKind::ListItem { .. } => Form::Items,
        BlockKind::Table => Form::Rows,
        _ => Form::Lines,
    }
}

/// The number of a list item or of a line that somebody numbered.
pub(crate) fn first_number(block: &Block) -> Option<u32> {
    match &block.kind {
        BlockKind::ListItem { marker: Some(marker), .. } => marker.trim_end_matches('.').parse().ok(),
        BlockKind::Table | BlockKind::Heading { .. } => None,
        _ => typed_number(&block.text).map(|(number, _)| number),
    }
}

fn last_number(block: &Block) -> Option<u32> {
    match &block.kind {
        BlockKind::ListItem { .. } | BlockKind::Table | BlockKind::Heading { .. } => first_number(block),
        _ => block.text.lines().filter_map(|line| typed_number(line).map(|(number, _)| number)).next_back(),
    }
}

/// `Cambodia: A; B; C`: a part's name in front of its names.
pub(crate) fn group_in_line(text: &str) -> (Option<&str>, &str) {
    match text.split_once([':', '：', '៖']) {
        Some((label, names))
            if is_group_label(label)
                && split::separators(label) == 0
                && !names.trim().is_empty()
                && typed_number(text).is_none() =>
        {
            (Some(label.trim()), names)
        }
        _ => (None, text),
    }
}

/// Short, and no phrase of boilerplate.
fn is_group_label(text: &str) -> bool {
    let text = text.trim();
    !text.is_empty()
        && text.chars().count() <= LONGEST_GROUP
        && !text.contains('\n')
        && !text.ends_with(['.', '!', '?', '។', '。'])
        && !is_boilerplate(text)
        && !sections::has_contact(text)
        && typed_number(text).is_none()
}

fn is_section_label(block: &Block) -> bool {
    sections::label_of(block).is_some()
}

/// What no list of names goes across, unless its numbers do.
fn ends_list(block: &Block) -> bool {
    is_section_label(block) || (!matches!(block.kind, BlockKind::Table) && sections::has_contact(&block.text))
}

fn is_linked(block: &Block) -> bool {
    let linked: usize = block.links.iter().map(|link| link.text.len()).sum();
    linked * 10 >= block.text.len() * 8
}
