//! Every place of a page that names a day: structured data, metadata, scripts, the address, `<time>` elements and lines
//! that a reader sees.
//!
//! Nothing is judged here. [`dates`](super::dates) weighs the mentions of each day.

use super::date_text::{self, Found, Plain};
use super::jsonld::{JsonLd, Stated};
use super::scripts::Key;
use crate::hints::Hints;
use crate::page::{MarkKind, Page};
use jiff::civil::{Date, Time};
use regex::Regex;
use std::sync::LazyLock;
use url::Url;

/// Names of `<meta>` elements that hold the day of publication.
const PUBLISHED_METAS: [&str; 22] = [
    "article:published_time",
    "og:published_time",
    "og:article:published_time",
    "datepublished",
    "date.published",
    "published_time",
    "publishdate",
    "publish-date",
    "publish_date",
    "published-date",
    "published_date",
    "publication_date",
    "publication-date",
    "pubdate",
    "parsely-pub-date",
    "sailthru.date",
    "citation_publication_date",
    "citation_date",
    "dc.date.issued",
    "dcterms.issued",
    "article:published",
    "originalpublicationdate",
];

/// Names of `<meta>` elements that hold a day without saying of what.
const PLAIN_METAS: [&str; 6] =
    ["date", "dc.date", "dcterms.date", "dcterms.created", "dc.date.created", "article.created"];

/// Parts of `<meta>` names: of the last change, and of something else altogether.
const CHANGES: [&str; 5] = ["modif", "updat", "revis", "lastmod", "review"];
const UNRELATED: [&str; 7] = ["expir", "start", "end", "birth", "event", "copyright", "validat"];

/// Longest block that is searched whole, and how much of a longer one is.
const LONGEST_LINE: usize = 200;
const LONGEST_START: usize = 160;

/// Blocks and metadata that are searched, dates of one block, and mentions in all.
const MOST_BLOCKS: usize = 3000;
const MOST_METAS: usize = 100;
const MOST_IN_BLOCK: usize = 3;
const MOST_MENTIONS: usize = 600;

/// The kind of place that names a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(crate) enum Source {
    LdArticlePublished,
    LdArticleModified,
    LdArticleCreated,
    LdFurtherArticle,
    LdPagePublished,
    LdPageModified,
    LdOtherPublished,
    LdOtherModified,
    MetaPublished,
    MetaModified,
    MetaPlain,
    MetaOther,
    Url,
    ScriptPublished,
    ScriptModified,
    ScriptCreated,
    /// The machine-readable form of a `<time>` or marked element.
    TimeValue,
    /// The text of an element that is named after dates.
    Marked,
    /// A short block.
    Line,
    /// The beginning of a longer block.
    Prose,
}

/// How many kinds there are.
pub(crate) const SOURCES: usize = Source::Prose as usize + 1;

/// What the words before a date say about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Label {
    pub(crate) published: bool,
    pub(crate) modified: bool,
    pub(crate) other: bool,
}

impl Label {
    /// The label as a number, one bit a kind.
    pub(crate) fn code(self) -> i32 {
        i32::from(self.published) + 2 * i32::from(self.modified) + 4 * i32::from(self.other)
    }
}

/// Where a reader sees a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) block: usize,
    pub(crate) region: usize,
    pub(crate) hints: Hints,
    pub(crate) label: Label,
    /// Characters around the date in its block or element.
    pub(crate) around: usize,
}

/// A day, and a place that names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mention {
    pub(crate) date: Date,
    pub(crate) time: Option<Time>,
    pub(crate) source: Source,
    pub(crate) place: Option<Place>,
    swapped: Option<Date>,
}

/// What the search looks at.
#[derive(Clone, Copy)]
pub(crate) struct Search<'a> {
    pub(crate) page: &'a Page,
    pub(crate) data: &'a JsonLd,
    pub(crate) scripts: &'a [(Key, Date)],
    pub(crate) url: Option<&'a Url>,
    /// Which blocks belong to the statement.
    pub(crate) kept: &'a [bool],
}

