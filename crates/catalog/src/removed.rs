//! Captures that were taken down: what is told of them, and how nothing else of them stays.

use jiff::Timestamp;
use sqlx::{Sqlite, Transaction};
use vidimus_snapshot::{Digest, SnapshotId, SnapshotRef};

use crate::rows::{Values, int, time_text};
use crate::{Catalog, CatalogError, SealedFile};

/// A capture that was taken down, as its tombstone says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Removed {
    /// The name of what was removed.
    pub snapshot: SnapshotId,
    /// The id of the tombstone in the log.
    pub leaf: String,
    /// When the tombstone was logged.
    pub removed_at: Timestamp,
    /// Why.
    pub reason: String,
    /// Who removed it: a role, such as `operator`.
    pub by: String,
    /// What of it was removed: `payload`, `manifest`, `text`, `index`.
    pub scope: Vec<String>,
    /// SHA-256 of the document that orders it, where there is one.
    pub authority_ref_sha256: Option<Digest>,
    /// Whether files and catalog hold nothing of it any more.
    pub finished: bool,
}

/// What is deleted of a capture by the number of its row, the row itself last.
const PARTS: [&str; 5] = [
    "DELETE FROM search_waiting WHERE snapshot = (SELECT snapshot FROM capture WHERE seq = ?)",
    "DELETE FROM later_text WHERE snapshot = (SELECT snapshot FROM capture WHERE seq = ?)",
    "DELETE FROM record WHERE capture = ?",
    "DELETE FROM try_exchanges WHERE capture = ?",
    "DELETE FROM capture WHERE seq = ?",
];
/// No saved search was told of more than there is.
const SEARCHES_TOLD: &str =
    "UPDATE search_told SET seq = MIN(seq, (SELECT IFNULL(MAX(seq), 0) FROM capture))";
/// What knows of an address beside its captures. What another capture of it still needs stays.
const OF_ADDRESS: [&str; 3] = [
    "DELETE FROM frontier WHERE url_key = ?1 AND NOT EXISTS (SELECT 1 FROM capture WHERE url_key = ?1)",
    "DELETE FROM lead WHERE url = ?1 AND NOT EXISTS (SELECT 1 FROM capture WHERE url_key = ?1)",
    "DELETE FROM told WHERE subject = ?1 AND NOT EXISTS (SELECT 1 FROM capture WHERE url_key = ?1)",
];

impl Catalog {
    /// Notes that captures are being taken down, in one durable transaction; what is known of one already stands.
    pub async fn note_removals(&self, removals: &[Removed]) -> Result<(), CatalogError> {
        let mut tx = self.pool.begin().await.map_err(|e| self.sql(e))?;
        for removed in removals {
            let scope = serde_json::to_string(&removed.scope).map_err(|e| self.row(e.to_string()))?;
            sqlx::query(
                "INSERT INTO removed (snapshot, leaf, removed_at, reason, by, scope, authority_ref_sha256, finished, \
                 out_of_index) VALUES (?,?,?,?,?,?,?,?,0) ON CONFLICT (snapshot) DO NOTHING",
            )
            .bind(removed.snapshot.hex())
            .bind(&removed.leaf)
            .bind(time_text(removed.removed_at))
            .bind(&removed.reason)
            .bind(&removed.by)
            .bind(scope)
            .bind(removed.authority_ref_sha256.map(|digest| digest.to_string()))
            .bind(i64::from(removed.finished))
            .execute(&mut *tx)
            .await
            .map_err(|e| self.sql(e))?;
        }
        tx.commit().await.map_err(|e| self.sql(e))
    }

    /// Everything that was taken down, the longest ago first.
    pub async fn removed(&self) -> Result<Vec<Removed>, CatalogError> {
        self.removed_where("1 = 1", String::new()).await
    }

    /// What was taken down under this very name.
    pub async fn removal_of(&self, id: SnapshotId) -> Result<Option<Removed>, CatalogError> {
        Ok(self.removed_where("snapshot = ?", id.hex()).await?.pop())
    }

    /// What was taken down and had a name that begins so.
    pub async fn find_removed(&self, name: &SnapshotRef) -> Result<Vec<Removed>, CatalogError> {
        self.removed_where("snapshot >= ?1 AND snapshot < ?1 || 'g'", name.hex_prefix().to_owned()).await
    }

    async fn removed_where(
        &self,
        condition: &'static str,
        value: String,
    ) -> Result<Vec<Removed>, CatalogError> {
        let sql = format!("SELECT * FROM removed WHERE {condition} ORDER BY removed_at, snapshot");
        let mut query = sqlx::query(sqlx::AssertSqlSafe(sql));
        if !value.is_empty() {
            query = query.bind(value);
        }
        let rows = query.fetch_all(&self.pool).await.map_err(|e| self.sql(e))?;
        self.each(&rows, |values| values.removed())
    }

    /// The captures that repeat the payload of this one, directly.
    pub async fn repeating(&self, id: SnapshotId) -> Result<Vec<SnapshotId>, CatalogError> {
        let rows =
            sqlx::query("SELECT snapshot FROM capture WHERE original = ? ORDER BY started_at, snapshot")
                .bind(id.hex())
                .fetch_all(&self.pool)
                .await
                .map_err(|e| self.sql(e))?;
        Ok(self.each(&rows, |values| values.snapshot("snapshot"))?.into_iter().flatten().collect())
    }

