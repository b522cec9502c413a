//! Which captures the search index should hold, the first of each text of a page, and which it holds.

use sqlx::{QueryBuilder, Row as _, Sqlite};
use vidimus_snapshot::SnapshotId;

use crate::captures::AT_ONCE;
use crate::rows::time_text;
use crate::{Capture, Catalog, CatalogError};

/// Captures of our own and imported ones are told apart, as [`Catalog::text_seen_before`] does. SQLite takes the columns
/// beside a minimum from the row that has it.
const DOCUMENTS: &str = "\
SELECT snapshot, indexed FROM (
    SELECT snapshot, indexed, original, outcome, MIN(started_at || ' ' || snapshot)
    FROM capture WHERE role = 'page' AND text_sha256 IS NOT NULL
    GROUP BY url_key, text_sha256, witnessed)
WHERE NOT (original IS NOT NULL AND outcome = 'unchanged')";

impl Catalog {
    /// The captures that have a document in the index, and whether it was put there already.
    pub async fn documents(&self) -> Result<Vec<(SnapshotId, bool)>, CatalogError> {
        let rows = sqlx::query(DOCUMENTS).fetch_all(&self.pool).await.map_err(|e| self.sql(e))?;
        let documents = self.each(&rows, |values| {
            let id = values.snapshot("snapshot")?;
            Ok(id.zip(Some(values.number("indexed")? == 1)))
        })?;
        Ok(documents.into_iter().flatten().collect())
    }

    /// The captures with a text that the search index does not hold yet, oldest first: where their rows are, for
    /// [`Catalog::in_rows`]. There may be more of them than fit into memory.
    pub async fn unindexed(&self) -> Result<Vec<i64>, CatalogError> {
        let rows =
            sqlx::query("SELECT seq FROM capture WHERE indexed = 0 ORDER BY started_at, url, role, snapshot")
                .fetch_all(&self.pool)
                .await
                .map_err(|e| self.sql(e))?;
        self.each(&rows, |values| values.row.try_get("seq").map_err(|e| self.sql(e)))
    }

    /// Whether an earlier capture of the same page has the very same text. Captures of our own are compared with one
    /// another, and imported ones with one another: the date of an import is a stranger's word, and must not put aside
    /// what this archive saw itself.
    pub async fn text_seen_before(&self, capture: &Capture) -> Result<bool, CatalogError> {
        let query = sqlx::query(
            "SELECT COUNT(*) AS n FROM capture WHERE url_key = ?1 AND role = ?2 AND text_sha256 = ?3 \
             AND (started_at < ?4 OR (started_at = ?4 AND snapshot < ?5)) AND witnessed = ?6",
        )
        .bind(&capture.url_key)
        .bind(capture.role.as_str())
        .bind(capture.text_sha256.map(|d| d.to_string()))
        .bind(time_text(capture.started_at))
        // What was imported may be told by whole seconds: of the same time, the name decides.
        .bind(capture.snapshot.map(|id| id.hex()))
        .bind(i64::from(capture.witnessed));
        Ok(self.count(query).await? > 0)
    }

    /// Notes that the search index holds these captures.
    pub async fn mark_indexed(&self, ids: &[SnapshotId]) -> Result<(), CatalogError> {
        let mut tx = self.pool.begin().await.map_err(|e| self.sql(e))?;
        for group in ids.chunks(AT_ONCE) {
            let mut query = QueryBuilder::<Sqlite>::new("UPDATE capture SET indexed = 1 WHERE snapshot IN (");
            let mut listed = query.separated(", ");
            group.iter().for_each(|id| {
                listed.push_bind(id.hex());
            });
            query.push(")");
            query.build().execute(&mut *tx).await.map_err(|e| self.sql(e))?;
        }
        tx.commit().await.map_err(|e| self.sql(e))
    }

    /// Notes that the search index is empty, so that all texts must be indexed again.
    pub async fn mark_all_unindexed(&self) -> Result<(), CatalogError> {
        self.run_sql("UPDATE capture SET indexed = 0 WHERE text_sha256 IS NOT NULL").await
    }
}
