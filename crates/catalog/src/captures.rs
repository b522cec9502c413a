//! Adding captures and finding them again.

use jiff::Timestamp;
use sqlx::query::Query;
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{QueryBuilder, Row as _, Sqlite, Transaction};
use vidimus_snapshot::{Digest, OutcomeKind, Role, SnapshotId, SnapshotRef};

use crate::rows::{Values, int, time_text};
use crate::states::is_state;
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

/// A page that was tried before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownPage {
    /// Its URL.
    pub url: String,
    /// When it was last tried.
    pub tried: Timestamp,
    /// What became of the last try.
    pub last: OutcomeKind,
    /// The HTTP status of the last try, when there was an answer.
    pub status: Option<u16>,
    /// When it was first tried.
    pub first: Timestamp,
    /// When it was first seen as it was at the last try: with that text (or payload); or since when it fails.
    pub since: Timestamp,
    /// How often its text (or payload) was seen to become another.
    pub changes: u64,
}

/// Counts for `status`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Totals {
    /// Tries with each outcome, in the order of [`OutcomeKind::ALL`]; parts of imported pages do not count.
    pub outcomes: Vec<(OutcomeKind, u64)>,
    /// Snapshots held, imported ones included.
    pub snapshots: u64,
    /// Those of them that were imported as pages.
    pub imported_pages: u64,
    /// Those of them that were imported as parts of pages.
    pub imported_parts: u64,
    /// Distinct pages with a text.
    pub pages: u64,
    /// Captures that the search index does not hold yet.
    pub unindexed: u64,
    /// Distinct pages with a text of each kind, by the kind's name.
    pub kinds: Vec<(String, u64)>,
    /// Distinct pages of whose text only the beginning is held.
    pub partial: u64,
}

/// Each page with its last try. A page that is held became another when its text did, or its payload where it has no
/// text; tries that failed in between say nothing of that. A page whose last try failed is as it is since the first
/// failure behind the last success.
const KNOWN_PAGES: &str = "\
WITH tries AS (
    SELECT url_key, url, started_at, finished_at, snapshot, outcome, status,
           outcome IN ('captured', 'unchanged', 'truncated') AS held,
           COALESCE(text_sha256, payload_sha256, '') AS state
    FROM capture WHERE source = ? AND role = 'page' AND witnessed = 1
), steps AS (
    SELECT *, held AND state IS NOT LAG(state) OVER (PARTITION BY url_key, held
               ORDER BY started_at, finished_at, snapshot) AS became,
           MAX(CASE WHEN held THEN started_at END) OVER (PARTITION BY url_key) AS last_held,
           ROW_NUMBER() OVER (PARTITION BY url_key ORDER BY started_at DESC, finished_at DESC, snapshot DESC) AS back
    FROM tries
)
SELECT MAX(CASE back WHEN 1 THEN url END) AS url, MAX(CASE back WHEN 1 THEN outcome END) AS outcome,
       MAX(CASE back WHEN 1 THEN status END) AS status, MAX(started_at) AS tried, MIN(started_at) AS first,
       CASE WHEN MAX(CASE back WHEN 1 THEN held END) THEN MAX(CASE WHEN became THEN started_at END)
            ELSE MIN(CASE WHEN started_at > IFNULL(last_held, '') THEN started_at END) END AS since,
       MAX(SUM(became) - 1, 0) AS changes
FROM steps GROUP BY url_key ORDER BY tried, url";
/// One try without a snapshot. The plus keeps SQLite from walking all such tries by the index of snapshots: there are as
/// many as there were failures, and few that began at one time.
const IS_THIS_TRY: &str = "started_at = ? AND run = ? AND url = ? AND role = ? AND +snapshot IS NULL";
/// How many rows one statement is about: SQLite bounds how many values it may have.
pub(crate) const AT_ONCE: usize = 500;

impl Catalog {
    /// Adds captures, and marks what the frontier knew of them as done, in one durable transaction; gives back how many
    /// were new.
    pub async fn add(&self, captures: &[Capture]) -> Result<u64, CatalogError> {
        self.add_logged(captures, &[]).await
    }

    /// The same within a transaction.
    pub(crate) async fn add_in(
        &self,
        tx: &mut Transaction<'_, Sqlite>,
        captures: &[Capture],
    ) -> Result<u64, CatalogError> {
        let mut new = 0;
        for capture in captures {
            new += self.insert(tx, capture).await?;
        }
        self.grow(tx, captures.iter().flat_map(|capture| &capture.records)).await?;
        let originals: Vec<SnapshotId> = captures.iter().filter_map(|c| c.original).collect();
        self.inherit_text(tx, &originals).await?;
        self.mark_done(tx, captures).await?;
        Ok(new)
    }

