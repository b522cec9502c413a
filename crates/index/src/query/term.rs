//! What a single word or phrase of a query means, and what is wrong with it.

use super::dates;
use super::field::{self, QueryField};
use super::lexer::{dash_error, no_boost};
use super::{ANY_LETTERS, Form, Leaf, ONE_LETTER, QueryError, Wanted, Words, is_bare_url, wildcards_end};
use crate::matching::{MOST_PARTS, Pattern, Regex};
use crate::schema::url_key;
use vidimus_words::{Token, clusters, fold, words};

/// Most words of a phrase between which others may stand.
const MOST_APART: usize = 20;
/// Most words whose places are compared because one of them has `*`, and most of a phrase within NEAR.
pub(super) const MOST_PLACES: usize = 100;
/// Longest word with `~`, in letters.
const LONGEST_FUZZY: usize = 60;
/// Longest word with `*` or `?`, in letters.
const LONGEST_WILDCARD: usize = 100;

/// The leaf for a phrase.
pub(super) fn phrase_leaf(
    field: Option<QueryField>,
    value: String,
    slop: u32,
    column: usize,
) -> Result<Leaf, QueryError> {
    if field.is_some_and(QueryField::holds_dates) {
        if slop > 0 {
            let message = "`~` after a date has no meaning";
            return Err(QueryError::new(column, message, "write a range such as 2024-06-01..2024-07-15"));
        }
        return dates::read(&value, column + 1).map(|dates| Leaf { field, wanted: Wanted::Dates(dates) });
    }
    let words = phrase_words(field, value, slop, column)?;
    Ok(Leaf { field, wanted: Wanted::Words(words) })
}

pub(super) fn phrase_words(
    field: Option<QueryField>,
    value: String,
    slop: u32,
    column: usize,
) -> Result<Words, QueryError> {
    let words = Words { form: Form::Phrase(slop), value };
    if slop > 0 && (field.is_some_and(QueryField::holds_names) || words.is_whole_url()) {
        return Err(QueryError::new(
            column,
            "there are no words here that `~` could let apart",
            "leave out the `~`",
        ));
    }
    if slop > 0 && vidimus_words::words(&words.marked()).len() > MOST_APART {
        let message = format!("a phrase with `~` has at most {MOST_APART} words");
        return Err(QueryError::new(column, message, "leave out the `~`, or some of the words"));
    }
    check_wildcards(field, &words, column)?;
    check_searchable(field, &words, column)?;
    Ok(words)
}

/// The leaf for a regular expression.
pub(super) fn regex_leaf(
    field: Option<QueryField>,
    value: String,
    column: usize,
) -> Result<Leaf, QueryError> {
    check_no_dates(field, "a regular expression", column)?;
    let words = regex_words(field, value, column)?;
    Ok(Leaf { field, wanted: Wanted::Words(words) })
}

pub(super) fn regex_words(
    field: Option<QueryField>,
    value: String,
    column: usize,
) -> Result<Words, QueryError> {
    let literally = || format!("to search for the text itself write \"{value}\"");
    if value.trim().is_empty() {
        return Err(QueryError::new(
            column,
            "this regular expression is empty",
            "write a word between the slashes",
        ));
    }
    if value.contains(char::is_whitespace) && !field.is_some_and(QueryField::holds_names) {
        let message = "a regular expression is about single words, which hold no spaces";
        return Err(QueryError::new(column, message, literally()));
    }
    if let Err(error) = Regex::new(&value) {
        let message = format!("this regular expression cannot be used: {error}");
        return Err(QueryError::new(column, message, literally()));
    }
    Ok(Words { form: Form::Regex, value })
}

/// The leaf for NEAR.
pub(super) fn near_leaf(
    field: Option<QueryField>,
    members: Vec<Words>,
    window: u32,
    column: usize,
) -> Result<Leaf, QueryError> {
    check_no_dates(field, "NEAR", column)?;
    if let Some(field) = field.filter(|field| field.holds_names()) {
        let message = format!("there are no words near each other in `{}:`", field.name());
        return Err(QueryError::new(column, message, "leave out NEAR"));
    }
    if members.len() < 2 {
        let message = "NEAR needs two words at least, a comma and a number";
        return Err(QueryError::new(column, message, "write it like NEAR(union strike, 5)"));
    }
    Ok(Leaf { field, wanted: Wanted::Near(members, window) })
}

