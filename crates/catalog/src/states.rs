//! The states of a page: which texts it had, and when it was found to have taken each.
//!
//! A capture that failed says nothing of the page, and neither does one of which only the beginning came, or something in
//! the page's place: a question about cookies, a login, an error page. What was imported has states of its own.

use jiff::Timestamp;
use vidimus_snapshot::{Digest, STAND_INS, SnapshotId};

use crate::{Capture, Catalog, CatalogError};

/// A capture that found another text than the one before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageState {
    /// The capture.
    pub snapshot: SnapshotId,
    /// When it began.
    pub at: Timestamp,
    /// The text that the page had from then on.
    pub text_sha256: Digest,
}

/// The condition under which a capture says what its page is.
pub(crate) fn is_state() -> String {
    format!(
        "snapshot IS NOT NULL AND text_sha256 IS NOT NULL AND outcome IN ('captured', 'unchanged') \
         AND code <> 'content-damaged' AND IFNULL(page_kind, '') NOT IN ('{}')",
        STAND_INS.join("', '")
    )
}

impl Catalog {
    /// The states of the page of this capture, the oldest first.
    pub async fn states(&self, of: &Capture) -> Result<Vec<PageState>, CatalogError> {
        let sql = format!(
            "SELECT snapshot, started_at, text_sha256 FROM (SELECT snapshot, started_at, text_sha256, \
             LAG(text_sha256) OVER (ORDER BY started_at, snapshot) AS before FROM capture \
             WHERE url_key = ? AND role = ? AND witnessed = ? AND {}) \
             WHERE before IS NOT text_sha256 ORDER BY started_at, snapshot",
            is_state()
        );
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(&of.url_key)
            .bind(of.role.as_str())
            .bind(i64::from(of.witnessed))
            .fetch_all(&self.pool)
            .await
            .map_err(|e| self.sql(e))?;
        self.each(&rows, |values| {
            let snapshot = values.snapshot("snapshot")?;
            Ok(PageState {
                snapshot: snapshot.ok_or_else(|| self.row("a state has no capture"))?,
                at: values.parsed("started_at")?,
                text_sha256: values.parsed("text_sha256")?,
            })
        })
    }

    /// The first capture of the same page that has this text, and the number of its row.
    pub async fn first_with_text(
        &self,
        of: &Capture,
        text: Digest,
    ) -> Result<Option<(i64, SnapshotId)>, CatalogError> {
        let row = sqlx::query(
            "SELECT seq, snapshot FROM capture WHERE url_key = ? AND role = ? AND witnessed = ? AND text_sha256 = ? \
             AND snapshot IS NOT NULL ORDER BY started_at, snapshot LIMIT 1",
        )
        .bind(&of.url_key)
        .bind(of.role.as_str())
        .bind(i64::from(of.witnessed))
        .bind(text.to_string())
        .fetch_all(&self.pool)
        .await
        .map_err(|e| self.sql(e))?;
        let found = self.each(&row, |values| Ok((values.integer("seq")?, values.snapshot("snapshot")?)))?;
        Ok(found.into_iter().next().and_then(|(seq, snapshot)| Some((seq, snapshot?))))
    }
}
