//! From bytes to characters: which encoding a page is in, and who said so.
//!
//! The order is that of the HTML standard (byte order mark, HTTP header, `<meta>`), with two corrections that
//! mislabelled pages need: a UTF-8 label on bytes that are not UTF-8 is not believed, and neither is a legacy label on
//! bytes that are valid multi-byte UTF-8. What was overruled is reported.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use serde::Serialize;

/// How far into a page a `<meta>` declaration is looked for; the standard says 1024, real pages need more.
const META_WINDOW: usize = 8192;

/// How many bytes the detector is shown.
const DETECT_WINDOW: usize = 256 * 1024;

/// The encoding that a page was read in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Charset {
    /// The encoding's name in the WHATWG registry, such as `UTF-8` or `windows-1251`.
    pub name: String,
    /// Where the name comes from.
    pub origin: CharsetOrigin,
    /// A declared label that the bytes contradicted, if there was one.
    pub overruled: Option<String>,
}

/// Who said which encoding a page is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CharsetOrigin {
    /// A byte order mark at the start.
    Bom,
    /// The `charset` of the HTTP `Content-Type`.
    HttpHeader,
    /// A `<meta>` element or an XML declaration.
    MetaTag,
    /// The bytes themselves.
    Detected,
}

/// Chooses the encoding of a page. `tld` helps the detector where nothing was declared.
pub(crate) fn choose(
    bytes: &[u8],
    content_type: Option<&str>,
    tld: Option<&str>,
) -> (&'static Encoding, Charset) {
    if let Some((encoding, _)) = Encoding::for_bom(bytes) {
        return found(encoding, CharsetOrigin::Bom, None);
    }
    let declared = content_type
        .and_then(charset_parameter)
        .and_then(|label| Encoding::for_label(label.as_bytes()))
        .map(|encoding| (encoding, CharsetOrigin::HttpHeader))
        .or_else(|| meta_charset(bytes).map(|encoding| (encoding, CharsetOrigin::MetaTag)));
    let Some((encoding, origin)) = declared else {
        return found(detect(bytes, tld), CharsetOrigin::Detected, None);
    };
    let contradicted =
        if encoding == UTF_8 { !mostly_utf8(bytes) } else { is_legacy(encoding) && is_multibyte_utf8(bytes) };
    if contradicted {
        let detected = detect(bytes, tld);
        if detected != encoding {
            return found(detected, CharsetOrigin::Detected, Some(encoding));
        }
    }
    found(encoding, origin, None)
}

fn found(
    encoding: &'static Encoding,
    origin: CharsetOrigin,
    overruled: Option<&'static Encoding>,
) -> (&'static Encoding, Charset) {
    let charset = Charset {
        name: encoding.name().to_owned(),
        origin,
        overruled: overruled.map(|label| label.name().to_owned()),
    };
    (encoding, charset)
}

/// The `charset` parameter of a media type, unquoted.
fn charset_parameter(content_type: &str) -> Option<&str> {
    content_type.split(';').skip(1).find_map(|part| {
        let (name, value) = part.split_once('=')?;
        let value = value.trim().trim_matches(['"', '\'']);
        (name.trim().eq_ignore_ascii_case("charset") && !value.is_empty()).then_some(value)
    })
}

/// A `charset=` inside a `<meta>` tag, or the `encoding=` of an XML declaration.
fn meta_charset(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = bytes.get(..META_WINDOW).unwrap_or(bytes);
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    let declared = xml_encoding(&head).or_else(|| meta_label(&head))?;
    let encoding = Encoding::for_label(declared.as_bytes())?;
    // A page whose markup could be read as ASCII cannot be UTF-16, whatever it says.
    Some(if encoding == UTF_16LE || encoding == UTF_16BE { UTF_8 } else { encoding })
}

fn xml_encoding(head: &str) -> Option<&str> {
    let declaration = head.trim_start().strip_prefix("<?xml")?;
    let (declaration, _) = declaration.split_once("?>")?;
    quoted_value(declaration.split_once("encoding")?.1)
}

fn meta_label(head: &str) -> Option<&str> {
    head.split("<meta").skip(1).find_map(|rest| {
        let tag = rest.split('>').next()?;
        quoted_value(tag.split_once("charset")?.1)
    })
}

