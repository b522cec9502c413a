//! What is known about each block, as small integers: the evidence that the learned scorer weighs.
//!
//! Integers keep the scores equal on every machine. The order of the features is that of [`Recorder::all`]; the weights
//! file is only valid together with it, which [`names`] lets the training program record.

use crate::hints::Hints;
use crate::meta::jsonld::JsonLd;
use crate::meta::title::letters;
use crate::page::{Page, RawBlock, Region};
use crate::phrases::{Categories, Category};
use crate::shape::{Shape, overlap, words};
use crate::statement::BlockKind;
use crate::tag::Tag;
use crate::told::Told;
use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use url::Url;

/// Percentage of the page's text beyond which a region is the page, whatever its name says.
const MOST_OF_PAGE: usize = 40;

/// Characters from which a block is no headline.
const LONGEST_TITLE: usize = 400;

/// A hint that no ancestor has.
const FAR: u8 = 60;

/// What the page as a whole offers to the features of its blocks.
pub(crate) struct Context<'a> {
    page: &'a Page,
    phrases: &'a [Categories],
    /// Levels between each region and the nearest ancestor with each hint.
    distances: Vec<[u8; HINTS]>,
    /// Sums of characters and of link characters over the blocks before each index.
    chars_before: Vec<u32>,
    links_before: Vec<u32>,
    /// Depth-first path of the region that holds most prose.
    container: usize,
    /// For each region the levels up to one that also holds the main container, and from there down to it.
    to_container: Vec<(i32, i32)>,
    /// For each region the nearest article around it or, failing that, main part.
    articles: Vec<Option<usize>>,
    signatures: HashMap<u32, u32>,
    siblings: HashMap<(usize, u32), u32>,
    title_at: i32,
    /// For each block whether it is the headline.
    titles: Vec<bool>,
    title_words: HashSet<u64>,
    description_words: HashSet<u64>,
    repeats: Vec<u16>,
    headings: Vec<Option<usize>>,
    page_features: Vec<i32>,
    /// The page's host without `www.`.
    site: String,
    told: Told,
}

const HINTS: usize = Hints::ALL.len();

impl<'a> Context<'a> {
    pub(crate) fn new(
        page: &'a Page,
        phrases: &'a [Categories],
        data: &JsonLd,
        title: Option<&str>,
        url: Option<&Url>,
        container: usize,
    ) -> Self {
        let titles = titles(page, &title.map(letters).unwrap_or_default());
        let mut context = Self {
            page,
            phrases,
            distances: distances(page),
            chars_before: sums(page, |block| block.chars),
            links_before: sums(page, |block| block.link_chars),
            container,
            to_container: to_container(page, container),
            articles: articles(page),
            signatures: HashMap::new(),
            siblings: HashMap::new(),
            title_at: title_at(page, &titles),
            titles,
            title_words: title.map(|text| words(text).collect()).unwrap_or_default(),
            description_words: page
                .head
                .meta(&["description", "og:description"])
                .map(|text| words(text).collect())
                .unwrap_or_default(),
            repeats: repeats(page),
            headings: headings(page),
            page_features: Vec::new(),
            told: Told::new(data),
            site: url
                .and_then(Url::host_str)
                .map(|host| host.trim_start_matches("www.").to_owned())
                .unwrap_or_default(),
        };
        for region in &page.regions {
            *context.signatures.entry(region.signature).or_default() += 1;
            *context.siblings.entry((region.parent, region.signature)).or_default() += 1;
        }
        context.page_features = context.of_page(data, url);
        context
    }

    /// The features of one block, in place of what `out` holds.
    pub(crate) fn of(&self, index: usize, out: &mut Vec<i32>) {
        out.clear();
        let mut recorder = Recorder { values: std::mem::take(out), names: None };
        self.record(index, &mut recorder);
        *out = recorder.values;
    }

    fn record(&self, index: usize, out: &mut Recorder) {
        let Some(block) = self.page.blocks.get(index) else { return };
        let Some(region) = self.page.regions.get(block.region) else { return };
        self.record_block(index, block, out);
        self.record_place(index, block, region, out);
        self.record_neighbours(index, block, out);
        self.record_containers(index, block, out);
        for (number, value) in self.page_features.iter().enumerate() {
            out.push_n("page", number, *value);
        }
    }

