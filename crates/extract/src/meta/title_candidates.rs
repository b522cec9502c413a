//! Everything that may be the headline of a page: titles in metadata, whole and cut at each separator, and headings,
//! with the evidence for each as small integers.
//!
//! The order of the evidence is that in which [`Candidates::evidence`] lists it; the model of [`title`](super::title) is
//! only valid together with it.

use super::jsonld::{JsonLd, unescape};
use super::title::letters;
use crate::hints::Hints;
use crate::page::{Page, RawBlock};
use crate::statement::BlockKind;
use crate::tag::Tag;
use crate::text::{clean, prefix};
use std::collections::HashSet;
use url::Url;

/// Separators that sites put between headline and site name, surest first.
const SEPARATORS: [&str; 16] = [
    " | ", "｜", " :: ", " » ", " « ", " • ", " · ", " — ", " – ", " - ", " / ", " › ", " ‹ ", " > ", "_",
    ": ",
];

/// Parts of one title that are told apart, candidates of one page, and headings of each level that are looked at.
const MOST_PARTS: usize = 6;
const MOST_CANDIDATES: usize = 40;
const MOST_HEADINGS: usize = 5;

/// Bytes that are looked at of any title, name or path.
const MOST_BYTES: usize = 2000;

/// Longest text that is a title.
const LONGEST: usize = 300;

/// Where a title is stated.
const STATED: [&str; 7] = ["og", "title", "twitter", "citation", "ld_headline", "ld_product", "ld_page"];

/// How a candidate is cut out of a stated title.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cut {
    Whole = 1,
    /// All but what stands behind the last separator.
    Most = 2,
    /// Only what stands before the first separator.
    First = 3,
    /// Only what stands behind the last separator.
    Last = 4,
    /// All but what stands before the first separator.
    Rest = 5,
}

/// A title as stated, or a heading.
#[derive(Debug, Clone)]
struct Origin {
    /// Index in [`STATED`].
    stated: usize,
    cut: Cut,
    separator: usize,
    parts: usize,
}

/// A heading of the page.
#[derive(Debug)]
struct Heading<'a> {
    block: &'a RawBlock,
    at: usize,
    level: u8,
    /// How many headings of the level come before it.
    rank: usize,
}

/// A text that may be the title.
#[derive(Debug)]
pub(crate) struct Candidate {
    pub(crate) text: String,
    letters: String,
    words: Vec<String>,
    origins: Vec<Origin>,
    /// Indices of the headings with this text.
    headings: Vec<usize>,
}

/// All candidates of a page, and what is known beside them.
pub(crate) struct Candidates<'a> {
    page: &'a Page,
    data: &'a JsonLd,
    pub(crate) all: Vec<Candidate>,
    headings: Vec<Heading<'a>>,
    /// What is stated, by index in [`STATED`], as letters and as words.
    stated: Vec<Option<(String, Vec<String>)>>,
    /// Names by which the site may append itself to its titles, as letters only.
    sites: Vec<String>,
    slug: Vec<String>,
    segments: usize,
    first_heading: Option<(String, Vec<String>)>,
}

