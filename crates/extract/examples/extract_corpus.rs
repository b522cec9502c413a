//! Runs the extractor over a list of pages and writes what a scoring script reads.
//!
//! `extract_corpus LIST.tsv OUT.json` reads lines of id, path and URL separated by tabs; paths are relative to the list's
//! folder, or to a folder `html` beside it. A page that fails becomes an empty record with the reason on stderr.
//! `extract_corpus LIST.tsv --explain ID` prints the trace of one page instead.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command-line program speaks through its streams"
)]

use serde_json::{Map, Value, json};
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;
use url::Url;
use vidimus_extract::{EXTRACTOR, ExtractError, Extraction, Input, Params, extract};

struct Page {
    id: String,
    path: PathBuf,
    url: Option<Url>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [list, "--explain", id] => explain(&read_list(Path::new(list))?, id),
        [list, out] => run(&read_list(Path::new(list))?, Path::new(out)),
        _ => Err("usage: extract_corpus LIST.tsv OUT.json | LIST.tsv --explain ID".into()),
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

fn read(page: &Page) -> Result<Extraction, Box<dyn Error>> {
    let bytes = fs::read(&page.path).map_err(|error| format!("{}: {error}", page.path.display()))?;
    Ok(extract(&Input { bytes: &bytes, content_type: None, url: page.url.as_ref() }, &Params::default())?)
}

fn explain(pages: &[Page], id: &str) -> Result<(), Box<dyn Error>> {
    let page = pages.iter().find(|page| page.id == id).ok_or("no such page in the list")?;
    let extraction = read(page)?;
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

fn run(pages: &[Page], out: &Path) -> Result<(), Box<dyn Error>> {
    let mut output = Map::new();
    let mut spent = Duration::ZERO;
    for page in pages {
        let before = cpu_time();
        let result = read(page);
        spent += cpu_time().saturating_sub(before);
        let record = match result {
            Ok(extraction) => record(&extraction),
            Err(error) => {
                let expected = error.downcast_ref::<ExtractError>().is_some();
                eprintln!("{}: {error}{}", page.id, if expected { "" } else { " (not read)" });
                json!({"articleBody": "", "title": null, "author": null, "date": null, "lang": null})
            }
        };
        output.insert(page.id.clone(), record);
    }
    let text = serde_json::to_string(&json!({"version": EXTRACTOR, "output": output}))?;
    write(out, &text)?;
    let seconds = spent.as_secs_f64().max(f64::EPSILON);
    eprintln!(
        "{} pages, {:.1} pages per CPU-second, peak RSS {} MB",
        pages.len(),
        pages.len() as f64 / seconds,
        peak_mb()
    );
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "the output of this program is no part of an archive")]
fn write(out: &Path, text: &str) -> std::io::Result<()> {
    fs::write(out, text)
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

/// Peak resident memory in megabytes, where the system tells.
fn peak_mb() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    line.split_whitespace().next().and_then(|kilobytes| kilobytes.parse::<u64>().ok()).unwrap_or(0) / 1024
}
