//! What can go wrong between us and the database.

use std::path::PathBuf;

/// An error of the catalog, with the file it happened on.
#[derive(Debug, thiserror::Error)]
pub enum CatalogError {
    /// There is no catalog to read.
    #[error(
        "there is no catalog at {0}: run `vidimus crawl` or `vidimus capture` first, or `vidimus rebuild` if there are WARC files"
    )]
    Missing(PathBuf),
    /// The database refused.
    #[error("the catalog {path}: {source}{}", advice(source))]
    Sql {
        /// The database file.
        path: PathBuf,
        /// What it said.
        source: sqlx::Error,
    },
    /// The database's layout could not be brought up to date.
    #[error(
        "the catalog {path} could not be opened or brought up to date: {source}; it is derived: delete it and run `vidimus rebuild`"
    )]
    Migrate {
        /// The database file.
        path: PathBuf,
        /// What it said.
        source: sqlx::migrate::MigrateError,
    },
    /// A row says something that cannot be read.
    #[error(
        "the catalog {path} holds a row that cannot be read: {what}; it is derived: delete it and run `vidimus rebuild`"
    )]
    Row {
        /// The database file.
        path: PathBuf,
        /// Which value.
        what: String,
    },
}

/// SQLite's code for a disk or a quota that is full.
const FULL: &str = "13";

fn advice(source: &sqlx::Error) -> &'static str {
    let code = source.as_database_error().and_then(|error| error.code());
    match code.as_deref() {
        Some(FULL) => "; what was acknowledged before is safe: make space and run again, the run resumes",
        _ if is_older(source) => {
            "; it is of an earlier version: the next `vidimus crawl`, or `vidimus rebuild`, brings it up to date"
        }
        _ => "",
    }
}

/// Whether the database lacks a table or column of today; SQLite has no code of its own for that.
fn is_older(source: &sqlx::Error) -> bool {
    let said = source.as_database_error().map(|error| error.message().to_owned()).unwrap_or_default();
    said.starts_with("no such table") || said.starts_with("no such column")
}
