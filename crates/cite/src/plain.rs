//! Everything that names a capture, in one line for people.

use crate::court::british;
use crate::facts::Source;

/// So many authors are named; the others are counted.
const NAMED: usize = 5;

pub(crate) fn line(source: &Source) -> String {
    let mut parts = Vec::new();
    if !source.authors.is_empty() {
        let named: Vec<&str> = source.authors.iter().take(NAMED).map(String::as_str).collect();
        let others = match source.authors.len() - named.len() {
            0 => String::new(),
            1 => "; and 1 other".to_owned(),
            count => format!("; and {count} others"),
        };
        parts.push(format!("{}{others}", named.join("; ")));
    }
    parts.extend(source.title.as_ref().map(|title| format!("“{title}”")));
    let day = source.published.map_or_else(|| "undated".to_owned(), british);
    parts.push(source.site.iter().cloned().chain([day]).collect::<Vec<_>>().join(", "));
    parts.push(format!("<{}>", source.url));
    parts.extend(source.archive_url.as_ref().map(|url| format!("Archived at <{url}>")));
    parts.push(capitalised(&source.note()));
    format!("{}.\n", parts.join(". "))
}

fn capitalised(text: &str) -> String {
    let mut rest = text.chars();
    rest.next().map_or_else(String::new, |first| first.to_uppercase().chain(rest).collect())
}
