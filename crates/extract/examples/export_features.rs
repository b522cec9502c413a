//! Writes the blocks of a corpus with their features, for the training program in `training/`.
//!
//! `export_features LIST.tsv OUT_DIR` writes `names.txt`, `blocks.tsv` (page, text) and `features.i16` (rows of
//! little-endian 16-bit integers, in the order of `blocks.tsv`).
#![allow(clippy::print_stderr, reason = "a command-line program speaks through its streams")]

use std::error::Error;
use std::fs;
use std::io::{BufWriter, Write};
use std::path::Path;
use url::Url;
use vidimus_extract::{Input, Params, training};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [list, out] = arguments.as_slice() else {
        return Err("usage: export_features LIST.tsv OUT_DIR".into());
    };
    export(Path::new(list), Path::new(out))
}

fn export(list: &Path, out: &Path) -> Result<(), Box<dyn Error>> {
    fs::create_dir_all(out)?;
    let folder = list.parent().unwrap_or(Path::new("."));
    let mut blocks = create(&out.join("blocks.tsv"))?;
    let mut features = create(&out.join("features.i16"))?;
    let mut names = Vec::new();
    for line in fs::read_to_string(list)?.lines() {
        let mut fields = line.split('\t');
        let (Some(id), Some(path)) = (fields.next(), fields.next()) else { continue };
        let url = fields.next().and_then(|url| Url::parse(url.trim()).ok());
        let bytes = fs::read(folder.join(path))?;
        let input = Input { bytes: &bytes, content_type: None, url: url.as_ref() };
        let page = match training::page(&input, &Params::default()) {
            Ok(page) => page,
            Err(error) => {
                eprintln!("{id}: {error}");
                continue;
            }
        };
        if names.is_empty() {
            names = page.names;
        }
        for (text, values) in page.blocks {
            writeln!(blocks, "{id}\t{}", text.replace(['\n', '\t', '\r'], " "))?;
            write_row(&mut features, &values)?;
        }
    }
    let mut file = create(&out.join("names.txt"))?;
    for name in names {
        writeln!(file, "{name}")?;
    }
    Ok(())
}

fn write_row(out: &mut impl Write, values: &[i32]) -> Result<(), Box<dyn Error>> {
    for value in values {
        out.write_all(&i16::try_from(*value)?.to_le_bytes())?;
    }
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "training data is no part of an archive")]
fn create(path: &Path) -> std::io::Result<BufWriter<fs::File>> {
    Ok(BufWriter::new(fs::File::create(path)?))
}
