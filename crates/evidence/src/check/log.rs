//! L3 and L4: the manifest's leaf is in a log that the key signed, and an authority has put a time on the signed head.

use std::path::Path;

use vidimus_ledger::timestamp::Certificate;
use vidimus_ledger::{Event, Leaf, Proof, VerifierKey};
use vidimus_snapshot::{Manifest, SnapshotId};

use super::folder::Folder;
use super::records::Capture;
use super::{BundleCheck, BundleTrust, KnownKey};
use crate::{EvidenceError, paths, stamps};

/// The files that prove that a manifest is in a log.
#[derive(Debug, Clone, Default)]
pub struct LogProof {
    /// The leaf, as stored.
    pub leaf: Vec<u8>,
    /// The `.tlog-proof` file.
    pub proof: Vec<u8>,
    /// The key that came with them, where one did.
    pub key: Option<VerifierKey>,
}

pub(super) fn check(
    folder: &Folder,
    capture: &Capture,
    trust: &BundleTrust,
    check: &mut BundleCheck,
) -> Result<(), EvidenceError> {
    let Some(leaf) = folder.read(paths::LEAF)? else {
        check.missing(3, "the capture is not in the log: there is no leaf of it");
        return Ok(());
    };
    let Some(proof) = folder.read(paths::PROOF)? else {
        check_leaf(&leaf, capture.id, Some(&capture.manifest), check);
        check.missing(3, "the log is not signed: there is no proof, and no head that covers the capture");
        return Ok(());
    };
    let key = key(folder, check)?;
    let files = LogProof { leaf, proof, key };
    let Some(proof) = check_log(&files, capture.id, Some(&capture.manifest), trust, check) else {
        return Ok(());
    };
    same_checkpoint(folder, &proof, files.key.as_ref(), check)?;
    times(folder, &proof, capture, trust, check)
}

/// Checks that the leaf of a manifest is in the log that a key signed; gives the proof, if it can be read.
pub fn check_log(
    files: &LogProof,
    id: SnapshotId,
    manifest: Option<&Manifest>,
    trust: &BundleTrust,
    check: &mut BundleCheck,
) -> Option<Proof> {
    check_leaf(&files.leaf, id, manifest, check);
    let proof = match Proof::read(&files.proof) {
        Ok(proof) => proof,
        Err(error) => {
            check.flaw(3, paths::PROOF, error.to_string());
            return None;
        }
    };
    match proof.verify_inclusion(&files.leaf) {
        Ok(()) => {
            let (head, index) = (proof.checkpoint.head(), proof.index);
            check
                .proved
                .push((3, format!("it is {}#{index}, of the first {} leaves", head.origin, head.size)));
        }
        Err(error) => check.flaw(3, paths::PROOF, error.to_string()),
    }
    let named = trust.keys.iter().filter_map(|known| match known {
        KnownKey::Key(key) => Some(key),
        KnownKey::Fingerprint(_) => None,
    });
    // The one that came along may be the one that was named by its fingerprint.
    match files.key.as_ref().or_else(|| named.max_by_key(|key| proof.checkpoint.verify(key).is_ok())) {
        None => check.missing(3, "no key of the log is known: name one with --key"),
        Some(key) => check_key(&proof, key, trust, check),
    }
    Some(proof)
}

fn check_key(proof: &Proof, key: &VerifierKey, trust: &BundleTrust, check: &mut BundleCheck) {
    if let Err(error) = proof.checkpoint.verify(key) {
        check.flaw(3, paths::CHECKPOINT, error.to_string());
    }
    let fingerprint = key.fingerprint();
    match trust.keys.as_slice() {
        known if known.iter().any(|known| known.is(key)) => {
            check.proved.push((3, "the key that signed is the one that you named".to_owned()));
        }
        [_, ..] => {
            let what = format!("the key is another one than you named: its fingerprint is {fingerprint}");
            check.flaw(3, paths::KEY_PEM, what);
        }
        [] => check.note(format!(
            "the log's key is self-asserted: it came with the bundle; compare its fingerprint {fingerprint} with what its owner published (--key)"
        )),
    }
}