    fn record_block(&self, index: usize, block: &RawBlock, out: &mut Recorder) {
        let text = block.text.as_str();
        let shape = Shape::of(text);
        out.push("chars", cap(block.chars, 3000));
        out.push("words", cap(shape.words, 600));
        out.push("word_length", ratio(shape.letters, shape.words.max(1), 10));
        out.push("link_share", ratio(block.link_chars, block.chars, 100));
        out.push("links", cap(block.links.len(), 30));
        out.push("plain_chars", cap(block.chars.saturating_sub(block.link_chars), 3000));
        out.push("sentence_marks", cap(shape.sentence_marks, 40));
        out.push("commas", cap(shape.commas, 40));
        out.push("ending", shape.ending);
        out.push("beginning", shape.beginning);
        out.push("digits", ratio(shape.digits, block.chars, 100));
        out.push("capitals", ratio(shape.capitals, shape.letters, 100));
        out.push("strong", ratio(block.strong_chars, block.chars, 100));
        out.push("lines", cap(shape.lines, 20));
        out.push("separators", cap(shape.separators, 20));
        out.push("kind", kind_code(&block.kind));
        out.push("repeats", i32::from(self.repeats.get(index).copied().unwrap_or(0)));
        out.push("title_overlap", overlap(text, &self.title_words));
        out.push("description_overlap", overlap(text, &self.description_words));
        out.push("told_body", self.told.in_body(text));
        out.push("told_other", self.told.in_other(text));
        out.push("is_title", i32::from(self.is_title(index)));
        let found = self.phrases.get(index).copied().unwrap_or_default();
        out.push("boilerplate", i32::from(found.any(BOILERPLATE)));
        for (category, label) in PHRASES {
            out.push(label, i32::from(found.has(category)));
        }
        let (fragments, outside) = self.link_targets(block);
        out.push("links_fragment", cap(fragments, 30));
        out.push("links_outside", cap(outside, 30));
    }

    fn record_place(&self, index: usize, block: &RawBlock, region: &Region, out: &mut Recorder) {
        out.push("tag", region.tag as i32);
        out.push("depth", i32::from(region.depth).min(60));
        let blocks = self.page.blocks.len().max(1);
        out.push("position", ratio(index, blocks, 1000));
        out.push("from_end", cap(blocks - index, 500));
        let all = self.chars_before.last().copied().unwrap_or(1).max(1);
        out.push(
            "text_before",
            ratio(self.chars_before.get(index).copied().unwrap_or(0) as usize, all as usize, 1000),
        );
        out.push(
            "after_title",
            if self.title_at < 0 { -999 } else { (index as i32 - self.title_at).clamp(-60, 400) },
        );
        for (tag, label) in ANCESTORS {
            out.push(label, i32::from(region.inside(tag)));
        }
        for (number, (hint, label)) in Hints::ALL.iter().enumerate() {
            let near =
                self.distances.get(block.region).and_then(|row| row.get(number)).copied().unwrap_or(FAR);
            let near = if block.inline.any(*hint) { 0 } else { near.saturating_add(1).min(FAR) };
            out.push(label, i32::from(near));
        }
        out.push(
            "same_class",
            cap(self.signatures.get(&region.signature).copied().unwrap_or(0) as usize, 200),
        );
        let like =
            |region: &Region| self.siblings.get(&(region.parent, region.signature)).copied().unwrap_or(0);
        out.push("like_siblings", cap(like(region) as usize, 100));
        let parent = self.page.regions.get(region.parent);
        out.push("like_parents", cap(parent.map(like).unwrap_or(0) as usize, 100));
        let grand = parent.and_then(|parent| self.page.regions.get(parent.parent));
        out.push("like_grandparents", cap(grand.map(like).unwrap_or(0) as usize, 100));
    }

