//! The whole way from bytes to an [`Extraction`].

use crate::charset::Charset;
use crate::explain::{Paths, QUOTED_CHARS, Verdict};
use crate::features::Context;
use crate::meta::{authors, dates, jsonld, language, scripts, subtitle, title};
use crate::page::{Page, RawBlock};
use crate::params::{Budget, Cut};
use crate::phrases::Categories;
use crate::score::{self, Judgement};
use crate::statement::{Block, BlockKind, Extraction, Link, PageKind, Section, Statement};
use crate::text::{clean, first_words, prefix};
use crate::walk::walk;
use crate::{ExtractError, Input, Params, budget, charset, sections, signatories};
use scraper::Html;
use std::borrow::Cow;
use url::Url;

/// A page taken apart, with everything that judging its blocks needs.
pub(crate) struct Prepared<'a> {
    pub(crate) html: &'a Html,
    pub(crate) page: &'a Page,
    pub(crate) data: &'a jsonld::JsonLd,
    pub(crate) title: Option<String>,
    pub(crate) phrases: &'a [Categories],
    pub(crate) context: Context<'a>,
    /// What scripts that are no JSON-LD say.
    pub(crate) scripts: scripts::Found,
    pub(crate) url: Option<&'a Url>,
}

/// The body as characters, and how it became them.
struct Decoded<'a> {
    text: Cow<'a, str>,
    charset: Charset,
    media_type: &'static str,
    cuts: Vec<Cut>,
}

/// Reads a page as a statement.
///
/// # Errors
///
/// If the bytes are empty or are no web page. Everything else yields an extraction, with what is missing left out.
pub fn extract(input: &Input<'_>, params: &Params) -> Result<Extraction, ExtractError> {
    let Decoded { text, charset, media_type, mut cuts } = decode(input, params)?;
    let (statement, trace) = if media_type == "text/plain" {
        (plain_text(&text, params, &mut cuts), Vec::new())
    } else {
        with_page(text, input.url, params, &mut cuts, |prepared, cuts| {
            read_page(&prepared, input.url, params, cuts)
        })
    };
    Ok(Extraction { statement, charset, cuts, trace })
}

/// Takes a page apart and hands it to `read` before any judgement.
pub(crate) fn prepared<T>(
    input: &Input<'_>,
    params: &Params,
    read: impl FnOnce(Prepared<'_>) -> T,
) -> Result<T, ExtractError> {
    let Decoded { text, mut cuts, .. } = decode(input, params)?;
    Ok(with_page(text, input.url, params, &mut cuts, |prepared, _| read(prepared)))
}

fn decode<'a>(input: &Input<'a>, params: &Params) -> Result<Decoded<'a>, ExtractError> {
    let media_type = check_type(input)?;
    let limit = usize::try_from(params.max_input_bytes).unwrap_or(usize::MAX);
    let bytes = input.bytes.get(..limit).unwrap_or(input.bytes);
    let tld = input.url.and_then(|url| url.host_str()).and_then(|host| host.rsplit('.').next());
    let (encoding, charset) = charset::choose(bytes, input.content_type, tld);
    let (text, _) = encoding.decode_with_bom_removal(bytes);
    let mut cuts = Vec::new();
    if bytes.len() < input.bytes.len() {
        let left_out = (input.bytes.len() - bytes.len()) as u64;
        cuts.push(Cut { budget: Budget::InputBytes, limit: params.max_input_bytes, left_out });
    }
    Ok(Decoded { text, charset, media_type, cuts })
}

