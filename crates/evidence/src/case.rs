//! Everything that goes into a bundle about one capture, gathered before anything is written.

use std::cmp::Reverse;

use vidimus_archive::{Archive, ArchiveError, Part, Parts, parts_of};
use vidimus_snapshot::{Digest, SnapshotId};

use crate::logged::{self, Logged, Place};
use crate::stamps::Stamp;
use crate::{BundleOptions, EvidenceError, paths};

/// Types of pictures that a report shows; what may hold a script is not among them.
const PICTURES: [&str; 4] = ["image/png", "image/jpeg", "image/webp", "image/gif"];
/// The longest picture that a report shows.
const LONGEST_PICTURE: usize = 16 << 20;

/// A picture of the page.
pub(crate) struct Picture {
    pub media_type: &'static str,
    pub bytes: Vec<u8>,
}

/// A capture, what it repeats, and what the log says of it.
pub(crate) struct Case {
    pub id: SnapshotId,
    pub parts: Parts,
    /// The captures whose payload it repeats, the nearest first, the one that holds it last.
    pub originals: Vec<(SnapshotId, Parts)>,
    pub logged: Option<Logged>,
    /// The answers of authorities that were verified.
    pub stamps: Vec<Stamp>,
    /// The others in the bundle: of authorities of which the archive's configuration names no root.
    pub claims: Vec<Stamp>,
    pub picture: Option<Picture>,
}

impl Case {
    /// Gathers all there is of a capture; what is damaged is no case.
    pub(crate) async fn of(
        archive: &Archive,
        id: SnapshotId,
        options: &BundleOptions,
    ) -> Result<Self, EvidenceError> {
        let parts = whole(parts_of(archive, id).await?)?;
        let mut originals = Vec::new();
        let mut next = parts.manifest.original_manifest;
        while let Some(original) = next.map(SnapshotId::from_digest) {
            if originals.len() == paths::MOST_ORIGINALS {
                let what = format!("the captures that {id} repeats refer to more than 9 others");
                return Err(EvidenceError::Log(what));
            }
            let parts = whole(parts_of(archive, original).await?)?;
            next = parts.manifest.original_manifest;
            originals.push((original, parts));
        }
        let logged = find(archive, id, options).await?;
        let signed = logged.as_ref().and_then(|logged| logged.signed.as_ref());
        let answers = signed.into_iter().flat_map(|signed| &signed.answers);
        let (stamps, claims) = answers.map(|answer| answer.stamp.clone()).partition(Stamp::is_verified);
        let picture = picture(archive, &parts)?;
        Ok(Self { id, parts, originals, logged, stamps, claims, picture })
    }

    /// The name of the folder that all of it is in.
    pub(crate) fn top(&self) -> String {
        format!("vidimus-{}", self.id.short())
    }

    /// All certificates of the capture and of what it repeats, each once, by their names.
    pub(crate) fn certificates(&self) -> Vec<(Digest, &Part)> {
        let all = self.originals.iter().map(|(_, parts)| parts);
        let all = std::iter::once(&self.parts).chain(all).flat_map(|parts| &parts.certificates);
        let mut named: Vec<(Digest, &Part)> = all.map(|(name, part)| (*name, part)).collect();
        named.sort_by_key(|(name, _)| *name);
        named.dedup_by_key(|(name, _)| *name);
        named
    }
}

/// The capture's leaf, in the archive's log or in an earlier one that was not continued: a signed one, if there is any.
async fn find(
    archive: &Archive,
    id: SnapshotId,
    options: &BundleOptions,
) -> Result<Option<Logged>, EvidenceError> {
    let mut leaves = archive.catalog().leaves_of(id.digest()).await.map_err(ArchiveError::from)?;
    leaves.retain(|leaf| matches!(leaf.kind.as_str(), "capture" | "import"));
    leaves.sort_by_key(|leaf| (Reverse(leaf.log), leaf.index));
    let mut unsigned = None;
    for leaf in leaves {
        let Some(folder) = archive.layout().log_folder(leaf.log)? else { continue };
        let place = Place { folder, index: leaf.index };
        match logged::find(&place, id, &options.authorities)? {
            Some(logged) if logged.signed.is_some() => return Ok(Some(logged)),
            logged => unsigned = unsigned.or(logged),
        }
    }
    Ok(unsigned)
}

fn whole(parts: Parts) -> Result<Parts, EvidenceError> {
    if parts.damage.is_empty() { Ok(parts) } else { Err(EvidenceError::Damaged(parts.damage)) }
}

/// The first picture among the records of a capture.
fn picture(archive: &Archive, parts: &Parts) -> Result<Option<Picture>, EvidenceError> {
    for part in &parts.records {
        let record = part.record();
        let of_urn = record.target_uri().is_some_and(|uri| uri.starts_with("urn:"));
        let essence = record.headers.get("Content-Type").and_then(|value| value.split(';').next());
        let media_type = PICTURES.into_iter().find(|name| Some(*name) == essence.map(str::trim));
        let Some(media_type) = media_type.filter(|_| of_urn && record.record_type.as_str() == "resource")
        else {
            continue;
        };
        let bytes = part.block(archive)?;
        if bytes.len() <= LONGEST_PICTURE {
            return Ok(Some(Picture { media_type, bytes }));
        }
    }
    Ok(None)
}
