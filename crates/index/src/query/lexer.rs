//! Cutting a query into operators and terms.

use super::field::QueryField;
use super::print::escaped;
use super::term::{phrase_leaf, regex_leaf, word_leaf};
use super::{ANY_LETTERS, Leaf, ONE_LETTER, QueryError};

/// One piece of a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Piece {
    Open,
    Close,
    And,
    Or,
    Not,
    Leaf(Leaf),
}

/// A piece and the column of its first character, counted from 1.
pub(crate) type Placed = (usize, Piece);

/// Most words that may stand between those of a phrase, and widest window of NEAR.
pub(super) const WIDEST: u32 = 1_000;

/// The characters that open and close a phrase: straight, and as word processors write them.
pub(crate) fn is_quote(c: char) -> bool {
    matches!(c, '"' | '“' | '”' | '„' | '«' | '»')
}

/// All pieces of a query.
pub(crate) fn pieces(query: &str) -> Result<Vec<Placed>, QueryError> {
    check_marks(query)?;
    let mut lexer = Lexer { chars: query.chars().collect(), at: 0, groups: Vec::new() };
    let mut pieces = Vec::new();
    while let Some(placed) = lexer.next_piece()? {
        pieces.push(placed);
    }
    Ok(pieces)
}

/// The letters that stand for wildcards inside have no meaning of their own.
fn check_marks(query: &str) -> Result<(), QueryError> {
    match query.chars().position(|c| c == ANY_LETTERS || c == ONE_LETTER) {
        None => Ok(()),
        Some(before) => Err(QueryError::new(
            before + 1,
            "this phonetic letter cannot be searched for",
            "leave it out, or write `?` in its place",
        )),
    }
}

pub(super) struct Lexer {
    chars: Vec<char>,
    pub(super) at: usize,
    /// The field of each group that is open, when it has one.
    groups: Vec<Option<QueryField>>,
}

impl Lexer {
    pub(super) fn peek(&self, ahead: usize) -> Option<char> {
        self.chars.get(self.at + ahead).copied()
    }

    /// The column of the next character.
    pub(super) fn column(&self) -> usize {
        self.at + 1
    }

    pub(super) fn skip_while(&mut self, skipped: impl Fn(char) -> bool) {
        while self.peek(0).is_some_and(&skipped) {
            self.at += 1;
        }
    }

    /// The field that the group around the next word names.
    fn field(&self) -> Option<QueryField> {
        self.groups.last().copied().flatten()
    }

    fn next_piece(&mut self) -> Result<Option<Placed>, QueryError> {
        self.skip_while(char::is_whitespace);
        let column = self.column();
        let Some(first) = self.peek(0) else { return Ok(None) };
        let piece = match first {
            '(' => self.open(self.field()),
            ')' => self.close(),
            '-' => self.minus(column)?,
            '–' | '—' | '−' => return Err(dash_error(first, column)),
            '+' => {
                return Err(QueryError::new(column, "every word is already required", "leave out the `+`"));
            }
            // A path begins with a slash too.
            '/' if self.field() != Some(QueryField::Url) => self.regex(self.field())?,
            c if is_quote(c) => self.phrase(self.field())?,
            _ => self.word(column)?,
        };
        Ok(Some((column, piece)))
    }

    fn open(&mut self, field: Option<QueryField>) -> Piece {
        self.at += 1;
        self.groups.push(field);
        Piece::Open
    }

    fn close(&mut self) -> Piece {
        self.at += 1;
        self.groups.pop();
        Piece::Close
    }

    fn minus(&mut self, column: usize) -> Result<Piece, QueryError> {
        match self.peek(1) {
            None => Err(nothing_to_exclude(column)),
            Some(c) if c.is_whitespace() || c == ')' => Err(nothing_to_exclude(column)),
            Some('-') => Err(QueryError::new(
                column,
                "`--` has no meaning in a query",
                "write one `-` to exclude a word",
            )),
            Some(_) => {
                self.at += 1;
                Ok(Piece::Not)
            }
        }
    }

    fn phrase(&mut self, field: Option<QueryField>) -> Result<Piece, QueryError> {
        let column = self.column();
        let value = self.phrase_value()?;
        let slop = self.slop()?;
        phrase_leaf(field, value, slop, column).map(Piece::Leaf)
    }

