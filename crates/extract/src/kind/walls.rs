//! Pages that stand in the place of another: consent walls, logins, errors under a good status, empty shells, and texts
//! that a paywall cuts.
//!
//! What all rules ask first is how much prose the page has of its own, apart from the wall: a page with more than a few
//! sentences is never a wall, whatever else is on it.

use super::facts::Facts;
use super::words::{self, Wall, Walls};
use super::{Decision, Evidence};
use crate::hints::Hints;
use crate::page::{RawBlock, Region};
use crate::phrases::{Categories, Category};
use crate::statement::{BlockKind, PageKind};
use crate::tag::Tag;

/// Widths (see [`width`]) of text: a sentence, a short paragraph, more than any wall has.
const SENTENCE: usize = 40;
const FEW_SENTENCES: usize = 300;
const NO_WALL: usize = 1_500;

/// Top headings that may name the page.
const HEADINGS: usize = 3;

/// Text beyond which a page with a call to subscribe is no stub, and that beyond which a page that calls itself not
/// free is there all the same.
const STUB: usize = 3_000;
const SHORT_STUB: usize = 1_500;

/// Beyond this a paragraph in the text speaks about paying rather than asking for it.
const CALL: usize = 160;

/// How far behind the last paragraph the call to pay stands.
const PAYWALL_REACH: usize = 12;

/// What a page without much prose says.
#[derive(Default)]
struct Reading {
    /// Width of prose that belongs to no wall.
    prose: usize,
    /// Whether there is as much as one short sentence that belongs to no wall.
    sentence: bool,
    /// Width of everything in the text that belongs to no wall, cards and labels too.
    kept: usize,
    /// Width of all text that is not navigation.
    proper: usize,
    /// Width of text in consent panels or about consent.
    consent: usize,
    /// What title and first headings say.
    named: Walls,
    /// What blocks of the page proper say.
    said: Walls,
    /// Whether a block asks for scripts, or for patience until they have run.
    loading: bool,
    /// Whether there is a button to accept.
    accept: bool,
}

/// The wall that the page is, if it is one.
pub(super) fn find(evidence: &Evidence<'_>, facts: &Facts) -> Option<Decision> {
    if own_prose(evidence) > NO_WALL {
        return None;
    }
    let reading = read(evidence, facts);
    // What is dated, or calls itself an article, needs to say less to be one.
    let is_dated = evidence.published || evidence.data.is_article;
    consent(evidence, facts, &reading, is_dated)
        .or_else(|| login(evidence, facts, &reading, is_dated))
        .or_else(|| error(&reading, is_dated))
        .or_else(|| empty(evidence, facts, &reading))
}

/// Width of all prose in the text, or outside navigation and panels of consent.
fn own_prose(evidence: &Evidence<'_>) -> usize {
    let mut sum = 0_usize;
    for Placed { block, region, kept, .. } in placed(evidence) {
        let proper = !is_side(region) && !region.inherited.any(Hints::CONSENT);
        if (kept || proper) && is_prose(block) {
            sum = sum.saturating_add(width(&block.text));
        }
    }
    sum
}

/// A block with what is known of it.
struct Placed<'a> {
    block: &'a RawBlock,
    region: &'a Region,
    found: Categories,
    kept: bool,
}

fn placed<'a>(evidence: &Evidence<'a>) -> impl Iterator<Item = Placed<'a>> {
    let page = evidence.page;
    let blocks = page.blocks.iter().zip(evidence.phrases).zip(evidence.kept);
    blocks.filter_map(|((block, found), kept)| {
        Some(Placed { block, region: page.regions.get(block.region)?, found: *found, kept: *kept })
    })
}

fn read(evidence: &Evidence<'_>, facts: &Facts) -> Reading {
    let mut reading = Reading::default();
    for title in evidence.title.iter().copied().chain(evidence.page.head.title.as_deref()) {
        reading.named = reading.named.with(words::of_title(title));
    }
    let level = |block: &RawBlock| match block.kind {
        BlockKind::Heading { level } => Some(level),
        _ => None,
    };
    let has_top = evidence.page.blocks.iter().any(|block| level(block) == Some(1));
    let mut headings = 0;
    for placed in placed(evidence) {
        reading.add(&placed);
        let names_page = match level(placed.block) {
            Some(1) => headings < HEADINGS,
            Some(2..=3) => headings == 0 && !has_top,
            _ => false,
        };
        if names_page && !is_side(placed.region) {
            headings += 1;
            reading.named = reading.named.with(words::of_title(&placed.block.text));
        }
    }
    reading.accept |= facts.labels.iter().any(|label| words::of(label).has(Wall::Accept));
    reading
}

