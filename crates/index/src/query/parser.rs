//! From pieces to a query.
//!
//! `NOT` binds most, then words side by side (or `AND`), then `OR`.

use super::lexer::{Piece, Placed, pieces};
use super::{Node, Query, QueryError};

/// Longest query in characters.
const LONGEST: usize = 10_000;
/// Most words and phrases in one query.
const MOST_LEAVES: usize = 1_000;
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
    let mut leaves = pieces.iter().filter(|(_, piece)| matches!(piece, Piece::Leaf(_)));
    match leaves.nth(MOST_LEAVES) {
        None => Ok(()),
        Some((column, _)) => Err(QueryError::new(
            *column,
            format!("the query has more than {MOST_LEAVES} words"),
            "split it into several",
        )),
    }
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
            ("unin~1", 5, "not supported yet"),
            ("\"a b\"~3", 6, "not supported yet"),
            ("NEAR(a b, 5)", 1, "NEAR is not supported"),
            ("a NEAR/5 b", 3, "NEAR is not supported"),
            ("un*on", 3, "only at the end"),
            ("*", 1, "must follow"),
            ("*tion", 1, "only at the end"),
            ("wom?n", 4, "not supported yet"),
            ("/colou?r/", 1, "regular expressions"),
            ("2024-06-01..2024-07-15", 11, "ranges"),
            ("[a TO b]", 1, "ranges"),
            ("a^2", 2, "weights"),
            ("\"a b\"^2", 6, "weights"),
            ("\"a b*\"", 5, "inside a phrase"),
            ("a && b", 3, "no operator"),
            ("a || b", 3, "no operator"),
            ("!a", 1, "no operator"),
            ("tilte:a", 1, "no field"),
            ("note:a", 1, "no field"),
            ("published:2024", 1, "not supported yet"),
            ("signatory:x", 1, "not supported yet"),
            ("title:", 7, "nothing to look for"),
            ("title: a", 7, "nothing to look for"),
            ("title:(a b)", 7, "before a group"),
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
    fn a_wrong_field_is_corrected() {
        for (given, meant) in
            [("tile:a", "title:"), ("titles:a", "title:"), ("auth:a", "author:"), ("hist:a", "host:")]
        {
            let hint = parse(given).unwrap_err().hint;
            assert!(hint.contains(meant), "{given}: {hint}");
        }
        assert!(parse("note:a").unwrap_err().hint.contains("\"note:a\""));
    }

    #[test]
    fn size_is_bounded() {
        assert!(parse(&"(".repeat(9_000)).is_err());
        assert!(parse(&format!("{}a{}", "(".repeat(50), ")".repeat(50))).is_ok());
        assert!(parse(&format!("{}a{}", "(".repeat(51), ")".repeat(51))).is_err());
        assert!(parse(&"a ".repeat(1_000)).is_ok());
        assert!(parse(&"a ".repeat(1_001)).is_err());
        assert!(parse(&"a".repeat(10_001)).is_err());
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
        "title:",
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

    fn node() -> impl Strategy<Value = Node> {
        use crate::query::{Form, Leaf, QueryField};
        let field = prop::option::of(prop::sample::select(QueryField::ALL.to_vec()));
        let word = ("[a-zé0-9ក-អ][a-zé0-9ក-អ'.,]{0,6}[a-z0-9]", prop::bool::ANY);
        let words = (field.clone(), word)
            .prop_filter("an ellipsis of two dots is a range", |(_, (word, _))| !word.contains(".."))
            .prop_map(|(field, (value, prefix))| Leaf {
                field,
                form: if prefix { Form::Prefix } else { Form::Word },
                value,
            });
        let phrases = (field, "[a-z][a-zé \"“*\\\\()-]{0,12}").prop_map(|(field, value)| Leaf {
            field,
            form: Form::Phrase,
            value,
        });
        let leaf = prop_oneof![words, phrases].prop_map(Node::Leaf);
        leaf.prop_recursive(4, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 2..4).prop_map(Node::all),
                prop::collection::vec(inner.clone(), 2..4).prop_map(Node::any),
                inner.prop_map(Node::not),
            ]
        })
    }
}
