//! Adding captures with the places of their records.

use sqlx::{QueryBuilder, Sqlite, Transaction};
use vidimus_snapshot::SnapshotId;

use crate::captures::AT_ONCE;
use crate::rows::{int, time_text};
use crate::states::is_state;
use crate::{Capture, Catalog, CatalogError, RecordPlace};

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
    pub(crate) async fn insert(
        &self,
        tx: &mut Transaction<'_, Sqlite>,
        c: &Capture,
    ) -> Result<u64, CatalogError> {
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
}