    fn record_neighbours(&self, index: usize, block: &RawBlock, out: &mut Recorder) {
        for offset in [-3_i32, -2, -1, 1, 2, 3] {
            let other = usize::try_from(index as i32 + offset).ok().and_then(|at| self.page.blocks.get(at));
            let (chars, link_share, kind, together) = other.map_or((-1, -1, -1, -1), |other| {
                let together = self.page.regions.get(other.region).map(|r| r.parent)
                    == self.page.regions.get(block.region).map(|r| r.parent);
                (
                    cap(other.chars, 1000),
                    ratio(other.link_chars, other.chars, 100),
                    kind_code(&other.kind),
                    i32::from(together),
                )
            });
            out.push_n("near_chars", (offset + 3) as usize, chars);
            out.push_n("near_links", (offset + 3) as usize, link_share);
            out.push_n("near_kind", (offset + 3) as usize, kind);
            out.push_n("near_together", (offset + 3) as usize, together);
        }
        for reach in [4_usize, 12] {
            let (first, end) = (index.saturating_sub(reach), (index + reach + 1).min(self.page.blocks.len()));
            let (chars, links) = self.between(first, end);
            out.push_n("window_chars", reach, cap(chars / (end - first).max(1), 600));
            out.push_n("window_links", reach, ratio(links, chars, 100));
        }
        let above = self.headings.get(index).copied().flatten();
        out.push("heading_distance", above.map_or(999, |at| cap(index - at, 100)));
        let heading = above.and_then(|at| self.page.blocks.get(at));
        out.push("heading_kind", heading.map_or(-1, |heading| kind_code(&heading.kind)));
        let found = above.and_then(|at| self.phrases.get(at)).copied().unwrap_or_default();
        out.push("under_boilerplate", i32::from(found.any(BOILERPLATE)));
        for (category, label) in UNDER {
            out.push(label, i32::from(found.has(category)));
        }
        let under_title = above.is_some_and(|at| self.is_title(at));
        out.push("under_title", i32::from(under_title));
    }

    fn record_containers(&self, index: usize, block: &RawBlock, out: &mut Recorder) {
        let mut at = block.region;
        let all = self.chars_before.last().copied().unwrap_or(1).max(1) as usize;
        for level in 0..6 {
            let region = self.page.regions.get(at);
            let (chars, links, blocks) = region.map_or((0, 0, 1), |region| {
                let (chars, links) = self.between(region.first, region.end);
                (chars, links, region.end.saturating_sub(region.first).max(1))
            });
            out.push_n("inside_chars", level, cap(chars, 20_000));
            out.push_n("inside_links", level, ratio(links, chars, 100));
            out.push_n("inside_blocks", level, cap(blocks, 400));
            out.push_n("inside_mean", level, cap(chars / blocks, 1000));
            out.push_n("inside_share", level, ratio(chars, all, 1000));
            at = region.map_or(0, |region| region.parent);
        }
        let (up, down) = self.to_container.get(block.region).copied().unwrap_or((0, 0));
        out.push("container_up", up);
        out.push("container_down", down);
        let main = self.page.regions.get(self.container);
        Self::record_position("container", index, main, out);
        let article = self.articles.get(block.region).copied().flatten();
        Self::record_position("article", index, article.and_then(|at| self.page.regions.get(at)), out);
    }

    /// How far a block is behind the beginning of a region, and how far before its end; negative outside.
    fn record_position(label: &str, index: usize, region: Option<&Region>, out: &mut Recorder) {
        let limited = |distance: i64| i32::try_from(distance.clamp(-60, 300)).unwrap_or(300);
        let (after, left) = region.map_or((-99, -99), |region| {
            (limited(index as i64 - region.first as i64), limited(region.end as i64 - index as i64))
        });
        out.push_part(label, "after", after);
        out.push_part(label, "left", left);
    }

    /// How many of a block's links lead to a place on the page itself, and how many to other hosts.
    fn link_targets(&self, block: &RawBlock) -> (usize, usize) {
        let (mut fragments, mut outside) = (0, 0);
        for link in &block.links {
            let href = link.href.trim_start();
            fragments += usize::from(href.starts_with('#'));
            let host = href.split_once("//").filter(|(scheme, _)| scheme.len() < 7);
            let other =
                host.is_some_and(|(_, rest)| !self.site.is_empty() && !host_of(rest).ends_with(&self.site));
            outside += usize::from(other);
        }
        (fragments, outside)
    }

    /// Characters and link characters of the blocks `first..end`.
    fn between(&self, first: usize, end: usize) -> (usize, usize) {
        let difference = |sums: &[u32]| {
            let at = |index: usize| sums.get(index).copied().unwrap_or(0);
            at(end).saturating_sub(at(first)) as usize
        };
        (difference(&self.chars_before), difference(&self.links_before))
    }

