//! A forgiving walk over XML that strangers wrote: elements with their text, up to the first damage.

use quick_xml::Reader;
use quick_xml::escape::resolve_xml_entity;
use quick_xml::events::{BytesStart, Event};

/// How deep elements may lie before the walk gives up; real feeds and sitemaps need six.
const MAX_DEPTH: usize = 64;

/// The longest text of one element that is kept.
const MAX_TEXT: usize = 64 << 10;

/// One thing that the walk came upon. Names are local and in lower case.
pub(super) enum Step<'a> {
    /// An element begins; the attribute's value is looked up by name.
    Start { name: &'a str, attribute: &'a dyn Fn(&str) -> Option<String> },
    /// An element ends: its name, its parent's, and the text directly inside.
    End { name: &'a str, parent: &'a str, text: &'a str },
}

struct Open {
    name: String,
    text: String,
}

/// Walks through `xml`; gives back a note if it had to stop before the end.
pub(super) fn walk(xml: &str, mut visit: impl FnMut(Step<'_>)) -> Option<String> {
    let mut reader = Reader::from_str(xml);
    let config = reader.config_mut();
    config.check_end_names = false;
    config.allow_unmatched_ends = true;
    config.allow_dangling_amp = true;
    let mut open: Vec<Open> = Vec::new();
    loop {
        match reader.read_event() {
            Ok(Event::Start(tag)) => {
                if open.len() >= MAX_DEPTH {
                    return Some(format!(
                        "its elements lie more than {MAX_DEPTH} deep; reading stopped there"
                    ));
                }
                open.push(Open { name: start(&tag, &mut visit), text: String::new() });
            }
            Ok(Event::Empty(tag)) => {
                let name = start(&tag, &mut visit);
                let parent = open.last().map_or("", |o| o.name.as_str());
                visit(Step::End { name: &name, parent, text: "" });
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

fn start(tag: &BytesStart<'_>, visit: &mut impl FnMut(Step<'_>)) -> String {
    let name = local(tag.name().into_inner());
    let attribute = |wanted: &str| {
        let found = tag.attributes().flatten().find(|a| local(a.key.into_inner()) == wanted)?;
        found.normalized_value(quick_xml::XmlVersion::Implicit1_0).ok().map(std::borrow::Cow::into_owned)
    };
    visit(Step::Start { name: &name, attribute: &attribute });
    name
}

/// Closes the innermost open element of this name and those inside it; an end without a beginning is ignored.
fn close(open: &mut Vec<Open>, name: &str, visit: &mut impl FnMut(Step<'_>)) {
    if !open.iter().any(|o| o.name == name) {
        return;
    }
    while let Some(element) = open.pop() {
        let parent = open.last().map_or("", |o| o.name.as_str());
        visit(Step::End { name: &element.name, parent, text: element.text.trim() });
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
