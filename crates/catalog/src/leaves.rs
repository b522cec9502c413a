//! Which leaf of which log speaks of what: derived from the logs, so that a capture finds its leaf without reading them.

use jiff::Timestamp;
use sqlx::{QueryBuilder, Sqlite, Transaction};
use vidimus_snapshot::{Digest, SnapshotId};

use crate::rows::{Values, int, time_text};
use crate::{Capture, Catalog, CatalogError};

/// A leaf of a log, as far as it is looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoggedLeaf {
    /// The how-manieth log of the archive, from 1.
    pub log: u32,
    /// The leaf's index in it, from 0.
    pub index: u64,
    /// What sort of leaf, such as `capture`.
    pub kind: String,
    /// What it is about: a manifest's hash, that of an authority's answer.
    pub subject: Option<Digest>,
    /// When it was made.
    pub logged_at: Timestamp,
}

/// A check of the whole archive that is to be put into the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FixityRun {
    /// When it ended.
    pub finished_at: Timestamp,
    /// How many files were read.
    pub files: u64,
    /// How many bytes.
    pub bytes: u64,
    /// How many things were wrong.
    pub findings: u64,
    /// SHA-256 of its report.
    pub report_sha256: Digest,
}

impl Catalog {
    /// Adds captures as [`Catalog::add`] does, and with them the leaves that speak of them, in one durable transaction.
    pub async fn add_logged(&self, captures: &[Capture], leaves: &[LoggedLeaf]) -> Result<u64, CatalogError> {
        let mut tx = self.pool.begin().await.map_err(|e| self.sql(e))?;
        let new = self.add_in(&mut tx, captures).await?;
        self.insert_leaves(&mut tx, leaves).await?;
        tx.commit().await.map_err(|e| self.sql(e))?;
        Ok(new)
    }

    /// Notes leaves of a log.
    pub async fn add_leaves(&self, leaves: &[LoggedLeaf]) -> Result<(), CatalogError> {
        let mut tx = self.pool.begin().await.map_err(|e| self.sql(e))?;
        self.insert_leaves(&mut tx, leaves).await?;
        tx.commit().await.map_err(|e| self.sql(e))
    }

    async fn insert_leaves(
        &self,
        tx: &mut Transaction<'_, Sqlite>,
        leaves: &[LoggedLeaf],
    ) -> Result<(), CatalogError> {
        for leaf in leaves {
            sqlx::query(
                "INSERT INTO leaf (log, idx, kind, subject, logged_at) VALUES (?,?,?,?,?) ON CONFLICT (log, idx) DO NOTHING",
            )
            .bind(i64::from(leaf.log))
            .bind(int(leaf.index))
            .bind(&leaf.kind)
            .bind(leaf.subject.map(|digest| digest.hex()))
            .bind(time_text(leaf.logged_at))
            .execute(&mut **tx)
            .await
            .map_err(|e| self.sql(e))?;
        }
        Ok(())
    }

    /// How many leaves of a log are known: all before that index are.
    pub async fn leaf_count(&self, log: u32) -> Result<u64, CatalogError> {
        let query = sqlx::query("SELECT COALESCE(MAX(idx) + 1, 0) AS n FROM leaf WHERE log = ?");
        let row = query.bind(i64::from(log)).fetch_one(&self.pool).await.map_err(|e| self.sql(e))?;
        Values { catalog: self, row: &row }.number("n")
    }

    /// Forgets the leaves of a log from an index on, because the log does not have them; captures that were spoken of there
    /// count as not logged again.
    pub async fn forget_leaves(&self, log: u32, from: u64) -> Result<(), CatalogError> {
        let mut tx = self.pool.begin().await.map_err(|e| self.sql(e))?;
        let gone =
            sqlx::query("DELETE FROM leaf WHERE log = ? AND idx >= ?").bind(i64::from(log)).bind(int(from));
        gone.execute(&mut *tx).await.map_err(|e| self.sql(e))?;
        let unseen = sqlx::query("DELETE FROM leaves_seen");
        unseen.execute(&mut *tx).await.map_err(|e| self.sql(e))?;
        tx.commit().await.map_err(|e| self.sql(e))
    }

