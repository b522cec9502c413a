//! What the files of a bundle are called: the one place for writer and checker. `assets/verify.sh` has the same names.

use vidimus_ledger::anchors::is_authority_name;

/// The records, with their description, for replay tools.
pub(crate) const WACZ: &str = "data/snapshot.wacz";
/// The `warcinfo` record that begins the WARC file in the package.
pub(crate) const WACZ_INFO: &str = "data/snapshot-info.warc.gz";
/// The files of the bundle whose records that WARC file is made of, in its order.
pub(crate) const WACZ_ORDER: &str = "data/snapshot-records.txt";
/// What a judge reads.
pub(crate) const REPORT: &str = "data/report.html";
/// How to check all of it by hand.
pub(crate) const INSTRUCTIONS: &str = "data/VERIFY.txt";
/// The same as a script.
pub(crate) const SCRIPT: &str = "data/verify.sh";
/// A form for the person who certifies.
pub(crate) const CERTIFICATION: &str = "data/certificate-902.md";
/// The manifest of the capture.
pub(crate) const MANIFEST: &str = "data/proof/manifest.json";
/// Its leaf in the log.
pub(crate) const LEAF: &str = "data/proof/leaf.json";
/// How the leaf belongs to the log's root.
pub(crate) const PROOF: &str = "data/proof/capture.tlog-proof";
/// The signed head of the log.
pub(crate) const CHECKPOINT: &str = "data/proof/checkpoint";
/// The part of it that is signed, because openssl takes that from a file alone.
pub(crate) const CHECKPOINT_BODY: &str = "data/proof/checkpoint.body";
/// The 64 bytes of the signature, for the same reason.
pub(crate) const CHECKPOINT_SIGNATURE: &str = "data/proof/checkpoint.sig";
/// The log's key, as others write keys.
pub(crate) const KEY_PEM: &str = "data/trust/log-key.pem";
/// The log's key, as logs write them.
pub(crate) const VKEY: &str = "data/trust/log.vkey";
/// The text that the manifest names.
pub(crate) const TEXT: &str = "data/text/text.txt";
/// The statement that it was rendered from.
pub(crate) const STATEMENT: &str = "data/text/statement.json";
/// The records of these two.
pub(crate) const TEXT_RECORDS: [&str; 2] = ["data/text/01.warc.gz", "data/text/02.warc.gz"];
/// The records of the capture are in this folder.
pub(crate) const RECORDS: &str = "data/records";

/// The list of the bag's content.
pub(crate) const BAG_MANIFEST: &str = "manifest-sha256.txt";
/// The list of its other files.
pub(crate) const TAG_MANIFEST: &str = "tagmanifest-sha256.txt";
/// What says that it is a bag.
pub(crate) const BAGIT: &str = "bagit.txt";
/// What the bag is.
pub(crate) const BAG_INFO: &str = "bag-info.txt";
/// The files of a bag that are no content, but for the list of them.
pub(crate) const TAGS: [&str; 3] = [BAGIT, BAG_INFO, BAG_MANIFEST];

/// How many captures a bundle may follow from one that repeats another's payload to the one that holds it.
pub(crate) const MOST_ORIGINALS: usize = 9;

/// The record of this number, from 1, in a folder.
pub(crate) fn record(folder: &str, number: usize) -> String {
    format!("{folder}/{number:02}.warc.gz")
}

/// The folder of a capture whose payload is repeated, from 1: the nearest first.
pub(crate) fn original(number: usize) -> String {
    format!("data/original/{number}")
}

/// The record of a certificate.
pub(crate) fn certificate(hex: &str) -> String {
    format!("data/certificates/{hex}.warc.gz")
}

/// What was sent to an authority.
pub(crate) fn query(authority: &str) -> String {
    format!("{CHECKPOINT}.{authority}.tsq")
}

/// What it answered.
pub(crate) fn response(authority: &str) -> String {
    format!("{CHECKPOINT}.{authority}.tsr")
}

/// The certificates that its chain ends with.
pub(crate) fn root(authority: &str) -> String {
    format!("data/trust/tsa-root.{authority}.pem")
}

/// The certificates between the root and the answer's signature.
pub(crate) fn chain(authority: &str) -> String {
    format!("data/trust/tsa-chain.{authority}.pem")
}

/// Whether a bundle may hold a file of this name.
pub(crate) fn is_known(name: &str) -> bool {
    const SINGLE: [&str; 22] = [
        WACZ,
        WACZ_INFO,
        WACZ_ORDER,
        REPORT,
        INSTRUCTIONS,
        SCRIPT,
        CERTIFICATION,
        MANIFEST,
        LEAF,
        PROOF,
        CHECKPOINT,
        CHECKPOINT_BODY,
        CHECKPOINT_SIGNATURE,
        KEY_PEM,
        VKEY,
        TEXT,
        STATEMENT,
        TEXT_RECORDS[0],
        TEXT_RECORDS[1],
        BAG_MANIFEST,
        TAG_MANIFEST,
        BAGIT,
    ];
    SINGLE.contains(&name) || name == BAG_INFO || is_of_family(name)
}

/// Whether it is one of those of which there may be any number.
fn is_of_family(name: &str) -> bool {
    let between = |start: &str, end: &str| name.strip_prefix(start).and_then(|rest| rest.strip_suffix(end));
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let is_hex =
        |text: &str| !text.is_empty() && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    if let Some(rest) = name.strip_prefix("data/original/") {
        let Some((number, rest)) = rest.split_once('/') else { return false };
        let is_one = number.len() == 1 && number != "0" && is_number(number);
        let record = rest.strip_prefix("records/").and_then(|rest| rest.strip_suffix(".warc.gz"));
        return is_one && (rest == "manifest.json" || record.is_some_and(is_number));
    }
    between("data/records/", ".warc.gz").is_some_and(is_number)
        || between("data/certificates/", ".warc.gz").is_some_and(is_hex)
        || between("data/proof/checkpoint.", ".tsq").is_some_and(is_authority_name)
        || between("data/proof/checkpoint.", ".tsr").is_some_and(is_authority_name)
        || between("data/trust/tsa-root.", ".pem").is_some_and(is_authority_name)
        || between("data/trust/tsa-chain.", ".pem").is_some_and(is_authority_name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_that_is_written_is_known_and_others_are_not() {
        let written = [
            record(RECORDS, 1),
            record(RECORDS, 100),
            record(&format!("{}/records", original(2)), 3),
            format!("{}/manifest.json", original(1)),
            certificate("00ff"),
            query("one"),
            response("two-2"),
            root("one"),
            chain("two-2"),
            BAG_INFO.to_owned(),
            WACZ.to_owned(),
        ];
        for name in written {
            assert!(is_known(&name), "{name}");
        }
        for name in [
            "",
            "data",
            "data/",
            "data/else.pdf",
            "data/records/x.warc.gz",
            "data/records/../01.warc.gz",
            "data/original/0/manifest.json",
            "data/original/11/manifest.json",
            "data/proof/checkpoint..tsr",
            "data/proof/checkpoint.a/b.tsr",
            "data/trust/tsa-root.pem",
            "data/certificates/.warc.gz",
            "fetch.txt",
        ] {
            assert!(!is_known(name), "{name}");
        }
    }
}
