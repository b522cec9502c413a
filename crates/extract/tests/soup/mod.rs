//! A generator of tag soup, and the promises that any page has to leave intact. A page follows from its seed alone.

use vidimus_extract::{BlockKind, Extraction, Input, Params, explain};

/// A small generator of pseudo-random numbers (SplitMix64), so that a seed gives the same page everywhere.
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut value = self.0;
        value = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        value = (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        value ^ (value >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.roll() % limit.max(1) as u64).unwrap_or(0)
    }

    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of.get(self.below(of.len())).copied().unwrap_or_default()
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }
}

const TAGS: [&str; 78] = [
    "div",
    "p",
    "span",
    "a",
    "b",
    "i",
    "em",
    "strong",
    "ul",
    "ol",
    "li",
    "table",
    "tr",
    "td",
    "th",
    "tbody",
    "thead",
    "caption",
    "h1",
    "h2",
    "h3",
    "h4",
    "article",
    "main",
    "section",
    "header",
    "footer",
    "nav",
    "aside",
    "form",
    "button",
    "select",
    "option",
    "input",
    "textarea",
    "svg",
    "math",
    "foreignObject",
    "title",
    "template",
    "script",
    "style",
    "noscript",
    "iframe",
    "blockquote",
    "figure",
    "figcaption",
    "pre",
    "code",
    "br",
    "hr",
    "img",
    "time",
    "sup",
    "sub",
    "q",
    "wbr",
    "ruby",
    "rt",
    "rp",
    "dl",
    "dt",
    "dd",
    "details",
    "summary",
    "dialog",
    "address",
    "label",
    "font",
    "center",
    "frameset",
    "body",
    "html",
    "head",
    "meta",
    "base",
    "my-element",
    "plaintext",
];

const ATTRIBUTES: [&str; 44] = [
    "class=related-posts",
    "class='byline author'",
    "class=cookie-banner",
    "class=newsletter",
    "class=share",
    "class=comment",
    "class=post-content",
    "class=visually-hidden",
    "class=date",
    "class=breadcrumb",
    "class=pagination",
    "id=main",
    "id=comments",
    "role=navigation",
    "role=dialog",
    "aria-hidden=true",
    "aria-modal=true",
    "hidden",
    "style='display:none'",
    "rel=author",
    "itemprop=author",
    "itemprop=datePublished",
    "datetime=2024-02-30",
    "datetime=2024-05-04T10:00:00+07:00",
    "content=2024-05-04",
    "property=og:title",
    "property=article:published_time",
    "name=author",
    "name=description",
    "start=7",
    "start=-9223372036854775808",
    "reversed",
    "value=9223372036854775807",
    "value=3",
    "type=a",
    "type=I",
    "href=/x",
    "href='javascript:alert(1)'",
    "href='//['",
    "href='mailto:a@b.example'",
    "lang=km",
    "dir=rtl",
    "type=application/ld+json",
    "charset=utf-16",
];

const WORDS: [&str; 70] = [
    "Lake Union",
    "River League (RL)",
    "Tree Group, Laos",
    "and 43 others",
    "Signed by:",
    "This statement is endorsed by",
    "We, the undersigned 44 organisations,",
    "Signatories",
    "Notes to editors",
    "About us",
    "Contact:",
    "For more information contact",
    "By Anna Roe",
    "Published 4 May 2024",
    "Updated: 2024-05-05",
    "12/13/2024",
    "The union calls on the ministry to end its inquiry into the report at once.",
    "Release both surveyors;",
    "1. Lake Union",
    "2) River League",
    "៣. សហជីព",
    "(4) Tree",
    "Read more",
    "Related stories",
    "Subscribe to our newsletter",
    "We use cookies",
    "Skip to main content",
    "Share this",
    "Advertisement",
    "All rights reserved",
    "Home",
    "សហជីព\u{200B}ឯករាជ្យ",
    "គាំទ្រដោយ៖",
    "នៅ\u{200B}ថ្ងៃ\u{200B}ទី៤ ខែ\u{200B}ឧសភា ឆ្នាំ\u{200B}២០២៤",
    "ကျွန်ုပ်တို့",
    "ประกาศ",
    "我们呼吁、湖泊联盟（北京）",
    "署名団体：湖の連合",
    "호수연합 외 43개 단체",
    "الموقعون: اتحاد",
    "می\u{200C}خواهم",
    "e\u{301}te\u{301}",
    "\u{202E}abc\u{202C}",
    "\u{AD}soft\u{AD}hyphen",
    "👩\u{200D}🏭",
    "\u{FEFF}",
    "\u{E001}",
    "İSTANBUL",
    "ﬁ",
    "ǅ",
    "ß",
    "\0",
    "\u{2028}",
    "&amp;",
    "&nbsp;",
    "&#x202E;",
    "&#0;",
    "&#xD800;",
    "&notin",
    "&",
    "<",
    ">",
    "\"",
    "'",
    "A; B; C; and D",
    "A, B and C",
    "http://a.example/x",
    "press@river.example",
    "+855 12 000 001",
    "999999999999999999999",
];