    /// Forgets a capture of which the files hold nothing any more, and notes that its removal is finished, in one durable
    /// transaction. Captures whose text the index left out because this one had it first are to be indexed, and those of
    /// the same page whose states were told apart by it.
    pub async fn forget_removed(&self, id: SnapshotId) -> Result<(), CatalogError> {
        let mut tx = self.pool.begin().await.map_err(|e| self.sql(e))?;
        let row = sqlx::query("SELECT seq, url_key FROM capture WHERE snapshot = ?").bind(id.hex());
        if let Some(row) = row.fetch_optional(&mut *tx).await.map_err(|e| self.sql(e))? {
            let values = Values { catalog: self, row: &row };
            let seq = int(values.number("seq")?);
            let url_key = values.text("url_key")?;
            for sql in PARTS {
                sqlx::query(sql).bind(seq).execute(&mut *tx).await.map_err(|e| self.sql(e))?;
            }
            for sql in OF_ADDRESS {
                sqlx::query(sql).bind(&url_key).execute(&mut *tx).await.map_err(|e| self.sql(e))?;
            }
            self.index_page(&mut tx, &url_key).await?;
        }
        // The number of a row that is gone may be given again, to a capture of which nobody has looked for the leaf, and of
        // which no saved search was told.
        for sql in ["DELETE FROM leaves_seen", SEARCHES_TOLD] {
            sqlx::query(sql).execute(&mut *tx).await.map_err(|e| self.sql(e))?;
        }
        sqlx::query("UPDATE removed SET finished = 1 WHERE snapshot = ?")
            .bind(id.hex())
            .execute(&mut *tx)
            .await
            .map_err(|e| self.sql(e))?;
        tx.commit().await.map_err(|e| self.sql(e))
    }

    async fn index_page(&self, tx: &mut Transaction<'_, Sqlite>, url_key: &str) -> Result<(), CatalogError> {
        sqlx::query(
            "UPDATE capture SET indexed = 0 WHERE url_key = ? AND text_sha256 IS NOT NULL \
             AND (original IS NULL OR outcome <> 'unchanged')",
        )
        .bind(url_key)
        .execute(&mut **tx)
        .await
        .map_err(|e| self.sql(e))?;
        Ok(())
    }

    /// Notes that a sealed file is now what a takedown made of it, which nobody has checked yet.
    pub async fn replace_sealed(&self, file: &SealedFile) -> Result<(), CatalogError> {
        let mut tx = self.pool.begin().await.map_err(|e| self.sql(e))?;
        sqlx::query("UPDATE sealed_file SET length = ?, sha256 = ? WHERE name = ?")
            .bind(int(file.length))
            .bind(file.sha256.to_string())
            .bind(&file.name)
            .execute(&mut *tx)
            .await
            .map_err(|e| self.sql(e))?;
        let checks = sqlx::query("DELETE FROM fixity WHERE file = ?").bind(&file.name);
        checks.execute(&mut *tx).await.map_err(|e| self.sql(e))?;
        tx.commit().await.map_err(|e| self.sql(e))
    }

    /// What was taken down and may still be in the search index.
    pub async fn removals_in_index(&self) -> Result<Vec<SnapshotId>, CatalogError> {
        let rows = sqlx::query("SELECT snapshot FROM removed WHERE out_of_index = 0")
            .fetch_all(&self.pool)
            .await
            .map_err(|e| self.sql(e))?;
        Ok(self.each(&rows, |values| values.snapshot("snapshot"))?.into_iter().flatten().collect())
    }

    /// Notes that the search index holds nothing of these any more.
    pub async fn note_out_of_index(&self, ids: &[SnapshotId]) -> Result<(), CatalogError> {
        let mut tx = self.pool.begin().await.map_err(|e| self.sql(e))?;
        for id in ids {
            let query = sqlx::query("UPDATE removed SET out_of_index = 1 WHERE snapshot = ?").bind(id.hex());
            query.execute(&mut *tx).await.map_err(|e| self.sql(e))?;
        }
        tx.commit().await.map_err(|e| self.sql(e))
    }

    /// Writes the database anew, so that nothing of a row that was deleted is left in its file or its log, as far as no
    /// reader stands in the way.
    pub async fn scrub(&self) -> Result<(), CatalogError> {
        self.run_sql("VACUUM").await?;
        self.fold_log().await
    }
}

impl Values<'_> {
    fn removed(&self) -> Result<Removed, CatalogError> {
        let snapshot = self.snapshot("snapshot")?;
        Ok(Removed {
            snapshot: snapshot.ok_or_else(|| self.catalog.row("a removed capture has no name"))?,
            leaf: self.text("leaf")?,
            removed_at: self.parsed("removed_at")?,
            reason: self.text("reason")?,
            by: self.text("by")?,
            scope: self.strings("scope")?,
            authority_ref_sha256: self.maybe_parsed("authority_ref_sha256")?,
            finished: self.number("finished")? > 0,
        })
    }
}
