//! What is known about a page as a whole, as small integers: the evidence that the learned model of page kinds weighs.
//!
//! The order is that of [`of`]; `data/model-kind.txt` is only valid together with it.

use super::Evidence;
use super::facts::Facts;
use crate::hints::Hints;
use crate::phrases::Category;
use crate::statement::BlockKind;
use crate::tag::Tag;
use std::collections::HashMap;
use url::Url;

/// Words in an address that name a sort of page, on any site.
const ADDRESS_WORDS: [(&str, &[&str]); 7] = [
    (
        "url_forum",
        &[
            "forum",
            "forums",
            "thread",
            "threads",
            "topic",
            "topics",
            "discussion",
            "discussions",
            "viewtopic",
            "showthread",
            "questions",
            "question",
            "comments",
            "community",
            "boards",
            "board",
            "answers",
            "t",
            "r",
            "discuss",
            "ask",
            "talk",
        ],
    ),
    (
        "url_product",
        &[
            "product", "products", "produkt", "produit", "producto", "item", "dp", "ip", "p", "buy", "sku",
            "itm", "pd", "prod",
        ],
    ),
    (
        "url_docs",
        &[
            "docs",
            "doc",
            "documentation",
            "reference",
            "api",
            "manual",
            "guide",
            "guides",
            "man",
            "wiki",
            "help",
            "developer",
            "developers",
            "learn",
            "tutorial",
            "tutorials",
            "sdk",
            "library",
            "howto",
            "handbook",
            "dev",
            "support",
        ],
    ),
    (
        "url_listing",
        &[
            "category",
            "categories",
            "tag",
            "tags",
            "archive",
            "archives",
            "search",
            "browse",
            "page",
            "c",
            "author",
            "topics",
            "latest",
            "all",
            "list",
            "jobs",
            "events",
            "directory",
            "results",
        ],
    ),
    (
        "url_collection",
        &[
            "collection",
            "collections",
            "shop",
            "store",
            "catalog",
            "catalogue",
            "cat",
            "sale",
            "plp",
            "women",
            "men",
        ],
    ),
    (
        "url_article",
        &[
            "blog",
            "blogs",
            "news",
            "article",
            "articles",
            "post",
            "posts",
            "story",
            "stories",
            "press",
            "statement",
            "statements",
            "opinion",
            "releases",
            "politics",
            "world",
            "media",
            "insights",
        ],
    ),
    (
        "url_service",
        &[
            "service",
            "services",
            "solutions",
            "solution",
            "about",
            "pricing",
            "features",
            "platform",
            "products",
            "product",
            "consulting",
            "company",
            "industries",
            "software",
            "what-we-do",
        ],
    ),
];

/// Types of structured data that name a sort of page.
const TYPES: [(&str, &[&str]); 8] = [
    (
        "type_article",
        &["article", "newsarticle", "blogposting", "report", "reportagenewsarticle", "opinionnewsarticle"],
    ),
    ("type_product", &["product", "productgroup", "offer", "aggregateoffer"]),
    ("type_listing", &["itemlist", "collectionpage", "searchresultspage", "offercatalog", "blog"]),
    ("type_forum", &["discussionforumposting", "qapage", "question", "answer", "comment"]),
    ("type_docs", &["techarticle", "apireference", "howto"]),
    (
        "type_service",
        &[
            "service",
            "localbusiness",
            "professionalservice",
            "softwareapplication",
            "faqpage",
            "webapplication",
        ],
    ),
    ("type_page", &["webpage", "aboutpage"]),
    ("type_breadcrumb", &["breadcrumblist"]),
];

/// Programs that make one sort of page, by what they write into `generator`.
const GENERATORS: [(&str, &[&str]); 3] = [
    (
        "made_by_forum",
        &[
            "discourse",
            "vbulletin",
            "phpbb",
            "xenforo",
            "mybb",
            "invision",
            "vanilla",
            "smf",
            "flarum",
            "question2answer",
        ],
    ),
    (
        "made_by_docs",
        &[
            "docusaurus",
            "sphinx",
            "mkdocs",
            "gitbook",
            "doxygen",
            "vitepress",
            "hugo",
            "antora",
            "jekyll",
            "javadoc",
            "mediawiki",
        ],
    ),
    ("made_by_shop", &["shopify", "woocommerce", "magento", "prestashop", "opencart", "bigcommerce"]),
];

