//! Measures what each page made to exhaust the extractor costs: CPU seconds and peak memory, each in a process of its own.
//!
//! `hostile` prints a line for every page; `hostile NAME…` only for those whose names contain a word.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command-line program speaks through its streams"
)]

#[path = "../tests/exhausting/mod.rs"]
mod exhausting;

use std::error::Error;
use std::fs;
use std::process::Command;
use vidimus_extract::{Input, Params, extract};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [flag, name] = arguments.as_slice()
        && flag == "--one"
    {
        return one(name);
    }
    let this = std::env::current_exe()?;
    println!("{:<45} {:>7} {:>8} {:>8}  cuts", "page", "MB", "CPU s", "RSS MB");
    for case in exhausting::cases() {
        let wanted = arguments.is_empty() || arguments.iter().any(|word| case.name.contains(word.as_str()));
        if wanted {
            let output = Command::new(&this).args(["--one", case.name]).output()?;
            print!("{}", String::from_utf8_lossy(&output.stdout));
            if !output.status.success() {
                println!("{:<45} failed: {}", case.name, String::from_utf8_lossy(&output.stderr));
            }
        }
    }
    Ok(())
}

/// Reads one page and prints what it cost, the making of the page apart.
fn one(name: &str) -> Result<(), Box<dyn Error>> {
    let case = exhausting::cases().into_iter().find(|case| case.name == name).ok_or("no such page")?;
    let page = (case.page)();
    let (before, made) = (cpu_seconds(), peak_mb());
    let result =
        extract(&Input { bytes: &page, content_type: Some("text/html"), url: None }, &Params::default());
    let spent = cpu_seconds() - before;
    let cuts = match &result {
        Ok(extraction) => extraction.cuts.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "),
        Err(error) => error.to_string(),
    };
    println!(
        "{name:<45} {:>7.1} {spent:>8.2} {:>8}  {cuts}{}",
        page.len() as f64 / 1e6,
        peak_mb(),
        if made > 150 { " (making the page took most of the memory)" } else { "" }
    );
    Ok(())
}

/// CPU time of this process so far, where the system tells (on Linux).
fn cpu_seconds() -> f64 {
    let schedstat = fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    schedstat.split_whitespace().next().and_then(|text| text.parse::<f64>().ok()).unwrap_or(0.0) / 1e9
}

/// Peak resident memory in megabytes, where the system tells.
fn peak_mb() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    line.split_whitespace().next().and_then(|kilobytes| kilobytes.parse::<u64>().ok()).unwrap_or(0) / 1024
}
