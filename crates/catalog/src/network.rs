//! What is known of the network beside the records of a capture: where certificates are, and what tries without records
//! met on their way.

use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, Sqlite, Transaction};
use vidimus_snapshot::{Digest, ExchangeFacts};

use crate::rows::{Values, int};
use crate::{Capture, Catalog, CatalogError, RecordPlace};

impl Catalog {
    /// Notes where certificates are, in one durable transaction; what is known already stands.
    pub async fn add_certificates(&self, places: &[(Digest, RecordPlace)]) -> Result<(), CatalogError> {
        if places.is_empty() {
            return Ok(());
        }
        let mut tx = self.pool.begin().await.map_err(|e| self.sql(e))?;
        for (sha256, place) in places {
            sqlx::query(
                "INSERT INTO certificate (file, sha256, warc_record_id, target_uri, offset, length) \
                 VALUES (?,?,?,?,?,?) ON CONFLICT (file, sha256) DO NOTHING",
            )
            .bind(&place.file)
            .bind(sha256.to_string())
            .bind(&place.warc_record_id)
            .bind(&place.target_uri)
            .bind(int(place.offset))
            .bind(int(place.length))
            .execute(&mut *tx)
            .await
            .map_err(|e| self.sql(e))?;
        }
        self.grow(&mut tx, places.iter().map(|(_, place)| place)).await?;
        tx.commit().await.map_err(|e| self.sql(e))
    }

    /// Where a certificate is: in `file` if it is there, otherwise in any file that has it.
    pub async fn certificate(&self, file: &str, sha256: Digest) -> Result<Option<RecordPlace>, CatalogError> {
        let row = sqlx::query(
            "SELECT *, 'resource' AS type FROM certificate WHERE sha256 = ? ORDER BY file != ?, file LIMIT 1",
        )
        .bind(sha256.to_string())
        .bind(file)
        .fetch_optional(&self.pool)
        .await
        .map_err(|e| self.sql(e))?;
        row.map(|row| Values { catalog: self, row: &row }.record()).transpose()
    }

    /// Notes what a try without records met.
    pub(crate) async fn insert_exchanges(
        &self,
        tx: &mut Transaction<'_, Sqlite>,
        seq: i64,
        exchanges: &[ExchangeFacts],
    ) -> Result<(), CatalogError> {
        if exchanges.is_empty() {
            return Ok(());
        }
        let json = serde_json::to_string(exchanges).map_err(|e| self.row(e.to_string()))?;
        sqlx::query("INSERT INTO try_exchanges (capture, exchanges) VALUES (?,?)")
            .bind(seq)
            .bind(json)
            .execute(&mut **tx)
            .await
            .map_err(|e| self.sql(e))?;
        Ok(())
    }

    /// The captures of these rows, each with what it met if it has no records.
    pub(crate) async fn with_exchanges(&self, rows: &[SqliteRow]) -> Result<Vec<Capture>, CatalogError> {
        let mut captures = self.captures(rows)?;
        for (row, capture) in rows.iter().zip(&mut captures) {
            let seq: i64 = row.try_get("seq").map_err(|e| self.sql(e))?;
            let found = sqlx::query("SELECT exchanges FROM try_exchanges WHERE capture = ?")
                .bind(seq)
                .fetch_optional(&self.pool)
                .await
                .map_err(|e| self.sql(e))?;
            let Some(found) = found else { continue };
            let text = Values { catalog: self, row: &found }.text("exchanges")?;
            capture.exchanges =
                serde_json::from_str(&text).map_err(|e| self.row(format!("exchanges: {e}")))?;
        }
        Ok(captures)
    }
}