/// The page of a seed.
pub fn page(seed: u64) -> Vec<u8> {
    let mut dice = Dice(seed);
    let mut out = String::new();
    if dice.chance(60) {
        out.push_str("<!DOCTYPE html><html lang=en><head><meta charset=utf-8><title>Stop the reprisals | River Watch</title></head><body>");
    }
    let pieces = if dice.chance(3) { 3000 } else { dice.below(160) };
    let mut open: Vec<&str> = Vec::new();
    for _ in 0..pieces {
        piece(&mut dice, &mut open, &mut out);
    }
    if dice.chance(50) {
        while let Some(tag) = open.pop() {
            out.push_str(&format!("</{tag}>"));
        }
    }
    let mut bytes = out.into_bytes();
    damage(&mut dice, &mut bytes);
    bytes
}

fn piece(dice: &mut Dice, open: &mut Vec<&'static str>, out: &mut String) {
    match dice.below(100) {
        0..=37 => start_tag(dice, open, out),
        38..=52 => {
            let tag = if dice.chance(70) { open.pop() } else { None };
            let tag = tag.unwrap_or_else(|| dice.one(&TAGS));
            out.push_str(&format!("</{tag}>"));
        }
        53..=88 => {
            for _ in 0..=dice.below(4) {
                out.push_str(dice.one(&WORDS));
                out.push_str(dice.one(&[" ", " ", "\n", ", ", "", "<br>"]));
            }
        }
        89 => out.push_str("<!-- <p> --!>"),
        90 => out.push_str("<![CDATA[x]]><?php echo 1 ?>"),
        91 => out.push_str("<script type=application/ld+json>{\"@type\":\"NewsArticle\",\"headline\":\"Stop\",\"datePublished\":\"2024-13-45\",\"author\":[[{\"name\":7}]]}</script>"),
        92 => list(dice, out),
        93 => table(dice, out),
        94 => out.push_str("<meta property=og:title content='Stop &amp; go'>"),
        _ => out.push_str(&format!("<p>{}</p>", dice.one(&WORDS))),
    }
}

fn start_tag(dice: &mut Dice, open: &mut Vec<&'static str>, out: &mut String) {
    // What swallows the rest of a page would leave little else to find.
    let mut tag = dice.one(&TAGS);
    if matches!(
        tag,
        "plaintext"
            | "script"
            | "style"
            | "textarea"
            | "title"
            | "noscript"
            | "iframe"
            | "template"
            | "frameset"
    ) && !dice.chance(8)
    {
        tag = "p";
    }
    out.push('<');
    out.push_str(tag);
    for _ in 0..dice.below(4) {
        out.push(' ');
        out.push_str(dice.one(&ATTRIBUTES));
    }
    out.push('>');
    open.push(tag);
}

fn list(dice: &mut Dice, out: &mut String) {
    let (tag, label) = (
        dice.one(&["ol", "ul", "ol reversed", "ol start=8"]),
        dice.one(&["<p>Signed by:</p>", "<h3>Signatories</h3>", ""]),
    );
    out.push_str(&format!("{label}<{tag}>"));
    for _ in 0..dice.below(12) {
        out.push_str(&format!("<li>{}", dice.one(&WORDS)));
    }
    out.push_str("</ol></ul>");
}

