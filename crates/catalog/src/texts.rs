//! Texts that were made of a capture after its manifest was written: the newest is what lists and searches show, the
//! others stay findable.

use jiff::Timestamp;
use sqlx::{QueryBuilder, Sqlite, Transaction};
use vidimus_snapshot::{Digest, SnapshotId};

use crate::captures::AT_ONCE;
use crate::rows::{Values, time_text};
use crate::{Capture, Catalog, CatalogError, Headline, RecordPlace};

/// A text that was made of a capture later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LaterText {
    /// The id of the record that says which manifest the text belongs to.
    pub record_id: String,
    /// The capture.
    pub snapshot: SnapshotId,
    /// When the text was made.
    pub made_at: Timestamp,
    /// The extractor's name and version.
    pub extractor: String,
    /// Digest of its parameters.
    pub params_sha256: Digest,
    /// Digest of the text.
    pub text_sha256: Digest,
    /// Digest of the statement's JSON.
    pub statement_sha256: Digest,
    /// The id of the record that holds the text.
    pub text_record: String,
}

/// What a row of `capture` takes from the row that it repeats.
const OF_TEXT: &str = "text_sha256 = o.text_sha256, statement_sha256 = o.statement_sha256, title = o.title, \
     authors = o.authors, organisation = o.organisation, published = o.published, \
     published_origin = o.published_origin, language = o.language, page_kind = o.page_kind, \
     page_kind_confidence = o.page_kind_confidence, partial = o.partial, canonical_url = o.canonical_url, \
     extractor = o.extractor, params_sha256 = o.params_sha256";

impl Catalog {
    /// Adds texts with what they say of themselves and where their records are, in one durable transaction. The newest
    /// text of a capture becomes the one that is shown, of captures that repeat its payload too. One that is here
    /// already is passed over, so that recovery may tell of it again.
    pub async fn add_texts(
        &self,
        texts: &[(LaterText, Headline, Vec<RecordPlace>)],
    ) -> Result<(), CatalogError> {
        let mut tx = self.pool.begin().await.map_err(|e| self.sql(e))?;
        for (text, headline, places) in texts {
            if self.insert_text(&mut tx, text, places).await? {
                self.show_text(&mut tx, text, headline).await?;
                self.inherit_text(&mut tx, &[text.snapshot]).await?;
            }
        }
        self.grow(&mut tx, texts.iter().flat_map(|(_, _, places)| places)).await?;
        tx.commit().await.map_err(|e| self.sql(e))
    }

    /// Whether the text was new, and its capture is known.
    async fn insert_text(
        &self,
        tx: &mut Transaction<'_, Sqlite>,
        text: &LaterText,
        places: &[RecordPlace],
    ) -> Result<bool, CatalogError> {
        let known = sqlx::query("SELECT seq, (SELECT COUNT(*) FROM record WHERE capture = seq) AS n FROM capture WHERE snapshot = ?")
            .bind(text.snapshot.hex())
            .fetch_optional(&mut **tx)
            .await
            .map_err(|e| self.sql(e))?;
        let Some(row) = known else { return Ok(false) };
        let values = Values { catalog: self, row: &row };
        let (seq, count) = (values.number("seq")?, values.number("n")?);
        let done = sqlx::query(
            "INSERT INTO later_text (record_id, snapshot, made_at, extractor, params_sha256, text_sha256, \
             statement_sha256, text_record) VALUES (?,?,?,?,?,?,?,?) ON CONFLICT (record_id) DO NOTHING",
        )
        .bind(&text.record_id)
        .bind(text.snapshot.hex())
        .bind(time_text(text.made_at))
        .bind(&text.extractor)
        .bind(text.params_sha256.to_string())
        .bind(text.text_sha256.to_string())
        .bind(text.statement_sha256.to_string())
        .bind(&text.text_record)
        .execute(&mut **tx)
        .await
        .map_err(|e| self.sql(e))?;
        if done.rows_affected() == 0 {
            return Ok(false);
        }
        let seq = i64::try_from(seq).unwrap_or(i64::MAX);
        self.insert_records(tx, seq, count, places).await?;
        Ok(true)
    }

