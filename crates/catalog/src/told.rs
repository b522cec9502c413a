//! What the operator was told of, and by which way, so that nobody is told twice.

use jiff::Timestamp;

use crate::rows::time_text;
use crate::{Catalog, CatalogError};

/// A finding that was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// The way it went: `webhook` or `command`.
    pub channel: String,
    /// The source; empty for what concerns no single source.
    pub source: String,
    /// The finding's code.
    pub code: String,
    /// Which address it is about; empty for the source as a whole.
    pub subject: String,
    /// Since when it was so.
    pub since: Timestamp,
    /// What was said.
    pub message: String,
    /// When it was last said.
    pub told_at: Timestamp,
}

impl Catalog {
    /// Everything that was told and is not resolved.
    pub async fn told(&self) -> Result<Vec<Told>, CatalogError> {
        let rows = sqlx::query("SELECT * FROM told ORDER BY channel, source, code, subject")
            .fetch_all(&self.pool)
            .await
            .map_err(|e| self.sql(e))?;
        self.each(&rows, |values| {
            Ok(Told {
                channel: values.text("channel")?,
                source: values.text("source")?,
                code: values.text("code")?,
                subject: values.text("subject")?,
                since: values.parsed("since")?,
                message: values.text("message")?,
                told_at: values.parsed("told_at")?,
            })
        })
    }

    /// Notes what was told, and forgets what was told to be resolved, in one durable transaction.
    pub async fn note_told(&self, told: &[Told], resolved: &[Told]) -> Result<(), CatalogError> {
        let mut tx = self.pool.begin_with("BEGIN IMMEDIATE").await.map_err(|e| self.sql(e))?;
        for row in resolved {
            sqlx::query("DELETE FROM told WHERE channel = ? AND source = ? AND code = ? AND subject = ?")
                .bind(&row.channel)
                .bind(&row.source)
                .bind(&row.code)
                .bind(&row.subject)
                .execute(&mut *tx)
                .await
                .map_err(|e| self.sql(e))?;
        }
        for row in told {
            sqlx::query(
                "INSERT INTO told (channel, source, code, subject, since, message, told_at) VALUES (?,?,?,?,?,?,?) \
                 ON CONFLICT (channel, source, code, subject) DO UPDATE SET since = excluded.since, \
                 message = excluded.message, told_at = excluded.told_at",
            )
            .bind(&row.channel)
            .bind(&row.source)
            .bind(&row.code)
            .bind(&row.subject)
            .bind(time_text(row.since))
            .bind(&row.message)
            .bind(time_text(row.told_at))
            .execute(&mut *tx)
            .await
            .map_err(|e| self.sql(e))?;
        }
        tx.commit().await.map_err(|e| self.sql(e))
    }
}
