//! Runs the extractor over a list of pages and writes what a scoring script reads.
//!
//! `extract_corpus LIST.tsv OUT.json` reads lines of id, path and URL separated by tabs; paths are relative to the list's
//! folder, or to a folder `html` beside it. A page that fails becomes an empty record with the reason on stderr. The time
//! that counts is that of extraction, from bytes to statement, without reading and writing files.
//! `extract_corpus LIST.tsv --explain ID` prints the trace of one page instead.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command-line program speaks through its streams"
)]

use serde_json::{Value, json};
use std::error::Error;
use std::fs;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;
use url::Url;
use vidimus_extract::training::{Forest, extract_with};
use vidimus_extract::{EXTRACTOR, ExtractError, Extraction, Input, Params, explain, extract};

struct Page {
    id: String,
    path: PathBuf,
    url: Option<Url>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [list, "--explain", id] => show(&read_list(Path::new(list))?, id),
        [list, out] => run(&read_list(Path::new(list))?, Path::new(out), None),
        [list, out, "--model", file] => {
            let model = Forest::parse(&fs::read_to_string(file)?);
            run(&read_list(Path::new(list))?, Path::new(out), Some(&model))
        }
        _ => Err("usage: extract_corpus LIST.tsv OUT.json [--model FILE] | LIST.tsv --explain ID".into()),
    }
}

fn read_list(list: &Path) -> Result<Vec<Page>, Box<dyn Error>> {
    let folder = list.parent().unwrap_or(Path::new("."));
    let text = fs::read_to_string(list).map_err(|error| format!("{}: {error}", list.display()))?;
    let mut pages = Vec::new();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let mut fields = line.split('\t');
        let (Some(id), Some(path)) = (fields.next(), fields.next()) else {
            return Err(format!("{}: no path in the line {line:?}", list.display()).into());
        };
        let url = fields.next().and_then(|url| Url::parse(url.trim()).ok());
        pages.push(Page { id: id.to_owned(), path: locate(folder, path), url });
    }
    Ok(pages)
}

/// The file as listed, or by its name in a folder `html`.
fn locate(folder: &Path, path: &str) -> PathBuf {
    let listed = folder.join(path);
    match Path::new(path).file_name() {
        Some(name) if !listed.exists() => folder.join("html").join(name),
        _ => listed,
    }
}

fn read(page: &Page) -> Result<Vec<u8>, String> {
    fs::read(&page.path).map_err(|error| format!("{}: {error}", page.path.display()))
}

fn extracted(page: &Page, bytes: &[u8], model: Option<&Forest>) -> Result<Extraction, ExtractError> {
    let input = Input { bytes, content_type: None, url: page.url.as_ref() };
    match model {
        Some(model) => extract_with(&input, &Params::default(), model),
        None => extract(&input, &Params::default()),
    }
}

fn show(pages: &[Page], id: &str) -> Result<(), Box<dyn Error>> {
    let page = pages.iter().find(|page| page.id == id).ok_or("no such page in the list")?;
    let bytes = read(page)?;
    let input = Input { bytes: &bytes, content_type: None, url: page.url.as_ref() };
    let extraction = explain(&input, &Params::default())?;
    let statement = &extraction.statement;
    println!("url       {}", page.url.as_ref().map(Url::as_str).unwrap_or_default());
    println!("title     {:?}", statement.title);
    println!("authors   {:?}", statement.authors);
    println!("published {:?}", statement.published);
    println!("modified  {:?}", statement.modified);
    println!("language  {:?}", statement.language);
    println!("kind      {:?} ({})", statement.page_kind, statement.page_kind_confidence);
    println!("charset   {:?}", extraction.charset);
    for cut in &extraction.cuts {
        println!("cut       {cut:?}");
    }
    for verdict in &extraction.trace {
        println!("{verdict}");
    }
    Ok(())
}

fn run(pages: &[Page], out: &Path, model: Option<&Forest>) -> Result<(), Box<dyn Error>> {
    let mut output = create(out)?;
    write!(output, "{{\"version\":{},\"output\":{{", json!(EXTRACTOR))?;
    let (mut spent, mut separator) = (Duration::ZERO, "");
    for page in pages {
        let record = match read(page) {
            Ok(bytes) => {
                let before = cpu_time();
                let result = extracted(page, &bytes, model);
                spent += cpu_time().saturating_sub(before);
                result.map(|extraction| record(&extraction)).map_err(|error| error.to_string())
            }
            Err(error) => Err(error),
        };
        let record = record.unwrap_or_else(|error| {
            eprintln!("{}: {error}", page.id);
            json!({"articleBody": "", "title": null, "author": null, "date": null, "lang": null})
        });
        // Written at once, so that memory is that of one page.
        write!(output, "{separator}{}:{record}", json!(page.id))?;
        separator = ",";
    }
    let seconds = spent.as_secs_f64();
    write!(output, "}},\"cpu_seconds\":{seconds},\"peak_kb\":{}}}", peak_kb())?;
    output.flush()?;
    eprintln!(
        "{} pages, {:.1} pages per CPU-second, peak RSS {} MB",
        pages.len(),
        pages.len() as f64 / seconds.max(f64::EPSILON),
        peak_kb() / 1024
    );
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "the output of this program is no part of an archive")]
fn create(path: &Path) -> std::io::Result<BufWriter<fs::File>> {
    Ok(BufWriter::new(fs::File::create(path)?))
}

fn record(extraction: &Extraction) -> Value {
    let statement = &extraction.statement;
    let author = Some(statement.authors.join("; ")).filter(|names| !names.is_empty());
    json!({
        "articleBody": statement.body_text(),
        "title": statement.title,
        "author": author,
        "date": statement.date().map(|dated| dated.date.to_string()),
        "lang": statement.language,
        "published": statement.published,
        "modified": statement.modified,
        "kind": statement.page_kind,
        "signatories": statement.signatories,
    })
}

/// CPU time of this process so far, where the system tells (on Linux).
fn cpu_time() -> Duration {
    let schedstat = fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    let nanoseconds = schedstat.split_whitespace().next().and_then(|text| text.parse().ok());
    Duration::from_nanos(nanoseconds.unwrap_or(0))
}

/// Peak resident memory in kilobytes, where the system tells.
fn peak_kb() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    line.split_whitespace().next().and_then(|kilobytes| kilobytes.parse::<u64>().ok()).unwrap_or(0)
}