/// The leaf for a word; `next` is the character that ended it, `group` the field of the group around it.
pub(super) fn word_leaf(
    group: Option<QueryField>,
    word: &str,
    next: Option<char>,
    column: usize,
) -> Result<Leaf, QueryError> {
    if group.is_none() && is_url(word) {
        return url_leaf(word, column);
    }
    if group.is_none() && is_bare_url(word) && word.contains('*') {
        return url_leaf(&format!("https://{word}"), column);
    }
    let (own, value) = if is_url(word) { (None, word) } else { field::split(word, column)? };
    let value_column = column + word.chars().count() - value.chars().count();
    if let Some(own) = own {
        check_group_field(group, own, column)?;
        check_sign(word, value, value_column)?;
    }
    let field = own.or(group);
    if value.is_empty() {
        return Err(empty_value(word, next, value_column));
    }
    if field == Some(QueryField::Url) && is_url(value) {
        return url_leaf(value, value_column);
    }
    if field.is_some_and(QueryField::holds_dates) {
        check_date_range_form(value, value_column)?;
        return dates::read(value, value_column).map(|dates| Leaf { field, wanted: Wanted::Dates(dates) });
    }
    if field.is_none()
        && let Some(dates) = dates::bare(value, value_column)?
    {
        return Ok(Leaf { field, wanted: Wanted::Dates(dates) });
    }
    let words = plain_words(field, value, value_column)?;
    Ok(Leaf { field, wanted: Wanted::Words(words) })
}

/// A word without field, in whichever form it is written.
pub(super) fn plain_words(
    field: Option<QueryField>,
    value: &str,
    column: usize,
) -> Result<Words, QueryError> {
    check_operators(value, column)?;
    let words = match value.find('~') {
        Some(index) => fuzzy(value, index, column)?,
        None if field == Some(QueryField::Url) || is_bare_url(value) => stars(value),
        None => wildcard(value),
    };
    check_wildcards(field, &words, column)?;
    check_searchable(field, &words, column)?;
    Ok(words)
}

/// A sign behind the colon would be a part of the word, which has none: it stands before the field.
fn check_sign(word: &str, value: &str, column: usize) -> Result<(), QueryError> {
    let first = value.chars().next();
    let literally = || {
        let field = word.strip_suffix(value).unwrap_or_default();
        (field, value.get(1..).unwrap_or_default(), format!("{field}\"{value}\" for the text itself"))
    };
    match first {
        Some('-') => {
            let (field, rest, literally) = literally();
            let message = "the `-` that excludes stands before the field";
            Err(QueryError::new(column, message, format!("write -{field}{rest}, or {literally}")))
        }
        Some('+') => {
            let (_, _, literally) = literally();
            let message = "every word is already required";
            Err(QueryError::new(column, message, format!("leave out the `+`, or write {literally}")))
        }
        Some(dash @ ('–' | '—' | '−')) => Err(dash_error(dash, column)),
        _ => Ok(()),
    }
}

pub(super) fn check_group_field(
    group: Option<QueryField>,
    own: QueryField,
    column: usize,
) -> Result<(), QueryError> {
    match group {
        Some(group) if group != own => Err(QueryError::new(
            column,
            format!("`{}:` stands within a group of `{}:`", own.name(), group.name()),
            "close the group before it",
        )),
        _ => Ok(()),
    }
}

fn check_no_dates(field: Option<QueryField>, what: &str, column: usize) -> Result<(), QueryError> {
    match field.filter(|field| field.holds_dates()) {
        None => Ok(()),
        Some(field) => Err(QueryError::new(
            column,
            format!("`{}:` holds dates, and {what} is about words", field.name()),
            "write a date or a range such as 2024-06-01..2024-07-15",
        )),
    }
}

pub(super) fn is_url(word: &str) -> bool {
    ["http://", "https://"]
        .iter()
        .any(|scheme| word.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme)))
}

fn url_leaf(url: &str, column: usize) -> Result<Leaf, QueryError> {
    let words = stars(url);
    check_length(Some(QueryField::Url), &words, column)?;
    check_searchable(Some(QueryField::Url), &words, column)?;
    Ok(Leaf { field: Some(QueryField::Url), wanted: Wanted::Words(words) })
}

