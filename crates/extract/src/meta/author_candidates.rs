//! Everything that may name the authors of a page: structured data, metadata, elements that are named after authors,
//! lines such as `By Jane Roe`, links to profiles, and names beside a date, with the evidence for each as small integers.
//!
//! The order of the evidence is that in which [`Candidates::evidence`] lists it; the model of [`authors`](super::authors)
//! is only valid together with it.

use super::date_text::{self, Plain};
use super::jsonld::unescape;
use super::names::{self, in_byline, in_field};
use super::title::letters;
use crate::assemble::{Judged, Prepared};
use crate::hints::Hints;
use crate::page::{MarkKind, RawBlock};
use crate::phrases::Category;
use crate::tag::Tag;
use crate::text::prefix;
use std::collections::BTreeMap;

/// Candidates of one page, and places of one kind that are looked at.
const MOST_CANDIDATES: usize = 60;
const MOST_PLACES: usize = 150;

/// Blocks that are searched for bylines.
const MOST_BLOCKS: usize = 3000;

/// Longest block that can be nothing but a label.
const LONGEST_LABEL: usize = 25;

/// Blocks from the headline within which a labelled name is that of the author.
const NEAR: usize = 30;

/// Stands for a distance that there is not.
const NONE: i32 = 9999;

/// The kind of place that names authors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
enum Source {
    LdArticle,
    LdFurther,
    LdPersons,
    Meta,
    /// `twitter:data1` with a label such as "Written by".
    MetaLabelled,
    /// An element named after authors.
    Marked,
    /// A line with a label such as "By".
    Labelled,
    /// The line behind a line that is nothing but a label, such as "Author:".
    BelowLabel,
    /// The text of a link to what looks like a profile.
    Profile,
    /// A short line beside the date, or the part of a line beside its date.
    BesideDate,
    /// A short line right below the headline.
    BelowTitle,
    /// A short line at the end of the text.
    AtEnd,
    /// A script that is no JSON-LD.
    Script,
}

const SOURCES: [(Source, &str); 13] = [
    (Source::LdArticle, "ld_article_author"),
    (Source::LdFurther, "ld_further_author"),
    (Source::LdPersons, "ld_persons"),
    (Source::Meta, "meta_author"),
    (Source::MetaLabelled, "meta_labelled"),
    (Source::Marked, "marked"),
    (Source::Labelled, "labelled"),
    (Source::BelowLabel, "below_label"),
    (Source::Profile, "profile"),
    (Source::BesideDate, "beside_date"),
    (Source::BelowTitle, "below_title"),
    (Source::AtEnd, "at_end"),
    (Source::Script, "script"),
];

/// Names of `<meta>` elements that hold authors.
const METAS: [&str; 11] = [
    "author",
    "article:author",
    "article:author_name",
    "dc.creator",
    "dcterms.creator",
    "citation_author",
    "parsely-author",
    "sailthru.author",
    "byl",
    "og:article:author",
    "twitter:creator",
];

/// Segments of link addresses before the name of a person.
const PROFILES: [&str; 22] = [
    "author",
    "authors",
    "autor",
    "autoren",
    "auteur",
    "auteurs",
    "people",
    "person",
    "profile",
    "profiles",
    "user",
    "users",
    "u",
    "member",
    "members",
    "staff",
    "team",
    "contributor",
    "contributors",
    "writer",
    "by",
    "bio",
];

const PARTS: [(Hints, &str); 13] = [
    (Hints::COMMENT, "comment"),
    (Hints::RELATED, "related"),
    (Hints::POPULAR, "popular"),
    (Hints::SIDEBAR, "sidebar"),
    (Hints::FOOTER, "footer"),
    (Hints::HEADER, "header"),
    (Hints::NAV, "nav"),
    (Hints::CARD, "card"),
    (Hints::META, "meta"),
    (Hints::BIO, "bio"),
    (Hints::FORUM, "forum"),
    (Hints::REVIEW, "review"),
    (Hints::TAGS, "tags"),
];

const ANCESTORS: [(Tag, &str); 7] = [
    (Tag::Article, "in_article"),
    (Tag::Main, "in_main"),
    (Tag::Header, "in_header"),
    (Tag::Footer, "in_footer"),
    (Tag::Aside, "in_aside"),
    (Tag::Li, "in_item"),
    (Tag::Heading, "in_heading"),
];