/// Labels that begin the host names of a sort of site.
const HOSTS: [(&str, &[&str]); 4] = [
    (
        "host_forum",
        &["forum", "forums", "community", "communities", "discuss", "answers", "discourse", "boards", "talk"],
    ),
    (
        "host_docs",
        &[
            "docs",
            "doc",
            "documentation",
            "developer",
            "developers",
            "dev",
            "learn",
            "help",
            "support",
            "api",
            "wiki",
        ],
    ),
    ("host_news", &["blog", "blogs", "news", "press"]),
    ("host_shop", &["shop", "store"]),
];

/// Collects the values, with their names.
#[derive(Default)]
struct Row {
    values: Vec<i32>,
    names: Vec<&'static str>,
}

impl Row {
    fn push(&mut self, name: &'static str, value: i32) {
        self.values.push(value);
        self.names.push(name);
    }

    fn count(&mut self, name: &'static str, count: usize, most: i32) {
        self.push(name, i32::try_from(count).unwrap_or(most).min(most));
    }

    fn share(&mut self, name: &'static str, part: usize, whole: usize) {
        let share = part.saturating_mul(100).checked_div(whole).unwrap_or(0);
        self.count(name, share, 200);
    }

    fn flag(&mut self, name: &'static str, set: bool) {
        self.push(name, i32::from(set));
    }
}

/// The features of a page, and their names.
pub(super) fn of(evidence: &Evidence<'_>, facts: &Facts) -> (Vec<i32>, Vec<&'static str>) {
    let mut row = Row::default();
    let sums = Sums::new(evidence);
    blocks(evidence, &sums, &mut row);
    kept(evidence, &mut row);
    families(evidence, &sums, &mut row);
    places(evidence, &sums, &mut row);
    fields(evidence, facts, &mut row);
    address(evidence.url, &mut row);
    vocabulary(evidence, facts, &mut row);
    (row.values, row.names)
}

/// Running sums over the blocks; the first is zero.
struct Sums {
    chars: Vec<usize>,
    links: Vec<usize>,
}

impl Sums {
    fn new(evidence: &Evidence<'_>) -> Self {
        let (mut chars, mut links) = (vec![0], vec![0]);
        let (mut all, mut linked) = (0_usize, 0_usize);
        for block in &evidence.page.blocks {
            all = all.saturating_add(block.chars);
            linked = linked.saturating_add(block.link_chars);
            chars.push(all);
            links.push(linked);
        }
        Self { chars, links }
    }

    fn between(sums: &[usize], first: usize, end: usize) -> usize {
        let at = |index: usize| sums.get(index).copied().unwrap_or(0);
        at(end).saturating_sub(at(first))
    }

    fn all(&self) -> usize {
        self.chars.last().copied().unwrap_or(0)
    }
}

fn blocks(evidence: &Evidence<'_>, sums: &Sums, row: &mut Row) {
    let blocks = &evidence.page.blocks;
    let all = sums.all();
    row.count("blocks", blocks.len(), 3_000);
    row.count("chars", all, 30_000);
    row.share("link_share", sums.links.last().copied().unwrap_or(0), all);
    let count = |wanted: &dyn Fn(&crate::page::RawBlock) -> bool| blocks.iter().filter(|b| wanted(b)).count();
    row.count("prose_60", count(&|b| b.chars >= 60 && b.link_chars * 4 < b.chars), 300);
    row.count("prose_200", count(&|b| b.chars >= 200 && b.link_chars * 4 < b.chars), 150);
    row.count("all_link", count(&|b| b.link_chars * 10 >= b.chars * 9), 1_000);
    row.count("long_links", count(&|b| b.link_chars * 10 >= b.chars * 9 && b.chars >= 30), 300);
    row.count("labels", count(&|b| b.chars < 25), 1_000);
    for (name, level) in [("h1", 1), ("h2", 2), ("h3", 3)] {
        row.count(name, count(&|b| matches!(b.kind, BlockKind::Heading { level: l } if l == level)), 100);
    }
    let linked_heading =
        |b: &crate::page::RawBlock| matches!(b.kind, BlockKind::Heading { .. }) && b.link_chars * 2 > b.chars;
    row.count("linked_headings", count(&linked_heading), 200);
    row.count("preformatted", count(&|b| b.kind == BlockKind::Preformatted), 60);
    row.count("table_rows", count(&|b| b.kind == BlockKind::Table), 200);
    row.count("prices", count(&|b| b.chars < 80 && has_price(&b.text)), 200);
    row.count("questions", count(&|b| b.text.trim_end().ends_with(['?', '？', '؟'])), 60);
    row.count("dates", evidence.page.marks.len(), 300);
}

