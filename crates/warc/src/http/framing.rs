//! The recipe that turns a stored block back into the bytes of the wire.
//!
//! The stored form leaves bytes out (chunk-size lines, trailers, interim heads) and never adds, moves or changes one.
//! So the recipe is a row of runs: so many bytes of the recipe's own literals, then so many of the stored block, each
//! stored byte once and in order. That bounds what a forged recipe can make anyone allocate.
//!
//! As JSON, with all literals in one base64 string and each run as `[literal bytes, stored bytes]`:
//! `{"format":"vidimus-http-framing/1","literals":"…","runs":[[0,17],[28,2]]}`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use thiserror::Error;

const FORMAT: &str = "vidimus-http-framing/1";

/// Why a framing recipe could not be read or applied.
#[derive(Debug, Error)]
pub enum FramingError {
    /// The bytes are not the JSON of a recipe.
    #[error("the framing record is not readable JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// The recipe is of a format that this version does not know.
    #[error("the framing record has the format '{0}', which is not known here")]
    Format(String),
    /// The literals are not base64.
    #[error("the framing record's literal bytes are not base64: {0}")]
    Base64(#[from] base64::DecodeError),
    /// The recipe asks for other numbers of bytes than there are.
    #[error("the framing record does not fit: it uses {used} {what} bytes where there are {there}")]
    Length {
        /// Which bytes: `literal` or `stored`.
        what: &'static str,
        /// How many the runs use.
        used: u64,
        /// How many there are.
        there: u64,
    },
}

/// How the wire's bytes are rebuilt from a stored block.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Framing {
    literals: Vec<u8>,
    runs: Vec<Run>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(from = "(u64, u64)", into = "(u64, u64)")]
struct Run {
    literal: u64,
    stored: u64,
}

impl From<(u64, u64)> for Run {
    fn from((literal, stored): (u64, u64)) -> Self {
        Self { literal, stored }
    }
}

impl From<Run> for (u64, u64) {
    fn from(run: Run) -> Self {
        (run.literal, run.stored)
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Json {
    format: String,
    literals: String,
    runs: Vec<Run>,
}

impl Framing {
    /// Adds bytes that the stored block does not have.
    pub(super) fn push_literal(&mut self, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        self.literals.extend_from_slice(bytes);
        match self.runs.last_mut().filter(|run| run.stored == 0) {
            Some(run) => run.literal = run.literal.saturating_add(bytes.len() as u64),
            None => self.runs.push(Run { literal: bytes.len() as u64, stored: 0 }),
        }
    }

    /// Adds the next bytes of the stored block.
    pub(super) fn push_stored(&mut self, count: usize) {
        if count == 0 {
            return;
        }
        if self.runs.is_empty() {
            self.runs.push(Run::default());
        }
        if let Some(run) = self.runs.last_mut() {
            run.stored = run.stored.saturating_add(count as u64);
        }
    }

    /// Whether the recipe adds nothing, so that the stored block is the wire.
    pub fn is_trivial(&self) -> bool {
        self.literals.is_empty()
    }

    /// The recipe as JSON.
    pub fn to_json(&self) -> Result<String, FramingError> {
        let literals = STANDARD.encode(&self.literals);
        Ok(serde_json::to_string(&Json { format: FORMAT.to_owned(), literals, runs: self.runs.clone() })?)
    }

    /// Reads what [`Framing::to_json`] wrote.
    pub fn from_json(json: &[u8]) -> Result<Self, FramingError> {
        let json: Json = serde_json::from_slice(json)?;
        if json.format != FORMAT {
            return Err(FramingError::Format(json.format));
        }
        let literals = STANDARD.decode(json.literals)?;
        check("literal", json.runs.iter().map(|run| run.literal), literals.len())?;
        Ok(Self { literals, runs: json.runs })
    }

    /// Rebuilds the wire's bytes from the stored block that this recipe was made for.
    pub fn rebuild(&self, stored: &[u8]) -> Result<Vec<u8>, FramingError> {
        check("literal", self.runs.iter().map(|run| run.literal), self.literals.len())?;
        check("stored", self.runs.iter().map(|run| run.stored), stored.len())?;
        let mut wire = Vec::with_capacity(stored.len().saturating_add(self.literals.len()));
        let (mut literals, mut rest) = (self.literals.as_slice(), stored);
        for run in &self.runs {
            wire.extend_from_slice(take(&mut literals, run.literal));
            wire.extend_from_slice(take(&mut rest, run.stored));
        }
        Ok(wire)
    }
}

fn check(what: &'static str, counts: impl Iterator<Item = u64>, there: usize) -> Result<(), FramingError> {
    let used = counts.fold(0_u64, u64::saturating_add);
    if used == there as u64 { Ok(()) } else { Err(FramingError::Length { what, used, there: there as u64 }) }
}

/// The first `count` bytes of `from`, which moves on behind them.
fn take<'a>(from: &mut &'a [u8], count: u64) -> &'a [u8] {
    let at = usize::try_from(count).unwrap_or(usize::MAX).min(from.len());
    let (taken, rest) = from.split_at(at);
    *from = rest;
    taken
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn goes_through_json_and_back() {
        let mut framing = Framing::default();
        framing.push_stored(3);
        framing.push_literal(b"\xff--");
        framing.push_literal(b"-");
        framing.push_stored(2);
        let json = framing.to_json().unwrap();
        assert_eq!(json, r#"{"format":"vidimus-http-framing/1","literals":"/y0tLQ==","runs":[[0,3],[4,2]]}"#);
        let back = Framing::from_json(json.as_bytes()).unwrap();
        assert_eq!(back.rebuild(b"abcde").unwrap(), b"abc\xff---de");
    }

    #[test]
    fn a_recipe_that_does_not_fit_is_refused() {
        let json =
            br#"{"format":"vidimus-http-framing/1","literals":"","runs":[[0,18446744073709551615],[0,7]]}"#;
        let framing = Framing::from_json(json).unwrap();
        let error = framing.rebuild(b"abc").unwrap_err();
        assert!(error.to_string().contains("where there are 3"), "{error}");
        let other = br#"{"format":"x/9","literals":"","runs":[]}"#;
        assert!(Framing::from_json(other).unwrap_err().to_string().contains("'x/9'"));
        let short = br#"{"format":"vidimus-http-framing/1","literals":"","runs":[[1,0]]}"#;
        assert!(matches!(Framing::from_json(short), Err(FramingError::Length { what: "literal", .. })));
    }

    proptest! {
        #[test]
        fn foreign_json_never_panics(json in prop::collection::vec(any::<u8>(), 0..200), stored in any::<Vec<u8>>()) {
            if let Ok(framing) = Framing::from_json(&json) {
                let _ = framing.rebuild(&stored);
            }
        }
    }
}