fn table(dice: &mut Dice, out: &mut String) {
    out.push_str("<table>");
    for _ in 0..dice.below(6) {
        out.push_str("<tr>");
        for _ in 0..dice.below(4) {
            out.push_str(&format!("<td>{}", dice.one(&WORDS)));
        }
    }
    out.push_str("</table>");
}

/// Cuts, repeats and changes bytes, as broken servers and hostile ones do.
fn damage(dice: &mut Dice, bytes: &mut Vec<u8>) {
    if dice.chance(15) {
        bytes.truncate(dice.below(bytes.len() + 1));
    }
    if dice.chance(15) {
        for _ in 0..dice.below(20) {
            let at = dice.below(bytes.len());
            let value = u8::try_from(dice.below(256)).unwrap_or(0);
            if let Some(byte) = bytes.get_mut(at) {
                *byte = value;
            }
        }
    }
    if dice.chance(5) {
        let at = dice.below(bytes.len());
        let tail = bytes.get(at..).unwrap_or_default().to_vec();
        bytes.extend(tail);
    }
}

/// What is wrong with the result of a page, if anything.
pub fn check(page: &[u8]) -> Result<(), String> {
    let params = Params::default();
    let input = Input { bytes: page, content_type: None, url: None };
    let Ok(first) = explain(&input, &params) else { return Ok(()) };
    if explain(&input, &params).as_ref() != Ok(&first) {
        return Err("a second reading gives another result".to_owned());
    }
    outputs(&first)?;
    within_budgets(&first, &params)?;
    signatories(&first)
}

fn outputs(extraction: &Extraction) -> Result<(), String> {
    let statement = &extraction.statement;
    let text = statement.to_text();
    let _ = statement.to_markdown();
    let json = serde_json::to_string(statement).map_err(|error| error.to_string())?;
    serde_json::from_str::<serde_json::Value>(&json).map_err(|error| error.to_string())?;
    if !unicode_normalization::is_nfc(&statement.body_text()) {
        return Err(format!("text is not in NFC: {text:?}"));
    }
    if let Some(bad) = text.chars().find(|c| c.is_control() && !matches!(c, '\n' | '\t')) {
        return Err(format!("text holds {bad:?}"));
    }
    Ok(())
}

fn within_budgets(extraction: &Extraction, params: &Params) -> Result<(), String> {
    let statement = &extraction.statement;
    let (kept, all) =
        (extraction.trace.iter().filter(|verdict| verdict.kept).count(), extraction.trace.len());
    if all > params.max_blocks as usize || statement.blocks.len() > kept {
        return Err(format!("{} blocks of {kept} kept of {all}", statement.blocks.len()));
    }
    if let Some(link) = statement
        .blocks
        .iter()
        .flat_map(|block| &block.links)
        .find(|link| link.href.starts_with("javascript:"))
    {
        return Err(format!("a link to {}", link.href));
    }
    // Preformatted text may begin with spaces and tabs; that is what it is for.
    let padded = statement.blocks.iter().any(|block| {
        let text = match block.kind {
            BlockKind::Preformatted => block.text.trim_end(),
            _ => block.text.trim(),
        };
        text != block.text
    });
    if padded { Err("a block with white space around it".to_owned()) } else { Ok(()) }
}

/// Names are taken from the text of their section, and counted right.
fn signatories(extraction: &Extraction) -> Result<(), String> {
    let Some(list) = &extraction.statement.signatories else { return Ok(()) };
    if list.count as usize != list.names.len() && extraction.cuts.is_empty() {
        return Err(format!("{} names, counted as {}", list.names.len(), list.count));
    }
    let text: String = extraction
        .statement
        .blocks
        .iter()
        .map(|block| format!("{}\n", block.text.replace('\n', " ")))
        .collect();
    match list.names.iter().find(|one| !text.contains(&one.name)) {
        Some(one) => Err(format!("{:?} is no part of the text", one.name)),
        None => Ok(()),
    }
}
