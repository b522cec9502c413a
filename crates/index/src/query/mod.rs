//! The query language, as people write it.
//!
//! | written | finds |
//! |---|---|
//! | `freedom assembly` | texts with both words |
//! | `strike OR walkout` | texts with either |
//! | `union -football`, `union NOT football` | the first without the second |
//! | `"right to strike"` | these words in this order |
//! | `detain*` | words that begin so |
//! | `(a OR b) c` | groups |
//! | `title:arrest` | in the title only; also `text:`, `author:`, `source:`, `lang:`, `url:`, `host:`, `kind:` |
//! | `https://example.org/page` | the captures of that page |
//!
//! Promises: [`parse`] never panics; what it does not understand is an error with the column and a
//! way out, and nothing is ignored; a [`Query`] prints in a canonical form that parses to itself.

mod error;
mod lexer;
mod parser;
mod term;

use std::fmt;
use std::str::FromStr;

pub use error::QueryError;
pub use parser::parse;

/// A query that has been understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    pub(crate) root: Node,
}

/// Canonical: groups have two members or more and none of their own kind; nothing is negated twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Node {
    All(Vec<Node>),
    Any(Vec<Node>),
    Not(Box<Node>),
    Leaf(Leaf),
}

/// One thing to look for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Leaf {
    pub(crate) field: Option<QueryField>,
    pub(crate) form: Form,
    pub(crate) value: String,
}

/// How the thing was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Word,
    Phrase,
    Prefix,
}

/// Fields that can be named in a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum QueryField {
    Text,
    Title,
    Author,
    Source,
    Lang,
    Url,
    Host,
    Kind,
}

/// `kind:any`: every kind, those that a search leaves out of itself included.
pub(crate) const ANY_KIND: &str = "any";

impl QueryField {
    pub(crate) const ALL: [QueryField; 8] = [
        QueryField::Text,
        QueryField::Title,
        QueryField::Author,
        QueryField::Source,
        QueryField::Lang,
        QueryField::Url,
        QueryField::Host,
        QueryField::Kind,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            QueryField::Text => "text",
            QueryField::Title => "title",
            QueryField::Author => "author",
            QueryField::Source => "source",
            QueryField::Lang => "lang",
            QueryField::Url => "url",
            QueryField::Host => "host",
            QueryField::Kind => "kind",
        }
    }
}

impl Leaf {
    /// Whether this names one page rather than words of its address.
    pub(crate) fn is_whole_url(&self) -> bool {
        self.field == Some(QueryField::Url) && self.value.contains("://")
    }
}

impl Query {
    /// Whether it says which kinds of pages it is about.
    pub(crate) fn names_kinds(&self) -> bool {
        let mut waiting = vec![&self.root];
        while let Some(node) = waiting.pop() {
            match node {
                Node::All(nodes) | Node::Any(nodes) => waiting.extend(nodes),
                Node::Not(inner) => waiting.push(inner),
                Node::Leaf(leaf) if leaf.field == Some(QueryField::Kind) => return true,
                Node::Leaf(_) => {}
            }
        }
        false
    }
}

impl Node {
    /// All of these; groups within the group become part of it.
    fn all(nodes: Vec<Node>) -> Node {
        Node::group(nodes, Node::All, |node| match node {
            Node::All(inner) => Ok(inner),
            other => Err(other),
        })
    }

    /// Any of these.
    fn any(nodes: Vec<Node>) -> Node {
        Node::group(nodes, Node::Any, |node| match node {
            Node::Any(inner) => Ok(inner),
            other => Err(other),
        })
    }

    fn group(
        nodes: Vec<Node>,
        make: fn(Vec<Node>) -> Node,
        open: fn(Node) -> Result<Vec<Node>, Node>,
    ) -> Node {
        let mut flat = Vec::with_capacity(nodes.len());
        for node in nodes {
            match open(node) {
                Ok(inner) => flat.extend(inner),
                Err(node) => flat.push(node),
            }
        }
        match flat.len() {
            1 => flat.swap_remove(0),
            _ => make(flat),
        }
    }

    /// Everything but this.
    fn not(node: Node) -> Node {
        match node {
            Node::Not(inner) => *inner,
            other => Node::Not(Box::new(other)),
        }
    }

    /// The leaves that a hit may contain, in the order written; those under a negation are left out.
    pub(crate) fn wanted(&self) -> Vec<&Leaf> {
        match self {
            Node::All(nodes) | Node::Any(nodes) => nodes.iter().flat_map(Node::wanted).collect(),
            Node::Not(_) => Vec::new(),
            Node::Leaf(leaf) => vec![leaf],
        }
    }
}

impl FromStr for Query {
    type Err = QueryError;

    fn from_str(query: &str) -> Result<Query, QueryError> {
        parse(query)
    }
}

impl fmt::Display for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.root)
    }
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Node::All(nodes) => print_group(f, nodes, " "),
            Node::Any(nodes) => print_group(f, nodes, " OR "),
            Node::Not(node) if matches!(**node, Node::Leaf(_)) => write!(f, "-{node}"),
            Node::Not(node) => write!(f, "-({node})"),
            Node::Leaf(leaf) => write!(f, "{leaf}"),
        }
    }
}

fn print_group(f: &mut fmt::Formatter<'_>, nodes: &[Node], between: &str) -> fmt::Result {
    for (index, node) in nodes.iter().enumerate() {
        if index > 0 {
            f.write_str(between)?;
        }
        match node {
            Node::All(_) | Node::Any(_) => write!(f, "({node})")?,
            Node::Not(_) | Node::Leaf(_) => write!(f, "{node}")?,
        }
    }
    Ok(())
}

impl fmt::Display for Leaf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(field) = self.field {
            write!(f, "{}:", field.name())?;
        }
        match self.form {
            Form::Word => f.write_str(&self.value),
            Form::Prefix => write!(f, "{}*", self.value),
            Form::Phrase => {
                let escaped: String = self.value.chars().flat_map(escape).collect();
                write!(f, "\"{escaped}\"")
            }
        }
    }
}

fn escape(c: char) -> impl Iterator<Item = char> {
    let needs_escape = c == '\\' || c == '*' || lexer::is_quote(c);
    needs_escape.then_some('\\').into_iter().chain([c])
}