    /// What stands in quotation marks, with `\` where it is needed; the mark that opens it is the next character.
    pub(super) fn phrase_value(&mut self) -> Result<String, QueryError> {
        let column = self.column();
        self.at += 1;
        let mut value = String::new();
        loop {
            let Some(c) = self.peek(0) else {
                return Err(QueryError::new(column, "this phrase is not closed", "put a `\"` at its end"));
            };
            self.at += 1;
            match c {
                '\\' => {
                    let Some(literal) = self.peek(0) else { continue };
                    self.at += 1;
                    value.extend(escaped(literal));
                }
                c if is_quote(c) => return Ok(value),
                c => value.push(c),
            }
        }
    }

    /// `~3` after a phrase.
    fn slop(&mut self) -> Result<u32, QueryError> {
        let column = self.column();
        match self.peek(0) {
            Some('~') => {}
            Some('*') => {
                return Err(QueryError::new(
                    column,
                    "`*` after a phrase has no meaning",
                    "put it after a word of the phrase, before the quotation mark",
                ));
            }
            Some('^') => return Err(no_boost(column)),
            _ => return Ok(0),
        }
        self.at += 1;
        let digits = self.at;
        self.skip_while(|c| c.is_ascii_digit());
        let digits: String = self.chars.get(digits..self.at).unwrap_or_default().iter().collect();
        let ends = self.peek(0).is_none_or(|c| c.is_whitespace() || c == ')');
        match digits.parse() {
            Ok(slop) if ends && slop <= WIDEST => Ok(slop),
            _ => Err(QueryError::new(
                column,
                format!("`~` after a phrase needs a number up to {WIDEST}"),
                "write how many other words may stand between, such as \"freedom assembly\"~3",
            )),
        }
    }

    fn regex(&mut self, field: Option<QueryField>) -> Result<Piece, QueryError> {
        let column = self.column();
        let value = self.regex_value()?;
        regex_leaf(field, value, column).map(Piece::Leaf)
    }

    /// What stands between slashes; the first slash is the next character.
    pub(super) fn regex_value(&mut self) -> Result<String, QueryError> {
        let column = self.column();
        self.at += 1;
        let mut value = String::new();
        loop {
            let Some(c) = self.peek(0) else {
                return Err(QueryError::new(
                    column,
                    "this regular expression is not closed",
                    "put a `/` at its end, or put the text in quotation marks to search for it as it stands",
                ));
            };
            self.at += 1;
            match (c, self.peek(0)) {
                ('\\', Some('/')) => {
                    self.at += 1;
                    value.push('/');
                }
                ('\\', Some(escaped)) => {
                    self.at += 1;
                    value.extend([c, escaped]);
                }
                ('/', None) => return Ok(value),
                ('/', Some(next)) if next.is_whitespace() || matches!(next, ')' | ',') => return Ok(value),
                ('/', Some(_)) => return Err(self.text_after_regex(&value, column)),
                (c, _) => value.push(c),
            }
        }
    }

    /// Most likely a path was meant.
    fn text_after_regex(&self, regex: &str, column: usize) -> QueryError {
        let ends = |c: &char| c.is_whitespace() || matches!(c, '(' | ')') || is_quote(*c);
        let rest: String = self.chars.iter().skip(self.at).take_while(|c| !ends(c)).collect();
        QueryError::new(
            column,
            format!("`/{regex}/` is a regular expression, and text follows directly after it"),
            format!(
                "for words of an address write url:\"/{regex}/{rest}\"; a `/` within the expression is written `\\/`"
            ),
        )
    }

    fn word(&mut self, column: usize) -> Result<Piece, QueryError> {
        if let Some(piece) = self.after_field(column)? {
            return Ok(piece);
        }
        if self.at_near() {
            return self.near(self.field()).map(Piece::Leaf);
        }
        let word = self.read_word(column)?;
        if let Some(operator) = operator(&word, self.peek(0), column)? {
            return Ok(operator);
        }
        word_leaf(self.field(), &word, self.peek(0), column).map(Piece::Leaf)
    }