fn with_page<T>(
    text: Cow<'_, str>,
    url: Option<&Url>,
    params: &Params,
    cuts: &mut Vec<Cut>,
    read: impl FnOnce(Prepared<'_>, &mut Vec<Cut>) -> T,
) -> T {
    let scripts = scripts::find(&text);
    let (html, parse_cuts) = budget::parse(&text, params);
    drop(text);
    cuts.extend(parse_cuts);
    let page = walk(&html, params.max_blocks as usize);
    if page.blocks_left_out > 0 {
        cuts.push(Cut {
            budget: Budget::Blocks,
            limit: u64::from(params.max_blocks),
            left_out: page.blocks_left_out,
        });
    }
    let data = jsonld::read(&page.head.json_ld);
    let title = title::find(&page, &data, url);
    let phrases = score::phrases_of(&page);
    let container = score::container(&page);
    let context = Context::new(&page, &phrases, &data, title.as_deref(), url, container);
    let prepared =
        Prepared { html: &html, page: &page, data: &data, title, phrases: &phrases, context, scripts, url };
    read(prepared, cuts)
}

/// The media type without parameters, if it is one that can be read.
fn check_type(input: &Input<'_>) -> Result<&'static str, ExtractError> {
    if input.bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(ExtractError::Empty);
    }
    if let Some(found) = binary_type(input.bytes) {
        return Err(ExtractError::NotHtml { media_type: found.to_owned() });
    }
    let declared = input
        .content_type
        .and_then(|value| value.split(';').next())
        .map(|value| value.trim().to_ascii_lowercase());
    match declared.as_deref() {
        Some("text/plain") => Ok("text/plain"),
        None
        | Some(
            ""
            | "text/html"
            | "application/xhtml+xml"
            | "application/xml"
            | "text/xml"
            | "application/octet-stream",
        ) => Ok("text/html"),
        Some(_) if looks_like_html(input.bytes) => Ok("text/html"),
        Some(other) => Err(ExtractError::NotHtml { media_type: other.to_owned() }),
    }
}

/// The type of common binary formats, by their first bytes.
fn binary_type(bytes: &[u8]) -> Option<&'static str> {
    const MAGIC: [(&[u8], &str); 9] = [
        (b"%PDF-", "application/pdf"),
        (b"PK\x03\x04", "application/zip"),
        (b"\x89PNG", "image/png"),
        (b"\xFF\xD8\xFF", "image/jpeg"),
        (b"GIF8", "image/gif"),
        (b"\x1F\x8B", "application/gzip"),
        (b"RIFF", "a RIFF container"),
        (b"\x7FELF", "an executable"),
        (b"\xD0\xCF\x11\xE0", "application/msword"),
    ];
    MAGIC.iter().find(|(magic, _)| bytes.starts_with(magic)).map(|(_, name)| *name)
}

fn looks_like_html(bytes: &[u8]) -> bool {
    let head = String::from_utf8_lossy(bytes.get(..1024).unwrap_or(bytes)).to_ascii_lowercase();
    head.contains("<!doctype html") || head.contains("<html") || head.contains("<head")
}

/// Plain text: paragraphs are what blank lines separate.
fn plain_text(text: &str, params: &Params, cuts: &mut Vec<Cut>) -> Statement {
    let limit = usize::try_from(params.max_text_bytes).unwrap_or(usize::MAX);
    let kept = prefix(text, limit);
    if kept.len() < text.len() {
        let left_out = (text.len() - kept.len()) as u64;
        cuts.push(Cut { budget: Budget::TextBytes, limit: params.max_text_bytes, left_out });
    }
    let normal = kept.replace("\r\n", "\n");
    let blocks: Vec<Block> = normal
        .split("\n\n")
        .map(|paragraph| {
            paragraph.lines().map(clean).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
        })
        .filter(|paragraph| !paragraph.is_empty())
        .take(params.max_blocks as usize)
        .map(|text| Block { kind: BlockKind::Paragraph, section: Section::Body, text, links: Vec::new() })
        .collect();
    let mut statement = Statement { blocks, ..Statement::default() };
    statement.language = language::decide(None, &statement.body_text());
    statement
}

/// The verdicts on a page's blocks, and what follows from them.
pub(crate) struct Judged {
    judgements: Vec<Judgement>,
    /// Which blocks make up the text.
    pub(crate) kept: Vec<bool>,
    /// The same with the lines that hold nothing but its date.
    pub(crate) in_text: Vec<bool>,
    /// The block of the headline.
    pub(crate) title_at: Option<usize>,
}

