//! Runs another extractor over a list of pages and writes what `score.py` reads, as the example `extract_corpus` does
//! with ours.
//!
//! `vidimus-bench-peers NAME LIST.tsv OUT.json`. Each page is read before the clock runs; decoding its bytes belongs to
//! the work, as it does with ours. A page on which an extractor fails or panics becomes an empty record.

use serde_json::{Value, json};
use std::error::Error;
use std::fs;
use std::io::{BufWriter, Write};
use std::panic::catch_unwind;
use std::path::Path;
use std::time::Duration;

/// What an extractor makes of a page: the fields of one record.
type Extractor = fn(&str, &str) -> Option<Value>;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [name, list, out] = arguments.as_slice() else {
        return Err("usage: vidimus-bench-peers trafilatura|dom_smoothie LIST.tsv OUT.json".into());
    };
    let (extractor, version): (Extractor, &str) = match name.as_str() {
        "trafilatura" => (trafilatura_crate, "trafilatura 0.6.0, with fallback"),
        "dom_smoothie" => (readability, "dom_smoothie 0.19.0"),
        other => return Err(format!("no extractor is called {other}").into()),
    };
    run(extractor, version, Path::new(list), Path::new(out))
}

fn run(extractor: Extractor, version: &str, list: &Path, out: &Path) -> Result<(), Box<dyn Error>> {
    let folder = list.parent().unwrap_or(Path::new("."));
    let mut output = BufWriter::new(fs::File::create(out)?);
    write!(output, "{{\"version\":{},\"output\":{{", json!(version))?;
    let (mut spent, mut separator) = (Duration::ZERO, "");
    for line in fs::read_to_string(list)?.lines() {
        let mut fields = line.split('\t');
        let (Some(id), Some(path)) = (fields.next(), fields.next()) else { continue };
        let url = fields.next().unwrap_or_default().trim();
        let bytes = fs::read(folder.join(path))?;
        let before = cpu_time();
        let found = catch_unwind(|| extractor(&decoded(&bytes), url)).ok().flatten();
        spent += cpu_time().saturating_sub(before);
        let record = found.unwrap_or_else(|| json!({"articleBody": ""}));
        write!(output, "{separator}{}:{record}", json!(id))?;
        separator = ",";
    }
    write!(output, "}},\"cpu_seconds\":{},\"peak_kb\":{}}}", spent.as_secs_f64(), peak_kb())?;
    output.flush()?;
    Ok(())
}

fn trafilatura_crate(html: &str, url: &str) -> Option<Value> {
    let mut options = trafilatura::Options::default().with_fallback(true);
    options.original_url = url.parse().ok();
    let found = trafilatura::extract(html, &options).ok()?;
    let given = |text: String| Some(text).filter(|text| !text.is_empty());
    Some(json!({
        "articleBody": found.content_text,
        "title": given(found.metadata.title),
        "author": given(found.metadata.author),
        "date": found.metadata.date.map(|date| date.to_string()),
    }))
}

fn readability(html: &str, url: &str) -> Option<Value> {
    use dom_smoothie::{Config, Readability, TextMode};
    let config = Config { text_mode: TextMode::Formatted, ..Config::default() };
    let url = Some(url).filter(|url| !url.is_empty());
    let found = Readability::new(html, url, Some(config)).ok()?.parse().ok()?;
    let day = |time: String| time.get(..10).map(str::to_owned);
    Some(json!({
        "articleBody": found.text_content.to_string(),
        "title": found.title,
        "author": found.byline,
        "date": found.published_time.and_then(day),
    }))
}

/// Characters from bytes: by a byte order mark, as UTF-8 where that is valid, or by a guess.
fn decoded(bytes: &[u8]) -> String {
    if encoding_rs::Encoding::for_bom(bytes).is_none() && std::str::from_utf8(bytes).is_err() {
        let mut detector = chardetng::EncodingDetector::new(chardetng::Iso2022JpDetection::Allow);
        detector.feed(bytes, true);
        let encoding = detector.guess(None, chardetng::Utf8Detection::Deny);
        return encoding.decode(bytes).0.into_owned();
    }
    encoding_rs::UTF_8.decode(bytes).0.into_owned()
}

/// CPU time of this program's only thread so far, where the system tells (on Linux).
fn cpu_time() -> Duration {
    let schedstat = fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    let nanoseconds = schedstat.split_whitespace().next().and_then(|text| text.parse().ok());
    Duration::from_nanos(nanoseconds.unwrap_or(0))
}

/// Peak resident memory in kilobytes, where the system tells.
fn peak_kb() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    line.split_whitespace().next().and_then(|number| number.parse().ok()).unwrap_or(0)
}
