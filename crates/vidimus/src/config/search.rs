//! Searches whose new matches are told after each run: the checked form of `[[search]]`.

use vidimus_index::{Options, Query, QueryError, Sort, parse};
use vidimus_snapshot::Digest;

use super::raw;

/// The longest name of a search, in characters.
const LONGEST_NAME: usize = 100;

/// A saved search.
#[derive(Debug, Clone)]
pub struct SavedSearch {
    /// By which it is told.
    pub name: String,
    /// The query as it is written.
    pub text: String,
    /// The query.
    pub query: Query,
    /// Its filters; the last captured matches come first.
    pub options: Options,
    /// Tells this search from one of the same name with another query or other filters.
    pub sha256: Digest,
}

/// A mistake: in which table, its key, and what it is.
type Mistake = (usize, &'static str, String);

/// Checks what the file says; a mistake comes with the number of its table and its key.
pub fn searches(raw: &[raw::Search]) -> Result<Vec<SavedSearch>, Mistake> {
    let mut all: Vec<SavedSearch> = Vec::new();
    for (number, entry) in raw.iter().enumerate() {
        let search = search(entry).map_err(|(key, what)| (number, key, what))?;
        if all.iter().any(|other| other.name == search.name) {
            let what = format!("'{}' is the name of two searches: give each its own", search.name);
            return Err((number, "name", what));
        }
        all.push(search);
    }
    Ok(all)
}

fn search(raw: &raw::Search) -> Result<SavedSearch, (&'static str, String)> {
    let name = raw.name.trim().to_owned();
    if name.is_empty() || name.chars().count() > LONGEST_NAME || name.chars().any(char::is_control) {
        let what = format!("write 1 to {LONGEST_NAME} characters on one line, by which its matches are told");
        return Err(("name", what));
    }
    let query = parse(&raw.query).map_err(|e: QueryError| {
        ("query", format!("column {} of the query: {}; {}", e.column, e.message, e.hint))
    })?;
    let parts = [Some(&raw.query), raw.source.as_ref(), raw.lang.as_ref(), raw.kind.as_ref()];
    // What a part can hold cannot be taken for the end of one.
    let whole: Vec<String> = parts.into_iter().map(|part| format!("{part:?}")).collect();
    Ok(SavedSearch {
        name,
        text: raw.query.clone(),
        query,
        options: Options {
            source: raw.source.clone(),
            lang: raw.lang.clone(),
            kinds: vidimus_query::kinds(raw.kind.as_deref()),
            sort: Sort::Captured,
            ..Options::default()
        },
        sha256: Digest::of(whole.join("\n").as_bytes()),
    })
}