fn kept(evidence: &Evidence<'_>, row: &mut Row) {
    let kept =
        || evidence.page.blocks.iter().zip(evidence.kept).filter(|(_, kept)| **kept).map(|(block, _)| block);
    let chars: usize = kept().map(|b| b.chars).sum();
    let links: usize = kept().map(|b| b.link_chars).sum();
    let all: usize = evidence.page.blocks.iter().map(|b| b.chars).sum();
    row.count("kept", kept().count(), 1_000);
    row.count("kept_chars", chars, 20_000);
    row.share("kept_share", chars, all);
    row.share("kept_links", links, chars);
    let long: usize = kept().map(|b| b.chars).filter(|chars| *chars >= 150).sum();
    row.share("kept_long", long, chars);
    row.count("kept_mean", chars.checked_div(kept().count()).unwrap_or(0), 2_000);
    row.count("kept_headings", kept().filter(|b| matches!(b.kind, BlockKind::Heading { .. })).count(), 100);
    row.count("kept_items", kept().filter(|b| matches!(b.kind, BlockKind::ListItem { .. })).count(), 200);
    row.count("kept_code", kept().filter(|b| b.kind == BlockKind::Preformatted).count(), 60);
    let first = evidence.page.blocks.iter().zip(evidence.kept).position(|(b, kept)| *kept && b.chars >= 150);
    row.count("first_long", first.unwrap_or(2_000), 2_000);
    row.flag("has_date", evidence.published);
    row.count("authors", evidence.authors, 10);
    row.count("signatories", evidence.signatories, 100);
}

/// Elements that are alike below one parent: the cards of a listing, the posts of a thread.
fn families(evidence: &Evidence<'_>, sums: &Sums, row: &mut Row) {
    // Members, characters and link characters; only the values are compared, so that the map's order does not matter.
    let mut families: HashMap<(usize, u32), (usize, usize, usize)> = HashMap::new();
    for region in &evidence.page.regions {
        let chars = Sums::between(&sums.chars, region.first, region.end);
        if chars < 15 || matches!(region.tag, Tag::P | Tag::Heading | Tag::Cell) {
            continue;
        }
        let family = families.entry((region.parent, region.signature)).or_default();
        family.0 += 1;
        family.1 += chars;
        family.2 += Sums::between(&sums.links, region.first, region.end);
    }
    let all = sums.all();
    let large = || families.values().filter(|family| family.0 >= 3);
    row.count("family_count", large().map(|f| f.0).max().unwrap_or(0), 300);
    row.count("families", large().count(), 300);
    let widest =
        large().copied().map(|(count, chars, links)| (chars, count, links)).max().unwrap_or_default();
    row.count("widest_count", widest.1, 300);
    row.share("widest_share", widest.0, all);
    row.share("widest_links", widest.2, widest.0);
    row.count("widest_mean", widest.0.checked_div(widest.1).unwrap_or(0), 3_000);
}

/// How much of the page stands in parts that are named for a purpose, and what their labels say.
fn places(evidence: &Evidence<'_>, sums: &Sums, row: &mut Row) {
    const HINTS: usize = Hints::ALL.len();
    let (mut counts, mut chars) = ([0_usize; HINTS], [0_usize; HINTS]);
    for region in &evidence.page.regions {
        add(&mut counts, region.hints, 1);
    }
    for block in &evidence.page.blocks {
        if let Some(region) = evidence.page.regions.get(block.region) {
            add(&mut chars, region.inherited.with(block.inline), block.chars);
        }
    }
    for ((_, name), (count, chars)) in Hints::ALL.iter().zip(counts.into_iter().zip(chars)) {
        row.count(name, count, 100);
        row.share(name, chars, sums.all());
    }
    let tags = |tag: Tag| evidence.page.regions.iter().filter(|region| region.tag == tag).count();
    for (name, tag, most) in [
        ("tag_article", Tag::Article, 60),
        ("tag_main", Tag::Main, 3),
        ("tag_table", Tag::Table, 60),
        ("tag_p", Tag::P, 300),
        ("tag_li", Tag::Li, 600),
        ("tag_figure", Tag::Figure, 60),
        ("tag_section", Tag::Section, 60),
        ("tag_quote", Tag::Quote, 40),
        ("tag_dl", Tag::Definition, 100),
        ("tag_details", Tag::Details, 40),
        ("tag_aside", Tag::Aside, 20),
    ] {
        row.count(name, tags(tag), most);
    }
    for (category, name) in Category::ALL {
        row.count(name, evidence.phrases.iter().filter(|found| found.has(category)).count(), 60);
    }
}

