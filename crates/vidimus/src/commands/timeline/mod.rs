//! `vidimus list URL`: what became of a page over time. When it was first seen, how long it stayed as it was, what was
//! edited and how much, when it was not to be had, and what stood in its place.

mod history;
mod tell;

use vidimus_archive::Archive;
use vidimus_catalog::{Capture, Removed};

use super::diff::Reader;
use super::gaps::Gaps;
use crate::args::Global;
use crate::config::Config;
use crate::exit::Failure;

/// Tells the history of a page; `captures` are all tries of it, oldest first, and `removed` is what was taken down of the
/// archive. With `newest`, only its newest so many lines.
pub async fn run(
    global: &Global,
    config: &Config,
    archive: &Archive,
    captures: Vec<Capture>,
    removed: &[Removed],
    newest: Option<usize>,
) -> Result<(), Failure> {
    let gaps = Gaps::between(&captures, removed.to_vec());
    let reader = Reader::new(archive, config);
    let entries = history::entries(&reader, captures, &gaps).await;
    let told = if global.json { tell::as_json(&entries, newest) } else { tell::as_text(&entries, newest) };
    Ok(told?)
}
