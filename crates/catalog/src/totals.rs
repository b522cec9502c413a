//! Counts over the whole catalog.

use vidimus_snapshot::OutcomeKind;

use crate::{Catalog, CatalogError};

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

impl Catalog {
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
}
