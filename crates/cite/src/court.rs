//! The styles of courts and law reviews.

use jiff::civil::Date;

use crate::facts::Source;

/// The months as the Bluebook shortens them (table T12).
const MONTHS: [&str; 12] =
    ["Jan.", "Feb.", "Mar.", "Apr.", "May", "June", "July", "Aug.", "Sept.", "Oct.", "Nov.", "Dec."];

/// The Bluebook, 22nd edition, rule 18.2: author, title, site, date, URL, the archive's URL; a page without a date is cited
/// by the day on which it was last visited (rule 18.2.2(c)). Italics are written as in Markdown.
pub(crate) fn bluebook(source: &Source) -> String {
    let mut parts = Vec::new();
    match source.authors.as_slice() {
        [] => {}
        [one] => parts.push(one.clone()),
        [one, other] => parts.push(format!("{one} & {other}")),
        [first, ..] => parts.push(format!("{first} et al.")),
    }
    parts.extend(source.title.as_ref().map(|title| format!("*{}*", title.replace('*', "\\*"))));
    let day = match source.published {
        Some(day) => american(day),
        None => format!("last visited {}", american(source.captured_on())),
    };
    parts.push(source.site.as_ref().map_or_else(|| format!("({day})"), |site| format!("{site} ({day})")));
    let archived = source.archive_url.as_ref().map_or_else(String::new, |url| format!(" [{url}]"));
    parts.push(format!("{}{archived}", source.url));
    format!("{} ({}; {}).\n", parts.join(", "), source.captured(), source.id.nih())
}

/// OSCOLA, 4th edition, 3.4.8: author, title, site and date, URL, day of access; a page without a date has none.
pub(crate) fn oscola(source: &Source) -> String {
    let mut out = match source.authors.as_slice() {
        [] => String::new(),
        [one] => format!("{one}, "),
        [one, other] => format!("{one} and {other}, "),
        [one, two, three] => format!("{one}, {two} and {three}, "),
        [first, ..] => format!("{first} and others, "),
    };
    if let Some(title) = &source.title {
        out.push_str(&format!("‘{title}’ "));
    }
    let inside: Vec<String> = source.site.iter().cloned().chain(source.published.map(british)).collect();
    if !inside.is_empty() {
        out.push_str(&format!("({}) ", inside.join(", ")));
    }
    let archived =
        source.archive_url.as_ref().map_or_else(String::new, |url| format!("archived at <{url}>; "));
    let (day, captured, nih) = (british(source.captured_on()), source.captured(), source.id.nih());
    out.push_str(&format!("<{}> accessed {day} ({archived}{captured}; {nih})\n", source.url));
    out
}

fn american(day: Date) -> String {
    let month = usize::try_from(day.month()).ok().and_then(|month| MONTHS.get(month.wrapping_sub(1)));
    format!("{} {}, {}", month.copied().unwrap_or_default(), day.day(), day.year())
}

/// A day as in `24 March 2025`.
pub(crate) fn british(day: Date) -> String {
    day.strftime("%-d %B %Y").to_string()
}
