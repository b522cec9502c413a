//! The fields of the index, and how a document goes into them and comes out again.
//!
//! Text that people search has two fields, words and clusters (see [`vidimus_words`]). Names with
//! one spelling (source, host, language …) have a key field with the folded forms under which they
//! are found. What a hit shows is stored. Changing anything here needs a new [`crate::SCHEMA_VERSION`].

use std::collections::HashSet;
use std::path::Path;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use tantivy::TantivyDocument;
use tantivy::schema::{
    FAST, Field, INDEXED, IndexRecordOption, STORED, STRING, Schema, SchemaBuilder, TextFieldIndexing,
    TextOptions, Value,
};
use url::Url;
use vidimus_compare::name_keys;
use vidimus_snapshot::{Digest, normal_form};
use vidimus_words::fold;

use crate::document::Document;
use crate::error::IndexError;
use crate::fingerprints;
use crate::query::ANY_LETTERS;
use crate::tokenizer::{CLUSTERS, WORDS};

/// Names of the fields that sorting and iteration read by name.
pub(crate) const ID: &str = "id";
pub(crate) const DAY: &str = "day";
pub(crate) const TIE: &str = "tie";
pub(crate) const DEMOTED: &str = "demoted";
pub(crate) const PAGE: &str = "page";
pub(crate) const STATES: &str = "states";
pub(crate) const WITNESSED: &str = "witnessed";
pub(crate) const PUBLISHED: &str = "published";
pub(crate) const CAPTURED: &str = "captured";
/// Names of the fields by which hits are counted.
pub(crate) const SOURCE: &str = "source";
pub(crate) const HOST: &str = "host";
pub(crate) const LANG: &str = "lang";
pub(crate) const KIND: &str = "kind";
pub(crate) const SIGNATORY_NAME: &str = "signatory_name";

/// The key under which texts are found of which only the beginning is held.
const PARTIAL: &str = "partial";

/// A searchable text: its words, and its clusters.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TextField {
    pub(crate) words: Field,
    pub(crate) clusters: Field,
}

/// All fields by name.
#[derive(Debug, Clone)]
pub(crate) struct Fields {
    pub(crate) schema: Schema,
    pub(crate) id: Field,
    pub(crate) text: TextField,
    pub(crate) title: TextField,
    pub(crate) author: TextField,
    pub(crate) organisation: TextField,
    pub(crate) signatory: TextField,
    /// The keys of an organisation: see [`name_keys`].
    pub(crate) signatory_key: Field,
    /// Each organisation once, for counting: see [`listed_name`].
    signatory_name: Field,
    /// What texts that share a passage share, see [`mod@fingerprints`].
    pub(crate) fingerprint: Field,
    /// The page as a number: equal for all versions of it.
    page: Field,
    states: Field,
    pub(crate) url_words: Field,
    pub(crate) url_key: Field,
    host: Field,
    pub(crate) host_key: Field,
    source: Field,
    pub(crate) source_key: Field,
    lang: Field,
    pub(crate) lang_key: Field,
    kind: Field,
    pub(crate) kind_key: Field,
    partial: Field,
    witnessed: Field,
    /// 1 for what never comes before a statement.
    demoted: Field,
    pub(crate) published: Field,
    pub(crate) captured: Field,
    /// The day to filter by, as the number YYYYMMDD.
    pub(crate) day: Field,
    tie: Field,
}

impl Fields {
    pub(crate) fn new() -> Fields {
        let mut schema = Schema::builder();
        let fields = FieldsBuilder { schema: &mut schema };
        let mut fields = fields.build();
        fields.schema = schema.build();
        fields
    }
}

struct FieldsBuilder<'a> {
    schema: &'a mut SchemaBuilder,
}

