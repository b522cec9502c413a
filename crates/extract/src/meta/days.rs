//! The days that a page names, each with everything that speaks for or against its being the day of the text, as small
//! integers: the evidence that the learned choice of [`dates`](super::dates) weighs.
//!
//! The order of the features is that in which [`Days::evidence`] lists them; the model is only valid together with it.

use super::mentions::{Mention, Place, SOURCES, Source};
use crate::features::Context;
use crate::hints::Hints;
use crate::page::{Page, RawBlock};
use crate::phrases::{Categories, Category};
use crate::statement::BlockKind;
use crate::tag::Tag;
use jiff::civil::Date;
use std::collections::BTreeMap;
use std::sync::LazyLock;
use url::Url;

/// Days of one page that are weighed: those that machines are told, and those that readers see first.
const MOST_DAYS: usize = 48;

/// Stands for a distance that there is not.
const NONE: i32 = 9999;

/// Names of the sources as features, in the order of [`Source`].
const SOURCE_NAMES: [&str; SOURCES] = [
    "ld_article_published",
    "ld_article_modified",
    "ld_article_created",
    "ld_further_article",
    "ld_page_published",
    "ld_page_modified",
    "ld_other_published",
    "ld_other_modified",
    "meta_published",
    "meta_modified",
    "meta_plain",
    "meta_other",
    "url",
    "script_published",
    "script_modified",
    "script_created",
    "time_value",
    "marked",
    "line",
    "prose",
];

/// Parts of a page whose dates are mostly those of something else.
const PARTS: [(Hints, &str); 14] = [
    (Hints::COMMENT, "comment"),
    (Hints::RELATED, "related"),
    (Hints::POPULAR, "popular"),
    (Hints::SIDEBAR, "sidebar"),
    (Hints::FOOTER, "footer"),
    (Hints::HEADER, "header"),
    (Hints::NAV, "nav"),
    (Hints::CARD, "card"),
    (Hints::LIST, "list"),
    (Hints::META, "meta"),
    (Hints::AUTHOR, "author"),
    (Hints::FORUM, "forum"),
    (Hints::REVIEW, "review"),
    (Hints::WIDGET, "widget"),
];

const ANCESTORS: [(Tag, &str); 9] = [
    (Tag::Article, "in_article"),
    (Tag::Main, "in_main"),
    (Tag::Header, "in_header"),
    (Tag::Footer, "in_footer"),
    (Tag::Aside, "in_aside"),
    (Tag::Nav, "in_nav"),
    (Tag::Li, "in_item"),
    (Tag::Table, "in_table"),
    (Tag::Heading, "in_heading"),
];

/// What is known about the page beside its dates.
pub(crate) struct Setting<'a> {
    pub(crate) page: &'a Page,
    pub(crate) context: &'a Context<'a>,
    pub(crate) data: &'a super::jsonld::JsonLd,
    pub(crate) url: Option<&'a Url>,
    pub(crate) phrases: &'a [Categories],
    /// Which blocks belong to the statement.
    pub(crate) kept: &'a [bool],
    /// The block of the headline, if it is one.
    pub(crate) title_at: Option<usize>,
    /// The first block of the statement.
    pub(crate) first_kept: Option<usize>,
}

/// One day and where the page names it.
#[derive(Debug, Clone)]
pub(crate) struct Day {
    pub(crate) date: Date,
    pub(crate) mentions: Vec<Mention>,
}

/// All days of a page.
pub(crate) struct Days<'a> {
    setting: &'a Setting<'a>,
    pub(crate) days: Vec<Day>,
    /// Mentions of each source in the page.
    totals: [usize; SOURCES],
    /// Mentions that readers see, in their order, by region signature.
    signatures: BTreeMap<u32, usize>,
    kept_chars: usize,
    kept_blocks: usize,
    published: Option<Date>,
    modified: Option<Date>,
    newest: Option<Date>,
    oldest: Option<Date>,
    newest_stated: Option<Date>,
    /// The day that readers see nearest to where the text starts.
    nearest: Option<Mention>,
    month: Option<(i16, i8)>,
    page_features: Vec<(&'static str, i32)>,
}

