//! Opening the database, for writing or for reading only.

use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::SqlitePool;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

use crate::CatalogError;

/// A connection to one archive's catalog. Cheap to clone; all clones share the connections.
#[derive(Debug, Clone)]
pub struct Catalog {
    pub(crate) pool: SqlitePool,
    path: PathBuf,
}

/// Whether the catalog is at rest (its log is folded in) in a folder where nothing can be written.
fn is_read_only(path: &Path) -> bool {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    let at_rest = std::fs::metadata(&log).map_or(true, |log| log.len() == 0);
    at_rest && path.parent().is_some_and(|folder| !is_writable(folder))
}

/// Asks the system, because mode bits say nothing of a read-only file system.
fn is_writable(folder: &Path) -> bool {
    rustix::fs::access(folder, rustix::fs::Access::WRITE_OK).is_ok()
}

/// How long a reader or writer waits for another to finish.
const BUSY: Duration = Duration::from_secs(20);

impl Catalog {
    /// Opens the catalog for writing; creates it, or brings its layout up to date, when need be.
    pub async fn open(path: &Path) -> Result<Self, CatalogError> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(BUSY);
        let catalog = Self::connect(path, options).await?;
        sqlx::migrate!("./migrations")
            .run(&catalog.pool)
            .await
            .map_err(|source| CatalogError::Migrate { path: path.to_owned(), source })?;
        Ok(catalog)
    }

    /// Opens an existing catalog for reading.
    pub async fn open_read_only(path: &Path) -> Result<Self, CatalogError> {
        if !path.is_file() {
            return Err(CatalogError::Missing(path.to_owned()));
        }
        let options = SqliteConnectOptions::new().filename(path).read_only(true).busy_timeout(BUSY);
        let catalog = Self::connect(path, options.clone()).await?;
        let readable = sqlx::query("SELECT 1 FROM capture LIMIT 1").fetch_optional(&catalog.pool).await;
        match readable {
            Ok(_) => Ok(catalog),
            // Reading beside a writer needs a shared-memory file; where nobody may write, nobody writes.
            Err(_) if is_read_only(path) => Self::connect(path, options.immutable(true)).await,
            Err(source) => Err(catalog.sql(source)),
        }
    }

    /// Opens an existing catalog to note what was found in it, beside the archive's writer; its layout is left as it is.
    pub async fn open_for_notes(path: &Path) -> Result<Self, CatalogError> {
        if !path.is_file() {
            return Err(CatalogError::Missing(path.to_owned()));
        }
        let options = SqliteConnectOptions::new().filename(path).foreign_keys(true).busy_timeout(BUSY);
        Self::connect(path, options).await
    }

    async fn connect(path: &Path, options: SqliteConnectOptions) -> Result<Self, CatalogError> {
        let pool = SqlitePoolOptions::new()
            .max_connections(4)
            .connect_with(options)
            .await
            .map_err(|source| CatalogError::Sql { path: path.to_owned(), source })?;
        Ok(Self { pool, path: path.to_owned() })
    }

    /// Closes all connections, so that the write-ahead log is folded into the database file.
    pub async fn close(&self) {
        self.pool.close().await;
    }

    /// The database file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn sql(&self, source: sqlx::Error) -> CatalogError {
        CatalogError::Sql { path: self.path.clone(), source }
    }

    pub(crate) fn row(&self, what: impl Into<String>) -> CatalogError {
        CatalogError::Row { path: self.path.clone(), what: what.into() }
    }
}
