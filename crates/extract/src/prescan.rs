//! A look at the raw text before html5ever's tokenizer, which compares each attribute of a tag with all earlier ones.
//!
//! A tag with tens of thousands of attributes would cost seconds there. Such a tag is shortened here; every other byte
//! passes through, and a page without such a tag is not even copied.

use std::borrow::Cow;

/// Elements whose content is text, so that a `<` in it starts no tag.
const RAW: [&str; 7] = ["script", "style", "textarea", "title", "noscript", "iframe", "xmp"];

/// Shortens tags of more than `limit` attributes; the second value counts the attributes left out.
pub(crate) fn limit_attributes(html: &str, limit: u32) -> (Cow<'_, str>, u64) {
    let (mut out, mut copied, mut left_out) = (String::new(), 0, 0);
    let mut at = 0;
    while let Some(offset) = find(html, at, '<') {
        let after = offset + 1;
        if rest(html, after).starts_with("!--") {
            at = find_str(html, after, "-->").unwrap_or(html.len());
            continue;
        }
        if !rest(html, after).starts_with(|c: char| c.is_ascii_alphabetic()) {
            at = after;
            continue;
        }
        let tag = scan_tag(html, after, limit);
        if let Some(cut) = tag.cut {
            out.push_str(html.get(copied..cut).unwrap_or_default());
            copied = tag.end;
            left_out += tag.attributes.saturating_sub(u64::from(limit));
        }
        at = skip_raw_text(html, after, tag.end);
    }
    if left_out == 0 {
        return (Cow::Borrowed(html), 0);
    }
    out.push_str(rest(html, copied));
    (Cow::Owned(out), left_out)
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
fn skip_raw_text(html: &str, name_start: usize, tag_end: usize) -> usize {
    let name = rest(html, name_start);
    let Some(raw) = RAW.iter().find(|raw| {
        name.get(..raw.len()).is_some_and(|start| start.eq_ignore_ascii_case(raw))
            && name
                .as_bytes()
                .get(raw.len())
                .is_none_or(|byte| !byte.is_ascii_alphanumeric() && *byte != b'-')
    }) else {
        return tag_end;
    };
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

fn find(text: &str, from: usize, what: char) -> Option<usize> {
    rest(text, from).find(what).map(|offset| from + offset)
}

fn find_str(text: &str, from: usize, what: &str) -> Option<usize> {
    rest(text, from).find(what).map(|offset| from + offset)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_page_is_untouched() {
        let html = "<p class='a b' title=\"x > y\">1 < 2</p><script>if (a <b) {}</script>";
        let (out, left_out) = limit_attributes(html, 3);
        assert!(matches!(out, Cow::Borrowed(_)));
        assert_eq!(left_out, 0);
    }

    #[test]
    fn surplus_attributes_go() {
        let (out, left_out) = limit_attributes("<p a=1 b='x y' c d=\">\" e>text</p>", 2);
        assert_eq!(out, "<p a=1 b='x y' >text</p>");
        assert_eq!(left_out, 3);
    }

    #[test]
    fn unclosed_tag_ends_with_the_text() {
        let (out, left_out) = limit_attributes("<p a b c d", 2);
        assert_eq!(out, "<p a b ");
        assert_eq!(left_out, 2);
    }

    #[test]
    fn scripts_are_no_tags() {
        let html = "<script>x <y a b c d e</script><p a b c>t";
        let (out, left_out) = limit_attributes(html, 2);
        assert_eq!(out, "<script>x <y a b c d e</script><p a b >t");
        assert_eq!(left_out, 1);
    }
}
