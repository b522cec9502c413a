//! Comparing files with each other where there is no catalog: what all of them hold is kept in memory until the last
//! one is read.

use std::collections::{HashMap, HashSet};

use vidimus_snapshot::{Digest, SnapshotId};

use super::finding::{Finding, VerifyReport};
use super::pass::{FileRead, MetManifest, MetText, Vouched};
use crate::takedown::Logged;

/// What the files hold between them.
struct All {
    payloads: HashMap<SnapshotId, Option<Digest>>,
    texts: HashSet<(String, Digest)>,
    vouched: HashSet<Vouched>,
}

/// Compares the files of an archive that has no catalog; of a capture everything is there.
pub(super) fn whole(reads: Vec<FileRead>, logged: &Logged) -> VerifyReport {
    let mut report = report_of(&reads);
    report.findings.extend(in_two_files(&reads));
    let all = All::of(&reads, true);
    let mut is_all_vouched = true;
    for read in &reads {
        all.against(read, &mut report.findings);
        report.findings.extend(read.added(|needs| all.vouched.contains(needs)));
        report.findings.extend(read.against_takedowns(logged));
        is_all_vouched &= read.claims.iter().all(|claim| all.vouched.contains(&claim.needs));
    }
    // Without a manifest there may still be certificates, for which a run report vouches.
    report.l2_checked = report.manifests > 0 || is_all_vouched;
    in_order(report, &reads)
}

/// Compares single files: texts and originals may be in files that were not named. A record in a file with manifests has
/// to be in one of them; the manifests of any other file may be elsewhere.
pub(super) fn files(reads: Vec<FileRead>) -> VerifyReport {
    let mut report = report_of(&reads);
    let all = All::of(&reads, false);
    report.l2_checked = report.manifests > 0 && !reads.iter().any(|read| read.imports_unseen);
    report.foreign = report.records > 0 && !reads.iter().any(|read| read.is_ours);
    for read in &reads {
        let unvouched = read.claims.iter().filter(|claim| !all.vouched.contains(&claim.needs));
        for claim in unvouched {
            if read.manifest_count == 0 {
                report.l2_checked = false;
                continue;
            }
            let what = "no manifest here vouches for this record: it was added or changed, or its capture was interrupted";
            report.findings.push(Finding::new(2, &read.name, claim.offset, what).record(&claim.record_id));
        }
    }
    in_order(report, &reads)
}

/// The sums over the files, with what was found in each by itself.
fn report_of(reads: &[FileRead]) -> VerifyReport {
    let mut report = VerifyReport::default();
    for read in reads {
        report.files += 1;
        report.records += read.count;
        report.manifests += read.manifest_count;
        report.bytes += read.content_bytes;
        report.findings.extend(read.findings.iter().cloned());
    }
    report
}

/// Records that stand in two files of an archive. Files that somebody names may well be a package and what is in it.
fn in_two_files(reads: &[FileRead]) -> Vec<Finding> {
    let (mut met, mut findings) = (HashSet::new(), Vec::new());
    for read in reads {
        for (id, seen) in read.seen.iter().filter(|(id, _)| !id.is_empty()) {
            if !met.insert(id) {
                let what = format!("the record id {id} stands more than once");
                findings.push(Finding::new(1, &read.name, seen.offset, what).record(id));
            }
        }
    }
    findings
}

/// The findings by the order of the files, and of their places.
fn in_order(mut report: VerifyReport, reads: &[FileRead]) -> VerifyReport {
    let order: HashMap<&str, usize> =
        reads.iter().enumerate().map(|(n, read)| (read.name.as_str(), n)).collect();
    report.findings.sort_by_key(|f| (order.get(f.file.as_str()).copied(), f.offset, f.level));
    report
}

impl All {
    fn of(reads: &[FileRead], with_captures: bool) -> Self {
        let manifests = || reads.iter().flat_map(|read| &read.manifests);
        let payloads = manifests().map(|met| (met.snapshot, met.row.payload_sha256)).collect();
        let texts = reads.iter().flat_map(|read| &read.texts).cloned().collect();
        let vouched = reads.iter().flat_map(|read| &read.vouched).cloned().collect();
        let mut all = Self { payloads, texts, vouched };
        for text in reads.iter().flat_map(|read| &read.later) {
            if with_captures && all.orphan(text).is_some() {
                continue;
            }
            for digest in [text.manifest.text.sha256, text.manifest.text.statement_sha256] {
                all.vouched.insert(Vouched::Text(text.manifest.answer.clone(), digest));
            }
        }
        all
    }

    /// Compares what one file says of others.
    fn against(&self, read: &FileRead, findings: &mut Vec<Finding>) {
        for met in &read.manifests {
            let at = |what: String| Finding::new(2, &read.name, met.offset, what).snapshot(met.snapshot);
            findings.extend(self.missing_texts(met).into_iter().chain(self.missing_original(met)).map(at));
        }
        for text in &read.later {
            let orphan = self.orphan(text);
            findings.extend(
                orphan.map(|what| Finding::new(2, &read.name, text.offset, what).record(&text.record_id)),
            );
        }
    }

    fn missing_texts(&self, met: &MetManifest) -> Vec<String> {
        let is_there =
            |digest: Digest| met.records.iter().any(|id| self.texts.contains(&(id.clone(), digest)));
        let texts = met.texts().into_iter().flatten();
        texts
            .filter(|(_, digest)| !is_there(*digest))
            .map(|(what, digest)| missing_text(what, digest))
            .collect()
    }

    fn missing_original(&self, met: &MetManifest) -> Option<String> {
        let original = met.row.original?;
        original_differs(original, met.row.payload_sha256, self.payloads.get(&original))
    }

    /// Why a later text belongs to nothing that was read, if so.
    fn orphan(&self, text: &MetText) -> Option<String> {
        let id = SnapshotId::from_digest(text.manifest.manifest);
        let answers = self.vouched.contains(&Vouched::Record(text.manifest.answer.clone()));
        orphan(text, self.payloads.get(&id).map(|payload| (*payload, answers)))
    }
}

/// What is said of a text that its manifest names and that was not found.
pub(super) fn missing_text(what: &str, digest: Digest) -> String {
    format!("the {what} {digest} of this manifest is missing or was changed")
}

/// A capture that repeats another's payload is worth what that one is: it must be there, with the same digest.
pub(super) fn original_differs(
    original: SnapshotId,
    payload: Option<Digest>,
    known: Option<&Option<Digest>>,
) -> Option<String> {
    match known {
        Some(known) if *known == payload => None,
        Some(_) => Some(format!("the payload digest is not that of the original {original}")),
        None => Some(format!("the original {original}, which holds the payload, is missing or was changed")),
    }
}

/// Why a later text belongs to nothing; `known` is the payload of its manifest, and whether that lists the answer.
pub(super) fn orphan(text: &MetText, known: Option<(Option<Digest>, bool)>) -> Option<String> {
    let id = SnapshotId::from_digest(text.manifest.manifest);
    match known {
        None => Some(format!("the manifest {id} that this text belongs to is missing or was changed")),
        Some((payload, _)) if payload != text.manifest.payload_sha256 => {
            Some(format!("this text was not made of the payload of {id}"))
        }
        Some((_, false)) => {
            let answer = &text.manifest.answer;
            Some(format!("no manifest vouches for the answer {answer} that this text was made of"))
        }
        Some((_, true)) => None,
    }
}
