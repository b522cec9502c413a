//! When it was published and changed, with the place each date was found in.
//!
//! Every source that yields a date becomes a candidate with a confidence; the best one wins. Dates of other stories on
//! the page, of comments and of footers are not candidates.

use super::date_text::{self, Found};
use super::jsonld::JsonLd;
use crate::features::Context;
use crate::hints::Hints;
use crate::page::{MarkKind, Page};
use crate::phrases::{self, Category};
use crate::statement::{DateOrigin, Dated};
use crate::tag::Tag;
use url::Url;

/// Names of `<meta>` elements that hold the day of publication, best first.
const PUBLISHED_METAS: [&str; 24] = [
    "article:published_time",
    "og:published_time",
    "og:article:published_time",
    "datepublished",
    "date.published",
    "published_time",
    "publishdate",
    "publish-date",
    "publish_date",
    "pubdate",
    "parsely-pub-date",
    "sailthru.date",
    "citation_publication_date",
    "citation_date",
    "dc.date.issued",
    "dcterms.issued",
    "dc.date",
    "dcterms.date",
    "dcterms.created",
    "dc.date.created",
    "date",
    "article:published",
    "originalpublicationdate",
    "cxenseparse:recs:publishtime",
];

/// Names of `<meta>` elements that hold the day of the last change.
const MODIFIED_METAS: [&str; 8] = [
    "article:modified_time",
    "og:updated_time",
    "datemodified",
    "last-modified",
    "dcterms.modified",
    "dc.date.modified",
    "lastmod",
    "updated_time",
];

/// Longest block that can be a dateline.
const LONGEST_DATELINE: usize = 160;

/// Blocks after the headline among which the date of the text is expected.
const NEAR: usize = 12;

/// The two dates of a page.
#[derive(Debug, Default)]
pub(crate) struct Dates {
    pub(crate) published: Option<Dated>,
    pub(crate) modified: Option<Dated>,
}

/// What the search looks at.
pub(crate) struct Sources<'a> {
    pub(crate) page: &'a Page,
    pub(crate) data: &'a JsonLd,
    pub(crate) url: Option<&'a Url>,
    /// Which blocks belong to the statement.
    pub(crate) kept: &'a [bool],
    /// Where the text starts: the block of the headline, the first block of the statement.
    pub(crate) starts: &'a [usize],
    pub(crate) context: &'a Context<'a>,
}

/// A date that may be the one, and how far from the headline it stands.
#[derive(Debug, Clone)]
struct Candidate {
    dated: Dated,
    distance: usize,
}

#[derive(Debug, Default)]
struct Candidates {
    published: Vec<Candidate>,
    modified: Vec<Candidate>,
}

/// Finds both dates.
pub(crate) fn find(sources: &Sources<'_>) -> Dates {
    let mut found = Candidates::default();
    sources.stated(&mut found);
    sources.marked(&mut found);
    sources.visible(&mut found);
    let modified = best(&found.modified);
    let published = best(&found.published).map(|stated| {
        if agreed(&stated, &found.published) {
            return surer(stated);
        }
        // What a reader sees below the headline beats a lone machine date, which is often that of an import.
        let changed = modified.as_ref().map(|dated| dated.date);
        let seen: Vec<Candidate> = found
            .published
            .iter()
            .filter(|c| c.is_seen() && Some(c.dated.date) != changed)
            .cloned()
            .collect();
        best(&seen).unwrap_or(stated)
    });
    Dates { published, modified }
}

/// The most certain candidate; of equals the one nearest to the headline.
fn best(candidates: &[Candidate]) -> Option<Dated> {
    let rank = |candidate: &Candidate| (candidate.dated.confidence, std::cmp::Reverse(candidate.distance));
    let mut best: Option<&Candidate> = None;
    for candidate in candidates {
        if best.is_none_or(|best| rank(candidate) > rank(best)) {
            best = Some(candidate);
        }
    }
    best.map(|best| best.dated.clone())
}

/// Whether a second kind of place says the same day.
fn agreed(dated: &Dated, candidates: &[Candidate]) -> bool {
    candidates.iter().any(|other| other.dated.date == dated.date && other.dated.origin != dated.origin)
}

fn surer(mut dated: Dated) -> Dated {
    dated.confidence = dated.confidence.saturating_add(4).min(99);
    dated
}

impl Candidate {
    /// Whether it is shown near the headline as a date of its own.
    fn is_seen(&self) -> bool {
        self.dated.confidence >= 70
            && self.distance <= NEAR
            && matches!(self.dated.origin, DateOrigin::TimeElement | DateOrigin::VisibleText)
    }
}

fn candidate(found: Found, origin: DateOrigin, confidence: u8, distance: usize) -> Candidate {
    Candidate { dated: Dated { date: found.date, time: found.time, origin, confidence }, distance }
}

/// `/2024/06/27/` or `/2024-06-27-` in the address.
fn in_url(url: &Url) -> Option<Found> {
    let path = url.path();
    let found = date_text::find(path, false)?;
    path.contains(&found.date.year().to_string()).then_some(found)
}