/// An address, or a part of one, in which `?` is no wildcard.
fn stars(value: &str) -> Words {
    let (form, value) = match value.strip_suffix('*') {
        Some(start) if !start.contains('*') => (Form::Prefix, start),
        None if !value.contains('*') => (Form::Word, value),
        _ => (Form::Stars, value),
    };
    Words { form, value: value.to_owned() }
}

fn wildcard(value: &str) -> Words {
    let end = wildcards_end(value);
    let is_inner = |(at, c): (usize, char)| (c == '*' && at + 1 < value.len()) || (c == '?' && at < end);
    let (form, value) = match value.strip_suffix('*') {
        _ if value.char_indices().any(is_inner) => (Form::Wildcard, value),
        Some(start) => (Form::Prefix, start),
        None => (Form::Word, value),
    };
    Words { form, value: value.to_owned() }
}

/// `word~1`; without a number, long words may differ in two letters and short ones in one.
fn fuzzy(value: &str, index: usize, column: usize) -> Result<Words, QueryError> {
    let (word, distance) =
        (value.get(..index).unwrap_or_default(), value.get(index + 1..).unwrap_or_default());
    let letters = word.chars().count();
    let error = |message: &str, hint: &str| Err(QueryError::new(column + letters, message, hint));
    if letters == 0 {
        return error("`~` needs a word before it", "write it after the word, such as asembly~1");
    }
    if word.contains(['*', '?']) {
        return error("`~` cannot follow a word with `*` or `?`", "leave out one of the two");
    }
    if letters > LONGEST_FUZZY {
        return error("this word is too long for `~`", "leave out the `~`, or use `*` for other endings");
    }
    let distance = match distance {
        "" if letters > 5 => 2,
        "" | "1" => 1,
        "2" => 2,
        _ => {
            return error(
                "`~` takes 1 or 2: how many letters may differ",
                "write ~1 or ~2 directly after the word",
            );
        }
    };
    Ok(Words { form: Form::Fuzzy(distance), value: word.to_owned() })
}

fn empty_value(word: &str, next: Option<char>, column: usize) -> QueryError {
    let example = match word.to_ascii_lowercase().as_str() {
        "published:" | "captured:" => "2024-06",
        "lang:" => "km",
        _ => "example",
    };
    let what = if next.is_some_and(char::is_whitespace) { " directly" } else { "" };
    QueryError::new(
        column,
        format!("`{word}` has nothing to look for"),
        format!("write something{what} after the colon, such as {word}{example}"),
    )
}

/// What other query languages have and this one has not, or has in another form.
fn check_operators(value: &str, column: usize) -> Result<(), QueryError> {
    let at = |index: usize| column + value.get(..index).unwrap_or_default().chars().count();
    check_date_range_form(value, column)?;
    if value.starts_with(['<', '>', '=']) {
        return Err(QueryError::new(
            column,
            "only dates can be compared",
            format!("write published:>=2024-06, or \"{value}\" for the text itself"),
        ));
    }
    if let Some(index) = range_dots(value) {
        return Err(QueryError::new(
            at(index),
            "only dates have ranges (`..`)",
            format!("write published:2024-06..2024-07, or \"{value}\" for the text itself"),
        ));
    }
    if let Some(index) = value.find('^') {
        return Err(no_boost(at(index)));
    }
    check_written_together(value, column)?;
    if value.starts_with('!') {
        return Err(QueryError::new(
            column,
            "`!` is no operator here",
            "write `-` before the word to exclude it",
        ));
    }
    Ok(())
}

/// `a&&b` without spaces would be one word.
fn check_written_together(value: &str, column: usize) -> Result<(), QueryError> {
    let signs = [("&&", "put a space in its place: all words are required"), ("||", "write OR, with spaces")];
    for (sign, hint) in signs {
        if let Some(index) = value.find(sign) {
            let before = value.get(..index).unwrap_or_default().chars().count();
            let sign = sign.get(..1).unwrap_or_default();
            return Err(QueryError::new(column + before, format!("`{sign}` is no operator here"), hint));
        }
    }
    Ok(())
}

fn check_date_range_form(value: &str, column: usize) -> Result<(), QueryError> {
    if !value.starts_with(['[', '{']) {
        return Ok(());
    }
    let bracket = value.get(..1).unwrap_or_default();
    Err(QueryError::new(
        column,
        format!("ranges are not written with `{bracket}`"),
        "write the first and the last date with two dots between, such as published:2024-06-01..2024-07-15",
    ))
}

