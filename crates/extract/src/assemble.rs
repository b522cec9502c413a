//! The whole way from bytes to an [`Extraction`].

use crate::budget::{self, Reader};
use crate::charset::Charset;
use crate::explain::{Paths, QUOTED_CHARS, Verdict};
use crate::features::Context;
use crate::kind;
use crate::meta::{authors, dates, jsonld, language, scripts, subtitle, title};
use crate::model::{BLOCKS, Forest};
use crate::page::{Page, RawBlock};
use crate::params::{Budget, Cut};
use crate::phrases::Categories;
use crate::score::{self, Judgement};
use crate::statement::{Block, BlockKind, Extraction, Link, PageKind, Section, Statement};
use crate::text::{clean, first_words, prefix};
use crate::walk::{MOST_METADATA, walk};
use crate::{ExtractError, Input, Params, charset, prescan, sections, signatories};
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
    extract_with(input, params, &BLOCKS, Explain::No)
}

/// Reads a page as [`extract`] does and says for every block why it was kept or dropped.
///
/// # Errors
///
/// As for [`extract`].
pub fn explain(input: &Input<'_>, params: &Params) -> Result<Extraction, ExtractError> {
    extract_with(input, params, &BLOCKS, Explain::Yes)
}

/// Whether anyone wants to know the reasons, which take time to write down.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Explain {
    Yes,
    No,
}

/// As [`extract`], with another block model than that of the program.
pub(crate) fn extract_with(
    input: &Input<'_>,
    params: &Params,
    model: &Forest,
    reasons: Explain,
) -> Result<Extraction, ExtractError> {
    let Decoded { text, charset, media_type, mut cuts } = decode(input, params)?;
    let (statement, kind_reasons, trace) = if media_type == "text/plain" {
        (plain_text(&text, params, &mut cuts), vec!["it is plain text".to_owned()], Vec::new())
    } else {
        with_page(text, input.url, params, &mut cuts, |prepared, cuts| {
            let (statement, why, judgements) = read_page(&prepared, input.url, params, model, cuts);
            let wanted = reasons == Explain::Yes;
            let trace = if wanted { trace(prepared.html, prepared.page, &judgements) } else { Vec::new() };
            (statement, why, trace)
        })
    };
    Ok(Extraction { statement, charset, cuts, kind_reasons, trace })
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
    let (html, page, parse_cuts) = parsed(&text, params);
    drop(text);
    cuts.extend(parse_cuts);
    if page.blocks_left_out > 0 {
        cuts.push(Cut {
            budget: Budget::Blocks,
            limit: u64::from(params.max_blocks),
            left_out: page.blocks_left_out,
        });
    }
    if page.metadata_left_out > 0 {
        cuts.push(Cut {
            budget: Budget::Metadata,
            limit: MOST_METADATA as u64,
            left_out: page.metadata_left_out,
        });
    }
    let data = jsonld::read(&page.head.json_ld);
    let title = title::find(&page, &data, url).map(bounded);
    let phrases = score::phrases_of(&page);
    let container = score::container(&page);
    let context = Context::new(&page, &phrases, &data, title.as_deref(), url, container);
    let prepared =
        Prepared { html: &html, page: &page, data: &data, title, phrases: &phrases, context, scripts, url };
    read(prepared, cuts)
}

/// Characters of text below which a page may hold its text for readers without scripts only.
const LITTLE_TEXT: usize = 600;

/// Bytes of such text from which it is worth a second reading.
const MUCH_FALLBACK: usize = 1500;

