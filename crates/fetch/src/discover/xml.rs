//! A forgiving walk over XML that strangers wrote: elements with their text, up to the first damage.

use std::borrow::Cow;
use std::rc::Rc;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};
use quick_xml::Reader;
use quick_xml::escape::resolve_xml_entity;
use quick_xml::events::{BytesStart, Event};
use url::Url;

use super::web_address;

/// How deep elements may lie before the walk gives up; real feeds and sitemaps need six.
const MAX_DEPTH: usize = 64;

/// How many attributes of an element are looked at.
const MAX_ATTRIBUTES: usize = 100;

/// The longest text of one element that is kept.
const MAX_TEXT: usize = 64 << 10;

/// How far into a document its encoding is looked for.
const DECLARATION: usize = 200;

/// The text of an XML document: by its byte order mark, by the encoding that it declares, or else as UTF-8.
pub(super) fn text_of(bytes: &[u8]) -> Cow<'_, str> {
    let encoding = Encoding::for_bom(bytes).map(|(encoding, _)| encoding).or_else(|| declared(bytes));
    encoding.unwrap_or(UTF_8).decode(bytes).0
}

/// The encoding that the XML declaration names. It was read as ASCII, so that it cannot be one of two bytes a character.
fn declared(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = String::from_utf8_lossy(bytes.get(..DECLARATION).unwrap_or(bytes));
    let head = head.split_once("?>")?.0.split_once("<?xml")?.1.split_once("encoding")?.1;
    let label = head.trim_start().strip_prefix('=')?.trim_start();
    let quote = label.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let encoding = Encoding::for_label(label.get(1..)?.split(quote).next()?.as_bytes())?;
    (encoding != UTF_16LE && encoding != UTF_16BE).then_some(encoding)
}

/// One thing that the walk came upon. Names are local and in lower case.
pub(super) enum Step<'a> {
    /// An element begins.
    Start {
        /// Its name.
        name: &'a str,
        /// Its parent's name.
        parent: &'a str,
        /// What its links are relative to.
        base: &'a Url,
        /// Looks an attribute up by name.
        attribute: &'a dyn Fn(&str) -> Option<String>,
    },
    /// An element ends.
    End(Element<'a>),
}

/// An element with the text directly inside.
pub(super) struct Element<'a> {
    pub name: &'a str,
    pub prefix: &'a str,
    pub parent: &'a str,
    pub base: &'a Url,
    pub text: &'a str,
}

struct Open {
    prefix: String,
    name: String,
    text: String,
    base: Rc<Url>,
}

/// Walks through `xml`, which was found at `base`; gives back a note if it had to stop before the end.
pub(super) fn walk(xml: &str, base: &Url, mut visit: impl FnMut(Step<'_>)) -> Option<String> {
    let mut reader = Reader::from_str(xml);
    let config = reader.config_mut();
    config.check_end_names = false;
    config.allow_unmatched_ends = true;
    config.allow_dangling_amp = true;
    let base = Rc::new(base.clone());
    let mut open: Vec<Open> = Vec::new();
    loop {
        match reader.read_event() {
            Ok(Event::Start(tag)) => {
                if open.len() >= MAX_DEPTH {
                    return Some(format!(
                        "its elements lie more than {MAX_DEPTH} deep; reading stopped there"
                    ));
                }
                let element = start(&tag, &open, &base, &mut visit);
                open.push(element);
            }
            Ok(Event::Empty(tag)) => {
                let element = start(&tag, &open, &base, &mut visit);
                end(&element, &open, &mut visit);
            }
            Ok(Event::End(tag)) => close(&mut open, &local(tag.name().into_inner()), &mut visit),
            Ok(Event::Text(text)) => add(&mut open, &text.xml10_content()),
            Ok(Event::CData(text)) => add(&mut open, &text.xml10_content()),
            Ok(Event::GeneralRef(reference)) => match reference.resolve_char_ref() {
                Ok(Some(c)) => add(&mut open, c.encode_utf8(&mut [0; 4])),
                _ => match resolve_xml_entity(&reference) {
                    Some(text) => add(&mut open, text),
                    None => add(&mut open, &format!("&{};", &*reference)),
                },
            },
            Ok(Event::Eof) => {
                let unfinished = !open.is_empty();
                return unfinished.then(|| "it ends in the middle; what came before was read".to_owned());
            }
            Ok(_) => {}
            Err(error) => {
                let offset = reader.error_position();
                return Some(format!(
                    "its XML is damaged at byte {offset} ({error}); what came before was read"
                ));
            }
        }
    }
}

fn start(tag: &BytesStart<'_>, open: &[Open], root: &Rc<Url>, visit: &mut impl FnMut(Step<'_>)) -> Open {
    let full = tag.name().into_inner();
    let name = local(full);
    let prefix = full.split_once(':').map_or_else(String::new, |(prefix, _)| prefix.to_ascii_lowercase());
    let value = |wanted: &dyn Fn(&str) -> bool| {
        // Without the check for doubles, which takes the square of their number.
        let mut all = tag.attributes();
        let mut first = all.with_checks(false).flatten().take(MAX_ATTRIBUTES);
        let found = first.find(|a| wanted(a.key.into_inner()))?;
        found.normalized_value(quick_xml::XmlVersion::Implicit1_0).ok().map(Cow::into_owned)
    };
    let attribute = |wanted: &str| value(&|key| local(key) == wanted);
    let outer = open.last().map_or(root, |o| &o.base);
    let own = value(&|key| key == "xml:base").and_then(|reference| web_address(&reference, outer));
    let base = own.map_or_else(|| Rc::clone(outer), Rc::new);
    let parent = open.last().map_or("", |o| o.name.as_str());
    visit(Step::Start { name: &name, parent, base: &base, attribute: &attribute });
    Open { prefix, name, text: String::new(), base }
}

/// Tells of the end of an element that stood inside those that are open.
fn end(element: &Open, open: &[Open], visit: &mut impl FnMut(Step<'_>)) {
    let parent = open.last().map_or("", |o| o.name.as_str());
    let Open { prefix, name, text, base } = element;
    visit(Step::End(Element { name, prefix, parent, base, text: text.trim() }));
}

/// Closes the innermost open element of this name and those inside it; an end without a beginning is ignored.
fn close(open: &mut Vec<Open>, name: &str, visit: &mut impl FnMut(Step<'_>)) {
    if !open.iter().any(|o| o.name == name) {
        return;
    }
    while let Some(element) = open.pop() {
        end(&element, open, visit);
        if element.name == name {
            return;
        }
    }
}

fn add(open: &mut [Open], text: &str) {
    if let Some(element) = open.last_mut().filter(|o| o.text.len() < MAX_TEXT) {
        element.text.push_str(text);
    }
}

fn local(name: &str) -> String {
    name.rsplit(':').next().unwrap_or(name).to_ascii_lowercase()
}
