//! What an import asks: whether a record is held, and who holds what a revisit repeats.

use vidimus_snapshot::{Digest, SnapshotId};

use crate::rows::time_text;
use crate::{Capture, Catalog, CatalogError, RecordPlace};

/// How many captures are looked at to find the original of a revisit.
const CANDIDATES: i64 = 50;

impl Catalog {
    /// The captures that have a record of this id, with the place of that record, first added first.
    pub async fn records_of_id(
        &self,
        warc_record_id: &str,
    ) -> Result<Vec<(SnapshotId, RecordPlace)>, CatalogError> {
        let rows = sqlx::query(
            "SELECT record.*, snapshot FROM record JOIN capture ON capture.seq = record.capture \
             WHERE warc_record_id = ? AND snapshot IS NOT NULL ORDER BY seq LIMIT ?",
        )
        .bind(warc_record_id)
        .bind(CANDIDATES)
        .fetch_all(&self.pool)
        .await
        .map_err(|e| self.sql(e))?;
        let found = self.each(&rows, |values| Ok((values.snapshot("snapshot")?, values.record()?)))?;
        Ok(found.into_iter().filter_map(|(id, place)| Some((id?, place))).collect())
    }

    /// Captures of a URL that hold their payload themselves, newest first, without their records.
    pub async fn holders_of_page(&self, url_key: &str) -> Result<Vec<Capture>, CatalogError> {
        self.holders("url_key", url_key).await
    }

    /// Captures that hold this payload themselves, newest first, without their records.
    pub async fn holders_of_payload(&self, payload: Digest) -> Result<Vec<Capture>, CatalogError> {
        self.holders("payload_sha256", &payload.to_string()).await
    }

    async fn holders(&self, column: &'static str, value: &str) -> Result<Vec<Capture>, CatalogError> {
        let sql = format!(
            "SELECT * FROM capture WHERE {column} = ? AND snapshot IS NOT NULL AND payload_sha256 IS NOT NULL \
             AND original IS NULL AND code NOT IN ('original-missing', 'original-unproven') ORDER BY started_at DESC, finished_at DESC, snapshot DESC LIMIT ?"
        );
        let query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(value).bind(CANDIDATES);
        self.captures(&query.fetch_all(&self.pool).await.map_err(|e| self.sql(e))?)
    }

    /// The newest snapshot of a URL, imported ones included.
    pub async fn newest_snapshot(&self, url_key: &str) -> Result<Option<SnapshotId>, CatalogError> {
        let rows = sqlx::query(
            "SELECT * FROM capture WHERE url_key = ? AND snapshot IS NOT NULL \
             ORDER BY started_at DESC, finished_at DESC, snapshot DESC LIMIT 1",
        )
        .bind(url_key)
        .fetch_all(&self.pool)
        .await
        .map_err(|e| self.sql(e))?;
        Ok(self.captures(&rows)?.pop().and_then(|capture| capture.snapshot))
    }

    /// Later captures of the same page that have the very same text, and were made here or imported as this one was: of
    /// each sort the search index leads to the first alone (see [`Catalog::text_seen_before`]).
    pub async fn same_text_later(&self, capture: &Capture) -> Result<Vec<SnapshotId>, CatalogError> {
        let rows = sqlx::query(
            "SELECT snapshot FROM capture WHERE url_key = ?1 AND role = ?2 AND text_sha256 = ?3 \
             AND (started_at > ?4 OR (started_at = ?4 AND snapshot > ?5)) AND witnessed = ?6",
        )
        .bind(&capture.url_key)
        .bind(capture.role.as_str())
        .bind(capture.text_sha256.map(|d| d.to_string()))
        .bind(time_text(capture.started_at))
        .bind(capture.snapshot.map(|id| id.hex()))
        .bind(i64::from(capture.witnessed))
        .fetch_all(&self.pool)
        .await
        .map_err(|e| self.sql(e))?;
        Ok(self.each(&rows, |values| values.snapshot("snapshot"))?.into_iter().flatten().collect())
    }
}