impl Sources<'_> {
    /// Dates that structured data, metadata and the address state.
    fn stated(&self, found: &mut Candidates) {
        let head = &self.page.head;
        let parse = |value: Option<&str>, origin, confidence| {
            value.and_then(date_text::parse_value).map(|date| candidate(date, origin, confidence, 0))
        };
        found.published.extend(
            [
                parse(self.data.published.as_deref(), DateOrigin::JsonLd, 95),
                parse(head.meta(&PUBLISHED_METAS), DateOrigin::Meta, 90),
                parse(self.data.created.as_deref(), DateOrigin::JsonLd, 60),
                self.url.and_then(in_url).map(|date| candidate(date, DateOrigin::Url, 80, 0)),
            ]
            .into_iter()
            .flatten(),
        );
        found.modified.extend(
            [
                parse(self.data.modified.as_deref(), DateOrigin::JsonLd, 95),
                parse(head.meta(&MODIFIED_METAS), DateOrigin::Meta, 90),
                parse(self.data.page_modified.as_deref(), DateOrigin::JsonLd, 80),
            ]
            .into_iter()
            .flatten(),
        );
    }

    /// Whether the page says that it is an article, or its address looks like the headline of one.
    fn article_like(&self) -> bool {
        let og = self.page.head.meta(&["og:type"]).is_some_and(|kind| kind.contains("article"));
        let slug = self.url.and_then(|url| {
            url.path().trim_end_matches('/').rsplit('/').next().map(|last| last.matches(['-', '_']).count())
        });
        self.data.is_article || (og && slug.unwrap_or(0) >= 3)
    }

    fn month_first(&self) -> bool {
        self.page
            .head
            .language
            .as_deref()
            .is_some_and(|lang| lang.eq_ignore_ascii_case("en-us") || lang.eq_ignore_ascii_case("en"))
    }

    /// Blocks between the headline and a place; nothing for places before it or far behind it.
    fn distance(&self, block: usize) -> Option<usize> {
        let from = |start: &usize| if block >= *start { block - start } else { (start - block) * 3 };
        self.starts.iter().map(from).min().filter(|distance| *distance <= NEAR)
    }

    /// Whether the dates of a place are those of something else.
    fn elsewhere(&self, region: usize, own: Hints) -> bool {
        let others = Hints::COMMENT
            .with(Hints::RELATED)
            .with(Hints::POPULAR)
            .with(Hints::FOOTER)
            .with(Hints::SIDEBAR)
            .with(Hints::NAV);
        let Some(place) = self.page.regions.get(region) else { return true };
        let main = place.inside(Tag::Article) || place.inside(Tag::Main);
        own.any(others)
            || place.inside(Tag::Nav)
            || (!main && (place.inside(Tag::Aside) || place.inside(Tag::Footer)))
            || self.context.named_part(region, others)
    }

    /// `<time>` elements and elements that are named after dates.
    fn marked(&self, found: &mut Candidates) {
        for mark in self.page.marks.iter().filter(|mark| mark.kind == MarkKind::Time) {
            if self.elsewhere(mark.region, mark.hints) || mark.text.chars().count() > LONGEST_DATELINE {
                continue;
            }
            let value = mark.value.as_deref().and_then(date_text::parse_value);
            let origin = if value.is_some() { DateOrigin::TimeElement } else { DateOrigin::VisibleText };
            let Some(date) = value.or_else(|| date_text::find(&mark.text, self.month_first())) else {
                continue;
            };
            let distance = self.distance(mark.block);
            let confidence = match distance {
                Some(_) => 76,
                None if self.article_like() => 62,
                None => continue,
            };
            let before = mark
                .block
                .checked_sub(1)
                .and_then(|at| self.page.blocks.get(at))
                .filter(|block| block.chars < 40);
            let label = before.map(|block| phrases::of(&block.text)).unwrap_or_default();
            let own = phrases::of(&mark.text);
            let target = if own.has(Category::Modified)
                || (label.has(Category::Modified) && !own.has(Category::Published))
            {
                &mut found.modified
            } else {
                &mut found.published
            };
            target.push(candidate(date, origin, confidence, distance.unwrap_or(usize::MAX)));
        }
    }

    /// Dates in short blocks near the headline, or labelled as dates anywhere in the statement.
    fn visible(&self, found: &mut Candidates) {
        for (index, block) in self.page.blocks.iter().enumerate().take(3000) {
            if block.chars > LONGEST_DATELINE {
                continue;
            }
            if self.elsewhere(block.region, Hints::NONE) {
                continue;
            }
            let Some(date) = date_text::find(&block.text, self.month_first()) else { continue };
            let before =
                index.checked_sub(1).and_then(|at| self.page.blocks.get(at)).filter(|block| block.chars < 40);
            let own = phrases::of(&block.text);
            let label = before.map(|block| phrases::of(&block.text)).unwrap_or_default();
            let labelled = own.has(Category::Published) || label.has(Category::Published);
            let changed = own.has(Category::Modified) || label.has(Category::Modified);
            let distance = self.distance(index);
            let in_text = self.kept.get(index).copied().unwrap_or(false);
            let confidence = match (labelled || changed, distance.is_some(), block.chars < 40) {
                (true, true, _) => 75,
                (false, true, true) => 70,
                (true, false, _) if in_text || self.article_like() => 66,
                (false, true, false) => 58,
                (false, false, true) if in_text && self.article_like() => 45,
                _ => continue,
            };
            let target = if changed && !own.has(Category::Published) {
                &mut found.modified
            } else {
                &mut found.published
            };
            target.push(candidate(date, DateOrigin::VisibleText, confidence, distance.unwrap_or(usize::MAX)));
        }
    }
}
