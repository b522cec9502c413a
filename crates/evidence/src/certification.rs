//! A form for the person who certifies a bundle before a court: filled with what is known, never with who they are.

use jiff::Timestamp;
use vidimus_snapshot::Digest;

use crate::case::Case;
use crate::report::shown;

/// `certificate-902.md`. What a page or a stranger said is tamed, because it stands between our own lines.
pub(crate) fn text(case: &Case, software: &str) -> String {
    let manifest = &case.parts.manifest;
    let logged = case.logged.as_ref();
    let signed = logged.and_then(|logged| logged.signed.as_ref());
    let not_yet = || "not yet".to_owned();
    let log = logged.map_or_else(not_yet, |logged| {
        format!(
            "leaf {} of the log `{}`, logged at {}",
            logged.index,
            logged.origin,
            time(logged.leaf.logged_at)
        )
    });
    let head = signed.map_or_else(not_yet, |signed| {
        format!(
            "{} leaves, SHA-256 of the signed checkpoint {}, key fingerprint {}",
            signed.checkpoint().head().size,
            Digest::of(signed.checkpoint().as_bytes()),
            signed.key.fingerprint()
        )
    });
    let mut stamps: String =
        case.stamps.iter().map(|s| format!("\n  - {}, by {}", time(s.time), plain(&s.signer))).collect();
    if stamps.is_empty() {
        stamps = " none was verified yet".to_owned();
    }
    let made = if manifest.imported.is_some() {
        "The system did not make this capture: it was imported from a file that somebody else made, and was kept as it \
         came from then on. **Delete paragraph 3 (a) and (b), and have whoever made it certify them.**"
    } else {
        "The system requested the page, received the answer and stored it without human intervention."
    };
    let records: String = (1..)
        .zip(&manifest.records)
        .map(|(number, r)| {
            format!("| {number} | {} | `{}` |\n", plain(&r.record_type), r.record_sha256.hex())
        })
        .collect();
    format!(
        "# Certification of data from an electronic process (template)\n\n\
         > This is a form, filled with facts and **not signed**. It follows what Rules 902(13), 902(14) and 902(11) of the US \
         Federal Rules of Evidence ask for; other courts ask for other things. It is no legal advice: counsel must read it, \
         and a qualified person who can testify to it must correct it, complete it, and sign it or not.\n\n\
         I, ______________________________ (name), declare:\n\n\
         1. I am ______________________________ (title) at ______________________________ (organisation). My \
         qualifications are: ____________________________________________________________. I am familiar with the \
         system described here and how it keeps its records.\n\n\
         2. **The record.** The attached bundle `{folder}` holds one capture of the web address\n\n   \
         `{url}`\n\n   \
         begun at {captured} and ended at {finished} (UTC, by the clock `{clock}`), operated by {operator}, with {client}. \
         Its name, the SHA-256 of its manifest, is\n\n   `{hash}`\n\n   `{nih}`\n\n\
         3. **The process (Rule 902(13)).** (a) {made} (b) The bytes of each exchange were stored as WARC 1.1 records; the \
         SHA-256 of each record is in the manifest. (c) The SHA-256 of the manifest is in an append-only log: {log}. (d) The \
         log's head was signed: {head}. (e) Timestamps (RFC 3161) over the signed head:{stamps}\n\n   \
         To my knowledge this process produces an accurate result, because: ____________________________________________\n\n\
         4. **The copy (Rule 902(14)).** The data in the bundle were copied by {software}. The copy is identified by these \
         SHA-256 values, which I have / have not compared with the original (strike out what does not apply), on \
         ____________ with the result ____________:\n\n\
         | record | type | SHA-256 of the record |\n|---|---|---|\n{records}\n\
         5. **What this does not certify.** That the server sent what was received (TLS leaves no such proof), or that what \
         the page says is true.\n\n\
         6. The records were made at or near the time by the system in the course of a regularly conducted activity, and \
         making them was a regular practice of it: ____________________ (confirm, correct or strike out).\n\n\
         I declare under penalty of perjury that the foregoing is true and correct.\n\n\
         Date: ____________________    Place: ____________________\n\n\
         Signature: ______________________________\n",
        folder = case.top(),
        url = plain(&manifest.requested_url),
        captured = time(manifest.captured_at),
        finished = time(manifest.finished_at),
        clock = plain(&manifest.clock.source),
        operator = manifest.client.operator.as_deref().map_or_else(|| "(not stated)".to_owned(), plain),
        client = plain(&format!("{} {}", manifest.client.software, manifest.client.version)),
        hash = case.id.hex(),
        nih = case.id.nih(),
    )
}

fn time(at: Timestamp) -> String {
    at.to_string()
}

/// A stranger's words on one line, without what Markdown or a reader's eye would take for something else.
fn plain(text: &str) -> String {
    let text: String = shown(text).chars().take(2000).collect();
    text.replace(['`', '<', '>', '|', '*', '\n'], "?")
}