fn check_leaf(bytes: &[u8], id: SnapshotId, manifest: Option<&Manifest>, check: &mut BundleCheck) {
    let leaf = match Leaf::read(bytes) {
        Ok(leaf) => leaf,
        Err(error) => return check.flaw(3, paths::LEAF, error.to_string()),
    };
    let (kind, named) = match &leaf.event {
        Event::Capture { manifest } => (Manifest::CAPTURE, *manifest),
        Event::Import { manifest } => (Manifest::IMPORT, *manifest),
        _ => return check.flaw(3, paths::LEAF, "it is not the leaf of a capture"),
    };
    if named != id {
        check.flaw(
            3,
            paths::LEAF,
            format!("it is the leaf of another manifest: expected {id}, found {named}"),
        );
    }
    let Some(manifest) = manifest else { return };
    if leaf.id != manifest.capture_id || kind != manifest.kind {
        check.flaw(3, paths::LEAF, "it has another id than the manifest, or is of another kind");
    }
}

/// The key that came with the bundle; both of its files are one key.
fn key(folder: &Folder, check: &mut BundleCheck) -> Result<Option<VerifierKey>, EvidenceError> {
    let Some(bytes) = folder.read(paths::VKEY)? else { return Ok(None) };
    let key = match String::from_utf8_lossy(&bytes).trim_end().parse::<VerifierKey>() {
        Ok(key) => key,
        Err(error) => {
            check.flaw(3, paths::VKEY, error.to_string());
            return Ok(None);
        }
    };
    if folder.read(paths::KEY_PEM)?.as_deref() != Some(key.to_pem().as_bytes()) {
        check.flaw(3, paths::KEY_PEM, format!("it is not the key of {}", paths::VKEY));
    }
    Ok(Some(key))
}

/// The files beside the proof say what the checkpoint in it says.
fn same_checkpoint(
    folder: &Folder,
    proof: &Proof,
    key: Option<&VerifierKey>,
    check: &mut BundleCheck,
) -> Result<(), EvidenceError> {
    let checkpoint = &proof.checkpoint;
    let of_key = |key: &VerifierKey| {
        let signatures = checkpoint.note().signatures();
        let own = signatures.iter().find(|s| s.name == key.name() && s.hash == key.hash());
        own.map(|signature| signature.bytes.clone())
    };
    let files = [
        (paths::CHECKPOINT, Some(checkpoint.as_bytes().to_vec())),
        (paths::CHECKPOINT_BODY, Some(checkpoint.note().text().as_bytes().to_vec())),
        (paths::CHECKPOINT_SIGNATURE, key.and_then(of_key)),
    ];
    for (name, expected) in files {
        if expected.is_some() && folder.read(name)? != expected {
            check.flaw(3, name, "it does not say what the checkpoint in the proof says");
        }
    }
    Ok(())
}

fn times(
    folder: &Folder,
    proof: &Proof,
    capture: &Capture,
    trust: &BundleTrust,
    check: &mut BundleCheck,
) -> Result<(), EvidenceError> {
    let between = |name: &str| {
        let authority = name.strip_prefix("data/proof/checkpoint.")?.strip_suffix(".tsr")?;
        Some((name.to_owned(), authority.to_owned()))
    };
    let answers: Vec<(String, String)> = folder.names().filter_map(between).collect();
    if answers.is_empty() {
        check.missing(4, "the checkpoint is not yet anchored: no timestamp authority has answered");
        return Ok(());
    }
    let mut rooted = 0;
    let mut without_root = Vec::new();
    for (name, authority) in answers {
        if is_without_root(folder, (&name, &authority), proof, trust, check)? {
            without_root.push(authority);
            continue;
        }
        rooted += u32::from(time(folder, (&name, &authority), proof, capture, trust, check)?);
    }
    for authority in without_root {
        let what = format!(
            "{authority}: not verified, there is no root certificate of it in the bundle; name the authority's with --tsa-root"
        );
        // Another's word is enough.
        if check.times.is_empty() { check.missing(4, what) } else { check.note(what) }
    }
    if !trust.roots.is_empty() && rooted == 0 && !check.flaws.iter().any(|flaw| flaw.level == 4) {
        check.flaw(4, "", "no timestamp leads to the root that you named");
    }
    if trust.roots.is_empty() && !check.times.is_empty() {
        check.note("the roots of the authorities are self-asserted: they came with the bundle; name one that you have from elsewhere (--tsa-root)");
    }
    Ok(())
}

