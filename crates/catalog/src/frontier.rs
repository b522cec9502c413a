//! What a run has still to do. It is kept durably, so that an interrupted run goes on where it was.

use jiff::Timestamp;
use sqlx::query::Query;
use sqlx::sqlite::SqliteArguments;
use sqlx::{Sqlite, Transaction};
use vidimus_snapshot::Role;

use crate::rows::{Values, int, time_text};
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
    /// Which listing of the source it belongs to, by position; beyond the last for a listing page that is read only for
    /// what it announces, and 0 for all else.
    pub listing: u32,
    /// When whatever led to it says that it was published or last changed; the latest, where several say so.
    pub hint: Option<Timestamp>,
}

impl Catalog {
    /// Adds URLs that the run does not know yet; gives back those that were new, in order. Of those that it knows, a
    /// later hint is kept. Written in pieces, so that a sitemap of 50,000 URLs does not keep others from committing.
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
                "INSERT INTO frontier (run, source, url_key, role, url, depth, listing, hint, state, position) \
                 VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'pending', ?) ON CONFLICT DO NOTHING",
            )
            .bind(run)
            .bind(&item.source)
            .bind(&item.url_key)
            .bind(item.role.as_str())
            .bind(&item.url)
            .bind(int(item.depth.into()))
            .bind(int(item.listing.into()))
            .bind(item.hint.map(time_text))
            .bind(int(position))
            .execute(&mut *tx)
            .await
            .map_err(|e| self.sql(e))?;
            if done.rows_affected() == 1 {
                new.push(item.clone());
            } else if let Some(hint) = item.hint {
                self.raise_hint(&mut tx, run, item, hint).await?;
            }
        }
        tx.commit().await.map_err(|e| self.sql(e))
    }

    async fn raise_hint(
        &self,
        tx: &mut Transaction<'_, Sqlite>,
        run: &str,
        item: &Pending,
        hint: Timestamp,
    ) -> Result<(), CatalogError> {
        sqlx::query(
            "UPDATE frontier SET hint = ?1 WHERE run = ?2 AND source = ?3 AND url_key = ?4 AND role = ?5 \
             AND (hint IS NULL OR hint < ?1)",
        )
        .bind(time_text(hint))
        .bind(run)
        .bind(&item.source)
        .bind(&item.url_key)
        .bind(item.role.as_str())
        .execute(&mut **tx)
        .await
        .map_err(|e| self.sql(e))?;
        Ok(())
    }

    /// The feeds, sitemaps and listings that the run has still to read, in the order of discovery.
    pub async fn pending_leads(&self, run: &str) -> Result<Vec<Pending>, CatalogError> {
        self.pending_by(
            sqlx::query("SELECT * FROM frontier WHERE run = ? AND state = 'pending' AND role <> 'page' ORDER BY position")
                .bind(run),
        )
        .await
    }

    /// The pages of a source that the run has still to try, in the order of discovery.
    pub async fn pending_pages(&self, run: &str, source: &str) -> Result<Vec<Pending>, CatalogError> {
        let query = sqlx::query(
            "SELECT * FROM frontier WHERE run = ? AND source = ? AND state = 'pending' AND role = 'page' ORDER BY position",
        );
        self.pending_by(query.bind(run).bind(source)).await
    }

    async fn pending_by(
        &self,
        query: Query<'_, Sqlite, SqliteArguments>,
    ) -> Result<Vec<Pending>, CatalogError> {
        let rows = query.fetch_all(&self.pool).await.map_err(|e| self.sql(e))?;
        self.each(&rows, |values| {
            Ok(Pending {
                source: values.text("source")?,
                role: values.parsed("role")?,
                url: values.text("url")?,
                url_key: values.text("url_key")?,
                depth: u32::try_from(values.number("depth")?).unwrap_or(u32::MAX),
                listing: u32::try_from(values.number("listing")?).unwrap_or(u32::MAX),
                hint: values.maybe_parsed("hint")?,
            })
        })
    }

    /// Which of these pages (normal forms) no run of the source has ever tried.
    pub async fn untried(&self, source: &str, url_keys: &[&str]) -> Result<Vec<String>, CatalogError> {
        let mut untried = Vec::new();
        for key in url_keys {
            let query = sqlx::query(
                "SELECT EXISTS (SELECT 1 FROM capture WHERE url_key = ? AND source = ? AND role = 'page' AND witnessed = 1) AS n",
            );
            if self.count(query.bind(*key).bind(source)).await? == 0 {
                untried.push((*key).to_owned());
            }
        }
        Ok(untried)
    }
}
