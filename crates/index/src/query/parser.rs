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
mod properties;
#[cfg(test)]
mod tests;
