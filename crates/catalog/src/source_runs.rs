//! What each run brought of each source: the facts that its health is judged by, kept durably and written into the
//! archive with the run's report, so that a rebuild restores them.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sqlx::query::Query;
use sqlx::sqlite::SqliteArguments;
use sqlx::{Sqlite, Transaction};
use vidimus_snapshot::{Role, STAND_INS};

use crate::rows::{Values, int, time_text};
use crate::{Catalog, CatalogError};

/// What one run brought of one source.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceRun {
    /// The run's UUID.
    pub run: String,
    /// The source.
    pub source: String,
    /// When its first request began.
    pub started_at: Timestamp,
    /// When it was done.
    pub finished_at: Timestamp,
    /// Tries by outcome, robots.txt files left out; outcomes that did not occur are missing.
    pub outcomes: BTreeMap<String, u64>,
    /// Pages that feeds, sitemaps and listings led to, wanted ones only.
    pub found: u64,
    /// Pages held for the first time; walls, logins, error pages and empty ones left out.
    pub new_items: u64,
    /// Pages that were held and whose text has changed.
    pub changed: u64,
    /// Pages that were held and whose text has not.
    pub unchanged: u64,
    /// Pages of which a wall, a login, an error page or nothing came.
    pub stand_ins: u64,
    /// Addresses that a budget left for the next run.
    pub left: u64,
    /// Bytes of payload that were sent.
    pub bytes: u64,
    /// Time spent on requests, added up, in milliseconds.
    pub fetch_ms: u64,
    /// How many texts were measured: those of pages that are new or have changed, the newest 40 at most.
    pub texts: u64,
    /// The middle one of their lengths, in characters; `None` when there was none to measure.
    pub text_median: Option<u64>,
    /// What each feed, sitemap and listing gave that the configuration names, and twenty at most of those found there.
    pub leads: Vec<LeadFacts>,
    /// What is not well.
    pub findings: Vec<Finding>,
}

/// What a feed, a sitemap or a listing page gave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeadFacts {
    /// What it is.
    pub role: Role,
    /// Its URL.
    pub url: String,
    /// Links found in it: of a listing, those that its selector found; of a sitemap index, the sitemaps that it names.
    pub links: u64,
    /// Those of them that lead to pages which the source wants.
    pub wanted: u64,
}

/// Something about a source that is not well.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// A stable code, such as `no-links`; `docs/operations.md` lists them.
    pub code: String,
    /// Which address it is about; empty when it is about the source as a whole.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub subject: String,
    /// When it was first seen, of all the runs in a row that saw it.
    pub since: Timestamp,
    /// A sentence that says what to do next.
    pub message: String,
}

/// What became of a page of this run earlier, as far as a verdict depends on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageBefore {
    /// The page's normal form.
    pub url_key: String,
    /// Whether an earlier run tried it.
    pub tried: bool,
    /// Whether an earlier capture holds it, with something else than a wall or an error page.
    pub held: bool,
}

/// When new items came from a source, as far as expectations depend on it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Arrivals {
    /// When the source was first visited to its end.
    pub first_visit: Option<Timestamp>,
    /// The last arrival of each day that brought new items, newest first. What was waiting when the source was first
    /// visited is no news: runs up to the first one that left nothing over do not count.
    pub days: Vec<Timestamp>,
}

/// How many days with arrivals are looked at.
const DAYS: i64 = 60;

/// The kinds of page that are no yield, as JSON, for `json_each`.
fn stand_ins() -> String {
    format!("[\"{}\"]", STAND_INS.join("\",\""))
}

impl Catalog {
    /// Notes what a run brought of a source.
    pub async fn put_source_run(&self, facts: &SourceRun) -> Result<(), CatalogError> {
        let mut tx = self.pool.begin().await.map_err(|e| self.sql(e))?;
        self.insert_source_run(&mut tx, facts, false).await?;
        tx.commit().await.map_err(|e| self.sql(e))
    }

    /// Notes what a run report holds of sources.
    pub async fn note_source_runs(&self, runs: &[SourceRun]) -> Result<(), CatalogError> {
        let mut tx = self.pool.begin().await.map_err(|e| self.sql(e))?;
        for facts in runs {
            self.insert_source_run(&mut tx, facts, true).await?;
        }
        tx.commit().await.map_err(|e| self.sql(e))
    }

