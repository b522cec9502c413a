//! A look at the raw text before html5ever's tokenizer, for its sake.
//!
//! The tokenizer compares each attribute of a tag with all earlier ones, so that a tag with tens of thousands of them
//! would cost seconds: such a tag is shortened here. And it reads every character of scripts, style sheets and comments,
//! two fifths of a usual page, of which nothing becomes text: what surely is one of these is left out. Every other byte
//! passes through.

use crate::budget::Reader;
use std::borrow::Cow;

/// Elements whose content is text, so that a `<` in it starts no tag.
const RAW: [&str; 7] = ["script", "style", "textarea", "title", "noscript", "iframe", "xmp"];

/// What the tokenizer should see of a page; the second value counts the attributes left out because a tag had more
/// than `limit`.
pub(crate) fn prepare(html: &str, limit: u32, reader: Reader) -> (Cow<'_, str>, u64) {
    let mut page = Slimmed { html, out: String::new(), copied: 0 };
    let (mut attributes, mut foreign) = (0, 0_u32);
    let mut at = 0;
    while let Some(offset) = find(html, at, b'<') {
        let after = offset + 1;
        if rest(html, after).starts_with("!--") {
            let end = end_of_comment(html, after + 1);
            page.leave_out(offset, end);
            at = end;
            continue;
        }
        if is_tag(html, after, "/svg") || is_tag(html, after, "/math") {
            foreign = foreign.saturating_sub(1);
        }
        if !rest(html, after).starts_with(|c: char| c.is_ascii_alphabetic()) {
            at = after;
            continue;
        }
        let tag = scan_tag(html, after, limit);
        if let Some(cut) = tag.cut {
            page.leave_out(cut, tag.end);
            attributes += tag.attributes.saturating_sub(u64::from(limit));
        }
        if is_tag(html, after, "svg") || is_tag(html, after, "math") {
            foreign = foreign.saturating_add(1);
        }
        at = skip_raw_text(html, after, tag.end, reader);
        // In SVG and MathML, scripts and style sheets are elements like any other: their content may be text.
        if foreign == 0 && nobody_reads(html, after, tag.end, at) {
            page.leave_out((tag.end + 1).min(at), at);
        }
    }
    (page.finish(), attributes)
}

/// Bytes that a page holds for readers without scripts.
pub(crate) fn fallback_bytes(html: &str) -> usize {
    let (mut at, mut bytes) = (0, 0);
    while let Some(offset) = find(html, at, b'<') {
        at = offset + 1;
        if is_tag(html, at, "noscript") {
            let end = skip_raw_text(html, at, at, Reader::WithScripts);
            bytes += end - at;
            at = end;
        }
    }
    bytes
}

/// A page with parts left out.
struct Slimmed<'a> {
    html: &'a str,
    out: String,
    /// How far `out` goes in `html`.
    copied: usize,
}

impl<'a> Slimmed<'a> {
    fn leave_out(&mut self, from: usize, to: usize) {
        self.out.push_str(self.html.get(self.copied..from).unwrap_or_default());
        self.copied = to;
    }

    fn finish(mut self) -> Cow<'a, str> {
        if self.copied == 0 {
            return Cow::Borrowed(self.html);
        }
        self.out.push_str(rest(self.html, self.copied));
        Cow::Owned(self.out)
    }
}

/// Where a comment whose opening dashes are at `dashes` ends: behind `-->` or `--!>`, also if these dashes are its own.
fn end_of_comment(html: &str, dashes: usize) -> usize {
    let mut at = dashes;
    while let Some(offset) = find_str(html, at, "--") {
        let close = rest(html, offset + 2);
        if close.starts_with('>') {
            return offset + 3;
        }
        if close.starts_with("!>") && offset > dashes {
            return offset + 4;
        }
        at = offset + 1;
    }
    html.len()
}

/// Whether the tag name at `start` is this one.
fn is_tag(html: &str, start: usize, name: &str) -> bool {
    let found = rest(html, start).as_bytes();
    found.get(..name.len()).is_some_and(|found| found.eq_ignore_ascii_case(name.as_bytes()))
        && found.get(name.len()).is_none_or(|byte| !byte.is_ascii_alphanumeric() && *byte != b'-')
}

/// Whether the content of an element, from the end of its tag to its closing tag, is a script or a style sheet for
/// sure: one that ends, is not structured data, and has no comment mark, behind which a closing tag may not count.
fn nobody_reads(html: &str, name: usize, tag_end: usize, close: usize) -> bool {
    let tag = html.get(name..tag_end).unwrap_or_default();
    let content = html.get(tag_end..close).unwrap_or_default();
    // Some write `ld&#43;json`.
    let tag = tag.to_ascii_lowercase();
    let script = is_tag(html, name, "script") && !(tag.contains("ld") && tag.contains("json"));
    (script || is_tag(html, name, "style"))
        && close < html.len()
        && memchr::memmem::find(content.as_bytes(), b"<!--").is_none()
}

