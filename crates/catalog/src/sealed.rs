//! What each file was when it was sealed.

use vidimus_snapshot::Digest;

use crate::rows::{Values, int};
use crate::{Catalog, CatalogError};

/// A sealed file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedFile {
    /// Its name, relative to the archive.
    pub name: String,
    /// Its length in bytes.
    pub length: u64,
    /// SHA-256 of the whole file, compressed as it is.
    pub sha256: Digest,
}

impl Catalog {
    /// Notes a file that was sealed, in one durable transaction: it is open no longer. What is known of it already stands.
    pub async fn put_sealed(&self, file: &SealedFile) -> Result<(), CatalogError> {
        let mut tx = self.pool.begin().await.map_err(|e| self.sql(e))?;
        sqlx::query(
            "INSERT INTO sealed_file (name, length, sha256) VALUES (?,?,?) ON CONFLICT (name) DO NOTHING",
        )
        .bind(&file.name)
        .bind(int(file.length))
        .bind(file.sha256.to_string())
        .execute(&mut *tx)
        .await
        .map_err(|e| self.sql(e))?;
        let closed = sqlx::query("DELETE FROM open_file WHERE name = ?").bind(&file.name);
        closed.execute(&mut *tx).await.map_err(|e| self.sql(e))?;
        tx.commit().await.map_err(|e| self.sql(e))
    }

    /// What a file was when it was sealed.
    pub async fn sealed_file(&self, name: &str) -> Result<Option<SealedFile>, CatalogError> {
        let row = sqlx::query("SELECT * FROM sealed_file WHERE name = ?").bind(name.to_owned());
        let row = row.fetch_optional(&self.pool).await.map_err(|e| self.sql(e))?;
        row.map(|row| Values { catalog: self, row: &row }.sealed_file()).transpose()
    }

    /// All sealed files, by name.
    pub async fn sealed_files(&self) -> Result<Vec<SealedFile>, CatalogError> {
        let rows = sqlx::query("SELECT * FROM sealed_file ORDER BY name")
            .fetch_all(&self.pool)
            .await
            .map_err(|e| self.sql(e))?;
        self.each(&rows, |values| values.sealed_file())
    }
}

impl Values<'_> {
    fn sealed_file(&self) -> Result<SealedFile, CatalogError> {
        let (name, length) = (self.text("name")?, self.number("length")?);
        Ok(SealedFile { name, length, sha256: self.parsed("sha256")? })
    }
}
