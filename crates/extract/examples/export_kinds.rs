//! Writes what the model of page kinds sees of each page of a corpus, for `training/train_kind.py`.
//!
//! `export_kinds LIST.tsv OUT.tsv` writes a line of names, then for each page its id, the kind and confidence that the
//! present model gives, and its features, separated by tabs.
#![allow(clippy::print_stderr, reason = "a command-line program speaks through its streams")]
#![expect(clippy::disallowed_methods, reason = "the output of this program is no part of an archive")]

use std::error::Error;
use std::fs;
use std::path::Path;
use url::Url;
use vidimus_extract::{Input, Params, extract, training};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [list, out] = arguments.as_slice() else {
        return Err("usage: export_kinds LIST.tsv OUT.tsv".into());
    };
    let folder = Path::new(list).parent().unwrap_or(Path::new("."));
    let mut text = String::new();
    for line in fs::read_to_string(list)?.lines() {
        let mut fields = line.split('\t');
        let (Some(id), Some(path)) = (fields.next(), fields.next()) else { continue };
        let url = fields.next().and_then(|url| Url::parse(url.trim()).ok());
        let bytes = fs::read(folder.join(path))?;
        let input = Input { bytes: &bytes, content_type: None, url: url.as_ref() };
        match row(&input, text.is_empty()) {
            Ok(row) => text.push_str(&row.replace("{id}", id)),
            Err(error) => eprintln!("{id}: {error}"),
        }
    }
    Ok(fs::write(out, text)?)
}

fn row(input: &Input<'_>, with_names: bool) -> Result<String, Box<dyn Error>> {
    let features = training::kind_features(input, &Params::default())?;
    let statement = extract(input, &Params::default())?.statement;
    let kind = serde_json::to_value(statement.page_kind)?;
    let mut out = String::new();
    if with_names {
        let names: Vec<&str> = features.iter().map(|(name, _)| *name).collect();
        out.push_str(&format!("id\tkind\tconfidence\tpartial\t{}\n", names.join("\t")));
    }
    let values: Vec<String> = features.iter().map(|(_, value)| value.to_string()).collect();
    let kind = kind.as_str().unwrap_or_default();
    out.push_str(&format!(
        "{{id}}\t{kind}\t{}\t{}\t{}\n",
        statement.page_kind_confidence,
        u8::from(statement.partial),
        values.join("\t")
    ));
    Ok(out)
}