    /// What begins with a field's name and colon and is no plain word: a group, a phrase, a regular expression, NEAR.
    fn after_field(&mut self, column: usize) -> Result<Option<Piece>, QueryError> {
        let name: String = self.chars.iter().skip(self.at).take_while(|c| c.is_ascii_alphabetic()).collect();
        let after = self.at + name.len() + 1;
        let Some(field) = QueryField::named(&name).filter(|_| self.peek(name.len()) == Some(':')) else {
            return Ok(None);
        };
        let begin = std::mem::replace(&mut self.at, after);
        let is_special = match self.peek(0) {
            Some('(') => true,
            // A path begins with a slash too.
            Some('/') => field != QueryField::Url,
            Some(c) => is_quote(c) || self.at_near(),
            None => false,
        };
        if !is_special {
            self.at = begin;
            return Ok(None);
        }
        self.check_group_field(field, column)?;
        match self.peek(0) {
            Some('(') => Ok(Some(self.open(Some(field)))),
            Some('/') => self.regex(Some(field)).map(Some),
            Some('N') => self.near(Some(field)).map(|leaf| Some(Piece::Leaf(leaf))),
            _ => self.phrase(Some(field)).map(Some),
        }
    }

    /// A word cannot be in the field of its group and in another as well.
    fn check_group_field(&self, field: QueryField, column: usize) -> Result<(), QueryError> {
        super::term::check_group_field(self.field(), field, column)
    }

    fn at_near(&self) -> bool {
        "NEAR(".chars().enumerate().all(|(ahead, c)| self.peek(ahead) == Some(c))
    }

    fn read_word(&mut self, column: usize) -> Result<String, QueryError> {
        let is_url = self.at_url();
        let start = self.at;
        while let Some(c) = self.peek(0) {
            let ends = c.is_whitespace() || is_quote(c) || (!is_url && matches!(c, '(' | ')'));
            if ends {
                break;
            }
            self.at += 1;
        }
        if is_url {
            self.give_back_closing(start, column)?;
        }
        Ok(self.chars.get(start..self.at).unwrap_or_default().iter().collect())
    }

    /// Whether the address of a page comes next. In another field than that of addresses it is words like others.
    fn at_url(&self) -> bool {
        let start: String = self.chars.iter().skip(self.at).take("url:https://".len()).collect();
        let start = start.to_ascii_lowercase();
        let address = start.strip_prefix("url:").unwrap_or(&start);
        let may_be = address != start || self.field().is_none_or(|field| field == QueryField::Url);
        may_be && (address.starts_with("https://") || address.starts_with("http://"))
    }

    /// A URL may hold parentheses; one that it did not open closes a group of the query.
    fn give_back_closing(&mut self, start: usize, column: usize) -> Result<(), QueryError> {
        let count = |chars: &[char], wanted: char| chars.iter().filter(|c| **c == wanted).count();
        loop {
            let url = self.chars.get(start..self.at).unwrap_or_default();
            let (opened, closed) = (count(url, '('), count(url, ')'));
            if closed > opened && url.last() == Some(&')') {
                self.at -= 1;
            } else if closed == opened {
                return Ok(());
            } else {
                return Err(QueryError::new(
                    column,
                    "the parentheses of this URL do not match",
                    "put it in quotation marks: url:\"https://…\"",
                ));
            }
        }
    }
}

fn nothing_to_exclude(column: usize) -> QueryError {
    QueryError::new(
        column,
        "this `-` stands alone",
        "write it directly before the word to exclude, or in quotation marks",
    )
}

pub(super) fn dash_error(dash: char, column: usize) -> QueryError {
    QueryError::new(
        column,
        format!("`{dash}` is a dash"),
        "write a plain `-` before a word to exclude it, or leave the dash out",
    )
}

pub(super) fn no_boost(column: usize) -> QueryError {
    QueryError::new(column, "weights (`^`) are not supported", "leave out the `^` and the number")
}

/// Operators are written in capitals; their look-alikes from other languages are pointed out.
fn operator(word: &str, next: Option<char>, column: usize) -> Result<Option<Piece>, QueryError> {
    let error = |message: &str, hint: &str| Err(QueryError::new(column, message, hint));
    match word {
        "AND" => Ok(Some(Piece::And)),
        "OR" => Ok(Some(Piece::Or)),
        "NOT" => Ok(Some(Piece::Not)),
        "&&" | "&" => error("`&` is no operator here", "leave it out: all words are required"),
        "||" | "|" => error("`|` is no operator here", "write OR"),
        "!" => error("`!` is no operator here", "write NOT, or `-` before the word"),
        _ if next == Some('(') && word.eq_ignore_ascii_case("near") => {
            error("NEAR is written in capitals", "write NEAR(union strike, 5)")
        }
        _ if word == "NEAR" || word.starts_with("NEAR/") => error(
            "NEAR needs its words in parentheses",
            "write NEAR(union strike, 5), or `near` for the word itself",
        ),
        _ => Ok(None),
    }
}
