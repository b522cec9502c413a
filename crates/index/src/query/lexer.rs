//! Cutting a query into operators and terms.

use super::term::{phrase_leaf, word_leaf};
use super::{Leaf, QueryError, QueryField};

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

/// The characters that open and close a phrase: straight, and as word processors write them.
pub(crate) fn is_quote(c: char) -> bool {
    matches!(c, '"' | '“' | '”' | '„' | '«' | '»')
}

/// All pieces of a query.
pub(crate) fn pieces(query: &str) -> Result<Vec<Placed>, QueryError> {
    let mut lexer = Lexer { chars: query.chars().collect(), at: 0 };
    let mut pieces = Vec::new();
    while let Some(placed) = lexer.next_piece()? {
        pieces.push(placed);
    }
    Ok(pieces)
}

struct Lexer {
    chars: Vec<char>,
    at: usize,
}

impl Lexer {
    fn peek(&self, ahead: usize) -> Option<char> {
        self.chars.get(self.at + ahead).copied()
    }

    fn next_piece(&mut self) -> Result<Option<Placed>, QueryError> {
        while self.peek(0).is_some_and(char::is_whitespace) {
            self.at += 1;
        }
        let column = self.at + 1;
        let Some(first) = self.peek(0) else { return Ok(None) };
        let piece = match first {
            '(' => self.single(Piece::Open),
            ')' => self.single(Piece::Close),
            '-' => self.minus(column)?,
            '–' | '—' | '−' => return Err(dash_error(first, column)),
            '+' => {
                return Err(QueryError::new(column, "every word is already required", "leave out the `+`"));
            }
            c if is_quote(c) => Piece::Leaf(self.phrase(None)?),
            _ => self.word(column)?,
        };
        Ok(Some((column, piece)))
    }

    fn single(&mut self, piece: Piece) -> Piece {
        self.at += 1;
        piece
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
            Some(_) => Ok(self.single(Piece::Not)),
        }
    }

    /// A phrase; the quotation mark that opens it is the next character.
    fn phrase(&mut self, field: Option<QueryField>) -> Result<Leaf, QueryError> {
        let column = self.at + 1;
        self.at += 1;
        let mut value = String::new();
        loop {
            let here = self.at + 1;
            let Some(c) = self.peek(0) else {
                return Err(QueryError::new(column, "this phrase is not closed", "put a `\"` at its end"));
            };
            self.at += 1;
            match c {
                '\\' => {
                    let Some(escaped) = self.peek(0) else { continue };
                    self.at += 1;
                    value.push(escaped);
                }
                '*' => {
                    return Err(QueryError::new(
                        here,
                        "`*` inside a phrase is not supported yet",
                        "put the word with `*` outside the phrase, or write `\\*` for the character itself",
                    ));
                }
                c if is_quote(c) => break,
                c => value.push(c),
            }
        }
        self.check_after_phrase()?;
        phrase_leaf(field, value, column)
    }

    fn check_after_phrase(&self) -> Result<(), QueryError> {
        let column = self.at + 1;
        match self.peek(0) {
            Some('~') => Err(QueryError::new(
                column,
                "`~` for words near each other is not supported yet",
                "leave out the `~` to find the exact phrase, or the quotation marks to find all its words",
            )),
            Some('*') => Err(QueryError::new(
                column,
                "`*` after a phrase is not supported yet",
                "put it after a single word",
            )),
            Some('^') => Err(no_boost(column)),
            _ => Ok(()),
        }
    }

    fn word(&mut self, column: usize) -> Result<Piece, QueryError> {
        let word = self.read_word(column)?;
        if let Some(operator) = operator(&word, self.peek(0), column)? {
            return Ok(operator);
        }
        if let Some(field) = lone_field(&word).filter(|_| self.peek(0).is_some_and(is_quote)) {
            return self.phrase(Some(field)).map(Piece::Leaf);
        }
        word_leaf(&word, self.peek(0), column).map(Piece::Leaf)
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

    fn at_url(&self) -> bool {
        let start: String = self.chars.iter().skip(self.at).take("url:https://".len()).collect();
        let start = start.to_ascii_lowercase();
        let start = start.strip_prefix("url:").unwrap_or(&start);
        start.starts_with("https://") || start.starts_with("http://")
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

fn dash_error(dash: char, column: usize) -> QueryError {
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
        _ if word == "NEAR" || word.starts_with("NEAR/") => {
            let hint = if next == Some('(') {
                "write the words alone to find texts with all of them"
            } else {
                "write the words alone to find texts with all of them, or `near` for the word itself"
            };
            error("NEAR is not supported yet", hint)
        }
        _ => Ok(None),
    }
}

/// The field, when the word is a field's name and colon and nothing else.
fn lone_field(word: &str) -> Option<QueryField> {
    let name = word.strip_suffix(':')?.to_ascii_lowercase();
    QueryField::ALL.into_iter().find(|field| field.name() == name)
}
