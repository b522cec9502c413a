//! What a single word or phrase of a query means, and what is wrong with it.

use super::lexer::no_boost;
use super::{Form, Leaf, QueryError, QueryField};
use crate::schema::url_key;
use vidimus_words::{clusters, fold, words};

/// Fields that are planned, with what to use until then.
const PLANNED: [(&str, &str); 3] = [
    ("published", "use the options --since and --until"),
    ("captured", "use the options --since and --until"),
    ("signatory", "search for the name as a phrase"),
];

/// The leaf for a phrase.
pub(super) fn phrase_leaf(
    field: Option<QueryField>,
    value: String,
    column: usize,
) -> Result<Leaf, QueryError> {
    let leaf = Leaf { field, form: Form::Phrase, value };
    check_searchable(&leaf, column)?;
    Ok(leaf)
}

/// The leaf for a word; `next` is the character that ended it.
pub(super) fn word_leaf(word: &str, next: Option<char>, column: usize) -> Result<Leaf, QueryError> {
    let (field, value) =
        if is_url(word) { (Some(QueryField::Url), word) } else { split_field(word, column)? };
    let value_column = column + word.chars().count() - value.chars().count();
    if value.is_empty() {
        return Err(empty_value(word, next, value_column));
    }
    if field == Some(QueryField::Url) && is_url(value) {
        return url_leaf(value, value_column);
    }
    check_unsupported(value, value_column)?;
    let leaf = match value.strip_suffix('*') {
        Some(start) => Leaf { field, form: Form::Prefix, value: start.to_owned() },
        None => Leaf { field, form: Form::Word, value: value.to_owned() },
    };
    check_stars(&leaf, value_column)?;
    check_searchable(&leaf, value_column)?;
    Ok(leaf)
}

fn is_url(word: &str) -> bool {
    ["http://", "https://"]
        .iter()
        .any(|scheme| word.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme)))
}

fn url_leaf(url: &str, column: usize) -> Result<Leaf, QueryError> {
    let (form, value) = match url.strip_suffix('*') {
        Some(start) => (Form::Prefix, start),
        None => (Form::Word, url),
    };
    let leaf = Leaf { field: Some(QueryField::Url), form, value: value.to_owned() };
    check_searchable(&leaf, column)?;
    Ok(leaf)
}

/// Splits `field:value`. Only Latin letters before the colon make a field: `12:30` is a word.
fn split_field(word: &str, column: usize) -> Result<(Option<QueryField>, &str), QueryError> {
    let Some((name, value)) = word.split_once(':') else { return Ok((None, word)) };
    if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'_') {
        return Ok((None, word));
    }
    let lower = name.to_ascii_lowercase();
    if let Some(field) = QueryField::ALL.into_iter().find(|field| field.name() == lower) {
        return Ok((Some(field), value));
    }
    if let Some((_, hint)) = PLANNED.iter().find(|(planned, _)| *planned == lower) {
        return Err(QueryError::new(column, format!("the field `{lower}:` is not supported yet"), *hint));
    }
    Err(QueryError::new(column, format!("there is no field `{name}:`"), unknown_field_hint(&lower, word)))
}

fn unknown_field_hint(name: &str, word: &str) -> String {
    let similar = QueryField::ALL.into_iter().find(|field| looks_like(name, field.name()));
    match similar {
        Some(field) => format!("did you mean `{}:`?", field.name()),
        None => {
            let names: Vec<String> =
                QueryField::ALL.iter().map(|field| format!("{}:", field.name())).collect();
            format!("fields are {}; to search for the text itself write \"{word}\"", names.join(" "))
        }
    }
}

