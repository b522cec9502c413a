//! A catalog that is being made from the files: how far that has come, so that a rebuild which was interrupted goes on
//! where it was; and texts that are read after the captures they belong to.

use std::path::Path;

use sqlx::{Sqlite, Transaction};

use crate::rows::{Values, int};
use crate::{Catalog, CatalogError, Headline, RecordPlace};

/// What a rebuild is at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RebuildStage {
    /// The files are being read.
    Files,
    /// The catalog is complete; the search index has still to be emptied.
    Index,
    /// The search index is being filled.
    Documents,
}

impl RebuildStage {
    fn word(self) -> &'static str {
        match self {
            Self::Files => "files",
            Self::Index => "index",
            Self::Documents => "documents",
        }
    }
}

impl std::str::FromStr for RebuildStage {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        [Self::Files, Self::Index, Self::Documents].into_iter().find(|stage| stage.word() == word).ok_or(())
    }
}

/// The texts made of one answer together with its capture, as they are read back from the text files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadText {
    /// The id of the record that holds the answer.
    pub answer: String,
    /// Where the text's records are.
    pub places: Vec<RecordPlace>,
    /// What the text says of itself, if that record was read.
    pub headline: Option<Headline>,
}

impl Catalog {
    /// The software that is making this catalog, and what it is at; nothing when none is.
    pub async fn rebuild_stage(&self) -> Result<Option<(String, RebuildStage)>, CatalogError> {
        let row = sqlx::query("SELECT * FROM rebuild").fetch_optional(&self.pool).await;
        let Some(row) = row.map_err(|e| self.sql(e))? else { return Ok(None) };
        let values = Values { catalog: self, row: &row };
        Ok(Some((values.text("software")?, values.parsed("stage")?)))
    }

    /// Notes what the rebuild is at.
    pub async fn set_rebuild_stage(&self, software: &str, stage: RebuildStage) -> Result<(), CatalogError> {
        sqlx::query(
            "INSERT INTO rebuild (only_row, software, stage) VALUES (1, ?, ?) \
             ON CONFLICT (only_row) DO UPDATE SET software = excluded.software, stage = excluded.stage",
        )
        .bind(software)
        .bind(stage.word())
        .execute(&self.pool)
        .await
        .map_err(|e| self.sql(e))?;
        Ok(())
    }

    /// Notes that no rebuild is under way any more; costs nothing where none was.
    pub async fn end_rebuild(&self) -> Result<(), CatalogError> {
        if self.rebuild_stage().await?.is_none() {
            return Ok(());
        }
        let mut tx = self.pool.begin().await.map_err(|e| self.sql(e))?;
        for sql in ["DELETE FROM rebuild_file", "DELETE FROM rebuild"] {
            sqlx::query(sql).execute(&mut *tx).await.map_err(|e| self.sql(e))?;
        }
        tx.commit().await.map_err(|e| self.sql(e))
    }

    /// Notes that the rebuild has read a file of this length to its end.
    pub async fn note_read(&self, name: &str, length: u64) -> Result<(), CatalogError> {
        sqlx::query(
            "INSERT INTO rebuild_file (name, length) VALUES (?,?) \
             ON CONFLICT (name) DO UPDATE SET length = excluded.length",
        )
        .bind(name)
        .bind(int(length))
        .execute(&self.pool)
        .await
        .map_err(|e| self.sql(e))?;
        Ok(())
    }

    /// The files that the rebuild has read to their end, with the lengths that they had.
    pub async fn files_read(&self) -> Result<Vec<(String, u64)>, CatalogError> {
        let rows = sqlx::query("SELECT * FROM rebuild_file ORDER BY name")
            .fetch_all(&self.pool)
            .await
            .map_err(|e| self.sql(e))?;
        self.each(&rows, |values| Ok((values.text("name")?, values.number("length")?)))
    }

