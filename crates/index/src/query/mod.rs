//! The query language, as people write it.
//!
//! | written | finds |
//! |---|---|
//! | `freedom assembly` | texts with both words |
//! | `strike OR walkout` | texts with either |
//! | `union -football`, `union NOT football` | the first without the second |
//! | `"right to strike"` | these words in this order |
//! | `"freedom assembly"~3` | these words with at most three others between them |
//! | `NEAR(union strike, 5)` | all of these, at most five words apart, in any order |
//! | `detain*`, `org?ni*ation` | words that begin so, or have this form |
//! | `asembly~1` | words that differ by one letter |
//! | `/organi[sz]ations?/` | words of this form, as a regular expression |
//! | `(a OR b) c`, `title:(a OR b)` | groups |
//! | `2024-06`, `2024-06-01..2024-07-15` | documents of that time |
//! | `title:arrest` | in the title only; see [`QueryField`] for the others |
//! | `https://example.org/page` | the captures of that page |
//!
//! Promises: [`parse`] never panics; what it does not understand is an error with the column and a
//! way out, and nothing is ignored; a [`Query`] prints in a canonical form that parses to itself.

mod dates;
mod error;
mod field;
mod lexer;
mod near;
mod parser;
mod print;
mod term;

use std::str::FromStr;

use vidimus_words::{Token, words};

pub(crate) use dates::Dates;
pub use dates::span_of_date;
pub use error::QueryError;
pub(crate) use field::QueryField;
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

/// One thing to look for, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Leaf {
    pub(crate) field: Option<QueryField>,
    pub(crate) wanted: Wanted,
}

/// What to look for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// A word or a phrase.
    Words(Words),
    /// Several of them, the last at most so many words after the first.
    Near(Vec<Words>, u32),
    /// A time.
    Dates(Dates),
}

/// A word or a phrase as it was written, without what shows its form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Words {
    pub(crate) form: Form,
    /// In a phrase, `\` stands before a character that has no meaning of its own: `*`, `\`, a quotation mark.
    pub(crate) value: String,
}

/// How words were written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Word,
    /// In quotation marks; so many other words may stand between its own.
    Phrase(u32),
    Prefix,
    /// With `*` for any letters and `?` for one.
    Wildcard,
    /// With `*` for any letters, where `?` is itself: in addresses.
    Stars,
    /// So many letters may differ.
    Fuzzy(u8),
    Regex,
}

/// `kind:any`: every kind, those that a search leaves out of itself included.
pub(crate) const ANY_KIND: &str = "any";
/// Stands for `*` in [`Words::marked`]: a letter that no language uses, which leaves the words of a text whole.
pub(crate) const ANY_LETTERS: char = 'ʬ';
/// Stands for `?`.
pub(crate) const ONE_LETTER: char = 'ʭ';

impl Words {
    /// Whether this names one page rather than words of its address.
    pub(crate) fn is_whole_url(&self) -> bool {
        self.form != Form::Regex && self.value.contains("://")
    }

    /// Whether this may name one page without `https://`, as browsers show addresses: a host with dots, and a path.
    pub(crate) fn is_bare_url(&self) -> bool {
        self.form == Form::Word && is_bare_url(&self.value)
    }

    /// The text to look for, with [`ANY_LETTERS`] and [`ONE_LETTER`] in the place of wildcards.
    pub(crate) fn marked(&self) -> String {
        match self.form {
            Form::Word | Form::Fuzzy(_) | Form::Regex => self.value.clone(),
            Form::Prefix => format!("{}{ANY_LETTERS}", self.value),
            Form::Stars => self.value.replace('*', &ANY_LETTERS.to_string()),
            Form::Wildcard => marked_wildcards(&self.value),
            Form::Phrase(_) => marked_phrase(&self.value),
        }
    }

    /// Whether a part of it may be anything.
    pub(crate) fn has_wildcards(&self) -> bool {
        match self.form {
            Form::Prefix | Form::Wildcard | Form::Stars => true,
            Form::Phrase(_) => marked_phrase(&self.value).contains(ANY_LETTERS),
            Form::Word | Form::Fuzzy(_) | Form::Regex => false,
        }
    }
}

impl Words {
    fn patterns(&self) -> usize {
        let is_pattern = |word: &Token| word.text.contains([ANY_LETTERS, ONE_LETTER]);
        match self.form {
            Form::Regex => 1,
            Form::Fuzzy(_) => words(&self.value).len().max(1),
            _ if self.has_wildcards() => {
                words(&self.marked()).iter().filter(|word| is_pattern(word)).count().max(1)
            }
            _ => 0,
        }
    }
}

/// A host with dots, whose last part has letters only, and a path.
pub(crate) fn is_bare_url(word: &str) -> bool {
    let Some((host, _)) = word.split_once('/') else { return false };
    let is_label = |label: &str| {
        let is_inner = |c: char| c.is_alphanumeric() || matches!(c, '-' | '*') || !c.is_ascii();
        !label.is_empty() && label.chars().all(is_inner)
    };
    let Some((_, last)) = host.rsplit_once('.') else { return false };
    let is_top = last.chars().all(char::is_alphabetic) || last.starts_with("xn--");
    host.split('.').all(is_label) && is_top && last.chars().nth(1).is_some()
}

fn marked_wildcards(value: &str) -> String {
    let end = wildcards_end(value);
    let mark = |(at, c): (usize, char)| match c {
        '*' => ANY_LETTERS,
        '?' if at < end => ONE_LETTER,
        c => c,
    };
    value.char_indices().map(mark).collect()
}

/// Where the punctuation at the end of a word begins: a `?` there is a question mark.
pub(crate) fn wildcards_end(value: &str) -> usize {
    let is_word = |c: &(usize, char)| c.1 == '*' || c.1.is_alphanumeric();
    value.char_indices().rev().find(is_word).map_or(0, |(at, c)| at + c.len_utf8())
}

fn marked_phrase(value: &str) -> String {
    let mut marked = String::with_capacity(value.len());
    let mut chars = value.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => marked.extend(chars.next()),
            '*' => marked.push(ANY_LETTERS),
            c => marked.push(c),
        }
    }
    marked
}

impl Leaf {
    /// How many words of it stand for many.
    fn patterns(&self) -> usize {
        match &self.wanted {
            Wanted::Words(words) => words.patterns(),
            Wanted::Near(members, _) => members.iter().map(Words::patterns).sum(),
            Wanted::Dates(_) => 0,
        }
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

    /// The same with each word in quotation marks: without its other forms.
    pub(crate) fn as_written(&self) -> Node {
        let each = |nodes: &[Node]| nodes.iter().map(Node::as_written).collect();
        match self {
            Node::All(nodes) => Node::All(each(nodes)),
            Node::Any(nodes) => Node::Any(each(nodes)),
            Node::Not(node) => Node::Not(Box::new(node.as_written())),
            Node::Leaf(Leaf { field, wanted: Wanted::Words(Words { form: Form::Word, value }) })
                if field.is_none_or(QueryField::holds_text) && !is_bare_url(value) =>
            {
                let value = value.chars().flat_map(print::escaped).collect();
                let form = Form::Phrase(0);
                Node::Leaf(Leaf { field: *field, wanted: Wanted::Words(Words { form, value }) })
            }
            Node::Leaf(leaf) => Node::Leaf(leaf.clone()),
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
