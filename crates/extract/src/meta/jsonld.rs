//! JSON-LD scripts, read for the one thing that the page is about.
//!
//! Nothing in them is trusted to be well-formed or of the right type: what does not parse, or is nested too deeply, is
//! as if it were not there.

use crate::text::{clean, prefix};
use serde_json::Value;

/// How many nested objects are looked into, in all scripts of a page.
const MAX_OBJECTS: usize = 4000;

/// What structured data says about the page.
#[derive(Debug, Default, Clone)]
pub(crate) struct JsonLd {
    pub(crate) headline: Option<String>,
    /// The name of the first product, book, service or the like.
    pub(crate) product: Option<String>,
    /// The name of the page as such.
    pub(crate) page_name: Option<String>,
    /// The second title of the article.
    pub(crate) alternative: Option<String>,
    pub(crate) authors: Vec<String>,
    /// Authors of the other things described, one list a thing.
    pub(crate) further_authors: Vec<Vec<String>>,
    /// All persons described.
    pub(crate) persons: Vec<String>,
    pub(crate) publisher: Option<String>,
    /// Every date that any object states, in the order of the objects, outer ones first.
    pub(crate) dates: Vec<(Stated, String)>,
    pub(crate) language: Option<String>,
    pub(crate) description: Option<String>,
    /// Texts that the data gives as the body of an article.
    pub(crate) bodies: Vec<String>,
    /// Other longer texts in the data: posts, answers, reviews, instructions, what a product is.
    pub(crate) texts: Vec<String>,
    /// Types of all things described, in lower case.
    pub(crate) types: Vec<String>,
    /// Whether the main thing is an article or post, not a mere web page.
    pub(crate) is_article: bool,
    /// Whether the main thing says that it is not free to read.
    pub(crate) paywalled: bool,
}

/// Of what a date in structured data is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stated {
    ArticlePublished,
    ArticleModified,
    ArticleCreated,
    /// Of an article that is not the first one described.
    FurtherArticle,
    PagePublished,
    PageModified,
    /// Of a picture, a comment, an event and so on.
    OtherPublished,
    OtherModified,
}

/// Persons, and lists of authors, that are kept.
const MAX_NAMES: usize = 20;

/// Dates that are kept: a page that states more is a list of other pages.
const MAX_DATES: usize = 200;

impl JsonLd {
    pub(crate) fn has_type(&self, wanted: &[&str]) -> bool {
        self.types.iter().any(|found| wanted.contains(&found.as_str()))
    }
}

/// Reads all scripts.
pub(crate) fn read(scripts: &[String]) -> JsonLd {
    let parsed: Vec<Value> = scripts.iter().filter_map(|script| parse(script)).collect();
    let mut objects = Vec::new();
    for value in &parsed {
        collect(value, &mut objects);
    }
    let mut out = JsonLd { dates: dates(&objects), ..JsonLd::default() };
    for object in &objects {
        out.types.extend(types(object));
        out.bodies.extend(strings(object, &["articleBody"]));
        out.texts.extend(strings(object, &["text", "reviewBody", "description"]));
    }
    if let Some(main) = objects.iter().find(|object| types(object).iter().any(|t| is_article(t))) {
        out.is_article = true;
        out.read_main(main, &objects);
    }
    if let Some(page) = objects.iter().find(|object| types(object).iter().any(|t| t.ends_with("page"))) {
        out.page_name = text(page, "name").or_else(|| text(page, "headline"));
        out.language = out.language.take().or_else(|| text(page, "inLanguage"));
    }
    let goods =
        ["product", "productgroup", "softwareapplication", "book", "movie", "course", "service", "event"];
    let product = objects.iter().find(|object| types(object).iter().any(|t| goods.contains(&t.as_str())));
    out.product = product.and_then(|object| text(object, "name"));
    out.persons = objects
        .iter()
        .filter(|object| types(object).iter().any(|t| t == "person"))
        .filter_map(|object| text(object, "name"))
        .take(MAX_NAMES)
        .collect();
    out.further_authors = objects
        .iter()
        .filter_map(|object| object.get("author").or_else(|| object.get("creator")))
        .take(MAX_NAMES * 2)
        .map(|author| names(author, &objects))
        .filter(|names| !names.is_empty() && *names != out.authors)
        .take(MAX_NAMES)
        .collect();
    if out.publisher.is_none() {
        out.publisher = objects
            .iter()
            .find(|object| types(object).iter().any(|t| t.ends_with("organization")))
            .and_then(|object| text(object, "name"));
    }
    out
}

