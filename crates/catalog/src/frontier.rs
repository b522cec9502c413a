//! What a run has still to do. It is kept durably, so that an interrupted run goes on where it was.

use vidimus_snapshot::Role;

use crate::rows::{Values, int};
use crate::{Catalog, CatalogError};

/// How many URLs one transaction adds.
const PIECE: usize = 500;

/// One URL that a run has still to try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pending {
    /// The source that wants it.
    pub source: String,
    /// What for.
    pub role: Role,
    /// The URL to request.
    pub url: String,
    /// Its normal form.
    pub url_key: String,
    /// How many steps of discovery led to it.
    pub depth: u32,
    /// Which listing of the source it belongs to, by position; 0 for all else.
    pub listing: u32,
}

impl Catalog {
    /// Adds URLs that the run does not know yet; gives back those that were new, in order. Written in pieces, so that a
    /// sitemap of 50,000 URLs does not keep others from committing.
    pub async fn add_pending(&self, run: &str, items: Vec<Pending>) -> Result<Vec<Pending>, CatalogError> {
        let mut new = Vec::new();
        for piece in items.chunks(PIECE) {
            self.add_piece(run, piece, &mut new).await?;
        }
        Ok(new)
    }

    async fn add_piece(
        &self,
        run: &str,
        items: &[Pending],
        new: &mut Vec<Pending>,
    ) -> Result<(), CatalogError> {
        let mut tx = self.pool.begin_with("BEGIN IMMEDIATE").await.map_err(|e| self.sql(e))?;
        let row = sqlx::query("SELECT IFNULL(MAX(position), 0) AS n FROM frontier WHERE run = ?")
            .bind(run)
            .fetch_one(&mut *tx)
            .await
            .map_err(|e| self.sql(e))?;
        let mut position = Values { catalog: self, row: &row }.number("n")?;
        for item in items {
            position += 1;
            let done = sqlx::query(
                "INSERT INTO frontier (run, source, url_key, role, url, depth, listing, state, position) \
                 VALUES (?, ?, ?, ?, ?, ?, ?, 'pending', ?) ON CONFLICT DO NOTHING",
            )
            .bind(run)
            .bind(&item.source)
            .bind(&item.url_key)
            .bind(item.role.as_str())
            .bind(&item.url)
            .bind(int(item.depth.into()))
            .bind(int(item.listing.into()))
            .bind(int(position))
            .execute(&mut *tx)
            .await
            .map_err(|e| self.sql(e))?;
            if done.rows_affected() == 1 {
                new.push(item.clone());
            }
        }
        tx.commit().await.map_err(|e| self.sql(e))
    }

    /// What the run has still to do, in the order of discovery.
    pub async fn pending(&self, run: &str) -> Result<Vec<Pending>, CatalogError> {
        let rows =
            sqlx::query("SELECT * FROM frontier WHERE run = ? AND state = 'pending' ORDER BY position")
                .bind(run)
                .fetch_all(&self.pool)
                .await
                .map_err(|e| self.sql(e))?;
        self.each(&rows, |values| {
            Ok(Pending {
                source: values.text("source")?,
                role: values.parsed("role")?,
                url: values.text("url")?,
                url_key: values.text("url_key")?,
                depth: u32::try_from(values.number("depth")?).unwrap_or(u32::MAX),
                listing: u32::try_from(values.number("listing")?).unwrap_or(u32::MAX),
            })
        })
    }
}