/// A slip of the pen: one is the beginning of the other, or one letter differs, lacks or is too many.
fn looks_like(given: &str, name: &str) -> bool {
    let is_beginning = given.len() >= 2 && (name.starts_with(given) || given.starts_with(name));
    let common = |a: &mut dyn Iterator<Item = u8>, b: &mut dyn Iterator<Item = u8>| {
        a.zip(b).take_while(|(a, b)| a == b).count()
    };
    let before = common(&mut given.bytes(), &mut name.bytes());
    let after = common(&mut given.bytes().rev(), &mut name.bytes().rev());
    let longer = given.len().max(name.len());
    is_beginning || (longer >= 3 && given.len().abs_diff(name.len()) <= 1 && before + after + 1 >= longer)
}

fn empty_value(word: &str, next: Option<char>, column: usize) -> QueryError {
    if next == Some('(') {
        return QueryError::new(
            column,
            "a field cannot stand before a group",
            format!("write `{word}` before each word of the group"),
        );
    }
    QueryError::new(
        column,
        format!("`{word}` has nothing to look for"),
        format!("write a word or a phrase directly after the colon, such as {word}example"),
    )
}

/// What other query languages have and this one does not yet.
fn check_unsupported(value: &str, column: usize) -> Result<(), QueryError> {
    let at = |index: usize| column + value.get(..index).unwrap_or_default().chars().count();
    let quote = format!("to search for the text itself write \"{value}\"");
    if value.starts_with('/') {
        return Err(QueryError::new(column, "regular expressions (`/…/`) are not supported yet", quote));
    }
    if value.starts_with(['[', '{', '<', '>', '=']) {
        return Err(QueryError::new(
            column,
            "ranges are not supported yet",
            "for dates use the options --since and --until",
        ));
    }
    if let Some(index) = range_dots(value) {
        return Err(QueryError::new(
            at(index),
            "ranges (`..`) are not supported yet",
            "for dates use the options --since and --until",
        ));
    }
    if let Some(index) = value.find('~') {
        return Err(QueryError::new(
            at(index),
            "similar spellings (`~`) are not supported yet",
            "leave out the `~`, or use `*` for other endings",
        ));
    }
    if let Some(index) = value.find('^') {
        return Err(no_boost(at(index)));
    }
    if value.starts_with('!') {
        return Err(QueryError::new(
            column,
            "`!` is no operator here",
            "write `-` before the word to exclude it",
        ));
    }
    Ok(())
}

/// Two dots between two values; three are an ellipsis.
fn range_dots(value: &str) -> Option<usize> {
    let index = value.find("..")?;
    let rest = value.get(index + 2..)?;
    (index > 0 && !rest.is_empty() && !rest.starts_with('.')).then_some(index)
}

fn check_stars(leaf: &Leaf, column: usize) -> Result<(), QueryError> {
    let value = &leaf.value;
    let letters: Vec<char> = value.chars().collect();
    if let Some(index) = letters.iter().position(|c| *c == '*') {
        return Err(QueryError::new(
            column + index,
            "`*` is supported only at the end of a word",
            "move it to the end, or split the word",
        ));
    }
    let is_wildcard =
        |three: &[char]| matches!(three, [a, '?', b] if a.is_alphanumeric() && b.is_alphanumeric());
    if let Some(index) = letters.windows(3).position(is_wildcard) {
        return Err(QueryError::new(
            column + index + 1,
            "`?` for any letter is not supported yet",
            "use `*` at the end of the word",
        ));
    }
    let ends_in_punctuation = letters.last().is_none_or(|c| c.is_ascii() && !c.is_ascii_alphanumeric());
    if leaf.form == Form::Prefix && ends_in_punctuation {
        return Err(QueryError::new(
            column + letters.len(),
            "`*` must follow a letter or a digit",
            "write the beginning of a word before it",
        ));
    }
    Ok(())
}

/// A query for nothing would match nothing, or everything, without saying so.
fn check_searchable(leaf: &Leaf, column: usize) -> Result<(), QueryError> {
    let value = leaf.value.as_str();
    let searchable = match leaf.field {
        _ if leaf.is_whole_url() => !url_key(value).is_empty(),
        Some(QueryField::Lang | QueryField::Host | QueryField::Kind) => !fold(value).is_empty(),
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
