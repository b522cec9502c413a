//! L0: a bag of BagIt 1.0 (RFC 8493) that is whole, and holds the files of a bundle and no others.

use std::collections::BTreeMap;

use vidimus_snapshot::Digest;

use super::BundleCheck;
use super::folder::Folder;
use crate::EvidenceError;
use crate::instructions::SCRIPT;
use crate::paths::{self, BAG_MANIFEST, BAGIT, TAG_MANIFEST, TAGS};

/// Compares the lists with the files, both ways.
pub(super) fn check(folder: &Folder, check: &mut BundleCheck) -> Result<(), EvidenceError> {
    let declaration = folder.read(BAGIT)?.unwrap_or_default();
    if !declaration.starts_with(b"BagIt-Version: 1.0\n") {
        check.flaw(0, BAGIT, "it is not that of BagIt 1.0");
    }
    let content = listed(folder, BAG_MANIFEST, check)?;
    let tags = listed(folder, TAG_MANIFEST, check)?;
    for name in folder.names() {
        let is_listed = match name {
            TAG_MANIFEST => true,
            name if name.starts_with("data/") => content.contains_key(name),
            name => tags.contains_key(name) && TAGS.contains(&name),
        };
        if !is_listed {
            check.flaw(0, name, "it was added: no list of the bag names it");
        } else if !paths::is_known(name) {
            check.flaw(0, name, "it is no part of an evidence bundle");
        }
    }
    for name in TAGS.iter().filter(|name| !tags.contains_key(**name)) {
        check.flaw(0, name, format!("{TAG_MANIFEST} does not name it"));
    }
    for (name, expected) in content.iter().chain(&tags) {
        match folder.digest(name)? {
            None => check.flaw(0, name, "it is listed, and missing"),
            Some(found) if found != *expected => {
                check.flaw(
                    0,
                    name,
                    format!("it is not what the bag's list says: expected {expected}, found {found}"),
                );
            }
            Some(_) => {}
        }
    }
    if folder.read(paths::SCRIPT)?.is_some_and(|script| script != SCRIPT.as_bytes()) {
        check.note("data/verify.sh is not the script of this version: do not run it without reading it");
    }
    Ok(())
}

/// The lines of a list: names with digests.
fn listed(
    folder: &Folder,
    list: &str,
    check: &mut BundleCheck,
) -> Result<BTreeMap<String, Digest>, EvidenceError> {
    let Some(bytes) = folder.read(list)? else {
        check.flaw(0, list, "it is missing");
        return Ok(BTreeMap::new());
    };
    let text = String::from_utf8_lossy(&bytes);
    let mut names = BTreeMap::new();
    for (number, line) in (1..).zip(text.lines()) {
        let parsed = line.split_once("  ").and_then(|(hex, name)| Some((Digest::from_hex(hex)?, name)));
        let Some((digest, name)) = parsed else {
            check.flaw(0, list, format!("line {number} is not a digest and a name"));
            continue;
        };
        if names.insert(name.to_owned(), digest).is_some() {
            check.flaw(0, list, format!("{name} is listed twice"));
        }
    }
    Ok(names)
}
