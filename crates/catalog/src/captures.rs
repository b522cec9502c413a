//! Finding captures again.

use jiff::Timestamp;
use sqlx::query::Query;
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{QueryBuilder, Sqlite};
use vidimus_snapshot::{Digest, OutcomeKind, Role, SnapshotId, SnapshotRef};

use crate::rows::{Values, time_text};
use crate::{Capture, Catalog, CatalogError, RecordPlace};

/// Which captures to list; every field that is `None` lets all through.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only of this source.
    pub source: Option<String>,
    /// Only of this URL (its normal form).
    pub url_key: Option<String>,
    /// Only of this role.
    pub role: Option<Role>,
    /// Only with this outcome.
    pub outcome: Option<OutcomeKind>,
    /// Only pages of this kind.
    pub page_kind: Option<String>,
    /// Only of this run.
    pub run: Option<String>,
    /// Only begun at or after this time.
    pub since: Option<Timestamp>,
    /// Only begun before this time.
    pub until: Option<Timestamp>,
    /// The newest so many.
    pub limit: Option<u32>,
}

/// How many rows one statement is about: SQLite bounds how many values it may have.
pub(crate) const AT_ONCE: usize = 500;

impl Catalog {
    /// Captures that pass the filter, oldest first; with a limit, the newest so many. Without their records.
    pub async fn list(&self, filter: &Filter) -> Result<Vec<Capture>, CatalogError> {
        // Only the conditions that are asked for are spelt out: one that may be absent would hide every index.
        let mut query = QueryBuilder::<Sqlite>::new("SELECT * FROM (SELECT * FROM capture WHERE 1 = 1");
        let mut only = |column: &str, value: Option<&str>| {
            if let Some(value) = value {
                query.push(" AND ").push(column).push(" ").push_bind(value.to_owned());
            }
        };
        only("source =", filter.source.as_deref());
        only("url_key =", filter.url_key.as_deref());
        only("role =", filter.role.map(Role::as_str));
        only("outcome =", filter.outcome.map(OutcomeKind::as_str));
        only("run =", filter.run.as_deref());
        only("started_at >=", filter.since.map(time_text).as_deref());
        only("started_at <", filter.until.map(time_text).as_deref());
        only("page_kind =", filter.page_kind.as_deref());
        query.push(" ORDER BY started_at DESC, url DESC, role DESC LIMIT ");
        query.push_bind(filter.limit.map_or(-1, i64::from));
        query.push(") ORDER BY started_at, url, role, snapshot");
        let rows = query.build().fetch_all(&self.pool).await.map_err(|e| self.sql(e))?;
        self.captures(&rows)
    }

    /// All captures whose snapshot's hash begins as `name` says, with their records: one, when the name is unique.
    pub async fn find(&self, name: &SnapshotRef) -> Result<Vec<Capture>, CatalogError> {
        let prefix = name.hex_prefix();
        let rows = sqlx::query(
            "SELECT * FROM capture WHERE snapshot >= ?1 AND snapshot < ?1 || 'g' ORDER BY snapshot LIMIT 20",
        )
        .bind(prefix)
        .fetch_all(&self.pool)
        .await
        .map_err(|e| self.sql(e))?;
        let mut captures = self.captures(&rows)?;
        for capture in &mut captures {
            capture.records = self.records(capture.snapshot).await?;
        }
        Ok(captures)
    }

    /// The capture with this very name, with its records.
    pub async fn get(&self, id: SnapshotId) -> Result<Option<Capture>, CatalogError> {
        let rows = sqlx::query("SELECT * FROM capture WHERE snapshot = ?")
            .bind(id.hex())
            .fetch_all(&self.pool)
            .await
            .map_err(|e| self.sql(e))?;
        let Some(mut capture) = self.captures(&rows)?.pop() else { return Ok(None) };
        capture.records = self.records(capture.snapshot).await?;
        Ok(Some(capture))
    }

    async fn records(&self, id: Option<SnapshotId>) -> Result<Vec<RecordPlace>, CatalogError> {
        let rows = sqlx::query(
            "SELECT record.* FROM record JOIN capture ON capture.seq = record.capture WHERE snapshot = ? ORDER BY position",
        )
        .bind(id.map(|id| id.hex()))
        .fetch_all(&self.pool)
        .await
        .map_err(|e| self.sql(e))?;
        self.each(&rows, |values| values.record())
    }

