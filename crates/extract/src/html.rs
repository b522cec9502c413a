//! A statement as an HTML page of its own: nothing in it runs or is loaded, and whatever the page said is text.

use crate::statement::{Block, BlockKind, Link, Section, Statement};

/// Languages that are written from right to left.
const RIGHT_TO_LEFT: &[&str] =
    &["ar", "arc", "ckb", "dv", "fa", "he", "iw", "ks", "ps", "sd", "ug", "ur", "yi"];

/// Scripts written from right to left, for languages with several.
const RIGHT_TO_LEFT_SCRIPTS: &[&str] = &["arab", "hebr", "thaa", "nkoo", "syrc"];

const STYLE: &str = "body{max-width:42em;margin:2em auto;padding:0 1em;font:1.05em/1.6 serif;color:#1a1a1a;background:#fff}\
h1{line-height:1.25}header p,figcaption,.part{color:#555}ul.items{list-style:none;padding:0}\
.items .m{display:inline-block;min-width:2em}.d2{margin-inline-start:2em}.d3{margin-inline-start:4em}\
.d4{margin-inline-start:6em}table{border-collapse:collapse}td{border:1px solid #ccc;padding:.2em .6em;vertical-align:top}\
pre{white-space:pre-wrap}blockquote{border-inline-start:.2em solid #ccc;margin-inline:0;padding-inline-start:1em}\
.partial{border:1px solid #b58900;padding:.4em .8em}";

impl Statement {
    /// The statement as a whole HTML page, with its language and direction, links, and no scripts.
    pub fn to_html(&self) -> String {
        let title = self.title.as_deref().unwrap_or("(no title)");
        let language = self.language.as_deref().unwrap_or("und");
        let direction = if self.is_right_to_left() { "rtl" } else { "ltr" };
        let mut out = format!(
            "<!doctype html>\n<html lang=\"{}\" dir=\"{direction}\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
             <meta name=\"referrer\" content=\"no-referrer\">\n\
             <meta name=\"viewport\" content=\"width=device-width\">\n<title>{}</title>\n<style>{STYLE}</style>\n</head>\n\
             <body>\n<article>\n<header>\n<h1 dir=\"auto\">{}</h1>\n",
            escape(language),
            escape(title),
            escape(title)
        );
        self.push_header(&mut out);
        push_blocks(&mut out, &self.blocks);
        out.push_str("</article>\n</body>\n</html>\n");
        out
    }

    fn push_header(&self, out: &mut String) {
        if let Some(subtitle) = self.subtitle_apart() {
            out.push_str(&format!("<p dir=\"auto\"><em>{}</em></p>\n", escape(subtitle)));
        }
        let date = self.published.as_ref().map(|dated| format!("<time>{}</time>", dated.date));
        let authors = (!self.authors.is_empty()).then(|| escape(&self.authors.join("; ")));
        let organisation = self.organisation.as_deref().map(escape);
        let facts: Vec<String> = [authors, organisation, date].into_iter().flatten().collect();
        if !facts.is_empty() {
            out.push_str(&format!("<p>{}</p>\n", facts.join(" · ")));
        }
        if self.partial {
            out.push_str("<p class=\"partial\" lang=\"en\" dir=\"ltr\">Only the beginning of this text was shown.</p>\n");
        }
        out.push_str("</header>\n");
    }

    /// Whether the language of the text is written from right to left.
    pub fn is_right_to_left(&self) -> bool {
        let Some(language) = &self.language else { return false };
        let mut parts = language.split(['-', '_']).map(str::to_ascii_lowercase);
        let primary = parts.next().unwrap_or_default();
        let script = parts.find(|part| part.len() == 4);
        match script {
            Some(script) => RIGHT_TO_LEFT_SCRIPTS.contains(&script.as_str()),
            None => RIGHT_TO_LEFT.contains(&primary.as_str()),
        }
    }
}

fn push_blocks(out: &mut String, blocks: &[Block]) {
    let (mut in_list, mut section) = (false, Section::Body);
    for block in blocks {
        let item = matches!(block.kind, BlockKind::ListItem { .. });
        if in_list && !item {
            out.push_str("</ul>\n");
        } else if item && !in_list {
            out.push_str("<ul class=\"items\">\n");
        }
        if block.section != section && !item {
            section = block.section;
            out.push_str("<hr class=\"part\">\n");
        }
        in_list = item;
        push_block(out, block);
    }
    if in_list {
        out.push_str("</ul>\n");
    }
}

