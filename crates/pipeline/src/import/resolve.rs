//! Finding what a revisit repeats: in the same file, in the others, or in what the archive held before.
//!
//! By the record that it names, else by address and date, else by the digest of the payload. Whatever is found, its
//! payload must have the digest that the revisit states: a revisit is never taken at its word.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use jiff::Timestamp;
use url::Url;
use vidimus_archive::{Answer, Archive};
use vidimus_catalog::Capture;
use vidimus_snapshot::{Digest, SnapshotId, normal_form};
use vidimus_warc::http::StoredMessage;
use vidimus_warc::{RecordType, digest_fits, parse_date};

use super::make::Original;
use crate::PipelineError;

/// The most payloads that are read to find the original of one revisit.
const MAX_TRIES: usize = 8;
/// The most payloads of one command that are remembered by the digest that their records state.
const MAX_REMEMBERED: usize = 1_000_000;

/// The captures of one command, by the digest that the record of each states for its payload.
#[derive(Debug, Default)]
pub(super) struct Stated(HashMap<u64, SnapshotId>);

impl Stated {
    /// Remembers a capture.
    pub(super) fn note(&mut self, stated: Option<&str>, snapshot: SnapshotId) {
        if let Some(stated) = stated
            && self.0.len() < MAX_REMEMBERED
        {
            self.0.entry(key(stated)).or_insert(snapshot);
        }
    }

    fn get(&self, stated: &str) -> Option<SnapshotId> {
        self.0.get(&key(stated)).copied()
    }
}

/// Whatever has the same key is compared before it counts.
fn key(stated: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    stated.trim().to_ascii_lowercase().hash(&mut hasher);
    hasher.finish()
}

/// The digest that a record states for its payload.
pub(super) fn stated_payload(answer: &Answer) -> Option<&str> {
    answer.record.headers.get("WARC-Payload-Digest")
}

/// What a revisit repeats; `None` where it is found nowhere.
pub(super) async fn resolve(
    archive: &Archive,
    stated: &Stated,
    answer: &Answer,
) -> Result<Option<Original>, PipelineError> {
    let mut tries = Vec::new();
    // Without a digest nothing would show that what is found is what the revisit repeats.
    if stated_payload(answer).is_none() {
        return Ok(None);
    }
    for id in candidates(archive, stated, answer).await? {
        if tries.contains(&id) {
            continue;
        }
        if tries.len() == MAX_TRIES {
            break;
        }
        tries.push(id);
        if let Some(original) = original(archive, id, answer).await? {
            return Ok(Some(original));
        }
    }
    Ok(None)
}

/// Captures that may be the original, the likeliest first.
async fn candidates(
    archive: &Archive,
    stated: &Stated,
    answer: &Answer,
) -> Result<Vec<SnapshotId>, PipelineError> {
    let (catalog, headers) = (archive.catalog(), &answer.record.headers);
    let mut found = Vec::new();
    if let Some(id) = headers.get("WARC-Refers-To") {
        let named = catalog.records_of_id(id).await?;
        found.extend(named.into_iter().map(|(snapshot, _)| snapshot));
    }
    let uri = headers.get("WARC-Refers-To-Target-URI").map(|uri| uri.trim_matches(['<', '>', ' ']));
    let uri = uri.and_then(|uri| Url::parse(uri).ok()).unwrap_or_else(|| answer.url.clone());
    let date = headers.get("WARC-Refers-To-Date").and_then(parse_date);
    let of_page = catalog.holders_of_page(normal_form(&uri).as_str()).await?;
    let is_of_date = |capture: &Capture| date.is_some_and(|date| same_second(capture.started_at, date));
    let (named, others): (Vec<_>, Vec<_>) = of_page.into_iter().partition(is_of_date);
    found.extend(named.into_iter().filter_map(|capture| capture.snapshot));
    if let Some(digest) = stated_payload(answer) {
        if let Ok(sha256) = digest.trim().parse::<Digest>() {
            let holders = catalog.holders_of_payload(sha256).await?;
            found.extend(holders.into_iter().filter_map(|capture| capture.snapshot));
        }
        found.extend(stated.get(digest));
    }
    found.extend(others.into_iter().filter_map(|capture| capture.snapshot));
    Ok(found)
}

fn same_second(a: Timestamp, b: Timestamp) -> bool {
    a.as_second() == b.as_second()
}

/// The capture as the original of the revisit, if its payload is the one that the revisit states.
async fn original(
    archive: &Archive,
    id: SnapshotId,
    answer: &Answer,
) -> Result<Option<Original>, PipelineError> {
    let Some(capture) = archive.catalog().get(id).await? else { return Ok(None) };
    let Ok(holder) = archive.payload_holder(&capture).await else { return Ok(None) };
    // Damage of what is held is for `verify` to tell; here it only means that this is not the original.
    let Ok(payload) = archive.payload(&holder).await else { return Ok(None) };
    let Ok(held) = archive.answer(&holder) else { return Ok(None) };
    let Some(stated) = stated_payload(answer) else { return Ok(None) };
    let as_stored = if held.record_type == RecordType::Resource {
        held.block.as_slice()
    } else {
        StoredMessage::read(&held.block).body
    };
    // Some digest a chunked body as it is stored, and not the payload in it.
    if digest_fits(stated, &payload) != Some(true) && digest_fits(stated, as_stored) != Some(true) {
        return Ok(None);
    }
    let head = archive.payload_head(&holder).await.unwrap_or_default();
    let text = archive.manifest(&holder).ok().and_then(|(_, manifest)| manifest.text);
    let text = text.map(|facts| (facts, holder.headline.clone()));
    Ok(Some(Original { holder, payload, head, text }))
}