    /// The newest capture of a URL whose whole content is held, fetched for the same purpose: what a revisit is compared
    /// with. A page that was read as a listing before has no text yet, so the purpose counts. What was imported never is:
    /// a capture of our own must not rest on what somebody else says to have seen.
    pub async fn held(&self, url_key: &str, role: Role) -> Result<Option<Capture>, CatalogError> {
        let rows = sqlx::query(
            "SELECT * FROM capture WHERE url_key = ? AND role = ? AND snapshot IS NOT NULL \
             AND witnessed = 1 AND outcome IN ('captured', 'unchanged') \
             ORDER BY started_at DESC, finished_at DESC, snapshot DESC LIMIT 1",
        )
        .bind(url_key)
        .bind(role.as_str())
        .fetch_all(&self.pool)
        .await
        .map_err(|e| self.sql(e))?;
        Ok(self.captures(&rows)?.pop())
    }

    /// The capture that stores this payload, of whatever URL, with its records: the oldest of our own making whose answer
    /// was whole and well.
    pub async fn holder_of(&self, payload: Digest) -> Result<Option<Capture>, CatalogError> {
        let rows = sqlx::query(
            "SELECT * FROM capture WHERE payload_sha256 = ? AND original IS NULL AND outcome = 'captured' \
             AND status = 200 AND snapshot IS NOT NULL AND witnessed = 1 \
             ORDER BY started_at, finished_at, snapshot LIMIT 1",
        )
        .bind(payload.to_string())
        .fetch_all(&self.pool)
        .await
        .map_err(|e| self.sql(e))?;
        let Some(mut capture) = self.captures(&rows)?.pop() else { return Ok(None) };
        capture.records = self.records(capture.snapshot).await?;
        Ok(Some(capture))
    }

    /// The newest snapshot of a URL that this archive made itself, whatever its outcome.
    pub async fn previous(&self, url_key: &str) -> Result<Option<SnapshotId>, CatalogError> {
        let rows = sqlx::query(
            "SELECT * FROM capture WHERE url_key = ? AND snapshot IS NOT NULL AND witnessed = 1 \
             ORDER BY started_at DESC, finished_at DESC, snapshot DESC LIMIT 1",
        )
        .bind(url_key)
        .fetch_all(&self.pool)
        .await
        .map_err(|e| self.sql(e))?;
        Ok(self.captures(&rows)?.pop().and_then(|capture| capture.snapshot))
    }

    /// The newest try of a URL, whatever became of it, without its records, but with what it met if it has none.
    pub async fn newest_try(&self, url_key: &str) -> Result<Option<Capture>, CatalogError> {
        let rows =
            sqlx::query("SELECT * FROM capture WHERE url_key = ? ORDER BY started_at DESC, finished_at DESC, snapshot DESC LIMIT 1")
                .bind(url_key)
                .fetch_all(&self.pool)
                .await
                .map_err(|e| self.sql(e))?;
        Ok(self.with_exchanges(&rows).await?.pop())
    }

    /// The captures of these rows, oldest first, with their records.
    pub async fn in_rows(&self, seqs: &[i64]) -> Result<Vec<Capture>, CatalogError> {
        let mut query = QueryBuilder::<Sqlite>::new("SELECT * FROM capture WHERE seq IN (");
        let mut listed = query.separated(", ");
        seqs.iter().for_each(|seq| {
            listed.push_bind(*seq);
        });
        query.push(") ORDER BY started_at, url, role, snapshot");
        let rows = query.build().fetch_all(&self.pool).await.map_err(|e| self.sql(e))?;
        let mut captures = self.captures(&rows)?;
        for capture in &mut captures {
            capture.records = self.records(capture.snapshot).await?;
        }
        Ok(captures)
    }

    /// All files that hold records.
    pub async fn files(&self) -> Result<Vec<String>, CatalogError> {
        let rows = sqlx::query("SELECT DISTINCT file FROM record ORDER BY file")
            .fetch_all(&self.pool)
            .await
            .map_err(|e| self.sql(e))?;
        self.each(&rows, |values| values.text("file"))
    }

    /// The number `n` that the query gives.
    pub(crate) async fn count(&self, query: Query<'_, Sqlite, SqliteArguments>) -> Result<u64, CatalogError> {
        let row = query.fetch_one(&self.pool).await.map_err(|e| self.sql(e))?;
        Values { catalog: self, row: &row }.number("n")
    }

    pub(crate) async fn run_sql(&self, sql: &'static str) -> Result<(), CatalogError> {
        sqlx::query(sql).execute(&self.pool).await.map_err(|e| self.sql(e))?;
        Ok(())
    }

    /// Reads each row by `read`.
    pub(crate) fn each<T>(
        &self,
        rows: &[SqliteRow],
        read: impl Fn(Values<'_>) -> Result<T, CatalogError>,
    ) -> Result<Vec<T>, CatalogError> {
        rows.iter().map(|row| read(Values { catalog: self, row })).collect()
    }

    pub(crate) fn captures(&self, rows: &[SqliteRow]) -> Result<Vec<Capture>, CatalogError> {
        self.each(rows, |values| values.capture())
    }
}
