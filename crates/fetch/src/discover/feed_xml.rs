//! RSS and Atom, told by their elements' local names: versions and namespaces differ, the names do not.

use jiff::Timestamp;
use url::Url;

use super::dates::any_date;
use super::feed::Draft;
use super::xml::{Element, Step, walk};
use super::{Item, tidy_title, web_address};

/// Prefixes of elements that describe an entry's media, not the entry.
const OF_MEDIA: [&str; 4] = ["media", "itunes", "podcast", "image"];

/// One `item` or `entry` while it is being read.
#[derive(Default)]
struct Entry {
    link: Option<Url>,
    /// An identifier that is an address: where nothing else is one, it will do.
    id: Option<Url>,
    /// Whether the identifier says of itself that it is no address.
    id_is_opaque: bool,
    title: Option<String>,
    published: Option<Timestamp>,
    modified: Option<Timestamp>,
}

impl Entry {
    fn item(self) -> Option<Item> {
        let url = self.link.or(self.id.filter(|_| !self.id_is_opaque))?;
        Some(Item { url, title: self.title, published: self.published, modified: self.modified })
    }
}

/// Reads the entries of an XML feed.
pub(super) fn read(text: &str, base: &Url) -> Draft {
    let mut draft = Draft::default();
    let mut archive = None;
    let mut entry = Entry::default();
    // What a server printed before the feed is no part of it.
    let text = text.find('<').and_then(|at| text.get(at..)).unwrap_or_default();
    let note = walk(text, base, |step| match step {
        Step::Start { name: "rss" | "feed" | "rdf", .. } => draft.is_feed = true,
        Step::Start { name: "item" | "entry", .. } => entry = Entry::default(),
        Step::Start { name: "link", parent, base, attribute, .. } => {
            let Some(url) = attribute("href").and_then(|href| web_address(&href, base)) else { return };
            match (parent, attribute("rel").as_deref()) {
                ("item" | "entry", None | Some("alternate" | "")) => {
                    entry.link.get_or_insert(url);
                }
                ("feed" | "channel", Some("next")) => draft.next = draft.next.take().or(Some(url)),
                ("feed" | "channel", Some("prev-archive")) => archive = Some(url),
                _ => {}
            }
        }
        Step::Start { name: "guid", attribute, .. } => {
            entry.id_is_opaque =
                attribute("ispermalink").is_some_and(|word| word.trim().eq_ignore_ascii_case("false"));
        }
        Step::Start { .. } => {}
        Step::End(element) => match (element.name, element.parent) {
            ("item" | "entry", _) => {
                if let Some(item) = std::mem::take(&mut entry).item() {
                    draft.items.push(item);
                }
            }
            (_, "item" | "entry") => of_entry(&mut entry, &element),
            ("title", "channel" | "feed") if draft.title.is_none() => draft.title = tidy_title(element.text),
            _ => {}
        },
    });
    // RFC 5005 knows two chains; a page of the first kind that names itself is at its end.
    draft.next = draft.next.filter(|next| next != base).or(archive);
    draft.note = note;
    draft
}

fn of_entry(entry: &mut Entry, element: &Element<'_>) {
    if OF_MEDIA.contains(&element.prefix) {
        return;
    }
    let text = element.text;
    match element.name {
        "link" if entry.link.is_none() => entry.link = web_address(text, element.base),
        "guid" | "id" if text.starts_with("http") => entry.id = web_address(text, element.base),
        "title" if entry.title.is_none() => entry.title = tidy_title(text),
        "pubdate" | "published" | "issued" | "date" if entry.published.is_none() => {
            entry.published = any_date(text)
        }
        "updated" | "modified" if entry.modified.is_none() => entry.modified = any_date(text),
        _ => {}
    }
}