    /// Marks what the frontier knew of the captures as done, all in one statement: each one costs a change of threads.
    async fn mark_done(
        &self,
        tx: &mut Transaction<'_, Sqlite>,
        captures: &[Capture],
    ) -> Result<(), CatalogError> {
        let of_sources = captures.iter().filter_map(|c| Some((c.source.as_deref()?, c)));
        for group in of_sources.collect::<Vec<_>>().chunks(AT_ONCE) {
            // A join, because SQLite finds no index for a list of rows behind IN.
            let mut query = QueryBuilder::<Sqlite>::new("WITH tried (run, source, url_key, role) AS (");
            query.push_values(group, |mut row, (source, capture)| {
                row.push_bind(&capture.run)
                    .push_bind(*source)
                    .push_bind(&capture.url_key)
                    .push_bind(capture.role.as_str());
            });
            query.push(
                ") UPDATE frontier SET state = 'done' FROM tried WHERE frontier.run = tried.run \
                 AND frontier.source = tried.source AND frontier.url_key = tried.url_key \
                 AND frontier.role = tried.role",
            );
            query.build().execute(&mut **tx).await.map_err(|e| self.sql(e))?;
        }
        Ok(())
    }

    /// Adds one capture with its records; gives back how many rows that were, 1 or 0.
    async fn insert(&self, tx: &mut Transaction<'_, Sqlite>, c: &Capture) -> Result<u64, CatalogError> {
        // A text that is another capture's is in the index already. That the page has gone back to it is not: that has to
        // be said of that other capture.
        let has_own_text = c.text_sha256.is_some() && !c.repeats_text();
        let sort = match (has_own_text, c.text_sha256.is_some() && !c.headline.is_stand_in()) {
            (true, _) => "own",
            (false, true) => "repeated",
            (false, false) => "none",
        };
        let authors = serde_json::to_string(&c.headline.authors).map_err(|e| self.row(e.to_string()))?;
        let values = ["?"; 35].join(",");
        let sql = format!(
            "INSERT INTO capture (run, source, role, url, url_key, surt, final_url, started_at, finished_at, outcome, \
             code, message, status, content_type, payload_sha256, payload_bytes, etag, last_modified, snapshot, \
             original, previous, text_sha256, statement_sha256, title, authors, organisation, published, \
             published_origin, language, page_kind, page_kind_confidence, partial, extractor, params_sha256, \
             canonical_url, reported, witnessed, indexed) VALUES ({values}, ?, ?, \
             CASE ? WHEN 'own' THEN 0 WHEN 'none' THEN 1 ELSE IFNULL((SELECT text_sha256 = ? FROM capture \
             WHERE url_key = ? AND role = ? AND witnessed = ? AND started_at <= ? AND (started_at < ? OR snapshot < ?) \
             AND {} ORDER BY started_at DESC, snapshot DESC LIMIT 1), 1) END) ON CONFLICT (snapshot) DO NOTHING",
            is_state()
        );
        let done = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(&c.run)
            .bind(&c.source)
            .bind(c.role.as_str())
            .bind(&c.url)
            .bind(&c.url_key)
            .bind(&c.surt)
            .bind(&c.final_url)
            .bind(time_text(c.started_at))
            .bind(time_text(c.finished_at))
            .bind(c.outcome.kind.as_str())
            .bind(&c.outcome.code)
            .bind(&c.outcome.message)
            .bind(c.status.map(i64::from))
            .bind(&c.content_type)
            .bind(c.payload_sha256.map(|d| d.to_string()))
            .bind(int(c.payload_bytes))
            .bind(&c.etag)
            .bind(&c.last_modified)
            .bind(c.snapshot.map(|s| s.hex()))
            .bind(c.original.map(|s| s.hex()))
            .bind(c.previous.map(|s| s.hex()))
            .bind(c.text_sha256.map(|d| d.to_string()))
            .bind(c.statement_sha256.map(|d| d.to_string()))
            .bind(&c.headline.title)
            .bind(authors)
            .bind(&c.headline.organisation)
            .bind(&c.headline.published)
            .bind(&c.headline.published_origin)
            .bind(&c.headline.language)
            .bind(&c.headline.page_kind)
            .bind(c.headline.page_kind_confidence.map(i64::from))
            .bind(i64::from(c.headline.partial))
            .bind(&c.extractor)
            .bind(c.params_sha256.map(|d| d.to_string()))
            .bind(&c.headline.canonical_url)
            .bind(i64::from(c.snapshot.is_some()))
            .bind(i64::from(c.witnessed))
            .bind(sort)
            .bind(c.text_sha256.map(|d| d.to_string()))
            .bind(&c.url_key)
            .bind(c.role.as_str())
            .bind(i64::from(c.witnessed))
            .bind(time_text(c.started_at))
            .bind(time_text(c.started_at))
            .bind(c.snapshot.map(|s| s.hex()))
            .execute(&mut **tx)
            .await
            .map_err(|e| self.sql(e))?;
        // A capture that the catalog holds already (recovery, rebuild resumed) keeps its row and its records.
        if done.rows_affected() == 1 {
            self.insert_records(tx, done.last_insert_rowid(), 0, &c.records).await?;
            self.insert_exchanges(tx, done.last_insert_rowid(), &c.exchanges).await?;
        }
        Ok(done.rows_affected())
    }

