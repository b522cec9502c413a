//! A file of texts beside the catalog: a manifest vouches for every text, and every later text belongs to a capture and
//! was made of its payload.

use std::collections::{HashMap, HashSet};

use vidimus_catalog::RecordPlace;
use vidimus_snapshot::{Digest, Manifest, SnapshotId};

use super::beside::Context;
use super::finding::Finding;
use super::memory::orphan;
use super::pass::{FileRead, Vouched};
use super::records::record_at;
use super::source::Pace;
use crate::blocking::blocking;
use crate::prepare::payload_digest;
use crate::{ArchiveError, Layout};

/// What the manifest of a capture says that has a text in the file.
struct Voucher {
    payload: Option<Digest>,
    records: Vec<String>,
    texts: Vec<Digest>,
}

/// Compares the texts of a file with the manifests of their captures; says whether any are left for which none vouches.
pub(super) async fn check(context: &Context<'_>, read: &mut FileRead) -> Result<bool, ArchiveError> {
    let places = context.catalog.manifests_of(&read.name).await?;
    let (layout, pace) = (context.layout.clone(), context.pace.clone());
    let vouchers = blocking(move || Ok(read_vouchers(&layout, &places, &pace))).await?;
    let mut vouched: HashSet<Vouched> = HashSet::new();
    for voucher in vouchers.values() {
        for (id, digest) in voucher.records.iter().flat_map(|id| voucher.texts.iter().map(move |d| (id, d))) {
            vouched.insert(Vouched::Text(id.clone(), *digest));
        }
    }
    let mut orphans = Vec::new();
    for text in &read.later {
        let answer = &text.manifest.answer;
        let voucher = vouchers.get(&SnapshotId::from_digest(text.manifest.manifest));
        let known = voucher.map(|voucher| (voucher.payload, voucher.records.contains(answer)));
        if let Some(what) = orphan(text, known) {
            orphans.push(Finding::new(2, &read.name, text.offset, what).record(&text.record_id));
            continue;
        }
        for digest in [text.manifest.text.sha256, text.manifest.text.statement_sha256] {
            vouched.insert(Vouched::Text(answer.clone(), digest));
        }
    }
    let added = read.added(|needs| vouched.contains(needs));
    orphans.into_iter().chain(added).for_each(|finding| read.find(finding));
    Ok(read.claims.iter().any(|claim| !vouched.contains(&claim.needs)))
}

/// The manifests at their places; one that is not there, or not itself any more, vouches for nothing, and is found in
/// its own file.
fn read_vouchers(
    layout: &Layout,
    places: &HashMap<SnapshotId, Vec<RecordPlace>>,
    pace: &Pace,
) -> HashMap<SnapshotId, Voucher> {
    let mut vouchers = HashMap::new();
    for (snapshot, place) in
        places.iter().flat_map(|(id, places)| places.iter().map(move |place| (id, place)))
    {
        let record = record_at(&layout.find(&place.file), place.offset, pace).ok().flatten();
        let read = record.and_then(|record| Manifest::read(&record.block).ok());
        let Some((_, manifest)) = read.filter(|(id, _)| id == snapshot) else { continue };
        let payload = payload_digest(&manifest);
        let texts = manifest.text.iter().flat_map(|text| [text.sha256, text.statement_sha256]).collect();
        let records = manifest.records.into_iter().map(|facts| facts.warc_record_id).collect();
        vouchers.insert(*snapshot, Voucher { payload, records, texts });
    }
    vouchers
}
