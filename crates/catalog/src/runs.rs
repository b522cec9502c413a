//! Runs, and when each source last ran.

use jiff::{SignedDuration, Timestamp};

use crate::rows::{Values, time_text};
use crate::{Catalog, CatalogError};

/// One run of a command that captures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Its UUID.
    pub id: String,
    /// `crawl` or `capture`.
    pub command: String,
    /// The sources it is about.
    pub sources: Vec<String>,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended; `None` when it was interrupted, or goes on.
    pub finished_at: Option<Timestamp>,
}

/// When a source last ran.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceState {
    /// Its name.
    pub source: String,
    /// When a run of it last began.
    pub last_started: Option<Timestamp>,
    /// When a run of it last ended well.
    pub last_ok: Option<Timestamp>,
}

/// An interrupted run older than this is not resumed: the world has moved on, and a new run finds everything again.
const RESUME_WITHIN: SignedDuration = SignedDuration::from_hours(24);

impl Run {
    /// Whether a later crawl of its sources goes on with it, if it was interrupted.
    pub fn goes_on(&self, now: Timestamp) -> bool {
        let fresh = now.duration_since(self.started_at) < RESUME_WITHIN;
        self.command == "crawl" && self.finished_at.is_none() && fresh
    }
}

impl Catalog {
    /// Notes a run, begun or ended.
    pub async fn put_run(&self, run: &Run) -> Result<(), CatalogError> {
        let sources = serde_json::to_string(&run.sources).map_err(|e| self.row(e.to_string()))?;
        sqlx::query(
            "INSERT INTO run (id, command, sources, started_at, finished_at) VALUES (?,?,?,?,?) \
             ON CONFLICT (id) DO UPDATE SET finished_at = excluded.finished_at, sources = excluded.sources",
        )
        .bind(&run.id)
        .bind(&run.command)
        .bind(sources)
        .bind(time_text(run.started_at))
        .bind(run.finished_at.map(time_text))
        .execute(&self.pool)
        .await
        .map_err(|e| self.sql(e))?;
        Ok(())
    }

    /// Drops the frontier of all runs that are over; what they did is in the captures.
    pub async fn clear_frontier(&self) -> Result<(), CatalogError> {
        self.run_sql("DELETE FROM lead WHERE run NOT IN (SELECT id FROM run WHERE finished_at IS NULL)")
            .await?;
        self.run_sql("DELETE FROM frontier WHERE run NOT IN (SELECT id FROM run WHERE finished_at IS NULL)")
            .await
    }

    /// The newest `limit` runs, newest first.
    pub async fn runs(&self, limit: u32) -> Result<Vec<Run>, CatalogError> {
        let rows = sqlx::query("SELECT * FROM run ORDER BY started_at DESC, id LIMIT ?")
            .bind(i64::from(limit))
            .fetch_all(&self.pool)
            .await
            .map_err(|e| self.sql(e))?;
        self.each(&rows, |values| self.run_of(&values))
    }

    /// The runs whose ids begin so: one, when the beginning is unique.
    pub async fn find_runs(&self, prefix: &str) -> Result<Vec<Run>, CatalogError> {
        let rows = sqlx::query("SELECT * FROM run WHERE substr(id, 1, length(?1)) = ?1 LIMIT 20")
            .bind(prefix)
            .fetch_all(&self.pool)
            .await
            .map_err(|e| self.sql(e))?;
        self.each(&rows, |values| self.run_of(&values))
    }

    /// The newest run of `command`.
    pub async fn last_run(&self, command: &str) -> Result<Option<Run>, CatalogError> {
        self.one_run("SELECT * FROM run WHERE command = ? ORDER BY started_at DESC LIMIT 1", command).await
    }

    async fn one_run(&self, sql: &'static str, command: &str) -> Result<Option<Run>, CatalogError> {
        let row = sqlx::query(sql).bind(command).fetch_optional(&self.pool).await.map_err(|e| self.sql(e))?;
        let Some(row) = row else { return Ok(None) };
        self.run_of(&Values { catalog: self, row: &row }).map(Some)
    }

    fn run_of(&self, values: &Values<'_>) -> Result<Run, CatalogError> {
        Ok(Run {
            id: values.text("id")?,
            command: values.text("command")?,
            sources: values.strings("sources")?,
            started_at: values.parsed("started_at")?,
            finished_at: values.maybe_parsed("finished_at")?,
        })
    }

    /// Notes that a run of a source began.
    pub async fn source_started(&self, source: &str, at: Timestamp) -> Result<(), CatalogError> {
        self.sources_started(&[(source, at)]).await
    }

    /// Notes when runs of sources began, in one durable transaction.
    pub async fn sources_started(&self, sources: &[(&str, Timestamp)]) -> Result<(), CatalogError> {
        self.put_sources(
            "INSERT INTO schedule (source, last_started) VALUES (?, ?) \
             ON CONFLICT (source) DO UPDATE SET last_started = MAX(excluded.last_started, IFNULL(last_started, ''))",
            sources,
        )
        .await
    }

    /// Notes when runs of sources ended well, in one durable transaction.
    pub async fn sources_ok(&self, sources: &[(&str, Timestamp)]) -> Result<(), CatalogError> {
        self.put_sources(
            "INSERT INTO schedule (source, last_ok) VALUES (?, ?) \
             ON CONFLICT (source) DO UPDATE SET last_ok = MAX(excluded.last_ok, IFNULL(last_ok, ''))",
            sources,
        )
        .await
    }

    async fn put_sources(
        &self,
        sql: &'static str,
        sources: &[(&str, Timestamp)],
    ) -> Result<(), CatalogError> {
        let mut tx = self.pool.begin().await.map_err(|e| self.sql(e))?;
        for (source, at) in sources {
            sqlx::query(sql)
                .bind(*source)
                .bind(time_text(*at))
                .execute(&mut *tx)
                .await
                .map_err(|e| self.sql(e))?;
        }
        tx.commit().await.map_err(|e| self.sql(e))
    }

    /// The runs that did not end.
    pub async fn unfinished_runs(&self) -> Result<Vec<Run>, CatalogError> {
        let rows = sqlx::query("SELECT * FROM run WHERE finished_at IS NULL ORDER BY started_at, id")
            .fetch_all(&self.pool)
            .await
            .map_err(|e| self.sql(e))?;
        self.each(&rows, |values| self.run_of(&values))
    }

    /// When each source last ran, by name.
    pub async fn source_states(&self) -> Result<Vec<SourceState>, CatalogError> {
        let rows = sqlx::query("SELECT * FROM schedule ORDER BY source")
            .fetch_all(&self.pool)
            .await
            .map_err(|e| self.sql(e))?;
        self.each(&rows, |values| {
            Ok(SourceState {
                source: values.text("source")?,
                last_started: values.maybe_parsed("last_started")?,
                last_ok: values.maybe_parsed("last_ok")?,
            })
        })
    }
}
