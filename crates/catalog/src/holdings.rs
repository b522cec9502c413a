//! What the catalog says should be in one file: the index by which `verify` checks a file without reading the others.

use std::collections::HashMap;

use sqlx::{QueryBuilder, Sqlite};
use vidimus_snapshot::{Digest, SnapshotId};

use crate::captures::AT_ONCE;
use crate::rows::Values;
use crate::{Capture, Catalog, CatalogError, RecordPlace};

/// A manifest's record is known by its target URI, `urn:manifest:` with the page's address.
const IS_MANIFEST: &str = "target_uri >= 'urn:manifest:' AND target_uri < 'urn:manifest;'";

/// A record that should be in a file, and whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlacedRecord {
    /// Where it should be.
    pub place: RecordPlace,
    /// The capture that it belongs to.
    pub snapshot: Option<SnapshotId>,
}

impl Catalog {
    /// Where the last record ends that is known in a file; 0 where none is.
    pub async fn end_of(&self, file: &str) -> Result<u64, CatalogError> {
        let query = sqlx::query("SELECT IFNULL(MAX(offset + length), 0) AS n FROM record WHERE file = ?");
        self.count(query.bind(file.to_owned())).await
    }

    /// Whether the file is known: a writer began or sealed it, or records are known in it.
    pub async fn knows_file(&self, file: &str) -> Result<bool, CatalogError> {
        let query = sqlx::query(
            "SELECT EXISTS (SELECT 1 FROM sealed_file WHERE name = ?1) OR EXISTS (SELECT 1 FROM record WHERE file = ?1) \
             OR EXISTS (SELECT 1 FROM open_file WHERE name = ?1) AS n",
        );
        Ok(self.count(query.bind(file.to_owned())).await? > 0)
    }

    /// The records that should be in a file, by their offsets, each with its capture.
    pub async fn placed_in(&self, file: &str) -> Result<Vec<PlacedRecord>, CatalogError> {
        let rows = sqlx::query(
            "SELECT record.*, snapshot FROM record JOIN capture ON capture.seq = record.capture \
             WHERE file = ? ORDER BY offset",
        )
        .bind(file)
        .fetch_all(&self.pool)
        .await
        .map_err(|e| self.sql(e))?;
        self.each(&rows, |values| {
            Ok(PlacedRecord { place: values.record()?, snapshot: values.snapshot("snapshot")? })
        })
    }

    /// The captures whose manifests are in a file, in their order, without records; each with its manifest's offset.
    pub async fn manifests_in(&self, file: &str) -> Result<Vec<(Capture, u64)>, CatalogError> {
        let sql = format!(
            "SELECT capture.*, record.offset FROM record JOIN capture ON capture.seq = record.capture \
             WHERE file = ? AND {IS_MANIFEST} ORDER BY record.offset"
        );
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(file)
            .fetch_all(&self.pool)
            .await
            .map_err(|e| self.sql(e))?;
        self.each(&rows, |values| Ok((values.capture()?, values.number("offset")?)))
    }

    /// Of the captures whose manifests are in a file, the records that are in other files, such as their texts; by
    /// capture, in their order.
    pub async fn records_elsewhere(
        &self,
        file: &str,
    ) -> Result<HashMap<SnapshotId, Vec<RecordPlace>>, CatalogError> {
        let sql = format!(
            "SELECT other.*, snapshot FROM record AS own JOIN record AS other ON other.capture = own.capture \
             AND other.file != own.file JOIN capture ON capture.seq = own.capture \
             WHERE own.file = ? AND {} ORDER BY other.capture, other.position",
            IS_MANIFEST.replace("target_uri", "own.target_uri")
        );
        self.grouped(sql, file).await
    }

    /// Of the captures that have a record in a file, where their manifests are.
    pub async fn manifests_of(
        &self,
        file: &str,
    ) -> Result<HashMap<SnapshotId, Vec<RecordPlace>>, CatalogError> {
        let sql = format!(
            "SELECT record.*, snapshot FROM record JOIN capture ON capture.seq = record.capture \
             WHERE record.capture IN (SELECT capture FROM record WHERE file = ?) AND {IS_MANIFEST}"
        );
        self.grouped(sql, file).await
    }

    async fn grouped(
        &self,
        sql: String,
        file: &str,
    ) -> Result<HashMap<SnapshotId, Vec<RecordPlace>>, CatalogError> {
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(file)
            .fetch_all(&self.pool)
            .await
            .map_err(|e| self.sql(e))?;
        let mut found: HashMap<SnapshotId, Vec<RecordPlace>> = HashMap::new();
        for row in &rows {
            let values = Values { catalog: self, row };
            if let Some(snapshot) = values.snapshot("snapshot")? {
                found.entry(snapshot).or_default().push(values.record()?);
            }
        }
        Ok(found)
    }

    /// The payload digests of these snapshots; those that are not known are left out.
    pub async fn payloads_of(
        &self,
        snapshots: &[SnapshotId],
    ) -> Result<HashMap<SnapshotId, Option<Digest>>, CatalogError> {
        let mut found = HashMap::new();
        for group in snapshots.chunks(AT_ONCE) {
            let mut query = QueryBuilder::<Sqlite>::new(
                "SELECT snapshot, payload_sha256 FROM capture WHERE snapshot IN (",
            );
            let mut listed = query.separated(", ");
            group.iter().for_each(|id| {
                listed.push_bind(id.hex());
            });
            query.push(")");
            let rows = query.build().fetch_all(&self.pool).await.map_err(|e| self.sql(e))?;
            for row in &rows {
                let values = Values { catalog: self, row };
                if let Some(snapshot) = values.snapshot("snapshot")? {
                    found.insert(snapshot, values.maybe_parsed("payload_sha256")?);
                }
            }
        }
        Ok(found)
    }

    /// The snapshots for whose manifests no place is known: nobody could read them.
    pub async fn without_place(&self) -> Result<Vec<SnapshotId>, CatalogError> {
        let sql = format!(
            "SELECT snapshot FROM capture WHERE snapshot IS NOT NULL AND NOT EXISTS \
             (SELECT 1 FROM record WHERE record.capture = capture.seq AND {IS_MANIFEST}) ORDER BY seq"
        );
        let rows =
            sqlx::query(sqlx::AssertSqlSafe(sql)).fetch_all(&self.pool).await.map_err(|e| self.sql(e))?;
        let ids = self.each(&rows, |values| values.snapshot("snapshot"))?;
        Ok(ids.into_iter().flatten().collect())
    }

    /// How many captures repeat the payload of this one, and so are worth what it is.
    pub async fn repeats_of(&self, snapshot: SnapshotId) -> Result<u64, CatalogError> {
        let query = sqlx::query("SELECT COUNT(*) AS n FROM capture WHERE original = ?");
        self.count(query.bind(snapshot.hex())).await
    }
}