impl FieldsBuilder<'_> {
    fn build(mut self) -> Fields {
        Fields {
            schema: SchemaBuilder::default().build(),
            id: self.schema.add_text_field(ID, STRING | STORED | FAST),
            text: self.text("text"),
            title: self.text("title"),
            author: self.text("author"),
            organisation: self.text("organisation"),
            signatory: self.text("signatory"),
            signatory_key: self.key("signatory_key"),
            signatory_name: self.schema.add_text_field(SIGNATORY_NAME, FAST),
            fingerprint: self.schema.add_text_field("fingerprint", fingerprints::options()),
            page: self.schema.add_u64_field(PAGE, FAST),
            states: self.schema.add_i64_field(STATES, STORED | FAST),
            url_words: self.schema.add_text_field("url", tokenized(WORDS).set_stored()),
            url_key: self.key("url_key"),
            host: self.schema.add_text_field(HOST, STORED | FAST),
            host_key: self.key("host_key"),
            source: self.schema.add_text_field(SOURCE, STORED | FAST),
            source_key: self.key("source_key"),
            lang: self.schema.add_text_field(LANG, STORED | FAST),
            lang_key: self.key("lang_key"),
            kind: self.schema.add_text_field(KIND, STORED | FAST),
            kind_key: self.key("kind_key"),
            partial: self.schema.add_u64_field(PARTIAL, STORED),
            witnessed: self.schema.add_u64_field(WITNESSED, STORED | FAST),
            demoted: self.schema.add_u64_field(DEMOTED, FAST),
            published: self.schema.add_u64_field(PUBLISHED, STORED | FAST),
            captured: self.schema.add_i64_field(CAPTURED, STORED | FAST),
            day: self.schema.add_u64_field(DAY, FAST | INDEXED),
            tie: self.schema.add_u64_field(TIE, FAST),
        }
    }

    fn text(&mut self, name: &str) -> TextField {
        TextField {
            words: self.schema.add_text_field(name, tokenized(WORDS).set_stored()),
            clusters: self.schema.add_text_field(&format!("{name}_clusters"), tokenized(CLUSTERS)),
        }
    }

    fn key(&mut self, name: &str) -> Field {
        self.schema.add_text_field(name, STRING)
    }
}

fn tokenized(tokenizer: &str) -> TextOptions {
    let indexing = TextFieldIndexing::default()
        .set_tokenizer(tokenizer)
        .set_index_option(IndexRecordOption::WithFreqsAndPositions);
    TextOptions::default().set_indexing_options(indexing)
}

impl Fields {
    /// A document as the engine takes it.
    pub(crate) fn engine_document(&self, document: &Document) -> Result<TantivyDocument, IndexError> {
        let refuse =
            |reason: &str| IndexError::Document { id: document.id.clone(), reason: reason.to_owned() };
        let tie =
            tie(&document.id).ok_or_else(|| refuse("its id is not 64 lower-case hexadecimal digits"))?;
        let day = number(document.day()).ok_or_else(|| refuse("its date lies before the year 1"))?;

        let mut out = TantivyDocument::default();
        out.add_text(self.id, &document.id);
        add_text(&mut out, self.text, &document.text);
        add_text(&mut out, self.title, &document.title);
        for author in &document.authors {
            add_text(&mut out, self.author, author);
        }
        if let Some(organisation) = &document.organisation {
            add_text(&mut out, self.organisation, organisation);
        }
        let mut counted = HashSet::new();
        for name in &document.signatories {
            add_text(&mut out, self.signatory, name);
            let keys = name_keys(name);
            // The whole name is longer than its acronym.
            if let Some(key) = keys.iter().max_by_key(|key| key.len())
                && counted.insert(key.clone())
            {
                out.add_text(self.signatory_name, format!("{key}\t{name}"));
            }
            for key in keys {
                out.add_text(self.signatory_key, key);
            }
        }
        out.add_text(self.fingerprint, fingerprints::as_text(&vidimus_compare::fingerprints(&document.text)));
        let url_key = url_key(&document.url);
        out.add_u64(self.page, page_number(&url_key));
        for state in &document.states {
            out.add_i64(self.states, state.as_microsecond());
        }
        out.add_text(self.url_words, &document.url);
        out.add_text(self.url_key, url_key);
        add_named(&mut out, self.host, self.host_key, &document.host, host_keys(&document.host));
        add_named(&mut out, self.source, self.source_key, &document.source, vec![fold(&document.source)]);
        if let Some(lang) = &document.lang {
            add_named(&mut out, self.lang, self.lang_key, lang, lang_keys(lang));
        }
        if let Some(kind) = &document.kind {
            add_named(&mut out, self.kind, self.kind_key, kind, vec![fold(kind)]);
        }
        if document.partial {
            out.add_text(self.kind_key, PARTIAL);
        }
        out.add_u64(self.partial, u64::from(document.partial));
        out.add_u64(self.witnessed, u64::from(document.witnessed));
        out.add_u64(self.demoted, u64::from(document.is_demoted()));
        if let Some(published) = document.published {
            out.add_u64(
                self.published,
                number(published).ok_or_else(|| refuse("it was published before the year 1"))?,
            );
        }
        out.add_i64(self.captured, document.captured_at.as_microsecond());
        out.add_u64(self.day, day);
        out.add_u64(self.tie, tie);
        Ok(out)
    }

