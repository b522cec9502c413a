//! The indexes of a package (CDXJ): each line points at a record that is there, of that address, time and digest.

use std::collections::HashMap;

use vidimus_snapshot::Digest;

use super::super::pass::{FileRead, Indexable};
use super::{Entry, Opened, Told};
use crate::Cdxj;

/// The WARC files inside, by the last part of their names, which is how an index names them.
type Warcs<'a> = HashMap<&'a str, &'a HashMap<u64, Indexable>>;

/// Checks all indexes; there has to be one, or nothing is found on replay.
pub(super) fn check(package: &mut Opened, entries: &[Entry], reads: &[(String, FileRead)]) {
    let warcs: Warcs<'_> = reads
        .iter()
        .filter_map(|(name, read)| Some((name.rsplit('/').next()?, read.index.as_ref()?)))
        .collect();
    let is_index = |entry: &&Entry| {
        let name = entry.name.trim_end_matches(".gz");
        entry.name.starts_with("indexes/") && (name.ends_with(".cdxj") || name.ends_with(".cdx"))
    };
    if !entries.iter().any(|entry| is_index(&entry)) {
        package.told.tell(1, "", 0, "there is no index under indexes/, so that no replay tool finds a page");
    }
    for entry in entries.iter().filter(is_index) {
        package.lines(entry, |told, number, line| check_line(told, &entry.name, number, line, &warcs));
    }
}

fn check_line(told: &mut Told, entry: &str, number: u64, line: &str, warcs: &Warcs<'_>) {
    // The first line of a compressed index says that it is one.
    if line.starts_with("!meta") {
        return;
    }
    let mut wrong = |what: String| told.tell(1, entry, 0, format!("line {number}: {what}"));
    let line = match Cdxj::parse(line) {
        Ok(line) => line,
        Err(error) => return wrong(error.to_string()),
    };
    let (Some(offset), Some(filename)) = (line.fields.offset, &line.fields.filename) else {
        return wrong("offset or filename is missing".to_owned());
    };
    let name = filename.rsplit('/').next().unwrap_or_default();
    let Some(record) = warcs.get(name).map(|records| records.get(&offset)) else {
        return wrong(format!("it points into {filename}, which is not here"));
    };
    let Some(record) = record else {
        return wrong(format!("it points at offset {offset} of {filename}, where no record begins"));
    };
    for (what, expected, found) in differences(record, &line) {
        wrong(format!(
            "{what} is not that of the record at offset {offset} of {filename}: the record has {expected}, the index {found}"
        ));
    }
}

/// The digest that a line should give, if the one that it gives is not right. It is that of the payload, as the record
/// states it or in SHA-256; one in any other algorithm cannot be compared.
fn other_digest(record: &Indexable, found: &str) -> Option<String> {
    if let Ok(found) = found.parse::<Digest>()
        && !record.payloads.is_empty()
    {
        let expected = record.payloads.first().filter(|_| !record.payloads.contains(&found))?;
        return Some(expected.to_string());
    }
    let expected = record.digest.as_deref()?;
    let (of_record, stated) = parts(expected);
    let (of_line, given) = parts(found);
    // Older indexes leave the name of the algorithm out.
    let comparable = of_line.is_empty() || of_record == of_line;
    (comparable && stated != given).then(|| expected.to_owned())
}

/// The algorithm and the value of a digest, in lower case; the algorithm is empty where it is left out.
fn parts(digest: &str) -> (String, String) {
    let digest = digest.to_ascii_lowercase();
    let (algorithm, value) = digest.split_once(':').unwrap_or(("", &digest));
    (algorithm.replace('-', ""), value.to_owned())
}

/// Where a line does not say what its record does.
fn differences(record: &Indexable, line: &Cdxj) -> Vec<(&'static str, String, String)> {
    let mut unequal = Vec::new();
    let mut compare = |what, expected: &str, found: &str| {
        if expected != found {
            unequal.push((what, expected.to_owned(), found.chars().take(200).collect()));
        }
    };
    compare("the url", &record.url, &line.fields.url);
    let digits: String = record.date.chars().filter(char::is_ascii_digit).collect();
    let time = line.timestamp.as_str();
    let both = digits.len().min(time.len());
    compare("the time", digits.get(..both).unwrap_or_default(), time.get(..both).unwrap_or_default());
    if let Some(found) = &line.fields.digest
        && let Some(expected) = other_digest(record, found)
    {
        compare("the digest", &expected, found);
    }
    if let Some(length) = line.fields.length.filter(|_| record.length > 0) {
        compare("the length", &record.length.to_string(), &length.to_string());
    }
    unequal
}