struct TagSpan {
    /// Index of the closing `>`, or of the end of the text.
    end: usize,
    attributes: u64,
    /// Where the first surplus attribute starts.
    cut: Option<usize>,
}

/// Counts the attributes of a tag whose name starts at `start`.
fn scan_tag(html: &str, start: usize, limit: u32) -> TagSpan {
    let bytes = html.as_bytes();
    let mut span = TagSpan { end: bytes.len(), attributes: 0, cut: None };
    let (mut quote, mut gap, mut after_equals) = (None, false, false);
    for (index, byte) in bytes.iter().copied().enumerate().skip(start) {
        if let Some(mark) = quote {
            if byte == mark {
                quote = None;
                gap = true;
            }
            continue;
        }
        match byte {
            b'>' => {
                span.end = index;
                return span;
            }
            b'"' | b'\'' if after_equals => {
                quote = Some(byte);
                after_equals = false;
            }
            b'=' => {
                after_equals = true;
                gap = false;
            }
            b' ' | b'\n' | b'\t' | b'\r' | b'\x0c' | b'/' => gap = !after_equals,
            _ => {
                if gap {
                    span.attributes += 1;
                    if span.attributes == u64::from(limit) + 1 {
                        span.cut = Some(index);
                    }
                }
                gap = false;
                after_equals = false;
            }
        }
    }
    span
}

/// Where to go on looking for tags: behind the content of a raw-text element, or behind the tag.
fn skip_raw_text(html: &str, name_start: usize, tag_end: usize, reader: Reader) -> usize {
    let Some(raw) = RAW.iter().find(|raw| is_tag(html, name_start, raw)) else { return tag_end };
    if *raw == "noscript" && reader == Reader::WithoutScripts {
        return tag_end;
    }
    let mut at = tag_end;
    while let Some(offset) = find_str(html, at, "</") {
        let close = rest(html, offset + 2);
        if close.get(..raw.len()).is_some_and(|start| start.eq_ignore_ascii_case(raw)) {
            return offset;
        }
        at = offset + 2;
    }
    html.len()
}

fn rest(text: &str, from: usize) -> &str {
    text.get(from..).unwrap_or_default()
}

fn find(text: &str, from: usize, what: u8) -> Option<usize> {
    memchr::memchr(what, rest(text, from).as_bytes()).map(|offset| from + offset)
}

fn find_str(text: &str, from: usize, what: &str) -> Option<usize> {
    memchr::memmem::find(rest(text, from).as_bytes(), what.as_bytes()).map(|offset| from + offset)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_page_is_untouched() {
        let html =
            "<p class='a b' title=\"x > y\">1 < 2</p><script type=application/ld+json>{\"a\": 1}</script>";
        let (out, left_out) = prepare(html, 3, Reader::WithScripts);
        assert!(matches!(out, Cow::Borrowed(_)));
        assert_eq!(left_out, 0);
    }

    #[test]
    fn surplus_attributes_go() {
        let (out, left_out) = prepare("<p a=1 b='x y' c d=\">\" e>text</p>", 2, Reader::WithScripts);
        assert_eq!(out, "<p a=1 b='x y' >text</p>");
        assert_eq!(left_out, 3);
    }

    #[test]
    fn unclosed_tag_ends_with_the_text() {
        let (out, left_out) = prepare("<p a b c d", 2, Reader::WithScripts);
        assert_eq!(out, "<p a b ");
        assert_eq!(left_out, 2);
    }

    #[test]
    fn scripts_styles_and_comments_go() {
        let html = "<script>x <y a b c d e</script><p a b c>t<!-- no --><STYLE>p{}</STYLE>u";
        let (out, left_out) = prepare(html, 2, Reader::WithScripts);
        assert_eq!(out, "<script></script><p a b >t<STYLE></STYLE>u");
        assert_eq!(left_out, 1);
    }

    #[test]
    fn what_may_be_text_stays() {
        for html in [
            "<svg><style><p>text</p></style></svg>",
            "<script><!-- <script> </script> --></script>t",
            "<style>p{} never closed <p>text",
            "<textarea><script>x</script></textarea>",
        ] {
            assert_eq!(prepare(html, 9, Reader::WithScripts).0, html);
        }
    }

    #[test]
    fn comments_end_as_browsers_end_them() {
        for (html, rest) in [
            ("<!-->a", "a"),
            ("<!--->a", "a"),
            ("<!-- x --!>a", "a"),
            ("<!-- x -- > -->a", "a"),
            ("<!-- x", ""),
            ("a<!--b-->c", "ac"),
        ] {
            assert_eq!(prepare(html, 9, Reader::WithScripts).0, rest, "{html}");
        }
    }
}
