//! What can be wrong with a record or between records: typed, with the offset at which it was met.

use std::fmt;

/// One defect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damage {
    /// Where in the file the record, or the gap, begins.
    pub offset: u64,
    /// The record's id, where it has one.
    pub record_id: Option<String>,
    /// What is wrong.
    pub kind: DamageKind,
}

/// The kinds of defect.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DamageKind {
    /// The file is none of a web archive: no WARC or ARC record was found in it.
    #[error("this is no WARC or ARC file: there is no record in it")]
    NoWarc,
    /// A compressed member that ends early or does not decode: the usual torn tail.
    #[error("the compressed member breaks off or does not decode ({0})")]
    TornMember(String),
    /// Bytes that belong to no record.
    #[error("{0} bytes that belong to no record")]
    Garbage(u64),
    /// The head does not begin with `WARC/`.
    #[error("no WARC version line at the beginning of the record")]
    NoVersion,
    /// The head is longer than the reader allows, or breaks off.
    #[error("the record's head is longer than {0} bytes or breaks off")]
    Head(usize),
    /// A header line without a colon.
    #[error("a header line that is no field: '{0}'")]
    HeaderLine(String),
    /// A field that every record must have is missing.
    #[error("the field {0} is missing")]
    Missing(&'static str),
    /// A field that may stand once stands more often.
    #[error("the field {0} stands more than once")]
    Repeated(&'static str),
    /// A field whose value cannot be read.
    #[error("{field} is not valid: '{value}'")]
    Value {
        /// The field.
        field: &'static str,
        /// What it says.
        value: String,
    },
    /// The lines of the head, or those that end the record, end in a bare LF.
    #[error("lines of the head or the end of the record end in LF alone, not in CR LF")]
    LineEnds,
    /// Fewer bytes than `Content-Length` says.
    #[error("the block breaks off: Content-Length is {expected}, found {found} bytes")]
    ShortBlock {
        /// `Content-Length`.
        expected: u64,
        /// How many bytes there were.
        found: u64,
    },
    /// The block is not followed by CR LF CR LF: its `Content-Length` is too short, or the end is missing.
    #[error("the record does not end in CR LF CR LF where its Content-Length says")]
    End,
    /// Several records in one compressed member: no record can be read on its own.
    #[error("several records share one compressed member (the file was compressed as a whole)")]
    SharedMember,
    /// A digest that should be there is not.
    #[error("the digest {0} is missing")]
    NoDigest(&'static str),
    /// A digest in an algorithm that is not checked here, so that nothing was proven.
    #[error("{field} is in an algorithm that cannot be checked: '{value}'")]
    UnknownDigest {
        /// The field.
        field: &'static str,
        /// What it says.
        value: String,
    },
    /// A digest that differs from what was found.
    #[error("{field} is wrong: the file says {expected}, the bytes give {found}")]
    WrongDigest {
        /// The field.
        field: &'static str,
        /// What it says.
        expected: String,
        /// What the bytes give.
        found: String,
    },
    /// Two records with one id.
    #[error("the record id {0} stands more than once")]
    DuplicateId(String),
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "offset {}: {}", self.offset, self.kind)?;
        match &self.record_id {
            Some(id) => write!(f, " (record {id})"),
            None => Ok(()),
        }
    }
}
