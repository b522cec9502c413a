//! The pages of a source that were tried before, with what is known of how often they change.

use jiff::Timestamp;
use vidimus_snapshot::OutcomeKind;

use crate::{Catalog, CatalogError};

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

impl Catalog {
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
}