/// The tree of a page and what is on it, for readers without scripts if others get next to nothing.
fn parsed(text: &str, params: &Params) -> (Html, Page, Vec<Cut>) {
    let parse = |reader| {
        let (html, cuts) = budget::parse(text, params, reader);
        let page = walk(&html, params.max_blocks as usize);
        (html, page, cuts)
    };
    let chars = |page: &Page| page.blocks.iter().map(|block| block.chars).sum::<usize>();
    let first = parse(Reader::WithScripts);
    let shown = chars(&first.1);
    if shown >= LITTLE_TEXT || prescan::fallback_bytes(text) < MUCH_FALLBACK {
        return first;
    }
    let second = parse(Reader::WithoutScripts);
    if chars(&second.1) > shown * 2 { second } else { first }
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
    let mut blocks: Vec<Block> = normal
        .split("\n\n")
        .map(|paragraph| {
            paragraph.lines().map(clean).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
        })
        .filter(|paragraph| !paragraph.is_empty())
        .take(params.max_blocks as usize)
        .map(|text| Block { kind: BlockKind::Paragraph, section: Section::Body, text, links: Vec::new() })
        .collect();
    let nobody = signatories::Headlines { title: None, authors: &[] };
    let (signatories, cut) = signatories::read(&mut blocks, &nobody, params.max_signatories as usize);
    cuts.extend(cut);
    sections::assign(&mut blocks);
    let page_kind = if blocks.is_empty() { PageKind::Empty } else { PageKind::Article };
    let mut statement =
        Statement { blocks, signatories, page_kind, page_kind_confidence: 60, ..Statement::default() };
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

pub(crate) fn judged(prepared: &Prepared<'_>, model: &Forest) -> Judged {
    let Prepared { page, data, phrases, context, .. } = prepared;
    let mut judgements = score::judge(page, phrases, context, data.is_article, model);
    signatories::rescue(page, phrases, &mut judgements);
    let title_at = drop_title(page, context, &mut judgements);
    let datelines = take_datelines(page, phrases, &mut judgements);
    let kept: Vec<bool> = judgements.iter().map(|judgement| judgement.kept).collect();
    let in_text = kept.iter().zip(datelines).map(|(kept, dateline)| *kept || dateline).collect();
    Judged { judgements, kept, in_text, title_at }
}

fn read_page(
    prepared: &Prepared<'_>,
    url: Option<&Url>,
    params: &Params,
    model: &Forest,
    cuts: &mut Vec<Cut>,
) -> (Statement, Vec<String>, Vec<Judgement>) {
    let Prepared { html, page, data, title, phrases, context, .. } = prepared;
    let title = title.clone();
    let judged = judged(prepared, model);
    let kept = &judged.kept;
    let dates = dates::find(prepared, &judged);
    let base = base_url(page, url);
    let mut links = Links { base: base.as_ref(), bytes: 0, left_out: 0 };
    let mut blocks = blocks(page, kept, &mut links);
    cuts.extend(links.cut());
    let authors = authors::find(prepared, &judged);
    let subtitle = subtitle::find(prepared, &judged);
    let headlines = signatories::Headlines { title: title.as_deref(), authors: &authors };
    let (signatories, cut) = signatories::read(&mut blocks, &headlines, params.max_signatories as usize);
    sections::assign(&mut blocks);
    cuts.extend(cut);
    let decision = kind::decide(&kind::Evidence {
        html,
        page,
        phrases,
        data,
        url,
        title: title.as_deref(),
        title_at: context.title_at(),
        kept,
        published: dates.published.is_some(),
        authors: authors.len(),
        signatories: signatories.as_ref().map_or(0, |list| list.names.len()),
    });
    let mut statement = Statement {
        title,
        subtitle: subtitle.map(bounded),
        authors: authors.into_iter().take(MOST_AUTHORS).map(bounded).collect(),
        organisation: organisation(page, data).map(bounded),
        published: dates.published,
        modified: dates.modified,
        main_date: dates.main,
        language: None,
        canonical_url: page
            .head
            .canonical
            .as_deref()
            .filter(|href| href.len() <= LONGEST_ADDRESS)
            .and_then(|href| absolute(href, base.as_ref())),
        page_kind: decision.kind,
        page_kind_confidence: decision.confidence,
        partial: decision.partial,
        blocks,
        signatories,
    };
    let declared = page
        .head
        .language
        .as_deref()
        .or(data.language.as_deref())
        .or_else(|| page.head.meta(&["content-language", "og:locale"]))
        .filter(|tag| tag.len() <= LONGEST_TAG);
    statement.language = language::decide(declared, &statement.body_text());
    (statement, decision.reasons, judged.judgements)
}

/// Takes the headline out of the text, where it stands as the statement's title; returns its block.
fn drop_title(page: &Page, context: &Context<'_>, judgements: &mut [Judgement]) -> Option<usize> {
    let first_kept = judgements.iter().position(|judgement| judgement.kept).unwrap_or(0);
    let mut at = None;
    for (index, (block, judgement)) in page.blocks.iter().zip(judgements.iter_mut()).enumerate() {
        if !context.is_title(index) {
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

/// Bytes of a headline or name. What is longer is no headline, and its page is kept whole elsewhere.
const LONGEST_FIELD: usize = 2000;

/// Bytes of a language tag; the longest in use have 40.
const LONGEST_TAG: usize = 100;

/// Most authors of one page.
const MOST_AUTHORS: usize = 100;

/// A field cut where it would be a text rather than a line.
fn bounded(text: String) -> String {
    if text.len() <= LONGEST_FIELD { text } else { prefix(&text, LONGEST_FIELD).trim_end().to_owned() }
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
fn blocks(page: &Page, kept: &[bool], links: &mut Links<'_>) -> Vec<Block> {
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
            last.links.extend(links.of(raw));
            continue;
        }
        table = table_here;
        out.push(Block {
            kind: raw.kind.clone(),
            section: Section::Body,
            text: raw.text.clone(),
            links: links.of(raw),
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

/// Bytes of one address that is kept; browsers refuse much longer ones, and a long base would be in every link.
const LONGEST_ADDRESS: usize = 8192;

/// Bytes of all addresses in the text of a page.
const MOST_ADDRESS_BYTES: usize = 4 * 1024 * 1024;

/// The links of a text, within their budget.
struct Links<'a> {
    base: Option<&'a Url>,
    bytes: usize,
    left_out: u64,
}

impl Links<'_> {
    fn of(&mut self, raw: &RawBlock) -> Vec<Link> {
        raw.links.iter().filter_map(|link| self.resolve(link)).collect()
    }

    fn resolve(&mut self, link: &Link) -> Option<Link> {
        let base_bytes = self.base.map_or(0, |base| base.as_str().len());
        if link.href.len().saturating_add(base_bytes) > LONGEST_ADDRESS || self.bytes > MOST_ADDRESS_BYTES {
            self.left_out += 1;
            return None;
        }
        let href = absolute(&link.href, self.base)?;
        self.bytes += href.len();
        Some(Link { text: clean(&link.text), href })
    }

    fn cut(&self) -> Option<Cut> {
        (self.left_out > 0).then_some(Cut {
            budget: Budget::Links,
            limit: LONGEST_ADDRESS as u64,
            left_out: self.left_out,
        })
    }
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
