//! The package for replay tools: well-formed, and made of the records of the bundle and nothing else.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Read as _};

use vidimus_archive::verify_files;
use vidimus_snapshot::Digest;
use vidimus_warc::{Item, Limits, Reader, RecordType};
use zip::ZipArchive;

use super::BundleCheck;
use super::folder::Folder;
use super::records::Capture;
use crate::{EvidenceError, package, paths};

/// The longest line of the list of pages.
const LONGEST_LINE: u64 = 64 << 20;

/// Checks the package and compares it with the records that were found right.
pub(super) fn check(
    folder: &Folder,
    capture: &Capture,
    check: &mut BundleCheck,
) -> Result<(), EvidenceError> {
    if !folder.has(paths::WACZ) {
        check.flaw(0, paths::WACZ, "it is missing");
        return Ok(());
    }
    let report = verify_files(&[folder.path(paths::WACZ)])?;
    for finding in report.findings {
        let place = finding.file.split_once("!/").map_or("", |(_, entry)| entry);
        let told = format!("{place} offset {}: {}", finding.offset, finding.what);
        if capture.manifest.imported.is_some() && finding.level == 1 {
            check.note(format!("{}, {told}: so it was imported", paths::WACZ));
        } else {
            check.flaw(finding.level, paths::WACZ, told);
        }
    }
    records(folder, capture, check)?;
    pages(folder, check)
}

fn records(folder: &Folder, capture: &Capture, check: &mut BundleCheck) -> Result<(), EvidenceError> {
    let failed = |error| EvidenceError::io("reading", &folder.path(paths::WACZ), error);
    let section = match package::inner_warc(&folder.open(paths::WACZ)?) {
        Ok(section) => section,
        Err(error) => {
            check.flaw(1, paths::WACZ, error.to_string());
            return Ok(());
        }
    };
    let limits = Limits { block: 64 << 10, ..Limits::default() };
    let mut reader =
        Reader::with_limits(BufReader::with_capacity(256 << 10, section), limits).map_err(failed)?;
    let mut here: BTreeSet<Digest> = BTreeSet::new();
    let mut order = Vec::new();
    while let Some(item) = reader.next_item().map_err(failed)? {
        let Item::Record(record) = item else { continue };
        if record.record_type == RecordType::Warcinfo && order.is_empty() {
            order.push(paths::WACZ_INFO.to_owned());
            if folder.digest(paths::WACZ_INFO)? != record.member_sha256 {
                check.flaw(2, paths::WACZ_INFO, "it is not the record that begins the package's WARC file");
            }
            continue;
        }
        match capture.records.get(&record.record_sha256) {
            Some(name) if here.insert(record.record_sha256) => order.push(name.clone()),
            _ => {
                let what = format!("it holds a record that the bundle does not, or twice: {}", record.id());
                check.flaw(2, paths::WACZ, what.chars().take(300).collect::<String>());
            }
        }
    }
    for (_, name) in capture.records.iter().filter(|(digest, _)| !here.contains(digest)) {
        check.flaw(2, paths::WACZ, format!("it does not hold the record of {name}"));
    }
    let said = folder.read(paths::WACZ_ORDER)?.unwrap_or_default();
    if String::from_utf8_lossy(&said).lines().ne(order.iter().map(String::as_str)) {
        check.flaw(2, paths::WACZ_ORDER, "it does not name the records of the package in their order");
    }
    Ok(())
}

/// The text of a page in the list of pages is the one that the manifest names: a player finds and shows it.
fn pages(folder: &Folder, check: &mut BundleCheck) -> Result<(), EvidenceError> {
    let text = folder.read(paths::TEXT)?;
    let Ok(mut zip) = ZipArchive::new(BufReader::new(folder.open(paths::WACZ)?)) else { return Ok(()) };
    let Ok(entry) = zip.by_name("pages/pages.jsonl") else { return Ok(()) };
    // That it is damaged or too long was told when the package was checked.
    for line in BufReader::new(entry.take(LONGEST_LINE)).lines().map_while(Result::ok) {
        let page: Option<serde_json::Value> = serde_json::from_str(&line).ok();
        let said = page.as_ref().and_then(|page| page.get("text")).and_then(serde_json::Value::as_str);
        if said.is_some_and(|said| text.as_deref() != Some(said.as_bytes())) {
            check.flaw(
                2,
                paths::WACZ,
                "the text in its list of pages is not the one that the manifest names",
            );
        }
    }
    Ok(())
}