/// Where a reader sees names.
#[derive(Debug, Clone, Copy)]
struct Place {
    block: usize,
    region: usize,
    hints: Hints,
}

/// One place that names authors.
#[derive(Debug, Clone, Copy)]
struct Mention {
    source: Source,
    place: Option<Place>,
}

/// Names that may be those of the authors.
#[derive(Debug)]
pub(crate) struct Candidate {
    pub(crate) names: Vec<String>,
    letters: String,
    mentions: Vec<Mention>,
}

/// All candidates of a page.
pub(crate) struct Candidates<'a> {
    prepared: &'a Prepared<'a>,
    judged: &'a Judged,
    pub(crate) all: Vec<Candidate>,
    totals: BTreeMap<Source, usize>,
    first_kept: Option<usize>,
    publisher: Vec<String>,
    /// Blocks that hold a date.
    dated: Vec<bool>,
    title: String,
}

impl<'a> Candidates<'a> {
    pub(crate) fn new(prepared: &'a Prepared<'a>, judged: &'a Judged) -> Self {
        let Prepared { page, data, title, url, .. } = prepared;
        let dated = |block: &RawBlock| block.chars < 200 && date_text::find(&block.text, false).is_some();
        let publisher = [
            data.publisher.as_deref(),
            page.head.meta(&["og:site_name"]),
            page.head.meta(&["application-name"]),
            url.and_then(url::Url::host_str),
        ];
        let mut out = Self {
            prepared,
            judged,
            all: Vec::new(),
            totals: BTreeMap::new(),
            first_kept: judged.kept.iter().position(|kept| *kept),
            publisher: publisher.into_iter().flatten().map(|name| letters(prefix(name, 2000))).collect(),
            dated: page.blocks.iter().take(MOST_BLOCKS).map(dated).collect(),
            title: title.as_deref().map(letters).unwrap_or_default(),
        };
        out.stated();
        out.metas();
        out.marks();
        out.lines();
        out.edges();
        for name in &prepared.scripts.names {
            out.add(in_field(name), Source::Script, None);
        }
        out
    }

    fn add(&mut self, names: Vec<String>, source: Source, place: Option<Place>) {
        let plain = names.iter().map(|name| letters(name)).collect::<String>();
        if plain.is_empty() || names.len() > 12 {
            return;
        }
        *self.totals.entry(source).or_default() += 1;
        let mention = Mention { source, place };
        if let Some(known) = self.all.iter_mut().find(|candidate| candidate.letters == plain) {
            known.mentions.push(mention);
        } else if self.all.len() < MOST_CANDIDATES {
            self.all.push(Candidate { names, letters: plain, mentions: vec![mention] });
        }
    }

    fn stated(&mut self) {
        let data = self.prepared.data;
        let all = |names: &[String]| names::unique(names.iter().flat_map(|name| in_field(name)).collect());
        self.add(all(&data.authors), Source::LdArticle, None);
        for authors in &data.further_authors {
            self.add(all(authors), Source::LdFurther, None);
        }
        for person in &data.persons {
            self.add(in_field(person), Source::LdPersons, None);
        }
    }

    fn metas(&mut self) {
        let metas = &self.prepared.page.head.metas;
        for wanted in METAS {
            let values = metas.iter().filter(|(name, _)| name == wanted);
            let names = values.flat_map(|(_, content)| in_field(&unescape(content))).collect();
            self.add(names::unique(names), Source::Meta, None);
        }
        for (label, value) in [("twitter:label1", "twitter:data1"), ("twitter:label2", "twitter:data2")] {
            let head = &self.prepared.page.head;
            let labelled = head.meta(&[label]).is_some_and(|text| names::is_labelled(&format!("{text}:")));
            if let Some(text) = head.meta(&[value]).filter(|_| labelled) {
                self.add(in_field(&unescape(text)), Source::MetaLabelled, None);
            }
        }
    }

    /// Elements that are named after authors.
    fn marks(&mut self) {
        let page = self.prepared.page;
        for mark in page.marks.iter().filter(|mark| mark.kind == MarkKind::Author).take(MOST_PLACES) {
            let place = Place { block: mark.block, region: mark.region, hints: mark.hints };
            let lines = mark.text.lines().take(3);
            for line in lines {
                self.add(in_byline(line), Source::Marked, Some(place));
            }
        }
    }

