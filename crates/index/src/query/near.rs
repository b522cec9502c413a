//! `NEAR(union strike, 5)`.

use super::field::QueryField;
use super::lexer::{Lexer, WIDEST, is_quote};
use super::term::{MOST_PLACES, is_url, near_leaf, phrase_words, plain_words, regex_words};
use super::{Form, Leaf, QueryError, Words};
use crate::matching::sequence;

/// Most words and phrases of one NEAR.
const MOST_MEMBERS: usize = 20;
/// What errors about NEAR name.
const EXAMPLE: &str = "write it like NEAR(union strike, 5)";

impl Lexer {
    /// Words near each other; `NEAR(` comes next.
    pub(super) fn near(&mut self, field: Option<QueryField>) -> Result<Leaf, QueryError> {
        let column = self.column();
        self.at += "NEAR(".len();
        let mut members = Vec::new();
        let mut number = None;
        loop {
            let has_comma = self.separator();
            match self.peek(0) {
                None => return Err(QueryError::new(column, "this NEAR is not closed", EXAMPLE)),
                Some(')') => break,
                Some(_) if members.len() >= MOST_MEMBERS => {
                    let message = format!("NEAR takes at most {MOST_MEMBERS} words");
                    return Err(QueryError::new(self.column(), message, "leave some of them out"));
                }
                Some(_) => {}
            }
            let member = self.near_member()?;
            number = (has_comma && member.form == Form::Word).then(|| member.value.clone());
            members.push(member);
        }
        self.at += 1;
        let window = number.and_then(|number| number.parse().ok()).filter(|window| *window > 0);
        let Some(window) = window.filter(|window: &u32| *window <= WIDEST) else {
            let message = format!("NEAR needs a comma and a number from 1 to {WIDEST} at its end");
            return Err(QueryError::new(column, message, EXAMPLE));
        };
        members.pop();
        near_leaf(field, members, window, column)
    }

    /// Passes over white space and commas; whether there was a comma.
    fn separator(&mut self) -> bool {
        let start = self.at;
        self.skip_while(char::is_whitespace);
        let has_comma = self.peek(0) == Some(',');
        self.skip_while(|c| c.is_whitespace() || c == ',');
        has_comma && self.at > start
    }

    fn near_member(&mut self) -> Result<Words, QueryError> {
        let column = self.column();
        match self.peek(0) {
            Some(c) if is_quote(c) => {
                let value = self.phrase_value()?;
                if self.peek(0) == Some('~') {
                    let message = "a phrase within NEAR is taken as it stands";
                    return Err(QueryError::new(self.column(), message, "leave out the `~`"));
                }
                let phrase = phrase_words(None, value, 0, column)?;
                if sequence(&phrase).len() > MOST_PLACES {
                    let message = format!("a phrase within NEAR has at most {MOST_PLACES} words");
                    return Err(QueryError::new(column, message, "leave some of them out"));
                }
                Ok(phrase)
            }
            Some('/') => self.regex_value().and_then(|value| regex_words(None, value, column)),
            Some('(') => Err(QueryError::new(column, "NEAR takes words, and no groups", EXAMPLE)),
            _ => self.near_word(column),
        }
    }

    fn near_word(&mut self, column: usize) -> Result<Words, QueryError> {
        let mut word = String::new();
        while let Some(c) = self.peek(0) {
            if c.is_whitespace() || is_quote(c) || matches!(c, ',' | '(' | ')') {
                break;
            }
            word.push(c);
            self.at += 1;
        }
        if matches!(word.as_str(), "AND" | "OR" | "NOT") || word.starts_with(['-', '+']) {
            let message = format!("`{word}` has no meaning within NEAR");
            return Err(QueryError::new(column, message, "NEAR finds all its words, near each other"));
        }
        if !is_url(&word)
            && let (Some(field), _) = super::field::split(&word, column)?
        {
            return Err(QueryError::new(
                column,
                "a field within NEAR has no meaning",
                format!("write {}:NEAR(…)", field.name()),
            ));
        }
        plain_words(None, &word, column)
    }
}