/// Whether an answer is one, but of an authority whose root neither came with the bundle nor is known.
fn is_without_root(
    folder: &Folder,
    (name, authority): (&str, &str),
    proof: &Proof,
    trust: &BundleTrust,
    check: &mut BundleCheck,
) -> Result<bool, EvidenceError> {
    if folder.has(&paths::root(authority)) {
        return Ok(false);
    }
    let response = folder.read(name)?.unwrap_or_default();
    let data = proof.checkpoint.as_bytes();
    let others = certificates(folder, &paths::chain(authority), check)?;
    let is_answer = stamps::is_for(&response, data, &others).is_ok();
    let is_known =
        !trust.roots.is_empty() && stamps::verify(&response, data, trust.roots.clone(), others).is_ok();
    Ok(is_answer && !is_known)
}

/// Checks one answer; says whether it leads to a root that the caller named.
fn time(
    folder: &Folder,
    (name, authority): (&str, &str),
    proof: &Proof,
    capture: &Capture,
    trust: &BundleTrust,
    check: &mut BundleCheck,
) -> Result<bool, EvidenceError> {
    let response = folder.read(name)?.unwrap_or_default();
    let data = proof.checkpoint.as_bytes();
    let others = certificates(folder, &paths::chain(authority), check)?;
    let own = certificates(folder, &paths::root(authority), check)?;
    let by_known = (!trust.roots.is_empty())
        .then(|| stamps::verify(&response, data, trust.roots.clone(), others.clone()));
    let is_known = matches!(by_known, Some(Ok(_)));
    let verdict = match by_known {
        Some(Ok(found)) => Ok(found),
        Some(Err(error)) if own.is_empty() => Err(error),
        _ => stamps::verify(&response, data, own.clone(), others.clone()),
    };
    let found = match verdict {
        Ok(found) => found,
        Err(error) => {
            check.flaw(4, name, error.to_string());
            return Ok(false);
        }
    };
    if let Some(query) = folder.read(&paths::query(authority))?
        && let Err(error) = stamps::answers(&response, data, &query, &others)
    {
        check.flaw(
            4,
            &paths::query(authority),
            format!("the answer is not the one to this request: {error}"),
        );
    }
    // Many authorities state whole seconds.
    if found.time.as_second() < capture.manifest.captured_at.as_second() {
        check.note(format!(
            "the manifest says that it was captured at {}, after {authority} stated {}: the archive's clock was wrong",
            capture.manifest.captured_at, found.time
        ));
    }
    let root = if is_known { ", by the root that you named" } else { "" };
    check.proved.push((4, format!("it existed by {}, on the word of {}{root}", found.time, found.authority)));
    check.times.push((authority.to_owned(), found.time));
    Ok(is_known)
}

/// The certificates of a file; none where there is none.
fn certificates(
    folder: &Folder,
    name: &str,
    check: &mut BundleCheck,
) -> Result<Vec<Certificate>, EvidenceError> {
    let Some(bytes) = folder.read(name)? else { return Ok(Vec::new()) };
    // A token may carry its whole chain itself: then there is nothing in front of the root to be listed.
    if bytes.is_empty() {
        return Ok(Vec::new());
    }
    match Certificate::read_file(&bytes) {
        Ok(found) => Ok(found),
        Err(error) => {
            check.flaw(4, name, format!("{}: {error}", Path::new(name).display()));
            Ok(Vec::new())
        }
    }
}