impl JsonLd {
    fn read_main(&mut self, main: &Value, all: &[&Value]) {
        self.headline = text(main, "headline").or_else(|| text(main, "name"));
        self.alternative = text(main, "alternativeHeadline");
        self.language = text(main, "inLanguage");
        self.description = text(main, "description");
        self.authors = main
            .get("author")
            .or_else(|| main.get("creator"))
            .map(|author| names(author, all))
            .unwrap_or_default();
        self.publisher = main.get("publisher").and_then(|publisher| names(publisher, all).into_iter().next());
        self.paywalled = main.get("isAccessibleForFree").is_some_and(|free| {
            free == &Value::Bool(false) || free.as_str().is_some_and(|s| s.eq_ignore_ascii_case("false"))
        });
    }
}

/// The dates of all objects.
fn dates(objects: &[&Value]) -> Vec<(Stated, String)> {
    const FIELDS: [(&str, [Stated; 3]); 7] = {
        use Stated::*;
        let published = [ArticlePublished, PagePublished, OtherPublished];
        let modified = [ArticleModified, PageModified, OtherModified];
        [
            ("datePublished", published),
            ("dateModified", modified),
            ("lastReviewed", modified),
            ("dateCreated", [ArticleCreated, PagePublished, OtherPublished]),
            ("uploadDate", [ArticleCreated, PagePublished, OtherPublished]),
            ("datePosted", published),
            ("dateUpdated", modified),
        ]
    };
    let mut out = Vec::new();
    let mut articles = 0;
    for object in objects {
        let kinds = types(object);
        let article = kinds.iter().any(|kind| is_article(kind));
        let page = kinds.iter().any(|kind| kind.ends_with("page") || kind == "website");
        for (field, [of_article, of_page, of_other]) in FIELDS {
            let Some(value) = text(object, field) else { continue };
            let stated = match (article, page) {
                (true, _) if articles > 0 => Stated::FurtherArticle,
                (true, _) => of_article,
                (false, true) => of_page,
                (false, false) => of_other,
            };
            out.push((stated, value));
        }
        articles += usize::from(article);
        if out.len() >= MAX_DATES {
            break;
        }
    }
    out
}

/// Parses a script, with the mistakes that are common in the wild: CDATA marks, comments, raw line ends in strings.
fn parse(script: &str) -> Option<Value> {
    let text = script
        .trim()
        .trim_start_matches("<!--")
        .trim_start_matches("//<![CDATA[")
        .trim_start_matches("<![CDATA[");
    let text = text
        .trim()
        .trim_end_matches("-->")
        .trim_end_matches("//]]>")
        .trim_end_matches("]]>")
        .trim()
        .trim_end_matches(';');
    if let Ok(value) = serde_json::from_str(text) {
        return Some(value);
    }
    // Only the first value: behind it may stand a stray bracket, or a script's next statement.
    serde_json::Deserializer::from_str(&repaired(text)).into_iter().next()?.ok()
}

/// Takes out what JSON does not allow but people write: raw control characters, comments, commas before a bracket.
fn repaired(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let (mut quoted, mut escaped) = (false, false);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if quoted {
            quoted = c != '"' || escaped;
            escaped = c == '\\' && !escaped;
            out.push(if c.is_control() { ' ' } else { c });
            continue;
        }
        match (c, chars.peek()) {
            ('/', Some('/')) => while chars.next().is_some_and(|c| c != '\n') {},
            ('/', Some('*')) => {
                let mut before = ' ';
                while let Some(c) = chars.next().filter(|c| !(before == '*' && *c == '/')) {
                    before = c;
                }
            }
            ('}' | ']', _) => {
                let kept = out.trim_end().trim_end_matches(',').len();
                out.truncate(kept);
                out.push(c);
            }
            _ => {
                quoted = c == '"';
                out.push(if c.is_control() { ' ' } else { c });
            }
        }
    }
    out
}

/// All objects, outer before inner, without recursion.
fn collect<'a>(value: &'a Value, out: &mut Vec<&'a Value>) {
    let mut queue = std::collections::VecDeque::from([value]);
    while let Some(value) = queue.pop_front() {
        if out.len() >= MAX_OBJECTS {
            return;
        }
        match value {
            Value::Array(items) => queue.extend(items),
            Value::Object(fields) => {
                out.push(value);
                queue.extend(fields.values().filter(|field| field.is_object() || field.is_array()));
            }
            _ => {}
        }
    }
}

