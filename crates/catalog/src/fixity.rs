//! When each sealed file was last checked, and with what result: what `verify` goes by to take the file first whose
//! check is oldest, and what `status` tells.

use jiff::Timestamp;

use crate::rows::{Values, int, time_text};
use crate::{Catalog, CatalogError};

/// The last check of a sealed file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fixity {
    /// The file, relative to the archive.
    pub file: String,
    /// When the check ended.
    pub checked_at: Timestamp,
    /// Whether nothing was wrong.
    pub ok: bool,
    /// How many bytes the file had.
    pub bytes: u64,
    /// What was wrong; empty when nothing was.
    pub what: String,
}

/// How well the sealed files are looked after.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FixityTotals {
    /// Sealed files.
    pub files: u64,
    /// Those that were never checked.
    pub never: u64,
    /// When the check ended that is longest ago, among files that were checked at all.
    pub oldest: Option<Timestamp>,
    /// The files whose last check found something, by name.
    pub damaged: Vec<Fixity>,
}

impl Catalog {
    /// Notes a check in the place of the one before it.
    pub async fn note_fixity(&self, fixity: &Fixity) -> Result<(), CatalogError> {
        sqlx::query(
            "INSERT INTO fixity (file, checked_at, ok, bytes, what) VALUES (?,?,?,?,?) ON CONFLICT (file) DO UPDATE \
             SET checked_at = excluded.checked_at, ok = excluded.ok, bytes = excluded.bytes, what = excluded.what",
        )
        .bind(&fixity.file)
        .bind(time_text(fixity.checked_at))
        .bind(i64::from(fixity.ok))
        .bind(int(fixity.bytes))
        .bind(&fixity.what)
        .execute(&self.pool)
        .await
        .map_err(|e| self.sql(e))?;
        Ok(())
    }

    /// The last check of every file that was ever checked, the longest ago first.
    pub async fn fixity(&self) -> Result<Vec<Fixity>, CatalogError> {
        let rows = sqlx::query("SELECT * FROM fixity ORDER BY checked_at, file")
            .fetch_all(&self.pool)
            .await
            .map_err(|e| self.sql(e))?;
        self.each(&rows, |values| values.fixity())
    }

    /// Counts over the checks of the sealed files.
    pub async fn fixity_totals(&self) -> Result<FixityTotals, CatalogError> {
        let row = sqlx::query(
            "SELECT COUNT(*) AS files, SUM(checked_at IS NULL) AS never, MIN(checked_at) AS oldest \
             FROM sealed_file LEFT JOIN fixity ON file = name",
        )
        .fetch_one(&self.pool)
        .await
        .map_err(|e| self.sql(e))?;
        let values = Values { catalog: self, row: &row };
        let files = values.number("files")?;
        // The sum over no rows is NULL.
        let never = if files == 0 { 0 } else { values.number("never")? };
        let oldest = values.maybe_parsed("oldest")?;
        let rows = sqlx::query(
            "SELECT fixity.* FROM fixity JOIN sealed_file ON name = file WHERE ok = 0 ORDER BY file",
        )
        .fetch_all(&self.pool)
        .await
        .map_err(|e| self.sql(e))?;
        Ok(FixityTotals { files, never, oldest, damaged: self.each(&rows, |values| values.fixity())? })
    }
}

impl Values<'_> {
    fn fixity(&self) -> Result<Fixity, CatalogError> {
        Ok(Fixity {
            file: self.text("file")?,
            checked_at: self.parsed("checked_at")?,
            ok: self.number("ok")? > 0,
            bytes: self.number("bytes")?,
            what: self.text("what")?,
        })
    }
}
