//! Which files a writer has begun and not sealed yet, so that recovery can tell them from what somebody else put there,
//! and a backup knows how far each is whole.

use std::collections::HashMap;

use sqlx::{Sqlite, Transaction};

use crate::rows::int;
use crate::{Catalog, CatalogError, RecordPlace};

/// A file that was begun and is not sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenFile {
    /// Its name, relative to the archive, as it is called once sealed.
    pub name: String,
    /// Up to where it holds what was acknowledged, in bytes.
    pub length: u64,
}

impl Catalog {
    /// Notes that a file is about to be begun.
    pub async fn begin_file(&self, name: &str) -> Result<(), CatalogError> {
        self.note_length(name, 0).await
    }

    /// Notes a file that is not sealed, and up to where what it holds is acknowledged; it never becomes less.
    pub async fn note_length(&self, name: &str, length: u64) -> Result<(), CatalogError> {
        sqlx::query(
            "INSERT INTO open_file (name, length) VALUES (?,?) \
             ON CONFLICT (name) DO UPDATE SET length = MAX(length, excluded.length)",
        )
        .bind(name)
        .bind(int(length))
        .execute(&self.pool)
        .await
        .map_err(|e| self.sql(e))?;
        Ok(())
    }

    /// Forgets a file that was about to be begun and never came to hold anything.
    pub async fn forget_file(&self, name: &str) -> Result<(), CatalogError> {
        let query = sqlx::query("DELETE FROM open_file WHERE name = ?").bind(name);
        query.execute(&self.pool).await.map_err(|e| self.sql(e))?;
        Ok(())
    }

    /// All files that were begun and are not sealed, by name.
    pub async fn open_files(&self) -> Result<Vec<OpenFile>, CatalogError> {
        let rows = sqlx::query("SELECT * FROM open_file ORDER BY name")
            .fetch_all(&self.pool)
            .await
            .map_err(|e| self.sql(e))?;
        self.each(&rows, |values| {
            Ok(OpenFile { name: values.text("name")?, length: values.number("length")? })
        })
    }

    /// Notes up to where these records reach in the files that are not sealed.
    pub(crate) async fn grow<'a>(
        &self,
        tx: &mut Transaction<'_, Sqlite>,
        places: impl IntoIterator<Item = &'a RecordPlace>,
    ) -> Result<(), CatalogError> {
        let mut ends: HashMap<&str, u64> = HashMap::new();
        for place in places {
            let end = ends.entry(&place.file).or_default();
            *end = (*end).max(place.offset.saturating_add(place.length));
        }
        for (name, end) in ends {
            sqlx::query("UPDATE open_file SET length = ?1 WHERE name = ?2 AND length < ?1")
                .bind(int(end))
                .bind(name)
                .execute(&mut **tx)
                .await
                .map_err(|e| self.sql(e))?;
        }
        Ok(())
    }
}