impl<'a> Days<'a> {
    pub(crate) fn new(setting: &'a Setting<'a>, mentions: &[Mention]) -> Self {
        let mut totals = [0; SOURCES];
        let mut signatures = BTreeMap::new();
        for mention in mentions {
            if let Some(total) = totals.get_mut(mention.source as usize) {
                *total += 1;
            }
            if let Some(place) = mention.place {
                *signatures.entry(setting.signature(place)).or_default() += 1;
            }
        }
        let first = |wanted: &[Source]| {
            wanted.iter().find_map(|source| {
                mentions.iter().find(|mention| mention.source == *source).map(|mention| mention.date)
            })
        };
        let kept = || setting.page.blocks.iter().zip(setting.kept).filter(|(_, kept)| **kept);
        let stated = || mentions.iter().filter(|mention| mention.place.is_none()).map(|mention| mention.date);
        let mut days = Self {
            setting,
            days: gather(setting, mentions),
            totals,
            signatures,
            kept_chars: kept().map(|(block, _)| block.chars).sum(),
            kept_blocks: kept().count(),
            published: first(&[
                Source::LdArticlePublished,
                Source::MetaPublished,
                Source::LdPagePublished,
                Source::MetaPlain,
            ]),
            modified: first(&[Source::LdArticleModified, Source::MetaModified, Source::LdPageModified]),
            newest: mentions.iter().map(|mention| mention.date).max(),
            oldest: mentions.iter().map(|mention| mention.date).min(),
            newest_stated: stated().max(),
            nearest: mentions.iter().filter(|m| m.place.is_some()).min_by_key(|m| setting.rank(m)).copied(),
            month: setting.url.and_then(|url| month_in(url.path())),
            page_features: Vec::new(),
        };
        days.page_features = days.of_page();
        days
    }

    /// The evidence on one day, with the names of its items.
    pub(crate) fn evidence(&self, day: &Day) -> Vec<(&'static str, i32)> {
        let mut out = Vec::with_capacity(160);
        self.sources(day, &mut out);
        self.relations(day, &mut out);
        self.seen(day, &mut out);
        out.extend_from_slice(&self.page_features);
        out
    }