/// Two dots between two values; three are an ellipsis.
fn range_dots(value: &str) -> Option<usize> {
    let index = value.find("..")?;
    let rest = value.get(index + 2..)?;
    (index > 0 && !rest.is_empty() && !rest.starts_with('.')).then_some(index)
}

fn check_wildcards(field: Option<QueryField>, words: &Words, column: usize) -> Result<(), QueryError> {
    if !words.has_wildcards() {
        return Ok(());
    }
    let error = |column: usize, message: &str, hint: &str| Err(QueryError::new(column, message, hint));
    let value = &words.value;
    if value.chars().count() > LONGEST_WILDCARD && matches!(words.form, Form::Wildcard | Form::Stars) {
        return error(column, "this word is too long for `*` and `?`", "leave them out, or give less of it");
    }
    if !value.contains(char::is_alphanumeric) {
        return error(
            column,
            "`*` must stand beside a letter or a digit",
            "write a part of the word; kind:any finds everything",
        );
    }
    let last = value.chars().next_back();
    if words.form == Form::Prefix && last.is_some_and(|c| c.is_ascii_punctuation() && c != '?') {
        return error(
            column + value.chars().count(),
            "`*` must follow a letter or a digit",
            "write the beginning of a word before it",
        );
    }
    if !field.is_some_and(QueryField::holds_names) && !words.is_whole_url() {
        check_stars(words, column)?;
    }
    check_length(field, words, column)
}

/// What is compared with whole terms has an end, and so have the terms whose places are compared.
fn check_length(field: Option<QueryField>, words: &Words, column: usize) -> Result<(), QueryError> {
    let patterns = words.patterns_in(field);
    if patterns.len() > MOST_PLACES && words.has_wildcards() {
        let message = format!("a phrase with `*` has at most {MOST_PLACES} words");
        return Err(QueryError::new(column, message, "leave out the `*`, or some of the words"));
    }
    if patterns.iter().any(Pattern::is_cut) {
        let message =
            format!("this is longer than the {MOST_PARTS} characters that may be around a `*` or `?`");
        return Err(QueryError::new(
            column,
            message,
            "leave them out, or give less of it, with a `*` at its end",
        ));
    }
    Ok(())
}

/// A `*` belongs to a word; by itself it would look for the letter that stands for it.
fn check_stars(wanted: &Words, column: usize) -> Result<(), QueryError> {
    let marked = wanted.marked();
    let is_phrase = matches!(wanted.form, Form::Phrase(_));
    let is_lone = |word: &Token| word.text.chars().all(|c| c == ANY_LETTERS || c == ONE_LETTER);
    let has_clusters = !clusters(&marked).is_empty();
    if has_clusters && is_phrase {
        return Err(QueryError::new(
            column,
            "`*` within a phrase must stand beside a letter of a spaced script",
            "leave it out: a phrase in this script is found inside longer words as well",
        ));
    }
    // In these scripts the whole is one pattern.
    if has_clusters || !words(&marked).iter().any(is_lone) {
        return Ok(());
    }
    let (message, hint) = match is_phrase {
        true => (
            "`*` within a phrase must stand beside a letter of a spaced script",
            "write a part of the word before or after it; for other words between, \"…\"~3",
        ),
        false => (
            "a `*` or `?` of this stands by itself, and not beside a letter",
            "write it beside a letter or a digit, or write the words one by one",
        ),
    };
    Err(QueryError::new(column, message, hint))
}

/// A query for nothing would match nothing, or everything, without saying so.
fn check_searchable(field: Option<QueryField>, wanted: &Words, column: usize) -> Result<(), QueryError> {
    let value = wanted.value.as_str();
    let searchable = match field {
        Some(QueryField::Url) if wanted.is_whole_url() => !url_key(value).is_empty(),
        Some(field) if field.holds_names() => !fold(value).is_empty(),
        _ => !words(value).is_empty() || !clusters(value).is_empty(),
    };
    if searchable {
        return Ok(());
    }
    Err(QueryError::new(
        column,
        "there is nothing here to search for",
        "use at least one letter or digit, or leave this out",
    ))
}
