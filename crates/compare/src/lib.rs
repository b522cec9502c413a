//! Comparing texts: what two of them have in common, and where they differ.
//!
//! Promises: pure functions of the texts that are given, no I/O; time and memory bounded by the lengths of the texts;
//! offsets always fall on character boundaries; no input panics.

mod diff;
mod fingerprints;
mod likeness;
mod names;
mod passages;
mod surroundings;

pub use diff::{Diff, Hunk, HunkKind, Move, Summary, diff};
pub use fingerprints::{FINGERPRINT_VERSION, Fingerprint, fingerprints, located_fingerprints, resemblance};
pub use likeness::{Likeness, Sort};
pub use names::{ListMatch, is_country, match_lists, name_keys, name_query_keys, same_name};
pub use passages::{Comparable, Passage, Run, common_passages};
