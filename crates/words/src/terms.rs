//! Terms without an allocation for each: a text has as many as it has words.

use std::ops::Range;

use crate::Token;

/// The terms of a piece of text, in one buffer that is used again for the next piece.
#[derive(Debug, Default)]
pub struct Terms {
    forms: String,
    terms: Vec<Term>,
}

/// Where a term stands.
#[derive(Debug)]
pub(crate) struct Term {
    /// Bytes of its form in the buffer.
    form: Range<usize>,
    /// Bytes of the text that it came from.
    pub(crate) span: Range<usize>,
    /// Place in the order of terms.
    pub(crate) position: usize,
}

/// A text that gives its terms a chunk at a time.
pub trait ChunkedTerms {
    /// Adds the terms of the next chunk, if there is one.
    fn next_into(&mut self, terms: &mut Terms) -> bool;
}

impl Terms {
    /// All terms of a text.
    pub fn of(mut chunks: impl ChunkedTerms) -> Terms {
        let mut terms = Terms::default();
        while chunks.next_into(&mut terms) {}
        terms
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.terms.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// Forgets all terms and keeps the room for others.
    pub fn clear(&mut self) {
        self.forms.clear();
        self.terms.clear();
    }

    /// The form, span and position of a term.
    pub fn get(&self, index: usize) -> Option<(&str, Range<usize>, usize)> {
        let term = self.terms.get(index)?;
        Some((self.forms.get(term.form.clone())?, term.span.clone(), term.position))
    }

    /// The form, span and position of each term.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Range<usize>, usize)> {
        (0..self.len()).filter_map(|index| self.get(index))
    }

    /// The number of the first term that ends at this byte of the text or later.
    pub fn first_ending_from(&self, byte: usize) -> usize {
        self.terms.partition_point(|term| term.span.end < byte)
    }

    /// The number of the first term at this position or a later one.
    pub fn first_at(&self, position: usize) -> usize {
        self.terms.partition_point(|term| term.position < position)
    }

    /// The folded forms in their order.
    pub fn forms(&self) -> impl Iterator<Item = &str> {
        self.terms.iter().filter_map(|term| self.forms.get(term.form.clone()))
    }

    /// The terms as values of their own.
    pub fn tokens(&self) -> impl Iterator<Item = Token> {
        self.iter().map(|(form, span, position)| Token { text: form.to_owned(), span, position })
    }

    /// Adds the term whose form is written; one of no characters is none.
    pub(crate) fn push_with(&mut self, span: Range<usize>, write: impl FnOnce(&mut String)) {
        let start = self.forms.len();
        write(&mut self.forms);
        if self.forms.len() > start {
            self.terms.push(Term { form: start..self.forms.len(), span, position: 0 });
        }
    }

    /// Forgets the terms whose form is not to be kept.
    pub(crate) fn retain(&mut self, keep: impl Fn(&str) -> bool) {
        self.terms.retain(|term| self.forms.get(term.form.clone()).is_some_and(&keep));
    }

    /// The terms from this one on, to be put into their places.
    pub(crate) fn from(&mut self, index: usize) -> impl Iterator<Item = &mut Term> {
        self.terms.iter_mut().skip(index)
    }

    /// Forgets the terms from this one on.
    pub(crate) fn truncate(&mut self, length: usize) {
        if let Some(first) = self.terms.get(length) {
            self.forms.truncate(first.form.start);
            self.terms.truncate(length);
        }
    }
}