    /// Bylines, links to profiles, and names beside dates.
    fn lines(&mut self) {
        let page = self.prepared.page;
        for (index, block) in page.blocks.iter().enumerate().take(MOST_BLOCKS) {
            let place = Some(Place { block: index, region: block.region, hints: block.inline });
            if block.chars < names::LONGEST {
                self.line(index, block, place);
            }
            if self.totals.get(&Source::Profile).is_some_and(|count| *count >= MOST_PLACES) {
                continue;
            }
            for link in block.links.iter().take(4).filter(|link| is_profile(&link.href)) {
                self.add(in_byline(&link.text), Source::Profile, place);
            }
        }
    }

    /// Short lines right below the headline and at the end of the text.
    fn edges(&mut self) {
        const BELOW: usize = 5;
        const AROUND_END: usize = 3;
        let title_at = self.judged.title_at;
        let below = title_at.map_or(0..0, |at| at + 1..at + 1 + BELOW);
        let last = self.judged.kept.iter().rposition(|kept| *kept);
        let end = last.map_or(0..0, |at| at.saturating_sub(1)..at + AROUND_END);
        for (range, source) in [(below, Source::BelowTitle), (end, Source::AtEnd)] {
            for index in range {
                let Some(block) = self.prepared.page.blocks.get(index).filter(|block| block.chars < 60)
                else {
                    continue;
                };
                let place = Place { block: index, region: block.region, hints: block.inline };
                self.add(in_byline(&block.text), source, Some(place));
            }
        }
    }

    fn line(&mut self, index: usize, block: &RawBlock, place: Option<Place>) {
        let page = self.prepared.page;
        let found = self.prepared.phrases.get(index).copied().unwrap_or_default();
        let bare = block.chars < LONGEST_LABEL && found.has(Category::Author);
        if bare || names::is_labelled(block.text.lines().next().unwrap_or_default()) {
            let names = in_byline(&block.text);
            let next = page.blocks.get(index + 1).filter(|next| names.is_empty() && next.chars < 60);
            if let Some(next) = next {
                self.add(in_byline(&next.text), Source::BelowLabel, place);
            }
            self.add(names, Source::Labelled, place);
            return;
        }
        let near = |offset: usize, forward: bool| {
            let at = if forward { index.checked_add(offset) } else { index.checked_sub(offset) };
            at.and_then(|at| self.dated.get(at)).copied().unwrap_or(false)
        };
        if self.dated.get(index).copied().unwrap_or(false) {
            for part in without_date(&block.text) {
                self.add(in_byline(&part), Source::BesideDate, place);
            }
        } else if block.chars < 60 && (near(1, true) || near(1, false) || near(2, true)) {
            self.add(in_byline(&block.text), Source::BesideDate, place);
        }
    }

    /// The evidence for a candidate, with the names of its items.
    pub(crate) fn evidence(&self, candidate: &Candidate) -> Vec<(&'static str, i32)> {
        let mut out = Vec::with_capacity(90);
        for (source, name) in SOURCES {
            let own = candidate.mentions.iter().filter(|mention| mention.source == source).count();
            let total = self.totals.get(&source).copied().unwrap_or(0);
            let value = match (own, total) {
                (_, 0) => 0,
                (0, _) => -1,
                (own, total) => small(own, 19) + if own == total { 20 } else { 0 },
            };
            out.push((name, value));
        }
        self.of_names(candidate, &mut out);
        self.of_place(candidate, &mut out);
        self.of_page(&mut out);
        out
    }