impl Search<'_> {
    /// All mentions: those for machines first, then those for readers in the order of the page.
    pub(crate) fn all(&self) -> Vec<Mention> {
        let mut out = Vec::new();
        self.stated(&mut out);
        self.metas(&mut out);
        let script = |(key, date): &(Key, Date)| {
            let source = match key {
                Key::Published => Source::ScriptPublished,
                Key::Modified => Source::ScriptModified,
                Key::Created => Source::ScriptCreated,
            };
            Mention { date: *date, time: None, source, place: None, swapped: None }
        };
        out.extend(self.scripts.iter().map(script));
        let canonical = self.page.head.canonical.as_deref().map(|href| match self.url {
            Some(url) => url.join(href),
            None => Url::parse(href),
        });
        let own = self.url.and_then(in_url).or_else(|| in_url(&canonical?.ok()?));
        out.extend(own.map(|found| mention(found, Source::Url, None)));
        let machine = out.len();
        self.marks(&mut out);
        self.lines(&mut out);
        out.truncate(MOST_MENTIONS);
        self.settle_order(&mut out, machine);
        out
    }

    fn stated(&self, out: &mut Vec<Mention>) {
        out.extend(self.data.dates.iter().filter_map(|(stated, value)| {
            let source = match stated {
                Stated::ArticlePublished => Source::LdArticlePublished,
                Stated::ArticleModified => Source::LdArticleModified,
                Stated::ArticleCreated => Source::LdArticleCreated,
                Stated::FurtherArticle => Source::LdFurtherArticle,
                Stated::PagePublished => Source::LdPagePublished,
                Stated::PageModified => Source::LdPageModified,
                Stated::OtherPublished => Source::LdOtherPublished,
                Stated::OtherModified => Source::LdOtherModified,
            };
            Some(mention(date_text::parse_value(value)?, source, None))
        }));
    }

    fn metas(&self, out: &mut Vec<Mention>) {
        let metas = self.page.head.metas.iter();
        let named = metas.filter_map(|(name, content)| Some((meta_source(name)?, content)));
        out.extend(
            named.take(MOST_METAS).filter_map(|(source, content)| {
                Some(mention(date_text::parse_value(content)?, source, None))
            }),
        );
    }

    /// `<time>` elements and elements that are named after dates.
    fn marks(&self, out: &mut Vec<Mention>) {
        for mark in self.page.marks.iter().filter(|mark| mark.kind == MarkKind::Time).take(MOST_MENTIONS) {
            if mark.text.len() > LONGEST_LINE * 2 {
                continue;
            }
            let before = mark.block.checked_sub(1);
            let place = |label, around| Place {
                block: mark.block,
                region: mark.region,
                hints: mark.hints,
                label,
                around,
            };
            if let Some(found) = mark.value.as_deref().and_then(date_text::parse_value) {
                let label = self.label(&mark.text.to_lowercase(), before);
                let around = mark.text.chars().count();
                out.push(mention(found, Source::TimeValue, Some(place(label, around))));
                continue;
            }
            self.in_text(&mark.text, before, |found, label, around| {
                out.push(mention(found, Source::Marked, Some(place(label, around))));
            });
        }
    }

    /// Short blocks anywhere, and the beginnings of long ones of the statement.
    fn lines(&self, out: &mut Vec<Mention>) {
        let blocks = self.page.blocks.iter().enumerate().take(MOST_BLOCKS);
        for (index, block) in blocks {
            let short = block.chars <= LONGEST_LINE;
            if !short && !self.kept.get(index).copied().unwrap_or(false) {
                continue;
            }
            let source = if short { Source::Line } else { Source::Prose };
            let text = crate::text::prefix(&block.text, if short { usize::MAX } else { LONGEST_START });
            self.in_text(text, index.checked_sub(1), |found, label, around| {
                let place = Place { block: index, region: block.region, hints: block.inline, label, around };
                out.push(mention(found, source, Some(place)));
            });
        }
    }

    /// Reports the dates in a text, each with its label and the characters around it.
    fn in_text(&self, text: &str, before: Option<usize>, mut report: impl FnMut(Found, Label, usize)) {
        let Some(plain) = Plain::of(text) else { return };
        let mut from = 0;
        for number in 0..MOST_IN_BLOCK {
            let Some(found) = plain.next(from, false) else { return };
            let words = plain.between(from, found.at);
            let label = self.label(words, before.filter(|_| number == 0));
            report(found, label, plain.len().saturating_sub(found.end - found.at));
            from = found.end;
        }
    }

    /// What the words before a date say; where there are none, the block before it.
    fn label(&self, words: &str, before: Option<usize>) -> Label {
        let own = label_of(words);
        if own != Label::default() || words.chars().filter(|c| c.is_alphabetic()).count() > 12 {
            return own;
        }
        let block = before.and_then(|at| self.page.blocks.get(at)).filter(|block| block.chars < 40);
        block.map(|block| label_of(&block.text.to_lowercase())).unwrap_or_default()
    }

    /// Decides for `6/7/2024` which number is the month: as a machine's date on the page says, else as the page's other
    /// dates are written, else as is usual for its language and place.
    fn settle_order(&self, mentions: &mut [Mention], machine: usize) {
        let (stated, seen) = mentions.split_at_mut(machine.min(mentions.len()));
        let is_stated = |date: Date| stated.iter().any(|mention| mention.date == date);
        let month_first = self.month_first();
        for mention in seen {
            let Some(swapped) = mention.swapped.filter(|_| !is_stated(mention.date)) else { continue };
            if is_stated(swapped) || month_first {
                mention.date = swapped;
            }
        }
    }

    fn month_first(&self) -> bool {
        const DAY_FIRST: [&str; 14] =
            ["uk", "au", "nz", "ie", "in", "za", "sg", "my", "hk", "ke", "ng", "pk", "bd", "lk"];
        let language = self.page.head.language.as_deref().unwrap_or_default().to_ascii_lowercase();
        let domain = self.url.and_then(Url::host_str).and_then(|host| host.rsplit('.').next());
        language == "en-us" || (language == "en" && !domain.is_some_and(|domain| DAY_FIRST.contains(&domain)))
    }
}

