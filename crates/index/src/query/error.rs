//! What is wrong with a query.

/// Why a query was not understood, where, and what to write instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("column {column}: {message}; {hint}")]
pub struct QueryError {
    /// The character at which the mistake stands, counted from 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub hint: String,
}

impl QueryError {
    pub(crate) fn new(column: usize, message: impl Into<String>, hint: impl Into<String>) -> QueryError {
        QueryError { column, message: message.into(), hint: hint.into() }
    }
}
