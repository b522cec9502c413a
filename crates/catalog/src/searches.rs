//! How far the new matches of saved searches were told, so that no match is told twice and none is lost by a run that was
//! killed. Captures are told apart by the order in which the catalog came to know them: what is imported is new whatever
//! its date is.

use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Sqlite, Transaction};
use vidimus_snapshot::{Digest, SnapshotId};

use crate::captures::AT_ONCE;
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
    /// The last capture that is no news any more, but for those that wait.
    pub row: i64,
    /// Captures up to that one which the search index did not hold then: they are news as soon as it does.
    pub waiting: Vec<SnapshotId>,
}

/// What a search is to be asked of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Untold {
    /// Captures with a text that the search index has taken in.
    pub readable: Vec<SnapshotId>,
    /// Captures whose text it does not hold yet: a run that is going on, one that was killed, a text that cannot be read.
    pub waiting: Vec<SnapshotId>,
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

    /// What a search was not told of, up to a row. A run commits its captures before their documents, so that the one may be
    /// seen without the other: what the index lacks is told apart here, before it is asked, and not by what it finds.
    pub async fn untold(&self, told: &SearchTold, last: i64) -> Result<Untold, CatalogError> {
        let sql = format!(
            "SELECT seq, snapshot, indexed FROM capture WHERE seq > ?1 AND seq <= ?2 AND {HAS_TEXT} \
             UNION SELECT seq, snapshot, indexed FROM capture WHERE {HAS_TEXT} AND snapshot IN \
             (SELECT snapshot FROM search_waiting WHERE channel = ?3 AND search = ?4) ORDER BY seq"
        );
        let query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(told.row).bind(last);
        let rows = query.bind(&told.channel).bind(&told.search).fetch_all(&self.pool).await;
        let mut untold = Untold::default();
        for (id, is_readable) in self.each(&rows.map_err(|e| self.sql(e))?, |values| {
            Ok((values.snapshot("snapshot")?, values.number("indexed")? > 0))
        })? {
            if is_readable { &mut untold.readable } else { &mut untold.waiting }.extend(id);
        }
        Ok(untold)
    }

    /// The captures up to a row whose texts the search index does not hold.
    pub async fn texts_waiting(&self, last: i64) -> Result<Vec<SnapshotId>, CatalogError> {
        let sql = format!("SELECT snapshot FROM capture WHERE indexed = 0 AND seq <= ? AND {HAS_TEXT}");
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(last).fetch_all(&self.pool).await;
        self.names(&rows.map_err(|e| self.sql(e))?)
    }

    /// The captures with a text behind a row.
    pub async fn texts_behind(&self, row: i64) -> Result<Vec<SnapshotId>, CatalogError> {
        let sql = format!("SELECT snapshot FROM capture WHERE seq > ? AND {HAS_TEXT} ORDER BY seq");
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(row).fetch_all(&self.pool).await;
        self.names(&rows.map_err(|e| self.sql(e))?)
    }

    fn names(&self, rows: &[SqliteRow]) -> Result<Vec<SnapshotId>, CatalogError> {
        Ok(self.each(rows, |values| values.snapshot("snapshot"))?.into_iter().flatten().collect())
    }

    /// How far each search was told by each way.
    pub async fn searches_told(&self) -> Result<Vec<SearchTold>, CatalogError> {
        let mut all = self.searches_but_waiting().await?;
        for told in &mut all {
            told.waiting = self.waiting_of(told).await?;
        }
        Ok(all)
    }

    async fn searches_but_waiting(&self) -> Result<Vec<SearchTold>, CatalogError> {
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
                waiting: Vec::new(),
            })
        })
    }

    async fn waiting_of(&self, told: &SearchTold) -> Result<Vec<SnapshotId>, CatalogError> {
        let sql = "SELECT snapshot FROM search_waiting WHERE channel = ? AND search = ? ORDER BY snapshot";
        let rows = sqlx::query(sql).bind(&told.channel).bind(&told.search).fetch_all(&self.pool).await;
        self.names(&rows.map_err(|e| self.sql(e))?)
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
            self.note_waiting(&mut tx, told).await?;
        }
        tx.commit().await.map_err(|e| self.sql(e))
    }

    async fn note_waiting(
        &self,
        tx: &mut Transaction<'_, Sqlite>,
        told: &SearchTold,
    ) -> Result<(), CatalogError> {
        sqlx::query("DELETE FROM search_waiting WHERE channel = ? AND search = ?")
            .bind(&told.channel)
            .bind(&told.search)
            .execute(&mut **tx)
            .await
            .map_err(|e| self.sql(e))?;
        for group in told.waiting.chunks(AT_ONCE) {
            let mut query =
                QueryBuilder::<Sqlite>::new("INSERT INTO search_waiting (channel, search, snapshot) ");
            query.push_values(group, |mut row, id| {
                row.push_bind(&told.channel).push_bind(&told.search).push_bind(id.hex());
            });
            query.build().execute(&mut **tx).await.map_err(|e| self.sql(e))?;
        }
        Ok(())
    }

    /// Forgets the searches that are not among these names any more.
    pub async fn forget_searches(&self, names: &[String]) -> Result<(), CatalogError> {
        let told = self.searches_told().await?;
        for gone in told.iter().filter(|told| !names.contains(&told.search)) {
            for sql in
                ["DELETE FROM search_told WHERE search = ?", "DELETE FROM search_waiting WHERE search = ?"]
            {
                sqlx::query(sql).bind(&gone.search).execute(&self.pool).await.map_err(|e| self.sql(e))?;
            }
        }
        Ok(())
    }

    /// How far each search was told, and the texts that were not yet told of, for a catalog that is made anew.
    pub async fn searches_and_untold(&self) -> Result<Vec<(SearchTold, Vec<SnapshotId>)>, CatalogError> {
        let mut all = Vec::new();
        for mut told in self.searches_but_waiting().await? {
            // In a catalog of before this was noted nothing waits.
            told.waiting = self.waiting_of(&told).await.unwrap_or_default();
            let untold = self.texts_behind(told.row).await?;
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
