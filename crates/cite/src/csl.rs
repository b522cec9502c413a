//! CSL-JSON: the input data of processors of the Citation Style Language, schema 1.0.

use jiff::civil::Date;
use serde_json::{Map, Value, json};

use crate::facts::Source;

/// All of them as one array, an item a line.
pub(crate) fn array(sources: &[Source]) -> String {
    let items: Vec<String> = sources.iter().map(|source| item(source).to_string()).collect();
    format!("[{}]\n", items.join(",\n"))
}

fn item(source: &Source) -> Value {
    let mut item = Map::new();
    let mut put = |key: &str, value: Value| {
        item.insert(key.to_owned(), value);
    };
    put("id", source.key().into());
    put("type", "webpage".into());
    // Which part of a name is the family's nobody here knows: a name is written as the page writes it.
    let authors: Vec<Value> = source.authors.iter().map(|name| json!({"literal": name})).collect();
    if !authors.is_empty() {
        put("author", authors.into());
    }
    put("title", source.title().into());
    put("URL", source.url.as_str().into());
    put("accessed", date(source.captured_on()));
    put("note", source.note().into());
    let known = [
        ("container-title", &source.site),
        ("publisher", &source.organisation),
        ("language", &source.language),
        ("archive", &source.operator),
        ("archive_location", &source.archive_url),
    ];
    for (key, value) in known {
        if let Some(value) = value {
            put(key, value.as_str().into());
        }
    }
    if let Some(day) = source.published {
        put("issued", date(day));
    }
    Value::Object(item)
}

fn date(day: Date) -> Value {
    json!({"date-parts": [[day.year(), day.month(), day.day()]]})
}