    fn of_page(&self, data: &JsonLd, url: Option<&Url>) -> Vec<i32> {
        let page = self.page;
        let (chars, links) = self.between(0, page.blocks.len());
        let (inside, inside_links) =
            page.regions.get(self.container).map_or((0, 0), |region| self.between(region.first, region.end));
        let count =
            |wanted: &dyn Fn(&RawBlock) -> bool| page.blocks.iter().filter(|block| wanted(block)).count();
        let long = |least: usize| count(&|block| block.chars >= least && block.link_chars * 4 < block.chars);
        let tags = |tag: Tag| page.regions.iter().filter(|region| region.tag == tag).count();
        let headings = count(&|block| matches!(block.kind, BlockKind::Heading { .. }));
        let og = page.head.meta(&["og:type"]).unwrap_or_default().to_ascii_lowercase();
        let segments = url.map_or(0, |url| url.path().split('/').filter(|part| !part.is_empty()).count());
        let last = url
            .map(|url| url.path().trim_end_matches('/').rsplit('/').next().unwrap_or_default().to_owned())
            .unwrap_or_default();
        let most_alike = self.siblings.values().copied().max().unwrap_or(0) as usize;
        vec![
            cap(page.blocks.len(), 3000),
            cap(chars, 30_000),
            ratio(links, chars, 100),
            cap(inside, 30_000),
            ratio(inside, chars, 100),
            ratio(inside_links, inside, 100),
            cap(long(60), 200),
            cap(long(200), 100),
            cap(headings, 200),
            cap(tags(Tag::Article), 60),
            cap(tags(Tag::Main), 3),
            cap(tags(Tag::Table), 60),
            cap(tags(Tag::P), 300),
            cap(tags(Tag::Li), 600),
            i32::from(og.contains("article"))
                + 2 * i32::from(og.contains("product"))
                + 3 * i32::from(og.contains("website")),
            i32::from(data.is_article),
            i32::from(data.has_type(&["product", "offer", "productgroup"])),
            i32::from(data.has_type(&["discussionforumposting", "qapage", "question", "answer"])),
            i32::from(data.has_type(&["itemlist", "collectionpage", "searchresultspage"])),
            i32::from(data.has_type(&["faqpage"])),
            i32::from(page.head.meta(&["article:published_time"]).is_some()),
            cap(segments, 10),
            cap(last.len(), 100),
            cap(last.matches('-').count(), 15),
            i32::from(self.title_at >= 0),
            cap(most_alike, 200),
            cap(page.marks.len(), 100),
            cap(
                count(&|block| {
                    self.page.regions.get(block.region).is_some_and(|r| r.inherited.any(Hints::COMMENT))
                }),
                300,
            ),
            cap(
                count(&|block| {
                    self.page.regions.get(block.region).is_some_and(|r| r.inherited.any(Hints::CARD))
                }),
                300,
            ),
            cap(
                count(&|block| {
                    self.page.regions.get(block.region).is_some_and(|r| r.inherited.any(Hints::PRICE))
                }),
                300,
            ),
            cap(
                count(&|block| {
                    self.page.regions.get(block.region).is_some_and(|r| r.inherited.any(Hints::FORUM))
                }),
                300,
            ),
            cap(count(&|block| block.kind == BlockKind::Preformatted), 60),
        ]
    }

    /// Whether a block says the same as the headline.
    pub(crate) fn is_title(&self, index: usize) -> bool {
        self.titles.get(index).copied().unwrap_or(false)
    }

    /// The block of the headline, if it stands in the text.
    pub(crate) fn title_at(&self) -> Option<usize> {
        usize::try_from(self.title_at).ok()
    }