    /// Adds records behind those that the capture has, all in one statement: each one costs a change of threads.
    pub(crate) async fn insert_records(
        &self,
        tx: &mut Transaction<'_, Sqlite>,
        seq: i64,
        have: u64,
        records: &[RecordPlace],
    ) -> Result<(), CatalogError> {
        if records.is_empty() {
            return Ok(());
        }
        let mut query = QueryBuilder::<Sqlite>::new(
            "INSERT INTO record (capture, position, warc_record_id, type, target_uri, file, offset, length) ",
        );
        query.push_values(records.iter().enumerate(), |mut row, (position, place)| {
            row.push_bind(seq)
                .push_bind(int(have.saturating_add(position as u64)))
                .push_bind(&place.warc_record_id)
                .push_bind(&place.record_type)
                .push_bind(&place.target_uri)
                .push_bind(&place.file)
                .push_bind(int(place.offset))
                .push_bind(int(place.length));
        });
        query.build().execute(&mut **tx).await.map_err(|e| self.sql(e))?;
        Ok(())
    }

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

    /// The pages of a source that were tried before, longest ago first.
    pub async fn known_pages(&self, source: &str) -> Result<Vec<KnownPage>, CatalogError> {
        let rows =
            sqlx::query(KNOWN_PAGES).bind(source).fetch_all(&self.pool).await.map_err(|e| self.sql(e))?;
        self.each(&rows, |values| {
            Ok(KnownPage {
                url: values.text("url")?,
                tried: values.parsed("tried")?,
                last: values.parsed("outcome")?,
                status: values.status()?,
                first: values.parsed("first")?,
                since: values.parsed("since")?,
                changes: values.number("changes")?,
            })
        })
    }

    /// Tries without an answer that no run report holds yet, with what they met.
    pub async fn unreported(&self) -> Result<Vec<Capture>, CatalogError> {
        let rows = sqlx::query("SELECT * FROM capture WHERE reported = 0 ORDER BY started_at, url, role")
            .fetch_all(&self.pool)
            .await
            .map_err(|e| self.sql(e))?;
        self.with_exchanges(&rows).await
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

    /// All files that hold records.
    pub async fn files(&self) -> Result<Vec<String>, CatalogError> {
        let rows = sqlx::query("SELECT DISTINCT file FROM record ORDER BY file")
            .fetch_all(&self.pool)
            .await
            .map_err(|e| self.sql(e))?;
        self.each(&rows, |values| values.text("file"))
    }

    /// Counts over the whole catalog.
    pub async fn totals(&self) -> Result<Totals, CatalogError> {
        let mut totals = Totals::default();
        for kind in OutcomeKind::ALL {
            let count =
                sqlx::query("SELECT COUNT(*) AS n FROM capture WHERE outcome = ? AND role <> 'resource'")
                    .bind(kind.as_str());
            totals.outcomes.push((kind, self.count(count).await?));
        }
        let snapshots = "SELECT COUNT(*) AS n FROM capture WHERE snapshot IS NOT NULL";
        totals.snapshots = self.count(sqlx::query(snapshots)).await?;
        let imported = |sign: &str| {
            format!("SELECT COUNT(*) AS n FROM capture WHERE witnessed = 0 AND role {sign} 'resource'")
        };
        totals.imported_pages = self.count(sqlx::query(sqlx::AssertSqlSafe(imported("<>")))).await?;
        totals.imported_parts = self.count(sqlx::query(sqlx::AssertSqlSafe(imported("=")))).await?;
        let pages = "SELECT COUNT(DISTINCT url_key) AS n FROM capture WHERE text_sha256 IS NOT NULL";
        totals.pages = self.count(sqlx::query(pages)).await?;
        let unindexed = "SELECT COUNT(*) AS n FROM capture WHERE indexed = 0";
        totals.unindexed = self.count(sqlx::query(unindexed)).await?;
        let partial = "SELECT COUNT(DISTINCT url_key) AS n FROM capture WHERE partial = 1";
        totals.partial = self.count(sqlx::query(partial)).await?;
        totals.kinds = self.kinds().await?;
        Ok(totals)
    }

    async fn kinds(&self) -> Result<Vec<(String, u64)>, CatalogError> {
        let rows = sqlx::query(
            "SELECT page_kind, COUNT(DISTINCT url_key) AS n FROM capture WHERE page_kind IS NOT NULL \
             GROUP BY page_kind ORDER BY page_kind",
        )
        .fetch_all(&self.pool)
        .await
        .map_err(|e| self.sql(e))?;
        self.each(&rows, |values| Ok((values.text("page_kind")?, values.number("n")?)))
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]

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
