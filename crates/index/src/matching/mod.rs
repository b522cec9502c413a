//! What a term has to look like to be found, and where terms have to stand: the one definition by which both the index is
//! searched and a text is marked.
//!
//! Promises: the terms are those of `vidimus_words`; time and memory are bounded for every query, and where a bound is
//! reached that is an error and never a shorter answer.

mod glob;
mod pattern;
mod regex;
mod sequence;
mod spellings;
mod stems;
mod within;

pub(crate) use glob::MOST_PARTS;
pub(crate) use pattern::{Pattern, TooWide};
pub(crate) use regex::Regex;
pub(crate) use sequence::{Member, Step, cluster_steps, key_pattern, members, sequence, url_pattern};
pub(crate) use spellings::{ENGLISH, Inflected, Spelling};
pub(crate) use stems::Forms;
pub(crate) use within::{List, windows};