    async fn insert_source_run(
        &self,
        tx: &mut Transaction<'_, Sqlite>,
        facts: &SourceRun,
        reported: bool,
    ) -> Result<(), CatalogError> {
        let json = serde_json::to_string(facts).map_err(|e| self.row(e.to_string()))?;
        sqlx::query(
            "INSERT INTO source_run (run, source, started_at, finished_at, new_items, left_over, facts, reported) \
             VALUES (?,?,?,?,?,?,?,?) ON CONFLICT (run, source) DO UPDATE SET started_at = excluded.started_at, \
             finished_at = excluded.finished_at, new_items = excluded.new_items, left_over = excluded.left_over, \
             facts = excluded.facts, reported = excluded.reported",
        )
        .bind(&facts.run)
        .bind(&facts.source)
        .bind(time_text(facts.started_at))
        .bind(time_text(facts.finished_at))
        .bind(int(facts.new_items))
        .bind(int(facts.left))
        .bind(json)
        .bind(i64::from(reported))
        .execute(&mut **tx)
        .await
        .map_err(|e| self.sql(e))?;
        Ok(())
    }

    /// What no run report holds yet, oldest first.
    pub async fn unreported_source_runs(&self) -> Result<Vec<SourceRun>, CatalogError> {
        let sql = "SELECT facts FROM source_run WHERE reported = 0 ORDER BY started_at, source";
        self.source_runs(sqlx::query(sql)).await
    }

    /// The sources of one run, as they were visited.
    pub async fn source_runs_of(&self, run: &str) -> Result<Vec<SourceRun>, CatalogError> {
        let sql = "SELECT facts FROM source_run WHERE run = ? ORDER BY started_at, source";
        self.source_runs(sqlx::query(sql).bind(run.to_owned())).await
    }

    /// The last `limit` runs of a source, newest first.
    pub async fn source_history(&self, source: &str, limit: u32) -> Result<Vec<SourceRun>, CatalogError> {
        let sql = "SELECT facts FROM source_run WHERE source = ? ORDER BY started_at DESC, run LIMIT ?";
        self.source_runs(sqlx::query(sql).bind(source.to_owned()).bind(i64::from(limit))).await
    }

    /// The newest run of every source that ever began one, by name.
    pub async fn newest_source_runs(&self) -> Result<Vec<SourceRun>, CatalogError> {
        let sql = "SELECT r.facts AS facts FROM schedule AS s JOIN source_run AS r ON r.source = s.source AND r.run = \
             (SELECT run FROM source_run WHERE source = s.source ORDER BY started_at DESC, run LIMIT 1) ORDER BY s.source";
        self.source_runs(sqlx::query(sql)).await
    }

    async fn source_runs(
        &self,
        query: Query<'static, Sqlite, SqliteArguments>,
    ) -> Result<Vec<SourceRun>, CatalogError> {
        let rows = query.fetch_all(&self.pool).await.map_err(|e| self.sql(e))?;
        self.each(&rows, |values| {
            let facts = values.text("facts")?;
            serde_json::from_str(&facts).map_err(|e| self.row(format!("facts of a source's run: {e}")))
        })
    }

    /// When new items came from a source.
    pub async fn arrivals(&self, source: &str) -> Result<Arrivals, CatalogError> {
        let sql = "SELECT finished_at AS t FROM source_run WHERE source = ? ORDER BY started_at LIMIT 1";
        let row = sqlx::query(sql).bind(source).fetch_optional(&self.pool).await.map_err(|e| self.sql(e))?;
        let first_visit = row.map(|row| Values { catalog: self, row: &row }.parsed("t")).transpose()?;
        let rows = sqlx::query(
            "SELECT MAX(started_at) AS t FROM source_run WHERE source = ?1 AND new_items > 0 AND started_at > \
             (SELECT MIN(started_at) FROM source_run WHERE source = ?1 AND left_over = 0) \
             GROUP BY substr(started_at, 1, 10) ORDER BY t DESC LIMIT ?2",
        )
        .bind(source)
        .bind(DAYS)
        .fetch_all(&self.pool)
        .await
        .map_err(|e| self.sql(e))?;
        Ok(Arrivals { first_visit, days: self.each(&rows, |values| values.parsed("t"))? })
    }