fn types(object: &Value) -> Vec<String> {
    let short = |name: &str| name.rsplit(['/', '#', ':']).next().unwrap_or(name).to_ascii_lowercase();
    match object.get("@type") {
        Some(Value::String(name)) => vec![short(name)],
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).map(short).collect(),
        _ => Vec::new(),
    }
}

fn is_article(kind: &str) -> bool {
    kind.ends_with("article")
        || (kind.ends_with("posting") && kind != "jobposting")
        || matches!(
            kind,
            "report" | "claimreview" | "review" | "qapage" | "question" | "recipe" | "howto" | "statement"
        )
}

fn text(object: &Value, field: &str) -> Option<String> {
    let value = match object.get(field)? {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Array(items) => items.first()?.as_str()?.to_owned(),
        Value::Object(fields) => fields.get("@value").or_else(|| fields.get("name"))?.as_str()?.to_owned(),
        _ => return None,
    };
    let value = clean(&unescape(&value));
    (!value.is_empty()).then_some(value)
}

/// The strings in some fields of an object.
fn strings(object: &Value, fields: &[&str]) -> Vec<String> {
    fields.iter().filter_map(|field| object.get(field)?.as_str()).map(str::to_owned).collect()
}

/// Names of persons or organisations, following references by `@id`.
fn names(value: &Value, all: &[&Value]) -> Vec<String> {
    match value {
        Value::String(name) => {
            Some(clean(&unescape(name))).filter(|name| !name.is_empty()).into_iter().collect()
        }
        Value::Array(items) => items
            .iter()
            .take(MAX_NAMES)
            .filter(|item| !item.is_array())
            .flat_map(|item| names(item, all))
            .collect(),
        Value::Object(fields) => text(value, "name")
            .or_else(|| {
                let id = fields.get("@id")?;
                all.iter()
                    .filter(|object| object.get("@id") == Some(id))
                    .find_map(|object| text(object, "name"))
            })
            .into_iter()
            .collect(),
        _ => Vec::new(),
    }
}

/// Resolves the character references that some sites leave in their JSON.
pub(crate) fn unescape(text: &str) -> String {
    if !text.contains('&') {
        return text.to_owned();
    }
    let fragment = scraper::Html::parse_fragment(prefix(text, 2000));
    fragment.root_element().text().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn article_in_a_graph_with_referenced_author() {
        let script = r##"{"@graph":[{"@type":"WebPage","datePublished":"2020-01-01"},
            {"@type":["NewsArticle"],"headline":"A &amp; B","datePublished":"2024-06-27T08:00:00+07:00",
             "author":{"@id":"#p"},"publisher":{"@type":"Organization","name":"Union"}},
            {"@type":"Person","@id":"#p","name":"Sok Dara"}]}"##;
        let found = read(&[script.to_owned()]);
        assert_eq!(found.headline.as_deref(), Some("A & B"));
        assert_eq!(found.authors, ["Sok Dara"]);
        assert_eq!(found.publisher.as_deref(), Some("Union"));
        let stated = |kind, value: &str| (kind, value.to_owned());
        assert_eq!(
            found.dates,
            [
                stated(Stated::PagePublished, "2020-01-01"),
                stated(Stated::ArticlePublished, "2024-06-27T08:00:00+07:00")
            ]
        );
    }

    #[test]
    fn broken_scripts_are_ignored() {
        assert!(read(&["{\"@type\":".to_owned(), "[[[[".repeat(100_000)]).headline.is_none());
    }

    #[test]
    fn comments_and_stray_signs_are_repaired() {
        for script in [
            "{\"@type\":\"Article\", // the type\n\"headline\":\"A // B\",}",
            "{\"@type\":\"Article\",/* x */\"headline\":\"A // B\"}}",
            "{\"@type\":[\"Article\",],\"headline\":\"A // B\"};var x = 1;",
        ] {
            assert_eq!(read(&[script.to_owned()]).headline.as_deref(), Some("A // B"), "{script}");
        }
    }

    #[test]
    fn raw_line_ends_are_repaired() {
        assert_eq!(
            read(&["{\"@type\":\"Article\",\"headline\":\"A\nB\"}".to_owned()]).headline.as_deref(),
            Some("A B")
        );
    }
}