/// The value after `=`, quoted or not.
fn quoted_value(text: &str) -> Option<&str> {
    let text = text.trim_start().strip_prefix('=')?.trim_start();
    let text = text.trim_start_matches(['"', '\'']);
    let end = text.find(['"', '\'', ';', ' ', '/', '>']).unwrap_or(text.len());
    text.get(..end).filter(|label| !label.is_empty())
}

/// Single-byte and East Asian legacy encodings, in which UTF-8 text is unlikely to be meant.
fn is_legacy(encoding: &'static Encoding) -> bool {
    encoding != UTF_8 && encoding != UTF_16LE && encoding != UTF_16BE
}

/// Whether the bytes are UTF-8 but for a few stray bytes, as a truncated or carelessly assembled page has.
fn mostly_utf8(bytes: &[u8]) -> bool {
    let (mut rest, mut bad, mut good) = (bytes, 0_usize, 0_usize);
    while bad < 200 {
        match std::str::from_utf8(rest) {
            Ok(text) => {
                good += multibyte(text.as_bytes());
                break;
            }
            Err(error) => {
                let (valid, tail) = rest.split_at(error.valid_up_to());
                good += multibyte(valid);
                bad += 1;
                rest = tail.get(error.error_len().unwrap_or(tail.len())..).unwrap_or_default();
            }
        }
    }
    bad == 0 || good > bad * 4
}

fn is_multibyte_utf8(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_ok() && multibyte(bytes) > 1
}

/// Number of UTF-8 lead bytes of multi-byte characters.
fn multibyte(bytes: &[u8]) -> usize {
    // In pieces whose count fits a byte, which the compiler turns into instructions for many bytes at once.
    bytes
        .chunks(255)
        .map(|chunk| usize::from(chunk.iter().map(|byte| u8::from(*byte >= 0xC0)).sum::<u8>()))
        .sum()
}

fn detect(bytes: &[u8], tld: Option<&str>) -> &'static Encoding {
    let sample = bytes.get(..DETECT_WINDOW).unwrap_or(bytes);
    if sample.is_ascii() || mostly_utf8(sample) {
        return UTF_8;
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
    detector.feed(sample, true);
    let tld = tld.filter(|tld| tld.is_ascii() && !tld.bytes().any(|b| b.is_ascii_uppercase() || b == b'.'));
    let encoding = detector.guess(tld.map(str::as_bytes), Utf8Detection::Deny);
    if encoding == UTF_8 { WINDOWS_1252 } else { encoding }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(bytes: &[u8], content_type: Option<&str>) -> (String, CharsetOrigin) {
        let (_, charset) = choose(bytes, content_type, None);
        (charset.name, charset.origin)
    }

    #[test]
    fn bom_beats_header() {
        let bytes = b"\xEF\xBB\xBF<p>x";
        assert_eq!(name(bytes, Some("text/html; charset=koi8-r")), ("UTF-8".into(), CharsetOrigin::Bom));
    }

    #[test]
    fn header_beats_meta() {
        let bytes = b"<meta charset=\"windows-1252\"><p>\xF0\xF1";
        assert_eq!(
            name(bytes, Some("text/html; Charset=\"windows-1251\"")),
            ("windows-1251".into(), CharsetOrigin::HttpHeader)
        );
    }

    #[test]
    fn meta_http_equiv_is_read() {
        let bytes = b"<meta http-equiv=Content-Type content='text/html; charset=iso-8859-2'>\xB1";
        assert_eq!(name(bytes, None), ("ISO-8859-2".into(), CharsetOrigin::MetaTag));
    }

    #[test]
    fn utf8_label_on_legacy_bytes_is_overruled() {
        let bytes = "<meta charset=utf-8><p>d\u{e9}nonc\u{e9} arr\u{ea}t\u{e9} \u{e0} Gen\u{e8}ve"
            .chars()
            .map(|c| u8::try_from(u32::from(c)).unwrap())
            .collect::<Vec<_>>();
        let (_, charset) = choose(&bytes, None, Some("fr"));
        assert_eq!(charset.name, "windows-1252");
        assert_eq!(charset.overruled.as_deref(), Some("UTF-8"));
    }

    #[test]
    fn legacy_label_on_utf8_bytes_is_overruled() {
        let bytes = "<p>dénoncé arrêté".as_bytes();
        let (_, charset) = choose(bytes, Some("text/html; charset=ISO-8859-1"), None);
        assert_eq!(charset.name, "UTF-8");
        assert_eq!(charset.overruled.as_deref(), Some("windows-1252"));
    }
}