    /// How many new items the runs of a source brought that began after `since`.
    pub async fn new_items_since(&self, source: &str, since: Timestamp) -> Result<u64, CatalogError> {
        let query = sqlx::query(
            "SELECT IFNULL(SUM(new_items), 0) AS n FROM source_run WHERE source = ? AND new_items > 0 AND started_at > ?",
        );
        self.count(query.bind(source).bind(time_text(since))).await
    }

    /// What became earlier of the pages that a run tried of a source.
    pub async fn pages_before(&self, run: &str, source: &str) -> Result<Vec<PageBefore>, CatalogError> {
        let rows = sqlx::query(
            "SELECT c.url_key, \
             EXISTS (SELECT 1 FROM capture AS o WHERE o.url_key = c.url_key AND o.run <> ?1 AND o.role = 'page' \
             AND o.witnessed = 1 AND o.started_at < c.started_at) AS tried, \
             EXISTS (SELECT 1 FROM capture AS o WHERE o.url_key = c.url_key AND o.run <> ?1 AND o.role = 'page' \
             AND o.witnessed = 1 AND o.started_at < c.started_at AND o.outcome IN ('captured', 'unchanged') \
             AND IFNULL(o.page_kind, '') NOT IN (SELECT value FROM json_each(?3))) AS held \
             FROM capture AS c WHERE c.source = ?2 AND c.run = ?1 AND c.role = 'page' \
             AND c.started_at >= (SELECT started_at FROM run WHERE id = ?1)",
        )
        .bind(run)
        .bind(source)
        .bind(stand_ins())
        .fetch_all(&self.pool)
        .await
        .map_err(|e| self.sql(e))?;
        self.each(&rows, |values| {
            Ok(PageBefore {
                url_key: values.text("url_key")?,
                tried: values.number("tried")? > 0,
                held: values.number("held")? > 0,
            })
        })
    }

    /// Whether any page of a source is held that is more than a wall or an error page.
    pub async fn holds_pages_of(&self, source: &str) -> Result<bool, CatalogError> {
        let query = sqlx::query(
            "SELECT EXISTS (SELECT 1 FROM capture WHERE source = ? AND role = 'page' AND witnessed = 1 \
             AND outcome IN ('captured', 'unchanged') \
             AND IFNULL(page_kind, '') NOT IN (SELECT value FROM json_each(?))) AS n",
        );
        Ok(self.count(query.bind(source).bind(stand_ins())).await? > 0)
    }

    /// Notes what a feed, a sitemap or a listing page of an unfinished run gave.
    pub async fn note_lead(&self, run: &str, source: &str, lead: &LeadFacts) -> Result<(), CatalogError> {
        sqlx::query(
            "INSERT INTO lead (run, source, role, url, links, wanted) VALUES (?,?,?,?,?,?) \
             ON CONFLICT (run, source, role, url) DO UPDATE SET links = excluded.links, wanted = excluded.wanted",
        )
        .bind(run)
        .bind(source)
        .bind(lead.role.as_str())
        .bind(&lead.url)
        .bind(int(lead.links))
        .bind(int(lead.wanted))
        .execute(&self.pool)
        .await
        .map_err(|e| self.sql(e))?;
        Ok(())
    }

    /// What the feeds, sitemaps and listing pages of a source gave in an unfinished run.
    pub async fn leads(&self, run: &str, source: &str) -> Result<Vec<LeadFacts>, CatalogError> {
        let rows = sqlx::query("SELECT * FROM lead WHERE run = ? AND source = ? ORDER BY role, url")
            .bind(run)
            .bind(source)
            .fetch_all(&self.pool)
            .await
            .map_err(|e| self.sql(e))?;
        self.each(&rows, |values| {
            Ok(LeadFacts {
                role: values.parsed("role")?,
                url: values.text("url")?,
                links: values.number("links")?,
                wanted: values.number("wanted")?,
            })
        })
    }
}
