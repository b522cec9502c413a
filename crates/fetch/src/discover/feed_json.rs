//! JSON Feed 1 and 1.1, read value by value, so that one of a wrong type costs no more than itself.
//!
//! Only what is wanted is ever kept: the rest of the document goes by without being built, however much of it there is.

use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use url::Url;

use super::dates::any_date;
use super::feed::Draft;
use super::{Item, tidy_title, web_address};

/// Reads the items of a JSON feed. What follows its end is passed over, with a note; what comes before damage counts.
pub(super) fn read(text: &str, base: &Url) -> Draft {
    let mut feed = Feed { base, draft: Draft::default(), is_versioned: false, has_items: false };
    let mut json = serde_json::Deserializer::from_str(text);
    let read = Value(&mut feed).deserialize(&mut json);
    let (is_feed, mut draft) = (feed.is_versioned && feed.has_items, feed.draft);
    match read {
        Err(error) => draft.note = Some(format!("its JSON is damaged: {error}")),
        Ok(()) => {
            draft.is_feed = is_feed;
            if json.end().is_err() {
                draft.note = Some("something that is no part of it follows its end".to_owned());
            }
        }
    }
    draft
}

/// A value of the document, of whatever type, that is read into `T`.
struct Value<'a, T>(&'a mut T);

/// What takes values of some types. Those of all others are passed over.
trait Take {
    fn text(&mut self, _text: &str) {}

    fn list<'de, A: SeqAccess<'de>>(&mut self, list: A) -> Result<(), A::Error> {
        IgnoredAny.visit_seq(list).map(drop)
    }

    fn object<'de, A: MapAccess<'de>>(&mut self, object: A) -> Result<(), A::Error> {
        IgnoredAny.visit_map(object).map(drop)
    }
}

impl<'de, T: Take> DeserializeSeed<'de> for Value<'_, T> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de, T: Take> Visitor<'de> for Value<'_, T> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        self.0.text(text);
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<(), A::Error> {
        self.0.list(list)
    }

    fn visit_map<A: MapAccess<'de>>(self, object: A) -> Result<(), A::Error> {
        self.0.object(object)
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
}

/// A text, where there is one.
impl Take for Option<String> {
    fn text(&mut self, text: &str) {
        *self = Some(text.to_owned());
    }
}

/// The feed as a whole.
struct Feed<'a> {
    base: &'a Url,
    draft: Draft,
    is_versioned: bool,
    has_items: bool,
}

#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "snake_case")]
enum FeedKey {
    Version,
    Title,
    NextUrl,
    Items,
    #[serde(other)]
    Other,
}

impl Take for Feed<'_> {
    fn object<'de, A: MapAccess<'de>>(&mut self, mut object: A) -> Result<(), A::Error> {
        while let Some(key) = object.next_key()? {
            let mut text = None;
            match key {
                FeedKey::Items => object.next_value_seed(Value(&mut List(self)))?,
                FeedKey::Other => object.next_value::<IgnoredAny>().map(drop)?,
                FeedKey::Version | FeedKey::Title | FeedKey::NextUrl => {
                    object.next_value_seed(Value(&mut text))?;
                }
            }
            let Some(text) = text else { continue };
            match key {
                FeedKey::Version => self.is_versioned = text.contains("jsonfeed.org/version/"),
                FeedKey::Title => self.draft.title = tidy_title(&text),
                FeedKey::NextUrl => self.draft.next = web_address(&text, self.base),
                FeedKey::Items | FeedKey::Other => {}
            }
        }
        Ok(())
    }
}

/// The list of items.
struct List<'a, 'b>(&'a mut Feed<'b>);

impl Take for List<'_, '_> {
    fn list<'de, A: SeqAccess<'de>>(&mut self, mut list: A) -> Result<(), A::Error> {
        self.0.has_items = true;
        let items = &mut self.0.draft.items;
        while !items.is_full() {
            let mut entry = Entry::default();
            if list.next_element_seed(Value(&mut entry))?.is_none() {
                return Ok(());
            }
            if let Some(item) = entry.item(self.0.base) {
                items.push(item);
            }
        }
        while list.next_element::<IgnoredAny>()?.is_some() {
            items.overflow = true;
        }
        Ok(())
    }
}

/// One item of the list.
#[derive(Default)]
struct Entry {
    id: Option<String>,
    url: Option<String>,
    external_url: Option<String>,
    title: Option<String>,
    date_published: Option<String>,
    date_modified: Option<String>,
}

#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "snake_case")]
enum EntryKey {
    Id,
    Url,
    ExternalUrl,
    Title,
    DatePublished,
    DateModified,
    #[serde(other)]
    Other,
}

impl Take for Entry {
    fn object<'de, A: MapAccess<'de>>(&mut self, mut object: A) -> Result<(), A::Error> {
        while let Some(key) = object.next_key()? {
            let field = match key {
                EntryKey::Id => &mut self.id,
                EntryKey::Url => &mut self.url,
                EntryKey::ExternalUrl => &mut self.external_url,
                EntryKey::Title => &mut self.title,
                EntryKey::DatePublished => &mut self.date_published,
                EntryKey::DateModified => &mut self.date_modified,
                EntryKey::Other => {
                    object.next_value::<IgnoredAny>()?;
                    continue;
                }
            };
            object.next_value_seed(Value(field))?;
        }
        Ok(())
    }
}

impl Entry {
    fn item(self, base: &Url) -> Option<Item> {
        let address = |text: Option<String>| web_address(&text?, base);
        // An identifier is the item's address where it looks like one.
        let id = self.id.filter(|id| id.starts_with("http"));
        Some(Item {
            url: address(self.url).or_else(|| address(id)).or_else(|| address(self.external_url))?,
            title: self.title.as_deref().and_then(tidy_title),
            published: self.date_published.as_deref().and_then(any_date),
            modified: self.date_modified.as_deref().and_then(any_date),
        })
    }
}
