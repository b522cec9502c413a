//! How well the extractor reads pages of the open web does not fall unnoticed: its figures on the evaluation corpora,
//! where these are, against the floors of `tests/bench/floors.toml`. Quality only: no time is asserted.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;

use serde_json::Value;
use vidimus_tests::{Ran, extract_corpus, repository, tool};

/// A bound that a figure must keep to.
struct Bound {
    corpus: String,
    figure: String,
    floor: Option<f64>,
    ceiling: Option<f64>,
    why: String,
}

impl Bound {
    /// What is wrong with the figure, if anything.
    fn fault(&self, found: Option<f64>) -> Option<String> {
        let Self { corpus, figure, why, .. } = self;
        let Some(found) = found else { return Some(format!("{corpus}: there is no figure {figure}")) };
        let low = self.floor.filter(|floor| found < *floor).map(|floor| format!("below {floor}"));
        let high = self.ceiling.filter(|ceiling| found > *ceiling).map(|ceiling| format!("above {ceiling}"));
        low.or(high).map(|how| format!("{corpus}: {figure} is {found:.4}, {how} ({why})"))
    }
}

/// Every how many pages one is looked at, and the bounds for just these pages.
fn bounds() -> (i64, Vec<Bound>) {
    let text = fs::read_to_string(repository().join("tests/bench/floors.toml")).unwrap();
    let table: toml::Table = text.parse().unwrap();
    let number = |entry: &toml::Value, key: &str| entry.get(key).map(|value| value.as_float().unwrap());
    let word = |entry: &toml::Value, key: &str| entry[key].as_str().unwrap().to_owned();
    let all = table["figure"].as_array().unwrap().iter().map(|entry| Bound {
        corpus: word(entry, "corpus"),
        figure: word(entry, "name"),
        floor: number(entry, "floor"),
        ceiling: number(entry, "ceiling"),
        why: word(entry, "why"),
    });
    (table["every"].as_integer().unwrap(), all.collect())
}

/// What the bench says of our extractor, by corpus; nothing where there are no corpora.
fn measured(every: i64) -> Option<BTreeMap<String, Value>> {
    let script = repository().join("tests/bench/extract.py");
    let mut command = Command::new(tool("python"));
    command.args(["-B", "-X", "utf8"]).arg(script).arg("--program").arg(extract_corpus());
    command.args(["--peers", "none", "--json", "--every", &every.to_string()]);
    let said = Ran::of(&mut command).ok().text();
    if said.contains("did NOT run") {
        eprintln!("the figures were NOT compared: {}", said.trim());
        return None;
    }
    let results: Vec<Value> = serde_json::from_str(&said).unwrap();
    let name = |result: &Value| result["corpus"].as_str().unwrap().to_owned();
    Some(results.into_iter().map(|result| (name(&result), result)).collect())
}

#[test]
fn figures_on_the_corpora_do_not_fall() {
    let (every, bounds) = bounds();
    let Some(measured) = measured(every) else { return };
    let faults: Vec<String> = bounds
        .iter()
        .filter_map(|bound| {
            let Some(result) = measured.get(&bound.corpus) else {
                eprintln!("{} is not there: its figures were NOT compared", bound.corpus);
                return None;
            };
            let figures = &result["extractors"]["ours"]["figures"];
            bound.fault(figures[&bound.figure].as_f64())
        })
        .collect();
    assert!(faults.is_empty(), "{} figures fell:\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn every_bound_is_one_and_has_a_reason() {
    let (every, bounds) = bounds();
    assert!(every >= 1 && !bounds.is_empty());
    for bound in bounds {
        let name = format!("{} {}", bound.corpus, bound.figure);
        assert!(bound.floor.is_some() != bound.ceiling.is_some(), "{name}: a floor or a ceiling");
        assert!(bound.why.len() > 10, "{name}: why?");
    }
}
