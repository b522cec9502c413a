//! The canonical form of a query, which parses to the same query.

use std::fmt;

use super::lexer::is_quote;
use super::{Form, Leaf, Node, Query, Wanted, Words};

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
        match &self.wanted {
            Wanted::Words(words) => write!(f, "{words}"),
            Wanted::Dates(dates) => write!(f, "{dates}"),
            Wanted::Near(members, window) => {
                let members: Vec<String> = members.iter().map(Words::to_string).collect();
                write!(f, "NEAR({}, {window})", members.join(" "))
            }
        }
    }
}

impl fmt::Display for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = &self.value;
        match self.form {
            Form::Word | Form::Wildcard | Form::Stars => f.write_str(value),
            Form::Prefix => write!(f, "{value}*"),
            Form::Fuzzy(distance) => write!(f, "{value}~{distance}"),
            Form::Regex => write!(f, "/{}/", with_escaped_slashes(value)),
            Form::Phrase(0) => write!(f, "\"{value}\""),
            Form::Phrase(slop) => write!(f, "\"{value}\"~{slop}"),
        }
    }
}

/// The text of a phrase with `\` only where it is needed.
pub(super) fn escaped(c: char) -> impl Iterator<Item = char> {
    let needs_escape = c == '\\' || c == '*' || is_quote(c);
    needs_escape.then_some('\\').into_iter().chain([c])
}

fn with_escaped_slashes(regex: &str) -> String {
    let mut out = String::with_capacity(regex.len());
    let mut chars = regex.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => out.extend([Some(c), chars.next()].into_iter().flatten()),
            '/' => out.push_str("\\/"),
            c => out.push(c),
        }
    }
    out
}