pub(crate) fn judged(prepared: &Prepared<'_>) -> Judged {
    let Prepared { page, data, title, phrases, context, .. } = prepared;
    let mut judgements = score::judge(page, phrases, context, data.is_article);
    let title_at = drop_title(page, title.as_deref(), &mut judgements);
    let datelines = take_datelines(page, phrases, &mut judgements);
    let kept: Vec<bool> = judgements.iter().map(|judgement| judgement.kept).collect();
    let in_text = kept.iter().zip(datelines).map(|(kept, dateline)| *kept || dateline).collect();
    Judged { judgements, kept, in_text, title_at }
}

fn read_page(
    prepared: &Prepared<'_>,
    url: Option<&Url>,
    params: &Params,
    cuts: &mut Vec<Cut>,
) -> (Statement, Vec<Verdict>) {
    let Prepared { html, page, data, title, .. } = prepared;
    let title = title.clone();
    let judged = judged(prepared);
    let Judged { judgements, kept, .. } = &judged;
    let dates = dates::find(prepared, &judged);
    let base = base_url(page, url);
    let mut blocks = blocks(page, kept, base.as_ref());
    sections::assign(&mut blocks);
    let authors = authors::find(prepared, &judged);
    let subtitle = subtitle::find(prepared, &judged);
    let claims: Vec<&str> = authors
        .iter()
        .map(String::as_str)
        .chain(title.as_deref())
        .chain(blocks.iter().take(6).map(|b| b.text.as_str()))
        .collect();
    let (signatories, cut) = {
        let claims: Vec<String> = claims.into_iter().map(str::to_owned).collect();
        let claims: Vec<&str> = claims.iter().map(String::as_str).collect();
        signatories::read(&mut blocks, &claims, params.max_signatories as usize)
    };
    cuts.extend(cut);
    let mut statement = Statement {
        title,
        subtitle,
        authors,
        organisation: organisation(page, data),
        published: dates.published,
        modified: dates.modified,
        main_date: dates.main,
        language: None,
        canonical_url: page.head.canonical.as_deref().and_then(|href| absolute(href, base.as_ref())),
        page_kind: PageKind::Article,
        page_kind_confidence: 50,
        partial: data.paywalled,
        blocks,
        signatories,
    };
    if statement.blocks.is_empty() {
        statement.page_kind = PageKind::Empty;
    }
    let declared = page
        .head
        .language
        .as_deref()
        .or(data.language.as_deref())
        .or_else(|| page.head.meta(&["content-language", "og:locale"]));
    statement.language = language::decide(declared, &statement.body_text());
    (statement, trace(html, page, judgements))
}

/// Takes the headline out of the text, where it stands as the statement's title; returns its block.
fn drop_title(page: &Page, title: Option<&str>, judgements: &mut [Judgement]) -> Option<usize> {
    let wanted = title::letters(title?);
    let first_kept = judgements.iter().position(|judgement| judgement.kept).unwrap_or(0);
    let mut at = None;
    for (index, (block, judgement)) in page.blocks.iter().zip(judgements.iter_mut()).enumerate() {
        if title::letters(&block.text) != wanted {
            continue;
        }
        let heading = matches!(block.kind, BlockKind::Heading { .. });
        if at.is_none() && heading {
            at = Some(index);
        }
        if judgement.kept && (heading || index <= first_kept + 2) {
            *judgement = Judgement { kept: false, rule: "title", score: judgement.score };
        }
    }
    at
}

/// How many blocks a line with the date may stand behind the text that it belongs to.
const DATELINE_REACH: usize = 3;

