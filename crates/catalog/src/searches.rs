//! How far the new matches of saved searches were told, so that no match is told twice and none is lost by a run that was
//! killed. Captures are told apart by the order in which the catalog came to know them: what is imported is new whatever
//! its date is.

use vidimus_snapshot::{Digest, SnapshotId};

use crate::{Catalog, CatalogError};

/// Up to which capture a saved search was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchTold {
    /// The way it went: `report`, `webhook` or `command`.
    pub channel: String,
    /// The name of the search.
    pub search: String,
    /// The digest of its query and filters.
    pub query_sha256: Digest,
    /// The last capture that is no news any more: see [`Catalog::last_searchable`].
    pub row: i64,
}

/// What has a document of its own in the search index, as far as a row by itself tells.
const HAS_TEXT: &str = "role = 'page' AND snapshot IS NOT NULL AND text_sha256 IS NOT NULL \
     AND (original IS NULL OR outcome <> 'unchanged')";

impl Catalog {
    /// The number of the newest row; 0 where there is none.
    pub async fn newest_row(&self) -> Result<i64, CatalogError> {
        let row = sqlx::query("SELECT IFNULL(MAX(seq), 0) AS n FROM capture").fetch_all(&self.pool).await;
        let numbers = self.each(&row.map_err(|e| self.sql(e))?, |values| values.integer("n"))?;
        Ok(numbers.into_iter().next().unwrap_or(0))
    }

    /// The number of the last row before which nothing still waits for the index. A run commits its captures before their
    /// documents, so that another process may see the one without the other; what a run that is over could not put into
    /// the index is waited for by nobody.
    pub async fn last_searchable(&self) -> Result<i64, CatalogError> {
        let sql = format!(
            "SELECT IFNULL((SELECT MIN(seq) - 1 FROM capture WHERE indexed = 0 AND {HAS_TEXT} AND NOT EXISTS \
             (SELECT 1 FROM run WHERE run.id = capture.run AND run.finished_at IS NOT NULL)), \
             (SELECT IFNULL(MAX(seq), 0) FROM capture)) AS n"
        );
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).fetch_all(&self.pool).await;
        let numbers = self.each(&rows.map_err(|e| self.sql(e))?, |values| values.integer("n"))?;
        Ok(numbers.into_iter().next().unwrap_or(0))
    }

    /// The captures with a text behind a row, up to another.
    pub async fn texts_between(&self, row: i64, last: i64) -> Result<Vec<SnapshotId>, CatalogError> {
        let sql =
            format!("SELECT snapshot FROM capture WHERE seq > ? AND seq <= ? AND {HAS_TEXT} ORDER BY seq");
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(row).bind(last).fetch_all(&self.pool).await;
        let rows = rows.map_err(|e| self.sql(e))?;
        Ok(self.each(&rows, |values| values.snapshot("snapshot"))?.into_iter().flatten().collect())
    }

    /// How far each search was told by each way.
    pub async fn searches_told(&self) -> Result<Vec<SearchTold>, CatalogError> {
        let rows = sqlx::query("SELECT * FROM search_told ORDER BY channel, search")
            .fetch_all(&self.pool)
            .await
            .map_err(|e| self.sql(e))?;
        self.each(&rows, |values| {
            Ok(SearchTold {
                channel: values.text("channel")?,
                search: values.text("search")?,
                query_sha256: values.parsed("query_sha256")?,
                row: values.integer("seq")?,
            })
        })
    }

    /// Notes how far searches were told, in one durable transaction.
    pub async fn note_searches_told(&self, told: &[SearchTold]) -> Result<(), CatalogError> {
        let mut tx = self.pool.begin_with("BEGIN IMMEDIATE").await.map_err(|e| self.sql(e))?;
        for told in told {
            sqlx::query(
                "INSERT INTO search_told (channel, search, query_sha256, seq) VALUES (?,?,?,?) \
                 ON CONFLICT (channel, search) DO UPDATE SET query_sha256 = excluded.query_sha256, seq = excluded.seq",
            )
            .bind(&told.channel)
            .bind(&told.search)
            .bind(told.query_sha256.to_string())
            .bind(told.row)
            .execute(&mut *tx)
            .await
            .map_err(|e| self.sql(e))?;
        }
        tx.commit().await.map_err(|e| self.sql(e))
    }

    /// Forgets the searches that are not among these names any more.
    pub async fn forget_searches(&self, names: &[String]) -> Result<(), CatalogError> {
        let told = self.searches_told().await?;
        for gone in told.iter().filter(|told| !names.contains(&told.search)) {
            sqlx::query("DELETE FROM search_told WHERE search = ?")
                .bind(&gone.search)
                .execute(&self.pool)
                .await
                .map_err(|e| self.sql(e))?;
        }
        Ok(())
    }

    /// How far each search was told, and the texts that were not yet told of, for a catalog that is made anew.
    pub async fn searches_and_untold(&self) -> Result<Vec<(SearchTold, Vec<SnapshotId>)>, CatalogError> {
        let mut all = Vec::new();
        for told in self.searches_told().await? {
            let untold = self.texts_between(told.row, i64::MAX).await?;
            all.push((told, untold));
        }
        Ok(all)
    }

    /// Notes the same in a catalog whose rows have other numbers. What was told may be told again where something read
    /// before it was not; nothing is lost.
    pub async fn restore_searches(
        &self,
        searches: &[(SearchTold, Vec<SnapshotId>)],
    ) -> Result<(), CatalogError> {
        let mut restored = Vec::new();
        for (told, untold) in searches {
            let mut row = self.newest_row().await?;
            for id in untold {
                let found = sqlx::query("SELECT seq FROM capture WHERE snapshot = ?")
                    .bind(id.hex())
                    .fetch_all(&self.pool);
                let found = found.await.map_err(|e| self.sql(e))?;
                let number = self.each(&found, |values| values.integer("seq"))?.into_iter().next();
                row = row.min(number.map_or(i64::MAX, |number| number.saturating_sub(1)));
            }
            restored.push(SearchTold { row, ..told.clone() });
        }
        self.note_searches_told(&restored).await
    }
}
