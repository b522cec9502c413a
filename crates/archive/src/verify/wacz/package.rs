//! The list of a package, `datapackage.json`: what it has to say, and that everything in the zip is as it says.

use std::collections::{HashMap, HashSet};

use serde::Deserialize;
use vidimus_snapshot::Digest;

use super::{Entry, Opened};

const LIST: &str = "datapackage.json";
const LIST_DIGEST: &str = "datapackage-digest.json";
/// The one profile of a package that holds WARC files itself.
const PROFILE: &str = "data-package";

/// `datapackage.json`, as far as it is checked.
#[derive(Debug, Deserialize)]
struct List {
    profile: Option<String>,
    wacz_version: Option<String>,
    resources: Option<Vec<Resource>>,
}

/// One file that the list names.
#[derive(Debug, Deserialize)]
struct Resource {
    path: Option<String>,
    bytes: Option<u64>,
    hash: Option<String>,
}

/// `datapackage-digest.json`, as far as it is checked.
#[derive(Debug, Deserialize)]
struct ListDigest {
    path: Option<String>,
    hash: Option<String>,
}

/// Compares the list with the entries, both ways.
pub(super) fn check(package: &mut Opened, entries: &[Entry]) {
    let by_name: HashMap<&str, &Entry> = entries.iter().map(|entry| (entry.name.as_str(), entry)).collect();
    let Some(entry) = by_name.get(LIST) else {
        return package.told.tell(
            0,
            "",
            0,
            format!("{LIST} is missing, so that nothing says what belongs here"),
        );
    };
    check_digest(package, &by_name, entry);
    let Some(list) = parsed::<List>(package, entry) else { return };
    if list.profile.as_deref() != Some(PROFILE) {
        let found = list.profile.as_deref().unwrap_or("none");
        package.told.differs(0, LIST, "the profile is not that of a WACZ", PROFILE, found);
    }
    match list.wacz_version.as_deref() {
        None => package.told.tell(0, LIST, 0, "wacz_version is missing"),
        Some(version) if !version.starts_with("1.") => {
            package.told.differs(0, LIST, "wacz_version is of no version that is known", "1.1.1", version);
        }
        Some(_) => {}
    }
    let Some(resources) = list.resources else {
        return package.told.tell(0, LIST, 0, "the list of resources is missing");
    };
    let mut listed: HashSet<&str> = HashSet::from([LIST, LIST_DIGEST]);
    for resource in &resources {
        let Some(path) = resource.path.as_deref() else {
            package.told.tell(0, LIST, 0, "a resource without a path");
            continue;
        };
        if !listed.insert(path) {
            package.told.tell(0, LIST, 0, format!("{path} is listed more than once"));
        }
        match by_name.get(path) {
            None => package.told.tell(0, path, 0, "listed, but not in the package"),
            Some(entry) => check_resource(package, resource, entry),
        }
    }
    for entry in entries.iter().filter(|entry| !listed.contains(entry.name.as_str())) {
        package.told.tell(0, &entry.name, entry.header, "in the package, but not listed");
    }
}

fn check_resource(package: &mut Opened, resource: &Resource, entry: &Entry) {
    // That an entry cannot be read was told.
    let Some((length, digest)) = entry.content else { return };
    match resource.bytes {
        None => package.told.tell(0, &entry.name, entry.header, "the list does not say how long it is"),
        Some(bytes) if bytes != length => {
            package.told.differs(0, &entry.name, "it is not as long as the list says", bytes, length);
        }
        Some(_) => {}
    }
    compare(package, entry, resource.hash.as_deref(), digest);
}

/// The digest of the list itself; whoever signs a package signs this.
fn check_digest(package: &mut Opened, by_name: &HashMap<&str, &Entry>, list: &Entry) {
    let Some(entry) = by_name.get(LIST_DIGEST) else { return };
    let Some(said) = parsed::<ListDigest>(package, entry) else { return };
    if said.path.as_deref() != Some(LIST) {
        let found = said.path.as_deref().unwrap_or("none");
        package.told.differs(0, LIST_DIGEST, "it is the digest of another file", LIST, found);
    }
    if let Some((_, digest)) = list.content {
        compare(package, list, said.hash.as_deref(), digest);
    }
}

fn compare(package: &mut Opened, entry: &Entry, said: Option<&str>, found: Digest) {
    let Some(said) = said else {
        return package.told.tell(0, &entry.name, entry.header, "its digest is missing");
    };
    match said.parse::<Digest>() {
        Ok(expected) if expected == found => {}
        Ok(expected) => {
            package.told.differs(0, &entry.name, "it is not what its digest says", expected, found)
        }
        Err(_) => {
            let said: String = said.chars().take(120).collect();
            let what = format!("its digest is in an algorithm that cannot be checked: '{said}'");
            package.told.tell(0, &entry.name, entry.header, what);
        }
    }
}

fn parsed<T: for<'de> Deserialize<'de>>(package: &mut Opened, entry: &Entry) -> Option<T> {
    let Some(bytes) = package.whole(entry) else {
        package.told.tell(0, &entry.name, entry.header, "it cannot be read, or is too long");
        return None;
    };
    match serde_json::from_slice(&bytes) {
        Ok(value) => Some(value),
        Err(error) => {
            package.told.tell(
                0,
                &entry.name,
                entry.header,
                format!("it is not the JSON that it should be: {error}"),
            );
            None
        }
    }
}
