//! JSON Feed 1 and 1.1, read value by value, so that one of a wrong type costs no more than itself.

use serde_json::Value;
use url::Url;

use super::dates::any_date;
use super::feed::Draft;
use super::{Item, tidy_title, web_address};

/// Reads the items of a JSON feed. What follows its end is passed over, with a note.
pub(super) fn read(text: &str, base: &Url) -> Draft {
    let mut draft = Draft::default();
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<Value>();
    let feed = match values.next() {
        Some(Ok(feed)) => feed,
        Some(Err(error)) => {
            draft.note = Some(format!("its JSON is damaged: {error}"));
            return draft;
        }
        None => return draft,
    };
    if text.get(values.byte_offset()..).is_some_and(|rest| !rest.trim().is_empty()) {
        draft.note = Some("something that is no part of it follows its end".to_owned());
    }
    let version = feed.get("version").and_then(Value::as_str).unwrap_or_default();
    let items = feed.get("items").and_then(Value::as_array);
    draft.is_feed = items.is_some() && version.contains("jsonfeed.org/version/");
    draft.title = feed.get("title").and_then(Value::as_str).and_then(tidy_title);
    draft.next = feed.get("next_url").and_then(Value::as_str).and_then(|url| web_address(url, base));
    for item in items.into_iter().flatten().filter_map(|value| item(value, base)) {
        draft.items.push(item);
    }
    draft
}

fn item(value: &Value, base: &Url) -> Option<Item> {
    let text = |key: &str| value.get(key).and_then(Value::as_str);
    let address = |key: &str| web_address(text(key)?, base);
    // An identifier is the item's address where it looks like one.
    let id = || text("id").filter(|id| id.starts_with("http")).and_then(|id| web_address(id, base));
    Some(Item {
        url: address("url").or_else(id).or_else(|| address("external_url"))?,
        title: text("title").and_then(tidy_title),
        published: text("date_published").and_then(any_date),
        modified: text("date_modified").and_then(any_date),
    })
}
