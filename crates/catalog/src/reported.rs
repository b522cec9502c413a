//! Which tries a run report in the archive holds, so that a rebuild knows them.

use sqlx::{Sqlite, Transaction};

use crate::rows::{Values, time_text};
use crate::{Capture, Catalog, CatalogError};

/// One try without a snapshot. The plus keeps SQLite from walking all such tries by the index of snapshots: there are as
/// many as there were failures, and few that began at one time.
const IS_THIS_TRY: &str = "started_at = ? AND run = ? AND url = ? AND role = ? AND +snapshot IS NULL";

impl Catalog {
    /// Tries without an answer that no run report holds yet, with what they met.
    pub async fn unreported(&self) -> Result<Vec<Capture>, CatalogError> {
        let rows = sqlx::query("SELECT * FROM capture WHERE reported = 0 ORDER BY started_at, url, role")
            .fetch_all(&self.pool)
            .await
            .map_err(|e| self.sql(e))?;
        self.with_exchanges(&rows).await
    }

    /// Notes that a run report holds all tries of these runs, and what they brought of their sources.
    pub async fn mark_reported(&self) -> Result<(), CatalogError> {
        self.run_sql("UPDATE source_run SET reported = 1 WHERE reported = 0").await?;
        self.run_sql("UPDATE capture SET reported = 1 WHERE reported = 0").await
    }

    /// Notes that a run report holds these tries, and adds those that are not here yet; gives back how many were added.
    /// A try is told by its run, URL, role and time, so that one which two reports hold is here once.
    pub async fn note_reported(&self, tries: &[Capture]) -> Result<u64, CatalogError> {
        let mut tx = self.pool.begin().await.map_err(|e| self.sql(e))?;
        let mut added = 0;
        for tried in tries {
            if self.set_reported(&mut tx, tried).await? == 0 {
                self.insert(&mut tx, tried).await?;
                self.set_reported(&mut tx, tried).await?;
                added += 1;
            }
        }
        tx.commit().await.map_err(|e| self.sql(e))?;
        Ok(added)
    }

    /// Adds tries that no run report holds, as far as they are not here yet.
    pub async fn add_unreported(&self, tries: &[Capture]) -> Result<(), CatalogError> {
        let mut tx = self.pool.begin().await.map_err(|e| self.sql(e))?;
        for tried in tries {
            let sql = format!("SELECT COUNT(*) AS n FROM capture WHERE {IS_THIS_TRY}");
            let query = sqlx::query(sqlx::AssertSqlSafe(sql));
            let query = query.bind(time_text(tried.started_at)).bind(&tried.run).bind(&tried.url);
            let row = query.bind(tried.role.as_str()).fetch_one(&mut *tx).await.map_err(|e| self.sql(e))?;
            if (Values { catalog: self, row: &row }).number("n")? == 0 {
                self.insert(&mut tx, tried).await?;
            }
        }
        tx.commit().await.map_err(|e| self.sql(e))
    }

    async fn set_reported(
        &self,
        tx: &mut Transaction<'_, Sqlite>,
        tried: &Capture,
    ) -> Result<u64, CatalogError> {
        let sql = format!("UPDATE capture SET reported = 1 WHERE {IS_THIS_TRY}");
        let done = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(time_text(tried.started_at))
            .bind(&tried.run)
            .bind(&tried.url)
            .bind(tried.role.as_str())
            .execute(&mut **tx)
            .await
            .map_err(|e| self.sql(e))?;
        Ok(done.rows_affected())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]

    use sqlx::Row as _;

    use super::*;

    #[tokio::test]
    async fn a_try_is_looked_up_by_its_time() {
        let dir = tempfile::tempdir().unwrap();
        let catalog = Catalog::open(&dir.path().join("catalog.sqlite")).await.unwrap();
        for statement in ["SELECT COUNT(*) FROM capture", "UPDATE capture SET reported = 1"] {
            let sql = format!("EXPLAIN QUERY PLAN {statement} WHERE {IS_THIS_TRY}");
            let plan = sqlx::query(sqlx::AssertSqlSafe(sql)).fetch_all(&catalog.pool).await.unwrap();
            let plan: Vec<String> = plan.iter().map(|row| row.get("detail")).collect();
            assert!(plan[0].contains("capture_by_start"), "{plan:?}");
        }
    }
}
