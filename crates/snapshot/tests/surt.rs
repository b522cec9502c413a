//! SURT keys against those that the Internet Archive's Python library makes (`surt` 0.3.1), on a table of URLs of every
//! sort. Where ours differs, the row has it under `ours` (empty where the text is no URL to us) and says why.
#![allow(clippy::unwrap_used, reason = "a table that cannot be read has failed")]

use serde::Deserialize;
use url::Url;
use vidimus_snapshot::surt;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    url: String,
    python: String,
    ours: Option<String>,
    why: Option<String>,
}

#[test]
fn the_table() {
    let rows: Vec<Row> =
        include_str!("surt.jsonl").lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(rows.len() >= 300);
    let mut faults = Vec::new();
    for row in &rows {
        let found = Url::parse(&row.url).map_or_else(|_| String::new(), |url| surt(&url));
        let wanted = row.ours.as_ref().unwrap_or(&row.python);
        if found != *wanted {
            faults.push(format!("{:?}: {found:?}, not {wanted:?}", row.url));
        }
        let differs = row.ours.is_some();
        assert_eq!(differs, row.why.is_some(), "{:?}: a difference has a reason", row.url);
        assert!(row.ours.as_ref() != Some(&row.python), "{:?} is no difference", row.url);
    }
    let differing = rows.iter().filter(|row| row.ours.is_some()).count();
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
    assert!(differing * 5 < rows.len(), "{differing} of {} rows differ", rows.len());
}
