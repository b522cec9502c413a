//! From pieces to a query.
//!
//! `NOT` binds most, then words side by side (or `AND`), then `OR`.

use super::lexer::{Piece, Placed, pieces};
use super::{Node, Query, QueryError};

/// Longest query in characters.
const LONGEST: usize = 10_000;
/// Most words and phrases in one query.
const MOST_LEAVES: usize = 1_000;
/// Most words that stand for many, each of which may walk over all words of the index.
const MOST_PATTERNS: usize = 50;
/// Deepest nesting of parentheses.
const DEEPEST: usize = 50;

/// Understands a query, or says in which column it stops making sense.
///
/// ```
/// let query = vidimus_index::parse("title:arrest (journalist OR blogger) -football").unwrap();
/// assert_eq!(query.to_string(), "title:arrest (journalist OR blogger) -football");
///
/// let error = vidimus_index::parse("arrest AND").unwrap_err();
/// assert_eq!(error.column, 8);
/// ```
pub fn parse(query: &str) -> Result<Query, QueryError> {
    if query.chars().nth(LONGEST).is_some() {
        return Err(QueryError::new(
            LONGEST + 1,
            format!("the query is longer than {LONGEST} characters"),
            "split it into several",
        ));
    }
    let pieces = pieces(query)?;
    check_size(&pieces)?;
    let end = query.trim_end().chars().count() + 1;
    let mut parser = Parser { pieces: &pieces, at: 0, end, depth: 0 };
    if pieces.is_empty() {
        return Err(QueryError::new(1, "the query is empty", "give a word to look for"));
    }
    let root = parser.any()?;
    match parser.peek() {
        None => Ok(Query { root }),
        Some((column, _)) => {
            Err(QueryError::new(*column, "this `)` closes nothing", "leave it out, or put a `(` before"))
        }
    }
}

fn check_size(pieces: &[Placed]) -> Result<(), QueryError> {
    let leaves = || pieces.iter().filter(|(_, piece)| matches!(piece, Piece::Leaf(_)));
    let too_many = |(column, _): &Placed, what: String| {
        Err(QueryError::new(*column, format!("the query has more than {what}"), "split it into several"))
    };
    if let Some(placed) = leaves().nth(MOST_LEAVES) {
        return too_many(placed, format!("{MOST_LEAVES} words"));
    }
    let mut patterns = 0;
    for placed in leaves() {
        patterns += match &placed.1 {
            Piece::Leaf(leaf) => leaf.patterns(),
            _ => 0,
        };
        if patterns > MOST_PATTERNS {
            return too_many(placed, format!("{MOST_PATTERNS} words with `*`, `?`, `~` or `/…/`"));
        }
    }
    Ok(())
}

struct Parser<'a> {
    pieces: &'a [Placed],
    at: usize,
    /// Column just after the query.
    end: usize,
    depth: usize,
}

