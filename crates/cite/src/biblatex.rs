//! biblatex: entries of the type `@online`, UTF-8 as it is.

use crate::court::british;
use crate::facts::Source;

pub(crate) fn entry(source: &Source) -> String {
    let mut fields = Vec::new();
    if !source.authors.is_empty() {
        // Braces of its own keep a name whole, commas and "and" in it too: nobody here knows which part is the family's.
        let names: Vec<String> = source.authors.iter().map(|name| format!("{{{}}}", escaped(name))).collect();
        fields.push(("author", names.join(" and ")));
    }
    fields.push(("title", escaped(source.title())));
    fields.extend(source.site.as_ref().map(|site| ("organization", escaped(site))));
    fields.extend(source.published.map(|day| ("date", day.to_string())));
    // A verbatim field: nothing in an address is escaped, and no brace is in it.
    fields.push(("url", source.url.clone()));
    fields.push(("urldate", source.captured_on().to_string()));
    if let Some(url) = &source.archive_url {
        let note = format!("archived {} at {url}", british(source.captured_on()));
        fields.push(("note", escaped(&note)));
    }
    fields.push(("addendum", escaped(&source.note())));
    let fields: String = fields.iter().map(|(name, value)| format!("  {name} = {{{value}}},\n")).collect();
    format!("@online{{{},\n{fields}}}\n", source.key())
}

/// A text in which TeX sees nothing but letters. Braces are written as commands, because readers count them before they
/// know what a backslash is.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' | '%' | '$' | '#' | '_' => out.extend(['\\', c]),
            '{' => out.push_str("\\textbraceleft{}"),
            '}' => out.push_str("\\textbraceright{}"),
            '\\' => out.push_str("\\textbackslash{}"),
            '~' => out.push_str("\\textasciitilde{}"),
            '^' => out.push_str("\\textasciicircum{}"),
            c => out.push(c),
        }
    }
    out
}
