//! What a page says about itself: title, authors, dates, language, organisation.
//!
//! Each of these has several sources that contradict each other on real pages. Every module ranks its sources by how
//! often they are right in general, and says which one it used where that matters.

pub(crate) mod author_candidates;
pub(crate) mod authors;
pub(crate) mod date_text;
pub(crate) mod dates;
pub(crate) mod days;
pub(crate) mod jsonld;
pub(crate) mod language;
pub(crate) mod mentions;
pub(crate) mod names;
pub(crate) mod scripts;
pub(crate) mod subtitle;
pub(crate) mod title;
pub(crate) mod title_candidates;