fn mention(found: Found, source: Source, place: Option<Place>) -> Mention {
    Mention { date: found.date, time: found.time, source, place, swapped: found.swapped }
}

/// What the date of a `<meta>` element is, by the element's name.
fn meta_source(name: &str) -> Option<Source> {
    if PUBLISHED_METAS.contains(&name) {
        return Some(Source::MetaPublished);
    }
    if PLAIN_METAS.contains(&name) {
        return Some(Source::MetaPlain);
    }
    let has = |parts: &[&str]| parts.iter().any(|part| name.contains(part));
    if !has(&["date", "publi", "time", "lastmod", "last-mod", "creat"]) || has(&UNRELATED) {
        return None;
    }
    Some(if has(&CHANGES) { Source::MetaModified } else { Source::MetaOther })
}

/// `/2024/06/27/`, `/2024-06-27-` or `20240627` in the address.
fn in_url(url: &Url) -> Option<Found> {
    let path = url.path();
    let written = date_text::find(path, false).filter(|found| path.contains(&found.date.year().to_string()));
    written.or_else(|| {
        let numbers = path.split(|c: char| !c.is_ascii_digit()).filter(|number| number.len() == 8);
        numbers.filter_map(date_text::parse_value).next()
    })
}

/// Words before dates, from the data file.
struct Labels {
    published: Option<Regex>,
    modified: Option<Regex>,
    other: Option<Regex>,
}

static LABELS: LazyLock<Labels> = LazyLock::new(|| {
    let listed = |kind: &str| {
        let lines = include_str!("../../data/date_labels.txt").lines().filter(|line| !line.starts_with('#'));
        let lines = lines.filter_map(|line| line.split_once(':')).filter(|(name, _)| *name == kind);
        let words = lines.flat_map(|(_, words)| words.split(',')).map(str::trim);
        let words: Vec<String> = words.filter(|word| !word.is_empty()).map(regex::escape).collect();
        Regex::new(&words.join("|")).ok()
    };
    Labels { published: listed("published"), modified: listed("modified"), other: listed("other") }
});

/// What words in lower case say about the date that follows them.
fn label_of(words: &str) -> Label {
    if !words.chars().any(char::is_alphabetic) {
        return Label::default();
    }
    let words = words.get(words.len().saturating_sub(120)..).unwrap_or(words);
    let has = |labels: &Option<Regex>| labels.as_ref().is_some_and(|labels| labels.is_match(words));
    Label { published: has(&LABELS.published), modified: has(&LABELS.modified), other: has(&LABELS.other) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_in_several_languages() {
        assert!(label_of("last updated on ").modified);
        assert!(label_of("veröffentlicht am ").published);
        assert!(label_of("mitglied seit ").other);
        assert_eq!(label_of("phnom penh, "), Label::default());
    }

    #[test]
    fn names_of_metas() {
        assert_eq!(meta_source("article:published_time"), Some(Source::MetaPublished));
        assert_eq!(meta_source("dc.date"), Some(Source::MetaPlain));
        assert_eq!(meta_source("og:updated_time"), Some(Source::MetaModified));
        assert_eq!(meta_source("x-publication-day"), Some(Source::MetaOther));
        assert_eq!(meta_source("event:start_time"), None);
        assert_eq!(meta_source("viewport"), None);
    }

    #[test]
    fn dates_in_addresses() {
        let day = |url: &str| in_url(&Url::parse(url).ok()?).map(|found| found.date.to_string());
        assert_eq!(day("https://union.example/2024/06/27/stop").as_deref(), Some("2024-06-27"));
        assert_eq!(day("https://union.example/news20240627_k1").as_deref(), Some("2024-06-27"));
        assert_eq!(day("https://union.example/article-12-34"), None);
    }
}