impl<'a> Candidates<'a> {
    pub(crate) fn new(page: &'a Page, data: &'a JsonLd, url: Option<&Url>) -> Self {
        let tidy = |text: &str| {
            Some(clean(&unescape(prefix(text, MOST_BYTES))).replace('\n', " "))
                .filter(|text| !text.is_empty())
        };
        let head = &page.head;
        let stated: [Option<&str>; STATED.len()] = [
            head.meta(&["og:title"]),
            head.title.as_deref(),
            head.meta(&["twitter:title"]),
            head.meta(&["citation_title", "dc.title", "dcterms.title", "parsely-title", "sailthru.title"]),
            data.headline.as_deref(),
            data.product.as_deref(),
            data.page_name.as_deref(),
        ];
        let stated: Vec<Option<String>> = stated.into_iter().map(|text| text.and_then(tidy)).collect();
        let sites = [
            head.meta(&["og:site_name"]),
            head.meta(&["application-name"]),
            head.meta(&["apple-mobile-web-app-title"]),
            data.publisher.as_deref(),
            url.and_then(Url::host_str),
        ];
        let path = url.map(|url| prefix(url.path(), MOST_BYTES)).unwrap_or_default();
        let path = path.trim_end_matches('/').to_lowercase();
        let mut out = Self {
            page,
            data,
            all: Vec::new(),
            headings: headings(page),
            stated: stated
                .iter()
                .map(|text| text.as_deref().map(|text| (letters(text), words(text))))
                .collect(),
            sites: sites
                .into_iter()
                .flatten()
                .map(|name| letters(prefix(name, MOST_BYTES)))
                .filter(|name| !name.is_empty())
                .collect(),
            slug: words(path.rsplit('/').next().unwrap_or_default()),
            segments: path.split('/').filter(|part| !part.is_empty()).count(),
            first_heading: None,
        };
        let first = out.headings.iter().find(|heading| heading.level == 1);
        out.first_heading = first.map(|heading| (letters(&heading.block.text), words(&heading.block.text)));
        for at in 0..out.headings.len() {
            let text = out.headings.get(at).map(|heading| trim_marks(&heading.block.text.replace('\n', " ")));
            if let Some(candidate) = text.and_then(|text| out.entry(&text)) {
                candidate.headings.push(at);
            }
        }
        for (number, text) in stated.iter().enumerate() {
            if let Some(text) = text {
                out.add_stated(number, text);
            }
        }
        out
    }

    /// The candidate with a text, made where it is new.
    fn entry(&mut self, text: &str) -> Option<&mut Candidate> {
        let text = text.trim();
        let plain = letters(text);
        if plain.is_empty() || text.chars().count() > LONGEST {
            return None;
        }
        if let Some(at) = self.all.iter().position(|candidate| candidate.letters == plain) {
            return self.all.get_mut(at);
        }
        if self.all.len() >= MOST_CANDIDATES {
            return None;
        }
        self.all.push(Candidate {
            text: text.to_owned(),
            letters: plain,
            words: words(text),
            origins: Vec::new(),
            headings: Vec::new(),
        });
        self.all.last_mut()
    }

    /// Adds a stated title, whole and cut.
    fn add_stated(&mut self, stated: usize, text: &str) {
        let mut add = |text: &str, cut, separator, parts| {
            if let Some(candidate) = self.entry(text) {
                candidate.origins.push(Origin { stated, cut, separator, parts });
            }
        };
        add(text, Cut::Whole, SEPARATORS.len(), 1);
        for (number, separator) in SEPARATORS.iter().enumerate() {
            let parts = text.split(separator).count();
            if !(2..=MOST_PARTS).contains(&parts) {
                continue;
            }
            let (Some((most, last)), Some((first, rest))) =
                (text.rsplit_once(separator), text.split_once(separator))
            else {
                continue;
            };
            add(most, Cut::Most, number, parts);
            add(first, Cut::First, number, parts);
            add(last, Cut::Last, number, parts);
            add(rest, Cut::Rest, number, parts);
        }
    }

    /// The evidence for a candidate, with the names of its items.
    pub(crate) fn evidence(&self, candidate: &Candidate) -> Vec<(&'static str, i32)> {
        let mut out = Vec::with_capacity(90);
        self.of_origins(candidate, &mut out);
        self.of_heading(candidate, &mut out);
        self.of_text(candidate, &mut out);
        self.of_page(&mut out);
        out
    }

