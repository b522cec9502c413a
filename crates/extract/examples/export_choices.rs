//! Writes what may be the dates, titles or authors of the pages of a corpus with the evidence for each, for
//! `training/train_choice.py`.
//!
//! `export_choices dates|titles|authors LIST.tsv OUT.tsv` writes a line with the names of the evidence, then one line a
//! candidate: page, candidate and the values, separated by tabs.
#![allow(clippy::print_stderr, reason = "a command-line program speaks through its streams")]

use std::error::Error;
use std::fs;
use std::io::{BufWriter, Write};
use std::path::Path;
use url::Url;
use vidimus_extract::training::{self, TrainingChoice};
use vidimus_extract::{ExtractError, Input, Params};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [what, list, out] = arguments.as_slice() else {
        return Err(USAGE.into());
    };
    let read = match what.as_str() {
        "dates" => training::days,
        "titles" => training::titles,
        "authors" => training::authors,
        _ => return Err(USAGE.into()),
    };
    export(Path::new(list), read, create(Path::new(out))?)
}

const USAGE: &str = "usage: export_choices dates|titles|authors LIST.tsv OUT.tsv";

type Read = fn(&Input<'_>, &Params) -> Result<TrainingChoice, ExtractError>;

fn export(list: &Path, read: Read, mut out: impl Write) -> Result<(), Box<dyn Error>> {
    let folder = list.parent().unwrap_or(Path::new("."));
    let mut named = false;
    for line in fs::read_to_string(list)?.lines() {
        let mut fields = line.split('\t');
        let (Some(id), Some(path)) = (fields.next(), fields.next()) else { continue };
        let url = fields.next().and_then(|url| Url::parse(url.trim()).ok());
        let bytes = fs::read(folder.join(path))?;
        let input = Input { bytes: &bytes, content_type: None, url: url.as_ref() };
        let page = match read(&input, &Params::default()) {
            Ok(page) => page,
            Err(error) => {
                eprintln!("{id}: {error}");
                continue;
            }
        };
        if !named && !page.names.is_empty() {
            writeln!(out, "page\tcandidate\t{}", page.names.join("\t"))?;
            named = true;
        }
        for (text, values) in page.candidates {
            let values: Vec<String> = values.iter().map(i32::to_string).collect();
            writeln!(out, "{id}\t{}\t{}", text.replace(['\n', '\t', '\r'], " "), values.join("\t"))?;
        }
    }
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "training data is no part of an archive")]
fn create(path: &Path) -> std::io::Result<BufWriter<fs::File>> {
    Ok(BufWriter::new(fs::File::create(path)?))
}