    /// Forgets all leaves, because there is no log any more that has them.
    pub async fn forget_all_leaves(&self) -> Result<(), CatalogError> {
        let mut tx = self.pool.begin().await.map_err(|e| self.sql(e))?;
        for sql in ["DELETE FROM leaf", "DELETE FROM leaves_seen"] {
            sqlx::query(sql).execute(&mut *tx).await.map_err(|e| self.sql(e))?;
        }
        tx.commit().await.map_err(|e| self.sql(e))
    }

    /// The leaves that speak of this, oldest first.
    pub async fn leaves_of(&self, subject: Digest) -> Result<Vec<LoggedLeaf>, CatalogError> {
        let query = sqlx::query("SELECT * FROM leaf WHERE subject = ? ORDER BY log, idx").bind(subject.hex());
        let rows = query.fetch_all(&self.pool).await.map_err(|e| self.sql(e))?;
        self.each(&rows, |values| values.leaf())
    }

    /// All leaves of one kind, oldest first.
    pub async fn leaves_of_kind(&self, kind: &str) -> Result<Vec<LoggedLeaf>, CatalogError> {
        let query = sqlx::query("SELECT * FROM leaf WHERE kind = ? ORDER BY log, idx").bind(kind);
        let rows = query.fetch_all(&self.pool).await.map_err(|e| self.sql(e))?;
        self.each(&rows, |values| values.leaf())
    }

    /// The leaf at a place, if it is known.
    pub async fn leaf_at(&self, log: u32, index: u64) -> Result<Option<LoggedLeaf>, CatalogError> {
        let query =
            sqlx::query("SELECT * FROM leaf WHERE log = ? AND idx = ?").bind(i64::from(log)).bind(int(index));
        let row = query.fetch_optional(&self.pool).await.map_err(|e| self.sql(e))?;
        row.map(|row| Values { catalog: self, row: &row }.leaf()).transpose()
    }

    /// The leaves of a log from an index on, no more than `limit`.
    pub async fn leaves_from(
        &self,
        log: u32,
        from: u64,
        limit: u32,
    ) -> Result<Vec<LoggedLeaf>, CatalogError> {
        let query = sqlx::query("SELECT * FROM leaf WHERE log = ? AND idx >= ? ORDER BY idx LIMIT ?");
        let query = query.bind(i64::from(log)).bind(int(from)).bind(i64::from(limit));
        let rows = query.fetch_all(&self.pool).await.map_err(|e| self.sql(e))?;
        self.each(&rows, |values| values.leaf())
    }

    /// The leaves that speak of a capture which is not there, oldest first.
    pub async fn leaves_without_capture(&self) -> Result<Vec<LoggedLeaf>, CatalogError> {
        let query = sqlx::query(
            "SELECT leaf.* FROM leaf LEFT JOIN capture ON snapshot = subject \
             WHERE kind IN ('capture', 'import') AND snapshot IS NULL ORDER BY log, idx",
        );
        let rows = query.fetch_all(&self.pool).await.map_err(|e| self.sql(e))?;
        self.each(&rows, |values| values.leaf())
    }

    /// How many captures and removals no leaf speaks of that is among the first so many leaves of one of these logs.
    pub async fn count_not_covered(&self, covered: &[(u32, u64)]) -> Result<u64, CatalogError> {
        let mut captures = QueryBuilder::new(
            "SELECT COUNT(*) AS n FROM capture WHERE snapshot IS NOT NULL AND NOT EXISTS (SELECT 1 FROM leaf \
             WHERE subject = snapshot AND kind IN ('capture', 'import') AND (FALSE",
        );
        let mut removals =
            QueryBuilder::new("SELECT COUNT(*) AS n FROM leaf WHERE kind = 'tombstone' AND NOT (FALSE");
        for query in [&mut captures, &mut removals] {
            for (log, size) in covered {
                query.push(" OR (log = ").push_bind(i64::from(*log));
                query.push(" AND idx < ").push_bind(int(*size)).push(")");
            }
        }
        captures.push("))");
        removals.push(")");
        Ok(self.count(captures.build()).await? + self.count(removals.build()).await?)
    }

    /// The newest log of which leaves are known, with how many.
    pub async fn newest_log(&self) -> Result<Option<(u32, u64)>, CatalogError> {
        let query =
            sqlx::query("SELECT log, MAX(idx) + 1 AS n FROM leaf GROUP BY log ORDER BY log DESC LIMIT 1");
        let row = query.fetch_optional(&self.pool).await.map_err(|e| self.sql(e))?;
        let Some(row) = row else { return Ok(None) };
        let values = Values { catalog: self, row: &row };
        Ok(Some((u32::try_from(values.number("log")?).unwrap_or(u32::MAX), values.number("n")?)))
    }