    /// For each place where titles are stated: 0 if nothing is, -1 if something else is, else how it is cut out.
    fn of_origins(&self, candidate: &Candidate, out: &mut Vec<(&'static str, i32)>) {
        for ((number, name), stated) in STATED.iter().enumerate().zip(&self.stated) {
            let own = candidate.origins.iter().find(|origin| origin.stated == number);
            out.push((*name, own.map_or(-i32::from(stated.is_some()), |origin| origin.cut as i32)));
        }
        let overlaps = ["og_overlap", "title_overlap", "twitter_overlap", "", "headline_overlap"];
        for (stated, name) in self.stated.iter().zip(overlaps).filter(|(_, name)| !name.is_empty()) {
            out.push((name, relation(candidate, stated.as_ref())));
        }
        out.push(("heading_overlap", relation(candidate, self.first_heading.as_ref())));
        let cut = candidate.origins.iter().find(|origin| origin.cut != Cut::Whole);
        out.push(("separator", cut.map_or(-1, |origin| small(origin.separator, 20))));
        out.push(("parts", cut.map_or(0, |origin| small(origin.parts, 9))));
        let whole = candidate.origins.iter().filter(|origin| origin.cut == Cut::Whole).count();
        out.push(("whole", small(whole, 9)));
        out.push(("origins", small(candidate.origins.len(), 20)));
        // What is cut off says more than what is left: a site cuts its own name off.
        let rest = cut.and_then(|origin| self.cut_off(origin, candidate));
        out.push(("rest_is_site", rest.as_deref().map_or(-1, |rest| i32::from(self.is_site(rest)))));
        out.push(("rest_words", rest.as_deref().map_or(-1, |rest| small(words(rest).len(), 30))));
        let elsewhere = rest
            .as_deref()
            .map(letters)
            .is_some_and(|rest| self.headings.iter().any(|heading| letters(&heading.block.text) == rest));
        out.push(("rest_is_heading", i32::from(elsewhere)));
    }

    /// What a cut leaves of the stated title.
    fn cut_off(&self, origin: &Origin, candidate: &Candidate) -> Option<String> {
        let (all, _) = self.stated.get(origin.stated)?.as_ref()?;
        let rest = match origin.cut {
            Cut::Whole => return None,
            Cut::Most | Cut::First => all.strip_prefix(candidate.letters.as_str()),
            Cut::Last | Cut::Rest => all.strip_suffix(candidate.letters.as_str()),
        };
        rest.map(str::to_owned)
    }

    fn of_heading(&self, candidate: &Candidate, out: &mut Vec<(&'static str, i32)>) {
        let heading = candidate.headings.first().and_then(|at| self.headings.get(*at));
        out.push(("heading_level", heading.map_or(-1, |heading| i32::from(heading.level))));
        out.push(("heading_rank", heading.map_or(-1, |heading| small(heading.rank, 9))));
        out.push(("heading_at", heading.map_or(-1, |heading| small(heading.at, 300))));
        let region = heading.and_then(|heading| self.page.regions.get(heading.block.region));
        let inside = |tag: Tag| region.map_or(-1, |region| i32::from(region.inside(tag)));
        let hinted = |hint: Hints| region.map_or(-1, |region| i32::from(region.inherited.any(hint)));
        out.push(("heading_main", inside(Tag::Main)));
        out.push(("heading_article", inside(Tag::Article)));
        out.push(("heading_header", inside(Tag::Header)));
        out.push(("heading_titled", hinted(Hints::TITLE)));
        out.push((
            "heading_away",
            hinted(Hints::MODAL.with(Hints::CONSENT).with(Hints::FOOTER).with(Hints::NAV)),
        ));
        out.push(("heading_promo", hinted(Hints::PROMO.with(Hints::BANNER).with(Hints::CARD))));
        out.push((
            "heading_links",
            heading.map_or(-1, |heading| {
                small(heading.block.link_chars * 100 / heading.block.chars.max(1), 100)
            }),
        ));
        out.push(("times", small(candidate.headings.len(), 9)));
    }

    fn of_text(&self, candidate: &Candidate, out: &mut Vec<(&'static str, i32)>) {
        let text = candidate.text.as_str();
        let capitals = text.chars().filter(|c| c.is_uppercase()).count();
        let cased = text.chars().filter(|c| c.is_alphabetic()).count();
        out.push(("words", small(candidate.words.len(), 40)));
        out.push(("chars", small(text.chars().count(), 300)));
        out.push(("capitals", small(capitals * 100 / cased.max(1), 100)));
        out.push((
            "site",
            i32::from(self.is_site(&candidate.letters)) + 2 * i32::from(self.in_site(candidate)),
        ));
        let named = self
            .sites
            .iter()
            .any(|site| site.chars().count() > 3 && candidate.letters.contains(site.as_str()));
        out.push(("names_site", i32::from(named)));
        let separated = SEPARATORS.iter().position(|separator| text.contains(separator));
        out.push(("separated", separated.map_or(-1, |at| small(at, 20))));
        out.push(("question", i32::from(text.ends_with(['?', '？']))));
        out.push(("stop", i32::from(text.ends_with(['.', '…', '!', ':']))));
        out.push(("slug_share", overlap(&candidate.words, &self.slug)));
        out.push(("share_of_slug", overlap(&self.slug, &candidate.words)));
        let longest = self.all.iter().map(|other| other.words.len()).max().unwrap_or(0);
        out.push(("of_longest", small(candidate.words.len() * 100 / longest.max(1), 100)));
    }

    fn of_page(&self, out: &mut Vec<(&'static str, i32)>) {
        let count = |level: u8| self.headings.iter().filter(|heading| heading.level == level).count();
        let og = self.page.head.meta(&["og:type"]).unwrap_or_default().to_ascii_lowercase();
        out.push(("first_headings", small(count(1), 9)));
        out.push(("second_headings", small(count(2), 9)));
        out.push(("segments", small(self.segments, 9)));
        out.push(("slug_words", small(self.slug.len(), 20)));
        out.push(("ld_article", i32::from(self.data.is_article)));
        out.push(("og_article", i32::from(og.contains("article"))));
        out.push(("candidates", small(self.all.len(), 60)));
    }

    /// Whether letters are no more than a name of the site.
    fn is_site(&self, plain: &str) -> bool {
        !plain.is_empty()
            && self.sites.iter().any(|site| {
                let bare = site.trim_start_matches("www");
                bare == plain
                    || (plain.chars().count() > 2 && bare.starts_with(plain) && bare.len() <= plain.len() + 8)
            })
    }

    /// `Night Ferry Forums` at `forums.nightferry.example`.
    fn in_site(&self, candidate: &Candidate) -> bool {
        let words: Vec<&String> = candidate.words.iter().filter(|word| word.chars().count() > 1).collect();
        let total: usize = words.iter().map(|word| word.len()).sum();
        total > 3
            && self.sites.iter().any(|site| {
                words.iter().all(|word| site.contains(word.as_str())) && site.len() < total * 2 + 8
            })
    }
}

/// The headings that may be the page's own: first levels first.
fn headings(page: &Page) -> Vec<Heading<'_>> {
    let mut out = Vec::new();
    for level in 1..=3 {
        let of_level = page
            .blocks
            .iter()
            .enumerate()
            .filter(|(_, block)| matches!(block.kind, BlockKind::Heading { level: own } if own == level));
        let most = if level == 3 { 2 } else { MOST_HEADINGS };
        let seen = of_level.filter(|(_, block)| {
            block.chars <= LONGEST
                && page.regions.get(block.region).is_some_and(|region| !region.inherited.any(Hints::HIDDEN))
        });
        out.extend(seen.take(most).enumerate().map(|(rank, (at, block))| Heading { block, at, level, rank }));
    }
    out
}

/// Cuts the permalink signs off that some generators append to headings.
fn trim_marks(heading: &str) -> String {
    heading.trim_end_matches(['¶', '#', '§', ' ']).to_owned()
}

/// Words in lower case.
fn words(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(letters).collect()
}

/// Percentage of the words of one list that another has.
fn overlap(own: &[String], other: &[String]) -> i32 {
    let other: HashSet<&String> = other.iter().collect();
    small(own.iter().filter(|word| other.contains(word)).count() * 100 / own.len().max(1), 100)
}

/// How a candidate relates to another title: 0 if there is none, 1 to 101 by shared words, 200 if equal, 300 if part of
/// it, 400 if it is part of the candidate.
fn relation(candidate: &Candidate, other: Option<&(String, Vec<String>)>) -> i32 {
    match other {
        None => 0,
        Some((plain, _)) if *plain == candidate.letters => 200,
        Some((plain, _)) if plain.contains(&candidate.letters) => 300,
        Some((plain, _)) if candidate.letters.contains(plain.as_str()) => 400,
        Some((_, words)) => 1 + overlap(&candidate.words, words),
    }
}

fn small(value: usize, most: i32) -> i32 {
    i32::try_from(value).unwrap_or(most).min(most)
}
