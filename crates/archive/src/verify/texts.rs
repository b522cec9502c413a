//! Checking texts that were made after their capture: each has to name a manifest that is there, and the payload of it.

use vidimus_snapshot::SnapshotId;
use vidimus_warc::Record;

use super::{Verifier, Vouched};
use crate::texts::TextManifest;

/// A later text's own record, and where it was met.
pub(super) struct MetText {
    file: usize,
    offset: u64,
    record_id: String,
    manifest: TextManifest,
}

impl Verifier {
    /// Notes a record that says which manifest a text belongs to.
    pub(super) fn note_later_text(&mut self, file: usize, record: &Record) {
        let record_id = record.id().to_owned();
        match TextManifest::read(&record.block) {
            Ok(manifest) => {
                self.later.push(MetText { file, offset: record.offset, record_id, manifest });
            }
            Err(error) => {
                let what = format!("this record does not say which manifest its text belongs to: {error}");
                self.find(2, file, record.offset, Some(record_id), what);
            }
        }
    }

    /// Compares later texts with their records and, where captures were read too, with their manifests.
    pub(super) fn check_later_texts(&mut self, with_captures: bool) {
        for met in std::mem::take(&mut self.later) {
            let MetText { file, offset, record_id, manifest } = met;
            for facts in &manifest.records {
                if let Some(what) = self.differs(facts) {
                    self.find(2, file, offset, Some(facts.warc_record_id.clone()), what);
                }
            }
            if with_captures && let Some(what) = self.is_orphan(&manifest) {
                self.find(2, file, offset, Some(record_id), what);
                continue;
            }
            for digest in [manifest.text.sha256, manifest.text.statement_sha256] {
                self.vouched.insert(Vouched::Text(manifest.answer.clone(), digest));
            }
        }
    }

    /// Why a later text belongs to nothing that was read, if so.
    fn is_orphan(&self, text: &TextManifest) -> Option<String> {
        let id = SnapshotId::from_digest(text.manifest);
        match self.payloads.get(&id) {
            None => Some(format!("the manifest {id} that this text belongs to is missing or was changed")),
            Some(payload) if *payload != text.payload_sha256 => {
                Some(format!("this text was not made of the payload of {id}"))
            }
            Some(_) if !self.vouched.contains(&Vouched::Record(text.answer.clone())) => {
                Some(format!("no manifest vouches for the answer {} that this text was made of", text.answer))
            }
            Some(_) => None,
        }
    }
}