    /// Adds texts to the captures that they were made with, in one durable transaction. Records that are here already
    /// are passed over, so that a file may be read again.
    pub async fn add_read_texts(&self, texts: &[ReadText]) -> Result<(), CatalogError> {
        let mut tx = self.pool.begin().await.map_err(|e| self.sql(e))?;
        for text in texts {
            // Whoever made an imported file may have given a request the id of an answer of ours.
            let rows = sqlx::query(
                "SELECT DISTINCT record.capture FROM record JOIN capture ON capture.seq = record.capture \
                 WHERE warc_record_id = ? AND type IN ('response', 'resource', 'revisit') AND text_sha256 IS NOT NULL",
            )
            .bind(&text.answer)
            .fetch_all(&mut *tx)
            .await
            .map_err(|e| self.sql(e))?;
            for capture in self.each(&rows, |values| values.number("capture"))? {
                let capture = i64::try_from(capture).unwrap_or(i64::MAX);
                self.attach(&mut tx, capture, text).await?;
            }
        }
        tx.commit().await.map_err(|e| self.sql(e))
    }

    async fn attach(
        &self,
        tx: &mut Transaction<'_, Sqlite>,
        capture: i64,
        text: &ReadText,
    ) -> Result<(), CatalogError> {
        for place in &text.places {
            sqlx::query(
                "INSERT INTO record (capture, position, warc_record_id, type, target_uri, file, offset, length) \
                 SELECT ?1, (SELECT COUNT(*) FROM record WHERE capture = ?1), ?2, ?3, ?4, ?5, ?6, ?7 \
                 WHERE NOT EXISTS (SELECT 1 FROM record WHERE capture = ?1 AND warc_record_id = ?2)",
            )
            .bind(capture)
            .bind(&place.warc_record_id)
            .bind(&place.record_type)
            .bind(&place.target_uri)
            .bind(&place.file)
            .bind(int(place.offset))
            .bind(int(place.length))
            .execute(&mut **tx)
            .await
            .map_err(|e| self.sql(e))?;
        }
        let Some(headline) = &text.headline else { return Ok(()) };
        let authors = serde_json::to_string(&headline.authors).map_err(|e| self.row(e.to_string()))?;
        // A text that was made later is the one that is shown, whichever of the two is read first.
        sqlx::query(
            "UPDATE capture SET title = ?, authors = ?, organisation = ?, published = ?, published_origin = ?, \
             language = ?, page_kind = ?, page_kind_confidence = ?, partial = ?, canonical_url = ? WHERE seq = ? \
             AND NOT EXISTS (SELECT 1 FROM later_text WHERE later_text.snapshot = capture.snapshot)",
        )
        .bind(&headline.title)
        .bind(authors)
        .bind(&headline.organisation)
        .bind(&headline.published)
        .bind(&headline.published_origin)
        .bind(&headline.language)
        .bind(&headline.page_kind)
        .bind(headline.page_kind_confidence.map(i64::from))
        .bind(i64::from(headline.partial))
        .bind(&headline.canonical_url)
        .bind(capture)
        .execute(&mut **tx)
        .await
        .map_err(|e| self.sql(e))?;
        Ok(())
    }

    /// How many captures are held, and of how many tries beside them a run report tells.
    pub async fn counts(&self) -> Result<(u64, u64), CatalogError> {
        let held = sqlx::query("SELECT COUNT(*) AS n FROM capture WHERE snapshot IS NOT NULL");
        let tries = sqlx::query("SELECT COUNT(*) AS n FROM capture WHERE snapshot IS NULL AND reported = 1");
        Ok((self.count(held).await?, self.count(tries).await?))
    }

    /// Writes the catalog as it stands now into a new file, while others may go on writing to this one.
    pub async fn copy_to(&self, path: &Path) -> Result<(), CatalogError> {
        sqlx::query("VACUUM INTO ?")
            .bind(path.to_string_lossy().into_owned())
            .execute(&self.pool)
            .await
            .map_err(|e| self.sql(e))?;
        Ok(())
    }

    /// Folds the write-ahead log into the database file and empties it, as far as no reader stands in the way.
    pub async fn fold_log(&self) -> Result<(), CatalogError> {
        self.run_sql("PRAGMA wal_checkpoint(TRUNCATE)").await
    }
}