    /// Whether a log has any leaf but anchors from an index on: what asks for a new signed head.
    pub async fn has_news(&self, log: u32, from: u64) -> Result<bool, CatalogError> {
        let query = sqlx::query(
            "SELECT EXISTS (SELECT 1 FROM leaf WHERE log = ? AND idx >= ? AND kind <> 'anchor') AS n",
        );
        let row = query.bind(i64::from(log)).bind(int(from)).fetch_one(&self.pool).await;
        Ok(Values { catalog: self, row: &row.map_err(|e| self.sql(e))? }.number("n")? == 1)
    }

    /// Captures that no leaf speaks of, oldest first, no more than `limit`.
    pub async fn not_logged(&self, limit: u32) -> Result<Vec<SnapshotId>, CatalogError> {
        let rows = sqlx::query(
            "SELECT snapshot FROM capture WHERE seq > COALESCE((SELECT seq FROM leaves_seen), 0) AND snapshot IS NOT NULL \
             AND NOT EXISTS (SELECT 1 FROM leaf WHERE subject = snapshot AND kind IN ('capture', 'import')) \
             ORDER BY seq LIMIT ?",
        )
        .bind(i64::from(limit))
        .fetch_all(&self.pool)
        .await
        .map_err(|e| self.sql(e))?;
        let names = self.each(&rows, |values| values.snapshot("snapshot"))?;
        Ok(names.into_iter().flatten().collect())
    }

    /// Notes that all captures there are have their leaves, so that they need not be looked through again.
    pub async fn all_logged(&self) -> Result<(), CatalogError> {
        self.run_sql(
            "INSERT INTO leaves_seen (only_row, seq) SELECT 1, COALESCE(MAX(seq), 0) FROM capture WHERE true \
             ON CONFLICT (only_row) DO UPDATE SET seq = excluded.seq",
        )
        .await
    }

    /// Notes a check of the whole archive, which the next writer puts into the log.
    pub async fn note_fixity_run(&self, run: &FixityRun) -> Result<(), CatalogError> {
        sqlx::query(
            "INSERT INTO fixity_run (finished_at, files, bytes, findings, report_sha256) VALUES (?,?,?,?,?)",
        )
        .bind(time_text(run.finished_at))
        .bind(int(run.files))
        .bind(int(run.bytes))
        .bind(int(run.findings))
        .bind(run.report_sha256.to_string())
        .execute(&self.pool)
        .await
        .map_err(|e| self.sql(e))?;
        Ok(())
    }

    /// The checks that are not in the log yet, oldest first, each with its number.
    pub async fn fixity_runs(&self) -> Result<Vec<(u64, FixityRun)>, CatalogError> {
        let query = sqlx::query("SELECT * FROM fixity_run ORDER BY id");
        let rows = query.fetch_all(&self.pool).await.map_err(|e| self.sql(e))?;
        self.each(&rows, |values| {
            let run = FixityRun {
                finished_at: values.parsed("finished_at")?,
                files: values.number("files")?,
                bytes: values.number("bytes")?,
                findings: values.number("findings")?,
                report_sha256: values.parsed("report_sha256")?,
            };
            Ok((values.number("id")?, run))
        })
    }

    /// Notes that these checks, up to this number, are in the log.
    pub async fn fixity_runs_logged(&self, up_to: u64) -> Result<(), CatalogError> {
        let query = sqlx::query("DELETE FROM fixity_run WHERE id <= ?").bind(int(up_to));
        query.execute(&self.pool).await.map_err(|e| self.sql(e))?;
        Ok(())
    }
}

impl Values<'_> {
    fn leaf(&self) -> Result<LoggedLeaf, CatalogError> {
        let number = self.number("log")?;
        let subject = self.snapshot("subject")?.map(|id| id.digest());
        Ok(LoggedLeaf {
            log: u32::try_from(number).unwrap_or(u32::MAX),
            index: self.number("idx")?,
            kind: self.text("kind")?,
            subject,
            logged_at: self.parsed("logged_at")?,
        })
    }
}