impl Reading {
    fn add(&mut self, placed: &Placed<'_>) {
        let Placed { block, region, found, kept } = placed;
        let (said, width, aside) = (words::of(&block.text), width(&block.text), is_side(region));
        let says_consent = said.has(Wall::Consent) || found.has(Category::Consent);
        let consents = says_consent || region.inherited.any(Hints::CONSENT);
        let accepts = self.note_button(block, region, said);
        if consents || accepts {
            self.consent = self.consent.saturating_add(width);
        }
        let of_wall =
            says_consent || [Wall::Error, Wall::Login, Wall::Script].iter().any(|wall| said.has(*wall));
        let proper = !aside && !consents && !region.inside(Tag::Form);
        if *kept && !of_wall && !consents {
            self.kept = self.kept.saturating_add(width);
        }
        if is_prose(block) && !of_wall && (*kept || proper) {
            self.prose = self.prose.saturating_add(width);
        }
        self.sentence |= proper && !of_wall && is_sentence(block);
        if !aside {
            self.proper = self.proper.saturating_add(width);
            self.said = self.said.with(words::of_sentence(&block.text));
            self.loading |= said.has(Wall::Script);
        }
    }

    /// Whether a block is a button to accept; notes that there is one, also among the links of a block.
    fn note_button(&mut self, block: &RawBlock, region: &Region, said: Walls) -> bool {
        let is_button = block.chars < 40 && said.has(Wall::Accept);
        self.accept |= is_button && (region.inside(Tag::Button) || in_panel(region));
        self.accept |= block.links.iter().take(10).any(|link| words::of(&link.text).has(Wall::Accept));
        is_button
    }
}

fn consent(evidence: &Evidence<'_>, facts: &Facts, reading: &Reading, is_dated: bool) -> Option<Decision> {
    let most_prose = if is_dated { SENTENCE } else { FEW_SENTENCES / 2 };
    if !reading.accept || reading.consent < SENTENCE || reading.prose > most_prose {
        return None;
    }
    let sent_to = facts.actions.iter().any(|action| action.to_ascii_lowercase().contains("consent"));
    let address = url_names(evidence, &["consent", "cookie-consent", "privacy-wall", "cookiewall", "gdpr"]);
    if sent_to || address || reading.named.has(Wall::Consent) {
        let reason =
            "its title, form or address is a question about cookies, with a button to accept and no text";
        return Some(Decision::new(PageKind::ConsentWall, 92, reason));
    }
    (reading.kept <= FEW_SENTENCES && reading.consent * 100 >= reading.proper.max(1) * 60).then(|| {
        let reason = "most of its text is a question about cookies, with a button to accept";
        Decision::new(PageKind::ConsentWall, 80, reason)
    })
}

fn login(evidence: &Evidence<'_>, facts: &Facts, reading: &Reading, is_dated: bool) -> Option<Decision> {
    const ADDRESSES: &[&str] = &[
        "login",
        "log-in",
        "signin",
        "sign-in",
        "logon",
        "auth",
        "wp-login",
        "user-login",
        "connexion",
        "anmelden",
        "sso",
    ];
    let named = reading.named.has(Wall::Login) || url_names(evidence, ADDRESSES);
    let field = facts.emails + facts.text_fields > 0;
    if facts.passwords > 0 && named && reading.prose <= FEW_SENTENCES * 2 {
        return Some(Decision::new(
            PageKind::Login,
            93,
            "a password field under a title or address that says log in",
        ));
    }
    if is_dated || reading.prose > FEW_SENTENCES / 2 {
        return None;
    }
    if facts.passwords > 0 && reading.prose < SENTENCE {
        return Some(Decision::new(PageKind::Login, 80, "a password field and no text"));
    }
    if reading.named.has(Wall::Login)
        && (field || reading.said.has(Wall::Login))
        && reading.prose < FEW_SENTENCES / 2
    {
        return Some(Decision::new(
            PageKind::Login,
            80,
            "its title says log in, and it has no text of its own",
        ));
    }
    None
}

fn error(reading: &Reading, is_dated: bool) -> Option<Decision> {
    let (named, said) = (reading.named.has(Wall::Error), reading.said.has(Wall::Error));
    let most = match (named, said, is_dated) {
        (true, _, true) | (false, true, true) => SENTENCE,
        (true, true, false) => FEW_SENTENCES * 2,
        (true, false, false) => FEW_SENTENCES,
        (false, true, false) => FEW_SENTENCES / 2,
        (false, false, _) => return None,
    };
    if reading.prose > most {
        return None;
    }
    let (confidence, reason) = match (named, said) {
        (true, true) => (93, "title and text say that the page is not there or does not work"),
        (true, false) => (85, "the title says that the page is not there or does not work"),
        _ => (75, "its only text says that the page is not there or does not work"),
    };
    Some(Decision::new(PageKind::SoftError, confidence, reason))
}

fn empty(evidence: &Evidence<'_>, facts: &Facts, reading: &Reading) -> Option<Decision> {
    let kept =
        || evidence.page.blocks.iter().zip(evidence.kept).filter(|(_, kept)| **kept).map(|(block, _)| block);
    let kept: usize = kept().map(|block| width(&block.text)).sum();
    if kept == 0 && !reading.sentence {
        return Some(Decision::new(PageKind::Empty, 90, "no block of the page is text"));
    }
    let shell = facts.empty_root || reading.loading;
    (shell && reading.prose == 0 && kept < SENTENCE * 5 && reading.proper < FEW_SENTENCES).then(|| {
        Decision::new(PageKind::Empty, 85, "a shell that its scripts would fill: it has no text of its own")
    })
}