    /// For each source: 0 if the page has none, -1 if only other days, else how often, 20 more if no other day.
    fn sources(&self, day: &Day, out: &mut Vec<(&'static str, i32)>) {
        let mut own = [0_usize; SOURCES];
        for mention in &day.mentions {
            if let Some(count) = own.get_mut(mention.source as usize) {
                *count += 1;
            }
        }
        for ((own, total), name) in own.iter().zip(self.totals).zip(SOURCE_NAMES) {
            let value = match (*own, total) {
                (_, 0) => 0,
                (0, _) => -1,
                (own, total) => small(own, 19) + if own == total { 20 } else { 0 },
            };
            out.push((name, value));
        }
        let timed = day.mentions.iter().any(|mention| mention.time.is_some());
        out.push(("timed", i32::from(timed)));
        out.push(("mentions", small(day.mentions.len(), 50)));
    }

    /// How the day stands to the page's other days.
    fn relations(&self, day: &Day, out: &mut Vec<(&'static str, i32)>) {
        let apart = |other: Option<Date>| other.map_or(NONE, |other| days_between(other, day.date));
        out.push(("after_published", apart(self.published)));
        out.push(("after_modified", apart(self.modified)));
        out.push(("after_newest", apart(self.newest)));
        out.push(("after_oldest", apart(self.oldest)));
        out.push(("after_newest_stated", apart(self.newest_stated)));
        out.push(("after_nearest", apart(self.nearest.map(|mention| mention.date))));
        let nearest_label = self.nearest.and_then(|mention| mention.place).map(|place| place.label);
        out.push(("nearest_label", nearest_label.map_or(-1, |label| label.code())));
        out.push(("published_rank", self.rank_of(self.published)));
        out.push(("modified_rank", self.rank_of(self.modified)));
        let month = (day.date.year(), day.date.month());
        out.push(("path_month", self.month.map_or(0, |of_path| if of_path == month { 1 } else { -1 })));
        let later = self.days.iter().filter(|other| other.date > day.date).count();
        out.push(("later_days", small(later, 60)));
        let neighbour = |offset: i64| {
            self.days
                .iter()
                .any(|other| days_between(day.date, other.date) == i32::try_from(offset).unwrap_or(0))
        };
        out.push(("day_before", i32::from(neighbour(-1))));
        out.push(("day_after", i32::from(neighbour(1))));
    }

    /// How far from the start of the text readers see a day.
    fn rank_of(&self, date: Option<Date>) -> i32 {
        let day = self.days.iter().find(|day| Some(day.date) == date);
        let ranks = day.into_iter().flat_map(|day| &day.mentions).filter(|mention| mention.place.is_some());
        let nearest = ranks.map(|mention| self.setting.rank(mention)).min();
        nearest.map_or(NONE, |(elsewhere, distance, _)| small(distance, 400) + small(elsewhere, 1) * 1000)
    }

    /// Where a reader sees the day, by the best such place.
    fn seen(&self, day: &Day, out: &mut Vec<(&'static str, i32)>) {
        let places: Vec<&Mention> = day.mentions.iter().filter(|mention| mention.place.is_some()).collect();
        let labelled = |wanted: &dyn Fn(&Place) -> bool| {
            places.iter().filter_map(|mention| mention.place.as_ref()).any(wanted)
        };
        out.push(("labelled_published", i32::from(labelled(&|place| place.label.published))));
        out.push(("labelled_modified", i32::from(labelled(&|place| place.label.modified))));
        out.push(("labelled_other", i32::from(labelled(&|place| place.label.other))));
        let best = places.iter().min_by_key(|mention| self.setting.rank(mention)).copied();
        let place = best.and_then(|mention| mention.place);
        let block = place.and_then(|place| self.setting.page.blocks.get(place.block));
        let region = place.and_then(|place| self.setting.page.regions.get(place.region));
        out.push(("seen_as", best.map_or(-1, |mention| mention.source as i32)));
        let offset = |from: Option<usize>| match (place, from) {
            (Some(place), Some(from)) => (place.block as i32).saturating_sub(from as i32).clamp(-200, 400),
            _ => NONE,
        };
        out.push(("after_title", offset(self.setting.title_at)));
        out.push(("after_start", offset(self.setting.first_kept)));
        out.push(("position", place.map_or(-1, |place| share(place.block, self.setting.page.blocks.len()))));
        out.push(("seen_before", place.map_or(-1, |place| self.seen_before(place.block))));
        out.push(("around", place.map_or(-1, |place| small(place.around, 300))));
        out.push(("block_chars", block.map_or(-1, |block| small(block.chars, 400))));
        out.push(("link_share", block.map_or(-1, |block| share(block.link_chars, block.chars))));
        out.push((
            "kept",
            place.map_or(-1, |place| i32::from(self.setting.kept.get(place.block).copied().unwrap_or(false))),
        ));
        out.push(("in_heading_block", block.map_or(-1, |block| i32::from(is_heading(block)))));
        let label = place.map(|place| place.label).unwrap_or_default();
        out.push(("best_label", label.code()));
        let found = |offset: usize| {
            let at = place.and_then(|place| place.block.checked_sub(offset));
            at.and_then(|at| self.setting.phrases.get(at)).copied().unwrap_or_default()
        };
        out.push((
            "byline",
            i32::from(found(0).has(Category::Author)) + 2 * i32::from(found(1).has(Category::Author)),
        ));
        out.push(("copyright", i32::from(found(0).has(Category::Copyright))));
        out.push(("taxonomy", i32::from(found(0).has(Category::Taxonomy))));
        let alike = place.map(|place| self.setting.signature(place));
        let alike = alike.and_then(|signature| self.signatures.get(&signature)).copied();
        out.push(("alike", alike.map_or(-1, |count| small(count, 100))));
        out.push((
            "date_hint",
            place.map_or(-1, |place| {
                let inherited = region.is_some_and(|region| region.hints.any(Hints::DATE));
                i32::from(place.hints.any(Hints::DATE)) + 2 * i32::from(inherited)
            }),
        ));
        let mark = place.map(|place| (place.hints, place.region));
        self.setting.context.push_surroundings(mark, &PARTS, &ANCESTORS, out);
    }

    /// Other days that readers meet before a block.
    fn seen_before(&self, block: usize) -> i32 {
        let earlier = |day: &&Day| {
            day.mentions.iter().filter_map(|mention| mention.place).any(|place| place.block < block)
        };
        small(self.days.iter().filter(earlier).count(), 60)
    }

    fn of_page(&self) -> Vec<(&'static str, i32)> {
        let Setting { page, data, url, title_at, .. } = self.setting;
        let og = page.head.meta(&["og:type"]).unwrap_or_default().to_ascii_lowercase();
        let path = url.map(|url| url.path().trim_matches('/').to_ascii_lowercase()).unwrap_or_default();
        let last = path.rsplit('/').next().unwrap_or_default();
        let has = |wanted: &str| {
            let listed =
                |word: &str| PATH_WORDS.iter().any(|(kind, words)| *kind == wanted && words.contains(&word));
            i32::from(path.split(['/', '-', '_', '.']).any(listed))
        };
        let seen = self.days.iter().filter(|day| day.mentions.iter().any(|mention| mention.place.is_some()));
        let count =
            |hint: Hints| small(page.regions.iter().filter(|region| region.hints.any(hint)).count(), 100);
        let kept = |value: fn(&RawBlock) -> usize| -> usize {
            let blocks = page.blocks.iter().zip(self.setting.kept).filter(|(_, kept)| **kept);
            blocks.map(|(block, _)| value(block)).sum()
        };
        let is = |kinds: &[&str]| i32::from(data.has_type(kinds));
        let authored = i32::from(!data.authors.is_empty())
            + 2 * i32::from(page.head.meta(&["author", "article:author", "parsely-author"]).is_some());
        vec![
            ("days", small(self.days.len(), 60)),
            ("days_seen", small(seen.count(), 60)),
            ("kept_chars", small(self.kept_chars, 20_000)),
            ("kept_blocks", small(self.kept_blocks, 500)),
            ("kept_mean", small(self.kept_chars / self.kept_blocks.max(1), 1000)),
            ("kept_links", share(kept(|block| block.link_chars), self.kept_chars)),
            ("kept_share", share(self.kept_chars, page.blocks.iter().map(|block| block.chars).sum())),
            (
                "kept_prose",
                share(kept(|block| if block.chars >= 200 { block.chars } else { 0 }), self.kept_chars),
            ),
            ("kept_headings", small(kept(|block| usize::from(is_heading(block))), 100)),
            ("blocks", small(page.blocks.len(), 3000)),
            (
                "links",
                share(
                    page.blocks.iter().map(|block| block.link_chars).sum(),
                    page.blocks.iter().map(|block| block.chars).sum(),
                ),
            ),
            ("has_title_block", i32::from(title_at.is_some())),
            ("title_block", title_at.map_or(-1, |at| small(at, 300))),
            ("ld_article", i32::from(data.is_article)),
            ("ld_product", is(&["product", "offer", "productgroup", "aggregateoffer"])),
            ("ld_list", is(&["itemlist", "collectionpage", "searchresultspage"])),
            ("ld_faq", is(&["faqpage"])),
            ("ld_forum", is(&["discussionforumposting", "qapage", "question", "answer"])),
            ("ld_page", is(&["webpage", "website"])),
            ("ld_service", is(&["service", "localbusiness", "softwareapplication", "corporation"])),
            ("ld_any", small(data.types.len(), 50)),
            ("og_article", i32::from(og.contains("article"))),
            ("og_website", i32::from(og.contains("website"))),
            ("og_product", i32::from(og.contains("product"))),
            ("authored", authored),
            ("segments", small(path.split('/').filter(|part| !part.is_empty()).count(), 10)),
            ("slug", small(last.len(), 100)),
            ("hyphens", small(last.matches(['-', '_']).count(), 15)),
            ("slug_digits", small(last.chars().filter(char::is_ascii_digit).count(), 20)),
            ("path_story", has("story")),
            ("path_goods", has("goods")),
            ("path_list", has("list")),
            ("path_docs", has("docs")),
            ("path_forum", has("forum")),
            ("month_in_path", i32::from(self.month.is_some())),
            ("priced", count(Hints::PRICE)),
            ("goods", count(Hints::PRODUCT)),
            ("cards", count(Hints::CARD)),
            ("threads", count(Hints::FORUM)),
            ("comments", count(Hints::COMMENT)),
            ("marks", small(page.marks.len(), 100)),
        ]
    }
}

/// Words in the paths of addresses by the sort of page that they are common for, from the data file.
static PATH_WORDS: LazyLock<Vec<(&str, Vec<&str>)>> = LazyLock::new(|| {
    let lines = include_str!("../../data/paths.txt").lines().filter_map(|line| line.split_once(": "));
    lines.map(|(kind, words)| (kind, words.split_whitespace().collect())).collect()
});

/// `2024/06` in a path.
fn month_in(path: &str) -> Option<(i16, i8)> {
    let mut parts = path.split('/');
    let mut year: Option<i16> = None;
    parts.find_map(|part| {
        let before = year;
        year = part.parse().ok().filter(|year| (1991..=2100).contains(year));
        let month = part.parse().ok().filter(|month| part.len() <= 2 && (1..=12).contains(month))?;
        Some((before?, month))
    })
}

impl Setting<'_> {
    /// The class of a place: equal for the dates of all items of a list.
    fn signature(&self, place: Place) -> u32 {
        self.page.regions.get(place.region).map_or(0, |region| region.signature)
    }

    /// How far a mention stands from where the date of the text is expected; less is nearer.
    fn rank(&self, mention: &Mention) -> (usize, usize, u8) {
        let Some(place) = mention.place else { return (usize::MAX, 0, 0) };
        let others = Hints::COMMENT
            .with(Hints::RELATED)
            .with(Hints::POPULAR)
            .with(Hints::FOOTER)
            .with(Hints::SIDEBAR)
            .with(Hints::NAV);
        let elsewhere = place.hints.any(others) || self.context.named_part(place.region, others);
        let from = |start: usize| {
            if place.block >= start { place.block - start } else { (start - place.block) * 3 }
        };
        let distance = [self.title_at, self.first_kept].into_iter().flatten().map(from).min();
        (usize::from(elsewhere), distance.unwrap_or(place.block), mention.source as u8)
    }
}

/// Mentions by day, the days in the order in which they are to be weighed.
fn gather(setting: &Setting<'_>, mentions: &[Mention]) -> Vec<Day> {
    let mut days: BTreeMap<Date, Vec<Mention>> = BTreeMap::new();
    // The days of customers' reviews are never that of the page.
    let of_review = |place: Place| setting.context.named_part(place.region, Hints::REVIEW);
    for mention in mentions.iter().filter(|mention| !mention.place.is_some_and(of_review)) {
        days.entry(mention.date).or_default().push(*mention);
    }
    let mut days: Vec<Day> = days.into_iter().map(|(date, mentions)| Day { date, mentions }).collect();
    if days.len() > MOST_DAYS {
        let rank = |day: &Day| {
            let stated = day.mentions.iter().any(|mention| mention.place.is_none());
            let nearest = day.mentions.iter().map(|mention| setting.rank(mention)).min();
            (!stated, nearest)
        };
        days.sort_by_cached_key(rank);
        days.truncate(MOST_DAYS);
    }
    days
}

fn is_heading(block: &RawBlock) -> bool {
    matches!(block.kind, BlockKind::Heading { .. })
}

/// Days from one date to another, within a few years.
fn days_between(from: Date, to: Date) -> i32 {
    let days = from.until(to).map(|span| span.get_days()).unwrap_or(0);
    days.clamp(-5000, 5000)
}

fn small(value: usize, most: i32) -> i32 {
    i32::try_from(value).unwrap_or(most).min(most)
}

/// Percentage of a part.
fn share(part: usize, whole: usize) -> i32 {
    small(part.saturating_mul(100) / whole.max(1), 100)
}