impl<'a> Parser<'a> {
    fn peek(&self) -> Option<&'a Placed> {
        self.pieces.get(self.at)
    }

    fn next_is(&self, piece: &Piece) -> bool {
        self.peek().is_some_and(|(_, next)| next == piece)
    }

    fn any(&mut self) -> Result<Node, QueryError> {
        let mut nodes = vec![self.all()?];
        while self.next_is(&Piece::Or) {
            self.at += 1;
            nodes.push(self.all()?);
        }
        Ok(Node::any(nodes))
    }

    fn all(&mut self) -> Result<Node, QueryError> {
        let mut nodes = vec![self.one()?];
        loop {
            match self.peek() {
                Some((_, Piece::And)) => {
                    self.at += 1;
                    nodes.push(self.one()?);
                }
                Some((_, Piece::Not | Piece::Open | Piece::Leaf(_))) => nodes.push(self.one()?),
                Some((_, Piece::Or | Piece::Close)) | None => return Ok(Node::all(nodes)),
            }
        }
    }

    fn one(&mut self) -> Result<Node, QueryError> {
        let Some((column, piece)) = self.peek() else { return Err(self.missing(self.end)) };
        match piece {
            Piece::Leaf(leaf) => {
                self.at += 1;
                Ok(Node::Leaf(leaf.clone()))
            }
            Piece::Not => self.negated(),
            Piece::Open => self.group(*column),
            Piece::And | Piece::Or | Piece::Close => Err(self.missing(*column)),
        }
    }

    fn negated(&mut self) -> Result<Node, QueryError> {
        self.at += 1;
        match self.peek() {
            Some((column, Piece::Not)) => Err(QueryError::new(
                *column,
                "this excludes what is already excluded",
                "leave one of the two out",
            )),
            _ => self.one().map(Node::not),
        }
    }

    fn group(&mut self, column: usize) -> Result<Node, QueryError> {
        self.at += 1;
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(QueryError::new(
                column,
                format!("parentheses are nested more than {DEEPEST} deep"),
                "leave out those that change nothing",
            ));
        }
        if self.next_is(&Piece::Close) {
            return Err(QueryError::new(
                column,
                "there is nothing between these parentheses",
                "leave them out",
            ));
        }
        let node = self.any()?;
        if !self.next_is(&Piece::Close) {
            return Err(QueryError::new(column, "this `(` is not closed", "put a `)` where the group ends"));
        }
        self.at += 1;
        self.depth -= 1;
        Ok(node)
    }

    /// Something to look for should stand at this column. Says so at the operator that wants it, if there is one.
    fn missing(&self, column: usize) -> QueryError {
        let operator = |piece: &Piece| match piece {
            Piece::And => Some("AND"),
            Piece::Or => Some("OR"),
            Piece::Not => Some("NOT"),
            _ => None,
        };
        let before = self.at.checked_sub(1).and_then(|at| self.pieces.get(at));
        if let Some((column, name)) = before.and_then(|(column, piece)| Some((*column, operator(piece)?))) {
            return QueryError::new(
                column,
                format!("{name} needs a word after it"),
                format!("add one, leave out {name}, or write {} for the word itself", name.to_lowercase()),
            );
        }
        match self.peek().map(|(_, piece)| piece) {
            Some(Piece::Close) => {
                QueryError::new(column, "this `)` closes nothing", "leave it out, or put a `(` before")
            }
            Some(piece) => {
                let name = operator(piece).unwrap_or("this");
                QueryError::new(
                    column,
                    format!("{name} needs a word before it"),
                    format!(
                        "add one, leave out {name}, or write {} for the word itself",
                        name.to_lowercase()
                    ),
                )
            }
            None => QueryError::new(column, "a word is missing here", "add a word to look for"),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::query::dates::{Dates, Period};
    use crate::query::{Form, Leaf, QueryField, Wanted, Words};

    #[test]
    fn queries_print_in_one_form() {
        let cases = [
            ("a  b", "a b"),
            ("a AND b", "a b"),
            ("a OR b c", "a OR (b c)"),
            ("(a OR (b OR c))", "a OR b OR c"),
            ("a NOT b", "a -b"),
            ("NOT (a b)", "-(a b)"),
            ("-a", "-a"),
            ("“free speech”", "\"free speech\""),
            ("TITLE:Arrest*", "title:Arrest*"),
            ("title:\"a b\"", "title:\"a b\""),
            (r#""say \"no\" \*""#, r#""say \"no\" \*""#),
            (r#""a \b""#, r#""a b""#),
            ("\"a b\"~3", "\"a b\"~3"),
            ("\"a b\"~0", "\"a b\""),
            ("\"hunger stri*\"", "\"hunger stri*\""),
            ("NEAR(a b, 5)", "NEAR(a b, 5)"),
            ("NEAR(a,\"b c\" d*,/e/ , 5 )", "NEAR(a \"b c\" d* /e/, 5)"),
            ("title:NEAR(a b,5)", "title:NEAR(a b, 5)"),
            ("un*on *tion w?men", "un*on *tion w?men"),
            ("detan~ asembly~1 organisaton~", "detan~1 asembly~1 organisaton~2"),
            ("/organi[sz]ations?/ x", "/organi[sz]ations?/ x"),
            (r"title:/a\/b/", r"title:/a\/b/"),
            ("(/a|b/)", "/a|b/"),
            ("title:(a OR b) c", "(title:a OR title:b) c"),
            ("title:(a (b OR \"c d\") -e)", "title:a (title:b OR title:\"c d\") -title:e"),
            ("published:(2023 OR 2024-06)", "published:2023 OR published:2024-06"),
            ("title:(title:a b)", "title:a title:b"),
            ("published:2024-06", "published:2024-06"),
            ("published:\"2024-06-26\"", "published:2024-06-26"),
            ("captured:>=2024-06 captured:<2025", "captured:2024-06.. captured:..2024-12-31"),
            ("2024-06-01..2024-07-15", "2024-06-01..2024-07-15"),
            ("2024-06 ..2023 2022..", "2024-06 ..2023 2022.."),
            (">=2024-06-26", "2024-06-26.."),
            ("2024 \"2024-13\" 24-06", "2024 \"2024-13\" 24-06"),
            ("signatory:\"Dara Rights Centre\"", "signatory:\"Dara Rights Centre\""),
            ("https://example.org/*/2024?a=*", "url:https://example.org/*/2024?a=*"),
            ("host:*.example.org", "host:*.example.org"),
            ("url:/news/2024", "url:/news/2024"),
            ("and/or km/h", "and/or km/h"),
            ("why?! un*on?", "why?! un*on?"),
            ("url:(/news/ OR /press/)", "url:/news/ OR url:/press/"),
            ("title:(https://a.b/(c))", "title:https://a.b/ title:c"),
            ("url:(https://a.b/(c))", "url:https://a.b/(c)"),
            ("example.org/page?id=3", "example.org/page?id=3"),
            ("-example.org/page", "-example.org/page"),
            ("example.org/news/*", "url:https://example.org/news/*"),
            ("example.org/*/page?id=3", "url:https://example.org/*/page?id=3"),
            ("url:page?id=3 url:p*ge?i", "url:page?id=3 url:p*ge?i"),
            ("kind:ANY a&b AT&T", "kind:ANY a&b AT&T"),
            ("https://example.org/a_(b)", "url:https://example.org/a_(b)"),
            ("(x https://example.org/a)", "x url:https://example.org/a"),
            ("https://example.org/news/*", "url:https://example.org/news/*"),
            ("12:30 C++ wait... why?", "12:30 C++ wait... why?"),
            ("l’arrestation example.org", "l’arrestation example.org"),
            ("សិទ្ធិ 言论自由", "សិទ្ធិ 言论自由"),
        ];
        for (given, wanted) in cases {
            let query = parse(given).unwrap_or_else(|error| panic!("{given}: {error}"));
            assert_eq!(query.to_string(), wanted, "{given}");
            assert_eq!(parse(wanted).unwrap(), query, "{given}");
        }
    }

    #[test]
    fn a_mistake_names_its_column() {
        let cases = [
            ("", 1, "empty"),
            ("   ", 1, "empty"),
            ("a AND", 3, "AND needs a word after"),
            ("OR a", 1, "OR needs a word before"),
            ("a OR OR b", 3, "OR needs a word after"),
            ("a NOT", 3, "NOT needs"),
            ("NOT NOT a", 5, "already excluded"),
            ("(a b", 1, "not closed"),
            ("a) b", 2, "closes nothing"),
            (")", 1, "closes nothing"),
            ("a ()", 3, "nothing between"),
            ("a \"b c", 3, "not closed"),
            ("ខ្មែរ \"b", 7, "not closed"),
            ("a - b", 3, "stands alone"),
            ("a --b", 3, "no meaning"),
            ("a +b", 3, "already required"),
            ("a – b", 3, "dash"),
            ("\"a b\"~", 6, "needs a number"),
            ("\"a b\"~x", 6, "needs a number"),
            ("\"a b\"~5000", 6, "needs a number"),
            ("lang:\"a b\"~2", 6, "no words here"),
            ("a~3", 2, "takes 1 or 2"),
            ("a~0.8", 2, "takes 1 or 2"),
            ("~5", 1, "needs a word before"),
            ("un*on~1", 6, "cannot follow"),
            ("NEAR(a b)", 1, "comma and a number"),
            ("NEAR(a b 5)", 1, "comma and a number"),
            ("NEAR(a b, 0)", 1, "comma and a number"),
            ("NEAR(a, 5)", 1, "two words"),
            ("NEAR()", 1, "comma and a number"),
            ("NEAR(a b, 5", 1, "not closed"),
            ("NEAR(a (b c), 5)", 8, "no groups"),
            ("NEAR(a OR b, 5)", 8, "no meaning within NEAR"),
            ("NEAR(a title:b, 5)", 8, "a field within NEAR"),
            ("NEAR(a \"b c\"~2, 5)", 13, "as it stands"),
            ("a NEAR/5 b", 3, "in parentheses"),
            ("a NEAR b", 3, "in parentheses"),
            ("near(a b, 5)", 1, "in capitals"),
            ("lang:NEAR(a b, 5)", 6, "no words near"),
            ("*", 1, "beside a letter"),
            ("?*?", 1, "beside a letter"),
            ("a-*", 3, "must follow"),
            ("/colou?r", 1, "not closed"),
            ("//", 1, "is empty"),
            ("/a(/", 1, "unclosed group"),
            ("/a b/", 1, "single words"),
            ("/news/2024", 1, "text follows"),
            ("a /x{9999}{9999}/", 3, "cannot be used"),
            ("2024-07..2024-06", 1, "ends before"),
            ("published:2024-07-15..2024-06-01", 11, "ends before"),
            ("published:2024-13", 11, "no such day"),
            ("published:June", 11, "is no date"),
            ("published:2024..June", 17, "is no date"),
            ("captured:2024*", 10, "is no date"),
            ("published:/2024/", 11, "holds dates"),
            ("published:[2024 TO 2025]", 11, "not written with `[`"),
            ("[a TO b]", 1, "not written with `[`"),
            ("a..b", 2, "only dates"),
            ("title:>=2024", 7, "only dates"),
            (">5", 2, "is no date"),
            ("title:(a author:b)", 10, "within a group"),
            ("a^2", 2, "weights"),
            ("\"a b\"^2", 6, "weights"),
            ("\"a b\"*", 6, "no meaning"),
            ("\"a * b\"", 1, "beside a letter"),
            ("a && b", 3, "no operator"),
            ("a || b", 3, "no operator"),
            ("!a", 1, "no operator"),
            ("tilte:a", 1, "no field"),
            ("note:a", 1, "no field"),
            ("title:-river", 7, "before the field"),
            ("title:+river", 7, "already required"),
            ("title:–river", 7, "dash"),
            ("a 2024-06-31", 3, "no such day"),
            ("2024-6", 1, "is no date"),
            ("2024-13", 1, "no such day"),
            ("2024-06-01...2024-07", 1, "two dots"),
            ("2024-06-01...2024-7", 14, "is no date"),
            ("2024-06-01..2024-6", 13, "is no date"),
            ("*😀river", 1, "by itself"),
            ("ab.*.cd", 1, "by itself"),
            ("title:ab.?.cd", 7, "by itself"),
            ("1,*", 3, "must follow"),
            ("a ʬ", 3, "phonetic"),
            ("\"a ʭ\"", 4, "phonetic"),
            ("published:\"2024\"~7", 11, "no meaning"),
            ("NEAR(note:a b, 5)", 6, "no field"),
            ("river&&x", 6, "`&` is no operator"),
            ("title:river||x", 12, "`|` is no operator"),
            ("title:", 7, "nothing to look for"),
            ("title: a", 7, "nothing to look for"),
            ("title:()", 1, "nothing between"),
            ("title:(a", 1, "not closed"),
            ("published:", 11, "nothing to look for"),
            ("a ... b", 3, "nothing here"),
            ("\"—\"", 1, "nothing here"),
            ("lang:\u{200B}", 6, "nothing here"),
            ("https://", 1, "nothing here"),
            ("https://example.org/(a", 1, "do not match"),
        ];
        for (query, column, message) in cases {
            let error = parse(query).expect_err(query);
            assert_eq!(error.column, column, "{query}: {error}");
            assert!(error.message.contains(message), "{query}: {error}");
            assert!(!error.hint.is_empty());
        }
    }

    #[test]
    fn a_way_out_leads_on() {
        for query in ["/news/2024", "2024-07..2024-06", "near(a b, 5)"] {
            let hint = parse(query).unwrap_err().hint;
            let (_, written) = hint.split_once("write ").unwrap();
            let written = written.split(';').next().unwrap().trim_start_matches("it the other way round: ");
            assert!(parse(written).is_ok(), "{hint}");
        }
    }

    #[test]
    fn size_is_bounded() {
        assert!(parse(&"(".repeat(9_000)).is_err());
        assert!(parse(&format!("{}a{}", "(".repeat(50), ")".repeat(50))).is_ok());
        assert!(parse(&format!("{}a{}", "(".repeat(51), ")".repeat(51))).is_err());
        assert!(parse(&"a ".repeat(1_000)).is_ok());
        assert!(parse(&"a ".repeat(1_001)).is_err());
        assert!(parse(&"a".repeat(10_001)).is_err());
        assert!(parse(&"a* ".repeat(50)).is_ok());
        assert!(parse(&"a* ".repeat(51)).unwrap_err().message.contains("more than 50"));
        assert!(parse(&format!("\"{}\"", "a* ".repeat(51))).unwrap_err().message.contains("more than 50"));
        assert!(parse(&format!("\"{}\"~5", "a ".repeat(21))).unwrap_err().message.contains("at most 20"));
        let phrase = |words: &str| parse(&format!("\"{words}\"")).map(|_| ()).map_err(|error| error.message);
        assert_eq!(phrase(&"a ".repeat(1_000)), Ok(()));
        assert_eq!(phrase(&format!("{}b*", "a ".repeat(99))), Ok(()));
        assert!(phrase(&format!("{}b*", "a ".repeat(100))).unwrap_err().contains("at most 100 words"));
        assert!(parse(&format!("{}b*", "a-".repeat(200))).unwrap_err().message.contains("at most 100"));
        let near = parse(&format!("NEAR(b \"{}\", 5)", "a ".repeat(101))).unwrap_err();
        assert!(near.message.contains("at most 100 words") && near.column == 8, "{near}");
        let long = "a".repeat(200);
        for (query, column) in [
            (format!("https://example.org/{long}/*/b"), 1),
            (format!("url:https://example.org/*/{long}"), 5),
            (format!("url:\"https://example.org/*/{long}\""), 5),
            (format!("host:\"*{long}b\""), 6),
            (format!("b source:\"*{long}b\""), 10),
        ] {
            let error = parse(&query).unwrap_err();
            assert!(error.message.contains("127 characters") && error.column == column, "{query}: {error}");
        }
        assert!(parse(&format!("https://example.org/{long}*")).is_ok());
        assert!(parse(&format!("NEAR({}, 5)", "a ".repeat(21))).unwrap_err().message.contains("at most 20"));
    }

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
            (
                word.clone(),
                prop::sample::select(vec![Form::Word, Form::Prefix, Form::Fuzzy(1), Form::Fuzzy(2)])
            )
                .prop_map(|(value, form)| Words { form, value }),
            "[a-zក-អ][*?]{1,2}[a-zក-អ][*?]?[a-z]".prop_map(|value| Words { form: Form::Wildcard, value }),
            "[a-z]{2}\\.[a-z]{2}/[a-z]\\*[a-z?]{0,3}[a-z]"
                .prop_map(|value| Words { form: Form::Stars, value }),
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
}