    /// The document that was stored.
    pub(crate) fn stored_document(
        &self,
        stored: &TantivyDocument,
        dir: &Path,
    ) -> Result<Document, IndexError> {
        let text = |field: Field| stored.get_first(field).and_then(|value| value.as_str()).map(str::to_owned);
        let required = |field: Field| {
            let name = self.schema.get_field_name(field);
            text(field).ok_or_else(|| IndexError::damaged(dir, format!("a document lacks its `{name}`")))
        };
        let captured = stored.get_first(self.captured).and_then(|value| value.as_i64());
        let published = stored.get_first(self.published).and_then(|value| value.as_u64());
        Ok(Document {
            id: required(self.id)?,
            url: required(self.url_words)?,
            host: required(self.host)?,
            source: required(self.source)?,
            organisation: text(self.organisation.words),
            title: required(self.title.words)?,
            authors: stored
                .get_all(self.author.words)
                .filter_map(|value| value.as_str().map(str::to_owned))
                .collect(),
            lang: text(self.lang),
            kind: text(self.kind),
            partial: stored.get_first(self.partial).and_then(|value| value.as_u64()) == Some(1),
            witnessed: stored.get_first(self.witnessed).and_then(|value| value.as_u64()) == Some(1),
            published: published.and_then(date),
            captured_at: captured
                .and_then(|micros| Timestamp::from_microsecond(micros).ok())
                .ok_or_else(|| IndexError::damaged(dir, "a document lacks the time of its capture"))?,
            signatories: stored
                .get_all(self.signatory.words)
                .filter_map(|value| value.as_str().map(str::to_owned))
                .collect(),
            states: stored
                .get_all(self.states)
                .filter_map(|value| Timestamp::from_microsecond(value.as_i64()?).ok())
                .collect(),
            text: required(self.text.words)?,
        })
    }
}

fn add_text(out: &mut TantivyDocument, field: TextField, text: &str) {
    out.add_text(field.words, text);
    // Most texts have no clusters at all: do not store what would give no term.
    if !text.is_ascii() {
        out.add_text(field.clusters, text);
    }
}

fn add_named(out: &mut TantivyDocument, stored: Field, key: Field, name: &str, keys: Vec<String>) {
    out.add_text(stored, name);
    for form in keys {
        out.add_text(key, form);
    }
}

/// YYYYMMDD, which sorts as dates do.
pub(crate) fn number(date: Date) -> Option<u64> {
    let year = u64::try_from(date.year()).ok().filter(|year| *year > 0)?;
    let month = u64::try_from(date.month()).ok()?;
    let day = u64::try_from(date.day()).ok()?;
    Some(year * 10_000 + month * 100 + day)
}

/// The day YYYYMMDD of a time in microseconds (UTC).
pub(crate) fn day_number(microseconds: i64) -> Option<u64> {
    let time = Timestamp::from_microsecond(microseconds).ok()?;
    number(time.to_zoned(TimeZone::UTC).date())
}

/// The day of a number YYYYMMDD.
pub(crate) fn date(number: u64) -> Option<Date> {
    let year = i16::try_from(number / 10_000).ok()?;
    let month = i8::try_from(number / 100 % 100).ok()?;
    let day = i8::try_from(number % 100).ok()?;
    Date::new(year, month, day).ok()
}

/// The first digits of the id: an order for hits with equal scores that does not depend on where the
/// engine keeps them.
fn tie(id: &str) -> Option<u64> {
    let well_formed = id.len() == 64 && id.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    if !well_formed {
        return None;
    }
    u64::from_str_radix(id.get(..16)?, 16).ok()
}

/// The key of an organisation and its name as listed, of how it is counted.
pub(crate) fn listed_name(value: &str) -> (&str, &str) {
    value.split_once('\t').unwrap_or((value, value))
}

