//! The fields that a query can name.

use super::QueryError;

/// Fields that can be named in a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum QueryField {
    Text,
    Title,
    Author,
    Source,
    Signatory,
    Lang,
    Url,
    Host,
    Kind,
    Published,
    Captured,
}

impl QueryField {
    pub(crate) const ALL: [QueryField; 11] = [
        QueryField::Text,
        QueryField::Title,
        QueryField::Author,
        QueryField::Source,
        QueryField::Signatory,
        QueryField::Lang,
        QueryField::Url,
        QueryField::Host,
        QueryField::Kind,
        QueryField::Published,
        QueryField::Captured,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            QueryField::Text => "text",
            QueryField::Title => "title",
            QueryField::Author => "author",
            QueryField::Source => "source",
            QueryField::Signatory => "signatory",
            QueryField::Lang => "lang",
            QueryField::Url => "url",
            QueryField::Host => "host",
            QueryField::Kind => "kind",
            QueryField::Published => "published",
            QueryField::Captured => "captured",
        }
    }

    /// The field of this name, in capitals or not.
    pub(super) fn named(name: &str) -> Option<QueryField> {
        QueryField::ALL.into_iter().find(|field| field.name().eq_ignore_ascii_case(name))
    }

    pub(crate) fn holds_dates(self) -> bool {
        matches!(self, QueryField::Published | QueryField::Captured)
    }

    /// Whether words of it have other forms.
    pub(crate) fn holds_text(self) -> bool {
        matches!(self, QueryField::Text | QueryField::Title)
    }

    /// Whether it holds one name and no text in which words stand near each other.
    pub(crate) fn holds_names(self) -> bool {
        matches!(self, QueryField::Lang | QueryField::Host | QueryField::Kind)
    }
}

/// Splits `field:value`. Only Latin letters before the colon make a field: `12:30` is a word.
pub(super) fn split(word: &str, column: usize) -> Result<(Option<QueryField>, &str), QueryError> {
    let Some((name, value)) = word.split_once(':') else { return Ok((None, word)) };
    if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'_') {
        return Ok((None, word));
    }
    match QueryField::named(name) {
        Some(field) => Ok((Some(field), value)),
        None => {
            let hint = unknown_field_hint(&name.to_ascii_lowercase(), word);
            Err(QueryError::new(column, format!("there is no field `{name}:`"), hint))
        }
    }
}

/// What people write for a field that has another name here.
const OTHER_NAMES: [(&str, QueryField); 14] = [
    ("site", QueryField::Host),
    ("domain", QueryField::Host),
    ("inurl", QueryField::Url),
    ("intitle", QueryField::Title),
    ("headline", QueryField::Title),
    ("body", QueryField::Text),
    ("content", QueryField::Text),
    ("language", QueryField::Lang),
    ("by", QueryField::Author),
    ("type", QueryField::Kind),
    ("signed", QueryField::Signatory),
    ("signatories", QueryField::Signatory),
    ("date", QueryField::Published),
    ("crawled", QueryField::Captured),
];

fn unknown_field_hint(name: &str, word: &str) -> String {
    let other = OTHER_NAMES.iter().find(|(other, _)| *other == name).map(|(_, field)| *field);
    let similar = || QueryField::ALL.into_iter().find(|field| looks_like(name, field.name()));
    match other.or_else(similar) {
        Some(field) => format!("did you mean `{}:`?", field.name()),
        None => {
            let names: Vec<String> =
                QueryField::ALL.iter().map(|field| format!("{}:", field.name())).collect();
            format!("fields are {}; to search for the text itself write \"{word}\"", names.join(" "))
        }
    }
}

/// A slip of the pen: one is the beginning of the other, two letters changed places, or one letter differs, lacks or is
/// too many.
fn looks_like(given: &str, name: &str) -> bool {
    let is_beginning = given.len() >= 2 && (name.starts_with(given) || given.starts_with(name));
    let common = |a: &mut dyn Iterator<Item = u8>, b: &mut dyn Iterator<Item = u8>| {
        a.zip(b).take_while(|(a, b)| a == b).count()
    };
    let before = common(&mut given.bytes(), &mut name.bytes());
    let after = common(&mut given.bytes().rev(), &mut name.bytes().rev());
    let longer = given.len().max(name.len());
    let swapped = || {
        let middle = |text: &str| text.get(before..text.len().saturating_sub(after)).map(str::to_owned);
        let turned = middle(given).map(|middle| middle.chars().rev().collect::<String>());
        given.len() == name.len() && before + after + 2 == longer && turned == middle(name)
    };
    let one_letter = given.len().abs_diff(name.len()) <= 1 && before + after + 1 >= longer;
    is_beginning || (longer >= 3 && (one_letter || swapped()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_field_is_corrected() {
        let cases = [
            ("tile:a", "title:"),
            ("titles:a", "title:"),
            ("tilte:a", "title:"),
            ("auth:a", "author:"),
            ("hist:a", "host:"),
            ("site:a", "host:"),
            ("publised:a", "published:"),
            ("langauge:a", "lang:"),
            ("signed:a", "signatory:"),
        ];
        for (given, meant) in cases {
            let error = split(given, 1).unwrap_err();
            assert!(error.hint.contains(meant), "{given}: {error}");
        }
        let error = split("note:a", 1).unwrap_err();
        assert!(error.hint.contains("\"note:a\"") && error.hint.contains("signatory:"), "{error}");
    }

    #[test]
    fn a_colon_alone_makes_no_field() {
        for word in ["12:30", ":a", "é:a", "a", "::"] {
            assert!(matches!(split(word, 1), Ok((None, _))), "{word}");
        }
        assert_eq!(split("TITLE:a:b", 1), Ok((Some(QueryField::Title), "a:b")));
    }
}