fn push_block(out: &mut String, block: &Block) {
    let text = linked(block);
    match &block.kind {
        BlockKind::Heading { level } => {
            let level = (*level).clamp(2, 6);
            out.push_str(&format!("<h{level} dir=\"auto\">{text}</h{level}>\n"));
        }
        BlockKind::Paragraph => out.push_str(&format!("<p dir=\"auto\">{text}</p>\n")),
        BlockKind::ListItem { marker, depth, .. } => {
            let marker = escape(marker.as_deref().unwrap_or("•"));
            let depth = (*depth).clamp(1, 4);
            out.push_str(&format!(
                "<li class=\"d{depth}\"><span class=\"m\">{marker}</span> <bdi>{text}</bdi></li>\n"
            ));
        }
        BlockKind::Quote => out.push_str(&format!("<blockquote dir=\"auto\">{text}</blockquote>\n")),
        BlockKind::Table => push_table(out, &block.text),
        BlockKind::Caption => {
            out.push_str(&format!("<figure><figcaption dir=\"auto\">{text}</figcaption></figure>\n"))
        }
        BlockKind::Preformatted => {
            out.push_str(&format!("<pre dir=\"auto\">\n{}</pre>\n", escape_plain(&block.text)))
        }
    }
}

fn push_table(out: &mut String, text: &str) {
    out.push_str("<table>\n");
    for row in text.lines() {
        let cells: Vec<String> = row.split(" | ").map(|cell| format!("<td>{}</td>", escape(cell))).collect();
        out.push_str(&format!("<tr>{}</tr>\n", cells.concat()));
    }
    out.push_str("</table>\n");
}

/// The text with its links written in, each at its next occurrence.
fn linked(block: &Block) -> String {
    let mut out = String::new();
    let mut rest = block.text.as_str();
    for Link { text, href } in block.links.iter().filter(|link| is_harmless(&link.href)) {
        let Some(at) = rest.find(text.as_str()).filter(|_| !text.trim().is_empty()) else { continue };
        let (before, from) = rest.split_at(at);
        out.push_str(&escape(before));
        out.push_str(&format!(
            "<a href=\"{}\" rel=\"noopener noreferrer nofollow\">{}</a>",
            escape_plain(href),
            escape(text)
        ));
        rest = from.get(text.len()..).unwrap_or_default();
    }
    out.push_str(&escape(rest));
    out
}

/// Whether following the address runs nothing.
fn is_harmless(href: &str) -> bool {
    let scheme = href.split(':').next().unwrap_or_default().to_ascii_lowercase();
    href.contains(':') && matches!(scheme.as_str(), "http" | "https" | "mailto" | "tel" | "ftp")
}

/// Text as HTML, its lines kept.
fn escape(text: &str) -> String {
    escape_plain(text).replace('\n', "<br>\n")
}

fn escape_plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 16);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // Not allowed in HTML, and of no use to a reader.
            c if c.is_control() && c != '\n' && c != '\t' => {}
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use scraper::{Html, Selector};

    fn statement(text: &str, href: &str) -> Statement {
        let link = Link { text: text.into(), href: href.into() };
        let block =
            |kind| Block { kind, section: Section::Body, text: text.into(), links: vec![link.clone()] };
        let kinds = [
            BlockKind::Heading { level: 1 },
            BlockKind::Paragraph,
            BlockKind::ListItem { marker: Some(text.into()), ordered: true, depth: 9 },
            BlockKind::Quote,
            BlockKind::Table,
            BlockKind::Caption,
            BlockKind::Preformatted,
        ];
        Statement {
            title: Some(text.into()),
            subtitle: Some(text.into()),
            authors: vec![text.into()],
            language: Some("ar".into()),
            blocks: kinds.into_iter().map(block).collect(),
            ..Statement::default()
        }
    }

    #[test]
    fn language_and_direction_are_set() {
        let html = statement("قرار", "https://a.example/").to_html();
        assert!(html.contains("<html lang=\"ar\" dir=\"rtl\">"), "{html}");
        let mut english = statement("Stop", "https://a.example/");
        english.language = Some("en-GB".into());
        assert!(english.to_html().contains("<html lang=\"en-GB\" dir=\"ltr\">"));
        english.language = Some("ku-Arab".into());
        assert!(english.is_right_to_left());
    }

    #[test]
    fn a_link_that_runs_something_is_text() {
        for href in ["javascript:alert(1)", "data:text/html,x", " javascript:x", "vbscript:x", "x"] {
            assert!(!statement("Stop", href).to_html().contains("<a "), "{href}");
        }
        assert!(statement("Stop", "https://a.example/?a=1&b=\"").to_html().contains("?a=1&amp;b=&quot;"));
    }

    proptest! {
        /// A browser's parser finds no element but ours, whatever the page said.
        #[test]
        fn whatever_a_page_says_is_text(text in "[<>&\"'=/a-z \n!-]{1,60}", href in "(https:|javascript:)[<>\"' a-z]{0,20}") {
            let html = statement(&text, &href).to_html();
            let parsed = Html::parse_document(&html);
            let ours = ["html", "head", "meta", "title", "style", "body", "article", "header", "h1", "h2", "p", "em", "ul", "li",
                "span", "bdi", "blockquote", "table", "tbody", "tr", "td", "figure", "figcaption", "pre", "a", "br"];
            for element in parsed.select(&Selector::parse("*").unwrap()) {
                prop_assert!(ours.contains(&element.value().name()), "{} in {}", element.value().name(), html);
                for (name, _) in element.value().attrs() {
                    prop_assert!(!name.starts_with("on") && name != "src", "{name} in {html}");
                }
            }
        }
    }
}