    fn of_names(&self, candidate: &Candidate, out: &mut Vec<(&'static str, i32)>) {
        let joined = candidate.names.join(" ");
        let words: Vec<&str> = joined.split_whitespace().collect();
        let capital = words.iter().filter(|word| word.chars().next().is_some_and(char::is_uppercase)).count();
        let digits = joined.chars().filter(char::is_ascii_digit).count();
        out.push(("names", small(candidate.names.len(), 20)));
        out.push(("words", small(words.len(), 30)));
        let longest = candidate.names.iter().map(|name| name.split_whitespace().count()).max();
        out.push(("longest", small(longest.unwrap_or(0), 20)));
        out.push(("chars", small(joined.chars().count(), 200)));
        out.push(("capital_words", small(capital * 100 / words.len().max(1), 100)));
        out.push(("digits", small(digits, 20)));
        out.push(("marks", small(joined.chars().filter(|c| !c.is_alphanumeric() && *c != ' ').count(), 20)));
        let publisher = self.publisher.contains(&candidate.letters);
        let within = self.publisher.iter().any(|name| name.contains(&candidate.letters));
        out.push(("publisher", i32::from(publisher) + i32::from(within)));
        let in_title = !self.title.is_empty() && self.title.contains(&candidate.letters);
        out.push(("in_title", i32::from(in_title)));
        let holds = |other: &&Candidate| {
            other.letters.len() < candidate.letters.len() && candidate.letters.contains(&other.letters)
        };
        out.push(("holds_others", small(self.all.iter().filter(holds).count(), 9)));
        let held = |other: &&Candidate| {
            other.letters.len() > candidate.letters.len() && other.letters.contains(&candidate.letters)
        };
        out.push(("held_by_others", small(self.all.iter().filter(held).count(), 9)));
    }

    fn of_place(&self, candidate: &Candidate, out: &mut Vec<(&'static str, i32)>) {
        let page = self.prepared.page;
        let best = candidate
            .mentions
            .iter()
            .filter_map(|mention| Some((mention.source, mention.place?)))
            .min_by_key(|(source, place)| (self.rank(*place), *source));
        let place = best.map(|(_, place)| place);
        let block = place.and_then(|place| page.blocks.get(place.block));
        let region = place.and_then(|place| page.regions.get(place.region));
        out.push(("mentions", small(candidate.mentions.len(), 30)));
        let first = candidate.mentions.first().map(|mention| mention.source);
        let order = self.all.iter().filter(|other| other.mentions.first().map(|m| m.source) == first);
        let order = order.take_while(|other| other.letters != candidate.letters).count();
        out.push(("order", small(order, 30)));
        out.push(("seen_as", best.map_or(-1, |(source, _)| source as i32)));
        let offset = |from: Option<usize>| match (place, from) {
            (Some(place), Some(from)) => (place.block as i32).saturating_sub(from as i32).clamp(-200, 400),
            _ => NONE,
        };
        out.push(("after_title", offset(self.judged.title_at)));
        out.push(("after_start", offset(self.first_kept)));
        out.push(("position", place.map_or(-1, |place| share(place.block, page.blocks.len()))));
        out.push(("block_chars", block.map_or(-1, |block| small(block.chars, 300))));
        out.push(("link_share", block.map_or(-1, |block| share(block.link_chars, block.chars))));
        let kept = |place: Place| self.judged.in_text.get(place.block).copied().unwrap_or(false);
        out.push(("kept", place.map_or(-1, |place| i32::from(kept(place)))));
        out.push(("to_date", place.map_or(-1, |place| self.to_date(place.block))));
        let author = |place: Place| {
            i32::from(place.hints.any(Hints::AUTHOR))
                + 2 * i32::from(region.is_some_and(|region| region.hints.any(Hints::AUTHOR)))
        };
        out.push(("author_hint", place.map_or(-1, author)));
        let earlier = place.map_or(-1, |place| {
            let before = |other: &&Candidate| {
                let places = other.mentions.iter().filter_map(|mention| mention.place);
                places.map(|place| place.block).min().is_some_and(|block| block < place.block)
            };
            small(self.all.iter().filter(before).count(), 60)
        });
        out.push(("seen_before", earlier));
        let mark = place.map(|place| (place.hints, place.region));
        self.prepared.context.push_surroundings(mark, &PARTS, &ANCESTORS, out);
    }

    /// Whether the page itself labels the names as those of the author, as in `Author:` above `Jane Roe`, near its text.
    pub(crate) fn is_declared(&self, candidate: &Candidate) -> bool {
        let below = candidate.mentions.iter().filter(|mention| mention.source == Source::BelowLabel);
        below.filter_map(|mention| mention.place).any(|place| {
            let (elsewhere, distance) = self.rank(place);
            !elsewhere && distance < NEAR
        })
    }

    /// Blocks to the nearest one that holds a date.
    fn to_date(&self, block: usize) -> i32 {
        const REACH: usize = 10;
        let is_dated = |at: Option<usize>| at.and_then(|at| self.dated.get(at)).copied().unwrap_or(false);
        let near = (0..REACH)
            .find(|offset| is_dated(block.checked_add(*offset)) || is_dated(block.checked_sub(*offset)));
        small(near.unwrap_or(REACH), 20)
    }

    /// How far a place is from where a byline is expected; less is nearer.
    fn rank(&self, place: Place) -> (bool, usize) {
        let others = Hints::COMMENT
            .with(Hints::RELATED)
            .with(Hints::POPULAR)
            .with(Hints::FOOTER)
            .with(Hints::SIDEBAR)
            .with(Hints::NAV);
        let elsewhere = place.hints.any(others) || self.prepared.context.named_part(place.region, others);
        let from = |start: usize| {
            if place.block >= start { place.block - start } else { (start - place.block) * 3 }
        };
        let starts = [self.judged.title_at, self.first_kept];
        (elsewhere, starts.into_iter().flatten().map(from).min().unwrap_or(place.block))
    }

    fn of_page(&self, out: &mut Vec<(&'static str, i32)>) {
        let Prepared { page, data, url, .. } = self.prepared;
        let is = |kinds: &[&str]| i32::from(data.has_type(kinds));
        let og = page.head.meta(&["og:type"]).unwrap_or_default().to_ascii_lowercase();
        let path = url.map(url::Url::path).unwrap_or_default().trim_matches('/');
        let kept = page.blocks.iter().zip(&self.judged.in_text).filter(|(_, kept)| **kept);
        out.push(("candidates", small(self.all.len(), 60)));
        out.push(("ld_article", i32::from(data.is_article)));
        out.push(("ld_product", is(&["product", "offer", "productgroup"])));
        out.push(("ld_forum", is(&["discussionforumposting", "qapage", "question", "answer"])));
        out.push(("og_article", i32::from(og.contains("article"))));
        out.push(("segments", small(path.split('/').filter(|part| !part.is_empty()).count(), 10)));
        out.push(("hyphens", small(path.rsplit('/').next().unwrap_or_default().matches('-').count(), 15)));
        out.push(("kept_chars", small(kept.map(|(block, _)| block.chars).sum(), 20_000)));
        let threads = page.regions.iter().filter(|region| region.hints.any(Hints::FORUM)).count();
        out.push(("threads", small(threads, 100)));
        out.push(("publisher_known", i32::from(data.publisher.is_some())));
    }
}

/// The parts of a line around its first date.
fn without_date(text: &str) -> Vec<String> {
    let Some(found) = Plain::of(text).and_then(|plain| plain.next(0, false)) else { return Vec::new() };
    // Lower case may be longer than the text: then the parts are only those that separators give.
    let cut = |from: usize, to: usize| text.get(from..to).map(str::to_owned);
    let around = [cut(0, found.at), cut(found.end, text.len())];
    let separated = text.split(['|', '•', '·', '—', '–', '\n']).map(str::to_owned);
    let around = around.into_iter().flatten();
    let parts = around.chain(separated).map(|part| part.trim().to_owned());
    let mut out: Vec<String> = parts.filter(|part| (2..80).contains(&part.chars().count())).collect();
    out.dedup();
    out
}

/// Whether an address looks like that of a person's page.
fn is_profile(href: &str) -> bool {
    let path = href.split(['?', '#']).next().unwrap_or_default();
    let mut segments = path.split('/').filter(|part| !part.is_empty()).peekable();
    while let Some(segment) = segments.next() {
        if segments.peek().is_some() && PROFILES.iter().any(|name| name.eq_ignore_ascii_case(segment)) {
            return true;
        }
    }
    path.contains("/@") || path.starts_with('@') || href.contains("memberlist.php?mode=viewprofile")
}

fn small(value: usize, most: i32) -> i32 {
    i32::try_from(value).unwrap_or(most).min(most)
}

/// Percentage of a part.
fn share(part: usize, whole: usize) -> i32 {
    small(part.saturating_mul(100) / whole.max(1), 100)
}