/// A line that holds nothing but a label and the date, in the text or right behind it, becomes the date: by its form,
/// because its score alone cannot tell it from the small print around it. Says which lines they are.
fn take_datelines(page: &Page, phrases: &[Categories], judgements: &mut [Judgement]) -> Vec<bool> {
    use crate::meta::date_text;
    use crate::phrases::Category;
    let mut last_kept: Option<usize> = None;
    let mut datelines = vec![false; judgements.len()];
    for (index, ((block, found), judgement)) in
        page.blocks.iter().zip(phrases).zip(judgements.iter_mut()).enumerate()
    {
        let labelled = found.has(Category::Published) || found.has(Category::Modified);
        let near = last_kept.is_some_and(|last| index - last <= DATELINE_REACH);
        let possible = judgement.kept || (judgement.rule == "score" && near);
        if possible && labelled && block.chars < 40 && date_text::find(&block.text, false).is_some() {
            *judgement = Judgement { kept: false, rule: "dateline", score: judgement.score };
            if let Some(dateline) = datelines.get_mut(index) {
                *dateline = true;
            }
        } else if judgement.kept {
            last_kept = Some(index);
        }
    }
    datelines
}

fn organisation(page: &Page, data: &jsonld::JsonLd) -> Option<String> {
    let named = page
        .head
        .meta(&["og:site_name", "citation_publisher", "dc.publisher", "application-name"])
        .map(clean);
    data.publisher.clone().or(named).filter(|name| !name.is_empty())
}

fn base_url(page: &Page, url: Option<&Url>) -> Option<Url> {
    match (&page.head.base, url) {
        (Some(base), Some(url)) => url.join(base).ok(),
        (Some(base), None) => Url::parse(base).ok(),
        (None, url) => url.cloned(),
    }
}

/// An absolute address that a reader could follow; nothing for scripts and places on the page itself.
fn absolute(href: &str, base: Option<&Url>) -> Option<String> {
    let href = href.trim();
    if href.is_empty() || href.starts_with('#') {
        return None;
    }
    let url = base.map_or_else(|| Url::parse(href), |base| base.join(href)).ok()?;
    matches!(url.scheme(), "http" | "https" | "mailto" | "tel" | "ftp").then(|| url.to_string())
}

/// The kept blocks, rows of one table joined.
fn blocks(page: &Page, kept: &[bool], base: Option<&Url>) -> Vec<Block> {
    let mut out: Vec<Block> = Vec::new();
    let mut table = None;
    for (raw, _) in page.blocks.iter().zip(kept).filter(|(_, kept)| **kept) {
        let table_here = (raw.kind == BlockKind::Table).then(|| table_of(page, raw));
        if let (Some(here), Some(previous)) = (table_here, table)
            && here == previous
            && let Some(last) = out.last_mut()
        {
            last.text.push('\n');
            last.text.push_str(&raw.text.replace('\n', " "));
            last.links.extend(links(raw, base));
            continue;
        }
        table = table_here;
        out.push(Block {
            kind: raw.kind.clone(),
            section: Section::Body,
            text: raw.text.clone(),
            links: links(raw, base),
        });
    }
    out
}

/// The outermost table region around a row.
fn table_of(page: &Page, block: &RawBlock) -> usize {
    let mut at = block.region;
    while let Some(region) = page.regions.get(at) {
        let above = page.regions.get(region.parent);
        if at == 0
            || !above.is_some_and(|above| matches!(above.tag, crate::tag::Tag::Table | crate::tag::Tag::Row))
        {
            break;
        }
        at = region.parent;
    }
    at
}

fn links(raw: &RawBlock, base: Option<&Url>) -> Vec<Link> {
    raw.links
        .iter()
        .filter_map(|link| Some(Link { text: clean(&link.text), href: absolute(&link.href, base)? }))
        .collect()
}

fn trace(html: &Html, page: &Page, judgements: &[Judgement]) -> Vec<Verdict> {
    let mut paths = Paths::new(html, page);
    page.blocks
        .iter()
        .zip(judgements)
        .map(|(block, judgement)| Verdict {
            path: paths.of(block.region),
            kept: judgement.kept,
            rule: judgement.rule.to_owned(),
            score: judgement.score,
            chars: u32::try_from(block.chars).unwrap_or(u32::MAX),
            words: first_words(&block.text, QUOTED_CHARS),
        })
        .collect()
}