/// Why the text is only the beginning of what there is, if it is.
pub(super) fn cut_by_paywall(evidence: &Evidence<'_>) -> Option<&'static str> {
    let blocks = &evidence.page.blocks;
    let kept_width = |index: usize| match (evidence.kept.get(index), blocks.get(index)) {
        (Some(true), Some(block)) => width(&block.text),
        _ => 0,
    };
    let total: usize = (0..blocks.len()).map(kept_width).sum();
    let flagged = evidence.data.paywalled || says_not_free(evidence);
    if flagged && total < SHORT_STUB {
        return Some("the page says that it is not free to read, and little of it is here");
    }
    if total >= STUB {
        return None;
    }
    let last = (0..blocks.len()).rev().find(|index| kept_width(*index) >= SENTENCE * 2)?;
    let first = last.saturating_sub(PAYWALL_REACH);
    for (index, block) in blocks.iter().enumerate().skip(first).take(2 * PAYWALL_REACH) {
        let behind: usize = (index + 1..=last).map(kept_width).sum();
        let says = words::of(&block.text);
        let strong = says.has(Wall::Paywall);
        let weak = evidence.phrases.get(index).is_some_and(|found| found.has(Category::Paywall));
        let believed = strong || (weak && (total < SHORT_STUB || flagged));
        let most = if kept_width(index) > 0 { CALL } else { FEW_SENTENCES };
        if believed && width(&block.text) < most && behind < SENTENCE * 2 && !is_bar(evidence, block) {
            return Some("a call to subscribe stands where the text breaks off");
        }
    }
    None
}

/// Whether a `<meta>` element calls the page locked.
fn says_not_free(evidence: &Evidence<'_>) -> bool {
    let meta =
        |names: &[&str]| evidence.page.head.meta(names).unwrap_or_default().trim().to_ascii_lowercase();
    meta(&["isaccessibleforfree"]) == "false" || meta(&["article:content_tier"]) == "locked"
}

/// Navigation above or below every page of a site.
fn is_bar(evidence: &Evidence<'_>, block: &RawBlock) -> bool {
    evidence.page.regions.get(block.region).is_none_or(|region| {
        region.inside(Tag::Nav)
            || region.inside(Tag::Footer)
            || (region.inside(Tag::Header) && !region.inside(Tag::Article) && !region.inside(Tag::Main))
    })
}

/// Whether a part of the page stands beside its text on any page of the site.
fn is_side(region: &Region) -> bool {
    let content = region.inside(Tag::Article) || region.inside(Tag::Main);
    region.inside(Tag::Nav)
        || region.inside(Tag::Footer)
        || region.inside(Tag::Aside)
        || (region.inside(Tag::Header) && !content)
        || region
            .inherited
            .any(Hints::NAV.with(Hints::MENU).with(Hints::FOOTER).with(Hints::BREADCRUMB).with(Hints::SKIP))
}

/// Whether a part of the page is a panel over it.
fn in_panel(region: &Region) -> bool {
    region.inside(Tag::Dialog)
        || region.inherited.any(Hints::CONSENT.with(Hints::MODAL).with(Hints::ACTION).with(Hints::FORM))
}

fn is_prose(block: &RawBlock) -> bool {
    let is_text = matches!(
        block.kind,
        BlockKind::Paragraph | BlockKind::ListItem { .. } | BlockKind::Quote | BlockKind::Table
    );
    is_text && block.link_chars * 2 <= block.chars && width(&block.text) >= SENTENCE
}

/// Whether a block is a short sentence at least: a page may say no more.
fn is_sentence(block: &RawBlock) -> bool {
    const ENDS: &[char] = &['.', '!', '?', '…', '。', '！', '？', '؟', '۔', '។', '။', '।'];
    block.link_chars * 2 <= block.chars
        && width(&block.text) >= SENTENCE / 2
        && block.text.trim_end_matches(['"', '”', '»', '’', ')']).ends_with(ENDS)
}

/// The length of a text, with characters that stand for a syllable or a word counted as several.
fn width(text: &str) -> usize {
    text.chars()
        .map(|c| if matches!(c, '\u{3040}'..='\u{9FFF}' | '\u{AC00}'..='\u{D7AF}') { 3 } else { 1 })
        .sum()
}

/// Whether a part of the address is one of these names.
fn url_names(evidence: &Evidence<'_>, names: &[&str]) -> bool {
    let Some(url) = evidence.url else { return false };
    let path = url.path().to_ascii_lowercase();
    let first_label = url.host_str().and_then(|host| host.split('.').next()).unwrap_or_default();
    names.contains(&first_label)
        || path.split('/').any(|part| names.contains(&part.split('.').next().unwrap_or(part)))
}
