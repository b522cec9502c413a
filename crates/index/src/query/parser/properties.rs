//! What is true of every query, however odd: it is understood or refused, and it prints as what it is.

use proptest::prelude::*;

use super::*;
use crate::query::dates::{Dates, Period};
use crate::query::{Form, Leaf, QueryField, Wanted, Words};

proptest! {
    #[test]
    fn any_text_is_understood_or_refused(text in any::<String>()) {
        round_trip(&text);
    }

    #[test]
    fn anything_like_a_query_is_understood_or_refused(
        parts in prop::collection::vec(prop::sample::select(PARTS), 0..12)
    ) {
        round_trip(&parts.concat());
    }

    #[test]
    fn every_query_parses_to_itself(root in node()) {
        let query = Query { root };
        prop_assert_eq!(parse(&query.to_string()), Ok(query));
    }
}

const PARTS: &[&str] = &[
    "a",
    "bé",
    "ខ្មែរ",
    "言论",
    " ",
    "  ",
    "(",
    ")",
    "\"",
    "“",
    "\\",
    "-",
    " -",
    "*",
    " OR ",
    " AND ",
    " NOT ",
    "NEAR",
    "NEAR(",
    ", 5)",
    ",",
    "title:",
    "title:(",
    "published:",
    "captured:>=",
    "signatory:",
    "url:(",
    "/news/",
    "(c)",
    "a.bc/",
    "&&",
    "2024-6",
    "2024",
    "2024-06",
    "-26",
    "~1",
    "\"~2",
    "/a.*/",
    "[",
    " TO ",
    "ʬ",
    "url:",
    "lang:",
    "x:",
    "https://a.b/",
    "/",
    "..",
    "~",
    "^",
    "?",
    "'",
    "’",
    "1,000",
    ".",
    "\u{200B}",
    "\n",
];

fn round_trip(text: &str) {
    match parse(text) {
        Ok(query) => assert_eq!(parse(&query.to_string()), Ok(query)),
        Err(error) => assert!(error.column >= 1 && error.column <= text.chars().count() + 1, "{error}"),
    }
}

fn words() -> impl Strategy<Value = Words> {
    let word = "[a-zé0-9ក-អ][a-zé0-9ក-អ'.,]{0,6}[a-z]";
    let word = word.prop_filter("two dots make a range", |word| !word.contains(".."));
    let phrase = "[a-z](\\\\[*\\\\\"“]|[a-zé ().?-]|[a-z]\\*){0,8}";
    prop_oneof![
        (word.clone(), prop::sample::select(vec![Form::Word, Form::Prefix, Form::Fuzzy(1), Form::Fuzzy(2)]))
            .prop_map(|(value, form)| Words { form, value }),
        "[a-zក-អ][*?]{1,2}[a-zក-អ][*?]?[a-z]".prop_map(|value| Words { form: Form::Wildcard, value }),
        "[a-z]{2}\\.[a-z]{2}/[a-z]\\*[a-z?]{0,3}[a-z]".prop_map(|value| Words { form: Form::Stars, value }),
        "[a-z](/|\\\\\\.|\\[a-z\\]|b\\*){0,5}".prop_map(|value| Words { form: Form::Regex, value }),
        (phrase, prop::sample::select(vec![0, 0, 3, 1_000]))
            .prop_map(|(value, slop)| Words { form: Form::Phrase(slop), value }),
    ]
}

fn dates() -> impl Strategy<Value = Dates> {
    let period = || "20[0-2][0-9](-0[1-9](-[0-2][1-8])?)?".prop_map(|text| Period::read(&text).unwrap());
    prop_oneof![
        period().prop_map(Dates::Within),
        period().prop_map(|from| Dates::Between(Some(from), None)),
        period().prop_map(|to| Dates::Between(None, Some(to))),
        (period(), period())
            .prop_filter("in order", |(from, to)| from.first() <= to.last())
            .prop_map(|(from, to)| Dates::Between(Some(from), Some(to))),
    ]
}

fn node() -> impl Strategy<Value = Node> {
    let of_words = QueryField::ALL.into_iter().filter(|field| !field.holds_dates()).collect::<Vec<_>>();
    let of_text = of_words.iter().copied().filter(|field| !field.holds_names()).collect::<Vec<_>>();
    let field = prop::option::of(prop::sample::select(of_words));
    let text_field = prop::option::of(prop::sample::select(of_text));
    let is_slop = |words: &Words| matches!(words.form, Form::Phrase(1..));
    let single = (field, words())
        .prop_filter("names have no slop", move |(field, words)| {
            !(is_slop(words) && field.is_some_and(QueryField::holds_names))
        })
        .prop_filter("a slash begins a path in an address, and `?` is a part of one", |(field, words)| {
            !(matches!(words.form, Form::Regex | Form::Wildcard) && *field == Some(QueryField::Url))
        })
        .prop_filter("an address without a field is looked up by itself", |(field, words)| {
            !(words.form == Form::Stars && field.is_none())
        })
        .prop_map(|(field, words)| Leaf { field, wanted: Wanted::Words(words) });
    let near = (text_field, prop::collection::vec(words(), 2..5), 1u32..1_000)
        .prop_filter("commas part members, phrases are exact", move |(_, members, _)| {
            members.iter().all(|words| !words.value.contains(',') && !is_slop(words))
        })
        .prop_map(|(field, members, window)| Leaf { field, wanted: Wanted::Near(members, window) });
    let date_field = vec![None, Some(QueryField::Published), Some(QueryField::Captured)];
    let on_dates = (prop::sample::select(date_field), dates())
        .prop_filter("a year alone is a number", |(field, dates)| {
            field.is_some() || !matches!(dates, Dates::Within(Period::Year(_)))
        })
        .prop_map(|(field, dates)| Leaf { field, wanted: Wanted::Dates(dates) });
    let leaf = prop_oneof![6 => single, 1 => near, 1 => on_dates].prop_map(Node::Leaf);
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..4).prop_map(Node::all),
            prop::collection::vec(inner.clone(), 2..4).prop_map(Node::any),
            inner.prop_map(Node::not),
        ]
    })
}