/// The same number for all captures of a page, and as good as never for two pages.
fn page_number(url_key: &str) -> u64 {
    let digest = Digest::of(url_key.as_bytes());
    digest.as_bytes().iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// The form under which a URL is looked up: people paste it with or without `https://`, `www.`, a
/// trailing slash or a fragment, and with the letters that a browser shows for `%C3%A9` or `xn--`.
pub(crate) fn url_key(url: &str) -> String {
    let url = normal_url(url.trim());
    let url = url.as_str();
    let after_scheme = url.split_once("://").map_or(url, |(_, rest)| rest);
    let without_fragment = after_scheme.split_once('#').map_or(after_scheme, |(before, _)| before);
    let (host, path) = match without_fragment.find(['/', '?']) {
        Some(at) => without_fragment.split_at(at),
        None => (without_fragment, ""),
    };
    let host = host.to_lowercase();
    let host = host.strip_prefix("www.").unwrap_or(&host);
    let host = host.strip_suffix(":443").or_else(|| host.strip_suffix(":80")).unwrap_or(host);
    format!("{host}{}", path.strip_suffix('/').unwrap_or(path))
}

/// The normal form of an address, or what is none as it is. Where it has a wildcard, this stays where it is.
fn normal_url(url: &str) -> String {
    let has_wildcard = url.contains(ANY_LETTERS);
    if has_wildcard && url.contains('*') {
        return url.to_owned();
    }
    // An address may hold this character, and no normal form changes it.
    let parseable = url.replace(ANY_LETTERS, "*");
    let absolute = if parseable.contains("://") { parseable } else { format!("https://{parseable}") };
    let Ok(parsed) = Url::parse(&absolute) else { return url.to_owned() };
    let normal = with_capital_escapes(normal_form(&parsed).as_str());
    if has_wildcard { normal.replace('*', &ANY_LETTERS.to_string()) } else { normal }
}

/// `%c3` and `%C3` are the same (RFC 3986, section 6.2.2.1).
fn with_capital_escapes(url: &str) -> String {
    let mut digits = 0;
    let capital = |c: char| {
        let is_digit = digits > 0 && c.is_ascii_hexdigit();
        digits = if c == '%' { 2 } else { u8::saturating_sub(digits, 1) };
        if is_digit { c.to_ascii_uppercase() } else { c }
    };
    url.chars().map(capital).collect()
}

/// A host is found by its own name and by each domain it belongs to.
fn host_keys(host: &str) -> Vec<String> {
    let host = fold(host);
    let mut keys = vec![host.clone()];
    let mut rest = host.as_str();
    while let Some((_, domain)) = rest.split_once('.') {
        if !domain.is_empty() {
            keys.push(domain.to_owned());
        }
        rest = domain;
    }
    keys
}

/// `pt-BR` is found as itself and as `pt`.
fn lang_keys(lang: &str) -> Vec<String> {
    let whole = fold(lang);
    let mut keys = vec![whole.clone()];
    if let Some((primary, _)) = whole.split_once(['-', '_']) {
        keys.push(primary.to_owned());
    }
    keys
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_has_one_key_however_it_is_pasted() {
        for url in [
            "https://www.Example.org/News/",
            "http://example.org/News",
            "example.org/News#top",
            "https://example.org:443/News",
        ] {
            assert_eq!(url_key(url), "example.org/News");
        }
        assert_eq!(url_key("https://example.org/"), "example.org");
        assert_eq!(url_key("https://example.org/?q=1"), "example.org/?q=1");
        let encoded = url_key("https://xn--grve-6oa.example/gr%C3%A8ve?id=3");
        for url in [
            "https://Grève.example/grève?id=3",
            "grève.example/gr%c3%a8ve?id=3&utm_source=x",
            "http://grève.example:80/a/../grève?id=3#top",
        ] {
            assert_eq!(url_key(url), encoded, "{url}");
        }
        // What is no address has a key as well.
        assert_eq!(url_key("https://"), "");
        assert_eq!(url_key("https://exa mple/a/"), "exa mple/a");
        assert_eq!(url_key("https://www.*.example/ʬ/"), "*.example/ʬ");
        assert_eq!(url_key("https://ʬ.grève.example/grʬ/é"), "ʬ.xn--grve-6oa.example/grʬ/%C3%A9");
    }

    #[test]
    fn a_host_is_found_by_its_domains() {
        assert_eq!(host_keys("News.Example.org"), ["news.example.org", "example.org", "org"]);
        assert_eq!(host_keys("..."), ["...", "..", "."]);
    }

    #[test]
    fn dates_are_numbers_that_sort() {
        let day = jiff::civil::date(2024, 6, 26);
        assert_eq!(number(day), Some(20_240_626));
        assert_eq!(date(20_240_626), Some(day));
        assert_eq!(number(jiff::civil::date(-5, 1, 1)), None);
        assert_eq!(date(20_241_340), None);
    }
}
