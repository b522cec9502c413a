//! Which captures the search index should hold: the first of each text of a page.

use vidimus_snapshot::SnapshotId;

use crate::{Catalog, CatalogError};

/// Captures of our own and imported ones are told apart, as [`Catalog::text_seen_before`] does. SQLite takes the columns
/// beside a minimum from the row that has it.
const DOCUMENTS: &str = "\
SELECT snapshot, indexed FROM (
    SELECT snapshot, indexed, original, outcome, MIN(started_at || ' ' || snapshot)
    FROM capture WHERE role = 'page' AND text_sha256 IS NOT NULL
    GROUP BY url_key, text_sha256, witnessed)
WHERE NOT (original IS NOT NULL AND outcome = 'unchanged')";

impl Catalog {
    /// The captures that have a document in the index, and whether it was put there already.
    pub async fn documents(&self) -> Result<Vec<(SnapshotId, bool)>, CatalogError> {
        let rows = sqlx::query(DOCUMENTS).fetch_all(&self.pool).await.map_err(|e| self.sql(e))?;
        let documents = self.each(&rows, |values| {
            let id = values.snapshot("snapshot")?;
            Ok(id.zip(Some(values.number("indexed")? == 1)))
        })?;
        Ok(documents.into_iter().flatten().collect())
    }
}