fn add<const N: usize>(totals: &mut [usize; N], hints: Hints, amount: usize) {
    if hints == Hints::NONE {
        return;
    }
    for (total, (hint, _)) in totals.iter_mut().zip(Hints::ALL) {
        if hints.any(*hint) {
            *total = total.saturating_add(amount);
        }
    }
}

fn fields(evidence: &Evidence<'_>, facts: &Facts, row: &mut Row) {
    row.count("passwords", facts.passwords + facts.side_passwords, 5);
    row.count("emails", facts.emails, 10);
    row.count("text_fields", facts.text_fields, 40);
    row.count("checkboxes", facts.checkboxes, 100);
    row.count("forms", facts.forms, 60);
    row.count("buttons", facts.buttons, 200);
    row.count("selects", facts.selects, 20);
    row.count("textareas", facts.textareas, 10);
    row.count("images", facts.images, 300);
    row.count("videos", facts.media, 60);
    row.count("code", facts.code, 300);
    row.count("times", facts.times, 200);
    let title = evidence.page.head.title.as_deref().unwrap_or_default();
    row.count("title_chars", title.chars().count(), 200);
    row.count("title_in_text", evidence.title_at.map_or(2_000, |at| at.min(1_999)), 2_000);
}

fn address(url: Option<&Url>, row: &mut Row) {
    let path = url.map(|url| url.path().to_ascii_lowercase()).unwrap_or_default();
    let segments: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let last = segments.last().copied().unwrap_or_default();
    row.count("url_segments", segments.len(), 12);
    row.count("url_last", last.len(), 120);
    row.count("url_hyphens", last.matches(['-', '_', '+']).count(), 20);
    row.count("url_digits", path.bytes().filter(u8::is_ascii_digit).count(), 40);
    row.flag("url_query", url.is_some_and(|url| url.query().is_some()));
    row.flag("url_html", last.contains(".htm") || last.contains(".php") || last.contains(".asp"));
    let is_year = |part: &&str| part.len() == 4 && (part.starts_with("19") || part.starts_with("20"));
    row.flag(
        "url_year",
        segments.iter().filter(|part| part.bytes().all(|b| b.is_ascii_digit())).any(is_year),
    );
    for (name, words) in ADDRESS_WORDS {
        let position = segments.iter().position(|part| {
            let stem = part.split('.').next().unwrap_or(part);
            words.contains(&stem)
        });
        row.push(
            name,
            match position {
                None => 0,
                Some(at) if at + 1 == segments.len() => 1,
                Some(0) => 3,
                Some(_) => 2,
            },
        );
    }
    let host = url.and_then(Url::host_str).unwrap_or_default().to_ascii_lowercase();
    for (name, words) in HOSTS {
        row.flag(name, host.split('.').any(|label| words.contains(&label)));
    }
}

fn vocabulary(evidence: &Evidence<'_>, facts: &Facts, row: &mut Row) {
    for (name, types) in TYPES {
        row.flag(name, evidence.data.has_type(types));
    }
    for (name, types) in TYPES {
        row.count(name, facts.item_types.iter().filter(|found| types.contains(&found.as_str())).count(), 60);
    }
    row.flag("is_article", evidence.data.is_article);
    let meta = |names: &[&str]| evidence.page.head.meta(names).unwrap_or_default().to_ascii_lowercase();
    let og = meta(&["og:type"]);
    row.flag("og_article", og.contains("article"));
    row.flag("og_product", og.contains("product"));
    row.flag("og_website", og.contains("website"));
    let generator = meta(&["generator"]);
    for (name, words) in GENERATORS {
        row.flag(name, words.iter().any(|word| generator.contains(word)));
    }
    row.flag("published_meta", !meta(&["article:published_time", "datepublished", "date"]).is_empty());
    row.flag("price_meta", !meta(&["product:price:amount", "og:price:amount", "price"]).is_empty());
}

/// A sign of a currency next to a digit.
fn has_price(text: &str) -> bool {
    let sign = |c: char| matches!(c, '$' | '€' | '£' | '¥' | '₹' | '₽' | '₩' | '฿' | '៛' | '₫');
    let chars: Vec<char> = text.chars().filter(|c| !c.is_whitespace()).take(80).collect();
    chars.windows(2).any(|pair| match pair {
        [a, b] => (sign(*a) && b.is_ascii_digit()) || (a.is_ascii_digit() && sign(*b)),
        _ => false,
    })
}
