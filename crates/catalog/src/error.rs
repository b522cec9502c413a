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

fn advice(source: &sqlx::Error) -> &'static str {
    let code = source.as_database_error().and_then(|error| error.code());
    let code: u32 = code.and_then(|code| code.parse().ok()).unwrap_or_default();
    // The codes of SQLite (https://sqlite.org/rescode.html); the upper bits of an extended one say more.
    match code & 0xff {
        13 => "; what was acknowledged before is safe: make space and run again, the run resumes",
        10 => {
            "; what was acknowledged before is safe: the disk may be failing, see the system's log, and run again; the \
             catalog is derived, `vidimus rebuild` makes it anew"
        }
        8 | 14 => "; what was acknowledged before is safe: check who may write there and run again",
        11 | 26 => "; it is damaged, but derived: `vidimus rebuild` makes it anew",
        _ if is_older(source) => {
            "; it is of an earlier version: the next `vidimus crawl`, or `vidimus rebuild`, brings it up to date"
        }
        _ => "",
    }
}

/// Whether the database lacks a table or column of today; SQLite has no code of its own for that.
fn is_older(source: &sqlx::Error) -> bool {
    let said = source.as_database_error().map(|error| error.message().to_owned()).unwrap_or_default();
    matches!(source, sqlx::Error::ColumnNotFound(_))
        || said.starts_with("no such table")
        || said.starts_with("no such column")
}