    /// Makes this text the one of its capture, unless a newer one is.
    async fn show_text(
        &self,
        tx: &mut Transaction<'_, Sqlite>,
        text: &LaterText,
        headline: &Headline,
    ) -> Result<(), CatalogError> {
        let authors = serde_json::to_string(&headline.authors).map_err(|e| self.row(e.to_string()))?;
        sqlx::query(
            "UPDATE capture SET text_sha256 = ?, statement_sha256 = ?, title = ?, authors = ?, organisation = ?, \
             published = ?, published_origin = ?, language = ?, page_kind = ?, page_kind_confidence = ?, partial = ?, \
             canonical_url = ?, extractor = ?, params_sha256 = ?, indexed = 0 WHERE snapshot = ?15 AND NOT EXISTS \
             (SELECT 1 FROM later_text WHERE snapshot = ?15 AND made_at > ?16)",
        )
        .bind(text.text_sha256.to_string())
        .bind(text.statement_sha256.to_string())
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
        .bind(&text.extractor)
        .bind(text.params_sha256.to_string())
        .bind(text.snapshot.hex())
        .bind(time_text(text.made_at))
        .execute(&mut **tx)
        .await
        .map_err(|e| self.sql(e))?;
        Ok(())
    }

    /// Gives captures that repeat the payload of one of these its newest text, if it has one that their manifests do not
    /// name.
    pub(crate) async fn inherit_text(
        &self,
        tx: &mut Transaction<'_, Sqlite>,
        originals: &[SnapshotId],
    ) -> Result<(), CatalogError> {
        for group in originals.chunks(AT_ONCE) {
            let mut query = QueryBuilder::<Sqlite>::new(format!(
                "UPDATE capture SET {OF_TEXT} FROM capture AS o WHERE o.snapshot = capture.original \
                 AND capture.outcome = 'unchanged' AND capture.original IN (SELECT snapshot FROM later_text WHERE snapshot IN ("
            ));
            let mut listed = query.separated(", ");
            group.iter().for_each(|original| {
                listed.push_bind(original.hex());
            });
            query.push("))");
            query.build().execute(&mut **tx).await.map_err(|e| self.sql(e))?;
        }
        Ok(())
    }

    /// Gives captures that repeat another's payload the headline of the original, where they have none: when captures
    /// are read back from files, the original may come later.
    pub async fn fill_headlines(&self) -> Result<(), CatalogError> {
        let sql = format!(
            "UPDATE capture SET {OF_TEXT} FROM capture AS o WHERE o.snapshot = capture.original \
             AND capture.outcome = 'unchanged' AND capture.text_sha256 IS NOT NULL AND capture.title IS NULL AND capture.language IS NULL \
             AND capture.page_kind IS NULL"
        );
        sqlx::query(sqlx::AssertSqlSafe(sql)).execute(&self.pool).await.map_err(|e| self.sql(e))?;
        Ok(())
    }

    /// The texts that were made of a capture later, oldest first.
    pub async fn later_texts(&self, snapshot: SnapshotId) -> Result<Vec<LaterText>, CatalogError> {
        let rows = sqlx::query("SELECT * FROM later_text WHERE snapshot = ? ORDER BY made_at, record_id")
            .bind(snapshot.hex())
            .fetch_all(&self.pool)
            .await
            .map_err(|e| self.sql(e))?;
        self.each(&rows, |values| {
            Ok(LaterText {
                record_id: values.text("record_id")?,
                snapshot,
                made_at: values.parsed("made_at")?,
                extractor: values.text("extractor")?,
                params_sha256: values.parsed("params_sha256")?,
                text_sha256: values.parsed("text_sha256")?,
                statement_sha256: values.parsed("statement_sha256")?,
                text_record: values.text("text_record")?,
            })
        })
    }

    /// The pages that have a text of their own, or could have one, and whose newest text is not known to be by this extractor
    /// with these parameters: oldest first, without their records.
    pub async fn pages_not_read_by(
        &self,
        extractor: &str,
        params_sha256: Digest,
    ) -> Result<Vec<Capture>, CatalogError> {
        let rows = sqlx::query(
            "SELECT * FROM capture WHERE role = 'page' AND snapshot IS NOT NULL \
             AND outcome IN ('captured', 'truncated') \
             AND (extractor IS NOT ?1 OR params_sha256 IS NOT ?2) ORDER BY started_at, url",
        )
        .bind(extractor)
        .bind(params_sha256.to_string())
        .fetch_all(&self.pool)
        .await
        .map_err(|e| self.sql(e))?;
        self.captures(&rows)
    }

    /// How many such pages have a newest text by this extractor with these parameters.
    pub async fn pages_read_by(&self, extractor: &str, params_sha256: Digest) -> Result<usize, CatalogError> {
        let row = sqlx::query(
            "SELECT COUNT(*) AS n FROM capture WHERE role = 'page' AND snapshot IS NOT NULL \
             AND outcome IN ('captured', 'truncated') AND extractor = ? AND params_sha256 = ?",
        )
        .bind(extractor)
        .bind(params_sha256.to_string())
        .fetch_one(&self.pool)
        .await
        .map_err(|e| self.sql(e))?;
        Ok(usize::try_from(Values { catalog: self, row: &row }.number("n")?).unwrap_or(usize::MAX))
    }
}