    /// For each hint whether a mark has it itself and whether it stands in a part so named, and for each tag whether it
    /// stands in such an element; -1 where there is no mark.
    pub(crate) fn push_surroundings(
        &self,
        mark: Option<(Hints, usize)>,
        hints: &[(Hints, &'static str)],
        tags: &[(Tag, &'static str)],
        out: &mut Vec<(&'static str, i32)>,
    ) {
        for (hint, name) in hints {
            let inside = mark.map_or(-1, |(own, region)| {
                i32::from(own.any(*hint)) + 2 * i32::from(self.named_part(region, *hint))
            });
            out.push((name, inside));
        }
        let region = mark.and_then(|(_, region)| self.page.regions.get(region));
        for (tag, name) in tags {
            out.push((name, region.map_or(-1, |region| i32::from(region.inside(*tag)))));
        }
    }

    /// Whether a region stands in a part of the page that is named for a purpose, and not merely on a page so named.
    pub(crate) fn named_part(&self, region: usize, hint: Hints) -> bool {
        let (all, _) = self.between(0, self.page.blocks.len());
        let mut at = region;
        while let Some(here) = self.page.regions.get(at).filter(|here| here.inherited.any(hint)) {
            if here.hints.any(hint) {
                let (inside, _) = self.between(here.first, here.end);
                return inside * 100 < all * MOST_OF_PAGE;
            }
            if at == 0 {
                break;
            }
            at = here.parent;
        }
        false
    }
}

/// The names of all features, in order.
pub(crate) fn names(context: &Context<'_>) -> Vec<String> {
    let mut recorder = Recorder { values: Vec::new(), names: Some(Vec::new()) };
    context.record(0, &mut recorder);
    recorder.names.unwrap_or_default()
}

/// Collects the values, and their names when asked.
struct Recorder {
    values: Vec<i32>,
    names: Option<Vec<String>>,
}

impl Recorder {
    fn push(&mut self, name: &str, value: i32) {
        self.values.push(value);
        if let Some(names) = &mut self.names {
            names.push(name.to_owned());
        }
    }

    /// One of several features of the same thing.
    fn push_part(&mut self, name: &str, part: &str, value: i32) {
        self.values.push(value);
        if let Some(names) = &mut self.names {
            names.push(format!("{name}_{part}"));
        }
    }

    /// One of a numbered family of features.
    fn push_n(&mut self, name: &str, number: usize, value: i32) {
        self.values.push(value);
        if let Some(names) = &mut self.names {
            names.push(format!("{name}_{number}"));
        }
    }
}

/// Ancestors that matter, with their names as features.
const ANCESTORS: [(Tag, &str); 17] = [
    (Tag::Article, "in_article"),
    (Tag::Main, "in_main"),
    (Tag::Header, "in_header"),
    (Tag::Footer, "in_footer"),
    (Tag::Nav, "in_nav"),
    (Tag::Aside, "in_aside"),
    (Tag::Form, "in_form"),
    (Tag::Table, "in_table"),
    (Tag::Li, "in_item"),
    (Tag::Figure, "in_figure"),
    (Tag::Caption, "in_caption"),
    (Tag::Quote, "in_quote"),
    (Tag::Button, "in_button"),
    (Tag::Details, "in_details"),
    (Tag::Dialog, "in_dialog"),
    (Tag::Section, "in_section"),
    (Tag::P, "in_p"),
];

/// Phrases that are no part of any statement.
const BOILERPLATE: Categories = Categories::of(&[
    Category::Consent,
    Category::Skip,
    Category::Related,
    Category::Share,
    Category::Newsletter,
    Category::Comments,
    Category::Ad,
    Category::Taxonomy,
    Category::Copyright,
    Category::Login,
    Category::More,
    Category::Navigation,
    Category::Donate,
]);

/// Phrases that weigh by themselves, too.
const PHRASES: [(Category, &str); 6] = [
    (Category::Consent, "consent"),
    (Category::Related, "related"),
    (Category::Newsletter, "newsletter"),
    (Category::Copyright, "copyright"),
    (Category::Navigation, "navigation"),
    (Category::Credit, "credit"),
];

/// Phrases that colour everything below the heading they stand in.
const UNDER: [(Category, &str); 5] = [
    (Category::Related, "under_related"),
    (Category::Comments, "under_comments"),
    (Category::Newsletter, "under_newsletter"),
    (Category::About, "under_about"),
    (Category::Navigation, "under_navigation"),
];

/// The host in what follows the `//` of an address.
fn host_of(rest: &str) -> &str {
    rest.split(['/', '?', '#', ':']).next().unwrap_or_default()
}

fn cap(value: usize, most: i32) -> i32 {
    i32::try_from(value).unwrap_or(most).min(most)
}

/// `part / whole` in units of `1 / scale`.
fn ratio(part: usize, whole: usize, scale: usize) -> i32 {
    if whole == 0 {
        return 0;
    }
    cap(part.saturating_mul(scale) / whole, 30_000)
}

fn kind_code(kind: &BlockKind) -> i32 {
    match kind {
        BlockKind::Paragraph => 0,
        BlockKind::Heading { level } => 10 + i32::from(*level),
        BlockKind::ListItem { ordered: false, .. } => 1,
        BlockKind::ListItem { ordered: true, .. } => 2,
        BlockKind::Quote => 3,
        BlockKind::Table => 4,
        BlockKind::Caption => 5,
        BlockKind::Preformatted => 6,
    }
}

/// Running sums over the blocks; the first is zero.
fn sums(page: &Page, of: impl Fn(&RawBlock) -> usize) -> Vec<u32> {
    let mut out = Vec::with_capacity(page.blocks.len() + 1);
    let mut sum = 0_u32;
    out.push(sum);
    for block in &page.blocks {
        sum = sum.saturating_add(u32::try_from(of(block)).unwrap_or(u32::MAX));
        out.push(sum);
    }
    out
}

fn distances(page: &Page) -> Vec<[u8; HINTS]> {
    let mut out: Vec<[u8; HINTS]> = Vec::with_capacity(page.regions.len());
    for (index, region) in page.regions.iter().enumerate() {
        let mut row = match out.get(region.parent) {
            Some(above) if index > 0 => above.map(|levels| if levels >= FAR { FAR } else { levels + 1 }),
            _ => [FAR; HINTS],
        };
        if region.hints != Hints::NONE {
            for (levels, (hint, _)) in row.iter_mut().zip(Hints::ALL) {
                if region.hints.any(*hint) {
                    *levels = 0;
                }
            }
        }
        out.push(row);
    }
    out
}

fn to_container(page: &Page, container: usize) -> Vec<(i32, i32)> {
    let mut line = HashMap::new();
    let (mut at, mut down) = (container, 0);
    while let Entry::Vacant(place) = line.entry(at) {
        place.insert(down);
        at = page.regions.get(at).map_or(0, |region| region.parent);
        down += 1;
    }
    let mut out: Vec<(i32, i32)> = Vec::with_capacity(page.regions.len());
    // A parent stands before its children.
    for (index, region) in page.regions.iter().enumerate() {
        let above = out.get(region.parent).copied().unwrap_or((0, 0));
        out.push(line.get(&index).map_or((above.0 + 1, above.1), |down| (0, *down)));
    }
    out
}

fn articles(page: &Page) -> Vec<Option<usize>> {
    let mut out: Vec<Option<usize>> = Vec::with_capacity(page.regions.len());
    for (index, region) in page.regions.iter().enumerate() {
        let above = out.get(region.parent).copied().flatten();
        let in_article = region.tag != Tag::Article && region.inside(Tag::Article);
        let own = region.tag == Tag::Article || (region.tag == Tag::Main && !in_article);
        out.push(if own { Some(index) } else { above });
    }
    out
}

/// For each block whether it says the same as the headline.
fn titles(page: &Page, title: &str) -> Vec<bool> {
    let same =
        |block: &RawBlock| !title.is_empty() && block.chars < LONGEST_TITLE && letters(&block.text) == title;
    page.blocks.iter().map(same).collect()
}

/// The block of the headline, a heading if there is one, or -1.
fn title_at(page: &Page, titles: &[bool]) -> i32 {
    let headline =
        |(block, same): &(&RawBlock, &bool)| **same && matches!(block.kind, BlockKind::Heading { .. });
    let heading = page.blocks.iter().zip(titles).position(|pair| headline(&pair));
    heading.or_else(|| titles.iter().position(|same| *same)).map_or(-1, |at| cap(at, i32::MAX))
}

/// How often each block's text occurred before it.
fn repeats(page: &Page) -> Vec<u16> {
    let mut seen: HashMap<&str, u16> = HashMap::new();
    page.blocks
        .iter()
        .map(|block| {
            let count = seen.entry(block.text.as_str()).or_default();
            *count = count.saturating_add(1);
            (*count - 1).min(20)
        })
        .collect()
}

/// For each block the nearest heading at or above it that is not the block itself.
fn headings(page: &Page) -> Vec<Option<usize>> {
    let mut last = None;
    page.blocks
        .iter()
        .enumerate()
        .map(|(index, block)| {
            let above = last;
            if matches!(block.kind, BlockKind::Heading { .. }) {
                last = Some(index);
            }
            above
        })
        .collect()
}
